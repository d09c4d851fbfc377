"""Receipts and trust files changed in one place or a few, by a seed that is the bug report.

Changes are made at every depth at which a verifier reads: the bytes of the file, its JSON, the lines
of the proofs inside, the signature lines of the checkpoint, the entry inside those and the payload
inside the entry; and parts are exchanged between receipts, where each part is good in its place.
What is changed within JSON is written canonically again, so that the deeper checks are reached.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from ledger.canon import encode

JUNK: tuple[Any, ...] = (
    0, 1, -1, 2, 63, 64, 65, 2**31, 2**32, 2**53 - 1, True, False, "", "0", "é", "米", "x" * 65, [], {},
    "00" * 32, "ff" * 32, "index", "keys", "ok", "held", "flagged", "expired", [0, 1], {"p": "00" * 32},
)  # fmt: skip


def mutate(data: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    """`data` changed one to three times."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change: Callable[..., bytes] = rng.choice((_bytes, _json, _json, _proof, _proof, _exchange))
        data = change(data, others, rng)
    return data


def mutate_trust(data: bytes, rng: Random) -> bytes:
    """A trust file changed in its lines or bytes."""
    lines = data.split(b"\n")
    kind, at = rng.randrange(7), rng.randrange(len(lines))
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(rng.randrange(len(lines)), lines[at])
    elif kind == 2:
        words = lines[at].split(b" ")
        words[rng.randrange(len(words))] = rng.choice(
            (b"w1", b"w9", b"all", b"any", b"0", b"2", b"none", b"-", b"\xff")
        )
        lines[at] = b" ".join(words)
    elif kind == 3:
        lines[at] = (
            rng.choice((b"\t", b"  ", b"#", b"# ")) + lines[at] + rng.choice((b"", b" ", b"\t\t"))
        )
    elif kind == 4:
        rng.shuffle(lines)
    else:
        return _bytes(data, (), rng)
    return b"\n".join(lines)


def _bytes(data: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    at = rng.randrange(max(len(data), 1))
    kind = rng.randrange(6)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + data[at + rng.choice((1, 2, 32)) :]
    if kind == 2:
        return data[:at] + bytes([rng.randrange(256)]) + data[at:]
    if kind == 3:
        return data[:at] + data[at : at + 64] + data[at:]
    changed = bytes([data[at] ^ 1 << rng.randrange(8)]) if data else b""
    return data[:at] + changed + data[at + 1 :]


def _json(data: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    try:
        value = json.loads(data)
    except ValueError:
        return _bytes(data, others, rng)
    return _write(_changed(value, rng), data)


def _write(value: Any, otherwise: bytes) -> bytes:
    try:
        return encode(value)
    except ValueError:
        return otherwise


def _changed(value: Any, rng: Random) -> Any:
    """The value with one node replaced, taken out, doubled or put elsewhere."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(sorted(value))
        kind = rng.randrange(10)
        if kind == 0:
            return {k: v for k, v in value.items() if k != key}
        if kind == 1:
            return {
                **value,
                rng.choice(("x", "row", "other", "entry", "posted", "line", key)): rng.choice(JUNK),
            }
        return {**value, key: _changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at, kind = rng.randrange(len(value)), rng.randrange(8)
        if kind == 0:
            return value[:at] + value[at + 1 :]
        if kind == 1:
            return [*value, value[at]]
        if kind == 2:
            return [value[at], *value[:at], *value[at + 1 :]]
        return [*value[:at], _changed(value[at], rng), *value[at + 1 :]]
    if isinstance(value, str) and value and rng.random() < 0.6:
        at = rng.randrange(len(value))
        letter = rng.choice("0123456789abcdefAZ+/= \n") if rng.random() < 0.9 else "米"
        return value[:at] + letter + value[at + 1 :]
    if isinstance(value, int) and not isinstance(value, bool) and rng.random() < 0.6:
        return value + rng.choice((-1, 1, 2, 64, 2**32))
    return rng.choice(JUNK)


def _proof(data: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    """One of the proof texts inside, changed by its lines, its entry or its payload."""
    try:
        value = json.loads(data)
        name = rng.choice([n for n in ("proof", "batch", "posted") if n in value])
        text = value[name]
        lines = text.split("\n")
    except (ValueError, TypeError, AttributeError, IndexError):
        return _bytes(data, others, rng)
    kind, at = rng.randrange(8), rng.randrange(len(lines))
    extra = next((n for n, line in enumerate(lines) if line.startswith("extra ")), None)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(rng.randrange(len(lines)), lines[at])
    elif kind == 2:
        other = rng.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif kind in (3, 4) and extra is not None:
        lines[extra] = "extra " + _b64_changed(lines[extra][6:], rng)
    elif kind == 5 and extra is not None:
        index = next((n for n, line in enumerate(lines) if line.startswith("index ")), at)
        lines[index] = f"index {rng.choice((0, 1, 2, 3, 7, 2**31, 2**53 - 1, '01', '-1', ''))}"
    elif kind == 6:
        # As every part that stands under the checkpoint, changed alike.
        old = lines[at]
        new = old[:-1] + rng.choice("AQgw=0 ")
        if old:
            return _write(
                {k: v.replace(old, new) if isinstance(v, str) else v for k, v in value.items()},
                data,
            )
    else:
        lines[at] = str(_changed(lines[at] or "x", rng))
    return _write({**value, name: "\n".join(lines)}, data)


def _b64_changed(text: str, rng: Random) -> str:
    """The entry inside base64 changed as JSON, now and then its payload inside base64 again."""
    try:
        entry = json.loads(b64decode(text))
        statement = entry.get("statement")
        if isinstance(statement, dict) and "payload" in statement and rng.random() < 0.4:
            payload = encode(_changed(json.loads(b64decode(statement["payload"])), rng))
            entry["statement"] = {**statement, "payload": b64encode(payload).decode()}
        else:
            entry = _changed(entry, rng)
        return b64encode(encode(entry)).decode()
    except (ValueError, TypeError, AttributeError, KeyError):
        return text[:-4]


def _exchange(data: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    """A part taken from another receipt, where it is good."""
    try:
        mine, theirs = json.loads(data), json.loads(rng.choice(others))
        name = rng.choice(sorted(theirs))
        return _write({**mine, name: theirs[name]}, data)
    except (ValueError, TypeError, AttributeError):
        return _bytes(data, others, rng)
