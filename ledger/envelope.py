"""Statements: what a member signs, as a DSSE envelope around a canonical payload.

The payload names everyone who must sign: `author` and `cosigners`. The statement's id is the hash
of the bytes that are signed, so it does not depend on the signatures, of which a signer can make
many (`docs/spec/statement.md`; DSSE v1.0.2, secure-systems-lab/dsse `protocol.md`).

    received bytes --open_statement--> Statement --format_envelope--> the one normal form
                                          |
                                          +--check_signatures--> or Refused

Opening looks at form alone. Whether a key is known and may say such a thing is law, elsewhere.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NewType

from ledger.canon import (
    PAYLOAD_MAX,
    Encodable,
    Value,
    b64decode,
    b64encode,
    decode_object,
    encode,
    is_hex,
    parse_object,
)
from ledger.codes import Code
from ledger.errors import CheckError, FormatError, Refused
from ledger.keys import SIGNATURE_SIZE, KeyId, SigningKey, verify_enrolled, verify_strict

StatementId = NewType("StatementId", str)
"""64 lower-case hex digits: the hash of the pre-authentication encoding."""

PAYLOAD_TYPE: Final = "application/vnd.relief.statement+json"
PROMISE_TYPE: Final = "application/vnd.relief.promise+json"
REFUSAL_TYPE: Final = "application/vnd.relief.refusal+json"

ENVELOPE_MAX: Final = 65_536
"""Bytes of an envelope as it is received; 16 signatures and the longest payload need 48 KB."""
SIGNERS_MAX: Final = 16
RECEIVED_SIGNATURES_MAX: Final = 64
"""Signatures of a received envelope, those of strangers included, which are dropped."""

_ENVELOPE_KEYS: Final = ("payload", "payloadType", "signatures")
_SIGNATURE_KEYS: Final = ("keyid", "sig")
_ENVELOPE_DEPTH: Final = 3
_PAYLOAD_KEYS: Final = frozenset(
    {"author", "body", "expires", "id", "kind", "log", "occurred_at", "v"}
)
_PAYLOAD_KEYS_COSIGNED: Final = _PAYLOAD_KEYS | {"cosigners"}

ORIGIN: Final = re.compile(r"[a-z0-9.\-/]{1,255}")
"""A log's origin: 1-255 characters of `a-z 0-9 . - /`."""
KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,30}+(?:\.[a-z][a-z0-9_]{0,30}+)?")
"""A statement's kind: `noun.verb`, or `genesis`."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the bytes that are signed. Lengths count bytes."""
    name = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def statement_id(payload: bytes) -> StatementId:
    """H(PAE) of a statement's payload, in hex."""
    return StatementId(hashlib.sha256(pae(PAYLOAD_TYPE, payload)).hexdigest())


@dataclass(frozen=True, slots=True)
class Statement:
    """An opened statement. Its form is good; its signatures are not yet checked.

    `signatures` holds those of `author` and `cosigners` that came along, sorted by key id.
    `nonce` is the payload's `id`; times are Unix seconds; `expires_size` is a tree size.
    """

    id: StatementId
    payload: bytes = field(repr=False)
    log: str
    kind: str
    v: int
    author: KeyId
    cosigners: tuple[KeyId, ...]
    nonce: str
    occurred_at: int
    expires_time: int
    expires_size: int | None
    body: dict[str, Value]
    signatures: tuple[tuple[KeyId, bytes], ...] = field(repr=False)

    @property
    def signers(self) -> tuple[KeyId, ...]:
        """Everyone who must have signed: the author, then the co-signers in order."""
        return (self.author, *self.cosigners)


# --- opening


def open_statement(data: bytes) -> Statement:
    """The statement in a received envelope, normalised.

    The envelope itself need not be canonical: order of keys, white space and the URL-safe base64
    alphabet are free, and signatures of anyone but the named signers are dropped. The payload must
    be canonical. Raises `FormatError` with the first of `too_large`, `malformed`, `duplicate_key`,
    `not_canonical` that applies to the envelope, then to the payload.
    """
    envelope = _open_envelope(data, "envelope", PAYLOAD_TYPE, PAYLOAD_MAX)
    return _statement(envelope.payload, envelope.signatures)


