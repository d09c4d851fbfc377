"""`relief load`: a spreadsheet into the ledger, through a mapping file.

    relief load gifts.csv --mapping gifts.yaml --dir LEDGER             its own node, stopped
    relief load gifts.csv --mapping gifts.yaml --dir LEDGER --to URL    a node that runs

`--dir` is the ledger's folder: keys of people, vault and outbox are there. Every row is read first;
what is wrong is named by row, column, value, reason and suggestion, and nothing is signed. Running
the same command again is always safe.

Exit status: 0 all rows are on the ledger; 1 the ledger refused something; 2 rows wait for a person,
or something could not be done.
"""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ledger.keys import SigningKey
from nodes.errors import NodeError
from nodes.keyring import read_key
from nodes.vault import Vault, VaultError
from tools.cells import CellError
from tools.console import CANNOT_TELL, FALSE, VERIFIED, Console, Stop, plain
from tools.drafts import (
    Drafts,
    Gift,
    Reading,
    draft_gifts,
    draft_lists,
    gaps_of,
    lists_of,
    read_gifts,
)
from tools.goods_drafts import (
    Goodsline,
    draft_handouts,
    draft_receipts,
    read_goods,
    wait_for_missing,
)
from tools.home import Home
from tools.keygen import open_key, passphrase_for
from tools.loading import (
    LoadFolder,
    Plan,
    Report,
    Show,
    Signed,
    Signer,
    check_all,
    quiet,
    rows_of,
    send,
    sign_all,
)
from tools.mapping import Mapping as Wanted
from tools.mapping import fit, read_mapping
from tools.row_receipts import write_row_receipts
from tools.running import found, running
from tools.sheets import Sheet, read_sheet, write_back
from tools.submit import ask_origin, open_peer
from tools.targets import NodeTarget, Target, UrlTarget
from tools.trusting import NoTrust, open_trust

ERRORS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    file: Path
    mapping: Path
    home: Path
    to: str = ""
    dry_run: bool = False
    partial: bool = False
    errors: Path | None = None
    receipts: Path | None = None
    rows: tuple[str, ...] = ()
    keys: Path | None = None
    fd: int | None = None
    passphrase_file: Path | None = None


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


# --- the work, for the command, the bench and tests


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


def check_rows(table: Table, target: Target, *, partial: bool) -> None:
    """`Stop` when there is nothing to load, or a row waits for a person and not `partial`."""
    if table.mapping.kind == "disbursement.handout":
        wait_for_missing(table.mapping, table.goods, target, table.reading)
    bad = table.reading.bad_rows()
    if bad and not partial:
        raise Stop(
            f"{len(bad):,} of {len(table.sheet.rows):,} rows wait for a person; "
            "nothing was signed.",
            "Correct them, decide in the mapping, or load the others with --partial.",
        )
    table.goods = [line for line in table.goods if line.row.number not in bad]
    if not table.gifts and not table.goods:
        raise Stop(f"{plain(table.sheet.name)} has no row that can be loaded.")


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


# --- the command


def load(console: Console, wish: Wish) -> int:
    """Read, check, sign, keep, send; say what became of every row."""
    home = Home(wish.home)
    home.must_exist()
    if wish.rows and wish.receipts is None:
        raise Stop(
            "--row chooses receipts, and no folder for them is given.", "Add --receipts DIR."
        )
    if wish.receipts is not None and wish.to:
        raise Stop(
            "Receipts with opened rows are made where log and vault are.",
            "Leave --to out and run it with --dir while that node is stopped.",
        )
    table = read_table(wish.file, wish.mapping, console.language)
    passphrase = passphrase_for(fd=wish.fd, file=wish.passphrase_file)
    with opened(console, home, wish.to, passphrase) as (target, vault):
        try:
            if wish.dry_run:
                return _dry_run(console, table, target, wish)
            place = LoadFolder(home.outbox / "loads", table.mapping, table.sheet)
            kept = place.find(vault, table.mapping_hash, target.origin) is not None
            keys = (
                {} if kept else people_keys(wish.keys or home.folder / "people", table, passphrase)
            )
            with console.counting("loading", "rows") as counter:
                report = load_table(
                    table, target, keys=keys, vault=vault, outbox=home.outbox,
                    show=counter.show, partial=wish.partial,
                )  # fmt: skip
        finally:
            _tell_errors(console, table, wish)
        _tell(console, table, report, wish)
        if wish.receipts is not None:
            assert isinstance(target, NodeTarget)
            count = write_row_receipts(
                console, target.node, vault, place, table.keys(), wish.rows, wish.receipts
            )
            console.say(
                f"  {count:,} receipts in {wish.receipts}: relief verify FILE --trust TRUST"
            )
    return _result(console, table, report)


@contextmanager
def opened(
    console: Console, home: Home, to: str, passphrase: bytes | None
) -> Iterator[tuple[Target, Vault]]:
    """The ledger that is sent to, and the vault of this folder."""
    settings = home.settings()
    if not to:
        with running(settings, passphrase=passphrase) as whole:
            found(whole.node, home, console.language)
            if whole.node.vault is None:
                raise Stop(
                    f"There is no vault key in {settings.keys}.", "relief keygen --use vault"
                )
            target = NodeTarget(whole.node, whole.views, whole.follower, language=console.language)
            yield target, whole.node.vault
        return
    with open_peer(to) as peer:
        origin = _origin(home) or ask_origin(console, peer)
        try:
            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            vault = Vault(
                settings.data_dir / "vault.sqlite",
                read_key(settings.keys / "vault.key", "vault", passphrase),
            )
        except NodeError as error:
            raise Stop(
                f"{plain(str(error))}.", "The vault keeps what the log only seals."
            ) from None
        try:
            yield UrlTarget(peer, origin, language=console.language), vault
        finally:
            vault.close()


