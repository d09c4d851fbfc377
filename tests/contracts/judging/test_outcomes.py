"""What follows from what gates say: every cell of the table, through the whole machine.

Goal: an authorisation and a fact each get the outcome of the table for allow, flag, hold, deny and error;
the worst of several gates counts and all failed rules are told; what only watches never counts.
Method: gates are proposed, committed and activated on a founded ledger; one statement meets them; its
entry, its effects and the case behind it are read back; the log is replayed from its entries.
"""

from typing import Any

import pytest
from documents import text
from ledgers import test_key
from standinggates import (
    DAY,
    LINE,
    TestLedger,
    balance,
    cap,
    cases,
    entry,
    founded,
    gift,
    gift_cap,
    outcome,
    pay,
    pay_body,
    replayed,
    rule_gate,
    stand,
    told,
)

from ledger.entry import AutoEntry

MOST = 1_000
PAY = "disbursement.instruct"


@pytest.fixture
def ledger() -> TestLedger:
    found = founded()
    assert gift(found, 100_000).code == "ok"
    return found


def failing(kind: str, part: str) -> dict[str, Any]:
    """A gate on `kind` of which `part` has no value: nothing is evident, and it is divided by that."""
    share, few = "10 / it.evidence", "it.evidence <= 1"
    good, bad = {"evidence": 1}, {"evidence": 2}
    tells = {"raise_alert": {"code": "'odd'", "subject": "'site/depot'"}}
    parts: dict[str, tuple[str, dict[str, Any]]] = {
        "rule": (f"{share} > 5", {}),
        "let": ("share > 5", {"let": {"share": share}}),
        "where": (few, {"where": f"{share} >= 0"}),
        "effect": (few, {"effects": [{"id": "tell", "when": f"{share} > 5", **tells}]}),
    }
    require, more = parts[part]
    document = rule_gate("broken", kind, require, good=good, bad=bad, **more)
    if part == "effect":
        odd: Any = {"effects": [{"raise_alert": {"code": "odd"}}]}
        document["rules"][0]["require"] = "it.evidence <= 2"
        document["tests"] = [
            {"name": "good", "given": {"it": bad}, "expect": "allow"},
            {"name": "tells", "given": {"it": good}, "expect": odd},
            {"name": "quiet", "given": {"it": bad}, "expect": {"effects": []}},
            {"name": "bad", "given": {"it": {"evidence": 3}}, "expect": {"deny": ["rule"]}},
        ]
    return document


# ---- the table ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("otherwise", "over", "code", "moved"),
    [
        ("deny", 0, "ok", True),
        ("flag", 1, "flagged", True),
        ("hold", 1, "held", False),
        ("deny", 1, "contract_denied", False),
    ],
)
def test_an_authorisation(
    ledger: TestLedger, otherwise: str, over: int, code: str, moved: bool
) -> None:
    stand(ledger, cap("small", MOST, otherwise))
    first = len(ledger.memory.entries)
    answer = pay(ledger, MOST + over)
    verb = otherwise if over else "allow"
    rules = {"rule": otherwise} if over else {}
    assert answer.code == code
    until = {"until": ledger.time + 3 * DAY} if verb == "hold" else {}
    assert told(ledger, answer) == {
        "code": code, "contracts": [("small", verb, rules)], "outcome": verb, **until,
    }  # fmt: skip
    assert balance(ledger, f"transit:{answer.statement}") == (MOST + over if moved else 0)
    assert balance(ledger, "free") == 100_000 - (0 if code == "contract_denied" else MOST + over)
    assert len(cases(ledger, first)) == (code == "flagged")
    replayed(ledger)


@pytest.mark.parametrize(
    ("otherwise", "over", "code", "would"),
    [
        ("deny", 0, "ok", None),
        ("flag", 1, "flagged", None),
        ("hold", 1, "flagged", "hold"),
        ("deny", 1, "flagged", "deny"),
    ],
)
def test_a_fact_has_happened(
    ledger: TestLedger, otherwise: str, over: int, code: str, would: str | None
) -> None:
    stand(ledger, gift_cap("small", MOST, otherwise))
    first, before = len(ledger.memory.entries), balance(ledger, "free")
    answer = gift(ledger, MOST + over)
    rules = {"rule": otherwise} if over else {}
    expected = {
        "code": code,
        "contracts": [("small", otherwise if over else "allow", rules)],
        "outcome": "flag" if over else "allow",
    }
    assert told(ledger, answer) == (expected if would is None else {**expected, "would": would})
    assert balance(ledger, "free") == before + MOST + over, (
        "a fact is booked, whatever is said of it"
    )
    assert len(cases(ledger, first)) == bool(over)
    replayed(ledger)


