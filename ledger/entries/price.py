"""`price.observe`: so much was asked for this, there, at that time.

It moves nothing; contracts take the price in force as a reference. `unit_price` is in minor units
for `per` base units (1 where not said), so that rice by the kilogram and masks by the piece both
have whole numbers. Above the currency's second-key limit a price wants two sources.
Rules: `docs/spec/kinds-needs.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.dated import price_series, record
from ledger.errors import Refused
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers, second_key_limit
from ledger.shape import Currency, Evidence, Hash, Length, Moved, Range, Seconds, Slug

SOURCES_MAX = 20
SOURCES_ABOVE_LIMIT = 2
"""Sources that a price above the limit must have."""
PER_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Observe:
    """Body of `price.observe`: what `per` base units of `item` cost in `area` at `at` (seconds).

    `sources`: salted tags of those who named the price, each once. `until`: when it is stale.
    """

    area: Slug
    at: Seconds
    currency: Currency
    item: Slug
    sources: Annotated[tuple[Hash, ...], Length(1, SOURCES_MAX)]
    unit_price: Moved
    evidence: Evidence | None = None
    per: Annotated[int, Range(1, PER_MAX)] | None = None
    until: Seconds | None = None

    def __post_init__(self) -> None:
        if len(self.sources) != len(dict.fromkeys(self.sources)):
            raise Refused(Code.MALFORMED, "body.sources", wanted="each source once")
        if self.until is not None and self.until <= self.at:
            raise Refused(Code.MALFORMED, "body.until", wanted="an end after its beginning")


def _named(body: Observe) -> Iterator[Reference]:
    yield Reference("body.area", "catalogue", f"area/{body.area}")
    yield Reference("body.currency", "catalogue", f"currency/{body.currency}")
    yield Reference("body.item", "catalogue", f"item/{body.item}")


def _authority(book: Book, signers: Signers, body: Observe) -> None:
    signers.need("officer", place=Place(area=body.area))


def _observe(book: Book, body: Observe) -> None:
    for reference in _named(body):
        if not reference.is_known(book):
            book.breach(Code.UNKNOWN_REFERENCE, reference.key, body.unit_price)
            return
    series = price_series(body.item, body.currency)
    if body.at > book.time:
        # Nobody has seen tomorrow's price: what is foretold is no observation.
        book.breach(Code.NOT_ELIGIBLE, series, body.at - book.time)
        return
    count = len(body.sources)
    if body.unit_price > second_key_limit(book.state, body.currency):
        missing = SOURCES_ABOVE_LIMIT - count
        if missing > 0:
            book.breach(Code.NOT_ELIGIBLE, f"{series}/sources", missing)
    figures: dict[str, Value] = {
        "area": body.area,
        "per": body.per or 1,
        "sources": count,
        "unit_price": body.unit_price,
    }
    if body.until is not None:
        figures["to"] = body.until
    record(book, series, body.at, figures)


KINDS = (
    Kind(
        name="price.observe",
        nature=Nature.ATTESTATION,
        body=Observe,
        authority=_authority,
        apply=_observe,
        references=_named,
    ),
)
