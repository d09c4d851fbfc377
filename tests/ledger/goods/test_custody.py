"""Traces of goods.

Goal: a trace tells the truth to the unit: custody by lots, a gift's parts that sum to it, and a recall
that rather names too much.
Method: short stories with the answers written out; then many random splits, merges and hand-outs, after
which every gift is followed to its last unit, through lots of very many sources too.
"""

import random
from typing import Any

import pytest
from books import Books
from goods import (
    NOWHERE,
    STORE,
    arrive,
    arrived,
    count,
    dispatch,
    draw,
    give,
    goods,
    living,
    merge,
    mix_of,
    move,
    receive,
    split,
    stock,
    undone,
)

from ledger.goods.custody import (
    Edge,
    End,
    composition,
    follow,
    recall,
    reverse,
    trace_down,
    trace_up,
)
from ledger.goods.mix import total


@pytest.fixture
def books() -> Books:
    return Books()


def reader(books: Books) -> Any:
    return lambda lot_id: books.row("lots", lot_id)


def ends(books: Books, lot: str, n: int | None = None) -> dict[str, int]:
    """Where the gift that made `lot` is: place or account -> units."""
    found: dict[str, int] = {}
    parts, beyond = follow(reader(books), f"gift:{lot[:64]}", [lot])
    assert beyond == ()
    for end in parts:
        found[end.where] = found.get(end.where, 0) + end.n
    return found


