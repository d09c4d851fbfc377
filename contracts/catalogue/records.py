"""Records: rows of the state as contracts read them; their types stand in `forms`.

A maker gets where to read (`At`) and the key, and returns the fields, or None where there is no
such thing. It names what it means in figures that follow from rows alone.
Specification: `docs/spec/facts.md`, records.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ledger.alerts import alert_key, level_of
from ledger.canon import Value
from ledger.cases import open_cases
from ledger.dated import forecast_series, in_force, need_series, price_series
from ledger.entries.household import is_eligible
from ledger.goods.lines import counts
from ledger.goods.lots import Lot, find_lot
from ledger.money.allotment import allotment_of
from ledger.money.earmark import FREE, fund_of
from ledger.state import State

ITEMS_MAX: Final = 1_024
"""Items at one site that are weighed."""
LINES_MAX: Final = 1_024
"""Lines of one fund that are added up."""
FLAGGED_KEY_MAX: Final = 192
"""Bytes of the key of a subject's flags; a longer one is a hash."""
FLAGS_MAX: Final = 64
"""Flags on one subject."""
LOANS_MAX: Final = 64
"""Loans of one organisation that are looked at."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a record is read: the rows, the time of the batch, and the currency of the contract.

    `payer`: the id of the contract, where it is a trigger that pays; else "".
    """

    state: State
    time: int
    currency: str
    payer: str = ""

    def row(self, table: str, key: str) -> dict[str, Value] | None:
        """A row whose value is an object; None where there is none."""
        value = self.state.get(table, key)
        return value if isinstance(value, dict) else None

    def balance(self, commodity: str, account: str) -> int:
        """Units on an account."""
        text = self.state.get("accounts", f"{commodity}/{account}")
        return int(text) if isinstance(text, str) else 0


Found = dict[str, Value] | None
"""A record, or None where there is no such thing."""


def _number(row: Mapping[str, Value], name: str) -> int:
    found = row.get(name, 0)
    assert isinstance(found, int)
    return found


def _text(row: Mapping[str, Value] | None, name: str) -> str:
    return "" if row is None else str(row.get(name, ""))


# ---- places -------------------------------------------------------------------------------------


def area(at: At, key: str) -> Found:
    """An area: whether an alert is in force there, and how many people live there."""
    row = at.row("catalogue", f"area/{key}")
    if row is None:
        return None
    level = level_of(at.state, key, at.time)
    found: dict[str, Value] = {
        "declared": level > 0,
        "id": key,
        "level": level,
        "parent": _text(row, "parent"),
        "tier": _number(row, "tier"),
    }
    if "population" in row:
        found["population"] = _number(row, "population")
    return found


def site(at: At, key: str) -> Found:
    """A site as the catalogue has it; `tier` is that of its area."""
    row = at.row("catalogue", f"site/{key}")
    if row is None:
        return None
    there = at.row("catalogue", f"area/{row['area']}")
    return {
        "area": _text(row, "area"),
        "custodian": _text(row, "custodian"),
        "id": key,
        "kind": _text(row, "kind"),
        "tier": 0 if there is None else _number(there, "tier"),
    }


def tier(at: At, key: str) -> Found:
    """What a site holds, in grams, for how many people, and how much of it nobody has asked for.

    Goods without a weight in the catalogue weigh nothing here. None where the area of the site has
    no population: a floor for an unknown number of people is no floor.
    """
    row = at.row("catalogue", f"site/{key}")
    there = None if row is None else at.row("catalogue", f"area/{row['area']}")
    if there is None or "population" not in there:
        return None
    stock = kept = 0
    for n, (item, _, value) in enumerate(at.state.scan("accounts", f"site:{key}")):
        if n == ITEMS_MAX:
            return None
        thing = at.row("catalogue", f"item/{item}")
        weight_g = 0 if thing is None else _number(thing, "weight_g")
        stock += weight_g * int(str(value))
        kept += weight_g * reserved(at, f"{item}/{key}")
    return {
        "id": key,
        "persons": _number(there, "population"),
        "stock": stock,
        "surplus": stock - kept,
    }


