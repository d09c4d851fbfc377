"""Ledgers' folders for tests of the commands: founded once by `relief init`, copied for each test.

Goal: commands are tested on the files they would find, through the very functions that people run.
Method: `invoke` runs `relief` with a clean locale; `Served` is a node that really listens.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ledger.envelope import Statement
from tools.cli import app
from tools.home import Home
from tools.running import Running, found, running
from tools.signing import read_statement

ORIGIN = "ledger.example.org/trial"
QUICK = "RELIEF_OFFER_EVERY_MS=0\nRELIEF_BATCH_WINDOW_MS=0\nRELIEF_FREE_BYTES_MIN=0\n"


def invoke(*arguments: object, **environment: str) -> tuple[int, str]:
    """Exit status and everything printed by `relief ARGUMENTS`."""
    clean = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "", "RELIEF_LANGUAGE": ""}
    done = CliRunner(env={**clean, **environment}).invoke(app, [str(part) for part in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output, done.output
    return done.exit_code, done.output


def said(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Exit status and the JSON object of `relief ARGUMENTS --json`."""
    clean = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "", "RELIEF_LANGUAGE": ""}
    done = CliRunner(env=clean).invoke(app, [*(str(part) for part in arguments), "--json"])
    assert "Traceback" not in done.stderr, done.stderr
    return done.exit_code, json.loads(done.stdout)


def new_home(folder: Path) -> Home:
    """A founded folder of the example, keys unsealed, quick settings; nothing entered yet."""
    code, text = invoke("init", "--dir", folder, "--origin", ORIGIN, "--unsealed")
    assert code == 0, text
    home = Home(folder)
    home.settings_file.write_text(QUICK)
    return home


def copy_of(home: Home, folder: Path) -> Home:
    """The same ledger in another folder."""
    shutil.copytree(home.folder, folder)
    return Home(folder)


def people(home: Home, actor: str) -> Path:
    """The key file of an actor."""
    return home.folder / "people" / f"{actor.replace('/', '.')}.key"


def gift(number: int = 1, amount: int = 50_000) -> dict[str, Any]:
    """The body of a gift."""
    tag = sha256(b"gift %d" % number).hexdigest()
    seals = {"contact": tag, "donor": tag, "reference": tag}
    return {"amount": amount, "line": "flood.general", "reference": tag, "seals": seals}


def write_gift(path: Path, number: int = 1, amount: int = 50_000) -> Path:
    """A file with a gift to be signed."""
    path.write_text(json.dumps({"kind": "donation.receive", "body": gift(number, amount)}))
    return path


def sent(home: Home, kind: str) -> list[Statement]:
    """What was sent from this folder, of one kind."""
    found = [read_statement(path) for path in (home.outbox / "sent").glob("*.dsse")]
    return [each for each in found if each.kind == kind]


@dataclass
class Served:
    """A node that listens at `url`."""

    home: Home
    whole: Running
    url: str

    def settle(self) -> None:
        """Wait until all is final and in the views."""
        size = self.whole.node.size()
        self.whole.node.when_final(size - 1).result(30)
        assert self.whole.follower.wait_for(size, within_s=30), self.whole.follower.failure


@contextmanager
def served(home: Home) -> Iterator[Served]:
    """The node of `home`, founded, behind a real socket."""
    ready, stop, at = threading.Event(), threading.Event(), []

    def is_ready(url: str) -> None:
        at.append(url)
        ready.set()

    with running(home.settings()) as whole:
        found(whole.node, home)
        thread = threading.Thread(
            target=whole.serve, kwargs={"port": 0, "on_ready": is_ready, "until": stop}
        )
        thread.start()
        try:
            assert ready.wait(20), "the server did not come up"
            yield Served(home, whole, at[0])
        finally:
            stop.set()
            thread.join(30)
            assert not thread.is_alive()
