"""Questions get the same answers from both databases, and the answers add up.

Goal: pages and endpoints can rely on paging, on counts, and on parts that sum to their whole.
Method: one long story in SQLite and PostgreSQL; answers are held against the log and the state tables,
and against each other.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ledgers import ACTORS, DAY, NOW, founded
from projections import LedgerSource, lite, state_of
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from stories import GENERAL, Story

from contracts.memory import MemoryLedger
from ledger.entry import StatementEntry, parse_entry
from nodes.projections import holdings, queries
from nodes.projections.projector import Projector, open_views
from nodes.projections.queries import Which, reading


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(77).play(220)


@pytest.fixture(scope="module")
def memory(story: Story) -> MemoryLedger:
    return story.ledger.memory


@pytest.fixture(scope="module")
def sqlite(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = lite(tmp_path_factory.mktemp("views"))
    Projector(engine, LedgerSource(story.ledger)).catch_up()
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def postgresql(story: Story, postgres_url: str) -> Iterator[Engine]:
    engine = open_views(postgres_url)
    Projector(engine, LedgerSource(story.ledger)).catch_up()
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    with reading(request.getfixturevalue(request.param)) as session:
        yield session


# ---- entries ------------------------------------------------------------------------------------


def logged(memory: MemoryLedger) -> list[Any]:
    return [parse_entry(raw) for raw in memory.entries]


def kind_of(entry: Any) -> str:
    if isinstance(entry, StatementEntry):
        return entry.statement.kind
    return getattr(entry, "kind", "batch")


def all_pages(session: Session, which: Which, limit: int) -> list[int]:
    found: list[int] = []
    before = None
    while True:
        page = queries.entries(session, which, before=before, limit=limit)
        assert page.count == queries.count_entries(session, which)
        found += [row.index for row in page.rows]
        before = page.older
        if before is None:
            assert len(found) == page.count
            return found
        assert len(page.rows) == limit and before == page.rows[-1].index


WHICH = [
    Which(),
    Which(batches=True),
    Which(kind="donation.receive"),
    Which(kind="batch"),
    Which(kind="no.such"),
    Which(state="refused"),
    Which(state="breached", kind="stock.count"),
    Which(state="breached", subjects=("site/depot",)),
    Which(subjects=("fund/flood",)),
    Which(subjects=("fund/flood", "site/depot", "item/rice")),
    Which(commodity="CNY"),
    Which(commodity="rice", label="site"),
    Which(commodity="CNY", label="paid", subjects=("fund/flood",)),
    Which(member="blue"),
    Which(actor="red/dai", kind="disbursement.handout"),
    Which(since=1_800_500_000, until=1_803_000_000),
]


@pytest.mark.parametrize("which", WHICH, ids=str)
@pytest.mark.parametrize("limit", [30, 500])
def test_pages_cover_the_list_once(
    which: Which, limit: int, sqlite: Engine, postgresql: Engine
) -> None:
    answers = []
    for engine in (sqlite, postgresql):
        with reading(engine) as session:
            answers.append(all_pages(session, which, limit))
    assert answers[0] == answers[1] == sorted(set(answers[0]), reverse=True)


def test_a_page_of_one(session: Session) -> None:
    whole = all_pages(session, Which(kind="stock.count"), 500)
    assert all_pages(session, Which(kind="stock.count"), 1) == whole and len(whole) > 2
    assert len(queries.entries(session, limit=0).rows) == 1


def test_lists_hold_what_they_say(session: Session, memory: MemoryLedger) -> None:
    log = logged(memory)
    assert all_pages(session, Which(batches=True), 400) == [*range(len(log))][::-1]
    received = [n for n, entry in enumerate(log) if kind_of(entry) == "donation.receive"]
    assert all_pages(session, Which(kind="donation.receive"), 400) == received[::-1]
    refused = [
        n
        for n, entry in enumerate(log)
        if kind_of(entry) != "batch" and entry.outcome["code"] not in ("ok", "flagged")
    ]
    assert all_pages(session, Which(state="refused"), 400) == refused[::-1] and refused
    breached = [n for n, entry in enumerate(log) if getattr(entry, "outcome", {}).get("breaches")]
    assert all_pages(session, Which(state="breached"), 400) == breached[::-1] and breached


@pytest.mark.parametrize(("commodity", "head"), [("CNY", ""), ("CNY", "ext"), ("rice", "lost")])
def test_entries_behind_a_figure(
    commodity: str, head: str, session: Session, memory: MemoryLedger
) -> None:
    wanted = [
        n
        for n, entry in enumerate(logged(memory))
        for moves in [getattr(entry, "outcome", {}).get("effects", {}).get("moves", [])]
        if any(
            move[0] == commodity
            and any(side.rpartition("/")[2].startswith(head) for side in move[1:3])
            for move in moves
        )
    ]
    assert all_pages(session, Which(commodity=commodity, label=head), 400) == wanted[::-1]
    assert wanted


def test_an_unknown_state_is_an_error(session: Session) -> None:
    with pytest.raises(ValueError, match="refused, breached, correction"):
        queries.entries(session, Which(state="gone"))


def test_details_are_those_of_the_entry(session: Session, memory: MemoryLedger) -> None:
    for index, entry in enumerate(logged(memory)):
        found = queries.details(session, index)
        assert found is not None and found.entry.index == index
        if not isinstance(entry, StatementEntry):
            continue
        assert queries.entry_of(session, entry.statement.id) == found.entry
        assert found.entry.author == entry.statement.author and found.entry.actor != ""
        assert [row.key for row in found.cosigners] == list(entry.statement.cosigners)
        effects: Any = entry.outcome["effects"]
        moves = [[m.commodity, m.source, m.target, m.quantity] for m in found.moves]
        assert moves == effects.get("moves", [])
        lots = [lot[1] for lot in effects.get("lots", []) if lot[0] == "made"]
        assert [lot.lot for lot in found.made] == sorted(lots)
    assert queries.details(session, len(memory.entries)) is None


# ---- figures ------------------------------------------------------------------------------------


def test_flows_are_the_totals_and_the_accounts(session: Session, memory: MemoryLedger) -> None:
    accounts = state_of(memory, "accounts")
    flows = holdings.flows(session)
    assert {flow.commodity for flow in flows} == set(state_of(memory, "totals"))
    for flow in flows:
        own = {key: int(n) for key, n in accounts.items() if key.startswith(f"{flow.commodity}/")}
        assert sum(flow.heads.values()) == sum(own.values()) == 0
        assert flow.is_money == (flow.commodity == "CNY")
        at_sites = sum(n for key, n in own.items() if key.partition("/")[2].startswith("site:"))
        assert flow.heads.get("site", 0) == at_sites
        outside = sum(n for head, n in flow.heads.items() if head == "ext")
        assert outside == flow.received_back - flow.received


def test_counts_are_those_of_the_log(session: Session, memory: MemoryLedger) -> None:
    counts = holdings.counts(session)
    log = logged(memory)
    assert (counts.entries, counts.batches) == (len(log), memory.head().batch + 1)
    assert counts.refused == queries.count_entries(session, Which(state="refused"))
    assert counts.differences == len(state_of(memory, "breaches"))
    assert sum(counts.kinds.values()) == len(log) - counts.batches - counts.refused
    lists = [e.statement.body["count"] for e in log if kind_of(e) == "donation.list" and
             e.outcome["code"] in ("ok", "flagged")]  # fmt: skip
    assert counts.gifts == counts.kinds["donation.receive"] + sum(lists)


def test_a_difference_names_the_entry_that_opened_it(
    session: Session, memory: MemoryLedger
) -> None:
    wanted = {}
    for key, (first, last) in state_of(memory, "breaches").items():
        ids = memory.indexes([first, last])
        wanted[key] = (ids[first], ids[last])
    found = {
        f"{row.commodity}/{row.account}": (row.opened, row.entry)
        for row in holdings.differences(session)
    }
    assert found == wanted and wanted


def test_balances_are_found_by_what_is_asked(session: Session, memory: MemoryLedger) -> None:
    accounts = state_of(memory, "accounts")
    at_depot = {key: n for key, n in accounts.items() if key.endswith("/site:depot")}
    rows = holdings.balances(session, label="site:depot")
    assert {f"{r.commodity}/{r.account}": r.units for r in rows} == at_depot
    rows = holdings.balances(session, commodity="CNY", fund="flood")
    assert len(rows) == len([key for key in accounts if key.startswith("CNY/flood.")])
    assert holdings.balances(session, fund="other") == []


# ---- gifts, goods, households -------------------------------------------------------------------


def test_parts_of_a_gift_sum_to_it(session: Session, memory: MemoryLedger) -> None:
    gifts = state_of(memory, "gifts")
    for statement, segments in gifts.items():
        gift = holdings.donation(session, statement)
        assert gift is not None
        assert sum(part.amount for part in gift.parts) == gift.donation.amount
        assert sum(gift.labels.values()) == gift.donation.amount
        assert gift.donation.amount == sum(high - low for _, low, high in segments)
    assert len(holdings.donations(session, limit=1_000)) == len(gifts)
    assert holdings.donation(session, "ab" * 32) is None


def test_a_corrected_gift_keeps_its_positions(tmp_path: Path) -> None:
    """Undone: void, and the replacement is a gift of the correction's. Else a further segment."""
    ledger = founded()
    seals = {name: "ab" * 32 for name in ("contact", "donor", "reference")}

    def gift(amount: int, n: int) -> dict[str, Any]:
        return {"amount": amount, "line": GENERAL, "reference": f"{n:064x}", "seals": seals}

    first = ledger.say("donation.receive", gift(900, 1), "red/ana", "red/bao").statement
    second = ledger.say("donation.receive", gift(500, 2), "red/ana", "red/bao").statement
    draws = [{"amount": 950, "line": GENERAL}]
    allocated = {"draws": draws, "programme": "flood-27", "purpose": "food"}

    def correct(target: str, amount: int, n: int) -> str:
        replacement = {"body": gift(amount, n), "kind": "donation.receive", "v": 1}
        body = {
            "replacements": [replacement],
            "say": "The bank wrote another amount.",
            "targets": [target],
            "why": "incorrect_data",
        }
        answer = ledger.say("correction.declare", body, *ACTORS)
        assert answer.code in ("ok", "flagged"), answer
        return answer.statement

    undone = correct(first, 800, 1)
    assert ledger.say("fund.allocate", allocated, "red/bao").code == "ok"
    grown = correct(second, 700, 2)
    engine = lite(tmp_path)
    Projector(engine, LedgerSource(ledger)).catch_up()
    with reading(engine) as session:

        def labels(statement: str) -> Any:
            found = holdings.donation(session, statement)
            return found and dict(found.labels)

        assert labels(first) == {"void": 900}
        assert labels(undone) is None
        assert labels(f"{undone}/0") == {"allocated": 450, "free": 350}
        assert labels(second) == {"allocated": 500, "free": 200}
        assert labels(grown) is None and labels(f"{grown}/0") is None
        pairs = [
            ([entry.statement for entry in pair.originals], pair.correction.statement)
            for pair in queries.corrections(session)
        ]
        assert pairs == [([second], grown), ([first], undone)]
        found = queries.details(session, pair_index := queries.entry_of(session, first).index)  # type: ignore[union-attr]
        assert found is not None and found.entry.index == pair_index
        assert [entry.statement for entry in found.corrected_by] == [undone]
        again = queries.details(session, found.corrected_by[0].index)
        assert again is not None and [entry.statement for entry in again.corrects] == [first]
        about = queries.entries(session, Which(subjects=queries.about(first)))
        assert [row.statement for row in about.rows] == [undone]
    engine.dispose()


