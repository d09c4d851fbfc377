"""Notices: what contracts tell somebody is kept for them, in order, once.

Goal: nobody misses a notice that is kept, or reads one twice; a recipient who never listens does not
fill the state; a replay comes to the same rows.
Method: messages by hand on a small book, on both sides of what is kept; then a trigger that notifies,
adopted on a founded ledger.
"""

import pytest
from adopting import adopt
from books import Books
from ledgers import TestLedger, founded
from standinggates import gift, replayed
from telling import telling

from contracts.duties import notices
from contracts.duties.derived import Message
from contracts.duties.notices import KEPT_MAX, count_of, notice_key, notices_key, notices_of, tell
from ledger.envelope import StatementId
from ledger.state import State


def message(to: str, code: str = "come-back") -> Message:
    return Message(to, code, "area/east", "told", "ab/effect/")


class Telling(Books):
    """A book on which messages are told."""

    def tell(self, *messages: Message, entry: int = 7) -> None:
        state = State(self.reader)
        book = self._book(state, StatementId("ab" * 32), attested=True)
        tell(book, messages, entry=entry)
        for pair, raw in state.changes().items():
            self.reader.put(pair, raw)

    def told(self, to: str, after: int = 0, limit: int = 100) -> list[tuple[int, str]]:
        found = notices_of(State(self.reader), to, after, limit)
        return [(one.n, one.code) for one in found]


@pytest.fixture
def books() -> Telling:
    return Telling()


def test_each_recipient_has_a_list_of_their_own(books: Telling) -> None:
    books.tell(message("red", "first"), message("blue"), message("red", "second"))
    books.tell(message("red", "third"))
    assert books.told("red") == [(1, "first"), (2, "second"), (3, "third")]
    assert books.told("blue") == [(1, "come-back")]
    assert books.told("re") == books.told("nobody") == []
    assert books.row("flags", notice_key("blue", 1)) == {
        "code": "come-back", "contract": "told", "entry": 7, "rule": "ab/effect/",
        "subject": "area/east", "time": books.time,
    }  # fmt: skip


def test_whoever_asks_after_the_last_reads_each_once(books: Telling) -> None:
    books.tell(*(message("red", f"n-{n}") for n in range(1, 6)))
    assert [n for n, _ in books.told("red", 0, 2)] == [1, 2]
    assert [n for n, _ in books.told("red", 2, 2)] == [3, 4]
    assert [n for n, _ in books.told("red", 4, 2)] == [5]
    assert books.told("red", 5) == books.told("red", 6) == []


def test_the_oldest_goes_when_there_are_too_many(
    books: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "KEPT_MAX", 3)
    books.tell(*(message("red") for _ in range(3)))
    assert [n for n, _ in books.told("red")] == [1, 2, 3]
    books.tell(message("red"))
    assert [n for n, _ in books.told("red")] == [2, 3, 4]
    assert books.row("flags", notice_key("red", 1)) is None
    assert count_of(State(books.reader), "red") == 4
    assert KEPT_MAX == 1_024


@pytest.mark.parametrize(("length", "hashed"), [(128, False), (129, True)])
def test_a_long_name_is_kept_under_its_hash(books: Telling, length: int, hashed: bool) -> None:
    to = "x" * length
    books.tell(message(to))
    assert len(books.told(to)) == 1
    assert ("#" in notices_key(to)) is hashed


# ---- through the machine ------------------------------------------------------------------------


def heard(ledger: TestLedger) -> list[tuple[int, str, int]]:
    """(number, subject, entry) of what red was told."""
    found = notices_of(State(ledger.memory), "red", 0, 100)
    return [(one.n, one.subject, one.entry) for one in found]


def test_a_trigger_tells_and_makes_no_entry() -> None:
    ledger = founded()
    adopt(ledger, telling(), mode="enforce")
    size = len(ledger.memory.entries)
    small, large = gift(ledger, 100), gift(ledger, 101)
    assert (small.code, large.code) == ("ok", "ok")
    # Two statements and the ends of two batches.
    assert len(ledger.memory.entries) == size + 4
    assert heard(ledger) == [(1, "flood.general", large.index)]
    again = gift(ledger, 500)
    assert heard(ledger)[1:] == [(2, "flood.general", again.index)]
    replayed(ledger)


def test_a_trigger_that_is_only_watched_tells_nobody() -> None:
    ledger = founded()
    adopt(ledger, telling(), mode="shadow")
    gift(ledger, 500)
    assert heard(ledger) == []
