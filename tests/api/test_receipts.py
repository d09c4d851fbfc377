"""Receipts of a node that runs: a correction reaches whoever asks again, and cannot be taken out.

Goal: the same address that gave "verified" gives "corrected" once a correction is final, with its
text and with all of governance; nothing put together from the old and the new receipt verifies.
Method: a node of its own; one receipt before a correction, one after it, and their parts mixed.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from apis import Place, place
from ledgers import test_key as ledger_key

from ledger.log.trust import TrustFile, parse_trust
from ledger.proofs.receipt import Receipt, format_receipt, parse_receipt
from ledger.proofs.receiptcheck import FailedStep, check_receipt

MASKS: dict[str, Any] = {
    "lines": [{"condition": "good", "item": "n95", "quantity": 2_000}],
    "site": "depot",
    "source": {"kind": "gift"},
}


@pytest.fixture
def here(tmp_path: Any) -> Iterator[Place]:
    with place(tmp_path) as made:
        yield made


def trust_of(here: Place) -> TrustFile:
    data = here.node.trust_data()
    assert data is not None
    return parse_trust(data)


async def ask(here: Place, statement: str) -> Receipt:
    """A fresh receipt from the address of the node."""
    transport = httpx.ASGITransport(here.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        reply = await client.get(f"/v1/receipts/{statement}")
    assert reply.status_code == 200, reply.text
    return parse_receipt(reply.content)


def correct(here: Place, target: str, quantity: int) -> str:
    """Declare that the receipt of masks `target` was of so many; the correction's id."""
    better = {**MASKS, "lines": [{**MASKS["lines"][0], "quantity": quantity}]}
    body = {
        "replacements": [{"body": better, "kind": "stock.receive", "v": 1}],
        "say": f"{quantity} masks came",
        "targets": [target],
        "why": "incorrect_data",
    }
    reply = here.say("correction.declare", body, "red/chen", "red/dai")
    assert reply.code == "ok", reply
    here.settle()
    return str(reply.statement)


async def test_whoever_asks_again_learns_of_the_correction(here: Place) -> None:
    said = here.say("stock.receive", MASKS, "red/chen", "red/dai").statement
    other = here.say("stock.receive", MASKS, "red/chen", "red/dai").statement
    here.settle()
    old = await ask(here, str(said))
    assert check_receipt(format_receipt(old), trust_of(here)).verdict == "verified"
    correction = correct(here, str(said), 20_000)
    new = await ask(here, str(said))
    checked = check_receipt(format_receipt(new), trust_of(here))
    assert checked.verdict == "corrected"
    [(index, entry)] = checked.corrections
    assert index == here.node.grounds(final=True).find(entry.statement.id)  # type: ignore[union-attr]
    assert entry.statement.id == correction  # type: ignore[union-attr]
    again = check_receipt(format_receipt(await ask(here, str(other))), trust_of(here))
    assert again.verdict == "verified", "another statement, just alike, was not corrected"
    # Put together from both: each of these would hide the correction.
    absent = (await ask(here, str(other))).corrections
    for lie in (
        replace(new, corrections=old.corrections, corrected=None),
        replace(new, corrections=absent, corrected=None),
        replace(new, corrections=(), corrected=None),
        replace(new, batch=old.batch, corrections=old.corrections, corrected=None),
        replace(old, batch=new.batch),
        replace(new, corrected=new.gov),
    ):
        with pytest.raises(FailedStep):
            check_receipt(format_receipt(lie), trust_of(here))


async def test_governance_is_followed_from_an_old_trust_file(here: Place) -> None:
    said = str(here.say("stock.receive", MASKS, "red/chen", "red/dai").statement)
    here.settle()
    old = trust_of(here)
    public = ledger_key("another log key").public.hex()
    reply = here.say("key.enrol", {"public": public, "use": "log"}, "red/ana", "red/bao")
    assert reply.code == "ok", reply
    here.settle()
    found = check_receipt(format_receipt(await ask(here, said)), old).standing
    assert found is not None and [each.kind for each in found.since] == ["key.enrol"]
    assert [key.hex() for key in found.new] == [public] and not found.is_current
    now = check_receipt(format_receipt(await ask(here, said)), trust_of(here)).standing
    assert now is not None and now.is_current and now.since == ()
    assert now.governed.genesis_hash == found.governed.genesis_hash
