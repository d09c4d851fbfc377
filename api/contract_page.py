"""Pages about contracts: all of them, and one in words, with who approved it and what it decided.

    /{l}/contracts           what is in force, waiting, suspended, proposed
    /{l}/contracts/{hash}    one text: basis, rules as sentences, versions, votes, last decisions

A rule's sentence is the one that a worker reads when it fails; what only a statement could fill in
stands as `…`. The rule itself is beside it, exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from api.contract_words import STATES
from api.contracts import Hash, listing, one_contract
from api.figures import clock
from api.gate import PAGE, GatedRoute, allow
from api.language import SLUGS
from api.messages import say
from api.names import Names
from api.problems import Problem, Trouble
from api.rendering import Frame, page
from api.wire import node_of
from api.words import word
from contracts.documents.compiled import Contract
from contracts.documents.texts import Placeholder, Template, render
from contracts.simulating.told import contract_in
from ledger.canon import Value
from ledger.state import State

router = APIRouter(route_class=GatedRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """A contract in the list, or a place where one stands."""

    title: str
    about: str
    state: str
    link: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words and as it is written; what follows where it does not hold."""

    text: str
    then: str
    exact: str


@router.get("/{slug}/contracts", include_in_schema=False)
@allow(PAGE)
def contracts(slug: str, request: Request) -> Response:
    """All contracts."""
    language = _language(slug)
    with node_of(request).store.view() as view:
        names = Names(view.rows, language)
        found = listing(view)
        lines = [_line(one, slug, language) for one in found["contracts"]]
        lines += [
            Line(
                title=one["contract"],
                about=_about(one["contract"], one, one["scope"], language),
                state=word(STATES, "open", language),
                link=f"/{slug}/contracts/{one['hash']}",
            )
            for one in found["proposals"]
        ]
        frame = Frame(language, "/contracts", view.head().origin, names.offset)
    return page("contracts.html", frame, lines=lines)


def _language(slug: str) -> str:
    language = SLUGS.get(slug)
    if language is None:
        raise Problem(Trouble.NOT_FOUND)
    return language


def _line(one: Mapping[str, Any], slug: str, language: str) -> Line:
    version = one.get("now") or one["waiting"]
    title = one.get("title", {})
    return Line(
        title=str(title.get(language.lower().replace("-", "_"), one["id"])),
        about=_about(one["id"], version, one["scope"], language),
        state=word(STATES, str(one["state"]), language),
        link=f"/{slug}/contracts/{version['hash']}",
    )


def _about(contract: str, version: Mapping[str, Any], scope: str, language: str) -> str:
    name = say("contract_version", language, id=contract, version=version["version"])
    parts = (name, scope, word(STATES, str(version["mode"]), language))
    return say("separator", language).join(parts)


@router.get("/{slug}/contracts/{hash}", include_in_schema=False)
@allow(PAGE)
def contract(slug: str, hash: Hash, request: Request) -> Response:
    """One contract."""
    language = _language(slug)
    with node_of(request).store.view() as view:
        found = one_contract(view, hash)
        if found is None:
            raise Problem(Trouble.NOT_FOUND)
        names = Names(view.rows, language)
        made = contract_in(State(view), found["document"], hash)
        frame = Frame(language, f"/contracts/{hash}", view.head().origin, names.offset)
    document = made.document
    shown = {
        "about": say("contract_version", language, id=made.id, version=document.version),
        "basis": document.basis,
        "decisions": [
            {**one, "said": word(STATES, str(one["outcome"]), language)}
            for one in found["decisions"]
        ],
        "hash": hash,
        "places": [
            _about(made.id, one, str(one["scope"]), language)
            + say("colon", language)
            + word(STATES, str(one["state"]), language)
            for one in found["standings"]
        ],
        "rules": [_rule(made, at, language) for at in range(len(made.rules))],
        "title": made.title.of(language),
        "versions": [
            {
                "hash": one["hash"],
                "state": word(STATES, str(one["state"]), language),
                "text": say("contract_version", language, id=made.id, version=one["version"]),
            }
            for one in found["versions"]
        ],
        "votes": [_votes(one, names, language) for one in found["proposals"]],
    }
    return page("contract.html", frame, contract=shown)


def _votes(one: Mapping[str, Any], names: Names, language: str) -> str:
    listed = say("comma", language).join(str(member) for member in one["approved_by"])
    if one["state"] != "open":
        return listed
    until = clock(int(one["until"]), names.offset)
    needs = say("contract_needs", language, count=one["needs"], until=until)
    return say("separator", language).join(part for part in (listed, needs) if part)


def _rule(made: Contract, at: int, language: str) -> Rule:
    rule, written = made.rules[at], made.document.rules[at]
    filled = [_part(part, made, at, language) for part in rule.say.templates[language]]
    return Rule("".join(filled), word(STATES, rule.otherwise, language), written.require)


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
