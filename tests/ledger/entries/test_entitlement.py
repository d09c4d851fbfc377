"""`entitlement.issue`: what households may have.

Goal: a right is given once for (household, cycle, purpose), to eligible households only; money that is
promised and not over yet fits into what the fund line allocates.
Method: one statement and each change of it that the law refuses, on both sides of each boundary.
"""

from typing import Any

import pytest
from books import Books
from goods import OTHER_TAG, TAG, draw, enrol, issue, release, right, stock

from ledger.money.rights import return_right
from ledger.state import State

DAY = 86_400
KEY = f"{TAG}/week-1/food"


@pytest.fixture
def books() -> Books:
    books = Books()
    enrol(books)
    enrol(books, OTHER_TAG)
    return books


def test_a_right_says_how_much_and_until_when(books: Books) -> None:
    ran = issue(books, TAG, OTHER_TAG)
    assert ran.code == "ok"
    assert ran.moves == []
    row = {
        "entry": ran.index,
        "from": books.time,
        "left": [["rice", 10]],
        "statement": ran.id,
        "to": books.time + 7 * DAY,
    }
    assert books.reader.table("entitlements") == {
        KEY: row,
        f"{OTHER_TAG}/week-1/food": row,
    }


def test_a_right_is_given_once(books: Books) -> None:
    issue(books)
    ran = issue(books, OTHER_TAG, TAG)
    assert ran.code == "already_exists"
    assert ran.refusal is not None
    assert (ran.refusal.where, ran.refusal.values) == ("body.tags[1]", {"key": KEY})
    assert set(books.reader.table("entitlements")) == {KEY}
    assert issue(books, cycle="week-2").code == "ok"
    assert issue(books, purpose="shelter").code == "ok"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tags": ["00" * 16]}, "unknown_reference"),
        ({"tags": [TAG, TAG]}, "malformed"),
        ({"tags": []}, "malformed"),
        ({"tags": [f"{n:032x}" for n in range(257)]}, "malformed"),
        ({"programme": "nothing"}, "unknown_reference"),
        ({"purpose": "tea"}, "not_eligible"),
        ({"lines": [{"item": "nothing", "quantity": 1}]}, "unknown_reference"),
        ({"lines": [{"item": "rice", "quantity": 0}]}, "out_of_range"),
        ({"lines": [{"item": "rice", "quantity": 1}] * 2}, "malformed"),
        ({"lines": None}, "malformed"),
        ({"money": {"amount": 1, "line": "relief.food"}}, "malformed"),
        ({"window": {"from": 5, "to": 5}}, "malformed"),
        ({"days": 0, "window": {"from": 1, "to": 2}}, "not_eligible"),
    ],
)
def test_the_form_and_the_conditions_of_a_right(
    books: Books, change: dict[str, Any], code: str
) -> None:
    assert issue(books, **change).code == code


def test_a_window_that_ends_now_is_over(books: Books) -> None:
    assert issue(books, window={"from": 0, "to": books.time}).code == "not_eligible"
    assert issue(books, window={"from": 0, "to": books.time + 1}).code == "ok"


def test_two_hundred_and_fifty_six_households(books: Books) -> None:
    tags = [f"{n:032x}" for n in range(256)]
    for tag in tags:
        books.set("households", tag, books.row("households", TAG))
    assert issue(books, *tags).code == "ok"


@pytest.mark.parametrize("change", [{"retired": "ab" * 32}, {"programme": "other"}])
def test_who_is_not_eligible(books: Books, change: dict[str, str]) -> None:
    books.set("households", OTHER_TAG, {**books.row("households", OTHER_TAG), **change})
    ran = issue(books, TAG, OTHER_TAG)
    assert ran.code == "not_eligible"
    assert ran.refusal is not None
    assert ran.refusal.where == "body.tags[1]"


