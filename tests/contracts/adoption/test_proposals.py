"""From a proposal to a version in force: votes, notice, order, lapse; each boundary on both sides.

Goal: nothing comes into force that was not valid, agreed to by enough members, announced in time, and
committed in its turn; and everything that was, does, in the batch of its second.
Method: the machine itself, batch by batch, on a founded ledger; tables name the figure and the code.
"""

from typing import Any

import pytest
from adopting import (
    ANA,
    DAY,
    EVE,
    HOUR,
    adopt,
    commit,
    council,
    counting,
    founded,
    gate,
    proposal,
    propose,
    standing,
    state,
    tick,
    told,
)
from documents import trigger
from ledgers import TestLedger, genesis_body, test_key

from contracts.adoption.force import document_of, in_force, indexes, load, set_hash
from contracts.documents.document import document_hash
from ledger.adopted import set_root
from ledger.adoptions import contract_hash
from ledger.voices import quorum_of


@pytest.fixture
def ledger() -> TestLedger:
    return founded()


def test_the_hash_is_that_of_documents() -> None:
    assert contract_hash(gate()) == document_hash(gate())


def test_a_contract_comes_into_force_in_the_batch_of_its_second(ledger: TestLedger) -> None:
    proposed = propose(ledger, gate())
    assert proposed.code == "ok"
    start = ledger.time + 2 * DAY
    assert commit(ledger, proposed.statement).code == "ok"
    ledger.time = start - 1
    assert tick(ledger) == []
    assert in_force(state(ledger), "disbursement.handout") == ()
    ledger.time = start
    [change] = tick(ledger)
    assert change == {
        "change": "activated",
        "contract": "nine-at-most",
        "hash": document_hash(gate()),
        "mode": "shadow",
        "scope": "consortium",
        "version": 1,
    }
    [adopted] = in_force(state(ledger), "disbursement.handout")
    assert (adopted.id, adopted.scope, adopted.mode) == ("nine-at-most", "consortium", "shadow")
    assert adopted.contract.hash == document_hash(gate())
    assert tick(ledger) == []


def test_the_text_is_found_by_its_hash_for_good(ledger: TestLedger) -> None:
    adopt(ledger, gate())
    old = document_hash(gate())
    adopt(ledger, gate(version=2))
    assert document_of(state(ledger), old) == gate()
    assert document_of(state(ledger), document_hash(gate(version=2))) == gate(version=2)
    assert document_of(state(ledger), "0" * 64) is None


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (gate(contract=None), "body.document.contract"),
        (gate(contract="A"), "body.document.contract"),
        (gate(version="one"), "body.document.version"),
        (gate(version=0), "body.document.version"),
        (gate(engine="rcel/2"), "body.document.engine"),
        (gate(kinds=["disbursement.other"]), "body.document.kinds[0]"),
        (gate(surprise=1), "body.document.surprise"),
        (gate(where="it.qty <"), "body.document.where"),
        (gate(tests=[{"name": "a", "given": {"it": {"qty": 9}}, "expect": "allow"},
                     {"name": "b", "given": {"it": {"qty": 9}}, "expect": {"deny": ["nine"]}}]),
         "body.document.tests[1].expect"),
        (gate(tests=[{"name": "a", "given": {"it": {"qty": 9}}, "expect": "allow"},
                     {"name": "b", "given": {"it": {"qty": 8}}, "expect": "allow"}]),
         "body.document.rules[0]"),
        # Two currencies are on this ledger, and it does not say which it speaks of.
        (gate(kinds=["disbursement.instruct"], rules=[
            {"id": "nine", "require": "it.amount <= 9", "say": gate()["title"]}],
            tests=[{"name": "a", "given": {"it": {"amount": 9}}, "expect": "allow"},
                   {"name": "b", "given": {"it": {"amount": 10}}, "expect": {"deny": ["nine"]}}]),
         "body.document"),
    ],
)  # fmt: skip
def test_an_invalid_document_is_logged_with_its_code(
    ledger: TestLedger, document: dict[str, Any], where: str
) -> None:
    answer = propose(ledger, document)
    assert answer.code == "contract_invalid"
    assert answer.index is not None
    assert answer.refusal is not None and answer.refusal.where == where
    assert ledger.memory.table("proposals") == {}


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"scope": "fund:flood"}, "ok", ""),
        ({"scope": "area:east"}, "ok", ""),
        ({"scope": "programme:flood-27"}, "ok", ""),
        ({"scope": "fund:none"}, "unknown_reference", "body.scope"),
        ({"scope": "fund"}, "malformed", "body.scope"),
        ({"scope": "site:depot"}, "malformed", "body.scope"),
        ({"owner": "nobody"}, "unknown_reference", "body.owner"),
        ({"mode": "loud"}, "malformed", "body.mode"),
        ({"lane": "fast"}, "malformed", "body.lane"),
        ({"document": "text"}, "malformed", "body.document"),
        ({"mode": "warn"}, "not_eligible", "body.mode"),
        ({"mode": "enforce"}, "not_eligible", "body.mode"),
        ({"lane": "params"}, "not_eligible", "body.lane"),
        ({"lane": "emergency"}, "not_eligible", "body.lane"),
    ],
)  # fmt: skip
def test_what_a_proposal_says(
    ledger: TestLedger, changes: dict[str, Any], code: str, where: str
) -> None:
    body = {**proposal(gate(), ledger), **changes}
    answer = ledger.say("contract.propose", body, ANA, EVE)
    assert answer.code == code
    assert answer.refusal is None or answer.refusal.where == where


