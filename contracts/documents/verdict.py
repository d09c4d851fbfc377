"""The verdict of one contract on one statement: pure, all of it told, nothing done yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.rcel.errors import ErrorKind
from ledger.canon import Value

MISSING: Final = ErrorKind.FACT_MISSING
"""Stands for a fact that is not on the ledger."""


class Outcome(StrEnum):
    """Weakest first; the worst of several counts."""

    ALLOW = "allow"
    FLAG = "flag"
    HOLD = "hold"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Fired:
    """An effect that is to happen: its id, verb, and fields in the verb's order."""

    id: str
    verb: str
    fields: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a contract says."""

    applies: bool
    outcome: Outcome
    failed: Mapping[str, str]
    effects: tuple[Fired, ...]
    error: bool
    errors: Mapping[str, ErrorKind]
    read: Mapping[str, Value]
    values: Mapping[str, Value]


# decide(contract, it, facts: Mapping[str, Value | ErrorKind], *, item: Value | None = None)
#   -> Verdict
