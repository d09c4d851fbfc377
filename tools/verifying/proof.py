"""Verifying what is less than a receipt: an entry's place, a row of the state, a whole list."""

from pathlib import Path

from ledger.canon import ENTRY_MAX, encode
from ledger.entry import AutoEntry, BatchEntry, Entry, StatementEntry, parse_entry
from ledger.log import merkle
from ledger.log.proof import MAGIC, parse_proof
from ledger.log.trust import Quorum
from ledger.proofs.indexproof import check_index, parse_index_proof
from ledger.proofs.stateproof import StateProof, check_batch, check_row, parse_state_proof
from tools.console import Stop, clock, plain
from tools.published import read_regular
from tools.verifying.trusting import signed_step, trust_step, vouched, where
from tools.verifying.verdict import Verdict
from tools.verifying.words import Lines, entry_data, kind_words, show_lines, tell_batch, tell_entry
from tools.words import word


def verify_proof(verdict: Verdict, data: bytes, path: Path | None, beside: Path | None) -> None:
    """A proof file: an entry is number i of a log. `beside`: the entry, if it is not inside."""
    proof = verdict.step("form", lambda: (parse_proof(data), MAGIC))
    raw = proof.extra if beside is None else _read_entry(beside)
    if raw is None:
        raise Stop("This proof does not carry its entry.", "Give the entry's file with --entry.")
    entry = verdict.step("leaf", lambda: _parse(raw))
    trust = trust_step(verdict, path)
    checkpoint, quorum = signed_step(verdict, trust, proof.checkpoint)

    def included() -> tuple[None, str]:
        leaf, size = merkle.leaf_hash(raw), checkpoint.size
        merkle.check_inclusion(leaf, proof.index, size, proof.path, checkpoint.root)
        return None, f"entry {proof.index:,} of {size:,}, by {len(proof.path)} hashes"

    verdict.step("inclusion", included)
    language = verdict.console.language
    lines = [where(proof.index, checkpoint.origin, language)]
    if isinstance(entry, BatchEntry):
        lines += tell_batch(entry, language)
    else:
        lines += tell_entry(entry, language)
    show_lines(verdict.console, lines + vouched(verdict, quorum))
    verdict.data["entry"] = {"index": proof.index, **entry_data(entry)}
    verdict.finish("included")


def _read_entry(path: Path) -> bytes:
    try:
        return read_regular(path, ENTRY_MAX)
    except ValueError as error:
        raise Stop(f"{plain(str(path))} is no entry: {error}.", "Name the entry's file.") from None


def _kind(entry: Entry) -> str:
    match entry:
        case StatementEntry():
            return entry.statement.kind
        case AutoEntry():
            return entry.kind
        case BatchEntry():
            return "batch"


def _parse(raw: bytes) -> tuple[Entry, str]:
    entry = parse_entry(raw)
    return entry, f"{_kind(entry)}, {len(raw):,} bytes, {merkle.leaf_hash(raw).hex()}"


def verify_state(verdict: Verdict, data: bytes, path: Path | None) -> None:
    """A state proof: this row, or no such row, as of a batch."""
    proof = verdict.step("form", lambda: (parse_state_proof(data), "a state proof"))
    batch, quorum = _under_batch(verdict, proof, path)
    show_lines(
        verdict.console, [_tell_row(verdict, proof), *vouched(verdict, quorum, batch)]
    )  # fmt: skip
    verdict.finish("proved")


def verify_index(verdict: Verdict, data: bytes, path: Path | None) -> None:
    """An index proof: these entries, and no others, are about a subject."""
    listed = verdict.step("form", lambda: (parse_index_proof(data), "an index proof"))
    batch, quorum = _under_batch(verdict, listed.proof, path)
    language = verdict.console.language

    def whole() -> tuple[list[tuple[int, Entry]], str]:
        check_index(listed, batch.state_root)
        entries = [(index, parse_entry(raw)) for index, raw in listed.entries]
        count = f"{len(entries):,}"
        return entries, word("list_of", language, n=count, subject=listed.subject)

    entries = verdict.step("list", whole)
    lines: Lines = [_tell_row(verdict, listed.proof)]
    lines += [(f"{index:,}", kind_words(_kind(entry), language)) for index, entry in entries]
    show_lines(verdict.console, lines + vouched(verdict, quorum, batch))
    verdict.data["entries"] = [{"index": index, **entry_data(entry)} for index, entry in entries]
    verdict.finish("proved")


def _under_batch(
    verdict: Verdict, proof: StateProof, path: Path | None
) -> tuple[BatchEntry, Quorum]:
    """Trust file, log, quorum, batch entry and row of a state proof."""
    outer = proof.batch
    assert outer is not None  # the form of a file
    trust = trust_step(verdict, path)
    checkpoint, quorum = signed_step(verdict, trust, outer.checkpoint)

    def closed() -> tuple[BatchEntry, str]:
        batch = check_batch(outer, checkpoint)
        return batch, f"batch {batch.batch:,} at {clock(batch.time)}"

    batch = verdict.step("batch entry", closed)

    def row() -> tuple[None, str]:
        check_row(proof, batch.state_root)
        return None, f"{proof.table} {proof.key}"

    verdict.step("row", row)
    return batch, quorum


def _tell_row(verdict: Verdict, proof: StateProof) -> tuple[str, str]:
    language = verdict.console.language
    verdict.data["row"] = {"table": proof.table, "key": proof.key, "value": proof.row}
    text = word("no_row", language) if proof.row is None else encode(proof.row).decode()
    row = f"{plain(proof.table)} {plain(proof.key)}: {plain(text)}"
    return word("row_is", language), row
