"""Attribution: each donor's parts sum to the gift, and each payment's parts to the payment.

Goal: the golden vector's answers, exact sums in any history, and the size that a real campaign has:
35,246 gifts against 500 payments, in no more parts than gifts + payments - 1.
Method: the vector by hand; random partitions against a position-by-position count; one large line
made by the kinds themselves in a single batch, with invented amounts.
"""

import random
from itertools import accumulate, pairwise
from typing import Any

import pytest
from books import Books
from hypothesis import given
from hypothesis import strategies as st
from money import GENERAL, SEALS, Money, h

from ledger.book import Book
from ledger.canon import INT_MAX
from ledger.indexes import Indexes
from ledger.kinds import all_kinds
from ledger.money.attribution import (
    Part,
    by_fate,
    line_labels,
    line_origins,
    meet,
    parts_of,
    sources_of,
)
from ledger.money.funds import Segment, end_of
from ledger.money.gifts import cut, segments_of
from ledger.shape import parse
from ledger.state import State


def golden() -> tuple[Money, dict[str, str]]:
    fund = Money()
    names = {name: fund.receive(n).id for name, n in (("A", 10_000), ("B", 5_000), ("C", 20_000))}
    fund.allocate(12_000)
    names["1"] = fund.instruct(8_000, "allocated").id
    fund.paid(names["1"], 8_000)
    names["2"] = fund.instruct(3_000, "allocated").id
    fund.failed(names["2"])
    names["refund"] = fund.refund(names["C"], 5_000).id
    names["3"] = fund.instruct(6_000).id
    fund.paid(names["3"], 6_000)
    return fund, names


@pytest.mark.parametrize(
    ("gift", "answer"),
    [
        ("A", [(8_000, "paid", "1", "food"), (2_000, "allocated", None, "food")]),
        ("B", [(2_000, "allocated", None, "food"), (3_000, "paid", "3", None)]),
        (
            "C",
            [
                (3_000, "paid", "3", None),
                (12_000, "free", None, None),
                (5_000, "refunded", "refund", None),
            ],
        ),
    ],
)
def test_golden_answers(gift: str, answer: list[Any]) -> None:
    fund, names = golden()
    state = State(fund.reader)
    parts = parts_of(state, segments_of(state, names[gift]))
    known = {name: word for word, name in names.items()}
    said = [(p.amount, p.state, p.by and known[p.by], p.purpose) for p in parts]
    assert said == answer
    assert by_fate(parts) == {
        (state, by and names[by], purpose): n for n, state, by, purpose in answer
    }


def test_a_payment_leads_back_to_its_gifts() -> None:
    fund, names = golden()
    state = State(fund.reader)
    found = sources_of(state, GENERAL, f"paid:{names['3']}")
    assert [(source, part.low, part.high) for source, part in found] == [
        (["donation", names["B"]], 12_000, 15_000),
        (["donation", names["C"]], 15_000, 18_000),
    ]
    assert sources_of(state, GENERAL, f"transit:{names['3']}") == []


def test_a_row_of_a_list_is_answered_like_a_gift() -> None:
    fund, _ = golden()
    whole = [Segment(GENERAL, 0, 35_000)]
    parts = parts_of(State(fund.reader), cut(whole, 7_999, 2_002))
    assert [(part.amount, part.state) for part in parts] == [(1, "paid"), (2_001, "allocated")]


def test_money_that_the_bank_took_back_after_use_is_marked() -> None:
    fund = Money()
    gift = fund.receive(10).id
    leg = fund.instruct(4).id
    back = fund.reverse(gift, 8).id
    state = State(fund.reader)
    marked, void = parts_of(state, segments_of(state, gift))[1:]
    assert (marked.amount, marked.state, marked.by, marked.is_marked) == (2, "transit", leg, True)
    assert (void.amount, void.state, void.by, void.is_marked) == (6, "void", back, False)


def test_origins_are_cut_to_what_is_asked() -> None:
    fund, names = golden()
    state = State(fund.reader)
    assert [(low, high) for low, high, _ in line_origins(state, GENERAL, 9_999, 15_001)] == [
        (9_999, 10_000),
        (10_000, 15_000),
        (15_000, 15_001),
    ]
    assert [(a, b) for a, b, _ in line_origins(state, GENERAL, 10_000, 10_001)] == [
        (10_000, 10_001)
    ]
    assert list(line_origins(state, GENERAL, 35_000, 36_000)) == []
    assert names["A"] == next(line_origins(state, GENERAL))[2][1]


CUTS = st.lists(st.integers(1, 59), max_size=20).map(lambda cuts: [0, *sorted({*cuts}), 60])


