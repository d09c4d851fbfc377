"""The main job on real tables: notices of the Hubei and Wuhan Red Cross of 2020, as archived.

Goal: 35,246 gifts as 13 lists and one by one, and both tables of goods, arrive to the cent and to
the piece; each giver's row is provable; payments are attributed so that for any gift the parts sum
to it exactly; the case of row 14 is shown and not closed.
Method: the mappings that the guide shows, on a ledger founded by `relief init`; sums are taken from
the tables by another way (decimal fractions), and the attribution from the views and by `meet`.

The archive is incomplete, and notices were corrected later: nothing here is said about anybody.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from homes import Home, copy_of, new_home, people

from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import StatementId, format_envelope
from ledger.keys import SigningKey
from ledger.log.trust import parse_trust
from ledger.money.attribution import Part, meet
from ledger.proofs.disclosure import check_manifest, open_record
from ledger.proofs.receipt import format_receipt, parse_receipt
from ledger.proofs.receiptcheck import check_receipt
from nodes.keyring import read_key
from nodes.projections.holdings import balances, donation, flows, positions
from nodes.projections.queries import reading
from tools.load import people_keys
from tools.running import Running, found, running
from tools.sheets.loading import LoadFolder, Report
from tools.sheets.row_receipts import ListOpener, Rows
from tools.sheets.tables import Table, load_table, read_table
from tools.sheets.targets import NodeTarget
from tools.signing import make_statement

MAPPINGS = Path(__file__).resolve().parents[2] / "docs" / "guides" / "mappings"
LINE = "flood.general"
TOTAL = 70_140_126_391
LISTS = {
    1: (60, 348223211), 2: (1633, 3842232224), 3: (1995, 15396731614), 5: (6661, 8051659300),
    6: (4164, 5367252838), 7: (5161, 11961252590), 8: (2860, 2976311798), 9: (2101, 3693301491),
    10: (2025, 4888594804), 11: (1845, 936060002), 12: (2328, 3501097750), 13: (2190, 6341392632),
    14: (2223, 2836016137),
}  # fmt: skip
"""Number of the list -> rows and fen, as printed at the foot of each notice."""


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return new_home(tmp_path_factory.mktemp("data") / "home")


@dataclass
class Trial:
    """A node that runs, and what it was given."""

    home: Home
    whole: Running
    target: NodeTarget

    def load(self, file: Path, mapping: str, **rest: Any) -> tuple[Table, Report]:
        table = read_table(file, MAPPINGS / mapping)
        keys = people_keys(self.home.folder / "people", table, None)
        assert self.whole.node.vault is not None
        report = load_table(
            table, self.target, keys=keys, vault=self.whole.node.vault,
            outbox=self.home.outbox, **rest,
        )  # fmt: skip
        return table, report

    def settle(self) -> None:
        size = self.whole.node.size()
        self.whole.node.when_final(size - 1).result(60)
        assert self.whole.follower.wait_for(size, within_s=60), self.whole.follower.failure

    def rows(self, table: Table) -> Rows:
        self.settle()
        assert self.whole.node.vault is not None
        place = LoadFolder(self.home.outbox / "loads", table.mapping, table.sheet)
        grounds = self.whole.node.grounds(final=True)
        return Rows(grounds, self.whole.node.vault, list(place.signed()))

    def account(self, key: str) -> int:
        pair = ("accounts", key)
        return int(self.target.rows([pair]).get(pair, 0))

    def say(self, kind: str, bodies: list[dict[str, Any]], *actors: str) -> list[str]:
        """Statements in one batch; their ids."""
        keys = [self._key(actor) for actor in actors]
        log, now = self.target.origin, self.whole.node.now()
        made = [make_statement(kind, body, keys, log=log, now=now) for body in bodies]
        replies = self.whole.node.submit([format_envelope(each) for each in made]).result()
        assert {reply.code for reply in replies} == {"ok"}, replies[0]
        return [each.id for each in made]

    def _key(self, actor: str) -> SigningKey:
        return read_key(people(self.home, actor), "author").key


@contextmanager
def trial(founded: Home, folder: Path) -> Iterator[Trial]:
    home = copy_of(founded, folder)
    with running(home.settings()) as whole:
        found(whole.node, home)
        yield Trial(home, whole, NodeTarget(whole.node, whole.views, whole.follower))


def fen(text: str) -> int:
    """The same number by another way."""
    value = Fraction(text) * 100
    assert value.denominator == 1
    return value.numerator


# ---- 13 lists ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cash(
    founded: Home, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Trial, Table, Report]]:
    with trial(founded, tmp_path_factory.mktemp("cash") / "home") as one:
        table, report = one.load(shared_data / "hubei-cash-donations.csv", "hubei-lists.yaml")
        yield one, table, report


def test_thirteen_lists_to_the_cent(cash: tuple[Trial, Table, Report]) -> None:
    one, table, report = cash
    assert (report.rows, report.statements, report.applied) == (35_246, 13, 13)
    assert report.sums == {"CNY": TOTAL} and one.account(f"CNY/{LINE}/free") == TOTAL
    assert table.gaps == [4] and report.flagged == 1
    assert any("list 4 is missing" in note for note in report.notes)
    one.settle()
    with reading(one.whole.views) as session:
        seen = {}
        for signed in LoadFolder(one.home.outbox / "loads", table.mapping, table.sheet).signed():
            gift = donation(session, signed.statement)
            assert gift is not None
            seen[int(signed.key.removeprefix("list "))] = (len(signed.rows), gift.donation.amount)
    assert seen == LISTS
    assert sum(LISTS[n][1] for n in (1, 2, 3, 5, 6)) == 33_006_099_187  # to 30 January


def test_each_row_is_provable(cash: tuple[Trial, Table, Report]) -> None:
    one, table, _ = cash
    rows, trust = one.rows(table), parse_trust(one.home.trust.read_bytes())
    wanted = [row.cells for row in table.sheet.rows]
    offsets: dict[str, int] = {}
    starts = []
    for row in wanted:
        starts.append(offsets.get(row["batch"], 0))
        offsets[row["batch"]] = starts[-1] + fen(row["amount_cny"])
    draw = Random(14)
    for number in [0, len(wanted) - 1, *sorted(draw.sample(range(len(wanted)), 30))]:
        data = format_receipt(rows.receipt(number + 2))
        assert check_receipt(data, trust).verdict == "verified"
        assert {each.name: each.value for each in parse_receipt(data).shown} == {
            "amount": fen(wanted[number]["amount_cny"]),
            "donor": wanted[number]["donor"],
            "offset": starts[number],
        }


def test_every_row_leads_to_its_lists_manifest(cash: tuple[Trial, Table, Report]) -> None:
    # All 35,246: the part of a receipt that is a row's own.
    one, table, _ = cash
    node = one.whole.node
    assert node.vault is not None
    place = LoadFolder(one.home.outbox / "loads", table.mapping, table.sheet)
    total = 0
    for signed in place.signed():
        status = node.status(StatementId(signed.statement))
        assert status is not None and status.index is not None
        [raw] = node.entries(status.index, status.index + 1)
        entry = parse_entry(raw)
        assert isinstance(entry, StatementEntry)
        opener = ListOpener.of(node.vault, signed.statement)
        offset = 0
        for number in range(len(signed.rows)):
            shown, paths = opener.show(number, "donor")
            root = open_record("donation.list", 1, shown, paths.record)
            check_manifest(entry.statement.body["manifest"], root, paths.manifest)
            values = {field.name: field.value for field in shown}
            assert values["offset"] == offset and isinstance(values["amount"], int)
            offset += values["amount"]
        total += offset
    assert total == TOTAL


# ---- 500 payments --------------------------------------------------------------------------------


def test_payments_are_attributed_to_the_last_fen(cash: tuple[Trial, Table, Report]) -> None:
    one, table, _ = cash
    draw = Random(500)
    amounts = [draw.randrange(1, 2 * TOTAL // 600) for _ in range(500)]
    instructed = one.say(
        "disbursement.instruct",
        [
            {
                "area": "county", "draws": [{"amount": amount, "line": LINE}],
                "payee": {"class": "vendor", "tag": f"{number:064x}"},
                "purpose": "food", "source": "free",
            }
            for number, amount in enumerate(amounts)
        ],
        "charity/cashier", "charity/secretary",
    )  # fmt: skip
    paid = [n for n in range(500) if n % 5]
    one.say(
        "disbursement.paid",
        [
            {"amount": amounts[n], "instruction": instructed[n], "reference": f"{n:064x}"}
            for n in paid
        ],
        "charity/cashier", "charity/secretary",
    )  # fmt: skip
    one.settle()
    spent = sum(amounts[n] for n in paid)
    assert one.account(f"CNY/{LINE}/paid:vendor") == spent
    assert one.account(f"CNY/{LINE}/free") == TOTAL - sum(amounts)
    place = LoadFolder(one.home.outbox / "loads", table.mapping, table.sheet)
    gifts = {gift.row.number: gift for gift in table.gifts}
    origins: list[tuple[int, int, str]] = []
    with reading(one.whole.views) as session:
        at = 0
        for signed in place.signed():
            gift = donation(session, signed.statement)
            assert gift is not None
            # Each list is one segment, and its rows follow one another from its start.
            for row in signed.rows:
                origins.append((at, at + gifts[row].amount, gifts[row].key))
                at += gifts[row].amount
        assert at == TOTAL
        line = positions(session, LINE, 0, TOTAL)
        labels = [(part.low, part.high, (part.label,)) for part in line]
        parts: dict[str, list[Part]] = {}
        for key, part in meet(LINE, origins, labels):
            parts.setdefault(key, []).append(part)
        # For any gift at all: nothing is missing, nothing is there twice.
        assert {key: sum(part.amount for part in own) for key, own in parts.items()} == {
            gift.key: gift.amount for gift in gifts.values()
        }
        by_payment: dict[str | None, int] = {}
        for own in parts.values():
            for part in own:
                if part.state == "paid":
                    by_payment[part.by] = by_payment.get(part.by, 0) + part.amount
        assert by_payment == {instructed[n]: amounts[n] for n in paid}
        # And what a donor is told, asked for alone, is the same.
        for low, high, key in draw.sample(origins, 50):
            alone = positions(session, LINE, low, high)
            assert [(p.low, p.high, (p.label,)) for p in alone] == [
                (p.low, p.high, p.stack) for p in parts[key]
            ]


# ---- one statement each --------------------------------------------------------------------------


def test_one_statement_each(founded: Home, shared_data: Path, tmp_path: Path) -> None:
    # A sample of the table; the whole is loaded in the bench.
    with open(shared_data / "hubei-cash-donations.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:: 35_246 // 1_500][:1_500]
    sample = tmp_path / "sample.csv"
    with sample.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    wanted = sum(fen(row["amount_cny"]) for row in rows)
    with trial(founded, tmp_path / "home") as one:
        table, report = one.load(sample, "hubei-rows.yaml")
        assert (report.statements, report.applied, report.flagged) == (1_500, 1_500, 0)
        assert report.sums == {"CNY": wanted} and one.account(f"CNY/{LINE}/free") == wanted
        made = one.rows(table)
        for number in (0, 700, 1_499):
            shown = {each.name: each.value for each in made.receipt(number + 2).shown}
            row = rows[number]
            assert shown["reference"] == f"{row['batch']}/{row['seq']}"
            assert shown["donor"] == row["donor"]


# ---- goods ---------------------------------------------------------------------------------------


def test_goods_to_the_piece(founded: Home, shared_data: Path, tmp_path: Path) -> None:
    def units(name: str, waiting: set[int]) -> dict[tuple[str, ...], int]:
        with open(shared_data / name, encoding="utf-8", newline="") as file:
            found: dict[tuple[str, ...], int] = {}
            for number, row in enumerate(csv.DictReader(file), 2):
                if number not in waiting:
                    key = tuple(" ".join(row[c].split("\n")) for c in ("item", "spec", "unit"))
                    found[key] = found.get(key, 0) + int(Fraction(row["quantity"]))
        return found

    with trial(founded, tmp_path / "home") as one:
        table, came = one.load(
            shared_data / "wuhan-goods-in.csv", "wuhan-goods-in.yaml", partial=True
        )
        waiting = table.reading.bad_rows()
        assert len(waiting) == 12 and came.rows == 539 and came.is_whole and came.flagged == 0
        goods_in = units("wuhan-goods-in.csv", waiting)
        assert sum(came.sums.values()) == sum(goods_in.values()) == 1_263_232
        assert sorted(came.sums.values()) == sorted(goods_in.values())
        assert all(one.account(f"{item}/site:depot") == n for item, n in came.sums.items())
        _, gone = one.load(shared_data / "wuhan-goods-out.csv", "wuhan-goods-out.yaml")
        goods_out = units("wuhan-goods-out.csv", set())
        assert gone.rows == 250 and gone.is_whole and sum(gone.sums.values()) == 278_078
        assert sorted(gone.sums.values()) == sorted(goods_out.values())
        one.settle()
        with reading(one.whole.views) as session:
            given = {
                row.commodity: int(row.units)
                for row in balances(session, label="given:organisation")
            }
            assert given == gone.sums
            # What came in by no receipt, and what went out beyond one, stands in public.
            found_ = -sum(int(row.units) for row in balances(session, label="found:depot"))
            beyond = -sum(int(row.units) for row in balances(session, label="over_issue:depot"))
            known = [n for key, n in goods_out.items() if key in goods_in]
            short = sum(
                max(0, n - goods_in[key]) for key, n in goods_out.items() if key in goods_in
            )
            assert found_ == 278_078 - sum(known) and beyond == short
            for flow in flows(session):
                assert sum(flow.heads.values()) == 0, flow.commodity
