"""`transfer`, `request_transfer`, `reserve`: the bodies of orders and reservations.

A transfer names item and quantity. A request names a mass, and what the giver can spare makes it
up: usable goods that nobody has asked for, of all items that have a weight, the lots that expire
first before the others, whole units, until the mass is reached or nothing is left. Goods with
serial numbers are equipment, which is lent and not sent by the kilogram.

An order that a contract makes keeps goods for `ORDER_S`, then it lapses. A request is held until
somebody who manages the giving site says yes. Specification: `docs/spec/duties.md`, goods.
"""

import heapq
import re
from collections.abc import Iterator, Mapping
from typing import Final

from contracts.duties.derived import Fault
from ledger.book import Book
from ledger.canon import Value
from ledger.goods.limits import LINES_MAX
from ledger.goods.lines import reserved, stock_key
from ledger.goods.lots import Lot, living_at
from ledger.holds import Wants
from ledger.members import Place

ORDER_S: Final = 7 * 86_400
"""What a contract orders is kept for a week."""
ANSWER_S: Final = 72 * 3_600
"""The giver has so long to answer a request."""
ITEMS_MAX: Final = 1_024
"""Items at a site that a request looks at."""
LOTS_MAX: Final = 4_096
"""Lots at a site that a request looks at."""
_SLUG: Final = re.compile("[a-z0-9][a-z0-9-]{0,47}", re.ASCII)


def transfer(book: Book, fields: Mapping[str, Value]) -> dict[str, Value]:
    """Body of `shipment.order` for one item."""
    line: Value = {"item": fields["item"], "quantity": fields["qty"]}
    return _order(book, fields, [line])


def request(book: Book, fields: Mapping[str, Value]) -> dict[str, Value]:
    """Body of `shipment.order` for so much mass, as far as the giver has it; raises `Fault`."""
    mass = fields["mass"]
    assert isinstance(mass, int)
    units = spare(book, str(fields["from"]), mass)
    if not units:
        raise Fault("nothing to give")
    return _order(book, fields, [{"item": item, "quantity": n} for item, n in units.items()])


def _order(book: Book, fields: Mapping[str, Value], lines: list[Value]) -> dict[str, Value]:
    return {
        "from": fields["from"],
        "lines": lines,
        "to": fields["to"],
        "until": book.time + ORDER_S,
    }


def giver(book: Book, fields: Mapping[str, Value]) -> Wants:
    """Whose yes a request waits for: a manager of the giving site, not of the one that asks."""
    sites = [book.row("catalogue", f"site/{fields[name]}") for name in ("from", "to")]
    gives, asks = ("" if row is None else str(row["custodian"]) for row in sites)
    return Wants(
        organisations=1,
        until=book.time + ANSWER_S,
        roles=("manager",),
        places=(Place(site=str(fields["from"])),),
        barred=(asks,) if asks not in ("", gives) else (),
    )


def spare(book: Book, site: str, mass: int) -> dict[str, int]:
    """Item -> units that weigh at least `mass` grams together, or all there is to spare."""
    weights: dict[str, int] = {}
    free: dict[str, int] = {}
    rows = book.state.scan("accounts", f"site:{site}")
    for (item, _, value), _ in zip(rows, range(ITEMS_MAX), strict=False):
        thing = book.row("catalogue", f"item/{item}")
        weight = 0 if thing is None else thing.get("weight_g", 0)
        left = int(str(value)) - reserved(book, stock_key(item, site))
        if isinstance(weight, int) and weight and left > 0:
            weights[item], free[item] = weight, left
    found: dict[str, int] = {}
    for lot, _ in zip(_by_expiry(book, site, list(free)), range(LOTS_MAX), strict=False):
        if mass <= 0:
            break
        if not lot.is_usable(book.time) or lot.serials:
            continue
        if lot.item not in found and len(found) == LINES_MAX:
            continue
        # The last unit is given whole: it may weigh more than what is missing.
        n = min(lot.quantity, free[lot.item], -(-mass // weights[lot.item]))
        if n > 0:
            found[lot.item] = found.get(lot.item, 0) + n
            free[lot.item] -= n
            mass -= n * weights[lot.item]
    return found


def _by_expiry(book: Book, site: str, items: list[str]) -> Iterator[Lot]:
    """Living lots of these items, those that expire first before the others, then by id."""
    walks = [living_at(book.state, item, f"site:{site}", after=book.time) for item in items]
    return heapq.merge(*walks, key=_expiry)


def _expiry(lot: Lot) -> tuple[bool, int, str]:
    return lot.expiry is None, lot.expiry or 0, lot.id


def reservation(
    book: Book, it: Mapping[str, Value], fields: Mapping[str, Value]
) -> dict[str, Value]:
    """Body of `stock.reserve`; its purpose is that of the cause, else the class of the item."""
    span = fields["expires_in"]
    assert isinstance(span, int)
    thing = book.row("catalogue", f"item/{fields['item']}")
    class_ = "" if thing is None else str(thing["class"])
    purpose = str(it.get("purpose", "")) or class_
    if not _SLUG.fullmatch(purpose):
        raise Fault("purpose")
    return {
        "item": fields["item"],
        "purpose": purpose,
        "quantity": fields["qty"],
        "site": fields["site"],
        "until": book.time + max(1, span),
    }
