"""Contracts: what is in force, and one text with its votes and its last decisions.

    GET  /v1/contracts             in force, waiting, suspended, proposed; the set hash
    GET  /v1/contracts/{hash}      one text, where it stands, its last decisions

Nothing walks a table: what is in force is bounded by law, proposals are found by their marks and
come in pages, and decisions are looked for from the newest entry down, so many at a time.
What would be decided, and why something was: `api.contract_trials`.
"""

from collections.abc import Mapping
from json import loads
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.wire import STATEMENT, json_answer, node_of
from contracts.adoption.force import document_of, load
from ledger.adopted import gates_required, standings
from ledger.adoptions import PROPOSALS, TABLE, Standing, Version
from ledger.canon import INT_MAX
from ledger.entry import StatementEntry, parse_entry
from ledger.state import State
from ledger.voices import counted, quorum_of, voices_of
from nodes.view import View

RECENT: Final = 2_000
"""Entries that are looked through for the last decisions of a contract."""
DECISIONS_MAX: Final = 20
CHUNK: Final = 100
"""Entries that are in memory at a time while decisions are looked for."""
PROPOSALS_MAX: Final = 200
"""Proposals on one page; of one text, and versions of one contract, so many too."""
router = APIRouter(route_class=GatedRoute, tags=["Contracts"])

AFTER: Final = r"^([0-9]{12}/[0-9a-f]{64})?$"

Hash = Annotated[str, Path(pattern=STATEMENT, description="Contract hash, 64 hex digits.")]

# ---- what is in force ---------------------------------------------------------------------------


@router.get("/v1/contracts", summary="Contracts in force, waiting, suspended and proposed")
@allow(READ)
def contracts(
    request: Request,
    after: Annotated[str, Query(pattern=AFTER, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=PROPOSALS_MAX)] = 100,
) -> Response:
    """All that members have adopted, by id and scope, and proposals that are open.

    Proposals come by the time at which they lapse, `limit` on a page; where there are more, `next`
    stands in the answer.
    """
    with node_of(request).store.view() as view:
        value = listing(view, after=after, limit=limit)
    return json_answer(value)


