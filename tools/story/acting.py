"""Acting: what the rules do once they are in force, and what people do about it.

Relief money goes out by itself when a red alert is declared; it stops where the owner of the fund
has set too little aside, and goes on when two members say so. An alert for the wrong town is seen
in time, and its run is ended before it has paid anybody. A large payment waits until others agree,
another is refused. A household asks for more than its share and is told why; for one that has taken
in a neighbour's children the director answers, and somebody else looks at that afterwards.
"""

from dataclasses import dataclass, field

from ledger.adoptions import contract_hash
from ledger.codes import Code
from ledger.entry import AutoEntry, parse_entry
from ledger.envelope import Statement
from tools.story.county import DAY, EMERGENCY, ORIGIN, PROGRAMME
from tools.story.handing import Handing, Household
from tools.story.looking import COMMANDER, DECIDER, OUTSIDE
from tools.story.ruling import CAP, RELIEF, document_of
from tools.story.spending import OWNER, Spending
from tools.story.storing import draw
from tools.story.teller import Body, Teller

SECOND_CREST, WRONG_TOWN = "second-crest", "wrong-town"


@dataclass
class Acting:
    """Payments and hand-outs under rules; `alerts`: what was declared, by name."""

    teller: Teller
    spending: Spending
    handing: Handing
    alerts: dict[str, Statement] = field(default_factory=dict)

    # --- relief money

    def set_aside(self, amount: int, rule: str = RELIEF) -> None:
        """So much may be paid out by the rule itself."""
        self.spending.allocate(f"auto-{rule}", amount, EMERGENCY)

    def red_alert(self, name: str, *areas: str) -> None:
        """Declared in earnest: the rule pays from the next batch on."""
        body: Body = {
            "alert": name,
            "areas": [*areas],
            "hazard": "flood",
            "level": 4,
            "programme": PROGRAMME,
            "until": self.teller.clock.now() + 5 * DAY,
        }
        self.alerts[name] = self.teller.say("alert.declare", body, COMMANDER, mark=name)

    def lift(self, name: str) -> None:
        """It was a mistake."""
        self.teller.say("alert.lift", {"alert": name, "reason": "mistaken"}, COMMANDER)

    def _run(self, name: str, reason: str) -> Body:
        """The run of the rule that an alert opened."""
        index = self.teller.index_of(self.alerts[name])
        return {"reason": reason, "run": f"{index:012d}/{contract_hash(document_of(RELIEF))}"}

    def pause(self, name: str) -> None:
        """Any two members stop it before its next household."""
        self.teller.say("run.pause", self._run(name, "wrong-town"), "county/registry", OUTSIDE)

    def go_on(self, name: str) -> None:
        """There is more money: it goes on where it stopped."""
        self.teller.say("run.resume", self._run(name, "more-money"), OWNER, COMMANDER)

    def end(self, name: str) -> None:
        """It is over, and has done nothing."""
        self.teller.say("run.end", self._run(name, "wrong-town"), COMMANDER, OUTSIDE)

    # --- what else contracts cause

    def caused(self, kind: str, *codes: Code) -> list[AutoEntry]:
        """What contracts have caused of a kind, in order, with one of these codes."""
        node = self.teller.node
        found = map(parse_entry, node.entries(0, node.size()))
        return [
            each
            for each in found
            if isinstance(each, AutoEntry)
            and each.kind == kind
            and each.outcome["code"] in (codes or (Code.OK,))
        ]

    def last(self, kind: str, *codes: Code) -> str:
        """The id of the newest of them."""
        self.teller.finish()
        return self.caused(kind, *codes)[-1].id(ORIGIN)

    def all_paid(self) -> None:
        """The provider says of each relief payment that it paid."""
        payments = self.relief()
        self.teller.caused["relief payment"] = payments[0].id(ORIGIN)
        for entry in payments:
            draws = entry.body["draws"]
            assert isinstance(draws, list)
            amounts = [draw["amount"] for draw in draws if isinstance(draw, dict)]
            amount = sum(each for each in amounts if isinstance(each, int))
            self.spending.paid(entry.id(ORIGIN), amount, fund="emergency")

    def relief(self) -> list[AutoEntry]:
        """The payments that the rule has made."""
        paid = self.caused("disbursement.instruct")
        return [each for each in paid if each.body.get("allotment") == f"auto-{RELIEF}"]

    # --- what waits for others

    def agree(self, held: Statement | str, *people: str) -> None:
        """They have looked at it too; `held`: of a person, or the id of a contract's."""
        said = held if isinstance(held, str) else held.id
        for person in people:
            self.teller.say("approval.give", {"held": said}, person)

    def refuse(self, held: Statement, person: str) -> None:
        """One refusal ends it, and its money is free again."""
        self.teller.say("approval.refuse", {"held": held.id, "reason": "too-much"}, person)

    # --- shares

    def parcels(
        self,
        household: Household,
        lot: str,
        count: int,
        *,
        code: Code = Code.OK,
        mark: str = "",
    ) -> Statement:
        """May it have so many parcels at the square?"""
        return self.handing.release(
            household, "square", "week-2", draw(lot, count), code=code, mark=mark
        )

    def answer_for(self, refused: Statement) -> Statement:
        """The director lets pass, once, what the rule of parcels refused."""
        body: Body = {
            "reason": "took-in-children",
            "rule": f"{CAP}/cap",
            "statement": refused.id,
        }
        return self.teller.say("override.use", body, COMMANDER, mark="override")

    def look_at(self, used: Statement) -> None:
        """Somebody of another member decides whether that was right, and closes the case."""
        body: Body = {"case": used.id, "finding": "rejected", "measure": "explain"}
        self.teller.say("case.decide", body, DECIDER)
        self.teller.say("case.close", {"case": used.id, "reason": "justified"}, OUTSIDE)
