r"""Characters of an expression: ASCII alone, texts with three escapes, digits counted beforehand.

Goal: what looks like an expression to one engine and not to another is refused by ours, and people
are told which character to type.
Method: tables of texts with the tokens, or the code, the place and the advice.
"""

import pytest

from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.limits import INT64_MAX, TEXT_MAX
from contracts.rcel.tokens import RESERVED, TokenKind, scan

Q = "'"


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind.value, token.text) for token in scan(text)][:-1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("a_1", [("name", "a_1")]),
        ("_", [("name", "_")]),
        ("in", [("word", "in")]),
        ("inside", [("name", "inside")]),
        ("0", [("integer", "0")]),
        ("10-3", [("integer", "10"), ("sign", "-"), ("integer", "3")]),
        ("a<=b", [("name", "a"), ("sign", "<="), ("name", "b")]),
        ("!=!", [("sign", "!="), ("sign", "!")]),
        ("a\t\n\f\r b", [("name", "a"), ("name", "b")]),
        ("||&&", [("sign", "||"), ("sign", "&&")]),
        ("[a].b(c)?d:e", [("sign", "["), ("name", "a"), ("sign", "]"), ("sign", "."), ("name", "b"),
                          ("sign", "("), ("name", "c"), ("sign", ")"), ("sign", "?"), ("name", "d"),
                          ("sign", ":"), ("name", "e")]),
    ],
)  # fmt: skip
def test_tokens(text: str, wanted: list[tuple[str, str]]) -> None:
    assert kinds(text) == wanted


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'花蓮'", "花蓮"),
        ('"it\'s"', "it's"),
        (r"'it\'s'", "it's"),
        (r'"a\\b\nc\""', 'a\\b\nc"'),
        ("''", ""),
        ("'\uff13\u3000\uff08\uff09'", "\uff13\u3000\uff08\uff09"),
        (str(INT64_MAX), INT64_MAX),
    ],
)
def test_values(text: str, value: object) -> None:
    (token, end) = scan(text)
    assert token.value == value
    assert end.kind is TokenKind.END


def refused(text: str) -> StaticError:
    with pytest.raises(StaticError) as caught:
        scan(text)
    return caught.value


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        *((chr(code + 0xFEE0), chr(code)) for code in range(ord("!"), ord("~") + 1)),
        ("\u3000", "a space"),
        ("\u00a0", "a space"),
        ("\u200b", "nothing here"),
        ("\ufeff", "nothing here"),
        ("\u3002", "."),
        ("\u3001", ","),
        ("\u300c", '"'),
        ("\u300f", '"'),
        ("\u201c", '"'),
        ("\u2019", "'"),
        ("\u00d7", "*"),
        ("\u00f7", "/"),
        ("\u2212", "-"),
        ("\u2264", "<="),
        ("\u2265", ">="),
        ("\u2260", "!="),
    ],
)
def test_a_full_width_character_is_named(found: str, wanted: str) -> None:
    error = refused(f"a {found} b")
    assert (error.code, error.position) == (StaticCode.CHARACTER, 2)
    assert error.values == {"found": found, "wanted": wanted}


@pytest.mark.parametrize(
    "text",
    # Digits, letters and spaces of other scripts, which patterns of Python take without asking.
    ["\uff11", "a\uff11", "\u0663", "\u0967", "\u00b2", "\u2167", "\u00e9", "\u0430", "米", "a\u2003b", "a\u0085b", "a\x1cb", "a\x0bb",
     "a\x00b", "\x7f", "\ud800", "#", "@", "$", "~", "^", ";", "\\"],
)  # fmt: skip
def test_only_ascii_outside_of_texts(text: str) -> None:
    assert refused(text).code is StaticCode.CHARACTER


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("a = 1", StaticCode.CHARACTER, 2),
        ("a & b", StaticCode.CHARACTER, 2),
        ("a | b", StaticCode.CHARACTER, 2),
        ("{}", StaticCode.LEFT_OUT, 0),
        ("1 // 2", StaticCode.LEFT_OUT, 2),
        ("01", StaticCode.NUMBER, 0),
        ("00", StaticCode.NUMBER, 0),
        ("a + 1u", StaticCode.NUMBER, 4),
        ("0x1F", StaticCode.NUMBER, 0),
        ("1.5", StaticCode.NUMBER, 0),
        ("1.", StaticCode.NUMBER, 0),
        ("1e3", StaticCode.NUMBER, 0),
        ("1_000", StaticCode.NUMBER, 0),
        (str(INT64_MAX + 1), StaticCode.NUMBER, 0),
        ("9" * 1_999, StaticCode.NUMBER, 0),
        ("'abc", StaticCode.STRING, 0),
        ("'", StaticCode.STRING, 0),
        ("'a\\", StaticCode.STRING, 2),
        ("'a\\t'", StaticCode.STRING, 2),
        ("'a\\\"'", StaticCode.STRING, 2),
        ('"a\\\'"', StaticCode.STRING, 2),
        ("'\\u0041'", StaticCode.STRING, 1),
        ("'a\nb'", StaticCode.STRING, 2),
        ("'a\x00'", StaticCode.STRING, 2),
        ("'a\x7f'", StaticCode.STRING, 2),
        ("'a\udc00'", StaticCode.STRING, 2),
    ],
)
def test_refused(text: str, code: StaticCode, position: int) -> None:
    error = refused(text)
    assert (error.code, error.position) == (code, position)


@pytest.mark.parametrize(
    ("text", "found", "wanted"),
    [
        ("'a\\t'", "\\t", "\\\\ \\n \\'"),
        ('"a\\q"', "\\q", '\\\\ \\n \\"'),
        ("'a\\\x01'", "\\U+0001", "\\\\ \\n \\'"),
        ("'a\n'", "U+000A", "\\\\ \\n \\'"),
        ("'a", "'", "the same quotation mark at its end"),
        ("1.5", "1.5", "a whole number of base or minor units, digits alone"),
        ("007", "007", "7"),
        ("\x01", "U+0001", "letters A-Z and a-z, digits 0-9, or a text in quotation marks"),
    ],
)
def test_what_may_be_written_is_told(text: str, found: str, wanted: str) -> None:
    assert refused(text).values == {"found": found, "wanted": wanted}


def test_length() -> None:
    assert len(scan("a" * TEXT_MAX)) == 2
    assert refused("a" * (TEXT_MAX + 1)).code is StaticCode.TEXT_LENGTH


def test_reserved_words_are_cels_and_math() -> None:
    assert len(RESERVED) == 22
    assert all(kinds(word) == [("word", word)] for word in sorted(RESERVED))
