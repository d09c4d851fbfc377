"""The browser's verifier on the shared vectors.

Goal: what Python accepts the browser accepts, and nothing else: signatures, JSON, trees, notes,
envelopes, receipts, state proofs, seals.
Method: the built file that pages load, run in Node; every verdict of every vector file. Signatures
twice: with the engine's own Ed25519 where it has one, and with the library alone.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_verifier import Verifier, b64, verifier_or_skip

from ledger.log.merkle import fold_inclusion, leaf_hash, prove_inclusion


@pytest.fixture(scope="module")
def web() -> Iterator[Verifier]:
    with verifier_or_skip() as made:
        yield made


def load(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


@pytest.mark.parametrize("engine", ["unknown", "library"])
def test_signatures(shared_vectors: Path, engine: str) -> None:
    rows = load(shared_vectors, "ed25519_strict_vectors.json")
    assert len(rows) == 1077
    with verifier_or_skip(engine) as web:
        wrong = [
            (row["src"], row["id"])
            for row in rows
            if web.ask("signature", pk=row["pk"], msg=row["msg"], sig=row["sig"])["good"]
            is not row["strict"]
        ]
        assert wrong == []
        used = web.ask("engine")["engine"]
        assert used == "library" if engine == "library" else used in ("webcrypto", "library")


def test_json(web: Verifier, shared_vectors: Path) -> None:
    table = load(shared_vectors, "json_hazards.json")

    def data(case: Any) -> bytes:
        return b"".join(bytes.fromhex(h) * n for h, n in case["bytes"])

    for group in ("hazards", "boundaries"):
        taken = [case for case in table[group] if not web.refuses("canon", data=b64(data(case)))]
        assert taken == [], group
    for case in table["accepted"]:
        answer = web.ask("canon", data=b64(data(case)))
        assert b64decode(answer["again"]) == data(case), case
        # JSON has no word for a lone `__proto__`; the values are compared as JSON has them.
        assert answer["value"] == json.loads(data(case))


def test_trees(web: Verifier, shared_vectors: Path) -> None:
    table = load(shared_vectors, "rfc6962.json")
    eight = table["eight"]
    leaves, roots = eight["leaves"], eight["roots"]
    assert [web.ask("leaf", data=each)["leaf"] for each in eight["entries"]] == leaves
    assert [web.ask("root", leaves=leaves[:size])["root"] for size in range(9)] == roots
    assert len(eight["inclusion"]) == 36 and len(eight["consistency"]) == 28
    for case in eight["inclusion"]:
        root = roots[case["size"]]
        assert web.ask("inclusion", leaf=leaves[case["index"]], root=root, **case) == {}
    for case in eight["consistency"]:
        assert web.ask("consistency", **sizes(case), **ends(case, roots)) == {}
    for size, root in table["decimal"]["roots"].items():
        if int(size) <= 1000:
            ours = [leaf_hash(b"%d" % n).hex() for n in range(int(size))]
            assert web.ask("root", leaves=ours)["root"] == root
    for lie in table["inclusion_lies"]:
        asked = {name: lie[name] for name in ("leaf", "index", "size", "path", "root")}
        assert web.refuses("inclusion", **asked), lie["name"]
    for lie in table["consistency_lies"]:
        asked = {"old_root": lie["old_root"], "new_root": lie["new_root"], **sizes(lie)}
        assert web.refuses("consistency", **asked), lie["name"]
    # Accepted on purpose: who asks must know the size, and hash the entry.
    loose = table["size_is_not_bound"]
    for size in (loose["true_size"], loose["also_accepted_size"]):
        asked = {name: loose[name] for name in ("leaf", "index", "path", "root")}
        assert web.ask("inclusion", size=size, **asked) == {}


def sizes(case: Any) -> dict[str, Any]:
    return {"old_size": case["old"], "new_size": case["new"], "path": case["path"]}


def ends(case: Any, roots: list[str]) -> dict[str, str]:
    return {"old_root": roots[case["old"]], "new_root": roots[case["new"]]}


def test_sizes_beyond_32_bits(web: Verifier) -> None:
    """JavaScript's shifts cut numbers at 32 bits; paths of such trees are folded all the same."""
    reader = lambda level, index: leaf_hash(b"%d/%d" % (level, index))  # noqa: E731
    for index, size in ((2**33 + 5, 2**34 + 3), (0, 2**53 - 1), (2**53 - 2, 2**53 - 1)):
        path = prove_inclusion(reader, index, size)
        root = fold_inclusion(reader(0, index), index, size, path)
        asked = {"leaf": reader(0, index).hex(), "path": [each.hex() for each in path]}
        assert web.ask("inclusion", index=index, size=size, root=root.hex(), **asked) == {}
        assert web.refuses("inclusion", index=index ^ 1, size=size, root=root.hex(), **asked)


