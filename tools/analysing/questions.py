"""What is asked of one contract: what can never be, what says twice, and what goes wrong.

Each question has an answer, whether it is worth a word or not; `Finding.told` says which are. A
rule that can never fail or an effect that never happens is a slip; so is a rule that fails only
where a stricter one fails as well. Two rules of different outcome that fail at once, and a row that
may be missing, are told as notes: the stricter counts, and the error denies.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import z3

from contracts.documents.cases import run_cases
from contracts.documents.catalogued import Catalogue
from contracts.documents.compiled import Contract
from contracts.documents.verdict import Outcome, Verdict, worst
from contracts.rcel.errors import ErrorKind
from tools.analysing.asking import STEPS_MAX, Answer, Asker, State
from tools.analysing.examples import Example, facts_of, verdict_of
from tools.analysing.inputs import Inputs, long_lists
from tools.analysing.meanings import Failing, Meaning, Part, meaning_of
from tools.analysing.shapes import Formula, World, either, negated

TOLD: Final = {
    # question: (the answer that is worth a word, whether something should be mended)
    "applies": (State.NO, True),
    "fails": (State.NO, True),
    "passes": (State.NO, True),
    "fires": (State.NO, True),
    "without": (State.NO, True),
    "error": (State.YES, True),
    "together": (State.YES, False),
    "missing": (State.YES, False),
    # of two contracts
    "differs": (State.YES, True),
    "rules_differ": (State.YES, True),
    "effects_differ": (State.YES, True),
    "contract_without": (State.NO, True),
    "contracts_together": (State.YES, False),
    "effects_together": (State.YES, False),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A question with its answer; `values` name what it is about."""

    question: str
    answer: Answer
    values: dict[str, str] = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether people should hear of it."""
        doubtful = self.answer.state in (State.UNKNOWN, State.UNCONFIRMED)
        return doubtful or self.answer.state is TOLD[self.question][0]

    @property
    def wrong(self) -> bool:
        """Whether something should be mended, or looked at before a vote."""
        wanted, wrong = TOLD[self.question]
        return self.answer.state is wanted and wrong


@dataclass(frozen=True, slots=True)
class Analysis:
    """All findings, in the order of the document; `cut`: lists that were looked at in part."""

    findings: tuple[Finding, ...]
    cut: tuple[str, ...]


def analyse(contract: Contract, catalogue: Catalogue, steps_max: int = STEPS_MAX) -> Analysis:
    """Ask everything about one contract. Raises `OutsideModel`."""
    inputs = Inputs(World(), catalogue)
    inputs.declare(contract)
    meaning = meaning_of(contract, inputs)
    questions = _Questions(meaning, inputs, Asker(inputs, (contract,), steps_max))
    return Analysis(tuple(questions.all()), long_lists(contract))


class _Questions:
    def __init__(self, meaning: Meaning, inputs: Inputs, asker: Asker) -> None:
        self._meaning, self._contract = meaning, meaning.contract
        self._inputs, self.asker = inputs, asker
        # What z3 does not find, a test of the document may show.
        self._shown = [
            one.verdict
            for one in run_cases(meaning.contract)
            if one.verdict is not None and one.verdict.applies
        ]

    def all(self) -> Iterator[Finding]:
        """Every question; where the contract never applies there is no other."""
        applies = self._possible(lambda verdict: verdict.applies, self._meaning.applies)
        yield Finding("applies", applies)
        if applies.state is State.NO:
            return
        failing: list[Failing] = []
        for rule in self._meaning.rules:
            fails = self._rule_fails(rule)
            yield Finding("fails", fails, {"rule": rule.id})
            if fails.state is not State.NO:
                failing.append(rule)
            yield Finding("passes", self._rule_passes(rule), {"rule": rule.id})
        yield from self._pairs(failing)
        yield from self._effects()
        for part in self._meaning.parts:
            yield from self._errors(part)
        yield from self._missing()

    def _verdict(self, example: Example) -> Verdict:
        return verdict_of(self._contract, example)

    def _possible(self, shows: Callable[[Verdict], bool], *conditions: Formula) -> Answer:
        """Whether a verdict that `shows` it is possible."""
        found = self.asker.ask(lambda example: shows(self._verdict(example)), *conditions)
        if found.state is State.UNKNOWN and any(shows(one) for one in self._shown):
            return Answer(State.YES)
        return found

    # ---- rules -----------------------------------------------------------------------------------

    def _rule_fails(self, rule: Failing) -> Answer:
        return self._possible(
            lambda verdict: verdict.failed.get(rule.id) == rule.otherwise, rule.fails
        )

    def _rule_passes(self, rule: Failing) -> Answer:
        return self._possible(
            lambda verdict: verdict.applies and rule.id not in verdict.failed, rule.passes
        )

    def _pairs(self, rules: list[Failing]) -> Iterator[Finding]:
        twice: set[str] = set()
        for one in rules:
            for other in rules:
                if one is other or other.id in twice or one.id in twice:
                    continue
                if worst(Outcome(one.otherwise), Outcome(other.otherwise)) == other.otherwise:
                    values = {"rule": one.id, "other": other.id}
                    found = self._without(one, other)
                    if found.state is State.NO:
                        twice.add(one.id)
                    yield Finding("without", found, values)
        for at, one in enumerate(rules):
            for other in rules[at + 1 :]:
                if one.otherwise != other.otherwise:
                    values = {
                        "rule": one.id, "other": other.id,
                        "outcome": one.otherwise, "other_outcome": other.otherwise,
                    }  # fmt: skip
                    yield Finding("together", self._together(one, other), values)

    def _without(self, one: Failing, other: Failing) -> Answer:
        """Whether `one` can fail without `other`."""

        def holds(example: Example) -> bool:
            failed = self._verdict(example).failed
            return failed.get(one.id) == one.otherwise and failed.get(other.id) != other.otherwise

        return self.asker.ask(holds, one.fails, negated(other.fails))

    def _together(self, one: Failing, other: Failing) -> Answer:
        def holds(example: Example) -> bool:
            verdict, failed = self._verdict(example), self._verdict(example).failed
            both_fail = failed.get(one.id), failed.get(other.id)
            return both_fail == (one.otherwise, other.otherwise) and not verdict.error

        fine = negated(self._meaning.outcomes["error"])
        return self.asker.ask(holds, one.fails, other.fails, fine)

    # ---- effects and errors ----------------------------------------------------------------------

    def _effects(self) -> Iterator[Finding]:
        fine = negated(self._meaning.outcomes["error"])
        for effect in self._meaning.effects:

            def shows(verdict: Verdict, name: str = effect.id) -> bool:
                return any(one.id == name for one in verdict.effects)

            answer = self._possible(shows, effect.fires, fine)
            yield Finding("fires", answer, {"effect": effect.id})

    def _errors(self, part: Part) -> Iterator[Finding]:
        """Each kind of error that an expression can be, with an example."""
        seen: list[ErrorKind] = []
        while True:

            def holds(example: Example) -> bool:
                kind = self._verdict(example).errors.get(part.name)
                return kind is not None and kind not in seen

            others = [site.when for site in part.sites if site.kind in seen]
            rest = negated(either(self._inputs.world.truth(False), *others))
            answer = self.asker.ask(holds, part.errs, rest)
            kind = ""
            if answer.example is not None:
                found = self._verdict(answer.example).errors[part.name]
                seen.append(found)
                kind = str(found)
            yield Finding("error", answer, {"part": part.name, "kind": kind})
            if answer.state is not State.YES:
                return

    def _missing(self) -> Iterator[Finding]:
        """What a row that is not there does, all others being there."""
        rows = [
            (fact.name, self._inputs.fact(self._contract, fact).there)
            for fact in self._contract.facts
            if not fact.optional
        ]
        for name, there in rows:
            if there is None:
                continue

            def holds(example: Example, name: str = name) -> bool:
                missing = name not in facts_of(self._contract, example)
                kinds = self._verdict(example).errors.values()
                return missing and ErrorKind.FACT_MISSING in kinds

            others = [one for other, one in rows if other != name and one is not None]
            wrong = self._meaning.outcomes["error"]
            answer = self.asker.ask(holds, z3.Not(there), *others, wrong, whole=False)
            yield Finding("missing", answer, {"fact": name})
