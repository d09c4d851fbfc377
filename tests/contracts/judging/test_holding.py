"""What a gate holds: kept, approved, judged again under the law and the contracts then in force, once.

Goal: a held payment moves nothing, keeps its money, and ends in exactly one of posted, void, refused and
expired, whatever happens between; each end is an entry and the log replays to the same bytes.
Method: gates that count approvals, in the whole machine; everything between hold and approval is tried.
"""

from typing import Any

import pytest
from adopting import adopt
from documents import text
from invariants import check_all
from ledgers import EVERYWHERE, catalogue_body, genesis_body, test_key
from standinggates import (
    DAY,
    LINE,
    TestLedger,
    approve,
    balance,
    cap,
    cases,
    digest,
    entry,
    gift,
    hold_row,
    names,
    outcome,
    pay,
    replayed,
    rule_gate,
    stand,
    tag,
    told,
)

from ledger.entry import AutoEntry, BatchEntry, parse_entry
from ledger.holds import HOLD_MAX_S

PAY = "disbursement.instruct"


def eyes(needed: int, otherwise: str = "hold", hours: int = 24, **changes: Any) -> dict[str, Any]:
    """Payments over 100 want approvals of so many organisations beside the author's own."""
    valid = "it.approvals.filter(a, a.org != it.initiator.org).map(a, a.org).distinct()"
    require = "it.amount <= 100 || size(orgs) >= needed"
    opens = {"subject": "it.purpose", "min_orgs": "needed", "expires_in": "wait"}
    expects: Any = {otherwise: ["rule"]}
    document = rule_gate(
        "eyes", PAY, require, otherwise,
        let={"orgs": valid},
        params={
            "needed": {"type": "int(1..9)", "value": needed},
            "some": {"type": "int[CNY](0..1)", "value": 1},
            "wait": {"type": "span", "value": hours * 3_600},
        },
        effects=[{"id": "ask", "when": "it.amount > 100", "open_approval": opens}],
        defaults={"it": {"amount": 101, "approvals": [], "purpose": "food",
                         "initiator": {"by": "red/chen", "org": "red"}}},
        tests=[
            {"name": "good", "given": {"it": {"amount": 100}}, "expect": {"effects": []}},
            {"name": "bad", "given": {}, "expect": expects},
            {"name": "allow", "given": {"it": {"amount": 100}}, "expect": "allow"},
            {
                "name": "asks", "given": {},
                "expect": {**expects, "effects": [{"open_approval": {"min_orgs": needed}}]},
            },
        ],
    )  # fmt: skip
    document.update(changes)
    return document


@pytest.fixture
def ledger() -> TestLedger:
    """Founded with a third organisation, and a second approver of blue."""
    body = genesis_body()
    body["organisations"].append({"id": "green", "names": names("Green agency")})
    body["thresholds"]["quorums"] = [{"members": ["blue", "red"], "n": 2, "scope": "consortium"}]
    for actor in ("green/gil", "blue/gus"):
        row = {
            "id": actor,
            "person": actor[-3:],
            "roles": ["admin", "approver"],
            "scope": EVERYWHERE,
        }
        body["actors"].append(row)
        public = test_key(actor).public.hex()
        body["keys"].append({"public": public, "use": "author", "actor": actor})
    found = TestLedger()
    assert found.say("genesis", body, "red/ana", "blue/eve", "green/gil").code == "ok"
    assert found.say("catalogue.define", catalogue_body(), "red/ana").code == "ok"
    assert gift(found, 1_000).code == "ok"
    return found


def held(ledger: TestLedger, amount: int = 600) -> str:
    answer = pay(ledger, amount)
    assert answer.code == "held", answer
    return answer.statement


def state(ledger: TestLedger, statement: str) -> Any:
    return hold_row(ledger, statement)["state"]


def whole(ledger: TestLedger) -> None:
    """The books balance and the log replays."""
    check_all(ledger.memory)
    replayed(ledger)


# ---- kept, posted -------------------------------------------------------------------------------


