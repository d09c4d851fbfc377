"""Undoing what was agreed: loans, requisitions, projects. The rest of it is undone as goods are.

Each function takes back what its kind did to rows of `legs`, and answers whether it could: not
where a later statement stands on it. Lots and moves are undone before, by `ledger.goods.undo`. A
fact that was only flagged did nothing, and nothing is taken back. Specification:
`docs/spec/kinds-agreements.md`.
"""

from collections.abc import Mapping

from ledger.book import Book
from ledger.canon import Value
from ledger.entries.asset import asset_key, find_loan, free_asset, place_asset
from ledger.entries.project import (
    INSPECT_S,
    find_claim,
    find_project,
    milestone_of,
    with_milestone,
)
from ledger.entries.requisition import ORDER, RETURN, Order, number_key
from ledger.envelope import StatementId
from ledger.goods.lines import close_leg, count_rows, counts, open_leg, reserve, stock_key
from ledger.goods.lots import the_lot
from ledger.money.owed import ACCEPT, close_if_done, number, put_project

# ---- loans --------------------------------------------------------------------------------------


def undo_lend(book: Book, statement: StatementId) -> bool:
    """The loan was never granted: what it keeps is free. False where it was handed over."""
    leg = find_loan(book, statement)
    if leg is None or "handed" in leg or "closed" in leg:
        return False
    free_asset(book, leg)
    kept = {name: value for name, value in leg.items() if name != "keeps"}
    close_leg(book, statement, kept, book.statement)
    place_asset(book, leg, str(leg["lender"]), str(leg["from"]), loan=None)
    return True


def undo_handover(book: Book, statement: StatementId, loan: str) -> bool:
    """It was not handed over and is kept for the borrower again. False where it came back since."""
    leg = find_loan(book, loan)
    if leg is None or leg.get("handed") != statement:
        return True  # it moved nothing
    if "closed" in leg:
        return False
    gone = ("condition", "handed", "handed_lot", "site")
    first = the_lot(book.state, str(leg["lot"])).first
    keeps: list[Value] = [stock_key(str(leg["item"]), str(leg["from"])), first]
    for key in keeps:
        reserve(book, str(key), 1)
    row = {name: value for name, value in leg.items() if name not in gone}
    book.put("legs", loan, {**row, "keeps": keeps})
    place_asset(book, leg, str(leg["lender"]), str(leg["from"]), loan=StatementId(loan))
    return True


def undo_loan_return(book: Book, statement: StatementId, loan: str) -> bool:
    """It did not come back: the loan is open again. False where it was lent anew since."""
    leg = find_loan(book, loan)
    if leg is None or leg.get("closed") != statement:
        return True  # it moved nothing
    row = book.row("legs", asset_key(str(leg["item"]), str(leg["serial"])))
    if row is None or "loan" in row:
        return False
    gone = ("closed", "returned")
    book.put("legs", loan, {name: value for name, value in leg.items() if name not in gone})
    lot = the_lot(book.state, str(leg["handed_lot"]))
    place_asset(book, leg, lot.custodian, str(leg["site"]), loan=StatementId(loan))
    return True


# ---- requisitions -------------------------------------------------------------------------------


def undo_order(book: Book, statement: StatementId, body: Order) -> bool:
    """The order was never given; its number is free. False where something was accepted on it."""
    row = open_leg(book, statement, ORDER)
    if row is None or counts(row["left"]) != {line.item: line.quantity for line in body.goods}:
        return False
    close_leg(book, statement, row, book.statement)
    if book.state.get("references", number_key(body.number)) == statement:
        book.put("references", number_key(body.number), None)
    return True


def undo_accept(book: Book, statement: StatementId) -> bool:
    """Nothing was accepted. False where something of it was paid or is back."""
    row = book.row("legs", statement)
    if row is None or row["kind"] != ACCEPT:
        return True  # nobody knew the site: it moved nothing
    if row["asked"] or "closed" in row:
        return False
    close_leg(book, statement, {**row, "left": []}, book.statement)
    order = open_leg(book, str(row["order"]), ORDER)
    if order is not None:
        _add(book, str(row["order"]), order, counts(row["used"]))
    return True


def undo_return(book: Book, statement: StatementId) -> bool:
    """The goods did not go back: they are here, and due."""
    row = book.row("legs", statement)
    if row is None or row["kind"] != RETURN:
        return True
    accept = book.row("legs", str(row["accept"]))
    if accept is not None:
        _add(book, str(row["accept"]), accept, counts(row["used"]))
        found = book.row("legs", str(row["accept"]))
        assert found is not None
        close_if_done(book, str(row["accept"]), found)
    book.put("legs", statement, {**row, "closed": book.statement, "used": []})
    return True


def _add(book: Book, leg: str, row: Mapping[str, Value], more: Mapping[str, int]) -> None:
    left = counts(row["left"])
    for item, n in more.items():
        left[item] = left.get(item, 0) + n
    book.put("legs", leg, {**row, "left": count_rows(left)})


# ---- projects -----------------------------------------------------------------------------------


def undo_contract(book: Book, statement: StatementId) -> bool:
    """There is no such project; its sum is promised no more. False where something was claimed."""
    row = find_project(book, statement)
    if row is None or "closed" in row or number(row, "asked"):
        return False
    milestones = row["milestones"]
    assert isinstance(milestones, list)
    if any(isinstance(each, list) and each[2:] != ["open", 0] for each in milestones):
        return False
    put_project(book, statement, {**row, "undone": True})
    return True


def undo_claim(book: Book, statement: StatementId) -> bool:
    """Nothing was claimed: the milestone is open. False where it was inspected."""
    claim = find_claim(book, statement)
    if claim is None:
        return True  # it was only flagged
    if claim["state"] != "claimed" or "closed" in claim:
        return False
    close_leg(book, statement, claim, book.statement)
    _set_milestone(book, claim, "open", 0)
    return True


def undo_inspect(book: Book, statement: StatementId, claim: str) -> bool:
    """It was not inspected: the claim waits again. False where it was paid, or claimed anew."""
    row = find_claim(book, claim)
    if row is None or row.get("inspection") != statement:
        return True  # it was only flagged
    project = find_project(book, str(row["project"]))
    milestone = None if project is None else milestone_of(project, str(row["milestone"]))
    failed = row["state"] == "failed"
    if number(row, "asked") or milestone is None or (failed and milestone[2] != "open"):
        return False
    claimed = number(row, "claimed")
    gone = ("closed", "inspection", "passed", "until")
    kept = {name: value for name, value in row.items() if name not in gone}
    book.put("legs", claim, {**kept, "due": claimed + INSPECT_S, "state": "claimed"})
    _set_milestone(book, row, "claimed", -1 if failed else 0)
    return True


def _set_milestone(book: Book, claim: Mapping[str, Value], state: str, fails: int) -> None:
    name, project = str(claim["milestone"]), str(claim["project"])
    row = find_project(book, project)
    milestone = None if row is None else milestone_of(row, name)
    assert row is not None and milestone is not None
    put_project(book, project, with_milestone(row, name, state, milestone[3] + fails))
