"""Disbursements of money: instructed, paid, failed, returned, and what nobody instructed.

Goal: each law of `docs/spec/kinds-money.md` about payments: only `paid` spends, the earlier label of
the same positions comes back, and what the books cannot hold stands on `shortfall`.
Method: one statement a row on a book in memory; the whole book is checked after each.
"""

from typing import Any

import pytest
from books import NOON
from money import FOOD, GENERAL, Money, h

DAY = 86_400
LIMIT = 5_000_000
HOUSEHOLD = "ab" * 16


@pytest.fixture
def fund() -> Money:
    money = Money()
    money.receive(100)
    return money


def earmark(fund: Money, **change: Any) -> None:
    row = fund.row("catalogue", f"line/{GENERAL}")
    fund.set("catalogue", f"line/{GENERAL}", {**row, "earmark": {**row["earmark"], **change}})


def figures(fund: Money, leg: str) -> tuple[int, int, int, str]:
    row = fund.row("legs", leg)
    return row["asked"], row["paid"], row["back"], row["beyond"]


def balance(fund: Money, label: str) -> int:
    return fund.balance("CNY", f"{GENERAL}/{label}")


# ---- disbursement.instruct ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "amount", "code"),
    [
        ("free", 70, "ok"),
        ("free", 71, "not_enough"),
        ("allocated", 30, "ok"),
        ("allocated", 31, "not_enough"),
        ("held", 1, "malformed"),
    ],
)
def test_what_is_instructed_is_in_transit(fund: Money, source: str, amount: int, code: str) -> None:
    fund.allocate(30)
    ran = fund.instruct(amount, source)
    assert ran.code == code
    if code == "ok":
        label = "free" if source == "free" else "allocated:food"
        account = f"{GENERAL}/transit:{ran.id}"
        assert ran.moves == [("CNY", f"{GENERAL}/{label}", account, amount)]
        assert fund.row("legs", ran.id) == {
            "asked": amount,
            "back": 0,
            "beyond": "0",
            "class": "vendor",
            "due": NOON + 7 * DAY,
            "entry": ran.index,
            "kind": "disbursement.instruct",
            "lines": [GENERAL],
            "paid": 0,
        }


@pytest.mark.parametrize(
    ("mark", "fields", "wanted"),
    [
        ({}, {}, ""),
        ({"purposes": ["food"]}, {}, ""),
        ({"purposes": ["cash"]}, {}, "purposes"),
        ({"areas": ["east"]}, {}, ""),
        ({"areas": ["county"]}, {}, ""),  # an area above covers
        ({"areas": ["east"]}, {"area": "county"}, "areas"),  # an area below does not
        ({"areas": ["west"]}, {}, "areas"),
        ({"classes": ["food"]}, {"item_class": "food"}, ""),
        ({"classes": ["food"]}, {"item_class": "medical"}, "classes"),
        ({"classes": ["food"]}, {}, "classes"),
        ({"until": NOON}, {}, "until"),
        ({"until": NOON + 1}, {}, ""),
        ({"purposes": ["cash"], "areas": ["west"]}, {}, "purposes"),
    ],
)
def test_an_earmark_covers_a_spend_or_it_is_denied(
    fund: Money, mark: dict[str, Any], fields: dict[str, Any], wanted: str
) -> None:
    earmark(fund, **mark)
    ran = fund.instruct(10, **fields)
    if not wanted:
        assert ran.code == "ok"
        return
    assert ran.code == "not_eligible"
    assert ran.refusal is not None
    assert ran.refusal.where == "body.draws[0].line"
    assert dict(ran.refusal.values) == {"key": f"line/{GENERAL}", "wanted": wanted}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"purpose": "music"}, "not_eligible"),
        ({"area": "nowhere"}, "unknown_reference"),
        ({"payee": {"class": "household", "tag": HOUSEHOLD}}, "ok"),
        ({"payee": {"class": "household", "tag": "cd" * 16}}, "unknown_reference"),
        ({"payee": {"class": "household", "tag": h(1)}}, "malformed"),
        ({"payee": {"class": "vendor", "tag": HOUSEHOLD}}, "malformed"),
        ({"payee": {"class": "friend", "tag": h(1)}}, "malformed"),
        ({"draws": [{"amount": 1, "line": "relief.nowhere"}]}, "unknown_reference"),
        ({"draws": [{"amount": 0, "line": GENERAL}]}, "out_of_range"),
        ({"draws": []}, "malformed"),
    ],
)
def test_what_an_instruction_names_must_be_there(
    fund: Money, fields: dict[str, Any], code: str
) -> None:
    fund.set("households", HOUSEHOLD, {"area": "east", "persons": 3})
    assert fund.instruct(1, **fields).code == code


