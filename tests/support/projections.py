"""Views held against the state tables of the machine; shared by the tests of what follows a log.

Method: `check_against_state` reads every row of the views and works the same out of `MemoryLedger`,
which is the oracle.
"""

from collections.abc import Sequence
from json import loads
from pathlib import Path
from typing import Any

from ledgers import TestLedger
from sqlalchemy import Engine, select

from contracts.memory import MemoryLedger
from ledger.entry import Effects
from nodes.projections.contractviews import ContractRun, ContractVersion, ContractVoice
from nodes.projections.nounviews import Disbursement, Donation, Shipment, ShipmentLine
from nodes.projections.projector import open_views
from nodes.projections.rebuild import digests
from nodes.projections.views import (
    Balance,
    Correction,
    Leg,
    Lot,
    Origin,
    Projection,
    Segment,
    Subject,
    Total,
    columns,
    table_of,
)


class LedgerSource:
    """The log of a ledger in memory; `effects` from the steps that made it."""

    def __init__(self, ledger: TestLedger, *, keep: bool = True) -> None:
        self.ledger, self.keep = ledger, keep

    def size(self) -> int:
        return len(self.ledger.memory.entries)

    def entries(self, low: int, high: int) -> Sequence[bytes]:
        return self.ledger.memory.entries[low:high]

    def effects(self, index: int) -> Effects | None:
        found = (step.effects[index] for step in self.ledger.steps if index in step.effects)
        return next(found, None) if self.keep else None


def lite(folder: Path, name: str = "other") -> Engine:
    return open_views(f"sqlite:///{folder}/{name}.sqlite")


def rows(engine: Engine, view: type[Projection]) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table_of(view))).mappings()]


def all_digests(engine: Engine) -> Any:
    with engine.connect() as connection:
        return digests(connection)


def state_of(memory: MemoryLedger, table: str) -> dict[str, Any]:
    return {key: loads(value) for key, value in memory.table(table).items()}


def check_against_state(engine: Engine, memory: MemoryLedger) -> None:
    balances = {f"{r['commodity']}/{r['account']}": r["units"] for r in rows(engine, Balance)}
    assert balances == state_of(memory, "accounts")
    totals = {r["commodity"]: [r[c.name] for c in columns(Total)[1:]] for r in rows(engine, Total)}
    assert totals == state_of(memory, "totals")
    assert segments_of_views(engine) == segments_of_state(memory)
    origins = {
        f"{r['line']}/{r['low']:016x}": (r["high"], r["statement"]) for r in rows(engine, Origin)
    }
    assert origins == {key: (row[0], row[1][1]) for key, row in state_of(memory, "origin").items()}
    gifts = {r["statement"] for r in rows(engine, Donation)}
    assert gifts == {key for key in state_of(memory, "gifts") if "-" not in key}
    lots = {
        r["lot"]: (r["item"], r["quantity"], r["place"])
        for r in rows(engine, Lot)
        if r["spent"] < 0
    }
    assert lots == {
        key: (row["item"], row["quantity"], row["place"])
        for key, row in state_of(memory, "lots").items()
        if "spent" not in row
    }
    check_legs(engine, memory)
    check_consignments(engine, memory)
    check_contracts(engine, memory)
    # What opened a run is about its contract, which nothing on the log says before its first portion.
    untold: dict[str, list[int]] = {}
    told = {row["id"] for row in rows(engine, ContractRun)}
    for key, row in state_of(memory, "runs").items():
        if key.startswith("run/") and key.removeprefix("run/") not in told:
            assert row["steps"] == 0, key
            untold.setdefault(f"contract/{row['name']}", []).append(row["entry"])
    subjects: dict[str, list[int]] = {}
    for row in rows(engine, Subject):
        subjects.setdefault(row["subject"], []).append(row["entry"])
    for subject, (count, last, _) in state_of(memory, "index").items():
        if subject != "gov":
            # At least: a body may also name a lot whose goods came from elsewhere in the end.
            known = [*subjects.get(subject, []), *untold.get(subject, [])]
            assert len(known) >= count and last in known, (subject, count, last, known)


STANDS = {"active": "now", "approved": "waiting", "before": "before", "suspended": "now"}
"""State of a version in the views -> its place in the row of its contract."""


