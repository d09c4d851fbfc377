"""A second opinion on a log's root, from another author's tree: merkletools.

Entries are cut out of the bundles, hashed and joined here by the standard library and merkletools
alone, so that a fault of our own tree could not hide. Its tree has the shape of RFC 6962 but hashes
a leaf and an interior point alike; both hashes are therefore given to it from outside (leaf
`H(00 || entry)`, interior `H(01 || left || right)`). Its `validate_proof` swallows errors and is
never called. See `docs/decisions/0001-merkletools-as-oracle.md`.

merkletools is no dependency: where it is not installed, there is no second opinion, and we say so.
"""

import warnings
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

HOW_TO_INSTALL = "make install adds it (requirements/oracle.txt, without dependencies)"


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether the other tree has the same root; None: it was not asked."""

    agrees: bool | None
    said: str


def other_tree() -> Any | None:
    """An empty tree of merkletools with our hashes put in; None where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that an optional hash is missing
        try:
            import merkletools  # noqa: PLC0415
        except ImportError:
            return None
    tree = merkletools.MerkleTools(hash_type="sha256")
    tree.hash_function = lambda joined: sha256(b"\x01" + bytes(joined))
    return tree


def other_root(entries: Iterator[bytes]) -> bytes | None:
    """The root that merkletools gives to these entries, None where it is not installed."""
    tree = other_tree()
    if tree is None:
        return None
    for entry in entries:
        tree.add_leaf(sha256(b"\x00" + entry).hexdigest())
    tree.make_tree()
    return bytes.fromhex(tree.get_merkle_root())


def second_opinion(read: Callable[[str], bytes], size: int) -> Opinion:
    """Hold the checkpoint's root against that of merkletools over the same published files."""
    root = other_root(_entries(read, size))
    if root is None:
        return Opinion(None, f"No second opinion: merkletools is not installed; {HOW_TO_INSTALL}.")
    # Third line of the note's text (C2SP tlog-checkpoint), read without our own parser.
    signed = b64decode(read("checkpoint").split(b"\n")[2])
    if root == signed:
        return Opinion(True, f"merkletools finds the same root over {size:,} entries")
    return Opinion(False, f"merkletools finds {root.hex()}, signed is {signed.hex()}")


def _entries(read: Callable[[str], bytes], size: int) -> Iterator[bytes]:
    """Every entry of the log, cut out of its bundles (u16 length, bytes)."""
    for n in range(0, size, 256):
        data = read(_path(n // 256, min(256, size - n)))
        at = 0
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            yield data[at + 2 : end]
            at = end


def _path(n: int, width: int) -> str:
    """C2SP tlog-tiles: 1234067 is `x001/x234/067`, a partial bundle ends with its width."""
    text = f"{n:03}"
    digits = text.zfill((len(text) + 2) // 3 * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/entries/{name}" + ("" if width == 256 else f".p/{width}")
