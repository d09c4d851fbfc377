"""Nodes for tests: keys of the test ledger in files, stories committed to a store, images of a crash."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from ledgers import NOW, ORIGIN, TestLedger, catalogue_body, genesis_body

from contracts.machine import Step
from ledger.envelope import format_envelope
from nodes.clock import FixedClock
from nodes.keyring import KeyFile, write_key
from nodes.node import Node
from nodes.recovery import open_store
from nodes.settings import Settings, StoreOptions
from nodes.solo import Reply
from nodes.store import Store

SMALL = StoreOptions(page_cache=16, fold_every=7, wal_pages=40)
"""So small that everything is folded, evicted and moved all the time."""

NAMES = {
    "log": ORIGIN,
    "mirror": "red.example.org/mirror",
    "witness": "blue.example.org/witness",
}
ALL = ("log", "promise", "mirror", "witness", "vault")


def key_file(use: str) -> KeyFile:
    """The test ledger's key of that use."""
    return KeyFile(use, NAMES.get(use, ""), sha256(use.encode()).digest())


def write_keys(folder: Path, uses: tuple[str, ...] = ALL) -> None:
    for use in uses:
        if not (folder / f"{use}.key").exists():
            write_key(folder / f"{use}.key", key_file(use), None)


def fill(store: Store, steps: list[Step]) -> None:
    for made in steps:
        store.commit(made)
        store.maintain()


def image(store: Store, to: Path) -> Path:
    """What a crash would leave now: a copy of the folder as it lies on the disk."""
    shutil.copytree(store.folder, to)
    return to


@contextmanager
def opened(folder: Path, options: StoreOptions | None = SMALL) -> Iterator[Store]:
    """A store that is closed without a word at the end, as by a crash."""
    store = open_store(folder, options).store
    try:
        yield store
    finally:
        store.close()


class Speaker(TestLedger):
    """Says statements to a node. `clock` is the node's wall clock."""

    def __init__(self, node: Node, clock: FixedClock) -> None:
        super().__init__()
        self.node, self.clock = node, clock

    def send(self, kind: str, body: Any, *actors: str, **changes: Any) -> Reply:
        envelope = format_envelope(self.statement(kind, body, *actors, **changes))
        return self.node.submit([envelope]).result(timeout=20)[0]

    def found(self) -> None:
        """Genesis and catalogue."""
        for kind, body in (("genesis", genesis_body()), ("catalogue.define", catalogue_body())):
            reply = self.send(kind, body, "red/ana", "blue/eve")
            assert reply.code == "ok", reply

    def gift(self, number: int, **changes: Any) -> bytes:
        """The envelope of a gift; the number makes it one of its own, whoever says it."""
        tag = sha256(b"gift %d" % number).hexdigest()
        body = {
            "amount": 100 + number,
            "line": "flood.general",
            "reference": tag,
            "seals": {"contact": tag, "donor": tag, "reference": tag},
        }
        changes.setdefault("nonce", tag[:32])
        return format_envelope(self.statement("donation.receive", body, "red/ana", **changes))


@contextmanager
def running(
    folder: Path,
    *,
    uses: tuple[str, ...] = ALL,
    time: int = NOW,
    found: bool = True,
    **changes: Any,
) -> Iterator[Speaker]:
    """A node that runs, founded when it is new; stopped cleanly unless it was lost."""
    write_keys(folder / "keys", uses)
    changes = {"offer_every_ms": 0, "batch_window_ms": 0, "free_bytes_min": 0, **changes}
    clock = FixedClock(time)
    node = Node(Settings(data_dir=folder, **changes), wall=clock)
    node.start()
    try:
        speaker = Speaker(node, clock)
        if found and node.size() == 0:
            speaker.found()
        yield speaker
    finally:
        node.stop()
