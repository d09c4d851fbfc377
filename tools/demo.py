"""`relief demo`: one node with an invented county's relief on it, its public page open.

Founds a ledger in a folder as `relief init` does, lets the story of `tools.story` happen on it by a
clock of its own, two weeks in a few seconds, publishes the log as static files, writes receipts,
and then serves the node until it is told to stop. With `--once` it verifies what it has made, as
anybody would, prints what is on the ledger, and ends.

Nothing else runs: the stores are SQLite, the mirror and the witness that must cosign are in this
process. The folder is an ordinary ledger's: `relief serve --dir DIR` goes on with it.
"""

import tempfile
import time
from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.cells import cell_len

from api.words import KINDS
from api.words import word as lookup
from ledger.canon import Value
from ledger.entry import AutoEntry, BatchEntry, parse_entry
from ledger.keys import SigningKey
from ledger.sentences import sentence
from nodes.folder import write_whole
from nodes.keyring import read_key, write_key
from nodes.projections import holdings, queries
from tools.console import VERIFIED, Console, Stop, plain
from tools.contracts.opening import open_contract, read_file
from tools.founding import parse_founding
from tools.home import Home
from tools.init import make, write
from tools.measures import unexplained
from tools.running import Running, found, running
from tools.story.adopting import TAKES_S, adopt
from tools.story.county import DAY, OFFSET, description
from tools.story.showing import Shelf, write_receipts
from tools.story.teller import FINAL_S, Said, StoryClock, Teller
from tools.story.timeline import DAYS, FOUNDED, Timeline
from tools.verify import verify
from tools.words import word

PACE: Final = {"batch_window_ms": 0, "offer_every_ms": 50, "free_bytes_min": 64 << 20}
"""Settings while two weeks pass in seconds: no gathering, checkpoints as fast as they come."""
RECEIPT: Final = "donation.relief-receipt"
"""The receipt that `--once` verifies besides the whole log."""


@dataclass(frozen=True, slots=True)
class Played:
    """What one play of the story made."""

    home: Home
    teller: Teller
    files: tuple[Path, ...]

    @property
    def public(self) -> Path:
        """The log as static files."""
        return self.home.folder / "public"

    @property
    def refused(self) -> list[Said]:
        """What was refused, with why."""
        return [each for each in self.teller.said if each.refusal is not None]


def demo(
    console: Console, folder: Path | None, *, port: int, once: bool, adopted: Path | None = None
) -> int:
    """Play the story into `folder` (a fresh one without), then serve it, or verify and end.

    `adopted`: a contract file that the members adopt after the two weeks, which are days ago then.
    """
    document = None if adopted is None else _document(console, adopted)
    home = Home(_fresh(folder))
    later = 0 if document is None else TAKES_S
    now = int(time.time()) - later
    midnight = (now + OFFSET) // DAY * DAY - OFFSET
    clock = StoryClock(lambda: int(time.time()) - later, midnight - DAYS * DAY)
    start = clock.time
    clock.move(start + _seconds(FOUNDED))
    _found(console, home, clock.now())
    settings = home.settings().model_copy(update=PACE)
    with running(settings, wall=clock) as whole:
        played = _play(console, whole, home, clock, start, document)
        if once:
            summary = _summary(whole, played, console.language)
        else:
            clock.world = lambda: int(time.time())
            clock.is_live = True
            whole.node.confirm_clock()
            _tell_folder(console, played)
            whole.serve(port=port, on_ready=lambda url: _ready(console, whole, played, url))
    if once:
        return _end(console, played, summary)
    console.say(word("demo_stopped", console.language))
    return VERIFIED


def _document(console: Console, path: Path) -> Value:
    """A contract's JSON, or a stop with the first thing that is to mend."""
    opened = open_contract(read_file(path), console.language)
    if opened.document is None or opened.contract is None:
        why = opened.remarks[0].why if opened.remarks else ""
        raise Stop(word("demo_not_valid", console.language, why=plain(why)))
    return dict(opened.document.value)


