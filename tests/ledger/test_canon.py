"""Canonical JSON.

Goal: one spelling for every value; every other input is refused with the right code and no other
exception, whatever the interpreter's limits are.
Method: the shared hazards; tables with both sides of each boundary; Hypothesis plays values and
damaged bytes against a second decoder written from `docs/spec/canonical-json.md` and against the
package `rfc8785`.
"""

import contextlib
import doctest
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from ledger import canon
from ledger.canon import (
    DEPTH_MAX,
    INT_MAX,
    PAYLOAD_MAX,
    Value,
    b64decode,
    b64encode,
    decode,
    decode_object,
    encode,
    hex_decode,
    is_hex,
    parse_object,
)
from ledger.codes import Code
from ledger.errors import FormatError

# --- values of the form, for Hypothesis

KEYS = st.text(
    st.sampled_from([chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"\\']),
    min_size=1,
    max_size=64,
)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"])
    | st.sampled_from('\n"\\/\u0080\u2028\ufeff\U0001f35a米'),
    max_size=40,
)
INTEGERS = st.integers(-INT_MAX, INT_MAX) | st.sampled_from(
    [INT_MAX, -INT_MAX, 0, 10**15 - 1, 10**15]
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def hazards(folder: Path, part: str) -> Iterator[tuple[str, bytes, bool]]:
    for case in json.loads((folder / "json_hazards.json").read_text("utf-8"))[part]:
        data = b"".join(bytes.fromhex(text) * times for text, times in case["bytes"])
        yield case["name"], data, case["verdict"] == "accept"


@pytest.mark.parametrize(("part", "count"), [("hazards", 24), ("boundaries", 33), ("accepted", 17)])
def test_shared_hazards_have_their_verdicts(shared_vectors: Path, part: str, count: int) -> None:
    wrong = []
    cases = list(hazards(shared_vectors, part))
    for name, data, accepted in cases:
        try:
            assert encode(decode_object(data)) == data
            verdict = True
        except FormatError:
            verdict = False
        if verdict is not accepted:
            wrong.append(name)
    assert len(cases) == count
    assert not wrong


def test_examples_run() -> None:
    assert doctest.testmod(canon).failed == 0


# --- codes, in the order of checks

MALFORMED, DUPLICATE, CANONICAL, LARGE = (
    Code.MALFORMED,
    Code.DUPLICATE_KEY,
    Code.NOT_CANONICAL,
    Code.TOO_LARGE,
)


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", MALFORMED, "expecting value"),
        (b"{", MALFORMED, "expecting property name"),
        (b'{"a":1', MALFORMED, "delimiter"),
        (b'{"a":1}x', MALFORMED, "extra data"),
        (b"\xef\xbb\xbf{}", MALFORMED, "expecting value"),
        (b'{"a":"\xff"}', MALFORMED, "not UTF-8"),
        (b'{"a":null}', MALFORMED, "null"),
        (b'[[null]]', MALFORMED, "null"),
        (b'{"a":1.0}', MALFORMED, "1.0 is not an integer"),
        (b'{"a":NaN}', MALFORMED, "NaN"),
        (b'[-Infinity]', MALFORMED, "-Infinity"),
        (b'{"a":9007199254740992}', MALFORMED, "beyond"),
        (b'["\\ud800"]', MALFORMED, "surrogate U+D800"),
        (b'["\\u0000"]', MALFORMED, "U+0000"),
        (b'["\\t"]', MALFORMED, "U+0009"),
        (b'["\x7f"]', MALFORMED, "U+007F"),
        (b'["\\u007f"]', MALFORMED, "U+007F"),
        (b'{"":1}', MALFORMED, "key ''"),
        (b'{"a b":1}', MALFORMED, "key 'a b'"),
        (b'{"a\\"b":1}', MALFORMED, "key"),
        (b'{"a\\\\b":1}', MALFORMED, "key"),
        (b'{"\\u0061":1,"a":2}', DUPLICATE, "'a' stands twice"),
        (b'{"b":{"a":1,"a":1}}', DUPLICATE, "'a' stands twice"),
        (b'[{"a":[],"a":[]}]', DUPLICATE, "'a' stands twice"),
        # malformed comes first, even in a value that the duplicate hides
        (b'{"a":null,"a":1}', MALFORMED, "null"),
        (b'{"a":1,"a":1,"b":1.5}', MALFORMED, "1.5"),
        (b'{"a":1,"a":1', MALFORMED, "delimiter"),
        # and a duplicate before spelling
        (b'{"b":1, "b":1}', DUPLICATE, "'b' stands twice"),
        (b'{"a": 1}', CANONICAL, "white space"),
        (b' {}', CANONICAL, "white space"),
        (b'{}\n', CANONICAL, "white space"),
        (b'{"b":1,"a":2}', CANONICAL, "byte 2"),
        (b'["\\u0041"]', CANONICAL, "byte 2"),
        (b'["\\/"]', CANONICAL, "byte 2"),
        (b'["\\u000a"]', CANONICAL, "byte 3"),
        (b'["\\ud83c\\udf5a"]', CANONICAL, "byte 2"),
        (b'[-0]', CANONICAL, "byte 1"),
    ],
)  # fmt: skip
def test_codes(data: bytes, code: Code, says: str) -> None:
    with pytest.raises(FormatError, match=re.escape(says)) as caught:
        decode(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("smaller", "larger", "code"),
    [
        (b"[%d]" % INT_MAX, b"[%d]" % (INT_MAX + 1), MALFORMED),
        (b"[%d]" % -INT_MAX, b"[%d]" % (-INT_MAX - 1), MALFORMED),
        (b"[" * DEPTH_MAX + b"]" * DEPTH_MAX, b"[" * 17 + b"]" * 17, MALFORMED),
        (b'{"a":' * 15 + b"{}" + b"}" * 15, b'{"a":' * 16 + b"{}" + b"}" * 16, MALFORMED),
        (b'{"%b":1}' % (b"k" * 64), b'{"%b":1}' % (b"k" * 65), MALFORMED),
        (b'["%b"]' % (b"x" * (PAYLOAD_MAX - 4)), b'["%b"]' % (b"x" * (PAYLOAD_MAX - 3)), LARGE),
        (b'["\x20"]', b'["\x1f"]', MALFORMED),
        (b'["~"]', b'["\x7f"]', MALFORMED),
        (b'{"!":1}', b'{" ":1}', MALFORMED),
        (b'{"~":1}', b'{"\x7f":1}', MALFORMED),
        ('["\ud7ff"]'.encode(), b'["\xed\xa0\x80"]', MALFORMED),  # U+D800 in UTF-8
    ],
)
def test_boundaries(smaller: bytes, larger: bytes, code: Code) -> None:
    assert encode(decode(smaller)) == smaller
    with pytest.raises(FormatError) as caught:
        decode(larger)
    assert caught.value.code == code


