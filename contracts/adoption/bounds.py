"""How much a node looks into proposals in one batch: so many bytes of documents of each member.

    looked = Looked()           # once a batch
    looked.take(book, body)     # before a document is compiled and tested; raises `Refused`

A document is compiled, and up to 64 tests of it are run, on the thread that makes the batch, be it
valid or not. Of all that were tried the dearest within the limits of documents takes about a tenth
of a second of CPU; a member has two of these in a batch, or a dozen of the usual size, so that a
flood holds up the others by no more than that. What is counted are proposals that make an entry, in
the order of the log: every node and every replay counts the same. How many may be open at a time is
for the law (`ledger.entries.contract`). Specification: `docs/spec/adoption.md`, bounds.
"""

from typing import Any, Final

from ledger.book import Book
from ledger.canon import encode
from ledger.codes import Code
from ledger.entries.contract import Propose
from ledger.errors import Refused

BATCH_BYTES_MAX: Final = 49_152
"""Canonical bytes of the documents of one member that are looked into in one batch: two of the
largest. Raising it makes another version of the state machine."""


class Looked:
    """What was looked into in one batch, by the member that signs first."""

    def __init__(self) -> None:
        self._bytes: dict[str, int] = {}

    def take(self, book: Book, body: Any) -> None:
        """Count a proposal whose law has run; `Refused(not_eligible)` where it is too much."""
        if not isinstance(body, Propose):
            return
        assert book.signers is not None
        member = book.signers.author.member
        size = self._bytes.get(member, 0) + len(encode(body.document))
        if size > BATCH_BYTES_MAX:
            # Not counted: it was not looked into, and a smaller one may still fit.
            raise Refused(
                Code.NOT_ELIGIBLE,
                "body.document",
                given=size,
                high=BATCH_BYTES_MAX,
                wanted="fewer proposals at once; sign it anew for a later batch",
            )
        self._bytes[member] = size
