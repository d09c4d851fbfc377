"""What stands where, each figure with its proof: `GET /v1/balances`, `/v1/state/..`.

Figures are those of the newest final checkpoint, so that each can be proved; the answer says as of
which entry. `batch` proves the checkpoint's last entry, which names the state root, and stands once
for the whole list; `/v1/state/{table}/{key}` gives one row as a file that stands alone.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.wire import json_answer, node_of, views_of
from ledger.log.proof import format_proof
from ledger.proofs.stateproof import StateProof, format_state_proof, state_proof_value
from ledger.stateroot import TABLES
from nodes.grounds import Grounds
from nodes.projections import holdings, queries

TOTALS: Final = (
    "received",
    "received_back",
    "inside",
    "spent",
    "spent_back",
    "contra",
    "neutral",
)
"""Names of the figures in a row of table `totals`, in its order."""
LIMIT_MAX: Final = 200
KEY_MAX: Final = 192

router = APIRouter(route_class=GatedRoute, tags=["Figures"])

Slugs = Annotated[str, Query(max_length=97, pattern=r"^[A-Za-z0-9.-]*$")]


@router.get("/v1/balances", summary="Accounts, each with its proof")
@allow(READ)
def balances(
    request: Request,
    commodity: Slugs = "",
    fund: Slugs = "",
    side: Annotated[str, Query(pattern=r"^(|inside|outside|sink|contra|neutral)$")] = "",
    after: Annotated[str, Query(max_length=400)] = "",
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50,
) -> Response:
    """Accounts that are not zero, by commodity and name; `after` is the last key of a page.

    Of a `commodity` the gross `totals` come along: what came in is what is inside, what went out,
    and what the books could not hold.
    """
    grounds = node_of(request).grounds(final=True)
    with queries.reading(views_of(request)) as session:
        found = holdings.balances(session, commodity=commodity, fund=fund, side=side)
        keys = [f"{row.commodity}/{row.account}" for row in found]
    later = [key for key in keys if key > after] if after else keys
    page = later[:limit]
    value: dict[str, Any] = {
        "as_of": as_of(grounds),
        "balances": [one for key in page if (one := _balance(grounds, key)) is not None],
        "batch": format_proof(grounds.batch).decode(),
    }
    if commodity:
        value["totals"] = [_totals(grounds, commodity)]
    if len(later) > limit:
        value["next"] = page[-1]
    return json_answer(value)


def as_of(grounds: Grounds) -> dict[str, int]:
    """The moment that an answer's figures are of."""
    head = grounds.head
    return {"batch": head.batch, "size": head.size, "time": head.time}


def _balance(grounds: Grounds, key: str) -> dict[str, Any] | None:
    proof = grounds.prove_state("accounts", key, inside=True)
    if not proof.is_present:
        return None  # the views are ahead of what is final
    commodity, _, account = key.partition("/")
    return {
        "account": account,
        "commodity": commodity,
        "proof": state_proof_value(proof),
        "units": proof.row,
    }


def _totals(grounds: Grounds, commodity: str) -> dict[str, Any]:
    proof = grounds.prove_state("totals", commodity, inside=True)
    row = proof.row if isinstance(proof.row, list) else ["0"] * len(TOTALS)
    named = dict(zip(TOTALS, row, strict=True))
    return {**named, "commodity": commodity, "proof": state_proof_value(proof)}


@router.get("/v1/state/{table}/{key:path}", summary="A row of the state, or its absence, proved")
@allow(READ)
def state(table: str, key: str, request: Request) -> Response:
    """A state proof that stands alone: the row of `key` in a state table, or that there is none."""
    if table not in TABLES or not 1 <= len(key.encode()) <= KEY_MAX:
        raise Problem(Trouble.NOT_FOUND)
    if min(key) < " " or "\x7f" in key:
        # A control character is in no key, and no proof can be written about one.
        raise Problem(Trouble.NOT_FOUND)
    proof: StateProof = node_of(request).grounds(final=True).prove_state(table, key)
    headers = {"Cache-Control": "no-cache"}
    return Response(format_state_proof(proof), headers=headers, media_type="application/json")