def test_what_is_held_is_kept_and_moves_nothing(ledger: TestLedger) -> None:
    stand(ledger, eyes(2))
    answer = pay(ledger, 600)
    assert told(ledger, answer) == {
        "code": "held", "contracts": [("eyes", "hold", {"rule": "hold"})], "outcome": "hold",
        "until": ledger.time + DAY,
    }  # fmt: skip
    key = f"held:{answer.statement}"
    assert (balance(ledger, "free"), balance(ledger, key)) == (400, 600)
    assert outcome(ledger, answer)["effects"]["moves"] == [
        ["CNY", f"{LINE}/free", f"{LINE}/{key}", 600]
    ]
    row = hold_row(ledger, answer.statement)
    people = [[who, person] for who, person, _ in row["signers"]]
    assert (row["needs"], row["until"], people) == (
        2,
        ledger.time + DAY,
        [["red", "chen"], ["red", "bao"]],
    )
    assert row["signers"][0][2] == test_key("red/chen").key_id
    assert cases(ledger) == []
    whole(ledger)


def test_two_organisations_post_it_in_the_entry_of_the_second(ledger: TestLedger) -> None:
    stand(ledger, eyes(2))
    statement = held(ledger)
    first = approve(ledger, statement, "blue/fay")
    assert (first.code, state(ledger, statement)) == ("ok", "open")
    assert set(outcome(ledger, first)) == {"code", "effects"}, "it waits on: nothing is said"
    assert balance(ledger, f"held:{statement}") == 600
    second = approve(ledger, statement, "green/gil")
    assert told(ledger, second) == {
        "code": "ok", "contracts": [("eyes", "allow", {})], "outcome": "allow", "posted": statement,
    }  # fmt: skip
    assert state(ledger, statement) == "posted"
    assert balance(ledger, f"held:{statement}") == 0
    assert balance(ledger, f"transit:{statement}") == 600
    assert approve(ledger, statement, "red/dai").code == "not_open"
    whole(ledger)


def test_one_organisation_twice_is_one(ledger: TestLedger) -> None:
    stand(ledger, eyes(2))
    statement = held(ledger)
    assert approve(ledger, statement, "blue/fay").code == "ok"
    assert approve(ledger, statement, "blue/gus").code == "ok"
    assert approve(ledger, statement, "blue/fay").code == "already_exists"
    assert state(ledger, statement) == "open"
    assert approve(ledger, statement, "green/gil").code == "ok"
    assert state(ledger, statement) == "posted"


def test_nobody_approves_their_own(ledger: TestLedger) -> None:
    stand(ledger, eyes(1))
    roles = {"actor": "red/chen", "roles": ["approver", "payer"], "scope": EVERYWHERE}
    assert ledger.say("member.grant", roles, "red/ana", "blue/eve").code == "ok"
    statement = held(ledger)
    assert approve(ledger, statement, "red/chen").code == "same_person"
    assert state(ledger, statement) == "open"


def test_a_cosigner_has_approved_already(ledger: TestLedger) -> None:
    small = cap("small", 100, "hold", where="size(it.approvals) < 2")
    small["defaults"] = {"it": {"approvals": []}}
    stand(ledger, small)
    statement = held(ledger)
    assert approve(ledger, statement, "red/bao").code == "already_exists"
    # The co-signer is the first of the two that it wants.
    assert outcome(ledger, approve(ledger, statement))["posted"] == statement


# ---- other ends ---------------------------------------------------------------------------------


def test_a_refusal_gives_back_what_was_kept(ledger: TestLedger) -> None:
    stand(ledger, eyes(1))
    statement = held(ledger)
    body = {"held": statement, "reason": "too-much"}
    answer = ledger.say("approval.refuse", body, "blue/fay")
    assert told(ledger, answer) == {"code": "ok", "voided": statement}
    assert (state(ledger, statement), balance(ledger, "free")) == ("refused", 1_000)
    assert approve(ledger, statement).code == "not_open"
    whole(ledger)


@pytest.mark.parametrize(("after", "ended"), [(-1, "posted"), (0, "expired")])
def test_its_time_is_over(ledger: TestLedger, after: int, ended: str) -> None:
    stand(ledger, eyes(1, hours=24))
    statement = held(ledger)
    ledger.time += DAY + after
    answer = approve(ledger, statement)
    assert answer.code == ("ok" if ended == "posted" else "not_open")
    assert state(ledger, statement) == ended
    assert balance(ledger, "free") == (400 if ended == "posted" else 1_000)
    said = [parse_entry(raw) for raw in ledger.memory.entries]
    ends = [one.outcome for one in said if not isinstance(one, BatchEntry)]
    assert [one["voided"] for one in ends if "voided" in one] == (
        [] if ended == "posted" else [statement]
    )
    ledger.time += DAY
    assert not ledger.run(), "once"
    whole(ledger)


