"""A node with its pages on a free port, in a process of its own: `python -m live_site FOLDER`.

Prints one JSON line, `{"port", "entries", "statements"}`, when it is ready, and serves until its
standard input ends. For tests in a real browser, whose driver holds the event loop of the test.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Site:
    """Where it is, and the indexes and statement ids of what is on it, by name."""

    address: str
    entries: dict[str, int]
    statements: dict[str, str]


@contextlib.contextmanager
def site(folder: Path, module: str = "live_site") -> Iterator[Site]:
    """The site, running; `module` says what is on it and prints the same line."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    process = subprocess.Popen(
        [sys.executable, "-m", module, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "the site did not start; its error stands above"
        said: dict[str, Any] = json.loads(line)
        yield Site(f"http://127.0.0.1:{said['port']}", said["entries"], said["statements"])
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


async def _serve(folder: Path) -> None:
    from apis import place, play
    from web import live

    with place(folder) as made:
        said = play(made)
        made.settle()
        with made.node.store.view() as view:
            found = view.indexes(list(said.values()))  # type: ignore[arg-type]
            indexes = {name: found[one] for name, one in said.items() if one in found}  # type: ignore[index]
        async with live(made.app) as port:
            print(json.dumps({"port": port, "entries": indexes, "statements": said}), flush=True)
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
