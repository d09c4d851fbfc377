"""`project.*`: rebuilding, paid by milestones that somebody else has seen.

Goal: tranches <= sum <= allocated, and the sum stays promised; nothing is paid before an independent
inspection; from then the tranche is due within 7 days, and what is kept back not before its time.
Method: the smallest project to its last payment; both sides of each boundary of sums and of time; facts
twice, too early, alone; then random payments, after each of which the figures are compared.
"""

from typing import Any

import pytest
from books import Ran
from goods import NOWHERE
from hypothesis import given, settings
from hypothesis import strategies as st
from money import GENERAL, Money, h

DAY = 86_400
OWNER, APPROVER, BUILDER = "county/fund-owner", "county/approver", "relief/manager"
INSPECTOR = "county/inspector"
PAYEE = h(55)


@pytest.fixture
def books() -> Money:
    return allocated(1_000)


def allocated(n: int) -> Money:
    books = Money()
    books.receive(n)
    assert books.allocate(n, "shelter").code == "ok"
    return books


def contract(books: Money, *, by: tuple[str, ...] = (OWNER, BUILDER), **change: Any) -> Ran:
    body = {
        "area": "east",
        "contractor": "relief",
        "line": GENERAL,
        "milestones": [{"amount": 600, "id": "walls"}, {"amount": 400, "id": "roof"}],
        "payee": PAYEE,
        "programme": "flood",
        "purpose": "shelter",
        "retention": {"days": 180, "percent": 10},
        "sum": 1_000,
        "until": books.time + 90 * DAY,
        **change,
    }
    return books.run("project.contract", body, *by)


def claim(
    books: Money, project: str, milestone: str = "walls", *, by: str = BUILDER, waited: bool = False
) -> Ran:
    body = {"milestone": milestone, "project": project}
    return books.run("project.claim", body, by, waited=waited)


def inspect(
    books: Money, claimed: str, verdict: str = "pass", *, by: str = INSPECTOR, waited: bool = False
) -> Ran:
    body = {"claim": claimed, "verdict": verdict}
    return books.run("project.inspect", body, by, waited=waited)


def pay(books: Money, claimed: str, n: int, **change: Any) -> Ran:
    body = {
        "order": claimed,
        "payee": {"class": "contractor", "tag": PAYEE},
        "purpose": "shelter",
        **change,
    }
    return books.instruct(n, body.pop("source", "allocated"), **body)


def passed(books: Money, project: str, milestone: str = "walls") -> str:
    claimed = claim(books, project, milestone)
    assert inspect(books, claimed.id).code == "ok"
    return claimed.id


def promised(books: Money) -> int:
    return books.row("reserved", f"{GENERAL}/shelter") or 0


# ---- the smallest project -----------------------------------------------------------------------


def test_a_project_from_contract_to_the_last_payment(books: Money) -> None:
    ran = contract(books)
    assert (ran.code, ran.moves, promised(books)) == ("ok", [], 1_000)
    assert books.row("legs", ran.id) == {
        "area": "east",
        "asked": 0,
        "contractor": "relief",
        "currency": "CNY",
        "due": books.time + 90 * DAY,
        "entry": ran.index,
        "key": f"{GENERAL}/shelter",
        "kind": "project.contract",
        "left": 1_000,
        "line": GENERAL,
        "milestones": [["walls", 600, "open", 0], ["roof", 400, "open", 0]],
        "paid": 0,
        "payee": PAYEE,
        "purpose": "shelter",
        "retention": [10, 180],
        "sum": 1_000,
    }
    claimed = claim(books, ran.id)
    assert books.row("legs", claimed.id) == {
        "amount": 600,
        "asked": 0,
        "by": BUILDER,
        "claimed": books.time,
        "currency": "CNY",
        "due": books.time + 14 * DAY,
        "entry": claimed.index,
        "kept": 60,
        "kind": "project.claim",
        "line": GENERAL,
        "milestone": "walls",
        "paid": 0,
        "payee": PAYEE,
        "project": ran.id,
        "purpose": "shelter",
        "state": "claimed",
    }
    seen = inspect(books, claimed.id)
    row = books.row("legs", claimed.id)
    assert (row["state"], row["inspection"], row["passed"]) == ("passed", seen.id, books.time)
    assert (row["due"], row["until"]) == (books.time + 7 * DAY, books.time + 180 * DAY)

    first = pay(books, claimed.id, 540)
    assert promised(books) == 460 == books.row("legs", ran.id)["left"]
    books.paid(first.id, 540)
    assert books.row("legs", claimed.id)["due"] == row["until"] + 7 * DAY
    roof = passed(books, ran.id, "roof")
    books.paid(pay(books, roof, 360).id, 360)
    books.time += 180 * DAY
    for one, n in ((claimed.id, 60), (roof, 40)):
        books.paid(pay(books, one, n).id, n)
        assert "closed" in books.row("legs", one)
    row = books.row("legs", ran.id)
    assert (row["asked"], row["paid"], row["left"], "closed" in row) == (1_000, 1_000, 0, True)
    assert promised(books) == 0
    assert books.balance("CNY", f"{GENERAL}/paid:contractor") == 1_000


