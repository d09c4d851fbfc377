"""Alerts in force: where one is declared, how high, and until when.

An alert is declared for areas and ends by itself. Rows of table `catalogue`:

    alert/{id}        {"areas", "entry", "from", "hazard", "level", "statement", "until", "version"}
                      and, once it is over, "ended" (seconds) and "closed" (statement)
    alerted/{area}    {"alerts": [[alert, level, until]..]}, by alert: that name just this area

An area is *declared* affected while an alert of level 1 or more names it or an area that it lies
in. The time is tested here, whether or not the end of an alert has been recorded yet.
Rules: `docs/spec/kinds-needs.md`.
"""

from ledger.members import ancestry
from ledger.state import State

LEVEL_MAX = 5
"""The highest level of an alert; 0 is a notice that declares nothing."""

ALERT_MAX_S = 30 * 86_400
"""An alert ends at most so long after it was last declared: whoever wants more says so again."""

ALERTS_MAX = 16
"""Alerts that may be in force in one area at once."""

TABLE = "catalogue"


def alert_key(alert: str) -> str:
    """Key of an alert's row, which is also its leg and its subject in the index."""
    return f"alert/{alert}"


def alerted_key(area: str) -> str:
    """Key of the row that lists the alerts of an area."""
    return f"alerted/{area}"


def alerts_at(state: State, area: str) -> list[tuple[str, int, int]]:
    """(alert, level, until) of the alerts that name this area, whether or not they are over."""
    row = state.get(TABLE, alerted_key(area))
    rows = row["alerts"] if isinstance(row, dict) else []
    assert isinstance(rows, list)
    found: list[tuple[str, int, int]] = []
    for part in rows:
        assert isinstance(part, list)
        alert, level, until = part
        assert isinstance(level, int) and isinstance(until, int)
        found.append((str(alert), level, until))
    return found


def level_of(state: State, area: str, time: int) -> int:
    """The highest level in force at `time` for the area or one that it lies in; 0 where none is."""
    return max(
        (
            level
            for each in ancestry(state, area)
            for _, level, until in alerts_at(state, each)
            if time < until
        ),
        default=0,
    )
