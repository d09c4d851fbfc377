"""The state machine: the order of checks, what makes an entry, deadlines, and determinism.

Goal: of several faults the one that stands first in the order of checks names the code, and nothing
but an applied statement changes a balance. Method: one statement with every fault at once, which
loses one fault after the other; then each rule alone.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ledgers import (
    DAY,
    NOW,
    ORIGIN,
    TestLedger,
    catalogue_body,
    founded,
    genesis_body,
    test_key,
)

from contracts.machine import Batch, step
from contracts.replay import Replay
from ledger.codes import Code
from ledger.entry import AutoEntry, BatchEntry, StatementEntry, parse_entry
from ledger.envelope import Statement, open_statement
from ledger.errors import CheckError, FormatError
from ledger.governance import keys_of, render_trust
from ledger.log.merkle import leaf_hash, root
from ledger.log.trust import DEFINED_MAX
from ledger.members import find_key
from ledger.state import State

ROOT = Path(__file__).resolve().parents[2]


def retire_key(ledger: TestLedger, name: str) -> None:
    body = {"key": test_key(name).key_id, "reason": "lost"}
    assert ledger.say("key.retire", body, "red/ana", "red/bao").code == "ok"


def replaced(statement: Statement, **changes: Any) -> Statement:
    fields = {name: getattr(statement, name) for name in statement.__slots__}
    return Statement(**{**fields, **changes})


# Each row takes one more fault away; what is left must name the next code.
LADDER = {
    "unheard kind": Code.MALFORMED,
    "another log": Code.WRONG_ORIGIN,
    "unknown key": Code.UNKNOWN_KEY,
    "retired key": Code.REVOKED_KEY,
    "bad signature": Code.BAD_SIGNATURE,
    "missing signature": Code.SIGNATURE_MISSING,
    "expiry too far": Code.OUT_OF_RANGE,
    "unknown actor": Code.UNKNOWN_REFERENCE,
    "used id": Code.ID_REUSED,
    "expired by size": Code.EXPIRED,
    "no authority": Code.NO_AUTHORITY,
    "role not held": Code.NOT_OPEN,
}
NO_ENTRY_UP_TO = list(LADDER).index("used id")


@pytest.fixture
def ledger() -> TestLedger:
    return founded()


def replay_all(entries: list[bytes]) -> Replay:
    replay = Replay()
    for entry in entries:
        replay.feed(entry)
    return replay


def revoke(actor: str, role: str) -> dict[str, Any]:
    return {"actor": actor, "reason": "left", "roles": [role]}


def faulty(ledger: TestLedger, faults: list[str]) -> Statement:
    """A `member.revoke` with these faults; without any it is in order."""
    signers = ["red/dai"] if "no authority" in faults else ["red/ana", "red/bao"]
    signers += ["red/chen"] * ("retired key" in faults) + ["nobody/nil"] * ("unknown key" in faults)
    changes: dict[str, Any] = {"expires": {"time": ledger.time + DAY}}
    if "expired by size" in faults:
        changes["expires"]["size"] = 3
    if "expiry too far" in faults:
        changes["expires"]["time"] = ledger.time + 7 * DAY + 1
    if "another log" in faults:
        changes["log"] = "ledger.example.org/other"
    if "used id" in faults:
        changes["id"] = "ab" * 16
    body = revoke(
        "red/nobody" if "unknown actor" in faults else "blue/fay",
        "treasurer" if "role not held" in faults else "quality",
    )
    kind = "member.unheard" if "unheard kind" in faults else "member.revoke"
    statement = ledger.statement(kind, body, *signers, "blue/eve", **changes)
    signatures = list(statement.signatures)
    if "missing signature" in faults:
        signatures = [s for s in signatures if s[0] != test_key("blue/eve").key_id]
    if "bad signature" in faults:
        keyid, signature = signatures[0]
        signatures[0] = (keyid, signature[:-1] + bytes([signature[-1] ^ 1]))
    return replaced(statement, signatures=tuple(signatures))


def test_the_first_fault_in_the_order_of_checks_names_the_code(ledger: TestLedger) -> None:
    retire_key(ledger, "red/chen")
    used = revoke("blue/fay", "distributor")
    assert ledger.say("member.revoke", used, "red/ana", "red/bao", id="ab" * 16).code == "ok"
    # An id is used up per author, by a refused entry too.
    assert ledger.say("member.revoke", used, "red/dai", id="ab" * 16).code == "no_authority"
    faults = list(LADDER)
    for number, fault in enumerate(faults):
        size = ledger.memory.head().size
        answer = ledger.run(faulty(ledger, faults[number:]))[0]
        assert answer.code == LADDER[fault], (fault, answer)
        assert (answer.index is None) == (number < NO_ENTRY_UP_TO)
        assert (ledger.memory.head().size == size) == (number < NO_ENTRY_UP_TO)
    assert ledger.run(faulty(ledger, []))[0].code == "ok"


@pytest.mark.parametrize("fault", LADDER)
def test_each_fault_alone_names_its_code_and_changes_no_row(ledger: TestLedger, fault: str) -> None:
    retire_key(ledger, "red/chen")
    used = revoke("blue/fay", "distributor")
    ledger.say("member.revoke", used, "red/ana", "red/bao", id="ab" * 16)
    before = ledger.memory.head().state_root
    answer = ledger.run(faulty(ledger, [fault]))[0]
    assert answer.code == LADDER[fault]
    assert answer.refusal is not None and answer.refusal.code == LADDER[fault]
    assert ledger.memory.head().state_root == before


def test_a_replay_has_no_effect_and_names_the_first_entry(ledger: TestLedger) -> None:
    statement = ledger.statement(
        "member.revoke", revoke("blue/fay", "quality"), "red/ana", "red/bao"
    )
    first = ledger.run(statement, statement)
    assert [a.code for a in first] == ["ok", "replayed"]
    size = ledger.memory.head().size
    again = ledger.run(statement)[0]
    assert (again.code, again.index) == (Code.REPLAYED, first[0].index)
    assert ledger.memory.head().size == size


def test_a_stripped_cosignature_burns_no_id(ledger: TestLedger) -> None:
    whole = ledger.statement("member.revoke", revoke("blue/fay", "quality"), "red/ana", "red/bao")
    stripped = replaced(whole, signatures=whole.signatures[:1])
    answers = ledger.run(stripped, whole)
    assert [a.code for a in answers] == ["signature_missing", "ok"]


def test_a_key_signs_up_to_the_entry_that_retires_it_and_from_the_one_after_it_was_enrolled(
    ledger: TestLedger,
) -> None:
    new = test_key("red/ana-2")
    enrol = ledger.statement(
        "key.enrol", {"public": new.public.hex(), "use": "author", "actor": "red/ana"}, "red/ana"
    )
    retire = ledger.statement(
        "key.retire", {"key": test_key("red/ana").key_id, "reason": "rotated"}, "red/ana", "red/bao"
    )
    late = ledger.statement("member.revoke", revoke("blue/fay", "quality"), "red/ana", "red/bao")
    early = ledger.statement("member.revoke", revoke("blue/fay", "quality"), "red/ana-2", "red/bao")
    before, *answers = ledger.run(early, enrol, retire, late)
    assert [before.code, *[a.code for a in answers]] == ["unknown_key", "ok", "ok", "revoked_key"]
    assert ledger.run(early)[0].code == "ok"
    found = find_key(State(ledger.memory), test_key("red/ana").key_id)
    assert found is not None and answers[1].index is not None
    assert found.to_size == answers[1].index + 1


def test_there_are_no_more_log_keys_than_a_trust_file_names(ledger: TestLedger) -> None:
    def named() -> int:
        state = State(ledger.memory)
        inputs, size = state.get("trust", "inputs"), ledger.memory.head().size
        assert isinstance(inputs, dict)
        keys = keys_of(state, ledger.memory.table("keys"))
        return render_trust(ORIGIN, inputs, keys, size).count("\nlog ")

    def enrol(n: int) -> Any:
        body = {"public": test_key(f"log-{n}").public.hex(), "use": "log"}
        return ledger.say("key.enrol", body, "red/ana", "red/bao")

    for n in range(1, DEFINED_MAX):
        assert enrol(n).code == "ok", n
    assert named() == DEFINED_MAX
    refused = enrol(99)
    assert refused.code == "not_eligible" and refused.refusal is not None
    assert refused.refusal.where == "body.use"
    said = {"given": 33, "high": 32, "wanted": "a log key retired first"}
    assert dict(refused.refusal.values) == said
    retire = {"key": test_key("log-1").key_id, "reason": "rotated"}
    assert ledger.say("key.retire", retire, "red/ana", "red/bao").code == "ok"
    assert enrol(99).code == "ok"
    assert enrol(98).code == "not_eligible"
    assert named() == DEFINED_MAX


def test_a_device_key_ends_by_itself_and_the_entry_says_so(ledger: TestLedger) -> None:
    device = test_key("red/chen-phone")
    body = {
        "actor": "red/chen",
        "due": NOW + DAY,
        "public": device.public.hex(),
        "use": "device",
    }
    assert ledger.say("key.enrol", body, "red/ana").code == "ok"
    ledger.time = NOW + DAY - 1
    ledger.say("member.revoke", revoke("blue/fay", "quality"), "red/ana", "red/bao")
    assert find_key(State(ledger.memory), device.key_id).in_force(99)  # type: ignore[union-attr]
    ledger.time = NOW + DAY
    ledger.say("member.revoke", revoke("blue/fay", "distributor"), "red/ana", "red/bao")
    auto = parse_entry(ledger.steps[-1].entries[0])
    assert isinstance(auto, AutoEntry)
    assert (auto.kind, auto.body) == ("deadline.pass", {"leg": device.key_id})
    assert not find_key(State(ledger.memory), device.key_id).in_force(99)  # type: ignore[union-attr]


def test_every_batch_ends_with_its_entry_and_time_never_falls(ledger: TestLedger) -> None:
    ledger.time = NOW - 5 * DAY
    ledger.say("member.revoke", revoke("blue/fay", "quality"), "red/ana", "red/bao")
    made = ledger.steps[-1]
    last = parse_entry(made.entries[-1])
    assert isinstance(last, BatchEntry)
    assert (last.first, last.count, last.batch) == (made.first, 1, 2)
    assert last.time == NOW
    assert last.state_root == ledger.memory.head().state_root
    first = parse_entry(made.entries[0])
    assert isinstance(first, StatementEntry) and first.time == NOW


def test_a_batch_that_makes_no_entry_changes_nothing(ledger: TestLedger) -> None:
    made = step(ledger.memory, Batch(NOW + 9, (faulty(ledger, ["another log"]),)))
    assert made.is_empty and made.head == ledger.memory.head() and not made.rows


def test_the_log_root_is_the_root_of_the_leaves(ledger: TestLedger) -> None:
    leaves = [leaf_hash(entry) for entry in ledger.memory.entries]
    assert ledger.memory.head().root() == root(leaves)


def test_refused_genesis_makes_no_log() -> None:
    for change, code in (
        ({"gates": True}, "malformed"),
        ({"protocol": 2}, "malformed"),
        ({"thresholds": {"admins": 5, "revoke": 1}}, "below_quorum"),
        ({"keys": genesis_body()["keys"][:6]}, "unknown_reference"),
        # Without a log key there is no trust file, and no receipt could ever be final.
        ({"keys": [k for k in genesis_body()["keys"] if k["use"] != "log"]}, "not_eligible"),
    ):
        fresh = TestLedger()
        answer = fresh.say("genesis", {**genesis_body(), **change}, "red/ana", "blue/eve")
        assert (answer.code, answer.index) == (code, None), change
        assert fresh.memory.head().size == 0
    fresh = TestLedger()
    assert fresh.say("genesis", genesis_body(), "red/ana").code == "no_authority"
    assert fresh.say("catalogue.define", catalogue_body(), "red/ana").code == "wrong_origin"


def test_a_second_genesis_is_refused(ledger: TestLedger) -> None:
    assert ledger.say("genesis", genesis_body(), "red/ana", "blue/eve").code == "wrong_origin"


def test_a_replayed_log_gives_the_same_head_and_any_other_byte_is_found(
    ledger: TestLedger,
) -> None:
    ledger.say("member.revoke", revoke("blue/fay", "quality"), "red/ana", "red/bao")
    head = ledger.memory.head()
    replay = replay_all(ledger.memory.entries)
    assert replay.finish(size=head.size, root=head.root()) == head
    for number, entry in enumerate(ledger.memory.entries):
        for old, new in ((b'"code":"ok"', b'"code":"no"'), (b'"count":1', b'"count":2')):
            if old not in entry:
                continue
            altered = [*ledger.memory.entries]
            altered[number] = entry.replace(old, new)
            with pytest.raises(CheckError, match="re-execution"):
                replay_all(altered)


def test_two_facts_of_unknown_kind_or_form_never_raise(ledger: TestLedger) -> None:
    for body in ({}, {"actor": 1}, {"actor": "red/ana", "reason": "x", "roles": []}):
        answer = ledger.say("member.revoke", body, "red/ana", "red/bao")
        assert answer.code == "malformed" and answer.index is None
    with pytest.raises(FormatError):
        open_statement(b"{}")


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_the_same_statements_give_the_same_root_under_any_hash_seed(seed: str) -> None:
    code = "from ledgers import founded; print(founded().memory.head().state_root.hex())"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'support'}",
            "TZ": "Asia/Taipei",
        },
    )
    assert run.stdout.strip() == founded().memory.head().state_root.hex()
    assert ORIGIN in founded().memory.head().origin
