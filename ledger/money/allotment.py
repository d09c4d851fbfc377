"""Allotments: money that a fund's owner sets aside for one contract to pay out by itself.

An allotment is an allocation: `fund.allocate` with the purpose `auto-{contract}` takes free money
of a line to the label `allocated:auto-{contract}`, `fund.deallocate` brings back what is left.
Nobody but that contract spends it: an instruction that names an `allotment` is signed by nobody.
What the money is for is said by each instruction, and the earmark is asked then.
Specification: `docs/spec/duties.md`, budgets.

    >>> allotment_of("alert-relief-money"), is_allotment("food")
    ('auto-alert-relief-money', False)
"""

from typing import Final

AUTO: Final = "auto-"


def allotment_of(contract: str) -> str:
    """The purpose under which money is set aside for a contract; its id has at most 43 letters."""
    return AUTO + contract


def is_allotment(purpose: str) -> bool:
    """Whether a purpose of an allocation is a contract's allotment."""
    return purpose.startswith(AUTO)
