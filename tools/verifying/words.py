"""An entry of the log in words: what happened, who signed, when, what came of it.

Times stand with their zone, the claimed one and the logged one: they differ, and the difference is
often the point. One proof alone does not hold the catalogue that names goods and their units;
`tools.measures` says what is shown then.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.figures import age
from api.words import KINDS, account_word
from api.words import word as lookup
from ledger.canon import Value
from ledger.codes import Code
from ledger.entry import AutoEntry, BatchEntry, StatementEntry
from ledger.meanings import WHAT
from ledger.sentences import language_index
from tools.console import Console, clock, plain
from tools.measures import Measures
from tools.words import word

MOVES_SHOWN: Final = 12
"""Moves that are written out for people; `--json` has them all."""

Lines = list[tuple[str, str]]
"""(label, text), in order."""


def kind_words(kind: str, language: str) -> str:
    """What happened, and the ledger's own name for it."""
    return f"{plain(lookup(KINDS, kind, language))} ({plain(kind)})"


def code_words(code: str, language: str) -> str:
    """An outcome's code as a sentence; the code as it stands where this version knows it not."""
    if code not in Code.__members__.values():
        return plain(code)
    return f"{WHAT[Code(code)][0][language_index(language)]} ({code})"


def tell_entry(
    entry: StatementEntry | AutoEntry, language: str, *, signers: Sequence[str] = ()
) -> Lines:
    """The entry, line by line. `signers`: who they are, where that is proved; else key ids."""
    lines: Lines = []
    measures = Measures(language)

    def add(name: str, text: str) -> None:
        lines.append((word(name, language), text))

    if isinstance(entry, StatementEntry):
        statement = entry.statement
        add("what", kind_words(statement.kind, language))
        keys = [f"{keyid[:16]}.." for keyid in statement.signers]
        add("signed_by", ", ".join(plain(one) for one in (signers or keys)))
        add("claimed_at", clock(statement.occurred_at))
    else:
        add("what", kind_words(entry.kind, language))
        add("signed_by", word("derived", language))
    add("logged_at", clock(entry.time))
    add("outcome", code_words(str(entry.outcome["code"]), language))
    late = entry.outcome.get("late")
    if isinstance(late, int):
        add("late", age(late, language))
    for code, subject, n in _rows(entry.outcome.get("breaches"), 3):
        add("breach", f"{code_words(str(code), language)}: {plain(str(subject))} {_number(n)}")
    moves = _moves(entry.outcome)
    for commodity, source, target, n in moves[:MOVES_SHOWN]:
        amount = measures.amount(str(commodity), n) if isinstance(n, int) else plain(str(n))
        add("moved", word("move", language, amount=amount,
                          source=_account(source, language),
                          target=_account(target, language)))  # fmt: skip
    if len(moves) > MOVES_SHOWN:
        add("moved", word("more_moves", language, n=f"{len(moves) - MOVES_SHOWN:,}"))
    if moves:
        lines.append(("", measures.note(str(move[0]) for move in moves)))
    return lines


def tell_batch(entry: BatchEntry, language: str) -> Lines:
    """A batch entry, line by line."""
    return [
        (word("what", language), kind_words("batch", language)),
        (word("logged_at", language), clock(entry.time)),
    ]


def entry_data(entry: StatementEntry | AutoEntry | BatchEntry) -> dict[str, Any]:
    """The entry for scripts; nothing is left out."""
    if isinstance(entry, BatchEntry):
        return {"type": "batch", "batch": entry.batch, "time": entry.time, "count": entry.count,
                "state_root": entry.state_root.hex()}  # fmt: skip
    shared = {"batch": entry.batch, "time": entry.time, "outcome": dict(entry.outcome)}
    if isinstance(entry, AutoEntry):
        cause = {"entry": entry.cause.entry, "rule": entry.cause.rule}
        return {"type": "auto", **shared, "kind": entry.kind, "body": dict(entry.body),
                "cause": cause}  # fmt: skip
    statement = entry.statement
    return {
        "type": "statement",
        **shared,
        "kind": statement.kind,
        "statement": statement.id,
        "author": statement.author,
        "cosigners": list(statement.cosigners),
        "occurred_at": statement.occurred_at,
        "body": statement.body,
    }


def show_lines(console: Console, lines: Lines) -> None:
    """Labels and texts, one pair a line."""
    for label, text in lines:
        console.say(f"  {label}: {text}" if label else f"  ({text})")


def commodity_of(entry: StatementEntry | AutoEntry) -> str:
    """The one commodity that an entry moved; "" where there is none, or more than one."""
    found = {str(move[0]) for move in _moves(entry.outcome)}
    return found.pop() if len(found) == 1 else ""


def _moves(outcome: Mapping[str, Value]) -> list[list[Value]]:
    effects = outcome["effects"]
    return _rows(effects.get("moves"), 4) if isinstance(effects, dict) else []


def _rows(value: Value | None, width: int) -> list[list[Value]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, list) and len(row) == width]


def _number(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else plain(str(value))


def _account(value: Value, language: str) -> str:
    """`flood.general/paid:vendor` as words, with the account's own name behind."""
    name = str(value)
    label = name.rpartition("/")[2] if "." in name.partition("/")[0] else name
    return f"{plain(account_word(label, language), longest=120)} [{plain(name, longest=120)}]"
