"""Refusals that no entry records, remembered for whoever asks again; the oldest go first.

They are gone with the process: who asks then sends the statement again and learns the reason anew.
"""

import threading
from collections import OrderedDict
from concurrent.futures import Future

from ledger.envelope import StatementId
from nodes.solo import Replies, Reply


class Refusals:
    """The newest `most` refusals. Any thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[StatementId, Reply] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, future: "Future[Replies]") -> None:
        """Keep those among the replies of a submission that is done."""
        if future.exception() is not None:
            return
        for reply in future.result():
            if reply.statement is None or reply.index is not None or reply.code is None:
                continue
            with self._lock:
                self._kept[reply.statement] = reply
                self._kept.move_to_end(reply.statement)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)

    def get(self, statement: StatementId) -> Reply | None:
        """The refusal of a statement, if it is remembered."""
        with self._lock:
            return self._kept.get(statement)
