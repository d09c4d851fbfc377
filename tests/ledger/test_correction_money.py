"""Corrections of money: gifts and payments restored while nothing stands on them, else compensated.

Goal: a gift corrected keeps what was done with it, a bank reference that was freed can be used
again, and the fund line always agrees with the accounts.
Method: the same gift free, partly allocated and partly paid, corrected up and down; then payments,
rows of lists, and corrections of corrections.
"""

from typing import Any

import pytest
from corrections import (
    BAO,
    CHEN,
    DAI,
    FOOD,
    GENERAL,
    Relief,
    allocation,
    entitled,
    h,
    instruction,
)
from sealed import SealedList

from ledger.corrections import parts
from ledger.money import reversal, undo

RECEIVE, LIST, REVERSE = "donation.receive", "donation.list", "donation.reverse"
PAID, INSTRUCT, RETURNED = "disbursement.paid", "disbursement.instruct", "disbursement.returned"


@pytest.fixture
def relief() -> Relief:
    return Relief()


def labels(relief: Relief, line: str = GENERAL) -> list[tuple[int, int, list[str]]]:
    """(low, high, labels without ids) of a line."""
    return [
        (int(key[-16:], 16), high, [label.partition(":")[0] for label in stack])
        for key, (high, stack) in sorted(relief.table("line").items())
        if key[:-17] == line
    ]


# ---- a gift of 10,000 ---------------------------------------------------------------------------


@pytest.mark.parametrize("truth", [12_000, 8_000])
def test_a_free_gift_is_void_and_its_replacement_is_appended(relief: Relief, truth: int) -> None:
    gift = relief.gift(10_000)
    answer = relief.correct(gift, (RECEIVE, relief.donation(truth)))
    assert answer.code == "ok"
    assert relief.money() == {"ext:donor": -truth, "free": truth}
    assert labels(relief) == [
        (0, 10_000, ["free", "void"]),
        (10_000, 10_000 + truth, ["free"]),
    ]
    assert relief.row("gifts", f"{answer.statement}/0") == [[GENERAL, 10_000, 10_000 + truth]]
    assert relief.row("gifts", gift) == [[GENERAL, 0, 10_000]]
    total = str(truth)
    assert relief.row("totals", "CNY") == [str(10_000 + truth), "10000", total, "0", "0", "0", "0"]


@pytest.mark.parametrize(
    ("truth", "book", "stands"),
    [
        (
            12_000,
            {"ext:donor": -12_000, "allocated:food": 9_000, "free": 3_000},
            [
                (0, 9_000, ["free", "allocated"]),
                (9_000, 12_000, ["free"]),
            ],
        ),
        (
            9_500,
            {"ext:donor": -9_500, "allocated:food": 9_000, "free": 500},
            [
                (0, 9_000, ["free", "allocated"]),
                (9_000, 9_500, ["free"]),
                (9_500, 10_000, ["free", "void"]),
            ],
        ),
        (
            8_000,
            {"ext:donor": -8_000, "allocated:food": 8_000},
            [
                (0, 8_000, ["free", "allocated"]),
                (8_000, 9_000, ["free", "allocated", "void"]),
                (9_000, 10_000, ["free", "void"]),
            ],
        ),
    ],
)
def test_a_gift_that_is_partly_allocated(
    relief: Relief, truth: int, book: dict[str, int], stands: list[Any]
) -> None:
    gift = relief.gift(10_000)
    relief.allocate(9_000)
    answer = relief.correct(gift, (RECEIVE, relief.donation(truth)))
    assert answer.code == "ok"
    assert relief.money() == book
    assert labels(relief) == stands
    assert relief.row("gifts", gift) == (
        [[GENERAL, 0, 10_000], [GENERAL, 10_000, 12_000]]
        if truth == 12_000
        else [[GENERAL, 0, 10_000]]
    )
    assert answer.statement not in relief.table("gifts")


