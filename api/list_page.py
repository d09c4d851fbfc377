"""Lists of entries, and corrections beside what they correct."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from api.messages import say
from api.names import Names
from api.story import Story, tell
from ledger.canon import Value
from ledger.codes import Code
from ledger.entry import BatchEntry, parse_entry
from nodes.projections import queries
from nodes.projections.views import Entry
from nodes.view import View

LINES_MAX = 12
"""Moves that one side of a correction shows; its own page has all."""


@dataclass(frozen=True, slots=True)
class Version:
    """One side of a correction: the entry in words; `tone` is `original` or `correction`."""

    tone: str
    index: int
    what: str
    lines: Sequence[str]
    say: str
    why: str
    who: str
    time: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A correction beside what it corrects; all of it stands. `note` is said above, if anything."""

    originals: Sequence[Version]
    correction: Version
    note: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list of entries or of corrections; `older` is the address of the next page."""

    title: str
    count_text: str
    rows: Sequence[Story]
    pairs: Sequence[Pair]
    older: str | None


def rows_of(view: View, session: Session, rows: Sequence[Entry], names: Names) -> list[Story]:
    """The stories of these entries; of what was held, until when it waits or how that ended."""
    found = [tell(view.entry(row.index), row.index, names) for row in rows]
    held = {row.index: row.statement for row in rows if row.code == Code.HELD}
    ends = queries.last_about(session, [f"hold/{statement}" for statement in held.values()])
    return [
        _waiting(view, one, held[one.index], ends, names) if one.index in held else one
        for one in found
    ]


def _waiting(view: View, story: Story, held: str, ends: Mapping[str, int], names: Names) -> Story:
    """The story of a held statement with how it stands; `ends`: the last entry about its wait."""
    said = outcome_of(view, ends.get(f"hold/{held}", story.index))
    if said.get("posted") == held:
        result = say("held_then_posted", names.language)
    elif said.get("voided") == held:
        result = say("held_then_voided", names.language)
    else:
        result = say("held_to", names.language, until=names.minute(story.outcome["until"]))
    return replace(story, result=result)


def outcome_of(view: View, index: int) -> Mapping[str, Value]:
    """The outcome of the entry at `index`; {} of the end of a batch."""
    entry = parse_entry(view.entry(index))
    return {} if isinstance(entry, BatchEntry) else entry.outcome


def correction_pairs(
    view: View, session: Session, rows: Sequence[Entry], names: Names
) -> list[Pair]:
    """Each correction beside all that it corrects."""
    return [
        pair_of(view, session, names, tell(view.entry(row.index), row.index, names)) for row in rows
    ]


def pair_of(view: View, session: Session, names: Names, correction: Story, note: str = "") -> Pair:
    """A correction beside its originals."""
    originals = []
    for target in dict.fromkeys(correction.targets):
        row = queries.entry_of(session, target)
        if row is not None:
            story = tell(view.entry(row.index), row.index, names)
            originals.append(_version(story, "original"))
    return Pair(originals, _version(correction, "correction"), note)


def _version(story: Story, tone: str) -> Version:
    lines = [
        f"{move.amount}{story.colon}{move.source} → {move.target}"
        for move in story.moves[:LINES_MAX]
    ]
    if len(story.moves) > LINES_MAX:
        lines.append(f"+ {len(story.moves) - LINES_MAX}")
    return Version(
        tone=tone,
        index=story.index,
        what=story.what,
        lines=lines,
        say=story.say,
        why=story.why,
        who=story.who,
        time=story.minute,
    )
