"""Canonical JSON: one value, one spelling, the same bytes in every language.

What is signed or hashed here is JSON in one form only (`docs/spec/canonical-json.md`; on this
subset equal to RFC 8785). Decoders in common use disagree about duplicate keys, large integers,
NaN, lone surrogates, byte order marks and deep nesting: `decode` refuses every input on which they
could, and everything that `encode` would have written differently.

    >>> encode({"quantity": 9500, "item": "米"})
    b'{"item":"\\xe7\\xb1\\xb3","quantity":9500}'
    >>> decode(b'{"quantity": 9500}')
    Traceback (most recent call last):
    ledger.errors.FormatError: canonical JSON at byte 12: white space outside a string
"""

import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias, cast

from ledger.codes import Code
from ledger.errors import FormatError

Value: TypeAlias = int | str | bool | list["Value"] | dict[str, "Value"]
"""A decoded value: no null, no float."""

Encodable: TypeAlias = int | str | bool | Sequence["Encodable"] | Mapping[str, "Encodable"]
"""What `encode` takes: like `Value`, but read-only (lists, tuples and dicts at run time)."""

PAYLOAD_MAX: Final = 32_768
"""Bytes of a statement's payload."""
ENTRY_MAX: Final = 65_535
"""Bytes of an entry: its length in a bundle is a u16."""
INT_MAX: Final = 2**53 - 1
"""Largest absolute value of an integer: the last that JavaScript holds exactly with all below."""
DEPTH_MAX: Final = 16
"""Nesting of arrays and objects; the outermost counts 1."""
KEY_MAX: Final = 64
"""Bytes of an object's key."""

_THING: Final = "canonical JSON"


def _at_most(limit: int) -> bytes:
    """A pattern for the decimals of 1..`limit`, so that the range is checked before any `int()`.

    For 900 it is `[1-9][0-9]{0,1}+|[1-8][0-9]{2}|900`: the shorter numbers; those that begin like
    the limit and are smaller at the next place, place by place; the limit.
    """
    digits = str(limit)
    places = len(digits)
    shapes = [f"[1-9][0-9]{{0,{places - 2}}}+"]
    for place, digit in enumerate(digits):
        least = 1 if place == 0 else 0
        if int(digit) > least:
            smaller = f"[{least}-{int(digit) - 1}]"
            shapes.append(f"{digits[:place]}{smaller}[0-9]{{{places - place - 1}}}")
    return "|".join([*shapes, digits]).encode()


# The tokens of the form, without a blank between them; a key takes its text along, because most
# values are texts. All quantifiers that could give back are possessive (`*+`), so that no input
# makes the match go back and forth. What may stand where is left to the decoder.
_KEY = rb'"[!#-\[\]-~]{1,%d}+":' % KEY_MAX
_STRING = rb'"[^"\\\x00-\x1f\x7f]*+(?:\\["\\n][^"\\\x00-\x1f\x7f]*+)*+"'
_INTEGER = rb"(?:0|-?(?:%s))(?![0-9])" % _at_most(INT_MAX)
_TOKENS = re.compile(
    rb"(?:[{}\[\],]++|%s(?:%s)?+|%s(?!:)|%s|true|false)*+" % (_KEY, _STRING, _STRING, _INTEGER)
)

# Any JSON string, good or not, to the end of the bytes when it is not closed.
_ANY_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))

_encoder = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
)
_decoder = json.JSONDecoder()


def encode(value: Encodable) -> bytes:
    """The one spelling of `value`, in UTF-8.

    Raises `FormatError` when the form cannot hold it: null, a float, an integer beyond 2^53-1, a
    key that is not 1-64 visible ASCII characters, a control character, depth over 16.
    """
    try:
        data = _encoder.encode(value).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        # UnicodeEncodeError is a ValueError: a lone surrogate.
        raise FormatError(_THING, f"value cannot be encoded ({error})") from None
    if _too_deep(data):
        raise FormatError(_THING, f"nested deeper than {DEPTH_MAX}")
    if _TOKENS.fullmatch(data) is None:
        raise _diagnose(data)
    return data


def encode_row(value: Encodable) -> bytes:
    """As `encode`, for a value put together by the law from parts that were decoded or computed.

    What it is made of has passed `decode`, so the bytes are not looked through once more: this is
    done for every row of the state that changes.
    """
    return _encoder.encode(value).encode("utf-8")


