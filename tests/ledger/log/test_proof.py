"""Proof files.

Goal: a proof shows the place of one entry under one checkpoint, offline; everything else is refused.
Method: the shared proof file byte for byte; a log of 300 entries proved and checked; every
truncation and changed byte; a table of what may be swapped.
"""

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signers import ORIGIN, cosigner, log_signer

from ledger.canon import ENTRY_MAX, b64encode
from ledger.errors import CheckError, FormatError
from ledger.log.checkpoint import Checkpoint, cosign, format_checkpoint, sign_checkpoint
from ledger.log.merkle import HashReader, leaf_hash, root
from ledger.log.note import NOTE_MAX, format_note, format_vkey, merge_lines, parse_note
from ledger.log.proof import (
    EXTRA_MAX,
    PROOF_MAX,
    TlogProof,
    check_proof,
    format_proof,
    parse_proof,
    prove,
)
from ledger.log.trust import TrustFile, parse_trust

LOG, MIRROR = log_signer(), cosigner("a.example/mirror")
TRUST = parse_trust(
    f"log {format_vkey(LOG.verifier)}\nwitness a {format_vkey(MIRROR.verifier)}\nquorum a\n".encode()
)
ENTRIES = [str(number).encode() for number in range(300)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def reader(size: int) -> HashReader:
    return lambda level, index: root(LEAVES[:size][index << level : (index + 1) << level])


def checkpoint(size: int, *, mirror: bool = True, top: bytes | None = None) -> bytes:
    head = Checkpoint(ORIGIN, size, top or root(LEAVES[:size]))
    signed = sign_checkpoint(head, LOG)
    if not mirror:
        return signed
    return format_note(
        merge_lines(parse_note(signed), [cosign(format_checkpoint(head), MIRROR, 77)])
    )


def proof(index: int, size: int) -> TlogProof:
    return prove(reader(size), index, checkpoint(size), ENTRIES[index])


PROOF = proof(5, 13)
DATA = format_proof(PROOF)


def good(data: bytes, trust: TrustFile = TRUST) -> bool:
    """Parsed, and its extra is entry 5."""
    try:
        parsed = parse_proof(data)
        if parsed.extra is None:
            return False
        return check_proof(parsed, parsed.extra, trust).index == 5 and parsed.extra == b"5"
    except (FormatError, CheckError):
        return False


def test_shared_proof_file(shared_vectors: Path) -> None:
    computed = json.loads((shared_vectors / "c2sp_notes.json").read_text("utf-8"))["computed"]
    case = computed["proof"]
    data = case["tlog_proof"].encode()
    parsed = parse_proof(data)
    assert format_proof(parsed) == data
    assert parsed.extra == bytes.fromhex(case["entry_hex"])
    proved = check_proof(
        parsed, bytes.fromhex(case["entry_hex"]), parse_trust(computed["trust_file"].encode())
    )
    assert (proved.index, proved.checkpoint.size) == (case["index"], case["size"])
    assert proved.quorum.names == ("witness.example.org/w1", "agency-a.example.org/mirror")


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 300])
def test_every_entry_is_proved(size: int) -> None:
    for index in sorted({0, 1, 2, size // 2, size - 2, size - 1} & set(range(size))):
        parsed = parse_proof(format_proof(proof(index, size)))
        assert parsed == proof(index, size)
        proved = check_proof(parsed, ENTRIES[index], TRUST)
        assert (proved.index, proved.checkpoint.size, proved.quorum.time) == (index, size, 77)
        with pytest.raises(CheckError):
            check_proof(parsed, ENTRIES[index] + b" ", TRUST)


# --- checking


def test_every_truncation_and_changed_byte_is_found() -> None:
    assert good(DATA)
    assert not any(good(DATA[:end]) for end in range(len(DATA)))
    for at in range(len(DATA)):
        for flip in (0x01, 0x02, 0x20, 0x80):
            damaged = bytearray(DATA)
            damaged[at] ^= flip
            assert not good(bytes(damaged)), (at, flip)


@given(st.binary(max_size=60), st.integers(0, len(DATA)), st.integers(0, 30))
def test_any_other_bytes_are_found(new: bytes, at: int, cut: int) -> None:
    damaged = DATA[:at] + new + DATA[at + cut :]
    assert good(damaged) == (damaged == DATA)
    with contextlib.suppress(FormatError):
        assert format_proof(parse_proof(damaged)) == damaged  # every proof has one spelling


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (replace(PROOF, index=4), "inclusion"),
        (replace(PROOF, index=13), "inclusion"),
        (replace(PROOF, index=2**53 - 1), "inclusion"),
        (replace(PROOF, path=PROOF.path[:-1]), "inclusion"),
        (replace(PROOF, path=(*PROOF.path, PROOF.path[0])), "inclusion"),
        (replace(PROOF, path=()), "inclusion"),
        (replace(PROOF, checkpoint=checkpoint(14)), "inclusion"),
        (replace(PROOF, checkpoint=checkpoint(13, top=bytes(32))), "inclusion"),
        (replace(PROOF, checkpoint=checkpoint(13, mirror=False)), "quorum"),
        (replace(PROOF, checkpoint=sign_checkpoint(Checkpoint(ORIGIN, 13, bytes(32)), log_signer(seed="x"))), "note"),
    ],
)  # fmt: skip
def test_what_does_not_hold(wrong: TlogProof, check: str) -> None:
    check_proof(PROOF, b"5", TRUST)
    with pytest.raises(CheckError) as caught:
        check_proof(wrong, b"5", TRUST)
    assert caught.value.check == check


def test_extra_is_not_believed() -> None:
    """The entry is what the caller gives; a proof may carry something else, or nothing."""
    for extra in (None, b"", b"6", bytes(100)):
        assert check_proof(replace(PROOF, extra=extra), b"5", TRUST).index == 5
    with pytest.raises(CheckError):
        check_proof(replace(PROOF, extra=b"5"), b"6", TRUST)