def _origin(home: Home) -> str:
    """The log that the folder's trust file is about; "" where it names none, or several."""
    if not home.trust.is_file():
        return ""
    try:
        names = {log.key.name for log in open_trust(home.trust).logs}
    except NoTrust as error:
        raise Stop(f"Trust file: {plain(str(error))}.", "Put a good one there.") from None
    return names.pop() if len(names) == 1 else ""


def people_keys(folder: Path, table: Table, passphrase: bytes | None) -> dict[str, SigningKey]:
    """Actor -> key, from files `organisation.actor.key` in a folder; those that are there."""
    found = {}
    for actor in table.mapping.actors():
        path = folder / f"{actor.replace('/', '.')}.key"
        if path.exists():
            found[actor] = open_key(path, ("author", "device"), passphrase).key
    return found


def _dry_run(console: Console, table: Table, target: Target, wish: Wish) -> int:
    check_rows(table, target, partial=wish.partial)
    kinds = check_all(table.drafts(target, bytes(32)))
    console.say(f"{table.reading.good:,} rows can be loaded; nothing was signed or sent.", "bold")
    console.table("Would be signed", ["kind", "statements"], sorted(kinds.items()))
    _tell_sums(console, table, table.reading.sums)
    for note in [*table.reading.notes, *(f"list {n} is missing" for n in table.gaps)]:
        console.say(f"  {note}")
    console.result({
        "dry_run": True, "rows": table.reading.good, "kinds": kinds, "sums": table.reading.sums,
        "gaps": table.gaps, "notes": table.reading.notes, "exit": VERIFIED,
    })  # fmt: skip
    return VERIFIED


def _tell_errors(console: Console, table: Table, wish: Wish) -> None:
    errors = table.reading.errors
    if errors:
        console.table(
            f"{len(errors):,} cells wait for a person",
            ["row", "column", "value", "reason", "suggestion"],
            [[e.row, e.column, e.value, e.reason, e.suggestion] for e in errors[:ERRORS_SHOWN]],
        )
        if errors[ERRORS_SHOWN:]:
            console.say(f"  and {len(errors) - ERRORS_SHOWN:,} more; --errors FILE writes all.")
    if wish.errors is not None:
        write_back(wish.errors, table.sheet, sentences(errors))
        console.note(f"The same table with a column `errors`: {wish.errors}")


def sentences(errors: Sequence[CellError]) -> dict[int, str]:
    """Row number -> what is wrong with it."""
    found: dict[int, str] = {}
    for error in errors:
        before = f"{found[error.row]}; " if error.row in found else ""
        found[error.row] = before + error.sentence()
    return found


def _tell_sums(console: Console, table: Table, sums: Mapping[str, int]) -> None:
    donations = table.mapping.donations
    if donations is None:
        units = sum(sums.values())
        console.say(f"  {units:,} units of {len(sums):,} items, as written")
        return
    for commodity, units in sums.items():
        console.say(f"  {amount_text(units, donations.amount.decimals)} {commodity}")


def amount_text(units: int, decimals: int) -> str:
    """An amount for people.

    >>> amount_text(70_140_126_391, 2), amount_text(5, 0)
    ('701,401,263.91', '5')
    """
    whole, rest = divmod(units, 10**decimals)
    return f"{whole:,}.{rest:0{decimals}}" if decimals else f"{whole:,}"


def _tell(console: Console, table: Table, report: Report, wish: Wish) -> None:
    mark = "✔" if report.is_whole else "✖"
    console.say(
        f"{mark} {report.rows:,} rows in {report.statements:,} statements: {report.applied:,} "
        f"applied ({report.flagged:,} flagged, {report.replayed:,} were there before), "
        f"{len(report.refused):,} refused, {report.undelivered + report.unsent:,} not delivered",
        "bold",
    )
    _tell_sums(console, table, report.sums)
    if report.first is not None:
        console.say(f"  entries {report.first:,} to {report.last:,}")
    for note in report.notes:
        console.say(f"  {note}")
    for each in report.refused[:ERRORS_SHOWN]:
        rows = ", ".join(str(row) for row in each.signed.rows[:5]) or "-"
        console.say(f"  ✖ {each.signed.kind} (row {rows}): {each.answer.said}")
    if report.undelivered or report.unsent:
        console.say(f"  Kept in {report.folder}: run the same command again to send the rest.")
    if wish.errors is not None and report.refused:
        write_back(wish.errors, table.sheet, rows_of(report.refused))


def _result(console: Console, table: Table, report: Report) -> int:
    code = VERIFIED if report.is_whole else FALSE if report.refused else CANNOT_TELL
    waiting = len(table.reading.bad_rows())
    code = CANNOT_TELL if code == VERIFIED and waiting else code
    console.result({
        "rows": report.rows, "waiting": waiting, "statements": report.statements,
        "kinds": report.kinds, "sums": report.sums, "applied": report.applied,
        "flagged": report.flagged, "replayed": report.replayed,
        "refused": [{"key": r.signed.key, "rows": r.signed.rows[:100], "code": r.answer.code,
                     "said": r.answer.said} for r in report.refused[:1_000]],
        "undelivered": report.undelivered + report.unsent,
        "first": report.first, "last": report.last, "gaps": table.gaps, "notes": report.notes,
        "outbox": str(report.folder), "exit": code,
    })  # fmt: skip
    return code
