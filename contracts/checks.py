"""The order of checks: what a statement must pass before the law of its kind is asked.

One code a check, the first that applies (`docs/spec/statement.md`). The checks of form come first:
after them no entry is made and the client's id stays free. Those that follow are logged.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ledger.book import Book
from ledger.codes import Code
from ledger.entries.genesis import ActorDefinition, Genesis, founding_keys
from ledger.entries.key import due_of
from ledger.envelope import Statement, StatementId, check_signatures
from ledger.errors import Refusal, Refused
from ledger.keys import KeyId
from ledger.kinds import Kind, Nature, all_kinds
from ledger.members import SIGNING_USES, Actor, Key, Signers, acting, find_key
from ledger.shape import parse
from ledger.state import State

EXPIRES_MAX_S = {Nature.AUTHORISATION: 7 * 86_400, Nature.ATTESTATION: 400 * 86_400}
"""How far after batch time a statement's `expires` may lie."""

DEVICE_MARGIN_S = 86_400
"""A device's fact waits for what it refers to up to this long before its key ends."""

Check = Callable[[bytes, bytes, bytes], bool]
"""public key, message, signature -> whether it holds; a pure function, which may be remembered."""


@dataclass(frozen=True, slots=True)
class Form:
    """A statement whose body has the form of its kind; `out_of_range` is a later check."""

    statement: Statement
    kind: Kind[Any]
    body: Any
    out_of_range: Refusal | None


def form_of(statement: Statement) -> Form:
    """The statement with its typed body; `Refused(malformed)` where kind or body have no form."""
    kind = all_kinds().get((statement.kind, statement.v))
    if kind is None:
        raise Refused(Code.MALFORMED, "kind", wanted="a kind and version that this ledger knows")
    body, out_of_range = parse(kind.body, statement.body)
    return Form(statement, kind, body, out_of_range)


class Checks:
    """The checks on statements of one batch; keys and actors are read once."""

    def __init__(self, state: State, origin: str, verify: Check) -> None:
        self._state, self._origin, self._verify = state, origin, verify
        self._keys: dict[KeyId, Key | None] = {}
        self._actors: dict[KeyId, Actor | None] = {}

    def forget(self) -> None:
        """Keys or members changed: read them anew."""
        self._keys.clear()
        self._actors.clear()

    def before_genesis(self, form: Form) -> None:
        """Genesis brings its own keys; any other statement has no log to go to yet."""
        statement = form.statement
        another = self._origin and statement.log != self._origin
        if another or not isinstance(form.body, Genesis):
            raise Refused(Code.WRONG_ORIGIN, "log", log=statement.log)
        keys = founding_keys(form.body)
        actors = {row.id: _actor_of(row) for row in form.body.actors}
        for key_id in statement.signers:
            key = keys.get(key_id)
            if key is None or key.use != "author" or key.actor not in actors:
                raise Refused(Code.UNKNOWN_KEY, f"key {key_id}", key=key_id)
            self._keys[key_id] = key
            self._actors[key_id] = replace(actors[key.actor], key=key_id)
        check_signatures(statement, lambda key_id: keys[key_id].public)
        self._check_ranges(form)

    def before_entry(self, form: Form, book: Book) -> None:
        """The checks after which no entry is made, in order."""
        statement = form.statement
        if statement.log != self._origin or isinstance(form.body, Genesis):
            raise Refused(Code.WRONG_ORIGIN, "log", log=statement.log, wanted=self._origin)
        keys = {key_id: self._signing_key(key_id) for key_id in statement.signers}
        for key in keys.values():
            if not key.in_force(book.index):
                raise Refused(Code.REVOKED_KEY, f"key {key.id}", key=key.id, entry=key.to_size - 1)
        check_signatures(statement, lambda key_id: keys[key_id].public, verify=self._verify)
        self._check_ranges(form)
        self._check_expiry_range(form, book)
        for reference in form.kind.references(form.body):
            if not reference.is_known(book) and (
                not book.attested or self._may_wait(statement, keys[statement.author], book)
            ):
                raise Refused(Code.UNKNOWN_REFERENCE, reference.where, key=reference.key)

    def before_law(self, form: Form, book: Book, other: StatementId | None) -> None:
        """The checks whose refusal is logged. `other` has used the client's id, if it was used."""
        statement = form.statement
        if other is not None:
            raise Refused(Code.ID_REUSED, "id", other=other)
        if not book.attested:
            time, size = statement.expires_time, statement.expires_size
            if book.time > time:
                raise Refused(Code.EXPIRED, "expires.time", value=time, now=book.time)
            if size is not None and book.index > size:
                raise Refused(Code.EXPIRED, "expires.size", value=size, now=book.index)
        author, *cosigners = (self._actor(key) for key in statement.signers)
        book.signers = Signers(self._state, author, tuple(cosigners))
        form.kind.authority(book, book.signers, form.body)
        for tag in form.kind.tags(form.body):
            holder = self._state.get("references", tag)
            if holder is not None:
                raise Refused(Code.REFERENCE_USED, "body", tag=tag, other=str(holder))

    def _check_ranges(self, form: Form) -> None:
        found = form.out_of_range
        if found is not None:
            raise Refused(found.code, found.where, **found.values)

    def _check_expiry_range(self, form: Form, book: Book) -> None:
        time, size = form.statement.expires_time, form.statement.expires_size
        furthest = book.time + EXPIRES_MAX_S[form.kind.nature]
        if time > furthest:
            raise Refused(Code.OUT_OF_RANGE, "expires.time", value=time, low=0, high=furthest)
        if size is not None and book.attested:
            # A fact is a fact at any size of the log: only its time may make it late.
            raise Refused(Code.OUT_OF_RANGE, "expires.size", value=size, low=0, high=0)

    def _may_wait(self, statement: Statement, author: Key, book: Book) -> bool:
        """Whether what a fact refers to may still arrive before the fact must be logged."""
        if book.time >= statement.expires_time:
            return False
        due = due_of(book, author.id) if author.use == "device" else None
        return due is None or book.time < due - DEVICE_MARGIN_S

    def _signing_key(self, key_id: KeyId) -> Key:
        if key_id not in self._keys:
            self._keys[key_id] = find_key(self._state, key_id)
        key = self._keys[key_id]
        if key is None or key.use not in SIGNING_USES:
            raise Refused(Code.UNKNOWN_KEY, f"key {key_id}", key=key_id)
        return key

    def _actor(self, key_id: KeyId) -> Actor:
        key = self._signing_key(key_id)
        if key_id not in self._actors:
            self._actors[key_id] = acting(self._state, key)
        actor = self._actors[key_id]
        assert actor is not None, key.actor
        return actor


def _actor_of(row: ActorDefinition) -> Actor:
    scope = row.scope
    return Actor(row.id, row.person, row.roles, scope.areas, scope.funds, scope.sites)
