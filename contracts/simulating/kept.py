"""A tape as bytes: pieces of the log, one behind the other, each with all that was heard in it.

    key = key_of(asked, release)                # what a tape depends on; alike contracts share one
    text = format_piece(piece)                  # a head, then a line for each statement
    piece = parse_piece(text)
    for seen in piece.seen(contract.id): ...

A tape belongs to a key, to a log and to the root of that log at the end of each piece: where any
of these is another, it is no tape of this question. A piece is read strictly; whoever keeps it puts
a digest around it, so that what is damaged is found and made anew (`nodes.tapes`).
Specification: `docs/spec/simulation.md`, kept tapes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from json import loads
from typing import Any, Final, NoReturn

from contracts.documents.compiled import Contract
from contracts.documents.verdict import Outcome
from contracts.machine import PROTOCOL
from contracts.rcel.errors import ErrorKind
from contracts.simulating.tape import (
    Asked,
    Look,
    Seen,
    alike,
    params_in_facts,
    standing_of,
)
from ledger.canon import INT_MAX, Value, decode, encode, encode_row
from ledger.errors import FormatError

FORM: Final = 1
"""Version of the form and of what is heard: raised with every change of either."""

HEAD_MAX: Final = 4_194_304
_THING: Final = "tape"
_DOMAIN: Final = b"relief/tape/v1\x00"
_HEAD: Final = ("batches", "first", "form", "key", "log", "offset", "root", "root_before", "size")


def key_of(asked: Asked, release: str) -> str:
    """What decides what is heard, as 64 hex digits; `release` names the code that hears."""
    contract = asked.contract
    types = repr(contract.it), [repr(fact.type) for fact in contract.facts]
    value: dict[str, Value] = {
        "currency": asked.currency,
        "facts": contract.document.value.get("facts", {}),
        "form": FORM,
        "kinds": list[Value](sorted(contract.document.kinds)),
        "params": params_in_facts(contract),
        "protocol": PROTOCOL,
        "release": release,
        "scope": asked.scope,
        "types": sha256(repr(types).encode()).hexdigest(),
    }
    return sha256(_DOMAIN + encode(value)).hexdigest()


@dataclass(frozen=True, slots=True)
class Piece:
    """What was heard in the entries `first` <= index < `size` of the log `origin`.

    `root_before` and `root` are those of the log at `first` and `size`, in hex; `batches`: (time,
    size of the log after it) of each batch; `rows`: lines, as `format_seen` makes them.
    """

    key: str
    origin: str
    offset: int
    first: int
    root_before: str
    size: int
    root: str
    batches: tuple[tuple[int, int], ...]
    rows: bytes

    def stretch(self, low: int, high: int) -> tuple[int, int]:
        """(entries, size after the last) of its batches with low <= time, and time < high.

        Size 0 where no batch lies before `high`.
        """
        entries, end, before = 0, 0, self.first
        for time, size in self.batches:
            if time < high:
                end = size
                entries += size - before if time >= low else 0
            before = size
        return entries, end

    def seen(self, contract: str, low: int = 0, high: int = INT_MAX) -> Iterator[Seen]:
        """Its statements with low <= time < high, as the contract of this id is told them.

        `FormatError` where a row is none.
        """
        try:
            rows = _loads(b"[" + self.rows.replace(b"\n", b",") + b"]")
        except (ValueError, RecursionError) as error:
            raise FormatError(_THING, f"its rows: {error}") from None
        lasts: Lasts = {}
        for row in rows:
            seen = _read_seen(row, contract, lasts)
            if not self.first <= seen.entry < self.size:
                _wrong("a row at another place")
            if low <= seen.time < high:
                yield seen


def format_piece(piece: Piece) -> bytes:
    """A head in canonical JSON, a line end, the rows."""
    head: dict[str, Value] = {
        "batches": [[time, size] for time, size in piece.batches],
        "first": piece.first,
        "form": FORM,
        "key": piece.key,
        "log": piece.origin,
        "offset": piece.offset,
        "root": piece.root,
        "root_before": piece.root_before,
        "size": piece.size,
    }
    return encode(head) + b"\n" + piece.rows


def parse_piece(data: bytes) -> Piece:
    """The piece of these bytes. `FormatError` where they are none; rows are read by `seen`."""
    line, _, rows = data.partition(b"\n")
    head = decode(line, size_max=HEAD_MAX)
    if not isinstance(head, dict) or tuple(head) != _HEAD or head["form"] != FORM:
        _wrong("a head with other fields")
    numbers = [head[name] for name in ("offset", "first", "size")]
    texts = [head[name] for name in ("key", "log", "root_before", "root")]
    listed = head["batches"]
    if any(type(one) is not int for one in numbers) or not isinstance(listed, list):
        _wrong("a head with other fields")
    if any(not isinstance(one, str) for one in texts):
        _wrong("a head with other fields")
    offset, first, size = (int(str(one)) for one in numbers)
    key, origin, root_before, root = (str(one) for one in texts)
    batches: list[tuple[int, int]] = []
    time, at = 0, first
    for one in listed:
        if not isinstance(one, list) or [type(part) for part in one] != [int, int]:
            _wrong("a batch with other fields")
        then, end = (int(str(part)) for part in one)
        if then < time or end <= at:
            _wrong("batches that are not in order")
        batches.append((then, end))
        time, at = then, end
    if at != size or first == size:
        _wrong("batches that end elsewhere")
    return Piece(key, origin, offset, first, root_before, size, root, tuple(batches), rows)


# ---- a statement --------------------------------------------------------------------------------


Lasts = dict[str, tuple[Mapping[str, Value], Mapping[str, Value]]]
"""Kind -> view and facts of its last row: the next tells what is otherwise, in the same fields."""


def format_seen(seen: Seen, lasts: Lasts) -> bytes:
    """One statement as a line, without its end; `lasts` is that of the lines before it."""
    records: list[Value] = [
        {name: record[name] for name in ("id", "outcome", "rules")} for record in seen.records
    ]
    row: list[Value] = [
        seen.entry,
        seen.kind,
        seen.time,
        seen.attested,
        seen.applied,
        str(seen.before),
        records,
        [_look_value(look, seen.kind, lasts) for look in seen.looks],
    ]
    return encode_row(row)


def _look_value(look: Look, kind: str, lasts: Lasts) -> Value:
    it = look.it
    facts: dict[str, Value] = {}
    failed: dict[str, Value] = {}
    for name, value in look.facts.items():
        if isinstance(value, ErrorKind):
            failed[name] = str(value)
        else:
            facts[name] = value
    last = lasts.get(kind)
    lasts[kind] = it, facts
    places: list[Value] = [failed, look.area, look.tier, look.persons]
    if last is None or it.keys() != last[0].keys() or facts.keys() != last[1].keys():
        return [True, dict(it), facts, *places]
    return [False, _changes(last[0], it), _changes(last[1], facts), *places]


def _changes(old: Mapping[str, Value], new: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in new.items() if not _same(value, old[name])}


def _same(a: Value, b: Value) -> bool:
    """Whether both are spelled alike: `True == 1`, and they are two values."""
    if isinstance(a, list | dict):
        return a == b and encode_row(a) == encode_row(b)
    return type(a) is type(b) and a == b


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text} is no integer")


def _loads(data: bytes) -> Any:
    return loads(data, parse_float=_no_float, parse_constant=_no_float)


_NONE: Final[tuple[Mapping[str, Value], ...]] = ()
_OUTCOMES: Final = {str(one): one for one in Outcome}


def _read_seen(row: Any, contract: str, lasts: Lasts) -> Seen:
    try:
        entry, kind, time, attested, applied, before, records, looks = row
        if (
            type(entry) is not int
            or type(kind) is not str
            or type(time) is not int
            or type(attested) is not bool
            or type(applied) is not bool
            or type(records) is not list
            or type(looks) is not list
            or not looks
        ):
            _wrong("a row with other fields")
        # Most statements were judged by nothing that enforced.
        others, own = standing_of(map(_record, records), contract) if records else (_ALLOW, None)
        return Seen(
            entry,
            kind,
            time,
            attested,
            applied,
            tuple([_read_look(look, kind, lasts) for look in looks]),
            _OUTCOMES[before],
            others,
            own,
            tuple(records) if records else _NONE,
        )
    except (ValueError, TypeError, LookupError) as error:
        raise FormatError(_THING, f"a row: {error}") from None


_ALLOW: Final = Outcome.ALLOW


def _record(record: Any) -> Mapping[str, Value]:
    if (
        type(record) is not dict
        or tuple(record) != ("id", "outcome", "rules")
        or type(record["rules"]) is not dict
        or record["outcome"] not in _OUTCOMES
    ):
        _wrong("a record with other fields")
    return record


def _read_look(look: Any, kind: str, lasts: Lasts) -> Look:
    whole, it, facts, failed, area, tier, persons = look
    if (
        type(whole) is not bool
        or type(it) is not dict
        or type(facts) is not dict
        or type(area) is not str
        or type(tier) is not int
        or type(persons) is not int
    ):
        _wrong("a look with other fields")
    if not whole:
        # Values are never changed in place: what is as before is shared.
        last_it, last_facts = lasts[kind]
        it, facts = {**last_it, **it}, {**last_facts, **facts}
    lasts[kind] = it, facts
    if failed:
        facts = {**facts, **{name: ErrorKind(why) for name, why in failed.items()}}
    return Look(it, facts, area, tier, persons)


def _wrong(why: str) -> NoReturn:
    raise FormatError(_THING, why)


# ---- playing ------------------------------------------------------------------------------------


class Kept:
    """A tape that was kept, of a stretch: the same answers as one in memory (`tape.Taped`).

    `pieces` gives those that may hold something of the stretch, in order, each time it is called;
    of the pieces before them it is told how far they go (`size`). A piece is held one at a time.
    """

    def __init__(
        self,
        asked: Asked,
        low: int,
        high: int,
        origin: str,
        offset: int,
        size: int,
        pieces: Iterable[Piece],
    ) -> None:
        self.asked, self.low, self.high = asked, low, high
        self.origin, self.offset = origin, offset
        self.entries, self.size = 0, size
        self._size, self._pieces = size, pieces

    @property
    def seen(self) -> Iterator[Seen]:
        """All statements of the stretch, in the order of the log, read as they are asked for."""
        self.entries, self.size = 0, self._size
        for piece in self._pieces:
            entries, size = piece.stretch(self.low, self.high)
            self.entries, self.size = self.entries + entries, max(self.size, size)
            yield from piece.seen(self.asked.contract.id, self.low, self.high)

    def serves(self, contract: Contract) -> bool:
        """Whether this contract would have been asked the same."""
        return alike(self.asked.contract, contract)


# ---- making -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Growing:
    """A piece that is being made: batches are added, and it is closed where it is long enough."""

    key: str
    first: int
    root_before: str
    batches: list[tuple[int, int]]
    rows: list[bytes]
    weight: int = 0
    lasts: Lasts = field(default_factory=dict)

    def add(self, time: int, size: int, seen: Iterable[Seen]) -> None:
        """A batch, and what was heard in it."""
        self.batches.append((time, size))
        for one in seen:
            row = format_seen(one, self.lasts)
            self.rows.append(row)
            self.weight += len(row) + 1

    def close(self, origin: str, offset: int, root: str) -> Piece:
        """The piece as far as it goes."""
        _, size = self.batches[-1]
        return Piece(
            self.key,
            origin,
            offset,
            self.first,
            self.root_before,
            size,
            root,
            tuple(self.batches),
            b"\n".join(self.rows),
        )


def reopened(piece: Piece) -> Growing:
    """A piece that goes on."""
    rows = piece.rows.split(b"\n") if piece.rows else []
    return Growing(
        piece.key, piece.first, piece.root_before, list(piece.batches), rows, len(piece.rows)
    )
