"""Relief money for a whole county: one alert, one trigger, 120,000 households, killed half way.

The library's own contract is adopted as members adopt it, on a store on disk; what its figures
missed is worked out from the log. One alert opens a run; batches without a statement of anybody pay
the roll, 200 households each. The process that does it is killed (`kill -9`) in the middle, and
another goes on from what is on disk. At the end every household was paid once, by the log alone,
and nothing beyond the budget.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from contracts.duties.runs import has_work
from contracts.machine import Batch, step
from ledger.canon import Value
from ledger.entry import AutoEntry, parse_entry
from ledger.envelope import open_statement, sign_statement
from ledger.state import State
from nodes.recovery import close_clean, open_store
from nodes.store import Store
from tools.bench.gifts import ORIGIN, Bench, bench_key
from tools.contracts.library import load

BATCH: Final = 1_000
CONTRACT: Final = "alert-relief-money"
DAY_S: Final = 86_400
EACH: Final = 2_500_000
"""What a household of three is paid by the contract as it stands, in minor units."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """`households` on the roll; how long paying them took (seconds, the restart not counted), the
    longest batch, and where it was killed; `refill_s`: what the contract's figures missed, worked
    out from `refilled` entries."""

    households: int
    refilled: int
    refill_s: float
    seconds: float
    longest_s: float
    batches: int
    killed_at: int
    paid: int
    total: int


class _Writer:
    """Statements into a store, batch by batch, at times of our own."""

    def __init__(self, folder: Path, now: int) -> None:
        self.store: Store = open_store(folder).store
        self.time, self._nonce = now, 1 << 64

    def say(self, kind: str, body: Value, *, second: bool = True) -> str:
        """One statement in a batch of its own; its id."""
        return self.all([self.signed(kind, body, second=second)])[0]

    def signed(self, kind: str, body: Value, *, second: bool = True) -> bytes:
        keys = [bench_key("a"), bench_key("b")] if second else [bench_key("a")]
        self._nonce += 1
        payload: dict[str, Value] = {
            "author": keys[0].key_id,
            "body": body,
            "expires": {"time": self.time + DAY_S},
            "id": f"{self._nonce:032x}",
            "kind": kind,
            "log": ORIGIN,
            "occurred_at": self.time,
            "v": 1,
        }
        if second:
            payload["cosigners"] = [keys[1].key_id]
        return sign_statement(payload, keys)

    def all(self, datas: list[bytes]) -> list[str]:
        statements = tuple(open_statement(data) for data in datas)
        made = step(self.store, Batch(self.time, statements))
        for answer in made.answers:
            assert answer.code == "ok", answer
        self.store.commit(made)
        self.store.maintain()
        return [each.id for each in statements]

    def work(self) -> bool:
        """A batch without statements; whether the run goes on."""
        self.time += 1
        self.store.commit(step(self.store, Batch(self.time, ())))
        self.store.maintain(idle=True)
        return has_work(State(self.store))


def measure_rollout(folder: Path, households: int, say: Callable[[str], None]) -> Rollout:
    """Enrol, adopt, declare, pay, kill, go on, and count."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    now, refilled, refill_s = _prepare(folder, households)
    say(f"{households:,} households on the roll; {refilled:,} entries again in {refill_s:.1f} s")
    killed_at, first = _killed_half_way(folder, now, households)
    say(f"killed when {killed_at:,} were done")
    writer = _Writer(folder, now + 2 * households)
    spans = list(_spans(writer))
    close_clean(writer.store)
    paid, total = _count(folder, households)
    shutil.rmtree(folder)
    spans += first
    return Rollout(
        households=households,
        refilled=refilled,
        refill_s=refill_s,
        seconds=sum(spans),
        longest_s=max(spans),
        batches=len(spans),
        killed_at=killed_at,
        paid=paid,
        total=total,
    )


def _tag(number: int) -> str:
    return sha256(b"household %d" % number).hexdigest()[:32]


