"""Corrections of money: undoing leaves what was there before, or refuses; differences are exact.

Goal: whatever statement was the last, undoing it gives every account and every label back; one on
whose effects something stands is not undone; a restored gift is void and its money is out again.
Method: random histories whose last statement is undone; chains undone in reverse order; small cases
for differences. The book is checked after each.
"""

from typing import Any

import pytest
from books import NOON, Ran
from hypothesis import given, settings
from hypothesis import strategies as st
from money import FOOD, GENERAL, Money, h
from money_histories import STEPS, Pair

from ledger.book import Book
from ledger.errors import Refused
from ledger.indexes import Indexes
from ledger.kinds import all_kinds
from ledger.money.funds import Segment
from ledger.money.gifts import segments_of
from ledger.money.payments import find_leg
from ledger.money.undo import UNDO, Applied, less_in, more_in, more_out, undo
from ledger.state import State

CORRECTION = h(77)


def correcting(fund: Money, attested: bool = False) -> Book:
    """The book of a correction in the making."""
    state = State(fund.reader)
    return Book(
        state,
        Indexes(state),
        time=fund.time,
        index=len(fund.reader.entries),
        statement=CORRECTION,  # type: ignore[arg-type]
        attested=attested,
    )


def commit(fund: Money, book: Book) -> None:
    for pair, raw in book.state.changes().items():
        fund.reader.put(pair, raw)
    fund.check()


def target(fund: Money, ran: Ran) -> Applied:
    kind, body, _ = next(sent for sent in fund.sent if sent[2] is ran)
    assert ran.index is not None
    return Applied.read(ran.id, ran.index, kind, body, ran.effects.value(), "body.targets[0]")


def restore(fund: Money, *targets: Ran) -> None:
    """Undo targets, given in log order, in reverse."""
    book = correcting(fund)
    for ran in reversed(targets):
        undo(book, target(fund, ran))
    commit(fund, book)


def tables(fund: Money, *names: str) -> dict[str, Any]:
    return {name: fund.reader.table(name) for name in names}


def test_every_kind_about_money_can_be_restored() -> None:
    nouns = ("donation", "fund")
    money = {kind.name for kind in all_kinds().values() if kind.noun in nouns}
    verbs = ("instruct", "paid", "failed", "returned")
    assert set(UNDO) == money | {f"disbursement.{verb}" for verb in verbs}


# ---- the last statement of any history ------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, min_size=5, max_size=25))
def test_undoing_the_last_statement_gives_everything_back(steps: list[Any]) -> None:
    pair = Pair()
    pair.step("receive", GENERAL, 40)
    fund = pair.fund
    for verb, *rest in steps[:-1]:
        pair.step(verb, *rest)
    before = tables(fund, "line", "accounts", "legs", "breaches")
    count = len(fund.sent)
    verb, *rest = steps[-1]
    pair.step(verb, *rest)
    if len(fund.sent) == count or fund.sent[-1][2].code not in ("ok", "flagged"):
        return
    kind, _, ran = fund.sent[-1]
    appended = any(
        row[1][1] == ran.id for row in fund.reader.table("origin").values() if row[1][0] == "cover"
    )
    voided = any(stretch[3].startswith("void:") for stretch in ran.effects.line)
    try:
        restore(fund, ran)
    except Refused:
        # What came back closed a shortfall or became new money: whose is which is lost.
        assert kind in ("disbursement.failed", "disbursement.returned")
        assert voided or appended or any("shortfall" in move[2] for move in ran.moves)
        return
    after = tables(fund, "line", "accounts", "legs", "breaches")
    assert after["accounts"] == before["accounts"]
    assert set(after["breaches"]) == set(before["breaches"])
    if kind == "disbursement.instruct":
        leg = after["legs"].pop(ran.id)
        assert leg["back"] == leg["asked"]  # closed: it can no longer be paid
    assert after["legs"] == before["legs"]
    if kind != "donation.receive" and not appended:
        assert after["line"] == before["line"]
        return
    # What was appended stays on the line and is void.
    void = f"void:{CORRECTION}"
    kept = {k: r for k, r in after["line"].items() if r[1] != ["free", void]}
    gone = sum(r[0] - int(k[-16:], 16) for k, r in after["line"].items() if r[1][-1] == void)
    assert kept == before["line"]
    assert gone == sum(n for _, out, _, n in ran.moves if "/ext:" in out) - sum(
        n for _, _, short, n in ran.moves if short.endswith("/shortfall")
    )


