"""The Merkle tree over the log's entries: RFC 6962, with the proof checks of RFC 9162.

    leaf     = H(00 || entry)
    interior = H(01 || left || right)
    empty    = H("")

A tree of n leaves is split at the largest power of two below n, so that its left part is always
full and never changes again. Seven leaves:

                 root
               /      \\
             x           y
           /   \\       /   \\        inclusion of leaf 4: [5, 6, x]
          .     .     .     \\       right edge of size 7: x, (4 5), 6
         / \\   / \\   / \\     \\
        0   1 2   3 4   5     6

Who makes proofs is not trusted, and who checks them takes index, size and root from the request
and from a signed checkpoint, never from the prover (`docs/spec/log.md`). Checks are loops, bounded
by 63 rounds; they raise `CheckError`.

    >>> tree = Frontier()
    >>> tree.extend([leaf_hash(b"rice"), leaf_hash(b"oil")])
    >>> check_inclusion(leaf_hash(b"rice"), 0, 2, [leaf_hash(b"oil")], tree.root())
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from ledger.errors import CheckError

HASH_SIZE: Final = 32
SIZE_MAX: Final = 2**53 - 1
"""Largest tree; C2SP allows 2^63-1, browsers hold this one exactly."""
PATH_MAX: Final = 63
"""Hashes in a path."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""

