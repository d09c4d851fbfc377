"""`correction.declare`: its form, who may sign it, what it may name; and the case of row 14, whole.

Goal: a correction that is not whole, not authorised or not about something that can be corrected
changes nothing, with the code that stands first; one that is applied leaves both versions standing,
linked by the index. Method: tables of faults; each rule with its smallest pass and fail; then the
case that the ledger must not close silently, through the whole machine, a replay and its proofs.
"""

from typing import Any

import pytest
from corrections import (
    ALL,
    ANA,
    BAO,
    CHEN,
    DAI,
    EVE,
    FAY,
    NOWHERE,
    Relief,
    came,
    counted,
    given,
    lost,
    receipt,
    sent,
)
from ledgers import EVERYWHERE, catalogue_body, test_key

from contracts.replay import Replay
from ledger.indexes import index_leaf
from ledger.log.merkle import leaf_hash, root

RECEIVE, HANDOUT, COUNT, LOSS = (
    "stock.receive",
    "disbursement.handout",
    "stock.count",
    "stock.loss",
)
DECLARE = "correction.declare"


@pytest.fixture
def relief() -> Relief:
    return Relief()


def everything(relief: Relief) -> dict[str, Any]:
    """All that a denied correction must leave alone."""
    names = ("accounts", "totals", "lots", "heads", "legs", "line", "gifts", "references", "index")
    return {name: relief.table(name) for name in names}


# ---- form ---------------------------------------------------------------------------------------


def replacement(body: Any, kind: str = RECEIVE, v: Any = 1) -> dict[str, Any]:
    return {"body": body, "kind": kind, "v": v}


NESTED = receipt("n95", 1)
FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "no target": ({"targets": []}, "body.targets"),
    "too many targets": ({"targets": [f"{n:064x}" for n in range(17)]}, "body.targets"),
    "a target that is no id": ({"targets": ["row 14"]}, "body.targets[0]"),
    "a target that is a number": ({"targets": [14]}, "body.targets[0]"),
    "a target twice": ({"targets": [NOWHERE, NOWHERE]}, "body.targets"),
    "an unknown reason": ({"why": "typing"}, "body.why"),
    "nothing said": ({"say": ""}, "body.say"),
    "a sentence too long": ({"say": "x" * 201}, "body.say"),
    "a sentence too long in characters": ({"say": "错" * 201}, "body.say"),
    "too many replacements": (
        {"replacements": [replacement(NESTED)] * 17},
        "body.replacements",
    ),
    "a kind that is none": (
        {"replacements": [replacement(NESTED, "stock.conjure")]},
        "body.replacements[0].kind",
    ),
    "a version that is none": (
        {"replacements": [replacement(NESTED, v=2)]},
        "body.replacements[0].kind",
    ),
    "a body that is none": ({"replacements": [replacement([])]}, "body.replacements[0].body"),
    "a body of another kind": (
        {"replacements": [replacement(NESTED, COUNT)]},
        "body.replacements[0].body.lines[0].condition",
    ),
    "a body whose fields do not go together": (
        {"replacements": [replacement({**NESTED, "source": {"kind": "purchase"}})]},
        "body.replacements[0].body.source.instruction",
    ),
    "its own output": (
        {"replacements": [replacement(given("#0/0", 1), HANDOUT)]},
        "body.replacements[0].body.lines[0].lot",
    ),
    "a later output": (
        {"replacements": [replacement(given("#1/0", 1), HANDOUT), replacement(NESTED)]},
        "body.replacements[0].body.lines[0].lot",
    ),
    "no output of any": (
        {"replacements": [replacement(NESTED), replacement(given("#0", 1), HANDOUT)]},
        "body.replacements[1].body.lines[0].lot",
    ),
    "an id that only stands for one": (
        {"replacements": [replacement(NESTED), replacement(given("0" * 64 + "/0", 1), HANDOUT)]},
        "body.replacements[1].body.lines[0].lot",
    ),
    "an unknown field": ({"reason": "x"}, "body.reason"),
}


