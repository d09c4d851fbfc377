"""Tidying: a thread that forgets, at start and then every hour, what the vault need not know.

Expired tokens lead nowhere already; they are taken out so that what is not needed is not there.
Nobody waits for it: what fails is tried again an hour later, and `trouble` says why.
"""

import sqlite3
import threading
from collections.abc import Callable
from typing import Final

from nodes.vault import Vault

EVERY_S: Final = 3_600


class Tidier:
    """Purges `vault` by the clock `now` (Unix seconds), unless `is_sure` says no to the clock."""

    def __init__(
        self,
        vault: Vault,
        now: Callable[[], int],
        *,
        is_sure: Callable[[], bool] = lambda: True,
        every_s: float = EVERY_S,
    ) -> None:
        self._vault, self._now, self._is_sure, self._every_s = vault, now, is_sure, every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relief-tidier", daemon=True)
        self.purged = 0
        """Tokens that were purged since the start."""
        self.trouble = ""

    def start(self) -> None:
        """Begin with the first purge."""
        self._thread.start()

    def stop(self) -> None:
        """End; a purge that runs is finished."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                if self._is_sure():
                    self.purged += self._vault.purge_tokens(now=self._now())
                self.trouble = ""
            except sqlite3.Error as error:
                self.trouble = str(error)
            self._over.wait(self._every_s)
