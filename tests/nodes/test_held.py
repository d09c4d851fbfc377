"""What was held, as a node tells it: receipts and statuses.

Goal: the receipt of a held statement says that it waits, and once it was posted that it was applied, by
the entry that posted it; the status says for what it waits.
Method: a small ledger with a gate is played in memory, laid into a node's store and cosigned.
"""

from pathlib import Path
from typing import Any

import pytest
from ledgers import TestLedger, cosigned, trust_of
from nodekit import opened
from standinggates import approve, cap, founded, gift, pay, stand

from api.statements import status_value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.log.trust import parse_trust
from ledger.proofs.receipt import format_receipt
from ledger.proofs.receiptcheck import Verdict, check_receipt
from nodes.grounds import Grounds
from nodes.status import Stage, Status
from nodes.store import Store


def held() -> tuple[TestLedger, StatementId, int]:
    """A payment that waits for a second organisation's approval."""
    ledger = founded()
    assert gift(ledger, 1_000).code == "ok"
    waits = {"where": "size(it.approvals) < 2", "defaults": {"it": {"approvals": []}}}
    stand(ledger, cap("small", 100, "hold", **waits))
    answer = pay(ledger, 600)
    assert answer.code == "held" and answer.index is not None
    return ledger, StatementId(answer.statement), answer.index


class Final:
    """What `status_value` asks of a node, on one checkpoint that is final."""

    def __init__(self, grounds: Grounds, store: Store) -> None:
        self._grounds, self.store = grounds, store

    def grounds(self, *, final: bool = False) -> Grounds:
        return self._grounds


@pytest.mark.parametrize("end", ["open", "posted", "refused"])
def test_receipt_and_status_of_what_was_held(tmp_path: Path, end: str) -> None:
    ledger, statement, index = held()
    last = index
    if end == "posted":
        answer = approve(ledger, statement)
        assert answer.code == "ok" and answer.index is not None
        last = answer.index
    elif end == "refused":
        body = {"held": statement, "reason": "too-much"}
        assert ledger.say("approval.refuse", body, "blue/fay").code == "ok"
    head = ledger.memory.head()
    note = cosigned(head.size, head.root(), ("mirror", "witness"))
    with opened(tmp_path / "store", None) as store:
        for made in ledger.steps:
            if not made.is_empty:
                store.commit(made)
        store.offer()
        grounds = Grounds(store, note, is_final=True)
        receipt = format_receipt(grounds.receipt(index))
        checked = check_receipt(receipt, trust=parse_trust(trust_of(ledger)))
        assert checked.verdict is (Verdict.VERIFIED if end == "posted" else Verdict.HELD)
        assert checked.posted_at == (last if end == "posted" else None)
        status = Status(statement, Stage.INCLUDED, Code.HELD, index, 1, ledger.time)
        assert not status.is_refused
        node: Any = Final(grounds, store)
        value = status_value(node, status, "en")
    hold = {
        "approved": ["red", "blue"] if end == "posted" else ["red"],
        "needs": 1,
        "roles": ["approver"],
        "state": end,
        "until": value["hold"]["until"],
    }
    assert value["hold"] == (hold if end != "posted" else {**hold, "posted": last})
    assert (value["code"], value["applied"]) == ("held", end == "posted")
    assert value["said"] == ["not small"]
