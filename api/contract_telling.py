"""A contract in words: how it stands, since when, who approved it, its rules, what it may spend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.adoption import Proposal
from api.contract_words import STATES, VERBS
from api.figures import age, grouped, plain
from api.messages import say
from api.names import Names
from api.run_page import Row
from api.words import KINDS, word
from contracts.documents.compiled import Contract
from contracts.documents.texts import Placeholder, Template, render
from contracts.duties.paying import currency_of
from ledger.adoptions import find_standing
from ledger.canon import Value
from ledger.sentences import language_index
from ledger.state import State
from ledger.voices import scope_class, scope_subject
from nodes.projections.contractviews import ContractVersion


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know first; `link` "" for none."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A version in a list."""

    title: str
    link: str
    tone: str
    state: str
    notes: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words and as it is written; what follows where it does not hold."""

    text: str
    tone: str
    then: str
    exact: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that a contract causes, and the exact condition."""

    text: str
    exact: str


class Told:
    """One version told to a reader at `now` (seconds)."""

    def __init__(self, one: Proposal, state: State, names: Names, now: int) -> None:
        self._one, self._state, self._names, self._now = one, state, names, now
        self._row, self._language = one.row, names.language

    def _say(self, message: str, **values: object) -> str:
        return say(message, self._language, **values)

    @property
    def title(self) -> str:
        """What it is called, in the reader's language."""
        row = self._row
        return plain((row.en, row.zh_hans, row.zh_hant)[language_index(self._language)])

    @property
    def tone(self) -> str:
        """How its state is shown: the state itself, or the mode of one that only watches."""
        row = self._row
        return row.mode if row.state == "active" and row.mode != "enforce" else row.state

    @property
    def state(self) -> str:
        """Its state in a word or two."""
        return word(STATES, self.tone, self._language)

    @property
    def owner(self) -> Row:
        """Who answers for it."""
        return Row(self._say("contract_owner"), self._names.member(self._row.owner))

    def card(self) -> Card:
        """It in a list."""
        link = f"/{self._language.lower()}/contracts/{self._row.hash}"
        notes = [note.text for note in self.notes()]
        return Card(self.title, link, self.tone, self.state, notes, self.rows())

    # What is to be known first

    def notes(self) -> list[Note]:
        """What is said against it, and how long it lasts."""
        row, when = self._row, self._names.minute
        found: list[str] = []
        standing = find_standing(self._state, row.contract, row.scope)
        if row.state == "suspended" and standing.suspended.confirmed:
            found.append(self._say("contract_suspended"))
        elif row.state == "suspended":
            found.append(self._say("contract_suspended_to", until=when(row.until)))
        if row.state in ("active", "suspended"):
            if row.returns != -1:
                found.append(self._say("contract_emergency", until=when(row.returns)))
            if standing.retiring.at is not None:
                found.append(self._say("contract_retires", until=when(standing.retiring.at)))
        if row.state == "proposed" and not self._one.needs:
            found.append(self._say("contract_enough", until=when(row.lapses)))
        return [Note(text) for text in found]

    def coming(self, other: ContractVersion) -> Note:
        """That another version takes its place."""
        values = {
            "version": other.version,
            "time": self._names.minute(other.not_before),
            "age": age(other.not_before - self._now, self._language),
        }
        link = f"/{self._language.lower()}/contracts/{other.hash}"
        return Note(self._say("contract_next", **values), link)

    # What is to be known of it

    def rows(self) -> list[Row]:
        """What it is about, since when, and who approved it."""
        row = self._row
        found = [self._about()]
        if row.scope != "consortium":
            found.append(Row(self._say("contract_scope"), self._scope()))
        found += self._times()
        found.append(self._approved())
        if row.state == "proposed" and self._one.needs:
            found.append(self._needed())
        return found

    def _about(self) -> Row:
        label = "contract_after" if self._row.sort == "trigger" else "contract_about"
        kinds = [word(KINDS, kind, self._language) for kind in self._row.kinds.split()]
        return Row(self._say(label), self._say("comma").join(kinds))

    def _scope(self) -> str:
        name = scope_subject(self._row.scope)
        named = {"area": self._names.area, "fund": self._names.fund}
        told = named.get(scope_class(self._row.scope), self._names.programme)
        return told(name)

    def _times(self) -> list[Row]:
        row, when = self._row, self._names.minute
        entry = f"/{self._language.lower()}/e/{row.activated}"
        if row.state in ("active", "suspended"):
            found = [Row(self._say("contract_since"), when(row.starts), entry)]
            if row.expires != -1:
                found.append(Row(self._say("contract_until"), when(row.expires)))
            return found
        if row.state in ("proposed", "approved"):
            left = age(row.not_before - self._now, self._language)
            time = when(row.not_before)
            if row.not_before > self._now:
                time = self._say("contract_in", time=time, age=left)
            return [Row(self._say("contract_from"), time)]
        if row.starts == -1:
            return [Row(self._say("contract_was"), self._say("contract_never"))]
        span = when(row.starts)
        if row.ends != -1:
            span = self._say("contract_span", since=span, until=when(row.ends))
        return [Row(self._say("contract_was"), span, entry)]

    def _approved(self) -> Row:
        members = [self._names.member(voice.member) for voice in self._one.heard]
        text = self._say("comma").join(members) or self._say("contract_nobody")
        return Row(
            self._say("contract_approved"),
            text,
            f"/{self._language.lower()}/e/{self._row.proposed}",
        )

    def _needed(self) -> Row:
        members = self._say("comma").join(self._names.member(one) for one in self._one.may)
        values = {"names": members, "until": self._names.minute(self._row.lapses)}
        if self._one.needs < len(self._one.may):
            text = self._say("contract_needs", count=self._one.needs, **values)
        else:
            text = self._say("contract_needs_all", **values)
        return Row(self._say("contract_needed"), text)


# ---- the text -----------------------------------------------------------------------------------


def rules(made: Contract, language: str) -> list[Rule]:
    """Its rules as sentences."""
    return [_rule(made, at, language) for at in range(len(made.rules))]


def _rule(made: Contract, at: int, language: str) -> Rule:
    rule, written = made.rules[at], made.document.rules[at]
    filled = [_part(part, made, at, language) for part in rule.say.templates[language]]
    then = say("contract_else", language, then=word(STATES, rule.otherwise, language))
    return Rule(plain("".join(filled)), rule.otherwise, then, written.require)


def _part(part: str | Placeholder, made: Contract, at: int, language: str) -> str:
    if isinstance(part, str):
        return part
    values: Mapping[str, Value] = made.params
    one: Template = (part,)
    text = render(
        one,
        values,
        language=language,
        currencies=made.rules[at].say.currencies,
        places=made.places,
    )
    return "…" if text is None else text


def effects(made: Contract, language: str) -> list[Effect]:
    """What it causes, in words; the condition exactly."""
    return [Effect(word(VERBS, one.verb, language), one.when) for one in made.document.effects]


def bounds(made: Contract, names: Names) -> list[str]:
    """What it may spend."""
    budget, language = made.budget, names.language
    if budget is None:
        return []
    currency = currency_of(made)
    found = [say("bound_fund", language, fund=names.fund(budget.fund))]
    found.append(say("bound_firing", language, amount=names.amount(currency, budget.per_firing)))
    if budget.per_item is not None:
        found.append(say("bound_item", language, amount=names.amount(currency, budget.per_item)))
    if budget.rate is not None:
        span = age(budget.rate.window_s, language)
        found.append(say("bound_rate", language, n=grouped(budget.rate.firings), span=span))
    return found