def _prepare(folder: Path, households: int) -> tuple[int, int, float]:
    """The ledger up to the alert; the batch time then, entries of the back-fill, its seconds."""
    now = 1_800_000_000
    bench = Bench(now)
    writer = _Writer(folder, now)
    writer.all([bench.genesis()])
    writer.all([bench.catalogue()])
    for low in range(0, households, BATCH):
        batch = range(low, min(low + BATCH, households))
        writer.all([writer.signed("household.enrol", _household(number)) for number in batch])
    document: Any = load(CONTRACT)
    document["params"]["pool"]["value"] = "relief"
    document["params"]["firing"]["value"] = EACH * households
    for case in document["tests"]:
        for effect in case["expect"].get("effects", []) if isinstance(case["expect"], dict) else []:
            for fields in effect.values():
                if "fund" in fields:
                    fields["fund"] = "relief"
                if fields.get("subject") == "emergency":
                    fields["subject"] = "relief"
    proposal = writer.say(
        "contract.propose",
        {
            "document": document,
            "lane": "full",
            "mode": "enforce",
            "not_before": now + 2 * DAY_S,
            "owner": "agency",
            "scope": "consortium",
        },
    )
    writer.say("contract.commit", {"proposal": proposal, "sequence": 1})
    refilled = writer.store.head().size
    start = time.perf_counter()
    writer.store.refilling.finish()
    refill_s = time.perf_counter() - start
    writer.time = now + 3 * DAY_S
    gift: dict[str, Value] = {
        "amount": EACH * households,
        "line": "relief.general",
        "reference": "aa" * 32,
        "seals": {name: "aa" * 32 for name in ("contact", "donor", "reference")},
    }
    writer.say("donation.receive", gift)
    allot: dict[str, Value] = {
        "draws": [{"amount": EACH * households, "line": "relief.general"}],
        "programme": "relief",
        "purpose": f"auto-{CONTRACT}",
    }
    writer.say("fund.allocate", allot)
    alert: dict[str, Value] = {
        "alert": "quake",
        "areas": ["county"],
        "hazard": "quake",
        "level": 4,
        "until": writer.time + 9 * DAY_S,
    }
    writer.say("alert.declare", alert)
    close_clean(writer.store)
    return writer.time, refilled, refill_s


def _household(number: int) -> dict[str, Value]:
    return {
        "area": "county",
        "bank_verified": True,
        "persons": 3,
        "programme": "relief",
        "seals": {name: _tag(number) * 2 for name in ("address", "document", "name", "phone")},
        "tag": _tag(number),
    }


def _spans(writer: _Writer) -> Iterator[float]:
    """Seconds of each batch until the run is over."""
    going = True
    while going:
        start = time.perf_counter()
        going = writer.work()
        yield time.perf_counter() - start


def _pay(folder: Path, now: int, pipe: Connection) -> None:
    for span in _spans(_Writer(folder, now)):
        pipe.send(span)


def _killed_half_way(folder: Path, now: int, households: int) -> tuple[int, list[float]]:
    """Households done when the paying process was killed, and seconds of its batches."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_pay, args=(folder, now, theirs))
    process.start()
    spans: list[float] = []
    while len(spans) * 200 < households // 2:
        spans.append(ours.recv())
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    return len(spans) * 200, spans


def _count(folder: Path, households: int) -> tuple[int, int]:
    """Households paid and minor units instructed, read from the log; nobody twice."""
    store = open_store(folder).store
    found: dict[str, int] = {}
    with store.view() as view:
        size = view.head().size
        for low in range(0, size, BATCH):
            for _, raw in view.entries(low, min(low + BATCH, size)):
                entry = parse_entry(raw)
                if isinstance(entry, AutoEntry) and entry.kind == "disbursement.instruct":
                    assert entry.outcome["code"] == "ok", entry.outcome
                    body: Any = entry.body
                    tag = body["payee"]["tag"]
                    assert tag not in found, tag
                    found[tag] = sum(draw["amount"] for draw in body["draws"])
    store.close()
    assert len(found) == households and sum(found.values()) == EACH * households
    return len(found), sum(found.values())
