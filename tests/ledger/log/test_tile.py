"""Tiles and bundles.

Goal: every tile has one path and the bytes the specification says; proofs made from tiles are those
made from the tree.
Method: the specification's examples; paths both ways over tables; trees of sizes around the borders
kept as tiles, from which proofs are made and checked; damaged bytes.
"""

import doctest
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canon import ENTRY_MAX
from ledger.errors import FormatError
from ledger.log import tile
from ledger.log.merkle import (
    Frontier,
    check_consistency,
    check_inclusion,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    root,
)
from ledger.log.tile import (
    ENTRIES,
    TILE_WIDTH,
    Tile,
    bundles_of,
    entries_path,
    format_bundle,
    format_tile,
    hash_reader,
    new_bundles,
    new_tiles,
    parse_bundle,
    parse_tile,
    parse_tile_path,
    tile_path,
    tile_width,
    tiles_of,
)


def test_published_examples(shared_vectors: Path) -> None:
    published = json.loads((shared_vectors / "c2sp_notes.json").read_text("utf-8"))["published"]
    case = published["tile_path"]
    assert tile_path(0, case["index"]) == f"tile/0/{case['path']}"
    for tree in published["tiles"]:
        found: dict[int, list[int]] = {}
        for each in tiles_of(tree["size"]):
            found.setdefault(each.level, []).append(each.width)
        assert found == {
            row["level"]: [256] * row["full"] + [row["partial"]] * (row["partial"] > 0)
            for row in tree["tiles"]
        }


def test_examples_run() -> None:
    assert doctest.testmod(tile).failed == 0


# --- paths

