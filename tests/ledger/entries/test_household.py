"""`household.enrol`: who takes part, without a name.

Goal: a tag is enrolled once, by a registrar and another person, and the row holds nothing about a
person.
Method: one statement and each change of it that the law refuses.
"""

from typing import Any

import pytest
from books import Books
from goods import OTHER_TAG, TAG, enrol, issue

from ledger.entries.household import is_eligible


@pytest.fixture
def books() -> Books:
    return Books()


def test_a_household_is_a_tag_and_nothing_about_a_person(books: Books) -> None:
    ran = enrol(books, dedupe="cd" * 32)
    assert ran.code == "ok"
    row = books.row("households", TAG)
    assert row == {
        "area": "east",
        "bank_verified": True,
        "dedupe": "cd" * 32,
        "persons": 4,
        "programme": "flood",
        "statement": ran.id,
    }
    assert is_eligible(row)
    assert not is_eligible({**row, "retired": ran.id})
    assert not is_eligible(None)


def test_a_tag_is_enrolled_once(books: Books) -> None:
    enrol(books)
    ran = enrol(books, persons=5)
    assert ran.code == "already_exists"
    assert ran.refusal is not None
    assert ran.refusal.values == {"key": TAG}
    assert books.row("households", TAG)["persons"] == 4
    assert enrol(books, OTHER_TAG).code == "ok"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"persons": 0}, "out_of_range"),
        ({"persons": 1}, "ok"),
        ({"persons": 15}, "ok"),
        ({"persons": 16}, "out_of_range"),
        ({"area": "nowhere"}, "unknown_reference"),
        ({"programme": "nothing"}, "unknown_reference"),
        ({"tag": "0" * 31}, "malformed"),
        ({"seals": {"name": "ab" * 32}}, "malformed"),
        ({"name": "somebody"}, "malformed"),
        ({"dedupe": "no"}, "malformed"),
    ],
)
def test_the_form_of_an_enrolment(books: Books, change: dict[str, Any], code: str) -> None:
    assert enrol(books, **change).code == code


def test_a_programme_that_is_over_takes_nobody_in(books: Books) -> None:
    books.time = books.row("catalogue", "programme/flood")["to"] - 1
    assert enrol(books).code == "ok"
    books.time += 1
    assert enrol(books, OTHER_TAG).code == "not_eligible"


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (("county/registrar", "relief/approver"), "ok"),
        (("county/registrar",), "no_authority"),
        (("county/approver", "county/registrar"), "no_authority"),
        (("county/registrar", "county/alias"), "same_person"),
        (("county/west", "relief/approver"), "no_authority"),
        (("county/whole", "relief/approver"), "ok"),
    ],
)
def test_who_may_enrol(books: Books, signers: tuple[str, ...], code: str) -> None:
    books.add_actor("county/alias", "approver", person="registrar")
    books.add_actor("county/west", "registrar", areas=["west"])
    books.add_actor("county/whole", "registrar", areas=["county"])  # east is in county
    body = {
        "area": "east",
        "bank_verified": False,
        "persons": 1,
        "programme": "flood",
        "seals": {name: "ab" * 32 for name in ("address", "document", "name", "phone")},
        "tag": TAG,
    }
    assert books.run("household.enrol", body, *signers).code == code


# ---- retire -------------------------------------------------------------------------------------


def retire(books: Books, *signers: str, tag: str = TAG, **change: Any) -> Any:
    body = {"reason": "moved-away", "tag": tag, **change}
    return books.run(
        "household.retire", body, *(signers or ("county/registrar", "relief/approver"))
    )


def test_a_retired_household_keeps_its_row_and_may_be_given_nothing_more(books: Books) -> None:
    enrol(books)
    row = books.row("households", TAG)
    ran = retire(books)
    assert (ran.code, ran.moves) == ("ok", [])
    assert books.row("households", TAG) == {**row, "retired": ran.id}
    assert not is_eligible(books.row("households", TAG))
    assert issue(books).code == "not_eligible"
    assert enrol(books).code == "already_exists"


def test_a_household_is_retired_once(books: Books) -> None:
    assert retire(books).code == "unknown_reference"
    enrol(books)
    assert retire(books).code == "ok"
    ran = retire(books)
    assert ran.code == "not_open"
    assert ran.refusal is not None and ran.refusal.values == {"key": TAG}


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (("county/registrar", "relief/approver"), "ok"),
        (("county/registrar",), "no_authority"),
        (("county/manager", "relief/approver"), "no_authority"),
        (("county/registrar", "county/alias"), "same_person"),
        (("county/west", "relief/approver"), "no_authority"),
    ],
)
def test_who_may_retire(books: Books, signers: tuple[str, ...], code: str) -> None:
    books.add_actor("county/alias", "approver", person="registrar")
    books.add_actor("county/west", "registrar", areas=["west"])
    enrol(books)
    assert retire(books, *signers).code == code


@pytest.mark.parametrize("change", [{"reason": ""}, {"words": "gone"}, {"tag": "1"}])
def test_the_form_of_retiring(books: Books, change: dict[str, str]) -> None:
    enrol(books)
    assert retire(books, **change).code == "malformed"
