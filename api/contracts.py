"""Contracts: what is in force, and one text with its votes and its last decisions.

    GET  /v1/contracts             in force, waiting, suspended, proposed; the set hash
    GET  /v1/contracts/{hash}      one text, where it stands, its last decisions

What would be decided, and why something was: `api.contract_trials`.
"""

from json import loads
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.wire import STATEMENT, json_answer, node_of
from contracts.adoption.force import document_of, load
from ledger.adopted import gates_required, standings
from ledger.adoptions import PROPOSALS, TABLE, Standing, Version
from ledger.entry import StatementEntry, parse_entry
from ledger.state import State
from ledger.voices import quorum_of
from nodes.view import View

RECENT: Final = 2_000
"""Entries that are looked through for the last decisions of a contract."""
DECISIONS_MAX: Final = 20
router = APIRouter(route_class=GatedRoute, tags=["Contracts"])

Hash = Annotated[str, Path(pattern=STATEMENT, description="Contract hash, 64 hex digits.")]

# ---- what is in force ---------------------------------------------------------------------------


@router.get("/v1/contracts", summary="Contracts in force, waiting, suspended and proposed")
@allow(READ)
def contracts(request: Request) -> Response:
    """All that members have adopted, by id and scope, and proposals that are open."""
    with node_of(request).store.view() as view:
        value = listing(view)
    return json_answer(value)


def listing(view: View) -> dict[str, Any]:
    """The same as a value."""
    state, head = State(view), view.head()
    return {
        "as_of": {"batch": head.batch, "size": head.size, "time": head.time},
        "contracts": [_standing(state, one) for one in standings(state)],
        "gates_required": gates_required(state),
        "proposals": open_proposals(view, state),
        "set": load(state).set_hash,
    }


def _standing(state: State, one: Standing) -> dict[str, Any]:
    found: dict[str, Any] = {"id": one.id, "scope": one.scope, "state": state_of(one)}
    for name, version in (("now", one.now), ("waiting", one.waiting), ("before", one.before)):
        if version is not None:
            found[name] = _version(version)
    shown = one.now or one.waiting
    document = None if shown is None else document_of(state, shown.hash)
    if document is not None:
        found |= {"basis": document["basis"], "title": document["title"]}
    if one.suspended.on:
        found["suspended"] = {"confirmed": one.suspended.confirmed, "until": one.suspended.until}
    if one.retiring.at is not None:
        found["retires_at"] = one.retiring.at
    return found


def state_of(one: Standing) -> str:
    """`in_force`, `suspended` or `waiting`."""
    if one.suspended.on:
        return "suspended"
    return "in_force" if one.now is not None else "waiting"


def _version(version: Version) -> dict[str, Any]:
    found: dict[str, Any] = {
        "entry": version.entry,
        "hash": version.hash,
        "kind": version.kind,
        "kinds": [*version.kinds],
        "lane": version.lane,
        "link": f"/v1/contracts/{version.hash}",
        "mode": version.mode,
        "not_before": version.not_before,
        "owner": version.owner,
        "proposal": version.proposal,
        "version": version.version,
    }
    for name, at in (("expires", version.expires), ("returns", version.returns)):
        if at is not None:
            found[name] = at
    if version.gates:
        found["gates"] = True
    return found


def open_proposals(view: View, state: State) -> list[dict[str, Any]]:
    """Proposals that may still be committed: who approved, who is still needed, by when."""
    found = []
    time_ = view.head().time
    for proposal, raw in view.table(PROPOSALS):
        row = loads(raw)
        if row.get("state") == "open" and row["until"] > time_:
            found.append(proposal_value(state, proposal, row))
    return found


def proposal_value(state: State, proposal: str, row: dict[str, Any]) -> dict[str, Any]:
    """One proposal, with what it still needs."""
    quorum = quorum_of(state, str(row["scope"]))
    voices = [voice[0] for voice in row["voices"]]
    given = [member for member in voices if member in quorum.members]
    names = ("contract", "entry", "hash", "lane", "mode", "not_before", "owner", "scope", "state",
             "until", "version")  # fmt: skip
    last = state.get(TABLE, f"sequence/{row['scope']}")
    return {
        "sequence": (last if isinstance(last, int) else 0) + 1,
        **{name: row[name] for name in names},
        "approved_by": given,
        "may_approve": [member for member in quorum.members if member not in given],
        "needs": max(0, quorum.wanted(str(row["lane"])) - len(given)),
        "proposal": proposal,
        # Who approves it approves this too: so it is told wherever it is asked for.
        **({"gates": True} if row.get("gates") else {}),
    }


@router.get("/v1/contracts/{hash}", summary="One contract")
@allow(READ)
def contract(hash: Hash, request: Request) -> Response:
    """The document, where it stands, who approved it, what it decided last."""
    with node_of(request).store.view() as view:
        found = one_contract(view, hash)
    if found is None:
        raise Problem(Trouble.NOT_FOUND)
    return json_answer(found)


def one_contract(view: View, contract_hash: str) -> dict[str, Any] | None:
    """The same as a value; None where nobody proposed a text of this hash."""
    state = State(view)
    proposals = [(key, loads(raw)) for key, raw in view.table(PROPOSALS)]
    mine = [(key, row) for key, row in proposals if row["hash"] == contract_hash]
    document = document_of(state, contract_hash)
    if document is None and mine:
        entry = parse_entry(view.entry(mine[0][1]["entry"]))
        assert isinstance(entry, StatementEntry)
        proposed = entry.statement.body["document"]
        assert isinstance(proposed, dict)
        document = proposed
    if document is None:
        return None
    where = []
    for one in standings(state):
        for name, version in (("now", one.now), ("waiting", one.waiting), ("before", one.before)):
            if version is not None and version.hash == contract_hash:
                state_ = state_of(one) if name == "now" else name
                where.append({"scope": one.scope, "state": state_, **_version(version)})
    versions = [
        {"hash": row["hash"], "proposal": key, "state": row["state"], "version": row["version"]}
        for key, row in proposals
        if row["contract"] == document["contract"]
    ]
    return {
        "decisions": last_decisions(view, contract_hash),
        "document": document,
        "hash": contract_hash,
        "proposals": [proposal_value(state, key, row) for key, row in mine],
        "standings": where,
        "versions": sorted(versions, key=lambda one: (one["version"], one["proposal"])),
    }


def last_decisions(view: View, contract_hash: str) -> list[dict[str, Any]]:
    """What it decided in the newest entries, newest first."""
    size = view.head().size
    found: list[dict[str, Any]] = []
    needle = f'"hash":"{contract_hash}"'.encode()
    for index, raw in reversed([*view.entries(max(0, size - RECENT), size)]):
        if needle not in raw:
            continue
        outcome = loads(raw).get("outcome")
        records = outcome.get("contracts", []) if isinstance(outcome, dict) else []
        for record in records if isinstance(records, list) else ():
            if record.get("hash") == contract_hash and len(found) < DECISIONS_MAX:
                rules = sorted(record["rules"])
                found.append({"entry": index, "outcome": record["outcome"], "rules": rules})
    return found
