"""The gate: what every request passes, and every answer carries.

A route that does not say who may ask does not come up: `allow` names its policy, `GatedRoute`
refuses to be made without one. Then budgets by network, a limit on bodies in memory, a limit on
their size and time, and the headers of every answer.

    @router.get("/v1/entries/{index}")
    @allow(READ)
    async def entry(...): ...

Limits stand in one place, `Limits`; the numbers are those of the security checklist in
`docs/reference/api.md`.
"""

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, Trouble
from ledger.codes import Code


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of the API; sizes in bytes, times in seconds, budgets in requests a second."""

    statement_max: int = 65_536
    batch_max: int = 4 * 1024 * 1024
    batch_lines_max: int = 1_000
    read_s: float = 10.0
    """Longest pause between two pieces of a body, and longest time for a body of one statement."""
    batch_read_s: float = 60.0
    drain_s: float = 2.0
    """How long a body that is too large is read on and thrown away, so that its sender reads the
    answer; afterwards the connection is closed."""
    bodies_max: int = 16 * 1024 * 1024
    """Bytes of bodies held in memory at once, over all requests; more are answered 503."""
    wait_s: float = 30.0
    """How long `?wait=` waits."""
    read_per_s: int = 200
    submit_per_s: int = 100
    """Budgets of one network (IPv4 /24, IPv6 /56), with ten seconds' worth in reserve. The
    machine's own addresses are not counted: a proxy there must pass on the sender's."""
    networks_max: int = 10_000
    """Networks that are remembered; the one that asked longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may ask: `name`, the budget that it draws on, and whether pages elsewhere may read it."""

    name: str
    budget: str
    shared: bool
    """Whether scripts of other sites may read the answer (CORS `*`, never with credentials)."""


READ: Final = Policy("public-read", "read", shared=True)
PAGE: Final = Policy("public-page", "read", shared=False)
SUBMIT: Final = Policy("submit", "submit", shared=False)
"""Anyone may send: the signatures inside the statement are the authorship."""
HEALTH: Final = Policy("health", "none", shared=True)

CORS: Final = {"Access-Control-Allow-Origin": "*"}

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_POLICY: Final = "relief_policy"


def allow(policy: Policy) -> Callable[[Endpoint], Endpoint]:
    """Declare the policy of an endpoint; stands directly above it."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _POLICY, policy)
        return endpoint

    return mark


