"""`relief contract test`: the tests that a contract carries, one by one, with what they show.

Each test is numbered: what it expects, what came out, and the sentences that people would read.
Exit status: 0 all pass and show everything, 1 something fails or is not shown, 2 it could not be
read. A contract whose form or meaning is wrong is not run; the problems are shown as by `check`.
"""

from pathlib import Path

from contracts.documents.cases import CaseResult, coverage, outcome_of, run_cases
from contracts.documents.explaining import explain
from contracts.documents.parts import Expect
from contracts.documents.verdict import Verdict
from ledger.canon import encode
from tools.console import FALSE, VERIFIED, Console, plain
from tools.contracts.checking import show
from tools.contracts.contract_words import word
from tools.contracts.opening import open_contract, place_problem, read_file


def run_tests(console: Console, path: Path, *, currency: str = "") -> int:
    """Run the tests of a contract file and show each of them."""
    language = console.language
    opened = open_contract(read_file(path), language, currency=currency)
    if opened.marked is None or opened.contract is None:
        for number, one in enumerate(opened.remarks, 1):
            show(console, number, one)
        console.say(word("invalid", language), "bold red")
        problems = [one.as_json() for one in opened.remarks]
        console.result({"cases": [], "file": str(path), "passed": False, "problems": problems})
        return FALSE
    contract = opened.contract
    results = run_cases(contract)
    shown = []
    for number, result in enumerate(results, 1):
        expected = _expected(result.case.expect, language)
        got = word("not run", language)
        sentences: list[str] = []
        if result.verdict is not None:
            got = _got(result.verdict, result.case.expect, language)
            sentences = [one.text for one in explain(contract, result.verdict, language)]
        mark, style = ("✔", "green") if result.passed else ("✖", "bold red")
        name = result.case.name
        line = word("case", language, case=name, expected=expected, got=got)
        console.say(f"{mark} {number}  {plain(line)}", style)
        for text in sentences:
            console.say(f"     {plain(text)}")
        remarks = [place_problem(one, opened.marked, language) for one in result.problems]
        for place, one in enumerate(remarks, 1):
            show(console, place, one)
        shown.append(
            {
                "expected": expected,
                "got": got,
                "name": name,
                "passed": result.passed,
                "problems": [one.as_json() for one in remarks],
                "sentences": sentences,
            }
        )
    missing = [place_problem(one, opened.marked, language) for one in coverage(contract, results)]
    for number, one in enumerate(missing, 1):
        show(console, number, one)
    passed = not missing and all(result.passed for result in results)
    console.say(_summary(results, len(missing), language), "bold green" if passed else "bold red")
    console.result(
        {
            "cases": shown,
            "contract": contract.id,
            "file": str(path),
            "hash": contract.hash,
            "passed": passed,
            "problems": [one.as_json() for one in missing],
            "version": contract.document.version,
        }
    )
    return VERIFIED if passed else FALSE


def _summary(results: tuple[CaseResult, ...], missing: int, language: str) -> str:
    failed = sum(not result.passed for result in results)
    if not failed and not missing:
        return word("all pass", language, count=len(results))
    return word("some fail", language, failed=failed, count=len(results), missing=missing)


def _expected(expect: Expect, language: str) -> str:
    """`deny [cap]; pay {"amount":2}`"""
    said = word(expect.outcome or "allow", language)
    if expect.rules:
        said += f" [{', '.join(expect.rules)}]"
    if expect.effects is None:
        return said
    effects = [f"{verb} {encode(fields).decode()}" for verb, fields in expect.effects]
    return f"{said}; {', '.join(effects) or word('no effects', language)}"


def _got(verdict: Verdict, expect: Expect, language: str) -> str:
    """The same of what came out; effects where the test asks for them or there are some."""
    said = word(outcome_of(verdict), language)
    if verdict.failed:
        said += f" [{', '.join(verdict.failed)}]"
    if expect.effects is None and not verdict.effects:
        return said
    effects = [f"{one.verb} {encode(one.fields).decode()}" for one in verdict.effects]
    return f"{said}; {', '.join(effects) or word('no effects', language)}"
