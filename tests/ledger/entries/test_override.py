"""`override.use`: one rule gives way once, in the open, and somebody else looks at it.

Goal: only what a contract refused or holds can be overridden; the same thing, signed again, passes once
and within 72 hours; each use opens a case that the commander's own member can neither decide nor close.
Method: entries as a judge of contracts will make them, put before the law by hand; both sides of the time.
"""

from typing import Any

import pytest
from books import NOON, Books, Ran
from ledgers import founded

from ledger.canon import encode
from ledger.entry import format_statement_entry
from ledger.envelope import Statement, StatementId
from ledger.overrides import (
    OVERRIDE_S,
    digest_of,
    find_override,
    override_key,
    serves,
    use_override,
)
from ledger.state import State

RULE = "household-food-cap/cap"
BODY = {"alert": "a", "areas": ["east"], "hazard": "flood", "level": 1, "until": 1}


def signed(**change: Any) -> Statement:
    return founded().statement("alert.declare", {**BODY, **change}, "red/ana")


class Refusing(Books):
    """A book whose log has one statement, with the outcome that a contract gave it."""

    def __init__(self, code: str = "contract_denied") -> None:
        super().__init__()
        self.statement = signed()
        outcome = encode({"code": code, "effects": {}})
        self.reader.entries.append(format_statement_entry(1, NOON, self.statement, outcome))
        self.reader.ids[self.statement.id] = 0

    def use(self, signer: str = "county/commander", **change: Any) -> Ran:
        body = {"reason": "water-rises", "rule": RULE, "statement": self.statement.id, **change}
        return self.run("override.use", body, signer)

    def found(self, statement: Statement, rule: str = RULE) -> str:
        return find_override(State(self.reader), statement, rule, self.time)


@pytest.fixture
def books() -> Refusing:
    return Refusing()


def test_an_override_is_for_the_thing_whoever_signs_it_again(books: Refusing) -> None:
    assert books.found(books.statement) == ""
    ran = books.use()
    assert (ran.code, ran.moves) == ("ok", [])
    key = override_key(digest_of(books.statement), RULE)
    assert books.row("flags", key) == {
        "case": ran.id,
        "entry": ran.index,
        "for": books.statement.id,
        "reason": "water-rises",
        "time": NOON,
        "until": NOON + OVERRIDE_S,
    }
    again = founded().statement("alert.declare", BODY, "red/bao")
    assert again.id != books.statement.id
    assert books.found(again) == key
    assert books.found(signed(level=2)) == ""
    assert books.found(again, "household-food-cap/declared") == ""


def test_it_serves_once(books: Refusing) -> None:
    books.use()
    key = books.found(books.statement)
    state = State(books.reader)
    book = books._book(state, StatementId("ab" * 32), attested=False)
    use_override(book, key)
    row = book.row("flags", key)
    assert row is not None and row["used"] == "ab" * 32
    assert not serves(state, row, books.time)
    assert find_override(state, books.statement, RULE, books.time) == ""
    with pytest.raises(AssertionError):
        use_override(book, key)


@pytest.mark.parametrize(("after", "there"), [(OVERRIDE_S - 1, True), (OVERRIDE_S, False)])
def test_it_serves_for_72_hours(books: Refusing, after: int, there: bool) -> None:
    books.use()
    books.time += after
    assert bool(books.found(books.statement)) is there
    # While it serves there is no second one; afterwards there may be.
    assert books.use().code == ("already_exists" if there else "ok")


def test_two_rules_are_two_overrides(books: Refusing) -> None:
    assert [books.use().code, books.use(rule="other-rule/cap").code] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("contract_denied", "ok"),
        ("contract_error", "ok"),
        ("held", "ok"),
        ("ok", "not_open"),
        ("flagged", "not_open"),
        ("no_authority", "not_open"),
        ("not_enough", "not_open"),
        ("no_gate", "not_open"),
    ],
)
def test_law_of_the_book_is_never_overridden(code: str, answer: str) -> None:
    assert Refusing(code).use().code == answer


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"statement": "ab" * 32}, "unknown_reference"),
        ({"rule": "cap"}, "malformed"),
        ({"rule": "Cap/cap"}, "malformed"),
        ({"rule": "cap/one/two"}, "malformed"),
        ({"signer": "county/manager"}, "no_authority"),
        ({"signer": "relief/commander"}, "ok"),
    ],
)
def test_its_form_and_who_may_use_it(books: Refusing, change: dict[str, Any], code: str) -> None:
    assert books.use(**change).code == code


def test_another_member_reviews_it(books: Refusing) -> None:
    case = books.use().id
    row = books.row("legs", case)
    assert (row["class"], row["due"], row["state"]) == ("override", NOON + OVERRIDE_S, "open")
    assert row["subjects"] == [f"statement/{books.statement.id}", "organisation/county"]
    body = {"case": case, "finding": "upheld"}
    assert books.run("case.decide", body, "county/decider").code == "no_authority"
    assert books.run("case.decide", body, "relief/decider").code == "ok"
    ended = {"case": case, "reason": "reviewed"}
    assert books.run("case.close", ended, "county/officer").code == "no_authority"
    assert books.ok("case.close", ended, "relief/officer").code == "ok"
