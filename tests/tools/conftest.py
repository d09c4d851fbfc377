"""Ledgers that tests of the commands share: a node that listens, its published log, a stopped one.

Goal: each is made once for all, by the commands themselves; a test that spoils one takes a copy.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from homes import Home, Served, copy_of, new_home, people, said, sent, served, write_gift


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A node that listens, with two gifts, an allocation and rice in two lots on its log."""
    with served(new_home(tmp_path_factory.mktemp("operating") / "home")) as one:
        folder = one.home.folder.parent
        tell(one, write_gift(folder / "g1.json", 1, 70_000), "charity/secretary")
        tell(one, write_gift(folder / "g2.json", 2, 5_000), "charity/secretary")
        allocation = {
            "draws": [{"amount": 30_000, "line": "flood.general"}],
            "programme": "flood",
            "purpose": "food",
        }
        tell_body(one, "fund.allocate", allocation, "charity/secretary")
        rice = {
            "lines": [{"condition": "good", "item": "rice", "quantity": 90_000}],
            "site": "depot",
            "source": {"kind": "gift"},
        }
        came = tell_body(one, "stock.receive", rice, "county/stores", "charity/cashier")
        split = {"lot": f"{came['statement']}/0", "quantities": [60_000], "site": "depot"}
        tell_body(one, "stock.split", split, "county/stores")
        one.settle()
        yield one


def tell(one: Served, file: Path, *actors: str) -> dict[str, Any]:
    """Submit a file as a command would; the answer."""
    keys = [part for actor in actors for part in ("--key", people(one.home, actor))]
    code, value = said("submit", file, "--to", one.url, "--dir", one.home.folder, *keys)
    assert code == 0, value
    answer: dict[str, Any] = value["statements"][0]["answer"]
    return answer


def tell_body(one: Served, kind: str, body: Any, *actors: str) -> dict[str, Any]:
    file = one.home.folder.parent / "body.json"
    file.write_text(json.dumps({"kind": kind, "body": body}))
    return tell(one, file, *actors)


@pytest.fixture(scope="session")
def donation(filled: Served) -> str:
    """Statement id of the first gift."""
    [found] = [
        each for each in sent(filled.home, "donation.receive") if each.body["amount"] == 70_000
    ]
    return found.id


@pytest.fixture(scope="session")
def public(filled: Served) -> Path:
    """The log as static files."""
    folder = filled.home.folder.parent / "public"
    filled.whole.node.export_public(folder)
    return folder


@pytest.fixture(scope="session")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A ledger whose node was stopped cleanly."""
    home = new_home(tmp_path_factory.mktemp("stopped") / "home")
    with served(home) as one:
        tell(one, write_gift(home.folder.parent / "g.json", 1), "charity/secretary")
        one.settle()
    return home


@pytest.fixture
def home(stopped: Home, tmp_path: Path) -> Home:
    """A copy of it, to be spoilt."""
    return copy_of(stopped, tmp_path / "home")