def parse_envelope(value: Value) -> Statement:
    """The statement in the value `statement` of an entry, which must be in normal form.

    Normal: standard base64, and exactly the signatures of author and co-signers, sorted by key id.
    """
    payload, received = _envelope_parts(value, "statement", PAYLOAD_TYPE, _b64_standard)
    statement = _statement(payload, received)
    if statement.signatures != received:
        raise FormatError("statement", "signatures of others, or not sorted by key id")
    if len(received) != len(statement.signers):
        raise FormatError("statement", "the signature of a named signer is not there")
    return statement


def _statement(payload: bytes, received: Sequence[tuple[str, bytes]]) -> Statement:
    fields = decode_object(payload, size_max=PAYLOAD_MAX)
    cosigned = "cosigners" in fields
    if fields.keys() != (_PAYLOAD_KEYS_COSIGNED if cosigned else _PAYLOAD_KEYS):
        raise _wrong_keys(fields, _PAYLOAD_KEYS_COSIGNED if cosigned else _PAYLOAD_KEYS)
    # Tests are written out so that the type of each field is known from here on.
    log, kind, v, body = fields["log"], fields["kind"], fields["v"], fields["body"]
    author, nonce, occurred_at = fields["author"], fields["id"], fields["occurred_at"]
    if not isinstance(log, str) or ORIGIN.fullmatch(log) is None:
        raise _wrong("log", "not an origin: 1-255 characters of a-z 0-9 . - /")
    if not isinstance(kind, str) or KIND.fullmatch(kind) is None:
        raise _wrong("kind", "not the name of a kind")
    if type(v) is not int or v < 1:
        raise _wrong("v", "not a version: an integer from 1")
    if not isinstance(author, str) or not is_hex(author, 32):
        raise _wrong("author", "not a key id of 64 lower-case hex digits")
    if not isinstance(nonce, str) or not is_hex(nonce, 16):
        raise _wrong("id", "not 16 bytes as 32 lower-case hex digits")
    if type(occurred_at) is not int or occurred_at < 0:
        raise _wrong("occurred_at", "not Unix seconds: an integer from 0")
    if not isinstance(body, dict):
        raise _wrong("body", "not an object")
    expires_time, expires_size = _expiry(fields["expires"])
    cosigners = _cosigners(fields["cosigners"], author) if cosigned else ()
    return Statement(
        id=statement_id(payload),
        payload=payload,
        log=log,
        kind=kind,
        v=v,
        author=KeyId(author),
        cosigners=cosigners,
        nonce=nonce,
        occurred_at=occurred_at,
        expires_time=expires_time,
        expires_size=expires_size,
        body=body,
        signatures=_named_signatures((KeyId(author), *cosigners), received),
    )


def _named_signatures(
    signers: Sequence[KeyId], received: Sequence[tuple[str, bytes]]
) -> tuple[tuple[KeyId, bytes], ...]:
    """The signatures of `signers`, sorted by key id; of anyone else's nothing is looked at."""
    named = sorted((KeyId(keyid), sig) for keyid, sig in received if keyid in signers)
    for keyid, sig in named:
        if len(sig) != SIGNATURE_SIZE:
            raise FormatError(
                "envelope", f"{len(sig)} bytes, not {SIGNATURE_SIZE}", where=f"signature of {keyid}"
            )
    return tuple(named)


def _expiry(value: Value) -> tuple[int, int | None]:
    """`{"time": t}` or `{"size": n, "time": t}`; who may use a size is law."""
    if not isinstance(value, dict):
        raise _wrong("expires", "not an object")
    if not value.keys() <= {"size", "time"} or "time" not in value:
        raise _wrong("expires", 'not {"time": ..} or {"size": .., "time": ..}')
    time, size = value["time"], value.get("size")
    if type(time) is not int or time < 0:
        raise _wrong("expires.time", "not Unix seconds: an integer from 0")
    if size is not None and (type(size) is not int or size < 0):
        raise _wrong("expires.size", "not a tree size: an integer from 0")
    return time, size


