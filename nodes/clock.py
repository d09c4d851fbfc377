"""The node's clocks, and the bounds within which one may set the time of a batch.

Batch time never falls. It must not leap either: one boot in a wrong year would expire every
authorisation and every lot for ever. So a batch is never timed more than `AHEAD_S` beyond the last
one plus the time that has passed on the monotonic clock since; after a start, which the monotonic
clock does not bridge, never more than `START_AHEAD_S` beyond the last batch. At a bound the time
stays there and authorisations pause until an operator has looked at a watch (`confirm`).

Who may set the system clock can delay or pause authorisations, not pre-date or post-date entries
beyond these bounds.

    >>> wall, steady = FixedClock(1_000_000), FixedClock(0)
    >>> clock = BatchClock(wall, steady, last=1_000_000)
    >>> wall.time = 2_000_000
    >>> clock.next(), clock.is_paused
    (1000060, True)
"""

import time
from dataclasses import dataclass
from typing import Final, Protocol

AHEAD_S: Final = 60
"""Seconds that batch time may run ahead of the last batch plus the monotonic clock."""
START_AHEAD_S: Final = 86_400
"""The same after a start."""


class Clock(Protocol):
    """Whole seconds of some clock."""

    def now(self) -> int:
        """Seconds; Unix time where it is a wall clock."""


class WallClock:
    """The system's idea of Unix time."""

    def now(self) -> int:
        """Unix seconds."""
        return int(time.time())


class SteadyClock:
    """Seconds since some moment; never set, never back."""

    def now(self) -> int:
        """Seconds, with an arbitrary beginning."""
        return int(time.monotonic())


@dataclass
class FixedClock:
    """A clock that somebody moves: for tests, replays and the demo's invented months."""

    time: int

    def now(self) -> int:
        """The time it was set to."""
        return self.time


class BatchClock:
    """Gives each batch its time; used by the orderer's thread. `last`: time of the last batch."""

    def __init__(self, wall: Clock, steady: Clock, *, last: int) -> None:
        self._wall, self._steady = wall, steady
        self.is_paused = False
        # The bound is `anchor + what the steady clock has run since + AHEAD_S`. Before genesis
        # there is nothing to be far from.
        start_bound = last + START_AHEAD_S if last else wall.now()
        self._last = last
        self._anchor = max(last, min(wall.now(), start_bound))
        self._anchor_steady = steady.now()

    def next(self) -> int:
        """The time of a batch that starts now; `is_paused` says whether a bound held it back."""
        now, steady = self._wall.now(), self._steady.now()
        bound = self._anchor + max(0, steady - self._anchor_steady) + AHEAD_S
        self.is_paused = now > bound
        if not self.is_paused:
            self._anchor, self._anchor_steady = max(self._last, now), steady
        self._last = max(self._last, min(now, bound))
        return self._last

    def left(self, time: int) -> int:
        """Seconds until a batch may bear `time`; 0 once it may."""
        return max(0, time - max(self._last, self._wall.now()))

    def confirm(self) -> None:
        """An operator has compared the clock with another one: take it as it is."""
        self._anchor = max(self._last, self._wall.now())
        self._anchor_steady = self._steady.now()
        self.is_paused = False
