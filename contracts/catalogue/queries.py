"""Queries: lists of records, each in a fixed order, as facts (`list`) and as runs (`foreach`).

    ancestors    stores of the areas above a site, the nearest area first    -> tier
    below        the areas right under an area, by id                        -> area
    lots         usable lots of an item at a site, earliest expiry first     -> lot
    prices       of an item, the newest first                                -> price
    sites        of an area, by id                                           -> site
    households   that take part, by tag (runs only)                            -> household
    needs, holdings, contents, loans, loans_at: `contracts.catalogue.holdings`

A list has at most as many records as the fact asks for; the rest is left out, at the end. What runs
go over stands in `walks`.
Specification: `docs/spec/facts.md`, records.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from contracts.catalogue import holdings
from contracts.catalogue.records import At, area, household, lot_fields, price_fields, site, tier
from ledger.canon import Value
from ledger.dated import back_from, price_series
from ledger.goods.lots import parse_lot
from ledger.members import ancestry, area_of_site

LOOKED_AT_MAX: Final = holdings.LOOKED_AT_MAX
"""Rows that one query looks at."""
AREAS_MAX: Final = 4_096
"""Areas below those that a run is about."""

Records = Iterator[dict[str, Value]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of facts: its record, the type of its key, and what it finds, in order, unbounded."""

    record: str
    key: str
    find: Callable[[At, str], Records]


def ask(at: At, query: Asked, key: str, most: int) -> list[Value]:
    """The first `most` records."""
    return list(islice(query.find(at, key), most))


def _ancestors(at: At, key: str) -> Records:
    # Of each area above, the first site that keeps a reserve, by id: one tier, one giver.
    for above in ancestry(at.state, area_of_site(at.state, key))[1:]:
        for _, name, row in at.state.scan("catalogue", f"sites/{above}", chunk=8):
            if isinstance(row, dict) and row["kind"] in ("reserve", "warehouse"):
                found = tier(at, name.removeprefix("site/"))
                if found is not None:
                    yield found
                    break


def _below(at: At, key: str) -> Records:
    for _, name, _ in at.state.scan("catalogue", f"below/{key}"):
        found = area(at, name.removeprefix("area/"))
        if found is not None:
            yield found


def _sites(at: At, key: str) -> Records:
    for _, name, _ in at.state.scan("catalogue", f"sites/{key}"):
        found = site(at, name.removeprefix("site/"))
        if found is not None:
            yield found


def _lots(at: At, key: str) -> Records:
    item, _, place = key.partition("/")
    rows = at.state.scan("lots", f"{item}@site:{place}")
    for name, row in islice(((name, row) for _, name, row in rows), LOOKED_AT_MAX):
        assert isinstance(row, dict)
        found = parse_lot(name, row)
        if found.is_usable(at.time):
            yield lot_fields(at, found)


def _prices(at: At, key: str) -> Records:
    for row in back_from(at.state, price_series(key, at.currency), at.time):
        yield price_fields(row)


ASKED: Final[Mapping[str, Asked]] = {
    "ancestors": Asked("tier", "str<site>", _ancestors),
    "below": Asked("area", "str<area>", _below),
    "contents": Asked("holding", "str<site>", holdings.contents),
    "holdings": Asked("holding", "str<figure>", holdings.holdings),
    "loans": Asked("loan", "str<org>", holdings.loans),
    "loans_at": Asked("loan", "str<site>", holdings.loans_at),
    "lots": Asked("lot", "str<stock>", _lots),
    "needs": Asked("open_need", "str<figure>", holdings.needs),
    "prices": Asked("price", "str<item>", _prices),
    "sites": Asked("site", "str<area>", _sites),
}


# ---- runs ---------------------------------------------------------------------------------------


def areas_below(at: At, areas: Iterable[str]) -> list[str]:
    """These areas and all below them, sorted, each once, at most `AREAS_MAX`."""
    found: dict[str, None] = {}
    todo = sorted(dict.fromkeys(areas), reverse=True)
    while todo and len(found) < AREAS_MAX:
        name = todo.pop()
        if name in found:
            continue
        found[name] = None
        rows = at.state.scan("catalogue", f"below/{name}")
        todo += [key.removeprefix("area/") for _, key, _ in rows]
    return sorted(found)


def households(at: At, areas: Sequence[str], after: str, limit: int) -> list[dict[str, Value]]:
    """At most `limit` households that take part, in these areas or below, by tag beyond `after`.

    The next step of a run: `after` is the last tag that was done, "" at the beginning. Whoever
    takes part since, with a higher tag, is found too; a run that must not grow freezes its list.
    """
    low = f"{after}\x00" if after else ""
    rows = [
        at.state.scan("households", name, low=low, chunk=max(1, limit))
        for name in areas_below(at, areas)
    ]
    tags = (tag for tag, _, _ in heapq.merge(*rows, key=lambda row: row[0]))
    found = (household(at, tag) for tag in islice(tags, limit))
    return [one for one in found if one is not None]
