"""What contracts cause in one batch: derived statements behind their cause, the hour, runs.

    owed = causing.of_statement(kind, body, done)    # before the cause is logged: marks are set
    ...                                              # the cause is logged at `index`
    causing.do(index, owed)                          # each derived entry, right behind it

A derived statement passes the form, the references and the law of its kind and all gates, with
`it.auto`; what is refused is logged, and only a person tries it again. It may be a cause itself:
adoption keeps the chains of contracts three deep. At the head of a batch stand the hour, where a
contract listens to it, and the items of the runs that go on. Specification: `docs/spec/duties.md`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from contracts.adoption.force import by_hash, document_of
from contracts.catalogue.catalogue import VIEWS, cause_name, is_about, judged_views
from contracts.catalogue.judged import instant, judged
from contracts.catalogue.records import At
from contracts.documents.compiled import Contract
from contracts.documents.verdict import Verdict, decide
from contracts.duties.budgets import count
from contracts.duties.clock import HOUR, hour_cause, hour_due
from contracts.duties.derived import Derived, Duties, Firing, kind_of, within
from contracts.duties.effects import effects_of
from contracts.duties.flags import set_marks
from contracts.duties.notices import tell
from contracts.duties.runs import PROGRESS, item_done, next_items, open_run, progress
from contracts.judging.flagging import flag_case
from contracts.judging.force import Adopted
from contracts.judging.gates import Judgement
from contracts.judging.outcome import Asked, Denied, Done, Judging
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import APPLIED, Code
from ledger.entry import Cause, Effects, Outcome, auto_id
from ledger.envelope import StatementId
from ledger.errors import FormatError, Refused
from ledger.goods.reservation import keep_to_stock
from ledger.kinds import Kind, Nature
from ledger.shape import parse
from ledger.state import Head

DEPTH_MAX: Final = 3
"""Derived statements that cause derived statements: so deep, which adoption has made sure of."""


class Host(Protocol):
    """What the machine lends: books for its next entry, and the log."""

    def book(self, statement: StatementId, *, attested: bool) -> Book: ...

    def is_logged(self, statement: StatementId) -> bool: ...

    def log_auto(
        self, cause: Cause, kind: str, body: Mapping[str, Value], outcome: bytes, book: Book
    ) -> int:
        """Log a derived entry; its index."""
        ...


@dataclass(frozen=True, slots=True)
class Owed:
    """What one contract causes by one cause, whose name (`it.cause`) its statements remember."""

    contract: Contract
    duties: Duties
    name: str


class Causing:
    """The duties of one batch."""

    def __init__(self, host: Host, judging: Judging, head: Head) -> None:
        self._host, self._judging, self._head = host, judging, head
        self._state, self._time = judging.state, judging.time

    # ---- what a statement causes

    def of_statement(self, kind: Kind[Any], body: Any, done: Done) -> list[Owed]:
        """What a statement causes that will be logged next, and what it posts. Marks are set now,
        in its entry."""
        held = done.outcome.code is Code.HELD
        found = self._duties(kind, body, done.book, done.said, held=held)
        posted = self._judging.settler.posted
        for one in posted:
            # What an approval posted that was then refused itself is not posted.
            if one.book.statement == done.book.posted:
                found += self._duties(one.kind, one.body, one.book, one.said)
        posted.clear()
        return found

    def _duties(
        self, kind: Kind[Any], body: Any, book: Book, said: Judgement, *, held: bool = False
    ) -> list[Owed]:
        """What the gates that judged the statement of `book` and the triggers on it cause; while it
        is `held`, the gates alone, and no flag."""
        found: list[Owed] = []
        done = 0
        flag = None if held else flag_case(said, kind.nature, book.statement)
        if flag is not None:
            contract = said.failed[0][0].contract
            done = self._owe(found, contract, Duties((flag,)), book.statement, book, done)
        for caused in said.caused:
            contract = caused.adopted.contract
            is_own = kind.name in VIEWS
            name = cause_name(kind.name, caused.view) if is_own else book.statement
            duties = effects_of(contract, caused.verdict, book, caused.view, caused.item)
            done = self._owe(found, contract, duties, name, book, done)
        if held:
            return found
        triggers = self._judging.force.triggers.get(kind.name, ())
        if triggers:
            at = instant(kind.nature, time=self._time, occurred_at=self._time)
            views = judged_views(judged(book, kind.name, body, at=at))
            scopes = self._judging.judge.scopes_of(views)
            for adopted in triggers:
                if adopted.scope in scopes and is_about(views, adopted.currency):
                    done = self._fire(found, adopted, kind.name, views, book, done)
        return found

    def _fire(
        self,
        found: list[Owed],
        adopted: Adopted,
        kind: str,
        views: Sequence[dict[str, Value]],
        book: Book,
        done: int,
    ) -> int:
        contract = adopted.contract
        if adopted.mode != "enforce":
            return done
        firing = Firing()
        for n, view in enumerate(views):
            name = cause_name(kind, view)
            verdict = self._verdict(adopted, view)
            if contract.foreach is not None and not verdict.error:
                if not verdict.applies:
                    continue
                duties = open_run(book, contract, view, name)
            else:
                item = str(n) if len(views) > 1 else ""
                duties = effects_of(contract, verdict, book, view, item, firing=firing)
            done = self._owe(found, contract, duties, name, book, done)
        return done

    def _owe(
        self,
        found: list[Owed],
        contract: Contract,
        duties: Duties,
        name: str,
        book: Book,
        done: int,
    ) -> int:
        duties = within(contract, duties, done)
        set_marks(book, contract.id, duties.marks)
        tell(book, duties.messages, entry=book.index)
        found.append(Owed(contract, duties, name))
        return done + len(duties.derived)

    def _verdict(
        self, adopted: Adopted, view: dict[str, Value], item: Value | None = None
    ) -> Verdict:
        contract = adopted.contract
        # An item of a run is asked as of now: what was paid since the cause counts in its windows.
        when = view["at"] if item is None else self._time
        assert isinstance(when, int)
        at = At(self._state, self._time, adopted.currency, adopted.id)
        whole = item is not None or contract.foreach is None
        facts = adopted.loader.load(
            contract.inputs(view, item), at, when=when, per_item=None if whole else False
        )
        return decide(contract, view, facts, item=item)

    # ---- doing it

    def do(self, index: int, owed: Sequence[Owed], depth: int = 1) -> int:
        """Log every derived statement behind the entry at `index`; how many were refused."""
        refused = 0
        for one in owed:
            for derived in one.duties.derived:
                refused += self._do(index, derived, one.name, depth)
        return refused

    def _do(self, entry: int, derived: Derived, name: str, depth: int) -> int:
        cause = Cause(entry, derived.rule)
        statement = auto_id(self._head.origin, cause)
        if self._host.is_logged(statement):
            return 0
        kind = kind_of(derived)
        attested = kind.nature is Nature.ATTESTATION
        state, owed = self._state, list[Owed]()
        start = state.savepoint()
        book = self._host.book(statement, attested=attested)
        try:
            if derived.charge is not None:
                count(state, derived.charge, self._time)
            body, out_of_range = parse(kind.body, dict(derived.body))
            if out_of_range is not None:
                raise Refused(out_of_range.code, out_of_range.where, **out_of_range.values)
            for reference in kind.references(body):
                if not reference.is_known(book):
                    raise Refused(Code.UNKNOWN_REFERENCE, reference.where, key=reference.key)
            since = state.savepoint()
            kind.apply(book, body)
            keep_to_stock(book)
            asked = Asked(kind, body, self._time, auto=True, cause=name, wants=derived.wants)
            done = self._judging.conclude(
                asked,
                book,
                lambda: self._host.book(statement, attested=attested),
                since=since,
            )
            outcome, book = done.outcome, done.book
            if depth < DEPTH_MAX:
                owed = self.of_statement(kind, body, done)
            raw = outcome.encode(attested=attested)
        except (Refused, Denied, FormatError) as error:
            state.rollback(start)
            owed = []
            book = self._host.book(statement, attested=attested)
            outcome = refused_outcome(error)
            raw = outcome.encode()
        index = self._host.log_auto(cause, derived.kind, derived.body, raw, book)
        self.do(index, owed, depth + 1)
        return int(outcome.code not in APPLIED and outcome.code is not Code.HELD)

    # ---- the head of a batch

    def hour(self) -> None:
        """`clock.hour`, where a full hour lies behind the last batch and a contract listens."""
        if HOUR not in self._judging.force.triggers:
            return
        hour = hour_due(self._head.time, self._time)
        if hour is None or self._head.batch < 0:
            return
        cause, body = hour_cause(self._head, hour)
        book = self._host.book(auto_id(self._head.origin, cause), attested=True)
        found: list[Owed] = []
        done = 0
        views = judged_views(judged(book, HOUR, None, at=hour))
        for adopted in self._judging.force.triggers[HOUR]:
            done = self._fire(found, adopted, HOUR, views, book, done)
        index = self._host.log_auto(cause, HOUR, body, Outcome(Code.OK).encode(), book)
        self.do(index, found)

    def runs(self) -> None:
        """The items of the runs that go on."""
        for portion in next_items(self._state, self._time, self._running):
            run = portion.run
            adopted = self._adopted(run.contract)
            assert adopted is not None
            for item in portion.items:
                duties, refused = None, 0
                if item.record is not None:
                    book = self._host.book(StatementId("00" * 32), attested=False)
                    assert isinstance(run.it, dict)
                    verdict = self._verdict(adopted, run.it, item.record)
                    duties = effects_of(portion.contract, verdict, book, run.it, item.key, run=run)
                    set_marks(book, portion.contract.id, duties.marks)
                    tell(book, duties.messages, entry=run.entry)
                    owed = [Owed(portion.contract, duties, run.cause)]
                    refused = self.do(run.entry, owed, depth=2)
                if not item_done(self._state, run.id, item, duties, refused):
                    break
            cause, body = progress(self._state, portion, self._time)
            book = self._host.book(auto_id(self._head.origin, cause), attested=True)
            self._host.log_auto(cause, PROGRESS, body, Outcome(Code.OK).encode(), book)

    def _running(self, contract_hash: str) -> Contract | None:
        adopted = self._adopted(contract_hash)
        return None if adopted is None else adopted.contract

    def _adopted(self, contract_hash: str) -> Adopted | None:
        """The contract of a run: the text under which it began, while any version is in force."""
        in_force = [one for some in self._judging.force.triggers.values() for one in some]
        for one in in_force:
            if one.contract.hash == contract_hash:
                return one
        document = document_of(self._state, contract_hash)
        if document is None:
            return None
        for one in in_force:
            if one.id == document["contract"]:
                return by_hash(self._state, contract_hash, one)
        return None


def refused_outcome(error: Refused | Denied | FormatError) -> Outcome:
    """The outcome of a derived statement that was refused."""
    if isinstance(error, Denied):
        return Outcome(error.refusal.code, extra=error.told)
    code = error.code if isinstance(error, FormatError) else error.refusal.code
    return Outcome(code, Effects())
