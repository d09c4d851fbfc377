"""A witness cosigns what extends what it saw, and never two histories, however it is raced or killed.

Method: C2SP's checks as a table, each with the smallest request that must get that status; races of
many threads; a failure before and behind the durable write, after which the file is opened again.
"""

import threading
from pathlib import Path

import pytest
from ledgers import NOW, test_key

from ledger.errors import FormatError
from ledger.log.checkpoint import Checkpoint, check_cosignature, parse_checkpoint, sign_checkpoint
from ledger.log.merkle import EMPTY_ROOT, leaf_hash, prove_consistency, root
from ledger.log.note import COSIGNATURE, LOG, NoteSigner, parse_note
from nodes import chaos
from nodes.clock import FixedClock
from nodes.witness import AddCheckpoint, Witness, WitnessRefusal, format_request, parse_request

ORIGIN = "log.example.org/a"
LEAVES = [leaf_hash(b"%d" % n) for n in range(40)]
OTHER = [leaf_hash(b"other %d" % n) for n in range(40)]
LOG_KEY = NoteSigner(ORIGIN, test_key("log"), LOG)
MINE = NoteSigner("w.example.org/witness", test_key("witness"), COSIGNATURE)


@pytest.fixture(autouse=True)
def whole() -> None:
    chaos.clear()


def note(size: int, leaves: list[bytes] = LEAVES, *, signer: NoteSigner = LOG_KEY) -> bytes:
    return sign_checkpoint(Checkpoint(signer.name, size, root(leaves[:size])), signer)


def path(old: int, new: int, leaves: list[bytes] = LEAVES) -> list[bytes]:
    def subtree(level: int, index: int) -> bytes:
        return root(leaves[index << level : (index + 1) << level])

    return prove_consistency(subtree, old, new)


def make(folder: Path, *, size: int = 0) -> Witness:
    keys = {ORIGIN: [LOG_KEY.verifier], "b": []}
    witness = Witness(folder / "witness.sqlite", MINE, keys, FixedClock(NOW))
    if size:
        witness.add_checkpoint(0, [], note(size))
    return witness


def test_cosigns_and_keeps_the_note(tmp_path: Path) -> None:
    witness = make(tmp_path)
    for old, new in ((0, 4), (4, 4), (4, 7), (7, 32), (32, 33)):
        line = witness.add_checkpoint(old, path(old, new), note(new))
        assert check_cosignature(line, MINE.verifier, parse_note(note(new)).text) == NOW
        assert witness.seen(ORIGIN) == note(new)
        assert witness.size(ORIGIN) == new
    witness.close()
    again = make(tmp_path)
    assert again.size(ORIGIN) == 33
    assert again.seen("nobody") is None
    again.close()


def bad_log() -> bytes:
    """Right name and key id, wrong signature."""
    data = bytearray(note(9))
    data[-8:-4] = b"AAAA"
    return bytes(data)


STRANGER = NoteSigner(ORIGIN, test_key("stranger"), LOG)
ELSEWHERE = NoteSigner("log.example.org/b", test_key("log"), LOG)
ZERO = sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), LOG_KEY)

# what is wrong, seen size, old, path, note, status
TABLE = [
    ("not a note", 8, 8, [], b"hello", 400),
    ("origin unknown", 8, 8, [], note(9, signer=ELSEWHERE), 404),
    ("signed by a stranger", 8, 8, path(8, 9), note(9, signer=STRANGER), 403),
    ("known key, bad signature", 8, 8, path(8, 9), bad_log(), 403),
    ("old above the size", 8, 10, [], note(9), 400),
    ("old below what was seen", 8, 7, path(7, 9), note(9), 409),
    ("old above what was seen", 8, 9, path(9, 12), note(12), 409),
    ("first request with an old size", 0, 4, path(4, 9), note(9), 409),
    ("smaller than what was seen", 8, 5, [], note(5), 409),
    ("path from an empty log", 0, 0, path(4, 9), note(9), 422),
    ("empty path", 8, 8, [], note(9), 422),
    ("path of another size", 8, 8, path(8, 12), note(9), 422),
    ("path cut short", 7, 7, path(7, 12)[:-1], note(12), 422),
    ("another history", 8, 8, path(8, 9, OTHER), note(9, OTHER), 422),
    ("same size, another root", 8, 8, [], note(8, OTHER), 422),
    ("same size with a path", 8, 8, path(4, 8), note(8), 422),
    ("size 0 with a wrong root", 0, 0, [], ZERO, 422),
]


