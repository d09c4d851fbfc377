"""Notes are kept as long as they are needed, and what is final stays final.

Method: notes of made-up checkpoints are kept in the orders in which a node keeps them.
"""

from pathlib import Path

from nodekit import key_file

from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from nodes.heads import OFFERS_MAX, Heads

SIGNER = key_file("log").signer


def note(size: int) -> bytes:
    return sign_checkpoint(Checkpoint(SIGNER.name, size, size.to_bytes(32, "big")), SIGNER)


def test_a_final_note_offered_again_stays_final(tmp_path: Path) -> None:
    """The heartbeat, and every start, offer the newest checkpoint again."""
    heads = Heads(tmp_path / "heads.sqlite")
    final = note(10) + b"\xe2\x80\x94 example.org/mirror AAAAAAAA\n"
    heads.keep(note(10), final=False)
    heads.keep(final, final=True)
    heads.keep(note(10), final=False)
    assert heads.newest(final=True) == heads.at(10) == final
    heads.keep(note(12), final=False)
    assert heads.newest(final=True) == final and heads.newest() == note(12)
    heads.keep(note(12), final=True)
    assert heads.newest(final=True) == note(12) and heads.at(10) is None
    heads.close()


def test_offers_that_never_become_final_do_not_pile_up(tmp_path: Path) -> None:
    heads = Heads(tmp_path / "heads.sqlite")
    heads.keep(note(1), final=True)
    last = OFFERS_MAX + 6
    for size in range(2, last):
        heads.keep(note(size), final=False)
    assert heads.newest(final=True) == note(1)
    assert sum(heads.at(size) is not None for size in range(2, last)) == OFFERS_MAX
    assert heads.at(last - OFFERS_MAX - 1) is None and heads.at(last - OFFERS_MAX) is not None
    heads.close()
