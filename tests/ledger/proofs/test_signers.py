"""Signers of a logged statement.

Goal: a signature counts only with the row of its key, proved, in force at the entry's index, of a
use that signs, and with the very public key that the key id names.
Method: small logs whose key rows say something else; the state root is always theirs, so that only
the rule itself can object.
"""

from typing import Any

import handlog
import pytest

from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import Statement
from ledger.errors import CheckError, FormatError
from ledger.proofs.signers import Signer, check_signers
from ledger.stateroot import state_root

KEY = handlog.DEVICE.key_id
PUBLIC = handlog.DEVICE.public.hex()
END = handlog.OPEN_END
AT = 7  # the index at which the statement is said to be logged

KEY_ROWS: dict[str, tuple[Any, bool]] = {
    "in force for this index alone": ([AT, AT + 1, "device", "red/chen", 1, PUBLIC], True),
    "enrolled too late": ([AT + 1, END, "device", "red/chen", 1, PUBLIC], False),
    "retired before": ([0, AT, "device", "red/chen", 1, PUBLIC], False),
    "author": ([0, END, "author", "red/chen", 1, PUBLIC], True),
    "log": ([0, END, "log", "", 1, PUBLIC], False),
    "cosigner": ([0, END, "cosigner", "", 1, PUBLIC], False),
    "promise": ([0, END, "promise", "", 1, PUBLIC], False),
    "validator": ([0, END, "validator", "", 1, PUBLIC], False),
    "another's public key": ([0, END, "device", "red/chen", 1, handlog.ANA.public.hex()], False),
    "short public key": ([0, END, "device", "red/chen", 1, PUBLIC[2:]], False),
    "public key in upper case": ([0, END, "device", "red/chen", 1, PUBLIC.upper()], False),
    "another algorithm": ([0, END, "device", "red/chen", 2, PUBLIC], False),
    "a field too few": ([0, END, "device", "red/chen", 1], False),
    "a field too many": ([0, END, "device", "red/chen", 1, PUBLIC, 1], False),
    "sizes as texts": (["0", str(END), "device", "red/chen", 1, PUBLIC], False),
    "algorithm a truth": ([0, END, "device", "red/chen", True, PUBLIC], False),
    "no list": ("device", False),
}


def logged(
    *signers: Any, log: str = handlog.ORIGIN, **changes: Any
) -> tuple[handlog.HandLog, Statement]:
    made = handlog.HandLog(**changes)
    made.statement("handout", "disbursement.handout", {}, *signers, log=log)
    made.close()
    entry = parse_entry(made.entries[0])
    assert isinstance(entry, StatementEntry)
    return made, entry.statement


def check(log: handlog.HandLog, statement: Statement, *rows: Any) -> tuple[Signer, ...]:
    return check_signers(
        statement,
        AT,
        rows or log.key_states(0),
        origin=handlog.ORIGIN,
        state_root=state_root(log.pages.roots()),
    )


@pytest.mark.parametrize("case", KEY_ROWS)
def test_a_signer_is_judged_by_the_row_of_its_key(case: str) -> None:
    row, good = KEY_ROWS[case]
    log, statement = logged(handlog.DEVICE, key_rows={KEY: row})
    if good:
        assert check(log, statement) == (Signer(KEY, "red/chen", row[2]),)
    else:
        with pytest.raises(CheckError, match="signers"):
            check(log, statement)


@pytest.mark.parametrize("index", [0, 1], ids=["statement", "batch"])
def test_the_version_of_an_entry_is_no_truth(index: int) -> None:
    log, _ = logged(handlog.DEVICE)
    entry = log.entries[index]
    assert entry.endswith(b',"v":1}')
    with pytest.raises(FormatError, match="no known form"):
        parse_entry(entry[: -len(b"1}")] + b"true}")


def test_signers_come_in_the_order_of_signatures() -> None:
    log, statement = logged(handlog.BAO, handlog.ANA, handlog.DEVICE)
    found = [signer.key_id for signer in check(log, statement)]
    assert found == sorted(found)
    rows = log.key_states(0)
    for wrong in (rows[::-1], rows[:2], (rows[0], rows[0], rows[2]), rows[1:]):
        with pytest.raises(CheckError, match="signers"):
            check(log, statement, *wrong)


def test_a_row_is_proved_under_this_state_root() -> None:
    log, statement = logged(handlog.DEVICE)
    with pytest.raises(CheckError, match="state proof"):
        check_signers(statement, AT, log.key_states(0), origin=handlog.ORIGIN, state_root=bytes(32))


def test_absence_is_no_key_row() -> None:
    log, statement = logged(handlog.DEVICE)
    stranger, other = logged(handlog.key("stranger"))
    with pytest.raises(CheckError, match="is no key row"):
        check(stranger, other)
    check(log, statement)


def test_a_statement_for_another_log_fails() -> None:
    log, statement = logged(handlog.DEVICE, log="other.example.org/log")
    with pytest.raises(CheckError, match="origin"):
        check(log, statement)


@pytest.mark.parametrize("old", [0, 40, 84], ids=["R", "between", "S"])
def test_a_signature_with_one_letter_changed_fails(old: int) -> None:
    log, _ = logged(handlog.DEVICE)
    at = log.entries[0].index(b'"sig":"') + 7 + old
    letter = b"B" if log.entries[0][at : at + 1] == b"A" else b"A"
    entry = parse_entry(log.entries[0][:at] + letter + log.entries[0][at + 1 :])
    assert isinstance(entry, StatementEntry)
    with pytest.raises(CheckError, match="signature: bad_signature"):
        check(log, entry.statement)
