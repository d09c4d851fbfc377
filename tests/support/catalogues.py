"""A small catalogue for tests of contract documents, fixed beside them.

The catalogue of the ledger grows; these tests are about documents and want one that stays.
"""

from collections.abc import Mapping

from contracts.documents.catalogued import Catalogue, Query
from contracts.rcel.types import Field, Record, Str, Type, parse_type

TYPES: dict[str, Type] = {
    name: parse_type(text, {}, {})
    for name, text in {
        "time": "int[time](0..9999999999)",
        "span": "int[s](0..31536000)",
        "money": "int[TWD](0..1000000000000)",
        "mass": "int[g](0..100000000000)",
    }.items()
}

_RECORDS: Mapping[str, Mapping[str, str]] = {
    "area": {"declared": "bool"},
    "household": {
        "id": "str<tag>",
        "persons": "int[person](0..60)",
        "eligible": "bool",
        "bank_verified": "bool",
    },
    "fund": {"id": "str<fund>", "available": "money"},
    "price": {
        "unit_price": "int[TWD/unit](0..100000000)",
        "sources": "int(0..20)",
        "at": "time",
    },
    "tier": {
        "id": "str<site>",
        "stock": "mass",
        "persons": "int[person](0..50000000)",
        "surplus": "int[g](-100000000000..100000000000)",
    },
    "approval": {"by": "str<person>", "org": "str<org>"},
    "draw": {
        "line": "str<line>",
        "purposes": "list<str<purpose>>(16)",
        "areas": "list<str<area>>(32)",
    },
}
_HANDOUT = {
    "at": "time", "household": "str<tag>", "area": "str<area>", "site": "str<site>",
    "item_class": "str<itemclass>", "qty": "int[parcel](1..10000)",
}  # fmt: skip
_DISPATCH = {"at": "time", "site": "str<site>"}
_KINDS: Mapping[str, Mapping[str, str]] = {
    "disbursement.release": _HANDOUT,
    "disbursement.handout": _HANDOUT,
    "disbursement.instruct": {
        "at": "time", "amount": "money", "purpose": "str<purpose>", "area": "str<area>",
        "to": "str", "initiator": "approval", "payee_org": "str<org>",
        "approvals": "list<approval>(8)", "draws": "list<draw>(64)", "cause": "str",
        "auto": "bool",
    },
    "alert.declare": {
        "at": "time", "alert": "str", "level": "int(0..5)", "areas": "list<str<area>>(64)",
    },
    "requisition.accept": {
        "at": "time", "item": "str<item>", "qty": "int[unit](1..1000000)", "owner": "str",
        "owner_confirmed": "bool",
    },
    "shipment.dispatch": _DISPATCH,
    "shipment.order": {"at": "time", "to": "str<site>"},
    "stock.loss": _DISPATCH,
    "stock.adjust": _DISPATCH,
}  # fmt: skip


def records_of(
    declared: Mapping[str, Mapping[str, str]], known: Mapping[str, Record]
) -> dict[str, Record]:
    """Records by name, each of the types that its fields declare; `?` ends an optional one."""
    found: dict[str, Record] = {}
    for name, fields in declared.items():
        found[name] = Record(
            name,
            tuple(
                Field(field, parse_type(text.rstrip("?"), TYPES, known), text.endswith("?"))
                for field, text in fields.items()
            ),
        )
    return found


RECORDS = records_of(_RECORDS, {})
CATALOGUE = Catalogue(
    types=TYPES,
    records=RECORDS,
    queries={
        "households": Query(
            "household", having={"area_in": parse_type("list<str<area>>(64)", {}, {})}, runs=True,
            bound="area_in",
        ),
        "ancestors": Query("tier", key=Str("site")),
    },
    kinds=records_of(_KINDS, RECORDS),
    keys={
        "area": Str("area"), "household": Str("tag"), "fund": Str("fund"), "tier": Str("site"),
    },
    dated={"price": Str("item")},
    currencies={"TWD": 2},
)  # fmt: skip
