"""Telling: how one entry changes the views, for every kind alike.

Moves change balances and totals, stretches the fund lines, lot effects the lots, and an account
that bears a statement's name (`transit:S`, `consignment:S`) is an open leg of that statement. What
only one kind knows is added by `nodes.projections.nouns`. The sums are those of `ledger.book`, made
again from the effects: a test holds both against each other after every batch.
"""

from collections.abc import Sequence

from ledger.book import SIDES
from ledger.corrections.posted import given_back
from nodes.projections.arrangements import reserved_subjects
from nodes.projections.corrected import gifts_of
from nodes.projections.facts import CORRECTION, Fact, is_id, label_of, line_of, subjects_of
from nodes.projections.lines import Lines
from nodes.projections.nouns import NOUNS, ids_of
from nodes.projections.nounviews import Key
from nodes.projections.rows import Row, Work
from nodes.projections.views import (
    Balance,
    Breach,
    Cosigner,
    Entry,
    Leg,
    Lot,
    Move,
    Refusal,
    Stretch,
    Subject,
    Tally,
    Total,
)

LEGS = {"transit": "disbursement.instruct", "consignment": "shipment.dispatch"}
"""First word of accounts that bear the name of the statement that put something there, and its
kind. What is held bears its name too (`held:S`), and is no leg until it is posted."""

_TOTALS = ("received", "received_back", "inside", "spent", "spent_back", "contra", "neutral")


def prefetch(work: Work, lines: Lines, facts: Sequence[Fact]) -> None:
    """Read in bulk what these facts will change."""
    accounts: dict[tuple[str, str], None] = {}
    lots: dict[tuple[str], None] = {}
    legs: dict[tuple[str], None] = {}
    for fact in facts:
        for commodity, source, target, _ in fact.effects.moves:
            for account in (source, target):
                accounts[(commodity, account)] = None
                leg = _leg_of(account)
                if leg:
                    legs[(leg,)] = None
        for effect in fact.effects.lots:
            if effect[0] == "spent":
                lots[(effect[1],)] = None
    work.prefetch(Balance, accounts)
    work.prefetch(Total, [(commodity,) for commodity, _ in accounts])
    work.prefetch(Lot, lots)
    work.prefetch(Leg, legs)
    work.prefetch(Key, [(key,) for fact in facts for key in (fact.author, *fact.cosigners) if key])
    work.prefetch(Tally, [(fact.kind, fact.code) for fact in facts])
    for view, keys in ids_of(facts).items():
        work.prefetch(view, keys)
    lines.prefetch((line, low, high) for f in facts for line, low, high, _ in f.effects.line)


def tell(work: Work, lines: Lines, fact: Fact) -> None:
    """Change the views by one entry."""
    subjects: dict[str, None] = {}
    if fact.applied or fact.is_held:
        # Nothing of what is held is booked but its value, which is kept back (`ledger.keeping`).
        _tell_effects(work, lines, fact)
        subjects.update(dict.fromkeys(subjects_of(fact)))
    if fact.applied:
        subjects.update(_tell_nouns(work, fact))
    held = work.log(fact.posted) if fact.applied and fact.posted else None
    if held is not None:
        # It happens now, as if it had been signed here.
        own = fact.posting(held)
        subjects.update(dict.fromkeys(subjects_of(own)))
        subjects.update(_tell_nouns(work, own))
    for subject in subjects:
        work.add(Subject, {"subject": subject, "entry": fact.index})
    # Last, because genesis is signed by keys that it brings itself.
    _tell_entry(work, fact)


def _tell_nouns(work: Work, fact: Fact) -> dict[str, None]:
    """What its kind alone knows; the subjects that come with it."""
    told = NOUNS.get((fact.kind, fact.v))
    if told is not None:
        told(work, fact)
    subjects = dict.fromkeys(reserved_subjects(fact))
    if (fact.kind, fact.v) == (CORRECTION, 1):
        subjects.update(dict.fromkeys(gifts_of(work, fact)))
    return subjects


def _tell_entry(work: Work, fact: Fact) -> None:
    actor, member = _holder(work, fact.author)
    work.add(
        Entry,
        {
            "index": fact.index,
            "batch": fact.batch,
            "time": fact.time,
            "type": fact.type,
            "kind": fact.kind,
            "code": fact.code,
            "statement": fact.statement,
            "author": fact.author,
            "actor": actor,
            "member": member,
            "occurred_at": fact.occurred_at,
            "late": fact.late,
            "cause": fact.cause,
        },
    )
    row = work.find(Tally, fact.kind, fact.code)
    count = 1 if row is None else int(row["count"]) + 1
    work.put(Tally, {"kind": fact.kind, "code": fact.code, "count": count})
    for n, key in enumerate(fact.cosigners):
        who, of = _holder(work, key)
        work.add(Cosigner, {"entry": fact.index, "n": n, "key": key, "actor": who, "member": of})
    for n, (code, subject, quantity) in enumerate(fact.breaches):
        broken: Row = {"entry": fact.index, "n": n, "code": code, "subject": subject}
        work.add(Breach, {**broken, "quantity": quantity})
    if not fact.applied and not fact.is_held and fact.type != "batch":
        refused: Row = {"entry": fact.index, "code": fact.code, "kind": fact.kind}
        work.add(Refusal, {**refused, "actor": actor, "member": member})


