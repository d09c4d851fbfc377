"""What is kept for a held payment, in the views: where the money stands is told as the state says.

Goal: balances, totals and intervals of lines are those of the state while a payment waits, when it is
posted, and when it is refused. Method: a gate holds payments on a small ledger, a projector follows it.
"""

from pathlib import Path

import pytest
from corrections import FAY
from gated import Gated
from projections import LedgerSource, lite, rows, segments_of_state, segments_of_views, state_of

from nodes.projections.projector import Projector
from nodes.projections.views import Balance, Total, columns


@pytest.mark.parametrize("way", ["posted", "refused"])
def test_views_tell_where_money_that_waits_stands(tmp_path: Path, way: str) -> None:
    relief, engine = Gated(), lite(tmp_path)
    memory, projector = relief.ledger.memory, Projector(engine, LedgerSource(relief.ledger))

    def compare() -> None:
        projector.catch_up()
        balances = {f"{r['commodity']}/{r['account']}": r["units"] for r in rows(engine, Balance)}
        assert balances == state_of(memory, "accounts")
        names = [column.name for column in columns(Total)[1:]]
        totals = {r["commodity"]: [r[name] for name in names] for r in rows(engine, Total)}
        assert totals == state_of(memory, "totals")
        assert segments_of_views(engine) == segments_of_state(memory)

    compare()
    held = relief.hold(600)
    compare()
    assert any(key.endswith(f"/held:{held}") for key in state_of(memory, "accounts"))
    if way == "posted":
        relief.approve(held)
    else:
        relief.ok("approval.refuse", {"held": held, "reason": "too-much"}, FAY)
    compare()
