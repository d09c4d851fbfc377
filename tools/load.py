"""`relief load`: a spreadsheet into the ledger, through a mapping file.

    relief load gifts.csv --mapping gifts.yaml --dir LEDGER             its own node, stopped
    relief load gifts.csv --mapping gifts.yaml --dir LEDGER --to URL    a node that runs

`--dir` is the ledger's folder: keys of people, vault and outbox are there. Every row is read first;
what is wrong is named by row, column, value, reason and suggestion, and nothing is signed. Running
the same command again is always safe. The work itself is in `tools.sheets.tables`.

Exit status: 0 all rows are on the ledger; 1 the ledger refused something; 2 rows wait for a person
(also on the ledger: they are held), or something could not be done.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.keys import SigningKey
from nodes.errors import NodeError
from nodes.keyring import read_key
from nodes.vault import Vault
from tools.console import CANNOT_TELL, FALSE, VERIFIED, Console, Stop, plain
from tools.home import Home
from tools.keygen import open_key, passphrase_for
from tools.running import found, running
from tools.sheets.cells import CellError
from tools.sheets.loading import LoadFolder, Report, Told, check_all, rows_of
from tools.sheets.reading import write_back
from tools.sheets.row_receipts import write_row_receipts
from tools.sheets.tables import Table, check_rows, load_table, read_table
from tools.sheets.targets import NodeTarget, Target, UrlTarget
from tools.submit import ask_origin, open_peer
from tools.verifying.trusting import NoTrust, open_trust

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
    with opened(console, home, wish.to, passphrase, dry=wish.dry_run) as (target, vault):
        place = LoadFolder(home.outbox / "loads", table.mapping, table.sheet)
        kept = place.find(vault, table.mapping_hash, target.origin) is not None
        if not kept:
            try:
                check_rows(table, target, partial=wish.partial)
            except Stop as stop:
                return _wait(console, table, wish, stop)
        _tell_errors(console, table, wish)
        if wish.dry_run:
            return _dry_run(console, table, target)
        folder = wish.keys or home.folder / "people"
        keys = {} if kept else people_keys(folder, table, passphrase)
        with console.counting("loading", "rows") as counter:
            report = load_table(
                table, target, keys=keys, vault=vault, outbox=home.outbox,
                show=counter.show, partial=wish.partial,
            )  # fmt: skip
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
    console: Console, home: Home, to: str, passphrase: bytes | None, *, dry: bool = False
) -> Iterator[tuple[Target, Vault]]:
    """The ledger that is sent to, and the vault of this folder; `dry`: nothing is entered."""
    settings = home.settings()
    if not to:
        with running(settings, passphrase=passphrase) as whole:
            if not dry:
                found(whole.node, home, console.language)
            if whole.node.vault is None:
                raise Stop(
                    f"There is no vault key in {settings.keys}.", "relief keygen --use vault"
                )
            target = NodeTarget(whole.node, whole.views, whole.follower, language=console.language)
            yield target, whole.node.vault
        return
    with open_peer(to) as peer:
        origin = origin_of(home) or ask_origin(console, peer)
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


def origin_of(home: Home) -> str:
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


def _wait(console: Console, table: Table, wish: Wish, stop: Stop) -> int:
    """Say what waits for a person; nothing was signed."""
    _tell_errors(console, table, wish)
    if console.as_json:
        console.result({
            "error": stop.said, "next_step": stop.then, "exit": stop.code,
            "errors": errors_value(table.reading.errors),
        })  # fmt: skip
        return stop.code
    return console.stop(stop)


def errors_value(errors: Sequence[CellError]) -> list[dict[str, Any]]:
    """Errors for scripts."""
    names = ("row", "column", "value", "reason", "suggestion")
    return [{name: getattr(error, name) for name in names} for error in errors]


def _dry_run(console: Console, table: Table, target: Target) -> int:
    kinds = check_all(table.drafts(target, bytes(32)))
    console.say(f"{table.reading.good:,} rows can be loaded; nothing was signed or sent.", "bold")
    console.table("Would be signed", ["kind", "statements"], sorted(kinds.items()))
    _tell_sums(console, table, table.reading.sums)
    for note in [*table.reading.notes, *(f"list {n} is missing" for n in table.gaps)]:
        console.say(f"  {note}")
    console.result({
        "dry_run": True, "rows": table.reading.good, "kinds": kinds, "sums": table.reading.sums,
        "gaps": table.gaps, "notes": table.reading.notes,
        "errors": errors_value(table.reading.errors), "exit": VERIFIED,
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
    mark = "✔" if report.is_whole else "✖" if report.refused or not report.held else "◌"
    console.say(
        f"{mark} {report.rows:,} rows in {report.statements:,} statements: {report.applied:,} "
        f"applied ({report.flagged:,} flagged, {report.replayed:,} were there before), "
        f"{len(report.held):,} held, {len(report.refused):,} refused, "
        f"{report.undelivered + report.unsent:,} not delivered",
        "bold",
    )
    _tell_sums(console, table, report.sums)
    if report.first is not None:
        console.say(f"  entries {report.first:,} to {report.last:,}")
    for note in report.notes:
        console.say(f"  {note}")
    for mark, some in (("✖", report.refused), ("◌", report.held)):
        for each in some[:ERRORS_SHOWN]:
            rows = ", ".join(str(row) for row in each.signed.rows[:5]) or "-"
            console.say(f"  {mark} {each.signed.kind} (row {rows}): {each.answer.said}")
    if report.held:
        console.say("  What is held is not to be loaded again: it is booked once it is approved.")
    if report.undelivered or report.unsent:
        console.say(f"  Kept in {report.folder}: run the same command again to send the rest.")
    if wish.errors is not None and report.refused:
        write_back(wish.errors, table.sheet, rows_of(report.refused))


def _told(some: Sequence[Told]) -> list[dict[str, Any]]:
    return [
        {"key": one.signed.key, "rows": one.signed.rows[:100], "code": one.answer.code,
         "said": one.answer.said}
        for one in some[:1_000]
    ]  # fmt: skip


def _result(console: Console, table: Table, report: Report) -> int:
    code = VERIFIED if report.is_whole else FALSE if report.refused else CANNOT_TELL
    waiting = len(table.reading.bad_rows())
    code = CANNOT_TELL if code == VERIFIED and waiting else code
    console.result({
        "rows": report.rows, "waiting": waiting, "statements": report.statements,
        "kinds": report.kinds, "sums": report.sums, "applied": report.applied,
        "flagged": report.flagged, "replayed": report.replayed,
        "held": _told(report.held), "refused": _told(report.refused),
        "undelivered": report.undelivered + report.unsent,
        "first": report.first, "last": report.last, "gaps": table.gaps, "notes": report.notes,
        "errors": errors_value(table.reading.errors),
        "outbox": str(report.folder), "exit": code,
    })  # fmt: skip
    return code