def test_a_row_needs_its_donation(fund: Money) -> None:
    row = {"amount": 1, "offset": 0, "salts": {"amount": h(1), "offset": h(2)}}
    paths = {"manifest": {"index": 0, "path": []}, "record": [{"index": 0, "path": []}] * 2}
    draws = [{"amount": 1, "line": GENERAL, "row": {**row, "paths": paths}}]
    assert fund.instruct(1, draws=draws).code == "malformed"


def test_one_instruction_has_one_currency(fund: Money) -> None:
    fund.set("catalogue", "line/relief.dollars", {**fund.row("catalogue", f"line/{GENERAL}"),
                                                  "currency": "TWD"})  # fmt: skip
    fund.receive(10, "relief.dollars")
    draws = [{"amount": 1, "line": GENERAL}, {"amount": 1, "line": "relief.dollars"}]
    assert fund.instruct(1, draws=draws).code == "not_eligible"
    assert fund.instruct(1, draws=draws[1:]).code == "ok"


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (["county/payer", "county/approver"], "ok"),
        (["county/payer", "relief/approver"], "ok"),
        (["county/payer"], "no_authority"),
        (["county/approver", "county/payer"], "no_authority"),
        (["county/both", "county/both-2"], "same_person"),  # one human being with two keys
        (["county/payer-west", "county/approver"], "no_authority"),  # another area
        (["county/payer", "county/approver-island"], "no_authority"),  # another fund
    ],
)
def test_a_payer_and_an_approver_instruct(fund: Money, signers: list[str], code: str) -> None:
    fund.add_actor("county/both", "payer", "approver", person="x")
    fund.add_actor("county/both-2", "payer", "approver", person="x")
    fund.add_actor("county/payer-west", "payer", areas=["west"])
    fund.add_actor("county/approver-island", "approver", funds=["island"])
    assert fund.instruct(1, by=signers).code == code


def test_codes_in_their_order(fund: Money) -> None:
    # The line owes, too little is free, and the purpose is none of the programme.
    gift = fund.receive(50).id
    leg = fund.instruct(150).id
    fund.paid(leg, 150)
    fund.reverse(gift, 1)
    assert fund.instruct(1, purpose="music").code == "not_eligible"
    assert fund.instruct(1).code == "line_short"
    fund.cover(1)
    assert fund.instruct(1).code == "not_enough"


# ---- entitlements to money ------------------------------------------------------------------------


RIGHT = {"cycle": "may", "purpose": "cash", "tag": HOUSEHOLD}
KEY = f"{HOUSEHOLD}/may/cash"


@pytest.fixture
def promised(fund: Money) -> Money:
    """100 received, 60 allocated to cash, 50 of it promised to one household until tomorrow."""
    fund.set("households", HOUSEHOLD, {"area": "east", "persons": 3, "programme": "flood"})
    fund.allocate(60, "cash")
    body = {
        "cycle": "may",
        "money": {"amount": 50, "line": GENERAL},
        "programme": "flood",
        "purpose": "cash",
        "tags": [HOUSEHOLD],
        "window": {"from": NOON, "to": NOON + DAY},
    }
    fund.ok("entitlement.issue", body, "county/manager")
    return fund


def fulfil(fund: Money, amount: int, **rest: Any) -> Any:
    fields = {
        "entitlement": RIGHT,
        "payee": {"class": "household", "tag": HOUSEHOLD},
        "purpose": "cash",
        "source": "allocated",
    }
    return fund.instruct(amount, **{**fields, **rest})


def promise(fund: Money) -> tuple[int, int]:
    """What the household may still be paid, and what is kept for promises."""
    return fund.row("entitlements", KEY)["amount"], fund.row("reserved", f"{GENERAL}/cash") or 0


