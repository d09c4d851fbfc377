"""The Merkle tree.

Goal: roots and proofs are those of RFC 6962; a check takes the true proof and nothing else.
Method: the shared vectors with their named lies; the recursive definitions of the RFC written out
here; two other implementations (merkletools, pymerkle); a tree grown to 100 leaves with everything
checked at each size; a table of mutators; Hypothesis.
"""

import doctest
import json
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from ledger.errors import CheckError
from ledger.log import merkle
from ledger.log.merkle import (
    EMPTY_ROOT,
    SIZE_MAX,
    Frontier,
    HashReader,
    check_consistency,
    check_inclusion,
    interior_hash,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    root,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # "sha3 is not working"
    from merkletools import MerkleTools

LEAVES = [leaf_hash(str(number).encode()) for number in range(400)]


@cache
def mth(start: int, end: int) -> bytes:
    """MTH(D[start:end]) of RFC 6962 section 2.1 over `LEAVES`."""
    if end == start:
        return sha256(b"").digest()
    if end - start == 1:
        return LEAVES[start]
    k = split(end - start)
    return sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


def split(n: int) -> int:
    """The largest power of two below n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def path(m: int, start: int, end: int) -> list[bytes]:
    """PATH(m, D[start:end]) of RFC 6962 section 2.1.1."""
    if end - start == 1:
        return []
    k = split(end - start)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[start:end], b) of RFC 6962 section 2.1.2."""
    n = end - start
    if m == n:
        return [] if whole else [mth(start, end)]
    k = split(n)
    if m <= k:
        return [*subproof(m, start, start + k, whole), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


def reader(size: int) -> HashReader:
    """Full subtrees of the tree of `size` over `LEAVES`; asking for more is an error."""

    def read(level: int, index: int) -> bytes:
        assert level >= 0
        assert 0 <= index << level < (index + 1) << level <= size
        return mth(index << level, (index + 1) << level)

    return read


def unhex(texts: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


# --- vectors


@pytest.fixture(scope="module")
def vectors(shared_vectors: Path) -> dict[str, Any]:
    return json.loads((shared_vectors / "rfc6962.json").read_text("utf-8"))  # type: ignore[no-any-return]


def test_eight_classic_inputs(vectors: dict[str, Any]) -> None:
    eight = vectors["eight"]
    leaves = [leaf_hash(entry) for entry in unhex(eight["entries"])]
    assert leaves == unhex(eight["leaves"])
    roots = unhex(eight["roots"])
    assert [root(leaves[:size]) for size in range(9)] == roots
    assert len(eight["inclusion"]) == 36
    for proof in eight["inclusion"]:
        index, size, hashes = proof["index"], proof["size"], unhex(proof["path"])
        check_inclusion(leaves[index], index, size, hashes, roots[size])
    assert len(eight["consistency"]) == 28
    for proof in eight["consistency"]:
        old, new, hashes = proof["old"], proof["new"], unhex(proof["path"])
        check_consistency(old, roots[old], new, roots[new], hashes)


def test_empty(vectors: dict[str, Any]) -> None:
    assert root([]) == Frontier().root() == EMPTY_ROOT == bytes.fromhex(vectors["empty_root"])
    assert leaf_hash(b"").hex() == vectors["leaf_of_empty_entry"]


def test_roots_at_tile_borders(vectors: dict[str, Any]) -> None:
    wanted = {int(size): text for size, text in vectors["decimal"]["roots"].items()}
    tree = Frontier()
    for number in range(max(wanted)):
        tree.append(leaf_hash(str(number).encode()))
        if tree.size in wanted:
            assert tree.root().hex() == wanted.pop(tree.size)
    assert not wanted


def test_inclusion_lies_are_refused(vectors: dict[str, Any]) -> None:
    assert len(vectors["inclusion_lies"]) == 13
    for lie in vectors["inclusion_lies"]:
        with pytest.raises(CheckError):
            check_inclusion(
                bytes.fromhex(lie["leaf"]), lie["index"], lie["size"], unhex(lie["path"]),
                bytes.fromhex(lie["root"]),
            )  # fmt: skip


def test_consistency_lies_are_refused(vectors: dict[str, Any]) -> None:
    assert len(vectors["consistency_lies"]) == 12
    for lie in vectors["consistency_lies"]:
        with pytest.raises(CheckError):
            check_consistency(
                lie["old"], bytes.fromhex(lie["old_root"]), lie["new"], bytes.fromhex(lie["new_root"]),
                unhex(lie["path"]),
            )  # fmt: skip


def test_what_the_loop_cannot_know(vectors: dict[str, Any]) -> None:
    """Size and leaf hash are the caller's duty: these pass on purpose (docs/spec/log.md)."""
    case = vectors["size_is_not_bound"]
    for size in (case["true_size"], case["also_accepted_size"]):
        check_inclusion(
            bytes.fromhex(case["leaf"]), case["index"], size, unhex(case["path"]), bytes.fromhex(case["root"])
        )  # fmt: skip
    case = vectors["leaf_hash_is_not_checked"]
    check_inclusion(
        bytes.fromhex(case["leaf"]), case["index"], case["claimed_size"], unhex(case["path"]),
        bytes.fromhex(case["root"]),
    )  # fmt: skip


def test_examples_run() -> None:
    assert doctest.testmod(merkle).failed == 0


# --- everything, at every size up to 100


@pytest.mark.parametrize("size", range(101))
def test_a_tree_grows_and_everything_is_checked(size: int) -> None:
    top = root(LEAVES[:size])
    assert top == mth(0, size)
    for index in range(size):
        proof = prove_inclusion(reader(size), index, size)
        assert proof == path(index, 0, size)
        check_inclusion(LEAVES[index], index, size, proof, top)
        with pytest.raises(CheckError):
            check_inclusion(LEAVES[index + 1], index, size, proof, top)
    for old in range(size + 1):
        proof = prove_consistency(reader(size), old, size)
        assert proof == (subproof(old, 0, size, True) if old else [])
        check_consistency(old, mth(0, old), size, top, proof)
        if 0 < old < size:
            with pytest.raises(CheckError):
                check_consistency(old, LEAVES[399], size, top, proof)
            with pytest.raises(CheckError):
                check_consistency(old, mth(0, old), size, LEAVES[399], proof)


# --- other implementations


def test_merkletools_has_the_same_roots_and_paths() -> None:
    """With our interior hash injected and leaves hashed by us; its own check is never asked."""
    other = MerkleTools()
    other.hash_function = lambda data: sha256(b"\x01" + data)
    for size in range(1, 301):
        other.add_leaf(LEAVES[size - 1].hex())
        other.make_tree()
        assert other.get_merkle_root() == root(LEAVES[:size]).hex(), size
        for index in range(size):
            theirs = [next(iter(step.values())) for step in other.get_proof(index)]
            assert theirs == [each.hex() for each in prove_inclusion(reader(size), index, size)]


def test_pymerkle_agrees_on_roots_inclusion_and_consistency() -> None:
    """Its consistency path has another form: it checks its own proof against *our* roots."""
    other = InmemoryTree(algorithm="sha256")
    ours = [EMPTY_ROOT]
    tree = Frontier()
    for number in range(130):
        other.append_entry(str(number).encode())
        tree.append(LEAVES[number])
        ours.append(tree.root())
        assert other.get_root() == tree.root()
    for new in (1, 2, 3, 7, 8, 63, 64, 65, 100, 127, 128, 129, 130):
        for old in range(1, new + 1):
            other.prove_consistency(old, new).verify(ours[old], ours[new])
            check_consistency(
                old, other.get_root(old), new, other.get_root(new), prove_consistency(reader(new), old, new)
            )  # fmt: skip
            theirs = other.prove_inclusion(old, new).path[1:]  # the first one is the leaf
            assert theirs == prove_inclusion(reader(new), old - 1, new)


# --- damaged proofs

Inclusion = tuple[bytes, int, int, list[bytes], bytes]
Consistency = tuple[int, bytes, int, bytes, list[bytes]]


def flip(data: bytes, at: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


INCLUSION_MUTATORS: dict[str, Callable[[Inclusion], Inclusion]] = {
    "leaf flipped": lambda p: (flip(p[0]), *p[1:]),
    "leaf is the first sibling": lambda p: (p[3][0], *p[1:]),
    "leaf is the root": lambda p: (p[4], *p[1:]),
    "leaf cut": lambda p: (p[0][:31], *p[1:]),
    "leaf longer": lambda p: (p[0] + b"\0", *p[1:]),
    "parent as leaf, first hash dropped": lambda p: (
        interior_hash(p[0], p[3][0]) if p[1] % 2 == 0 else interior_hash(p[3][0], p[0]),
        p[1], p[2], p[3][1:], p[4],
    ),
    "index + 1": lambda p: (p[0], p[1] + 1, *p[2:]),
    "index - 1": lambda p: (p[0], p[1] - 1, *p[2:]),
    "index ^ 1": lambda p: (p[0], p[1] ^ 1, *p[2:]),
    "index negative": lambda p: (p[0], -p[1] - 1, *p[2:]),
    "index = size": lambda p: (p[0], p[2], *p[2:]),
    "index + size": lambda p: (p[0], p[1] + p[2], *p[2:]),
    "size 0": lambda p: (*p[:2], 0, *p[3:]),
    "size = index": lambda p: (*p[:2], p[1], *p[3:]),
    "size doubled": lambda p: (*p[:2], p[2] * 2, *p[3:]),
    "size halved": lambda p: (*p[:2], p[2] // 2, *p[3:]),
    "size beyond 2^53-1": lambda p: (*p[:2], SIZE_MAX + 1, *p[3:]),
    "first hash dropped": lambda p: (*p[:3], p[3][1:], p[4]),
    "last hash dropped": lambda p: (*p[:3], p[3][:-1], p[4]),
    "path empty": lambda p: (*p[:3], [], p[4]),
    "leaf put in front": lambda p: (*p[:3], [p[0], *p[3]], p[4]),
    "root put behind": lambda p: (*p[:3], [*p[3], p[4]], p[4]),
    "first hash twice": lambda p: (*p[:3], [p[3][0], *p[3]], p[4]),
    "last hash twice": lambda p: (*p[:3], [*p[3], p[3][-1]], p[4]),
    "path reversed": lambda p: (*p[:3], p[3][::-1], p[4]),
    "first hash flipped": lambda p: (*p[:3], [flip(p[3][0], 31), *p[3][1:]], p[4]),
    "last hash flipped": lambda p: (*p[:3], [*p[3][:-1], flip(p[3][-1])], p[4]),
    "a hash cut": lambda p: (*p[:3], [p[3][0][:31], *p[3][1:]], p[4]),
    "two hashes in one": lambda p: (*p[:3], [p[3][0] + p[3][1], *p[3][2:]], p[4]),
    "an empty hash": lambda p: (*p[:3], [b"", *p[3]], p[4]),
    "64 hashes": lambda p: (*p[:3], p[3] + [p[3][-1]] * (64 - len(p[3])), p[4]),
    "root flipped": lambda p: (*p[:4], flip(p[4])),
    "root cut": lambda p: (*p[:4], p[4][:31]),
    "root of the empty tree": lambda p: (*p[:4], EMPTY_ROOT),
    "root is the leaf": lambda p: (*p[:4], p[0]),
}  # fmt: skip


@pytest.mark.parametrize("name", INCLUSION_MUTATORS)
@pytest.mark.parametrize(
    ("index", "size"), [(0, 8), (5, 8), (7, 8), (2, 7), (5, 7), (100, 301), (255, 301)]
)
def test_damaged_inclusion_is_refused(name: str, index: int, size: int) -> None:
    true: Inclusion = (LEAVES[index], index, size, path(index, 0, size), mth(0, size))
    check_inclusion(*true)
    damaged = INCLUSION_MUTATORS[name](true)
    assert damaged != true
    with pytest.raises(CheckError):
        check_inclusion(*damaged)


CONSISTENCY_MUTATORS: dict[str, Callable[[Consistency], Consistency]] = {
    "old + 1": lambda p: (p[0] + 1, *p[1:]),
    "old - 1": lambda p: (p[0] - 1, *p[1:]),
    "old doubled": lambda p: (p[0] * 2, *p[1:]),
    "old 0": lambda p: (0, *p[1:]),
    "old 0 with its root": lambda p: (0, EMPTY_ROOT, *p[2:]),
    "old negative": lambda p: (-p[0], *p[1:]),
    "old = new": lambda p: (p[2], *p[1:]),
    "sizes swapped": lambda p: (p[2], p[1], p[0], *p[3:]),
    "all swapped": lambda p: (p[2], p[3], p[0], p[1], p[4]),
    "old root flipped": lambda p: (p[0], flip(p[1]), *p[2:]),
    "old root cut": lambda p: (p[0], p[1][:31], *p[2:]),
    "old root empty": lambda p: (p[0], EMPTY_ROOT, *p[2:]),
    "roots swapped": lambda p: (p[0], p[3], p[2], p[1], p[4]),
    "both roots new": lambda p: (p[0], p[3], *p[2:]),
    "both roots old": lambda p: (*p[:3], p[1], p[4]),
    "new doubled": lambda p: (*p[:2], p[2] * 2, *p[3:]),
    "new = old": lambda p: (*p[:2], p[0], *p[3:]),
    "new 0": lambda p: (*p[:2], 0, *p[3:]),
    "new beyond 2^53-1": lambda p: (*p[:2], SIZE_MAX + 1, *p[3:]),
    "new root flipped": lambda p: (*p[:3], flip(p[3], 31), p[4]),
    "new root cut": lambda p: (*p[:3], p[3][:31], p[4]),
    "first hash dropped": lambda p: (*p[:4], p[4][1:]),
    "last hash dropped": lambda p: (*p[:4], p[4][:-1]),
    "path empty": lambda p: (*p[:4], []),
    "old root put in front": lambda p: (*p[:4], [p[1], *p[4]]),
    "new root put behind": lambda p: (*p[:4], [*p[4], p[3]]),
    "first hash twice": lambda p: (*p[:4], [p[4][0], *p[4]]),
    "last hash twice": lambda p: (*p[:4], [*p[4], p[4][-1]]),
    "path reversed": lambda p: (*p[:4], p[4][::-1]),
    "first hash flipped": lambda p: (*p[:4], [flip(p[4][0]), *p[4][1:]]),
    "last hash flipped": lambda p: (*p[:4], [*p[4][:-1], flip(p[4][-1], 31)]),
    "a hash cut": lambda p: (*p[:4], [p[4][0][:31], *p[4][1:]]),
    "an empty hash": lambda p: (*p[:4], [b"", *p[4]]),
    "64 hashes": lambda p: (*p[:4], p[4] + [p[4][-1]] * (64 - len(p[4]))),
}


def consistency(old: int, new: int) -> Consistency:
    return old, mth(0, old), new, mth(0, new), subproof(old, 0, new, True)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (name, old, new)
        for old, new in ((3, 7), (4, 7), (6, 8), (1, 8), (128, 301), (200, 301), (299, 300))
        for name, mutate in CONSISTENCY_MUTATORS.items()
        if mutate(consistency(old, new)) != consistency(old, new)  # one hash reversed is itself
    ],
)
def test_damaged_consistency_is_refused(name: str, old: int, new: int) -> None:
    check_consistency(*consistency(old, new))
    with pytest.raises(CheckError):
        check_consistency(*CONSISTENCY_MUTATORS[name](consistency(old, new)))


def test_edges() -> None:
    check_inclusion(LEAVES[0], 0, 1, [], LEAVES[0])
    check_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    check_consistency(0, EMPTY_ROOT, 5, mth(0, 5), [])
    check_consistency(5, mth(0, 5), 5, mth(0, 5), [])
    wrongs: list[Callable[[], None]] = [
        lambda: check_inclusion(LEAVES[0], 0, 0, [], EMPTY_ROOT),
        lambda: check_inclusion(LEAVES[0], 0, 1, [LEAVES[1]], LEAVES[0]),
        lambda: check_consistency(0, LEAVES[0], 0, LEAVES[0], []),
        lambda: check_consistency(0, EMPTY_ROOT, 0, LEAVES[0], []),
        lambda: check_consistency(0, LEAVES[0], 5, mth(0, 5), []),
        lambda: check_consistency(5, mth(0, 5), 5, mth(0, 5), [LEAVES[0]]),
    ]
    for wrong in wrongs:
        with pytest.raises(CheckError):
            wrong()


def test_the_largest_tree() -> None:
    """Sizes at the limit, 2^53-1: the leftmost leaf, folded by hand."""
    joined = LEAVES[0]
    for each in LEAVES[1:54]:
        joined = interior_hash(joined, each)
    for size in (2**53 - 1, 2**53 - 2, 2**52 + 1):
        check_inclusion(LEAVES[0], 0, size, LEAVES[1:54], joined)
    for size, hashes in (
        (2**53, LEAVES[1:54]),
        (2**53 - 1, LEAVES[1:53]),
        (2**53 - 1, LEAVES[1:55]),
    ):
        with pytest.raises(CheckError):
            check_inclusion(LEAVES[0], 0, size, hashes, joined)
    check_consistency(1, LEAVES[0], 2**53 - 1, joined, LEAVES[1:54])
    for old, new in ((1, 2**53), (-1, 2**53 - 1), (2**53, 2**53)):
        with pytest.raises(CheckError):
            check_consistency(old, LEAVES[0], new, joined, LEAVES[1:54])
    for size in (2**53, -1):
        with pytest.raises(CheckError):
            check_consistency(size, LEAVES[0], size, LEAVES[0], [])


def test_a_byte_moved_from_one_hash_to_the_next_is_found() -> None:
    """Left and right are hashed in one string: only their lengths tell them apart."""
    leaf, sibling = LEAVES[0], LEAVES[1]
    assert interior_hash(leaf + sibling[:1], sibling[1:]) == mth(0, 2)
    with pytest.raises(CheckError, match="not 32 bytes"):
        check_inclusion(leaf + sibling[:1], 0, 2, [sibling[1:]], mth(0, 2))
    with pytest.raises(CheckError, match="not 32 bytes"):
        check_consistency(1, leaf + sibling[:1], 2, mth(0, 2), [sibling[1:]])


@given(st.integers(1, 400), st.data())
def test_one_changed_hash_is_found(size: int, draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, size - 1))
    hashes = prove_inclusion(reader(size), index, size)
    check_inclusion(LEAVES[index], index, size, hashes, mth(0, size))
    old = draw.draw(st.integers(0, size))
    links = prove_consistency(reader(size), old, size)
    check_consistency(old, mth(0, old), size, mth(0, size), links)
    bit = draw.draw(st.integers(0, 255))
    checks: list[tuple[list[bytes], Callable[[list[bytes]], None]]] = [
        (hashes, lambda p: check_inclusion(LEAVES[index], index, size, p, mth(0, size))),
        (links, lambda p: check_consistency(old, mth(0, old), size, mth(0, size), p)),
    ]
    for proof, check in checks:
        if proof:
            at = draw.draw(st.integers(0, len(proof) - 1))
            changed = bytearray(proof[at])
            changed[bit // 8] ^= 1 << bit % 8
            with pytest.raises(CheckError):
                check([*proof[:at], bytes(changed), *proof[at + 1 :]])


@given(st.binary(min_size=32, max_size=32), st.integers(1, 400), st.data())
def test_made_up_paths_are_refused(leaf: bytes, size: int, draw: st.DataObject) -> None:
    hashes = draw.draw(st.lists(st.sampled_from(LEAVES) | st.binary(max_size=40), max_size=12))
    index = draw.draw(st.integers(-1, size + 1))
    with pytest.raises(CheckError):
        check_inclusion(leaf, index, size, hashes, mth(0, size))


# --- the right edge


@given(st.lists(st.integers(1, 60), max_size=6))
def test_a_stored_edge_goes_on_growing(steps: list[int]) -> None:
    tree = Frontier()
    for step in steps:
        tree = Frontier(tree.size, tree.hashes)  # as a store would give it back
        grown = tree.copy()
        grown.extend(LEAVES[tree.size : tree.size + step])
        assert tree.root() == mth(0, tree.size)
        assert grown.root() == mth(0, grown.size)
        assert len(grown.hashes) == grown.size.bit_count()
        tree = grown


@pytest.mark.parametrize(
    ("size", "hashes"),
    [
        (1, ()),
        (0, LEAVES[:1]),
        (3, LEAVES[:1]),
        (4, LEAVES[:2]),
        (1, (b"short",)),
        (-1, LEAVES[:1]),
    ],
)
def test_an_edge_that_does_not_fit_its_size(size: int, hashes: Sequence[bytes]) -> None:
    with pytest.raises(ValueError, match="size"):
        Frontier(size, hashes)


def test_wrong_questions() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        Frontier().append(bytes(31))
    for index, size in ((0, 0), (-1, 1), (1, 1)):
        with pytest.raises(ValueError, match="no leaf"):
            prove_inclusion(reader(1), index, size)
    for old, new in ((-1, 1), (2, 1)):
        with pytest.raises(ValueError, match="not in order"):
            prove_consistency(reader(1), old, new)
