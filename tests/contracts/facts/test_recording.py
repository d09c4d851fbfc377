"""What entries add to the facts and take back: legs, releases, lapses, holds, corrections.

Goal: what is counted is what happened or may still happen, once: never twice because it had two
legs, never still because it lapsed, failed or was corrected.
Method: statements on a small book, told to the facts as the machine tells them; then the figures
that a contract would read, and the same rows made again from the events.
"""

from typing import Any

import pytest
from books import NOON
from feeding import Backfill, backfill
from goods import HAND, TAG, dispatch, draw, enrol, hand_out, issue, order, receive, release, stock
from goods import goods as line_of
from money import h
from toldbooks import Told

from contracts.catalogue.judged import OCCURRED_BACK_S, body_of, instant
from contracts.facts.definition import DAY_S, define
from contracts.facts.recording import (
    Applied,
    Noted,
    Turned,
    counts_as,
    drop,
    events_of,
    hold,
    record,
    take_back,
)
from contracts.facts.rows import listen, read
from ledger.entries.donation import Receive
from ledger.kinds import Nature, all_kinds
from ledger.members import Signers, find_actor
from ledger.shape import parse
from ledger.state import State

WEEK = 604_800
GIVEN = define(
    "disbursement.handout", "sum", "qty", match={"item_class": "food"}, by=["household"],
    window_s=WEEK,
)  # fmt: skip
ORDERS = define("shipment.order", "count", by=["to"])
SENT = define("shipment.dispatch", "sum", "qty", by=["to"], window_s=WEEK, bucket_s=DAY_S)
PAID = define("disbursement.instruct", "sum", "amount", by=["to"], window_s=WEEK)
GIFTS = define("donation.receive", "sum", "amount", by=["fund"], window_s=WEEK, bucket_s=DAY_S)
LARGEST = define("donation.receive", "max", "amount", by=["statement"])
ALL = [GIVEN, ORDERS, SENT, PAID, GIFTS, LARGEST]


def household(told: Told, *quantities: int) -> list[str]:
    """A household with a right to food, and lots for it."""
    enrol(told)
    lots = stock(told, "rice", *quantities)
    assert issue(told).code == "ok"
    return lots


def three(told: Told, index: Any, *values: Any) -> tuple[int, int, int]:
    """Counted, posted, open."""
    found = [told.fact(index, *values, wanted=one) for one in ("counted", "posted", "open")]
    return found[0], found[1], found[2]


def test_a_release_is_an_open_hand_out_until_the_hand_out() -> None:
    told = Told(ALL)
    (lot,) = household(told, 50)
    assert three(told, GIVEN, TAG) == (0, 0, 0)
    released = release(told, draw(lot, 4))
    assert released.code == "ok", released
    assert three(told, GIVEN, TAG) == (4, 0, 4)
    given = hand_out(told, (TAG, [draw(lot, 3)]), release=released.id)
    assert given.code == "ok", given
    assert three(told, GIVEN, TAG) == (3, 3, 0)


def test_a_release_that_lapses_counts_no_more() -> None:
    told = Told(ALL)
    (lot,) = household(told, 50)
    released = release(told, draw(lot, 4))
    told.lapse(released.id)
    assert three(told, GIVEN, TAG) == (0, 0, 0)


def test_what_is_late_counts_when_it_happened() -> None:
    told = Told(ALL)
    (lot,) = household(told, 50)
    told.occurred = told.time - WEEK
    hand_out(told, (TAG, [draw(lot, 3)]))
    assert told.fact(GIVEN, TAG) == 0
    told.occurred = told.time - WEEK + 1
    hand_out(told, (TAG, [draw(lot, 2)]))
    assert told.fact(GIVEN, TAG) == 2


