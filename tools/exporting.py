"""`relief export`: the log as a folder of files, which anyone can copy, serve and verify.

    checkpoint   the newest final one, with its cosignatures; replaced last
    tile/        hash tiles and entry bundles, as C2SP tlog-tiles lays them out
    trust        the ledger's trust file, for convenience: believe the one that you got elsewhere

It reads beside the node, which may run. Running it again writes what is new; one that was broken
off goes on where it ended. Afterwards the folder is verified as `relief verify` would, with the
ledger's own trust file: what is handed out has been worked out once already.

Exit status: that of the verification; 2 when it could not be written.
"""

import sqlite3
from pathlib import Path
from typing import Any, Final

from ledger.errors import CheckError, FormatError
from ledger.log.checkpoint import Checkpoint, open_checkpoint_text
from ledger.log.note import NOTE_MAX
from ledger.log.trust import TRUST_MAX
from ledger.phrases import Triple
from ledger.sentences import language_index
from nodes.beside import LogBeside
from nodes.folder import write_whole
from nodes.static import OtherFile, clear_partials, export_public
from nodes.store import FILE
from tools.console import FALSE, VERIFIED, Console, Stop, plain
from tools.home import Home
from tools.published import read_regular
from tools.verify import verify

_WRITTEN: Final[Triple] = (
    "{size:,} entries in {folder}: {written:,} files written, the others were there.",
    "{folder} 中有 {size:,} 条记录：写入 {written:,} 个文件，其余已在。",
    "{folder} 中有 {size:,} 條記錄：寫入 {written:,} 個檔案，其餘已在。",
)
_VERIFIED: Final[Triple] = (
    "Verified: every batch was worked out again from the files. Others check with "
    "relief verify {folder} --trust FILE, and a trust file that they got elsewhere.",
    "已验证：已从文件重新推算每一批。他人可用 relief verify {folder} --trust FILE 核对，"
    "信任文件应另行取得。",
    "已驗證：已從檔案重新推算每一批。他人可用 relief verify {folder} --trust FILE 核對，"
    "信任檔應另行取得。",
)


def export(console: Console, target: Path, folder: Path, *, check: bool = True) -> int:
    """Write the log of the ledger in `folder` into `target`, and verify it."""
    home = Home(folder)
    home.must_exist()
    data = home.settings().data_dir
    if not (data / "store" / FILE).is_file():
        raise Stop("There is no log here yet.", f"relief serve --dir {plain(str(folder))}")
    if Home(target).settings_file.exists():
        raise Stop(
            f"{plain(str(target))} is the folder of a ledger, with keys in it.",
            "Name a folder that may be handed out.",
        )
    try:
        with LogBeside(data) as log:
            head, written = _write(console, log, target)
    except (sqlite3.Error, FormatError) as error:
        raise Stop(
            f"The log cannot be read: {plain(str(error))}.", "relief doctor --dir DIR says more."
        ) from None
    if home.trust.is_file():
        write_whole(target / "trust", read_regular(home.trust, TRUST_MAX), mode=0o644)
    place = language_index(console.language)
    shown = plain(str(target))
    console.say(_WRITTEN[place].format(size=head.size, folder=shown, written=written), "bold")
    said = {"folder": str(target), "origin": head.origin, "size": head.size, "written": written}
    if not check:
        console.result({**said, "verified": None})
        return VERIFIED
    code = verify(_Quiet(console), str(target), trust=home.trust)
    if code != VERIFIED:
        raise Stop(
            f"{shown} was written and does not verify.",
            f"Hand nothing of it out; relief verify {shown} --trust TRUST says which step fails.",
            code=code,
        )
    console.say(_VERIFIED[place].format(folder=shown), "green")
    console.result({**said, "verified": True})
    return VERIFIED


def _write(console: Console, log: LogBeside, target: Path) -> tuple[Checkpoint, int]:
    note = log.final()
    if note is None:
        raise Stop(
            "No checkpoint is final yet, and nothing else is worth handing out.",
            "Look whether the cosigners answer: relief doctor --dir DIR",
        )
    head = open_checkpoint_text(note)[0]
    _check_target(target, head)
    with console.counting("writing", "files") as counter:
        try:
            written = export_public(log, note, head.size, target, compare=True, show=counter.show)
        except OtherFile as error:
            raise Stop(
                f"{plain(str(error))}.",
                "It is damaged, or of another history: keep it, and export into a new folder.",
                code=FALSE,
            ) from None
    clear_partials(target, head.size)
    return head, written


def _check_target(target: Path, head: Checkpoint) -> None:
    """`Stop` where the folder holds another log, or more of this one."""
    path = target / "checkpoint"
    if not path.exists():
        return
    try:
        there = open_checkpoint_text(read_regular(path, NOTE_MAX))[0]
    except (ValueError, CheckError) as error:
        raise Stop(f"{plain(str(path))}: {plain(str(error))}.", "Name a new folder.") from None
    if there.origin != head.origin:
        raise Stop(
            f"{plain(str(target))} holds the log {plain(there.origin)}.", "Name another folder."
        )
    if there.size > head.size:
        raise Stop(
            f"{plain(str(target))} holds {there.size:,} entries of this log, here {head.size:,} "
            "are final.",
            "It was written by a node that knew more: was this one restored? relief doctor --dir "
            "DIR",
            code=FALSE,
        )


class _Quiet(Console):
    """Says nothing but how far it is."""

    def __init__(self, console: Console) -> None:
        super().__init__(as_json=True, language=console.language)

    def result(self, value: Any) -> None:
        """Nothing."""
