"""What must be true of the state after every batch, read from its rows alone.

Goal: value is neither made nor lost, nothing is spent twice, nothing is kept that no leg keeps.
Method: every figure that the state holds twice is computed from the other place: accounts from lots,
from intervals of lines and from legs; totals from accounts; what is reserved from what is open.
"""

from collections import defaultdict
from itertools import pairwise
from json import loads
from typing import Any

from contracts.memory import MemoryLedger
from ledger.book import CONTRA, IN, INSIDE, NEUTRAL, OUT, REVERSED_IN, REVERSED_OUT, side_of
from ledger.canon import ENTRY_MAX
from ledger.codes import APPLIED
from ledger.entry import AutoEntry, StatementEntry, parse_entry

Rows = dict[str, Any]


class Tables:
    """The tables of a ledger, decoded once each."""

    def __init__(self, memory: MemoryLedger) -> None:
        self.memory = memory
        self._known: dict[str, Rows] = {}

    def __getitem__(self, name: str) -> Rows:
        if name not in self._known:
            rows = self.memory.table(name)
            self._known[name] = {key: loads(raw) for key, raw in rows.items()}
        return self._known[name]


def check_all(memory: MemoryLedger, *, entries_from: int = 0) -> None:
    """Every invariant; entries before `entries_from` have been looked at."""
    tables = Tables(memory)
    for raw in memory.entries[entries_from:]:
        assert len(raw) <= ENTRY_MAX
        parse_entry(raw)
    check_accounts(tables)
    check_lots(tables)
    check_lines(tables)
    check_legs(tables)
    check_reserved(tables)
    check_rights(tables)
    check_references(tables)
    check_situation(tables)
    check_agreements(tables)
    check_holds(tables)


def check_situation(tables: Tables) -> None:
    """Areas list the alerts that are not over; counters of cases are those of the cases."""
    catalogue, legs = tables["catalogue"], tables["legs"]
    listed: dict[str, Rows] = defaultdict(dict)
    for key, row in catalogue.items():
        if key.startswith("alert/"):
            assert ("ended" in row) == ("lapse" not in legs[key]) == ("closed" in row), (key, row)
            if "ended" in row:
                continue
            for area in row["areas"]:
                listed[area][key.removeprefix("alert/")] = [row["level"], row["until"]]
    found = {
        key.removeprefix("alerted/"): {alert: rest for alert, *rest in row["alerts"]}
        for key, row in catalogue.items()
        if key.startswith("alerted/")
    }
    # An alert that is over and not recorded as that may have made room for another one.
    for area, alerts in found.items():
        assert alerts.items() <= listed[area].items() and len(alerts) <= 16, (area, alerts)
    counts: dict[str, Rows] = defaultdict(lambda: defaultdict(int))
    classes: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for leg in legs.values():
        if leg["kind"] == "case.open":
            classes[leg["class"]][0] += 1
            classes[leg["class"]][1] += leg["state"] == "closed"
            for subject in leg["subjects"] if leg["state"] != "closed" else ():
                counts[f"case/{subject}"][leg["class"]] += 1
    flags = tables["flags"]
    assert {key: row for key, row in flags.items() if key.startswith("class/")} == {
        f"class/{name}": row for name, row in classes.items()
    }
    assert {key: dict(row) for key, row in flags.items() if key.startswith("case/")} == counts


