"""Funds: money set aside and released again, and shortfalls covered.

Goal: each law of `docs/spec/kinds-money.md` about funds, with the smallest case that passes, the
smallest that fails, and both sides of each boundary.
Method: one statement a row on a book in memory; the whole book is checked after each.
"""

from typing import Any

import pytest
from books import NOON
from money import FOOD, GENERAL, Money, h

from ledger.canon import INT_MAX
from ledger.money.funds import PIECES_MAX

LINE = f"line/{GENERAL}"


@pytest.fixture
def fund() -> Money:
    return Money()


def earmark(fund: Money, line: str = GENERAL, **change: Any) -> None:
    row = fund.row("catalogue", f"line/{line}")
    fund.set("catalogue", f"line/{line}", {**row, "earmark": {**row["earmark"], **change}})


# ---- fund.allocate --------------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "code"), [(1, "ok"), (100, "ok"), (101, "not_enough")])
def test_no_more_is_allocated_than_is_free(fund: Money, amount: int, code: str) -> None:
    fund.receive(100)
    ran = fund.allocate(amount)
    assert ran.code == code
    assert fund.balance("CNY", f"{GENERAL}/allocated:food") == (amount if code == "ok" else 0)
    if code != "ok":
        assert ran.refusal is not None
        assert ran.refusal.where == "body.draws[0].amount"
        assert dict(ran.refusal.values) == {"key": f"{GENERAL}/free", "asked": 101, "left": 100}


def test_the_lowest_positions_are_allocated_and_the_highest_come_back(fund: Money) -> None:
    fund.receive(100)
    assert fund.allocate(30).effects.line == ((GENERAL, 0, 30, "allocated:food"),)
    assert fund.allocate(20, "cash").effects.line == ((GENERAL, 30, 50, "allocated:cash"),)
    back = fund.allocate(10, verb="deallocate")
    assert back.effects.line == ((GENERAL, 20, 30, "free"),)
    assert back.moves == [("CNY", f"{GENERAL}/allocated:food", f"{GENERAL}/free", 10)]
    assert fund.allocate(15).effects.line == (
        (GENERAL, 20, 30, "allocated:food"),  # low holes refill first
        (GENERAL, 50, 55, "allocated:food"),
    )


@pytest.mark.parametrize(("amount", "code"), [(30, "ok"), (31, "not_enough")])
def test_no_more_is_released_than_is_allocated(fund: Money, amount: int, code: str) -> None:
    fund.receive(100)
    fund.allocate(30)
    fund.allocate(30, "cash")
    assert fund.allocate(amount, verb="deallocate").code == code


def test_a_named_gift_is_allocated_and_no_other(fund: Money) -> None:
    fund.receive(10)
    gift = fund.receive(10).id
    assert fund.allocate(11, donation=gift).code == "not_enough"
    assert fund.allocate(10, donation=gift).effects.line == ((GENERAL, 10, 20, "allocated:food"),)
    assert fund.allocate(1, donation=gift).code == "not_enough"
    assert fund.allocate(1, donation=h(9)).code == "unknown_reference"


def test_a_gift_to_another_line_holds_nothing_here(fund: Money) -> None:
    gift = fund.receive(10, FOOD).id
    fund.receive(10)
    refused = fund.allocate(1, donation=gift)
    assert refused.code == "not_enough"
    assert dict(refused.refusal.values)["left"] == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "purpose", "programme", "code"),
    [
        (GENERAL, "shelter", "flood", "ok"),
        (GENERAL, "music", "flood", "not_eligible"),  # no purpose of the programme
        (FOOD, "food", "flood", "ok"),
        (FOOD, "shelter", "flood", "not_eligible"),  # the earmark says food
        (GENERAL, "food", "drought", "not_eligible"),  # the fund is for the flood
        (GENERAL, "food", "war", "unknown_reference"),
        ("relief.nowhere", "food", "flood", "unknown_reference"),
    ],
)
def test_money_is_allocated_to_what_it_was_given_for(
    fund: Money, line: str, purpose: str, programme: str, code: str
) -> None:
    fund.set("catalogue", "programme/drought", fund.row("catalogue", "programme/flood"))
    fund.receive(100)
    fund.receive(100, FOOD)
    assert fund.allocate(1, purpose, line, programme=programme).code == code


