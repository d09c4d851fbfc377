"""What a contract causes, as values: derived statements, messages, and why there are none.

A derived statement has a kind, a body that is valid for it, and the rule in its cause:
`<contract hash>/<effect id>/<item>`. Its id follows from the entry of the cause and the rule, so
the same duty is never done twice. Effect ids have no `!`: what stands after one names what the
machinery itself says (`!budget`, `!fault`, `!run`).
Specification: `docs/spec/duties.md`, derived statements.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from contracts.documents.compiled import Contract
from ledger.book import Book
from ledger.canon import Value
from ledger.cases import OPENED, SENSITIVE, Subject
from ledger.errors import Refused
from ledger.holds import Wants
from ledger.kinds import Kind, all_kinds
from ledger.shape import Pattern, parse

DERIVED_MAX: Final = 64
"""Derived statements that one statement causes, outside runs; what is beyond is not done."""

BUDGET, FAULT = "budget", "contract-fault"
"""Classes of the cases that a contract opens about itself."""


class Fault(Exception):
    """A duty that cannot be said: the payee is unknown, a name has no form. `why` is a short word.

    Nothing of its item is done, and a case `contract-fault` opens.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Charge:
    """What a payment counts against its budget, once it is instructed: minor units.

    `most`: of one firing. `run`: id of the run that it belongs to, or "". `elements`: values of the
    rate's `by`.
    """

    contract: str
    entry: int
    amount: int
    most: int
    run: str = ""
    elements: tuple[str, ...] = ()
    firings: int = 0
    window_s: int = 0


@dataclass(slots=True)
class Firing:
    """What one contract has said of the rows before, of a statement with several: they are asked
    before any of it is done.

    `taken`: line -> minor units; `pending`: minor units in all; `said`: requests, cases, messages.
    """

    taken: dict[str, int] = field(default_factory=dict)
    pending: int = 0
    said: dict[str, None] = field(default_factory=dict)

    def copy(self) -> "Firing":
        """Another one, so far the same."""
        return Firing(dict(self.taken), self.pending, dict(self.said))


@dataclass(frozen=True, slots=True)
class Derived:
    """A statement that a contract causes. `wants`: it is held for these, whatever gates say."""

    kind: str
    body: Mapping[str, Value]
    rule: str
    wants: Wants | None = None
    charge: Charge | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told to somebody. It makes no entry: `notices` keeps it for them."""

    to: str
    code: str
    subject: str
    contract: str
    rule: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A flag that is set or taken away."""

    subject: str
    flag: str
    on: bool


@dataclass(frozen=True, slots=True)
class Duties:
    """All that a contract causes for one item. Where `stopped` is not "" nothing was to be done but
    a case: `fault`, or a bound of the budget (`contracts.duties.budgets.check`)."""

    derived: tuple[Derived, ...] = ()
    messages: tuple[Message, ...] = ()
    marks: tuple[Mark, ...] = field(default=())
    stopped: str = ""


def rule_of(contract: Contract, effect: str, item: str = "") -> str:
    """The rule in the cause of a derived entry."""
    return f"{contract.hash}/{effect}/{item}"


def valid(book: Book, derived: Derived) -> Derived:
    """The same, where its body has the form of its kind and all it names is there: else `Fault`."""
    kind = kind_of(derived)
    try:
        body, out_of_range = parse(kind.body, dict(derived.body))
    except Refused as refused:
        raise Fault(refused.refusal.where) from None
    if out_of_range is not None:
        raise Fault(out_of_range.where)
    for reference in kind.references(body):
        if not reference.is_known(book):
            raise Fault(reference.where)
    return derived


def kind_of(derived: Derived) -> Kind[Any]:
    """Its kind, in the version that derived statements have."""
    return all_kinds()[(derived.kind, 1)]


def within(contract: Contract, duties: Duties, done: int) -> Duties:
    """The same, where the statement behind it has caused `done` so far and this is not too much.

    Beyond `DERIVED_MAX` nothing is done, and one case a contract says so.
    """
    if done + len(duties.derived) <= DERIVED_MAX:
        return duties
    return stop(contract, "", "fault")


# ---- cases --------------------------------------------------------------------------------------

_RULE: Final[Pattern] = get_args(Subject)[1]
_SUBJECT: Final = re.compile(_RULE.expression, re.ASCII)
_NOUNS: Final = {"org": "organisation", "tag": "household"} | {
    name: name
    for name in (
        "area",
        "contract",
        "fund",
        "item",
        "line",
        "lot",
        "programme",
        "site",
        "statement",
    )
}
"""Tag of a text type -> noun of a case's subject."""


def subject_of(text: str, tag: str = "") -> str:
    """The subject of a case that a contract names by `text` of type `str<tag>`; "" where none is.

    >>> subject_of("depot", "site"), subject_of("fund/relief"), subject_of("a person")
    ('site/depot', 'fund/relief', '')
    """
    for found in (text, f"{_NOUNS[tag]}/{text}" if tag in _NOUNS else "", f"household/{text}"):
        if len(found) <= _RULE.size and _SUBJECT.fullmatch(found):
            return found
    return ""


def case(
    rule: str, class_: str, subjects: Sequence[str], contract: Contract, due: int | None = None
) -> Derived:
    """A case about these subjects, or about the contract where none of them can be named."""
    named = list(dict.fromkeys(one for one in subjects if one)) or [f"contract/{contract.id}"]
    body: dict[str, Value] = {
        "class": class_,
        "subjects": [] if class_ in SENSITIVE else list[Value](named),
    }
    if due is not None:
        body["due"] = due
    return Derived(OPENED, body, rule)


def stop(contract: Contract, item: str, why: str, *subjects: str) -> Duties:
    """Nothing of this item is done; a case opens about the contract and these subjects."""
    fault = why == "fault"
    rule = rule_of(contract, "!fault" if fault else "!budget", item)
    about = [f"contract/{contract.id}", *subjects, subject_of(item)]
    found = case(rule, FAULT if fault else BUDGET, about, contract)
    return Duties(derived=(found,), stopped=why)