def test_an_interior_hash_is_no_leaf() -> None:
    """The entry is hashed with 00 in front: two leaf hashes joined are not an entry."""
    whole = proof(4, 8)
    joined = LEAVES[4] + LEAVES[5]
    shorter = replace(whole, index=2, path=whole.path[1:])
    with pytest.raises(CheckError):
        check_proof(shorter, joined, TRUST)
    with pytest.raises(CheckError):
        check_proof(shorter, b"\x01" + joined, TRUST)


def test_clock_of_the_verifier() -> None:
    assert check_proof(PROOF, b"5", TRUST, now=0).quorum.time == 77  # 77 s ahead: within 5 minutes
    late = format_note(
        merge_lines(
            parse_note(checkpoint(13)), [cosign(parse_note(checkpoint(13)).text, MIRROR, 1000)]
        )
    )
    assert check_proof(replace(PROOF, checkpoint=late), b"5", TRUST).quorum.time == 1000
    with pytest.raises(CheckError, match="quorum"):
        check_proof(replace(PROOF, checkpoint=late), b"5", TRUST, now=699)


# --- form

HEAD, _, NOTE = DATA.partition(b"\n\n")
LINES = HEAD.split(b"\n")


def lines(*new: bytes) -> bytes:
    return b"\n".join(new) + b"\n\n" + NOTE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD,
        HEAD + b"\n",
        HEAD + b"\n\n",
        HEAD + b"\n" + NOTE,
        HEAD + b"\n\n\n" + NOTE,
        lines(b"c2sp.org/tlog-proof@v2", *LINES[1:]),
        lines(b" " + LINES[0], *LINES[1:]),
        lines(LINES[0] + b"\r", *LINES[1:]),
        lines(*LINES[1:]),
        lines(LINES[0]),
        lines(*LINES[:2]),
        lines(LINES[0], LINES[2], LINES[1], *LINES[3:]),  # index before extra
        lines(LINES[0], LINES[1], LINES[1], *LINES[2:]),  # extra twice
        lines(*LINES[:3], LINES[2], *LINES[3:]),  # index twice
        lines(LINES[0], b"extra", *LINES[2:]),
        lines(LINES[0], b"extra  NQ==", *LINES[2:]),
        lines(LINES[0], b"extra NQ", *LINES[2:]),
        lines(LINES[0], b"extra NR==", *LINES[2:]),  # unused bits
        lines(LINES[0], b"extra N_==", *LINES[2:]),
        lines(LINES[0], b"Extra NQ==", *LINES[2:]),
        lines(LINES[0], b"extra " + b64encode(bytes(ENTRY_MAX + 1)).encode(), *LINES[2:]),
        lines(*LINES[:2], b"index", *LINES[3:]),
        lines(*LINES[:2], b"index 05", *LINES[3:]),
        lines(*LINES[:2], b"index -5", *LINES[3:]),
        lines(*LINES[:2], b"index +5", *LINES[3:]),
        lines(*LINES[:2], b"index 5 ", *LINES[3:]),
        lines(*LINES[:2], b"index 9007199254740992", *LINES[3:]),
        lines(*LINES[:2], b"Index 5", *LINES[3:]),
        lines(*LINES[:3], b" " + LINES[3], *LINES[4:]),
        lines(*LINES[:3], b64encode(bytes(31)).encode(), *LINES[4:]),
        lines(*LINES[:3], b64encode(bytes(33)).encode(), *LINES[4:]),
        lines(*LINES, *LINES[3:4] * 64),
        lines(*LINES, "é".encode()),
        lines(*LINES, b"\xff"),
        DATA + b"\n",
        DATA + b"x",
        DATA + b" " * PROOF_MAX,
    ],
)
def test_wrong_forms(data: bytes) -> None:
    parse_proof(DATA)
    with pytest.raises(FormatError):
        parse_proof(data)


def test_the_longest_path_and_extra() -> None:
    most = replace(PROOF, path=(bytes(32),) * 63, extra=bytes(ENTRY_MAX), index=2**53 - 1)
    assert parse_proof(format_proof(most)) == most
    assert NOTE_MAX + len(b64encode(bytes(ENTRY_MAX))) + 63 * 45 + 100 < PROOF_MAX


def test_size_of_a_file() -> None:
    """Size is looked at first: one byte more is refused whatever the bytes are."""
    with pytest.raises(FormatError, match="begin with"):
        parse_proof(b"x" * (PROOF_MAX - 2) + b"\n\n")
    with pytest.raises(FormatError, match="bytes, at most"):
        parse_proof(b"x" * (PROOF_MAX - 1) + b"\n\n")


def test_entries_too_long_for_other_readers_travel_beside() -> None:
    """A line of 64 KiB, line break included, is where common readers stop."""
    fits = prove(reader(13), 5, checkpoint(13), bytes(EXTRA_MAX))
    assert fits.extra == bytes(EXTRA_MAX)
    assert max(len(line) + 1 for line in format_proof(fits).split(b"\n")) <= 65_536
    longer = replace(fits, extra=bytes(EXTRA_MAX + 1))
    assert max(len(line) + 1 for line in format_proof(longer).split(b"\n")) > 65_536
    assert prove(reader(13), 5, checkpoint(13), bytes(EXTRA_MAX + 1)).extra is None
    assert prove(reader(13), 5, checkpoint(13)).extra is None


def test_wrong_questions() -> None:
    with pytest.raises(ValueError, match="no leaf 13"):
        prove(reader(13), 13, checkpoint(13))
    with pytest.raises(FormatError):
        prove(reader(13), 0, b"no note")
