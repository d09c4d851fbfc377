"""State proofs.

Goal: every row of a state, and the absence of every other key, is proved by what the prover makes;
nothing else can be proved: no present row is absent, no absent one present, none has another value.
Method: vectors; states drawn by Hypothesis, every proof altered in every part; a small log with
cosignatures for the proofs that stand alone as files.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path as File
from typing import Any

import handlog
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger import sparse, stateroot
from ledger.canon import Value, encode
from ledger.errors import CheckError, FormatError
from ledger.log import merkle
from ledger.log.trust import parse_trust
from ledger.proofs.stateproof import (
    StateProof,
    check_row,
    check_state_proof,
    format_state_proof,
    parse_state_proof,
    prove_state,
    prove_table,
    read_state_proof,
    state_proof_value,
)
from ledger.stateroot import EMPTY, TABLES, MemoryPages, state_root

TRUST = handlog.trust_file()


# --- vectors


def verdict(data: bytes, trust_data: bytes) -> str:
    try:
        shown = check_state_proof(parse_state_proof(data), parse_trust(trust_data))
    except FormatError:
        return "malformed"
    except CheckError:
        return "false"
    return "absent" if shown.row is None else "present"


def test_vectors_come_to_their_verdicts(shared_vectors: File) -> None:
    folder = shared_vectors / "receipt"
    rows = json.loads((folder / "stateproofs.json").read_text())
    assert len(rows) == 26
    trust = (folder / "trust").read_bytes()
    for row in rows:
        data = row["file"].encode()
        assert verdict(data, trust) == row["want"], row["name"]
        if row["want"] != "malformed":
            assert format_state_proof(parse_state_proof(data)) == data


# --- proving and checking

keys = st.integers(0, 60).map(lambda n: f"lot/{n}")
values: st.SearchStrategy[Value] = st.integers(0, 9) | st.text("ab米", max_size=3) | st.booleans()
tables = st.dictionaries(keys, values, max_size=40)


def state_of(table: str, rows: dict[str, Value]) -> tuple[MemoryPages, dict[str, bytes], bytes]:
    pages = MemoryPages()
    others = {"heads": {"h": b"1"}, "totals": {f"t{n}": b"2" for n in range(30)}}
    for name, filled in {**others, table: {k: encode(v) for k, v in rows.items()}}.items():
        pages.apply(name, stateroot.update(pages, name, filled))
    return pages, pages.roots(), state_root(pages.roots())


@given(st.sampled_from([t for t in TABLES if t not in ("heads", "totals")]), tables)
def test_every_key_is_proved_present_or_absent(table: str, rows: dict[str, Value]) -> None:
    pages, roots, root = state_of(table, rows)
    for number in range(61):
        key = f"lot/{number}"
        proof = prove_state(pages, roots, table, key, rows.get(key))
        assert proof.is_present == (key in rows)
        assert read_state_proof(state_proof_value(proof), inside=True) == proof  # type: ignore[arg-type]
        check_row(proof, root)
        with pytest.raises(CheckError):
            check_row(proof, sha256(root).digest())


@given(tables, keys, values)
def test_what_is_not_so_can_not_be_proved(rows: dict[str, Value], key: str, value: Value) -> None:
    assume(encode(value) != encode(rows.get(key, "other")))
    pages, roots, root = state_of("lots", rows)
    proof = prove_state(pages, roots, "lots", key, rows.get(key))
    lies = [
        replace(proof, row=value, other=None),
        replace(proof, table="gifts"),
        replace(proof, table="secrets"),
        replace(proof, siblings=(*proof.siblings, EMPTY)),
        replace(proof, tables=proof.tables[::-1]),
        replace(proof, tables=proof.tables[:-1]),
        replace(proof, tables=(*proof.tables, EMPTY)),
    ]
    if proof.siblings:
        lies.append(replace(proof, siblings=proof.siblings[:-1]))
    if proof.is_present or proof.other is not None:
        lies.append(replace(proof, row=None, other=None))
    if proof.row is not None:
        lies.append(replace(proof, key=key + "0"))  # an absence may well be that of another key too
        own = sparse.path_of(key), sparse.row_hash(key, encode(proof.row))
        lies.append(replace(proof, row=None, other=own))
        lies.append(replace(proof, row=None, other=(bytes(32), own[1])))
    if proof.other is not None:
        p, r = proof.other
        lies.append(replace(proof, other=(p, sha256(r).digest())))
        lies.append(replace(proof, other=(p[:31] + bytes((p[31] ^ 1,)), r)))
    for lie in lies:
        with pytest.raises(CheckError):
            check_row(lie, root)


def test_the_three_kinds_of_absence() -> None:
    """Alone in an empty table, at another row's leaf, and at an empty place behind siblings."""
    rows: dict[str, Value] = {f"lot/{n}": n for n in range(400)}
    pages, roots, root = state_of("lots", rows)
    found = set()
    for number in range(400, 700):
        proof = prove_state(pages, roots, "lots", f"lot/{number}", None)
        check_row(proof, root)
        found.add((proof.other is not None, bool(proof.siblings)))
    proof = prove_state(pages, roots, "gifts", "g", None)
    check_row(proof, root)
    found.add((proof.other is not None, bool(proof.siblings)))
    assert found == {(True, True), (False, True), (False, False)}


