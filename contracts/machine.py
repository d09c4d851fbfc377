"""The state machine: `step(reader, batch) -> entries, row changes`.

The one function that every path runs: the embedded writer, a mirror, an auditor's replay. It is
pure: no disk, clock, network, randomness or float; it reads through a `Reader`, holds nothing
between batches, and what it returns is all that a store may commit. The same reader and batch give
the same bytes everywhere.

Order in a batch: deadlines that passed (oldest first, at most `LAPSES_MAX`), then the statements
in the orderer's order, the batch entry last. Each statement passes the checks of
`docs/spec/statement.md` in their order; the first that applies names the code. A batch in which
nothing makes an entry changes nothing.

Contracts are judged between the law of the kind and the entry; while genesis says `gates: false`
and none is adopted, nothing judges and an outcome bears none of their keys.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger import merkle
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import NO_ENTRY, Code
from ledger.entries.genesis import Genesis, founding_keys
from ledger.entries.key import due_of
from ledger.entry import (
    BatchEntry,
    Cause,
    Effects,
    Outcome,
    auto_id,
    format_auto_entry,
    format_batch_entry,
    format_statement_entry,
    has_digest,
)
from ledger.envelope import Statement, StatementId, check_signatures
from ledger.errors import FormatError, Refusal, Refused
from ledger.indexes import Indexes
from ledger.keys import KeyId, verify_enrolled
from ledger.kinds import Kind, Nature, all_kinds
from ledger.members import SIGNING_USES, Actor, Key, Signers, find_actor, find_key
from ledger.shape import parse
from ledger.state import Head, Pair, Reader, State
from ledger.stateroot import EMPTY, TABLES, TableChange, state_root, update

PROTOCOL = 1
"""Version of the state machine, written in every batch entry."""

LAPSES_MAX = 1_000
"""Deadlines recorded at the head of one batch; the rest follow with the next."""

EXPIRES_MAX_S = {Nature.AUTHORISATION: 7 * 86_400, Nature.ATTESTATION: 400 * 86_400}
"""How far after batch time a statement's `expires` may lie."""

DEVICE_MARGIN_S = 86_400
"""A device's fact waits for what it refers to up to this long before its key ends."""

Check = Callable[[bytes, bytes, bytes], bool]
"""public key, message, signature -> whether it holds; a pure function, which may be remembered."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the orderer hands to the machine: its clock, in seconds, and statements in order."""

    time: int
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one statement of a batch.

    `index` is its entry (for `replayed` the first one), None where no entry was made.
    `refusal` says why it was refused or is None.
    """

    statement: StatementId
    code: Code
    index: int | None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """All that one batch changes; a store commits it in one transaction or not at all.

    entries     entry bytes in log order, from index `first`; the last is the batch entry
    leaves      their leaf hashes
    rows        changed rows of the state tables, canonical value bytes, None = deleted
    edges       changed right edges behind rows of table `index` (32-byte hashes joined)
    ids         newly logged statement ids -> entry index (statement and auto entries)
    nonces      newly used (author, client-made id) -> statement id
    tables      for each changed table its new root, pages and interior hashes
    head        the new head; equal to the old one when nothing made an entry
    answers     one for each statement of the batch, in its order
    effects     entry index -> effects that were too large to be logged: the entry has their digest
    """

    first: int
    entries: tuple[bytes, ...]
    leaves: tuple[bytes, ...]
    rows: Mapping[Pair, bytes | None]
    edges: Mapping[str, bytes]
    ids: Mapping[StatementId, int]
    nonces: Mapping[tuple[KeyId, str], StatementId]
    tables: Mapping[str, TableChange]
    head: Head
    answers: tuple[Answer, ...]
    effects: Mapping[int, Effects] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether the batch made no entry: then nothing is written."""
        return not self.entries