@pytest.mark.parametrize("part", ["rule", "let", "where", "effect"])
def test_what_has_no_value_denies_an_authorisation_and_flags_a_fact(
    ledger: TestLedger, part: str
) -> None:
    stand(ledger, failing("disbursement.instruct", part))
    answer = pay(ledger, MOST)
    # In `where`, a `let` or an effect no rule has failed by itself; one that reads the let has.
    rules = {"rule": "error"} if part in ("rule", "let") else {}
    said = [("broken", "deny", rules)]
    assert told(ledger, answer) == {"code": "contract_error", "contracts": said, "outcome": "deny"}
    assert answer.refusal is not None and str(answer.refusal.values["rules"]).startswith("broken.")
    assert balance(ledger, "free") == 100_000

    other = founded()
    stand(other, failing("donation.receive", part))
    fact = gift(other, MOST)
    assert told(other, fact) == {
        "code": "flagged", "contracts": said, "outcome": "flag", "would": "deny",
    }  # fmt: skip
    assert len(cases(other)) == 1


# ---- several gates ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "code", "verbs"),
    [
        (100, "ok", ["allow", "allow", "allow"]),
        (101, "flagged", ["allow", "flag", "allow"]),
        (201, "held", ["allow", "flag", "hold"]),
        (301, "contract_denied", ["deny", "flag", "hold"]),
    ],
)
def test_the_worst_counts_and_every_reason_is_told(
    ledger: TestLedger, amount: int, code: str, verbs: list[str]
) -> None:
    stand(ledger, cap("by-deny", 300), cap("by-flag", 100, "flag"), cap("by-hold", 200, "hold"))
    answer = pay(ledger, amount)
    assert answer.code == code
    assert [verb for _, verb, _ in told(ledger, answer)["contracts"]] == verbs
    if code == "contract_denied":
        assert answer.refusal is not None
        assert answer.refusal.values == {"rules": "by-deny.rule, by-flag.rule, by-hold.rule"}
        assert answer.refusal.said["en"] == ("not by-deny", "not by-flag", "not by-hold")


def test_every_failed_rule_of_a_contract_is_told(ledger: TestLedger) -> None:
    small = {"id": "small", "require": "it.amount <= 10", "say": text("{it.amount} is too much")}
    food = {"id": "food", "require": "it.purpose == 'food'", "say": text("not for food")}
    document = rule_gate(
        "both", PAY, "",
        rules=[small, food],
        tests=[
            {"name": "good", "given": {"it": {"amount": 10, "purpose": "food"}}, "expect": "allow"},
            {
                "name": "both",
                "given": {"it": {"amount": 11, "purpose": "cash"}},
                "expect": {"deny": ["small", "food"]},
            },
        ],
    )  # fmt: skip
    stand(ledger, document)
    answer = pay(ledger, 11, purpose="cash")
    assert told(ledger, answer)["contracts"] == [
        ("both", "deny", {"food": "deny", "small": "deny"})
    ]
    assert answer.refusal is not None
    assert answer.refusal.said["zh-Hant"] == ("11 is too much", "not for food")


@pytest.mark.parametrize("mode", ["shadow", "warn"])
@pytest.mark.parametrize("kind", ["A", "F"])
def test_what_only_watches_is_recorded_and_counts_as_allow(
    ledger: TestLedger, mode: str, kind: str
) -> None:
    stand(ledger, cap("small", MOST) if kind == "A" else gift_cap("small", MOST), mode=mode)
    answer = pay(ledger, MOST + 1) if kind == "A" else gift(ledger, MOST + 1)
    assert told(ledger, answer) == {
        "code": "ok", "contracts": [("small", "deny", {"rule": "deny"})], "outcome": "allow",
    }  # fmt: skip
    assert outcome(ledger, answer)["contracts"][0]["mode"] == mode
    assert cases(ledger) == []


