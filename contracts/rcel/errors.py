"""What can go wrong with a rule: before it is in force, and while it is evaluated.

A text that is refused beforehand raises `StaticError`: a code, the place in the text, and values
for the sentence that tells people what to write instead (`contracts.rcel.sentences`). An evaluation
that has no value raises `EvaluationError`, the one class that operators absorb. Whatever else is
raised is a fault of ours, and a node must stop on it. Specification: `docs/spec/rcel-1.md`, errors.

    >>> print(StaticError(StaticCode.RESERVED, 4, found="import"))
    reserved at character 4 {'found': 'import'}
"""

from collections.abc import Mapping
from enum import StrEnum


class StaticCode(StrEnum):
    """Why a text is no rcel/1 expression or no declared type, in the order in which it is found."""

    # The text.
    TEXT_LENGTH = "text_length"
    CHARACTER = "character"
    NUMBER = "number"
    STRING = "string"
    RESERVED = "reserved"
    LEFT_OUT = "left_out"
    SYNTAX = "syntax"
    # Its size.
    NESTING = "nesting"
    CHAIN = "chain"
    ARGUMENTS = "arguments"
    ELEMENTS = "elements"
    HEIGHT = "height"
    NODES = "nodes"
    # Its meaning.
    UNKNOWN_NAME = "unknown_name"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_FUNCTION = "unknown_function"
    ARGUMENT_COUNT = "argument_count"
    NAME_TAKEN = "name_taken"
    TYPE = "type"
    UNIT = "unit"
    TIME = "time"
    TAG = "tag"
    UNGUARDED = "unguarded"
    UNIT_SIZE = "unit_size"
    EXPECTED_TYPE = "expected_type"
    COST = "cost"
    # A declared type.
    DECLARED_TYPE = "declared_type"


class StaticError(ValueError):
    """A text that is refused; `position` counts the characters before the place.

    `values` are what the sentence for `code` shows: texts as they were written, and integers.
    """

    def __init__(self, code: StaticCode, position: int, **values: int | str) -> None:
        self.code, self.position = code, position
        self.values: Mapping[str, int | str] = values
        super().__init__(f"{code} at character {position} {values or ''}".rstrip())


class ErrorKind(StrEnum):
    """Why an evaluation has no value. Told to people, never hashed: "error" is what is hashed."""

    OVERFLOW = "overflow"
    """A result beyond int64."""
    DIV_ZERO = "div_zero"
    """`/ 0` or `% 0`."""
    INDEX = "index"
    """An index below 0 or beyond the list."""
    DIVISOR = "divisor"
    """A divisor of `mulDivFloor`, `mulDivCeil` or `mulDivHalfUp` below 1."""
    FACT_MISSING = "fact_missing"
    """A declared fact that is not on the ledger."""
    FACT_RANGE = "fact_range"
    """A fact outside its declared type."""
    EFFECT_RANGE = "effect_range"
    """A computed field of an effect outside its type."""


class EvaluationError(Exception):
    """An evaluation without a value."""

    def __init__(self, kind: ErrorKind) -> None:
        self.kind = kind
        super().__init__(str(kind))