def check_accounts(tables: Tables) -> None:
    """Each account on its side, each commodity sums to zero, totals are those of the accounts."""
    sides: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    contra = []
    for key, text in tables["accounts"].items():
        commodity, _, account = key.partition("/")
        n, side = int(text), side_of(account)
        assert n != 0, f"{key}: a zero row is kept"
        assert side == "neutral" or (n < 0) == (side in ("outside", "contra")), (key, n)
        sides[commodity][side] += n
        if side == "contra":
            contra.append(key)
    assert sorted(tables["breaches"]) == sorted(contra)
    for commodity, row in tables["totals"].items():
        t, s = [int(text) for text in row], sides[commodity]
        assert sum(s.values()) == 0, (commodity, dict(s))
        assert t[IN] - t[REVERSED_IN] == -s["outside"], (commodity, t)
        assert t[INSIDE] == s["inside"], (commodity, t)
        assert t[OUT] - t[REVERSED_OUT] == s["sink"], (commodity, t)
        assert (t[CONTRA], t[NEUTRAL]) == (s["contra"], s["neutral"]), (commodity, t)
    assert set(sides) <= set(tables["totals"])


def check_lots(tables: Tables) -> None:
    """Living lots are what the accounts say; a lot's parts sum to it; a chain has one living end."""
    lots = tables["lots"]
    held: dict[str, int] = defaultdict(int)
    living: dict[str, str] = {}
    for key, lot in lots.items():
        assert 0 < lot["quantity"] == sum(n for _, n in lot["mix"]), (key, lot)
        assert len(lot["mix"]) <= 64 and len(lot.get("serials", [])) <= 200, key
        assert sum(n for _, n in lot["from"]) == lot["quantity"], (key, lot)
        if "spent" not in lot:
            held[f"{lot['item']}/{lot['place']}"] += lot["quantity"]
            assert lot["first"] not in living, (key, living[lot["first"]])
            living[lot["first"]] = key
        elif lot["spent"]["to"]:
            gone = sum(to[1] for to in lot["spent"]["to"])
            rest = lots[lot["rest"]]["quantity"] if "rest" in lot else 0
            assert gone + rest in (lot["quantity"], gone), (key, lot)
    accounts = {
        key: int(text)
        for key, text in tables["accounts"].items()
        if key.partition("/")[2].startswith(("site:", "consignment:"))
    }
    assert dict(held) == accounts
    for first, carriers in tables["heads"].items():
        assert lots[first]["first"] == first, first
        own = [end for end in carriers if lots[end]["first"] == first]
        assert len(own) <= 1 and len(carriers) <= 256, (first, carriers)


def check_lines(tables: Tables) -> None:
    """Both partitions cover [0, R); labels sum to the accounts; gifts do not overlap."""
    ends: dict[str, int] = defaultdict(int)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    before: dict[str, list[str]] = {}
    for key, (high, stack) in sorted(tables["line"].items()):
        line, low = key[:-17], int(key[-16:], 16)
        assert low == ends[line] < high and before.get(line) != stack, (key, high, stack)
        assert 1 <= len(stack) <= 4 and len(dict.fromkeys(stack)) == len(stack), (key, stack)
        ends[line], before[line] = high, stack
        sums[line, stack[-1]] += high - low
    origins: dict[str, int] = defaultdict(int)
    for key, (high, _) in sorted(tables["origin"].items()):
        line, low = key[:-17], int(key[-16:], 16)
        assert low == origins[line] < high, (key, high)
        origins[line] = high
    assert origins == ends and all(end <= 2**53 - 1 for end in ends.values())
    _check_labels(tables, sums)
    spans = sorted(
        (line, low, high) for rows in tables["gifts"].values() for line, low, high in rows
    )
    for (line, _, end), (other, low, _) in pairwise(spans):
        assert line != other or end <= low, (line, end, low)
    assert all(low < high <= ends[line] for line, low, high in spans)


def _check_labels(tables: Tables, sums: dict[tuple[str, str], int]) -> None:
    legs, accounts = tables["legs"], tables["accounts"]
    held: dict[str, int] = defaultdict(int)
    for (line, label), n in sums.items():
        word, _, name = label.partition(":")
        if word == "void":
            continue
        if word == "paid":
            label = f"paid:{legs[name]['class']}"
        currency = tables["catalogue"][f"line/{line}"]["currency"]
        held[f"{currency}/{line}/{'refunded' if word == 'refunded' else label}"] += n
    for key, text in accounts.items():
        label = key.rpartition("/")[2]
        if "." not in key or side_of(label) in ("outside", "contra"):
            continue
        if label.startswith("paid:"):
            # What was paid beyond an instruction has no positions.
            assert held[key] <= int(text), key
        else:
            assert held[key] == int(text), (key, held[key], text)
    assert all(int(accounts.get(key, 0)) >= n for key, n in held.items())


