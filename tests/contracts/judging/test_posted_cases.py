"""What an approval posts, and which text judges: cases in which the live run and the log came apart.

Goal: what is posted counts at once and for the whole batch, keeps its cause, and is posted once; a run
keeps the currency of its own text; terms of a line pin gates alone.
Method: one history a case on a whole ledger of three members; the log replays to the same bytes.
"""

from json import dumps, loads
from typing import Any

import pytest
from adopting import adopt
from documents import text, trigger
from invariants import check_all
from ledgers import EVERYWHERE, catalogue_body, genesis_body, test_key
from relieving import allot, declare, derived, households, paid, relief, walk
from standinggates import (
    DAY,
    LINE,
    TestLedger,
    approve,
    cap,
    digest,
    gift,
    hold_row,
    names,
    pay,
    pay_body,
    replayed,
    rule_gate,
    stand,
)

from contracts.adoption.force import pinned
from ledger.adoptions import contract_hash
from ledger.state import State

PAY = "disbursement.instruct"
APPROVED: dict[str, Any] = {"approvals": [{"by": "green/gil", "org": "green"}]}


@pytest.fixture
def ledger() -> TestLedger:
    """Founded with a third organisation, and a second approver of blue."""
    body = genesis_body()
    body["organisations"].append({"id": "green", "names": names("Green agency")})
    body["thresholds"]["quorums"] = [{"members": ["blue", "red"], "n": 2, "scope": "consortium"}]
    for actor in ("green/gil", "blue/gus"):
        roles = ["admin", "approver"]
        row = {"id": actor, "person": actor[-3:], "roles": roles, "scope": EVERYWHERE}
        body["actors"].append(row)
        public = test_key(actor).public.hex()
        body["keys"].append({"public": public, "use": "author", "actor": actor})
    found = TestLedger()
    assert found.say("genesis", body, "red/ana", "blue/eve", "green/gil").code == "ok"
    assert found.say("catalogue.define", catalogue_body(), "red/ana").code == "ok"
    return found


def two_say(kind: str, signer: str) -> dict[str, Any]:
    """A gate that holds statements of `kind` until another organisation than `signer` approves."""
    require = f"size(it.approvals.filter(a, a.org != '{signer}')) > 0"
    return rule_gate("two-say", kind, require, "hold", good=APPROVED, bad={"approvals": []})


def rows(ledger: TestLedger, prefix: str) -> dict[str, Any]:
    """The rows of runs."""
    found = ledger.memory.table("runs").items()
    return {key: loads(row) for key, row in found if key.startswith(prefix)}


def fund(name: str, line: str, currency: str, **changes: Any) -> dict[str, Any]:
    """A definition of a fund of one line."""
    earmark: dict[str, Any] = {"areas": [], "classes": [], "purposes": []}
    terms = {"terms": changes.pop("terms")} if "terms" in changes else {}
    row = {
        "currency": currency, "id": name, "names": names(name), "owner": "red",
        "programme": "flood-27", "version": 1, "lines": [{"id": line, "earmark": earmark, **terms}],
    }  # fmt: skip
    return {"funds": [{**row, **changes}]}


