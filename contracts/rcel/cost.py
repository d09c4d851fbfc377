"""Static cost: the most steps that an evaluation can take, known before there is a value.

A node costs one step and what its parts cost. What walks a list adds the list's declared maximum,
and a macro evaluates its body that often. Nothing here depends on values: a rule that is accepted
ends within its cost on every node. Specification: `docs/spec/rcel-1.md`, cost.

    >>> macro(2, 64, 28)
    1859
"""


def plain(*parts: int) -> int:
    """Of a node whose parts are each evaluated at most once."""
    return 1 + sum(parts)


def walking(maximum: int, *parts: int) -> int:
    """Of `in`, `sum` and `distinct`: a step an element."""
    return plain(*parts) + maximum


def macro(operand: int, maximum: int, body: int) -> int:
    """Of `all`, `exists`, `exists_one`, `filter` and `map`."""
    return plain(operand) + maximum * (body + 1)