def check_legs(tables: Tables) -> None:
    """An instruction has as much in transit and paid as it says; a dispatch as much on its way."""
    labels: dict[str, int] = defaultdict(int)
    for key, (high, stack) in tables["line"].items():
        labels[stack[-1]] += high - int(key[-16:], 16)
    for key, leg in tables["legs"].items():
        if leg["kind"] == "disbursement.instruct":
            transit = leg["asked"] - leg["paid"] - leg["back"]
            assert labels[f"transit:{key}"] == transit >= 0, (key, leg)
            assert labels[f"paid:{key}"] == leg["paid"] and int(leg["beyond"]) >= 0, (key, leg)
        if leg["kind"] == "shipment.dispatch":
            there = {item: n for item, n in leg["left"]}
            held = {
                name.partition("/")[0]: int(text)
                for name, text in tables["accounts"].items()
                if name.endswith(f"/consignment:{key}")
            }
            assert there == held, (key, leg, held)


def check_holds(tables: Tables) -> None:
    """What waits for approval keeps its own money, and nothing else does; resolved, nothing is kept."""
    labels: dict[tuple[str, str], int] = defaultdict(int)
    for key, (high, stack) in tables["line"].items():
        if stack[-1].startswith("held:"):
            labels[stack[-1].removeprefix("held:"), key[:-17]] += high - int(key[-16:], 16)
    kept = {
        (statement, line): n
        for statement, hold in tables["holds"].items()
        for line, n in hold.get("kept", {}).get("money", [])
    }
    assert dict(labels) == kept
    for statement, hold in tables["holds"].items():
        assert ("closed" in hold) == (hold["state"] != "open"), (statement, hold)
        assert "closed" not in hold or "kept" not in hold, (statement, hold)


def _kept(tables: Tables, part: str) -> list[list[Any]]:
    """What open holds keep of one sort."""
    return [row for hold in tables["holds"].values() for row in hold.get("kept", {}).get(part, [])]


def check_reserved(tables: Tables) -> None:
    """What is kept is the sum of what open orders, releases, promises and holds keep."""
    kept: dict[str, int] = defaultdict(int)
    for key, n in _kept(tables, "reserved"):
        kept[key] += n
    for leg in tables["legs"].values():
        if leg["kind"] == "project.contract":
            kept[leg["key"]] += leg["left"]
        for key in leg.get("keeps", []):
            kept[key] += 1
        if "lapse" not in leg:
            continue
        if leg["kind"] == "entitlement.issue":
            kept[leg["key"]] += leg["left"]
        elif leg["kind"] in ("shipment.order", "disbursement.release", "stock.reserve"):
            for item, n in leg["left"]:
                kept[f"{item}/{leg.get('site') or leg['from']}"] += n
            for first, n in leg.get("lots", []):
                kept[first] += n
    assert tables["reserved"] == {key: n for key, n in kept.items() if n}


