"""What is in force: contracts ready to judge, the set hash, the indexes that listen, texts by hash.

    force = load(state)                     # once a batch; nothing adopted: one read of one row
    force.gates["disbursement.instruct"]    # by (id, scope), of all scopes
    in_force(state, "disbursement.instruct", "fund:flood")

A set is the same for a whole batch: what changes it stands at its head (`activating`). Contracts
are compiled once and kept by their hash, up to a bound; what is kept follows from the rows alone.
Specification: `docs/spec/adoption.md`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from contracts.catalogue.catalogue import (
    catalogue_for,
    currency_of,
    minor_of,
    named_currencies,
)
from contracts.documents.compiled import Contract
from contracts.documents.compiling import compile_document
from contracts.documents.document import parse_document
from contracts.facts.backfill import is_filled
from contracts.facts.definition import Definition, parse_definition
from contracts.facts.loading import Loader
from contracts.facts.rows import listen
from contracts.judging.force import Adopted, Force
from ledger.adopted import gates_required, set_root
from ledger.adoptions import SET, TABLE, Version
from ledger.canon import Value
from ledger.state import State

CONTRACTS_KEPT: Final = 512
SETS_KEPT: Final = 8
NOTHING: Final = Force(set_hash=set_root([]))
"""Nothing was ever adopted."""

T = TypeVar("T")


class _Kept(Generic[T]):
    """Values that follow from their keys alone, the newest `most` of them.

    Several threads share it. Whoever comes while a value is being made makes it too, and all are
    given the first one that was ready: a value is in here whole or not at all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[tuple[str, ...], T] = {}

    def get(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """The value of `key`, made where it is not here."""
        found = self._values.get(key)
        if found is None:
            found = self._values.setdefault(key, make())
            for oldest in tuple(self._values)[: -self._most]:
                self._values.pop(oldest, None)
        return found


_CONTRACTS: Final[_Kept[tuple[Contract, Loader]]] = _Kept(CONTRACTS_KEPT)
_SETS: Final[_Kept[Force]] = _Kept(SETS_KEPT)


# ---- texts --------------------------------------------------------------------------------------


def document_of(state: State, contract_hash: str) -> Mapping[str, Value] | None:
    """The text of a contract that was ever committed, by its hash; None where none was."""
    row = state.get(TABLE, f"document/{contract_hash}")
    if not isinstance(row, dict):
        return None
    document = row["document"]
    assert isinstance(document, dict)
    return document


def compiled(
    document: Mapping[str, Value], contract_hash: str, currency: str, minor: int
) -> tuple[Contract, Loader]:
    """The contract of a document that is known to be valid, and the reader of its facts."""

    def make() -> tuple[Contract, Loader]:
        parsed = parse_document(dict(document))
        contract = compile_document(parsed, catalogue_for(currency, minor))
        return contract, Loader(contract.facts)

    return _CONTRACTS.get((contract_hash, currency, f"{minor}"), make)


def pinned(state: State, contract_hash: str, fund: str) -> Adopted | None:
    """The contract that a donor saw (`terms` of a line of `fund`), whether in force or not.

    It judges what is drawn from the line, as if it stood in the scope of the fund and enforced.
    None where no contract of this hash was ever committed, or where its indexes are new and wait
    for its first activation.
    """
    document = document_of(state, contract_hash)
    if document is None or document["kind"] != "gate":
        return None
    currency = currency_of(document, state, fund)
    if currency is None:
        return None
    contract, loader = compiled(document, contract_hash, currency, minor_of(state, currency))
    if not all(is_filled(state, index) for index in loader.definitions):
        # Committed, never active: what it would read is not whole yet (`contracts.facts.backfill`).
        return None
    return Adopted(contract, loader, f"fund:{fund}", "enforce", currency)


def by_hash(state: State, contract_hash: str, like: Adopted) -> Adopted | None:
    """An earlier text of the contract `like`, by its hash: a run goes by it to its end."""
    document = document_of(state, contract_hash)
    if document is None:
        return None
    # A later version may speak of another currency: the text says which was its own.
    named = named_currencies(document)
    currency = named[0] if len(named) == 1 else like.currency
    contract, loader = compiled(document, contract_hash, currency, minor_of(state, currency))
    return Adopted(contract, loader, like.scope, like.mode, currency)


# ---- the set ------------------------------------------------------------------------------------


def load(state: State) -> Force:
    """All that is in force as the rows stand now."""
    row = state.get(TABLE, SET)
    if not isinstance(row, dict):
        return NOTHING
    required = gates_required(state)
    key = (str(row["digest"]), "required" if required else "")
    return _SETS.get(key, lambda: _make(state, row, required))


def _make(state: State, row: Mapping[str, Value], required: bool) -> Force:
    rows = row["rows"]
    assert isinstance(rows, list)
    gates: dict[str, list[Adopted]] = {}
    triggers: dict[str, list[Adopted]] = {}
    for one in rows:
        assert isinstance(one, dict) and isinstance(one["kinds"], list)
        adopted = _adopted(state, one)
        into = gates if one["kind"] == "gate" else triggers
        for kind in one["kinds"]:
            into.setdefault(str(kind), []).append(adopted)
    return Force(
        gates={kind: tuple(gates[kind]) for kind in sorted(gates)},
        triggers={kind: tuple(triggers[kind]) for kind in sorted(triggers)},
        listeners=listen(one.definition for one in _indexes(row)),
        set_hash=str(row["set"]),
        required=required,
        pins=True,
    )


def _adopted(state: State, row: Mapping[str, Value]) -> Adopted:
    document = document_of(state, str(row["hash"]))
    minor, currency = row["minor"], str(row["currency"])
    assert document is not None and isinstance(minor, int)
    contract, loader = compiled(document, str(row["hash"]), currency, minor)
    return Adopted(contract, loader, str(row["scope"]), str(row["mode"]), currency)


def in_force(state: State, kind: str, *scopes: str) -> tuple[Adopted, ...]:
    """Gates, then triggers, for a kind in any of `scopes` or the consortium, by (id, scope)."""
    force = load(state)
    wanted = ("consortium", *scopes)
    found = (*force.gates.get(kind, ()), *force.triggers.get(kind, ()))
    return tuple(one for one in found if one.scope in wanted)


def set_hash(state: State) -> str:
    """The hash of the set in force, in hex: every outcome names it."""
    return load(state).set_hash


# ---- indexes ------------------------------------------------------------------------------------


def indexes_of(state: State, version: Version) -> tuple[Definition, ...]:
    """The indexes that a version reads, by id."""
    document = document_of(state, version.hash)
    assert document is not None, version.hash
    return compiled(document, version.hash, version.currency, version.minor)[1].definitions


@dataclass(frozen=True, slots=True)
class Listening:
    """An index that listens from the batch after that of entry `since`, the commit, on.

    What was before comes from a back-fill (`contracts.facts.backfill`).
    """

    since: int
    definition: Definition


def indexes(state: State) -> tuple[Listening, ...]:
    """The indexes of all that is in force or committed, and of all that ever was, by `since`.

    An index that has begun goes on: so its rows stay whole, and a contract that comes back needs
    no second back-fill.
    """
    row = state.get(TABLE, SET)
    return _indexes(row) if isinstance(row, dict) else ()


def _indexes(row: Mapping[str, Value]) -> tuple[Listening, ...]:
    listed = row["indexes"]
    assert isinstance(listed, list)
    found = []
    for one in listed:
        assert isinstance(one, list) and isinstance(one[0], int)
        found.append(Listening(one[0], parse_definition(one[1])))
    return tuple(found)
