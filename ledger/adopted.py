"""What is in force, as a whole: one row that is kept with every change of a contract.

Row `set` of table `adoptions` is a summary of the others, so that nothing has to be searched:

    keys      [contract, scope] of all that is in force, suspended or committed
    rows      the versions in force, by (contract, scope)
    dues      [time, contract, scope]: what falls due by itself, and when
    indexes   [since, definition]: what is counted, from entry `since` on
    set       the set hash: RFC 6962 root over the sorted canonical {hash, id, mode, scope, version}
    digest    of `indexes` and `rows`, by which what is made of them is kept in memory

Specification: `docs/spec/adoption.md`, the set.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

from ledger.adoptions import SET, TABLE, Standing, Version, find_standing
from ledger.canon import Value, encode
from ledger.codes import Code
from ledger.errors import Refused
from ledger.kinds import Nature, all_kinds
from ledger.log.merkle import leaf_hash, root
from ledger.state import State

_EMPTY: Final[Mapping[str, Value]] = {"dues": [], "indexes": [], "keys": [], "rows": []}


def summary(state: State) -> Mapping[str, Value]:
    """Row `set`, or one that says nothing."""
    row = state.get(TABLE, SET)
    return row if isinstance(row, dict) else _EMPTY


def put_standing(state: State, standing: Standing) -> None:
    """Write a contract, and with it the summary."""
    state.put(TABLE, standing.key, standing.value())
    old = summary(state)
    mine: Value = [standing.id, standing.scope]
    is_there = standing.now is not None or standing.waiting is not None
    keys = [one for one in _list(old["keys"]) if one != mine]
    dues = [one for one in _list(old["dues"]) if isinstance(one, list) and one[1:] != mine]
    rows = [
        one
        for one in _list(old["rows"])
        if isinstance(one, dict) and [one["id"], one["scope"]] != mine
    ]
    if is_there:
        keys.append(mine)
    if standing.due is not None:
        dues.append([standing.due, standing.id, standing.scope])
    version = standing.in_force
    if version is not None:
        rows.append(_row(standing, version))
    _put_summary(
        state,
        {
            "dues": sorted(dues, key=_place),
            "indexes": old["indexes"],
            "keys": sorted(keys, key=str),
            "rows": sorted(rows, key=_place),
        },
    )


def _place(row: Value) -> tuple[str, str]:
    """By (contract, scope), of a row in force or of something due."""
    if isinstance(row, dict):
        return str(row["id"]), str(row["scope"])
    assert isinstance(row, list)
    return str(row[1]), str(row[2])


def add_indexes(state: State, since: int, definitions: Iterable[Mapping[str, Value]]) -> None:
    """Indexes that listen from entry `since` on, those alone that do not yet."""
    old = summary(state)
    known = [one for one in _list(old["indexes"]) if isinstance(one, list)]
    there = [one[1] for one in known]
    for definition in definitions:
        if definition not in there:
            known.append([since, dict(definition)])
            there.append(dict(definition))
    names = ("dues", "keys", "rows")
    _put_summary(state, {**{name: old[name] for name in names}, "indexes": [*known]})


def _row(standing: Standing, version: Version) -> dict[str, Value]:
    found: dict[str, Value] = {
        "currency": version.currency,
        "entry": version.entry,
        "hash": version.hash,
        "id": standing.id,
        "kind": version.kind,
        "kinds": list(version.kinds),
        "minor": version.minor,
        "mode": version.mode,
        "owner": version.owner,
        "scope": standing.scope,
        "version": version.version,
    }
    return found


def _put_summary(state: State, parts: dict[str, Value]) -> None:
    digest = sha256(encode([parts["indexes"], parts["rows"]])).hexdigest()
    state.put(TABLE, SET, {**parts, "digest": digest, "set": set_root(parts["rows"])})


def set_root(rows: Value) -> str:
    """The set hash of rows in force, in hex: over `{hash, id, mode, scope, version}` of each."""
    raw = [
        encode({name: one[name] for name in ("hash", "id", "mode", "scope", "version")})
        for one in _list(rows)
        if isinstance(one, dict)
    ]
    return root([leaf_hash(one) for one in sorted(raw)]).hex()


def standings(state: State) -> list[Standing]:
    """Every contract that is in force, suspended or committed, by (contract, scope)."""
    found = []
    for pair in _list(summary(state)["keys"]):
        assert isinstance(pair, list)
        found.append(find_standing(state, str(pair[0]), str(pair[1])))
    return sorted(found, key=lambda one: (one.id, one.scope))


# ---- gates --------------------------------------------------------------------------------------


def gates_required(state: State) -> bool:
    """Whether what no enforcing gate judges is denied; never false again once it was true."""
    row = state.get("trust", "settings")
    return isinstance(row, dict) and row["gates"] is True


def require_gates(state: State) -> None:
    """From now on."""
    row = state.get("trust", "settings")
    assert isinstance(row, dict)
    state.put("trust", "settings", {**row, "gates": True})


def planned(standing: Standing) -> Version | None:
    """The version that will stand when all that is decided has happened."""
    if standing.retiring.at is not None:
        return None
    return standing.waiting or standing.now


def bare_kinds(state: State, after: Standing, kinds: Iterable[str]) -> list[str]:
    """Those of `kinds` that no enforcing gate would judge everywhere in the scope of `after`.

    `after` stands for what is written of that contract.
    """
    covered: dict[str, None] = {}
    for one in [*standings(state), after]:
        own = after if one.key == after.key else one
        version = planned(own)
        if version is None or not version.is_enforcing_gate or own.suspended.confirmed:
            continue
        if own.scope in ("consortium", after.scope):
            covered |= dict.fromkeys(version.kinds)
    return [kind for kind in kinds if kind not in covered]


def keep_a_gate(state: State, after: Standing) -> None:
    """Once gates are required, no authorisation may be left without its last one.

    `Refused(not_eligible)` where the contract, as it will stand, leaves a kind of its own bare.
    """
    old = after.now
    if old is None or not old.is_enforcing_gate or not gates_required(state):
        return
    spending = [
        kind.name
        for kind in all_kinds().values()
        if kind.name in old.kinds and kind.nature is Nature.AUTHORISATION
    ]
    bare = bare_kinds(state, after, spending)
    if bare:
        wanted = "another enforcing gate for this kind first"
        raise Refused(Code.NOT_ELIGIBLE, "body.contract", key=bare[0], wanted=wanted)


def _list(value: Value) -> list[Value]:
    assert isinstance(value, list)
    return value
