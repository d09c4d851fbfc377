"""The readers of single fields.

Goal: each takes its type within its limit and nothing else, and its error names the place.
Method: for each reader the values on both sides of every border.
"""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.errors import FormatError
from ledger.proofs import fields

HASH = "0f" * 32

CASES: list[tuple[Callable[[Any], object], list[Any], list[Any]]] = [
    (lambda v: fields.whole(v, "t", "w"), [0, 2**53 - 1], [-1, 2**53, True, "1", [], {}]),
    (lambda v: fields.text(v, "t", "w"), ["", "米"], [1, True, [], {}]),
    (lambda v: fields.items(v, "t", "w", 2), [[], [1, 2]], [[1, 2, 3], "12", {}, 0]),
    (
        lambda v: fields.hashes(v, "t", "w", 2),
        [[], [HASH, HASH]],
        [[HASH] * 3, [HASH[2:]], [HASH.upper()], [HASH + "00"], [1], [[HASH]], HASH],
    ),
    (
        lambda v: fields.exactly(v, "t", "w", ("a",), ("b",)),
        [{"a": 1}, {"a": 1, "b": 2}],
        [{}, {"b": 2}, {"a": 1, "c": 3}, [], "a"],
    ),
    (
        lambda v: fields.check_type(v, "t", "x"),
        [{"type": "x", "v": 1}],
        [{"type": "y", "v": 1}, {"type": "x", "v": 2}, {"type": "x", "v": True}, {"type": "x"}, {}],
    ),
]


@pytest.mark.parametrize(("read", "good", "bad"), CASES)
def test_readers(read: Callable[[Any], object], good: list[Any], bad: list[Any]) -> None:
    for value in good:
        read(value)
    for value in bad:
        with pytest.raises(FormatError, match="t"):
            read(value)


def test_the_place_is_named() -> None:
    with pytest.raises(FormatError) as caught:
        fields.whole("7", "receipt", "line.number")
    assert (caught.value.thing, caught.value.where) == ("receipt", "line.number")