def test_an_entitlement_is_paid_once(promised: Money) -> None:
    assert promise(promised) == (50, 50)
    assert fulfil(promised, 51).code == "not_enough"
    assert fulfil(promised, 20).code == "ok"
    assert promise(promised) == (30, 30)
    assert fulfil(promised, 31).code == "not_enough"
    assert fulfil(promised, 30).code == "ok"
    assert promise(promised) == (0, 0)
    refused = fulfil(promised, 1)
    assert refused.code == "not_enough"
    assert dict(refused.refusal.values) == {"key": KEY, "asked": 1, "left": 0}


def test_what_failed_or_came_back_may_be_paid_again(promised: Money) -> None:
    one, two = fulfil(promised, 20).id, fulfil(promised, 30).id
    promised.failed(one)
    assert promise(promised) == (20, 20)
    promised.paid(two, 30)
    promised.returned(two, 10)
    assert promise(promised) == (30, 30)
    assert fulfil(promised, 30).code == "ok"


def test_after_its_window_nothing_is_kept_for_an_entitlement(promised: Money) -> None:
    one = fulfil(promised, 20).id
    late = fulfil(promised, 1, time=NOON + DAY)
    assert late.code == "not_eligible"
    assert dict(late.refusal.values)["high"] == NOON + DAY
    promised.lapse(promised.row("entitlements", KEY)["statement"])
    assert promise(promised) == (30, 0)
    promised.failed(one)
    assert promise(promised) == (50, 0)


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"payee": {"class": "household", "tag": "cd" * 16}}, "not_eligible", "tag"),
        ({"purpose": "food", "source": "free"}, "not_eligible", "purpose"),
        ({"source": "free"}, "not_eligible", "source"),
        ({"draws": [{"amount": 1, "line": "relief.other"}]}, "not_eligible", "draws"),
        ({"entitlement": {**RIGHT, "cycle": "june"}}, "unknown_reference", "entitlement"),
        ({"entitlement": {**RIGHT, "cycle": "goods"}}, "not_eligible", "entitlement"),
    ],
)
def test_an_instruction_fits_the_entitlement_that_it_names(
    promised: Money, change: dict[str, Any], code: str, where: str
) -> None:
    promised.set("households", "cd" * 16, {"area": "east"})
    promised.set("catalogue", "line/relief.other", promised.row("catalogue", f"line/{GENERAL}"))
    goods = {"entry": 0, "from": NOON, "left": [], "statement": h(1), "to": NOON + DAY}
    promised.set("entitlements", f"{HOUSEHOLD}/goods/cash", goods)
    ran = fulfil(promised, 1, **change)
    assert ran.code == code
    assert ran.refusal.where.rpartition(".")[2] == where
    assert promise(promised) == (50, 50)


@pytest.mark.parametrize(("amount", "code"), [(10, "ok"), (11, "not_enough")])
@pytest.mark.parametrize("way", ["deallocate", "instruct"])
def test_what_is_promised_to_households_is_not_taken_for_anything_else(
    promised: Money, way: str, amount: int, code: str
) -> None:
    if way == "deallocate":
        ran = promised.allocate(amount, "cash", verb="deallocate")
    else:
        ran = promised.instruct(amount, "allocated", purpose="cash")
    assert ran.code == code
    if code != "ok":
        assert ran.refusal.where == "body.draws[0].amount"
        key = f"{GENERAL}/allocated:cash"
        said = {"key": key, "asked": 11, "left": 10, "promised": 50}
        assert dict(ran.refusal.values) == said
    assert fulfil(promised, 50).code == "ok"


@pytest.mark.parametrize(("draws", "code"), [((5, 5), "ok"), ((5, 6), "not_enough")])
def test_a_promise_is_kept_over_all_draws_of_a_statement(
    promised: Money, draws: tuple[int, ...], code: str
) -> None:
    both = [{"amount": n, "line": GENERAL} for n in draws]
    assert promised.allocate(1, "cash", verb="deallocate", draws=both).code == code


def test_a_promise_that_is_over_binds_nothing(promised: Money) -> None:
    promised.lapse(promised.row("entitlements", KEY)["statement"])
    assert promised.allocate(60, "cash", verb="deallocate").code == "ok"