def test_nothing_is_said_where_nothing_applies(ledger: TestLedger) -> None:
    good, bad = {"amount": 10, "purpose": "cash"}, {"amount": 11, "purpose": "cash"}
    require, where = "it.amount <= 10", "it.purpose == 'cash'"
    small = rule_gate("small", PAY, require, where=where, good=good, bad=bad)
    stand(ledger, small)
    assert set(outcome(ledger, pay(ledger, MOST))) == {"code", "effects"}
    assert pay(ledger, MOST, purpose="cash").code == "contract_denied"
    assert set(outcome(ledger, gift(ledger, 5))) == {"code", "effects"}


def test_every_outcome_names_the_set_in_force(ledger: TestLedger) -> None:
    stand(ledger, cap("small", MOST))
    first = outcome(ledger, pay(ledger, 1))["set"]
    assert outcome(ledger, pay(ledger, MOST + 1))["set"] == first and len(first) == 64
    stand(ledger, cap("other", MOST))
    assert outcome(ledger, pay(ledger, 1))["set"] != first


# ---- the case behind a flag ---------------------------------------------------------------------


def test_another_member_closes_what_a_flag_opened(ledger: TestLedger) -> None:
    stand(ledger, cap("small", MOST, "flag"), cap("smaller", 10, "flag"))
    answer = pay(ledger, MOST + 1)
    assert answer.index is not None
    behind = entry(ledger, answer.index + 1)
    assert isinstance(behind, AutoEntry), "right behind the statement"
    assert (behind.kind, behind.cause.entry) == ("case.open", answer.index)
    assert behind.body == {
        "class": "contract-flag",
        "subjects": [f"statement/{answer.statement}", "contract/small", "contract/smaller"],
    }
    case = behind.id(ledger.memory.head().origin)
    scope: dict[str, Any] = {"areas": [], "funds": [], "sites": []}
    for member in ("red", "blue"):
        actor = f"{member}/officer"
        row = {"id": actor, "person": "officer", "roles": ["officer"], "scope": scope}
        said = ledger.say("member.enrol", {"actors": [row]}, "red/ana", "blue/eve")
        assert said.code == "ok", said
        key = {"public": test_key(actor).public.hex(), "use": "author", "actor": actor}
        admin = "red/ana" if member == "red" else "blue/eve"
        assert ledger.say("key.enrol", key, admin).code == "ok"
    body = {"case": case, "reason": "looked-at"}
    assert ledger.say("case.close", body, "red/officer").code == "no_authority"
    assert ledger.say("case.close", body, "blue/officer").code == "ok"
    replayed(ledger)


def test_a_flag_of_what_only_watches_opens_nothing(ledger: TestLedger) -> None:
    stand(ledger, cap("small", MOST, "flag"), mode="warn")
    assert pay(ledger, MOST + 1).code == "ok" and cases(ledger) == []


def test_two_flagged_statements_of_one_batch_have_a_case_each(ledger: TestLedger) -> None:
    stand(ledger, cap("small", 10, "flag"))
    first = len(ledger.memory.entries)
    bodies = [pay_body(20), pay_body(5), pay_body(30)]
    answers = ledger.run(
        *(ledger.statement("disbursement.instruct", body, "red/chen", "red/bao") for body in bodies)
    )
    assert [one.code for one in answers] == ["flagged", "ok", "flagged"]
    assert [one.index for one in answers] == [first, first + 2, first + 3]
    subjects = [one.body["subjects"] for one in cases(ledger, first)]
    wanted = [[f"statement/{answers[n].statement}", "contract/small"] for n in (0, 2)]
    assert subjects == wanted
    replayed(ledger)


# ---- when a fact counts -------------------------------------------------------------------------


def test_a_fact_is_judged_as_of_when_it_happened() -> None:
    ledger = founded()
    stand(
        ledger,
        rule_gate(
            "fresh", "donation.receive", "it.recorded - it.at <= 86400",
            good={"recorded": 86_400, "at": 0}, bad={"recorded": 86_401, "at": 0},
        ),
    )  # fmt: skip
    for back, code in ((DAY, "ok"), (DAY + 1, "flagged"), (40 * DAY, "flagged")):
        body = {
            "amount": 5, "line": LINE, "reference": f"{back:064x}",
            "seals": {name: "aa" * 32 for name in ("contact", "donor", "reference")},
        }  # fmt: skip
        answer = ledger.say(
            "donation.receive", body, "red/ana", "red/dai", occurred_at=ledger.time - back
        )
        assert answer.code == code, back
