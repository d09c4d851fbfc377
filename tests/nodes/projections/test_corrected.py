"""Corrections in the views: figures that add up follow them, and every gift has its own positions.

Goal: `docs/spec/projections.md`, corrections: after one, the views say of payments, shipments and
gifts what the state says, whether it restored or booked a difference.
Method: one correction a row of a table on the small relief operation, the figures of the view before
and after; every history is also held against the state tables, and rebuilt from the log.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corrections import DAI, GENERAL, Relief, came, instruction, sent
from projections import LedgerSource, all_digests, check_against_state, lite, rows
from sqlalchemy import Engine

from nodes.projections import holdings
from nodes.projections.nounviews import Disbursement, Donation, ShipmentLine
from nodes.projections.projector import Projector
from nodes.projections.queries import reading
from nodes.projections.views import Leg, Origin

PAID, FAILED, RETURNED = "disbursement.paid", "disbursement.failed", "disbursement.returned"
INSTRUCT, RECEIVE, COVER = "disbursement.instruct", "donation.receive", "fund.cover"
DISPATCH, ARRIVE = "shipment.dispatch", "shipment.arrive"


@pytest.fixture
def relief() -> Relief:
    return Relief()


def views(relief: Relief, folder: Path, name: str = "one") -> Engine:
    """Views of the log so far: as the state, and the same from the log's beginning in one go."""
    engine, again = lite(folder, name), lite(folder, f"{name}-again")
    projector = Projector(engine, LedgerSource(relief.ledger))
    while projector.advance(most=1):
        pass
    check_against_state(engine, relief.ledger.memory)
    Projector(again, LedgerSource(relief.ledger)).catch_up()
    assert all_digests(engine) == all_digests(again)
    return engine


# ---- payments -----------------------------------------------------------------------------------


Tell = Callable[[Relief, str], tuple[Any, list[tuple[str, Any]]]]
"""From an instruction of 1,000: the targets of a correction, and its replacements."""


def paid_less(relief: Relief, told: str) -> tuple[Any, list[tuple[str, Any]]]:
    return relief.pay(told, 900), [(PAID, relief.payment(told, 400))]


def paid_more(relief: Relief, told: str) -> tuple[Any, list[tuple[str, Any]]]:
    return relief.pay(told, 900), [(PAID, relief.payment(told, 1_300))]


def never_paid(relief: Relief, told: str) -> tuple[Any, list[tuple[str, Any]]]:
    return relief.pay(told, 900), []


def paid_less_after_some_came_back(relief: Relief, told: str) -> tuple[Any, list[tuple[str, Any]]]:
    target = relief.pay(told, 900)
    relief.come_back(told, 100)
    return target, [(PAID, relief.payment(told, 850))]


def paid_more_after_some_came_back(relief: Relief, told: str) -> tuple[Any, list[tuple[str, Any]]]:
    target = relief.pay(told, 900)
    relief.come_back(told, 100)
    return target, [(PAID, relief.payment(told, 1_050))]


def did_not_fail(relief: Relief, told: str) -> tuple[Any, list[tuple[str, Any]]]:
    relief.pay(told, 400)
    return relief.fail(told), []


def paid_and_not_failed(relief: Relief, told: str) -> tuple[Any, list[tuple[str, Any]]]:
    return [relief.fail(told)], []


def less_came_back(relief: Relief, told: str) -> tuple[Any, list[tuple[str, Any]]]:
    relief.pay(told, 900)
    return relief.come_back(told, 600), [(RETURNED, relief.payment(told, 150))]


def never_instructed(relief: Relief, told: str) -> tuple[Any, list[tuple[str, Any]]]:
    return told, []


