"""What goes on by itself on a real node: runs of contracts, deadlines, contracts that fall due.

Goal: an alert pays everybody once, though nobody says anything more, whatever is stopped or killed in
between; what goes on waits where authorisations do, costs nothing while it waits, and goes on by
itself; statements are answered meanwhile; an idle node records what falls due.
Method: a ledger with households and an allotment is played in memory and laid into a node's store;
the node has a clock of the test's, a mirror that executes every batch again, and a witness. Waiting
is measured as time that the orderer's thread had a processor.
"""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from adopting import ANA, EVE, adopt, counting, proposal
from apis import gift as gift_of
from apis import place
from documents import text
from ledgers import TestLedger, founded
from nodekit import Speaker, fill, opened, running
from relieving import CONTRACT, allot, households, relief, tag
from standinggates import cap, gift, pay, stand
from standinggates import founded as founded_with_gates

from contracts.audit import Audit
from contracts.causing import Causing
from ledger.entry import AutoEntry, StatementEntry, parse_entry
from ledger.envelope import Statement, format_envelope
from nodes import chaos
from nodes.peers import STATEMENT
from nodes.publisher import root_at
from nodes.watermark import Watermark

CHILD = Path(__file__).resolve().parents[1] / "support" / "paying_node.py"
KILLS = int(os.environ.get("RELIEF_RUN_KILLS", "10"))
PEOPLE = 120
PORTION = 10
DAY = 86_400
TOLD = {"raise_alert": {"code": "hour", "subject": "site/depot"}}
IDLE_S = 0.1
"""Processor time of the orderer's thread in two seconds of waiting, at most: a twentieth."""


@pytest.fixture(autouse=True)
def whole() -> Iterator[None]:
    yield
    chaos.clear()


@cache
def ready() -> TestLedger:
    """The trigger in force in portions of `PORTION`, people enrolled, money set aside."""
    ledger = founded()
    document = relief()
    document["foreach"]["per_batch"] = PORTION
    document["budget"]["per_firing"] = 500_000_000
    adopt(ledger, document, mode="enforce")
    households(ledger, PEOPLE)
    for _ in range(2):
        ledger.time += 1
    allot(ledger, 400_000_000)
    return ledger


def lay(folder: Path, ledger: TestLedger) -> None:
    """The folder of a node that has all of `ledger` and has signed nothing yet."""
    Watermark(folder / "keys" / "watermark").close()
    with opened(folder / "store") as store:
        fill(store, [made for made in ledger.steps if not made.is_empty])


def paying(folder: Path, **changes: Any) -> Any:
    """A node on a copy of `ready`."""
    ledger = ready()
    if not (folder / "store").exists():
        lay(folder, ledger)
    return running(folder, found=False, time=ledger.time, **changes)


def declare(it: Speaker, alert: str = "quake") -> int:
    it.time = it.clock.time
    it.count += 1_000_000
    body = {
        "alert": alert, "areas": ["east"], "hazard": "quake", "level": 4, "until": it.time + 9 * DAY,
    }  # fmt: skip
    reply = it.send("alert.declare", body, "red/bao")
    assert reply.code == "ok", reply
    index: int | None = reply.index
    assert index is not None
    return index


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def autos(it: Speaker, kind: str, first: int = 0) -> list[AutoEntry]:
    entries = [parse_entry(raw) for raw in it.node.entries(first, it.node.size())]
    return [one for one in entries if isinstance(one, AutoEntry) and one.kind == kind]


def paid(it: Speaker) -> Counter[tuple[int, str]]:
    """(cause, household) -> how often it was paid."""
    found: Counter[tuple[int, str]] = Counter()
    for one in autos(it, "disbursement.instruct"):
        assert one.outcome["code"] == "ok", one
        payee = one.body["payee"]
        assert isinstance(payee, dict)
        found[(one.cause.entry, str(payee["tag"]))] += 1
    return found


def everybody(*causes: int) -> Counter[tuple[int, str]]:
    return Counter({(cause, tag(n)): 1 for cause in causes for n in range(PEOPLE)})


def processor(it: Speaker) -> float:
    """Seconds that the orderer's thread had a processor."""
    thread = it.node._orderer
    assert thread is not None and thread.ident is not None
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


def rests(it: Speaker) -> None:
    """The node waits for two seconds, and neither works nor writes."""
    time.sleep(0.1)
    before, size = processor(it), it.node.size()
    time.sleep(2)
    assert it.node.size() == size
    assert processor(it) - before < IDLE_S, processor(it) - before


def all_final(it: Speaker) -> None:
    size = it.node.size()
    it.node.when_final(size - 1).result(timeout=60)
    note = it.node.announcer.final
    assert note is not None and b"red.example.org/mirror" in note


