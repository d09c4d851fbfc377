"""Golden decisions: rules, values and results, byte by byte, for every interpreter and engine.

    PYTHONPATH=. .venv/bin/python tests/support/rcel_golden.py           compare, by this Python
    PYTHONPATH=. .venv/bin/python tests/support/rcel_golden.py --write   make the file anew

A result that changes is another version of the language: the file is made anew for added rows only.
Integers are written as {"int": "5"}, because numbers of JSON are doubles in JavaScript.
"""

import json
import sys
from itertools import islice
from pathlib import Path
from random import Random

from rcel_rules import SCOPE, declared, random_rules, values, wild

from contracts.rcel.errors import EvaluationError
from contracts.rcel.expression import compile_expression
from contracts.rcel.types import format_type
from ledger.canon import Value

FILE = Path(__file__).parents[1] / "contracts" / "rcel" / "golden.json"
WRITTEN = (
    "p + 1 <= each * h",
    "mulDivHalfUp(p, 120, 100)",
    "it.flag && it.p > 0 ? it.p : p",
    "rows.filter(r, has(r.extra) && r.extra >= r.n).map(r, r.n)",
    "!(x in tags) && !x.startsWith('ab')",
    "[1, a, b].distinct().sum() % 7",
)


def encode(value: Value) -> object:
    """With integers as text."""
    if type(value) is int:
        return {"int": str(value)}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {name: encode(item) for name, item in value.items()}
    return value


def decode(value: object) -> Value:
    """The value of what `encode` made."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        if "int" in value:
            return int(value["int"])
        return {name: decode(item) for name, item in value.items()}
    assert isinstance(value, str | bool)
    return value


def row(text: str, given: dict[str, Value]) -> dict[str, object]:
    """What is known of one rule and one set of values."""
    rule = compile_expression(text, SCOPE)
    roots = sorted({path.partition(".")[0] for path in rule.reads})
    read = {name: given[name] for name in roots}
    result: object
    try:
        result = encode(rule.evaluate(read))
    except EvaluationError:
        result = {"error": True}
    return {
        "text": text,
        "type": format_type(rule.type),
        "cost": rule.cost,
        "reads": sorted(rule.reads),
        "values": encode(read),  # type: ignore[arg-type]
        "result": result,
    }


def make() -> list[dict[str, object]]:
    """All rows, from one seed."""
    rng = Random(2024)
    texts = [*WRITTEN * 3, *(rule.text for rule in islice(random_rules(2024, ours=True), 300))]
    return [row(text, values(rng, declared if n % 3 else wild)) for n, text in enumerate(texts)]


def different() -> list[str]:
    """Rows of the file that this interpreter answers in another way."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    return [
        one["text"]
        for one in rows
        if row(one["text"], decode(one["values"])) != one  # type: ignore[arg-type]
    ]


if __name__ == "__main__":
    if "--write" in sys.argv:
        lines = ",\n".join(json.dumps(one, ensure_ascii=False, sort_keys=True) for one in make())
        FILE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(different())} differences, Python {sys.version.split()[0]}")
    sys.exit(1 if different() else 0)
