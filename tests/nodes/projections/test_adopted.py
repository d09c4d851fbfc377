"""Questions about adopted contracts and their runs, on views that have grown large.

Goal: a roll in a country of many areas is counted; what is in force is found below any number of later
proposals. Method: rows put into the views by hand.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from projections import lite
from sqlalchemy import Engine, insert

from api.contract_page import VERSIONS_MAX, _version
from nodes.projections import adopted
from nodes.projections.adopted import households_in
from nodes.projections.contractviews import ContractVersion
from nodes.projections.nounviews import Catalogue, Household
from nodes.projections.queries import LIMIT_MAX, reading
from nodes.projections.views import Projection, Word, columns, table_of


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = lite(tmp_path)
    yield engine
    engine.dispose()


def put(engine: Engine, view: type[Projection], *rows: dict[str, Any]) -> None:
    """Rows of a view; what they do not say is -1 or ""."""
    empty: dict[str, Any] = {
        column.name: "" if isinstance(column.type, Word) else -1 for column in columns(view)
    }
    with engine.begin() as connection:
        connection.execute(insert(table_of(view)), [{**empty, **row} for row in rows])


def areas(count: int) -> list[dict[str, Any]]:
    """A province, its counties of 100 villages each, and an area that is elsewhere."""
    found = [{"id": "hubei", "parent": ""}, {"id": "elsewhere", "parent": ""}]
    for n in range(count):
        county = f"c{n // 100}"
        if n % 100 == 0:
            found.append({"id": county, "parent": "hubei"})
        found.append({"id": f"v{n}", "parent": county})
    return [{"noun": "area", "version": version, **one} for version in (0, 1) for one in found]


@pytest.mark.parametrize("most", [1, 3, 10_000])
@pytest.mark.parametrize("villages", [1, 250])
def test_households_of_an_area_and_all_below(
    villages: int, most: int, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adopted, "NAMED_MAX", most)
    put(engine, Catalogue, *areas(villages))
    homes = [{"tag": f"{n:x}", "area": f"v{n}", "entry": n} for n in range(villages)]
    other = [{"area": "elsewhere", "entry": 0}, {"area": "v0", "entry": 0, "retired": "r"}]
    put(engine, Household, *homes, *({"tag": f"x{n}", **one} for n, one in enumerate(other)))
    with reading(engine) as session:
        assert households_in(session, ["hubei"], villages) == villages
        assert households_in(session, ["hubei"], villages - 1) == villages - 1, "enrolled since"
        assert households_in(session, ["c0"], villages) == min(villages, 100)
        assert households_in(session, ["c0", "hubei", "v0"], villages) == villages
        assert households_in(session, ["elsewhere"], villages) == 1
        assert households_in(session, ["nowhere"], villages) == 0


def test_more_areas_than_a_database_takes_values(engine: Engine) -> None:
    put(engine, Catalogue, *areas(40_000))
    put(engine, Household, {"tag": "a", "area": "v39999", "entry": 0})
    with reading(engine) as session:
        assert households_in(session, ["hubei"], 1) == 1


@pytest.mark.parametrize("later", [1, VERSIONS_MAX, LIMIT_MAX + 1])
def test_later_proposals_do_not_hide_what_is_in_force(later: int, engine: Engine) -> None:
    one: dict[str, Any] = {"contract": "cap", "scope": "consortium"}
    lapsed = [
        {**one, "proposal": f"p{n}", "proposed": n, "state": "lapsed", "hash": f"{n:064x}"}
        for n in range(1, later + 1)
    ]
    now = {**one, "proposal": "now", "proposed": 0, "state": "active", "hash": "0" * 64}
    put(engine, ContractVersion, now, *lapsed)
    with reading(engine) as session:
        found = _version(session, "cap")
        assert found is not None and found.proposal == "now"
        text = _version(session, f"{1:064x}")
        assert text is not None and text.proposal == "p1"
        assert _version(session, "other") is None and _version(session, "f" * 64) is None


def test_of_an_id_what_stands_comes_first(engine: Engine) -> None:
    """Then what comes, what returns, what is proposed; and of what is over the newest."""
    order = ("suspended", "approved", "before", "proposed", "lapsed", "retired")
    rows = [
        {"contract": "cap", "proposal": state, "proposed": 9 - n, "state": state, "hash": state}
        for n, state in enumerate(order)
    ]
    for at, state in enumerate(order):
        with engine.begin() as connection:
            connection.execute(table_of(ContractVersion).delete())
        put(engine, ContractVersion, *rows[at:])
        with reading(engine) as session:
            found = _version(session, "cap")
            assert found is not None and found.state == state
