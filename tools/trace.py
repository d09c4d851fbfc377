"""`relief trace`: what became of a gift, where a lot came from or went.

The question goes to a node (`--from URL`), to the folder of a node that is stopped, or to a
published log, which is then worked out here from its entries alone; with `--trust` that log is
verified first, in all its steps, so that the answer needs nobody's word.

Custody of goods is exact. How pooled money is attributed is a convention (first in, first used, by
position on the fund line), and the answer says so; its parts sum to the gift exactly.
"""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from api.trace import Rows, follow_gift, follow_lot
from api.words import account_word
from contracts.audit import Unavailable
from contracts.replay import Replay
from ledger.entry import Effects
from ledger.errors import CheckError, FormatError
from ledger.log.checkpoint import open_checkpoint_text
from ledger.log.tile import TILE_WIDTH, entries_path, parse_bundle
from nodes.errors import NodeError
from nodes.peers import Peer, Unreachable
from nodes.projections.follower import LogSource
from nodes.projections.projector import Projector, Source, open_views
from nodes.projections.queries import reading
from nodes.recovery import close_clean, open_store
from tools.console import VERIFIED, Console, Stop, clock, plain
from tools.home import Home
from tools.measures import Measures
from tools.published import Published, is_address, open_published
from tools.sentences.telling import say, tell
from tools.submit import open_peer
from tools.verify import verify

GIFT: Final = re.compile(
    r"[0-9a-f]{64}(?:/(?:0|[1-9]|1[0-5]))?(?:/(?:0|[1-9][0-9]{0,15})-[1-9][0-9]{0,15})?"
)
LOT: Final = re.compile(r"[0-9a-f]{64}/[rb]?(?:0|[1-9][0-9]{0,5})")
NOUNS: Final = ("donation", "lot")


@dataclass(frozen=True, slots=True)
class Question:
    """What is traced: `noun` donation or lot, its id, and for a lot the direction up or down."""

    noun: str
    id: str
    direction: str = "down"

    @property
    def path(self) -> str:
        """Below a node's address."""
        return f"v1/{self.noun}s/{self.id}/trace"


def parse_question(noun: str, thing: str, direction: str) -> Question:
    """The question of a command line; `Stop` says what is wrong with it."""
    if noun not in NOUNS:
        raise Stop(f"There is no trace of a {plain(noun)!r}.", "Use relief trace donation or lot.")
    if direction not in ("up", "down"):
        raise Stop(f"There is no direction {plain(direction)!r}.", "Use --direction up or down.")
    pattern = GIFT if noun == "donation" else LOT
    if not pattern.fullmatch(thing):
        gift = "STATEMENT, CORRECTION/N or STATEMENT/OFFSET-AMOUNT"
        form = gift if noun == "donation" else "STATEMENT/N"
        wrong = "is no id of a donation." if noun == "donation" else "is no id of a lot."
        raise Stop(f"{plain(thing)} {wrong}", f"It has the form {form}, 64 hex digits.")
    return Question(noun, thing, direction)


def trace(
    console: Console, noun: str, thing: str, *, source: str, direction: str, trust: Path | None
) -> int:
    """Answer one question and show it."""
    question = parse_question(noun, thing, direction)
    remark = ""
    if not source or is_address(source):
        value = _ask_node(question, source, console.language)
        remark = (
            "This is what the node says. Its proofs are behind the links; relief verify checks."
        )
    elif Home(Path(source)).settings_file.is_file():
        value = _ask_home(question, Home(Path(source)))
    else:
        if trust is not None and (code := verify(_quiet(console), source, trust=trust)) != VERIFIED:
            raise Stop(
                "The log does not pass its verification.",
                f"relief verify {plain(source)} says which step.",
                code=code,
            )
        if trust is None:
            remark = "The log was not verified: give --trust FILE."
        value = _ask_published(console, question, source)
    if value is None:
        nothing = {
            "donation": "There is no such donation on this log.",
            "lot": "There is no such lot on this log.",
        }
        raise Stop(nothing[question.noun], "Check the id and the source.")
    try:
        (_show_gift if question.noun == "donation" else _show_lot)(console, value)
    except (KeyError, TypeError, ValueError):
        raise Stop("The node's answer is not in our terms.", "Ask another source.") from None
    remark = tell(remark, console.language)
    if remark:
        console.say(f"! {remark}", "yellow")
    console.result({**value, "remark": remark})
    return VERIFIED


