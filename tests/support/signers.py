"""Keys for tests, made from their names: never enrol one anywhere else.

Goal: a test names a key and gets the same one as the shared vectors do.
Method: the seed is H("relief-ledger test key: " || name).

    author = signing_key("author")
    log, a, b = log_signer(ORIGIN), cosigner("a.example/mirror"), cosigner("b.example/witness")
"""

from hashlib import sha256

from ledger.keys import SigningKey
from ledger.log.note import COSIGNATURE, LOG, NoteSigner

ORIGIN = "ledger.example.org/test"


def signing_key(name: str) -> SigningKey:
    """The test key of that name."""
    return SigningKey.from_seed(sha256(f"relief-ledger test key: {name}".encode()).digest())


def log_signer(origin: str = ORIGIN, seed: str = "log") -> NoteSigner:
    """The log key of an origin."""
    return NoteSigner(origin, signing_key(seed), LOG)


def cosigner(name: str, seed: str | None = None) -> NoteSigner:
    """A cosigner's key; its seed is named like the key unless given."""
    return NoteSigner(name, signing_key(name if seed is None else seed), COSIGNATURE)
