"""Nouns of what is agreed and due, told to the views: reservations, loans, requisitions, projects.

As in `nodes.projections.goodsnouns`: one function a kind, for applied entries alone. A fact that
the law only flagged (a second handover, a claim of what is claimed) finds its row in another state,
and changes nothing here either. Clocks: `Leg` has when each is due, and says when it is done.
"""

from collections.abc import Callable, Iterator, Mapping

from ledger.entries.project import INSPECT_S
from ledger.goods.limits import REQUISITION_S
from ledger.money.owed import ACCEPT, CLAIM, PAY_S
from nodes.projections.arrangementviews import (
    Claim,
    Loan,
    Milestone,
    Project,
    Requisition,
    RequisitionLine,
    Reservation,
)
from nodes.projections.facts import Fact
from nodes.projections.legs import close_leg, open_leg
from nodes.projections.nounviews import Catalogue, Disbursement
from nodes.projections.rows import Row, Work
from nodes.projections.views import Leg, Lot, Subject

RESERVED = "reserved"
"""Code of a breach that names, as `leg/{id}`, a reservation from which goods were taken."""


def about(work: Work, fact: Fact, subject: str) -> None:
    """The entry is on the list of what is about `subject`."""
    work.put(Subject, {"subject": subject, "entry": fact.index})


def reserved_subjects(fact: Fact) -> Iterator[str]:
    """A fact that took goods from under reservations is about them."""
    for code, subject, _ in fact.breaches:
        if code == RESERVED:
            yield f"reservation/{subject.removeprefix('leg/')}"


# ---- reservations -------------------------------------------------------------------------------


def _reserve(work: Work, fact: Fact) -> None:
    body = fact.body
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "site": body["site"],
        "item": body["item"],
        "purpose": body["purpose"],
        "quantity": body["quantity"],
        "due": body["until"],
        "ended": -1,
    }
    work.make(Reservation, row)
    open_leg(work, fact, body["until"], 1)
    about(work, fact, f"reservation/{fact.statement}")


def _unreserve(work: Work, fact: Fact) -> None:
    if "quantity" not in fact.body:
        end_reservation(work, fact, fact.body["reservation"])
    # Of a part freed the state says what is left; one that is freed bit by bit ends at its date.


def end_reservation(work: Work, fact: Fact, statement: str) -> None:
    """Nothing is kept any more: freed, lapsed or corrected."""
    row = work.find(Reservation, statement)
    if row is not None and row["ended"] == -1:
        work.put(Reservation, {**row, "ended": fact.index})
    leg = work.find(Leg, statement)
    if leg is not None:
        close_leg(work, fact, leg)


def note_lapse(work: Work, fact: Fact, leg: Row) -> None:
    """A deadline ended this leg."""
    if leg["kind"] == "stock.reserve":
        end_reservation(work, fact, str(leg["statement"]))
        about(work, fact, f"reservation/{leg['statement']}")
    elif leg["kind"] == "requisition.order":
        about(work, fact, f"requisition/{leg['statement']}")


# ---- loans --------------------------------------------------------------------------------------


def _lend(work: Work, fact: Fact) -> None:
    body = fact.body
    lot, site = work.find(Lot, body["lot"]), work.find(Catalogue, "site", body["from"], 0)
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "item": str(lot["item"]) if lot else "",
        "lot": body["lot"],
        "lender": str(site["owner"]) if site else "",
        "borrower": body["borrower"],
        "origin": body["from"],
        "target": body["to"],
        "due": body["due"],
        "handed_by": "",
        "handed_as": "",
        "returned_by": "",
        "returned_as": "",
    }
    work.make(Loan, row)
    open_leg(work, fact, body["due"], 1)
    about(work, fact, f"loan/{fact.statement}")


def _hand_over(work: Work, fact: Fact) -> None:
    row = work.find(Loan, fact.body["loan"])
    if row is not None and fact.effects.moves and not row["handed_by"]:
        now: Row = {"handed_by": fact.statement, "handed_as": fact.body["condition"]}
        work.put(Loan, {**row, **now})
    about(work, fact, f"loan/{fact.body['loan']}")


def _take_back(work: Work, fact: Fact) -> None:
    row = work.find(Loan, fact.body["loan"])
    if row is not None and fact.effects.moves and row["handed_by"] and not row["returned_by"]:
        now: Row = {"returned_by": fact.statement, "returned_as": fact.body["condition"]}
        work.put(Loan, {**row, **now})
        _close(work, fact, fact.body["loan"])
    about(work, fact, f"loan/{fact.body['loan']}")


def _close(work: Work, fact: Fact, statement: str, *, done: bool = True) -> None:
    """The leg of a statement is done with this entry, or not done after all."""
    leg = work.find(Leg, statement)
    if leg is not None and done:
        close_leg(work, fact, leg)
    elif leg is not None and leg["closed"] != -1:
        work.put(Leg, {**leg, "closed": -1, "left": 1})


