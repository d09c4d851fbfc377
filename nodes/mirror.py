"""A mirror: holds the whole log in a store of its own, re-executes it, and cosigns what it got.

It pulls entries from a `Source`, rebuilds each batch, runs it through the state machine with every
signature checked, and compares every byte it would have written, the state root included. What it
cosigns therefore says more than a witness does: "I hold these entries, I executed them, I got this
state root". Its key's name ends in `/mirror`.

Compare, persist, answer: its own store holds the entries before it signs, and the whole note is
kept.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from contracts.machine import Step
from contracts.rebuilding import check_batch
from ledger.canon import b64encode
from ledger.entry import parse_entry
from ledger.errors import CheckError
from ledger.log.checkpoint import Checkpoint, cosign, open_checkpoint_text, parse_checkpoint
from ledger.log.note import NoteLine, NoteSigner, VerifierKey, format_note, merge_lines, open_note
from ledger.log.trust import MIRROR_SUFFIX
from nodes import chaos
from nodes.clock import AHEAD_S, Clock
from nodes.errors import NodeError, NotRefilled
from nodes.heads import Heads
from nodes.publisher import root_at
from nodes.recovery import Opened, close_clean, open_store
from nodes.settings import StoreOptions

_CHUNK: Final = 2_048
"""Entries asked for at a time: at least one whole batch."""


class Source(Protocol):
    """Where a mirror pulls from: a node in this process, or tiles over the network."""

    def entries(self, low: int, high: int) -> Sequence[bytes]:
        """The bytes of entries low <= index < high; fewer at the end."""
        ...


class MirrorRefusal(NodeError):
    """A mirror that will not cosign, with the reason: behind (503), or not what it got (422)."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


class Mirror:
    """One mirror. Everything is for the thread that made it."""

    def __init__(
        self,
        folder: Path,
        signer: NoteSigner,
        logs: Sequence[VerifierKey],
        source: Source,
        clock: Clock,
        *,
        options: StoreOptions | None = None,
    ) -> None:
        if not signer.name.endswith(MIRROR_SUFFIX):
            raise ValueError(f"a mirror's key has a name that ends in {MIRROR_SUFFIX}")
        self.signer, self._source, self._clock = signer, source, clock
        self._logs = tuple(logs)
        self.opened: Opened = open_store(folder, options)
        self.store = self.opened.store
        self._heads = Heads(folder / "heads.sqlite")

    def trust(self, keys: Sequence[VerifierKey]) -> None:
        """The log's keys from now on: governance has changed them."""
        self._logs = tuple(keys)

    @property
    def size(self) -> int:
        """Entries held and re-executed."""
        return self.store.head().size

    def cosign(self, note: bytes) -> NoteLine:
        """Catch up to a signed checkpoint, compare, persist, and give our line for it.

        `MirrorRefusal` when it is not what this mirror gets; `CheckError` when it is not signed.
        """
        opened = open_note(note, self._logs)
        checkpoint = parse_checkpoint(opened.text)
        self.catch_up(checkpoint.size)
        self._compare(checkpoint)
        self._check_kept()
        line = cosign(opened.text, self.signer, self._clock.now())
        kept = format_note(merge_lines(opened, [line]))
        self._heads.keep(kept, final=True, point="mirror.keep")
        return line

    def catch_up(self, size: int) -> None:
        """Pull and re-execute up to `size`; each batch is durable before the next."""
        left: list[bytes] = []
        at = self.store.head().size
        while at < size:
            got = self._source.entries(at, min(size, at + _CHUNK))
            if not got:
                raise MirrorRefusal(503, f"the source ends at {at}, wanted {size}")
            at += len(got)
            for entry in got:
                left.append(entry)
                if b'"type":"batch"' in entry[-64:]:
                    self._execute(left)
                    left = []
        if left:
            raise MirrorRefusal(422, f"size {size} is not the end of a batch")

    def _execute(self, entries: list[bytes]) -> None:
        time = parse_entry(entries[-1]).time
        if time > self._clock.now() + AHEAD_S:
            raise MirrorRefusal(503, f"batch time {time} is ahead of this mirror's clock")
        chaos.point("mirror.step")
        try:
            made = self._again(entries)
        except CheckError as error:
            raise MirrorRefusal(422, str(error)) from error
        except NotRefilled as error:
            raise MirrorRefusal(503, str(error)) from error
        self.store.commit(made)
        chaos.point("mirror.commit.done")
        self.store.maintain()

    def _again(self, entries: list[bytes]) -> Step:
        """The batch executed again; where it activates a contract that waits for its figures, they
        are waited for."""
        try:
            return check_batch(self.store, entries)
        except NotRefilled:
            self.store.refilling.finish()
            return check_batch(self.store, entries)

    def _compare(self, checkpoint: Checkpoint) -> None:
        head = self.store.head()
        if checkpoint.origin != head.origin:
            raise MirrorRefusal(422, f"origin {checkpoint.origin}, held is {head.origin}")
        own = head.root() if head.size == checkpoint.size else self._root(checkpoint.size)
        if own != checkpoint.root:
            raise MirrorRefusal(
                422,
                f"size {checkpoint.size} is signed with root {b64encode(checkpoint.root)}, "
                f"the entries held give {b64encode(own)}",
            )

    def _check_kept(self) -> None:
        """What was cosigned last is still of the entries held: a store that was lost and pulled
        anew, or brought back from a backup, must not let this key say a second thing.
        """
        note = self._heads.newest()
        if note is None:
            return
        kept = open_checkpoint_text(note)[0]
        if kept.size > self.size:
            raise MirrorRefusal(503, f"size {kept.size} was cosigned, entries held: {self.size}")
        if self._root(kept.size) != kept.root:
            raise MirrorRefusal(422, f"size {kept.size} was cosigned with another history")

    def _root(self, size: int) -> bytes:
        with self.store.view() as view:
            if view.batch_of_size(size) is None:
                raise MirrorRefusal(422, f"size {size} is not the end of a batch")
        return root_at(self.store, size)

    def kept(self) -> bytes | None:
        """The newest note that was cosigned, whole."""
        return self._heads.newest()

    def close(self) -> None:
        """Stop cleanly; a store that was lost is closed without a word."""
        self._heads.close()
        if self.store.lost is None:
            close_clean(self.store)
        else:
            self.store.close()
