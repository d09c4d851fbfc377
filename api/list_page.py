"""Lists of entries, and corrections beside what they correct."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.names import Names
from api.story import Story, tell
from nodes import queries
from nodes.view import View
from nodes.views import Entry


@dataclass(frozen=True, slots=True)
class Version:
    """One side of a correction: the entry in words; `tone` is `original` or `correction`."""

    tone: str
    index: int
    what: str
    summary: str
    say: str
    why: str
    who: str
    time: str


@dataclass(frozen=True, slots=True)
class Pair:
    """An original and its correction; both stand."""

    original: Version
    correction: Version


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list of entries or of corrections; `older` is the address of the next page."""

    title: str
    count_text: str
    rows: Sequence[Story]
    pairs: Sequence[Pair]
    older: str | None


def rows_of(view: View, rows: Sequence[Entry], names: Names) -> list[Story]:
    """The stories of these entries."""
    return [tell(view.entry(row.index), row.index, names) for row in rows]


def correction_pairs(
    view: View, session: Session, rows: Sequence[Entry], names: Names
) -> list[Pair]:
    """Each correction beside each entry that it corrects."""
    found = []
    for row in rows:
        correction = tell(view.entry(row.index), row.index, names)
        for target in correction.targets:
            original = queries.entry_of(session, target)
            if original is not None:
                first = tell(view.entry(original.index), original.index, names)
                found.append(pair_of(first, correction))
    return found


def pair_of(original: Story, correction: Story) -> Pair:
    """The two side by side."""
    return Pair(_version(original, "original"), _version(correction, "correction"))


def _version(story: Story, tone: str) -> Version:
    return Version(
        tone=tone,
        index=story.index,
        what=story.what,
        summary=story.summary,
        say=story.say,
        why=story.why,
        who=story.who,
        time=story.minute,
    )
