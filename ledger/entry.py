"""Entries: the records of the log, as bytes and as typed values.

Three types, all canonical JSON of at most 65,535 bytes (`docs/spec/entry.md`):

- `statement`: a member's signed statement with batch, time and outcome;
- `auto`: what a deadline or a contract caused, re-computed by every node, signed by nobody;
- `batch`: the last of each batch: number, time, count, digest of outcomes, state root.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps

from ledger.canon import ENTRY_MAX, Value, decode_object, encode
from ledger.codes import APPLIED, Code
from ledger.envelope import Statement, StatementId, format_envelope, parse_envelope
from ledger.errors import FormatError
from ledger.log.merkle import leaf_hash, root

OUTCOME_MAX = 18_432
"""Bytes of an outcome that always fit beside a payload and signatures of the largest size."""
BREACHES_MAX = 64
"""Breaches that are named one by one; the rest is a count."""

Move = tuple[str, str, str, int]
"""[commodity, from account, to account, n]"""
Stretch = tuple[str, int, int, str]
"""[line, low, high, label]"""
LotEffect = tuple[str, str, str, int, str] | tuple[str, str, int]
"""["made", lot, item, n, place] or ["spent", lot, n]"""
GiftEffect = tuple[str, str, int, int]
"""[gift, line, low, high]"""
LegEffect = tuple[str, int, int, int, str]
"""[instruction, asked, paid, back, beyond]"""
Breach = tuple[str, str, int]
"""[code, subject, n]"""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a statement changed, each list in the order done.

    Only a correction has the last two, for there its own id does not say it: `gifts`, which
    positions it brought to which gift; `legs`, how instructions whose figures it changed stand now.
    """

    moves: tuple[Move, ...] = ()
    line: tuple[Stretch, ...] = ()
    lots: tuple[LotEffect, ...] = ()
    gifts: tuple[GiftEffect, ...] = ()
    legs: tuple[LegEffect, ...] = ()

    def value(self) -> dict[str, Value]:
        """As JSON; empty parts are absent."""
        named = (("gifts", self.gifts), ("legs", self.legs))
        parts = (("moves", self.moves), ("line", self.line), ("lots", self.lots), *named)
        return {name: [list(row) for row in rows] for name, rows in parts if rows}

    def digest(self) -> dict[str, Value]:
        """`{"count","root"}`: stands for effects that are too large to be logged.

        Those of an attestation, which has no `gifts` and no `legs`.
        """
        rows = [encode(list(row)) for part in (self.moves, self.line, self.lots) for row in part]
        return {"count": len(rows), "root": root([leaf_hash(row) for row in rows]).hex()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on a statement: a code, what changed, what was breached.

    `late`: seconds past the statement's own expiry (attestations only). `extra` holds what judging
    contracts add (`contracts`, `outcome`, `set`, `would`) and what becomes of a held statement
    (`until` of its own entry; `posted`, `voided` of the one that ends its wait).
    """

    code: Code
    effects: Effects = field(default_factory=Effects)
    breaches: tuple[Breach, ...] = ()
    late: int = 0
    extra: Mapping[str, Value] = field(default_factory=dict)

    @property
    def applied(self) -> bool:
        """Whether the effects were booked."""
        return self.code in APPLIED

    def encode(self, *, attested: bool = False) -> bytes:
        """Canonical bytes; for an attestation they are cut down to `OUTCOME_MAX`.

        Raises `FormatError(outcome_too_large)` where that cannot be had.
        """
        value: dict[str, Value] = {"code": str(self.code), "effects": self.effects.value()}
        value.update(self.extra)
        if self.late:
            value["late"] = self.late
        if self.breaches:
            value["breaches"] = [list(row) for row in self.breaches]
        raw = encode(value)
        if len(raw) > OUTCOME_MAX and attested:
            value["effects"] = self.effects.digest()
            if len(self.breaches) > BREACHES_MAX:
                more = len(self.breaches) - BREACHES_MAX
                named: list[Value] = [list(row) for row in self.breaches[:BREACHES_MAX]]
                value["breaches"] = [*named, ["more", "", more]]
            raw = encode(value)
        if len(raw) > OUTCOME_MAX:
            why = f"{len(raw)} bytes, at most {OUTCOME_MAX}"
            raise FormatError("outcome", why, code=Code.OUTCOME_TOO_LARGE)
        return raw


def has_digest(outcome: bytes) -> bool:
    """Whether encoded outcome bytes bear the digest of their effects instead of the effects."""
    # In a canonical string every quote is escaped: these bytes are found as keys alone.
    return b'"effects":{"count":' in outcome


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an auto entry was made: the index of the entry behind it, and the rule."""

    entry: int
    rule: str


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """A member's statement in the log. `outcome` is the parsed JSON of the outcome."""

    batch: int
    time: int
    statement: Statement
    outcome: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class AutoEntry:
    """A derived entry: `kind`, `v` and `body` as in a statement, but signed by nobody."""

    batch: int
    time: int
    cause: Cause
    kind: str
    v: int
    body: Mapping[str, Value]
    outcome: Mapping[str, Value]

    def id(self, origin: str) -> StatementId:
        """The statement id of a derived entry in the log `origin`."""
        return auto_id(origin, self.cause)


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """The last entry of a batch. `outcomes` and `state_root` are 32 bytes."""

    batch: int
    time: int
    first: int
    count: int
    outcomes: bytes
    state_root: bytes
    protocol: int


Entry = StatementEntry | AutoEntry | BatchEntry


def auto_id(origin: str, cause: Cause) -> StatementId:
    """H("relief/auto/v1" || 00 || canonical {"cause","log"}), hex."""
    value: Value = {"cause": {"entry": cause.entry, "rule": cause.rule}, "log": origin}
    return StatementId(sha256(b"relief/auto/v1\x00" + encode(value)).hexdigest())


def format_statement_entry(batch: int, time: int, statement: Statement, outcome: bytes) -> bytes:
    """Entry bytes of a statement with its encoded outcome."""
    # Keys in order, joined by hand: the envelope and the outcome are canonical bytes already.
    return b'{"batch":%d,"outcome":%b,"statement":%b,"time":%d,"type":"statement","v":1}' % (
        batch,
        outcome,
        format_envelope(statement),
        time,
    )


def format_auto_entry(
    batch: int, time: int, cause: Cause, kind: str, v: int, body: Value, outcome: bytes
) -> bytes:
    """Entry bytes of a derived entry with its encoded outcome."""
    statement = encode({"body": body, "kind": kind, "v": v})
    rule = dumps(cause.rule).encode()
    return (
        b'{"batch":%d,"cause":{"entry":%d,"rule":%b},"outcome":%b,"statement":%b,"time":%d,'
        b'"type":"auto","v":1}' % (batch, cause.entry, rule, outcome, statement, time)
    )


def format_batch_entry(entry: BatchEntry) -> bytes:
    """Entry bytes of the last entry of a batch."""
    return encode(
        {
            "batch": entry.batch,
            "count": entry.count,
            "first": entry.first,
            "outcomes": entry.outcomes.hex(),
            "protocol": entry.protocol,
            "state_root": entry.state_root.hex(),
            "time": entry.time,
            "type": "batch",
            "v": 1,
        }
    )


_FIELDS = {
    "statement": {"batch", "outcome", "statement", "time", "type", "v"},
    "auto": {"batch", "cause", "outcome", "statement", "time", "type", "v"},
    "batch": {
        *("batch", "count", "first", "outcomes", "protocol", "state_root", "time", "type", "v")
    },
}


def parse_entry(data: bytes) -> Entry:
    """The typed entry of these bytes; FormatError where they are not one, field by field."""
    value = decode_object(data, size_max=ENTRY_MAX)
    kind = value.get("type")
    # `True == 1` in Python, and in no other language.
    is_one = value.get("v") == 1 and value.get("v") is not True
    if not isinstance(kind, str) or kind not in _FIELDS or not is_one:
        raise FormatError("entry", "type and v name no known form", where="type")
    if set(value) != _FIELDS[kind]:
        raise FormatError("entry", f"not exactly the fields of type {kind}")
    batch, time = _whole(value, "batch"), _whole(value, "time")
    if kind == "batch":
        return BatchEntry(
            batch=batch,
            time=time,
            first=_whole(value, "first"),
            count=_whole(value, "count"),
            outcomes=_hash(value, "outcomes"),
            state_root=_hash(value, "state_root"),
            protocol=_whole(value, "protocol"),
        )
    outcome = _outcome(value["outcome"])
    if kind == "statement":
        return StatementEntry(batch, time, parse_envelope(value["statement"]), outcome)
    cause, inner = value["cause"], value["statement"]
    if not isinstance(cause, dict) or set(cause) != {"entry", "rule"}:
        raise FormatError("entry", "not exactly entry and rule", where="cause")
    if not isinstance(inner, dict) or set(inner) != {"body", "kind", "v"}:
        raise FormatError("entry", "not exactly body, kind and v", where="statement")
    rule, name, body = cause["rule"], inner["kind"], inner["body"]
    if not isinstance(rule, str) or not isinstance(name, str) or not isinstance(body, dict):
        raise FormatError("entry", "rule and kind are texts, body an object")
    return AutoEntry(
        batch=batch,
        time=time,
        cause=Cause(_whole(cause, "entry"), rule),
        kind=name,
        v=_whole(inner, "v"),
        body=body,
        outcome=outcome,
    )


def _whole(value: Mapping[str, Value], key: str) -> int:
    found = value[key]
    if type(found) is not int or found < 0:
        raise FormatError("entry", "not a whole number", where=key)
    return found


def _hash(value: Mapping[str, Value], key: str) -> bytes:
    found = value[key]
    if not isinstance(found, str) or len(found) != 64 or found.strip("0123456789abcdef"):
        raise FormatError("entry", "not 32 bytes in lower-case hex", where=key)
    return bytes.fromhex(found)


def _outcome(value: Value) -> Mapping[str, Value]:
    if not isinstance(value, dict) or not isinstance(value.get("code"), str):
        raise FormatError("entry", "an outcome has a code", where="outcome")
    if not isinstance(value.get("effects"), dict):
        raise FormatError("entry", "an outcome has effects", where="outcome")
    return value