@pytest.mark.parametrize(
    ("truth", "book", "breaches"),
    [
        (12_000, {"ext:donor": -12_000, "free": 2_500, "paid:vendor": 9_500}, []),
        (9_500, {"ext:donor": -9_500, "paid:vendor": 9_500}, []),
        (
            8_000,
            {"ext:donor": -8_000, "paid:vendor": 9_500, "shortfall": -1_500},
            [["shortfall", f"line/{GENERAL}", 1_500]],
        ),
    ],
)
def test_a_gift_that_is_partly_paid(
    relief: Relief, truth: int, book: dict[str, int], breaches: list[Any]
) -> None:
    gift = relief.gift(10_000)
    relief.pay(relief.instruct(9_500), 9_500)
    answer = relief.correct(gift, (RECEIVE, relief.donation(truth)))
    assert relief.money() == book
    assert relief.breaches(answer) == breaches
    if truth == 8_000:
        assert labels(relief)[1] == (8_000, 9_500, ["free", "void", "paid"])


def test_a_gift_and_its_allocation_are_restored_together(relief: Relief) -> None:
    gift = relief.gift(10_000)
    allocated = relief.allocate(9_000)
    answer = relief.correct(
        [gift, allocated],
        (RECEIVE, relief.donation(8_000)),
        ("fund.allocate", allocation(8_000)),
    )
    assert answer.code == "ok"
    assert relief.money() == {"ext:donor": -8_000, "allocated:food": 8_000}
    assert labels(relief)[0] == (0, 10_000, ["free", "void"])


def test_a_gift_recorded_on_the_wrong_line(relief: Relief) -> None:
    gift = relief.gift(10_000)
    relief.allocate(4_000)
    relief.correct(gift, (RECEIVE, relief.donation(10_000, FOOD)))
    # Compensated: what was allocated on the general line went with the gift.
    assert relief.money() == {}
    assert relief.money(FOOD) == {"ext:donor": -10_000, "free": 10_000}
    assert relief.row("gifts", gift) == [[GENERAL, 0, 10_000], [FOOD, 0, 10_000]]


def test_a_replacement_that_its_own_law_refuses_denies_the_whole_correction(
    relief: Relief,
) -> None:
    gift = relief.gift(10_000)
    allocated = relief.allocate(9_000)
    before = {name: relief.table(name) for name in ("accounts", "line", "gifts", "references")}
    answer = relief.correct(
        [gift, allocated],
        (RECEIVE, relief.donation(8_000)),
        ("fund.allocate", allocation(8_001)),
    )
    assert answer.code == "not_enough"
    assert answer.refusal is not None
    assert answer.refusal.where == "body.replacements[1].body.draws[0].amount"
    assert {name: relief.table(name) for name in before} == before
    assert relief.corrected(gift) is None


# ---- bank references ----------------------------------------------------------------------------


def test_a_restored_gift_frees_its_bank_reference(relief: Relief) -> None:
    gift = relief.gift(500, reference=h(9))
    assert relief.row("references", h(9)) == gift
    # The replacement is of the same transfer, and holds its reference from now on.
    answer = relief.correct(gift, (RECEIVE, relief.donation(700, reference=h(9))))
    assert answer.code == "ok"
    assert relief.row("references", h(9)) == answer.statement
    body = relief.donation(700, reference=h(9))
    assert relief.say(RECEIVE, body, "red/ana", DAI).code == "reference_used"
    # Undone for good, it is free for the statement that should have had it.
    assert relief.correct(answer.statement, why="did_not_occur").code == "ok"
    assert h(9) not in relief.table("references")
    assert relief.gift(500, reference=h(9))


def test_a_difference_leaves_the_reference_where_it_is(relief: Relief) -> None:
    gift = relief.gift(10_000, reference=h(9))
    relief.allocate(1)
    first = relief.correct(gift, (RECEIVE, relief.donation(12_000, reference=h(9))))
    assert first.code == "ok"
    assert relief.row("references", h(9)) == gift
    second = relief.correct(first.statement, (RECEIVE, relief.donation(11_000, reference=h(9))))
    assert second.code == "ok"
    assert relief.row("references", h(9)) == gift
    assert relief.money()["ext:donor"] == -11_000


