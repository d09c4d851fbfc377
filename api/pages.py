"""Pages for people: the overview, lists of entries, one entry, open differences, problems.

    /            to the reader's language          /{l}/                 the overview
    /{l}/e/{i}   one entry, in words               /{l}/entries?..       lists behind the numbers
    /e/{i}       the same, in the reader's language; .json and .tlog-proof beside it

Readable without scripts; there are none. Each number leads to its entries and to its proof. What is
shown beside a proof was not checked here, and the page says so.
"""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api import entry_page, home_page
from api.entries import entry_answer, proof_answer
from api.gate import PAGE, READ, GatedRoute, allow
from api.language import SLUGS, slug_of
from api.list_page import ListPage, correction_pairs, rows_of
from api.messages import say
from api.names import Names
from api.problems import Problem, Trouble, said
from api.rendering import Frame, page
from api.wire import INDEX, language_of, node_of, views_of
from api.words import KINDS, account_word, word
from ledger.codes import Code
from nodes.projections import holdings, queries

ROWS: Final = 50
"""Entries of one page of a list."""

router = APIRouter(route_class=GatedRoute, include_in_schema=False)

Word = Annotated[str, Query(max_length=160)]


def _language(slug: str) -> str:
    language = SLUGS.get(slug)
    if language is None:
        raise Problem(Trouble.NOT_FOUND)
    return language


def _frame(names: Names, path: str | None, origin: str) -> Frame:
    return Frame(names.language, path, origin, names.offset)


# --- to the reader's language


@router.get("/", include_in_schema=False)
@allow(PAGE)
async def root(request: Request) -> Response:
    """To the overview in the reader's language."""
    return _redirect(f"/{slug_of(language_of(request))}/")


def _redirect(path: str) -> Response:
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
    return RedirectResponse(path, 307, headers)


@router.get("/e/{name}", include_in_schema=False)
@allow(READ)
def permalink(name: str, request: Request) -> Response:
    """`418`: the page in the reader's language; `418.json`, `418.tlog-proof`: beside it."""
    index, dot, suffix = name.partition(".")
    number = _index(index)
    if dot and suffix == "json":
        return entry_answer(node_of(request), number)
    if dot and suffix == "tlog-proof":
        return proof_answer(node_of(request), number)
    if dot:
        raise Problem(Trouble.NOT_FOUND)
    return _redirect(f"/{slug_of(language_of(request))}/e/{number}")


def _index(text: str) -> int:
    """A path's index of an entry; anything else is a page that is not there."""
    if not (1 <= len(text) <= 15 and text.isascii() and text.isdigit() and str(int(text)) == text):
        raise Problem(Trouble.NOT_FOUND)
    return int(text)


# --- pages


@router.get("/{slug}/", include_in_schema=False)
@allow(PAGE)
def home(slug: str, request: Request, goods: Word = "") -> Response:
    """The overview: what came in, where it went, how it is kept honest."""
    language, node = _language(slug), node_of(request)
    with queries.reading(views_of(request)) as session, node.store.view() as view:
        names = Names(view.rows, language)
        made = home_page.make(node, view, session, names, all_goods=goods == "all")
        frame = _frame(names, "/", view.head().origin)
        return page("home.html", frame, home=made)


@router.get("/{slug}/e/{index}", include_in_schema=False)
@allow(PAGE)
def entry(slug: str, index: str, request: Request) -> Response:
    """One entry in words."""
    language, node, number = _language(slug), node_of(request), _index(index)
    with queries.reading(views_of(request)) as session, node.store.view() as view:
        if number >= view.head().size:
            raise Problem(Trouble.NOT_FOUND)
        names = Names(view.rows, language)
        final = number < node.announcer.final_size
        made = entry_page.make(view, session, names, number, is_final=final)
        return page("entry.html", _frame(names, f"/e/{number}", view.head().origin), entry=made)


