"""Traces of gifts that corrections brought, or added to.

Goal: every gift is followed under its own name, and its parts sum to what it brought.
Method: corrected gifts and a corrected row on the small relief operation; the answer as the API
gives it, out of views of that log.
"""

from pathlib import Path
from typing import Any

import pytest
from corrections import DAI, GENERAL, Relief
from projections import LedgerSource, lite
from sealed import SealedList

from api.trace import follow_gift
from nodes.projections.projector import Projector
from nodes.projections.queries import reading

RECEIVE = "donation.receive"


def traced(relief: Relief, folder: Path, gift: str) -> Any:
    engine = lite(folder)
    Projector(engine, LedgerSource(relief.ledger)).catch_up()
    with reading(engine) as session:
        return follow_gift(session, gift)


@pytest.mark.parametrize(
    ("number", "amount", "low"),
    [("/0", 110, 300), ("/1", 220, 410), ("/2", None, 0), ("", None, 0)],
)
def test_each_gift_of_a_correction_is_traced_by_its_name(
    tmp_path: Path, number: str, amount: int | None, low: int
) -> None:
    relief = Relief()
    gifts = [relief.gift(n) for n in (100, 200)]
    both = relief.correct(gifts, (RECEIVE, relief.donation(110)), (RECEIVE, relief.donation(220)))
    value = traced(relief, tmp_path, f"{both.statement}{number}")
    if amount is None:
        assert value is None
        return
    assert (value["amount"], value["line"], value["gifts"]) == (amount, GENERAL, 1)
    assert value["links"]["receipt"] == f"/v1/receipts/{both.statement}"
    (part,) = value["parts"]
    assert (part["from"], part["to"], part["state"]) == (low, low + amount, "free")


def test_a_row_has_what_a_correction_added_to_it(tmp_path: Path) -> None:
    relief = Relief()
    sealed = SealedList(700, 50, 250)
    name = relief.ok("donation.list", sealed.body(line=GENERAL), "red/ana", DAI)
    relief.instruct(720)
    target = {"row": sealed.row(1), "statement": name}
    assert relief.correct([target], (RECEIVE, relief.donation(60))).code == "ok"
    row = traced(relief, tmp_path, f"{name}/700-50")
    assert row["amount"] == 60
    assert [part["amount"] for part in row["parts"]] == [20, 30, 10]
    # The list as it was signed; what was added is that row's alone.
    (folder := tmp_path / "list").mkdir()
    assert traced(relief, folder, name)["amount"] == 1_000
