"""The effect graph: contract -> kinds that its effects make -> contracts of these kinds.

It has no circle and no way of more than three contracts that cause something, whatever their
scopes: so a statement ends, and what it can set in motion is known before anyone votes.

    >>> a, b = Node("a", ("alert.declare",), ("case.open",)), Node("b", ("case.open",), ("x.y",))
    >>> depth([a, b]), depth([a, Node("b", ("case.open",), ("alert.declare",))])
    (2, None)

Specification: `docs/spec/adoption.md`, circles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DEPTH_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class Node:
    """A contract: the kinds that it is for, and the kinds that it makes."""

    name: str
    kinds: tuple[str, ...]
    causes: tuple[str, ...]


def depth(nodes: Sequence[Node]) -> int | None:
    """Contracts on the longest way, counting those that cause something; None for a circle."""
    causing = [node for node in nodes if node.causes]
    after = [
        [n for n, other in enumerate(causing) if set(node.causes) & set(other.kinds)]
        for node in causing
    ]
    # Rounds: a way of k contracts is found in round k; one longer than their number is a circle.
    longest = [1] * len(causing)
    for _ in range(len(causing)):
        grown = [1 + max((longest[n] for n in then), default=0) for then in after]
        if grown == longest:
            return max(longest, default=0)
        longest = grown
    return max(longest, default=0) if not causing else None