def test_a_fund_shows_its_lines(session: Session) -> None:
    fund = holdings.fund(session, "flood")
    assert fund is not None and fund.fund.en == "Flood"
    assert [line.id for line in fund.lines] == ["flood.east-food", "flood.general"]
    assert sum(fund.heads.values()) == 0 and fund.heads["free"] > 0
    assert holdings.fund(session, "no-such") is None


def test_lots_and_open_legs(session: Session, memory: MemoryLedger) -> None:
    lots = state_of(memory, "lots")
    for place in ("site:depot", "site:point"):
        here = [k for k, row in lots.items() if "spent" not in row and row["place"] == place]
        assert sorted(lot.lot for lot in holdings.lots_at(session, place)) == sorted(here)
        for item in ("rice", "n95"):
            of_item = [key for key in here if lots[key]["item"] == item]
            found = holdings.lots_at(session, place, item=item)
            assert sorted(lot.lot for lot in found) == sorted(of_item)
    legs = holdings.open_legs(session)
    assert [leg.time for leg in legs] == sorted(leg.time for leg in legs)
    late = holdings.open_legs(session, due_before=memory.head().time)
    assert {leg.statement for leg in late} == {
        leg.statement for leg in legs if 0 <= leg.due < memory.head().time
    }
    kinds = {leg.kind for leg in legs}
    for kind in kinds:
        assert {leg.kind for leg in holdings.open_legs(session, kind=kind)} == {kind}


