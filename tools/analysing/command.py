"""`relief contract analyse`: what can never be, what goes wrong, and where two contracts differ.

Exit status: 0 nothing to mend was found, and no difference; 1 something was; 2 some questions have
no answer, z3 is not installed, or a file could not be read. Notes alone make it 0.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.documents.cases import outcome_of
from contracts.documents.catalogued import Catalogue
from contracts.documents.compiled import Contract
from contracts.documents.verdict import Verdict
from ledger.canon import encode
from tools.analysing.analysis_words import word
from tools.console import CANNOT_TELL, FALSE, VERIFIED, Console, Stop, plain
from tools.contracts.checking import show
from tools.contracts.contract_words import word as outcome_word
from tools.contracts.opening import catalogue_of, open_contract, read_file

if TYPE_CHECKING:
    from tools.analysing.comparing import Comparison
    from tools.analysing.questions import Analysis, Finding

JOIN = ", "


def analyse_file(console: Console, path: Path, *, against: Path | None, currency: str = "") -> int:
    """Analyse one contract file, or compare it with another, older one."""
    language = console.language
    try:
        import z3  # noqa: PLC0415
    except ImportError:
        raise Stop(word("no solver", language), word("install", language)) from None
    from tools.analysing.asking import STEPS_MAX  # noqa: PLC0415

    new, catalogue = _open(console, path, currency)
    result: dict[str, Any] = {
        "contract": new.id,
        "file": str(path),
        "hash": new.hash,
        "solver": f"z3 {z3.get_version_string()}",
        "steps_max": STEPS_MAX,
        "version": new.document.version,
    }
    if against is None:
        return _one(console, path, new, catalogue, result)
    old, _ = _open(console, against, currency)
    result["against"] = {
        "contract": old.id, "file": str(against), "hash": old.hash,
        "version": old.document.version,
    }  # fmt: skip
    return _two(console, path, (old, new), catalogue, result)


def _open(console: Console, path: Path, currency: str) -> tuple[Contract, Catalogue]:
    opened = open_contract(read_file(path), console.language, currency=currency)
    if opened.contract is None or opened.marked is None:
        for number, one in enumerate(opened.remarks, 1):
            show(console, number, one)
        raise Stop(
            f"{plain(str(path))}: {outcome_word('invalid', console.language)}",
            "relief contract check",
        )
    return opened.contract, catalogue_of(opened.marked.value, currency)


# ---- one contract --------------------------------------------------------------------------------


def _one(
    console: Console, path: Path, contract: Contract, catalogue: Catalogue, result: dict[str, Any]
) -> int:
    from tools.analysing.questions import analyse  # noqa: PLC0415
    from tools.analysing.translating import OutsideModel  # noqa: PLC0415

    language = console.language
    try:
        found = analyse(contract, catalogue)
    except OutsideModel:
        raise Stop(word("outside", language, file=plain(str(path)))) from None
    head = word("head", language, id=contract.id, version=contract.document.version,
                count=len(found.findings))  # fmt: skip
    console.say(head, "bold")
    result["findings"] = _tell(console, found, (contract,), "says")
    result["left_out"] = _left_out(console, found, {})
    return _end(console, found, result, wrong=False, clean="clean")


# ---- two -----------------------------------------------------------------------------------------


def _two(
    console: Console,
    path: Path,
    contracts: tuple[Contract, Contract],
    catalogue: Catalogue,
    result: dict[str, Any],
) -> int:
    from tools.analysing.comparing import compare  # noqa: PLC0415
    from tools.analysing.translating import OutsideModel  # noqa: PLC0415

    language, (old, new) = console.language, contracts
    try:
        found = compare(old, new, catalogue)
    except OutsideModel:
        raise Stop(word("outside", language, file=plain(str(path)))) from None
    versions = old.id == new.id
    head = word(
        "head of two", language, old=old.id, before=old.document.version, new=new.id,
        after=new.document.version, count=len(found.analysis.findings),
    )  # fmt: skip
    console.say(head, "bold")
    if found.only:
        console.say(word("only", language, kinds=JOIN.join(found.only)))
    result["only"] = list(found.only)
    saying = "old and new" if versions else "say"
    result["findings"] = _tell(console, found.analysis, contracts, saying)
    result["left_out"] = _left_out(console, found.analysis, _apart(found))
    wrong = versions and bool(found.only)
    clean = "same" if versions else "clean"
    return _end(console, found.analysis, result, wrong=wrong, clean=clean)


def _apart(found: "Comparison") -> dict[str, tuple[str, ...]]:
    return {"apart": found.apart, "unread": found.unread}


# ---- telling -------------------------------------------------------------------------------------


def _tell(
    console: Console, found: "Analysis", contracts: tuple[Contract, ...], saying: str
) -> list[dict[str, Any]]:
    """Each finding that is worth a word, numbered; all of them as JSON."""
    from tools.analysing.examples import verdict_of  # noqa: PLC0415

    language, listed, number = console.language, [], 0
    for one in found.findings:
        as_json: dict[str, Any] = {
            "about": one.values, "answer": str(one.answer.state), "question": one.question,
            "told": one.told, "wrong": one.wrong,
        }  # fmt: skip
        listed.append(as_json)
        example = ""
        says: list[str] = []
        if one.answer.example is not None:
            values = _values(contracts, one)
            as_json["example"] = values
            example = _written(values)
            verdicts = [verdict_of(contract, one.answer.example) for contract in contracts]
            says = [_said(verdict, language) for verdict in verdicts]
            as_json["says"] = [outcome_of(verdict) for verdict in verdicts]
        if not one.told:
            continue
        number += 1
        text = _sentence(one, language)
        text = text if one.wrong else word("note", language, text=text)
        console.say(f"{number}. {plain(text)}", "bold" if one.wrong else "")
        if example:
            console.say(f"   {plain(word('example', language, example=example))}")
            row = {"outcome": says[0], "before": says[0], "after": says[-1]}
            console.say(f"   {plain(word(saying, language, **row))}")
    return listed


def _values(contracts: tuple[Contract, ...], one: "Finding") -> dict[str, Any]:
    """What the contracts read of the example, by name; a name of one that means another fact in
    the other stands once more with the contract's version before it."""
    from tools.analysing.examples import told  # noqa: PLC0415

    assert one.answer.example is not None
    values: dict[str, Any] = {}
    for contract in contracts:
        for name, value in told(contract, one.answer.example).items():
            known = values.get(name)
            if isinstance(known, dict) and isinstance(value, dict):
                clash = any(known.get(key, inner) != inner for key, inner in value.items())
                merged: Any = value if clash else {**known, **value}
            else:
                clash, merged = name in values and known != value, value
            values[f"{contract.id}/{contract.document.version}/{name}" if clash else name] = merged
    return values


