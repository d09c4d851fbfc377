"""Pages about contracts: all of them, and one in words, with who approved it and what it decided.

    /{l}/contracts             in force, coming, proposed, over
    /{l}/contracts/{id}        the version that is in force, or comes, or was the last
    /{l}/contracts/{hash}      one text: rules as sentences, who approved it, its runs, versions

A rule's sentence is the one that a worker reads when it fails; what only a statement could fill in
stands as `…`. The rule itself is beside it, exactly. Lists come from the views; how many voices are
wanted, and what is said against a contract, from the state.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from api import run_page
from api.adoption import contract_of, proposals_of
from api.contract_telling import Card, Effect, Note, Rule, Told, bounds, effects, rules
from api.contract_words import STATES
from api.contracts import one_contract
from api.figures import plain
from api.gate import PAGE, GatedRoute, allow
from api.language import SLUGS
from api.messages import say
from api.names import Names
from api.problems import Problem, Trouble
from api.rendering import Frame, page
from api.wire import INDEX, node_of, views_of
from api.words import word
from ledger.canon import Value
from ledger.entry import StatementEntry, parse_entry
from ledger.state import State
from nodes.projections import adopted, queries
from nodes.projections.contractviews import ContractVersion
from nodes.view import View

OVER: Final = ("superseded", "expired", "retired", "dropped", "lapsed")
OVER_MAX: Final = 20
RUNS_MAX: Final = 3
VERSIONS_MAX: Final = 50

router = APIRouter(route_class=GatedRoute, include_in_schema=False)

Name = Annotated[
    str,
    Path(
        pattern="^([0-9a-f]{64}|[a-z][a-z0-9-]{2,47})$",
        description="Contract hash, 64 hex digits, or contract id.",
    ),
]


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the page of all contracts; `older` leads to the rest of it."""

    id: str
    title: str
    cards: Sequence[Card]
    older: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page of one contract shows."""

    id: str
    hash: str
    title: str
    tone: str
    state: str
    about: str
    notes: Sequence[Note]
    rows: Sequence[run_page.Row]
    rules: Sequence[Rule]
    effects: Sequence[Effect]
    bounds: Sequence[str]
    runs: Sequence[run_page.Run]
    is_gate: bool
    decisions: Sequence[dict[str, object]]
    versions: Sequence[dict[str, str]]
    examples: Sequence[str] = field(default=())


def _language(slug: str) -> str:
    language = SLUGS.get(slug)
    if language is None:
        raise Problem(Trouble.NOT_FOUND)
    return language


# ---- all of them --------------------------------------------------------------------------------


@router.get("/{slug}/contracts", include_in_schema=False)
@allow(PAGE)
def contracts(
    slug: str, request: Request, before: Annotated[str, Query(pattern=rf"^$|{INDEX}")] = ""
) -> Response:
    """All contracts; `before`: earlier ones of those that are over."""
    language, node = _language(slug), node_of(request)
    with queries.reading(views_of(request)) as session, node.store.view() as view:
        names = Names(view.rows, language)
        state = State(view)
        now = node.now()
        parts: list[Part] = []

        def cards(rows: Sequence[ContractVersion]) -> list[Card]:
            found = proposals_of(session, state, rows)
            return [Told(one, state, names, now).card() for one in found]

        if not before:
            stand = adopted.versions(session, states=("active", "suspended"), limit=1_000).rows
            # Those that decide before those that only watch, by name.
            stand = sorted(stand, key=lambda row: (row.mode != "enforce", row.contract, row.scope))
            coming = adopted.versions(session, states=("approved", "before"), limit=1_000).rows
            proposed = adopted.versions(session, states=("proposed",), limit=100).rows
            parts += [
                Part("stand", say("contracts_in_force", language), cards(stand)),
                Part("coming", say("contracts_coming", language), cards(coming)),
                Part("proposed", say("contracts_proposed", language), cards(proposed)),
            ]
        over = adopted.versions(
            session, states=OVER, before=int(before) if before else None, limit=OVER_MAX
        )
        older = "" if over.older is None else f"/{slug}/contracts?before={over.older}"
        parts.append(Part("over", say("contracts_over", language), cards(over.rows), older))
        open_ = adopted.runs(session, is_open=True, limit=RUNS_MAX).rows
        going = [] if before else [run_page.told(session, state, row, names) for row in open_]
        has_runs = bool(open_ or adopted.runs(session, limit=1).rows)
        frame = Frame(language, "/contracts", view.head().origin, names.offset)
        return page("contracts.html", frame, parts=parts, going=going, has_runs=has_runs)


# ---- one of them --------------------------------------------------------------------------------


@router.get("/{slug}/contracts/{name}", include_in_schema=False)
@allow(PAGE)
def contract(slug: str, name: Name, request: Request) -> Response:
    """One contract, by its hash or its id."""
    language, node = _language(slug), node_of(request)
    with queries.reading(views_of(request)) as session, node.store.view() as view:
        row = _version(session, name)
        if row is None:
            raise Problem(Trouble.NOT_FOUND)
        names = Names(view.rows, language)
        shown = _shown(view, session, names, row, node.now())
        frame = Frame(language, f"/contracts/{name}", view.head().origin, names.offset)
    return page("contract.html", frame, contract=shown)


def _version(session: Session, name: str) -> ContractVersion | None:
    """The version that is meant: of a text or an id, the one that stands or did so last."""
    ranks = (("active", "suspended"), ("approved",), ("before",), ("proposed",), ())
    if len(name) == 64:
        rows = adopted.of_text(session, name)
        found = [row for states in ranks for row in rows if not states or row.state in states]
    else:
        # Each asked by itself: many later proposals do not hide what is in force.
        asked = (adopted.versions(session, states=s, contract=name, limit=1).rows for s in ranks)
        found = [row for rows in asked for row in rows]
    return found[0] if found else None


def _shown(view: View, session: Session, names: Names, row: ContractVersion, now: int) -> Shown:
    state, language = State(view), names.language
    slug = language.lower()
    (one,) = proposals_of(session, state, [row])
    told = Told(one, state, names, now)
    made = contract_of(state, row, _document(view, row))
    others = adopted.versions(session, contract=row.contract, limit=VERSIONS_MAX).rows
    runs = adopted.runs(session, contract=row.contract, limit=RUNS_MAX).rows
    known = one_contract(view, row.hash)
    assert known is not None, "a version of the views is on the log"
    basis = run_page.Row(say("contract_basis", language), plain(made.document.basis))
    return Shown(
        id=row.contract,
        hash=row.hash,
        title=told.title,
        tone=told.tone,
        state=told.state,
        about=say("contract_number", language, version=row.version),
        notes=[*told.notes(), *_next(others, row, told)],
        rows=[*told.rows(), told.owner, basis],
        rules=rules(made, language),
        effects=effects(made, language),
        bounds=bounds(made, names),
        runs=[run_page.told(session, state, each, names) for each in runs],
        is_gate=row.sort == "gate",
        decisions=[
            {**each, "said": word(STATES, str(each["outcome"]), language)}
            for each in known["decisions"]
        ],
        versions=[_listed(each, names, slug) for each in others],
        examples=[plain(case.name) for case in made.document.cases],
    )


def _document(view: View, row: ContractVersion) -> dict[str, Value]:
    """The text of a version, from the entry that proposed it."""
    entry = parse_entry(view.entry(row.proposed))
    assert isinstance(entry, StatementEntry)
    document = entry.statement.body["document"]
    assert isinstance(document, dict)
    return document


def _next(others: Sequence[ContractVersion], row: ContractVersion, told: Told) -> list[Note]:
    """That another version is coming in its place."""
    if row.state not in ("active", "suspended"):
        return []
    return [
        told.coming(other) for other in others
        if other.state == "approved" and other.scope == row.scope
    ]  # fmt: skip


def _listed(row: ContractVersion, names: Names, slug: str) -> dict[str, str]:
    number = say("contract_number", names.language, version=row.version)
    mode = word(STATES, row.mode, names.language)
    when = names.minute(row.starts if row.starts >= 0 else row.opened)
    state = word(STATES, row.state, names.language)
    return {
        "link": f"/{slug}/contracts/{row.hash}",
        "state": f"{state}{say('comma', names.language)}{when}",
        "text": say("only_would", names.language, outcome=number, mode=mode),
    }
