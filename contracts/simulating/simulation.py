"""What a contract would have said: outcomes before and after, flips, money and goods, a digest.

    found = simulate(tape, contract, mode="observe", group_by="area")
    found.value()                            # JSON; a proposal cites found.digest

`observe`: history stays as it was, and each statement is judged on what had really happened.
`counterfactual`: what would have been denied leaves the windows of later statements, so that one
over-issue is not told again for everybody after it. Where the contract is in force in the same
words, nothing differs. Limits: `docs/spec/simulation.md`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, TypeAlias, get_args

from contracts.documents.compiled import Contract, Fact
from contracts.documents.explaining import explain
from contracts.documents.parts import AggregateFact
from contracts.documents.verdict import Outcome, Verdict, decide, worst
from contracts.facts.definition import Definition
from contracts.facts.loading import definition_of
from contracts.facts.rows import group_key
from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.simulating.tape import Look, Seen, Tape, failed_rules, recorded_rules
from ledger.canon import INT_MAX, Value, encode
from ledger.sentences import LANGUAGES

Mode: TypeAlias = Literal["observe", "counterfactual"]
GroupBy: TypeAlias = Literal["area", "member", "tier", "household_size", "kind"]
MODES: Final = get_args(Mode)
GROUPS: Final = get_args(GroupBy)
EXAMPLES_MAX: Final = 20
GROUPS_MAX: Final = 500
"""Groups and items that are told one by one; the rest stand together under `other`."""

_DOMAIN: Final = b"relief/simulation/v1\x00"
_STOPS: Final = (Outcome.HOLD, Outcome.DENY)


@dataclass(slots=True)
class Worth:
    """Money in minor units, mass in grams, units by item."""

    statements: int = 0
    money: int = 0
    mass: int = 0
    items: dict[str, int] = field(default_factory=dict)

    def add(self, it: Mapping[str, Value]) -> None:
        """A row of a statement."""
        self.money += _number(it, "amount")
        self.mass += _number(it, "mass")
        item, qty = str(it.get("item", "")), _number(it, "qty")
        if item and qty:
            name = item if item in self.items or len(self.items) < GROUPS_MAX else "other"
            self.items[name] = self.items.get(name, 0) + qty

    def value(self) -> dict[str, Value]:
        """As JSON; sums beyond canonical integers are cut."""
        items: dict[str, Value] = {name: _cut(self.items[name]) for name in sorted(self.items)}
        return {
            "items": items,
            "mass_g": _cut(self.mass),
            "money": _cut(self.money),
            "statements": self.statements,
        }


@dataclass(slots=True)
class Sum:
    """What one group comes to: statements that the contract judges, those whose outcome differs,
    and of those that it would stop (hold or deny) or let go money, grams and units by item."""

    statements: int = 0
    flips: int = 0
    stopped: Worth = field(default_factory=Worth)
    let_go: Worth = field(default_factory=Worth)

    def value(self) -> dict[str, Value]:
        """As JSON."""
        return {
            "flips": self.flips,
            "let_go": self.let_go.value(),
            "statements": self.statements,
            "stopped": self.stopped.value(),
        }


@dataclass(frozen=True, slots=True)
class Simulation:
    """The answer; `head` says what was asked, `examples` are statements that flip.

    `rules`: how often each failed; `effects`: how often each fired, of a trigger that walks over a
    list none, for its items are not asked.
    """

    head: dict[str, Value]
    outcomes: Mapping[tuple[str, str], int]
    total: Sum
    groups: Mapping[str, Sum]
    rules: Mapping[str, int]
    effects: Mapping[str, int]
    examples: Sequence[dict[str, Value]]

    @property
    def flips(self) -> int:
        """Statements whose outcome differs."""
        return self.total.flips

    def _plain(self) -> dict[str, Value]:
        pairs = sorted(self.outcomes)
        return {
            **self.head,
            "effects": dict[str, Value](self.effects),
            "examples": list[Value](self.examples),
            "groups": [
                {"group": name, **self.groups[name].value()} for name in sorted(self.groups)
            ],
            "outcomes": [
                {"after": after, "before": before, "count": self.outcomes[(before, after)]}
                for before, after in pairs
            ],
            "rules": dict[str, Value](self.rules),
            "total": self.total.value(),
        }

    @property
    def digest(self) -> str:
        """H("relief/simulation/v1" || 00 || canonical JSON of the answer), hex."""
        return sha256(_DOMAIN + encode(self._plain())).hexdigest()

    def value(self) -> dict[str, Value]:
        """As JSON, with the digest."""
        return {**self._plain(), "digest": self.digest}


def simulate(
    tape: Tape, contract: Contract, *, mode: Mode = "observe", group_by: GroupBy = "area"
) -> Simulation:
    """What `contract` would have said of everything on the tape.

    Raises ValueError where the tape was not made for its kinds and facts.
    """
    if not tape.serves(contract):
        raise ValueError("the tape is of other kinds or facts")
    return _Run(tape, contract, mode, group_by).all()


class _Run:
    """One simulation at work."""

    def __init__(self, tape: Tape, contract: Contract, mode: Mode, group_by: GroupBy) -> None:
        self.tape, self.contract, self.mode, self.group_by = tape, contract, mode, group_by
        self.outcomes: dict[tuple[str, str], int] = {}
        self.total = Sum()
        self.groups: dict[str, Sum] = {}
        self.rules: dict[str, int] = {}
        self.effects: dict[str, int] = {}
        self.examples: list[dict[str, Value]] = []
        self.removed = Removed(contract, tape.offset)

    def all(self) -> Simulation:
        counterfactual = self.mode == "counterfactual"
        for seen in self.tape.seen:
            verdicts = [
                decide(
                    self.contract,
                    dict(look.it),
                    self.removed.facts(look) if counterfactual else look.facts,
                )
                for look in seen.looks
            ]
            applied = [one for one in verdicts if one.applies]
            if not applied:
                continue
            said = worst(*(one.outcome for one in applied))
            after = self._after(seen, said, verdicts)
            # What was never booked is in no window.
            if counterfactual and said is Outcome.DENY and seen.applied:
                self.removed.take(seen)
            self._count(seen, after, verdicts)
        return Simulation(
            head=self._head(),
            outcomes=self.outcomes,
            total=self.total,
            groups=self.groups,
            rules={name: self.rules[name] for name in sorted(self.rules)},
            effects={name: self.effects[name] for name in sorted(self.effects)},
            examples=self.examples,
        )

    def _after(self, seen: Seen, said: Outcome, verdicts: Sequence[Verdict]) -> Outcome:
        own = seen.own
        if own is not None and own["outcome"] == str(said):
            recorded = recorded_rules(own)
            if recorded is None or recorded == failed_rules(verdicts):
                # The same answer: whatever else became of it (an override, an approval) stays.
                return seen.before
        return worst(seen.others, said)

    def _count(self, seen: Seen, after: Outcome, verdicts: Sequence[Verdict]) -> None:
        pair = str(seen.before), str(after)
        self.outcomes[pair] = self.outcomes.get(pair, 0) + 1
        flips = seen.before is not after
        stops = flips and after in _STOPS and seen.before not in _STOPS
        lets_go = flips and seen.before in _STOPS and after not in _STOPS
        rows: dict[str, list[Look]] = {}
        for look in seen.looks:
            rows.setdefault(self._group(seen, look), []).append(look)
        for name, looks in rows.items():
            known = name in self.groups or len(self.groups) < GROUPS_MAX
            group = self.groups.setdefault(name if known else "other", Sum())
            _add(group, looks, flips, stops, lets_go)
        _add(self.total, seen.looks, flips, stops, lets_go)
        for rule in dict.fromkeys(rule for one in verdicts for rule in one.failed):
            self.rules[rule] = self.rules.get(rule, 0) + 1
        for fired in (fired for one in verdicts for fired in one.effects):
            self.effects[fired.id] = self.effects.get(fired.id, 0) + 1
        if flips and len(self.examples) < EXAMPLES_MAX:
            self.examples.append(self._example(seen, after, verdicts))

    def _group(self, seen: Seen, look: Look) -> str:
        match self.group_by:
            case "area":
                return look.area
            case "member":
                return str(look.it.get("org", ""))
            case "tier":
                return str(look.tier)
            case "household_size":
                return str(look.persons)
            case "kind":
                return seen.kind

    def _example(self, seen: Seen, after: Outcome, verdicts: Sequence[Verdict]) -> dict[str, Value]:
        failed = [one for one in verdicts if one.failed]
        says: dict[str, Value] = {}
        for language in LANGUAGES:
            told = [
                each.text
                for one in failed
                for each in explain(self.contract, one, language, offset_s=self.tape.offset)
            ]
            says[language.lower().replace("-", "_")] = list[Value](dict.fromkeys(told))[:4]
        return {
            "after": str(after),
            "before": str(seen.before),
            "entry": seen.entry,
            "kind": seen.kind,
            "rules": list[Value](dict.fromkeys(rule for one in failed for rule in one.failed)),
            "says": says,
            "time": seen.time,
        }

    def _head(self) -> dict[str, Value]:
        asked = self.tape.asked
        return {
            "contract": self.contract.id,
            "currency": asked.currency,
            "entries": self.tape.entries,
            "from": self.tape.low,
            "group_by": self.group_by,
            "hash": self.contract.hash,
            "log": self.tape.origin,
            "mode": self.mode,
            "scope": asked.scope,
            "size": self.tape.size,
            "to": self.tape.high,
            "version": self.contract.document.version,
        }


def _add(sum_: Sum, looks: Sequence[Look], flips: bool, stops: bool, lets_go: bool) -> None:
    sum_.statements += 1
    sum_.flips += flips
    for wanted, into in ((stops, sum_.stopped), (lets_go, sum_.let_go)):
        if wanted:
            into.statements += 1
            for look in looks:
                into.add(look.it)


def _number(it: Mapping[str, Value], name: str) -> int:
    found = it.get(name, 0)
    return found if isinstance(found, int) else 0


def _cut(n: int) -> int:
    return max(-INT_MAX, min(INT_MAX, n))


# ---- what would not have happened ---------------------------------------------------------------


class Removed:
    """Notes of statements that would have been denied: taken out of sums and counts of windows.

    A largest or last value stays as it was, and an order that is denied goes on counting as an open
    hand-out: neither is told exactly by taking something away.
    """

    def __init__(self, contract: Contract, offset: int) -> None:
        self._facts = [
            (fact, definition_of(fact.form))
            for fact in contract.facts
            if isinstance(fact.form, AggregateFact)
            and fact.form.function in ("sum", "count")
            and fact.form.state in ("counted", "posted")
        ]
        self._contract, self._offset = contract, offset
        self._definitions = {one.id: one for _, one in self._facts}
        self._gone: dict[tuple[str, str], _Timed] = {}

    def take(self, seen: Seen) -> None:
        """A statement leaves."""
        for one in self._definitions.values():
            if one.of != seen.kind:
                continue
            for look in seen.looks:
                if one.matches(look.it):
                    key = group_key([look.it[name] for name in one.by])
                    n = _number(look.it, one.field) if one.field else 1
                    at = _number(look.it, "at")
                    self._gone.setdefault((one.id, key), _Timed()).add(at, n)

    def facts(self, look: Look) -> Mapping[str, Value | ErrorKind]:
        """The facts of a row, without what has left."""
        if not self._gone:
            return look.facts
        changed: dict[str, Value | ErrorKind] = {}
        inputs: dict[str, Value] | None = None
        for fact, one in self._facts:
            found = look.facts.get(fact.name)
            if type(found) is not int:
                continue
            inputs = inputs or self._contract.inputs(dict(look.it))
            key = _key_of(fact, inputs)
            gone = self._gone.get((one.id, key)) if key is not None else None
            if gone is not None:
                changed[fact.name] = found - gone.sum(*self._window(one, _number(look.it, "at")))
        return {**look.facts, **changed} if changed else look.facts

    def _window(self, one: Definition, when: int) -> tuple[int, int]:
        """(after, up to): the instants that an index counts at `when`."""
        if not one.window_s:
            return -1, INT_MAX
        if not one.bucket_s:
            return when - one.window_s, when
        local = when + self._offset
        first = (local - one.window_s) // one.bucket_s + 1
        last = local // one.bucket_s
        return first * one.bucket_s - self._offset - 1, (last + 1) * one.bucket_s - self._offset - 1


class _Timed:
    """Numbers at instants, summed between two of them without walking."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._numbers: list[int] = []
        self._sums = [0]

    def add(self, at: int, n: int) -> None:
        place = bisect_right(self._times, at)
        self._times.insert(place, at)
        self._numbers.insert(place, n)
        # Nearly always the last place: entries come in the order of time.
        del self._sums[place + 1 :]
        for number in self._numbers[place:]:
            self._sums.append(self._sums[-1] + number)

    def sum(self, after: int, until: int) -> int:
        low, high = bisect_right(self._times, after), bisect_right(self._times, until)
        return self._sums[high] - self._sums[low]


def _key_of(fact: Fact, inputs: Mapping[str, Value]) -> str | None:
    try:
        return group_key([one.evaluate(inputs) for _, one in sorted(fact.by, key=_first)])
    except EvaluationError:
        return None


def _first(pair: tuple[str, object]) -> str:
    return pair[0]


def flips_between(
    tape: Tape, old: Contract, new: Contract
) -> Iterator[tuple[Seen, Look, Verdict, Verdict]]:
    """Rows of which two contracts with the same kinds and facts say something else."""
    for seen in tape.seen:
        for look in seen.looks:
            was = decide(old, dict(look.it), look.facts)
            now = decide(new, dict(look.it), look.facts)
            if (was.applies, was.outcome, was.failed) != (now.applies, now.outcome, now.failed):
                yield seen, look, was, now
