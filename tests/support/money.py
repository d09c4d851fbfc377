"""Bodies of statements about money, short enough to read a test by."""

from typing import Any

from books import Books, Ran

GENERAL, FOOD = "relief.general", "relief.food"


def h(n: int) -> str:
    """A made-up 32-byte value in hex."""
    return f"{n:064x}"


SEALS = {"contact": h(1), "donor": h(2), "reference": h(3)}


class Money(Books):
    """`Books` with a verb for each kind of statement about money; each sends one statement.

    Signed by those who may, unless `by` names others. Every provider or bank reference is new,
    unless `reference` says which.
    """

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self._references = 1_000
        self.sent: list[tuple[str, dict[str, Any], Ran]] = []

    def fresh(self) -> str:
        self._references += 1
        return h(self._references)

    def receive(self, amount: int, line: str = GENERAL, *, by: Any = None, **rest: Any) -> Ran:
        body = {"amount": amount, "line": line, "reference": self.fresh(), "seals": SEALS}
        owner = "relief" if line.startswith("island") else "county"
        return self._send("donation.receive", body, by or self.two(owner, "treasurer"), rest)

    def reverse(self, gift: str, amount: int, *, by: Any = None, **rest: Any) -> Ran:
        body = {"amount": amount, "donation": gift, "reference": self.fresh()}
        return self._send("donation.reverse", body, by or self.two("county", "treasurer"), rest)

    def refund(self, gift: str, amount: int, *, by: Any = None, **rest: Any) -> Ran:
        body = {"amount": amount, "donation": gift}
        return self._send("donation.refund", body, by or self.two("county", "treasurer"), rest)

    def allocate(
        self, amount: int, purpose: str = "food", line: str = GENERAL, *, verb: str = "allocate",
        by: Any = None, **rest: Any,
    ) -> Ran:  # fmt: skip
        draw = {"amount": amount, "line": line}
        if "donation" in rest:
            draw["donation"] = rest.pop("donation")
        body = {"draws": [draw], "programme": "flood", "purpose": purpose}
        return self._send(f"fund.{verb}", body, by or ("county/fund-owner",), rest)

    def cover(self, amount: int, line: str = GENERAL, *, by: Any = None, **rest: Any) -> Ran:
        body = {"amount": amount, "line": line, "reference": self.fresh()}
        return self._send("fund.cover", body, by or self.two("county", "fund-owner"), rest)

    def instruct(
        self, amount: int, source: str = "free", *, line: str = GENERAL, by: Any = None, **rest: Any
    ) -> Ran:
        draw = {"amount": amount, "line": line}
        if "donation" in rest:
            draw["donation"] = rest.pop("donation")
        body = {
            "area": "east",
            "draws": [draw],
            "payee": {"class": "vendor", "tag": h(7)},
            "purpose": "food",
            "source": source,
        }
        signers = by or ("county/payer", "relief/approver")
        return self._send("disbursement.instruct", body, signers, rest)

    def paid(self, instruction: str, amount: int, *, by: Any = None, **rest: Any) -> Ran:
        body = {"amount": amount, "instruction": instruction, "reference": self.fresh()}
        signers = by or ("county/payer", "relief/approver")
        return self._send("disbursement.paid", body, signers, rest)

    def failed(self, instruction: str, *, by: Any = None, **rest: Any) -> Ran:
        body = {"instruction": instruction, "reference": self.fresh()}
        return self._send("disbursement.failed", body, by or ("county/payer",), rest)

    def returned(self, instruction: str, amount: int, *, by: Any = None, **rest: Any) -> Ran:
        body = {"amount": amount, "instruction": instruction, "reference": self.fresh()}
        return self._send("disbursement.returned", body, by or ("county/payer",), rest)

    def two(self, member: str, role: str) -> tuple[str, str]:
        """Author and second key: two persons, of two members."""
        return (f"{member}/{role}", "relief/approver")

    def _send(self, kind: str, body: dict[str, Any], by: Any, rest: dict[str, Any]) -> Ran:
        """`time` and `waited` go to `run`; anything else is a field of the body, None to leave out."""
        own = {name: rest.pop(name) for name in ("time", "waited") if name in rest}
        fields = {k: v for k, v in {**body, **rest}.items() if v is not None}
        ran = self.run(kind, fields, *by, **own)
        self.sent.append((kind, fields, ran))
        return ran

    # What a test looks at

    def line(self, line: str = GENERAL) -> list[tuple[int, int, list[str]]]:
        """(low, high, stack) of the label intervals, in order; statements by their first 4 digits."""
        return [
            (int(key[-16:], 16), row[0], [short(label) for label in row[1]])
            for key, row in sorted(self.reader.table("line").items())
            if key[:-17] == line
        ]

    def tops(self, line: str = GENERAL) -> list[tuple[int, int, str]]:
        """(low, high, top label)."""
        return [(low, high, stack[-1]) for low, high, stack in self.line(line)]


def short(label: str) -> str:
    """A label whose statement id is cut to four digits."""
    kind, colon, name = label.partition(":")
    return f"{kind}{colon}{name[:4] if len(name) == 64 else name}"
