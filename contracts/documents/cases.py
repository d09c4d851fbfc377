"""The tests that a document carries, run and counted: a contract without them is not valid.

`given` is laid over `defaults`, field by field; facts are given, params are those in force, and the
answer is that for an authorisation. Each rule must be seen to fail, each effect to fire and not to
fire, and a gate to allow something. Reading a value that a test does not give fails the test: a
value that somebody invented would prove nothing. Specification: `docs/spec/contract-document.md`,
tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from contracts.documents.catalogued import Catalogue
from contracts.documents.compiled import Contract
from contracts.documents.compiling import compile_document
from contracts.documents.document import parse_document
from contracts.documents.explaining import explain
from contracts.documents.parts import Case
from contracts.documents.problems import DocumentError, Path, Problem, ProblemCode
from contracts.documents.verdict import Outcome, Verdict, judge
from contracts.rcel.errors import ErrorKind
from contracts.rcel.expression import Readings
from ledger.canon import Value, encode

LANGUAGE_OF: Final[Mapping[str, str]] = {"zh_hant": "zh-Hant", "zh_hans": "zh-Hans", "en": "en"}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One test; `verdict` is None where it read what it did not give."""

    case: Case
    problems: tuple[Problem, ...]
    verdict: Verdict | None

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.problems


class NotGiven(Exception):
    """A test reads a value that it does not give; no operator absorbs this."""


def accept_document(value: Value, catalogue: Catalogue) -> Contract:
    """A valid contract: its form, its meaning, and all its tests. Raises `DocumentError`."""
    contract = compile_document(parse_document(value), catalogue)
    prove_cases(contract)
    return contract


def prove_cases(contract: Contract) -> None:
    """Every test passes and the tests cover the contract. Raises `DocumentError`."""
    results = run_cases(contract)
    problems = [one for result in results for one in result.problems]
    problems += coverage(contract, results)
    if problems:
        raise DocumentError(problems)


def run_cases(contract: Contract) -> tuple[CaseResult, ...]:
    """Every test, in the order of the document."""
    return tuple(
        _run(contract, case, ("tests", at)) for at, case in enumerate(contract.document.cases)
    )


def coverage(contract: Contract, results: Sequence[CaseResult]) -> list[Problem]:
    """What the tests do not show; one that does not pass shows what happened all the same."""
    seen = [one.verdict for one in results if one.verdict is not None and one.verdict.applies]
    problems: list[Problem] = []
    if contract.document.kind == "gate" and not any(one.outcome is Outcome.ALLOW for one in seen):
        problems.append(Problem(("tests",), ProblemCode.COVER_ALLOW))
    for at, rule in enumerate(contract.rules):
        if not any(one.failed.get(rule.id, "error") != "error" for one in seen):
            problems.append(Problem(("rules", at), ProblemCode.COVER_RULE, {"name": rule.id}))
    # On deny and on an error no effect was asked whether it fires.
    asked = [one for one in seen if one.outcome is not Outcome.DENY]
    for at, effect in enumerate(contract.effects):
        fired = [any(one.id == effect.id for one in verdict.effects) for verdict in asked]
        for wanted, code in ((True, ProblemCode.COVER_FIRED), (False, ProblemCode.COVER_NOT_FIRED)):
            if wanted not in fired:
                problems.append(Problem(("effects", at), code, {"name": effect.id}))
    return problems


# ---- one test ------------------------------------------------------------------------------------


def _run(contract: Contract, case: Case, path: Path) -> CaseResult:
    given = merge(contract.document.defaults, case.given)
    try:
        verdict = _judge(contract, given)
    except NotGiven as error:
        values: dict[str, int | str] = {"found": str(error)}
        problem = Problem((*path, "given"), ProblemCode.CASE_NOT_GIVEN, values)
        return CaseResult(case, (problem,), None)
    return CaseResult(case, tuple(_compare(contract, case, verdict, path)), verdict)


def _judge(contract: Contract, given: Mapping[str, Value]) -> Verdict:
    values = _Given({**contract.params}, "", failed={})
    for name, value in given.items():
        values[name] = _wrapped(value, name)
    for fact in contract.facts:
        if fact.optional and fact.name not in given:
            values[fact.name] = {}
    verdict = judge(contract, values, item=False)
    if contract.foreach is None or not verdict.applies or verdict.error:
        return verdict
    return judge(contract, values, item=True)


