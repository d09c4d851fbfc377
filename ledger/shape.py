"""The form of a statement's body: frozen dataclasses whose annotations are the schema.

A body is an object with exactly the fields of its dataclass: a field that may be absent is
`X | None` and defaults to `None`; there is no JSON `null`. Parsing is strict in both directions,
so that nobody signs what nobody reads:

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, slots=True)
    ... class Gift:
    ...     line: Slug
    ...     amount: Moved
    >>> parse(Gift, {"amount": 500, "line": "flood"})
    (Gift(line='flood', amount=500), None)
    >>> parse(Gift, {"amount": 0, "line": "flood"})[1].code
    <Code.OUT_OF_RANGE: 'out_of_range'>

A wrong form raises `Refused(malformed)`. A number outside its range is a *later* check in the
order of checks (`docs/spec/statement.md`), so the first one is returned beside the body.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from ledger.canon import INT_MAX, Value
from ledger.codes import Code
from ledger.errors import Refusal, Refused

QUANTITY_MAX = 10**12
"""The most that one number of a statement may move or count, in base or minor units."""


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """An integer in [low, high]; outside it: `out_of_range`."""

    low: int
    high: int
    zero: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Pattern:
    """A text that matches `expression` whole (ASCII classes only) and has at most `size` bytes."""

    expression: str
    size: int
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Length:
    """A list of `low` to `high` elements."""

    low: int
    high: int


@dataclasses.dataclass(frozen=True, slots=True)
class PlainText:
    """A public text in any script, 1 to `size` bytes of UTF-8."""

    size: int


@dataclasses.dataclass(frozen=True, slots=True)
class Read:
    """A part with a reader of its own: (value, where, ranges) -> typed value; see `read`."""

    reader: Callable[[Value, str, list[Refusal]], Any]


Moved = Annotated[int, Range(1, QUANTITY_MAX)]
"""What moves: base units of goods or minor units of money, 1..10^12."""
Counted = Annotated[int, Range(0, QUANTITY_MAX)]
"""What is counted or part of a sum, 0..10^12."""
Delta = Annotated[int, Range(-QUANTITY_MAX, QUANTITY_MAX, zero=False)]
"""A difference, up to 10^12 either way and never 0."""
Seconds = Annotated[int, Range(0, INT_MAX)]
"""Seconds since 1970-01-01T00:00:00Z, leap seconds not counted."""
Number = Annotated[int, Range(0, INT_MAX)]
"""A plain number that moves nothing."""

Slug = Annotated[str, Pattern("[a-z0-9][a-z0-9-]{0,47}", 48, "name in a-z, 0-9 and -")]
"""An id in the catalogue, or a role, purpose, cycle or reason code."""
ActorId = Annotated[
    str, Pattern("[a-z0-9][a-z0-9-]{0,47}/[a-z0-9][a-z0-9-]{0,47}", 97, "organisation/actor")
]
LineId = Annotated[
    str, Pattern("[a-z0-9][a-z0-9-]{0,47}[.][a-z0-9][a-z0-9-]{0,47}", 97, "fund.line")
]
"""A fund line: `{fund}.{line}`, both from the catalogue."""
Hash = Annotated[str, Pattern("[0-9a-f]{64}", 64, "32 bytes in lower-case hex")]
"""A SHA-256 value, statement id, key id, salted tag or public key."""
Evidence = Annotated[tuple[Hash, ...], Length(1, 16)]
"""Salted hashes of documents and photos, which stay with their holders."""
HouseholdTag = Annotated[str, Pattern("[0-9a-f]{32}", 32, "16 random bytes in lower-case hex")]
LotId = Annotated[
    str, Pattern("[0-9a-f]{64}/[rb]?(0|[1-9][0-9]{0,5})", 72, "lot id {statement id}/{n}")
]
Currency = Annotated[str, Pattern("[A-Z]{3}", 3, "currency of ISO 4217")]
Plain = Annotated[str, PlainText(200)]
"""A public text about a thing or an organisation, never about a person."""


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """A public name in the three languages, all of them."""

    en: Plain
    zh_hans: Plain
    zh_hant: Plain


T = TypeVar("T")
_Parser = Callable[[Value, str, list[Refusal]], Any]
_PARSERS: dict[Any, _Parser] = {}


def parse(body: type[T], value: Value, where: str = "body") -> tuple[T, Refusal | None]:
    """The typed body, and the first number that is out of its range, if any.

    Raises `Refused(malformed)` for a missing, unknown or wrongly typed field.
    """
    ranges: list[Refusal] = []
    found: T = read(body, value, where, ranges)
    return found, (ranges[0] if ranges else None)


def read(hint: Any, value: Value, where: str, ranges: list[Refusal]) -> Any:
    """A part of a body as `hint` says; numbers out of their range are added to `ranges`."""
    parser = _PARSERS.get(hint) or _PARSERS.setdefault(hint, _parser(hint))
    return parser(value, where, ranges)


def fields_of(body: Any) -> dict[str, Value]:
    """The JSON object of a typed body: the opposite of `parse`."""
    found = _plain(body)
    assert isinstance(found, dict)
    return found


def _plain(value: Any) -> Value:
    if dataclasses.is_dataclass(value):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name.rstrip("_"): _plain(part) for name, part in pairs if part is not None}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    assert isinstance(value, str | int | bool | dict), value
    return value


def _wrong(where: str, wanted: str, **values: int | str) -> NoReturn:
    raise Refused(Code.MALFORMED, where, wanted=wanted, **values)


def _object(body: type) -> _Parser:
    hints = typing.get_type_hints(body, include_extras=True)
    known: dict[str, tuple[str, _Parser]] = {}
    required: list[str] = []
    for field in dataclasses.fields(body):
        name = field.name.rstrip("_")
        known[name] = (field.name, _parser(hints[field.name]))
        if field.default is dataclasses.MISSING:
            required.append(name)

    def read(value: Value, where: str, ranges: list[Refusal]) -> Any:
        if type(value) is not dict:
            _wrong(where, "an object")
        given: dict[str, Any] = {}
        for name, part in value.items():
            entry = known.get(name)
            if entry is None:
                _wrong(f"{where}.{name}", "nothing, for there is no such field")
            given[entry[0]] = entry[1](part, f"{where}.{name}", ranges)
        for name in required:
            if name not in value:
                _wrong(f"{where}.{name}", "this field, which is missing")
        return body(**given)

    return read


def _parser(hint: Any) -> _Parser:
    origin = typing.get_origin(hint)
    if origin is Annotated:
        base, *rules = typing.get_args(hint)
        return _ruled(base, rules[0])
    if origin in (typing.Union, types.UnionType):
        inner = [part for part in typing.get_args(hint) if part is not type(None)]
        assert len(inner) == 1, f"{hint}: only X | None"
        return _parser(inner[0])
    if origin is Literal:
        return _literal(typing.get_args(hint))
    if hint is bool:
        return _boolean
    assert dataclasses.is_dataclass(hint), f"{hint}: no shape"
    return _object(typing.cast(type, hint))


def _ruled(base: Any, rule: Any) -> _Parser:
    if isinstance(rule, Read):
        return rule.reader
    if isinstance(rule, Range):
        return _integer(rule)
    if isinstance(rule, Pattern):
        return _pattern(rule)
    if isinstance(rule, PlainText):
        return _text(rule)
    assert isinstance(rule, Length)
    return _list(typing.get_args(base)[0], rule)


def _integer(rule: Range) -> _Parser:
    def read(value: Value, where: str, ranges: list[Refusal]) -> int:
        if type(value) is not int:
            _wrong(where, "an integer")
        if not rule.low <= value <= rule.high or (value == 0 and not rule.zero):
            values = {"value": value, "low": rule.low, "high": rule.high}
            ranges.append(Refusal(Code.OUT_OF_RANGE, where, values))
        return value

    return read


def _pattern(rule: Pattern) -> _Parser:
    matches = re.compile(rule.expression, re.ASCII).fullmatch

    def read(value: Value, where: str, ranges: list[Refusal]) -> str:
        if type(value) is not str or len(value) > rule.size or matches(value) is None:
            _wrong(where, rule.name)
        return value

    return read


def _text(rule: PlainText) -> _Parser:
    def read(value: Value, where: str, ranges: list[Refusal]) -> str:
        if type(value) is not str or not 1 <= len(value.encode()) <= rule.size:
            _wrong(where, "a text of so many bytes", low=1, high=rule.size)
        return value

    return read


def _list(inner: Any, rule: Length) -> _Parser:
    part = _parser(inner)

    def read(value: Value, where: str, ranges: list[Refusal]) -> tuple[Any, ...]:
        if type(value) is not list or not rule.low <= len(value) <= rule.high:
            _wrong(where, "a list of so many elements", low=rule.low, high=rule.high)
        return tuple(part(v, f"{where}[{n}]", ranges) for n, v in enumerate(value))

    return read


def _literal(options: tuple[Any, ...]) -> _Parser:
    def read(value: Value, where: str, ranges: list[Refusal]) -> Any:
        if type(value) is not str or value not in options:
            _wrong(where, "one of these words", options=", ".join(options))
        return value

    return read


def _boolean(value: Value, where: str, ranges: list[Refusal]) -> bool:
    if type(value) is not bool:
        _wrong(where, "true or false")
    return value
