"""Emergencies: two members make a contract narrower at once, and never pay or let through more by it.

Goal: whatever an emergency version changes, nothing is paid, moved or allowed that the text of the quorum
would not; what is refused says which lane may. Method: each part of a trigger that pays and of a gate that
holds is changed alone, a little more and a little less, and proposed in lane emergency and in lane full.
"""

from typing import Any

import pytest
from adopting import DAY, adopt, commit, founded, gate, propose, tick
from documents import text
from lanes import capped, pool
from ledgers import TestLedger

from contracts.adoption.narrowing import is_narrower
from contracts.rcel.grammar import parse
from ledger.sentences import sentence


@pytest.fixture
def ledger() -> TestLedger:
    return founded()


# What moves value, and what it reads: an emergency pays nobody else, and no more.


def wide(**changes: Any) -> dict[str, Any]:
    """The trigger that pays, with all that an emergency might turn: let, facts, kinds, a mark."""
    first, second = pool()["effects"]
    pay = {**first["pay"], "amount": "least"}
    mark = {"id": "mark", "when": "it.level >= 4",
            "set_flag": {"subject": "it.alert", "flag": "'red'", "on": "true"}}  # fmt: skip
    open_case = {"id": "look", "when": "it.level >= 4",
                 "raise_alert": {"code": "'look'", "subject": "'all'"}}  # fmt: skip
    found = pool(
        where="it.level >= 1",
        kinds=["alert.declare", "alert.lift"],
        facts={"east": {"record": "area", "key": "where_to", "optional": True}},
        let={"least": "has(east.declared) ? each : 0"},
        params={**pool()["params"], "where_to": {"type": "str<area>", "value": "east"}},
        effects=[{**first, "pay": pay}, second, mark, open_case],
        defaults={"it": {"alert": "A1"}, "east": {"declared": True}},
    )
    red, yellow = pool()["tests"]
    says = [{"pay": {}}, {"notify": {}}, {"set_flag": {}}, {"raise_alert": {}}]
    found["tests"] = [{**red, "given": {"it": {"level": 5}}, "expect": {"effects": says}}, yellow]
    found.update(changes)
    return found


def budget(**changes: Any) -> dict[str, Any]:
    return {"budget": {**pool()["budget"], **changes}}


def rate(**changes: Any) -> dict[str, Any]:
    return budget(rate={**pool()["budget"]["rate"], **changes})


def effects(number: int, **changes: Any) -> dict[str, Any]:
    """One of the effects changed: 0 pays, 1 tells, 2 marks, 3 opens a case."""
    found = [*wide()["effects"]]
    found[number] = {**found[number], **changes}
    return {"effects": found}


def without(number: int) -> dict[str, Any]:
    found, expected = [*wide()["effects"]], [*wide()["tests"][0]["expect"]["effects"]]
    del found[number], expected[number]
    rest = {} if number else {"budget": None}
    red, yellow = wide()["tests"]
    return {"effects": found, "tests": [{**red, "expect": {"effects": expected}}, yellow], **rest}


PAY = wide()["effects"][0]["pay"]
MORE = {"id": "again", "when": "it.level >= 5"}

