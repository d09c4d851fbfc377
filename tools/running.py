"""Everything that one process runs: the node, its views, the thread between them, the web server.

    with running(settings, passphrase=None) as whole:
        found(whole.node, Home(folder))
        whole.serve(port=8080, on_ready=print)

The order of starting and stopping is here and nowhere else: nothing reads what is not open yet, and
the node stops last, leaving the marker of a clean stop.
"""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

from fastapi import FastAPI
from sqlalchemy import Engine

from api.app import create_app
from api.server import server
from ledger.codes import APPLIED, Code
from ledger.envelope import ENVELOPE_MAX
from ledger.errors import Refusal
from ledger.sentences import sentence
from nodes.clock import Clock
from nodes.errors import NodeError
from nodes.node import Node
from nodes.projections.apart import FollowerApart
from nodes.projections.follower import Follower, Following, LogSource
from nodes.projections.projector import open_views
from nodes.settings import Settings
from tools.console import Stop, plain
from tools.home import Home
from tools.published import read_regular

LOST_LOOK_S: Final = 1.0
"""How often it is looked whether the node has lost its store and the process must end."""


@dataclass
class Running:
    """A node that runs, with its views and its app."""

    node: Node
    views: Engine
    follower: Following
    app: FastAPI

    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 8080,
        on_ready: Callable[[str], None] = lambda url: None,
        until: threading.Event | None = None,
    ) -> None:
        """Answer requests until SIGINT or SIGTERM, until `until` is set, or the store is lost.

        `on_ready` gets the address once it answers; port 0 takes a free one.
        """
        opened = listen(host, port)
        web = server(self.app, host, port)
        stop = until or threading.Event()

        def ended(number: int, frame: FrameType | None) -> None:
            stop.set()

        def watch() -> None:
            while not stop.wait(LOST_LOOK_S) and self.node.lost is None:
                pass
            web.should_exit = True

        thread = threading.Thread(target=web.run, args=([opened],), name="relief-web")
        watcher = threading.Thread(target=watch, name="relief-watch")
        # uvicorn takes the signals only in the main thread; here they are ours, and it is told.
        here = threading.current_thread() is threading.main_thread()
        before = (
            {n: signal.signal(n, ended) for n in (signal.SIGINT, signal.SIGTERM)} if here else {}
        )
        try:
            thread.start()
            while thread.is_alive() and not web.started:
                thread.join(0.02)
            if web.started:
                on_ready(address(host, opened.getsockname()[1]))
            watcher.start()
            while thread.is_alive():
                thread.join(0.5)
        finally:
            stop.set()
            web.should_exit = True
            thread.join()
            opened.close()
            if watcher.ident is not None:
                watcher.join()
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; `Stop` where that cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Stop(
            f"Nobody can listen on {plain(host)}, port {port}: {why}.",
            "Name another --port (0 takes a free one), or stop what listens there.",
        ) from None


def address(host: str, port: int) -> str:
    """The address that a person may type to reach a server that listens on `host`.

    >>> address("0.0.0.0", 8080), address("::1", 80)
    ('http://127.0.0.1:8080/', 'http://[::1]:80/')
    """
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def views_url(settings: Settings) -> str:
    """Where the views of a node are when nobody says otherwise."""
    return f"sqlite:///{settings.data_dir.resolve()}/views.sqlite"


@contextmanager
def running(
    settings: Settings,
    *,
    passphrase: bytes | None = None,
    views: str = "",
    wall: Clock | None = None,
) -> Iterator[Running]:
    """A whole node inside the `with`. `Stop` says why it cannot start.

    `views`: SQLAlchemy's address of another database for the views, such as PostgreSQL.
    """
    node = Node(settings, passphrase=passphrase, wall=wall)
    try:
        node.start()
    except NodeError as error:
        raise Stop(
            f"The node cannot start: {plain(str(error))}.", "relief doctor --dir DIR says more."
        ) from None
    try:
        engine = open_views(views or views_url(settings))

        def is_busy() -> bool:
            return node.solo.waiting > 0

        follower: Follower | FollowerApart
        if settings.views_apart:
            address = views or views_url(settings)
            follower = FollowerApart(address, settings.data_dir, node.size, is_busy=is_busy)
        else:
            follower = Follower(engine, LogSource(node.store), is_busy=is_busy)
        follower.start()
        try:
            app = create_app(node, engine, views_failure=lambda: follower.failure)
            yield Running(node, engine, follower, app)
        finally:
            follower.stop()
            engine.dispose()
    finally:
        node.stop()


def found(node: Node, home: Home, language: str = "en") -> list[str]:
    """Enter the statements that wait in `founding/`, in their order; the kinds entered.

    One that is refused ends it with `Stop`; one that is entered already counts as done.
    """
    entered = []
    for path in sorted(home.founding.glob("*.dsse")):
        try:
            [reply] = node.submit([read_regular(path, ENVELOPE_MAX)]).result()
        except (NodeError, ValueError) as error:
            raise Stop(f"{plain(str(path))}: {plain(str(error))}.") from None
        if reply.error is not None:
            raise Stop(f"{plain(str(path))}: {plain(str(reply.error))}.")
        if reply.code not in (*APPLIED, Code.REPLAYED):
            refusal = reply.refusal or Refusal(reply.code or Code.MALFORMED)
            raise Stop(
                f"{plain(str(path))} was refused: {plain(sentence(refusal, language))}",
                "Have what is missing signed (relief sign), or found the ledger anew.",
            )
        done = home.founding / "entered"
        done.mkdir(exist_ok=True)
        path.rename(done / path.name)
        entered.append(path.name)
    return entered
