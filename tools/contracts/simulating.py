"""`relief contract simulate`: what would this contract have denied last month?

The log is run again, once, beside the node that may write it, and what was heard is kept in the
node's data folder (`nodes.tapes`): the next question of the same facts costs judging alone. Each
statement of the stretch is judged by the contract in the file, beside what was in force. Nothing is
entered. The digest names the answer: whoever has the log gets the same.

Exit status: 0 simulated; 1 the contract is not valid; 2 it could not be done.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from contracts.adoption.proposing import check_document
from contracts.facts.rows import offset_of
from contracts.simulating.simulation import GROUPS, MODES, Simulation, simulate
from contracts.simulating.tape import FOREVER, Asked, Taped
from ledger.errors import CheckError, FormatError, Refused
from ledger.sentences import sentence
from ledger.state import Reader, State
from nodes.beside import LogBeside
from nodes.store import FILE
from nodes.tapes import Tapes
from tools.console import FALSE, VERIFIED, Console, Stop, plain
from tools.contracts.asking_words import word
from tools.contracts.checking import show
from tools.contracts.contract_words import word as outcome_word
from tools.contracts.opening import open_contract, read_file
from tools.home import Home

T = TypeVar("T")


class NotValid(Exception):
    """The contract is not valid, which has been said."""


def simulate_file(
    console: Console, path: Path, folder: Path, *, scope: str, since: str, until: str, mode: str,
    by: str,
) -> int:  # fmt: skip
    """Simulate a contract file over the log in a folder."""
    language = console.language
    for given, among in ((mode, MODES), (by, GROUPS)):
        if given not in among:
            said = word("no choice", language, text=plain(given), among=", ".join(among))
            raise Stop(said)
    home = Home(folder)
    home.must_exist()
    try:
        with log_of(console, home) as log:
            with log.view() as view:
                offset = offset_of(State(view))
                low = read_time(since, 0, offset, language)
                high = read_time(until, FOREVER, offset, language)
                asked = ask(console, view, path, scope)

            def work(tape: Taped, tick: Callable[[int], None]) -> tuple[Simulation, int]:
                found = simulate(
                    tape, asked.contract, mode=mode, group_by=by, on_entry=tick  # type: ignore[arg-type]
                )  # fmt: skip
                return found, tape.entries

            found, entries = ask_tape(console, home, log, asked, work, low=low, high=high)
    except NotValid:
        console.result({"file": str(path), "valid": False})
        return FALSE
    _show(console, asked, entries, found, by)
    console.result(found.value())
    return VERIFIED


@contextmanager
def log_of(console: Console, home: Home) -> Iterator[LogBeside]:
    """The log in a ledger's folder, whether its node runs or not. `Stop` where there is none."""
    language = console.language
    if not (home.data / "store" / FILE).is_file():
        raise Stop(
            word("no log", language), word("serve it", language, folder=plain(str(home.folder)))
        )
    try:
        with LogBeside(home.data) as log:
            if not log.size():
                raise Stop(
                    word("no log", language),
                    word("serve it", language, folder=plain(str(home.folder))),
                )
            yield log
    except sqlite3.Error as error:
        said = word("unreadable", language, text=plain(str(error)))
        raise Stop(said, word("doctor", language)) from None


def ask_tape(
    console: Console, home: Home, log: LogBeside, asked: Asked,
    work: Callable[[Taped, Callable[[int], None]], T], *, low: int = 0, high: int = FOREVER,
) -> T:  # fmt: skip
    """What `work` finds on the tape of a contract; it says how far it is, and where time went."""
    language, size = console.language, log.size()
    unit = word("entries", language)
    try:
        with console.counting(word("running again", language), unit) as counter:

            def counted(tape: Taped) -> T:
                counter.close()
                with console.counting(word("judging", language), unit) as judged:
                    return work(tape, lambda entry: judged.show(entry, size))

            answered = Tapes(home.data).ask(
                asked, log.view, counted, low=low, high=high, on_entries=counter.show
            )
    except (CheckError, FormatError) as error:
        said = word("unreadable", language, text=plain(str(error)))
        raise Stop(said, word("differs", language)) from None
    asking = f"{answered.asking_s:.1f}"
    if answered.run:
        running = f"{answered.running_s:.1f}"
        console.note(
            word("was run", language, run=f"{answered.run:,}", running=running, asking=asking)
        )
    else:
        console.note(word("was kept", language, asking=asking))
    if not answered.kept:
        console.note(word("not kept", language, folder=plain(str(home.data))))
    return answered.found