def test_other_must_share_as_many_bits_as_there_are_siblings() -> None:
    """A false root: two rows of another branch put where the key's branch should be empty."""
    key = "absent"
    path = sparse.path_of(key)
    other = bytes((path[0] ^ 0x80, *path[1:]))  # differs in the first bit
    r = bytes(32)
    sibling = sha256(b"sibling").digest()
    root = sparse.fold(path, sparse.row_leaf(other, r), [sibling])
    tables = prove_table({"lots": root}, "lots")
    forged = StateProof("lots", key, (sibling,), tables, other=(other, r))
    with pytest.raises(CheckError, match="not on the way"):
        check_row(forged, state_root({"lots": root}))
    honest = replace(forged, other=(path[:31] + bytes((path[31] ^ 1,)), r))
    root = sparse.fold(path, sparse.row_leaf(*honest.other), [sibling])  # type: ignore[misc]
    check_row(
        replace(honest, tables=prove_table({"lots": root}, "lots")), state_root({"lots": root})
    )


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_proved_in_the_state_root(table: str) -> None:
    roots = {name: sha256(name.encode()).digest() for name in TABLES}
    path = prove_table(roots, table)
    leaf = stateroot.table_leaf(table, roots[table])
    merkle.check_inclusion(leaf, TABLES.index(table), 24, path, state_root(roots))


def test_rows_and_pages_that_disagree_are_no_proof() -> None:
    pages, roots, _ = state_of("lots", {"lot/1": 1})
    for key, value in (("lot/1", 2), ("lot/1", None), ("lot/2", 1)):
        with pytest.raises(CheckError, match="disagree"):
            prove_state(pages, roots, "lots", key, value)


# --- files


@pytest.fixture(scope="module")
def log() -> handlog.HandLog:
    return handlog.hand_log()


def test_a_file_says_as_of_when_and_who_vouches(log: handlog.HandLog) -> None:
    data = format_state_proof(log.state("totals", "item-3", batch=True))
    shown = check_state_proof(parse_state_proof(data), TRUST)
    assert (shown.table, shown.key, shown.row) == ("totals", "item-3", ["1", "0"])
    assert (shown.batch.batch, shown.checkpoint.size) == (2, len(log.entries))
    assert shown.quorum.is_re_executed
    claimed = check_state_proof(parse_state_proof(data), handlog.trust_file(mirrors=3))
    assert not claimed.quorum.is_re_executed


