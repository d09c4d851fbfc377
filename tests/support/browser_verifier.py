"""The browser's verifier, run in Node: questions in, answers out, one JSON line each.

`verifier_or_skip` reads the built file that pages load, `api/static/proof-check.js`, so that only
Node is needed and what is tested is what is shipped.
"""

import contextlib
import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "api" / "web" / "answers.mjs"
BUILT = ROOT / "api" / "static" / "proof-check.js"


def b64(data: bytes) -> str:
    """Bytes as they travel in a question."""
    return b64encode(data).decode()


class Verifier:
    """A running Node with the verifier in it."""

    def __init__(self, node: str, engine: str) -> None:
        environment = {**os.environ, "NODE_NO_WARNINGS": "1", "RELIEF_ENGINE": engine}
        self._process = subprocess.Popen(
            [node, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
            bufsize=1,
        )

    def ask(self, do: str, **question: Any) -> dict[str, Any]:
        """One answer; `error` in it says that the check failed, a crash fails the test."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **question}) + "\n")
        line = self._process.stdout.readline()
        assert line, "Node ended"
        answer: dict[str, Any] = json.loads(line)
        assert "crash" not in answer, answer["crash"]
        return answer

    def refuses(self, do: str, **question: Any) -> bool:
        """Whether the answer is a refusal."""
        return "error" in self.ask(do, **question)

    def stop(self) -> None:
        """Close its input and wait."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def node_binary() -> str | None:
    """Where Node is."""
    return shutil.which("node")


@contextlib.contextmanager
def verifier_or_skip(engine: str = "unknown") -> Iterator[Verifier]:
    """A verifier; `engine` `library` keeps WebCrypto out."""
    node = node_binary()
    if node is None:
        pytest.skip("Node is not installed: the browser's verifier is not run here")
    made = Verifier(node, engine)
    try:
        yield made
    finally:
        made.stop()
