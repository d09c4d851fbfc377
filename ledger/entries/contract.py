"""`contract.propose`, `.approve`, `.commit`, `.suspend`, `.retire`: members agree on contracts.

Each member has one voice, given by an admin of its own; whoever signs or co-signs a proposal has
given it. Here is what votes need; whether the document is valid, what its lane may change and what
follows from a commit is for `contracts.adoption`, which the machine asks after these laws.
Rules: `docs/spec/adoption.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, NoReturn

from ledger.adopted import keep_a_gate, put_standing
from ledger.adoptions import (
    LAPSE_S,
    NOTICE_S,
    OPEN_MAX,
    PROPOSALS,
    RETURN_S,
    TABLE,
    Retiring,
    Standing,
    contract_hash,
    find_standing,
    standing_key,
)
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refusal, Refused
from ledger.kinds import Kind, Nature, Reference
from ledger.marks import proposed_by
from ledger.members import Signers
from ledger.shape import Hash, Number, Read, Seconds, Slug
from ledger.state import Pair
from ledger.voices import (
    ContractId,
    Scope,
    add_voices,
    counted,
    quorum_of,
    scope_class,
    scope_subject,
    speakers,
    voice_rows,
    voices_of,
)

Mode = Literal["shadow", "warn", "enforce"]
Lane = Literal["params", "full", "emergency"]
RETIRE_NOTICE_S = NOTICE_S["full"]


def _read_document(value: Value, where: str, ranges: list[Refusal]) -> dict[str, Value]:
    if type(value) is not dict:
        raise Refused(Code.MALFORMED, where, wanted="an object")
    return value


Document = Annotated[Any, Read(_read_document)]
"""A contract document as JSON: its own rules are in `docs/spec/contract-document.md`."""


@dataclass(frozen=True, slots=True)
class Propose:
    """Body of `contract.propose`. `not_before`: it is in force from then on; `expires`: till then.

    `owner`: the organisation that answers for it. `gates`: from its activation on, what moves value
    and is judged by no gate is denied; that is for the whole ledger, so it is proposed in lane full
    and decided by the consortium.
    """

    document: Document
    lane: Lane
    mode: Mode
    not_before: Seconds
    owner: Slug
    scope: Scope
    expires: Seconds | None = None
    gates: bool | None = None


@dataclass(frozen=True, slots=True)
class Approve:
    """Body of `contract.approve`: for the proposal with a document of this hash."""

    hash: Hash
    proposal: Hash


@dataclass(frozen=True, slots=True)
class Commit:
    """Body of `contract.commit`: the votes are in. `sequence`: last commit of the scope + 1.

    It has no say in what was voted on: all of that stands in the proposal.
    """

    proposal: Hash
    sequence: Number


@dataclass(frozen=True, slots=True)
class Suspend:
    """Body of `contract.suspend`: stop it with the next batch, for 72 hours."""

    contract: ContractId
    reason: Slug
    scope: Scope


@dataclass(frozen=True, slots=True)
class Retire:
    """Body of `contract.retire`: end it after a day's notice."""

    contract: ContractId
    reason: Slug
    scope: Scope


# ---- authority ----------------------------------------------------------------------------------


def _admin(book: Book, signers: Signers, body: Propose | Commit) -> None:
    signers.need("admin")


def _voter(book: Book, signers: Signers, body: Approve | Suspend | Retire) -> None:
    signers.need("admin")
    scope = _scope_of(book, body)
    if signers.author.member not in quorum_of(book.state, scope).members:
        raise Refused(
            Code.NO_AUTHORITY,
            "author",
            actor=signers.author.id,
            wanted="a member with a voice in this scope",
        )


def _scope_of(book: Book, body: Approve | Suspend | Retire) -> str:
    return str(_proposal(book, body)["scope"]) if isinstance(body, Approve) else body.scope


def _proposal(book: Book, body: Approve | Commit) -> dict[str, Value]:
    row = book.row(PROPOSALS, body.proposal)
    assert row is not None
    return row


# ---- proposals ----------------------------------------------------------------------------------


def proposal_leg(proposal: str) -> str:
    """Key of the leg with the deadline of a proposal."""
    return f"proposal/{proposal}"


