"""Random rules of rcel/1 with values for them, from a seed that is the reproduction.

Texts are made by type, so that most are accepted: integers of six units, texts of two tags, lists,
records with an optional field, time. Brackets are left out at random, which makes other trees than
were meant; what the checker refuses is made anew. Values lie at the edges of int64 more often than
not, whatever their declared range is: `wild` ones are for operators, `declared` ones for intervals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from contracts.rcel.errors import StaticError
from contracts.rcel.expression import Expression, compile_expression
from contracts.rcel.types import Bool, Field, Int, ListOf, Record, Str, Type, parse_type
from ledger.canon import INT_MAX, Value

ROW = Record(
    "row",
    (
        Field("n", parse_type("int(-100..100)", {}, {})),
        Field("tag", Str("tag")),
        Field("on", Bool()),
        Field("extra", parse_type("int(0..50)", {}, {}), optional=True),
    ),
)
IT = Record(
    "it",
    (
        Field("n", parse_type(f"int({-INT_MAX}..{INT_MAX})", {}, {})),
        Field("p", parse_type("int[parcel](0..10000)", {}, {})),
        Field("tag", Str("tag")),
        Field("flag", Bool()),
        Field("list", parse_type("list<int(-9..9)>(6)", {}, {})),
        Field("extra", parse_type("int(0..50)", {}, {}), optional=True),
    ),
)
SCOPE: Mapping[str, Type] = {
    "a": parse_type(f"int({-INT_MAX}..{INT_MAX})", {}, {}),
    "b": parse_type("int(-20..20)", {}, {}),
    "p": parse_type("int[parcel](0..10000)", {}, {}),
    "q": parse_type("int[parcel](-50..50)", {}, {}),
    "h": parse_type("int[person](1..60)", {}, {}),
    "each": parse_type("int[parcel/person](0..20)", {}, {}),
    "t": parse_type("int[time](0..9999999999)", {}, {}),
    "u": parse_type("int[time](0..9999999999)", {}, {}),
    "s": parse_type("int[s](0..31536000)", {}, {}),
    "f": Bool(),
    "g": Bool(),
    "x": Str("tag"),
    "y": Str("tag"),
    "z": Str(),
    "ns": parse_type("list<int(-5..5)>(8)", {}, {}),
    "ps": parse_type("list<int[parcel](0..99)>(4)", {}, {}),
    "tags": parse_type("list<str<tag>>(5)", {}, {}),
    "flags": parse_type("list<bool>(3)", {}, {}),
    "it": IT,
    "rows": ListOf(ROW, 5),
}
TEXTS = ("", "a", "ab", "b", "花蓮", "花", "👍", "ab'c")
EDGES = (0, 1, -1, 2, -2, 3, 7, 2**31, 2**53 - 1, -(2**53), 2**62, 2**63 - 1, 2**63 - 2, -(2**63),
         -(2**63) + 1, 3037000500, -3037000500)  # fmt: skip


def wild(rng: Random, wanted: Type) -> Value:
    """A value of the shape of `wanted`; integers are anywhere in int64."""
    return _value(rng, wanted, lambda _: rng.choice(EDGES) if rng.random() < 0.6 else
                  rng.randrange(-10, 11))  # fmt: skip


def declared(rng: Random, wanted: Type) -> Value:
    """A value that `fits` the type, at its ends more often than not."""

    def integer(kind: Int) -> int:
        ends = (kind.low, kind.high, max(kind.low, min(kind.high, 0)))
        return rng.choice(ends) if rng.random() < 0.6 else rng.randint(kind.low, kind.high)

    return _value(rng, wanted, integer)


def _value(rng: Random, wanted: Type, integer) -> Value:  # type: ignore[no-untyped-def]
    match wanted:
        case Bool():
            return rng.random() < 0.5
        case Str():
            return rng.choice(TEXTS)
        case Int():
            return integer(wanted)
        case ListOf(item, maximum):
            return [_value(rng, item, integer) for _ in range(rng.randint(0, maximum))]
        case Record(_, fields):
            return {
                one.name: _value(rng, one.type, integer)
                for one in fields
                if not one.optional or rng.random() < 0.5
            }
    raise AssertionError(wanted)


@dataclass
class Maker:
    """Makes texts; `ours` adds the functions that CEL has not."""

    rng: Random
    ours: bool
    numbers: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    guarded: list[str] = field(default_factory=list)
    made: int = 0

    def text(self) -> str:
        """One expression of any type, mostly true or false as rules are."""
        depth = self.rng.randint(1, 5)
        kind = self.rng.random()
        if kind < 0.6:
            return self.truth(depth)
        return self.integer(self.unit(), depth) if kind < 0.85 else self.listing(depth)

    def unit(self) -> str:
        return self.rng.choice(("n", "n", "n", "p", "h", "each", "t", "s"))

    def pick(self, *choices: str) -> str:
        return self.rng.choice(choices)

    def wrap(self, text: str) -> str:
        return f"({text})" if self.rng.random() < 0.7 else text

    # ---- integers --------------------------------------------------------------------------------

    def leaf(self, unit: str) -> str:
        if unit != "t" and self.rng.random() < 0.25:
            edge = self.rng.choice(EDGES)
            if edge == -(2**63):
                return "(-9223372036854775807 - 1)"
            return str(edge) if edge >= 0 else f"({edge})"
        table = {
            "n": ["a", "b", "it.n", "size(ns)", *self.numbers, *self.guarded],
            "p": ["p", "q", "it.p"],
            "h": ["h"],
            "each": ["each"],
            "t": ["t", "u"],
            "s": ["s", "(t - u)"],
        }
        return self.rng.choice(table[unit] + [f"{row}.n" for row in self.rows if unit == "n"])

    def integer(self, unit: str, depth: int) -> str:
        if depth <= 0 or self.rng.random() < 0.1:
            return self.leaf(unit)
        less = depth - 1
        choice = self.rng.random()
        if choice < 0.3:
            left = self.integer(unit, less)
            if unit == "t":
                return self.wrap(f"{left} {self.pick('+', '-')} {self.integer('s', less)}")
            return self.wrap(f"{left} {self.pick('+', '-', '%')} {self.integer(unit, less)}")
        if choice < 0.5 and unit != "t":
            return self.wrap(self.product(unit, less))
        if choice < 0.58 and unit != "t":
            return self.wrap(f"-{self.leaf(unit)}")
        if choice < 0.7:
            yes, no = self.integer(unit, less), self.integer(unit, less)
            return f"({self.condition(less, yes)} : {no})"
        if choice < 0.8:
            name = self.pick("math.least", "math.greatest")
            return f"{name}({self.integer(unit, less)}, {self.integer(unit, less)})"
        if unit == "n":
            return self.number(less)
        if self.ours and unit != "t":
            return self.scaled(unit, less)
        return self.leaf(unit)

    def condition(self, depth: int, yes: str) -> str:
        if self.rng.random() < 0.2:
            return f"has(it.extra) && it.extra > {self.leaf('n')} ? {yes}"
        return f"{self.truth(depth)} ? {yes}"

    def product(self, unit: str, depth: int) -> str:
        if unit == "p" and self.rng.random() < 0.5:
            return self.pick("each * h", "h * each")
        if unit == "n" and self.rng.random() < 0.3:
            return self.pick("p / q", "q / p", "it.p / p", "(t - u) / s")
        if unit == "each":
            return self.pick("p / h", f"each * {self.leaf('n')}", "q / h")
        a, b = self.integer(unit, depth), self.integer("n", depth)
        return f"{a} {self.pick('*', '/')} {b}"

    def scaled(self, unit: str, depth: int) -> str:
        name = self.pick("mulDivFloor", "mulDivCeil", "mulDivHalfUp")
        x, num = self.integer(unit, depth), self.integer("n", depth)
        return f"{name}({x}, {num}, {self.pick('100', '1', '7', 'b', 'a')})"

    def number(self, depth: int) -> str:
        choice = self.rng.random()
        if choice < 0.4:
            return f"size({self.listing(depth)})"
        if choice < 0.7:
            return f"{self.numbers_list(depth)}[{self.pick('0', '1', '2', 'b')}]"
        if self.ours:
            return f"{self.numbers_list(depth)}.sum()" if choice < 0.85 else self.scaled("n", depth)
        return self.leaf("n")

    # ---- truths ----------------------------------------------------------------------------------

    def truth(self, depth: int) -> str:
        if depth <= 0:
            more = [f"{row}.on" for row in self.rows]
            return self.rng.choice(["f", "g", "it.flag", "true", "false", *more])
        less = depth - 1
        choice = self.rng.random()
        if choice < 0.3:
            unit = self.unit()
            sign = self.pick("==", "!=", "<", "<=", ">", ">=")
            return self.wrap(f"{self.integer(unit, less)} {sign} {self.integer(unit, less)}")
        if choice < 0.5:
            return self.wrap(f"{self.truth(less)} {self.pick('&&', '||')} {self.truth(less)}")
        if choice < 0.58:
            return f"!({self.truth(less)})"
        if choice < 0.68:
            return self.guard(less)
        if choice < 0.86:
            return self.over_list(less)
        if choice < 0.93:
            return self.about_texts()
        return f"({self.truth(less)} ? {self.truth(less)} : {self.truth(less)})"

    def guard(self, depth: int) -> str:
        path = self.rng.choice(["it.extra", *(f"{row}.extra" for row in self.rows)])
        self.guarded.append(path)
        inner = self.truth(depth)
        self.guarded.pop()
        return self.rng.choice(
            (f"(has({path}) && {inner})", f"(!has({path}) || {inner})",
             f"(has({path}) ? {inner} : {self.truth(depth)})",
             f"({self.truth(depth)} && has({path}) && {inner})")
        )  # fmt: skip

    def about_texts(self) -> str:
        literals = ["'a'", '"ab"', "'花'", "'ab\\'c'", "''"]
        text = self.rng.choice(
            ["x", "y", "it.tag", *literals, *(f"{row}.tag" for row in self.rows)]
        )
        other = self.rng.choice(["x", "y", *literals])
        return self.rng.choice(
            (f"{text} == {other}", f"{text} != {other}", f"{text}.startsWith({other})",
             f"({text} in tags)", f"({text} in [x, {other}])")
        )  # fmt: skip

    def over_list(self, depth: int) -> str:
        macro = self.pick("all", "exists", "exists_one")
        choice = self.rng.random()
        if choice < 0.2:
            return f"({self.integer('n', depth)} in {self.numbers_list(depth)})"
        if choice < 0.6:
            name = self._new(self.numbers)
            inner = self.truth(depth)
            self.numbers.pop()
            return f"{self.numbers_list(depth)}.{macro}({name}, {inner})"
        name = self._new(self.rows)
        inner = self.truth(depth)
        self.rows.pop()
        return f"rows.{macro}({name}, {inner})"

    # ---- lists -----------------------------------------------------------------------------------

    def listing(self, depth: int) -> str:
        choice = self.rng.random()
        if choice < 0.5:
            return self.numbers_list(depth)
        if choice < 0.7:
            return self.rng.choice(["tags", "flags", "ps", "rows", "[x, y]", "[true, f]", "[]"])
        name = self._new(self.rows)
        inner = self.truth(depth) if choice < 0.85 else self.integer(self.unit(), depth)
        self.rows.pop()
        return f"rows.{'filter' if choice < 0.85 else 'map'}({name}, {inner})"

    def numbers_list(self, depth: int) -> str:
        choice = self.rng.random()
        if depth <= 0 or choice < 0.4:
            return self.pick("ns", "it.list")
        less = depth - 1
        if choice < 0.6:
            count = self.rng.randint(1, 4)
            return f"[{', '.join(self.integer('n', less) for _ in range(count))}]"
        if self.ours and choice < 0.7:
            return f"{self.numbers_list(less)}.distinct()"
        macro = self.pick("filter", "map")
        name = self._new(self.numbers)
        inner = self.truth(less) if macro == "filter" else self.integer("n", less)
        self.numbers.pop()
        return f"{self.numbers_list(less)}.{macro}({name}, {inner})"

    def _new(self, names: list[str]) -> str:
        self.made += 1
        names.append(f"v{self.made}")
        return names[-1]


def random_rules(seed: int, *, ours: bool) -> Iterator[Expression]:
    """Accepted expressions without end; the same for the same seed."""
    rng = Random(seed)
    while True:
        text = Maker(rng, ours).text()
        try:
            yield compile_expression(text, SCOPE)
        except StaticError:
            continue


def values(rng: Random, choose=wild) -> dict[str, Value]:  # type: ignore[no-untyped-def]
    """A value for every name of the scope."""
    return {name: choose(rng, kind) for name, kind in SCOPE.items()}
