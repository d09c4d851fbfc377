"""Drafts: the statements that a table of gifts makes, before anybody signs them.

Drafting is lazy and happens twice: once to look at every row (a dry run, errors, sums), once to
seal and sign. A draft's key names it within its file for ever, and makes the id inside the signed
payload: the same rows of the same file are never two statements.

    list:   all rows of a list -> one `donation.list`; each row sealed in its manifest
    rows:   each row           -> one `donation.receive`

Offsets of a list's rows run from its own start, in the order of the file.
"""

import hashlib
import secrets
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ledger.canon import Value, encode
from ledger.proofs.disclosure import Field
from tools.sealing import Sealed, SealedList, reference_tag, seal, seal_list
from tools.sheets.cells import CellError, Unreadable, money
from tools.sheets.mapping import Donations
from tools.sheets.mapping import Mapping as Wanted
from tools.sheets.reading import Row, Sheet

LIST_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement to be signed by `signers`, the author first.

    `rows` are row numbers of the table. `sealed` is what the vault keeps of it, `kept` further
    records, both named by the statement's id: name before the id -> bytes.
    """

    kind: str
    body: dict[str, Value]
    signers: tuple[str, ...]
    key: str
    rows: tuple[int, ...] = ()
    occurred_at: int | None = None
    sealed: Sealed | SealedList | None = None
    kept: Mapping[str, bytes] = field(default_factory=dict)

    def records(self, statement: str) -> dict[str, bytes]:
        """What goes into the vault once the statement has its id."""
        found = {} if self.sealed is None else self.sealed.kept(statement)
        return {**found, **{f"{name}/{statement}": data for name, data in self.kept.items()}}


Drafts: TypeAlias = Generator[Draft, str, None]
"""Drafts in the order in which they are sent; each is answered with the id that it got."""


def nonce_of(log: str, file: str, key: str, attempt: int) -> str:
    """The payload's `id`: 32 hex digits that follow from log, file, draft and attempt."""
    said = encode([log, file, key, attempt])
    return hashlib.sha256(b"relief/load/v1\0" + said).hexdigest()[:32]


@dataclass(slots=True)
class Reading:
    """What was read of a table: `sums` commodity -> units, and what waits for a person."""

    errors: list[CellError] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)
    good: int = 0
    notes: list[str] = field(default_factory=list)

    def bad_rows(self) -> set[int]:
        """Numbers of the rows with errors."""
        return {error.row for error in self.errors}

    def add(self, commodity: str, units: int) -> None:
        """One more row was read."""
        self.sums[commodity] = self.sums.get(commodity, 0) + units
        self.good += 1


@dataclass(frozen=True, slots=True)
class Gift:
    """One row that was read: `amount` in minor units."""

    row: Row
    amount: int
    occurred_at: int | None
    key: str


def read_gifts(mapping: Wanted, sheet: Sheet, reading: Reading) -> list[Gift]:
    """The rows that can be read; what is wrong with the others is added to `reading`."""
    wanted = _donations(mapping)
    found = []
    for row in sheet.rows:
        before = len(reading.errors)
        amount, occurred_at = 0, None
        cell = row.cells[wanted.amount.column]
        try:
            amount = money(cell, wanted.amount.decimals)
        except Unreadable as error:
            reading.errors.append(_error(row, wanted.amount.column, error))
        try:
            occurred_at = mapping.day_of(row)
        except Unreadable as error:
            assert mapping.occurred is not None
            reading.errors.append(_error(row, mapping.occurred.column, error))
        if wanted.list is not None:
            try:
                sequence_of(row.cells[wanted.list])
            except Unreadable as error:
                reading.errors.append(_error(row, wanted.list, error))
        if len(reading.errors) == before:
            found.append(Gift(row, amount, occurred_at, mapping.key_of(row)))
            reading.add(wanted.amount.currency, amount)
    return found


def _error(row: Row, column: str, error: Unreadable) -> CellError:
    return CellError(row.number, column, row.cells[column], error.reason, error.suggestion)


