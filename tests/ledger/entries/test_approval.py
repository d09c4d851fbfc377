"""`approval.give`, `approval.refuse`: who may resolve a hold, when, and that it resolves once.

Goal: an approval counts once a person, never the author's, never of a barred organisation, never after the
time; one refusal ends it; the deadline ends it; who judges is asked each time and nothing else moves.
Method: a hold made by hand, as whoever judges contracts will make it; a settler that counts, in its place.
"""

from typing import Any

import pytest
from books import NOON, Books, Ran

from ledger.book import Book
from ledger.canon import encode
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.holds import EXPIRED, GIVEN, HOLD_MAX_S, REFUSED, Wants, find_hold, hold_key, open_hold
from ledger.indexes import Indexes
from ledger.members import Place, find_actor
from ledger.state import State

DAY = 86_400
HELD = "ab" * 32
KEY = f"hold/{HELD}"


class Judged(Books):
    """A book in which a settler answers for holds: it posts once as many approve as are wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []
        self.judges = self.lawful = True

    def settle(self, book: Book, held: StatementId, what: str) -> str:
        self.told.append((held, what))
        hold = find_hold(book.state, held)
        assert hold is not None
        if what != GIVEN:
            return "void"
        if not hold.is_met():
            return "open"
        start, inner = book.state.savepoint(), book.within(held)
        inner.move("CNY", "relief.general/ext:donor", "relief.general/free", 5)
        inner.touch("donation/held")
        if not self.lawful:
            book.state.rollback(start)
            return "void"
        book.take_in(inner)
        return "posted"

    def _book(self, state: State, statement: StatementId, *, attested: bool) -> Book:
        book = super()._book(state, statement, attested=attested)
        book.settle = self.settle if self.judges else None
        self.last = book
        return book

    def hold(self, **change: Any) -> None:
        """Hold a statement of county/payer, co-signed by county/approver."""
        state = State(self.reader)
        book = Book(
            state,
            Indexes(state),
            time=self.time,
            index=7,
            statement=StatementId(HELD),
            attested=False,
        )
        wants = Wants(**{"organisations": 2, "until": self.time + DAY, **change})
        actors = [find_actor(state, name) for name in ("county/payer", "county/approver")]
        open_hold(book, "disbursement.instruct", wants, [one for one in actors if one is not None])
        for pair, raw in state.changes().items():
            self.reader.put(pair, raw)


@pytest.fixture
def books() -> Judged:
    books = Judged()
    books.hold()
    return books


def give(books: Books, signer: str = "relief/approver", held: str = HELD) -> Ran:
    return books.run("approval.give", {"held": held}, signer)


def refuse(books: Books, signer: str = "relief/approver") -> Ran:
    return books.run("approval.refuse", {"held": HELD, "reason": "too-much"}, signer)


def test_the_row_of_a_hold(books: Judged) -> None:
    assert books.row("holds", HELD) == {
        "approvals": [],
        "barred": [],
        "entry": 7,
        "kind": "disbursement.instruct",
        "needs": 2,
        "places": [],
        "roles": ["approver"],
        "signers": [["county", "payer", ""], ["county", "approver", ""]],
        "state": "open",
        "until": NOON + DAY,
    }
    assert books.row("legs", KEY) == {
        "due": NOON + DAY,
        "entry": 7,
        "kind": "approval.give",
        "lapse": NOON + DAY,
    }
    state = State(books.reader)
    found = find_hold(state, HELD)
    assert found is not None and found.organisations() == ["county"] and not found.is_met()
    assert find_hold(state, "cd" * 32) is None


def test_an_approval_that_completes_it_posts_what_was_held_in_its_own_entry(books: Judged) -> None:
    ran = give(books)
    assert ran.code == "ok"
    assert ran.moves == [("CNY", "relief.general/ext:donor", "relief.general/free", 5)]
    assert (books.last.posted, books.told) == (HELD, [(HELD, GIVEN)])
    row = books.row("holds", HELD)
    assert (row["state"], row["closed"]) == ("posted", ran.id)
    assert row["approvals"] == [["relief", "approver", "", ran.id]]
    leg = books.row("legs", KEY)
    assert "lapse" not in leg and leg["closed"] == ran.id
    assert books.row("index", KEY)[0] == books.row("index", "donation/held")[0] == 1


def test_what_its_own_law_refuses_by_now_is_void_and_leaves_nothing(books: Judged) -> None:
    books.lawful = False
    ran = give(books)
    assert (ran.code, ran.moves, books.last.posted) == ("ok", [], "")
    assert books.row("holds", HELD)["state"] == "void"
    assert books.balances("CNY") == {} and books.row("index", "donation/held") is None


def test_a_hold_resolves_once(books: Judged) -> None:
    give(books)
    books.add_actor("relief/second", "approver")
    for ran in (give(books, "relief/second"), refuse(books, "relief/second")):
        assert ran.code == "not_open"
        assert ran.refusal is not None and ran.refusal.where == KEY
    assert len(books.told) == 1 and books.balance("CNY", "relief.general/free") == 5


def test_it_waits_while_too_few_organisations_approve() -> None:
    books = Judged()
    books.hold(organisations=3)
    books.add_actor("relief/second", "approver")
    books.add_actor("temple/elder", "approver")
    assert [give(books, who).code for who in ("relief/approver", "relief/second")] == ["ok", "ok"]
    assert books.row("holds", HELD)["state"] == "open"
    assert books.last.posted == "" and "lapse" in books.row("legs", KEY)
    assert give(books, "temple/elder").code == "ok"
    assert books.row("holds", HELD)["state"] == "posted"
    assert books.told == [(HELD, GIVEN)] * 3


def test_without_a_settler_an_approval_is_noted_and_the_hold_waits(books: Judged) -> None:
    books.judges = False
    ran = give(books)
    assert (ran.code, ran.moves) == ("ok", [])
    row = books.row("holds", HELD)
    assert row["state"] == "open" and row["approvals"] == [["relief", "approver", "", ran.id]]
    found = find_hold(State(books.reader), HELD)
    assert found is not None and found.is_met() and found.is_open(NOON)


@pytest.mark.parametrize(
    ("signer", "code"),
    [
        ("relief/approver", "ok"),
        ("relief/manager", "no_authority"),
        ("county/payer", "no_authority"),
        ("county/both", "same_person"),  # the author under another name
        ("county/approver", "already_exists"),  # the co-signer has said yes already
    ],
)
def test_who_may_approve(books: Judged, signer: str, code: str) -> None:
    books.add_actor("county/both", "approver", person="payer")
    assert give(books, signer).code == code


def test_one_person_approves_once(books: Judged) -> None:
    books.judges = False
    assert give(books).code == "ok"
    assert give(books).code == "already_exists"
    books.add_actor("relief/twin", "approver", person="approver")
    assert give(books, "relief/twin").code == "already_exists"


def test_roles_places_and_barred_organisations() -> None:
    books = Judged()
    places = (Place(fund="relief", area="east"), Place(site="depot"))
    books.hold(roles=("treasurer", "fund-owner"), places=places, barred=("relief",))
    assert give(books, "county/treasurer").code == "ok"
    assert give(books, "relief/treasurer").code == "no_authority"
    books.add_actor("temple/owner", "fund-owner", areas=["east"])
    books.add_actor("temple/west", "fund-owner", areas=["west"])
    books.add_actor("temple/other", "fund-owner", funds=["island"])
    books.add_actor("temple/approver", "approver")
    for signer in ("temple/west", "temple/other", "temple/approver"):
        assert give(books, signer).code == "no_authority", signer
    found = find_hold(State(books.reader), HELD)
    assert found is not None and found.wants.places == places
    assert give(books, "temple/owner").code == "ok"
    assert books.row("holds", HELD)["state"] == "posted"


def test_a_barred_organisation_does_not_count() -> None:
    books = Judged()
    books.hold(barred=("county",))
    found = find_hold(State(books.reader), HELD)
    assert found is not None and found.organisations() == []


def test_one_refusal_ends_it(books: Judged) -> None:
    ran = refuse(books)
    assert (ran.code, ran.moves, books.told) == ("ok", [], [(HELD, REFUSED)])
    row = books.row("holds", HELD)
    assert (row["state"], row["closed"]) == ("refused", ran.id)
    assert "lapse" not in books.row("legs", KEY)
    assert give(books).code == "not_open"


@pytest.mark.parametrize(("after", "code"), [(DAY - 1, "ok"), (DAY, "not_open")])
def test_nobody_approves_or_refuses_after_its_time(after: int, code: str) -> None:
    for say in (give, refuse):
        books = Judged()
        books.hold()
        books.time += after
        assert say(books).code == code


def test_its_time_passes(books: Judged) -> None:
    ran = books.lapse(KEY)
    assert books.told == [(HELD, EXPIRED)]
    row = books.row("holds", HELD)
    assert (row["state"], row["closed"]) == ("expired", ran.id)
    assert "lapse" not in books.row("legs", KEY)


def test_what_was_never_held_is_not_resolved(books: Judged) -> None:
    assert give(books, held="cd" * 32).code == "unknown_reference"


def test_a_void_answer_ends_it_without_effect(books: Judged) -> None:
    books.settle = lambda book, held, what: "void"  # type: ignore[method-assign, assignment]
    ran = give(books)
    assert (ran.code, ran.moves, books.last.posted) == ("ok", [], "")
    assert books.row("holds", HELD)["state"] == "void"


def test_a_statement_is_held_once_and_for_thirty_days_at_most(books: Judged) -> None:
    with pytest.raises(Refused, match="already_exists"):
        books.hold()
    for ahead, ok in ((0, False), (1, True), (HOLD_MAX_S, True), (HOLD_MAX_S + 1, False)):
        other = Judged()
        if ok:
            other.hold(until=NOON + ahead)
            continue
        with pytest.raises(Refused, match="not_eligible"):
            other.hold(until=NOON + ahead)


def test_the_row_is_of_values_that_can_be_logged(books: Judged) -> None:
    give(books)
    assert encode(books.row("holds", HELD))
    assert hold_key(HELD) == KEY
