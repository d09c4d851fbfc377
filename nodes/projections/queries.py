"""Queries: the questions of pages, endpoints and commands about entries, answered from the views.

Each takes a session of `reading`, so that everything on one page is of one moment: the end of the
batch that `as_of` names. Lists come newest first and in pages; the next page begins `before` the
last entry of this one. SQL finds and counts rows and adds nothing. What is shown is a view: the
ledger's proofs are in the store. Questions about money and goods are in
`nodes.projections.holdings`.

    with reading(engine) as session:
        page = entries(session, Which(kind="donation.receive"), limit=20)
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from nodes.projections.nounviews import Catalogue
from nodes.projections.projector import Reached, reached
from nodes.projections.views import (
    Breach,
    Correction,
    Cosigner,
    Entry,
    Lot,
    Move,
    Position,
    Refusal,
    Stretch,
    Subject,
    Tally,
    col,
)

LIMIT_MAX = 1_000
"""Rows of one page."""


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one moment of the views, and changes nothing.

    The moment is now: a snapshot of the log that is opened within has all that the views tell of.
    """
    with Session(engine) as session:
        # Else it would be whenever something is first asked.
        session.execute(select(col(Position.size)))
        yield session
        session.rollback()


def as_of(session: Session) -> Reached:
    """How far the views have come: what every figure of this session is of."""
    return reached(session.connection())


