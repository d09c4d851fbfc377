"""The long runs of random rules; the suite does the same with smaller numbers.

    PYTHONPATH=. .venv/bin/python tests/support/rcel_fuzz.py --evaluations 1000000 --rules 100000

`--evaluations`: against Google's CEL, value and error. `--rules`: against the naive evaluator, with
`sum`, `distinct` and `mulDiv*`, and no evaluation takes more steps than the static cost says.
Prints the counts; exit code 1 where anything differs. The seed is the reproduction.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from random import Random

from rcel_google import ERROR, compare, ours, same
from rcel_naive import FAULT, Naive
from rcel_rules import declared, random_rules, values, wild

from contracts.rcel.expression import Expression
from contracts.rcel.limits import COST_MAX
from contracts.rcel.types import Int


def against_naive(seed: int, rules: int) -> Iterator[str]:
    """Differences of `rules` random rules, two sets of values each."""
    rng = Random(seed)
    sets = [values(rng, wild if n % 2 else declared) for n in range(64)]
    for rule in islice(random_rules(seed, ours=True), rules):
        for n in (2 * rng.randrange(32), 2 * rng.randrange(32) + 1):
            if why := _wrong(rule, sets[n], within=n % 2 == 0):
                yield f"{rule.text} on {sets[n]}: {why}"


def _wrong(rule: Expression, given: dict, *, within: bool) -> str:  # type: ignore[type-arg]
    naive = Naive(given)
    found = naive.value(rule.tree)
    theirs = ERROR if found is FAULT else found
    mine = ours(rule, given)
    if not same(mine, theirs):
        return f"ours {mine!r}, naive {theirs!r}"
    if not naive.steps <= rule.cost <= COST_MAX:
        return f"{naive.steps} steps, cost {rule.cost}"
    # Intervals hold for values of the declared types.
    if within and isinstance(rule.type, Int) and type(mine) is int:
        inside = rule.type.low <= mine <= rule.type.high
        return "" if inside else f"{mine} outside {rule.type}"
    return ""


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluations", type=int, default=0)
    parser.add_argument("--rules", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    differences: list[str] = []
    if asked.evaluations:
        done, errors, found = compare(asked.seed, asked.evaluations)
        print(f"seed {asked.seed}: {done:,} evaluations against Google's CEL, {errors:,} of them "
              f"errors on both sides, {len(found)} differences")  # fmt: skip
        differences += found
    if asked.rules:
        found = list(against_naive(asked.seed, asked.rules))
        print(f"seed {asked.seed}: {asked.rules:,} rules ended within their cost, "
              f"{len(found)} differences from the naive evaluator")  # fmt: skip
        differences += found
    for one in differences[:20]:
        print(one)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