def _propose(book: Book, body: Propose) -> None:
    if body.expires is not None and body.expires <= body.not_before:
        low = body.not_before + 1
        raise Refused(Code.NOT_ELIGIBLE, "body.expires", value=body.expires, low=low)
    if body.not_before < book.time and body.lane != "emergency":
        raise Refused(Code.NOT_ELIGIBLE, "body.not_before", value=body.not_before, low=book.time)
    if body.gates and body.lane != "full":
        raise Refused(Code.NOT_ELIGIBLE, "body.gates", value=body.lane, wanted="the lane full")
    if body.gates and body.scope != "consortium":
        wanted = "the scope consortium"
        raise Refused(Code.NOT_ELIGIBLE, "body.gates", value=body.scope, wanted=wanted)
    contract, version = body.document.get("contract"), body.document.get("version")
    if not isinstance(contract, str) or type(version) is not int:
        field = "version" if isinstance(contract, str) else "contract"
        raise Refused(Code.CONTRACT_INVALID, f"body.document.{field}", key="missing_field")
    assert book.signers is not None
    quorum = quorum_of(book.state, body.scope)
    heard = speakers(book.signers, quorum)
    said = [(member, book.statement, book.time, key) for member, key in heard.items()]
    row: dict[str, Value] = {
        "contract": contract,
        "entry": book.index,
        "hash": contract_hash(body.document),
        "lane": body.lane,
        "mode": body.mode,
        "not_before": body.not_before,
        "owner": body.owner,
        "scope": body.scope,
        "state": "open",
        "until": book.time + LAPSE_S,
        "version": version,
        "voices": voice_rows(said),
    }
    if body.expires is not None:
        row["expires"] = body.expires
    if body.gates:
        row["gates"] = True
    _keep_few(book, proposed_by(book.statement, row))
    book.put(PROPOSALS, book.statement, row)
    until = book.time + LAPSE_S
    leg: dict[str, Value] = {
        "due": until, "entry": book.index, "kind": "contract.propose", "lapse": until,
    }  # fmt: skip
    book.put("legs", proposal_leg(book.statement), leg)
    book.touch(f"contract/{contract}")


def _keep_few(book: Book, member: str) -> None:
    """One more proposal of a member, if not too many of its are open; those that nobody's voice
    came with count together."""
    mine = book.state.scan(PROPOSALS, f"open/{member}", chunk=OPEN_MAX)
    if sum(1 for _ in zip(mine, range(OPEN_MAX), strict=False)) == OPEN_MAX:
        raise Refused(
            Code.NOT_ELIGIBLE,
            "author",
            given=OPEN_MAX,
            high=OPEN_MAX,
            wanted="fewer open proposals: commit some, or wait until they lapse",
        )


def _open(book: Book, body: Approve | Commit) -> dict[str, Value]:
    row = _proposal(book, body)
    until = row["until"]
    assert isinstance(until, int)
    if row["state"] != "open" or book.time >= until:
        raise Refused(Code.NOT_OPEN, "body.proposal", key=body.proposal)
    return row


def _approve(book: Book, body: Approve) -> None:
    row = _open(book, body)
    if body.hash != row["hash"]:
        wanted = str(row["hash"])
        raise Refused(Code.NOT_ELIGIBLE, "body.hash", value=body.hash, wanted=wanted)
    quorum, old = quorum_of(book.state, str(row["scope"])), voices_of(row["voices"])
    voices = add_voices(book, old, counted(book.state, old, quorum, book.index), quorum)
    book.put(PROPOSALS, body.proposal, {**row, "voices": voice_rows(voices)})
    book.touch(f"contract/{row['contract']}")


def _commit(book: Book, body: Commit) -> None:
    row = _open(book, body)
    scope, lane, not_before = str(row["scope"]), str(row["lane"]), row["not_before"]
    assert isinstance(not_before, int)
    quorum = quorum_of(book.state, scope)
    given = counted(book.state, voices_of(row["voices"]), quorum, book.index)
    if len(given) < quorum.wanted(lane):
        _not_yet("approvals", given=len(given), wanted=quorum.wanted(lane))
    last = book.state.get(TABLE, f"sequence/{scope}")
    following = (last if isinstance(last, int) else 0) + 1
    if body.sequence != following:
        _not_yet("body.sequence", value=body.sequence, wanted=following)
    earliest = book.time + NOTICE_S[lane]
    if lane != "emergency" and not_before < earliest:
        _not_yet("body.not_before", value=not_before, low=earliest)
    expires = row.get("expires")
    if isinstance(expires, int) and expires <= book.time:
        _not_yet("body.expires", value=expires, low=book.time + 1)
    book.put(TABLE, f"sequence/{scope}", following)
    book.put(PROPOSALS, body.proposal, {**row, "committed": book.statement, "state": "committed"})
    book.put("legs", proposal_leg(body.proposal), None)
    book.touch(f"contract/{row['contract']}")


def _not_yet(where: str, **values: int) -> NoReturn:
    raise Refused(Code.NOT_ELIGIBLE, where, **values)


