"""Following governance from a receipt: how far the trust file in hand still holds.

Goal: keys that governance retired never make a receipt believed; where what is left does not
suffice, nothing is told, neither true nor false; and whoever reads learns what changed.
Method: a log made by hand whose governance retires and enrols keys; the sizes on both sides.
"""

from typing import Any

import handlog
import ledgers
import pytest
from governedlog import governed_log, retire
from handlog import COSIGNERS, ORIGIN, HandLog

from ledger.proofs.governed import follow
from ledger.proofs.receipt import format_receipt
from ledger.proofs.receiptcheck import Checked, FailedStep, check_receipt

NEXT_LOG = handlog.key("the next log key")


def check(log: HandLog, *cosigners: str, start: int = 0, shown: int | None = None) -> Checked:
    log.close(*cosigners)
    count = log.ids["gift"] if shown is None else shown
    receipt = log.receipt("gift", gov=log.listing("gov", *range(count)))
    return check_receipt(format_receipt(receipt), handlog.trust_file(start=start))


def test_a_trust_file_that_governance_bears_out() -> None:
    found = check(governed_log())
    assert found.standing is not None and found.standing.is_current
    assert found.standing.since == found.standing.governed.changes  # for sizes from 0 on
    assert "1 governance entries are all there are; 1 of them came after" in found.said[6]


@pytest.mark.parametrize(("start", "since"), [(1, 1), (2, 0), (0, 2)])
def test_changes_since_the_trust_file_are_counted(start: int, since: int) -> None:
    grant = ("member.grant", {"actor": "red/ana", "roles": ["admin"], "scope": ledgers.EVERYWHERE})
    found = check(governed_log(grant), start=start)
    assert found.standing is not None and len(found.standing.since) == since
    assert found.standing.is_current, "an admin stands in no trust file"


def test_a_retired_cosigner_is_not_needed() -> None:
    found = check(governed_log(*retire("w2")), "m1", "m2", "w1", "w2")
    assert found.is_success and found.standing is not None
    assert not found.standing.is_current and len(found.standing.retired) == 1
    assert found.quorum.names == tuple(
        COSIGNERS[name].verifier.name for name in ("m1", "m2", "w1")
    ), "who is retired does not vouch"


@pytest.mark.parametrize(
    ("gone", "signed", "why"),
    [
        ("w1", ("m1", "m2", "w1"), "quorum is not reached"),
        ("m1", ("m1", "m2", "w1", "w2"), "too few mirrors"),
        ("log", ("m1", "m2", "w1"), "retired the log key"),
    ],
)
def test_without_the_retired_keys_nothing_can_be_told(
    gone: str, signed: tuple[str, ...], why: str
) -> None:
    with pytest.raises(FailedStep, match=why) as caught:
        check(governed_log(*retire(gone)), *signed)
    assert caught.value.step == 7
    assert caught.value.__cause__ is not None and caught.value.__cause__.check == "trust file"  # type: ignore[attr-defined]


def test_a_new_log_key_makes_the_trust_file_old() -> None:
    enrol = ("key.enrol", {"public": NEXT_LOG.public.hex(), "use": "log"})
    found = check(governed_log(enrol))
    assert found.is_success and found.standing is not None
    assert found.standing.new == (NEXT_LOG.public,) and not found.standing.is_current


def test_a_cosigner_outside_the_quorum_is_not_missed() -> None:
    enrol = ("key.enrol", {"public": NEXT_LOG.public.hex(), "use": "cosigner"})
    found = check(governed_log(enrol))
    assert found.standing is not None and found.standing.is_current


def test_a_list_cut_short_is_refused() -> None:
    log = governed_log(*retire("w1"))
    log.close()
    whole = log.listing("gov", 0, 1)
    short = log.receipt("gift", gov=type(whole)(whole.entries[:1], whole.proof))
    with pytest.raises(FailedStep, match="not all 2 about gov") as caught:
        check_receipt(format_receipt(short), handlog.trust_file())
    assert caught.value.step == 7


@pytest.mark.parametrize(
    "changes",
    [
        [("trust.other", {})],
        [("donation.receive", {"amount": 9})],
        [("key.retire", {"key": "ab" * 32, "reason": "lost"})],
        [("key.enrol", {"public": 5})],
    ],
)
def test_what_cannot_be_read_says_nothing_of_the_trust_file(changes: Any) -> None:
    found = check(governed_log(*changes))
    assert found.is_success and found.standing is None
    assert "not all of them can be read here" in found.said[6]


def test_keys_count_by_size() -> None:
    log = governed_log(*retire("w2"))
    log.close()
    governed = follow(log.listing("gov", 0, 1), ORIGIN)
    assert governed is not None
    # Retired at index 1: in force up to size 1, no more at size 2.
    assert [len(governed.retired(size)) for size in (0, 1, 2, 3)] == [0, 0, 1, 1]
    assert follow(log.listing("gov", 0, 1), "ledger.example.org/other") is None
