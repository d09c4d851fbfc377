"""`GET /v1/agreements`: what is agreed and due, in one answer.

Goal: each list has what the ledger has, and what is past its date says so at the very second.
Method: a small node, one reservation, loan, requisition and claim, asked on both sides of their dates.
"""

from typing import Any

from apis import Place
from ledgers import DAY, EVERYWHERE, test_key

WHO = "red/oda"


def play(node: Place) -> tuple[int, dict[str, str]]:
    """One of each; the time at which they were said, and their ids."""
    actor = {"id": WHO, "person": "oda", "roles": ["manager", "commander"], "scope": EVERYWHERE}
    key = {"public": test_key(WHO).public.hex(), "use": "author", "actor": WHO}
    replies = [
        node.say("member.enrol", {"actors": [actor]}, "red/ana", "blue/eve"),
        node.say("key.enrol", key, "red/ana"),
    ]
    now = node.wall.now()
    line = {"condition": "good", "item": "n95", "quantity": 1, "serials": ["S-1"]}
    gift = {
        "lines": [line, line | {"serials": ["S-2"]}],
        "site": "depot",
        "source": {"kind": "gift"},
    }
    replies.append(node.say("stock.receive", gift, "red/chen", "red/dai"))
    lot = f"{replies[-1].statement}/0"
    reserve = {"item": "n95", "purpose": "food", "quantity": 1, "site": "depot", "until": now + DAY}
    lend = {"borrower": "blue", "due": now + DAY, "from": "depot", "lot": lot, "to": "point"}
    window = {"from": now, "to": now + 9 * DAY}
    goods = [{"item": "n95", "quantity": 5}]
    order = {"basis": "Act, article 31", "goods": goods, "number": "17", "window": window}
    said = {
        "reserve": node.say("stock.reserve", reserve, WHO),
        "lend": node.say("asset.lend", lend, WHO, "blue/eve"),
        "order": node.say("requisition.order", order, WHO),
    }
    accept = {
        "confirmed": True,
        "currency": "CNY",
        "lines": [{"condition": "good", "item": "n95", "price": 70, "quantity": 5}],
        "order": said["order"].statement,
        "owner": "blue",
        "payee": "7" * 64,
        "site": "depot",
    }
    said["accept"] = node.say("requisition.accept", accept, "red/chen", "red/dai")
    replies += said.values()
    assert [reply.code for reply in replies] == ["ok"] * len(replies), replies
    node.settle()
    return now, {name: str(reply.statement) for name, reply in said.items()}


async def test_agreements(client: Any, node: Place) -> None:
    now, ids = play(node)
    found = (await client.get(f"/v1/agreements?at={now + DAY - 1}")).json()
    [kept] = found["reserved"]
    assert (kept["site"], kept["item"], kept["granted"]) == ("depot", "n95", 1)
    assert (await client.get(kept["row"])).status_code == 200
    [loan] = found["loans"]
    assert (loan["loan"], loan["borrower"], loan["overdue"]) == (ids["lend"], "blue", False)
    [one] = found["requisitions"]
    assert (one["owed"], one["paid"], one["done"]) == (70, 0, False)
    assert one["goods"] == [{"accepted": 5, "back": 0, "item": "n95"}]
    assert found["projects"] == []
    at_due = (await client.get(f"/v1/agreements?at={now + DAY}")).json()
    assert (at_due["reserved"], at_due["loans"][0]["overdue"]) == ([], False)
    after = (await client.get(f"/v1/agreements?at={now + DAY + 1}")).json()
    assert after["loans"][0]["overdue"]
    assert (await client.get(f"/v1/agreements?at={now}&site=point")).json()["reserved"] == []
    assert len((await client.get(f"/v1/agreements?at={now}&site=depot")).json()["reserved"]) == 1
    assert (await client.get("/v1/agreements?site=NO")).status_code >= 400
