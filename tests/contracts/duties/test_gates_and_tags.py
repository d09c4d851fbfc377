"""What gates cause, and how the text in a case is known to be a household or a site.

Goal: a gate asks, tells and marks and never acts; the subject of a case follows from the type of
the expression, whatever names it goes through.
Method: a gate's own verdict given to `effects_of`; one trigger with a subject of each kind.
"""

from typing import Any

import pytest
from books import NOON
from documents import gate, text
from duties import TAG, Played, alert, compiled, trigger

from contracts.documents.problems import DocumentError
from contracts.documents.verdict import decide
from contracts.duties.effects import effects_of
from contracts.duties.tags import tag_of

TELL = {"id": "tell", "notify": {"to": "'duty'", "code": "'many'", "subject": "it.item"}}
ASK = {"id": "ask", "open_approval": {"subject": "it.item", "min_orgs": "2", "expires_in": "60"}}
CASE = {"id": "case", "raise_alert": {"code": "'many'", "subject": "it.site"}}
MARK = {"id": "mark", "set_flag": {"subject": "it.site", "flag": "'many'", "on": "true"}}


def duties_of(qty: int, otherwise: str) -> Any:
    rule = {"id": "nine", "require": "it.qty <= 9", "else": otherwise, "say": text("no")}
    contract = compiled(gate(rules=[rule], effects=[TELL, ASK, CASE, MARK]))
    it = {"at": NOON, "item": "rice", "qty": qty, "site": "depot"}
    played = Played()
    book = played._booked(played.state(), 5, "00" * 32)  # type: ignore[arg-type]
    return effects_of(contract, decide(contract, it, {}), book, it)


@pytest.mark.parametrize("otherwise", ["flag", "hold"])
def test_a_gate_asks_tells_and_marks(otherwise: str) -> None:
    duties = duties_of(10, otherwise)
    assert [(one.kind, one.body) for one in duties.derived] == [
        ("case.open", {"class": "many", "subjects": ["site/depot"]})
    ]
    assert [one.code for one in duties.messages] == ["many"]
    assert [(one.subject, one.flag, one.on) for one in duties.marks] == [("depot", "many", True)]


def test_what_is_denied_causes_nothing() -> None:
    duties = duties_of(10, "deny")
    assert (duties.derived, duties.messages, duties.marks) == ((), (), ())


SUBJECTS = {
    "it.areas[0]": "area",
    "it.statement": "statement",
    "pool": "fund",
    "named": "fund",
    "fund.owner": "org",
    "it.level > 3 ? pool : fund.id": "fund",
    "it.areas.filter(a, a != it.areas[0])[0]": "area",
    "'a text'": "",
    "it.alert": "",
    "base > 1 ? pool : pool": "fund",
    "base > fund.available ? pool : pool": "",
}


@pytest.mark.parametrize("subject", list(SUBJECTS))
def test_the_tag_of_a_subject(subject: str) -> None:
    effect = {"id": "alert", "raise_alert": {"code": "'x'", "subject": subject}}
    contract = compiled(
        trigger(
            [effect],
            params={
                "pool": {"type": "str<fund>", "value": "relief"},
                "base": {"type": "money", "value": 5},
            },
            facts={"fund": {"record": "fund", "key": "pool"}},
            let={"named": "pool"},
        )
    )
    assert tag_of(contract, contract.effects[0], "subject") == SUBJECTS[subject]
    assert tag_of(contract, contract.effects[0], "nothing") == ""


def test_the_item_of_a_run_is_a_household() -> None:
    effect = {"id": "alert", "raise_alert": {"code": "'x'", "subject": "h.id"}}
    walk = {"as": "h", "over": "households", "having": {"area_in": "it.areas"}}
    played = Played(compiled(trigger([effect], foreach=walk)))
    played.household(1)
    played.send("alert.declare", alert(), "county/commander")
    (made,) = played.batch()
    assert made.derived.body["subjects"] == [f"household/{TAG}"]
    assert made.derived.rule.endswith(f"/alert/{TAG}")


@pytest.mark.parametrize("verb", [ASK, CASE])
def test_a_trigger_on_cases_opens_none(verb: dict[str, Any]) -> None:
    subject = {"ask": "open_approval", "case": "raise_alert"}[verb["id"]]
    effect = {"id": "x", subject: {**verb[subject], "subject": "it.case"}}
    with pytest.raises(DocumentError) as error:
        compiled(trigger([effect], kinds=["case.open"]))
    assert [problem.code for problem in error.value.problems] == ["cascade"]
    assert compiled(trigger([effect], kinds=["case.close"])).causes == ("case.open",)
