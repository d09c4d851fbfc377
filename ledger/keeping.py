"""Keeping: the value of a held statement is kept back while it waits, for that statement alone.

Two statements never wait for the same money or goods: what the law of the first would have taken is
out of reach of the second, which its own law then refuses (`not_enough`). What is kept is read from
what the law did, whatever the kind, and stands in field `kept` of the hold's row (`ledger.holds`):

    money      [line, n]                positions that were free or allocated bear `held:S` on top,
                                        on account `{line}/held:S`
    reserved   [key, n]                 goods of a site, of a lot's chain, of an allocation that is
                                        promised: so much more of them is reserved
    of         [reservation, item, n]   of these goods what a reservation kept before
    rights     [entitlement, item, n]   drawn from an entitlement; item "" is its money
    owed       [order, n, added]        asked of what is owed, which grew by `added` with it

    since = book.state.savepoint()
    kind.apply(book, body)              # the law
    stake = stake_of(book, since, kind.name)
    book.state.rollback(since)          # and a new book for the same entry
    open_hold(book, ..)
    keep_back(book, held, stake)
    ...
    give_back(book, held)               # before its law runs again, or once it is over

A correction keeps nothing: while it is held, it changes nothing. Neither does what only frees or
promises nothing: to end a reservation, to revoke a right, to enrol. Specification:
`docs/spec/kinds-approvals.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger.book import Book
from ledger.canon import INT_MAX, Value
from ledger.codes import Code
from ledger.entry import Stretch
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.lines import counts, reserve, stock_key
from ledger.goods.reservation import RESERVING, give_kept, take_kept
from ledger.goods.rights import find_right
from ledger.holds import OPEN, find_hold, hold_key
from ledger.money.earmark import FREE, find_line
from ledger.money.funds import put_back, relabel, walk
from ledger.money.owed import CLASSES, change_owed, number
from ledger.money.rights import return_right

KEEPS_NOTHING = ("correction.declare",)
"""Kinds that change nothing while they are held, not even by what they would take."""

KEPT_PIECES_MAX = 64
"""Intervals of lines that one held statement keeps: one entry tells that they come back and what
becomes of them then, so it is less than an authorisation may change otherwise."""


@dataclass(frozen=True, slots=True)
class Stake:
    """What the law of a statement took, that nobody else may take while it waits.

    `stretches` as in effects, figures in minor or base units; the rest as in field `kept`. `owed`
    says also in which currency, and whether line by line. `subjects`: what the statement is about.
    """

    stretches: tuple[Stretch, ...] = ()
    reserved: tuple[tuple[str, int], ...] = ()
    of: tuple[tuple[str, str, int], ...] = ()
    rights: tuple[tuple[str, str, int], ...] = ()
    owed: tuple[tuple[str, int, int, str, bool], ...] = ()
    subjects: tuple[str, ...] = ()


def stake_of(book: Book, since: int, kind: str) -> Stake:
    """What the law of `kind` took: on `book`, which has its effects alone, since the savepoint.

    Read it before the rows are rolled back to `since`.
    """
    if kind in KEEPS_NOTHING:
        return Stake()
    more: dict[str, int] = {}
    for key, (old, now) in book.state.changed("reserved", since).items():
        more[key] = _units(now) - _units(old)
    of: list[tuple[str, str, int]] = []
    owed: list[tuple[str, int, int, str, bool]] = []
    for leg, (old, now) in book.state.changed("legs", since).items():
        if not isinstance(old, dict) or not isinstance(now, dict):
            continue
        if old["kind"] == RESERVING:
            item = str(old["item"])
            n = counts(old["left"]).get(item, 0) - counts(now["left"]).get(item, 0)
            key = stock_key(item, str(old["site"]))
            more[key] = more.get(key, 0) + n
            # One that is ended, and not used, leaves nothing to keep.
            if min(n, more[key]) > 0:
                of.append((leg, item, min(n, more[key])))
        elif old["kind"] in CLASSES:
            n, added = (number(now, name) - number(old, name) for name in ("asked", "owed"))
            if n > 0:
                owed.append((leg, n, added, str(now["currency"]), "by_lines" in now))
    return Stake(
        stretches=tuple(book.stretches),
        reserved=tuple((key, n) for key, n in more.items() if n > 0),
        of=tuple(of),
        rights=tuple(_drawn(book, since)),
        owed=tuple(owed),
        subjects=tuple(book.subjects()),
    )


def _units(value: Value | None) -> int:
    return value if isinstance(value, int) else 0


def _drawn(book: Book, since: int) -> Sequence[tuple[str, str, int]]:
    """(entitlement, item or "" for money, n) of what was drawn from rights that stood before."""
    found = []
    for key, (old, now) in book.state.changed("entitlements", since).items():
        if not isinstance(old, dict) or not isinstance(now, dict):
            continue
        if "amount" in old:
            found.append((key, "", _units(old["amount"]) - _units(now["amount"])))
            continue
        left = counts(now["left"])
        for item, n in counts(old["left"]).items():
            found.append((key, item, n - left.get(item, 0)))
    return [each for each in found if each[2] > 0]


# ---- kept ---------------------------------------------------------------------------------------


def keep_back(book: Book, held: StatementId, stake: Stake) -> None:
    """Keep what `held` is about, under its hold, which is open; these are effects of `book`.

    The rows are as they were before its law ran. Raises `Refused(too_many_pieces)`.
    """
    hold = find_hold(book.state, held)
    assert hold is not None and hold.state == OPEN and not hold.kept, held
    money = _keep_money(book, held, stake.stretches)
    for key, n in stake.reserved:
        reserve(book, key, n)
    for leg, item, n in stake.of:
        row = book.row("legs", leg)
        assert row is not None, leg
        take_kept(book, leg, {item: n}, str(row["site"]))
    for key, item, n in stake.rights:
        _turn_right(book, key, item, -n)
    for order, n, added, currency, by_lines in stake.owed:
        _ask(book, held, order, n, added, currency, by_lines=by_lines)
    parts: tuple[tuple[str, Sequence[tuple[str | int, ...]]], ...] = (
        ("money", list(money.items())),
        ("reserved", stake.reserved),
        ("of", stake.of),
        ("rights", stake.rights),
        ("owed", [row[:3] for row in stake.owed]),
    )
    kept: dict[str, Value] = {name: [[*row] for row in rows] for name, rows in parts if rows}
    if kept:
        replace(hold, kept=kept).put(book)
        for subject in stake.subjects:
            book.touch(subject)


def _keep_money(book: Book, held: StatementId, stretches: Sequence[Stretch]) -> dict[str, int]:
    """Put `held:S` on what was free or allocated of these stretches; line -> minor units."""
    label = f"held:{held}"
    moved: dict[tuple[str, str], int] = {}
    pieces = 0
    for name, low, high, _ in stretches:
        # What the law appended is not there any more; what it met twice bears the label by now.
        for piece in list(walk(book.state, name, low, high)):
            top = piece.stack[-1]
            if top != FREE and not top.startswith("allocated:"):
                continue
            pieces += 1
            if pieces > KEPT_PIECES_MAX:
                raise Refused(
                    Code.TOO_MANY_PIECES,
                    hold_key(held),
                    key=f"{name}/{top}",
                    given=len(stretches),
                    high=KEPT_PIECES_MAX,
                )
            relabel(book, name, piece, (*piece.stack, label))
            moved[name, top] = moved.get((name, top), 0) + piece.amount
    sums: dict[str, int] = {}
    for (name, top), n in moved.items():
        line = find_line(book.state, name)
        assert line is not None, name
        book.move(line.currency, line.account(top), line.account(label), n)
        sums[name] = sums.get(name, 0) + n
    return sums


def _turn_right(book: Book, key: str, item: str, n: int) -> None:
    """n more (or, below zero, fewer) of an entitlement may be drawn."""
    if not item:
        return_right(book, key, n)
        return
    right = find_right(book, key)
    assert right is not None, key
    right.left[item] = right.left.get(item, 0) + n
    right.put(book)


def _ask(
    book: Book, held: StatementId, order: str, n: int, added: int, currency: str, *, by_lines: bool
) -> None:
    """Ask n of what is owed; `added`: so much of it is due because this statement says so."""
    row = book.row("legs", order)
    assert row is not None, order
    if added:
        due: dict[str, Value] = {**row, "currency": currency, "owed": number(row, "owed") + added}
        due["owed_by"] = row.get("owed_by", held)
        book.put("legs", order, {**due, "by_lines": True} if by_lines else due)
    change_owed(book, order, n, 0)


# ---- given back ---------------------------------------------------------------------------------


def give_back(book: Book, held: StatementId) -> None:
    """What is kept for `held` is free again, each part as it was; once: then nothing is kept.

    Money comes back under its earlier labels, low positions first. What the bank took back of it
    meanwhile is void and closes the shortfall. Goods that are gone meanwhile are kept by nobody.
    """
    hold = find_hold(book.state, held)
    assert hold is not None, held
    kept = hold.kept
    if not kept:
        return
    label = f"held:{held}"
    for name, _ in _rows(kept.get("money")):
        line = find_line(book.state, str(name))
        assert line is not None, name
        pieces = list(walk(book.state, line.id, 0, INT_MAX, label=label))
        put_back(book, line, pieces, line.account(label))
    for key, n in _rows(kept.get("reserved")):
        reserve(book, str(key), -_units(n))
    for leg, item, n in _rows(kept.get("of")):
        give_kept(book, str(leg), {str(item): _units(n)})
    for key, item, n in _rows(kept.get("rights")):
        _turn_right(book, str(key), str(item), _units(n))
    for order, n, added in _rows(kept.get("owed")):
        _ask_no_more(book, str(order), _units(n), _units(added))
    replace(hold, kept={}).put(book)


def _ask_no_more(book: Book, order: str, n: int, added: int) -> None:
    row = book.row("legs", order)
    assert row is not None, order
    asked = number(row, "asked") - n
    if added and asked:
        # Another line of it goes on. It stays open, even if that is paid: this line is not.
        due = number(row, "owed") - added
        book.put("legs", order, {**row, "asked": asked, "owed": due})
    else:
        change_owed(book, order, -n, 0)


def _rows(value: Value | None) -> list[list[Value]]:
    if value is None:
        return []
    assert isinstance(value, list)
    return [row for row in value if isinstance(row, list)]
