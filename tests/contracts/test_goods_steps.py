"""Goods through the whole state machine.

Goal: what the kinds promise holds with signatures, batches, deadlines and the size of entries around
them: a life of goods from the donor to a household, a reservation that lapses by itself, an arrival that
waits for its dispatch, a receipt whose effects are too large to be logged.
Method: signed statements of a small founded ledger, batch by batch; the entries are read back.
"""

from typing import Any

import pytest
from ledgers import DAY, TestLedger, founded

from ledger.entry import AutoEntry, parse_entry

TAG = "0123456789abcdef" * 2
MANAGER, STORE, SHIP, HAND, APPROVE = "red/ana", "red/chen", "red/dai", "red/chen", "red/dai"


def gift(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"lines": list(lines), "site": "depot", "source": {"kind": "gift"}}


def rice(quantity: int, **rest: Any) -> dict[str, Any]:
    return {"condition": "good", "item": "rice", "quantity": quantity, **rest}


def outcome(ledger: TestLedger, index: int | None) -> Any:
    assert index is not None
    entry = parse_entry(ledger.memory.entries[index])
    return entry.outcome  # type: ignore[union-attr]


@pytest.fixture
def ledger() -> TestLedger:
    return founded()


def said(ledger: TestLedger, kind: str, body: Any, *actors: str, **changes: Any) -> Any:
    """The answer to a statement, with the statement's id; it must be applied without a flag."""
    answer = ledger.say(kind, body, *actors, **changes)
    assert answer.code == "ok", (answer, outcome(ledger, answer.index) if answer.index else None)
    return answer


def ordered(ledger: TestLedger, quantity: int) -> dict[str, Any]:
    return {
        "from": "depot",
        "lines": [{"item": "rice", "quantity": quantity}],
        "to": "point",
        "until": ledger.time + 600,
    }


def test_from_a_donor_to_a_household(ledger: TestLedger) -> None:
    came = said(ledger, "stock.receive", gift(rice(10_000)), STORE, SHIP).statement
    order = said(ledger, "shipment.order", ordered(ledger, 6_000), MANAGER).statement
    sent = said(
        ledger,
        "shipment.dispatch",
        {
            "from": "depot",
            "lines": [{"lot": f"{came}/0", "quantity": 6_000}],
            "order": order,
            "to": "point",
            "waybill": "SF-1",
        },
        SHIP,
    ).statement
    line = {"damaged": 100, "good": 5_800, "item": "rice", "lost": 100}
    arrived = said(
        ledger,
        "shipment.arrive",
        {"dispatch": sent, "lines": [line], "site": "point"},
        "blue/eve",
    ).statement
    seals = {name: "ab" * 32 for name in ("address", "document", "name", "phone")}
    said(
        ledger,
        "household.enrol",
        {
            "area": "east",
            "bank_verified": False,
            "persons": 3,
            "programme": "flood-27",
            "seals": seals,
            "tag": TAG,
        },
        "red/chen",
        "blue/fay",
    )
    said(
        ledger,
        "entitlement.issue",
        {
            "cycle": "week-1",
            "lines": [{"item": "rice", "quantity": 500}],
            "programme": "flood-27",
            "purpose": "food",
            "tags": [TAG],
            "window": {"from": ledger.time, "to": ledger.time + DAY},
        },
        MANAGER,
    )
    lines = [{"lot": f"{arrived}/0", "quantity": 500}]
    right = {"cycle": "week-1", "purpose": "food", "tag": TAG}
    body = {"entitlement": right, "lines": lines, "site": "point"}
    too_much = {**body, "lines": [{"lot": f"{arrived}/0", "quantity": 501}]}
    refused = ledger.say("disbursement.release", too_much, "blue/fay", APPROVE)
    assert refused.code == "not_enough"
    assert outcome(ledger, refused.index) == {"code": "not_enough", "effects": {}}
    release = said(ledger, "disbursement.release", body, "blue/fay", APPROVE).statement
    given = said(
        ledger,
        "disbursement.handout",
        {
            "cycle": "week-1",
            "purpose": "food",
            "release": release,
            "rows": [{"lines": lines, "tag": TAG}],
            "site": "point",
        },
        "blue/fay",
    )
    said(
        ledger,
        "delivery.confirm",
        {"by": "pin", "handout": given.statement, "row": 0, "state": "received"},
        "red/dai",
    )
    assert outcome(ledger, given.index)["effects"] == {
        "lots": [
            ["spent", f"{arrived}/0", 5_800],
            ["made", f"{given.statement}/r0", "rice", 5_300, "site:point"],
        ],
        "moves": [["rice", "site:point", "given:household", 500]],
    }
    assert ledger.memory.table("reserved") == {}
    row = ledger.memory.table("entitlements")[f"{TAG}/week-1/food"]
    assert b'"left":[["rice",0]]' in row


