"""What a question about the past costs: making a tape of a log, and asking one that is kept.

A ledger on disk with hand-outs to households, payments and enrolments, over a month of its own
time. The library's cap on food parcels judges every hand-out by what the household had in seven
days, its size, and whether the area is declared; the library's caps on payments judge the payments.
Each is asked as `relief contract simulate` asks, from the files of the store on: opening, reading
and checking the tape is counted, printing is not. A tape that is kept is asked each time with
another value of a param, by a process that did nothing else, whose memory is told.

Processor time of one thread throughout: the machine is shared.
"""

import resource
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, Final

from contracts.catalogue.catalogue import catalogue_for
from contracts.documents.compiling import compile_document
from contracts.documents.document import parse_document
from contracts.machine import Batch, step
from contracts.simulating.simulation import Mode, simulate
from contracts.simulating.tape import Asked
from ledger.canon import Value
from ledger.codes import APPLIED
from ledger.envelope import open_statement, sign_statement
from nodes.beside import LogBeside
from nodes.recovery import close_clean, open_store
from nodes.tapes import Tapes
from tools.bench.gifts import LINE, ORIGIN, Bench, bench_key
from tools.contracts.library import load

CAP: Final = "household-food-cap"
PAYMENTS: Final = "payment-caps"
BATCH: Final = 200
BATCH_S: Final = 7_200
"""Seconds between two batches, of the ledger's time: 60,000 statements are 25 days."""
ROUNDS: Final = 5
DAY_S: Final = 86_400
NOW: Final = 1_800_000_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """Entries a second of processor time: making the tape of the cap, asking it kept in both modes,
    and asking the one of the caps on payments; `judged` statements among `entries` by the cap,
    `paid` by the others. `more_s`: seconds to run the tape on by `BATCH` statements and ask again.
    Memory of the processes in MiB, tape and standing on disk in bytes."""

    entries: int
    judged: int
    paid: int
    flips: int
    made_per_s: float
    observe_per_s: float
    counterfactual_per_s: float
    payments_per_s: float
    more_s: float
    made_mib: int
    asked_mib: int
    tape_bytes: int

    @property
    def judged_per_s(self) -> float:
        """Statements that the cap judges a second, in observe mode."""
        return self.observe_per_s * self.judged / self.entries


def measure_simulation(folder: Path, handouts: int, say: Callable[[str], None]) -> Simulated:
    """A ledger with so many hand-outs, a tenth as many payments and households."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    entries = _prepare(folder, handouts)
    say(f"{entries:,} entries, {handouts:,} of them hand-outs")
    # Making what is not there, and asking what is: each in a process of its own.
    made = _alone(_ask, folder, CAP, "observe", [2])
    say(f"tape made at {entries / made.seconds:,.0f} entries a second")
    observe = _alone(_ask, folder, CAP, "observe", range(1, ROUNDS + 1))
    against = _alone(_ask, folder, CAP, "counterfactual", range(1, ROUNDS + 1))
    say(f"asked at {entries / observe.seconds:,.0f} entries a second")
    _alone(_ask, folder, PAYMENTS, "observe", [1])
    payments = _alone(_ask, folder, PAYMENTS, "observe", range(1, ROUNDS + 1))
    tape_bytes = sum(path.stat().st_size for path in _tape(folder, CAP).iterdir())
    writer = _Writer(folder, NOW + 40 * DAY_S, 1 << 80)
    writer.all([writer.signed("household.enrol", _household(10**6 + n)) for n in range(BATCH)])
    grown = writer.store.head().size - entries
    close_clean(writer.store)
    more = _alone(_ask, folder, CAP, "observe", [2])
    assert (made.run, observe.run, more.run) == (entries, 0, grown)
    shutil.rmtree(folder)
    return Simulated(
        entries=entries,
        judged=observe.judged,
        paid=payments.judged,
        flips=observe.flips,
        made_per_s=entries / made.seconds,
        observe_per_s=entries / observe.seconds,
        counterfactual_per_s=entries / against.seconds,
        payments_per_s=entries / payments.seconds,
        more_s=more.seconds,
        made_mib=made.rss_mib,
        asked_mib=max(observe.rss_mib, against.rss_mib),
        tape_bytes=tape_bytes,
    )


# ---- asking -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """`seconds` of processor time, the median of the values that were asked about."""

    seconds: float
    run: int
    judged: int
    flips: int
    rss_mib: int


def _alone(work: Callable[..., _Asked], *arguments: Any) -> _Asked:
    """What `work` finds in a process of its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _question(name: str, value: int) -> Asked:
    document: Any = load(name)
    param = "per_person" if name == CAP else "vendor_times"
    document["params"][param]["value"] = value
    contract = compile_document(parse_document(document), catalogue_for("CNY"))
    return Asked(contract, "consortium", "CNY")


