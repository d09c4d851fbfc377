"""The documents say what the code does.

Goal: whoever reads the docs is never sent to a page, command, address, code or kind that is not there,
and nothing that people can meet is undocumented.
Method: lists are taken from the code (codes, kinds, commands, endpoints, settings, make targets) and
looked for in the page that owes them a place; what pages name is looked for in the code. Examples in
docstrings and pages are run.
"""

import ast
import dataclasses
import doctest
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic_settings import BaseSettings
from typer.main import get_command

from ledger.codes import Code

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FOLDERS = ("ledger", "contracts", "nodes", "api", "tools")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def fail_if(broken: list[str]) -> None:
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


def module_or_skip(name: str) -> Any:
    """The module, or a skip while it is not written; a module that fails to import is a failure."""
    if not (ROOT / Path(*name.split("."))).with_suffix(".py").exists():
        pytest.skip(f"{name} is not there yet")
    return importlib.import_module(name)


def page(name: str) -> str:
    path = DOCS / name
    assert path.exists(), f"docs/{name} is missing; the code has things that it must describe"
    return path.read_text()


def sections(text: str) -> dict[str, str]:
    """`name` of each heading that holds one code span -> the text below it, up to the next heading
    of any level that holds one."""
    parts = re.split(r"^#{2,6} .*?`([^`]+)`.*$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


# ---- links ---------------------------------------------------------------------------------------


def without_code(text: str) -> str:
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "``", text)


def anchors(text: str) -> set[str]:
    """The anchors that a forge gives to headings: lower case, punctuation dropped, blanks to `-`."""
    found: set[str] = set()
    fenced = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", fenced, flags=re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(slug if slug not in found else f"{slug}-1")
    return found


def broken_links(path: Path, text: str) -> Iterator[str]:
    for target in re.findall(r"\]\(<?([^()\s>]+)>?(?: +\"[^\"]*\")?\)", without_code(text)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = unquote(target).partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists():
            yield f"{name_of(path)}: {target} leads nowhere"
        elif ROOT not in [there, *there.parents]:
            yield f"{name_of(path)}: {target} leads out of the project"
        elif anchor and there.suffix == ".md" and anchor not in anchors(there.read_text()):
            yield f"{name_of(path)}: {target}: no such heading"


def test_links_resolve() -> None:
    assert len(PAGES) > 10
    fail_if([link for path in PAGES for link in broken_links(path, path.read_text())])


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("[a](README.md)", False),
        ("[a](README.md#try-it)", False),
        ("[a](README.md#no-such-heading)", True),
        ("[a](nowhere.md)", True),
        ("[a](../../elsewhere)", True),
        ("[a](https://example.org/x)", False),
        ("`[a](nowhere.md)`", False),
        ("```\n[a](nowhere.md)\n```", False),
    ],
)
def test_broken_links_are_seen(text: str, broken: bool) -> None:
    assert bool(list(broken_links(ROOT / "x.md", text))) == broken


def test_the_map_lists_every_page() -> None:
    index = (DOCS / "README.md").read_text()
    listed = {
        (DOCS / target.partition("#")[0]).resolve()
        for target in re.findall(r"\]\(([^)\s]+)\)", index)
    }
    missing = [
        path for path in DOCS.rglob("*.md") if path not in listed and path != DOCS / "README.md"
    ]
    fail_if([f"docs/README.md does not list {name_of(path)}" for path in missing])


def test_pages_that_code_cites_exist() -> None:
    cited = [
        (source, target)
        for folder in (*FOLDERS, "tests")
        for source in sorted((ROOT / folder).rglob("*.py"))
        for target in re.findall(r"docs/[\w./-]+\.md", source.read_text())
    ]
    assert cited
    fail_if(
        [
            f"{name_of(source)} cites {target}, which is not there"
            for source, target in cited
            if not (ROOT / target).exists() and "NNNN" not in target
        ]
    )


def test_files_that_pages_name_exist() -> None:
    pattern = rf"(?:{'|'.join(FOLDERS)}|tests)/[\w/]+\.py"
    named = [
        (path, file) for path in PAGES for file in sorted({*re.findall(pattern, path.read_text())})
    ]
    assert len(named) > 20
    fail_if(
        [
            f"{name_of(path)} names {file}, which is not there"
            for path, file in named
            if not (ROOT / file).exists()
        ]
    )


def test_the_map_of_a_folder_names_what_is_in_it() -> None:
    """`ledger/entries` is no list: a noun is found by its place there."""
    missing = []
    for start in (path for folder in FOLDERS for path in (ROOT / folder).rglob("__init__.py")):
        folder = start.parent
        if name_of(folder) == "ledger/entries":
            continue
        inside = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")]
        inside += [path.parent.name for path in folder.glob("*/__init__.py")]
        said = start.read_text()
        missing += [
            f"{name_of(start)} does not name `{name}`"
            for name in sorted(inside)
            if f"`{name}`" not in said
        ]
    fail_if(missing)


# ---- reference: everything that people can meet --------------------------------------------------


