"""The grammar of rcel/1: tokens become a tree, or the place where they stop making sense.

One method a rule of `docs/spec/rcel-1.md`, in its order. It descends only through brackets, calls
and ternaries, of which twelve may nest: how deep Python's own stack gets is known beforehand. The
tree is measured without recursion before anything walks down it.

    >>> tree = parse("a + b * 2")
    >>> tree.operator, tree.right.operator
    ('+', '*')
"""

from collections.abc import Callable
from typing import Final

from contracts.rcel.errors import StaticCode, StaticError
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
from contracts.rcel.tokens import Token, TokenKind, scan

FUNCTIONS: Final = {
    "size": 1,
    "mulDivFloor": 3,
    "mulDivCeil": 3,
    "mulDivHalfUp": 3,
}
"""Functions that stand alone, with the number of their arguments."""
MATH: Final = {"least": 2, "greatest": 2}
"""Functions behind `math.`"""
METHODS: Final = {"startsWith": 1, "sum": 0, "distinct": 0}
"""Functions behind a text or list and a dot, which is not counted."""
MACROS: Final = ("all", "exists", "exists_one", "filter", "map")
"""Functions behind a list and a dot that take a new name and an expression."""

LEFT_OUT: Final = {
    # CEL's functions that rcel/1 has not, and what they belong to.
    **dict.fromkeys(("int", "uint", "double", "string", "bytes", "bool"), "conversion"),
    **dict.fromkeys(("dyn", "type"), "types as values"),
    **dict.fromkeys(("timestamp", "duration"), "time types"),
    **dict.fromkeys(("matches",), "regular expressions"),
    **dict.fromkeys(("contains", "endsWith", "format", "join", "replace"), "text functions"),
}  # fmt: skip
# Phrases that messages show; `contracts.rcel.sentences` has them in other languages.
OPERATOR: Final = "an operator, or the end"
BRACKETS: Final = "brackets around a choice between ? and :"
MEMBER: Final = "the name of a field or function"
VARIABLE: Final = "a new name for the element"
OPERAND: Final = "a value, a name or an opening bracket"
LEAST: Final = "least or greatest"
A_NAME: Final = "a name"
A_FIELD: Final = "a field, as has(x.f)"

_AND: Final = {"and": "&&", "or": "||", "not": "!"}

_SUM: Final = ("+", "-")
_PRODUCT: Final = ("*", "/", "%")
_RELATIONS: Final = ("==", "!=", "<", "<=", ">", ">=", "in")


def parse(text: str) -> Node:
    """The tree of `text`, within all limits; raises `StaticError`."""
    tree = _Parser(scan(text)).whole()
    for count, (node, level) in enumerate(walk(tree), 1):
        if level > HEIGHT_MAX:
            raise StaticError(StaticCode.HEIGHT, node.at, most=HEIGHT_MAX)
        if count > NODES_MAX:
            raise StaticError(StaticCode.NODES, node.at, most=NODES_MAX)
    return tree


