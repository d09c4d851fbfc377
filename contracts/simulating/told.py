"""The decision in one entry, worked out again and put into words, with the numbers behind it.

    told = tell_entry(reader, raw, index)                            # from what stands there
    told = tell_entry(reader, raw, index, heard=hear(entries, index))  # exact: by replay

An entry records of each contract the scalars that it read, long values as fingerprints. `how` says
where the numbers of a contract come from:

    replayed     the log was run up to the entry: every value as it was
    recomputed   the recorded facts and the statement as it reads today give the recorded decision
    recorded     they do not, or something stands there as a fingerprint only: no value is shown
                 that is not in the entry or in the contract, and sentences that need one fall back

Sentences are written when they are read. Specification: `docs/spec/simulation.md`, explanations.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from contracts.adoption.force import compiled, document_of, load
from contracts.catalogue.catalogue import currency_of, judged_views, minor_of
from contracts.catalogue.judged import instant, judged
from contracts.catalogue.records import At
from contracts.documents.compiled import Contract
from contracts.documents.explaining import explain, public_text
from contracts.documents.texts import FIELDS, Texts
from contracts.documents.verdict import Verdict
from contracts.facts.rows import offset_of
from contracts.judging.force import Adopted, Ear
from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.simulating.records import (
    RECORDED,
    REPLAYED,
    Row,
    failed_in,
    recorded_facts,
    verdicts_on,
)
from contracts.simulating.rerun import Rerun, overheard
from contracts.simulating.tape import failed_rules, recorded_rules
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entry import AutoEntry, BatchEntry, StatementEntry, parse_entry
from ledger.envelope import StatementId
from ledger.errors import Refusal, Refused
from ledger.indexes import Indexes
from ledger.kinds import Kind, Nature, all_kinds
from ledger.meanings import WHAT
from ledger.members import Signers, find_actor, find_key
from ledger.sentences import LANGUAGES, language_index, sentence
from ledger.shape import parse
from ledger.state import Reader, State

Heard: TypeAlias = Mapping[str, Sequence[Row]]
"""Contract hash -> rows, in their order."""

NOTHING_KNOWN: Final[Mapping[str, Contract]] = MappingProxyType({})

_TAGS: Final = {"zh_hant": "zh-Hant", "zh_hans": "zh-Hans", "en": "en"}


# ---- by replay ----------------------------------------------------------------------------------


def hear(
    entries: Iterable[bytes], index: int, *, on_batch: Callable[[int], None] | None = None
) -> dict[str, list[Row]]:
    """Run the log up to the batch with the entry, and hear what its statement was judged on.

    `entries` from the first on; `on_batch` is told how many are done. `CheckError` where the log
    cannot be followed.
    """
    found: dict[str, dict[str, list[Row]]] = {}
    asked: list[str] = []

    def ear(adopted: Adopted) -> Ear:
        def listen(
            n: int, it: Mapping[str, Value], facts: Mapping[str, Value | ErrorKind], at: At
        ) -> None:
            by_contract = found.setdefault(str(it["statement"]), {})
            by_contract.setdefault(adopted.contract.hash, []).append((dict(it), facts))

        return listen

    rerun = Rerun(lambda state: overheard(load(state), ear))
    for n, entry in enumerate(entries):
        asked = _asked_about(entry) if n == index else asked
        made = rerun.feed(entry)
        if made is None:
            continue
        if on_batch is not None:
            on_batch(made.head.size)
        if made.head.size > index:
            about = [str(one) for one, n in made.ids.items() if n == index] + asked
            rows: dict[str, list[Row]] = {}
            for statement in about:
                for contract, some in found.get(statement, {}).items():
                    rows.setdefault(contract, []).extend(some)
            return rows
        found.clear()
    return {}


def _asked_about(raw: bytes) -> list[str]:
    """The statement that an approval settles: it is judged again in the entry of the approval."""
    entry = parse_entry(raw)
    held = entry.statement.body.get("held") if isinstance(entry, StatementEntry) else None
    return [held] if isinstance(held, str) else []


# ---- one entry ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    index: int
    time: int
    statement: str
    kind: Kind[object] | None
    name: str
    body: Mapping[str, Value]
    occurred_at: int
    outcome: Mapping[str, Value]
    raw: StatementEntry | AutoEntry


def tell_entry(
    reader: Reader,
    raw: bytes,
    index: int,
    *,
    heard: Heard | None = None,
    known: Mapping[str, Contract] = NOTHING_KNOWN,
) -> dict[str, Value] | None:
    """The explanation of the entry `raw` at `index`, as JSON; None of an entry that decides
    nothing.

    `reader` shows the state at any later time: contracts are found there by their hashes, or among
    those `known`.
    """
    entry = _open(raw, index, reader.head().origin)
    if entry is None:
        return None
    state = State(reader)
    offset = offset_of(state)
    code = Code(str(entry.outcome["code"]))
    records = entry.outcome.get("contracts", [])
    views = None if heard is not None or not records else _views(reader, state, entry)
    told: list[Value] = []
    for record in records if isinstance(records, list) else ():
        assert isinstance(record, dict)
        rows = None if heard is None else heard.get(str(record["hash"]))
        contract = known.get(str(record["hash"])) or contract_of(state, str(record["hash"]))
        # Of a correction its replacements are judged, as they were booked: a replay has them.
        mine = contract is not None and entry.name in contract.document.kinds
        told.append(_tell_record(contract, record, rows, views if mine else None, offset))
    found: dict[str, Value] = {
        "code": str(code),
        "contracts": told,
        "entry": index,
        "kind": entry.name,
        "next": {_field(tag): _next(code, tag) for tag in LANGUAGES},
        "statement": entry.statement,
        "time": entry.time,
        "what": {_field(tag): _what(code, tag) for tag in LANGUAGES},
    }
    for name in ("outcome", "would", "set", "posted"):
        if name in entry.outcome:
            found[name] = entry.outcome[name]
    return found


def _field(tag: str) -> str:
    return tag.lower().replace("-", "_")


def _what(code: Code, language: str) -> str:
    """What happened, without the next step."""
    if code is Code.OK:
        return ("It was applied.", "已入账。", "已入帳。")[language_index(language)]
    _, then = WHAT[code]
    place = language_index(language)
    return sentence(Refusal(code), language).removesuffix(then[place]).strip()


def _next(code: Code, language: str) -> str:
    if code is Code.OK:
        return ("Nothing needs to be done.", "无需处理。", "無需處理。")[language_index(language)]
    return WHAT[code][1][language_index(language)]


def _open(raw: bytes, index: int, origin: str) -> _Entry | None:
    entry = parse_entry(raw)
    if isinstance(entry, BatchEntry):
        return None
    if isinstance(entry, StatementEntry):
        own = entry.statement
        statement, name, version, body = own.id, own.kind, own.v, own.body
        occurred_at = own.occurred_at
    else:
        statement, name, version = entry.id(origin), entry.kind, entry.v
        body, occurred_at = dict(entry.body), entry.time
    kind = all_kinds().get((name, version))
    return _Entry(index, entry.time, statement, kind, name, body, occurred_at, entry.outcome, entry)


def _views(reader: Reader, state: State, entry: _Entry) -> list[dict[str, Value]] | None:
    """The statement as it reads on today's book: the catalogue may have changed since."""
    if entry.kind is None:
        return None
    attested = entry.kind.nature is Nature.ATTESTATION

    def find(statement: StatementId) -> tuple[int, bytes] | None:
        n = reader.indexes([statement]).get(statement)
        return None if n is None else (n, reader.entry(n))

    book = Book(
        state,
        Indexes(state),
        time=entry.time,
        index=entry.index,
        statement=StatementId(entry.statement),
        attested=attested,
        find_entry=find,
    )
    auto = isinstance(entry.raw, AutoEntry)
    if isinstance(entry.raw, StatementEntry):
        book.signers = _signers(state, entry.raw)
    try:
        body, _ = parse(entry.kind.body, dict(entry.body))
        at = instant(entry.kind.nature, time=entry.time, occurred_at=entry.occurred_at)
        return judged_views(judged(book, entry.name, body, at=at, auto=auto))
    except (Refused, EvaluationError, AssertionError, LookupError):
        # A view may rest on rows that are no longer as they were: then nothing is known of it.
        return None


