"""A page is of one moment: what its lists name, the log that it reads has.

Goal: while the log and its views grow, no page asks the log for what came after its own snapshot of it.
Method: between the two snapshots of a request a batch is made, and comes into the views.
"""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from apis import Place, gift, place

from nodes.view import View

PAGES = (
    "/en/", "/en/entries", "/en/entries?kind=donation.receive", "/en/e/0", "/en/differences",
    "/en/contracts", "/en/runs", "/v1/proposals", "/v1/runs",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("node")
    with place(folder) as found:
        found.settle()
        yield found


@pytest_asyncio.fixture
async def asks(made: Place) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(made.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        yield client


@pytest.mark.parametrize("before", [True, False], ids=["before it is opened", "once it is open"])
@pytest.mark.parametrize("path", PAGES)
async def test_a_batch_comes_between(
    path: str, before: bool, made: Place, asks: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, came = made.node.store.view, list[int]()

    def batch() -> None:
        # Once, and for the request alone: the follower opens snapshots too.
        if came or threading.current_thread().name == "follower":
            return
        came.append(made.node.size())
        assert made.say("donation.receive", gift(100), "red/ana", "red/dai").code == "ok"
        assert made.follower.wait_for(made.node.size(), within_s=30), made.follower.failure

    @contextmanager
    def view() -> Iterator[View]:
        if before:
            batch()
        with opened() as found:
            if not before:
                batch()
            yield found

    monkeypatch.setattr(made.node.store, "view", view)
    answer = await asks.get(path)
    assert answer.status_code == 200, answer.text
    assert came
