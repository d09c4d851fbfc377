"""What is asked of two contracts: where two versions decide otherwise, or two gates contradict.

*Versions of one contract* are asked for every pair of outcomes: is there a statement that the old
one lets pass and the new one denies? Where no outcome differs, for rules and effects. *Two
contracts* are asked whether one adds nothing beside the other, and which rules of different outcome
fail on the same statement.

They are compared on the kinds of statement that both judge. What they read alike is one and the
same unknown; see `inputs`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.documents.cases import outcome_of
from contracts.documents.catalogued import Catalogue
from contracts.documents.compiled import Contract
from contracts.documents.verdict import Verdict
from tools.analysing.asking import STEPS_MAX, Answer, Asker, State
from tools.analysing.examples import Example, verdict_of
from tools.analysing.inputs import Inputs, identity, long_lists
from tools.analysing.meanings import Effect, Meaning, meaning_of
from tools.analysing.questions import Analysis, Finding
from tools.analysing.shapes import Formula, Shape, World, both, either, negated

STRENGTHS: Final = ("allow", "flag", "hold", "deny", "error")
"""Outcomes; that a contract does not apply is an allow here."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`analysis` of the two; `kinds` that both judge, `only` those that one judges alone.

    `apart`: names of facts that both have and declare differently; `unread`: fields of the document
    that differ and that no formula stands for.
    """

    analysis: Analysis
    kinds: tuple[str, ...]
    only: tuple[str, ...]
    apart: tuple[str, ...]
    unread: tuple[str, ...]


def compare(
    old: Contract, new: Contract, catalogue: Catalogue, steps_max: int = STEPS_MAX
) -> Comparison:
    """Ask what differs. Raises `OutsideModel`. Nothing is asked where no kind is common."""
    kinds = tuple(kind for kind in old.document.kinds if kind in new.document.kinds)
    only = tuple(kind for kind in (*old.document.kinds, *new.document.kinds) if kind not in kinds)
    findings: tuple[Finding, ...] = ()
    if kinds:
        inputs = Inputs(World(), catalogue)
        inputs.declare(old, new)
        meanings = meaning_of(old, inputs), meaning_of(new, inputs)
        two = _Two(meanings, Asker(inputs, (old, new), steps_max), inputs.world)
        findings = tuple(two.versions() if old.id == new.id else two.contracts())
    cut = tuple(dict.fromkeys((*long_lists(old), *long_lists(new))))
    return Comparison(Analysis(findings, cut), kinds, only, _apart(old, new), _unread(old, new))


def _apart(old: Contract, new: Contract) -> tuple[str, ...]:
    mine = {fact.name: identity(old, fact) for fact in old.facts}
    theirs = {fact.name: identity(new, fact) for fact in new.facts}
    return tuple(name for name, one in mine.items() if theirs.get(name, one) != one)


def _unread(old: Contract, new: Contract) -> tuple[str, ...]:
    if old.id != new.id:
        return ()
    mine, theirs = old.document.value, new.document.value
    return tuple(name for name in ("foreach", "budget") if mine.get(name) != theirs.get(name))


class _Two:
    def __init__(self, meanings: tuple[Meaning, Meaning], asker: Asker, world: World) -> None:
        self._old, self._new = meanings
        self._asker, self._false = asker, world.truth(False)

    def _ask(self, shows: Callable[[Verdict, Verdict], bool], *conditions: Formula) -> Answer:
        def holds(example: Example) -> bool:
            old = verdict_of(self._old.contract, example)
            return shows(old, verdict_of(self._new.contract, example))

        found = self._asker.ask(holds, *conditions)
        if found.state is State.NO:
            # One of the two may read a row that the other does not, and that is missing.
            found = self._asker.ask(holds, *conditions, whole=False)
        return found

    # ---- versions --------------------------------------------------------------------------------

    def versions(self) -> Iterator[Finding]:
        """Where old and new decide otherwise."""
        mine, theirs = (_strengths(one) for one in (self._old, self._new))
        same = True
        for before in STRENGTHS:
            for after in STRENGTHS:
                if before == after:
                    continue

                def shows(old: Verdict, new: Verdict, was: str = before, now: str = after) -> bool:
                    return strength(old) == was and strength(new) == now

                answer = self._ask(shows, mine[before], theirs[after])
                same = same and answer.state is State.NO
                yield Finding("differs", answer, {"before": before, "after": after})
        if same and self._old.rules:
            yield Finding("rules_differ", self._ask(_rules_differ, self._other_rules()))
        if self._old.effects or self._new.effects:
            yield Finding("effects_differ", self._ask(_effects_differ, self._other_effects()))

    def _other_rules(self) -> Formula:
        mine = {rule.id: rule.fails for rule in self._old.rules}
        theirs = {rule.id: rule.fails for rule in self._new.rules}
        return either(
            self._false,
            *(
                mine.get(name, self._false) != theirs.get(name, self._false)
                for name in dict.fromkeys((*mine, *theirs))
            ),
        )

    def _other_effects(self) -> Formula:
        fine = [negated(one.outcomes["error"]) for one in (self._old, self._new)]
        mine = {effect.id: effect for effect in self._old.effects}
        theirs = {effect.id: effect for effect in self._new.effects}
        found = [
            self._other_effect(mine.get(name), theirs.get(name))
            for name in dict.fromkeys((*mine, *theirs))
        ]
        return both(*fine, either(self._false, *found))

    def _other_effect(self, old: Effect | None, new: Effect | None) -> Formula:
        if old is None or new is None:
            one = old or new
            assert one is not None
            return one.fires
        if old.verb != new.verb:
            return either(old.fires, new.fires)
        fields = [_other(one, new.fields[name]) for name, one in old.fields.items()]
        fires = both(old.fires, new.fires, either(self._false, *fields))
        return either(old.fires != new.fires, fires)

    # ---- two contracts ---------------------------------------------------------------------------

    def contracts(self) -> Iterator[Finding]:
        """Where two contracts say the same twice, or different things of one statement."""
        if self._old.rules and self._new.rules:
            for one, other in ((self._old, self._new), (self._new, self._old)):
                values = {"contract": one.contract.id, "other": other.contract.id}
                yield Finding("contract_without", self._alone(one, other), values)
        for rule in self._old.rules:
            for beside in self._new.rules:
                if rule.otherwise == beside.otherwise:
                    continue

                def shows(
                    old: Verdict,
                    new: Verdict,
                    mine: tuple[str, str] = (rule.id, rule.otherwise),
                    theirs: tuple[str, str] = (beside.id, beside.otherwise),
                ) -> bool:
                    return (
                        old.failed.get(mine[0]) == mine[1]
                        and new.failed.get(theirs[0]) == theirs[1]
                    )

                values = {
                    "rule": rule.id, "other": beside.id,
                    "outcome": rule.otherwise, "other_outcome": beside.otherwise,
                }  # fmt: skip
                answer = self._ask(shows, rule.fails, beside.fails)
                yield Finding("contracts_together", answer, values)
        yield from self._same_verb()

    def _alone(self, one: Meaning, other: Meaning) -> Answer:
        """Whether `one` can be stricter than `other`."""
        mine, theirs = _strengths(one), _strengths(other)
        stricter = [
            both(mine[outcome], theirs[weaker])
            for at, outcome in enumerate(STRENGTHS)
            for weaker in STRENGTHS[:at]
        ]

        def shows(old: Verdict, new: Verdict) -> bool:
            mine, theirs = (old, new) if one is self._old else (new, old)
            return STRENGTHS.index(strength(mine)) > STRENGTHS.index(strength(theirs))

        return self._ask(shows, either(self._false, *stricter))

    def _same_verb(self) -> Iterator[Finding]:
        fine = [negated(one.outcomes["error"]) for one in (self._old, self._new)]
        for one in self._old.effects:
            for other in self._new.effects:
                if one.verb != other.verb:
                    continue

                def shows(
                    old: Verdict, new: Verdict, mine: str = one.id, theirs: str = other.id
                ) -> bool:
                    return _fires(old, mine) and _fires(new, theirs)

                values = {"effect": one.id, "other": other.id, "verb": one.verb}
                answer = self._ask(shows, one.fires, other.fires, *fine)
                yield Finding("effects_together", answer, values)


def strength(verdict: Verdict) -> str:
    """The outcome of a verdict as one of `STRENGTHS`."""
    found = outcome_of(verdict)
    return "allow" if found == "skip" else found


def _strengths(meaning: Meaning) -> Mapping[str, Formula]:
    found = dict(meaning.outcomes)
    found["allow"] = either(found["allow"], found.pop("skip"))
    return found


def _rules_differ(old: Verdict, new: Verdict) -> bool:
    return dict(old.failed) != dict(new.failed)


def _effects_differ(old: Verdict, new: Verdict) -> bool:
    return old.effects != new.effects


def _fires(verdict: Verdict, effect: str) -> bool:
    return any(one.id == effect for one in verdict.effects)


def _other(one: Shape, another: Shape) -> Formula:
    """Whether two scalars differ."""
    return one != another
