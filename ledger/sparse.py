"""A compact sparse Merkle tree over rows with keys: how rows become one hash.

Rule: the root depends on the rows alone, never on the order in which they came. A row is hashed as
the canonical JSON `[key, value]`, r = H(row bytes); its place is the path p = H(key), walked bit by
bit, high bit first (H = SHA-256):

    node({})    = 32 zero bytes
    node({row}) = H(00 || p || r)            at whatever depth: a lone row is never raised
    node(S)     = H(01 || node(S with bit 0) || node(S with bit 1))      at the next bit

A *row* in this module is the 64 bytes `p || r`. Specification: `docs/spec/state-root.md`.

    >>> rows = sorted(path_of(key) + row_hash(key, value) for key, value in {"a": b"0"}.items())
    >>> node_of(rows, 0).hex()[:16]
    'ccf336899d6c35d0'
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from ledger import canon
from ledger.errors import FormatError

EMPTY = bytes(32)
"""The hash of a part of a tree that holds no row."""

KEY_MAX = 192
"""Bytes of a row key; the least is 1."""

DEPTH_MAX = 256
"""Bits of a path: no two rows share them all."""

ROW_BYTES = 64


_PATHS_KEPT = 16_384


@lru_cache(maxsize=_PATHS_KEPT)
def path_of(key: str) -> bytes:
    """The 32-byte path of a row key: SHA-256 of its UTF-8 bytes, unquoted.

    Remembered for the keys asked last: a row is looked up, hashed and stored within one batch.
    FormatError when the key is not 1 to 192 bytes long.
    """
    data = key.encode()
    if not 1 <= len(data) <= KEY_MAX:
        raise FormatError("state row key", f"{len(data)} bytes, wanted 1 to {KEY_MAX}")
    return sha256(data).digest()


def row_hash(key: str, value: bytes) -> bytes:
    """r = H(canonical `[key, value]`), where `value` is the canonical encoding of the value."""
    if key.isascii() and key.isprintable() and '"' not in key and "\\" not in key:
        quoted = b'"%b"' % key.encode()  # the same bytes, four times as fast
    else:
        quoted = canon.encode(key)
    return sha256(b"[%b,%b]" % (quoted, value)).digest()


def row_leaf(path: bytes, row_hash: bytes) -> bytes:
    """The node of a lone row: H(00 || p || r)."""
    return sha256(b"\0" + path + row_hash).digest()


def fold(path: bytes, start: bytes, siblings: Sequence[bytes]) -> bytes:
    """The root that follows when the node `start` stands at the end of the way of `path`.

    `siblings` (at most 256) are the other sides met on that way, root first.
    """
    bits = int.from_bytes(path, "big") >> (DEPTH_MAX - len(siblings))
    node = start
    for sibling in reversed(siblings):
        node = sha256(b"\1" + sibling + node if bits & 1 else b"\1" + node + sibling).digest()
        bits >>= 1
    return node


def node_of(rows: Sequence[bytes], depth: int) -> bytes:
    """The node at `depth` of sorted rows that share their first `depth` bits, in one pass.

    Neighbours that share the most bits meet first. Rows a b c d, of which a and b share 3 bits,
    b and c share 1, c and d share 2; seen from depth 1:

        1          H(ab, cd)
        2    H(ab, EMPTY)   H(c, d)      the pair ab met at 3: at 2 its other side is empty
        3    H(a, b)                     lone rows stand where they are met, never raised
    """
    if not rows:
        return EMPTY
    node = sha256(b"\0" + rows[0]).digest()
    if len(rows) == 1:
        return node
    path = int.from_bytes(rows[0][:32], "big")
    top = DEPTH_MAX  # the depth at which `node` stands; DEPTH_MAX says: a lone row
    # Left sides that wait: bits shared with what follows, depth of the node, node, path of a row.
    waiting: list[tuple[int, int, bytes, int]] = []
    for row in rows[1:]:
        following = int.from_bytes(row[:32], "big")
        shared = DEPTH_MAX - (path ^ following).bit_length()
        while waiting and waiting[-1][0] > shared:
            met, left_top, left, left_path = waiting.pop()
            # Both sides stand one bit below the place where they meet.
            if met + 1 < left_top < DEPTH_MAX:
                left = _raise(left, left_top, met + 1, left_path)
            if met + 1 < top < DEPTH_MAX:
                node = _raise(node, top, met + 1, path)
            node, top = sha256(b"\1" + left + node).digest(), met
        waiting.append((shared, top, node, path))
        node, top, path = sha256(b"\0" + row).digest(), DEPTH_MAX, following
    while waiting:
        met, left_top, left, left_path = waiting.pop()
        if met + 1 < left_top < DEPTH_MAX:
            left = _raise(left, left_top, met + 1, left_path)
        if met + 1 < top < DEPTH_MAX:
            node = _raise(node, top, met + 1, path)
        node, top = sha256(b"\1" + left + node).digest(), met
    return _raise(node, top, depth, path) if top > depth else node


def _raise(node: bytes, top: int, depth: int, path: int) -> bytes:
    """A node of two rows or more at `top`, seen from `depth`: every other side is empty."""
    for level in range(top - 1, depth - 1, -1):
        right = path >> (DEPTH_MAX - 1 - level) & 1
        node = sha256(b"\1" + EMPTY + node if right else b"\1" + node + EMPTY).digest()
    return node


def cut(rows: Sequence[bytes], depth: int) -> int:
    """How many of the sorted `rows` (one or more), which share `depth` bits, have 0 as the next."""
    prefix = int.from_bytes(rows[0][:32], "big") >> (DEPTH_MAX - depth)
    middle = (prefix << 1 | 1) << (DEPTH_MAX - 1 - depth)
    return bisect_left(rows, middle.to_bytes(32, "big"))


def walk(rows: Sequence[bytes], path: bytes, depth: int) -> tuple[list[bytes], bytes | None]:
    """The way of `path` from `depth` on: the siblings met, and the row at its end, if any is there.

    The row is that of `path` or of another key; which of them is for the caller to say.
    """
    siblings: list[bytes] = []
    bits = int.from_bytes(path, "big")
    while len(rows) > 1:
        middle = cut(rows, depth)
        depth += 1
        sides = rows[:middle], rows[middle:]
        right = bits >> (DEPTH_MAX - depth) & 1
        siblings.append(node_of(sides[1 - right], depth))
        rows = sides[right]
    return siblings, rows[0] if rows else None
