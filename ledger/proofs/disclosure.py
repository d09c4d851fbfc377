"""Seals, records and manifests: how a field stays hidden in the log and is shown later, alone.

Rule: nothing about a person stands in a logged byte. A *seal* binds a named value under a salt of
256 bits, so that nobody can try out names or numbers. All salts of one record follow from its
secret k, which stays in a vault: showing a field hands out its salt, showing k shows everything,
and destroying k in every vault makes the seals mean nothing for ever.

    salt          = HMAC-SHA-256(k, "relief/salt/v1" || 00 || name)
    seal          = H("relief/seal/v1" || 00 || salt || canonical [name, value])
    record root   = RFC 6962 root of the seals by name (each the 32 bytes of a leaf)
    manifest root = RFC 6962 root of the record roots (likewise), shuffled, padded with random
                    32-byte dummies to a power of two, 64 or more

A list of many records is logged as `"manifest":{"root","size"}` in the statement's body; a
statement's own sealed fields stand in `body.seals`. Specification: `docs/spec/disclosure.md`.

Random bytes (k, dummies, the order of the shuffle) are arguments: this package makes none.

    >>> k = bytes(32)
    >>> record = Record.seal("donation.list", 1, k, {"amount": 700, "donor": "d-2", "offset": 0})
    >>> record.root.hex()[:16]
    '4607bbfb16bb9d9f'
    >>> shown, paths = record.show(k, ["donor"])
    >>> [field.name for field in shown]
    ['amount', 'donor', 'offset']
    >>> open_record("donation.list", 1, shown, paths) == record.root
    True
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ledger import canon
from ledger.errors import CheckError, FormatError
from ledger.log import merkle

SECRET_SIZE: Final = 32
SALT_SIZE: Final = 32

MANIFEST_MIN: Final = 64
"""Leaves of the smallest manifest: a list of one looks like a list of sixty-four."""
MANIFEST_MAX: Final = 2**20
"""Leaves of the largest manifest."""

Field = int | str
"""The value of a sealed field. A missing one is sealed as the empty text."""

RECORD_FIELDS: Final[Mapping[tuple[str, int], tuple[str, ...]]] = {
    ("disbursement.handout", 1): ("lines", "tag"),
    ("donation.list", 1): ("amount", "donor", "offset", "reference"),
}
"""(kind, v) -> names of a record's fields, in byte order: the place of a name is its leaf."""

SEALED_FIELDS: Final[Mapping[tuple[str, int], tuple[str, ...]]] = {
    ("case.appeal", 1): ("words",),
    ("case.decide", 1): ("words",),
    ("case.open", 1): ("contact", "words"),
    ("case.respond", 1): ("words",),
    ("donation.receive", 1): ("contact", "donor", "reference"),
    ("household.enrol", 1): ("address", "document", "name", "phone"),
    ("stock.receive", 1): ("donor",),
}
"""(kind, v) -> names that may stand in `body.seals`, in byte order."""

NUMBERS: Final[Mapping[tuple[str, int], tuple[str, ...]]] = {
    ("donation.list", 1): ("amount", "offset"),
}
"""(kind, v) -> fields whose value is an integer and which every receipt of a record shows: they
are the record's place on the fund line, its identity."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A field that is shown: its name, value, and salt (32 bytes)."""

    name: str
    value: Field
    salt: bytes


@dataclass(frozen=True, slots=True)
class Path:
    """The place of a leaf and its inclusion path, the leaf's sibling first."""

    index: int
    path: tuple[bytes, ...]


# --- seals ----------------------------------------------------------------------------------------


def field_salt(k: bytes, name: str) -> bytes:
    """The salt of the field `name` under the record secret `k`, 32 bytes each."""
    if len(k) != SECRET_SIZE:
        raise FormatError("record secret", f"{len(k)} bytes, not {SECRET_SIZE}")
    return hmac.digest(k, b"relief/salt/v1\0" + name.encode(), "sha256")


def seal(name: str, value: Field, salt: bytes) -> bytes:
    """The 32-byte seal of a named value."""
    if len(salt) != SALT_SIZE:
        raise FormatError("salt", f"{len(salt)} bytes, not {SALT_SIZE}")
    return sha256(b"relief/seal/v1\0" + salt + canon.encode([name, value])).digest()


