"""Who vouches for what is final: the cosigners of the newest final checkpoint, by name.

    vouched(node)   ->   2 of 3: red.example.org/mirror, blue.example.org/witness, 40 s ago

Counted against the trust file that the ledger's own governance gives; a reader who holds another
one counts for themselves. A page names who vouches, never one tick for all.
"""

from dataclasses import dataclass
from functools import lru_cache

from ledger.errors import CheckError, FormatError
from ledger.log.trust import TrustFile, parse_trust
from nodes.finality import size_of
from nodes.node import Node


@dataclass(frozen=True, slots=True)
class Vouched:
    """The quorum under a final checkpoint. `needed` of `asked` must cosign; `age_s` since then."""

    names: tuple[str, ...]
    needed: int
    asked: int
    size: int
    age_s: int


def vouched(node: Node) -> Vouched | None:
    """Who cosigned the newest final checkpoint; None when there is none."""
    note, trust = node.announcer.final, node.trust_data()
    if note is None or trust is None:
        return None
    counted = _count(note, trust)
    if counted is None:
        return None
    names, needed, asked, time = counted
    return Vouched(names, needed, asked, size_of(note), max(0, node.now() - time))


@lru_cache(maxsize=4)
def _count(note: bytes, trust_data: bytes) -> tuple[tuple[str, ...], int, int, int] | None:
    trust = parse_trust(trust_data)
    try:
        _, opened = trust.check_log(note)
        quorum = trust.quorum_of(opened)
    except (CheckError, FormatError):
        return None
    return quorum.names, *_threshold(trust), quorum.time


def _threshold(trust: TrustFile) -> tuple[int, int]:
    """k and n of the group that is the quorum; a single witness is 1 of 1."""
    for group in trust.groups:
        if group.name == trust.quorum:
            return group.threshold, len(group.members)
    return 1, 1