def leap(it: Speaker, seconds: int) -> None:
    """The clock is that much later, and somebody has looked at it."""
    it.clock.time += seconds
    it.node.confirm_clock()


# ---- 1: it goes on by itself


def test_adopted_on_the_node_it_pays_without_another_word(tmp_path: Path) -> None:
    """Notice passes by the clock, the contract comes in force on an idle node, an alert pays all."""
    with running(tmp_path) as it:
        node = it.node
        document = relief()
        body = proposal(document, it, mode="enforce")
        proposed = it.send("contract.propose", body, ANA, EVE)
        assert proposed.code == "ok", proposed
        body = {"proposal": proposed.statement, "sequence": 1}
        assert it.send("contract.commit", body, ANA).code == "ok"
        assert autos(it, "contract.activate") == []
        leap(it, 2 * DAY)
        until(lambda: len(autos(it, "contract.activate")) == 1)
        it.time = it.clock.time
        enrol_through(it, 450)
        allot_through(it, 50_000_000)
        first = declare(it)
        until(lambda: not node.solo.goes_on)
        assert paid(it) == Counter({(first, tag(n)): 1 for n in range(450)})
        told = [(one.body["state"], one.body["done"]) for one in autos(it, "contract.run")]
        assert told[-1] == ("ended", 450) and len(told) == 3
        all_final(it)
        rests(it)


def enrol_through(it: Speaker, count: int) -> None:
    """`relieving.households`, said to the node."""

    def run(*statements: Statement) -> tuple[Any, ...]:
        return it.node.submit([format_envelope(one) for one in statements]).result(timeout=60)

    it.run = run  # type: ignore[method-assign]
    households(it, count)
    del it.run


def allot_through(it: Speaker, amount: int) -> None:
    it.say = it.send  # type: ignore[assignment, method-assign]
    allot(it, amount)


# ---- 2: stopped and killed


def test_stopped_in_the_middle_it_goes_on_at_the_next_start(tmp_path: Path) -> None:
    passed = 0

    def count() -> None:
        nonlocal passed
        passed += 1
        time.sleep(0.05)

    chaos.install("orderer.stepped", count)
    with paying(tmp_path) as it:
        first = declare(it)
        until(lambda: passed >= 5)  # the alert's own batch among them
    chaos.clear()
    with paying(tmp_path) as it:
        until(lambda: not it.node.solo.goes_on)
        some = [one for one in autos(it, "contract.run") if one.body["state"] == "running"]
        assert len(some) >= 4
        assert paid(it) == everybody(first)
        all_final(it)


def killed(folder: Path, alert: str, at: int, *, point: str, count: int, after_s: float) -> str:
    """What a child said before it died, or came to its end."""
    environment = {name: value for name, value in os.environ.items() if name != "RELIEF_CHAOS"}
    if point:
        environment["RELIEF_CHAOS"] = f"{point}:{count}:kill"
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), alert, str(at)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        if point:
            output, errors = child.communicate(timeout=90)
        else:
            assert child.stdout is not None
            first = child.stdout.readline()
            time.sleep(after_s)
            child.kill()
            rest, errors = child.communicate(timeout=60)
            output = first + rest
    finally:
        child.kill()
        child.wait()
    assert child.returncode in (-9, 0), errors[-2000:]
    return output


POINTS = (
    "orderer.taken", "orderer.stepped", "store.entries", "store.commit", "store.commit.done",
    "store.applied", "publisher.sign.done", "mirror.commit.done", "finality.keep.done", "store.fold",
)  # fmt: skip


