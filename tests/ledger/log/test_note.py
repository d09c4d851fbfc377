"""Signed notes.

Goal: a note is taken only when every line of a known key is good and there is one; every change of
its bytes is found.
Method: C2SP's own example; the shared lies; tables for keys and lines; every truncation and changed
byte; Hypothesis for bytes.
"""

import contextlib
import doctest
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signers import ORIGIN, cosigner, log_signer, signing_key

from ledger.canon import b64encode
from ledger.errors import CheckError, FormatError
from ledger.log import note
from ledger.log.note import (
    COSIGNATURE,
    LINES_MAX,
    LOG,
    NOTE_MAX,
    Note,
    NoteLine,
    NoteSigner,
    cosignature_message,
    format_line,
    format_note,
    format_vkey,
    is_key_name,
    make_vkey,
    merge_lines,
    note_key_id,
    open_note,
    parse_line,
    parse_note,
    parse_vkey,
    sign_line,
    sign_note,
)

A, B = NoteSigner("a.example/x", signing_key("a")), NoteSigner("b.example/y", signing_key("b"))
TEXT = "first line\n\nthird line, 第三行\n"
NOTE = sign_note(TEXT, [A, B])
KEYS = [A.verifier, B.verifier]


@pytest.fixture(scope="module")
def vectors(shared_vectors: Path) -> dict[str, Any]:
    return json.loads((shared_vectors / "c2sp_notes.json").read_text("utf-8"))  # type: ignore[no-any-return]


def test_published_example(vectors: dict[str, Any]) -> None:
    published = vectors["published"]["note"]
    key = parse_vkey(published["vkey"])
    assert format_vkey(key) == published["vkey"]
    opened = open_note(published["note"].encode(), [key])
    assert opened.text == "This is an example message.\n"
    assert [line.name for line in opened.verified] == ["example.com/foo"]
    assert format_note(opened) == published["note"].encode()


def test_shared_lies_are_refused(vectors: dict[str, Any]) -> None:
    key = parse_vkey(vectors["published"]["note"]["vkey"])
    assert len(vectors["note_lies"]) == 9
    for lie in vectors["note_lies"]:
        with pytest.raises((FormatError, CheckError)):
            open_note(lie["note"].encode(), [key])


def test_examples_run() -> None:
    assert doctest.testmod(note).failed == 0


# --- opening


def test_a_note_of_two_keys() -> None:
    opened = open_note(NOTE, KEYS)
    assert opened.text == TEXT
    assert [line.name for line in opened.verified] == [A.name, B.name]
    assert parse_note(NOTE).verified == ()
    assert format_note(parse_note(NOTE)) == NOTE


def test_unknown_keys_are_passed_over() -> None:
    assert [line.name for line in open_note(NOTE, [B.verifier]).verified] == [B.name]
    same_name = NoteSigner(A.name, signing_key("other"))
    assert len(open_note(NOTE, [same_name.verifier, B.verifier]).verified) == 1
    with pytest.raises(CheckError, match="no signature of a known key"):
        open_note(NOTE, [same_name.verifier])
    with pytest.raises(CheckError, match="no signature of a known key"):
        open_note(NOTE, [])


def test_a_bad_line_of_a_known_key_spoils_the_note() -> None:
    whole = parse_note(NOTE)
    bad = NoteLine(A.name, A.verifier.key_id, bytes(64))
    for lines in ((bad, whole.lines[1]), (*whole.lines, bad), (bad, *whole.lines)):
        data = format_note(Note(TEXT, lines))
        with pytest.raises(CheckError, match="fails"):
            open_note(data, KEYS)
        assert len(open_note(data, [B.verifier]).verified) == 1


def test_a_colliding_key_id_is_a_bad_line() -> None:
    """Four bytes are soon found again: name and id select, the signature decides."""
    forged = NoteLine(A.name, A.verifier.key_id, signing_key("forger").sign(TEXT.encode()))
    with pytest.raises(CheckError, match="fails"):
        open_note(format_note(Note(TEXT, (forged,))), KEYS)
    twin = note.VerifierKey(A.name, A.verifier.key_id, LOG, signing_key("forger").public)
    with pytest.raises(ValueError, match="two keys"):
        open_note(NOTE, [A.verifier, twin])


