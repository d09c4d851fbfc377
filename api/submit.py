"""Statements in: one at a time, or many at once as lines.

    POST /v1/statements[?wait=included|final]     one DSSE envelope
    POST /v1/statements:batch[?wait=final]        NDJSON: an envelope a line, an answer a line

The body goes to the node as it came: nothing here parses what is hashed. Who may send is decided by
the signatures inside. Sending again is always safe: a statement that is known gets its first entry.

The second is the fast way, up to 1,000 lines a request. Lines are taken in their order, and answers
come in the same order once all are under a signed checkpoint; a wrong line gets its own answer and
harms no other. What a line may cost here, a thousand times, is one formatted answer.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from json import loads
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api.gate import SUBMIT, GatedRoute, allow, gate_of
from api.problems import Problem, Trouble, describe
from api.statements import STOPS, by_contracts, hold_value, status_value
from api.wire import encode, json_answer, language_of, node_of, settled
from ledger.codes import APPLIED, Code
from ledger.envelope import open_statement
from ledger.errors import FormatError, Refusal
from ledger.sentences import sentence
from nodes.node import Node, Stage, Status
from nodes.peers import STATEMENT, STATEMENTS
from nodes.solo import Replies, Reply

router = APIRouter(route_class=GatedRoute, tags=["Statements"])

_ENVELOPE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_ANSWER: dict[str, Any] = {"content": {"application/json": {}}}
LOOKED_UP_MAX = 100
"""Lines of one answer whose sentences are looked up on the ledger: of what is held or was known."""


@router.post(
    "/v1/statements",
    summary="Send one statement",
    openapi_extra={"requestBody": {"required": True, "content": {STATEMENT: _ENVELOPE}}},
    responses={
        200: {"description": "It was known already: its first entry.", **_ANSWER},
        201: {"description": "It made an entry, be it applied or refused by law.", **_ANSWER},
        202: {"description": "It waits for its batch (without `wait`).", **_ANSWER},
    },
)
@allow(SUBMIT)
async def submit(
    request: Request,
    wait: Annotated[
        Literal["included", "final"] | None,
        Query(description="Answer when it is under a signed, or a final, checkpoint."),
    ] = None,
) -> Response:
    """One signed statement, a DSSE envelope of at most 64 KiB."""
    node, gate, language = node_of(request), gate_of(request), language_of(request)
    async with gate.body(request, STATEMENT, gate.limits.statement_max) as body:
        data = bytes(body)
    if wait is None:
        # For its id, and to tell at once that bytes are no statement; 25 microseconds.
        try:
            sent = open_statement(data).id
        except FormatError as error:
            raise Problem.of_format(error) from None
        node.submit([data])
        known = await asyncio.to_thread(node.status, sent)
        return _answer(node, known or Status(sent, Stage.PENDING), 202, language)
    (reply,) = await settled(node.submit([data]))
    if reply.error is not None:
        raise reply.error
    if reply.index is None:
        assert reply.refusal is not None
        raise Problem.of(reply.refusal, node.signed_note(reply))
    await _wait(node, reply.index, wait, gate.limits.wait_s)
    assert reply.statement is not None
    status = await asyncio.to_thread(node.status, reply.statement)
    assert status is not None
    is_new = reply.code is not Code.REPLAYED
    return _answer(node, status, 201 if is_new else 200, language, node.signed_note(reply))


def _answer(
    node: Node, status: Status, code: int, language: str, signed: bytes | None = None
) -> Response:
    """`signed`: this node's promise that the entry will stand, of use until it is final."""
    headers = {"Content-Language": language, "Location": f"/v1/statements/{status.statement}"}
    value = status_value(node, status, language)
    if signed is not None and status.stage is not Stage.FINAL:
        value["promise"] = loads(signed)
    return json_answer(value, status=code, headers=headers)


async def _wait(node: Node, index: int, wait: str, most_s: float) -> None:
    """Until the entry is that far, or `most_s` is over: the answer then says how far it is."""
    future = node.when_final(index) if wait == "final" else node.when_published(index)
    try:
        with suppress(TimeoutError):
            await settled(future, most_s)
    finally:
        future.cancel()  # or the node would remember it until then


# --- many at once