def _cosigners(value: Value, author: str) -> tuple[KeyId, ...]:
    if not isinstance(value, list) or not 1 <= len(value) < SIGNERS_MAX:
        raise _wrong(
            "cosigners", f"not a list of 1-{SIGNERS_MAX - 1} key ids; leave it out for none"
        )
    ids = tuple(KeyId(item) for item in value if isinstance(item, str) and is_hex(item, 32))
    if len(ids) != len(value):
        raise _wrong("cosigners", "not key ids of 64 lower-case hex digits")
    if any(a >= b for a, b in pairwise(ids)):
        raise _wrong("cosigners", "not sorted, or one stands twice")
    if author in ids:
        raise _wrong("cosigners", "the author is among them")
    return ids


def _wrong(where: str, why: str) -> FormatError:
    return FormatError("payload", why, where=where)


def _wrong_keys(fields: Mapping[str, Value], expected: frozenset[str]) -> FormatError:
    unknown = sorted(fields.keys() - expected)
    if unknown:
        return FormatError("payload", "unknown key", where=unknown[0])
    return FormatError("payload", "missing key", where=sorted(expected - fields.keys())[0])


# --- making


def sign_statement(payload: Mapping[str, Encodable], keys: Sequence[SigningKey]) -> bytes:
    """A normalised envelope of `payload`, signed with `keys`: those of author and co-signers.

    Keys of others are refused with `FormatError`; missing ones are not, so that each signer can
    add a signature in turn.
    """
    data = encode(payload)
    message = pae(PAYLOAD_TYPE, data)
    received = [(key.key_id, key.sign(message)) for key in keys]
    statement = _statement(data, received)
    if len(statement.signatures) != len(received):
        raise FormatError("envelope", "a key that the payload does not name")
    return format_envelope(statement)


def add_signatures(statement: Statement, keys: Sequence[SigningKey]) -> Statement:
    """The statement with the signatures of `keys` put in; each must be a named signer's."""
    message = pae(PAYLOAD_TYPE, statement.payload)
    signatures = dict(statement.signatures)
    for key in keys:
        if key.key_id not in statement.signers:
            raise FormatError("envelope", f"key {key.key_id} is not named by the payload")
        signatures[key.key_id] = key.sign(message)
    return _statement(statement.payload, tuple(signatures.items()))


def envelope_value(statement: Statement) -> dict[str, Encodable]:
    """The normal envelope as a value, as it stands in an entry."""
    return _envelope_value(PAYLOAD_TYPE, statement.payload, statement.signatures)


def format_envelope(statement: Statement) -> bytes:
    """The normal envelope: canonical, standard base64, signatures sorted by key id."""
    # Keys in order, joined by hand: base64 and hex need no escape, and every entry comes by here.
    signatures = ",".join(
        f'{{"keyid":"{keyid}","sig":"{b64encode(sig)}"}}' for keyid, sig in statement.signatures
    )
    return (
        f'{{"payload":"{b64encode(statement.payload)}","payloadType":"{PAYLOAD_TYPE}",'
        f'"signatures":[{signatures}]}}'
    ).encode()


def _envelope_value(
    payload_type: str, payload: bytes, signatures: Sequence[tuple[str, bytes]]
) -> dict[str, Encodable]:
    return {
        "payload": b64encode(payload),
        "payloadType": payload_type,
        "signatures": [{"keyid": keyid, "sig": b64encode(sig)} for keyid, sig in signatures],
    }


# --- signatures


def check_signatures(
    statement: Statement,
    public_of: Callable[[KeyId], bytes | None],
    *,
    verify: Callable[[bytes, bytes, bytes], bool] = verify_enrolled,
) -> None:
    """Raise `Refused` unless every named signer has signed.

    `public_of` gives the public key enrolled under an id, or None. In the order of checks:
    `unknown_key`, `bad_signature`, `signature_missing`. `verify` takes key, message, signature.
    """
    publics: dict[KeyId, bytes] = {}
    for keyid in statement.signers:
        public = public_of(keyid)
        if public is None:
            raise Refused(Code.UNKNOWN_KEY, f"key {keyid}", key=keyid)
        publics[keyid] = public
    message = pae(PAYLOAD_TYPE, statement.payload)
    signed = [keyid for keyid, _ in statement.signatures]
    for keyid, signature in statement.signatures:
        if not verify(publics[keyid], message, signature):
            raise Refused(Code.BAD_SIGNATURE, f"key {keyid}", key=keyid)
    for keyid in statement.signers:
        if keyid not in signed:
            raise Refused(Code.SIGNATURE_MISSING, f"key {keyid}", key=keyid)


