"""Contracts over HTTP: what is in force, one text, why an entry was decided so, dry runs, simulations.

Goal: a decision is told with its numbers; a dry run says what would happen and leaves the log as it was;
a simulation answers within its bounds; nothing that is sent makes the node fail or comes back.
Method: a node on which a cap on allocations is adopted and has denied one; then hostile bodies, one by one.
"""

import re
from collections.abc import Iterator
from json import loads
from typing import Any

import httpx
import pytest
from apis import Place
from cappedplace import ALLOCATE, capped_place, denied, later, say
from documents import gate
from ledgers import DAY
from simulated import capped

import api.contract_trials as trials
import api.contracts as listed
import api.submit as submit
from contracts.catalogue.catalogue import catalogue_for
from contracts.documents.compiling import compile_document
from contracts.documents.document import parse_document
from ledger.envelope import format_envelope
from nodes.peers import STATEMENTS

HEADERS = {"Content-Type": "application/json"}
ASKED: dict[str, Any] = {"actors": ["red/bao"], "body": ALLOCATE, "kind": "fund.allocate"}
COST = compile_document(parse_document(capped(100)), catalogue_for("CNY", 2)).cost
"""Steps of the cap, which judges one row of what is asked."""
SAID = "At most CNY 1.00 in 7 days; given CNY 0.60, now CNY 0.60."


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with capped_place(tmp_path_factory.mktemp("node")) as made:
        yield made


async def post(client: httpx.AsyncClient, path: str, value: Any) -> httpx.Response:
    return await client.post(f"/v1/contracts/{path}", json=value)


