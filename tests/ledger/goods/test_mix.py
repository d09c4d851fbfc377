"""Compositions of lots.

Goal: whatever is split or joined, no unit of any source is made or lost, and the same split gives the
same parts everywhere.
Method: the golden vector of the specification, a table of boundaries, and Hypothesis against the
definition of the largest remainder written down once more, in fractions.
"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.goods.mix import Mix, join, split, total, without

MIXES = st.lists(st.integers(1, 10**12), min_size=1, max_size=64).map(
    lambda counts: tuple((f"gift:{n}", count) for n, count in enumerate(counts))
)


@pytest.mark.parametrize(
    ("mix", "n", "taken", "rest"),
    [
        ((("A", 7), ("B", 3)), 4, (("A", 3), ("B", 1)), (("A", 4), ("B", 2))),  # the golden vector
        ((("A", 7), ("B", 3)), 0, (), (("A", 7), ("B", 3))),
        ((("A", 7), ("B", 3)), 10, (("A", 7), ("B", 3)), ()),
        ((("A", 1), ("B", 1)), 1, (("A", 1),), (("B", 1),)),  # a tie goes to the lower place
        ((("B", 1), ("A", 1)), 1, (("B", 1),), (("A", 1),)),  # the place, not the name
        ((("A", 1), ("B", 1), ("C", 1)), 2, (("A", 1), ("B", 1)), (("C", 1),)),
        ((("A", 1), ("B", 999)), 1, (("B", 1),), (("A", 1), ("B", 998))),
        ((("A", 5),), 2, (("A", 2),), (("A", 3),)),
    ],
)
def test_split(mix: Mix, n: int, taken: Mix, rest: Mix) -> None:
    assert split(mix, n) == (taken, rest)


def test_three_ways_are_one_after_another() -> None:
    first, left = split((("A", 7), ("B", 3)), 4)
    second, last = split(left, 4)
    assert first == (("A", 3), ("B", 1))
    assert second == (("A", 3), ("B", 1))
    assert last == (("A", 1), ("B", 1))


@pytest.mark.parametrize("n", [-1, 11])
def test_split_beyond_the_whole_is_our_mistake(n: int) -> None:
    with pytest.raises(AssertionError):
        split((("A", 7), ("B", 3)), n)


@given(MIXES, st.data())
def test_split_is_exact_and_fair(mix: Mix, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, total(mix)))
    taken, rest = split(mix, n)
    assert total(taken) == n
    assert total(rest) == total(mix) - n
    assert dict(join((taken, rest))) == dict(mix)
    assert all(count > 0 for _, count in (*taken, *rest))
    given_up = dict(taken)
    shares = [Fraction(count * n, total(mix)) for _, count in mix]
    parts = [share - share.numerator // share.denominator for share in shares]
    missing = n - sum(share.numerator // share.denominator for share in shares)
    ranked = sorted(range(len(mix)), key=lambda i: (-parts[i], i))
    for place, (source, _) in enumerate(mix):
        whole = shares[place].numerator // shares[place].denominator
        assert given_up.get(source, 0) == whole + (place in ranked[:missing])


@given(MIXES, st.data())
def test_without_takes_out_what_split_took(mix: Mix, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, total(mix)))
    taken, rest = split(mix, n)
    assert without(mix, taken) == rest
    assert without(mix, rest) == taken


@pytest.mark.parametrize("part", [(("A", 8),), (("C", 1),)])
def test_without_what_is_not_there_is_our_mistake(part: Mix) -> None:
    with pytest.raises(AssertionError):
        without((("A", 7), ("B", 3)), part)


def test_join_keeps_the_order_of_first_appearance() -> None:
    assert join([(("B", 1),), (("A", 2), ("B", 3))]) == (("B", 4), ("A", 2))
    assert join([]) == ()
