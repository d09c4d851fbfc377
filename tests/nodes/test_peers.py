"""The door to the network: what a lying or broken peer may do to us, which is little.

Goal: an answer is small, quick, plain and from the one who was asked, or there is none.
Method: a transport in memory that answers as each case says; a real server for the sockets.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from nodes.peers import Peer, PeerLimits, Unreachable, is_here, parse_base

BASE = "https://ledger.example.org/"


def peer(
    answer: httpx.Response | Exception, seen: list[httpx.Request] | None = None, **limits: Any
) -> Peer:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Peer(BASE, limits=PeerLimits(**limits), transport=httpx.MockTransport(handle))


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://a.example", "https://a.example/"),
        ("http://127.0.0.1:8080/log/", "http://127.0.0.1:8080/log/"),
        ("http://[::1]:80/x", "http://[::1]:80/x/"),
    ],
)
def test_addresses(url: str, base: str) -> None:
    assert parse_base(url) == base


@pytest.mark.parametrize(
    "url",
    [
        "", "ledger.example.org", "ftp://a.example/", "file:///etc/passwd", "https://",
        "https://user:secret@a.example/", "https://a.example/?x=1", "https://a.example/#x",
        "https://a.example:99999/", "https://[::1", "https://a.example:x/",
    ],
)  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="it "):
        parse_base(url)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1/", True), ("http://[::1]/", True), ("http://localhost/", True),
        ("http://a.localhost/", True), ("http://127.0.0.1.example.org/", False),
        ("https://a.example/", False),
    ],
)  # fmt: skip
def test_this_machine(url: str, here: bool) -> None:
    assert is_here(url) == here


def test_a_good_answer_comes_whole() -> None:
    seen: list[httpx.Request] = []
    with peer(
        httpx.Response(
            200, stream=httpx.ByteStream(b"note"), headers={"content-type": "text/plain"}
        ),
        seen,
    ) as one:
        answer = one.get("checkpoint", size_max=4)
    assert (answer.status, answer.body, answer.content_type, answer.is_ok) == (
        200,
        b"note",
        "text/plain",
        True,
    )
    assert seen[0].url == BASE + "checkpoint" and seen[0].headers["accept-encoding"] == "identity"
    assert "authorization" not in seen[0].headers and "cookie" not in seen[0].headers


def test_a_post_bears_exactly_its_content_type() -> None:
    seen: list[httpx.Request] = []
    with peer(
        httpx.Response(422, stream=httpx.ByteStream(b"{}"), headers={"retry-after": "3"}), seen
    ) as one:
        answer = one.post(
            "v1/statements", b"{..}", "application/x", query={"wait": "final"}, language="zh-Hant"
        )
    assert (answer.status, answer.is_ok, answer.retry_after) == (422, False, "3")
    assert seen[0].content == b"{..}" and seen[0].headers["content-type"] == "application/x"
    assert seen[0].url.params["wait"] == "final" and seen[0].headers["accept-language"] == "zh-Hant"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 304])
def test_no_redirect_is_followed(status: int) -> None:
    seen: list[httpx.Request] = []
    answer = httpx.Response(status, headers={"location": "https://evil.example/checkpoint"})
    with peer(answer, seen) as one, pytest.raises(Unreachable, match="sends us on"):
        one.get("checkpoint")
    assert len(seen) == 1


def test_an_answer_has_a_size() -> None:
    with peer(httpx.Response(200, stream=httpx.ByteStream(b"12345"))) as one:
        assert one.get("x", size_max=5).body == b"12345"
    answer = httpx.Response(200, stream=httpx.ByteStream(b"12345"))
    with peer(answer) as one, pytest.raises(Unreachable, match="bytes"):
        one.get("x", size_max=4)


def test_a_size_that_is_not_claimed_is_counted() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 1_000

    with (
        peer(httpx.Response(200, content=endless())) as one,
        pytest.raises(Unreachable, match="more than"),
    ):
        one.get("x", size_max=10_000)


def test_a_packed_answer_is_not_unpacked() -> None:
    answer = httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b")
    )
    with peer(answer) as one, pytest.raises(Unreachable, match="compressed"):
        one.get("x")


def test_a_drip_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("nodes.peers.time.monotonic", lambda: now[0])

    def drip() -> Iterator[bytes]:
        while True:
            now[0] += 19.0
            yield b"x"

    with (
        peer(httpx.Response(200, content=drip())) as one,
        pytest.raises(Unreachable, match="in time"),
    ):
        one.get("x")
    assert 120 < now[0] < 160


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ConnectTimeout("slow"),
        httpx.RemoteProtocolError("broken"), httpx.InvalidURL("what"), httpx.ReadError(""),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_every_failure_is_one_kind_of_error(error: Exception) -> None:
    with peer(error) as one, pytest.raises(Unreachable) as found:
        one.get("checkpoint")
    assert found.value.url == BASE + "checkpoint" and found.value.why


@pytest.mark.parametrize("path", ["/etc/passwd", "a//b"])
def test_paths_are_below_the_base(path: str) -> None:
    with peer(httpx.Response(200)) as one, pytest.raises(AssertionError):
        one.get(path)


class Rude(BaseHTTPRequestHandler):
    """Answers by path: cut off, no HTTP at all, or good."""

    def do_GET(self) -> None:
        if self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"short")
        elif self.path == "/noise":
            self.wfile.write(b"\x00\xff" * 50)
        else:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def rude() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Rude)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_real_sockets(rude: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "HTTP_PROXY", "http://127.0.0.1:1/"
    )  # must not stand between us and ourselves
    with Peer(rude) as one:
        assert one.get("x").body == b"ok"
        for path in ("cut", "noise"):
            with pytest.raises(Unreachable):
                one.get(path)
    with Peer("http://127.0.0.1:1/") as nobody, pytest.raises(Unreachable):
        nobody.get("x")
