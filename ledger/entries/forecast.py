"""`forecast.publish`: so much of this will be needed there, in that time.

It moves nothing and is a fact: what follows from it is for contracts and people to decide.
The figure comes from a document (`evidence`), which stays with its publisher; a later
forecast takes the place of an earlier one.
Rules: `docs/spec/kinds-needs.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.dated import Window, forecast_series, record
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Counted, Evidence, Slug


@dataclass(frozen=True, slots=True)
class Publish:
    """Body of `forecast.publish`: `quantity` base units of `item` in `area`, in `window`.

    `method`: how the figure was found (`register`, `assessment`, `model` ..); `organisation`: whose
    figure it is.
    """

    area: Slug
    item: Slug
    method: Slug
    organisation: Slug
    quantity: Counted
    window: Window
    evidence: Evidence | None = None
    programme: Slug | None = None


def _named(body: Publish) -> Iterator[Reference]:
    yield Reference("body.area", "catalogue", f"area/{body.area}")
    yield Reference("body.item", "catalogue", f"item/{body.item}")
    yield Reference("body.organisation", "members", body.organisation)
    if body.programme is not None:
        yield Reference("body.programme", "catalogue", f"programme/{body.programme}")


def _authority(book: Book, signers: Signers, body: Publish) -> None:
    signers.need("officer", place=Place(area=body.area))


def _publish(book: Book, body: Publish) -> None:
    for reference in _named(body):
        if not reference.is_known(book):
            # It waited, and what it names never came: of a place or thing that nobody defined
            # nothing can be asked for.
            book.breach(Code.UNKNOWN_REFERENCE, reference.key, body.quantity)
            return
    figures: dict[str, Value] = {
        "method": body.method,
        "organisation": body.organisation,
        "quantity": body.quantity,
        "to": body.window.to,
    }
    record(book, forecast_series(body.area, body.item), body.window.from_, figures)


KINDS = (
    Kind(
        name="forecast.publish",
        nature=Nature.ATTESTATION,
        body=Publish,
        authority=_authority,
        apply=_publish,
        references=_named,
    ),
)
