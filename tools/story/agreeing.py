"""Agreeing: tents kept back, one lent to the rescue team, water requisitioned, a footbridge built.

Reservations end by themselves; a loan, a requisition and a claim do not: somebody says what came of
them. What is paid for them names what it pays, and is never more than is due.
"""

from dataclasses import dataclass, field

from ledger.canon import Encodable
from ledger.envelope import Statement
from tools.story.county import DAY, GENERAL, OVERSEAS, PROGRAMME
from tools.story.spending import APPROVER, OWNER, PAYER, Spending
from tools.story.storing import GATE, STORES
from tools.story.teller import Body, Teller

COMMANDER, LENDER = "county/director", "county/director"
BORROWER, BORROWING = "cloud/captain", "cloud/stores"
INSPECTOR = "cloud/nurse"


@dataclass
class Agreeing:
    """What is agreed, and what comes of it; `payees`: the tag of whoever is owed, by statement."""

    teller: Teller
    spending: Spending
    payees: dict[str, str] = field(default_factory=dict)

    def _in(self, days: int) -> int:
        return self.teller.clock.now() + days * DAY

    # --- reservations

    def reserve(self, item: str, quantity: int, purpose: str, days: int) -> Statement:
        """Keep goods at the depot for a purpose."""
        body: Body = {
            "item": item,
            "programme": PROGRAMME,
            "purpose": purpose,
            "quantity": quantity,
            "site": "depot",
            "until": self._in(days),
        }
        return self.teller.say("stock.reserve", body, LENDER, mark="reserved")

    def free(self, reservation: Statement, quantity: int) -> None:
        """Keep so much less."""
        body: Body = {"quantity": quantity, "reservation": reservation.id}
        self.teller.say("stock.release", body, LENDER)

    # --- loans

    def lend(self, lot: str, days: int) -> Statement:
        """A numbered piece at the depot for the rescue team, at the school."""
        body: Body = {
            "borrower": "cloud",
            "due": self._in(days),
            "from": "depot",
            "lot": lot,
            "to": "school",
        }
        return self.teller.say("asset.lend", body, LENDER, BORROWER, mark="loan")

    def hand_over(self, loan: Statement) -> None:
        """It changes hands."""
        body: Body = {"condition": "good", "loan": loan.id, "site": "school"}
        self.teller.say("asset.handover", body, STORES, BORROWING)

    def take_back(self, loan: Statement) -> None:
        """It is back, and has suffered."""
        body: Body = {"condition": "damaged", "loan": loan.id, "site": "depot"}
        self.teller.say("asset.return", body, STORES, BORROWING)

    # --- requisitions

    def order(self, days: int, number: int = 7, **goods: int) -> Statement:
        """By law, these goods may be taken."""
        rows: list[Encodable] = [{"item": item, "quantity": n} for item, n in goods.items()]
        body: Body = {
            "area": "linhe",
            "basis": "County emergency ordinance, article 12",
            "goods": rows,
            "number": f"LH-2027-{number}",
            "window": {"from": self.teller.clock.now(), "to": self._in(days)},
        }
        return self.teller.say("requisition.order", body, COMMANDER, mark="requisition")

    def accept(
        self, order: Statement, owner: str, item: str, quantity: int, price: int = 0
    ) -> Statement:
        """The owner hands them over at the depot; a price makes them due at once."""
        line: dict[str, Encodable] = {"condition": "good", "item": item, "quantity": quantity}
        tag = self.teller.tag()
        body: dict[str, Encodable] = {
            "confirmed": True,
            "lines": [line | ({"price": price} if price else {})],
            "order": order.id,
            "owner": owner,
            "payee": tag,
            "site": "depot",
        }
        if price:
            body["currency"] = "CNY"
        said = self.teller.say("requisition.accept", body, STORES, GATE, mark=f"taken {item}")
        self.payees[said.id] = tag
        return said

    def give_back(self, accepted: Statement, quantity: int) -> None:
        """The owner has them back."""
        line: Body = {"condition": "good", "lot": f"{accepted.id}/0", "quantity": quantity}
        body: Body = {"accept": accepted.id, "lines": [line], "site": "depot"}
        self.teller.say("requisition.return", body, STORES, GATE)

    # --- projects

    def contract(self, days: int) -> Statement:
        """A footbridge in the hills, by a builder who keeps no keys: the reviewer co-signs."""
        tag = self.teller.tag()
        milestones: list[Encodable] = [
            {"amount": 1_800_000, "id": "piers"},
            {"amount": 200_000, "id": "deck"},
        ]
        body: Body = {
            "area": "hill",
            "contractor": "masons",
            "line": OVERSEAS,
            "milestones": milestones,
            "payee": tag,
            "programme": PROGRAMME,
            "purpose": "shelter",
            "retention": {"days": 180, "percent": 10},
            "sum": 2_000_000,
            "until": self._in(days),
        }
        said = self.teller.say("project.contract", body, OWNER, APPROVER, mark="project")
        self.payees[said.id] = tag
        return said

    def claim(self, project: Statement, milestone: str) -> Statement:
        """The piers stand, says the county for the builder."""
        body: Body = {"milestone": milestone, "project": project.id}
        said = self.teller.say("project.claim", body, LENDER)
        self.payees[said.id] = self.payees[project.id]
        return said

    def inspect(self, claim: Statement) -> None:
        """Somebody else has been there."""
        body: Body = {"claim": claim.id, "verdict": "pass"}
        self.teller.say("project.inspect", body, INSPECTOR, mark="inspected")

    # --- what is paid for them

    def pay(
        self, owed: Statement, payee: str, purpose: str, amount: int, line: str = GENERAL
    ) -> Statement:
        """Pay what is due for a requisition or a milestone."""
        body: Body = {
            "area": "hill" if payee == "contractor" else "linhe",
            "draws": [{"amount": amount, "line": line}],
            "order": owed.id,
            "payee": {"class": payee, "tag": self.payees[owed.id]},
            "purpose": purpose,
            "source": "allocated",
        }
        return self.teller.say("disbursement.instruct", body, PAYER, APPROVER)
