"""What a contract would have said: outcomes before and after, flips, money and goods, a digest.

    found = simulate(tape, contract, mode="observe", group_by="area")
    found.value()                            # JSON; a proposal cites found.digest

`observe`: history stays as it was, and each statement is judged on what had really happened.
`counterfactual`: what would have been denied leaves the windows of later statements, so that one
over-issue is not told again for everybody after it. Where the contract is in force in the same
words, nothing differs. Limits: `docs/spec/simulation.md`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from contracts.documents.compiled import Contract
from contracts.documents.explaining import explain
from contracts.documents.verdict import MISSING, Outcome, Verdict, judge, worst
from contracts.rcel.errors import ErrorKind
from contracts.rcel.expression import Readings
from contracts.rcel.types import fits
from contracts.simulating.removed import Removed, number_of
from contracts.simulating.tape import Look, Seen, Taped, failed_rules, recorded_rules
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
_UNCHANGED: Final[Mapping[str, Value | ErrorKind]] = MappingProxyType({})
_TELL: Final = 512
"""Statements after which it is told how far the work is."""
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
        self.money += number_of(it, "amount")
        self.mass += number_of(it, "mass")
        item, qty = str(it.get("item", "")), number_of(it, "qty")
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

    def add(self, looks: Sequence[Look], flips: bool, stops: bool, lets_go: bool) -> None:
        """Rows of one statement."""
        self.statements += 1
        self.flips += flips
        if stops or lets_go:
            into = self.stopped if stops else self.let_go
            into.statements += 1
            for look in looks:
                into.add(look.it)

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
    tape: Taped,
    contract: Contract,
    *,
    mode: Mode = "observe",
    group_by: GroupBy = "area",
    on_entry: Callable[[int], None] = lambda entry: None,
) -> Simulation:
    """What `contract` would have said of everything on the tape.

    `on_entry` is told now and then how far it is. Raises ValueError where the tape was not made for
    its kinds and facts.
    """
    if not tape.serves(contract):
        raise ValueError("the tape is of other kinds or facts")
    return _Run(tape, contract, mode, group_by).all(on_entry)


class _Run:
    """One simulation at work."""

    def __init__(self, tape: Taped, contract: Contract, mode: Mode, group_by: GroupBy) -> None:
        self.tape, self.contract, self.mode, self.group_by = tape, contract, mode, group_by
        self.outcomes: dict[tuple[Outcome, Outcome], int] = {}
        self.total = Sum()
        self.groups: dict[str, Sum] = {}
        self.rules: dict[str, int] = {}
        self.effects: dict[str, int] = {}
        self.examples: list[dict[str, Value]] = []
        self.removed = Removed(contract, tape.offset)

    def all(self, on_entry: Callable[[int], None]) -> Simulation:
        contract, changes = self.contract, self.removed.changes
        counterfactual = self.mode == "counterfactual"
        for n, seen in enumerate(self.tape.seen):
            if n % _TELL == 0:
                on_entry(seen.entry)
            verdicts = [
                judge_look(contract, look, changes(look) if counterfactual else _UNCHANGED)
                for look in seen.looks
            ]
            outcomes = [one.outcome for one in verdicts if one.applies]
            if not outcomes:
                continue
            said = outcomes[0] if len(outcomes) == 1 else worst(*outcomes)
            after = self._after(seen, said, verdicts)
            # What was never booked is in no window.
            if counterfactual and said is Outcome.DENY and seen.applied:
                self.removed.take(seen)
            self._count(seen, after, verdicts)
        return Simulation(
            head=self._head(),
            outcomes={(str(old), str(new)): n for (old, new), n in self.outcomes.items()},
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
        return said if seen.others is Outcome.ALLOW else worst(seen.others, said)

    def _count(self, seen: Seen, after: Outcome, verdicts: Sequence[Verdict]) -> None:
        pair = seen.before, after
        self.outcomes[pair] = self.outcomes.get(pair, 0) + 1
        flips = seen.before is not after
        stops = flips and after in _STOPS and seen.before not in _STOPS
        lets_go = flips and seen.before in _STOPS and after not in _STOPS
        looks = seen.looks
        if len(looks) == 1:
            self._group_of(seen, looks[0]).add(looks, flips, stops, lets_go)
        else:
            rows: dict[int, list[Look]] = {}
            groups = [self._group_of(seen, look) for look in looks]
            for group, look in zip(groups, looks, strict=True):
                rows.setdefault(groups.index(group), []).append(look)
            for at, some in rows.items():
                groups[at].add(some, flips, stops, lets_go)
        self.total.add(looks, flips, stops, lets_go)
        for rule in {rule: None for one in verdicts for rule in one.failed}:
            self.rules[rule] = self.rules.get(rule, 0) + 1
        for one in verdicts:
            for fired in one.effects:
                self.effects[fired.id] = self.effects.get(fired.id, 0) + 1
        if flips and len(self.examples) < EXAMPLES_MAX:
            self.examples.append(self._example(seen, after, verdicts))

    def _group_of(self, seen: Seen, look: Look) -> Sum:
        name = self._group(seen, look)
        found = self.groups.get(name)
        if found is None:
            name = name if len(self.groups) < GROUPS_MAX else "other"
            found = self.groups.setdefault(name, Sum())
        return found

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


def _cut(n: int) -> int:
    return max(-INT_MAX, min(INT_MAX, n))


def judge_look(
    contract: Contract, look: Look, changed: Mapping[str, Value | ErrorKind] = _UNCHANGED
) -> Verdict:
    """The verdict on one row, with some of its facts `changed`: as `verdict.decide`.

    What is on a tape was tested against the types of the facts when it was heard.
    """
    values: dict[str, Value] = {**contract.params, "it": look.it}  # type: ignore[dict-item]
    failed: dict[str, ErrorKind] = {}
    for fact in contract.facts:
        name = fact.name
        value = look.facts.get(name, MISSING)
        if name in changed:
            value = changed[name]
            if not isinstance(value, ErrorKind) and not fits(value, fact.type):
                value = ErrorKind.FACT_RANGE
        if not isinstance(value, ErrorKind):
            values[name] = value
        elif value is MISSING and fact.optional:
            values[name] = {}
        else:
            failed[name] = value
    return judge(contract, Readings(values, failed=failed), item=False)


def flips_between(
    tape: Taped,
    old: Contract,
    new: Contract,
    *,
    on_entry: Callable[[int], None] = lambda entry: None,
) -> Iterator[tuple[Seen, Look, Verdict, Verdict]]:
    """Rows of which two contracts with the same kinds and facts say something else."""
    for n, seen in enumerate(tape.seen):
        if n % _TELL == 0:
            on_entry(seen.entry)
        for look in seen.looks:
            was, now = judge_look(old, look), judge_look(new, look)
            if (was.applies, was.outcome, was.failed) != (now.applies, now.outcome, now.failed):
                yield seen, look, was, now
