"""A mirror cosigns what it has executed itself, and nothing else.

Method: a story's log is offered by a source that may lie in one place: an outcome, a state root, a
signature, an entry left out, a root that is not that of the entries, another history, a time ahead.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from ledgers import ORIGIN, test_key
from nodekit import SMALL, image, key_file
from stories import Story

from ledger.canon import b64decode, b64encode
from ledger.errors import CheckError
from ledger.log.checkpoint import Checkpoint, check_cosignature, sign_checkpoint
from ledger.log.merkle import leaf_hash, root
from ledger.log.note import LOG, NoteSigner, parse_note
from nodes import chaos
from nodes.clock import FixedClock
from nodes.mirror import Mirror, MirrorRefusal

LOG_KEY = NoteSigner(ORIGIN, test_key("log"), LOG)
MIRROR = key_file("mirror").signer


@pytest.fixture(autouse=True)
def whole() -> None:
    chaos.clear()


class Source:
    """A log that may have been changed after it was made."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.all = list(entries)

    def entries(self, low: int, high: int) -> Sequence[bytes]:
        return self.all[low:high]

    def note(self, size: int) -> bytes:
        leaves = [leaf_hash(raw) for raw in self.all[:size]]
        return sign_checkpoint(Checkpoint(ORIGIN, size, root(leaves)), LOG_KEY)


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(3).play(25)


@pytest.fixture(scope="module")
def ends(story: Story) -> list[int]:
    return [made.head.size for made in story.ledger.steps if not made.is_empty]


def make(folder: Path, source: Source, now: int) -> Mirror:
    return Mirror(folder, MIRROR, [LOG_KEY.verifier], source, FixedClock(now), options=SMALL)


def test_follows_and_cosigns(story: Story, ends: list[int], tmp_path: Path) -> None:
    source, now = Source(story.ledger.memory.entries), story.ledger.time
    mirror = make(tmp_path / "m", source, now)
    for size in (ends[0], ends[1], ends[9], ends[-1]):
        note = source.note(size)
        line = mirror.cosign(note)
        assert check_cosignature(line, MIRROR.verifier, parse_note(note).text) == now
        assert mirror.size == size
        kept = mirror.kept()
        assert kept is not None and len(parse_note(kept).lines) == 2
    mirror.cosign(source.note(ends[4]))  # an older checkpoint of the same history
    assert mirror.store.head() == story.ledger.memory.head()
    mirror.close()
    again = make(tmp_path / "m", source, now)
    assert again.size == ends[-1] and again.opened.clean
    again.close()


def change(entries: list[bytes], index: int, old: bytes, new: bytes) -> list[bytes]:
    assert old in entries[index]
    return [*entries[:index], entries[index].replace(old, new), *entries[index + 1 :]]


def first(entries: Sequence[bytes], part: bytes) -> int:
    return next(n for n, raw in enumerate(entries) if part in raw)


def other_signature(entries: list[bytes]) -> list[bytes]:
    """A signature with one bit changed, in the form of one."""
    index = 4
    at = entries[index].index(b'"sig":"') + 7
    raw = bytearray(b64decode(entries[index][at : at + 88].decode(), thing="x"))
    raw[5] ^= 1
    changed = entries[index][:at] + b64encode(bytes(raw)).encode() + entries[index][at + 88 :]
    return [*entries[:index], changed, *entries[index + 1 :]]


def state_root(entries: list[bytes]) -> list[bytes]:
    index = first(entries[5:], b'"type":"batch"') + 5
    at = entries[index].index(b'"state_root":"') + 14
    bad = sha256(b"x").hexdigest().encode()
    changed = entries[index][:at] + bad + entries[index][at + 64 :]
    return [*entries[:index], changed, *entries[index + 1 :]]


def refusal_as_ok(entries: list[bytes]) -> list[bytes]:
    """The first logged refusal says `ok`."""
    for index, raw in enumerate(entries):
        code = re.search(rb'"outcome":{"code":"([a-z_]+)"', raw)
        if code and code[1] not in (b"ok", b"flagged"):
            return change(entries, index, code[0], b'"outcome":{"code":"ok"')
    raise AssertionError("the story has no refusal")


