"""Tables on their way into the ledger: read, drafted, signed, kept, sent.

    table = read_table(Path("gifts.csv"), Path("gifts.yaml"))
    report = load_table(table, NodeTarget(node), keys=keys, vault=node.vault, outbox=outbox)
    report.sums, report.applied, report.seconds

This is the whole work of `relief load` without a console: the command, the bench and tests call it.
The mapping decides what becomes of the rows: lists, one statement each, goods in or out.
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ledger.keys import SigningKey
from nodes.vault import Vault, VaultError
from tools.console import Stop, plain
from tools.sheets.drafts import (
    Drafts,
    Gift,
    Reading,
    draft_gifts,
    draft_lists,
    gaps_of,
    lists_of,
    read_gifts,
)
from tools.sheets.goods_drafts import (
    Goodsline,
    draft_handouts,
    draft_receipts,
    read_goods,
    wait_for_missing,
)
from tools.sheets.loading import (
    LoadFolder,
    Plan,
    Report,
    Show,
    Signed,
    Signer,
    quiet,
    send,
    sign_all,
)
from tools.sheets.mapping import Mapping as Wanted
from tools.sheets.mapping import fit, read_mapping
from tools.sheets.reading import Sheet, read_sheet
from tools.sheets.targets import Target


@dataclass(slots=True)
class Table:
    """A table as its mapping reads it: what is good, and what waits for a person."""

    sheet: Sheet
    mapping: Wanted
    mapping_hash: str
    mapping_data: bytes
    reading: Reading = field(default_factory=Reading)
    gifts: list[Gift] = field(default_factory=list)
    goods: list[Goodsline] = field(default_factory=list)

    def drafts(self, target: Target, reference_key: bytes) -> Drafts:
        """The statements that the good rows make."""
        kind = self.mapping.kind
        if kind == "donation.list":
            return draft_lists(self.mapping, self.sheet, self.gifts)
        if kind == "donation.receive":
            return draft_gifts(self.mapping, self.gifts, reference_key)
        if kind == "stock.receive":
            return draft_receipts(self.mapping, self.goods, target)
        return draft_handouts(self.mapping, self.goods, target, self.reading)

    @property
    def gaps(self) -> list[int]:
        """Numbers of lists that are missing between the first and the last."""
        if self.mapping.kind != "donation.list":
            return []
        return gaps_of(list(lists_of(self.mapping, self.gifts)))

    def leave_out(self, rows: set[int]) -> None:
        """Do not load these rows; sums are those of the others."""
        self.gifts = [gift for gift in self.gifts if gift.row.number not in rows]
        self.goods = [line for line in self.goods if line.row.number not in rows]
        self.reading.sums, self.reading.good = {}, 0
        for gift in self.gifts:
            assert self.mapping.donations is not None
            self.reading.add(self.mapping.donations.amount.currency, gift.amount)
        for line in self.goods:
            self.reading.add(line.item, line.units)

    def keys(self) -> dict[str, int]:
        """Key of a row -> its number."""
        return {self.mapping.key_of(row): row.number for row in self.sheet.rows}


def read_table(file: Path, mapping: Path, language: str = "en") -> Table:
    """Read a file as a mapping says; `Stop` where they do not fit each other."""
    wanted, mapping_hash = read_mapping(mapping, language)
    declared = wanted.file
    raw = read_sheet(
        file,
        encoding=(declared.encoding if declared is not None else None) or "utf-8",
        sheet=(declared.sheet if declared is not None else None) or "",
    )
    table = Table(fit(wanted, raw), wanted, mapping_hash, mapping.read_bytes())
    if wanted.donations is not None:
        table.gifts = read_gifts(wanted, table.sheet, table.reading)
    else:
        table.goods = read_goods(wanted, table.sheet, table.reading)
    return table


# --- the work


def load_table(
    table: Table,
    target: Target,
    *,
    keys: Mapping[str, SigningKey],
    vault: Vault,
    outbox: Path,
    now: int | None = None,
    show: Show = quiet,
    partial: bool = False,
) -> Report:
    """Sign (unless that was done), keep, and send a table; `keys`: actor -> key.

    Calling it again sends the same bytes. `Stop` while a row has an error, unless `partial`.
    """
    began = time.monotonic()
    place = LoadFolder(outbox / "loads", table.mapping, table.sheet)
    plan = place.find(vault, table.mapping_hash, target.origin)
    report = Report(folder=place.folder)
    if plan is None:
        table.leave_out(rows_before(table, target, outbox))
        check_rows(table, target, partial=partial)
        plan = _sign(table, target, place, keys, vault, int(time.time()) if now is None else now,
                     show)  # fmt: skip
    report.seconds["sign"] = time.monotonic() - began
    report.rows, report.statements, report.sums = plan.rows, plan.statements, dict(plan.sums)
    report.notes += table.reading.notes
    send(place, target, report, show, go_on=partial)
    if table.gaps:
        report.notes.append(
            f"list {', '.join(str(n) for n in table.gaps)} is missing: the ledger shows the gap"
        )
    return report


def rows_before(table: Table, target: Target, outbox: Path) -> set[int]:
    """Rows that earlier attempts at the same file have put on the ledger: never loaded again.

    What those attempts kept is sent again, so that it is the ledger that says so.
    """
    found: set[int] = set()
    for attempt in range(1, table.mapping.attempt or 1):
        place = LoadFolder(outbox / "loads", table.mapping, table.sheet, attempt=attempt)
        if not place.folder.is_dir():
            continue
        report = Report(statements=place.plan().statements)
        send(place, target, report, quiet, go_on=True)
        if report.undelivered:
            raise Stop(
                f"Attempt {attempt} at this file is not delivered yet.",
                "Run it to its end first: what it puts on the ledger is left out of this one.",
            )
        found |= report.done
    return found


def check_rows(table: Table, target: Target, *, partial: bool) -> None:
    """`Stop` when there is nothing to load, or a row waits for a person and not `partial`.

    Rows with errors are left out; of a list with such a row the whole list, whose total it is in.
    """
    if table.mapping.kind == "disbursement.handout":
        wait_for_missing(table.mapping, table.goods, target, table.reading)
    bad = table.reading.bad_rows()
    if bad and not partial:
        raise Stop(
            f"{len(bad):,} of {len(table.sheet.rows):,} rows wait for a person; "
            "nothing was signed.",
            "Correct them, decide in the mapping, or load the others with --partial.",
        )
    if bad:
        table.leave_out(bad | _of_same_lists(table, bad))
    if not table.gifts and not table.goods:
        raise Stop(f"{plain(table.sheet.name)} has no row that can be loaded.")


def _of_same_lists(table: Table, bad: set[int]) -> set[int]:
    column = table.mapping.donations.list if table.mapping.donations is not None else None
    if column is None:
        return set()
    lists = {row.cells[column] for row in table.sheet.rows if row.number in bad}
    return {row.number for row in table.sheet.rows if row.cells[column] in lists}


def _sign(
    table: Table,
    target: Target,
    place: LoadFolder,
    keys: Mapping[str, SigningKey],
    vault: Vault,
    now: int,
    show: Show,
) -> Plan:
    for actor in table.mapping.actors():
        if actor not in keys:
            raise Stop(
                f"The key of {plain(actor)} is not here, and the mapping says that they sign.",
                "Put it into the folder of keys (--keys), or name another signer.",
            )
    signer = Signer(target.origin, table.sheet.sha256, place.attempt, keys, now)
    drafts = table.drafts(target, reference_key_of(table, vault))
    kept: dict[str, bytes] = {}
    count = 0

    def counted() -> Iterator[tuple[Signed, bytes]]:
        nonlocal count
        for each in sign_all(drafts, signer, kept, show, table.reading.good):
            count += 1
            yield each

    portions = place.write(counted(), table.mapping_data)
    plan = Plan(
        attempt=place.attempt,
        file=table.sheet.sha256,
        kind=table.mapping.kind,
        log=target.origin,
        mapping=table.mapping_hash,
        portions=portions,
        record=next(iter(kept), ""),
        rows=table.reading.good,
        statements=count,
        sums=table.reading.sums,
    )
    place.commit(plan, vault, kept)
    return plan


def reference_key_of(table: Table, vault: Vault) -> bytes:
    """The reference key of the fund that gifts go to, made at its first use: 32 bytes."""
    donations = table.mapping.donations
    if donations is None:
        return b""
    name = f"reference-key/{donations.line.partition('.')[0]}"
    try:
        return vault.get(name)
    except VaultError:
        vault.put(name, secrets.token_bytes(32))
        return vault.get(name)
