"""Sentences of a contract, in three languages, with placeholders for what was judged.

A placeholder is `{name}`, `{it.qty}`, or one with a way of writing behind a bar: `{amount|money}`,
`{wait|hours}`, `{term|days}`, `{mass|kg}`, `{it.at|date}`. There is no other use of braces.
Sentences are written when they are read and never hashed: a placeholder that has no value, or that
a reader may not see, makes the sentence fall back, and never changes what was decided. Integer
arithmetic alone.
Specification: `docs/spec/contract-document.md`, texts.

    >>> template = parse_text("{n} boxes, {sum|money}, until {end|date}")
    >>> values = {"n": 1200, "sum": 1234567, "end": 1712300000}
    >>> render(template, values, language="en", currencies={"sum": "TWD"}, places={"TWD": 2})
    '1,200 boxes, TWD 12,345.67, until 2024-04-05'
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from ledger.canon import Value

FORMATS: Final = ("money", "days", "hours", "kg", "date")
FIELDS: Final = ("zh_hant", "zh_hans", "en")
"""The languages as a document names them; readers say `zh-Hant`, `zh-Hans`, `en`."""
SHOWN_MAX: Final = 200
"""Characters of one value in a sentence; what is longer is cut and ends in `…`."""
OFFSET_S: Final = 28_800
"""+08:00, for dates where a ledger has not said otherwise."""

_NAME: Final = "[a-z][a-z0-9_]{0,63}"
_PLACEHOLDER: Final = re.compile(rf"\{{({_NAME}(?:\.{_NAME}){{0,3}})(?:\|([a-z]{{1,8}}))?\}}")
_YES: Final = {"en": ("no", "yes"), "zh-Hans": ("否", "是"), "zh-Hant": ("否", "是")}


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`path` is a dotted name; `format` one of `FORMATS`, or "" for the value as it is."""

    path: str
    format: str

    def __str__(self) -> str:
        return f"{{{self.path}{'|' if self.format else ''}{self.format}}}"


Template: TypeAlias = tuple[str | Placeholder, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in the three languages."""

    zh_hant: str
    zh_hans: str
    en: str

    def of(self, language: str) -> str:
        """The text in the language of a tag such as `zh-Hant`."""
        return {"zh-Hant": self.zh_hant, "zh-Hans": self.zh_hans}.get(language, self.en)


def parse_text(text: str) -> Template:
    """The parts of a text; `ValueError` with the piece that is no placeholder."""
    parts: list[str | Placeholder] = []
    at = 0
    for found in _PLACEHOLDER.finditer(text):
        parts += [text[at : found.start()], Placeholder(found[1], found[2] or "")]
        at = found.end()
    parts.append(text[at:])
    for part in parts:
        if isinstance(part, str) and (stray := re.search("[{}]", part)):
            raise ValueError(part[stray.start() : stray.start() + 40])
        if isinstance(part, Placeholder) and part.format not in ("", *FORMATS):
            raise ValueError(str(part))
    return tuple(part for part in parts if part != "")


def placeholders(template: Template) -> tuple[str, ...]:
    """The placeholders of a text, sorted, each once: alike in every language."""
    return tuple(sorted({str(part) for part in template if isinstance(part, Placeholder)}))


def render(
    template: Template,
    values: Mapping[str, Value],
    *,
    language: str,
    currencies: Mapping[str, str],
    places: Mapping[str, int],
    masked: Iterable[str] = (),
    offset_s: int = OFFSET_S,
) -> str | None:
    """The sentence; None where a placeholder has no value or is `masked` (dotted names).

    `currencies`: path of a placeholder for money -> its currency; `places`: its decimal places.
    """
    hidden = tuple(masked)
    written: list[str] = []
    for part in template:
        if isinstance(part, str):
            written.append(part)
            continue
        path = part.path
        if any(path == one or path.startswith(f"{one}.") for one in hidden):
            return None
        value = look_up(path, values)
        if value is None:
            return None
        currency = currencies.get(path, "")
        text = _shown(value, part.format, language, currency, places, offset_s)
        written.append(text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 1]}…")
    return "".join(written)


def look_up(path: str, values: Mapping[str, Value]) -> Value | None:
    """The value of a dotted name; None where there is none."""
    root, *fields = path.split(".")
    found = values.get(root)
    for name in fields:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _shown(
    value: Value, form: str, language: str, currency: str, places: Mapping[str, int], offset_s: int
) -> str:
    match value:
        case bool():
            return _YES.get(language, _YES["en"])[value]
        case str():
            return value
        case int():
            return _number(value, form, currency, places.get(currency, 0), offset_s)
        case list():
            text = ""
            for one in value:
                if len(text) > SHOWN_MAX:
                    break
                comma = "" if text == "" else ", " if language == "en" else "、"
                text += comma + _shown(one, form, language, currency, places, offset_s)
            return text
        case _:
            return ""


def _number(n: int, form: str, currency: str, places: int, offset_s: int) -> str:
    match form:
        case "money":
            return f"{currency} {_decimal(n, places)}"
        case "days" | "hours":
            # Tenths of a day of 24 hours or of an hour, the rest cut off.
            sign, tenths = ("-" if n < 0 else ""), abs(n) // (8_640 if form == "days" else 360)
            return sign + _short(_decimal(tenths, 1))
        case "kg":
            return _short(_decimal(n, 3))
        case "date":
            return format_date(n + offset_s)
        case _:
            return f"{n:,}"


def _decimal(n: int, places: int) -> str:
    """n of 10^-places, with all its places."""
    if places == 0:
        return f"{n:,}"
    whole, rest = divmod(abs(n), 10**places)
    return f"{'-' if n < 0 else ''}{whole:,}.{rest:0{places}d}"


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_date(seconds: int) -> str:
    """`2024-04-05` for seconds since 1970, in the Gregorian calendar.

    Days are counted from 1 March of year 0, so that the leap day ends a year; 400 years have
    146,097 days (the days-from-civil method, read backwards).

    >>> format_date(0), format_date(951_782_400), format_date(9_999_999_999)
    ('1970-01-01', '2000-02-29', '2286-11-20')
    """
    days = seconds // 86_400 + 719_468
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524
                   - day_of_era // 146_096) // 365  # fmt: skip
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    year = year_of_era + era * 400 + (month >= 10)
    return f"{year:04d}-{month + 3 if month < 10 else month - 9:02d}-{day:02d}"
