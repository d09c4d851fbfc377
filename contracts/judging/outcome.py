"""The outcome of a statement whose law has run: applied, flagged, held or denied.

    judging = Judging(state, force, time=..)
    done = judging.conclude(asked, book, new_book, since=savepoint)      # or Denied

Order: the law of the kind is on the book since the savepoint; the gates are asked; an authorisation
that is not allowed is rolled back to the savepoint (denied), or its value is kept back (held); what
is applied is written into the facts. A denial that a commander has overridden, rule by rule, is
flagged instead and uses the override up. Once the ledger's gates are required, an authorisation
that moves value and that no enforcing gate judged is denied `no_gate`; a correction is exempt.
Specification: `docs/spec/judging.md`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.catalogue.catalogue import judged_views
from contracts.catalogue.judged import Judged, instant, judged
from contracts.documents.verdict import Outcome as Said
from contracts.facts.recording import (
    Applied,
    Noted,
    record,
    record_lapse,
    replacements,
    take_back,
    write,
)
from contracts.judging.force import Force
from contracts.judging.gates import Judge, Judgement
from contracts.judging.holding import Settler, hold_statement, wants_of
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.corrections.recorded import CORRECTION
from ledger.entry import Outcome
from ledger.envelope import Statement
from ledger.errors import Refusal
from ledger.holds import Wants
from ledger.keeping import stake_of
from ledger.kinds import Kind, Nature
from ledger.overrides import find_override, use_override
from ledger.state import State

NEVER_HELD: Final = ("approval",)
"""Nouns of kinds that settle holds: a gate that would hold one denies it."""


class Denied(Exception):
    """Contracts do not allow an authorisation: logged with this outcome, nothing moves."""

    def __init__(self, refusal: Refusal, told: Mapping[str, Value]) -> None:
        self.refusal, self.told = refusal, told
        super().__init__(str(refusal.code))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is judged: `kind` and typed `body`; `occurred_at` seconds; `late` as in the outcome.

    `statement` is None for what a contract caused (`auto`), which remembers its cause in `cause`
    and is held for what it `wants`.
    """

    kind: Kind[Any]
    body: Any
    occurred_at: int
    late: int = 0
    statement: Statement | None = None
    auto: bool = False
    cause: str = ""
    wants: Wants | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An outcome that is logged, the book with its effects, and what the gates said."""

    outcome: Outcome
    book: Book
    said: Judgement


class Judging:
    """What contracts say of the statements of one batch. Costs nothing while none is in force."""

    def __init__(self, state: State, force: Force, *, time: int) -> None:
        self.state, self.force, self.time = state, force, time
        self.judge = Judge(state, force, time)
        self.settler = Settler(self.judge, self._note)
        self._noted: dict[str, Judgement] = {}

    def _note(self, book: Book, judgement: Judgement) -> None:
        """What was said of a held statement that this entry settles."""
        self._noted[book.statement] = judgement

    def conclude(
        self, asked: Asked, book: Book, new_book: Callable[[], Book], *, since: int
    ) -> Done:
        """The outcome of `asked`, whose law is on `book` since the savepoint `since`.

        `new_book` makes an empty one for the same entry, which a held statement is booked on.
        Raises `Denied`.
        """
        nature, name = asked.kind.nature, asked.kind.name
        if asked.kind.noun == "catalogue":
            self.judge.forget()
        at = instant(nature, time=self.time, occurred_at=asked.occurred_at)
        it = judged(book, name, asked.body, at=at, auto=asked.auto, cause=asked.cause)
        take_back(self.state, self.force.listeners, Applied(it, since))
        said = self.judge.judge(it)
        if nature is Nature.AUTHORISATION:
            said = self._excused(asked.statement, book, said)
            never = asked.kind.noun in NEVER_HELD and said.outcome is Said.HOLD
            if said.outcome is Said.DENY or never:
                raise Denied(said.refusal(self.judge.offset), said.told(self.force, would=False))
            if self.judge.lacks_gate(it, said):
                told = said.told(self.force, would=False) if said.records else {}
                raise Denied(Refusal(Code.NO_GATE, name), told)
            if said.outcome is Said.HOLD or asked.wants is not None:
                return self._hold(it, new_book, said, since, asked.wants)
        record(self.state, self.force.listeners, Applied(it, since))
        whole = self._with_settled(book, said)
        worse = said.outcome is not Said.ALLOW or bool(book.breaches) or bool(asked.late)
        if book.posted:
            worse = worse or whole.outcome is Said.FLAG
        extra = whole.told(self.force, would=nature is Nature.ATTESTATION) if whole.records else {}
        extra |= book.settled()
        code = Code.FLAGGED if worse else Code.OK
        outcome = Outcome(code, book.effects(), tuple(book.breaches), asked.late, extra)
        return Done(outcome, book, said)

    def _with_settled(self, book: Book, said: Judgement) -> Judgement:
        """What is told of an approval: with what was said of the held statement that it settles."""
        settled = self._noted.pop(book.statement, None)
        return said if settled is None else said.joined(settled)

    def _hold(
        self,
        it: Judged,
        new_book: Callable[[], Book],
        said: Judgement,
        since: int,
        wants: Wants | None,
    ) -> Done:
        """Nothing of the statement is booked but its value, which is kept."""
        listeners = self.force.listeners
        stake = stake_of(it.book, since, it.kind)
        # What it would count for, and where, is seen while its law is still on the book.
        views = judged_views(it) if it.kind in listeners else []
        parts = replacements(it) if it.kind == CORRECTION else [it]
        rows = [row for part in parts for row in judged_views(part)]
        held = new_book()
        held.signers = it.book.signers
        self.state.rollback(since)
        wants = wants or wants_of(held, said, rows)
        hold_statement(held, it.kind, stake, wants, it.cause)
        if views:
            events = [Noted(it.kind, views, held.index, "open")]
            write(self.state, listeners, events, offset=self.judge.offset)
        extra = said.told(self.force, would=False) if said.records else {}
        extra["until"] = wants.until
        return Done(Outcome(Code.HELD, held.effects(), (), 0, extra), held, said)

    def _excused(self, statement: Statement | None, book: Book, said: Judgement) -> Judgement:
        """A denial or hold of which every failed rule is overridden is a flag."""
        if statement is None or said.outcome not in (Said.DENY, Said.HOLD):
            return said
        keys: list[str] = []
        for adopted, verdict in said.failed:
            if verdict.outcome is Said.FLAG:
                continue
            rules = [rule for rule, verb in verdict.failed.items() if verb != str(Said.FLAG)]
            names = [f"{adopted.id}/{rule}" for rule in rules]
            found = [find_override(self.state, statement, one, self.time) for one in names]
            # What has no value where no rule failed cannot be named, so nobody has answered for it.
            if not found or "" in found:
                return said
            keys += found
        for key in dict.fromkeys(keys):
            use_override(book, key)
        return Judgement(Said.FLAG, said.records, said.enforced, False, said.caused, said.failed)

    def lapsed(self, since: int) -> None:
        """A deadline passed since the savepoint `since`."""
        record_lapse(self.state, self.force.listeners, since)
