"""Cases: complaints, doubts and reviews, by class and counter; their words are in a vault.

A case is a leg, in table `legs` under the statement that opened it:

    {"appeals", "class", "entry", "kind": "case.open", "opened", "responses", "state", "subjects"}
    and, once there, "assigned" (member), "due" (seconds), "finding", "measure", "decided"
    ([member, person]), "closed" (statement)

Counters in table `flags`, so that contracts can ask:

    case/{subject}    [[class, n]..]: open cases about it, by class
    class/{class}     [opened, closed]

A subject is a thing or an organisation, `site/depot`, `statement/..`, never a person. Whoever
belongs to a subject is *inside* the case and neither assigns, decides nor closes it.
Rules: `docs/spec/kinds-cases.md`.
"""

from collections.abc import Sequence
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import StatementId
from ledger.members import find_key
from ledger.shape import Pattern
from ledger.state import State

TABLE, COUNTERS = "legs", "flags"

OPENED = "case.open"
"""The kind of every case's leg, whatever statement opened it."""

SUBJECTS_MAX = 16

CLASSES_MAX, OTHER = 32, "other"
"""Classes that are counted one by one about a subject; those beyond are counted as `other`."""

_SLUG = "[a-z0-9][a-z0-9-]{0,47}"
Subject = Annotated[
    str,
    Pattern(
        "statement/[0-9a-f]{64}|household/[0-9a-f]{32}"
        "|lot/[0-9a-f]{64}/[rb]?(0|[1-9][0-9]{0,5})"
        f"|line/{_SLUG}[.]{_SLUG}"
        f"|(area|contract|fund|item|organisation|programme|site)/{_SLUG}",
        108,
        "subject of a case",
    ),
]
"""What a case is about: a thing or an organisation, never a person."""

SENSITIVE = ("abuse", "exploitation", "protection")
"""Classes of which the log has class and counter only: no subject, no evidence."""

OPEN, ASSIGNED, DECIDED, APPEALED, CLOSED = "open", "assigned", "decided", "appealed", "closed"
"""States of a case."""


def case_subject(case: StatementId | str) -> str:
    """A case's subject in the index; a case is named by what opened it."""
    return f"case/{case}"


def find_case(state: State, case: str) -> dict[str, Value] | None:
    """The row of a case; None where that statement opened none."""
    row = state.get(TABLE, case)
    return row if isinstance(row, dict) and row["kind"] == OPENED else None


def subject_key(subject: str) -> str:
    """Key in `flags` of the count of open cases about a subject."""
    return f"case/{subject}"


def class_key(class_: str) -> str:
    """Key in `flags` of the count of cases of a class."""
    return f"class/{class_}"


def open_cases(state: State, subject: str) -> dict[str, int]:
    """Class -> how many cases of it about `subject` are open."""
    row = state.get(COUNTERS, subject_key(subject))
    found: dict[str, int] = {}
    for part in row if isinstance(row, list) else ():
        assert isinstance(part, list) and isinstance(part[1], int)
        found[str(part[0])] = part[1]
    return found


def open_case(book: Book, class_: str, subjects: Sequence[str], due: int | None = None) -> None:
    """Open the case of this statement. `due`: when it should be over, in seconds.

    What a contract raises by itself opens its case here too, under the derived statement's id.
    """
    row: dict[str, Value] = {
        "appeals": 0,
        "class": class_,
        "entry": book.index,
        "kind": OPENED,
        "opened": book.time,
        "responses": 0,
        "state": OPEN,
        "subjects": list(subjects),
    }
    if due is not None:
        row["due"] = due
    book.put(TABLE, book.statement, row)
    for subject in subjects:
        _count(book, subject, class_, 1)
    _count_class(book, class_, 0)
    book.touch(case_subject(book.statement))


def close_case(book: Book, case: str, row: dict[str, Value]) -> None:
    """Close a case that is open; its row is kept."""
    for subject in subjects_of(row):
        _count(book, subject, str(row["class"]), -1)
    _count_class(book, str(row["class"]), 1)
    book.put(TABLE, case, {**row, "closed": book.statement, "state": CLOSED})


def subjects_of(row: dict[str, Value]) -> list[str]:
    """The subjects of a case's row."""
    subjects = row["subjects"]
    assert isinstance(subjects, list)
    return [str(subject) for subject in subjects]


def _count(book: Book, subject: str, class_: str, n: int) -> None:
    counts = open_cases(book.state, subject)
    # A class without a place of its own was counted as OTHER; one that has a place by now may close
    # in its name, and the sum is right all the same.
    if class_ not in counts and (n < 0 or len(counts) >= CLASSES_MAX):
        class_ = OTHER
    counts[class_] = counts.get(class_, 0) + n
    assert counts[class_] >= 0, (subject, class_)
    left: list[Value] = [[name, counts[name]] for name in sorted(counts) if counts[name]]
    book.put(COUNTERS, subject_key(subject), left or None)


def _count_class(book: Book, class_: str, place: int) -> None:
    row = book.state.get(COUNTERS, class_key(class_))
    counts: list[Value] = list(row) if isinstance(row, list) else [0, 0]
    n = counts[place]
    assert isinstance(n, int)
    counts[place] = n + 1
    book.put(COUNTERS, class_key(class_), counts)


# ---- inside and outside -------------------------------------------------------------------------


def members_inside(book: Book, row: dict[str, Value]) -> list[str]:
    """The organisations that belong to the subjects of a case.

    An organisation itself; the custodian of a site; the owner of a fund or line; the members who
    signed a statement. Other subjects belong to nobody.
    """
    found: dict[str, None] = {}
    for subject in subjects_of(row):
        noun, _, name = subject.partition("/")
        if noun == "organisation":
            found[name] = None
        elif noun in ("site", "fund", "line"):
            thing = book.row("catalogue", subject)
            if thing is not None:
                found[str(thing["custodian" if noun == "site" else "owner"])] = None
        elif noun == "statement":
            found.update(dict.fromkeys(_signers_of(book, StatementId(name))))
    return list(found)


def _signers_of(book: Book, statement: StatementId) -> list[str]:
    """The members who signed a logged statement; none where a deadline or a contract made it."""
    logged = book.logged(statement)
    entry = None if logged is None else parse_entry(logged[1])
    if not isinstance(entry, StatementEntry):
        return []
    keys = [find_key(book.state, key) for key in entry.statement.signers]
    return [key.actor.partition("/")[0] for key in keys if key is not None]
