"""Evaluation: CEL's meaning, value by value, and what absorbs an error.

Goal: int64 with an error where a result leaves it, division towards zero, and errors that vanish
only where CEL says so.
Method: tables; the same texts run against other engines in `test_random_rules.py`.
"""

from collections.abc import Mapping

import pytest

from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.rcel.expression import Readings, compile_expression
from contracts.rcel.limits import INT64_MAX, INT64_MIN
from contracts.rcel.types import Bool, Field, Record, Type, parse_type
from ledger.canon import Value

MAX, MIN = str(INT64_MAX), f"(-{INT64_MAX} - 1)"
ROW = Record("row", (Field("n", parse_type("int(0..9)", {}, {})), Field("o", Bool(), True)))
SCOPE: dict[str, Type] = {
    "zero": parse_type("int(0..0)", {}, {}),
    "xs": parse_type("list<int(0..9)>(5)", {}, {}),
    "row": ROW,
    "rows": parse_type("list<row>(5)", {}, {"row": ROW}),
    "f": Bool(),
}
VALUES: dict[str, Value] = {
    "zero": 0,
    "xs": [3, 0, 3, 5],
    "row": {"n": 1},
    "rows": [{"n": 1, "o": True}, {"n": 2}],
    "f": True,
}


def value(text: str, values: Mapping[str, Value] = VALUES) -> Value | ErrorKind:
    try:
        return compile_expression(text, SCOPE).evaluate(values)
    except EvaluationError as error:
        return error.kind


OVERFLOW, DIV_ZERO = ErrorKind.OVERFLOW, ErrorKind.DIV_ZERO
INDEX, DIVISOR = ErrorKind.INDEX, ErrorKind.DIVISOR


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{MAX} - 1 + 1", INT64_MAX),
        (f"{MAX} + 1", OVERFLOW),
        (f"{MAX} + 1 - 1", OVERFLOW),
        (MIN, INT64_MIN),
        (f"{MIN} - 1", OVERFLOW),
        (f"-{MIN}", OVERFLOW),
        (f"-{MAX}", -INT64_MAX),
        (f"{MAX} * -1", -INT64_MAX),
        (f"{MIN} * -1", OVERFLOW),
        ("3037000499 * 3037000499", 3037000499**2),
        ("3037000500 * 3037000500", OVERFLOW),
        ("4294967296 * -2147483648", INT64_MIN),
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 / -2", -3),
        ("-7 / -2", 3),
        ("7 % 2", 1),
        ("-7 % 2", -1),
        ("7 % -2", 1),
        ("-7 % -2", -1),
        ("6 % -3", 0),
        ("1 / zero", DIV_ZERO),
        ("1 % zero", DIV_ZERO),
        (f"{MIN} / -1", OVERFLOW),
        (f"{MIN} % -1", OVERFLOW),
        (f"{MIN} / 1", INT64_MIN),
        (f"{MIN} % 1", 0),
        (f"{MIN} % 2", 0),
        (f"{MAX} % -1", 0),
    ],
)
def test_int64(text: str, wanted: object) -> None:
    assert value(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 == 1", True),
        ("'花' != '蓮'", True),
        ("true == false", False),
        ("2 in [1, 2]", True),
        ("2 in []", False),
        ("'花蓮縣'.startsWith('花蓮')", True),
        ("'花蓮縣'.startsWith('')", True),
        ("''.startsWith('a')", False),
        ("'e\u0301'.startsWith('é')", False),
        ("size(xs)", 4),
        ("xs[0]", 3),
        ("xs[3]", 5),
        ("xs[4]", INDEX),
        ("xs[-1]", INDEX),
        (f"xs[{MAX}]", INDEX),
        ("xs.sum()", 11),
        ("[].distinct()", []),
        ("xs.distinct()", [3, 0, 5]),
        ("xs.filter(x, x > 2)", [3, 3, 5]),
        ("xs.map(x, x * 2)", [6, 0, 6, 10]),
        ("xs.map(x, xs.filter(y, y < x))", [[0], [], [0], [3, 0, 3]]),
        (f"[{MAX}, 1, -1].sum()", INT64_MAX),
        (f"[{MAX}, 1].sum()", OVERFLOW),
        ("math.least(1, 2)", 1),
        ("math.greatest(1, -2)", 1),
        ("has(row.o)", False),
        ("has(row.n)", True),
        ("rows.filter(r, has(r.o) && r.o).map(r, r.n)", [1]),
        ("mulDivFloor(-7, 1, 2)", -4),
        ("mulDivCeil(-7, 1, 2)", -3),
        ("mulDivHalfUp(5, 1, 2)", 3),
        ("mulDivHalfUp(-5, 1, 2)", -3),
        ("mulDivHalfUp(2, 120, 100)", 2),
        (f"mulDivFloor({MAX}, 100, 100)", INT64_MAX),
        (f"mulDivFloor({MAX}, 101, 100)", OVERFLOW),
        ("mulDivFloor(1, 1, zero)", DIVISOR),
        ("mulDivCeil(1, 1, -1)", DIVISOR),
        ("mulDivHalfUp(1, 1, zero)", DIVISOR),
        ("mulDivHalfUp(-1, 1, zero)", DIVISOR),
    ],
)
def test_functions(text: str, wanted: object) -> None:
    found = value(text)
    assert found == wanted
    assert type(found) is type(wanted)


