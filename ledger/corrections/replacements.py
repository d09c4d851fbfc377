"""Replacements: bodies of statements inside a correction, and how they name each other's outputs.

A replacement is `{"body", "kind", "v"}`. What it needs from one that stands before it, and that has
no id yet, it names by number:

    "lot": "#0/1"            output 1 of replacement 0
    "dispatch": "#0"         what replacement 0 opens: so also `instruction`, `handout`, `order`,
                             `release`, `reservation`, `loan`, `accept`, `project`, `claim`, and
                             the gift of a `donation`

When a correction restores, these become ids of its own: its lots number on across replacements.
When it compensates nothing new is made, and `#0/1` means its item only.
Specification: `docs/spec/corrections.md`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refusal, Refused
from ledger.kinds import Kind, Reference, all_kinds
from ledger.money.gifts import replaced_gift
from ledger.shape import Number, Pattern, Read, parse, read

LOT_FIELD = "lot"
"""The field whose text may name an output, `#replacement/output`."""
STATEMENT_FIELDS = (
    "accept", "claim", "dispatch", "donation", "handout", "instruction", "loan", "order", "project",
    "release", "reservation",
)  # fmt: skip
"""The fields whose text may name a replacement, `#replacement`."""

GIFTS = ("donation.receive", "donation.list")
"""Kinds that bring a gift, which has a name of its own."""

STAND_IN = "0" * 60
"""How the ids begin that stand for names until there are ids; no hash is like that."""

_NAMED = re.compile("#(0|[1-9][0-9]?)(?:/(0|[1-9][0-9]{0,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Name:
    """`#replacement` or, with `output`, `#replacement/output`, as it stands at `where`."""

    where: str
    replacement: int
    output: int | None


def _any_object(value: Value, where: str, ranges: list[Refusal]) -> dict[str, Value]:
    if type(value) is not dict:
        raise Refused(Code.MALFORMED, where, wanted="an object")
    return value


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is true instead: a body of one kind of statement."""

    body: Annotated[dict[str, Value], Read(_any_object)]
    kind: Annotated[str, Pattern("[a-z]{1,20}[.][a-z]{1,20}", 41, "a kind of statement")]
    v: Number

    def meaning(self) -> Kind[Any]:
        """Its kind, which is known."""
        return all_kinds()[(self.kind, self.v)]

    def names(self) -> list[Name]:
        """What it names of other replacements, in the order in which it stands in the body."""
        return [
            Name(where, int(found[1]), None if found[2] is None else int(found[2]))
            for where, text in _fields(self.body, "body")
            if (found := _NAMED.fullmatch(text)) is not None
        ]

    def typed(self, lot: Callable[[int, int], str], statement: Callable[[int], str]) -> Any:
        """The body with ids in the place of names. Its form was checked."""
        return parse(self.meaning().body, named(self.body, lot, statement))[0]

    def stand_in(self) -> Any:
        """The body with ids that stand for names."""
        return self.typed(stand_in_lot, stand_in_statement)


def stand_in_statement(replacement: int) -> str:
    """Stands for `#replacement`."""
    return f"{STAND_IN}{replacement:04x}"


def stand_in_lot(replacement: int, output: int) -> str:
    """Stands for `#replacement/output`."""
    return f"{stand_in_statement(replacement)}/{output}"


def named_by(stand_in: str) -> tuple[int, int] | None:
    """(replacement, output) that a lot id stands for; None for an id of its own."""
    statement, _, output = stand_in.partition("/")
    if not statement.startswith(STAND_IN) or output.strip("0123456789"):
        return None
    return int(statement[len(STAND_IN) :], 16), int(output)


def named(
    body: Value, lot: Callable[[int, int], str], statement: Callable[[int], str]
) -> dict[str, Value]:
    """`body` with `#replacement/output` and `#replacement` put as these functions say."""

    def put(key: str, value: Value) -> Value:
        if isinstance(value, dict):
            return {name: put(name, part) for name, part in value.items()}
        if isinstance(value, list):
            return [put("", part) for part in value]
        found = _NAMED.fullmatch(value) if isinstance(value, str) else None
        if found is not None and key == LOT_FIELD and found[2] is not None:
            return lot(int(found[1]), int(found[2]))
        if found is not None and key in STATEMENT_FIELDS and found[2] is None:
            return statement(int(found[1]))
        return value

    found = put("", body)
    assert isinstance(found, dict)
    return found