def test_an_order_is_open_until_it_is_sent_or_lapses() -> None:
    told = Told(ALL)
    (lot,) = stock(told, "water", 50)
    first = order(told, water=10)
    second = order(told, water=5)
    assert three(told, ORDERS, "school") == (2, 0, 2)
    assert dispatch(told, draw(lot, 4), order=first.id).code == "ok"
    assert three(told, ORDERS, "school") == (2, 0, 2)
    assert dispatch(told, draw(lot, 6), order=first.id).code == "ok"
    assert three(told, ORDERS, "school") == (2, 1, 1)
    assert three(told, SENT, "school") == (10, 0, 10)
    told.lapse(second.id)
    assert three(told, ORDERS, "school") == (1, 1, 0)


def test_an_instruction_is_open_until_paid_and_gone_when_it_failed() -> None:
    told = Told(ALL)
    told.receive(1_000)
    first, second, third = told.instruct(100), told.instruct(30), told.instruct(7)
    assert three(told, PAID, h(7)) == (137, 0, 137)
    told.paid(first.id, 60)
    assert three(told, PAID, h(7)) == (137, 0, 137)
    told.paid(first.id, 40)
    told.failed(second.id)
    assert three(told, PAID, h(7)) == (107, 100, 7)
    told.paid(third.id, 7)
    told.returned(third.id, 7)
    assert three(told, PAID, h(7)) == (100, 100, 0)


def test_a_held_statement_counts_as_open_until_it_is_posted_or_dropped() -> None:
    told = Told(ALL)
    told.receive(1_000)
    kind = all_kinds()[("disbursement.instruct", 1)]
    body = {
        "area": "east", "draws": [{"amount": 50, "line": "relief.general"}],
        "payee": {"class": "vendor", "tag": h(7)}, "purpose": "food", "source": "free",
    }  # fmt: skip
    typed = parse(kind.body, body)[0]
    state = State(told.reader)
    book = told._book(state, told.next_id(), attested=False)
    it = told.judged(book, kind, typed)
    hold(state, told.listeners, it)
    held = book.index
    for pair, raw in state.changes().items():
        told.reader.put(pair, raw)
    told.reader.entries.append(b"{}")
    assert three(told, PAID, h(7)) == (50, 0, 50)

    posting = State(told.reader)
    later = told._book(posting, told.next_id(2), attested=False)
    since = posting.savepoint()
    kind.apply(later, typed)
    record(posting, told.listeners, Applied(told.judged(later, kind, typed), since, held=held))
    told.reader, kept = _stored(told, posting), told.reader
    assert three(told, PAID, h(7)) == (50, 0, 50)
    told.reader = kept
    dropping = State(told.reader)
    drop(dropping, told.listeners, held)
    told.reader = _stored(told, dropping)
    assert three(told, PAID, h(7)) == (0, 0, 0)


def _stored(told: Told, state: State) -> Any:
    """A reader with the changes of a state laid over it."""
    other = Told()
    for pair, raw in {**told.reader.values, **state.changes()}.items():
        other.reader.put(pair, raw)
    return other.reader


def test_before_it_is_judged_a_hand_out_is_no_longer_counted_with_its_release() -> None:
    told = Told(ALL)
    (lot,) = household(told, 50)
    released = release(told, draw(lot, 4))
    kind = all_kinds()[("disbursement.handout", 1)]
    body = {
        "cycle": "week-1", "purpose": "food", "release": released.id, "site": "depot",
        "rows": [{"lines": [draw(lot, 3)], "tag": TAG}],
    }  # fmt: skip
    typed = parse(kind.body, body)[0]
    state = State(told.reader)
    book = told._book(state, told.next_id(), attested=True)
    book.signers = _signers(state, HAND)
    since = state.savepoint()
    kind.apply(book, typed)
    applied = Applied(told.judged(book, kind, typed), since)
    assert read(state, GIVEN, [TAG], told.time) == 4
    take_back(state, told.listeners, applied)
    assert read(state, GIVEN, [TAG], told.time) == 0
    record(state, told.listeners, applied)
    assert read(state, GIVEN, [TAG], told.time) == 3