# ---- requisitions -------------------------------------------------------------------------------


def _requisition(work: Work, fact: Fact) -> None:
    open_leg(work, fact, fact.body["window"]["to"], 1)
    about(work, fact, f"requisition/{fact.statement}")


def _accept(work: Work, fact: Fact) -> None:
    body = fact.body
    about(work, fact, f"requisition/{body['order']}")
    if work.find(Catalogue, "site", body["site"], 0) is None:
        return
    order = work.find(Leg, body["order"])
    is_open = order is not None and order["kind"] == "requisition.order" and order["closed"] == -1
    due = int(order["due"]) if order is not None and is_open else 0
    prices = [line["price"] for line in body["lines"] if "price" in line]
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "ordered_by": body["order"],
        "owner": body["owner"],
        "site": body["site"],
        "currency": body.get("currency", ""),
        "owed": sum(prices) if prices else -1,
        "owed_by": "",
        "confirmed": int(body["confirmed"]),
        "due": due if due > fact.time else fact.time + REQUISITION_S,
    }
    work.make(Requisition, row)
    came: dict[str, int] = {}
    for line in body["lines"]:
        if work.find(Catalogue, "item", line["item"], 0) is not None:
            came[line["item"]] = came.get(line["item"], 0) + line["quantity"]
    for item, n in came.items():
        keys: Row = {"statement": fact.statement, "item": item}
        work.make(RequisitionLine, {**keys, "accepted": n, "back": 0})
    open_leg(work, fact, int(row["due"]), 1)
    about(work, fact, f"requisition/{fact.statement}")


def _give_back(work: Work, fact: Fact) -> None:
    accept = fact.body["accept"]
    about(work, fact, f"requisition/{accept}")
    for draw in fact.body["lines"]:
        lot = work.find(Lot, draw["lot"])
        row = work.find(RequisitionLine, accept, str(lot["item"])) if lot else None
        if row is not None:
            back = min(int(row["accepted"]), int(row["back"]) + draw["quantity"])
            work.put(RequisitionLine, {**row, "back": back})
    note_paid(work, fact, accept)


# ---- projects -----------------------------------------------------------------------------------


def _contract(work: Work, fact: Fact) -> None:
    body = fact.body
    line = work.find(Catalogue, "line", body["line"], 0)
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "contractor": body["contractor"],
        "line": body["line"],
        "area": body["area"],
        "purpose": body["purpose"],
        "currency": str(line["unit"]) if line else "",
        "total": body["sum"],
        "percent": body["retention"]["percent"],
        "days": body["retention"]["days"],
        "due": body["until"],
    }
    work.make(Project, row)
    for part in body["milestones"]:
        row = {"statement": fact.statement, "milestone": part["id"], "amount": part["amount"]}
        work.make(Milestone, {**row, "state": "open", "fails": 0})
    about(work, fact, f"project/{fact.statement}")


def _claim(work: Work, fact: Fact) -> None:
    project: str = fact.body["project"]
    about(work, fact, f"project/{project}")
    whole = work.find(Project, project)
    part = work.find(Milestone, project, fact.body["milestone"])
    if whole is None or part is None or part["state"] != "open":
        return
    amount = int(part["amount"])
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "project": project,
        "milestone": part["milestone"],
        "amount": amount,
        "kept": amount * int(whole["percent"]) // 100,
        "claimed": fact.time,
        "inspection": "",
        "verdict": "",
        "passed": -1,
        "until": -1,
    }
    work.make(Claim, row)
    work.put(Milestone, {**part, "state": "claimed"})
    open_leg(work, fact, fact.time + INSPECT_S, 1)


def _inspect(work: Work, fact: Fact) -> None:
    row = work.find(Claim, fact.body["claim"])
    if row is None:
        return
    about(work, fact, f"project/{row['project']}")
    whole = work.find(Project, str(row["project"]))
    part = work.find(Milestone, str(row["project"]), str(row["milestone"]))
    leg = work.find(Leg, str(row["statement"]))
    if row["verdict"] or whole is None or part is None or leg is None:
        return
    verdict = fact.body["verdict"]
    seen: Row = {**row, "inspection": fact.statement, "verdict": verdict}
    if verdict == "pass":
        seen |= {"passed": fact.time, "until": fact.time + int(whole["days"]) * 86_400}
        work.put(Milestone, {**part, "state": "passed"})
        work.put(Leg, {**leg, "due": fact.time + PAY_S})
    else:
        work.put(Milestone, {**part, "state": "open", "fails": int(part["fails"]) + 1})
        close_leg(work, fact, leg)
    work.put(Claim, seen)


