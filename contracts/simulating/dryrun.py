"""What would become of a statement now: law and contracts on a snapshot, and nothing is kept.

    tried = dry_run(reader, Wish(kind, 1, body, ("red/bao",), occurred_at), time)
    tried = dry_run(reader, wish, time, draft=Draft(contract, "consortium", "CNY", {"given": 3}))

The state machine makes a batch of this one statement and it is thrown away: no deadline passes in
it, nothing is activated, no hour strikes and no run goes on, whatever is due. Nobody signs: the
keys of the actors that are named stand there with no signature, and none is checked. It binds
nobody: by the time the statement itself comes, the book may say something else.

A draft is judged beside what is in force, in earnest. Sums and counts that nobody has kept so far
are not on the ledger; their values are given, or reading them is the error `fact_missing`.

Whoever runs it may be told of the work (`on_work`): of each read with 0, of each row that a
contract judges with the static cost of the contract, before it is judged. What is raised there ends
the dry run, which has kept nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from contracts.adoption.force import load
from contracts.batch import Answer, Batch
from contracts.catalogue.records import At
from contracts.documents.compiled import Contract
from contracts.documents.parts import AggregateFact
from contracts.facts.loading import Loader, definition_of
from contracts.facts.rows import listening
from contracts.judging.force import Adopted, Ear, Force
from contracts.machine import step
from contracts.rcel.errors import ErrorKind
from contracts.simulating.records import Row
from contracts.simulating.rerun import beside, overheard
from contracts.simulating.told import NOTHING_KNOWN, tell_entry
from ledger.canon import Value, b64encode, encode
from ledger.envelope import PAYLOAD_TYPE, Statement, StatementId, open_statement
from ledger.keys import KeyId
from ledger.state import Pair, Reader, State

EXPIRES_S: Final = 3_600


@dataclass(frozen=True, slots=True)
class Wish:
    """A statement that somebody thinks of. `signers`: key ids, the author's first."""

    kind: str
    version: int
    body: Value
    signers: tuple[KeyId, ...]
    occurred_at: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract that is not in force; `given`: values of facts that nobody has counted yet."""

    contract: Contract
    scope: str
    currency: str
    given: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """What would become of it. `told` as of `tell_entry`, None where no entry would be made;
    `uncounted`: facts of the draft that nobody counts and no value was given for."""

    answer: Answer
    told: Mapping[str, Value] | None
    uncounted: tuple[str, ...]


class _Given(Loader):
    """Facts from the ledger, those that are given laid over them."""

    def __init__(self, draft: Draft, counted: Sequence[str]) -> None:
        super().__init__(draft.contract.facts)
        self._given = draft.given
        self.uncounted = tuple(
            fact.name
            for fact in draft.contract.facts
            if isinstance(fact.form, AggregateFact)
            and definition_of(fact.form).id not in counted
            and fact.name not in draft.given
        )

    def load(
        self,
        inputs: Mapping[str, Value],
        at: At,
        *,
        when: int,
        per_item: bool | None = None,
    ) -> dict[str, Value | ErrorKind]:
        """As of `Loader`."""
        found = super().load(inputs, at, when=when, per_item=per_item)
        found |= {name: ErrorKind.FACT_MISSING for name in self.uncounted}
        return {**found, **{name: self._given[name] for name in found if name in self._given}}


def _tell_nobody(cost: int) -> None:
    """Nobody asked to be told."""


class _Snapshot:
    """A snapshot whose tables are not hashed: the roots that come out mean nothing, and nobody
    sees them. All else is the snapshot's, and each look at it is told."""

    def __init__(self, reader: Reader, on_work: Callable[[int], None]) -> None:
        self._reader, self._on_work = reader, on_work
        self.head, self.edges = reader.head, reader.edges
        self.nonces, self.backfill = reader.nonces, reader.backfill

    def rows(self, wanted: Sequence[Pair]) -> Mapping[Pair, bytes]:
        """The snapshot's."""
        self._on_work(0)
        return self._reader.rows(wanted)

    def marked(
        self, table: str, mark: str, low: str, high: str, limit: int, reverse: bool
    ) -> Sequence[tuple[str, str, bytes]]:
        """The snapshot's."""
        self._on_work(0)
        return self._reader.marked(table, mark, low, high, limit, reverse)

    def indexes(self, statements: Sequence[StatementId]) -> Mapping[StatementId, int]:
        """The snapshot's."""
        self._on_work(0)
        return self._reader.indexes(statements)

    def entry(self, index: int) -> bytes:
        """The snapshot's."""
        self._on_work(0)
        return self._reader.entry(index)

    def page(self, table: str, number: int) -> bytes | None:
        """None is known."""
        return None

    def hash(self, table: str, number: int) -> bytes | None:
        """None is known."""
        return None


