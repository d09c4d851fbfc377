"""What pages load is what the sources say.

Goal: an install without Node has the whole verifier, and nobody can ship another one than the
sources in `api/web`: built again, the files are the same bytes.
Method: esbuild of the lock file builds into a folder of its own; TypeScript checks the types; words
are held against those of the pages.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from api.words import KINDS

ROOT = Path(__file__).resolve().parents[3]
WEB, STATIC = ROOT / "api" / "web", ROOT / "api" / "static"
BUILT = ("proof-check.js", "proof-check.css", "verify.html")


def npm_or_skip(package: str) -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed: what is built is not built again here")
    if not (ROOT / "node_modules" / package).is_dir():
        pytest.skip(f"{package} is not installed; run: make node")
    return node


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_built_files_are_those_of_the_sources(tmp_path: Path) -> None:
    node = npm_or_skip("esbuild")
    run(node, str(WEB / "build.mjs"), str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(BUILT)
    changed = [
        name for name in BUILT if (tmp_path / name).read_bytes() != (STATIC / name).read_bytes()
    ]
    assert changed == [], "run `make web` and commit what it builds"


def test_types() -> None:
    node = npm_or_skip("typescript")
    run(node, str(ROOT / "node_modules" / "typescript" / "bin" / "tsc"), "--project", str(WEB))


def test_the_lock_file_holds_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: row for name, row in lock["packages"].items() if name}
    assert packages
    assert [name for name, row in packages.items() if "integrity" not in row] == []
    assert [name for name, row in packages.items() if "resolved" in row] == []
    assert "://" not in (ROOT / "package.json").read_text()


def test_what_runs_in_pages_is_two_libraries_alone() -> None:
    named = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert sorted(named) == ["@noble/ed25519", "@noble/hashes"]
    imports = {
        name
        for path in WEB.glob("*.ts")
        for name in re.findall(r'from "([^"]+)"', path.read_text())
        if not name.startswith("./")
    }
    assert imports == {"@noble/ed25519", "@noble/hashes/sha2.js"}


@pytest.mark.parametrize("name", ["proof-check.js", "verify.html"])
def test_nothing_is_evaluated_written_as_markup_or_fetched_from_elsewhere(name: str) -> None:
    text = (STATIC / name).read_text()
    for forbidden in (
        "eval(",
        "innerHTML",
        "outerHTML",
        "document.write",
        "new Function",
        "http:",
        "https://",
    ):
        found = [m.start() for m in re.finditer(re.escape(forbidden), text)]
        # The page asks whether it was served at all.
        allowed = 1 if forbidden == "http:" and name == "verify.html" else 0
        assert len(found) <= allowed, forbidden


def test_the_page_names_its_script_and_style_by_hash() -> None:
    text = (STATIC / "verify.html").read_text()
    policy = re.search(r'content="(default-src[^"]+)"', text)
    assert policy is not None
    for tag in ("script", "style"):
        (inner,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert "unsafe" not in policy[1] and "default-src 'none'" in policy[1]


def test_words_for_kinds_are_those_of_the_pages() -> None:
    """A kind without words is shown by its own name until `make web` takes it in."""
    words = json.loads((WEB / "kinds.json").read_text())
    assert len(words) > 40
    assert {name: row for name, row in words.items() if list(KINDS.get(name, ())) != row} == {}


def test_every_word_is_there_in_three_languages() -> None:
    source = (WEB / "words.ts").read_text()
    rows = re.findall(r"^  ([a-z_]+): \[(.*?)\],?$", source, flags=re.DOTALL | re.MULTILINE)
    assert len(rows) > 80
    for name, row in rows:
        texts = json.loads(f"[{row.strip().rstrip(',')}]")
        assert len(texts) == 3 and all(texts), name
        values = {frozenset(re.findall(r"\{([a-z_]+)\}", text)) for text in texts}
        assert len(values) == 1, f"{name}: other values"
