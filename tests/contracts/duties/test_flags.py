"""Flags: what contracts set on a subject, and what contracts read of it.

Goal: a contract reads every flag that is on for the subject that it asks about, and no other; the last
word counts, whichever contract says it; and a subject has no more flags than a list may have.
Method: marks by hand on a small book, both sides of the limits; then one contract that sets and one
that reads.
"""

from typing import Any

import pytest
from books import Books
from duties import Played, alert, compiled, trigger

from contracts.catalogue.records import FLAGS_MAX, At, flagged_key, flags
from contracts.duties.derived import Mark
from contracts.duties.flags import is_flagged, set_marks
from ledger.envelope import StatementId
from ledger.state import State


class Marked(Books):
    """A book on which flags are set."""

    def mark(self, *marks: tuple[str, str, bool], contract: str = "one") -> None:
        state = State(self.reader)
        book = self._book(state, StatementId("ab" * 32), attested=True)
        set_marks(book, contract, [Mark(subject, flag, on) for subject, flag, on in marks])
        for pair, raw in state.changes().items():
            self.reader.put(pair, raw)

    def on(self, subject: str) -> Any:
        found = flags(At(State(self.reader), self.time, "CNY"), subject)
        assert found is not None
        return found["on"]


@pytest.fixture
def books() -> Marked:
    return Marked()


def test_flags_of_a_subject_are_listed_while_they_are_on(books: Marked) -> None:
    assert books.on("depot") == []
    books.mark(("depot", "watched", True), ("depot", "late", True), ("school", "late", True))
    assert (books.on("depot"), books.on("school")) == (["late", "watched"], ["late"])
    books.mark(("depot", "late", True), ("depot", "never", False))
    assert books.on("depot") == ["late", "watched"]
    books.mark(("depot", "late", False), contract="another")
    assert books.on("depot") == ["watched"]
    books.mark(("depot", "watched", False))
    assert books.on("depot") == [] and books.row("flags", flagged_key("depot")) is None
    assert books.on("school") == ["late"]


def test_a_subject_has_at_most_so_many(books: Marked) -> None:
    books.mark(*(("depot", f"f-{n}", True) for n in range(FLAGS_MAX)))
    assert len(books.on("depot")) == FLAGS_MAX == 64
    books.mark(("depot", "more", True))
    assert not is_flagged(State(books.reader), "more", "depot")
    books.mark(("depot", "f-0", False), ("depot", "more", True))
    assert len(books.on("depot")) == FLAGS_MAX and "more" in books.on("depot")


def test_a_long_subject_has_a_short_key(books: Marked) -> None:
    assert len(flagged_key("x" * 184)) == 192
    assert flagged_key("x" * 185).startswith("flagged/#")
    books.mark(("x" * 185, "watched", True))
    assert books.on("x" * 185) == ["watched"] and books.on("x" * 186) == []


def test_one_contract_sets_what_another_reads() -> None:
    mark = {"subject": "it.alert", "flag": "'seen'", "on": "it.level >= 4"}
    sets = compiled(trigger([{"id": "mark", "set_flag": mark}], contract="sets"))
    read = {"record": "flags", "key": "it.alert"}
    case = {"code": "'seen-before'", "subject": "it.areas[0]"}
    reads = compiled(
        trigger(
            [{"id": "tell", "when": "'seen' in before.on", "raise_alert": case}],
            contract="reads",
            facts={"before": read},
        )
    )
    played = Played(reads, sets)
    assert played.send("alert.declare", alert(level=4), "county/commander") == []
    [made] = played.send("alert.declare", alert(level=3), "county/commander")
    assert made.derived.body["class"] == "seen-before"
    assert played.send("alert.declare", alert(level=3), "county/commander") == []