def decode(data: bytes, *, size_max: int = PAYLOAD_MAX) -> Value:
    """The value of canonical bytes, at most `size_max` long.

    Raises `FormatError` with the first code that applies: `too_large`; `malformed` (no JSON, or a
    value the form cannot hold); `duplicate_key`; `not_canonical` (spelled in another way).
    """
    # 1. Size.
    if len(data) > size_max:
        raise FormatError(_THING, f"{len(data):,} bytes, at most {size_max:,}", code=Code.TOO_LARGE)
    # 2. One pass over the bytes, before anything recurses or converts: depth, digits, characters.
    if _too_deep(data) or _TOKENS.fullmatch(data) is None:
        raise _diagnose(data)
    # 3. Decode; the pass has left no float, no constant, no null and no integer out of range.
    # 4. Encode again and compare: this catches the order of keys, bytes behind the value, and a
    #    duplicate key as well, because decoding keeps only its last value.
    try:
        value = cast(Value, _decoder.raw_decode(data.decode("utf-8"))[0])
        if _encoder.encode(value).encode("utf-8") == data:
            return value
    except ValueError:
        pass
    raise _diagnose(data)


def decode_object(data: bytes, *, size_max: int = PAYLOAD_MAX) -> dict[str, Value]:
    """As `decode`, and the outermost value is an object."""
    value = decode(data, size_max=size_max)
    if not isinstance(value, dict):
        raise FormatError(_THING, "the outermost value is not an object")
    return value


def parse_object(data: bytes, *, thing: str, size_max: int, depth_max: int) -> dict[str, Value]:
    """The object in JSON bytes that need *not* be canonical: envelopes as others send them.

    White space, order of keys and escapes are free. Refused with `FormatError` are too many bytes,
    depth over `depth_max`, duplicate keys, null, floats, integers out of range, lone surrogates,
    control characters. Where bytes are hashed or signed use `decode`.
    """
    if len(data) > size_max:
        raise FormatError(thing, f"{len(data):,} bytes, at most {size_max:,}", code=Code.TOO_LARGE)
    if _too_deep(data, depth_max):
        raise FormatError(thing, f"nested deeper than {depth_max}")
    value = _parse_checked(data, thing)
    if not isinstance(value, dict):
        raise FormatError(thing, "the outermost value is not an object")
    return value


def _too_deep(data: bytes, depth_max: int = DEPTH_MAX) -> bool:
    """Whether arrays and objects nest deeper than `depth_max` (up to the first error of syntax)."""
    # With few opening brackets in all, strings included, nothing can be deep.
    if data.count(b"{") + data.count(b"[") <= depth_max:
        return False
    depth = 0
    for bracket in _ANY_STRING.sub(b"", data).translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > depth_max:
            return True
    return False


# From here on: finding out what is wrong with bytes that were refused already, or reading
# envelopes. Nothing below makes `decode` accept.


def _diagnose(data: bytes) -> FormatError:
    """The error for bytes that are not canonical, with the first code that applies."""
    if _too_deep(data):
        return FormatError(_THING, f"nested deeper than {DEPTH_MAX}")
    try:
        value = _parse_checked(data, _THING)
    except FormatError as error:
        return error
    expected = _encoder.encode(value).encode("utf-8")
    place = next(
        (at for at, (a, b) in enumerate(zip(data, expected, strict=False)) if a != b),
        min(len(data), len(expected)),
    )
    why = (
        "white space outside a string"
        if data[place : place + 1] in (b" ", b"\t", b"\n", b"\r")
        else f"the canonical form has {expected[place : place + 12]!r} here"
    )
    return FormatError(_THING, why, where=f"byte {place}", code=Code.NOT_CANONICAL)


class _Unfit(ValueError):
    """A value that the form cannot hold."""


class _Duplicate(ValueError):
    """A key that stands twice in one object."""


