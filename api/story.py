"""An entry as people read it: what happened, who said so, when, and what it changed.

    story = tell(raw, 418, names)
    story.what      'Goods handed out'
    story.summary   'Rice 10 kg: East Point → given to households'

Made from the entry's bytes alone, so it says what the log says, with names from the state. The same
for every kind: kinds differ in their words (`api.words`), effects are told alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.figures import age, grouped, plain
from api.messages import say
from api.names import Names
from api.words import ACCOUNTS, KINDS, REASONS, word
from ledger.codes import Code
from ledger.entry import AutoEntry, BatchEntry, StatementEntry, parse_entry
from ledger.meanings import WHAT
from ledger.sentences import language_index

TONES = {Code.OK: "applied", Code.FLAGGED: "flagged", Code.HELD: "held"}
"""How an entry is shown, by its code: every other is `refused`."""
SUMMARY_MOVES = 2
"""Moves that a summary tells one by one; of more it tells how many there are."""


@dataclass(frozen=True, slots=True)
class Told:
    """One move in words; `commodity` for its link."""

    commodity: str
    amount: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Story:
    """One entry in words. `tone` is `applied`, `flagged`, `held`, `refused` or `batch`; `who` the
    member; `signers` all who signed; `statement` its id, "" for the end of a batch; `code` its
    outcome."""

    index: int
    tone: str
    code: str
    kind: str
    what: str
    summary: str
    who: str
    signers: tuple[str, ...]
    statement: str
    batch: int
    time: str
    minute: str
    happened_at: str
    result: str
    verdict: tuple[str, ...]
    moves: tuple[Told, ...]
    digest: str
    breaches: tuple[str, ...]
    targets: tuple[str, ...]
    say: str
    why: str
    body: Mapping[str, Any]
    outcome: Mapping[str, Any]
    auto: bool = False
    colon: str = ": "


def tell(raw: bytes, index: int, names: Names) -> Story:
    """The story of the entry with these bytes."""
    entry = parse_entry(raw)
    if isinstance(entry, BatchEntry):
        return _tell_batch(entry, index, names)
    return _tell_entry(entry, index, names)


def _tell_batch(entry: BatchEntry, index: int, names: Names) -> Story:
    language = names.language
    values = {
        "batch": grouped(entry.batch),
        "first": grouped(entry.first),
        "last": grouped(entry.first + entry.count - 1),
    }
    return Story(
        index=index,
        tone="batch",
        code="",
        kind="batch",
        what=word(KINDS, "batch", language),
        summary="",
        who="",
        signers=(),
        statement="",
        batch=entry.batch,
        time=names.clock(entry.time),
        minute=names.minute(entry.time),
        happened_at="",
        result="",
        verdict=(say("end_of_batch", language, **values), say("derived", language)),
        moves=(),
        digest="",
        breaches=(),
        targets=(),
        say="",
        why="",
        body={},
        outcome={"outcomes": entry.outcomes.hex(), "state_root": entry.state_root.hex()},
        auto=True,
    )


def _tell_entry(entry: StatementEntry | AutoEntry, index: int, names: Names) -> Story:
    language, auto = names.language, isinstance(entry, AutoEntry)
    kind = entry.kind if isinstance(entry, AutoEntry) else entry.statement.kind
    body: Mapping[str, Any] = entry.body if isinstance(entry, AutoEntry) else entry.statement.body
    code = str(entry.outcome["code"])
    effects: Any = entry.outcome["effects"]
    moves = tuple(_told(move, names) for move in effects.get("moves", ()))
    tone = TONES.get(Code(code), "refused")
    digest = say("digest", language, count=effects["count"]) if "count" in effects else ""
    return Story(
        index=index,
        tone=tone,
        code=code,
        kind=kind,
        what=word(KINDS, kind, language),
        summary=_summary(moves, language),
        who="" if isinstance(entry, AutoEntry) else names.signer(entry.statement.author),
        signers=()
        if isinstance(entry, AutoEntry)
        else tuple(names.actor(key) for key in entry.statement.signers),
        statement="" if isinstance(entry, AutoEntry) else entry.statement.id,
        batch=entry.batch,
        time=names.clock(entry.time),
        minute=names.minute(entry.time),
        happened_at=""
        if isinstance(entry, AutoEntry)
        else names.clock(entry.statement.occurred_at),
        result=_result(tone, language),
        verdict=_verdict(tone, code, entry.outcome, auto, language),
        moves=moves,
        digest=digest,
        breaches=_breaches(entry.outcome, names),
        targets=_targets(kind, body),
        say=plain(str(body.get("say", ""))),
        why=_why(kind, body, language),
        body=body,
        outcome=entry.outcome,
        auto=auto,
        colon=say("colon", language),
    )


def _told(move: Sequence[Any], names: Names) -> Told:
    commodity, source, target, n = move
    return Told(commodity, names.amount(commodity, n), names.account(source), names.account(target))


def _summary(moves: Sequence[Told], language: str) -> str:
    if not moves:
        return ""
    told = [
        f"{m.amount}{say('colon', language)}{m.source} → {m.target}" for m in moves[:SUMMARY_MOVES]
    ]
    more = len(moves) - SUMMARY_MOVES
    text = say("separator", language).join(told)
    return text + (say("and_more", language, n=grouped(more)) if more > 0 else "")


def _result(tone: str, language: str) -> str:
    if tone == "held":
        return word(ACCOUNTS, "held", language)
    if tone == "refused":
        return say("refused", language)
    return say("with_remark", language) if tone == "flagged" else ""


def _verdict(
    tone: str, code: str, outcome: Mapping[str, Any], auto: bool, language: str
) -> tuple[str, ...]:
    place = language_index(language)
    if tone == "refused":
        what, then = WHAT[Code(code)]
        end = "." if language == "en" else "。"
        lines = [
            say("was_refused", language),
            f"{what[place]}{end}",
            f"{say('next_step', language)}{say('colon', language)}{then[place]}",
        ]
    elif tone == "held":
        lines = [say("was_held", language)]
    else:
        lines = [say("applied_flagged" if tone == "flagged" else "applied", language)]
    if auto:
        lines.append(say("derived", language))
    late = outcome.get("late")
    if isinstance(late, int):
        lines.append(say("late", language, age=age(late, language)))
    return tuple(lines)


def _breaches(outcome: Mapping[str, Any], names: Names) -> tuple[str, ...]:
    place = language_index(names.language)
    told = []
    for code, subject, n in outcome.get("breaches", ()):
        if code not in list(Code):
            told.append(f"+{grouped(n)}")
            continue
        what = WHAT[Code(code)][0][place]
        # Which signature is missing, or whose, the sentence says already.
        about = "" if subject == "cosigners" else _subject(subject, n, names)
        told.append(f"{what}{say('colon', names.language)}{about}" if about else what)
    return tuple(told)


def _subject(subject: str, n: int, names: Names) -> str:
    """`rice/over_issue:depot` with its quantity; anything else as the ledger wrote it."""
    commodity, slash, account = subject.partition("/")
    if slash and (
        names.is_money(commodity) or names.row("catalogue", f"item/{commodity}") is not None
    ):
        return f"{names.amount(commodity, n)} · {names.account(account)}"
    shown = subject if len(subject) <= 40 else f"{subject[:12]}…"
    return f"{shown} ({grouped(n)})" if n else shown


def _targets(kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of the statements that a correction corrects."""
    if kind != "correction.declare":
        return ()
    return tuple(
        str(target["statement"]) if isinstance(target, dict) else str(target)
        for target in body.get("targets", ())
    )


def _why(kind: str, body: Mapping[str, Any], language: str) -> str:
    return word(REASONS, str(body["why"]), language) if kind == "correction.declare" else ""
