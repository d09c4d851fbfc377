"""Nouns of contracts, told to the views: proposals and voices, what came into force, runs.

As in `nodes.projections.nouns`: one function a kind, for applied entries alone. What `contract.
activate` changes is what `contracts.adoption.activating` books, made again from its body: which
version stands, waits, returns or is over. A test holds every row against the state.
"""

from collections.abc import Mapping

from ledger.adoptions import LAPSE_S, RETURN_S, contract_hash
from nodes.projections.contractviews import ContractRun, ContractVersion, ContractVoice
from nodes.projections.facts import Fact
from nodes.projections.goodsnouns import Telling
from nodes.projections.nounviews import Actor, Key
from nodes.projections.rows import Row, Work
from nodes.projections.views import Subject

NAMES = ("en", "zh_hans", "zh_hant")
STANDING = ("active", "suspended")
"""States of the version that stands: one in each scope."""


# ---- proposals ----------------------------------------------------------------------------------


def _propose(work: Work, fact: Fact) -> None:
    body, document = fact.body, fact.body["document"]
    row: Row = {
        "proposal": fact.statement,
        "contract": document["contract"],
        "scope": body["scope"],
        "version": document["version"],
        "hash": contract_hash(document),
        "sort": document["kind"],
        "kinds": " ".join(document["kinds"]),
        "mode": body["mode"],
        "lane": body["lane"],
        "owner": body["owner"],
        **{name: document["title"][name] for name in NAMES},
        "state": "proposed",
        "proposed": fact.index,
        "opened": fact.time,
        "lapses": fact.time + LAPSE_S,
        "not_before": body["not_before"],
        "expires": body.get("expires", -1),
        "committed": -1,
        "activated": -1,
        "starts": -1,
        "returns": -1,
        "until": -1,
        "ended": -1,
        "ends": -1,
    }
    work.make(ContractVersion, row)
    _hear(work, fact, fact.statement)


def _approve(work: Work, fact: Fact) -> None:
    _hear(work, fact, fact.body["proposal"])
    _about(work, fact, fact.body["proposal"])


def _hear(work: Work, fact: Fact, proposal: str) -> None:
    """The members for which an admin signed, each once."""
    heard = work.where(ContractVoice, "proposal", proposal)
    known, n = [row["member"] for row in heard], len(heard)
    for key in (fact.author, *fact.cosigners):
        held = work.find(Key, key)
        actor = None if held is None else work.find(Actor, str(held["actor"]))
        if actor is None or "admin" not in str(actor["roles"]).split():
            continue
        member = actor["member"]
        if member not in known:
            known.append(member)
            keys: Row = {"proposal": proposal, "member": member, "n": n}
            work.make(ContractVoice, {**keys, "entry": fact.index, "time": fact.time})
            n += 1


def _commit(work: Work, fact: Fact) -> None:
    proposal = fact.body["proposal"]
    row = work.find(ContractVersion, proposal)
    assert row is not None, proposal
    for other in _rows(work, row["contract"], row["scope"]):
        if other["state"] == "approved":
            # What the quorum decides replaces a quick change that waits.
            _end(work, fact, other, "dropped")
    work.put(ContractVersion, {**row, "state": "approved", "committed": fact.index})
    _about(work, fact, proposal)


def end_proposal(work: Work, fact: Fact, leg: str) -> None:
    """A deadline passed: of a proposal, if it was one."""
    noun, _, proposal = leg.partition("/")
    row = work.find(ContractVersion, proposal) if noun == "proposal" else None
    if row is not None:
        _end(work, fact, row, "lapsed")
        _about(work, fact, proposal)


def _about(work: Work, fact: Fact, proposal: str) -> None:
    """The entry is about the contract that is proposed, which its body does not name."""
    row = work.find(ContractVersion, proposal)
    if row is not None:
        work.put(Subject, {"subject": f"contract/{row['contract']}", "entry": fact.index})


# ---- what is in force ---------------------------------------------------------------------------


def _rows(work: Work, contract: object, scope: object) -> list[Row]:
    """The versions of a contract in a scope."""
    found = work.where(ContractVersion, "contract", str(contract))
    return [row for row in found if row["scope"] == scope]


def _end(work: Work, fact: Fact, row: Row, state: str) -> None:
    over: Row = {"state": state, "ended": fact.index, "ends": fact.time, "until": -1}
    work.put(ContractVersion, {**row, **over})


