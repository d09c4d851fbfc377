"""The app: one FastAPI over one node, with every route behind the gate.

    node = ...                                    # running, owned by whoever made it
    app = create_app(node, views)   # views: an engine, nodes.projections.projector.open_views
    await api.server.server(app, port=8080).serve()

The app starts and stops nothing: the node belongs to its maker, and is there before the first
request and after the last. What is unknown, wrong or broken is answered as a problem (RFC 9457),
also by routes that do not exist.
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import (
    adoption,
    agreements,
    assets,
    balances,
    contract_page,
    contract_trials,
    contracts,
    entries,
    funds,
    health,
    notices,
    pages,
    receipts,
    reference,
    run_page,
    situation,
    statements,
    submit,
    tiles,
    trace,
    verifying,
)
from api.gate import HEADERS, Envelope, Gate, Limits
from api.problems import Problem, Trouble, answer
from nodes.errors import NodeError
from nodes.node import Node

ROUTERS = (
    submit.router,
    statements.router,
    entries.router,
    receipts.router,
    trace.router,
    funds.router,
    balances.router,
    situation.router,
    agreements.router,
    contracts.router,
    adoption.router,
    contract_trials.router,
    notices.router,
    tiles.router,
    health.router,
    assets.router,
    reference.router,
    verifying.router,
    contract_page.router,
    run_page.router,
    pages.router,  # last: its first part of a path is a language
)

_OF_STATUS = {
    404: Trouble.NOT_FOUND,
    405: Trouble.METHOD_NOT_ALLOWED,
    413: Trouble.BAD_REQUEST,
}


def create_app(
    node: Node,
    views: Engine,
    *,
    views_failure: Callable[[], str] = lambda: "",
    limits: Limits | None = None,
    docs: bool = True,
) -> FastAPI:
    """The web application over `node`, which must be running while it serves, and its `views`.

    `views_failure` says why the views do not follow the log, "" while they do. `docs` switches the
    reference at `/docs`; `/openapi.json` is always there.
    """
    app = FastAPI(
        title="relief-ledger",
        version=version("relief-ledger"),
        description=reference.DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers={
            Problem: _problem,
            NodeError: _node_error,
            HTTPException: _http_exception,
            RequestValidationError: _invalid,
            Exception: _internal,
        },
    )
    app.state.node = node
    app.state.views_failure = views_failure
    app.state.views = views
    app.state.gate = Gate(limits or Limits())
    app.add_middleware(Envelope)
    for router in (*ROUTERS, *((reference.page_router,) if docs else ())):
        app.include_router(router)
    return app


def _answered(problem: Problem, request: Request) -> Response:
    """As a page for people, as `application/problem+json` for everybody else."""
    if pages.wants_page(request):
        return pages.problem_page(problem, pages.page_language(request))
    return answer(problem, request)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _answered(error, request)


async def _node_error(request: Request, error: Exception) -> Response:
    """What the node cannot do now, with the time to ask again."""
    assert isinstance(error, NodeError)
    return _answered(Problem.of_node(error), request)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    trouble = _OF_STATUS.get(error.status_code, Trouble.BAD_REQUEST)
    return _answered(Problem(trouble, headers=error.headers), request)


async def _invalid(request: Request, error: Exception) -> Response:
    """A parameter of the wrong form: its name is ours, its value is not shown."""
    assert isinstance(error, RequestValidationError)
    place: Any = error.errors()[0]["loc"]
    return _answered(Problem(Trouble.BAD_REQUEST, where=str(place[-1])), request)


async def _internal(request: Request, error: Exception) -> Response:
    """What we did not foresee. The server writes the trace to its journal; the sender sees none."""
    response = _answered(Problem(Trouble.INTERNAL), request)
    response.headers.update(HEADERS)
    return response
