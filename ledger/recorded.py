"""What the targets of a correction recorded: their bodies, and what each of them did to the book.

A target is a statement, or one opened row of a donation list. A correction that is a target stands
for its replacements: what it undid stays undone. Whoever wants the first version back gives it as a
replacement again.

Every target is read into parts, one for each body. A part knows its effects where they were logged
whole. For a correction, row `correction/{statement}` of table `legs` says how they were booked:

    {"entry": i, "kind": "correction.declare", "starts": [[moves, line, lots, breaches]..]}
    {"anchors": [statement or row..], "entry": i, "kind": "correction.declare"}

One that restored notes where the effects of each replacement begin. One that compensated booked
differences, which cannot be taken apart again; it notes what each replacement goes on with, its
*anchor*: the statement or row whose gift, consignment or reference is still in use.
Specification: `docs/spec/corrections.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import APPLIED, Code
from ledger.earmark import find_line
from ledger.entry import AutoEntry, Breach, LotEffect, Move, StatementEntry, Stretch, parse_entry
from ledger.envelope import StatementId
from ledger.errors import CheckError, FormatError, Refused
from ledger.funds import Segment, is_void, walk
from ledger.gifts import Row, cut, gift_id, open_row, segments_of
from ledger.indexes import correction_key
from ledger.kinds import Kind, all_kinds
from ledger.replacements import Replacement, named, stand_in_lot
from ledger.shape import Hash, parse

CORRECTION = "correction.declare"
LIST, RECEIVE = "donation.list", "donation.receive"


@dataclass(frozen=True, slots=True)
class OpenedRow:
    """A target that is one row of a donation list."""

    row: Row
    statement: Hash


Target = str | OpenedRow


def statement_of(target: Target) -> StatementId:
    """The statement that a target is, or is a row of."""
    return StatementId(target if isinstance(target, str) else target.statement)


def name_of(target: Target) -> str:
    """The name of a target, as in subjects `correction/{name}` of the index."""
    return target if isinstance(target, str) else gift_id(target.statement, target.row)


@dataclass(frozen=True, slots=True)
class Part:
    """One body that a target recorded, and what it did.

    `id`      the statement under which its gifts, legs and tags stand
    `index`   of its entry
    `kind`    its kind; `row` where it is one row of a list, which counts as a gift of its own
    `value`   its body as JSON, `body` typed; a correction's names of outputs are ids by now
    `anchor`  the statement or row that it goes on with: itself, unless a difference was booked
    `whole`   whether its effects are known, and are those of the body alone
    `siblings`  of a difference that was booked: all replacements, whose outputs it may name
    """

    id: StatementId
    index: int
    kind: Kind[Any]
    value: Mapping[str, Value]
    body: Any
    where: str
    anchor: str
    whole: bool
    moves: tuple[Move, ...] = ()
    line: tuple[Stretch, ...] = ()
    lots: tuple[LotEffect, ...] = ()
    breaches: tuple[Breach, ...] = ()
    row: Row | None = None
    outputs_from: int = 0
    siblings: tuple[Replacement, ...] = ()

    @property
    def name(self) -> str:
        """The kind as which it is replaced: a row of a list is replaced by a gift."""
        return RECEIVE if self.row is not None else self.kind.name

    def refuse(self) -> Refused:
        """It cannot be corrected, as later entries stand on it."""
        return Refused(Code.NOT_CORRECTABLE, self.where, key=self.id)

    def output(self, number: int) -> str:
        """Id of its output `number`."""
        return f"{self.id}/{self.outputs_from + number}"


# ---- the log ------------------------------------------------------------------------------------


def find(book: Book, statement: StatementId) -> tuple[int, StatementEntry] | None:
    """Index and entry of a logged statement; None where a deadline or a rule made it.

    Raises `Refused(unknown_reference)` where it is not logged.
    """
    found = book.logged(statement)
    if found is None:
        raise Refused(Code.UNKNOWN_REFERENCE, "body.targets", key=statement)
    index, raw = found
    entry = parse_entry(raw)
    assert isinstance(entry, StatementEntry | AutoEntry)
    return (index, entry) if isinstance(entry, StatementEntry) else None


def kind_of(entry: StatementEntry) -> Kind[Any]:
    """The kind of a logged statement, which the machine knew when it was logged."""
    return all_kinds()[(entry.statement.kind, entry.statement.v)]


def bodies(entry: StatementEntry) -> Iterator[tuple[Kind[Any], Any]]:
    """What a logged statement says, body by body, names of outputs still standing for ids."""
    kind = kind_of(entry)
    body = parse(kind.body, entry.statement.body)[0]
    if kind.name != CORRECTION:
        yield kind, body
        return
    for replacement in body.replacements:
        yield replacement.meaning(), replacement.stand_in()


def moves_of(entry: StatementEntry) -> tuple[Move, ...]:
    """The moves of an entry; none where only a digest was logged."""
    effects = entry.outcome["effects"]
    assert isinstance(effects, dict)
    moves: tuple[Move, ...] = _tuples(effects.get("moves"))
    return moves


def effects_of(book: Book, statement: StatementId) -> tuple[LotEffect, ...]:
    """The effects of a logged statement on lots; none where only a digest was logged."""
    found = find(book, statement)
    effects = {} if found is None else found[1].outcome["effects"]
    assert isinstance(effects, dict)
    lots: tuple[LotEffect, ...] = _tuples(effects.get("lots"))
    return lots


def _tuples(rows: Value | None) -> Any:
    if rows is None:
        return ()
    assert isinstance(rows, list)
    return tuple(tuple(row) for row in rows if isinstance(row, list))


# ---- law about the targets ----------------------------------------------------------------------


def check(book: Book, targets: tuple[Target, ...], correctable: Mapping[str, object]) -> None:
    """Whether all of them may be corrected; of several codes the one that stands higher.

    `already_corrected`, `not_correctable` (a kind that cannot be, or derived), `not_open` (it was
    refused or is held: there is nothing to correct).
    """
    entries = [find(book, statement_of(target)) for target in targets]
    for number, target in enumerate(targets):
        names = dict.fromkeys((name_of(target), statement_of(target)))
        for name in names:
            if book.indexes.has(correction_key(name)):
                raise Refused(Code.ALREADY_CORRECTED, f"body.targets[{number}]", key=name)
    for number, (target, found) in enumerate(zip(targets, entries, strict=True)):
        where = f"body.targets[{number}]"
        name = "" if found is None else kind_of(found[1]).name
        if name not in correctable or (isinstance(target, OpenedRow) and name != LIST):
            raise Refused(Code.NOT_CORRECTABLE, where, key=statement_of(target))
    for number, found in enumerate(entries):
        if found is not None and Code(str(found[1].outcome["code"])) not in APPLIED:
            key = statement_of(targets[number])
            raise Refused(Code.NOT_OPEN, f"body.targets[{number}]", key=key)


# ---- parts --------------------------------------------------------------------------------------


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
        moves=_tuples(effects.get("moves")),
        line=_tuples(effects.get("line")),
        lots=_tuples(effects.get("lots")),
        breaches=_tuples(entry.outcome.get("breaches")),
    )
    if kind.name == LIST:
        _check_no_row_corrected(book, part)
    return [part]


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
    """A list of which a row was corrected is not corrected whole: rows are, one by one."""
    seen: dict[str, None] = {}
    for name, low, high, _ in part.line:
        for piece in walk(book.state, name, low, high):
            for label in piece.stack:
                if is_void(label):
                    seen[label.partition(":")[2]] = None
    for by in seen:
        found = find(book, StatementId(by))
        targets = [] if found is None else found[1].statement.body.get("targets", [])
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
        return _restored(statement, index, entry, replacements, _tuples(row["starts"]), where)
    anchors = row["anchors"]
    assert isinstance(anchors, list)
    names = [str(anchor) for anchor in anchors]
    return [
        _booked_as_difference(statement, index, replacements, number, names, where)
        for number in range(len(replacements))
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
        body=replacement.typed(stand_in_lot, lambda r: anchors[r].partition("/")[0]),
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
    effects = entry.outcome["effects"]
    assert isinstance(effects, dict)
    logged = [_tuples(effects.get(name)) for name in ("moves", "line", "lots")]
    logged.append(_tuples(entry.outcome.get("breaches")))
    ends = [*starts[1:], tuple(len(rows) for rows in logged)]
    bases: list[int] = []
    parts = []
    for replacement, start, end in zip(replacements, starts, ends, strict=True):
        bases.append(first_output(statement, logged[2][: start[2]]))
        value = named(
            replacement.body,
            lambda r, o: f"{statement}/{bases[r] + o}",
            lambda r: statement,
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
                anchor=statement,
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
    made = [int(n) for by, _, n in ids if by == statement and n.isascii() and n.isdecimal()]
    return max(made, default=-1) + 1


# ---- what stands for what -----------------------------------------------------------------------


def pair(parts: list[Part], replacements: tuple[Replacement, ...]) -> list[Part | None]:
    """For each replacement the part that it replaces: the n-th of a kind the n-th of that kind.

    None where there are more replacements of a kind than parts. One of a kind that no target has
    is `Refused(not_correctable)`: that is no correction, but something else that happened.
    """
    by_kind: dict[str, list[Part]] = {}
    for part in parts:
        by_kind.setdefault(part.name, []).append(part)
    used: dict[str, int] = {}
    found: list[Part | None] = []
    for number, replacement in enumerate(replacements):
        kind = replacement.kind
        if kind not in by_kind:
            where = f"body.replacements[{number}].kind"
            raise Refused(Code.NOT_CORRECTABLE, where, key=kind)
        at = used.get(kind, 0)
        used[kind] = at + 1
        found.append(by_kind[kind][at] if at < len(by_kind[kind]) else None)
    return found


def holders(book: Book, targets: tuple[Target, ...]) -> list[str]:
    """The statements whose external references a correction of these targets may use again."""
    found = [str(statement_of(target)) for target in targets]
    for statement in list(found):
        row = book.row("legs", row_key(statement))
        anchors = [] if row is None else row.get("anchors", [])
        assert isinstance(anchors, list)
        found += [str(anchor) for anchor in anchors]
    return found


# ---- gifts --------------------------------------------------------------------------------------


def segments_of_anchor(book: Book, anchor: str) -> list[Segment]:
    """Where the gift stands that a correction goes on with: a statement, or a row of a list.

    What a difference added to a row stands under the row's own name in table `gifts`.
    """
    statement, slash, place = anchor.partition("/")
    whole = segments_of(book.state, statement)
    if not slash:
        return whole
    offset, _, amount = place.partition("-")
    return cut(whole, int(offset), int(amount)) + segments_of(book.state, anchor)
