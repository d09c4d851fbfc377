"""The checker: which types, units and tags go together, and which fields must be asked for first.

Goal: what has no meaning is refused before anybody votes on it: parcels added to persons, a person
compared with an organisation, a field read that may be missing.
Method: tables of expressions over one small scope, with the type or the code and the place.
"""

import pytest

from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.expression import compile_expression
from contracts.rcel.limits import INT64_MAX, INT64_MIN, UNIT_FACTORS_MAX
from contracts.rcel.tokens import TAKEN
from contracts.rcel.types import Bool, Field, Record, Str, Type, format_type, parse_type


def declared(text: str) -> Type:
    return parse_type(text, {}, {})


INNER = Record("inner", (Field("z", declared("int(0..9)"), optional=True), Field("w", Bool())))
ROW = Record("row", (Field("n", declared("int(0..9)")), Field("o", declared("int(0..9)"), True)))
SCOPE: dict[str, Type] = {
    "n": declared("int(0..10)"),
    "p": declared("int[parcel](0..100)"),
    "h": declared("int[person](1..60)"),
    "each": declared("int[parcel/person](0..20)"),
    "price": declared("int[TWD/parcel](0..500)"),
    "t": declared("int[time](0..9999999999)"),
    "u": declared("int[time](0..9999999999)"),
    "s": declared("int[s](0..3600)"),
    "f": Bool(),
    "who": declared("str<person>"),
    "org": declared("str<org>"),
    "word": Str(),
    "orgs": declared("list<str<org>>(5)"),
    "ps": declared("list<int[parcel](0..9)>(4)"),
    "ts": declared("list<int[time](0..9)>(4)"),
    "lists": declared("list<list<int(0..9)>(3)>(2)"),
    "rows": declared("list<bool>(1)"),
    "it": Record(
        "it",
        (
            Field("a", declared("int(0..9)"), optional=True),
            Field("b", declared("int(0..9)"), optional=True),
            Field("r", INNER, optional=True),
            Field("s", INNER),
            Field("rows", parse_type("list<row>(4)", {}, {"row": ROW})),
        ),
    ),
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1", "int(1..1)"),
        ("'x'", "str"),
        ("true", "bool"),
        ("n + 1", "int(1..11)"),
        ("p - 1", "int[parcel](-1..99)"),
        ("1 + p", "int[parcel](1..101)"),
        ("p % 7", "int[parcel](0..6)"),
        ("-p", "int[parcel](-100..0)"),
        ("each * h", "int[parcel](0..1200)"),
        ("h * each", "int[parcel](0..1200)"),
        ("p / h", "int[parcel/person](0..100)"),
        ("p / p", "int(0..100)"),
        ("2 * p", "int[parcel](0..200)"),
        ("p / 2", "int[parcel](0..50)"),
        ("100 / p", "int[1/parcel](1..100)"),
        ("2 * 3 + p", "int[parcel](6..106)"),
        ("p * n", "int[parcel](0..1000)"),
        ("price * each * h", "int[TWD](0..600000)"),
        ("t - u", "int[s](-9999999999..9999999999)"),
        ("t + s", "int[time](0..10000003599)"),
        ("t - s", "int[time](-3600..9999999999)"),
        ("t + 3600", "int[time](3600..10000003599)"),
        ("t - u <= s", "bool"),
        ("t < u", "bool"),
        ("t == 0", "bool"),
        ("math.least(t, u)", "int[time](0..9999999999)"),
        ("math.greatest(p, 3)", "int[parcel](0..100)"),
        ("f ? p : 0", "int[parcel](0..100)"),
        ("f ? 3 : (f ? 2 : 0)", "int(0..3)"),
        ("who == 'x'", "bool"),
        ("'x' == who", "bool"),
        ("who == who", "bool"),
        ("f ? who : 'x'", "str<person>"),
        ("f == false", "bool"),
        ("p == 3", "bool"),
        ("org in orgs", "bool"),
        ("'a' in orgs", "bool"),
        ("1 in ps", "bool"),
        ("p in ps", "bool"),
        ("1 in []", "bool"),
        ("who in [who, 'a']", "bool"),
        ("word.startsWith('a')", "bool"),
        ("who.startsWith('a')", "bool"),
        ("size(orgs)", "int(0..5)"),
        ("size([])", "int(0..0)"),
        ("[1, p]", "list<int[parcel](0..100)>(2)"),
        ("['a', who]", "list<str<person>>(2)"),
        ("[[], lists[0]]", "list<list<int(0..9)>(3)>(2)"),
        ("f ? [] : ps", "list<int[parcel](0..9)>(4)"),
        ("ps[0]", "int[parcel](0..9)"),
        ("ps[n]", "int[parcel](0..9)"),
        ("lists[0][1]", "int(0..9)"),
        ("ps.sum()", "int[parcel](0..36)"),
        ("ps.distinct()", "list<int[parcel](0..9)>(4)"),
        ("[].distinct()", "list<nothing>(0)"),
        ("orgs.filter(o, o == org)", "list<str<org>>(5)"),
        ("orgs.map(o, size(ps))", "list<int(0..4)>(5)"),
        ("ps.map(x, x * price).sum()", "int[TWD](0..18000)"),
        ("ps.all(x, x > 0)", "bool"),
        ("ps.exists(x, ps.exists(y, x == y))", "bool"),
        ("ps.all(x, x > 0) && ps.all(x, x < 9)", "bool"),
        ("mulDivHalfUp(p, 120, 100)", "int[parcel](0..120)"),
        ("mulDivFloor(p, price, 1)", "int[TWD](0..50000)"),
        ("mulDivCeil(h, each, n)", "int[parcel](0..1200)"),
        ("9223372036854775807 + n", f"int({INT64_MAX}..{INT64_MAX})"),
        ("-9223372036854775807 - n", f"int({INT64_MIN}..{-INT64_MAX})"),
    ],
)
def test_types(text: str, wanted: str) -> None:
    assert format_type(compile_expression(text, SCOPE).type) == wanted


