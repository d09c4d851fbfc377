"""`relief trace`: the same answer from a node, its stopped folder, and the published log alone.

Goal: the parts of a gift sum to it, custody of goods is whole, and nobody's word is needed for it.
Method: one ledger with gifts, an allocation and a lot that was split; each source is asked.
"""

import shutil
from pathlib import Path

import pytest
from homes import Home, Served, copy_of, invoke, said, sent


def test_the_parts_of_a_gift_sum_to_it(filled: Served, donation: str) -> None:
    code, value = said("trace", "donation", donation, "--from", filled.url)
    assert code == 0 and value["amount"] == 70_000
    assert sum(part["amount"] for part in value["parts"]) == 70_000
    assert {part["state"] for part in value["parts"]} == {"allocated", "free"}
    code, text = invoke("trace", "donation", donation, "--from", filled.url)
    assert code == 0 and "parts sum to CNY 700.00: all of it" in text


def test_the_published_log_gives_the_same_trace_without_the_node(
    filled: Served, donation: str, public: Path
) -> None:
    _, node = said("trace", "donation", donation, "--from", filled.url)
    trust = ["--trust", filled.home.trust]
    code, alone = said("trace", "donation", donation, "--from", public, *trust)
    assert code == 0 and alone["remark"] == ""
    assert {**node, "remark": ""} == alone
    code, unchecked = said("trace", "donation", donation, "--from", public)
    assert code == 0 and "not verified" in unchecked["remark"]


@pytest.mark.parametrize(("direction", "edges"), [("down", 2), ("up", 0)])
def test_a_lot_is_traced_alike_from_node_and_log(
    direction: str, edges: int, filled: Served, public: Path
) -> None:
    [split] = sent(filled.home, "stock.split")
    lot = str(split.body["lot"])
    options = ["--direction", direction, "--from"]
    code, node = said("trace", "lot", lot, *options, filled.url)
    assert code == 0 and len(node["edges"]) == edges + (direction == "up")
    if direction == "down":
        assert sum(edge["n"] for edge in node["edges"]) == 90_000
        assert sorted(n["quantity"] for n in node["nodes"]) == [30_000, 60_000, 90_000]
    code, alone = said("trace", "lot", lot, *options, public, "--trust", filled.home.trust)
    assert code == 0 and {**alone, "remark": node["remark"]} == node
    code, text = invoke("trace", "lot", lot, *options, filled.url)
    assert code == 0 and "Rice" in text and "90 kg" in text


def test_a_log_that_does_not_verify_is_not_traced(
    filled: Served, donation: str, public: Path, tmp_path: Path
) -> None:
    lied = shutil.copytree(public, tmp_path / "public")
    [bundle] = (lied / "tile" / "entries").rglob("*.p/*")
    data = bytearray(bundle.read_bytes())
    data[-5] ^= 1
    bundle.write_bytes(bytes(data))
    arguments = ["trace", "donation", donation, "--from", lied, "--trust", filled.home.trust]
    code, text = invoke(*arguments)
    assert code == 1 and "does not pass its verification" in text


def test_a_stopped_node_gives_the_trace_from_its_folder(stopped: Home, tmp_path: Path) -> None:
    home = copy_of(stopped, tmp_path / "home")
    [kept] = (home.outbox / "sent").glob("*.dsse")
    code, value = said("trace", "donation", kept.stem, "--from", home.folder)
    assert code == 0 and value["amount"] == 50_000 and len(value["parts"]) == 1


def test_a_running_node_is_asked_at_its_address(filled: Served, donation: str) -> None:
    code, text = invoke("trace", "donation", donation, "--from", filled.home.folder)
    assert code == 2 and "in use by another process" in text and "--from http" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["household", "x"], "donation or lot"),
        (["donation", "x"], "STATEMENT/OFFSET-AMOUNT"),
        (["donation", "ab" * 32 + "/16"], "STATEMENT/OFFSET-AMOUNT"),
        (["donation", "ab" * 32 + "/5-0"], "STATEMENT/OFFSET-AMOUNT"),
        (["lot", "ab" * 32], "STATEMENT/N"),
        (["lot", "ab" * 32 + "/0", "--direction", "sideways"], "up or down"),
        (["donation", "ab" * 32, "--from", "http://127.0.0.1:1/"], "Start the node"),
        (["donation", "ab" * 32, "--from", "nowhere"], "holds no log"),
    ],
)
def test_what_trace_refuses(arguments: list[str], told: str) -> None:
    code, text = invoke("trace", *arguments)
    assert code == 2 and told in text, text


@pytest.mark.parametrize("noun", ["donation", "lot"])
def test_what_is_not_there(noun: str, filled: Served, public: Path) -> None:
    thing = "ab" * 32 + ("" if noun == "donation" else "/0")
    for source in (filled.url, public):
        code, text = invoke("trace", noun, thing, "--from", source)
        assert code == 2 and f"no such {noun}" in text
