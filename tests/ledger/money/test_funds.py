"""The fund line: every cent keeps its donor, whatever is done to the line.

Goal: the golden vector of the specification holds position by position; nothing is made or lost,
no interval is left apart from its equal, and no stack grows deeper than four, in any order of gifts,
payments, failures, refunds, reversals and covers.
Method: the vector, small cases drawn by hand, and random histories judged by `naive_line`, which
keeps a stack for each single position and shares no idea with the code.
"""

import itertools

import pytest
from books import Books
from hypothesis import given, settings
from hypothesis import strategies as st
from money import FOOD, GENERAL, Money, h
from money_histories import STEPS, Pair

from ledger.book import Book
from ledger.canon import INT_MAX
from ledger.errors import Refused
from ledger.indexes import Indexes
from ledger.money.funds import Piece, append, choose, end_of, relabel, walk
from ledger.state import State


def test_golden_vector() -> None:
    # Gifts A [0,10000) B [10000,15000) C [15000,35000), in fen.
    fund = Money()
    a, b, c = (fund.receive(n).id for n in (10_000, 5_000, 20_000))
    assert fund.tops() == [(0, 35_000, "free")]

    fund.allocate(12_000)
    assert fund.tops() == [(0, 12_000, "allocated:food"), (12_000, 35_000, "free")]

    one = fund.instruct(8_000, "allocated").id
    fund.paid(one, 8_000)
    assert fund.tops()[0] == (0, 8_000, f"paid:{one[:4]}")

    two = fund.instruct(3_000, "allocated").id
    assert fund.tops()[1] == (8_000, 11_000, f"transit:{two[:4]}")
    fund.failed(two)
    assert fund.tops()[1] == (8_000, 12_000, "allocated:food")

    refund = fund.refund(c, 5_000).id
    assert fund.tops()[-1] == (30_000, 35_000, f"refunded:{refund[:4]}")

    three = fund.instruct(6_000, "free").id
    fund.paid(three, 6_000)
    assert fund.tops() == [
        (0, 8_000, f"paid:{one[:4]}"),
        (8_000, 12_000, "allocated:food"),
        (12_000, 18_000, f"paid:{three[:4]}"),
        (18_000, 30_000, "free"),
        (30_000, 35_000, f"refunded:{refund[:4]}"),
    ]
    assert [fund.row("gifts", gift) for gift in (a, b, c)] == [
        [[GENERAL, 0, 10_000]],
        [[GENERAL, 10_000, 15_000]],
        [[GENERAL, 15_000, 35_000]],
    ]
    assert fund.balances("CNY") == {
        f"{GENERAL}/allocated:food": 4_000,
        f"{GENERAL}/ext:donor": -35_000,
        f"{GENERAL}/free": 12_000,
        f"{GENERAL}/paid:vendor": 14_000,
        f"{GENERAL}/refunded": 5_000,
    }


# ---- intervals ----------------------------------------------------------------------------------


def book_of(books: Books) -> Book:
    state = State(books.reader)
    return Book(state, Indexes(state), time=0, index=1, statement=h(9), attested=True)  # type: ignore[arg-type]


def drawn(text: str) -> Book:
    """A line drawn with one letter a position: f free, a allocated:x, p paid:1."""
    stacks = {"f": ["free"], "a": ["free", "allocated:x"], "p": ["free", "paid:1"]}
    books = Books()
    low = 0
    for at, letter in enumerate(text):
        if at + 1 == len(text) or text[at + 1] != letter:
            books.set("line", f"{GENERAL}/{low:016x}", [at + 1, stacks[letter]])
            low = at + 1
    return book_of(books)


def draw(book: Book) -> str:
    letters = {("free",): "f", ("free", "allocated:x"): "a", ("free", "paid:1"): "p"}
    pieces = list(walk(book.state, GENERAL, 0, INT_MAX))
    for left, right in itertools.pairwise(pieces):
        assert left.high == right.low and left.stack != right.stack, (left, right)
    return "".join(letters[piece.stack] * piece.amount for piece in pieces)


@pytest.mark.parametrize(
    ("before", "low", "high", "after"),
    [
        ("ffffff", 0, 6, "aaaaaa"),
        ("ffffff", 0, 2, "aaffff"),
        ("ffffff", 4, 6, "ffffaa"),
        ("ffffff", 2, 4, "ffaaff"),
        ("aaffff", 2, 4, "aaaaff"),  # joined with the left
        ("aaffff", 3, 4, "aafaff"),  # not a neighbour
        ("ffffaa", 2, 4, "ffaaaa"),  # joined with the right
        ("aaffaa", 2, 4, "aaaaaa"),  # with both
        ("ppffpp", 2, 4, "ppaapp"),  # another label: with neither
        ("aaffpp", 2, 4, "aaaapp"),
    ],
)
def test_relabelled_pieces_are_cut_and_joined(before: str, low: int, high: int, after: str) -> None:
    book = drawn(before)
    (piece,) = walk(book.state, GENERAL, low, high, label="free")
    assert (piece.low, piece.high) == (low, high)
    relabel(book, GENERAL, piece, ("free", "allocated:x"))
    assert draw(book) == after
    assert book.stretches == [(GENERAL, low, high, "allocated:x")]


