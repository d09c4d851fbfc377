"""The two weeks of the flood, moment by moment.

Everything that is said between two moments is one batch. Days count from 0 and end yesterday; the
correction comes today, less than an hour ago, so that the ledger is up to date when the page opens.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.canon import Encodable
from ledger.codes import Code
from ledger.envelope import Statement
from nodes.keyring import KeyFile
from tools.story import opening
from tools.story.acting import SECOND_CREST, WRONG_TOWN, Acting
from tools.story.agreeing import Agreeing
from tools.story.county import EAST_FOOD, EMERGENCY, GENERAL, OVERSEAS
from tools.story.giving import Giving
from tools.story.handing import Handing, Household
from tools.story.looking import OUTSIDE, Looking
from tools.story.mistake import Mistake
from tools.story.people import givers, residents
from tools.story.ruling import CAP, EARMARK, LADDER, RELIEF, Ruling
from tools.story.spending import Spending
from tools.story.storing import Storing, draw, lot, packed
from tools.story.teller import Body, Teller

DAYS = 14
FOUNDED = "06:30"
"""Local time of the first day at which the ledger is founded."""
GIFTS = (7, 8, 7, 6, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2)
"""Single gifts on the bank's statement of each day."""


@dataclass
class Timeline:
    """The story on its way. `play` tells all of it; `made` are the key files it made."""

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

    def play(self) -> None:
        """All days, then today."""
        for number, day in enumerate(self._days()):
            day()
            self._evening(number)
        self._today()
        self.teller.finish()

    def _days(self) -> tuple[Callable[[], None], ...]:
        return (
            self._the_flood, self._first_help, self._names, self._first_rations, self._cash,
            self._second_week_plan, self._paying, self._formula, self._tidying, self._shortfall,
            self._second_rations, self._counting, self._open_point, self._leaving,
        )  # fmt: skip

    def _evening(self, day: int) -> None:
        """Every evening the bank's statement."""
        self.teller.at(day, "18:30")
        self.giving.day(GIFTS[day])

    # --- the first days

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
        self.ruling.adopt(RELIEF, mode="enforce")
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

    # --- cash, lists, payments

    def _cash(self) -> None:
        teller, handing = self.teller, self.handing
        teller.at(4, "09:00")
        for number, handout in enumerate(self.first[:12]):
            state = "partial" if number == 7 else "received"
            issues = {"issues": ["one-blanket"]} if state == "partial" else {}
            handing.confirm(handout, state, by="proxy" if number % 5 == 4 else "pin", **issues)
        opening.more_roles(teller)
        # Both have watched for a day; now they count.
        self.ruling.adopt(LADDER, "fund:linhe", owner="bridge", mode="enforce")
        self.ruling.adopt(CAP, mode="enforce")
        self.looking.open_case(self.first[7], handing.of("west")[1].person)
        handing.give_organisation("hospital", self.rice, 400_000)
        handing.give_organisation("clinic", self.rice, 150_000)
        self.giving.list(1, 240, mark="first list")
        teller.at(4, "10:15")
        chosen = [*handing.of("east")[:4], *handing.of("hill")[:4]]
        handing.entitle_cash(chosen, 50_000, GENERAL)
        teller.at(4, "11:00")
        self.cash = [(each, self.spending.cash(each.tag, each.area, 50_000)) for each in chosen]

    def _second_week_plan(self) -> None:
        teller, storing = self.teller, self.storing
        teller.at(5, "09:30")
        for _, instruction in self.cash[:7]:
            self.spending.paid(instruction, 50_000)
        self.spending.failed(self.cash[7][1])
        self.looking.look_into_case()
        self.spending.allocate("compensation", 79_200)
        self.compensation = self.agreeing.pay(self.taken, "compensation", "compensation", 79_200)
        self.loan = self.agreeing.lend(lot(storing.split(self.tents, 1)), 8)
        self.bridge = self.agreeing.contract(60)
        self.twice_enrolled = self.looking.enrol_twice(self.handing.of("west")[2].person, "west")
        self.giving.reverse(self.stolen, 200_000, mark="stolen card taken back")
        self.walls = self.spending.instruct(
            "contractor", "shelter", 6_200_000, line=OVERSEAS, area="hill"
        )
        teller.at(5, "15:00")
        household, _ = self.cash[7]
        self.again = self.spending.cash(household.tag, household.area, 50_000)

    def _paying(self) -> None:
        teller = self.teller
        teller.at(6, "09:15")
        self.looking.retire(self.twice_enrolled)
        self.spending.paid(self.compensation, 79_200)
        self.agreeing.give_back(self.borrowed, 20)
        self.agreeing.hand_over(self.loan)
        self.agreeing.free(self.tents_kept, 4)
        self.looking.decide("rejected", "explain")
        self.spending.paid(self.again, 50_000)
        self.spending.paid(self.walls, 6_200_000, fund="straits")
        self.boards = self.spending.instruct("contractor", "shelter", 1_380_000, area="east")
        self.spending.allocate("food", 200_000, EAST_FOOD)
        opening.new_items(teller)
        self.giving.refund(self.twice, 50_000)
        self.for_water = self.giving.gift(300_000, mark="gift for water")
        self.province = self.giving.organisation("Provincial Relief Office", 200_000_000)
        self.giving.organisation("Provincial Relief Office", 30_000_000, EMERGENCY)
        self.acting.set_aside(12_000_000)
        teller.at(6, "14:00")
        self.pump = self.spending.instruct(
            "contractor", "water", 300_000, gift=self.for_water, area="hill"
        )
        self.school = self.spending.instruct(
            "contractor", "shelter", 120_000_000, gift=self.province, area="east",
            code=Code.HELD, mark="held payment",
        )  # fmt: skip
        self.banquet = self.spending.instruct(
            "vendor", "food", 40_000_000, gift=self.province, code=Code.HELD
        )

    def _formula(self) -> None:
        teller, storing = self.teller, self.storing
        teller.at(7, "10:00")
        self.looking.appeal()
        self.acting.agree(self.school, "county/deputy", "cloud/nurse")
        self.acting.refuse(self.banquet, "county/deputy")
        self.spending.paid(self.pump, 300_000)
        self.spending.paid(self.boards, 1_380_000)
        self.spending.returned(self.cash[2][1], 50_000)
        formula = packed("formula", "罐", 60, 48_000, "奶粉60罐", expiry=storing.expiry(400))
        self.formula = lot(
            storing.gift(givers()[1], formula, site="hall", mark="formula", keeper="cloud/stores")
        )
        teller.at(7, "15:30")
        self.freight_bill = self.spending.instruct("vendor", "transport-costs", 460_000)
        self.bread_bill = self.spending.instruct(
            "vendor", "food", 180_000, line=EAST_FOOD, area="east"
        )
        self.spending.deallocate("transport-costs", 500_000)
        teller.at(7, "17:20")
        self.acting.red_alert(SECOND_CREST, "east", "hill")

    def _tidying(self) -> None:
        teller, storing = self.teller, self.storing
        teller.at(8, "09:00")
        self.ruling.doubt(EARMARK, "fund:straits")
        self.acting.set_aside(10_000_000)
        self.acting.go_on(SECOND_CREST)
        self.looking.decide("upheld", "hand-out-again", OUTSIDE)
        self.spending.paid(self.freight_bill, 460_000)
        self.piers = self.agreeing.claim(self.bridge, "piers")
        self.spending.paid(self.bread_bill, 180_000)
        more = lot(storing.gift("mill", packed("blanket", "包", 20, 200, "毛毯20包")))
        storing.split(self.water, 2_640, 1_320)
        self.blankets = lot(storing.merge(draw(self.blankets, 180), draw(more, 200)))
        teller.at(8, "14:30")
        storing.lose("damaged", draw(self.blankets, 12))
        storing.adjust(self.blankets, -2, "label")
        self.mistake.receive()
        self.handing.give_open(self.at_hall[0], 60, 5_000)

    def _shortfall(self) -> None:
        teller = self.teller
        teller.at(9, "09:30")
        self.looking.close_case()
        self.mistake.hand_out()
        self.acting.all_paid()
        self.spending.paid(self.school, 120_000_000)
        self.agreeing.inspect(self.piers)
        self.giving.list(2, 90, mark="second list")
        teller.at(9, "11:45")
        # The gift has been spent; the bank takes it back all the same.
        self.giving.reverse(self.for_water, 300_000, code=Code.FLAGGED, mark="spent gift back")
        teller.at(9, "15:20")
        self.giving.cover(300_000)
        # The wrong town. It is seen at once, and nobody there is paid.
        self.acting.red_alert(WRONG_TOWN, "west")
        self.ruling.doubt(RELIEF, reason="wrong-town")

    # --- the second week

    def _second_rations(self) -> None:
        teller, storing, handing = self.teller, self.storing, self.handing
        teller.at(10, "08:30")
        self.acting.pause(WRONG_TOWN)
        self.acting.lift(WRONG_TOWN)
        water = lot(storing.move("square", draw(self.water, 660)))
        boxes = packed("parcel", "箱", 60, 60, "食物箱60箱")
        parcels = lot(storing.gift("mill", boxes, site="square"))
        handing.entitle(handing.of("west"), "week-2", water=20, rice=10_000, parcel=20)
        self.tranche = self.agreeing.pay(self.piers, "contractor", "shelter", 1_620_000, OVERSEAS)
        teller.at(10, "10:00")
        west = handing.of("west")
        lines = (draw(water, 20), draw(self.at_square[0], 10_000))
        released = [handing.release(each, "square", "week-2", *lines) for each in west]
        self.acting.end(WRONG_TOWN)
        self._parcels(west, parcels)
        teller.at(10, "10:11")
        self.second = [
            handing.give(each, "square", "week-2", release)
            for each, release in zip(west, released, strict=True)
        ]
        share, extra = self.shares
        handing.give(west[3], "square", "week-2", share)
        handing.give(west[0], "square", "week-2", extra, code=Code.FLAGGED)

    def _parcels(self, west: list[Household], lot_id: str) -> None:
        """Three people may have six parcels, one may have two; for four a commander answers."""
        acting = self.acting
        acting.parcels(west[3], lot_id, 7, code=Code.CONTRACT_DENIED, mark="over-cap")
        share = acting.parcels(west[3], lot_id, 6)
        refused = acting.parcels(west[0], lot_id, 4, code=Code.CONTRACT_DENIED)
        self.override = acting.answer_for(refused)
        self.shares = (share, acting.parcels(west[0], lot_id, 4, code=Code.FLAGGED))

    def _counting(self) -> None:
        teller, storing, handing = self.teller, self.storing, self.handing
        teller.at(11, "09:00")
        for handout in self.second:
            handing.confirm(handout, "received", by="resident")
        teller.at(11, "11:30")
        self.spending.paid(self.tranche, 1_620_000, fund="straits")
        self.agreeing.take_back(self.loan)
        self.acting.look_at(self.override)
        there = teller.balance("rice", "site:depot")
        storing.count("rice", there, f"大米 {there // 10_000}袋")
        self.mistake.count()

    def _open_point(self) -> None:
        self.teller.at(12, "10:00")
        self.ruling.end(EARMARK, "fund:straits")
        self.looking.lift()
        self.looking.need("hill", "tent", 0)
        self.handing.give_open(self.formula, 40, 800, mark="open point")

    def _leaving(self) -> None:
        teller, storing = self.teller, self.storing
        teller.at(13, "10:00")
        # What is on its way when the page opens: a bill, and a lorry to the school.
        self.spending.instruct("vendor", "food", 356_000)
        order = storing.order("school", 3, water=1_320, blanket=100)
        teller.at(13, "14:20")
        storing.dispatch(
            order, "school", "SH-0003", draw(self.water, 1_320), draw(self.blankets, 100)
        )
        teller.at(13, "16:30")
        opening.farewell(teller)

    # --- today

    def _today(self) -> None:
        teller = self.teller
        teller.at_time(max(teller.clock.now(), teller.clock.world() - 2_400))
        self.mistake.correct()
        teller.at_time(max(teller.clock.now(), teller.clock.world() - 1))
        self.giving.gift(66_600)
