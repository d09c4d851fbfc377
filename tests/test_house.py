"""The rules of the house, as a test that says what to do instead.

Goal: what `CONTRIBUTING.md` asks of every file holds for every file, without anyone having to
remember it.
Method: each rule is a function from a module's syntax tree to the places that break it. It runs
over the whole checkout, and over a table of small sources of which some must be caught: a rule that
catches nothing is no rule.
"""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (
    "ledger",
    "contracts",
    "nodes",
    "api",
    "tools",
)  # each imports only what stands before it
PURE = ("ledger", "contracts")

IMPURE_MODULES = frozenset(
    "time datetime zoneinfo calendar random secrets uuid decimal locale unicodedata os pathlib io "
    "tempfile shutil glob asyncio threading multiprocessing concurrent subprocess signal socket "
    "ssl http urllib httpx sqlite3 sqlmodel sqlalchemy fastapi logging platform".split()
)
INEXACT_NAMES = frozenset("float round hash id eval exec".split())
UNICODE_METHODS = frozenset("isdigit isnumeric isdecimal casefold".split())

# One door each: what may be imported or named, and by which files.
VERIFIERS = re.compile(
    r"VerifyKey|crypto_sign_open|crypto_sign_verify\w*|Ed25519PublicKey"
    r"|crypto_core_ed25519_is_valid_point"
)
DOORS = {
    "httpx": ("nodes/peers.py",),
    "sqlmodel": ("nodes/projections/views.py", "nodes/projections/projector.py"),
    "merkletools": ("tools/verifying/second_opinion.py",),
}
OTHER_WAYS_OUT = ("urllib.request", "http.client", "requests", "aiohttp")

# Near today's maximum. Raise one for a file with a reason, here, where a reader of the diff sees it.
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LONGER: dict[str, tuple[int, str]] = {}


@dataclass(frozen=True)
class Module:
    """One Python file: `path` from the root with `/`, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @classmethod
    def parse(cls, path: str, text: str) -> "Module":
        return cls(path, text, ast.parse(text, path))

    @property
    def folder(self) -> str:
        return PurePosixPath(self.path).parts[0]

    @property
    def name(self) -> str:
        return ".".join(PurePosixPath(self.path).with_suffix("").parts).removesuffix(".__init__")

    def at(self, node: ast.AST, what: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


def imports(module: Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """Each import statement with every dotted name it may bring in."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node, node.module or ""
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


def top(name: str) -> str:
    return name.partition(".")[0]


# ---- rules: module -> places where it is broken --------------------------------------------------


def imports_look_down(module: Module) -> Iterator[str]:
    allowed = FOLDERS[: FOLDERS.index(module.folder) + 1]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield module.at(node, f"relative import; write `from {module.folder}...`")
    for node, name in imports(module):
        if top(name) in FOLDERS and top(name) not in allowed:
            yield module.at(
                node,
                f"{module.folder}/ imports {name}: imports only look down ({' <- '.join(FOLDERS)}); "
                "move what both need down, or pass it in as an argument",
            )


def pure_modules_import_nothing_impure(module: Module) -> Iterator[str]:
    if module.folder not in PURE:
        return
    for node, name in imports(module):
        if top(name) in IMPURE_MODULES:
            yield module.at(node, f"{name} in a pure folder; take the batch time, the bytes or the "
                            "random value as an argument")  # fmt: skip
        elif top(name) == "nacl" and module.path == "ledger/keys.py":
            continue
        elif top(name) not in sys.stdlib_module_names and top(name) not in FOLDERS:
            yield module.at(node, f"{name}: pure folders use the standard library alone, so that a "
                            "verifier is small; do this in nodes/ or tools/")  # fmt: skip


def pure_modules_are_exact(module: Module) -> Iterator[str]:
    if module.folder not in PURE:
        return
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=float() | complex()):
                yield module.at(node, f"{node.value!r} is not an integer; use base or minor units")
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield module.at(node, "`/` makes floats; use // and say who gets the rest")
            case ast.Name(id=name, ctx=ast.Load()) if name in INEXACT_NAMES:
                yield module.at(node, f"`{name}` differs between machines or runs; use // and say "
                                "who gets the rest, hash with hashlib, compare by value; a variable "
                                "needs another name")  # fmt: skip
            case ast.Attribute(attr=name) if name in UNICODE_METHODS:
                yield module.at(node, f".{name} changes with the Unicode tables of each Python; "
                                "compare with the ASCII characters you mean")  # fmt: skip


