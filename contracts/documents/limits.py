"""The numbers of a contract document, each with a name. Raising one makes another version of it.

Those of expressions stand in `contracts.rcel.limits`.
Specification: `docs/spec/contract-document.md`, limits.
"""

from typing import Final

DOCUMENT_MAX: Final = 24_576
"""Bytes of canonical JSON."""
KINDS_MAX: Final = 8
PARAMS_MAX: Final = 32
FACTS_MAX: Final = 16
LETS_MAX: Final = 32
RULES_MAX: Final = 32
EFFECTS_MAX: Final = 8
TESTS_MIN: Final = 2
TESTS_MAX: Final = 64
TEXT_MAX: Final = 600
"""Characters (code points) of a text for people in one language."""
CASE_NAME_MAX: Final = 120
"""Characters of the name of a test."""
NAME_MAX: Final = 32
"""Characters of a name or id inside a document."""
CONTRACT_ID_MIN: Final = 3
CONTRACT_ID_MAX: Final = 48
PAYING_ID_MAX: Final = 43
"""Characters of the id of a contract that pays: `auto-` before it names its allotment, and a name
has at most 48 (`ledger.money.allotment`)."""
VERSION_MAX: Final = 1_000_000
MATCH_MAX: Final = 8
"""Literals that statements of an aggregate must have."""
BY_MAX: Final = 4
"""Fields by which an aggregate is kept apart."""
LIST_MAX: Final = 64
"""Elements of a fact that is a list."""
PER_BATCH_MAX: Final = 200
"""Items that a run takes in one batch."""
WINDOW_S_MAX: Final = 366 * 86_400
"""Seconds of a window."""
FIRINGS_MAX: Final = 1_000_000
"""Firings in a window of a budget's rate."""
PROBLEMS_MAX: Final = 50
"""Problems that are told at once; what is wrong beyond is found when these are mended."""
