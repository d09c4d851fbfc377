"""Every limit of rcel/1, each a named number. Raising one makes another version of the language.

They bound what a hostile text can cost, and all lie inside what each interpreter and each
conforming CEL parser takes, so that whether a text is valid depends on nothing but the text.
Specification: `docs/spec/rcel-1.md`, limits.
"""

from typing import Final

TEXT_MAX: Final = 2_000
"""Characters (code points) of an expression."""
NESTING_MAX: Final = 12
"""Brackets, calls and ternaries inside one another."""
CHAIN_MAX: Final = 24
"""Operators of one level in a row: `a + b - c` has two."""
MEMBER_CHAIN_MAX: Final = 12
"""Selections, calls and indexes in a row: `a.b[0].c` has three. CEL promises no more than 12."""
HEIGHT_MAX: Final = 40
"""Height of the tree; a name alone has 1."""
NODES_MAX: Final = 400
"""Nodes of the tree."""
ARGUMENTS_MAX: Final = 8
"""Arguments of a call."""
ELEMENTS_MAX: Final = 64
"""Elements of a list: written out, or declared as its maximum."""
COST_MAX: Final = 4_000
"""Static cost of one expression."""
CONTRACT_COST_MAX: Final = 20_000
"""Static cost of all expressions of one contract together."""

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
"""The range of every intermediate result; beyond it lies the error `overflow`."""
DIGITS_MAX: Final = 19
"""Digits of an integer literal, counted before anything converts them."""

TYPE_TEXT_MAX: Final = 200
"""Characters of a declared type."""
LIST_DEPTH_MAX: Final = 3
"""Lists inside one another in a declared type."""
WORD_MAX: Final = 32
"""Characters of a tag or of a base unit."""
UNIT_FACTORS_MAX: Final = 8
"""Base units that a unit multiplies and divides: `TWD/person/d` has three."""
