"""What is held, asked of a running node: its receipt and status while it waits, posted, and corrected since.

Goal: the same address says "held", then that it was applied and by which entry, then that it was corrected,
each under governance and checkpoint of its moment; views follow.
Method: what a ledger with a gate has logged in memory is sent to a node that runs, then the approval and the
correction.
"""

from collections.abc import Iterator
from json import loads
from typing import Any

import httpx
import pytest
from apis import Place, place
from projections import rows
from standinggates import cap, founded, gift, pay, pay_body, stand

from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import format_envelope
from ledger.log.trust import parse_trust
from ledger.proofs.receipt import format_receipt, parse_receipt
from ledger.proofs.receiptcheck import check_receipt
from nodes.peers import STATEMENTS
from nodes.projections.nounviews import Disbursement


@pytest.fixture
def waiting(tmp_path: Any) -> Iterator[tuple[Place, str, int]]:
    """A node, a payment that waits for a second organisation, and its entry."""
    ledger = founded()
    assert gift(ledger, 1_000).code == "ok"
    waits = {"where": "size(it.approvals) < 2", "defaults": {"it": {"approvals": []}}}
    stand(ledger, cap("small", 100, "hold", **waits))
    held = pay(ledger, 600)
    assert held.code == "held" and held.index is not None
    with place(tmp_path, founded=False) as made:
        made.ledger.count, made.ledger.time = ledger.count, ledger.time
        for raw in ledger.memory.entries:
            entry = parse_entry(raw)
            if entry.time > made.wall.time:
                made.wall.time = entry.time
                made.node.confirm_clock()
            if isinstance(entry, StatementEntry):
                (reply,) = made.send(entry.statement)
        assert (reply.code, reply.statement) == ("held", held.statement), reply
        assert reply.index is not None
        made.settle()
        yield made, str(held.statement), reply.index


async def get(here: Place, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(here.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        reply = await client.get(path)
    assert reply.status_code == 200, reply.text
    return reply


async def checked(here: Place, statement: str) -> Any:
    """What the receipt at the node's address shows."""
    receipt = parse_receipt((await get(here, f"/v1/receipts/{statement}")).content)
    return check_receipt(format_receipt(receipt), parse_trust(here.node.trust_data() or b""))


async def status(here: Place, statement: str) -> Any:
    return (await get(here, f"/v1/statements/{statement}")).json()


def _verdict(page: str) -> str:
    """The box that says what became of the entry."""
    return page.partition('<div class="verdict held">')[2].partition("</div>")[0]


@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("refuse", "The approval was refused in entry {n}: nothing of it was booked."),
        ("lapse", "Nobody decided in time, entry {n}: nothing of it was booked."),
    ],
)
async def test_the_page_says_how_the_wait_ended(
    waiting: tuple[Place, str, int], end: str, says: str
) -> None:
    here, held, index = waiting
    if end == "refuse":
        body = {"held": held, "reason": "too-much"}
        answer = here.say("approval.refuse", body, "blue/fay")
        assert answer.code == "ok"
        last = answer.index
    else:
        here.wall.time += 80 * 3_600
        here.node.confirm_clock()
        here.ledger.time = here.wall.time
        answer = here.say("stock.count", _counted(), "red/chen", "red/dai")
        assert answer.index is not None, answer
        last = index + 2  # first in the next batch
    here.settle()
    assert says.format(n=last) in _verdict((await get(here, f"/en/e/{index}")).text)


def _counted() -> dict[str, Any]:
    return {"lines": [{"counted": 0, "item": "n95"}], "site": "depot"}


async def test_among_many_it_says_why_it_waits(waiting: tuple[Place, str, int]) -> None:
    here, _, _ = waiting
    statement = here.ledger.statement("disbursement.instruct", pay_body(300), "red/chen", "red/bao")
    data = format_envelope(statement)
    transport = httpx.ASGITransport(here.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        for code in ("held", "replayed"):
            reply = await client.post(
                "/v1/statements:batch", content=data, headers={"Content-Type": STATEMENTS}
            )
            [line] = (loads(each) for each in reply.text.splitlines())
            assert (line["code"], line["applied"], line["said"]) == (code, False, ["not small"])
            assert line.get("first", code) == "held"
    assert (await status(here, str(statement.id)))["said"] == ["not small"]


async def test_held_then_posted_then_corrected(waiting: tuple[Place, str, int]) -> None:
    here, held, index = waiting
    found = await checked(here, held)
    assert (found.verdict, found.index, found.posted_at) == ("held", index, None)
    said = await status(here, held)
    assert (said["applied"], said["hold"]["state"]) == (False, "open")
    assert said["said"] == ["not small"]
    assert rows(here.views, Disbursement) == []
    page = (await get(here, f"/en/e/{index}")).text
    assert "It was waiting for approval" in page and "refused" not in _verdict(page)
    assert "booked in entry" not in page

    given = here.say("approval.give", {"held": held}, "blue/fay")
    assert given.code == "ok", given
    here.settle()
    found = await checked(here, held)
    assert (found.verdict, found.index, found.posted_at) == ("verified", index, given.index)
    said = await status(here, held)
    assert (said["applied"], said["hold"]["state"]) == (True, "posted")
    assert said["hold"]["posted"] == given.index
    [row] = rows(here.views, Disbursement)
    assert (row["statement"], row["entry"], row["amount"]) == (held, given.index, 600)

    page = (await get(here, f"/en/e/{index}")).text
    assert f"It was approved, and is booked in entry {given.index}." in _verdict(page)

    body = {
        "replacements": [{"body": pay_body(90), "kind": "disbursement.instruct", "v": 1}],
        "say": "It was 90.",
        "targets": [held],
        "why": "incorrect_data",
    }
    fixed = here.say("correction.declare", body, "red/chen", "red/bao", "red/dai")
    assert fixed.code == "ok", fixed
    here.settle()
    found = await checked(here, held)
    assert (found.verdict, found.posted_at) == ("corrected", given.index)
    amounts = {
        row["statement"]: row["amount"] - row["back"] for row in rows(here.views, Disbursement)
    }
    assert amounts == {held: 0, str(fixed.statement): 90}
