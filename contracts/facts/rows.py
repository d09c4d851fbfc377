"""The rows of table `facts`: every statement that an index counts, and the sums it keeps.

    {index}@{entry, 12 digits}/{n}         [layout letter, key, at, value, state]
    {index}={key}                          [posted, open]              layout total
    {index}:{bucket, 12 digits}:{key}      [posted, open]              layout bucket
    {index}!, {index}!{entry, 12 digits}   while it is owed what was before it
                                           (`contracts.facts.backfill`)

A *note* is the first: row n of the views of entry i, with the instant `at` at which it counts and
what it counts as. It is never taken away. Its state is `posted`, `open` (an earlier leg or a hold
that is not over) or `gone`; a reversal turns it to `gone`, so it stops counting at its *original*
time, which is what a negative value at that time would do. Sums are decimal texts.

`key` is the canonical JSON of the values of the fields in `by`, or `#` and their SHA-256 where that
is longer than 96 bytes. Notes of layouts time and value are found by mark
(`ledger.marks`):
(`{index}/{key}`, `{at, 12 digits}/{entry, 12 digits}/{n}`), by value with the value in place of the
time. Buckets: (`{index}/{key}`, bucket), where the bucket of an instant is
`(at + offset) // bucket_s` and `offset` are the seconds of local time from genesis (+08:00).

A window is `at - w < time <= at`: the boundary second is out. Specification: `docs/spec/facts.md`.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, Literal, Protocol, TypeAlias

from contracts.facts.definition import Definition
from ledger.canon import Value, encode
from ledger.state import State

TABLE: Final = "facts"

Standing: TypeAlias = Literal["posted", "open", "gone"]
Wanted: TypeAlias = Literal["counted", "posted", "open"]
"""`counted`, where nothing is said, is posted and open together."""

ROWS_MAX: Final = 4_096
"""Notes that one read looks at; a key with more of them in its window must be bucketed."""
KEY_MAX: Final = 96
"""Bytes of a key that stands in full in the row."""
STAYS: Final = 1_000
"""Notes numbered from here on are never turned: an entry has less than 1,000 views."""

Listeners: TypeAlias = Mapping[str, tuple[Definition, ...]]
"""Kind -> the indexes that count it."""

_LETTERS: Final = {"total": "s", "bucket": "b", "time": "t", "value": "v"}


class Rows(Protocol):
    """Where notes and sums are written: a `State`, or the rows of an index that is being made."""

    def get(self, table: str, key: str) -> Value | None: ...

    def put(self, table: str, key: str, value: Value | None) -> None: ...

    def add(self, table: str, key: str, value: Value) -> None: ...


class TooMany(Exception):
    """A key has more than `ROWS_MAX` notes in its window."""


def listen(definitions: Iterable[Definition]) -> Listeners:
    """Who counts what: equal definitions once, in the order of their ids."""
    found: dict[str, dict[str, Definition]] = {}
    for one in sorted(definitions, key=lambda one: one.id):
        found.setdefault(one.of, {})[one.id] = one
    return {kind: tuple(found[kind].values()) for kind in sorted(found)}


def listening(listeners: Listeners) -> list[Definition]:
    """The indexes that listen, each once."""
    return [one for indexes in listeners.values() for one in indexes]


def group_key(values: Sequence[Value]) -> str:
    """The key of the values of `by`, in the order of the fields' names."""
    raw = encode(list(values))
    return raw.decode() if len(raw) <= KEY_MAX else "#" + sha256(raw).hexdigest()


def offset_of(rows: Rows) -> int:
    """Seconds by which local time is ahead, from genesis; calendar days are counted with it."""
    row = rows.get("trust", "settings")
    found = row["offset"] if isinstance(row, dict) else 0
    assert isinstance(found, int)
    return found


# ---- write --------------------------------------------------------------------------------------


def note(
    rows: Rows,
    listeners: Listeners,
    kind: str,
    views: Sequence[Mapping[str, Value]],
    *,
    entry: int,
    standing: Standing = "posted",
    first: int = 0,
    offset: int = 0,
) -> None:
    """Count the views (`it`, one or one a row) of a statement of `kind` in entry `entry`.

    Each counts at its own field `at`. An entry notes a kind once; its notes are
    numbered from `first`. `offset` as of `offset_of`.
    """
    for index in listeners.get(kind, ()):
        n = first
        for view in views:
            if index.matches(view):
                _note(rows, index, view, entry, n, standing, offset)
                n += 1


def _note(
    rows: Rows,
    index: Definition,
    view: Mapping[str, Value],
    entry: int,
    n: int,
    standing: Standing,
    offset: int,
) -> None:
    at = view["at"]
    value = view[index.field] if index.field else 1
    key = group_key([view[name] for name in index.by])
    assert isinstance(at, int) and at >= 0
    layout = index.layout
    rows.add(TABLE, _note_key(index, entry, n), [_LETTERS[layout], key, at, value, standing])
    if layout in ("total", "bucket"):
        _count(rows, index, key, at, value, standing, 1, offset)


