"""What can be wrong with a contract document, as data: where, which rule, and the values.

Nothing stops at the first problem: whoever wrote the document is told all that can be seen at once.
`contracts.documents.sentences` says them in three languages, with what to write instead.

    >>> problem = Problem(("rules", 0, "say", "en"), ProblemCode.TEXT_LENGTH, {"count": 700})
    >>> problem.where
    'rules[0].say.en'
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from contracts.documents.limits import PROBLEMS_MAX
from contracts.rcel.errors import StaticError

Path: TypeAlias = tuple[str | int, ...]
"""From the document inwards: field names, and places in lists from 0."""


class ProblemCode(StrEnum):
    """Which rule of the document is broken."""

    # The form.
    NOT_JSON = "not_json"
    DOCUMENT_SIZE = "document_size"
    OBJECT = "object"
    LIST = "list"
    TEXT = "text"
    INTEGER = "integer"
    TRUTH = "truth"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    NOT_FOR_KIND = "not_for_kind"
    COUNT = "count"
    RANGE = "range"
    CHOICE = "choice"
    TEXT_LENGTH = "text_length"
    CONTRACT_ID = "contract_id"
    NAME = "name"
    NAME_TAKEN = "name_taken"
    RESERVED = "reserved"
    TWICE = "twice"
    SPAN = "span"
    FACT_FORM = "fact_form"
    VERB_COUNT = "verb_count"
    EXPECT_FORM = "expect_form"
    PLACEHOLDER = "placeholder"
    PLACEHOLDERS_DIFFER = "placeholders_differ"
    PLACEHOLDER_TITLE = "placeholder_title"
    # The meaning.
    EXPRESSION = "expression"
    UNKNOWN = "unknown"
    VALUE = "value"
    CYCLE = "cycle"
    COST = "cost"
    NO_KEY = "no_key"
    KEY_MISSING = "key_missing"
    AGGREGATE_TYPE = "aggregate_type"
    BUCKET_MISSING = "bucket_missing"
    BUCKET_WINDOW = "bucket_window"
    NOT_RUNNING = "not_running"
    GATE_VERB = "gate_verb"
    BUDGET_MISSING = "budget_missing"
    PAYING_ID = "paying_id"
    UNBOUNDED = "unbounded"
    CASCADE = "cascade"
    CONSTANT = "constant"
    PLACEHOLDER_NAME = "placeholder_name"
    PLACEHOLDER_FORMAT = "placeholder_format"
    # The tests.
    CASE_OUTCOME = "case_outcome"
    CASE_RULES = "case_rules"
    CASE_EFFECTS = "case_effects"
    CASE_SAYS = "case_says"
    CASE_NOT_GIVEN = "case_not_given"
    COVER_ALLOW = "cover_allow"
    COVER_RULE = "cover_rule"
    COVER_FIRED = "cover_fired"
    COVER_NOT_FIRED = "cover_not_fired"
    # Advice: these make nothing invalid.
    LINT_DIGITS = "lint_digits"
    LINT_NUMBER = "lint_number"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: `values` are what its sentence shows, `static` what rcel/1 refused."""

    path: Path
    code: ProblemCode
    values: Mapping[str, int | str] = field(default_factory=dict)
    static: StaticError | None = None

    @property
    def where(self) -> str:
        """The path as people write it; "" for the whole document."""
        return format_path(self.path)


def format_path(path: Path) -> str:
    """`rules[0].say.en`"""
    parts = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
    return "".join(parts).removeprefix(".")


class DocumentError(ValueError):
    """A contract that is not valid; `problems` has at least one, in the order of the document."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        assert problems
        self.problems = tuple(problems[:PROBLEMS_MAX])
        first = self.problems[0]
        said = [f"{first.where or 'document'}: {first.code}"]
        said += [str(first.static or dict(first.values))] if first.static or first.values else []
        said += [f"and {len(problems) - 1} more"] if len(problems) > 1 else []
        super().__init__(" ".join(said))


class Problems:
    """Problems as they are found; `stop` ends the work when there is one."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, path: Path, code: ProblemCode, **values: int | str) -> None:
        """One more problem."""
        self.found.append(Problem(path, code, values))

    def add_static(self, path: Path, error: StaticError) -> None:
        """An expression or declared type that rcel/1 refuses."""
        self.found.append(Problem(path, ProblemCode.EXPRESSION, {}, error))

    def stop(self) -> None:
        """Raise `DocumentError` if anything was found."""
        if self.found:
            raise DocumentError(self.found)
