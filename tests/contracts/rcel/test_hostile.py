"""Hostile texts: the deepest, longest and costliest, at each limit and one above.

Goal: no text makes a node slow, none needs more of Python's stack than is there anywhere, and none
ends in another exception than ours.
Method: the worst of each kind, with the stack's height and the thread's processor time measured;
then random bytes and random joinings of tokens.
"""

import sys
import threading
import time
from collections.abc import Callable
from random import Random

import pytest

from contracts.rcel.errors import EvaluationError, StaticCode, StaticError
from contracts.rcel.expression import Expression, compile_expression
from contracts.rcel.limits import CHAIN_MAX, COST_MAX, NESTING_MAX, TEXT_MAX
from contracts.rcel.types import Bool, Type, parse_type
from ledger.canon import Value

LISTS = {f"x{n}": parse_type(f"list<int(0..9)>({n})", {}, {}) for n in (2, 3, 4, 8, 62, 64)}
SCOPE: dict[str, Type] = {**LISTS, "a": parse_type("int(-9..9)", {}, {}), "f": Bool()}
VALUES: dict[str, Value] = {**{name: [1] * int(name[1:]) for name in LISTS}, "a": 1, "f": True}

FRAMES_MAX = 300
"""Frames above the caller's that the worst text may take: far below any interpreter's limit."""
SECONDS_MAX = 0.5
"""Processor time for the worst text; it takes some milliseconds."""


def chain(sign: str, operand: str, count: int = CHAIN_MAX) -> str:
    return operand + f" {sign} {operand}" * count


def around(text: str, levels: int = NESTING_MAX) -> str:
    return "(" * levels + text + ")" * levels


DEEP = [
    around("a"),
    "-(" * NESTING_MAX + "a" + ")" * NESTING_MAX,
    "!(" * NESTING_MAX + "f" + ")" * NESTING_MAX,
    "[" * NESTING_MAX + "a" + "]" * NESTING_MAX,
    "f ? a : " * NESTING_MAX + "a",
    "math.least(a, " * NESTING_MAX + "a" + ")" * NESTING_MAX,
    # Every level of the grammar between two brackets.
    "(f || f && a == a + a * -" * 4 + "a" + ")" * 4,
    "x2[" * NESTING_MAX + "0" + "]" * NESTING_MAX,
    "x2.all(v0, " + "".join(f"x2.all(v{n}, " for n in range(1, 8)) + "f" + ")" * 8,
    chain("+", "a"),
    chain("&&", "(f || f)"),
    around(chain("*", chain("-", "a", 7), 15)),
]
COSTLY = [
    "x62.all(v, x62.sum() - a > 0)",
    "x62.map(v, x62.distinct())",
    "x64.filter(v, a in [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7])",
    "x8.all(b, x8.all(c, x8.all(d, b + c + d > 0)))",
    "x4.exists(b, x4.exists(c, x4.exists(d, x4.exists(e, b + c + d + e > 99))))",
]


def outcome(text: str) -> Value | str:
    try:
        rule: Expression = compile_expression(text, SCOPE)
        return rule.evaluate(VALUES)
    except (StaticError, EvaluationError) as error:
        return str(error)


def processor_time(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


def frames(work: Callable[[], object]) -> int:
    """The most frames above ours while `work` runs."""
    most = here = len(_stack())

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal most
        if event == "call":
            most = max(most, len(_stack()))

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return most - here


def _stack() -> list[object]:
    found, frame = [], sys._getframe(1)
    while frame is not None:
        found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("text", [*DEEP, *COSTLY])
def test_the_worst_are_quick_and_shallow(text: str) -> None:
    assert processor_time(lambda: outcome(text)) < SECONDS_MAX
    assert frames(lambda: outcome(text)) < FRAMES_MAX


@pytest.mark.parametrize("text", DEEP)
def test_a_small_stack_is_enough(text: str) -> None:
    # In a thread of its own nothing of the test's stack counts.
    found: list[object] = []
    limit = sys.getrecursionlimit()
    thread = threading.Thread(target=lambda: found.append(outcome(text)))
    sys.setrecursionlimit(FRAMES_MAX + len(_stack()))
    try:
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
    assert found == [outcome(text)]


def test_one_level_more_is_refused_quickly() -> None:
    for text in ("(" * 2_000, "[" * 2_000, "!" * 2_000, "a?" * 1_000, "-(" * 1_000, "a." * 1_000,
                 "a[" * 1_000, "a+" * 1_000, "f||" * 600, "size(" * 400, "a.all(b," * 250,
                 "'" * 2_000, "'\\" * 1_000, "9" * 2_000, "_" * 2_000, "\uff13" * 2_000):  # fmt: skip
        assert len(text) <= TEXT_MAX
        with pytest.raises(StaticError):
            compile_expression(text, SCOPE)
        assert processor_time(lambda text=text: outcome(text)) < SECONDS_MAX  # type: ignore[misc]


def test_a_text_that_is_too_long_is_not_read() -> None:
    assert "text_length" in str(outcome("(" * 50_000_000))
    assert processor_time(lambda: outcome("a+" * 10_000_000)) < SECONDS_MAX


def test_cost_that_multiplies_is_refused() -> None:
    text = "x64.all(a0, " + "".join(f"x64.all(a{n}, " for n in range(1, 12)) + "f" + ")" * 12
    with pytest.raises(StaticError) as caught:
        compile_expression(text, SCOPE)
    assert caught.value.code is StaticCode.COST
    assert int(caught.value.values["count"]) > 64**12 > COST_MAX


def test_random_texts_end_in_a_value_or_in_our_errors() -> None:
    rng = Random(17)
    pieces = ["a", "f", "x2", "v", "(", ")", "[", "]", ",", ".", "?", ":", "+", "-", "*", "/", "%",
              "<", "==", "&&", "||", "!", "in", "0", "1", "9223372036854775807", "'a'", "all(v, ",
              "map(v, ", "sum()", "size(", "has(", "math.least(", " ", "\u3000", "true"]  # fmt: skip
    for _ in range(20_000):
        outcome("".join(rng.choice(pieces) for _ in range(rng.randint(1, 14))))
    for _ in range(5_000):
        outcome(
            "".join(chr(rng.choice((rng.randrange(128), rng.randrange(0x3000)))) for _ in range(12))
        )