def test_a_promise_that_a_bank_broke_is_paid_as_far_as_there_is_money(promised: Money) -> None:
    gift = next(iter(promised.reader.table("gifts")))
    promised.reverse(gift, 80)  # 40 free, then 40 of what is allocated
    assert promised.balance("CNY", f"{GENERAL}/allocated:cash") == 20
    refused = fulfil(promised, 21)
    assert refused.code == "not_enough"
    said = {"key": f"{GENERAL}/allocated:cash", "asked": 21, "left": 20}
    assert dict(refused.refusal.values) == said
    assert fulfil(promised, 20).code == "ok"


# ---- disbursement.paid ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payments", "paid", "beyond"),
    [
        ([39], 39, 0),
        ([40], 40, 0),
        ([41], 40, 1),
        ([10, 30], 40, 0),
        ([10, 31], 40, 1),
        ([40, 40], 40, 40),  # twice
    ],
)
def test_paid_spends_what_was_instructed_and_owes_the_rest(
    fund: Money, payments: list[int], paid: int, beyond: int
) -> None:
    leg = fund.instruct(40).id
    for n in payments:
        last = fund.paid(leg, n)
    assert figures(fund, leg) == (40, paid, 0, str(beyond))
    assert balance(fund, f"transit:{leg}") == 40 - paid
    assert balance(fund, "paid:vendor") == paid + beyond
    assert balance(fund, "shortfall") == -beyond
    assert last.code == ("flagged" if beyond else "ok")
    assert list(last.breaches) == [("shortfall", f"line/{GENERAL}", beyond)] * bool(beyond)
    assert fund.tops()[0] == (0, paid, f"paid:{leg[:4]}")


def test_a_payment_keeps_what_it_was_allocated_from(fund: Money) -> None:
    fund.allocate(40)
    leg = fund.instruct(40, "allocated").id
    fund.paid(leg, 40)
    assert fund.line()[0] == (0, 40, ["free", "allocated:food", f"paid:{leg[:4]}"])


def test_several_lines_are_paid_in_the_order_drawn(fund: Money) -> None:
    fund.receive(50, FOOD)
    draws = [{"amount": 30, "line": FOOD}, {"amount": 20, "line": GENERAL}]
    leg = fund.instruct(0, draws=draws).id
    ran = fund.paid(leg, 35)
    assert ran.moves == [
        ("CNY", f"{FOOD}/transit:{leg}", f"{FOOD}/paid:vendor", 30),
        ("CNY", f"{GENERAL}/transit:{leg}", f"{GENERAL}/paid:vendor", 5),
    ]
    beyond = fund.paid(leg, 16)
    # What nobody instructed stands on the line that was named first.
    assert beyond.moves[-1] == ("CNY", f"{FOOD}/shortfall", f"{FOOD}/paid:vendor", 1)


def test_a_provider_reference_is_spent_on_paid_alone(fund: Money) -> None:
    leg = fund.instruct(40).id
    assert fund.paid(leg, 40, reference=h(77)).code == "ok"
    assert fund.paid(leg, 40, reference=h(77)).code == "reference_used"
    # The provider names the same payment when it comes back.
    assert fund.returned(leg, 40, reference=h(77)).code == "ok"
    other = fund.instruct(40).id
    assert fund.failed(other, reference=h(78)).code == "ok"
    assert fund.failed(other, reference=h(78)).code == "flagged"


@pytest.mark.parametrize(
    ("amount", "signers", "code"),
    [
        (LIMIT, ["county/payer"], "ok"),
        (LIMIT + 1, ["county/payer"], "no_authority"),
        (LIMIT + 1, ["county/payer", "county/approver"], "ok"),
        (LIMIT + 1, ["county/payer", "relief/payer"], "ok"),
        (LIMIT + 1, ["county/payer", "county/treasurer"], "no_authority"),
        (1, ["county/approver"], "no_authority"),
        (1, ["county/payer-island"], "no_authority"),
    ],
)
def test_who_may_say_that_money_was_paid(
    fund: Money, amount: int, signers: list[str], code: str
) -> None:
    fund.add_actor("county/payer-island", "payer", funds=["island"])
    fund.receive(2 * LIMIT)
    leg = fund.instruct(2 * LIMIT).id
    assert fund.paid(leg, amount, by=signers).code == code