def test_a_wait_beyond_thirty_days_ends_with_them(ledger: TestLedger) -> None:
    stand(ledger, eyes(1, hours=24 * 31))
    statement = held(ledger)
    assert hold_row(ledger, statement)["until"] == ledger.time + HOLD_MAX_S


def test_without_an_effect_one_organisation_and_three_days_do(ledger: TestLedger) -> None:
    stand(ledger, cap("small", 100, "hold"))
    statement = held(ledger)
    row = hold_row(ledger, statement)
    assert (row["needs"], row["until"]) == (1, ledger.time + 3 * DAY)


def test_the_most_organisations_and_the_nearest_end_count(ledger: TestLedger) -> None:
    other = {**eyes(1, hours=5), "contract": "other"}
    generous = {**eyes(9, otherwise="flag", hours=1), "contract": "watching"}
    stand(ledger, eyes(3, hours=24), other, generous)
    row = hold_row(ledger, held(ledger))
    assert row["needs"] == 3, "whoever does not hold has no say"
    assert row["until"] == ledger.time + 5 * 3_600


# ---- what changes between -----------------------------------------------------------------------


def test_the_contracts_then_in_force_judge(ledger: TestLedger) -> None:
    stand(ledger, eyes(2, hours=24 * 9))
    statement = held(ledger)
    adopt(ledger, eyes(1, hours=24 * 9, version=2), mode="enforce")
    posted = approve(ledger, statement)
    assert outcome(ledger, posted)["posted"] == statement
    assert outcome(ledger, posted)["contracts"][0]["version"] == 2
    whole(ledger)


def test_denied_at_last_it_is_void(ledger: TestLedger) -> None:
    stand(ledger, eyes(1, hours=24 * 9))
    statement = held(ledger)
    stand(ledger, cap("small", 500))
    answer = approve(ledger, statement)
    assert told(ledger, answer) == {
        "code": "ok", "contracts": [("eyes", "allow", {}), ("small", "deny", {"rule": "deny"})],
        "outcome": "deny", "voided": statement,
    }  # fmt: skip
    assert (state(ledger, statement), balance(ledger, "free")) == ("void", 1_000)
    whole(ledger)


def test_posted_with_a_flag_a_case_opens_about_it(ledger: TestLedger) -> None:
    stand(ledger, eyes(1), cap("small", 500, "flag"))
    statement = held(ledger)
    first = len(ledger.memory.entries)
    assert cases(ledger) == []
    answer = approve(ledger, statement)
    assert (answer.code, outcome(ledger, answer)["outcome"]) == ("flagged", "flag")
    assert answer.index == first
    behind = entry(ledger, first + 1)
    assert isinstance(behind, AutoEntry) and behind.cause.entry == first
    assert behind.body["subjects"] == [f"statement/{statement}", "contract/small"]
    whole(ledger)


def test_the_law_no_longer_holds(ledger: TestLedger) -> None:
    stand(ledger, eyes(1))
    statement = held(ledger)
    roles = {"actor": "red/chen", "reason": "left", "roles": ["payer"]}
    assert ledger.say("member.revoke", roles, "red/ana", "red/bao").code == "ok"
    answer = approve(ledger, statement)
    assert told(ledger, answer) == {"code": "ok", "voided": statement}, "law comes first"
    assert (answer.code, state(ledger, statement)) == ("ok", "void")
    assert balance(ledger, "free") == 1_000
    whole(ledger)


