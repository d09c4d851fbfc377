"""Reading the fields of our proof files: each helper takes a value and says what it should be.

Rule: exactly the fields of the form, each of its type and within its limit; anything else is a
`FormatError` that names the thing and the place. Statement bodies have their own reader,
`ledger.shape`, which answers with codes.

    >>> whole(7, "receipt", "index")
    7
    >>> whole("7", "receipt", "index")
    Traceback (most recent call last):
    ledger.errors.FormatError: receipt at index: not a whole number
"""

from collections.abc import Collection, Mapping

from ledger.canon import INT_MAX, Value, hex_decode
from ledger.errors import FormatError
from ledger.log.merkle import HASH_SIZE


def exactly(
    value: Value, thing: str, where: str, wanted: Collection[str], optional: Collection[str] = ()
) -> dict[str, Value]:
    """The object `value`, which has all fields `wanted` and none beside `optional`."""
    if not isinstance(value, dict):
        raise FormatError(thing, "not an object", where=where)
    if missing := sorted(set(wanted) - set(value)):
        raise FormatError(thing, f"field {missing[0]} is missing", where=where)
    if unknown := sorted(set(value) - set(wanted) - set(optional)):
        raise FormatError(thing, f"unknown field {unknown[0][:64]}", where=where)
    return value


def check_type(value: Mapping[str, Value], thing: str, name: str) -> None:
    """Raise unless `type` is `name` and `v` is 1: no other version is known."""
    if value.get("type") != name:
        raise FormatError(thing, f"type is not {name}", where="type")
    if value.get("v") != 1 or value.get("v") is True:
        raise FormatError(thing, "v names no known version", where="v")


def items(value: Value, thing: str, where: str, most: int) -> list[Value]:
    """The list `value` of at most so many items."""
    if not isinstance(value, list):
        raise FormatError(thing, "not a list", where=where)
    if len(value) > most:
        raise FormatError(thing, f"{len(value)} items, at most {most}", where=where)
    return value


def text(value: Value, thing: str, where: str) -> str:
    """The text `value`."""
    if not isinstance(value, str):
        raise FormatError(thing, "not text", where=where)
    return value


def whole(value: Value, thing: str, where: str) -> int:
    """The whole number `value`, 0 to 2^53 - 1."""
    if type(value) is not int or not 0 <= value <= INT_MAX:
        raise FormatError(thing, "not a whole number", where=where)
    return value


def hashes(value: Value, thing: str, where: str, most: int) -> tuple[bytes, ...]:
    """The list of at most so many hashes, 32 bytes of lower-case hex each."""
    listed = items(value, thing, where, most)
    return tuple(hex_decode(each, HASH_SIZE, thing=f"{thing} {where}") for each in listed)
