"""Refusals and breaches as sentences for people, in English and both Chinese scripts.

A sentence says what happened, where, with which values, and what to do next:

    >>> from ledger.codes import Code
    >>> sentence(Refusal(Code.NOT_ENOUGH, "lot 7f3a", {"asked": 12000, "left": 9500}), "zh-Hans")
    '现有数量少于所需：lot 7f3a（要求 12,000；余下 9,500）。请改为不超过余量，或另指第二个来源。'

`where` and ids are shown as they are; numbers are grouped by thousands. Every code has its row, and
every name of a value its label: a test keeps both lists whole.
"""

from collections.abc import Mapping

from ledger.errors import Refusal
from ledger.meanings import WHAT
from ledger.phrases import LABELS, PHRASES

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
"""Language tags (BCP 47), the order of every triple."""


def language_index(language: str) -> int:
    """Place of a language tag in a triple; English for an unknown one."""
    return LANGUAGES.index(language) if language in LANGUAGES else 0


def sentence(refusal: Refusal, language: str = "en") -> str:
    """What happened, where, the values, and the next step."""
    place = language_index(language)
    what, then = WHAT[refusal.code]
    values = _values(refusal.values, place)
    said = refusal.said.get(LANGUAGES[place], ())
    if place == 0:
        where = f": {refusal.where}" if refusal.where else ""
        shown = f" ({'; '.join(values)})" if values else ""
        return " ".join([f"{what[0]}{where}{shown}.", *said, then[0]])
    where = f"：{refusal.where}" if refusal.where else ""
    shown = f"（{'；'.join(values)}）" if values else ""
    return "".join([f"{what[place]}{where}{shown}。", *said, then[place]])


def _values(values: Mapping[str, int | str], place: int) -> list[str]:
    found = []
    for name, value in values.items():
        label = LABELS[name][place] if name in LABELS else name
        text = f"{value:,}" if isinstance(value, int) else value
        if place and text in PHRASES:
            text = PHRASES[text][place - 1]
        found.append(f"{label} {text}")
    return found