# ---- goods --------------------------------------------------------------------------------------


def reserved(at: At, key: str) -> int:
    """Units that are kept under a key of table `reserved`."""
    row = at.state.get("reserved", key)
    return row if isinstance(row, int) else 0


def item(at: At, key: str) -> Found:
    """An item of the catalogue."""
    row = at.row("catalogue", f"item/{key}")
    if row is None:
        return None
    return {
        "class": _text(row, "class"),
        "id": key,
        "shelf_life": _number(row, "shelf_life_s"),
        "weight": _number(row, "weight_g"),
    }


def lot_fields(at: At, lot: Lot) -> dict[str, Value]:
    """A lot as record `lot`; `life` are seconds until it expires, missing where it never does."""
    thing = at.row("catalogue", f"item/{lot.item}")
    found: dict[str, Value] = {
        "expired": lot.is_expired(at.time),
        "good": lot.condition == "good",
        "held": bool(lot.hold),
        "id": lot.id,
        "item": lot.item,
        "item_class": _text(thing, "class"),
        "owner": lot.owner,
        "qty": lot.quantity,
        "usable": lot.is_usable(at.time),
    }
    if lot.expiry is not None:
        found["expiry"] = lot.expiry
        found["life"] = max(0, lot.expiry - at.time)
    return found


def lot(at: At, key: str) -> Found:
    """The lot with this id, living or spent."""
    found = find_lot(at.state, key)
    return None if found is None else lot_fields(at, found)


def stock(at: At, key: str) -> Found:
    """An item at a site (`item/site`): on hand, kept for somebody, and what is left, in units."""
    thing, _, place = key.partition("/")
    if at.row("catalogue", f"item/{thing}") is None:
        return None
    on_hand, kept = at.balance(thing, f"site:{place}"), reserved(at, key)
    return {"free": max(0, on_hand - kept), "on_hand": on_hand, "reserved": kept}


# ---- people -------------------------------------------------------------------------------------


def household(at: At, key: str) -> Found:
    """A household by its tag; never who lives there."""
    row = at.row("households", key)
    if row is None:
        return None
    return {
        "area": _text(row, "area"),
        "bank_verified": bool(row["bank_verified"]),
        "cases": sum(open_cases(at.state, f"household/{key}").values()),
        "eligible": is_eligible(row),
        "id": key,
        "persons": _number(row, "persons"),
    }


def entitlement(at: At, key: str) -> Found:
    """A right (`tag/cycle/purpose`): whether it is open now, and what is left of it."""
    row = at.row("entitlements", key)
    if row is None:
        return None
    start, end = _number(row, "from"), _number(row, "to")
    return {
        "amount": _number(row, "amount"),
        "from": start,
        "left": sum(counts(row.get("left", [])).values()),
        "open": start <= at.time < end,
        "to": end,
    }


def organisation(at: At, key: str) -> Found:
    """A member: open cases about it, loans that it has not brought back, and how many are late."""
    if at.row("members", key) is None:
        return None
    loans = overdue = 0
    for _, _, row in at.state.scan("legs", f"loan/{key}"):
        assert isinstance(row, dict)
        loans += 1
        overdue += _number(row, "due") <= at.time
        if loans == LOANS_MAX:
            break
    cases = sum(open_cases(at.state, f"organisation/{key}").values())
    return {"cases": cases, "id": key, "loans": loans, "overdue": overdue}


def flagged_key(subject: str) -> str:
    """Key, in table `flags`, of the row that lists the flags on a subject."""
    key = f"flagged/{subject}"
    if len(key.encode()) <= FLAGGED_KEY_MAX:
        return key
    return "flagged/#" + sha256(subject.encode()).hexdigest()


def flags_on(state: State, subject: str) -> list[str]:
    """The flags that contracts have set on a subject, sorted."""
    row = state.get("flags", flagged_key(subject))
    return [str(flag) for flag in row] if isinstance(row, list) else []


def flags(at: At, key: str) -> Found:
    """What is set on a subject, by any contract; nothing where nobody has said anything of it."""
    return {"on": list[Value](flags_on(at.state, key))}