def _signers(state: State, name: str) -> Signers:
    actor = find_actor(state, name)
    assert actor is not None
    return Signers(state, actor, ())


def test_before_it_is_judged_a_correction_no_longer_counts_its_targets() -> None:
    told = Told(ALL)
    wrong = told.receive(500)
    kind = all_kinds()[("correction.declare", 1)]
    body: Any = {"replacements": [], "say": "x", "targets": [wrong.id], "why": "did_not_occur"}
    typed = parse(kind.body, body)[0]
    state = State(told.reader)
    book = told._book(state, told.next_id(), attested=False)
    take_back(state, told.listeners, Applied(told.judged(book, kind, typed), 0))
    assert read(state, GIFTS, ["relief"], told.time) == 0


# ---- corrections --------------------------------------------------------------------------------


def correction(told: Told, targets: list[Any], *replacements: tuple[str, Any]) -> list[Any]:
    """The events of a correction, as if it were the next entry."""
    kind = all_kinds()[("correction.declare", 1)]
    body = {
        "replacements": [{"body": one, "kind": name, "v": 1} for name, one in replacements],
        "say": "Read again.",
        "targets": targets,
        "why": "incorrect_data",
    }
    typed = parse(kind.body, body)[0]
    state = State(told.reader)
    book = told._book(state, told.next_id(), attested=False)
    book.replaced += [
        (name, parse(all_kinds()[(name, 1)].body, one)[0]) for name, one in replacements
    ]
    it = told.judged(book, kind, typed)
    events = events_of(Applied(it, state.savepoint()), ALL_KINDS)
    record(state, told.listeners, Applied(it, state.savepoint()))
    for pair, raw in state.changes().items():
        told.reader.put(pair, raw)
    told.reader.ids[book.statement] = len(told.reader.entries)
    told.reader.entries.append(told._entry(kind, body, None))
    told._count += 1
    return events


ALL_KINDS = sorted({one.of for one in ALL} | {"donation.list"})


def gift(amount: int, n: int = 5) -> tuple[str, dict[str, Any]]:
    seals = {"contact": h(1), "donor": h(2), "reference": h(3)}
    body = {"amount": amount, "line": "relief.general", "reference": h(n), "seals": seals}
    return "donation.receive", body


def test_a_correction_takes_its_target_back_at_its_own_time() -> None:
    told = Told(ALL)
    told.occurred = NOON - 3 * DAY_S
    wrong = told.receive(500)
    told.occurred = None
    told.receive(20)
    assert told.fact(GIFTS, "relief") == 520
    told.time = NOON + 3 * DAY_S
    events = correction(told, [wrong.id], gift(400))
    assert events[0] == Turned(None, wrong.index or 0, "gone")
    assert isinstance(events[1], Noted) and events[1].views[0]["at"] == NOON - 3 * DAY_S
    assert told.fact(GIFTS, "relief") == 420
    told.time = NOON + 4 * DAY_S  # the window has left the day on which it came
    assert told.fact(GIFTS, "relief") == 20


def test_a_correction_of_a_correction_leaves_undone_what_it_had_undone() -> None:
    told = Told(ALL)
    told.occurred = NOON - DAY_S
    wrong = told.receive(500)
    told.occurred = None
    first = told.next_id()
    correction(told, [wrong.id], gift(400))
    assert told.fact(GIFTS, "relief") == 400
    told.time += DAY_S
    events = correction(told, [first], gift(450, 6))
    assert events[-1].views[0]["at"] == NOON - DAY_S
    assert told.fact(GIFTS, "relief") == 450
    second = told.next_id(0)
    correction(told, [second])
    assert told.fact(GIFTS, "relief") == 0


