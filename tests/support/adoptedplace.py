"""A node on whose log members have adopted contracts of the library: for the API and its pages.

In force: large payments wait (`four-eyes`), relief money on an alert; only watching: payment caps.
Committed and under notice: `four-eyes` on another basis. Proposed, with one voice: earmarks. One run
is over, one is on its way and waits, because its contract was suspended. `python -m adoptedplace FOLDER`
serves it, for a real browser.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from adopting import ANA, DAY, EVE, adopt, commit, enforce, propose, tick
from apis import Place, place
from ledgers import TestLedger, catalogue_body, genesis_body
from nodekit import fill, opened
from relieving import households

from contracts.batch import Answer
from nodes.watermark import Watermark
from tools.contracts.library import load

RELIEF = "alert-relief-money"
NAMED = {
    "red": {"en": "Red Cross", "zh_hans": "红十字会", "zh_hant": "紅十字會"},
    "blue": {"en": "City relief office", "zh_hans": "市救灾办公室", "zh_hant": "市救災辦公室"},
}
FEW, MANY = 30, 120
"""Households at the first alert, and at the second."""


def relief_money() -> dict[str, Any]:
    """That of the library for the fund and the purposes of the tests, a few households a batch."""
    text = json.dumps(load(RELIEF)).replace('"emergency"', '"flood"').replace('"cash"', '"food"')
    document: dict[str, Any] = json.loads(text)
    document["foreach"]["per_batch"] = 20
    return document


@dataclass
class Adopted:
    """The ledger as it was played, with statements by name."""

    ledger: TestLedger
    said: dict[str, str] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)

    def say(self, name: str, kind: str, body: dict[str, Any], *actors: str) -> Answer:
        answer = self.ledger.say(kind, body, *actors)
        assert answer.code in ("ok", "held", "flagged"), (name, answer)
        assert answer.index is not None
        self.said[name], self.entries[name] = answer.statement, answer.index
        return answer

    def alert(self, name: str) -> None:
        body = {
            "alert": name, "areas": ["east"], "hazard": "flood", "level": 4,
            "until": self.ledger.time + 9 * DAY,
        }  # fmt: skip
        self.say(name, "alert.declare", body, "red/bao", "blue/fay")

    def portions(self, count: int) -> None:
        for _ in range(count):
            self.ledger.time += 60
            self.ledger.run()

    def pay(self, name: str, amount: int) -> str:
        body = {
            "area": "east",
            "draws": [{"amount": amount, "line": "flood.general"}],
            "payee": {"class": "vendor", "tag": sha256(name.encode()).hexdigest()},
            "purpose": "food",
            "source": "free",
        }
        return str(self.say(name, "disbursement.instruct", body, "red/chen", "red/bao").statement)


def played() -> Adopted:
    """The history, in memory."""
    ledger = TestLedger()
    genesis = genesis_body()
    genesis["currencies"] = [{"code": "CNY", "minor": 2}]
    genesis["limits"] = [{"commodity": "CNY", "n": 10_000_000_00}]
    genesis["organisations"] = [{"id": one, "names": NAMED[one]} for one in ("red", "blue")]
    assert ledger.say("genesis", genesis, ANA, EVE).code == "ok"
    assert ledger.say("catalogue.define", catalogue_body(), ANA).code == "ok"
    made = Adopted(ledger)
    gift = {
        "amount": 9_000_000_00,
        "line": "flood.general",
        "reference": sha256(b"gift").hexdigest(),
        "seals": {name: "aa" * 32 for name in ("contact", "donor", "reference")},
    }
    made.say("gift", "donation.receive", gift, ANA, "red/dai")
    enforce(ledger, load("four-eyes"))
    adopt(ledger, load("payment-caps"))
    adopt(ledger, relief_money(), mode="enforce")
    households(ledger, FEW)
    draws = [{"amount": 6_000_000_00, "line": "flood.general"}]
    aside = {"draws": draws, "programme": "flood-27", "purpose": f"auto-{RELIEF}"}
    made.say("aside", "fund.allocate", aside, "red/bao", "red/dai")
    made.alert("first-flood")
    made.portions(3)
    made.pay("small", 9_000_00)
    made.pay("held", 55_000_00)
    made.pay("refused", 60_000_01)
    body = {"held": made.said["refused"], "reason": "too-much"}
    made.say("refusal", "approval.refuse", body, "blue/fay")
    made.pay("expired", 70_000_01)
    ledger.time += 4 * DAY
    tick(ledger)
    made.pay("waits", 80_000_01)
    households(ledger, MANY - FEW, first=FEW)
    made.alert("second-flood")
    made.portions(3)
    against = {"contract": RELIEF, "reason": "look", "scope": "consortium"}
    made.say("suspension", "contract.suspend", against, ANA, EVE)
    ledger.time += 60
    tick(ledger)
    document = {**load("four-eyes"), "basis": "Charter 4.2", "version": 2}
    next_version = propose(ledger, document, mode="enforce")
    assert next_version.code == "ok", next_version
    assert commit(ledger, next_version.statement).code == "ok"
    open_ = propose(ledger, load("earmark"), ANA)
    assert open_.code == "ok", open_
    made.said["earmark"] = open_.statement
    return made


@contextlib.contextmanager
def adopted_place(folder: Path) -> Iterator[tuple[Place, Adopted]]:
    """A node on that history. Its clock stands where it ended."""
    made = played()
    Watermark(folder / "keys" / "watermark").close()
    with opened(folder / "data" / "store") as store:
        fill(store, [step for step in made.ledger.steps if not step.is_empty])
    with place(folder, founded=False) as found:
        found.wall.time = made.ledger.time
        found.settle()
        yield found, made


async def _serve(folder: Path) -> None:
    from web import live

    with adopted_place(folder) as (found, made):
        async with live(found.app) as port:
            said = {"port": port, "entries": made.entries, "statements": made.said}
            print(json.dumps(said), flush=True)
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