@router.get("/{slug}/entries", include_in_schema=False)
@allow(PAGE)
def entries(
    slug: str,
    request: Request,
    kind: Word = "",
    state: Annotated[str, Query(pattern="^(|refused|breached|correction)$")] = "",
    about: Word = "",
    commodity: Annotated[str, Query(pattern=r"^[A-Za-z0-9-]{0,48}$")] = "",
    account: Annotated[str, Query(pattern=r"^[a-z_]{0,20}$")] = "",
    before: Annotated[str, Query(pattern=INDEX)] = "999999999999999",
) -> Response:
    """Entries, newest first: all, of one kind, refused, with differences, about one thing."""
    language, node = _language(slug), node_of(request)
    which = queries.Which(
        kind=kind,
        state=state,
        subjects=(about,) if about else (),
        commodity=commodity,
        label=account,
    )
    with queries.reading(views_of(request)) as session, node.store.view() as view:
        names = Names(view.rows, language)
        found = queries.entries(session, which, before=int(before), limit=ROWS)
        older = None
        if found.older is not None:
            asked = {
                "kind": kind,
                "state": state,
                "about": about,
                "commodity": commodity,
                "account": account,
                "before": str(found.older),
            }
            older = f"/{slug}/entries?{urlencode({k: v for k, v in asked.items() if v})}"
        pairs = correction_pairs(view, session, found.rows, names) if state == "correction" else ()
        made = ListPage(
            title=_title(names, kind, state, about, commodity, account),
            count_text=say("count_shown", language, count=found.count, shown=len(found.rows)),
            rows=() if pairs else rows_of(view, session, found.rows, names),
            pairs=pairs,
            older=older,
        )
        path = "/entries" + (f"?{request.url.query}" if request.url.query else "")
        return page("entries.html", _frame(names, path, view.head().origin), list=made)


def _title(names: Names, kind: str, state: str, about: str, commodity: str, account: str) -> str:
    language = names.language
    if commodity:
        name = names.commodity(commodity)
        if account:
            name = f"{name} · {account_word(account, language)}"
        return say("list_about", language, name=name)
    if kind:
        if kind not in KINDS:
            raise Problem(Trouble.NOT_FOUND)
        return say("list_kind", language, kind=word(KINDS, kind, language))
    if state:
        titles = {
            "refused": "list_refused",
            "breached": "list_breaches",
            "correction": "list_corrections",
        }
        return say(titles[state], language)
    if about:
        return say("list_about", language, name=names.subject(about))
    return say("list_all", language)


@router.get("/{slug}/differences", include_in_schema=False)
@allow(PAGE)
def differences(slug: str, request: Request) -> Response:
    """Contra accounts that are not zero: what was reported and the books could not hold."""
    language, node = _language(slug), node_of(request)
    with queries.reading(views_of(request)) as session, node.store.view() as view:
        names = Names(view.rows, language)
        rows = home_page.open_differences(view, holdings.differences(session), names)
        frame = _frame(names, "/differences", view.head().origin)
        return page("differences.html", frame, rows=rows)


# --- problems


@router.get("/problems/{code}", include_in_schema=False)
@allow(PAGE)
async def problem(code: str, request: Request) -> Response:
    """What a code means and what to do: where the `type` of every problem leads."""
    known: Sequence[Trouble | Code] = [*Trouble, *Code]
    found = next((each for each in known if str(each) == code), None)
    if found is None:
        raise Problem(Trouble.NOT_FOUND)
    language = language_of(request)
    title, then = said(found, language)
    shown = {"code": str(found), "next_step": then, "title": title, "where": ""}
    return page("problem.html", Frame(language, None), problem=shown)


def problem_page(problem: Problem, language: str) -> Response:
    """A problem for somebody who reads pages."""
    title, then = said(problem.code, language)
    shown = {"code": str(problem.code), "next_step": then, "title": title, "where": ""}
    headers = {"Cache-Control": "no-store", **problem.headers}
    frame = Frame(language, None)
    return page("problem.html", frame, status=problem.status, headers=headers, problem=shown)


def wants_page(request: Request) -> bool:
    """Whether who asks reads pages: its address is one of a page, or it takes HTML and this is no
    address of the API or of the log."""
    first = request.url.path.split("/")[1] if request.url.path.startswith("/") else ""
    if first in ("v1", "tile", "checkpoint", "openapi.json"):
        return False
    return first in SLUGS or "text/html" in request.headers.get("accept", "")


def page_language(request: Request) -> str:
    """Of a page its own language, else the reader's."""
    first = request.url.path.split("/")[1] if request.url.path.startswith("/") else ""
    return SLUGS.get(first) or language_of(request)
