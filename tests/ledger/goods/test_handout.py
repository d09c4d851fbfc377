"""`disbursement.release` and `.handout`: goods into people's hands.

Goal: a release gives away nothing that is not there, not usable, not due or kept for somebody else, and
says in its refusal how much is left; a hand-out is booked as it happened, once, and what went beyond
the right is a breach.
Method: each condition at its boundary, each way in which a release ends, the three forms of hand-outs.
"""

from typing import Any

import pytest
from books import Books
from goods import (
    HAND,
    NOWHERE,
    OTHER_TAG,
    TAG,
    draw,
    enrol,
    give,
    goods,
    hand_out,
    issue,
    merge,
    order,
    receive,
    release,
    right,
    split,
    stock,
)
from hypothesis import given
from hypothesis import strategies as st

KEY = f"{TAG}/week-1/food"


@pytest.fixture
def books() -> Books:
    books = Books()
    enrol(books)
    issue(books)
    return books


def left(books: Books, tag: str = TAG) -> Any:
    return books.row("entitlements", f"{tag}/week-1/food")["left"]


# ---- release ------------------------------------------------------------------------------------


def test_a_release_keeps_goods_and_right_for_a_quarter_of_an_hour(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    ran = release(books, draw(lot, 6))
    assert ran.code == "ok"
    assert ran.moves == []
    assert ran.effects.lots == ()
    assert books.reader.table("reserved") == {"rice/depot": 6, lot: 6}
    assert left(books) == [["rice", 4]]
    assert books.row("legs", ran.id) == {
        "due": books.time + 900,
        "entry": ran.index,
        "kind": "disbursement.release",
        "lapse": books.time + 900,
        "left": [["rice", 6]],
        "lots": [[lot, 6]],
        "right": KEY,
        "site": "depot",
    }


def test_a_release_lapses_and_gives_back_what_it_kept(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    ran = release(books, draw(lot, 6))
    lapsed = books.lapse(ran.id)
    assert books.reader.table("reserved") == {}
    assert left(books) == [["rice", 10]]
    assert books.row("legs", ran.id)["closed"] == lapsed.id


@pytest.mark.parametrize(("n", "code"), [(10, "ok"), (11, "not_enough")])
def test_no_more_than_the_right(books: Books, n: int, code: str) -> None:
    """The refusal of which the demo shows the sentence: asked, left, after which entry."""
    (lot,) = stock(books, "rice", 100)
    issued = books.row("entitlements", KEY)["entry"]
    ran = release(books, draw(lot, n))
    assert ran.code == code
    if code != "ok":
        assert ran.refusal is not None
        assert ran.refusal.where == "body.entitlement"
        key = f"{KEY}: rice"
        assert ran.refusal.values == {"key": key, "asked": n, "left": 10, "entry": issued}


def test_the_refusal_names_the_entry_that_took_the_rest(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    taken = hand_out(books, (TAG, [draw(lot, 7)]), release=release(books, draw(lot, 7)).id)
    assert taken.code == "ok"
    ran = release(books, draw(lot, 4))
    assert ran.refusal is not None
    assert ran.refusal.values["left"] == 3
    assert ran.refusal.values["entry"] == taken.index


def test_a_right_to_rice_is_none_to_masks(books: Books) -> None:
    (lot,) = stock(books, "mask", 5)
    ran = release(books, draw(lot, 1))
    assert ran.refusal is not None
    assert ran.refusal.values["left"] == 0


def test_two_releases_share_a_right(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    release(books, draw(lot, 6))
    assert release(books, draw(lot, 5)).code == "not_enough"
    assert release(books, draw(lot, 4)).code == "ok"


@pytest.mark.parametrize(("n", "code"), [(5, "ok"), (6, "not_enough")])
def test_no_more_than_the_lot(books: Books, n: int, code: str) -> None:
    (lot,) = stock(books, "rice", 5)
    stock(books, "rice", 100)
    ran = release(books, draw(lot, n))
    assert ran.code == code
    if ran.refusal is not None:
        assert ran.refusal.where == "body.lines[0]"
        assert ran.refusal.values == {"key": lot, "asked": 6, "left": 5, "entry": 2}


def test_a_lot_is_not_released_twice(books: Books) -> None:
    enrol(books, OTHER_TAG)
    issue(books, OTHER_TAG)
    (lot,) = stock(books, "rice", 5)
    stock(books, "rice", 100)
    release(books, draw(lot, 3))
    ran = release(books, draw(lot, 3), entitlement=right(OTHER_TAG))
    assert ran.refusal is not None
    assert ran.refusal.values["left"] == 2
    assert release(books, draw(lot, 2), entitlement=right(OTHER_TAG)).code == "ok"


def test_two_names_of_one_lot_do_not_make_it_larger(books: Books) -> None:
    a, b = stock(books, "rice", 3, 3)
    merge(books, draw(a, 3), draw(b, 3))
    assert release(books, draw(a, 4), draw(b, 3)).code == "not_enough"
    assert release(books, draw(a, 4), draw(b, 2)).code == "ok"


def test_what_an_order_keeps_is_not_released(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    order(books, rice=7)
    ran = release(books, draw(lot, 4))
    assert ran.refusal is not None
    assert ran.refusal.values == {"key": "rice/depot", "asked": 4, "left": 3}
    assert release(books, draw(lot, 3)).code == "ok"


@pytest.mark.parametrize("why", ["expired", "damaged", "held"])
def test_lots_that_may_not_be_used(books: Books, why: str) -> None:
    lot = receive(books, goods("rice", 5, expiry=books.time + 10)).lot()
    good = receive(books, goods("rice", 5)).lot()
    row = books.row("lots", lot)
    if why == "expired":
        books.time += 10
    elif why == "damaged":
        books.set("lots", lot, {**row, "condition": "damaged"})
    else:
        books.set("lots", lot, {**row, "hold": "ab" * 32})
    ran = release(books, draw(good, 1), draw(lot, 1))
    assert ran.code == "not_usable"
    assert ran.refusal is not None
    assert ran.refusal.where == "body.lines[1].lot"
    assert ran.refusal.values["key"] == lot
    assert release(books, draw(good, 1)).code == "ok"


def test_a_lot_is_usable_until_the_second_of_its_expiry(books: Books) -> None:
    lot = receive(books, goods("rice", 5, expiry=books.time + 10)).lot()
    books.time += 9
    assert release(books, draw(lot, 1)).code == "ok"


def test_the_window_of_a_right(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    start = books.time
    issue(books, cycle="later", window={"from": start + 5, "to": start + 10})
    later = {**right(), "cycle": "later"}
    for at, code in ((4, "not_eligible"), (5, "ok"), (9, "ok"), (10, "not_eligible")):
        books.time = start + at
        assert release(books, draw(lot, 1), entitlement=later).code == code, at


def test_a_retired_household_gets_nothing(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    books.set("households", TAG, {**books.row("households", TAG), "retired": "ab" * 32})
    assert release(books, draw(lot, 1)).code == "not_eligible"


def test_the_first_code_in_the_order_of_precedence(books: Books) -> None:
    """Too much of a damaged lot outside the window: eligibility, then use, then quantity."""
    lot = receive(books, goods("rice", 5, condition="damaged")).lot()
    start = books.time
    books.time += 8 * 86_400
    assert release(books, draw(lot, 99)).code == "not_eligible"
    books.time = start
    assert release(books, draw(lot, 99)).code == "not_usable"
    assert release(books, draw(stock(books, "rice", 5)[0], 99)).code == "not_enough"


def test_an_open_point_gives_to_whoever_comes(books: Books) -> None:
    (lot,) = stock(books, "water", 50, site="square")
    (other,) = stock(books, "water", 50)
    ran = release(books, draw(lot, 50), site="square", entitlement=None)
    assert ran.code == "ok"
    assert "right" not in books.row("legs", ran.id)
    assert release(books, draw(other, 1), site="depot", entitlement=None).code == "not_eligible"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"entitlement": {**right(), "tag": OTHER_TAG}}, "unknown_reference"),
        ({"entitlement": {**right(), "cycle": "week-9"}}, "unknown_reference"),
        ({"site": "nowhere"}, "unknown_reference"),
        ({"lines": [draw(f"{NOWHERE}/0", 1)]}, "unknown_reference"),
        ({"lines": []}, "malformed"),
    ],
)
def test_a_release_names_what_is_there(books: Books, change: dict[str, Any], code: str) -> None:
    (lot,) = stock(books, "rice", 100)
    body = {"lines": [draw(lot, 1)], "entitlement": right(), "site": "depot", **change}
    ran = books.run("disbursement.release", body, HAND, "relief/approver", waited=True)
    assert ran.code == code


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        ((HAND,), "no_authority"),
        (("county/approver", HAND), "no_authority"),
        ((HAND, "county/alias"), "same_person"),
        (("county/x", "relief/approver"), "no_authority"),
        ((HAND, "relief/approver"), "ok"),
    ],
)
def test_who_may_release(books: Books, signers: tuple[str, ...], code: str) -> None:
    books.add_actor("county/alias", "approver", person="distributor")
    books.add_actor("county/x", "distributor", sites=["square"])
    (lot,) = stock(books, "rice", 100)
    body = {"lines": [draw(lot, 1)], "entitlement": right(), "site": "depot"}
    assert books.run("disbursement.release", body, *signers).code == code


# ---- hand-out -----------------------------------------------------------------------------------


def test_a_hand_out_under_its_release(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    released = release(books, draw(lot, 6))
    ran = hand_out(books, (TAG, [draw(lot, 6)]), release=released.id)
    assert ran.code == "ok"
    assert ran.moves == [("rice", "site:depot", "given:household", 6)]
    assert books.reader.table("reserved") == {}
    assert left(books) == [["rice", 4]]
    assert books.row("legs", released.id)["closed"] == ran.id
    assert books.row("legs", ran.id) == {
        "confirmed": [],
        "drawn": [[0, "rice", 6]],
        "due": books.time + 14 * 86_400,
        "entry": ran.index,
        "kind": "disbursement.handout",
        "rows": 1,
        "site": "depot",
    }


def test_less_than_was_released_gives_the_rest_back(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    ran = hand_out(books, (TAG, [draw(lot, 2)]), release=release(books, draw(lot, 6)).id)
    assert ran.code == "ok"
    assert left(books) == [["rice", 8]]
    assert books.reader.table("reserved") == {}


def test_more_than_was_released_is_a_breach_though_the_right_reaches(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    released = release(books, draw(lot, 6))
    ran = hand_out(books, (TAG, [draw(lot, 8)]), release=released.id)
    assert ran.breaches == (("exceeded", f"leg/{released.id}", 2),)
    assert left(books) == [["rice", 2]]


def test_beyond_the_right_is_booked_and_flagged(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    released = release(books, draw(lot, 10))
    ran = hand_out(books, (TAG, [draw(lot, 13)]), release=released.id)
    assert ran.breaches == (
        ("exceeded", f"entitlement/{KEY}", 3),
        ("exceeded", f"leg/{released.id}", 3),
    )
    assert books.balance("rice", "given:household") == 13
    assert left(books) == [["rice", 0]]


@pytest.mark.parametrize("case", ["none", "unknown", "lapsed", "recorded", "used", "other"])
def test_without_an_open_release_goods_go_and_a_breach_is_named(books: Books, case: str) -> None:
    (lot,) = stock(books, "rice", 100)
    named = None
    if case in ("lapsed", "recorded", "used"):
        named = release(books, draw(lot, 1)).id
    if case == "recorded":
        books.lapse(named)
    if case == "lapsed":
        books.time += 900
    if case == "used":
        hand_out(books, (TAG, [draw(lot, 1)]), release=named)
    if case == "other":
        named = order(books, rice=1).id
    if case == "unknown":
        named = NOWHERE
        assert hand_out(books, (TAG, [draw(lot, 2)]), release=named).code == "unknown_reference"
    ran = hand_out(books, (TAG, [draw(lot, 2)]), release=named, waited=True)
    assert ran.breaches == (("not_open", f"leg/{named or 'release'}", 0),)
    assert ran.moves == [("rice", "site:depot", "given:household", 2)]


def test_a_release_for_somebody_else_does_not_fit(books: Books) -> None:
    enrol(books, OTHER_TAG)
    issue(books, OTHER_TAG)
    (lot,) = stock(books, "rice", 100)
    released = release(books, draw(lot, 6))
    ran = hand_out(books, (OTHER_TAG, [draw(lot, 6)]), release=released.id)
    assert ran.breaches == (("not_eligible", f"leg/{released.id}", 1),)
    assert left(books) == [["rice", 10]]
    assert left(books, OTHER_TAG) == [["rice", 4]]


def test_a_second_hand_out_beyond_the_lot_is_logged_too(books: Books) -> None:
    """Two devices, one lot: the first uses it, the second is an over-issue that somebody must explain."""
    enrol(books, OTHER_TAG)
    issue(books, OTHER_TAG)
    (lot,) = stock(books, "rice", 10)
    hand_out(books, (TAG, [draw(lot, 8)]))
    ran = hand_out(books, (OTHER_TAG, [draw(lot, 8)]))
    assert ("over_issue", "rice/over_issue:depot", 6) in ran.breaches
    assert books.balances("rice") == {
        "ext:donor": -10,
        "given:household": 16,
        "over_issue:depot": -6,
    }


def test_an_unknown_household_counts_as_open(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    rows = [(TAG, [draw(lot, 1)]), (OTHER_TAG, [draw(lot, 3)])]
    assert hand_out(books, *rows).code == "unknown_reference"
    ran = hand_out(books, *rows, waited=True)
    assert ran.breaches[1:] == (("unknown_reference", f"household/{OTHER_TAG}", 3),)
    assert books.balance("rice", "given:household") == 1
    assert books.balance("rice", "given:open") == 3


def test_households_without_a_right_or_outside_its_window(books: Books) -> None:
    enrol(books, OTHER_TAG)
    (lot,) = stock(books, "rice", 100)
    ran = hand_out(books, (OTHER_TAG, [draw(lot, 3)]))
    assert ran.breaches[1:] == (("exceeded", f"entitlement/{OTHER_TAG}/week-1/food", 3),)
    books.time += 7 * 86_400
    ran = hand_out(books, (TAG, [draw(lot, 3)]))
    assert ran.breaches[1:] == (("not_eligible", f"entitlement/{KEY}", 3),)
    books.set("households", TAG, {**books.row("households", TAG), "retired": "ab" * 32})
    ran = hand_out(books, (TAG, [draw(lot, 1)]))
    assert ("not_eligible", f"household/{TAG}", 1) in ran.breaches


def test_goods_that_should_not_have_gone_out_are_flagged(books: Books) -> None:
    lot = receive(books, goods("rice", 5, expiry=books.time + 10)).lot()
    books.time += 10
    ran = give(books, draw(lot, 3))
    assert ran.breaches == (("not_usable", f"lot/{lot}", 3),)
    assert books.balance("rice", "given:organisation") == 3


def test_lines_of_an_unknown_lot_move_nothing(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    unknown = f"{NOWHERE}/0"
    ran = hand_out(books, (TAG, [draw(unknown, 4), draw(lot, 1)]), waited=True)
    assert ran.breaches[1:] == (("unknown_reference", f"lot/{unknown}", 4),)
    assert left(books) == [["rice", 9]]


def test_many_households_in_one_statement(books: Books) -> None:
    tags = [f"{n:032x}" for n in range(120)]
    for tag in tags:
        books.set("households", tag, books.row("households", TAG))
    issue(books, *tags, cycle="week-2")
    (lot,) = stock(books, "rice", 1_200)
    ran = hand_out(books, *((tag, [draw(lot, 10)]) for tag in tags), cycle="week-2")
    assert ran.breaches == (("not_open", "leg/release", 0),)
    assert ran.moves == [("rice", "site:depot", "given:household", 10)] * 120
    assert ran.effects.lots == (("spent", lot, 1_200),)
    assert books.row("legs", ran.id)["rows"] == 120


def test_an_open_point_shows_totals_only(books: Books) -> None:
    (lot,) = stock(books, "water", 50, site="square")
    released = release(books, draw(lot, 50), site="square", entitlement=None)
    body = {
        "lines": [draw(lot, 48)],
        "manifest": {"root": "ab" * 32, "size": 64},
        "release": released.id,
        "site": "square",
    }
    ran = books.run("disbursement.handout", body, HAND)
    assert ran.code == "ok"
    assert ran.moves == [("water", "site:square", "given:open", 48)]
    assert books.row("legs", ran.id)["rows"] == 64
    assert books.reader.table("reserved") == {}


def test_an_organisation_needs_no_release(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    ran = give(books, draw(lot, 30))
    assert ran.code == "ok"
    assert ran.moves == [("rice", "site:depot", "given:organisation", 30)]
    assert give(books, draw(lot, 1), to="nobody").code == "unknown_reference"


def test_a_witness_co_signs_and_says_why(books: Books) -> None:
    (lot,) = stock(books, "rice", 100)
    body = {
        "confirmation": "witness",
        "lines": [draw(lot, 1)],
        "organisation": "relief",
        "site": "depot",
    }
    assert books.run("disbursement.handout", body, HAND).code == "malformed"
    body["reason"] = "card-lost"
    ran = books.run("disbursement.handout", body, HAND)
    assert ran.breaches == (("same_person", "cosigners", 1),)
    assert books.run("disbursement.handout", body, HAND, "relief/confirmer").code == "ok"


ROWS = [{"lines": [draw(f"{NOWHERE}/0", 1)], "tag": TAG}]
LINES = [draw(f"{NOWHERE}/0", 1)]
HALF = [{"lines": [draw(f"{NOWHERE}/{n}", 1) for n in range(33)], "tag": TAG}]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"rows": ROWS, "cycle": "c", "purpose": "p"}, "unknown_reference"),
        ({"lines": LINES, "organisation": "relief"}, "unknown_reference"),
        ({"lines": LINES, "manifest": {"root": "ab" * 32, "size": 64}}, "unknown_reference"),
        ({}, "malformed"),
        ({"lines": LINES}, "malformed"),
        ({"organisation": "relief"}, "malformed"),
        ({"rows": ROWS}, "malformed"),
        ({"rows": ROWS, "cycle": "c"}, "malformed"),
        ({"rows": ROWS, "cycle": "c", "purpose": "p", "lines": LINES}, "malformed"),
        ({"rows": ROWS, "cycle": "c", "purpose": "p", "organisation": "relief"}, "malformed"),
        ({"lines": LINES, "organisation": "relief", "cycle": "c", "purpose": "p"}, "malformed"),
        ({"lines": LINES, "manifest": {"root": "ab" * 32, "size": 65}}, "malformed"),
        ({"lines": LINES * 121, "organisation": "relief"}, "malformed"),
        ({"lines": LINES * 120, "organisation": "relief"}, "unknown_reference"),
        ({"rows": ROWS * 121, "cycle": "c", "purpose": "p"}, "malformed"),
        ({"rows": ROWS * 120, "cycle": "c", "purpose": "p"}, "unknown_reference"),
        ({"rows": HALF, "cycle": "c", "purpose": "p"}, "unknown_reference"),
        (
            {
                "lines": [draw(f"{NOWHERE}/{n}", 1) for n in range(65)],
                "organisation": "relief",
            },
            "malformed",
        ),
    ],
)
def test_the_three_forms_of_a_hand_out(books: Books, body: dict[str, Any], code: str) -> None:
    assert books.run("disbursement.handout", {"site": "depot", **body}, HAND).code == code


def test_parts_of_a_released_lot_may_be_cut_before_they_are_handed_out(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    released = release(books, draw(lot, 10))
    cut = split(books, lot, 5)
    lines = [draw(cut.lot(0), 5), draw(lot, 5)]
    assert hand_out(books, (TAG, lines), release=released.id).code == "ok"
    assert books.reader.table("reserved") == {}


# ---- anything in any order ----------------------------------------------------------------------

WORDS = st.tuples(
    st.sampled_from(["release", "release", "lapse", "give", "give", "order", "send"]),
    st.integers(1, 12),
    st.integers(0, 5),
)


@given(st.lists(WORDS, max_size=25))
def test_rights_and_reservations_against_a_plain_count(
    words: list[tuple[str, int, int]],
) -> None:
    """One household, one lot of 30, three numbers: what is due, what is there, what is kept."""
    books = Books()
    enrol(books)
    issue(books, lines=[{"item": "rice", "quantity": 20}])
    (lot,) = stock(books, "rice", 30)
    due, there, kept = 20, 30, 0
    open_releases: dict[str, int] = {}
    open_orders: dict[str, int] = {}
    for word, n, which in words:
        legs = {**open_releases, **open_orders}
        named = sorted(legs)[which % len(legs)] if legs else None
        if word == "release":
            ran = release(books, draw(lot, n))
            can = n <= due and n <= there - kept
            assert (ran.code == "ok") == can
            if can:
                open_releases[ran.id], due, kept = n, due - n, kept + n
        elif word == "order":
            ran = order(books, rice=n, days=90)
            assert (ran.code == "ok") == (n <= there - kept)
            if ran.code == "ok":
                open_orders[ran.id], kept = n, kept + n
        elif word == "lapse" and named in open_releases:
            start = books.time
            books.lapse(named)
            books.time = start
            kept, due = kept - legs[named], due + open_releases.pop(named)
        elif word == "give":
            ran = hand_out(books, (TAG, [draw(lot, n)]), release=named)
            if named in open_releases:
                kept, due = kept - legs[named], due + open_releases.pop(named)
            beyond = max(0, n - due)
            exceeded = ("exceeded", f"entitlement/{KEY}", beyond)
            assert (exceeded in ran.breaches) == (beyond > 0)
            due, there = due - n + beyond, there - min(n, there)
        elif word == "send":
            body = {"from": "depot", "lines": [draw(lot, n)], "to": "school"}
            if named is not None:
                body["order"] = named
            books.run("shipment.dispatch", body, "county/shipper")
            if named in open_orders:
                used = min(n, open_orders[named])
                kept -= used
                open_orders[named] -= used
                if not open_orders[named]:
                    del open_orders[named]
            there -= min(n, there)
        assert left(books) == [["rice", due]]
        assert (books.row("reserved", "rice/depot") or 0) == kept
        assert books.balance("rice", "site:depot") == there
