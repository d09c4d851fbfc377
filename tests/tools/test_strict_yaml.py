"""Strict YAML: what stands there is what is read, and what could surprise is refused.

Goal: no reader of a description can take it otherwise than the program does.
Method: a table of texts with their values, and a table of surprises with the place named.
"""

import json
from typing import Any

import pytest

from tools.strict_yaml import DEPTH_MAX, YAML_MAX, YamlError, read_yaml

GOOD: list[tuple[str, Any]] = [
    ("a: 1", {"a": 1}),
    ("a: -1", {"a": -1}),
    ("a: 0", {"a": 0}),
    ("a: 9007199254740991", {"a": 2**53 - 1}),
    ('a: "1"', {"a": "1"}),
    ("a: '01'", {"a": "01"}),
    ("a: true\nb: false", {"a": True, "b": False}),
    ("a: yes\nb: No\nc: on\nd: True", {"a": "yes", "b": "No", "c": "on", "d": "True"}),
    ("a: [x, 2, [], {}]", {"a": ["x", 2, [], {}]}),
    ("- 白米\n- 5 公斤", ["白米", "5 公斤"]),
    ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
    ("a: ''", {"a": ""}),
    ('a: "null"', {"a": "null"}),
    ("a: 3kg", {"a": "3kg"}),
    ("'1': x", {"1": "x"}),
    ('{"a":{"b":[1,2]}}', {"a": {"b": [1, 2]}}),
    ("text", "text"),
    ("# only a comment above\na: 1 # and beside", {"a": 1}),
]


@pytest.mark.parametrize(("text", "value"), GOOD, ids=[text for text, _ in GOOD])
def test_what_is_read(text: str, value: Any) -> None:
    assert read_yaml(text.encode()) == value


BAD: list[tuple[str, str]] = [
    ("a: 1\na: 2", "line 2, column 1: the key 'a' stands twice"),
    ("a: 1.5", "line 1, column 4: 1.5 is no whole number"),
    ("a: 1e3", "no whole number"),
    ("a: 0777", "no whole number"),
    ("a: 0x10", "no whole number"),
    ("a: 0o17", "no whole number"),
    ("a: 1_000", "no whole number"),
    ("a: 1,000", "no whole number"),
    ("a: 12:30", "no whole number"),
    ("a: +5", "no whole number"),
    ("a: -0", "no whole number"),
    ("a: 2027-01-15", "no whole number"),
    ("a: 9007199254740992", "beyond"),
    ("a: -9007199254740992", "beyond"),
    ("a: 123456789012345678", "no whole number"),
    ("a:", "no empty value"),
    ("a: ~", "no empty value"),
    ("a: null", "no empty value"),
    ("a: Null", "no empty value"),
    ("a: &x 1\nb: *x", "anchors"),
    ("a: &x {b: 1}\nc:\n  <<: *x", "anchors"),
    ("<<: {a: 1}", "a key is text"),
    ("a: !!str 1", "tags"),
    ("a: !!python/object/apply:os.system [id]", "tags"),
    ("1: x", "a key is text"),
    ("true: x", "a key is text"),
    ("? [a, b]\n: x", "a key is text"),
    ("a: 1\n---\nb: 2", "not one document"),
    ("", "not one document"),
    ("a: [1", "line 1"),
    ("a: {b", "line 1"),
    ("\ta: 1", "line 1"),
    ("a: 'x", "line"),
    ("a: \x00", ""),
    ("[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1), f"deeper than {DEPTH_MAX}"),
]


@pytest.mark.parametrize(("text", "said"), BAD, ids=[text[:40] for text, _ in BAD])
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(YamlError) as error:
        read_yaml(text.encode())
    assert said in str(error.value)


def test_bytes_that_are_no_text_and_too_many() -> None:
    with pytest.raises(YamlError, match="UTF-8"):
        read_yaml(b"a: \xff")
    with pytest.raises(YamlError, match="at most"):
        read_yaml(b"#" * (YAML_MAX + 1))
    assert read_yaml(b"a: 1\n" + b"#" * (YAML_MAX - 5)) == {"a": 1}
    assert read_yaml(("[" * DEPTH_MAX + "]" * DEPTH_MAX).encode())


def test_deep_rubbish_ends_in_our_error() -> None:
    with pytest.raises(YamlError):
        read_yaml(b"[" * 100_000)


def test_canonical_json_is_read_as_itself() -> None:
    value = {"a": [1, "x", True, {"b": "é\n"}], "z": "2027-01-15"}
    assert read_yaml(json.dumps(value, ensure_ascii=False).encode()) == value
