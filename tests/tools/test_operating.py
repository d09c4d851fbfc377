"""`relief serve`, `trace`, `rebuild`, `doctor`: what an operator and a reader do with a ledger.

Goal: a node stops so that the next start is quick; traces are the same from a node, from its stopped
folder and from the published log alone, and sum exactly; rebuilt views are equal; the doctor finds
each planted fault and names its fix.
Method: one small ledger, founded and filled once by real processes and sockets; each fault is put
into a copy of its folder.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from homes import (
    ORIGIN,
    Home,
    Served,
    copy_of,
    gift,
    invoke,
    new_home,
    people,
    said,
    served,
    write_gift,
)

from ledger.envelope import Statement
from ledger.merkle import leaf_hash
from nodes.folder import FolderLock
from nodes.keyring import read_key
from nodes.watermark import Watermark
from tools import checkup, doctor
from tools.signing import Outbox, make_statement, read_statement


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A node that listens, with two gifts, an allocation and rice in two lots on its log."""
    with served(new_home(tmp_path_factory.mktemp("operating") / "home")) as one:
        folder = one.home.folder.parent
        tell(one, write_gift(folder / "g1.json", 1, 70_000), "charity/secretary")
        tell(one, write_gift(folder / "g2.json", 2, 5_000), "charity/secretary")
        allocation = {
            "draws": [{"amount": 30_000, "line": "flood.general"}],
            "programme": "flood",
            "purpose": "food",
        }
        tell_body(one, "fund.allocate", allocation, "charity/secretary")
        rice = {
            "lines": [{"condition": "good", "item": "rice", "quantity": 90_000}],
            "site": "depot",
            "source": {"kind": "gift"},
        }
        came = tell_body(one, "stock.receive", rice, "county/stores", "charity/cashier")
        split = {"lot": f"{came['statement']}/0", "quantities": [60_000], "site": "depot"}
        tell_body(one, "stock.split", split, "county/stores")
        one.settle()
        yield one


def tell(one: Served, file: Path, *actors: str) -> dict[str, Any]:
    """Submit a file as a command would; the answer."""
    keys = [part for actor in actors for part in ("--key", people(one.home, actor))]
    code, value = said("submit", file, "--to", one.url, "--dir", one.home.folder, *keys)
    assert code == 0, value
    answer: dict[str, Any] = value["statements"][0]["answer"]
    return answer


def tell_body(one: Served, kind: str, body: Any, *actors: str) -> dict[str, Any]:
    file = one.home.folder.parent / "body.json"
    file.write_text(json.dumps({"kind": kind, "body": body}))
    return tell(one, file, *actors)


@pytest.fixture(scope="module")
def donation(filled: Served) -> str:
    """Statement id of the first gift."""
    [found] = [
        each for each in sent(filled.home, "donation.receive") if each.body["amount"] == 70_000
    ]
    return found.id


def sent(home: Home, kind: str) -> list[Statement]:
    """What was sent from this folder, of one kind."""
    found = [read_statement(path) for path in (home.outbox / "sent").glob("*.dsse")]
    return [each for each in found if each.kind == kind]


