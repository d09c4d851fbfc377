"""Google's CEL, the reference in C++, asked about the same texts: value and whether it is an error.

It has no `sum`, `distinct` and `mulDiv*`; records are maps for it. What it cannot compile although
we accept it is a difference too.
"""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from rcel_rules import SCOPE, random_rules, values

from contracts.rcel.errors import EvaluationError
from contracts.rcel.expression import Expression
from contracts.rcel.types import Bool, Int, ListOf, Record, Str, Type
from ledger.canon import Value

ERROR = "error"
"""Stands for every error: only that it is one is compared."""


class Google:
    """A scope of ours as an environment of theirs."""

    def __init__(self, scope: Mapping[str, Type]) -> None:
        from cel_expr_python import cel
        from cel_expr_python.ext import ext_math

        self._types = cel.Type
        variables = {name: self._type(kind) for name, kind in scope.items()}
        self._env = cel.NewEnv(variables=variables, extensions=[ext_math.ExtMath()])

    def _type(self, kind: Type) -> Any:
        types = self._types
        match kind:
            case Bool():
                return types.BOOL
            case Int():
                return types.INT
            case Str():
                return types.STRING
            case ListOf(item):
                return types.List(self._type(item))
            case Record():
                return types.Map(types.STRING, types.DYN)
        raise AssertionError(kind)

    def compile(self, text: str) -> Any:
        """Their expression; RuntimeError where they refuse it."""
        return self._env.compile(text)

    def activation(self, given: Mapping[str, Value]) -> Any:
        """Values, converted once."""
        return self._env.Activation(given)

    def evaluate(self, compiled: Any, activation: Any) -> Value:
        """Their value, or `ERROR`."""
        found = compiled.eval(activation)
        if found.type() == self._types.ERROR:
            return ERROR
        plain: Value = found.plain_value()
        return plain


def ours(rule: Expression, given: Mapping[str, Value]) -> Value:
    """Our value, or `ERROR`."""
    try:
        return rule.evaluate(given)
    except EvaluationError:
        return ERROR


def same(a: Value, b: Value) -> bool:
    """Equal in value and type: `true` is not 1. Their maps have no order."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def compare(seed: int, evaluations: int, *, each: int = 8) -> tuple[int, int, list[str]]:
    """(evaluations, errors on both sides, differences) of random rules, `each` values a rule."""
    rng = Random(seed)
    google = Google(SCOPE)
    sets = [values(rng) for _ in range(64)]
    activations = [google.activation(one) for one in sets]
    done = errors = 0
    differences = []
    for rule in random_rules(seed, ours=False):
        if done >= evaluations:
            break
        try:
            theirs = google.compile(rule.text)
        except RuntimeError as error:
            differences.append(f"{rule.text}: they refuse it: {error}")
            continue
        for n in (rng.randrange(64) for _ in range(each)):
            a, b = ours(rule, sets[n]), google.evaluate(theirs, activations[n])
            done += 1
            errors += a == ERROR
            if not same(a, b):
                differences.append(f"{rule.text} on {sets[n]}: ours {a!r}, theirs {b!r}")
    return done, errors, differences
