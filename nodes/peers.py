"""Peers: the one door to the network, for whoever asks another node or reads a published log.

The other side is not trusted. Its answer has a size that the caller allows and a time in which it
must be there whole, is not compressed (a small answer cannot become a large one), and never sends
us elsewhere: a redirect is an error, because who was asked is part of what was asked.

    with Peer("https://ledger.example.org/") as peer:
        note = peer.get("checkpoint", size_max=NOTE_MAX).body

Errors are of two kinds. `Unreachable`: no answer worth the name; it may be asked again. An answer
with another status than 200 is an `Answer` all the same, for the caller to read.
"""

import ipaddress
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

import httpx

STATEMENT: Final = "application/vnd.dsse.envelope.v1+json"
"""Content type of one statement."""
STATEMENTS: Final = "application/x-ndjson"
"""Content type of many statements, one a line."""


@dataclass(frozen=True, slots=True)
class PeerLimits:
    """How long a peer may take, in seconds, and how much it may say, in bytes."""

    connect_s: float = 10.0
    silence_s: float = 20.0
    """Longest pause between two pieces of an answer."""
    answer_s: float = 120.0
    """Longest time for a whole answer, however steadily it drips."""
    answer_max: int = 4 * 1024 * 1024
    """Bytes of an answer when the caller names no other limit."""


LIMITS: Final = PeerLimits()


class Unreachable(Exception):
    """No usable answer: no connection, too slow, too long, cut off, packed, or sent elsewhere."""

    def __init__(self, url: str, why: str) -> None:
        self.url, self.why = url, why
        super().__init__(f"{url}: {why}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer answered, read whole."""

    url: str
    status: int
    body: bytes
    content_type: str = ""
    retry_after: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300


def parse_base(url: str) -> str:
    """The address below which a peer's paths stand, ending with `/`.

    >>> parse_base("https://ledger.example.org")
    'https://ledger.example.org/'

    `ValueError` says what is wrong with it.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # outside 0-65535 it raises
    except ValueError as error:
        raise ValueError(f"it is no address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it does not begin with http:// or https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it holds a name or password; addresses are printed and kept")
    if parts.query or parts.fragment:
        raise ValueError("it has a query or a fragment; name the folder of the log")
    return url if url.endswith("/") else f"{url}/"


def is_here(url: str) -> bool:
    """Whether the address is this machine itself, so that no proxy may stand between."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class Peer:
    """Another node, or a static log, below one address. Not to be shared between threads."""

    def __init__(
        self,
        base: str,
        *,
        limits: PeerLimits = LIMITS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`transport` is for tests; the network is asked otherwise. `ValueError`: no address."""
        self.base = parse_base(base)
        self._limits = limits
        self._client = httpx.Client(
            headers={"Accept-Encoding": "identity", "User-Agent": "relief-ledger"},
            timeout=httpx.Timeout(limits.silence_s, connect=limits.connect_s),
            follow_redirects=False,
            trust_env=not is_here(self.base),
            transport=transport,
        )

    def __enter__(self) -> "Peer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(
        self,
        path: str,
        *,
        size_max: int | None = None,
        query: Mapping[str, str | int] | None = None,
        language: str = "",
    ) -> Answer:
        """What stands at `path`, which is relative and below the base."""
        headers = {"Accept-Language": language} if language else {}
        return self._ask("GET", path, size_max, headers=headers, query=query)

    def post(
        self,
        path: str,
        body: bytes,
        content_type: str,
        *,
        size_max: int | None = None,
        query: Mapping[str, str | int] | None = None,
        language: str = "",
    ) -> Answer:
        """Send `body` as exactly this content type."""
        headers = {"Content-Type": content_type}
        if language:
            headers["Accept-Language"] = language
        return self._ask("POST", path, size_max, headers=headers, query=query, body=body)

    def _ask(
        self,
        method: str,
        path: str,
        size_max: int | None,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str | int] | None,
        body: bytes | None = None,
    ) -> Answer:
        assert not path.startswith("/") and "//" not in path, "a path below the base"
        url = self.base + path
        most = self._limits.answer_max if size_max is None else size_max
        end = time.monotonic() + self._limits.answer_s
        with (
            self._failures(url),
            self._client.stream(
                method, url, headers=dict(headers), params=query, content=body
            ) as answer,
        ):
            if answer.is_redirect or 300 <= answer.status_code < 400:
                to = answer.headers.get("location", "nowhere")[:200]
                raise Unreachable(url, f"it sends us on, to {to!r}; name that address itself")
            if answer.headers.get("content-encoding", "identity").lower() != "identity":
                raise Unreachable(url, "the answer is compressed, which was not asked for")
            return Answer(
                url=url,
                status=answer.status_code,
                body=_read(answer, url, most, end),
                content_type=answer.headers.get("content-type", ""),
                retry_after=answer.headers.get("retry-after", ""),
            )

    @contextmanager
    def _failures(self, url: str) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            why = "no connection" if isinstance(error, httpx.ConnectTimeout) else "no answer"
            raise Unreachable(url, f"{why} in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise Unreachable(url, str(error) or type(error).__name__) from None


def _read(answer: httpx.Response, url: str, size_max: int, end: float) -> bytes:
    claimed = answer.headers.get("content-length", "")
    if claimed.isascii() and claimed.isdigit() and len(claimed) < 20 and int(claimed) > size_max:
        raise Unreachable(
            url, f"an answer of {int(claimed):,} bytes, at most {size_max:,} are read"
        )
    data = bytearray()
    # Raw: whatever the headers say, nothing is unpacked.
    for piece in answer.iter_raw():
        data += piece
        if len(data) > size_max:
            raise Unreachable(url, f"an answer of more than {size_max:,} bytes")
        if time.monotonic() > end:
            raise Unreachable(url, "the answer was not whole in time")
    return bytes(data)
