"""Looking: what is in danger, what is needed, what it costs; and what somebody says is wrong.

None of it moves anything. An alert is raised and lifted, needs and forecasts are declared, prices
are asked; a household that was enrolled twice leaves again; a resident's doubt becomes a case, is
decided, and decided once more by somebody else.
"""

from dataclasses import dataclass

from ledger.canon import Encodable
from ledger.envelope import Statement
from tools.story.county import DAY, PROGRAMME
from tools.story.handing import Handing, Household
from tools.story.people import Person
from tools.story.teller import Body, Teller

COMMANDER = "county/director"
OFFICER, OUTSIDE = "county/registry", "cloud/captain"
DECIDER = "bridge/secretary"
ALERT = "linhe-flood"


@dataclass
class Looking:
    """What commanders, officers and residents say."""

    teller: Teller
    handing: Handing

    # --- alerts and figures

    def alert(self, level: int, days: int, *areas: str) -> None:
        """The county warns; said again, the newest word holds."""
        body: Body = {
            "alert": ALERT,
            "areas": [*areas],
            "evidence": [self.teller.tag()],
            "hazard": "flood",
            "level": level,
            "programme": PROGRAMME,
            "until": self.teller.clock.now() + days * DAY,
        }
        self.teller.say("alert.declare", body, COMMANDER, mark="alert")

    def lift(self) -> None:
        """The water has fallen."""
        self.teller.say("alert.lift", {"alert": ALERT, "reason": "water-fell"}, COMMANDER)

    def need(self, area: str, item: str, quantity: int, days: int = 10) -> None:
        """So much is needed there from now on; 0: no more."""
        body = self._figure(area, item, quantity, 0, days, "assessment")
        self.teller.say("need.declare", body, OFFICER, mark="need")

    def forecast(self, area: str, item: str, quantity: int, first: int, last: int) -> None:
        """So much will be needed there, in some days."""
        body = {
            **self._figure(area, item, quantity, first, last, "model"),
            "evidence": [self.teller.tag()],
        }
        self.teller.say("forecast.publish", body, OFFICER, mark="forecast")

    def _figure(
        self, area: str, item: str, quantity: int, first: int, last: int, method: str
    ) -> Body:
        now = self.teller.clock.now()
        return {
            "area": area,
            "item": item,
            "method": method,
            "organisation": "county",
            "quantity": quantity,
            "window": {"from": now + first * DAY, "to": now + last * DAY},
        }

    def price(self, item: str, unit_price: int, per: int, *, sources: int = 2) -> None:
        """So much is asked in the shops of the county."""
        shops: list[Encodable] = [self.teller.tag() for _ in range(sources)]
        body: Body = {
            "area": "linhe",
            "at": self.teller.clock.now() - 3_600,
            "currency": "CNY",
            "item": item,
            "per": per,
            "sources": shops,
            "unit_price": unit_price,
        }
        self.teller.say("price.observe", body, OUTSIDE, mark="price")

    # --- enrolled twice

    def enrol_twice(self, person: Person, area: str) -> Household:
        """The same people stand at another table, and are given a second right."""
        again = self.handing.enrol(person, area, 4, bank=False)
        self.handing.entitle([again], "week-1", rice=10_000)
        return again

    def retire(self, household: Household) -> None:
        """It is seen: the second right ends, and the second tag with it."""
        body: Body = {
            "cycle": "week-1",
            "purpose": "food",
            "reason": "enrolled-twice",
            "tags": [household.tag],
        }
        self.teller.say("entitlement.revoke", body, "county/director")
        gone: Body = {"reason": "enrolled-twice", "tag": household.tag}
        self.teller.say("household.retire", gone, "county/registry", "county/deputy")
        self.handing.households.remove(household)

    # --- a case

    def open_case(self, handout: Statement, person: Person) -> None:
        """A resident says that something is missing; the words are sealed."""
        sealed = self.teller.seal(
            "case.open",
            contact=person.phone,
            words="Two blankets on the list, one in the bag. 單上兩條毛毯，袋裡一條。",
        )
        body: Body = {
            "class": "aid",
            "due": self.teller.clock.now() + 10 * DAY,
            "seals": {**sealed.seals},
            "subjects": [f"statement/{handout.id}"],
        }
        self.case = self.teller.say("case.open", body, "cloud/nurse", mark="case", sealed=sealed)

    def look_into_case(self) -> None:
        """Another member looks into it; who handed out answers."""
        body: Body = {
            "case": self.case.id,
            "due": self.teller.clock.now() + 5 * DAY,
            "organisation": "cloud",
        }
        self.teller.say("case.assign", body, OUTSIDE)
        sealed = self.teller.seal("case.respond", words="One of the two was wet and kept back.")
        answer: Body = {"case": self.case.id, "seals": {**sealed.seals}}
        self.teller.say("case.respond", answer, "county/gate", sealed=sealed)

    def decide(self, finding: str, measure: str, decider: str = DECIDER) -> None:
        """Somebody outside says who is right."""
        body: Body = {"case": self.case.id, "finding": finding, "measure": measure}
        self.teller.say("case.decide", body, decider)

    def appeal(self) -> None:
        """The resident does not agree."""
        sealed = self.teller.seal("case.appeal", words="A wet one would have dried.")
        body: Body = {"case": self.case.id, "seals": {**sealed.seals}}
        self.teller.say("case.appeal", body, "cloud/nurse", sealed=sealed)

    def close_case(self) -> None:
        """It is settled."""
        self.teller.say("case.close", {"case": self.case.id, "reason": "settled"}, OUTSIDE)