def test_the_law_comes_to_hold_less(ledger: TestLedger) -> None:
    # A line's earmark ends while the payment waits.
    stand(ledger, eyes(1, hours=24 * 9))
    lines = [
        {"id": "general", "earmark": {"areas": [], "classes": [], "purposes": []}},
        {"id": "short", "earmark": {"areas": [], "classes": [], "purposes": [],
                                    "until": ledger.time + DAY}},
    ]  # fmt: skip
    fund = {
        "currency": "CNY", "id": "brief", "lines": lines, "names": text("x"), "owner": "red",
        "programme": "flood-27", "version": 1,
    }  # fmt: skip
    assert ledger.say("catalogue.define", {"funds": [fund]}, "red/ana").code == "ok"
    assert gift(ledger, 700, "brief.short").code == "ok"
    answer = pay(ledger, 600, "brief.short")
    assert answer.code == "held", answer
    ledger.time += 2 * DAY
    approve(ledger, answer.statement)
    assert state(ledger, answer.statement) == "void"
    assert balance(ledger, "free", "brief.short") == 700
    whole(ledger)


def test_once_gates_are_required_a_hold_whose_gate_is_gone_is_void(ledger: TestLedger) -> None:
    stand(ledger, eyes(1, hours=24 * 9), gates=True)
    statement = held(ledger)
    body = {"contract": "eyes", "reason": "doubt", "scope": "consortium"}
    assert ledger.say("contract.suspend", body, "red/ana", "blue/eve").code == "ok"
    ledger.time += 1
    assert approve(ledger, statement).code == "ok"
    assert (state(ledger, statement), balance(ledger, "free")) == ("void", 1_000)
    whole(ledger)


def test_approvals_need_no_gate_of_their_own(ledger: TestLedger) -> None:
    stand(ledger, eyes(1), gates=True)
    first, second = held(ledger, 300), held(ledger, 400)
    assert outcome(ledger, approve(ledger, first))["posted"] == first
    body = {"held": second, "reason": "too-much"}
    assert ledger.say("approval.refuse", body, "blue/fay").code == "ok"
    assert balance(ledger, "free") == 700
    whole(ledger)


@pytest.mark.parametrize("verb", ["deny", "hold"])
def test_a_gate_on_approvals_denies_and_never_holds(ledger: TestLedger, verb: str) -> None:
    bad, good = {"evidence": 0}, {"evidence": 1}
    shown = rule_gate("shown", "approval.give", "it.evidence > 0", verb, good=good, bad=bad)
    stand(ledger, eyes(1), shown)
    statement = held(ledger)
    answer = approve(ledger, statement)
    assert (answer.code, state(ledger, statement)) == ("contract_denied", "open")
    assert balance(ledger, f"held:{statement}") == 600, "what it had posted is undone"
    evidence = [{"bytes": 9, "sha256": digest("photo"), "type": "photo"}]
    body = {"evidence": evidence, "held": statement}
    again = ledger.say("approval.give", body, "blue/fay")
    if again.code != "malformed":
        assert outcome(ledger, again)["posted"] == statement
    whole(ledger)


# ---- several holds ------------------------------------------------------------------------------


def test_two_holds_never_wait_for_the_same_money(ledger: TestLedger) -> None:
    stand(ledger, eyes(1))
    first = held(ledger, 600)
    assert pay(ledger, 600).code == "not_enough"
    second = held(ledger, 400)
    for statement, code in ((second, "posted"), (first, "posted")):
        approve(ledger, statement)
        assert state(ledger, statement) == code
    assert balance(ledger, "free") == 0
    whole(ledger)


def test_two_approvals_in_one_batch_settle_in_their_order(ledger: TestLedger) -> None:
    stand(ledger, eyes(1))
    first, second = held(ledger, 600), held(ledger, 400)
    bodies = [{"held": first}, {"held": first}, {"held": second}]
    who = ["green/gil", "blue/fay", "blue/fay"]
    answers = ledger.run(
        *(
            ledger.statement("approval.give", body, actor)
            for body, actor in zip(bodies, who, strict=True)
        )
    )
    assert [one.code for one in answers] == ["ok", "not_open", "ok"]
    assert [outcome(ledger, answers[n])["posted"] for n in (0, 2)] == [first, second]
    whole(ledger)


