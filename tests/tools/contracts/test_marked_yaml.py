"""YAML that people vote on: what could be read in two ways is refused, and places are kept.

Goal: the canonical JSON that is hashed is what a reader of the YAML takes it for, with any reader;
every complaint leads to a line and column.
Method: a table of traps, each with its place; texts with their places worked out by hand.
"""

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.sentences import LANGUAGES
from tools.contracts.opening import YAML_MAX
from tools.contracts.yaml_words import FIXES, IMPLIED, REASONS, tell_yaml
from tools.strict_yaml import DEPTH_MAX, Place, YamlError, read_marked

TRAPS: list[tuple[str, int, int, str]] = [
    # text, line, column, what is said of it
    ("on: x", 1, 1, "on means something"),
    ("a: on", 1, 4, "on means something"),
    ("a: no", 1, 4, "no means something"),
    ("a: No", 1, 4, "No means something"),
    ("a: yes", 1, 4, "yes means something"),
    ("a: Off", 1, 4, "Off means something"),
    ("a: True", 1, 4, "True means something"),
    ("a: .inf", 1, 4, ".inf means something"),
    ("a: .NaN", 1, 4, ".NaN means"),
    ("x: 1\na: 12:30", 2, 4, "12:30 is no whole number"),
    ("a: [1, ~]", 1, 8, "no empty value"),
    ("a: 1e3", 1, 4, "1e3 is no whole number"),
    ("a: 1.5", 1, 4, "1.5 is no whole number"),
    ("a: 007", 1, 4, "007 is no whole number"),
    ("a: 0x1F", 1, 4, "0x1F means something"),
    ("a: 0b11", 1, 4, "0b11 means something"),
    ("a: 2024-04-05 10:00:00", 1, 4, "means something"),
    ("a: 2024-04-05", 1, 4, "no whole number"),
    ("a:", 1, 3, "no empty value"),
    ("a: null", 1, 4, "no empty value"),
    ("a: &x 1", 1, 4, "anchors"),
    ("a: [&x 1, *x]", 1, 5, "anchors"),
    ("a: !t 1", 1, 4, "tags"),
    ("a: !!int 1", 1, 4, "tags"),
    ("a: {<<: {b: 1}}", 1, 5, "<< means something"),
    ("a: 1\nb: 2\na: 3", 3, 1, "stands twice"),
    ("{a: 1, a: 2}", 1, 8, "stands twice"),
    ("1: a", 1, 1, "a key is text"),
    ("true: a", 1, 1, "a key is text"),
    ("a: 1\n---\nb: 2", 2, 1, "not one document"),
    ("a: \uff11\uff12", 1, 4, "full width"),
    ("a: -\uff15", 1, 4, "full width"),
    ("a: \uff11\uff12\uff1a30", 1, 4, "full width"),
    ("a: 1\uff0c000", 1, 4, "full width"),
    ("a: [1, 2", 1, 9, "expected"),
    ("a: b: c", 1, 5, "mapping values"),
    ("a: 'x", 1, 6, "unexpected end"),
    ("a:\n\t- b", 2, 1, "cannot start any token"),
    ("a: 1\n  b: 2", 2, 4, "mapping values"),
    ("%YAML 1.1\n---\na: !x y", 3, 4, "tags"),
]


