"""`delivery.confirm`: what people say of a hand-out.

Goal: a word on each row is kept, the newest counts, and nothing moves.
Method: rows confirmed, confirmed again, unknown, late, of a manifest.
"""

from typing import Any

import pytest
from books import Books, Ran
from goods import HAND, NOWHERE, TAG, draw, enrol, give, hand_out, issue, stock


@pytest.fixture
def books() -> Books:
    books = Books()
    enrol(books)
    issue(books)
    return books


def confirm(books: Books, handout: str, row: int = 0, state: str = "received", **rest: Any) -> Ran:
    waited = rest.pop("waited", False)
    body = {"by": "pin", "handout": handout, "row": row, "state": state, **rest}
    return books.run("delivery.confirm", body, "county/confirmer", waited=waited)


def said(books: Books, handout: str) -> Any:
    return books.row("legs", handout)["confirmed"]


def test_the_newest_word_on_a_row_counts(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    given = hand_out(books, (TAG, [draw(lot, 1)]), (TAG, [draw(lot, 2)]))
    assert confirm(books, given.id, 1, "partial", issues=["wet"]).code == "ok"
    assert confirm(books, given.id, 0).code == "ok"
    assert said(books, given.id) == [[0, "received"], [1, "partial"]]
    ran = confirm(books, given.id, 0, "not_received")
    assert (ran.code, ran.moves) == ("ok", [])
    assert said(books, given.id) == [[0, "not_received"], [1, "partial"]]


def test_rows_of_a_manifest_are_counted(books: Books) -> None:
    (lot,) = stock(books, "water", 10, site="square")
    body = {
        "lines": [draw(lot, 5)],
        "manifest": {"root": "ab" * 32, "size": 128},
        "site": "square",
    }
    given = books.run("disbursement.handout", body, HAND)
    for row in (5, 127):
        confirm(books, given.id, row)
    confirm(books, given.id, 6, "not_received")
    assert said(books, given.id) == [["received", 2], ["not_received", 1]]
    ran = confirm(books, given.id, 128)
    assert ran.breaches == (("unknown_reference", f"leg/{given.id}/128", 0),)


@pytest.mark.parametrize(("after", "late"), [(14 * 86_400, 0), (14 * 86_400 + 1, 1)])
def test_after_fourteen_days_it_is_late_and_counts_all_the_same(
    books: Books, after: int, late: int
) -> None:
    (lot,) = stock(books, "rice", 10)
    given = give(books, draw(lot, 1))
    books.time += after
    ran = confirm(books, given.id)
    assert ran.breaches == ((("late", f"leg/{given.id}", late),) if late else ())
    assert said(books, given.id) == [[0, "received"]]


def test_what_is_no_hand_out_cannot_be_confirmed(books: Books) -> None:
    assert confirm(books, NOWHERE).code == "unknown_reference"
    ran = confirm(books, NOWHERE, waited=True)
    assert ran.breaches == (("unknown_reference", f"leg/{NOWHERE}", 0),)
    books.set("legs", "ab" * 32, {"kind": "shipment.dispatch"})
    assert confirm(books, "ab" * 32).code == "flagged"


def test_a_hand_out_that_was_corrected_away(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    given = give(books, draw(lot, 1))
    books.set("legs", given.id, {**books.row("legs", given.id), "closed": "ab" * 32})
    assert confirm(books, given.id).breaches == (("not_open", f"leg/{given.id}", 0),)
    assert said(books, given.id) == []


def test_who_may_confirm(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    given = give(books, draw(lot, 1))
    body = {"by": "proxy", "handout": given.id, "row": 0, "state": "received"}
    assert books.run("delivery.confirm", body, HAND).code == "no_authority"
    books.add_actor("relief/x", "confirmer", sites=["square"])
    assert books.run("delivery.confirm", body, "relief/x").code == "no_authority"
    assert (
        books.run("delivery.confirm", {**body, "state": "lost"}, "relief/confirmer").code
        == "malformed"
    )
    assert books.run("delivery.confirm", body, "relief/confirmer").code == "ok"
