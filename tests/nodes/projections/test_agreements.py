"""What is agreed and due in the views: reserved stock, loans overdue, requisitions, projects' clocks.

Goal: each question is answered as the state of the machine answers it, after each step and after a
correction of each.
Method: a small ledger through the whole machine, followed by a projector; after every step rows of
`legs` are the oracle, and all entries of each subject of the index are on the lists of the views.
"""

from pathlib import Path
from typing import Any

import pytest
from corrections import ANA, BAO, CHEN, DAI, EVE, GENERAL, Relief, given, h
from ledgers import DAY
from projections import LedgerSource, lite, rows

from nodes.projections import agreements, queries
from nodes.projections.projector import Projector
from nodes.projections.views import Leg, Subject

PAYEE = h(77)
WATCHED = (
    "stock.reserve",
    "asset.lend",
    "requisition.order",
    "requisition.accept",
    "project.claim",
)
SUBJECTS = ("reservation/", "loan/", "requisition/", "project/")


class Views:
    """A ledger and its views, brought up to it and compared with its state before each question."""

    def __init__(self, folder: Path) -> None:
        self.relief = Relief()
        self.engine = lite(folder)
        self.source = LedgerSource(self.relief.ledger)
        self.projector = Projector(self.engine, self.source)

    def ask(self, question: Any, *given: Any, **named: Any) -> Any:
        self.projector.catch_up()
        self.compare()
        with queries.reading(self.engine) as session:
            found = question(session, *given, **named)
            session.expunge_all()
        return found

    def compare(self) -> None:
        legs = self.relief.table("legs")
        wanted = {
            key: (row["due"], "closed" not in row)
            for key, row in legs.items()
            if row["kind"] in WATCHED
        }
        found = {r["statement"]: (r["due"], r["closed"] == -1) for r in rows(self.engine, Leg)}
        shown = {key: found[key] for key in wanted if key in found}
        open_ = {key: row for key, row in wanted.items() if row[1]}
        assert {key: row for key, row in shown.items() if row[1]} == open_
        assert {key: shown[key][1] for key in shown} == {key: wanted[key][1] for key in shown}
        listed: dict[str, list[int]] = {}
        for row in rows(self.engine, Subject):
            listed.setdefault(row["subject"], []).append(row["entry"])
        for subject, (count, last, _) in self.relief.table("index").items():
            if subject.startswith(SUBJECTS):
                assert len(listed.get(subject, [])) >= count, subject
                assert last in listed[subject], subject


@pytest.fixture
def views(tmp_path: Path) -> Views:
    return Views(tmp_path)


def gone(relief: Relief, target: str) -> None:
    assert relief.correct(target, why="did_not_occur").code in ("ok", "flagged")


# ---- reservations -------------------------------------------------------------------------------


def test_reserved_stock_by_site(views: Views) -> None:
    relief = views.relief
    lot = relief.receive("n95", 30) + "/0"

    def reserve(n: int, days: int) -> str:
        body = {"item": "n95", "purpose": "food", "quantity": n, "site": "depot"}
        return relief.ok("stock.reserve", body | {"until": relief.ledger.time + days * DAY}, ANA)

    first, second, third = reserve(10, 9), reserve(10, 3), reserve(10, 5)
    now = relief.ledger.time

    def asked(**which: Any) -> list[str]:
        return [row.statement for row in views.ask(agreements.reservations, now, **which)]

    assert asked() == asked(site="depot", item="n95") == [second, third, first]
    assert asked(site="point") == asked(item="rice") == []
    relief.ok("stock.release", {"quantity": 4, "reservation": first}, ANA)
    relief.hand_out(lot, 5)
    assert asked() == [second, third, first]
    relief.ok("stock.release", {"reservation": first}, ANA)
    assert asked() == [second, third]
    gone(relief, third)
    assert asked() == [second]
    relief.ledger.time += 3 * DAY
    relief.receive("n95", 1)
    assert asked() == []


