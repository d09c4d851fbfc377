"""The form of a receipt.

Goal: what is written is read back; every field that is missing, unknown, of another type, out of
order or beside what it excludes is refused by form, before anything is checked.
Method: the vectors; a true receipt as JSON, changed in one place at a time.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path as File
from typing import Any

import handlog
import pytest
from handlog import receipts, shown_seals

from ledger.canon import encode
from ledger.errors import FormatError
from ledger.proofs.receipt import format_receipt, parse_receipt


@pytest.fixture(scope="module")
def log() -> handlog.HandLog:
    return handlog.hand_log()


def test_what_is_written_is_read_back(log: handlog.HandLog) -> None:
    for name, receipt in receipts(log).items():
        data = format_receipt(receipt)
        assert parse_receipt(data) == receipt, name
        assert format_receipt(parse_receipt(data)) == data, name


def test_vectors_are_read_and_written_back(shared_vectors: File) -> None:
    rows = json.loads((shared_vectors / "receipt" / "receipts.json").read_text())
    assert len(rows) == 86
    for row in rows:
        data = row["file"].encode()
        if row["want"] == "malformed":
            with pytest.raises(FormatError):
                parse_receipt(data)
        else:
            assert format_receipt(parse_receipt(data)) == data, row["name"]


def test_state_proofs_lose_their_own_batch(log: handlog.HandLog) -> None:
    plain = log.receipt("gift", gov=log.listing("gov", 0))
    subject = f"correction/{log.names['gift']}"
    full = replace(
        plain,
        signers=tuple(log.state("keys", each.key, batch=True) for each in plain.signers),
        corrections=(log.state("index", subject, batch=True),),
        gov=log.listing("gov", 0, batch=True),
    )
    assert format_receipt(full) == format_receipt(plain)


Change = Callable[[dict[str, Any]], Any]


def put(**values: Any) -> Change:
    return lambda d: d.update(values)


def drop(name: str) -> Change:
    return lambda d: d.pop(name)


SALT = "00" * 32
PATH = {"index": 0, "path": []}
CHANGES: dict[str, Change] = {
    **{f"{name} missing": drop(name) for name in
       ("batch", "corrections", "proof", "shown", "signers", "type", "v")},
    **{f"{name} a number": put(**{name: 7}) for name in
       ("batch", "corrections", "proof", "shown", "signers", "type", "corrected", "entry", "gov",
        "line", "paths", "posted")},
    "another type": put(type="state-proof"),
    "another version": put(v=2),
    "version as truth": put(v=True),
    "unknown field": put(note="x"),
    "no object": lambda d: [d],
    "entry twice": put(entry="e30="),
    "proof without entry": lambda d: d.update(proof=without_extra(d["proof"])),
    "entry that is none": lambda d: d.update(proof=without_extra(d["proof"]), entry="e30="),
    "entry in other base64": lambda d: d.update(proof=without_extra(d["proof"]), entry="e31="),
    "proof that is none": put(proof="c2sp.org/tlog-proof@v1\n"),
    "batch without entry": lambda d: d.update(batch=without_extra(d["batch"])),
    "batch of a statement": lambda d: d.update(batch=d["proof"]),
    "receipt of a batch": lambda d: d.update(proof=d["batch"]),
    "posted beside ok": lambda d: d.update(posted=d["proof"]),
    "a signer with a batch of its own": lambda d: d["signers"][0].update(batch=d["batch"]),
    "a signer that is no state proof": put(signers=[{}]),
    "33 signers": lambda d: d.update(signers=d["signers"][:1] * 33),
    "three corrections": lambda d: d.update(corrections=d["corrections"] * 3),
    "a correction twice a row": lambda d: d["corrections"][0].update(row=1, other={"p": SALT, "r": SALT}),
    "governance with a batch of its own": lambda d: d.update(gov={
        "entries": [], "type": "index-proof", "v": 1, "proof": {**d["signers"][0], "batch": d["batch"]}}),
    "shown a pair": put(shown=[["donor", "d"]]),
    "shown four": put(shown=[["donor", "d", SALT, 1]]),
    "shown twice": put(shown=[["donor", "d", SALT], ["donor", "d", SALT]]),
    "shown out of order": put(shown=[["donor", "d", SALT], ["contact", "d", SALT]]),
    "shown name a number": put(shown=[[1, "d", SALT]]),
    "shown value a truth": put(shown=[["donor", True, SALT]]),
    "shown value a list": put(shown=[["donor", [], SALT]]),
    "salt too short": put(shown=[["donor", "d", SALT[2:]]]),
    "salt in upper case": put(shown=[["donor", "d", "AA" * 32]]),
    "17 fields": put(shown=[[f"f{n:02}", "", SALT] for n in range(17)]),
    "paths without record": put(paths={"manifest": PATH}),
    "paths with a stranger": put(paths={"manifest": PATH, "record": [], "x": 1}),
    "a path too many": put(paths={"manifest": PATH, "record": [PATH] * 3}),
    "a path too few": put(paths={"manifest": PATH, "record": [PATH]}),
    "path index below 0": put(paths={"manifest": {"index": -1, "path": []}, "record": [PATH] * 2}),
    "path index a text": put(paths={"manifest": {"index": "0", "path": []}, "record": [PATH] * 2}),
    "path of 64 hashes": put(paths={"manifest": {"index": 0, "path": [SALT] * 64}, "record": [PATH] * 2}),
    "line beside fields": put(line={"number": 0, "tag": "t"}),
    "line beside paths": put(line={"number": 0, "tag": "t"}, shown=[], paths={"manifest": PATH, "record": []}),
    "line without tag": put(line={"number": 0}, shown=[]),
    "line number a text": put(line={"number": "0", "tag": "t"}, shown=[]),
    "line tag a number": put(line={"number": 0, "tag": 1}, shown=[]),
}  # fmt: skip


def without_extra(proof: str) -> str:
    return "\n".join(line for line in proof.split("\n") if not line.startswith("extra "))


@pytest.mark.parametrize("change", CHANGES)
def test_another_form_is_refused(change: str, log: handlog.HandLog) -> None:
    receipt = log.receipt("gift", shown=shown_seals())
    value = json.loads(format_receipt(receipt))
    assert encode(value) == format_receipt(receipt)
    replaced = CHANGES[change](value)
    with pytest.raises(FormatError):
        parse_receipt(encode(replaced if isinstance(replaced, list) else value))


def test_limits_are_met_from_both_sides(log: handlog.HandLog) -> None:
    value = json.loads(format_receipt(log.receipt("gift")))
    value["signers"] = value["signers"][:1] * 32
    value["shown"] = [[f"f{n:02}", "", SALT] for n in range(16)]
    assert len(parse_receipt(encode(value)).signers) == 32
    value["paths"] = {"manifest": {"index": 0, "path": [SALT] * 63}, "record": [PATH] * 16}
    assert len(parse_receipt(encode(value)).shown) == 16


def test_four_mebibytes_are_the_limit() -> None:
    with pytest.raises(FormatError, match="at most 4,194,304"):
        parse_receipt(b" " * 4_194_305)


def test_posted_stands_beside_a_held_entry_only(log: handlog.HandLog) -> None:
    posted = log.receipt("held", posted="approval").posted
    assert posted is not None
    with pytest.raises(FormatError, match="only a held entry"):
        format_receipt(replace(log.receipt("gift"), posted=posted))
    with pytest.raises(FormatError, match="no extra line"):
        format_receipt(replace(log.receipt("waits"), posted=replace(posted, extra=None)))
