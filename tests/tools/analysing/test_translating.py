"""Formulas of expressions: the same value, and the same errors, as our engine's.

Goal: what z3 says of a formula is true of the expression. An example is confirmed anyway; that there
is none is believed, so no formula may say less than the expression does.
Method: expressions are translated with unknowns; then the unknowns are pinned to values and the
formula is read from the model. By hand a table of every operator and function at its edges, at random
typed rules of `rcel_rules`, which compare our engine with two others as well.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from random import Random
from typing import Any

import pytest

z3 = pytest.importorskip("z3", reason="the extra `analysis` is not installed: no z3-solver")

from rcel_google import ERROR, ours, same  # noqa: E402
from rcel_rules import SCOPE, TEXTS, declared, random_rules, wild  # noqa: E402

from contracts.documents.catalogued import Catalogue  # noqa: E402
from contracts.rcel.expression import Expression, compile_expression  # noqa: E402
from contracts.rcel.limits import INT64_MAX, INT64_MIN  # noqa: E402
from contracts.rcel.types import ListOf, Type, parse_type  # noqa: E402
from ledger.canon import Value  # noqa: E402
from tools.analysing.inputs import ELEMENTS, Inputs, Unknown  # noqa: E402
from tools.analysing.shapes import Fields, Shape, Slots, Term, World  # noqa: E402
from tools.analysing.translating import OutsideModel, Translator  # noqa: E402

EMPTY = Catalogue(types={}, records={}, queries={}, kinds={})
KEPT = {"list", "ns", "ps", "tags", "flags", "rows"}


class Pinned:
    """Unknowns of a scope, the terms of some expressions, and models in which all is known."""

    def __init__(self, scope: Mapping[str, Type]) -> None:
        self.world = World()
        self.inputs = Inputs(self.world, EMPTY)
        self.scope = scope
        self.unknowns = {name: self.inputs.unknown(kind, name) for name, kind in scope.items()}
        for text in TEXTS:
            self.world.text(text)
        false = self.world.truth(False)
        self.names = {name: Term(one.shape, false) for name, one in self.unknowns.items()}

    def term(self, rule: Expression) -> Term | None:
        """The formula; None where it leaves something open, or there is none."""
        self.world.loose = False
        try:
            term = Translator(self.world, self.names).term(rule.tree)
        except OutsideModel:
            return None
        return None if self.world.loose else term

    def model(self, given: Mapping[str, Any]) -> Any:
        pins: list[Any] = []
        for name, one in self.unknowns.items():
            self._pin(one.shape, given[name], pins)
        solver = z3.Solver(ctx=self.world.ctx)
        solver.add(*self.world.axioms(), *pins)
        assert solver.check() == z3.sat
        return solver.model()

    def _pin(self, shape: Shape, value: Any, pins: list[Any]) -> None:
        if isinstance(shape, Fields):
            for name, (there, one) in shape.fields.items():
                pins.append(there == (name in value))
                if name in value:
                    self._pin(one, value[name], pins)
        elif isinstance(shape, Slots):
            for at, (there, one) in enumerate(shape.slots):
                pins.append(there == (at < len(value)))
                if at < len(value):
                    self._pin(one, value[at], pins)
        elif isinstance(value, str):
            pins.append(shape == self.world.text(value))
        else:
            pins.append(shape == value)

    def read(self, model: Any, term: Term, kind: Type) -> Any:
        """What the formula is: a value as our engine's, or `ERROR`."""
        if z3.is_true(model.eval(term.error, model_completion=True)):
            return ERROR
        return self.inputs.read(model, Unknown(kind, term.shape), {})


def cut(value: Any) -> Any:
    """The same value, its lists no longer than a formula's."""
    if isinstance(value, list):
        return [cut(one) for one in value[:ELEMENTS]]
    if isinstance(value, dict):
        return {name: cut(one) for name, one in value.items()}
    return value


def agree(
    rules: list[Expression], sets: list[dict[str, Any]], scope: Mapping[str, Type]
) -> Iterator[str]:
    """Where formula and engine differ, of every rule on every set of values."""
    pinned = Pinned(scope)
    terms = [(rule, term) for rule in rules if (term := pinned.term(rule)) is not None]
    # What is left open is seldom.
    assert len(terms) >= len(rules) * 3 // 4
    for given in sets:
        model = pinned.model(given)
        for rule, term in terms:
            mine, theirs = ours(rule, given), pinned.read(model, term, rule.type)
            if not same(mine, theirs):
                yield f"{rule.text} on {given}: ours {mine!r}, the formula {theirs!r}"


# ---- by hand -------------------------------------------------------------------------------------

