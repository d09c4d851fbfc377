"""Whose voice counts: of co-signers, of approvers, and of signers who were put out while it waited.

Goal: nothing is let through by the signature of somebody who could not approve it by a statement of
their own, or who can no longer; and what is no longer signed by anybody in force is not posted.
Method: payments that wait for approvals, in the whole machine; each signer is taken away, or made
narrower, before and after, and the log replays to the same bytes.
"""

from typing import Any

import pytest
from adopting import adopt
from invariants import check_all
from ledgers import EVERYWHERE, catalogue_body, genesis_body, test_key
from standinggates import (
    TestLedger,
    approve,
    balance,
    cap,
    gift,
    gift_cap,
    hold_row,
    names,
    outcome,
    pay_body,
    replayed,
    rule_gate,
    stand,
)

PAY = "disbursement.instruct"
WAITS: dict[str, Any] = {"where": "size(it.approvals) < 2", "defaults": {"it": {"approvals": []}}}
"""Of a gate that holds: it is over once two people approve."""

MORE = {
    "green/gil": ["admin", "approver"], "blue/gus": ["approver"], "red/chen-too": ["approver"],
    "green/ned": ["payer"],
}  # fmt: skip
"""Actors beside those of `ledgers`."""


@pytest.fixture
def ledger() -> TestLedger:
    """Founded with a third organisation; `red/chen-too` is the same person as the payer."""
    body = genesis_body()
    body["organisations"].append({"id": "green", "names": names("Green agency")})
    body["thresholds"]["quorums"] = [{"members": ["blue", "red"], "n": 2, "scope": "consortium"}]
    for actor, roles in MORE.items():
        person = "chen" if actor == "red/chen-too" else actor[-3:]
        body["actors"].append({"id": actor, "person": person, "roles": roles, "scope": EVERYWHERE})
        public = test_key(actor).public.hex()
        body["keys"].append({"public": public, "use": "author", "actor": actor})
    found = TestLedger()
    assert found.say("genesis", body, "red/ana", "blue/eve", "green/gil").code == "ok"
    assert found.say("catalogue.define", catalogue_body(), "red/ana").code == "ok"
    assert gift(found, 1_000).code == "ok"
    return found


def two(**changes: Any) -> dict[str, Any]:
    """Payments over 100 wait until two people have approved them."""
    return {**cap("two", 100, "hold"), **WAITS, **changes}


def pay_with(ledger: TestLedger, *cosigners: str, **changes: Any) -> Any:
    """A payment of 600 by red/chen; red/bao is the approver that the law asks for."""
    return ledger.say(PAY, pay_body(600, **changes), "red/chen", "red/bao", *cosigners)


def held(ledger: TestLedger, *cosigners: str) -> str:
    answer = pay_with(ledger, *cosigners)
    assert answer.code == "held", answer
    return str(answer.statement)


def state(ledger: TestLedger, statement: str) -> Any:
    return hold_row(ledger, statement)["state"]


def whole(ledger: TestLedger) -> None:
    check_all(ledger.memory)
    replayed(ledger)


def grant(ledger: TestLedger, actor: str, *roles: str, **scope: list[str]) -> None:
    body = {"actor": actor, "roles": [*roles], "scope": {**EVERYWHERE, **scope}}
    answer = ledger.say("member.grant", body, "red/ana", "blue/eve")
    assert answer.code == "ok", answer


def enrol_key(ledger: TestLedger, actor: str, name: str, admin: str, **more: Any) -> None:
    body = {"actor": actor, "public": test_key(name).public.hex(), "use": "author", **more}
    answer = ledger.say("key.enrol", body, admin)
    assert answer.code == "ok", answer


def retire_body(name: str) -> dict[str, Any]:
    return {"key": test_key(name).key_id, "reason": "stolen"}


def retire(ledger: TestLedger, name: str) -> None:
    answer = ledger.say("key.retire", retire_body(name), "red/ana", "blue/eve")
    assert answer.code == "ok", answer


