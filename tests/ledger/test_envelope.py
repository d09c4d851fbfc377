"""Statements and their envelopes.

Goal: whatever form of envelope arrives, one statement comes out or one coded error; nobody but the
named signers matters; every damage to the bytes is found by form or by signature.
Method: the shared vectors; a table of wrong payloads and envelopes; every truncation and flipped
byte of an envelope; Hypothesis for arbitrary bytes.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signers import ORIGIN, signing_key

from ledger.canon import PAYLOAD_MAX, b64encode, encode
from ledger.codes import Code
from ledger.envelope import (
    ENVELOPE_MAX,
    PAYLOAD_TYPE,
    PROMISE_TYPE,
    REFUSAL_TYPE,
    Statement,
    add_signatures,
    check_dsse,
    check_signatures,
    envelope_value,
    format_envelope,
    open_dsse,
    open_statement,
    pae,
    parse_envelope,
    sign_dsse,
    sign_statement,
    statement_id,
)
from ledger.errors import CheckError, FormatError, Refused
from ledger.keys import KeyId, SigningKey, verify_strict

AUTHOR, SECOND, THIRD, STRANGER = (signing_key(name) for name in ("author", "b", "c", "stranger"))
KNOWN = {key.key_id: key.public for key in (AUTHOR, SECOND, THIRD)}

Json = dict[str, Any]


def payload(**fields: Any) -> Json:
    """The smallest good payload; a field given as None is left out."""
    whole = {
        "author": AUTHOR.key_id,
        "body": {},
        "expires": {"time": 1_812_345_678},
        "id": "00" * 16,
        "kind": "test.echo",
        "log": ORIGIN,
        "occurred_at": 0,
        "v": 1,
    } | fields
    return {key: value for key, value in whole.items() if value is not None}


def cosigned(*keys: SigningKey) -> Json:
    return payload(cosigners=sorted(key.key_id for key in keys))


def wrap(data: bytes, *keys: SigningKey, sigs: list[Json] | None = None) -> Json:
    """An envelope as a careless client may send it: signatures in any order."""
    message = pae(PAYLOAD_TYPE, data)
    return {
        "payloadType": PAYLOAD_TYPE,
        "payload": b64encode(data),
        "signatures": sigs
        or [{"sig": b64encode(key.sign(message)), "keyid": key.key_id} for key in keys],
    }


def refused(data: bytes) -> FormatError:
    with pytest.raises(FormatError) as caught:
        open_statement(data)
    return caught.value


# --- vectors


def test_pre_authentication_encoding(shared_vectors: Path) -> None:
    vectors = json.loads((shared_vectors / "dsse.json").read_text("utf-8"))
    for name in ("published", "lengths_are_bytes", "empty"):
        vector = vectors[name]
        assert pae(vector["type"], vector["body"].encode()).hex() == vector["pae_hex"], name


def test_known_statement(shared_vectors: Path) -> None:
    vector = json.loads((shared_vectors / "dsse.json").read_text("utf-8"))["relief"]
    data = vector["payload"].encode()
    assert len(data) == vector["payload_bytes"]
    assert statement_id(data) == vector["statement_id"]
    assert AUTHOR.sign(pae(PAYLOAD_TYPE, data)).hex() == vector["signature"]
    # Its `expires` has no time: good for the id, not as a statement.
    assert "expires" in str(refused(encode(wrap(data, AUTHOR))))


def test_the_envelope_of_a_stranger_to_our_form(shared_vectors: Path) -> None:
    """The published P-256 example is well-formed DSSE and no statement."""
    vector = json.loads((shared_vectors / "dsse.json").read_text("utf-8"))["published"]
    envelope = {
        "payload": base64.b64encode(vector["body"].encode()).decode(),
        "payloadType": vector["type"],
        "signatures": [{"keyid": "p256", "sig": vector["p256_sig_b64"]}],
    }
    assert open_dsse(json.dumps(envelope).encode(), vector["type"]).payload == b"hello world"
    assert refused(json.dumps(envelope).encode()).where == "payloadType"


# --- a good statement


def test_the_smallest_statement() -> None:
    data = sign_statement(payload(body={"a": [1]}), [AUTHOR])
    statement = open_statement(data)
    check_signatures(statement, KNOWN.get)
    assert statement.id == statement_id(encode(payload(body={"a": [1]})))
    assert (statement.log, statement.kind, statement.v) == (ORIGIN, "test.echo", 1)
    assert statement.signers == (AUTHOR.key_id,)
    assert (statement.expires_time, statement.expires_size) == (1_812_345_678, None)
    assert statement.body == {"a": [1]}
    assert format_envelope(statement) == data
    assert parse_envelope(json.loads(data)) == statement


@pytest.mark.parametrize(
    "fields",
    [
        {"expires": {"size": 0, "time": 0}},
        {"expires": {"size": 2**53 - 1, "time": 2**53 - 1}},
        {"occurred_at": 2**53 - 1},
        {"v": 2**53 - 1},
        {"kind": "genesis"},
        {"kind": "a1_b.c"},
        {"log": "a"},
        {"log": "x" * 255},
        {"cosigners": sorted(signing_key(str(n)).key_id for n in range(15))},
    ],
)
def test_good_fields(fields: Json) -> None:
    statement = open_statement(encode(wrap(encode(payload(**fields)), AUTHOR)))
    for name, value in fields.items():
        if name != "expires":
            assert getattr(statement, name) == (tuple(value) if name == "cosigners" else value)


HEX64, HEX32 = "0" * 64, "0" * 32


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"log": ""}, "log"),
        ({"log": "x" * 256}, "log"),
        ({"log": "Ledger.example.org"}, "log"),
        ({"log": "a b"}, "log"),
        ({"log": "a\n"}, "log"),
        ({"log": 1}, "log"),
        ({"kind": ""}, "kind"),
        ({"kind": "Test.echo"}, "kind"),
        ({"kind": "test."}, "kind"),
        ({"kind": "a.b.c"}, "kind"),
        ({"kind": "1a.b"}, "kind"),
        ({"kind": "test.echo\n"}, "kind"),
        ({"kind": "x" * 32}, "kind"),
        ({"kind": ["test.echo"]}, "kind"),
        ({"v": 0}, "v"),
        ({"v": -1}, "v"),
        ({"v": True}, "v"),
        ({"v": "1"}, "v"),
        ({"author": HEX64[1:]}, "author"),
        ({"author": HEX64[1:] + "A"}, "author"),
        ({"author": 0}, "author"),
        ({"id": HEX32 + "00"}, "id"),
        ({"id": HEX32[1:]}, "id"),
        ({"id": "G" + HEX32[1:]}, "id"),
        ({"id": 0}, "id"),
        ({"occurred_at": -1}, "occurred_at"),
        ({"occurred_at": False}, "occurred_at"),
        ({"occurred_at": "0"}, "occurred_at"),
        ({"body": []}, "body"),
        ({"body": ""}, "body"),
        ({"expires": 1}, "expires"),
        ({"expires": {}}, "expires"),
        ({"expires": {"size": 1}}, "expires"),
        ({"expires": {"time": 1, "x": 1}}, "expires"),
        ({"expires": {"time": -1}}, "expires.time"),
        ({"expires": {"time": True}}, "expires.time"),
        ({"expires": {"time": "1"}}, "expires.time"),
        ({"expires": {"size": -1, "time": 1}}, "expires.size"),
        ({"expires": {"size": False, "time": 1}}, "expires.size"),
        ({"cosigners": []}, "cosigners"),
        ({"cosigners": {}}, "cosigners"),
        ({"cosigners": [1]}, "cosigners"),
        ({"cosigners": [HEX64[1:]]}, "cosigners"),
        ({"cosigners": [HEX64, HEX64]}, "cosigners"),
        ({"cosigners": ["1" * 64, HEX64]}, "cosigners"),
        ({"cosigners": [AUTHOR.key_id]}, "cosigners"),
        ({"cosigners": [f"{n:064x}" for n in range(16)]}, "cosigners"),
        ({"note": 1}, "note"),
        ({"Body": {}}, "Body"),
        *[({name: None}, name) for name in payload()],
    ],
)  # fmt: skip
def test_wrong_payload_fields_are_malformed(fields: Json, where: str) -> None:
    error = refused(encode(wrap(encode(payload(**fields)), AUTHOR)))
    assert (error.code, error.thing, error.where) == (Code.MALFORMED, "payload", where)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", Code.MALFORMED),
        (b"[]", Code.MALFORMED),
        (encode(payload())[:-1], Code.MALFORMED),
        (encode(payload(body={"f": 1})).replace(b'"f":1', b'"f":1.0'), Code.MALFORMED),
        (encode(payload()).replace(b'"body":{}', b'"body":null'), Code.MALFORMED),
        (encode(payload()).replace(b'"v":1', b'"v":1,"v":1'), Code.DUPLICATE_KEY),
        (encode(payload()).replace(b'"v":1', b'"v": 1'), Code.NOT_CANONICAL),
        (encode(payload()) + b"\n", Code.NOT_CANONICAL),
        (b"\xef\xbb\xbf" + encode(payload()), Code.MALFORMED),
        (encode(payload()).decode().encode("utf-16"), Code.MALFORMED),
        (encode(payload(body={"t": "x" * PAYLOAD_MAX})), Code.TOO_LARGE),
        (b"[" * 4000, Code.MALFORMED),
    ],
)
def test_payload_bytes_must_be_canonical(data: bytes, code: Code) -> None:
    assert refused(encode(wrap(data, AUTHOR))).code == code


def test_the_longest_payload() -> None:
    room = PAYLOAD_MAX - len(encode(payload(body={"t": ""})))
    statement = open_statement(encode(wrap(encode(payload(body={"t": "x" * room})), AUTHOR)))
    assert len(statement.payload) == PAYLOAD_MAX
    longer = encode(payload(body={"t": "x" * (room + 1)}))
    assert refused(encode(wrap(longer, AUTHOR))).code == Code.TOO_LARGE


# --- envelopes as they arrive

GOOD = cosigned(SECOND, THIRD)
NORMAL = sign_statement(GOOD, [AUTHOR, SECOND, THIRD])


def test_order_white_space_and_strangers_are_normalised() -> None:
    loose = wrap(encode(GOOD), THIRD, AUTHOR, STRANGER, SECOND)
    loose["signatures"].append({"keyid": "p256", "sig": "AAAA"})
    for text in (json.dumps(loose), json.dumps(loose, indent=3), f"\n{json.dumps(loose)}\t"):
        statement = open_statement(text.encode())
        assert format_envelope(statement) == NORMAL
        check_signatures(statement, KNOWN.get)
    named = [key for key, _ in statement.signatures]
    assert named == sorted([AUTHOR.key_id, SECOND.key_id, THIRD.key_id])


def test_url_safe_base64_is_rewritten_a_mixture_is_not() -> None:
    body = {"t": "~~~???>>>ÿÿÿ"}
    envelope = wrap(encode(payload(body=body)), AUTHOR)
    assert {"+", "/"} & set(envelope["payload"] + envelope["signatures"][0]["sig"])
    normal = format_envelope(open_statement(encode(envelope)))

    def url_safe(text: str) -> str:
        return text.replace("+", "-").replace("/", "_")

    envelope["payload"] = url_safe(envelope["payload"])
    envelope["signatures"][0]["sig"] = url_safe(envelope["signatures"][0]["sig"])
    assert format_envelope(open_statement(encode(envelope))) == normal
    mixed = b64encode(bytes([0xFB, 0xFF, 0xBF, 0xFB, 0xFF, 0xBF])).replace("+", "-", 1)
    assert "+" in mixed or "/" in mixed
    for key in ("payload", "sig"):
        bad = json.loads(json.dumps(envelope))
        (bad if key == "payload" else bad["signatures"][0])[key] = mixed
        assert refused(encode(bad)).code == Code.MALFORMED


def drop(key: str) -> Callable[[Json], object]:
    return lambda envelope: envelope.pop(key)


def put(**fields: Any) -> Callable[[Json], object]:
    return lambda envelope: envelope.update(fields)


def put_sig(**fields: Any) -> Callable[[Json], object]:
    return lambda envelope: envelope["signatures"][0].update(fields)


SIG = wrap(encode(payload()), AUTHOR)["signatures"][0]


@pytest.mark.parametrize(
    "damage",
    [
        drop("payload"),
        drop("payloadType"),
        drop("signatures"),
        put(extra=1),
        put(payload=1),
        put(payload=["e30="]),
        put(payload=b64encode(encode(payload())).rstrip("=") + " "),
        put(payload="e30"),  # unpadded
        put(payload="e31="),  # unused bits
        put(payload="é"),
        put(payloadType="application/json"),
        put(payloadType=PAYLOAD_TYPE.upper()),
        put(payloadType=1),
        put(signatures=[]),
        put(signatures={}),
        put(signatures="x"),
        put(signatures=[1]),
        put(signatures=[[]]),
        put(signatures=[SIG, SIG]),
        put(signatures=[SIG, {**SIG, "sig": b64encode(bytes(64))}]),
        put(signatures=[{**SIG, "keyid": str(n)} for n in range(65)]),
        put_sig(keyid=1),
        put_sig(sig=1),
        put_sig(cert="x"),
        put_sig(sig=""),
        put_sig(sig=b64encode(bytes(63))),
        put_sig(sig=b64encode(bytes(65))),
        put_sig(sig="!"),
        lambda envelope: envelope["signatures"][0].pop("keyid"),
        lambda envelope: envelope["signatures"][0].pop("sig"),
    ],
)
def test_wrong_envelopes_are_malformed(damage: Callable[[Json], object]) -> None:
    envelope = wrap(encode(payload()), AUTHOR)
    open_statement(encode(envelope))
    damage(envelope)
    assert refused(encode(envelope)).code == Code.MALFORMED


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", Code.MALFORMED),
        (b"null", Code.MALFORMED),
        (b"[]", Code.MALFORMED),
        (b"\xef\xbb\xbf" + NORMAL, Code.MALFORMED),
        (NORMAL.decode().encode("utf-16"), Code.MALFORMED),
        (NORMAL + b"x", Code.MALFORMED),
        (NORMAL.replace(b'"payload":', b'"payload":null,"payload":'), Code.MALFORMED),
        (NORMAL.replace(b'"payload":', b'"payload":"","payload":'), Code.DUPLICATE_KEY),
        (NORMAL.replace(b'"keyid":', b'"keyid":"","keyid":', 1), Code.DUPLICATE_KEY),
        (NORMAL.replace(b'"payload":', b'"x":{"x":[{}]},"payload":'), Code.MALFORMED),
        (b"[" * ENVELOPE_MAX, Code.MALFORMED),
        (b'{"payload":' * 5000, Code.MALFORMED),
        (b" " * (ENVELOPE_MAX + 1), Code.TOO_LARGE),
        (NORMAL + b" " * (ENVELOPE_MAX - len(NORMAL) + 1), Code.TOO_LARGE),
        # size comes before form, the envelope's form before the payload's
        (b"[" * (ENVELOPE_MAX + 1), Code.TOO_LARGE),
        (encode({**wrap(b"[" * 40_000), "signatures": []}), Code.MALFORMED),
    ],
)
def test_codes_of_envelopes(data: bytes, code: Code) -> None:
    assert refused(data).code == code


def test_the_longest_envelope() -> None:
    assert format_envelope(open_statement(NORMAL.ljust(ENVELOPE_MAX))) == NORMAL


def known_good(data: bytes) -> Statement | None:
    """The statement if form and signatures hold."""
    try:
        statement = open_statement(data)
        check_signatures(statement, KNOWN.get)
    except (FormatError, Refused):
        return None
    return statement


def test_every_truncation_is_refused() -> None:
    for end in range(len(NORMAL)):
        refused(NORMAL[:end])


@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80])
def test_every_flipped_byte_is_found(flip: int) -> None:
    for at in range(len(NORMAL)):
        damaged = bytearray(NORMAL)
        damaged[at] ^= flip
        assert known_good(bytes(damaged)) is None, at


@given(
    st.binary(max_size=200)
    | st.binary(max_size=40).map(lambda part: NORMAL[:300] + part + NORMAL[300:])
)
def test_any_bytes_give_a_format_error(data: bytes) -> None:
    if known_good(data) is None:
        with pytest.raises((FormatError, Refused)):
            check_signatures(open_statement(data), KNOWN.get)


# --- signatures


def refusal(statement: Statement, known: dict[KeyId, bytes] | None = None) -> tuple[Code, object]:
    with pytest.raises(Refused) as caught:
        check_signatures(statement, (KNOWN if known is None else known).get, verify=verify_strict)
    return caught.value.refusal.code, caught.value.refusal.values["key"]


def test_all_named_signers_must_have_signed() -> None:
    whole = open_statement(NORMAL)
    check_signatures(whole, KNOWN.get, verify=verify_strict)
    for key in (AUTHOR, SECOND, THIRD):
        stripped = replace(
            whole, signatures=tuple(s for s in whole.signatures if s[0] != key.key_id)
        )
        assert refusal(stripped) == (Code.SIGNATURE_MISSING, key.key_id)


def test_signature_of_a_stranger_does_not_stand_in() -> None:
    statement = open_statement(encode(wrap(encode(GOOD), AUTHOR, SECOND, STRANGER)))
    assert refusal(statement) == (Code.SIGNATURE_MISSING, THIRD.key_id)


def test_a_signature_under_another_id_fails() -> None:
    message = pae(PAYLOAD_TYPE, encode(GOOD))
    sigs = [
        {"keyid": named.key_id, "sig": b64encode(by.sign(message))}
        for named, by in ((AUTHOR, AUTHOR), (SECOND, STRANGER), (THIRD, THIRD))
    ]
    assert refusal(open_statement(encode(wrap(encode(GOOD), sigs=sigs)))) == (
        Code.BAD_SIGNATURE,
        SECOND.key_id,
    )


def test_order_of_codes() -> None:
    """unknown_key before bad_signature before signature_missing."""
    whole = open_statement(NORMAL)
    forged = replace(whole, signatures=((SECOND.key_id, bytes(64)),))
    assert refusal(forged) == (Code.BAD_SIGNATURE, SECOND.key_id)
    assert refusal(forged, {AUTHOR.key_id: AUTHOR.public, SECOND.key_id: SECOND.public}) == (
        Code.UNKNOWN_KEY,
        THIRD.key_id,
    )
    assert refusal(replace(whole, signatures=())) == (Code.SIGNATURE_MISSING, AUTHOR.key_id)


def test_ids_do_not_depend_on_signatures() -> None:
    whole = open_statement(NORMAL)
    fewer = open_statement(encode(wrap(encode(GOOD), STRANGER)))
    assert fewer.signatures == ()
    assert fewer.id == whole.id


# --- the normal form in an entry


@pytest.mark.parametrize(
    "damage",
    [
        lambda value: value["signatures"].reverse(),
        lambda value: value["signatures"].pop(),
        lambda value: value["signatures"].append({"keyid": STRANGER.key_id, "sig": SIG["sig"]}),
        lambda value: value["signatures"].insert(0, value["signatures"][0]),
        lambda value: value["signatures"][0].update(sig=value["signatures"][0]["sig"][:-1]),
        lambda value: value.update(extra=1),
        lambda value: value.update(payloadType="x"),
    ],
)
def test_entries_hold_the_normal_form_only(damage: Callable[[Json], object]) -> None:
    value = json.loads(NORMAL)
    assert envelope_value(parse_envelope(value)) == value
    damage(value)
    with pytest.raises(FormatError):
        parse_envelope(value)


def test_entries_do_not_hold_url_safe_base64() -> None:
    envelope = wrap(encode(payload(body={"t": "~~~???>>>ÿÿÿ"})), AUTHOR)
    value = {**envelope, "payload": envelope["payload"].replace("/", "_").replace("+", "-")}
    assert value != envelope
    parse_envelope(envelope)
    with pytest.raises(FormatError):
        parse_envelope(value)


# --- making


def test_signers_add_their_signatures_in_turn() -> None:
    first = open_statement(sign_statement(GOOD, [THIRD]))
    assert first.signatures[0][0] == THIRD.key_id
    whole = add_signatures(add_signatures(first, [AUTHOR]), [SECOND])
    assert format_envelope(whole) == NORMAL
    with pytest.raises(FormatError):
        add_signatures(whole, [STRANGER])
    with pytest.raises(FormatError):
        sign_statement(GOOD, [AUTHOR, STRANGER])
    with pytest.raises(FormatError):
        sign_statement(payload(v=0), [AUTHOR])


# --- promises and refusals


def test_other_envelopes_are_signed_and_checked_by_one_key() -> None:
    data = sign_dsse(PROMISE_TYPE, b'{"v":1}', AUTHOR)
    envelope = open_dsse(data, PROMISE_TYPE)
    assert envelope.payload == b'{"v":1}'
    check_dsse(envelope, AUTHOR.key_id, AUTHOR.public)
    with pytest.raises(FormatError):  # a promise is no refusal
        open_dsse(data, REFUSAL_TYPE)
    with pytest.raises(CheckError, match="none by"):
        check_dsse(envelope, SECOND.key_id, SECOND.public)
    with pytest.raises(CheckError, match="does not verify"):
        check_dsse(envelope, AUTHOR.key_id, SECOND.public)
    with pytest.raises(CheckError, match="does not verify"):
        check_dsse(replace(envelope, payload=b'{"v":2}'), AUTHOR.key_id, AUTHOR.public)
    with pytest.raises(CheckError, match="does not verify"):  # type is signed as well
        check_dsse(replace(envelope, payload_type=REFUSAL_TYPE), AUTHOR.key_id, AUTHOR.public)
    with pytest.raises(FormatError) as caught:
        open_dsse(data, PROMISE_TYPE, payload_max=6)
    assert caught.value.code == Code.TOO_LARGE
