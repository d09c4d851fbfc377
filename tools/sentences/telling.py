"""Telling a sentence in the reader's language, found by its English.

Pure packages say what they found in English, with the values in it, and so do errors that pass
through many hands before somebody reads them. Here the sentence is held against the templates of
the tables beside this module; its values are taken out and put into the same sentence in Chinese:

    >>> tell("leads to root ab, not cd", "zh-Hant")
    '得到的根是 ab，不是 cd'

A value may be such a sentence again. What no table knows stays as it is, never half of it: a test
reads the sources of these commands and fails on any sentence without its row.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from ledger.sentences import LANGUAGES, language_index
from tools.sentences.checks import CHECKS
from tools.sentences.doctor import DOCTOR
from tools.sentences.forms import CANON, TRUST
from tools.sentences.helps import HELPS
from tools.sentences.readonly import READ_ONLY
from tools.sentences.steps import STEPS
from tools.sentences.stops import STOPS
from tools.sentences.things import THINGS
from tools.sentences.trace import TRACE

TABLES: Final[tuple[Mapping[str, tuple[str, str]], ...]] = (
    CHECKS, TRUST, CANON, STEPS, DOCTOR, READ_ONLY, TRACE, STOPS, HELPS, THINGS,
)  # fmt: skip
DEPTH_MAX: Final = 6
"""Sentences within sentences that are told; deeper ones stay as they are."""
LENGTH_MAX: Final = 4_000
"""Longer texts are somebody's data, not our sentences."""

PLACES: Final = {"line": "line {}", "byte": "byte {}", "character": "character {}"}
"""Places in a file, by the word before the number."""

_PLACE: Final = re.compile(r" at ((?:line|byte|character) [0-9]+|[\w.\[\]-]+)$")


def rows() -> Mapping[str, tuple[str, str]]:
    """Every template with its two Chinese sentences."""
    return {english: row for table in TABLES for english, row in table.items()}


def tell(text: str, language: str, depth: int = 0) -> str:
    """`text`, an English sentence of ours, in `language`; as it is where we do not know it.

    >>> tell("nobody knows this", "zh-Hans")
    'nobody knows this'
    """
    index = language_index(language)
    if LANGUAGES[index] == "en" or depth > DEPTH_MAX or not 0 < len(text) <= LENGTH_MAX:
        return text
    # A detail that joins several is told part by part, if each is known.
    parts = text.split("; ")
    told = [tell(part, language, depth + 1) for part in parts] if len(parts) > 1 else parts
    if all(one != part for one, part in zip(told, parts, strict=True)):
        return "；".join(told)
    # Then what it is about, `thing: reason`; a row that begins with a value would swallow that.
    head, found_at, tail = text.partition(": ")
    if found_at and (thing := _tell_head(head, language)) != head:
        return f"{thing}：{tell(tail, language, depth + 1)}"
    for template, pattern in _patterns(len(text)):
        found = pattern.fullmatch(text)
        if found is not None:
            values = [tell(value, language, depth + 1) for value in found.groups()]
            return rows()[template][index - 1].format(*values)
    # A reason at the end of a sentence, behind somebody's path: `x: No such file or directory.`
    if text.endswith(".") and (short := tell(text[:-1], language, depth + 1)) != text[:-1]:
        return f"{short}。"
    return _tell_reason(text, language, depth)


def say(template: str, language: str, *values: object) -> str:
    """The sentence `template` with its values, which are not told again.

    >>> say("Donation {}", "zh-Hans", "5a1e")
    '捐款 5a1e'
    """
    index = language_index(language)
    chosen = template if LANGUAGES[index] == "en" else rows()[template][index - 1]
    return chosen.format(*values)


def _tell_reason(text: str, language: str, depth: int) -> str:
    """A reason behind something that has no row: a path, somebody's name."""
    head, found, tail = text.partition(": ")
    rest = tell(tail, language, depth + 1) if found else tail
    return f"{head}：{rest}" if rest != tail else _tell_head(text, language)


def _tell_head(text: str, language: str) -> str:
    """What a reason is about: `trust file at line 3`."""
    place = _PLACE.search(text)
    name = text[: place.start()] if place else text
    if name not in THINGS:
        return text
    told = THINGS[name][language_index(language) - 1]
    if not place:
        return told
    unit, _, number = place[1].partition(" ")
    where = say(PLACES[unit], language, number) if unit in PLACES else place[1]
    return f"{told}（{where}）"


@cache
def _all_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    # The most literal first: `{} bytes, at most {}` before `{} bytes`.
    ordered = sorted(rows(), key=lambda one: (-len(one.replace("{}", "")), one))
    return tuple((one, _pattern(one)) for one in ordered)


def _patterns(length: int) -> list[tuple[str, re.Pattern[str]]]:
    return [pair for pair in _all_patterns() if len(pair[0].replace("{}", "")) <= length]


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(re.escape(part) for part in template.split("{}")), re.DOTALL)
