"""Receipts: a proof for a person, and what it discloses, in one file.

    {"batch":"c2sp.org/tlog-proof@v1\\nextra ..","corrections":[<state proof>],
     "proof":"c2sp.org/tlog-proof@v1\\nextra ..","shown":[["donor","d-9","3406.."]],
     "signers":[<state proof>],"type":"receipt","v":1}

A receipt is about one statement or auto entry. It carries the entry with its place in the log
(`proof`), the state after it (`batch`, the checkpoint's last entry), the key row of every signer,
the fields that are shown with their salts, and for each name under which a correction would be
found the proof that there is none, or one. All its parts stand under one checkpoint.

This module reads and writes the form; `ledger.proofs.receiptcheck` says what it proves. The form is
that of `docs/spec/receipt.md`: canonical JSON, at most 4 MiB, unknown fields refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ledger.canon import ENTRY_MAX, Encodable, Value, b64decode, b64encode, decode, encode
from ledger.codes import Code
from ledger.entry import AutoEntry, BatchEntry, StatementEntry, parse_entry
from ledger.envelope import SIGNERS_MAX
from ledger.errors import FormatError
from ledger.indexes import correction_key
from ledger.log.checkpoint import open_checkpoint_text
from ledger.log.merkle import PATH_MAX
from ledger.log.proof import TlogProof, format_proof, parse_proof
from ledger.proofs import disclosure, fields
from ledger.proofs.disclosure import Path, Shown
from ledger.proofs.indexproof import IndexProof, index_proof_value, read_index_proof
from ledger.proofs.stateproof import (
    PROOF_FILE_MAX,
    StateProof,
    open_batch,
    read_state_proof,
    state_proof_value,
)

SHOWN_MAX: Final = 16
"""Fields that one receipt shows."""

_THING: Final = "receipt"
_WANTED: Final = ("batch", "corrections", "proof", "shown", "signers", "type", "v")
_OPTIONAL: Final = ("corrected", "entry", "gov", "line", "paths", "posted")


@dataclass(frozen=True, slots=True)
class Paths:
    """From the fields shown to their record root, one each, and from there to the manifest root."""

    manifest: Path
    record: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """`body.rows[number]`, from 0, is the row of this tag."""

    number: int
    tag: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: as parsed, its form is good and nothing in it is proved yet; to make one, fill
    the fields and call `format_receipt`.

    `entry` are the entry's bytes, wherever they stood; `posted` proves the entry that posted a held
    one; `corrected` lists the entries that correct, and is about the last of `corrections` that has
    a row; `gov` lists the governance entries.
    """

    proof: TlogProof
    entry: bytes
    batch: TlogProof
    signers: tuple[StateProof, ...]
    corrections: tuple[StateProof, ...]
    shown: tuple[Shown, ...] = ()
    paths: Paths | None = None
    line: Line | None = None
    posted: TlogProof | None = None
    corrected: IndexProof | None = None
    gov: IndexProof | None = None


def open_entry(data: bytes) -> StatementEntry | AutoEntry:
    """The entry that a receipt may be about; `FormatError` for a batch entry."""
    entry = parse_entry(data)
    if isinstance(entry, BatchEntry):
        raise FormatError(_THING, "a batch entry is no subject of a receipt", where="entry")
    return entry


def correction_subjects(
    entry: StatementEntry | AutoEntry, origin: str, shown: Sequence[Shown], paths: Paths | None
) -> list[str]:
    """The keys of table `index` under which a correction of what is shown would be found.

    The statement's own; for a row of a donation list the row's as well, since a correction that
    names the row alone does not touch the list.
    """
    if isinstance(entry, AutoEntry):
        return [correction_key(entry.id(origin))]
    statement = entry.statement
    subjects = [correction_key(statement.id)]
    if paths is not None and (statement.kind, statement.v) in disclosure.NUMBERS:
        numbers = {field.name: field.value for field in shown}
        amount, offset = numbers.get("amount"), numbers.get("offset")
        if isinstance(amount, int) and isinstance(offset, int):
            subjects.append(correction_key(disclosure.row_id(statement.id, offset, amount)))
    return subjects


# --- reading --------------------------------------------------------------------------------------


def parse_receipt(data: bytes) -> Receipt:
    """The receipt in a file: step 1. `FormatError`; nothing is checked but its form."""
    found = fields.exactly(decode(data, size_max=PROOF_FILE_MAX), _THING, "", _WANTED, _OPTIONAL)
    fields.check_type(found, _THING, "receipt")
    proof = _read_proof(found["proof"], "proof")
    entry = proof.extra
    if (entry is None) != ("entry" in found):
        raise FormatError(_THING, "the entry stands in proof or beside it, once", where="entry")
    if entry is None:
        entry = b64decode(fields.text(found["entry"], _THING, "entry"), thing="receipt entry")
        if len(entry) > ENTRY_MAX:
            raise FormatError(_THING, f"{len(entry):,} bytes", where="entry")
    opened = open_entry(entry)
    batch = _read_proof(found["batch"], "batch")
    open_batch(batch)
    posted = None
    if "posted" in found:
        posted = _read_proof(found["posted"], "posted")
        if opened.outcome["code"] != Code.HELD:
            raise FormatError(_THING, "only a held entry is posted by another", where="posted")
        if posted.extra is None:
            raise FormatError(_THING, "no extra line with the entry", where="posted")
        open_entry(posted.extra)
    shown = _read_shown(found["shown"])
    paths = _read_paths(found["paths"], len(shown)) if "paths" in found else None
    line = _read_line(found["line"]) if "line" in found else None
    if line is not None and (shown or paths is not None):
        raise FormatError(_THING, "with a line no field is shown", where="line")
    return Receipt(
        proof=proof,
        entry=entry,
        batch=batch,
        signers=_read_states(found["signers"], "signers", 2 * SIGNERS_MAX),
        corrections=_read_states(found["corrections"], "corrections", 2),
        shown=shown,
        paths=paths,
        line=line,
        posted=posted,
        corrected=_read_index(found, "corrected"),
        gov=_read_index(found, "gov"),
    )


