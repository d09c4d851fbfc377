"""Spending: money is set aside, instructed, paid; some payments fail or come back.

To instruct puts money in transit, only `paid` spends it, and what fails is there again under its
earlier label, for the same donors.
"""

from dataclasses import dataclass

from ledger.canon import Encodable
from ledger.codes import Code
from ledger.envelope import Statement
from tools.story.county import GENERAL, PROGRAMME
from tools.story.teller import Body, Teller

OWNER, PAYER, APPROVER = "bridge/secretary", "bridge/cashier", "bridge/reviewer"


@dataclass
class Spending:
    """Payments as they are made; numbers the provider's references."""

    teller: Teller
    _count: int = 0

    def allocate(self, purpose: str, amount: int, line: str = GENERAL) -> None:
        """Set money aside for a purpose."""
        self._set_aside("fund.allocate", purpose, amount, line)

    def deallocate(self, purpose: str, amount: int, line: str = GENERAL) -> None:
        """Set it free again."""
        self._set_aside("fund.deallocate", purpose, amount, line)

    def _set_aside(self, kind: str, purpose: str, amount: int, line: str) -> None:
        body: Body = {
            "draws": [{"amount": amount, "line": line}],
            "programme": PROGRAMME,
            "purpose": purpose,
        }
        self.teller.say(kind, body, OWNER)

    def instruct(
        self,
        payee: str,
        purpose: str,
        amount: int,
        *,
        line: str = GENERAL,
        area: str = "linhe",
        gift: Statement | None = None,
        code: Code = Code.OK,
        mark: str = "",
    ) -> Statement:
        """Pay a supplier, partner or fee (`payee`: its class), out of what is set aside.

        `gift`: out of this gift and no other, before it was set aside.
        """
        draw: dict[str, Encodable] = {"amount": amount, "line": line}
        if gift is not None:
            draw["donation"] = gift.id
        body: Body = {
            "area": area,
            "draws": [draw],
            "payee": {"class": payee, "tag": self.teller.tag()},
            "purpose": purpose,
            "source": "allocated" if gift is None else "free",
        }
        return self.teller.say("disbursement.instruct", body, PAYER, APPROVER, code=code, mark=mark)

    def cash(self, tag: str, area: str, amount: int, *, mark: str = "") -> Statement:
        """Pay a household what it is entitled to."""
        body: Body = {
            "area": area,
            "draws": [{"amount": amount, "line": GENERAL}],
            "entitlement": {"cycle": "first", "purpose": "cash", "tag": tag},
            "payee": {"class": "household", "tag": tag},
            "purpose": "cash",
            "source": "allocated",
        }
        return self.teller.say("disbursement.instruct", body, PAYER, APPROVER, mark=mark)

    def paid(self, instruction: Statement | str, amount: int, *, fund: str = "linhe") -> None:
        """The provider says that it paid an instruction, of a person or of a rule (its id)."""
        body: Body = {"amount": amount, **self._about(instruction, fund)}
        signers = (PAYER, APPROVER) if amount > 5_000_000 else (PAYER,)
        self.teller.say("disbursement.paid", body, *signers)

    def failed(self, instruction: Statement) -> None:
        """The provider could not pay."""
        body: Body = {**self._about(instruction, "linhe"), "reason": "wrong-account"}
        self.teller.say("disbursement.failed", body, PAYER)

    def returned(self, instruction: Statement, amount: int) -> None:
        """What was paid came back."""
        about = self._about(instruction, "linhe")
        body: Body = {"amount": amount, **about, "reason": "account-closed"}
        self.teller.say("disbursement.returned", body, PAYER)

    def _about(self, instruction: Statement | str, fund: str) -> Body:
        self._count += 1
        said = instruction if isinstance(instruction, str) else instruction.id
        reference = self.teller.reference(fund, f"PY{self._count:06}")
        return {"instruction": said, "reference": reference}
