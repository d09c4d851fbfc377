"""`relief contract simulate`: what would this contract have denied last month?

The log of a stopped node is run again, once, and each statement of the stretch is judged by the
contract in the file, beside what was in force. Nothing is written. The digest names the answer:
whoever has the log gets the same.

Exit status: 0 simulated; 1 the contract is not valid; 2 it could not be done.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.adoption.proposing import check_document
from contracts.facts.rows import offset_of
from contracts.simulating.simulation import GROUPS, MODES, Simulation, simulate
from contracts.simulating.tape import FOREVER, Asked, Tape, Taping
from ledger.errors import CheckError, Refused
from ledger.sentences import sentence
from ledger.state import State
from tools.console import FALSE, VERIFIED, Console, Stop, plain
from tools.contracts.asking_words import word
from tools.contracts.checking import show
from tools.contracts.contract_words import word as outcome_word
from tools.contracts.explaining import entries_of
from tools.contracts.opening import open_contract, read_file
from tools.home import Home
from tools.trace import stopped_store


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
        with stopped_store(home) as store:
            offset = offset_of(State(store))
            low, high = (
                read_time(since, 0, offset, language),
                read_time(until, FOREVER, offset, language),
            )
            asked = ask(console, store, path, scope)
            [tape] = make_tapes(console, store, [asked], low=low, high=high)
    except NotValid:
        console.result({"file": str(path), "valid": False})
        return FALSE
    found = simulate(tape, asked.contract, mode=mode, group_by=by)  # type: ignore[arg-type]
    _show(console, tape, found, by)
    console.result(found.value())
    return VERIFIED


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


def ask(console: Console, store: Any, path: Path, scope: str) -> Asked:
    """The contract of a file as this ledger would have it. Raises `NotValid`, having said why."""
    language = console.language
    opened = open_contract(read_file(path), language)
    if opened.document is None:
        for number, one in enumerate(opened.remarks, 1):
            show(console, number, one)
        raise NotValid
    try:
        contract, currency, _ = check_document(State(store), opened.document.value, scope)
    except Refused as refused:
        text = plain(sentence(refused.refusal, language))
        console.say(word("refused", language, text=text), "bold red")
        console.say(word("check first", language))
        raise NotValid from None
    return Asked(contract, scope, currency)


def make_tapes(
    console: Console, store: Any, asked: list[Asked], *, low: int = 0, high: int = FOREVER
) -> tuple[Tape, ...]:
    """What each contract would have been asked; the log is run again once."""
    size, taping = store.head().size, Taping(asked, low=low, high=high)
    label, unit = word("running again", console.language), word("entries", console.language)
    try:
        with console.counting(label, unit) as counter:
            for done, entry in enumerate(entries_of(store, size), 1):
                taping.feed(entry)
                if taping.is_over:
                    break
                counter.show(done, size)
    except CheckError as error:
        said = word("node said", console.language, text=plain(str(error)))
        raise Stop(said, word("differs", console.language)) from None
    return taping.finish()


def _show(console: Console, tape: Tape, found: Simulation, by: str) -> None:
    language = console.language
    field = language.lower().replace("-", "_")
    title = tape.asked.contract.title.of(language)
    mode = word(str(found.head["mode"]), language)
    count = f"{found.total.statements:,}"
    line = word("simulated", language, title=title, mode=mode, count=count,
                entries=f"{tape.entries:,}", flips=f"{found.flips:,}")  # fmt: skip
    console.say(plain(line), "bold")
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
            _decimal(one.stopped.money, tape),
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


def _decimal(amount: int, tape: Tape) -> str:
    places = tape.asked.contract.places.get(tape.asked.currency, 0)
    whole, rest = divmod(amount, 10**places)
    text = f"{whole:,}.{rest:0{places}d}" if places else f"{whole:,}"
    return f"{tape.asked.currency} {text}"
