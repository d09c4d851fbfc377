"""Storing: goods come in, are moved, sent on, cut, put together, counted and lost.

Across a border of custody it takes two: what is dispatched stands on the way until somebody else
says what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.canon import Encodable
from ledger.codes import Code
from ledger.envelope import Statement
from tools.story.county import DAY
from tools.story.people import Person
from tools.story.teller import Body, Teller

STORES, GATE = "county/stores", "county/gate"


def lot(statement: Statement, number: int = 0) -> str:
    """The id of the lot that line `number` of a statement made."""
    return f"{statement.id}/{number}"


def draw(lot_id: str, quantity: int, **rest: Encodable) -> Body:
    """A line that takes so many units of a lot."""
    return {"lot": lot_id, "quantity": quantity, **rest}


def packed(
    item: str, pack: str, count: int, quantity: int, as_written: str, **rest: Encodable
) -> Body:
    """A line of a receipt in packs, with the words of the waybill beside the integer."""
    return {
        "as_written": as_written,
        "condition": "good",
        "count": count,
        "item": item,
        "pack": pack,
        "quantity": quantity,
        **rest,
    }


@dataclass
class Storing:
    """What storekeepers, shippers and counters say."""

    teller: Teller

    def expiry(self, days: int) -> int:
        """A date so many days from now."""
        return self.teller.clock.now() + days * DAY

    def gift(
        self,
        giver: str | Person,
        *lines: Body,
        site: str = "depot",
        mark: str = "",
        keeper: str = STORES,
    ) -> Statement:
        """A gift in kind, with a waybill that says the same; `giver`: a party, or a person, who
        is sealed."""
        advised: list[Encodable] = [
            {"item": line["item"], "quantity": line["quantity"], "short": 0} for line in lines
        ]
        body: dict[str, Encodable] = {"advised": advised, "lines": [*lines], "site": site}
        if isinstance(giver, str):
            body["source"] = {"kind": "gift", "party": giver}
            return self.teller.say("stock.receive", body, keeper, GATE, mark=mark)
        sealed = self.teller.seal("stock.receive", donor=giver.name)
        body |= {"seals": sealed.seals, "source": {"kind": "gift"}}
        return self.teller.say("stock.receive", body, keeper, GATE, mark=mark, sealed=sealed)

    def bought(self, instruction: Statement, party: str, *lines: Body) -> Statement:
        """What a payment bought: donors' money becomes goods."""
        source: Body = {"instruction": instruction.id, "kind": "purchase", "party": party}
        body: Body = {"lines": [*lines], "site": "depot", "source": source}
        return self.teller.say("stock.receive", body, STORES, GATE, mark="bought")

    def move(self, to: str, *lines: Body) -> Statement:
        """From the depot to another site of the county."""
        return self.teller.say("stock.move", {"from": "depot", "lines": [*lines], "to": to}, STORES)

    def order(self, to: str, days: int, **items: int) -> Statement:
        """Keep goods at the depot for a shipment."""
        lines: list[Encodable] = [{"item": item, "quantity": n} for item, n in items.items()]
        body: Body = {
            "carrier": "freight",
            "from": "depot",
            "lines": lines,
            "programme": "flood",
            "to": to,
            "until": self.expiry(days),
        }
        return self.teller.say("shipment.order", body, "county/director")

    def dispatch(
        self, order: Statement | str, to: str, waybill: str, *lines: Body, mark: str = ""
    ) -> Statement:
        """The goods leave with the carrier; `order`: of a person, or the id of a contract's."""
        body: Body = {
            "carrier": "freight",
            "due": self.expiry(2),
            "from": "depot",
            "lines": [*lines],
            "order": order if isinstance(order, str) else order.id,
            "to": to,
            "waybill": waybill,
        }
        return self.teller.say("shipment.dispatch", body, STORES, mark=mark)

    def arrive(
        self,
        dispatch: Statement,
        site: str,
        came: Sequence[tuple[str, int, int, int]],
        *,
        mark: str = "",
    ) -> Statement:
        """What came, line by line of the dispatch: (item, good, damaged, lost)."""
        lines: list[Encodable] = [
            {"damaged": damaged, "good": good, "item": item, "lost": lost,
             "lot": lot(dispatch, number)}
            for number, (item, good, damaged, lost) in enumerate(came)
        ]  # fmt: skip
        body: Body = {"dispatch": dispatch.id, "lines": lines, "site": site}
        return self.teller.say("shipment.arrive", body, "cloud/stores", mark=mark)

    def split(self, lot_id: str, *quantities: int) -> Statement:
        """Cut a lot at the depot."""
        body: Body = {"lot": lot_id, "quantities": [*quantities], "site": "depot"}
        return self.teller.say("stock.split", body, STORES)

    def merge(self, *lines: Body) -> Statement:
        """Put lots at the depot together."""
        return self.teller.say("stock.merge", {"lines": [*lines], "site": "depot"}, STORES)

    def count(self, item: str, counted: int, as_written: str, *, code: Code = Code.OK) -> Statement:
        """Count one item at the depot."""
        line: Body = {"as_written": as_written, "counted": counted, "item": item}
        body: Body = {"lines": [line], "site": "depot"}
        return self.teller.say("stock.count", body, "county/registry", STORES, code=code)

    def adjust(self, lot_id: str, delta: int, reason: str) -> Statement:
        """One lot at the depot has more or fewer than the book says."""
        body: Body = {"delta": delta, "lot": lot_id, "reason": reason, "site": "depot"}
        return self.teller.say("stock.adjust", body, "county/registry", STORES)

    def lose(self, cause: str, *lines: Body) -> Statement:
        """Goods at the depot are gone."""
        body: Body = {"cause": cause, "lines": [*lines], "site": "depot"}
        return self.teller.say("stock.loss", body, STORES, "county/director")
