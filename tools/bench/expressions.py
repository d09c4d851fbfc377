"""How quickly rules of rcel/1 are evaluated, beside two other engines of CEL in the same run.

The rule is the household cap of food parcels, with its four clauses in one expression. Rounds of
the engines alternate, and each counts the processor time of this thread, so that a busy machine
slows all of them alike. `cel-python` and `cel-expr-python` come with the test requirements; what is
not installed is left out.
"""

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from contracts.rcel.expression import Expression, compile_expression
from contracts.rcel.types import Bool, Field, Record, Str, Type, parse_type
from ledger.canon import Value

ROUNDS: Final = 5
TEXT: Final = (
    'it.item_class == "food_parcel" && area.declared && household.eligible'
    " && received + it.qty <= per_person * household.persons"
)
SCOPE: Final[dict[str, Type]] = {
    "it": Record(
        "handout",
        (
            Field("item_class", Str("itemclass")),
            Field("qty", parse_type("int[parcel](1..10000)", {}, {})),
        ),
    ),
    "household": Record(
        "household",
        (
            Field("persons", parse_type("int[person](0..60)", {}, {})),
            Field("eligible", Bool()),
        ),
    ),
    "area": Record("area", (Field("declared", Bool()),)),
    "received": parse_type("int[parcel](0..100000)", {}, {}),
    "per_person": parse_type("int[parcel/person](0..20)", {}, {}),
}
VALUES: Final[dict[str, Value]] = {
    "it": {"item_class": "food_parcel", "qty": 3},
    "household": {"persons": 3, "eligible": True},
    "area": {"declared": True},
    "received": 3,
    "per_person": 2,
}


@dataclass(frozen=True, slots=True)
class Expressions:
    """Evaluations a second of processor time, median of the rounds; None: not installed."""

    per_s: float
    compile_ms: float
    celpy_per_s: float | None
    google_per_s: float | None


def measure_expressions(count: int, say: Callable[[str], None]) -> Expressions:
    """`count` evaluations a round of ours, fewer of the slower engines."""
    rule = compile_expression(TEXT, SCOPE)
    runs: dict[str, tuple[Callable[[], object], int]] = {
        "ours": (lambda: rule.evaluate(VALUES), count),
        "compile": (_compile, max(50, count // 1_000)),
    }
    if importlib.util.find_spec("celpy"):
        runs["celpy"] = (_celpy(), max(50, count // 500))
    if importlib.util.find_spec("cel_expr_python"):
        runs["google"] = (_google(), max(50, count // 10))
    for name, (run, _) in runs.items():
        assert name == "compile" or bool(run()) is True, name
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, (run, times) in runs.items():
            rates[name].append(_per_s(run, times))
    found = {name: median(of) for name, of in rates.items()}
    say(f"{found['ours']:,.0f} evaluations of a rule a second")
    return Expressions(
        found["ours"], 1_000 / found["compile"], found.get("celpy"), found.get("google")
    )


def _compile() -> Expression:
    return compile_expression(TEXT, SCOPE)


def _per_s(run: Callable[[], object], times: int) -> float:
    start = time.thread_time()
    for _ in range(times):
        run()
    return times / max(time.thread_time() - start, 1e-9)


def _celpy() -> Callable[[], object]:
    """cel-python, compiled, with its own values."""
    from celpy import Environment  # noqa: PLC0415
    from celpy.adapter import json_to_cel  # noqa: PLC0415

    environment = Environment()
    program = environment.program(environment.compile(TEXT))
    context = {name: json_to_cel(value) for name, value in VALUES.items()}
    return lambda: program.evaluate(context)


def _google() -> Callable[[], object]:
    """Google's engine in C++, compiled, with its values converted beforehand."""
    from cel_expr_python import cel  # type: ignore[import-untyped]  # noqa: PLC0415

    types = cel.Type
    maps = {
        name: types.Map(types.STRING, types.DYN)
        for name, kind in SCOPE.items()
        if isinstance(kind, Record)
    }
    variables = {name: maps.get(name, types.INT) for name in SCOPE}
    environment = cel.NewEnv(variables=variables)
    compiled = environment.compile(TEXT)
    activation = environment.Activation(VALUES)
    return lambda: compiled.eval(activation).plain_value()
