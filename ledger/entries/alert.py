"""`alert.declare`, `alert.lift`: these areas are in danger, until then.

An alert has a name of its own, a hazard, a level (0 to 5) and areas, and it ends by itself. To
declare it again changes level, areas and end: the newest word holds, all of them stay in the log.
Once it is over, by lifting or by its end, its name is used up.
Rules: `docs/spec/kinds-needs.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from ledger.alerts import (
    ALERT_MAX_S,
    ALERTS_MAX,
    LEVEL_MAX,
    TABLE,
    alert_key,
    alerted_key,
    alerts_at,
)
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.lines import close_leg
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Evidence, Length, Range, Seconds, Slug
from ledger.state import Pair

DECLARE = "alert.declare"
AREAS_MAX = 64


@dataclass(frozen=True, slots=True)
class Declare:
    """Body of `alert.declare`; `until`: when it ends by itself; `evidence`: the decision."""

    alert: Slug
    areas: Annotated[tuple[Slug, ...], Length(1, AREAS_MAX)]
    hazard: Slug
    level: Annotated[int, Range(0, LEVEL_MAX)]
    until: Seconds
    evidence: Evidence | None = None
    programme: Slug | None = None

    def __post_init__(self) -> None:
        if len(self.areas) != len(dict.fromkeys(self.areas)):
            raise Refused(Code.MALFORMED, "body.areas", wanted="each area once")


@dataclass(frozen=True, slots=True)
class Lift:
    """Body of `alert.lift`: the danger is over before its time."""

    alert: Slug
    reason: Slug
    evidence: Evidence | None = None


def _named(body: Declare) -> Iterator[Reference]:
    for number, area in enumerate(body.areas):
        yield Reference(f"body.areas[{number}]", "catalogue", f"area/{area}")
    if body.programme is not None:
        yield Reference("body.programme", "catalogue", f"programme/{body.programme}")


def _reads(statement: StatementId, body: Declare) -> Iterator[Pair]:
    yield TABLE, alert_key(body.alert)
    yield "legs", alert_key(body.alert)
    for area in body.areas:
        yield TABLE, alerted_key(area)


def _lifted(body: Lift) -> tuple[Reference]:
    return (Reference("body.alert", TABLE, alert_key(body.alert)),)


def _may_declare(book: Book, signers: Signers, body: Declare) -> None:
    # Who changes an alert speaks also for the areas that it leaves out from now on.
    for area in dict.fromkeys((*body.areas, *_areas(book.row(TABLE, alert_key(body.alert))))):
        signers.need("commander", place=Place(area=area))


def _may_lift(book: Book, signers: Signers, body: Lift) -> None:
    for area in _areas(book.row(TABLE, alert_key(body.alert))):
        signers.need("commander", place=Place(area=area))


def _areas(row: Mapping[str, Value] | None) -> list[str]:
    areas = [] if row is None else row["areas"]
    assert isinstance(areas, list)
    return [str(area) for area in areas]


def _is_over(row: Mapping[str, Value], time: int) -> bool:
    until = row["until"]
    assert isinstance(until, int)
    return "ended" in row or until <= time


def _declare(book: Book, body: Declare) -> None:
    key = alert_key(body.alert)
    row = book.row(TABLE, key)
    if row is not None and _is_over(row, book.time):
        raise Refused(Code.ALREADY_EXISTS, "body.alert", key=key)
    if not book.time < body.until <= book.time + ALERT_MAX_S:
        low, high = book.time + 1, book.time + ALERT_MAX_S
        raise Refused(Code.NOT_ELIGIBLE, "body.until", value=body.until, low=low, high=high)
    for area in _areas(row):
        _leave(book, body.alert, area)
    for number, area in enumerate(body.areas):
        # A row that somebody's alert has left to its deadline makes room at once.
        there = [part for part in alerts_at(book.state, area) if book.time < part[2]]
        if len(there) >= ALERTS_MAX:
            where = f"body.areas[{number}]"
            raise Refused(Code.NOT_ELIGIBLE, where, key=alerted_key(area), high=ALERTS_MAX)
        there.append((body.alert, body.level, body.until))
        _list(book, area, there)
    book.put(
        TABLE,
        key,
        {
            "areas": list(body.areas),
            "entry": book.index,
            "from": book.time if row is None else row["from"],
            "hazard": body.hazard,
            "level": body.level,
            "statement": book.statement,
            "until": body.until,
            "version": 1 if row is None else _version(row) + 1,
        },
    )
    leg: dict[str, Value] = {
        "due": body.until,
        "entry": book.index,
        "kind": DECLARE,
        "lapse": body.until,
    }
    book.put("legs", key, leg)
    book.touch(key)


def _lift(book: Book, body: Lift) -> None:
    key = alert_key(body.alert)
    row = book.row(TABLE, key)
    assert row is not None
    if _is_over(row, book.time):
        raise Refused(Code.NOT_OPEN, "body.alert", key=key)
    _end(book, key, row)


def _lapse(book: Book, key: str, leg: Mapping[str, Value]) -> None:
    row = book.row(TABLE, key)
    assert row is not None
    _end(book, key, row)


def _end(book: Book, key: str, row: dict[str, Value]) -> None:
    for area in _areas(row):
        _leave(book, key.partition("/")[2], area)
    until = row["until"]
    assert isinstance(until, int)
    book.put(TABLE, key, {**row, "closed": book.statement, "ended": min(until, book.time)})
    leg = book.row("legs", key)
    assert leg is not None
    close_leg(book, key, leg, book.statement)
    book.touch(key)


def _leave(book: Book, alert: str, area: str) -> None:
    _list(book, area, [part for part in alerts_at(book.state, area) if part[0] != alert])


def _list(book: Book, area: str, alerts: list[tuple[str, int, int]]) -> None:
    rows: list[Value] = [[*part] for part in sorted(alerts)]
    book.put(TABLE, alerted_key(area), {"alerts": rows} if rows else None)


def _version(row: Mapping[str, Value]) -> int:
    version = row["version"]
    assert isinstance(version, int)
    return version


KINDS = (
    Kind(
        name=DECLARE,
        nature=Nature.AUTHORISATION,
        body=Declare,
        authority=_may_declare,
        apply=_declare,
        references=_named,
        reads=_reads,
        lapse=_lapse,
    ),
    Kind(
        name="alert.lift",
        nature=Nature.AUTHORISATION,
        body=Lift,
        authority=_may_lift,
        apply=_lift,
        references=_lifted,
    ),
)
