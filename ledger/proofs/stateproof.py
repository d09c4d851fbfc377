"""State proofs: one row of the state as of a checkpoint, or that there is no such row.

    {"batch":"c2sp.org/tlog-proof@v1\\nextra ..","key":"rice/site:A","row":"9500",
     "siblings":["459b..",".."],"table":"accounts","tables":["74f8..",".."],
     "type":"state-proof","v":1}

The way down: the checkpoint's last entry is a batch entry and names the state root; `tables` leads
from the state root to the table's root, `siblings` from there to the place where the key's row
stands. At that place stands the row itself (`row`, its value), or the row of another key (`other`,
its path p and row hash r, both hex), or nothing (neither). The last two prove absence; two rules
keep them honest. A place that holds another row must lie on the key's own way, so the bits walked
are always those of the key, and p differs from H(key) yet agrees with it as far as was walked.

Format and steps: `docs/spec/state-root.md`. A proof says "as of" its batch, never "now".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger import sparse, stateroot
from ledger.canon import Encodable, Value, decode, encode, hex_decode
from ledger.entry import BatchEntry, parse_entry
from ledger.errors import CheckError, FormatError
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, open_checkpoint_text
from ledger.log.proof import TlogProof, format_proof, parse_proof
from ledger.log.trust import Quorum, TrustFile
from ledger.proofs import fields
from ledger.stateroot import EMPTY, TABLES, PageReader

PROOF_FILE_MAX: Final = 4_194_304
"""Bytes of a state proof, an index proof or a receipt."""

SIBLINGS_MAX: Final = sparse.DEPTH_MAX

PROTOCOL: Final = 1
"""The state machine's version whose tables are known here."""

_THING: Final = "state proof"


@dataclass(frozen=True, slots=True)
class StateProof:
    """A parsed state proof; hashes are 32 bytes.

    `row` is the value of the key's row, `other` the `(p, r)` of another row in its place; both None
    when nothing stands there. `batch` proves the batch entry; None inside a receipt, where it
    stands once for all.
    """

    table: str
    key: str
    siblings: tuple[bytes, ...]
    tables: tuple[bytes, ...]
    row: Value | None = None
    other: tuple[bytes, bytes] | None = None
    batch: TlogProof | None = None

    @property
    def is_present(self) -> bool:
        """Whether the proof, if it holds, shows a row (else that there is none)."""
        return self.row is not None


@dataclass(frozen=True, slots=True)
class StateShown:
    """What a state proof has shown: the row of `key` (None: there is none) as of `batch`.

    `quorum` vouches for the checkpoint. Unless enough mirrors are among it, the state root is
    claimed by the log and was not re-executed by others.
    """

    table: str
    key: str
    row: Value | None
    batch: BatchEntry
    checkpoint: Checkpoint
    quorum: Quorum


# --- reading and writing


def parse_state_proof(data: bytes) -> StateProof:
    """The state proof in a file. `FormatError`; nothing is checked but its form."""
    return read_state_proof(decode(data, size_max=PROOF_FILE_MAX), inside=False)


def read_state_proof(value: Value, *, inside: bool) -> StateProof:
    """The state proof in a decoded value; `inside` a receipt it has no `batch` of its own."""
    wanted = ["key", "siblings", "table", "tables", "type", "v", *([] if inside else ["batch"])]
    found = fields.exactly(value, _THING, "", wanted, ("row", "other"))
    fields.check_type(found, _THING, "state-proof")
    if "row" in found and "other" in found:
        raise FormatError(_THING, "row and other exclude each other")
    key = fields.text(found["key"], _THING, "key")
    sparse.path_of(key)
    other = None
    if "other" in found:
        parts = fields.exactly(found["other"], _THING, "other", ("p", "r"))
        p, r = (hex_decode(parts[name], 32, thing=f"{_THING} other") for name in ("p", "r"))
        other = p, r
    batch = None
    if not inside:
        batch = parse_proof(fields.text(found["batch"], _THING, "batch").encode())
        open_batch(batch)
    return StateProof(
        table=fields.text(found["table"], _THING, "table"),
        key=key,
        siblings=fields.hashes(found["siblings"], _THING, "siblings", SIBLINGS_MAX),
        tables=fields.hashes(found["tables"], _THING, "tables", merkle.PATH_MAX),
        row=found.get("row"),
        other=other,
        batch=batch,
    )


def format_state_proof(proof: StateProof) -> bytes:
    """The file that `parse_state_proof` reads; the proof has its `batch`."""
    data = encode(state_proof_value(proof))
    parse_state_proof(data)  # what we write, we can read
    return data


def state_proof_value(proof: StateProof) -> dict[str, Encodable]:
    """The proof as a value, for files that hold it."""
    value: dict[str, Encodable] = {
        "key": proof.key,
        "siblings": [each.hex() for each in proof.siblings],
        "table": proof.table,
        "tables": [each.hex() for each in proof.tables],
        "type": "state-proof",
        "v": 1,
    }
    if proof.row is not None:
        value["row"] = proof.row
    if proof.other is not None:
        value["other"] = {"p": proof.other[0].hex(), "r": proof.other[1].hex()}
    if proof.batch is not None:
        value["batch"] = format_proof(proof.batch).decode()
    return value


# --- proving


