"""Points, pages and tiles as the store keeps them: small, and right against plain dictionaries.

Method: random puts and removals beside a dictionary; every width of a growing log beside the tiles
of RFC 6962 computed from scratch; pages cut and joined beside the records they came from.
"""

from random import Random

import pytest

from ledger.log.merkle import leaf_hash, root
from ledger.log.tile import TILE_WIDTH, tiles_of
from ledger.sparse import path_of
from ledger.stateroot import MemoryPages, update
from nodes.logtail import LogTail
from nodes.pages import (
    Page,
    PageCache,
    edge_of,
    key_of,
    new_pages,
    pack_record,
    parse_page,
    value_of,
)
from nodes.points import Points, digest


def test_points_against_a_dictionary() -> None:
    random, points, plain = Random(2), Points(), dict[tuple[str, int], bytes]()
    for _ in range(20_000):
        table, depth = random.choice(["lots", "keys"]), random.choice([0, 1, 3, 7, 8, 9, 12, 30])
        number = (1 << depth) + random.randrange(1 << depth)
        value = None if random.random() < 0.3 else random.randbytes(33)
        points.put(table, number, value)
        if value is None:
            plain.pop((table, number), None)
        else:
            plain[(table, number)] = value
    for depth in (0, 1, 3, 7, 8, 9, 12):
        for number in range(1 << depth, 2 << depth):
            for table in ("lots", "keys", "gifts"):
                assert points.get(table, number) == plain.get((table, number))
    for table, number in plain:
        assert points.get(table, number) == plain[(table, number)]
    dump = list(points.dump())
    again = Points.load(memoryview(b"".join(dump)))
    assert list(again.dump()) == dump and digest(dump) == digest(again.dump())
    for table, number in plain:
        assert again.get(table, number) == plain[(table, number)]
    assert points.root("gifts") == bytes(32)
    with pytest.raises(ValueError, match="deepest"):
        points.put("lots", 1 << 61, bytes(33))


def test_log_tail_at_every_size() -> None:
    """In one go, one by one, and in pieces that end before, on and behind a full tile."""
    leaves = [leaf_hash(b"%d" % n) for n in range(700)]
    for pieces in ([700], [1] * 700, [255, 1, 1, 255, 188], [256, 256, 188], [300, 400]):
        tail, stored, at = LogTail(), dict[tuple[int, int], bytes](), 0
        for count in pieces:
            tail, tiles = tail.grow(leaves[at : at + count])
            stored.update(tiles)
            at += count
            tail.check()
            if count > 1 or at % 97 == 0 or at in (255, 256, 257, 512):
                _check_tiles(stored, leaves[:at])
    with pytest.raises(ValueError, match="tile level 0"):
        LogTail(5, {0: bytes(32)}).check()


def _check_tiles(stored: dict[tuple[int, int], bytes], leaves: list[bytes]) -> None:
    full = range(0, len(leaves) - TILE_WIDTH + 1, TILE_WIDTH)
    rows = [leaves, [root(leaves[at : at + TILE_WIDTH]) for at in full]]
    for tile in tiles_of(len(leaves)):
        first = tile.n * TILE_WIDTH
        wanted = b"".join(rows[tile.level][first : first + tile.width])
        assert stored[(tile.level, tile.n)] == wanted


def test_record_parts() -> None:
    for key, value, edge in (
        ("a", b"1", b""),
        ("米/0", b'{"x":[]}', bytes(64)),
        ("k" * 192, b"", b""),
    ):
        record = pack_record(key, value, edge)
        assert (key_of(record), value_of(record), edge_of(record)) == (key, value, edge)


def test_pages_follow_splits_and_joins() -> None:
    random, memory, plain = Random(4), MemoryPages(), dict[str, bytes]()
    pages: dict[int, Page] = {}
    for _ in range(120):
        rows: dict[str, bytes | None] = {}
        for _ in range(random.randint(1, 9)):
            key = f"k{random.randrange(60)}"
            rows[key] = None if random.random() < 0.5 else b"%d" % random.randrange(100)
        change = update(memory, "lots", rows)
        fresh = {path_of(k): pack_record(k, v) for k, v in rows.items() if v is not None}
        known = {
            p: r
            for number in change.pages
            if number in pages
            for p, r in pages[number].records.items()
        }
        for number, page in new_pages(change, known, fresh):
            if page is None:
                pages.pop(number, None)
            else:
                pages[number] = page
        memory.apply("lots", change)
        plain.update({k: v for k, v in rows.items() if v is not None})
        for key in [k for k, v in rows.items() if v is None]:
            plain.pop(key, None)
        records = [record for page in pages.values() for record in page.records.values()]
        assert {key_of(record): value_of(record) for record in records} == plain
        for number, page in pages.items():
            assert memory.page("lots", number) == page.rows
            assert parse_page(page.rows, page.data) == page
    with pytest.raises(ValueError, match="more records"):
        parse_page(b"", pack_record("a", b"1"))


def test_cache_keeps_what_is_used() -> None:
    cache = PageCache(8)
    page = Page(b"", {})
    cache.put(("lots", 1), page)
    for number in range(100, 140):
        cache.put(("lots", number), page)
        assert cache.get(("lots", 1)) is page
    held = [number for number in range(100, 140) if cache.get(("lots", number))]
    assert len(held) <= 8 and held[-1] == 139
    cache.drop(("lots", 139))
    assert cache.get(("lots", 139)) is None