def test_what_households_got_fits_what_is_left(session: Session, memory: MemoryLedger) -> None:
    """left = quantity - drawn, as far as it reaches, where no release keeps any of it."""
    legs = state_of(memory, "legs").values()
    kept = {
        row["right"] for row in legs if "site" in row and "right" in row and "closed" not in row
    }
    rights = state_of(memory, "entitlements")
    checked = {"CNY": 0, "rice": 0, "n95": 0}
    for tag in state_of(memory, "households"):
        household = holdings.household(session, tag)
        assert household is not None
        for right in household.rights:
            own = right.entitlement
            key = f"{tag}/{own.cycle}/{own.purpose}"
            row = rights[key]
            left = row["amount"] if "amount" in row else dict(row["left"]).get(own.commodity, 0)
            if key not in kept:
                assert left == max(0, own.quantity - right.drawn), key
                checked[own.commodity] += right.drawn > 0
    assert checked["rice"] and checked["n95"]
    assert holdings.household(session, "00" * 16) is None


def test_a_right_to_money_is_drawn_by_instructions(tmp_path: Path) -> None:
    story = Story(1)
    tag, say = "ab" * 16, story.ledger.say
    seals = {name: story.tag() for name in ("contact", "donor", "reference")}
    gift = {"amount": 9_000, "line": GENERAL, "reference": story.tag(), "seals": seals}
    say("donation.receive", gift, "red/ana", "red/bao")
    draws = [{"amount": 9_000, "line": GENERAL}]
    say("fund.allocate", {"draws": draws, "programme": "flood-27", "purpose": "cash"}, "red/bao")
    seals = {name: story.tag() for name in ("address", "document", "name", "phone")}
    body = {"area": "east", "bank_verified": True, "persons": 3, "programme": "flood-27"}
    say("household.enrol", {**body, "seals": seals, "tag": tag}, "red/chen", "red/dai")
    right = {
        "cycle": "c1",
        "money": {"amount": 5_000, "line": GENERAL},
        "programme": "flood-27",
        "purpose": "cash",
        "tags": [tag],
        "window": {"from": 0, "to": NOW + DAY},
    }
    assert say("entitlement.issue", right, "red/ana").code == "ok"

    def instruct(n: int) -> str:
        body = {
            "area": "east",
            "draws": [{"amount": n, "line": GENERAL}],
            "entitlement": {"cycle": "c1", "purpose": "cash", "tag": tag},
            "payee": {"class": "household", "tag": tag},
            "purpose": "cash",
            "source": "allocated",
        }
        answer = say("disbursement.instruct", body, "red/chen", "red/dai")
        assert answer.code == "ok"
        return answer.statement

    first = instruct(3_000)
    instruct(1_000)
    engine = lite(tmp_path)
    projector = Projector(engine, LedgerSource(story.ledger))

    def drawn() -> list[tuple[str, int, int]]:
        projector.catch_up()
        with reading(engine) as session:
            household = holdings.household(session, tag)
            assert household is not None and household.got == []
            return [
                (one.entitlement.commodity, one.entitlement.quantity, one.drawn)
                for one in household.rights
            ]

    assert drawn() == [("CNY", 5_000, 4_000)]
    say("disbursement.failed", {"instruction": first, "reference": story.tag()}, "red/chen")
    assert drawn() == [("CNY", 5_000, 1_000)]
    engine.dispose()


def test_names(session: Session) -> None:
    assert queries.thing(session, "item", "rice").zh_hant == "Rice"  # type: ignore[union-attr]
    assert sorted(queries.things(session, "site")) == ["depot", "point"]
    assert queries.thing(session, "item", "nothing") is None


def test_as_of(session: Session, memory: MemoryLedger) -> None:
    assert queries.as_of(session).root == memory.head().root()
