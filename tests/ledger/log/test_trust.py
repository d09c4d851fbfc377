"""Trust files and quorums.

Goal: a file says what its writer meant or is refused with the number of the line; a quorum is
reached by the right keys, at the right sizes and times, or the check raises.
Method: the shared file and note; a table of wrong lines; a table of quorums over a nested group,
judged by hand; Hypothesis compares with a second evaluation.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signers import ORIGIN, cosigner, log_signer, signing_key

from ledger.errors import CheckError, FormatError
from ledger.log.checkpoint import Checkpoint, cosign, format_checkpoint, sign_checkpoint
from ledger.log.note import (
    COSIGNATURE,
    LOG,
    Note,
    NoteLine,
    NoteSigner,
    format_note,
    format_vkey,
    merge_lines,
    parse_note,
    sign_line,
)
from ledger.log.trust import (
    DEFINED_MAX,
    TRUST_MAX,
    Group,
    LogKey,
    Quorum,
    TrustFile,
    Window,
    Witness,
    format_trust,
    make_trust,
    parse_trust,
    trust_hash,
)

LOG_KEY = log_signer()
COSIGNERS = {
    "a": cosigner("a.example/mirror"),
    "b": cosigner("b.example/mirror"),
    "c": cosigner("c.example/mirror"),
    "x": cosigner("x.example/witness"),
    "y": cosigner("y.example/witness"),
}
HEAD = Checkpoint(ORIGIN, 8, bytes(32))
TEXT = format_checkpoint(HEAD)


def vkey(signer: NoteSigner) -> str:
    return format_vkey(signer.verifier)


LOG_LINE = f"log {vkey(LOG_KEY)}"
WITNESS_LINES = [f"witness {name} {vkey(signer)}" for name, signer in COSIGNERS.items()]


def file(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in (LOG_LINE, *WITNESS_LINES, *lines)).encode()


def trust(*lines: str) -> TrustFile:
    return parse_trust(file(*lines))


def signed(times: dict[str, int], head: Checkpoint = HEAD, log: NoteSigner = LOG_KEY) -> bytes:
    """A checkpoint signed by the log and, at these times, by cosigners."""
    note = parse_note(sign_checkpoint(head, log))
    lines = [cosign(note.text, COSIGNERS[name], time) for name, time in times.items()]
    return format_note(merge_lines(note, lines))


def quorum(trust: TrustFile, data: bytes, now: int | None = None) -> Quorum:
    return trust.quorum_of(trust.check_log(data)[1], now=now)


# --- vectors


def test_shared_file_and_note(shared_vectors: Path) -> None:
    computed = json.loads((shared_vectors / "c2sp_notes.json").read_text("utf-8"))["computed"]
    both = parse_trust(computed["trust_file"].encode())
    checkpoint, note = both.check_log(computed["final_note"].encode())
    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, 8)
    assert both.quorum_of(note) == Quorum(
        ("witness.example.org/w1", "agency-a.example.org/mirror"), 1_812_345_679, 1, 1
    )
    _, bare = both.check_log(computed["checkpoint_note"].encode())
    with pytest.raises(CheckError, match="nobody"):
        both.quorum_of(bare)


def test_shared_receipt_file_is_written_as_we_write_it(shared_vectors: Path) -> None:
    data = (shared_vectors / "receipt" / "trust").read_bytes()
    assert format_trust(parse_trust(data)) == data


# --- reading

GOOD_LINES = [
    "quorum a",
    "group g any a\nquorum g",
    "group g all a b c\nquorum g",
    "group g 3 a b c\nquorum g",
    "group g 2 a b c\ngroup h any x y\ngroup i all g h\nquorum i",
    "group none-of-us 1 a\nquorum none-of-us",
    "group all all a\nquorum all",  # words are words only where they stand
    "quorum a\n# a comment\n\n \t \n  # another, \u00e9",
    "\tgroup  g\tall a   b \nquorum\tg ",
    f"# size {ORIGIN} 0 -\nquorum a",
    f"# size {ORIGIN} 3 4\n# size other.example 0 9007199254740991\n# mirrors 2\nquorum a",
    "  #  mirrors   99 \nquorum a",
    "#sizes differ\n#\n##\n# sized\n# Mirrors\nquorum a",
    "quorum a\nlog " + vkey(NoteSigner("other.example", signing_key("l2"))) + " https://x/\u00e9",
    "quorum a\nwitness \u00e9+* " + vkey(cosigner("z.example/witness")) + " https://z/",
]


@pytest.mark.parametrize("lines", GOOD_LINES)
def test_good_files(lines: str) -> None:
    parsed = trust(lines)
    again = parse_trust(format_trust(parsed))
    assert again == parsed
    assert format_trust(again) == format_trust(parsed)


W6 = "witness z " + "w+00000000+Bg=="


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "no quorum line"),
        ("quorum", "wrong number of items"),
        ("quorum a b", "wrong number of items"),
        ("quorum a\nquorum a", "second quorum"),
        ("quorum z", "'z' is not defined"),
        ("quorum none", "trusts the log alone"),
        ("quorum g\ngroup g any a", "'g' is not defined"),
        ("Quorum a", "unknown word"),
        ("policy a", "unknown word"),
        ("quorum a\x00", "octet 00"),
        ("quorum a\r", "octet 0d"),
        ("quorum a\x0b", "octet 0b"),
        ("quorum a\x7f", "octet 7f"),
        ("quorum\u00a0a", "unknown word"),
        ("log", "wrong number of items"),
        ("log x", "name+keyid+key"),
        (LOG_LINE + " u v", "wrong number of items"),
        (LOG_LINE, "public key of"),
        (LOG_LINE[:-4] + "AAA=", "verifier key"),
        ("log " + vkey(COSIGNERS["a"]), "type 04, not 01"),
        ("log " + vkey(NoteSigner("Not-an-origin", signing_key("q"))), "named like its origin"),
        ("witness", "wrong number of items"),
        ("witness z", "wrong number of items"),
        ("witness z x", "name+keyid+key"),
        ("witness z x u v", "wrong number of items"),
        (W6, "type 06"),
        ("witness z " + vkey(NoteSigner("z", signing_key("z"), LOG)), "type 01, not 04"),
        ("witness a " + vkey(cosigner("z.example/witness")), "'a' is taken"),
        ("witness none " + vkey(cosigner("z.example/witness")), "'none' is taken"),
        # one key under another name would count twice
        (
            "witness z " + vkey(NoteSigner("z", COSIGNERS["a"].key, COSIGNATURE)),
            "public key of a.example",
        ),
        ("witness z " + vkey(NoteSigner("z", LOG_KEY.key, COSIGNATURE)), "public key of " + ORIGIN),
        ("group g", "wrong number of items"),
        ("group g all", "wrong number of items"),
        ("group g 0 a", "neither all"),
        ("group g 2 a", "neither all"),
        ("group g 01 a", "neither all"),
        ("group g +1 a", "neither all"),
        ("group g -1 a", "neither all"),
        ("group g most a", "neither all"),
        ("group g 100 a", "neither all"),
        ("group g \u0661 a", "neither all"),
        ("group g any z", "'z' is not defined"),
        ("group g any g", "'g' is not defined"),
        ("group g any none", "'none' is not defined"),
        ("group g any a a", "'a' is a member of 'g'"),
        ("group g any a\ngroup h any a", "'a' is a member of 'g'"),
        ("group g any a\ngroup g any b", "'g' is taken"),
        ("group a any b", "'a' is taken"),
        ("group none any a", "'none' is taken"),
        ("# size", "not `# size"),
        (f"# size {ORIGIN} 0", "not `# size"),
        (f"# size {ORIGIN} 0 - -", "not `# size"),
        ("# size Bad 0 -", "not `# size"),
        (f"# size {ORIGIN} -1 -", "not a number"),
        (f"# size {ORIGIN} 01 -", "not a number"),
        (f"# size {ORIGIN} 0 *", "not a number"),
        (f"# size {ORIGIN} 0 9007199254740992", "not a number"),
        (f"# size {ORIGIN} 3 3", "no size is from 3 and below 3"),
        (f"# size {ORIGIN} 0 -\n# size {ORIGIN} 5 -", "second `# size`"),
        ("# mirrors", "not `# mirrors"),
        ("# mirrors two", "not `# mirrors"),
        ("# mirrors 0", "not `# mirrors"),
        ("# mirrors 1 2", "not `# mirrors"),
        ("# mirrors 1\n# mirrors 1", "second `# mirrors`"),
        ("#mirrors 2", "blank behind the #"),
        (f"#size {ORIGIN} 0 -", "blank behind the #"),
    ],
)
def test_wrong_files(lines: str, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        trust(lines)
    assert says in str(caught.value)
    if lines:  # the last of these lines is the wrong one
        wrong = 1 + len(WITNESS_LINES) + len(lines.split("\n"))
        first = 2 + len(WITNESS_LINES) if lines.startswith("quorum g") else wrong
        assert caught.value.where == f"line {first}"


def test_a_file_cut_off_is_refused() -> None:
    whole = file("group g all a b c x y", "quorum g")
    parse_trust(whole)
    for end in range(len(whole)):
        with pytest.raises(FormatError):
            parse_trust(whole[:end])
    with pytest.raises(FormatError, match="no line break"):
        parse_trust(whole + b"# a comment, cut o")
    longest = whole + b"#" * (128 * 1024 - len(whole) - 1) + b"\n"
    assert len(longest) == TRUST_MAX
    assert parse_trust(longest) == parse_trust(whole)
    with pytest.raises(FormatError, match="bytes, at most"):
        parse_trust(b"\n" + longest)


def test_names_are_octets() -> None:
    """The Kelvin sign is no K, and what is no UTF-8 stays as it is."""
    names = [b"K", b"\xe2\x84\xaa", b"\xff\xfe", b"\xc3\xa9", b"e\xcc\x81"]
    data = file() + b"".join(
        b"witness %b %b\n" % (name, vkey(cosigner(f"{at}.example/witness")).encode())
        for at, name in enumerate(names)
    )
    parsed = parse_trust(data + b"group g all " + b" ".join(names) + b"\nquorum g\n")
    assert len(set(parsed.groups[0].members)) == 5
    assert format_trust(parsed).endswith(b"group g 5 " + b" ".join(names) + b"\nquorum g\n")
    with pytest.raises(FormatError, match="is not defined"):
        parse_trust(data + b"quorum \xe2\x84\xab\n")


@pytest.mark.parametrize("what", ["log", "witness", "group", "size"])
def test_limits(what: str) -> None:
    def line(number: int) -> str:
        key = signing_key(f"limit {number}")
        match what:
            case "log":
                return f"log {vkey(NoteSigner(f'l{number}', key))}"
            case "witness":
                return f"witness w{number} {vkey(NoteSigner('w', key, COSIGNATURE))}"
            case "group":
                return f"group g{number} 1 {'a' if number == 0 else f'g{number - 1}'}"
        return f"# size o{number} 0 -"

    used = {"log": 1, "witness": len(COSIGNERS), "group": 0, "size": 0}[what]
    lines = [line(number) for number in range(DEFINED_MAX - used + 1)]
    parse_trust(file("quorum a", *lines[:-1]))
    with pytest.raises(FormatError, match="more than 32"):
        parse_trust(file("quorum a", *lines))


def test_the_deepest_groups() -> None:
    lines = [f"group g{n} 1 {'a' if n == 0 else f'g{n - 1}'}" for n in range(DEFINED_MAX)]
    deep = trust(*lines, f"quorum g{DEFINED_MAX - 1}")
    assert quorum(deep, signed({"a": 5})).time == 5
    with pytest.raises(CheckError):
        quorum(deep, signed({"b": 5}))


# --- the log


def test_the_log_must_have_signed() -> None:
    one = trust("quorum a")
    assert one.check_log(signed({}))[0] == HEAD
    cosigned_only = format_note(Note(TEXT, (cosign(TEXT, COSIGNERS["a"], 1),)))
    with pytest.raises(CheckError, match="log signature"):
        one.check_log(cosigned_only)
    with pytest.raises(CheckError, match="no signature of a known key"):
        one.check_log(sign_checkpoint(HEAD, log_signer(seed="another")))
    with pytest.raises(FormatError):
        one.check_log(b"nonsense")


def test_another_known_log_does_not_stand_in() -> None:
    """Its signature is good, but of an origin that is not its own."""
    other = NoteSigner("other.example", signing_key("l2"))
    two = parse_trust(file(f"log {vkey(other)}", "quorum a"))
    assert two.check_log(sign_checkpoint(replace(HEAD, origin="other.example"), other))
    data = format_note(Note(TEXT, (sign_line(TEXT, other), cosign(TEXT, COSIGNERS["a"], 1))))
    with pytest.raises(CheckError, match="none of a known key of ledger"):
        two.check_log(data)


def test_one_of_several_log_keys_suffices_and_none_may_be_bad() -> None:
    standby = NoteSigner(ORIGIN, signing_key("standby"))
    two = parse_trust(file(f"log {vkey(standby)}", "quorum a"))
    for signers in ([LOG_KEY], [standby], [LOG_KEY, standby]):
        data = format_note(Note(TEXT, tuple(sign_line(TEXT, each) for each in signers)))
        assert two.check_log(data)[0] == HEAD
    bad = NoteLine(ORIGIN, standby.verifier.key_id, bytes(64))
    with pytest.raises(CheckError, match="fails"):
        two.check_log(format_note(Note(TEXT, (sign_line(TEXT, LOG_KEY), bad))))


def test_a_bad_line_of_a_cosigner_outside_the_quorum_spoils_the_note() -> None:
    line = cosign(TEXT, COSIGNERS["y"], 1)
    bad = replace(line, blob=line.blob[:-1] + bytes([line.blob[-1] ^ 1]))
    data = format_note(merge_lines(parse_note(signed({"a": 1})), [bad]))
    with pytest.raises(CheckError, match=r"y\.example"):
        trust("quorum a").check_log(data)


@pytest.mark.parametrize(
    ("window", "good", "bad"),
    [
        ("3 9", (3, 8), (2, 9)),
        ("0 -", (0, 2**53 - 1), ()),
        ("8 -", (8, 9), (7,)),
        ("0 1", (0,), (1,)),
    ],
)
def test_sizes_a_file_is_for(window: str, good: Sequence[int], bad: Sequence[int]) -> None:
    windowed = trust(f"# size {ORIGIN} {window}", "quorum a")
    for size in good:
        assert windowed.check_log(signed({}, replace(HEAD, size=size)))[0].size == size
    for size in bad:
        with pytest.raises(CheckError, match=f"not {size}"):
            windowed.check_log(signed({}, replace(HEAD, size=size)))
    with pytest.raises(CheckError, match="names no sizes"):
        trust("# size other.example 0 -", "quorum a").check_log(signed({}))


# --- the quorum

NESTED = ("group m 2 a b c", "group w any x y", "group both all m w", "quorum both")
ALL = {"a": 50, "b": 20, "c": 40, "x": 10, "y": 30}


@pytest.mark.parametrize(
    ("lines", "times", "existed_by"),
    [
        (("quorum a",), {}, None),
        (("quorum a",), {"b": 1, "c": 1, "x": 1, "y": 1}, None),
        (("quorum a",), {"a": 7}, 7),
        (("group g any a b", "quorum g"), {"a": 7, "b": 5}, 5),
        (("group g all a b", "quorum g"), {"a": 7, "b": 5}, 7),
        (("group g all a b", "quorum g"), {"a": 7}, None),
        (("group g 2 a b c", "quorum g"), {"a": 7, "b": 5, "c": 6}, 6),
        (NESTED, ALL, 40),
        (NESTED, {"a": 50, "b": 20, "x": 10}, 50),
        (NESTED, {"a": 5, "b": 20, "y": 90}, 90),
        (NESTED, {"a": 50, "b": 20, "c": 40}, None),
        (NESTED, {"a": 50, "x": 10, "y": 30}, None),
        (NESTED, {"a": 0, "b": 0, "y": 0}, 0),
    ],
)
def test_quorums(lines: Sequence[str], times: dict[str, int], existed_by: int | None) -> None:
    parsed = trust(*lines)
    if existed_by is None:
        with pytest.raises(CheckError, match="is not reached by"):
            quorum(parsed, signed(times))
    else:
        assert quorum(parsed, signed(times)).time == existed_by


def test_names_and_mirrors_of_the_quorum_alone_count() -> None:
    outside = trust("# mirrors 2", "group m 2 a b x", "quorum m")
    found = quorum(outside, signed(ALL))
    assert found.names == ("a.example/mirror", "b.example/mirror", "x.example/witness")
    assert (found.mirrors, found.mirrors_wanted, found.is_re_executed) == (2, 2, True)
    fewer = quorum(outside, signed({"a": 1, "x": 1, "c": 1}))
    assert (fewer.mirrors, fewer.is_re_executed) == (1, False)
    assert quorum(trust("quorum x"), signed(ALL)).mirrors == 0


def test_a_mirror_with_an_old_and_a_new_key_is_one_mirror() -> None:
    newer = NoteSigner("a.example/mirror", signing_key("newer"), COSIGNATURE)
    parsed = trust(f"witness a2 {vkey(newer)}", "# mirrors 2", "group g all a a2", "quorum g")
    note = merge_lines(parse_note(signed({"a": 1})), [cosign(TEXT, newer, 2)])
    found = quorum(parsed, format_note(note))
    assert (found.names, found.mirrors, found.time) == (("a.example/mirror",), 1, 2)


def test_two_lines_of_one_cosigner_count_once_with_the_earlier_time() -> None:
    lines = (
        sign_line(TEXT, LOG_KEY),
        cosign(TEXT, COSIGNERS["a"], 9),
        cosign(TEXT, COSIGNERS["a"], 4),
    )
    data = format_note(Note(TEXT, lines))
    assert quorum(trust("quorum a"), data).time == 4
    with pytest.raises(CheckError):
        quorum(trust("group g 2 a b", "quorum g"), data)


def test_cosignatures_from_the_future_do_not_count() -> None:
    parsed = trust("group g 2 a b c", "quorum g")
    data = signed({"a": 1000, "b": 1300, "c": 1301})
    assert quorum(parsed, data, now=1000).time == 1300
    assert quorum(parsed, data, now=1001).names[-1] == "c.example/mirror"
    with pytest.raises(CheckError):
        quorum(parsed, data, now=999)
    assert quorum(parsed, data).time == 1300  # no clock: any time is taken


def test_quorum_none_is_for_tests() -> None:
    alone = parse_trust(file("quorum none"), allow_none=True)
    assert quorum(alone, signed({})) == Quorum((), 0, 0, 1)
    assert not quorum(alone, signed({})).is_re_executed
    with pytest.raises(FormatError):
        parse_trust(format_trust(alone))


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.dictionaries(st.sampled_from(list(COSIGNERS)), st.integers(0, 6)),
    st.permutations(list(COSIGNERS)),
)
def test_quorum_against_a_second_evaluation(
    thresholds: list[int], times: dict[str, int], order: list[str]
) -> None:
    """A chain of groups: each holds the group before it and one or two fresh witnesses."""
    fresh = iter(order)
    groups: list[Group] = []
    for number, threshold in enumerate(thresholds):
        members = [f"g{number - 1}"] if number else [next(fresh)]
        members.append(next(fresh))
        groups.append(Group(f"g{number}", min(threshold, len(members)), tuple(members)))
    lines = [f"group {g.name} {g.threshold} {' '.join(g.members)}" for g in groups]
    parsed = trust(*lines, f"quorum g{len(groups) - 1}")

    def reached(limit: int) -> bool:
        done = {name for name, time in times.items() if time <= limit}
        for group in groups:  # bottom up
            if len(done & set(group.members)) >= group.threshold:
                done.add(group.name)
        return f"g{len(groups) - 1}" in done

    expected = next((limit for limit in range(7) if reached(limit)), None)
    if expected is None:
        with pytest.raises(CheckError):
            quorum(parsed, signed(times))
    else:
        assert quorum(parsed, signed(times)).time == expected


# --- writing


def test_the_order_of_rendering_does_not_depend_on_the_order_given() -> None:
    standby = NoteSigner(ORIGIN, signing_key("standby"))
    logs = [LogKey(LOG_KEY.verifier), LogKey(standby.verifier, "https://b.example/")]
    witnesses = [Witness(name, COSIGNERS[name].verifier) for name in "abx"]
    rendered = {
        format_trust(
            make_trust(
                windows=[Window(ORIGIN, 0, 9)],
                mirrors=2,
                logs=some_logs,
                witnesses=some_witnesses,
                groups=[Group("g", 2, ("b", "x", "a"))],
                quorum="g",
            )
        )
        for some_logs in itertools.permutations(logs)
        for some_witnesses in itertools.permutations(witnesses)
    }
    assert len(rendered) == 1
    lines = rendered.pop().decode().split("\n")
    assert lines[:2] == [f"# size {ORIGIN} 0 9", "# mirrors 2"]
    assert lines[2:4] == sorted(lines[2:4])
    assert [line.split()[1] for line in lines[4:7]] == ["a", "b", "x"]
    assert lines[7:] == ["group g 2 b x a", "quorum g", ""]


def test_what_cannot_be_read_is_not_made() -> None:
    with pytest.raises(FormatError, match="'z' is not defined"):
        make_trust(
            windows=[], mirrors=1, logs=[LogKey(LOG_KEY.verifier)], witnesses=[], groups=[], quorum="z"
        )  # fmt: skip


def test_hash_of_a_file() -> None:
    assert trust_hash(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