@pytest.fixture(scope="module")
def public(filled: Served) -> Path:
    """The log as static files."""
    folder = filled.home.folder.parent / "public"
    filled.whole.node.export_public(folder)
    return folder


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A ledger whose node was stopped cleanly."""
    home = new_home(tmp_path_factory.mktemp("stopped") / "home")
    with served(home) as one:
        tell(one, write_gift(home.folder.parent / "g.json", 1), "charity/secretary")
        one.settle()
    return home


@pytest.fixture
def home(stopped: Home, tmp_path: Path) -> Home:
    """A copy of it, to be spoilt."""
    return copy_of(stopped, tmp_path / "home")


# ---- trace ---------------------------------------------------------------------------------------


def test_the_parts_of_a_gift_sum_to_it(filled: Served, donation: str) -> None:
    code, value = said("trace", "donation", donation, "--from", filled.url)
    assert code == 0 and value["amount"] == 70_000
    assert sum(part["amount"] for part in value["parts"]) == 70_000
    assert {part["state"] for part in value["parts"]} == {"allocated", "free"}
    code, text = invoke("trace", "donation", donation, "--from", filled.url)
    assert code == 0 and "parts sum to 70,000: all of it" in text


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
    assert code == 0 and "rice" in text and "90,000" in text


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
        (["donation", "ab" * 32 + "/5"], "STATEMENT/OFFSET-AMOUNT"),
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


# ---- rebuild -------------------------------------------------------------------------------------


def test_rebuilt_views_are_equal(home: Home) -> None:
    code, value = said("rebuild", "--dir", home.folder)
    assert code == 0 and value["equal"] and value["compared"] and not value["differing"]
    assert value["size"] == 8 and value["views"]["entry"]["rows"] == 8
    assert said("rebuild", "--dir", home.folder)[1]["views"] == value["views"]


def test_views_that_were_changed_are_found_and_mended(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "views.sqlite")) as connection, connection:
        connection.execute("UPDATE balance SET units = '1'")
    code, value = said("rebuild", "--dir", home.folder)
    assert code == 1 and value["differing"] == ["balance"]
    assert said("rebuild", "--dir", home.folder)[0] == 0


def test_views_that_are_gone_are_made(home: Home) -> None:
    (home.data / "views.sqlite").unlink()
    code, value = said("rebuild", "--dir", home.folder)
    assert code == 0 and not value["compared"] and value["views"]["donation"]["rows"] == 1


def test_views_in_postgresql_are_the_same(home: Home, fresh_postgres_url: str) -> None:
    _, here = said("rebuild", "--dir", home.folder)
    code, there = said("rebuild", "--dir", home.folder, "--views", fresh_postgres_url)
    assert code == 0 and there["views"] == here["views"]


@pytest.mark.parametrize("views", ["nonsense", "sqlite:////nowhere/at/all.sqlite"])
def test_a_database_that_fails_is_a_sentence(views: str, home: Home) -> None:
    code, text = invoke("rebuild", "--dir", home.folder, "--views", views)
    assert code == 2 and "--views" in text


def test_a_running_nodes_views_are_left_alone(filled: Served) -> None:
    code, text = invoke("rebuild", "--dir", filled.home.folder)
    assert code == 2 and "in use by another process" in text


# ---- doctor --------------------------------------------------------------------------------------


def findings(home: Home) -> dict[str, dict[str, str]]:
    """What the doctor finds in a folder, the worst of each thing, by its name."""
    _, value = said("doctor", "--dir", home.folder)
    order = [checkup.GOOD, checkup.LOOK, checkup.BAD]
    found: dict[str, dict[str, str]] = {}
    for each in sorted(value["findings"], key=lambda each: order.index(each["level"])):
        found[each["what"]] = each
    return found


def test_a_good_folder_has_nothing_bad(stopped: Home) -> None:
    code, value = said("doctor", "--dir", stopped.folder)
    assert (code, value["bad"]) == (0, 0)
    assert all(each["fix"] for each in value["findings"] if each["level"] != "good")
    assert not any(each["fix"] for each in value["findings"] if each["level"] == "good")
    assert {"store", "finality", "watermark", "views", "trust file", "keys", "disk"} <= set(
        findings(stopped)
    )


def drop_log_key(home: Home) -> None:
    (home.keys / "log.key").unlink()


def open_key(home: Home) -> None:
    (home.keys / "log.key").chmod(0o644)


def open_folder(home: Home) -> None:
    home.keys.chmod(0o755)


def misspell(home: Home) -> None:
    home.settings_file.write_text("RELIEF_BATCH_WINDOWS_MS=5\n")


def out_of_range(home: Home) -> None:
    home.settings_file.write_text("RELIEF_BATCH_MAX=0\n")


def fill_disk(home: Home) -> None:
    home.settings_file.write_text(f"RELIEF_FREE_BYTES_MIN={1 << 60}\n")


def raise_watermark(home: Home) -> None:
    mark = Watermark(home.keys / "watermark")
    mark.raise_to(1_000, bytes(32))
    mark.close()


def spoil_watermark(home: Home) -> None:
    (home.keys / "watermark").write_bytes(b"\xff" * 1_024)


def lose_watermark(home: Home) -> None:
    (home.keys / "watermark").unlink()


def end_trust(home: Home) -> None:
    text = home.trust.read_text()
    home.trust.write_text(text.replace(f"{ORIGIN} 2 -", f"{ORIGIN} 2 5"))


def nearly_end_trust(home: Home) -> None:
    text = home.trust.read_text()
    home.trust.write_text(text.replace(f"{ORIGIN} 2 -", f"{ORIGIN} 2 5000"))


def spoil_trust(home: Home) -> None:
    home.trust.write_text("quorum none\n")


def strange_trust(home: Home) -> None:
    other = new_home(home.folder.parent / "other")
    shutil.copy(other.trust, home.trust)


def lose_finality(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "heads.sqlite")) as connection, connection:
        connection.execute("DELETE FROM heads")


def crash(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "store" / "ledger.sqlite")) as connection, connection:
        connection.execute("DELETE FROM notes WHERE name = 'clean'")


def spoil_store(home: Home) -> None:
    (home.data / "store" / "ledger.sqlite").write_bytes(b"not a database" * 100)


def lag(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "views.sqlite")) as connection, connection:
        connection.execute("UPDATE position SET size = 500")


def leave_statement(home: Home) -> None:
    key = read_key(people(home, "charity/secretary"), "author").key
    body = gift(9)
    Outbox(home.outbox).keep(
        make_statement("donation.receive", body, [key], log=ORIGIN, now=1_800_000_000)
    )


def leave_founding(home: Home) -> None:
    done = home.founding / "entered" / "0-genesis.dsse"
    done.rename(home.founding / done.name)


def set_back_clock(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "store" / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE head SET time = time + 1000000")


FAULTS: dict[str, tuple[Callable[[Home], None], str, str, str]] = {
    # fault: (how, what names it, level, what its finding or fix says)
    "no log key": (drop_log_key, "log key", "bad", "Bring the key file back"),
    "a key that others read": (open_key, "modes", "bad", "chmod 600"),
    "a folder that others enter": (open_folder, "modes", "bad", "chmod 700"),
    "a misspelt setting": (misspell, "settings", "bad", "is no setting"),
    "a setting out of range": (out_of_range, "settings", "bad", "RELIEF_BATCH_MAX"),
    "no room": (fill_disk, "disk", "bad", "MiB or more"),
    "an old backup of the store": (raise_watermark, "watermark", "bad", "older backup"),
    "a damaged watermark": (spoil_watermark, "watermark", "bad", "nobody knows"),
    "a lost watermark": (lose_watermark, "watermark", "look", "ask the cosigners"),
    "a trust file that has ended": (end_trust, "trust file", "bad", "the log has 8"),
    "a trust file that will end": (nearly_end_trust, "trust file", "look", "ends at size 5,000"),
    "a trust file that is none": (spoil_trust, "trust file", "bad", "witness or a group"),
    "another ledger's trust file": (strange_trust, "trust file", "bad", "log key"),
    "nothing final": (lose_finality, "finality", "bad", "/freshness"),
    "no clean stop": (crash, "last stop", "look", "checks everything"),
    "a store that is none": (spoil_store, "store", "bad", "cannot look"),
    "views ahead of the log": (lag, "views", "bad", "relief rebuild"),
    "a statement in the outbox": (leave_statement, "outbox", "look", "relief submit"),
    "founding statements left": (leave_founding, "founding", "look", "relief serve"),
    "a clock behind the log": (set_back_clock, "clock", "bad", "Set the clock"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_doctor_finds(fault: str, home: Home) -> None:
    spoil, what, level, told = FAULTS[fault]
    spoil(home)
    found = findings(home)[what]
    assert found["level"] == level and told in found["found"] + found["fix"], found
    code, value = said("doctor", "--dir", home.folder)
    assert code == (1 if value["bad"] else 0) and (level != "bad" or value["bad"])


def test_the_doctor_changes_nothing(home: Home) -> None:
    def snapshot() -> dict[str, bytes]:
        return {
            str(path.relative_to(home.folder)): path.read_bytes()
            for path in sorted(home.folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        }

    before = snapshot()
    said("doctor", "--dir", home.folder)
    assert snapshot() == before


def test_the_doctor_sees_that_a_node_runs_and_asks_it(filled: Served) -> None:
    code, value = said("doctor", "--dir", filled.home.folder, "--to", filled.url)
    found = {each["what"]: each for each in value["findings"]}
    assert code == 0 and "a node runs" in found["lock"]["found"]
    assert [found[name]["level"] for name in ("livez", "readyz", "freshness")] == ["good"] * 3


def test_the_doctor_beside_a_lock_of_somebody_else(home: Home) -> None:
    lock = FolderLock(home.data / "store")
    assert "a node runs" in findings(home)["lock"]["found"]
    lock.release()
    assert "no node runs" in findings(home)["lock"]["found"]


def test_an_old_sqlite_and_a_rival_package_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.doctor.sqlite3.sqlite_version_info", (3, 51, 2))
    assert any(f.what == "SQLite" and f.level == "look" for f in doctor.machine())
    monkeypatch.setattr("tools.doctor.sqlite3.sqlite_version_info", (3, 51, 3))
    assert any(f.what == "SQLite" and f.level == "good" for f in doctor.machine())
    rivals = {"tools": ["relief-ledger", "toolbox"], "ledger": ["relief-ledger"]}
    monkeypatch.setattr("tools.doctor.packages_distributions", lambda: rivals)
    [found] = doctor.packages()
    assert found.level == "bad" and "tools (toolbox)" in found.found


def test_a_folder_that_is_no_ledger(tmp_path: Path) -> None:
    for command in ("doctor", "serve", "rebuild"):
        code, text = invoke(command, "--dir", tmp_path)
        assert code == 2 and "relief init" in text


# ---- serve ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(number: int, stopped: Home, tmp_path: Path) -> None:
    home = copy_of(stopped, tmp_path / "home")
    command = [sys.executable, "-c", "from tools.cli import app; app()", "serve"]
    command += ["--dir", str(home.folder), "--port", "0"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as child:
        assert child.stdout is not None and child.stderr is not None
        lines = []
        while not lines or lines[-1] != b"}\n":
            line = child.stdout.readline()
            assert line, child.stderr.read()
            lines.append(line)
        ready = json.loads(b"".join(lines))
        code, value = said("verify", ready["url"], "--trust", home.trust)
        assert (code, value["log"]["genesis_hash"]) == (0, ready["genesis_hash"])
        child.send_signal(number)
        errors = child.stderr.read()
        assert child.wait(30) == 0 and b"Traceback" not in errors, errors
    with served(home) as one:
        assert one.whole.node.opened.clean
        [genesis] = one.whole.node.entries(0, 1)
        assert leaf_hash(genesis).hex() == ready["genesis_hash"]


def test_two_nodes_never_share_a_folder(filled: Served) -> None:
    code, text = invoke("serve", "--dir", filled.home.folder, "--port", "0")
    assert code == 2 and "two histories" in text and "relief doctor" in text


def test_a_port_that_is_taken_is_a_sentence(filled: Served, home: Home) -> None:
    port = filled.url.rstrip("/").rpartition(":")[2]
    code, text = invoke("serve", "--dir", home.folder, "--port", port)
    assert code == 2 and f"port {port}" in text


def test_sealed_keys_need_the_passphrase(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("rice\n")
    folder = tmp_path / "home"
    assert invoke("init", "--dir", folder, "--origin", ORIGIN, "--passphrase-file", secret)[0] == 0
    code, text = invoke("serve", "--dir", folder, "--port", "0")
    assert code == 2 and "sealed" in text
    home = Home(folder)
    home.settings_file.write_text(f"RELIEF_PASSPHRASE_FILE={secret}\n")
    assert home.settings().passphrase_file == secret
    assert findings(home)["keys"]["level"] == "good"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("RELIEF_BATCH_MAX=many", "RELIEF_BATCH_MAX"),
        ("RELIEF_DATA_DIR=/elsewhere", "fixed by the folder"),
        ("BATCH_MAX=5", "is no setting"),
        ("RELIEF_BATCH_MAX", "is no setting"),
        ("RELIEF_BATCH_MAX=5\nRELIEF_BATCH_MAX=6", "line 2: RELIEF_BATCH_MAX stands twice"),
    ],
)
def test_settings_that_are_wrong_stop_it(line: str, told: str, home: Home) -> None:
    home.settings_file.write_text(f"{line}\n")
    code, text = invoke("serve", "--dir", home.folder, "--port", "0")
    assert code == 2 and told in text, text


def test_the_settings_file_is_read(home: Home) -> None:
    home.settings_file.write_text("# quick\nRELIEF_BATCH_MAX = 7\n\nRELIEF_HEARTBEAT_S=60\n")
    settings = home.settings()
    assert (settings.batch_max, settings.heartbeat_s) == (7, 60)
    assert settings.data_dir == home.data and settings.keys == home.keys


def test_it_ends_when_the_store_is_lost(home: Home) -> None:
    from nodes.errors import StoreLost
    from tools.running import running

    ready = threading.Event()
    with running(home.settings()) as whole:
        thread = threading.Thread(
            target=whole.serve, kwargs={"port": 0, "on_ready": lambda url: ready.set()}
        )
        thread.start()
        assert ready.wait(20)
        whole.node.lost = StoreLost("a test took it")
        thread.join(20)
        assert not thread.is_alive()
        whole.node.lost = None
