"""Statements in.

Goal: what is sent reaches the ledger byte for byte, every sender learns what became of it, and no
body, however made, gets a 500, costs memory without bound, or harms another's statement.
Method: a running node; statements that are good, refused with and without an entry, sent twice;
the bodies that web frameworks stumble over, over a live server as well.
"""

import asyncio
import gzip
import json
import tracemalloc
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest
from apis import Place, gift, place
from web import live, resident_kib

from ledger.envelope import PAYLOAD_TYPE, PROMISE_TYPE, REFUSAL_TYPE, Statement, format_envelope
from nodes.errors import StoreFull
from nodes.peers import STATEMENT, STATEMENTS

ONE = {"Content-Type": STATEMENT}
MANY = {"Content-Type": STATEMENTS}


def receive(node: Place, amount: int = 500, **changes: Any) -> Statement:
    return node.ledger.statement("donation.receive", gift(amount), "red/ana", **changes)


def unsigned(statement: Statement) -> bytes:
    """The envelope with a signature that does not fit."""
    value = json.loads(format_envelope(statement))
    value["signatures"][0]["sig"] = "A" * 86 + "=="
    return json.dumps(value).encode()


async def post(client: httpx.AsyncClient, data: bytes, query: str = "") -> httpx.Response:
    return await client.post(f"/v1/statements{query}", content=data, headers=ONE)


async def post_many(client: httpx.AsyncClient, data: bytes, query: str = "") -> httpx.Response:
    return await client.post(f"/v1/statements:batch{query}", content=data, headers=MANY)


def lines(reply: httpx.Response) -> list[dict[str, Any]]:
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == STATEMENTS
    return [json.loads(line) for line in reply.text.splitlines()]


# ---- one -----------------------------------------------------------------------------------------


async def test_a_statement_is_taken_and_becomes_final(node: Place, client: Any) -> None:
    statement = receive(node)
    sent = await post(client, format_envelope(statement))
    assert sent.status_code == 202
    assert sent.headers["location"] == f"/v1/statements/{statement.id}"
    assert sent.json()["statement"] == statement.id
    for _ in range(200):
        asked = (await client.get(sent.headers["location"])).json()
        if asked["state"] == "final":
            break
        assert asked["state"] in ("pending", "promised", "included"), asked
        await asyncio.sleep(0.02)
    assert asked["code"] == "ok" and asked["applied"] is True
    assert asked["proof"].startswith("c2sp.org/tlog-proof@v1\n")
    assert f"index {asked['index']}\n" in asked["proof"]


@pytest.mark.parametrize("wait", ["included", "final"])
async def test_who_waits_is_answered_when_it_is_that_far(
    node: Place, client: Any, wait: str
) -> None:
    statement = receive(node)
    reply = await post(client, format_envelope(statement), f"?wait={wait}")
    assert reply.status_code == 201
    said = reply.json()
    assert said["state"] in ({"included", "final"} if wait == "included" else {"final"})
    assert ("proof" in said) == (said["state"] == "final")
    if said["state"] != "final":
        assert said["promise"]["payloadType"] == PROMISE_TYPE
    assert node.node.store.head().size > said["index"]


async def test_the_bytes_that_arrive_are_the_bytes_that_are_logged(
    node: Place, client: Any
) -> None:
    statement = receive(node)
    pretty = json.dumps(json.loads(format_envelope(statement)), indent=3).encode()
    index = (await post(client, pretty, "?wait=included")).json()["index"]
    entry = (await client.get(f"/v1/entries/{index}")).json()
    assert entry["statement"] == statement.id
    assert entry["payload"] == json.loads(statement.payload)


async def test_sending_again_is_safe_and_gets_the_first_entry(node: Place, client: Any) -> None:
    statement = receive(node)
    first = await post(client, format_envelope(statement), "?wait=included")
    size = node.node.size()
    again = await post(client, format_envelope(statement), "?wait=included")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["index"] == first.json()["index"] and again.json()["applied"] is True
    assert node.node.size() == size


async def test_a_refusal_by_law_is_an_entry(node: Place, client: Any) -> None:
    body = gift(100)
    assert (
        await post(
            client,
            format_envelope(node.ledger.statement("donation.receive", body, "red/ana")),
            "?wait=included",
        )
    ).json()["code"] == "ok"
    second = node.ledger.statement("donation.receive", body, "red/ana")
    reply = await post(client, format_envelope(second), "?wait=included")
    assert reply.status_code == 201
    said = reply.json()
    assert (said["code"], said["applied"]) == ("reference_used", False)
    assert said["index"] > 0 and said["next_step"]


