"""Whose signature under a statement is an approval, and where an approver must be one.

A co-signer approves an authorisation where an `approval.give` by the same hand would: with the
role, at the places, for an organisation that the statement does not pay, and as another person than
the author. The law may ask for other co-signers too (a second payer, another admin); they are
needed, and approve nothing.

    places  each fund that it names or draws on, with its area; the site that it takes from (`site`,
            `from`), else the areas that it is about
    barred  the organisations that it pays

Specification: `docs/spec/judging.md`, holds.
"""

from collections.abc import Iterable, Mapping, Sequence

from ledger.canon import Value
from ledger.holds import Person, Wants, cosigned, person_of
from ledger.members import ANYWHERE, Actor, Place
from ledger.state import State

Row = Mapping[str, Value]


def places_of(rows: Iterable[Row]) -> tuple[Place, ...]:
    """Where whoever approves a statement with these views must be an approver; none: anywhere.

    >>> draws = [{"line": "flood.general"}, {"line": "flood.food"}, {"line": "fire.general"}]
    >>> [(place.fund, place.area) for place in places_of([{"area": "east", "draws": draws}])]
    [('flood', 'east'), ('fire', 'east')]
    >>> places_of([{"site": "depot", "area": "east"}, {"from": 1_700_000_000}])
    (Place(fund='', site='depot', area=''),)
    """
    found: dict[Place, None] = {}
    for row in rows:
        draws, areas = row.get("draws"), row.get("areas")
        funds = [_text(row, "fund")]
        for draw in draws if isinstance(draws, list) else ():
            assert isinstance(draw, dict)
            funds.append(_text(draw, "line").partition(".")[0])
        site = _text(row, "site") or _text(row, "from")
        spots = [_text(row, "area"), *(map(str, areas) if isinstance(areas, list) else ())]
        for fund in [one for one in funds if one] or [""]:
            for area in [""] if site else [one for one in spots if one] or [""]:
                found[Place(fund, site, area)] = None
    return tuple(place for place in found if place != ANYWHERE)


def barred_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """The organisations that a statement with these views pays, sorted: they do not approve it."""
    names = {_text(row, "payee_org"): None for row in rows}
    return tuple(sorted(name for name in names if name))


def approvals_of(
    state: State, author: Actor, cosigners: Sequence[Actor], rows: Sequence[Row]
) -> tuple[Person, ...]:
    """The co-signers whose signature is an approval of a statement with these views."""
    wants = Wants(1, 0, places=places_of(rows), barred=barred_of(rows))
    return tuple(person_of(one) for one in cosigned(state, wants, (author, *cosigners)))


def _text(row: Row, name: str) -> str:
    # A field of this name may be a time or a figure of another kind of statement.
    found = row.get(name)
    return found if isinstance(found, str) else ""
