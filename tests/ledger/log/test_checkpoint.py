"""Checkpoints and cosignatures.

Goal: three lines and nothing else; our bytes are C2SP's bytes; a cosignature holds for one text, one
time and one key.
Method: the shared vectors and lies; a table of texts; every truncation and changed byte.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from signers import ORIGIN, cosigner, log_signer

from ledger.errors import CheckError, FormatError
from ledger.log.checkpoint import (
    Checkpoint,
    check_cosignature,
    cosign,
    format_checkpoint,
    open_checkpoint_text,
    parse_checkpoint,
    parse_decimal,
    sign_checkpoint,
)
from ledger.log.merkle import EMPTY_ROOT, SIZE_MAX
from ledger.log.note import (
    TIME_MAX,
    NoteLine,
    format_line,
    format_note,
    merge_lines,
    open_note,
    parse_note,
)

HEAD = Checkpoint(ORIGIN, 8, bytes(range(32)))
TEXT = format_checkpoint(HEAD)
MIRROR = cosigner("agency-a.example.org/mirror", "mirror")


@pytest.fixture(scope="module")
def vectors(shared_vectors: Path) -> dict[str, Any]:
    return json.loads((shared_vectors / "c2sp_notes.json").read_text("utf-8"))  # type: ignore[no-any-return]


def test_published_example(vectors: dict[str, Any]) -> None:
    case = vectors["published"]["checkpoint"]
    checkpoint, note = open_checkpoint_text(case["note"].encode())
    assert (checkpoint.origin, checkpoint.size) == (case["origin"], case["size"])
    assert format_checkpoint(checkpoint) == note.text


def test_shared_lies_are_refused(vectors: dict[str, Any]) -> None:
    assert len(vectors["checkpoint_lies"]) == 11
    for lie in vectors["checkpoint_lies"]:
        with pytest.raises(FormatError):
            parse_checkpoint(lie["text"])


def test_computed_notes_byte_for_byte(vectors: dict[str, Any]) -> None:
    computed = vectors["computed"]
    text = computed["checkpoint_text"]
    data = sign_checkpoint(parse_checkpoint(text), log_signer())
    assert data == computed["checkpoint_note"].encode()
    for case, seed in zip(computed["cosignatures"], ("witness", "mirror"), strict=True):
        signer = cosigner(case["name"], seed)
        line = cosign(text, signer, case["time"])
        assert f"{format_line(line)}\n" == case["line"]
        assert check_cosignature(line, signer.verifier, text) == case["time"]
        data = format_note(merge_lines(parse_note(data), [line]))
    assert data == computed["final_note"].encode()


@pytest.mark.parametrize("size", [0, 1, 10, SIZE_MAX])
@pytest.mark.parametrize("origin", ["a", "a" * 255, "0-9.a/z", ORIGIN])
def test_good_checkpoints_come_back(origin: str, size: int) -> None:
    checkpoint = Checkpoint(origin, size, EMPTY_ROOT)
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


@pytest.mark.parametrize(
    "checkpoint",
    [
        replace(HEAD, origin=""),
        replace(HEAD, origin="a" * 256),
        replace(HEAD, origin="A"),
        replace(HEAD, origin="a b"),
        replace(HEAD, origin="a+b"),
        replace(HEAD, origin="a\nb"),
        replace(HEAD, origin="é"),
        replace(HEAD, size=-1),
        replace(HEAD, size=SIZE_MAX + 1),
        replace(HEAD, root=bytes(31)),
        replace(HEAD, root=bytes(33)),
        replace(HEAD, root=b""),
    ],
)
def test_wrong_checkpoints_are_neither_written_nor_read(checkpoint: Checkpoint) -> None:
    with pytest.raises(FormatError):
        format_checkpoint(checkpoint)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        "01",
        "+1",
        "-1",
        "-0",
        " 1",
        "1 ",
        "1\n",
        "1e3",
        "0x1",
        "\uff11",
        "\u0663",
        "9" * 17,
        str(SIZE_MAX + 1),
    ],
)
def test_numbers_have_one_spelling(text: str) -> None:
    assert parse_decimal("0", thing="x", where="y") == 0
    assert parse_decimal(str(SIZE_MAX), thing="x", where="y") == SIZE_MAX
    with pytest.raises(FormatError, match="x at y"):
        parse_decimal(text, thing="x", where="y")


def test_a_log_key_is_named_like_its_origin() -> None:
    with pytest.raises(ValueError, match="named like its origin"):
        sign_checkpoint(HEAD, log_signer("other.example"))


# --- cosignatures


def test_a_cosignature_holds_for_one_text_one_time_one_key() -> None:
    line = cosign(TEXT, MIRROR, 1_812_345_678)
    assert line.time == check_cosignature(line, MIRROR.verifier, TEXT) == 1_812_345_678
    wrong: list[tuple[NoteLine, str]] = [
        (line, format_checkpoint(replace(HEAD, size=9))),
        (line, format_checkpoint(replace(HEAD, origin="other.example"))),
        (line, format_checkpoint(replace(HEAD, root=bytes(32)))),
        (replace(line, blob=(1_812_345_677).to_bytes(8, "big") + line.blob[8:]), TEXT),
        (replace(line, blob=line.blob[:-1]), TEXT),
        (replace(line, blob=line.blob + b"\0"), TEXT),
        (replace(line, blob=line.blob[8:]), TEXT),
        (replace(line, blob=b""), TEXT),
        (replace(line, name="b.example/mirror"), TEXT),
        (replace(line, key_id=bytes(4)), TEXT),
    ]
    for bad, text in wrong:
        with pytest.raises(CheckError):
            check_cosignature(bad, MIRROR.verifier, text)
    for other in (cosigner(MIRROR.name, "another"), log_signer()):
        with pytest.raises(CheckError):
            check_cosignature(line, other.verifier, TEXT)


@pytest.mark.parametrize("time", [0, 1, TIME_MAX])
def test_times(time: int) -> None:
    assert check_cosignature(cosign(TEXT, MIRROR, time), MIRROR.verifier, TEXT) == time


def test_a_time_over_the_limit_is_not_taken() -> None:
    time = TIME_MAX + 1
    message = f"cosignature/v1\ntime {time}\n{TEXT}".encode()
    line = NoteLine(
        MIRROR.name, MIRROR.verifier.key_id, time.to_bytes(8, "big") + MIRROR.key.sign(message)
    )
    with pytest.raises(CheckError):
        check_cosignature(line, MIRROR.verifier, TEXT)
    for wrong in (-1, time):
        with pytest.raises(ValueError, match="2\\^63"):
            cosign(TEXT, MIRROR, wrong)


def test_only_checkpoints_are_cosigned_and_only_by_cosigners() -> None:
    with pytest.raises(FormatError):
        cosign("some text\n", MIRROR, 0)
    with pytest.raises(ValueError, match="not a cosigner"):
        cosign(TEXT, log_signer(), 0)


# --- damage


def test_every_truncation_and_changed_byte_is_found() -> None:
    signed = parse_note(sign_checkpoint(HEAD, log_signer()))
    data = format_note(merge_lines(signed, [cosign(TEXT, MIRROR, 1)]))
    keys = [log_signer().verifier, MIRROR.verifier]

    def good(damaged: bytes) -> bool:
        try:
            note = open_note(damaged, keys)
            return parse_checkpoint(note.text) == HEAD and len(note.verified) == 2
        except (FormatError, CheckError):
            return False

    assert good(data)
    assert not any(good(data[:end]) for end in range(len(data)))
    for at in range(len(data)):
        for flip in (0x01, 0x10, 0x80):
            damaged = bytearray(data)
            damaged[at] ^= flip
            assert not good(bytes(damaged)), (at, flip)
