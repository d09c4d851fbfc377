"""`GET /v1/situation`: what is in force now, by area and item, and cases without a word of them.

Goal: each list has what the ledger has, in force at the instant that is asked about, and nothing about who
complained or about what. Method: a small node, one statement of each kind, asked before and after.
"""

from typing import Any

from apis import Place
from ledgers import DAY, EVERYWHERE, test_key

ODA = "red/oda"
SUBJECT = f"household/{'7' * 32}"


def play(node: Place) -> int:
    """One of each; returns the time at which they were said."""
    roles = ["commander", "officer"]
    actor = {"id": ODA, "person": "oda", "roles": roles, "scope": EVERYWHERE}
    key = {"public": test_key(ODA).public.hex(), "use": "author", "actor": ODA}
    replies = [
        node.say("member.enrol", {"actors": [actor]}, "red/ana", "blue/eve"),
        node.say("key.enrol", key, "red/ana"),
    ]
    now = node.wall.now()
    window = {"from": now, "to": now + 9 * DAY}
    figure = {
        "area": "east", "item": "rice", "method": "register", "organisation": "red",
        "quantity": 500, "window": window,
    }  # fmt: skip
    price = {
        "area": "east", "at": now, "currency": "CNY", "item": "rice", "per": 1_000,
        "sources": ["a1" * 32], "unit_price": 650,
    }  # fmt: skip
    alert = {
        "alert": "flood-7", "areas": ["east"], "hazard": "flood", "level": 4, "until": now + DAY,
    }  # fmt: skip
    replies += [
        node.say("alert.declare", alert, ODA),
        node.say("need.declare", figure, ODA),
        node.say("forecast.publish", {**figure, "quantity": 800}, ODA),
        node.say("price.observe", price, ODA),
        node.say("case.open", {"class": "aid", "due": now + DAY, "subjects": [SUBJECT]}, ODA),
    ]
    assert [reply.code for reply in replies] == ["ok"] * len(replies)
    node.settle()
    return now


async def test_the_situation(client: Any, node: Place) -> None:
    now = play(node)
    found = (await client.get(f"/v1/situation?at={now + 1}")).json()
    [alert] = found["alerts"]
    assert (alert["alert"], alert["areas"], alert["level"]) == ("flood-7", ["east"], 4)
    assert [need["quantity"] for need in found["needs"]] == [500]
    assert [each["quantity"] for each in found["forecasts"]] == [800]
    [price] = found["prices"]
    assert (price["unit_price"], price["per"], price["sources"]) == (650, 1_000, 1)
    assert "until" not in price
    [case] = found["cases"]
    assert (case["class"], case["state"], case["due"]) == ("aid", "open", now + DAY)
    assert found["case_counts"] == [{"class": "aid", "count": 1, "state": "open"}]
    entry = (await client.get(f"/v1/entries/{alert['entry']}")).json()
    assert entry["payload"]["kind"] == "alert.declare"

    text = (await client.get("/v1/situation")).text
    assert SUBJECT not in text and "7" * 32 not in text
    later = (await client.get(f"/v1/situation?at={now + DAY}")).json()
    assert later["alerts"] == [] and later["needs"] and later["at"] == now + DAY
    assert (await client.get("/v1/situation?item=n95")).json()["prices"] == []
    assert (await client.get("/v1/situation?at=-1")).status_code == 400
    assert (await client.get("/v1/situation?item=Rice!")).status_code == 400
