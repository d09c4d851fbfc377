"""What falls due by itself, and when: so that an idle node makes that batch too.

    deadlines           the nearest in `legs`: promises, holds, alerts, device keys, proposals
    adopted contracts   row `set`: activations, expiries, returns, the end of a suspension
    the hour            the next full one, where a contract in force listens to it

Three look-ups by key; nothing is walked. The time is that of the batch that records it: whoever
reads a deadline compares it with the time himself. Specification: `docs/spec/duties.md`, clock.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from contracts.adoption.force import load
from contracts.duties.clock import HOUR, HOUR_S
from ledger.adopted import summary
from ledger.runs import running
from ledger.state import State

COUNTED: Final = 100
"""Runs are counted so far."""


def next_due(state: State) -> int | None:
    """The second in which the next thing falls due, maybe long ago; None where nothing does.

    `state`: as of a whole batch; before genesis nothing is due.
    """
    if state.reader.head().batch < 0:
        return None
    return min(_dues(state), default=None)


def _dues(state: State) -> Iterator[int]:
    for order, _, _ in state.scan("legs", "lapse", chunk=1):
        yield int(order.partition("/")[0])
        break
    dues = summary(state)["dues"]
    assert isinstance(dues, list)
    for one in dues:
        assert isinstance(one, list) and isinstance(one[0], int)
        yield one[0]
    if HOUR in load(state).triggers:
        last = state.reader.head().time
        # The remainder is what has passed of the hour at work.
        yield last - last % HOUR_S + HOUR_S


def open_runs(state: State) -> int:
    """How many runs go on, those that wait for a suspended contract too; counted to `COUNTED`."""
    return sum(1 for _ in islice(running(state), COUNTED))