async def test_what_is_in_force(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/contracts")).json()
    [one] = found["contracts"]
    assert (one["id"], one["state"], one["now"]["mode"]) == (
        "allocation-cap",
        "in_force",
        "enforce",
    )
    assert len(found["set"]) == 64 and found["proposals"] == []
    shown = (await client.get(one["now"]["link"])).json()
    assert shown["document"]["contract"] == "allocation-cap"
    assert [each["outcome"] for each in shown["decisions"]] == ["deny", "allow"]
    assert shown["proposals"][0]["approved_by"] == ["blue", "red"] or shown["proposals"]
    assert (await client.get(f"/v1/contracts/{'0' * 64}")).status_code == 404
    assert (await client.get("/v1/contracts/xyz")).status_code == 400


@pytest.mark.parametrize("replay", ["false", "true"])
async def test_why(client: httpx.AsyncClient, node: Place, replay: str) -> None:
    found = (await client.get(f"/v1/entries/{denied(node)}/explanation?replay={replay}")).json()
    [one] = found["contracts"]
    assert one["how"] == ("replayed" if replay == "true" else "recomputed")
    assert one["rules"][0]["say"]["zh_hant"] == SAID
    assert one["facts"] == {"given": 60} and one["basis"] == "by-law 1"
    assert found["next"]["zh_hant"] and found["what"]["en"]


async def test_who_was_refused_reads_the_sentences_of_the_rules(
    client: httpx.AsyncClient, node: Place
) -> None:
    entry = (await client.get(f"/v1/entries/{denied(node)}")).json()
    statement = entry["links"]["receipt"].rpartition("/")[2]
    headers = {"Accept-Language": "zh-Hant"}
    found = (await client.get(f"/v1/statements/{statement}", headers=headers)).json()
    assert (found["code"], found["applied"]) == ("contract_denied", False)
    assert found["said"] == [SAID] and SAID in found["detail"]
    assert found["title"] == "現行規則不准許此事"


async def test_why_of_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/entries/1/explanation")).status_code == 404  # a batch entry
    assert (await client.get("/v1/entries/99999/explanation")).status_code == 404
    assert (await client.get("/v1/entries/-1/explanation")).status_code == 400


async def test_a_dry_run_binds_nobody(client: httpx.AsyncClient, node: Place) -> None:
    size = node.node.size()
    answer = await post(client, "judge", ASKED)
    found = answer.json()
    assert answer.status_code == 200, found
    assert (found["code"], found["applied"], found["binding"]) == ("contract_denied", False, False)
    assert found["explanation"]["contracts"][0]["rules"][0]["say"]["en"] == SAID
    less = {**ASKED, "body": {**ALLOCATE, "draws": [{"amount": 40, "line": "flood.general"}]}}
    found = (await post(client, "judge", less)).json()
    assert (found["code"], found["applied"]) == ("ok", True)
    much = {
        **ASKED,
        "body": {**ALLOCATE, "draws": [{"amount": 9_000_000, "line": "flood.general"}]},
    }
    assert (await post(client, "judge", much)).json()["code"] == "not_enough"
    nobody = {**ASKED, "actors": ["red/chen"]}
    assert (await post(client, "judge", nobody)).json()["code"] == "no_authority"
    assert node.node.size() == size


async def test_a_dry_run_of_a_draft(client: httpx.AsyncClient) -> None:
    wider = {**ASKED, "document": capped(1_000, version=2)}
    assert (await post(client, "judge", wider)).json()["code"] == "ok"
    other = capped(1_000, contract="other-cap")
    other["facts"]["given"]["window"] = "14d"
    less = {**ALLOCATE, "draws": [{"amount": 40, "line": "flood.general"}]}
    found = (await post(client, "judge", {**ASKED, "body": less, "document": other})).json()
    # Nobody has counted over fourteen days: it cannot be known, and is not taken for nothing.
    assert (found["code"], found["uncounted"]) == ("contract_error", ["given"])
    known = {**ASKED, "body": less, "document": other, "facts": {"given": 961}}
    assert (await post(client, "judge", known)).json()["code"] == "contract_denied"
    known["facts"] = {"given": 960}
    assert (await post(client, "judge", known)).json()["code"] == "ok"


async def test_a_simulation(client: httpx.AsyncClient, node: Place) -> None:
    size = node.node.size()
    asked = {
        "document": capped(100, version=2),
        "group_by": "member",
        "from": node.wall.now() - DAY,
    }
    answer = await post(client, "simulate", asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["total"]["flips"] == 0 and len(found["digest"]) == 64
    tighter = (await post(client, "simulate", {**asked, "document": capped(50, version=2)})).json()
    assert tighter["total"]["flips"] == 1
    assert tighter["examples"][0]["says"]["zh_hans"]
    assert node.node.size() == size


@pytest.mark.parametrize("path", ["judge", "simulate"])
@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"a":1,"a":2}', b'{"kind":1.5}', b"[" * 5_000,
        b'{"document":{},"nothing":1}', b'{"document":[]}', b'{"document":null}',
        b'{"kind":"x","body":{},"actors":"red/bao"}', b'{"kind":"x","body":{},"actors":[]}',
        b'{"kind":"x","body":{},"actors":["nobody/here"]}', b'{"kind":"' + b"k" * 5_000 + b'"}',
        b'{"kind":"fund.allocate","body":{"secret":"Ms Chen"},"actors":["red/bao","red/bao"]}',
        b'{"document":{"contract":"x"},"scope":"' + b"s" * 100 + b'"}',
        b'{"document":{"contract":"x"},"mode":"other"}', b'{"document":{},"from":-1}',
        b'{"document":{},"from":5,"to":5}', b'{"document":{},"scope":"fund:"}',
        b'{"document":{},"scope":"nonsense"}', b'{"document":{},"group_by":"name"}',
    ],
)  # fmt: skip
async def test_hostile_bodies(client: httpx.AsyncClient, path: str, body: bytes) -> None:
    answer = await client.post(f"/v1/contracts/{path}", content=body, headers=HEADERS)
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["code"] and found["next_step"]
    assert "Chen" not in answer.text


@pytest.mark.parametrize("path", ["judge", "simulate"])
async def test_limits(client: httpx.AsyncClient, path: str) -> None:
    large = await client.post(f"/v1/contracts/{path}", content=b" " * 200_000, headers=HEADERS)
    assert large.status_code == 413
    typed = await client.post(
        f"/v1/contracts/{path}", content=b"{}", headers={"Content-Type": "text/plain"}
    )
    assert typed.status_code == 415
    packed = {**HEADERS, "Content-Encoding": "gzip"}
    assert (
        await client.post(f"/v1/contracts/{path}", content=b"{}", headers=packed)
    ).status_code == 415


async def test_busy(client: httpx.AsyncClient) -> None:
    with trials._a_place(trials._SIMULATING):
        answer = await post(client, "simulate", {"document": capped(1)})
    assert answer.status_code == 503 and answer.headers["retry-after"]
    with trials._a_place(trials._JUDGING), trials._a_place(trials._JUDGING):
        answer = await post(client, "judge", ASKED)
    assert answer.status_code == 503
    assert (await post(client, "judge", ASKED)).status_code == 200


