"""The compact sparse Merkle tree against its definition.

Goal: `node_of` (one pass over sorted rows) is the recursive definition of the specification, for
random rows and for rows that share long runs of bits; `walk` and `fold` undo each other.
Method: the definition, written as it stands on the page, is the oracle; vectors of the page.
"""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import sparse
from ledger.canon import encode
from ledger.errors import FormatError


def bit(path: bytes, depth: int) -> int:
    return path[depth // 8] >> (7 - depth % 8) & 1


def naive(rows: list[bytes], depth: int = 0) -> bytes:
    """node(S) of the specification, word for word."""
    if not rows:
        return bytes(32)
    if len(rows) == 1:
        return sha256(b"\0" + rows[0]).digest()
    low = [row for row in rows if not bit(row, depth)]
    high = [row for row in rows if bit(row, depth)]
    return sha256(b"\1" + naive(low, depth + 1) + naive(high, depth + 1)).digest()


def rows_of(table: dict[str, bytes]) -> list[bytes]:
    return sorted(sparse.path_of(key) + sparse.row_hash(key, table[key]) for key in table)


# Paths that differ from each other late: 0..3 whole bytes of a common beginning, then any bits.
paths = st.builds(
    lambda same, tail: (b"\xa5" * same + tail)[:32].ljust(32, b"\xa5"),
    st.sampled_from([0, 1, 7, 30, 31]),
    st.binary(min_size=0, max_size=3),
)
rows_that_share_bits = st.lists(paths, max_size=12, unique=True).map(
    lambda found: [path + sha256(path).digest() for path in sorted(found)]
)


VECTORS = [
    ({}, "00" * 32),
    ({"a": b"0"}, "ccf336899d6c35d0344945a1f283d12a558983c00fd54c1ccde2fe7ddfc4288a"),
    ({"a": b"0", "b": b"1"}, "c8c7552b64ad6dbd359b0ebc070b89eda03ced2b0e8ecacda2d51109bb4aacf7"),
    (
        {"a": b"0", "b": b"1", "c": b"2"},
        "29eb1896a56e0c46b782092076352917d5bef581ecef2478d9b97c1ec925f826",
    ),
    (
        {f"lot/{n}": b"%d" % n for n in range(1000)},
        "1ac26bc4704d59ca3a5c0afbccd72ddcb386deef0d1a1af38e7835543a967d88",
    ),
]


@pytest.mark.parametrize(("table", "root"), VECTORS, ids=["none", "a", "ab", "abc", "thousand"])
def test_vectors_of_the_specification(table: dict[str, bytes], root: str) -> None:
    assert sparse.node_of(rows_of(table), 0).hex() == root
    assert naive(rows_of(table)).hex() == root


@given(rows_that_share_bits)
def test_one_pass_is_the_definition(rows: list[bytes]) -> None:
    assert sparse.node_of(rows, 0) == naive(rows)


@given(rows_that_share_bits)
def test_a_part_below_the_root_is_the_definition(rows: list[bytes]) -> None:
    shared = [row for row in rows if row[:1] == b"\xa5"]
    for depth in (1, 5, 8):
        assert sparse.node_of(shared, depth) == naive(shared, depth)


def test_two_rows_that_share_all_but_the_last_bit() -> None:
    rows = [bytes(31) + b"\0" + bytes(32), bytes(31) + b"\1" + bytes(32)]
    assert sparse.node_of(rows, 0) == naive(rows)
    assert sparse.cut(rows, 255) == 1


@given(rows_that_share_bits, paths)
def test_walk_and_fold_lead_back_to_the_root(rows: list[bytes], path: bytes) -> None:
    siblings, row = sparse.walk(rows, path, 0)
    start = sparse.EMPTY if row is None else sparse.row_leaf(row[:32], row[32:])
    assert sparse.fold(path, start, siblings) == naive(rows)
    present = [each for each in rows if each[:32] == path]
    if present:
        assert row == present[0]
    elif row is not None:
        assert all(bit(row, depth) == bit(path, depth) for depth in range(len(siblings)))
        assert row[:32] != path


@pytest.mark.parametrize("key", ["a", "lot/7", "米", 'with "quotes"', "back\\slash", "two\nlines"])
def test_row_bytes_are_the_canonical_pair(key: str) -> None:
    assert sparse.row_hash(key, b'{"n":1}') == sha256(encode([key, {"n": 1}])).digest()


@pytest.mark.parametrize(("key", "good"), [("", 0), ("k", 1), ("k" * 192, 1), ("k" * 193, 0)])
def test_keys_have_1_to_192_bytes(key: str, good: int) -> None:
    if good:
        assert sparse.path_of(key) == sha256(key.encode()).digest()
    else:
        with pytest.raises(FormatError, match="wanted 1 to 192"):
            sparse.path_of(key)


def test_the_limit_counts_bytes_not_characters() -> None:
    assert len(sparse.path_of("米" * 64)) == 32
    with pytest.raises(FormatError):
        sparse.path_of("米" * 65)


@pytest.mark.parametrize("key", ["tab\there", "del\x7f", "\ud800"])
def test_a_key_that_is_no_canonical_text_is_refused(key: str) -> None:
    with pytest.raises((FormatError, UnicodeEncodeError)):
        sparse.row_hash(key, b"0")
