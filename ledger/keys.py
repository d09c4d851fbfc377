"""Keys and signatures: Ed25519 (RFC 8032), checked so strictly that no two verifiers disagree.

This is the one door to the signature library. Ed25519 verifiers in common use differ on points of
small or mixed order, on points and scalars that are not canonical, and on the equation with or
without cofactor. `verify_strict` takes only what all of them take: keys and commitments R of prime
order, spelled canonically, and S below the group's order (`docs/spec/statement.md`, signatures).

The algorithm belongs to the key that was enrolled, never to the message.

    >>> key = SigningKey.from_seed(bytes(32))
    >>> verify_strict(key.public, b"rice", key.sign(b"rice"))
    True
    >>> verify_strict(key.public, b"salt", key.sign(b"rice"))
    False
    >>> key
    SigningKey(3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29)

The C functions release the interpreter lock and keep no state: threads may verify side by side.
"""

import hashlib
from typing import Final, NewType, NoReturn

from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError

from ledger.errors import FormatError

KeyId = NewType("KeyId", str)
"""64 lower-case hex digits that name a public key and its algorithm."""

PUBLIC_SIZE: Final = 32
SEED_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64

ED25519: Final = b"\x01"
"""The algorithm's byte in a key id."""

# The order L of the prime-order group, RFC 8032 section 5.1.
_GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493


def key_id(public: bytes) -> KeyId:
    """The id of an Ed25519 public key: hex of H("relief/key/v1" || 00 || 01 || key)."""
    if len(public) != PUBLIC_SIZE:
        raise FormatError("public key", f"{len(public)} bytes, not {PUBLIC_SIZE}")
    return KeyId(hashlib.sha256(b"relief/key/v1\x00" + ED25519 + public).hexdigest())


def is_strong(public: bytes) -> bool:
    """Whether a public key may be enrolled: 32 bytes, canonical, on the curve, of prime order."""
    return len(public) == PUBLIC_SIZE and crypto_core_ed25519_is_valid_point(public)


def verify_strict(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is one of `message` by `public`, with every check there is."""
    return is_strong(public) and verify_enrolled(public, message, signature)


def verify_enrolled(public: bytes, message: bytes, signature: bytes) -> bool:
    """As `verify_strict`, for a key that passed `is_strong` when it was enrolled.

    The gate on the key is left out here because it was passed then, and costs a quarter of the
    time. Never call this with a key that comes with the message.
    """
    if len(public) != PUBLIC_SIZE or len(signature) != SIGNATURE_SIZE:
        return False
    commitment, scalar = signature[:32], signature[32:]
    # RFC 8032 section 5.1.7: without this, S + L would be a second signature.
    if int.from_bytes(scalar, "little") >= _GROUP_ORDER:
        return False
    # R of prime order: then the equations with and without cofactor have the same solutions.
    if not crypto_core_ed25519_is_valid_point(commitment):
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


class SigningKey:
    """A private key in memory. Nothing it prints, compares or pickles shows the seed."""

    __slots__ = ("_secret", "key_id", "public")

    _secret: bytes
    public: bytes
    key_id: KeyId

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """The key of a seed of 32 bytes; whoever made the seed keeps it."""
        if len(seed) != SEED_SIZE:
            raise FormatError("seed", f"{len(seed)} bytes, not {SEED_SIZE}")
        key = cls.__new__(cls)
        public, secret = crypto_sign_seed_keypair(seed)
        object.__setattr__(key, "_secret", secret)
        object.__setattr__(key, "public", public)
        object.__setattr__(key, "key_id", key_id(public))
        return key

    def __init__(self) -> None:
        raise TypeError("make a key with SigningKey.from_seed")

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; the same message always gives the same ones."""
        return crypto_sign(message, self._secret)[:SIGNATURE_SIZE]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a key does not change")

    def __repr__(self) -> str:
        return f"SigningKey({self.public.hex()})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a private key is not copied, pickled or sent")
