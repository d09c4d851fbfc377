"""Reading a JSON value as a form: each field by name, every problem noted with its path.

What is wrong is noted and stands for something harmless, so that reading goes on and the writer is
told everything at once. Whoever reads a form calls `problems.stop()` before believing it.

    >>> form = Form(Problems())
    >>> form.object({"require": "true", "els": "deny"}, (), ("require",), ("else",))
    {'require': 'true'}
    >>> [(one.where, str(one.code)) for one in form.problems.found]
    [('els', 'unknown_field')]
"""

import re
from collections.abc import Sequence
from typing import Final

from contracts.documents.limits import NAME_MAX, TEXT_MAX
from contracts.documents.problems import Path, ProblemCode, Problems
from contracts.documents.texts import FIELDS, Texts, parse_text, placeholders
from contracts.documents.windows import parse_span
from contracts.rcel.tokens import RESERVED
from ledger.canon import Value

SHOWN_MAX: Final = 60
"""Characters of somebody's text inside a message."""

_NAME: Final = re.compile(rf"[a-z][a-z0-9_]{{0,{NAME_MAX - 1}}}")
_ID: Final = re.compile(rf"[a-z][a-z0-9_-]{{0,{NAME_MAX - 1}}}")


def shown(text: str) -> str:
    """`text`, not longer than a message can bear."""
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 1]}…"


class Form:
    """Reads values; `problems` holds what was wrong."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    # ---- containers ------------------------------------------------------------------------------

    def mapping(self, value: Value, path: Path, most: int | None = None) -> dict[str, Value]:
        """An object with any names, at most so many; empty where it is none."""
        if not isinstance(value, dict):
            self.problems.add(path, ProblemCode.OBJECT)
            return {}
        if most is not None and len(value) > most:
            self.problems.add(path, ProblemCode.COUNT, count=len(value), low=0, high=most)
            return {}
        return value

    def object(
        self, value: Value, path: Path, required: Sequence[str], optional: Sequence[str] = ()
    ) -> dict[str, Value]:
        """An object with these fields and no other."""
        given = self.mapping(value, path)
        known = (*required, *optional)
        for name in given:
            if name not in known:
                options = ", ".join(known)
                self.problems.add(
                    (*path, name), ProblemCode.UNKNOWN_FIELD, found=shown(name), options=options
                )
        for name in required:
            if isinstance(value, dict) and name not in given:
                self.problems.add(path, ProblemCode.MISSING_FIELD, name=name)
        return {name: one for name, one in given.items() if name in known}

    def list(self, value: Value, path: Path, low: int, high: int) -> list[Value]:
        """A list of so many elements; empty where it is none."""
        if not isinstance(value, list):
            self.problems.add(path, ProblemCode.LIST)
            return []
        if not low <= len(value) <= high:
            self.problems.add(path, ProblemCode.COUNT, count=len(value), low=low, high=high)
            return []
        return value

    # ---- scalars ---------------------------------------------------------------------------------

    def text(self, value: Value, path: Path, most: int | None = None) -> str:
        """A text, not empty; "" where it is none."""
        if not isinstance(value, str):
            self.problems.add(path, ProblemCode.TEXT)
            return ""
        if not value or (most is not None and len(value) > most):
            self.problems.add(path, ProblemCode.TEXT_LENGTH, count=len(value), most=most or 2_000)
            return ""
        return value

    def integer(self, value: Value, path: Path, low: int, high: int) -> int:
        """An integer in [low, high]; `low` where it is none."""
        if type(value) is not int:
            self.problems.add(path, ProblemCode.INTEGER)
            return low
        if not low <= value <= high:
            self.problems.add(path, ProblemCode.RANGE, found=value, low=low, high=high)
            return low
        return value

    def truth(self, value: Value, path: Path) -> bool:
        """`true` or `false`; false where it is neither."""
        if not isinstance(value, bool):
            self.problems.add(path, ProblemCode.TRUTH)
            return False
        return value

    def choice(self, value: Value, path: Path, options: Sequence[str]) -> str:
        """One of the words; the first where it is none of them."""
        if isinstance(value, str) and value in options:
            return value
        found = shown(value) if isinstance(value, str) else "?"
        self.problems.add(path, ProblemCode.CHOICE, found=found, options=", ".join(options))
        return options[0]

    def span(self, value: Value, path: Path) -> int:
        """Seconds of `72h` or `7d`."""
        span_s = parse_span(value) if isinstance(value, str) else None
        if span_s is None:
            found = shown(value) if isinstance(value, str) else "?"
            self.problems.add(path, ProblemCode.SPAN, found=found)
            return 0
        return span_s

    # ---- names -----------------------------------------------------------------------------------

    def name(self, name: Value, path: Path) -> str:
        """A name that expressions may use."""
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            found = shown(name) if isinstance(name, str) else "?"
            self.problems.add(path, ProblemCode.NAME, found=found, most=NAME_MAX)
            return ""
        if name in RESERVED:
            self.problems.add(path, ProblemCode.RESERVED, found=name)
        return name

    def id(self, value: Value, path: Path) -> str:
        """The id of a rule or effect: a name in which `-` may stand."""
        if not isinstance(value, str) or not _ID.fullmatch(value):
            found = shown(value) if isinstance(value, str) else "?"
            self.problems.add(path, ProblemCode.NAME, found=found, most=NAME_MAX)
            return ""
        return value

    def once(self, names: Sequence[tuple[str, Path]]) -> None:
        """Each of the names stands once."""
        seen: set[str] = set()
        for name, path in names:
            if name and name in seen:
                self.problems.add(path, ProblemCode.TWICE, found=shown(name))
            seen.add(name)

    # ---- texts for people ------------------------------------------------------------------------

    def texts(self, value: Value, path: Path, *, plain: bool = False) -> Texts:
        """A text in the three languages, with the same placeholders in each; `plain`: with none."""
        given = self.object(value, path, FIELDS)
        texts: dict[str, str] = {
            name: self.text(given[name], (*path, name), TEXT_MAX)
            for name in FIELDS
            if name in given
        }
        holders: dict[str, tuple[str, ...]] = {}
        for name, said in texts.items():
            try:
                holders[name] = placeholders(parse_text(said))
            except ValueError as error:
                found = shown(str(error))
                self.problems.add((*path, name), ProblemCode.PLACEHOLDER, found=found)
        for name, found_here in holders.items():
            if plain and found_here:
                self.problems.add(
                    (*path, name), ProblemCode.PLACEHOLDER_TITLE, found=shown(found_here[0])
                )
            first = next(iter(holders.values()))
            odd = [one for one in (*first, *found_here) if (one in first) != (one in found_here)]
            if odd and texts[name]:
                self.problems.add(
                    (*path, name), ProblemCode.PLACEHOLDERS_DIFFER, found=shown(odd[0])
                )
        return Texts(*(texts.get(name, "") for name in FIELDS))
