"""The index table: "these are all entries about X", kept as one small Merkle tree a subject.

Row `X -> [count, last index, root]`, root = RFC 6962 root over the leaves `u64(index) || leaf hash`
in log order (`docs/spec/state-root.md`, index proof). The right edge of each tree is kept beside
the state; rows are written once a batch, when all its entries are known.

A row says how many entries there are and proves a list of them; which entries they are, a store
keeps for the short lists that go into receipts (`is_listed`), so that each is found at once.
"""

from collections.abc import Iterable, Sequence

from ledger.envelope import StatementId
from ledger.log.merkle import Frontier, leaf_hash
from ledger.state import State


def correction_key(target: StatementId | str) -> str:
    """The subject under which corrections of a statement or opened list row are found."""
    return f"correction/{target}"


GOVERNANCE = "gov"
"""The subject of the entries that change who runs the log and who cosigns it."""


def is_listed(subject: str) -> bool:
    """Whether a store keeps the entries about `subject` by their indexes: governance, corrections.

    >>> is_listed("gov"), is_listed("correction/5a1e"), is_listed("lot/5a1e/0")
    (True, True, False)
    """
    return subject == GOVERNANCE or subject.startswith("correction/")


def index_leaf(index: int, leaf: bytes) -> bytes:
    """The leaf hash of one entry in the tree behind an index row."""
    return leaf_hash(index.to_bytes(8, "big") + leaf)


class Indexes:
    """The index table during one batch."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open: dict[str, tuple[Frontier, int]] = {}
        self._listed: list[tuple[str, int]] = []

    def has(self, subject: str) -> bool:
        """Whether any entry, of this batch too, is about `subject`."""
        return subject in self._open or self._state.get("index", subject) is not None

    def prefetch(self, subjects: Sequence[str]) -> None:
        """Read the trees of many subjects in one go."""
        missing = [s for s in dict.fromkeys(subjects) if s not in self._open]
        self._state.prefetch([("index", s) for s in missing])
        known = [s for s in missing if self._state.get("index", s) is not None]
        edges = self._state.reader.edges(known) if known else {}
        for subject in known:
            row = self._state.get("index", subject)
            assert isinstance(row, list) and isinstance(row[0], int) and isinstance(row[1], int)
            edge = edges[subject]
            hashes = tuple(edge[at : at + 32] for at in range(0, len(edge), 32))
            self._open[subject] = (Frontier(row[0], hashes), row[1])

    def add(self, subjects: Iterable[str], index: int, leaf: bytes) -> None:
        """Note that the entry at `index` is about these subjects."""
        subjects = list(subjects)
        self.prefetch(subjects)
        for subject in subjects:
            frontier, _ = self._open.get(subject) or (Frontier(), 0)
            frontier.append(index_leaf(index, leaf))
            self._open[subject] = (frontier, index)
            if is_listed(subject):
                self._listed.append((subject, index))

    def listed(self) -> tuple[tuple[str, int], ...]:
        """(subject, entry index) of this batch, in order, of the subjects that a store lists."""
        return tuple(self._listed)

    def close(self) -> dict[str, bytes]:
        """Write the rows of the subjects that grew; returns their new right edges."""
        edges = {}
        for subject, (frontier, last) in self._open.items():
            row = self._state.get("index", subject)
            if isinstance(row, list) and row[0] == frontier.size:
                continue
            self._state.put("index", subject, [frontier.size, last, frontier.root().hex()])
            edges[subject] = b"".join(frontier.hashes)
        return edges
