"""Proof files: "this entry is number i of that log", to be checked without a network.

    c2sp.org/tlog-proof@v1
    extra ICE=                                    the entry, not believed before its hash leads up
    index 3
    ApjRIpBtz8EIkstTpzmS/FufST6kybrbJ7eRtBJ6f+c=  the leaf's sibling first
    ..
                                                  a blank line
    ledger.example.org/test                       the checkpoint, verbatim, with its signatures
    ..

The format is C2SP tlog-proof (C2SP/C2SP@5ba5ee8); `docs/spec/proof-file.md`. Salts never go in: a
proof may be shown to anyone who may see the entry. `check_proof` takes the entry from the caller,
index and path from the proof, size and root from the checkpoint that the trust file vouches for.
"""

from dataclasses import dataclass
from typing import Final

from ledger.canon import ENTRY_MAX, b64decode, b64encode
from ledger.errors import CheckError, FormatError
from ledger.log.checkpoint import Checkpoint, open_checkpoint_text, parse_decimal
from ledger.log.merkle import (
    HASH_SIZE,
    PATH_MAX,
    HashReader,
    check_inclusion,
    leaf_hash,
    prove_inclusion,
)
from ledger.log.note import NOTE_MAX
from ledger.log.trust import Quorum, TrustFile

MAGIC: Final = "c2sp.org/tlog-proof@v1"
"""The first line."""
EXTRA_MAX: Final = 49_146
"""Bytes of an entry that still goes into a proof: other readers stop at a line of 64 KiB."""
PROOF_MAX: Final = NOTE_MAX + 2 * ENTRY_MAX
"""Bytes of a proof file."""

_THING: Final = "proof file"


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A parsed proof file; `checkpoint` is a note's bytes, `extra` the entry if it came along."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class Proved:
    """What a proof has shown: the entry is number `index` of the tree `checkpoint`.

    The index is part of the claim: print it. `quorum` says who vouches for the checkpoint, since
    when at the latest, and whether enough of them have re-executed the log.
    """

    index: int
    checkpoint: Checkpoint
    quorum: Quorum


def parse_proof(data: bytes) -> TlogProof:
    """The proof in `data`. Raises `FormatError`; nothing is checked but its form."""
    if len(data) > PROOF_MAX:
        raise FormatError(_THING, f"{len(data):,} bytes, at most {PROOF_MAX:,}")
    # The first blank line ends the proof's own lines: none of them can be empty.
    head, blank, checkpoint = data.partition(b"\n\n")
    if not blank:
        raise FormatError(_THING, "no blank line before the checkpoint")
    if not head.isascii():
        raise FormatError(_THING, "not ASCII before the checkpoint")
    lines = head.decode("ascii").split("\n")
    if lines[0] != MAGIC:
        raise FormatError(_THING, f"does not begin with {MAGIC}")
    at = 1
    extra = None
    if at < len(lines) and lines[at].startswith("extra "):
        extra = b64decode(lines[at].removeprefix("extra "), thing="proof file extra")
        if len(extra) > ENTRY_MAX:
            raise FormatError(_THING, f"{len(extra):,} bytes, at most {ENTRY_MAX:,}", where="extra")
        at += 1
    if at >= len(lines) or not lines[at].startswith("index "):
        raise FormatError(_THING, "no index line", where=f"line {at + 1}")
    index = parse_decimal(lines[at].removeprefix("index "), thing=_THING, where="index")
    hashes = lines[at + 1 :]
    if len(hashes) > PATH_MAX:
        raise FormatError(_THING, f"{len(hashes)} hashes, at most {PATH_MAX}")
    path = tuple(b64decode(line, thing="proof file hash") for line in hashes)
    if any(len(each) != HASH_SIZE for each in path):
        raise FormatError(_THING, f"a hash that is not {HASH_SIZE} bytes")
    open_checkpoint_text(checkpoint)
    return TlogProof(index, path, checkpoint, extra)


def format_proof(proof: TlogProof) -> bytes:
    """The bytes that `parse_proof` reads."""
    lines = [MAGIC]
    if proof.extra is not None:
        lines.append(f"extra {b64encode(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines.extend(b64encode(each) for each in proof.path)
    return "\n".join(lines).encode("ascii") + b"\n\n" + proof.checkpoint


def prove(
    reader: HashReader, index: int, checkpoint: bytes, entry: bytes | None = None
) -> TlogProof:
    """The proof of entry `index` under the note `checkpoint`, out of the tree behind `reader`.

    `entry` goes along unless it is too long for other readers; then it travels beside the proof.
    """
    size = open_checkpoint_text(checkpoint)[0].size
    path = tuple(prove_inclusion(reader, index, size))
    extra = entry if entry is not None and len(entry) <= EXTRA_MAX else None
    return TlogProof(index, path, checkpoint, extra)


def check_proof(
    proof: TlogProof, entry: bytes, trust: TrustFile, *, now: int | None = None
) -> Proved:
    """What `proof` shows about `entry`, or `CheckError` (`FormatError` for a bad checkpoint).

    In this order: the log's signature and the sizes the trust file is for; the quorum; inclusion.
    `now` (Unix seconds) sorts out cosignatures from the future. `extra` is not looked at: pass it
    as `entry` if it is what should be proved.
    """
    checkpoint, note = trust.check_log(proof.checkpoint)
    quorum = trust.quorum_of(note, now=now)
    if proof.index >= checkpoint.size:
        raise CheckError("inclusion", f"no entry {proof.index} in a log of {checkpoint.size}")
    check_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return Proved(proof.index, checkpoint, quorum)
