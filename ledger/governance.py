"""Governance inputs of the trust file: which logs and cosigners there are, and which suffice.

Table `trust`: row `inputs` {"groups", "mirrors", "quorum", "witnesses"}, `thresholds`, `limits`,
`settings`, `admins` ([actor, person] of everybody with role admin, in order), `logs` (ids of the
log keys in force, in order: at most as many as a trust file may name). The trust file of a size is
rendered from them and from the keys then in force, always in the same order: logs by vkey,
witnesses by name, groups as they were logged (`docs/spec/governance.md`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.keys import KeyId, key_id
from ledger.log.note import COSIGNATURE, LOG, make_vkey
from ledger.log.trust import (
    DEFINED_MAX,
    NONE,
    Group,
    LogKey,
    Window,
    Witness,
    format_trust,
    make_trust,
)
from ledger.members import Key, find_key
from ledger.shape import Hash, Length, Pattern, Range, Slug, fields_of
from ledger.state import State

KeyName = Annotated[
    str, Pattern("[a-z0-9][a-z0-9./-]{0,126}[a-z0-9]", 128, "key name in a-z, 0-9, . / and -")
]


@dataclass(frozen=True, slots=True)
class WitnessInput:
    """A cosigner: its short name in the trust file, its key name, its public key."""

    key_name: KeyName
    name: Slug
    public: Hash


@dataclass(frozen=True, slots=True)
class GroupInput:
    """`k` of `members` (names of witnesses or of groups before this one)."""

    k: Annotated[int, Range(1, 32)]
    members: Annotated[tuple[Slug, ...], Length(1, 32)]
    name: Slug


@dataclass(frozen=True, slots=True)
class TrustInputs:
    """Who cosigns and what suffices; `mirrors`: cosignatures that must come from mirrors."""

    groups: Annotated[tuple[GroupInput, ...], Length(0, 32)]
    mirrors: Annotated[int, Range(1, 32)]
    quorum: Slug
    witnesses: Annotated[tuple[WitnessInput, ...], Length(1, 32)]


def set_admin(state: State, actor: str, person: str, holds: bool) -> None:
    """Keep the list of admins: `actor`, who is `person`, has the role or has it no more."""
    row = state.get("trust", "admins")
    pair: Value = [actor, person]
    others = [one for one in row if one != pair] if isinstance(row, list) else []
    admins = sorted([*others, pair], key=str) if holds else others
    state.put("trust", "admins", admins)


def admin_persons(state: State, *, without: str = "") -> int:
    """How many different persons are admins, not counting what the actor `without` holds."""
    row = state.get("trust", "admins")
    persons: dict[tuple[str, str], None] = {}
    for pair in row if isinstance(row, list) else []:
        assert isinstance(pair, list)
        actor, person = str(pair[0]), str(pair[1])
        if actor != without:
            persons[(actor.partition("/")[0], person)] = None
    return len(persons)


def add_log_key(state: State, key: KeyId) -> bool:
    """Keep the list of log keys in force; False where the trust file has no place for one more."""
    row = state.get("trust", "logs")
    logs = row if isinstance(row, list) else []
    if len(logs) >= DEFINED_MAX:
        return False
    state.put("trust", "logs", sorted([*logs, key], key=str))
    return True


def drop_log_key(state: State, key: KeyId) -> None:
    """A log key is in force no more."""
    row = state.get("trust", "logs")
    logs = row if isinstance(row, list) else []
    state.put("trust", "logs", [one for one in logs if one != key])


def trust_row(inputs: TrustInputs) -> dict[str, Value]:
    """As row `inputs` of table `trust`."""
    return fields_of(inputs)


def check_trust_inputs(state: State, inputs: TrustInputs, where: str) -> None:
    """Names are defined before use and once, no key counts twice, keys are enrolled cosigners."""
    names: dict[str, None] = {}
    publics: dict[str, None] = {}
    for number, witness in enumerate(inputs.witnesses):
        here = f"{where}.witnesses[{number}]"
        if witness.name in (*names, NONE) or witness.public in publics:
            raise Refused(Code.ALREADY_EXISTS, here, key=witness.name)
        names[witness.name] = publics[witness.public] = None
        key = find_key(state, key_id(bytes.fromhex(witness.public)))
        if key is None or key.use != "cosigner":
            raise Refused(Code.UNKNOWN_REFERENCE, here, key=witness.public)
    used: dict[str, None] = {}
    for number, group in enumerate(inputs.groups):
        here = f"{where}.groups[{number}]"
        for member in group.members:
            if member not in names or member in used:
                raise Refused(Code.UNKNOWN_REFERENCE, here, key=member)
            used[member] = None
        if group.name in (*names, NONE) or group.k > len(group.members):
            raise Refused(Code.ALREADY_EXISTS, here, key=group.name)
        names[group.name] = None
    if inputs.quorum not in names:
        raise Refused(Code.UNKNOWN_REFERENCE, f"{where}.quorum", key=inputs.quorum)


def quorum_reachable(inputs: Mapping[str, Value], available: Sequence[str]) -> bool:
    """Whether the witnesses named in `available` can still satisfy the quorum."""
    holds = dict.fromkeys(available, True)
    groups = inputs["groups"]
    assert isinstance(groups, list)
    for group in groups:
        assert isinstance(group, dict) and isinstance(group["members"], list)
        reached = sum(1 for member in group["members"] if holds.get(str(member), False))
        wanted = group["k"]
        assert isinstance(wanted, int)
        holds[str(group["name"])] = reached >= wanted
    return holds.get(str(inputs["quorum"]), False)


def witnesses_in_force(state: State, inputs: Mapping[str, Value], size: int) -> list[str]:
    """Names of those cosigners whose keys are in force at `size`."""
    rows = inputs["witnesses"]
    assert isinstance(rows, list)
    found = []
    for row in rows:
        assert isinstance(row, dict)
        key = find_key(state, key_id(bytes.fromhex(str(row["public"]))))
        if key is not None and key.in_force(size):
            found.append(str(row["name"]))
    return found


def keys_of(state: State, ids: Iterable[str]) -> list[Key]:
    """The keys with these ids."""
    found = (find_key(state, KeyId(one)) for one in ids)
    return [key for key in found if key is not None]


def render_trust(origin: str, inputs: Mapping[str, Value], keys: Iterable[Key], size: int) -> str:
    """The trust file for checkpoints from `size` on, until governance changes it."""
    in_force = [key for key in keys if key.in_force(size)]
    logs = [LogKey(make_vkey(origin, LOG, key.public)) for key in in_force if key.use == "log"]
    cosigners = [key.public for key in in_force if key.use == "cosigner"]
    rows, groups, mirrors = inputs["witnesses"], inputs["groups"], inputs["mirrors"]
    assert isinstance(rows, list) and isinstance(groups, list) and isinstance(mirrors, int)
    witnesses = []
    for row in rows:
        assert isinstance(row, dict)
        public = bytes.fromhex(str(row["public"]))
        if public in cosigners:
            vkey = make_vkey(str(row["key_name"]), COSIGNATURE, public)
            witnesses.append(Witness(str(row["name"]), vkey))
    trust = make_trust(
        windows=[Window(origin, size)],
        mirrors=mirrors,
        logs=logs,
        witnesses=witnesses,
        groups=[_group(group) for group in groups],
        quorum=str(inputs["quorum"]),
    )
    return format_trust(trust).decode()


def _group(row: Value) -> Group:
    assert isinstance(row, dict) and isinstance(row["members"], list) and isinstance(row["k"], int)
    return Group(str(row["name"]), row["k"], tuple(str(member) for member in row["members"]))