def check_agreements(tables: Tables) -> None:
    """Reservations keep no more than is there; what is owed is what was instructed and paid for it."""
    legs = tables["legs"]
    kept: dict[str, int] = defaultdict(int)
    for leg in legs.values():
        if leg["kind"] == "stock.reserve" and "lapse" in leg:
            kept[f"{leg['item']}/site:{leg['site']}"] += sum(n for _, n in leg["left"])
    for account, n in kept.items():
        assert n <= int(tables["accounts"].get(account, "0")), (account, n)
    asked: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for leg in legs.values():
        if leg["kind"] == "disbursement.instruct" and "order" in leg:
            asked[leg["order"]][0] += leg["asked"] - leg["back"]
            asked[leg["order"]][1] += leg["paid"]
    for order, n, _ in _kept(tables, "owed"):
        asked[order][0] += n
    for key, leg in legs.items():
        if leg["kind"] in ("requisition.accept", "project.claim"):
            assert [leg["asked"], leg["paid"]] == asked[key], (key, leg, asked[key])
        elif leg["kind"] == "project.contract":
            own = [row for row in legs.values() if row.get("project") == key]
            assert leg["asked"] == sum(row["asked"] for row in own), (key, leg)
        elif leg["kind"] == "asset" and "loan" in leg:
            loan = legs[leg["loan"]]
            assert "closed" not in loan and loan["serial"] == leg["serial"], (key, leg, loan)


def check_rights(tables: Tables) -> None:
    """What is left of a right, what hand-outs took of it and what releases keep is what was issued."""
    taken = _taken_of_rights(tables)
    for right, item, n in _kept(tables, "rights"):
        taken[right, item] += n
    for key, row in tables["entitlements"].items():
        bodies = [
            b
            for b in _bodies(tables, row["statement"])
            if key.partition("/")[0] in b.get("tags", ())
        ]
        bodies = [b for b in bodies if key.partition("/")[2] == f"{b['cycle']}/{b['purpose']}"]
        assert bodies, key
        if "money" in bodies[-1]:
            used = taken.get((key, ""), 0)
            assert row["amount"] >= 0, (key, row)
            assert row["amount"] + used == bodies[-1]["money"]["amount"], (key, row, used)
            continue
        for line in bodies[-1]["lines"]:
            left = dict(row["left"]).get(line["item"], 0)
            used = taken.get((key, line["item"]), 0)
            assert left >= 0, (key, row)
            assert left + used == line["quantity"], (key, row, used)


def _bodies(tables: Tables, statement: str) -> list[Any]:
    index = tables.memory.indexes([statement])[statement]
    entry = parse_entry(tables.memory.entries[index])
    assert isinstance(entry, StatementEntry)
    body: Any = entry.statement.body
    return [one["body"] for one in body["replacements"]] if "replacements" in body else [body]


def _taken_of_rights(tables: Tables) -> dict[tuple[str, str], int]:
    """(right, item or "" for money) -> what was taken of it and has not come back."""
    taken: dict[tuple[str, str], int] = defaultdict(int)
    for key, leg in tables["legs"].items():
        statement = key.removeprefix("correction/")
        if leg["kind"] == "disbursement.instruct" and "right" in leg:
            asked = leg["asked"] - leg.get("more", 0)
            taken[leg["right"], ""] += min(asked, leg["asked"] - leg["back"])
        if leg["kind"] == "disbursement.release" and "right" in leg and "closed" not in leg:
            for item, n in leg["left"]:
                taken[leg["right"], item] += n
        if "drawn" not in leg or f"correction/{statement}" in tables["index"]:
            continue
        bodies = _bodies(tables, statement)
        for *number, row, item, n in leg["drawn"]:
            body = bodies[number[0] if number else 0]
            tag = body["rows"][row]["tag"]
            taken[f"{tag}/{body['cycle']}/{body['purpose']}", item] += n
    return taken


def check_references(tables: Tables) -> None:
    """Only what was applied holds an external reference, in its own entry or posted by another."""
    memory = tables.memory
    for tag, holder in tables["references"].items():
        index = memory.indexes([holder]).get(holder)
        assert index is not None, tag
        entry = parse_entry(memory.entries[index])
        assert isinstance(entry, StatementEntry | AutoEntry)
        held = tables["holds"].get(holder, {"state": "none"})
        assert entry.outcome["code"] in APPLIED or held["state"] == "posted", (tag, holder)
