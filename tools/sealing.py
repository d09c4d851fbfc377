"""Sealing: what the vault keeps so that a sealed field can be shown later, and showing it.

    sealed = seal("donation.receive", {"donor": name, "reference": number})
    statement = ..                              # its body holds sealed.seals
    vault.put_many(sealed.kept(statement.id))   # before it is sent
    show_fields(vault, receipt, statement.id, ["donor"])

Rule: the vault is written before the statement is sent; a statement whose secret is lost can never
be opened by anybody. Names of records: `record/{statement id}` and `record/{statement id}/{row}`
hold the secret and the values, `manifest/{statement id}` the shuffled leaves of a list. The
seals themselves are `ledger.proofs.disclosure`; who has vault and key can read everything in it.
"""

import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.canon import encode
from ledger.indexes import correction_key
from ledger.proofs.disclosure import (
    SECRET_SIZE,
    Field,
    Manifest,
    Record,
    Shown,
    field_salt,
    manifest_size,
    row_id,
    seal_fields,
)
from ledger.proofs.receipt import Paths, Receipt
from nodes.grounds import Grounds
from nodes.vault import Vault

VERSION = 1


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed fields of one statement, before it is signed."""

    kind: str
    secret: bytes
    values: Mapping[str, Field]

    @property
    def seals(self) -> dict[str, str]:
        """`body.seals`."""
        return seal_fields(self.kind, VERSION, self.secret, self.values)

    def kept(self, statement: str) -> dict[str, bytes]:
        """What the vault keeps of it."""
        return {f"record/{statement}": _record(self.secret, self.values)}


def seal(kind: str, values: Mapping[str, Field]) -> Sealed:
    """Seal values under a fresh secret."""
    return Sealed(kind, secrets.token_bytes(SECRET_SIZE), values)


@dataclass(frozen=True, slots=True)
class SealedList:
    """The sealed rows of one statement, and the manifest that binds them."""

    kind: str
    secret: tuple[bytes, ...]
    rows: tuple[Mapping[str, Field], ...]
    manifest: Manifest

    def kept(self, statement: str) -> dict[str, bytes]:
        """What the vault keeps of it: each row by itself, so that one can be erased alone."""
        found = {
            f"record/{statement}/{number}": _record(secret, row)
            for number, (secret, row) in enumerate(zip(self.secret, self.rows, strict=True))
        }
        leaves = [leaf.hex() for leaf in self.manifest.leaves]
        found[f"manifest/{statement}"] = encode(
            {"leaves": leaves, "places": [*self.manifest.places]}
        )
        return found


def seal_list(kind: str, rows: Sequence[Mapping[str, Field]]) -> SealedList:
    """Seal rows, each under a secret of its own, shuffled among dummies."""
    secret = tuple(secrets.token_bytes(SECRET_SIZE) for _ in rows)
    roots = [Record.seal(kind, VERSION, k, row).root for k, row in zip(secret, rows, strict=True)]
    size = manifest_size(len(rows))
    order = list(range(size))
    secrets.SystemRandom().shuffle(order)
    dummies = [secrets.token_bytes(32) for _ in range(size - len(rows))]
    return SealedList(kind, secret, tuple(rows), Manifest.make(roots, order=order, dummies=dummies))


def _record(secret: bytes, values: Mapping[str, Field]) -> bytes:
    return encode({"k": secret.hex(), "values": {**values}})


def _read(vault: Vault, name: str) -> tuple[bytes, dict[str, Field]]:
    found = json.loads(vault.get(name))
    return bytes.fromhex(found["k"]), found["values"]


def reference_tag(key: bytes, institution: str, reference: str, day: str) -> str:
    """The tag of an external reference under its fund's reference key: not to be guessed."""
    said = encode([institution, reference, day])
    return hmac.digest(key, b"relief/reference/v1\0" + said, "sha256").hex()


# --- showing


def show_fields(vault: Vault, receipt: Receipt, statement: str, names: Sequence[str]) -> Receipt:
    """The receipt of a statement with these of its sealed fields shown."""
    secret, values = _read(vault, f"record/{statement}")
    shown = tuple(Shown(name, values[name], field_salt(secret, name)) for name in sorted(names))
    return replace(receipt, shown=shown)


def show_row(
    vault: Vault, grounds: Grounds, receipt: Receipt, row: tuple[str, str, int], *names: str
) -> Receipt:
    """The receipt of a list with one row shown; `row`: statement id, kind, number of the row."""
    statement, kind, number = row
    secret, values = _read(vault, f"record/{statement}/{number}")
    kept = json.loads(vault.get(f"manifest/{statement}"))
    leaves = tuple(bytes.fromhex(leaf) for leaf in kept["leaves"])
    manifest = Manifest(leaves, tuple(kept["places"]))
    shown, record = Record.seal(kind, VERSION, secret, values).show(secret, names)
    corrections = receipt.corrections
    offset, amount = values.get("offset"), values.get("amount")
    if isinstance(offset, int) and isinstance(amount, int):
        own = correction_key(row_id(statement, offset, amount))
        corrections += (grounds.prove_state("index", own, inside=True),)
    return replace(
        receipt,
        shown=tuple(shown),
        paths=Paths(manifest.prove(number), tuple(record)),
        corrections=corrections,
        corrected=grounds.corrected(corrections),
    )
