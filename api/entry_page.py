"""The page of one entry: in words first, with its corrections beside it and its proof below."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy.orm import Session

from api.contents import Fact, contents
from api.contract_words import STATES
from api.figures import plain
from api.list_page import Pair, pair_of
from api.messages import say
from api.names import Names
from api.story import Story, tell
from api.words import word
from contracts.simulating.told import tell_entry
from ledger.canon import Value
from ledger.entry import AutoEntry, StatementEntry, parse_entry
from ledger.envelope import StatementId
from nodes.projections import queries
from nodes.view import View

MOVES_MAX = 200
"""Moves in the table; the data of the entry has all of them."""
TRACED = ("donation.receive", "donation.list")
"""Kinds whose money can be followed."""


@dataclass(frozen=True, slots=True)
class Move:
    """A line of the table of effects."""

    amount: str
    source: str
    target: str
    link: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What one contract said: its title and answer, the public's sentences, where its page is."""

    title: str
    outcome: str
    sentences: Sequence[str]
    link: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of what became of it; `link` leads to the entry that it speaks of, "" for none."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """All that the page shows; `final` says whether there is a proof to give."""

    index: int
    tone: str
    what: str
    summary: str
    verdict: str
    verdict_more: Sequence[Line]
    pairs: Sequence[Pair]
    facts: Sequence[Fact]
    moves: Sequence[Move]
    digest: str
    breaches: Sequence[str]
    decided: Sequence[Decided]
    final: bool
    receipt: str
    trace: str
    technical: Sequence[Fact]
    body: str
    outcome: str


def make(view: View, session: Session, names: Names, index: int, *, is_final: bool) -> EntryPage:
    """The page of the entry at `index`, which is there."""
    story = tell(view.entry(index), index, names)
    slug = names.language.lower()
    return EntryPage(
        index=index,
        tone=story.tone,
        what=say("refused_what", names.language, what=story.what)
        if story.tone == "refused"
        else story.what,
        summary=story.say or story.summary,
        verdict=story.verdict[0],
        verdict_more=(*map(Line, story.verdict[1:]), *_waiting(view, session, story, names)),
        pairs=_pairs(view, session, names, story),
        facts=_facts(story, names),
        moves=[
            Move(
                told.amount,
                told.source,
                told.target,
                f"/{slug}/entries?commodity={quote(told.commodity)}",
            )
            for told in story.moves[:MOVES_MAX]
        ],
        digest=story.digest,
        breaches=story.breaches,
        decided=_decided(view, index, names.language),
        final=is_final,
        receipt=f"/v1/receipts/{story.statement}" if story.statement else "",
        trace=f"/v1/donations/{story.statement}/trace"
        if story.kind in TRACED and story.tone not in ("held", "refused")
        else "",
        technical=_technical(story, names.language),
        body=_pretty(story.body) if story.body else "",
        outcome=_pretty(story.outcome),
    )


def _waiting(view: View, session: Session, story: Story, names: Names) -> list[Line]:
    """Of what is held, until when it waits or how that ended; of what ended a wait, whose."""
    if story.tone == "held":
        return [_ended(view, session, story, names)]
    found = []
    for name, message in (("posted", "ends_posted"), ("voided", "ends_voided")):
        held = story.outcome.get(name)
        index = None if held is None else view.indexes([StatementId(held)]).get(StatementId(held))
        if index is not None:
            found.append(_line(message, names.language, index))
    return found


def _line(message: str, language: str, index: int) -> Line:
    return Line(say(message, language, index=index), f"/{language.lower()}/e/{index}")


def _ended(view: View, session: Session, story: Story, names: Names) -> Line:
    """How the wait of a held statement ended, and where; until when it waits while it does."""
    held = story.statement
    if not held:
        own = parse_entry(view.entry(story.index))
        assert isinstance(own, AutoEntry), "what nobody signed"
        held = own.id(view.head().origin)
    # Views that are behind do not know of it yet: it waits.
    last = queries.last_about(session, [f"hold/{held}"]).get(f"hold/{held}", story.index)
    entry = parse_entry(view.entry(last))
    language = names.language
    if isinstance(entry, StatementEntry | AutoEntry):
        if entry.outcome.get("posted") == held:
            return _line("held_posted", language, last)
        if entry.outcome.get("voided") == held:
            return _line(_END.get(_kind(entry), "held_voided"), language, last)
    return Line(say("held_until", language, until=names.clock(story.outcome["until"])))


_END = {"approval.refuse": "held_refused", "deadline.pass": "held_expired"}
"""Kind of an entry that ended a wait -> what is said of it."""


def _kind(entry: StatementEntry | AutoEntry) -> str:
    return entry.kind if isinstance(entry, AutoEntry) else entry.statement.kind


def _pretty(value: object) -> str:
    return plain(json.dumps(value, ensure_ascii=False, indent=2))


def _facts(story: Story, names: Names) -> list[Fact]:
    language = names.language
    found = contents(story.body, names)
    if story.signers:
        found.append(Fact(say("signers", language), say("separator", language).join(story.signers)))
    if story.why:
        found.append(Fact(say("because", language), story.why))
    if story.happened_at:
        found.append(Fact(say("happened_at", language), story.happened_at))
    found.append(Fact(say("logged_at", language), story.time))
    return found


def _technical(story: Story, language: str) -> list[Fact]:
    found = [Fact(say("kind_name", language), story.kind)]
    if story.code:
        found.append(Fact(say("code", language), story.code))
    if story.statement:
        found.append(Fact(say("statement_id", language), story.statement))
    return found


def _pairs(view: View, session: Session, names: Names, story: Story) -> list[Pair]:
    """What this entry corrects, and what corrects it."""
    found = []
    if story.targets:
        note = say("corrects", names.language)
        found.append(pair_of(view, session, names, story, note))
    if story.statement:
        note = say("corrected_by", names.language)
        for row in queries.corrections_of(session, story.statement):
            correction = tell(view.entry(row.index), row.index, names)
            found.append(pair_of(view, session, names, correction, note))
    return found


def _decided(view: View, index: int, language: str) -> list[Decided]:
    """What contracts said of an entry, in the words that are for everybody."""
    told = tell_entry(view, view.entry(index), index)
    records = [] if told is None else told["contracts"]
    assert isinstance(records, list)
    slug = language.lower()
    field = slug.replace("-", "_")
    found = []
    for one in records:
        assert isinstance(one, dict)
        title, rules = one.get("title"), one["rules"]
        assert isinstance(rules, list)
        said = [_public(rule, field) for rule in rules]
        outcome, mode = (word(STATES, str(one[name]), language) for name in ("outcome", "mode"))
        if one["mode"] != "enforce":
            outcome = say("only_would", language, outcome=outcome, mode=mode)
        name = str(title[field]) if isinstance(title, dict) else str(one["id"])
        link = f"/{slug}/contracts/{one['hash']}"
        texts = tuple(dict.fromkeys(plain(text) for text in said if text))
        found.append(Decided(plain(name), outcome, texts, link))
    return found


def _public(rule: Value, field: str) -> str:
    """What the public reads about a rule that failed; "" where nobody has the contract."""
    texts = rule.get("public") if isinstance(rule, dict) else None
    return str(texts[field]) if isinstance(texts, dict) else ""