@pytest.mark.parametrize(("after", "code"), [(-1, "not_eligible"), (0, "ok")])
def test_it_does_not_begin_in_the_past(ledger: TestLedger, after: int, code: str) -> None:
    assert propose(ledger, gate(), not_before=ledger.time + after).code == code


@pytest.mark.parametrize(("after", "code"), [(0, "not_eligible"), (1, "ok")])
def test_it_ends_after_it_begins(ledger: TestLedger, after: int, code: str) -> None:
    start = ledger.time + 2 * DAY
    assert propose(ledger, gate(), not_before=start, expires=start + after).code == code


@pytest.mark.parametrize(("before", "code"), [(DAY, "ok"), (DAY - 1, "not_eligible")])
def test_a_day_of_notice(ledger: TestLedger, before: int, code: str) -> None:
    proposed = propose(ledger, gate())
    ledger.time += 2 * DAY - before
    answer = commit(ledger, proposed.statement)
    assert answer.code == code
    assert answer.refusal is None or answer.refusal.where == "body.not_before"


@pytest.mark.parametrize(("wait", "code"), [(30 * DAY - 1, "ok"), (30 * DAY, "not_open")])
def test_a_proposal_lapses_after_thirty_days(ledger: TestLedger, wait: int, code: str) -> None:
    proposed = propose(ledger, gate(), not_before=ledger.time + 40 * DAY)
    ledger.time += wait
    assert commit(ledger, proposed.statement).code == code
    if code == "not_open":
        # The first batch past the deadline records it.
        assert b'"state":"lapsed"' in ledger.memory.table("proposals")[proposed.statement]
    assert ledger.memory.table("legs") == {}


@pytest.mark.parametrize(
    ("sequence", "code"), [(0, "not_eligible"), (1, "ok"), (2, "not_eligible")]
)
def test_commits_of_a_scope_are_counted(ledger: TestLedger, sequence: int, code: str) -> None:
    proposed = propose(ledger, gate())
    assert commit(ledger, proposed.statement, sequence=sequence).code == code


