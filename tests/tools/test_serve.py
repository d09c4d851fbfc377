"""`relief serve`: one process on a folder, which stops so that the next start is quick.

Goal: signals stop it cleanly, two never share a folder, wrong settings and taken ports are sentences.
Method: real processes and sockets on copies of a stopped ledger's folder.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from homes import ORIGIN, Home, Served, copy_of, invoke, said, served

from ledger.log.merkle import leaf_hash
from nodes.errors import StoreLost
from tools.running import running


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
    found = said("doctor", "--dir", folder)[1]["findings"]
    assert {f["level"] for f in found if f["what"] == "keys"} == {"good"}


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
