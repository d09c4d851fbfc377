"""What the targets of a correction recorded: their bodies, and what each of them did to the book.

A target is a statement, or one opened row of a donation list. A correction that is a target stands
for its replacements: what it undid stays undone. Whoever wants the first version back gives it as a
replacement again. A target that was held and is posted is as it was posted
(`ledger.corrections.posted`).

Every target is read into parts, one for each body (`ledger.corrections.parts`). A part knows its
effects where they were logged whole. Specification: `docs/spec/corrections.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import APPLIED, Code
from ledger.corrections.posted import as_posted
from ledger.corrections.replacements import Replacement
from ledger.entry import AutoEntry, Breach, LotEffect, Move, StatementEntry, Stretch, parse_entry
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.indexes import correction_key
from ledger.kinds import Kind, all_kinds
from ledger.money.gifts import Row, gift_id
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

    `id`      the statement under which its legs and tags stand
    `index`   of the entry in which it was booked: its own, or that which posted it
    `kind`    its kind; `row` where it is one row of a list, which counts as a gift of its own
    `value`   its body as JSON, `body` typed; a correction's names of outputs are ids by now
    `anchor`  the statement, gift or row that it goes on with: its own, unless only a difference
              was booked
    `whole`   whether its effects are known, and are those of the body alone
    `siblings`  of a difference that was booked: all replacements, whose outputs it may name
    `drawn`   of a hand-out: [row, item, n] that the right of the household in that row gave
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
    drawn: tuple[tuple[int, str, int], ...] = ()

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

    Of one that was held and is posted those with which it was booked (`as_posted`).
    Raises `Refused(unknown_reference)` where it is not logged.
    """
    found = book.logged(statement)
    if found is None:
        raise Refused(Code.UNKNOWN_REFERENCE, "body.targets", key=statement)
    index, raw = found
    entry = parse_entry(raw)
    assert isinstance(entry, StatementEntry | AutoEntry)
    if not isinstance(entry, StatementEntry):
        return None
    return as_posted(book, statement, index, entry)


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
    moves: tuple[Move, ...] = tuples(effects.get("moves"))
    return moves


def effects_of(book: Book, statement: StatementId) -> tuple[LotEffect, ...]:
    """The effects of a logged statement on lots; none where only a digest was logged."""
    found = find(book, statement)
    effects = {} if found is None else found[1].outcome["effects"]
    assert isinstance(effects, dict)
    lots: tuple[LotEffect, ...] = tuples(effects.get("lots"))
    return lots


def tuples(rows: Value | None) -> Any:
    """A list of lists, as it stands in an entry or row, in tuples."""
    if rows is None:
        return ()
    assert isinstance(rows, list)
    return tuple(tuple(row) for row in rows if isinstance(row, list))


# ---- law about the targets ----------------------------------------------------------------------


def check(book: Book, targets: tuple[Target, ...], correctable: Mapping[str, object]) -> None:
    """Whether all of them may be corrected; of several codes the one that stands higher.

    `already_corrected`, `not_correctable` (a kind that cannot be, or derived), `not_open` (it was
    refused or waits, or what was held did not post: there is nothing to correct).
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
