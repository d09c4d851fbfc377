"""YAML for people, read so that nobody is surprised: the edge where descriptions come in.

What is read is what stands there. Integers are decimal, `true` and `false` are the only booleans,
everything else that is not quoted is text: no dates, no `yes` that means true, no 0777, no 12:30
that means 750, no null. Keys are texts and stand once; anchors, aliases, merges and tags are
refused, because a reader cannot see at a glance what they make.

    >>> read_yaml(b"code: CNY\\nminor: 2\\nopen: yes\\n")
    {'code': 'CNY', 'minor': 2, 'open': 'yes'}

Where people vote on the text (`read_marked`), even words that other readers take for true or false
are refused, and each value's place is kept, so that a later complaint can name line and column.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import yaml

from ledger.canon import INT_MAX, Value

YAML_MAX: Final = 1 << 18
"""Bytes of a description."""
DEPTH_MAX: Final = 12
_INTEGER: Final = re.compile("-?(?:0|[1-9][0-9]{0,15})")
_WORDS: Final = ("yes", "no", "on", "off", "true", "false", ".inf", "-.inf", "+.inf", ".nan")
"""Words that readers of some version of YAML take for something else than text, however written."""
_WIDE: Final = re.compile(r"[-+.,:0-9\uff0b\uff0c\uff0d\uff0e\uff10-\uff1a\u2212]*+")
"""What looks like a number and is typed in full width."""
_NUMBERLIKE: Final = re.compile(r"[-+.]?[0-9][0-9_.,:eExXoO+-]*")


Path: TypeAlias = tuple[str | int, ...]
"""Keys, and places in lists from 0, from the outside inwards."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins, counted from 1. `plain`: its text stands there as it is read."""

    line: int
    column: int
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A value, and where each of its parts and keys stands."""

    value: Value
    places: Mapping[Path, Place]
    keys: Mapping[Path, Place]

    def find(self, path: Path, *, key: bool = False, within: int = 0) -> Place:
        """Where `path` stands, or the nearest thing around it; `key`: its name.

        `within` counts characters into a text; it is added where the text stands as it is read.
        """
        if key and path in self.keys:
            return self.keys[path]
        found = next(
            (self.places[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.places),
            Place(1, 1),
        )
        if within and found.plain and path in self.places:
            return Place(found.line, found.column + within, True)
        return found


class YamlError(ValueError):
    """A description that cannot be read; the text names line and column.

    `why` is the reason and, behind a semicolon, what to do; `place` is None where there is none.
    """

    def __init__(self, mark: Any, why: str) -> None:
        self.why = why
        self.place = Place(mark.line + 1, mark.column + 1) if mark else None
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        super().__init__(f"{where}{why}")


def read_yaml(data: bytes) -> Value:
    """The value of one YAML document. `YamlError`."""
    return _read(data, YAML_MAX, wary=False).document()


def read_marked(data: bytes, *, size_max: int) -> Marked:
    """The same of a text that people vote on, with places. `YamlError`."""
    builder = _read(data, size_max, wary=True)
    value = builder.document()
    return Marked(value, builder.places, builder.keys)


def _read(data: bytes, size_max: int, *, wary: bool) -> "_Builder":
    if len(data) > size_max:
        raise YamlError(None, f"{len(data):,} bytes, at most {size_max:,}")
    try:
        text = data.decode("utf-8")
        events = _shallow(yaml.parse(text, Loader=yaml.SafeLoader))
    except UnicodeDecodeError:
        raise YamlError(None, "it is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        raise YamlError(error.problem_mark, error.problem or "not YAML") from None
    except yaml.YAMLError as error:
        raise YamlError(None, " ".join(str(error).split())) from None
    return _Builder(events, text, wary=wary)


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
    """The value that a list of events makes; `places` and `keys` are filled on the way."""

    def __init__(self, events: list[Any], text: str, *, wary: bool) -> None:
        self._events, self._at, self._text, self._wary = events, 0, text, wary
        self.places: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}

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
        return self._value(())

    def _value(self, path: Path) -> Value:
        event = self._next()
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise YamlError(mark, "anchors and aliases are not read; write it out")
        if getattr(event, "tag", None) is not None:
            raise YamlError(mark, f"tags are not read: {event.tag}")
        if self._wary:
            self.places[path] = self._place(event)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, wary=self._wary)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _place(self, event: Any) -> Place:
        """Where the text begins: behind the quotation mark, where there is one."""
        mark = event.start_mark
        quoted = getattr(event, "style", None) in ("'", '"')
        start = mark.index + quoted
        value = getattr(event, "value", None)
        plain = value is not None and self._text.startswith(value, start)
        return Place(mark.line + 1, mark.column + 1 + (quoted and plain), plain)

    def _sequence(self, path: Path) -> list[Value]:
        found: list[Value] = []
        while not isinstance(self._events[self._at], yaml.SequenceEndEvent):
            found.append(self._value((*path, len(found))))
        self._next()
        return found

    def _mapping(self, path: Path) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not isinstance(self._events[self._at], yaml.MappingEndEvent):
            mark = self._events[self._at].start_mark
            key = self._value((*path, ""))
            if not isinstance(key, str) or key == "<<":
                raise YamlError(mark, f"a key is text, not {key!r}; quote it if it is meant")
            if key in found:
                raise YamlError(mark, f"the key {key!r} stands twice")
            if self._wary:
                self.keys[*path, key] = self.places.pop((*path, ""))
            found[key] = self._value((*path, key))
        self._next()
        return found


def _scalar(event: yaml.ScalarEvent, *, wary: bool) -> Value:
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
    if wary and (text.lower() in _WORDS or _resolve(text) != "tag:yaml.org,2002:str"):
        why = f"{text} means something else than text to some readers; quote it if it is text"
        raise YamlError(event.start_mark, why)
    if wary and _WIDE.fullmatch(text) and not text.isascii() and re.search(r"\d", text):
        raise YamlError(
            event.start_mark, f"{text} is written in full width; type half-width digits"
        )
    return text


def _resolve(text: str) -> str:
    """The tag that YAML 1.1 gives to a plain text: hexadecimal numbers, times of day."""
    loader: Any = yaml.SafeLoader("")
    tag: str = loader.resolve(yaml.ScalarNode, text, (True, False))
    return tag
