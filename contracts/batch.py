"""What goes into the state machine and what comes out: batch, answers, step."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.codes import Code
from ledger.entry import Effects
from ledger.envelope import Statement, StatementId
from ledger.errors import Refusal
from ledger.keys import KeyId
from ledger.state import Head, Pair
from ledger.stateroot import TableChange


@dataclass(frozen=True, slots=True)
class Batch:
    """What the orderer hands to the machine: its clock, in seconds, and statements in order."""

    time: int
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one statement of a batch.

    `index` is its entry (for `replayed` the first one), None where no entry was made.
    `refusal` says why it was refused or is None.
    """

    statement: StatementId
    code: Code
    index: int | None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """All that one batch changes; a store commits it in one transaction or not at all.

    entries     entry bytes in log order, from index `first`; the last is the batch entry
    leaves      their leaf hashes
    rows        changed rows of the state tables, canonical value bytes, None = deleted
    edges       changed right edges behind rows of table `index` (32-byte hashes joined)
    ids         newly logged statement ids -> entry index (statement and auto entries)
    nonces      newly used (author, client-made id) -> statement id
    tables      for each changed table its new root, pages and interior hashes
    head        the new head; equal to the old one when nothing made an entry
    answers     one for each statement of the batch, in its order
    effects     entry index -> effects that were too large to be logged: the entry has their digest
    listed      (subject, entry index) of new entries about governance and corrections, in order
    beside      changed rows of indexes that listened besides (`step(beside=..)`): no part of the
                state, and nothing that a store keeps
    """

    first: int
    entries: tuple[bytes, ...]
    leaves: tuple[bytes, ...]
    rows: Mapping[Pair, bytes | None]
    edges: Mapping[str, bytes]
    ids: Mapping[StatementId, int]
    nonces: Mapping[tuple[KeyId, str], StatementId]
    tables: Mapping[str, TableChange]
    head: Head
    answers: tuple[Answer, ...]
    effects: Mapping[int, Effects] = field(default_factory=dict)
    listed: tuple[tuple[str, int], ...] = ()
    beside: Mapping[str, bytes | None] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether the batch made no entry: then nothing is written."""
        return not self.entries