def _signers(state: State, entry: StatementEntry) -> Signers | None:
    actors = []
    for key_id in entry.statement.signers:
        key = find_key(state, key_id)
        actor = None if key is None else find_actor(state, key.actor)
        if actor is None:
            return None
        actors.append(actor)
    return Signers(state, actors[0], tuple(actors[1:]))


# ---- one contract -------------------------------------------------------------------------------


def _tell_record(
    contract: Contract | None,
    record: Mapping[str, Value],
    rows: Sequence[Row] | None,
    views: Sequence[dict[str, Value]] | None,
    offset: int,
) -> Value:
    own_hash = str(record["hash"])
    found: dict[str, Value] = {
        "facts": record["facts"],
        "hash": own_hash,
        "id": record["id"],
        "link": f"/v1/contracts/{own_hash}",
        "mode": record.get("mode", "enforce"),
        "outcome": record["outcome"],
        "version": record["version"],
    }
    if contract is None:
        return {**found, "how": RECORDED, "rules": _bare_rules(record)}
    recorded, missing = recorded_facts(record)
    verdicts, how = verdicts_on(contract, record, rows, views, recorded, missing)
    found |= {
        "basis": contract.document.basis,
        "how": how,
        "params": dict(contract.params),
        "title": texts_value(contract.title),
    }
    if missing:
        found["fingerprints"] = list[Value](missing)
    shown = [one for one in verdicts if one.failed] or list(verdicts[:1])
    if shown and how != RECORDED:
        first = shown[0]
        found["lets"] = {n: first.values[n] for n, _ in contract.lets if n in first.values}
        if how == REPLAYED:
            found["facts"] = dict(first.read)
    elif shown:
        values = shown[0].values
        found["lets"] = {n: values[n] for n, _ in contract.lets if n in values}
    found["rules"] = _rules(contract, record, shown, how, offset)
    return found


