"""Python and the browser give the same verdict on receipts that were altered.

Goal: nothing that one verifier believes is doubted by the other: verdict, step, the sentences of the
steps that passed, who is unknown, what is missing.
Method: true receipts of every shape and the shared vectors, and trust files, changed by a seed at
every depth; a few hundred here, any number with `make parity COUNT=10000`.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import handlog
import pytest
from browser_verifier import Verifier, b64, verifier_or_skip
from governedlog import governed_log, retire
from receipt_mutations import mutate, mutate_trust

from ledger.errors import CheckError, FormatError, UnknownSigner
from ledger.log.trust import format_trust, parse_trust
from ledger.proofs.receipt import format_receipt
from ledger.proofs.receiptcheck import FailedStep, MalformedReceipt, MissingProof, check_receipt

COUNT = int(os.environ.get("RELIEF_PARITY", "400"))
SEED = int(os.environ.get("RELIEF_PARITY_SEED", "20261124"))
NOW = handlog.TIME + 3600
Pool = list[tuple[bytes, bytes]]


@pytest.fixture(scope="module")
def web() -> Iterator[Verifier]:
    with verifier_or_skip() as made:
        yield made


@pytest.fixture(scope="module")
def pool() -> Pool:
    """(receipt, trust file) of every shape that handmade logs have."""
    log = handlog.hand_log()
    plain = format_trust(handlog.trust_file())
    found = [(format_receipt(each), plain) for each in handlog.receipts(log).values()]
    for changes in (retire(), retire("w2"), retire("m1"), retire("w2", "log"), retire("m1", "m2")):
        governed = governed_log(*changes)
        governed.close("m1", "m2", "w1", "w2")
        gov = governed.listing("gov", *range(len(changes) + 1))
        receipt = governed.receipt("gift", gov=gov)
        found.append((format_receipt(receipt), plain))
    return found


def by_python(data: bytes, trust: bytes) -> dict[str, Any]:
    try:
        file = parse_trust(trust)
    except FormatError:
        return {"verdict": "no trust file"}
    try:
        found = check_receipt(data, file, now=NOW)
    except MalformedReceipt:
        return {"verdict": "malformed", "step": 1}
    except FailedStep as error:
        cause = error.__cause__
        return {
            "verdict": "false",
            "step": error.step,
            "said": list(error.said),
            "unknown": isinstance(cause, UnknownSigner),
            "missing": isinstance(cause, MissingProof),
            "check": cause.check if isinstance(cause, CheckError) else "",
        }
    return {
        "verdict": str(found.verdict),
        "said": list(found.said),
        "index": found.index,
        "re_executed": found.is_re_executed,
        "signers": [each.actor for each in found.signers],
    }


def by_browser(web: Verifier, data: bytes, trust: bytes) -> dict[str, Any]:
    answer = web.ask("receipt", data=b64(data), trust=b64(trust), now=NOW)
    if "error" in answer:
        return {"verdict": "no trust file"}
    if answer["verdict"] == "malformed":
        return {"verdict": "malformed", "step": answer["step"]}
    return answer


def state(expected: dict[str, Any]) -> str:
    """What a person is told, as `relief verify` tells it."""
    if expected["verdict"] != "false":
        return str(expected["verdict"])
    check = expected["check"]
    if check == "quorum":
        return "promised"
    nothing_told = expected["step"] == 3 or expected["unknown"] or check == "trust file"
    return "unchecked" if nothing_told else "mismatch"


def test_true_receipts(web: Verifier, pool: Pool) -> None:
    verdicts = Counter()
    for data, trust in pool:
        expected = by_python(data, trust)
        assert by_browser(web, data, trust) == expected
        verdicts[expected["verdict"]] += 1
    # Every way in which a receipt can end is among them.
    assert {"verified", "corrected", "refused", "held", "false"} == set(verdicts)


def test_mutated_receipts(web: Verifier, pool: Pool, shared_vectors: Path) -> None:
    rng = Random(SEED)
    folder = shared_vectors / "receipt"
    trust = (folder / "trust").read_bytes()
    rows = json.loads((folder / "receipts.json").read_text())
    everything = [*pool, *((row["file"].encode(), trust) for row in rows)]
    others = [data for data, _ in everything]
    verdicts: Counter[str] = Counter()
    for number in range(COUNT):
        data, file = rng.choice(everything)
        if rng.random() < 0.15:
            file = mutate_trust(file, rng)
        else:
            data = mutate(data, others, rng)
        expected = by_python(data, file)
        got = by_browser(web, data, file)
        assert got == expected, f"seed {SEED}, number {number}: {data!r}\n{file!r}"
        verdicts[f"{expected['verdict']} {expected.get('step', '')}".strip()] += 1
        if expected["verdict"] not in ("no trust file", "malformed"):
            told = web.ask("examine", data=b64(data), trust=b64(file), now=NOW, language="zh-Hant")
            assert told["state"] == state(expected), data
            # Green, or as good as green, only after all eight.
            assert (told["state"] in ("mismatch", "unchecked", "promised")) == (told["passed"] < 8)
            assert told["steps"] == 8 and told["sentence"]
    print(f"{COUNT} mutated receipts, seed {SEED}: {dict(sorted(verdicts.items()))}")
    # A generator that never gets past the form would compare nothing.
    assert len([name for name in verdicts if name.startswith("false")]) >= 4