def test_depth_counts_brackets_outside_strings_only() -> None:
    data = encode({"a": "[{" * 40, "b": [{"c": ["}]" * 40, '"[{\\']}] * 30})
    assert encode(decode(data)) == data


def test_size_max_is_the_callers() -> None:
    assert decode(b"[1]", size_max=3) == [1]
    with pytest.raises(FormatError) as caught:
        decode(b"[1]", size_max=2)
    assert caught.value.code == LARGE


def test_object_is_wanted() -> None:
    assert decode_object(b"{}") == {}
    for data in (b"[]", b'"a"', b"1", b"true"):
        assert encode(decode(data)) == data
        with pytest.raises(FormatError, match="not an object"):
            decode_object(data)


@pytest.mark.parametrize("digits", [0, 640, 4300])
def test_nothing_depends_on_the_limits_of_the_interpreter(digits: int) -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(digits)
    try:
        for data in (
            b"[" * 4000,
            b"[" * 4000 + b"]" * 4000,
            b'{"a":' * 4000,
            b"[%b]" % (b"9" * 6000),
        ):
            with pytest.raises(FormatError) as caught:
                decode(data)
            assert caught.value.code == MALFORMED
    finally:
        sys.set_int_max_str_digits(before)


HOSTILE = [
    b'"' + b'\\"' * 16_383,
    b'"\\' * 16_384,
    b'["' + b"\\\\" * 16_380 + b'"]',
    b'["' + b"a" * 32_760,
    b"1" * 32_768,
    b"[]" * 16_384,
    b'{"a":' * 6_553,
    b'""' * 16_384,
    b'"a":' * 8_192,
    b"\\" * 32_768,
    b"-" * 32_768,
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_long_hostile_input_is_read_in_one_pass(data: bytes) -> None:
    # Quadratic work on any of these would take minutes: the run's time limit is the judge.
    with contextlib.suppress(FormatError):
        assert encode(decode(data)) == data


# --- the second decoder: the page's steps, written plainly


def plain_decode(data: bytes) -> object:
    """Steps 1-6 of the page; raises ValueError. Slow, and nothing of ours in it."""
    if len(data) > PAYLOAD_MAX:
        raise ValueError("size")
    depth, quoted, escaped = 0, False, False
    for char in data:
        if quoted:
            quoted, escaped = escaped or char != 0x22, not escaped and char == 0x5C
        elif char == 0x22:
            quoted = True
        elif char in b"[{":
            depth += 1
            if depth > 16:
                raise ValueError("depth")
        elif char in b"]}":
            depth -= 1

    def no(*_: object) -> object:
        raise ValueError

    def number(text: str) -> int:
        if len(text.lstrip("-")) > 16 or abs(int(text)) > 2**53 - 1:
            raise ValueError("integer")
        return int(text)

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        for key, _ in items:
            if not 1 <= len(key) <= 64 or any(not "!" <= c <= "~" or c in '"\\' for c in key):
                raise ValueError("key")
        if len(dict(items)) < len(items):
            raise ValueError("duplicate")
        return dict(items)

    def walk(value: object) -> None:
        if value is None:
            raise ValueError("null")
        if isinstance(value, str) and any((c < " " and c != "\n") or c == "\x7f" for c in value):
            raise ValueError("control")
        for inner in (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        ):
            walk(inner)

    value = json.loads(
        data.decode("utf-8"), object_pairs_hook=pairs, parse_int=number, parse_float=no, parse_constant=no
    )  # fmt: skip
    walk(value)
    if (
        json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        != data
    ):
        raise ValueError("spelling")
    return value


def agree(data: bytes) -> None:
    try:
        expected = plain_decode(data)
    except ValueError:
        with pytest.raises(FormatError):
            decode(data)
    else:
        assert decode(data) == expected


@given(VALUES)
def test_every_value_comes_back_and_equals_rfc_8785(value: Value) -> None:
    data = encode(value)
    assert decode(data) == value
    assert data == rfc8785.dumps(value)
    agree(data)


@given(VALUES, st.data())
def test_damaged_bytes_are_judged_alike_by_a_second_decoder(
    value: Value, draw: st.DataObject
) -> None:
    data = bytearray(encode(value))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(data)))
        new = draw.draw(
            st.sampled_from(list(rb'"\{}[]:,0123456789-+.eEtrufalsn /' + b"\n\t\x00\x7f\x80\xff"))
        )
        match draw.draw(st.sampled_from(["put", "set", "cut", "twice"])):
            case "put":
                data.insert(at, new)
            case "set" if data:
                data[at % len(data)] = new
            case "cut" if data:
                del data[at % len(data) : at % len(data) + draw.draw(st.integers(1, 4))]
            case _:
                data[at:at] = data[max(0, at - 6) : at]
    agree(bytes(data))


