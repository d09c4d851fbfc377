"""Amounts as people read them, wherever a command shows some.

The log counts smallest units: cents, grams, pieces. What a commodity is called and how its units
are written stands in the log's catalogue; whoever has the state (a whole log, a node) reads it
there. One proof alone does not hold the catalogue. Then the digits of a currency are those of
ISO 4217, goods stay in their smallest units, and `Measures.note` says so.

    >>> Measures("en").amount("CNY", 1_688_800), Measures("en").amount("rice", 10_000)
    ('CNY 16,888.00', '10,000 rice')
    >>> Measures("en").amount("JPY", 500), Measures("en").amount("QQQ", 500)
    ('JPY 500', '500 QQQ')
"""

from collections.abc import Iterable
from json import loads
from typing import Final

from api.figures import decimal, grouped
from api.names import Names, Rows
from tools.console import plain
from tools.words import word

_TWO: Final = (
    "AED AUD BDT BRL CAD CHF CNY DKK EGP ETB EUR GBP HKD IDR ILS INR KES LKR MMK MOP MXN MYR NGN "
    "NOK NPR NZD PHP PKR PLN RUB SAR SEK SGD SYP THB TRY TWD UAH USD YER ZAR"
)
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_NONE: Final = "CLP JPY KRW RWF UGX VND VUV XAF XOF XPF"
ISO_4217: Final = {
    code: digits for digits, codes in ((2, _TWO), (3, _THREE), (0, _NONE)) for code in codes.split()
}
"""Currency -> digits of its minor unit (ISO 4217 list one). One that is missing here is shown in
its smallest units, which is longer and never wrong."""


class Measures:
    """How amounts are written: by the catalogue in `rows`, or without one."""

    def __init__(self, language: str, rows: Rows | None = None) -> None:
        self.language = language
        self._names = None if rows is None else Names(rows, language)

    def note(self, commodities: Iterable[str]) -> str:
        """What a reader of such figures must know; "" where the catalogue says everything."""
        if self._names is not None:
            return ""
        money = {commodity in ISO_4217 for commodity in commodities}
        said = [word("units", self.language)] if False in money else []
        said += [word("iso_money", self.language)] if True in money else []
        return "; ".join(said)

    def amount(self, commodity: str, n: int) -> str:
        """With the commodity's name: `CNY 16,888.00`, `Rice 1,090 kg`."""
        if self._names is not None:
            return plain(self._names.amount(commodity, n))
        digits = ISO_4217.get(commodity)
        if digits is None:
            return f"{grouped(n)} {plain(commodity)}"
        return f"{commodity} {decimal(n, digits)}"

    def figure(self, commodity: str, n: int) -> str:
        """Without it, for tables that name it elsewhere: `16,888.00`, `1,090 kg`."""
        if self._names is not None:
            return plain(self._names.figure(commodity, n))
        digits = ISO_4217.get(commodity)
        return grouped(n) if digits is None else decimal(n, digits)

    def name(self, commodity: str) -> str:
        """The name of an item, the code of a currency."""
        return plain(commodity if self._names is None else self._names.commodity(commodity))


def unexplained(rows: Rows, commodity: str) -> int:
    """How much a count did not find and nobody has explained: a part of what went out."""
    pair = ("accounts", f"{commodity}/lost:unexplained")
    raw = rows([pair]).get(pair)
    return 0 if raw is None else int(loads(raw))