def _lapse(book: Book, key: str, leg: Mapping[str, Value]) -> None:
    proposal = key.partition("/")[2]
    row = book.row(PROPOSALS, proposal)
    assert row is not None
    book.put(PROPOSALS, proposal, {**row, "state": "lapsed"})
    book.put("legs", key, None)
    book.touch(f"contract/{row['contract']}")


# ---- against a contract -------------------------------------------------------------------------


def _standing(book: Book, body: Suspend | Retire) -> Standing:
    found = find_standing(book.state, body.contract, body.scope)
    if found.now is None:
        raise Refused(Code.NOT_OPEN, "body.contract", key=body.contract)
    return found


def _suspend(book: Book, body: Suspend) -> None:
    """Two members stop it with the next batch; the quorum, which says so anew, for good."""
    standing = _standing(book, body)
    quorum = quorum_of(book.state, body.scope)
    old = standing.suspended
    if not old.is_ordered:
        fresh = [one for one in old.voices if book.time - one[2] < RETURN_S]
        kept = counted(book.state, fresh, quorum, book.index)
        voices = add_voices(book, kept, kept, quorum)
        entry = book.index if len(voices) >= quorum.small else -1
        found = replace(old, voices=voices, entry=entry)
    elif old.confirmed:
        raise Refused(Code.NOT_OPEN, "body.contract", key=body.contract)
    else:
        kept = counted(book.state, old.confirming, quorum, book.index)
        voices = add_voices(book, kept, kept, quorum)
        found = replace(old, confirming=voices, confirmed=len(voices) >= quorum.n)
    put_standing(book.state, replace(standing, suspended=found))
    book.touch(f"contract/{body.contract}")


def _retire(book: Book, body: Retire) -> None:
    """The quorum ends it after a day's notice; a spending kind keeps one gate."""
    standing = _standing(book, body)
    old = standing.retiring
    if old.at is not None:
        raise Refused(Code.NOT_OPEN, "body.contract", key=body.contract)
    if standing.waiting is not None and standing.waiting.lane == "full":
        raise Refused(Code.ALREADY_EXISTS, "body.contract", key=standing.waiting.proposal)
    quorum = quorum_of(book.state, body.scope)
    fresh = [one for one in old.voices if book.time - one[2] < LAPSE_S]
    kept = counted(book.state, fresh, quorum, book.index)
    voices = add_voices(book, kept, kept, quorum)
    found = Retiring(voices)
    if len(voices) >= quorum.n:
        found = Retiring(voices, book.index, book.time + RETIRE_NOTICE_S)
    standing = replace(standing, retiring=found)
    keep_a_gate(book.state, standing)
    put_standing(book.state, standing)
    book.touch(f"contract/{body.contract}")


# ---- what they name -----------------------------------------------------------------------------


def _scope_exists(body: Propose) -> Iterator[Reference]:
    yield Reference("body.owner", "members", body.owner)
    if scope_subject(body.scope):
        key = f"{scope_class(body.scope)}/{scope_subject(body.scope)}"
        yield Reference("body.scope", "catalogue", key)


def _proposal_exists(body: Approve | Commit) -> Iterator[Reference]:
    yield Reference("body.proposal", PROPOSALS, body.proposal)


def _contract_exists(body: Suspend | Retire) -> Iterator[Reference]:
    yield Reference("body.contract", TABLE, standing_key(body.contract, body.scope))


def _reads(statement: StatementId, body: Any) -> Iterator[Pair]:
    yield TABLE, "set"
    yield "trust", "thresholds"


KINDS = (
    Kind(
        name="contract.propose",
        nature=Nature.AUTHORISATION,
        body=Propose,
        authority=_admin,
        apply=_propose,
        references=_scope_exists,
        reads=_reads,
        lapse=_lapse,
    ),
    Kind(
        name="contract.approve",
        nature=Nature.AUTHORISATION,
        body=Approve,
        authority=_voter,
        apply=_approve,
        references=_proposal_exists,
        reads=_reads,
    ),
    Kind(
        name="contract.commit",
        nature=Nature.AUTHORISATION,
        body=Commit,
        authority=_admin,
        apply=_commit,
        references=_proposal_exists,
        reads=_reads,
    ),
    Kind(
        name="contract.suspend",
        nature=Nature.AUTHORISATION,
        body=Suspend,
        authority=_voter,
        apply=_suspend,
        references=_contract_exists,
        reads=_reads,
    ),
    Kind(
        name="contract.retire",
        nature=Nature.AUTHORISATION,
        body=Retire,
        authority=_voter,
        apply=_retire,
        references=_contract_exists,
        reads=_reads,
    ),
)
