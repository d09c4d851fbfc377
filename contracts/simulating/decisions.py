"""Recorded decisions with all that they were made on, so that any engine of CEL can make them anew.

    for decision in decisions(entries): ...      # of a log from its first entry on

One object for each entry that a contract judged: the entry's own text, and for each record of its
outcome the contract document and the rows, each with its view and its facts as they stood. The log
is run again for them; what the contracts said of it is not told, for that is what is to be found
out. Specification: `docs/spec/decision-file.md`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from contracts.adoption.force import load
from contracts.catalogue.records import At
from contracts.documents.compiled import Contract
from contracts.documents.verdict import decide
from contracts.judging.force import Adopted, Ear
from contracts.judging.recorded import record_of
from contracts.rcel.errors import ErrorKind
from contracts.simulating.rerun import Rerun, overheard
from ledger.canon import Value, encode
from ledger.corrections.recorded import CORRECTION
from ledger.entry import AutoEntry, BatchEntry, StatementEntry, parse_entry
from ledger.kinds import all_kinds

FORM: Final = "relief/decision/v1"


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was judged: its number, its view, its facts or why there was none."""

    n: int
    it: Mapping[str, Value]
    facts: Mapping[str, Value | ErrorKind]


Place: TypeAlias = tuple[str, str, int]
"""Statement, contract hash, and which of the times it was judged in the batch."""

Heard: TypeAlias = dict[str, dict[str, list[list[Row]]]]
"""Statement -> contract hash -> the times that it was judged in this batch, each with its rows."""


def decisions(
    entries: Iterable[bytes], *, on_batch: Callable[[int], None] | None = None
) -> Iterator[dict[str, Value]]:
    """Every decision of the log, in its order, as JSON; `entries` from the first on.

    `on_batch` is told how many entries are done. `CheckError` where the log cannot be followed.
    """
    heard: Heard = {}
    known: dict[str, Contract] = {}

    def ear(adopted: Adopted) -> Ear:
        contract = adopted.contract

        def listen(
            n: int, it: Mapping[str, Value], facts: Mapping[str, Value | ErrorKind], at: At
        ) -> None:
            known[contract.hash] = contract
            times = heard.setdefault(str(it["statement"]), {}).setdefault(contract.hash, [])
            # Rows of one judgement come in the order of their numbers.
            if not times or times[-1][-1].n >= n:
                times.append([])
            times[-1].append(Row(n, dict(it), dict(facts)))

        return listen

    rerun = Rerun(lambda state: overheard(load(state), ear))
    batch: list[bytes] = []
    for raw in entries:
        batch.append(raw)
        made = rerun.feed(raw)
        if made is None:
            continue
        for n, one in enumerate(batch):
            found = _decision(one, made.first + n, made.head.origin, heard, known)
            if found is not None:
                yield found
        if on_batch is not None:
            on_batch(made.head.size)
        batch = []
        heard.clear()


def _decision(
    raw: bytes, index: int, origin: str, heard: Heard, known: Mapping[str, Contract]
) -> dict[str, Value] | None:
    """The decision in one entry; None where no contract judged."""
    entry = parse_entry(raw)
    if isinstance(entry, BatchEntry) or "contracts" not in entry.outcome:
        return None
    if isinstance(entry, StatementEntry):
        statement: str = entry.statement.id
        kind, version, body = entry.statement.kind, entry.statement.v, entry.statement.body
    else:
        statement, kind, version, body = entry.id(origin), entry.kind, entry.v, dict(entry.body)
    about = [statement, *_settled(entry, body)]
    records = entry.outcome["contracts"]
    corrects = kind == CORRECTION
    judged: list[Value] = []
    times = {
        (each, contract, n): rows
        for each in about
        for contract, some in heard.get(each, {}).items()
        for n, rows in enumerate(some)
    }
    # Where all of it stands as one fingerprint, there is no record to be compared.
    for record in records if isinstance(records, list) else ():
        assert isinstance(record, dict)
        contract = known[str(record["hash"])]
        mine = {place: rows for place, rows in times.items() if place[1] == contract.hash}
        place = _of(record, contract, mine, corrects)
        rows = times.pop(place)
        found: dict[str, Value] = {
            "document": dict(contract.document.value),
            "rows": [_row(contract, one) for one in rows],
        }
        if not corrects:
            found["of"] = len(rows)
        judged.append(found)
    return {
        "entry": index,
        "form": FORM,
        "judged": judged,
        "log": origin,
        "nature": all_kinds()[kind, version].nature.value,
        "text": raw.decode(),
    }


def _settled(entry: StatementEntry | AutoEntry, body: Mapping[str, Value]) -> list[str]:
    """The held statement that an entry settles: it is judged again in it."""
    names = (entry.outcome.get("posted"), entry.outcome.get("voided"), body.get("held"))
    return list(dict.fromkeys(one for one in names if isinstance(one, str)))


def _row(contract: Contract, row: Row) -> Value:
    facts: dict[str, Value] = {}
    failed: dict[str, Value] = {}
    for fact in contract.facts:
        value = row.facts.get(fact.name, ErrorKind.FACT_MISSING)
        if not isinstance(value, ErrorKind):
            facts[fact.name] = value
        elif value is ErrorKind.FACT_MISSING and fact.optional:
            # A row that may be missing has no fields: `has` is false of each.
            facts[fact.name] = {}
        else:
            failed[fact.name] = str(value)
    return {"facts": facts, "failed": failed, "it": dict(row.it), "n": row.n}


def _of(
    record: Mapping[str, Value],
    contract: Contract,
    times: Mapping[Place, list[Row]],
    corrects: bool,
) -> Place:
    """Where the rows are that a record is about: a statement that is held and settled in one batch
    was judged several times in it, and only one of these is what the entry tells. The first, where
    none says what stands there."""
    head = {name: record[name] for name in ("hash", "id", "version")}
    mode = str(record.get("mode", "enforce"))
    for place, rows in times.items():
        verdicts = {row.n: decide(contract, dict(row.it), row.facts) for row in rows}
        if not any(one.applies for one in verdicts.values()):
            continue
        counts = (1, 2) if corrects and len(rows) == 1 else (len(rows),)
        if any(_is(record, record_of(head, mode, verdicts, count)) for count in counts):
            return place
    return next(iter(times))


def _is(record: Mapping[str, Value], again: Mapping[str, Value]) -> bool:
    """Whether it says the same; of a long outcome facts, then rules, stand as their hash."""
    for name in ("facts", "rules"):
        digest = {"sha256": sha256(encode(again[name])).hexdigest()}
        if record[name] not in (again[name], digest):
            return False
    return record["outcome"] == again["outcome"]
