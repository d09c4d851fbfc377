"""The verdict of one contract on one statement: pure, all of it told, nothing done yet.

`where` says whether the contract applies. Then every `let`, then every rule, so that all reasons
are told and not the first alone; the worst of the failed rules counts. An error in `where`, a
`let`, a rule or an effect denies: whoever wrote the contract did not foresee this case. Effects are
worked out unless the outcome is deny. What kind of statement it is and what follows from the
outcome is the caller's to say. Specification: `docs/spec/contract-document.md`, judging.

A trigger with `foreach` is asked twice: without an item whether it fires (`where` alone), then for
each item what it causes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.documents.compiled import Contract
from contracts.documents.texts import look_up
from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.rcel.expression import Readings
from contracts.rcel.types import fits
from ledger.canon import Value

MISSING: Final = ErrorKind.FACT_MISSING
"""Stands for a fact that is not on the ledger."""


class Outcome(StrEnum):
    """Weakest first; the worst of several counts: `worst`."""

    ALLOW = "allow"
    FLAG = "flag"
    HOLD = "hold"
    DENY = "deny"


_ORDER: Final = tuple(Outcome)


def worst(*outcomes: Outcome) -> Outcome:
    """The worst of several outcomes; allow of none.

    >>> worst(Outcome.FLAG, Outcome.DENY, Outcome.HOLD)
    <Outcome.DENY: 'deny'>
    """
    return _ORDER[max((_ORDER.index(one) for one in outcomes), default=0)]


@dataclass(frozen=True, slots=True)
class Fired:
    """An effect that is to happen: its id, verb, and fields in the verb's order."""

    id: str
    verb: str
    fields: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a contract says.

    `failed`: rule id -> "flag", "hold", "deny" or "error", in the order of the document. `error`:
    something had no value, and `errors` says what ("where", "let.cap", "rules.cap",
    "effects.pay"); it is told to people and never hashed. `read`: dotted name of a fact -> what was
    there, sorted. `values`: everything that sentences may show, by name.
    """

    applies: bool
    outcome: Outcome
    failed: Mapping[str, str]
    effects: tuple[Fired, ...]
    error: bool
    errors: Mapping[str, ErrorKind]
    read: Mapping[str, Value]
    values: Mapping[str, Value]


def decide(
    contract: Contract,
    it: Value,
    facts: Mapping[str, Value | ErrorKind],
    *,
    item: Value | None = None,
) -> Verdict:
    """The verdict on `it`, the judged view of a statement.

    `facts`: name -> value, or why there is none; one that is left out is missing. Values of facts
    are tested against their types here; `it` and `item` are the caller's, of the catalogue's types.
    """
    return judge(contract, load(contract, it, facts, item=item), item=item is not None)


def load(
    contract: Contract,
    it: Value,
    facts: Mapping[str, Value | ErrorKind],
    *,
    item: Value | None = None,
) -> Readings:
    """All values by name, each fact tested: one that is missing or unfit is an error when read."""
    values: dict[str, Value] = contract.inputs(it, item)
    failed: dict[str, ErrorKind] = {}
    for fact in contract.facts:
        value = facts.get(fact.name, MISSING)
        if value is MISSING and fact.optional:
            values[fact.name] = {}
        elif isinstance(value, ErrorKind):
            failed[fact.name] = value
        elif fits(value, fact.type):
            values[fact.name] = value
        else:
            failed[fact.name] = ErrorKind.FACT_RANGE
    return Readings(values, failed=failed)


def judge(contract: Contract, readings: Readings, *, item: bool) -> Verdict:
    """As `decide`, on values that were loaded; `item`: one of `foreach` is among them.

    Each `let` is put beside the values.
    """
    errors: dict[str, ErrorKind] = {}
    # With an item the trigger has fired already: `where` is about its cause.
    if contract.foreach is None or not item:
        try:
            applies = contract.where.evaluate(readings) is True
        except EvaluationError as error:
            return _verdict(contract, readings, Outcome.DENY, errors={"where": error.kind})
        if not applies or contract.foreach is not None:
            return _verdict(contract, readings, Outcome.ALLOW, applies=applies)
    # `failed` grows with each `let` that has no value, so that rules which read it fail as well
    # and those which do not are still told.
    assert isinstance(readings.failed, dict)
    for name, expression in contract.lets:
        try:
            readings[name] = expression.evaluate(readings)
        except EvaluationError as error:
            errors[f"let.{name}"] = readings.failed[name] = error.kind
    failed: dict[str, str] = {}
    for rule in contract.rules:
        try:
            if not rule.require.evaluate(readings):
                failed[rule.id] = rule.otherwise
        except EvaluationError as error:
            errors[f"rules.{rule.id}"] = error.kind
            failed[rule.id] = "error"
    outcome = Outcome.ALLOW
    if failed:
        outcome = worst(*(Outcome(one) for one in failed.values() if one != "error"))
    effects: tuple[Fired, ...] = ()
    if contract.effects and not errors and outcome is not Outcome.DENY:
        effects = _effects(contract, readings, errors)
    outcome = Outcome.DENY if errors else outcome
    return _verdict(contract, readings, outcome, failed=failed, effects=effects, errors=errors)


def _effects(
    contract: Contract, readings: Readings, errors: dict[str, ErrorKind]
) -> tuple[Fired, ...]:
    """The effects that fire; none at all where one of them has no value."""
    fired: list[Fired] = []
    for effect in contract.effects:
        try:
            if effect.when.evaluate(readings):
                fields: dict[str, Value] = {}
                for name, expression, wanted in effect.fields:
                    fields[name] = expression.evaluate(readings)
                    if not fits(fields[name], wanted):
                        raise EvaluationError(ErrorKind.EFFECT_RANGE)
                fired.append(Fired(effect.id, effect.verb, fields))
        except EvaluationError as error:
            errors[f"effects.{effect.id}"] = error.kind
    return () if errors else tuple(fired)


def _verdict(
    contract: Contract,
    readings: Readings,
    outcome: Outcome,
    *,
    applies: bool = True,
    failed: Mapping[str, str] | None = None,
    effects: tuple[Fired, ...] = (),
    errors: Mapping[str, ErrorKind] | None = None,
) -> Verdict:
    read: dict[str, Value] = {}
    if applies:
        for path in contract.reads:
            value = look_up(path, readings)
            if value is not None:
                read[path] = value
    return Verdict(
        applies=applies,
        outcome=outcome,
        failed=failed or {},
        effects=effects,
        error=bool(errors),
        errors=errors or {},
        read=read,
        values=readings,
    )