C = StaticCode


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("missing", C.UNKNOWN_NAME, 0),
        ("it.missing", C.UNKNOWN_FIELD, 3),
        ("n.f", C.TYPE, 2),
        ("orgs.f", C.TYPE, 5),
        ("orgs.all(n, true)", C.NAME_TAKEN, 9),
        ("orgs.all(o, orgs.all(o, true))", C.NAME_TAKEN, 21),
        ("orgs.all(o, true) && o == org", C.UNKNOWN_NAME, 21),
        ("p + h", C.UNIT, 2),
        ("p - n", C.UNIT, 2),
        ("p % h", C.UNIT, 2),
        ("p < h", C.UNIT, 2),
        ("p == n", C.UNIT, 2),
        ("p != h", C.UNIT, 2),
        ("p in [h]", C.UNIT, 2),
        ("[p, h]", C.UNIT, 4),
        ("f ? p : h", C.UNIT, 2),
        ("math.least(p, n)", C.UNIT, 0),
        ("ps[p]", C.UNIT, 2),
        ("each * p <= p", C.UNIT, 9),
        ("t + u", C.TIME, 2),
        ("s + t", C.TIME, 2),
        ("1 + t", C.TIME, 2),
        ("0 - t", C.TIME, 2),
        ("t - n", C.TIME, 2),
        ("t + p", C.TIME, 2),
        ("t * 2", C.TIME, 2),
        ("2 * t", C.TIME, 2),
        ("t / 2", C.TIME, 2),
        ("t % 86400", C.TIME, 2),
        ("-t", C.TIME, 0),
        ("ts.sum()", C.TIME, 3),
        ("mulDivFloor(t, 1, 1)", C.TIME, 0),
        ("who == org", C.TAG, 4),
        ("who != word", C.TAG, 4),
        ("who in orgs", C.TAG, 4),
        ("[who, org]", C.TAG, 6),
        ("who.startsWith(org)", C.TAG, 4),
        ("f ? who : org", C.TAG, 2),
        ("f + 1", C.TYPE, 0),
        ("1 + f", C.TYPE, 4),
        ("'a' + 'b'", C.TYPE, 0),
        ("'a' < 'b'", C.TYPE, 0),
        ("f < f", C.TYPE, 0),
        ("f == 1", C.TYPE, 2),
        ("n == 'a'", C.TYPE, 2),
        ("ps == ps", C.TYPE, 0),
        ("it == it", C.TYPE, 0),
        ("it.s in []", C.TYPE, 3),
        ("ps in lists", C.TYPE, 0),
        ("1 in n", C.TYPE, 5),
        ("1 in it.rows", C.TYPE, 2),
        ("n && f", C.TYPE, 0),
        ("f || 1", C.TYPE, 5),
        ("!n", C.TYPE, 1),
        ("-f", C.TYPE, 1),
        ("n ? 1 : 2", C.TYPE, 0),
        ("f ? 1 : 'a'", C.TYPE, 2),
        ("[1, 'a']", C.TYPE, 4),
        ("[1, []]", C.TYPE, 4),
        ("size(who)", C.TYPE, 5),
        ("size(n)", C.TYPE, 5),
        ("n.startsWith('a')", C.TYPE, 0),
        ("who.startsWith(n)", C.TYPE, 15),
        ("n[0]", C.TYPE, 1),
        ("ps['a']", C.TYPE, 3),
        ("it['a']", C.TYPE, 2),
        ("orgs.sum()", C.TYPE, 5),
        ("[].sum()", C.TYPE, 3),
        ("lists.distinct()", C.TYPE, 6),
        ("it.rows.distinct()", C.TYPE, 8),
        ("orgs.all(o, 1)", C.TYPE, 12),
        ("orgs.filter(o, o)", C.TYPE, 15),
        ("n.all(v, true)", C.TYPE, 2),
        ("it.all(v, true)", C.TYPE, 3),
        ("[].all(v, v > 0)", C.TYPE, 10),
        ("math.least(f, f)", C.TYPE, 11),
        ("mulDivFloor(p, 'a', 1)", C.TYPE, 15),
    ],
)
def test_refused(text: str, code: StaticCode, position: int) -> None:
    with pytest.raises(StaticError) as caught:
        compile_expression(text, SCOPE)
    assert (caught.value.code, caught.value.position) == (code, position)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("p + h", {"found": "+", "left": "parcel", "right": "person"}),
        ("n < each", {"found": "<", "left": "1", "right": "parcel/person"}),
        ("f ? p : h", {"found": "? :", "left": "parcel", "right": "person"}),
        ("[p, h]", {"found": "[ , ]", "left": "parcel", "right": "person"}),
        ("t + n", {"found": "+", "left": "time", "right": "1"}),
        ("1 + t", {"found": "+", "left": "1", "right": "time"}),
        ("who == org", {"left": "str<person>", "right": "str<org>"}),
        ("who.startsWith(org)", {"left": "str<person>", "right": "str<org>"}),
        ("f + 1", {"found": "bool", "wanted": "an integer"}),
        ("it.a", {"found": "it.a"}),
        ("it.rows[0].o", {"found": "x.o"}),
        ("it.s.q", {"found": "q", "known": "z, w"}),
    ],
)
def test_what_a_refusal_shows(text: str, values: dict[str, object]) -> None:
    with pytest.raises(StaticError) as caught:
        compile_expression(text, SCOPE)
    assert caught.value.values == values