def sequence_of(text: str) -> int:
    """The number of a list as written, as 03; `Unreadable`."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LIST_MAX:
        raise Unreadable("is no number of a list", "write digits, from 1 on")
    return int(text)


def _donations(mapping: Wanted) -> Donations:
    assert mapping.donations is not None
    return mapping.donations


# --- lists


def lists_of(mapping: Wanted, gifts: Iterable[Gift]) -> dict[int, list[Gift]]:
    """Number of the list -> its gifts in the order of the file; lists by number."""
    column = _donations(mapping).list
    assert column is not None
    found: dict[int, list[Gift]] = {}
    for gift in gifts:
        found.setdefault(sequence_of(gift.row.cells[column]), []).append(gift)
    return dict(sorted(found.items()))


def gaps_of(sequences: Sequence[int]) -> list[int]:
    """Numbers that are missing between the first and the last.

    >>> gaps_of([1, 2, 3, 5, 6])
    [4]
    """
    return [n for n in range(min(sequences, default=0), max(sequences, default=0))
            if n not in set(sequences)]  # fmt: skip


def draft_lists(mapping: Wanted, sheet: Sheet, gifts: Sequence[Gift]) -> Drafts:
    """One `donation.list` for each list."""
    wanted = _donations(mapping)
    for sequence, own in lists_of(mapping, gifts).items():
        rows = list(list_rows(mapping, own))
        sealed = seal_list("donation.list", rows)
        salt = secrets.token_bytes(32)
        days = [gift.occurred_at for gift in own if gift.occurred_at is not None]
        body: dict[str, Value] = {
            "count": len(rows),
            "file": file_tag(salt, sheet.sha256),
            "line": wanted.line,
            "manifest": sealed.manifest.value(),
            "sequence": sequence,
            "total": sum(gift.amount for gift in own),
        }
        named = encode({"keys": [gift.key for gift in own]})
        evidence = encode({"name": sheet.name, "salt": salt.hex(), "sha256": sheet.sha256})
        yield Draft(
            "donation.list", body, mapping.facts(), f"list {sequence}",
            rows=tuple(gift.row.number for gift in own), occurred_at=max(days, default=None),
            sealed=sealed, kept={"rows": named, "file": evidence},
        )  # fmt: skip


def list_rows(mapping: Wanted, gifts: Iterable[Gift]) -> Iterator[dict[str, Field]]:
    """The sealed fields of each row of a list."""
    wanted = _donations(mapping)
    offset = 0
    for gift in gifts:
        yield {
            "amount": gift.amount,
            "donor": gift.row.cells[wanted.donor],
            "offset": offset,
            "reference": _reference(wanted, gift),
        }
        offset += gift.amount


def file_tag(salt: bytes, sha256: str) -> str:
    """`body.file`: the salted hash of the row file, which its holder can show later."""
    return hashlib.sha256(b"relief/file/v1\0" + salt + bytes.fromhex(sha256)).hexdigest()


def _reference(wanted: Donations, gift: Gift) -> str:
    if wanted.reference is None:
        return gift.key
    return "/".join(gift.row.cells[name] for name in wanted.reference)


# --- one statement a row


def draft_gifts(mapping: Wanted, gifts: Sequence[Gift], reference_key: bytes) -> Drafts:
    """One `donation.receive` for each row; `reference_key` is the fund's, 32 bytes."""
    wanted = _donations(mapping)
    assert wanted.institution is not None
    for gift in gifts:
        reference = _reference(wanted, gift)
        values: dict[str, Field] = {"donor": gift.row.cells[wanted.donor], "reference": reference}
        if wanted.contact is not None:
            values["contact"] = gift.row.cells[wanted.contact]
        sealed = seal("donation.receive", values)
        day = "" if mapping.occurred is None else gift.row.cells[mapping.occurred.column]
        body: dict[str, Value] = {
            "amount": gift.amount,
            "line": wanted.line,
            "reference": reference_tag(reference_key, wanted.institution, reference, day),
            "seals": {**sealed.seals},
        }
        yield Draft(
            "donation.receive", body, mapping.facts(), f"row {gift.key}",
            rows=(gift.row.number,), occurred_at=gift.occurred_at, sealed=sealed,
        )  # fmt: skip
