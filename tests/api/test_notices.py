"""What contracts tell somebody, over HTTP: `GET /v1/notices`.

Goal: a program that asks after its last number has each notice once, page by page, and can prove it.
Method: a node on which a trigger tells of gifts above a sum; three of them; pages of one and two.
"""

from collections.abc import Iterator

import httpx
import pytest
from adopting import HOUR
from apis import Place, gift, place
from cappedplace import later, say
from telling import telling


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("node")) as made:
        made.ledger.time = made.wall.now()
        body = {
            "document": telling(), "lane": "full", "mode": "enforce", "owner": "red",
            "not_before": made.wall.now() + 25 * HOUR, "scope": "consortium",
        }  # fmt: skip
        proposed = say(made, "contract.propose", body, "red/ana", "blue/eve")
        assert proposed.code == "ok", proposed
        done = {"proposal": proposed.statement, "sequence": 1}
        assert say(made, "contract.commit", done, "red/ana").code == "ok"
        later(made, 26 * HOUR)
        for amount in (100, 101, 102, 103):
            assert say(made, "donation.receive", gift(amount), "red/ana").code == "ok"
        made.settle()
        yield made


async def test_each_notice_is_read_once(client: httpx.AsyncClient) -> None:
    first = (await client.get("/v1/notices?to=red&limit=2")).json()
    assert (first["count"], first["first"], first["next"], first["to"]) == (3, 1, 2, "red")
    assert [one["n"] for one in first["notices"]] == [1, 2]
    rest = (await client.get("/v1/notices?to=red&limit=2&after=2")).json()
    assert [one["n"] for one in rest["notices"]] == [3] and "next" not in rest
    assert (await client.get("/v1/notices?to=red&after=3")).json()["notices"] == []
    one = rest["notices"][0]
    assert (one["code"], one["contract"], one["subject"]) == ("large-gift", "told", "flood.general")
    entry = (await client.get(f"/v1/entries/{one['entry']}")).json()
    assert entry["entry"]["statement"], "it leads to its cause"


async def test_nobody_else_is_told(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/notices?to=blue")).json()
    assert (found["count"], found["notices"]) == (0, [])
    assert (await client.get("/v1/notices")).status_code == 400
    for wrong in ("to=red&limit=0", "to=red&limit=101", "to=red&after=-1", "to="):
        assert (await client.get(f"/v1/notices?{wrong}")).status_code == 400


async def test_a_notice_is_a_row_that_can_be_proved(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/state/flags/notice/red/000000000003")
    assert answer.status_code == 200 and "large-gift" in answer.text