def _holder(work: Work, key: str) -> tuple[str, str]:
    """Actor and member of a key, "" where nobody holds it."""
    row = work.find(Key, key) if key else None
    if row is None:
        return "", ""
    actor = str(row["actor"])
    return actor, actor.partition("/")[0]


def _tell_effects(work: Work, lines: Lines, fact: Fact) -> None:
    for n, (commodity, source, target, quantity) in enumerate(fact.effects.moves):
        row: Row = {"entry": fact.index, "n": n, "commodity": commodity, "source": source}
        work.add(Move, {**row, "target": target, "quantity": quantity})
        _move(work, fact, commodity, source, target, quantity)
    # Positions are of the entry's own statement, or of that which it posts once what was kept is
    # given back, unless a correction says of which gift.
    brought = {(line, low): gift for gift, line, low, _ in fact.effects.gifts}
    effects, posted = fact.effects, len(fact.effects.line)
    if fact.posted:
        _, posted = given_back(fact.posted, effects.moves, effects.line)
    for n, (line, low, high, label) in enumerate(fact.effects.line):
        row = {"entry": fact.index, "n": n, "line": line, "low": low, "high": high}
        work.add(Stretch, {**row, "label": label})
        own = fact.posted if n >= posted else fact.statement
        bringer = brought.get((line, low), own)
        lines.apply(fact.index, bringer, line, low, high, label)
    for effect in fact.effects.lots:
        if effect[0] == "made":
            _, lot, item, quantity, place = effect  # type: ignore[misc]
            row = {"lot": lot, "item": item, "place": place, "quantity": quantity}
            work.make(Lot, {**row, "made": fact.index, "spent": -1, "taken": 0})
        else:
            found = work.find(Lot, effect[1])
            if found is not None:
                work.put(Lot, {**found, "spent": fact.index, "taken": int(effect[2])})


# ---- the book -----------------------------------------------------------------------------------


def _move(work: Work, fact: Fact, commodity: str, source: str, target: str, n: int) -> None:
    row = work.find(Total, commodity)
    totals = {name: int(row[name]) if row else 0 for name in _TOTALS}
    for account, change in ((source, -n), (target, n)):
        side = _side(account)
        if side == "outside":
            totals["received" if change < 0 else "received_back"] += n
        elif side == "sink":
            totals["spent" if change > 0 else "spent_back"] += n
        else:
            totals[side] += change
        _add(work, fact, commodity, account, side, change)
    texts: Row = {name: str(figure) for name, figure in totals.items()}
    work.put(Total, {"commodity": commodity, **texts})


def _side(account: str) -> str:
    # A label that a later protocol brings is shown beside the law of today, not against it.
    return SIDES.get(label_of(account).partition(":")[0], "neutral")


def _add(work: Work, fact: Fact, commodity: str, account: str, side: str, change: int) -> None:
    row = work.find(Balance, commodity, account)
    before = int(row["units"]) if row else 0
    after = before + change
    if after == 0:
        work.drop(Balance, commodity, account)
    else:
        line = line_of(account)
        work.put(
            Balance,
            {
                "commodity": commodity,
                "account": account,
                "units": str(after),
                "side": side,
                "fund": line.partition(".")[0],
                "line": line,
                "label": label_of(account),
                "opened": row["opened"] if row else fact.index,
                "entry": fact.index,
            },
        )
    leg = _leg_of(account)
    if leg and (before == 0) != (after == 0):
        kind = LEGS[label_of(account).partition(":")[0]]
        _count_leg(work, fact, leg, kind, 1 if before == 0 else -1)


def _leg_of(account: str) -> str:
    """The statement that an account is named after, "" where there is none."""
    head, _, name = label_of(account).partition(":")
    return name if head in LEGS and is_id(name, 64) else ""


def _count_leg(work: Work, fact: Fact, statement: str, kind: str, change: int) -> None:
    row = work.find(Leg, statement)
    if row is None:
        opened: Row = {"kind": kind, "opened": fact.index, "time": fact.time}
        row = {"statement": statement, **opened, "due": -1, "closed": -1, "left": 0}
    left = int(row["left"]) + change
    work.put(Leg, {**row, "left": left, "closed": -1 if left else fact.index})
