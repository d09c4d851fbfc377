"""What a lane may change of the version in force.

    lane       may change
    params     values of params, defaults, tests, version: nothing else, mode and expiry the same
    full       everything; a new gate is in shadow first
    emergency  a contract in force becomes narrower (`narrowing`), and asks for no new index; mode,
               owner and expiry the same

Specification: `docs/spec/adoption.md`, lanes.
"""

from collections.abc import Mapping
from typing import Final

from contracts.adoption.narrowing import check_emergency
from contracts.documents.compiled import Contract
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
    check_emergency(new, old)


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