def test_a_posted_revocation_counts_in_its_own_batch(
    ledger: TestLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(ledger, two_say("member.revoke", "blue"))
    assert gift(ledger, 1_000).code == "ok"
    revoke = {"actor": "red/dai", "reason": "left", "roles": ["approver"]}
    held = ledger.say("member.revoke", revoke, "red/bao", "blue/eve")
    assert held.code == "held"
    # Reads the member, and leaves no entry: nobody who replays will have read it then.
    monkeypatch.setattr("ledger.money.funds.INT_MAX", 5_000)
    too_much = {
        "amount": 10_000, "line": LINE, "reference": digest("much"),
        "seals": {name: digest(name) for name in ("contact", "donor", "reference")},
    }  # fmt: skip
    answers = ledger.run(
        ledger.statement("donation.receive", too_much, "red/ana", "red/dai"),
        ledger.statement("approval.give", {"held": held.statement}, "green/gil"),
        ledger.statement(PAY, pay_body(5), "red/chen", "red/dai"),
    )
    assert [str(one.code) for one in answers] == ["sum_out_of_range", "ok", "no_authority"]
    assert answers[0].index is None
    replayed(ledger)


def test_a_held_payment_keeps_its_cause_when_it_is_approved(ledger: TestLedger) -> None:
    adopt(ledger, relief(), mode="enforce")
    big = rule_gate(
        "big", PAY, "it.amount <= 20000 || size(it.approvals) > 0", "hold",
        good={"amount": 1}, bad={"amount": 20_001, "approvals": []},
    )  # fmt: skip
    signed = cap("signed", 5, where="!it.auto")
    signed["defaults"] = {"it": {"auto": False}}
    stand(ledger, big, signed)
    households(ledger, 5)
    allot(ledger, 50_000_000)
    assert declare(ledger).code == "ok"
    walk(ledger)
    held = list(ledger.memory.table("holds"))
    assert len(held) == 3
    for one in held:
        assert approve(ledger, one, "green/gil").code == "ok"
        # The gate on signed payments alone would have let it go.
        assert hold_row(ledger, one)["state"] == "posted"
    ledger.time += DAY
    first = len(ledger.memory.entries)
    assert declare(ledger, level=5).code == "ok"
    walk(ledger)
    assert [row for row in derived(ledger, first) if row[0] == PAY] == []
    assert list(ledger.memory.table("holds")) == held
    check_all(ledger.memory)
    replayed(ledger)


def test_a_denied_approval_leaves_nothing_to_the_next(ledger: TestLedger) -> None:
    document = relief()
    # Nothing but the machine keeps it from paying twice.
    del document["facts"], document["defaults"]["before"]
    document["effects"][0]["when"] = "h.eligible"
    document["tests"][1]["given"] = {"h": {"eligible": False}}
    adopt(ledger, document, mode="enforce")
    other = rule_gate(
        "no-blue", "approval.give", "it.org != 'blue'", good={"org": "green"}, bad={"org": "blue"}
    )
    stand(ledger, two_say("alert.declare", "red"), other)
    households(ledger, 5)
    allot(ledger, 50_000_000)
    held = declare(ledger)
    assert held.code == "held"
    say = {"held": held.statement}
    answers = ledger.run(
        ledger.statement("approval.give", say, "blue/gus"),
        ledger.statement("approval.give", say, "green/gil"),
    )
    assert [str(one.code) for one in answers] == ["contract_denied", "ok"]
    assert len(rows(ledger, "run/")) == 1
    walk(ledger)
    assert sorted(paid(ledger).values()) == [10_000, 20_000, 30_000, 40_000, 50_000]
    check_all(ledger.memory)
    replayed(ledger)


def test_a_run_of_an_earlier_version_keeps_its_currency(ledger: TestLedger) -> None:
    adopt(ledger, relief(), mode="enforce")
    households(ledger, 3)
    assert declare(ledger).code == "ok"
    walk(ledger)
    ((key, row),) = rows(ledger, "run/").items()
    assert (row["state"], row["why"]) == ("paused", "budget")
    defined = ledger.say("catalogue.define", fund("island", "general", "TWD"), "red/bao")
    assert defined.code == "ok"
    later = dumps(relief(version=2)).replace("'flood'", "'island'").replace("int[CNY", "int[TWD")
    adopt(ledger, loads(later), mode="enforce")
    allot(ledger, 50_000_000)
    resume = {"reason": "go-on", "run": key.removeprefix("run/")}
    assert ledger.say("run.resume", resume, "red/bao", "blue/eve").code == "ok"
    walk(ledger)
    assert sorted(paid(ledger).values()) == [10_000, 20_000, 30_000]
    assert gift(ledger, 5).code == "ok"
    replayed(ledger)


def test_terms_that_name_a_trigger_pin_nothing(ledger: TestLedger) -> None:
    # Money wants a gate, and none stands on payments.
    small = rule_gate(
        "small", "fund.allocate", "it.amount <= 100", good={"amount": 1}, bad={"amount": 101}
    )
    stand(ledger, small, gates=True)
    raising = trigger(
        kinds=[PAY],
        contract="tell-somebody",
        effects=[
            {
                "id": "tell",
                "when": "it.amount >= 4",
                "raise_alert": {"code": "'seen'", "subject": "it.purpose"},
            }
        ],
        defaults={"it": {"purpose": "food"}},
        params={"some": {"type": "int[CNY](0..1)", "value": 1}},
        title=text("Tell somebody"),
        tests=[
            {
                "name": "four",
                "given": {"it": {"amount": 4}},
                "expect": {"effects": [{"raise_alert": {"code": "seen"}}]},
            },
            {"name": "three", "given": {"it": {"amount": 3}}, "expect": {"effects": []}},
        ],
    )
    adopt(ledger, raising, mode="shadow")
    named = contract_hash(raising)
    more = fund("flood", "pinned", "CNY", version=2, terms=named)
    assert ledger.say("catalogue.define", more, "red/bao").code == "ok"
    pinned_line = "flood.pinned"
    assert gift(ledger, 1_000, pinned_line).code == "ok"
    assert pinned(State(ledger.memory), named, "flood") is None
    first = len(ledger.memory.entries)
    assert pay(ledger, 50, pinned_line).code == "no_gate"
    assert derived(ledger, first) == []
    replayed(ledger)
