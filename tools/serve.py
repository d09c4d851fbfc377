"""`relief serve`: one node, its API and its pages, in one process, until it is told to stop.

The first start enters what `relief init` signed. A stop by SIGTERM or Ctrl-C takes nothing more,
finishes what waits, publishes it, and leaves the marker by which the next start is quick. TLS and
the public name belong to a proxy in front.
"""

from pathlib import Path

from ledger.log.merkle import leaf_hash
from ledger.log.trust import trust_hash
from tools.console import VERIFIED, Console, Stop, plain
from tools.home import Home
from tools.keygen import passphrase_for
from tools.running import Running, found, running


def serve(
    console: Console,
    folder: Path,
    *,
    host: str,
    port: int,
    views: str,
    fd: int | None,
    file: Path | None,
) -> int:
    """Run the node in `folder`."""
    home = Home(folder)
    home.must_exist()
    settings = home.settings()
    fd = settings.passphrase_fd if fd is None and file is None else fd
    file = settings.passphrase_file if fd is None and file is None else file
    passphrase = passphrase_for(fd=fd, file=file)
    with running(settings, passphrase=passphrase, views=views) as whole:
        node = whole.node
        is_new = node.size() == 0
        if node.read_only:
            console.note(f"Read-only: {plain(node.read_only_in(console.language))}")
        else:
            for name in found(node, home, console.language):
                console.say(f"Entered {name}")
        console.say("ready, a new ledger" if is_new else str(node.opened))
        whole.serve(host=host, port=port, on_ready=lambda url: _ready(console, whole, home, url))
        lost = node.lost
    if lost is not None:
        raise Stop(f"The node has stopped, and signs nothing: {lost}.", _AFTER_LOSS)
    console.say("Stopped; the next start will be quick.")
    return VERIFIED


_AFTER_LOSS = "Look at the disk (relief doctor --dir DIR), then start again: a start checks it all."


def _ready(console: Console, whole: Running, home: Home, url: str) -> None:
    node = whole.node
    head = node.store.head()
    said = {"url": url, "origin": head.origin, "size": head.size, "read_only": node.read_only}
    if head.size:
        [genesis] = node.entries(0, 1)
        said["genesis_hash"] = leaf_hash(genesis).hex()
        console.say(f"Genesis hash: {said['genesis_hash']}")
    if home.trust.is_file():
        said["trust_hash"] = trust_hash(home.trust.read_bytes())
        console.say(f"Trust file {home.trust}, hash {said['trust_hash']}")
    console.say(f"{head.origin or 'a ledger without genesis'}: {url}  (Ctrl-C stops it)", "bold")
    console.result(said)