FILE_LIES: dict[str, Callable[[handlog.HandLog, StateProof], StateProof]] = {
    "another entry": lambda log, p: replace(p, batch=log.proof(11)),
    "two cosigners": lambda log, p: replace(p, batch=replace(p.batch, checkpoint=log.cosigned("m1", "w1"))),  # type: ignore[type-var]
    "index": lambda log, p: replace(p, batch=replace(p.batch, index=11)),  # type: ignore[type-var]
    "path": lambda log, p: replace(p, batch=replace(p.batch, path=p.batch.path[:-1] if p.batch else ())),  # type: ignore[type-var]
    "no batch": lambda log, p: replace(p, batch=None),
    "value": lambda log, p: replace(p, row=["2", "0"]),
}  # fmt: skip


@pytest.mark.parametrize("lie", FILE_LIES)
def test_altered_files_fail(lie: str, log: handlog.HandLog) -> None:
    proof = log.state("totals", "item-3", batch=True)
    check_state_proof(proof, TRUST)
    with pytest.raises(CheckError):
        check_state_proof(FILE_LIES[lie](log, proof), TRUST)


def test_an_older_state_is_not_the_state_of_this_checkpoint(log: handlog.HandLog) -> None:
    """The batch entry of batch 1 is in the log, and its state root was true; it is not the last."""
    proof = log.state("totals", "item-3", batch=True)
    with pytest.raises(CheckError, match="not the last"):
        check_state_proof(replace(proof, batch=log.proof(11)), TRUST)


Change = Callable[[dict[str, Any]], Any]


def drop(name: str) -> Change:
    return lambda value: value.pop(name)


def set_number(name: str) -> Change:
    return lambda value: value.update({name: 7})


CHANGES: dict[str, Change] = {
    **{f"{name} missing": drop(name) for name in
       ("batch", "key", "siblings", "table", "tables", "type", "v")},
    **{f"{name} a number": set_number(name) for name in
       ("batch", "key", "siblings", "table", "tables", "type", "other")},
    "another type": lambda d: d.update(type="receipt"),
    "another version": lambda d: d.update(v=2),
    "unknown field": lambda d: d.update(note=""),
    "row and other": lambda d: d.update(other={"p": "00" * 32, "r": "00" * 32}),
    "other without r": lambda d: (d.pop("row"), d.update(other={"p": "00" * 32})),
    "other too short": lambda d: (d.pop("row"), d.update(other={"p": "00" * 32, "r": "00" * 31})),
    "empty key": lambda d: d.update(key=""),
    "key of 193 bytes": lambda d: d.update(key="k" * 193),
    "257 siblings": lambda d: d.update(siblings=["00" * 32] * 257),
    "64 tables": lambda d: d.update(tables=["00" * 32] * 64),
    "sibling in upper case": lambda d: d.update(siblings=["AA" * 32]),
    "batch that is no proof": lambda d: d.update(batch="x"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_another_form_is_refused(change: str, log: handlog.HandLog) -> None:
    value = json.loads(format_state_proof(log.state("totals", "item-3", batch=True)))
    CHANGES[change](value)
    with pytest.raises(FormatError):
        parse_state_proof(encode(value))


def test_256_siblings_are_form_enough(log: handlog.HandLog) -> None:
    value = json.loads(format_state_proof(log.state("totals", "item-3", batch=True)))
    value |= {"siblings": ["00" * 32] * 256, "tables": ["00" * 32] * 63}
    parsed = parse_state_proof(encode(value))
    with pytest.raises(CheckError, match="hashes are left"):
        check_state_proof(parsed, TRUST)


def test_every_truncation_and_every_changed_byte_is_refused(log: handlog.HandLog) -> None:
    data = format_state_proof(log.state("totals", "item-3", batch=True))
    for at in range(len(data)):
        changed = data[:at] + bytes((data[at] ^ 1 << at % 8,)) + data[at + 1 :]
        for lie in (data[:at], changed):
            with pytest.raises((FormatError, CheckError)):
                check_state_proof(parse_state_proof(lie), TRUST)