def step(reader: Reader, batch: Batch, *, check: Check = verify_enrolled) -> Step:
    """All that `batch` changes in the state that `reader` shows; nothing is written.

    The first batch of a log is its `genesis` statement alone. `check` is `verify_enrolled`, or the
    same with its answers remembered.
    """
    return _Run(reader, batch, check).all()


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement whose body has the form of its kind; `out_of_range` is checked later."""

    statement: Statement
    kind: Kind[Any]
    body: Any
    out_of_range: Refusal | None


class _Run:
    """One batch at work."""

    def __init__(self, reader: Reader, batch: Batch, check: Check) -> None:
        self.reader, self.batch, self.check = reader, batch, check
        self.head = reader.head()
        self.time = max(self.head.time, batch.time)
        self.number = self.head.batch + 1
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
        self._keys: dict[KeyId, Key | None] = {}
        self._actors: dict[str, Actor | None] = {}

    @property
    def index(self) -> int:
        """The index of the next entry."""
        return self.head.size + len(self.entries)

    def all(self) -> Step:
        forms = [self._form(statement) for statement in self.batch.statements]
        self._prefetch([form for form in forms if isinstance(form, _Form)])
        if self.head.batch >= 0:
            self._lapse()
        answers = tuple(self._answer(form) for form in forms)
        return self._close(answers)

    # Reading ahead

    def _form(self, statement: Statement) -> _Form | Answer:
        try:
            kind = all_kinds().get((statement.kind, statement.v))
            if kind is None:
                wanted = "a kind and version that this ledger knows"
                raise Refused(Code.MALFORMED, "kind", wanted=wanted)
            body, out_of_range = parse(kind.body, statement.body)
        except Refused as refused:
            return Answer(statement.id, refused.refusal.code, None, refused.refusal)
        return _Form(statement, kind, body, out_of_range)

    def _prefetch(self, forms: list[_Form]) -> None:
        rows: dict[Pair, None] = {}
        for form in forms:
            statement, kind, body = form.statement, form.kind, form.body
            for key in statement.signers:
                rows[("keys", key)] = None
            for reference in kind.references(body):
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

    def _key(self, key_id: KeyId) -> Key | None:
        if key_id not in self._keys:
            self._keys[key_id] = find_key(self.state, key_id)
        return self._keys[key_id]

    def _actor(self, key_id: KeyId) -> Actor:
        key = self._key(key_id)
        assert key is not None
        if key.actor not in self._actors:
            self._actors[key.actor] = find_actor(self.state, key.actor)
        actor = self._actors[key.actor]
        assert actor is not None, key.actor
        return actor

    def _find_entry(self, statement: StatementId) -> tuple[int, bytes] | None:
        index = self.ids.get(statement)
        if index is not None:
            return index, self.entries[index - self.head.size]
        index = self.reader.indexes([statement]).get(statement)
        return None if index is None else (index, self.reader.entry(index))

    # One statement

    def _answer(self, form: _Form | Answer) -> Answer:
        if isinstance(form, Answer):
            return form
        statement = form.statement
        savepoint = self.state.savepoint()
        book = self._book(statement.id, attested=form.kind.nature is Nature.ATTESTATION)
        try:
            first = self.ids.get(statement.id, self.logged_before.get(statement.id))
            if statement.log == self.head.origin and first is not None:
                return Answer(statement.id, Code.REPLAYED, first)
            if self.head.batch < 0:
                self._check_founders(form)
            else:
                self._check_entry(form, book)
            self._check_logged(form, book)
            outcome = self._apply(form, book)
            raw = outcome.encode(attested=book.attested)
        except Refused as refused:
            self.state.rollback(savepoint)
            return self._refuse(form, refused.refusal)
        except FormatError as error:
            self.state.rollback(savepoint)
            return self._refuse(form, Refusal(error.code, "outcome"))
        index = self._log_statement(statement, raw, book.subjects())
        self._keep_large(index, raw, outcome.effects)
        if form.kind.noun in ("genesis", "key", "member"):
            self._keys.clear()
            self._actors.clear()
        return Answer(statement.id, outcome.code, index)

    def _book(self, statement: StatementId, *, attested: bool) -> Book:
        return Book(
            self.state,
            self.indexes,
            time=self.time,
            index=self.index,
            statement=statement,
            attested=attested,
            find_entry=self._find_entry,
        )

    def _check_founders(self, form: _Form) -> None:
        """Genesis brings its own keys; anything else has no log to go to yet."""
        statement = form.statement
        if not isinstance(form.body, Genesis) or self.entries:
            raise Refused(Code.WRONG_ORIGIN, "log", log=statement.log)
        keys = founding_keys(form.body)
        for key in statement.signers:
            found = keys.get(key)
            if found is None or found.use != "author" or not _is_actor(form.body, found.actor):
                raise Refused(Code.UNKNOWN_KEY, f"key {key}", key=key)
            self._keys[key] = found
            row = next(row for row in form.body.actors if row.id == found.actor)
            scope = row.scope
            self._actors[found.actor] = Actor(
                row.id, row.person, row.roles, scope.areas, scope.funds, scope.sites
            )
        check_signatures(statement, lambda key: keys[key].public)
        if form.out_of_range is not None:
            raise Refused(
                form.out_of_range.code, form.out_of_range.where, **form.out_of_range.values
            )

    def _check_entry(self, form: _Form, book: Book) -> None:
        """The checks after which no entry is made, in order."""
        statement, kind = form.statement, form.kind
        if statement.log != self.head.origin or isinstance(form.body, Genesis):
            raise Refused(Code.WRONG_ORIGIN, "log", log=statement.log, wanted=self.head.origin)
        keys = {}
        for key_id in statement.signers:
            key = self._key(key_id)
            if key is None or key.use not in SIGNING_USES:
                raise Refused(Code.UNKNOWN_KEY, f"key {key_id}", key=key_id)
            keys[key_id] = key
        for key in keys.values():
            if not key.in_force(book.index):
                raise Refused(Code.REVOKED_KEY, f"key {key.id}", key=key.id, entry=key.to_size - 1)
        check_signatures(statement, lambda key_id: keys[key_id].public, verify=self.check)
        if form.out_of_range is not None:
            raise Refused(
                form.out_of_range.code, form.out_of_range.where, **form.out_of_range.values
            )
        furthest = self.time + EXPIRES_MAX_S[kind.nature]
        if statement.expires_time > furthest:
            value = statement.expires_time
            raise Refused(Code.OUT_OF_RANGE, "expires.time", value=value, low=0, high=furthest)
        if statement.expires_size is not None and book.attested:
            raise Refused(
                Code.OUT_OF_RANGE, "expires.size", value=statement.expires_size, low=0, high=0
            )
        for reference in kind.references(form.body):
            if self.state.get(reference.table, reference.key) is None and (
                not book.attested or self._may_wait(statement, keys[statement.author], book)
            ):
                raise Refused(Code.UNKNOWN_REFERENCE, reference.where, key=reference.key)

    def _may_wait(self, statement: Statement, author: Key, book: Book) -> bool:
        """Whether what a fact refers to may still arrive before the fact must be logged."""
        if self.time >= statement.expires_time:
            return False
        due = due_of(book, author.id) if author.use == "device" else None
        return due is None or self.time < due - DEVICE_MARGIN_S

    def _check_logged(self, form: _Form, book: Book) -> None:
        """The checks whose refusal is logged, in order, up to the law of the kind."""
        statement = form.statement
        nonce = (statement.author, statement.nonce)
        other = self.nonces.get(nonce, self.nonces_before.get(nonce))
        if other is not None:
            raise Refused(Code.ID_REUSED, "id", other=other)
        if not book.attested:
            size = statement.expires_size
            if self.time > statement.expires_time:
                raise Refused(
                    Code.EXPIRED, "expires.time", value=statement.expires_time, now=self.time
                )
            if size is not None and book.index > size:
                raise Refused(Code.EXPIRED, "expires.size", value=size, now=book.index)
        author, *cosigners = (self._actor(key) for key in statement.signers)
        form.kind.authority(book, Signers(self.state, author, tuple(cosigners)), form.body)
        for tag in form.kind.tags(form.body):
            holder = self.state.get("references", tag)
            if holder is not None:
                raise Refused(Code.REFERENCE_USED, "body", tag=tag, other=str(holder))

    def _apply(self, form: _Form, book: Book) -> Outcome:
        form.kind.apply(book, form.body)
        for tag in form.kind.tags(form.body):
            self.state.put("references", tag, form.statement.id)
        late = max(0, self.time - form.statement.expires_time) if book.attested else 0
        code = Code.FLAGGED if book.breaches or late else Code.OK
        return Outcome(code, book.effects(), tuple(book.breaches), late)

    def _refuse(self, form: _Form, refusal: Refusal) -> Answer:
        if refusal.code in NO_ENTRY or self.head.batch < 0:
            return Answer(form.statement.id, refusal.code, None, refusal)
        index = self._log_statement(form.statement, Outcome(refusal.code).encode(), ())
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

    def _keep_large(self, index: int, outcome: bytes, effects: Effects) -> None:
        if has_digest(outcome):
            self.large[index] = effects

    def _lapse(self) -> None:
        """Record the deadlines that passed, oldest first."""
        due = self.state.scan("legs", "lapse", high=f"{self.time + 1:012d}/")
        passed = [row for row, _ in zip(due, range(LAPSES_MAX), strict=False)]
        for _, leg, row in passed:
            assert isinstance(row, dict)
            self._lapse_one(leg, row)
        if passed:
            self._keys.clear()
            self._actors.clear()

    def _lapse_one(self, leg: str, row: Mapping[str, Value]) -> None:
        kind = next(k for k in all_kinds().values() if k.name == row["kind"])
        assert kind.lapse is not None, kind.name
        opened = row["entry"]
        assert isinstance(opened, int)
        cause = Cause(opened, f"expiry/{leg}")
        derived = auto_id(self.head.origin, cause)
        book = self._book(derived, attested=True)
        savepoint = self.state.savepoint()
        try:
            kind.lapse(book, leg, row)
            outcome = Outcome(Code.OK, book.effects()).encode(attested=True)
            self._keep_large(self.index, outcome, book.effects())
        except Refused as refused:
            # It counts as done, else it would come back with every batch.
            self.state.rollback(savepoint)
            self.state.put("legs", leg, {k: v for k, v in row.items() if k != "lapse"})
            book = self._book(derived, attested=True)
            outcome = Outcome(refused.refusal.code).encode()
        body: Value = {"leg": leg}
        entry = format_auto_entry(self.number, self.time, cause, "deadline.pass", 1, body, outcome)
        self._log(derived, entry, outcome, book.subjects())

    def _close(self, answers: tuple[Answer, ...]) -> Step:
        first = self.head.size
        if not self.entries:
            return Step(first, (), (), {}, {}, {}, {}, {}, self.head, answers)
        edges = self.indexes.close()
        rows = self.state.changes()
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
            origin=self.head.origin or self.batch.statements[0].log,
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


def _is_actor(body: Genesis, actor: str) -> bool:
    return any(row.id == actor for row in body.actors)
