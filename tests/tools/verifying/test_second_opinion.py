"""The second opinion: merkletools, with our hashes put in, has our roots.

Goal: the outside oracle is asked rightly, at every shape of tree, and its no is heard.
Method: roots of sizes 1-300 and around full bundles against `ledger.log.merkle`; a log in memory whose
entries, order or bundles differ.
"""

from base64 import b64encode

import pytest

from ledger.log.merkle import leaf_hash, root
from ledger.log.tile import bundles_of, entries_path, format_bundle
from tools.verifying.second_opinion import other_root, second_opinion

pytest.importorskip("merkletools")


def entries(size: int) -> list[bytes]:
    return [b"entry %d" % n for n in range(size)]


@pytest.mark.parametrize("size", [*range(1, 301), 511, 512, 513, 1_000])
def test_roots_are_equal(size: int) -> None:
    made = entries(size)
    assert other_root(iter(made)) == root([leaf_hash(entry) for entry in made])


def published(made: list[bytes], size: int) -> dict[str, bytes]:
    top = b64encode(root([leaf_hash(entry) for entry in entries(size)]))
    files = {"checkpoint": b"o\n%d\n%b\n\n" % (size, top)}
    for bundle in bundles_of(size):
        start = bundle.n * 256
        files[bundle.path] = format_bundle(made[start : start + bundle.width])
    return files


@pytest.mark.parametrize("size", [2, 255, 256, 257, 700])
def test_it_reads_the_published_files_itself(size: int) -> None:
    assert second_opinion(published(entries(size), size).__getitem__, size).agrees is True


def test_it_finds_other_entries_and_another_order() -> None:
    made = entries(300)
    for other in ([*made[:150], b"x", *made[151:]], made[::-1]):
        opinion = second_opinion(published(other, 300).__getitem__, 300)
        assert opinion.agrees is False and "signed is" in opinion.said


def test_paths_are_those_of_tiles() -> None:
    from tools.verifying.second_opinion import _path

    for n, width in ((0, 256), (0, 1), (7, 255), (999, 256), (1_000, 3), (1_234_067, 256)):
        assert _path(n, width) == entries_path(n, width)
