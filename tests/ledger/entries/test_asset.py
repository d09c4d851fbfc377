"""`asset.*`: equipment lent across organisations.

Goal: an asset has one open loan, both sides sign, its holder changes and its owner does not, and it is
overdue until a person says that it is back: no deadline ends a loan.
Method: the smallest loan from asking to return; each condition of lending on both sides of its
boundary; facts that come twice, too early, too late or alone.
"""

from typing import Any

import pytest
from books import Books, Ran
from goods import NOWHERE, goods, move, receive, split

DAY = 86_400
LENDER, BORROWER = "county/manager", "relief/manager"
GIVES, TAKES = "county/storekeeper", "relief/storekeeper"
KEY = "asset/pump/P-1"


@pytest.fixture
def books() -> Books:
    return Books()


def pump(books: Books, *serials: str, **change: Any) -> str:
    """A lot of pumps with these serial numbers at the depot."""
    ran = receive(books, goods("pump", len(serials), serials=list(serials), **change))
    assert ran.code == "ok", ran.breaches
    return ran.lot(0)


def lend(books: Books, lot: str, *, by: tuple[str, ...] = (LENDER, BORROWER), **change: Any) -> Ran:
    body = {
        "borrower": "relief",
        "due": books.time + 14 * DAY,
        "from": "depot",
        "lot": lot,
        "to": "school",
        **change,
    }
    return books.run("asset.lend", body, *by)


def hand_over(
    books: Books, loan: str, *, by: tuple[str, ...] = (GIVES, TAKES), waited: bool = False,
    **change: Any,
) -> Ran:  # fmt: skip
    body = {"condition": "good", "loan": loan, "site": "school", **change}
    return books.run("asset.handover", body, *by, waited=waited)


def take_back(
    books: Books, loan: str, *, by: tuple[str, ...] = (GIVES, TAKES), waited: bool = False,
    **change: Any,
) -> Ran:  # fmt: skip
    body = {"condition": "good", "loan": loan, "site": "depot", **change}
    return books.run("asset.return", body, *by, waited=waited)


# ---- the smallest loan --------------------------------------------------------------------------


def test_a_loan_from_asking_to_return(books: Books) -> None:
    lot = pump(books, "P-1")
    loan = lend(books, lot)
    assert (loan.code, loan.moves) == ("ok", [])
    assert books.row("legs", loan.id) == {
        "borrower": "relief",
        "due": books.time + 14 * DAY,
        "entry": loan.index,
        "from": "depot",
        "item": "pump",
        "keeps": ["pump/depot", lot],
        "kind": "asset.lend",
        "lender": "county",
        "lot": lot,
        "owner": "county",
        "serial": "P-1",
        "to": "school",
    }
    assert (books.row("reserved", "pump/depot"), books.row("reserved", lot)) == (1, 1)
    assert books.row("legs", KEY)["holder"] == "county"
    assert books.row("legs", KEY)["loan"] == loan.id

    handed = hand_over(books, loan.id)
    assert handed.code == "ok"
    assert handed.moves == [("pump", "site:depot", "site:school", 1)]
    there = books.row("lots", handed.lot(0))
    assert (there["owner"], there["custodian"], there["serials"]) == ("county", "relief", ["P-1"])
    assert books.row("legs", KEY)["holder"] == "relief"
    assert books.row("reserved", "pump/depot") is None is books.row("reserved", lot)

    back = take_back(books, loan.id)
    assert back.code == "ok"
    assert back.moves == [("pump", "site:school", "site:depot", 1)]
    here = books.row("lots", back.lot(0))
    assert (here["owner"], here["custodian"], here["serials"]) == ("county", "county", ["P-1"])
    assert books.row("legs", loan.id)["closed"] == back.id
    assert "loan" not in books.row("legs", KEY)
    assert lend(books, lot).code == "ok"


def test_the_index_lists_what_became_of_a_loan(books: Books) -> None:
    loan = lend(books, pump(books, "P-1"))
    hand_over(books, loan.id)
    take_back(books, loan.id)
    assert books.row("index", f"loan/{loan.id}")[0] == 3


# ---- lend ---------------------------------------------------------------------------------------


def test_an_asset_has_one_open_loan(books: Books) -> None:
    lot = pump(books, "P-1")
    first = lend(books, lot)
    again = lend(books, lot)
    assert again.code == "already_exists"
    assert again.refusal is not None and again.refusal.values == {"key": first.id}
    hand_over(books, first.id)
    # Its borrower cannot lend it on either.
    on = lend(
        books, lot, by=(BORROWER, LENDER), borrower="county", to="depot", **{"from": "school"}
    )
    assert on.code == "already_exists"