EMERGENCIES: list[tuple[str, dict[str, Any], str]] = [
    # what is changed, how, the field that is refused ("" for none)
    ("nothing", {}, ""),
    ("basis and title", {"basis": "by-law 9", "title": text("Other")}, ""),
    ("the same firing", budget(per_firing=1000), ""),
    ("a smaller firing", budget(per_firing=999), ""),
    ("a larger firing", budget(per_firing=1001), "budget"),
    ("the same item", budget(per_item=600), ""),
    ("a larger item", budget(per_item=601), "budget"),
    ("any item", budget(per_item=None), "budget"),
    ("another fund's money", budget(fund="'other'"), "budget"),
    ("fewer firings", rate(firings=1), ""),
    ("more firings", rate(firings=3), "budget"),
    ("a longer window", rate(window="73h"), ""),
    ("a shorter window", rate(window="71h"), "budget"),
    ("by something else", rate(by="'all'"), "budget"),
    ("no rate", budget(rate=None), "budget"),
    ("a smaller value", {"params": {**wide()["params"], "each": {
        "type": "int[CNY](0..1000000)", "value": 499}}}, "params"),
    ("a larger value", {"params": {**wide()["params"], "each": {
        "type": "int[CNY](0..1000000)", "value": 501}}}, "params"),
    ("one more param", {"params": {**wide()["params"], "more": {
        "type": "int(0..1)", "value": 1}}}, ""),
    ("another let", {"let": {"least": "each"}}, "let"),
    ("one more let", {"let": {**wide()["let"], "twice": "each * 2"}}, ""),
    ("another fact", {"facts": {"east": {"record": "area", "key": "'north'",
                                         "optional": True}}}, "facts"),
    ("one more fact", {"facts": {**wide()["facts"], "other": {
        "record": "area", "key": "'north'", "optional": True}}}, ""),
    ("a narrower where", {"where": "(it.level >= 1) && it.level <= 5"}, ""),
    ("a wider where", {"where": "it.level >= 1 || it.level <= 5"}, "where"),
    ("no where", {"where": "true"}, "where"),
    ("another where", {"where": "it.level >= 2"}, "where"),
    ("a kind less", {"kinds": ["alert.declare"]}, ""),
    ("a narrower payment", effects(0, when="it.level >= 4 && it.level >= 5"), ""),
    ("a payment elsewhere", effects(0, when="it.level >= 5"), "effects"),
    ("a wider payment", effects(0, when="it.level >= 4 || it.level == 3"), "effects"),
    ("a payment to others", effects(0, pay={**PAY, "to": "'other'"}), "effects"),
    ("a larger payment", effects(0, pay={**PAY, "amount": "least + 1"}), "effects"),
    ("for another purpose", effects(0, pay={**PAY, "purpose": "'food'"}), "effects"),
    ("under another name", effects(0, id="other"), "effects"),
    ("a second payment", {"effects": [*wide()["effects"], {**MORE, "pay": PAY}]}, "effects"),
    ("no payment", without(0), ""),
    ("another message", effects(1, when="it.level >= 3"), ""),
    ("no message", without(1), ""),
    ("another mark", effects(2, when="it.level >= 4 && it.level >= 5"), "effects"),
    ("no mark", without(2), "effects"),
    ("a narrower case", effects(3, when="it.level >= 4 && it.level >= 5"), ""),
    ("another case", effects(3, raise_alert={"code": "'pay-me'", "subject": "'all'"}), "effects"),
    ("no case", without(3), ""),
    ("a second case", {"effects": [*wide()["effects"], {
        **MORE, "raise_alert": {"code": "'look'", "subject": "'all'"}}]}, "effects"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "refused"), [one[1:] for one in EMERGENCIES], ids=[one[0] for one in EMERGENCIES]
)
def test_an_emergency_pays_no_more_and_nobody_else(
    ledger: TestLedger, change: dict[str, Any], refused: str
) -> None:
    adopt(ledger, wide())
    new = {name: part for name, part in {**wide(version=2), **change}.items() if part is not None}
    if isinstance(new.get("budget"), dict):
        new["budget"] = {k: v for k, v in new["budget"].items() if v is not None}
    if "tests" not in change:
        # Whatever it comes to cause: the lane is asked, not the test.
        new["tests"] = [
            {"name": "red", "given": {"it": {"level": 5}}, "expect": {"effects": [
                {verb: {}} for one in new["effects"] for verb in one if verb not in ("id", "when")
            ]}},
            {"name": "yellow", "given": {"it": {"level": 2}}, "expect": {"effects": []}},
        ]  # fmt: skip
    answer = propose(ledger, new, lane="emergency")
    if not refused:
        assert answer.code == "ok", answer.refusal
        return
    assert answer.refusal is not None
    assert (answer.code, answer.refusal.where) == ("not_eligible", f"body.document.{refused}")
    assert "lane full" in sentence(answer.refusal) or "by full" in sentence(answer.refusal)
    assert propose(ledger, new).code == "ok", "the quorum may, with a day's notice"


NINE = {**capped()["rules"][0], "else": "hold"}
ASKS = {"id": "ask", "when": "it.qty > cap",
        "open_approval": {"subject": "it.area", "min_orgs": "2", "expires_in": "3600"}}  # fmt: skip
ASKED: Any = {"hold": ["nine"], "effects": [{"open_approval": {}}]}


