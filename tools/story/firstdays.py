"""The first four days of the flood: what came, who was there, the first rations.

What happened then is remembered in attributes (lots, shipments, bills): later days go on from them.
"""

from dataclasses import dataclass

from ledger.canon import Encodable
from ledger.codes import Code
from ledger.envelope import Statement
from nodes.keyring import KeyFile
from tools.story import opening
from tools.story.acting import Acting
from tools.story.agreeing import Agreeing
from tools.story.county import EAST_FOOD, OVERSEAS
from tools.story.giving import Giving
from tools.story.handing import Handing, Household
from tools.story.looking import Looking
from tools.story.mistake import Mistake
from tools.story.people import givers, residents
from tools.story.ruling import (
    AHEAD,
    CAP,
    EARMARK,
    LADDER,
    LOANS,
    RELIEF,
    RESERVE,
    TAKEN,
    TRANCHE,
    Ruling,
)
from tools.story.spending import Spending
from tools.story.storing import Storing, draw, lot, packed
from tools.story.teller import Body, Teller


@dataclass
class FirstDays:
    """The story on its way, as far as the fourth day; `made` are the key files it made."""

    teller: Teller

    def __post_init__(self) -> None:
        teller = self.teller
        self.giving, self.spending = Giving(teller), Spending(teller)
        self.storing, self.handing = Storing(teller), Handing(teller)
        self.looking = Looking(teller, self.handing)
        self.agreeing = Agreeing(teller, self.spending)
        self.ruling = Ruling(teller)
        self.acting = Acting(teller, self.spending, self.handing)
        self.mistake = Mistake(teller, self.storing, self.handing)
        self.made: dict[str, KeyFile] = {}
        self.cash: list[tuple[Household, Statement]] = []

    def _the_flood(self) -> None:
        teller, storing = self.teller, self.storing
        teller.at(0, "07:10")
        opening.parties(teller)
        self.made |= opening.volunteer(teller)
        self.looking.alert(3, 7, "linhe")
        teller.at(0, "09:20")
        rice = packed("rice", "袋", 400, 4_000_000, "大米400袋", expiry=storing.expiry(300))
        self.rice = lot(storing.gift("mill", rice, mark="rice"))
        teller.at(0, "11:00")
        blankets = packed("blanket", "包", 60, 600, "毛毯60包")
        serials = [f"LH-T{number:03}" for number in range(1, 31)]
        tents: dict[str, Encodable] = {
            "condition": "good",
            "item": "tent",
            "quantity": 30,
            "serials": [*serials],
        }
        given = storing.gift(givers()[0], blankets, tents, mark="blankets")
        self.blankets, self.tents = lot(given, 0), lot(given, 1)
        teller.at(0, "16:00")
        self.giving.gift(1_688_800, mark="gift shown")
        self.giving.organisation("Sunrise Textiles", 12_000_000)
        self.giving.gift(25_000_000, OVERSEAS, mark="overseas gift")

    def _first_help(self) -> None:
        teller, storing, spending = self.teller, self.storing, self.spending
        teller.at(1, "08:40")
        self.ruling.adopt(EARMARK, "fund:linhe", owner="bridge")
        self.ruling.adopt(EARMARK, "fund:straits", owner="bridge")
        self.ruling.adopt(LADDER, "fund:linhe", owner="bridge")
        self.ruling.adopt(CAP)
        self.ruling.adopt(LOANS)
        for trigger in (RELIEF, AHEAD, TRANCHE, TAKEN):
            self.ruling.adopt(trigger, mode="enforce")
        self.ruling.adopt(RESERVE, "area:hill", mode="enforce")
        self.looking.alert(5, 20, "linhe")
        self.looking.forecast("hill", "water", 2_000, 3, 10)
        self.looking.price("rice", 620, 1_000)
        self.looking.price("blanket", 4_500, 1)
        for purpose, amount in (
            ("water", 2_000_000), ("food", 3_000_000), ("cash", 1_500_000), ("shelter", 2_000_000),
            ("transport-costs", 1_200_000),
        ):  # fmt: skip
            spending.allocate(purpose, amount)
        spending.allocate("shelter", 10_000_000, OVERSEAS)
        teller.at(1, "09:30")
        self.water_bill = spending.instruct("vendor", "water", 1_320_000, mark="water bill")
        self.tents_kept = self.agreeing.reserve("tent", 6, "shelter", 8)
        requisition = self.agreeing.order(30, water=396, blanket=20)
        self.taken = self.agreeing.accept(requisition, "spring", "water", 396, 79_200)
        self.borrowed = self.agreeing.accept(requisition, "freight", "blanket", 20)
        moved = storing.move("square", draw(self.rice, 600_000), draw(self.blankets, 60))
        self.at_square = (lot(moved, 0), lot(moved, 1))
        to_school = storing.order("school", 3, rice=1_500_000, blanket=300)
        teller.at(1, "13:40")
        sent = storing.dispatch(
            to_school, "school", "SH-0001", draw(self.rice, 1_500_000), draw(self.blankets, 300)
        )
        teller.at(1, "17:15")
        came = [("rice", 1_490_000, 0, 10_000), ("blanket", 292, 8, 0)]
        arrived = storing.arrive(sent, "school", came, mark="school shipment")
        self.at_school = (lot(arrived, 0), lot(arrived, 1))
        spending.paid(self.water_bill, 1_320_000)

    def _names(self) -> None:
        teller, storing = self.teller, self.storing
        teller.at(2, "08:30")
        self.looking.need("hill", "tent", 12)
        self.looking.need("east", "rice", 60_000)
        water = packed("water", "箱", 500, 6_600, "饮用水500箱", expiry=storing.expiry(500))
        self.water = lot(storing.bought(self.water_bill, "spring", water))
        to_hall = storing.order("hall", 5, rice=800_000, blanket=60, tent=12)
        people = iter(residents())
        for area, clock in (("east", "09:10"), ("west", "10:50"), ("hill", "14:20")):
            teller.at(2, clock)
            for number in range(6):
                self.handing.enrol(next(people), area, 1 + (number * 3) % 7, bank=number % 3 != 2)
        teller.at(2, "16:00")
        serials = [f"LH-T{number:03}" for number in range(1, 13)]
        self.to_hall = storing.dispatch(
            to_hall, "hall", "SH-0002", draw(self.rice, 800_000), draw(self.blankets, 60),
            draw(self.tents, 12, serials=[*serials]),
        )  # fmt: skip
        self.stolen = self.giving.gift(200_000, mark="stolen card")
        self.giving.gift(250_000, EAST_FOOD, mark="earmarked gift")

    def _first_rations(self) -> None:
        teller, storing, handing = self.teller, self.storing, self.handing
        teller.at(3, "08:20")
        came = [("rice", 800_000, 0, 0), ("blanket", 60, 0, 0), ("tent", 12, 0, 0)]
        arrived = storing.arrive(self.to_hall, "hall", came)
        self.at_hall = (lot(arrived, 0), lot(arrived, 1))
        self.hall_tents = lot(arrived, 2)
        for area in ("east", "west"):
            handing.entitle(handing.of(area), "week-1", rice=10_000, blanket=2)
        handing.entitle(handing.of("hill"), "week-1", rice=10_000, blanket=2, tent=1)
        self.first: list[Statement] = []
        self._rations(3, "09:40", "09:48", "school", handing.of("east"))
        # One of them is released and not collected: fifteen minutes later it is free again.
        self._rations(3, "10:30", "10:37", "square", handing.of("west"), collected=5)
        teller.at(3, "11:20")
        handing.release(
            handing.of("west")[0], "square", "week-1", draw(self.rice, 10_000),
            code=Code.NOT_ENOUGH, mark="over-issue",
        )  # fmt: skip
        self._rations(3, "14:00", "14:09", "hall", handing.of("hill")[:5])
        teller.at(3, "17:10")
        handing.give_offline(
            handing.of("hill")[5], "hall", "week-1",
            draw(self.at_hall[0], 10_000), draw(self.at_hall[1], 2),
        )  # fmt: skip
        self.twice = self.giving.gift(50_000)
        self.giving.gift(50_000)

    def _rations(
        self, day: int, asked: str, given: str, site: str, households: list[Household],
        *, collected: int = 99,
    ) -> None:  # fmt: skip
        rice, blanket = {
            "school": self.at_school, "hall": self.at_hall, "square": self.at_square,
        }[site]  # fmt: skip
        self.teller.at(day, asked)
        released = [
            self.handing.release(
                each,
                site,
                "week-1",
                draw(rice, 10_000),
                draw(blanket, 2),
                *self._tent(site, number),
            )
            for number, each in enumerate(households, 1)
        ]
        self.teller.at(day, given)
        for each, release in list(zip(households, released, strict=True))[:collected]:
            mark = "" if self.first else "first hand-out"
            self.first.append(self.handing.give(each, site, "week-1", release, mark=mark))

    def _tent(self, site: str, number: int) -> tuple[Body, ...]:
        """In the hills every household gets a tent, each with a number sewn on."""
        if site != "hall":
            return ()
        return (draw(self.hall_tents, 1, serials=[f"LH-T{number:03}"]),)
