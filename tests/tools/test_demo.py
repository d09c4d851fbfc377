"""`relief demo`: the whole job, from founding to what a stranger verifies.

Goal: every kind is played, nothing is refused but what the story wants refused, what it leaves
verifies elsewhere, and no invented person's name, number or address stands in a public byte.
Method: the demo is played once; then its files alone, copied to another folder, are verified by the
command's own function, once as they are and once altered. A second demo runs as a process of its
own, is asked over the network, and is told to stop.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.kinds import all_kinds
from nodes.keyring import read_key
from nodes.node import Node
from nodes.peers import Peer
from nodes.vault import Vault
from tools.console import Console, Stop
from tools.demo import demo
from tools.home import Home
from tools.story.people import donors, everyone, givers, residents
from tools.verify import verify

RECEIPTS = {
    # file -> (exit status, state)
    "donation.relief-receipt": (0, "verified"),
    "list-row.relief-receipt": (0, "verified"),
    "hand-out.relief-receipt": (0, "verified"),
    "open-point.relief-receipt": (0, "verified"),
    "correction.relief-receipt": (0, "verified"),
    "masks-corrected.relief-receipt": (0, "corrected"),
    "over-issue-refused.relief-receipt": (2, "refused"),
    "over-cap-refused.relief-receipt": (2, "refused"),
    "held-payment.relief-receipt": (0, "verified"),
    "relief-payment.relief-receipt": (0, "verified"),
    "genesis.tlog-proof": (0, "included"),
    "last-batch.tlog-proof": (0, "included"),
    "rice-received.tlog-proof": (0, "included"),
    "over-issue-refused.tlog-proof": (0, "included"),
}
TUTORIAL = Path(__file__).resolve().parents[2] / "docs/tutorials/try-the-demo.md"
NAMING = ("donation.relief-receipt", "list-row.relief-receipt")
"""Receipts that show one donor's name: to that donor."""


@dataclass
class Left:
    """What a demo left: its folder, and what it said."""

    folder: Path
    said: dict[str, Any]
    code: int
    took_s: float


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """One demo, played once."""
    folder = tmp_path_factory.mktemp("demo") / "linhe"
    kept: list[dict[str, Any]] = []

    class Keeping(Console):
        def result(self, value: Any) -> None:
            kept.append(dict(value))

    began = time.monotonic()
    code = demo(Keeping(as_json=True), folder, port=0, once=True)
    assert len(kept) == 1, "with --json there is one object"
    return Left(folder, kept[0], code, time.monotonic() - began)


@pytest.fixture
def elsewhere(left: Left, tmp_path: Path) -> Path:
    """The three things that another machine gets, and nothing else of the folder."""
    for name in ("public", "receipts"):
        shutil.copytree(left.folder / name, tmp_path / name)
    shutil.copy(left.folder / "trust", tmp_path / "trust")
    return tmp_path


def look(capsys: pytest.CaptureFixture[str], target: Path, trust: Path) -> tuple[int, Any]:
    capsys.readouterr()
    code = verify(Console(as_json=True), str(target), trust=trust)
    return code, json.loads(capsys.readouterr().out)


# ---- what was played -----------------------------------------------------------------------------


def test_every_kind_is_played(left: Left) -> None:
    assert {name for name, _ in all_kinds()} - set(left.said["kinds"]) == set()


def test_it_is_some_hundred_entries(left: Left) -> None:
    assert 420 <= left.said["entries"] <= 560
    assert sum(left.said["kinds"].values()) == left.said["entries"]


def test_what_the_story_wants_refused_is_and_nothing_else(left: Left) -> None:
    by_law, *by_contract = left.said["refused"]
    assert (by_law["kind"], by_law["code"]) == ("disbursement.release", "not_enough")
    assert "asked 10,000; left 0; entry " in by_law["said"]
    asked = {(each["kind"], each["code"]) for each in by_contract}
    assert len(by_contract) == 2 and asked == {("disbursement.release", "contract_denied")}
    assert "at most 6 parcels in 7 days; had 0, now 7; may still take 6" in by_contract[0]["said"]


