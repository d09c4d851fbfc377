"""A node on which a cap on allocations is in force and has denied one: for the API and commands."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adopting import HOUR
from apis import Place, gift, place
from simulated import capped

from nodes.errors import NotRefilled
from nodes.solo import Reply

ALLOCATE = {
    "draws": [{"amount": 60, "line": "flood.general"}], "programme": "flood-27", "purpose": "food",
}  # fmt: skip


def later(node: Place, seconds: int) -> None:
    """The clock leaps, and an operator says that it is right."""
    node.wall.time += seconds
    node.node.confirm_clock()
    node.ledger.time = node.wall.time


def say(node: Place, kind: str, body: Any, *actors: str) -> Reply:
    """Sent again while the node works out the figures of a contract."""
    statement = node.ledger.statement(kind, body, *actors)
    for _ in range(200):
        with contextlib.suppress(NotRefilled):
            (reply,) = node.send(statement)
            if reply.error is None:
                return reply
        time.sleep(0.05)
    raise AssertionError(statement)


def adopt(node: Place, document: dict[str, Any], mode: str) -> str:
    now = node.wall.now()
    body = {
        "document": document, "lane": "full", "mode": mode, "not_before": now + 25 * HOUR,
        "owner": "red", "scope": "consortium",
    }  # fmt: skip
    node.ledger.time = now
    proposed = say(node, "contract.propose", body, "red/ana", "blue/eve")
    assert proposed.code == "ok", proposed
    sequence = {"shadow": 1, "enforce": 2}[mode]
    done = say(
        node, "contract.commit", {"proposal": proposed.statement, "sequence": sequence}, "red/ana"
    )
    assert done.code == "ok", done
    later(node, 26 * HOUR)
    return str(proposed.statement)


@contextlib.contextmanager
def capped_place(folder: Path) -> Iterator[Place]:
    """A gift, a cap of CNY 1.00 in seven days, an allocation of 0.60 and another that is denied."""
    with place(folder) as made:
        assert made.say("donation.receive", gift(1_000_000), "red/ana").code == "ok"
        for mode in ("shadow", "enforce"):
            adopt(made, capped(100), mode)
        assert say(made, "fund.allocate", ALLOCATE, "red/bao").code == "ok"
        later(made, 10)
        refused = say(made, "fund.allocate", ALLOCATE, "red/bao")
        assert refused.code == "contract_denied" and refused.index is not None
        made.settle()
        yield made


def denied(node: Place) -> int:
    """The entry that the cap denied: the last statement of the log."""
    for index in reversed(range(node.node.size())):
        [raw] = node.node.entries(index, index + 1)
        if b'"code":"contract_denied"' in raw:
            return index
    raise AssertionError("nothing was denied")
