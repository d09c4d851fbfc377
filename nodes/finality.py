"""From signed to final: ask mirrors, then witnesses, and count them against the trust file.

    signed --> mirrors (re-execute, cosign) --> plain witnesses --> quorum --> kept --> final

Plain witnesses are asked only after enough mirrors have cosigned: a witness never signs against a
head it has seen, so if none but it had seen the head of a lost writer, it would be stuck for ever.
For the same reason the public is served a checkpoint only once a mirror holds its entries
(`docs/spec/store.md`, from commit to final).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from ledger.errors import CheckError, FormatError
from ledger.log.checkpoint import open_checkpoint_text
from ledger.log.merkle import prove_consistency
from ledger.log.note import Note, NoteLine, format_note, merge_lines, parse_note
from ledger.log.trust import Quorum, TrustFile
from nodes.mirror import Mirror
from nodes.publisher import Signed
from nodes.store import Store
from nodes.witness import Witness, WitnessRefusal


class Cosigner(Protocol):
    """A mirror or witness to be asked, here or elsewhere."""

    name: str
    is_mirror: bool

    def ask(self, signed: Signed) -> "Future[NoteLine]":
        """Begin to ask for a cosignature of this checkpoint."""
        ...

    def close(self) -> None:
        """Stop; what was asked is answered first."""
        ...


class MirrorHere:
    """A mirror in this process, with a thread of its own so that nothing waits for it."""

    is_mirror = True

    def __init__(self, mirror: Mirror) -> None:
        self.mirror, self.name = mirror, mirror.signer.name
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relief-mirror")

    def ask(self, signed: Signed) -> "Future[NoteLine]":
        """As `Cosigner.ask`."""
        return self._thread.submit(self.mirror.cosign, signed.note)

    def close(self) -> None:
        """As `Cosigner.close`."""
        self._thread.shutdown()
        self.mirror.close()


class WitnessHere:
    """A witness in this process."""

    is_mirror = False

    def __init__(self, witness: Witness, store: Store) -> None:
        self.witness, self.name = witness, witness.signer.name
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relief-witness")

    def ask(self, signed: Signed) -> "Future[NoteLine]":
        """As `Cosigner.ask`."""
        return self._thread.submit(self._ask, signed)

    def _ask(self, signed: Signed) -> NoteLine:
        old = self.witness.size(signed.head.origin)
        with self._store.view() as view:
            path = prove_consistency(
                view.hashes(signed.head.size), min(old, signed.head.size), signed.head.size
            )
        return self.witness.add_checkpoint(old, path, signed.note)

    def close(self) -> None:
        """As `Cosigner.close`."""
        self._thread.shutdown()
        self.witness.close()


@dataclass(frozen=True, slots=True)
class Round:
    """How one round of asking went. `quorum` is None where it was not reached; `why` says so."""

    signed: Signed
    note: bytes
    mirrors: int
    quorum: Quorum | None
    why: str = ""
    refusals: tuple[tuple[str, str], ...] = field(default=())


def ask_all(
    signed: Signed,
    cosigners: Sequence[Cosigner],
    trust: TrustFile,
    *,
    now: int,
    timeout_s: int,
    mirrors_first: int,
    on_mirror: Callable[[bytes], None] = lambda note: None,
) -> Round:
    """One round: mirrors together, then witnesses together; the note with every line that counts.

    `on_mirror` gets the note as soon as one mirror is on it. Lines that the trust file's own keys
    do not verify are left out, and named as refusals.
    """
    note = parse_note(signed.note)
    refusals: list[tuple[str, str]] = []
    mirrors = [each for each in cosigners if each.is_mirror]
    others = [each for each in cosigners if not each.is_mirror]
    found = 0
    for each, future in [(each, each.ask(signed)) for each in mirrors]:
        merged = _merge(note, each, future, trust, timeout_s, refusals)
        if merged is not None:
            note, found = merged, found + 1
            if found == 1:
                on_mirror(format_note(note))
    if found >= min(mirrors_first, len(mirrors)):
        for each, future in [(each, each.ask(signed)) for each in others]:
            note = _merge(note, each, future, trust, timeout_s, refusals) or note
    data = format_note(note)
    try:
        _, opened = trust.check_log(data)
        quorum = trust.quorum_of(opened, now=now)
    except (CheckError, FormatError) as error:
        return Round(signed, data, found, None, str(error), tuple(refusals))
    return Round(signed, data, found, quorum, "", tuple(refusals))


def _merge(
    note: Note,
    cosigner: Cosigner,
    future: "Future[NoteLine]",
    trust: TrustFile,
    timeout_s: int,
    refusals: list[tuple[str, str]],
) -> Note | None:
    try:
        line = future.result(timeout=timeout_s)
        merged = merge_lines(note, [line])
        _, opened = trust.check_log(format_note(merged))
        # A line by a key that the trust file does not name is no error of the note, and counts for
        # nothing: the public must not be shown it as a mirror's.
        if line.name != cosigner.name or line not in opened.verified:
            raise CheckError("cosignature", f"the line is by no key of {cosigner.name}'s")
    except WitnessRefusal as refusal:
        refusals.append((cosigner.name, f"{refusal.status}: {refusal.why}"))
    except TimeoutError:
        refusals.append((cosigner.name, f"no answer within {timeout_s} s"))
    except Exception as error:
        # A cosigner is somebody else's program: whatever it raises, the others are asked.
        refusals.append((cosigner.name, str(error) or type(error).__name__))
    else:
        return merged
    return None


def size_of(note: bytes) -> int:
    """The tree size in a note's checkpoint."""
    return open_checkpoint_text(note)[0].size