def nothing_walks_over_a_set(module: Module) -> Iterator[str]:
    if module.folder not in PURE:
        return
    for node in ast.walk(module.tree):
        walked = node.iter if isinstance(node, ast.For | ast.comprehension) else None
        match walked:
            case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset")):
                yield module.at(walked, "the order of a set differs from run to run; walk over "
                                "sorted(...) or a tuple")  # fmt: skip


def one_door_each(module: Module) -> Iterator[str]:
    for node, name in imports(module):
        doors = DOORS.get(top(name))
        if doors and module.path not in doors:
            yield module.at(node, f"{name}: only {' and '.join(doors)} may import it; call that")
        if any(name == way or name.startswith(f"{way}.") for way in OTHER_WAYS_OUT):
            yield module.at(node, f"{name}: the network has one door, nodes/peers.py; call that")
    if module.path == "ledger/keys.py":
        return
    for node in ast.walk(module.tree):
        named = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
        named += [node.attr] if isinstance(node, ast.Attribute) else []
        for name in named:
            if VERIFIERS.fullmatch(name):
                yield module.at(node, f"{name}: signatures are checked by ledger.keys.verify_strict "
                                "and nowhere else, because libraries disagree")  # fmt: skip


def every_module_says_what_it_is(module: Module) -> Iterator[str]:
    said = ast.get_docstring(module.tree) or ""
    if len(said.split()) < 5:
        yield module.at(module.tree, "open it with a docstring: what it is, the rule it keeps, the "
                        "specification it follows, an example that runs")  # fmt: skip


def packages_hold_no_code(module: Module) -> Iterator[str]:
    if module.path.endswith("/__init__.py"):
        for node in module.tree.body[1:]:
            yield module.at(node, "__init__.py is a docstring, the folder's map; move code to a "
                            "module named after its noun")  # fmt: skip


def lengths(module: Module) -> Iterator[str]:
    for what, node, lines, usual in measured(module):
        most, _ = LONGER.get(what, (usual, ""))
        if lines > most:
            yield module.at(node, f"{what} has {lines} lines, {most} are the guide; give a noun its "
                            "own file or a step its own function, or add it to LONGER in "
                            "tests/test_house.py with the reason")  # fmt: skip


def measured(module: Module) -> Iterator[tuple[str, ast.AST, int, int]]:
    """(name, place, lines, guide) of the file and of each function, docstrings not counted."""
    yield module.path, module.tree, module.text.count("\n"), FILE_LINES_MAX
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node) is not None:
                lines -= (first.end_lineno or 0) - first.lineno + 1
            yield f"{module.path}:{node.name}", node, lines, FUNCTION_LINES_MAX


Rule = Callable[[Module], Iterator[str]]
RULES: tuple[Rule, ...] = (
    imports_look_down,
    pure_modules_import_nothing_impure,
    pure_modules_are_exact,
    nothing_walks_over_a_set,
    one_door_each,
    every_module_says_what_it_is,
    packages_hold_no_code,
    lengths,
)


# ---- the checkout --------------------------------------------------------------------------------


def modules() -> list[Module]:
    paths = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return [
        Module.parse(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
    ]


def fail_if(broken: list[str]) -> None:
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Rule) -> None:
    found = modules()
    assert {module.folder for module in found} == set(FOLDERS), "a folder of the house is missing"
    fail_if([place for module in found for place in rule(module)])


def test_tests_say_what_they_are() -> None:
    paths = sorted((ROOT / "tests").rglob("*.py"))
    parsed = [Module.parse(path.relative_to(ROOT).as_posix(), path.read_text()) for path in paths]
    fail_if([place for module in parsed for place in every_module_says_what_it_is(module)])


def unused(found: list[Module], commands: str) -> Iterator[str]:
    """Modules that nothing in the house imports, finds by its place, or starts.

    `commands` is the text of Makefile and pyproject.toml: `python -m tools.x` and `tools.x:app`.
    """
    used = {name for module in found for _, name in imports(module) if name != module.name}
    for module in found:
        if (
            module.path.endswith("/__init__.py")
            or module.path.startswith("ledger/entries/")  # found by its place
            or module.name in used
            or re.search(rf"{re.escape(module.name.removesuffix('.__main__'))}\b", commands)
        ):
            continue
        yield f"{module.path}: nobody imports it; use it or delete it (tests do not count)"


