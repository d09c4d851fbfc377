"""A cosigner that was too slow, or away, is asked again soon: finality does not wait for new entries.
A line that is not the cosigner's own counts for nothing, and the public is not shown it.

Method: a node whose mirror fails a number of times; nothing is entered meanwhile, and the heartbeat
is far off. Rounds with cosigners that answer what they like.
"""

from concurrent.futures import Future
from pathlib import Path

import pytest
from ledgers import NOW
from nodekit import NAMES, key_file, running

from ledger.log.checkpoint import Checkpoint, cosign, format_checkpoint, sign_checkpoint
from ledger.log.note import COSIGNATURE, NoteLine, NoteSigner
from nodes.finality import MirrorHere, ask_all
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


class Answering:
    """A cosigner that gives one line, whatever it is asked."""

    def __init__(self, name: str, is_mirror: bool, line: NoteLine) -> None:
        self.name, self.is_mirror, self._line = name, is_mirror, line

    def ask(self, signed: Signed) -> "Future[NoteLine]":
        """As `Cosigner.ask`."""
        answer: Future[NoteLine] = Future()
        answer.set_result(self._line)
        return answer

    def close(self) -> None:
        """As `Cosigner.close`."""


@pytest.mark.parametrize(
    ("signer", "text", "counts"),
    [
        ("mirror", "", True),
        ("stranger", "", False),  # under the mirror's name, with a key that nobody knows
        ("witness", "", False),  # a good line of somebody else, who is no mirror
        ("mirror", "older", False),
    ],
)
def test_only_the_cosigners_own_line_counts(
    tmp_path: Path, signer: str, text: str, counts: bool
) -> None:
    with running(tmp_path) as one:
        one.node.when_final(one.node.size() - 1).result(timeout=20)
        trust = one.node.governing.trust()
        head, log = one.node.store.head(), key_file("log").signer
    assert trust is not None
    checkpoint = Checkpoint(head.origin, head.size, head.root())
    signed = Signed(head, sign_checkpoint(checkpoint, log))
    said = format_checkpoint(checkpoint)
    if text:
        said = format_checkpoint(Checkpoint(head.origin, head.size - 1, bytes(32)))
    name = NAMES["mirror"]
    stranger = NoteSigner(name, key_file("author").key, COSIGNATURE)
    by = stranger if signer == "stranger" else key_file(signer).signer
    shown: list[bytes] = []
    done = ask_all(
        signed,
        [Answering(name, True, cosign(said, by, NOW))],
        trust,
        now=NOW,
        timeout_s=1,
        mirrors_first=1,
        on_mirror=shown.append,
    )
    assert (done.mirrors, len(shown), len(done.refusals)) == ((1, 1, 0) if counts else (0, 0, 1))
    assert (done.note == signed.note) is not counts
    assert done.quorum is None, "the witness has said nothing"
