"""What became of a statement: `GET /v1/statements/{id}`, and the answer to its submission.

    pending    waits for its batch            promised   durable here, signed for by this node
    included   under a signed checkpoint      final      under a quorum's; comes with its proof
    refused    no entry was made: the code says why, and nothing of it is kept for ever

A statement that was logged as refused is `included` or `final` like any other: that it was refused,
and by which code, is on the ledger. `applied` says whether it moved anything. One that is `held`
says under `hold` what it waits for, or how that ended.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble, describe
from api.wire import StatementPath, json_answer, language_of, node_of
from contracts.simulating.told import tell_entry
from ledger.canon import Value
from ledger.codes import APPLIED, Code
from ledger.envelope import StatementId
from ledger.errors import Refusal
from ledger.log.proof import format_proof
from ledger.sentences import sentence
from nodes.errors import NotFinal
from nodes.node import Node, Stage, Status

STOPS = {
    Code.CONTRACT_DENIED: ("deny", "error"),
    Code.CONTRACT_ERROR: ("deny", "error"),
    Code.HELD: ("hold",),
}
"""Code of an entry -> what those contracts said of it that brought it about."""

router = APIRouter(route_class=GatedRoute, tags=["Statements"])


@router.get("/v1/statements/{statement}", summary="What became of a statement")
@allow(READ)
def statement(statement: StatementPath, request: Request) -> Response:
    """State, code, entry and, once it is final, its proof."""
    node = node_of(request)
    status = node.status(StatementId(statement))
    if status is None:
        raise Problem(Trouble.NOT_FOUND)
    return json_answer(status_value(node, status, language_of(request)))


def status_value(node: Node, status: Status, language: str) -> dict[str, Any]:
    """A status as JSON: with the entry's links, the reason of a refusal, the proof when final."""
    found: dict[str, Any] = {
        "state": "refused" if status.stage is None else str(status.stage),
        "statement": status.statement,
    }
    if status.code is not None:
        found["code"] = str(status.code)
        found["applied"] = status.code in APPLIED
        if status.code is Code.HELD:
            hold = hold_value(node, status.statement)
            if hold is not None:
                found["hold"] = hold
                found["applied"] = "posted" in hold
            if status.index is not None:
                found["said"] = by_contracts(node, status.index, status.code, language)
        if status.is_refused:
            refusal = status.refusal
            where, values = (refusal.where, refusal.values) if refusal else ("", {})
            said = describe(status.code, where, values, language)
            found.update({name: said[name] for name in ("title", "detail", "next_step")})
            if status.code in STOPS and status.index is not None:
                found["said"] = by_contracts(node, status.index, status.code, language)
                told = Refusal(status.code, said={language: tuple(found["said"])})
                found["detail"] = sentence(told, language)
    if status.index is not None:
        found.update(index=status.index, batch=status.batch, time=status.time)
        found["links"] = links(status.index, status.statement)
    if status.stage is Stage.FINAL and status.index is not None:
        found["proof"] = format_proof(node.grounds(final=True).prove(status.index)).decode()
    return found


def by_contracts(node: Node, index: int, code: Code, language: str) -> list[str]:
    """The sentences of the rules that stopped or held an entry, in the language of who asked."""
    with node.store.view() as view:
        told = tell_entry(view, view.entry(index), index)
    records = [] if told is None else told["contracts"]
    assert isinstance(records, list)
    field, found = language.lower().replace("-", "_"), []
    for one in records:
        assert isinstance(one, dict)
        rules = one["rules"]
        assert isinstance(rules, list)
        if one["mode"] == "enforce" and one["outcome"] in STOPS.get(code, ()):
            found += [_say(rule, field) for rule in rules]
    return [each for each in found if each]


def _say(rule: Value, field: str) -> str:
    say = rule.get("say") if isinstance(rule, dict) else None
    return str(say[field]) if isinstance(say, dict) else ""


def hold_value(node: Node, statement: StatementId) -> dict[str, Any] | None:
    """What a held statement waits for, as of the newest checkpoint; None before there is one.

    `approved`: organisations that have said yes and count; `posted`: the entry that posted it.
    """
    try:
        grounds = node.grounds()
        row = grounds.hold(statement)
        posted = grounds.posting(statement)
    except NotFinal:
        return None
    if row is None:
        return None
    given = [member for member, *_ in (*row["signers"][1:], *row["approvals"])]
    found: dict[str, Any] = {
        "approved": [one for one in dict.fromkeys(given) if one not in row["barred"]],
        "needs": row["needs"],
        "roles": row["roles"],
        "state": row["state"],
        "until": row["until"],
    }
    return found if posted is None else {**found, "posted": posted}


def links(index: int, statement: str) -> dict[str, str]:
    """Where an entry, its proof and its receipt are."""
    found = {"entry": f"/v1/entries/{index}", "page": f"/e/{index}"}
    found["proof"] = f"/v1/entries/{index}/proof"
    if statement:
        found["receipt"] = f"/v1/receipts/{statement}"
    return found
