"""Overrides of rules: every failed rule wants one, each serves once and for 72 hours.

Goal: what a commander answers for passes, flagged; nothing else does, and nothing does twice.
Method: gates that deny or hold, `override.use` on what they refused, the same body signed again.
"""

import pytest
from standinggates import (
    TestLedger,
    approve,
    balance,
    cap,
    cases,
    founded,
    gift,
    hold_row,
    pay,
    replayed,
    rule_gate,
    stand,
    told,
)

from contracts.batch import Answer
from ledger.overrides import OVERRIDE_S
from ledger.sentences import sentence


@pytest.fixture
def ledger() -> TestLedger:
    found = founded()
    assert gift(found, 100_000).code == "ok"
    return found


def use(ledger: TestLedger, statement: str, rule: str) -> Answer:
    body = {"reason": "bridge-is-down", "rule": rule, "statement": statement}
    return ledger.say("override.use", body, "red/bao")


def test_each_failed_rule_wants_an_override(ledger: TestLedger) -> None:
    stand(ledger, cap("first", 10), cap("second", 20), cap("third", 30, "flag"))
    refused = pay(ledger, 40)
    assert refused.code == "contract_denied"
    assert use(ledger, refused.statement, "first/rule").code == "ok"
    assert pay(ledger, 40).code == "contract_denied", "the second rule stands"
    assert pay(ledger, 15).code == "contract_denied", "another body is another thing"
    assert use(ledger, refused.statement, "second/rule").code == "ok"
    first = len(ledger.memory.entries)
    passed = pay(ledger, 40)
    said = [
        ("first", "deny", {"rule": "deny"}),
        ("second", "deny", {"rule": "deny"}),
        ("third", "flag", {"rule": "flag"}),
    ]
    assert told(ledger, passed) == {"code": "flagged", "contracts": said, "outcome": "flag"}
    assert [one.body["class"] for one in cases(ledger, first)] == ["contract-flag"]
    assert pay(ledger, 40).code == "contract_denied", "it has served"
    replayed(ledger)


def test_an_override_of_which_only_one_was_wanted_is_left_alone(ledger: TestLedger) -> None:
    stand(ledger, cap("first", 10), cap("second", 20))
    refused = pay(ledger, 40)
    use(ledger, refused.statement, "first/rule")
    assert pay(ledger, 40).code == "contract_denied"
    assert use(ledger, refused.statement, "second/rule").code == "ok"
    assert pay(ledger, 40).code == "flagged", "neither was used up by what was refused"


@pytest.mark.parametrize(("after", "code"), [(-1, "flagged"), (0, "contract_denied")])
def test_an_override_serves_for_a_time(ledger: TestLedger, after: int, code: str) -> None:
    stand(ledger, cap("first", 10))
    refused = pay(ledger, 40)
    assert use(ledger, refused.statement, "first/rule").code == "ok"
    ledger.time += OVERRIDE_S + after
    assert pay(ledger, 40).code == code


def test_what_is_held_may_be_overridden_and_goes_at_once(ledger: TestLedger) -> None:
    stand(ledger, cap("first", 10, "hold"))
    held = pay(ledger, 40)
    assert held.code == "held"
    assert use(ledger, held.statement, "first/rule").code == "ok"
    assert pay(ledger, 40).code == "flagged"
    assert (balance(ledger, "free"), balance(ledger, f"held:{held.statement}")) == (99_920, 40)
    assert approve(ledger, held.statement).code == "not_open", "it is done: it waits no more"
    # Like a deadline that has passed: with the next batch what was kept is given back.
    assert hold_row(ledger, held.statement)["state"] == "expired"
    assert (balance(ledger, "free"), balance(ledger, f"held:{held.statement}")) == (99_960, 0)
    replayed(ledger)


def by_blue() -> dict[str, object]:
    """A gate that holds what blue has not approved."""
    approved = {"approvals": [{"by": "blue/fay", "org": "blue"}]}
    require = "it.approvals.exists(a, a.org == 'blue')"
    return rule_gate(
        "first", "disbursement.instruct", require, "hold", good=approved, bad={"approvals": []}
    )


@pytest.mark.parametrize("approved_first", [True, False])
def test_an_approval_and_an_override_do_not_both_pay(
    ledger: TestLedger, approved_first: bool
) -> None:
    stand(ledger, by_blue())
    held = pay(ledger, 40)
    assert use(ledger, held.statement, "first/rule").code == "ok"
    if approved_first:
        assert approve(ledger, held.statement).code == "ok"
        assert hold_row(ledger, held.statement)["state"] == "posted"
        assert pay(ledger, 40).code == "held", "another one, which waits for an approval of its own"
    else:
        assert pay(ledger, 40).code == "flagged"
        assert approve(ledger, held.statement).code == "not_open"
    replayed(ledger)


def test_another_that_waits_is_another_statement(ledger: TestLedger) -> None:
    stand(ledger, by_blue())
    first, second = pay(ledger, 40), pay(ledger, 40)
    assert use(ledger, first.statement, "first/rule").code == "ok"
    assert pay(ledger, 40).code == "flagged"
    assert approve(ledger, second.statement).code == "ok"
    states = [hold_row(ledger, one.statement)["state"] for one in (first, second)]
    assert states == ["expired", "posted"]


def test_a_rule_without_a_value_may_be_overridden_by_name(ledger: TestLedger) -> None:
    good, bad = {"evidence": 1}, {"evidence": 2}
    rule = rule_gate("broken", "disbursement.instruct", "10 / it.evidence > 5", good=good, bad=bad)
    stand(ledger, rule)
    refused = pay(ledger, 40)
    assert refused.code == "contract_error"
    assert use(ledger, refused.statement, "broken/rule").code == "ok"
    assert pay(ledger, 40).code == "flagged"


def test_nobody_answers_for_what_has_no_name(ledger: TestLedger) -> None:
    # `where` of one gate has no value: to override the rule of the other does not help.
    good, bad = {"evidence": 1}, {"evidence": 2}
    blind = rule_gate(
        "blind", "disbursement.instruct", "it.evidence <= 1",
        where="10 / it.evidence >= 0", good=good, bad=bad,
    )  # fmt: skip
    stand(ledger, blind, cap("first", 10))
    refused = pay(ledger, 40)
    assert refused.code == "contract_error"
    assert use(ledger, refused.statement, "first/rule").code == "ok"
    assert pay(ledger, 40).code == "contract_error"


def test_law_is_not_overridden(ledger: TestLedger) -> None:
    stand(ledger, cap("first", 10))
    refused = pay(ledger, 200_000)
    assert refused.code == "not_enough", "the law comes first and nothing was judged"
    assert use(ledger, refused.statement, "first/rule").code == "not_open"


@pytest.mark.parametrize("posted", [True, False])
def test_what_was_posted_is_done_and_is_not_overridden(ledger: TestLedger, posted: bool) -> None:
    """Else the same payment, signed again, would pass a second time."""
    stand(ledger, by_blue())
    held = pay(ledger, 40)
    if posted:
        assert approve(ledger, held.statement).code == "ok"
    else:
        body = {"held": held.statement, "reason": "too-much"}
        assert ledger.say("approval.refuse", body, "red/dai").code == "ok"
    assert hold_row(ledger, held.statement)["state"] == ("posted" if posted else "refused")
    answer = use(ledger, held.statement, "first/rule")
    assert answer.code == ("not_open" if posted else "ok")
    if posted:
        assert answer.refusal is not None
        for language, word in (
            ("en", "is corrected"),
            ("zh-Hans", "请更正"),
            ("zh-Hant", "請更正"),
        ):
            assert word in sentence(answer.refusal, language)