def test_a_fact_that_takes_from_a_reservation_is_on_its_list(views: Views) -> None:
    relief = views.relief
    lot = relief.receive("n95", 10) + "/0"
    body = {"item": "n95", "purpose": "food", "quantity": 10, "site": "depot"}
    mine = relief.ok("stock.reserve", body | {"until": relief.ledger.time + DAY}, ANA)
    took = relief.say("disbursement.handout", given(lot, 3), CHEN)
    page = views.ask(queries.entries, queries.Which(subjects=(f"reservation/{mine}",)))
    assert page.rows[0].index == took.index
    assert page.count == 2


# ---- loans --------------------------------------------------------------------------------------


def test_loans_and_overdue(views: Views) -> None:
    relief = views.relief
    line = {"condition": "good", "item": "n95", "quantity": 1, "serials": ["S-1"]}
    body: dict[str, Any] = {"lines": [line], "site": "depot", "source": {"kind": "gift"}}
    lot = relief.ok("stock.receive", body, CHEN, DAI) + "/0"
    due = relief.ledger.time + 2 * DAY
    body = {"borrower": "blue", "due": due, "from": "depot", "lot": lot, "to": "point"}
    loan = relief.ok("asset.lend", body, ANA, EVE)

    def asked(**which: Any) -> list[tuple[str, str, str]]:
        found = views.ask(agreements.loans, **which)
        return [(row.statement, row.handed_as, row.returned_as) for row in found]

    assert asked() == asked(borrower="blue") == [(loan, "", "")]
    assert asked(borrower="red") == asked(overdue_at=due) == []
    assert asked(overdue_at=due + 1) == [(loan, "", "")]
    found = views.ask(agreements.loans)[0]
    assert (found.lender, found.borrower, found.item) == ("red", "blue", "n95")
    over = relief.ok(
        "asset.handover", {"condition": "good", "loan": loan, "site": "point"}, CHEN, EVE
    )
    relief.say("asset.handover", {"condition": "damaged", "loan": loan, "site": "point"}, CHEN, EVE)
    assert asked() == [(loan, "good", "")]
    back_body = {"condition": "damaged", "loan": loan, "site": "depot"}
    back = relief.ok("asset.return", back_body, CHEN, EVE)
    assert asked() == []
    gone(relief, back)
    assert asked() == [(loan, "good", "")]
    gone(relief, over)
    assert asked() == [(loan, "", "")]
    gone(relief, loan)
    assert asked() == []


# ---- requisitions -------------------------------------------------------------------------------


@pytest.mark.parametrize("price", [None, 60])
def test_requisitions_due_and_paid(views: Views, price: int | None) -> None:
    relief = views.relief
    now = relief.ledger.time
    body: dict[str, Any] = {
        "basis": "Act, article 31",
        "goods": [{"item": "n95", "quantity": 5}],
        "number": "17",
        "window": {"from": now, "to": now + 30 * DAY},
    }
    law = relief.ok("requisition.order", body, BAO)
    line: dict[str, Any] = {"condition": "good", "item": "n95", "quantity": 5}
    priced = {} if price is None else {"currency": "CNY"}
    body = {
        "confirmed": True,
        "lines": [line | ({} if price is None else {"price": price})],
        "order": law,
        "owner": "blue",
        "payee": PAYEE,
        "site": "depot",
    }
    came = relief.ok("requisition.accept", body | priced, CHEN, DAI)

    def asked() -> tuple[int, int, int, bool]:
        [found] = views.ask(agreements.requisitions, owner="blue")
        assert found.requisition.statement == came
        return found.requisition.owed, found.paid.asked, found.paid.paid, found.done

    assert asked() == (price or -1, 0, 0, False)
    relief.gift(100)
    body = {
        "area": "east",
        "draws": [{"amount": 60, "line": GENERAL}],
        "order": came,
        "payee": {"class": "compensation", "tag": PAYEE},
        "purpose": "food",
        "source": "free",
    }
    paying = relief.ok("disbursement.instruct", body, CHEN, DAI)
    assert asked() == (60, 60, 0, False)
    relief.pay(paying, 60)
    assert asked() == (60, 60, 60, True)
    # What is due stays due: it is paid again.
    relief.come_back(paying, 10)
    assert asked() == (60, 50, 50, False)
    relief.come_back(paying, 50)
    assert asked() == (price or -1, 0, 0, False)