def _ask(folder: Path, name: str, mode: Mode, values: Sequence[int]) -> _Asked:
    questions = [_question(name, value) for value in values]
    spent, run, found = [], 0, None
    for asked in questions:
        start = time.thread_time()
        with LogBeside(folder) as log:
            judge = partial(simulate, contract=asked.contract, mode=mode)
            answered = Tapes(folder).ask(asked, log.view, judge)
        found = answered.found
        _ = found.digest
        spent.append(time.thread_time() - start)
        run += answered.run
        assert answered.kept
    assert found is not None
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return _Asked(median(spent), run, found.total.statements, found.flips, rss)


def _tape(folder: Path, name: str) -> Path:
    return Tapes(folder).folder_of(_question(name, 2))


# ---- the ledger ---------------------------------------------------------------------------------


class _Writer:
    """Statements into a store, batch by batch, at times of our own."""

    def __init__(self, folder: Path, now: int, nonce: int) -> None:
        self.store = open_store(folder / "store").store
        self.time, self._nonce = now, nonce

    def signed(self, kind: str, body: Value) -> bytes:
        """A statement of the next batch, which two sign."""
        keys = [bench_key("a"), bench_key("b")]
        self._nonce += 1
        payload: dict[str, Value] = {
            "author": keys[0].key_id,
            "body": body,
            "cosigners": [keys[1].key_id],
            "expires": {"time": self.time + DAY_S},
            "id": f"{self._nonce:032x}",
            "kind": kind,
            "log": ORIGIN,
            "occurred_at": self.time,
            "v": 1,
        }
        return sign_statement(payload, keys)

    def all(self, datas: Sequence[bytes]) -> list[str]:
        """One batch; the ids of its statements, all of which were applied."""
        statements = tuple(open_statement(data) for data in datas)
        made = step(self.store, Batch(self.time, statements))
        for answer in made.answers:
            assert answer.code in APPLIED, answer
        self.store.commit(made)
        self.store.maintain()
        return [each.id for each in statements]


def _prepare(folder: Path, handouts: int) -> int:
    """The ledger; how many entries it has."""
    bench = Bench(NOW)
    writer = _Writer(folder, NOW, 1 << 64)
    writer.all([bench.genesis()])
    writer.all([bench.catalogue()])
    area: dict[str, Value] = {"names": _names("Parcel"), "version": 1}
    items: list[Value] = [
        {**area, "aliases": [], "class": "food-parcel", "id": "parcel", "packs": [], "unit": "H87"}
    ]
    point: dict[str, Value] = {
        "area": "county",
        "custodian": "agency",
        "id": "point",
        "kind": "point",
        "names": _names("Point"),
        "version": 1,
    }
    writer.all([writer.signed("catalogue.define", {"items": items, "sites": [point]})])
    until = NOW + 30 * DAY_S
    alert: dict[str, Value] = {
        "alert": "quake",
        "areas": ["county"],
        "hazard": "quake",
        "level": 4,
        "until": until,
    }
    writer.all([writer.signed("alert.declare", alert)])
    tag = "aa" * 32
    gift: dict[str, Value] = {
        "amount": 10**9,
        "line": LINE,
        "reference": tag,
        "seals": {name: tag for name in ("contact", "donor", "reference")},
    }
    writer.all([writer.signed("donation.receive", gift)])
    line: dict[str, Value] = {"condition": "good", "item": "parcel", "quantity": 4 * handouts}
    came: dict[str, Value] = {"lines": [line], "site": "point", "source": {"kind": "gift"}}
    [received] = writer.all([writer.signed("stock.receive", came)])
    households = max(handouts // 10, 1)
    for low in range(0, households, BATCH):
        numbers = range(low, min(households, low + BATCH))
        writer.all([writer.signed("household.enrol", _household(number)) for number in numbers])
    bodies = [_body(number, households, f"{received}/0") for number in range(handouts * 11 // 10)]
    for low in range(0, len(bodies), BATCH):
        writer.time += BATCH_S
        writer.all([writer.signed(*one) for one in bodies[low : low + BATCH]])
    size = writer.store.head().size
    close_clean(writer.store)
    return size


def _body(number: int, households: int, lot: str) -> tuple[str, Value]:
    """Every eleventh is a payment; a household comes every few days, and takes one or two."""
    if number % 11 == 10:
        return "disbursement.instruct", {
            "area": "county",
            "draws": [{"amount": 1_000 + number % 97, "line": LINE}],
            "payee": {"class": "vendor", "tag": _tag(number % 500) * 2},
            "purpose": "food",
            "source": "free",
        }
    row: Value = {
        "lines": [{"lot": lot, "quantity": 1 + (number % 6 == 0)}],
        "tag": _tag(number * 7 % households),
    }
    return "disbursement.handout", {
        "cycle": "weekly",
        "purpose": "food",
        "rows": [row],
        "site": "point",
    }


def _names(text: str) -> dict[str, Value]:
    return {"en": text, "zh_hans": text, "zh_hant": text}


def _tag(number: int) -> str:
    return sha256(b"household %d" % number).hexdigest()[:32]


def _household(number: int) -> dict[str, Value]:
    return {
        "area": "county",
        "bank_verified": True,
        "persons": 1 + number % 5,
        "programme": "relief",
        "seals": {name: _tag(number) * 2 for name in ("address", "document", "name", "phone")},
        "tag": _tag(number),
    }