def read_time(text: str, default: int, offset: int, language: str) -> int:
    """Seconds of a date of the ledger's zone, or of a number; `default` where nothing is said."""
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Stop(word("no time", language, text=plain(text))) from None
    return int(day.timestamp()) - offset


def ask(console: Console, reader: Reader, path: Path, scope: str) -> Asked:
    """The contract of a file as this ledger would have it. Raises `NotValid`, having said why."""
    language = console.language
    opened = open_contract(read_file(path), language)
    if opened.document is None:
        for number, one in enumerate(opened.remarks, 1):
            show(console, number, one)
        raise NotValid
    try:
        contract, currency, _ = check_document(State(reader), opened.document.value, scope)
    except Refused as refused:
        text = plain(sentence(refused.refusal, language))
        console.say(word("refused", language, text=text), "bold red")
        console.say(word("check first", language))
        raise NotValid from None
    return Asked(contract, scope, currency)


def _show(console: Console, asked: Asked, entries: int, found: Simulation, by: str) -> None:
    language = console.language
    field = language.lower().replace("-", "_")
    title = asked.contract.title.of(language)
    mode = word(str(found.head["mode"]), language)
    count = f"{found.total.statements:,}"
    line = word("simulated", language, title=title, mode=mode, count=count,
                entries=f"{entries:,}", flips=f"{found.flips:,}")  # fmt: skip
    console.say(plain(line), "bold")
    if not found.total.statements:
        # "No difference" would be taken for a contract that was tried and changes nothing.
        console.say(word("none judged", language), "bold yellow")
        console.say(word("digest", language, digest=found.digest))
        return
    columns = [word(name, language) for name in ("before", "after", "statements")]
    rows = [
        [outcome_word(old, language), outcome_word(new, language), found.outcomes[(old, new)]]
        for old, new in sorted(found.outcomes)
    ]
    console.table(word("outcomes", language), columns, rows)
    names = ("group", "statements", "flips", "stopped", "money", "kg", "let go")
    groups = [
        [
            name or "-",
            one.statements,
            one.flips,
            one.stopped.statements,
            _decimal(one.stopped.money, asked),
            f"{one.stopped.mass // 1_000:,}",
            one.let_go.statements,
        ]
        for name, one in sorted(found.groups.items())
    ]
    console.table(
        word(f"by {by}", language), [word(name, language) for name in names], groups, numbers={4, 5}
    )
    if not found.flips:
        console.say(word("no difference", language), "bold green")
    else:
        console.say(word("examples", language), "bold")
    for one in found.examples:
        before, after = (outcome_word(str(one[name]), language) for name in ("before", "after"))
        rules = one["rules"]
        assert isinstance(rules, list)
        listed = ", ".join(str(rule) for rule in rules)
        line = word("example", language, entry=f"{one['entry']:,}", kind=one["kind"],
                    before=before, after=after, rules=listed)  # fmt: skip
        console.say(f"  {plain(line)}")
        says = one["says"]
        assert isinstance(says, dict)
        texts = says[field]
        assert isinstance(texts, list)
        for text in texts:
            console.say(f"    {plain(str(text))}")
    console.say(word("digest", language, digest=found.digest))


def _decimal(amount: int, asked: Asked) -> str:
    places = asked.contract.places.get(asked.currency, 0)
    whole, rest = divmod(amount, 10**places)
    text = f"{whole:,}.{rest:0{places}d}" if places else f"{whole:,}"
    return f"{asked.currency} {text}"
