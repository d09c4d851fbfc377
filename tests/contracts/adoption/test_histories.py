"""Made-up histories of adoption: whatever members say in whatever order, the rows stay true.

Goal: no order of proposals, votes, stops and ends, and no pause between batches, leaves a row that says
otherwise than the others, a deadline undone, or a log that does not replay.
Method: a seeded random council of five; after each batch the summary is made anew from the contracts by
a few naive lines and compared; at the end the log is executed again. The seed is the reproduction.
"""

from json import loads
from random import Random
from typing import Any

import pytest
from adopting import DAY, HOUR, changes, commit, council, counting, gate, proposal, state
from documents import trigger
from ledgers import TestLedger, catalogue_body

from contracts.adoption.force import load
from contracts.replay import Replay
from ledger.adopted import set_root
from ledger.state import State

ADMINS = [f"m{number}/a" for number in range(1, 6)]
SCOPES = ("consortium", "area:east")
NAMES = ("nine-at-most", "counting", "tell-somebody")


def standing(ledger: TestLedger, name: str, scope: str) -> dict[str, Any]:
    raw = ledger.memory.table("adoptions").get(f"contract/{name}/{scope}")
    return {} if raw is None else loads(raw)


def propose(random: Random, ledger: TestLedger, signers: list[str], open_: list[str]) -> str:
    """A proposal that would mostly do: the next version, in a lane that fits."""
    name, scope = random.choice(NAMES), random.choice(SCOPES)
    row = standing(ledger, name, scope)
    now = row.get("now")
    lane = random.choice(["full", "params", "emergency"]) if now else "full"
    start = ledger.time + random.choice([HOUR, DAY + HOUR, 2 * DAY, 2 * DAY, 9 * DAY])
    mode, ends = "shadow", random.choice([None, None, start + 1, start + 5 * DAY])
    if now and random.random() < 0.9:
        mode = random.choice(["shadow", "warn", "enforce"]) if lane == "full" else now["mode"]
        ends = ends if lane == "full" else now.get("expires")
    make = {"nine-at-most": gate, "counting": counting, "tell-somebody": trigger}[name]
    rest = {} if lane == "params" else {"basis": random.choice(["one", "two"])}
    version = row.get("last", 0) + (1 if random.random() < 0.9 else random.randint(0, 3))
    terms = {"lane": lane, "mode": mode, "scope": scope, "not_before": start, "expires": ends}
    if (lane, scope) == ("full", "consortium") and random.random() < 0.3:
        terms["gates"] = True
    body = proposal(make(version=version, **rest), ledger, **terms)
    answer = ledger.say("contract.propose", body, *signers)
    if answer.code == "ok":
        open_.append(answer.statement)
    return str(answer.code)


def one_action(random: Random, ledger: TestLedger, open_: list[str]) -> str:
    signers = random.sample(ADMINS, random.randint(2, 5))
    what = random.choice(["propose"] * 4 + ["approve"] + ["commit"] * 5 + ["stop"] * 2 + ["end"])
    if what == "propose":
        return propose(random, ledger, signers, open_)
    if what in ("approve", "commit") and open_:
        chosen = random.choice(open_[-2:])
        if what == "commit":
            return str(commit(ledger, chosen).code)
        row = loads(ledger.memory.table("proposals")[chosen])
        body = {"hash": row["hash"], "proposal": chosen}
        return str(ledger.say("contract.approve", body, *signers).code)
    keys = [key for key in ledger.memory.table("adoptions") if key.startswith("contract/")]
    if not keys:
        return "nothing"
    _, name, scope = random.choice(keys).split("/", 2)
    kind = "contract.retire" if what == "end" else "contract.suspend"
    against = {"contract": name, "reason": "x", "scope": scope}
    return str(ledger.say(kind, against, *signers).code)


def check(ledger: TestLedger) -> None:
    """The summary says what the contracts' own rows say."""
    rows = ledger.memory.table("adoptions")
    whole = loads(rows.get("set", b'{"dues":[],"keys":[],"rows":[]}'))
    judging, keys, versions = [], [], {}
    for key, raw in rows.items():
        if not key.startswith("contract/"):
            continue
        _, name, scope = key.split("/", 2)
        row = loads(raw)
        if "now" in row or "waiting" in row:
            keys.append([name, scope])
        assert "before" not in row or "returns" in row["now"], key
        assert ("returns" in row.get("now", {})) == ("before" in row), key
        for version in ("now", "before", "waiting"):
            if version in row:
                assert f"document/{row[version]['hash']}" in rows
        if "now" in row and not row.get("suspended", {}).get("on", False):
            now = row["now"]
            judging.append({"hash": now["hash"], "id": name, "mode": now["mode"],
                            "scope": scope, "version": now["version"]})  # fmt: skip
            versions[name, scope] = now["version"]
    assert sorted(keys) == whole["keys"]
    found = load(state(ledger))
    assert found.set_hash == set_root(judging)
    assert {(one["id"], one["scope"]): one["version"] for one in whole["rows"]} == versions
    gates = [one for one in judging if one["id"] != "tell-somebody"]
    assert sum(len(found.gates[kind]) for kind in found.gates) == len(gates)


def settle(ledger: TestLedger) -> None:
    """A batch of its own, in which alone what is due happens: then nothing is."""
    ledger.run()
    whole = loads(ledger.memory.table("adoptions").get("set", b'{"dues":[]}'))
    time = ledger.memory.head().time
    assert all(due[0] > time for due in whole["dues"]), (time, whole["dues"])
    check(ledger)


@pytest.mark.parametrize("seed", range(12))
def test_a_made_up_history(seed: int) -> None:
    random = Random(seed)
    ledger = council(5, 3)
    areas = {"areas": catalogue_body()["areas"]}
    assert ledger.say("catalogue.define", areas, "red/ana").code == "ok"
    open_: list[str] = []
    codes: dict[str, int] = {}
    for _ in range(80):
        code = one_action(random, ledger, open_)
        codes[code] = codes.get(code, 0) + 1
        check(ledger)
        if random.random() < 0.5:
            settle(ledger)
        ledger.time += random.choice([0, 1, 60, HOUR, HOUR, DAY, 3 * DAY])
    assert codes["ok"] > 15 and len(codes) > 2, codes
    assert len(changes(ledger)) > 2
    replay = Replay()
    for entry in ledger.memory.entries:
        replay.feed(entry)
    head = ledger.memory.head()
    replay.finish(size=head.size, root=head.root())
    assert load(State(replay.ledger)) == load(state(ledger))