def seal_fields(kind: str, v: int, k: bytes, values: Mapping[str, Field]) -> dict[str, str]:
    """`body.seals` of a statement: {name: hex seal} of every field this kind seals."""
    return {name: each.hex() for name, each in _seals(SEALED_FIELDS, kind, v, k, values).items()}


def check_seal(seals: Mapping[str, canon.Value], kind: str, v: int, shown: Shown) -> None:
    """Raise `CheckError` unless `shown` is what `seals` (`body.seals`) holds under its name."""
    if shown.name not in SEALED_FIELDS.get((kind, v), ()):
        raise CheckError("seal", f"{kind} {v} seals no field {shown.name}")
    if seals.get(shown.name) != seal(shown.name, shown.value, shown.salt).hex():
        raise CheckError("seal", f"the value shown for {shown.name} does not make the seal logged")


def _seals(
    table: Mapping[tuple[str, int], tuple[str, ...]],
    kind: str,
    v: int,
    k: bytes,
    values: Mapping[str, Field],
) -> dict[str, bytes]:
    names = table.get((kind, v))
    if names is None:
        raise FormatError("sealed fields", f"{kind} {v} seals none in this way")
    if unknown := sorted(set(values) - set(names)):
        raise FormatError("sealed fields", f"{kind} {v} has no field {unknown[0]}")
    for name in NUMBERS.get((kind, v), ()):
        if type(values.get(name)) is not int:
            raise FormatError("sealed fields", "an integer is wanted", where=name)
    return {name: seal(name, values.get(name, ""), field_salt(k, name)) for name in names}


# --- records --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """A sealed record: its fields in byte order, and their seals. For those who may see it all."""

    kind: str
    v: int
    values: tuple[tuple[str, Field], ...]
    seals: tuple[bytes, ...]

    @classmethod
    def seal(cls, kind: str, v: int, k: bytes, values: Mapping[str, Field]) -> "Record":
        """Seal a record of a manifest of this kind; fields that are left out are sealed as ""."""
        seals = _seals(RECORD_FIELDS, kind, v, k, values)
        named = tuple((name, values.get(name, "")) for name in seals)
        return cls(kind, v, named, tuple(seals.values()))

    @property
    def root(self) -> bytes:
        """The record root, 32 bytes: what stands in the manifest."""
        return merkle.root([merkle.leaf_hash(each) for each in self.seals])

    def show(self, k: bytes, names: Collection[str]) -> tuple[list[Shown], list[Path]]:
        """The named fields with their salts, by name, and the path of each to the record root.

        Fields that every receipt shows are added.
        """
        wanted = [*names, *NUMBERS.get((self.kind, self.v), ())]
        if unknown := [name for name in wanted if name not in dict(self.values)]:
            raise FormatError("sealed fields", f"the record has no field {unknown[0]}")
        shown, paths = [], []
        for index, (name, value) in enumerate(self.values):
            if name in wanted:
                shown.append(Shown(name, value, field_salt(k, name)))
                paths.append(_prove(self.seals, index))
        return shown, paths


def open_record(kind: str, v: int, shown: Sequence[Shown], paths: Sequence[Path]) -> bytes:
    """The record root to which every field shown leads; one path each, in the same order.

    `CheckError` when they do not lead to one root, stand in another place than their name's, or
    leave out a field that is always shown.
    """
    names = RECORD_FIELDS.get((kind, v))
    if names is None:
        raise CheckError("record", f"{kind} {v} has no manifest")
    if not shown or len(shown) != len(paths):
        raise CheckError("record", f"{len(shown)} fields shown, {len(paths)} paths")
    missing = [name for name in NUMBERS.get((kind, v), ()) if name not in [s.name for s in shown]]
    if missing:
        raise CheckError("record", f"{missing[0]} is always shown, and is not here")
    roots = []
    for field, path in zip(shown, paths, strict=True):
        if field.name not in names or names.index(field.name) != path.index:
            raise CheckError("record", f"{field.name} is not field {path.index} of {kind} {v}")
        number = field.name in NUMBERS.get((kind, v), ())
        if type(field.value) is not (int if number else str):
            wanted = "an integer" if number else "text"
            raise CheckError("record", f"the value of {field.name} is not {wanted}")
        leaf = merkle.leaf_hash(seal(field.name, field.value, field.salt))
        roots.append(merkle.fold_inclusion(leaf, path.index, len(names), path.path))
    if roots != roots[:1] * len(roots):
        raise CheckError("record", "the fields shown are not of one record")
    return roots[0]


