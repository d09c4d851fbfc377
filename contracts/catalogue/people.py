"""Judged views of households, their rights, and members.

A statement about many households has one row for each. Nothing here says who anybody is.
"""

from collections.abc import Iterator
from typing import Final

from contracts.catalogue.goods import item_fields
from contracts.catalogue.judged import Judged, body_of
from contracts.catalogue.money import currency_of
from contracts.catalogue.view import Rows, View
from ledger.canon import Value
from ledger.entries.delivery import Confirm
from ledger.entries.entitlement import Issue
from ledger.entries.entitlement import Revoke as RevokeRight
from ledger.entries.household import Enrol, Retire
from ledger.entries.member import Enrol as EnrolMember
from ledger.entries.member import Grant, Revoke
from ledger.goods.handout import Handout
from ledger.members import area_of_site, find_actor
from ledger.money.earmark import fund_of

ROLES_MAX: Final = 32


def _enrol(it: Judged) -> Rows:
    body: Enrol = it.body
    return [
        {
            "area": body.area,
            "bank_verified": body.bank_verified,
            "dedupe": body.dedupe or "",
            "household": body.tag,
            "persons": body.persons,
            "programme": body.programme,
        }
    ]


def _retire(it: Judged) -> Rows:
    body: Retire = it.body
    row = it.row("households", body.tag) or {}
    return [{"area": str(row.get("area", "")), "household": body.tag}]


def _issue(it: Judged) -> Rows:
    body: Issue = it.body
    lines = body.lines or ()
    found: dict[str, Value] = {
        "amount": 0 if body.money is None else body.money.amount,
        "currency": "" if body.money is None else currency_of(it, body.money.line),
        "cycle": body.cycle,
        "from": body.window.from_,
        "fund": "" if body.money is None else fund_of(body.money.line),
        "item": lines[0].item if len(lines) == 1 else "",
        "item_class": "",
        "items": len(lines),
        "mass": 0,
        "programme": body.programme,
        "purpose": body.purpose,
        "qty": sum(line.quantity for line in lines),
        "to": body.window.to,
    }
    classes: dict[str, None] = {}
    mass = 0
    for line in lines:
        fields = item_fields(it, line.item, line.quantity, "")
        classes[str(fields["item_class"])] = None
        grams = fields["mass"]
        assert isinstance(grams, int)
        mass += grams
    found |= {"item_class": next(iter(classes)) if len(classes) == 1 else "", "mass": mass}
    return [{**found, **_holder(it, body, n)} for n in range(len(body.tags))]


def _holder(it: Judged, body: Issue | RevokeRight, n: int) -> dict[str, Value]:
    """The n-th household of a statement about rights, and the key of its right."""
    tag = body.tags[n]
    row = it.row("households", tag) or {}
    return {
        "area": str(row.get("area", "")),
        "entitlement": f"{tag}/{body.cycle}/{body.purpose}",
        "household": tag,
        "line": n,
        "persons": row.get("persons", 0),
    }


def _revoke_right(it: Judged) -> Rows:
    body: RevokeRight = it.body
    right: dict[str, Value] = {"cycle": body.cycle, "purpose": body.purpose}
    return [{**right, **_holder(it, body, n)} for n in range(len(body.tags))]


def _confirm(it: Judged) -> Rows:
    body: Confirm = it.body
    leg = it.row("legs", body.handout) or {}
    site = str(leg.get("site", ""))
    given = body_of(it.book, body.handout, Handout)
    rows = () if given is None else given.rows or ()
    return [
        {
            "area": area_of_site(it.state, site),
            "by": body.by,
            "cycle": "" if given is None else given.cycle or "",
            "handout": body.handout,
            "household": rows[body.row].tag if body.row < len(rows) else "",
            "issues": len(body.issues or ()),
            "row": body.row,
            "site": site,
            "state": body.state,
        }
    ]


def _grant(it: Judged) -> Rows:
    body: Grant | Revoke = it.body
    actor = find_actor(it.state, body.actor)
    person = "" if actor is None else f"{actor.member}/{actor.person}"
    return [_roles(body.actor, person, body.roles)]


def _enrol_member(it: Judged) -> Rows:
    body: EnrolMember = it.body
    rows = []
    for n, actor in enumerate(body.actors):
        person = f"{actor.id.partition('/')[0]}/{actor.person}"
        rows.append({**_roles(actor.id, person, actor.roles), "line": n})
    return rows or [{**_roles("", "", ()), "line": 0}]


def _roles(actor: str, person: str, roles: tuple[str, ...]) -> dict[str, Value]:
    return {
        "actor": actor,
        "member": actor.partition("/")[0],
        "person": person,
        "roles": list[Value](roles),
    }


_PERSONS = "int[person](0..60)"
_GRANTED = {
    "actor": "str<actor>",
    "member": "str<org>",
    "person": "str<person>",
    "roles": f"list<str<role>>({ROLES_MAX})",
}
_RIGHT = {
    "area": "str<area>",
    "cycle": "str<cycle>",
    "entitlement": "str<entitlement>",
    "household": "str<tag>",
    "line": "int(0..255)",
    "persons": _PERSONS,
    "purpose": "str<purpose>",
}


def _views() -> Iterator[View]:
    yield View(
        "household.enrol",
        {
            "area": "str<area>",
            "bank_verified": "bool",
            "dedupe": "str<dedupe>",
            "household": "str<tag>",
            "persons": _PERSONS,
            "programme": "str<programme>",
        },
        _enrol,
    )
    yield View("household.retire", {"area": "str<area>", "household": "str<tag>"}, _retire)
    yield View(
        "entitlement.issue",
        {
            **_RIGHT,
            "amount": "money",
            "currency": "str<currency>",
            "from": "time",
            "fund": "str<fund>",
            "item": "str<item>",
            "item_class": "str<itemclass>",
            "items": "int(0..255)",
            "mass": "mass",
            "programme": "str<programme>",
            "qty": "int[parcel](0..1000000000000)",
            "to": "time",
        },
        _issue,
    )
    yield View("entitlement.revoke", _RIGHT, _revoke_right)
    yield View(
        "delivery.confirm",
        {
            "area": "str<area>",
            "by": "str<confirmer>",
            "cycle": "str<cycle>",
            "handout": "str<statement>",
            "household": "str<tag>",
            "issues": "int(0..16)",
            "row": "int(0..9007199254740991)",
            "site": "str<site>",
            "state": "str<delivery>",
        },
        _confirm,
    )
    yield View("member.enrol", {**_GRANTED, "line": "int(0..255)"}, _enrol_member)
    yield View("member.grant", _GRANTED, _grant)
    yield View("member.revoke", _GRANTED, _grant)


VIEWS: Final = tuple(_views())
