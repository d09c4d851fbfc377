"""The state machine: `step(reader, batch) -> entries, row changes`.

The one function that every path runs: the embedded writer, a mirror, an auditor's replay. It is
pure: no disk, clock, network, randomness or float; it reads through a `Reader`, holds nothing
between batches, and what it returns is all that a store may commit. The same reader and batch give
the same bytes everywhere.

Order in a batch: what has come due (`contracts.due`: adopted contracts whose time has come,
deadlines that passed), the hour, the items of runs, then the statements in the orderer's order,
each with what it causes right behind it, the batch entry last. Each statement passes the checks of
`docs/spec/statement.md` in their order; the first that applies names the code. A batch in which
nothing makes an entry changes nothing.

Contracts are judged between the law of the kind and the entry; while genesis says `gates: false`
and none is adopted, nothing judges and an outcome bears none of their keys.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from contracts.adoption.bounds import Looked
from contracts.adoption.force import load
from contracts.adoption.proposing import NOUN as CONTRACT
from contracts.adoption.proposing import after_law
from contracts.batch import Answer, Batch, Step
from contracts.causing import Causing, Owed
from contracts.checks import Check, Checks, Form, form_of
from contracts.due import activate, lapse
from contracts.facts.backfill import take_beside
from contracts.judging.force import Force
from contracts.judging.outcome import Asked, Denied, Judging
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import NO_ENTRY, Code
from ledger.entry import (
    BatchEntry,
    Cause,
    Effects,
    Outcome,
    format_auto_entry,
    format_batch_entry,
    format_statement_entry,
    has_digest,
)
from ledger.envelope import Statement, StatementId
from ledger.errors import FormatError, Refusal, Refused
from ledger.goods.reservation import keep_to_stock
from ledger.indexes import Indexes
from ledger.keys import KeyId, verify_enrolled
from ledger.kinds import LOG, Nature
from ledger.log import merkle
from ledger.state import Head, Pair, Reader, State
from ledger.stateroot import EMPTY, TABLES, TableChange, state_root, update

__all__ = ["Answer", "Batch", "Check", "Step", "step"]

PROTOCOL = 1
"""Version of the state machine, written in every batch entry."""


def step(
    reader: Reader,
    batch: Batch,
    *,
    check: Check = verify_enrolled,
    in_force: Callable[[State], Force] = load,
    beside: Collection[str] = (),
    alone: bool = False,
) -> Step:
    """All that `batch` changes in the state that `reader` shows; nothing is written.

    The first batch of a log is its `genesis` statement alone. `check` is `verify_enrolled`, or the
    same with its answers remembered. `in_force` is what members adopted; dry runs and simulations
    alone put something beside it, and what they make is never committed. `beside`: ids of indexes
    that `in_force` has listen and whose rows are no part of the state but told in `Step.beside`: so
    a log that is executed again gives an index what it missed (`contracts.memory.Refill`). `alone`:
    the statements and what they cause, without deadlines, the hour and the items of runs: for dry
    runs.
    """
    run = _Run(reader, batch, check, in_force)
    run.beside, run.alone = frozenset(beside), alone
    return run.all()


class _Run:
    """One batch at work."""

    def __init__(
        self, reader: Reader, batch: Batch, check: Check, in_force: Callable[[State], Force]
    ) -> None:
        self.reader, self.batch, self.in_force = reader, batch, in_force
        self.head = reader.head()
        self.time = max(self.head.time, batch.time)
        self.number = self.head.batch + 1
        self.origin = self.head.origin
        self.state = State(reader)
        self.indexes = Indexes(self.state)
        self.entries: list[bytes] = []
        self.leaves: list[bytes] = []
        self.outcomes: list[bytes] = []
        self.large: dict[int, Effects] = {}
        self.ids: dict[StatementId, int] = {}
        self.logged_before: Mapping[StatementId, int] = {}
        self.nonces: dict[tuple[KeyId, str], StatementId] = {}
        self.nonces_before: Mapping[tuple[KeyId, str], StatementId] = {}
        self.checks = Checks(self.state, self.head.origin, check)
        self.judging: Judging | None = None
        self.causing: Causing | None = None
        self.beside: frozenset[str] = frozenset()
        self.alone = False
        self.looked = Looked()

    @property
    def index(self) -> int:
        """The index of the next entry."""
        return self.head.size + len(self.entries)

    def all(self) -> Step:
        forms = [_form_or_answer(statement) for statement in self.batch.statements]
        self._prefetch([form for form in forms if isinstance(form, Form)])
        if self.head.batch >= 0:
            if not self.alone:
                activate(self, self.state, self.head.origin, self.time)
            force = self.in_force(self.state)
            if force.active:
                self.judging = Judging(self.state, force, time=self.time)
                self.causing = Causing(self, self.judging, self.head)
            if not self.alone:
                self._go_on()
        answers = tuple(self._answer(form) for form in forms)
        return self._close(answers)

    def _go_on(self) -> None:
        """What nobody has to ask for: deadlines, the hour, the items of runs."""
        if lapse(self, self.state, self.head.origin, self.time, self.judging):
            self.checks.forget()
        if self.causing is not None:
            self.causing.hour()
            self.causing.runs()

    # Reading ahead

    def _prefetch(self, forms: list[Form]) -> None:
        rows: dict[Pair, None] = {}
        for form in forms:
            statement, kind, body = form.statement, form.kind, form.body
            for key in statement.signers:
                rows[("keys", key)] = None
            for reference in kind.references(body):
                if reference.table != LOG:
                    rows[(reference.table, reference.key)] = None
            for tag in kind.tags(body):
                rows[("references", tag)] = None
            for pair in kind.reads(statement.id, body):
                rows[pair] = None
        subjects = [key for table, key in rows if table == "index"]
        self.state.prefetch(list(rows))
        self.indexes.prefetch(subjects)
        self.logged_before = self.reader.indexes([form.statement.id for form in forms])
        used = [(form.statement.author, form.statement.nonce) for form in forms]
        self.nonces_before = self.reader.nonces(used)

    def _find_entry(self, statement: StatementId) -> tuple[int, bytes] | None:
        index = self.ids.get(statement)
        if index is not None:
            return index, self.entries[index - self.head.size]
        index = self.reader.indexes([statement]).get(statement)
        return None if index is None else (index, self.reader.entry(index))

    # One statement

    def _answer(self, form: Form | Answer) -> Answer:
        if isinstance(form, Answer):
            return form
        statement = form.statement
        savepoint = self.state.savepoint()
        book = self.book(statement.id, attested=form.kind.nature is Nature.ATTESTATION)
        try:
            first = self.ids.get(statement.id, self.logged_before.get(statement.id))
            if statement.log == self.head.origin and first is not None:
                return Answer(statement.id, Code.REPLAYED, first)
            if self.head.batch >= 0:
                self.checks.before_entry(form, book)
            elif self.entries:
                raise Refused(Code.WRONG_ORIGIN, "log", log=statement.log)
            else:
                self.checks.before_genesis(form)
            nonce = (statement.author, statement.nonce)
            other = self.nonces.get(nonce, self.nonces_before.get(nonce))
            self.checks.before_law(form, book, other)
            outcome, book, owed = self._conclude(form, book)
            raw = outcome.encode(attested=book.attested)
        except Refused as refused:
            self.state.rollback(savepoint)
            return self._refuse(form, refused.refusal)
        except Denied as denied:
            self.state.rollback(savepoint)
            return self._refuse(form, denied.refusal, denied.told)
        except FormatError as error:
            self.state.rollback(savepoint)
            return self._refuse(form, Refusal(error.code, "outcome"))
        index = self._log_statement(statement, raw, book.subjects())
        self._keep_large(index, raw, outcome.effects)
        if form.kind.noun == "genesis":
            self.origin = statement.log
        # Also what an approval posts may be about members.
        if form.kind.noun in ("genesis", "key", "member") or book.posted:
            self.checks.forget()
        if self.causing is not None:
            self.causing.do(index, owed)
        return Answer(statement.id, outcome.code, index)

    def book(self, statement: StatementId, *, attested: bool) -> Book:
        """An empty book for the next entry, which is about `statement`."""
        return Book(
            self.state,
            self.indexes,
            time=self.time,
            index=self.index,
            statement=statement,
            attested=attested,
            find_entry=self._find_entry,
            settle=None if self.judging is None else self.judging.settler,
        )

    def _conclude(self, form: Form, book: Book) -> tuple[Outcome, Book, list[Owed]]:
        """The law of the kind, then the contracts; the book with the effects, what it causes."""
        statement = form.statement
        owed: list[Owed] = []
        if self.judging is not None:
            # What an approval before this one posted, and was then denied, is of no account.
            self.judging.settler.posted.clear()
        since = self.state.savepoint()
        form.kind.apply(book, form.body)
        if form.kind.noun == CONTRACT:
            self.looked.take(book, form.body)
            after_law(book, form.body)
        keep_to_stock(book)
        late = max(0, self.time - statement.expires_time) if book.attested else 0
        if self.judging is None:
            code = Code.FLAGGED if book.breaches or late else Code.OK
            outcome = Outcome(code, book.effects(), tuple(book.breaches), late, book.settled())
        else:
            asked = Asked(form.kind, form.body, statement.occurred_at, late, statement)
            anew = partial(self.book, statement.id, attested=book.attested)
            done = self.judging.conclude(asked, book, anew, since=since)
            outcome, book = done.outcome, done.book
            if self.causing is not None:
                owed = self.causing.of_statement(form.kind, form.body, done)
        for tag in form.kind.tags(form.body):
            self.state.put("references", tag, statement.id)
        return outcome, book, owed

    def _refuse(
        self, form: Form, refusal: Refusal, told: Mapping[str, Value] | None = None
    ) -> Answer:
        if refusal.code in NO_ENTRY or self.head.batch < 0:
            return Answer(form.statement.id, refusal.code, None, refusal)
        outcome = Outcome(refusal.code, extra=told or {}).encode()
        index = self._log_statement(form.statement, outcome, ())
        return Answer(form.statement.id, refusal.code, index, refusal)

    # Entries

    def _log_statement(self, statement: Statement, outcome: bytes, subjects: Iterable[str]) -> int:
        entry = format_statement_entry(self.number, self.time, statement, outcome)
        self.nonces.setdefault((statement.author, statement.nonce), statement.id)
        return self._log(statement.id, entry, outcome, subjects)

    def _log(
        self, statement: StatementId, entry: bytes, outcome: bytes, subjects: Iterable[str]
    ) -> int:
        index = self.index
        leaf = merkle.leaf_hash(entry)
        self.indexes.add(subjects, index, leaf)
        self.entries.append(entry)
        self.leaves.append(leaf)
        self.outcomes.append(outcome)
        self.ids[statement] = index
        return index

    def is_logged(self, statement: StatementId) -> bool:
        """Whether it has an entry, of this batch too."""
        return statement in self.ids or bool(self.reader.indexes([statement]))

    def log_auto(
        self, cause: Cause, kind: str, body: Mapping[str, Value], outcome: bytes, book: Book
    ) -> int:
        """Log a derived entry with the effects of `book`; its index."""
        raw = format_auto_entry(self.number, self.time, cause, kind, 1, dict(body), outcome)
        index = self._log(book.statement, raw, outcome, book.subjects())
        self._keep_large(index, outcome, book.effects())
        return index

    def _keep_large(self, index: int, outcome: bytes, effects: Effects) -> None:
        if has_digest(outcome):
            self.large[index] = effects

    def _close(self, answers: tuple[Answer, ...]) -> Step:
        first = self.head.size
        if not self.entries:
            return Step(first, (), (), {}, {}, {}, {}, {}, self.head, answers)
        edges = self.indexes.close()
        rows = self.state.changes()
        beside = take_beside(rows, self.beside) if self.beside else {}
        self._check_totals(rows)
        tables = self._update_tables(rows)
        roots = {name: self._table_root(name, tables) for name in TABLES}
        entry = BatchEntry(
            batch=self.number,
            time=self.time,
            first=first,
            count=len(self.entries),
            outcomes=merkle.root([merkle.leaf_hash(raw) for raw in self.outcomes]),
            state_root=state_root(roots),
            protocol=PROTOCOL,
        )
        raw = format_batch_entry(entry)
        self.entries.append(raw)
        self.leaves.append(merkle.leaf_hash(raw))
        log = merkle.Frontier(self.head.size, self.head.edge)
        for leaf in self.leaves:
            log.append(leaf)
        head = Head(
            origin=self.origin,
            size=log.size,
            batch=self.number,
            time=self.time,
            protocol=PROTOCOL,
            state_root=entry.state_root,
            edge=tuple(log.hashes),
        )
        return Step(
            first=first,
            entries=tuple(self.entries),
            leaves=tuple(self.leaves),
            rows=rows,
            edges=edges,
            ids=self.ids,
            nonces=self.nonces,
            tables=tables,
            head=head,
            answers=answers,
            effects=self.large,
            listed=self.indexes.listed(),
            beside=beside,
        )

    def _update_tables(self, rows: Mapping[Pair, bytes | None]) -> dict[str, TableChange]:
        by_table: dict[str, dict[str, bytes | None]] = {}
        for (table, key), value in rows.items():
            by_table.setdefault(table, {})[key] = value
        return {name: update(self.reader, name, by_table[name]) for name in sorted(by_table)}

    def _table_root(self, table: str, changed: Mapping[str, TableChange]) -> bytes:
        if table in changed:
            return changed[table].root
        point = self.reader.hash(table, 1)
        return EMPTY if point is None else point[1:]

    def _check_totals(self, rows: Iterable[Pair]) -> None:
        """in - reversed in = inside + out - reversed out + contra + neutral, for what changed."""
        for table, commodity in rows:
            if table == "totals":
                vector = self.state.get("totals", commodity)
                assert isinstance(vector, list)
                came, came_back, inside, out, out_back, contra, neutral = (
                    int(str(text)) for text in vector
                )
                assert came - came_back == inside + out - out_back + contra + neutral, commodity


def _form_or_answer(statement: Statement) -> Form | Answer:
    try:
        return form_of(statement)
    except Refused as refused:
        return Answer(statement.id, refused.refusal.code, None, refused.refusal)