HashReader: TypeAlias = Callable[[int, int], bytes]
"""`reader(level, index)`: the hash of full subtree number `index` among those of 2^level leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry, RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def interior_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes, RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a tree that grows: the roots of its full subtrees, largest first.

    A tree of 13 = 8 + 4 + 1 leaves has an edge of three hashes, one for each bit of its size. That
    is all that appending and the root need. `hashes` is stored beside `size` and gives the edge
    back: `Frontier(size, hashes)`.
    """

    __slots__ = ("_hashes", "_size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if not 0 <= size <= SIZE_MAX:
            raise ValueError(f"tree size {size} is not 0..2^53-1")
        if len(hashes) != size.bit_count() or any(len(each) != HASH_SIZE for each in hashes):
            raise ValueError(f"right edge of size {size}: not {size.bit_count()} hashes")
        self._size = size
        self._hashes = list(hashes)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Roots of the full subtrees, largest first, for storing."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        if len(leaf) != HASH_SIZE:
            raise ValueError(f"leaf hash of {len(leaf)} bytes")
        # Each trailing 1 bit of the size is a full subtree as large as the new one: join the two.
        size, joined = self._size, leaf
        while size & 1:
            joined = interior_hash(self._hashes.pop(), joined)
            size >>= 1
        self._hashes.append(joined)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The root: the edge joined from its small end."""
        if not self._hashes:
            return EMPTY_ROOT
        *larger, joined = self._hashes
        for subtree in reversed(larger):
            joined = interior_hash(subtree, joined)
        return joined

    def copy(self) -> "Frontier":
        """Another edge of the same tree; growing one leaves the other."""
        return Frontier(self._size, self._hashes)


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, from leaf hashes (not entries) in order."""
    tree = Frontier()
    tree.extend(leaf_hashes)
    return tree.root()


# --- proving


def prove_inclusion(reader: HashReader, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1: the leaf's sibling first, root's child last.

    Needs `0 <= index < size`; `reader` is asked for full subtrees within the size only.
    """
    if not 0 <= index < size <= SIZE_MAX:
        raise ValueError(f"no leaf {index} in a tree of size {size}")
    return _path(reader, index, 0, size)


def prove_consistency(reader: HashReader, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; empty for `old` 0 and for equal sizes."""
    if not 0 <= old <= new <= SIZE_MAX:
        raise ValueError(f"sizes {old} and {new} are not in order")
    if old in (0, new):
        return []
    # The last full subtree of the old tree: 2^level leaves that end at `old`. It is a point of
    # both trees. The proof is the path from it up in the new tree; it opens with the point's own
    # hash, unless that is the old root, which the checker has.
    level = (old & -old).bit_length() - 1
    index = (old >> level) - 1
    path = _path(reader, index, level, new)
    return path if index == 0 else [reader(level, index), *path]


def _path(reader: HashReader, index: int, level: int, size: int) -> list[bytes]:
    """The hashes from full subtree `index` of 2^level leaves up to the root of size `size`."""
    path = []
    while index or (1 << level) < size:
        sibling = index ^ 1
        if (sibling + 1) << level <= size:
            path.append(reader(level, sibling))
        elif sibling << level < size:
            # The sibling is the tree's ragged right part [sibling * 2^level, size).
            path.append(_right_part(reader, sibling << level, size))
        # Otherwise there is no sibling: the point stands for its parent as well.
        index >>= 1
        level += 1
    return path


def _right_part(reader: HashReader, start: int, size: int) -> bytes:
    """The root over leaves [start, size), where `start` is a multiple of a power of two >= that."""
    hashes = []
    at = start
    while at < size:
        # The largest full subtree that starts here: it is as long as the highest bit of the rest.
        level = (size - at).bit_length() - 1
        hashes.append(reader(level, at >> level))
        at += 1 << level
    *larger, joined = hashes
    for subtree in reversed(larger):
        joined = interior_hash(subtree, joined)
    return joined


# --- checking


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise `CheckError` unless `leaf` (a leaf hash) is leaf `index` of the tree `size`, `root`.

    `leaf` must be hashed from the entry by the caller: an interior hash would pass as a leaf of a
    smaller tree.
    """
    joined = fold_inclusion(leaf, index, size, path)
    if joined != root:
        raise CheckError("inclusion", f"leads to root {joined.hex()}, not {root.hex()}")


def fold_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that follows from leaf `index` of a tree of `size` leaves and its path.

    The loop of RFC 9162 section 2.1.3.2. It proves nothing until the caller compares the root with
    one that is known by other means. `CheckError` when the path is not used up exactly.
    """
    if not 0 <= index < size <= SIZE_MAX:
        raise CheckError("inclusion", f"no leaf {index} in a tree of size {size}")
    _check_hashes("inclusion", [leaf, *path])
    # Going up. `at` is the number of our point in its row, `last` that of the row's last point:
    #
    #        [at]   right of it: p        [at] is a right child: p on its left
    #       /    \\
    #     ours    p                 When `at` is `last` and even, it has no sibling and climbs
    #                               (both shift) until it is a right child: p on its left.
    at, last, joined = index, size - 1, leaf
    for each in path:
        if last == 0:
            raise CheckError("inclusion", "hashes are left when the root is reached")
        if at & 1 or at == last:
            joined = interior_hash(each, joined)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            joined = interior_hash(joined, each)
        at >>= 1
        last >>= 1
    if last != 0:
        raise CheckError("inclusion", "the path ends before the root")
    return joined


def check_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Raise `CheckError` unless the new tree begins with the whole old tree.

    The loop of RFC 9162 section 2.1.4.2, with its edges written out first.
    """
    if not 0 <= old_size <= SIZE_MAX or not 0 <= new_size <= SIZE_MAX:
        raise CheckError("consistency", "a size is not 0..2^53-1")
    if old_size > new_size:
        raise CheckError("consistency", f"old size {old_size} is above new size {new_size}")
    _check_hashes("consistency", [old_root, new_root, *path])
    if old_size in (0, new_size):
        if path:
            raise CheckError("consistency", "a path where none is needed")
        if old_root != (EMPTY_ROOT if old_size == 0 else new_root):
            raise CheckError("consistency", "different roots for one size")
        if new_size == 0 and new_root != EMPTY_ROOT:
            raise CheckError("consistency", 'a root of size 0 that is not H("")')
        return
    if not path:
        raise CheckError("consistency", "the path is empty")
    # We start at the last full subtree of the old tree (2^k leaves that end at `old_size`) and go
    # up in both trees at once. What joins from the left is in both, what joins from the right is
    # in the new one only:
    #
    #     old 6, new 8         new            start: (4 5), first hash of the path
    #                        /     \\          right:  (6 7)   into new alone
    #                      .         .        left:   (0..3)  into old and new
    #                     / \\       / \\
    #                    .   .   (4 5) (6 7)
    #
    # An old size that is a power of two starts at the old root itself, which is not sent.
    if old_size & (old_size - 1) == 0:
        path = [old_root, *path]
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at >>= 1
        last >>= 1
    old_joined = new_joined = path[0]
    for each in path[1:]:
        if last == 0:
            raise CheckError("consistency", "hashes are left when the root is reached")
        if at & 1 or at == last:
            old_joined = interior_hash(each, old_joined)
            new_joined = interior_hash(each, new_joined)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            new_joined = interior_hash(new_joined, each)
        at >>= 1
        last >>= 1
    if last != 0:
        raise CheckError("consistency", "the path ends before the root")
    if old_joined != old_root:
        raise CheckError("consistency", f"old root is {old_joined.hex()}, not {old_root.hex()}")
    if new_joined != new_root:
        raise CheckError("consistency", f"new root is {new_joined.hex()}, not {new_root.hex()}")


def _check_hashes(check: str, hashes: Sequence[bytes]) -> None:
    if len(hashes) > PATH_MAX + 2:
        raise CheckError(check, f"more than {PATH_MAX} hashes")
    if any(len(each) != HASH_SIZE for each in hashes):
        raise CheckError(check, f"a hash that is not {HASH_SIZE} bytes")