def test_an_earmark_ends(fund: Money) -> None:
    earmark(fund, until=NOON + 10)
    fund.receive(100)
    assert fund.allocate(1, time=NOON + 9).code == "ok"
    ended = fund.allocate(1, time=NOON + 10)
    assert ended.code == "not_eligible"
    assert dict(ended.refusal.values) == {"key": LINE, "wanted": "until"}  # type: ignore[union-attr]


def test_a_line_that_owes_promises_nothing_new_but_releases(fund: Money) -> None:
    gift = fund.receive(100).id
    leg = fund.instruct(40).id
    fund.paid(leg, 40)
    fund.allocate(30)
    fund.reverse(gift, 61)
    assert fund.balance("CNY", f"{GENERAL}/shortfall") == -1
    fund.receive(100)
    assert fund.allocate(1).code == "line_short"
    assert fund.allocate(1, verb="deallocate").code == "not_enough"  # the bank took it back
    fund.receive(100, FOOD)
    assert fund.allocate(1, line=FOOD).code == "ok"  # another line owes nothing


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (["county/fund-owner"], "ok"),
        (["relief/fund-owner"], "no_authority"),  # not the owner of this fund
        (["county/treasurer"], "no_authority"),
        (["county/treasurer", "county/fund-owner"], "no_authority"),  # only as a co-signer
    ],
)
def test_only_the_owner_allocates(fund: Money, signers: list[str], code: str) -> None:
    fund.receive(10)
    assert fund.allocate(1, by=signers).code == code


def test_of_several_draws_one_that_fails_undoes_all(fund: Money) -> None:
    fund.receive(10)
    draws = [{"amount": 6, "line": GENERAL}, {"amount": 5, "line": GENERAL}]
    refused = fund.allocate(0, draws=draws)
    assert (refused.code, refused.refusal.where) == (  # type: ignore[union-attr]
        "not_enough",
        "body.draws[1].amount",
    )
    assert fund.tops() == [(0, 10, "free")]
    draws[1]["amount"] = 4
    assert len(fund.allocate(0, draws=draws).moves) == 2  # in body order, never joined


@pytest.mark.parametrize(("draws", "code"), [(64, "ok"), (65, "malformed"), (0, "malformed")])
def test_a_statement_has_1_to_64_draws(fund: Money, draws: int, code: str) -> None:
    fund.receive(100)
    assert fund.allocate(0, draws=[{"amount": 1, "line": GENERAL}] * draws).code == code


# ---- pieces ---------------------------------------------------------------------------------------


def comb(fund: Money, teeth: int) -> None:
    """A line whose every second position is free, `teeth` of them."""
    for n in range(teeth):
        fund.set("line", f"{GENERAL}/{2 * n:016x}", [2 * n + 1, ["free"]])
        stack = ["free", "allocated:cash"]
        fund.set("line", f"{GENERAL}/{2 * n + 1:016x}", [2 * n + 2, stack])
    fund.set("accounts", f"CNY/{GENERAL}/free", str(teeth))
    fund.set("accounts", f"CNY/{GENERAL}/allocated:cash", str(teeth))
    fund.set("accounts", f"CNY/{GENERAL}/ext:donor", str(-2 * teeth))
    fund.set("totals", "CNY", [str(n) for n in (2 * teeth, 0, 2 * teeth, 0, 0, 0, 0)])
    fund.set("gifts", h(9), [[GENERAL, 0, 2 * teeth]])


