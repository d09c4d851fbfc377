"""Runs: a trigger's walk through a list, item by item, over as many batches as it takes.

Rows of table `runs` under `run/{cause, 12 digits}/{contract hash}`, the oldest first:

    {"after", "at", "cause", "contract", "done", "entry", "faults", "fired", "having", "it", "name",
     "refused", "spent", "state", "steps", "why"} and, once it is over, "closed" (seconds)

    contract, name   hash and id of the contract whose text it goes by to its end
    entry, at        of its cause: index, and batch time in seconds
    cause, it        how statements that it causes remember it; the view that was judged, frozen
    having           the conditions of the walk, worked out once
    after            the last item that was done, "" at the beginning; items go by key
    done, fired      items looked at; those that caused something
    refused, faults  derived statements that were refused; items that opened a case of the contract
    spent            minor units that were instructed
    state            running -> paused -> running, or ended; `why`: roll, budget, faults, members
    steps            how many entries told of its progress

A run is state and nothing else: whoever has the rows goes on where it stopped. Any two members
pause it, let it go on or end it (`run.pause`). Specification: `docs/spec/duties.md`, runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from ledger.canon import Value
from ledger.state import State

TABLE: Final = "runs"
MARK: Final = "running"
RUNNING, PAUSED, ENDED = "running", "paused", "ended"


@dataclass(frozen=True, slots=True)
class Run:
    """One run; the fields of its row, `closed` 0 while it is not over."""

    after: str
    at: int
    cause: str
    contract: str
    done: int
    entry: int
    faults: int
    fired: int
    having: Value
    it: Value
    name: str
    refused: int
    spent: int
    state: str
    steps: int
    why: str
    closed: int = 0

    @property
    def id(self) -> str:
        """`{cause, 12 digits}/{contract hash}`: how people and statements name it."""
        return f"{self.entry:012d}/{self.contract}"

    @property
    def permille(self) -> int:
        """About how far it is: tags are random, so the last one says which part was passed.

        Of a walk by other keys (areas) that cannot be told: 0 until it is over.

        >>> from dataclasses import replace
        >>> replace(_EMPTY, after="8" + "0" * 31).permille, replace(_EMPTY, state="ended").permille
        (500, 1000)
        """
        if self.state == ENDED:
            return 1_000
        first = self.after[:4]
        if not first or any(letter not in "0123456789abcdef" for letter in first):
            return 0
        # The rest of the division is less than a thousandth: it is a figure to look at.
        return 1_000 * int(first, 16) // 65_536

    def put(self, state: State) -> None:
        """Write the row."""
        row: dict[str, Value] = {one.name: getattr(self, one.name) for one in fields(self)}
        if not self.closed:
            del row["closed"]
        state.put(TABLE, run_key(self.id), row)


_EMPTY = Run("", 0, "", "", 0, 0, 0, 0, {}, {}, "", 0, 0, RUNNING, 0, "")


def run_key(run: str) -> str:
    """Key of a run's row, by its id."""
    return f"run/{run}"


def find_run(state: State, run: str) -> Run | None:
    """The run with this id; None where there is none."""
    row = state.get(TABLE, run_key(run))
    return None if row is None else parse_run(row)


def parse_run(row: Value) -> Run:
    """The run of a row."""
    assert isinstance(row, dict)
    return Run(**row)  # type: ignore[arg-type]


def running(state: State) -> Iterator[Run]:
    """The runs that go on, the oldest cause first. Collect before changing one."""
    for _, _, row in state.scan(TABLE, MARK, chunk=8):
        yield parse_run(row)
