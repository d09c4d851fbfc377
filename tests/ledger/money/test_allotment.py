"""Allotments: money set aside for a contract is an allocation that nobody signs away.

Goal: only the owner sets it aside and takes it back; no signature spends it; a bank that takes a
gift back takes it from there too.
Method: each on both sides, on a small book.
"""

import pytest
from money import FOOD, GENERAL, Money

from ledger.money.allotment import allotment_of, is_allotment

AUTO = "auto-relief-now"


def allotted(n: int = 1_000, line: str = GENERAL) -> Money:
    books = Money()
    books.receive(n, line)
    assert books.allocate(n, AUTO, line).code == "ok"
    return books


def test_names() -> None:
    assert allotment_of("relief-now") == AUTO
    assert is_allotment(AUTO) and not is_allotment("automatic")


@pytest.mark.parametrize("line", [GENERAL, FOOD])
def test_any_line_may_be_set_aside_whatever_its_earmark(line: str) -> None:
    books = allotted(1_000, line)
    assert books.balance("CNY", f"{line}/allocated:{AUTO}") == 1_000
    assert books.allocate(1, "no-such-purpose", line).code == "not_eligible"
    assert books.allocate(1_000, AUTO, line, verb="deallocate").code == "ok"
    assert books.balance("CNY", f"{line}/free") == 1_000


def test_the_owner_alone_sets_it_aside() -> None:
    books = Money()
    books.receive(10)
    assert books.allocate(10, AUTO, by=("relief/fund-owner",)).code == "no_authority"
    assert books.allocate(11, AUTO).code == "not_enough"


@pytest.mark.parametrize(
    ("source", "change", "code"),
    [
        ("allocated", {"allotment": AUTO}, "no_authority"),
        ("free", {"allotment": AUTO}, "malformed"),
        ("allocated", {"allotment": "relief-now"}, "malformed"),
        ("allocated", {"purpose": AUTO}, "malformed"),
        ("allocated", {}, "not_enough"),
        ("free", {}, "not_enough"),
    ],
)
def test_no_signature_spends_it(source: str, change: dict[str, str], code: str) -> None:
    books = allotted()
    assert books.instruct(1, source, **change).code == code


def test_an_entitlement_is_never_paid_from_it() -> None:
    right = {"cycle": "c1", "purpose": "cash", "tag": "0" * 32}
    ran = allotted().instruct(1, "allocated", allotment=AUTO, entitlement=right)
    assert ran.code == "malformed"


def test_a_bank_takes_a_gift_back_from_it() -> None:
    books = Money()
    gift = books.receive(1_000)
    books.allocate(600, AUTO)
    assert books.reverse(gift.id, 900).code in ("ok", "flagged")
    assert books.balance("CNY", f"{GENERAL}/shortfall") == 0
    assert books.balance("CNY", f"{GENERAL}/allocated:{AUTO}") == 100