def _read_proof(value: Value, where: str) -> TlogProof:
    proof = parse_proof(fields.text(value, _THING, where).encode())
    open_checkpoint_text(proof.checkpoint)
    return proof


def _read_states(value: Value, where: str, most: int) -> tuple[StateProof, ...]:
    listed = fields.items(value, _THING, where, most)
    return tuple(read_state_proof(each, inside=True) for each in listed)


def _read_index(found: dict[str, Value], where: str) -> IndexProof | None:
    return read_index_proof(found[where], inside=True) if where in found else None


def _read_shown(value: Value) -> tuple[Shown, ...]:
    shown: list[Shown] = []
    for number, each in enumerate(fields.items(value, _THING, "shown", SHOWN_MAX)):
        where = f"shown[{number}]"
        triple = fields.items(each, _THING, where, 3)
        if len(triple) != 3:
            raise FormatError(_THING, "not a name, a value and a salt", where=where)
        name, field = fields.text(triple[0], _THING, where), triple[1]
        if not isinstance(field, int | str) or isinstance(field, bool):
            raise FormatError(_THING, "a value is text or an integer", where=where)
        if shown and name.encode() <= shown[-1].name.encode():
            raise FormatError(_THING, "fields are not sorted by name", where=where)
        (salt,) = fields.hashes([triple[2]], _THING, where, 1)
        shown.append(Shown(name, field, salt))
    return tuple(shown)


def _read_paths(value: Value, count: int) -> Paths:
    found = fields.exactly(value, _THING, "paths", ("manifest", "record"))
    record = fields.items(found["record"], _THING, "paths.record", SHOWN_MAX)
    if len(record) != count:
        raise FormatError(_THING, "not one path for each field shown", where="paths.record")
    return Paths(
        _read_path(found["manifest"], "paths.manifest"),
        tuple(_read_path(each, "paths.record") for each in record),
    )


def _read_path(value: Value, where: str) -> Path:
    found = fields.exactly(value, _THING, where, ("index", "path"))
    index = fields.whole(found["index"], _THING, where)
    return Path(index, fields.hashes(found["path"], _THING, where, PATH_MAX))


def _read_line(value: Value) -> Line:
    found = fields.exactly(value, _THING, "line", ("number", "tag"))
    number = fields.whole(found["number"], _THING, "line.number")
    return Line(number, fields.text(found["tag"], _THING, "line.tag"))


# --- writing --------------------------------------------------------------------------------------


def format_receipt(receipt: Receipt) -> bytes:
    """The file that `parse_receipt` reads.

    State proofs may come with a `batch` of their own; it is left out here. `FormatError` when the
    parts do not make a receipt; whether it would be believed says `receiptcheck.check_receipt`.
    """
    value: dict[str, Encodable] = {
        "batch": format_proof(receipt.batch).decode(),
        "corrections": [_state_value(each) for each in receipt.corrections],
        "proof": format_proof(receipt.proof).decode(),
        "shown": [[each.name, each.value, each.salt.hex()] for each in receipt.shown],
        "signers": [_state_value(each) for each in receipt.signers],
        "type": "receipt",
        "v": 1,
    }
    if receipt.proof.extra is None:
        value["entry"] = b64encode(receipt.entry)
    if receipt.paths is not None:
        record = [_path_value(each) for each in receipt.paths.record]
        value["paths"] = {"manifest": _path_value(receipt.paths.manifest), "record": record}
    if receipt.line is not None:
        value["line"] = {"number": receipt.line.number, "tag": receipt.line.tag}
    if receipt.posted is not None:
        value["posted"] = format_proof(receipt.posted).decode()
    if receipt.corrected is not None:
        value["corrected"] = _index_value(receipt.corrected)
    if receipt.gov is not None:
        value["gov"] = _index_value(receipt.gov)
    data = encode(value)
    parse_receipt(data)  # what we write, we can read
    return data


def _path_value(path: Path) -> dict[str, Encodable]:
    return {"index": path.index, "path": [each.hex() for each in path.path]}


def _state_value(proof: StateProof) -> dict[str, Encodable]:
    return state_proof_value(replace(proof, batch=None))


def _index_value(proof: IndexProof) -> dict[str, Encodable]:
    return index_proof_value(replace(proof, proof=replace(proof.proof, batch=None)))