@given(st.binary(max_size=60))
@example(b"\x00" * 5)
@example('{"a":1}'.encode("utf-16"))
def test_any_bytes_give_a_value_or_a_format_error(data: bytes) -> None:
    agree(data)


@given(VALUES)
def test_loose_reading_takes_every_spelling(value: Value) -> None:
    wanted: dict[str, Value] = {"k": value}
    for options in ({"indent": 1}, {"ensure_ascii": False}, {"separators": (" , ", " : ")}):
        data = json.dumps(wanted, **options).encode()
        assert parse_object(data, thing="x", size_max=1 << 20, depth_max=20) == wanted


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[]", MALFORMED),
        (b'{"a":[[]]}', MALFORMED),  # depth 3, at most 2
        (b'{"a":null}', MALFORMED),
        (b'{"a":[null]}', MALFORMED),
        (b'{"a":1e3}', MALFORMED),
        (b'{"a":"\\ud800"}', MALFORMED),
        (b'{"a":"\\u0001"}', MALFORMED),
        (b'{"a":"\x7f"}', MALFORMED),
        (b'{"a":"\x00"}', MALFORMED),
        (b'{"a":"\xff"}', MALFORMED),
        (b'{"a":12345678901234567}', MALFORMED),
        (b'{"a":1,"a":1}', DUPLICATE),
        (b'{"a":1,"\\u0061":1}', DUPLICATE),
        (b'{"a":"' + b"x" * 100 + b'"}', LARGE),
    ],
)
def test_loose_reading_refuses(data: bytes, code: Code) -> None:
    with pytest.raises(FormatError) as caught:
        parse_object(data, thing="x", size_max=100, depth_max=2)
    assert caught.value.code == code


