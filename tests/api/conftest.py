"""A node with a little ledger, and a client that asks its app without a network."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from apis import Place, place


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A running node, shared by the tests of one file."""
    with place(tmp_path_factory.mktemp("node")) as made:
        yield made


@pytest_asyncio.fixture
async def client(node: Place) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the node's app; a fault of the app is an answer, as it is for people."""
    transport = httpx.ASGITransport(node.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as made:
        yield made