def test_a_reference_that_another_statement_holds_is_refused(relief: Relief) -> None:
    other = relief.gift(1, reference=h(8))
    gift = relief.gift(500, reference=h(9))
    answer = relief.correct(gift, (RECEIVE, relief.donation(700, reference=h(8))))
    assert answer.code == "reference_used"
    assert answer.refusal is not None
    assert answer.refusal.values["other"] == other
    twice = [(RECEIVE, relief.donation(1, reference=h(9))) for _ in range(2)]
    assert relief.correct([gift, other], *twice).code == "reference_used"


# ---- money back ---------------------------------------------------------------------------------


def test_a_bank_reversal_that_did_not_occur(relief: Relief) -> None:
    gift = relief.gift(10_000)
    relief.pay(relief.instruct(6_000), 6_000)
    back = relief.reverse(gift, 7_000)
    assert relief.money()["shortfall"] == -3_000
    assert relief.correct(back, (REVERSE, relief.reversal(gift, 5_000))).code == "flagged"
    assert relief.money() == {"ext:donor": -5_000, "paid:vendor": 6_000, "shortfall": -1_000}


def test_what_a_reversal_no_longer_owes_is_appended_free(relief: Relief) -> None:
    gift = relief.gift(10_000)
    relief.pay(relief.instruct(10_000), 10_000)
    back = relief.reverse(gift, 4_000)
    relief.cover(3_000)
    assert relief.money()["shortfall"] == -1_000
    answer = relief.correct(back, why="did_not_occur")
    assert answer.code == "ok"
    # The shortfall is closed; the 3,000 that the owner paid in is new free money of the line.
    assert relief.money() == {
        "ext:donor": -10_000,
        "ext:owner": -3_000,
        "free": 3_000,
        "paid:vendor": 10_000,
    }
    assert relief.row("origin", f"{GENERAL}/{10_000:016x}")[1] == ["cover", answer.statement]


def test_a_cover_that_did_not_occur_opens_the_shortfall_again(relief: Relief) -> None:
    gift = relief.gift(10_000)
    relief.pay(relief.instruct(10_000), 10_000)
    relief.reverse(gift, 4_000)
    cover = relief.cover(5_000)
    assert relief.money()["free"] == 1_000
    answer = relief.correct(cover, why="did_not_occur")
    assert relief.breaches(answer) == [["shortfall", f"line/{GENERAL}", 4_000]]
    assert relief.money() == {"ext:donor": -6_000, "paid:vendor": 10_000, "shortfall": -4_000}


def test_a_refund_is_taken_back(relief: Relief) -> None:
    gift = relief.gift(10_000)
    refund = relief.ok("donation.refund", {"amount": 4_000, "donation": gift}, "red/ana", DAI)
    answer = relief.correct(refund, ("donation.refund", {"amount": 1_000, "donation": gift}))
    assert answer.code == "ok"
    assert relief.money() == {"ext:donor": -10_000, "free": 9_000, "refunded": 1_000}


# ---- payments -----------------------------------------------------------------------------------


def test_an_instruction_that_is_undone_is_closed(relief: Relief) -> None:
    relief.gift(10_000)
    told = relief.instruct(4_000)
    answer = relief.correct(told, (INSTRUCT, instruction(3_000)))
    assert answer.code == "ok"
    assert relief.money()["free"] == 7_000
    # The provider pays it all the same: nobody instructs that any more.
    paid = relief.say(PAID, relief.payment(told, 4_000), CHEN, DAI)
    assert relief.breaches(paid) == [["shortfall", f"line/{GENERAL}", 4_000]]


