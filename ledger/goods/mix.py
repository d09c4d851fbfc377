"""The composition of a lot: where its units came from, as `(source, quantity)` in a fixed order.

Sources are `gift:<statement>` (given in kind), `paid:<instruction>` (bought with money),
`requisition:<statement>`, `found:<statement>` (goods that nobody had recorded) and `mix:<lot>`
(a lot of more than 64 sources, whose parts its own row names). Quantities sum to the lot's.

Splitting is exact: each source gives `floor(c * n / total)`; the units still missing go to the
largest remainders, ties to the lower place. The rest is what is left:

    >>> split((("A", 7), ("B", 3)), 4)
    ((('A', 3), ('B', 1)), (('A', 4), ('B', 2)))

Specification: `docs/spec/lots.md`.
"""

from collections.abc import Iterable

Mix = tuple[tuple[str, int], ...]
"""(source, quantity > 0), each source once."""


def total(mix: Mix) -> int:
    """Units of all sources."""
    return sum(n for _, n in mix)


def split(mix: Mix, n: int) -> tuple[Mix, Mix]:
    """(taken, rest) when n units leave, 0 <= n <= total; sources that give nothing are absent."""
    whole = total(mix)
    assert 0 <= n <= whole, (n, whole)
    if n == whole:
        return mix, ()
    if n == 0:
        return (), mix
    shares = [count * n // whole for _, count in mix]
    remainders = [count * n % whole for _, count in mix]
    missing = n - sum(shares)
    # A source with a remainder gave less than it has, so one unit more is there.
    for place in sorted(range(len(mix)), key=lambda i: (-remainders[i], i))[:missing]:
        shares[place] += 1
    pairs = list(zip(mix, shares, strict=True))
    taken = tuple((source, share) for (source, _), share in pairs if share)
    rest = tuple((source, count - share) for (source, count), share in pairs if count > share)
    return taken, rest


def join(mixes: Iterable[Mix]) -> Mix:
    """One mix of several: sources in order of first appearance, their quantities added."""
    sums: dict[str, int] = {}
    for mix in mixes:
        for source, n in mix:
            sums[source] = sums.get(source, 0) + n
    return tuple(sums.items())


def without(mix: Mix, part: Mix) -> Mix:
    """What is left of `mix` when `part`, which is in it, is taken out; order kept."""
    gone = dict(part)
    left = tuple((source, n - gone.pop(source, 0)) for source, n in mix)
    assert not gone and all(n >= 0 for _, n in left), (mix, part)
    return tuple((source, n) for source, n in left if n)