# ---- money --------------------------------------------------------------------------------------


def lines_of(at: At, fund: str) -> Iterator[str]:
    """The lines of a fund, in the order of their names; a line stands for itself."""
    if "." in fund:
        yield fund
        return
    for _, key, _ in at.state.scan("catalogue", f"lines/{fund}"):
        yield key.removeprefix("line/")


def fund(at: At, key: str) -> Found:
    """A fund, or one line of it (`fund.line`): what is free, and what has come in and gone out.

    `available` to a trigger that pays is what is left of its allotment. None where it is of another
    currency than the contract.
    """
    row = at.row("catalogue", f"fund/{fund_of(key)}")
    if row is None or row["currency"] != at.currency:
        return None
    label = f"allocated:{allotment_of(at.payer)}" if at.payer else FREE
    free = owed = received = fees = 0
    for n, line in enumerate(lines_of(at, key)):
        if n == LINES_MAX or at.row("catalogue", f"line/{line}") is None:
            return None
        free += at.balance(at.currency, f"{line}/{label}")
        owed -= at.balance(at.currency, f"{line}/shortfall")
        received -= at.balance(at.currency, f"{line}/ext:donor")
        fees += at.balance(at.currency, f"{line}/paid:fee")
    return {
        "available": free,
        "fees": fees,
        "id": key,
        "owner": _text(row, "owner"),
        "received": received,
        "shortfall": owed,
    }


def claim(at: At, key: str) -> Found:
    """A claim of a milestone: its tranche, what of it is kept back until when, what is asked."""
    row = at.row("legs", key)
    if row is None or row["kind"] != "project.claim":
        return None
    if row.get("currency", at.currency) != at.currency:
        return None
    found: dict[str, Value] = {
        "amount": _number(row, "amount"),
        "asked": _number(row, "asked"),
        "kept": _number(row, "kept"),
        "paid": _number(row, "paid"),
        "passed": row["state"] == "passed",
    }
    if "until" in row:
        found["until"] = _number(row, "until")
    return found


# ---- dated --------------------------------------------------------------------------------------


def price_fields(row: Mapping[str, Value]) -> dict[str, Value]:
    """A price as record `price`. `unit_price` is for one base unit, half a minor unit rounded up;
    `asked` for `per` units is exact."""
    asked, per = _number(row, "unit_price"), _number(row, "per") or 1
    return {
        "area": _text(row, "area"),
        "asked": asked,
        "at": _number(row, "from"),
        "per": per,
        "sources": _number(row, "sources"),
        "unit_price": (2 * asked + per) // (2 * per),
    }


def price(at: At, key: str, when: int) -> Found:
    """The price of an item in force at `when`."""
    row = in_force(at.state, price_series(key, at.currency), when)
    return None if row is None else price_fields(row)


def _figure(at: At, series: str, key: str, when: int) -> Found:
    row = in_force(at.state, series, when)
    if row is None:
        return None
    place, _, thing = key.partition("/")
    return {
        "area": place,
        "at": _number(row, "from"),
        "item": thing,
        "organisation": _text(row, "organisation"),
        "qty": _number(row, "quantity"),
        "to": _number(row, "to"),
    }


def need(at: At, key: str, when: int) -> Found:
    """What an area needs of an item (`area/item`) at `when`."""
    place, _, thing = key.partition("/")
    return _figure(at, need_series(place, thing), key, when)


def forecast(at: At, key: str, when: int) -> Found:
    """What an area is expected to need of an item (`area/item`) at `when`."""
    place, _, thing = key.partition("/")
    return _figure(at, forecast_series(place, thing), key, when)


def alert(at: At, key: str) -> Found:
    """An alert by its name; its level is 0 once it is over."""
    row = at.row("catalogue", alert_key(key))
    if row is None:
        return None
    over = "ended" in row or _number(row, "until") <= at.time
    return {
        "from": _number(row, "from"),
        "hazard": _text(row, "hazard"),
        "level": 0 if over else _number(row, "level"),
        "until": _number(row, "until"),
    }
