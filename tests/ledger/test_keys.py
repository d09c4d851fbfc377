"""Keys and signatures.

Goal: a signature is accepted only when every verifier in common use would accept it, and a private
key never leaves by accident.
Method: 1,077 public edge cases with their verdicts; `cryptography` as second opinion on those that
are accepted; the classic forgeries by hand.
"""

import copy
import doctest
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign_open
from signers import signing_key

from ledger import keys
from ledger.errors import FormatError
from ledger.keys import SigningKey, is_strong, key_id, verify_enrolled, verify_strict

KEY = signing_key("author")
MESSAGE = b"12 sacks of rice"
SIGNATURE = KEY.sign(MESSAGE)
ORDER = 2**252 + 27742317777372353535851937790883648493
"""L of RFC 8032 section 5.1."""
IDENTITY = bytes([1]) + bytes(31)
ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")


def cases(folder: Path) -> list[tuple[str, bytes, bytes, bytes, bool]]:
    return [
        (
            f"{case['src']} {case['id']}",
            *(bytes.fromhex(case[part]) for part in ("pk", "msg", "sig")),
            case["strict"],
        )
        for case in json.loads((folder / "ed25519_strict_vectors.json").read_text("utf-8"))
    ]


def test_all_shared_verdicts(shared_vectors: Path) -> None:
    vectors = cases(shared_vectors)
    assert len(vectors) == 1077
    assert sum(strict for *_, strict in vectors) == 89
    wrong = [
        name for name, pk, msg, sig, strict in vectors if verify_strict(pk, msg, sig) is not strict
    ]
    assert not wrong


def test_enrolled_keys_lose_nothing(shared_vectors: Path) -> None:
    """For a key that passed the gate once, leaving the gate out changes no verdict."""
    strong = [case for case in cases(shared_vectors) if is_strong(case[1])]
    assert len(strong) > 100
    wrong = [
        name for name, pk, msg, sig, strict in strong if verify_enrolled(pk, msg, sig) is not strict
    ]
    assert not wrong


def test_second_opinion_takes_what_is_accepted(shared_vectors: Path) -> None:
    for _, pk, msg, sig, strict in cases(shared_vectors):
        if strict:
            Ed25519PublicKey.from_public_bytes(pk).verify(sig, msg)


def test_loose_verifiers_are_stopped_by_the_gate(shared_vectors: Path) -> None:
    """`speccheck` case 3 is taken by the library alone; the gate refuses its mixed-order key."""
    pk, msg, sig = next(case[1:4] for case in cases(shared_vectors) if case[0] == "speccheck 3")
    assert crypto_sign_open(sig + msg, pk) == msg
    assert not is_strong(pk)
    assert not verify_strict(pk, msg, sig)


def test_known_key_id_and_signature(shared_vectors: Path) -> None:
    vector = json.loads((shared_vectors / "dsse.json").read_text("utf-8"))["relief"]
    assert KEY.public.hex() == vector["public_key"]
    assert KEY.key_id == vector["key_id"] == key_id(KEY.public)


def test_examples_run() -> None:
    assert doctest.testmod(keys).failed == 0


def test_the_smallest_good_one() -> None:
    assert is_strong(KEY.public)
    assert verify_strict(KEY.public, MESSAGE, SIGNATURE)
    assert verify_enrolled(KEY.public, MESSAGE, SIGNATURE)
    assert verify_strict(KEY.public, b"", KEY.sign(b""))


@pytest.mark.parametrize("bit", range(0, 512, 7))
def test_every_flipped_bit_fails(bit: int) -> None:
    flipped = bytearray(SIGNATURE)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not verify_strict(KEY.public, MESSAGE, bytes(flipped))


def test_another_message_or_key_fails() -> None:
    assert not verify_strict(KEY.public, MESSAGE + b" ", SIGNATURE)
    assert not verify_strict(KEY.public, MESSAGE[:-1], SIGNATURE)
    assert not verify_strict(signing_key("other").public, MESSAGE, SIGNATURE)


@pytest.mark.parametrize("size", [0, 31, 33, 63, 65, 128])
def test_other_lengths_fail(size: int) -> None:
    assert not verify_strict(KEY.public, MESSAGE, (SIGNATURE * 2)[:size])
    assert not verify_enrolled(KEY.public, MESSAGE, (SIGNATURE * 2)[:size])
    assert not verify_strict((KEY.public * 4)[:size], MESSAGE, SIGNATURE)
    assert not verify_enrolled((KEY.public * 4)[:size], MESSAGE, SIGNATURE)
    assert not is_strong((KEY.public * 4)[:size])


def test_s_plus_the_order_is_not_a_second_signature() -> None:
    scalar = int.from_bytes(SIGNATURE[32:], "little")
    assert scalar < ORDER
    again = SIGNATURE[:32] + (scalar + ORDER).to_bytes(32, "little")
    assert not verify_strict(KEY.public, MESSAGE, again)
    # the boundary itself
    assert not verify_enrolled(KEY.public, MESSAGE, SIGNATURE[:32] + ORDER.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "public",
    [
        IDENTITY,
        ORDER_8,
        bytes(32),
        (2**255 - 19 + 1).to_bytes(32, "little"),  # the identity, not canonical
        (2**255 - 1).to_bytes(32, "little"),
        bytes([2]) + bytes(31),  # y = 2 is not on the curve
        bytes.fromhex("cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d"),  # mixed
    ],
)
def test_weak_keys_cannot_be_enrolled(public: bytes) -> None:
    assert not is_strong(public)
    # With such a key, R = identity and S = 0 would sign anything.
    assert not verify_strict(public, MESSAGE, IDENTITY + bytes(32))


def test_a_commitment_of_small_order_fails_for_a_good_key() -> None:
    for commitment in (IDENTITY, ORDER_8):
        assert not verify_enrolled(KEY.public, MESSAGE, commitment + SIGNATURE[32:])


def test_threads_verify_side_by_side() -> None:
    messages = [bytes([number]) * 700 for number in range(64)]
    signed = [(message, KEY.sign(message)) for message in messages]
    jobs = [(message, signature, True) for message, signature in signed]
    jobs += [(message + b"!", signature, False) for message, signature in signed]
    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(lambda job: verify_strict(KEY.public, job[0], job[1]), jobs))
    assert verdicts == [expected for *_, expected in jobs]


# --- the private key


def test_seed_and_key_have_one_length() -> None:
    for size in (0, 31, 33, 64):
        with pytest.raises(FormatError):
            SigningKey.from_seed(bytes(size))
        with pytest.raises(FormatError):
            key_id(bytes(size))


def test_the_seed_stays_inside() -> None:
    seed = bytes(range(32))
    key = SigningKey.from_seed(seed)
    shown = f"{key!r} {key} {key.__slots__}"
    assert seed.hex() not in shown
    assert key.public.hex() in shown
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(key)
    with pytest.raises(TypeError):
        SigningKey()
    with pytest.raises(TypeError):
        vars(key)


def test_a_key_does_not_change() -> None:
    key = SigningKey.from_seed(bytes(32))
    with pytest.raises(AttributeError):
        key.public = KEY.public
    with pytest.raises(AttributeError):
        key.name = "x"
    assert key.public != KEY.public