def _quiet(console: Console) -> Console:
    """A console that shows progress alone."""
    quiet = Console(as_json=True, language=console.language)
    quiet.result = lambda value: None  # type: ignore[method-assign]
    return quiet


# --- whom to ask


def _ask_node(question: Question, url: str, language: str) -> dict[str, Any] | None:
    query = {"direction": question.direction} if question.noun == "lot" else None
    with open_peer(url) as peer:
        return _answer(peer, question.path, query, language)


def _answer(
    peer: Peer, path: str, query: dict[str, str] | None, language: str
) -> dict[str, Any] | None:
    try:
        answer = peer.get(path, query=query, language=language)
    except Unreachable as error:
        raise Stop(
            f"{plain(str(error))}.", "Start the node, or name another source with --from."
        ) from None
    if answer.status == 404:
        return None
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or answer.status != 200:
        said = value.get("detail") if isinstance(value, dict) else None
        raise Stop(f"The node answered {answer.status}: {plain(str(said or 'not in our terms'))}")
    return value


def _ask_home(question: Question, home: Home) -> dict[str, Any] | None:
    """A stopped node's own folder."""
    with stopped_store(home) as store:
        if question.noun == "lot":
            with store.view() as view:
                return follow_lot(view, question.id, question.direction)
        with _views(LogSource(store)) as engine, reading(engine) as session:
            return follow_gift(session, question.id)


@contextmanager
def stopped_store(home: Home) -> Iterator[Any]:
    """The store of a node that does not run, under its lock. `Stop` where it runs."""
    try:
        store = open_store(home.data / "store").store
    except NodeError as error:
        raise Stop(
            f"{plain(str(error))}.",
            "While the node runs, ask its address: --from http://host:port/",
        ) from None
    try:
        yield store
    finally:
        close_clean(store)


@contextmanager
def _views(source: Source) -> Iterator[Engine]:
    """Views of a whole log, made anew in a temporary file."""
    with tempfile.TemporaryDirectory(prefix="relief-") as folder:
        engine = open_views(f"sqlite:///{folder}/views.sqlite")
        try:
            Projector(engine, source).catch_up()
            yield engine
        finally:
            engine.dispose()