def _fresh(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="relief-demo-")) / "linhe"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Stop(
            f"{plain(str(folder))} is there already, and not empty.",
            "Name another folder; what an earlier demo left there goes on with: "
            f"relief serve --dir {plain(str(folder))}",
        )
    return folder


def _seconds(clock: str) -> int:
    hours, minutes = map(int, clock.split(":"))
    return hours * 3_600 + minutes * 60


def _found(console: Console, home: Home, now: int) -> None:
    """The ledger's folder, as `relief init` makes it; keys are not sealed: it is a demo."""
    made = make(parse_founding(description(now)), now, console.language)
    if home.folder.exists():
        home.folder.rmdir()
    write(home, made, None)


def _play(
    console: Console,
    whole: Running,
    home: Home,
    clock: StoryClock,
    start: int,
    document: Value | None,
) -> Played:
    node = whole.node
    if node.read_only or node.vault is None:
        raise Stop(f"The demo's node does not write: {plain(node.read_only)}.")
    found(node, home, console.language)
    label, unit = word("demo_weeks", console.language), word("demo_days", console.language)
    with console.counting(label, unit) as counter:
        teller = Teller(
            node, node.vault, clock, start, _people(home), lambda day: counter.show(day, DAYS)
        )
        timeline = Timeline(teller)
        timeline.play()
        if document is not None:
            adopt(timeline, document, console.language)
        for name, key in timeline.made.items():
            write_key(home.folder / "people" / f"{_file(name)}.key", key, None)
        size = node.size()
        node.when_final(size - 1).result(FINAL_S)
        if not whole.follower.wait_for(size, within_s=FINAL_S):
            raise Stop(f"The views do not follow: {plain(whole.follower.failure)}.")
    trust = node.trust_data()
    assert trust is not None
    write_whole(home.trust, trust, mode=0o644)
    node.export_public(home.folder / "public")
    shelf = Shelf(teller, node.grounds(final=True))
    files = write_receipts(shelf, home.folder / "receipts")
    return Played(home, teller, tuple(files))


def _file(actor: str) -> str:
    return actor.replace("/", ".").replace(" ", ".")


def _people(home: Home) -> dict[str, SigningKey]:
    """Actor -> key, of everybody whose key `relief init` made."""
    keys = [read_key(path, "author") for path in sorted((home.folder / "people").glob("*.key"))]
    return {key.name: key.key for key in keys}


# --- what is told


def _tell_folder(console: Console, played: Played) -> None:
    folder = plain(str(played.home.folder))
    console.say("\n" + word("demo_folder", console.language, folder=folder), "bold")
    console.say(f"  relief verify {folder}/public --trust {folder}/trust")
    console.say(f"  relief verify {folder}/receipts/{RECEIPT} --trust {folder}/trust")


def _ready(console: Console, whole: Running, played: Played, url: str) -> None:
    links = _links(played, url, console.language.lower())
    labels = {name: word(name, console.language) for name in links}
    width = max(map(cell_len, labels.values()))
    console.say("\n" + word("demo_place", console.language), "bold")
    for name, link in links.items():
        # Chinese characters are two columns wide.
        console.say(f"  {labels[name]}{' ' * (width - cell_len(labels[name]))}  {link}")
    console.say("\n" + word("demo_stop", console.language), "bold")
    console.result(
        {
            "url": url,
            "dir": str(played.home.folder),
            "size": whole.node.size(),
            "links": links,
        }
    )


def _links(played: Played, url: str, slug: str) -> dict[str, str]:
    """Name in `tools.words` -> address; pages in the reader's language."""
    marks = played.teller.marks
    index = {each.statement.id: each.index for each in played.teller.said}
    entry = {name: f"{url}{slug}/e/{index[marks[name].id]}" for name in STOPS}
    return {
        "home_en": f"{url}en/",
        "home_zh_hans": f"{url}zh-hans/",
        "home_zh_hant": f"{url}zh-hant/",
        "handout": entry["first hand-out"],
        "correction": entry["correction"],
        "over_issue": entry["over-issue"],
        "gift": f"{url}v1/donations/{marks['gift shown'].id}/trace",
        "lot": f"{url}v1/lots/{marks['rice'].id}/0/trace?direction=down",
        "checkpoint": f"{url}checkpoint",
        "reference": f"{url}docs",
    }