@pytest.mark.parametrize("order", ["up", "down"])
def test_two_pieces_of_one_row_are_both_cut(order: str) -> None:
    book = drawn("ffffffff")
    spans = [(1, 3), (5, 7)] if order == "up" else [(5, 7), (1, 3)]
    pieces = [piece for span in spans for piece in walk(book.state, GENERAL, *span)]
    for piece in pieces:
        relabel(book, GENERAL, piece, ("free", "allocated:x"))
    assert draw(book) == "faaffaaf"


def test_walk_finds_the_interval_that_begins_before() -> None:
    book = drawn("aaaaffff")
    assert [(p.low, p.high, p.stack[-1]) for p in walk(book.state, GENERAL, 2, 6)] == [
        (2, 4, "allocated:x"),
        (4, 6, "free"),
    ]
    assert [(p.low, p.high) for p in walk(book.state, GENERAL, 2, 6, reverse=True)] == [
        (4, 6),
        (2, 4),
    ]
    assert [(p.low, p.high) for p in walk(book.state, GENERAL, 2, 6, label="free")] == [(4, 6)]
    assert list(walk(book.state, GENERAL, 0, 4, label="free")) == []
    assert list(walk(book.state, GENERAL, 3, 3)) == []
    assert list(walk(book.state, GENERAL, 8, 9)) == []
    assert list(walk(book.state, "relief.food", 0, 9)) == []


def piece(low: int, high: int) -> Piece:
    return Piece(low, high, ("free",), low, high)


@pytest.mark.parametrize(
    ("n", "reverse", "most", "chosen"),
    [
        (4, False, 0, [(0, 4)]),
        (5, False, 0, [(0, 5)]),
        (6, False, 0, [(0, 5), (10, 11)]),
        (11, False, 0, [(0, 5), (10, 15)]),  # less than asked
        (4, True, 0, [(1, 5)]),
        (6, True, 0, [(0, 5), (14, 15)]),
        (9, False, 1, [(0, 5), (10, 14)]),  # one more than the most, then no further
    ],
)
def test_the_last_piece_is_cut_at_the_far_end(
    n: int, reverse: bool, most: int, chosen: list[tuple[int, int]]
) -> None:
    found = choose([piece(0, 5), piece(10, 15)], n, reverse=reverse, most=most)
    assert [(p.low, p.high) for p in found] == chosen


def test_choosing_stops_one_beyond_the_most() -> None:
    many = [piece(2 * n, 2 * n + 1) for n in range(10)]
    assert len(choose(many, 10, most=3)) == 4


# ---- the end of the line --------------------------------------------------------------------------


def test_append_joins_a_free_end_and_nothing_else() -> None:
    book = drawn("aaff")
    assert append(book, GENERAL, ["donation", h(9)], 2) == (4, 6)
    assert draw(book) == "aaffff"
    other = drawn("ffaa")
    assert append(other, GENERAL, ["donation", h(9)], 2) == (4, 6)
    assert draw(other) == "ffaaff"
    assert other.state.get("origin", f"{GENERAL}/{4:016x}") == [6, ["donation", h(9)]]


@pytest.mark.parametrize(("room", "fits"), [(100, True), (99, False)])
def test_a_line_ends_at_two_to_the_53_minus_1(room: int, fits: bool) -> None:
    books = Books()
    books.set("line", f"{GENERAL}/{0:016x}", [INT_MAX - room, ["free"]])
    book = book_of(books)
    if fits:
        assert append(book, GENERAL, ["donation", h(9)], 100) == (INT_MAX - room, INT_MAX)
        assert end_of(book.state, GENERAL) == INT_MAX
        return
    with pytest.raises(Refused, match="sum_out_of_range"):
        append(book, GENERAL, ["donation", h(9)], 100)
    assert book.state.changes() == {}


def test_two_facts_near_two_to_the_53_never_stop_a_node() -> None:
    fund = Money()
    fund.set("line", f"{GENERAL}/{0:016x}", [INT_MAX - 10**12, ["free", "paid:1"]])
    assert fund.receive(10**12).code == "ok"
    refused = fund.receive(1)
    assert refused.code == "sum_out_of_range"
    assert refused.index is None
    assert fund.receive(1, FOOD).code == "ok"  # another line of the same currency is not closed


# ---- any history ----------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, min_size=8, max_size=30))
def test_any_history_is_what_the_naive_fund_says(steps: list[tuple[object, ...]]) -> None:
    pair = Pair()
    pair.step("receive", GENERAL, 40)
    for verb, *rest in steps:
        pair.step(str(verb), *rest)


def test_the_deepest_stack_is_four() -> None:
    # free, allocated, then in transit; the bank takes the gift back: a void below the top.
    pair = Pair()
    for step in [
        ("receive", GENERAL, 10),
        ("allocate", GENERAL, 10, False, 0),
        ("instruct", GENERAL, 10, False, False, 0),
        ("reverse", 0, 10),
    ]:
        pair.step(*step)  # type: ignore[arg-type]
    (row,) = pair.fund.reader.table("line").values()
    assert [label.partition(":")[0] for label in row[1]] == ["free", "allocated", "void", "transit"]
    pair.step("failed", 0)
    (row,) = pair.fund.reader.table("line").values()
    assert [label.partition(":")[0] for label in row[1]] == ["free", "allocated", "void"]
