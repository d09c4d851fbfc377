"""Gifts: where they stand, and how one row of a list is opened.

Goal: the law acts on a row only inside its own interval and only when it leads to the manifest root
that was logged; every altered opening is refused.
Method: a list of five rows is sealed and logged; its rows are opened, whole and altered.
"""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from money import GENERAL, Money, h
from sealed import SealedList

from ledger.money.funds import Segment
from ledger.money.gifts import cut, gift_id
from ledger.proofs.disclosure import row_id

AMOUNTS = (700, 50, 1, 249, 1_000)


@pytest.fixture
def sealed() -> SealedList:
    return SealedList(*AMOUNTS)


def listed(sealed: SealedList) -> tuple[Money, str]:
    fund = Money()
    ran = fund.ok("donation.list", sealed.body(), "county/treasurer")
    return fund, ran.id


def test_a_list_is_one_segment_and_knows_its_manifest(sealed: SealedList) -> None:
    fund, name = listed(sealed)
    assert fund.row("gifts", name) == [[GENERAL, 0, 2_000]]
    manifest = sealed.manifest.value()
    source = ["list", name, manifest["root"], manifest["size"]]
    assert fund.row("origin", f"{GENERAL}/{0:016x}") == [2_000, source]


@pytest.mark.parametrize("n", range(5))
def test_a_row_is_refunded_inside_its_own_interval(sealed: SealedList, n: int) -> None:
    fund, name = listed(sealed)
    low, amount = sealed.offsets[n], AMOUNTS[n]
    ran = fund.refund(name, amount, row=sealed.row(n))
    assert ran.code == "ok"
    assert ran.effects.line == ((GENERAL, low, low + amount, f"refunded:{ran.id}"),)


def test_a_row_gives_no_more_than_it_holds(sealed: SealedList) -> None:
    fund, name = listed(sealed)
    ran = fund.refund(name, 51, row=sealed.row(1))
    assert (ran.code, dict(ran.refusal.values)) == (  # type: ignore[union-attr]
        "not_enough",
        {"key": f"donation/{name}/700-50", "asked": 51, "left": 50},
    )
    assert fund.refund(name, 50, row=sealed.row(1)).code == "ok"
    assert fund.refund(name, 1, row=sealed.row(1)).code == "not_enough"


def test_a_row_is_reversed_and_drawn_on_inside_its_own_interval(sealed: SealedList) -> None:
    fund, name = listed(sealed)
    drawn = fund.instruct(
        0, draws=[{"amount": 100, "donation": name, "line": GENERAL, "row": sealed.row(3)}]
    )
    assert drawn.effects.line == ((GENERAL, 751, 851, f"transit:{drawn.id}"),)
    back = fund.reverse(name, 250, row=sealed.row(3))
    assert back.effects.line == (
        (GENERAL, 851, 1_000, f"void:{back.id}"),  # what was free of it
        (GENERAL, 751, 851, f"void:{back.id}"),  # marked under the instruction
    )
    assert back.breaches == (
        ("shortfall", f"line/{GENERAL}", 100),
        ("exceeded", f"donation/{name}/751-249", 1),
    )


def test_an_entry_about_a_row_is_also_about_its_list(sealed: SealedList) -> None:
    fund, name = listed(sealed)
    fund.refund(name, 1, row=sealed.row(2))
    fund.refund(name, 1)
    index = fund.reader.table("index")
    assert index[f"donation/{name}/750-1"][0] == 1
    assert index[f"donation/{name}"][0] == 2
    assert f"donation/{name}/0-700" not in index


def alter(path: str, change: Callable[[Any], Any]) -> Callable[[dict[str, Any]], None]:
    def apply(row: dict[str, Any]) -> None:
        *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        at: Any = row
        for part in way:
            at = at[part]
        at[last] = change(at[last])

    return apply


def flip(text: str) -> str:
    return f"{int(text[0], 16) ^ 1:x}{text[1:]}"


@pytest.mark.parametrize(
    ("lie", "alteration"),
    [
        ("a larger amount", alter("amount", lambda n: n + 1)),
        ("another place", alter("offset", lambda n: n + 1)),
        ("a salt of the amount", alter("salts.amount", flip)),
        ("a salt of the offset", alter("salts.offset", flip)),
        ("a path of the amount", alter("paths.record.0.path.0", flip)),
        ("a path of the offset", alter("paths.record.1.path.1", flip)),
        ("amount and offset exchanged", alter("paths.record", lambda paths: paths[::-1])),
        ("a path to the manifest", alter("paths.manifest.path.3", flip)),
        ("a path that is too short", alter("paths.manifest.path", lambda path: path[:-1])),
        ("a path that is too long", alter("paths.manifest.path", lambda path: [*path, h(1)])),
        ("another leaf", alter("paths.manifest.index", lambda n: n ^ 1)),
        ("a leaf beyond the manifest", alter("paths.manifest.index", lambda n: n + 64)),
    ],
)
def test_an_altered_opening_is_no_row(
    sealed: SealedList, lie: str, alteration: Callable[[dict[str, Any]], None]
) -> None:
    fund, name = listed(sealed)
    row = copy.deepcopy(sealed.row(1))
    alteration(row)
    refused = fund.refund(name, 1, row=row)
    assert refused.code == "not_usable", lie
    assert refused.effects.line == ()
    # A reversal is a fact: it is logged, moves nothing, and says why.
    fact = fund.reverse(name, 1, row=row)
    assert fact.code == "flagged", lie
    assert fact.moves == []
    assert [breach[0] for breach in fact.breaches] == ["not_usable"]


def test_a_row_of_another_list_is_no_row(sealed: SealedList) -> None:
    fund, name = listed(sealed)
    other = SealedList(700, 51)
    fund.ok("donation.list", other.body(2), "county/treasurer")
    assert fund.refund(name, 1, row=other.row(1)).code == "not_usable"
    single = fund.receive(10)
    assert fund.refund(single.id, 1, row=sealed.row(1)).code == "not_usable"


def test_a_row_that_runs_beyond_the_list_is_no_row() -> None:
    # Its keeper sealed more than the total that was logged: nothing beyond the list is touched.
    lying = SealedList(700, 50)
    fund = Money()
    body = {**lying.body(), "total": 749}
    name = fund.ok("donation.list", body, "county/treasurer").id
    fund.receive(10)
    assert fund.refund(name, 1, row=lying.row(1)).code == "not_usable"
    assert fund.refund(name, 1, row=lying.row(0)).code == "ok"


@pytest.mark.parametrize(
    ("offset", "amount", "found"),
    [
        (0, 5, [("a.x", 10, 15)]),
        (5, 5, [("a.x", 15, 20)]),
        (9, 2, [("a.x", 19, 20), ("a.y", 3, 4)]),  # offsets run on through the segments
        (10, 4, [("a.y", 3, 7)]),
        (0, 14, [("a.x", 10, 20), ("a.y", 3, 7)]),
        (13, 5, [("a.y", 6, 7)]),  # it ends before
        (14, 1, []),
    ],
)
def test_offsets_run_on_through_the_segments(
    offset: int, amount: int, found: list[tuple[str, int, int]]
) -> None:
    segments = [Segment("a.x", 10, 20), Segment("a.y", 3, 7)]
    assert cut(segments, offset, amount) == [Segment(*each) for each in found]


def test_a_row_is_named_by_list_offset_and_amount() -> None:
    assert row_id(h(3), 12, 500) == f"{h(3)}/12-500"
    assert gift_id(h(3), None) == h(3)
