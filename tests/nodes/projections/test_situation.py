"""The situation in the views: alerts in force, needs, forecasts, prices, cases; who retired, what was revoked.

Goal: each question is answered from the views as the state of the machine answers it, at every instant
around a beginning and an end, and after a correction. Method: a small ledger through the whole machine,
followed by a projector; rows and functions of the law are the oracle.
"""

from pathlib import Path
from typing import Any

import pytest
from corrections import CHEN, DAI, Relief, tag
from ledgers import DAY, EVERYWHERE, NOW, test_key
from projections import LedgerSource, lite, rows

from ledger.alerts import level_of
from ledger.dated import in_force, need_series, price_series
from ledger.state import State
from nodes.projections import queries, situation
from nodes.projections.nounviews import Entitlement, Household
from nodes.projections.projector import Projector
from nodes.projections.views import Subject

WHO, OTHER = "red/oda", "blue/oda"


@pytest.fixture
def relief() -> Relief:
    relief = Relief()
    for name, admin in ((WHO, "red/ana"), (OTHER, "blue/eve")):
        roles = ["commander", "officer", "decider"]
        actor = {"id": name, "person": "oda", "roles": roles, "scope": EVERYWHERE}
        relief.ok("member.enrol", {"actors": [actor]}, "red/ana", "blue/eve")
        key = {"public": test_key(name).public.hex(), "use": "author", "actor": name}
        relief.ok("key.enrol", key, admin)
    return relief


class Views:
    """The views of a ledger, brought up to it; each question in a session of its own."""

    def __init__(self, relief: Relief, folder: Path) -> None:
        self.relief, self.engine = relief, lite(folder)

    def ask(self, question: Any, *rest: Any) -> Any:
        Projector(self.engine, LedgerSource(self.relief.ledger)).catch_up()
        with queries.reading(self.engine) as session:
            found = question(session, *rest)
            session.expunge_all()
            return found

    def subjects(self, *nouns: str) -> set[str]:
        """Subjects that begin so, of which the views list any entry."""
        return {row["subject"] for row in self.rows(Subject) if row["subject"].startswith(nouns)}

    def rows(self, view: Any) -> list[dict[str, Any]]:
        self.ask(lambda session: None)
        return rows(self.engine, view)


@pytest.fixture
def views(relief: Relief, tmp_path: Path) -> Views:
    return Views(relief, tmp_path)


def declare(relief: Relief, *areas: str, **change: Any) -> str:
    body = {
        "alert": "flood-7", "areas": [*areas], "hazard": "flood", "level": 3,
        "until": relief.ledger.time + DAY, **change,
    }  # fmt: skip
    return relief.ok("alert.declare", body, WHO)


def in_force_now(views: Views, at: int) -> list[tuple[str, int, list[str]]]:
    found = views.ask(situation.alerts_in_force, at)
    return [(row.alert.id, row.alert.level, [*row.areas]) for row in found]


def test_alerts_in_force(relief: Relief, views: Views) -> None:
    declare(relief, "county", "east")
    since = relief.ledger.time
    assert in_force_now(views, since) == [("flood-7", 3, ["county", "east"])]
    declare(relief, "east", level=5, until=since + 2 * DAY)
    declare(relief, "county", alert="heat-1", level=1)
    assert in_force_now(views, since + 10) == [("flood-7", 5, ["east"]), ("heat-1", 1, ["county"])]
    assert level_of(State(relief.ledger.memory), "east", since + 10) == 5
    for at, alerts in ((since - 1, []), (since + 2 * DAY - 1, ["flood-7"]), (since + 2 * DAY, [])):
        assert [name for name, *_ in in_force_now(views, at)] == alerts, at
    relief.ok("alert.lift", {"alert": "flood-7", "reason": "water-fell"}, WHO)
    assert [name for name, *_ in in_force_now(views, relief.ledger.time)] == ["heat-1"]


def test_an_alert_that_ended_by_itself_is_marked(relief: Relief, views: Views) -> None:
    declare(relief, "east")
    until = relief.table("catalogue")["alert/flood-7"]["until"]
    relief.ledger.time = until + 5
    relief.ledger.run()
    [found] = views.ask(situation.alerts_in_force, until - 1)
    assert (found.alert.ends, found.alert.closed > found.alert.entry) == (until, True)


def need(relief: Relief, first: int, last: int, quantity: int, kind: str = "need.declare") -> None:
    body = {
        "area": "east", "item": "rice", "method": "register", "organisation": "red",
        "quantity": quantity, "window": {"from": NOW + first * DAY, "to": NOW + last * DAY},
    }  # fmt: skip
    relief.ok(kind, body, WHO)


def test_open_needs_are_the_newest_words(relief: Relief, views: Views) -> None:
    need(relief, 0, 30, 100)
    need(relief, 5, 10, 200)
    need(relief, 20, 30, 0)
    for day in (-1, 0, 4, 5, 9, 10, 20, 25):
        row = in_force(State(relief.ledger.memory), need_series("east", "rice"), NOW + day * DAY)
        wanted = [row["quantity"]] if row is not None and row["quantity"] else []
        found = views.ask(situation.open_needs, NOW + day * DAY)
        assert [figure.quantity for figure in found] == wanted, day