# ---- chains -----------------------------------------------------------------------------------------


def chain(fund: Money) -> dict[str, Ran]:
    gift = fund.receive(100)
    allocate = fund.allocate(60)
    instruct = fund.instruct(40, "allocated")
    paid = fund.paid(instruct.id, 30)
    return {"gift": gift, "allocate": allocate, "instruct": instruct, "paid": paid}


@pytest.mark.parametrize(
    ("names", "code", "tops"),
    [
        (["paid"], "ok", ["transit", "allocated", "free"]),
        (["instruct", "paid"], "ok", ["allocated", "free"]),
        (["allocate", "instruct", "paid"], "ok", ["free"]),
        (["gift", "allocate", "instruct", "paid"], "ok", ["void"]),
        (["instruct"], "not_correctable", []),  # it was paid, in part
        (["allocate"], "not_correctable", []),
        (["gift"], "not_correctable", []),
        (["gift", "paid"], "not_correctable", []),
    ],
)
def test_a_chain_is_undone_when_every_spender_is_named(
    names: list[str], code: str, tops: list[str]
) -> None:
    fund = Money()
    made = chain(fund)
    if code != "ok":
        with pytest.raises(Refused, match=code) as caught:
            restore(fund, *(made[name] for name in names))
        assert caught.value.refusal.where == "body.targets[0]"
        return
    restore(fund, *(made[name] for name in names))
    assert [label.partition(":")[0] for _, _, label in fund.tops()] == tops
    if "gift" in names:
        assert fund.balances("CNY") == {}
        assert [int(n) for n in fund.row("totals", "CNY")] == [100, 100, 0, 30, 30, 0, 0]


def test_a_reversal_undone_after_the_mark_came_back() -> None:
    fund = Money()
    gift = fund.receive(100)
    leg = fund.instruct(100)
    back = fund.reverse(gift.id, 60)
    fund.failed(leg.id)
    assert fund.balances("CNY") == {f"{GENERAL}/ext:donor": -40, f"{GENERAL}/free": 40}
    restore(fund, back)
    assert fund.tops() == [(0, 100, "free")]
    assert fund.balances("CNY") == {f"{GENERAL}/ext:donor": -100, f"{GENERAL}/free": 100}


def test_a_reversal_undone_after_the_owner_covered_it() -> None:
    fund = Money()
    gift = fund.receive(100)
    fund.instruct(100)
    back = fund.reverse(gift.id, 60)
    fund.cover(45)
    restore(fund, back)
    # The owner's 45 were not needed: a contra account never rises above zero, so they are new.
    assert fund.balance("CNY", f"{GENERAL}/shortfall") == 0
    assert fund.balance("CNY", f"{GENERAL}/free") == 45
    assert fund.row("origin", f"{GENERAL}/{100:016x}") == [145, ["cover", CORRECTION]]


def test_an_instruction_undone_under_a_mark_closes_the_shortfall() -> None:
    fund = Money()
    gift = fund.receive(100)
    leg = fund.instruct(100)
    fund.reverse(gift.id, 60)
    restore(fund, leg)
    assert fund.balances("CNY") == {f"{GENERAL}/ext:donor": -40, f"{GENERAL}/free": 40}


def test_a_cover_that_was_spent_is_not_undone() -> None:
    fund = Money()
    cover = fund.cover(10)
    fund.instruct(1)
    with pytest.raises(Refused, match="not_correctable"):
        restore(fund, cover)


def test_a_payment_that_came_before_its_instruction_is_undone_from_its_own_account() -> None:
    fund = Money()
    account = {"class": "vendor", "line": GENERAL}
    fund.receive(100)
    other = fund.instruct(40)
    fund.paid(other.id, 50)
    early = fund.paid(h(9), 25, account=account, waited=True)
    # The instruction came after all, and was paid beyond it once more.
    late = {**fund.row("legs", other.id), "entry": 99}
    fund.set("legs", h(9), late)
    restore(fund, early)
    assert fund.balance("CNY", f"{GENERAL}/shortfall") == -10
    assert fund.row("legs", other.id)["beyond"] == "10"
    assert fund.row("legs", h(9)) == late


