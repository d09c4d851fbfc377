"""Checkpoints: a log's origin, size and root in three lines, and their cosignatures.

    ledger.example.org/test
    8
    XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

The text follows from the entries alone; who signs it stands in the lines below (`ledger.log.note`).
The log's key signs "this is my tree". A cosigner adds "at this time I saw that it extends every
tree I saw before". A log's signature alone proves nothing: it could show each reader another tree.

C2SP tlog-checkpoint v1.0.0 and tlog-cosignature v1.0.1; `docs/spec/note-and-checkpoint.md`. We
take no extension lines: cosignatures of newer types do not cover them.
"""

import re
from dataclasses import dataclass
from typing import Final

from ledger.canon import b64decode, b64encode
from ledger.envelope import ORIGIN
from ledger.errors import CheckError, FormatError
from ledger.log.merkle import HASH_SIZE, SIZE_MAX
from ledger.log.note import (
    COSIGNATURE,
    LOG,
    TIME_MAX,
    Note,
    NoteLine,
    NoteSigner,
    VerifierKey,
    cosignature_message,
    parse_note,
    sign_note,
)

__all__ = [
    "COSIGNATURE",
    "LOG",
    "Checkpoint",
    "check_cosignature",
    "cosign",
    "format_checkpoint",
    "open_checkpoint_text",
    "parse_checkpoint",
    "parse_decimal",
    "sign_checkpoint",
]

_DECIMAL: Final = re.compile("0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: `size` leaves, `root` of 32 bytes."""

    origin: str
    size: int
    root: bytes


def parse_decimal(text: str, *, thing: str, where: str) -> int:
    """A number 0..2^53-1 in ASCII digits without sign, blank or leading zero."""
    if _DECIMAL.fullmatch(text) is None or int(text) > SIZE_MAX:
        raise FormatError(thing, f"{text[:20]!r} is not a number 0..2^53-1", where=where)
    return int(text)


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text: three lines exactly."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] != "":
        raise FormatError("checkpoint", "not exactly three lines, each with a line break")
    origin, size_text, root_b64, _ = lines
    if ORIGIN.fullmatch(origin) is None:
        raise FormatError(
            "checkpoint", f"{origin[:80]!r} is not 1-255 of a-z 0-9 . - /", where="origin"
        )
    size = parse_decimal(size_text, thing="checkpoint", where="size")
    root = b64decode(root_b64, thing="checkpoint root")
    if len(root) != HASH_SIZE:
        raise FormatError("checkpoint", f"{len(root)} bytes, not {HASH_SIZE}", where="root")
    return Checkpoint(origin, size, root)


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """The note text that `parse_checkpoint` reads."""
    text = f"{checkpoint.origin}\n{checkpoint.size}\n{b64encode(checkpoint.root)}\n"
    parse_checkpoint(text)  # what we write, we can read
    return text


def open_checkpoint_text(data: bytes) -> tuple[Checkpoint, Note]:
    """Checkpoint and note in `data`, no signature checked; for those who check them next."""
    note = parse_note(data)
    return parse_checkpoint(note.text), note


def sign_checkpoint(checkpoint: Checkpoint, signer: NoteSigner) -> bytes:
    """The checkpoint as a note with the log's own line; the signer's name is the origin."""
    if signer.name != checkpoint.origin:
        raise ValueError(f"a log key is named like its origin: {checkpoint.origin}, {signer.name}")
    return sign_note(format_checkpoint(checkpoint), [signer])


def cosign(text: str, signer: NoteSigner, time: int) -> NoteLine:
    """A cosignature/v1 (type 04) of a checkpoint's note text at `time`, Unix seconds.

    Whoever calls this has checked that the tree extends every tree it has cosigned before, and has
    that on disk.
    """
    parse_checkpoint(text)
    if signer.type != COSIGNATURE:
        raise ValueError(f"{signer.name} is not a cosigner's key")
    if not 0 <= time <= TIME_MAX:
        raise ValueError(f"time {time} is not 0..2^63-1")
    signature = signer.key.sign(cosignature_message(time, text))
    return NoteLine(signer.name, signer.verifier.key_id, time.to_bytes(8, "big") + signature)


def check_cosignature(line: NoteLine, key: VerifierKey, text: str) -> int:
    """The time (Unix seconds) of a cosignature of `text` by `key`, or `CheckError`."""
    if key.type != COSIGNATURE:
        raise CheckError("cosignature", f"{key.name} is not a cosigner's key")
    if (line.name, line.key_id) != (key.name, key.key_id):
        raise CheckError("cosignature", f"the line is by {line.name}, not by {key.name}")
    if not key.verify(text, line.blob):
        raise CheckError("cosignature", f"that of {key.name} does not verify")
    return line.time