def code_rows(text: str) -> list[tuple[str, str, str]]:
    """(code, meaning, next step) of each row of the tables of codes."""
    return re.findall(r"^\| `([a-z_]+)` \| *(.*?) *\| *(.*?) *\|$", text, flags=re.MULTILINE)


def test_every_code_has_a_meaning_and_a_next_step_in_order_of_precedence() -> None:
    rows = code_rows(page("reference/codes.md"))
    assert [code for code, _, _ in rows] == [code.value for code in Code]
    fail_if(
        [f"{code}: say more" for code, *texts in rows if any(len(t.split()) < 1 for t in texts)]
    )


def kind_rows(text: str) -> dict[str, tuple[str, str, str]]:
    """kind -> (nature, fields, sentence) of each row of the tables of kinds."""
    rows = re.findall(
        r"^\| `([a-z]+(?:\.[a-z]+)?)` \| (.*?) \| (.*?) \| (.*?) \|$", text, re.MULTILINE
    )
    return {name: (nature, fields, said) for name, nature, fields, said in rows}


def fields_of_body(body: type) -> str:
    """As the table shows them: a `?` behind a field that may be absent."""
    shown = [
        f"`{f.name.rstrip('_')}`{'' if f.default is dataclasses.MISSING else '?'}"
        for f in dataclasses.fields(body)
    ]
    return " ".join(shown) or "-"


def test_every_kind_of_statement_is_described_with_its_fields() -> None:
    kinds = module_or_skip("ledger.kinds").all_kinds()
    described = kind_rows(page("reference/entries.md"))
    wanted = {
        name: (kind.nature.value, fields_of_body(kind.body)) for (name, _), kind in kinds.items()
    }
    broken = [
        f"docs/reference/entries.md needs: | `{name}` | {nature} | {fields} | what it says |"
        for name, (nature, fields) in wanted.items()
        if described.get(name, ("", ""))[:2] != (nature, fields)
    ]
    broken += [f"entries.md: {name} is no kind" for name in described if name not in wanted]
    broken += [
        f"entries.md, {name}: say in a sentence what it says"
        for name, (_, _, said) in described.items()
        if len(said.split()) < 4 or said == "what it says"
    ]
    fail_if(broken)


def commands() -> dict[str, Any]:
    """`verify` or `contract test` -> the command, of everything that `relief` offers."""

    def walk(prefix: str, group: Any) -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            if command.hidden:
                continue
            if hasattr(command, "commands"):
                yield from walk(f"{prefix}{name} ", command)
            else:
                yield f"{prefix}{name}", command

    return dict(walk("", get_command(module_or_skip("tools.cli").app)))


def options(command: Any) -> set[str]:
    return {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }


def test_every_command_is_described_with_its_options() -> None:
    found = commands()
    described = sections(page("reference/cli.md"))
    broken = [
        f"cli.md: no heading with `relief {n}`" for n in found if f"relief {n}" not in described
    ]
    for name, command in found.items():
        text = described.get(f"relief {name}", "")
        broken += [
            f"cli.md, relief {name}: `{option}` is not described"
            for option in sorted(options(command) - {"--help"})
            if text and not re.search(rf"{option}(?![\w-])", text)
        ]
    broken += [
        f"cli.md describes `{name}`, which is no command"
        for name in described
        if name.startswith("relief ") and name.removeprefix("relief ") not in found
    ]
    fail_if(broken)


def test_what_pages_tell_people_to_type_exists() -> None:
    found = commands()
    words = {name.split()[0] for name in found}
    broken = []
    for path in PAGES:
        spans = re.findall(r"`([^`\n]+)`", path.read_text())
        lines = re.findall(r"^\s*\$? ?(relief .*)$", path.read_text(), flags=re.MULTILINE)
        for text in spans + lines:
            typed = re.match(r"relief ([a-z][a-z-]*)((?: .*)?)$", text)
            if not typed:
                continue
            if typed[1] not in words:
                broken.append(f"{name_of(path)}: `{text}`: there is no `relief {typed[1]}`")
                continue
            known = set().union(
                *(
                    options(command)
                    for name, command in found.items()
                    if name.split()[0] == typed[1]
                )
            )
            broken += [
                f"{name_of(path)}: `{text}`: {option} is no option of it"
                for option in re.findall(r"--[a-z][\w-]*", typed[2])
                if option not in known | {"--help"}
            ]
    fail_if(broken)


def test_the_readme_shows_what_help_shows() -> None:
    block = re.search(
        r"<!-- help.*?```text\n(.*?)```\n<!-- /help -->", page("../README.md"), re.DOTALL
    )
    assert block, "README.md has lost its block between <!-- help --> and <!-- /help -->"
    group = get_command(module_or_skip("tools.cli").app)
    shown = {n: c.get_short_help_str(limit=90) for n, c in group.commands.items() if not c.hidden}
    width = max(map(len, shown))
    expected = "".join(f"relief {name:<{width}}  {said}\n" for name, said in shown.items())
    assert block[1] == expected, f"README.md must show:\n{expected}"


ROUTE_METHODS = ("get", "post", "put", "patch", "delete")


