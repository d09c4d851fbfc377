"""Restoring: what the targets did is undone, then what is true is booked instead.

    undo      targets in reverse log order, each from its own effects, one by one
    close     goods put back at X first close `over_issue:X` of their item
    replace   replacements in their order, each by the law of its own kind, as parts of one entry

Undoing is tried, never foretold: a step that finds a position or a lot not as the target left it is
`Refused(not_correctable)`, and the caller goes back and compensates. A replacement that its own law
refuses denies the whole correction. Specification: `docs/spec/corrections.md`.
"""

from collections.abc import Callable
from typing import Any

from ledger.book import Book, side_of
from ledger.canon import Value
from ledger.codes import Code
from ledger.corrections.recorded import Part
from ledger.corrections.replacements import GIFTS, Replacement, anchor_of, within
from ledger.entries.donation import take_in
from ledger.entry import Move
from ledger.errors import Refused
from ledger.goods.lots import carry_on, find_lot, next_number, the_lot
from ledger.goods.undo import UNDO as GOODS
from ledger.goods.undo import Undone, close_over_issues, undo_goods
from ledger.kinds import Kind, Nature
from ledger.money.gifts import replaced_gift, segments_of
from ledger.money.undo import UNDO as MONEY
from ledger.money.undo import Applied, undo

Judge = Callable[[Kind[Any], Any], None]
"""Raises `Refused(no_authority or same_person)` unless the signers may say this body."""

RESTORED = {**MONEY, **GOODS}
"""Kinds of statement that can be undone; nothing else can be corrected, but corrections."""

OPENERS = (
    "asset.lend",
    "disbursement.handout",
    "disbursement.instruct",
    "disbursement.release",
    "entitlement.issue",
    "project.claim",
    "project.contract",
    "requisition.accept",
    "requisition.order",
    "requisition.return",
    "shipment.dispatch",
    "shipment.order",
    "stock.reserve",
)
"""Kinds that open a leg under the id of their statement."""

CONTRA = {"shortfall": Code.SHORTFALL, "over_issue": Code.OVER_ISSUE, "found": Code.FOUND}


# ---- undo ---------------------------------------------------------------------------------------


def undo_all(book: Book, parts: list[Part]) -> None:
    """Undo every part, the last one logged first: `Refused(not_correctable)` where it cannot be."""
    start = len(book.moves)
    undone = Undone()
    places = sorted(range(len(parts)), key=lambda at: (parts[at].index, at), reverse=True)
    for at in places:
        part = parts[at]
        if not part.whole:
            raise part.refuse()
        if part.name in MONEY:
            money = Applied(
                part.id, part.index, part.name, part.value, part.moves, part.line, part.where
            )
            undo(book, money)
        else:
            undo_goods(book, part, undone)
        if part.row is None:
            _free_tags(book, part)
    close_over_issues(book, undone.back)
    _name_reopened(book, book.moves[start:])


def _free_tags(book: Book, part: Part) -> None:
    for tag in part.kind.tags(part.body):
        if book.state.get("references", tag) == part.id:
            book.put("references", tag, None)


def _name_reopened(book: Book, moves: list[Move]) -> None:
    """A contra account that owes more than before: what was undone had closed it."""
    more: dict[tuple[str, str], int] = {}
    for commodity, source, target, n in moves:
        for account, change in ((source, n), (target, -n)):
            if side_of(account) == "contra":
                more[commodity, account] = more.get((commodity, account), 0) + change
    for (commodity, account), n in more.items():
        if n > 0:
            line, _, label = account.rpartition("/")
            subject = f"line/{line}" if line else f"{commodity}/{account}"
            book.breach(CONTRA[label.partition(":")[0]], subject, n)


# ---- replace ------------------------------------------------------------------------------------


def replace_all(
    book: Book, replacements: tuple[Replacement, ...], pairs: list[Part | None], judge: Judge | None
) -> tuple[list[Value], list[Value]]:
    """Book every replacement by the law of its kind, in order; returns where each begins, and what
    rights gave for it.

    [moves, stretches, lot effects, breaches] before it; [replacement, row, item, n].
    """
    bases: list[int] = []
    starts: list[Value] = []
    drawn: list[Value] = []
    for number, replacement in enumerate(replacements):
        bases.append(next_number(book))
        starts.append(
            [len(book.moves), len(book.stretches), len(book.lot_effects), len(book.breaches)]
        )
        body = replacement.typed(
            lambda r, o: f"{book.statement}/{bases[r] + o}",
            lambda r: anchor_of(book.statement, replacements, r),
        )
        try:
            _replace(book, replacement.meaning(), body, judge, number)
            book.replaced.append((replacement.kind, body))
        except Refused as refused:
            raise within(f"body.replacements[{number}]", refused) from refused
        drawn += [[number, *row] for row in _take_drawn(book)]
        part = pairs[number]
        if part is not None:
            _carry_chains_on(book, part, bases[-1])
    return starts, drawn


