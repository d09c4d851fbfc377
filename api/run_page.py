"""Pages about runs: what a contract does household by household, and how far it is.

    /{l}/runs               those that go on, each with its bar, then those that are over
    /{l}/runs?contract=..   of one contract

A bar is how much of the roll was looked at; the sentence beside it says the same in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from api.adoption import CONTRACT, RUN, Progress, progress_of
from api.contract_words import RUNS, WHYS
from api.figures import grouped, plain
from api.gate import PAGE, GatedRoute, allow
from api.language import SLUGS
from api.messages import say
from api.names import Names
from api.problems import Problem, Trouble
from api.rendering import Frame, page
from api.wire import node_of, views_of
from api.words import KINDS, word
from ledger.sentences import language_index
from ledger.state import State
from nodes.projections import adopted, queries
from nodes.projections.contractviews import ContractRun

OVER: Final = 20
"""Runs that are over, on one page."""
OPEN: Final = 50

router = APIRouter(route_class=GatedRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of facts about a run; `link` leads to the entry behind it, "" for none."""

    label: str
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run in words. `width`: of a bar of 1,000, -1 where nobody knows how long its list is."""

    title: str
    link: str
    tone: str
    state: str
    sentence: str
    width: int
    rows: Sequence[Row]


@router.get("/{slug}/runs", include_in_schema=False)
@allow(PAGE)
def runs(
    slug: str,
    request: Request,
    contract: Annotated[str, Query(pattern=rf"^$|{CONTRACT}")] = "",
    before: Annotated[str, Query(pattern=rf"^$|{RUN}")] = "",
) -> Response:
    """Runs of all contracts, or of one."""
    language = SLUGS.get(slug)
    if language is None:
        raise Problem(Trouble.NOT_FOUND)
    with queries.reading(views_of(request)) as session, node_of(request).store.view() as view:
        names = Names(view.rows, language)
        state = State(view)
        going = adopted.runs(session, is_open=True, contract=contract, limit=OPEN)
        over = adopted.runs(session, is_open=False, contract=contract, before=before, limit=OVER)
        named = f"?contract={contract}" if contract else ""
        older = None
        if over.older is not None:
            older = f"/{slug}/runs?before={over.older}" + (f"&contract={contract}" * bool(contract))
        frame = Frame(language, f"/runs{named}", view.head().origin, names.offset)
        return page(
            "runs.html",
            frame,
            going=[] if before else [told(session, state, row, names) for row in going.rows],
            over=[told(session, state, row, names) for row in over.rows],
            older=older,
            is_first=not before,
            data=f"/v1/runs{named}",
        )


def told(session: Session, state: State, row: ContractRun, names: Names) -> Run:
    """A run in words."""
    one = progress_of(session, state, row)
    language = names.language
    slug = language.lower()
    if one.of is None:
        sentence, width = say("run_done", language, done=grouped(row.done)), -1
    else:
        done, of = grouped(row.done), grouped(one.of)
        sentence = say("run_of", language, done=done, of=of)
        width = 1_000 * row.done // one.of if one.of else 1_000
    return Run(
        title=plain(one.title[language_index(language)]),
        link=f"/{slug}/contracts/{one.hash}",
        tone="waiting" if is_waiting(session, row) else row.state,
        state=standing(session, row, language),
        sentence=sentence,
        width=width,
        rows=_rows(one, names, slug),
    )


def is_waiting(session: Session, row: ContractRun) -> bool:
    """Whether it would go on, but no version of its contract is in force."""
    if row.state != "running":
        return False
    return not adopted.versions(session, states=("active",), contract=row.contract, limit=1).rows


def standing(session: Session, row: ContractRun, language: str) -> str:
    """How it stands, and why it does not go on."""
    text = word(RUNS, "waiting" if is_waiting(session, row) else row.state, language)
    if not row.why:
        return text
    return f"{text}{say('colon', language)}{word(WHYS, row.why, language)}"


def _rows(one: Progress, names: Names, slug: str) -> list[Row]:
    row, language = one.row, names.language
    found: list[Row] = []
    if one.currency:
        money = names.amount
        found.append(Row(say("run_spent", language), money(one.currency, row.spent)))
        found.append(Row(say("run_left", language), money(one.currency, one.left)))
        if row.closed == -1:
            found.append(Row(say("run_aside", language), money(one.currency, one.aside)))
    for label, n in (
        ("run_fired", row.fired),
        ("run_refused", row.refused),
        ("run_faults", row.faults),
    ):
        if n and not (label == "run_fired" and n == row.done):
            count = (
                say("run_household", language, n=grouped(n)) if one.of is not None else grouped(n)
            )
            found.append(Row(say(label, language), count))
    cause = word(KINDS, one.cause_kind, language)
    when = names.minute(one.began) if one.began >= 0 else ""
    text = say("comma", language).join(part for part in (cause, when) if part)
    found.append(Row(say("run_cause", language), text, f"/{slug}/e/{row.cause}"))
    found.append(Row(say("run_last", language), names.minute(row.time), f"/{slug}/e/{row.entry}"))
    return found
