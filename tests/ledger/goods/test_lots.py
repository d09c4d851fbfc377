"""Lots and what is left of them.

Goal: a pallet can be named by its first label as long as anything is left of it, two clerks who name it
at once take no unit twice, and only what is really missing becomes an over-issue.
Method: short stories of two or three statements on a book in memory, which checks after each that lots
and accounts agree; then what a correction needs: lots put back as if nothing had been drawn.
"""

import pytest
from books import Books
from goods import (
    arrive,
    arrived,
    dispatch,
    draw,
    give,
    goods,
    living,
    lose,
    merge,
    mix_of,
    move,
    receive,
    split,
    stock,
    undone,
)

from ledger.goods.lots import find_lot, living_ends, parse_lot, spenders, the_lot, whole_end
from ledger.state import State


@pytest.fixture
def books() -> Books:
    return Books()


def test_a_row_says_what_a_lot_is(books: Books) -> None:
    ran = receive(
        books,
        goods("pump", 2, expiry=books.time + 9, serials=["P1", "P2"], condition="damaged"),
        owner="relief",
    )
    row = books.row("lots", ran.lot())
    assert row == {
        "condition": "damaged",
        "custodian": "county",
        "expiry": books.time + 9,
        "first": ran.lot(),
        "from": [["ext:donor", 2]],
        "item": "pump",
        "mix": [[f"gift:{ran.id}", 2]],
        "owner": "relief",
        "place": "site:depot",
        "quantity": 2,
        "serials": ["P1", "P2"],
    }
    assert parse_lot(ran.lot(), row).row() == row


def test_the_golden_vector_of_a_split(books: Books) -> None:
    a, b = stock(books, "rice", 7, 3)
    both = merge(books, draw(a, 7), draw(b, 3)).lot()
    ran = split(books, both, 4)
    gift_a, gift_b = f"gift:{a[:64]}", f"gift:{b[:64]}"
    assert mix_of(books, ran.lot(0)) == {gift_a: 3, gift_b: 1}
    assert mix_of(books, ran.lot("r0")) == {gift_a: 4, gift_b: 2}