@pytest.mark.parametrize("fault", FORMS)
def test_a_form_that_is_not_whole_makes_no_entry(relief: Relief, fault: str) -> None:
    changes, where = FORMS[fault]
    answer = relief.say(DECLARE, {**relief.correction(NOWHERE), **changes}, CHEN, DAI)
    assert (answer.code, answer.index) == ("malformed", None)
    assert answer.refusal is not None
    assert answer.refusal.where == where


def test_a_sentence_is_measured_in_characters(relief: Relief) -> None:
    gift = relief.receive("n95", 1)
    assert relief.correct(gift, say="错" * 200).code == "ok"


def test_a_number_out_of_range_in_a_replacement_makes_no_entry(relief: Relief) -> None:
    gift = relief.receive("n95", 1)
    answer = relief.correct(gift, (RECEIVE, receipt("n95", 0)))
    assert (answer.code, answer.index) == ("out_of_range", None)
    assert answer.refusal is not None
    assert answer.refusal.where == "body.replacements[0].body.lines[0].quantity"


# ---- what it names ------------------------------------------------------------------------------


def test_what_is_not_on_the_log_makes_no_entry_even_when_it_is_late(relief: Relief) -> None:
    answer = relief.correct(NOWHERE)
    assert (answer.code, answer.index) == ("unknown_reference", None)
    gift = relief.receive("n95", 1)
    answer = relief.correct(gift, (RECEIVE, receipt("no-such-item", 1)))
    assert (answer.code, answer.index) == ("unknown_reference", None)
    assert answer.refusal is not None
    assert answer.refusal.where == "body.replacements[0].body.lines[0].item"
    # References are asked before expiry.
    body = relief.correction(NOWHERE)
    late = relief.say(DECLARE, body, *ALL, expires={"time": relief.ledger.time - 1})
    assert late.code == "unknown_reference"
    late = relief.say(
        DECLARE, relief.correction(gift), *ALL, expires={"time": relief.ledger.time - 1}
    )
    assert late.code == "expired"


def test_an_output_that_a_replacement_does_not_have(relief: Relief) -> None:
    gift = relief.receive("n95", 5)
    handout = relief.hand_out(f"{gift}/0", 2)
    answer = relief.correct(
        [gift, handout], (RECEIVE, receipt("n95", 5)), (HANDOUT, given("#0/1", 2))
    )
    assert (answer.code, answer.index) == ("unknown_reference", None)
    assert answer.refusal is not None
    assert answer.refusal.where == "body.replacements[1].body.lines[0].lot"


def refused_target(relief: Relief) -> str:
    answer = relief.say("fund.allocate", allocation_of(10**6), BAO)
    assert answer.code == "not_enough"
    return answer.statement


def allocation_of(amount: int) -> dict[str, Any]:
    draws = [{"amount": amount, "line": "flood.general"}]
    return {"draws": draws, "programme": "flood-27", "purpose": "food"}


def derived_target(relief: Relief) -> str:
    relief.receive("n95", 5)
    lines = [{"item": "n95", "quantity": 1}]
    body = {"from": "depot", "lines": lines, "to": "point", "until": relief.ledger.time + 10}
    relief.ok("shipment.order", body, ANA)
    relief.ledger.time += 100
    relief.receive("n95", 1)
    (made,) = [one for one in relief.ledger.steps[-1].ids if one not in relief.table("legs")][:1]
    return made


def a_definition(relief: Relief) -> str:
    item = {**catalogue_body()["items"][0], "id": "soap"}
    return relief.ok("catalogue.define", {"items": [item]}, ANA)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (refused_target, "not_open"),
        (a_definition, "not_correctable"),
        (derived_target, "not_correctable"),
        (lambda relief: next(iter(relief.ledger.steps[0].ids)), "not_correctable"),
    ],
    ids=["a refusal", "a definition", "a deadline", "genesis"],
)
def test_what_cannot_be_corrected_is_denied_and_logged(
    relief: Relief, target: Any, code: str
) -> None:
    name = target(relief)
    before = everything(relief)
    answer = relief.correct(name)
    assert answer.code == code
    assert answer.index is not None
    assert answer.refusal is not None
    assert (answer.refusal.where, answer.refusal.values["key"]) == ("body.targets[0]", name)
    assert relief.outcome(answer) == {"code": code, "effects": {}}
    assert everything(relief) == before


