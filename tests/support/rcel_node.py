"""Node and the packages of `package.json`, or a test that is skipped."""

import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "contracts" / "rcel"
INSTALL = "make node"


def node_or_skip() -> str:
    """Where Node is; skips, and says why, where it or the packages are not."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    if not (FOLDER.parents[2] / "node_modules/@bufbuild/cel-spec").is_dir():
        pytest.skip(f"the JavaScript packages are not installed; run: {INSTALL}")
    return node