def _parse_checked(data: bytes, thing: str) -> Value:
    """The value of any JSON, canonical or not, that the form can hold.

    The caller has tested size and depth. Raises `FormatError`: `malformed` before `duplicate_key`.
    """
    try:
        text = data.decode("utf-8")
        try:
            return _parse_text(text, _checked_decoder)
        except _Duplicate as error:
            # Anything malformed elsewhere comes first, in the value that was lost as well.
            _parse_text(text, _values_decoder)
            raise FormatError(
                thing, f"key {error.args[0]!r} stands twice in one object", code=Code.DUPLICATE_KEY
            ) from None
    except UnicodeDecodeError as error:
        raise FormatError(thing, "not UTF-8", where=f"byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise FormatError(thing, error.msg.lower(), where=f"character {error.pos}") from None
    except _Unfit as error:
        raise FormatError(thing, str(error)) from None


def _parse_text(text: str, decoder: json.JSONDecoder) -> Value:
    value = cast(Value, decoder.decode(text))
    # The decoder refuses raw control characters, and UTF-8 holds no surrogates: only an escape
    # can have put one in. DEL it takes. Base64 may spell null, then the walk finds none.
    if "\\" in text or "\x7f" in text or "null" in text:
        _check_values(value)
    return value


_KEY_TEXT: Final = re.compile(rf"[!#-\[\]-~]{{1,{KEY_MAX}}}+")
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _check_values(value: Value | None) -> None:
    """Refuse null, control characters and lone surrogates, anywhere in `value`."""
    if value is None:
        raise _Unfit("null; leave the key out instead")
    if isinstance(value, str):
        if found := _CONTROL.search(value):
            raise _Unfit(f"control character U+{ord(found[0]):04X} in a string")
        if found := _SURROGATE.search(value):
            raise _Unfit(f"lone surrogate U+{ord(found[0]):04X} in a string")
    elif isinstance(value, list):
        for item in value:
            _check_values(item)
    elif isinstance(value, dict):
        for item in value.values():
            _check_values(item)


def _integer(text: str) -> int:
    # Digits are counted first: how many `int()` takes is an environment variable.
    if len(text) > 17 or not -INT_MAX <= int(text) <= INT_MAX:
        raise _Unfit(f"integer {text[:20]} is beyond 2^53-1")
    return int(text)


def _fraction(text: str) -> Value:
    raise _Unfit(f"{text[:20]} is not an integer")


def _check_keys(keys: Iterable[str]) -> None:
    for key in keys:
        if _KEY_TEXT.fullmatch(key) is None:
            raise _Unfit(
                f"key {key[:KEY_MAX]!r} is not 1-{KEY_MAX} visible ASCII characters"
                " other than quotation mark and backslash"
            )


def _object(pairs: list[tuple[str, Value]]) -> Value:
    found = dict(pairs)
    _check_keys(found)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Duplicate(next(key for at, key in enumerate(keys) if key in keys[:at]))
    return found


def _object_values(pairs: list[tuple[str, Value]]) -> Value:
    """All values of an object, those of duplicate keys included."""
    _check_keys(key for key, _ in pairs)
    return [value for _, value in pairs]


_checked_decoder = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_fraction,
)
_values_decoder = json.JSONDecoder(
    object_pairs_hook=_object_values,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_fraction,
)


def b64encode(data: bytes) -> str:
    """Base64 of RFC 4648 section 4, padded, without line breaks."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def b64decode(text: str, *, thing: str) -> bytes:
    """The bytes of `text`, which must be what `b64encode` writes; else `FormatError` in `thing`."""
    try:
        data = binascii.a2b_base64(text)
    except ValueError:  # binascii.Error is one; so is text that is not ASCII
        raise FormatError(thing, "not base64") from None
    if b64encode(data) != text:
        raise FormatError(thing, "base64 that is not canonical (alphabet, padding or unused bits)")
    return data


_HEX: Final = re.compile(r"[0-9a-f]*+")


def is_hex(value: object, size: int) -> bool:
    """Whether `value` is the lower-case hex of `size` bytes."""
    return isinstance(value, str) and len(value) == 2 * size and _HEX.fullmatch(value) is not None


def hex_decode(value: object, size: int, *, thing: str) -> bytes:
    """The `size` bytes of lower-case hex; else `FormatError` in `thing`."""
    if not isinstance(value, str) or not is_hex(value, size):
        raise FormatError(thing, f"not {2 * size} lower-case hex digits")
    return bytes.fromhex(value)