@pytest.mark.parametrize("donation", [None, h(9)])
@pytest.mark.parametrize(
    ("amounts", "code"),
    [
        ([PIECES_MAX], "ok"),
        ([PIECES_MAX + 1], "too_many_pieces"),
        ([PIECES_MAX, 1], "too_many_pieces"),  # counted over the whole statement
        ([PIECES_MAX + 45], "not_enough"),  # the higher code of the two
    ],
)
def test_an_authorisation_takes_at_most_256_intervals(
    fund: Money, donation: str | None, amounts: list[int], code: str
) -> None:
    comb(fund, PIECES_MAX + 44)
    named = {"donation": donation} if donation else {}
    draws = [{"amount": n, "line": GENERAL, **named} for n in amounts]
    ran = fund.allocate(0, draws=draws)
    assert ran.code == code
    if code == "ok":
        assert len(ran.effects.line) == PIECES_MAX
        assert fund.tops()[:2] == [(0, 1, "allocated:food"), (1, 2, "allocated:cash")]


# ---- fund.cover -----------------------------------------------------------------------------------


def owing(fund: Money, n: int) -> None:
    """A line that owes n."""
    leg = fund.instruct(fund.receive(1).moves[0][3]).id
    fund.paid(leg, 1 + n)


@pytest.mark.parametrize(
    ("amount", "short", "free"), [(1, 9, 0), (9, 1, 0), (10, 0, 0), (11, 0, 1)]
)
def test_a_cover_closes_the_shortfall_and_appends_the_excess(
    fund: Money, amount: int, short: int, free: int
) -> None:
    owing(fund, 10)
    ran = fund.cover(amount)
    assert ran.code == "ok"
    assert fund.balance("CNY", f"{GENERAL}/shortfall") == -short
    assert fund.balance("CNY", f"{GENERAL}/free") == free
    assert fund.balance("CNY", f"{GENERAL}/ext:owner") == -amount
    assert (f"CNY/{GENERAL}/shortfall" in fund.reader.table("breaches")) == (short > 0)
    if free:
        assert fund.row("origin", f"{GENERAL}/{1:016x}") == [2, ["cover", ran.id]]
    assert fund.row("gifts", ran.id) is None


def test_a_cover_without_a_shortfall_is_new_money(fund: Money) -> None:
    ran = fund.cover(5)
    assert ran.moves == [("CNY", f"{GENERAL}/ext:owner", f"{GENERAL}/free", 5)]
    assert fund.tops() == [(0, 5, "free")]


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (["county/fund-owner", "county/treasurer"], "ok"),
        (["county/fund-owner", "relief/approver"], "ok"),
        (["county/fund-owner"], "no_authority"),
        (["relief/fund-owner", "county/treasurer"], "no_authority"),
        (["county/treasurer", "county/fund-owner"], "no_authority"),
        (["county/fund-owner", "county/payer"], "no_authority"),
    ],
)
def test_who_may_say_that_a_shortfall_is_covered(
    fund: Money, signers: list[str], code: str
) -> None:
    assert fund.cover(5, by=signers).code == code


def test_a_cover_is_booked_once_and_only_on_a_known_line(fund: Money) -> None:
    assert fund.cover(5, reference=h(77)).code == "ok"
    assert fund.cover(5, reference=h(77)).code == "reference_used"
    assert fund.cover(5, "relief.nowhere").code == "unknown_reference"
    late = fund.cover(5, "relief.nowhere", waited=True, by=["county/fund-owner", "relief/approver"])
    assert late.moves == []
    assert late.breaches == (("unknown_reference", "line/relief.nowhere", 5),)


def test_a_cover_at_the_end_of_the_line_leaves_no_trace(fund: Money) -> None:
    fund.set("line", f"{GENERAL}/{0:016x}", [INT_MAX, ["free", "paid:1"]])
    ran = fund.cover(1)
    assert (ran.code, ran.index) == ("sum_out_of_range", None)
    assert fund.reader.table("accounts") == {}
