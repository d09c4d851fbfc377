"""Contract documents for tests: six that stay as they are, and small ones made to measure.

`gate` and `trigger` are the smallest valid documents; a test changes one thing in them.
"""

from pathlib import Path
from typing import Any

from catalogues import CATALOGUE

from contracts.documents.cases import accept_document
from contracts.documents.compiled import Contract
from contracts.documents.compiling import compile_document
from contracts.documents.document import parse_document
from contracts.documents.problems import DocumentError, Problem
from tools.strict_yaml import read_yaml

LIBRARY = Path(__file__).resolve().parent / "page_contracts"
SIX = (
    "alert-relief-money",
    "earmark",
    "four-eyes",
    "household-food-cap",
    "requisition-compensation",
    "reserve-floor",
)


def text(said: str) -> dict[str, str]:
    """The same sentence in the three languages."""
    return {"zh_hant": said, "zh_hans": said, "en": said}


def library(name: str) -> dict[str, Any]:
    """One of the six, as JSON that a test may change."""
    value = read_yaml((LIBRARY / f"{name}.yaml").read_bytes())
    assert isinstance(value, dict)
    return value


def gate(**changes: Any) -> dict[str, Any]:
    """A gate on hand-outs: at most nine parcels. A change to None takes a field away."""
    document: dict[str, Any] = {
        "contract": "nine-at-most",
        "version": 1,
        "engine": "rcel/1",
        "kind": "gate",
        "kinds": ["disbursement.handout"],
        "title": text("Nine at most"),
        "basis": "by-law 1",
        "rules": [{"id": "nine", "require": "it.qty <= 9", "say": text("{it.qty} is too many")}],
        "tests": [
            {"name": "nine", "given": {"it": {"qty": 9}}, "expect": "allow"},
            {"name": "ten", "given": {"it": {"qty": 10}}, "expect": {"deny": ["nine"]}},
        ],
    }
    return changed(document, changes)


def trigger(**changes: Any) -> dict[str, Any]:
    """A trigger on alerts: a note at level 4 and above."""
    document: dict[str, Any] = {
        "contract": "tell-somebody",
        "version": 1,
        "engine": "rcel/1",
        "kind": "trigger",
        "kinds": ["alert.declare"],
        "title": text("Tell somebody"),
        "basis": "by-law 2",
        "effects": [
            {
                "id": "tell",
                "when": "it.level >= 4",
                "notify": {"to": "'duty'", "code": "'red'", "subject": "it.alert"},
            }
        ],
        "defaults": {"it": {"alert": "A1"}},
        "tests": [
            {
                "name": "red",
                "given": {"it": {"level": 4}},
                "expect": {"effects": [{"notify": {"subject": "A1"}}]},
            },
            {"name": "yellow", "given": {"it": {"level": 3}}, "expect": {"effects": []}},
        ],
    }
    return changed(document, changes)


def changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`document` with some fields of other values, or without those that are None."""
    document.update(changes)
    return {name: value for name, value in document.items() if value is not None}


def compiled(document: Any) -> Contract:
    """The contract of a document, its tests not run."""
    return compile_document(parse_document(document), CATALOGUE)


def problems(document: Any) -> list[Problem]:
    """What is wrong with a document; nothing where it is valid."""
    try:
        accept_document(document, CATALOGUE)
    except DocumentError as error:
        return list(error.problems)
    return []


def codes(document: Any) -> list[tuple[str, str]]:
    """(path, code) of each problem; the code of rcel/1 where an expression is refused."""
    return [
        (one.where, str(one.code if one.static is None else one.static.code))
        for one in problems(document)
    ]
