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

from ledger.canon import Value
from ledger.entry import AutoEntry, BatchEntry, parse_entry
from ledger.keys import SigningKey
from ledger.sentences import sentence
from nodes import holdings, queries
from nodes.folder import write_whole
from nodes.keyring import read_key, write_key
from tools.console import VERIFIED, Console, Stop, plain
from tools.founding import parse_founding
from tools.home import Home
from tools.init import make, write
from tools.running import Running, found, running
from tools.story.county import DAY, OFFSET, description
from tools.story.showing import Shelf, write_receipts
from tools.story.teller import FINAL_S, Said, StoryClock, Teller
from tools.story.timeline import DAYS, FOUNDED, Timeline
from tools.verify import verify

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


def demo(console: Console, folder: Path | None, *, port: int, once: bool) -> int:
    """Play the story into `folder` (a fresh one without), then serve it, or verify and end."""
    home = Home(_fresh(folder))
    now = int(time.time())
    midnight = (now + OFFSET) // DAY * DAY - OFFSET
    clock = StoryClock(lambda: int(time.time()), midnight - DAYS * DAY)
    start = clock.time
    clock.move(start + _seconds(FOUNDED))
    _found(console, home, clock.now())
    settings = home.settings().model_copy(update=PACE)
    with running(settings, wall=clock) as whole:
        played = _play(console, whole, home, clock, start)
        if once:
            summary = _summary(whole, played)
        else:
            clock.is_live = True
            whole.node.confirm_clock()
            _tell_folder(console, played)
            whole.serve(port=port, on_ready=lambda url: _ready(console, whole, played, url))
    if once:
        return _end(console, played, summary)
    console.say("Stopped.")
    return VERIFIED


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


def _play(console: Console, whole: Running, home: Home, clock: StoryClock, start: int) -> Played:
    node = whole.node
    if node.read_only or node.vault is None:
        raise Stop(f"The demo's node does not write: {plain(node.read_only)}.")
    found(node, home, console.language)
    with console.counting("Two weeks in Linhe", "days") as counter:
        teller = Teller(
            node, node.vault, clock, start, _people(home), lambda day: counter.show(day, DAYS)
        )
        timeline = Timeline(teller)
        timeline.play()
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
    shelf = Shelf(teller, node.grounds(final=True), whole.views)
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
    folder = played.home.folder
    console.say(f"\nEverything is in {folder}. On any machine, without a network:", "bold")
    console.say(f"  relief verify {folder}/public --trust {folder}/trust")
    console.say(f"  relief verify {folder}/receipts/{RECEIPT} --trust {folder}/trust")


def _ready(console: Console, whole: Running, played: Played, url: str) -> None:
    links = _links(whole, played, url)
    console.say("\nLinhe County, an invented place after an invented flood:", "bold")
    for label, link in links.items():
        # Chinese characters are two columns wide.
        console.say(f"  {label}{' ' * (28 - cell_len(label))} {link}")
    console.say("\nCtrl-C stops it.", "bold")
    console.result(
        {
            "url": url,
            "dir": str(played.home.folder),
            "size": whole.node.size(),
            "links": links,
        }
    )


def _links(whole: Running, played: Played, url: str) -> dict[str, str]:
    marks = played.teller.marks
    index = {each.statement.id: each.index for each in played.teller.said}
    handout = index[marks["first hand-out"].id]
    return {
        "Home (English)": f"{url}en/",
        "首页 (简体)": f"{url}zh-hans/",
        "首頁 (繁體)": f"{url}zh-hant/",
        "An entry: rice for a family": f"{url}en/e/{handout}",
        "The correction": f"{url}en/e/{index[marks['correction'].id]}",
        "A refused over-issue": f"{url}en/e/{index[marks['over-issue'].id]}",
        "Where a gift went": f"{url}v1/donations/{marks['gift shown'].id}/trace",
        "Where a lot of rice went": f"{url}v1/lots/{marks['rice'].id}/0/trace?direction=down",
        "The signed checkpoint": f"{url}checkpoint",
        "Reference of the API": f"{url}docs",
    }


@dataclass(frozen=True, slots=True)
class Summary:
    """What is on the ledger at the end."""

    kinds: Mapping[str, int]
    entries: int
    flagged: int
    refused: list[dict[str, Value]]
    flows: list[dict[str, int | str]]
    corrections: int


def _summary(whole: Running, played: Played) -> Summary:
    said, size = played.teller.said, whole.node.size()
    kinds = Tally(_kind(raw) for raw in whole.node.entries(0, size))
    with queries.reading(whole.views) as session:
        flows = [_flow(each) for each in holdings.flows(session)]
    refused: list[dict[str, Value]] = [
        {
            "code": str(each.code),
            "entry": each.index,
            "kind": each.statement.kind,
            "said": sentence(each.refusal, "en"),
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


def _flow(flow: holdings.Flow) -> dict[str, int | str]:
    return {
        "commodity": flow.commodity,
        "received": flow.received - flow.received_back,
        "inside": flow.inside + flow.neutral,
        "out": flow.spent - flow.spent_back,
        "contra": flow.contra,
    }


def _end(console: Console, played: Played, summary: Summary) -> int:
    """Verify the log and a receipt with nothing but the files, and show what is there."""
    trust = played.home.trust
    quiet = _Quiet() if console.as_json else console
    log = verify(quiet, str(played.public), trust=trust)
    receipt = verify(quiet, str(played.home.folder / "receipts" / RECEIPT), trust=trust)
    kinds = sorted(summary.kinds.items())
    console.table("What was entered", ["kind", "entries"], kinds)
    heads = ["commodity", "received", "inside", "out", "contra"]
    rows = [[flow[head] for head in heads] for flow in summary.flows]
    console.table("Money and goods, in smallest units", heads, rows)
    for each in summary.refused:
        console.say(f"Refused, entry {each['entry']} ({each['kind']}): {each['said']}")
    console.say(
        f"{summary.entries} entries, {len(summary.refused)} refused, {summary.flagged} with a "
        f"remark, {summary.corrections} corrected."
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