@given(CUTS, CUTS)
def test_two_partitions_meet_in_n_plus_m_minus_1_parts(one: list[int], other: list[int]) -> None:
    origins = [(low, high, n) for n, (low, high) in enumerate(pairwise(one))]
    labels = [(low, high, (f"paid:{n}",)) for n, (low, high) in enumerate(pairwise(other))]
    parts = list(meet("a.b", origins, labels))
    assert len(parts) <= len(origins) + len(labels) - 1
    naive: dict[tuple[int, str], int] = {}
    for position in range(60):
        source = sum(1 for at in one[1:-1] if at <= position)
        label = f"paid:{sum(1 for at in other[1:-1] if at <= position)}"
        naive[(source, label)] = naive.get((source, label), 0) + 1
    assert {(source, part.stack[0]): part.amount for source, part in parts} == naive
    assert [part.low for _, part in parts] == [0, *accumulate(p.amount for _, p in parts)][:-1]


# ---- the size of a real campaign --------------------------------------------------------------------

GIFTS, PAYMENTS = 35_246, 500


class OneBatch:
    """Statements of known kinds, one after another in one batch, without the machine around them."""

    def __init__(self) -> None:
        self.state = State(Books().reader)
        self.indexes = Indexes(self.state)
        self.count = 0

    def run(self, name: str, body: dict[str, Any]) -> str:
        kind = all_kinds()[(name, 1)]
        self.count += 1
        statement = h(self.count)
        book = Book(
            self.state,
            self.indexes,
            time=1_800_000_000,
            index=self.count,
            statement=statement,  # type: ignore[arg-type]
            attested=kind.nature.value == "F",
        )
        kind.apply(book, parse(kind.body, body)[0])
        assert not book.breaches
        return statement


def test_every_gift_of_a_large_campaign_is_answered_to_the_cent() -> None:
    choice = random.Random(2020)
    batch = OneBatch()
    amounts = [
        choice.choice((1, 100, 10_000, choice.randrange(1, 5_000_000))) for _ in range(GIFTS)
    ]
    gifts = [
        batch.run(
            "donation.receive",
            {"amount": n, "line": GENERAL, "reference": h(10**6), "seals": SEALS},
        )
        for n in amounts
    ]
    total = sum(amounts)
    spent = sorted(choice.sample(range(1, total), PAYMENTS))
    payments = []
    for n in (high - low for low, high in pairwise([0, *spent])):
        draws = [{"amount": part, "line": GENERAL} for part in _parts(n)]
        instruct = {
            "area": "east",
            "draws": draws,
            "payee": {"class": "vendor", "tag": h(7)},
            "purpose": "food",
            "source": "free",
        }
        leg = batch.run("disbursement.instruct", instruct)
        for part in _parts(n):
            batch.run("disbursement.paid", {"amount": part, "instruction": leg, "reference": h(9)})
        payments.append((leg, n))
    state = batch.state
    assert end_of(state, GENERAL) == total
    # One walk answers all donors.
    answers: dict[str, int] = {}
    paid: dict[str, int] = {}
    count = 0
    for source, part in meet(GENERAL, line_origins(state, GENERAL), line_labels(state, GENERAL)):
        count += 1
        name = str(source[1])
        answers[name] = answers.get(name, 0) + part.amount
        if part.by is not None:
            paid[part.by] = paid.get(part.by, 0) + part.amount
    assert count <= GIFTS + PAYMENTS + 1 - 1
    assert answers == dict(zip(gifts, amounts, strict=True))
    assert paid == dict(payments)
    # And one donor is answered alone, with the same parts.
    for n in (0, 1, GIFTS // 2, GIFTS - 1):
        parts = parts_of(state, segments_of(state, gifts[n]))
        assert sum(part.amount for part in parts) == amounts[n]


def _parts(n: int) -> list[int]:
    """n in parts that one number of a statement may move."""
    most = 10**12
    return [most] * (n // most) + ([n % most] if n % most else [])


def test_labels_of_a_line_are_read_in_order() -> None:
    fund, _ = golden()
    labels = list(line_labels(State(fund.reader), GENERAL))
    assert labels[0][0] == 0
    assert all(one[1] == other[0] for one, other in pairwise(labels))
    assert labels[-1][1] == 35_000


def test_a_part_knows_its_labels() -> None:
    part = Part("a.b", 3, 10, ("free", "allocated:food", "void:r", "transit:d"))
    assert (part.amount, part.state, part.by, part.purpose) == (7, "transit", "d", "food")
    assert part.is_marked
    assert part.high < INT_MAX