def test_an_instruction_that_was_paid_stays_unless_the_payment_is_corrected_too(
    relief: Relief,
) -> None:
    relief.gift(10_000)
    relief.allocate(5_000)
    told = relief.instruct(4_000, "allocated")
    paid = relief.pay(told, 4_000)
    assert relief.correct(told, (INSTRUCT, instruction(3_000))).code == "not_correctable"
    answer = relief.correct(
        [told, paid],
        (INSTRUCT, instruction(3_000, "allocated")),
        (PAID, relief.payment("#0", 3_000)),
    )
    assert answer.code == "ok"
    assert relief.money() == {
        "allocated:food": 2_000,
        "ext:donor": -10_000,
        "free": 5_000,
        "paid:vendor": 3_000,
    }
    assert relief.row("legs", answer.statement)["paid"] == 3_000


@pytest.mark.parametrize(
    ("truth", "book"),
    [
        (2_500, {"paid:vendor": 2_500, "transit": 1_500}),
        (4_000, {"paid:vendor": 4_000}),
        (4_100, {"paid:vendor": 4_100, "shortfall": -100}),
    ],
)
def test_a_payment_of_another_amount(relief: Relief, truth: int, book: dict[str, int]) -> None:
    relief.gift(10_000)
    told = relief.instruct(4_000)
    paid = relief.pay(told, 3_000)
    relief.correct(paid, (PAID, relief.payment(told, truth)))
    money = relief.money()
    way = book.pop("transit", 0)
    if way:
        book[f"transit:{told[:4]}"] = way
    assert money == {"ext:donor": -10_000, "free": 6_000, **book}


@pytest.mark.parametrize(
    ("truth", "book"),
    [
        # 3,000 paid of 4,000, 500 of them came back: 1,000 are in transit.
        (3_500, {"free": 500, "allocated:food": 1_500, "paid:vendor": 3_000, "transit": 500}),
        (4_000, {"free": 500, "allocated:food": 1_500, "paid:vendor": 3_500}),
        # then what is allocated to the purpose, then what is free, then nothing is there
        (5_000, {"free": 500, "allocated:food": 500, "paid:vendor": 4_500}),
        (5_800, {"free": 200, "paid:vendor": 5_300}),
        (6_100, {"paid:vendor": 5_600, "shortfall": -100}),
        # less: the earlier label back, as far as it is still paid
        (1_000, {"free": 500, "allocated:food": 3_500, "paid:vendor": 500, "transit": 1_000}),
        (500, {"free": 500, "allocated:food": 4_000, "transit": 1_000}),
        (400, {"free": 500, "allocated:food": 4_000, "transit": 1_000}),
    ],
)
def test_a_payment_of_which_some_came_back(
    relief: Relief, truth: int, book: dict[str, int]
) -> None:
    relief.gift(5_500)
    relief.allocate(5_000)
    told = relief.instruct(4_000, "allocated")
    paid = relief.pay(told, 3_000)
    relief.come_back(told, 500)
    answer = relief.correct(paid, (PAID, relief.payment(told, truth)))
    way = book.pop("transit", 0)
    if way:
        book[f"transit:{told[:4]}"] = way
    assert relief.money() == {"ext:donor": -5_500, **book}
    if truth == 400:
        assert relief.breaches(answer) == [["exceeded", f"leg/{told}", 100]]


def test_a_failure_and_a_return_that_did_not_occur(relief: Relief) -> None:
    relief.gift(10_000)
    told = relief.instruct(4_000)
    relief.pay(told, 3_000)
    failed = relief.fail(told)
    assert relief.correct(failed).code == "ok"
    assert relief.money()[f"transit:{told[:4]}"] == 1_000
    back = relief.come_back(told, 500)
    assert relief.correct(back, (RETURNED, relief.payment(told, 200))).code == "ok"
    assert relief.money()["paid:vendor"] == 2_800