def test_custody_up_and_down(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    sent = dispatch(books, draw(lot, 7))
    came = arrive(books, sent.id, arrived("rice", 5, 1, 1))
    given = give(books, draw(came.lot(0), 2), site="school")
    down = trace_down(reader(books), lot)
    assert down.edges == (
        Edge(lot, sent.lot(0), 7, sent.id),
        Edge(lot, sent.lot("r0"), 3, sent.id),
        Edge(sent.lot(0), came.lot(0), 5, came.id),
        Edge(sent.lot(0), came.lot(1), 1, came.id),
        Edge(sent.lot(0), "lost:transport", 1, came.id),
        Edge(came.lot(0), "given:organisation", 2, given.id),
        Edge(came.lot(0), given.lot("r0"), 3, given.id),
    )
    assert {name: lot.place for name, lot in down.lots.items()} == {
        lot: "site:depot",
        sent.lot(0): f"consignment:{sent.id}",
        sent.lot("r0"): "site:depot",
        came.lot(0): "site:school",
        came.lot(1): "site:school",
        given.lot("r0"): "site:school",
    }
    assert down.lots[came.lot(0)].custodian == "relief"
    up = trace_up(reader(books), given.lot("r0"))
    assert up.edges == (
        Edge(came.lot(0), given.lot("r0"), 3, given.id),
        Edge(sent.lot(0), came.lot(0), 5, came.id),
        Edge(lot, sent.lot(0), 7, sent.id),
        Edge("ext:donor", lot, 10, lot[:64]),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(("nodes", "looked", "left"), [(1, 1, 2), (2, 2, 1), (3, 3, 0), (9, 3, 0)])
def test_a_trace_is_bounded_and_says_what_it_did_not_look_at(
    books: Books, nodes: int, looked: int, left: int
) -> None:
    (lot,) = stock(books, "rice", 10)
    split(books, lot, 4, 6)
    trace = trace_down(reader(books), lot, nodes_max=nodes)
    assert (len(trace.lots), len(trace.beyond)) == (looked, left)


def test_a_gift_is_followed_to_its_last_unit(books: Books) -> None:
    a, b = stock(books, "rice", 7, 3)
    both = merge(books, draw(a, 7), draw(b, 3)).lot()
    give(books, draw(both, 4))
    move(books, draw(both, 3))
    count(books, rice=1)
    assert ends(books, a) == {
        "given:organisation": 3,
        "site:square": 2,
        "lost:unexplained": 1,
        "site:depot": 1,
    }
    assert ends(books, b) == {
        "given:organisation": 1,
        "site:square": 1,
        "lost:unexplained": 1,
    }


def test_where_a_hand_out_came_from(books: Books) -> None:
    a, b = stock(books, "rice", 7, 3)
    both = merge(books, draw(a, 7), draw(b, 3)).lot()
    ran = give(books, draw(both, 4))
    drawn = [effect[1] for effect in ran.effects.lots if effect[0] == "spent"]
    gift_a, gift_b = f"gift:{a[:64]}", f"gift:{b[:64]}"
    assert dict(reverse(reader(books), ran.id, drawn)) == {gift_a: 3, gift_b: 1}
    assert reverse(reader(books), ran.id, [a]) == ()


def test_a_recall_names_whole_lots_wherever_something_of_it_is(books: Books) -> None:
    a, b = stock(books, "rice", 1, 99)
    both = merge(books, draw(a, 1), draw(b, 99)).lot()
    given = give(books, draw(both, 30))
    found, trace = recall(reader(books), a)
    assert found == [
        End("site:depot", given.lot("r0"), 70, given.id),
        End("given:organisation", both, 30, given.id),
    ]
    assert list(trace.lots) == [a, both, given.lot("r0")]


def test_goods_that_were_found_have_a_source_too(books: Books) -> None:
    (lot,) = stock(books, "rice", 5)
    ran = move(books, draw(lot, 8))
    parts, _ = follow(reader(books), f"found:{ran.id}", [ran.lot()])
    assert parts == [End("site:square", ran.lot(), 3, ran.id)]


def test_a_gift_is_followed_through_what_was_undone(books: Books) -> None:
    a, b = stock(books, "rice", 7, 3)
    both = merge(books, draw(a, 7), draw(b, 3))
    ran = give(books, draw(both.lot(), 4))
    undone(books, ran)
    assert ends(books, a) == {"site:depot": 7}
    undone(books, both, name="ee")
    assert ends(books, b) == {"site:depot": 3}


# ---- lots of very many sources ------------------------------------------------------------------


def mixed(books: Books, quantities: list[int]) -> tuple[str, list[str]]:
    """One lot of so many gifts, more than a composition names, and the lots of the gifts."""
    gifts = stock(books, "mask", *quantities)
    halves = []
    for part in (gifts[:60], gifts[60:]):
        lines = [draw(lot, books.row("lots", lot)["quantity"]) for lot in part]
        halves.append(merge(books, *lines).lot())
    lines = [draw(lot, books.row("lots", lot)["quantity"]) for lot in halves]
    return merge(books, *lines).lot(), gifts


def test_the_composition_of_a_lot_of_very_many_sources(books: Books) -> None:
    quantities = list(range(1, 81))
    lot, gifts = mixed(books, quantities)
    assert mix_of(books, lot) == {f"mix:{lot}": sum(quantities)}
    assert dict(composition(reader(books), lot)) == {
        f"gift:{gift[:64]}": n for gift, n in zip(gifts, quantities, strict=True)
    }
    part = move(books, draw(lot, 100)).lot()
    assert total(composition(reader(books), part)) == 100


def test_gifts_in_a_lot_of_very_many_sources_sum_to_themselves(books: Books) -> None:
    quantities = [1 + n * n for n in range(80)]
    lot, gifts = mixed(books, quantities)
    for n in (1, 17, 1_000, 3):
        give(books, draw(lot, n))
    for n in (5, 444):
        move(books, draw(lot, n))
    for gift, n in zip(gifts, quantities, strict=True):
        assert sum(ends(books, gift).values()) == n
    assert sum(ends(books, gift)["given:organisation"] for gift in gifts if
               "given:organisation" in ends(books, gift)) in range(1_021 - 80, 1_021 + 80)  # fmt: skip


def test_mixed_lots_of_mixed_lots(books: Books) -> None:
    lot, gifts = mixed(books, [7] * 80)
    part = split(books, lot, 200, 100)
    more = stock(books, "mask", *[5] * 63)
    lines = [draw(part.lot(0), 150), draw(part.lot(1), 40)]
    nested = merge(books, *lines, *(draw(gift, 5) for gift in more[:62])).lot()
    other = merge(books, draw(nested, 500), draw(more[62], 5)).lot()
    give(books, draw(other, 123))
    for gift in (*gifts, *more):
        whole = books.row("lots", gift)["quantity"]
        assert sum(ends(books, gift).values()) == whole
    everything = composition(reader(books), other)
    assert total(everything) == 505
    assert not [name for name, _ in everything if name.startswith("mix:")]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_to_gifts_their_parts_sum_to_them(books: Books, seed: int) -> None:
    chance = random.Random(seed)
    gifts = stock(books, "rice", *(chance.randint(1, 1_000) for _ in range(12)))
    sizes = {gift: books.row("lots", gift)["quantity"] for gift in gifts}
    for _ in range(60):
        here = living(books, "rice")
        if not here:
            break
        lot = chance.choice(sorted(here))
        n = chance.randint(1, here[lot])
        what = chance.choice(["split", "merge", "merge", "give", "move", "count"])
        if what == "split":
            split(books, lot, n)
        elif what == "give":
            give(books, draw(lot, max(1, n // 4)))
        elif what == "move":
            move(books, draw(lot, max(1, n // 4)))
        elif what == "count":
            count(books, rice=sum(here.values()) - chance.randint(0, 3))
        elif len(here) > 1:
            some = chance.sample(sorted(here), min(len(here), 4))
            merge(books, *(draw(one, chance.randint(1, here[one])) for one in some))
    for gift, n in sizes.items():
        found = ends(books, gift)
        assert sum(found.values()) == n, gift
        assert set(found) <= {"given:organisation", "lost:unexplained", "site:depot", "site:square"}
    here = {place: books.balance("rice", place) for place in ("site:depot", "site:square")}
    for place, n in here.items():
        assert sum(ends(books, gift).get(place, 0) for gift in gifts) == n
    for lot in living(books, "rice"):
        assert composition(reader(books), lot) == tuple(map(tuple, books.row("lots", lot)["mix"]))


def test_a_source_that_is_nowhere(books: Books) -> None:
    ran = receive(books, goods("rice", 5))
    assert follow(reader(books), f"gift:{NOWHERE}", [ran.lot()]) == ([], ())
    parts, beyond = follow(reader(books), f"gift:{ran.id}", [ran.lot()], nodes_max=0)
    assert (parts, beyond) == ([], (ran.lot(),))
    assert (
        books.run("stock.split", {"lot": ran.lot(), "quantities": [5], "site": "depot"}, STORE).code
        == "ok"
    )
