"""What is owed for something that was done: goods requisitioned, a milestone that was inspected.

An instruction that names one in `order` pays it, and nothing else: to its payee, of its currency,
never more than is due. What failed or came back may be instructed again.

    legs    {requisition.accept}  "owed" (absent: settled by the first instruction), "asked",
                                  "paid", "by_lines" (a contract settles it, line by line)
            {project.claim}       "amount", "kept" until "until", "asked", "paid"
            {project.contract}    "sum", "asked", "paid"; "left" is promised under "key"

A tranche is due 7 days after its milestone passed; the part kept back, when its time is over.
Specification: `docs/spec/kinds-money.md`.
"""

from collections.abc import Sequence

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.goods.lines import reserve

ACCEPT, CLAIM, CONTRACT = "requisition.accept", "project.claim", "project.contract"
CLASSES = {ACCEPT: "compensation", CLAIM: "contractor"}
"""Kind of what is owed -> class of the payee."""

PAY_S = 7 * 86_400
"""A tranche is due 7 days after its milestone passed."""
WHERE = "body.order"
ALLOTMENT = "allotment"
"""Stands for the source of an instruction that a contract gives out of its allotment."""


def number(row: dict[str, Value], name: str) -> int:
    """A whole number of a row, 0 where it is absent."""
    found = row.get(name, 0)
    assert isinstance(found, int)
    return found


def check_owed(
    book: Book,
    order: str,
    *,
    payee: tuple[str, str],
    currency: str,
    lines: Sequence[str],
    purpose: str,
    source: str,
    asked: int,
) -> bool:
    """Whether this may be instructed for what is owed; True where a project promises it already.

    `payee`: class and tag. `source` `allotment`: a contract pays for one line of an acceptance
    without prices; its next line adds to what is due, where a person's instruction settles all of
    it. Raises `Refused(not_open, not_eligible or not_enough)`.
    """
    row = book.row("legs", order)
    if row is None or row["kind"] not in CLASSES:
        raise Refused(Code.NOT_ELIGIBLE, WHERE, key=order, wanted="something that is owed")
    if "closed" in row or (row["kind"] == CLAIM and row["state"] != "passed"):
        raise Refused(Code.NOT_OPEN, WHERE, key=order)
    if payee != (CLASSES[str(row["kind"])], row["payee"]):
        raise Refused(Code.NOT_ELIGIBLE, "body.payee", key=order, wanted=str(row["payee"]))
    if row.get("currency", currency) != currency:
        raise Refused(Code.NOT_ELIGIBLE, "body.draws", key=order, wanted=str(row["currency"]))
    if row["kind"] == CLAIM:
        if source != "allocated" or purpose != row["purpose"]:
            raise Refused(Code.NOT_ELIGIBLE, "body.purpose", key=order, wanted=str(row["purpose"]))
        if any(line != row["line"] for line in lines):
            raise Refused(Code.NOT_ELIGIBLE, "body.draws", key=order, wanted=f"line/{row['line']}")
    left = left_of(book, row)
    by_lines = source == ALLOTMENT and row["kind"] == ACCEPT and (left is None or "by_lines" in row)
    if left is not None and asked > left and not by_lines:
        raise Refused(Code.NOT_ENOUGH, WHERE, key=order, asked=asked, left=left)
    if left is None or by_lines:
        settled: dict[str, Value] = {**row, "currency": currency}
        settled |= {"owed": number(row, "owed") + asked, "owed_by": book.statement}
        book.put("legs", order, {**settled, "by_lines": True} if by_lines else settled)
    return row["kind"] == CLAIM


def left_of(book: Book, row: dict[str, Value]) -> int | None:
    """Minor units that may be instructed now; None where nobody has settled what is due."""
    if row["kind"] == ACCEPT:
        return number(row, "owed") - number(row, "asked") if "owed" in row else None
    kept = number(row, "kept") if book.time < number(row, "until") else 0
    return max(0, number(row, "amount") - kept - number(row, "asked"))


def change_owed(book: Book, order: str, asked: int, paid: int) -> None:
    """So much more (or, below zero, less) is instructed and paid for it than before."""
    row = book.row("legs", order)
    assert row is not None, order
    now = {**row, "asked": number(row, "asked") + asked, "paid": number(row, "paid") + paid}
    total = number(now, "owed" if row["kind"] == ACCEPT else "amount")
    if number(now, "asked") > total and asked > 0:
        # A correction found more paid than was due.
        book.breach(Code.EXCEEDED, f"leg/{order}", min(asked, number(now, "asked") - total))
    if row["kind"] == ACCEPT:
        if "owed_by" in now and not now["asked"]:
            # What settled the sum came to nothing: the next instruction settles it.
            gone = ("by_lines", "currency", "owed", "owed_by")
            now = {name: value for name, value in now.items() if name not in gone}
        close_if_done(book, order, now)
        return
    late = book.time - number(row, "due")
    if paid > 0 and late > 0 and book.attested:
        book.breach(Code.LATE, f"leg/{order}", late)
    close_if_done(book, order, {**now, "due": _due(now)})
    _change_project(book, str(row["project"]), asked, paid)


def _due(row: dict[str, Value]) -> int:
    """When the next part of a tranche is to be paid."""
    first = number(row, "amount") - number(row, "kept")
    if number(row, "kept") and number(row, "paid") >= first:
        return number(row, "until") + PAY_S
    return number(row, "passed") + PAY_S


def close_if_done(book: Book, leg: str, row: dict[str, Value]) -> None:
    """Write the row: closed once all is paid, or once all goods are back and nothing is owed."""
    if row["kind"] == ACCEPT:
        paid = "owed" in row and number(row, "paid") >= number(row, "owed")
        done = paid or ("owed" not in row and not row["left"])
    else:
        done = number(row, "paid") >= number(row, "amount")
    kept = {name: value for name, value in row.items() if name != "closed"}
    if done:
        kept["closed"] = row.get("closed", book.statement)
    book.put("legs", leg, kept)


def _change_project(book: Book, project: str, asked: int, paid: int) -> None:
    row = book.row("legs", project)
    assert row is not None, project
    now = {**row, "asked": number(row, "asked") + asked, "paid": number(row, "paid") + paid}
    put_project(book, project, now)


def put_project(book: Book, project: str, row: dict[str, Value]) -> None:
    """Write a project: what is not instructed yet stays promised until its tranches are paid."""
    milestones = row["milestones"]
    assert isinstance(milestones, list)
    tranches = 0
    for milestone in milestones:
        assert isinstance(milestone, list) and isinstance(milestone[1], int)
        tranches += milestone[1]
    done = number(row, "paid") >= tranches or row.get("undone") is True
    left = 0 if done else max(0, number(row, "sum") - number(row, "asked"))
    if left != number(row, "left"):
        reserve(book, str(row["key"]), left - number(row, "left"))
    kept = {name: value for name, value in row.items() if name != "closed"}
    if done:
        kept["closed"] = row.get("closed", book.statement)
    book.put("legs", project, {**kept, "left": left})
