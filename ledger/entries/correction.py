"""`correction.declare`: something on the log is wrong; both versions stand, the book is put right.

Nothing is edited. A correction names its targets, why, what is true instead (bodies of the same
kinds), and one public sentence. It is an authorisation: it may be denied, and then changes nothing.

    restore       where nobody has built on the targets: they are undone, replacements are booked
    compensate    otherwise: only the difference is booked, naming the correction

Each target and each replacement is judged as if its own kind had been signed: one of the signers
must have its authority, and another person among them the role approver.
Rules: `docs/spec/corrections.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.corrections.goods import compensate_goods
from ledger.corrections.money import MONEY, compensate_money
from ledger.corrections.parts import (
    Change,
    holders,
    is_difference,
    kinds_of,
    pair,
    parts_of,
    row_key,
)
from ledger.corrections.recorded import (
    CORRECTION,
    LIST,
    RECEIVE,
    OpenedRow,
    Part,
    Target,
    bodies,
    check,
    find,
    moves_of,
    name_of,
    statement_of,
)
from ledger.corrections.replacements import (
    Replacement,
    anchor_of,
    check_order,
    read_replacement,
    references,
    stand_in_lot,
    stand_in_statement,
    tags_of,
    within,
)
from ledger.corrections.restore import RESTORED, Judge, replace_all, undo_all
from ledger.envelope import StatementId
from ledger.errors import Refusal, Refused
from ledger.goods.flows import GOODS
from ledger.goods.lots import find_lot
from ledger.indexes import correction_key
from ledger.kinds import LOG, Kind, Nature, Reference
from ledger.members import ANYWHERE, Place, Signers
from ledger.money.earmark import find_line
from ledger.money.gifts import touch_gift, whole_gift
from ledger.money.payments import INSTRUCTION, find_leg
from ledger.money.rights import check_promised
from ledger.shape import Hash, Length, PlainText, Read, read
from ledger.state import Pair

SAY_MAX = 200
"""Characters of the public sentence."""

CORRECTABLE = {**dict.fromkeys(RESTORED, ""), CORRECTION: ""}
"""Kinds that can be targets; governance and catalogue go on by new versions instead."""
COMPENSATED = (*GOODS, *MONEY)
"""Kinds of which a difference can be booked."""


def _read_target(value: Value, where: str, ranges: list[Refusal]) -> Target:
    found: Target = read(Hash if isinstance(value, str) else OpenedRow, value, where, ranges)
    return found


@dataclass(frozen=True, slots=True)
class Declare:
    """Body of `correction.declare`.

    `targets`: statements by id, or rows of donation lists, opened; each once. `say`: a sentence
    about the thing, never about a person, of at most 200 characters.
    """

    replacements: Annotated[
        tuple[Annotated[Replacement, Read(read_replacement)], ...], Length(0, 16)
    ]
    say: Annotated[str, PlainText(4 * SAY_MAX)]
    targets: Annotated[tuple[Annotated[Target, Read(_read_target)], ...], Length(1, 16)]
    why: Literal["did_not_occur", "incorrect_data"]

    def __post_init__(self) -> None:
        if len(self.say) > SAY_MAX:
            raise Refused(Code.MALFORMED, "body.say", wanted="at most 200 characters")
        names = [name_of(target) for target in self.targets]
        whole = [target for target in self.targets if isinstance(target, str)]
        rows = [target for target in self.targets if isinstance(target, OpenedRow)]
        if len(dict.fromkeys(names)) < len(names) or any(r.statement in whole for r in rows):
            raise Refused(Code.MALFORMED, "body.targets", wanted="each target once")
        check_order(self.replacements, "body.replacements")


# ---- references and reading ahead ---------------------------------------------------------------


def _named(body: Declare) -> Iterator[Reference]:
    for number, target in enumerate(body.targets):
        yield Reference(f"body.targets[{number}]", LOG, statement_of(target))
    for number, replacement in enumerate(body.replacements):
        yield from references(replacement, f"body.replacements[{number}]")


def _reads(statement: StatementId, body: Declare) -> Iterator[Pair]:
    for target in body.targets:
        yield "index", correction_key(name_of(target))


# ---- who ----------------------------------------------------------------------------------------


def _authority(book: Book, signers: Signers, body: Declare) -> None:
    for target in body.targets:
        found = find(book, statement_of(target))
        if found is None:
            continue
        places = _places_of_moves(found[1])
        for kind, said in bodies(found[1]):
            if kind.name in RESTORED:
                _judge(book, signers, kind, said, places)
    named = False
    for replacement in body.replacements:
        if replacement.names():
            named = True
        elif replacement.kind in RESTORED:
            _judge(book, signers, replacement.meaning(), replacement.stand_in())
    signers.need_second("approver")
    if named:
        _try(book, signers, body)


def _places_of_moves(entry: Any) -> list[Place]:
    """The funds and sites that an entry changed."""
    found: dict[Place, None] = {}
    for _, source, target, _ in moves_of(entry):
        for account in (source, target):
            line, slash, label = account.rpartition("/")
            word, _, site = label.partition(":")
            if slash:
                found[Place(fund=line.partition(".")[0])] = None
            elif word in ("site", "over_issue", "found"):
                found[Place(site=site)] = None
    return list(found)


def _judge(
    book: Book, signers: Signers, kind: Kind[Any], body: Any, places: list[Place] | None = None
) -> None:
    """One signer has the authority for this body, another person among them is approver there."""
    refusals: list[Refused] = []
    count = len(book.breaches)
    for at, author in enumerate(signers.all):
        others = (*signers.all[:at], *signers.all[at + 1 :])
        one = replace(signers, author=author, cosigners=others)
        try:
            kind.authority(book, one, body)
            for place in places or (ANYWHERE,):
                one.need_second("approver", place=place)
        except Refused as refused:
            refusals.append(refused)
        else:
            # That a second person saw it is what the approver stands for.
            del book.breaches[count:]
            return
    raise refusals[0]


def _try(book: Book, signers: Signers, body: Declare) -> None:
    """Judge replacements that name others' outputs, which are there only once they are booked."""
    mark = _Mark.of(book)
    try:
        _correct(book, body, lambda kind, said: _judge(book, signers, kind, said))
    except Refused as refused:
        codes = (Code.NO_AUTHORITY, Code.SAME_PERSON, Code.UNKNOWN_REFERENCE)
        if refused.refusal.code in codes:
            raise
    finally:
        mark.go_back(book)


