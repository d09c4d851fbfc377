"""The state root and its pages.

Goal: whatever is inserted, changed and deleted, in whatever batches, the root kept in pages is the
root of the definition; the pages keep their own rules; a store can come up from pages alone, and go
back by undo changes.
Method: Hypothesis plays sequences of batches against a dict; after each one everything is compared
with the recursive definition. Paths that share many bits are made by replacing the path function,
because real ones cannot be found.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import sparse, stateroot
from ledger.errors import CheckError, FormatError
from ledger.log import merkle
from ledger.stateroot import EMPTY, INTERIOR, JOIN_ROWS, PAGE_ROWS, TABLES, MemoryPages, Overlay

ALL_EMPTY = "0adbb7235900095a6eed062ab11403b4fea9abc1157014ff18c7d0ecf0d0059e"

Batch = Mapping[str, bytes | None]


def root_of(table: Mapping[str, bytes]) -> bytes:
    """The root from scratch: `sparse.node_of` is itself tested against the definition."""
    return sparse.node_of(
        sorted(stateroot.path_of(key) + sparse.row_hash(key, table[key]) for key in table), 0
    )


def play(batches: Sequence[Batch]) -> tuple[MemoryPages, dict[str, bytes]]:
    """Apply batches one by one, checking everything after each."""
    pages, table = MemoryPages(), dict[str, bytes]()
    for batch in batches:
        change = stateroot.update(pages, "lots", batch)
        for key, value in batch.items():
            table.pop(key, None) if value is None else table.update({key: value})
        pages.apply("lots", change)
        assert change.root == pages.root("lots") == root_of(table)
        check_pages(pages, table)
    return pages, table


def check_pages(pages: MemoryPages, table: Mapping[str, bytes]) -> None:
    """Every page is sorted and in its place, none is too long, no two are short; points are true."""
    kept = pages._pages["lots"]
    points = pages._hashes["lots"]
    rows: list[bytes] = []
    for number, page in kept.items():
        depth = number.bit_length() - 1
        mine = stateroot.rows_of(page)
        assert mine == sorted(mine)
        assert len(mine) <= PAGE_ROWS or depth == stateroot.PAGE_DEPTH_MAX
        assert all(int.from_bytes(b"\1" + row[:32], "big") >> 256 - depth == number for row in mine)
        assert points[number] == bytes((min(len(mine), 254),)) + sparse.node_of(mine, depth)
        if not number & 1 and number + 1 in kept:
            assert len(mine) + len(kept[number + 1]) // 64 > JOIN_ROWS
        rows += mine
    assert len(rows) == len(table)
    assert stateroot.load_hashes(pages.points_of_pages("lots")) == points


keys = st.integers(0, 80).map(lambda n: f"lot/{n}")
values = st.none() | st.integers(0, 3).map(lambda n: b"%d" % n)
batches = st.lists(st.dictionaries(keys, values, max_size=60), max_size=6)


@given(batches)
def test_any_batches_give_the_root_of_the_definition(played: list[Batch]) -> None:
    play(played)


@given(batches)
def test_deep_paths_give_the_root_of_the_definition(played: list[Batch]) -> None:
    """All paths share 57 bits, many 61, and some all but the last two."""

    def deep(key: str) -> bytes:
        digest = sha256(key.encode()).digest()
        if digest[0] < 128:
            return b"\x5a" * 7 + bytes((digest[1] & 0x7F,)) + digest[2:26]
        return b"\x5a" * 7 + b"\x77" + b"\x5a" * 23 + digest[1:2]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stateroot, "path_of", deep)
        unique = {deep(f"lot/{n}"): f"lot/{n}" for n in range(81)}
        play([{key: v for key, v in b.items() if unique[deep(key)] == key} for b in played])


def test_rows_that_share_61_bits_stay_in_one_page() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            stateroot, "path_of", lambda key: bytes(8) + sha256(key.encode()).digest()[8:]
        )
        pages, _ = play(
            [{f"{n}": b"0" for n in range(300)}, {f"{n}": None for n in range(300 - JOIN_ROWS)}, {}]
        )
        assert max(pages._pages["lots"]).bit_length() == 1  # joined all the way up again
        pages, _ = play([{f"{n}": b"0" for n in range(300)}])
        longest = max(pages._pages["lots"].values(), key=len)
        assert len(longest) == 300 * 64
        assert pages.hash("lots", 1 << 60)[:1] == b"\xfe"  # type: ignore[index]  # 254 or more


@pytest.mark.parametrize("count", [PAGE_ROWS, PAGE_ROWS + 1])
def test_a_page_is_split_one_row_beyond_its_limit(count: int) -> None:
    pages, _ = play([{f"lot/{n}": b"0" for n in range(count)}])
    assert (pages.page("lots", 1) is not None) == (count == PAGE_ROWS)


@pytest.mark.parametrize("count", [JOIN_ROWS, JOIN_ROWS + 1])
def test_pages_are_joined_at_their_limit(count: int) -> None:
    many = PAGE_ROWS + 1
    grown: Batch = {f"lot/{n}": b"0" for n in range(many)}
    pages, _ = play([grown, {f"lot/{n}": None for n in range(count, many)}])
    assert (pages.page("lots", 1) is not None) == (count == JOIN_ROWS)


def test_an_emptied_table_leaves_nothing_behind() -> None:
    pages, _ = play([{f"lot/{n}": b"0" for n in range(50)}, {f"lot/{n}": None for n in range(50)}])
    assert pages._pages["lots"] == pages._hashes["lots"] == {}
    assert pages.root("lots") == EMPTY
    assert pages.roots() == {}


def test_nothing_changed_is_no_change() -> None:
    pages, _ = play([{"a": b"0", "b": b"1"}])
    change = stateroot.update(pages, "lots", {"a": b"0", "c": None})
    assert (change.pages, change.hashes, change.root) == ({}, {}, pages.root("lots"))


def test_tables_do_not_mix() -> None:
    pages, _ = play([{"a": b"0"}])
    assert stateroot.update(pages, "heads", {}).root == EMPTY
    assert stateroot.update(pages, "heads", {"b": b"1"}).root == root_of({"b": b"1"})


def test_pages_for_names_the_pages_without_reading_one() -> None:
    pages, _ = play([{f"lot/{n}": b"0" for n in range(200)}])

    class PointsOnly:
        def page(self, table: str, number: int) -> bytes | None:
            raise AssertionError("a page was read")

        def hash(self, table: str, number: int) -> bytes | None:
            return pages.hash(table, number)

    for key in ("lot/7", "lot/150", "not there"):
        (number,) = stateroot.pages_for(PointsOnly(), "lots", [key])
        path = int.from_bytes(b"\1" + stateroot.path_of(key), "big")
        assert path >> 257 - number.bit_length() == number
        assert pages.page("lots", number) is not None
    many = stateroot.pages_for(PointsOnly(), "lots", [f"lot/{n}" for n in range(200)])
    assert many == sorted(pages._pages["lots"])
    assert stateroot.pages_for(PointsOnly(), "heads", ["a"]) == [1]


@given(st.dictionaries(keys, values, max_size=80), st.dictionaries(keys, values, max_size=80))
def test_undo_and_overlay_show_the_older_state(first: Batch, second: Batch) -> None:
    pages, table = play([first])
    before = {**pages._pages["lots"]}, {**pages._hashes["lots"]}
    change = stateroot.update(pages, "lots", second)
    undo = stateroot.undo_of(pages, "lots", change)
    ahead = Overlay(pages)
    ahead.put("lots", change)
    assert stateroot.update(ahead, "lots", {}).root == change.root
    pages.apply("lots", change)
    older = Overlay(pages)
    older.put("lots", undo)
    assert undo.root == stateroot.update(older, "lots", {}).root == root_of(table)
    for number in (*before[0], *change.pages):
        assert older.page("lots", number) == before[0].get(number)
    pages.apply("lots", undo)
    assert (pages._pages["lots"], pages._hashes["lots"]) == before


DAMAGE = {
    "page missing": lambda points: points[1:],
    "another page missing": lambda points: points[:-1],
    "page above a page": lambda points: [*points, (points[0][0] >> 1, bytes(33))],
    "page below a page": lambda points: [*points, (2 * points[0][0], bytes(33))],
    "both halves below a page": lambda points: [
        *points,
        (2 * points[0][0], bytes(33)),
        (2 * points[0][0] + 1, bytes(33)),
    ],
    "number 0": lambda points: [*points, (0, bytes(33))],
    "short value": lambda points: [(points[0][0], bytes(32)), *points[1:]],
    "interior value": lambda points: [(points[0][0], bytes((INTERIOR,)) + bytes(32)), *points[1:]],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_pages_that_do_not_cover_the_table_are_refused(damage: str) -> None:
    pages, _ = play([{f"lot/{n}": b"0" for n in range(200)}])
    points = sorted(pages.points_of_pages("lots"))
    assert stateroot.load_hashes(points)
    with pytest.raises(CheckError, match="state pages"):
        stateroot.load_hashes(DAMAGE[damage](points))


def test_a_missing_point_is_damage() -> None:
    pages, _ = play([{f"lot/{n}": b"0" for n in range(200)}])
    (number,) = stateroot.pages_for(pages, "lots", ["lot/7"])
    del pages._hashes["lots"][number ^ 1]
    with pytest.raises(CheckError, match=f"point {number ^ 1} is missing"):
        stateroot.update(pages, "lots", {"lot/7": b"1"})
    del pages._hashes["lots"][number]
    with pytest.raises(CheckError, match=f"point {number} is missing"):
        stateroot.update(pages, "lots", {"lot/7": b"1"})


# --- the root over all tables


def test_state_root_of_nothing_is_the_vector() -> None:
    assert stateroot.state_root({}).hex() == ALL_EMPTY
    assert len(TABLES) == 24
    assert list(TABLES) == sorted(TABLES)


@given(st.dictionaries(st.sampled_from(TABLES), st.binary(min_size=32, max_size=32)))
def test_state_root_is_the_rfc_6962_root_by_name(roots: dict[str, bytes]) -> None:
    leaves = [
        sha256(b"\0" + name.encode() + b"\0" + roots.get(name, bytes(32))).digest()
        for name in sorted(TABLES)
    ]
    assert stateroot.state_root(roots) == merkle.root(leaves)
    assert stateroot.table_leaves(roots) == leaves


@pytest.mark.parametrize("roots", [{"secrets": EMPTY}, {"lots": bytes(31)}, {"lots": b""}])
def test_state_root_refuses_unknown_tables_and_short_roots(roots: dict[str, bytes]) -> None:
    with pytest.raises(FormatError, match="state root"):
        stateroot.state_root(roots)
