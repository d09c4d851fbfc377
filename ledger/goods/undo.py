"""Undoing statements about goods and households: the goods half of restoring.

Lots first: what the statement made is taken away, what it drew on comes back as a new lot that
takes up the living end of its chain. That asks that nobody else has drawn on what was made; else it
is `Refused(not_correctable)`. Then its moves run backwards, and what it opened is closed for good.

A contra account never rises above zero: of what is given back to `over_issue:X` or `found:X`, only
what is still owed there goes there; the rest is at the site as a new lot of source `found`.
Specification: `docs/spec/corrections.md`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.book import Book, side_of
from ledger.canon import Value
from ledger.codes import Code
from ledger.corrections.agreed import (
    undo_accept,
    undo_claim,
    undo_contract,
    undo_handover,
    undo_inspect,
    undo_lend,
    undo_loan_return,
    undo_order,
    undo_return,
)
from ledger.corrections.recorded import Part
from ledger.entry import Move
from ledger.goods.draws import Draws
from ledger.goods.limits import HANDOUT_LINES_MAX
from ledger.goods.lines import (
    close_leg,
    count_rows,
    counts,
    custodian_of,
    open_leg,
    reserve,
    stock_key,
)
from ledger.goods.lots import Lot, next_number, record_made, the_lot, undo, whole_end
from ledger.goods.reservation import RESERVING, keep_again
from ledger.goods.rights import find_right
from ledger.money.rights import find_money_right

ARRIVE, DISPATCH, ORDER = "shipment.arrive", "shipment.dispatch", "shipment.order"
HANDOUT, RELEASE = "disbursement.handout", "disbursement.release"


@dataclass(slots=True)
class Undone:
    """What undoing has put back at sites so far: lots, in order."""

    back: list[str] = field(default_factory=list)


def undo_goods(book: Book, part: Part, undone: Undone) -> None:
    """Take back all that a part did; `Refused(not_correctable)` where others stand on it."""
    if part.name not in UNDO:
        raise part.refuse()
    _undo_lots(book, part, undone)
    for move in reversed(part.moves):
        _undo_move(book, part, move, undone)
    UNDO[part.name](book, part)
    keep_again(book, part.breaches)


def _undo_lots(book: Book, part: Part, undone: Undone) -> None:
    for effect in reversed(part.lots):
        lot = the_lot(book.state, effect[1])
        if effect[0] == "spent":
            assert lot.spent_by == part.id, (lot.id, part.id)
        elif not _is_rest(effect[1]) and whole_end(book.state, lot) is None:
            raise part.refuse()
        undone.back += [lot.id for lot in undo(book, [effect])]


def _is_rest(lot: str) -> bool:
    return lot.partition("/")[2].startswith("r")


def _undo_move(book: Book, part: Part, move: Move, undone: Undone) -> None:
    item, source, target, n = move
    if side_of(target) in ("inside", "sink") and book.balance(item, target) < n:
        raise part.refuse()
    if side_of(source) == "outside" and book.balance(item, source) + n > 0:
        raise part.refuse()
    if side_of(source) != "contra":
        book.move(item, target, source, n)
        return
    owed = min(n, -book.balance(item, source))
    if owed:
        book.move(item, target, source, owed)
    if n > owed:
        undone.back.append(_stays(book, item, source, target, n - owed))


def _stays(book: Book, item: str, contra: str, target: str, n: int) -> str:
    """n that a contra account owes no more are at its site, as a new lot; returns its id."""
    site = contra.partition(":")[2]
    place = f"site:{site}"
    if target != place:
        book.move(item, target, place, n)
    return put_found(book, item, site, n, target).id


def put_found(book: Book, item: str, site: str, n: int, account: str) -> Lot:
    """A new lot at a site, of source `found`, out of `account`; the caller moves the goods."""
    lot_id = f"{book.statement}/b{next_number(book, 'b')}"
    custodian = custodian_of(book, site)
    lot = Lot(
        id=lot_id,
        item=item,
        quantity=n,
        place=f"site:{site}",
        custodian=custodian,
        owner=custodian,
        condition="good",
        mix=((f"found:{book.statement}", n),),
        source=((account, n),),
        first=lot_id,
    )
    record_made(book, lot)
    return lot


def close_over_issues(book: Book, lots: list[str]) -> None:
    """Goods put back at X first close `over_issue:X` of their item."""
    draws = Draws(book)
    closed: dict[tuple[str, str], int] = {}
    for lot_id in lots:
        lot = the_lot(book.state, lot_id)
        word, _, site = lot.place.partition(":")
        if not lot.lives or word != "site":
            continue
        key = (lot.item, site)
        owed = -book.balance(lot.item, f"over_issue:{site}") - closed.get(key, 0)
        n = min(owed, draws.left(lot))
        if n > 0:
            draws.take(lot, n, lot.place, f"over_issue:{site}")
            closed[key] = closed.get(key, 0) + n
    for (item, site), n in closed.items():
        book.move(item, f"site:{site}", f"over_issue:{site}", n)
    draws.close()


# ---- what else a kind did -----------------------------------------------------------------------


def _nothing_else(book: Book, part: Part) -> None:
    return None


def _dispatched(book: Book, part: Part) -> None:
    _give_to_order(book, part)
    leg = book.row("legs", part.id)
    if leg is not None and leg["kind"] == DISPATCH:
        close_leg(book, part.id, {**leg, "left": []}, book.statement)


def _give_to_order(book: Book, part: Part) -> None:
    """An order that is still in time keeps again what the dispatch used of it."""
    order, leg = part.body.order, book.row("legs", part.id)
    row = None if order is None else book.row("legs", order)
    if row is None or row["kind"] != ORDER or leg is None or "used" not in leg:
        return
    due = row["due"]
    assert isinstance(due, int)
    if row.get("closed", part.id) != part.id or due <= book.time:
        return
    left = counts(row["left"])
    for item, n in counts(leg["used"]).items():
        left[item] = left.get(item, 0) + n
        reserve(book, stock_key(item, str(row["from"])), n)
    kept = {key: value for key, value in row.items() if key != "closed"}
    if "used_of" in leg:
        given = counts(row["of"])
        for item, n in counts(leg["used_of"]).items():
            given[item] = given.get(item, 0) + n
        kept["of"] = count_rows(given)
    book.put("legs", order, {**kept, "lapse": due, "left": count_rows(left)})


def _arrived(book: Book, part: Part) -> None:
    dispatch = part.body.dispatch
    row = book.row("legs", dispatch)
    if row is None:
        return
    if row["kind"] == DISPATCH:
        left = counts(row["left"])
        for item, source, _, n in part.moves:
            if source == f"consignment:{dispatch}":
                left[item] = left.get(item, 0) + n
        kept = {key: value for key, value in row.items() if key != "closed"}
        book.put("legs", dispatch, {**(kept if left else row), "left": count_rows(left)})
    elif row["kind"] == ARRIVE:
        found = counts(row["found"])
        for item, source, _, n in part.moves:
            key = f"{item}/{source.partition(':')[2]}"
            if source.startswith("found:") and key in found:
                found[key] = max(0, found[key] - n)
        still = {key: n for key, n in found.items() if n}
        book.put("legs", dispatch, {**row, "found": count_rows(still)})


def _handed_out(book: Book, part: Part) -> None:
    leg = book.row("legs", part.id)
    if leg is not None and leg["kind"] == HANDOUT and "closed" not in leg:
        close_leg(book, part.id, leg, book.statement)
    give_rights_back(book, part)


def give_rights_back(book: Book, part: Part) -> None:
    """Entitlements have again what a hand-out took of them, and no more than that."""
    for number, item, n in part.drawn:
        right = find_right(book, part.body.right_key(part.body.rows[number].tag))
        if right is not None:
            right.left[item] = right.left.get(item, 0) + n
            right.put(book)


def _ends(book: Book, part: Part) -> None:
    """Nobody has used what it keeps: it ends as at its deadline, and that is free.

    An order, a release or a reservation.
    """
    row = open_leg(book, part.id, part.kind.name)
    if row is None:
        raise part.refuse()
    if part.kind.name == ORDER:
        asked = {line.item: line.quantity for line in part.body.lines}
        if counts(row["left"]) != asked:
            raise part.refuse()
    if part.kind.name == RESERVING and counts(row["left"]) != {part.body.item: part.body.quantity}:
        raise part.refuse()
    assert part.kind.lapse is not None
    part.kind.lapse(book, part.id, row)


def _issued(book: Book, part: Part) -> None:
    body = part.body
    for tag in body.tags:
        row = book.row("entitlements", body.key(tag))
        if row is None or row["statement"] != part.id or not _is_whole(row, body):
            raise part.refuse()
        book.put("entitlements", body.key(tag), None)
    leg = book.row("legs", part.id)
    if leg is not None and leg["kind"] == part.kind.name and "closed" not in leg:
        assert part.kind.lapse is not None
        part.kind.lapse(book, part.id, leg)


def _is_whole(row: Mapping[str, Value], body: Any) -> bool:
    """Whether nothing of an entitlement was used."""
    if body.money is not None:
        return row["amount"] == int(body.money.amount)
    return row["left"] == [[line.item, line.quantity] for line in body.lines or ()]


def _enrolled(book: Book, part: Part) -> None:
    row = book.row("households", part.body.tag)
    if row is None or row["statement"] != part.id:
        raise part.refuse()
    book.put("households", part.body.tag, None)


def _retired(book: Book, part: Part) -> None:
    row = book.row("households", part.body.tag)
    if row is None or row.get("retired") != part.id:
        raise part.refuse()
    kept = {name: value for name, value in row.items() if name != "retired"}
    book.put("households", part.body.tag, kept)


def _revoked(book: Book, part: Part) -> None:
    """The windows are as before; money is promised again, where the allocation still has it."""
    for tag in part.body.tags:
        key = part.body.key(tag)
        row = book.row("entitlements", key)
        ended = None if row is None else row.get("revoked")
        if row is None or not isinstance(ended, list) or ended[0] != part.id:
            raise part.refuse()
        money = find_money_right(book, key)
        if money is not None:
            if money.amount > money.room(book):
                raise part.refuse()
            money.promise(book, money.amount)
        kept = {name: value for name, value in row.items() if name != "revoked"}
        book.put("entitlements", key, {**kept, "entry": book.index, "to": ended[1]})


def _confirmed(book: Book, part: Part) -> None:
    leg = book.row("legs", part.body.handout)
    if leg is None or leg["kind"] != HANDOUT or not _counted(part):
        return
    rows, said = leg["rows"], leg["confirmed"]
    assert isinstance(rows, int) and isinstance(said, list)
    if rows > HANDOUT_LINES_MAX:
        sums = counts(said)
        sums[part.body.state] = max(0, sums.get(part.body.state, 0) - 1)
        kept = count_rows({state: n for state, n in sums.items() if n})
    else:
        # A word that a later one has replaced is gone already.
        kept = [word for word in said if word != [part.body.row, part.body.state]]
    book.put("legs", part.body.handout, {**leg, "confirmed": kept})


def _counted(part: Part) -> bool:
    """Whether what was confirmed was noted with the hand-out."""
    codes = (str(Code.NOT_OPEN), str(Code.UNKNOWN_REFERENCE))
    return not any(code in codes for code, _, _ in part.breaches)


def _or_refuse(act: Callable[[Book, Part], bool]) -> Callable[[Book, Part], None]:
    """`act` takes back what it did; False where others stand on that: `not_correctable`."""

    def undo_or_refuse(book: Book, part: Part) -> None:
        if not act(book, part):
            raise part.refuse()

    return undo_or_refuse


UNDO: Mapping[str, Callable[[Book, Part], None]] = {
    "asset.handover": _or_refuse(lambda book, p: undo_handover(book, p.id, p.body.loan)),
    "asset.lend": _or_refuse(lambda book, p: undo_lend(book, p.id)),
    "asset.return": _or_refuse(lambda book, p: undo_loan_return(book, p.id, p.body.loan)),
    "delivery.confirm": _confirmed,
    HANDOUT: _handed_out,
    RELEASE: _ends,
    "entitlement.issue": _issued,
    "entitlement.revoke": _revoked,
    "household.enrol": _enrolled,
    "project.claim": _or_refuse(lambda book, p: undo_claim(book, p.id)),
    "project.contract": _or_refuse(lambda book, p: undo_contract(book, p.id)),
    "project.inspect": _or_refuse(lambda book, p: undo_inspect(book, p.id, p.body.claim)),
    "requisition.accept": _or_refuse(lambda book, p: undo_accept(book, p.id)),
    "requisition.order": _or_refuse(lambda book, p: undo_order(book, p.id, p.body)),
    "requisition.return": _or_refuse(lambda book, p: undo_return(book, p.id)),
    "household.retire": _retired,
    ARRIVE: _arrived,
    DISPATCH: _dispatched,
    ORDER: _ends,
    "stock.adjust": _nothing_else,
    "stock.count": _nothing_else,
    "stock.loss": _nothing_else,
    "stock.merge": _nothing_else,
    "stock.move": _nothing_else,
    "stock.receive": _nothing_else,
    RESERVING: _ends,
    "stock.split": _nothing_else,
}
"""Kinds about goods and households that can be restored, and what else each of them did."""
