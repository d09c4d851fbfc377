"""`project.contract .claim .inspect`: rebuilding, paid by milestones that somebody else has seen.

A contract names its sum, its milestones and what is kept back how long (`retention`): tranches <=
sum <= allocated, and the sum stays promised out of the allocation. The contractor claims a
milestone; an inspector of another organisation says whether it is done. From then a clock runs, in
public: within 7 days the tranche is paid, less what is kept back until its days are over. Nothing
of this lapses: what is late stays on the list.

    legs    {contract}  {"area", "asked", "contractor", "currency", "due", "entry", "key", "kind",
                         "left", "line", "milestones": [[id, amount, state, fails]..], "paid",
                         "payee", "purpose", "retention": [percent, days], "sum"}
            {claim}     {"amount", "asked", "by", "claimed", "currency", "due", "entry", "kept",
                         "kind", "line", "milestone", "paid", "payee", "project", "purpose",
                         "state"}
                        once passed also {"inspection", "passed", "until"}

States of a milestone: `open`, `claimed`, `passed`. Rules: `docs/spec/kinds-money.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.lines import close_leg, reserved
from ledger.goods.rights import allocation_key
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Actor, Place, Signers
from ledger.money.earmark import find_line, fund_of, programme_of, uncovered
from ledger.money.funds import check_not_short
from ledger.money.owed import CLAIM, CONTRACT, PAY_S, put_project
from ledger.shape import Evidence, Hash, Length, LineId, Moved, Names, Range, Seconds, Slug
from ledger.state import Pair

INSPECT = "project.inspect"
MILESTONES_MAX = 32
INSPECT_S = 14 * 86_400
"""A claim that nobody inspected within 14 days is on the list of what is overdue."""
DAYS_MAX = 3_660


@dataclass(frozen=True, slots=True)
class Milestone:
    """A part of the work, and its tranche in minor units."""

    amount: Moved
    id: Slug
    names: Names | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """`percent` of each tranche is kept back for `days` after its milestone passed."""

    days: Annotated[int, Range(0, DAYS_MAX)]
    percent: Annotated[int, Range(0, 100)]


@dataclass(frozen=True, slots=True)
class Contract:
    """Body of `project.contract`: `sum` minor units of what `line` allocates to `purpose`.

    `payee`: the salted tag under which the contractor is paid. `until`: when all shall be done.
    """

    area: Slug
    contractor: Slug
    line: LineId
    milestones: Annotated[tuple[Milestone, ...], Length(1, MILESTONES_MAX)]
    payee: Hash
    programme: Slug
    purpose: Slug
    retention: Retention
    sum: Moved
    until: Seconds
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        ids = [milestone.id for milestone in self.milestones]
        if len(ids) != len(dict.fromkeys(ids)):
            raise Refused(Code.MALFORMED, "body.milestones", wanted="each milestone once")


@dataclass(frozen=True, slots=True)
class Claim:
    """Body of `project.claim`: this milestone is done; photos stand in the evidence."""

    milestone: Slug
    project: Hash
    evidence: Evidence | None = None
    reason: Slug | None = None


@dataclass(frozen=True, slots=True)
class Inspect:
    """Body of `project.inspect`: what an independent inspector found."""

    claim: Hash
    verdict: Literal["pass", "fail"]
    evidence: Evidence | None = None
    reason: Slug | None = None


# ---- contract -----------------------------------------------------------------------------------


def _contract_named(body: Contract) -> Iterator[Reference]:
    yield Reference("body.area", "catalogue", f"area/{body.area}")
    yield Reference("body.contractor", "members", body.contractor)
    yield Reference("body.line", "catalogue", f"line/{body.line}")
    yield Reference("body.programme", "catalogue", f"programme/{body.programme}")


def _contract_reads(statement: StatementId, body: Contract) -> Iterator[Pair]:
    yield "legs", statement
    yield "reserved", allocation_key(body.line, body.purpose)


def _may_contract(book: Book, signers: Signers, body: Contract) -> None:
    place = Place(fund=fund_of(body.line), area=body.area)
    signers.need("fund-owner", place=place)
    line = find_line(book.state, body.line)
    if line is None or line.owner != signers.author.member:
        key = f"line/{body.line}"
        raise Refused(
            Code.NO_AUTHORITY, "author", actor=signers.author.id, role="fund-owner", key=key
        )
    # The contractor signs where it has a key; else somebody who approves for it.
    if not any(_other_of(actor, signers.author, body.contractor) for actor in signers.cosigners):
        signers.need_second("approver", place=place)


def _other_of(actor: Actor, author: Actor, member: str) -> bool:
    return actor.member == member and not actor.same_person(author)


def _contract(book: Book, body: Contract) -> None:
    if body.until <= book.time:
        raise Refused(Code.NOT_ELIGIBLE, "body.until", value=body.until, low=book.time)
    tranches = sum(milestone.amount for milestone in body.milestones)
    if tranches > body.sum:
        where = "body.milestones"
        raise Refused(Code.NOT_CONSERVED, where, value=tranches, high=body.sum)
    line = find_line(book.state, body.line)
    assert line is not None, "references were checked"
    _check_use(book, body)
    check_not_short(book, line, "body.line")
    key = allocation_key(body.line, body.purpose)
    there = book.balance(line.currency, line.account(f"allocated:{body.purpose}"))
    left = max(0, there - reserved(book, key))
    if body.sum > left:
        raise Refused(Code.NOT_ENOUGH, "body.sum", key=key, asked=body.sum, left=left)
    leg: dict[str, Value] = {
        "area": body.area,
        "asked": 0,
        "contractor": body.contractor,
        "currency": line.currency,
        "due": body.until,
        "entry": book.index,
        "key": key,
        "kind": CONTRACT,
        "left": 0,
        "line": body.line,
        "milestones": [[each.id, each.amount, "open", 0] for each in body.milestones],
        "paid": 0,
        "payee": body.payee,
        "purpose": body.purpose,
        "retention": [body.retention.percent, body.retention.days],
        "sum": body.sum,
    }
    put_project(book, book.statement, leg)
    book.touch(f"project/{book.statement}")


def _check_use(book: Book, body: Contract) -> None:
    """The line collects for this programme, which has the purpose, and its earmark covers it."""
    found = programme_of(book.state, body.line)
    if found is None or found[0] != body.programme:
        key = "" if found is None else found[0]
        raise Refused(Code.NOT_ELIGIBLE, "body.programme", key=body.programme, wanted=key)
    purposes = found[1]["purposes"]
    assert isinstance(purposes, list)
    if body.purpose not in purposes:
        raise Refused(Code.NOT_ELIGIBLE, "body.purpose", key=body.purpose)
    line = find_line(book.state, body.line)
    assert line is not None
    part = uncovered(book.state, line.earmark, book.time, purpose=body.purpose, area=body.area)
    if part:
        raise Refused(Code.NOT_ELIGIBLE, "body.line", key=f"line/{body.line}", wanted=part)


# ---- claim --------------------------------------------------------------------------------------


def _claim_named(body: Claim) -> Iterator[Reference]:
    yield Reference("body.project", "legs", body.project)


def _claim_reads(statement: StatementId, body: Claim) -> Iterator[Pair]:
    yield "legs", statement
    yield "index", f"project/{body.project}"


def find_project(book: Book, project: str) -> dict[str, Value] | None:
    """The row of a project; None where there is none."""
    row = book.row("legs", project)
    return None if row is None or row["kind"] != CONTRACT else row


def _may_claim(book: Book, signers: Signers, body: Claim) -> None:
    """Anybody of the contractor, or a manager who enters the claim of one without keys."""
    row = find_project(book, body.project)
    if row is None or signers.author.member != row["contractor"]:
        area = "" if row is None else str(row["area"])
        signers.need("manager", place=Place(area=area))


def _claim(book: Book, body: Claim) -> None:
    row = find_project(book, body.project)
    if row is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"leg/{body.project}", 0)
        return
    book.touch(f"project/{body.project}")
    milestone = milestone_of(row, body.milestone)
    if milestone is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"milestone/{body.milestone}", 0)
        return
    if milestone[2] != "open" or "closed" in row:
        book.breach(Code.NOT_OPEN, f"milestone/{body.milestone}", milestone[1])
        return
    percent = _retention(row)[0]
    put_project(book, body.project, with_milestone(row, body.milestone, "claimed", milestone[3]))
    leg: dict[str, Value] = {
        "amount": milestone[1],
        "asked": 0,
        "by": "" if book.signers is None else book.signers.author.id,
        "claimed": book.time,
        "currency": row["currency"],
        "due": book.time + INSPECT_S,
        "entry": book.index,
        "kept": milestone[1] * percent // 100,
        "kind": CLAIM,
        "line": row["line"],
        "milestone": body.milestone,
        "paid": 0,
        "payee": row["payee"],
        "project": body.project,
        "purpose": row["purpose"],
        "state": "claimed",
    }
    book.put("legs", book.statement, leg)


def _retention(row: Mapping[str, Value]) -> tuple[int, int]:
    """(percent, days) of a project."""
    found = row["retention"]
    assert isinstance(found, list)
    percent, days = found
    assert isinstance(percent, int) and isinstance(days, int)
    return percent, days


def milestone_of(row: Mapping[str, Value], name: str) -> tuple[str, int, str, int] | None:
    """(id, amount, state, how often it failed) of a milestone; None where there is none."""
    milestones = row["milestones"]
    assert isinstance(milestones, list)
    for each in milestones:
        assert isinstance(each, list)
        if each[0] == name:
            _, amount, state, fails = each
            assert isinstance(amount, int) and isinstance(fails, int)
            return name, amount, str(state), fails
    return None


def with_milestone(row: Mapping[str, Value], name: str, state: str, fails: int) -> dict[str, Value]:
    """The row with this state of a milestone."""
    milestones = row["milestones"]
    assert isinstance(milestones, list)
    now: list[Value] = []
    for each in milestones:
        assert isinstance(each, list)
        now.append([*each[:2], state, fails] if each[0] == name else each)
    return {**row, "milestones": now}


# ---- inspect ------------------------------------------------------------------------------------


def _inspect_named(body: Inspect) -> Iterator[Reference]:
    yield Reference("body.claim", "legs", body.claim)


def _inspect_reads(statement: StatementId, body: Inspect) -> Iterator[Pair]:
    yield "legs", body.claim


def find_claim(book: Book, claim: str) -> dict[str, Value] | None:
    """The row of a claim; None where there is none."""
    row = book.row("legs", claim)
    return None if row is None or row["kind"] != CLAIM else row


def _may_inspect(book: Book, signers: Signers, body: Inspect) -> None:
    """An inspector, of another organisation than the contractor, who did not make the claim."""
    claim = find_claim(book, body.claim)
    project = None if claim is None else find_project(book, str(claim["project"]))
    area = "" if project is None else str(project["area"])
    signers.need("inspector", place=Place(area=area))
    author = signers.author
    if project is not None and author.member == project["contractor"]:
        wanted = "another organisation than the contractor"
        raise Refused(Code.NO_AUTHORITY, "author", actor=author.id, wanted=wanted)
    if claim is not None and claim["by"] == author.id:
        raise Refused(Code.NO_AUTHORITY, "author", actor=author.id, wanted="another person")


def _inspect(book: Book, body: Inspect) -> None:
    claim = find_claim(book, body.claim)
    project = None if claim is None else find_project(book, str(claim["project"]))
    if claim is None or project is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"leg/{body.claim}", 0)
        return
    book.touch(f"project/{claim['project']}")
    if claim["state"] != "claimed" or "closed" in claim:
        book.breach(Code.NOT_OPEN, f"leg/{body.claim}", 0)
        return
    name = str(claim["milestone"])
    milestone = milestone_of(project, name)
    assert milestone is not None, name
    fails = milestone[3]
    seen: dict[str, Value] = {**claim, "inspection": book.statement}
    if body.verdict == "pass":
        until = book.time + _retention(project)[1] * 86_400
        seen |= {"due": book.time + PAY_S, "passed": book.time, "state": "passed", "until": until}
        book.put("legs", body.claim, seen)
        now = with_milestone(project, name, "passed", fails)
    else:
        close_leg(book, body.claim, {**seen, "state": "failed"}, book.statement)
        now = with_milestone(project, name, "open", fails + 1)
    put_project(book, str(claim["project"]), now)


KINDS = (
    Kind(
        name=CONTRACT,
        nature=Nature.AUTHORISATION,
        body=Contract,
        authority=_may_contract,
        apply=_contract,
        references=_contract_named,
        reads=_contract_reads,
    ),
    Kind(
        name=CLAIM,
        nature=Nature.ATTESTATION,
        body=Claim,
        authority=_may_claim,
        apply=_claim,
        references=_claim_named,
        reads=_claim_reads,
    ),
    Kind(
        name=INSPECT,
        nature=Nature.ATTESTATION,
        body=Inspect,
        authority=_may_inspect,
        apply=_inspect,
        references=_inspect_named,
        reads=_inspect_reads,
    ),
)