def test_an_allocation_on_which_a_payment_stands_is_not_correctable(relief: Relief) -> None:
    relief.gift(10_000)
    allocated = relief.allocate(5_000)
    freed = relief.ok("fund.deallocate", allocation(1_000), BAO)
    assert relief.correct(allocated).code == "not_correctable"
    assert relief.correct(freed).code == "ok"
    assert relief.money()["allocated:food"] == 5_000
    relief.instruct(1, "allocated")
    assert relief.correct(allocated).code == "not_correctable"


ALLOCATE = "fund.allocate"


@pytest.mark.parametrize(("amount", "code"), [(30, "ok"), (29, "not_enough")])
def test_an_allocation_is_corrected_down_to_what_was_promised_of_it(
    relief: Relief, amount: int, code: str
) -> None:
    relief.gift(100)
    allocated = relief.allocate(50)
    relief.enrol()
    body = {key: part for key, part in entitled(1, "rice", 1).items() if key != "lines"}
    money = {"amount": 30, "line": GENERAL}
    relief.ok("entitlement.issue", {**body, "money": money}, "red/ana")
    answer = relief.correct(allocated, (ALLOCATE, allocation(amount)))
    assert answer.code == code
    if code != "ok":
        assert answer.refusal is not None and answer.refusal.where == "body.targets[0]"
        key = f"{GENERAL}/allocated:food"
        said = {"key": key, "asked": 21, "left": 20, "promised": 30}
        assert dict(answer.refusal.values) == said
        assert relief.money()["allocated:food"] == 50


# ---- several gifts, and corrections of corrections ----------------------------------------------


def test_each_gift_of_a_correction_has_a_name_of_its_own(relief: Relief) -> None:
    gifts = [relief.gift(n) for n in (100, 200)]
    first = relief.correct(gifts, (RECEIVE, relief.donation(110)), (RECEIVE, relief.donation(220)))
    one, two = (f"{first.statement}/{n}" for n in (0, 1))
    assert first.statement not in relief.table("gifts")
    assert relief.row("gifts", one) == [[GENERAL, 300, 410]]
    assert relief.row("gifts", two) == [[GENERAL, 410, 630]]
    assert relief.row("origin", f"{GENERAL}/{410:016x}") == [630, ["donation", two]]
    effects = relief.outcome(first)["effects"]["gifts"]
    assert effects == [[one, GENERAL, 300, 410], [two, GENERAL, 410, 630]]
    second = relief.correct(first.statement, (RECEIVE, relief.donation(5)))
    assert second.code == "ok"
    # About the gifts that it takes away, by their names.
    assert [relief.row("index", f"donation/{name}")[0] for name in (one, two)] == [1, 1]
    assert relief.money() == {"ext:donor": -5, "free": 5}
    assert labels(relief)[-2:] == [(300, 630, ["free", "void"]), (630, 635, ["free"])]


REFUND = "donation.refund"


@pytest.mark.parametrize(
    ("number", "amount", "code", "left"),
    [
        (0, 110, "ok", 0),
        (0, 111, "not_enough", 110),  # never the other donor's money
        (1, 220, "ok", 0),
        (1, 221, "not_enough", 220),
        (2, 1, "unknown_reference", 0),
        ("", 1, "unknown_reference", 0),  # which of them?
        (16, 1, "malformed", 0),
    ],
)
def test_a_refund_names_one_gift_of_a_correction(
    relief: Relief, number: int | str, amount: int, code: str, left: int
) -> None:
    gifts = [relief.gift(n) for n in (100, 200)]
    both = relief.correct(gifts, (RECEIVE, relief.donation(110)), (RECEIVE, relief.donation(220)))
    name = both.statement if number == "" else f"{both.statement}/{number}"
    answer = relief.say(REFUND, {"amount": amount, "donation": name}, "red/ana", DAI)
    assert answer.code == code
    if code == "not_enough":
        assert dict(answer.refusal.values)["left"] == left  # type: ignore[union-attr]
        assert dict(answer.refusal.values)["key"].endswith(name)  # type: ignore[union-attr, arg-type]
    elif code == "ok":
        low = 300 if number == 0 else 410
        assert (low, low + amount, ["free", "refunded"]) in labels(relief)
        assert relief.row("index", f"donation/{name}")[0] == 1


