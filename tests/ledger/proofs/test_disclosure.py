"""Seals, records and manifests.

Goal: the vectors' salts, seals and roots; whatever is shown leads to the root that was logged, and
nothing else does: not another value, name, salt, place, record or size.
Method: vectors; lists built here, every single part of an opening changed in turn.
"""

import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canon import encode
from ledger.errors import CheckError, FormatError
from ledger.log import merkle
from ledger.proofs import disclosure
from ledger.proofs.disclosure import Manifest, Path, Record, Shown

LIST = ("donation.list", 1)
K = bytes(range(32))


@pytest.fixture(scope="module")
def seals(shared_vectors: File) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((shared_vectors / "receipt" / "seals.json").read_text())
    return data


# --- vectors


def test_vectors_of_a_record(seals: dict[str, Any]) -> None:
    manifest = seals["manifest"]
    assert manifest["records"]
    for each in manifest["records"]:
        k = bytes.fromhex(each["k"])
        values = {field["name"]: field["value"] for field in each["fields"]}
        record = Record.seal(manifest["kind"], manifest["v"], k, values)
        assert [s.hex() for s in record.seals] == [field["seal"] for field in each["fields"]]
        assert record.root.hex() == each["root"] == manifest["leaves"][each["index"]]
        shown, paths = record.show(k, list(values))
        assert [s.salt.hex() for s in shown] == [field["salt"] for field in each["fields"]]
        assert disclosure.open_record(*LIST, shown, paths) == record.root


def test_vectors_of_a_manifest(seals: dict[str, Any]) -> None:
    want = seals["manifest"]
    leaves = [bytes.fromhex(leaf) for leaf in want["leaves"]]
    places = [each["index"] for each in want["records"]]
    others = [n for n in range(64) if n not in places]
    manifest = Manifest.make(
        [leaves[n] for n in places],
        order=[*places, *others],
        dummies=[leaves[n] for n in others],
    )
    assert manifest.root.hex() == want["root"]
    assert manifest.value() == {"root": want["root"], "size": want["size"]}
    for number, place in enumerate(places):
        path = manifest.prove(number)
        assert path.index == place
        disclosure.check_manifest(manifest.value(), leaves[place], path)


def test_vectors_of_a_statement(seals: dict[str, Any]) -> None:
    want = seals["statement"]
    fields = want["fields"]
    values = {field["name"]: field["value"] for field in fields}
    made = disclosure.seal_fields(want["kind"], want["v"], bytes.fromhex(want["k"]), values)
    assert made == {field["name"]: field["seal"] for field in fields}
    for field in fields:
        shown = Shown(field["name"], field["value"], bytes.fromhex(field["salt"]))
        disclosure.check_seal(made, want["kind"], want["v"], shown)


# --- seals


def test_bytes_that_are_hashed() -> None:
    salt = hmac.new(K, b"relief/salt/v1\0donor", sha256).digest()
    assert disclosure.field_salt(K, "donor") == salt
    made = disclosure.seal("donor", "d-1", salt)
    assert made == sha256(b"relief/seal/v1\0" + salt + encode(["donor", "d-1"])).digest()


def test_left_out_is_sealed_as_empty_text() -> None:
    assert disclosure.seal_fields("donation.receive", 1, K, {}) == disclosure.seal_fields(
        "donation.receive", 1, K, {"contact": "", "donor": "", "reference": ""}
    )