def test_what_was_logged_as_a_digest_is_not_undone() -> None:
    with pytest.raises(Refused, match="not_correctable"):
        Applied.read(h(1), 3, "donation.reverse", {}, {"count": 900, "root": h(2)}, "body")


def test_a_right_that_was_paid_again_keeps_the_failure() -> None:
    fund = Money()
    fund.receive(100)
    tag = "ab" * 16
    fund.set("households", tag, {"area": "east", "persons": 3, "programme": "flood"})
    fund.allocate(60, "cash")
    window = {"from": NOON, "to": NOON + 86_400}
    right = {"cycle": "may", "purpose": "cash", "tag": tag}
    issue = {"cycle": "may", "money": {"amount": 20, "line": GENERAL}, "programme": "flood",
             "purpose": "cash", "tags": [tag], "window": window}  # fmt: skip
    fund.ok("entitlement.issue", issue, "county/manager")
    payee = {"class": "household", "tag": tag}
    one = fund.instruct(20, "allocated", purpose="cash", payee=payee, entitlement=right)
    failed = fund.failed(one.id)
    two = fund.instruct(20, "allocated", purpose="cash", payee=payee, entitlement=right)
    with pytest.raises(Refused, match="not_correctable"):
        restore(fund, failed)
    restore(fund, failed, two)
    assert fund.row("entitlements", f"{tag}/may/cash")["amount"] == 0
    assert fund.row("legs", one.id)["back"] == 0


# ---- only the difference ----------------------------------------------------------------------------


def test_a_gift_that_was_larger_has_a_second_segment() -> None:
    fund = Money()
    gift = fund.receive(100)
    fund.receive(7)
    book = correcting(fund)
    more_in(book, gift.id, FOOD, 5)
    more_in(book, gift.id, GENERAL, 3)
    commit(fund, book)
    assert segments_of(State(fund.reader), gift.id) == [
        Segment(GENERAL, 0, 100),
        Segment(FOOD, 0, 5),
        Segment(GENERAL, 107, 110),
    ]
    assert fund.row("origin", f"{FOOD}/{0:016x}") == [5, ["donation", gift.id, CORRECTION]]
    # The donor's refund takes from every segment, the last first.
    refund = fund.refund(gift.id, 108)
    assert refund.code == "ok"
    assert [stretch[:3] for stretch in refund.effects.line] == [(FOOD, 0, 5), (GENERAL, 107, 110),
                                                               (GENERAL, 0, 100)]  # fmt: skip


def test_a_gift_that_was_smaller_is_void_in_part() -> None:
    fund = Money()
    gift = fund.receive(100)
    fund.instruct(70)
    book = correcting(fund)
    assert less_in(book, segments_of(book.state, gift.id), 40) == 0
    commit(fund, book)
    assert fund.balance("CNY", f"{GENERAL}/ext:donor") == -60
    assert fund.balance("CNY", f"{GENERAL}/shortfall") == -10


@pytest.mark.parametrize(
    ("n", "allocated", "free", "short"),
    [(1, 19, 50, 0), (20, 0, 50, 0), (21, 0, 49, 0), (70, 0, 0, 0), (71, 0, 0, 1)],
)
def test_more_was_paid_than_was_said(n: int, allocated: int, free: int, short: int) -> None:
    fund = Money()
    fund.receive(100)
    fund.allocate(50)
    leg = fund.instruct(30, "allocated").id
    fund.paid(leg, 30)
    book = correcting(fund)
    found = find_leg(book, leg)
    assert found is not None
    more_out(book, found, "food", n)
    commit(fund, book)
    for label, wanted in [("allocated:food", allocated), ("free", free), ("shortfall", -short)]:
        assert fund.balance("CNY", f"{GENERAL}/{label}") == wanted
    row = fund.row("legs", leg)
    assert (row["asked"], row["paid"], row["beyond"]) == (
        30 + n - short,
        30 + n - short,
        str(short),
    )
    # And it can come back, to where it was taken from.
    assert fund.returned(leg, 30 + n).code == "ok"
    assert fund.balance("CNY", f"{GENERAL}/allocated:food") == 50
    assert fund.balance("CNY", f"{GENERAL}/free") == 50