def test_who_may_issue(books: Books) -> None:
    books.set("households", OTHER_TAG, {**books.row("households", OTHER_TAG), "area": "west"})
    books.add_actor("county/manager", "manager", areas=["east"])
    assert issue(books, TAG, OTHER_TAG).code == "no_authority"
    assert issue(books, TAG).code == "ok"


# ---- money --------------------------------------------------------------------------------------


def allocated(books: Books, n: int) -> None:
    books.set("accounts", "CNY/relief.food/ext:donor", str(-n))
    books.set("accounts", "CNY/relief.food/allocated:food", str(n))
    books.set("totals", "CNY", [str(n), "0", str(n), "0", "0", "0", "0"])


def promise(books: Books, *tags: str, amount: int = 500, **rest: Any) -> Any:
    money = {"amount": amount, "line": "relief.food"}
    return issue(books, *tags, lines=None, money=money, **rest)


@pytest.mark.parametrize(("there", "code"), [(1_000, "ok"), (999, "not_enough"), (0, "not_enough")])
def test_what_is_promised_fits_into_the_allocation(books: Books, there: int, code: str) -> None:
    if there:
        allocated(books, there)
    ran = promise(books, TAG, OTHER_TAG)
    assert ran.code == code
    if code == "ok":
        assert books.row("entitlements", KEY)["amount"] == 500
        assert books.row("reserved", "relief.food/food") == 1_000
    else:
        assert ran.refusal.values == {"key": "relief.food/food", "asked": 1_000, "left": there}


def test_what_is_promised_already_is_counted(books: Books) -> None:
    allocated(books, 1_000)
    promise(books, TAG, amount=600)
    ran = promise(books, OTHER_TAG, amount=401)
    assert ran.refusal.values["left"] == 400
    assert promise(books, OTHER_TAG, amount=400).code == "ok"


def test_a_promise_ends_with_its_window(books: Books) -> None:
    allocated(books, 1_000)
    ran = promise(books, TAG, amount=1_000)
    lapsed = books.lapse(ran.id)
    assert lapsed.moves == []
    assert books.row("reserved", "relief.food/food") is None
    assert books.row("legs", ran.id)["closed"] == lapsed.id
    assert promise(books, OTHER_TAG, amount=1_000).code == "ok"


@pytest.mark.parametrize(("programme", "code"), [("flood", "ok"), ("other", "not_eligible")])
def test_money_comes_from_a_fund_of_the_same_programme(
    books: Books, programme: str, code: str
) -> None:
    allocated(books, 1_000)
    books.set("catalogue", "programme/other", books.row("catalogue", "programme/flood"))
    books.set(
        "catalogue",
        "fund/relief",
        {**books.row("catalogue", "fund/relief"), "programme": programme},
    )
    ran = promise(books, TAG)
    assert ran.code == code
    if code != "ok":
        assert ran.refusal.where == "body.money.line"
        assert ran.refusal.values == {"key": "line/relief.food", "wanted": "flood"}
        assert books.row("reserved", "relief.food/food") is None


# ---- revoke -------------------------------------------------------------------------------------


def revoke(books: Books, *tags: str, signer: str = "county/manager", **change: Any) -> Any:
    body = {
        "cycle": "week-1",
        "purpose": "food",
        "reason": "enrolled-twice",
        "tags": list(tags or (TAG,)),
        **change,
    }
    return books.run("entitlement.revoke", body, signer)


def test_a_revoked_right_ends_now_and_what_was_left_of_it_stays_in_the_row(books: Books) -> None:
    issue(books, TAG, OTHER_TAG)
    row = books.row("entitlements", KEY)
    lot = stock(books, "rice", 100)[0]
    books.time += 60
    ran = revoke(books)
    assert (ran.code, ran.moves) == ("ok", [])
    assert books.row("entitlements", KEY) == {
        **row,
        "entry": ran.index,
        "revoked": [ran.id, row["to"]],
        "to": books.time,
    }
    lines = draw(lot, 4)
    assert release(books, lines, site="depot", entitlement=right()).code == "not_eligible"
    other = right(OTHER_TAG)
    assert release(books, lines, site="depot", entitlement=other).code == "ok"
    # Given once for (household, cycle, purpose), revoked or not.
    assert issue(books).code == "already_exists"


