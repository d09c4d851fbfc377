"""Handing out: households are enrolled, entitled, given to, and say what they got.

The ledger knows a household by a random tag. Goods are released first, which is where somebody who
asks for more than is left is told so; the hand-out is the fact that follows.
"""

from dataclasses import dataclass, field

from ledger.canon import Encodable, encode
from ledger.codes import Code
from ledger.envelope import Statement
from ledger.proofs.disclosure import Field
from tools.story.county import DAY, PROGRAMME
from tools.story.people import Person
from tools.story.storing import draw
from tools.story.teller import Body, Teller

STAFF = {
    "square": ("county/gate", "county/deputy"),
    "school": ("cloud/stores", "cloud/nurse"),
    "hall": ("cloud/volunteer", "cloud/nurse"),
}
"""Site -> who gives out there, and who approves."""


@dataclass
class Household:
    """A household as the ledger knows it, and the invented person who speaks for it."""

    tag: str
    area: str
    person: Person


@dataclass
class Handing:
    """What registrars, distributors and residents say."""

    teller: Teller
    households: list[Household] = field(default_factory=list)

    def enrol(self, person: Person, area: str, persons: int, *, bank: bool) -> Household:
        """A household of `persons` takes part."""
        household = Household(self.teller.tag(16), area, person)
        sealed = self.teller.seal(
            "household.enrol",
            address=person.address,
            document=person.document,
            name=person.name,
            phone=person.phone,
        )
        body: Body = {
            "area": area,
            "bank_verified": bank,
            "dedupe": self.teller.tag(),
            "persons": persons,
            "programme": PROGRAMME,
            "seals": {**sealed.seals},
            "tag": household.tag,
        }
        mark = "" if self.households else "first household"
        self.teller.say(
            "household.enrol", body, "county/registry", "county/deputy", mark=mark, sealed=sealed
        )
        self.households.append(household)
        return household

    def of(self, area: str) -> list[Household]:
        """The households of an area."""
        return [each for each in self.households if each.area == area]

    def entitle(self, households: list[Household], cycle: str, **items: int) -> Statement:
        """Each may have so much of these goods, for three weeks."""
        lines: list[Encodable] = [{"item": item, "quantity": n} for item, n in items.items()]
        return self._issue(households, cycle, "food", {"lines": lines})

    def entitle_cash(self, households: list[Household], amount: int, line: str) -> Statement:
        """Each may be paid so much, out of what the line sets aside for cash."""
        return self._issue(households, "first", "cash", {"money": {"amount": amount, "line": line}})

    def _issue(
        self, households: list[Household], cycle: str, purpose: str, what: Body
    ) -> Statement:
        now = self.teller.clock.now()
        body: Body = {
            "cycle": cycle,
            "programme": PROGRAMME,
            "purpose": purpose,
            "tags": [each.tag for each in households],
            "window": {"from": now, "to": now + 21 * DAY},
            **what,
        }
        return self.teller.say("entitlement.issue", body, "county/director")

    # --- goods

    def release(
        self,
        household: Household,
        site: str,
        cycle: str,
        *lines: Body,
        code: Code = Code.OK,
        mark: str = "",
    ) -> Statement:
        """May these goods go out now, for this household?"""
        right: Body = {"cycle": cycle, "purpose": "food", "tag": household.tag}
        body: Body = {"entitlement": right, "lines": [*lines], "site": site}
        return self.teller.say("disbursement.release", body, *STAFF[site], code=code, mark=mark)

    def give(
        self,
        household: Household,
        site: str,
        cycle: str,
        release: Statement,
        *,
        code: Code = Code.OK,
        mark: str = "",
    ) -> Statement:
        """What was released is in the household's hands."""
        body: Body = {
            "confirmation": "card",
            "cycle": cycle,
            "purpose": "food",
            "release": release.id,
            "rows": [{"lines": release.body["lines"], "tag": household.tag}],
            "site": site,
        }
        return self.teller.say("disbursement.handout", body, STAFF[site][0], code=code, mark=mark)

    def give_offline(self, household: Household, site: str, cycle: str, *lines: Body) -> Statement:
        """Given where there was no network: told later by the volunteer's phone, without a release.

        It happened, so it is booked, with a remark that no release stood behind it.
        """
        key = self.teller.keys["cloud/volunteer phone"].key_id
        body: Body = {
            "confirmation": "witness",
            "cycle": cycle,
            "device": {"id": key, "seq": 1},
            "purpose": "food",
            "reason": "no-network",
            "rows": [{"lines": [*lines], "tag": household.tag}],
            "site": site,
        }
        return self.teller.say(
            "disbursement.handout",
            body,
            "cloud/volunteer phone",
            "cloud/nurse",
            code=Code.FLAGGED,
            ago=5 * 3_600,
        )

    def give_open(self, lot: str, count: int, each: int, *, mark: str = "") -> Statement:
        """At an open point, to whoever comes: totals on the ledger, who got what in a manifest."""
        lines: list[Encodable] = [draw(lot, count * each)]
        released = self.teller.say(
            "disbursement.release", {"lines": lines, "site": "hall"}, *STAFF["hall"]
        )
        one = encode([draw(lot, each)]).decode()
        rows: list[dict[str, Field]] = [
            {"lines": one, "tag": self.teller.tag(16)} for _ in range(count)
        ]
        sealed = self.teller.seal_list("disbursement.handout", rows)
        body: Body = {
            "confirmation": "signature",
            "lines": lines,
            "manifest": sealed.manifest.value(),
            "release": released.id,
            "site": "hall",
        }
        return self.teller.say(
            "disbursement.handout", body, STAFF["hall"][0], mark=mark, sealed=sealed
        )

    def give_organisation(self, organisation: str, lot: str, quantity: int) -> Statement:
        """To a clinic or hospital, from the depot."""
        body: Body = {
            "lines": [draw(lot, quantity)],
            "organisation": organisation,
            "site": "depot",
        }
        return self.teller.say("disbursement.handout", body, "county/gate")

    def confirm(
        self, handout: Statement, state: str, *, by: str = "pin", **rest: Encodable
    ) -> None:
        """The household says what it got."""
        body: Body = {"by": by, "handout": handout.id, "row": 0, "state": state, **rest}
        signer = "county/gate" if handout.body["site"] == "square" else "cloud/nurse"
        self.teller.say("delivery.confirm", body, signer)