class PublishedSource:
    """A published log as the projector reads one."""

    def __init__(self, log: Published) -> None:
        self._log = log
        self._size = open_checkpoint_text(log.read("checkpoint"))[0].size

    def size(self) -> int:
        """Entries under the published checkpoint."""
        return self._size

    def entries(self, low: int, high: int) -> Sequence[bytes]:
        """The bytes of entries [low, high)."""
        found: list[bytes] = []
        for n in range(low // TILE_WIDTH, (min(high, self._size) + TILE_WIDTH - 1) // TILE_WIDTH):
            start = n * TILE_WIDTH
            width = min(TILE_WIDTH, self._size - start)
            bundle = parse_bundle(self._log.read(entries_path(n, width)), width)
            found += bundle[max(0, low - start) : max(0, min(high, self._size) - start)]
        return found

    def effects(self, index: int) -> Effects | None:
        """None: a log has only the digest of long effects, they are worked out again."""
        return None


def _ask_published(console: Console, question: Question, target: str) -> dict[str, Any] | None:
    try:
        with open_published(target) as log:
            source = PublishedSource(log)
            if question.noun == "donation":
                with _views(source) as engine, reading(engine) as session:
                    return follow_gift(session, question.id)
            ledger = _replayed(console, source)
            return follow_lot(ledger, question.id, question.direction)
    except Unavailable as error:
        raise Stop(f"The log is not whole: {plain(str(error))}.", "Get the missing file.") from None
    except (CheckError, FormatError, ValueError, KeyError) as error:
        raise Stop(
            f"This is no log that can be followed: {plain(str(error))}.",
            "relief verify says what is wrong with it.",
        ) from None


def _replayed(console: Console, source: PublishedSource) -> Rows:
    replay = Replay()
    language = console.language
    label, unit = say("executing again", language), say("entries", language)
    with console.counting(label, unit) as counter:
        for low in range(0, source.size(), TILE_WIDTH):
            for entry in source.entries(low, low + TILE_WIDTH):
                replay.feed(entry)
            counter.show(low, source.size())
    return replay.ledger


# --- showing


def _show_gift(console: Console, value: dict[str, Any]) -> None:
    currency = str(value["currency"])
    rows = {("catalogue", f"currency/{currency}"): {"minor": int(value["minor"])}}
    measures = _measures(console.language, rows)
    amount = measures.amount(currency, int(value["amount"]))
    received, line = clock(int(value["received_at"])), plain(str(value["line"]))
    language = console.language
    console.say(say("Donation {}", language, plain(str(value["donation"]))), "bold")
    console.say("  " + say("{}, received {} on {}", language, amount, received, line))
    console.say("  " + tell(plain(str(value["method"])), language))
    parts = [_part(part, currency, measures) for part in value["parts"]]
    heads = [say(head, language) for head in ("amount", "state", "for", "position", "statement")]
    console.table("", heads, parts, numbers=[0])
    total = sum(part["amount"] for part in value["parts"])
    whole = say("all of it", language)
    if total != value["amount"]:
        whole = say("NOT the {} of it", language, amount)
    as_of = clock(int(value["as_of"]["time"]))
    summed = measures.amount(currency, total)
    sums = "{} parts sum to {}: {}, as of {}"
    console.say("  " + say(sums, language, len(parts), summed, whole, as_of))
    for index in value["corrected_by"]:
        console.say("  " + say("corrected by entry {}", language, f"{index:,}"), "yellow")


def _part(part: dict[str, Any], currency: str, measures: Measures) -> list[object]:
    taken = say("taken back by the bank", measures.language) if part.get("taken_back") else ""
    detail = [part.get("purpose"), part.get("area"), taken]
    return [
        measures.figure(currency, int(part["amount"])),
        account_word(_label(part), measures.language),
        " · ".join(str(text) for text in detail if text),
        f"{part['from']:,} - {part['to']:,}",
        _short(str(part["statement"])) if "statement" in part else "",
    ]


def _label(part: dict[str, Any]) -> str:
    """The account's label, as far as it has words: what was paid says to whom."""
    kind = part.get("payee_class")
    return f"{part['state']}:{kind}" if kind and part["state"] == "paid" else str(part["state"])


def _show_lot(console: Console, value: dict[str, Any]) -> None:
    language = console.language
    heading = "Lot {}, up" if value["direction"] == "up" else "Lot {}, down"
    console.say(say(heading, language, plain(str(value["lot"]))), "bold")
    method, as_of = tell(plain(str(value["method"])), language), value["as_of"]["time"]
    console.say("  " + say("{}; as of {}", language, method, clock(int(as_of))))
    rows = {("catalogue", f"item/{item}"): row for item, row in value["items"].items()}
    measures = _measures(console.language, rows)
    items = {str(node["lot"]): str(node["item"]) for node in value["nodes"]}
    console.table(
        "",
        [
            say(head, language)
            for head in ("lot", "item", "quantity", "place", "custodian", "state")
        ],
        [
            [_short(node["lot"]), measures.name(node["item"]),
             measures.figure(node["item"], int(node["quantity"])), node["place"],
             node["custodian"], say("there" if node["lives"] else "used", language)]
            for node in value["nodes"]
        ],
        numbers=[2],
    )  # fmt: skip
    edges = [
        [
            _short(e["from"]),
            _short(e["to"]),
            measures.figure(items.get(e["from"]) or items[e["to"]], int(e["n"])),
        ]
        for e in value["edges"]
    ]
    if edges:
        heads = [say(head, language) for head in ("from", "to", "quantity")]
        console.table("", heads, edges, numbers=[2])
    if value["more"]:
        left = "{} lots more were not followed: ask for one of them"
        console.say("  " + say(left, language, len(value["more"])))


def _measures(language: str, rows: Mapping[tuple[str, str], object]) -> Measures:
    """By those rows of the catalogue that the answer came with."""
    data = {pair: json.dumps(row).encode() for pair, row in rows.items()}
    return Measures(language, lambda wanted: {pair: data[pair] for pair in wanted if pair in data})


def _short(name: str) -> str:
    """An id cut to what tells it apart on a screen; accounts as they are."""
    statement, slash, n = name.partition("/")
    return f"{statement[:8]}..{slash}{n}" if len(statement) == 64 else name