def test_what_was_released_and_not_collected_comes_back_and_can_be_drawn_no_more(
    books: Books,
) -> None:
    issue(books)
    lot = stock(books, "rice", 100)[0]
    ran = release(books, draw(lot, 4), site="depot", entitlement=right())
    assert ran.code == "ok"
    assert revoke(books).code == "ok"
    books.lapse(ran.id)
    assert books.row("entitlements", KEY)["left"] == [["rice", 10]]
    again = release(books, draw(lot, 4), site="depot", entitlement=right())
    assert again.code == "not_eligible"


def test_revoked_money_is_promised_no_more(books: Books) -> None:
    allocated(books, 1_000)
    issued = promise(books, TAG, OTHER_TAG)
    assert promise(books, TAG, cycle="week-2", amount=1).code == "not_enough"
    assert revoke(books).code == "ok"
    assert books.row("reserved", "relief.food/food") == 500
    assert books.row("legs", issued.id)["left"] == 500
    assert books.row("entitlements", KEY)["amount"] == 500
    assert promise(books, TAG, cycle="week-2", amount=500).code == "ok"
    books.lapse(issued.id)
    assert books.row("reserved", "relief.food/food") == 500


def test_a_payment_that_comes_back_to_a_revoked_right_is_not_promised_again(books: Books) -> None:
    allocated(books, 1_000)
    promise(books, TAG)
    revoke(books)
    state = State(books.reader)
    book = books._book(state, books.next_id(), attested=True)
    return_right(book, KEY, 200)
    row, kept = book.row("entitlements", KEY), state.get("reserved", "relief.food/food")
    assert (row and row["amount"], kept) == (700, None)


@pytest.mark.parametrize(("after", "code"), [(7 * DAY - 1, "ok"), (7 * DAY, "not_open")])
def test_a_right_that_is_over_needs_no_revoking(books: Books, after: int, code: str) -> None:
    issue(books)
    books.time += after
    assert revoke(books).code == code


def test_a_right_is_revoked_once_and_all_of_them_or_none(books: Books) -> None:
    issue(books, TAG, OTHER_TAG)
    revoke(books, OTHER_TAG)
    ran = revoke(books, TAG, OTHER_TAG)
    assert ran.code == "not_open"
    assert ran.refusal is not None and ran.refusal.where == "body.tags[1]"
    assert "revoked" not in books.row("entitlements", KEY)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tags": []}, "malformed"),
        ({"tags": [TAG, TAG]}, "malformed"),
        ({"tags": [f"{n:032x}" for n in range(257)]}, "malformed"),
        ({"cycle": "week-2"}, "unknown_reference"),
        ({"purpose": "cash"}, "unknown_reference"),
        ({"signer": "county/registrar"}, "no_authority"),
        ({"signer": "county/west"}, "no_authority"),
        ({"signer": "county/east"}, "ok"),
    ],
)
def test_its_form_and_who_may_revoke(books: Books, change: dict[str, Any], code: str) -> None:
    books.add_actor("county/west", "manager", areas=["west"])
    books.add_actor("county/east", "manager", areas=["east"])
    issue(books)
    assert revoke(books, **change).code == code


@pytest.mark.parametrize(("fund", "code"), [("relief", "ok"), ("island", "no_authority")])
def test_revoking_money_is_for_a_manager_of_its_fund(books: Books, fund: str, code: str) -> None:
    books.add_actor("county/of-fund", "manager", funds=[fund])
    allocated(books, 1_000)
    promise(books, TAG)
    assert revoke(books, signer="county/of-fund").code == code