BAD = "1 / zero > 0"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{BAD} || true", True),
        (f"true || {BAD}", True),
        (f"{BAD} || false", DIV_ZERO),
        (f"false || {BAD}", DIV_ZERO),
        (f"{BAD} || {BAD}", DIV_ZERO),
        (f"{BAD} && false", False),
        (f"false && {BAD}", False),
        (f"{BAD} && true", DIV_ZERO),
        (f"true && {BAD}", DIV_ZERO),
        (f"!({BAD}) || true", True),
        (f"({BAD} || false) || true", True),
        ("xs.exists(x, 1 / x > 0)", DIV_ZERO),
        ("xs.exists(x, 6 / x == 1)", True),
        ("xs.all(x, 6 / x > 5)", False),
        ("xs.all(x, 6 / x > 0)", DIV_ZERO),
        ("[].all(x, 1 / zero > 0)", True),
        ("[].exists(x, 1 / zero > 0)", False),
        ("xs.exists_one(x, x == 5)", True),
        ("xs.exists_one(x, x == 3)", False),
        ("[3, 3, 0].exists_one(x, 3 / x == 1)", DIV_ZERO),
        ("[3, 0].exists_one(x, 3 / x == 1)", DIV_ZERO),
        ("xs.filter(x, 1 / x > 0)", DIV_ZERO),
        ("xs.map(x, 1 / x)", DIV_ZERO),
        ("[1, 1 / zero]", DIV_ZERO),
        ("size([1 / zero])", DIV_ZERO),
        ("true ? 1 : 1 / zero", 1),
        ("false ? 1 / zero : 1", 1),
        (f"{BAD} ? 1 : 1", DIV_ZERO),
        ("1 / zero == 1 / zero", DIV_ZERO),
        ("1 in [1, 1 / zero]", DIV_ZERO),
    ],
)
def test_errors_are_absorbed_where_another_part_decides(text: str, wanted: object) -> None:
    assert value(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("zero", ErrorKind.FACT_MISSING),
        ("zero + 1", ErrorKind.FACT_MISSING),
        ("zero > 0 || f", True),
        ("row.n == 1 && !f", False),
        ("row.n == 1 && f", ErrorKind.FACT_RANGE),
        ("has(row.o)", ErrorKind.FACT_RANGE),
        ("f ? 1 : zero", 1),
    ],
)
def test_facts_that_could_not_be_read(text: str, wanted: object) -> None:
    failed = {"zero": ErrorKind.FACT_MISSING, "row": ErrorKind.FACT_RANGE}
    assert value(text, Readings({"f": True}, failed=failed)) == wanted


def test_what_is_no_error_of_ours_is_never_absorbed() -> None:
    # A name without a value is our fault, not the contract's: it must stop the node.
    rule = compile_expression("zero > 0 || true", SCOPE)
    with pytest.raises(KeyError):
        rule.evaluate({})
    with pytest.raises(KeyError):
        rule.evaluate(Readings({}, failed={"row": ErrorKind.FACT_MISSING}))
    with pytest.raises(TypeError):
        compile_expression("xs.exists(x, x > 0)", SCOPE).evaluate({"xs": ["a", 1]})


def test_an_expression_evaluates_inside_itself() -> None:
    # Variables belong to one evaluation: an error in the middle of one leaves nothing behind.
    rule = compile_expression("xs.map(x, xs.filter(y, 6 / y > x))", SCOPE)
    assert value("xs.map(x, xs.filter(y, 6 / y > x))") == DIV_ZERO
    assert rule.evaluate({"xs": [1, 2]}) == [[1, 2], [1, 2]]
    values: dict[str, Value] = {"xs": [1, 2]}
    rule.evaluate(values)
    assert values == {"xs": [1, 2]}