async def test_a_simulation_ends(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "SIMULATED_S", 0.0)
    assert (await post(client, "simulate", {"document": capped(1)})).status_code == 503
    monkeypatch.undo()
    monkeypatch.setattr(trials, "SIMULATED_MAX", 3)
    answer = await post(client, "simulate", {"document": capped(1)})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_much_work")


async def test_a_contract_that_is_not_valid(client: httpx.AsyncClient) -> None:
    wrong = gate(rules=[{"id": "nine", "require": "it.nothing <= 9", "say": {"en": "x"}}])
    answer = await post(client, "simulate", {"document": wrong})
    assert answer.status_code == 422 and answer.json()["code"] == "contract_invalid"


@pytest.mark.parametrize("slug", ["en", "zh-hans", "zh-hant"])
async def test_pages(client: httpx.AsyncClient, slug: str, node: Place) -> None:
    listed = await client.get(f"/{slug}/contracts")
    assert listed.status_code == 200 and "Cap on allocations" in listed.text
    [found] = (await client.get("/v1/contracts")).json()["contracts"]
    shown = await client.get(f"/{slug}/contracts/{found['now']['hash']}")
    assert shown.status_code == 200
    # What only a statement could fill in is left open, what the contract says is filled in.
    assert "At most CNY 1.00 in 7 days; given …, now …." in shown.text
    assert "by-law 1" in shown.text and f"/{slug}/e/{denied(node)}" in shown.text
    assert "given + it.amount &lt;= most" in shown.text
    assert (await client.get(f"/{slug}/contracts/{'0' * 64}")).status_code == 404
    assert (await client.get(f"/{slug}/contracts/x")).status_code == 400
    assert (await client.get("/xx/contracts")).status_code == 404


@pytest.mark.parametrize("slug", ["en", "zh-hans", "zh-hant"])
async def test_the_page_of_a_decision(client: httpx.AsyncClient, slug: str, node: Place) -> None:
    shown = await client.get(f"/{slug}/e/{denied(node)}")
    assert shown.status_code == 200
    # The public reads the public's words; numbers are a step away.
    assert "Over the weekly cap" in shown.text and SAID not in shown.text
    link = re.search(r'href="(/v1/entries/[0-9]+/explanation)"', shown.text)
    assert link is not None and (await client.get(link[1])).status_code == 200
    page = re.search(rf'href="(/{slug}/contracts/[0-9a-f]+)"', shown.text)
    assert page is not None and (await client.get(page[1])).status_code == 200
    genesis = await client.get(f"/{slug}/e/0")
    assert "/explanation" not in genesis.text


# ---- bounds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("JUDGED_S", 0.0, 503),
        ("JUDGED_S", 60.0, 200),
        ("JUDGED_COST_MAX", COST - 1, 422),
        ("JUDGED_COST_MAX", COST, 200),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
async def test_a_dry_run_ends(
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: Any,
    status: int,
    language: str,
) -> None:
    monkeypatch.setattr(trials, name, value)
    headers = {"Accept-Language": language}
    answer = await client.post("/v1/contracts/judge", json=ASKED, headers=headers)
    assert answer.status_code == status
    if status == 200:
        return
    found = answer.json()
    assert found["code"] == "too_much_work" and "relief contract simulate" in found["next_step"]
    assert ("retry-after" in answer.headers) is (status == 503)
    # It has given its place back.
    monkeypatch.undo()
    for _ in range(3):
        assert (await post(client, "judge", ASKED)).status_code == 200


async def test_open_proposals_come_in_pages(client: httpx.AsyncClient, node: Place) -> None:
    sent = []
    for n in range(3):
        body = {
            "document": capped(1, contract=f"some-{n}"),
            "lane": "full",
            "mode": "shadow",
            "not_before": node.wall.now() + 2 * DAY,
            "owner": "red",
            "scope": "consortium",
        }
        sent.append(say(node, "contract.propose", body, "red/ana").statement)
        later(node, 10)
    whole = (await client.get("/v1/contracts")).json()
    assert [one["proposal"] for one in whole["proposals"]] == sent and "next" not in whole
    found, after = [], ""
    for left in (2, 1, 0):
        query = {"limit": "1", **({"after": after} if after else {})}
        page = (await client.get("/v1/contracts", params=query)).json()
        found += page["proposals"]
        assert ("next" in page) is (left > 0)
        assert page["contracts"] == whole["contracts"] and page["set"] == whole["set"]
        after = page.get("next", "")
    assert found == whole["proposals"]
    for wrong in ({"limit": "0"}, {"limit": "201"}, {"after": "x"}, {"after": "0" * 12}):
        assert (await client.get("/v1/contracts", params=wrong)).status_code == 400


