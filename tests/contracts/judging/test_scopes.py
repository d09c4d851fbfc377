"""Which gates judge a statement: kind, scope, currency, lines with terms, and when one must.

Goal: a gate judges exactly the statements that lie in its scope and are of its currency; a line's own
terms go with its money; once gates are required nothing that moves value passes without one.
Method: both sides of each boundary in the whole machine, on a catalogue with two funds, two currencies,
two programmes and areas below and beside each other.
"""

from typing import Any

import pytest
from adopting import adopt
from standinggates import (
    DAY,
    NOW,
    TestLedger,
    balance,
    cap,
    founded,
    gift,
    gift_cap,
    household,
    names,
    outcome,
    pay,
    pay_body,
    replayed,
    rule_gate,
    stand,
    told,
)

from contracts.documents.document import document_hash

PAY = "disbursement.instruct"
NOTHING: dict[str, Any] = {"areas": [], "classes": [], "purposes": []}


def define(ledger: TestLedger, **body: Any) -> None:
    answer = ledger.say("catalogue.define", body, "red/ana")
    assert answer.code == "ok", answer


def fund(name: str, currency: str = "CNY", programme: str = "flood-27", **line: Any) -> Any:
    general = {"id": "general", "earmark": NOTHING, **line}
    return {
        "currency": currency, "id": name, "lines": [general], "names": names(name), "owner": "red",
        "programme": programme, "version": 1,
    }  # fmt: skip


def wide() -> TestLedger:
    """Besides the founded catalogue: an area beside east, a village in east, a second programme."""
    ledger = founded()
    area = {"code": "x", "names": names("Area"), "version": 1, "vocabulary": "demo"}
    areas = [
        {**area, "id": "west", "parent": "county", "tier": 2},
        {**area, "id": "village", "parent": "east", "tier": 3},
    ]
    programme = {
        "code": "fi-27", "from": 0, "id": "fire-27", "names": names("Fire"),
        "purposes": ["food", "cash"], "to": NOW + 400 * DAY, "version": 1,
    }  # fmt: skip
    define(ledger, areas=areas, programmes=[programme])
    define(ledger, funds=[fund("island", "TWD"), fund("fire", programme="fire-27")])
    for line in ("flood.general", "flood.east-food", "fire.general", "island.general"):
        assert gift(ledger, 10_000, line).code == "ok"
    return ledger


# ---- scopes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "inside", "outside"),
    [
        ("fund:flood", {"line": "flood.general"}, {"line": "fire.general"}),
        ("programme:fire-27", {"line": "fire.general"}, {"line": "flood.general"}),
        ("area:east", {"area": "east"}, {"area": "west"}),
        ("area:east", {"area": "village"}, {"area": "county"}),
        ("area:county", {"area": "village"}, None),
        ("consortium", {"line": "fire.general", "area": "west"}, None),
    ],
)
def test_a_gate_judges_what_lies_in_its_scope(
    scope: str, inside: dict[str, str], outside: dict[str, str] | None
) -> None:
    ledger = wide()
    stand(ledger, cap("small", 10), scope=scope)
    assert pay(ledger, 11, **inside).code == "contract_denied"
    if outside is not None:
        answer = pay(ledger, 11, **outside)
        assert answer.code == "ok" and "contracts" not in outcome(ledger, answer)
    replayed(ledger)


def test_a_statement_lies_in_the_scope_of_every_line_that_it_draws_on() -> None:
    ledger = wide()
    define(ledger, funds=[fund("second")])
    assert gift(ledger, 100, "second.general").code == "ok"
    stand(ledger, cap("small", 10), scope="fund:second")
    draws = [{"amount": 6, "line": "flood.general"}, {"amount": 5, "line": "second.general"}]
    assert pay(ledger, 11, draws=draws).code == "contract_denied"


def test_a_site_lies_in_its_area_and_those_above() -> None:
    ledger = wide()
    one = rule_gate("one", "stock.receive", "it.line < 1", good={"line": 0}, bad={"line": 1})
    stand(ledger, one, scope="area:east")
    line = {"condition": "good", "item": "n95", "quantity": 1}
    for site, code in (("point", "flagged"), ("depot", "ok")):
        body = {"lines": [line, line], "site": site, "source": {"kind": "gift"}}
        assert ledger.say("stock.receive", body, "blue/eve", "red/dai").code == code


def test_an_area_that_moves_below_another_is_in_its_scope_at_once() -> None:
    ledger = wide()
    stand(ledger, cap("small", 10), scope="area:east")
    moved = {
        "code": "x", "id": "west", "names": names("West"), "parent": "east", "tier": 3, "version": 2,
        "vocabulary": "demo",
    }  # fmt: skip
    body = pay_body(11, area="west")
    first, _, second = ledger.run(
        ledger.statement(PAY, body, "red/chen", "red/bao"),
        ledger.statement("catalogue.define", {"areas": [moved]}, "red/ana"),
        ledger.statement(PAY, body, "red/chen", "red/bao"),
    )
    assert (first.code, second.code) == ("ok", "contract_denied")
    replayed(ledger)


def test_money_of_another_currency_is_not_its_to_judge() -> None:
    ledger = wide()
    stand(ledger, cap("small", 10))
    assert pay(ledger, 11, "island.general").code == "ok"
    assert pay(ledger, 11, "flood.general").code == "contract_denied"


# ---- terms of a line ----------------------------------------------------------------------------


