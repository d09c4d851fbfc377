"""Signed notes: a text and, below it, one line for each signature (C2SP signed-note v1.0.0).

    ledger.example.org/test                      |
    8                                            | the text: signed, ends with a line break
    XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg= |
                                                 | the last blank line: not part of the text
    — ledger.example.org/test YTN3POTK...         | name, base64 of key id (4 bytes) and signature

Name and key id only select a key that the reader knows already. Lines of unknown keys are passed
over; a line whose name *and* key id are known must verify, or the whole note is refused: a bad
signature under a known name is never innocent.

Two types of signature are read (`docs/spec/note-and-checkpoint.md`): `LOG` (01) signs the text;
`COSIGNATURE` (04, C2SP tlog-cosignature) signs a time and the text.

    >>> key = parse_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    >>> key.name, key.type == LOG
    ('example.com/foo', True)
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.canon import b64decode, b64encode
from ledger.errors import CheckError, FormatError, UnknownSigner
from ledger.keys import PUBLIC_SIZE, SIGNATURE_SIZE, SigningKey, is_strong, verify_enrolled

LOG: Final = 1
"""Type byte of an Ed25519 signature over the text."""
COSIGNATURE: Final = 4
"""Type byte of a timestamped Ed25519 cosignature."""

NOTE_MAX: Final = 1 << 20
"""Bytes of a note."""
LINES_MAX: Final = 64
"""Signature lines of a note; C2SP asks for 16 at least."""
NAME_MAX: Final = 255
"""Bytes of a key name."""
TIME_MAX: Final = 2**63 - 1
"""Largest time of a cosignature, in Unix seconds."""

_DASH: Final = "\u2014 "
# White_Space of Unicode, written out: no Python version decides what a name may hold.
_NAME: Final = re.compile(
    "[^+\x00-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]+"
)
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f]")
_KEY_ID_HEX: Final = re.compile("[0-9a-f]{8}")


def is_key_name(name: str) -> bool:
    """Whether `name` may name a key: not empty, no space, no `+`, at most 255 bytes."""
    return _NAME.fullmatch(name) is not None and len(name.encode("utf-8")) <= NAME_MAX


def note_key_id(name: str, key_type: int, public: bytes) -> bytes:
    """The first 4 bytes of H(name || 0A || type || public key)."""
    data = b"%b\n%c%b" % (name.encode("utf-8"), key_type, public)
    return hashlib.sha256(data).digest()[:4]


def cosignature_message(time: int, text: str) -> bytes:
    """What a cosignature/v1 signs: two lines, then the text of the note. `time` in Unix seconds."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


# --- keys


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key that a reader of notes knows; made by `parse_vkey` or `NoteSigner.verifier`."""

    name: str
    key_id: bytes
    type: int
    public: bytes

    def verify(self, text: str, blob: bytes) -> bool:
        """Whether `blob`, a line's bytes behind the key id, is a signature of `text`.

        The point was gated when the key was made; a cosignature is `u64 time || signature`.
        """
        if self.type == LOG:
            return verify_enrolled(self.public, text.encode("utf-8"), blob)
        if len(blob) != 8 + SIGNATURE_SIZE:
            return False
        time = int.from_bytes(blob[:8], "big")
        if time > TIME_MAX:
            return False
        return verify_enrolled(self.public, cosignature_message(time, text), blob[8:])


def make_vkey(name: str, key_type: int, public: bytes) -> VerifierKey:
    """The verifier key of a name, type and public key; raises `FormatError` for a bad one."""
    if not is_key_name(name):
        raise FormatError("verifier key", f"{name!r} is not a key name")
    if key_type not in (LOG, COSIGNATURE):
        raise FormatError("verifier key", f"type {key_type:02x} is neither 01 nor 04")
    if len(public) != PUBLIC_SIZE:
        raise FormatError("verifier key", f"a key of {len(public)} bytes, not {PUBLIC_SIZE}")
    if not is_strong(public):
        raise FormatError("verifier key", f"{public.hex()} is not a point of prime order")
    return VerifierKey(name, note_key_id(name, key_type, public), key_type, public)


def parse_vkey(text: str) -> VerifierKey:
    """The key in `name+keyid+base64(type || public key)`, C2SP signed-note, verifier keys."""
    # Base64 may hold a `+` itself: only the first two separate.
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise FormatError("verifier key", "not name+keyid+key")
    name, id_hex, data_b64 = parts
    data = b64decode(data_b64, thing="verifier key")
    if not data:
        raise FormatError("verifier key", "no type byte")
    key = make_vkey(name, data[0], data[1:])
    if _KEY_ID_HEX.fullmatch(id_hex) is None:
        raise FormatError("verifier key", f"key id {id_hex!r} is not 8 lower-case hex digits")
    if key.key_id.hex() != id_hex:
        raise FormatError("verifier key", f"key id {id_hex}, but the key has {key.key_id.hex()}")
    return key


def format_vkey(key: VerifierKey) -> str:
    """The text that `parse_vkey` reads."""
    data = bytes([key.type]) + key.public
    return f"{key.name}+{key.key_id.hex()}+{b64encode(data)}"


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A private key under a name. A cosigner's key has one name and one set of statements."""

    name: str
    key: SigningKey
    type: int = LOG

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return make_vkey(self.name, self.type, self.key.public)


