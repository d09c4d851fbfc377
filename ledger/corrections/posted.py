"""A held statement that was posted: what it did stands in the entry of the approval that posted it.

That entry holds, in this order, what was kept coming back and what the law of the statement did
then (`ledger.keeping.give_back`). To undo the statement, or to say what it did, is about the second
part alone: the first was the end of its hold. Where one ends follows from the effects themselves:
what is given back, and nothing else, comes from the accounts `held:S`.

    moves      (held:S -> free 600) | (free -> transit:S 600)
    line       (0, 600, free)       | (0, 600, transit:S)

Specification: `docs/spec/kinds-approvals.md`, `docs/spec/corrections.md`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ledger.book import Book
from ledger.canon import Value
from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import StatementId
from ledger.holds import POSTED, find_hold


def as_posted(
    book: Book, statement: StatementId, index: int, entry: StatementEntry
) -> tuple[int, StatementEntry]:
    """Where a statement was booked: its own entry, unless it was held and is posted.

    Then index, batch and time are those of the entry that posted it, and so is the outcome, less
    what was given back before.
    """
    hold = find_hold(book.state, statement)
    if hold is None or hold.state != POSTED:
        return index, entry
    logged = book.logged(StatementId(hold.closed))
    assert logged is not None, hold
    at, posting = logged[0], parse_entry(logged[1])
    assert isinstance(posting, StatementEntry) and posting.outcome["posted"] == statement, hold
    effects = posting.outcome["effects"]
    assert isinstance(effects, Mapping)
    outcome = {**posting.outcome, "effects": own_effects(statement, effects)}
    return at, replace(entry, batch=posting.batch, time=posting.time, outcome=outcome)


def own_effects(held: str, effects: Mapping[str, Value]) -> dict[str, Value]:
    """The effects of an entry that posts `held`, without what was given back; a digest stays."""
    moves, line = effects.get("moves", []), effects.get("line", [])
    assert isinstance(moves, list) and isinstance(line, list)
    count, stretches = given_back(held, moves, line)
    found: dict[str, Value] = {**effects}
    for name, rest in (("moves", moves[count:]), ("line", line[stretches:])):
        if name in found:
            found[name] = rest
    return found


def given_back(held: str, moves: Sequence[Any], line: Sequence[Any]) -> tuple[int, int]:
    """How many moves and stretches of an entry that posts `held` give back what was kept.

    Both begin with these. Per line as much is relabelled as leaves `held:S`; what the bank took
    back of it meanwhile is void, and what does not close the shortfall then is appended: one
    stretch more.
    """
    account, count = f"held:{held}", 0
    back: dict[str, int] = {}
    closing: dict[str, int] = {}
    for _, source, target, n in moves:
        name, _, label = source.rpartition("/")
        if label != account:
            break
        count += 1
        back[name] = back.get(name, 0) + n
        if target == f"{name}/shortfall":
            closing[name] = closing.get(name, 0) + n
    at = 0
    for name, kept in back.items():
        void, left = 0, kept
        while left:
            _, low, high, label = line[at]
            at, left = at + 1, left - (high - low)
            void += high - low if label.startswith("void:") else 0
        at += void > closing.get(name, 0)
    return count, at