def test_envelopes(web: Verifier, shared_vectors: Path) -> None:
    table = load(shared_vectors, "dsse.json")
    for name in ("published", "lengths_are_bytes", "empty"):
        row = table[name]
        answer = web.ask("pae", type=row["type"], payload=b64(row["body"].encode()))
        assert b64decode(answer["pae"]).hex() == row["pae_hex"]
    relief = table["relief"]
    answer = web.ask("pae", type=relief["type"], payload=b64(relief["payload"].encode()))
    assert answer["id"] == relief["statement_id"]
    assert web.ask("keyid", pk=relief["public_key"])["id"] == relief["key_id"]
    message = b64decode(answer["pae"]).hex()
    asked = {"pk": relief["public_key"], "msg": message}
    assert web.ask("signature", sig=relief["signature"], **asked) == {"good": True}


def test_notes_and_checkpoints(web: Verifier, shared_vectors: Path) -> None:
    table = load(shared_vectors, "c2sp_notes.json")
    published, computed = table["published"], table["computed"]
    vkey = published["note"]["vkey"]
    answer = web.ask("note", data=b64(published["note"]["note"].encode()), vkeys=[vkey])
    assert answer["verified"] == ["example.com/foo"]
    for lie in table["note_lies"]:
        assert web.refuses("note", data=b64(lie["note"].encode()), vkeys=[vkey]), lie["name"]
    found = web.ask("checkpoint", data=b64(computed["checkpoint_text"].encode()))
    assert (found["origin"], found["size"]) == ("ledger.example.org/test", 8)
    for lie in table["checkpoint_lies"]:
        assert web.refuses("checkpoint", data=b64(lie["text"].encode())), lie["name"]
    trust = b64(computed["trust_file"].encode())
    found = web.ask("log", data=b64(computed["final_note"].encode()), trust=trust)
    assert found["size"] == 8 and len(found["names"]) == 2
    proof = computed["proof"]
    asked = {"data": b64(proof["tlog_proof"].encode()), "trust": trust}
    entry = bytes.fromhex(proof["entry_hex"])
    assert web.ask("tlogproof", entry=b64(entry), **asked)["index"] == proof["index"]
    assert web.refuses("tlogproof", entry=b64(entry + b"x"), **asked)
    # The log's signature alone is no quorum.
    assert web.refuses("log", data=b64(computed["checkpoint_note"].encode()), trust=trust)


def test_receipts(web: Verifier, shared_vectors: Path) -> None:
    folder = shared_vectors / "receipt"
    trust, rows = b64((folder / "trust").read_bytes()), load(folder, "receipts.json")
    assert len(rows) == 86
    for row in rows:
        answer = web.ask("receipt", data=b64(row["file"].encode()), trust=trust)
        assert answer["verdict"] == row["want"], row["name"]
        said = re.match(r"\((\d)\)", row["why"])
        assert said is None or answer["step"] == int(said[1]), row["name"]
        if "step" not in answer:
            assert [each[:2] for each in answer["said"]] == [f"{n}:" for n in range(1, 9)]
            assert answer["re_executed"] is not (row["name"] == "one mirror too few")


def test_state_proofs(web: Verifier, shared_vectors: Path) -> None:
    folder = shared_vectors / "receipt"
    trust, rows = b64((folder / "trust").read_bytes()), load(folder, "stateproofs.json")
    assert len(rows) == 26
    for row in rows:
        answer = web.ask("stateproof", data=b64(row["file"].encode()), trust=trust)
        if row["want"] in ("present", "absent"):
            assert answer["verdict"] == row["want"], row["name"]
        else:
            assert answer["kind"] == ("form" if row["want"] == "malformed" else "check"), row[
                "name"
            ]


def test_seals(web: Verifier, shared_vectors: Path) -> None:
    table = load(shared_vectors / "receipt", "seals.json")
    fields = [*table["statement"]["fields"]]
    for record in table["manifest"]["records"]:
        fields += record["fields"]
    assert len(fields) > 8
    for field in fields:
        asked = {name: field[name] for name in ("name", "value", "salt")}
        assert web.ask("seal", **asked)["seal"] == field["seal"]
    leaves = [leaf_hash(bytes.fromhex(each)).hex() for each in table["manifest"]["leaves"]]
    assert web.ask("root", leaves=leaves)["root"] == table["manifest"]["root"]