GOOD_PATHS = [
    ("tile/0/000", Tile(0, 0)),
    ("tile/0/000.p/1", Tile(0, 0, 1)),
    ("tile/0/999.p/255", Tile(0, 999, 255)),
    ("tile/1/x001/000", Tile(1, 1000)),
    ("tile/63/x001/x234/067.p/5", Tile(63, 1234067, 5)),
    ("tile/entries/273.p/112", Tile(ENTRIES, 273, 112)),
    ("tile/entries/x035/x184/x372/x088/831", Tile(ENTRIES, (2**53 - 1) // 256)),
]


@pytest.mark.parametrize(("path", "where"), GOOD_PATHS)
def test_paths_both_ways(path: str, where: Tile) -> None:
    assert parse_tile_path(path) == where
    assert where.path == path
    if where.level == ENTRIES:
        assert entries_path(where.n, where.width) == path
    else:
        assert tile_path(where.level, where.n, where.width) == path


@pytest.mark.parametrize(
    "path",
    ["", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000", "tile/0/x000/001",
     "tile/0/001/002", "tile/0/x1/002", "tile/00/000", "tile/01/000", "tile/64/000", "tile/-1/000", "tile/a/000",
     "/tile/0/000", "tile/0/000/", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/01",
     "tile/0/000.p/256", "tile/0/000.p/999", "tile/0/000.p/-1", "tile/0/000.p/1\n", "tile/0/\uff10\uff10\uff10", "tile/0/\u0660\u0660\u0660",
     "tile/0/X001/000", "tile/data/000", "tile/Entries/000", "tile/entries/x036/x000/x000/x000/000",
     "tile/entries/x999/x999/x999/x999/x999/999", "tile/entries/x001/x000/x000/x000/x000/x000/000",
     "checkpoint", "tile/0/../000", "tile/0/000?x", "tile/0/%30%30%30"],
)  # fmt: skip
def test_no_other_path_names_a_tile(path: str) -> None:
    with pytest.raises(FormatError):
        parse_tile_path(path)


@given(
    st.integers(0, 63) | st.just(ENTRIES), st.integers(0, (2**53 - 1) // 256), st.integers(1, 256)
)
def test_every_tile_has_one_path(level: int, n: int, width: int) -> None:
    assert parse_tile_path(Tile(level, n, width).path) == Tile(level, n, width)


@pytest.mark.parametrize(
    ("level", "n", "width"),
    [(0, 0, 0), (0, 0, 257), (0, -1, 1), (64, 0, 1), (-2, 0, 1), (0, 2**45, 1)],
)
def test_no_path_for_no_tile(level: int, n: int, width: int) -> None:
    with pytest.raises(ValueError, match="no such tile"):
        tile_path(level, n, width)


# --- which tiles


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        (0, []),
        (1, [(0, 0, 1)]),
        (255, [(0, 0, 255)]),
        (256, [(0, 0, 256), (1, 0, 1)]),
        (257, [(0, 0, 256), (0, 1, 1), (1, 0, 1)]),
        (512, [(0, 0, 256), (0, 1, 256), (1, 0, 2)]),
    ],
)
def test_tiles_of_small_trees(size: int, wanted: list[tuple[int, int, int]]) -> None:
    assert [(each.level, each.n, each.width) for each in tiles_of(size)] == wanted
    bundles = [(each.n, each.width) for each in bundles_of(size)]
    assert bundles == [(n, width) for level, n, width in wanted if level == 0]


@given(st.integers(0, 200_000), st.integers(0, 3000))
def test_new_tiles_are_the_difference(old: int, more: int) -> None:
    before, after = list(tiles_of(old)), list(tiles_of(old + more))
    assert list(new_tiles(old, old + more)) == [each for each in after if each not in set(before)]
    assert all(tile_width(each.level, each.n, old + more) == each.width for each in after)
    assert sum(each.width for each in after if each.level == 0) == old + more
    fresh = list(new_bundles(old, old + more))
    assert [(each.n, each.width) for each in fresh] == [
        (each.n, each.width) for each in new_tiles(old, old + more) if each.level == 0
    ]


def test_width_of_what_is_not_there() -> None:
    assert tile_width(0, 1, 256) == 0
    assert tile_width(1, 0, 255) == 0
    assert tile_width(ENTRIES, 0, 7) == 7


def test_sizes_in_order() -> None:
    for old, new in ((1, 0), (-1, 0)):
        with pytest.raises(ValueError, match="not in order"):
            list(new_tiles(old, new))
        with pytest.raises(ValueError, match="not in order"):
            list(new_bundles(old, new))


# --- bytes

ENTRIES_OF_TEST = [b"", b"a", b"bb" * 300, bytes(ENTRY_MAX)]


def test_bundles_both_ways() -> None:
    data = format_bundle(ENTRIES_OF_TEST)
    assert data[:5] == b"\0\0\0\1a"
    assert parse_bundle(data) == parse_bundle(data, 4) == ENTRIES_OF_TEST
    assert parse_bundle(format_bundle([b"x"] * 256), 256) == [b"x"] * 256


def test_wrong_bundles() -> None:
    data = format_bundle(ENTRIES_OF_TEST[:3])
    whole = {2, 5}  # ends between entries: found by the width alone
    for end in range(len(data)):
        if end in whole:
            assert len(parse_bundle(data[:end])) < 3
        else:
            with pytest.raises(FormatError):
                parse_bundle(data[:end])
        with pytest.raises(FormatError):
            parse_bundle(data[:end], 3)
    for wrong in (data + b"\0", data + b"\0\1", format_bundle([b"x"] * 256) + b"\0\0", b""):
        with pytest.raises(FormatError):
            parse_bundle(wrong)
    for entries in ([], [b""] * 257, [bytes(ENTRY_MAX + 1)]):
        with pytest.raises(ValueError, match="bundle"):
            format_bundle(entries)


def test_tiles_both_ways() -> None:
    hashes = [leaf_hash(bytes([number])) for number in range(256)]
    for width in (1, 2, 255, 256):
        assert parse_tile(format_tile(hashes[:width]), width) == hashes[:width]
    assert len(format_tile(hashes)) == 8192
    for data, width in (
        (bytes(31), 1),
        (bytes(33), 1),
        (bytes(64), 1),
        (b"", 0),
        (bytes(257 * 32), 257),
    ):
        with pytest.raises(FormatError):
            parse_tile(data, width)
    for wrong in ([], hashes + hashes[:1], [bytes(31)]):
        with pytest.raises(ValueError, match="a tile of"):
            format_tile(wrong)


# --- proofs out of tiles

LEAVES = [leaf_hash(str(number).encode()) for number in range(66_000)]


def store(size: int) -> dict[Tile, bytes]:
    """All tiles of the tree of `size`, made level by level."""
    row, tiles = LEAVES[:size], {}
    for level in range(4):
        for n in range(-(-len(row) // TILE_WIDTH)):
            part = row[n * TILE_WIDTH : (n + 1) * TILE_WIDTH]
            tiles[Tile(level, n, len(part))] = format_tile(part)
        full = len(row) // TILE_WIDTH
        row = [root(row[n * TILE_WIDTH : (n + 1) * TILE_WIDTH]) for n in range(full)]
    return tiles


def read_from(tiles: dict[Tile, bytes], asked: list[Tile]) -> Callable[[int, int, int], bytes]:
    def read(level: int, n: int, width: int) -> bytes:
        asked.append(Tile(level, n, width))
        return tiles[Tile(level, n, width)]

    return read


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537])
def test_proofs_out_of_tiles(size: int) -> None:
    tiles = store(size)
    assert sorted(tiles) == sorted(tiles_of(size))
    top = root(LEAVES[:size])
    for index in sorted({0, 1, 254, 255, 256, size // 3, size // 2, size - 2, size - 1}):
        if 0 <= index < size:
            asked: list[Tile] = []
            proof = prove_inclusion(hash_reader(read_from(tiles, asked), size), index, size)
            check_inclusion(LEAVES[index], index, size, proof, top)
            assert len(asked) == len(set(asked)) <= 6
    tree = Frontier()
    for old in sorted({1, 2, 255, 256, 257, size // 3, size // 2, size - 1, size}):
        if 0 < old <= size:
            tree.extend(LEAVES[tree.size : old])
            links = prove_consistency(hash_reader(read_from(tiles, []), size), old, size)
            check_consistency(old, tree.root(), size, top, links)


def test_a_reader_stays_within_its_tree() -> None:
    read = hash_reader(read_from(store(300), []), 300)
    assert read(8, 0) == root(LEAVES[:256])
    assert read(0, 299) == LEAVES[299]
    for level, index in ((8, 1), (0, 300), (9, 0), (-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="not within size 300"):
            read(level, index)


@pytest.mark.parametrize(
    "change", [lambda data: data[:-1], lambda data: data + b"\0", lambda data: b""]
)
def test_tiles_of_another_length_are_refused(change: Callable[[bytes], bytes]) -> None:
    tiles = {key: change(data) for key, data in store(300).items()}
    with pytest.raises(FormatError, match="tile/0/000"):
        prove_inclusion(hash_reader(read_from(tiles, []), 300), 5, 300)
