"""Holds: authorisations that wait for approvals, and resolve once.

Rows of table `holds`, by the id of the held statement:

    {"approvals": [[member, person, key, statement]..], "barred": [organisation..], "entry", "kind",
     "needs": organisations, "places": [{"area"?, "fund"?, "site"?}..], "roles": [role..],
     "signers": [[member, person, key]..], "state", "until"}
    and "kept" while value is kept back for it (`ledger.keeping`);
    once it is resolved, "closed" (statement)

    state     open -> posted | void | refused | expired
    signers   of the held statement: the author, who never counts, then those co-signers who might
              approve it, who count as approvals
    needs     so many different organisations; `barred` ones (the payee ..) do not count and may
              not approve
    roles     one of them, at every one of `places`, whoever approves must have
    key       id of the key that a voice was given with

A voice counts while it could be given: its key is in force, and its actor has one of the roles at
the places (`heard`, asked anew at each approval). Who no longer counts may say it again.
A hold's deadline stands in `legs` under `hold/{statement}`. This module keeps the row; what a hold
keeps back (`ledger.keeping`), and whether it may now be posted, is for whoever opened it:
`Book.settle` is asked after each approval, and told of a refusal and of the deadline, when it gives
back what was kept. To post it runs the held statement's law in `Book.within` and takes that in;
where that law refuses it rolls the rows back and answers `void`. Without a settler an approval is
noted and the hold waits.
Rules: `docs/spec/kinds-approvals.md`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.lines import close_leg
from ledger.keys import KeyId
from ledger.members import ANYWHERE, Actor, Place, acting, find_key, may
from ledger.state import State

TABLE = "holds"

HOLD_MAX_S = 30 * 86_400
"""A hold ends at most so long after it was opened."""

GIVEN, REFUSED, EXPIRED = "given", "refused", "expired"
"""What a settler is told of: an approval, a refusal, the deadline."""
OPEN, POSTED, VOID = "open", "posted", "void"
"""What a settler answers; `refused` and `expired` are states too."""

GIVE = "approval.give"
"""The kind under which the deadline of a hold stands in `legs`."""

APPROVER = "approver"
"""The role that approves what a gate holds."""

Person = tuple[str, str]
"""(member, person code)"""

Signed = tuple[str, str, str]
"""(member, person code, key id): who said it, and with which key."""


def person_of(actor: Actor) -> Person:
    """Who an actor is, whatever other actors the same human being has."""
    return actor.member, actor.person


def signed_by(actor: Actor) -> Signed:
    """The same, with the key that signed."""
    return actor.member, actor.person, actor.key


@dataclass(frozen=True, slots=True)
class Wants:
    """What a hold waits for: `organisations` different ones with one of `roles` at all `places`."""

    organisations: int
    until: int
    roles: tuple[str, ...] = (APPROVER,)
    places: tuple[Place, ...] = ()
    barred: tuple[str, ...] = ()

    def may_approve(self, state: State, actor: Actor) -> bool:
        """Whether an actor may approve, as author of an `approval.give` or as a co-signer."""
        if actor.member in self.barred:
            return False
        return all(may(state, actor, self.roles, place) for place in self.places or (ANYWHERE,))


@dataclass(frozen=True, slots=True)
class Hold:
    """A held statement `id`, which stands in entry `entry`; `approvals` with their statements.

    `signers`: its author, then the co-signers who count.

    `kept`: what is kept back for it, as `ledger.keeping` writes it. `cause`: of a statement that a
    contract caused, which nobody signed, how it remembers its cause.
    """

    id: StatementId
    kind: str
    entry: int
    wants: Wants
    signers: tuple[Signed, ...]
    approvals: tuple[tuple[str, str, str, str], ...] = ()
    state: Literal["open", "posted", "void", "refused", "expired"] = "open"
    closed: str = ""
    kept: Mapping[str, Value] = field(default_factory=dict)
    cause: str = ""

    def is_open(self, time: int) -> bool:
        """Whether it still waits at `time`, recorded or not."""
        return self.state == OPEN and time < self.wants.until

    @property
    def author(self) -> Person | None:
        """Who signed it; None where a contract caused it."""
        return self.signers[0][:2] if self.signers else None

    def persons(self) -> list[Person]:
        """Everybody who has said yes beside the author: co-signers, then approvals."""
        return [(one[0], one[1]) for one in (*self.signers[1:], *self.approvals)]

    def organisations(self) -> list[str]:
        """The different organisations of `persons` that count, in their order."""
        found = dict.fromkeys(member for member, _ in self.persons())
        return [member for member in found if member not in self.wants.barred]

    def is_met(self) -> bool:
        """Whether as many organisations as it wants have approved."""
        return len(self.organisations()) >= self.wants.organisations

    def put(self, book: Book) -> None:
        """Write the row."""
        row: dict[str, Value] = {
            "approvals": [list(part) for part in self.approvals],
            "barred": list(self.wants.barred),
            "entry": self.entry,
            "kind": self.kind,
            "needs": self.wants.organisations,
            "places": [_place_value(place) for place in self.wants.places],
            "roles": list(self.wants.roles),
            "signers": [list(part) for part in self.signers],
            "state": self.state,
            "until": self.wants.until,
        }
        if self.closed:
            row["closed"] = self.closed
        if self.kept:
            row["kept"] = {**self.kept}
        if self.cause:
            row["cause"] = self.cause
        book.put(TABLE, self.id, row)


def hold_key(held: StatementId | str) -> str:
    """Key of the leg with a hold's deadline, and the hold's subject in the index."""
    return f"hold/{held}"


def find_hold(state: State, held: str) -> Hold | None:
    """The hold on a statement; None where it was never held."""
    row = state.get(TABLE, held)
    if not isinstance(row, dict):
        return None
    entry, needs, until = row["entry"], row["needs"], row["until"]
    assert isinstance(entry, int) and isinstance(needs, int) and isinstance(until, int)
    places, kept = row["places"], row.get("kept", {})
    assert isinstance(places, list) and isinstance(kept, dict)
    return Hold(
        id=StatementId(held),
        kind=str(row["kind"]),
        entry=entry,
        wants=Wants(
            organisations=needs,
            until=until,
            roles=_texts(row["roles"]),
            places=tuple(_place(place) for place in places),
            barred=_texts(row["barred"]),
        ),
        signers=tuple((part[0], part[1], part[2]) for part in _listed(row["signers"])),
        approvals=tuple((one[0], one[1], one[2], one[3]) for one in _listed(row["approvals"])),
        state=row["state"],  # type: ignore[arg-type]
        closed=str(row.get("closed", "")),
        kept=kept,
        cause=str(row.get("cause", "")),
    )


def booked_by(state: State, statement: str) -> StatementId:
    """The statement in whose entry an applied one was booked: its own, or, where it was held, the
    approval that posted it."""
    hold = find_hold(state, statement)
    return StatementId(statement if hold is None else hold.closed)


def open_hold(
    book: Book, kind: str, wants: Wants, signers: Sequence[Actor], cause: str = ""
) -> Hold:
    """Hold this statement, `book.statement`, of `kind`: nothing else of it is booked now.

    Raises `Refused(already_exists)` where it was held before, `Refused(not_eligible)` where `until`
    is not within 30 days.
    """
    if book.state.get(TABLE, book.statement) is not None:
        raise Refused(Code.ALREADY_EXISTS, hold_key(book.statement), key=book.statement)
    if not book.time < wants.until <= book.time + HOLD_MAX_S:
        low, high = book.time + 1, book.time + HOLD_MAX_S
        raise Refused(Code.NOT_ELIGIBLE, "until", value=wants.until, low=low, high=high)
    people = [signed_by(actor) for actor in signers[:1]]
    people += [signed_by(actor) for actor in cosigned(book.state, wants, signers)]
    hold = Hold(book.statement, kind, book.index, wants, tuple(people), cause=cause)
    hold.put(book)
    leg: dict[str, Value] = {
        "due": wants.until,
        "entry": book.index,
        "kind": GIVE,
        "lapse": wants.until,
    }
    book.put("legs", hold_key(hold.id), leg)
    book.touch(hold_key(hold.id))
    return hold


def cosigned(state: State, wants: Wants, signers: Sequence[Actor]) -> list[Actor]:
    """The co-signers of a statement whose signature counts as an approval, each person once.

    `signers`: the author first. Whoever could not approve it by a statement of their own does not
    do so by co-signing: without the role, outside the places, of a barred organisation, or the
    author's own person.
    """
    found: dict[Person, Actor] = {}
    for actor in signers[1:]:
        if not actor.same_person(signers[0]) and wants.may_approve(state, actor):
            found.setdefault(person_of(actor), actor)
    return list(found.values())


def heard(book: Book, hold: Hold) -> Hold:
    """The hold with those voices alone that count by now: their keys are in force, and whoever
    gave them might give them still."""

    def counts(key: str) -> bool:
        found = find_key(book.state, KeyId(key)) if key else None
        if found is None:
            # Only a book that knows of no keys has voices without one.
            return not key
        actor = acting(book.state, found) if found.in_force(book.index) else None
        return actor is not None and hold.wants.may_approve(book.state, actor)

    return replace(
        hold,
        signers=(*hold.signers[:1], *(one for one in hold.signers[1:] if counts(one[2]))),
        approvals=tuple(one for one in hold.approvals if counts(one[2])),
    )


def give(book: Book, held: str, actor: Actor) -> None:
    """Note that `actor` approves, then ask the settler what follows.

    `Refused`: `same_person` (the author's own), `already_exists` (said before, also as co-signer,
    and it counts), `not_open` (resolved, or its time is over).
    """
    hold = heard(book, _waiting(book, held))
    person = person_of(actor)
    if person == hold.author:
        raise Refused(Code.SAME_PERSON, "author", actor=actor.id)
    if person in hold.persons():
        raise Refused(Code.ALREADY_EXISTS, "author", key=hold_key(held))
    hold = replace(hold, approvals=(*hold.approvals, (*signed_by(actor), book.statement)))
    hold.put(book)
    _resolve(book, hold, GIVEN)


def refuse(book: Book, held: str) -> None:
    """One refusal is enough: the hold is over and nothing of it is booked."""
    _resolve(book, _waiting(book, held), REFUSED)


def end_wait(book: Book, held: str) -> None:
    """What `held` asked for is done by this statement: nobody approves it any more, and the next
    batch gives back what is kept, as at its deadline. Nothing where it does not wait."""
    hold = find_hold(book.state, held)
    if hold is None or not hold.is_open(book.time):
        return
    replace(hold, wants=replace(hold.wants, until=book.time)).put(book)
    leg = book.row("legs", hold_key(held))
    assert leg is not None
    book.put("legs", hold_key(held), {**leg, "due": book.time, "lapse": book.time})
    book.touch(hold_key(held))


def expire(book: Book, leg: str) -> None:
    """The deadline of the hold behind `leg` (`hold/{statement}`) has passed."""
    hold = find_hold(book.state, leg.partition("/")[2])
    assert hold is not None and hold.state == OPEN, leg
    _resolve(book, hold, EXPIRED)


def _waiting(book: Book, held: str) -> Hold:
    hold = find_hold(book.state, held)
    assert hold is not None
    if not hold.is_open(book.time):
        raise Refused(Code.NOT_OPEN, hold_key(held), key=held)
    return hold


def _resolve(book: Book, hold: Hold, what: str) -> None:
    """Tell the settler; close the row and its deadline unless it goes on waiting."""
    answer = OPEN if book.settle is None else book.settle(book, hold.id, what)
    assert answer in (OPEN, POSTED, VOID), answer
    assert what == GIVEN or answer != POSTED, (what, answer)
    state = answer if what == GIVEN else what
    book.touch(hold_key(hold.id))
    if state == OPEN:
        return
    if state == POSTED:
        book.posted = hold.id
    else:
        book.voided = hold.id
    found = find_hold(book.state, hold.id)
    assert found is not None
    replace(found, state=state, closed=book.statement).put(book)  # type: ignore[arg-type]
    leg = book.row("legs", hold_key(hold.id))
    assert leg is not None
    close_leg(book, hold_key(hold.id), leg, book.statement)


# ---- values -------------------------------------------------------------------------------------


def _place_value(place: Place) -> dict[str, Value]:
    parts = (("area", place.area), ("fund", place.fund), ("site", place.site))
    return {name: value for name, value in parts if value}


def _place(value: Value) -> Place:
    assert isinstance(value, Mapping)
    return Place(**{str(name): str(part) for name, part in value.items()})


def _listed(value: Value) -> list[list[str]]:
    assert isinstance(value, list)
    return [[str(one) for one in part] for part in value if isinstance(part, list)]


def _texts(value: Value) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(str(part) for part in value)