# ---- co-signers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cosigner", "code"),
    [
        ("blue/fay", "ok"),  # an approver
        ("green/gil", "ok"),
        ("blue/eve", "held"),  # an admin, a fund owner; no approver
        ("green/ned", "held"),  # another payer
        ("red/chen-too", "held"),  # an approver, but the author's own person
    ],
)
def test_a_cosigner_approves_only_as_an_approver(
    ledger: TestLedger, cosigner: str, code: str
) -> None:
    stand(ledger, two())
    answer = pay_with(ledger, cosigner)
    assert answer.code == code
    if code == "held":
        signers = [person for _, person, _ in hold_row(ledger, answer.statement)["signers"]]
        assert signers == ["chen", "bao"], "who does not count is not in the row"
        assert state(ledger, answer.statement) == "open"
        approve(ledger, answer.statement)
        assert state(ledger, answer.statement) == "posted"
    whole(ledger)


PLACES: list[tuple[dict[str, list[str]], bool]] = [
    ({}, True),
    ({"funds": ["flood"]}, True),
    ({"funds": ["fire"]}, False),
    ({"areas": ["east"]}, True),
    ({"areas": ["county"]}, True),  # the east lies in it
    ({"areas": ["north"]}, False),
    ({"areas": ["north", "east"], "funds": ["fire", "flood"]}, True),
    ({"areas": ["east"], "funds": ["fire"]}, False),
    ({"sites": ["point"]}, True),  # a payment is at no site
]
"""Scope of an approver, and whether it may approve a payment of fund flood in the east."""


@pytest.mark.parametrize(("scope", "counts"), PLACES)
def test_a_cosigner_and_an_approver_must_be_approvers_there(
    ledger: TestLedger, scope: dict[str, list[str]], counts: bool
) -> None:
    stand(ledger, two())
    north = {"code": "n", "id": "north", "names": names("North"), "parent": "county", "tier": 2,
             "version": 1, "vocabulary": "demo"}  # fmt: skip
    assert ledger.say("catalogue.define", {"areas": [north]}, "red/ana").code == "ok"
    grant(ledger, "green/gil", "approver", **scope)
    statement = held(ledger)
    assert hold_row(ledger, statement)["places"] == [{"area": "east", "fund": "flood"}]
    answer = approve(ledger, statement, "green/gil")
    assert answer.code == ("ok" if counts else "no_authority")
    assert state(ledger, statement) == ("posted" if counts else "open")
    # The same hand under the statement itself.
    refused = {"held": statement, "reason": "no"}
    if not counts:
        assert ledger.say("approval.refuse", refused, "green/gil").code == "no_authority"
        assert ledger.say("approval.refuse", refused, "blue/fay").code == "ok"
    assert gift(ledger, 600).code == "ok"
    assert pay_with(ledger, "green/gil").code == ("ok" if counts else "held")
    whole(ledger)


def test_goods_are_approved_where_they_are_taken_from(ledger: TestLedger) -> None:
    small = rule_gate("small", "stock.reserve", "it.qty <= 5", "hold", good={"qty": 5},
                      bad={"qty": 6})  # fmt: skip
    stand(ledger, {**small, **WAITS, "where": "size(it.approvals) < 1"})
    line = {"condition": "good", "item": "n95", "quantity": 9}
    body: dict[str, Any] = {"lines": [line], "site": "point", "source": {"kind": "gift"}}
    assert ledger.say("stock.receive", body, "blue/eve", "red/dai").code == "ok"
    body = {
        "item": "n95", "quantity": 6, "purpose": "food", "site": "point",
        "until": ledger.time + 3_600,
    }  # fmt: skip
    answer = ledger.say("stock.reserve", body, "blue/eve")
    assert answer.code == "held", answer
    assert hold_row(ledger, answer.statement)["places"] == [{"site": "point"}]
    grant(ledger, "green/gil", "approver", sites=["depot"])
    assert approve(ledger, answer.statement, "green/gil").code == "no_authority"
    grant(ledger, "green/gil", "approver", sites=["point"])
    assert approve(ledger, answer.statement, "green/gil").code == "ok"
    assert state(ledger, answer.statement) == "posted"
    whole(ledger)