def test_money_keeps_to_the_terms_that_its_donor_saw() -> None:
    ledger = wide()
    document = cap("small", 10)
    stand(ledger, document)
    terms = document_hash(document)
    define(ledger, funds=[fund("pinned", terms=terms)])
    assert gift(ledger, 100, "pinned.general").code == "ok"
    # The contract goes on in a milder version; money given under the old text keeps to the old one.
    milder = cap("small", 50, version=2)
    adopt(ledger, milder, mode="enforce")
    assert pay(ledger, 11, "flood.general").code == "ok"
    answer = pay(ledger, 11, "pinned.general")
    assert told(ledger, answer)["contracts"] == [
        ("small", "allow", {}), ("small", "deny", {"rule": "deny"}),
    ]  # fmt: skip
    versions = [one["version"] for one in outcome(ledger, answer)["contracts"]]
    assert (answer.code, versions) == ("contract_denied", [2, 1]), "by id, then by scope"
    assert pay(ledger, 10, "pinned.general").code == "ok"
    # A line that names no contract of this ledger has no terms to keep to.
    define(ledger, funds=[fund("unknown", terms="ab" * 32)])
    assert gift(ledger, 100, "unknown.general").code == "ok"
    assert pay(ledger, 11, "unknown.general").code == "ok"
    replayed(ledger)


def test_terms_that_are_in_force_judge_once() -> None:
    ledger = wide()
    document = cap("small", 10)
    stand(ledger, document)
    define(ledger, funds=[fund("pinned", terms=document_hash(document))])
    assert gift(ledger, 100, "pinned.general").code == "ok"
    answer = pay(ledger, 10, "pinned.general")
    assert told(ledger, answer)["contracts"] == [("small", "allow", {})]


def test_terms_that_only_watch_elsewhere_bind_the_money_all_the_same() -> None:
    ledger = wide()
    document = cap("small", 10)
    stand(ledger, document, mode="shadow")
    define(ledger, funds=[fund("pinned", terms=document_hash(document))])
    assert gift(ledger, 100, "pinned.general").code == "ok"
    assert pay(ledger, 11, "flood.general").code == "ok"
    assert pay(ledger, 11, "pinned.general").code == "contract_denied"


@pytest.mark.parametrize(("count", "code"), [(8, "ok"), (9, "not_eligible")])
def test_at_most_eight_terms_go_into_one_payment(count: int, code: str) -> None:
    ledger = wide()
    documents = [cap(f"small-{n}", 10_000 + n) for n in range(count)]
    stand(ledger, *documents, mode="shadow")
    funds = [fund(f"p{n}", terms=document_hash(one)) for n, one in enumerate(documents)]
    define(ledger, funds=funds)
    for n in range(count):
        assert gift(ledger, 100, f"p{n}.general").code == "ok"
    draws = [{"amount": 1, "line": f"p{n}.general"} for n in range(count)]
    assert pay(ledger, count, draws=draws).code == code


# ---- no gate ------------------------------------------------------------------------------------


def test_once_gates_are_required_nothing_moves_without_one() -> None:
    ledger = wide()
    food = {"purpose": "food"}
    only = rule_gate(
        "food-only", PAY, "it.amount <= 100", where="it.purpose == 'food'",
        good={**food, "amount": 100}, bad={**food, "amount": 101},
    )  # fmt: skip
    stand(ledger, only)
    assert pay(ledger, 1, purpose="cash").code == "ok", "not required yet"
    stand(ledger, gift_cap("other", 100), gates=True)
    assert pay(ledger, 1, purpose="food").code == "ok"
    answer = pay(ledger, 1, purpose="cash")
    assert told(ledger, answer) == {"code": "no_gate"}
    assert balance(ledger, "free") == 10_000 - 2
    # Other kinds too; what moves nothing needs none, and facts are never refused.
    body = {
        "draws": [{"amount": 5, "line": "flood.general"}], "programme": "flood-27", "purpose": "food",
    }  # fmt: skip
    assert ledger.say("fund.allocate", body, "red/bao", "red/dai").code == "no_gate"
    household(ledger, 1)
    assert gift(ledger, 5).code == "ok"
    replayed(ledger)


def test_a_correction_needs_no_gate() -> None:
    ledger = wide()
    stand(ledger, cap("small", 100), gates=True)
    wrong = gift(ledger, 50)
    body = {
        "replacements": [], "say": "It never came.", "targets": [wrong.statement],
        "why": "did_not_occur",
    }  # fmt: skip
    answer = ledger.say("correction.declare", body, "red/ana", "red/dai")
    assert answer.code == "ok", answer


def test_a_gate_that_only_watches_does_not_stand_over_anything() -> None:
    ledger = wide()
    stand(ledger, gift_cap("gifts", 100), gates=True)
    stand(ledger, cap("small", 100), scope="fund:flood", mode="shadow")
    answer = pay(ledger, 1)
    assert told(ledger, answer) == {
        "code": "no_gate", "contracts": [("small", "allow", {})], "outcome": "allow",
    }  # fmt: skip


def test_suspending_the_last_gate_opens_no_hole() -> None:
    ledger = wide()
    stand(ledger, cap("small", 100), gates=True)
    assert pay(ledger, 1).code == "ok"
    body = {"contract": "small", "reason": "doubt", "scope": "consortium"}
    answer = ledger.say("contract.suspend", body, "red/ana", "blue/eve")
    assert answer.code == "ok", answer
    ledger.time += 1
    assert pay(ledger, 1).code == "no_gate"
    ledger.time += 72 * 3_600 + 1
    assert pay(ledger, 1).code == "ok", "it came back by itself"
    replayed(ledger)