async def test_a_refusal_without_an_entry_is_a_problem_signed_by_the_node(
    node: Place, client: Any
) -> None:
    statement = receive(node)
    size = node.node.size()
    reply = await post(client, unsigned(statement), "?wait=included")
    assert reply.status_code == 403
    said = reply.json()
    assert said["code"] == "bad_signature" and said["signed"]["payloadType"] == REFUSAL_TYPE
    assert node.node.size() == size
    # It is remembered for a while, and the id is not burnt.
    known = (await client.get(f"/v1/statements/{statement.id}")).json()
    assert (known["state"], known["code"]) == ("refused", "bad_signature")
    good = await post(client, format_envelope(statement), "?wait=included")
    assert good.status_code == 201 and good.json()["code"] == "ok"


async def test_the_reader_s_language(node: Place, client: Any) -> None:
    headers = {**ONE, "Accept-Language": "zh-TW"}
    reply = await client.post(
        "/v1/statements?wait=included", content=unsigned(receive(node)), headers=headers
    )
    assert reply.headers["content-language"] == "zh-Hant"
    assert reply.json()["title"] == "簽名與陳述不符"


async def test_an_unknown_wait_is_a_problem(client: Any) -> None:
    reply = await post(client, b"{}", "?wait=王小明")
    assert reply.status_code == 400
    assert reply.json()["code"] == "bad_request" and reply.json()["where"] == "wait"
    assert "王" not in reply.text


# ---- bad bodies ----------------------------------------------------------------------------------


def envelope(payload: bytes, /, **changes: Any) -> bytes:
    value = {
        "payload": b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": "a" * 64, "sig": b64encode(bytes(64)).decode()}],
        **changes,
    }
    return json.dumps(value).encode()


BAD_BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "malformed"),
    "no json": (b"hello", "malformed"),
    "cut off": (b'{"payload":"', "malformed"),
    "a list": (b"[]", "malformed"),
    "a number": (b"1", "malformed"),
    "null": (b"null", "malformed"),
    "NaN": (b'{"payload":NaN,"payloadType":"x","signatures":[]}', "malformed"),
    "Infinity": (b"Infinity", "malformed"),
    "4,000 deep": (b"[" * 4_000 + b"]" * 4_000, "malformed"),
    "30,000 deep": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "malformed"),
    "a lone surrogate": (b'{"payload":"\\ud800","payloadType":"x","signatures":[]}', "malformed"),
    "a duplicate key": (b'{"payload":"a","payload":"b"}', "duplicate_key"),
    "UTF-16": ('{"payload":""}'.encode("utf-16"), "malformed"),
    "a BOM": (b"\xef\xbb\xbf{}", "malformed"),
    "broken UTF-8": (b'{"payload":"\xff"}', "malformed"),
    "a long number": (b'{"payload":' + b"9" * 5_000 + b"}", "malformed"),
    "not base64": (envelope(b"", payload="***"), "malformed"),
    "too many signatures": (
        envelope(b"{}", signatures=[{"keyid": f"{n:064x}", "sig": "A"} for n in range(65)]),
        "malformed",
    ),
    "a payload of nothing": (envelope(b""), "malformed"),
    "a payload 4,000 deep": (envelope(b"[" * 4_000), "malformed"),
    "a payload with NaN": (envelope(b'{"a":NaN}'), "malformed"),
    "a payload with a float": (envelope(b'{"a":1.5}'), "malformed"),
    "a payload with null": (envelope(b'{"a":null}'), "malformed"),
    "a payload with a key twice": (envelope(b'{"a":1,"a":1}'), "duplicate_key"),
    "a payload with a blank": (envelope(b'{"a": 1}'), "not_canonical"),
    "a payload in UTF-16": (envelope('{"a":1}'.encode("utf-16")), "malformed"),
    "a payload over 32 KiB": (envelope(b'{"a":"' + b"x" * 32_768 + b'"}'), "too_large"),
    "another type": (envelope(b"{}", payloadType="application/json"), "malformed"),
}


@pytest.mark.parametrize("wait", ["", "?wait=included"])
@pytest.mark.parametrize("name", BAD_BODIES)
async def test_a_bad_body_is_a_clear_problem(client: Any, name: str, wait: str) -> None:
    data, code = BAD_BODIES[name]
    reply = await post(client, data, wait)
    said = reply.json()
    assert said["code"] == code, said
    assert reply.status_code == (413 if code == "too_large" else 400)
    assert said["next_step"] and said["detail"]