# ---- the law ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place in the work of one statement to go back to: rows, effects and breaches."""

    savepoint: int
    counts: tuple[int, int, int, int, int]

    @classmethod
    def of(cls, book: Book) -> "_Mark":
        lists = (book.moves, book.stretches, book.lot_effects, book.gift_effects, book.breaches)
        moves, stretches, lots, gifts, breaches = (len(rows) for rows in lists)
        return cls(book.state.savepoint(), (moves, stretches, lots, gifts, breaches))

    def go_back(self, book: Book) -> None:
        book.state.rollback(self.savepoint)
        moves, stretches, lots, gifts, breaches = self.counts
        del book.moves[moves:], book.stretches[stretches:]
        del book.lot_effects[lots:], book.gift_effects[gifts:], book.breaches[breaches:]


def _declare(book: Book, body: Declare) -> None:
    _note_instructions(book, body, _correct(book, body, None))
    for target in body.targets:
        book.touch(correction_key(name_of(target)))


def _note_instructions(book: Book, body: Declare, parts: list[Part]) -> None:
    """How every instruction that this is about stands now: its moves alone would not say."""
    names: dict[str, None] = {}
    for part in parts:
        names[part.id if part.name == INSTRUCTION else getattr(part.body, "instruction", "")] = None
    for replacement in body.replacements:
        names[str(replacement.body.get("instruction", ""))] = None
    for name in (*names, book.statement):
        # An earlier replacement that is named by number is the correction itself.
        leg = find_leg(book, name) if name and not name.startswith("#") else None
        if leg is not None:
            now = (leg.id, leg.asked, leg.paid, leg.back, str(leg.beyond))
            book.leg_effects.append(now)


def _correct(book: Book, body: Declare, judge: Judge | None) -> list[Part]:
    _check_tags(book, body)
    check(book, body.targets, CORRECTABLE)
    book.replaced.clear()
    parts = [
        part
        for number, target in enumerate(body.targets)
        for part in parts_of(book, target, f"body.targets[{number}]")
    ]
    kinds = kinds_of(book, body.targets, parts)
    pairs = pair(parts, body.replacements, kinds)
    for part in parts:
        _touch_gift(book, part)
    row: dict[str, Value] = {"entry": book.index, "kind": CORRECTION, "kinds": [*kinds]}
    if _undone(book, body, parts):
        row["starts"], drawn = replace_all(book, body.replacements, pairs, judge)
        _check_promises(book, parts)
    else:
        row["anchors"], drawn = _compensate(book, body, parts, pairs, judge)
    if drawn:
        row["drawn"] = drawn
    book.put("legs", row_key(book.statement), row)
    return parts


def _undone(book: Book, body: Declare, parts: list[Part]) -> bool:
    """Undo all parts; False, and nothing is changed, where that cannot be."""
    if any(is_difference(book, target) for target in body.targets):
        # What it booked goes on with what others stand on: its own targets were not undone.
        return False
    mark = _Mark.of(book)
    try:
        undo_all(book, parts)
    except Refused as refused:
        if refused.refusal.code != Code.NOT_CORRECTABLE:
            raise
        mark.go_back(book)
        return False
    return True


