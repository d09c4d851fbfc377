"""Declared types and the values that are of them.

Goal: a type has one meaning, its text reads back, and no value slips in that is of another: `true`
is no integer, 61 is not in 0..60, a record has no field that nobody declared.
Method: tables, both sides of each boundary.
"""

import pytest

from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.limits import (
    ELEMENTS_MAX,
    LIST_DEPTH_MAX,
    TYPE_TEXT_MAX,
    UNIT_FACTORS_MAX,
    WORD_MAX,
)
from contracts.rcel.types import (
    Bool,
    Field,
    Int,
    ListOf,
    Nothing,
    Record,
    Str,
    Type,
    fits,
    format_type,
    parse_type,
)
from contracts.rcel.units import NUMBER, SECONDS, TIME, Unit, parse_unit
from ledger.canon import INT_MAX, Value

MONEY = Int(parse_unit("TWD"), 0, 10**12)
AREA = Record("area", (Field("declared", Bool()), Field("tier", Int(NUMBER, 1, 4), optional=True)))


def parsed(text: str) -> Type:
    return parse_type(text, {"money": MONEY}, {"area": AREA})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("bool", Bool()),
        ("str", Str()),
        ("str<tag>", Str("tag")),
        ("str<item-class_2>", Str("item-class_2")),
        ("int(0..20)", Int(NUMBER, 0, 20)),
        ("int(-5..-5)", Int(NUMBER, -5, -5)),
        (f"int(-{INT_MAX}..{INT_MAX})", Int(NUMBER, -INT_MAX, INT_MAX)),
        ("int[parcel/person](0..20)", Int(Unit((("parcel", 1), ("person", -1))), 0, 20)),
        ("int[time](0..9999999999)", Int(TIME, 0, 9999999999)),
        ("int[s](0..1)", Int(SECONDS, 0, 1)),
        ("list<bool>(1)", ListOf(Bool(), 1)),
        (f"list<str<a>>({ELEMENTS_MAX})", ListOf(Str("a"), ELEMENTS_MAX)),
        ("list<list<int(0..1)>(3)>(2)", ListOf(ListOf(Int(NUMBER, 0, 1), 3), 2)),
    ],
)
def test_types_read_back(text: str, wanted: Type) -> None:
    assert parsed(text) == wanted
    assert format_type(wanted) == text


def test_names_for_types() -> None:
    assert parsed("money") == MONEY
    assert parsed("area") == AREA
    assert parsed("list<area>(3)") == ListOf(AREA, 3)
    assert format_type(AREA) == "area"


@pytest.mark.parametrize(
    "text",
    ["", "Bool", "bool ", " bool", "str<>", "str<A>", "str<1a>", "str<a", "str<a>>", "int",
     "int(0)", "int(1..0)", "int(0..01)", "int(-0..1)", "int(+1..2)", "int(0 .. 1)", "int(0..1.5)",
     "int[](0..1)", "int[g(0..1)", "int[g g](0..1)", "int[/g](0..1)", "int[g/](0..1)",
     "int[g//s](0..1)", "int[2g](0..1)", "int[time/s](0..1)", "int[time*time](0..1)",
     f"int(0..{INT_MAX + 1})", f"int(-{INT_MAX + 1}..0)", "int(0..\uff13)", "int(0..99999999999999999)",
     "list", "list<>(1)", "list<bool>", "list<bool>()", "list<bool>(0)", "list<bool>(01)",
     "list<bool>(65)", "list<bool>(-1)", "list<bool>(1) ", "list<bool(1)", "list<unknown>(1)",
     "nothing", "pounds", "list<nothing>(1)"],
)  # fmt: skip
def test_refused_types(text: str) -> None:
    with pytest.raises(StaticError) as caught:
        parsed(text)
    assert caught.value.code is StaticCode.DECLARED_TYPE
    assert 0 <= caught.value.position <= len(text)


def deep(levels: int) -> str:
    return "list<" * levels + "bool" + ">(2)" * levels


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (f"list<bool>({ELEMENTS_MAX})", f"list<bool>({ELEMENTS_MAX + 1})"),
        (deep(LIST_DEPTH_MAX), deep(LIST_DEPTH_MAX + 1)),
        (f"str<{'a' * WORD_MAX}>", f"str<{'a' * (WORD_MAX + 1)}>"),
        (f"int[{'a' * WORD_MAX}](0..1)", f"int[{'a' * (WORD_MAX + 1)}](0..1)"),
        (f"int[{'*'.join('a' * UNIT_FACTORS_MAX)}](0..1)",
         f"int[{'*'.join('a' * (UNIT_FACTORS_MAX + 1))}](0..1)"),
    ],
)  # fmt: skip
def test_limit_and_one_more(good: str, bad: str) -> None:
    parsed(good)
    with pytest.raises(StaticError):
        parsed(bad)


def test_length() -> None:
    name = "a" * TYPE_TEXT_MAX
    assert parse_type(name, {name: MONEY}, {}) == MONEY
    with pytest.raises(StaticError):
        parse_type(name + "a", {name + "a": MONEY}, {})


@pytest.mark.parametrize(
    ("a", "b", "product", "quotient"),
    [
        ("parcel/person", "person", "parcel", "parcel/person/person"),
        ("TWD/unit", "unit", "TWD", "TWD/unit/unit"),
        ("g", "g", "g*g", ""),
        ("1/s", "s", "", "1/s/s"),
        ("b*a", "c/a", "b*c", "a*a*b/c"),
    ],
)
def test_units_combine(a: str, b: str, product: str, quotient: str) -> None:
    assert str(parse_unit(a).times(parse_unit(b))) == product
    assert str(parse_unit(a).per(parse_unit(b))) == quotient
    assert parse_unit("a*b") == parse_unit("b*a")


SHORT = parsed("list<int(0..9)>(2)")


@pytest.mark.parametrize(
    ("value", "wanted", "verdict"),
    [
        (True, Bool(), True),
        (1, Bool(), False),
        ("true", Bool(), False),
        ("", Str("tag"), True),
        (1, Str(), False),
        (0, Int(NUMBER, 0, 60), True),
        (60, Int(NUMBER, 0, 60), True),
        (-1, Int(NUMBER, 0, 60), False),
        (61, Int(NUMBER, 0, 60), False),
        (True, Int(NUMBER, 0, 60), False),
        ("1", Int(NUMBER, 0, 60), False),
        ([], SHORT, True),
        ([1, 9], SHORT, True),
        ([1, 2, 3], SHORT, False),
        ([10], SHORT, False),
        ([True], SHORT, False),
        ("12", SHORT, False),
        ({"declared": True}, AREA, True),
        ({"declared": True, "tier": 1}, AREA, True),
        ({"declared": True, "tier": 5}, AREA, False),
        ({"tier": 1}, AREA, False),
        ({}, AREA, False),
        ({"declared": True, "more": 1}, AREA, False),
        ([], AREA, False),
        ([], Nothing(), False),
    ],
)
def test_fits(value: Value, wanted: Type, verdict: bool) -> None:
    assert fits(value, wanted) is verdict