@pytest.mark.parametrize(
    "name", [name for name, (data, _) in BAD_BODIES.items() if b"\n" not in data]
)
async def test_a_bad_line_harms_no_other(node: Place, client: Any, name: str) -> None:
    data, code = BAD_BODIES[name]
    before, after = receive(node), receive(node)
    body = b"\n".join([format_envelope(before), data, format_envelope(after)])
    first, second, third = lines(await post_many(client, body))
    assert (first["code"], second["code"], third["code"]) == ("ok", code, "ok")
    assert (first["statement"], third["statement"]) == (before.id, after.id)
    assert second["applied"] is False and second["next_step"]


@pytest.mark.parametrize("path", ["/v1/statements", "/v1/statements:batch"])
async def test_a_packed_body_is_refused_unopened(node: Place, client: Any, path: str) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    headers = {**(MANY if "batch" in path else ONE), "Content-Encoding": "gzip"}
    before = resident_kib()
    reply = await client.post(path, content=bomb[:60_000], headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (415, "encoded_body")
    assert resident_kib() - before < 64 * 1024


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/statements", {"Content-Type": "application/json"}),
        ("/v1/statements", {"Content-Type": f"{STATEMENT}; charset=utf-8"}),
        ("/v1/statements", {"Content-Type": "text/plain"}),
        ("/v1/statements", MANY),
        ("/v1/statements:batch", ONE),
    ],
)
async def test_one_exact_content_type(client: Any, path: str, headers: dict[str, str]) -> None:
    reply = await client.post(path, content=b"{}", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (415, "wrong_content_type")
    assert reply.headers["accept-post"] in (STATEMENT, STATEMENTS)


@pytest.mark.parametrize(
    ("path", "most", "kind"),
    [("/v1/statements", 65_536, ONE), ("/v1/statements:batch", 4 * 1024 * 1024, MANY)],
)
async def test_the_limits_of_a_body_on_a_live_server(
    node: Place, path: str, most: int, kind: dict[str, str]
) -> None:
    async with (
        live(node.app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        at = await client.post(path, content=b"x" * most, headers=kind)
        assert at.status_code in (200, 400)
        over = await client.post(path, content=b"x" * (most + 1), headers=kind)
        assert (over.status_code, over.json()["code"]) == (413, "too_large")

        async def endless() -> Any:
            for _ in range(200 * 1024 * 1024 // 65_536):
                yield bytes(65_536)

        before = resident_kib()
        try:
            huge = await client.post(path, content=endless(), headers=kind)
            assert (huge.status_code, huge.json()["code"]) == (413, "too_large")
        except httpx.WriteError:
            pass  # the server answered and closed while this client was still sending
        assert resident_kib() - before < 64 * 1024
        fine = await client.get("/livez")
        assert fine.status_code == 200


async def test_nothing_that_was_sent_comes_back(client: Any) -> None:
    canary = "王小明-0912345678"
    for payload in (
        json.dumps({canary: 1}, ensure_ascii=False),
        json.dumps({"kind": canary}, ensure_ascii=False, separators=(",", ":")),
        f'{{"{canary}":1,"{canary}":1}}',
        canary,
    ):
        for data in (envelope(payload.encode()), payload.encode()):
            for reply in (await post(client, data), await post_many(client, data)):
                assert canary not in reply.text and "王" not in reply.text


# ---- many ----------------------------------------------------------------------------------------


async def test_many_are_answered_in_order_under_a_signed_checkpoint(
    node: Place, client: Any
) -> None:
    statements = [receive(node, n + 1) for n in range(250)]
    body = b"\n".join(format_envelope(each) for each in statements)
    answers = lines(await post_many(client, body + b"\n"))
    assert [answer["statement"] for answer in answers] == [each.id for each in statements]
    assert [answer["index"] for answer in answers] == sorted(a["index"] for a in answers)
    assert {answer["state"] for answer in answers} <= {"included", "final"}
    assert all(answer["applied"] for answer in answers)


async def test_a_batch_may_wait_for_final(node: Place, client: Any) -> None:
    reply = await post_many(client, format_envelope(receive(node)), "?wait=final")
    assert [answer["state"] for answer in lines(reply)] == ["final"]


async def test_a_batch_sent_again_gets_the_first_entries(node: Place, client: Any) -> None:
    body = b"\n".join(format_envelope(receive(node)) for _ in range(5))
    first, again = lines(await post_many(client, body)), lines(await post_many(client, body))
    assert [a["index"] for a in again] == [a["index"] for a in first]
    assert {(a["code"], a["first"], a["applied"]) for a in again} == {("replayed", "ok", True)}


async def test_refusals_with_and_without_entry_among_others(node: Place, client: Any) -> None:
    body = gift(5)
    some = [node.ledger.statement("donation.receive", body, "red/ana") for _ in range(2)]
    datas = [format_envelope(some[0]), format_envelope(some[1]), unsigned(receive(node))]
    ok, used, forged = lines(await post_many(client, b"\n".join(datas)))
    assert (ok["code"], used["code"], forged["code"]) == ("ok", "reference_used", "bad_signature")
    assert used["index"] > ok["index"] and "index" not in forged
    assert forged["state"] == "refused"


@pytest.mark.parametrize(
    ("body", "count"), [(b"", 0), (b"x", 1), (b"x\n", 1), (b"x\n\nx", 3), (b"\n", 1)]
)
async def test_an_answer_for_each_line(client: Any, body: bytes, count: int) -> None:
    assert len(lines(await post_many(client, body))) == count


async def test_lines_up_to_the_limit(node: Place, client: Any) -> None:
    assert len(lines(await post_many(client, b"x\n" * 1_000))) == 1_000
    reply = await post_many(client, b"x\n" * 1_001)
    assert (reply.status_code, reply.json()["code"]) == (413, "too_many_lines")


async def test_empty_lines_without_end_cost_nothing(client: Any) -> None:
    """Four million of them are counted, not cut into four million pieces."""
    tracemalloc.start()
    try:
        reply = await post_many(client, b"\n" * (4 * 1024 * 1024))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (reply.status_code, reply.json()["code"]) == (413, "too_many_lines")
    assert peak < 64 << 20


# ---- when the node cannot ------------------------------------------------------------------------


async def test_a_full_queue_says_when_to_come_again(tmp_path: Path) -> None:
    """Room for 10 statements: 11 at once do not fit, and nothing of them is taken."""
    with place(tmp_path, queue_max=10) as small:
        transport = httpx.ASGITransport(small.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            size = small.node.size()
            body = b"\n".join(format_envelope(receive(small)) for _ in range(11))
            reply = await post_many(client, body)
            assert (reply.status_code, reply.json()["code"]) == (429, "busy")
            assert int(reply.headers["retry-after"]) >= 1
            assert small.node.size() == size
            fits = b"\n".join(body.split(b"\n")[:10])
            assert {answer["code"] for answer in lines(await post_many(client, fits))} == {"ok"}


async def test_a_read_only_node_says_so(tmp_path: Path) -> None:
    with place(tmp_path) as made:
        transport = httpx.ASGITransport(made.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            made.settle()
            data = format_envelope(receive(made))
            made.node.read_only = "an operator looks at it"
            for reply in (await post(client, data), await post_many(client, data)):
                assert (reply.status_code, reply.json()["code"]) == (503, "read_only")
                assert reply.headers["retry-after"] and "operator" not in reply.text
            assert (await client.get("/checkpoint")).status_code == 200
            assert (await client.get("/readyz")).status_code == 503
            made.node.read_only = ""


async def test_no_room_on_the_disk(node: Place, client: Any, monkeypatch: Any) -> None:
    def full(*args: Any, **rest: Any) -> None:
        raise StoreFull("no room")

    with monkeypatch.context() as patch:
        patch.setattr(node.node.store, "commit", full)
        one = await post(client, format_envelope(receive(node)), "?wait=included")
        assert (one.status_code, one.json()["code"]) == (507, "no_room")
        (line,) = lines(await post_many(client, format_envelope(receive(node))))
        assert (line["code"], line["state"], line["applied"]) == ("no_room", "not_taken", False)
        assert line["retry_after"] > 0
    good = await post(client, format_envelope(receive(node)), "?wait=included")
    assert good.status_code == 201


async def test_a_sender_who_goes_away_harms_nobody(node: Place, client: Any) -> None:
    """A request that is given up does not take the node's own work with it."""
    body = b"\n".join(format_envelope(receive(node)) for _ in range(50))
    for _ in range(3):
        task = asyncio.create_task(post_many(client, body, "?wait=final"))
        await asyncio.sleep(0.005)
        task.cancel()
    reply = await post(client, format_envelope(receive(node)), "?wait=final")
    assert reply.json()["state"] == "final"