def check_contracts(engine: Engine, memory: MemoryLedger) -> None:
    """Proposals with their voices, what stands, waits and returns, runs: as in the state."""
    heard: dict[str, list[list[Any]]] = {}
    for row in sorted(rows(engine, ContractVoice), key=lambda row: row["n"]):
        heard.setdefault(row["proposal"], []).append([row["member"], row["time"]])
    versions = rows(engine, ContractVersion)
    proposals = {
        row["proposal"]: (row["contract"], row["scope"], row["version"], row["hash"], row["lapses"])
        for row in versions
    }
    known = state_of(memory, "proposals")
    names = ("contract", "scope", "version", "hash", "until")
    assert proposals == {key: tuple(row[name] for name in names) for key, row in known.items()}
    for row in versions:
        own = known[row["proposal"]]
        voices = [[member, time] for member, _, time, _ in own["voices"]]
        assert [one for one in heard[row["proposal"]] if one in voices] == voices, row
        is_open = {"proposed": "open", "lapsed": "lapsed"}.get(row["state"], "committed")
        assert own["state"] == is_open, row
    stands: dict[str, dict[str, tuple[Any, ...]]] = {}
    for row in (row for row in versions if row["state"] in STANDS):
        standing = stands.setdefault(f"contract/{row['contract']}/{row['scope']}", {})
        assert STANDS[row["state"]] not in standing, row
        entry = row["committed"] if row["state"] == "approved" else row["activated"]
        said = (row["proposal"], row["hash"], row["mode"], entry, row["expires"])
        standing[STANDS[row["state"]]] = said
    wanted: dict[str, dict[str, tuple[Any, ...]]] = {}
    for key, row in state_of(memory, "adoptions").items():
        for place in ("before", "now", "waiting"):
            if key.startswith("contract/") and place in row:
                one = row[place]
                said = (
                    one["proposal"],
                    one["hash"],
                    one["mode"],
                    one["entry"],
                    one.get("expires", -1),
                )
                wanted.setdefault(key, {})[place] = said
        if key.startswith("contract/") and "now" in row:
            _, contract, scope = key.split("/", 2)
            (own,) = [
                one for one in versions
                if (one["contract"], one["scope"]) == (contract, scope)
                and one["state"] in ("active", "suspended")
            ]  # fmt: skip
            against = row.get("suspended", {"on": False})
            assert (own["state"] == "suspended") == against["on"], key
            if against["on"]:
                assert own["until"] == against["until"], key
            if "returns" in row["now"]:
                assert own["returns"] == row["now"]["returns"], key
    assert stands == wanted
    runs = {key.removeprefix("run/"): row for key, row in state_of(memory, "runs").items()
            if key.startswith("run/")}  # fmt: skip
    for view in rows(engine, ContractRun):
        row = runs[view["id"]]
        for name in ("done", "faults", "fired", "refused", "spent", "state", "why"):
            assert view[name] == row[name], (view, name)
        assert (view["contract"], view["cause"]) == (row["name"], row["entry"])
        assert (view["closed"] == -1) == (row["state"] != "ended"), view


RESERVING = ("disbursement.release", "shipment.order")
LEGS = (*RESERVING, "disbursement.instruct", "shipment.dispatch")
"""Kinds whose legs are compared; what is agreed and due has tests of its own."""


def check_legs(engine: Engine, memory: MemoryLedger) -> None:
    """Open and closed as in the state, due at the same time, and paid as much on instructions.

    Without corrections also those that only keep goods back.
    """
    corrected = bool(rows(engine, Correction))
    legs = {key: row for key, row in state_of(memory, "legs").items() if key != row.get("key")}
    wanted = {
        key: (row["kind"], row["entry"], row["due"], "closed" not in row)
        for key, row in legs.items()
        if (row["kind"] in RESERVING and not corrected)
        or (row["kind"] == "shipment.dispatch" and row["left"])
    }
    wanted |= {
        key: (row["kind"], row["entry"], row["due"], row["asked"] > row["paid"] + row["back"])
        for key, row in legs.items()
        if row["kind"] == "disbursement.instruct"
    }
    found = {
        r["statement"]: (r["kind"], r["opened"], r["due"], r["closed"] == -1)
        for r in rows(engine, Leg)
        if r["kind"] in LEGS and not (corrected and r["kind"] in RESERVING)
    }
    assert {key: row for key, row in found.items() if row[3]} == {
        key: row for key, row in wanted.items() if row[3]
    }
    assert {key: row for key, row in found.items() if key in wanted} == wanted
    paid = {
        r["statement"]: (r["amount"], r["paid"], r["back"], r["beyond"])
        for r in rows(engine, Disbursement)
    }
    assert paid == {
        key: (row["asked"], row["paid"], row["back"], int(row["beyond"]))
        for key, row in legs.items()
        if row["kind"] == "disbursement.instruct"
    }


def check_consignments(engine: Engine, memory: MemoryLedger) -> None:
    """What was sent and neither arrived nor was lost is what is still on its way."""
    dispatches = {
        r["statement"] for r in rows(engine, Shipment) if r["kind"] == "shipment.dispatch"
    }
    left = {
        (r["statement"], r["item"]): r["sent"] - r["arrived"] - r["lost"]
        for r in rows(engine, ShipmentLine)
        if r["statement"] in dispatches
    }
    assert all(min(r["sent"], r["arrived"], r["lost"]) >= 0 for r in rows(engine, ShipmentLine))
    on_its_way = {}
    for key, n in state_of(memory, "accounts").items():
        item, _, account = key.partition("/")
        if account.startswith("consignment:"):
            on_its_way[account.partition(":")[2], item] = int(n)
    assert {key: n for key, n in left.items() if n} == on_its_way


def segments_of_views(engine: Engine) -> list[tuple[str, int, int, str, int]]:
    found = [(r["line"], r["low"], r["high"], r["label"], r["void"]) for r in rows(engine, Segment)]
    return sorted(found)


def segments_of_state(memory: MemoryLedger) -> list[tuple[str, int, int, str, int]]:
    """Top labels, marked where a void label stands below one; equal neighbours joined."""
    found: list[tuple[str, int, int, str, int]] = []
    for key, (high, stack) in sorted(state_of(memory, "line").items()):
        marked = int(any(label.startswith("void:") for label in stack[:-1]))
        row = (key[:-17], int(key[-16:], 16), high, stack[-1], marked)
        if found and found[-1][0] == row[0] and found[-1][2:] == (row[1], *row[3:]):
            row = (*found.pop()[:2], *row[2:])
        found.append(row)
    return found