def test_the_index_lists_all_of_a_project(books: Money) -> None:
    ran = contract(books)
    one = passed(books, ran.id)
    paying = pay(books, one, 540)
    books.paid(paying.id, 540)
    # Contract, claim, inspection, instruction; what became of that stands under its own id.
    assert books.row("index", f"project/{ran.id}")[0] == 4


# ---- contract: tranches <= sum <= allocated -----------------------------------------------------


@pytest.mark.parametrize(("sum_", "code"), [(999, "not_conserved"), (1_000, "ok")])
def test_tranches_are_no_more_than_the_sum(books: Money, sum_: int, code: str) -> None:
    assert contract(books, sum=sum_).code == code


@pytest.mark.parametrize(("there", "code"), [(999, "not_enough"), (1_000, "ok")])
def test_the_sum_is_no_more_than_what_is_allocated(there: int, code: str) -> None:
    assert contract(allocated(there)).code == code


def test_two_projects_share_the_allocation(books: Money) -> None:
    small = {"milestones": [{"amount": 1, "id": "all"}], "sum": 600}
    assert contract(books, **small).code == "ok"
    ran = contract(books, **small)
    assert ran.refusal is not None
    assert ran.refusal.values == {"key": f"{GENERAL}/shelter", "asked": 600, "left": 400}
    assert contract(books, **(small | {"sum": 400})).code == "ok"


def test_what_is_promised_to_a_project_is_not_paid_to_anybody_else(books: Money) -> None:
    contract(books, milestones=[{"amount": 900, "id": "all"}], sum=900)
    assert books.instruct(101, "allocated", purpose="shelter").code == "not_enough"
    assert books.instruct(100, "allocated", purpose="shelter").code == "ok"
    assert books.allocate(1, "shelter", verb="deallocate").code == "not_enough"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"until": 0}, "not_eligible"),
        ({"purpose": "gold"}, "not_eligible"),
        ({"programme": "quake"}, "unknown_reference"),
        ({"contractor": "nobody"}, "unknown_reference"),
        ({"line": "relief.food"}, "not_eligible"),
        ({"milestones": [{"amount": 1, "id": "a"}, {"amount": 1, "id": "a"}]}, "malformed"),
        ({"milestones": []}, "malformed"),
        ({"retention": {"days": 0, "percent": 100}}, "ok"),
        ({"retention": {"days": 180, "percent": 101}}, "out_of_range"),
    ],
)
def test_the_terms_of_a_contract(books: Money, change: dict[str, Any], code: str) -> None:
    assert contract(books, **change).code == code


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ((OWNER, BUILDER), "ok"),
        ((OWNER, "relief/storekeeper"), "ok"),
        ((OWNER, APPROVER), "ok"),
        ((OWNER,), "no_authority"),
        ((OWNER, "county/treasurer"), "no_authority"),
        (("county/manager", BUILDER), "no_authority"),
        (("relief/fund-owner", BUILDER), "no_authority"),
    ],
)
def test_the_owner_of_the_line_and_the_contractor_sign(
    books: Money, by: tuple[str, ...], code: str
) -> None:
    assert contract(books, by=by).code == code