def _take_drawn(book: Book) -> list[list[Value]]:
    """What rights gave for the hand-out just booked: noted by replacement, not in their one leg."""
    leg = _opened(book)
    if leg is None or "drawn" not in leg:
        return []
    drawn = leg["drawn"]
    assert isinstance(drawn, list)
    book.put("legs", book.statement, {key: leg[key] for key in leg if key != "drawn"})
    return [row for row in drawn if isinstance(row, list)]


def _replace(book: Book, kind: Kind[Any], body: Any, judge: Judge | None, number: int) -> None:
    for reference in kind.references(body):
        if not reference.is_known(book):
            raise Refused(Code.UNKNOWN_REFERENCE, reference.where, key=reference.key)
    if judge is not None:
        judge(kind, body)
    tags = tuple(kind.tags(body))
    for tag in tags:
        holder = book.state.get("references", tag)
        if holder is not None:
            raise Refused(Code.REFERENCE_USED, "body", tag=tag, other=str(holder))
    if kind.name in GIFTS:
        _add_gift(book, kind, body, replaced_gift(book.statement, number))
    elif kind.name == "disbursement.handout":
        _add_handout(book, kind, body)
    elif _opens(kind, body) and _opened(book) is not None:
        # Its leg would stand under the same id: it takes a correction of its own.
        raise Refused(Code.NOT_CORRECTABLE, "", key=kind.name)
    else:
        _apply(book, kind, body)
    for tag in tags:
        book.put("references", tag, book.statement)


def _apply(book: Book, kind: Kind[Any], body: Any) -> None:
    _attested(book, kind, lambda: kind.apply(book, body))


def _attested(book: Book, kind: Kind[Any], act: Callable[[], None]) -> None:
    book.attested = kind.nature is Nature.ATTESTATION
    try:
        act()
    finally:
        book.attested = False


def _add_gift(book: Book, kind: Kind[Any], body: Any, gift: str) -> None:
    """Each gift of a correction has a name, and a row of table `gifts`, of its own."""
    _attested(book, kind, lambda: take_in(book, body, gift))
    for part in segments_of(book.state, gift):
        book.gift_effects.append((gift, part.line, part.low, part.high))


def _opens(kind: Kind[Any], body: Any) -> bool:
    """Whether it opens a leg under the id of its statement."""
    if kind.name == "entitlement.issue":
        return body.money is not None
    return kind.name in OPENERS


def _opened(book: Book) -> dict[str, Value] | None:
    """The leg that an earlier replacement has opened."""
    row = book.row("legs", book.statement)
    opened = row is not None and row["entry"] == book.index and row["kind"] in OPENERS
    return row if opened else None


def _add_handout(book: Book, kind: Kind[Any], body: Any) -> None:
    """Several hand-outs of a correction are one leg: their rows number on."""
    before = _opened(book)
    if before is not None and before["kind"] != kind.name:
        raise Refused(Code.NOT_CORRECTABLE, "", key=kind.name)
    _apply(book, kind, body)
    now = book.row("legs", book.statement)
    if before is None or now is None:
        return
    first, more = before["rows"], now["rows"]
    assert isinstance(first, int) and isinstance(more, int)
    both: dict[str, Value] = {**now, "confirmed": before["confirmed"], "rows": first + more}
    if before.get("site") != both["site"]:
        del both["site"]
    book.put("legs", book.statement, both)


def _carry_chains_on(book: Book, part: Part, base: int) -> None:
    """The n-th output carries on the chain of the n-th output that it replaces, if of one item."""
    made = [effect[1].partition("/")[2] for effect in book.lot_effects if effect[0] == "made"]
    for number in dict.fromkeys(int(n) for n in made if not n.strip("0123456789")):
        if number < base:
            continue
        old = find_lot(book.state, part.output(number - base))
        new = the_lot(book.state, f"{book.statement}/{number}")
        if old is not None and old.item == new.item:
            carry_on(book, old, new.id)