def test_a_cap_counts_what_is_held(ledger: TestLedger) -> None:
    """Parallel holds would double an entitlement otherwise."""
    asked = {
        "sum": "amount", "of": PAY, "by": {"to": "it.to"}, "window": "7d",
        "type": "int[CNY](0..9007199254740991)",
    }  # fmt: skip
    most = {"most": {"type": "int[CNY](0..1000000)", "value": 900}}
    weekly = rule_gate(
        "weekly", PAY, "asked + it.amount <= most", params=most, facts={"asked": asked},
        given={"asked": 899}, good={"amount": 1}, bad={"amount": 2},
    )  # fmt: skip
    stand(ledger, eyes(1), weekly)
    first = held(ledger, 500)
    assert pay(ledger, 401).code == "contract_denied"
    second = held(ledger, 400)
    # Judged again, neither stands beside itself.
    for statement in (first, second):
        approve(ledger, statement)
        assert state(ledger, statement) == "posted"
    assert gift(ledger, 500).code == "ok"
    assert pay(ledger, 1).code == "contract_denied"
    whole(ledger)


def test_what_is_refused_counts_no_more(ledger: TestLedger) -> None:
    asked = {
        "count": 1, "of": PAY, "by": {"to": "it.to"}, "window": "7d", "type": "int(0..1000000)",
    }  # fmt: skip
    once = rule_gate(
        "once", PAY, "asked < 1", facts={"asked": asked},
        tests=[
            {"name": "good", "given": {"asked": 0}, "expect": "allow"},
            {"name": "bad", "given": {"asked": 1}, "expect": {"deny": ["rule"]}},
        ],
    )  # fmt: skip
    stand(ledger, eyes(1, hours=1), once)
    statement = held(ledger)
    assert pay(ledger, 300).code == "contract_denied"
    ledger.say("approval.refuse", {"held": statement, "reason": "no"}, "blue/fay")
    statement = held(ledger)
    ledger.time += 3_600
    ledger.run()
    assert state(ledger, statement) == "expired"
    assert held(ledger)
    whole(ledger)


# ---- a correction that waits --------------------------------------------------------------------


def test_a_held_correction_changes_nothing_until_it_is_posted(ledger: TestLedger) -> None:
    small = cap("small", 50, "hold")
    small["kinds"], small["where"] = ["donation.receive"], "size(it.approvals) < 3"
    small["defaults"] = {"it": {"approvals": []}}
    stand(ledger, small)
    wrong = gift(ledger, 40)
    assert wrong.code == "ok"
    right = {
        "amount": 60, "line": LINE, "reference": digest("right"),
        "seals": {name: digest(name) for name in ("contact", "donor", "reference")},
    }  # fmt: skip
    body = {
        "replacements": [{"body": right, "kind": "donation.receive", "v": 1}],
        "say": "A six was read as a four.",
        "targets": [wrong.statement],
        "why": "incorrect_data",
    }
    before = balance(ledger, "free")
    answer = ledger.say("correction.declare", body, "red/ana", "red/dai")
    assert (answer.code, balance(ledger, "free")) == ("held", before)
    assert outcome(ledger, answer)["effects"] == {}
    assert approve(ledger, answer.statement, "green/gil").code == "ok"
    assert (state(ledger, answer.statement), balance(ledger, "free")) == ("open", before)
    posted = approve(ledger, answer.statement, "blue/fay")
    assert outcome(ledger, posted)["posted"] == answer.statement
    assert balance(ledger, "free") == before + 20
    whole(ledger)


@pytest.mark.parametrize("undone", [True, False])
def test_nobody_is_paid_whose_enrolment_was_undone_meanwhile(
    ledger: TestLedger, undone: bool
) -> None:
    stand(ledger, eyes(1))
    seals = {name: digest(name) for name in ("address", "document", "name", "phone")}
    body = {"area": "east", "bank_verified": True, "persons": 3, "programme": "flood-27",
            "seals": seals, "tag": tag(1)}  # fmt: skip
    enrolled = ledger.say("household.enrol", body, "red/chen", "red/bao")
    held = pay(ledger, 101, payee={"class": "household", "tag": tag(1)})
    assert (enrolled.code, held.code) == ("ok", "held")
    if undone:
        wrong = {"replacements": [], "say": "nobody lives there", "targets": [enrolled.statement],
                 "why": "did_not_occur"}  # fmt: skip
        assert ledger.say("correction.declare", wrong, "red/chen", "red/bao").code == "ok"
    assert approve(ledger, held.statement).code == "ok"
    assert hold_row(ledger, held.statement)["state"] == ("void" if undone else "posted")
    replayed(ledger)
