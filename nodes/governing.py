"""What governance says, as far as a node must obey it: the trust file, and the log keys in force.

Both follow from the entries (`ledger.governance`); nothing here is set by hand. They are read anew
when the list of governance entries has grown.
"""

import threading
from json import loads

from ledger.errors import FormatError
from ledger.governance import keys_of, render_trust
from ledger.keys import KeyId
from ledger.log.note import LOG, VerifierKey, make_vkey
from ledger.log.trust import TrustFile, parse_trust
from ledger.state import State
from nodes.store import Store


class Governing:
    """The governance of one store's log. Any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: tuple[bytes | None, bytes | None] = (None, None)

    def trust_data(self) -> bytes | None:
        """The trust file as the ledger renders it from its newest state, for every size since it
        last changed; None before genesis, and when the keys in force give none.
        """
        with self._store.view() as view:
            head = view.head()
            if head.batch < 0:
                return None
            gov = view.rows([("index", "gov")]).get(("index", "gov"), b"")
            with self._lock:
                if self._known[0] == gov:
                    return self._known[1]
            state = State(view)
            inputs = state.get("trust", "inputs")
            ids = [KeyId(key) for key, _ in sorted(view.table("keys"))]
            assert isinstance(inputs, dict)
            try:
                text = render_trust(head.origin, inputs, keys_of(state, ids), _since(gov))
            except FormatError:
                data = None
            else:
                data = text.encode()
        with self._lock:
            self._known = (gov, data)
        return data

    def trust(self) -> TrustFile | None:
        """The same, parsed."""
        data = self.trust_data()
        return None if data is None else parse_trust(data)

    def log_keys(self) -> list[VerifierKey]:
        """The log keys in force."""
        with self._store.view() as view:
            head = view.head()
            state = State(view)
            ids = [KeyId(key) for key, _ in sorted(view.table("keys"))]
            return [
                make_vkey(head.origin, LOG, key.public)
                for key in keys_of(state, ids)
                if key.use == "log" and key.in_force(head.size)
            ]


def _since(gov: bytes) -> int:
    """The first size at which the newest governance entry counts: that behind its index."""
    _, last, _ = loads(gov)
    return int(last) + 1
