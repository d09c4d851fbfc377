"""A small relief operation on the whole machine, in few words, and corrections of what it logged.

Every statement goes through `contracts.machine.step`, so that targets are read from real entries.
After each one the whole book is checked: nothing made or lost, lots as on the accounts, the fund
line as on the accounts.
"""

from collections import defaultdict
from json import loads
from typing import Any

from books import Books
from ledgers import DAY, NOW, TestLedger, founded, names

from contracts.machine import Answer

ALL = ("red/ana", "red/bao", "red/chen", "red/dai", "blue/eve", "blue/fay")
CHEN, DAI, ANA, BAO, EVE, FAY = "red/chen", "red/dai", "red/ana", "red/bao", "blue/eve", "blue/fay"
GENERAL, FOOD = "flood.general", "flood.east-food"
NOWHERE = "ab" * 32


def h(n: int) -> str:
    """A made-up 32-byte value in hex."""
    return f"{n:064x}"


def tag(n: int = 1) -> str:
    """The tag of a household."""
    return f"{n:032x}"


class _Rows:
    """The tables of a ledger, decoded: what `Books` reads to check its invariants."""

    def __init__(self, ledger: TestLedger) -> None:
        self.ledger = ledger

    def table(self, name: str) -> dict[str, Any]:
        return {key: loads(raw) for key, raw in self.ledger.memory.table(name).items()}