@pytest.mark.parametrize("serials", [("P-1", "P-2"), ()])
def test_a_lot_of_one_piece_with_a_serial_is_lent(books: Books, serials: tuple[str, ...]) -> None:
    lot = pump(books, *serials) if serials else receive(books, goods("pump", 1)).lot(0)
    assert lend(books, lot).code == "not_eligible"


def test_one_piece_of_many_is_split_off_first(books: Books) -> None:
    lot = pump(books, "P-1", "P-2")
    one = split(books, lot, 1)
    loan = lend(books, one.lot(0))
    assert loan.code == "ok"
    assert books.row("legs", loan.id)["serial"] == "P-1"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(0, "not_eligible"), (1, "ok"), (366 * DAY, "ok"), (366 * DAY + 1, "not_eligible")],
)
def test_it_is_due_after_now_and_within_a_year(books: Books, seconds: int, code: str) -> None:
    assert lend(books, pump(books, "P-1"), due=books.time + seconds).code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "square"}, "not_eligible"),
        ({"borrower": "county", "to": "square"}, "no_authority"),
        ({"borrower": "nobody"}, "unknown_reference"),
        ({"from": "reserve"}, "not_enough"),
    ],
)
def test_it_goes_from_the_lenders_site_to_one_of_the_borrower(
    books: Books, change: dict[str, Any], code: str
) -> None:
    assert lend(books, pump(books, "P-1"), **change).code == code


def test_the_lot_must_be_on_the_ledger(books: Books) -> None:
    assert lend(books, f"{NOWHERE}/0").code == "unknown_reference"


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ((LENDER, BORROWER), "ok"),
        ((LENDER,), "no_authority"),
        ((LENDER, "relief/storekeeper"), "no_authority"),
        ((LENDER, "county/approver"), "no_authority"),
        (("county/storekeeper", BORROWER), "no_authority"),
        ((BORROWER, LENDER), "no_authority"),
    ],
)
def test_both_organisations_sign(books: Books, by: tuple[str, ...], code: str) -> None:
    assert lend(books, pump(books, "P-1"), by=by).code == code


def test_a_damaged_asset_is_not_lent(books: Books) -> None:
    assert lend(books, pump(books, "P-1", condition="damaged")).code == "not_usable"


def test_an_asset_that_is_reserved_for_something_else_is_not_lent(books: Books) -> None:
    lot = pump(books, "P-1")
    body = {"item": "pump", "purpose": "shelter", "quantity": 1, "site": "depot"}
    books.ok("stock.reserve", body | {"until": books.time + DAY}, LENDER)
    assert lend(books, lot).code == "not_enough"
    pump(books, "P-2")
    assert lend(books, lot).code == "ok"


def test_what_is_lent_is_not_promised_to_anybody_else(books: Books) -> None:
    lend(books, pump(books, "P-1"))
    body = {
        "from": "depot",
        "lines": [{"item": "pump", "quantity": 1}],
        "to": "school",
        "until": books.time + DAY,
    }
    assert books.run("shipment.order", body, LENDER).code == "not_enough"


# ---- handover and return ------------------------------------------------------------------------


def test_a_fact_without_its_loan_is_flagged_and_moves_nothing(books: Books) -> None:
    pump(books, "P-1")
    for act in (hand_over, take_back):
        assert act(books, NOWHERE).code == "unknown_reference"
        ran = act(books, NOWHERE, waited=True)
        assert ran.breaches == (("unknown_reference", f"leg/{NOWHERE}", 0),)
        assert ran.moves == []


def test_each_step_is_taken_once_and_in_order(books: Books) -> None:
    loan = lend(books, pump(books, "P-1"))
    for act, code in (
        (take_back, "flagged"),
        (hand_over, "ok"),
        (hand_over, "flagged"),
        (take_back, "ok"),
        (take_back, "flagged"),
        (hand_over, "flagged"),
    ):
        ran = act(books, loan.id)
        assert ran.code == code, act
        if code == "flagged":
            assert ran.breaches == (("not_open", f"leg/{loan.id}", 0),)
            assert ran.moves == []


def test_one_side_alone_is_flagged(books: Books) -> None:
    loan = lend(books, pump(books, "P-1"))
    alone = hand_over(books, loan.id, by=(GIVES, "county/receiver"))
    assert alone.breaches == (("same_person", "cosigners", 1),)
    assert alone.moves
    assert take_back(books, loan.id, by=(GIVES,)).breaches == (("same_person", "cosigners", 1),)