def turn(
    rows: Rows,
    listeners: Listeners,
    kind: str | None,
    *,
    entry: int,
    standing: Standing,
    offset: int = 0,
) -> None:
    """What entry `entry` noted for `kind` (None: any) stands otherwise from now on.

    `gone` takes it back, `posted` or `open` lets it count (again). What was never noted stays so;
    an index that is still owed its first rows remembers how it stands instead.
    """
    chosen = listeners.values() if kind is None else (listeners.get(kind, ()),)
    for index in (index for indexes in chosen for index in indexes):
        n = 0
        while isinstance(row := rows.get(TABLE, _note_key(index, entry, n)), list):
            letter, key, at, value, before = row
            if before != standing:
                rows.put(TABLE, _note_key(index, entry, n), [letter, key, at, value, standing])
                if letter in ("s", "b"):
                    assert isinstance(at, int)
                    _count(rows, index, str(key), at, value, str(before), -1, offset)
                    _count(rows, index, str(key), at, value, standing, 1, offset)
            n += 1
        if not n and rows.get(TABLE, owes(index.id)) is not None:
            rows.put(TABLE, f"{owes(index.id)}{entry:012d}", standing)


def owes(index: str) -> str:
    """Key of the row that is there while an index is owed what was before it: the commit's entry.

    With an entry behind it, the key of what has become of that entry meanwhile.
    """
    return f"{index}!"


def owed(key: str) -> int:
    """The entry in the key of a debt."""
    return int(key[33:])


def debt_mark(index: str) -> str:
    """The mark under which the debts of an index are found, by entry."""
    return owes(index)


def _note_key(index: Definition, entry: int, n: int) -> str:
    return f"{index.id}@{entry:012d}/{n}"


def _count(
    rows: Rows,
    index: Definition,
    key: str,
    at: int,
    value: Value,
    standing: str,
    sign: int,
    offset: int,
) -> None:
    if standing == "gone":
        return
    assert isinstance(value, int)
    name = _sum_key(index, key, (at + offset) // index.bucket_s if index.bucket_s else 0)
    sums = list(_sums(rows.get(TABLE, name)))
    sums[standing == "open"] += sign * value
    rows.put(TABLE, name, [str(sums[0]), str(sums[1])] if any(sums) else None)


def _sum_key(index: Definition, key: str, bucket: int) -> str:
    return f"{index.id}:{bucket:012d}:{key}" if index.bucket_s else f"{index.id}={key}"


def _sums(row: Value | None) -> tuple[int, int]:
    if row is None:
        return 0, 0
    assert isinstance(row, list)
    return int(str(row[0])), int(str(row[1]))


# ---- read ---------------------------------------------------------------------------------------


def read(
    state: State, index: Definition, values: Sequence[Value], at: int, wanted: Wanted = "counted"
) -> Value | None:
    """The aggregate at `at` for the values of `by`, in the order of the fields' names.

    A sum or count of nothing is 0; the largest or last of nothing is None. Raises `TooMany`.
    """
    key = group_key(values)
    layout = index.layout
    if layout == "total":
        return _pick(_sums(state.get(TABLE, _sum_key(index, key, 0))), wanted)
    if layout == "bucket":
        return _read_buckets(state, index, key, at + offset_of(state), wanted)
    if layout == "value" or index.form == "last":
        return _read_first(state, index, key, at, wanted)
    found = _values(state, index, key, at, wanted)
    if index.form == "max":
        return max(found, default=None)
    return sum(found)


def _pick(sums: tuple[int, int], wanted: Wanted) -> int:
    posted, open_ = sums
    return {"counted": posted + open_, "posted": posted, "open": open_}[wanted]


def _read_buckets(state: State, index: Definition, key: str, local: int, wanted: Wanted) -> int:
    # Whole buckets: those that begin inside the window, the one of this instant among them.
    first = max(0, (local - index.window_s) // index.bucket_s + 1)
    last = local // index.bucket_s
    rows = state.scan(TABLE, f"{index.id}/{key}", low=f"{first:012d}", high=f"{last + 1:012d}")
    return sum(_pick(_sums(row), wanted) for _, _, row in rows)


def _span(index: Definition, at: int) -> tuple[str, str]:
    low = max(0, at - index.window_s + 1) if index.window_s else 0
    return f"{low:012d}", f"{at + 1:012d}"


def _values(state: State, index: Definition, key: str, at: int, wanted: Wanted) -> list[int]:
    found: list[int] = []
    low, high = _span(index, at)
    for looked_at, (_, _, row) in enumerate(
        state.scan(TABLE, f"{index.id}/{key}", low=low, high=high)
    ):
        if looked_at == ROWS_MAX:
            raise TooMany(index.id)
        assert isinstance(row, list)
        value = row[3]
        assert isinstance(value, int)
        if wanted in ("counted", row[4]):
            found.append(value)
    return found


def _read_first(state: State, index: Definition, key: str, at: int, wanted: Wanted) -> Value | None:
    low, high = _span(index, at) if index.layout == "time" else ("", "~")
    rows = state.scan(TABLE, f"{index.id}/{key}", low=low, high=high, reverse=True, chunk=1)
    for looked_at, (_, _, row) in enumerate(rows):
        if looked_at == ROWS_MAX:
            raise TooMany(index.id)
        assert isinstance(row, list)
        if wanted in ("counted", row[4]):
            return row[3]
    return None
