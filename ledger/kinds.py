"""The kinds of statement: what each is made of, who may sign it, what it does to the book.

A kind is `noun.verb`; its noun is the name of its file in `ledger/entries/`, and every module there
names its kinds in `KINDS`. Adding a noun is adding a file: nothing else changes.

The machine asks a kind in the order of checks (`docs/spec/statement.md`): the form of the body, its
references, who has authority, its external reference tags, then its law.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar

from ledger import entries
from ledger.book import Book
from ledger.canon import Value
from ledger.envelope import StatementId
from ledger.members import Signers
from ledger.state import Pair

B = TypeVar("B")


class Nature(Enum):
    """What a statement is: that decides what a broken rule does to it."""

    AUTHORISATION = "A"
    """Pay, allocate, reserve, correct: may be refused; a refusal is logged and moves nothing."""
    ATTESTATION = "F"
    """A fact, by someone entitled to attest it: booked and flagged, not refused for its content."""


LOG = "log"
"""Stands for a table in a `Reference` to a statement: it must be logged."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a body names at `where`: a row that must be on the ledger, or a logged statement."""

    where: str
    table: str
    key: str

    def is_known(self, book: Book) -> bool:
        """Whether it is there."""
        if self.table == LOG:
            return book.logged(StatementId(self.key)) is not None
        return book.state.get(self.table, self.key) is not None


def _nothing(body: Any) -> tuple[()]:
    return ()


def _nothing_to_read(statement: StatementId, body: Any) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Kind(Generic[B]):
    """One kind of statement.

    name        `noun.verb`
    nature      authorisation or attestation
    body        the dataclass of its body (`ledger.shape`)
    authority   raises `Refused(no_authority or same_person)` unless the signers may say this
    apply       the law: changes the book; raises `Refused`, or for a fact names breaches
    references  what the body names that must be on the ledger already
    tags        external references (bank, provider), each accepted once
    reads       rows and index subjects (as table `index`) that the law will read, for prefetching
    lapse       what happens when a leg that this kind opened passes its deadline: book, leg key
    """

    name: str
    nature: Nature
    body: type[B]
    authority: Callable[[Book, Signers, B], None]
    apply: Callable[[Book, B], None]
    references: Callable[[B], Iterable[Reference]] = _nothing
    tags: Callable[[B], Iterable[str]] = _nothing
    reads: Callable[[StatementId, B], Iterable[Pair]] = _nothing_to_read
    lapse: Callable[[Book, str, Mapping[str, Value]], None] | None = None
    version: int = 1

    @property
    def noun(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]


@cache
def all_kinds() -> Mapping[tuple[str, int], Kind[Any]]:
    """Every kind by (name, version), from every module of `ledger.entries`, in name order."""
    found: dict[tuple[str, int], Kind[Any]] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(entries.__path__)):
        for kind in importlib.import_module(f"ledger.entries.{module}").KINDS:
            assert kind.noun == module, f"{kind.name} stands in entries/{module}.py"
            found[(kind.name, kind.version)] = kind
    return found