def test_contracts_pay_hold_and_are_overridden(left: Left) -> None:
    """Relief money to each household with an account; no run goes on, nothing waits."""
    kinds = left.said["kinds"]
    assert kinds["contract.run"] == 2 and kinds["approval.give"] == 3
    assert [kinds[f"run.{what}"] for what in ("pause", "resume", "end")] == [1, 1, 1]
    assert kinds["override.use"] == kinds["approval.refuse"] == 1


def test_one_correction_leaves_nothing_unexplained(left: Left) -> None:
    balances = {row["commodity"]: row for row in left.said["balances"]}
    assert left.said["corrections"] == 1
    assert balances["kn95"]["out"] == balances["kn95"]["received"] == 24_000
    assert balances["n95"]["received"] == balances["n95"]["out"] == 0


def test_every_commodity_balances(left: Left) -> None:
    for row in left.said["balances"]:
        assert row["received"] == row["inside"] + row["out"] + row["contra"], row


def test_it_verified_itself(left: Left) -> None:
    assert left.code == 0
    assert left.said["log_verified"] and left.said["receipt_verified"]


def test_people_are_the_same_each_time() -> None:
    assert donors() == donors() and residents() == residents()
    phones = [person.phone for person in everyone()]
    assert len(phones) == len(set(phones))


def test_the_tutorial_tells_what_is_there(left: Left, capsys: pytest.CaptureFixture[str]) -> None:
    text = TUTORIAL.read_text()
    for name in ("hand-out", "correction"):
        receipt = left.folder / "receipts" / f"{name}.relief-receipt"
        _, said = look(capsys, receipt, left.folder / "trust")
        assert f"/en/e/{said['entry']['index']}\n" in text, name
    assert f"in {left.said['entries']} entries" in text
    assert f"{left.said['kinds']['donation.receive']} single gifts" in text
    assert f"- {left.said['kinds']['household.enrol']} households" in text
    for name, (_, state) in RECEIPTS.items():
        if name.endswith("-receipt"):
            assert re.search(rf"^\| `{name}` \|.*\| {state} \|$", text, re.MULTILINE), name


# ---- what it leaves ------------------------------------------------------------------------------


