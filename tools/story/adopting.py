"""Adopting: after the two weeks the members take up a contract that somebody has written.

    adopt(timeline, document, language)      # first it watches for a day, then it counts

Nothing is shortened: it is proposed, two of three members approve, it is committed, and the day's
notice passes; then the same once more, for the mode in which it counts. Only the waiting is played.
What the ledger refuses is told as it refuses it. Rules: docs/spec/adoption.md.
"""

from typing import Final

from ledger.adoptions import contract_hash
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import Statement, format_envelope
from ledger.sentences import sentence
from tools.console import Stop, plain
from tools.signing import make_statement
from tools.story.county import DAY, ORIGIN
from tools.story.ruling import EVERYBODY, PROPOSER, VOICES
from tools.story.teller import A_WEEK_S, Body, Teller, plain_value
from tools.story.timeline import Timeline
from tools.words import word

HOUR: Final = 3_600
OWNER: Final = "county"
MODES: Final = ("shadow", "enforce")
TAKES_S: Final = 3 * DAY
"""Two notices of a day and an hour, and some hours between: so much earlier the story begins."""


def adopt(timeline: Timeline, document: Value, language: str) -> None:
    """The contract in force for everybody. Raises `Stop` with the ledger's own sentence."""
    teller = timeline.teller
    for mode in MODES:
        not_before = teller.clock.now() + DAY + HOUR
        _agree(timeline, document, mode, not_before, language)
        # What it counts is worked out from the log meanwhile; that takes no day.
        teller.node.store.refilling.finish()
        teller.at_time(not_before + HOUR)
        # Whatever is entered next brings it into force; here somebody gives something.
        timeline.giving.gift(20_000)
        teller.finish()


def _agree(timeline: Timeline, document: Value, mode: str, not_before: int, language: str) -> None:
    teller, sequences = timeline.teller, timeline.ruling.sequences
    body: Body = {
        "document": document,
        "lane": "full",
        "mode": mode,
        "not_before": not_before,
        "owner": OWNER,
        "scope": EVERYBODY,
    }
    proposed = _say(teller, "contract.propose", body, PROPOSER, language)
    voice: Body = {"hash": contract_hash(document), "proposal": proposed.id}
    for actor in VOICES:
        _say(teller, "contract.approve", voice, actor, language)
    sequences[EVERYBODY] = sequences.get(EVERYBODY, 0) + 1
    done: Body = {"proposal": proposed.id, "sequence": sequences[EVERYBODY]}
    _say(teller, "contract.commit", done, PROPOSER, language)


def _say(teller: Teller, kind: str, body: Body, actor: str, language: str) -> Statement:
    """A statement of its own; the story knows what comes of the others, here nobody does."""
    statement = make_statement(
        kind,
        plain_value(body),
        [teller.keys[actor]],
        log=ORIGIN,
        now=teller.clock.now(),
        expires_s=A_WEEK_S,
    )
    [reply] = teller.node.submit([format_envelope(statement)]).result()
    if reply.code != Code.OK:
        why = sentence(reply.refusal, language) if reply.refusal else str(reply.error)
        raise Stop(word("demo_not_adopted", language, what=kind, why=plain(why)))
    return statement