def test_a_bank_takes_one_gift_of_a_correction_back(relief: Relief) -> None:
    gifts = [relief.gift(n) for n in (100, 200)]
    both = relief.correct(gifts, (RECEIVE, relief.donation(110)), (RECEIVE, relief.donation(220)))
    body = relief.reversal(f"{both.statement}/0", 111)
    answer = relief.say(REVERSE, body, "red/ana", DAI)
    assert relief.breaches(answer) == [["exceeded", f"donation/{both.statement}/0", 1]]
    assert (300, 410, ["free", "void"]) in labels(relief)
    assert relief.money() == {"ext:donor": -220, "free": 220}


def test_a_draw_names_one_gift_of_a_correction(relief: Relief) -> None:
    gifts = [relief.gift(n) for n in (100, 200)]
    both = relief.correct(gifts, (RECEIVE, relief.donation(110)), (RECEIVE, relief.donation(220)))
    body = instruction(50, "free", GENERAL)
    body["draws"][0]["donation"] = f"{both.statement}/1"
    relief.ok(INSTRUCT, body, CHEN, DAI)
    assert (410, 460, ["free", "transit"]) in labels(relief)


def test_a_replacement_names_the_gift_of_another(relief: Relief) -> None:
    gifts = [relief.gift(n) for n in (100, 200)]
    back = relief.reverse(gifts[1], 30)
    answer = relief.correct(
        [*gifts, back],
        (RECEIVE, relief.donation(110)),
        (RECEIVE, relief.donation(220)),
        (REVERSE, {"amount": 30, "donation": "#1", "reference": relief.fresh()}),
    )
    assert answer.code == "ok"
    assert (600, 630, ["free", "void"]) in labels(relief)
    assert relief.money() == {"ext:donor": -300, "free": 300}
    assert relief.row("index", f"donation/{answer.statement}/1")[0] == 1


def test_gifts_of_a_correction_keep_their_names_when_a_difference_is_booked(relief: Relief) -> None:
    gifts = [relief.gift(n) for n in (100, 200)]
    first = relief.correct(gifts, (RECEIVE, relief.donation(110)), (RECEIVE, relief.donation(220)))
    one, two = (f"{first.statement}/{n}" for n in (0, 1))
    relief.instruct(320)
    second = relief.correct(
        first.statement, (RECEIVE, relief.donation(100)), (RECEIVE, relief.donation(225))
    )
    assert relief.breaches(second) == [["shortfall", f"line/{GENERAL}", 10]]
    assert relief.row("gifts", one) == [[GENERAL, 300, 410]]
    assert relief.row("gifts", two) == [[GENERAL, 410, 630], [GENERAL, 630, 635]]
    assert relief.outcome(second)["effects"]["gifts"] == [[two, GENERAL, 630, 635]]
    assert relief.row("legs", f"correction/{second.statement}")["anchors"] == [one, two]
    # And once more: the names are still those of the gifts.
    third = relief.correct(
        second.statement,
        (RECEIVE, relief.donation(100)),
        (RECEIVE, relief.donation(230)),
        (RECEIVE, relief.donation(7)),
    )
    assert third.code == "ok"
    assert relief.outcome(third)["effects"]["gifts"] == [
        [two, GENERAL, 635, 640],
        [f"{third.statement}/2", GENERAL, 640, 647],
    ]


