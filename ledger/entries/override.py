"""`override.use`: this must be done now, although a rule of a contract says no.

It names a statement that a contract has refused or holds, the rule, and a reason. One that was
posted since is done, and is not named. It moves nothing: the same thing, signed again within 72
hours, passes that one rule once. Law of the book stays as it is. Each use opens a case of class
`override`, which another member must decide and close within 72 hours; how many a day there may be
is a contract's to say.
Rules: `docs/spec/kinds-approvals.md`.
"""

from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.cases import open_case
from ledger.codes import Code
from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.holds import POSTED, find_hold
from ledger.kinds import LOG, Kind, Nature, Reference
from ledger.members import Signers
from ledger.overrides import OVERRIDE_S, TABLE, digest_of, override_key, serves
from ledger.shape import Evidence, Hash, Pattern, Slug

CLASS = "override"
"""Class of the case that each use opens."""

OVERRIDABLE = ("held", "contract_denied", "contract_error")
"""Codes of outcomes that a rule of a contract gave."""

STILL_WAITING = "one that waits or came to nothing; what was posted is done, and is corrected"
"""What an override is for; the phrase is told in three languages (`ledger.phrases`)."""

RuleName = Annotated[
    str, Pattern("[a-z][a-z0-9-]{2,47}/[a-z][a-z0-9_-]{0,31}", 80, "a rule contract/rule")
]


@dataclass(frozen=True, slots=True)
class Use:
    """Body of `override.use`: let what `statement` asked for pass `rule`."""

    reason: Slug
    rule: RuleName
    statement: Hash
    evidence: Evidence | None = None


def _named(body: Use) -> tuple[Reference]:
    return (Reference("body.statement", LOG, body.statement),)


def _authority(book: Book, signers: Signers, body: Use) -> None:
    signers.need("commander")


def _use(book: Book, body: Use) -> None:
    assert book.signers is not None
    logged = book.logged(StatementId(body.statement))
    assert logged is not None
    entry = parse_entry(logged[1])
    if not isinstance(entry, StatementEntry) or entry.outcome["code"] not in OVERRIDABLE:
        raise Refused(Code.NOT_OPEN, "body.statement", key=body.statement)
    hold = find_hold(book.state, body.statement)
    if hold is not None and hold.state == POSTED:
        # It was let through and is booked: to sign the same thing again would do it twice.
        raise Refused(Code.NOT_OPEN, "body.statement", key=body.statement, wanted=STILL_WAITING)
    key = override_key(digest_of(entry.statement), body.rule)
    row = book.row(TABLE, key)
    if row is not None and serves(book.state, row, book.time):
        raise Refused(Code.ALREADY_EXISTS, "body.rule", key=body.rule)
    until = book.time + OVERRIDE_S
    found: dict[str, Value] = {
        "case": book.statement,
        "entry": book.index,
        "for": body.statement,
        "reason": body.reason,
        "time": book.time,
        "until": until,
    }
    book.put(TABLE, key, found)
    # The commander's own member is inside the case: another one reviews it.
    subjects = [f"statement/{body.statement}", f"organisation/{book.signers.author.member}"]
    open_case(book, CLASS, subjects, until)


KINDS = (
    Kind(
        name="override.use",
        nature=Nature.AUTHORISATION,
        body=Use,
        authority=_authority,
        apply=_use,
        references=_named,
    ),
)