ACCOUNT = {"class": "household", "line": GENERAL}


@pytest.mark.parametrize(
    ("account", "moves"),
    [
        (None, []),
        ({"class": "household", "line": "relief.nowhere"}, []),
        (ACCOUNT, [("CNY", f"{GENERAL}/shortfall", f"{GENERAL}/paid:household", 25)]),
    ],
)
def test_a_payment_that_nobody_instructed_is_owed(
    fund: Money, account: Any, moves: list[Any]
) -> None:
    assert fund.paid(h(9), 25, account=account).code == "unknown_reference"  # it may still come
    late = fund.paid(h(9), 25, account=account, waited=True)
    assert late.moves == moves
    wanted = [("unknown_reference", f"leg/{h(9)}", 25)]
    wanted += [("shortfall", f"line/{GENERAL}", 25)] * bool(moves)
    assert list(late.breaches) == wanted


def test_the_second_key_is_wanted_for_an_unknown_instruction_too(fund: Money) -> None:
    alone = ["county/payer"]
    by = fund.paid(h(9), LIMIT + 1, account=ACCOUNT, waited=True, by=alone)
    assert by.code == "no_authority"
    assert fund.paid(h(9), LIMIT, account=ACCOUNT, waited=True, by=alone).code == "flagged"


def test_a_leg_of_another_kind_is_no_instruction(fund: Money) -> None:
    fund.set("legs", h(8), {"kind": "shipment.dispatch"})
    for ran in (fund.paid(h(8), 1), fund.failed(h(8)), fund.returned(h(8), 1)):
        assert ran.moves == []
        assert ran.breaches[0][:2] == ("unknown_reference", f"leg/{h(8)}")


def test_endless_overpayment_never_stops_a_node(fund: Money) -> None:
    leg = fund.instruct(40).id
    fund.paid(leg, 40)
    row = fund.row("legs", leg)
    fund.set("legs", leg, {**row, "beyond": str(2**53)})
    fund.set("accounts", f"CNY/{GENERAL}/paid:vendor", str(2**53 + 40))
    fund.set("accounts", f"CNY/{GENERAL}/shortfall", str(-(2**53)))
    fund.set("breaches", f"CNY/{GENERAL}/shortfall", [h(1), h(1)])
    totals = [int(n) for n in fund.row("totals", "CNY")]
    totals[3] += 2**53
    totals[5] -= 2**53
    fund.set("totals", "CNY", [str(n) for n in totals])
    assert fund.paid(leg, 10**12).code == "flagged"
    assert figures(fund, leg)[3] == str(2**53 + 10**12)


# ---- disbursement.failed --------------------------------------------------------------------------


def test_what_failed_goes_back_to_where_it_was(fund: Money) -> None:
    fund.allocate(30)
    leg = fund.instruct(20, "allocated").id
    ran = fund.failed(leg)
    assert ran.moves == [("CNY", f"{GENERAL}/transit:{leg}", f"{GENERAL}/allocated:food", 20)]
    assert fund.tops() == [(0, 30, "allocated:food"), (30, 100, "free")]
    assert figures(fund, leg) == (20, 0, 20, "0")
    again = fund.instruct(20, "allocated")
    assert again.effects.line[0][1:3] == (0, 20)  # low holes refill first


def test_only_the_unpaid_rest_fails(fund: Money) -> None:
    leg = fund.instruct(40).id
    fund.paid(leg, 10)
    assert fund.failed(leg).moves == [("CNY", f"{GENERAL}/transit:{leg}", f"{GENERAL}/free", 30)]
    assert figures(fund, leg) == (40, 10, 30, "0")


@pytest.mark.parametrize("before", ["paid", "failed", "returned"])
def test_failing_a_closed_leg_moves_nothing(fund: Money, before: str) -> None:
    leg = fund.instruct(40).id
    if before == "failed":
        fund.failed(leg)
    else:
        fund.paid(leg, 40)
    if before == "returned":
        fund.returned(leg, 40)
    ran = fund.failed(leg)
    assert ran.moves == []
    assert ran.breaches == (("not_open", f"leg/{leg}", 0),)


