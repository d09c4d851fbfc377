"""What an applied entry adds to the facts and takes back: decided once, written anywhere.

The machine calls `take_back` before a statement is judged, `record` when its effects are booked,
both inside the same savepoint:

    saved = state.savepoint()              # before the law of the kind
    kind.apply(book, body)
    applied = Applied(it, since=saved)
    take_back(state, listeners, applied)   # a hand-out is not judged beside its own release
    ..                                     # the gates
    record(state, listeners, applied)

and, where a gate holds a statement, `hold`; `Applied(it, since, held=entry)` once it is posted;
`drop` where it is refused, voided or expires. With no index in force nothing is looked at.

    event      written as
    Noted      the views of a statement count, posted or open (`contracts.facts.rows.note`)
    Turned     what an entry noted stands otherwise from now on (`contracts.facts.rows.turn`)

*Open* is a statement whose leg is open: sent and not arrived, instructed and not paid, kept and not
released, held and not approved. A release is an open hand-out until the hand-out or its deadline.
What lapsed, failed or came back is *gone*. A correction takes its targets back at their own time
and notes its replacements at the time of what they stand for.
Specification: `docs/spec/facts.md`, aggregates.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from contracts.catalogue.catalogue import judged_views
from contracts.catalogue.judged import Judged, body_of, instant
from contracts.catalogue.view import Rows as Views
from contracts.facts.rows import STAYS, Listeners, Rows, Standing, note, offset_of, turn
from ledger.book import Book
from ledger.canon import Value
from ledger.corrections.recorded import (
    CORRECTION,
    LIST,
    RECEIVE,
    OpenedRow,
    bodies,
    find,
    statement_of,
)
from ledger.entries.correction import Declare
from ledger.entries.donation import List
from ledger.envelope import StatementId
from ledger.kinds import all_kinds
from ledger.shape import parse
from ledger.state import State

HANDOUT, RELEASE, INSTRUCT = (
    "disbursement.handout",
    "disbursement.release",
    "disbursement.instruct",
)
CHAIN_MAX: Final = 256
"""Corrections of corrections that are followed back to when the first word counted."""

EARLIER: Final[Mapping[str, str]] = {RELEASE: HANDOUT}
"""Kind -> the kind that it is the earlier leg of: its views count there too, while it is open."""

OPENS: Final = frozenset(
    {
        "asset.lend",
        "case.open",
        INSTRUCT,
        "project.claim",
        "project.contract",
        "requisition.accept",
        "requisition.order",
        "shipment.dispatch",
        "shipment.order",
        "stock.reserve",
    }
)
"""Kinds that count as open while the leg that they open is."""


@dataclass(frozen=True, slots=True)
class Noted:
    """The views of a statement of `kind` count from now on; `first` is the number of the first.

    Those from `STAYS` on are never turned.
    """

    kind: str
    views: Views
    entry: int
    standing: Standing = "posted"
    first: int = 0


@dataclass(frozen=True, slots=True)
class Turned:
    """What entry `entry` noted for `kind` (None: whatever it noted) stands otherwise."""

    kind: str | None
    entry: int
    standing: Standing


Event: TypeAlias = Noted | Turned


@dataclass(frozen=True, slots=True)
class Applied:
    """An entry whose effects are booked: the statement as judged, and the savepoint before its law.

    `held`: the entry in which it was held, where this one posts it; else -1.
    """

    it: Judged
    since: int
    held: int = -1


def record(state: State, listeners: Listeners, applied: Applied) -> None:
    """Write what an applied entry adds and takes back. Costs nothing while nobody listens."""
    if listeners:
        write(state, listeners, events_of(applied, listeners), offset=offset_of(state))


def take_back(state: State, listeners: Listeners, applied: Applied) -> None:
    """Only what an entry takes back, before it is judged, so that it is not counted twice.

    The release of a hand-out, the hold of what is posted, the targets of a correction. `record`
    says the same again, which changes nothing.
    """
    if not listeners:
        return
    it = applied.it
    found = [] if applied.held < 0 else [Turned(it.kind, applied.held, "gone")]
    found += _legs(it.state, applied.since, lapsed=False)
    if it.kind == CORRECTION:
        for target in it.body.targets:
            if not isinstance(target, OpenedRow):
                found += _gone(it.book, statement_of(target))
    write(state, listeners, found, offset=offset_of(state))


def counts_as(kind: str) -> tuple[tuple[str, Standing], ...]:
    """What the views of a statement of `kind` count as while its later rows are judged.

    >>> counts_as("disbursement.release")
    (('disbursement.release', 'posted'), ('disbursement.handout', 'open'))
    """
    later = EARLIER.get(kind)
    own: tuple[tuple[str, Standing], ...] = ((kind, "open" if kind in OPENS else "posted"),)
    return own if later is None else (*own, (later, "open"))


def record_lapse(state: State, listeners: Listeners, since: int) -> None:
    """The same for a deadline that passed: `since` is the savepoint before it was recorded."""
    if listeners:
        write(state, listeners, _legs(state, since, lapsed=True), offset=offset_of(state))


def hold(state: State, listeners: Listeners, it: Judged) -> None:
    """A statement is held in the entry of its book: it counts as open."""
    if it.kind in listeners:
        events = [Noted(it.kind, judged_views(it), it.book.index, "open")]
        write(state, listeners, events, offset=offset_of(state))


def drop(state: State, listeners: Listeners, entry: int) -> None:
    """What was held in `entry` will not be posted."""
    if listeners:
        write(state, listeners, [Turned(None, entry, "gone")], offset=offset_of(state))


def write(rows: Rows, listeners: Listeners, events: Iterable[Event], *, offset: int) -> None:
    """Write events in their order."""
    for event in events:
        if isinstance(event, Noted):
            note(
                rows,
                listeners,
                event.kind,
                event.views,
                entry=event.entry,
                standing=event.standing,
                first=event.first,
                offset=offset,
            )
        else:
            turn(
                rows,
                listeners,
                event.kind,
                entry=event.entry,
                standing=event.standing,
                offset=offset,
            )


def events_of(applied: Applied, wanted: Iterable[str]) -> list[Event]:
    """What an applied entry adds and takes back, of kinds in `wanted` (what nobody asks for is not
    worked out)."""
    it, kinds = applied.it, frozenset(wanted)
    found: list[Event] = []
    if applied.held >= 0:
        found.append(Turned(it.kind, applied.held, "gone"))
    if it.kind == CORRECTION:
        found += _legs(it.state, applied.since, lapsed=False)
        return found + list(_corrected(applied, kinds))
    later = EARLIER.get(it.kind)
    if it.kind in kinds or later in kinds:
        views = judged_views(it)
        standing: Standing = "posted"
        if it.kind in OPENS:
            leg = it.row("legs", it.book.statement)
            standing = "posted" if leg is None else standing_of(leg, lapsed=False)
        if it.kind in kinds:
            found.append(Noted(it.kind, views, it.book.index, standing))
        if later is not None and later in kinds:
            found.append(Noted(later, views, it.book.index, "open"))
    return found + _legs(it.state, applied.since, lapsed=False)


# ---- legs ---------------------------------------------------------------------------------------


def standing_of(leg: Mapping[str, Value], *, lapsed: bool) -> Standing:
    """How the statement that opened a leg stands, by the row of the leg."""
    if leg["kind"] == INSTRUCT:
        asked, paid, back = (_number(leg, name) for name in ("asked", "paid", "back"))
        if asked - paid - back > 0:
            return "open"
        return "posted" if paid else "gone"
    if "closed" not in leg:
        return "open"
    # A release was only ever asked for: whatever ends it, the hand-out counts for itself.
    return "gone" if lapsed or leg["kind"] == RELEASE else "posted"


def _number(row: Mapping[str, Value], name: str) -> int:
    found = row[name]
    assert isinstance(found, int)
    return found


def _legs(state: State, since: int, *, lapsed: bool) -> list[Turned]:
    """Legs of earlier entries that stand otherwise than before the savepoint."""
    found: list[Turned] = []
    for before, now in state.changed("legs", since).values():
        if not isinstance(before, dict) or not isinstance(now, dict):
            continue
        kind = str(now["kind"])
        noted = EARLIER.get(kind, kind)
        if noted == kind and kind not in OPENS:
            continue
        was, is_ = standing_of(before, lapsed=False), standing_of(now, lapsed=lapsed)
        if was != is_:
            found.append(Turned(noted, _number(now, "entry"), is_))
    return found


# ---- corrections --------------------------------------------------------------------------------


def _corrected(applied: Applied, kinds: frozenset[str]) -> Iterator[Event]:
    """Targets are gone, whatever they noted; replacements count when what they stand for did."""
    it, body = applied.it, applied.it.body
    assert isinstance(body, Declare)
    views: dict[str, Views] = {}
    rows: Views = []
    for target in body.targets:
        statement = statement_of(target)
        if isinstance(target, OpenedRow):
            # One row of a list is wrong, and is replaced by a gift; the rest goes on counting.
            rows.append(_list_row(it, target, _listed_at(it, statement)))
        else:
            yield from _gone(it.book, statement)
    for one in replacements(it):
        if one.kind in kinds:
            views.setdefault(one.kind, []).extend(judged_views(one))
    for kind in sorted(views):
        yield Noted(kind, views[kind], it.book.index)
    if rows and LIST in kinds:
        # What a correction undid stays undone when it is corrected itself.
        yield Noted(LIST, rows, it.book.index, first=STAYS)


def _gone(book: Book, target: StatementId) -> list[Turned]:
    """Whatever a target noted does not count any more."""
    logged, found = book.logged(target), find(book, target)
    assert logged is not None
    if found is None or found[0] == logged[0]:
        return [Turned(None, logged[0], "gone")]
    # It was held, and is posted: the approval in whose entry that is goes on counting.
    kinds: dict[str, None] = {}
    for kind, _ in bodies(found[1]):
        kinds.update(dict.fromkeys((kind.name, EARLIER.get(kind.name, kind.name))))
    return [Turned(kind, found[0], "gone") for kind in kinds]


def replacements(it: Judged) -> list[Judged]:
    """The replacements of a correction, each as a statement of its own kind: as it was booked, and
    at the instant at which what it stands for counted."""
    assert isinstance(it.body, Declare)
    times: dict[str, list[int]] = {}
    for target in it.body.targets:
        statement = statement_of(target)
        if isinstance(target, OpenedRow):
            times.setdefault(RECEIVE, []).append(_listed_at(it, statement))
            continue
        for kind, instants in _times(it.book, statement).items():
            times.setdefault(kind, []).extend(instants)
    found: list[Judged] = []
    done: dict[str, int] = {}
    for kind, body in it.book.replaced or _stand_ins(it.body):
        # The n-th replacement of a kind stands for the n-th target of that kind.
        n = done[kind] = done.get(kind, -1) + 1
        same = times.get(kind) or [it.at]
        found.append(replace(it, kind=kind, body=body, at=same[min(n, len(same) - 1)]))
    return found


def _listed_at(it: Judged, statement: StatementId) -> int:
    """The instant at which a list of gifts counted."""
    return _times(it.book, statement).get(LIST, [it.at])[0]


def _stand_ins(body: Declare) -> list[tuple[str, Any]]:
    """The replacements with names of outputs that stand for no lot: such a line has no item."""
    return [(one.kind, one.stand_in()) for one in body.replacements]


def _list_row(it: Judged, target: OpenedRow, at: int) -> dict[str, Value]:
    """The view of a list, for one of its rows, with the sign turned round."""
    body = body_of(it.book, target.statement, List)
    assert body is not None
    row = judged_views(replace(it, kind=LIST, body=body, at=at))[0]
    return {**row, "amount": -target.row.amount, "gifts": -1}


def _times(book: Book, statement: StatementId) -> dict[str, list[int]]:
    """Kind -> the instants at which a statement counted; of a correction, what it stands for."""
    found: dict[str, list[int]] = {}
    todo = [statement]
    for _ in range(CHAIN_MAX):
        if not todo:
            break
        logged = find(book, todo.pop(0))
        if logged is None:
            continue
        entry = logged[1]
        own = entry.statement
        kind = all_kinds()[(own.kind, own.v)]
        if kind.name == CORRECTION:
            targets = parse(kind.body, own.body)[0].targets
            todo += [statement_of(target) for target in targets]
            continue
        at = instant(kind.nature, time=entry.time, occurred_at=own.occurred_at)
        found.setdefault(kind.name, []).append(at)
    return found