# ---- entries ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Which:
    """Which entries. "" and None ask for nothing; what is given must all hold.

    `subjects`: about any of these (`fund/flood`, `lot/..`, `site/depot`, `statement/..`). `state`:
    `refused`, `breached` (with a breach), `correction`. `commodity`: that moved it, with a `label`
    from or to an account whose label has this first word (`ext`, `site`). Times of the batch:
    [since, until).
    """

    kind: str = ""
    member: str = ""
    actor: str = ""
    subjects: Sequence[str] = ()
    state: str = ""
    commodity: str = ""
    label: str = ""
    since: int | None = None
    until: int | None = None
    batches: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first; `older`: `before` of the next page, None on the last.

    `count` is how many there are in all.
    """

    rows: Sequence[Entry]
    older: int | None
    count: int


_STATES: Mapping[str, tuple[Any, Any]] = {
    # state: the column that lists its entries, and which of its rows to take
    "refused": (Refusal.entry, col(Refusal.code) != ""),
    "breached": (Breach.entry, col(Breach.n) == 0),
    "correction": (Correction.entry, col(Correction.n) == 0),
}


def entries(
    session: Session, which: Which | None = None, *, before: int | None = None, limit: int = 50
) -> Page:
    """The entries that `which` asks for, below index `before`. ValueError for an unknown state."""
    which = which or Which()
    asked, place = _asked(which)
    if before is not None:
        asked = asked.where(place < before)
    limit = max(1, min(limit, LIMIT_MAX))
    rows = session.scalars(asked.order_by(place.desc()).limit(limit + 1)).all()
    older = rows[limit - 1].index if len(rows) > limit else None
    return Page(rows[:limit], older, count_entries(session, which))


def count_entries(session: Session, which: Which) -> int:
    """How many entries `which` asks for; by kind alone, without looking at them."""
    if which == Which(kind=which.kind, batches=which.batches):
        wanted = [col(Tally.kind) == which.kind] if which.kind else []
        if not which.kind and not which.batches:
            wanted = [col(Tally.kind) != "batch"]
        return sum(session.scalars(select(col(Tally.count)).where(*wanted)))
    asked, place = _asked(which, count=True)
    return session.scalar(asked.with_only_columns(func.count(place))) or 0


def _asked(which: Which, *, count: bool = False) -> tuple[Select[Any], Any]:
    """The statement, and the column with the entry's index by which its rows are found in order.

    To `count`, rows of `entry` are left out where nothing is asked of them.
    """
    place: Any = None
    wanted: list[Any] = []
    if which.state:
        if which.state not in _STATES:
            raise ValueError(f"state {which.state!r}: one of {', '.join(_STATES)}")
        listed, own = _STATES[which.state]
        place = col(listed)
        wanted.append(own)
    others = []
    for subjects in _any_of(which):
        if len(subjects) == 1 and place is None:
            # Its entries in their order stand together: a page reads no more than its own rows.
            place = col(Subject.entry)
            wanted.append(col(Subject.subject) == subjects[0])
        else:
            about = select(col(Subject.entry)).where(col(Subject.subject).in_(subjects))
            others.append(about)
    of_entry = _of_entry(which)
    asked: Select[Any] = select(Entry)
    if place is None:
        place = col(Entry.index)
        if not (others or of_entry or which.batches):
            of_entry.append(col(Entry.type) != "batch")
    elif of_entry or not count:
        asked = asked.join(place.class_, place == col(Entry.index))
    asked = asked.where(*wanted, *(place.in_(about) for about in others), *of_entry)
    return asked, place


def _of_entry(which: Which) -> list[Any]:
    found = [
        col(column) == value
        for column, value in (
            (Entry.kind, which.kind),
            (Entry.member, which.member),
            (Entry.actor, which.actor),
        )
        if value
    ]
    times: list[Any] = []
    if which.since is not None:
        times.append(col(Entry.time) >= which.since)
    if which.until is not None:
        times.append(col(Entry.time) < which.until)
    if times and not (found or which.batches):
        times.append(col(Entry.type) != "batch")
    return [*found, *times]


def _any_of(which: Which) -> Iterator[Sequence[str]]:
    """Lists of subjects; an entry must be about one of each."""
    if which.commodity:
        yield (f"flow/{which.commodity}" + (f"/{which.label}" if which.label else ""),)
    if which.subjects:
        yield which.subjects


def last_about(session: Session, subjects: Sequence[str]) -> Mapping[str, int]:
    """The last entry about each of these subjects, of those that any is about."""
    subject, entry = col(Subject.subject), col(Subject.entry)
    asked: Any = select(subject, func.max(entry)).where(subject.in_(subjects)).group_by(subject)
    return {name: last for name, last in session.execute(asked)} if subjects else {}


def about(statement: str) -> tuple[str, ...]:
    """The subjects under which later entries about a statement are found."""
    return tuple(f"{noun}/{statement}" for noun in ("statement", "donation", "correction"))


def entry_at(session: Session, index: int) -> Entry | None:
    """The entry at an index."""
    return session.get(Entry, index)


def entry_of(session: Session, statement: str) -> Entry | None:
    """The entry of a statement, by its id."""
    return session.scalars(select(Entry).where(col(Entry.statement) == statement)).first()


@dataclass(frozen=True, slots=True)
class Details:
    """One entry with all that it changed, and the corrections on either side of it."""

    entry: Entry
    cosigners: Sequence[Cosigner]
    moves: Sequence[Move]
    stretches: Sequence[Stretch]
    made: Sequence[Lot]
    spent: Sequence[Lot]
    breaches: Sequence[Breach]
    corrects: Sequence[Entry]
    corrected_by: Sequence[Entry]


def details(session: Session, index: int) -> Details | None:
    """Everything about the entry at an index, None where there is none."""
    entry = entry_at(session, index)
    if entry is None:
        return None

    def rows(view: Any, column: Any, *order: Any) -> Any:
        return session.scalars(select(view).where(col(column) == index).order_by(*order)).all()

    return Details(
        entry=entry,
        cosigners=rows(Cosigner, Cosigner.entry, Cosigner.n),
        moves=rows(Move, Move.entry, Move.n),
        stretches=rows(Stretch, Stretch.entry, Stretch.n),
        made=rows(Lot, Lot.made, Lot.lot),
        spent=rows(Lot, Lot.spent, Lot.lot),
        breaches=rows(Breach, Breach.entry, Breach.n),
        corrects=_corrected(session, col(Correction.entry) == index),
        corrected_by=corrections_of(session, entry.statement),
    )


def _corrected(session: Session, where: Any) -> Sequence[Entry]:
    targets = select(col(Correction.target)).where(where)
    asked = select(Entry).where(col(Entry.statement).in_(targets), col(Entry.statement) != "")
    return session.scalars(asked.order_by(col(Entry.index))).all()


def corrections_of(session: Session, statement: str) -> Sequence[Entry]:
    """The applied corrections that name a statement, the earliest first."""
    named = select(col(Correction.entry)).where(col(Correction.target) == statement)
    asked = select(Entry).where(col(Entry.index).in_(named)).order_by(col(Entry.index))
    return session.scalars(asked).all()


@dataclass(frozen=True, slots=True)
class Pair:
    """A correction beside what it corrects; both stand. `say` is its public sentence."""

    correction: Entry
    originals: Sequence[Entry]
    say: str


def corrections(session: Session, *, before: int | None = None, limit: int = 50) -> list[Pair]:
    """Corrections, newest first, each beside its originals."""
    page = entries(session, Which(state="correction"), before=before, limit=limit)
    found = []
    for entry in page.rows:
        own = col(Correction.entry) == entry.index
        say = session.scalars(select(col(Correction.say)).where(own).limit(1)).one()
        found.append(Pair(entry, _corrected(session, own), say))
    return found


# ---- names --------------------------------------------------------------------------------------


def thing(session: Session, noun: str, thing_id: str) -> Catalogue | None:
    """The newest version of a thing in the catalogue (`item`, `site`, `area`, `fund` ..)."""
    return session.get(Catalogue, (noun, thing_id, 0))


def things(session: Session, noun: str) -> Mapping[str, Catalogue]:
    """Everything of one class in its newest version, by id."""
    own = col(Catalogue.noun) == noun
    asked = select(Catalogue).where(own, col(Catalogue.version) == 0).order_by(col(Catalogue.id))
    return {row.id: row for row in session.scalars(asked)}