# --- other envelopes: promises and refusals


@dataclass(frozen=True, slots=True)
class Dsse:
    """An opened DSSE envelope of any type; its payload is bytes, its signatures are unchecked."""

    payload_type: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]


def sign_dsse(payload_type: str, payload: bytes, key: SigningKey) -> bytes:
    """A canonical DSSE envelope with one signature."""
    signature = key.sign(pae(payload_type, payload))
    return encode(_envelope_value(payload_type, payload, [(key.key_id, signature)]))


def open_dsse(data: bytes, payload_type: str, *, payload_max: int = PAYLOAD_MAX) -> Dsse:
    """The envelope in received bytes, read as `open_statement` reads one."""
    return _open_envelope(data, "envelope", payload_type, payload_max)


def check_dsse(envelope: Dsse, keyid: KeyId, public: bytes) -> None:
    """Raise `CheckError` unless the key `public`, of id `keyid`, has signed the envelope."""
    message = pae(envelope.payload_type, envelope.payload)
    for named, signature in envelope.signatures:
        if named == keyid:
            if not verify_strict(public, message, signature):
                raise CheckError("signature", f"that of key {keyid} does not verify")
            return
    raise CheckError("signature", f"none by key {keyid}")


# --- the envelope's own form


def _open_envelope(data: bytes, thing: str, payload_type: str, payload_max: int) -> Dsse:
    value = parse_object(data, thing=thing, size_max=ENVELOPE_MAX, depth_max=_ENVELOPE_DEPTH)
    payload, signatures = _envelope_parts(value, thing, payload_type, _b64_either)
    if len(payload) > payload_max:
        raise FormatError(
            "payload", f"{len(payload):,} bytes, at most {payload_max:,}", code=Code.TOO_LARGE
        )
    return Dsse(payload_type, payload, signatures)


def _envelope_parts(
    value: Value, thing: str, payload_type: str, unbase: Callable[[str, str], bytes]
) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """Payload bytes and (keyid, signature) pairs in the order given; at least one, one per key."""
    if not isinstance(value, dict) or tuple(sorted(value)) != _ENVELOPE_KEYS:
        raise FormatError(thing, "not exactly the keys payload, payloadType, signatures")
    payload, listed = value["payload"], value["signatures"]
    if value["payloadType"] != payload_type:
        raise FormatError(thing, f"not {payload_type}", where="payloadType")
    if not isinstance(payload, str):
        raise FormatError(thing, "not text", where="payload")
    if not isinstance(listed, list) or not 1 <= len(listed) <= RECEIVED_SIGNATURES_MAX:
        raise FormatError(thing, "not a list of 1-64", where="signatures")
    signatures: dict[str, bytes] = {}
    for item in listed:
        if not isinstance(item, dict) or tuple(sorted(item)) != _SIGNATURE_KEYS:
            raise FormatError(thing, "not exactly the keys keyid, sig", where="signatures")
        keyid, sig = item["keyid"], item["sig"]
        if not isinstance(keyid, str) or not isinstance(sig, str):
            raise FormatError(thing, "not text", where="signatures")
        if keyid in signatures:
            # Which of the two would count? A relay could add a bad one in front of the good one.
            raise FormatError(thing, f"two by key {keyid[:64]}", where="signatures")
        signatures[keyid] = unbase(sig, f"{thing} signature")
    return unbase(payload, f"{thing} payload"), tuple(signatures.items())


def _b64_standard(text: str, thing: str) -> bytes:
    return b64decode(text, thing=thing)


_URL_SAFE: Final = str.maketrans("-_", "+/")


def _b64_either(text: str, thing: str) -> bytes:
    """Standard or URL-safe base64 (DSSE allows both), not a mixture; padded, canonical."""
    if ("-" in text or "_" in text) and "+" not in text and "/" not in text:
        text = text.translate(_URL_SAFE)
    return b64decode(text, thing=thing)
