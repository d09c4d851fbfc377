"""Receipts of rows: what a donor takes home, made from a load's own statements.

A row of a list is shown with its amount, its place and its donor, and the way from there to the
list's manifest; a gift of its own with its donor and reference. The file verifies offline by
`relief verify`. Whoever makes them reads the vault, so this runs where log and vault are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from json import loads
from pathlib import Path
from typing import Final

from ledger.envelope import StatementId
from ledger.indexes import correction_key
from ledger.log import merkle
from ledger.proofs.disclosure import Path as Way
from ledger.proofs.disclosure import Record, Shown, field_salt, row_id
from ledger.proofs.receipt import Paths, Receipt, format_receipt
from nodes.folder import make_folder, write_whole
from nodes.grounds import Grounds
from nodes.node import Node
from nodes.vault import Erased, Vault
from tools.console import Console, Stop, clock, plain
from tools.sheets.loading import LoadFolder, Signed

FINAL_S: Final = 600
SHOWN: Final = {"donation.list": ("donor",), "donation.receive": ("donor", "reference"),
                "stock.receive": ("donor",)}  # fmt: skip
"""Kind -> fields that are shown to whoever gave."""


@dataclass(slots=True)
class ListOpener:
    """The rows of one list, opened from the vault; the tree of its manifest is computed once."""

    vault: Vault
    statement: str
    places: list[int]
    levels: list[list[bytes]]

    @classmethod
    def of(cls, vault: Vault, statement: str) -> "ListOpener":
        """Read the list's manifest."""
        kept = loads(vault.get(f"manifest/{statement}"))
        levels = [[merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in kept["leaves"]]]
        while len(levels[-1]) > 1:
            below = levels[-1]
            pairs = zip(below[::2], below[1::2], strict=True)
            levels.append([merkle.interior_hash(*pair) for pair in pairs])
        return cls(vault, statement, kept["places"], levels)

    def way(self, number: int) -> Way:
        """The path of row `number` (from 0) to the manifest root."""
        place = self.places[number]
        size = len(self.levels[0])
        path = merkle.prove_inclusion(lambda level, at: self.levels[level][at], place, size)
        return Way(place, tuple(path))

    def show(self, number: int, *names: str) -> tuple[tuple[Shown, ...], Paths]:
        """The fields of row `number` that are shown, and their paths."""
        kept = loads(self.vault.get(f"record/{self.statement}/{number}"))
        secret = bytes.fromhex(kept["k"])
        record = Record.seal("donation.list", 1, secret, kept["values"])
        shown, ways = record.show(secret, names)
        return tuple(shown), Paths(self.way(number), tuple(ways))


class Rows:
    """Makes the receipts of a load's rows under one checkpoint."""

    def __init__(self, grounds: Grounds, vault: Vault, signed: Sequence[Signed]) -> None:
        self._grounds, self._vault = grounds, vault
        self._of_row = {
            row: (each, number)
            for each in signed
            if each.kind in SHOWN
            for number, row in enumerate(each.rows)
        }
        self._bare: dict[str, Receipt] = {}
        self._openers: dict[str, ListOpener] = {}

    def receipt(self, row: int) -> Receipt:
        """The receipt of a row of the table, by its number there; `Stop` when it has none."""
        if row not in self._of_row:
            raise Stop(f"Row {row} has no statement of its own that shows a giver.")
        signed, number = self._of_row[row]
        bare = self._bare_of(signed)
        if signed.kind == "donation.list":
            return self._of_list(bare, signed.statement, number)
        kept = loads(self._vault.get(f"record/{signed.statement}"))
        secret, values = bytes.fromhex(kept["k"]), kept["values"]
        names = SHOWN[signed.kind]
        shown = tuple(Shown(name, values[name], field_salt(secret, name)) for name in names)
        return replace(bare, shown=shown)

    def bare(self, row: int) -> Receipt:
        """The receipt of a row's statement with nothing shown: for one that is erased."""
        return self._bare_of(self._of_row[row][0])

    def _bare_of(self, signed: Signed) -> Receipt:
        """The receipt with nothing shown; the last one is kept, rows of a list come together."""
        if signed.statement not in self._bare:
            index = self._grounds.find(StatementId(signed.statement))
            if index is None:
                raise Stop(f"Statement {signed.statement} is not on the ledger.")
            self._bare = {signed.statement: self._grounds.receipt(index)}
        return self._bare[signed.statement]

    def _of_list(self, bare: Receipt, statement: str, number: int) -> Receipt:
        if statement not in self._openers:
            self._openers = {statement: ListOpener.of(self._vault, statement)}
        shown, paths = self._openers[statement].show(number, *SHOWN["donation.list"])
        numbers = {field.name: field.value for field in shown}
        offset, amount = numbers["offset"], numbers["amount"]
        assert isinstance(offset, int) and isinstance(amount, int)
        own = self._grounds.prove_state(
            "index", correction_key(row_id(statement, offset, amount)), inside=True
        )
        corrections = (*bare.corrections, own)
        corrected = self._grounds.corrected(corrections)
        return replace(bare, shown=shown, paths=paths, corrections=corrections, corrected=corrected)


def write_row_receipts(
    console: Console,
    node: Node,
    vault: Vault,
    place: LoadFolder,
    keys: Mapping[str, int],
    wanted: Sequence[str],
    folder: Path,
) -> int:
    """Write `KEY.relief-receipt` for the wanted keys of rows, or for every row; how many.

    They stand under the newest final checkpoint, which is waited for.
    """
    for key in wanted:
        if key not in keys:
            raise Stop(
                f"The table has no row with the key {plain(key)}.", "--row takes a row's key."
            )
    node.when_final(node.size() - 1).result(FINAL_S)
    signed = list(place.signed())
    rows = Rows(node.grounds(final=True), vault, signed)
    there = {row for each in signed if each.kind in SHOWN for row in each.rows}
    chosen = wanted or [key for key, row in keys.items() if row in there]
    make_folder(folder)
    with console.counting("writing receipts", "receipts") as counter:
        for number, key in enumerate(chosen):
            name = re.sub(r"[^\w.-]+", "-", key)
            try:
                made = rows.receipt(keys[key])
            except Erased as error:
                made = rows.bare(keys[key])
                console.note(
                    f"Row {plain(key)}: what the vault kept of it was erased on "
                    f"{clock(error.time)}; its receipt shows the entry, and nothing of its content."
                )
            data = format_receipt(made)
            write_whole(folder / f"{name}.relief-receipt", data, sync=False)
            counter.show(number + 1, len(chosen))
    return len(chosen)
