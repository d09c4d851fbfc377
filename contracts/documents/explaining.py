"""What people are told about a verdict: a sentence for each rule that failed.

The worker and the household see `say`; where a placeholder has no value or is masked, `public`;
where that cannot be written either, the title. Written when it is read, never hashed, and never the
reason why anything is decided. Specification: `docs/spec/contract-document.md`, texts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.documents.compiled import Contract, Sentence
from contracts.documents.texts import OFFSET_S, render
from contracts.documents.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence about a rule; `full`: it is the rule's own, with all its values."""

    rule: str
    text: str
    full: bool


def explain(
    contract: Contract,
    verdict: Verdict,
    language: str,
    *,
    masked: Iterable[str] = (),
    offset_s: int = OFFSET_S,
) -> tuple[Told, ...]:
    """A sentence for each failed rule, in the order of the document.

    `language` is a tag of `ledger.sentences.LANGUAGES`; `masked` are dotted names whose values the
    reader may not see; `offset_s` is the ledger's zone, for dates.
    """
    hidden = tuple(masked)

    def written(sentence: Sentence | None) -> str | None:
        if sentence is None:
            return None
        return render(
            sentence.templates[language],
            verdict.values,
            language=language,
            currencies=sentence.currencies,
            places=contract.places,
            masked=hidden,
            offset_s=offset_s,
        )

    told = []
    for rule in contract.rules:
        if rule.id in verdict.failed:
            text = written(rule.say)
            public = written(rule.public) or contract.title.of(language)
            told.append(Told(rule.id, text or public, text is not None))
    return tuple(told)


def public_text(contract: Contract, verdict: Verdict, language: str) -> tuple[Told, ...]:
    """What the public sees: `public` of each failed rule where it has one, else the title."""
    told = []
    for rule in contract.rules:
        if rule.id in verdict.failed:
            text = None
            if rule.public is not None:
                text = render(
                    rule.public.templates[language],
                    verdict.values,
                    language=language,
                    currencies=rule.public.currencies,
                    places=contract.places,
                )
            told.append(Told(rule.id, text or contract.title.of(language), False))
    return tuple(told)
