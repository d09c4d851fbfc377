"""Budgets: what a trigger may pay by itself. Law of the book, whatever the contract computes.

    fund         it pays from the fund that its budget names
    per_item     the payments of one item (a household of a run, or the firing itself)
    per_firing   the payments of one cause
    rate         so many firings in a window, for each value of `by`; a firing counts once for each
    allotment    what its fund's owner has set aside for it (`ledger.money.allotment`)

`check` says which bound a payment would pass; then nothing moves and a case `budget` opens.
`count` notes a payment when it is booked, in the same savepoint: a refused one counts for nothing.
It asks for `per_firing` once more, so that no caller can spend more by asking too early.
Bounds are of the contract by its id, so that a new version does not begin anew.

Rows of table `runs`:

    spent/{contract}           {"entry", "spent"}    of the last firing that was no run
    rate/{contract}/{value}    {"at": [[second, n]..], "entry"}    the last firings

A run keeps what it spent in its own row. More than `EXACT_MAX` firings in a window are counted in
parts of a 64th of it, and a part that lies in the window in part counts in full.
Specification: `docs/spec/duties.md`, budgets.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Final

from contracts.documents.compiled import Contract
from contracts.duties.derived import Charge
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.runs import TABLE, Run, find_run
from ledger.state import State

EXACT_MAX: Final = 64
"""Firings of a window that are each kept with their second."""
KEY_MAX: Final = 192


def check(
    state: State,
    contract: Contract,
    fund: str,
    amounts: tuple[int, int, int],
    charge: Charge,
    time: int,
) -> str:
    """The bound that this payment would pass: `fund`, `per_item`, `per_firing`, `rate`; "" if none.

    `amounts`: minor units of this payment, of those before it of the same item, and of all before
    it of the same firing; those are not counted yet. The allotment is asked by whoever looks for
    the money (`contracts.duties.paying`).
    """
    budget = contract.budget
    assert budget is not None, "a document that pays has a budget"
    amount, before, pending = amounts
    if fund != budget.fund:
        return "fund"
    if budget.per_item is not None and before + amount > budget.per_item:
        return "per_item"
    if spent_by(state, charge) + pending + amount > budget.per_firing:
        return "per_firing"
    if not charge.run and not may_fire(state, charge, time):
        return "rate"
    return ""


def charge_of(
    contract: Contract, it: Mapping[str, Value], entry: int, run: Run | None = None
) -> Charge:
    """What payments of this firing count against; raises `EvaluationError` of the rate's `by`."""
    budget = contract.budget
    most = 0 if budget is None else budget.per_firing
    if budget is None or budget.rate is None:
        return Charge(contract.id, entry, 0, most, "" if run is None else run.id)
    by = budget.rate.by.evaluate(contract.inputs(dict(it)))
    values = [str(one) for one in (by if isinstance(by, list) else [by])]
    return Charge(
        contract=contract.id,
        entry=entry,
        amount=0,
        most=most,
        run="" if run is None else run.id,
        elements=tuple(dict.fromkeys(values)),
        firings=budget.rate.firings,
        window_s=budget.rate.window_s,
    )


def spent_by(state: State, charge: Charge) -> int:
    """Minor units that this firing has instructed so far."""
    if charge.run:
        run = find_run(state, charge.run)
        return 0 if run is None else run.spent
    row = state.get(TABLE, f"spent/{charge.contract}")
    if not isinstance(row, dict) or row["entry"] != charge.entry:
        return 0
    spent = row["spent"]
    assert isinstance(spent, int)
    return spent


def count(state: State, charge: Charge, time: int) -> None:
    """A payment is instructed: count it, and its firing where that is no run.

    Raises `Refused(not_enough)` where it would pass what one firing may spend, whoever made it.
    """
    left = charge.most - spent_by(state, charge)
    if charge.amount > left:
        key = f"contract/{charge.contract}"
        raise Refused(Code.NOT_ENOUGH, "budget", key=key, asked=charge.amount, left=left)
    if charge.run:
        run = find_run(state, charge.run)
        assert run is not None, charge
        replace(run, spent=run.spent + charge.amount).put(state)
        return
    spent = spent_by(state, charge) + charge.amount
    state.put(TABLE, f"spent/{charge.contract}", {"entry": charge.entry, "spent": spent})
    count_firing(state, charge, time)


# ---- rate ---------------------------------------------------------------------------------------


def may_fire(state: State, charge: Charge, time: int) -> bool:
    """Whether each value of `by` has room for this firing at `time`, or has counted it already."""
    for element in charge.elements:
        at, entry = _fired(state, charge, element, time)
        if entry != charge.entry and sum(n for _, n in at) >= charge.firings:
            return False
    return True


def count_firing(state: State, charge: Charge, time: int) -> None:
    """This firing happened, once for each value of `by`."""
    for element in charge.elements:
        at, entry = _fired(state, charge, element, time)
        if entry == charge.entry:
            continue
        if at and time < at[-1][0] + _part_s(charge):
            at[-1] = (at[-1][0], at[-1][1] + 1)
        else:
            at.append((time, 1))
        row: dict[str, Value] = {"at": [list(pair) for pair in at], "entry": charge.entry}
        state.put(TABLE, _rate_key(charge, element), row)


def _part_s(charge: Charge) -> int:
    """Seconds that are counted together; the last part of a window may be shorter."""
    return 1 if charge.firings <= EXACT_MAX else -(-charge.window_s // EXACT_MAX)


def _fired(
    state: State, charge: Charge, element: str, time: int
) -> tuple[list[tuple[int, int]], int]:
    """(second, n) of the firings with time - window < second, and the entry of the last one."""
    row = state.get(TABLE, _rate_key(charge, element))
    if not isinstance(row, dict):
        return [], -1
    at, entry = row["at"], row["entry"]
    assert isinstance(at, list) and isinstance(entry, int)
    found: list[tuple[int, int]] = []
    for pair in at:
        assert isinstance(pair, list) and isinstance(pair[0], int) and isinstance(pair[1], int)
        if pair[0] + _part_s(charge) - 1 > time - charge.window_s:
            found.append((pair[0], pair[1]))
    return found, entry


def _rate_key(charge: Charge, element: str) -> str:
    key = f"rate/{charge.contract}/{element}"
    if len(key.encode()) <= KEY_MAX:
        return key
    return f"rate/{charge.contract}/#{sha256(element.encode()).hexdigest()}"