def test_the_last_blank_line_separates() -> None:
    for text in ("\n", "\n\n", "a\n\n\n", "a\n\n— b.example/y AAAAAAA=\n\nc\n"):
        data = sign_note(text, [A])
        assert open_note(data, KEYS).text == text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no blank line"),
        (b"text\n", "no blank line"),
        (TEXT.encode(), "not a signature line"),
        (b"text\n\n", "ends with a line break"),
        (b"text\n\nx", "ends with a line break"),
        (b"text\n\nx\n", "not a signature line"),
        (NOTE[:-1], "ends with a line break"),
        (NOTE + b"\n", "ends with a line break"),
        (NOTE + b"x\n", "not a signature line"),
        (NOTE.replace(b"first", b"fir\tst"), "U+0009"),
        (NOTE.replace(b"\n", b"\r\n"), "U+000D"),
        (NOTE.replace(b"first", b"fir\0st"), "U+0000"),
        (NOTE.replace(b"first", b"fir\xffst"), "not UTF-8"),
        (NOTE.replace(b"first", b"\xed\xa0\x80"), "not UTF-8"),
        (b"x" * (NOTE_MAX + 1), "bytes, at most"),
    ],
)
def test_wrong_notes(data: bytes, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        open_note(data, KEYS)
    assert says in str(caught.value)


GOOD_LINE = format_line(parse_note(NOTE).lines[0])


@pytest.mark.parametrize(
    "line",
    [
        "",
        GOOD_LINE[1:],
        GOOD_LINE.replace("— ", "—"),
        GOOD_LINE.replace("— ", "-- "),
        GOOD_LINE.replace("— ", "—  "),
        GOOD_LINE.replace("— ", "—\u00a0"),
        GOOD_LINE + " ",
        " " + GOOD_LINE,
        GOOD_LINE.replace(A.name, ""),
        GOOD_LINE.replace(A.name, "a+b"),
        GOOD_LINE.replace(A.name, "a\u3000b"),
        GOOD_LINE.replace(A.name, "a\u0085b"),
        GOOD_LINE.replace(A.name, "x" * 256),
        GOOD_LINE[:-1],
        GOOD_LINE + "=",
        GOOD_LINE + " AAAA",
        f"— {A.name}",
        f"— {A.name} ",
        f"— {A.name} AAAAAA==",  # key id alone
        f"— {A.name} !!!!",
    ],
)
def test_wrong_lines(line: str) -> None:
    assert format_line(parse_line(GOOD_LINE)) == GOOD_LINE
    with pytest.raises(FormatError):
        parse_line(line)


def test_number_of_lines() -> None:
    line = parse_note(NOTE).lines[0]
    most = format_note(Note(TEXT, (line,) * LINES_MAX))
    assert len(open_note(most, KEYS).verified) == LINES_MAX
    with pytest.raises(FormatError, match="65 signature lines"):
        parse_note(most + GOOD_LINE.encode() + b"\n")
    assert len(merge_lines(Note(TEXT, (line,)), []).lines) == 1
    for lines in ((), (line,) * (LINES_MAX + 1)):
        with pytest.raises(FormatError):
            format_note(Note(TEXT, lines))


def test_the_longest_note_and_the_shortest_signature() -> None:
    below = f"\n{GOOD_LINE}\n".encode()
    text = b"x" * (1024 * 1024 - len(below) - 1) + b"\n"
    assert len(parse_note(text + below).text) == len(text)
    with pytest.raises(FormatError, match="at most 1,048,576"):
        parse_note(b"x" + text + below)
    assert parse_line("— n AAAAAAE=") == NoteLine("n", bytes(4), b"\1")


# --- damage


def good(data: bytes) -> bool:
    """Opened, and signed by both keys."""
    try:
        return len(open_note(data, KEYS).verified) == 2
    except (FormatError, CheckError):
        return False


def test_every_truncation_is_found() -> None:
    assert good(NOTE)
    for end in range(len(NOTE)):
        assert not good(NOTE[:end]), end


def test_every_changed_byte_is_found() -> None:
    for at in range(len(NOTE)):
        for flip in (0x01, 0x02, 0x20, 0x80, 0xFF):
            damaged = bytearray(NOTE)
            damaged[at] ^= flip
            assert not good(bytes(damaged)), (at, flip)


@given(st.binary(max_size=80), st.integers(0, len(NOTE)), st.integers(0, 20))
def test_any_other_bytes_are_found(new: bytes, at: int, cut: int) -> None:
    damaged = NOTE[:at] + new + NOTE[at + cut :]
    assert good(damaged) == (damaged == NOTE)
    with contextlib.suppress(FormatError):
        assert format_note(parse_note(damaged)) == damaged


# --- keys


@pytest.mark.parametrize(
    "name", ["a", "a.example/b", "名前", "x" * 255, "a-b_c=d?e#f", "\u200b", "(a)"]
)
def test_good_names(name: str) -> None:
    signer = NoteSigner(name, signing_key("a"))
    assert is_key_name(name)
    assert parse_vkey(format_vkey(signer.verifier)) == signer.verifier
    assert open_note(sign_note("t\n", [signer]), [signer.verifier]).text == "t\n"


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "a+b", "a\tb", "a\nb", "a\u00a0b", "a\u1680b", "a\u2003b", "a\u2028b", "a\u202fb",
     "a\u205fb", "a\u3000b", "a\u0085b", "a\0b", "x" * 256, "米" * 86, "\ud800"],
)  # fmt: skip
def test_bad_names(name: str) -> None:
    assert not is_key_name(name)
    with pytest.raises(FormatError):
        make_vkey(name, LOG, signing_key("a").public)


