r"""Tokens: the characters of an expression, read in one pass before anything else looks at them.

ASCII alone outside of texts. People who write Chinese type full-width digits, brackets and spaces
without seeing it, and an engine that takes them where another does not would split the ledger: they
are refused, and the message names the half-width character. Specification: `docs/spec/rcel-1.md`,
tokens.

    >>> [token.text for token in scan("taken + 1 <= 6")]
    ['taken', '+', '1', '<=', '6', '']
    >>> try:
    ...     scan("\uff13 + 1")
    ... except StaticError as error:
    ...     print(error.code, error.position, error.values["wanted"])
    character 0 3
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.limits import DIGITS_MAX, INT64_MAX, TEXT_MAX

RESERVED: Final = frozenset(
    (
        *("in", "true", "false", "null", "as", "break", "const", "continue", "else", "for"),
        *("function", "if", "import", "let", "loop", "package", "namespace", "return", "var"),
        *("void", "while", "math"),
    )
)
"""Words that are no names: CEL's own, and `math`."""

TAKEN: Final = frozenset(
    (
        *("bool", "int", "uint", "double", "string", "bytes", "list", "map", "type"),
        *("null_type", "dyn", "__result__"),
    )
)
"""What engines of CEL declare themselves: names of fields, never of values."""


class TokenKind(Enum):
    """What a token is to the grammar."""

    NAME = "name"
    WORD = "word"
    INTEGER = "integer"
    STRING = "string"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its text as written, its place, and for an integer or a string its value."""

    kind: TokenKind
    text: str
    at: int
    value: int | str = ""


# Written out: `\d`, `\s` and `\w` would take the digits, spaces and letters of every script.
# Possessive quantifiers give nothing back, so that no text is read twice.
_SPACE: Final = re.compile(r"[ \t\n\f\r]*+")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+")
_DIGITS: Final = re.compile(r"[0-9]++")
_AFTER_DIGITS: Final = re.compile(r"[A-Za-z0-9_.]{1,20}+")
_SIGN: Final = re.compile(r"\|\||&&|[=!<>]=|[-<>+*/%!?:.,()\[\]]")
_PLAIN: Final = {
    # No control character, DEL, surrogate, backslash, or the quotation mark itself.
    '"': re.compile('[^\x00-\x1f\x7f\ud800-\udfff\\\\"]*+'),
    "'": re.compile("[^\x00-\x1f\x7f\ud800-\udfff\\\\']*+"),
}

# Phrases that messages show; `contracts.rcel.sentences` has them in other languages.
A_SPACE: Final = "a space"
NOTHING_HERE: Final = "nothing here"
QUOTED: Final = "a text in quotation marks"
ASCII: Final = "letters A-Z and a-z, digits 0-9, or a text in quotation marks"
CLOSED: Final = "the same quotation mark at its end"
WHOLE_NUMBER: Final = "a whole number of base or minor units, digits alone"
NUMBER_MOST: Final = f"at most {INT64_MAX} (2^63-1)"

# What people type, and the half-width character that is meant.
_MEANT: Final = {
    "\u3000": A_SPACE,
    "\u00a0": A_SPACE,
    "\u200b": NOTHING_HERE,
    "\ufeff": NOTHING_HERE,
    "\u3002": ".",
    "\u3001": ",",
    "\u300c": '"',
    "\u300d": '"',
    "\u300e": '"',
    "\u300f": '"',
    "\u201c": '"',
    "\u201d": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u00d7": "*",
    "\u00f7": "/",
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2266": "<=",
    "\u2267": ">=",
    "\u2260": "!=",
    "=": "==",
    "&": "&&",
    "|": "||",
    "\\": QUOTED,
    "`": "'",
}
_LEFT_OUT: Final = {"{": "maps", "}": "maps"}


def scan(text: str) -> list[Token]:
    """All tokens of `text`, one `END` behind them; raises `StaticError`."""
    if len(text) > TEXT_MAX:
        raise StaticError(StaticCode.TEXT_LENGTH, TEXT_MAX, count=len(text), most=TEXT_MAX)
    tokens = []
    at = _skip(text, 0)
    while at < len(text):
        token = _token(text, at)
        tokens.append(token)
        at = _skip(text, at + len(token.text))
    tokens.append(Token(TokenKind.END, "", at))
    return tokens


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    assert space is not None
    return space.end()


def _token(text: str, at: int) -> Token:
    if match := _NAME.match(text, at):
        kind = TokenKind.WORD if match[0] in RESERVED else TokenKind.NAME
        return Token(kind, match[0], at)
    if match := _DIGITS.match(text, at):
        return _integer(text, match[0], at)
    if text[at] in _PLAIN:
        return _string(text, at)
    if text.startswith("//", at):
        raise StaticError(StaticCode.LEFT_OUT, at, found="//", feature="comments")
    if match := _SIGN.match(text, at):
        return Token(TokenKind.SIGN, match[0], at)
    raise _refused(text[at], at)


def _refused(found: str, at: int) -> StaticError:
    """What to say about a character that stands outside of a text and has no meaning there."""
    if found in _LEFT_OUT:
        return StaticError(StaticCode.LEFT_OUT, at, found=found, feature=_LEFT_OUT[found])
    wanted = _MEANT.get(found)
    if wanted is None and "\uff01" <= found <= "\uff5e":
        # The full-width forms stand in the order of ASCII, 0xfee0 higher.
        wanted = chr(ord(found) - 0xFEE0)
    if wanted is None:
        shown = found if found > " " and not "\ud800" <= found <= "\udfff" else ""
        return StaticError(
            StaticCode.CHARACTER, at, found=shown or f"U+{ord(found):04X}", wanted=ASCII
        )
    return StaticError(StaticCode.CHARACTER, at, found=found, wanted=wanted)


def _integer(text: str, digits: str, at: int) -> Token:
    follows = _AFTER_DIGITS.match(text, at + len(digits))
    if follows:
        found = digits[-20:] + follows[0]
        raise StaticError(StaticCode.NUMBER, at, found=found, wanted=WHOLE_NUMBER)
    if digits[0] == "0" and digits != "0":
        wanted = digits.lstrip("0") or "0"
        raise StaticError(StaticCode.NUMBER, at, found=digits[:20], wanted=wanted[:20])
    # Digits are counted first: how many `int()` takes depends on the interpreter's settings.
    if len(digits) > DIGITS_MAX or int(digits) > INT64_MAX:
        raise StaticError(StaticCode.NUMBER, at, found=digits[:20], wanted=NUMBER_MOST)
    return Token(TokenKind.INTEGER, digits, at, int(digits))


def _string(text: str, start: int) -> Token:
    quote = text[start]
    escapes = {"\\": "\\", "n": "\n", quote: quote}
    pieces = []
    at = start + 1
    while True:
        plain = _PLAIN[quote].match(text, at)
        assert plain is not None
        pieces.append(plain[0])
        at = plain.end()
        if at == len(text):
            raise StaticError(StaticCode.STRING, start, found=quote, wanted=CLOSED)
        if text[at] == quote:
            written = text[start : at + 1]
            return Token(TokenKind.STRING, written, start, "".join(pieces))
        meant = escapes.get(text[at + 1 : at + 2]) if text[at] == "\\" else None
        if meant is None:
            found = text[at : at + 2] if text[at] == "\\" else f"U+{ord(text[at]):04X}"
            wanted = rf"\\ \n \{quote}"
            raise StaticError(StaticCode.STRING, at, found=_shown(found), wanted=wanted)
        pieces.append(meant)
        at += 2


def _shown(text: str) -> str:
    """`text` with every character that cannot be shown as its number."""
    return "".join(
        one if " " <= one < "\x7f" or "\xa0" < one < "\ud800" else f"U+{ord(one):04X}"
        for one in text
    )
