"""What is signed was read back, and what is published any C2SP client can read.

Method: a story's store is published at every batch end; the export of every kind of size is read by
the auditor's code, file by file; stored bytes are changed between commit and signature.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from ledgers import ORIGIN, cosigned, test_key, trust_of
from nodekit import SMALL, fill, opened
from stories import Story

from contracts.audit import Audit, Unavailable
from contracts.machine import Step
from ledger.errors import FormatError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.merkle import leaf_hash, root
from ledger.log.note import LOG, NoteSigner, format_note, merge_lines, open_note, parse_note
from ledger.log.tile import Tile, bundles_of, tiles_of
from nodes import chaos
from nodes.errors import ReadOnly, StoreLost
from nodes.publisher import Publisher, edge_at, root_at
from nodes.static import clear_partials, export_public
from nodes.store import Store
from nodes.watermark import Watermark

SIGNER = NoteSigner(ORIGIN, test_key("log"), LOG)


@pytest.fixture(autouse=True)
def whole() -> None:
    chaos.clear()


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(9).play(95)


@pytest.fixture(scope="module")
def steps(story: Story) -> list[Step]:
    return [made for made in story.ledger.steps if not made.is_empty]


def make(store: Store, folder: Path) -> Publisher:
    return Publisher(store, Watermark(folder / "watermark"), SIGNER)


def test_signs_each_committed_head(steps: list[Step], tmp_path: Path) -> None:
    with opened(tmp_path / "s") as store:
        publisher = make(store, tmp_path)
        publisher.check_start()
        for number, made in enumerate(steps):
            store.commit(made)
            if number % 3 == 0 or number > len(steps) - 3:
                signed = publisher.publish(store.head())
                note = open_note(signed.note, [SIGNER.verifier])
                wanted = Checkpoint(ORIGIN, made.head.size, made.head.root())
                assert parse_checkpoint(note.text) == wanted
        assert publisher.publish(store.head()).note == signed.note, "the same again"
        leaves = [leaf_hash(store.entry(n)) for n in range(store.head().size)]
        with store.view() as view:
            for size in (1, 2, 3, 7, 128, 255, 256, 257, len(leaves)):
                assert root_at(store, size) == root(leaves[:size])
                assert len(edge_at(view, size)) == size.bit_count()


def test_tiles_of_what_is_published(steps: list[Step], tmp_path: Path) -> None:
    with opened(tmp_path / "s") as store:
        fill(store, steps)
        publisher, size = make(store, tmp_path), 200
        for tile in (*tiles_of(size), *bundles_of(size), Tile(0, 0, 3), Tile(-1, 0, 17)):
            assert publisher.tile(tile, size)
        for beyond in (Tile(0, 0, 201), Tile(0, 0), Tile(-1, 0, 201), Tile(1, 0, 1), Tile(0, 1, 1)):
            with pytest.raises(FormatError):
                publisher.tile(beyond, size)


CHANGES = {
    "an entry": "UPDATE entries SET data = CAST(replace(data, '\"v\":1', '\"v\":2') AS BLOB)"
    " WHERE number = 8",
    "an entry gone": "DELETE FROM entries WHERE number = 8",
    "a leaf hash": "UPDATE tiles SET data = CAST(substr(data, 1, 256) || zeroblob(32) ||"
    " substr(data, 289) AS BLOB) WHERE level = 0",
    "a tile cut short": "UPDATE tiles SET data = substr(data, 1, 288) WHERE level = 0",
}


@pytest.mark.parametrize("sql", CHANGES.values(), ids=list(CHANGES))
def test_what_changed_behind_the_commit_is_not_signed(
    sql: str, steps: list[Step], tmp_path: Path
) -> None:
    with opened(tmp_path / "s") as store:
        publisher = make(store, tmp_path)
        fill(store, steps[:8])
        assert store.head().size > 9
        with sqlite3.connect(store.path) as db:
            assert db.execute(sql).rowcount >= 1
        db.close()
        with pytest.raises((StoreLost, FormatError)):
            publisher.publish(store.head())
        assert publisher.signed is None
        assert Watermark(tmp_path / "watermark").size == 0


def test_restored_store_is_behind_its_watermark(steps: list[Step], tmp_path: Path) -> None:
    mark = Watermark(tmp_path / "watermark")
    with opened(tmp_path / "s") as store:
        fill(store, steps[:10])
        head = store.head()
        mark.raise_to(head.size, head.root())
        make(store, tmp_path).check_start()
        store.commit(steps[10])
        make(store, tmp_path).check_start()  # signed before the last batch: in order
    with opened(tmp_path / "restored") as store:
        fill(store, steps[:9])
        with pytest.raises(ReadOnly, match="restored"):
            make(store, tmp_path).check_start()
    with opened(tmp_path / "forked") as store:
        fill(store, [made for made in Story(10).play(30).ledger.steps if not made.is_empty])
        assert store.head().size >= head.size
        with pytest.raises(StoreLost, match="another root"):
            make(store, tmp_path).check_start()


def test_node_without_a_log_key_does_not_sign(steps: list[Step], tmp_path: Path) -> None:
    with opened(tmp_path / "s") as store:
        fill(store, steps[:2])
        publisher = Publisher(store, Watermark(tmp_path / "watermark"), None)
        with pytest.raises(ReadOnly, match="no log key"):
            publisher.publish(store.head())


def reader(folder: Path) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except OSError as error:
            raise Unavailable(str(error)) from None

    return read


def test_export_is_read_by_an_auditor(story: Story, steps: list[Step], tmp_path: Path) -> None:
    """Into one folder again and again as the log grows; every time the whole of it is audited."""
    folder = tmp_path / "public"
    with opened(tmp_path / "s", SMALL) as store:
        for number, made in enumerate(steps):
            store.commit(made)
            if number in (1, 40, len(steps) - 1):
                note = _note(store)
                export_public(store, note, store.head().size, folder)
                clear_partials(folder, store.head().size)
                report = Audit(reader(folder), trust_of(story.ledger)).run()
                assert report.size == made.head.size
                assert folder.stat().st_mode & 0o777 == 0o755
        written = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        tiles = [tile.path for tile in (*tiles_of(made.head.size), *bundles_of(made.head.size))]
        assert written == sorted(["checkpoint", *tiles])
        again = export_public(store, note, store.head().size, folder)
        full = sum(tile.endswith("/000") for tile in tiles)
        assert again == len(tiles) + 1 - full, "full tiles are left as they are"


def _note(store: Store) -> bytes:
    return cosigned(store.head().size, store.head().root(), ("mirror", "witness"))


def test_crash_between_any_two_files(steps: list[Step], tmp_path: Path) -> None:
    """However far an export came, the folder's checkpoint names no tile that is not there."""
    folder = tmp_path / "public"
    with opened(tmp_path / "s", SMALL) as store:
        fill(store, steps[:6])
        export_public(store, _note(store), store.head().size, folder)
        fill(store, steps[6:40])
        for point in ("export.write", "export.rename", "export.rename.done"):
            for count in range(1, 9):
                chaos.install(point, chaos.fail_at(count))
                with suppress(OSError):
                    export_public(store, _note(store), store.head().size, folder)
                chaos.clear()
                size = parse_checkpoint(parse_note((folder / "checkpoint").read_bytes()).text).size
                for tile in (*tiles_of(size), *bundles_of(size)):
                    assert (folder / tile.path).stat().st_size > 0
        assert size == store.head().size


def test_merged_lines_stay_one_note(steps: list[Step], tmp_path: Path) -> None:
    """Two log keys over one origin sign the same text: their lines go into one note."""
    with opened(tmp_path / "s") as store:
        fill(store, steps[:4])
        first = make(store, tmp_path).publish(store.head()).note
        standby = NoteSigner(ORIGIN, test_key("standby"), LOG)
        (tmp_path / "other").mkdir()
        second = Publisher(store, Watermark(tmp_path / "other" / "w"), standby)
        note = merge_lines(parse_note(first), parse_note(second.publish(store.head()).note).lines)
        both = open_note(format_note(note), [SIGNER.verifier, standby.verifier])
        assert len(both.verified) == 2
    assert os.listdir(tmp_path / "other") == ["w"]
