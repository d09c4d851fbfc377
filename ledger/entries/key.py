"""`key.enrol`, `key.retire`: keys come and go by tree size, never by the clock.

A key enrolled by the entry at index e signs from e + 1; one retired by the entry at r signs up to
r. A rotation is both statements. A key id is enrolled once, ever. People's keys are enrolled by an
admin of their own member; keys of machines (log, cosigner ..) by the admins of the consortium. A
device key carries a due date, at most seven days ahead, and ends by itself.
Rule: `docs/spec/governance.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entries.genesis import KeyDefinition, check_actor_of_key, enrol_key
from ledger.errors import Refused
from ledger.governance import drop_log_key, quorum_reachable, witnesses_in_force
from ledger.keys import KeyId
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Signers, find_key, threshold
from ledger.shape import ActorId, Hash, Seconds, Slug

DEVICE_DUE_MAX_S = 7 * 86_400
"""A device key ends at most this long after it was enrolled."""

MACHINE_USES = ("log", "promise", "cosigner", "validator")


@dataclass(frozen=True, slots=True)
class Enrol:
    """Body of `key.enrol`. `due` (seconds) belongs to device keys, and only to them."""

    public: Hash
    use: Literal["author", "device", "log", "promise", "cosigner", "validator"]
    actor: ActorId | None = None
    due: Seconds | None = None

    def __post_init__(self) -> None:
        check_actor_of_key(self.use, self.actor, "body.actor")


@dataclass(frozen=True, slots=True)
class Retire:
    """Body of `key.retire`: no entry after this one is signed by `key`."""

    key: Hash
    reason: Slug


def _may_enrol(book: Book, signers: Signers, body: Enrol) -> None:
    if body.use in MACHINE_USES:
        signers.need_admins(threshold(book.state, "admins"))
        return
    signers.need("admin")
    member = (body.actor or "").partition("/")[0]
    if signers.author.member != member:
        raise Refused(
            Code.NO_AUTHORITY, "body.actor", actor=signers.author.id, role=f"admin of {member}"
        )


def _may_retire(book: Book, signers: Signers, body: Retire) -> None:
    signers.need_admins(threshold(book.state, "revoke"))


def _enrol(book: Book, body: Enrol) -> None:
    row = KeyDefinition(public=body.public, use=body.use, actor=body.actor)
    if (body.use == "device") != (body.due is not None):
        wanted = "a due date" if body.use == "device" else "no due date"
        raise Refused(Code.NOT_ELIGIBLE, "body.due", wanted=wanted)
    enrolled = enrol_key(book, row, "body", from_size=book.index + 1)
    if body.due is not None:
        if not book.time < body.due <= book.time + DEVICE_DUE_MAX_S:
            high = book.time + DEVICE_DUE_MAX_S
            raise Refused(
                Code.NOT_ELIGIBLE, "body.due", value=body.due, low=book.time + 1, high=high
            )
        leg: Value = {"entry": book.index, "kind": "key.enrol", "lapse": body.due}
        book.put("legs", enrolled, leg)
    if body.use in ("log", "cosigner"):
        book.touch("gov")


def _retire(book: Book, body: Retire) -> None:
    key = find_key(book.state, KeyId(body.key))
    assert key is not None
    if not key.in_force(book.index):
        raise Refused(Code.NOT_OPEN, "body.key", key=body.key)
    _end(book, body.key)
    if key.use == "cosigner":
        inputs = book.row("trust", "inputs")
        assert inputs is not None
        left = witnesses_in_force(book.state, inputs, book.index + 1)
        if not quorum_reachable(inputs, left):
            raise Refused(Code.BELOW_QUORUM, "body.key", key=body.key)
    if key.use in ("log", "cosigner"):
        book.touch("gov")


def _lapse(book: Book, leg: str, row: Mapping[str, Value]) -> None:
    _end(book, leg)


def _end(book: Book, key_id: str) -> None:
    key = find_key(book.state, KeyId(key_id))
    assert key is not None
    row = key.row()
    row[1] = min(book.index + 1, key.to_size)
    if key.use == "log":
        drop_log_key(book.state, key.id)
    book.put("keys", key_id, row)
    if book.row("legs", key_id) is not None:
        book.put("legs", key_id, None)


def due_of(book: Book, key_id: KeyId) -> int | None:
    """When a device key ends by itself, in seconds; None for other keys."""
    row = book.row("legs", key_id)
    due = row["lapse"] if row is not None else None
    assert due is None or isinstance(due, int)
    return due


def _actor_exists(body: Enrol) -> tuple[Reference, ...]:
    return (Reference("body.actor", "members", body.actor),) if body.actor else ()


def _key_exists(body: Retire) -> tuple[Reference, ...]:
    return (Reference("body.key", "keys", body.key),)


KINDS = (
    Kind(
        "key.enrol",
        Nature.AUTHORISATION,
        Enrol,
        _may_enrol,
        _enrol,
        references=_actor_exists,
        lapse=_lapse,
    ),
    Kind("key.retire", Nature.AUTHORISATION, Retire, _may_retire, _retire, references=_key_exists),
)
