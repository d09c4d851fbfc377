"""What this key signed last: the watermark held against the store and the node's own notes.

Rules. A key signs on only when it is known what it signed last. A watermark that is not there
beside a store with entries (a folder that was put together from backups), or that is behind a note
which this node itself has kept, tells nothing: the node reads only, until an operator says what was
published last. A store behind its watermark reads only until it has caught up, whoever says what.

What the operator says is believed: whoever may write the watermark can make a node forget what it
signed. So it is asked for in figures, held against everything that is here, and readers who kept a
checkpoint find a lie (`relief verify --since`).
"""

from pathlib import Path

from nodes.errors import NodeError, StoreLost
from nodes.publisher import head_at
from nodes.readonly import read_only
from nodes.store import Store
from nodes.watermark import Watermark


class NotConfirmed(NodeError):
    """What was said to be published last cannot be: the text says why. Nothing was changed."""


def check_known(mark: Watermark, *, size: int, seen: int) -> None:
    """Raise `ReadOnly` unless the watermark tells what this key signed last.

    `size`: entries in the store. `seen`: the largest size of a note that this node has kept.
    """
    if mark.is_missing and size:
        raise read_only("watermark_missing", size=size)
    if seen > size:
        raise read_only("store_behind", mark=max(mark.size, seen), size=size)
    # A note is kept after its watermark is durable: a smaller watermark is an older file.
    if mark.size < seen:
        raise read_only("watermark_old", mark=mark.size, seen=seen)


def confirm(path: Path, store: Store, *, seen: int, published: int) -> None:
    """Write a watermark at `published`, the size that was published last; the store is locked.

    `NotConfirmed` when that cannot be so, or when the watermark needs no word of anybody's.
    """
    size = store.head().size
    mark = Watermark(path, make=False)
    mark.close()
    if not mark.is_missing and mark.size >= max(seen, 1):
        raise NotConfirmed(f"the watermark is there, at {mark.size:,}: there is nothing to confirm")
    if published < seen:
        raise NotConfirmed(f"this node itself has published size {seen:,}, more than {published:,}")
    if published > size:
        raise NotConfirmed(
            f"the store ends at {size:,}, before {published:,}: it must be brought up to what was "
            "published before anything is signed"
        )
    root = bytes(32)
    if published:
        root = _root_of_batch(store, published)
    made = Watermark(path)
    try:
        made.hold()
        if published:
            made.raise_to(published, root)
    finally:
        made.close()


def _root_of_batch(store: Store, size: int) -> bytes:
    try:
        with store.view() as view:
            return head_at(view, size).root()
    except StoreLost:
        raise NotConfirmed(
            f"no checkpoint of this log has size {size:,}; the size stands in the second line of a "
            "checkpoint"
        ) from None