# ---- in general ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nature", "occurred", "at"),
    [
        (Nature.AUTHORISATION, NOON - 5, NOON),
        (Nature.ATTESTATION, NOON - 5, NOON - 5),
        (Nature.ATTESTATION, NOON + 5, NOON),
        (Nature.ATTESTATION, NOON - OCCURRED_BACK_S, NOON - OCCURRED_BACK_S),
        (Nature.ATTESTATION, NOON - OCCURRED_BACK_S - 1, NOON - OCCURRED_BACK_S),
        (Nature.ATTESTATION, 0, NOON - OCCURRED_BACK_S),
    ],
)
def test_when_a_statement_counts(nature: Nature, occurred: int, at: int) -> None:
    assert instant(nature, time=NOON, occurred_at=occurred) == at


def test_a_line_of_a_release_counts_for_the_lines_that_follow() -> None:
    assert counts_as("disbursement.release")[1] == ("disbursement.handout", "open")
    assert counts_as("stock.loss") == (("stock.loss", "posted"),)
    assert counts_as("shipment.order") == (("shipment.order", "open"),)


def test_an_earlier_statement_is_found_by_its_body() -> None:
    told = Told()
    ran = told.receive(500)
    book = told._book(told.state(), told.next_id(), attested=False)
    found = body_of(book, ran.id, Receive)
    assert found is not None and found.amount == 500
    assert body_of(book, "00" * 32, Receive) is None
    assert body_of(book, "", Receive) is None


def test_an_index_made_later_has_the_same_rows_as_one_that_listened() -> None:
    told = Told(ALL)
    (lot,) = household(told, 50)
    told.receive(1_000)
    released = release(told, draw(lot, 4))
    hand_out(told, (TAG, [draw(lot, 3)]), release=released.id)
    paid = told.instruct(100)
    told.failed(paid.id)
    order(told, rice=5)
    late = Backfill(ALL, offset=28_800)
    for events in told.events:
        late.feed(events)
    assert late.rows() == told.reader.table("facts")
    assert late.rows()
    every = [event for events in told.events for event in events]
    assert backfill(every, [GIVEN], offset=28_800) == {
        key: value for key, value in late.rows().items() if key.startswith(GIVEN.id)
    }


def test_without_indexes_nothing_is_written_and_nothing_is_looked_at() -> None:
    told = Told()
    receive(told, line_of("rice", 5))
    assert told.reader.table("facts") == {}
    kind = all_kinds()[("donation.receive", 1)]
    typed = parse(kind.body, gift(5)[1])[0]

    class Untouched(State):
        def get(self, table: str, key: str) -> Any:
            raise AssertionError((table, key))

    state = Untouched(told.reader)
    book = told._book(state, told.next_id(), attested=True)
    record(state, listen([]), Applied(told.judged(book, kind, typed), 0))
    assert HAND


def test_a_wrong_row_of_a_list_is_taken_off_and_stays_off() -> None:
    lists = define("donation.list", "sum", "amount", by=["fund"], window_s=WEEK, bucket_s=DAY_S)
    told = Told([lists, GIFTS])
    manifest = {"root": h(9), "size": 64}
    body = {
        "count": 2, "file": h(8), "line": "relief.general", "manifest": manifest, "sequence": 1,
        "total": 700,
    }  # fmt: skip
    given = told.run("donation.list", body, *told.two("county", "treasurer"))
    assert given.code == "ok", given
    assert told.fact(lists, "relief") == 700
    way = {"index": 0, "path": []}
    paths = {"manifest": way, "record": [way, way]}
    row = {"amount": 300, "offset": 0, "paths": paths, "salts": {"amount": h(4), "offset": h(5)}}
    opened = {"row": row, "statement": given.id}
    first = told.next_id()
    correction(told, [opened], gift(200))
    assert (told.fact(lists, "relief"), told.fact(GIFTS, "relief")) == (400, 200)
    correction(told, [first])
    assert (told.fact(lists, "relief"), told.fact(GIFTS, "relief")) == (400, 0)