def test_no_module_that_nobody_imports() -> None:
    commands = (ROOT / "Makefile").read_text() + (ROOT / "pyproject.toml").read_text()
    fail_if(list(unused(modules(), commands)))


def test_longer_files_are_still_longer() -> None:
    sizes = {what: lines for module in modules() for what, _, lines, _ in measured(module)}
    for what, (most, why) in LONGER.items():
        assert what in sizes, f"{what} is gone; take it out of LONGER"
        assert sizes[what] > most - 40, f"{what} has {sizes[what]} lines now; lower its entry"
        assert len(why.split()) > 3, f"{what}: say why it reads better longer"


# ---- text ----------------------------------------------------------------------------------------

# Written in pieces, so that this file does not break its own rule.
HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "golang" + ".org/proxy",
         "proxy." + "golang.org", "static." + "crates.io", "index." + "crates.io",
         "repo1." + "maven.org", "deb." + "debian.org")  # fmt: skip
BANNED = (
    (re.compile(r"(?<![\w.}/*-])/(?:work|root|home)/\w"), "a path of one machine; say it relative to "
     "the project or as an argument"),
    (re.compile("|".join(map(re.escape, HOSTS))), "the address of a package index; the lock files "
     "hold names, versions and hashes only"),
    (re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"), "an unfinished thought; do it, or file "
     "an issue and say nothing here"),
    (re.compile(r'"resolved"\s*:\s*"http'), "an address in a lock file; keep its hash alone"),
)  # fmt: skip
NOT_OURS = ("LICENSE", "api/static/")  # other people's text, kept as it came


def tracked_names() -> list[str] | None:
    """What git tracks or would add; None where there is no git or it refuses the checkout."""
    git = shutil.which("git")
    if git is None:
        return None
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.split("\0") if listed.returncode == 0 else None


