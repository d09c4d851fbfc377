"""Documents with one thing changed in a rule: what their own tests must notice.

A mutant has one comparison, logical operator, number or rounding changed in one expression, or one
param: a number one higher or lower, a text another. What only a budget reads is left alone, since
tests of a document judge and do not spend. Nothing else is changed: windows and keys of facts are
not seen by tests, which are given the facts.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

from contracts.documents.scopes import names_in

TURNS = {
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "least": ("greatest",),
    "greatest": ("least",),
    "exists": ("all",),
    "all": ("exists",),
    "mulDivCeil": ("mulDivFloor", "mulDivHalfUp"),
    "mulDivFloor": ("mulDivCeil", "mulDivHalfUp"),
    "mulDivHalfUp": ("mulDivCeil", "mulDivFloor"),
}
_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|[A-Za-z_][A-Za-z0-9_]*|\d+|<=|>=|==|!=|&&|\|\||[-<>+*]""")


def mutants(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what was changed, the changed document), each once."""
    for path, expression in expressions(document):
        for found in _TOKEN.finditer(expression):
            token = found[0]
            turned = TURNS.get(token, ())
            if token.isdigit():
                turned = tuple(str(n) for n in (int(token) - 1, int(token) + 1) if n >= 0)
            for other in turned:
                text = f"{expression[: found.start()]}{other}{expression[found.end() :]}"
                yield (
                    f"{_where(path)}: {token} -> {other} at {found.start()}",
                    _put(document, path, text),
                )
    read = {name for _, one in expressions(document) for name in names_in(one)}
    for name, param in document.get("params", {}).items():
        value = param["value"]
        if name in read:
            others: tuple[Any, ...] = (f"{value}x",)
            if isinstance(value, int):
                others = value - 1, value + 1
            for other in others:
                yield (
                    f"params.{name}.value: {value} -> {other}",
                    _put(document, ("params", name, "value"), other),
                )


def expressions(document: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    """Every expression that tests work out, with its path."""
    found: list[tuple[tuple[str | int, ...], str]] = []
    if "where" in document:
        found.append((("where",), document["where"]))
    for name, text in document.get("let", {}).items():
        found.append((("let", name), text))
    for at, rule in enumerate(document.get("rules", ())):
        found.append((("rules", at, "require"), rule["require"]))
    for at, effect in enumerate(document.get("effects", ())):
        for name, one in effect.items():
            if name == "when":
                found.append((("effects", at, "when"), one))
            elif isinstance(one, dict):
                found += [(("effects", at, name, field), text) for field, text in one.items()]
    return found


def _put(document: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    mutant = copy.deepcopy(document)
    inner: Any = mutant
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return mutant


def _where(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)
