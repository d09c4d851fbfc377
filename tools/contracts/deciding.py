"""`relief contract decisions`: all that a log's decisions were made on, for another engine.

The log is a published one (a folder or an address), or the folder of a node that is stopped. It is
run again from its first entry, and each entry that a contract judged becomes one line of JSON in
the file: `docs/spec/decision-file.md`. The log itself is not verified here: `relief verify` does.

Exit status: 0 written; 2 it could not be read or written.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.audit import Unavailable
from contracts.simulating.decisions import decisions
from ledger.errors import CheckError, FormatError
from ledger.log.tile import TILE_WIDTH
from nodes.folder import write_whole
from tools.console import VERIFIED, Console, Stop, plain
from tools.contracts.asking_words import word
from tools.contracts.explaining import entries_of
from tools.home import Home
from tools.published import is_address, open_published
from tools.trace import PublishedSource, stopped_store


def write_decisions(console: Console, source: str, out: Path, *, low: int, high: int | None) -> int:
    """Write the decisions of entries [low, high) to `out`, one a line."""
    language = console.language
    lines: list[str] = []
    unit = word("entries", language)
    try:
        with (
            _log(source) as (size, entries),
            console.counting(word("running again", language), unit) as counter,
        ):
            until = size if high is None else min(size, high)
            for one in decisions(entries, on_batch=lambda n: counter.show(n, size)):
                at = one["entry"]
                assert isinstance(at, int)
                if at >= until:
                    break
                if at >= low:
                    lines.append(json.dumps(one, ensure_ascii=False, sort_keys=True))
    except Unavailable as error:
        raise Stop(word("not whole", language, text=plain(str(error)))) from None
    except (CheckError, FormatError, ValueError, KeyError) as error:
        said = word("not followed", language, text=plain(str(error)))
        raise Stop(said, word("verify it", language)) from None
    try:
        write_whole(out, "".join(f"{line}\n" for line in lines).encode(), mode=0o644)
    except OSError as error:
        raise Stop(word("not written", language, text=plain(str(error)))) from None
    shown = plain(str(out))
    console.say(word("decisions written", language, count=f"{len(lines):,}", file=shown))
    console.say(word("and recheck", language, file=shown))
    console.result({"decisions": len(lines), "file": str(out), "size": size})
    return VERIFIED


@contextmanager
def _log(source: str) -> Iterator[tuple[int, Iterator[bytes]]]:
    """How many entries a log has, and the entries."""
    if not is_address(source) and (home := Home(Path(source))).settings_file.is_file():
        with stopped_store(home) as store:
            size = store.head().size
            yield size, entries_of(store, size)
        return
    with open_published(source) as log:
        published = PublishedSource(log)
        size = published.size()
        yield size, _entries(published, size)


def _entries(log: PublishedSource, size: int) -> Iterator[bytes]:
    for low in range(0, size, TILE_WIDTH):
        yield from log.entries(low, low + TILE_WIDTH)
