"""Proposals and runs over HTTP, and the pages of both: what is adopted, by whom, and how far it is.

Goal: a reader learns from one page which rules are in force, since when, who approved them and what is
coming; how far a distribution is, and what is left of its money; figures are those of the state.
Method: a node on a played history (`adoptedplace`), asked over HTTP; the rows of the state are the oracle.
"""

import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from json import loads
from typing import Any

import httpx
import pytest
import pytest_asyncio
from adoptedplace import FEW, MANY, RELIEF, Adopted, adopted_place
from apis import Place

from api.language import SLUGS
from api.messages import say

HASH = re.compile(r"\b[0-9a-f]{32,}\b")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Adopted]]:
    with adopted_place(tmp_path_factory.mktemp("node")) as made:
        yield made


@pytest.fixture
def played(both: tuple[Place, Adopted]) -> Adopted:
    return both[1]


@pytest_asyncio.fixture
async def asks(both: tuple[Place, Adopted]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(both[0].app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as made:
        yield made


async def value(asks: httpx.AsyncClient, path: str) -> Any:
    answer = await asks.get(path)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


async def text(asks: httpx.AsyncClient, path: str) -> str:
    """What a reader sees of a page: its words, without addresses."""
    answer = await asks.get(path)
    assert answer.status_code == 200, (path, answer.text)
    body = answer.text.partition("<main")[2].partition("</main>")[0]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def state_rows(played: Adopted, table: str) -> dict[str, Any]:
    return {key: loads(raw) for key, raw in played.ledger.memory.table(table).items()}


# ---- proposals ----------------------------------------------------------------------------------


async def test_every_version_is_listed_newest_first(
    asks: httpx.AsyncClient, played: Adopted
) -> None:
    found = (await value(asks, "/v1/proposals"))["proposals"]
    assert [(one["contract"], one["version"], one["state"], one["mode"]) for one in found] == [
        ("earmark", 1, "proposed", "shadow"),
        ("four-eyes", 2, "approved", "enforce"),
        (RELIEF, 1, "suspended", "enforce"),
        ("payment-caps", 1, "active", "shadow"),
        ("four-eyes", 1, "active", "enforce"),
        ("four-eyes", 1, "superseded", "shadow"),
    ]
    rows = state_rows(played, "proposals")
    for one in found:
        row = rows[one["proposal"]]
        assert one["hash"] == row["hash"] and one["entry"] == row["entry"]
        assert [voice["member"] for voice in one["approved_by"]] == [
            member for member, *_ in row["voices"]
        ]


async def test_what_a_proposal_still_needs(asks: httpx.AsyncClient, played: Adopted) -> None:
    [one] = (await value(asks, "/v1/proposals?state=proposed"))["proposals"]
    assert one["proposal"] == played.said["earmark"]
    assert (one["wanted"], one["needs"], one["may_approve"]) == (2, 1, ["blue"])
    assert one["lapses"] > one["proposed"] and "committed" not in one
    assert set(one["title"]) == {"en", "zh_hans", "zh_hant"}


async def test_notice(asks: httpx.AsyncClient, played: Adopted) -> None:
    [one] = (await value(asks, "/v1/proposals?state=approved&contract=four-eyes"))["proposals"]
    assert one["not_before"] > played.ledger.time and one["committed"] > one["entry"]
    assert "needs" not in one and "starts" not in one


async def test_proposals_come_in_pages(asks: httpx.AsyncClient) -> None:
    whole = (await value(asks, "/v1/proposals"))["proposals"]
    found: list[Any] = []
    after, pages = "", 0
    while pages < 9:
        page = await value(asks, f"/v1/proposals?limit=2&after={after}")
        found += page["proposals"]
        pages += 1
        if "next" not in page:
            break
        after = page["next"]
    assert (found, pages) == (whole, 3)


@pytest.mark.parametrize(
    "query",
    ["state=nothing", "after=-1", "after=x", "limit=0", "limit=201", "contract=No", "contract=a/b"],
)
async def test_proposals_refuse_what_is_no_question(asks: httpx.AsyncClient, query: str) -> None:
    assert (await asks.get(f"/v1/proposals?{query}")).status_code == 400


# ---- runs ---------------------------------------------------------------------------------------


async def test_how_far_runs_are(asks: httpx.AsyncClient, played: Adopted) -> None:
    rows = {k: row for k, row in state_rows(played, "runs").items() if k.startswith("run/")}
    going, over = (await value(asks, "/v1/runs"))["runs"]
    for one in (going, over):
        row = rows[f"run/{one['run']}"]
        for name in ("done", "fired", "refused", "faults", "spent", "state"):
            assert one[name] == row[name], name
        assert one["cause"]["entry"] == row["entry"] and one["cause"]["kind"] == "alert.declare"
        budget = one["budget"]
        assert budget["left"] == budget["per_firing"] - one["spent"]
    assert (going["done"], going["of"], going["state"]) == (80, MANY, "running")
    assert (over["done"], over["of"], over["why"]) == (FEW, FEW, "roll")
    assert over["closed"] == over["last"]["entry"] and "closed" not in going
    accounts = state_rows(played, "accounts")
    aside = int(accounts[f"CNY/flood.general/allocated:auto-{RELIEF}"])
    assert going["budget"]["set_aside"] == aside > 0


async def test_runs_by_state_and_in_pages(asks: httpx.AsyncClient) -> None:
    whole = (await value(asks, "/v1/runs"))["runs"]
    assert (await value(asks, "/v1/runs?state=open"))["runs"] == whole[:1]
    assert (await value(asks, "/v1/runs?state=over"))["runs"] == whole[1:]
    assert (await value(asks, "/v1/runs?contract=four-eyes"))["runs"] == []
    first = await value(asks, "/v1/runs?limit=1")
    second = await value(asks, f"/v1/runs?limit=1&after={first['next']}")
    assert first["runs"] + second["runs"] == whole and "next" not in second


@pytest.mark.parametrize("query", ["state=done", "after=1", "limit=51", "contract=X"])
async def test_runs_refuse_what_is_no_question(asks: httpx.AsyncClient, query: str) -> None:
    assert (await asks.get(f"/v1/runs?{query}")).status_code == 400


# ---- pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", SLUGS)
async def test_the_page_of_all_contracts(asks: httpx.AsyncClient, slug: str) -> None:
    shown = await text(asks, f"/{slug}/contracts")
    listed = (await value(asks, "/v1/proposals"))["proposals"]
    field = slug.replace("-", "_")
    assert all(one["title"][field] in shown for one in listed)
    names = {"en": "Red Cross", "zh-hans": "红十字会", "zh-hant": "紅十字會"}
    assert names[slug] in shown
    assert HASH.search(shown) is None, "no hash on it"
    if slug == "en":
        assert "In force from 2027-01-29 16:07, in 2 d" in shown, "the end of the notice"
        assert "Still needed City relief office, by 2027-02-26" in shown
        assert "It decides nothing until 2027-01-30" in shown


@pytest.mark.parametrize("slug", SLUGS)
async def test_the_page_of_runs(asks: httpx.AsyncClient, slug: str) -> None:
    shown = await text(asks, f"/{slug}/runs")
    says = {
        "en": "80 of 120 households done",
        "zh-hans": "120 户中已处理 80 户",
        "zh-hant": "120 戶中已處理 80 戶",
    }
    assert says[slug] in shown and "CNY 297,980,000.00" in shown
    assert HASH.search(shown) is None
    answer = await asks.get(f"/{slug}/runs")
    assert f'width="{1_000 * 80 // MANY}"' in answer.text and says[slug] in answer.text
    assert (await asks.get(f"/{slug}/runs?before=x")).status_code == 400


@pytest.mark.parametrize("slug", SLUGS)
async def test_one_contract_by_its_id(asks: httpx.AsyncClient, slug: str) -> None:
    for name in ("four-eyes", RELIEF, "earmark", "payment-caps"):
        shown = await text(asks, f"/{slug}/contracts/{name}")
        assert HASH.search(shown) is None, name
    for one in (await value(asks, "/v1/proposals"))["proposals"]:
        answer = await asks.get(f"/{slug}/contracts/{one['hash']}")
        assert answer.status_code == 200
    assert (await asks.get(f"/{slug}/contracts/no-such-thing")).status_code == 404
    assert (await asks.get(f"/{slug}/contracts/X")).status_code == 400


async def test_what_is_said_of_one(asks: httpx.AsyncClient) -> None:
    gate = await text(asks, "/en/contracts/four-eyes")
    assert "Version 2 takes its place on 2027-01-29 16:07, in 2 d." in gate
    assert "if not: held" in gate and "Approved by Red Cross , City" not in gate
    assert "Version 1 (only watches) : replaced" in gate
    trigger = await text(asks, f"/en/contracts/{RELIEF}")
    assert "Instructs a payment" in trigger and "At most CNY 40,000.00 for each" in trigger
    assert "How often: at most 1 in 3 d" in trigger and "80 of 120 households done" in trigger
    assert "Last decisions" not in trigger, "it judges nothing"


# ---- what is held -------------------------------------------------------------------------------


async def test_until_when_it_waits_and_how_it_ended(
    asks: httpx.AsyncClient, played: Adopted
) -> None:
    waits = await text(asks, f"/en/e/{played.entries['waits']}")
    assert "Unless somebody decides before, the wait ends on 2027-01-30" in waits
    refused = await text(asks, f"/en/e/{played.entries['refused']}")
    index = played.entries["refusal"]
    assert f"The approval was refused in entry {index}: nothing of it was booked." in refused
    refusal = await text(asks, f"/en/e/{index}")
    assert f"It ends the wait of entry {played.entries['refused']}" in refusal
    expired = await text(asks, f"/en/e/{played.entries['expired']}")
    assert "Nobody decided in time" in expired


@pytest.mark.parametrize("slug", SLUGS)
async def test_lists_say_until_when(asks: httpx.AsyncClient, slug: str, played: Adopted) -> None:
    before = played.entries["waits"] + 1
    shown = await text(asks, f"/{slug}/entries?kind=disbursement.instruct&before={before}")
    says = {"en": "held, until 2027-01-30", "zh-hans": "至 2027-01-30", "zh-hant": "至 2027-01-30"}
    assert shown.count(says[slug]) == 1, "of the one that waits"
    ended = say("held_then_voided", SLUGS[slug])
    assert shown.count(ended) == 3, "refused, expired twice"
