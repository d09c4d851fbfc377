"""A statement that is held: opened, kept back, judged again, and settled once.

Where a gate says hold, nothing of the statement is booked but its value on `held`
(`ledger.keeping`), under a hold of `ledger.holds` that says who must approve and until when. At
each approval the statement's authority is read anew, its law runs again, and the contracts then in
force judge it, with everybody whose approval counts by now in `it.approvals`: allowed or flagged it
is posted in the entry of the approval, denied it is void, held it waits on. Refused or expired,
what was kept goes back.
Specification: `docs/spec/judging.md`, holds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.catalogue.approving import barred_of, places_of
from contracts.catalogue.judged import judged
from contracts.documents.verdict import Outcome
from contracts.facts.recording import Applied, drop, record, take_back
from contracts.judging.gates import Judge, Judgement
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entry import AutoEntry, StatementEntry, parse_entry
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.reservation import keep_to_stock
from ledger.holds import (
    GIVEN,
    HOLD_MAX_S,
    OPEN,
    POSTED,
    VOID,
    Hold,
    Wants,
    find_hold,
    open_hold,
)
from ledger.keeping import Stake, give_back, keep_back
from ledger.keys import KeyId
from ledger.kinds import Kind, all_kinds
from ledger.members import Actor, Signers, acting, find_key
from ledger.shape import parse

EXPIRES_S: Final = 72 * 3_600
"""A hold whose gates name no time waits so long."""


def wants_of(book: Book, judgement: Judgement, rows: Sequence[Mapping[str, Value]]) -> Wants:
    """What a held statement with these views waits for: the most organisations, the nearest end, of
    all gates; approvers where it takes from, of organisations that it does not pay."""
    asked = judgement.fired("open_approval")
    spans = [_number(fired.fields["expires_in"]) for fired in asked] or [EXPIRES_S]
    organisations = max([_number(fired.fields["min_orgs"]) for fired in asked], default=1)
    return Wants(
        organisations=organisations,
        until=book.time + min(max(1, min(spans)), HOLD_MAX_S),
        places=places_of(rows),
        barred=barred_of(rows),
    )


def hold_statement(book: Book, kind: str, stake: Stake, wants: Wants, cause: str = "") -> None:
    """Hold the statement of `book`, whose law would have taken `stake`; the rows are as before.

    `wants`: what it waits for; `cause`: as in `it.cause`.
    """
    signers = book.signers
    actors = () if signers is None else signers.all
    open_hold(book, kind, wants, actors, cause)
    keep_back(book, book.statement, stake)


@dataclass(frozen=True, slots=True)
class Posted:
    """A held statement that this entry posts: what it causes is caused now."""

    kind: Kind[Any]
    body: Any
    book: Book
    said: Judgement


class Settler:
    """Settles the holds of one batch: the `settle` of its books."""

    def __init__(self, judge: Judge, note: Callable[[Book, Judgement], None]) -> None:
        self._judge, self._note = judge, note
        self.posted: list[Posted] = []

    def __call__(self, book: Book, held: StatementId, what: str) -> str:
        """`ledger.book.Settle`."""
        hold = find_hold(book.state, held)
        assert hold is not None
        if what != GIVEN:
            return self._let_go(book, hold)
        # On a book of its own: where the statement waits on, nothing has come back.
        start, back = book.state.savepoint(), book.within(book.statement)
        give_back(back, held)
        kind, body = _statement_of(book, held)
        inner = back.within(held)
        since = book.state.savepoint()
        try:
            inner.signers = self._signers(book, hold)
            if inner.signers is not None:
                kind.authority(inner, inner.signers, body)
            _check_named(inner, kind, body)
            kind.apply(inner, body)
            keep_to_stock(inner)
        except Refused:
            book.state.rollback(since)
            return self._let_go(book, hold, back)
        it = judged(
            inner,
            kind.name,
            body,
            at=book.time,
            auto=not hold.signers,
            cause=hold.cause,
            initiator=hold.author,
            approvals=hold.persons(),
        )
        listeners = self._judge.force.listeners
        applied = Applied(it, since, held=hold.entry)
        take_back(book.state, listeners, applied)
        try:
            judgement = self._judge.judge(it)
        except Refused:
            book.state.rollback(since)
            return self._let_go(book, hold, back)
        if judgement.outcome is Outcome.HOLD:
            book.state.rollback(start)
            return OPEN
        self._note(book, judgement)
        if judgement.outcome is Outcome.DENY or self._judge.lacks_gate(it, judgement):
            book.state.rollback(since)
            return self._let_go(book, hold, back)
        book.take_in(back)
        self.posted.append(Posted(kind, body, inner, judgement))
        book.take_in(inner)
        record(book.state, listeners, applied)
        return POSTED

    def _let_go(self, book: Book, hold: Hold, back: Book | None = None) -> str:
        """`back`: what was kept has been given back on it."""
        if back is None:
            give_back(book, hold.id)
        else:
            book.take_in(back)
        drop(book.state, self._judge.force.listeners, hold.entry)
        return VOID

    def _signers(self, book: Book, hold: Hold) -> Signers | None:
        """Who signed what is held, as far as their keys are in force by now: whoever has been put
        out meanwhile signs nothing any more, co-signers too. None where a contract caused it.

        `Refused(revoked_key)` where the author's is not.
        """
        logged = book.logged(hold.id)
        assert logged is not None
        entry = parse_entry(logged[1])
        if not isinstance(entry, StatementEntry):
            return None
        author, *others = (_signer(book, key) for key in entry.statement.signers)
        if author is None:
            key = entry.statement.author
            raise Refused(Code.REVOKED_KEY, f"key {key}", key=key)
        return Signers(book.state, author, tuple(one for one in others if one is not None))


def _signer(book: Book, key_id: KeyId) -> Actor | None:
    """Who signs with a key, as of this entry; None where it is no longer in force."""
    key = find_key(book.state, key_id)
    assert key is not None, key_id
    return acting(book.state, key) if key.in_force(book.index) else None


def _statement_of(book: Book, held: StatementId) -> tuple[Kind[Any], Any]:
    """Kind and typed body of a held statement, from its entry."""
    logged = book.logged(held)
    assert logged is not None
    entry = parse_entry(logged[1])
    if isinstance(entry, StatementEntry):
        name, version, raw = entry.statement.kind, entry.statement.v, entry.statement.body
    else:
        assert isinstance(entry, AutoEntry)
        name, version, raw = entry.kind, entry.v, dict(entry.body)
    kind = all_kinds()[(name, version)]
    body, _ = parse(kind.body, raw)
    return kind, body


def _check_named(book: Book, kind: Kind[Any], body: Any) -> None:
    """What it names is still there: an enrolment or a right may have been undone meanwhile."""
    for reference in kind.references(body):
        if not reference.is_known(book):
            raise Refused(Code.UNKNOWN_REFERENCE, reference.where, key=reference.key)


def _number(value: Value) -> int:
    assert isinstance(value, int)
    return value