def test_every_scope_counts_for_itself(ledger: TestLedger) -> None:
    for scope, sequence in (("consortium", 1), ("area:east", 1), ("consortium", 2)):
        document = gate(contract=f"gate-{scope[:4]}-{sequence}")
        proposed = propose(ledger, document, scope=scope)
        assert commit(ledger, proposed.statement, sequence=sequence).code == "ok"
    again = commit(ledger, proposed.statement, sequence=3)
    assert again.code == "not_open"


def test_one_version_waits_at_a_time(ledger: TestLedger) -> None:
    first, second = propose(ledger, gate()), propose(ledger, gate(basis="other"))
    assert commit(ledger, first.statement).code == "ok"
    assert commit(ledger, second.statement).code == "already_exists"


# ---- votes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "n", "voices", "code"),
    [
        (5, 3, 2, "not_eligible"),
        (5, 3, 3, "ok"),
        (5, 5, 4, "not_eligible"),
        (5, 5, 5, "ok"),
        (5, 1, 1, "ok"),
        # Nothing said: more than half of those with an admin, red and blue among them.
        (3, None, 2, "not_eligible"),
        (3, None, 3, "ok"),
        (4, None, 3, "not_eligible"),
        (4, None, 4, "ok"),
    ],
)
def test_the_quorum(members: int, n: int | None, voices: int, code: str) -> None:
    ledger = council(members, n)
    proposed = ledger.say("contract.propose", proposal(gate(), ledger), "m1/a")
    body = {"hash": document_hash(gate()), "proposal": proposed.statement}
    for number in range(2, voices + 1):
        assert ledger.say("contract.approve", body, f"m{number}/a").code == "ok"
    answer = commit(ledger, proposed.statement)
    assert answer.code == code
    if answer.refusal is not None:
        assert answer.refusal.where == "approvals"
        assert answer.refusal.values["given"] == voices


def test_one_voice_a_member() -> None:
    ledger = council(3, 2)
    proposed = ledger.say("contract.propose", proposal(gate(), ledger), "m1/a")
    body = {"hash": document_hash(gate()), "proposal": proposed.statement}
    table = [
        ("m1/a", body, "already_exists"),
        ("red/ana", body, "no_authority"),
        ("red/chen", body, "no_authority"),
        ("m2/a", {**body, "hash": "0" * 64}, "not_eligible"),
        ("m2/a", {**body, "proposal": "0" * 64}, "unknown_reference"),
        ("m2/a", body, "ok"),
        ("m2/a", body, "already_exists"),
    ]
    for actor, said, code in table:
        assert ledger.say("contract.approve", said, actor).code == code, (actor, said)
    assert ledger.say("contract.propose", proposal(gate(), ledger), "red/chen").code == (
        "no_authority"
    )
    done = {"proposal": proposed.statement, "sequence": 1}
    assert ledger.say("contract.commit", done, "red/chen").code == "no_authority"
    # Counting votes is no vote: any admin may commit.
    assert ledger.say("contract.commit", done, "red/ana").code == "ok"


def test_a_scope_has_voices_of_its_own() -> None:
    ledger = council(3, 3, **{"area": (["m1", "m2"], 1), "area:east": (["m3"], 1)})
    found = state(ledger)
    assert quorum_of(found, "consortium").members == ("m1", "m2", "m3")
    assert quorum_of(found, "fund:flood").n == 3
    assert quorum_of(found, "area:west").members == ("m1", "m2")
    assert quorum_of(found, "area:east").members == ("m3",)


@pytest.mark.parametrize(
    ("quorums", "code"),
    [
        ([{"members": ["red", "blue"], "n": 2, "scope": "fund:flood"}], "ok"),
        ([{"members": ["red"], "n": 2, "scope": "fund"}], "malformed"),
        ([{"members": ["red", "red"], "n": 1, "scope": "fund"}], "malformed"),
        ([{"members": ["red"], "n": 1, "scope": "fund"}] * 2, "malformed"),
        ([{"members": ["red"], "n": 1, "scope": "site"}], "malformed"),
        ([{"members": ["green"], "n": 1, "scope": "fund"}], "unknown_reference"),
        ([], "malformed"),
    ],
)
def test_quorums_in_genesis(quorums: list[Any], code: str) -> None:
    body = genesis_body()
    body["thresholds"]["quorums"] = quorums
    assert TestLedger().say("genesis", body, ANA, EVE).code == code


