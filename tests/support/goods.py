"""Bodies of statements about goods, in few words, and who signs them."""

from typing import Any

from books import Books, Ran

from ledger.book import Book
from ledger.envelope import StatementId
from ledger.goods.lots import undo
from ledger.indexes import Indexes
from ledger.state import State

STORE, SHIP, COUNT, HAND = (
    "county/storekeeper",
    "county/shipper",
    "county/counter",
    "county/distributor",
)
TAG = "0123456789abcdef" * 2
"""The tag of a household."""
OTHER_TAG = "fedcba9876543210" * 2
NOWHERE = "00" * 32
"""The id of a statement that never comes."""


def draw(lot: str, quantity: int, **rest: Any) -> dict[str, Any]:
    return {"lot": lot, "quantity": quantity, **rest}


def goods(item: str, quantity: int, **rest: Any) -> dict[str, Any]:
    """A line of a receipt: good unless said otherwise."""
    return {"condition": "good", "item": item, "quantity": quantity, **rest}


def receive(books: Books, *lines: dict[str, Any], site: str = "depot", **rest: Any) -> Ran:
    """A gift in kind comes in, properly signed."""
    body = {"lines": list(lines), "site": site, "source": {"kind": "gift"}, **rest}
    return books.run("stock.receive", body, STORE, SHIP)


def stock(books: Books, item: str, *quantities: int, site: str = "depot", **rest: Any) -> list[str]:
    """Lots of these quantities come in, each by a gift of its own; their ids."""
    ids = []
    for quantity in quantities:
        ran = receive(books, goods(item, quantity, **rest), site=site)
        assert ran.code == "ok", (ran.refusal, ran.breaches)
        ids.append(ran.lot(0))
    return ids


def move(books: Books, *lines: dict[str, Any], source: str = "depot", to: str = "square") -> Ran:
    return books.run("stock.move", {"from": source, "lines": list(lines), "to": to}, STORE)


def split(books: Books, lot: str, *quantities: int, site: str = "depot") -> Ran:
    body = {"lot": lot, "quantities": list(quantities), "site": site}
    return books.run("stock.split", body, STORE)


def merge(books: Books, *lines: dict[str, Any], site: str = "depot") -> Ran:
    return books.run("stock.merge", {"lines": list(lines), "site": site}, STORE)


def count(books: Books, *, site: str = "depot", **counted: int) -> Ran:
    lines = [{"counted": n, "item": item} for item, n in counted.items()]
    return books.run("stock.count", {"lines": lines, "site": site}, COUNT, STORE)


def lose(books: Books, *lines: dict[str, Any], cause: str = "lost", site: str = "depot") -> Ran:
    body = {"cause": cause, "lines": list(lines), "site": site}
    return books.run("stock.loss", body, STORE, "county/manager")


def order(
    books: Books, *, to: str = "school", source: str = "depot", days: int = 1, **items: int
) -> Ran:
    lines = [{"item": item, "quantity": n} for item, n in items.items()]
    body = {"from": source, "lines": lines, "to": to, "until": books.time + days * 86_400}
    return books.run("shipment.order", body, "county/manager")


def dispatch(books: Books, *lines: dict[str, Any], to: str = "school", **rest: Any) -> Ran:
    body = {"from": "depot", "lines": list(lines), "to": to, **rest}
    return books.run("shipment.dispatch", body, SHIP)


def arrived(item: str, good: int, damaged: int = 0, lost: int = 0, **rest: Any) -> dict[str, Any]:
    return {"damaged": damaged, "good": good, "item": item, "lost": lost, **rest}


def arrive(
    books: Books, dispatch: str, *lines: dict[str, Any], site: str = "school", waited: bool = False
) -> Ran:
    body = {"dispatch": dispatch, "lines": list(lines), "site": site}
    return books.run("shipment.arrive", body, "relief/receiver", waited=waited)


def give(books: Books, *lines: dict[str, Any], site: str = "depot", to: str = "relief") -> Ran:
    """A hand-out to an organisation."""
    body = {"lines": list(lines), "organisation": to, "site": site}
    return books.run("disbursement.handout", body, HAND)


def living(books: Books, item: str, place: str = "site:depot") -> dict[str, int]:
    """Living lots of an item at a place: id -> quantity."""
    return {
        key: lot["quantity"]
        for key, lot in books.reader.table("lots").items()
        if "spent" not in lot and lot["item"] == item and lot["place"] == place
    }


def mix_of(books: Books, lot: str) -> dict[str, int]:
    return dict(books.row("lots", lot)["mix"])


def enrol(books: Books, tag: str = TAG, **change: Any) -> Ran:
    body = {
        "area": "east",
        "bank_verified": True,
        "persons": 4,
        "programme": "flood",
        "seals": {name: "ab" * 32 for name in ("address", "document", "name", "phone")},
        "tag": tag,
        **change,
    }
    return books.run("household.enrol", body, "county/registrar", "relief/approver")


def issue(books: Books, *tags: str, days: int = 7, **change: Any) -> Ran:
    """A right to 10 rice for each tag, from now on, unless said otherwise."""
    body = {
        "cycle": "week-1",
        "lines": [{"item": "rice", "quantity": 10}],
        "programme": "flood",
        "purpose": "food",
        "tags": list(tags or (TAG,)),
        "window": {"from": books.time, "to": books.time + days * 86_400},
        **change,
    }
    return books.run(
        "entitlement.issue", {k: v for k, v in body.items() if v is not None}, "county/manager"
    )


def right(tag: str = TAG) -> dict[str, str]:
    return {"cycle": "week-1", "purpose": "food", "tag": tag}


def release(books: Books, *lines: dict[str, Any], site: str = "depot", **rest: Any) -> Ran:
    """A release for the right of TAG, properly signed."""
    body = {"lines": list(lines), "entitlement": right(), "site": site, **rest}
    kept = {key: value for key, value in body.items() if value is not None}
    return books.run("disbursement.release", kept, HAND, "relief/approver")


def hand_out(
    books: Books, *rows: tuple[str, list[dict[str, Any]]], waited: bool = False, **rest: Any
) -> Ran:
    """A hand-out to households, (tag, lines) each."""
    body = {
        "cycle": "week-1",
        "purpose": "food",
        "rows": [{"lines": lines, "tag": tag} for tag, lines in rows],
        "site": "depot",
        **rest,
    }
    kept = {key: value for key, value in body.items() if value is not None}
    return books.run("disbursement.handout", kept, HAND, waited=waited)


def undone(books: Books, ran: Any, *, name: str = "ff") -> Book:
    """Undo the effects of a statement, as a correction does: lots, then moves, in reverse."""
    state = State(books.reader)
    book = Book(
        state,
        Indexes(state),
        time=books.time,
        index=0,
        statement=StatementId(name * 32),
        attested=False,
    )
    undo(book, ran.effects.lots)
    for commodity, source, target, n in reversed(ran.effects.moves):
        book.move(commodity, target, source, n)
    for pair, raw in state.changes().items():
        books.reader.put(pair, raw)
    books.check()
    return book
