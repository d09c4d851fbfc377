"""The targets of a correction, each read into parts, and what its replacements go on with.

A statement is one part, a row of a list is one; a correction stands for its replacements, one part
each. For a correction, row `correction/{statement}` of table `legs` says how they were booked:

    {"entry": i, "kind": "correction.declare", "kinds": [..], "starts": [[moves, line, lots,
     breaches]..]}
    {"anchors": [statement or row..], "entry": i, "kind": "correction.declare", "kinds": [..]}

and `"drawn": [[replacement, row, item, n]..]` where rights gave something for its hand-outs.

One that restored notes where the effects of each replacement begin. One that compensated booked
differences, which cannot be taken apart again; it notes what each replacement goes on with, its
*anchor*: the statement, gift or row whose gift, consignment or reference is still in use. `kinds`
are those of all that was corrected so far, for whoever gives some of it back.
Specification: `docs/spec/corrections.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ledger.book import Book
from ledger.codes import Code
from ledger.corrections.recorded import (
    CORRECTION,
    LIST,
    OpenedRow,
    Part,
    Target,
    find,
    kind_of,
    name_of,
    statement_of,
    tuples,
)
from ledger.corrections.replacements import (
    Replacement,
    anchor_of,
    item_of,
    named,
    stand_in_lot,
)
from ledger.entry import LotEffect, StatementEntry
from ledger.envelope import StatementId
from ledger.errors import CheckError, FormatError, Refused
from ledger.goods.lots import find_lot
from ledger.money.earmark import find_line
from ledger.money.funds import LOOKED_AT_MAX, Segment, is_void, walk
from ledger.money.gifts import cut, open_row, segments_of, whole_gift
from ledger.shape import parse


def parts_of(book: Book, target: Target, where: str) -> list[Part]:
    """The parts of a target that may be corrected, in the order in which they were booked."""
    found = find(book, statement_of(target))
    assert found is not None
    index, entry = found
    if isinstance(target, OpenedRow):
        return [_row_part(book, target, index, entry, where)]
    kind = kind_of(entry)
    if kind.name == CORRECTION:
        return _parts_of_correction(book, StatementId(target), index, entry, where)
    effects = entry.outcome["effects"]
    assert isinstance(effects, dict)
    part = Part(
        id=StatementId(target),
        index=index,
        kind=kind,
        value=entry.statement.body,
        body=parse(kind.body, entry.statement.body)[0],
        where=where,
        anchor=target,
        whole="root" not in effects,
        moves=tuples(effects.get("moves")),
        line=tuples(effects.get("line")),
        lots=tuples(effects.get("lots")),
        breaches=tuples(entry.outcome.get("breaches")),
        drawn=_drawn(book, target),
    )
    if kind.name == LIST:
        _check_no_row_corrected(book, part)
    return [part]


def _drawn(book: Book, handout: str) -> tuple[tuple[int, str, int], ...]:
    leg = book.row("legs", handout)
    drawn: tuple[tuple[int, str, int], ...] = () if leg is None else tuples(leg.get("drawn"))
    return drawn


def _row_part(book: Book, target: OpenedRow, index: int, entry: StatementEntry, where: str) -> Part:
    try:
        segments = open_row(book.state, target.statement, target.row)
    except (CheckError, FormatError) as error:
        raise Refused(Code.NOT_USABLE, where, key=name_of(target)) from error
    currency = _currency(book, segments[0].line)
    kind = kind_of(entry)
    moves = tuple(
        (currency, f"{part.line}/ext:donor", f"{part.line}/free", part.high - part.low)
        for part in segments
    )
    return Part(
        id=statement_of(target),
        index=index,
        kind=kind,
        value=entry.statement.body,
        body=parse(kind.body, entry.statement.body)[0],
        where=where,
        anchor=name_of(target),
        whole=True,
        moves=moves,
        line=tuple((part.line, part.low, part.high, "free") for part in segments),
        row=target.row,
    )


def _currency(book: Book, line: str) -> str:
    found = find_line(book.state, line)
    assert found is not None, line
    return found.currency


def _check_no_row_corrected(book: Book, part: Part) -> None:
    """A list of which a row was corrected is not corrected whole: rows are, one by one.

    So are those of one that lies in more than `LOOKED_AT_MAX` intervals.
    """
    seen: dict[str, None] = {}
    looks = LOOKED_AT_MAX
    for name, low, high, _ in part.line:
        for piece in walk(book.state, name, low, high):
            looks -= 1
            if looks < 0:
                most = LOOKED_AT_MAX
                raise Refused(Code.TOO_MANY_PIECES, part.where, key=part.id, high=most)
            for label in piece.stack:
                if is_void(label):
                    seen[label.partition(":")[2]] = None
    for by in seen:
        if book.row("legs", row_key(by)) is None:
            continue  # a bank reversal
        found = find(book, StatementId(by))
        targets = [] if found is None else found[1].statement.body["targets"]
        assert isinstance(targets, list)
        if any(isinstance(each, dict) and each["statement"] == part.id for each in targets):
            raise Refused(Code.ALREADY_CORRECTED, part.where, key=by)


# ---- parts of corrections -----------------------------------------------------------------------


def row_key(statement: str) -> str:
    """Key in table `legs` of what must be known of a correction to correct it."""
    return f"correction/{statement}"


def _parts_of_correction(
    book: Book, statement: StatementId, index: int, entry: StatementEntry, where: str
) -> list[Part]:
    row = book.row("legs", row_key(statement))
    assert row is not None, statement
    replacements = parse(kind_of(entry).body, entry.statement.body)[0].replacements
    if "starts" in row:
        parts = _restored(statement, index, entry, replacements, tuples(row["starts"]), where)
    else:
        anchors = row["anchors"]
        assert isinstance(anchors, list)
        names = [str(anchor) for anchor in anchors]
        parts = [
            _booked_as_difference(statement, index, replacements, number, names, where)
            for number in range(len(replacements))
        ]
    drawn: tuple[tuple[int, int, str, int], ...] = tuples(row.get("drawn"))
    return [
        replace(part, drawn=tuple(each[1:] for each in drawn if each[0] == number))
        for number, part in enumerate(parts)
    ]


def _booked_as_difference(
    statement: StatementId,
    index: int,
    replacements: tuple[Replacement, ...],
    number: int,
    anchors: list[str],
    where: str,
) -> Part:
    replacement = replacements[number]
    return Part(
        id=statement,
        index=index,
        kind=replacement.meaning(),
        value=replacement.body,
        body=replacement.typed(stand_in_lot, lambda r: whole_gift(anchors[r])),
        where=where,
        anchor=anchors[number],
        whole=False,
        siblings=replacements,
    )


def _restored(
    statement: StatementId,
    index: int,
    entry: StatementEntry,
    replacements: tuple[Replacement, ...],
    starts: tuple[tuple[int, int, int, int], ...],
    where: str,
) -> list[Part]:
    if not replacements:
        return []
    effects = entry.outcome["effects"]
    assert isinstance(effects, dict)
    logged = [tuples(effects.get(name)) for name in ("moves", "line", "lots")]
    logged.append(tuples(entry.outcome.get("breaches")))
    ends = [*starts[1:], tuple(len(rows) for rows in logged)]
    bases: list[int] = []
    parts = []
    for number, (replacement, start, end) in enumerate(
        zip(replacements, starts, ends, strict=True)
    ):
        bases.append(first_output(statement, logged[2][: start[2]]))
        value = named(
            replacement.body,
            lambda r, o: f"{statement}/{bases[r] + o}",
            lambda r: anchor_of(statement, replacements, r),
        )
        moves, line, lots, breaches = (
            rows[low:high] for rows, low, high in zip(logged, start, end, strict=True)
        )
        parts.append(
            Part(
                id=statement,
                index=index,
                kind=replacement.meaning(),
                value=value,
                body=parse(replacement.meaning().body, value)[0],
                where=where,
                anchor=anchor_of(statement, replacements, number),
                whole=True,
                moves=moves,
                line=line,
                lots=lots,
                breaches=breaches,
                outputs_from=bases[-1],
            )
        )
    return parts


def first_output(statement: str, effects: tuple[LotEffect, ...]) -> int:
    """The number that the next output of `statement` has, after these lot effects."""
    ids = [effect[1].partition("/") for effect in effects if effect[0] == "made"]
    made = [int(n) for by, _, n in ids if by == statement and not n.strip("0123456789")]
    return max(made, default=-1) + 1


# ---- what stands for what -----------------------------------------------------------------------


def kinds_of(book: Book, targets: tuple[Target, ...], parts: list[Part]) -> list[str]:
    """The kinds that replacements of these targets may have, sorted."""
    found = {part.name: None for part in parts}
    for target in targets:
        row = book.row("legs", row_key(name_of(target)))
        kinds = [] if row is None else row["kinds"]
        assert isinstance(kinds, list)
        found.update({str(kind): None for kind in kinds})
    return sorted(found)


def pair(
    parts: list[Part], replacements: tuple[Replacement, ...], kinds: list[str]
) -> list[Part | None]:
    """For each replacement the part that it replaces: the n-th of a kind the n-th of that kind.

    None where there are more replacements of a kind than parts. One of another kind than `kinds`
    is `Refused(not_correctable)`: that is no correction, but something else that happened.
    """
    by_kind: dict[str, list[Part]] = {}
    for part in parts:
        by_kind.setdefault(part.name, []).append(part)
    used: dict[str, int] = {}
    found: list[Part | None] = []
    for number, replacement in enumerate(replacements):
        kind = replacement.kind
        if kind not in kinds:
            where = f"body.replacements[{number}].kind"
            raise Refused(Code.NOT_CORRECTABLE, where, key=kind)
        at = used.get(kind, 0)
        used[kind] = at + 1
        there = by_kind.get(kind, [])
        found.append(there[at] if at < len(there) else None)
    return found


def is_difference(book: Book, target: Target) -> bool:
    """Whether a target is a correction that booked differences."""
    row = book.row("legs", row_key(name_of(target)))
    return row is not None and "anchors" in row


def holders(book: Book, targets: tuple[Target, ...]) -> list[str]:
    """The statements whose external references a correction of these targets may use again."""
    found = [str(statement_of(target)) for target in targets]
    for target in targets:
        row = book.row("legs", row_key(name_of(target)))
        anchors = [] if row is None else row.get("anchors", [])
        assert isinstance(anchors, list)
        # A gift's reference is held by the statement that brought it.
        found += [str(anchor).partition("/")[0] for anchor in anchors]
        logged = find(book, statement_of(target)) if row is not None else None
        if logged is not None:
            body = parse(kind_of(logged[1]).body, logged[1].statement.body)[0]
            found += [str(statement_of(each)) for each in body.targets]
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """A correction that books differences: parts that were recorded, and what is true instead.

    `bodies` are those of the replacements, where names of outputs still stand for lots; `pairs` the
    parts that they replace.
    """

    parts: Sequence[Part]
    replacements: tuple[Replacement, ...]
    pairs: Sequence[Part | None]
    bodies: Sequence[Any]

    def truth(self) -> list[tuple[str, Any, Part | None]]:
        """(kind, body, the part that it replaces) of each replacement."""
        kinds = (each.kind for each in self.replacements)
        return list(zip(kinds, self.bodies, self.pairs, strict=True))

    def of(self, kind: str) -> list[Part]:
        """The parts of a kind."""
        return [part for part in self.parts if part.kind.name == kind]

    def item(self, book: Book, part: Part | None, lot: str) -> str | None:
        """The item of a lot that a part, or for None a replacement, names."""
        siblings = self.replacements if part is None else part.siblings
        return item_of(lot, siblings, partial(_item_of_lot, book))


def _item_of_lot(book: Book, lot: str) -> str | None:
    found = find_lot(book.state, lot)
    return None if found is None else found.item


# ---- gifts --------------------------------------------------------------------------------------


def segments_of_anchor(book: Book, anchor: str) -> list[Segment]:
    """Where the gift stands that a correction goes on with: a statement, or a row of a list.

    What a difference added to a row stands under the row's own name in table `gifts`.
    """
    gift = whole_gift(anchor)
    whole = segments_of(book.state, gift)
    if gift == anchor:
        return whole
    offset, _, amount = anchor.removeprefix(f"{gift}/").partition("-")
    return cut(whole, int(offset), int(amount)) + segments_of(book.state, anchor)