def text_files() -> list[Path]:
    """Files that git tracks or would add; every file of a checkout without git."""
    names = tracked_names()
    if names is None:
        names = [
            path.relative_to(ROOT).as_posix()
            for path in ROOT.rglob("*")
            if not any(
                part.startswith(".") or part == "__pycache__"
                for part in path.relative_to(ROOT).parts
            )
        ]
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def banned(name: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, why in BANNED:
            if found := pattern.search(line):
                yield f"{name}:{number}: `{found.group()}` is {why}"


def test_text_names_no_machine_and_no_unfinished_thought() -> None:
    places = []
    for path in text_files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(NOT_OURS):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        places += banned(name, text)
    fail_if(places)


# ---- the rules themselves ------------------------------------------------------------------------

DOC = '"""A module that says what it is."""\n'
CAUGHT: list[tuple[Rule, str, str]] = [
    (imports_look_down, "ledger/x.py", "from contracts.machine import step"),
    (imports_look_down, "nodes/x.py", "import api.app"),
    (imports_look_down, "ledger/x.py", "from . import canon"),
    (imports_look_down, "ledger/x.py", "def f():\n    import tools.cli"),
    (pure_modules_import_nothing_impure, "ledger/x.py", "import time"),
    (pure_modules_import_nothing_impure, "contracts/x.py", "from os.path import join"),
    (pure_modules_import_nothing_impure, "ledger/entries/x.py", "import concurrent.futures"),
    (pure_modules_import_nothing_impure, "ledger/x.py", "from nacl.signing import SigningKey"),
    (pure_modules_import_nothing_impure, "ledger/x.py", "import pydantic"),
    (pure_modules_are_exact, "ledger/x.py", "x = 1.0"),
    (pure_modules_are_exact, "ledger/x.py", "x = 4 / 2"),
    (pure_modules_are_exact, "ledger/x.py", "x = 4\nx /= 2"),
    (pure_modules_are_exact, "contracts/x.py", "x = sorted(y, key=hash)"),
    (pure_modules_are_exact, "ledger/x.py", "x: float = 1"),
    (pure_modules_are_exact, "ledger/x.py", "x = '1'.isdigit()"),
    (nothing_walks_over_a_set, "ledger/x.py", "for x in {1, 2}:\n    pass"),
    (nothing_walks_over_a_set, "ledger/x.py", "y = [x for x in set(z)]"),
    (one_door_each, "api/x.py", "import httpx"),
    (one_door_each, "api/x.py", "from sqlmodel import Session"),
    (one_door_each, "ledger/x.py", "import merkletools"),
    (one_door_each, "tools/x.py", "import urllib.request"),
    (one_door_each, "nodes/x.py", "from urllib import request"),
    (one_door_each, "nodes/x.py", "from nacl.signing import SigningKey, VerifyKey"),
    (one_door_each, "nodes/x.py", "nacl.bindings.crypto_sign_open(m, k)"),
    (every_module_says_what_it_is, "api/x.py", "x = 1"),
    (every_module_says_what_it_is, "api/x.py", '"""A module."""'),
    (packages_hold_no_code, "api/__init__.py", DOC + "from api.app import app"),
    (lengths, "api/x.py", "x = 1\n" * (FILE_LINES_MAX + 1)),
    (lengths, "api/x.py", "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX),
]
LET_THROUGH: list[tuple[Rule, str, str]] = [
    (imports_look_down, "nodes/x.py", "from ledger.canon import encode\nimport contracts.machine"),
    (pure_modules_import_nothing_impure, "ledger/x.py", "import hashlib\nfrom ledger import canon"),
    (pure_modules_import_nothing_impure, "ledger/keys.py", "from nacl import bindings"),
    (pure_modules_import_nothing_impure, "nodes/x.py", "import time, os"),
    (pure_modules_are_exact, "ledger/x.py", "x = 7 // 2\ny.id\nclass C:\n    id: str"),
    (pure_modules_are_exact, "nodes/x.py", "x = 1 / 2"),
    (nothing_walks_over_a_set, "ledger/x.py", "for x in sorted({1, 2}):\n    pass"),
    (one_door_each, "nodes/peers.py", "import httpx"),
    (one_door_each, "nodes/x.py", "from urllib.parse import quote"),
    (one_door_each, "ledger/keys.py", "from nacl.bindings import crypto_sign_open"),
    (every_module_says_what_it_is, "api/x.py", DOC),
    (packages_hold_no_code, "api/__init__.py", DOC),
    (lengths, "api/x.py", "x = 1\n" * FILE_LINES_MAX),
    (lengths, "api/x.py", "def f():\n" + "    x = 1\n" * (FUNCTION_LINES_MAX - 1)),
    (lengths, "api/x.py", f'def f():\n    """{"d" + chr(10) * 200}"""\n    return 1\n'),
]


def case_id(case: object) -> str:
    return case if isinstance(case, str) and len(case) < 60 else getattr(case, "__name__", "long")


@pytest.mark.parametrize(("rule", "path", "source"), CAUGHT, ids=case_id)
def test_rule_catches(rule: Rule, path: str, source: str) -> None:
    assert list(rule(Module.parse(path, source)))


@pytest.mark.parametrize(("rule", "path", "source"), LET_THROUGH, ids=case_id)
def test_rule_lets_through(rule: Rule, path: str, source: str) -> None:
    assert list(rule(Module.parse(path, source))) == []


def test_unused_modules_are_found() -> None:
    table = {
        "ledger/canon.py": "",
        "ledger/alone.py": "import ledger.alone",
        "ledger/entries/stock.py": "",
        "tools/cli.py": "from ledger import canon",
        "tools/bench/__main__.py": "",
    }
    found = [Module.parse(path, source) for path, source in table.items()]
    commands = 'relief = "tools.cli:app"\n\tpython -m tools.bench\n'
    assert [line.partition(":")[0] for line in unused(found, commands)] == ["ledger/alone.py"]


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("cp x /ro" + "ot/y", True),
        ("open('/wo" + "rk/main')", True),
        ("relief init --dir data/work/x", False),
        ("GET {host}/home/x", False),
        ("see https://example.org/home/x", False),
        ("--index https://py" + "pi.org/simple", True),
        ("# TO" + "DO: later", True),
        ("mastodon", False),
        ('"reso' + 'lved": "https://example.org/x.tgz"', True),
    ],
)
def test_banned_text(line: str, caught: bool) -> None:
    assert bool(list(banned("x", line))) == caught
