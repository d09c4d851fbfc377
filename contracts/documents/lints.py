"""Advice about a contract that is valid: what its readers will stumble over. Decides nothing.

A number written out in a sentence stays as it is when a vote changes the param it was copied from;
one written out in an expression cannot be changed by a vote on params at all.

    >>> digits_in("7 days at most {cap} boxes of 20 kg")
    ['7', '20']
"""

import re

from contracts.documents.compiled import Contract
from contracts.documents.problems import Path, Problem, ProblemCode
from contracts.documents.texts import FIELDS, Texts, parse_text
from contracts.rcel.expression import Expression
from contracts.rcel.nodes import Literal, walk

NUMBERS_PLAIN = (0, 1)
"""Numbers that mean themselves: none, one."""


def lint(contract: Contract) -> list[Problem]:
    """Remarks, in the order of the document; a valid contract may have any number of them."""
    document = contract.document
    found = _numbers(contract.where, ("where",))
    for name, one in contract.lets:
        found += _numbers(one, ("let", name))
    for at, rule in enumerate(document.rules):
        found += _numbers(contract.rules[at].require, ("rules", at, "require"))
        found += _digits(rule.say, ("rules", at, "say"))
        if rule.public is not None:
            found += _digits(rule.public, ("rules", at, "public"))
    for at, effect in enumerate(contract.effects):
        found += _numbers(effect.when, ("effects", at, "when"))
        for name, one, _ in effect.fields:
            found += _numbers(one, ("effects", at, effect.verb, name))
    return found


def digits_in(text: str) -> list[str]:
    """Runs of ASCII digits outside of placeholders."""
    parts = (part for part in parse_text(text) if isinstance(part, str))
    return [digits for part in parts for digits in re.findall("[0-9]+", part)]


def _digits(texts: Texts, path: Path) -> list[Problem]:
    """One remark for a text, in the first language that has digits."""
    for field, text in zip(FIELDS, (texts.zh_hant, texts.zh_hans, texts.en), strict=True):
        digits = digits_in(text)
        if digits:
            return [Problem((*path, field), ProblemCode.LINT_DIGITS, {"found": digits[0]})]
    return []


def _numbers(expression: Expression, path: Path) -> list[Problem]:
    for node, _ in walk(expression.tree):
        if (
            isinstance(node, Literal)
            and type(node.value) is int
            and node.value not in NUMBERS_PLAIN
        ):
            return [Problem(path, ProblemCode.LINT_NUMBER, {"found": node.value})]
    return []