@pytest.mark.parametrize(
    ("act", "by"),
    [(hand_over, ("county/payer", TAKES)), (take_back, ("relief/payer", TAKES))],
)
def test_who_may_hand_over(books: Books, act: Any, by: tuple[str, ...]) -> None:
    loan = lend(books, pump(books, "P-1"))
    assert act(books, loan.id, by=by).code == "no_authority"


@pytest.mark.parametrize(("seconds", "late"), [(0, 0), (1, 1), (3 * DAY, 3 * DAY)])
def test_late_is_later_than_due(books: Books, seconds: int, late: int) -> None:
    loan = lend(books, pump(books, "P-1"))
    hand_over(books, loan.id)
    books.time = books.row("legs", loan.id)["due"] + seconds
    ran = take_back(books, loan.id)
    assert ran.breaches == ((("late", f"leg/{loan.id}", late),) if late else ())
    assert books.row("legs", loan.id)["closed"] == ran.id


def test_no_deadline_ends_a_loan(books: Books) -> None:
    loan = lend(books, pump(books, "P-1"))
    assert "lapse" not in books.row("legs", loan.id)
    hand_over(books, loan.id)
    assert "lapse" not in books.row("legs", loan.id)


def test_open_loans_of_a_borrower_are_found_by_due_date(books: Books) -> None:
    lots = [pump(books, f"P-{n}") for n in range(3)]
    loans = [lend(books, lot, due=books.time + (9 - n) * DAY) for n, lot in enumerate(lots)]
    hand_over(books, loans[2].id)
    found = books.reader.marked("legs", "loan/relief", "", "~", 9, False)
    assert [key for _, key, _ in found] == [loans[2].id, loans[1].id, loans[0].id]
    take_back(books, loans[2].id)
    found = books.reader.marked("legs", "loan/relief", "", "~", 9, False)
    assert [key for _, key, _ in found] == [loans[1].id, loans[0].id]


def test_the_condition_at_the_return_stands_beside_the_one_at_the_handover(books: Books) -> None:
    loan = lend(books, pump(books, "P-1"))
    hand_over(books, loan.id)
    back = take_back(books, loan.id, condition="damaged")
    row = books.row("legs", loan.id)
    assert (row["condition"], row["returned"]) == ("good", "damaged")
    assert books.row("lots", back.lot(0))["condition"] == "damaged"


def test_the_borrower_may_have_moved_it(books: Books) -> None:
    books.set(
        "catalogue",
        "site/tent",
        {**books.row("catalogue", "site/school"), "kind": "point"},
    )
    loan = lend(books, pump(books, "P-1"))
    handed = hand_over(books, loan.id)
    body = {"from": "school", "lines": [{"lot": handed.lot(0), "quantity": 1}], "to": "tent"}
    assert books.run("stock.move", body, TAKES).code == "ok"
    back = take_back(books, loan.id, **{"from": "tent"})
    assert back.code == "ok"
    assert books.balances("pump") == {"ext:donor": -1, "site:depot": 1}


def test_another_site_than_agreed_is_flagged(books: Books) -> None:
    loan = lend(books, pump(books, "P-1"))
    ran = hand_over(books, loan.id, site="square")
    assert ran.breaches == (("not_eligible", "site/square", 1),)
    assert books.balances("pump")["site:square"] == 1


@pytest.mark.parametrize(("act", "site"), [(hand_over, "depot"), (take_back, "school")])
def test_a_place_where_it_is_already_is_flagged(books: Books, act: Any, site: str) -> None:
    loan = lend(books, pump(books, "P-1"))
    if act is take_back:
        hand_over(books, loan.id)
    ran = act(
        books, loan.id, site=site, by=(GIVES, TAKES) if act is hand_over else (TAKES, BORROWER)
    )
    assert ran.breaches == (("not_eligible", f"site/{site}", 1),)
    assert ran.moves == []
    assert "closed" not in books.row("legs", loan.id)


def test_an_asset_that_is_not_there_is_handed_over_from_nothing(books: Books) -> None:
    lot = pump(books, "P-1")
    loan = lend(books, lot)
    move(books, {"lot": lot, "quantity": 1})
    ran = hand_over(books, loan.id)
    assert ran.breaches == (("over_issue", "pump/over_issue:depot", 1),)
    assert books.balances("pump")["site:school"] == 1
