"""A whole contract as formulas: when it applies, which rules fail, what comes out.

The same steps as `contracts.documents.verdict.judge`, in the same order: `where`, every `let`,
every rule, then the effects unless the outcome is deny; an error anywhere denies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import z3

from contracts.documents.compiled import CompiledEffect, Contract
from contracts.rcel.errors import ErrorKind
from contracts.rcel.expression import Expression
from contracts.rcel.types import Int, Type
from tools.analysing.inputs import Inputs
from tools.analysing.shapes import Formula, Shape, Term, both, either, negated
from tools.analysing.translating import Site, Translator

OUTCOMES: Final = ("skip", "allow", "flag", "hold", "deny", "error")
"""The words of `contracts.documents.cases.outcome_of`, the weakest first."""


@dataclass(frozen=True, slots=True)
class Failing:
    """A rule, and when it fails without an error."""

    id: str
    otherwise: str
    fails: Formula
    passes: Formula


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect, when it is caused if nothing else goes wrong, and its fields."""

    id: str
    verb: str
    fires: Formula
    fields: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Part:
    """An expression that may be an error of its own: all that it reads has a value.

    `name` is that of `Verdict.errors`.
    """

    name: str
    errs: Formula
    sites: tuple[Site, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a contract says of the unknowns."""

    contract: Contract
    applies: Formula
    rules: tuple[Failing, ...]
    effects: tuple[Effect, ...]
    parts: tuple[Part, ...]
    outcomes: Mapping[str, Formula]


def meaning_of(contract: Contract, inputs: Inputs) -> Meaning:
    """The meaning of a contract; `inputs` have been declared for it. Raises `OutsideModel`."""
    return _Meaning(contract, inputs).whole()


class _Meaning:
    def __init__(self, contract: Contract, inputs: Inputs) -> None:
        self._contract, self._world = contract, inputs.world
        self._names = inputs.names_of(contract)
        self._false = inputs.world.truth(False)
        self._parts: list[Part] = []

    def whole(self) -> Meaning:
        contract, false = self._contract, self._false
        where = self._term("where", contract.where)
        applies = both(negated(where.error), where.formula)
        lets: list[Formula] = []
        for name, expression in contract.lets:
            self._names[name] = self._term(f"let.{name}", expression, applies)
            lets.append(self._names[name].error)
        failing, wrong = [], list(lets)
        for rule in contract.rules:
            term = self._term(f"rules.{rule.id}", rule.require, applies)
            fails = both(applies, negated(term.error), negated(term.formula))
            passes = both(applies, negated(term.error), term.formula)
            failing.append(Failing(rule.id, rule.otherwise, fails, passes))
            wrong.append(term.error)
        denied = either(false, *(one.fails for one in failing if one.otherwise == "deny"))
        asked = both(applies, negated(either(false, *wrong)), negated(denied))
        effects = [self._effect(one, asked) for one in contract.effects]
        wrong += [both(asked, error) for _, error in effects]
        return Meaning(
            contract,
            applies,
            tuple(failing),
            tuple(effect for effect, _ in effects),
            tuple(self._parts),
            self._outcomes(where, failing, either(false, *wrong)),
        )

    def _outcomes(self, where: Term, failing: list[Failing], wrong: Formula) -> dict[str, Formula]:
        applies = both(negated(where.error), where.formula)
        found = {
            "skip": both(negated(where.error), negated(where.formula)),
            "error": either(where.error, both(applies, wrong)),
        }
        rest = both(applies, negated(wrong))
        for outcome in ("deny", "hold", "flag"):
            fails = either(self._false, *(r.fails for r in failing if r.otherwise == outcome))
            found[outcome] = both(rest, fails)
            rest = both(rest, negated(fails))
        found["allow"] = rest
        return {name: found[name] for name in OUTCOMES}

    def _term(self, name: str, expression: Expression, asked: Formula | None = None) -> Term:
        """An expression; what can go wrong in it is noted under its name."""
        translator = Translator(self._world, self._names)
        term = translator.term(expression.tree)
        self._note(name, (expression,), term.error, translator.sites, asked)
        return term

    def _note(
        self,
        name: str,
        read: tuple[Expression, ...],
        error: Formula,
        sites: list[Site],
        asked: Formula | None,
    ) -> None:
        if sites:
            names = sorted({path.partition(".")[0] for one in read for path in one.reads})
            whole = [negated(self._names[one].error) for one in names]
            errs = both(*([] if asked is None else [asked]), *whole, error)
            self._parts.append(Part(name, errs, tuple(sites)))

    def _effect(self, effect: CompiledEffect, asked: Formula) -> tuple[Effect, Formula]:
        """An effect, and when it is an error."""
        translator = Translator(self._world, self._names)
        when = translator.term(effect.when.tree)
        fields: dict[str, Shape] = {}
        wrong: list[Formula] = []
        for name, expression, wanted in effect.fields:
            begun = len(translator.sites)
            term = translator.term(expression.tree)
            fields[name] = term.shape
            unfit = self._unfit(term, wanted)
            if not z3.is_false(unfit):
                translator.sites.append(Site(ErrorKind.EFFECT_RANGE, unfit))
            for at in range(begun, len(translator.sites)):
                site = translator.sites[at]
                translator.sites[at] = Site(site.kind, both(when.formula, site.when))
            wrong += [term.error, unfit]
        error = either(when.error, both(when.formula, either(self._false, *wrong)))
        read = (effect.when, *(one for _, one, _ in effect.fields))
        self._note(f"effects.{effect.id}", read, error, translator.sites, asked)
        fires = both(asked, negated(error), when.formula)
        return Effect(effect.id, effect.verb, fires, fields), error

    def _unfit(self, term: Term, wanted: Type) -> Formula:
        if not isinstance(wanted, Int):
            return self._false
        return z3.simplify(z3.Or(term.formula < wanted.low, term.formula > wanted.high))
