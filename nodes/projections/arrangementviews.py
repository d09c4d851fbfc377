"""Views of what is agreed and due: reservations, loans, requisitions, projects.

What a reservation still keeps is a row of the state (`legs`, proved): here is what was granted, to
whom and until when, so that people can find it. What is paid for a requisition or a milestone is
the sum of `disbursement` rows that name it in `pays`.
"""

from sqlalchemy import Index

from nodes.projections.views import PLAIN, Projection, Word, key, whole, word

__all__ = ["Claim", "Loan", "Milestone", "Project", "Requisition", "RequisitionLine", "Reservation"]


class Reservation(Projection, table=True):
    """Goods kept at a site for a purpose until `due`; `ended`: the entry that ended it, or -1."""

    __tablename__ = "reservation"
    __table_args__ = (Index("reservation_site", "site", "item"), PLAIN)
    statement: str = key(Word)
    entry: int = whole()
    site: str = word()
    item: str = word()
    purpose: str = word()
    quantity: int = whole()
    due: int = whole()
    ended: int = whole()


class Loan(Projection, table=True):
    """An asset lent; `handed_by`, `returned_by`: the statements that said so, or ""."""

    __tablename__ = "loan"
    __table_args__ = (Index("loan_borrower", "borrower", "due"), PLAIN)
    statement: str = key(Word)
    entry: int = whole()
    item: str = word()
    lot: str = word()
    lender: str = word()
    borrower: str = word()
    origin: str = word()
    target: str = word()
    due: int = whole()
    handed_by: str = word()
    handed_as: str = word()
    returned_by: str = word()
    returned_as: str = word()


class Requisition(Projection, table=True):
    """Goods accepted from an owner; `owed` in minor units, -1 while nobody has settled it.

    `owed_by`: the instruction that did, "" where the acceptance itself named the price.
    """

    __tablename__ = "requisition"
    __table_args__ = (Index("requisition_owner", "owner"), PLAIN)
    statement: str = key(Word)
    entry: int = whole()
    ordered_by: str = word()
    owner: str = word()
    site: str = word()
    currency: str = word()
    owed: int = whole()
    owed_by: str = word()
    confirmed: int = whole()
    due: int = whole()


class RequisitionLine(Projection, table=True):
    """So much of an item was accepted, and so much of it went back."""

    __tablename__ = "requisition_line"
    statement: str = key(Word)
    item: str = key(Word)
    accepted: int = whole()
    back: int = whole()


class Project(Projection, table=True):
    """A contract to build; `percent` of each tranche is kept back for `days`."""

    __tablename__ = "project"
    __table_args__ = (Index("project_area", "area"), PLAIN)
    statement: str = key(Word)
    entry: int = whole()
    contractor: str = word()
    line: str = word()
    area: str = word()
    purpose: str = word()
    currency: str = word()
    total: int = whole()
    percent: int = whole()
    days: int = whole()
    due: int = whole()


class Milestone(Projection, table=True):
    """A part of a project: `open`, `claimed` or `passed`; how often an inspection failed it."""

    __tablename__ = "milestone"
    statement: str = key(Word)
    milestone: str = key(Word)
    amount: int = whole()
    state: str = word()
    fails: int = whole()


class Claim(Projection, table=True):
    """A milestone said to be done, and what the inspection found: `pass`, `fail`, "" none yet.

    `passed`: when, from which its clock runs; `until`: how long `kept` is kept back; else -1.
    """

    __tablename__ = "claim"
    __table_args__ = (Index("claim_project", "project"), PLAIN)
    statement: str = key(Word)
    entry: int = whole()
    project: str = word()
    milestone: str = word()
    amount: int = whole()
    kept: int = whole()
    claimed: int = whole()
    inspection: str = word()
    verdict: str = word()
    passed: int = whole()
    until: int = whole()