@pytest.mark.parametrize(
    ("tell", "figures"),
    [
        # amount, paid, back, beyond
        (paid_less, (1_000, 400, 0, 0)),
        (paid_more, (1_000, 1_000, 0, 300)),
        (never_paid, (1_000, 0, 0, 0)),
        (paid_less_after_some_came_back, (1_000, 750, 150, 0)),
        (paid_more_after_some_came_back, (1_050, 950, 100, 0)),
        (did_not_fail, (1_000, 400, 0, 0)),
        (paid_and_not_failed, (1_000, 0, 0, 0)),
        (less_came_back, (1_000, 750, 150, 0)),
        (never_instructed, (1_000, 0, 1_000, 0)),
    ],
)
def test_what_was_paid_and_came_back_follows_corrections(
    relief: Relief, tmp_path: Path, tell: Tell, figures: tuple[int, ...]
) -> None:
    relief.gift(5_000)
    told = relief.instruct(1_000)
    targets, replacements = tell(relief, told)
    assert relief.correct(targets, *replacements).code in ("ok", "flagged")
    (row,) = rows(views(relief, tmp_path), Disbursement)
    assert (row["amount"], row["paid"], row["back"], row["beyond"]) == figures


def test_two_payments_corrected_together_keep_their_figures_apart(
    relief: Relief, tmp_path: Path
) -> None:
    relief.gift(5_000)
    told = [relief.instruct(1_000), relief.instruct(500)]
    pays = [relief.pay(told[0], 1_200), relief.pay(told[1], 500)]
    answer = relief.correct(
        pays, (PAID, relief.payment(told[0], 900)), (PAID, relief.payment(told[1], 700))
    )
    assert answer.code == "flagged"
    found = {row["statement"]: row for row in rows(views(relief, tmp_path), Disbursement)}
    assert [(found[one]["paid"], found[one]["beyond"]) for one in told] == [(900, 0), (500, 200)]


def test_an_instruction_that_a_correction_brought_has_figures_of_its_own(
    relief: Relief, tmp_path: Path
) -> None:
    relief.gift(5_000)
    told = relief.instruct(1_000)
    paid = relief.pay(told, 1_000)
    payment = {"amount": 800, "instruction": "#0", "reference": relief.fresh()}
    answer = relief.correct(
        [told, paid], (INSTRUCT, instruction(900, "free", GENERAL)), (PAID, payment)
    )
    found = {row["statement"]: row for row in rows(views(relief, tmp_path), Disbursement)}
    assert (found[told]["paid"], found[told]["back"]) == (0, 1_000)
    new = found[answer.statement]
    assert (new["amount"], new["paid"], new["back"]) == (900, 800, 0)


# ---- shipments ----------------------------------------------------------------------------------


def shipped(engine: Engine, dispatch: str) -> tuple[int, int, int]:
    """Sent, arrived, lost of the one item of a dispatch."""
    (row,) = (row for row in rows(engine, ShipmentLine) if row["statement"] == dispatch)
    return row["sent"], row["arrived"], row["lost"]


@pytest.mark.parametrize(
    ("truth", "figures"),
    [
        (("arrive", 60, 0), (100, 60, 0)),
        (("arrive", 70, 20), (100, 70, 20)),
        (("arrive", 0, 0), (100, 0, 0)),
        (("sent", 90, 0), (90, 80, 0)),
        (("sent", 110, 0), (110, 80, 0)),
    ],
)
def test_what_was_sent_and_arrived_follows_corrections(
    relief: Relief, tmp_path: Path, truth: tuple[str, int, int], figures: tuple[int, int, int]
) -> None:
    lot = f"{relief.receive('rice', 500)}/0"
    dispatch = relief.dispatch(lot, 100)
    arrival = relief.arrive(dispatch, "rice", 80)
    what, n, lost = truth
    if what == "sent":
        answer = relief.correct(dispatch, (DISPATCH, sent(lot, n)))
    elif n:
        answer = relief.correct(arrival, (ARRIVE, came(dispatch, "rice", n, 0, lost)))
    else:
        answer = relief.correct(arrival)
    assert answer.code in ("ok", "flagged"), answer
    assert shipped(views(relief, tmp_path), dispatch) == figures