def dry_run(
    reader: Reader,
    wish: Wish,
    time: int,
    *,
    draft: Draft | None = None,
    on_work: Callable[[int], None] = _tell_nobody,
) -> Tried:
    """Law and contracts on `wish` at `time`; nothing is written.

    Raises `FormatError` where it would be no statement at all.
    """
    statement = _unsigned(wish, reader.head().origin, time)
    heard: dict[str, list[Row]] = {}
    uncounted: tuple[str, ...] = ()

    def ear(adopted: Adopted) -> Ear:
        rows = heard.setdefault(adopted.contract.hash, [])
        cost = adopted.contract.cost

        def listen(
            n: int, it: Mapping[str, Value], facts: Mapping[str, Value | ErrorKind], at: At
        ) -> None:
            on_work(cost)
            if it["statement"] == statement.id:
                rows.append((dict(it), dict(facts)))

        return listen

    def in_force(state: State) -> Force:
        nonlocal uncounted
        force = load(state)
        if draft is not None:
            loader = _Given(draft, [one.id for one in listening(force.listeners)])
            uncounted = loader.uncounted
            added = Adopted(draft.contract, loader, draft.scope, "enforce", draft.currency)
            # The version in force makes way for the draft.
            gates = {
                kind: tuple(
                    one for one in found if (one.id, one.scope) != (draft.contract.id, draft.scope)
                )
                for kind, found in force.gates.items()
            }
            both = beside(replace(force, gates=gates), [added])
            # An index that nobody keeps is not begun for one dry run.
            force = replace(both, listeners=force.listeners)
        return overheard(force, ear)

    shown, batch = _Snapshot(reader, on_work), Batch(time, (statement,))
    made = step(shown, batch, check=_taken, in_force=in_force, alone=True)
    answer = made.answers[0]
    told = None
    if answer.index is not None and answer.index >= made.first and not made.is_empty:
        known = NOTHING_KNOWN if draft is None else {draft.contract.hash: draft.contract}
        raw = made.entries[answer.index - made.first]
        told = tell_entry(shown, raw, answer.index, heard=heard, known=known)
    return Tried(answer, told, uncounted)


def _unsigned(wish: Wish, origin: str, time: int) -> Statement:
    """The statement, every signer's place filled with no signature."""
    payload: dict[str, Value] = {
        "author": wish.signers[0],
        "body": wish.body,
        "expires": {"time": time + EXPIRES_S},
        "id": sha256(encode([wish.kind, wish.body, time])).hexdigest()[:32],
        "kind": wish.kind,
        "log": origin,
        "occurred_at": wish.occurred_at,
        "v": wish.version,
    }
    if len(wish.signers) > 1:
        payload["cosigners"] = list[Value](sorted(wish.signers[1:]))
    nothing = b64encode(bytes(64))
    envelope: dict[str, Value] = {
        "payload": b64encode(encode(payload)),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key, "sig": nothing} for key in sorted(set(wish.signers))],
    }
    return open_statement(encode(envelope))


def _taken(public: bytes, message: bytes, signature: bytes) -> bool:
    return True
