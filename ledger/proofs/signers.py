"""Signers of a logged statement: each with its key row, proved in the state.

Rule: the entry at index i is judged by the keys in force at size i, `from_size <= i < to_size`; no
clock takes part, so back-dating gains nothing. Key rows are never deleted: a later state still says
what was in force then. A key row is

    key id -> [from_size, to_size (2^53-1 while in force), use, actor, 1, public key in hex]

and the key id is recomputed from the public key, so that a row can not name another's key. Only
keys of use `author` or `device` sign statements. Specification: `docs/spec/receipt.md`, step 7.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.canon import is_hex
from ledger.envelope import Statement, check_signatures
from ledger.errors import CheckError, Refused
from ledger.keys import KeyId, key_id, verify_strict
from ledger.proofs.stateproof import StateProof, check_row

SIGNING_USES: Final = ("author", "device")
"""Uses of keys that sign statements."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signed, in force at the entry's index: its row as the state has it."""

    key_id: KeyId
    actor: str
    use: str


def check_signers(
    statement: Statement,
    index: int,
    rows: Sequence[StateProof],
    *,
    origin: str,
    state_root: bytes,
) -> tuple[Signer, ...]:
    """The signers of the statement logged at `index` of the log `origin`, in the order of its
    signatures; `rows` are their key rows, likewise, under a state root known by other means.

    `CheckError` when a row is missing, not proved, not in force or not of use; when the statement
    is for another log; when a signature fails.
    """
    if statement.log != origin:
        raise CheckError("origin", f"the statement is for {statement.log}, not for {origin}")
    publics: dict[KeyId, bytes] = {}
    signers = []
    for place, (named, _) in enumerate(statement.signatures):
        if place >= len(rows):
            raise CheckError("signers", f"no key row for {named}")
        signer, publics[named] = _check_key(rows[place], named, index, state_root)
        signers.append(signer)
    _check_signatures(statement, publics)
    return tuple(signers)


def _check_key(
    row: StateProof, named: KeyId, index: int, state_root: bytes
) -> tuple[Signer, bytes]:
    """The key `named` and its public key, in force at `index` and of a use that signs."""
    if row.table != "keys" or row.key != named:
        raise CheckError("signers", f"{row.table[:64]} {row.key} where the row of {named} is due")
    check_row(row, state_root)
    match row.row:
        case [int(start), int(end), str(use), str(actor), int(1) as algorithm, str(public)] if (
            is_hex(public, 32) and not any(isinstance(n, bool) for n in (start, end, algorithm))
        ):
            pass
        case _:
            raise CheckError("signers", f"the row of {named} is no key row")
    if key_id(bytes.fromhex(public)) != named:
        raise CheckError("signers", f"the public key in the row of {named} is another's")
    if use not in SIGNING_USES:
        raise CheckError("signers", f"{named} is a key of use {use[:16]}, which signs no statement")
    if not start <= index < end:
        raise CheckError("signers", f"{named} was in force from {start} to {end}, not at {index}")
    return Signer(named, actor, use), bytes.fromhex(public)


def _check_signatures(statement: Statement, publics: Mapping[KeyId, bytes]) -> None:
    try:
        check_signatures(statement, publics.get, verify=verify_strict)
    except Refused as error:
        refusal = error.refusal
        raise CheckError("signature", f"{refusal.code} ({refusal.where})") from None
