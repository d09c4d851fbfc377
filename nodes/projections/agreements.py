"""Queries: what is agreed and due. Stock reserved by site, loans overdue, requisitions, projects.

Each takes a session of `nodes.projections.queries.reading`. Sums are made here, in Python. What a
reservation still keeps of what was granted is its row of the state, which is proved; the views say
which there are.

    with reading(engine) as session:
        late = loans(session, overdue_at=now)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from nodes.projections.arrangementviews import (
    Claim,
    Loan,
    Milestone,
    Project,
    Requisition,
    RequisitionLine,
    Reservation,
)
from nodes.projections.nounviews import Disbursement
from nodes.projections.queries import LIMIT_MAX
from nodes.projections.views import Leg, col


def reservations(
    session: Session, now: int, *, site: str = "", item: str = "", limit: int = 500
) -> Sequence[Reservation]:
    """Reservations open at `now` (Unix seconds), by site, item and date."""
    asked = select(Reservation).where(col(Reservation.ended) == -1, col(Reservation.due) > now)
    if site:
        asked = asked.where(col(Reservation.site) == site)
    if item:
        asked = asked.where(col(Reservation.item) == item)
    order = (Reservation.site, Reservation.item, Reservation.due, Reservation.statement)
    return session.scalars(asked.order_by(*map(col, order)).limit(_bounded(limit))).all()


def loans(
    session: Session, *, borrower: str = "", overdue_at: int | None = None, limit: int = 500
) -> Sequence[Loan]:
    """Loans that are not back, by due date; `overdue_at`: only those due before this time."""
    asked = select(Loan).where(col(Loan.returned_by) == "")
    if borrower:
        asked = asked.where(col(Loan.borrower) == borrower)
    if overdue_at is not None:
        asked = asked.where(col(Loan.due) < overdue_at)
    return session.scalars(
        asked.order_by(col(Loan.due), col(Loan.statement)).limit(_bounded(limit))
    ).all()


@dataclass(frozen=True, slots=True)
class Paid:
    """Minor units instructed (and not come back) and paid for what is owed."""

    asked: int
    paid: int


def paid_for(session: Session, statement: str) -> Paid:
    """What was instructed and paid for a requisition or a claim."""
    rows = session.scalars(select(Disbursement).where(col(Disbursement.pays) == statement)).all()
    return Paid(sum(row.amount - row.back for row in rows), sum(row.paid for row in rows))


@dataclass(frozen=True, slots=True)
class RequisitionView:
    """A requisition: its goods, what is paid of what is due (`owed`), and whether it is done."""

    requisition: Requisition
    lines: Sequence[RequisitionLine]
    paid: Paid
    done: bool


def requisitions(session: Session, *, owner: str = "", limit: int = 500) -> list[RequisitionView]:
    """Requisitions, the oldest first: due and paid."""
    asked = select(Requisition)
    if owner:
        asked = asked.where(col(Requisition.owner) == owner)
    rows = session.scalars(asked.order_by(col(Requisition.entry)).limit(_bounded(limit))).all()
    found = []
    for row in rows:
        own = select(RequisitionLine).where(col(RequisitionLine.statement) == row.statement)
        lines = session.scalars(own.order_by(col(RequisitionLine.item))).all()
        paid = paid_for(session, row.statement)
        found.append(RequisitionView(row, lines, paid, _is_done(session, row.statement)))
    return found


@dataclass(frozen=True, slots=True)
class Clock:
    """A claim and its clock: `due` is when something is to be done next; `done`: nothing is."""

    claim: Claim
    paid: Paid
    due: int
    done: bool

    def days(self, now: int) -> int:
        """Whole days since the milestone passed, of the 7 in which it is paid; -1 before."""
        if self.claim.passed < 0:
            return -1
        days, _ = divmod(now - self.claim.passed, 86_400)
        return days


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project with its milestones, and a clock for each claim, the oldest first."""

    project: Project
    milestones: Sequence[Milestone]
    clocks: Sequence[Clock]


def projects(session: Session, *, area: str = "", limit: int = 500) -> list[ProjectView]:
    """Projects, the oldest first."""
    asked = select(Project)
    if area:
        asked = asked.where(col(Project.area) == area)
    found = []
    for row in session.scalars(asked.order_by(col(Project.entry)).limit(_bounded(limit))).all():
        parts = select(Milestone).where(col(Milestone.statement) == row.statement)
        claims = select(Claim).where(col(Claim.project) == row.statement)
        clocks = [
            _clock(session, one) for one in session.scalars(claims.order_by(col(Claim.entry)))
        ]
        milestones = session.scalars(parts.order_by(col(Milestone.milestone))).all()
        found.append(ProjectView(row, milestones, clocks))
    return found


def _clock(session: Session, claim: Claim) -> Clock:
    leg = session.get(Leg, claim.statement)
    due = -1 if leg is None else leg.due
    done = leg is not None and leg.closed != -1
    return Clock(claim, paid_for(session, claim.statement), due, done)


def _is_done(session: Session, statement: str) -> bool:
    leg = session.get(Leg, statement)
    return leg is not None and leg.closed != -1


def _bounded(limit: int) -> int:
    return max(1, min(limit, LIMIT_MAX))