def test_a_payment_after_failure_is_owed(fund: Money) -> None:
    leg = fund.instruct(40).id
    fund.failed(leg)
    ran = fund.paid(leg, 40)
    assert ran.breaches == (("shortfall", f"line/{GENERAL}", 40),)
    assert balance(fund, "free") == 100


# ---- disbursement.returned ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "free", "left", "excess"),
    [(1, 61, 39, 0), (39, 99, 1, 0), (40, 100, 0, 0), (41, 100, 0, 1)],
)
def test_what_came_back_was_paid(
    fund: Money, amount: int, free: int, left: int, excess: int
) -> None:
    leg = fund.instruct(40).id
    fund.paid(leg, 40)
    ran = fund.returned(leg, amount)
    assert balance(fund, "free") == free
    assert balance(fund, "paid:vendor") == left
    assert list(ran.breaches) == [("exceeded", f"leg/{leg}", excess)] * bool(excess)
    assert figures(fund, leg) == (40, left, 40 - left, "0")


def test_the_lowest_positions_come_back_first(fund: Money) -> None:
    leg = fund.instruct(40).id
    fund.paid(leg, 40)
    assert fund.returned(leg, 15).effects.line == ((GENERAL, 0, 15, "free"),)
    assert fund.returned(leg, 15).effects.line == ((GENERAL, 15, 30, "free"),)


def test_money_that_came_back_before_it_was_said_to_be_paid(fund: Money) -> None:
    leg = fund.instruct(40).id
    ran = fund.returned(leg, 40)
    assert ran.moves == [("CNY", f"{GENERAL}/transit:{leg}", f"{GENERAL}/free", 40)]
    assert figures(fund, leg) == (40, 0, 40, "0")


def test_what_was_paid_beyond_comes_back_first(fund: Money) -> None:
    leg = fund.instruct(40).id
    fund.paid(leg, 40)
    fund.paid(leg, 40)
    ran = fund.returned(leg, 50)
    assert ran.moves == [
        ("CNY", f"{GENERAL}/paid:vendor", f"{GENERAL}/shortfall", 40),
        ("CNY", f"{GENERAL}/paid:vendor", f"{GENERAL}/free", 10),
    ]
    assert figures(fund, leg) == (40, 30, 10, "0")


def test_what_was_paid_beyond_and_covered_comes_back_as_new_money(fund: Money) -> None:
    leg = fund.instruct(40).id
    fund.paid(leg, 50)
    fund.cover(7)
    ran = fund.returned(leg, 10)
    assert ran.moves == [
        ("CNY", f"{GENERAL}/paid:vendor", f"{GENERAL}/shortfall", 3),
        ("CNY", f"{GENERAL}/paid:vendor", f"{GENERAL}/free", 7),
    ]
    assert fund.row("origin", f"{GENERAL}/{100:016x}") == [107, ["cover", ran.id]]


def test_returning_a_closed_leg_moves_nothing(fund: Money) -> None:
    leg = fund.instruct(40).id
    fund.failed(leg)
    ran = fund.returned(leg, 5)
    assert ran.moves == []
    assert ran.breaches == (("not_open", f"leg/{leg}", 5),)


def test_what_comes_back_is_spent_again_with_the_same_donor(fund: Money) -> None:
    fund.receive(50)
    leg = fund.instruct(100).id
    fund.paid(leg, 100)
    fund.returned(leg, 60)
    again = fund.instruct(60)
    assert again.effects.line == ((GENERAL, 0, 60, f"transit:{again.id}"),)


@pytest.mark.parametrize("kind", ["failed", "returned"])
def test_who_may_say_that_it_failed_or_came_back(fund: Money, kind: str) -> None:
    fund.add_actor("county/payer-island", "payer", funds=["island"])
    leg = fund.instruct(40).id
    for by, code in [
        (["county/approver"], "no_authority"),
        (["county/payer-island"], "no_authority"),
        (["relief/payer"], "ok"),
    ]:
        ran = fund.failed(leg, by=by) if kind == "failed" else fund.returned(leg, 1, by=by)
        assert ran.code == code
