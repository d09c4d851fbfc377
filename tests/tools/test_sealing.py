"""Sealing: what is kept opens what was sealed, row by row, and nothing else does.

Goal: every row of a list leads from what the vault keeps to the manifest that is logged, whatever
the length of the list; tags of references differ in every part of what they name.
Method: lists of sizes on both sides of a power of two; the ledger's own checks judge.
"""

import json

import pytest

from ledger.errors import CheckError
from ledger.proofs.disclosure import (
    Manifest,
    Record,
    Shown,
    check_manifest,
    check_seal,
    open_record,
)
from tools.sealing import reference_tag, seal, seal_list

KIND = "donation.list"
STATEMENT = "ab" * 32


def rows(count: int) -> list[dict[str, int | str]]:
    return [
        {"amount": 100 + n, "donor": f"giver {n}", "offset": 1_000 * n, "reference": f"r{n}"}
        for n in range(count)
    ]


@pytest.mark.parametrize(("count", "size"), [(1, 64), (64, 64), (65, 128)])
def test_every_row_opens_from_what_is_kept(count: int, size: int) -> None:
    sealed = seal_list(KIND, rows(count))
    kept = sealed.kept(STATEMENT)
    assert len(kept) == count + 1
    named = json.loads(kept[f"manifest/{STATEMENT}"])
    leaves = tuple(bytes.fromhex(leaf) for leaf in named["leaves"])
    manifest = Manifest(leaves, tuple(named["places"]))
    assert len(leaves) == size and sorted(set(named["places"])) == sorted(named["places"])
    for number in range(count):
        record = json.loads(kept[f"record/{STATEMENT}/{number}"])
        secret = bytes.fromhex(record["k"])
        shown, paths = Record.seal(KIND, 1, secret, record["values"]).show(secret, ["donor"])
        assert dict((field.name, field.value) for field in shown)["donor"] == f"giver {number}"
        root = open_record(KIND, 1, shown, paths)
        check_manifest(sealed.manifest.value(), root, manifest.prove(number))


def test_rows_have_secrets_of_their_own() -> None:
    sealed = seal_list(KIND, rows(20))
    assert len(set(sealed.secret)) == 20
    assert sealed.manifest != seal_list(KIND, rows(20)).manifest


def test_a_field_opens_with_its_own_salt_alone() -> None:
    values = {"contact": "0000-1", "donor": "somebody", "reference": "r1"}
    sealed = seal("donation.receive", values)
    record = json.loads(sealed.kept(STATEMENT)[f"record/{STATEMENT}"])
    assert record["values"] == values and bytes.fromhex(record["k"]) == sealed.secret
    other = seal("donation.receive", values)
    assert other.seals != sealed.seals
    with pytest.raises(CheckError):
        check_seal({**sealed.seals}, "donation.receive", 1, Shown("donor", "somebody", bytes(32)))


def test_a_tag_names_institution_reference_day_and_fund() -> None:
    tags = [
        reference_tag(b"k" * 32, "bank", "17", "2026-11-10"),
        reference_tag(b"k" * 32, "bank", "18", "2026-11-10"),
        reference_tag(b"k" * 32, "bank", "17", "2026-11-11"),
        reference_tag(b"k" * 32, "other", "17", "2026-11-10"),
        reference_tag(b"l" * 32, "bank", "17", "2026-11-10"),
        reference_tag(b"k" * 32, "bank1", "7", "2026-11-10"),
    ]
    assert len(set(tags)) == len(tags)
    assert tags[0] == reference_tag(b"k" * 32, "bank", "17", "2026-11-10")
