"""The contracts of the library before a whole log: the demo's, as it would have been judged.

Goal: no contract that is ready stumbles over ordinary statements: an error denies, and a contract
that denies everything is no rule. What cases give is invented; this is not.
Method: the demo is played once; each contract is asked about every statement of its kinds, with the
facts that the log had at that moment, in both of the demo's currencies.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from contracts.catalogue.catalogue import catalogue_for
from contracts.documents.cases import accept_document
from contracts.documents.verdict import Verdict, decide
from contracts.simulating.simulation import MODES, simulate
from contracts.simulating.tape import Asked, Tape, Taping
from ledger.log.tile import parse_bundle
from nodes.beside import LogBeside
from nodes.tapes import Tapes
from tools.console import Console
from tools.contracts.library import load, names
from tools.demo import demo
from tools.home import Home

PLAYED = tuple(name for name in names() if "foreach" not in load(name))
"""One that walks through households is played where runs are tested."""
CURRENCIES = ("CNY", "TWD")
NOT_ASKED = {
    "overdue-loans"  # the demo has no contract that listens to the clock, so that no hour is told
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo, once played."""
    folder = tmp_path_factory.mktemp("demo") / "linhe"
    assert demo(Console(as_json=True), folder, port=0, once=True) == 0
    return folder


@pytest.fixture(scope="module")
def tapes(played: Path) -> dict[tuple[str, str], Tape]:
    """What each contract would have been asked, by name and currency."""
    entries = list(_entries(played / "public" / "tile" / "entries"))
    found: dict[tuple[str, str], Tape] = {}
    for currency in CURRENCIES:
        # One at a time: a contract is in force once in a scope.
        catalogue = catalogue_for(currency)
        contracts = [accept_document(load(name), catalogue) for name in PLAYED]
        taping = Taping([Asked(one, "consortium", currency) for one in contracts])
        for entry in entries:
            taping.feed(entry)
        found |= {(tape.asked.contract.id, currency): tape for tape in taping.finish()}
    return found


def _entries(folder: Path) -> Iterator[bytes]:
    """The entries of a published log of less than 65,536, in order."""
    widest: dict[str, tuple[int, Path]] = {}
    for path in folder.rglob("*"):
        bundle, _, width = path.relative_to(folder).as_posix().partition(".p/")
        if path.is_file() and int(width or 256) > widest.get(bundle, (0, path))[0]:
            widest[bundle] = int(width or 256), path
    assert widest
    for bundle in sorted(widest):
        yield from parse_bundle(widest[bundle][1].read_bytes())


def _verdicts(tape: Tape) -> list[Verdict]:
    contract = tape.asked.contract
    return [
        decide(contract, dict(look.it), look.facts) for seen in tape.seen for look in seen.looks
    ]


@pytest.mark.parametrize("name", PLAYED)
def test_no_ordinary_statement_is_an_error(name: str, tapes: dict[tuple[str, str], Tape]) -> None:
    told = [one for currency in CURRENCIES for one in _verdicts(tapes[name, currency])]
    assert [one.errors for one in told if one.error] == []
    assert bool(told) == (name not in NOT_ASKED)


def test_what_the_demo_would_have_been_told(tapes: dict[tuple[str, str], Tape]) -> None:
    """Sound stores and separate hands pass; the bridge's tranche is paid less what is kept back."""

    def failed(name: str) -> set[str]:
        return {
            rule
            for currency in CURRENCIES
            for one in _verdicts(tapes[name, currency])
            for rule in one.failed
        }

    for name in ("earmark", "first-expired-first-out", "no-self-approval", "unusable-goods"):
        assert failed(name) == set(), name
    assert failed("one-person-one-stage") == set()
    fired = [
        (one.id, one.fields["amount"])
        for verdict in _verdicts(tapes["tranche-on-inspection", "TWD"])
        for one in verdict.effects
    ]
    assert fired == [("tranche", 1_620_000)], "piers: 1,800,000 less a tenth"


def test_kept_tapes_of_the_demo_say_the_same(
    played: Path, tapes: dict[tuple[str, str], Tape], tmp_path: Path
) -> None:
    """Every contract, in its own currency: made from the store's files, and asked again."""
    currency = "TWD"
    with LogBeside(Home(played).data) as log:
        for name in PLAYED:
            tape = tapes[name, currency]
            for mode in MODES:
                work = partial(simulate, contract=tape.asked.contract, mode=mode, group_by="kind")
                done = Tapes(tmp_path).ask(tape.asked, log.view, work)
                assert done.kept and (mode == MODES[0] or done.run == 0), name
                assert done.found.value() == work(tape).value(), name
