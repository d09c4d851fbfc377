"""What members decide about contracts, and what runs by itself: `/v1/proposals`, `/v1/runs`.

From the views, as of the entry that the answer names; each row leads to the entries behind it,
which have their proofs. How many voices are wanted, what a run goes through and what its text may
spend are of the state, as of now. Lists come newest first, in pages: the next begins `after` the
`next` of this one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from api.funds import view_as_of
from api.gate import READ, GatedRoute, allow
from api.wire import INDEX, json_answer, node_of, views_of
from contracts.adoption.force import compiled, document_of
from contracts.catalogue.walks import WALKS
from contracts.documents.compiled import Contract
from contracts.duties.paying import currency_of
from ledger.adoptions import PROPOSALS
from ledger.canon import Value
from ledger.runs import find_run
from ledger.state import State
from ledger.voices import counted, quorum_of, voices_of
from nodes.projections import adopted, queries
from nodes.projections.contractviews import ContractRun, ContractVersion, ContractVoice

RUN: Final = r"^[0-9]{12}/[0-9a-f]{64}$"
CONTRACT: Final = r"^[a-z][a-z0-9-]{2,47}$"

router = APIRouter(route_class=GatedRoute, tags=["Contracts"])

States = Literal[
    "", "proposed", "lapsed", "approved", "dropped", "active", "suspended", "before", "superseded",
    "expired", "retired",
]  # fmt: skip
Limit = Annotated[int, Query(ge=1, le=200)]


# ---- proposals ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version as it was proposed, with the voices that count.

    `wanted`: how many its lane needs; `may`: members that have a voice and have not given it.
    """

    row: ContractVersion
    heard: Sequence[ContractVoice]
    wanted: int
    may: Sequence[str]

    @property
    def needs(self) -> int:
        """How many more are wanted."""
        return max(0, self.wanted - len(self.heard))


def proposals_of(session: Session, state: State, rows: Sequence[ContractVersion]) -> list[Proposal]:
    """These versions with their voices: of members that have one in the scope."""
    heard = adopted.voices(session, [row.proposal for row in rows])
    found = []
    for row in rows:
        quorum = quorum_of(state, row.scope)
        given = [voice for voice in heard[row.proposal] if voice.member in quorum.members]
        own = state.get(PROPOSALS, row.proposal)
        if isinstance(own, dict) and own["state"] == "open":
            voices = counted(state, voices_of(own["voices"]), quorum, state.reader.head().size)
            counting = [member for member, *_ in voices]
            given = [voice for voice in given if voice.member in counting]
        said = [voice.member for voice in given]
        may = [member for member in quorum.members if member not in said]
        found.append(Proposal(row, given, quorum.wanted(row.lane), may))
    return found


@router.get("/v1/proposals", summary="Versions of contracts: proposed, approved, and what followed")
@allow(READ)
def proposals(
    request: Request,
    state: States = "",
    contract: Annotated[str, Query(pattern=rf"^$|{CONTRACT}")] = "",
    after: Annotated[str, Query(pattern=rf"^$|{INDEX}")] = "",
    limit: Limit = 50,
) -> Response:
    """Each with the members that approve it, how many are wanted, and when its notice ends.

    `state` and `contract` ask for some alone. A version that is `approved` was committed and waits
    for its time.
    """
    with queries.reading(views_of(request)) as session, node_of(request).store.view() as view:
        page = adopted.versions(
            session,
            states=(state,) if state else (),
            contract=contract,
            before=int(after) if after else None,
            limit=limit,
        )
        found = proposals_of(session, State(view), page.rows)
        value: dict[str, Any] = {
            "as_of": view_as_of(queries.as_of(session)),
            "proposals": [proposal_value(one) for one in found],
        }
    if page.older is not None:
        value["next"] = str(page.older)
    return json_answer(value)


def proposal_value(one: Proposal) -> dict[str, Any]:
    """One version as JSON; what is not there is absent."""
    row = one.row
    found: dict[str, Any] = {
        "approved_by": [
            {"entry": voice.entry, "member": voice.member, "time": voice.time}
            for voice in one.heard
        ],
        "contract": row.contract,
        "entry": row.proposed,
        "hash": row.hash,
        "kind": row.sort,
        "kinds": row.kinds.split(),
        "lane": row.lane,
        "link": f"/v1/contracts/{row.hash}",
        "mode": row.mode,
        "not_before": row.not_before,
        "owner": row.owner,
        "proposal": row.proposal,
        "proposed": row.opened,
        "scope": row.scope,
        "state": row.state,
        "title": {"en": row.en, "zh_hans": row.zh_hans, "zh_hant": row.zh_hant},
        "version": row.version,
        "wanted": one.wanted,
    }
    if row.state == "proposed":
        found |= {"lapses": row.lapses, "may_approve": [*one.may], "needs": one.needs}
    for name in (
        "expires",
        "committed",
        "activated",
        "starts",
        "returns",
        "until",
        "ended",
        "ends",
    ):
        value = getattr(row, name)
        if value != -1:
            found[name] = value
    return found