class Relief:
    """Two sites of one custodian, one of another; items, money, and a verb for each statement."""

    def __init__(self) -> None:
        self.ledger = founded()
        self.rows = _Rows(self.ledger)
        self.books = Books.__new__(Books)
        self.books.reader = self.rows  # type: ignore[assignment]
        self._references = 5_000
        item = {"aliases": [], "class": "medical", "packs": [], "unit": "H87", "version": 1}
        site = {"area": "county", "custodian": "red", "kind": "warehouse", "version": 1}
        body = {
            "items": [{**item, "id": "kn95", "names": names("KN95 masks")}],
            "sites": [{**site, "id": "annex", "names": names("Annex")}],
        }
        assert self.say("catalogue.define", body, ANA).code == "ok"

    # Saying things

    def say(self, kind: str, body: Any, *actors: str, **changes: Any) -> Answer:
        self.ledger.time += 1
        answer = self.ledger.say(kind, body, *actors, **changes)
        self.check()
        return answer

    def ok(self, kind: str, body: Any, *actors: str) -> str:
        """Say it; it must be applied. Returns its statement id."""
        answer = self.say(kind, body, *actors)
        assert answer.code in ("ok", "flagged"), answer
        return answer.statement

    def correct(
        self,
        targets: str | list[Any],
        *replacements: tuple[str, Any],
        by: tuple[str, ...] = ALL,
        why: str = "incorrect_data",
        say: str = "Read again from the paper.",
    ) -> Answer:
        return self.say(
            "correction.declare", self.correction(targets, *replacements, why=why, say=say), *by
        )

    def correction(
        self, targets: str | list[Any], *replacements: tuple[str, Any], **rest: str
    ) -> dict[str, Any]:
        return {
            "replacements": [{"body": body, "kind": kind, "v": 1} for kind, body in replacements],
            "targets": [targets] if isinstance(targets, str) else targets,
            "say": "Read again from the paper.",
            "why": "incorrect_data",
            **rest,
        }

    # Goods

    def receive(self, item: str, *quantities: int, site: str = "depot", **rest: Any) -> str:
        return self.ok("stock.receive", receipt(item, *quantities, site=site, **rest), CHEN, DAI)

    def hand_out(self, lot: str, quantity: int, site: str = "depot") -> str:
        return self.ok("disbursement.handout", given(lot, quantity, site), CHEN)

    def move(self, lot: str, quantity: int, source: str = "depot", to: str = "annex") -> str:
        return self.ok("stock.move", moved(lot, quantity, source, to), CHEN)

    def lose(self, lot: str, quantity: int, cause: str = "lost", site: str = "depot") -> str:
        return self.ok("stock.loss", lost(lot, quantity, cause, site), CHEN, DAI)

    def count(self, item: str, n: int, site: str = "depot") -> str:
        return self.ok("stock.count", counted(item, n, site), CHEN, DAI)

    def dispatch(self, lot: str, quantity: int, **rest: Any) -> str:
        return self.ok("shipment.dispatch", sent(lot, quantity, **rest), DAI)

    def arrive(self, dispatch: str, item: str, good: int, damaged: int = 0, lost: int = 0) -> str:
        return self.ok("shipment.arrive", came(dispatch, item, good, damaged, lost), EVE)

    def enrol(self, n: int = 1, persons: int = 4) -> str:
        return self.ok("household.enrol", household(n, persons), CHEN, DAI)

    def entitle(self, n: int = 1, item: str = "rice", quantity: int = 10) -> str:
        return self.ok("entitlement.issue", entitled(n, item, quantity), ANA)

    # Money

    def fresh(self) -> str:
        self._references += 1
        return h(self._references)

    def gift(self, amount: int, line: str = GENERAL, **rest: Any) -> str:
        return self.ok("donation.receive", self.donation(amount, line, **rest), ANA, DAI)

    def donation(self, amount: int, line: str = GENERAL, **rest: Any) -> dict[str, Any]:
        seals = {"contact": h(1), "donor": h(2), "reference": h(3)}
        return {
            "amount": amount, "line": line, "reference": self.fresh(), "seals": seals, **rest,
        }  # fmt: skip

    def reverse(self, gift: str, amount: int) -> str:
        return self.ok("donation.reverse", self.reversal(gift, amount), ANA, DAI)

    def reversal(self, gift: str, amount: int) -> dict[str, Any]:
        return {"amount": amount, "donation": gift, "reference": self.fresh()}

    def allocate(self, amount: int, line: str = GENERAL) -> str:
        return self.ok("fund.allocate", allocation(amount, line), BAO)

    def cover(self, amount: int, line: str = GENERAL) -> str:
        body = {"amount": amount, "line": line, "reference": self.fresh()}
        return self.ok("fund.cover", body, BAO, DAI)

    def instruct(self, amount: int, source: str = "free", line: str = GENERAL) -> str:
        return self.ok("disbursement.instruct", instruction(amount, source, line), CHEN, DAI)

    def pay(self, instruction: str, amount: int) -> str:
        return self.ok("disbursement.paid", self.payment(instruction, amount), CHEN, DAI)

    def payment(self, instruction: str, amount: int) -> dict[str, Any]:
        return {"amount": amount, "instruction": instruction, "reference": self.fresh()}

    def fail(self, instruction: str) -> str:
        body = {"instruction": instruction, "reference": self.fresh()}
        return self.ok("disbursement.failed", body, CHEN)

    def come_back(self, instruction: str, amount: int) -> str:
        return self.ok("disbursement.returned", self.payment(instruction, amount), CHEN)

    # Looking

    def table(self, name: str) -> dict[str, Any]:
        return self.rows.table(name)

    def row(self, table: str, key: str) -> Any:
        return self.table(table).get(key)

    def balances(self, commodity: str) -> dict[str, int]:
        """All accounts of a commodity that are not zero."""
        start = f"{commodity}/"
        return {
            key.removeprefix(start): int(n)
            for key, n in self.table("accounts").items()
            if key.startswith(start)
        }

    def money(self, line: str = GENERAL) -> dict[str, int]:
        """Accounts of a fund line, ids of statements cut to four digits."""
        found = {}
        for account, n in self.balances("CNY").items():
            if account.startswith(f"{line}/"):
                word, colon, name = account.removeprefix(f"{line}/").partition(":")
                found[f"{word}{colon}{name[:4] if len(name) == 64 else name}"] = n
        return found

    def living(self, item: str, place: str = "site:depot") -> dict[str, int]:
        return {
            key: lot["quantity"]
            for key, lot in self.table("lots").items()
            if "spent" not in lot and lot["item"] == item and lot["place"] == place
        }

    def outcome(self, answer: Answer) -> Any:
        assert answer.index is not None
        return loads(self.ledger.memory.entries[answer.index])["outcome"]

    def breaches(self, answer: Answer) -> list[list[Any]]:
        found: list[list[Any]] = self.outcome(answer).get("breaches", [])
        return found

    def corrected(self, name: str) -> Any:
        """The row of the index for corrections of a statement or row of a list."""
        return self.row("index", f"correction/{name}")

    # Invariants

    def check(self) -> None:
        Books.check(self.books)
        self._check_lines()
        self._check_legs()

    def _check_lines(self) -> None:
        """The positions under a top label sum to the balance of its account."""
        tops: dict[str, int] = defaultdict(int)
        for key, (high, stack) in self.table("line").items():
            label = "refunded" if stack[-1].startswith("refunded:") else stack[-1]
            if not label.startswith(("void:", "paid:")):
                tops[f"{key[:-17]}/{label}"] += high - int(key[-16:], 16)
            assert 0 < len(stack) <= 4, stack
        words = ("free", "allocated:", "held:", "transit:", "refunded")
        held = {
            account: n
            for account, n in self.balances("CNY").items()
            if account.rpartition("/")[2].startswith(words)
        }
        assert held == dict(tops), (held, dict(tops))
        origins: dict[str, int] = defaultdict(int)
        for key, (high, _) in sorted(self.table("origin").items()):
            assert int(key[-16:], 16) == origins[key[:-17]], key
            origins[key[:-17]] = high

    def _check_legs(self) -> None:
        """What legs say is on its way, paid or kept is so."""
        on_its_way: dict[str, int] = defaultdict(int)
        for key, n in self.table("accounts").items():
            commodity, _, account = key.partition("/")
            word, _, name = account.rpartition("/")[2].partition(":")
            if word == "consignment":
                on_its_way[f"{name}/{commodity}"] += int(n)
            elif word == "transit":
                on_its_way[name] += int(n)
        paid: dict[str, int] = defaultdict(int)
        for key, (high, stack) in self.table("line").items():
            if stack[-1].startswith("paid:"):
                paid[stack[-1].removeprefix("paid:")] += high - int(key[-16:], 16)
        said: dict[str, int] = defaultdict(int)
        kept: dict[str, int] = defaultdict(int)
        for leg, row in self.table("legs").items():
            if row["kind"] == "shipment.dispatch":
                for item, n in row["left"]:
                    said[f"{leg}/{item}"] += n
                assert bool(row["left"]) != ("closed" in row), (leg, row)
            elif row["kind"] == "disbursement.instruct":
                said[leg] += row["asked"] - row["paid"] - row["back"]
                assert row["paid"] == paid.pop(leg, 0), (leg, row)
            elif (
                row["kind"] in ("shipment.order", "disbursement.release", "stock.reserve")
                and "closed" not in row
            ):
                for item, n in row["left"]:
                    kept[f"{item}/{row.get('from') or row['site']}"] += n
                for first, n in row.get("lots", []):
                    kept[first] += n
            elif row["kind"] in ("entitlement.issue", "project.contract") and "closed" not in row:
                kept[row["key"]] += row["left"]
            for key in row.get("keeps", []):
                kept[key] += 1
        for row in self.table("holds").values():
            for key, n in row.get("kept", {}).get("reserved", []):
                kept[key] += n
        assert {k: n for k, n in said.items() if n} == dict(on_its_way)
        assert not paid
        assert self.table("reserved") == {k: n for k, n in kept.items() if n}