def test_a_gift_corrected_twice_by_differences_keeps_its_donor(relief: Relief) -> None:
    gift = relief.gift(10_000)
    relief.allocate(9_000)
    first = relief.correct(gift, (RECEIVE, relief.donation(12_000)))
    second = relief.correct(first.statement, (RECEIVE, relief.donation(11_500)))
    assert second.code == "ok"
    assert relief.money() == {"allocated:food": 9_000, "ext:donor": -11_500, "free": 2_500}
    assert relief.row("gifts", gift) == [[GENERAL, 0, 10_000], [GENERAL, 10_000, 12_000]]
    # From the high end of the gift, which is the segment that was added.
    assert (11_500, 12_000, ["free", "void"]) in labels(relief)


@pytest.mark.parametrize("stands", [False, True])
def test_a_gift_that_was_corrected_away_can_be_given_back(relief: Relief, stands: bool) -> None:
    gift = relief.gift(10_000, reference=h(9))
    if stands:
        relief.pay(relief.instruct(1_000), 1_000)
    gone = relief.correct(gift, why="did_not_occur")
    assert relief.money().get("ext:donor", 0) == 0
    back = relief.correct(gone.statement, (RECEIVE, relief.donation(10_000, reference=h(9))))
    assert back.code == "ok"
    assert relief.money()["ext:donor"] == -10_000
    assert relief.row("references", h(9)) == back.statement
    again = relief.correct(back.statement, (RECEIVE, relief.donation(9_000, reference=h(9))))
    assert again.code == "ok"
    assert relief.money()["ext:donor"] == -9_000


# ---- rows of lists ------------------------------------------------------------------------------


AMOUNTS = (700, 50, 250)


def listed(relief: Relief) -> tuple[SealedList, str]:
    sealed = SealedList(*AMOUNTS)
    return sealed, relief.ok(LIST, sealed.body(line=GENERAL), "red/ana", DAI)


def test_a_row_is_corrected_within_its_own_interval(relief: Relief) -> None:
    sealed, name = listed(relief)
    row = f"{name}/700-50"
    target = {"row": sealed.row(1), "statement": name}
    answer = relief.correct([target], (RECEIVE, relief.donation(60)))
    assert answer.code == "ok"
    assert labels(relief) == [
        (0, 700, ["free"]),
        (700, 750, ["free", "void"]),
        (750, 1_060, ["free"]),
    ]
    assert relief.row("gifts", f"{answer.statement}/0") == [[GENERAL, 1_000, 1_060]]
    # Proved under the row's own name only.
    assert relief.corrected(row)[0] == 1
    assert relief.corrected(name) is None
    assert relief.row("index", f"donation/{row}")[0] == 1


def test_a_row_on_which_a_payment_stands_is_compensated_within_it(relief: Relief) -> None:
    sealed, name = listed(relief)
    relief.instruct(720)
    target = {"row": sealed.row(1), "statement": name}
    first = relief.correct([target], (RECEIVE, relief.donation(10)))
    # [700, 720) is on its way, [720, 750) free: those are void, and 10 of the others are marked.
    assert relief.breaches(first) == [["shortfall", f"line/{GENERAL}", 10]]
    assert labels(relief) == [
        (0, 710, ["free", "transit"]),
        (710, 720, ["free", "void", "transit"]),
        (720, 750, ["free", "void"]),
        (750, 1_000, ["free"]),
    ]
    second = relief.correct(first.statement, (RECEIVE, relief.donation(60)))
    assert second.code == "ok"
    # What is added to a row stands under the row's name.
    assert relief.row("gifts", f"{name}/700-50") == [[GENERAL, 1_000, 1_050]]


def test_rows_are_corrected_once_each_and_then_the_list_no_more(relief: Relief) -> None:
    sealed, name = listed(relief)
    one, two = ({"row": sealed.row(n), "statement": name} for n in (0, 1))
    first = relief.correct([one], (RECEIVE, relief.donation(600)))
    assert relief.correct([one]).code == "already_corrected"
    assert relief.correct([two]).code == "ok"
    answer = relief.correct(name, why="did_not_occur")
    assert answer.code == "already_corrected"
    assert answer.refusal is not None
    assert answer.refusal.values["key"] == first.statement