# ---- runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    `of`: items on its roll, None where nobody counts them. Money in minor units of `currency`, ""
    where it pays none: `per_firing` it may spend, `left` of that, `aside` is set aside for it.
    """

    row: ContractRun
    title: tuple[str, str, str]
    cause_kind: str
    began: int
    of: int | None
    currency: str
    per_firing: int
    left: int
    aside: int

    @property
    def hash(self) -> str:
        """Of the text that it goes by."""
        return self.row.id.partition("/")[2]


def progress_of(session: Session, state: State, row: ContractRun) -> Progress:
    """What the views and the state say of a run."""
    text = row.id.partition("/")[2]
    version = next(iter(adopted.of_text(session, text)), None)
    cause = queries.entry_at(session, row.cause)
    document = document_of(state, text)
    made = None if version is None or document is None else contract_of(state, version, document)
    budget = None if made is None else made.budget
    currency = "" if made is None or budget is None else currency_of(made)
    most = 0 if budget is None else budget.per_firing
    return Progress(
        row=row,
        title=(row.contract,) * 3
        if version is None
        else (version.en, version.zh_hans, version.zh_hant),
        cause_kind="" if cause is None else cause.kind,
        began=-1 if cause is None else cause.time,
        of=_items(session, state, row),
        currency=currency,
        per_firing=most,
        left=max(0, most - row.spent),
        aside=adopted.set_aside(session, row.contract, currency) if currency else 0,
    )


def contract_of(state: State, row: ContractVersion, document: Mapping[str, Value]) -> Contract:
    """The compiled text of a version, in the currency in which it was proposed."""
    proposal = state.get(PROPOSALS, row.proposal)
    assert isinstance(proposal, dict), row.proposal
    currency, minor = proposal["currency"], proposal["minor"]
    assert isinstance(currency, str) and isinstance(minor, int)
    return compiled(document, row.hash, currency, minor)[0]


def _items(session: Session, state: State, row: ContractRun) -> int | None:
    """How many items are on its roll: as it was, once all were asked; of households as it is."""
    if row.why == "roll":
        return row.done
    run = find_run(state, row.id)
    having = {} if run is None else run.having
    areas = having.get(WALKS["households"].condition) if isinstance(having, dict) else None
    if not isinstance(areas, list):
        return None
    # Who was enrolled since is passed by and counted as done: never more done than there are.
    return max(row.done, adopted.households_in(session, [str(each) for each in areas], row.cause))


@router.get("/v1/runs", summary="What contracts do by themselves, item by item, and how far it is")
@allow(READ)
def runs(
    request: Request,
    state: Literal["", "open", "over"] = "",
    contract: Annotated[str, Query(pattern=rf"^$|{CONTRACT}")] = "",
    after: Annotated[str, Query(pattern=rf"^$|{RUN}")] = "",
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> Response:
    """The walks of contracts through their lists, the newest cause first.

    `done` of its items were looked at, of `of` in all where that is counted; `fired` caused
    something, a payment as a rule. Money is in minor units of `currency`.
    """
    with queries.reading(views_of(request)) as session, node_of(request).store.view() as view:
        is_open = {"open": True, "over": False}.get(state)
        page = adopted.runs(session, is_open=is_open, contract=contract, before=after, limit=limit)
        facts = State(view)
        value: dict[str, Any] = {
            "as_of": view_as_of(queries.as_of(session)),
            "runs": [run_value(progress_of(session, facts, row)) for row in page.rows],
        }
    if page.older is not None:
        value["next"] = page.older
    return json_answer(value)


def run_value(one: Progress) -> dict[str, Any]:
    """One run as JSON; what is not there is absent."""
    row = one.row
    found: dict[str, Any] = {
        "cause": {"entry": row.cause, "kind": one.cause_kind, "time": one.began},
        "contract": row.contract,
        "done": row.done,
        "faults": row.faults,
        "fired": row.fired,
        "hash": one.hash,
        "last": {"batch": row.batch, "entry": row.entry, "time": row.time},
        "link": f"/v1/contracts/{one.hash}",
        "refused": row.refused,
        "run": row.id,
        "spent": row.spent,
        "state": row.state,
        "title": dict(zip(("en", "zh_hans", "zh_hant"), one.title, strict=True)),
    }
    if row.why:
        found["why"] = row.why
    if one.of is not None:
        found["of"] = one.of
    if row.closed != -1:
        found["closed"] = row.closed
    if one.currency:
        found["budget"] = {
            "left": one.left,
            "per_firing": one.per_firing,
            "set_aside": one.aside,
        }
        found["currency"] = one.currency
    return found
