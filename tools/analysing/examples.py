"""An example: a statement and its facts, on which our own engine shows what is claimed.

`verdict_of` is the judge of every example; nothing is shown that it has not said. `shrink` then
makes the example as small as it can be without ceasing to be one: numbers towards nothing, lists
shorter, optional fields away.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from contracts.documents.compiled import Contract
from contracts.documents.verdict import Verdict, decide
from contracts.rcel.errors import ErrorKind
from contracts.rcel.types import Int, ListOf, Record, Str, Type
from ledger.canon import Value
from tools.analysing.inputs import contract_reads, identity


@dataclass(frozen=True, slots=True)
class Example:
    """`facts`: identity of a fact -> its value; one that is missing is not in it.

    `items`: name of a list that is walked -> one of its items.
    """

    it: Mapping[str, Value]
    facts: Mapping[str, Value]
    items: Mapping[str, Value]


PASSES_MAX: Final = 3
"""How often an example is gone through to make it smaller."""

Holds: TypeAlias = Callable[[Example], bool]


def facts_of(contract: Contract, example: Example) -> dict[str, Value | ErrorKind]:
    """The facts of a contract by the names that it gives them."""
    found: dict[str, Value | ErrorKind] = {}
    for fact in contract.facts:
        key = identity(contract, fact)
        if key in example.facts:
            found[fact.name] = example.facts[key]
    return found


def verdict_of(contract: Contract, example: Example) -> Verdict:
    """What the contract says of an example; of a walk what it says of its item."""
    it, facts = dict(example.it), facts_of(contract, example)
    found = decide(contract, it, facts)
    if contract.foreach is None or not found.applies or found.error:
        return found
    return decide(contract, it, facts, item=example.items[contract.foreach.over])


def told(contract: Contract, example: Example) -> dict[str, Value]:
    """What of an example the contract reads, by name: the rest makes no difference."""
    values: dict[str, Value] = {"it": dict(example.it)}
    if contract.foreach is not None:
        values[contract.foreach.name] = example.items[contract.foreach.over]
    for name, value in facts_of(contract, example).items():
        assert not isinstance(value, ErrorKind)
        values[name] = value
    reads = [path.split(".") for path in sorted(contract_reads(contract))]
    found: dict[str, Value] = {}
    for name, value in values.items():
        read = [path[1:2] for path in reads if path[0] == name]
        if isinstance(value, dict) and [] not in read:
            fields = dict.fromkeys(field for (field,) in read if field in value)
            found[name] = {field: value[field] for field in fields}
        elif read:
            found[name] = value
    return {name: value for name, value in found.items() if value != {}}


# ---- smaller -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Best:
    """The smallest example so far."""

    example: Example
    holds: Holds

    def take(self, example: Example) -> bool:
        """Whether this is an example too; then it is the best."""
        if not self.holds(example):
            return False
        self.example = example
        return True


def shrink(
    example: Example, it: Type, facts: Mapping[str, Type], items: Mapping[str, Type], holds: Holds
) -> Example:
    """A smaller example for which `holds` says yes, as it does for this one."""
    best = _Best(example, holds)
    for _ in range(PASSES_MAX):
        before = best.example
        _pass(best, it, facts, items)
        if best.example == before:
            break
    return best.example


def _pass(best: _Best, it: Type, facts: Mapping[str, Type], items: Mapping[str, Type]) -> None:
    """Every value once; what became smaller may make room for another."""
    _smaller(
        dict(best.example.it),
        it,
        lambda new: best.take(replace(best.example, it=_record(new))),
    )
    for key in items:

        def take_item(new: Value, key: str = key) -> bool:
            known = best.example
            return best.take(replace(known, items={**known.items, key: new}))

        if key in best.example.items:
            _smaller(best.example.items[key], items[key], take_item)
    for key in facts:

        def take_fact(new: Value, key: str = key) -> bool:
            known = best.example
            return best.take(replace(known, facts={**known.facts, key: new}))

        if key in best.example.facts:
            _smaller(best.example.facts[key], facts[key], take_fact)


def _record(value: Value) -> dict[str, Value]:
    assert isinstance(value, dict)
    return value


def _smaller(value: Value, kind: Type, attempt: Callable[[Value], bool]) -> Value:
    """`value` as small as `attempt` allows; it is told of each that it takes."""
    if isinstance(value, bool):
        return False if value and attempt(False) else value
    if isinstance(value, str) and isinstance(kind, Str):
        # A text that no contract writes, unless it must be one of those.
        usual = f"{kind.tag or 'text'}-1"
        return usual if value != usual and attempt(usual) else value
    if isinstance(value, int) and isinstance(kind, Int):
        return _nearer(value, min(max(0, kind.low), kind.high), attempt)
    if isinstance(value, list) and isinstance(kind, ListOf):
        return _shorter(value, kind, attempt)
    if isinstance(value, dict) and isinstance(kind, Record):
        for field in kind.fields:
            if field.name not in value:
                continue
            without = {name: one for name, one in value.items() if name != field.name}
            if field.optional and attempt(without):
                value = without
                continue
            whole, name = value, field.name
            inner = _smaller(value[name], field.type,
                             lambda new: attempt({**whole, name: new}))  # noqa: B023  # fmt: skip
            value = {**value, name: inner}
    return value


def _nearer(value: int, target: int, attempt: Callable[[Value], bool]) -> int:
    """The integer nearest to `target` that is found by halving."""
    if value == target or attempt(target):
        return target
    far, near = value, target
    while abs(far - near) > 1:
        middle = (far + near) // 2
        if attempt(middle):
            far = middle
        else:
            near = middle
    return far


def _shorter(value: list[Value], kind: ListOf, attempt: Callable[[Value], bool]) -> list[Value]:
    for at in range(len(value) - 1, -1, -1):
        without = value[:at] + value[at + 1 :]
        if attempt(without):
            value = without
    for at in range(len(value)):
        whole, place = value, at
        inner = _smaller(value[at], kind.item, lambda new: attempt(
            [*whole[:place], new, *whole[place + 1 :]]))  # fmt: skip  # noqa: B023
        value = [*value[:at], inner, *value[at + 1 :]]
    return value