def test_a_line_with_a_shortfall_promises_nothing(books: Money) -> None:
    books.paid(books.instruct(1, "allocated", purpose="shelter").id, 50)
    assert contract(books, sum=1, milestones=[{"amount": 1, "id": "a"}]).code == "line_short"


# ---- claim and inspection -----------------------------------------------------------------------


def test_a_milestone_is_claimed_once_at_a_time(books: Money) -> None:
    ran = contract(books)
    first = claim(books, ran.id)
    again = claim(books, ran.id)
    assert again.breaches == (("not_open", "milestone/walls", 600),)
    assert books.row("legs", again.id) is None
    inspect(books, first.id, "fail")
    assert claim(books, ran.id).code == "ok"


def test_a_failed_inspection_opens_the_milestone_and_is_counted(books: Money) -> None:
    ran = contract(books)
    for fails in (1, 2):
        claimed = claim(books, ran.id)
        inspect(books, claimed.id, "fail")
        assert books.row("legs", claimed.id)["state"] == "failed"
        assert "closed" in books.row("legs", claimed.id)
        assert books.row("legs", ran.id)["milestones"][0] == ["walls", 600, "open", fails]
        assert pay(books, claimed.id, 1).code == "not_open"


def test_a_claim_without_its_project_or_milestone_is_flagged(books: Money) -> None:
    ran = contract(books)
    assert claim(books, NOWHERE, by="county/manager").code == "unknown_reference"
    lost = claim(books, NOWHERE, by="county/manager", waited=True)
    assert lost.breaches == (("unknown_reference", f"leg/{NOWHERE}", 0),)
    assert claim(books, ran.id, "cellar").breaches == (
        ("unknown_reference", "milestone/cellar", 0),
    )


def test_an_inspection_without_its_claim_or_twice_is_flagged(books: Money) -> None:
    claimed = claim(books, contract(books).id)
    assert inspect(books, NOWHERE).code == "unknown_reference"
    assert inspect(books, NOWHERE, waited=True).breaches == (
        ("unknown_reference", f"leg/{NOWHERE}", 0),
    )
    inspect(books, claimed.id)
    row = books.row("legs", claimed.id)
    assert inspect(books, claimed.id, "fail").breaches == (("not_open", f"leg/{claimed.id}", 0),)
    assert books.row("legs", claimed.id) == row


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ("relief/storekeeper", "ok"),
        ("county/manager", "ok"),
        ("county/storekeeper", "no_authority"),
    ],
)
def test_the_contractor_claims_or_a_manager_for_it(books: Money, by: str, code: str) -> None:
    assert claim(books, contract(books).id, by=by).code == code


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (INSPECTOR, "ok"),
        ("county/manager", "no_authority"),
        ("relief/inspector", "no_authority"),
    ],
)
def test_an_inspector_is_of_another_organisation(books: Money, by: str, code: str) -> None:
    assert inspect(books, claim(books, contract(books).id).id, by=by).code == code


def test_an_inspector_is_another_person_than_the_claimant(books: Money) -> None:
    books.add_actor("county/both", "manager", "inspector")
    claimed = claim(books, contract(books).id, by="county/both")
    assert inspect(books, claimed.id, by="county/both").code == "no_authority"
    assert inspect(books, claimed.id).code == "ok"


# ---- payment ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "code"), [(540, "ok"), (541, "not_enough")])
def test_ten_per_cent_is_kept_back(books: Money, n: int, code: str) -> None:
    assert pay(books, passed(books, contract(books).id), n).code == code


@pytest.mark.parametrize(
    ("seconds", "n", "code"),
    [(-1, 1, "not_enough"), (0, 60, "ok"), (0, 61, "not_enough")],
)
def test_what_is_kept_back_is_due_after_180_days(
    books: Money, seconds: int, n: int, code: str
) -> None:
    claimed = passed(books, contract(books).id)
    pay(books, claimed, 540)
    books.time += 180 * DAY + seconds
    assert pay(books, claimed, n).code == code


