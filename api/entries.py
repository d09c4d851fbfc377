"""One entry of the log: `GET /v1/entries/{index}`, and its proof as a file.

The entry comes twice: as JSON for reading, and as `raw`, the very bytes that the log's leaf hash is
made of, in base64. Only `raw` can be checked.
"""

from json import loads
from typing import Final

from fastapi import APIRouter, Request, Response

from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.statements import links
from api.wire import Index, json_answer, node_of
from ledger.canon import b64encode
from ledger.entry import BatchEntry, StatementEntry, parse_entry
from ledger.log.merkle import leaf_hash
from ledger.log.proof import format_proof
from nodes.node import Node

PROOF_TYPE: Final = "text/plain; charset=utf-8"

router = APIRouter(route_class=GatedRoute, tags=["Entries and proofs"])


@router.get("/v1/entries/{index}", summary="An entry of the log")
@allow(READ)
def entry(index: Index, request: Request) -> Response:
    """The entry as JSON and as bytes, its leaf hash, and where its proof is."""
    return entry_answer(node_of(request), int(index))


def entry_answer(node: Node, index: int) -> Response:
    """The same, for pages that link it under their own address."""
    with node.store.view() as view:
        try:
            raw = view.entry(index)
        except IndexError:
            raise Problem(Trouble.NOT_FOUND) from None
        origin = view.head().origin
    parsed = parse_entry(raw)
    found = {
        "entry": loads(raw),
        "final": index < node.announcer.final_size,
        "index": index,
        "leaf": leaf_hash(raw).hex(),
        "raw": b64encode(raw),
    }
    statement = ""
    if isinstance(parsed, StatementEntry):
        statement = parsed.statement.id
        # What was signed, for reading: in the entry it stands in base64.
        found["payload"] = loads(parsed.statement.payload)
    elif not isinstance(parsed, BatchEntry):
        statement = parsed.id(origin)
    if statement:
        found["statement"] = statement
    found["links"] = links(index, statement)
    return json_answer(found)


@router.get(
    "/v1/entries/{index}/proof",
    summary="The proof that an entry is in the log",
    responses={200: {"content": {"text/plain": {}}, "description": "C2SP tlog-proof."}},
    response_class=Response,
)
@allow(READ)
def proof(index: Index, request: Request) -> Response:
    """A `.tlog-proof` file under the newest final checkpoint, with the entry in it."""
    return proof_answer(node_of(request), int(index))


def proof_answer(node: Node, index: int) -> Response:
    """The same, for pages."""
    if index >= node.size():
        raise Problem(Trouble.NOT_FOUND)
    data = format_proof(node.grounds(final=True).prove(index))
    headers = {
        "Cache-Control": "no-cache",
        "Content-Disposition": f'inline; filename="entry-{index}.tlog-proof"',
    }
    return Response(data, headers=headers, media_type=PROOF_TYPE)
