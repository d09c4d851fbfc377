"""YAML for people, read so that nobody is surprised: the edge where descriptions come in.

What is read is what stands there. Integers are decimal, `true` and `false` are the only booleans,
everything else that is not quoted is text: no dates, no `yes` that means true, no 0777, no 12:30
that means 750, no null. Keys are texts and stand once; anchors, aliases, merges and tags are
refused, because a reader cannot see at a glance what they make.

    >>> read_yaml(b"code: CNY\\nminor: 2\\nopen: yes\\n")
    {'code': 'CNY', 'minor': 2, 'open': 'yes'}
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import yaml

from ledger.canon import INT_MAX, Value

YAML_MAX: Final = 1 << 18
"""Bytes of a description."""
DEPTH_MAX: Final = 12
_INTEGER: Final = re.compile("-?(?:0|[1-9][0-9]{0,15})")
_NUMBERLIKE: Final = re.compile(r"[-+.]?[0-9][0-9_.,:eExXoO+-]*")


class YamlError(ValueError):
    """A description that cannot be read; the text names line and column."""

    def __init__(self, mark: Any, why: str) -> None:
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        super().__init__(f"{where}{why}")


def read_yaml(data: bytes) -> Value:
    """The value of one YAML document. `YamlError`."""
    if len(data) > YAML_MAX:
        raise YamlError(None, f"{len(data):,} bytes, at most {YAML_MAX:,}")
    try:
        text = data.decode("utf-8")
        events = _shallow(yaml.parse(text, Loader=yaml.SafeLoader))
    except UnicodeDecodeError:
        raise YamlError(None, "it is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        raise YamlError(error.problem_mark, error.problem or "not YAML") from None
    except yaml.YAMLError as error:
        raise YamlError(None, " ".join(str(error).split())) from None
    return _Builder(events).document()


def _shallow(events: Iterable[Any]) -> list[Any]:
    """The events, as long as they are not nested too deeply: the parser's time grows with that."""
    found, depth = [], 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH_MAX:
            raise YamlError(event.start_mark, f"deeper than {DEPTH_MAX}")
        found.append(event)
    return found


class _Builder:
    """The value that a list of events makes."""

    def __init__(self, events: list[Any]) -> None:
        self._events, self._at = events, 0

    def _next(self) -> Any:
        event = self._events[self._at]
        self._at += 1
        return event

    def document(self) -> Value:
        starts = [e for e in self._events if isinstance(e, yaml.DocumentStartEvent)]
        if len(starts) != 1:
            raise YamlError(starts[1].start_mark if starts[1:] else None, "not one document")
        while not isinstance(self._next(), yaml.DocumentStartEvent):
            pass
        return self._value()

    def _value(self) -> Value:
        event = self._next()
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise YamlError(mark, "anchors and aliases are not read; write it out")
        if getattr(event, "tag", None) is not None:
            raise YamlError(mark, f"tags are not read: {event.tag}")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence()
        return self._mapping()

    def _sequence(self) -> list[Value]:
        found: list[Value] = []
        while not isinstance(self._events[self._at], yaml.SequenceEndEvent):
            found.append(self._value())
        self._next()
        return found

    def _mapping(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not isinstance(self._events[self._at], yaml.MappingEndEvent):
            mark = self._events[self._at].start_mark
            key = self._value()
            if not isinstance(key, str) or key == "<<":
                raise YamlError(mark, f"a key is text, not {key!r}; quote it if it is meant")
            if key in found:
                raise YamlError(mark, f"the key {key!r} stands twice")
            found[key] = self._value()
        self._next()
        return found


def _scalar(event: yaml.ScalarEvent) -> Value:
    text: str = event.value
    if event.style is not None:
        return text
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text) and text != "-0":
        number = int(text)
        if abs(number) > INT_MAX:
            raise YamlError(event.start_mark, f"{text} is beyond 2^53-1; quote it if it is text")
        return number
    if text in ("", "~") or text.lower() == "null":
        raise YamlError(event.start_mark, "there is no empty value; leave the key out")
    if _NUMBERLIKE.fullmatch(text):
        raise YamlError(event.start_mark, f"{text} is no whole number; quote it if it is text")
    return text