def _check_promises(book: Book, parts: list[Part]) -> None:
    """What households were promised out of an allocation that is undone is there all the same."""
    for part in (part for part in parts if part.name == "fund.allocate"):
        for name in dict.fromkeys(draw.line for draw in part.body.draws):
            line, purpose = find_line(book.state, name), part.body.purpose
            assert line is not None, name
            own = line.account(f"allocated:{purpose}")
            less = sum(n * ((a == own) - (b == own)) for _, a, b, n in book.moves)
            if less > 0:
                check_promised(book, line, purpose, less, part.where, taken=True)


def _check_tags(book: Book, body: Declare) -> None:
    """External references are new, or those of the targets."""
    mine = holders(book, body.targets)
    used: dict[str, None] = {}
    for number, replacement in enumerate(body.replacements):
        for tag in tags_of(replacement):
            holder = book.state.get("references", tag)
            if tag in used or (holder is not None and holder not in mine):
                where = f"body.replacements[{number}].body"
                other = book.statement if holder is None else str(holder)
                raise Refused(Code.REFERENCE_USED, where, tag=tag, other=other)
            used[tag] = None


def _touch_gift(book: Book, part: Part) -> None:
    """This entry is also about the gifts that it corrects."""
    if part.name in (RECEIVE, LIST):
        for name in (whole_gift(part.anchor), part.anchor):
            book.touch(f"donation/{name}")
    elif part.name in ("donation.reverse", "donation.refund"):
        touch_gift(book, part.body.donation, part.body.row)


def _compensate(
    book: Book, body: Declare, parts: list[Part], pairs: list[Part | None], judge: Judge | None
) -> tuple[list[Value], list[Value]]:
    """Book the difference; returns what each replacement goes on with, and what rights gave."""
    for part in parts:
        if part.name not in COMPENSATED:
            raise part.refuse()
    for number, replacement in enumerate(body.replacements):
        if replacement.kind not in COMPENSATED:
            where = f"body.replacements[{number}].kind"
            raise Refused(Code.NOT_CORRECTABLE, where, key=replacement.kind)
    if judge is not None:
        _judge_differences(book, body, pairs, judge)
    for replacement, said in zip(body.replacements, _differences(book, body, pairs), strict=True):
        book.replaced.append((replacement.kind, said))
    truth = [
        each.typed(stand_in_lot, lambda r: _statement(pairs[r], r)) for each in body.replacements
    ]
    change = Change(parts, body.replacements, pairs, truth)
    drawn = compensate_goods(book, change)
    compensate_money(book, change)
    for replacement, one in zip(body.replacements, pairs, strict=True):
        for tag in tags_of(replacement):
            if one is None or book.state.get("references", tag) is None:
                book.put("references", tag, book.statement)
    own = (anchor_of(book.statement, body.replacements, n) for n in range(len(pairs)))
    return [n if one is None else one.anchor for n, one in zip(own, pairs, strict=True)], drawn


def _judge_differences(book: Book, body: Declare, pairs: list[Part | None], judge: Judge) -> None:
    """Judge replacements of which only the difference is booked, on what they go on with."""
    saids = _differences(book, body, pairs)
    for number, (replacement, said) in enumerate(zip(body.replacements, saids, strict=True)):
        try:
            judge(replacement.meaning(), said)
        except Refused as refused:
            raise within(f"body.replacements[{number}]", refused) from refused


def _differences(book: Book, body: Declare, pairs: list[Part | None]) -> list[Any]:
    """The bodies of replacements of which the difference is booked: of what they go on with."""
    return [
        replacement.typed(
            lambda r, o: _output(book, pairs[r], r, o), lambda r: _statement(pairs[r], r)
        )
        for replacement in body.replacements
    ]


def _output(book: Book, part: Part | None, replacement: int, output: int) -> str:
    """The lot that an output goes on with; what stands for it where there is none."""
    lot = "" if part is None else part.output(output)
    known = lot and find_lot(book.state, lot) is not None
    return lot if known else stand_in_lot(replacement, output)


def _statement(part: Part | None, replacement: int) -> str:
    """The statement that a replacement goes on with; what stands for it where there is none."""
    is_row = part is not None and part.row is not None
    return stand_in_statement(replacement) if part is None or is_row else whole_gift(part.anchor)


KINDS = (
    Kind(
        name=CORRECTION,
        nature=Nature.AUTHORISATION,
        body=Declare,
        authority=_authority,
        apply=_declare,
        references=_named,
        reads=_reads,
    ),
)