def test_a_dispatch_undone_was_not_sent_and_its_order_is_open_again(
    relief: Relief, tmp_path: Path
) -> None:
    lot = f"{relief.receive('rice', 500)}/0"
    line = {"item": "rice", "quantity": 100}
    until = relief.ledger.time + 86_400
    order = relief.ok(
        "shipment.order",
        {"from": "depot", "lines": [line], "to": "point", "until": until},
        "red/ana",
    )
    dispatch = relief.dispatch(lot, 100, order=order)
    before = views(relief, tmp_path)
    assert shipped(before, order)[0] == 100
    assert relief.correct(dispatch).code == "ok"
    after = views(relief, tmp_path, "two")
    assert shipped(after, dispatch) == (0, 0, 0)
    assert shipped(after, order)[0] == 0
    (leg,) = (row for row in rows(after, Leg) if row["statement"] == order)
    assert (leg["closed"], leg["left"]) == (-1, 1)


def test_a_dispatch_and_its_arrival_replaced_together(relief: Relief, tmp_path: Path) -> None:
    lot = f"{relief.receive('rice', 500)}/0"
    dispatch = relief.dispatch(lot, 100)
    arrival = relief.arrive(dispatch, "rice", 100)
    answer = relief.correct(
        [dispatch, arrival], (DISPATCH, sent(lot, 120)), (ARRIVE, came("#0", "rice", 110, 0, 5))
    )
    assert answer.code == "flagged"  # no order stands behind it
    engine = views(relief, tmp_path)
    assert shipped(engine, dispatch) == (0, 0, 0)
    assert shipped(engine, answer.statement) == (120, 110, 5)


# ---- gifts --------------------------------------------------------------------------------------


def labels(engine: Engine, gift: str) -> Any:
    with reading(engine) as session:
        found = holdings.donation(session, gift)
        return found and dict(found.labels)


def test_a_cover_and_gifts_replaced_together_each_have_their_positions(
    relief: Relief, tmp_path: Path
) -> None:
    gift = relief.gift(100)
    cover = relief.cover(50)
    answer = relief.correct(
        [gift, cover],
        (COVER, {"amount": 70, "line": GENERAL, "reference": relief.fresh()}),
        (RECEIVE, relief.donation(70)),
        (RECEIVE, relief.donation(30)),
    )
    assert answer.code == "ok"
    engine = views(relief, tmp_path)
    assert labels(engine, gift) == {"void": 100}
    assert labels(engine, answer.statement) is None
    assert labels(engine, f"{answer.statement}/0") is None  # it is no gift
    assert labels(engine, f"{answer.statement}/1") == {"free": 70}
    assert labels(engine, f"{answer.statement}/2") == {"free": 30}
    origins = {row["low"]: row["statement"] for row in rows(engine, Origin)}
    assert [origins[low] for low in (150, 220, 290)] == [
        answer.statement,
        f"{answer.statement}/1",
        f"{answer.statement}/2",
    ]


def test_two_gifts_of_which_differences_are_booked_keep_their_own(
    relief: Relief, tmp_path: Path
) -> None:
    gifts = [relief.gift(100), relief.gift(200)]
    relief.allocate(250)
    answer = relief.correct(gifts, (RECEIVE, relief.donation(90)), (RECEIVE, relief.donation(260)))
    assert answer.code in ("ok", "flagged")
    engine = views(relief, tmp_path)
    assert labels(engine, gifts[0]) == {"void": 10, "allocated": 90}
    assert labels(engine, gifts[1]) == {"allocated": 150, "free": 110}
    assert {row["statement"] for row in rows(engine, Donation)} == {*gifts}


def test_a_gift_of_a_correction_is_followed_on(relief: Relief, tmp_path: Path) -> None:
    gifts = [relief.gift(100), relief.gift(200)]
    first = relief.correct(gifts, (RECEIVE, relief.donation(110)), (RECEIVE, relief.donation(220)))
    two = f"{first.statement}/1"
    assert (
        relief.say("donation.refund", {"amount": 20, "donation": two}, "red/ana", DAI).code == "ok"
    )
    engine = views(relief, tmp_path)
    assert labels(engine, two) == {"free": 200, "refunded": 20}
    with reading(engine) as session:
        found = holdings.donation(session, two)
        assert found is not None and found.entry.statement == first.statement
        assert found.donation.amount == 220
