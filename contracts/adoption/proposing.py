"""A proposal after the law of its kind, and what a commit sets in motion.

    contract.propose   the document is valid: form, types, limits, engine, its own tests; its
                       version, lane and mode fit what is in force; no circle of effects
    contract.commit    the same once more, for others may have been activated meanwhile; then the
                       version waits, its text is kept by its hash, its new indexes listen from
                       the next batch on (`contracts.facts.backfill`)

Codes: `contract_invalid` for the document, with its path; `not_eligible` for what depends on what
is in force. Specification: `docs/spec/adoption.md`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contracts.adoption.circles import DEPTH_MAX, Node, depth
from contracts.adoption.force import compiled, document_of, indexes
from contracts.adoption.lanes import check_lane
from contracts.catalogue.catalogue import VIEWS, catalogue_for, currency_of, minor_of
from contracts.catalogue.forms import RECORDS
from contracts.documents.cases import prove_cases
from contracts.documents.compiled import Contract
from contracts.documents.compiling import compile_document
from contracts.documents.document import Document, parse_document
from contracts.documents.parts import AggregateFact
from contracts.documents.problems import DocumentError
from contracts.documents.verbs import VERBS
from contracts.facts.backfill import begin, is_filled
from contracts.facts.loading import Loader
from ledger.adopted import (
    add_indexes,
    gates_required,
    keep_a_gate,
    planned,
    put_standing,
    standings,
    summary,
)
from ledger.adoptions import (
    ADOPTED_MAX,
    GATES_MAX,
    PROPOSALS,
    TABLE,
    Standing,
    Version,
    find_standing,
)
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entries.contract import Commit, Propose
from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.state import State
from ledger.voices import scope_class, scope_subject

NOUN = "contract"
"""The noun of the kinds that are asked about here."""


def after_law(book: Book, body: Any) -> None:
    """The checks of a `contract.*` statement whose law has run. Raises `Refused`."""
    if isinstance(body, Propose):
        _propose(book, body)
    elif isinstance(body, Commit):
        _commit(book, body)


# ---- proposals ----------------------------------------------------------------------------------


def check_document(
    state: State, document: Mapping[str, Value], scope: str
) -> tuple[Contract, str, int]:
    """The valid contract, its currency and that currency's decimals.

    Raises `Refused(contract_invalid)` with the path of the first problem and its code.
    """
    try:
        parsed = parse_document(dict(document))
        fund = scope_subject(scope) if scope_class(scope) == "fund" else ""
        currency = currency_of(document, state, fund)
        if currency is None and not speaks_of_money(parsed):
            # Whichever it is called, it is never looked at.
            rows = state.scan("catalogue", "currencies", chunk=1)
            currency = next((key.removeprefix("currency/") for _, key, _ in rows), None)
        if currency is None:
            raise Refused(
                Code.CONTRACT_INVALID,
                "body.document",
                wanted="contracts of one currency; name it in a type",
            )
        minor = minor_of(state, currency)
        contract = compile_document(parsed, catalogue_for(currency, minor))
        prove_cases(contract)
    except DocumentError as error:
        first = error.problems[0]
        where = ".".join(part for part in ("body.document", first.where) if part)
        raise Refused(Code.CONTRACT_INVALID, where, key=str(first.code)) from None
    return contract, currency, minor


def speaks_of_money(document: Document) -> bool:
    """Whether any view, record or type that a document reads has amounts of money in it."""
    views = [*document.kinds, *(one.of for one in document.facts if isinstance(one, AggregateFact))]
    declared = [param.type for param in document.params]
    for fact in document.facts:
        if isinstance(fact, AggregateFact):
            declared.append(fact.type)
        elif fact.record in RECORDS:
            declared += RECORDS[fact.record].fields.values()
    for kind in views:
        if kind in VIEWS:
            declared += VIEWS[kind].fields.values()
    spends = any(VERBS[effect.verb].spends for effect in document.effects)
    return spends or any("money" in text or "{currency}" in text for text in declared)


def _propose(book: Book, body: Propose) -> None:
    contract, currency, minor = check_document(book.state, body.document, body.scope)
    row = book.row(PROPOSALS, book.statement)
    assert row is not None
    row = {**row, "currency": currency, "minor": minor}
    book.put(PROPOSALS, book.statement, row)
    check_change(book.state, row, contract)


def check_change(state: State, row: Mapping[str, Value], contract: Contract) -> Standing:
    """What a proposal (its row) would change: version, lane, circles, limits.

    Returns how its contract stands now. Raises `Refused`.
    """
    scope, lane = str(row["scope"]), str(row["lane"])
    standing = find_standing(state, contract.id, scope)
    _check_version(standing, contract)
    expires = row.get("expires")
    terms = str(row["mode"]), str(row["owner"]), expires if isinstance(expires, int) else None
    check_lane(lane, standing, terms, contract, _contract_of(state, standing.now))
    if lane == "emergency":
        _check_no_new_index(state, contract)
        _check_no_new_kind(state, standing, contract)
    _check_circles(state, standing, contract)
    _check_limits(state, standing, contract)
    return standing


def _check_version(standing: Standing, contract: Contract) -> None:
    """The next version after all that were in force; or the one in force, adopted anew."""
    now, given = standing.now, contract.document.version
    if now is not None and now.hash == contract.hash:
        return
    if standing.last and given != standing.last + 1:
        raise Refused(
            Code.NOT_ELIGIBLE,
            "body.document.version",
            value=given,
            left=standing.last + 1,
            wanted="the version in force, or the next one",
        )


def _contract_of(state: State, version: Version | None) -> Contract | None:
    if version is None:
        return None
    document = document_of(state, version.hash)
    assert document is not None, version.hash
    return compiled(document, version.hash, version.currency, version.minor)[0]


def _check_no_new_index(state: State, contract: Contract) -> None:
    listed = summary(state)["indexes"]
    assert isinstance(listed, list)
    known = [one[1] for one in listed if isinstance(one, list)]
    for definition in Loader(contract.facts).definitions:
        # One that waits for its back-fill is new too: an emergency cannot wait for it.
        if definition.value() not in known or not is_filled(state, definition):
            raise Refused(
                Code.NOT_ELIGIBLE,
                "body.document.facts",
                wanted="no new index; that goes by lane full",
            )


def _check_no_new_kind(state: State, standing: Standing, contract: Contract) -> None:
    """Where gates are required, or will be, what no gate judges is refused: a gate of one kind more
    would let it through."""
    now = standing.now
    assert now is not None, "an emergency is about a contract in force"
    waiting = (one.waiting for one in standings(state))
    required = gates_required(state) or any(one.gates for one in waiting if one is not None)
    if not (required and now.is_enforcing_gate):
        return
    more = [kind for kind in contract.document.kinds if kind not in now.kinds]
    if more:
        raise Refused(
            Code.NOT_ELIGIBLE,
            "body.document.kinds",
            key=more[0],
            wanted="no kind more; that goes by lane full",
        )


def _check_circles(state: State, standing: Standing, contract: Contract) -> None:
    """The graph of all that is in force or will be, with this contract as it is proposed."""
    name = f"{standing.id}/{standing.scope}"
    nodes = [Node(name, contract.document.kinds, contract.causes)]
    for one in standings(state):
        if one.key == standing.key:
            continue
        # What comes back after an emergency counts too.
        for version in (one.now, one.before, one.waiting):
            if version is not None:
                nodes.append(Node(f"{one.id}/{one.scope}", version.kinds, version.causes))
    if not contract.causes:
        return
    found = depth(nodes)
    if found is None or found > DEPTH_MAX:
        given = found or len(nodes)
        raise Refused(Code.CONTRACT_INVALID, "body.document.effects", key="cascade",
                      given=given, high=DEPTH_MAX)  # fmt: skip


def _check_limits(state: State, standing: Standing, contract: Contract) -> None:
    others = [one for one in standings(state) if one.key != standing.key]
    if len(others) >= ADOPTED_MAX:
        raise Refused(Code.NOT_ELIGIBLE, "body.document", given=len(others) + 1, high=ADOPTED_MAX)
    if contract.document.kind != "gate":
        return
    for kind in contract.document.kinds:
        counts: dict[str, int] = {standing.scope: 1}
        for one in others:
            version = planned(one)
            if version is not None and version.kind == "gate" and kind in version.kinds:
                counts[one.scope] = counts.get(one.scope, 0) + 1
        everywhere = counts.pop("consortium", 0)
        most = everywhere + max(counts.values(), default=0)
        if most > GATES_MAX:
            raise Refused(
                Code.NOT_ELIGIBLE, "body.document.kinds", key=kind, given=most, high=GATES_MAX
            )


# ---- commits ------------------------------------------------------------------------------------


def proposed_document(book: Book, proposal: str) -> dict[str, Value]:
    """The document of a logged proposal."""
    logged = book.logged(StatementId(proposal))
    assert logged is not None, proposal
    entry = parse_entry(logged[1])
    assert isinstance(entry, StatementEntry)
    document = entry.statement.body["document"]
    assert isinstance(document, dict)
    return document


def _commit(book: Book, body: Commit) -> None:
    row = book.row(PROPOSALS, body.proposal)
    assert row is not None
    minor, not_before, entry = row["minor"], row["not_before"], row["entry"]
    assert isinstance(minor, int) and isinstance(not_before, int) and isinstance(entry, int)
    document, own_hash = proposed_document(book, body.proposal), str(row["hash"])
    contract, loader = compiled(document, own_hash, str(row["currency"]), minor)
    standing = check_change(book.state, row, contract)
    # What the quorum decides replaces a quick change that waits; else one version waits at a time.
    quick = standing.waiting is not None and standing.waiting.lane != "full"
    if standing.waiting is not None and not (quick and row["lane"] == "full"):
        raise Refused(Code.ALREADY_EXISTS, "body.proposal", key=standing.waiting.proposal)
    if standing.retiring.at is not None:
        raise Refused(Code.NOT_OPEN, "body.proposal", key=standing.id)
    expires = row.get("expires")
    waiting = Version(
        hash=own_hash,
        version=contract.document.version,
        kind=contract.document.kind,
        kinds=contract.document.kinds,
        causes=contract.causes,
        currency=str(row["currency"]),
        minor=minor,
        mode=str(row["mode"]),
        lane=str(row["lane"]),
        owner=str(row["owner"]),
        proposal=body.proposal,
        entry=book.index,
        not_before=not_before,
        expires=expires if isinstance(expires, int) else None,
        gates=row.get("gates") is True,
    )
    after = replace(standing, waiting=waiting)
    keep_a_gate(book.state, after)
    if waiting.gates:
        _check_gates(book.state, after, not_before)
    put_standing(book.state, after)
    key = f"document/{own_hash}"
    if book.state.get(TABLE, key) is None:
        book.put(TABLE, key, {"document": document, "entry": entry})
    known = [one.definition for one in indexes(book.state)]
    begin(book.state, [one for one in loader.definitions if one not in known], book.index)
    add_indexes(book.state, book.index, [one.value() for one in loader.definitions])


def _check_gates(state: State, after: Standing, not_before: int) -> None:
    """Whoever asks that gates be required has at least one: this, or one that stays till then."""
    waiting = after.waiting
    assert waiting is not None
    if waiting.is_enforcing_gate:
        return
    for one in standings(state):
        now = one.in_force
        if one.key == after.key or now is None or not now.is_enforcing_gate:
            continue
        ends = [time for time in (one.retiring.at, now.expires) if time is not None]
        if all(time > not_before for time in ends):
            return
    raise Refused(Code.NOT_ELIGIBLE, "body.proposal", wanted="an enforcing gate in force by then")