_INT = parse_type(f"int(-{2**53 - 1}..{2**53 - 1})", {}, {})
HAND: Mapping[str, Type] = {
    "a": _INT, "b": _INT, "c": _INT, "p": SCOPE["f"], "q": SCOPE["g"], "s": SCOPE["z"],
    "u": SCOPE["z"], "ns": parse_type("list<int(-9..9)>(4)", {}, {}), "it": SCOPE["it"],
    "rows": ListOf(SCOPE["rows"].item, 4),  # type: ignore[union-attr]
}  # fmt: skip
INTEGERS = (
    0,
    1,
    -1,
    2,
    -3,
    7,
    -7,
    100,
    2**31,
    2**53 - 1,
    -(2**53) + 1,
    INT64_MAX,
    INT64_MIN,
    INT64_MIN + 1,
)
TABLE = (
    "a + b", "a - b", "a * b", "a / b", "a % b", "-a", "-(a + b)", "a / b * b + a % b == a",
    "a == b", "a != b", "a < b", "a <= b", "a > b", "a >= b", "p == q", "p != q", "s == u", "s != u",
    "!p", "p || q", "p && q", "a / b > 0 || p", "p || a / b > 0", "a / b > 0 && p", "p && a / b > 0",
    "a / b > 0 && b / a > 0", "a / b > 0 || b / a > 0", "p ? a : b", "p ? a / b : b", "(p ? a / b : b) / a",
    "p ? ns : [a, b]", "size(p ? ns : [1])", "(p ? it : it).n",
    "math.least(a, b)", "math.greatest(a, b)", "math.least(a / b, c)",
    "mulDivFloor(a, b, c)", "mulDivCeil(a, b, c)", "mulDivHalfUp(a, b, c)", "mulDivHalfUp(a, 1, 2)",
    "mulDivFloor(a, 7, 3)", "mulDivCeil(a, 7, 3)", "mulDivHalfUp(a, 7, 3)", "mulDivFloor(a, b, 0)",
    "a in ns", "a in [b, c, 1]", "s in ['a', 'ab', u]", "s in []", "size(ns)", "size([])", "ns[a]", "ns[0]", "[a, b][c]",
    "ns.sum()", "[a, b, c].sum()", "ns.distinct()", "[a, b, c, a].distinct()", "[s, u, 'a'].distinct()",
    "ns.all(n, n > 0)", "ns.exists(n, n > 0)", "ns.exists_one(n, n > 0)", "ns.filter(n, n > 0)", "ns.map(n, n * a)",
    "ns.all(n, a / n > 0)", "ns.exists(n, a / n > 0)", "ns.exists_one(n, a / n > 0)", "ns.filter(n, a / n > 0)",
    "ns.map(n, a / n)", "ns.filter(n, n > 0).map(m, m + 1).sum()", "ns.filter(n, n > 0)[1]", "ns.filter(n, n != a).distinct()[0]",
    "ns.all(n, ns.exists(m, m == n))", "ns.map(n, size(ns.filter(m, m == n)))",
    "rows.all(r, r.n > a)", "rows.filter(r, has(r.extra) && r.extra > 3).map(r, r.tag)", "rows.map(r, has(r.extra) ? r.extra : 0).sum()",
    "rows[0].n + a", "rows.filter(r, r.on)[1].tag", "has(it.extra)", "has(it.extra) && it.extra > 9", "!has(it.extra) || it.extra > 9",
    "has(it.extra) ? it.extra : -1", "it.list.sum() + it.n", "it.flag ? it.list[a] : it.n",
    "s.startsWith('')", "s.startsWith('a')", "s.startsWith('ab')", "'ab'.startsWith('a')", "s.startsWith('a') && u.startsWith('b')",
    "[s, u].all(t, t.startsWith('花'))", "s.startsWith('a') ? a : b",
)  # fmt: skip


def by_hand(rng: Random) -> dict[str, Value]:
    given = {name: cut(declared(rng, kind)) for name, kind in HAND.items()}
    for name in "abc":
        given[name] = rng.choice(INTEGERS)
    return given


def test_every_operator_and_function_at_its_edges() -> None:
    rng = Random(11)
    rules = [compile_expression(text, HAND) for text in TABLE]
    sets = [by_hand(rng) for _ in range(120)]
    assert list(agree(rules, sets, HAND)) == []
    # Each has a value somewhere, and those that divide or multiply are an error somewhere.
    for rule in rules:
        found = [ours(rule, given) == ERROR for given in sets]
        assert not all(found) or rule.text == "mulDivFloor(a, b, 0)", rule.text
    wrong = {rule.text for rule in rules if any(ours(rule, given) == ERROR for given in sets)}
    assert {"a * b", "a / b", "-a", "ns[a]", "ns.map(n, a / n)", "mulDivHalfUp(a, b, c)"} <= wrong


def test_random_rules() -> None:
    """Thousands of rules by other people's seed, on values within their types and at int64's edges."""
    rng = Random(13)
    made = random_rules(13, ours=True)
    compared = errors = 0
    for _ in range(40):
        rules = list(islice(made, 50))
        sets = [
            {name: cut(one(rng, kind)) for name, kind in SCOPE.items()}
            for one in (wild, declared)
            for _ in range(2)
        ]
        assert list(agree(rules, sets, SCOPE)) == []
        compared += len(rules) * len(sets)
        errors += sum(ours(rule, given) == ERROR for rule in rules for given in sets)
    assert compared == 8_000 and compared // 20 < errors < compared // 2