def test_of_several_codes_the_one_that_stands_higher_is_given(relief: Relief) -> None:
    refused, definition, gift = refused_target(relief), a_definition(relief), relief.gift(5)
    assert relief.correct(gift).code == "ok"
    assert relief.correct([refused, definition, gift]).code == "already_corrected"
    assert relief.correct([refused, definition]).code == "not_correctable"
    assert relief.correct([refused]).code == "not_open"


def test_a_replacement_is_of_a_kind_that_a_target_has(relief: Relief) -> None:
    gift = relief.receive("n95", 5)
    answer = relief.correct(gift, (COUNT, counted("n95", 5)))
    assert answer.code == "not_correctable"
    assert answer.refusal is not None
    assert answer.refusal.where == "body.replacements[0].kind"
    nested = relief.correction(gift)
    assert relief.correct(gift, (DECLARE, nested)).code == "not_correctable"


# ---- who ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ((CHEN, DAI), "ok"),
        ((CHEN, BAO), "ok"),
        ((CHEN, FAY), "ok"),  # an approver of another member
        ((CHEN,), "no_authority"),
        ((CHEN, ANA), "no_authority"),  # nobody is approver
        ((BAO, ANA), "no_authority"),  # nobody is storekeeper
        ((DAI, CHEN), "no_authority"),  # the approver must be a co-signer
        ((BAO, CHEN, DAI), "ok"),  # the author asks, others have the roles
    ],
)
def test_who_may_correct_a_receipt(relief: Relief, by: tuple[str, ...], code: str) -> None:
    gift = relief.receive("n95", 5)
    assert relief.correct(gift, (RECEIVE, receipt("n95", 6)), by=by).code == code


def test_roles_may_be_held_by_different_signers(relief: Relief) -> None:
    gift = relief.gift(500)
    goods = relief.receive("n95", 5)
    # Whoever keeps stock may not take money in, and the other way round.
    assert relief.correct([gift, goods], by=(CHEN, FAY)).code == "no_authority"
    # The treasurer is approver as well, but nobody approves for himself.
    assert relief.correct([gift, goods], by=(CHEN, BAO)).code == "no_authority"
    assert relief.correct([gift, goods], by=(CHEN, BAO, FAY)).code == "ok"


def enrol(relief: Relief, actor: str, person: str, roles: list[str], **scope: Any) -> None:
    row = {"id": actor, "person": person, "roles": roles, "scope": {**EVERYWHERE, **scope}}
    relief.ok("member.enrol", {"actors": [row]}, ANA, EVE)
    key = {"actor": actor, "public": test_key(actor).public.hex(), "use": "author"}
    admin = ANA if actor.startswith("red/") else EVE
    relief.ok("key.enrol", key, admin)


def test_the_approver_is_another_person(relief: Relief) -> None:
    enrol(relief, "red/chen-2", "chen", ["approver"])
    gift = relief.receive("n95", 5)
    assert relief.correct(gift, by=(CHEN, "red/chen-2")).code == "same_person"
    assert relief.correct(gift, by=(CHEN, "red/chen-2", DAI)).code == "ok"


def test_the_approver_may_approve_there(relief: Relief) -> None:
    enrol(relief, "red/gu", "gu", ["approver"], sites=["annex"])
    depot, annex = relief.receive("n95", 5), relief.receive("n95", 5, site="annex")
    assert relief.correct(depot, by=(CHEN, "red/gu")).code == "no_authority"
    assert relief.correct(annex, by=(CHEN, "red/gu")).code == "ok"


