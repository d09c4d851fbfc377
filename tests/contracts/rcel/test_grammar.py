"""The grammar: what is a tree, which one, and what is said where none is.

Goal: precedence is CEL's, everything left out is refused with its name, and the limits of the shape
hold at n and not at n + 1.
Method: tables; trees are written back with all their brackets.
"""

import pytest

from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.grammar import parse
from contracts.rcel.limits import (
    ARGUMENTS_MAX,
    CHAIN_MAX,
    ELEMENTS_MAX,
    HEIGHT_MAX,
    MEMBER_CHAIN_MAX,
    NESTING_MAX,
    NODES_MAX,
)
from contracts.rcel.nodes import (
    Binary,
    Call,
    Has,
    Index,
    ListOf,
    Literal,
    Macro,
    Name,
    Node,
    Select,
    Ternary,
    Unary,
    walk,
)


def written(node: Node) -> str:
    """The tree with a bracket around everything that has parts."""
    match node:
        case Literal(value):
            return repr(value).lower() if isinstance(value, bool) else repr(value)
        case Name(name):
            return name
        case Select(operand, field):
            return f"{written(operand)}.{field}"
        case Index(operand, index):
            return f"{written(operand)}[{written(index)}]"
        case ListOf(items):
            return f"[{', '.join(map(written, items))}]"
        case Has(field):
            return f"has({written(field)})"
        case Call(function, arguments):
            return f"{function}({', '.join(map(written, arguments))})"
        case Macro(macro, operand, variable, body):
            return f"{macro}({written(operand)}, {variable.name}: {written(body)})"
        case Unary(operator, operand):
            return f"({operator}{written(operand)})"
        case Binary(operator, left, right):
            return f"({written(left)} {operator} {written(right)})"
        case Ternary(condition, yes, no):
            return f"({written(condition)} ? {written(yes)} : {written(no)})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a || b && c", "(a || (b && c))"),
        ("a && b == c", "(a && (b == c))"),
        ("a + b < c * d", "((a + b) < (c * d))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b * c % d", "(((a / b) * c) % d)"),
        ("(a - (b - c))", "(a - (b - c))"),
        ("-a * b", "((-a) * b)"),
        ("-a.b", "(-a.b)"),
        ("a - -b", "(a - (-b))"),
        ("!a.b && c", "((!a.b) && c)"),
        ("!(!a)", "(!(!a))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a || b ? c : d", "((a || b) ? c : d)"),
        ("a in b.c", "(a in b.c)"),
        ("a + 1 in [1, 2]", "((a + 1) in [1, 2])"),
        ("a[0].b[c]", "a[0].b[c]"),
        ("[]", "[]"),
        ("true", "true"),
        ("'x'", "'x'"),
        ("has(a.b)", "has(a.b)"),
        ("has", "has"),
        ("size(a)", "size(a)"),
        ("size", "size"),
        ("a.startsWith('x')", "startsWith(a, 'x')"),
        ("a.sum() + 1", "(sum(a) + 1)"),
        ("a.map(v, v.b).distinct()", "distinct(map(a, v: v.b))"),
        ("math.least(a, b)", "math.least(a, b)"),
        ("math . greatest ( a , b )", "math.greatest(a, b)"),
        ("mulDivFloor(a, 120, 100)", "mulDivFloor(a, 120, 100)"),
        ("a.all(v, v)", "all(a, v: v)"),
        ("a.exists(v, v) ? 1 : 2", "(exists(a, v: v) ? 1 : 2)"),
        ("a.exists_one(v, v == 1)", "exists_one(a, v: (v == 1))"),
        ("a.filter(v, v > 0)", "filter(a, v: (v > 0))"),
        ("a.all", "a.all"),
        ("a.size", "a.size"),
    ],
)
def test_trees(text: str, tree: str) -> None:
    assert written(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("", StaticCode.SYNTAX, 0),
        ("a b", StaticCode.SYNTAX, 2),
        ("a +", StaticCode.SYNTAX, 3),
        ("+ a", StaticCode.SYNTAX, 0),
        ("(a", StaticCode.SYNTAX, 2),
        ("a)", StaticCode.SYNTAX, 1),
        ("[a,]", StaticCode.SYNTAX, 3),
        ("size(a,)", StaticCode.SYNTAX, 7),
        ("a.", StaticCode.SYNTAX, 2),
        ("a.1", StaticCode.SYNTAX, 2),
        ("a[]", StaticCode.SYNTAX, 2),
        ("a ? b", StaticCode.SYNTAX, 5),
        ("a ? b ? c : d : e", StaticCode.SYNTAX, 6),
        ("'a' 'b'", StaticCode.SYNTAX, 4),
        ('r"a"', StaticCode.SYNTAX, 1),
        ('"""a"""', StaticCode.SYNTAX, 2),
        ("a and b", StaticCode.SYNTAX, 2),
        ("has(a)", StaticCode.SYNTAX, 4),
        ("has(a[0])", StaticCode.SYNTAX, 5),
        ("a.all(v.b, true)", StaticCode.SYNTAX, 7),
        ("a.all(v)", StaticCode.SYNTAX, 7),
        ("a.all(i, v, true)", StaticCode.SYNTAX, 10),
        ("!!a", StaticCode.LEFT_OUT, 1),
        ("--a", StaticCode.LEFT_OUT, 1),
        ("!-a", StaticCode.LEFT_OUT, 1),
        ("a < b < c", StaticCode.LEFT_OUT, 6),
        ("a == b == c", StaticCode.LEFT_OUT, 7),
        ("a in b in c", StaticCode.LEFT_OUT, 7),
        ("a == null", StaticCode.LEFT_OUT, 5),
        ("int(a)", StaticCode.LEFT_OUT, 0),
        ("string(a)", StaticCode.LEFT_OUT, 0),
        ("dyn(a)", StaticCode.LEFT_OUT, 0),
        ("timestamp(a)", StaticCode.LEFT_OUT, 0),
        ("a.matches('b')", StaticCode.LEFT_OUT, 2),
        ("a.contains('b')", StaticCode.LEFT_OUT, 2),
        ("import", StaticCode.RESERVED, 0),
        ("a.let", StaticCode.RESERVED, 2),
        ("a.in", StaticCode.RESERVED, 2),
        ("a.all(for, true)", StaticCode.RESERVED, 6),
        ("math", StaticCode.SYNTAX, 4),
        ("math.pi", StaticCode.SYNTAX, 7),
        ("math.abs(a)", StaticCode.UNKNOWN_FUNCTION, 5),
        ("foo(a)", StaticCode.UNKNOWN_FUNCTION, 0),
        ("a.size()", StaticCode.UNKNOWN_FUNCTION, 2),
        ("a.existsOne(v, true)", StaticCode.UNKNOWN_FUNCTION, 2),
        ("size(a, b)", StaticCode.ARGUMENT_COUNT, 0),
        ("size()", StaticCode.ARGUMENT_COUNT, 0),
        ("has(a.b, c.d)", StaticCode.ARGUMENT_COUNT, 0),
        ("math.least(a)", StaticCode.ARGUMENT_COUNT, 5),
        ("math.least(a, b, c)", StaticCode.ARGUMENT_COUNT, 5),
        ("a.sum(b)", StaticCode.ARGUMENT_COUNT, 2),
        ("mulDivCeil(a, b)", StaticCode.ARGUMENT_COUNT, 0),
    ],
)
def test_refused(text: str, code: StaticCode, position: int) -> None:
    with pytest.raises(StaticError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.position) == (code, position)


