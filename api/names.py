"""What things are called: ids of the ledger turned into the words that its members gave them.

Names come from the state's own rows (`catalogue`, `members`, `keys`), so a page never calls a thing
otherwise than the ledger does. What has no row keeps its id: pages show, they do not judge.
"""

from collections.abc import Callable, Mapping, Sequence
from json import loads
from typing import Any

from api.figures import clock, decimal, minute, plain, quantity
from api.words import REASONS, account_word, word
from ledger.state import Pair

Rows = Callable[[Sequence[Pair]], Mapping[Pair, bytes]]
"""`ledger.state.Reader.rows` of the state as of now."""

_FIELDS = {"en": "en", "zh-Hans": "zh_hans", "zh-Hant": "zh_hant"}


class Names:
    """Names for one answer in one language; each row is read once."""

    def __init__(self, rows: Rows, language: str) -> None:
        self._rows, self.language = rows, language
        self._known: dict[Pair, Any] = {}

    def row(self, table: str, key: str) -> Any:
        """The value of a row, None where there is none."""
        pair = (table, key)
        if pair not in self._known:
            # Keys outside the form of a row's key can be in no table.
            found = self._rows([pair]) if 1 <= len(key.encode()) <= 192 else {}
            self._known[pair] = loads(found[pair]) if pair in found else None
        return self._known[pair]

    def _named(self, table: str, key: str, otherwise: str) -> str:
        row = self.row(table, key)
        names = row.get("names") if isinstance(row, dict) else None
        return plain(otherwise if names is None else str(names[_FIELDS[self.language]]))

    # Things and people

    def item(self, item: str) -> str:
        """The name of an item."""
        return self._named("catalogue", f"item/{item}", item)

    def site(self, site: str) -> str:
        """The name of a site."""
        return self._named("catalogue", f"site/{site}", site)

    def area(self, area: str) -> str:
        """The name of an area."""
        return self._named("catalogue", f"area/{area}", area)

    def programme(self, programme: str) -> str:
        """The name of a programme."""
        return self._named("catalogue", f"programme/{programme}", programme)

    def own(self, thing: Mapping[str, Any]) -> str:
        """The name that a statement itself gives to what it defines; its id where it gives none."""
        names = thing.get("names")
        return plain(str(thing["id"] if names is None else names[_FIELDS[self.language]]))

    def item_of_lot(self, lot: str) -> str:
        """The item of a lot; "" where there is no such lot."""
        row = self.row("lots", lot)
        return str(row["item"]) if isinstance(row, dict) else ""

    def fund(self, fund: str) -> str:
        """The name of a fund."""
        return self._named("catalogue", f"fund/{fund}", fund)

    def line(self, line: str) -> str:
        """The name of a fund line: its fund's, and the line's own id unless it is `general`."""
        fund, _, part = line.partition(".")
        name = self.fund(fund)
        return name if part in ("", "general") else f"{name} · {part}"

    def member(self, member: str) -> str:
        """The name of an organisation."""
        return self._named("members", member, member)

    def signer(self, key: str) -> str:
        """The organisation that a key signs for; "" for a key that nobody holds."""
        row = self.row("keys", key)
        actor = str(row[3]) if isinstance(row, list) else ""
        return self.member(actor.partition("/")[0]) if actor else ""

    def actor(self, key: str) -> str:
        """Organisation and the code of the person who holds a key."""
        row = self.row("keys", key)
        actor = str(row[3]) if isinstance(row, list) else ""
        if not actor:
            return key[:12]
        member, _, code = actor.partition("/")
        return f"{self.member(member)} ({code})"

    def subject(self, subject: str) -> str:
        """What a list of entries is about: `item/rice`, `fund/flood`, `site/depot` .."""
        noun, slash, name = subject.partition("/")
        named = {"item": self.item, "fund": self.fund, "site": self.site, "member": self.member}
        if noun in named:
            return named[noun](name)
        name = name if slash else noun
        return plain(name if len(name) <= 40 else f"{name[:12]}…")

    # Figures

    def is_money(self, commodity: str) -> bool:
        """Whether a commodity is a currency."""
        return self.row("catalogue", f"currency/{commodity}") is not None

    def figure(self, commodity: str, n: int) -> str:
        """A number of units without the commodity's name: `701,401,263.91`, `5 kg`."""
        currency = self.row("catalogue", f"currency/{commodity}")
        if currency is not None:
            return decimal(n, int(currency["minor"]))
        item = self.row("catalogue", f"item/{commodity}")
        return quantity(n, str(item["unit"]) if item else "", self.language).strip()

    def commodity(self, commodity: str) -> str:
        """The name of an item, the code of a currency."""
        return commodity if self.is_money(commodity) else self.item(commodity)

    def amount(self, commodity: str, n: int) -> str:
        """Both: `CNY 80.00`, `Rice 5 kg`."""
        return f"{self.commodity(commodity)} {self.figure(commodity, n)}"

    # Accounts

    def account(self, account: str) -> str:
        """An account in words: `Flood: not yet allocated`, `Depot`, `given to households`."""
        line, _, label = account.rpartition("/")
        head, _, rest = label.partition(":")
        text = account_word(label, self.language)
        if head == "site":
            text = self.site(rest)
        elif head in ("over_issue", "found"):
            text = f"{self.site(rest)} · {text}"
        elif head in ("allocated", "lost") and rest:
            reason = word(REASONS, rest, self.language)
            text = f"{text} ({reason})" if self.language == "en" else f"{text}（{reason}）"
        if not line or head == "ext":
            return text
        return f"{self.line(line)} · {text}"

    # Times

    @property
    def offset(self) -> int:
        """The ledger's zone, seconds east of UTC."""
        row = self.row("trust", "settings")
        return int(row["offset"]) if isinstance(row, dict) else 0

    def clock(self, time: int) -> str:
        """Unix seconds as date and time in the ledger's zone."""
        return clock(time, self.offset)

    def minute(self, time: int) -> str:
        """The same to the minute, without the zone."""
        return minute(time, self.offset)
