"""Opening a contract file: from YAML to a contract, with the place of every problem.

The YAML is read once at this edge; what is judged, hashed and voted on is the canonical JSON that
comes out. A problem is told with line and column of the value it is about, or of the nearest thing
around it where something is missing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.catalogue.catalogue import catalogue_for, named_currencies
from contracts.documents import sentences
from contracts.documents.catalogued import Catalogue
from contracts.documents.compiled import Contract
from contracts.documents.compiling import compile_document
from contracts.documents.document import Document, parse_document
from contracts.documents.problems import DocumentError, Problem, ProblemCode
from ledger.canon import Value
from tools.console import Stop, plain
from tools.contracts.yaml_words import tell_yaml
from tools.measures import ISO_4217
from tools.strict_yaml import Marked, Place, YamlError, read_marked

YAML_MAX: Final = 65_536
"""Bytes of a contract as people write it, comments included; its JSON has a limit of its own."""

CURRENCY: Final = "TWD"
"""Where neither the contract nor the command names one."""

_KEYS: Final = frozenset(
    {
        ProblemCode.UNKNOWN_FIELD,
        ProblemCode.NOT_FOR_KIND,
        ProblemCode.NAME,
        ProblemCode.NAME_TAKEN,
        ProblemCode.RESERVED,
        ProblemCode.CYCLE,
    }
)
"""Problems of a name, which stands before the colon."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A problem as it is shown: `path` "" for the whole; `line` 0 where there is no place."""

    path: str
    line: int
    column: int
    code: str
    why: str
    fix: str

    def as_json(self) -> dict[str, str | int]:
        """For `--json`."""
        return {
            "code": self.code, "column": self.column, "fix": self.fix, "line": self.line,
            "path": self.path, "why": self.why,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """How far a file can be understood: each step is None where one before it failed."""

    marked: Marked | None
    document: Document | None
    contract: Contract | None
    remarks: tuple[Remark, ...]
    size: int


def read_file(path: Path) -> bytes:
    """The bytes of a contract file; a larger one is not read whole."""
    with path.open("rb") as file:
        data = file.read(YAML_MAX + 1)
    if not data.strip():
        raise Stop(f"{plain(str(path))}: the file is empty.", "Name a contract in YAML.")
    return data


def catalogue_of(value: Value, currency: str) -> Catalogue:
    """The catalogue of a contract: in `currency`, else in the one that its types name."""
    named = named_currencies(value) if isinstance(value, dict) else []
    chosen = currency or (named[0] if named else CURRENCY)
    return catalogue_for(chosen, ISO_4217.get(chosen, 0))


def open_contract(data: bytes, language: str, *, currency: str = "") -> Opened:
    """The contract in a YAML text, or as much as there is of it and what is wrong."""
    try:
        marked = read_marked(data, size_max=YAML_MAX)
    except YamlError as error:
        why, fix = tell_yaml(error.why, language)
        place = error.place or Place(0, 0)
        one = Remark("", place.line, place.column, "yaml", why, fix)
        return Opened(None, None, None, (one,), len(data))
    document = None
    try:
        document = parse_document(marked.value)
        contract = compile_document(document, catalogue_of(marked.value, currency))
    except DocumentError as error:
        remarks = tuple(place_problem(problem, marked, language) for problem in error.problems)
        return Opened(marked, document, None, remarks, len(data))
    return Opened(marked, document, contract, (), len(data))


def place_problem(problem: Problem, marked: Marked, language: str) -> Remark:
    """A problem with its place in the YAML."""
    within = 0 if problem.static is None else problem.static.position
    place = marked.find(problem.path, key=problem.code in _KEYS, within=within)
    code = str(problem.code if problem.static is None else problem.static.code)
    why, fix = sentences.why(problem, language), sentences.fix(problem, language)
    return Remark(problem.where, place.line, place.column, code, why, fix)
