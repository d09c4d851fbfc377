"""What a lane may change of the version in force.

    lane       may change
    params     values of params, defaults, tests, version: nothing else, mode and expiry the same
    full       everything; a new gate is in shadow first
    emergency  a contract in force, but raises no budget, leaves effects that move value as they
               are, and asks for no new index; mode, owner and expiry the same

Specification: `docs/spec/adoption.md`, lanes.
"""

from collections.abc import Mapping
from typing import Final

from contracts.documents.compiled import Contract
from contracts.documents.verbs import VERBS
from ledger.adoptions import Standing, Version
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused

FREE: Final = ("defaults", "tests", "version")
"""Fields that lane `params` may change as a whole."""

Terms = tuple[str, str, int | None]
"""(mode, owner, expires) of an adoption."""


def check_lane(
    lane: str, standing: Standing, terms: Terms, new: Contract, old: Contract | None
) -> None:
    """`Refused(not_eligible)` for the first thing that the lane may not change.

    `old` is the contract in force in this scope, None where there is none.
    """
    if lane == "full":
        is_new = old is None or old.document.kind != "gate"
        if new.document.kind == "gate" and terms[0] != "shadow" and is_new:
            raise Refused(Code.NOT_ELIGIBLE, "body.mode", value=terms[0], wanted="shadow first")
        return
    now = standing.now
    if old is None or now is None or standing.suspended.is_ordered:
        raise Refused(Code.NOT_ELIGIBLE, "body.lane", wanted="a contract that is in force")
    if now.returns is not None:
        raise Refused(Code.NOT_ELIGIBLE, "body.lane", wanted="no emergency version before it")
    if terms != terms_of(now):
        raise Refused(Code.NOT_ELIGIBLE, "body.mode", wanted="the same mode, owner and expiry")
    if lane == "params":
        if without_values(new.document.value) != without_values(old.document.value):
            raise Refused(Code.NOT_ELIGIBLE, "body.document", wanted="other values of params alone")
        return
    _check_emergency(new, old)


def terms_of(version: Version) -> Terms:
    """Those of a version."""
    return version.mode, version.owner, version.expires


def without_values(document: Mapping[str, Value]) -> dict[str, Value]:
    """The document without what lane `params` may change."""
    kept = {name: part for name, part in document.items() if name not in FREE}
    params = kept.get("params")
    if isinstance(params, dict):
        kept["params"] = {
            name: {part: value for part, value in param.items() if part != "value"}
            for name, param in params.items()
            if isinstance(param, dict)
        }
    return kept


def _check_emergency(new: Contract, old: Contract) -> None:
    if _raises(new, old):
        raise Refused(Code.NOT_ELIGIBLE, "body.document.budget", wanted="no higher budget")
    before = _value_effects(old)
    if any(one not in before for one in _value_effects(new)):
        raise Refused(
            Code.NOT_ELIGIBLE, "body.document.effects", wanted="what moves value as it was"
        )


def _raises(new: Contract, old: Contract) -> bool:
    """Whether any bound of the budget is wider than it was."""
    mine, was = new.budget, old.budget
    if mine is None or was is None:
        # Without a budget nothing is spent; one that was not there is a higher one.
        return mine is not None
    if mine.fund != was.fund or mine.per_firing > was.per_firing:
        return True
    if was.per_item is not None and (mine.per_item is None or mine.per_item > was.per_item):
        return True
    if was.rate is None:
        return False
    if mine.rate is None or mine.rate.firings > was.rate.firings:
        return True
    same = new.document.budget, old.document.budget
    rates = [None if one is None or one.rate is None else one.rate.by for one in same]
    return rates[0] != rates[1] or mine.rate.window_s < was.rate.window_s


def _value_effects(contract: Contract) -> list[Value]:
    """The effects, as written, that move value: all verbs that no gate may use."""
    effects = contract.document.value.get("effects", [])
    assert isinstance(effects, list)
    return [
        one
        for one, form in zip(effects, contract.document.effects, strict=True)
        if not VERBS[form.verb].by_gates
    ]
