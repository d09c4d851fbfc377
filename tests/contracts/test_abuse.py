"""Hostile members with every role, against the whole machine: nothing stops it, nothing is made or lost.

Goal: whatever has been signed well, in any order and mixture of batches, `step` answers it; value is
conserved, every right and every kept unit is accounted for; the work of one statement is bounded; who
replays the log comes to the same head; who gets the same statements one by one to the same book.
Method: `abuse.Generator` makes statements of every kind from the shapes of their bodies; after every
batch `invariants` computes each figure that the state holds twice from its other place.
"""

from json import loads
from typing import Any

import pytest
from abuse import Generator, doctor, stocked_ledger
from invariants import check_all
from ledgers import DAY, TestLedger

from contracts.machine import Answer, Batch, Step, step
from contracts.memory import MemoryLedger
from contracts.replay import Replay
from ledger.canon import INT_MAX
from ledger.codes import APPLIED, NO_ENTRY
from ledger.envelope import Statement
from ledger.kinds import all_kinds
from ledger.sentences import LANGUAGES, sentence

BATCHES = 120
READS_MAX = 3_000
"""Rows, ranges, edges and entries that one statement of these histories may ask a store for."""
HUGE = 10**12
WAITS = (0, 0, 1, 1, 1, 301, 901, DAY // 2, 2 * DAY)
TABLES = (
    "accounts", "totals", "line", "origin", "gifts", "lots", "heads", "legs", "references",
    "reserved", "breaches", "households", "entitlements", "catalogue", "members", "flags",
)  # fmt: skip
WHEN = ("entry", "closed")
"""Fields of rows that name an entry or what a deadline made: batches change them, nothing else."""


def count_reads(memory: MemoryLedger) -> list[int]:
    """From now on every question to the ledger is counted, pages and points apart."""
    reads = [0]

    def counted(name: str) -> None:
        ask = getattr(memory, name)

        def count(*args: Any) -> Any:
            found = ask(*args)
            reads[0] += 1 if name == "entry" else max(len(found), 1)
            return found

        setattr(memory, name, count)

    for name in ("rows", "marked", "edges", "indexes", "nonces", "entry"):
        counted(name)
    return reads


class History:
    """One history: `say` a batch, and everything that must be true of it is checked."""

    def __init__(self, seed: int, ledger: TestLedger | None = None) -> None:
        self.ledger = ledger or stocked_ledger()
        self.generator = Generator(self.ledger, seed)
        self.reads = count_reads(self.ledger.memory)
        self.said: list[tuple[int, Statement, Answer]] = []

    def say(self, *, most: int = 4) -> None:
        ledger = self.ledger
        ledger.time += self.generator.rnd.choice(WAITS)
        statements = self.generator.statements(most)
        size = ledger.memory.head().size
        self.reads[0] = 0
        made = step(ledger.memory, Batch(ledger.time, tuple(statements)))
        assert self.reads[0] <= READS_MAX * len(statements), (self.reads, statements)
        self.check_answers(made)
        if not made.is_empty:
            ledger.memory.apply(made)
        for statement, answer in zip(statements, made.answers, strict=True):
            self.said.append((ledger.time, statement, answer))
        check_all(ledger.memory, entries_from=size)
        self.generator.learn()

    def check_answers(self, made: Step) -> None:
        for answer in made.answers:
            assert (answer.index is None) == (answer.code in NO_ENTRY - {"replayed"}), answer
            if answer.refusal is not None:
                assert all(sentence(answer.refusal, language) for language in LANGUAGES)
        alone = len(made.answers) == 1 and not any(b'"type":"auto"' in e for e in made.entries)
        if alone and made.answers[0].code not in APPLIED:
            assert not made.rows, made.answers  # what is refused changes no row

    def replay(self) -> None:
        memory = self.ledger.memory
        replay = Replay()
        for entry in memory.entries:
            replay.feed(entry)
        head = replay.finish(size=memory.head().size, root=memory.head().root())
        assert head == memory.head()

    def one_by_one(self) -> None:
        """What was applied, said again each in a batch of its own, leaves the same book."""
        other = stocked_ledger()
        for time, statement, answer in self.said:
            other.time = time
            if answer.code not in APPLIED:
                other.run()  # deadlines that passed are recorded all the same
            else:
                again = other.run(statement)[0]
                assert again.code == answer.code, (statement.kind, answer, again)
        assert book_of(other.memory) == book_of(self.ledger.memory)


def book_of(memory: MemoryLedger) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for table in TABLES:
        rows = {key: loads(raw) for key, raw in memory.table(table).items()}
        for row in rows.values():
            if isinstance(row, dict):
                for name in WHEN:
                    row.pop(name, None)
        found[table] = rows
    return found


@pytest.mark.parametrize("seed", range(10))
def test_no_history_of_hostile_statements_breaks_the_book(seed: int) -> None:
    history = History(seed)
    for _ in range(BATCHES):
        history.say(most=history.generator.rnd.choice([1, 1, 4]))
    history.replay()
    history.one_by_one()


@pytest.mark.parametrize("seed", range(20, 24))
def test_facts_that_name_what_never_was_and_their_corrections_break_nothing(seed: int) -> None:
    history = History(seed)
    history.generator.astray = 12.0
    for _ in range(BATCHES):
        history.say(most=history.generator.rnd.choice([1, 4]))
    history.replay()
    history.one_by_one()


def test_the_generator_reaches_every_kind_and_most_codes() -> None:
    kinds: set[str] = set()
    codes: set[str] = set()
    # Only a contract holds or refuses what approvals and overrides are about, and opens runs; what is
    # proposed here by chance is never one.
    contracts = ("approval", "contract", "override", "run")
    governance = ("genesis", "key", "member", "catalogue", *contracts)
    wanted = {name for name, _ in all_kinds() if name.partition(".")[0] not in governance}
    for seed in range(1_000, 1_024):
        history = History(seed)
        for _ in range(BATCHES):
            history.say(most=4)
        codes |= {str(answer.code) for *_, answer in history.said}
        kinds |= {one.kind for _, one, answer in history.said if answer.code in APPLIED}
        if wanted <= kinds and len(codes) >= 20:
            break
    assert wanted - kinds == set()
    assert len(codes) >= 20, codes


@pytest.mark.parametrize("seed", range(2))
def test_no_history_at_the_end_of_what_numbers_can_say_breaks_the_book(seed: int) -> None:
    """Lines that end just below 2^53, amounts of 10^12: what goes beyond is refused, nothing breaks."""
    ledger = stocked_ledger()
    end = INT_MAX - 500
    rows: dict[tuple[str, str], Any] = {
        ("line", f"flood.general/{0:016x}"): [end, ["free"]],
        ("line", f"flood.east-food/{0:016x}"): [end, ["free"]],
    }
    for line in ("flood.general", "flood.east-food"):
        memory = ledger.memory
        for table in ("line", "origin"):
            for key in memory.table(table):
                if key.startswith(line):
                    rows.setdefault((table, key), None)
        rows["origin", f"{line}/{0:016x}"] = [end, ["donation", "ab" * 32]]
        for key in memory.table("accounts"):
            if key.startswith(f"CNY/{line}/"):
                rows["accounts", key] = None
        rows["accounts", f"CNY/{line}/free"] = str(end)
        rows["accounts", f"CNY/{line}/ext:donor"] = str(-end)
    for key in ledger.memory.table("gifts"):
        rows["gifts", key] = None
    rows["gifts", "ab" * 32] = [["flood.general", 0, end]]
    rows["totals", "CNY"] = [str(n) for n in (2 * end, 0, 2 * end, 0, 0, 0, 0)]
    doctor(ledger, rows)
    history = History(seed, ledger)
    history.generator.huge = 0.5
    check_all(ledger.memory)
    for batch in range(4 * BATCHES):
        history.say()
        reached = any(answer.code == "sum_out_of_range" for *_, answer in history.said)
        if batch >= BATCHES and reached:
            return
    pytest.fail("no statement went beyond what numbers can say")