# ---- bodies -------------------------------------------------------------------------------------


def receipt(item: str, *quantities: int, site: str = "depot", **rest: Any) -> dict[str, Any]:
    lines = [{"condition": "good", "item": item, "quantity": n} for n in quantities]
    return {"lines": lines, "site": site, "source": {"kind": "gift"}, **rest}


def given(lot: str, quantity: int, site: str = "depot") -> dict[str, Any]:
    """A hand-out to an organisation."""
    return {"lines": [{"lot": lot, "quantity": quantity}], "organisation": "blue", "site": site}


def given_to(n: int, lot: str, quantity: int, site: str = "depot") -> dict[str, Any]:
    """A hand-out to a household."""
    rows = [{"lines": [{"lot": lot, "quantity": quantity}], "tag": tag(n)}]
    return {"confirmation": "pin", "cycle": "may", "purpose": "food", "rows": rows, "site": site}


def moved(lot: str, quantity: int, source: str = "depot", to: str = "annex") -> dict[str, Any]:
    return {"from": source, "lines": [{"lot": lot, "quantity": quantity}], "to": to}


def lost(lot: str, quantity: int, cause: str = "lost", site: str = "depot") -> dict[str, Any]:
    return {"cause": cause, "lines": [{"lot": lot, "quantity": quantity}], "site": site}


def counted(item: str, n: int, site: str = "depot") -> dict[str, Any]:
    return {"lines": [{"counted": n, "item": item}], "site": site}


def sent(lot: str, quantity: int, **rest: Any) -> dict[str, Any]:
    return {"from": "depot", "lines": [{"lot": lot, "quantity": quantity}], "to": "point", **rest}


def came(
    dispatch: str, item: str, good: int, damaged: int = 0, lost: int = 0, site: str = "point"
) -> dict[str, Any]:
    line = {"damaged": damaged, "good": good, "item": item, "lost": lost}
    return {"dispatch": dispatch, "lines": [line], "site": site}


def household(n: int = 1, persons: int = 4) -> dict[str, Any]:
    seals = {name: h(n) for name in ("address", "document", "name", "phone")}
    return {
        "area": "east",
        "bank_verified": False,
        "persons": persons,
        "programme": "flood-27",
        "seals": seals,
        "tag": tag(n),
    }


def entitled(n: int, item: str, quantity: int) -> dict[str, Any]:
    return {
        "cycle": "may",
        "lines": [{"item": item, "quantity": quantity}],
        "programme": "flood-27",
        "purpose": "food",
        "tags": [tag(n)],
        "window": {"from": NOW, "to": NOW + 30 * DAY},
    }


def allocation(amount: int, line: str = GENERAL) -> dict[str, Any]:
    draws = [{"amount": amount, "line": line}]
    return {"draws": draws, "programme": "flood-27", "purpose": "food"}


def instruction(amount: int, source: str = "free", line: str = GENERAL) -> dict[str, Any]:
    return {
        "area": "east",
        "draws": [{"amount": amount, "line": line}],
        "payee": {"class": "vendor", "tag": h(7)},
        "purpose": "food",
        "source": source,
    }
