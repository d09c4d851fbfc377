"""Every code with which the ledger answers: one closed list, in the order in which checks run.

The order is the law of precedence (`docs/spec/statement.md`, order of checks): of two codes that
apply, the one that stands higher is given. A code is `[a-z_]{1,40}` and never changes its meaning;
sentences for people are in `ledger.sentences`.
"""

from enum import StrEnum


class Code(StrEnum):
    """Codes in descending precedence within each group."""

    # No entry is made and the client's id is not burnt.
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    DUPLICATE_KEY = "duplicate_key"
    NOT_CANONICAL = "not_canonical"
    WRONG_ORIGIN = "wrong_origin"
    REPLAYED = "replayed"
    UNKNOWN_KEY = "unknown_key"
    REVOKED_KEY = "revoked_key"
    BAD_SIGNATURE = "bad_signature"
    SIGNATURE_MISSING = "signature_missing"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_REFERENCE = "unknown_reference"
    SUM_OUT_OF_RANGE = "sum_out_of_range"

    # The statement is logged and moves nothing.
    ID_REUSED = "id_reused"
    EXPIRED = "expired"
    NO_AUTHORITY = "no_authority"
    REFERENCE_USED = "reference_used"

    # Book law, for authorisations: logged, denied, nothing moves.
    SAME_PERSON = "same_person"
    ALREADY_EXISTS = "already_exists"
    ALREADY_CORRECTED = "already_corrected"
    NOT_CORRECTABLE = "not_correctable"
    NOT_OPEN = "not_open"
    NOT_ELIGIBLE = "not_eligible"
    NOT_USABLE = "not_usable"
    LINE_SHORT = "line_short"
    NOT_ENOUGH = "not_enough"
    TOO_MANY_PIECES = "too_many_pieces"
    NOT_CONSERVED = "not_conserved"
    BELOW_QUORUM = "below_quorum"
    OUTCOME_TOO_LARGE = "outcome_too_large"

    # Contracts, for authorisations: logged, denied, nothing moves.
    CONTRACT_INVALID = "contract_invalid"
    CONTRACT_DENIED = "contract_denied"
    CONTRACT_ERROR = "contract_error"
    NO_GATE = "no_gate"

    # Breaches: named beside a fact that was applied all the same.
    OVER_ISSUE = "over_issue"
    FOUND = "found"
    SHORTFALL = "shortfall"
    EXCEEDED = "exceeded"
    LATE = "late"
    UNEXPLAINED = "unexplained"
    RESERVED = "reserved"

    # Applied.
    OK = "ok"
    FLAGGED = "flagged"

    # Nothing moves until approvals are in; its value is kept back.
    HELD = "held"


NO_ENTRY = frozenset(
    {
        Code.TOO_LARGE,
        Code.MALFORMED,
        Code.DUPLICATE_KEY,
        Code.NOT_CANONICAL,
        Code.WRONG_ORIGIN,
        Code.REPLAYED,
        Code.UNKNOWN_KEY,
        Code.REVOKED_KEY,
        Code.BAD_SIGNATURE,
        Code.SIGNATURE_MISSING,
        Code.OUT_OF_RANGE,
        Code.UNKNOWN_REFERENCE,
        Code.SUM_OUT_OF_RANGE,
    }
)
"""Codes that make no entry in the log."""

APPLIED = frozenset({Code.OK, Code.FLAGGED})
"""Codes of entries whose effects were booked; of `held` only what is kept back is."""