def _fields(value: Value, where: str) -> Iterator[tuple[str, str]]:
    """(place, text) of every field that may bear a name."""
    if isinstance(value, dict):
        for key, part in value.items():
            if isinstance(part, str) and (key == LOT_FIELD or key in STATEMENT_FIELDS):
                yield f"{where}.{key}", part
            else:
                yield from _fields(part, f"{where}.{key}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _fields(part, f"{where}[{number}]")


def read_replacement(value: Value, where: str, ranges: list[Refusal]) -> Replacement:
    """A replacement whose body has the form of its kind; raises `Refused(malformed)`."""
    found: Replacement = read(Replacement, value, where, ranges)
    kind = all_kinds().get((found.kind, found.v))
    if kind is None:
        wanted = "a kind and version that this ledger knows"
        raise Refused(Code.MALFORMED, f"{where}.kind", wanted=wanted)
    for place, text in _fields(found.body, f"{where}.body"):
        if text.startswith(STAND_IN):
            raise Refused(Code.MALFORMED, place, wanted="an id, or #replacement/output")
    try:
        body = named(found.body, stand_in_lot, stand_in_statement)
        read(kind.body, body, f"{where}.body", ranges)
    except Refused as refused:
        raise within(where, refused) from refused
    return found


def anchor_of(correction: str, replacements: tuple[Replacement, ...], number: int) -> str:
    """What `#number` is once it is booked: a gift by its name, all else by the correction's id."""
    is_gift = replacements[number].kind in GIFTS
    return replaced_gift(correction, number) if is_gift else correction


def check_order(replacements: tuple[Replacement, ...], where: str) -> None:
    """A replacement names only those that stand before it: else `Refused(malformed)`."""
    for number, replacement in enumerate(replacements):
        for name in replacement.names():
            if name.replacement >= number:
                raise Refused(
                    Code.MALFORMED,
                    f"{where}[{number}].{name.where}",
                    wanted="a replacement that stands before it",
                )


def references(replacement: Replacement, where: str) -> Iterator[Reference]:
    """What it names that must be on the ledger already, which is not what it names by number."""
    body = replacement.stand_in()
    for reference in replacement.meaning().references(body):
        if not reference.key.startswith(STAND_IN):
            yield Reference(f"{where}.{reference.where}", reference.table, reference.key)


def within(where: str, refused: Refused) -> Refused:
    """The same refusal, said of a body that stands at `where`."""
    refusal = refused.refusal
    place = refusal.where
    if not place.startswith(where):
        place = f"{where}.{place}" if place else where
    return Refused(refusal.code, place, **refusal.values)


def outputs(kind: str, body: Any) -> list[str]:
    """What each output of a body is made of, in order: an item, or a lot whose item it has.

    `item:` or `lot:` before it.
    """
    if kind in ("stock.receive", "stock.count", "requisition.accept"):
        return [f"item:{line.item}" for line in body.lines]
    if kind in ("stock.move", "shipment.dispatch"):
        return [f"lot:{line.lot}" for line in body.lines]
    if kind == "stock.split":
        return [f"lot:{body.lot}"] * len(body.quantities)
    if kind == "stock.merge":
        return [f"lot:{body.lines[0].lot}"]
    if kind == "stock.adjust":
        return [f"lot:{body.lot}"]
    if kind == "shipment.arrive":
        found = []
        for line in body.lines:
            found += [f"item:{line.item}"] * ((line.good > 0) + (line.damaged > 0))
        return found
    return []


def item_of(
    lot: str, replacements: tuple[Replacement, ...], find: Callable[[str], str | None]
) -> str | None:
    """The item of a lot that a replacement names, by its id or by number; None where unknown.

    `find` gives the item of a lot on the ledger.
    """
    while (by := named_by(lot)) is not None:
        replacement, output = by
        if replacement >= len(replacements):
            break  # an id that only looks like a stand-in, in a body that was logged before
        made = outputs(replacements[replacement].kind, replacements[replacement].stand_in())
        if output >= len(made):
            return None
        word, _, name = made[output].partition(":")
        if word == "item":
            return name
        lot = name
    return find(lot)


def tags_of(replacement: Replacement) -> tuple[str, ...]:
    """The external references that it holds once it is applied."""
    return tuple(replacement.meaning().tags(replacement.stand_in()))
