"""What changes the set, at the head of a batch: one derived entry each, before everything else.

    change     when                                            cause (`entry` of rule `activation`)
    activated  `not_before` of a committed version has come    the commit
    retired    a day after the quorum wanted it                the statement that made the quorum
    expired    `expires` of the version has come               its activation
    returned   72 hours after an emergency version began       its activation
    suspended  the batch after two members wanted it           the statement of the second
    resumed    72 hours later, unless the quorum confirmed     the suspension

Contracts by (id, scope), of one contract in the order of this table. All that is due is done: as
there is a bound to what may be adopted, there is one to this.

    while (change := next_change(state, time)) is not None:
        make(book, change)          # and log `contract.activate` with `change.cause`, `change.body`

An activation first fills the indexes that the contract reads and that were new with its commit
(`contracts.facts.backfill`); a reader that has their rows not ready ends the batch there, whole.

Specification: `docs/spec/adoption.md`, activation.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from contracts.adoption.force import indexes_of
from contracts.facts.backfill import fill
from ledger.adopted import put_standing, require_gates, standings, summary
from ledger.adoptions import RETURN_S, Retiring, Standing, Suspension, Version, find_standing
from ledger.book import Book
from ledger.canon import Value
from ledger.entry import Cause
from ledger.state import State

KIND: Final = "contract.activate"
RULE: Final = "activation"

What = Literal["activated", "retired", "expired", "returned", "suspended", "resumed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the set: `version` is the one that it is about."""

    what: What
    standing: Standing
    version: Version
    cause: Cause

    @property
    def body(self) -> dict[str, Value]:
        """Body of the derived statement."""
        return {
            "change": self.what,
            "contract": self.standing.id,
            "hash": self.version.hash,
            "mode": self.version.mode,
            "scope": self.standing.scope,
            "version": self.version.version,
        }


def next_change(state: State, time: int) -> Change | None:
    """The first change that is due at batch `time`; None when all is done."""
    dues = summary(state)["dues"]
    assert isinstance(dues, list)
    for one in dues:
        assert isinstance(one, list) and isinstance(one[0], int)
        if one[0] <= time:
            standing = find_standing(state, str(one[1]), str(one[2]))
            change = change_of(standing, time)
            assert change is not None, standing.key
            return change
    return None


def activations(state: State, time: int) -> tuple[Change, ...]:
    """The next change of each contract that has one due, by (id, scope): to look at."""
    found = (change_of(standing, time) for standing in standings(state))
    return tuple(change for change in found if change is not None)


def change_of(standing: Standing, time: int) -> Change | None:
    """What is due first of a contract."""
    now, waiting, suspended = standing.now, standing.waiting, standing.suspended

    def change(what: What, version: Version, entry: int) -> Change:
        return Change(what, standing, version, Cause(entry, RULE))

    if waiting is not None and waiting.not_before <= time:
        return change("activated", waiting, waiting.entry)
    if now is None:
        return None
    if standing.retiring.at is not None and standing.retiring.at <= time:
        return change("retired", now, standing.retiring.entry)
    if now.expires is not None and now.expires <= time:
        return change("expired", now, now.entry)
    if now.returns is not None and now.returns <= time:
        assert standing.before is not None
        return change("returned", standing.before, now.entry)
    if suspended.is_ordered and not suspended.on:
        return change("suspended", now, suspended.entry)
    ends = suspended.until
    if suspended.on and not suspended.confirmed and ends is not None and ends <= time:
        return change("resumed", now, suspended.entry)
    return None


def make(book: Book, change: Change) -> None:
    """Book a change; `book` is that of its derived entry."""
    state, version = book.state, change.version
    if change.what == "activated":
        fill(state, indexes_of(state, version))
    put_standing(state, _after(book, change))
    if change.what == "activated" and version.gates and _gate_in_force(state):
        require_gates(state)
    book.touch(f"contract/{change.standing.id}")


def _after(book: Book, change: Change) -> Standing:
    standing, version = change.standing, change.version
    match change.what:
        case "activated":
            return _activated(book, standing, version)
        case "returned":
            back = replace(version, entry=book.index)
            return replace(standing, now=back, before=None)
        case "suspended":
            begun = replace(
                standing.suspended, entry=book.index, on=True, until=book.time + RETURN_S
            )
            return replace(standing, suspended=begun)
        case "resumed":
            return replace(standing, suspended=Suspension())
        case _:
            # It is over; what was only a quick change of it is over with it.
            waiting = standing.waiting
            if waiting is not None and waiting.lane != "full":
                waiting = None
            return Standing(standing.id, standing.scope, standing.last, waiting=waiting)


def _activated(book: Book, standing: Standing, version: Version) -> Standing:
    emergency = version.lane == "emergency"
    new = replace(version, entry=book.index, returns=book.time + RETURN_S if emergency else None)
    return replace(
        standing,
        last=max(standing.last, version.version),
        now=new,
        before=standing.now if emergency else None,
        waiting=None,
        # A version that the quorum wanted ends a suspension; other lanes do not.
        suspended=Suspension() if version.lane == "full" else standing.suspended,
        retiring=Retiring() if version.lane == "full" else standing.retiring,
    )


def _gate_in_force(state: State) -> bool:
    found = (one.in_force for one in standings(state))
    return any(version is not None and version.is_enforcing_gate for version in found)
