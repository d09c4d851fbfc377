"""Legs in the views: what is begun and not ended, and when it should have been.

Most legs open and close with the accounts that bear their name (`nodes.projections.telling`); here
is what the bodies add: the due date, and legs that only keep goods back.
"""

from nodes.projections.facts import Fact
from nodes.projections.rows import Row, Work
from nodes.projections.views import Leg

RESERVING = ("shipment.order", "disbursement.release", "stock.reserve", "requisition.order")
"""Kinds whose legs only allow something, most of them keep goods back: they lapse, and no account
bears their name."""


def open_leg(work: Work, fact: Fact, due: int, left: int) -> None:
    """A leg of this entry that no account shows; `left` of its parts are open."""
    row: Row = {"statement": fact.statement, "kind": fact.kind, "opened": fact.index}
    more: Row = {"time": fact.time, "due": due, "closed": -1, "left": left}
    work.make(Leg, {**row, **more})


def close_leg(work: Work, fact: Fact, leg: Row) -> None:
    """This entry ends the leg, if it is still open."""
    if leg["closed"] == -1:
        work.put(Leg, {**leg, "closed": fact.index, "left": 0})


def expect(work: Work, fact: Fact, due: int) -> None:
    """The leg that the effects of this entry opened falls due then."""
    leg = work.find(Leg, fact.statement)
    if leg is not None:
        work.put(Leg, {**leg, "due": due})
