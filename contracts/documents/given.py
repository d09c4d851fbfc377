"""What tests of a document give and expect, checked before they are run.

A test gives as much of a value as it needs: fields of a record may be left out, and reading one
that was left out fails the test. What is given must be of the declared type.
Specification: `docs/spec/contract-document.md`, tests.
"""

from collections.abc import Mapping

from contracts.documents.document import Document
from contracts.documents.problems import Path, ProblemCode, Problems
from contracts.documents.scopes import Names
from contracts.documents.verbs import VERBS
from contracts.rcel.types import ListOf, Record, Type, fits, format_type
from ledger.canon import Value


def check_cases(document: Document, names: Names, item: Record | None, problems: Problems) -> None:
    """Note what `defaults` and `tests` give or expect and cannot."""
    known = ["it", *(form.name for form in document.facts)]
    if document.foreach is not None and item is not None:
        known.append(document.foreach.name)
    _check_given(document.defaults, ("defaults",), known, names, problems)
    rules = [rule.id for rule in document.rules]
    verbs = [effect.verb for effect in document.effects]
    for at, case in enumerate(document.cases):
        path: Path = ("tests", at)
        _check_given(case.given, (*path, "given"), known, names, problems)
        for place, rule in enumerate(case.expect.rules):
            if rule not in rules:
                inner: Path = (*path, "expect", case.expect.outcome, place)
                problems.add(inner, ProblemCode.UNKNOWN, found=rule, options=", ".join(rules))
        for place, (verb, _) in enumerate(case.expect.effects or ()):
            if verb in VERBS and verb not in verbs:
                inner = (*path, "expect", "effects", place)
                problems.add(inner, ProblemCode.UNKNOWN, found=verb, options=", ".join(verbs))


def _check_given(
    given: Mapping[str, Value], path: Path, known: list[str], names: Names, problems: Problems
) -> None:
    for name, value in given.items():
        if name not in known:
            options = ", ".join(known)
            problems.add((*path, name), ProblemCode.UNKNOWN, found=name, options=options)
        elif name in names.types:
            _check_value(value, names.types[name], (*path, name), problems)


def _check_value(value: Value, wanted: Type, path: Path, problems: Problems) -> None:
    """`value` is of the type, but that fields of records may be left out."""
    if isinstance(wanted, Record) and isinstance(value, dict):
        for name, one in value.items():
            field = wanted.field(name)
            if field is None:
                options = ", ".join(field.name for field in wanted.fields)
                problems.add((*path, name), ProblemCode.UNKNOWN, found=name, options=options)
            else:
                _check_value(one, field.type, (*path, name), problems)
    elif isinstance(wanted, ListOf) and isinstance(value, list) and len(value) <= wanted.maximum:
        for at, one in enumerate(value):
            _check_value(one, wanted.item, (*path, at), problems)
    elif not fits(value, wanted):
        problems.add(path, ProblemCode.VALUE, wanted=format_type(wanted))