REFUSED = {
    "kind without seals": ("stock.count", 1, {}),
    "unknown version": ("donation.receive", 2, {}),
    "unknown field": ("donation.receive", 1, {"name": "x"}),
    "field of a record": ("donation.list", 1, {"amount": 1, "offset": 0}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_only_known_fields_are_sealed(case: str) -> None:
    with pytest.raises(FormatError):
        disclosure.seal_fields(REFUSED[case][0], REFUSED[case][1], K, REFUSED[case][2])


@pytest.mark.parametrize("size", [0, 31, 33])
def test_secrets_and_salts_have_32_bytes(size: int) -> None:
    with pytest.raises(FormatError):
        disclosure.field_salt(bytes(size), "donor")
    with pytest.raises(FormatError):
        disclosure.seal("donor", "", bytes(size))


SHOWN = Shown("donor", "d-9", disclosure.field_salt(K, "donor"))
WRONG = {
    "value": replace(SHOWN, value="d-8"),
    "type of the value": replace(SHOWN, value=9),
    "name": replace(SHOWN, name="contact"),
    "no field of the kind": replace(SHOWN, name="phone"),
    "salt": replace(SHOWN, salt=disclosure.field_salt(K, "contact")),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_seal_opens_to_one_value_alone(wrong: str) -> None:
    made = disclosure.seal_fields("donation.receive", 1, K, {"donor": "d-9"})
    disclosure.check_seal(made, "donation.receive", 1, SHOWN)
    with pytest.raises(CheckError, match="seal"):
        disclosure.check_seal(made, "donation.receive", 1, WRONG[wrong])


def test_a_field_without_a_logged_seal_is_refused() -> None:
    with pytest.raises(CheckError):
        disclosure.check_seal({}, "donation.receive", 1, SHOWN)


# --- records


def record() -> Record:
    return Record.seal(*LIST, K, {"amount": 700, "donor": "d-2", "offset": 5000})


def test_a_record_shows_its_place_on_the_line_always() -> None:
    shown, paths = record().show(K, [])
    assert [(field.name, field.value) for field in shown] == [("amount", 700), ("offset", 5000)]
    assert [path.index for path in paths] == [0, 2]


Lie = Callable[[list[Shown], list[Path]], tuple[list[Shown], list[Path]]]


def at(n: int, **changes: Any) -> Lie:
    return lambda s, p: ([*s[:n], replace(s[n], **changes), *s[n + 1 :]], p)


def path_at(n: int, change: Callable[[Path], Path]) -> Lie:
    return lambda s, p: (s, [*p[:n], change(p[n]), *p[n + 1 :]])


# Shown are amount, donor, offset, in this order.
OTHER_SECRET = bytes(32)
LIES: dict[str, Lie] = {
    "another amount": at(0, value=701),
    "amount as text": at(0, value="700"),
    "amount as truth": at(0, value=True),
    "another donor": at(1, value="d-3"),
    "donor as a number": at(1, value=2),
    "another salt": at(1, salt=bytes(32)),
    "name of another field": at(1, name="reference"),
    "no field of the kind": at(1, name="tag"),
    "index of another field": path_at(1, lambda p: Path(3, p.path)),
    "path too short": path_at(1, lambda p: Path(p.index, p.path[:-1])),
    "path too long": path_at(1, lambda p: Path(p.index, (*p.path, bytes(32)))),
    "path reversed": path_at(1, lambda p: Path(p.index, p.path[::-1])),
    "amount left out": lambda s, p: (s[1:], p[1:]),
    "offset left out": lambda s, p: (s[:-1], p[:-1]),
    "nothing shown": lambda s, p: ([], []),
    "a path missing": lambda s, p: (s, p[:-1]),
    "a field of another record": lambda s, p: (
        [s[0], Record.seal(*LIST, OTHER_SECRET, {"amount": 1, "offset": 0}).show(OTHER_SECRET, ["donor"])[0][1], s[2]],
        p,
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_an_opening_of_a_record_can_not_be_altered(lie: str) -> None:
    mine = record()
    shown, paths = LIES[lie](*mine.show(K, ["donor"]))
    try:
        root = disclosure.open_record(*LIST, shown, paths)
    except CheckError:
        return
    assert root != mine.root, lie


def test_one_altered_field_alone_leads_elsewhere_and_is_told_apart() -> None:
    shown, paths = record().show(K, ["donor"])
    with pytest.raises(CheckError, match="not of one record"):
        disclosure.open_record(*LIST, [replace(shown[0], value=701), *shown[1:]], paths)


def test_kind_decides_the_fields() -> None:
    shown, paths = record().show(K, [])
    for kind, v in (("donation.list", 2), ("donation.receive", 1), ("disbursement.handout", 1)):
        with pytest.raises(CheckError, match="record"):
            disclosure.open_record(kind, v, shown, paths)


@pytest.mark.parametrize("values", [{}, {"amount": 1}, {"amount": "1", "offset": 0},
                                    {"amount": True, "offset": 0},
                                    {"amount": 1, "offset": 0, "tag": ""}])  # fmt: skip
def test_a_record_has_exactly_its_fields(values: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        Record.seal(*LIST, K, values)


def test_an_unknown_field_can_not_be_shown() -> None:
    with pytest.raises(FormatError, match="no field phone"):
        record().show(K, ["phone"])


# --- manifests


@pytest.mark.parametrize(
    ("records", "size"), [(0, 64), (1, 64), (64, 64), (65, 128), (128, 128), (35246, 65536)]
)
def test_manifests_are_padded(records: int, size: int) -> None:
    assert disclosure.manifest_size(records) == size


def test_manifests_have_a_limit() -> None:
    assert disclosure.manifest_size(disclosure.MANIFEST_MAX) == disclosure.MANIFEST_MAX
    with pytest.raises(FormatError):
        disclosure.manifest_size(disclosure.MANIFEST_MAX + 1)


def roots(count: int) -> list[bytes]:
    return [sha256(b"%d" % n).digest() for n in range(count)]


@given(
    st.integers(0, 130).flatmap(
        lambda n: st.tuples(st.just(n), st.permutations(range(disclosure.manifest_size(n))))
    )
)
def test_every_record_is_proved_wherever_it_was_put(drawn: tuple[int, list[int]]) -> None:
    count, order = drawn
    dummies = [sha256(b"d%d" % n).digest() for n in range(len(order) - count)]
    manifest = Manifest.make(roots(count), order=order, dummies=dummies)
    assert sorted(manifest.leaves) == sorted([*roots(count), *dummies])
    for number, root in enumerate(roots(count)):
        path = manifest.prove(number)
        assert path.index == order[number]
        disclosure.check_manifest(manifest.value(), root, path)


def test_a_manifest_can_not_be_altered() -> None:
    manifest = Manifest.make(roots(3), order=range(64), dummies=roots(64)[3:])
    value, path = manifest.value(), manifest.prove(1)
    disclosure.check_manifest(value, roots(3)[1], path)
    lies = [
        (value, roots(3)[0], path),
        (value, roots(3)[1], Path(0, path.path)),
        (value, roots(3)[1], Path(64, path.path)),
        (value, roots(3)[1], Path(1, path.path[:-1])),
        ({**value, "size": 128}, roots(3)[1], path),
        ({**value, "root": "00" * 32}, roots(3)[1], path),
    ]
    for lie in lies:
        with pytest.raises(CheckError):
            disclosure.check_manifest(*lie)


@pytest.mark.parametrize("size", [0, 1, 32, 63, 65, 96, 2**21, "64", True])
def test_sizes_that_are_no_manifests(size: Any) -> None:
    with pytest.raises(FormatError):
        disclosure.parse_manifest({"root": "00" * 32, "size": size})
    assert disclosure.parse_manifest({"root": "00" * 32, "size": 64}) == (bytes(32), 64)


@pytest.mark.parametrize("value", [{}, [], "", {"root": "00" * 32}, {"root": "00" * 31, "size": 64},
                                   {"root": "AA" * 32, "size": 64},
                                   {"root": "00" * 32, "size": 64, "x": 1}])  # fmt: skip
def test_values_that_are_no_manifests(value: Any) -> None:
    with pytest.raises(FormatError):
        disclosure.parse_manifest(value)


BAD_MAKES = {
    "too few dummies": (roots(3), range(64), roots(60)),
    "too many dummies": (roots(3), range(64), roots(62)),
    "a short dummy": (roots(3), range(64), [*roots(60), bytes(31)]),
    "a place twice": (roots(3), [0, *range(63)], roots(61)),
    "a place beyond": (roots(3), range(1, 65), roots(61)),
}


@pytest.mark.parametrize("case", BAD_MAKES)
def test_order_and_dummies_fit(case: str) -> None:
    records, order, dummies = BAD_MAKES[case]
    with pytest.raises(FormatError):
        Manifest.make(records, order=order, dummies=dummies)


def test_a_seal_is_a_leaf_not_a_leaf_hash() -> None:
    mine = record()
    assert mine.root == merkle.root([sha256(b"\0" + each).digest() for each in mine.seals])