# ---- versions and the set -----------------------------------------------------------------------


@pytest.mark.parametrize(("version", "code"), [(1, "not_eligible"), (2, "ok"), (3, "not_eligible")])
def test_the_next_version(ledger: TestLedger, version: int, code: str) -> None:
    adopt(ledger, gate())
    assert propose(ledger, gate(version=version, basis="new")).code == code


def test_a_library_text_keeps_its_first_number(ledger: TestLedger) -> None:
    adopt(ledger, gate(version=7))
    assert standing(ledger, "nine-at-most")["last"] == 7


def test_the_same_text_may_be_adopted_in_another_mode(ledger: TestLedger) -> None:
    adopt(ledger, gate())
    for mode in ("warn", "enforce", "shadow"):
        adopt(ledger, gate(), mode=mode)
        [adopted] = in_force(state(ledger), "disbursement.handout")
        assert (adopted.mode, adopted.contract.document.version) == (mode, 1)


def test_a_version_is_judged_again_when_it_is_committed(ledger: TestLedger) -> None:
    adopt(ledger, gate())
    first = propose(ledger, gate(version=2), not_before=ledger.time + 2 * DAY)
    late = propose(ledger, gate(version=2, basis="x"), not_before=ledger.time + 9 * DAY)
    assert commit(ledger, first.statement).code == "ok"
    ledger.time += 2 * DAY
    assert told(tick(ledger)) == [("activated", "nine-at-most", 2)]
    answer = commit(ledger, late.statement)
    assert answer.code == "not_eligible"
    assert answer.refusal is not None and answer.refusal.where == "body.document.version"


def test_several_scopes(ledger: TestLedger) -> None:
    adopt(ledger, gate())
    adopt(ledger, gate(), scope="area:east")
    adopt(ledger, gate(contract="aaa"), scope="area:county")
    adopt(ledger, trigger())
    found = state(ledger)
    table = [
        ((), ["consortium"]),
        (("area:east",), ["area:east", "consortium"]),
        (("area:east", "area:county"), ["area:county", "area:east", "consortium"]),
        (("fund:flood",), ["consortium"]),
    ]
    for scopes, expected in table:
        adopted = in_force(found, "disbursement.handout", *scopes)
        assert [one.scope for one in adopted] == expected
    assert [one.id for one in in_force(found, "alert.declare")] == ["tell-somebody"]
    force = load(found)
    assert [one.id for one in force.triggers["alert.declare"]] == ["tell-somebody"]
    assert not force.required and force.active


def test_the_set_hash_says_what_is_in_force(ledger: TestLedger) -> None:
    assert set_hash(state(ledger)) == set_root([])
    adopt(ledger, gate())
    row = {"hash": document_hash(gate()), "id": "nine-at-most", "mode": "shadow",
           "scope": "consortium", "version": 1}  # fmt: skip
    assert set_hash(state(ledger)) == set_root([row])
    adopt(ledger, gate(contract="aaa"))
    other = {**row, "hash": document_hash(gate(contract="aaa")), "id": "aaa"}
    # Sorted by their bytes, whoever was first.
    assert set_hash(state(ledger)) == set_root([row, other]) == set_root([other, row])
    adopt(ledger, gate(), mode="warn")
    assert set_hash(state(ledger)) == set_root([{**row, "mode": "warn"}, other])


