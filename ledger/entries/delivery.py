"""`delivery.confirm`: whoever was to get a hand-out says what came.

It moves nothing. A row that nobody confirmed within 14 days counts as unconfirmed; a later word on
the same row takes the place of the earlier one in table `legs`, and both stay in the log.
Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.goods.handout import HANDING_OUT
from ledger.goods.limits import HANDOUT_LINES_MAX
from ledger.goods.lines import Device, counts
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Evidence, Hash, Length, Number, Slug

STATES = ("received", "partial", "not_received")


@dataclass(frozen=True, slots=True)
class Confirm:
    """Body of `delivery.confirm`: what became of row `row` of a hand-out (from 0).

    `by`: the resident's own key, a PIN, or a named proxy; the confirmer signs for the last two.
    """

    by: Literal["resident", "pin", "proxy"]
    handout: Hash
    row: Number
    state: Literal["received", "partial", "not_received"]
    device: Device | None = None
    evidence: Evidence | None = None
    issues: Annotated[tuple[Slug, ...], Length(1, 16)] | None = None


def _named(body: Confirm) -> Iterator[Reference]:
    yield Reference("body.handout", "legs", body.handout)


def _authority(book: Book, signers: Signers, body: Confirm) -> None:
    leg = book.row("legs", body.handout)
    site = str(leg.get("site", "")) if leg is not None else ""
    signers.need("confirmer", place=Place(site=site))


def _confirm(book: Book, body: Confirm) -> None:
    leg = book.row("legs", body.handout)
    subject = f"leg/{body.handout}"
    if leg is None or leg["kind"] != HANDING_OUT:
        book.breach(Code.UNKNOWN_REFERENCE, subject, 0)
        return
    rows, due, said = leg["rows"], leg["due"], leg["confirmed"]
    assert isinstance(rows, int) and isinstance(due, int) and isinstance(said, list)
    if body.row >= rows:
        book.breach(Code.UNKNOWN_REFERENCE, f"{subject}/{body.row}", 0)
        return
    if book.time > due:
        book.breach(Code.LATE, subject, book.time - due)
    if "closed" in leg:
        # The hand-out was corrected away: what is said of it is kept, and counts for nothing.
        book.breach(Code.NOT_OPEN, subject, 0)
        return
    book.put("legs", body.handout, {**leg, "confirmed": _with(said, rows, body)})


def _with(said: list[Value], rows: int, body: Confirm) -> list[Value]:
    """Rows of `[row, state]`, by row; of a long manifest only `[state, count]`."""
    if rows > HANDOUT_LINES_MAX:
        sums = counts(said)
        sums[body.state] = sums.get(body.state, 0) + 1
        return [[state, sums[state]] for state in STATES if state in sums]
    states = {}
    for pair in said:
        assert isinstance(pair, list) and isinstance(pair[0], int)
        states[pair[0]] = str(pair[1])
    states[body.row] = body.state
    return [[row, states[row]] for row in sorted(states)]


KINDS = (
    Kind(
        name="delivery.confirm",
        nature=Nature.ATTESTATION,
        body=Confirm,
        authority=_authority,
        apply=_confirm,
        references=_named,
    ),
)
