"""Index proofs: all entries about a subject, none left out.

Goal: the whole list is proved and nothing but the whole list; a subject without a row has no
entries.
Method: a small log with subjects of one, some and no entries; every way to show another list.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import handlog
import pytest

from ledger.canon import b64encode, encode
from ledger.errors import CheckError, FormatError
from ledger.proofs.indexproof import (
    IndexProof,
    check_index,
    check_index_proof,
    format_index_proof,
    parse_index_proof,
    prove_index,
    read_index_row,
)
from ledger.stateroot import state_root

TRUST = handlog.trust_file()
AT = (2, 3, 5, 9)  # the entries about lot/a


@pytest.fixture(scope="module")
def log() -> handlog.HandLog:
    log = handlog.HandLog()
    for number in range(12):
        log.statement(f"s{number}", "stock.count", {"n": number})
    log.about("lot/a", *AT)
    log.about("lot/b", 4)
    log.close()
    return log


def proof(log: handlog.HandLog) -> IndexProof:
    return log.listing("lot/a", *AT, batch=True)


def test_the_whole_list_is_proved(log: handlog.HandLog) -> None:
    made = proof(log)
    data = format_index_proof(made)
    assert parse_index_proof(data) == made
    shown = check_index_proof(parse_index_proof(data), TRUST)
    assert (shown.key, shown.row) == ("lot/a", made.proof.row)
    assert [at for at, _ in made.entries] == list(AT)
    assert [entry for _, entry in made.entries] == [log.entries[at] for at in AT]
    check_index(log.listing("lot/b", 4), state_root(log.pages.roots()))


def test_a_subject_without_a_row_has_no_entries(log: handlog.HandLog) -> None:
    nothing = IndexProof((), log.state("index", "lot/c", batch=True))
    assert check_index_proof(parse_index_proof(format_index_proof(nothing)), TRUST).row is None
    with pytest.raises(CheckError, match="has no row"):
        check_index_proof(replace(nothing, entries=((4, log.entries[4]),)), TRUST)


def entries(*at: int) -> Callable[[handlog.HandLog, IndexProof], IndexProof]:
    return lambda log, p: replace(p, entries=tuple((n, log.entries[n]) for n in at))


LIES: dict[str, Callable[[handlog.HandLog, IndexProof], IndexProof]] = {
    "the first left out": entries(*AT[1:]),
    "the last left out": entries(*AT[:-1]),
    "one in the middle left out": entries(2, 3, 9),
    "one more": entries(*AT, 10),
    "one more in the middle": entries(2, 3, 4, 5, 9),
    "another one": entries(2, 3, 6, 9),
    "none": entries(),
    "an index moved": lambda log, p: replace(p, entries=((1, p.entries[0][1]), *p.entries[1:])),
    "two swapped": lambda log, p: replace(
        p, entries=((2, log.entries[3]), (3, log.entries[2]), *p.entries[2:])
    ),
    "an entry changed": lambda log, p: replace(
        p, entries=((2, log.entries[2].replace(b"ok", b"no")), *p.entries[1:])
    ),
    "the row of another subject": lambda log, p: replace(
        p, proof=log.state("index", "lot/b", batch=True)
    ),
    "a row of another table": lambda log, p: replace(p, proof=replace(p.proof, table="facts")),
    "a count of another": lambda log, p: replace(
        p,
        proof=replace(p.proof, row=[3, *p.proof.row[1:]]),  # type: ignore[index,misc]
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_another_list_fails(lie: str, log: handlog.HandLog) -> None:
    true = proof(log)
    check_index_proof(true, TRUST)
    with pytest.raises(CheckError):
        check_index_proof(LIES[lie](log, true), TRUST)


def test_the_prover_does_not_make_what_would_fail(log: handlog.HandLog) -> None:
    with pytest.raises(CheckError, match="not all 4 about lot/a"):
        prove_index([(2, log.entries[2])], log.state("index", "lot/a"))


Change = Callable[[dict[str, Any]], Any]


def drop(name: str) -> Change:
    return lambda value: value.pop(name)


CHANGES: dict[str, Change] = {
    **{f"{name} missing": drop(name) for name in
       ("entries", "proof", "type", "v")},
    "another type": lambda d: d.update(type="state-proof"),
    "another version": lambda d: d.update(v=2),
    "unknown field": lambda d: d.update(note=""),
    "entries no list": lambda d: d.update(entries={}),
    "an entry alone": lambda d: d["entries"].insert(0, [1]),
    "an entry with a third": lambda d: d["entries"][0].append(1),
    "an index below 0": lambda d: d["entries"].insert(0, [-1, "e30="]),
    "an index twice": lambda d: d["entries"].insert(0, d["entries"][0]),
    "indexes that fall": lambda d: d["entries"].reverse(),
    "an entry that is a number": lambda d: d["entries"][0].__setitem__(1, 7),
    "an entry in other base64": lambda d: d["entries"][0].__setitem__(1, "e31="),
    "an entry that is too long": lambda d: d["entries"][0].__setitem__(1, b64encode(bytes(65_536))),
    "a row without batch": lambda d: d["proof"].pop("batch"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_another_form_is_refused(change: str, log: handlog.HandLog) -> None:
    value = json.loads(format_index_proof(proof(log)))
    CHANGES[change](value)
    with pytest.raises(FormatError):
        parse_index_proof(encode(value))


@pytest.mark.parametrize("row", ["x", [], [1, 2], [1, 2, "00"], [0, 0, "00" * 32], [1, "2", "00" * 32],
                                 [True, 2, "00" * 32], [1, 2, "AA" * 32], [1, 2, "00" * 32, 4]])  # fmt: skip
def test_other_rows_are_no_index_rows(row: Any) -> None:
    with pytest.raises(CheckError):
        read_index_row(row)
    assert read_index_row([1, 2, "00" * 32]) == (1, 2, bytes(32))