def contract_of(state: State, contract_hash: str) -> Contract | None:
    """A contract that was ever committed, compiled; None where there is none of this hash."""
    document = document_of(state, contract_hash)
    return None if document is None else contract_in(state, document, contract_hash)


def contract_in(state: State, document: Mapping[str, Value], contract_hash: str) -> Contract:
    """A document that was found valid, compiled in the currency that it speaks of, for showing."""
    currency = currency_of(document, state)
    if currency is None:
        rows = state.scan("catalogue", "currencies", chunk=1)
        # Where it speaks of no money, whichever it is called is never looked at.
        currency = next((key.removeprefix("currency/") for _, key, _ in rows), "")
        assert currency, "a ledger is founded with a currency"
    return compiled(document, contract_hash, currency, minor_of(state, currency))[0]


def texts_value(texts: Texts) -> dict[str, Value]:
    """A text in three languages as JSON."""
    return {"en": texts.en, "zh_hans": texts.zh_hans, "zh_hant": texts.zh_hant}


def _bare_rules(record: Mapping[str, Value]) -> list[Value]:
    return [{"id": rule, "verdict": verdict} for rule, verdict in failed_in(record).items()]


def _rules(
    contract: Contract,
    record: Mapping[str, Value],
    verdicts: Sequence[Verdict],
    how: str,
    offset: int,
) -> list[Value]:
    """Each failed rule: its verdict, what the worker reads, what the public reads."""
    failed = failed_in(record) if recorded_rules(record) is not None else failed_rules(verdicts)
    found: list[Value] = []
    for rule in contract.rules:
        if rule.id not in failed:
            continue
        one = next((each for each in verdicts if rule.id in each.failed), None)
        only = None if one is None else replace(one, failed={rule.id: one.failed[rule.id]})
        say: dict[str, Value] = {}
        public: dict[str, Value] = {}
        full = only is not None
        for name in FIELDS:
            tag = _TAGS[name]
            title = contract.title.of(tag)
            told = () if only is None else explain(contract, only, tag, offset_s=offset)
            say[name] = told[0].text if told else title
            full = full and bool(told) and told[0].full
            spoken = () if only is None else public_text(contract, only, tag)
            public[name] = spoken[0].text if spoken else title
        said: dict[str, Value] = {
            "full": full,
            "id": rule.id,
            "public": public,
            "say": say,
            "verdict": failed[rule.id],
        }
        rules = record["rules"]
        told_rows = rules.get(rule.id) if isinstance(rules, dict) else None
        if isinstance(told_rows, dict):
            said["rows"] = told_rows["rows"]
        found.append(said)
    return found
