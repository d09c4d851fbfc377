"""Reading statements ahead of their batch: parse and check signatures in threads, in order.

The signature library lets go of the interpreter lock, so checks of the next batch run beside the
commit of the last. What comes out is a memory of pure results: `step` asks it instead of checking
again, and checks itself what is not there (a key that was enrolled in the same batch). Nothing is
decided here but form.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ledger.envelope import PAYLOAD_TYPE, Statement, open_statement, pae
from ledger.errors import FormatError
from ledger.keys import KeyId, verify_enrolled
from nodes.store import Store

PARCEL: Final = 100
"""Statements that one thread reads at a time."""
KEYS_KEPT: Final = 50_000

Checked: TypeAlias = dict[tuple[bytes, bytes, bytes], bool]
"""(public key, message, signature) -> whether it holds."""


@dataclass(frozen=True, slots=True)
class Read:
    """Statements of one parcel, or why one is none, in the order sent; and checks made."""

    statements: tuple[Statement | FormatError, ...]
    checked: Checked = field(repr=False)


class Intake:
    """Threads that read ahead. `close` waits for them."""

    def __init__(self, store: Store, threads: int) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="relief-intake")
        # A key id is the hash of its key: what was found once is right for ever.
        self._publics: dict[KeyId, bytes] = {}
        self._lock = threading.Lock()

    def read(self, datas: Sequence[bytes]) -> "Future[Read]":
        """Begin to read these envelopes."""
        return self._pool.submit(self._read, tuple(datas))

    def close(self) -> None:
        """Let the threads finish."""
        self._pool.shutdown()

    def _read(self, datas: Sequence[bytes]) -> Read:
        statements: list[Statement | FormatError] = []
        for data in datas:
            try:
                statements.append(open_statement(data))
            except FormatError as error:
                statements.append(error)
        good = [each for each in statements if isinstance(each, Statement)]
        publics = self._find({key for each in good for key in each.signers})
        checked: Checked = {}
        for statement in good:
            message = pae(PAYLOAD_TYPE, statement.payload)
            for key, signature in statement.signatures:
                public = publics.get(key)
                if public is not None:
                    holds = verify_enrolled(public, message, signature)
                    checked[(public, message, signature)] = holds
        return Read(tuple(statements), checked)

    def _find(self, wanted: set[KeyId]) -> dict[KeyId, bytes]:
        """The public keys that are enrolled under these ids."""
        found = {key: self._publics[key] for key in wanted if key in self._publics}
        unknown = sorted(wanted - found.keys())
        if not unknown:
            return found
        with self._store.view() as view:
            rows = view.key_publics(unknown)
        with self._lock:
            if len(self._publics) + len(rows) > KEYS_KEPT:
                self._publics = {}
            self._publics.update(rows)
        return found | rows


def remembering(checked: Checked) -> Callable[[bytes, bytes, bytes], bool]:
    """`verify_enrolled` with these answers remembered."""

    def check(public: bytes, message: bytes, signature: bytes) -> bool:
        known = checked.get((public, message, signature))
        return verify_enrolled(public, message, signature) if known is None else known

    return check