def row_id(statement: str, offset: int, amount: int) -> str:
    """The name of a row of a donation list: `{statement id}/{offset}-{amount}`, in decimal.

    Corrections and draws name a row so; `offset` counts from the list's own start.
    """
    return f"{statement}/{offset}-{amount}"


# --- manifests ------------------------------------------------------------------------------------


def manifest_size(records: int) -> int:
    """Leaves of the manifest for so many records: a power of two, at least 64."""
    size = max(MANIFEST_MIN, 1 << max(records - 1, 0).bit_length())
    if size > MANIFEST_MAX:
        raise FormatError("manifest", f"{records} records, at most {MANIFEST_MAX}")
    return size


@dataclass(frozen=True, slots=True)
class Manifest:
    """A shuffled, padded list of record roots. `places[i]` is the leaf of record i."""

    leaves: tuple[bytes, ...]
    places: tuple[int, ...]

    @classmethod
    def make(
        cls, records: Sequence[bytes], *, order: Sequence[int], dummies: Sequence[bytes]
    ) -> "Manifest":
        """The manifest of record roots (32 bytes each).

        `order` is a random permutation of range(size): the record, then dummy, number i goes to
        leaf `order[i]`. `dummies` are the random 32-byte leaves that fill the size up. Both must
        come from a cryptographic source: else places and padding could be guessed.
        """
        size = manifest_size(len(records))
        filled = [*records, *dummies]
        if len(filled) != size or any(len(each) != merkle.HASH_SIZE for each in filled):
            raise FormatError("manifest", f"not {size} leaves of 32 bytes")
        if sorted(order) != list(range(size)):
            raise FormatError("manifest", f"the order is no permutation of 0 to {size - 1}")
        leaves = [b""] * size
        for each, place in zip(filled, order, strict=True):
            leaves[place] = each
        return cls(tuple(leaves), tuple(order[: len(records)]))

    @property
    def root(self) -> bytes:
        """The manifest root, 32 bytes."""
        return merkle.root([merkle.leaf_hash(each) for each in self.leaves])

    def value(self) -> dict[str, canon.Value]:
        """`body.manifest` of the statement."""
        return {"root": self.root.hex(), "size": len(self.leaves)}

    def prove(self, record: int) -> Path:
        """The path of record number `record` (in the caller's order) to the root."""
        return _prove(self.leaves, self.places[record])


def parse_manifest(value: canon.Value) -> tuple[bytes, int]:
    """(root, size) of `body.manifest`; FormatError unless size is a power of two, 64 or more."""
    if not isinstance(value, dict) or set(value) != {"root", "size"}:
        raise FormatError("manifest", "not exactly root and size")
    root = canon.hex_decode(value["root"], merkle.HASH_SIZE, thing="manifest root")
    size = value["size"]
    if type(size) is not int or not MANIFEST_MIN <= size <= MANIFEST_MAX or size & (size - 1):
        raise FormatError("manifest", f"size is no power of two from {MANIFEST_MIN} on")
    return root, size


def check_manifest(value: canon.Value, record_root: bytes, path: Path) -> None:
    """Raise unless `record_root` stands in `body.manifest` (its value) at `path`."""
    root, size = parse_manifest(value)
    merkle.check_inclusion(merkle.leaf_hash(record_root), path.index, size, path.path, root)


def _prove(leaves: Sequence[bytes], index: int) -> Path:
    hashes = [merkle.leaf_hash(each) for each in leaves]
    rows = [hashes]
    while len(rows[-1]) > 1:
        below = rows[-1]
        rows.append(
            [merkle.interior_hash(*pair) for pair in zip(below[::2], below[1::2], strict=False)]
        )
    path = merkle.prove_inclusion(lambda level, at: rows[level][at], index, len(leaves))
    return Path(index, tuple(path))
