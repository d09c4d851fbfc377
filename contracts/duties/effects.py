"""`effects_of`: the verdict of a contract made into what it causes. Nothing is booked here.

Everything of one item is worked out before any of it is done: where one effect cannot be said, or a
payment would pass its budget, none of them happens and one case opens instead.
Specification: `docs/spec/duties.md`, verbs.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from contracts.documents.compiled import Contract
from contracts.documents.verdict import Fired, Verdict
from contracts.duties.budgets import charge_of, check
from contracts.duties.derived import (
    Charge,
    Derived,
    Duties,
    Fault,
    Firing,
    Mark,
    Message,
    case,
    rule_of,
    stop,
    subject_of,
    valid,
)
from contracts.duties.moving import giver, request, reservation, transfer
from contracts.duties.paying import instruction
from contracts.duties.tags import tag_of
from contracts.rcel.errors import EvaluationError
from ledger.book import Book
from ledger.canon import Value, encode
from ledger.runs import Run

SAID_ONCE: Final = frozenset({"open_approval", "raise_alert", "request_transfer"})
"""What is asked of people is asked once, however many rows of one statement ask; as is `notify`."""

_SLUG: Final = re.compile("[a-z0-9][a-z0-9-]{0,47}", re.ASCII)


def effects_of(
    contract: Contract,
    verdict: Verdict,
    book: Book,
    it: Mapping[str, Value],
    item: str = "",
    *,
    run: Run | None = None,
    firing: Firing | None = None,
) -> Duties:
    """What `contract` causes by its verdict on the statement with the view `it`.

    `book` is that of the cause, after its law and with the index of its entry; of a run any book of
    the batch, and `item` the key of the item. `firing`: the same for all rows of a statement, where
    they are asked before any of it is done. A gate's `open_approval` is what its hold waits for
    and is no duty. Marks are set by `set_marks`.
    """
    if contract.document.kind == "trigger" and verdict.error:
        return stop(contract, item, "fault")
    before = Firing() if firing is None else firing
    own = before.copy()
    duties = _Item(contract, book, it, item, run, own).all(verdict.effects)
    if not duties.stopped:
        before.taken, before.pending, before.said = own.taken, own.pending, own.said
    return duties


class _Item:
    """The effects of one item at work."""

    def __init__(
        self,
        contract: Contract,
        book: Book,
        it: Mapping[str, Value],
        item: str,
        run: Run | None,
        firing: Firing,
    ) -> None:
        self.contract, self.book, self.it, self.item, self.run = contract, book, it, item, run
        self.firing = firing
        self.effects = {effect.id: effect for effect in contract.effects}
        self.paid = 0
        self.charge: Charge | None = None

    def all(self, effects: tuple[Fired, ...]) -> Duties:
        derived: list[Derived] = []
        messages: list[Message] = []
        marks: list[Mark] = []
        for fired in effects:
            fields = fired.fields
            if fired.verb == "notify":
                if self._is_said(fired, dict(fields)):
                    continue
                to, code, subject = (str(fields[name]) for name in ("to", "code", "subject"))
                rule = rule_of(self.contract, fired.id, self.item)
                messages.append(Message(to, code, subject, self.contract.id, rule))
                continue
            if fired.verb == "set_flag":
                subject, flag = str(fields["subject"]), str(fields["flag"])
                marks.append(Mark(subject, flag, fields["on"] is True))
                continue
            if fired.verb == "open_approval" and self.contract.document.kind == "gate":
                continue
            try:
                made = self._made(fired)
                if isinstance(made, str):
                    return stop(self.contract, self.item, made, subject_of(self._fund, "fund"))
                if fired.verb in SAID_ONCE and self._is_said(fired, dict(made.body)):
                    continue
                derived.append(valid(self.book, made))
            except (Fault, EvaluationError):
                return stop(self.contract, self.item, "fault")
        return Duties(tuple(derived), tuple(messages), tuple(marks))

    @property
    def _fund(self) -> str:
        budget = self.contract.budget
        return "" if budget is None else budget.fund

    def _is_said(self, fired: Fired, what: dict[str, Value]) -> bool:
        """Whether a row before has said the very same; from now on it is."""
        key = encode([fired.id, what]).decode()
        before = key in self.firing.said
        self.firing.said[key] = None
        return before

    def _made(self, fired: Fired) -> Derived | str:
        """The derived statement, or the bound of the budget that it would pass."""
        rule = rule_of(self.contract, fired.id, self.item)
        book, it, fields = self.book, self.it, fired.fields
        match fired.verb:
            case "pay":
                return self._pay(rule, fields)
            case "transfer":
                return Derived("shipment.order", transfer(book, fields), rule)
            case "request_transfer":
                wants = giver(book, fields)
                return Derived("shipment.order", request(book, fields), rule, wants=wants)
            case "reserve":
                return Derived("stock.reserve", reservation(book, it, fields), rule)
            case "open_approval":
                span = fields["expires_in"]
                assert isinstance(span, int)
                about = self._subject(fired)
                class_ = f"approval-{fields['min_orgs']}"
                return case(rule, class_, [about], self.contract, due=book.time + span)
            case "raise_alert":
                code = str(fields["code"])
                if not _SLUG.fullmatch(code):
                    raise Fault("code")
                return case(rule, code, [self._subject(fired)], self.contract)
        raise AssertionError(fired.verb)

    def _subject(self, fired: Fired) -> str:
        """The subject of a case, by the text and the tag of the expression that gave it."""
        text = str(fired.fields["subject"])
        found = subject_of(text, tag_of(self.contract, self.effects[fired.id], "subject"))
        if not found and text and self.book.row("members", text) is not None:
            # The owner or payee of a statement is a text without a tag.
            return subject_of(text, "org")
        return found

    def _pay(self, rule: str, fields: Mapping[str, Value]) -> Derived | str:
        amount = fields["amount"]
        assert isinstance(amount, int)
        if self.charge is None:
            entry = self.book.index if self.run is None else self.run.entry
            self.charge = charge_of(self.contract, self.it, entry, self.run)
        state, time = self.book.state, self.book.time
        amounts = (amount, self.paid, self.firing.pending)
        bound = check(state, self.contract, str(fields["fund"]), amounts, self.charge, time)
        if bound:
            return bound
        body = instruction(self.book, self.contract, self.it, fields, self.firing)
        if body is None:
            return "allotment"
        self.paid += amount
        self.firing.pending += amount
        charge = replace(self.charge, amount=amount)
        return Derived("disbursement.instruct", body, rule, charge=charge)
