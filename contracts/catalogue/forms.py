"""The types of records: their fields as a contract declares them, their keys, and who makes them.

A field whose name ends with `?` may be missing. A record without a key is a part of others.
Specification: `docs/spec/facts.md`, records.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.catalogue import records
from contracts.catalogue.records import At, Found

Maker = Callable[[At, str], Found]
DatedMaker = Callable[[At, str, int], Found]


@dataclass(frozen=True, slots=True)
class Form:
    """A record: its fields, the type of its key ("" where it is only part of others), its maker."""

    fields: Mapping[str, str]
    key: str = ""
    make: Maker | None = None
    dated: DatedMaker | None = None


_UNITS = "int[unit](0..9007199254740991)"
_FIGURE = {
    "area": "str<area>",
    "at": "time",
    "item": "str<item>",
    "organisation": "str<org>",
    "qty": _UNITS,
    "to": "time",
}
_PEOPLE = "int[person](0..50000000)"
MASS = "int[g](-100000000000..100000000000)"

RECORDS: Final[Mapping[str, Form]] = {
    "alert": Form(
        {"from": "time", "hazard": "str<hazard>", "level": "int(0..5)", "until": "time"},
        "str<alert>",
        records.alert,
    ),
    "approval": Form({"by": "str<person>", "org": "str<org>"}),
    "area": Form(
        {
            "declared": "bool",
            "id": "str<area>",
            "level": "int(0..5)",
            "parent": "str<area>",
            "population?": _PEOPLE,
            "tier": "int(0..1000)",
        },
        "str<area>",
        records.area,
    ),
    "claim": Form(
        {
            "amount": "money",
            "asked": "money",
            "kept": "money",
            "paid": "money",
            "passed": "bool",
            "until?": "time",
        },
        "str<statement>",
        records.claim,
    ),
    "draw": Form(
        {
            "amount": "money",
            "areas": "list<str<area>>(32)",
            "line": "str<line>",
            "purposes": "list<str<purpose>>(16)",
        }
    ),
    "entitlement": Form(
        {"amount": "money", "from": "time", "left": _UNITS, "open": "bool", "to": "time"},
        "str<entitlement>",
        records.entitlement,
    ),
    "flags": Form({"on": "list<str<flag>>(64)"}, "str", records.flags),
    "forecast": Form(_FIGURE, "str<figure>", dated=records.forecast),
    "fund": Form(
        {
            "available": "money",
            "fees": "money",
            "id": "str<fund>",
            "owner": "str<org>",
            "received": "money",
            "shortfall": "money",
        },
        "str<fund>",
        records.fund,
    ),
    "holding": Form(
        {
            "area": "str<area>",
            "free": _UNITS,
            "item": "str<item>",
            "kind": "str<sitekind>",
            "on_hand": _UNITS,
            "reserved": _UNITS,
            "site": "str<site>",
            "stock": "str<stock>",
        }
    ),
    "household": Form(
        {
            "area": "str<area>",
            "bank_verified": "bool",
            "cases": "int(0..1000000)",
            "eligible": "bool",
            "id": "str<tag>",
            "persons": "int[person](0..60)",
        },
        "str<tag>",
        records.household,
    ),
    "item": Form(
        {
            "class": "str<itemclass>",
            "id": "str<item>",
            "shelf_life": "int[s](0..9999999999)",
            "weight": "int[g/unit](0..100000000)",
        },
        "str<item>",
        records.item,
    ),
    "loan": Form(
        {
            "borrower": "str<org>",
            "due": "time",
            "handed": "bool",
            "id": "str<statement>",
            "item": "str<item>",
            "lender": "str<org>",
            "overdue": "bool",
            "site": "str<site>",
            "to": "str<site>",
        }
    ),
    "lot": Form(
        {
            "expired": "bool",
            "expiry?": "time",
            "good": "bool",
            "held": "bool",
            "id": "str<lot>",
            "item": "str<item>",
            "item_class": "str<itemclass>",
            "life?": "int[s](0..9999999999)",
            "owner": "str<org>",
            "qty": _UNITS,
            "usable": "bool",
        },
        "str<lot>",
        records.lot,
    ),
    "need": Form(_FIGURE, "str<figure>", dated=records.need),
    "open_need": Form(
        {
            "area": "str<area>",
            "at": "time",
            "days": "int(1..9007199254740991)",
            "item": "str<item>",
            "level": "int(0..5)",
            "n": "int(0..63)",
            "organisation": "str<org>",
            "persons": _PEOPLE,
            "qty": _UNITS,
            "site": "str<site>",
            "stock": "str<stock>",
            "to": "time",
        }
    ),
    "organisation": Form(
        {
            "cases": "int(0..1000000)",
            "id": "str<org>",
            "loans": f"int(0..{records.LOANS_MAX})",
            "overdue": f"int(0..{records.LOANS_MAX})",
        },
        "str<org>",
        records.organisation,
    ),
    "price": Form(
        {
            "area": "str<area>",
            "asked": "money",
            "at": "time",
            "per": "int[unit](1..1000000)",
            "sources": "int(0..20)",
            "unit_price": "int[{currency}/unit](0..1000000000000)",
        },
        "str<item>",
        dated=records.price,
    ),
    "site": Form(
        {
            "area": "str<area>",
            "custodian": "str<org>",
            "id": "str<site>",
            "kind": "str<sitekind>",
            "tier": "int(0..1000)",
        },
        "str<site>",
        records.site,
    ),
    "stock": Form(
        {"free": _UNITS, "on_hand": _UNITS, "reserved": _UNITS}, "str<stock>", records.stock
    ),
    "tier": Form(
        {"id": "str<site>", "persons": _PEOPLE, "stock": "mass", "surplus": MASS},
        "str<site>",
        records.tier,
    ),
}
"""Every record by its name; the order is that of the names, which the types do not depend on."""
