"""What would not have happened: notes of statements that a contract would have denied.

    removed = Removed(contract, offset)
    removed.take(seen)               # it would have been denied: it leaves the windows
    removed.changes(look)            # the facts of a later row that something has left

A largest or last value stays as it was, and an order that is denied goes on counting as an open
hand-out: neither is told exactly by taking something away. Specification:
`docs/spec/simulation.md`, what it does not show.
"""

from bisect import bisect_right
from collections.abc import Mapping

from contracts.documents.compiled import Contract, Fact
from contracts.documents.parts import AggregateFact
from contracts.facts.definition import Definition
from contracts.facts.loading import definition_of
from contracts.facts.rows import group_key
from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.simulating.tape import Look, Seen
from ledger.canon import INT_MAX, Value


class Removed:
    """Notes that are taken out of the sums and counts of windows."""

    def __init__(self, contract: Contract, offset: int) -> None:
        self._facts = [
            (fact, definition_of(fact.form))
            for fact in contract.facts
            if isinstance(fact.form, AggregateFact)
            and fact.form.function in ("sum", "count")
            and fact.form.state in ("counted", "posted")
        ]
        self._contract, self._offset = contract, offset
        self._definitions = {one.id: one for _, one in self._facts}
        self._gone: dict[tuple[str, str], Timed] = {}

    def take(self, seen: Seen) -> None:
        """A statement leaves."""
        for one in self._definitions.values():
            if one.of != seen.kind:
                continue
            for look in seen.looks:
                if one.matches(look.it):
                    key = group_key([look.it[name] for name in one.by])
                    n = number_of(look.it, one.field) if one.field else 1
                    at = number_of(look.it, "at")
                    self._gone.setdefault((one.id, key), Timed()).add(at, n)

    def changes(self, look: Look) -> Mapping[str, Value | ErrorKind]:
        """Those facts of a row that something has left, as they would have been."""
        if not self._gone:
            return {}
        changed: dict[str, Value | ErrorKind] = {}
        inputs: dict[str, Value] | None = None
        for fact, one in self._facts:
            found = look.facts.get(fact.name)
            if type(found) is not int:
                continue
            inputs = inputs or self._contract.inputs(dict(look.it))
            key = _key_of(fact, inputs)
            gone = self._gone.get((one.id, key)) if key is not None else None
            if gone is not None:
                changed[fact.name] = found - gone.sum(*self._window(one, number_of(look.it, "at")))
        return changed

    def _window(self, one: Definition, when: int) -> tuple[int, int]:
        """(after, up to): the instants that an index counts at `when`."""
        if not one.window_s:
            return -1, INT_MAX
        if not one.bucket_s:
            return when - one.window_s, when
        local = when + self._offset
        first = (local - one.window_s) // one.bucket_s + 1
        last = local // one.bucket_s
        return first * one.bucket_s - self._offset - 1, (last + 1) * one.bucket_s - self._offset - 1


class Timed:
    """Numbers at instants, summed between two of them without walking."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._numbers: list[int] = []
        self._sums = [0]

    def add(self, at: int, n: int) -> None:
        """A number at an instant."""
        place = bisect_right(self._times, at)
        self._times.insert(place, at)
        self._numbers.insert(place, n)
        # Nearly always the last place: entries come in the order of time.
        del self._sums[place + 1 :]
        for number in self._numbers[place:]:
            self._sums.append(self._sums[-1] + number)

    def sum(self, after: int, until: int) -> int:
        """All at after < instant <= until."""
        low, high = bisect_right(self._times, after), bisect_right(self._times, until)
        return self._sums[high] - self._sums[low]


def _key_of(fact: Fact, inputs: Mapping[str, Value]) -> str | None:
    try:
        return group_key([one.evaluate(inputs) for _, one in sorted(fact.by, key=_first)])
    except EvaluationError:
        return None


def _first(pair: tuple[str, object]) -> str:
    return pair[0]


def number_of(it: Mapping[str, Value], name: str) -> int:
    """A number of a view; 0 where it has none."""
    found = it.get(name, 0)
    return found if isinstance(found, int) else 0
