"""Numbers and times as people read them: exact, grouped, with their unit and zone.

Everything comes in as an integer, of minor units, base units or seconds, and nothing is rounded
away: what cannot be shown shorter without loss is shown in full.

    >>> money(70140126391, "CNY", 2)
    'CNY 701,401,263.91'
    >>> quantity(12_500_000, "GRM", "en"), quantity(12_500_001, "GRM", "en")
    ('12.5 t', '12,500.001 kg')
    >>> clock(1_800_000_000, 28_800)
    '2027-01-15 16:00:00 UTC+8'
"""

from datetime import UTC, datetime, timedelta

from api.words import TONNE, UNITS, word
from ledger.sentences import language_index

_CONTROLS = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (
        0x061C,
        0x200B,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0xFEFF,
    )
}
"""Characters that show nothing and change how others are shown."""


def plain(text: str) -> str:
    """Somebody's text with what would reorder or hide others made visible.

    >>> plain("rice\u202egpj")
    'rice\ufffdgpj'
    """
    return text.translate(_CONTROLS)


def grouped(n: int) -> str:
    """An integer with thousands apart."""
    return f"{n:,}"


def decimal(n: int, places: int) -> str:
    """n of 10^-places units, exactly, with all its places."""
    if places == 0:
        return grouped(n)
    whole, part = divmod(abs(n), 10**places)
    return f"{'-' if n < 0 else ''}{whole:,}.{part:0{places}d}"


def short(n: int, places: int) -> str:
    """The same without zeros at the end."""
    text = decimal(n, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(n: int, currency: str, minor: int) -> str:
    """An amount of minor units."""
    return f"{currency} {decimal(n, minor)}"


def quantity(n: int, unit: str, language: str) -> str:
    """A quantity of base units, grams as kilograms or tonnes where that loses nothing."""
    if unit == "GRM" and (abs(n) >= 1_000 or n == 0):
        if abs(n) >= 10_000_000 and n % 100_000 == 0:
            return f"{short(n, 6)} {TONNE[language_index(language)]}"
        return f"{short(n, 3)} {word(UNITS, 'KGM', language)}"
    return f"{grouped(n)} {word(UNITS, unit, language)}"


def clock(time: int, offset: int) -> str:
    """Unix seconds as date and time in the ledger's zone, which is named; "" for a missing time."""
    try:
        then = datetime.fromtimestamp(time, UTC) + timedelta(seconds=offset)
    except (OverflowError, OSError, ValueError):
        # A claimed time may be any number; a year past 9999 is shown as it was written.
        return f"{time} s"
    return f"{then:%Y-%m-%d %H:%M:%S} {zone(offset)}"


def minute(time: int, offset: int) -> str:
    """The same to the minute and without the zone, for lists that name it elsewhere."""
    return clock(time, offset)[:16] if time < _YEAR_10000 else clock(time, offset)


_YEAR_10000 = 253_402_214_400
"""Unix seconds near the end of 9999; beyond, a time is shown as a number."""


def zone(offset: int) -> str:
    """`UTC+8`, `UTC-3:30`, `UTC`."""
    if offset == 0:
        return "UTC"
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"UTC{'+' if offset > 0 else '-'}{hours}{f':{minutes:02}' if minutes else ''}"


def age(seconds: int, language: str) -> str:
    """How long ago, in the largest unit that fits.

    >>> age(42, "en"), age(150, "en"), age(7_300, "zh-Hans")
    ('42 s', '2 min', '2 小时')
    """
    place = language_index(language)
    for size, names in (
        (86_400, ("d", "天", "天")),
        (3_600, ("h", "小时", "小時")),
        (60, ("min", "分钟", "分鐘")),
    ):
        if seconds >= size:
            return f"{seconds // size} {names[place]}"
    return f"{max(seconds, 0)} {('s', '秒', '秒')[place]}"
