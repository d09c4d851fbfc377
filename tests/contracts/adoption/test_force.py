"""What is kept of contracts in memory: made once, whole or not there, bounded, whoever asks at once.

Goal: the orderer's thread, checkers, pages and dry runs share what was compiled; none of them ever gets a
half-made thing, and what is kept does not grow.
Method: a cache of four values under many threads that begin at the same moment, with makers that stand
still in the middle; then the compiled contracts themselves.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from documents import gate

from contracts.adoption.force import _Kept, compiled
from contracts.documents.document import document_hash

Parts = list[int]


def whole() -> Parts:
    """Made in many steps: somebody who looked meanwhile would see fewer."""
    made: Parts = []
    for part in range(2_000):
        made.append(part)
    return made


def together(count: int, ask: Callable[[int], Any]) -> list[Any]:
    """The answers of so many threads that begin at the same moment."""
    start = Barrier(count)

    def one(number: int) -> Any:
        start.wait(10)
        return ask(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_it_is_made_once() -> None:
    kept, made = _Kept[Parts](4), []

    def make() -> Parts:
        made.append(1)
        return whole()

    first = kept.get(("a",), make)
    found = together(16, lambda _: [kept.get(("a",), make) for _ in range(200)])
    assert made == [1]
    assert all(one is first for some in found for one in some)


def test_who_comes_meanwhile_waits_for_nobody_and_all_get_the_same() -> None:
    kept = _Kept[Parts](4)
    begun, go_on = Event(), Event()

    def slow() -> Parts:
        begun.set()
        assert go_on.wait(10)
        return whole()

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(kept.get, ("a",), slow)
        assert begun.wait(10)
        # Half made, it is not there: the second makes it, and is not held up.
        first = kept.get(("a",), whole)
        assert len(first) == 2_000
        go_on.set()
        assert late.result(10) is first
    assert kept.get(("a",), whole) is first


def test_many_at_once_never_see_a_half_made_one_nor_one_of_another_key() -> None:
    kept = _Kept[tuple[int, Parts]](4)

    def ask(number: int) -> list[tuple[int, int, int]]:
        seen = []
        for turn in range(300):
            key = (number * 7 + turn) % 9
            of, parts = kept.get((f"{key}",), lambda key=key: (key, whole()))  # type: ignore[misc]
            seen.append((key, of, len(parts)))
        return seen

    for some in together(8, ask):
        assert all(key == of and count == 2_000 for key, of, count in some)
    assert len(kept._values) <= 4


@pytest.mark.parametrize(("others", "is_kept"), [(3, True), (4, False)])
def test_the_newest_are_kept(others: int, is_kept: bool) -> None:
    kept = _Kept[Parts](4)
    first = kept.get(("a",), whole)
    for number in range(others):
        kept.get((f"{number}",), whole)
    assert len(kept._values) == 4
    assert (kept.get(("a",), whole) is first) is is_kept


def test_a_maker_that_fails_leaves_nothing() -> None:
    kept = _Kept[Parts](4)

    def fail() -> Parts:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept.get(("a",), fail)
    assert kept.get(("a",), whole) == whole()


def test_contracts_are_compiled_once_for_all_threads() -> None:
    document = gate(contract="asked-by-many")
    own = document_hash(document)
    found = together(8, lambda _: compiled(document, own, "CNY", 2))
    assert all(one is found[0] for one in found)
    assert found[0][0].hash == own and found[0][0].rules
    assert compiled(document, own, "TWD", 2) is not found[0]
