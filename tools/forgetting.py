"""`relief vault erase`: the right of erasure, for one person's record at a time.

The vault's record is destroyed, with the tokens that lead to it, in the file and in its write-ahead
log (`nodes.vault`); its name stays, so that a backup that brings it back is noticed. The log is not
touched: its entries still verify, and what they seal can no longer be opened by anybody. Copies in
backups, spreadsheets and on paper are for people to destroy, and the command says so.

A record is named by its statement, a row of a list by `STATEMENT/N` (from 0) or, as receipts and
traces name it, `STATEMENT/OFFSET-AMOUNT`. The node must be stopped: one process writes the vault.

Exit status: 0 erased, or it was before; 1 there is no such record; 2 nothing was done.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.phrases import Triple
from ledger.sentences import language_index
from nodes.errors import Locked, NodeError
from nodes.folder import FolderLock
from nodes.keyring import read_key
from nodes.vault import Erased, Vault, VaultError
from tools.console import CANNOT_TELL, FALSE, VERIFIED, Console, Stop, clock, plain
from tools.home import Home
from tools.keygen import passphrase_for

NAME: Final = re.compile(r"([0-9a-f]{64})(?:/(?:(\d{1,7})|(\d{1,16})-(\d{1,16})))?", re.ASCII)

_SURE: Final[Triple] = (
    "Erase {count:,} records for good? What the log seals about them can then be opened by nobody. "
    "Type yes:",
    "要永久清除 {count:,} 份记录吗？此后任何人都无法再打开账本所封存的相应内容。请输入 yes：",
    "要永久清除 {count:,} 份記錄嗎？此後任何人都無法再打開帳本所封存的相應內容。請輸入 yes：",
)
_DONE: Final[Triple] = (
    "{erased:,} records are erased, {before:,} were before. The log verifies as it did; receipts "
    "made from now on show that the entry is there, and nothing of what was erased.",
    "已清除 {erased:,} 份记录，另有 {before:,} 份早已清除。账本照样可验证；"
    "此后制作的收据只显示该条在账上，不再显示被清除的内容。",
    "已清除 {erased:,} 份記錄，另有 {before:,} 份早已清除。帳本照樣可驗證；"
    "此後製作的收據只顯示該條在帳上，不再顯示被清除的內容。",
)
_COPIES: Final[Triple] = (
    "Backups of the vault, the table that was loaded, and receipts handed out may still hold it: "
    "destroy them too, or let them expire.",
    "保险库的备份、导入时的表格和已发出的收据里可能还有这些内容：请一并销毁，或让其到期。",
    "保險庫的備份、匯入時的表格和已發出的收據裡可能還有這些內容：請一併銷毀，或讓其到期。",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: records that are there, and how many were erased before."""

    names: tuple[str, ...]
    before: int


def erase(
    console: Console,
    folder: Path,
    things: Sequence[str],
    *,
    yes: bool,
    fd: int | None,
    file: Path | None,
) -> int:
    """Erase the records of `things` from the vault of the ledger in `folder`."""
    home = Home(folder)
    home.must_exist()
    with _vault(home, fd, file) as vault:
        asked = _find_all(vault, things)
        for name in asked.names:
            console.say(f"  {name}")
        if asked.names and not yes and not _wants(console, len(asked.names)):
            console.say("Nothing was erased.")
            return CANNOT_TELL
        now = int(time.time())
        try:
            for name in asked.names:
                vault.erase(name, time=now)
        except VaultError as error:
            raise Stop(f"{plain(str(error))}.", "Run the same command again.") from None
    erased = len(asked.names)
    note = f"{clock(now)} vault: {erased:,} records erased, {asked.before:,} were before"
    write_journal(home, note)
    console.note(note)
    place = language_index(console.language)
    console.say(_DONE[place].format(erased=erased, before=asked.before), "bold")
    console.say(_COPIES[place], "yellow")
    console.result({"erased": erased, "before": asked.before, "time": now})
    return VERIFIED


def write_journal(home: Home, line: str) -> None:
    """Add a line to the folder's journal, durably. No names, no ids: it may be read by many."""
    number = os.open(home.journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(number, f"{line}\n".encode())
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _vault(home: Home, fd: int | None, file: Path | None) -> Iterator[Vault]:
    settings = home.settings()
    path = settings.data_dir / "vault.sqlite"
    if not path.is_file():
        raise Stop(f"There is no vault at {plain(str(path))}.", "Name the ledger's folder.")
    try:
        lock = FolderLock(settings.data_dir / "store")
    except Locked as error:
        raise Stop(f"{plain(str(error))}.", "Stop the node, then run it again.") from None
    try:
        fd = settings.passphrase_fd if fd is None and file is None else fd
        file = settings.passphrase_file if fd is None and file is None else file
        try:
            key = read_key(settings.keys / "vault.key", "vault", passphrase_for(fd=fd, file=file))
            vault = Vault(path, key)
        except NodeError as error:
            raise Stop(
                f"{plain(str(error))}.", "Bring the vault's key, and its passphrase."
            ) from None
        with closing(vault):
            yield vault
    finally:
        lock.release()


def _find_all(vault: Vault, things: Sequence[str]) -> Asked:
    names: list[str] = []
    before = 0
    for thing in things:
        name = _name_of(vault, thing)
        try:
            vault.get(name)
        except Erased:
            before += 1
            continue
        except VaultError as error:
            if not vault.has(name):
                raise Stop(
                    f"{plain(str(error))}.",
                    "Name a statement, or STATEMENT/N for a row of its list; nothing was erased.",
                    code=FALSE,
                ) from None
            # It does not open, with this key or at all: a reason more to destroy it.
        names.append(name)
    return Asked(tuple(dict.fromkeys(names)), before)


def _name_of(vault: Vault, thing: str) -> str:
    """The vault's name of what a person names."""
    found = NAME.fullmatch(thing)
    if found is None:
        raise Stop(
            f"{plain(thing)} names no record.",
            "Name a statement (64 hex digits), or a row: STATEMENT/N or STATEMENT/OFFSET-AMOUNT.",
        )
    statement, number, offset, amount = found.groups()
    if number is not None:
        return f"record/{statement}/{int(number)}"
    if offset is not None:
        return _row_at(vault, statement, int(offset), int(amount))
    rows = sum(1 for _ in vault.names(f"record/{statement}/"))
    if rows and not vault.has(f"record/{statement}"):
        raise Stop(
            f"This statement is a list, of which {rows:,} rows are kept.",
            "Name the person's row: STATEMENT/N or STATEMENT/OFFSET-AMOUNT.",
        )
    return f"record/{statement}"


def _row_at(vault: Vault, statement: str, offset: int, amount: int) -> str:
    for name in vault.names(f"record/{statement}/"):
        values = json.loads(vault.get(name))["values"]
        if (values.get("offset"), values.get("amount")) == (offset, amount):
            return name
    raise Stop(
        f"No row at {offset:,} with {amount:,} units is kept of this list.",
        "It may be erased already; STATEMENT/N names a row by its number, from 0.",
        code=FALSE,
    )


def _wants(console: Console, count: int) -> bool:
    if not sys.stdin.isatty():
        raise Stop("Nobody is here to say yes.", "Look at what is named, then add --yes.")
    console.note(_SURE[language_index(console.language)].format(count=count))
    return sys.stdin.readline().strip() == "yes"