def test_the_log_verifies_elsewhere(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = look(capsys, elsewhere / "public", elsewhere / "trust")
    assert (code, said["state"]) == (0, "verified")
    assert said["quorum"]["re_executed"] and len(said["quorum"]["names"]) == 2


@pytest.mark.parametrize("name", RECEIPTS)
def test_what_people_take_away_verifies_elsewhere(
    name: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = look(capsys, elsewhere / "receipts" / name, elsewhere / "trust")
    assert (code, said["state"]) == RECEIPTS[name], said


def test_the_receipts_are_those_of_the_table(left: Left) -> None:
    assert sorted(os.listdir(left.folder / "receipts")) == sorted(RECEIPTS)
    assert sorted(left.said["receipts"]) == sorted(RECEIPTS)


def test_receipts_show_what_they_are_for(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {person.name for person in donors()}
    _, donation = look(capsys, elsewhere / "receipts" / NAMING[0], elsewhere / "trust")
    _, row = look(capsys, elsewhere / "receipts" / NAMING[1], elsewhere / "trust")
    assert [name for name, _ in donation["shown"]] == ["donor", "reference"]
    assert [name for name, _ in row["shown"]] == ["amount", "donor", "offset"]
    assert dict(donation["shown"])["donor"] in names and dict(row["shown"])["donor"] in names
    _, corrected = look(
        capsys, elsewhere / "receipts/masks-corrected.relief-receipt", elsewhere / "trust"
    )
    assert [each["kind"] for each in corrected["corrections"]] == ["correction.declare"]


def test_an_altered_log_does_not_verify(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = elsewhere / "public/tile/entries/000"
    data = bundle.read_bytes()
    assert data.count("大米400袋".encode()) == 0, "bodies stand in base64"
    bundle.write_bytes(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
    code, said = look(capsys, elsewhere / "public", elsewhere / "trust")
    assert (code, said["state"]) == (1, "mismatch")


@pytest.mark.parametrize("cosigner", ["mirror.demo.example/mirror", "press.demo.example/witness"])
def test_without_either_cosigner_it_is_not_final(
    cosigner: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = elsewhere / "public/checkpoint"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if f"— {cosigner} " not in line))
    code, said = look(capsys, elsewhere / "public", elsewhere / "trust")
    assert (code, said["state"]) == (2, "promised")


# ---- names ---------------------------------------------------------------------------------------


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_person_stands_in_any_file(left: Left) -> None:
    """Not in the log, not in the stores and views; of the vault's own file not in plain bytes."""
    personal = [text.encode() for person in everyone() for text in person.personal]
    looked = 0
    for path in files_of(left.folder):
        if path.name in NAMING:
            continue
        data = path.read_bytes()
        looked += 1
        assert not [text for text in personal if text in data], path
    assert looked > 50


@pytest.mark.parametrize("name", NAMING)
def test_a_receipt_names_its_own_donor_alone(name: str, left: Left) -> None:
    data = (left.folder / "receipts" / name).read_text()
    shown = dict((n, v) for n, v, _ in json.loads(data)["shown"])
    found = {text for person in everyone() for text in person.personal if text in data}
    assert found == {shown["donor"]}


def test_the_vault_opens_what_the_log_seals(left: Left) -> None:
    """Else the test above would find nothing because nothing was there."""
    home = Home(left.folder)
    vault = Vault(home.data / "vault.sqlite", read_key(home.keys / "vault.key", "vault"))
    try:
        records = [json.loads(vault.get(name))["values"] for name in vault.names("record/")]
    finally:
        vault.close()
    kept = {str(value) for record in records for value in record.values()}
    for person in residents():
        assert set(person.personal) <= kept
    for person in givers():
        assert person.name in kept
    given = [person for person in donors() if person.name in kept]
    assert len(given) > 300
    assert len([person for person in donors() if person.phone in kept]) > 60


# ---- the folder ----------------------------------------------------------------------------------


def test_what_is_there_is_not_played_over(left: Left) -> None:
    with pytest.raises(Stop, match="not empty"):
        demo(Console(as_json=True), left.folder, port=0, once=True)


def test_the_folder_is_an_ordinary_ledgers(left: Left, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(left.folder, folder)
    node = Node(Home(folder).settings())
    node.start()
    try:
        assert node.opened.clean and not node.read_only
        assert node.size() == left.said["entries"]
        assert node.trust_data() == (folder / "trust").read_bytes()
    finally:
        node.stop()


# ---- served --------------------------------------------------------------------------------------


def read_object(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """The first JSON object that a process prints."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            found: dict[str, Any] = json.loads("".join(lines))
            return found
    raise AssertionError(f"it ended without an answer: {''.join(lines)}")


def test_it_serves_until_it_is_told_to_stop(left: Left, tmp_path: Path) -> None:
    folder = tmp_path / "linhe"
    command = [sys.executable, "-c", "from tools.cli import app; app()", "demo", "--json"]
    with subprocess.Popen(
        [*command, "--dir", str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            said = read_object(process)
            ask_all(said)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    node = Node(Home(folder).settings())
    node.start()
    try:
        # Played again it is the same story, with other keys.
        assert node.opened.clean and node.size() == said["size"] == left.said["entries"]
        assert node.trust_data() != (left.folder / "trust").read_bytes()
    finally:
        node.stop()


def ask_all(said: dict[str, Any]) -> None:
    """Every link that is printed answers; the gift's parts sum to it; nobody is named."""
    personal = [text for person in everyone() for text in person.personal]
    url = said["url"]
    with Peer(url) as peer:
        assert len(said["links"]) == 10
        for label, link in said["links"].items():
            path, _, query = link.removeprefix(url).partition("?")
            answer = peer.get(path, query=dict([query.split("=")]) if query else None)
            assert answer.status == 200, (label, answer.body)
            text = answer.body.decode()
            assert not [each for each in personal if each in text], label
            if "donations" in path:
                trace = json.loads(text)
                assert sum(part["amount"] for part in trace["parts"]) == trace["amount"]
                assert {part["state"] for part in trace["parts"]} >= {"paid", "allocated"}
        assert b"Linhe Flood Fund" in peer.get("en/").body
        assert "林河水災基金".encode() in peer.get("zh-hant/").body
        assert "林河水灾基金".encode() in peer.get("zh-hans/").body
