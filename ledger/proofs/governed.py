"""Following governance: what the entries about `gov` say of the keys that sign checkpoints.

An index proof of `gov` shows every entry that changed who runs the log: genesis, the keys of logs
and cosigners that came and went, the admins. Read in order they give the keys in force at any size
(`docs/spec/governance.md`), and so tell a reader how far the trust file in hand still holds:

    trust file from size 3, receipt under size 90, and entry 51 retired a cosigner's key
    -> that key counts no more; whoever signed besides must suffice, else nothing can be told

Nothing is believed here that the index proof does not show. An entry of a kind that this version
does not know ends the reading: then nothing is said of the trust file, good or bad.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger.codes import APPLIED
from ledger.entries.genesis import Genesis, founding_keys
from ledger.entries.key import Enrol, Retire
from ledger.entry import StatementEntry, parse_entry
from ledger.errors import CheckError, FormatError, Refused
from ledger.indexes import GOVERNANCE
from ledger.keys import KeyId, key_id
from ledger.kinds import all_kinds
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.trust import Quorum, TrustFile
from ledger.members import IN_FORCE, Key
from ledger.proofs.indexproof import IndexProof, check_index
from ledger.shape import parse

CHECKPOINT_USES = ("log", "cosigner")
"""Uses of the keys whose signatures make a checkpoint believable."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry about governance."""

    index: int
    kind: str


