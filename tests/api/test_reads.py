"""What is read: entries, proofs, receipts, traces, figures, tiles, health.

Goal: every answer can be checked by whoever gets it, and says nothing that the ledger does not.
Method: a day of relief on a running node; whatever the API gives out is checked with the verifier's
own functions and the trust file of the ledger's governance, and figures are added up.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from apis import Place, place, play

from ledger.canon import b64decode
from ledger.entry import parse_entry
from ledger.log.checkpoint import open_checkpoint_text
from ledger.log.merkle import leaf_hash, root
from ledger.log.proof import check_proof, parse_proof
from ledger.log.tile import bundles_of, parse_bundle, tiles_of
from ledger.log.trust import TrustFile, parse_trust
from ledger.proofs.receiptcheck import check_receipt
from ledger.proofs.stateproof import check_row, check_state_proof, open_batch, parse_state_proof
from ledger.proofs.stateproof import read_state_proof as read_state


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("node")) as made:
        yield made


@pytest.fixture(scope="module")
def said(node: Place) -> dict[str, str]:
    return play(node)


@pytest.fixture(scope="module")
def trust(node: Place, said: dict[str, str]) -> TrustFile:
    data = node.node.trust_data()
    assert data is not None
    return parse_trust(data)


async def get(client: httpx.AsyncClient, path: str) -> Any:
    reply = await client.get(path)
    assert reply.status_code == 200, (path, reply.text)
    return reply.json()


# ---- entries, proofs, receipts -------------------------------------------------------------------


async def test_every_entry_and_its_proof(client: Any, trust: TrustFile, node: Place) -> None:
    for index in range(node.node.size()):
        entry = await get(client, f"/v1/entries/{index}")
        raw = b64decode(entry["raw"], thing="entry")
        assert parse_entry(raw) and entry["leaf"] == leaf_hash(raw).hex()
        assert entry["entry"] == json.loads(raw) and entry["index"] == index
        reply = await client.get(entry["links"]["proof"])
        proved = check_proof(parse_proof(reply.content), raw, trust)
        assert proved.index == index
        assert reply.headers["content-type"].startswith("text/plain")
        assert f"entry-{index}.tlog-proof" in reply.headers["content-disposition"]


async def test_every_statement_has_a_receipt_that_verifies(
    client: Any, said: dict[str, str], trust: TrustFile
) -> None:
    for name, statement in said.items():
        status = await get(client, f"/v1/statements/{statement}")
        assert status["state"] == "final", name
        reply = await client.get(status["links"]["receipt"])
        checked = check_receipt(reply.content, trust)
        assert checked.index == status["index"]
        assert checked.statement_id == statement
        assert str(checked.code) == status["code"]
        verdict = {"refused": "refused", "masks": "corrected"}.get(name, "verified")
        assert checked.verdict == verdict, name
        receipt = reply.json()
        assert receipt["shown"] == [] and "paths" not in receipt, "openings come by token only"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/entries/99999", 404),
        ("/v1/entries/99999/proof", 404),
        ("/v1/entries/-1", 400),
        ("/v1/entries/01", 400),
        ("/v1/entries/1_0", 400),
        ("/v1/entries/\uff11", 400),
        ("/v1/entries/9999999999999999", 400),
        (f"/v1/statements/{'ab' * 32}", 404),
        (f"/v1/statements/{'AB' * 32}", 400),
        ("/v1/statements/ab", 400),
        (f"/v1/receipts/{'ab' * 32}", 404),
        ("/v1/receipts/x", 400),
        (f"/v1/donations/{'ab' * 32}/trace", 404),
        (f"/v1/donations/{'ab' * 32}/0-0/trace", 400),
        ("/v1/donations/x/trace", 400),
        (f"/v1/lots/{'ab' * 32}/0/trace", 404),
        (f"/v1/lots/{'ab' * 32}/trace", 400),
        ("/v1/funds/nowhere", 404),
        ("/v1/funds/A B", 400),
        ("/v1/balances?limit=0", 400),
        ("/v1/balances?limit=201", 400),
        ("/v1/balances?side=middle", 400),
        ("/v1/state/nowhere/x", 404),
        ("/v1/state/accounts/" + "x" * 193, 404),
        ("/v1/nowhere", 404),
    ],
)
async def test_what_is_no_id_and_what_is_not_there(client: Any, path: str, status: int) -> None:
    reply = await client.get(path)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == ("not_found" if status == 404 else "bad_request")


async def test_a_batch_entry_has_no_receipt_link(client: Any, said: Any) -> None:
    assert "receipt" not in (await get(client, "/v1/entries/1"))["links"]


async def test_a_corrected_statement_shows_what_corrects_it(
    client: Any, said: dict[str, str], trust: TrustFile
) -> None:
    reply = await client.get(f"/v1/receipts/{said['masks']}")
    ((index, entry),) = check_receipt(reply.content, trust).corrections
    status = await get(client, f"/v1/statements/{said['correction']}")
    assert index == status["index"]
    assert entry.statement.body["say"] == "Row 14: 20,000 masks came, not 2,000"


async def test_a_store_that_kept_no_lists_says_corrected_without_the_text(
    client: Any, said: dict[str, str], trust: TrustFile, monkeypatch: Any
) -> None:
    monkeypatch.setattr("nodes.view.View.listed", lambda *_: [])
    reply = await client.get(f"/v1/receipts/{said['masks']}")
    checked = check_receipt(reply.content, trust)
    assert checked.verdict == "corrected" and checked.corrections == ()
    assert checked.standing is None, "governance is not shown, and nothing is made of it"


async def test_a_receipt_shows_all_of_governance(
    client: Any, said: dict[str, str], trust: TrustFile
) -> None:
    reply = await client.get(f"/v1/receipts/{said['masks']}")
    standing = check_receipt(reply.content, trust).standing
    assert standing is not None and standing.is_current
    genesis = await client.get("/v1/entries/0/proof")
    assert standing.governed.genesis_hash == leaf_hash(parse_proof(genesis.content).extra or b"")
    assert standing.governed.changes[0].kind == "genesis"


# ---- traces --------------------------------------------------------------------------------------


async def test_the_parts_of_a_gift_sum_to_it(client: Any, said: dict[str, str]) -> None:
    """The golden vector of the fund line, up to its first payment: A 8,000 paid and 2,000 set
    aside, B 2,000 set aside and 3,000 free, C free."""
    wanted = {
        "gift A": [("paid", 8_000), ("allocated", 2_000)],
        "gift B": [("allocated", 2_000), ("free", 3_000)],
        "gift C": [("free", 20_000)],
    }
    for name, parts in wanted.items():
        trace = await get(client, f"/v1/donations/{said[name]}/trace")
        assert [(part["state"], part["amount"]) for part in trace["parts"]] == parts
        assert sum(part["amount"] for part in trace["parts"]) == trace["amount"]
        assert "first in, first used" in trace["method"]
    paid = (await get(client, f"/v1/donations/{said['gift A']}/trace"))["parts"][0]
    assert (paid["payee_class"], paid["purpose"], paid["area"]) == ("vendor", "food", "east")
    instructed = await get(client, f"/v1/statements/{said['instructed']}")
    assert paid["statement"] == said["instructed"] and paid["entry"] == instructed["index"]


async def test_one_row_of_a_gift(client: Any, said: dict[str, str]) -> None:
    whole = (await get(client, f"/v1/donations/{said['gift A']}/trace"))["parts"]
    row = await get(client, f"/v1/donations/{said['gift A']}/7000-3000/trace")
    assert [(p["state"], p["amount"]) for p in row["parts"]] == [
        ("paid", 1_000),
        ("allocated", 2_000),
    ]
    assert row["parts"][-1]["to"] == whole[-1]["to"]
    beyond = await client.get(f"/v1/donations/{said['gift A']}/7000-3001/trace")
    assert beyond.status_code == 404


async def test_goods_down_to_where_they_went(client: Any, said: dict[str, str]) -> None:
    lot = f"{said['rice']}/0"
    trace = await get(client, f"/v1/lots/{lot}/trace?direction=down")
    out: dict[str, int] = {}
    into: dict[str, int] = {}
    for edge in trace["edges"]:
        out[edge["from"]] = out.get(edge["from"], 0) + edge["n"]
        into[edge["to"]] = into.get(edge["to"], 0) + edge["n"]
    for node in trace["nodes"]:
        if not node["lives"]:
            assert out[node["lot"]] == node["quantity"], "all of a spent lot went somewhere"
    assert into["given:organisation"] == 14_000 and into["lost:transport"] == 1_000
    living = sum(node["quantity"] for node in trace["nodes"] if node["lives"])
    assert living + 15_000 == 40_000
    assert trace["more"] == []


async def test_goods_up_to_where_they_came_from(client: Any, said: dict[str, str]) -> None:
    trace = await get(client, f"/v1/lots/{said['arrived']}/0/trace?direction=up")
    lots = [node["lot"] for node in trace["nodes"]]
    assert lots[0] == f"{said['arrived']}/0" and f"{said['rice']}/0" in lots
    rice = said["rice"]
    gift = {"from": "ext:donor", "n": 40_000, "statement": rice, "to": f"{rice}/0"}
    assert gift in trace["edges"]


async def test_a_trace_of_many_lots_stops_and_names_the_rest(
    node: Place, client: Any, said: dict[str, str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("api.trace.NODES_MAX", 2)
    trace = await get(client, f"/v1/lots/{said['rice']}/0/trace")
    assert len(trace["nodes"]) == 2 and trace["more"]


# ---- figures -------------------------------------------------------------------------------------


async def test_each_balance_has_its_proof(client: Any, said: Any, trust: TrustFile) -> None:
    answer = await get(client, "/v1/balances?commodity=CNY")
    batch = open_batch(parse_proof(answer["batch"].encode()))
    assert answer["balances"], "nothing to check"
    for row in [*answer["balances"], *answer["totals"]]:
        proof = read_state(row["proof"], inside=True)
        check_row(proof, batch.state_root)
    for row in answer["balances"]:
        assert row["proof"]["key"] == f"{row['commodity']}/{row['account']}"
        assert row["proof"]["row"] == row["units"]
    (total,) = answer["totals"]
    by_side = {row["account"]: int(row["units"]) for row in answer["balances"]}
    assert int(total["received"]) == 35_000 == -by_side["flood.general/ext:donor"]
    assert int(total["received"]) == int(total["inside"]) + int(total["spent"])
    checked = check_proof(
        parse_proof(answer["batch"].encode()),
        parse_proof(answer["batch"].encode()).extra or b"",
        trust,
    )
    assert checked.checkpoint.size == answer["as_of"]["size"]


async def test_balances_come_in_pages(client: Any, said: Any) -> None:
    whole = (await get(client, "/v1/balances?limit=200"))["balances"]
    keys = [f"{row['commodity']}/{row['account']}" for row in whole]
    assert len(keys) > 5 and keys == sorted(keys)
    found, after = [], ""
    while True:
        page = await get(client, f"/v1/balances?limit=2&after={after}")
        found += [f"{row['commodity']}/{row['account']}" for row in page["balances"]]
        if "next" not in page:
            break
        after = page["next"]
    assert found == keys


async def test_a_row_of_the_state_and_its_absence(client: Any, said: Any, trust: TrustFile) -> None:
    for key, present in (("CNY/flood.general/free", True), ("CNY/flood.general/nowhere", False)):
        reply = await client.get(f"/v1/state/accounts/{key}")
        shown = check_state_proof(parse_state_proof(reply.content), trust)
        assert (shown.key, shown.row is not None) == (key, present)


@pytest.mark.parametrize("key", ["%00", "a%01", "%1f", "%7f", "%ef%bf%be", "%ff", "%22"])
async def test_a_key_that_nothing_can_have(client: Any, said: Any, key: str) -> None:
    """A control character stands in no canonical JSON: there is neither row nor proof of absence."""
    reply = await client.get(f"/v1/state/accounts/{key}")
    assert reply.status_code == (200 if key in ("%ef%bf%be", "%ff", "%22") else 404)


async def test_a_fund(client: Any, said: Any) -> None:
    fund = await get(client, "/v1/funds/flood")
    assert fund["names"]["en"] == "Flood" and fund["owner"] == "red"
    assert fund["lines"] == ["flood.east-food", "flood.general"]
    assert fund["sums"]["free"] == "23000" and fund["sums"]["paid"] == "8000"
    for row in fund["balances"]:
        assert (await client.get(row["proof"])).status_code == 200


# ---- the log as files ----------------------------------------------------------------------------


async def test_the_log_can_be_read_and_verified_from_its_files(
    client: Any, said: Any, trust: TrustFile
) -> None:
    reply = await client.get("/checkpoint")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["cache-control"] == "public, max-age=5"
    checkpoint, note = trust.check_log(reply.content)
    assert trust.quorum_of(note).names
    leaves = []
    for tile in bundles_of(checkpoint.size):
        reply = await client.get(f"/{tile.path}")
        assert reply.status_code == 200 and "immutable" in reply.headers["cache-control"]
        assert reply.headers["content-type"] == "application/octet-stream"
        leaves += [leaf_hash(entry) for entry in parse_bundle(reply.content, tile.width)]
    assert root(leaves) == checkpoint.root
    for tile in tiles_of(checkpoint.size):
        reply = await client.get(f"/{tile.path}")
        assert len(reply.content) == 32 * tile.width
        if tile.level == 0:
            first = tile.n * 256
            assert reply.content == b"".join(leaves[first : first + tile.width])


async def test_tiles_beyond_what_was_published_are_not_there(client: Any, said: Any) -> None:
    size = open_checkpoint_text((await client.get("/checkpoint")).content)[0].size
    assert size < 256
    for path in (
        f"/tile/0/000.p/{size + 1}",
        "/tile/0/000",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/0/001.p/1",
        "/tile/1/000.p/1",
        "/tile/entries/000",
        f"/tile/entries/000.p/{size + 1}",
        "/tile/0/0",
        "/tile/0/x000/000.p/1",
        "/tile/64/000.p/1",
        "/tile/0/000.p/2?x=1/../..",
        "/tile/0/%30%30%30.p/1",
        "/tile/",
        "/tile//0/000.p/1",
    ):
        reply = await client.get(path)
        if path.endswith("?x=1/../.."):
            assert reply.status_code == 200  # a query is no part of a tile's path
        else:
            assert reply.status_code == 404, path
            assert reply.headers["content-type"] == "application/problem+json"
    # An older, narrower one stays: somebody may hold an older checkpoint. One that no checkpoint
    # ever had, because no batch ended there, never was: the first batch is genesis and its end.
    for width, status in ((1, 404), (2, 200), (3, 404), (4, 200), (5, 404)):
        assert (await client.get(f"/tile/0/000.p/{width}")).status_code == status
        assert (await client.get(f"/tile/entries/000.p/{width}")).status_code == status


# ---- health --------------------------------------------------------------------------------------


async def test_health(client: Any, node: Place, said: Any) -> None:
    assert (await get(client, "/livez"))["alive"] is True
    assert (await get(client, "/readyz"))["reasons"] == []
    fresh = await get(client, "/freshness")
    assert fresh["fresh"] and len(fresh["cosigners"]) == 2 == fresh["needed"]
    then = node.wall.time
    try:
        node.wall.time += 3_599
        assert (await client.get("/freshness")).status_code == 200
        node.wall.time += 1
        reply = await client.get("/freshness")
        assert reply.status_code == 503 and reply.json()["age_s"] == 3_600
    finally:
        node.wall.time = then


async def test_before_the_first_checkpoint(tmp_path: Any) -> None:
    with place(tmp_path, founded=False) as empty:
        transport = httpx.ASGITransport(empty.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            assert (await client.get("/checkpoint")).status_code == 404
            assert (await client.get("/tile/0/000.p/1")).status_code == 404
            assert (await client.get("/freshness")).status_code == 503
            assert (await client.get("/readyz")).status_code == 200
            reply = await client.get("/v1/balances")
            assert (reply.status_code, reply.json()["code"]) == (503, "not_final_yet")
            assert reply.headers["retry-after"]
            assert (await client.get("/v1/entries/0")).status_code == 404
