"""The two weeks of the flood, moment by moment.

Everything that is said between two moments is one batch. Days count from 0 and end yesterday; the
correction comes today, less than an hour ago, so that the ledger is up to date when the page opens.
The first four days stand in `tools.story.firstdays`.
"""

from collections.abc import Callable

from ledger.codes import Code
from tools.story import opening
from tools.story.acting import SECOND_CREST, WRONG_TOWN
from tools.story.county import EAST_FOOD, EMERGENCY, GENERAL, OVERSEAS
from tools.story.firstdays import FirstDays
from tools.story.handing import Household
from tools.story.looking import OUTSIDE
from tools.story.people import givers
from tools.story.ruling import CAP, EARMARK, LADDER, RELIEF, TAKEN
from tools.story.storing import draw, lot, packed

DAYS = 14
FOUNDED = "06:30"
"""Local time of the first day at which the ledger is founded."""
GIFTS = (7, 8, 7, 6, 6, 5, 5, 4, 4, 3, 3, 3, 2, 2)
"""Single gifts on the bank's statement of each day."""


class Timeline(FirstDays):
    """The story on its way. `play` tells all of it; `made` are the key files it made."""

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
        # Ahead of the second rain: what the rule orders from the depot goes out tomorrow.
        self.looking.forecast("hill", "water", 600, 3, 10)
        self.giving.refund(self.twice, 50_000)
        self.for_water = self.giving.gift(300_000, mark="gift for water")
        self.province = self.giving.organisation("Provincial Relief Office", 200_000_000)
        self.giving.organisation("Provincial Relief Office", 30_000_000, EMERGENCY)
        self.acting.set_aside(12_000_000)
        self.acting.set_aside(1_000_000, TAKEN)
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
        ahead = storing.dispatch(
            self.acting.last("shipment.order"), "hall", "SH-0004", draw(self.water, 480)
        )
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
        storing.arrive(ahead, "hall", [("water", 480, 0, 0)])
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
        # The hall is below two kilograms a person: it has asked, and the depot's director agrees.
        self.acting.agree(self.acting.last("shipment.order", Code.HELD), "county/director")
        self.mistake.hand_out()
        self.acting.all_paid()
        self.spending.paid(self.school, 120_000_000)
        self.agreeing.inspect(self.piers)
        self.giving.list(2, 90, mark="second list")
        teller.at(9, "11:45")
        self.tranche = self.acting.last("disbursement.instruct")
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
        more = self.agreeing.order(20, 8, blanket=40)
        self.agreeing.accept(more, "freight", "blanket", 40)
        late = self.agreeing.lend(lot(storing.split(self.tents, 1)), 2)
        teller.at(10, "10:00")
        west = handing.of("west")
        lines = (draw(water, 20), draw(self.at_square[0], 10_000))
        released = [handing.release(each, "square", "week-2", *lines) for each in west]
        self.requisitioned = self.acting.last("disbursement.instruct")
        # It is not brought back in time: from the day after tomorrow it is on the overdue list.
        self.agreeing.hand_over(late)
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
        self.spending.paid(self.requisitioned, 216_000, fund="emergency")
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