def test_an_index_listens_from_its_commit_on(ledger: TestLedger) -> None:
    document = counting()
    proposed = propose(ledger, document)
    assert proposed.code == "ok", proposed
    assert indexes(state(ledger)) == ()
    done = commit(ledger, proposed.statement)
    [one] = indexes(state(ledger))
    assert (one.since, one.definition.of) == (done.index, "disbursement.handout")
    assert load(state(ledger)).listeners["disbursement.handout"] == (one.definition,)
    assert load(state(ledger)).gates == {}
    # A second contract with the same fact needs no index more.
    other = propose(ledger, {**document, "contract": "another"})
    assert commit(ledger, other.statement).code == "ok"
    assert len(indexes(state(ledger))) == 1


def test_an_hour_is_not_enough_for_other_rules(ledger: TestLedger) -> None:
    proposed = propose(ledger, gate(), not_before=ledger.time + HOUR)
    assert commit(ledger, proposed.statement).code == "not_eligible"


# ---- voices that count no more --------------------------------------------------------------------


def retire(ledger: TestLedger, actor: str, *admins: str) -> None:
    body = {"key": test_key(actor).key_id, "reason": "stolen"}
    assert ledger.say("key.retire", body, *admins).code == "ok"


def another_key(ledger: TestLedger, actor: str, by: str) -> None:
    """A second key, `{actor}-anew`, for the same actor."""
    body = {"public": test_key(f"{actor}-anew").public.hex(), "use": "author", "actor": actor}
    assert ledger.say("key.enrol", body, by).code == "ok"


def test_a_voice_goes_with_the_key_that_gave_it() -> None:
    ledger = council(3, 2)
    proposed = propose(ledger, gate(), "m1/a", "m2/a")
    another_key(ledger, "m2/a", "m2/a")
    again = {"hash": contract_hash(gate()), "proposal": proposed.statement}
    assert ledger.say("contract.approve", again, "m2/a-anew").code == "already_exists"
    retire(ledger, "m2/a", ANA, EVE)
    refused = commit(ledger, proposed.statement)
    assert refused.code == "not_eligible" and refused.refusal is not None
    assert refused.refusal.values == {"given": 1, "wanted": 2}
    assert ledger.say("contract.approve", again, "m2/a-anew").code == "ok", "m2 says it itself"
    row = state(ledger).get("proposals", proposed.statement)
    assert isinstance(row, dict)
    key = test_key("m2/a-anew").key_id
    assert [voice[::3] for voice in row["voices"]] == [["m1", test_key("m1/a").key_id], ["m2", key]]
    assert commit(ledger, proposed.statement).code == "ok"


def test_a_voice_goes_with_the_role() -> None:
    ledger = council(3, 2)
    proposed = propose(ledger, gate(), "m1/a", "m2/a")
    body = {"actor": "m2/a", "reason": "left", "roles": ["admin"]}
    assert ledger.say("member.revoke", body, ANA, EVE).code == "ok"
    assert commit(ledger, proposed.statement).code == "not_eligible"


@pytest.mark.parametrize("kind", ["contract.suspend", "contract.retire"])
def test_voices_against_a_contract_go_with_their_keys_too(kind: str) -> None:
    ledger = council(3, 2)
    adopt_as(ledger)
    body = {"contract": "nine-at-most", "reason": "wrong", "scope": "consortium"}
    assert ledger.say(kind, body, "m1/a").code == "ok"
    retire(ledger, "m1/a", ANA, EVE)
    assert ledger.say(kind, body, "m2/a").code == "ok"
    row = standing(ledger, "nine-at-most")
    found = row["suspended" if kind == "contract.suspend" else "retiring"]
    assert ([voice[0] for voice in found["voices"]], found["entry"]) == (["m2"], -1)
    assert ledger.say(kind, body, "m3/a").code == "ok"
    row = standing(ledger, "nine-at-most")
    assert row["suspended" if kind == "contract.suspend" else "retiring"]["entry"] >= 0


def adopt_as(ledger: TestLedger) -> None:
    """The gate in force, by m1 and m2."""
    proposed = propose(ledger, gate(), "m1/a", "m2/a")
    assert commit(ledger, proposed.statement).code == "ok"
    ledger.time += 2 * DAY
    tick(ledger)
