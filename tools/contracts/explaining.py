"""`relief contract explain`: why an entry was decided as it was, in words and with its numbers.

The entry is looked up in the folder of a node that is stopped (`--dir`), or at the address of one
that runs (`--from`). With `--replay` the log is run again up to the entry, so that values which the
record holds as a fingerprint only are told as they were.

Exit status: 0 told; 1 a replay gave another decision; 2 it could not be looked up.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts.simulating.records import RECORDED, REPLAYED
from contracts.simulating.told import hear, tell_entry
from nodes.peers import Unreachable
from tools.console import FALSE, VERIFIED, Console, Stop, plain
from tools.contracts.asking_words import word
from tools.contracts.contract_words import word as outcome_word
from tools.home import Home
from tools.submit import open_peer
from tools.trace import stopped_store

ANSWER_MAX = 1 << 20


def explain(console: Console, entry: int, *, folder: Path | None, url: str, replay: bool) -> int:
    """Tell the decision in an entry."""
    language = console.language
    if (folder is None) == (not url):
        raise Stop(word("one source", language), word("and how", language))
    found = _ask(console, entry, url, replay) if url else _look(console, entry, folder, replay)
    if found is None:
        said = word("nothing there", language, entry=f"{entry:,}")
        raise Stop(said, word("look it up", language))
    _show(console, found)
    bad = [one for one in found["contracts"] if replay and one["how"] != REPLAYED]
    if bad:
        console.say(word("differs", language), "bold red")
    console.result(found)
    return FALSE if bad else VERIFIED


def _look(console: Console, entry: int, folder: Path | None, replay: bool) -> dict[str, Any] | None:
    assert folder is not None
    home = Home(folder)
    home.must_exist()
    with stopped_store(home) as store:
        size = store.head().size
        if not 0 <= entry < size:
            return None
        heard = None
        if replay:
            label, unit = word("running again", console.language), word("entries", console.language)
            with console.counting(label, unit) as counter:
                heard = hear(
                    entries_of(store, size), entry, on_batch=lambda n: counter.show(n, entry + 1)
                )
        return tell_entry(store, store.entry(entry), entry, heard=heard)


def entries_of(store: Any, size: int, chunk: int = 256) -> Iterator[bytes]:
    """The entries of a store, from the first on."""
    for low in range(0, size, chunk):
        with store.view() as view:
            some = [raw for _, raw in view.entries(low, min(size, low + chunk))]
        yield from some


def ask_node(url: str, path: str, language: str, **query: str | int) -> dict[str, Any] | None:
    """What a node answers, an object; None where there is nothing at that address."""
    try:
        with open_peer(url) as peer:
            answer = peer.get(path, size_max=ANSWER_MAX, query=query, language=language)
        value = json.loads(answer.body)
    except (Unreachable, ValueError, RecursionError) as error:
        said = word("node said", language, text=plain(str(error)))
        raise Stop(said, word("later", language)) from None
    if answer.status == 404:
        return None
    if not answer.is_ok or not isinstance(value, dict):
        text = value.get("detail", "") if isinstance(value, dict) else ""
        said = word("node said", language, text=plain(str(text or answer.status)))
        raise Stop(said, word("later", language))
    return value


def _ask(console: Console, entry: int, url: str, replay: bool) -> dict[str, Any] | None:
    query = {"replay": "true"} if replay else {}
    found = ask_node(url, f"v1/entries/{entry}/explanation", console.language, **query)
    if found is not None and not isinstance(found.get("contracts"), list):
        raise Stop(word("node said", console.language, text="?"), word("later", console.language))
    return found


def _show(console: Console, found: dict[str, Any]) -> None:
    language = console.language
    field = language.lower().replace("-", "_")
    entry, kind = f"{found['entry']:,}", plain(str(found["kind"]))
    console.say(word("decision", language, entry=entry, kind=kind, code=found["code"]), "bold")
    if not found["contracts"]:
        console.say(word("no contract", language, text=plain(str(found["what"][field]))))
    for one in found["contracts"]:
        _show_contract(console, one, field)
    console.say()
    console.say(word("next", language, text=plain(str(found["next"][field]))))


def _show_contract(console: Console, one: dict[str, Any], field: str) -> None:
    language = console.language
    title = one["title"][field] if "title" in one else one["id"]
    outcome = outcome_word(str(one["outcome"]), language)
    if one["mode"] != "enforce":
        outcome += f" ({word(str(one['mode']), language)})"
    console.say()
    line = word("by contract", language, title=title, id=one["id"], version=one["version"],
                outcome=outcome)  # fmt: skip
    console.say(plain(line), "bold")
    if "basis" in one:
        console.say(f"  {plain(word('basis', language, basis=one['basis']))}")
    for rule in one["rules"]:
        if "say" in rule:
            console.say(f"  {plain(word('worker', language, text=rule['say'][field]))}")
            console.say(f"  {plain(word('public', language, text=rule['public'][field]))}")
        else:
            console.say(f"  {plain(rule['id'])}")
    for name in ("facts", "lets", "params"):
        values = one.get(name)
        if values:
            shown = ", ".join(f"{key} = {_value(values[key])}" for key in sorted(values))
            console.say(f"  {plain(word(name, language, values=shown))}")
    for name in one.get("fingerprints", ()):
        if one["how"] != REPLAYED:
            console.say(f"  {plain(word('fingerprint', language, name=name))}")
    if one["how"] != RECORDED or not one.get("fingerprints"):
        console.say(f"  {word(str(one['how']), language)}")
    console.say(f"  {word('document', language, hash=one['hash'])}")


def _value(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