@pytest.mark.parametrize(
    ("seen", "old", "steps", "sent", "status"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_table(
    seen: int, old: int, steps: list[bytes], sent: bytes, status: int, tmp_path: Path
) -> None:
    witness = make(tmp_path, size=seen)
    with pytest.raises(WitnessRefusal) as refused:
        witness.add_checkpoint(old, steps, sent)
    assert refused.value.status == status
    assert refused.value.size == (seen if status == 409 else None)
    assert witness.size(ORIGIN) == seen, "and nothing moved"
    witness.close()


def test_size_0_with_the_right_root(tmp_path: Path) -> None:
    witness = make(tmp_path)
    witness.add_checkpoint(0, [], sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), LOG_KEY))
    witness.close()


def test_races_never_go_back(tmp_path: Path) -> None:
    """Many senders with the same old size: one wins, the others are told where the witness is."""
    witness = make(tmp_path, size=4)
    won: list[int] = []
    told: list[tuple[int, int | None]] = []
    start = threading.Barrier(8)

    def send(new: int) -> None:
        start.wait()
        try:
            witness.add_checkpoint(4, path(4, new), note(new))
            won.append(new)
        except WitnessRefusal as refusal:
            told.append((refusal.status, refusal.size))

    threads = [threading.Thread(target=send, args=(new,)) for new in range(10, 18)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and told == [(409, won[0])] * 7
    assert witness.size(ORIGIN) == won[0]
    witness.close()


def test_fork_raced_by_two_faces(tmp_path: Path) -> None:
    """Two histories offered at once from the same size: at most one is ever cosigned."""
    for attempt in range(6):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        witness = make(folder)
        cosigned: list[bytes] = []
        statuses: list[int] = []
        start = threading.Barrier(2)

        def send(
            leaves: list[bytes],
            witness: Witness = witness,
            found: list[bytes] = cosigned,
            start: threading.Barrier = start,
            statuses: list[int] = statuses,
        ) -> None:
            start.wait()
            try:
                witness.add_checkpoint(0, [], note(9, leaves))
                found.append(root(leaves[:9]))
            except WitnessRefusal as refusal:
                statuses.append(refusal.status)

        threads = [threading.Thread(target=send, args=(leaves,)) for leaves in (LEAVES, OTHER)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(cosigned) == 1 and statuses == [409]
        kept = witness.seen(ORIGIN)
        assert kept is not None
        assert parse_checkpoint(parse_note(kept).text).root == cosigned[0]
        witness.close()


@pytest.mark.parametrize("point", ["witness.keep", "witness.keep.done"])
def test_failure_around_the_write(point: str, tmp_path: Path) -> None:
    """Not persisted, or persisted and reported failed: no cosignature was given either way, and
    afterwards the witness goes on from what is on disk.
    """
    witness = make(tmp_path, size=4)
    chaos.install(point, chaos.fail_at(1))
    with pytest.raises(OSError, match="broken"):
        witness.add_checkpoint(4, path(4, 9), note(9))
    witness.close()
    again = make(tmp_path)
    seen = 9 if point.endswith("done") else 4
    assert again.size(ORIGIN) == seen
    with pytest.raises(WitnessRefusal):
        again.add_checkpoint(4, path(4, 9, OTHER), note(9, OTHER))
    again.add_checkpoint(seen, path(seen, 12), note(12))
    again.close()


def test_request_body() -> None:
    whole = format_request(AddCheckpoint(4, tuple(path(4, 9)), note(9)))
    assert whole.startswith(b"old 4\n")
    assert parse_request(whole) == AddCheckpoint(4, tuple(path(4, 9)), note(9))
    bare = format_request(AddCheckpoint(0, (), note(9)))
    assert bare.startswith(b"old 0\n\n") and parse_request(bare).path == ()
    for wrong in (
        b"",
        whole.replace(b"old 4", b"old 04"),
        whole.replace(b"old 4", b"new 4"),
        whole.replace(b"old 4\n", b"old 4\nAAAA\n"),
        whole.replace(b"old 4\n", b"old 4\nnot base64\n"),
        b"old 4\n" + b"A" * 43 + b"=\n" * 64 + b"\n" + note(9),
        b"old 4\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + note(9),
    ):
        with pytest.raises(FormatError):
            parse_request(wrong)


def test_trusting_a_new_key(tmp_path: Path) -> None:
    witness = make(tmp_path, size=4)
    witness.trust(ORIGIN, [STRANGER.verifier])
    witness.add_checkpoint(4, path(4, 9), note(9, signer=STRANGER))
    with pytest.raises(WitnessRefusal):
        witness.add_checkpoint(9, path(9, 12), note(12))
    witness.close()
