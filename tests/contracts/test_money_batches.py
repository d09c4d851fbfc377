"""The fund line in the machine: how statements fall into batches changes nothing about the money.

Goal: rows of a running batch, and rows that a refused statement had already changed, are seen as the
law needs them: one batch of many statements leaves what many batches of one leave.
Method: random histories of gifts, payments and reversals, some of them refused, signed once and run
through the real machine cut into batches in three ways.
"""

from collections.abc import Iterator
from json import loads
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import TestLedger, founded

from ledger.envelope import Statement

LINES = ("flood.general", "flood.east-food")
TABLES = ("line", "origin", "gifts", "accounts", "totals", "breaches", "legs", "references")
SEALS = {"contact": "1" * 64, "donor": "2" * 64, "reference": "3" * 64}
TWO = ("red/ana", "red/bao")
PAYER = ("red/chen", "red/bao")

STEP = st.tuples(
    st.sampled_from(
        ("receive", "receive", "allocate", "instruct", "paid", "failed", "returned", "reverse",
         "refund", "cover")
    ),
    st.integers(0, 1),
    st.integers(1, 40),
    st.integers(0, 99),
)  # fmt: skip


class Plan:
    """Statements that name earlier ones, signed before anything is run."""

    def __init__(self, ledger: TestLedger) -> None:
        self.ledger = ledger
        self.gifts: list[str] = []
        self.legs: list[str] = []

    def write(self, verb: str, line: int, n: int, pick: int) -> Statement | None:
        at, tag = LINES[line], f"{self.ledger.count:064x}"
        draws = [{"amount": n, "line": at}]
        gift = self.gifts[pick % len(self.gifts)] if self.gifts else ""
        leg = self.legs[pick % len(self.legs)] if self.legs else ""
        if verb in ("reverse", "refund") and not gift:
            return None
        if verb in ("paid", "failed", "returned") and not leg:
            return None
        write = self.ledger.statement
        back = {"amount": n, "donation": gift}
        told = {"amount": n, "instruction": leg, "reference": tag}
        bodies: dict[str, Any] = {
            "allocate": {"draws": draws, "programme": "flood-27", "purpose": "food"},
            "cover": {"amount": n, "line": at, "reference": tag},
            "failed": {"instruction": leg, "reference": tag},
            "instruct": {
                "area": "east",
                "draws": [{"amount": 5, "line": LINES[1 - line]}, *draws],
                "payee": {"class": "vendor", "tag": "7" * 64},
                "purpose": "food",
                "source": "free" if pick % 3 else "allocated",
            },
            "paid": told,
            "receive": {"amount": n, "line": at, "reference": tag, "seals": SEALS},
            "refund": back,
            "returned": told,
            "reverse": {**back, "reference": tag},
        }
        kinds = {
            "allocate": ("fund.allocate", "red/bao"),
            "cover": ("fund.cover", "red/bao", "red/ana"),
            "failed": ("disbursement.failed", "red/chen"),
            "instruct": ("disbursement.instruct", *PAYER),
            "paid": ("disbursement.paid", "red/chen"),
            "receive": ("donation.receive", "red/ana"),
            "refund": ("donation.refund", *TWO),
            "returned": ("disbursement.returned", "red/chen"),
            "reverse": ("donation.reverse", *TWO),
        }
        kind, *signers = kinds[verb]
        statement = write(kind, bodies[verb], *signers)
        if verb == "receive":
            self.gifts.append(statement.id)
        if verb == "instruct":
            self.legs.append(statement.id)
        return statement


def rows(ledger: TestLedger) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for table in TABLES:
        found[table] = {key: loads(raw) for key, raw in ledger.memory.table(table).items()}
    for leg in found["legs"].values():
        del leg["entry"]  # batch entries stand in between
    return found


def cuts(statements: list[Statement], size: int) -> Iterator[list[Statement]]:
    for at in range(0, len(statements), size):
        yield statements[at : at + size]


@settings(max_examples=12, deadline=None)
@given(st.lists(STEP, min_size=20, max_size=40))
def test_batches_change_nothing(steps: list[tuple[str, int, int, int]]) -> None:
    plan = Plan(founded())
    first = [("receive", 0, 40, 0), ("receive", 1, 40, 0), ("instruct", 0, 10, 1)]
    made = [plan.write(*step) for step in [*first, *steps]]
    statements = [statement for statement in made if statement is not None]
    outcomes = []
    for size in (1, 7, len(statements)):
        ledger = founded()
        codes = []
        for batch in cuts(statements, size):
            codes += [str(answer.code) for answer in ledger.run(*batch)]
        outcomes.append((codes, rows(ledger)))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert outcomes[0][0][:3] == ["ok", "ok", "ok"]