@pytest.mark.parametrize(("text", "line", "column", "said"), TRAPS, ids=[one[0] for one in TRAPS])
def test_a_trap_is_refused_with_its_place(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(YamlError) as error:
        read_marked(text.encode(), size_max=YAML_MAX)
    assert said in error.value.why
    assert error.value.place == Place(line, column)


@pytest.mark.parametrize(("text", "line", "column", "said"), TRAPS, ids=[one[0] for one in TRAPS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trap_is_told_with_what_to_do(
    text: str, line: int, column: int, said: str, language: str
) -> None:
    with pytest.raises(YamlError) as error:
        read_marked(text.encode(), size_max=YAML_MAX)
    why, fix = tell_yaml(error.value.why, language)
    assert why and fix
    if language != "en":
        assert all(any("\u4e00" <= one <= "\u9fff" for one in text) for text in (why, fix))


def test_every_row_is_used_and_complete() -> None:
    for english, row in {**REASONS, **FIXES}.items():
        assert all(text.count("{}") == english.count("{}") for text in row) and len(row) == 2
    assert set(IMPLIED) <= set(REASONS) and set(IMPLIED.values()) <= set(FIXES)
    assert (
        tell_yaml("some reason of tomorrow", "zh-Hant")[0] == "不是 YAML：some reason of tomorrow"
    )
    assert tell_yaml("not one document", "en") == (
        "not one document",
        "write one document in one file",
    )


SAME = [
    "a: 7d", "a: -5", "a: 0", "a: true", "a: 1.5kg", "a: 12:30 h", "a: n", "a: 一", "a: it.qty <= 9",
    "a: '\uff11\uff12'", 'a: "on"', '"on": x', "a: 'no'", "a: 縣府救字第1130404號函", "a: 5 公斤，2 箱", "a: '~'",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_what_is_read_is_what_any_reader_reads(text: str) -> None:
    assert read_marked(text.encode(), size_max=YAML_MAX).value == yaml.safe_load(text)


@given(st.text("0123456789abefinortxyEX_.:+-~ TZ'{}[],#&*!|>%@`\"\uff11\uff1a字", max_size=12))
@settings(max_examples=600, deadline=None)
def test_any_text_is_refused_or_read_as_others_read_it(text: str) -> None:
    try:
        found = read_marked(f"a: {text}".encode(), size_max=YAML_MAX).value
    except YamlError:
        return
    assert found == yaml.safe_load(f"a: {text}")


def test_places_of_values_and_keys() -> None:
    text = 'a: 1\nrules:\n- {id: x, require: "it.qty > 1"}\n-   id: y\n    say:\n      en: |\n        two\n'
    marked = read_marked(text.encode(), size_max=YAML_MAX)
    assert marked.places["rules", 0, "id"] == Place(3, 8, True)
    assert marked.keys["rules", 0, "require"] == Place(3, 11, True)
    # Behind the quotation mark, so that characters can be counted.
    assert marked.find(("rules", 0, "require")) == Place(3, 21, True)
    assert marked.find(("rules", 0, "require"), within=3) == Place(3, 24, True)
    assert marked.find(("rules", 1, "say", "en"), within=1) == Place(6, 11)
    assert marked.find(("rules", 1, "say", "zh_hant")) == marked.places["rules", 1, "say"]
    assert marked.find(("nothing",)) == Place(1, 1)
    assert marked.find(("a",), key=True) == Place(1, 1, True)


def test_an_escaped_text_is_not_counted_into() -> None:
    marked = read_marked(rb'a: "x\"y + 1"', size_max=YAML_MAX)
    assert marked.find(("a",), within=2) == Place(1, 4)


def test_size_at_the_limit_and_above() -> None:
    good = b"a: 1\n" + b"#" * (YAML_MAX - 5)
    assert read_marked(good, size_max=YAML_MAX).value == {"a": 1}
    with pytest.raises(YamlError, match="at most"):
        read_marked(good + b"#", size_max=YAML_MAX)


HOSTILE = {
    "deep": "[" * 60_000,
    "flow": "[" + "a," * 30_000 + "]",
    "keys": "".join(f"k{n}: 1\n" for n in range(7_000)),
    "nested": "{a: " * DEPTH_MAX + "x" + "}" * DEPTH_MAX,
    "wide": "a: " + "\uff11" * 20_000 + "x",
    "digits": "a: " + "1" * 60_000 + "x",
    "dashes": "- " * 30_000,
    "quotes": "a: '" + "''" * 30_000 + "'",
    "colons": "a:" * 30_000,
    "anchors": "a: &x [" + "*x," * 20_000 + "]",
    "comment": "#" * 65_000,
    "bytes": "\x00" * 60_000,
    "bom": "\ufeff" * 20_000,
}
CPU_S_MAX = 8.0
"""PyYAML takes up to a second for 64 KB; ours is little beside it."""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_quick(name: str) -> None:
    begun = time.thread_time()
    try:
        read_marked(HOSTILE[name].encode(), size_max=YAML_MAX)
    except YamlError as error:
        for language in LANGUAGES:
            tell_yaml(error.why, language)
    assert time.thread_time() - begun < CPU_S_MAX