def test_an_order_lapses_by_itself(ledger: TestLedger) -> None:
    said(ledger, "stock.receive", gift(rice(10)), STORE, SHIP)
    order = said(ledger, "shipment.order", ordered(ledger, 10), MANAGER)
    assert ledger.memory.table("reserved") == {"rice/depot": b"10"}
    ledger.time += 600
    ledger.run()
    auto = parse_entry(ledger.memory.entries[-2])
    assert isinstance(auto, AutoEntry)
    assert (auto.kind, auto.body) == ("deadline.pass", {"leg": order.statement})
    assert auto.cause.entry == order.index
    assert ledger.memory.table("reserved") == {}
    assert ledger.run() == ()
    assert ledger.steps[-1].is_empty


def test_an_arrival_waits_for_its_dispatch(ledger: TestLedger) -> None:
    came = said(ledger, "stock.receive", gift(rice(10)), STORE, SHIP).statement
    out = {"from": "depot", "lines": [{"lot": f"{came}/0", "quantity": 10}], "to": "point"}
    dispatch = ledger.statement("shipment.dispatch", out, SHIP)
    line = {"damaged": 0, "good": 10, "item": "rice", "lost": 0}
    body = {"dispatch": dispatch.id, "lines": [line], "site": "point"}
    arrival = ledger.statement("shipment.arrive", body, "blue/eve")
    (answer,) = ledger.run(arrival)
    assert (answer.code, answer.index) == ("unknown_reference", None)
    # In one batch with its dispatch before it, it is taken at once.
    assert [answer.code for answer in ledger.run(dispatch, arrival)] == ["flagged", "ok"]
    assert ledger.memory.table("accounts")["rice/site:point"] == b'"10"'


def test_an_arrival_that_waited_long_enough_is_found(ledger: TestLedger) -> None:
    said(ledger, "stock.receive", gift(rice(10)), STORE, SHIP)
    line = {"damaged": 0, "good": 10, "item": "rice", "lost": 0}
    body = {"dispatch": "00" * 32, "lines": [line], "site": "point"}
    arrival = ledger.statement("shipment.arrive", body, "blue/eve")
    ledger.time += DAY - 1
    assert ledger.run(arrival)[0].code == "unknown_reference"
    ledger.time += 1
    (answer,) = ledger.run(arrival)
    assert answer.code == "flagged"
    assert outcome(ledger, answer.index)["effects"]["moves"] == [
        ["rice", "found:point", "site:point", 10]
    ]


def test_effects_that_do_not_fit_an_entry(ledger: TestLedger) -> None:
    lines = [rice(number + 1) for number in range(200)]
    answer = said(ledger, "stock.receive", gift(*lines), STORE, SHIP)
    effects = outcome(ledger, answer.index)["effects"]
    assert effects["count"] == 400
    assert ledger.memory.table("accounts")["rice/site:depot"] == b'"20100"'


def test_the_same_goods_in_one_batch_or_in_many(ledger: TestLedger) -> None:
    """What a batch lays over the state is found there by lots, chains and reservations alike."""
    other = founded()
    roots = []
    for one in (ledger, other):
        came = one.statement("stock.receive", gift(rice(100), rice(50)), STORE, SHIP)
        count = one.statement(
            "stock.count",
            {"lines": [{"counted": 120, "item": "rice"}], "site": "depot"},
            "red/chen",
            "red/dai",
        )
        lines = [{"lot": f"{came.id}/0", "quantity": 60}, {"lot": f"{came.id}/1", "quantity": 60}]
        loss = one.statement(
            "stock.loss", {"cause": "expired", "lines": lines, "site": "depot"}, "red/chen"
        )
        order = one.statement("shipment.order", ordered(one, 1), MANAGER)
        statements = (came, order, count, loss)
        if one is ledger:
            answers = one.run(*statements)
        else:
            answers = tuple(one.run(statement)[0] for statement in statements)
        assert [answer.code for answer in answers] == ["ok", "ok", "flagged", "flagged"]
        tables = ("accounts", "lots", "heads", "reserved", "totals", "breaches")
        roots.append({name: one.memory.table(name) for name in tables})
    assert roots[0] == roots[1]
