"""`relief contract check`: would this contract be accepted, and if not, what is to be mended?

Five steps, each only where those before it passed: the YAML, the form, the meaning, the tests, and
whether the tests show every rule and effect. They are those of a proposal on the ledger, which is
refused as `contract_invalid` where one fails. What others think of it is for the vote.

Exit status: 0 valid, 1 not valid, 2 it could not be read.
"""

from pathlib import Path
from typing import Final

from contracts.documents.cases import coverage, run_cases
from contracts.documents.lints import lint
from contracts.rcel.limits import CONTRACT_COST_MAX
from ledger.canon import encode
from tools.console import FALSE, VERIFIED, Console, plain
from tools.contracts.contract_words import word
from tools.contracts.opening import Opened, Remark, open_contract, place_problem, read_file

STEPS: Final = ("yaml", "form", "meaning", "tests", "coverage")


def check(console: Console, path: Path, *, currency: str = "") -> int:
    """Check a contract file; every problem with its line and column."""
    opened = open_contract(read_file(path), console.language, currency=currency)
    passed, remarks = _steps(console, opened)
    for number, one in enumerate(remarks, 1):
        show(console, number, one)
    valid = not remarks
    advice: list[Remark] = []
    if valid and opened.contract is not None and opened.marked is not None:
        found = lint(opened.contract)
        advice = [place_problem(one, opened.marked, console.language) for one in found]
        for number, one in enumerate(advice, 1):
            show(console, number, one, advice=True)
    result: dict[str, object] = {
        "advice": [one.as_json() for one in advice],
        "file": str(path),
        "problems": [one.as_json() for one in remarks],
        "steps": passed,
        "valid": valid,
    }
    if opened.document is not None:
        document = opened.document
        result |= {"contract": document.id, "hash": document.hash, "version": document.version}
    if valid and opened.document is not None and opened.contract is not None:
        size = len(encode(opened.document.value))
        result |= {"bytes": size, "cost": opened.contract.cost}
        words = {"hash": opened.document.hash, "size": f"{size:,}"}
        console.say(word("valid", console.language, **words), "bold green")
    else:
        console.say(word("invalid", console.language), "bold red")
    console.result(result)
    return VERIFIED if valid else FALSE


def _steps(console: Console, opened: Opened) -> tuple[list[str], tuple[Remark, ...]]:
    """The steps that passed, told as they do; what stopped the first that did not."""
    language = console.language
    passed: list[str] = []

    def tick(step: str, **values: object) -> None:
        passed.append(step)
        text = word(step, language, **values)
        console.say(f"✔ {len(passed)}  {plain(text)}", "green")

    def cross(remarks: tuple[Remark, ...]) -> tuple[list[str], tuple[Remark, ...]]:
        step = word(f"step {STEPS[len(passed)]}", language)
        count = word("problems", language, count=len(remarks))
        colon = ": " if language == "en" else "："
        console.say(f"✖ {len(passed) + 1}  {step}{colon}{count}", "bold red")
        return passed, remarks

    if opened.marked is None:
        return cross(opened.remarks)
    tick("yaml", size=f"{opened.size:,}")
    document = opened.document
    if document is None:
        return cross(opened.remarks)
    tick(
        "form",
        kind=word(document.kind, language),
        id=document.id,
        version=document.version,
        kinds=", ".join(document.kinds),
    )
    contract = opened.contract
    if contract is None:
        return cross(opened.remarks)
    tick("meaning", cost=f"{contract.cost:,}", most=f"{CONTRACT_COST_MAX:,}")
    results = run_cases(contract)
    failed = tuple(
        place_problem(one, opened.marked, language) for result in results for one in result.problems
    )
    if failed:
        return cross(failed)
    tick("tests", passed=len(results), count=len(results))
    missing = tuple(
        place_problem(one, opened.marked, language) for one in coverage(contract, results)
    )
    if missing:
        return cross(missing)
    tick("coverage")
    return passed, ()


def show(console: Console, number: int, one: Remark, *, advice: bool = False) -> None:
    """One numbered problem, or piece of advice: where, what is wrong, what to do."""
    place = word("place", console.language, line=one.line, column=one.column) if one.line else ""
    where = f"{place} ({plain(one.path)})" if place and one.path else place or plain(one.path)
    label = f"{word('advice', console.language)} " if advice else ""
    console.say(f"{label}{number}. {where}")
    console.say(f"   {plain(one.why)}")
    if one.fix:
        console.say(f"   → {plain(one.fix)}")
