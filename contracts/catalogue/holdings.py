"""Lists of what is lent, what is there, and what is needed: for shares, loans and reserves.

    loans        not brought back, of a borrower, the one due first before the others  -> loan
    loans_at     the same, at one site or on their way to it                           -> loan
    holdings     where an item (`area/item`) is, at the sites right in the area, by id -> holding
    contents     what is at a site, by item                                            -> holding
    needs        open needs of an item, in an area and those right under it, by area   -> open_need

Each walks rows by a key that they are found under, at most `LOOKED_AT_MAX` of them. A list that
would need more is no value (`fact_range`), for whoever adds up a part of the goods shares out what
is not there. What the fact does not ask for (`max`) is left out at the end, as of every list.

    >>> days_of(0, 86_400), days_of(0, 86_401)
    (1, 2)

Specification: `docs/spec/facts.md`, records.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, TypeVar

from contracts.catalogue.records import At, reserved
from contracts.rcel.errors import ErrorKind, EvaluationError
from ledger.alerts import level_of
from ledger.canon import Value
from ledger.dated import in_force, need_series

LOOKED_AT_MAX: Final = 1_024
"""Rows that one query looks at."""
AREAS_MAX: Final = 1_024
"""Areas right under one whose needs are looked at; catalogues have a few dozen."""
NEEDS_MAX: Final = 64
"""Open needs of one list, as many as a fact may ask for: a share of a part of them is none."""
DAY_S: Final = 86_400

Records = Iterator[dict[str, Value]]
T = TypeVar("T")


def _looked_at(rows: Iterable[T]) -> Iterator[T]:
    """The rows, as long as they are no more than may be looked at."""
    for n, row in enumerate(rows):
        if n == LOOKED_AT_MAX:
            raise EvaluationError(ErrorKind.FACT_RANGE)
        yield row


# ---- loans --------------------------------------------------------------------------------------


def loan_fields(at: At, key: str, row: Mapping[str, Value]) -> dict[str, Value]:
    """A loan as record `loan`; `site`: where it is, `to`: where it was lent to."""
    due = row["due"]
    assert isinstance(due, int)
    return {
        "borrower": str(row["borrower"]),
        "due": due,
        "handed": "handed" in row,
        "id": key,
        "item": str(row["item"]),
        "lender": str(row["lender"]),
        "overdue": due <= at.time,
        "site": str(row["site"] if "handed" in row else row["from"]),
        "to": str(row["to"]),
    }


def loans(at: At, key: str) -> Records:
    """Open loans of the member `key`, by due date, then by id."""
    for _, name, row in _looked_at(at.state.scan("legs", f"loan/{key}")):
        assert isinstance(row, dict)
        yield loan_fields(at, name, row)


def loans_at(at: At, key: str) -> Records:
    """Open loans that are at the site `key`, or lent to it: its custodian is who borrowed them."""
    place = at.row("catalogue", f"site/{key}")
    if place is None:
        return
    for found in loans(at, str(place["custodian"])):
        if found["site"] == key or (not found["handed"] and found["to"] == key):
            yield found


# ---- goods --------------------------------------------------------------------------------------


def _holding(at: At, place: str, row: Mapping[str, Value], item: str) -> dict[str, Value] | None:
    """An item at a site as record `holding`; None where there is none of it."""
    on_hand = at.balance(item, f"site:{place}")
    if not on_hand:
        return None
    kept = reserved(at, f"{item}/{place}")
    return {
        "area": str(row["area"]),
        "free": max(0, on_hand - kept),
        "item": item,
        "kind": str(row["kind"]),
        "on_hand": on_hand,
        "reserved": kept,
        "site": place,
        "stock": f"{item}/{place}",
    }


def holdings(at: At, key: str) -> Records:
    """Where the item of `area/item` is on hand, at the sites right in the area, by id."""
    area, _, item = key.partition("/")
    for _, name, row in _looked_at(at.state.scan("catalogue", f"sites/{area}")):
        assert isinstance(row, dict)
        found = _holding(at, name.removeprefix("site/"), row, item)
        if found is not None:
            yield found


def contents(at: At, key: str) -> Records:
    """What is on hand at the site `key`, by item."""
    place = at.row("catalogue", f"site/{key}")
    if place is None:
        return
    for item, _, _ in _looked_at(at.state.scan("accounts", f"site:{key}")):
        found = _holding(at, key, place, item)
        if found is not None:
            yield found


# ---- needs --------------------------------------------------------------------------------------


def days_of(start: int, end: int) -> int:
    """Days of a window in seconds; one that has begun counts whole."""
    return -(-(end - start) // DAY_S)


def needs(at: At, key: str) -> Records:
    """Open needs of the item of `area/item`: of that area and of those right under it, by area.

    Open: in force at the time of the batch, for more than nothing. `n` counts them from 0, so that
    ties can be settled; `site` is the first of the area's sites, by id, that is no vendor's.
    """
    item = key.partition("/")[2]
    for n, (area, row) in enumerate(_open_needs(at, key)):
        if n == NEEDS_MAX:
            raise EvaluationError(ErrorKind.FACT_RANGE)
        yield _need_fields(at, area, item, row, n)


def needs_after(at: At, key: str, after: str, limit: int) -> list[tuple[int, dict[str, Value]]]:
    """At most `limit` of them beyond the area `after`, each with the entry that said it.

    The next step of a run: `after` is the last area that was done, "" at the beginning. A run has
    no value to be without, so it goes on where a list would stop.
    """
    item = key.partition("/")[2]
    numbered = enumerate(_open_needs(at, key))
    found: list[tuple[int, dict[str, Value]]] = []
    for n, (area, row) in islice((one for one in numbered if one[1][0] > after), limit):
        entry = row["entry"]
        assert isinstance(entry, int)
        found.append((entry, _need_fields(at, area, item, row, min(n, NEEDS_MAX - 1))))
    return found


def _open_needs(at: At, key: str) -> Iterator[tuple[str, dict[str, Value]]]:
    area, _, item = key.partition("/")
    below = islice(at.state.scan("catalogue", f"below/{area}"), AREAS_MAX)
    for name in sorted([area, *(key.removeprefix("area/") for _, key, _ in below)]):
        row = in_force(at.state, need_series(name, item), at.time)
        if row is not None and row["quantity"]:
            yield name, row


def _need_fields(
    at: At, area: str, item: str, row: Mapping[str, Value], n: int
) -> dict[str, Value]:
    start, end = row["from"], row["to"]
    assert isinstance(start, int) and isinstance(end, int)
    place = _store_of(at, area)
    there = at.row("catalogue", f"area/{area}") or {}
    return {
        "area": area,
        "at": start,
        "days": days_of(start, end),
        "item": item,
        "level": level_of(at.state, area, at.time),
        "n": n,
        "organisation": str(row["organisation"]),
        "persons": there.get("population", 0),
        "qty": row["quantity"],
        "site": place,
        "stock": f"{item}/{place}" if place else "",
        "to": end,
    }


def _store_of(at: At, area: str) -> str:
    sites = islice(at.state.scan("catalogue", f"sites/{area}", chunk=4), LOOKED_AT_MAX)
    for _, name, row in sites:
        if isinstance(row, dict) and row["kind"] != "vendor":
            return name.removeprefix("site/")
    return ""
