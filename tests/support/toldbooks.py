"""A book whose every applied statement is told to the facts, as the machine tells it.

`Told` logs real entries, so that what refers to an earlier statement finds it; it keeps the events
of each entry and the views that were judged.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from books import Books
from money import Money

from contracts.catalogue.catalogue import judged_views
from contracts.catalogue.judged import Judged, instant, judged
from contracts.catalogue.records import At
from contracts.facts.definition import Definition
from contracts.facts.recording import Applied, Event, events_of, record, record_lapse
from contracts.facts.rows import Wanted, listen, read
from ledger.book import Book
from ledger.canon import Value, encode
from ledger.entry import format_statement_entry
from ledger.envelope import StatementId, open_statement, sign_statement
from ledger.keys import SigningKey
from ledger.kinds import Kind, Nature, all_kinds
from ledger.shape import parse
from ledger.state import State

KEY = SigningKey.from_seed(sha256(b"told").digest())
EVERY_KIND = tuple(sorted(kind.name for kind in all_kinds().values()))


class Told(Money):
    """`Books` with indexes that listen; `occurred` is when the next facts happened."""

    def __init__(self, definitions: Iterable[Definition] = (), **rest: Any) -> None:
        super().__init__(**rest)
        self.listeners = listen(definitions)
        self.occurred: int | None = None
        self.events: list[list[Event]] = []
        self.views: list[list[dict[str, Any]]] = []
        self.kinds: list[str] = []

    def _commit(
        self, state: State, book: Book | None, statement: StatementId, kind: Kind[Any],
        body: Mapping[str, Value],
    ) -> int:  # fmt: skip
        index = len(self.reader.entries)
        if book is not None:
            self._tell(state, book, kind, body)
        index = Books._commit(self, state, book, statement, kind, body)
        self.reader.entries[index] = self._entry(kind, body, book)
        return index

    def _tell(self, state: State, book: Book, kind: Kind[Any], body: Mapping[str, Value]) -> None:
        self.kinds.append(kind.name)
        if set(body) == {"leg"}:
            self.views.append([])
            record_lapse(state, self.listeners, 0)
            return
        it = self.judged(book, kind, parse(kind.body, dict(body))[0])
        self.views.append(judged_views(it))
        applied = Applied(it, 0)
        self.events.append(events_of(applied, EVERY_KIND))
        record(state, self.listeners, applied)

    def judged(self, book: Book, kind: Kind[Any], body: Any) -> Judged:
        """A statement as it is judged, at the time at which it counts."""
        occurred = self.time if self.occurred is None else self.occurred
        at = instant(kind.nature, time=self.time, occurred_at=occurred)
        return judged(book, kind.name, body, at=at)

    def _entry(self, kind: Kind[Any], body: Mapping[str, Value], book: Book | None) -> bytes:
        occurred = self.time if self.occurred is None else self.occurred
        if set(body) == {"leg"}:
            return b"{}"
        payload = {
            "author": KEY.key_id,
            "body": dict(body),
            "expires": {"time": self.time + 1},
            "id": f"{len(self.reader.entries):032x}",
            "kind": kind.name,
            "log": "ledger.example.org",
            "occurred_at": self.time if kind.nature is Nature.AUTHORISATION else occurred,
            "v": 1,
        }
        envelope = open_statement(sign_statement(payload, [KEY]))
        effects = book.effects() if book is not None else None
        outcome = {"code": "ok", "effects": {} if effects is None else effects.value()}
        return format_statement_entry(0, self.time, envelope, encode(outcome))

    # What a test looks at

    def state(self) -> State:
        """The rows as they are."""
        return State(self.reader)

    def at(self, currency: str = "CNY") -> At:
        """Where records are read now."""
        return At(self.state(), self.time, currency)

    def fact(self, index: Definition, *values: Value, wanted: Wanted = "counted") -> Any:
        """An aggregate now."""
        return read(self.state(), index, list(values), self.time, wanted)