class _Parser:
    """A place in the tokens, and how deep the brackets around it are."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        """`expression` and nothing behind it."""
        node = self._expression()
        if self._peek().kind is not TokenKind.END:
            raise self._unexpected(OPERATOR)
        return node

    # ---- rules, as the page has them -------------------------------------------------------------

    def _expression(self) -> Node:
        condition = self._or()
        mark = self._take("?")
        if mark is None:
            return condition
        self._open(mark)
        yes = self._or()
        if self._peek().text == "?" and self._peek().kind is TokenKind.SIGN:
            raise self._unexpected(BRACKETS)
        self._expect(":")
        no = self._expression()
        self._depth -= 1
        return Ternary(condition, yes, no, mark.at)

    def _or(self) -> Node:
        return self._chain(("||",), self._and)

    def _and(self) -> Node:
        return self._chain(("&&",), self._relation)

    def _relation(self) -> Node:
        left = self._sum()
        sign = self._take(*_RELATIONS)
        if sign is None:
            return left
        right = self._sum()
        if again := self._take(*_RELATIONS):
            raise StaticError(
                StaticCode.LEFT_OUT, again.at, found=again.text, feature="chained comparison"
            )
        return Binary(sign.text, left, right, sign.at)

    def _sum(self) -> Node:
        return self._chain(_SUM, self._product)

    def _product(self) -> Node:
        return self._chain(_PRODUCT, self._unary)

    def _unary(self) -> Node:
        sign = self._take("!", "-")
        if sign is None:
            return self._member()
        if again := self._take("!", "-"):
            raise StaticError(
                StaticCode.LEFT_OUT,
                again.at,
                found=sign.text + again.text,
                feature="two signs before one value",
            )
        return Unary(sign.text, self._member(), sign.at)

    def _member(self) -> Node:
        node = self._primary()
        for _ in range(MEMBER_CHAIN_MAX):
            if dot := self._take("."):
                node = self._behind_dot(node, dot)
            elif bracket := self._take("["):
                self._open(bracket)
                node = Index(node, self._expression(), bracket.at)
                self._close("]")
            else:
                return node
        if more := self._take(".", "["):
            raise StaticError(StaticCode.CHAIN, more.at, found=more.text, most=MEMBER_CHAIN_MAX)
        return node

    def _behind_dot(self, operand: Node, dot: Token) -> Node:
        name = self._name(MEMBER)
        bracket = self._take("(")
        if bracket is None:
            return Select(operand, name.text, name.at)
        if name.text in MACROS:
            return self._macro(operand, name, bracket)
        given = self._arguments(bracket, ")", ARGUMENTS_MAX, StaticCode.ARGUMENTS)
        if name.text not in METHODS:
            raise self._unknown_function(name, f".{name.text}")
        self._count(name, given, METHODS[name.text])
        return Call(name.text, (operand, *given), name.at)

    def _macro(self, operand: Node, name: Token, bracket: Token) -> Node:
        self._open(bracket)
        variable = self._name(VARIABLE)
        self._expect(",")
        body = self._expression()
        self._close(")")
        return Macro(name.text, operand, Name(variable.text, variable.at), body, name.at)

    def _primary(self) -> Node:
        token = self._peek()
        if token.kind in (TokenKind.INTEGER, TokenKind.STRING):
            self._next += 1
            return Literal(token.value, token.at)
        if token.kind is TokenKind.WORD:
            return self._word(token)
        if token.kind is TokenKind.NAME:
            return self._name_or_call()
        if bracket := self._take("("):
            self._open(bracket)
            node = self._expression()
            self._close(")")
            return node
        if bracket := self._take("["):
            items = self._arguments(bracket, "]", ELEMENTS_MAX, StaticCode.ELEMENTS)
            return ListOf(items, bracket.at)
        raise self._unexpected(OPERAND)

    def _word(self, token: Token) -> Node:
        """`true`, `false`, `math.least`; every other reserved word is none of the language."""
        self._next += 1
        if token.text in ("true", "false"):
            return Literal(token.text == "true", token.at)
        if token.text == "math":
            self._expect(".")
            name = self._name(LEAST)
            bracket = self._expect("(")
            given = self._arguments(bracket, ")", ARGUMENTS_MAX, StaticCode.ARGUMENTS)
            if name.text not in MATH:
                raise self._unknown_function(name, f"math.{name.text}")
            self._count(name, given, MATH[name.text])
            return Call(f"math.{name.text}", given, token.at)
        if token.text == "null":
            raise StaticError(StaticCode.LEFT_OUT, token.at, found="null", feature="null")
        raise StaticError(StaticCode.RESERVED, token.at, found=token.text)

    def _name_or_call(self) -> Node:
        name = self._name(A_NAME)
        bracket = self._take("(")
        if bracket is None:
            return Name(name.text, name.at)
        if name.text == "has":
            return self._has(name, bracket)
        given = self._arguments(bracket, ")", ARGUMENTS_MAX, StaticCode.ARGUMENTS)
        if name.text not in FUNCTIONS:
            raise self._unknown_function(name, name.text)
        self._count(name, given, FUNCTIONS[name.text])
        return Call(name.text, given, name.at)

    def _has(self, name: Token, bracket: Token) -> Node:
        given = self._arguments(bracket, ")", ARGUMENTS_MAX, StaticCode.ARGUMENTS)
        self._count(name, given, 1)
        field = given[0]
        if not isinstance(field, Select):
            raise StaticError(StaticCode.SYNTAX, field.at, found="has", wanted=A_FIELD)
        return Has(field, name.at)

    def _arguments(
        self, bracket: Token, closing: str, most: int, code: StaticCode
    ) -> tuple[Node, ...]:
        """Expressions with commas between them, up to and with the closing bracket."""
        self._open(bracket)
        found: list[Node] = []
        if self._peek().text != closing or self._peek().kind is not TokenKind.SIGN:
            found.append(self._expression())
            while comma := self._take(","):
                if len(found) == most:
                    raise StaticError(code, comma.at, most=most)
                found.append(self._expression())
        self._close(closing)
        return tuple(found)

    # ---- tokens ----------------------------------------------------------------------------------

    def _chain(self, signs: tuple[str, ...], operand: Callable[[], Node]) -> Node:
        """Operands with signs of one level between them, from the left."""
        node = operand()
        length = 0
        while sign := self._take(*signs):
            length += 1
            if length > CHAIN_MAX:
                raise StaticError(StaticCode.CHAIN, sign.at, found=sign.text, most=CHAIN_MAX)
            node = Binary(sign.text, node, operand(), sign.at)
        return node

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self, *texts: str) -> Token | None:
        """The next token, if it is one of these signs (or the word `in`)."""
        token = self._tokens[self._next]
        if token.text in texts and token.kind in (TokenKind.SIGN, TokenKind.WORD):
            self._next += 1
            return token
        return None

    def _expect(self, text: str) -> Token:
        token = self._take(text)
        if token is None:
            raise self._unexpected(text)
        return token

    def _name(self, wanted: str) -> Token:
        token = self._peek()
        if token.kind is TokenKind.WORD:
            raise StaticError(StaticCode.RESERVED, token.at, found=token.text)
        if token.kind is not TokenKind.NAME:
            raise self._unexpected(wanted)
        self._next += 1
        return token

    def _open(self, token: Token) -> None:
        self._depth += 1
        if self._depth > NESTING_MAX:
            raise StaticError(StaticCode.NESTING, token.at, most=NESTING_MAX)

    def _close(self, text: str) -> None:
        self._expect(text)
        self._depth -= 1

    # ---- refusals --------------------------------------------------------------------------------

    def _unexpected(self, wanted: str) -> StaticError:
        token = self._peek()
        if token.kind is TokenKind.NAME and token.text in _AND:
            wanted = _AND[token.text]
        return StaticError(StaticCode.SYNTAX, token.at, found=token.text[:40], wanted=wanted)

    def _count(self, name: Token, given: tuple[Node, ...], wanted: int) -> None:
        if len(given) != wanted:
            raise StaticError(
                StaticCode.ARGUMENT_COUNT,
                name.at,
                found=name.text,
                count=len(given),
                wanted=wanted,
            )

    def _unknown_function(self, name: Token, written: str) -> StaticError:
        if feature := LEFT_OUT.get(name.text):
            return StaticError(StaticCode.LEFT_OUT, name.at, found=written, feature=feature)
        wanted = ", ".join(
            [
                "has",
                *FUNCTIONS,
                *(f"math.{one}" for one in MATH),
                *(f".{one}" for one in (*METHODS, *MACROS)),
            ]
        )
        return StaticError(StaticCode.UNKNOWN_FUNCTION, name.at, found=written, wanted=wanted)