@router.post(
    "/v1/statements:batch",
    summary="Send many statements",
    openapi_extra={"requestBody": {"required": True, "content": {STATEMENTS: _ENVELOPE}}},
    responses={
        200: {
            "description": "An answer for each line, in order.",
            "content": {STATEMENTS: {}},
        }
    },
    response_class=Response,
)
@allow(SUBMIT)
async def submit_batch(
    request: Request,
    wait: Annotated[
        Literal["included", "final"],
        Query(description="Answer when all are under a signed, or a final, checkpoint."),
    ] = "included",
) -> Response:
    """NDJSON: one DSSE envelope a line, at most 1,000 lines and 4 MiB."""
    node, gate = node_of(request), gate_of(request)
    async with gate.body(request, STATEMENTS, gate.limits.batch_max) as body:
        # Counted before they are cut: four million empty lines would take a quarter of a gigabyte.
        if body.count(b"\n") + (not body.endswith(b"\n")) > gate.limits.batch_lines_max:
            raise Problem(Trouble.TOO_MANY_LINES)
        lines = body.split(b"\n")
        if not lines[-1]:
            lines.pop()
        if not lines:
            return Response(b"", media_type=STATEMENTS)
        future = node.submit([bytes(line) for line in lines])
        del lines
    replies = await settled(future)
    last = max((reply.index for reply in replies if reply.index is not None), default=None)
    if last is not None:
        await _wait(node, last, wait, gate.limits.wait_s)
    # Off the loop: 1,000 refusals in words, or replays to be looked up, take a while.
    data = await asyncio.to_thread(_lines, node, replies, language_of(request))
    return Response(data, media_type=STATEMENTS)


def _lines(node: Node, replies: Replies, language: str) -> bytes:
    published, final = node.announcer.published_size, node.announcer.final_size

    def stage(index: int) -> str:
        return "final" if index < final else "included" if index < published else "promised"

    found, looked_up = [], 0
    for reply in replies:
        if reply.index is not None and reply.code in APPLIED:
            # The common answer, without a JSON encoder: code and id are our own ASCII.
            found.append(
                f'{{"applied":true,"code":"{reply.code}","index":{reply.index},'
                f'"state":"{stage(reply.index)}","statement":"{reply.statement}"}}\n'.encode()
            )
        else:
            value = _line(node, reply, language)
            if looked_up < LOOKED_UP_MAX:
                looked_up += _look_up(node, reply, value, language)
            if reply.index is not None:
                value["state"] = stage(reply.index)
            found.append(encode(value) + b"\n")
    return b"".join(found)


def _line(node: Node, reply: Reply, language: str) -> dict[str, Any]:
    """The answer to a line that was refused, replayed, or could not be taken now."""
    if reply.error is not None:
        problem = Problem.of_node(reply.error)
        found: dict[str, Any] = {**describe(problem.code, "", {}, language), "state": "not_taken"}
        found["retry_after"] = reply.error.retry_s
    else:
        assert reply.code is not None
        where, values = "", {}
        if reply.refusal is not None:
            where, values = reply.refusal.where, dict(reply.refusal.values)
        found = {**describe(reply.code, where, values, language), "state": "refused"}
        # Sentences of contracts come with their refusal: nothing is looked up for them.
        if reply.refusal is not None and language in reply.refusal.said:
            _say(found, reply.code, reply.refusal.said[language], language)
    found["applied"] = False
    if reply.statement is not None:
        found["statement"] = reply.statement
    if reply.index is not None:
        found["index"] = reply.index
    if reply.code is Code.REPLAYED and reply.statement is not None:
        first = node.status(reply.statement)
        if first is not None and first.code is not None:
            found["first"], found["applied"] = str(first.code), first.code in APPLIED
    if Code.HELD in (reply.code, found.get("first")) and reply.statement is not None:
        hold = hold_value(node, reply.statement)
        if hold is not None:
            found["hold"], found["applied"] = hold, "posted" in hold
    return found


def _look_up(node: Node, reply: Reply, line: dict[str, Any], language: str) -> bool:
    """The sentences of contracts that a reply does not bring along; whether it took a look."""
    code = Code(line["first"]) if "first" in line else reply.code
    if code not in STOPS or reply.index is None or "said" in line:
        return False
    _say(line, code, by_contracts(node, reply.index, code, language), language)
    return True


def _say(line: dict[str, Any], code: Code, said: Sequence[str], language: str) -> None:
    """The sentences of contracts, by themselves and in `detail`."""
    line["said"] = [*said]
    if "first" not in line:
        line["detail"] = sentence(Refusal(code, said={language: tuple(said)}), language)