def test_part_of_a_lot_leaves_its_rest(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    ran = move(books, draw(lot, 4))
    assert ran.effects.lots == (
        ("spent", lot, 10),
        ("made", ran.lot("r0"), "rice", 6, "site:depot"),
        ("made", ran.lot(0), "rice", 4, "site:square"),
    )
    row = books.row("lots", lot)
    assert row["spent"] == {"by": ran.id, "to": [[ran.lot(0), 4]]}
    assert row["rest"] == ran.lot("r0")
    assert books.row("lots", ran.lot("r0"))["first"] == lot
    assert books.row("heads", lot) == [ran.lot("r0")]
    assert books.row("heads", ran.lot(0)) is None


def test_a_whole_lot_leaves_none(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    ran = give(books, draw(lot, 10))
    assert ran.effects.lots == (("spent", lot, 10),)
    assert "rest" not in books.row("lots", lot)
    assert books.row("heads", lot) is None


def test_two_clerks_who_name_one_pallet_are_no_breach(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    assert give(books, draw(lot, 4)).code == "ok"
    assert give(books, draw(lot, 6)).code == "ok"
    assert books.balances("rice") == {"ext:donor": -10, "given:organisation": 10}


@pytest.mark.parametrize(("second", "missing"), [(6, 0), (7, 1), (60, 54)])
def test_only_what_is_missing_is_over_issued(books: Books, second: int, missing: int) -> None:
    (lot,) = stock(books, "rice", 10)
    give(books, draw(lot, 4))
    ran = give(books, draw(lot, second))
    assert books.balance("rice", "over_issue:depot") == -missing
    wanted = (("over_issue", "rice/over_issue:depot", missing),) if missing else ()
    assert ran.breaches == wanted


def test_another_lot_of_the_item_is_not_touched(books: Books) -> None:
    first, other = stock(books, "rice", 10, 10)
    ran = give(books, draw(first, 15))
    assert ran.breaches == (("over_issue", "rice/over_issue:depot", 5),)
    assert living(books, "rice") == {other: 10}


def test_lines_of_one_statement_share_one_take(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    ran = give(books, draw(lot, 1), draw(lot, 2), draw(lot, 3))
    assert ran.moves == [("rice", "site:depot", "given:organisation", n) for n in (1, 2, 3)]
    assert ran.effects.lots == (
        ("spent", lot, 10),
        ("made", ran.lot("r0"), "rice", 4, "site:depot"),
    )


def test_the_kth_lot_drawn_on_leaves_the_kth_rest(books: Books) -> None:
    a, b, c = stock(books, "rice", 10, 10, 10)
    ran = give(books, draw(a, 1), draw(b, 10), draw(c, 1))
    assert living(books, "rice") == {ran.lot("r0"): 9, ran.lot("r2"): 9}


# ---- what carries on a chain --------------------------------------------------------------------


def test_outputs_of_a_split_carry_on_in_order(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    cut = split(books, lot, 4, 6)
    ran = give(books, draw(lot, 5))
    assert ran.code == "ok"
    assert [effect[1] for effect in ran.effects.lots if effect[0] == "spent"] == [
        cut.lot(0),
        cut.lot(1),
    ]
    assert living(books, "rice") == {ran.lot("r1"): 5}


def test_parts_of_an_earlier_output_come_before_the_next_output(books: Books) -> None:
    (lot,) = stock(books, "rice", 12)
    cut = split(books, lot, 4, 6, 2)
    first, second = split(books, cut.lot(0), 1, 3), split(books, cut.lot(1), 2, 4)
    state = State(books.reader)
    ends = [end.id for end in living_ends(state, the_lot(state, lot), "site:depot")]
    assert ends == [first.lot(0), first.lot(1), second.lot(0), second.lot(1), cut.lot(2)]


def test_a_rest_carries_on_and_not_the_parts_split_off(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    cut = split(books, lot, 4)
    ran = give(books, draw(lot, 7))
    assert ran.breaches == (("over_issue", "rice/over_issue:depot", 1),)
    assert living(books, "rice") == {cut.lot(0): 4}


def test_a_moved_lot_is_found_at_its_new_site_only(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    moved = move(books, draw(lot, 10))
    assert give(books, draw(lot, 3), site="square").code == "ok"
    assert give(books, draw(lot, 3)).breaches == (("over_issue", "rice/over_issue:depot", 3),)
    assert books.row("heads", lot) == [moved.lot(0)]


def test_a_merged_lot_is_found_by_each_of_its_parts(books: Books) -> None:
    a, b = stock(books, "rice", 7, 3)
    merged = merge(books, draw(a, 7), draw(b, 3))
    assert give(books, draw(a, 5)).code == "ok"
    assert give(books, draw(b, 5)).code == "ok"
    assert books.balance("rice", "site:depot") == 0
    assert books.row("heads", a) == books.row("heads", b) == [merged.lot(0)]


def test_parts_that_meet_again_are_one_end(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    cut = split(books, lot, 4, 6)
    merge(books, draw(cut.lot(0), 4), draw(cut.lot(1), 6))
    state = State(books.reader)
    ends = list(living_ends(state, the_lot(state, lot), "site:depot"))
    assert [end.quantity for end in ends] == [10]


def test_the_search_of_a_chain_is_bounded(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    (lot,) = stock(books, "rice", 10)
    last = lot
    for n in range(5):
        sites = ("depot", "square") if n % 2 == 0 else ("square", "depot")
        last = move(books, draw(last, 10), source=sites[0], to=sites[1]).lot()
    state = State(books.reader)
    for most, found in ((4, 0), (5, 1)):
        monkeypatch.setattr("ledger.goods.lots.CHAIN_MAX", most)
        ends = list(living_ends(state, the_lot(state, lot), "site:square"))
        assert [end.id for end in ends] == [last][:found], most


def test_arrived_lots_carry_on_what_was_dispatched(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    sent = dispatch(books, draw(lot, 10))
    came = arrive(books, sent.id, arrived("rice", 8, 2))
    assert books.row("heads", sent.lot(0)) == [came.lot(0), came.lot(1)]
    ran = give(books, draw(sent.lot(0), 9), site="school")
    assert ran.breaches == (("not_usable", f"lot/{came.lot(1)}", 1),)
    assert books.balance("rice", "site:school") == 1


def test_what_is_handed_out_carries_nothing_on(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    lose(books, draw(lot, 10))
    assert give(books, draw(lot, 1)).breaches == (("over_issue", "rice/over_issue:depot", 1),)


# ---- what goes with a lot -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "gone", "left"),
    [
        (None, ["A", "B"], ["C"]),
        (["C"], ["C", "A"], ["B"]),
        (["C", "B"], ["B", "C"], ["A"]),
        (["Z"], ["A", "B"], ["C"]),
    ],
)
def test_serial_numbers_that_are_named_go_first(
    books: Books, named: list[str] | None, gone: list[str], left: list[str]
) -> None:
    lot = receive(books, goods("pump", 3, serials=["A", "B", "C"])).lot()
    line = draw(lot, 2) if named is None else draw(lot, 2, serials=named)
    ran = move(books, line)
    assert books.row("lots", ran.lot(0))["serials"] == gone
    assert books.row("lots", ran.lot("r0"))["serials"] == left


def test_a_lot_of_very_many_sources_is_its_own_source(books: Books) -> None:
    many = [
        merge(books, *(draw(lot, 1) for lot in stock(books, "mask", *[1] * 33))).lot() for _ in "ab"
    ]
    ran = merge(books, draw(many[0], 33), draw(many[1], 33))
    row = books.row("lots", ran.lot())
    assert row["mix"] == [[f"mix:{ran.lot()}", 66]]
    assert row["from"] == [[many[0], 33], [many[1], 33]]


def test_sixty_four_sources_are_named_one_by_one(books: Books) -> None:
    lots = stock(books, "mask", *[1] * 64)
    assert len(mix_of(books, merge(books, *(draw(lot, 1) for lot in lots)).lot())) == 64


def test_spent_lots_say_which_sources_went_where(books: Books) -> None:
    a, b = stock(books, "rice", 7, 3)
    both = merge(books, draw(a, 7), draw(b, 3)).lot()
    give(books, draw(both, 4))
    gift_a, gift_b = f"gift:{a[:64]}", f"gift:{b[:64]}"
    assert books.row("lots", both)["spent"]["to"] == [
        ["given:organisation", 4, [[gift_a, 3], [gift_b, 1]]]
    ]


# ---- undoing ------------------------------------------------------------------------------------


def test_a_hand_out_undone_puts_its_lot_back(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    ran = give(books, draw(lot, 4))
    book = undone(books, ran)
    back = f"{book.statement}/b0"
    assert living(books, "rice") == {back: 10}
    assert books.row("lots", back)["first"] == lot
    assert books.row("heads", lot) == [back]
    assert books.balances("rice") == {"ext:donor": -10, "site:depot": 10}
    assert give(books, draw(lot, 10)).code == "ok"


def test_what_is_put_back_takes_up_the_living_end(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    first = give(books, draw(lot, 4))
    second = give(books, draw(lot, 3))
    book = undone(books, first)
    assert living(books, "rice") == {f"{book.statement}/b0": 7}
    undone(books, second, name="ee")
    assert living(books, "rice") == {f"{'ee' * 32}/b0": 10}


def test_a_move_undone_takes_away_what_it_made(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    ran = move(books, draw(lot, 10))
    book = undone(books, ran)
    assert living(books, "rice") == {f"{book.statement}/b0": 10}
    assert living(books, "rice", "site:square") == {}
    assert books.row("lots", ran.lot(0))["spent"] == {"by": book.statement, "to": []}
    assert books.row("heads", lot) == [f"{book.statement}/b0"]


def test_a_receipt_undone_gives_back_to_where_it_came_from(books: Books) -> None:
    ran = receive(books, goods("rice", 10))
    undone(books, ran)
    assert books.balances("rice") == {}
    assert books.row("totals", "rice") == ["10", "10", "0", "0", "0", "0", "0"]
    assert books.row("lots", ran.lot())["spent"]["to"] == [["ext:donor", 10]]


def test_a_receipt_can_be_undone_when_what_drew_on_it_was(books: Books) -> None:
    ran = receive(books, goods("rice", 10))
    spent = give(books, draw(ran.lot(), 4))
    state = State(books.reader)
    assert whole_end(state, the_lot(state, ran.lot())) is None
    undone(books, spent)
    state = State(books.reader)
    end = whole_end(state, the_lot(state, ran.lot()))
    assert end is not None
    assert end.quantity == 10
    undone(books, ran, name="ee")
    assert living(books, "rice") == {}


def test_a_merge_undone_puts_back_each_of_its_lots(books: Books) -> None:
    a, b = stock(books, "rice", 7, 3)
    ran = merge(books, draw(a, 7), draw(b, 2))
    undone(books, ran)
    assert sorted(living(books, "rice").values()) == [3, 7]
    assert give(books, draw(a, 7), draw(b, 3)).code == "ok"


def test_who_drew_on_a_chain(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    ids = [give(books, draw(lot, n)).id for n in (1, 2, 3)]
    state = State(books.reader)
    assert spenders(state, the_lot(state, lot), 17) == ids
    assert spenders(state, the_lot(state, lot), 2) == ids[:2]
    assert find_lot(state, "00" * 32 + "/0") is None