class GatedRoute(APIRoute):
    """A route that exists only with a policy, and keeps to its budget."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:
        policy = getattr(endpoint, _POLICY, None)
        if not isinstance(policy, Policy):
            raise TypeError(f"{path} declares no policy; write @allow(..) above {endpoint}")
        self.policy = policy
        super().__init__(path, endpoint, **settings)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner, policy = super().get_route_handler(), self.policy

        async def handle(request: Request) -> Response:
            try:
                gate_of(request).admit(policy, request)
                response = await inner(request)
            except Problem as problem:
                problem.headers.update(CORS if policy.shared else {})
                raise
            response.headers.update(CORS if policy.shared else {})
            return response

        return handle


class Gate:
    """Budgets and memory of one app; `now` is a monotonic clock."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self.limits, self._now = limits, now
        self._bodies = 0
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def admit(self, policy: Policy, request: Request) -> None:
        """Raise `Problem(too_many_requests)` where the sender's network has spent its budget."""
        rate = {"read": self.limits.read_per_s, "submit": self.limits.submit_per_s}.get(
            policy.budget
        )
        network = network_of(request.client.host if request.client else "")
        if rate is None or network is None:
            return
        now, key = self._now(), (policy.budget, network)
        left, then = self._left.pop(key, (rate * 10.0, now))
        left = min(rate * 10.0, left + (now - then) * rate)
        while len(self._left) >= self.limits.networks_max:
            self._left.popitem(last=False)
        self._left[key] = (max(left - 1.0, 0.0), now)
        if left < 1.0:
            raise Problem(Trouble.TOO_MANY_REQUESTS, headers={"Retry-After": "1"})

    @asynccontextmanager
    async def body(
        self, request: Request, media_type: str, size_max: int
    ) -> AsyncIterator[bytearray]:
        """The whole body, held in memory only within the `async with`.

        `Problem`: another content type, any Content-Encoding, more than `size_max` bytes, too slow.
        """
        check_headers(request, media_type)
        claimed = _claimed_size(request)
        if claimed is not None and claimed > size_max:
            await self._drain(request)
            raise self._too_large()
        # A sender who does not say the size may need all of it.
        wanted = size_max if claimed is None else claimed
        if self._bodies + wanted > self.limits.bodies_max:
            raise Problem(Trouble.BUSY, headers={"Retry-After": "1", "Connection": "close"})
        self._bodies += wanted
        try:
            yield await self._read(request, size_max)
        finally:
            self._bodies -= wanted

    async def _read(self, request: Request, size_max: int) -> bytearray:
        slowest = size_max > self.limits.statement_max
        whole_s = self.limits.batch_read_s if slowest else self.limits.read_s
        end = self._now() + whole_s
        data = bytearray()
        chunks = request.stream()
        while True:
            left = min(self.limits.read_s, end - self._now())
            try:
                chunk = await asyncio.wait_for(anext(chunks, None), max(left, 0))
            except TimeoutError:
                raise Problem(Trouble.TOO_SLOW, headers={"Connection": "close"}) from None
            except ClientDisconnect:
                raise Problem(Trouble.TOO_SLOW, headers={"Connection": "close"}) from None
            if chunk is None:
                return data
            if len(data) + len(chunk) > size_max:
                data.clear()
                await self._drain(request, chunks)
                raise self._too_large()
            data += chunk

    async def _drain(self, request: Request, chunks: AsyncIterator[bytes] | None = None) -> None:
        """Throw away what still comes, for a short while.

        Closing at once would make the sender's system drop our answer with the connection. Who
        asked whether to send (`Expect: 100-continue`) has sent nothing yet and is answered at once.
        """
        if chunks is None and "expect" in request.headers:
            return
        end = self._now() + self.limits.drain_s
        chunks = request.stream() if chunks is None else chunks
        while (left := end - self._now()) > 0:
            try:
                if await asyncio.wait_for(anext(chunks, None), left) is None:
                    return
            except (TimeoutError, ClientDisconnect):
                return

    @staticmethod
    def _too_large() -> Problem:
        return Problem(Code.TOO_LARGE, headers={"Connection": "close"})


def check_headers(request: Request, media_type: str) -> None:
    """Raise `Problem` unless the body comes as it is, in the one content type asked for."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        headers = {"Accept-Encoding": "identity", "Connection": "close"}
        raise Problem(Trouble.ENCODED_BODY, headers=headers)
    if request.headers.getlist("content-type") != [media_type]:
        headers = {"Accept-Post": media_type, "Connection": "close"}
        raise Problem(Trouble.WRONG_CONTENT_TYPE, headers=headers)


def _claimed_size(request: Request) -> int | None:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def network_of(host: str) -> str | None:
    """The network that a budget belongs to; None for the machine itself and for unknown senders.

    >>> network_of("203.0.113.7"), network_of("2001:db8:1:203::7"), network_of("127.0.0.1")
    ('203.0.113.0/24', '2001:db8:1:200::/56', None)
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if address.is_loopback:
        return None
    bits = 24 if address.version == 4 else 56
    return str(ipaddress.ip_network((address, bits), strict=False))


def gate_of(request: Request) -> Gate:
    """The gate of the app that serves this request."""
    gate: Gate = request.app.state.gate
    return gate


# --- the headers of every answer

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    # Browsers heed it only where the page came over TLS, from the proxy in front.
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


class Envelope:
    """The outermost layer: headers on every answer, `HEAD` as a `GET` without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"} if head else scope, receive, send_on)
