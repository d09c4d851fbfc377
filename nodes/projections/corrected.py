"""Corrections in the views: what is taken away, and what stands in its place under a new name.

Effects tell alike whatever a correction did to accounts, lines and lots. Here is what only its body
says: its targets, and its replacements, which are told as if each had been a statement with the
correction's id. Figures that later statements of the same kind have added up (what was paid on an
instruction) are left as they were: pages show the correction beside them.
Rules: `docs/spec/corrections.md`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nodes.projections.facts import CORRECTION, Fact, label_of, target_of
from nodes.projections.legs import RESERVING, close_leg
from nodes.projections.nounviews import Entitlement, Household
from nodes.projections.rows import Row, Work, key_of
from nodes.projections.views import Correction, Leg

TOLD_BY_BODY = (
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
        for back in work.where(Household, "retired", target):
            work.put(Household, {**back, "retired": ""})
        for back in work.where(Entitlement, "revoked", target):
            work.put(Entitlement, {**back, "ends": back["until"], "revoked": ""})


def gifts_of(work: Work, fact: Fact) -> Iterator[str]:
    """Subjects of the gifts that a correction is about: those of its targets, `donation/..`."""
    for part in fact.body["targets"]:
        name = target_of(part)
        statement = name.partition("/")[0]
        target = work.log(statement)
        if target is None:
            continue
        said = [(target.kind, target.body)]
        if target.kind == fact.kind:
            said = [(one["kind"], one["body"]) for one in target.body["replacements"]]
        for kind, body in said:
            if kind in GIFTS:
                yield from dict.fromkeys((f"donation/{statement}", f"donation/{name}"))
            elif kind in ("donation.reverse", "donation.refund"):
                gift = str(body["donation"])
                gift = statement if gift.startswith("#") else gift
                yield f"donation/{gift}"
                if "row" in body:
                    yield f"donation/{gift}/{body['row']['offset']}-{body['row']['amount']}"


def bringer_of(work: Work, fact: Fact) -> str:
    """Whose the positions are that an entry brought to a line: its own statement's, as a rule.

    Where a correction only booked a difference they are the corrected gift's.
    """
    if (fact.kind, fact.v) != (CORRECTION, 1):
        return fact.statement
    gone = f"void:{fact.statement}"
    gifts = []
    for part in fact.body["targets"]:
        target = work.log(target_of(part).partition("/")[0])
        if target is not None and target.kind in GIFTS:
            gifts.append(target_of(part))
    restored = any(label == gone for _, _, _, label in fact.effects.line)
    return fact.statement if restored or len(gifts) != 1 else gifts[0]


def replacements_of(work: Work, fact: Fact) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(kind, body) of the replacements that tell something, names of outputs made ids."""
    replaced = fact.body["replacements"]
    gifts = [one for one in replaced if one["kind"] in GIFTS]
    if gifts and bringer_of(work, fact) == fact.statement:
        # All gifts of a correction are one, with several segments.
        count = sum(one["body"].get("count", 1) for one in gifts)
        yield gifts[0]["kind"], {**gifts[0]["body"], "count": count}
    for one in (one for one in replaced if one["v"] == 1):
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
