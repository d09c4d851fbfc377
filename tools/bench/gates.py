"""What ten gates in force cost: instructions through the state machine with them and without.

Each instruction is whole: two signatures checked, its law, the gates that judge it, its entry and
the tree of the state. Rounds with and without alternate in one run, and each counts the
processor time of this thread, so that a busy machine slows both alike. Writing to a disk, which is
the same for both, is left out: so the share that is kept is at least this.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from contracts.catalogue.catalogue import catalogue_for
from contracts.documents.compiling import compile_document
from contracts.documents.document import parse_document
from contracts.facts.loading import Loader
from contracts.judging.force import Adopted, Force
from contracts.machine import Batch, step
from contracts.memory import MemoryLedger
from ledger.envelope import Statement, open_statement
from tools.bench.gifts import Bench

KIND: Final = "disbursement.instruct"
GATES: Final = 10
ROUNDS: Final = 5
NOW: Final = 1_800_000_000


@dataclass(frozen=True, slots=True)
class Gates:
    """Statements a second of processor time without any gate and with `GATES` of them."""

    without_per_s: float
    with_per_s: float

    @property
    def kept(self) -> float:
        """The share of throughput that is kept."""
        return self.with_per_s / self.without_per_s


def measure_gates(count: int, say: Callable[[str], None]) -> Gates:
    """`count` instructions a round."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    bench = Bench(NOW)
    ledgers = {gated: _ledger(bench, count) for gated in rates}
    for n in range(ROUNDS):
        first = n * count
        statements = tuple(open_statement(bench.payment(first + i, 5)) for i in range(count))
        for gated, ledger in ledgers.items():
            rates[gated].append(_round(ledger, statements, gated))
    found = Gates(median(rates[False]), median(rates[True]))
    say(f"{found.kept:.2f} of the throughput kept with {GATES} gates in force")
    return found


def _ledger(bench: Bench, count: int) -> MemoryLedger:
    """Founded, with enough money for all rounds."""
    ledger = MemoryLedger()
    gifts = bench.gifts(count // 30 + 1)
    for batch in ([bench.genesis()], [bench.catalogue()], list(gifts)):
        made = step(ledger, Batch(NOW, tuple(open_statement(one) for one in batch)))
        assert all(answer.code == "ok" for answer in made.answers), made.answers[0]
        ledger.apply(made)
    return ledger


def _round(ledger: MemoryLedger, statements: tuple[Statement, ...], gated: bool) -> float:
    force = FORCE if gated else NOTHING
    start = time.thread_time()
    made = step(ledger, Batch(NOW, statements), in_force=lambda _: force)
    took = time.thread_time() - start
    assert all(answer.code == "ok" for answer in made.answers), made.answers[0]
    ledger.apply(made)
    return len(statements) / max(took, 1e-9)


# ---- the gates ----------------------------------------------------------------------------------


def _gate(number: int, **changes: Any) -> Adopted:
    """A gate on instructions, of one rule unless `changes` say otherwise."""
    text = {"en": "Too much.", "zh_hans": "太多。", "zh_hant": "太多。"}
    document: dict[str, Any] = {
        "contract": f"gate-{number}",
        "version": 1,
        "engine": "rcel/1",
        "kind": "gate",
        "kinds": [KIND],
        "title": text,
        "basis": "measured",
        "params": {"most": {"type": "int[CNY](0..1000000000)", "value": 100_000}},
        "rules": [{"id": "most", "require": "it.amount <= most", "say": text}],
        "tests": [
            {"name": "good", "given": {"it": {"amount": 1}}, "expect": "allow"},
            {"name": "again", "given": {"it": {"amount": 2}}, "expect": "allow"},
        ],
    }
    contract = compile_document(parse_document({**document, **changes}), catalogue_for("CNY"))
    return Adopted(contract, Loader(contract.facts), "consortium", "enforce", "CNY")


def _rules(*required: str) -> list[dict[str, Any]]:
    text = {"en": "No.", "zh_hans": "不。", "zh_hant": "不。"}
    return [{"id": f"r{n}", "require": one, "say": text} for n, one in enumerate(required)]


def _ten() -> tuple[Adopted, ...]:
    """Caps, an earmark, two that look at people, two that stand elsewhere, one that reads a row."""
    earmark = "it.draws.all(d, size(d.purposes) == 0 || it.purpose in d.purposes)"
    other = "it.approvals.exists(a, a.by != it.initiator.by)"
    fund = {"fund": {"record": "fund", "key": "it.fund"}}
    return (
        _gate(0),
        _gate(1),
        _gate(2, rules=_rules("it.amount <= most", "it.purpose == 'food' || it.purpose == 'cash'")),
        _gate(3, rules=_rules("it.amount <= most || it.auto", "size(it.draws) <= 8")),
        _gate(4, rules=_rules(earmark)),
        _gate(5, rules=_rules(other)),
        _gate(6, let={"orgs": "it.approvals.map(a, a.org).distinct()"},
              rules=_rules("size(orgs) >= 1 || it.amount <= most")),
        _gate(7, where="it.purpose == 'cash'"),
        _gate(8, where="it.auto"),
        _gate(9, facts=fund, rules=_rules("fund.available >= most || it.amount <= most")),
    )  # fmt: skip


NOTHING: Final = Force()
FORCE: Final = Force(gates={KIND: _ten()}, set_hash="00" * 32)
