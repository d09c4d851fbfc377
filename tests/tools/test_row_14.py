"""The tutorial `docs/tutorials/row-14.md`, played with its own files and commands.

Goal: a gap in somebody's books is never closed silently, and after the correction both versions stand
side by side; what the tutorial tells people to type works as it is written.
Method: a node that listens, the tutorial's YAML files, `relief submit` for each statement, and then
what an auditor, a holder of an old receipt and a reader of the page are told.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from homes import QUICK, Home, Served, invoke, said, served

from nodes.peers import Peer

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "docs" / "tutorials" / "row-14"
TUTORIAL = ROOT / "docs" / "tutorials" / "row-14.md"


class Play:
    """The tutorial at work: each statement, by the number of its file."""

    def __init__(self, one: Served, folder: Path) -> None:
        self.one, self.folder = one, folder
        self.ids: dict[str, str] = {}

    def say(self, file: str, *people: str, name: str = "", change: str = "") -> dict[str, Any]:
        """`say FILE PERSON...`; names of earlier statements are put in, as by the tutorial's sed."""
        text = (FILES / file).read_text()
        for known, statement in self.ids.items():
            text = text.replace(known, statement)
        if change:
            text = re.sub(r"targets: .*", f"targets: [{change}]", text)
        path = self.folder / file
        path.write_text(text)
        keys = [
            part
            for person in people
            for part in ("--key", self.one.home.folder / "people" / f"store.{person}.key")
        ]
        code, value = said(
            "submit", path, "--to", self.one.url, "--dir", self.one.home.folder, *keys
        )
        found: dict[str, Any] = value["statements"][0]
        assert (code == 0) == found["answer"]["applied"], value
        if name:
            self.ids[name] = str(found["statement"])
        return dict(found["answer"])

    def balances(self) -> dict[str, dict[str, int]]:
        """What `relief verify` of the whole log finds, by commodity."""
        self.one.settle()
        trust = self.one.home.folder / "trust"
        code, value = said("verify", self.one.url, "--trust", trust)
        assert code == 0, value
        return {row["commodity"]: row for row in value["log"]["balances"]}


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """The ledger at the end of the tutorial's section 3."""
    folder = tmp_path_factory.mktemp("row-14")
    code, text = invoke(
        "init", "--dir", folder / "ledger", "--from", FILES / "1-founding.yaml", "--unsealed"
    )
    assert code == 0, text
    home = Home(folder / "ledger")
    home.settings_file.write_text(QUICK)
    with served(home) as one:
        made = Play(one, folder)
        made.say("2-east-clinic.yaml", "chen", "sun")
        made.say("3-west-clinic.yaml", "chen", "sun")
        made.say("4-receive.yaml", "li", "sun", name="RECEIVED")
        made.say("5-east.yaml", "wang", name="EAST")
        made.say("6-west.yaml", "wang", name="WEST")
        yield made


def test_the_gap_stands_open_until_it_is_corrected(play: Play) -> None:
    count = play.say("7-count.yaml", "zhao", "li", name="COUNTED")
    assert count["code"] == "flagged"
    row = play.balances()["n95"]
    assert (row["came"], row["inside"], row["out"], row["unexplained"]) == (
        36_000,
        0,
        36_000,
        4_000,
    )

    refused = play.say("8-correct.yaml", "li", "wang", "zhao")
    assert (refused["applied"], refused["code"]) == (False, "no_authority")
    assert play.balances()["n95"]["unexplained"] == 4_000

    applied = play.say("8-correct.yaml", "li", "wang", "zhao", "chen", name="CORRECTED")
    assert applied["code"] == "ok"
    rows = play.balances()
    assert (rows["kn95"]["came"], rows["kn95"]["out"]) == (36_000, 36_000)
    assert all(row["unexplained"] == row["contra"] == 0 for row in rows.values())
    assert (rows["n95"]["came"], rows["n95"]["out"]) == (0, 0)

    again = play.say("8-correct.yaml", "li", "wang", "zhao", "chen", change=play.ids["COUNTED"])
    assert again["code"] == "already_corrected"
    _both_versions_stand(play, applied["index"])


def _both_versions_stand(play: Play, correction: int) -> None:
    """An old receipt, brought up to date, and the page of the correction."""
    play.one.settle()
    with Peer(play.one.url) as peer:
        receipt = peer.get(f"v1/receipts/{play.ids['EAST']}").body
        page = peer.get(f"en/e/{correction}").body.decode()
    path = play.folder / "east.relief-receipt"
    path.write_bytes(receipt)
    code, text = invoke("verify", path, "--trust", play.one.home.folder / "trust")
    assert code == 0 and "CORRECTED" in text and "18,000 to each" in text
    assert "16,000 n95" in text, "the original stands"
    for each in ("N95 masks 36,000 pcs", "N95 masks 16,000 pcs", "KN95 masks 18,000 pcs"):
        assert each in page


def test_the_tutorial_names_its_files_and_people() -> None:
    text = TUTORIAL.read_text()
    for file in FILES.glob("*.yaml"):
        assert file.name in text, f"the tutorial does not use {file.name}"
    for typed in re.findall(r"say ([0-9]-[a-z-]+\.yaml)", text):
        assert (FILES / typed).is_file(), f"the tutorial says {typed}, which is not there"
