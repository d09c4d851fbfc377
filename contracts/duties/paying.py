"""`pay`: from whom to whom; the body of a `disbursement.instruct` that says so.

The verb names a payee, an amount, a fund and a purpose. The rest is found in the state:

- *payee*: a household by its tag; else what is owed: `to` is the owner or the payee of the
  acceptance, or the contractor of the claim, that the cause is or names, and the instruction names
  it as `order`; else 32 salted bytes, of the class that the cause names, or `vendor`;
- *area*: of the household, of what is owed, else of the cause;
- *money*: from the contract's allotment on lines of the fund, of the contract's currency, that owe
  nothing and whose earmark covers purpose and area: the narrowest first, then by name. A tranche
  is paid from what was promised to its project.

Specification: `docs/spec/duties.md`, pay.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from contracts.catalogue.records import At, lines_of
from contracts.documents.compiled import Contract
from contracts.duties.derived import Fault, Firing
from ledger.book import Book
from ledger.canon import Value
from ledger.entries.disbursement import PayeeClass
from ledger.goods.lines import reserved
from ledger.goods.rights import allocation_key
from ledger.members import area_of_site
from ledger.money.allotment import allotment_of
from ledger.money.earmark import Line, find_line, fund_of, programme_of, uncovered
from ledger.money.funds import shortfall_of
from ledger.money.owed import ACCEPT, CLASSES

LINES_MAX: Final = 1_024
"""Lines of a fund that are looked at."""
DRAWS_MAX: Final = 64
_SALTED: Final = re.compile("[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid, where, and what is owed to them. `line`: the only one that may pay, or ""."""

    class_: str
    tag: str
    area: str
    order: str = ""
    line: str = ""
    purpose: str = ""


def currency_of(contract: Contract) -> str:
    """The currency that a contract speaks of."""
    return next(iter(contract.places), "")


def instruction(
    book: Book,
    contract: Contract,
    it: Mapping[str, Value],
    fields: Mapping[str, Value],
    firing: Firing,
) -> dict[str, Value] | None:
    """The body; None where the allotment has not enough. Raises `Fault`."""
    to, amount = str(fields["to"]), fields["amount"]
    fund, purpose = str(fields["fund"]), str(fields["purpose"])
    assert isinstance(amount, int)
    if amount < 1:
        raise Fault("amount")
    payee = payee_of(book, it, to)
    if payee.purpose not in ("", purpose):
        raise Fault("purpose")
    if payee.line and fund not in (payee.line, fund_of(payee.line)):
        # The project is another fund's: the budget of this contract is not for it.
        raise Fault("fund")
    if not payee.area:
        raise Fault("area")
    set_aside = payee.purpose or allotment_of(contract.id)
    draws = _draws(book, contract, fund, amount, payee, (purpose, set_aside), firing)
    if draws is None:
        return None
    body: dict[str, Value] = {
        "area": payee.area,
        "draws": draws,
        "payee": {"class": payee.class_, "tag": payee.tag},
        "purpose": purpose,
        "source": "allocated",
    }
    if not payee.line:
        body["allotment"] = set_aside
    if payee.order:
        body["order"] = payee.order
    return body


# ---- to whom ------------------------------------------------------------------------------------


def payee_of(book: Book, it: Mapping[str, Value], to: str) -> Payee:
    """Who `to` is for a statement with the view `it`; raises `Fault`."""
    household = book.row("households", to) if to else None
    if household is not None:
        return Payee("household", to, str(household["area"]))
    for name in ("claim", "accept", "statement"):
        found = _owed(book, str(it.get(name, "")), to)
        if found is not None:
            return found
    if not _SALTED.fullmatch(to):
        raise Fault("payee")
    class_ = str(it.get("payee_class", "")) or "vendor"
    if class_ not in get_args(PayeeClass) or class_ == "household":
        raise Fault("payee")
    return Payee(class_, to, _area_of(it))


def _owed(book: Book, leg: str, to: str) -> Payee | None:
    """The payee behind a leg of which something is owed to `to`."""
    row = book.row("legs", leg) if leg else None
    if row is None or row["kind"] not in CLASSES:
        return None
    payee, class_ = str(row["payee"]), CLASSES[str(row["kind"])]
    if row["kind"] == ACCEPT:
        area = area_of_site(book.state, str(row["site"]))
        return Payee(class_, payee, area, leg) if to in (payee, row["owner"]) else None
    project = book.row("legs", str(row["project"]))
    if project is None or to not in (payee, project["contractor"]):
        return None
    line, purpose = str(row["line"]), str(row["purpose"])
    return Payee(class_, payee, str(project["area"]), leg, line, purpose)


def _area_of(it: Mapping[str, Value]) -> str:
    """The area of a cause: its own, else the first that it names."""
    areas = it.get("areas")
    first = areas[0] if isinstance(areas, list) and areas else ""
    return str(it.get("area", "") or first)


# ---- from which money ---------------------------------------------------------------------------


def _draws(
    book: Book,
    contract: Contract,
    fund: str,
    amount: int,
    payee: Payee,
    use: tuple[str, str],
    firing: Firing,
) -> list[Value] | None:
    """The draws, the narrowest line first; `use`: purpose, and the purpose it was set aside for."""
    purpose, set_aside = use
    found: list[Value] = []
    left = amount
    for line in covering(book, contract, fund, purpose, payee):
        there = book.balance(line.currency, line.account(f"allocated:{set_aside}"))
        if not payee.line:
            there -= reserved(book, allocation_key(line.id, set_aside))
        n = min(left, there - firing.taken.get(line.id, 0))
        if n > 0:
            found.append({"amount": n, "line": line.id})
            firing.taken[line.id] = firing.taken.get(line.id, 0) + n
            left -= n
        if not left or len(found) == DRAWS_MAX:
            break
    return None if left else found


def covering(book: Book, contract: Contract, fund: str, purpose: str, payee: Payee) -> list[Line]:
    """Lines of a fund that may pay for this, the narrowest earmark first, then by name."""
    currency = currency_of(contract)
    found: list[Line] = []
    names = lines_of(At(book.state, book.time, currency), payee.line or fund)
    for name, _ in zip(names, range(LINES_MAX), strict=False):
        line, programme = find_line(book.state, name), programme_of(book.state, name)
        if line is None or programme is None or (currency and line.currency != currency):
            continue
        purposes = programme[1]["purposes"]
        assert isinstance(purposes, list)
        if purpose not in purposes or shortfall_of(book, line):
            continue
        state, earmark = book.state, line.earmark
        if not uncovered(state, earmark, book.time, purpose=purpose, area=payee.area):
            found.append(line)
    return sorted(found, key=lambda line: (-_narrowness(line), line.id))


def _narrowness(line: Line) -> int:
    """How many conditions its earmark has."""
    mark = line.earmark
    return sum(map(bool, (mark.purposes, mark.areas, mark.classes, mark.until is not None)))