def test_a_replacement_that_names_an_output_is_judged_when_that_is_there(relief: Relief) -> None:
    # A loss of more than a million grams of rice needs a second key of the store.
    gift = relief.receive("rice", 2_000_000)
    loss = relief.lose(f"{gift}/0", 10)
    targets = [gift, loss]
    truth = (RECEIVE, receipt("rice", 2_000_000))
    more, fewer = (LOSS, lost("#0/0", 1_000_001)), (LOSS, lost("#0/0", 1_000_000))
    before = everything(relief)
    assert relief.correct(targets, truth, more, by=(CHEN, BAO)).code == "no_authority"
    assert everything(relief) == before
    assert relief.correct(targets, truth, fewer, by=(CHEN, BAO)).code == "ok"
    answer = relief.correct(
        [relief.ledger.steps[-1].answers[0].statement], truth, more, by=(CHEN, BAO, DAI)
    )
    assert answer.code == "ok"


def test_a_difference_that_names_an_output_is_judged_on_what_it_goes_on_with(
    relief: Relief,
) -> None:
    gift = relief.receive("rice", 2_000_000)
    loss = relief.lose(f"{gift}/0", 10)
    relief.hand_out(f"{gift}/0", 1)
    truth = [(RECEIVE, receipt("rice", 2_000_000)), (LOSS, lost("#0/0", 1_000_001))]
    assert relief.correct([gift, loss], *truth, by=(CHEN, BAO)).code == "no_authority"
    assert relief.correct([gift, loss], *truth, by=(CHEN, DAI)).code == "ok"
    assert relief.balances("rice")["lost:lost"] == 1_000_001


# ---- one entry ----------------------------------------------------------------------------------


def test_a_target_may_stand_in_the_same_batch(relief: Relief) -> None:
    ledger = relief.ledger
    gift = ledger.statement(RECEIVE, receipt("n95", 5), CHEN, DAI)
    handout = ledger.statement(HANDOUT, given(f"{gift.id}/0", 2), CHEN)
    body = relief.correction(handout.id, (HANDOUT, given(f"{gift.id}/0", 3)))
    answers = ledger.run(gift, handout, ledger.statement(DECLARE, body, CHEN, DAI))
    assert [answer.code for answer in answers] == ["ok", "ok", "ok"]
    relief.check()
    assert relief.balances("n95")["given:organisation"] == 3


