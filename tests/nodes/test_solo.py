"""What waits for the orderer is bounded, in statements and in bytes.

Goal: on both sides of each bound, all or none of a parcel is taken; room comes back when a batch is
taken, or when the store is lost; over HTTP it is 429 with a code and when to come again.
Method: an orderer that nobody runs, so that what is taken stays in the queue; then one that runs,
behind the API, with little room.
"""

from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from apis import gift, place

from ledger.envelope import ENVELOPE_MAX, format_envelope
from nodes.clock import BatchClock
from nodes.errors import Busy, StoreLost
from nodes.intake import PARCEL, Intake
from nodes.peers import STATEMENT
from nodes.settings import QUEUE_BYTES_LEAST, Pace, Settings
from nodes.solo import Solo
from nodes.store import Store


class Silent:
    """An intake that never comes to an end."""

    def __init__(self) -> None:
        self.begun = 0

    def read(self, datas: Any) -> "Future[Any]":
        self.begun += len(datas)
        return Future()


def orderer(intake: Silent, **pace: int) -> Solo:
    return Solo(cast(Store, None), cast(BatchClock, None), cast(Intake, intake), Pace(**pace))


@pytest.mark.parametrize(
    ("parcel", "fits"),
    [
        ([b"x" * 60, b"y" * 40], True),
        ([b"x" * 60, b"y" * 41], False),
        ([b"x"] * 3, True),
        ([b"x"] * 4, False),
        ([], True),
    ],
)
def test_both_bounds_hold_for_all_or_none(parcel: list[bytes], fits: bool) -> None:
    intake = Silent()
    solo = orderer(intake, queue_max=3, queue_bytes_max=100)
    if fits:
        solo.submit(parcel)
        assert (solo.waiting, intake.begun) == (len(parcel), len(parcel))
    else:
        with pytest.raises(Busy) as busy:
            solo.submit(parcel)
        assert (busy.value.status, busy.value.retry_s) == (429, 1)
        assert (solo.waiting, intake.begun) == (0, 0)


def test_room_comes_back_when_a_batch_is_taken() -> None:
    solo = orderer(Silent(), window_ms=0, queue_bytes_max=1_000)
    solo.submit([b"x" * 600])
    solo.submit([b"x" * 400])
    for data in (b"x", b"x" * 600):
        with pytest.raises(Busy, match="1,000 bytes wait"):
            solo.submit([data])
    assert solo._take() is not None
    solo.submit([b"x" * 1_000])
    with pytest.raises(Busy):
        solo.submit([b"x"])


def test_many_parcels_give_back_all_of_their_bytes() -> None:
    """The bytes of a submission of several parcels, taken in several batches, come to nothing."""
    count = 3 * PARCEL + 7
    solo = orderer(Silent(), window_ms=0, batch_max=PARCEL, queue_bytes_max=10 * count)
    for _ in range(3):
        solo.submit([b"0123456789"] * count)
        for _ in range(4):
            assert solo._take() is not None
    assert solo.waiting == 0


def test_room_comes_back_when_the_store_is_lost() -> None:
    solo = orderer(Silent(), queue_bytes_max=10)
    solo.submit([b"x" * 10])
    solo.lose(StoreLost("by a test"))
    assert (solo.waiting, solo._waiting_bytes) == (0, 0)


def test_full_is_no_room_for_one_more_of_the_largest() -> None:
    solo = orderer(Silent(), queue_max=9, queue_bytes_max=ENVELOPE_MAX + 10)
    solo.submit([b"x" * 10])
    assert not solo.is_full
    solo.submit([b"x"])
    assert solo.is_full
    few = orderer(Silent(), queue_max=1)
    assert not few.is_full
    few.submit([b"x"])
    assert few.is_full


def test_the_largest_batch_of_the_api_fits_an_empty_queue() -> None:
    assert Settings(queue_bytes_max=QUEUE_BYTES_LEAST).pace.queue_bytes_max == QUEUE_BYTES_LEAST
    with pytest.raises(ValueError, match="queue_bytes_max"):
        Settings(queue_bytes_max=QUEUE_BYTES_LEAST - 1)
    assert Settings().pace == Pace()


async def test_over_http_it_is_429(tmp_path: Path) -> None:
    with place(tmp_path) as made:
        transport = httpx.ASGITransport(made.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            data = format_envelope(made.ledger.statement("donation.receive", gift(5), "red/ana"))
            for room, status in ((len(data) - 1, 429), (len(data), 201)):
                made.node.solo._pace = Pace(window_ms=0, queue_bytes_max=room)
                reply = await client.post(
                    "/v1/statements?wait=included",
                    content=data,
                    headers={"Content-Type": STATEMENT},
                )
                assert reply.status_code == status, reply.text
                if status == 429:
                    assert (reply.json()["code"], reply.headers["retry-after"]) == ("busy", "1")
                    ready = await client.get("/readyz")
                    assert (ready.status_code, ready.json()["ready"]) == (503, False)