def prove_row(
    reader: PageReader, table: str, key: str
) -> tuple[tuple[bytes, ...], tuple[bytes, bytes] | None]:
    """The siblings on the way of `key` through a table, root first, and the row `(p, r)` at its
    end: that of the key, of another key, or None.
    """
    path = sparse.path_of(key)
    number = stateroot.page_number(reader, table, path, 0)
    depth = number.bit_length() - 1
    siblings: list[bytes] = []
    for level in range(depth - 1, -1, -1):
        value = reader.hash(table, number >> level ^ 1)
        if value is None:
            raise stateroot.damaged(table, number >> level ^ 1)
        siblings.append(value[1:])
    rows = stateroot.rows_of(reader.page(table, number))
    inside, row = sparse.walk(rows, path, depth)
    return (*siblings, *inside), None if row is None else (row[:32], row[32:])


def prove_table(table_roots: Mapping[str, bytes], table: str) -> tuple[bytes, ...]:
    """The path of a table in the state root, the leaf's sibling first (RFC 6962 2.1.1)."""
    leaves = stateroot.table_leaves(table_roots)

    def subtree(level: int, index: int) -> bytes:
        return merkle.root(leaves[index << level : (index + 1) << level])

    return tuple(merkle.prove_inclusion(subtree, TABLES.index(table), len(leaves)))


def prove_state(
    reader: PageReader,
    table_roots: Mapping[str, bytes],
    table: str,
    key: str,
    value: Value | None,
    *,
    batch: TlogProof | None = None,
) -> StateProof:
    """The proof of a row, or of its absence, in the state that `reader` and `table_roots` show.

    `value` is the row's value as stored, None when there is none: `CheckError` when the pages say
    otherwise, because then rows and pages have come apart and no proof would hold.
    """
    siblings, found = prove_row(reader, table, key)
    path = sparse.path_of(key)
    mine = found is not None and found[0] == path
    expected = None if value is None else (path, sparse.row_hash(key, encode(value)))
    if mine != (value is not None) or (mine and found != expected):
        raise CheckError("state pages", f"table {table}: row and page of {key} disagree; rebuild")
    return StateProof(
        table=table,
        key=key,
        siblings=siblings,
        tables=prove_table(table_roots, table),
        row=value,
        other=None if mine else found,
        batch=batch,
    )


# --- checking


def check_row(proof: StateProof, state_root: bytes) -> None:
    """Raise `CheckError` unless the proof leads to `state_root`, which is known by other means."""
    if proof.table not in TABLES:
        raise CheckError(_THING, f"protocol {PROTOCOL} has no table {proof.table[:64]}")
    path = sparse.path_of(proof.key)
    if proof.row is not None:
        start = sparse.row_leaf(path, sparse.row_hash(proof.key, encode(proof.row)))
    elif proof.other is not None:
        p, r = proof.other
        if p == path:
            raise CheckError(_THING, f"{proof.key}: its own row is shown as another's")
        shared = sparse.DEPTH_MAX - (_number(p) ^ _number(path)).bit_length()
        if shared < len(proof.siblings):
            raise CheckError(_THING, f"{proof.key}: the other row is not on the way of the key")
        start = sparse.row_leaf(p, r)
    else:
        start = EMPTY
    root = sparse.fold(path, start, proof.siblings)
    leaf = stateroot.table_leaf(proof.table, root)
    try:
        merkle.check_inclusion(
            leaf, TABLES.index(proof.table), len(TABLES), proof.tables, state_root
        )
    except CheckError as error:
        raise CheckError(_THING, f"{proof.table} {proof.key}: {error.why}") from None


def check_state_proof(proof: StateProof, trust: TrustFile, *, now: int | None = None) -> StateShown:
    """What a state-proof file shows. `CheckError` when anything does not hold.

    In this order: the log's signature and the sizes the trust file is for; the quorum; the batch
    entry, last under the checkpoint; the way from its state root to the key. `now` (Unix seconds)
    sorts out cosignatures from the future.
    """
    if proof.batch is None:
        raise CheckError(_THING, "it has no batch of its own: check it with its receipt")
    checkpoint, note = trust.check_log(proof.batch.checkpoint)
    quorum = trust.quorum_of(note, now=now)
    batch = check_batch(proof.batch, checkpoint)
    check_row(proof, batch.state_root)
    return StateShown(proof.table, proof.key, proof.row, batch, checkpoint, quorum)


def open_batch(proof: TlogProof) -> BatchEntry:
    """The batch entry that a proof carries; `FormatError` when it carries none."""
    open_checkpoint_text(proof.checkpoint)
    if proof.extra is None:
        raise FormatError("proof of the batch entry", "no extra line with the entry")
    entry = parse_entry(proof.extra)
    if not isinstance(entry, BatchEntry):
        raise FormatError("proof of the batch entry", "the entry is not one of type batch")
    return entry


def check_batch(proof: TlogProof, checkpoint: Checkpoint) -> BatchEntry:
    """The batch entry that closes `checkpoint`, which the caller has checked.

    Only the last entry's state root is the state of the checkpoint, and only it counts the batch:
    `CheckError` when the entry is not the last, is not under the checkpoint, or miscounts.
    """
    batch = open_batch(proof)
    if proof.index != checkpoint.size - 1 or batch.first + batch.count != proof.index:
        raise CheckError("batch entry", f"it is not the last of {checkpoint.size} entries")
    if batch.protocol != PROTOCOL:
        raise CheckError("batch entry", f"protocol {batch.protocol} is not known here")
    assert proof.extra is not None  # open_batch has read it
    leaf = merkle.leaf_hash(proof.extra)
    try:
        merkle.check_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
    except CheckError as error:
        raise CheckError("batch entry", error.why) from None
    return batch


def _number(path: bytes) -> int:
    return int.from_bytes(path, "big")