STOPS: Final = ("first hand-out", "correction", "over-issue")
"""Marks of the story whose entries are linked."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is on the ledger at the end. Its figures people have read in the verification."""

    kinds: Mapping[str, int]
    entries: int
    flagged: int
    refused: list[dict[str, Value]]
    flows: list[dict[str, int | str]]
    corrections: int


def _summary(whole: Running, played: Played, language: str) -> Summary:
    said, size = played.teller.said, whole.node.size()
    kinds = Tally(_kind(raw) for raw in whole.node.entries(0, size))
    with queries.reading(whole.views) as session:
        found = holdings.flows(session)
    with whole.node.store.view() as view:
        flows = [_flow(each, unexplained(view.rows, each.commodity)) for each in found]
    refused: list[dict[str, Value]] = [
        {
            "code": str(each.code),
            "entry": each.index,
            "kind": each.statement.kind,
            "said": sentence(each.refusal, language),
        }
        for each in said
        if each.refusal is not None
    ]
    flagged = sum(each.code == "flagged" for each in said)
    return Summary(kinds, size, flagged, refused, flows, kinds["correction.declare"])


def _kind(raw: bytes) -> str:
    entry = parse_entry(raw)
    if isinstance(entry, BatchEntry):
        return "batch"
    return entry.kind if isinstance(entry, AutoEntry) else entry.statement.kind


def _flow(flow: holdings.Flow, missed: int) -> dict[str, int | str]:
    return {
        "commodity": flow.commodity,
        "received": flow.received - flow.received_back,
        "inside": flow.inside + flow.neutral,
        "out": flow.spent - flow.spent_back,
        "unexplained": missed,
        "contra": flow.contra,
    }


def _end(console: Console, played: Played, summary: Summary) -> int:
    """Verify the log and a receipt with nothing but the files, and show what is there."""
    trust = played.home.trust
    quiet = _Quiet() if console.as_json else console
    log = verify(quiet, str(played.public), trust=trust)
    receipt = verify(quiet, str(played.home.folder / "receipts" / RECEIPT), trust=trust)
    language, kinds = console.language, sorted(summary.kinds.items())
    names = ("demo_kind", "demo_name", "demo_count")
    console.table(
        word("demo_kinds", language),
        [word(name, language) for name in names],
        [[lookup(KINDS, kind, language), kind, count] for kind, count in kinds],
    )
    for each in summary.refused:
        what = lookup(KINDS, str(each["kind"]), language)
        why = plain(str(each["said"]))
        console.say(word("demo_refused", language, index=each["entry"], what=what, why=why))
    console.say(
        word(
            "demo_sum",
            language,
            entries=summary.entries,
            refused=len(summary.refused),
            flagged=summary.flagged,
            corrections=summary.corrections,
        )
    )
    _tell_folder(console, played)
    code = max(log, receipt)
    console.result(
        {
            "dir": str(played.home.folder),
            "entries": summary.entries,
            "kinds": dict(kinds),
            "refused": summary.refused,
            "flagged": summary.flagged,
            "corrections": summary.corrections,
            "balances": summary.flows,
            "receipts": [path.name for path in played.files],
            "log_verified": log == VERIFIED,
            "receipt_verified": receipt == VERIFIED,
            "exit": code,
        }
    )
    return code


class _Quiet(Console):
    """Says nothing: the one JSON object of the command is the summary."""

    def __init__(self) -> None:
        super().__init__(as_json=True)

    def result(self, value: Mapping[str, Any]) -> None:
        """Nothing."""