LIES = {
    "a refusal turned into ok": refusal_as_ok,
    "effects left out": lambda e: change(e, first(e, b'"moves":'), b'"moves":', b'"movez":'),
    "another state root": state_root,
    "a bad signature": other_signature,
    "an entry left out": lambda e: e[:6] + e[7:],
    "an entry twice": lambda e: e[:7] + e[6:],
    "another time": lambda e: change(e, 5, b'"time":18', b'"time":17'),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_lies_are_not_cosigned(lie: object, story: Story, tmp_path: Path) -> None:
    """The log is signed and consistent; what it says does not follow from what was stated."""
    assert callable(lie)
    changed = lie(list(story.ledger.memory.entries))
    source = Source(changed)
    mirror = make(tmp_path / "m", source, story.ledger.time)
    size = len(changed)
    with pytest.raises(MirrorRefusal) as refused:
        mirror.cosign(source.note(size))
    assert refused.value.status == 422
    assert mirror.kept() is None
    # What it holds is only what it could follow, and goes on being right.
    held = mirror.size
    assert story.ledger.memory.entries[:held] == [mirror.store.entry(n) for n in range(held)]
    mirror.close()


def test_root_that_is_not_of_the_entries(story: Story, ends: list[int], tmp_path: Path) -> None:
    source = Source(story.ledger.memory.entries)
    mirror = make(tmp_path / "m", source, story.ledger.time)
    for size in (ends[3], ends[6], ends[3]):
        forged = sign_checkpoint(Checkpoint(ORIGIN, size, bytes(32)), LOG_KEY)
        with pytest.raises(MirrorRefusal, match="signed with root"):
            mirror.cosign(forged)
    with pytest.raises(MirrorRefusal, match="end of a batch"):
        mirror.cosign(source.note(ends[3] - 1))
    with pytest.raises(MirrorRefusal, match="end of a batch"):
        mirror.cosign(source.note(ends[7] - 1))
    mirror.cosign(source.note(ends[8]))
    mirror.close()


def test_signature_of_a_stranger(story: Story, ends: list[int], tmp_path: Path) -> None:
    source = Source(story.ledger.memory.entries)
    mirror = make(tmp_path / "m", source, story.ledger.time)
    head = Checkpoint(ORIGIN, ends[0], root([leaf_hash(raw) for raw in source.all[: ends[0]]]))
    stranger = NoteSigner(ORIGIN, test_key("stranger"), LOG)
    with pytest.raises(CheckError):
        mirror.cosign(sign_checkpoint(head, stranger))
    mirror.trust([stranger.verifier])
    mirror.cosign(sign_checkpoint(head, stranger))
    mirror.close()


def test_source_that_ends_early(story: Story, ends: list[int], tmp_path: Path) -> None:
    whole = Source(story.ledger.memory.entries)
    source = Source(whole.all[: ends[5]])
    mirror = make(tmp_path / "m", source, story.ledger.time)
    with pytest.raises(MirrorRefusal) as refused:
        mirror.cosign(whole.note(ends[-1]))
    assert refused.value.status == 503 and mirror.size == ends[5]
    source.all = whole.all
    mirror.cosign(whole.note(ends[-1]))
    mirror.close()


def test_time_ahead_of_its_clock(story: Story, ends: list[int], tmp_path: Path) -> None:
    source = Source(story.ledger.memory.entries)
    mirror = make(tmp_path / "m", source, story.ledger.steps[0].head.time)
    with pytest.raises(MirrorRefusal, match="ahead of this mirror's clock"):
        mirror.cosign(source.note(ends[-1]))
    mirror.close()


def test_name_says_mirror(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="/mirror"):
        Mirror(tmp_path, key_file("witness").signer, [], Source([]), FixedClock(0))


@pytest.mark.parametrize(
    "point", ["mirror.step", "mirror.commit.done", "mirror.keep", "mirror.keep.done"]
)
def test_failure_at_each_step(point: str, story: Story, ends: list[int], tmp_path: Path) -> None:
    """Broken before or behind each durable step: no line was given; after a crash it goes on."""
    source = Source(story.ledger.memory.entries)
    mirror = make(tmp_path / "m", source, story.ledger.time)
    chaos.install(point, chaos.fail_at(1))
    with pytest.raises(OSError, match="broken"):
        mirror.cosign(source.note(ends[-1]))
    folder = image(mirror.store, tmp_path / "image")
    mirror._heads.close()
    mirror.store.close()
    again = make(folder, source, story.ledger.time)
    assert again.size in (0, *ends)
    again.cosign(source.note(ends[-1]))
    assert again.store.head() == story.ledger.memory.head()
    again.close()


def test_a_store_pulled_anew_does_not_forget_what_was_cosigned(
    story: Story, ends: list[int], tmp_path: Path
) -> None:
    """The entries are gone and another history is offered, signed by the log's own key."""
    source = Source(story.ledger.memory.entries)
    mirror = make(tmp_path / "m", source, story.ledger.memory.head().time)
    mirror.cosign(source.note(ends[5]))
    mirror.close()
    for name in ("ledger.sqlite", "points"):
        (tmp_path / "m" / name).unlink()
    other = Story(4).play(25)
    forked = Source(other.ledger.memory.entries)
    mirror = make(tmp_path / "m", forked, other.ledger.memory.head().time)
    sizes = [made.head.size for made in other.ledger.steps if not made.is_empty]
    with pytest.raises(MirrorRefusal, match="was cosigned, entries held"):
        mirror.cosign(forked.note(sizes[0]))
    with pytest.raises(MirrorRefusal, match=r"another history|not the end of a batch"):
        mirror.cosign(forked.note(sizes[-1]))
    mirror.close()
    for name in ("ledger.sqlite", "points"):
        (tmp_path / "m" / name).unlink()
    mirror = make(tmp_path / "m", source, story.ledger.memory.head().time)
    mirror.cosign(source.note(ends[6]))
    mirror.close()