@pytest.mark.parametrize(
    "text",
    [
        "has(it.a) && it.a > 0",
        "f && has(it.a) && it.a > 0",
        "has(it.a) && f && it.a > 0",
        "has(it.a) && has(it.b) && it.a == it.b",
        "(has(it.a) && has(it.b)) && it.a == it.b",
        "!has(it.a) || it.a > 0",
        "!has(it.a) || !has(it.b) || it.a == it.b",
        "!(!has(it.a)) && it.a > 0",
        "!(has(it.a) && has(it.b)) || it.a == it.b",
        "has(it.a) ? it.a : 0",
        "!has(it.a) ? 0 : it.a",
        "has(it.a) && f ? it.a : 0",
        "(has(it.a) || has(it.a)) && it.a > 0",
        "has(it.a) && ps.all(x, x == 1 || it.a == 0)",
        "it.rows.all(r, !has(r.o) || r.o > 0)",
        "it.rows.filter(r, has(r.o) && r.o > r.n).map(r, r.n)",
        "has(it.r) && it.r.w",
        "has(it.r) && has(it.r.z) && it.r.z > 0",
        "has(it.s.z) && it.s.z > 0",
        "has(it.s)",
        "it.s.w",
    ],
)
def test_guarded(text: str) -> None:
    compile_expression(text, SCOPE)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("it.a > 0", 3),
        ("it.a > 0 && has(it.a)", 3),
        ("has(it.a) || it.a > 0", 16),
        ("!has(it.a) && it.a > 0", 17),
        ("has(it.b) && it.a > 0", 16),
        ("(has(it.a) || f) && it.a > 0", 23),
        ("(has(it.a) || has(it.b)) && it.a > 0", 31),
        ("!(has(it.a) && f) && it.a > 0", 24),
        ("has(it.a) ? 0 : it.a", 19),
        ("has(it.a) == true && it.a > 0", 24),
        ("(f ? has(it.a) : has(it.a)) && it.a > 0", 34),
        ("ps.all(x, has(it.a)) && it.a > 0", 27),
        ("(has(it.a) && f) || it.a > 0", 23),
        ("has(it.r.z)", 7),
        ("it.r.w", 3),
        ("has(it.r) && it.r.z > 0", 18),
        ("it.rows.all(r, has(r.o)) && it.rows.all(r, r.o > 0)", 45),
        ("it.rows[0].o > 0", 11),
    ],
)
def test_unguarded(text: str, position: int) -> None:
    with pytest.raises(StaticError) as caught:
        compile_expression(text, SCOPE)
    assert (caught.value.code, caught.value.position) == (StaticCode.UNGUARDED, position)


