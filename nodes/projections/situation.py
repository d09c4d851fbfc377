"""The situation: alerts in force, what is needed, forecasts, prices, open cases.

Questions as in `nodes.projections.queries`, of one moment each; times in seconds since 1970, UTC.
Of a case these answers have class, state, clock and counters only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from nodes.projections.nounviews import Alert, AlertArea, CaseFile, Figure
from nodes.projections.views import col

ROWS_MAX = 1_000
"""Rows of one answer."""


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert and the areas it names, in the order of their ids."""

    alert: Alert
    areas: Sequence[str]


def alerts_in_force(session: Session, at: int) -> list[AlertView]:
    """Alerts in force at `at`, the highest first, then the one that has been so for longest."""
    asked = (
        select(Alert)
        .where(col(Alert.starts) <= at, col(Alert.ends) > at)
        .order_by(col(Alert.level).desc(), col(Alert.starts), col(Alert.id))
        .limit(ROWS_MAX)
    )
    alerts = session.scalars(asked).all()
    areas: dict[str, list[str]] = {alert.id: [] for alert in alerts}
    named = select(AlertArea).where(col(AlertArea.alert).in_(areas)).order_by(col(AlertArea.area))
    for row in session.scalars(named):
        areas[row.alert].append(row.area)
    return [AlertView(alert, areas[alert.id]) for alert in alerts]


def open_needs(session: Session, at: int) -> list[Figure]:
    """What is needed at `at`: of each area and item the newest word, the oldest of them first."""
    return _figures(session, "need", at)


def forecasts(session: Session, at: int) -> list[Figure]:
    """Forecasts whose window is not over at `at`, those that have not begun included."""
    asked = (
        select(Figure)
        .where(col(Figure.noun) == "forecast", col(Figure.ends) > at)
        .order_by(col(Figure.starts), col(Figure.series))
        .limit(ROWS_MAX)
    )
    return list(session.scalars(asked))


def prices(session: Session, at: int, item: str = "") -> list[Figure]:
    """The prices in force at `at`, of one item or of all."""
    return _figures(session, "price", at, item)


def _figures(session: Session, noun: str, at: int, item: str = "") -> list[Figure]:
    """Of each series the figure with the latest beginning up to `at`, if it has not ended by then.

    A need of 0 units is none.
    """
    later = aliased(Figure)
    newer = (
        select(col(later.series))
        .where(
            col(later.series) == col(Figure.series),
            col(later.starts) > col(Figure.starts),
            col(later.starts) <= at,
        )
        .exists()
    )
    asked = (
        select(Figure)
        .where(col(Figure.noun) == noun, col(Figure.starts) <= at, ~newer)
        .where((col(Figure.ends) == -1) | (col(Figure.ends) > at), col(Figure.quantity) > 0)
        .order_by(col(Figure.starts), col(Figure.series))
        .limit(ROWS_MAX)
    )
    if item:
        asked = asked.where(col(Figure.item) == item)
    return list(session.scalars(asked))


def open_cases(session: Session) -> list[CaseFile]:
    """Cases that are not closed, the oldest first."""
    asked = (
        select(CaseFile)
        .where(col(CaseFile.state) != "closed")
        .order_by(col(CaseFile.opened), col(CaseFile.entry))
        .limit(ROWS_MAX)
    )
    return list(session.scalars(asked))


def case_counts(session: Session) -> Mapping[tuple[str, str], int]:
    """(class, state) -> how many cases."""
    asked = (
        select(col(CaseFile.sort), col(CaseFile.state), func.count())
        .group_by(col(CaseFile.sort), col(CaseFile.state))
        .order_by(col(CaseFile.sort), col(CaseFile.state))
    )
    return {(sort, state): count for sort, state, count in session.execute(asked)}
