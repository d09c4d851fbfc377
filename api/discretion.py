"""Discretion: what of a refusal may be shown, so that nothing that was sent comes back.

A refusal names the place and the values that a check compared. Some of that is the ledger's own (a
field's name, what is left of a lot), some is the sender's (an unknown field, an id that nobody
has). Only the first is shown, and of the second what can be nobody's name: numbers and ids in hex.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, get_args, get_type_hints

from ledger.kinds import all_kinds
from ledger.phrases import PHRASES

_HEX_ID: Final = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{64})(?:/[rb]?[0-9]{1,6})?")
_PLACE: Final = re.compile(r"[0-9]{1,6}")
"""A number of a byte or line, far too short for anybody's telephone or document."""
_WORD: Final = re.compile(r"([A-Za-z_]+)((?:\[[0-9]{1,4}\])?)")
_OUR_WORDS: Final = frozenset(
    {
        *(
            "account",
            "after",
            "author",
            "body",
            "byte",
            "character",
            "commodity",
            "cosigners",
            "direction",
            "entry",
        ),
        *("envelope", "expires", "id", "index", "key", "keyid", "kind", "language", "limit"),
        *("line", "log", "lot", "occurred_at", "of", "outcome", "path", "payload"),
        *("payloadtype", "sig", "signature", "signatures", "size", "state", "statement", "tag"),
        *("time", "v", "wait", "payloadType"),
    }
)
_WANTED: Final = re.compile(r"(?!two by key)[A-Za-z0-9 ,.:;()+/{}-]{1,120}")
_SENDERS_VALUES: Final = frozenset({"key", "log", "tag", "value"})
"""Names of values that may hold a text as it was sent; shown only when it is an id in hex."""


def safe_place(where: str) -> str:
    """`where`, if each of its words is a field that the ledger knows, a number or an id in hex.

    An unknown field's name is somebody's text, so the place above it is shown instead:

    >>> safe_place("body.keys[2].public")
    'body.keys[2].public'
    >>> safe_place("body.wang_xiao_ming")
    'body'
    """
    shown: list[str] = []
    for part in where.split(" "):
        if _HEX_ID.fullmatch(part) or _PLACE.fullmatch(part):
            shown.append(part)
            continue
        known: list[str] = []
        for step in part.split("."):
            match = _WORD.fullmatch(step)
            if match is None or match[1] not in field_names():
                break
            known.append(step)
        if known:
            shown.append(".".join(known))
    return " ".join(shown)


def safe_values(values: Mapping[str, int | str]) -> dict[str, int | str]:
    """The values that are numbers, ids in hex, or words of the ledger's own."""
    return {name: value for name, value in values.items() if _is_ours(name, value)}


def _is_ours(name: str, value: int | str) -> bool:
    if isinstance(value, int) or _HEX_ID.fullmatch(value):
        return True
    if name == "wanted":
        # The decoder's own words; where it quotes what it read, there are marks of quotation.
        return value in PHRASES or _WANTED.fullmatch(value) is not None
    return name not in _SENDERS_VALUES


@cache
def field_names() -> frozenset[str]:
    """Every name of a field that a body of any kind may hold, and those around a body."""
    found = set(_OUR_WORDS)
    waiting: list[Any] = [kind.body for kind in all_kinds().values()]
    seen: set[Any] = set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if isinstance(one, type) and is_dataclass(one):
            found.update(field.name.rstrip("_") for field in fields(one))
            waiting.extend(_parts(get_type_hints(one).values()))
        else:
            waiting.extend(_parts([one]))
    return frozenset(found)


def _parts(hints: Iterable[Any]) -> list[Any]:
    return [part for hint in hints for part in (hint, *get_args(hint)) if _hashable(part)]


def _hashable(part: Any) -> bool:
    return isinstance(part, type) or get_args(part) != ()
