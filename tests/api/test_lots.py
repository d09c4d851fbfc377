"""`GET /v1/lots`: the lots that live at a site, page by page.

Goal: every lot that lives at the site and no other, each once, in every size of page; each has its
proof; what was drawn on, or lies elsewhere, is not there; parameters out of form are problems.
Method: a ledger on which rice comes, is split and sent on; pages of each size put together.
"""

from typing import Any

import pytest
from apis import Place, play

from ledger.proofs.stateproof import parse_state_proof


@pytest.fixture(scope="module")
def said(node: Place) -> dict[str, str]:
    return play(node)


@pytest.fixture(scope="module")
def split(node: Place, said: dict[str, str]) -> str:
    """A receipt of rice and masks at the depot, the rice split into seven."""
    lines = [
        {"condition": "good", "item": item, "quantity": 7_000} for item in ("rice", "n95", "rice")
    ]
    body: dict[str, Any] = {"lines": lines, "site": "depot", "source": {"kind": "gift"}}
    came = node.say("stock.receive", body, "red/chen", "red/dai")
    assert came.code == "ok" and came.statement is not None
    parts = {"lot": f"{came.statement}/0", "quantities": [1_000] * 6, "site": "depot"}
    assert node.say("stock.split", parts, "red/dai").code == "ok"
    node.settle()
    return came.statement


async def lots(client: Any, query: str) -> dict[str, Any]:
    reply = await client.get(f"/v1/lots?{query}")
    assert reply.status_code == 200, reply.text
    value: dict[str, Any] = reply.json()
    return value


async def test_what_lives_there_and_nothing_else(
    node: Place, client: Any, said: dict[str, str], split: str
) -> None:
    answer = await lots(client, "site=depot&limit=1000")
    assert answer["as_of"]["size"] == answer["log_size"] == node.node.size()
    names = [each["lot"] for each in answer["lots"]]
    assert f"{split}/0" not in names, "it was split"
    assert {f"{split}/1", f"{split}/2"} <= set(names)
    assert len(names) == len(set(names)) and "next" not in answer
    sums: dict[str, int] = {}
    for each in answer["lots"]:
        sums[each["item"]] = sums.get(each["item"], 0) + each["units"]
    # As the accounts of the site say it, which proofs stand behind.
    balances = (await client.get("/v1/balances?limit=200")).json()["balances"]
    accounts = {
        row["commodity"]: int(row["units"]) for row in balances if row["account"] == "site:depot"
    }
    assert sums == accounts
    (rice,) = [each for each in answer["lots"] if each["lot"] == f"{split}/2"]
    assert (rice["item"], rice["units"]) == ("rice", 7_000)
    proof = await client.get(rice["proof"])
    assert parse_state_proof(proof.content).is_present
    assert (await lots(client, "site=point"))["lots"] == []
    assert (await lots(client, "site=nowhere"))["lots"] == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1_000])
async def test_pages_of_each_size_hold_every_lot_once(client: Any, split: str, limit: int) -> None:
    whole = (await lots(client, "site=depot&limit=1000"))["lots"]
    assert len(whole) >= 9
    found, after = [], ""
    for _ in range(len(whole) + 1):
        page = await lots(client, f"site=depot&limit={limit}&after={after}")
        assert len(page["lots"]) <= limit
        found += page["lots"]
        if "next" not in page:
            break
        assert page["next"] > after
        after = page["next"]
    assert found == whole
    keys = [(each["item"], each["lot"]) for each in whole]
    assert keys == sorted(keys)


async def test_one_item_alone(client: Any, split: str) -> None:
    masks = (await lots(client, "site=depot&item=n95"))["lots"]
    assert masks and {each["item"] for each in masks} == {"n95"}
    assert (await lots(client, "site=depot&item=nothing"))["lots"] == []


@pytest.mark.parametrize(
    "query",
    ["", "site=", "site=A%20B", "site=depot&limit=0", "site=depot&limit=1001",
     "site=depot&item=%C3%A9", "site=depot&after=x", "site=depot&after=rice/x",
     f"site=depot&after=rice/{'ab' * 32}", "site=" + "x" * 49],
)  # fmt: skip
async def test_what_has_no_form(client: Any, query: str) -> None:
    reply = await client.get(f"/v1/lots?{query}")
    assert (reply.status_code, reply.json()["code"]) == (400, "bad_request")
