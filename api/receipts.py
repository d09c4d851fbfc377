"""Receipts for the public: `GET /v1/receipts/{statement id}`, the proof alone.

It shows that the statement is on the ledger, who signed it, what became of it, what corrects it,
and the entries of governance. It opens nothing: names and amounts of persons come only to who holds
the token.
"""

from typing import Final

from fastapi import APIRouter, Request, Response

from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.wire import StatementPath, node_of
from ledger.envelope import StatementId
from ledger.proofs.receipt import format_receipt
from nodes.errors import NotFinal

RECEIPT_TYPE: Final = "application/vnd.relief.receipt+json"

router = APIRouter(route_class=GatedRoute, tags=["Entries and proofs"])


@router.get(
    "/v1/receipts/{statement}",
    summary="The receipt of a statement, without personal fields",
    responses={200: {"content": {RECEIPT_TYPE: {}}, "description": "A `.relief-receipt` file."}},
    response_class=Response,
)
@allow(READ)
def receipt(statement: StatementPath, request: Request) -> Response:
    """Under the newest final checkpoint; 503 while the statement is logged and not final yet."""
    node = node_of(request)
    with node.store.view() as view:
        index = view.indexes([StatementId(statement)]).get(StatementId(statement))
    if index is None:
        raise Problem(Trouble.NOT_FOUND)
    grounds = node.grounds(final=True)
    if index >= grounds.size:
        raise NotFinal(f"entry {index} is not final yet")
    headers = {
        "Cache-Control": "no-cache",
        "Content-Disposition": f'inline; filename="{statement[:16]}.relief-receipt"',
    }
    return Response(
        format_receipt(grounds.receipt(index)), headers=headers, media_type=RECEIPT_TYPE
    )
