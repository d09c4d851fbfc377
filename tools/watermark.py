"""`relief watermark`: what did this node's key sign last, and may it sign on?

The watermark lies with the keys, apart from the store, and is the node's only memory of what it
signed that a restored backup does not take back. Where it is missing or older than the node's own
notes, the node reads only until an operator says with `--published` what the largest published size
was: the second line of the newest checkpoint that any cosigner or reader holds.

Exit status: 0 known, or now confirmed; 1 not known, or what was said cannot be; 2 could not look.
"""

from pathlib import Path
from typing import Final

from ledger.phrases import Triple
from ledger.sentences import language_index
from nodes.errors import Locked, NodeError, ReadOnly
from nodes.lastsigned import NotConfirmed, check_known, confirm
from nodes.readonly import read_only
from nodes.recovery import close_clean, open_store
from nodes.watermark import Watermark
from tools.checkup import head_of, newest_note
from tools.console import FALSE, VERIFIED, Console, Stop, plain
from tools.home import Home


def watermark(console: Console, folder: Path, *, published: int | None) -> int:
    """Show the watermark of the ledger in `folder`, or confirm what was published last."""
    home = Home(folder)
    home.must_exist()
    if published is not None:
        _confirm(home, published)
    mark = Watermark(home.settings().keys / "watermark", make=False)
    mark.close()
    size, seen = head_of(home).size, newest_note(home)
    why: ReadOnly | None = None
    try:
        check_known(mark, size=size, seen=seen)
        if mark.size > size:
            raise read_only("store_behind", mark=mark.size, size=size)
    except ReadOnly as error:
        why = error
    said = why.words[language_index(console.language)] if why else ""
    console.result(
        {
            "published": mark.size,
            "store": size,
            "confirmed": published is not None,
            "reason": why.reason if why else "",
            "read_only": said,
        }
    )
    if why is not None:
        console.say(f"✖ {plain(said)}", "bold red")
        return FALSE
    row = _KNOWN if published is None else _CONFIRMED
    text = row[language_index(console.language)]
    console.say(f"✔ {text.format(mark=mark.size, size=size)}", "green")
    return VERIFIED


_KNOWN: Final[Triple] = (
    "this key signed up to {mark:,}, the store holds {size:,} entries",
    "此密钥已签到 {mark:,}，账本有 {size:,} 条记录",
    "此金鑰已簽到 {mark:,}，帳本有 {size:,} 條記錄",
)
_CONFIRMED: Final[Triple] = (
    "confirmed: size {mark:,} was published last, the store holds {size:,} entries; start the node",
    "已确认：最后公布到 {mark:,}，账本有 {size:,} 条记录；可以启动节点",
    "已確認：最後公布到 {mark:,}，帳本有 {size:,} 條記錄；可以啟動節點",
)


def _confirm(home: Home, published: int) -> None:
    """Write the watermark, with the store locked so that no node starts meanwhile."""
    settings = home.settings()
    try:
        opened = open_store(settings.data_dir / "store", settings.store)
    except Locked as error:
        raise Stop(f"{plain(str(error))}.", "Stop the node, then run it again.") from None
    except NodeError as error:
        raise Stop(f"{plain(str(error))}.", "relief doctor --dir DIR says more.") from None
    try:
        confirm(
            settings.keys / "watermark",
            opened.store,
            seen=newest_note(home),
            published=published,
        )
    except NotConfirmed as error:
        raise Stop(
            f"Not confirmed: {plain(str(error))}.", "Nothing was changed.", code=FALSE
        ) from None
    finally:
        if opened.clean:
            close_clean(opened.store)
        else:
            opened.store.close()  # or what is checked behind after a crash would not be