def merge(defaults: Mapping[str, Value], given: Mapping[str, Value]) -> dict[str, Value]:
    """`given` laid over `defaults`: objects field by field, everything else as a whole.

    >>> merge({"it": {"qty": 1, "area": "HL"}}, {"it": {"qty": 3}, "received": 2})
    {'it': {'qty': 3, 'area': 'HL'}, 'received': 2}
    """
    merged = dict(defaults)
    for name, value in given.items():
        before = merged.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[name] = merge(before, value)
        else:
            merged[name] = value
    return merged


class _Given(Readings):
    """Values of a test; reading one that is not there is no error of the contract."""

    def __init__(
        self,
        values: Mapping[str, Value],
        path: str = "",
        *,
        failed: Mapping[str, ErrorKind] | None = None,
    ) -> None:
        super().__init__(values, failed=failed)
        self._path = path

    def __missing__(self, name: str) -> NoReturn:
        if name in self.failed:
            super().__missing__(name)
        raise NotGiven(f"{self._path}{'.' if self._path else ''}{name}")


def _wrapped(value: Value, path: str) -> Value:
    if isinstance(value, dict):
        return _Given({name: _wrapped(one, f"{path}.{name}") for name, one in value.items()}, path)
    if isinstance(value, list):
        return [_wrapped(one, f"{path}[{at}]") for at, one in enumerate(value)]
    return value


# ---- expected and got ----------------------------------------------------------------------------


def _compare(contract: Contract, case: Case, verdict: Verdict, path: Path) -> list[Problem]:
    expect = case.expect
    inner: Path = (*path, "expect")
    problems: list[Problem] = []
    got = outcome_of(verdict)
    if expect.outcome not in ("", got) or (expect.outcome == "" and got != "allow"):
        why = ", ".join(f"{place}: {kind}" for place, kind in verdict.errors.items())
        values: dict[str, int | str] = {
            "expected": expect.outcome or "allow",
            "got": f"{got} ({why})" if why else got,
        }
        return [Problem(inner, ProblemCode.CASE_OUTCOME, values)]
    if sorted(expect.rules) != sorted(verdict.failed):
        values = {"expected": _listed(expect.rules), "got": _listed(list(verdict.failed))}
        problems.append(Problem(inner, ProblemCode.CASE_RULES, values))
    if expect.effects is not None and not _alike(expect.effects, verdict):
        wanted = [f"{verb} {format_value(fields)}" for verb, fields in expect.effects]
        found = [f"{one.verb} {format_value(one.fields)}" for one in verdict.effects]
        values = {"expected": _listed(wanted), "got": _listed(found)}
        problems.append(Problem((*inner, "effects"), ProblemCode.CASE_EFFECTS, values))
    for name, text in case.says.items():
        sentences = [one.text for one in explain(contract, verdict, LANGUAGE_OF[name])]
        if text not in sentences:
            values = {"expected": text, "got": _listed(sentences)}
            problems.append(Problem((*path, "says", name), ProblemCode.CASE_SAYS, values))
    return problems


def outcome_of(verdict: Verdict) -> str:
    """`skip`, `error`, or the outcome: the words of tests and of those who read them."""
    if not verdict.applies:
        return "skip"
    return "error" if verdict.error else str(verdict.outcome)


def _alike(expected: Sequence[tuple[str, Mapping[str, Value]]], verdict: Verdict) -> bool:
    """The same number in the same order, of the same verbs, with equal values of named fields."""
    if len(expected) != len(verdict.effects):
        return False
    return all(
        verb == fired.verb and all(_same(fired.fields[name], one) for name, one in fields.items())
        for (verb, fields), fired in zip(expected, verdict.effects, strict=True)
    )


def _same(a: Value, b: Value) -> bool:
    # Python's own `==` takes True for 1.
    return type(a) is type(b) and a == b


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts) or "-"


def format_value(value: Mapping[str, Value]) -> str:
    """As compact JSON, for messages."""
    return encode(value).decode()
