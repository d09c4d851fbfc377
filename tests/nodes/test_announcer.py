"""A cosigner that was too slow, or away, is asked again soon: finality does not wait for new entries.

Method: a node whose mirror fails a number of times; nothing is entered meanwhile, and the heartbeat
is far off.
"""

from concurrent.futures import Future
from pathlib import Path

import pytest
from nodekit import running

from ledger.log.note import NoteLine
from nodes.finality import MirrorHere
from nodes.publisher import Signed


def test_a_round_that_failed_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = MirrorHere.ask, [0]

    def ask(mirror: MirrorHere, signed: Signed) -> "Future[NoteLine]":
        if left[0]:
            left[0] -= 1
            failed: Future[NoteLine] = Future()
            failed.set_exception(OSError("away"))
            return failed
        return real(mirror, signed)

    monkeypatch.setattr(MirrorHere, "ask", ask)
    with running(tmp_path, cosign_timeout_s=1, heartbeat_s=86_400) as one:
        one.node.when_final(one.node.size() - 1).result(timeout=20)
        left[0] = 2
        [reply] = one.node.submit([one.gift(1)]).result(timeout=20)
        assert reply.index is not None
        one.node.when_final(reply.index).result(timeout=20)
        assert left[0] == 0