def test_a_list_that_is_corrected_whole_takes_its_rows_along(relief: Relief) -> None:
    sealed, name = listed(relief)
    other = SealedList(700, 60, 250)
    answer = relief.correct(name, (LIST, other.body(line=GENERAL)))
    assert answer.code == "ok"
    assert relief.money() == {"ext:donor": -1_010, "free": 1_010}
    assert relief.row("references", f"list/{GENERAL}/1") == answer.statement
    row = {"row": sealed.row(1), "statement": name}
    assert relief.correct([row]).code == "already_corrected"
    # Rows of the new list are opened under its name.
    body = {"amount": 60, "donation": f"{answer.statement}/0", "row": other.row(1)}
    assert relief.say("donation.refund", body, "red/ana", DAI).code == "ok"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"offset": 701}, "not_usable"),
        ({"amount": 51}, "not_usable"),
        ({"amount": 0}, "out_of_range"),
    ],
)
def test_a_row_that_does_not_open(relief: Relief, change: dict[str, int], code: str) -> None:
    sealed, name = listed(relief)
    target = {"row": {**sealed.row(1), **change}, "statement": name}
    assert relief.correct([target]).code == code


def test_only_lists_have_rows(relief: Relief) -> None:
    sealed, _ = listed(relief)
    gift = relief.gift(1_000)
    target = {"row": sealed.row(1), "statement": gift}
    assert relief.correct([target]).code == "not_correctable"


@pytest.mark.parametrize("undone", [False, True])
def test_a_reversal_undone_is_found_again_by_the_next(
    relief: Relief, monkeypatch: pytest.MonkeyPatch, undone: bool
) -> None:
    monkeypatch.setattr(reversal, "LOOKED_AT_MAX", 2)
    gift = relief.gift(4)
    for _ in range(4):
        relief.instruct(1)
    first = relief.reverse(gift, 1)
    relief.reverse(gift, 2)  # takes one more and keeps its place below it
    assert relief.row("legs", f"reversed/{gift}")["at"] == [0, 2]
    if undone:
        assert relief.correct(first, why="did_not_occur").code == "ok"
        assert relief.row("legs", f"reversed/{gift}") is None
    answer = relief.say(REVERSE, relief.reversal(gift, 1), "red/ana", DAI)
    low = 3 if undone else 1
    assert (low, low + 1, ["free", "void", "transit"]) in labels(relief)
    assert relief.breaches(answer) == [["shortfall", f"line/{GENERAL}", 1]]


@pytest.mark.parametrize(("pieces", "code"), [(2, "flagged"), (3, "too_many_pieces")])
def test_a_difference_is_booked_in_so_many_intervals(
    relief: Relief, monkeypatch: pytest.MonkeyPatch, pieces: int, code: str
) -> None:
    monkeypatch.setattr(undo, "LOOKED_AT_MAX", 2)
    monkeypatch.setattr(reversal, "LOOKED_AT_MAX", 2)
    gift = relief.gift(pieces)
    for _ in range(pieces):
        relief.instruct(1)
    answer = relief.correct(gift, why="did_not_occur")
    assert answer.code == code


@pytest.mark.parametrize(("pieces", "code"), [(3, "flagged"), (4, "too_many_pieces")])
def test_a_list_in_many_pieces_is_corrected_row_by_row(
    relief: Relief, monkeypatch: pytest.MonkeyPatch, pieces: int, code: str
) -> None:
    monkeypatch.setattr(parts, "LOOKED_AT_MAX", 3)
    sealed, name = listed(relief)
    for _ in range(pieces - 1):
        relief.instruct(1)
    other = SealedList(700, 50, 249)
    answer = relief.correct(name, (LIST, other.body(line=GENERAL)))
    assert answer.code == (code if code != "flagged" else "ok"), answer
    target = {"row": sealed.row(1), "statement": name}
    if code == "too_many_pieces":
        assert relief.correct([target], (RECEIVE, relief.donation(40))).code == "ok"
