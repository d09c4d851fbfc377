"""The ground proofs stand on: one signed checkpoint, and the log and state as they were there.

Everything given out together must stand under one and the same checkpoint; so whoever builds an
answer or a receipt takes one `Grounds` and asks it for all parts.
"""

from collections.abc import Mapping, Sequence
from json import loads
from typing import Any, Final

from ledger.codes import Code
from ledger.entry import AutoEntry, StatementEntry
from ledger.envelope import StatementId
from ledger.errors import CheckError
from ledger.holds import POSTED
from ledger.holds import TABLE as HOLDS
from ledger.indexes import GOVERNANCE, correction_key
from ledger.log.checkpoint import open_checkpoint_text
from ledger.log.proof import TlogProof, prove
from ledger.proofs.indexproof import IndexProof, prove_index, read_index_row
from ledger.proofs.receipt import Receipt, open_entry
from ledger.proofs.stateproof import StateProof
from ledger.state import Head
from nodes.errors import NotFinal
from nodes.store import Store
from nodes.view import FinalView

LIST_BYTES_MAX: Final = 1_048_576
"""Entries of a list that goes into a receipt, in bytes; a receipt has room for two such lists."""


class Grounds:
    """A checkpoint of `store`; `is_final` when the trust file's quorum has cosigned it.

    Any thread. Use it for one answer: an older state is forgotten when a newer one is final.
    """

    def __init__(self, store: Store, note: bytes, *, is_final: bool) -> None:
        self._store, self.note, self.is_final = store, note, is_final
        self.checkpoint = open_checkpoint_text(note)[0]
        self._state: FinalView | None = None
        self._batch: TlogProof | None = None

    @property
    def size(self) -> int:
        """The tree size; entries below it can be proved."""
        return self.checkpoint.size

    @property
    def head(self) -> Head:
        """The head of the log there."""
        return self.state.head()

    @property
    def state(self) -> FinalView:
        """The state there, row by row; `NotFinal` when it is forgotten already."""
        if self._state is None:
            self._state = self._store.at(self.size)
        return self._state

    def entry(self, index: int) -> bytes:
        """An entry below the checkpoint; IndexError beyond."""
        if index >= self.size:
            raise IndexError(f"entry {index} under a checkpoint of {self.size}")
        with self._store.view() as view:
            return view.entry(index)

    def find(self, statement: StatementId) -> int | None:
        """The entry of a statement below the checkpoint."""
        with self._store.view() as view:
            index = view.indexes([statement]).get(statement)
        return index if index is not None and index < self.size else None

    def prove(self, index: int, *, with_entry: bool = True) -> TlogProof:
        """The proof of inclusion of an entry; `NotFinal` for one at or beyond the checkpoint."""
        if not 0 <= index < self.size:
            raise NotFinal(f"entry {index} is not under the checkpoint of size {self.size} yet")
        with self._store.view() as view:
            entry = view.entry(index) if with_entry else None
            return prove(view.hashes(self.size), index, self.note, entry)

    @property
    def batch(self) -> TlogProof:
        """The proof of the checkpoint's last entry, a batch entry, which names the state root."""
        if self._batch is None:
            self._batch = self.prove(self.size - 1)
        return self._batch

    def prove_state(self, table: str, key: str, *, inside: bool = False) -> StateProof:
        """The proof of a row, or of its absence; `inside` a receipt without `batch`."""
        proof = self.state.prove(table, key)
        if inside:
            return proof
        return StateProof(
            proof.table,
            proof.key,
            proof.siblings,
            proof.tables,
            proof.row,
            proof.other,
            self.batch,
        )

    def receipt(self, index: int) -> Receipt:
        """The receipt of a statement or auto entry, with nothing of it shown.

        It has the entries that correct it, those of governance, and of a held statement the entry
        that posted it. Whoever may open fields adds them. `CheckError` for an entry that has no
        receipt.
        """
        proof = self.prove(index)
        raw = self.entry(index)
        entry = open_entry(raw)
        signers = self._signers(entry)
        if isinstance(entry, StatementEntry):
            subject = entry.statement.id
        else:
            subject = entry.id(self.checkpoint.origin)
        posted = self.posting(subject) if entry.outcome["code"] == Code.HELD else None
        if posted is not None:
            signers += self._signers(open_entry(self.entry(posted)))
        correction = self.prove_state("index", correction_key(subject), inside=True)
        return Receipt(
            proof=proof,
            entry=raw,
            batch=self.batch,
            signers=signers,
            corrections=(correction,),
            posted=None if posted is None else self.prove(posted),
            corrected=self.corrected([correction]),
            gov=self.listed(self.prove_state("index", GOVERNANCE, inside=True)),
        )

    def _signers(self, entry: StatementEntry | AutoEntry) -> tuple[StateProof, ...]:
        """The key rows of an entry's signatures, in their order."""
        if not isinstance(entry, StatementEntry):
            return ()
        keys = [key for key, _ in entry.statement.signatures]
        return tuple(self.prove_state("keys", key, inside=True) for key in keys)

    def hold(self, held: StatementId) -> Mapping[str, Any] | None:
        """The row of a hold (`ledger.holds`); None where that statement was never held."""
        raw = self.state.rows([(HOLDS, held)]).get((HOLDS, held))
        found: dict[str, Any] | None = None if raw is None else loads(raw)
        return found

    def posting(self, held: StatementId) -> int | None:
        """The entry that posted a held statement; None where it waits, or ended otherwise."""
        row = self.hold(held)
        is_posted = row is not None and row["state"] == POSTED
        return self.find(StatementId(row["closed"])) if row and is_posted else None

    def corrected(self, corrections: Sequence[StateProof]) -> IndexProof | None:
        """For `Receipt.corrected`: the entries behind the last of `corrections` that has a row."""
        rows = [each for each in corrections if each.is_present]
        return self.listed(rows[-1]) if rows else None

    def listed(self, row: StateProof) -> IndexProof | None:
        """All entries about the subject of a row of table `index`, with that row's proof.

        None where there is no row; where the list is too long for a receipt; and where the store
        does not know all of it, having been made before it kept lists. Then a receipt goes without:
        that there is a list, its row still proves.
        """
        if row.row is None:
            return None
        count, _, _ = read_index_row(row.row)
        entries: list[tuple[int, bytes]] = []
        room = LIST_BYTES_MAX
        with self._store.view() as view:
            for index in view.listed(row.key, count):
                entry = view.entry(index)
                room -= len(entry)
                if room < 0:
                    return None
                entries.append((index, entry))
        try:
            return prove_index(entries, row)
        except CheckError:
            return None

    def index_row(self, subject: str) -> tuple[int, int, bytes] | None:
        """Count, last index and root of "these are all entries about X"; None when none is."""
        raw = self.state.rows([("index", subject)]).get(("index", subject))
        if raw is None:
            return None
        count, last, root = loads(raw)
        if not isinstance(count, int) or not isinstance(last, int):
            raise CheckError("index row", f"{subject} has no count")
        return count, last, bytes.fromhex(root)