def listing(view: View, *, after: str = "", limit: int = PROPOSALS_MAX) -> dict[str, Any]:
    """The same as a value."""
    state, head = State(view), view.head()
    proposals, then = open_proposals(view, state, after, limit)
    more = {"next": then} if then else {}
    return {
        **more,
        "as_of": {"batch": head.batch, "size": head.size, "time": head.time},
        "contracts": [_standing(state, one) for one in standings(state)],
        "gates_required": gates_required(state),
        "proposals": proposals,
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


def open_proposals(
    view: View, state: State, after: str = "", limit: int = PROPOSALS_MAX
) -> tuple[list[dict[str, Any]], str]:
    """Proposals that may still be committed: who approved, who is still needed, by when.

    At most `limit` of them, `after` the place of the last one before, by the time at which they
    lapse; and the place of the last one here, "" where it is the last of all.
    """
    low = max(f"{view.head().time + 1:012d}/", f"{after}\x00" if after else "")
    rows = view.marked(PROPOSALS, "open", low, "~", limit + 1, False)
    found = [proposal_value(state, key, loads(raw)) for _, key, raw in rows[:limit]]
    return found, rows[limit - 1][0] if len(rows) > limit else ""


def proposal_value(state: State, proposal: str, row: dict[str, Any]) -> dict[str, Any]:
    """One proposal, with what it still needs."""
    quorum = quorum_of(state, str(row["scope"]))
    heard = voices_of(row["voices"])
    if row["state"] == "open":
        # Of one that was committed all stand here that were heard.
        heard = counted(state, heard, quorum, state.reader.head().size)
    given = [member for member, *_ in heard if member in quorum.members]
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
def contract(
    hash: Hash,
    request: Request,
    before: Annotated[
        int | None, Query(ge=0, le=INT_MAX, description="Only what has an entry below this.")
    ] = None,
) -> Response:
    """The document, where it stands, who approved it, what it decided last.

    `decisions`, `proposals` and `versions` are the newest; of which there may be more, `more` says
    for each the `before` to go on with.
    """
    with node_of(request).store.view() as view:
        found = one_contract(view, hash, before)
    if found is None:
        raise Problem(Trouble.NOT_FOUND)
    return json_answer(found)


def one_contract(
    view: View, contract_hash: str, before: int | None = None
) -> dict[str, Any] | None:
    """The same as a value; None where nobody proposed a text of this hash."""
    state = State(view)
    document = _document(view, state, contract_hash)
    if document is None:
        return None
    size = view.head().size
    below = size if before is None else min(before, size)
    mine, more_mine = _proposed(view, f"text/{contract_hash}", below)
    all_, more_all = _proposed(view, f"of/{document['contract']}", below)
    decisions, more_decisions = last_decisions(view, contract_hash, below)
    where = []
    for one in standings(state):
        for name, version in (("now", one.now), ("waiting", one.waiting), ("before", one.before)):
            if version is not None and version.hash == contract_hash:
                state_ = state_of(one) if name == "now" else name
                where.append({"scope": one.scope, "state": state_, **_version(version)})
    versions = [
        {"hash": row["hash"], "proposal": key, "state": row["state"], "version": row["version"]}
        for key, row in all_
    ]
    more = {"decisions": more_decisions, "proposals": more_mine, "versions": more_all}
    return {
        "decisions": decisions,
        "document": document,
        "hash": contract_hash,
        "more": {name: at for name, at in more.items() if at},
        "proposals": [proposal_value(state, key, row) for key, row in mine],
        "standings": where,
        "versions": sorted(versions, key=lambda one: (one["version"], one["proposal"])),
    }


def _document(view: View, state: State, contract_hash: str) -> Mapping[str, Any] | None:
    """A text that was committed, or proposed, at any time."""
    document = document_of(state, contract_hash)
    if document is not None:
        return document
    rows = view.marked(PROPOSALS, f"text/{contract_hash}", "", "~", 1, False)
    if not rows:
        return None
    entry = parse_entry(view.entry(loads(rows[0][2])["entry"]))
    assert isinstance(entry, StatementEntry)
    proposed = entry.statement.body["document"]
    assert isinstance(proposed, dict)
    return proposed


def _proposed(view: View, mark: str, below: int) -> tuple[list[tuple[str, dict[str, Any]]], int]:
    """Proposals under a mark from entries below `below`, in the order of the log; the newest, and
    below which entry there are more, 0 where there are none."""
    rows = view.marked(PROPOSALS, mark, "", f"{below:012d}", PROPOSALS_MAX + 1, True)
    found = [(key, loads(raw)) for _, key, raw in rows[:PROPOSALS_MAX]]
    more = found[-1][1]["entry"] if len(rows) > PROPOSALS_MAX else 0
    return found[::-1], more


def last_decisions(view: View, contract_hash: str, below: int) -> tuple[list[dict[str, Any]], int]:
    """What it decided in the newest of `RECENT` entries below `below`, newest first, and below
    which entry there may be more; 0 at the beginning of the log."""
    found: list[dict[str, Any]] = []
    needle = f'"hash":"{contract_hash}"'.encode()
    lowest = max(0, below - RECENT)
    for high in range(below, lowest, -CHUNK):
        for index, raw in reversed([*view.entries(max(lowest, high - CHUNK), high)]):
            if needle not in raw:
                continue
            found += _decisions(index, raw, contract_hash)
            if len(found) >= DECISIONS_MAX:
                return found, index
    return found, lowest


def _decisions(index: int, raw: bytes, contract_hash: str) -> list[dict[str, Any]]:
    """The records of one contract in an entry: one, or of an approval two."""
    outcome = loads(raw).get("outcome")
    records = outcome.get("contracts", []) if isinstance(outcome, dict) else []
    return [
        {"entry": index, "outcome": one["outcome"], "rules": sorted(one["rules"])}
        for one in (records if isinstance(records, list) else ())
        if one.get("hash") == contract_hash
    ]