def test_forecasts_are_those_that_are_not_over(relief: Relief, views: Views) -> None:
    need(relief, 3, 4, 70, "forecast.publish")
    for day, there in ((0, 1), (3, 1), (4, 0)):
        assert len(views.ask(situation.forecasts, NOW + day * DAY)) == there
    assert views.ask(situation.open_needs, NOW + 3 * DAY) == []


def test_prices_in_force(relief: Relief, views: Views) -> None:
    body = {
        "area": "east", "at": NOW - DAY, "currency": "CNY", "item": "rice", "per": 1_000,
        "sources": ["a1" * 32], "unit_price": 650,
    }  # fmt: skip
    relief.ok("price.observe", body, WHO)
    relief.ok("price.observe", {**body, "at": NOW, "unit_price": 700, "until": NOW + DAY}, WHO)
    ahead = {**body, "at": NOW + 9 * DAY}
    assert relief.say("price.observe", ahead, WHO).code == "flagged"
    for at in (NOW - DAY - 1, NOW - DAY, NOW, NOW + DAY - 1, NOW + DAY, NOW + 9 * DAY):
        row = in_force(State(relief.ledger.memory), price_series("rice", "CNY"), at)
        found = views.ask(situation.prices, at)
        assert [price.quantity for price in found] == ([] if row is None else [row["unit_price"]])
    assert views.ask(situation.prices, NOW, "rice") and not views.ask(situation.prices, NOW, "n95")


def test_cases_have_class_state_and_counters(relief: Relief, views: Views) -> None:
    case = relief.ok("case.open", {"class": "aid", "subjects": ["organisation/red"]}, CHEN)
    relief.ok("case.open", {"class": "abuse", "subjects": []}, CHEN)
    due = relief.ledger.time + 5 * DAY
    relief.ok("case.assign", {"case": case, "due": due, "organisation": "blue"}, OTHER)
    relief.ok("case.respond", {"case": case}, CHEN)
    relief.ok("case.decide", {"case": case, "finding": "rejected"}, OTHER)
    relief.ok("case.appeal", {"case": case}, CHEN)
    # A step that the case does not allow is flagged and changes nothing.
    relief.ok("case.close", {"case": case, "reason": "settled"}, OTHER)
    [found, other] = views.ask(situation.open_cases)
    assert (found.statement, found.sort, found.state) == (case, "aid", "appealed")
    assert (found.due, found.responses, found.appeals, found.assigned) == (due, 1, 1, "blue")
    assert (other.sort, other.due) == ("abuse", -1)
    row = relief.table("legs")[case]
    assert (row["state"], row["appeals"], row["responses"]) == ("appealed", 1, 1)
    assert views.ask(situation.case_counts) == {("abuse", "open"): 1, ("aid", "appealed"): 1}


NOUNS = ("alert/", "case/", "need/", "forecast/", "price/")


def test_every_subject_of_the_index_is_one_of_the_views(relief: Relief, views: Views) -> None:
    declare(relief, "county", "east")
    need(relief, 0, 30, 100)
    need(relief, 3, 4, 70, "forecast.publish")
    body = {
        "area": "east", "at": NOW, "currency": "CNY", "item": "rice", "sources": ["a1" * 32],
        "unit_price": 650,
    }  # fmt: skip
    relief.ok("price.observe", body, WHO)
    case = relief.ok("case.open", {"class": "aid", "subjects": ["organisation/red"]}, CHEN)
    relief.ok("case.decide", {"case": case, "finding": "upheld"}, OTHER)
    relief.ledger.time += 2 * DAY
    relief.ledger.run()
    index = {key: row[0] for key, row in relief.table("index").items() if key.startswith(NOUNS)}
    assert len(index) == 5
    assert views.subjects(*NOUNS) == set(index)
    listed = [row["subject"] for row in views.rows(Subject)]
    assert {key: listed.count(key) for key in index} == index
    # The entry about an organisation is not listed under it: of a case people see class and state.
    assert "organisation/red" not in listed and "area/county" in listed


def test_who_retired_and_what_was_revoked_and_their_corrections(
    relief: Relief, views: Views
) -> None:
    relief.enrol()
    relief.entitle()
    [key] = relief.table("entitlements")
    _, cycle, purpose = key.split("/")
    before = views.rows(Entitlement)
    retired = relief.ok("household.retire", {"reason": "moved", "tag": tag()}, CHEN, DAI)
    body = {"cycle": cycle, "purpose": purpose, "reason": "twice", "tags": [tag()]}
    revoked = relief.ok("entitlement.revoke", body, "red/ana")
    [household], [right] = views.rows(Household), views.rows(Entitlement)
    assert (household["retired"], right["revoked"]) == (retired, revoked)
    assert right["ends"] == relief.table("entitlements")[key]["to"] == relief.ledger.time
    assert relief.correct([retired, revoked]).code == "ok"
    assert views.rows(Household)[0]["retired"] == ""
    assert views.rows(Entitlement) == before
