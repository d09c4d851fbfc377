"""A node with its views and its app, in a folder of the test's own, with a small ledger on it.

Keys are made of their names (`ledgers.test_key`), the clock stands where the test puts it, a mirror
and a witness cosign in the same process.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from ledgers import NOW, ORIGIN, TestLedger, catalogue_body, genesis_body
from sqlalchemy import Engine

from api.app import create_app
from api.gate import Limits
from ledger.envelope import Statement, format_envelope
from nodes.clock import FixedClock
from nodes.follower import Follower, StoreSource
from nodes.keyring import KeyFile, write_key
from nodes.node import Node
from nodes.projector import open_views
from nodes.settings import Settings
from nodes.solo import Reply

KEYS = {
    "log": ("log", ORIGIN),
    "promise": ("promise", ""),
    "mirror": ("mirror", "red.example.org/mirror"),
    "witness": ("witness", "blue.example.org/witness"),
}
FAST = {"offer_every_ms": 20, "batch_window_ms": 1, "free_bytes_min": 0}
SEALS = {"contact": "c" * 64, "donor": "d" * 64, "reference": "e" * 64}


@dataclass
class Place:
    """A running node; `ledger` signs statements for its log (and orders none itself)."""

    node: Node
    views: Engine
    follower: Follower
    wall: FixedClock
    ledger: TestLedger
    app: FastAPI

    def send(self, *statements: Statement) -> list[Reply]:
        """Statements as one parcel; their replies."""
        datas = [format_envelope(each) for each in statements]
        return list(self.node.submit(datas).result(30))

    def say(self, kind: str, body: Any, *actors: str, **changes: Any) -> Reply:
        """One statement."""
        (reply,) = self.send(self.ledger.statement(kind, body, *actors, **changes))
        return reply

    def settle(self) -> None:
        """Wait until all that was sent is final and in the views."""
        size = self.node.size()
        self.node.when_final(size - 1).result(30)
        assert self.follower.wait_for(size, within_s=30), self.follower.failure


def gift(
    amount: int, *, line: str = "flood.general", reference: str | None = None
) -> dict[str, Any]:
    """The body of a gift; the reference is new unless given."""
    gift.count += 1  # type: ignore[attr-defined]
    fresh = sha256(b"reference %d" % gift.count).hexdigest()  # type: ignore[attr-defined]
    return {"amount": amount, "line": line, "reference": reference or fresh, "seals": SEALS}


gift.count = 0  # type: ignore[attr-defined]


def settings(folder: Path, **changes: Any) -> Settings:
    """Settings of a node in `folder`, its key files written."""
    for use, (seed, name) in KEYS.items():
        path = folder / "keys" / f"{use}.key"
        if not path.exists():
            write_key(path, KeyFile(use, name, sha256(seed.encode()).digest()), None)
    return Settings(data_dir=folder / "data", keys_dir=folder / "keys", **{**FAST, **changes})


@contextlib.contextmanager
def place(
    folder: Path, *, limits: Limits | None = None, founded: bool = True, **changes: Any
) -> Iterator[Place]:
    """A running node with its app; genesis and the catalogue are on its log when `founded`."""
    wall = FixedClock(NOW)
    node = Node(settings(folder, **changes), wall=wall)
    node.start()
    views = open_views(f"sqlite:///{folder}/views.sqlite")
    follower = Follower(views, StoreSource(node.store))
    follower.start()
    made = Place(node, views, follower, wall, TestLedger(), create_app(node, views, limits=limits))
    try:
        if founded:
            for kind, body, actors in (
                ("genesis", genesis_body(), ("red/ana", "blue/eve")),
                ("catalogue.define", catalogue_body(), ("red/ana", "blue/eve")),
            ):
                reply = made.say(kind, body, *actors)
                assert reply.index is not None and reply.refusal is None, reply
        yield made
    finally:
        follower.stop()
        node.stop()
        views.dispose()
