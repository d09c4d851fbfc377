"""What stands where, each figure with its proof: `GET /v1/balances`, `/v1/lots`, `/v1/state/..`.

Figures are those of the newest final checkpoint, so that each can be proved; the answer says as of
which entry. `batch` proves the checkpoint's last entry, which names the state root, and stands once
for the whole list; `/v1/state/{table}/{key}` gives one row as a file that stands alone. Lots are
those of the views, which are ahead of what is final: who draws on lots needs them as they are now.
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
from nodes.projections.lots import site_lots

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
LOTS_MAX: Final = 1_000
"""Lots of one page."""
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


Slug = Annotated[str, Query(max_length=48, pattern=r"^[a-z0-9][a-z0-9-]*$")]
AFTER: Final = r"^([a-z0-9][a-z0-9-]{0,47}/[0-9a-f]{64}/[rb]?(0|[1-9][0-9]{0,5}))?$"


@router.get("/v1/lots", summary="The lots that live at a site")
@allow(READ)
def lots(
    request: Request,
    site: Slug,
    item: Annotated[str, Query(max_length=48, pattern=r"^([a-z0-9][a-z0-9-]*)?$")] = "",
    after: Annotated[str, Query(pattern=AFTER)] = "",
    limit: Annotated[int, Query(ge=1, le=LOTS_MAX)] = 200,
) -> Response:
    """Lots that nothing has drawn on, by item and id; `after` is the `next` of the page before.

    `log_size` is how far the log has come; the views, of which this is, follow it.
    """
    log_size = node_of(request).size()
    first, _, last = after.partition("/")
    with queries.reading(views_of(request)) as session:
        found = site_lots(session, site, item=item, after=(first, last), limit=limit + 1)
        reached = queries.as_of(session)
        page = [
            {
                "item": lot.item,
                "lot": lot.lot,
                "made": lot.made,
                "proof": f"/v1/state/lots/{lot.lot}",
                "units": lot.quantity,
            }
            for lot in found[:limit]
        ]
    value: dict[str, Any] = {
        "as_of": {"batch": reached.batch, "size": reached.size, "time": reached.time},
        "log_size": log_size,
        "lots": page,
        "site": site,
    }
    if len(found) > limit:
        value["next"] = f"{page[-1]['item']}/{page[-1]['lot']}"
    return json_answer(value)


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
