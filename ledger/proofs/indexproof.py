"""Index proofs: "these are all entries about X", in the order of the log.

    {"entries":[[3,"eyJi.."],[13,"eyJi.."]],"proof":<state proof of the index row>,
     "type":"index-proof","v":1}

Table `index` of the state holds for every subject X (`lot/..`, `fund/..`, `donation/..`,
`contract/..`, `gov`, `correction/..`) the row `[count, last index, root]`, root being the RFC 6962
root of the leaves `u64(index) || leaf hash`. A list that makes this root is the whole list: nothing
was left out, put in or moved. A subject without a row has no entries. `docs/spec/state-root.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.canon import ENTRY_MAX, Encodable, Value, b64decode, b64encode, decode, encode, is_hex
from ledger.errors import CheckError, FormatError
from ledger.indexes import index_leaf
from ledger.log import merkle
from ledger.log.trust import TrustFile
from ledger.proofs import fields
from ledger.proofs.stateproof import (
    PROOF_FILE_MAX,
    StateProof,
    StateShown,
    check_row,
    check_state_proof,
    read_state_proof,
    state_proof_value,
)

TABLE: Final = "index"
ENTRIES_MAX: Final = 65_536
"""Entries of one index proof; the file's size ends it earlier unless entries are tiny."""

_THING: Final = "index proof"


@dataclass(frozen=True, slots=True)
class IndexProof:
    """A parsed index proof: `(index, entry bytes)` of every entry, and the proof of the row."""

    entries: tuple[tuple[int, bytes], ...]
    proof: StateProof

    @property
    def subject(self) -> str:
        """What the entries are about: the key of the row."""
        return self.proof.key


# --- reading and writing


def parse_index_proof(data: bytes) -> IndexProof:
    """The index proof in a file. `FormatError`; nothing is checked but its form."""
    return read_index_proof(decode(data, size_max=PROOF_FILE_MAX), inside=False)


def read_index_proof(value: Value, *, inside: bool) -> IndexProof:
    """The index proof in a decoded value; `inside` a receipt its row has no `batch` of its own."""
    found = fields.exactly(value, _THING, "", ("entries", "proof", "type", "v"))
    fields.check_type(found, _THING, "index-proof")
    entries: list[tuple[int, bytes]] = []
    for number, each in enumerate(fields.items(found["entries"], _THING, "entries", ENTRIES_MAX)):
        where = f"entries[{number}]"
        pair = fields.items(each, _THING, where, 2)
        if len(pair) != 2:
            raise FormatError(_THING, "not an index and an entry", where=where)
        index = fields.whole(pair[0], _THING, where)
        if entries and index <= entries[-1][0]:
            raise FormatError(_THING, "the indexes do not rise", where=where)
        entry = b64decode(fields.text(pair[1], _THING, where), thing=f"{_THING} {where}")
        if len(entry) > ENTRY_MAX:
            raise FormatError(_THING, f"{len(entry):,} bytes", where=where)
        entries.append((index, entry))
    return IndexProof(tuple(entries), read_state_proof(found["proof"], inside=inside))


def format_index_proof(proof: IndexProof) -> bytes:
    """The file that `parse_index_proof` reads; the row's proof has its `batch`."""
    data = encode(index_proof_value(proof))
    parse_index_proof(data)  # what we write, we can read
    return data


def index_proof_value(proof: IndexProof) -> dict[str, Encodable]:
    """The proof as a value, for files that hold it."""
    return {
        "entries": [[index, b64encode(entry)] for index, entry in proof.entries],
        "proof": state_proof_value(proof.proof),
        "type": "index-proof",
        "v": 1,
    }


def prove_index(entries: Sequence[tuple[int, bytes]], row: StateProof) -> IndexProof:
    """The index proof of all entries about a subject; `CheckError` when they do not fit the row."""
    proof = IndexProof(tuple(entries), row)
    _check_entries(proof)
    return proof


# --- checking


def read_index_row(row: Value) -> tuple[int, int, bytes]:
    """(count, last index, root) of a row of the index; `CheckError` for any other value."""
    if isinstance(row, list) and len(row) == 3:
        count, last, root = row
        if type(count) is int and type(last) is int and count > 0 and is_hex(root, 32):
            return count, last, bytes.fromhex(str(root))
    raise CheckError(_THING, "the row is not [count, last index, root]")


def check_index(proof: IndexProof, state_root: bytes) -> None:
    """Raise `CheckError` unless the entries are all entries about the subject, under a state root
    that is known by other means.
    """
    check_row(proof.proof, state_root)
    _check_entries(proof)


def check_index_proof(proof: IndexProof, trust: TrustFile, *, now: int | None = None) -> StateShown:
    """What an index-proof file shows: its row as `stateproof.check_state_proof` says, and that the
    entries are all there are. `CheckError` when anything does not hold.
    """
    shown = check_state_proof(proof.proof, trust, now=now)
    _check_entries(proof)
    return shown


def _check_entries(proof: IndexProof) -> None:
    if proof.proof.table != TABLE:
        raise CheckError(_THING, f"the row is of table {proof.proof.table[:64]}, not {TABLE}")
    if proof.proof.row is None:
        if proof.entries:
            raise CheckError(_THING, f"{proof.subject} has no row, and entries are shown")
        return
    count, last, root = read_index_row(proof.proof.row)
    leaves = [index_leaf(index, merkle.leaf_hash(entry)) for index, entry in proof.entries]
    if len(leaves) != count or proof.entries[-1][0] != last or merkle.root(leaves) != root:
        raise CheckError(_THING, f"the entries shown are not all {count} about {proof.subject}")
