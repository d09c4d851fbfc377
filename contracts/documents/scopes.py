"""Which names an expression of a contract may read, and compiling it with every problem noted.

A name that could not be given a type has been complained of once; whatever reads it is left alone,
so that one mistake is told as one. Specification: `docs/spec/contract-document.md`, names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts.documents.catalogued import Catalogue
from contracts.documents.problems import Path, Problems
from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.expression import Expression, compile_expression
from contracts.rcel.grammar import parse
from contracts.rcel.nodes import Macro, Name, walk
from contracts.rcel.types import Type, parse_type


@dataclass(slots=True)
class Names:
    """The names of one document: their types, and those that could not be given one.

    `all` is the whole name space, so that no variable of a list function hides a name that its
    expression happens not to see.
    """

    problems: Problems
    all: frozenset[str]
    types: dict[str, Type] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    cost: int = 0

    def add(self, name: str, found: Type | None) -> None:
        """Declare a name; None where its type is not known."""
        if found is None:
            self.broken.add(name)
        else:
            self.types[name] = found

    def only(self, names: Sequence[str]) -> dict[str, Type]:
        """The scope that holds these names."""
        return {name: self.types[name] for name in names if name in self.types}

    def compile(
        self, text: str, path: Path, scope: Mapping[str, Type], expects: Type | None = None
    ) -> Expression | None:
        """The expression, with its cost counted; None where a problem was noted."""
        try:
            if self._leave_alone(text):
                return None
            found = compile_expression(text, scope, expects=expects)
        except StaticError as error:
            self.problems.add_static(path, error)
            return None
        self.cost += found.cost
        return found

    def _leave_alone(self, text: str) -> bool:
        """Whether it reads a broken name; its own variables must hide no name."""
        for node, _ in walk(parse(text)):
            if isinstance(node, Name) and node.name in self.broken:
                return True
            if isinstance(node, Macro) and node.variable.name in self.all:
                name = node.variable
                raise StaticError(StaticCode.NAME_TAKEN, name.at, found=name.name)
        return False


def names_in(text: str) -> list[str]:
    """The names that an expression reads, sorted; none where it cannot be read.

    >>> names_in("left - received >= 0 && it.areas.all(a, a != here)")
    ['a', 'here', 'it', 'left', 'received']
    """
    try:
        tree = parse(text)
    except StaticError:
        return []
    return sorted({node.name for node, _ in walk(tree) if isinstance(node, Name)})


def in_order(lets: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Names of `let` in the order in which they can be worked out, and those in a circle.

    A name comes after all it reads; of several that could be next, the first by alphabet.

    >>> in_order({"left": "cap - had", "cap": "2 * n", "x": "y", "y": "x"})
    (['cap', 'left'], ['x', 'y'])
    """
    waits = {name: [one for one in names_in(text) if one in lets] for name, text in lets.items()}
    ordered: list[str] = []
    left = sorted(lets)
    while left:
        ready = next((name for name in left if all(one in ordered for one in waits[name])), None)
        if ready is None:
            return ordered, left
        ordered.append(ready)
        left.remove(ready)
    return ordered, []


def declared_type(text: str, path: Path, catalogue: Catalogue, problems: Problems) -> Type | None:
    """The type that a document declares; None where a problem was noted."""
    try:
        return parse_type(text, catalogue.types, catalogue.records)
    except StaticError as error:
        problems.add_static(path, error)
        return None