def test_goods_that_went_back(views: Views) -> None:
    relief = views.relief
    now = relief.ledger.time
    body: dict[str, Any] = {
        "basis": "Act, article 31",
        "goods": [{"item": "n95", "quantity": 5}],
        "number": "17",
        "window": {"from": now, "to": now + 30 * DAY},
    }
    law = relief.ok("requisition.order", body, BAO)
    body = {
        "confirmed": False,
        "lines": [{"condition": "good", "item": "n95", "quantity": 5}],
        "order": law,
        "owner": "blue",
        "payee": PAYEE,
        "site": "depot",
    }
    came = relief.ok("requisition.accept", body, CHEN, DAI)

    def asked() -> tuple[int, int, bool]:
        [found] = views.ask(agreements.requisitions)
        [line] = found.lines
        return line.accepted, line.back, found.done

    assert asked() == (5, 0, False)
    for n, done in ((2, False), (3, True)):
        line = {"condition": "good", "lot": f"{came}/0", "quantity": n}
        relief.ok(
            "requisition.return", {"accept": came, "lines": [line], "site": "depot"}, CHEN, DAI
        )
        assert asked()[2] == done
    assert asked() == (5, 5, True)


# ---- projects -----------------------------------------------------------------------------------


def test_projects_with_their_clocks(views: Views) -> None:
    relief = views.relief
    relief.gift(100)
    relief.allocate(100)
    body: dict[str, Any] = {
        "area": "east",
        "contractor": "blue",
        "line": GENERAL,
        "milestones": [{"amount": 50, "id": "walls"}, {"amount": 30, "id": "roof"}],
        "payee": PAYEE,
        "programme": "flood-27",
        "purpose": "food",
        "retention": {"days": 180, "percent": 10},
        "sum": 100,
        "until": relief.ledger.time + 90 * DAY,
    }
    project = relief.ok("project.contract", body, BAO, EVE)

    def asked() -> Any:
        [found] = views.ask(agreements.projects, area="east")
        assert found.project.statement == project
        states = {part.milestone: (part.state, part.fails) for part in found.milestones}
        return states, found.clocks

    assert asked() == ({"roof": ("open", 0), "walls": ("open", 0)}, [])
    claim = relief.ok("project.claim", {"milestone": "walls", "project": project}, EVE)
    relief.say("project.claim", {"milestone": "walls", "project": project}, EVE)
    states, [clock] = asked()
    assert states["walls"] == ("claimed", 0)
    assert (clock.days(relief.ledger.time), clock.claim.kept, clock.done) == (-1, 5, False)
    failed = relief.ok("project.inspect", {"claim": claim, "verdict": "fail"}, DAI)
    states, [clock] = asked()
    assert (states["walls"], clock.done) == (("open", 1), True)
    gone(relief, failed)
    states, [clock] = asked()
    assert (states["walls"], clock.done) == (("claimed", 0), False)
    relief.ok("project.inspect", {"claim": claim, "verdict": "pass"}, DAI)
    passed = relief.ledger.time
    states, [clock] = asked()
    assert (states["walls"], clock.due) == (("passed", 0), passed + 7 * DAY)
    assert [clock.days(passed + s) for s in (0, DAY - 1, DAY, 8 * DAY)] == [0, 0, 1, 8]
    body = {
        "area": "east",
        "draws": [{"amount": 45, "line": GENERAL}],
        "order": claim,
        "payee": {"class": "contractor", "tag": PAYEE},
        "purpose": "food",
        "source": "allocated",
    }
    paying = relief.ok("disbursement.instruct", body, CHEN, DAI)
    relief.pay(paying, 45)
    _, [clock] = asked()
    assert (clock.paid.asked, clock.paid.paid, clock.done) == (45, 45, False)
    assert clock.due == passed + 187 * DAY
    relief.ledger.time = passed + 180 * DAY
    rest = body | {"draws": [{"amount": 5, "line": GENERAL}]}
    relief.pay(relief.ok("disbursement.instruct", rest, CHEN, DAI), 5)
    _, [clock] = asked()
    assert (clock.paid.paid, clock.done) == (50, True)