@dataclass(frozen=True, slots=True)
class Governed:
    """What governance comes to: the changes from genesis on, and the keys of logs and cosigners.

    `genesis_hash` is the leaf hash of entry 0, to be held against a poster; `witnesses` are the
    public keys that the quorum is made of.
    """

    genesis_hash: bytes
    changes: tuple[Change, ...]
    keys: tuple[Key, ...]
    witnesses: tuple[bytes, ...]

    def retired(self, size: int) -> tuple[Key, ...]:
        """Keys that may not sign a checkpoint of this size any more."""
        return tuple(key for key in self.keys if key.to_size <= size)

    def wanted(self, size: int) -> tuple[Key, ...]:
        """Keys that a trust file for this size names: in force, and of a log or in the quorum."""
        held = (key for key in self.keys if key.in_force(size))
        return tuple(key for key in held if key.use == "log" or key.public in self.witnesses)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a receipt stands on: the trust file, the checkpoint's note and how its quorum came."""

    trust: TrustFile
    note: bytes
    checkpoint: Checkpoint
    quorum: Quorum
    now: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a trust file stands to the governance shown beside it.

    `since` are the changes that came after the file was made (none are counted where it does not
    say from which size it is); `retired` and `new` are public keys: in the file and out of force,
    in force and not in the file. `quorum` is the one without the retired keys.
    """

    governed: Governed
    since: tuple[Change, ...]
    retired: tuple[bytes, ...]
    new: tuple[bytes, ...]
    quorum: Quorum

    @property
    def is_current(self) -> bool:
        """Whether the file names those who may sign now, and nobody who may no more."""
        return not self.retired and not self.new


def check_governance(
    listed: IndexProof, state_root: bytes, ground: Ground
) -> tuple[Standing | None, str]:
    """How the trust file stands to the governance that a receipt shows, and a sentence.

    None where an entry cannot be read here. `CheckError` where the list is not all there is, or
    where the checkpoint would not be believed without keys that were retired.
    """
    if listed.subject != GOVERNANCE or not listed.entries:
        raise CheckError("governance", f"the list is about {listed.subject[:64]}")
    check_index(listed, state_root)
    said = f"; {len(listed.entries)} governance entries are all there are"
    governed = follow(listed, ground.checkpoint.origin)
    if governed is None:
        return None, f"{said}; not all of them can be read here"
    standing = _stand(governed, ground)
    said += f"; {len(standing.since)} of them came after the trust file"
    if standing.retired:
        standing = replace(standing, quorum=_quorum_without(standing.retired, ground))
        said += "; keys that were retired are not needed"
    return standing, said


def follow(listed: IndexProof, origin: str) -> Governed | None:
    """Read the entries of a checked index proof of `gov`.

    None when one of them is of a form or kind that this version does not know.
    """
    if not listed.entries or listed.entries[0][0] != 0:
        return None
    keys: dict[KeyId, Key] = {}
    witnesses: list[bytes] = []
    changes: list[Change] = []
    for index, raw in listed.entries:
        try:
            entry = parse_entry(raw)
            if not isinstance(entry, StatementEntry) or entry.outcome["code"] not in APPLIED:
                return None
            if entry.statement.log != origin or (index == 0) != (entry.statement.kind == "genesis"):
                return None
            if not _apply(keys, witnesses, index, entry):
                return None
        except (FormatError, Refused):
            return None
        changes.append(Change(index, entry.statement.kind))
    genesis_hash = leaf_hash(listed.entries[0][1])
    return Governed(genesis_hash, tuple(changes), tuple(keys.values()), tuple(witnesses))


def _apply(
    keys: dict[KeyId, Key], witnesses: list[bytes], index: int, entry: StatementEntry
) -> bool:
    """Take over what one entry does to the keys; whether its kind is known."""
    kind = all_kinds().get((entry.statement.kind, entry.statement.v))
    if kind is None:
        return False
    body, _ = parse(kind.body, entry.statement.body)
    if isinstance(body, Genesis):
        founding = founding_keys(body).items()
        keys.update((one, key) for one, key in founding if key.use in CHECKPOINT_USES)
        witnesses.extend(bytes.fromhex(each.public) for each in body.trust.witnesses)
    elif isinstance(body, Enrol):
        public = bytes.fromhex(body.public)
        one = key_id(public)
        keys[one] = Key(one, index + 1, IN_FORCE, body.use, "", public)
    elif isinstance(body, Retire):
        key = keys.get(KeyId(body.key))
        if key is None:
            return False
        keys[key.id] = replace(key, to_size=min(key.to_size, index + 1))
    else:
        return kind.noun == "member"  # who is an admin: nothing of it stands in a trust file
    return True


def _stand(governed: Governed, ground: Ground) -> Standing:
    """How the trust file stands to what governance says at the size of the checkpoint."""
    origin, size = ground.checkpoint.origin, ground.checkpoint.size
    starts = [window.start for window in ground.trust.windows if window.origin == origin]
    named = [key.public for key in ground.trust.verifiers()]
    return Standing(
        governed=governed,
        since=tuple(each for each in governed.changes if starts and each.index >= starts[0]),
        retired=tuple(key.public for key in governed.retired(size) if key.public in named),
        new=tuple(key.public for key in governed.wanted(size) if key.public not in named),
        quorum=ground.quorum,
    )


def _quorum_without(retired: Sequence[bytes], ground: Ground) -> Quorum:
    """The quorum when the keys `retired` do not count.

    Raises `CheckError` about the trust file where the rest does not suffice: who signed may be
    whoever has an old key, and a newer trust file is needed to tell.
    """
    trust = ground.trust
    _, note = trust.check_log(ground.note)
    gone = {(key.name, key.key_id) for key in trust.verifiers() if key.public in retired}
    left = tuple(line for line in note.verified if (line.name, line.key_id) not in gone)
    logs = {(log.key.name, log.key.key_id) for log in trust.logs}
    if not any((line.name, line.key_id) in logs for line in left):
        raise CheckError("trust file", "governance has retired the log key it names")
    try:
        quorum = trust.quorum_of(replace(note, verified=left), now=ground.now)
    except CheckError:
        why = "without the cosigners that governance has retired its quorum is not reached"
        raise CheckError("trust file", why) from None
    if ground.quorum.is_re_executed and not quorum.is_re_executed:
        why = "without the cosigners that governance has retired too few mirrors are left"
        raise CheckError("trust file", why)
    return quorum
