"""Which of the three languages a reader is answered in.

Pages carry the language in their path (`/zh-hant/`); answers of the API follow `Accept-Language`
(RFC 9110 section 12.5.4), and say in `Content-Language` what they chose:

    >>> negotiate("zh-TW,zh;q=0.9,en;q=0.5")
    'zh-Hant'
    >>> negotiate("de, zh-CN;q=0.4, en;q=0.3")
    'zh-Hans'
    >>> negotiate("")
    'en'
"""

from collections.abc import Mapping
from typing import Final

from ledger.sentences import LANGUAGES

DEFAULT: Final = "en"
"""For a reader who asks for none of the three."""

SLUGS: Final[Mapping[str, str]] = {tag.lower(): tag for tag in LANGUAGES}
"""First part of a page's path -> language tag."""

_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})
_RANGES_MAX: Final = 16


def slug_of(language: str) -> str:
    """The first part of the paths of pages in this language."""
    return language.lower()


def negotiate(header: str) -> str:
    """The language tag that an `Accept-Language` header asks for most; `en` for none of ours.

    Ranges past the sixteenth are not read; a weight that is no number counts as 0.
    """
    best, weight_of_best = DEFAULT, 0
    for part in header.split(",")[:_RANGES_MAX]:
        tag, _, parameters = part.strip().lower().partition(";")
        language, weight = _match(tag.strip()), _weight(parameters)
        if language is not None and weight > weight_of_best:
            best, weight_of_best = language, weight
    return best


def _match(tag: str) -> str | None:
    first, *rest = tag.split("-")
    if first == "en":
        return "en"
    if first == "zh":
        # A script says more than a region: zh-Hans-HK is simplified.
        return "zh-Hans" if "hans" in rest or not _TRADITIONAL & set(rest) else "zh-Hant"
    return None


def _weight(parameters: str) -> int:
    """Thousandths: `q=0.25` -> 250; 1,000 where nothing is said."""
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1000
    whole, _, fraction = value.strip().partition(".")
    digits = whole + (fraction + "000")[:3]
    if not digits.isascii() or not digits.isdigit():
        return 0
    return min(int(digits), 1000)