# ---- what is paid for them ----------------------------------------------------------------------


def note_instructed(work: Work, fact: Fact, pays: str) -> None:
    """An instruction pays for `pays`."""
    claim = work.find(Claim, pays)
    about(work, fact, f"requisition/{pays}" if claim is None else f"project/{claim['project']}")
    row, own = work.find(Requisition, pays), work.find(Disbursement, fact.statement)
    if row is None or own is None:
        return
    if row["owed"] == -1:
        # Nobody had named a price: the first instruction settles what is due.
        work.put(Requisition, {**row, "owed": own["amount"], "owed_by": fact.statement})
    elif row["owed_by"] and "allotment" in fact.body:
        # A contract settles it line by line.
        owed = int(row["owed"]) + int(own["amount"])
        work.put(Requisition, {**row, "owed": owed, "owed_by": fact.statement})


def paid_for(work: Work, statement: str) -> tuple[int, int]:
    """(instructed and not come back, paid) for what is owed, in minor units."""
    rows = work.where(Disbursement, "pays", statement)
    asked = sum(int(row["amount"]) - int(row["back"]) for row in rows)
    return asked, sum(int(row["paid"]) for row in rows)


def note_paid(work: Work, fact: Fact, statement: str) -> None:
    """More or less is paid for what is owed, or back: whether it is done, and what is due next."""
    asked, paid = paid_for(work, statement)
    leg = work.find(Leg, statement)
    if leg is None:
        return
    if leg["kind"] == ACCEPT:
        row = work.find(Requisition, statement)
        lines = work.where(RequisitionLine, "statement", statement)
        if row is None:
            return
        if row["owed_by"] and not asked:
            row = {**row, "owed": -1, "owed_by": ""}
            work.put(Requisition, row)
        owed = int(row["owed"])
        back = all(one["back"] == one["accepted"] for one in lines)
        _close(work, fact, statement, done=back if owed < 0 else paid >= owed)
    elif leg["kind"] == CLAIM:
        claim = work.find(Claim, statement)
        if claim is None or claim["verdict"] != "pass":
            return
        first = int(claim["amount"]) - int(claim["kept"])
        until = claim["until"] if claim["kept"] and paid >= first else claim["passed"]
        work.put(Leg, {**leg, "due": int(until) + PAY_S})
        _close(work, fact, statement, done=paid >= int(claim["amount"]))


# ---- corrections --------------------------------------------------------------------------------


def take_back(work: Work, fact: Fact, target: str) -> None:
    """A correction undid what `target` said of these: they are restored, never compensated."""
    if work.find(Reservation, target) is not None:
        end_reservation(work, fact, target)
        about(work, fact, f"reservation/{target}")
    for loan in work.where(Loan, "returned_by", target):
        work.put(Loan, {**loan, "returned_by": "", "returned_as": ""})
        _close(work, fact, str(loan["statement"]), done=False)
    for loan in work.where(Loan, "handed_by", target):
        work.put(Loan, {**loan, "handed_by": "", "handed_as": ""})
    for line in work.where(RequisitionLine, "statement", target):
        work.drop(RequisitionLine, target, str(line["item"]))
    for part in work.where(Milestone, "statement", target):
        work.drop(Milestone, target, str(part["milestone"]))
    for claim in work.where(Claim, "inspection", target):
        failed = claim["verdict"] == "fail"
        gone: Row = {"inspection": "", "verdict": "", "passed": -1, "until": -1}
        work.put(Claim, {**claim, **gone})
        _reset(work, claim, "claimed", int(failed))
        _close(work, fact, str(claim["statement"]), done=False)
        leg = work.find(Leg, str(claim["statement"]))
        if leg is not None:
            work.put(Leg, {**leg, "due": int(claim["claimed"]) + INSPECT_S})
    own = work.find(Claim, target)
    if own is not None:
        _reset(work, own, "open", 0)
    for view in (Loan, Requisition, Project, Claim):
        if work.find(view, target) is not None:
            work.drop(view, target)
            _close(work, fact, target)


def _reset(work: Work, claim: Row, state: str, fails: int) -> None:
    part = work.find(Milestone, str(claim["project"]), str(claim["milestone"]))
    if part is not None:
        work.put(Milestone, {**part, "state": state, "fails": int(part["fails"]) - fails})


ARRANGED: Mapping[str, Callable[[Work, Fact], None]] = {
    "asset.handover": _hand_over,
    "asset.lend": _lend,
    "asset.return": _take_back,
    "project.claim": _claim,
    "project.contract": _contract,
    "project.inspect": _inspect,
    "requisition.accept": _accept,
    "requisition.order": _requisition,
    "requisition.return": _give_back,
    "stock.release": _unreserve,
    "stock.reserve": _reserve,
}
"""kind -> what it tells."""
