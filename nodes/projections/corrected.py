"""Corrections in the views: what is taken away, and what stands in its place under a new name.

Effects tell alike whatever a correction did to accounts, lines and lots. Here is what its body
says: its targets, and its replacements, which are told as if each had been a statement with the
correction's id. Figures that statements add up follow: of an instruction as the correction's
effects say it stands now, of a dispatch by what moved to and from its consignment.
Rules: `docs/spec/corrections.md`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ledger.goods.flows import TRANSPORT
from nodes.projections.arrangements import ARRANGED, take_back
from nodes.projections.facts import Fact, label_of, target_of
from nodes.projections.legs import RESERVING, close_leg
from nodes.projections.nounviews import (
    Catalogue,
    Disbursement,
    Donation,
    Entitlement,
    Household,
    Shipment,
    ShipmentLine,
)
from nodes.projections.rows import Row, Work, key_of
from nodes.projections.views import Correction, Leg

TOLD_BY_BODY = (
    *ARRANGED,
    "delivery.confirm",
    "disbursement.handout",
    "disbursement.release",
    "entitlement.issue",
    "entitlement.revoke",
    "household.enrol",
    "household.retire",
    "shipment.order",
)
"""Kinds whose bodies alone say what they tell; a difference is never booked for most of them."""
TOLD_BY_EFFECTS = {
    "disbursement.instruct": "transit",
    "shipment.dispatch": "consignment",
}
"""Kinds that tell only where something stands on an account of the correction's name."""
GIFTS = ("donation.receive", "donation.list")
TARGETS_MAX = 256
"""Targets, and targets of targets, that are asked of which gifts they are."""


def note_targets(work: Work, fact: Fact) -> None:
    """The targets, and what stood for them alone and does not any more."""
    for n, part in enumerate(fact.body["targets"]):
        target = target_of(part)
        row: Row = {
            "entry": fact.index,
            "n": n,
            "statement": fact.statement,
            "target": target,
            "why": fact.body["why"],
            "say": fact.body["say"],
        }
        work.add(Correction, row)
        leg = work.find(Leg, target)
        if leg is not None and leg["kind"] in RESERVING:
            close_leg(work, fact, leg)
        # These kinds are undone or not corrected at all: no difference of them can be booked.
        for view in (Household, Entitlement):
            for gone in work.where(view, "statement", target):
                work.drop(view, *key_of(view, gone))
        take_back(work, fact, target)
        for back in work.where(Household, "retired", target):
            work.put(Household, {**back, "retired": ""})
        for back in work.where(Entitlement, "revoked", target):
            work.put(Entitlement, {**back, "ends": back["until"], "revoked": ""})


def gifts_of(work: Work, fact: Fact) -> Iterator[str]:
    """Subjects of the gifts that a correction is about, `donation/..`: those of its targets.

    A target that is a correction stands for the gifts that it brought; where it only booked a
    difference, for those of its own targets.
    """
    left = [target_of(part) for part in fact.body["targets"]]
    seen: dict[str, None] = {}
    while left and len(seen) < TARGETS_MAX:
        name = left.pop()
        statement = name.partition("/")[0]
        target = None if name in seen else work.log(statement)
        seen[name] = None
        if target is None:
            continue
        said = [(statement, target.kind, target.body)]
        if target.kind == fact.kind:
            replaced = target.body["replacements"]
            names = [f"{statement}/{n}" for n in range(len(replaced))]
            said = [(own, r["kind"], r["body"]) for own, r in zip(names, replaced, strict=True)]
            # Not by its effects: where it was held, they stand in the entry that posted it.
            brought = [name for name in names if work.find(Donation, name) is not None]
            if any(kind in GIFTS and own not in brought for own, kind, _ in said):
                left += [target_of(part) for part in target.body["targets"]]
        for own, kind, body in said:
            if kind in GIFTS:
                yield from dict.fromkeys((f"donation/{own}", f"donation/{name}"))
            elif kind in ("donation.reverse", "donation.refund"):
                gift = str(body["donation"])
                gift = f"{statement}/{gift[1:]}" if gift.startswith("#") else gift
                yield f"donation/{gift}"
                if "row" in body:
                    yield f"donation/{gift}/{body['row']['offset']}-{body['row']['amount']}"


def note_gifts(work: Work, fact: Fact) -> None:
    """Gifts that a correction brought, each under its own name, `{correction}/{n}`."""
    for gift, line, low, high in fact.effects.gifts:
        statement, _, number = gift.partition("/")
        if statement != fact.statement or not number.isdigit():
            continue  # more of a gift that was there before
        one = fact.body["replacements"][int(number)]
        unit = work.find(Catalogue, "line", line, 0)
        row: Row = {
            "statement": gift,
            "entry": fact.index,
            "kind": one["kind"],
            "line": line,
            "commodity": str(unit["unit"]) if unit else "",
            "amount": high - low,
            "gifts": one["body"].get("count", 1),
            "sequence": one["body"].get("sequence", 0),
        }
        work.make(Donation, row)