def _written(values: Mapping[str, Any]) -> str:
    """`it {"qty":3}, received 2`"""
    return JOIN.join(f"{name} {encode(value).decode()}" for name, value in values.items())


def _said(verdict: Verdict, language: str) -> str:
    """`deny [cap]`, or with what it causes."""
    said = outcome_word(outcome_of(verdict), language)
    if verdict.failed:
        said += f" [{JOIN.join(verdict.failed)}]"
    if verdict.errors:
        said += f" ({JOIN.join(f'{name}: {kind}' for name, kind in verdict.errors.items())})"
    effects = [f"{one.verb} {encode(one.fields).decode()}" for one in verdict.effects]
    return f"{said} {JOIN.join(effects)}" if effects else said


def _sentence(one: "Finding", language: str) -> str:
    from tools.analysing.asking import STEPS_MAX, State  # noqa: PLC0415

    values = {
        name: outcome_word(value, language) if name in _OUTCOMES else value
        for name, value in one.values.items()
    }
    if one.answer.state in (State.UNKNOWN, State.UNCONFIRMED):
        about = JOIN.join(value for value in values.values() if value) or "where"
        asked = {"question": one.question, "about": about, "steps": f"{STEPS_MAX:,}"}
        return word(str(one.answer.state), language, **asked)
    return word(one.question, language, **values)


_OUTCOMES = ("outcome", "other_outcome", "before", "after")
"""Values that are words for outcomes."""


def _left_out(
    console: Console, found: "Analysis", more: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """What the model leaves out, said after what was found: no example is no proof."""
    from tools.analysing.inputs import ELEMENTS  # noqa: PLC0415

    language = console.language
    console.say(word("left out", language))
    lines = [word("left log", language), word("left params", language)]
    if found.cut:
        lines.append(word("left cut", language, most=ELEMENTS, names=JOIN.join(found.cut)))
    for name, values in more.items():
        if values:
            lines.append(word(f"left {name}", language, names=JOIN.join(values)))
    for line in lines:
        console.say(f"  - {line}")
    return {"lists": list(found.cut), **{name: list(one) for name, one in more.items()}}


def _end(
    console: Console, found: "Analysis", result: dict[str, Any], *, wrong: bool, clean: str
) -> int:
    from tools.analysing.asking import State  # noqa: PLC0415

    doubtful = (State.UNKNOWN, State.UNCONFIRMED)
    wrong = wrong or any(one.wrong for one in found.findings)
    doubt = any(one.answer.state in doubtful for one in found.findings)
    result["found"] = wrong
    result["answered"] = not doubt
    if doubt:
        console.say(word("doubt", console.language), "bold yellow")
    elif not wrong:
        console.say(word(clean, console.language), "bold green")
    console.result(result)
    return FALSE if wrong else CANNOT_TELL if doubt else VERIFIED
