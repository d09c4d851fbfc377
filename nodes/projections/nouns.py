"""Nouns: what only the body of one kind tells the views, beside its effects.

One function a kind, called for applied entries alone. A kind that is not here still has its entry,
moves, lots, breaches and subjects; adding it here adds rows to a view of its own. Bodies have the
form of their kind (`docs/reference/entries.md`): the machine has seen to that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ledger.entries.disbursement import UNPAID_S
from ledger.keys import key_id
from ledger.members import IN_FORCE
from nodes.projections.arrangements import ARRANGED, note_instructed, note_lapse, note_paid
from nodes.projections.contractnouns import CONTRACTS, end_proposal
from nodes.projections.contractviews import ContractRun
from nodes.projections.corrected import (
    note_dispatches,
    note_gifts,
    note_instructions,
    note_targets,
    replacements_of,
)
from nodes.projections.facts import Fact, label_of
from nodes.projections.goodsnouns import GOODS, Telling
from nodes.projections.legs import RESERVING, close_leg, expect
from nodes.projections.neednouns import SITUATION, end_alert
from nodes.projections.nounviews import (
    Actor,
    Catalogue,
    Delivery,
    Disbursement,
    Donation,
    Entitlement,
    Handout,
    Household,
    Key,
    Member,
)
from nodes.projections.rows import Row, RowKey, Work
from nodes.projections.views import Leg, Lot, Projection

NAMES = ("en", "zh_hans", "zh_hant")


# ---- governance ---------------------------------------------------------------------------------


def _genesis(work: Work, fact: Fact) -> None:
    for currency in fact.body["currencies"]:
        thing = {"id": currency["code"], "version": 1}
        _define(work, fact, "currency", thing, unit=str(currency["minor"]))
    for organisation in fact.body["organisations"]:
        _member(work, fact, organisation)
    for actor in fact.body["actors"]:
        _actor(work, fact, actor)
    for key in fact.body["keys"]:
        _key(work, key, from_size=0)


def _member_enrol(work: Work, fact: Fact) -> None:
    if "organisation" in fact.body:
        _member(work, fact, fact.body["organisation"])
    for actor in fact.body["actors"]:
        _actor(work, fact, actor)


def _member_grant(work: Work, fact: Fact) -> None:
    row = work.find(Actor, fact.body["actor"])
    if row is not None:
        work.put(Actor, {**row, "roles": " ".join(fact.body["roles"]), "entry": fact.index})


def _member_revoke(work: Work, fact: Fact) -> None:
    row = work.find(Actor, fact.body["actor"])
    if row is not None:
        left = [role for role in str(row["roles"]).split() if role not in fact.body["roles"]]
        work.put(Actor, {**row, "roles": " ".join(left), "entry": fact.index})


def _key_enrol(work: Work, fact: Fact) -> None:
    _key(work, fact.body, from_size=fact.index + 1)


def _key_retire(work: Work, fact: Fact) -> None:
    _end_key(work, fact, fact.body["key"])


def _deadline_pass(work: Work, fact: Fact) -> None:
    leg: str = fact.body["leg"]
    _end_key(work, fact, leg)
    end_alert(work, fact, leg)
    end_proposal(work, fact, leg)
    row = work.find(Leg, leg)
    if row is not None and row["kind"] in RESERVING:
        close_leg(work, fact, row)
        note_lapse(work, fact, row)


def _member(work: Work, fact: Fact, organisation: Mapping[str, Any]) -> None:
    names = {name: organisation["names"][name] for name in NAMES}
    work.put(Member, {"id": organisation["id"], "entry": fact.index, **names})


def _actor(work: Work, fact: Fact, actor: Mapping[str, Any]) -> None:
    row: Row = {
        "id": actor["id"],
        "member": actor["id"].partition("/")[0],
        "person": actor["person"],
        "roles": " ".join(actor["roles"]),
        "entry": fact.index,
    }
    work.put(Actor, row)


def _key(work: Work, key: Mapping[str, Any], *, from_size: int) -> None:
    row: Row = {
        "id": key_id(bytes.fromhex(key["public"])),
        "use": key["use"],
        "actor": key.get("actor", ""),
        "from_size": from_size,
        "to_size": IN_FORCE,
        "public": key["public"],
    }
    work.put(Key, row)


def _end_key(work: Work, fact: Fact, key: str) -> None:
    row = work.find(Key, key)
    if row is not None:
        work.put(Key, {**row, "to_size": min(int(row["to_size"]), fact.index + 1)})


# ---- the catalogue ------------------------------------------------------------------------------


def _catalogue_define(work: Work, fact: Fact) -> None:
    body = fact.body
    for area in body.get("areas", ()):
        parent = area.get("parent", "")
        _define(work, fact, "area", area, parent=parent, sort=str(area["tier"]))
    for site in body.get("sites", ()):
        more = {"sort": site["kind"], "owner": site["custodian"]}
        _define(work, fact, "site", site, parent=site["area"], **more)
    for item in body.get("items", ()):
        _define(work, fact, "item", item, unit=item["unit"], sort=item["class"])
    for programme in body.get("programmes", ()):
        _define(work, fact, "programme", programme)
    for fund in body.get("funds", ()):
        more = {"unit": fund["currency"], "owner": fund["owner"]}
        _define(work, fact, "fund", fund, parent=fund["programme"], **more)
        for line in fund["lines"]:
            thing = {"id": f"{fund['id']}.{line['id']}", "version": fund["version"]}
            if work.find(Catalogue, "line", str(thing["id"]), 0) is None:
                _define(work, fact, "line", thing, parent=fund["id"], **more)


def _define(
    work: Work,
    fact: Fact,
    noun: str,
    thing: Mapping[str, Any],
    *,
    parent: str = "",
    unit: str = "",
    sort: str = "",
    owner: str = "",
) -> None:
    """The version that `thing` says, and the same as version 0: the newest one."""
    row: Row = {
        "noun": noun,
        "id": thing["id"],
        "entry": fact.index,
        **{name: thing["names"][name] if "names" in thing else thing["id"] for name in NAMES},
        "parent": parent,
        "unit": unit,
        "sort": sort,
        "owner": owner,
    }
    work.put(Catalogue, {**row, "version": thing["version"], "latest": thing["version"]})
    work.put(Catalogue, {**row, "version": 0, "latest": thing["version"]})


# ---- money --------------------------------------------------------------------------------------


def _donation(work: Work, fact: Fact) -> None:
    came = [m for m in fact.effects.moves if label_of(m[1]) == "ext:donor"]
    if not came:
        return  # its line was never defined: a breach says so
    body = fact.body
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "kind": fact.kind,
        "line": body["line"],
        "commodity": came[0][0],
        "amount": sum(move[3] for move in came),
        "gifts": body.get("count", 1),
        "sequence": body.get("sequence", 0),
    }
    work.make(Donation, row)


def _instruct(work: Work, fact: Fact) -> None:
    body = fact.body
    payee = body["payee"]
    own = [m for m in fact.effects.moves if label_of(m[2]) == f"transit:{fact.statement}"]
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "commodity": own[0][0],
        "amount": sum(move[3] for move in own),
        "paid": 0,
        "back": 0,
        "beyond": 0,
        "payee_class": payee["class"],
        "tag": payee["tag"] if payee["class"] == "household" else "",
        "cycle": body.get("entitlement", {}).get("cycle", ""),
        "purpose": body["purpose"],
        "area": body["area"],
        "pays": body.get("order", ""),
    }
    work.make(Disbursement, row)
    if row["pays"]:
        note_instructed(work, fact, body["order"])
    expect(work, fact, fact.time + UNPAID_S)


def _settle(work: Work, fact: Fact) -> None:
    """Paid, failed or returned: counted by what moved, not by what was claimed."""
    row = work.find(Disbursement, fact.body["instruction"])
    if row is None:
        return
    paid, back, beyond = int(row["paid"]), int(row["back"]), int(row["beyond"])
    for _, source, target, n in fact.effects.moves:
        come, gone = label_of(source), label_of(target)
        if gone.startswith("paid:"):
            paid += n if come.startswith("transit:") else 0
            beyond += n if come == "shortfall" else 0
        elif come.startswith("paid:"):
            closing = min(n, beyond) if gone == "shortfall" else 0
            beyond -= closing
            paid -= n - closing
            back += n - closing
        elif come.startswith("transit:"):
            back += n
    work.put(Disbursement, {**row, "paid": paid, "back": back, "beyond": beyond})
    if row["pays"]:
        note_paid(work, fact, str(row["pays"]))


# ---- corrections --------------------------------------------------------------------------------


def _correction(work: Work, fact: Fact) -> None:
    note_targets(work, fact)
    note_gifts(work, fact)
    note_dispatches(work, fact, own=False)
    for kind, body in replacements_of(fact):
        told = _KINDS.get(kind)
        if told is not None:
            told(work, replace(fact, kind=kind, body=body))
    note_dispatches(work, fact, own=True)
    note_instructions(work, fact)
    for statement, *_ in fact.effects.legs:
        row = work.find(Disbursement, statement)
        if row is not None and row["pays"]:
            note_paid(work, fact, str(row["pays"]))


_KINDS: Mapping[str, Telling] = {
    **ARRANGED,
    **CONTRACTS,
    **GOODS,
    **SITUATION,
    "correction.declare": _correction,
    "catalogue.define": _catalogue_define,
    "deadline.pass": _deadline_pass,
    "disbursement.failed": _settle,
    "disbursement.instruct": _instruct,
    "disbursement.paid": _settle,
    "disbursement.returned": _settle,
    "donation.list": _donation,
    "donation.receive": _donation,
    "genesis": _genesis,
    "key.enrol": _key_enrol,
    "key.retire": _key_retire,
    "member.enrol": _member_enrol,
    "member.grant": _member_grant,
    "member.revoke": _member_revoke,
}
NOUNS: Mapping[tuple[str, int], Telling] = {(kind, 1): told for kind, told in _KINDS.items()}
"""(kind, version) -> what else it tells."""


def ids_of(facts: Sequence[Fact]) -> Mapping[type[Projection], list[RowKey]]:
    """Rows of views of nouns that these facts may look for, to be read in one go."""
    found: dict[type[Projection], list[RowKey]] = {}

    def want(view: type[Projection], *key: int | str) -> None:
        found.setdefault(view, []).append(key)

    for fact in facts:
        body = fact.body
        if (fact.kind, fact.v) not in NOUNS:
            continue
        if "instruction" in body:
            want(Disbursement, str(body["instruction"]))
        for name in ("order", "release"):
            if name in body:
                want(Leg, str(body[name]))
        if fact.kind in ("shipment.dispatch", "disbursement.handout"):
            for part in (body, *body.get("rows", ())):
                for line in part.get("lines", ()):
                    want(Lot, str(line["lot"]))
        if fact.kind == "disbursement.handout":
            want(Handout, fact.statement)
        elif fact.kind == "delivery.confirm":
            want(Delivery, str(body["handout"]), body["row"])
        elif fact.kind == "contract.run":
            want(ContractRun, str(body["run"]))
        elif fact.kind in ("household.enrol", "household.retire"):
            want(Household, body["tag"])
        elif fact.kind == "entitlement.issue":
            for tag in body["tags"]:
                for line in body.get("lines", ()):
                    want(Entitlement, tag, body["cycle"], body["purpose"], line["item"])
    return found
