"""A founded ledger on which contracts are adopted: who says what, and shortcuts for tests.

`VOTERS` are admins, one of each member: the founders decide together, two of two.
"""

from json import loads
from typing import Any

from documents import gate
from ledgers import DAY, ORIGIN, TestLedger, founded, genesis_body, names, test_key

from contracts.batch import Answer
from ledger.entry import AutoEntry, parse_entry
from ledger.state import State

ANA, EVE = "red/ana", "blue/eve"
HOUR = 3_600


def counting(**changes: Any) -> dict[str, Any]:
    """A gate that counts hand-outs of a household: it asks for an index."""
    had = {
        "count": 1,
        "of": "disbursement.handout",
        "by": {"household": "it.household"},
        "window": "7d",
        "type": "int(0..1000000)",
    }
    return gate(**{"facts": {"had": had}, "contract": "counting", **changes})


def proposal(document: dict[str, Any], ledger: TestLedger, **changes: Any) -> dict[str, Any]:
    """Body of a proposal for the consortium, in shadow, in force two days from now."""
    body = {
        "document": document,
        "lane": "full",
        "mode": "shadow",
        "not_before": ledger.time + 2 * DAY,
        "owner": "red",
        "scope": "consortium",
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def propose(ledger: TestLedger, document: dict[str, Any], *actors: str, **changes: Any) -> Answer:
    """A proposal; by default both founders sign it, so that it has both voices."""
    body = proposal(document, ledger, **changes)
    return ledger.say("contract.propose", body, *(actors or (ANA, EVE)))


def commit(ledger: TestLedger, proposed: str, **changes: Any) -> Answer:
    """The commit of a proposal, with the next number of its scope."""
    row = loads(ledger.memory.table("proposals")[proposed])
    last = ledger.memory.table("adoptions").get(f"sequence/{row['scope']}")
    sequence = (0 if last is None else loads(last)) + 1
    body = {"proposal": proposed, "sequence": sequence, **changes}
    return ledger.say("contract.commit", body, ANA)


def adopt(ledger: TestLedger, document: dict[str, Any], **changes: Any) -> None:
    """Propose, commit, and wait until it is in force."""
    proposed = propose(ledger, document, **changes)
    assert proposed.code == "ok", proposed
    done = commit(ledger, proposed.statement)
    assert done.code == "ok", done
    row = loads(ledger.memory.table("proposals")[proposed.statement])
    ledger.time = max(ledger.time, row["not_before"])
    tick(ledger)


def enforce(ledger: TestLedger, document: dict[str, Any], **changes: Any) -> None:
    """In shadow first, then the same text in earnest."""
    adopt(ledger, document, **{k: v for k, v in changes.items() if k != "gates"})
    adopt(ledger, document, **{"mode": "enforce", **changes})


def tick(ledger: TestLedger) -> list[dict[str, Any]]:
    """A batch at the ledger's time, with one statement that changes nothing here; what contracts
    changed at its head."""
    first = len(ledger.memory.entries)
    ledger.count += 1
    body = {"actors": [], "organisation": {"id": f"party-{ledger.count}", "names": names("Party")}}
    answer = ledger.say("member.enrol", body, ANA, "red/bao")
    assert answer.code == "ok", answer
    return changes(ledger, first)


def changes(ledger: TestLedger, first: int = 0) -> list[dict[str, Any]]:
    """Bodies of `contract.activate` since an entry."""
    found = []
    for raw in ledger.memory.entries[first:]:
        entry = parse_entry(raw)
        if isinstance(entry, AutoEntry) and entry.kind == "contract.activate":
            found.append(dict(entry.body))
    return found


def told(found: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """(what, contract, version) of changes."""
    return [(one["change"], one["contract"], one["version"]) for one in found]


def state(ledger: TestLedger) -> State:
    return State(ledger.memory)


def standing(ledger: TestLedger, contract: str, scope: str = "consortium") -> dict[str, Any]:
    """The row of a contract."""
    found: dict[str, Any] = loads(ledger.memory.table("adoptions")[f"contract/{contract}/{scope}"])
    return found


def council(members: int, n: int | None = None, **scopes: tuple[list[str], int]) -> TestLedger:
    """A ledger of so many members m1, m2 .., each with an admin `m1/a`; red and blue among them.

    `n` of all decide, where given; `scopes`: class -> (members, n).
    """
    ledger = TestLedger()
    body = genesis_body()
    own = [f"m{number}" for number in range(1, members + 1)]
    everywhere = {"areas": [], "funds": [], "sites": []}
    for one in own:
        body["organisations"].append({"id": one, "names": names(one)})
        actor = f"{one}/a"
        body["actors"].append({"id": actor, "person": "a", "roles": ["admin"], "scope": everywhere})
        public = test_key(actor).public.hex()
        body["keys"].append({"public": public, "use": "author", "actor": actor})
    quorums = [] if n is None else [{"members": own, "n": n, "scope": "consortium"}]
    quorums += [{"members": named, "n": k, "scope": name} for name, (named, k) in scopes.items()]
    if quorums:
        body["thresholds"]["quorums"] = quorums
    signers = [ANA, EVE, *(f"{one}/a" for one in own)]
    answer = ledger.say("genesis", body, *signers)
    assert answer.code == "ok", answer
    return ledger


__all__ = [
    "ANA", "DAY", "EVE", "HOUR", "ORIGIN", "adopt", "changes", "commit", "council", "counting", "enforce",
    "founded", "gate", "proposal", "propose", "standing", "state", "tick", "told",
]  # fmt: skip