def test_has_takes_a_path_alone() -> None:
    with pytest.raises(StaticError) as caught:
        compile_expression("has(it.rows[0].o)", SCOPE)
    assert caught.value.code is StaticCode.SYNTAX


@pytest.mark.parametrize(
    ("text", "expects", "wanted"),
    [
        ("3", "int[parcel](0..9)", "int[parcel](3..3)"),
        ("p", "int[parcel](0..9)", "int[parcel](0..100)"),
        ("'x'", "str<fund>", "str<fund>"),
        ("who", "str<person>", "str<person>"),
        ("who", "str", "str"),
        ("word", "str", "str"),
        ("[]", "list<str<org>>(3)", "list<str<org>>(0)"),
        ("['a']", "list<str<org>>(3)", "list<str<org>>(1)"),
        ("f", "bool", "bool"),
    ],
)
def test_expected(text: str, expects: str, wanted: str) -> None:
    found = compile_expression(text, SCOPE, expects=declared(expects))
    assert format_type(found.type) == wanted


@pytest.mark.parametrize(
    ("text", "expects"),
    [
        ("p", "int(0..9)"),
        ("h", "int[parcel](0..9)"),
        ("t", "int[s](0..9)"),
        ("n", "bool"),
        ("f", "int(0..1)"),
        ("who", "str<org>"),
        ("word", "str<org>"),
        ("orgs", "list<str<person>>(9)"),
        ("orgs", "str"),
        ("it", "bool"),
    ],
)
def test_not_expected(text: str, expects: str) -> None:
    with pytest.raises(StaticError) as caught:
        compile_expression(text, SCOPE, expects=declared(expects))
    assert caught.value.code is StaticCode.EXPECTED_TYPE


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_names_that_engines_of_cel_have_taken(name: str) -> None:
    scope = {name: declared("int(0..9)"), "r": Record("r", (Field(name, Bool()),))}
    for text, position in ((name, 0), (f"[1].all({name}, true)", 8)):
        with pytest.raises(StaticError) as caught:
            compile_expression(text, scope)
        assert (caught.value.code, caught.value.position) == (StaticCode.RESERVED, position)
    assert compile_expression(f"r.{name}", scope).type == Bool()


def test_units_that_grow() -> None:
    compile_expression("*".join(["p"] * UNIT_FACTORS_MAX), SCOPE)
    with pytest.raises(StaticError) as caught:
        compile_expression("*".join(["p"] * (UNIT_FACTORS_MAX + 1)), SCOPE)
    assert caught.value.code is StaticCode.UNIT_SIZE


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("1", set()),
        ("n + p / p", {"n", "p"}),
        ("it.s.w", {"it.s.w"}),
        ("has(it.a) && it.a > 0", {"it.a"}),
        ("it.rows.all(r, r.n > n)", {"it.rows", "n"}),
        ("it.rows[n].n", {"it.rows", "n"}),
        ("[it.s]", {"it.s"}),
        ("has(it.r) && has(it.r.z)", {"it.r", "it.r.z"}),
    ],
)
def test_reads(text: str, reads: set[str]) -> None:
    assert compile_expression(text, SCOPE).reads == reads
