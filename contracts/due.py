"""What has come due when a batch begins: contracts whose notice is over, deadlines that passed.

    activate(host, state, origin, time)                 # one set of contracts for the whole batch
    passed = lapse(host, state, origin, time, judging)  # oldest first, at most LAPSES_MAX

Nobody signs these: each is a derived entry whose cause is the entry that set the time, so that
whoever has the log knows without a clock what had to come. A deadline of which the consequence is
refused counts as passed and is logged with its code, else it would come back with every batch.
Specification: `docs/spec/entry.md`, entries of type auto; `docs/spec/adoption.md`, activation.
"""

from collections.abc import Mapping
from typing import Final

from contracts.adoption.activating import KIND as ACTIVATE
from contracts.adoption.activating import make, next_change
from contracts.causing import Host
from contracts.judging.outcome import Judging
from ledger.canon import Value
from ledger.codes import Code
from ledger.entry import Cause, Outcome, auto_id
from ledger.errors import Refused
from ledger.kinds import all_kinds
from ledger.state import State

LAPSES_MAX: Final = 1_000
"""Deadlines recorded at the head of one batch; the rest follow with the next."""


def activate(host: Host, state: State, origin: str, time: int) -> None:
    """Bring every contract into force whose time has come at `time`."""
    while (change := next_change(state, time)) is not None:
        book = host.book(auto_id(origin, change.cause), attested=True)
        make(book, change)
        host.log_auto(change.cause, ACTIVATE, change.body, Outcome(Code.OK).encode(), book)


def lapse(host: Host, state: State, origin: str, time: int, judging: Judging | None) -> bool:
    """Record the deadlines that passed by `time`, oldest first; whether there was one."""
    due = state.scan("legs", "lapse", high=f"{time + 1:012d}/")
    passed = [row for row, _ in zip(due, range(LAPSES_MAX), strict=False)]
    for _, leg, row in passed:
        assert isinstance(row, dict)
        _lapse_one(host, state, origin, judging, leg, row)
    return bool(passed)


def _lapse_one(
    host: Host,
    state: State,
    origin: str,
    judging: Judging | None,
    leg: str,
    row: Mapping[str, Value],
) -> None:
    kind = next(k for k in all_kinds().values() if k.name == row["kind"])
    assert kind.lapse is not None, kind.name
    opened = row["entry"]
    assert isinstance(opened, int)
    cause = Cause(opened, f"expiry/{leg}")
    derived = auto_id(origin, cause)
    book = host.book(derived, attested=True)
    savepoint = state.savepoint()
    try:
        kind.lapse(book, leg, row)
        if judging is not None:
            judging.lapsed(savepoint)
        outcome = Outcome(Code.OK, book.effects(), extra=book.settled()).encode(attested=True)
    except Refused as refused:
        state.rollback(savepoint)
        state.put("legs", leg, {k: v for k, v in row.items() if k != "lapse"})
        book = host.book(derived, attested=True)
        outcome = Outcome(refused.refusal.code).encode()
    host.log_auto(cause, "deadline.pass", {"leg": leg}, outcome, book)
