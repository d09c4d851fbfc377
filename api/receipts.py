"""Receipts for the public: `GET /v1/receipts/{statement id}`, the proof alone.

It shows that the statement is on the ledger, who signed it, what became of it and whether it was
corrected, and opens nothing: names and amounts of persons come only to who holds the token.
"""

from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy import Engine

from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.wire import StatementPath, node_of, views_of
from ledger.envelope import StatementId
from ledger.errors import CheckError
from ledger.proofs.indexproof import IndexProof, check_index, prove_index
from ledger.proofs.receipt import Receipt, format_receipt
from nodes.errors import NotFinal
from nodes.grounds import Grounds
from nodes.projections import queries

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
    made = with_corrections(grounds, views_of(request), grounds.receipt(index), statement)
    headers = {
        "Cache-Control": "no-cache",
        "Content-Disposition": f'inline; filename="{statement[:16]}.relief-receipt"',
    }
    return Response(format_receipt(made), headers=headers, media_type=RECEIPT_TYPE)


def with_corrections(grounds: Grounds, views: Engine, made: Receipt, statement: str) -> Receipt:
    """The receipt with the text of what corrects it, where the views have found all of that.

    The views are behind or wrong: then the list does not make the index row's root, and the receipt
    goes without the text, which says "corrected, text not shown".
    """
    row = made.corrections[-1]
    if not row.is_present:
        return made
    with queries.reading(views) as session:
        about = queries.Which(subjects=(*queries.about(statement),), batches=True)
        named = [entry.index for entry in queries.entries(session, about, limit=1_000).rows]
        correcting = {entry.index for entry in queries.corrections_of(session, statement)}
    for some in (sorted(correcting), sorted({*named, *correcting})):
        found = _list_of(grounds, some, made)
        if found is not None:
            return replace(made, corrected=found)
    return made


def _list_of(grounds: Grounds, indexes: list[int], made: Receipt) -> IndexProof | None:
    entries = [(index, grounds.entry(index)) for index in indexes if index < grounds.size]
    try:
        found = prove_index(entries, made.corrections[-1])
        check_index(found, grounds.head.state_root)
    except CheckError:
        return None
    return found