async def test_what_one_text_has_comes_in_pages(
    client: httpx.AsyncClient, node: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one] = (await client.get("/v1/contracts")).json()["contracts"]
    link = one["now"]["link"]
    whole = (await client.get(link)).json()
    assert len(whole["versions"]) == len(whole["proposals"]) == 2
    assert "versions" not in whole["more"] and "proposals" not in whole["more"]
    monkeypatch.setattr(listed, "PROPOSALS_MAX", 1)
    newest = (await client.get(link)).json()
    older = (await client.get(link, params={"before": str(newest["more"]["proposals"])})).json()
    assert newest["proposals"] == whole["proposals"][1:]
    assert older["proposals"] == whole["proposals"][:1] and "proposals" not in older["more"]
    monkeypatch.undo()
    # Decisions: so many entries are looked through, and the next page goes on below them.
    size = node.node.size()
    for recent, chunk in ((7, 3), (1, 1), (size, 2), (size + 5, 100)):
        monkeypatch.setattr(listed, "RECENT", recent)
        monkeypatch.setattr(listed, "CHUNK", chunk)
        found, before = [], size
        while before:
            page = (await client.get(link, params={"before": str(before)})).json()
            found += page["decisions"]
            then = page["more"].get("decisions", 0)
            assert then < before
            before = then
        assert found[: len(whole["decisions"])] == whole["decisions"] and len(found) >= 2
    monkeypatch.setattr(listed, "RECENT", size)
    monkeypatch.setattr(listed, "DECISIONS_MAX", 1)
    page = (await client.get(link)).json()
    assert page["decisions"] == whole["decisions"][:1]
    assert page["more"]["decisions"] == whole["decisions"][0]["entry"]


# ---- many at once: these change the ledger, so they come last ------------------------------------


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans", "en"])
async def test_many_at_once_read_the_sentences_of_the_rules_too(
    client: httpx.AsyncClient, node: Place, language: str
) -> None:
    fits = {**ALLOCATE, "draws": [{"amount": 1, "line": "flood.general"}]}
    bodies = (
        ALLOCATE,
        {**ALLOCATE, "draws": [{"amount": 9_000_000, "line": "flood.general"}]},
        fits,
    )
    some = [node.ledger.statement("fund.allocate", body, "red/bao") for body in bodies]
    data = b"\n".join(format_envelope(one) for one in some)
    headers = {"Content-Type": STATEMENTS, "Accept-Language": language}
    for turn in ("first", "again"):
        answer = await client.post("/v1/statements:batch", content=data, headers=headers)
        denied_, short, fine = (loads(line) for line in answer.text.splitlines())
        assert denied_["said"] and denied_["said"][0].startswith(SAID[:24]), denied_
        assert "said" not in short and "said" not in fine
        if turn == "first":
            assert (denied_["code"], short["code"], fine["code"]) == (
                "contract_denied",
                "not_enough",
                "ok",
            )
            assert denied_["said"][0] in denied_["detail"]
            one = await client.get(f"/v1/statements/{denied_['statement']}", headers=headers)
            assert (one.json()["said"], one.json()["detail"]) == (
                denied_["said"],
                denied_["detail"],
            )
        else:
            assert (denied_["code"], denied_["first"]) == ("replayed", "contract_denied")


async def test_sentences_are_looked_up_for_so_many_lines(
    client: httpx.AsyncClient, node: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [node.ledger.statement("fund.allocate", ALLOCATE, "red/bao") for _ in range(3)]
    data = b"\n".join(format_envelope(one) for one in some)
    headers = {"Content-Type": STATEMENTS}

    async def said() -> list[bool]:
        answer = await client.post("/v1/statements:batch", content=data, headers=headers)
        return ["said" in loads(line) for line in answer.text.splitlines()]

    monkeypatch.setattr(submit, "LOOKED_UP_MAX", 2)
    assert await said() == [True, True, True]  # with their refusal
    assert await said() == [True, True, False]  # known before: looked up
    monkeypatch.setattr(submit, "LOOKED_UP_MAX", 3)
    assert await said() == [True, True, True]
