"""A PostgreSQL server that lives as long as one test run and leaves nothing behind.

It listens on a Unix socket only, in a folder that its own user alone can enter, so that no port is
taken and nobody else can reach it. PostgreSQL refuses to run as root: then it runs as the user
`postgres`, or as `nobody`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql

DEBIAN = Path("/usr/lib/postgresql")
READY_WITHIN_S = 60
PLAIN = ("--encoding=UTF8", "--locale=C", "--no-sync")
SMALL = ("-c", "shared_buffers=32MB", "-c", "max_connections=20")


class Unavailable(Exception):
    """Why no server can be run on this machine."""


def find_binaries(environ: Mapping[str, str] = os.environ, debian: Path = DEBIAN) -> Path:
    """Folder that holds `initdb` and `postgres`: on PATH, else the newest of Debian's."""
    on_path = shutil.which("initdb", path=environ.get("PATH", ""))
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(
        debian.glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0,
        reverse=True,
    )
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Unavailable(
        "initdb is neither on PATH nor in Debian's place; apt-get install postgresql, or run "
        "`make test` as root, which does it"
    )


def as_other_user() -> dict[str, Any]:
    """Arguments of subprocess that drop root, empty for everyone else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise Unavailable("it refuses to run as root, and there is no user postgres or nobody")


@dataclass(frozen=True)
class Server:
    """A running server; `folder` holds its data, its socket and its journal."""

    folder: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls) -> "Server":
        """Make a cluster and start it; `Unavailable` says what this machine lacks."""
        binaries, other = find_binaries(), as_other_user()
        folder = Path(tempfile.mkdtemp(prefix="relief-pg-"))  # short: a socket path has 107 bytes
        if other:
            os.chown(folder, other["user"], other["group"])
        run: dict[str, Any] = {
            "cwd": folder,
            "env": {"PATH": f"{binaries}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            "stdin": subprocess.DEVNULL,
            **other,
        }
        made = subprocess.run(
            [binaries / "initdb", "--pgdata=data", "--username=relief", "--auth=trust", *PLAIN],
            capture_output=True,
            check=False,
            **run,
        )
        if made.returncode != 0:
            shutil.rmtree(folder)
            raise Unavailable(f"initdb failed: {made.stderr.decode().strip()}")
        with open(folder / "journal", "wb") as journal:
            process = subprocess.Popen(
                # -F: no fsync; this data is thrown away. No TCP: -h with nothing in it.
                [binaries / "postgres", "-D", "data", "-k", folder, "-h", "", "-F", *SMALL],
                stdout=journal,
                stderr=journal,
                **run,
            )
        server = cls(folder, process)
        server._wait_until_ready()
        return server

    def _wait_until_ready(self) -> None:
        last = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                psycopg.connect(self._conninfo("postgres")).close()
                return
            except psycopg.OperationalError as error:
                if self.process.poll() is None and time.monotonic() < last:
                    time.sleep(0.05)
                    continue
                journal = (self.folder / "journal").read_text(errors="replace")
                self.stop()
                raise Unavailable(f"it did not start: {error}\n{journal}") from error

    def _conninfo(self, database: str) -> str:
        return f"host={self.folder} user=relief dbname={database}"

    def create_database(self, name: str) -> str:
        """Make an empty database and give its SQLAlchemy URL."""
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(
                psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
            )
        return f"postgresql+psycopg://relief@/{name}?host={self.folder}"

    def stop(self) -> None:
        """End the server, whoever is still connected, and remove its folder."""
        if self.process.poll() is None:
            self.process.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(3)  # SIGQUIT: immediate shutdown
                self.process.wait(timeout=20)
        shutil.rmtree(self.folder)