def test_of_a_fact_everybody_counts_who_was_there(ledger: TestLedger) -> None:
    seen = {**gift_cap("seen", 5), "where": "size(it.approvals) < 1"}
    stand(ledger, {**seen, "defaults": {"it": {"approvals": []}}})
    body = {
        "amount": 60, "line": "flood.general", "reference": "ab" * 32,
        "seals": {name: "cd" * 32 for name in ("contact", "donor", "reference")},
    }  # fmt: skip
    assert ledger.say("donation.receive", body, "red/ana").code == "flagged"
    body["reference"] = "ac" * 32
    assert ledger.say("donation.receive", body, "red/ana", "blue/eve").code == "ok"


# ---- put out while it waits ---------------------------------------------------------------------


def test_what_a_retired_key_signed_is_not_posted(ledger: TestLedger) -> None:
    """A stolen key signs a payment, a gate holds it, the theft is told: it is over."""
    stand(ledger, two())
    statement = held(ledger)
    enrol_key(ledger, "red/chen", "new", "red/ana")
    retire(ledger, "red/chen")
    assert state(ledger, statement) == "open", "who approves it finds out"
    answer = approve(ledger, statement)
    assert (answer.code, state(ledger, statement)) == ("ok", "void")
    assert outcome(ledger, answer)["voided"] == statement
    assert balance(ledger, "free") == 1_000
    # Whoever still means it signs it again.
    again = ledger.say(PAY, pay_body(600), "new", "red/bao")
    assert again.code == "held"
    approve(ledger, again.statement)
    assert state(ledger, again.statement) == "posted"
    whole(ledger)


def test_another_key_that_is_retired_takes_nothing_away(ledger: TestLedger) -> None:
    enrol_key(ledger, "red/chen", "new", "red/ana")
    stand(ledger, two())
    statement = held(ledger)
    retire(ledger, "new")
    approve(ledger, statement)
    assert state(ledger, statement) == "posted"
    whole(ledger)


@pytest.mark.parametrize(("approved_first", "ended"), [(True, "posted"), (False, "void")])
def test_in_one_batch_their_order_decides(
    ledger: TestLedger, approved_first: bool, ended: str
) -> None:
    stand(ledger, two())
    statement = held(ledger)
    both = [
        ledger.statement("approval.give", {"held": statement}, "blue/fay"),
        ledger.statement("key.retire", retire_body("red/chen"), "red/ana", "blue/eve"),
    ]
    answers = ledger.run(*(both if approved_first else both[::-1]))
    assert [one.code for one in answers] == ["ok", "ok"]
    assert state(ledger, statement) == ended
    whole(ledger)


def test_the_second_that_the_law_asks_for_is_still_asked_for(ledger: TestLedger) -> None:
    stand(ledger, two())
    statement = held(ledger)
    retire(ledger, "red/bao")
    approve(ledger, statement)
    assert state(ledger, statement) == "void"
    assert balance(ledger, "free") == 1_000
    whole(ledger)


def test_for_another_approver_who_is_put_out_it_waits_for_one_more(ledger: TestLedger) -> None:
    three = {**two(), "where": "size(it.approvals) < 3"}
    stand(ledger, three)
    statement = held(ledger, "blue/fay")
    retire(ledger, "blue/fay")
    assert approve(ledger, statement, "green/gil").code == "ok"
    assert state(ledger, statement) == "open", "red/bao and green/gil"
    assert [one[1] for one in hold_row(ledger, statement)["signers"]] == ["chen", "bao"]
    assert approve(ledger, statement, "blue/gus").code == "ok"
    assert state(ledger, statement) == "posted"
    whole(ledger)


def put_out(ledger: TestLedger, how: str) -> None:
    """blue/fay, who has approved, can do so no more."""
    if how == "key":
        retire(ledger, "blue/fay")
    elif how == "role":
        body = {"actor": "blue/fay", "reason": "left", "roles": ["approver"]}
        assert ledger.say("member.revoke", body, "red/ana", "blue/eve").code == "ok"
    elif how == "fund":
        grant(ledger, "blue/fay", "approver", funds=["fire"])


