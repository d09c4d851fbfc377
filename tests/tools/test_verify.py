"""`relief verify`: what it says and how it leaves, for truths, for lies and for rubbish.

Goal: exit 0 only after every step passed; 1 for whatever a check found false; 2 for whatever could
not be checked, is not final, or is a proved refusal; never a traceback, never "valid".
Method: real files. The small logs and receipts of the tests' support are written to disk, altered
once for each step that can fail, and verified through the command's own function; the shared
vectors give 112 more with verdicts of an independent program.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import handlog
import ledgers
import pytest
from governedlog import governed_log, retire
from typer.testing import CliRunner

from ledger.canon import decode_object, encode
from ledger.entry import parse_entry
from ledger.errors import CheckError
from ledger.log.merkle import leaf_hash, root
from ledger.log.note import LOG, NoteSigner, format_vkey
from ledger.log.proof import format_proof
from ledger.log.tile import bundles_of, format_bundle, format_tile, tiles_of
from ledger.log.trust import format_trust
from ledger.proofs.indexproof import format_index_proof
from ledger.proofs.receipt import Receipt, format_receipt
from ledger.proofs.stateproof import format_state_proof
from tools.cli import app
from tools.console import Console, Stop
from tools.verify import verify
from tools.verifying.log import STEPS as LOG_STEPS
from tools.verifying.receipt import STEPS as RECEIPT_STEPS
from tools.verifying.verdict import EXITS

NOW = ledgers.NOW + 600


class Seen:
    """What a verification printed as JSON, and its exit status."""

    def __init__(self, code: int, text: str) -> None:
        self.code, self.said = code, json.loads(text)
        self.state = self.said["state"]
        self.failed = next((s for s in self.said["steps"] if not s["passed"]), None)

    @property
    def step(self) -> str:
        return self.failed["title"] if self.failed else ""


Look = Callable[..., Seen]


@pytest.fixture
def look(capsys: pytest.CaptureFixture[str]) -> Look:
    """Verify a target with `--json` at the time of the test logs."""

    def run(target: Path | str, trust: Path | None, **options: Any) -> Seen:
        capsys.readouterr()
        options.setdefault("now", NOW)
        code = verify(Console(as_json=True), str(target), trust=trust, **options)
        return Seen(code, capsys.readouterr().out)

    return run


# ---- whole logs ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ledger() -> ledgers.TestLedger:
    found = ledgers.founded()
    body = {"actor": "blue/fay", "roles": ["quality"], "scope": ledgers.EVERYWHERE}
    for number in range(130):
        body["roles"] = ["quality", f"extra-{number}"]
        assert found.say("member.grant", body, "red/ana", "red/bao").code == "ok"
    assert found.say("member.grant", body, "red/dai").code == "no_authority"
    return found


@pytest.fixture
def public(ledger: ledgers.TestLedger, tmp_path: Path) -> Path:
    write_log(ledgers.public_files(ledger), tmp_path / "public")
    (tmp_path / "trust").write_bytes(ledgers.trust_of(ledger))
    return tmp_path / "public"


def write_log(files: dict[str, bytes], folder: Path) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def republish(
    ledger: ledgers.TestLedger, folder: Path, change: Callable[[list[bytes]], None]
) -> None:
    """The log of a maker who wrote other entries and signed them all the same."""
    entries = [*ledger.memory.entries]
    change(entries)
    leaves = [leaf_hash(entry) for entry in entries]
    size = len(entries)
    shutil.rmtree(folder)
    files = {"checkpoint": ledgers.cosigned(size, root(leaves), ("mirror", "witness"))}
    for bundle in bundles_of(size):
        start = bundle.n * 256
        files[bundle.path] = format_bundle(entries[start : start + bundle.width])
    for tile in tiles_of(size):
        row = leaves if tile.level == 0 else [root(leaves[:256])]
        start = tile.n * 256
        files[tile.path] = format_tile(row[start : start + tile.width])
    write_log(files, folder)


def test_a_whole_log_is_verified_by_eight_steps(public: Path, look: Look) -> None:
    seen = look(public, public.parent / "trust")
    assert (seen.code, seen.state) == (0, "verified")
    assert [step["title"] for step in seen.said["steps"]] == list(LOG_STEPS)
    assert all(step["passed"] and step["found"] for step in seen.said["steps"])
    assert seen.said["log"]["statements"] == 133 and seen.said["log"]["refused"] == 1
    assert seen.said["checkpoint"]["origin"] == ledgers.ORIGIN
    assert seen.said["quorum"]["names"] == ["red.example.org/mirror", "blue.example.org/witness"]


def flip(path: Path, at: int = -2) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def edit(entries: list[bytes], index: int, **fields: Any) -> None:
    entries[index] = encode({**decode_object(entries[index], size_max=65_535), **fields})


def unbalance(monkeypatch: pytest.MonkeyPatch) -> None:
    """No log that passes re-execution is unbalanced: the machine would have to be wrong itself."""
    monkeypatch.setattr("contracts.audit.Audit._balances", _raise_conservation)


def _raise_conservation(self: Any, replay: Any) -> Any:
    raise CheckError("conservation", "rice does not balance")


# step -> what is done to the folder; expected state
Lie = Callable[[Path, ledgers.TestLedger, pytest.MonkeyPatch], None]
LOG_LIES: dict[str, tuple[Lie, str]] = {
    "trust file": (
        lambda p, _, m: (p.parent / "trust").write_text("quorum none\n") and None,
        "unchecked",
    ),
    "log signature": (lambda p, _, m: flip(p / "checkpoint", 30), "mismatch"),
    "quorum": (
        lambda p, led, m: (
            (p / "checkpoint").write_bytes(
                ledgers.cosigned(led.memory.head().size, led.memory.head().root(), ("witness",))
            )
            and None
        ),
        "promised",
    ),
    "entries": (lambda p, _, m: flip(p / "tile/entries/000"), "mismatch"),
    "tiles": (lambda p, _, m: flip(p / "tile/1/000.p/1"), "mismatch"),
    "genesis": (lambda p, led, m: republish(led, p, lambda e: e.pop(0) and None), "mismatch"),
    "re-execution": (
        lambda p, led, m: republish(led, p, lambda e: edit(e, 5, state_root="00" * 32)),
        "mismatch",
    ),
    "conservation": (lambda p, _, m: unbalance(m), "mismatch"),
}


@pytest.mark.parametrize("step", LOG_STEPS)
def test_each_step_of_a_log_can_fail(
    step: str, public: Path, ledger: ledgers.TestLedger, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, state = LOG_LIES[step]
    change(public, ledger, monkeypatch)
    seen = look(public, public.parent / "trust")
    assert (seen.step, seen.state, seen.code) == (step, state, EXITS[state])
    assert seen.said["failed_step"] == LOG_STEPS.index(step) + 1 and seen.failed["found"]


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/entries/001.p/10", "tile/0/000"])
def test_a_missing_file_proves_nothing(path: str, public: Path, look: Look) -> None:
    (public / path).unlink()
    seen = look(public, public.parent / "trust")
    assert (seen.state, seen.code) == ("unchecked", 2)
    assert path in seen.failed["found"] and seen.said["next_step"]


def test_a_pipe_or_a_long_file_in_the_folder_proves_nothing(public: Path, look: Look) -> None:
    (public / "tile/0/000").unlink()
    os.mkfifo(public / "tile/0/000")
    assert look(public, public.parent / "trust").state == "unchecked"
    (public / "tile/0/000").unlink()
    with (public / "tile/0/000").open("wb") as file:
        file.truncate(1 << 40)
    seen = look(public, public.parent / "trust")
    assert (seen.state, seen.code) == ("unchecked", 2) and "8,192" in seen.failed["found"]


def test_a_folder_without_a_log_says_where_one_may_be(public: Path, look: Look) -> None:
    with pytest.raises(Stop) as stop:
        look(public.parent, None)
    assert stop.value.code == 2 and f"mean {public}" in stop.value.then
    with pytest.raises(Stop) as stop:
        look(public / "tile", public.parent / "trust")
    assert "`checkpoint` and `tile`" in stop.value.then


def test_cosignatures_from_the_future_are_a_question_of_the_clock(public: Path, look: Look) -> None:
    early = look(public, public.parent / "trust", now=ledgers.NOW - 301)
    assert (early.step, early.state, early.code) == ("quorum", "unchecked", 2)
    assert "clock" in early.said["next_step"]
    assert look(public, public.parent / "trust", now=ledgers.NOW - 300).state == "verified"


def test_an_old_checkpoint_says_how_old_it_is(public: Path, look: Look) -> None:
    trust = public.parent / "trust"
    assert look(public, trust, now=ledgers.NOW + 86_400).said["remarks"] == []
    assert "1 d" in look(public, trust, now=ledgers.NOW + 86_401).said["remarks"][0]


def test_the_second_opinion_agrees_or_says_that_it_is_not_there(
    public: Path, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("merkletools")
    seen = look(public, public.parent / "trust", second=True)
    assert seen.said["second_opinion"]["agrees"] is True and len(seen.said["steps"]) == 9
    monkeypatch.setattr("tools.verifying.second_opinion.other_tree", lambda: None)
    seen = look(public, public.parent / "trust", second=True)
    assert seen.said["second_opinion"]["agrees"] is None and seen.state == "verified"
    assert "not installed" in seen.said["remarks"][0]


def test_a_second_opinion_that_differs_is_a_mismatch(
    public: Path, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.verifying.second_opinion.other_root", lambda entries: bytes(32))
    seen = look(public, public.parent / "trust", second=True)
    assert (seen.step, seen.state, seen.code) == ("second opinion", "mismatch", 1)


def test_the_log_must_hold_the_history_seen_before(
    public: Path, ledger: ledgers.TestLedger, look: Look
) -> None:
    trust, since = public.parent / "trust", public.parent / "seen"
    since.write_bytes(ledgers.public_files(ledgers.founded())["checkpoint"])
    seen = look(public, trust, since=since)
    assert (seen.state, seen.said["steps"][8]["title"]) == ("verified", "history")
    since.write_bytes((public / "checkpoint").read_bytes())
    assert look(public, trust, since=since).state == "verified"
    # Another history of the same name, signed by the same log.
    head = ledger.memory.head()
    for size, state, told in (
        (head.size, "mismatch", "had root"),
        (4, "mismatch", "had root"),
        (head.size + 2, "unchecked", "before"),
    ):
        since.write_bytes(ledgers.cosigned(size, bytes(32), ("mirror", "witness")))
        seen = look(public, trust, since=since)
        assert (seen.step, seen.state, seen.code) == ("history", state, EXITS[state])
        assert told in seen.failed["found"] and seen.said["next_step"]
    for rubbish in (b"", b"x" * 100, handlog.hand_log().note):
        since.write_bytes(rubbish)
        seen = look(public, trust, since=since)
        assert (seen.step, seen.state, seen.code) == ("history", "unchecked", 2)


# ---- receipts ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hand() -> handlog.HandLog:
    return handlog.hand_log()


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    path = tmp_path / "trust"
    path.write_bytes(format_trust(handlog.trust_file()))
    return path


RECEIPTS = {
    "gift": "verified",
    "list": "verified",
    "handout": "verified",
    "lapse": "verified",
    "wrong": "corrected",
    "denied": "refused",
    "waits": "held",
}


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_receipt_comes_to_its_state(
    name: str, hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    file = tmp_path / f"{name}.relief-receipt"
    file.write_bytes(format_receipt(hand.receipt(name)))
    seen = look(file, trust)
    assert (seen.state, seen.code) == (RECEIPTS[name], EXITS[RECEIPTS[name]])
    assert [step["title"] for step in seen.said["steps"]] == list(RECEIPT_STEPS)
    assert seen.said["entry"]["index"] == hand.ids[name]


def test_states_that_are_no_success_do_not_leave_with_0() -> None:
    assert {state for state, code in EXITS.items() if code == 0} == {
        "verified", "corrected", "included", "proved",
    }  # fmt: skip
    assert [state for state, code in EXITS.items() if code == 1] == ["mismatch"]


def receipt_lies(hand: handlog.HandLog) -> dict[str, tuple[bytes, str]]:
    """step -> (file, expected state); `trust file` needs a trust file for other sizes."""
    good = hand.receipt("gift")
    data = format_receipt(good)
    other = hand.receipt("list")
    lone = replace(good.proof, checkpoint=hand.cosigned("w1"))
    lone_batch = replace(good.batch, checkpoint=hand.cosigned("w1"))
    signed = good.proof.checkpoint.replace(b"\n", b"\n", 1)
    at = signed.index(handlog.ORIGIN.encode() + b" ") + len(handlog.ORIGIN) + 20
    forged = signed[:at] + (b"A" if signed[at : at + 1] != b"A" else b"B") + signed[at + 1 :]
    return {
        "form": (data[:-40], "mismatch"),
        "log signature": (
            format_receipt(
                replace(
                    good,
                    proof=replace(good.proof, checkpoint=forged),
                    batch=replace(good.batch, checkpoint=forged),
                )
            ),
            "mismatch",
        ),
        "quorum": (format_receipt(replace(good, proof=lone, batch=lone_batch)), "promised"),
        "place": (
            format_receipt(replace(good, proof=replace(good.proof, index=good.proof.index + 1))),
            "mismatch",
        ),
        "signers": (format_receipt(replace(good, signers=good.signers[:1])), "mismatch"),
        "shown": (format_receipt(replace(good, corrections=other.corrections)), "mismatch"),
    }


@pytest.mark.parametrize("step", [s for s in RECEIPT_STEPS if s not in ("leaf", "trust file")])
def test_each_step_of_a_receipt_can_fail(
    step: str, hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    # The leaf hash is only computed; it is held against the path in the step "place".
    data, state = receipt_lies(hand)[step]
    file = tmp_path / "x.relief-receipt"
    file.write_bytes(data)
    seen = look(file, trust)
    assert (seen.step, seen.state, seen.code) == (step, state, EXITS[state])


def later(hand: handlog.HandLog) -> handlog.HandLog:
    """The same log, grown by a correction of the gift."""
    grown = handlog.hand_log()
    grown.statement(
        "late fix", "correction.declare", {"targets": [grown.names["gift"]]}, handlog.ANA
    )
    grown.about(f"correction/{grown.names['gift']}", grown.ids["late fix"])
    grown.close()
    assert grown.entries[: len(hand.entries)] == hand.entries
    return grown


def fresh_gift(grown: handlog.HandLog) -> Receipt:
    subject = f"correction/{grown.names['gift']}"
    return grown.receipt("gift", corrected=grown.listing(subject, grown.ids["late fix"]))


def test_a_receipt_says_corrected_once_a_correction_follows(
    hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    old, new = tmp_path / "old.relief-receipt", tmp_path / "new.relief-receipt"
    old.write_bytes(format_receipt(hand.receipt("gift")))
    grown = later(hand)
    new.write_bytes(format_receipt(fresh_gift(grown)))
    assert look(old, trust).state == "verified", "as of its own time, which it says"
    seen = look(new, trust)
    assert (seen.state, seen.code) == ("corrected", 0)
    assert [each["index"] for each in seen.said["corrections"]] == [grown.ids["late fix"]]
    # The old one beside the new one, or beside the checkpoint alone: nothing can be told of today.
    checkpoint = tmp_path / "checkpoint"
    checkpoint.write_bytes(grown.note)
    for since in (new, checkpoint):
        seen = look(old, trust, since=since)
        assert (seen.step, seen.state, seen.code) == ("history", "unchecked", 2)
        assert "/v1/receipts/" in seen.said["next_step"]
    seen = look(new, trust, since=old)
    assert (seen.state, seen.step, seen.said["steps"][-1]["title"]) == ("corrected", "", "history")


def corrected_lies(hand: handlog.HandLog) -> dict[str, tuple[Receipt, str]]:
    """What somebody may hand over who wants a correction unseen, and what it comes to."""
    grown = later(hand)
    fresh, stale = fresh_gift(grown), hand.receipt("gift")
    wrong = f"correction/{grown.names['wrong']}"
    absent = grown.state("index", f"correction/{grown.names['list']}")
    return {
        "text left out": (replace(fresh, corrected=None), "corrected"),
        "proof left out": (replace(fresh, corrections=(), corrected=None), "mismatch"),
        "absence of another key": (
            replace(fresh, corrections=(absent,), corrected=None), "mismatch"),
        "absence of another key under this name": (
            replace(fresh, corrections=(replace(absent, key=fresh.corrections[0].key),), corrected=None),
            "mismatch"),
        "row hidden": (
            replace(fresh, corrections=(replace(fresh.corrections[0], row=None),), corrected=None),
            "mismatch"),
        "text of another subject": (
            replace(fresh, corrected=grown.listing(wrong, grown.ids["fix"])), "mismatch"),
        "absence from an older checkpoint": (
            replace(fresh, corrections=stale.corrections, corrected=None), "mismatch"),
        "batch from an older checkpoint": (
            replace(fresh, batch=stale.batch, corrections=stale.corrections, corrected=None),
            "mismatch"),
    }  # fmt: skip


CORRECTED_LIES = (
    "text left out", "proof left out", "absence of another key", "row hidden",
    "absence of another key under this name", "text of another subject",
    "absence from an older checkpoint", "batch from an older checkpoint",
)  # fmt: skip


@pytest.mark.parametrize("lie", CORRECTED_LIES)
def test_a_correction_cannot_be_hidden(
    lie: str, hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    lies = corrected_lies(hand)
    assert set(lies) == set(CORRECTED_LIES)
    receipt, state = lies[lie]
    file = tmp_path / "x.relief-receipt"
    file.write_bytes(format_receipt(receipt))
    seen = look(file, trust)
    assert (seen.state, seen.code) == (state, EXITS[state])
    assert seen.state != "verified"
    if state == "unchecked":
        assert seen.step == "shown" and "/v1/receipts/" in seen.said["next_step"]


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"", "unchecked"),
        (b"rubbish", "unchecked"),
        (None, "unchecked"),
    ],
)
def test_what_is_no_checkpoint_is_nothing_to_hold_against(
    content: bytes | None,
    state: str,
    hand: handlog.HandLog,
    tmp_path: Path,
    trust: Path,
    look: Look,
) -> None:
    file, since = tmp_path / "x.relief-receipt", tmp_path / "since"
    file.write_bytes(format_receipt(hand.receipt("gift")))
    if content is not None:
        since.write_bytes(content)
        seen = look(file, trust, since=since)
        assert (seen.step, seen.state) == ("history", state)
    else:
        with pytest.raises(FileNotFoundError):
            look(file, trust, since=since)


def test_two_histories_of_one_size_are_a_mismatch(
    hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    other = handlog.hand_log()
    other.entries[-1] = other.entries[-1].replace(b'"time":18', b'"time":19')
    since, file = tmp_path / "checkpoint", tmp_path / "x.relief-receipt"
    since.write_bytes(other.cosigned("m1", "m2", "w1"))
    file.write_bytes(format_receipt(hand.receipt("gift")))
    seen = look(file, trust, since=since)
    assert (seen.step, seen.state, seen.code) == ("history", "mismatch", 1)


@pytest.mark.parametrize("target", ["receipt", "log"])
def test_a_log_key_that_the_trust_file_does_not_know_proves_nothing(
    target: str, hand: handlog.HandLog, public: Path, tmp_path: Path, look: Look
) -> None:
    """Keys are rotated: an old trust file must not cry forgery."""
    file, old = tmp_path / "x.relief-receipt", tmp_path / "old"
    file.write_bytes(format_receipt(hand.receipt("gift")))
    good = (
        format_trust(handlog.trust_file())
        if target == "receipt"
        else (public.parent / "trust").read_bytes()
    )
    origin = handlog.ORIGIN if target == "receipt" else ledgers.ORIGIN
    before = format_vkey(NoteSigner(origin, handlog.key("an old log key"), LOG).verifier)
    lines = [
        f"log {before}" if line.startswith("log ") else line for line in good.decode().splitlines()
    ]
    old.write_text("\n".join(lines) + "\n")
    seen = look(file if target == "receipt" else public, old)
    assert (seen.step, seen.state, seen.code) == ("log signature", "unchecked", 2)
    assert "trust file of today" in seen.said["next_step"]


def test_governance_since_the_trust_file_is_told(tmp_path: Path, trust: Path, look: Look) -> None:
    log = governed_log(*retire("w2"))
    log.close("m1", "m2", "w1")
    file = tmp_path / "x.relief-receipt"
    file.write_bytes(format_receipt(log.receipt("gift", gov=log.listing("gov", 0, 1))))
    seen = look(file, trust)
    assert seen.state == "verified" and seen.said["governance"]["since_trust_file"] == [0, 1]
    assert not seen.said["governance"]["trust_file_is_current"]
    assert any("get the new trust file" in remark for remark in seen.said["remarks"])
    log = governed_log(*retire("w1"))
    log.close("m1", "m2", "w1")
    file.write_bytes(format_receipt(log.receipt("gift", gov=log.listing("gov", 0, 1))))
    seen = look(file, trust)
    assert (seen.step, seen.state, seen.code) == ("signers", "unchecked", 2)
    assert "trust file of today" in seen.said["next_step"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "No such file"),
        (b"", "cut off"),
        (b"quorum none\n", "witness or a group"),
        (b"\x00\xff" * 40, "trust file"),
        (format_trust(handlog.trust_file(start=10_000)), "sizes from 10000"),
    ],
)
def test_without_a_fit_trust_file_nothing_can_be_told(
    content: bytes | None, found: str, hand: handlog.HandLog, tmp_path: Path, look: Look
) -> None:
    file = tmp_path / "x.relief-receipt"
    file.write_bytes(format_receipt(hand.receipt("gift")))
    path = tmp_path / "bad-trust"
    if content is not None:
        path.write_bytes(content)
    seen = look(file, path)
    assert (seen.step, seen.state, seen.code) == ("trust file", "unchecked", 2)
    assert found in seen.failed["found"] and "--trust" in seen.said["next_step"]
    assert [step["passed"] for step in seen.said["steps"]] == [True, True, False]


def test_no_trust_file_at_all(hand: handlog.HandLog, tmp_path: Path, look: Look) -> None:
    file = tmp_path / "x.relief-receipt"
    file.write_bytes(format_receipt(hand.receipt("gift")))
    seen = look(file, None)
    assert (seen.step, seen.state, seen.code) == ("trust file", "unchecked", 2)
    assert seen.failed["found"] == "none was given"


def test_too_few_mirrors_are_said(hand: handlog.HandLog, tmp_path: Path, look: Look) -> None:
    file, path = tmp_path / "x.relief-receipt", tmp_path / "trust"
    file.write_bytes(format_receipt(hand.receipt("gift")))
    path.write_bytes(format_trust(handlog.trust_file(mirrors=4)))
    seen = look(file, path)
    assert seen.state == "verified" and not seen.said["quorum"]["re_executed"]
    assert any("not re-executed" in remark for remark in seen.said["remarks"])


def test_a_cut_receipt_is_never_believed(
    hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    data = format_receipt(hand.receipt("gift"))
    file = tmp_path / "x.relief-receipt"
    for end in range(0, len(data), 97):
        file.write_bytes(data[:end])
        seen = look(file, trust)
        assert (seen.state, seen.code, seen.step) == ("mismatch", 1, "form"), end


# ---- proofs --------------------------------------------------------------------------------------


def test_a_proof_file_shows_that_an_entry_is_in_the_log(
    hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    proof = hand.proof(hand.ids["gift"])
    file = tmp_path / "gift.tlog-proof"
    file.write_bytes(format_proof(proof))
    seen = look(file, trust)
    assert (seen.state, seen.code) == ("included", 0)
    assert seen.said["entry"]["kind"] == "donation.receive"
    # The entry may travel beside the proof; another one is not believed.
    file.write_bytes(format_proof(replace(proof, extra=None)))
    beside = tmp_path / "entry"
    beside.write_bytes(hand.entries[hand.ids["gift"]])
    assert look(file, trust, entry=beside).state == "included"
    beside.write_bytes(hand.entries[hand.ids["list"]])
    seen = look(file, trust, entry=beside)
    assert (seen.step, seen.state, seen.code) == ("inclusion", "mismatch", 1)
    with pytest.raises(Stop, match="does not carry"):
        look(file, trust)


def test_every_kind_of_entry_can_be_told(
    hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    file = tmp_path / "x.tlog-proof"
    types = set()
    for index in range(len(hand.entries)):
        file.write_bytes(format_proof(hand.proof(index)))
        assert look(file, trust).state == "included", index
        types.add(type(parse_entry(hand.entries[index])).__name__)
    assert len(types) == 3


def test_proofs_of_the_state(
    hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    file = tmp_path / "row.state-proof"
    file.write_bytes(format_state_proof(hand.state("totals", "item-3", batch=True)))
    seen = look(file, trust)
    assert (seen.state, seen.said["row"]["value"]) == ("proved", ["1", "0"])
    file.write_bytes(format_state_proof(hand.state("totals", "item-99", batch=True)))
    seen = look(file, trust)
    assert (seen.state, seen.said["row"]["value"], seen.code) == ("proved", None, 0)
    lie = replace(hand.state("totals", "item-3", batch=True), row=["2", "0"])
    file.write_bytes(format_state_proof(lie))
    seen = look(file, trust)
    assert (seen.step, seen.state, seen.code) == ("row", "mismatch", 1)


def test_proofs_of_whole_lists(
    hand: handlog.HandLog, tmp_path: Path, trust: Path, look: Look
) -> None:
    file = tmp_path / "gov.index-proof"
    listed = hand.listing("gov", 0, batch=True)
    file.write_bytes(format_index_proof(listed))
    seen = look(file, trust)
    assert (seen.state, [e["index"] for e in seen.said["entries"]]) == ("proved", [0])
    file.write_bytes(format_index_proof(replace(listed, entries=((1, hand.entries[1]),))))
    assert (look(file, trust).step, look(file, trust).code) == ("list", 1)


# ---- shared vectors ------------------------------------------------------------------------------

WANTED = {
    "verified": {"verified"},
    "corrected": {"corrected"},
    "refused": {"refused"},
    "held": {"held"},
    "present": {"proved"},
    "absent": {"proved"},
    "malformed": {"mismatch"},
    # A missing quorum and an unfit trust file disprove nothing.
    "false": {"mismatch", "promised", "unchecked"},
}


@pytest.mark.parametrize(
    ("name", "suffix"), [("receipts", "relief-receipt"), ("stateproofs", "state-proof")]
)
def test_shared_vectors(
    name: str, suffix: str, shared_vectors: Path, tmp_path: Path, look: Look
) -> None:
    folder = shared_vectors / "receipt"
    rows = json.loads((folder / f"{name}.json").read_text())
    file = tmp_path / f"x.{suffix}"
    soft = []
    for row in rows:
        file.write_text(row["file"], encoding="utf-8", newline="")
        seen = look(file, folder / "trust", now=1_900_000_000)
        assert seen.state in WANTED[row["want"]], row["name"]
        assert seen.code == EXITS[seen.state]
        if row["want"] == "false" and seen.code == 2:
            soft.append(row["name"])
    assert len(rows) > 20 and soft in (
        ["quorum missing", "trust file for later sizes"],
        ["quorum missing"],
    )


# ---- rubbish -------------------------------------------------------------------------------------

RUBBISH: dict[str, bytes] = {
    "empty": b"",
    "one byte": b"{",
    "binary": bytes(range(256)) * 40,
    "deep": b"[" * 5_000 + b"]" * 5_000,
    "not utf-8": b'{"type":"receipt","x":"\xff\xfe"}',
    "surrogate": b'{"x":"\\ud800","type":"receipt","v":1}',
    "long number": b'{"x":' + b"9" * 10_000 + b',"type":"receipt","v":1}',
    "nan": b'{"x":NaN,"type":"receipt","v":1}',
    "magic alone": b"c2sp.org/tlog-proof@v1",
    "magic and blank": b"c2sp.org/tlog-proof@v1\n\n",
    "html": b"<!doctype html><title>404</title>" * 100,
    "null bytes": bytes(10_000),
}


@pytest.mark.parametrize(
    "suffix", ["relief-receipt", "tlog-proof", "state-proof", "index-proof", "txt", ""]
)
@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_never_believed_and_never_a_traceback(
    name: str, suffix: str, tmp_path: Path, trust: Path
) -> None:
    file = tmp_path / f"rubbish.{suffix}"
    file.write_bytes(RUBBISH[name])
    done = CliRunner().invoke(app, ["verify", str(file), "--trust", str(trust)])
    assert done.exit_code in (1, 2) and isinstance(done.exception, SystemExit)
    assert "Traceback" not in done.output and "fault of relief" not in done.output


def test_a_huge_file_is_not_read(tmp_path: Path, trust: Path) -> None:
    file = tmp_path / "huge.relief-receipt"
    with file.open("wb") as handle:
        handle.truncate(1 << 40)
    done = CliRunner().invoke(app, ["verify", str(file), "--trust", str(trust)])
    assert done.exit_code == 2 and "more than 4,194,304 bytes" in done.output


@pytest.mark.parametrize("kind", ["fifo", "missing", "loop", "unreadable"])
def test_paths_that_are_no_files(kind: str, tmp_path: Path, trust: Path) -> None:
    file = tmp_path / "x.relief-receipt"
    if kind == "fifo":
        os.mkfifo(file)
    elif kind == "loop":
        file.symlink_to(file)
    elif kind == "unreadable":
        file.write_bytes(b"x")
        file.chmod(0)
        if os.geteuid() == 0:
            pytest.skip("root reads everything")
    done = CliRunner().invoke(app, ["verify", str(file), "--trust", str(trust)])
    assert done.exit_code == 2 and isinstance(done.exception, SystemExit)
    assert "Traceback" not in done.output


# ---- how it is said ------------------------------------------------------------------------------


def invoke(*arguments: str, **environment: str) -> tuple[int, str]:
    clean = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "", "RELIEF_LANGUAGE": ""}
    done = CliRunner(env={**clean, **environment}).invoke(app, list(arguments))
    return done.exit_code, done.output


@pytest.fixture
def gift(hand: handlog.HandLog, tmp_path: Path) -> Path:
    file = tmp_path / "gift.relief-receipt"
    file.write_bytes(format_receipt(handlog.receipts(hand)["seals"]))
    return file


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.verifying.verdict.time.time", lambda: float(NOW))


def test_a_receipt_is_told_in_words(gift: Path, trust: Path) -> None:
    code, text = invoke("verify", str(gift), "--trust", str(trust))
    assert code == 0 and text.count("✔") == 9
    for part in ("Donation of money received", "Signed by: red/ana", "2027-01-15 08:00:00 UTC",
                 "donor = d-9", "m1.example.org/mirror", "✔ VERIFIED"):  # fmt: skip
        assert part in text, part
    assert "valid" not in text.lower().replace("invalid", "")


@pytest.mark.parametrize(
    ("language", "word"),
    [("zh-Hant", "已在這台電腦上驗證"), ("zh-Hans", "已在这台电脑上验证"), ("en", "VERIFIED")],
)
def test_three_languages(language: str, word: str, gift: Path, trust: Path) -> None:
    assert word in invoke("verify", str(gift), "--trust", str(trust), "--language", language)[1]
    assert word in invoke("verify", str(gift), "--trust", str(trust), RELIEF_LANGUAGE=language)[1]


@pytest.mark.parametrize(
    ("locale", "word"),
    [("zh_TW.UTF-8", "已在這台電腦"), ("zh_CN", "已在这台电脑"), ("C", "VERIFIED")],
)
def test_the_language_of_the_locale(locale: str, word: str, gift: Path, trust: Path) -> None:
    assert word in invoke("verify", str(gift), "--trust", str(trust), LC_ALL=locale)[1]


def test_an_unknown_language_is_a_sentence(gift: Path, trust: Path) -> None:
    code, text = invoke("verify", str(gift), "--trust", str(trust), "--language", "xx")
    assert code == 2 and "zh-Hant" in text


def test_nothing_of_theirs_reaches_the_terminal_raw(
    hand: handlog.HandLog, tmp_path: Path, trust: Path
) -> None:
    log = handlog.HandLog()
    log.statement("genesis", "genesis", {"origin": handlog.ORIGIN}, handlog.ANA, handlog.BAO)
    nasty = "\u202e\u0085\u200b"
    log.statement("x", "donation.receive", {"amount": 9}, handlog.ANA,
                  outcome={"code": "ok", "effects": {"moves": [[nasty, "a", nasty, 1]]}})  # fmt: skip
    log.close()
    file = tmp_path / "x.relief-receipt"
    file.write_bytes(format_receipt(log.receipt("x")))
    code, text = invoke("verify", str(file), "--trust", str(trust))
    assert code == 0 and "\\u202e" in text
    assert not set(nasty) & set(text)