def routes(tree: ast.Module) -> Iterator[str]:
    """`GET /v1/entries/{index}` of each decorated endpoint of a module, its router's prefix put in."""
    prefixes: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            for word in node.value.keywords:
                if word.arg == "prefix" and isinstance(word.value, ast.Constant):
                    for target in node.targets:
                        prefixes[ast.unparse(target)] = str(word.value.value)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for mark in node.decorator_list:
            match mark:
                case ast.Call(
                    func=ast.Attribute(value=router, attr=method),
                    args=[ast.Constant(value=str(path)), *_],
                    keywords=keywords,
                ) if method in ROUTE_METHODS:
                    hidden = any(
                        word.arg == "include_in_schema" and ast.unparse(word.value) == "False"
                        for word in keywords
                    )
                    if not hidden or path.startswith(("/tile", "/checkpoint")):
                        yield f"{method.upper()} {prefixes.get(ast.unparse(router), '')}{path}"


def plain(route: str) -> str:
    """Without the converters of path parameters: `{path:path}` and `{path}` are one address."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", route)


def test_every_endpoint_is_described() -> None:
    if not (ROOT / "api" / "app.py").exists():
        pytest.skip("api.app is not there yet")
    sources = sorted((ROOT / "api").glob("*.py"))
    found = {plain(route) for path in sources for route in routes(ast.parse(path.read_text()))}
    assert found, "no endpoint was recognised; mend `routes` in this test"
    text = plain(page("reference/api.md"))
    spans = re.findall(rf"`((?:{'|'.join(ROUTE_METHODS).upper()}) /[^`\s]*)`", text)
    fail_if(
        [
            f"docs/reference/api.md does not describe `{route}`"
            for route in sorted(found - set(spans))
        ]
        + [f"api.md describes `{span}`, which is not there" for span in sorted(set(spans) - found)]
    )


def test_routes_are_recognised() -> None:
    source = (
        'router = APIRouter(prefix="/v1")\n'
        '@router.get("/entries/{index}")\ndef entry(): ...\n'
        '@app.post("/x", include_in_schema=False)\ndef x(): ...\n'
        '@app.get("/tile/{path:path}", include_in_schema=False)\nasync def tile(): ...\n'
        "@cache\ndef y(): ...\n"
    )
    assert [plain(r) for r in routes(ast.parse(source))] == [
        "GET /v1/entries/{index}",
        "GET /tile/{path}",
    ]


def test_every_setting_is_described() -> None:
    module = module_or_skip("nodes.settings")
    classes = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, BaseSettings) and thing is not BaseSettings
    ]
    assert classes, "nodes/settings.py has no settings"
    text = page("reference/settings.md")
    names = {
        f"{cls.model_config.get('env_prefix', '')}{field}".upper()
        for cls in classes
        for field in cls.model_fields
    }
    fail_if(
        [
            f"docs/reference/settings.md: no `{name}`"
            for name in sorted(names)
            if f"`{name}`" not in text
        ]
    )


def test_every_make_target_is_described_and_every_described_one_exists() -> None:
    targets = set(
        re.findall(r"^([a-z0-9]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    )
    described = set(
        re.findall(
            r"^\| `make ([a-z0-9]+)`", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.MULTILINE
        )
    )
    assert described == targets
    fail_if(
        [
            f"{name_of(path)}: there is no `make {target}`"
            for path in PAGES
            for target in re.findall(
                r"(?:`|^)make ([a-z0-9]+)", path.read_text(), flags=re.MULTILINE
            )
            if target not in targets
        ]
    )


# ---- promises ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "The ledger proves who said what and when, not that the rice arrived.",
        "The log itself shows each tag's history within its programme, to everyone who reads it.",
    ],
)
def test_the_readme_says_what_it_does_not_do(sentence: str) -> None:
    assert sentence in " ".join((ROOT / "README.md").read_text().split())


def test_ci_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111, ".ci/run must be executable"
    assert re.findall(r"^make (\w+)", script, flags=re.MULTILINE) == ["test", "check"]


def test_decisions_say_what_would_change_our_mind() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [path.name.partition("-")[0] for path in records]
    assert numbers == [f"{n:04}" for n in range(1, len(records) + 1)], "numbered without gaps"
    for path in records:
        text = path.read_text()
        for part in (
            "Date: ",
            "## Context",
            "## Options",
            "## Outcome",
            "## What would change our mind",
        ):
            assert part in text, f"{name_of(path)} lacks {part!r}"


# ---- examples ------------------------------------------------------------------------------------


def with_examples(paths: list[Path]) -> list[str]:
    return [
        name_of(path) for path in paths if re.search(r"^\s*>>> ", path.read_text(), re.MULTILINE)
    ]


SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("name", with_examples(SOURCES))
def test_examples_of_modules_run(name: str) -> None:
    module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
    result = doctest.testmod(module)
    assert result.attempted, f"{name}: its examples are not in docstrings"
    assert result.failed == 0, f"{name}: see the output above"


@pytest.mark.parametrize("name", with_examples(PAGES))
def test_examples_of_pages_run(name: str) -> None:
    result = doctest.testfile(str(ROOT / name), module_relative=False)
    assert result.failed == 0, f"{name}: see the output above"