def vkey(name: str = "n", key_type: int = LOG, public: bytes = signing_key("a").public) -> str:
    return f"{name}+{note_key_id(name, key_type, public).hex()}+{b64encode(bytes([key_type]) + public)}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n",
        "n+00000000",
        vkey().replace("n+", "m+"),
        vkey().replace(vkey()[2:10], "00000000"),
        vkey().replace(vkey()[2:10], vkey()[2:10].upper()),
        vkey().replace(vkey()[2:10], vkey()[2:9]),
        vkey() + "=",
        vkey()[:-1],
        vkey() + "\n",
        "+" + vkey(),
        vkey(key_type=2),
        vkey(key_type=6),
        vkey(public=signing_key("a").public[:31]),
        vkey(public=signing_key("a").public + b"\0"),
        vkey(public=bytes([1]) + bytes(31)),  # small order
        "n+00000000+",
    ],
)
def test_wrong_keys(text: str) -> None:
    assert parse_vkey(vkey()).public == signing_key("a").public
    with pytest.raises(FormatError):
        parse_vkey(text)


def test_base64_of_a_key_may_hold_a_plus() -> None:
    for number in range(200):
        text = vkey(public=signing_key(str(number)).public)
        assert format_vkey(parse_vkey(text)) == text
        if text.count("+") > 2:
            break
    else:
        pytest.fail("no such key among 200")


def test_types_do_not_stand_in_for_each_other() -> None:
    """The same key as log and as cosigner has two ids, and signs two different messages."""
    log, other = log_signer(), NoteSigner(ORIGIN, signing_key("log"), COSIGNATURE)
    assert log.verifier.key_id != other.verifier.key_id
    line = sign_line("t\n", log)
    assert log.verifier.verify("t\n", line.blob)
    assert not other.verifier.verify("t\n", line.blob)
    assert not other.verifier.verify("t\n", bytes(8) + line.blob)
    with pytest.raises(ValueError, match="is a cosigner"):
        sign_line("t\n", cosigner("w.example/witness"))


def test_cosignature_message_is_what_the_specification_writes(vectors: dict[str, Any]) -> None:
    case = vectors["published"]["cosignature"]
    line = parse_line(case["line"].removesuffix("\n"))
    assert line.time == case["time"]
    text = "".join(case["signed_message"].partition("example.com")[1:])
    assert cosignature_message(case["time"], text) == case["signed_message"].encode()


@pytest.mark.parametrize("text", ["", "no line break", "tab\t\n", "cr\r\n"])
def test_wrong_texts_are_not_signed(text: str) -> None:
    with pytest.raises(FormatError):
        sign_note(text, [A])


# --- merging


def test_lines_of_several_nodes_are_merged() -> None:
    alone = parse_note(sign_note(TEXT, [A]))
    both = merge_lines(alone, [sign_line(TEXT, B), sign_line(TEXT, A)])
    assert format_note(both) == NOTE
    newer = NoteLine(A.name, A.verifier.key_id, b"newer")
    assert merge_lines(both, [newer]).lines == (newer, both.lines[1])
    assert merge_lines(open_note(NOTE, KEYS), []).verified == ()
    many = [NoteLine(f"n{number}", bytes(4), b"x") for number in range(64)]
    assert len(parse_note(format_note(merge_lines(alone, many[1:]))).lines) == 64
    with pytest.raises(FormatError):
        merge_lines(alone, many)