def _activate(work: Work, fact: Fact) -> None:
    body = fact.body
    rows = _rows(work, body["contract"], body["scope"])
    stood = next((row for row in rows if row["state"] in STANDING), None)
    before = [row for row in rows if row["state"] == "before"]
    change = body["change"]
    if change == "activated":
        new = next(row for row in rows if row["state"] == "approved")
        for row in before:
            _end(work, fact, row, "superseded")
        if stood is not None and new["lane"] == "emergency":
            work.put(ContractVersion, {**stood, "state": "before", "until": -1})
        elif stood is not None:
            _end(work, fact, stood, "superseded")
        _stand(work, fact, new, stood)
    elif stood is None:
        return  # nothing stands that could change: never so in a log that was judged
    elif change == "returned":
        _end(work, fact, stood, "superseded")
        for row in before:
            keeps: Row = {"state": stood["state"], "until": stood["until"]}
            work.put(ContractVersion, {**row, **keeps, "activated": fact.index})
    elif change == "suspended":
        until = fact.time + RETURN_S
        work.put(ContractVersion, {**stood, "state": "suspended", "until": until})
    elif change == "resumed":
        work.put(ContractVersion, {**stood, "state": "active", "until": -1})
    else:
        _end(work, fact, stood, change)
        for row in before:
            _end(work, fact, row, "superseded")
        for row in rows:
            # It is over; what was only a quick change of it is over with it.
            if row["state"] == "approved" and row["lane"] != "full":
                _end(work, fact, row, "dropped")


def _stand(work: Work, fact: Fact, new: Row, stood: Row | None) -> None:
    """A version comes into force; a suspension goes on unless the quorum wanted the new one."""
    now: Row = {"state": "active", "activated": fact.index, "starts": fact.time}
    if new["lane"] == "emergency":
        now["returns"] = fact.time + RETURN_S
    if stood is not None and stood["state"] == "suspended" and new["lane"] != "full":
        now |= {"state": "suspended", "until": stood["until"]}
    work.put(ContractVersion, {**new, **now})


# ---- runs ---------------------------------------------------------------------------------------

_SAID = {"run.pause": "paused", "run.resume": "running", "run.end": "ended"}


_COUNTED = ("done", "faults", "fired", "refused", "spent")


def _progress(work: Work, fact: Fact) -> None:
    body = fact.body
    row = _run(work, body["run"])
    if row is None:
        return  # of a contract that nobody proposed: never so in a log that was judged
    counted: Row = {name: body[name] for name in _COUNTED}
    said: Row = {"state": body["state"], "why": body["why"]}
    work.put(ContractRun, {**row, **said, **counted, **_last(fact, body["state"])})


def _run(work: Work, run: str) -> Row | None:
    """The row of a run; a new one where nothing was told of it yet."""
    row = work.find(ContractRun, run)
    if row is not None:
        return row
    entry, _, text = run.partition("/")
    versions = work.where(ContractVersion, "hash", text)
    if not versions:
        return None
    row = {"id": run, "contract": versions[0]["contract"], "cause": int(entry)}
    # Its cause is about the contract too, and only now anybody can know.
    cause: Row = {"subject": f"contract/{row['contract']}", "entry": row["cause"]}
    if not work.is_added(Subject, cause):
        work.put(Subject, cause)
    return {**row, **dict.fromkeys(_COUNTED, 0)}


def _last(fact: Fact, state: str) -> Row:
    closed = fact.index if state == "ended" else -1
    return {"entry": fact.index, "batch": fact.batch, "time": fact.time, "closed": closed}


def _people_say(work: Work, fact: Fact) -> None:
    row = _run(work, fact.body["run"])
    if row is None:
        return
    state = _SAID[fact.kind]
    why = "" if state == "running" else "members"
    work.put(ContractRun, {**row, "state": state, "why": why, **_last(fact, state)})
    work.put(Subject, {"subject": f"contract/{row['contract']}", "entry": fact.index})


CONTRACTS: Mapping[str, Telling] = {
    "contract.activate": _activate,
    "contract.approve": _approve,
    "contract.commit": _commit,
    "contract.propose": _propose,
    "contract.run": _progress,
    "run.end": _people_say,
    "run.pause": _people_say,
    "run.resume": _people_say,
}
"""kind -> what it tells."""