def holding(version: int = 1, **changes: Any) -> dict[str, Any]:
    """The gate that lets more than nine wait, and says for whom."""
    found = {
        "where": "it.qty > 0", "rules": [NINE], "effects": [ASKS], "defaults": {"it": {"area": "east"}},
        "tests": [
            {"name": "none", "given": {"it": {"qty": 1}}, "expect": {"effects": []}},
            {"name": "enough", "given": {"it": {"qty": 9}}, "expect": "allow"},
            {"name": "more", "given": {"it": {"qty": 10}}, "expect": ASKED},
        ],
        **changes,
    }  # fmt: skip
    return capped(version, **found)


def asking(**changes: Any) -> dict[str, Any]:
    return {"effects": [{**ASKS, **changes}]}


MUCH: Any = {"it": {"qty": 10}}
TIGHTER: list[tuple[str, dict[str, Any], str]] = [
    ("nothing", {}, ""),
    ("a sentence", {"rules": [{**NINE, "say": text("No")}]}, ""),
    ("a stricter verdict", {"rules": [{**NINE, "else": "deny"}], "tests": [
        *holding()["tests"][1:2], {"name": "x", "given": MUCH, "expect": {"deny": ["nine"]}}],
        "effects": []}, ""),
    ("a milder verdict", {"rules": [{**NINE, "else": "flag"}], "tests": [
        *holding()["tests"][:2], {"name": "x", "given": MUCH, "expect": {
            "flag": ["nine"], "effects": [{"open_approval": {}}]}}]}, "rules"),
    ("a narrower rule", {"rules": [{**NINE, "require": "it.qty <= cap && it.qty != 3"}]}, ""),
    ("narrower, the other way round", {"rules": [
        {**NINE, "require": "it.qty != 3 && it.qty<=cap"}]}, ""),
    ("a wider rule", {"rules": [{**NINE, "require": "it.qty <= cap || it.qty == 11"}]}, "rules"),
    ("another rule", {"rules": [{**NINE, "require": "it.qty < cap + 1"}]}, "rules"),
    ("under another name", {"rules": [{**NINE, "id": "ten"}]}, "rules"),
    ("where less applies", {"where": "(it.qty > 0) && it.qty > 1"}, "where"),
    ("where more applies", {"where": "true"}, "where"),
    ("another cap", {"params": {"cap": {"type": "int[parcel](0..100)", "value": 8}}}, "params"),
    ("one kind more", {"kinds": ["disbursement.handout", "disbursement.release"]}, ""),
    ("another kind", {"kinds": ["disbursement.release"]}, "kinds"),
    # Whom a hold asks decides nothing: the rule is asked again, and says whether it is enough.
    ("fewer asked", asking(open_approval={**ASKS["open_approval"], "min_orgs": "1"}), ""),
    ("asked less often", asking(when="it.qty > cap && it.qty > 9"), ""),
    ("one more asked", {"effects": [ASKS, {**ASKS, "id": "also"}], "tests": [
        *holding()["tests"][:2], {"name": "x", "given": MUCH, "expect": {
            "hold": ["nine"], "effects": [{"open_approval": {}}, {"open_approval": {}}]}}]}, ""),
    ("nobody asked", {"effects": [], "tests": [
        *holding()["tests"][1:2], {"name": "x", "given": MUCH, "expect": {"hold": ["nine"]}}]}, ""),
    ("somebody told", {"effects": [ASKS, {"id": "tell", "when": "it.qty > cap", "notify": {
        "to": "'x'", "code": "'y'", "subject": "'z'"}}], "tests": [
        *holding()["tests"][:2], {"name": "x", "given": MUCH, "expect": {
            "hold": ["nine"], "effects": [{"open_approval": {}}, {"notify": {}}]}}]}, ""),
    # A case may be what a trigger pays for, and a mark what another gate asks for.
    ("a case opened", {"effects": [ASKS, {"id": "look", "when": "it.qty > cap", "raise_alert": {
        "code": "'y'", "subject": "'z'"}}], "tests": [
        *holding()["tests"][:2], {"name": "x", "given": MUCH, "expect": {
            "hold": ["nine"], "effects": [{"open_approval": {}}, {"raise_alert": {}}]}}]},
     "effects"),
    ("a mark set", {"effects": [ASKS, {"id": "mark", "when": "it.qty > cap", "set_flag": {
        "subject": "'x'", "flag": "'y'", "on": "true"}}], "tests": [
        *holding()["tests"][:2], {"name": "x", "given": MUCH, "expect": {
            "hold": ["nine"], "effects": [{"open_approval": {}}, {"set_flag": {}}]}}]},
     "effects"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "refused"), [one[1:] for one in TIGHTER], ids=[one[0] for one in TIGHTER]
)
def test_an_emergency_lets_nothing_through_that_was_refused(
    ledger: TestLedger, change: dict[str, Any], refused: str
) -> None:
    adopt(ledger, holding())
    new = holding(2, **change)
    if refused in ("rules", "params", "where", "kinds") and "tests" not in change:
        new["tests"] = _own_tests(new)
    answer = propose(ledger, new, lane="emergency")
    if not refused:
        assert answer.code == "ok", answer.refusal
        return
    assert answer.refusal is not None
    assert (answer.code, answer.refusal.where) == ("not_eligible", f"body.document.{refused}")
    assert "full" in sentence(answer.refusal)
    assert propose(ledger, new).code == "ok", "the quorum may, with a day's notice"