def test_killed_at_any_moment_nobody_is_paid_twice(tmp_path: Path) -> None:
    folder, random, ledger = tmp_path / "n", Random(5), ready()
    lay(folder, ledger)
    points = list(POINTS)
    random.shuffle(points)
    output, dead = "", 0
    for number in range(KILLS):
        point = points[number // 2 % len(points)] if number % 2 else ""
        count = random.choice([1, 2]) if point == "store.fold" else random.randint(2, 12)
        said = killed(
            folder, f"alert-{number // 2}", ledger.time,
            point=point, count=count, after_s=random.random() * 0.5,
        )  # fmt: skip
        output += said
        dead += "done" not in said
    assert dead >= KILLS // 2, "most children died with a run that went on"
    roots: dict[str, set[str]] = {}
    for line in output.splitlines():
        words = line.split(" ")
        if words[0] == "signed":
            roots.setdefault(words[2], set()).add(words[3])
    assert all(len(found) == 1 for found in roots.values()), "two roots for one size"
    with paying(folder) as it:
        until(lambda: not it.node.solo.goes_on, 60)
        entries = [parse_entry(raw) for raw in it.node.entries(0, it.node.size())]
        causes = [
            n
            for n, one in enumerate(entries)
            if isinstance(one, StatementEntry)
            and one.statement.kind == "alert.declare"
            and one.outcome["code"] == "ok"
        ]
        assert causes and paid(it) == everybody(*causes)
        all_final(it)
        for size, (root,) in roots.items():
            assert root_at(it.node.store, int(size)).hex() == root
        it.node.export_public(tmp_path / "public")
        trust, size = it.node.trust_data() or b"", it.node.size()
    report = Audit(lambda path: (tmp_path / "public" / path).read_bytes(), trust).run()
    assert report.size == size


# ---- 3: it waits, and does not spin


def test_it_waits_while_the_clock_is_not_confirmed(tmp_path: Path) -> None:
    with paying(tmp_path) as it:
        batches = 0

        def leap_once() -> None:
            nonlocal batches
            batches += 1
            if batches == 3:
                it.clock.time += 3 * DAY

        chaos.install("orderer.stepped", leap_once)
        first = declare(it)
        until(lambda: bool(it.node.solo.waits))
        assert "clock is not confirmed" in it.node.solo.waits
        assert it.node.solo.goes_on and it.node.solo.open_runs == 1
        assert 0 < len(paid(it)) < PEOPLE
        rests(it)
        it.node.confirm_clock()
        until(lambda: not it.node.solo.goes_on)
        assert paid(it) == everybody(first)
        assert it.node.solo.waits == "" and it.node.solo.open_runs == 0
        all_final(it)


def test_it_waits_while_too_much_is_not_final(tmp_path: Path) -> None:
    go = threading.Event()

    def blocked() -> None:
        go.wait(15)

    with paying(tmp_path, unfinal_entries_max=40) as it:
        # What was laid in becomes final with the first batch.
        reply = it.node.submit([it.gift(1)]).result(timeout=20)[0]
        it.node.when_final(reply.index or 0).result(timeout=60)
        chaos.install("mirror.step", blocked)
        try:
            first = declare(it)
            until(lambda: "not final" in it.node.solo.waits)
            assert len(paid(it)) < PEOPLE
            rests(it)
        finally:
            go.set()
        until(lambda: not it.node.solo.goes_on)
        assert paid(it) == everybody(first)
        all_final(it)


def test_the_run_of_a_suspended_contract_rests_and_goes_on_when_that_ends(tmp_path: Path) -> None:
    with paying(tmp_path) as it:
        chaos.install("orderer.stepped", lambda: time.sleep(0.02))
        first = declare(it)
        body = {"contract": CONTRACT, "reason": "fault", "scope": "consortium"}
        assert it.send("contract.suspend", body, ANA, EVE).code == "ok"
        until(lambda: not it.node.solo.goes_on)
        chaos.clear()
        assert it.node.solo.open_runs == 1 and "suspended" in it.node.solo.waits
        done = len(paid(it))
        assert done < PEOPLE
        rests(it)
        # A statement of somebody changes nothing of it.
        assert it.node.submit([it.gift(1)]).result(timeout=20)[0].code == "ok"
        rests(it)
        assert len(paid(it)) == done and "suspended" in it.node.solo.waits
        leap(it, 72 * 3_600)
        until(lambda: it.node.solo.open_runs == 0)
        assert paid(it) == everybody(first)
        all_final(it)


# ---- 4: statements meanwhile


def test_statements_are_answered_while_a_run_goes_on(tmp_path: Path) -> None:
    """In a batch of the run's, at the latest the next one but one."""
    with paying(tmp_path) as it:
        first = declare(it)
        waited: list[int] = []
        number = 100
        while it.node.solo.goes_on:
            number += 1
            began = it.node.store.head().batch
            reply = it.node.submit([it.gift(number)]).result(timeout=20)[0]
            assert reply.code == "ok" and reply.index is not None
            entry = parse_entry(it.node.entries(reply.index, reply.index + 1)[0])
            assert isinstance(entry, StatementEntry)
            waited.append(entry.batch - began)
        assert waited and max(waited) <= 3, waited
        assert paid(it) == everybody(first)


# ---- 5: what falls due


def test_an_idle_node_records_that_a_hold_has_lapsed(tmp_path: Path) -> None:
    ledger = founded_with_gates()
    assert gift(ledger, 1_000).code == "ok"
    waits = {"where": "size(it.approvals) < 2", "defaults": {"it": {"approvals": []}}}
    stand(ledger, cap("small", 100, "hold", **waits))
    answer = pay(ledger, 600)
    assert answer.code == "held"
    lay(tmp_path, ledger)
    with running(tmp_path, found=False, time=ledger.time) as it:
        size = it.node.size()
        rests(it)
        due = it.node.solo._due
        assert due is not None and due > ledger.time
        leap(it, due - ledger.time - 1)
        time.sleep(0.3)
        assert it.node.size() == size, "a second before, nothing"
        leap(it, 1)
        until(lambda: it.node.size() > size)
        (one,) = autos(it, "deadline.pass", size)
        assert one.time == due and one.outcome["code"] == "ok"
        rests(it)


def test_the_hour_comes_on_an_idle_node_where_a_contract_listens(tmp_path: Path) -> None:
    ledger = founded()
    document = relief(kinds=["clock.hour"], contract="each-hour")
    for name in ("where", "foreach", "facts", "budget"):
        del document[name]
    document |= {
        "effects": [
            {
                "id": "say",
                "when": "it.hour > 7200",
                "raise_alert": {"code": "'hour'", "subject": "'site/depot'"},
            }
        ],
        "defaults": {"it": {"hour": 3_600}},
        "params": {"some": {"type": "int[CNY](0..1)", "value": 1}},
        "title": text("Each hour"),
        "tests": [
            {"name": "on", "given": {"it": {"hour": 10_800}}, "expect": {"effects": [TOLD]}},
            {"name": "edge", "given": {"it": {"hour": 7_200}}, "expect": {"effects": []}},
            {"name": "off", "given": {}, "expect": {"effects": []}},
        ],
    }
    adopt(ledger, document, mode="enforce")
    lay(tmp_path, ledger)
    with running(tmp_path, found=False, time=ledger.time) as it:
        size = it.node.size()
        rests(it)
        leap(it, 3_600 - it.clock.time % 3_600 - 1)
        time.sleep(0.3)
        assert it.node.size() == size
        leap(it, 1)
        until(lambda: it.node.size() > size)
        (one,) = autos(it, "clock.hour", size)
        assert one.body == {"hour": it.clock.time}
        rests(it)
        leap(it, 5 * 3_600)
        until(lambda: len(autos(it, "clock.hour", size)) == 2)


# ---- 6, 7: what people are told


async def test_a_statement_that_meets_a_refill_is_sent_again_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    """503 with Retry-After, and the same bytes are taken later; the idle node activates by itself."""
    go = threading.Event()

    def blocked() -> None:
        go.wait(15)

    with place(tmp_path) as made:
        node, ledger = made.node, made.ledger
        for n in range(5):
            assert made.say("donation.receive", gift_of(100 + n), "red/ana").code == "ok"
        proposed = made.say("contract.propose", proposal(counting(), ledger), ANA, EVE)
        chaos.install("refill.batch", blocked)
        body = {"proposal": proposed.statement, "sequence": 1}
        assert made.say("contract.commit", body, ANA).code == "ok"
        size = node.size()
        ledger.time = made.wall.time = made.wall.time + 3 * DAY
        node.confirm_clock()
        until(lambda: "worked out from the log" in node.solo.waits)
        envelope = format_envelope(
            ledger.statement("donation.receive", gift_of(7), "red/ana", "red/dai")
        )
        transport = httpx.ASGITransport(made.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:

            async def send(query: str = "") -> httpx.Response:
                return await client.post(
                    f"/v1/statements{query}", content=envelope, headers={"content-type": STATEMENT}
                )

            answer = await send()
            assert answer.status_code == 503 and answer.headers["retry-after"] == "10", answer.text
            ready = await client.get("/readyz")
            assert ready.status_code == 503 and "worked out" in ready.json()["reasons"][0]
            assert "worked out" in ready.json()["runs"]["waits"]
            assert node.size() == size
            go.set()
            until(lambda: node.size() > size)
            entry = parse_entry(node.entries(size, size + 1)[0])
            assert isinstance(entry, AutoEntry) and entry.kind == "contract.activate"
            answer = await send("?wait=included")
            assert answer.json()["code"] == "ok"
            ready = await client.get("/readyz")
            assert ready.status_code == 200
            assert ready.json()["runs"] == {"open": 0, "waits": ""}
        made.settle()


# ---- a fault of ours does not take the node down


def test_a_fault_at_the_head_of_a_batch_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with paying(tmp_path) as it:

        def broken(self: Causing) -> None:
            raise AssertionError("broken")

        chaos.install("orderer.answered", lambda: monkeypatch.setattr(Causing, "runs", broken))
        first = declare(it)
        until(lambda: "broken" in it.node.solo.waits)
        chaos.clear()
        rests(it)
        assert it.node.lost is None
        monkeypatch.undo()
        it.node.solo.nudge()
        until(lambda: not it.node.solo.goes_on)
        assert paid(it) == everybody(first)
