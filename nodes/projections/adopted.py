"""Queries: what members adopt, and the runs of it. Versions by state, voices, how far a run is.

Each takes a session of `nodes.projections.queries.reading`. Lists come newest first and in pages:
the next page begins `before` the last row of this one.

    with reading(engine) as session:
        page = versions(session, states=("proposed", "approved"), limit=20)
        heard = voices(session, [row.proposal for row in page.rows])
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.money.allotment import allotment_of
from nodes.projections.contractviews import ContractRun, ContractVersion, ContractVoice
from nodes.projections.nounviews import Catalogue, Household
from nodes.projections.queries import LIMIT_MAX
from nodes.projections.views import Balance, col

NAMED_MAX = 10_000
"""Areas that one question to the database names: SQLite takes 32,766 values, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Some versions, newest first; `older`: `before` of the next page, None on the last."""

    rows: Sequence[ContractVersion]
    older: int | None


def versions(
    session: Session,
    *,
    states: Sequence[str] = (),
    contract: str = "",
    before: int | None = None,
    limit: int = 50,
) -> Versions:
    """Versions in any of `states`, of one contract, proposed below entry `before`."""
    limit = max(1, min(limit, LIMIT_MAX))
    asked = select(ContractVersion)
    if states:
        asked = asked.where(col(ContractVersion.state).in_(states))
    if contract:
        asked = asked.where(col(ContractVersion.contract) == contract)
    if before is not None:
        asked = asked.where(col(ContractVersion.proposed) < before)
    order = col(ContractVersion.proposed).desc()
    rows = session.scalars(asked.order_by(order).limit(limit + 1)).all()
    older = rows[limit - 1].proposed if len(rows) > limit else None
    return Versions(rows[:limit], older)


def of_text(session: Session, text: str) -> Sequence[ContractVersion]:
    """The versions with this contract hash, the newest first: a text may be proposed again."""
    own = select(ContractVersion).where(col(ContractVersion.hash) == text)
    order = col(ContractVersion.proposed).desc()
    return session.scalars(own.order_by(order).limit(LIMIT_MAX)).all()


def voices(session: Session, proposals: Sequence[str]) -> Mapping[str, Sequence[ContractVoice]]:
    """The voices for each of these proposals, in the order in which they were given."""
    found: dict[str, list[ContractVoice]] = {proposal: [] for proposal in proposals}
    asked = select(ContractVoice).where(col(ContractVoice.proposal).in_(proposals))
    for row in session.scalars(asked.order_by(col(ContractVoice.n))):
        found[row.proposal].append(row)
    return found


# ---- runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Runs:
    """Some runs, the newest cause first; `older`: `before` of the next page, None on the last."""

    rows: Sequence[ContractRun]
    older: str | None


def runs(
    session: Session,
    *,
    is_open: bool | None = None,
    contract: str = "",
    before: str = "",
    limit: int = 50,
) -> Runs:
    """Runs that are open, or over, or both; of one contract; with an id below `before`."""
    limit = max(1, min(limit, LIMIT_MAX))
    asked = select(ContractRun)
    if is_open is not None:
        closed = col(ContractRun.closed)
        asked = asked.where(closed == -1 if is_open else closed >= 0)
    if contract:
        asked = asked.where(col(ContractRun.contract) == contract)
    if before:
        asked = asked.where(col(ContractRun.id) < before)
    rows = session.scalars(asked.order_by(col(ContractRun.id).desc()).limit(limit + 1)).all()
    older = rows[limit - 1].id if len(rows) > limit else None
    return Runs(rows[:limit], older)


def households_in(session: Session, areas: Sequence[str], before: int) -> int:
    """Households of these areas and all below that were enrolled below entry `before` and take
    part now: those on the roll of a run with that cause."""
    below, found = _below(session, areas), 0
    taking_part = (col(Household.entry) < before, col(Household.retired) == "")
    for at in range(0, len(below), NAMED_MAX):
        named = col(Household.area).in_(below[at : at + NAMED_MAX])
        found += session.scalar(select(func.count()).where(named, *taking_part)) or 0
    return found


def _below(session: Session, areas: Sequence[str]) -> list[str]:
    """These areas and all below them."""
    # Runs on one page ask it one after another: of one moment, so the tree is read once.
    under: dict[str, list[str]] = session.info.setdefault("areas under each", {})
    if not under:
        newest = (col(Catalogue.noun) == "area", col(Catalogue.version) == 0)
        pairs: Any = select(col(Catalogue.id), col(Catalogue.parent)).where(*newest)
        for area, parent in session.execute(pairs):
            under.setdefault(parent, []).append(area)
    found: dict[str, None] = {}
    todo = list(areas)
    while todo:
        area = todo.pop()
        if area not in found:
            found[area] = None
            todo += under.get(area, [])
    return list(found)


def set_aside(session: Session, contract: str, currency: str) -> int:
    """Minor units that are set aside for a contract and not instructed yet."""
    label = col(Balance.label) == f"allocated:{allotment_of(contract)}"
    asked: Any = select(col(Balance.units)).where(label, col(Balance.commodity) == currency)
    return sum(int(units) for units in session.scalars(asked))