@pytest.mark.parametrize(
    ("how", "ended"), [("", "posted"), ("key", "open"), ("role", "open"), ("fund", "open")]
)
def test_an_approval_counts_while_it_could_be_given(
    ledger: TestLedger, how: str, ended: str
) -> None:
    stand(ledger, {**two(), "where": "size(it.approvals) < 3"})
    statement = held(ledger)
    assert approve(ledger, statement, "blue/fay").code == "ok"
    assert state(ledger, statement) == "open"
    put_out(ledger, how)
    assert approve(ledger, statement, "green/gil").code == "ok"
    assert state(ledger, statement) == ended
    given = [one[1] for one in hold_row(ledger, statement)["approvals"]]
    assert given == (["gil"] if how else ["fay", "gil"])
    if how == "key":
        # Who still means it says it again, with the key that is in force.
        enrol_key(ledger, "blue/fay", "fay-new", "blue/eve")
        assert approve(ledger, statement, "fay-new").code == "ok"
        assert state(ledger, statement) == "posted"
    whole(ledger)


def test_who_said_it_with_a_key_that_is_out_may_say_it_again_at_once(ledger: TestLedger) -> None:
    stand(ledger, {**two(), "where": "size(it.approvals) < 3"})
    statement = held(ledger)
    approve(ledger, statement, "blue/fay")
    enrol_key(ledger, "blue/fay", "fay-new", "blue/eve")
    assert approve(ledger, statement, "fay-new").code == "already_exists", "the first one counts"
    retire(ledger, "blue/fay")
    assert approve(ledger, statement, "fay-new").code == "ok"
    assert [one[1] for one in hold_row(ledger, statement)["approvals"]] == ["fay"]
    assert state(ledger, statement) == "open", "still one"


def test_a_cosigner_who_becomes_an_approver_approves_by_a_statement(ledger: TestLedger) -> None:
    stand(ledger, two())
    statement = held(ledger, "green/ned")
    grant(ledger, "green/ned", "payer", "approver")
    assert approve(ledger, statement, "green/ned").code == "ok"
    assert state(ledger, statement) == "posted"


@pytest.mark.parametrize(("third", "ended"), [("phone", "void"), ("green/gil", "posted")])
def test_a_device_key_makes_nobody_an_admin_while_it_waits(
    ledger: TestLedger, third: str, ended: str
) -> None:
    """Two admins are asked for. One of them is none any more when it is posted: the third, under the
    same statement, stands in, but not with a phone."""
    grant(ledger, "green/gil", "admin")
    rule = rule_gate("asks", "member.grant", "it.member != 'red'", "hold",
                     good={"member": "blue"}, bad={"member": "red"})  # fmt: skip
    stand(ledger, {**rule, **WAITS, "where": "size(it.approvals) < 1"})
    due = ledger.time + 86_400
    enrol_key(ledger, "green/gil", "phone", "green/gil", use="device", due=due)
    body = {"actor": "red/dai", "roles": ["shipper"], "scope": EVERYWHERE}
    answer = ledger.say("member.grant", body, "red/ana", "blue/eve", third)
    assert answer.code == "held", answer
    left = {"actor": "blue/eve", "reason": "left", "roles": ["admin"]}
    assert ledger.say("member.revoke", left, "red/ana", "red/bao").code == "ok"
    approve(ledger, answer.statement)
    assert state(ledger, answer.statement) == ended
    whole(ledger)


def test_a_milder_version_asks_for_the_signers_all_the_same(ledger: TestLedger) -> None:
    stand(ledger, two())
    statement = held(ledger)
    retire(ledger, "red/chen")
    adopt(ledger, cap("two", 10_000, "hold", version=2), mode="enforce")
    approve(ledger, statement)
    assert state(ledger, statement) == "void"
    whole(ledger)