@pytest.mark.parametrize(("percent", "kept"), [(0, 0), (10, 60), (33, 198), (100, 600)])
def test_what_is_kept_back_is_rounded_down(books: Money, percent: int, kept: int) -> None:
    ran = contract(books, retention={"days": 1, "percent": percent})
    assert books.row("legs", claim(books, ran.id).id)["kept"] == kept
    odd = claim(books, ran.id, "roof")
    assert books.row("legs", odd.id)["kept"] == 400 * percent // 100


@pytest.mark.parametrize(("seconds", "late"), [(7 * DAY, 0), (7 * DAY + 1, 1)])
def test_the_clock_runs_seven_days(books: Money, seconds: int, late: int) -> None:
    claimed = passed(books, contract(books).id)
    paying = pay(books, claimed, 540)
    books.time += seconds
    ran = books.paid(paying.id, 540)
    assert ran.breaches == ((("late", f"leg/{claimed}", late),) if late else ())


def test_nothing_is_paid_before_the_inspection(books: Money) -> None:
    claimed = claim(books, contract(books).id)
    assert pay(books, claimed.id, 1).code == "not_open"
    inspect(books, claimed.id)
    assert pay(books, claimed.id, 1).code == "ok"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"source": "free"}, "not_eligible"),
        ({"purpose": "food"}, "not_eligible"),
        ({"payee": {"class": "vendor", "tag": PAYEE}}, "not_eligible"),
        ({"payee": {"class": "contractor", "tag": h(56)}}, "not_eligible"),
    ],
)
def test_a_tranche_is_paid_to_its_contractor_out_of_its_allocation(
    books: Money, change: dict[str, Any], code: str
) -> None:
    books.receive(100)
    assert pay(books, passed(books, contract(books).id), 10, **change).code == code


def test_no_deadline_ends_a_claim_or_a_project(books: Money) -> None:
    ran = contract(books)
    claimed = passed(books, ran.id)
    assert "lapse" not in books.row("legs", ran.id)
    assert "lapse" not in books.row("legs", claimed)


# ---- random payments ----------------------------------------------------------------------------

STEP = st.tuples(
    st.sampled_from(["pay", "pay", "paid", "paid", "failed", "returned", "days"]),
    st.integers(1, 400),
    st.integers(0, 20),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=20))
def test_no_payments_exceed_what_is_due(steps: list[Any]) -> None:
    books = allocated(1_000)
    project = contract(books).id
    claims = [passed(books, project, "walls"), passed(books, project, "roof")]
    instructed: list[str] = []
    for what, n, at in steps:
        one = instructed[at % len(instructed)] if instructed else ""
        told = {"instruction": one, "reference": books.fresh()}
        if what == "pay":
            ran = pay(books, claims[at % 2], n)
            instructed += [ran.id] if ran.code == "ok" else []
        elif what == "days":
            books.time += 40 * DAY
        elif one and what == "paid":
            books.paid(one, n)
        elif one and what == "failed":
            books.run("disbursement.failed", told, "county/payer")
        elif one:
            books.run("disbursement.returned", told | {"amount": n}, "county/payer")
        legs = books.reader.table("legs")
        rows = [legs[name] for name in claims]
        for name, row in zip(claims, rows, strict=True):
            own = [leg for leg in legs.values() if leg.get("order") == name]
            assert row["asked"] == sum(leg["asked"] - leg["back"] for leg in own)
            assert row["paid"] == sum(leg["paid"] for leg in own)
            assert 0 <= row["paid"] <= row["asked"] <= row["amount"]
            assert ("closed" in row) == (row["paid"] == row["amount"])
        whole = legs[project]
        assert whole["asked"] == sum(row["asked"] for row in rows)
        assert promised(books) == (0 if whole["paid"] == 1_000 else 1_000 - whole["asked"])