def test_targets_are_undone_in_reverse_log_order_however_they_are_named(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    chain = [relief.hand_out(f"{gift}/0", n) for n in (1, 2, 3)]
    assert relief.correct([chain[1], gift, chain[2], chain[0]]).code == "ok"
    assert relief.balances("n95") == {}


def test_effects_too_large_for_an_entry_are_denied(relief: Relief) -> None:
    gift = relief.receive("n95", *[1] * 80)
    before = everything(relief)
    answer = relief.correct(gift, (RECEIVE, receipt("n95", *[2] * 80)))
    assert answer.code == "outcome_too_large"
    assert everything(relief) == before


@pytest.mark.parametrize("lines", [199, 201])
def test_effects_of_which_only_a_digest_was_logged_are_compensated(
    relief: Relief, lines: int
) -> None:
    gift = relief.receive("n95", *[1] * 200)
    entry = relief.outcome(relief.ledger.steps[-1].answers[0])
    assert set(entry["effects"]) == {"count", "root"}
    truth = [2] + [1] * (lines - 2)
    answer = relief.correct(gift, (RECEIVE, receipt("n95", *truth)))
    assert answer.code == "ok"
    assert relief.balances("n95") == {"ext:donor": -lines, "site:depot": lines}


# ---- row 14 -------------------------------------------------------------------------------------


def row_14(relief: Relief) -> list[str]:
    """As the notice says it: 36,000 in, "1.6" and "1.6 (ten thousand)" out, none left."""
    gift = relief.ok(
        RECEIVE,
        {
            "lines": [
                {"as_written": "N95", "condition": "good", "item": "n95", "quantity": 36_000}
            ],
            "site": "depot",
            "source": {"kind": "gift"},
        },
        CHEN,
        DAI,
    )
    handouts = [relief.hand_out(f"{gift}/0", 16_000) for _ in range(2)]
    assert relief.balances("n95")["site:depot"] == 4_000
    answer = relief.say(COUNT, counted("n95", 0), CHEN, DAI)
    assert answer.code == "flagged"
    assert relief.breaches(answer) == [["unexplained", "n95/site:depot", 4_000]]
    assert relief.balances("n95") == {
        "ext:donor": -36_000,
        "given:organisation": 32_000,
        "lost:unexplained": 4_000,
    }
    return [gift, *handouts, answer.statement]


TRUTH = (
    (RECEIVE, receipt("kn95", 36_000)),
    (HANDOUT, given("#0/0", 18_000)),
    (HANDOUT, given("#0/0", 18_000)),
    (COUNT, counted("kn95", 0)),
)


def test_row_14(relief: Relief) -> None:
    targets = row_14(relief)
    originals = list(relief.ledger.memory.entries)
    answer = relief.correct(targets, *TRUTH, by=(CHEN, DAI))
    assert answer.code == "ok"

    # Restored: 36,000 = 18,000 + 18,000, and nothing is unexplained, of either item.
    assert relief.balances("kn95") == {"ext:donor": -36_000, "given:organisation": 36_000}
    assert relief.balances("n95") == {}
    assert relief.table("breaches") == {}
    assert relief.row("totals", "n95") == ["36000", "36000", "0", "36000", "36000", "0", "0"]
    assert relief.row("totals", "kn95") == ["36000", "0", "0", "36000", "0", "0", "0"]

    # Both versions stand, and each target's key of the index proves the correction, only that.
    entries = relief.ledger.memory.entries
    assert entries[: len(originals)] == originals
    assert answer.index is not None
    proved = root([index_leaf(answer.index, leaf_hash(entries[answer.index]))]).hex()
    for target in targets:
        assert relief.corrected(target) == [1, answer.index, proved]
    assert relief.corrected(answer.statement) is None

    # Once is enough: name the correction.
    again = relief.correct(targets[3], (COUNT, counted("n95", 0)))
    assert again.code == "already_corrected"
    better = [*TRUTH[:2], (HANDOUT, given("#0/0", 17_000)), TRUTH[3]]
    second = relief.correct(answer.statement, *better)
    assert second.code == "flagged"
    assert relief.balances("kn95") == {
        "ext:donor": -36_000,
        "given:organisation": 35_000,
        "lost:unexplained": 1_000,
    }
    assert relief.corrected(answer.statement)[:2] == [1, second.index]

    # Whoever runs it again comes to the same.
    replay = Replay()
    for entry in entries:
        replay.feed(entry)


def test_row_14_when_somebody_has_built_on_it_books_the_difference(relief: Relief) -> None:
    targets = row_14(relief)
    # Five turn up and are booked to the same pallet; one of them goes out.
    body = {"delta": 5, "lot": f"{targets[0]}/0", "reason": "found", "site": "depot"}
    adjusted = relief.ok("stock.adjust", body, CHEN, DAI)
    relief.hand_out(f"{adjusted}/0", 1)
    answer = relief.correct([*targets, adjusted], *TRUTH, by=(CHEN, DAI))
    assert answer.code == "flagged"
    assert relief.balances("kn95") == {"ext:donor": -36_000, "given:organisation": 36_000}
    n95 = relief.balances("n95")
    assert n95.get("ext:donor", 0) == 0
    assert (n95["given:organisation"], n95["over_issue:depot"]) == (1, -1)


def test_row_14_is_denied_whole_where_one_replacement_is(relief: Relief) -> None:
    targets = row_14(relief)
    before = everything(relief)
    wrong = [*TRUTH[:2], (HANDOUT, given("#0/1", 18_000)), TRUTH[3]]
    assert relief.correct(targets, *wrong, by=(CHEN, DAI)).code == "unknown_reference"
    assert everything(relief) == before


def test_each_role_of_a_shipment_is_held_by_somebody(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    dispatch = relief.dispatch(f"{gift}/0", 4)
    arrival = relief.arrive(dispatch, "n95", 4)
    truth = [
        ("shipment.dispatch", sent(f"{gift}/0", 5)),
        ("shipment.arrive", came("#0", "n95", 5)),
    ]
    assert relief.correct([dispatch, arrival], *truth, by=(DAI, BAO)).code == "flagged"
    assert relief.balances("n95") == {"ext:donor": -10, "site:depot": 5, "site:point": 5}
