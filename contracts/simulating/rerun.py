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

from contracts.facts.definition import Definition
from contracts.facts.rows import listen
from contracts.judging.force import Adopted, Ear, Force
from contracts.machine import Step, step
from contracts.memory import MemoryLedger
from contracts.rebuilding import closes_batch, rebuild_batch
from ledger.errors import CheckError
from ledger.state import State


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
    return replace(force, gates=gates)


class _Ledger(MemoryLedger):
    """Its entries are those of the log, whatever was made of them here; indexes that have listened
    from the beginning are owed nothing."""

    def __init__(self, heard: Iterable[Definition]) -> None:
        super().__init__()
        self._heard = frozenset(one.id for one in heard)

    def backfill(self, wanted: Sequence[tuple[int, str]]) -> Mapping[str, bytes]:
        """Rows that late indexes have missed."""
        owed = [(since, name) for since, name in wanted if name not in self._heard]
        return super().backfill(owed) if owed else {}

    def page(self, table: str, number: int) -> bytes | None:
        """None is known: the roots that come out are nobody's."""
        return None

    def hash(self, table: str, number: int) -> bytes | None:
        """None is known."""
        return None

    def follow(self, made: Step, entries: Sequence[bytes]) -> None:
        """Take over a step; `entries` are its batch as logged."""
        self.apply(made)
        self.entries[made.first :] = entries


class Rerun:
    """A ledger in memory that follows a log, batch by batch.

    `heard`: indexes of what is laid beside what is in force.
    """

    def __init__(
        self, in_force: Callable[[State], Force], heard: Iterable[Definition] = ()
    ) -> None:
        self.ledger = _Ledger(heard)
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
