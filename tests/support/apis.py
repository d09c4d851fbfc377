"""A node with its views and its app, in a folder of the test's own, with a small ledger on it.

Keys are made of their names (`ledgers.test_key`), the clock stands where the test puts it, a mirror
and a witness cosign in the same process.
"""

import contextlib
from collections.abc import Callable, Iterator
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
from nodes.keyring import KeyFile, write_key
from nodes.node import Node
from nodes.projections.follower import Follower, LogSource
from nodes.projections.projector import open_views
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
    follower = Follower(views, LogSource(node.store), is_busy=lambda: node.solo.waiting > 0)
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


def play(made: Place) -> dict[str, str]:
    """A day of relief: money in, set aside, paid; rice in, sent on, handed out; the ids by name."""
    said: dict[str, str] = {}

    def say(name: str, kind: str, body: Any, *actors: str) -> str:
        reply = made.say(kind, body, *actors)
        assert reply.code in ("ok", "flagged"), (name, reply)
        assert reply.statement is not None
        said[name] = reply.statement
        return reply.statement

    for name, amount in (("gift A", 10_000), ("gift B", 5_000), ("gift C", 20_000)):
        say(name, "donation.receive", gift(amount), "red/ana")
    draw = {"amount": 12_000, "line": "flood.general"}
    body: dict[str, Any] = {"draws": [draw], "programme": "flood-27", "purpose": "food"}
    say("allocated", "fund.allocate", body, "red/bao")
    body = {
        "area": "east",
        "draws": [{"amount": 8_000, "line": "flood.general"}],
        "payee": {"class": "vendor", "tag": "ab" * 32},
        "purpose": "food",
        "source": "allocated",
    }
    instructed = say("instructed", "disbursement.instruct", body, "red/chen", "red/dai")
    body = {"amount": 8_000, "instruction": instructed, "reference": "cd" * 32}
    say("paid", "disbursement.paid", body, "red/chen", "red/dai")

    line = {"condition": "good", "item": "rice", "quantity": 40_000}
    body = {"lines": [line], "site": "depot", "source": {"kind": "gift"}}
    lot = f"{say('rice', 'stock.receive', body, 'red/chen', 'red/dai')}/0"
    body = {"from": "depot", "lines": [{"lot": lot, "quantity": 15_000}], "to": "point"}
    sent = say("sent", "shipment.dispatch", body, "red/dai")
    arrived = {"damaged": 0, "good": 14_000, "item": "rice", "lost": 1_000}
    body = {"dispatch": sent, "lines": [arrived], "site": "point"}
    here = f"{say('arrived', 'shipment.arrive', body, 'blue/eve')}/0"
    body = {
        "lines": [{"lot": here, "quantity": 14_500}],
        "organisation": "blue",
        "site": "point",
    }
    say("handed out", "disbursement.handout", body, "blue/fay")
    _correct(say)
    refused = made.say("fund.allocate", _too_much(), "red/bao")
    assert refused.code == "not_enough", refused
    said["refused"] = str(refused.statement)
    made.settle()
    return said


def _correct(say: Callable[..., str]) -> None:
    """2,000 masks were written down; it was 20,000."""
    line = {"condition": "good", "item": "n95", "quantity": 2_000}
    body: dict[str, Any] = {"lines": [line], "site": "depot", "source": {"kind": "gift"}}
    masks = say("masks", "stock.receive", body, "red/chen", "red/dai")
    better = {**body, "lines": [{**line, "quantity": 20_000}]}
    correction = {
        "replacements": [{"body": better, "kind": "stock.receive", "v": 1}],
        "say": "Row 14: 20,000 masks came, not 2,000",
        "targets": [masks],
        "why": "incorrect_data",
    }
    say("correction", "correction.declare", correction, "red/chen", "red/dai")


def _too_much() -> dict[str, Any]:
    draw = {"amount": 10**9, "line": "flood.general"}
    return {"draws": [draw], "programme": "flood-27", "purpose": "food"}
