"""The conformance data of CEL: what we take has CEL's value, and what we refuse is listed.

Goal: rcel/1 is a subset of CEL, not a dialect.
Method: every case of `@bufbuild/cel-spec` is compiled in a scope of its own declarations. Accepted
ones must have the value, or the error, that CEL wants; refused ones are counted by code, and so are
those whose declarations have no counterpart here. The counts are pinned: a change is a decision.
"""

import json
import subprocess
from collections import Counter
from typing import Any

import pytest
from rcel_node import FOLDER, node_or_skip

from contracts.rcel.errors import EvaluationError, StaticCode, StaticError
from contracts.rcel.expression import Expression, compile_expression
from contracts.rcel.limits import ELEMENTS_MAX, INT64_MAX, INT64_MIN
from contracts.rcel.types import Bool, Int, ListOf, Str, Type
from contracts.rcel.units import NUMBER
from ledger.canon import Value

CASES = 2_344
UNREAD = 115
"""Declarations of maps, messages, functions, or dotted names."""
RIGHT = 176
TYPES_ONLY = 2
"""Cases without a value, for a checker alone."""
REFUSED = {
    StaticCode.CHARACTER: 2,
    StaticCode.NUMBER: 469,
    StaticCode.STRING: 157,
    StaticCode.RESERVED: 28,
    StaticCode.LEFT_OUT: 1_012,
    StaticCode.SYNTAX: 62,
    StaticCode.NESTING: 3,
    StaticCode.CHAIN: 2,
    StaticCode.UNKNOWN_NAME: 22,
    StaticCode.UNKNOWN_FUNCTION: 176,
    StaticCode.ARGUMENT_COUNT: 15,
    StaticCode.TYPE: 103,
}

ERROR = "error"
Case = dict[str, Any]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    done = subprocess.run(
        [node_or_skip(), str(FOLDER / "conformance.mjs")],
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[Case] = [one["original"] for one in json.loads(done.stdout)]
    return found


def declared(kind: Case) -> Type | None:
    """The type of a declaration; None where we have none like it."""
    if "listType" in kind:
        item = declared(kind["listType"]["elemType"])
        return None if item is None else ListOf(item, ELEMENTS_MAX)
    plain: dict[str, Type] = {
        "BOOL": Bool(),
        "STRING": Str(),
        "INT64": Int(NUMBER, INT64_MIN, INT64_MAX),
    }
    return plain.get(kind.get("primitive", ""))


def scope_of(case: Case) -> dict[str, Type] | None:
    found: dict[str, Type] = {}
    for one in case.get("typeEnv", []):
        kind = declared(one.get("ident", {}).get("type", {}))
        if kind is None or "." in one["name"]:
            return None
        found[one["name"]] = kind
    return found


def value_of(value: Case) -> Value | None:
    ((kind, found),) = value.items()
    if kind == "listValue":
        items = [value_of(item) for item in found.get("values", [])]
        return None if None in items else items  # type: ignore[return-value]
    if kind == "int64Value":
        return int(found)
    return found if kind in ("boolValue", "stringValue") else None


def wanted_of(case: Case) -> Value | None:
    if "evalError" in case:
        return ERROR
    if "typedResult" in case:
        return value_of(case["typedResult"]["result"])
    # A case that names no value wants true.
    return value_of(case["value"]) if "value" in case else True


def outcome(rule: Expression, case: Case) -> Value:
    given = {name: value_of(one["value"]) for name, one in case.get("bindings", {}).items()}
    try:
        return rule.evaluate(given)  # type: ignore[arg-type]
    except EvaluationError:
        return ERROR


def test_every_case_is_right_or_refused_with_a_reason(cases: list[Case]) -> None:
    assert len(cases) == CASES
    counts: Counter[object] = Counter()
    wrong = []
    for case in cases:
        scope = scope_of(case)
        if scope is None:
            counts["unread"] += 1
            continue
        try:
            rule = compile_expression(case["expr"], scope)
        except StaticError as error:
            counts[error.code] += 1
            continue
        if case.get("checkOnly"):
            counts["types only"] += 1
            continue
        found, wanted = outcome(rule, case), wanted_of(case)
        if found == wanted and type(found) is type(wanted):
            counts["right"] += 1
        else:
            wrong.append((case, found))
    assert wrong == []
    assert counts == {
        "right": RIGHT, "unread": UNREAD, "types only": TYPES_ONLY, **REFUSED,
    }  # fmt: skip


def test_a_wrong_value_would_be_found(cases: list[Case]) -> None:
    # The comparison itself: turn every value around, and none is right any more.
    rules = 0
    for case in cases:
        if isinstance(case.get("value", {}).get("boolValue"), bool) and scope_of(case) == {}:
            try:
                rule = compile_expression(case["expr"], {})
            except StaticError:
                continue
            rules += 1
            assert outcome(rule, case) is not (not case["value"]["boolValue"])
    assert rules > 50
