"""The log once more, with an ear at what is judged.

    rerun = Rerun(lambda state: beside(load(state), added))
    for entry in entries:
        made = rerun.feed(entry)            # a step, whenever a batch is whole

The batches of the log run through the state machine with something beside what is in force. What is
added never enforces, so every statement fares as it did in history; only outcomes and roots differ,
and nothing of it is kept. Signatures were checked when the log was made and are taken as good: a
log that is not trusted is audited first (`contracts.audit`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from contracts.adoption.force import Listening, indexes
from contracts.facts.definition import Definition
from contracts.facts.rows import listen
from contracts.judging.force import Adopted, Ear, Force
from contracts.machine import Step, step
from contracts.memory import Refill
from contracts.rebuilding import closes_batch, rebuild_batch
from contracts.simulating.standing import StandingLedger
from ledger.errors import CheckError
from ledger.state import State
from ledger.stateroot import MemoryPages, TableChange


def beside(force: Force, added: Iterable[Adopted]) -> Force:
    """What is in force, and `added` as gates of all their kinds, with the indexes they need.

    Where the same text is in force in the same scope, that one is given the ear.
    """
    gates = {kind: list(found) for kind, found in force.gates.items()}
    definitions: list[Definition] = [one for found in force.listeners.values() for one in found]
    for adopted in added:
        definitions += adopted.loader.definitions
        for kind in adopted.contract.document.kinds:
            there = gates.setdefault(kind, [])
            place = next((n for n, one in enumerate(there) if one.place == adopted.place), None)
            if place is None:
                there.append(adopted)
            else:
                there[place] = replace(there[place], ear=adopted.ear)
    return replace(
        force,
        gates={kind: tuple(gates[kind]) for kind in sorted(gates)},
        listeners=listen(definitions),
    )


def overheard(force: Force, ear: Callable[[Adopted], Ear]) -> Force:
    """What is in force, each gate with the ear that is made for it."""
    gates = {
        kind: tuple(replace(one, ear=ear(one)) for one in found)
        for kind, found in force.gates.items()
    }
    return replace(force, gates=gates, ear=ear)


class _NoPages(MemoryPages):
    """None is kept: the roots that come out are nobody's."""

    def apply(self, table: str, change: TableChange) -> None:
        """Nothing."""


class RerunLedger(StandingLedger):
    """Its entries are those of the log, whatever was made of them here; indexes that have listened
    from the beginning are owed nothing.

    `read` gives an earlier entry from where the log is kept; without it entries are kept here.
    """

    def __init__(
        self, heard: Iterable[Definition], read: Callable[[int], bytes] | None = None
    ) -> None:
        super().__init__()
        self._heard = frozenset(one.id for one in heard)
        self._read = read
        self._pages = _NoPages()

    def entry(self, index: int) -> bytes:
        """The bytes of a logged entry."""
        if self._read is None:
            return super().entry(index)
        if not 0 <= index < self.head().size:
            raise IndexError(index)
        return self._read(index)

    def backfill(self, wanted: Sequence[tuple[int, str]]) -> Mapping[str, bytes]:
        """Rows that late indexes have missed."""
        owed = [(since, name) for since, name in wanted if name not in self._heard]
        if not owed:
            return {}
        if self._read is None:
            return super().backfill(owed)
        return executed_again(indexes(State(self)), owed, self._read, self.head().size)

    def follow(self, made: Step, entries: Sequence[bytes]) -> None:
        """Take over a step; `entries` are its batch as logged."""
        self.apply(made)
        if self._read is None:
            self.entries[made.first :] = entries
        else:
            self.entries.clear()


def executed_again(
    listed: Sequence[Listening],
    owed: Sequence[tuple[int, str]],
    read: Callable[[int], bytes],
    size: int,
) -> Mapping[str, bytes]:
    """What indexes that nobody here has heard for have missed, from the log as far as `size`."""
    refill, batch = Refill(listed, read), list[bytes]()
    for entry in map(read, range(size)):
        batch.append(entry)
        if closes_batch(entry):
            refill.feed(batch)
            batch = []
            if refill.has(owed):
                return refill.backfill(owed)
    raise AssertionError(f"indexes that were never committed: {owed}")


class Rerun:
    """A ledger in memory that follows a log, batch by batch.

    `heard`: indexes of what is laid beside what is in force; `read` as of `RerunLedger`.
    """

    def __init__(
        self,
        in_force: Callable[[State], Force],
        heard: Iterable[Definition] = (),
        *,
        read: Callable[[int], bytes] | None = None,
    ) -> None:
        self.ledger = RerunLedger(heard, read)
        self._in_force = in_force
        self._open: list[bytes] = []

    def feed(self, entry: bytes) -> Step | None:
        """The next entry; the step of its batch, once that is whole.

        Raises `CheckError` where the log cannot be followed.
        """
        self._open.append(entry)
        if not closes_batch(entry):
            return None
        first = self.ledger.head().size
        batch, _ = rebuild_batch(self._open, first)
        made = step(self.ledger, batch, check=_taken, in_force=self._in_force)
        if len(made.entries) != len(self._open):
            raise CheckError(
                "re-execution",
                f"batch at entry {first}: {len(self._open)} entries in the log, "
                f"{len(made.entries)} by the state machine",
            )
        self.ledger.follow(made, self._open)
        self._open = []
        return made


def _taken(public: bytes, message: bytes, signature: bytes) -> bool:
    return True
