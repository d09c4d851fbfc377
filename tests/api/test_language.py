"""Which language a reader is answered in.

Goal: a reader of any of the three gets it, whatever the browser calls it; nonsense never fails.
Method: a table of headers as browsers send them, and hostile ones.
"""

import pytest

from api.language import SLUGS, negotiate, slug_of
from ledger.sentences import LANGUAGES


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("en", "en"),
        ("en-GB,en;q=0.8", "en"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("ZH-hant-TW", "zh-Hant"),
        ("zh-Hant-CN", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("fr,de;q=0.9", "en"),
        ("fr, zh-TW;q=0.1", "zh-Hant"),
        ("en;q=0.3, zh-TW;q=0.7", "zh-Hant"),
        ("en;q=0.7, zh-TW;q=0.3", "en"),
        # of two that are wanted alike, the first
        ("en, zh-TW", "en"),
        ("zh-TW, en", "zh-Hant"),
        # a weight of 0 means: not this one
        ("zh-TW;q=0", "en"),
        # nonsense counts for nothing
        ("zh-TW;q=high, en;q=0.1", "en"),
        (";;;,,,=", "en"),
        ("*", "en"),
        ("zh-TW;q=٣", "en"),
        ("q=1;zh", "en"),
        (", " * 10_000 + "zh-TW", "en"),
    ],
)
def test_negotiate(header: str, language: str) -> None:
    assert negotiate(header) == language


def test_every_language_has_its_path() -> None:
    assert {SLUGS[slug_of(language)] for language in LANGUAGES} == set(LANGUAGES)