@pytest.mark.parametrize("mode", ["shadow", "enforce"])
@pytest.mark.parametrize("gates", ["no", "soon", "yes"])
def test_where_gates_are_required_an_emergency_judges_no_kind_more(
    ledger: TestLedger, gates: str, mode: str
) -> None:
    """What no gate judges is refused there, so a gate of one kind more would let it through."""
    adopt(ledger, holding())
    adopt(ledger, holding(), mode=mode)
    if gates != "no":
        every = holding(contract="every")
        adopt(ledger, every)
        proposed = propose(ledger, every, mode="enforce", gates=True)
        assert commit(ledger, proposed.statement).code == "ok"
    if gates == "yes":
        ledger.time += 2 * DAY
        tick(ledger)
    new = holding(2, kinds=["disbursement.handout", "disbursement.release"])
    answer = propose(ledger, new, lane="emergency", mode=mode)
    if gates == "no" or mode == "shadow":
        assert answer.code == "ok"
        return
    assert answer.refusal is not None
    assert (answer.code, answer.refusal.where) == ("not_eligible", "body.document.kinds")
    assert "full" in sentence(answer.refusal)


def _own_tests(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What a changed gate says of two, and of ninety-nine."""
    rule = document["rules"][0]["id"]
    held = {"hold": [rule], "effects": [{"open_approval": {}}]}
    return [
        {"name": "two", "given": {"it": {"qty": 2}}, "expect": "allow"},
        {"name": "nothing asked", "given": {"it": {"qty": 2}}, "expect": {"effects": []}},
        {"name": "many", "given": {"it": {"qty": 99}}, "expect": held},
    ]


def test_an_emergency_makes_no_gate_of_a_trigger(ledger: TestLedger) -> None:
    adopt(ledger, pool(), mode="shadow")
    document = gate(contract="red-alert-money", version=2)
    answer = propose(ledger, document, lane="emergency")
    assert answer.refusal is not None
    assert (answer.code, answer.refusal.where) == ("not_eligible", "body.document.kind")


# ---- expressions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "old", "narrower"),
    [
        ("a", "a", True),
        ("a && b", "a", True),
        ("b && a", "a", True),
        ("c && b && a", "a && b", True),
        ("(c && a) && (d && b)", "b && a", True),
        ("a && b", "a && b && c", False),
        ("a || b", "a", False),
        ("a && b || c", "a", False),
        ("a && (b || c)", "a", True),
        ("(a || b) && c", "a", False),
        ("(a || b) && c", "a || b", True),
        ("!a", "a", False),
        ("true", "true", True),
        ("false", "true", True),
        ("a", "true && a", True),
        ("true", "a", False),
        ("n<=9", "n <= 9", True),
        ("n <= 8", "n <= 9", False),
        ("n == 1", "n == true", False),
        ("x.f == 'a'", "x.g == 'a'", False),
        ("x.f == 'a'", 'x.f == "a"', True),
        ("s == '1'", "s == 1", False),
        ("l.all(v, v > 0)", "l.all(v, v > 0)", True),
        ("l.all(v, v > 0)", "l.exists(v, v > 0)", False),
        ("l.all(v, v > 0)", "l.all(w, v > 0)", False),
        ("a - (b - c) > 0", "a - b - c > 0", False),
        ("size(l) > 0", "math.least(1, 2) > 0", False),
    ],
)
def test_what_is_seen_to_be_narrower(new: str, old: str, narrower: bool) -> None:
    assert is_narrower(parse(new), parse(old)) is narrower