# --- notes


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One signature line; `blob` is what follows the 4 bytes of the key id."""

    name: str
    key_id: bytes
    blob: bytes

    @property
    def time(self) -> int:
        """The time in a cosignature, Unix seconds; says nothing before the line is verified."""
        return int.from_bytes(self.blob[:8], "big")


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signature lines; `verified` holds those that `open_note` has checked."""

    text: str
    lines: tuple[NoteLine, ...]
    verified: tuple[NoteLine, ...] = ()


def parse_note(data: bytes) -> Note:
    """The note in `data`, no signature checked. Raises `FormatError`."""
    if len(data) > NOTE_MAX:
        raise FormatError("note", f"{len(data):,} bytes, at most {NOTE_MAX:,}")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("note", "not UTF-8", where=f"byte {error.start}") from None
    if found := _CONTROL.search(whole):
        raise FormatError("note", f"control character U+{ord(found[0]):04X}")
    # The text may hold blank lines: the last one separates.
    split = whole.rfind("\n\n")
    if split < 0:
        raise FormatError("note", "no blank line between text and signatures")
    text, below = whole[: split + 1], whole[split + 2 :]
    if not below.endswith("\n"):
        raise FormatError("note", "no signature line that ends with a line break")
    lines = below[:-1].split("\n")
    if len(lines) > LINES_MAX:
        raise FormatError("note", f"{len(lines)} signature lines, at most {LINES_MAX}")
    return Note(text, tuple(parse_line(line) for line in lines))


def format_note(note: Note) -> bytes:
    """The bytes that `parse_note` reads."""
    _check_text(note.text)
    if not 1 <= len(note.lines) <= LINES_MAX:
        raise FormatError("note", f"{len(note.lines)} signature lines, not 1-{LINES_MAX}")
    below = "".join(f"{format_line(line)}\n" for line in note.lines)
    return f"{note.text}\n{below}".encode()


def parse_line(line: str) -> NoteLine:
    """The signature line `line`, without its line break."""
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2:
        raise FormatError("note", f"not a signature line: {line[:80]!r}")
    name, data_b64 = parts
    if not is_key_name(name):
        raise FormatError("note", f"{name[:80]!r} is not a key name")
    data = b64decode(data_b64, thing=f"signature line of {name}")
    if len(data) < 5:
        raise FormatError("note", f"the line of {name} has no signature")
    return NoteLine(name, data[:4], data[4:])


def format_line(line: NoteLine) -> str:
    """The line that `parse_line` reads."""
    return f"{_DASH}{line.name} {b64encode(line.key_id + line.blob)}"


def sign_line(text: str, signer: NoteSigner) -> NoteLine:
    """The log's own signature (type 01) of `text`, as a line."""
    _check_text(text)
    if signer.type != LOG:
        raise ValueError(f"{signer.name} is a cosigner: it signs with `checkpoint.cosign`")
    return NoteLine(signer.name, signer.verifier.key_id, signer.key.sign(text.encode("utf-8")))


def sign_note(text: str, signers: Sequence[NoteSigner]) -> bytes:
    """A note of `text`, signed (type 01) by each of `signers` in order."""
    return format_note(Note(text, tuple(sign_line(text, signer) for signer in signers)))


def open_note(data: bytes, verifiers: Iterable[VerifierKey]) -> Note:
    """The note in `data`, its lines by known keys verified.

    Raises `FormatError` for bad form; `CheckError` when a line of a known name and key id does not
    verify, and when there is no line of a known key at all: `UnknownSigner` where a line bears a
    known name, whose key may have changed.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in verifiers:
        if known.setdefault((key.name, key.key_id), key).public != key.public:
            raise ValueError(f"two keys {key.name} with key id {key.key_id.hex()}")
    note = parse_note(data)
    verified = []
    for line in note.lines:
        verifier = known.get((line.name, line.key_id))
        if verifier is None:
            continue
        if not verifier.verify(note.text, line.blob):
            raise CheckError(
                "note", f"the signature of {line.name} (key id {line.key_id.hex()}) fails"
            )
        verified.append(line)
    if not verified:
        names = {name for name, _ in known}
        kind = UnknownSigner if any(line.name in names for line in note.lines) else CheckError
        raise kind("note", "no signature of a known key")
    return Note(note.text, note.lines, tuple(verified))


def merge_lines(note: Note, lines: Iterable[NoteLine]) -> Note:
    """The note with `lines` put in: behind its own, in place of one by the same name and key id.

    Only lines of the same text may be merged; the caller has verified them. What counted as
    verified before does so no longer.
    """
    merged = {(line.name, line.key_id): line for line in note.lines}
    for line in lines:
        merged[line.name, line.key_id] = line
    if len(merged) > LINES_MAX:
        raise FormatError("note", f"{len(merged)} signature lines, at most {LINES_MAX}")
    return Note(note.text, tuple(merged.values()))


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise FormatError("note", "the text does not end with a line break")
    if _CONTROL.search(text):
        raise FormatError("note", "the text holds a control character")