# --- encoding


@pytest.mark.parametrize(
    "value",
    [
        None, 1.0, float("nan"), b"a", [None], {"a": None}, INT_MAX + 1, -INT_MAX - 1,
        {"": 1}, {"a b": 1}, {"k" * 65: 1}, {'a"': 1}, {"é": 1}, "\ud800", "\x00", "\t", "\x7f",
        [[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]], {1: 2, "a": 3}, object(),
    ],
)  # fmt: skip
def test_what_the_form_cannot_hold_is_not_encoded(value: object) -> None:
    with pytest.raises(FormatError):
        encode(value)  # type: ignore[arg-type]


def test_an_integer_too_long_to_print_is_not_encoded() -> None:
    with pytest.raises(FormatError):
        encode(10**5000)


def test_a_value_that_holds_itself_is_not_encoded() -> None:
    circle: list[Value] = []
    circle.append(circle)
    with pytest.raises(FormatError):
        encode(circle)


def test_tuples_and_codes_are_encoded_as_what_they_are() -> None:
    assert encode({"code": Code.OK, "pair": (1, "a")}) == b'{"code":"ok","pair":[1,"a"]}'


@pytest.mark.parametrize("limit", [100, 900, 901, 999, 1024, 9_007_199_254_740_991])
def test_pattern_of_a_range(limit: int) -> None:
    pattern = re.compile(canon._at_most(limit))
    below = {1, 9, 10, limit // 2, *range(max(1, limit - 1100), limit + 1)}
    above = {0, *range(limit + 1, limit + 1100), limit * 10, limit * 10 + 9}
    assert all(pattern.fullmatch(str(number).encode()) for number in below)
    assert not any(pattern.fullmatch(str(number).encode()) for number in above)
    assert not pattern.fullmatch(b"01")


# --- base64 and hex


@given(st.binary(max_size=100))
def test_base64_and_hex_come_back(data: bytes) -> None:
    assert b64decode(b64encode(data), thing="x") == data
    assert hex_decode(data.hex(), len(data), thing="x") == data


@pytest.mark.parametrize(
    "text",
    ["A", "AA", "AAA", "AA=", "AB==", "AAB=", "AA==\n", " AA==", "AA==AA==", "A-A=", "A_A=", "AA==x", "é===", "=", "===="],
)  # fmt: skip
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(FormatError, match="x: "):
        b64decode(text, thing="x")


@pytest.mark.parametrize(
    "value", ["", "0", "0A", "0g", "00 ", "000", "0x", "\u0660\u0660", 0, None, "00\n"]
)
def test_hex_has_one_spelling(value: object) -> None:
    assert is_hex("0a", 1)
    assert not is_hex(value, 1)
    with pytest.raises(FormatError):
        hex_decode(value, 1, thing="x")