def note_instructions(work: Work, fact: Fact) -> None:
    """How the instructions that a correction changed stand now."""
    for statement, asked, paid, back, beyond in fact.effects.legs:
        row = work.find(Disbursement, statement)
        if row is not None:
            now: Row = {"amount": asked, "paid": paid, "back": back, "beyond": int(beyond)}
            work.put(Disbursement, {**row, **now})


def note_dispatches(work: Work, fact: Fact, *, own: bool) -> None:
    """What was sent and what arrived, by what a correction moved to and from consignments.

    From or to the site that sent it: what was sent; from or to another site, or lost on the way:
    what arrived. `own`: of the dispatch that the correction itself brought, once that is told.
    """
    undone: dict[str, None] = {}
    for item, source, target, n in fact.effects.moves:
        for account, other, change in ((source, target, n), (target, source, -n)):
            head, _, dispatch = label_of(account).partition(":")
            if head != "consignment" or (dispatch == fact.statement) != own:
                continue
            shipment = work.find(Shipment, dispatch)
            if shipment is None:
                continue
            figure, sign = _figure(label_of(other), str(shipment["origin"]))
            if not figure or (own and figure == "sent"):
                continue
            row = work.find(ShipmentLine, dispatch, item) or {
                **{"statement": dispatch, "item": item},
                **{"ordered": 0, "sent": 0, "arrived": 0, "lost": 0},
            }
            work.put(ShipmentLine, {**row, figure: int(row[figure]) + sign * change})
            if figure == "sent":
                undone[dispatch] = None
    for dispatch in undone:
        _give_back_to_order(work, fact, dispatch)


def _figure(other: str, origin: str) -> tuple[str, int]:
    """The figure that a move between a consignment and this account changes, and its sign."""
    head, _, place = other.partition(":")
    if head in ("site", "over_issue") and place == origin:
        return "sent", -1
    if head == "site":
        return "arrived", 1
    return ("lost", 1) if other == TRANSPORT else ("", 0)


def _give_back_to_order(work: Work, fact: Fact, dispatch: str) -> None:
    """A dispatch of which nothing was sent after all: its order, if still in time, is open."""
    shipment = work.find(Shipment, dispatch)
    assert shipment is not None
    order = str(shipment["ordered_by"])
    leg = work.find(Leg, order) if order else None
    lines = work.where(ShipmentLine, "statement", dispatch)
    if leg is None or fact.time >= int(leg["due"]) or any(int(row["sent"]) for row in lines):
        return
    if leg["closed"] not in (-1, shipment["entry"]):
        return
    gone: dict[str, int] = {}
    for item, source, _, n in fact.effects.moves:
        if label_of(source) == f"consignment:{dispatch}":
            gone[item] = gone.get(item, 0) + n
    for item, n in gone.items():
        row = work.find(ShipmentLine, order, item)
        if row is not None:
            work.put(ShipmentLine, {**row, "sent": max(0, int(row["sent"]) - n)})
    rows = work.where(ShipmentLine, "statement", order)
    left = sum(int(row["sent"]) < int(row["ordered"]) for row in rows)
    work.put(Leg, {**leg, "left": left, "closed": leg["closed"] if not left else -1})


def replacements_of(fact: Fact) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(kind, body) of the replacements that tell something, names of outputs made ids."""
    for one in (one for one in fact.body["replacements"] if one["v"] == 1):
        kind = one["kind"]
        head = TOLD_BY_EFFECTS.get(kind)
        own = f"{head}:{fact.statement}"
        moved = (account for _, a, b, _ in fact.effects.moves for account in (a, b))
        if kind in TOLD_BY_BODY or (head and any(label_of(each) == own for each in moved)):
            body = _resolved(one["body"], fact)
            assert isinstance(body, dict)
            yield kind, body


def _resolved(value: Any, fact: Fact) -> Any:
    """The body with ids where it names outputs of other replacements (`#0/1`, `#0`)."""
    if isinstance(value, dict):
        found = {key: _resolved(part, fact) for key, part in value.items()}
        lot = value.get("lot")
        if isinstance(lot, str) and lot.startswith("#"):
            found |= _output(lot, fact)
        return found
    if isinstance(value, list):
        return [_resolved(part, fact) for part in value]
    # `#0` stands for the statement, which is the correction itself.
    return fact.statement if isinstance(value, str) and value.startswith("#") else value


def _output(name: str, fact: Fact) -> dict[str, Any]:
    """Lot and item of `#replacement/output`; "" where only the book knows which it is."""
    number, _, output = name[1:].partition("/")
    source = fact.body["replacements"][int(number)]
    lines = source["body"].get("lines", []) if source["kind"] == "stock.receive" else []
    item = lines[int(output)]["item"] if int(output) < len(lines) else ""
    # The lots of a correction number on; those of the first replacement begin at 0.
    lot = f"{fact.statement}/{output}" if number == "0" else ""
    return {"lot": lot, "item": item}
