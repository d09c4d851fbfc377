"""Key files: one key, one use, one file that only its owner may read.

A sealed file holds the 32 secret bytes in a NaCl secretbox under a key that argon2id makes from a
passphrase; the passphrase comes by file descriptor or file, never by environment or argument. An
open file holds them in plain: for demos and tests, and it says so.

    {"name":"ledger.example.org","public":"..","sealed":{..} or "seed":"..","type":"relief-key",
     "use":"log","v":1}

Uses are never shared: a key that signs checkpoints signs nothing else. Who can read an open file,
or a sealed one and its passphrase, can sign as that key until the ledger retires it.
"""

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nacl import pwhash, secret
from nacl.exceptions import CryptoError

from ledger.canon import Value, decode_object, encode, hex_decode
from ledger.errors import FormatError
from ledger.keys import SigningKey
from ledger.log.note import COSIGNATURE, LOG, NoteSigner
from nodes.errors import NodeError
from nodes.folder import make_folder, write_whole

USES: Final = ("author", "device", "log", "promise", "mirror", "witness", "vault")
"""`mirror` and `witness` are cosigner keys, one for each set of statements; `vault` is no signing
key but encrypts a store."""

PASSPHRASE_MAX: Final = 4_096
_KEYS_SEALED: Final = frozenset({"box", "memory", "rounds", "salt"})


class KeyFileError(NodeError):
    """A key file that is missing, damaged, for another use, or not opened by the passphrase."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key in memory. `name` is what notes call it (origin, or cosigner's name); may be empty."""

    use: str
    name: str
    seed: bytes = field(repr=False)

    @property
    def key(self) -> SigningKey:
        """The signing key; not for use `vault`."""
        if self.use == "vault":
            raise KeyFileError("the vault's key encrypts, it does not sign")
        return SigningKey.from_seed(self.seed)

    @property
    def signer(self) -> NoteSigner:
        """The key as one that signs notes."""
        kinds = {"log": LOG, "mirror": COSIGNATURE, "witness": COSIGNATURE}
        if self.use not in kinds or not self.name:
            raise KeyFileError(f"a key of use {self.use} signs no notes")
        return NoteSigner(self.name, self.key, kinds[self.use])


def new_key(use: str, name: str = "") -> KeyFile:
    """A fresh key of the system's randomness."""
    if use not in USES:
        raise KeyFileError(f"{use!r} is no use of a key; there are {', '.join(USES)}")
    return KeyFile(use, name, secrets.token_bytes(32))


def write_key(path: Path, key: KeyFile, passphrase: bytes | None) -> None:
    """Write a key file (0600), sealed unless `passphrase` is None; never over one that is there."""
    if path.exists():
        raise KeyFileError(f"{path} is there already; a key is never overwritten")
    value: dict[str, Value] = {"name": key.name, "type": "relief-key", "use": key.use, "v": 1}
    if key.use != "vault":
        value["public"] = key.key.public.hex()
    if passphrase is None:
        value["seed"] = key.seed.hex()
    else:
        value["sealed"] = _seal(key.seed, passphrase)
    make_folder(path.parent)
    write_whole(path, encode(value))


def read_key(path: Path, use: str, passphrase: bytes | None = None) -> KeyFile:
    """The key in a file, which must be for this use and readable by its owner alone."""
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise KeyFileError(f"{path} can be read by others: chmod 600, and think about a new key")
    try:
        value = decode_object(data)
        if value.get("type") != "relief-key" or value.get("v") != 1:
            raise FormatError("key file", "not a relief-key of version 1")
        if value.get("use") != use:
            raise FormatError("key file", f"for use {value.get('use')}, not {use}")
        seed = _unseal(value, passphrase, path)
        found = KeyFile(use, str(value["name"]), seed)
        if use != "vault" and found.key.public.hex() != value.get("public"):
            raise FormatError("key file", "its public key is not that of its secret")
    except (FormatError, KeyError) as error:
        raise KeyFileError(f"{path}: {error}") from None
    return found


def read_passphrase(*, fd: int | None = None, path: Path | None = None) -> bytes | None:
    """The passphrase behind a file descriptor or in a file, without a last line break."""
    if fd is not None:
        with os.fdopen(fd, "rb", closefd=True) as file:
            data = file.read(PASSPHRASE_MAX)
    elif path is not None:
        data = path.read_bytes()[:PASSPHRASE_MAX]
    else:
        return None
    found = data.removesuffix(b"\n").removesuffix(b"\r")
    if not found:
        raise KeyFileError("the passphrase is empty")
    return found


def _seal(seed: bytes, passphrase: bytes) -> dict[str, Value]:
    salt = secrets.token_bytes(pwhash.argon2id.SALTBYTES)
    rounds, memory = pwhash.argon2id.OPSLIMIT_MODERATE, pwhash.argon2id.MEMLIMIT_MODERATE
    box = secret.SecretBox(_stretch(passphrase, salt, rounds, memory))
    return {
        "box": bytes(box.encrypt(seed)).hex(),
        "memory": memory,
        "rounds": rounds,
        "salt": salt.hex(),
    }


def _unseal(value: dict[str, Value], passphrase: bytes | None, path: Path) -> bytes:
    if "seed" in value:
        return hex_decode(value["seed"], 32, thing="key file seed")
    sealed = value.get("sealed")
    if not isinstance(sealed, dict) or sealed.keys() != _KEYS_SEALED:
        raise FormatError("key file", "neither a seed nor a sealed one")
    if passphrase is None:
        raise KeyFileError(f"{path} is sealed: give its passphrase by descriptor or file")
    rounds, memory = sealed["rounds"], sealed["memory"]
    if not isinstance(rounds, int) or not isinstance(memory, int):
        raise FormatError("key file", "rounds and memory are numbers")
    if rounds > 64 or memory > 1 << 31:
        raise FormatError("key file", "it asks for more work than a key file does")
    salt = hex_decode(sealed["salt"], pwhash.argon2id.SALTBYTES, thing="key file salt")
    box = sealed["box"]
    try:
        raw = bytes.fromhex(box) if isinstance(box, str) else b""
        key = _stretch(passphrase, salt, rounds, memory)
        return bytes(secret.SecretBox(key).decrypt(raw))
    except (CryptoError, ValueError):
        raise KeyFileError(f"{path} is not opened by this passphrase, or is damaged") from None


def _stretch(passphrase: bytes, salt: bytes, rounds: int, memory: int) -> bytes:
    size = secret.SecretBox.KEY_SIZE
    return pwhash.argon2id.kdf(size, passphrase, salt, opslimit=rounds, memlimit=memory)