def nested(opening: str, closing: str) -> "object":
    return lambda n: opening * n + "a" + closing * n


LIMITS = [
    # code, limit, a text of that size
    (StaticCode.NESTING, NESTING_MAX, nested("(", ")")),
    (StaticCode.NESTING, NESTING_MAX, nested("[", "]")),
    (StaticCode.NESTING, NESTING_MAX, nested("size(", ")")),
    (StaticCode.NESTING, NESTING_MAX, nested("b[", "]")),
    (StaticCode.NESTING, NESTING_MAX, nested("a.all(v, ", ")")),
    (StaticCode.NESTING, NESTING_MAX, nested("math.least(1, ", ")")),
    (StaticCode.NESTING, NESTING_MAX, nested("b ? c : ", "")),
    (StaticCode.NESTING, NESTING_MAX, nested("-(", ")")),
    *(
        (StaticCode.CHAIN, CHAIN_MAX, lambda n, sign=sign: "a" + f" {sign} a" * n)
        for sign in ("||", "&&", "+", "-", "*", "/", "%")
    ),
    (StaticCode.CHAIN, CHAIN_MAX, lambda n: "a" + " + a - a" * (n // 2) + " + a" * (n % 2)),
    (StaticCode.CHAIN, MEMBER_CHAIN_MAX, lambda n: "a" + ".a" * n),
    (StaticCode.CHAIN, MEMBER_CHAIN_MAX, lambda n: "a" + "[0]" * n),
    (StaticCode.CHAIN, MEMBER_CHAIN_MAX, lambda n: "a" + ".distinct()" * n),
    (StaticCode.ELEMENTS, ELEMENTS_MAX, lambda n: f"[{', '.join('a' * n)}]"),
    (StaticCode.HEIGHT, HEIGHT_MAX, lambda n: "(a" + "+a" * 20 + ")" + "*a" * (n - 21)),
    # 1 for the list, 56 times 7 for `a+a+a+a`, and names.
    (StaticCode.NODES, NODES_MAX, lambda n: f"[{'a+a+a+a, ' * 56}{', '.join('a' * (n - 393))}]"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "limit", "text"), LIMITS)
def test_limit_and_one_more(code: StaticCode, limit: int, text) -> None:  # type: ignore[no-untyped-def]
    parse(text(limit))
    with pytest.raises(StaticError) as caught:
        parse(text(limit + 1))
    assert caught.value.code is code


def test_the_tall_and_the_large_are_at_their_limit() -> None:
    texts = {code: text(limit) for code, limit, text in LIMITS}
    assert max(level for _, level in walk(parse(texts[StaticCode.HEIGHT]))) == HEIGHT_MAX
    assert len(list(walk(parse(texts[StaticCode.NODES])))) == NODES_MAX


def test_arguments() -> None:
    # No function takes as many: up to the limit their number is what is wrong, then the limit.
    for count, code in [
        (ARGUMENTS_MAX, StaticCode.ARGUMENT_COUNT),
        (ARGUMENTS_MAX + 1, StaticCode.ARGUMENTS),
    ]:
        with pytest.raises(StaticError) as caught:
            parse(f"size({', '.join('a' * count)})")
        assert caught.value.code is code


def test_every_truncation_of_a_rule_is_a_rule_or_refused() -> None:
    text = (
        "it.draws.all(d, size(d.purposes) == 0 || it.purpose in d.purposes) ? [1, -2][0] : 'x\\n'"
    )
    for end in range(len(text)):
        position = 0
        try:
            parse(text[:end])
        except StaticError as error:
            position = error.position
        assert 0 <= position <= end
