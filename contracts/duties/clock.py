"""`clock.hour`: the hour as a cause, in the first batch after it is full.

Batch times are what time is: the hour comes when a batch does. After hours without a batch there is
one cause, of the latest full hour, for the state was the same in all of them.

    >>> hour_due(7_100, 7_300), hour_due(7_200, 7_300), hour_due(7_199, 7_200)
    (7200, None, 7200)

Specification: `docs/spec/duties.md`, clock.
"""

from typing import Final

from ledger.canon import Value
from ledger.entry import Cause
from ledger.state import Head

HOUR: Final = "clock.hour"
HOUR_S: Final = 3_600


def hour_due(before: int, time: int) -> int | None:
    """The latest full hour, in seconds, with `before` < hour <= `time`; None where none is."""
    hour = time - time % HOUR_S
    return hour if before < hour else None


def hour_cause(head: Head, hour: int) -> tuple[Cause, dict[str, Value]]:
    """Cause and body of the hour's entry; its `entry` is the last batch entry."""
    return Cause(head.size - 1, f"{HOUR}/{hour}"), {"hour": hour}
