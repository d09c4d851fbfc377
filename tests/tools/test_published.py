"""Published logs: folders, addresses, and a whole log verified over the network.

Goal: the same verdict from an address as from a folder; a server that lies, stalls, grows or loses
files proves nothing false and nothing true.
Method: a server in memory over the files of a small log, and a real one on a socket.
"""

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import ledgers
import pytest

from contracts.audit import Unavailable
from ledger.log.tile import TILE_WIDTH, format_bundle, parse_bundle
from nodes.peers import Peer
from tools.console import Console, Stop
from tools.published import open_published, size_max
from tools.verify import verify

BASE = "https://ledger.example.org/"
NOW = ledgers.NOW + 60


@pytest.fixture(scope="module")
def ledger() -> ledgers.TestLedger:
    found = ledgers.founded()
    for n in range(130):
        body = {
            "actor": "blue/fay",
            "roles": ["quality", f"extra-{n}"],
            "scope": ledgers.EVERYWHERE,
        }
        assert found.say("member.grant", body, "red/ana", "red/bao").code == "ok"
    return found


@pytest.fixture
def files(ledger: ledgers.TestLedger) -> dict[str, bytes]:
    return ledgers.public_files(ledger)


@pytest.fixture
def trust(ledger: ledgers.TestLedger, tmp_path: Path) -> Path:
    (tmp_path / "trust").write_bytes(ledgers.trust_of(ledger))
    return tmp_path / "trust"


def served(files: dict[str, bytes], asked: list[str] | None = None) -> Peer:
    def handle(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/")
        if asked is not None:
            asked.append(path)
        found = path in files
        stream = httpx.ByteStream(files.get(path, b"no"))
        return httpx.Response(200 if found else 404, stream=stream)

    return Peer(BASE, transport=httpx.MockTransport(handle))


def state(
    peer: Peer, trust: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = verify(Console(as_json=True), BASE, trust=trust, peer=peer, now=NOW)
    return code, json.loads(capsys.readouterr().out)


def test_an_address_is_verified_and_each_file_asked_for_once(
    files: dict[str, bytes], trust: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    code, said = state(served(files, asked), trust, capsys)
    assert (code, said["state"]) == (0, "verified")
    assert sorted(asked) == sorted(files)


def test_partial_files_that_have_grown_full_are_cut_out_of_the_full_ones(
    ledger: ledgers.TestLedger,
    files: dict[str, bytes],
    trust: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    size = ledger.memory.head().size
    assert size % TILE_WIDTH
    width = size - TILE_WIDTH
    more = 256 - width
    bundle = parse_bundle(files.pop(f"tile/entries/001.p/{width}"))
    files["tile/entries/001"] = format_bundle([*bundle, *([b"later"] * more)])
    files["tile/0/001"] = files.pop(f"tile/0/001.p/{width}") + bytes(32 * more)
    assert state(served(files), trust, capsys)[1]["state"] == "verified"


@pytest.mark.parametrize("path", ["checkpoint", "tile/entries/000", "tile/0/000", "tile/1/000.p/1"])
def test_a_file_that_is_gone_proves_nothing(
    path: str, files: dict[str, bytes], trust: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del files[path]
    code, said = state(served(files), trust, capsys)
    assert (code, said["state"]) == (2, "unchecked") and "404" in said["steps"][-1]["found"]


@pytest.mark.parametrize("path", ["checkpoint", "tile/entries/000", "tile/0/000", "tile/1/000.p/1"])
def test_a_file_that_is_too_long_is_not_read(
    path: str, files: dict[str, bytes], trust: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files[path] = bytes(size_max(path) + 1)
    code, said = state(served(files), trust, capsys)
    assert (code, said["state"]) == (2, "unchecked")


def test_another_log_at_the_address_is_a_mismatch(
    files: dict[str, bytes], trust: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files["checkpoint"] = files["checkpoint"].replace(b"ledger.example.org", b"ledgex.example.org")
    code, said = state(served(files), trust, capsys)
    assert (code, said["state"]) == (1, "mismatch")


@pytest.mark.parametrize("url", ["http://", "https://user:pass@a.example/", "http://a.example/?q"])
def test_bad_addresses_are_a_sentence(url: str, trust: Path) -> None:
    with pytest.raises(Stop, match="no address of a log"):
        verify(Console(as_json=True), url, trust=trust)


def test_nobody_there(trust: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = verify(Console(as_json=True), "http://127.0.0.1:1/", trust=trust, now=NOW)
    said = json.loads(capsys.readouterr().out)
    assert (code, said["state"]) == (2, "unchecked")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[dict[str, bytes]], str]]:
    """Serve files from a real socket as any static host does."""
    servers = []

    def start(files: dict[str, bytes]) -> str:
        folder = tmp_path / "www"
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """A static host."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_static_host_is_enough(
    files: dict[str, bytes],
    trust: Path,
    serve: Callable[[dict[str, bytes]], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = verify(Console(as_json=True), serve(files), trust=trust, now=NOW)
    said = json.loads(capsys.readouterr().out)
    assert (code, said["state"]) == (0, "verified")


def test_files_are_kept_only_while_they_are_read(files: dict[str, bytes]) -> None:
    with open_published(BASE, peer=served(files)) as log:
        assert log.read("checkpoint") == files["checkpoint"]
        cache = log._cache  # type: ignore[attr-defined]
        assert (cache / "checkpoint").exists() and cache.stat().st_mode & 0o077 == 0
        with pytest.raises(Unavailable):
            log.read("tile/0/999")
    assert not cache.exists()
