"""What members have adopted: rows of contracts, their versions, and who has a voice.

A contract is adopted for a scope (`consortium`, `fund:x`, `area:x`, `programme:x`) and stands there
in versions. Rows of table `adoptions`, every one canonical JSON:

    contract/{id}/{scope}   {"last", "now"?, "before"?, "waiting"?, "suspended"?, "retiring"?}
    document/{hash}         {"document", "entry"}: every text that was ever committed, for good
    sequence/{scope}        number of the last commit of the scope
    set                     {"digest", "dues", "indexes", "keys", "rows", "set"}: what is in force

`now` is in force, `waiting` committed, `before` what comes back when an emergency version ends.
Row `set` is a summary of the others, kept with every change, so that nothing has to be searched:
one read tells what is in force, which indexes listen and what falls due next. `set` in it is the
set hash: the RFC 6962 root over the sorted canonical `{hash, id, mode, scope, version}` in force.

    >>> scope_class("fund:flood"), scope_subject("fund:flood"), scope_subject("consortium")
    ('fund', 'flood', '')

Specification: `docs/spec/adoption.md`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Annotated, Final

from ledger.canon import Value, encode
from ledger.codes import Code
from ledger.errors import Refused
from ledger.log.merkle import leaf_hash, root
from ledger.members import Signers
from ledger.shape import Pattern
from ledger.state import State

TABLE: Final = "adoptions"
PROPOSALS: Final = "proposals"
SET: Final = "set"

LAPSE_S: Final = 30 * 86_400
"""A proposal that is not committed, and a voice for retiring, count so long."""
RETURN_S: Final = 72 * 3_600
"""An emergency version, and a suspension that no quorum confirms, last so long."""
NOTICE_S: Final[Mapping[str, int]] = {"params": 3_600, "full": 86_400, "emergency": 0}
"""Lane -> seconds from the commit to `not_before`, at least."""
SMALL: Final = 2
"""Members that suffice for other parameters, for an emergency and for a suspension."""
ADOPTED_MAX: Final = 128
"""Contracts in all scopes that are in force or committed."""
GATES_MAX: Final = 16
"""Gates that one kind of statement may meet: those of a scope and of the consortium."""

ContractId = Annotated[
    str, Pattern("[a-z][a-z0-9-]{2,47}", 48, "contract id: 3-48 of a-z, 0-9 and -")
]
Scope = Annotated[
    str,
    Pattern(
        "consortium|(fund|area|programme):[a-z0-9][a-z0-9-]{0,47}",
        58,
        "consortium, fund:id, area:id or programme:id",
    ),
]
QuorumScope = Annotated[
    str,
    Pattern(
        "consortium|(fund|area|programme)(:[a-z0-9][a-z0-9-]{0,47})?",
        58,
        "consortium, fund, area, programme, or one of them",
    ),
]


def scope_class(scope: str) -> str:
    """`consortium`, `fund`, `area` or `programme`."""
    return scope.partition(":")[0]


def scope_subject(scope: str) -> str:
    """The id in the catalogue; "" for the consortium."""
    return scope.partition(":")[2]


def contract_hash(document: Value) -> str:
    """H("relief/contract/v1" || 00 || canonical JSON), hex."""
    return sha256(b"relief/contract/v1\x00" + encode(document)).hexdigest()


# ---- who has a voice ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quorum:
    """`n` of `members`, each one voice."""

    members: tuple[str, ...]
    n: int

    def wanted(self, lane: str) -> int:
        """Voices that a lane needs."""
        return self.n if lane == "full" else self.small

    @property
    def small(self) -> int:
        """Two members, or the quorum where that is smaller."""
        return min(SMALL, self.n)


def quorum_of(state: State, scope: str) -> Quorum:
    """Who decides in a scope: genesis, by the exact scope, its class, then the consortium's.

    Where genesis says nothing: more than half of the members that have an admin.
    """
    row = state.get("trust", "thresholds")
    given = row.get("quorums", []) if isinstance(row, dict) else []
    assert isinstance(given, list)
    for wanted in (scope, scope_class(scope), "consortium"):
        for one in given:
            assert isinstance(one, dict)
            if one["scope"] == wanted:
                members, n = one["members"], one["n"]
                assert isinstance(members, list) and isinstance(n, int)
                return Quorum(tuple(str(member) for member in members), n)
    admins = state.get("trust", "admins")
    pairs = admins if isinstance(admins, list) else []
    found = sorted({str(pair[0]).partition("/")[0] for pair in pairs if isinstance(pair, list)})
    return Quorum(tuple(found), len(found) // 2 + 1)


def speakers(signers: Signers, quorum: Quorum) -> list[str]:
    """The members of a quorum for which an admin signed, the author's first."""
    found = dict.fromkeys(one.member for one in signers.all if "admin" in one.roles)
    return [member for member in found if member in quorum.members]


Voice = tuple[str, str, int]
"""(member, statement, time)"""


def add_voices(
    voices: tuple[Voice, ...], members: Iterable[str], statement: str, time: int
) -> tuple[Voice, ...]:
    """The voices with those of `members`, each once; `Refused(already_exists)` if none is new."""
    heard = [member for member, _, _ in voices]
    new = [(member, statement, time) for member in members if member not in heard]
    if not new:
        raise Refused(Code.ALREADY_EXISTS, "author", key=", ".join(heard))
    return (*voices, *new)


# ---- versions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a contract as it was adopted.

    `entry`: of the commit while it waits, then of its activation. `causes`: kinds of statements
    that its effects make. `currency` and `minor`: what its money is. `returns`: when an emergency
    version ends. `gates`: from its activation on, what no gate judges is denied.
    """

    hash: str
    version: int
    kind: str
    kinds: tuple[str, ...]
    causes: tuple[str, ...]
    currency: str
    minor: int
    mode: str
    lane: str
    owner: str
    proposal: str
    entry: int
    not_before: int
    expires: int | None = None
    returns: int | None = None
    gates: bool = False

    @property
    def is_enforcing_gate(self) -> bool:
        """Whether it may refuse."""
        return self.kind == "gate" and self.mode == "enforce"

    def value(self) -> dict[str, Value]:
        """As JSON; what is not there is absent."""
        found: dict[str, Value] = {
            "causes": list(self.causes),
            "currency": self.currency,
            "entry": self.entry,
            "hash": self.hash,
            "kind": self.kind,
            "kinds": list(self.kinds),
            "lane": self.lane,
            "minor": self.minor,
            "mode": self.mode,
            "not_before": self.not_before,
            "owner": self.owner,
            "proposal": self.proposal,
            "version": self.version,
        }
        for name, time in (("expires", self.expires), ("returns", self.returns)):
            if time is not None:
                found[name] = time
        if self.gates:
            found["gates"] = True
        return found


def _version(value: Value | None) -> Version | None:
    if not isinstance(value, dict):
        return None
    return Version(
        hash=str(value["hash"]),
        version=_int(value["version"]),
        kind=str(value["kind"]),
        kinds=_texts(value["kinds"]),
        causes=_texts(value["causes"]),
        currency=str(value["currency"]),
        minor=_int(value["minor"]),
        mode=str(value["mode"]),
        lane=str(value["lane"]),
        owner=str(value["owner"]),
        proposal=str(value["proposal"]),
        entry=_int(value["entry"]),
        not_before=_int(value["not_before"]),
        expires=_maybe(value.get("expires")),
        returns=_maybe(value.get("returns")),
        gates=value.get("gates") is True,
    )


@dataclass(frozen=True, slots=True)
class Suspension:
    """Voices for stopping a contract. `entry` is -1 until enough are heard, then that of the
    statement which made them enough, then of the derived entry with which it began; `on` from
    then to `until`, or for good where `confirmed` by the quorum."""

    voices: tuple[Voice, ...] = ()
    entry: int = -1
    on: bool = False
    until: int | None = None
    confirmed: bool = False

    @property
    def is_ordered(self) -> bool:
        """Whether it begins with the next batch, or has begun."""
        return self.entry >= 0

    def value(self) -> dict[str, Value]:
        """As JSON."""
        found = _voiced(self.voices, self.entry)
        found |= {"confirmed": self.confirmed, "on": self.on}
        if self.until is not None:
            found["until"] = self.until
        return found


@dataclass(frozen=True, slots=True)
class Retiring:
    """Voices for ending a contract; `at` is when, once the quorum is reached in `entry`."""

    voices: tuple[Voice, ...] = ()
    entry: int = -1
    at: int | None = None

    def value(self) -> dict[str, Value]:
        """As JSON."""
        found = _voiced(self.voices, self.entry)
        if self.at is not None:
            found["at"] = self.at
        return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract in a scope: its versions, and what is asked against it.

    `last` is the highest version that was ever in force, 0 for none.
    """

    id: str
    scope: str
    last: int = 0
    now: Version | None = None
    before: Version | None = None
    waiting: Version | None = None
    suspended: Suspension = field(default_factory=Suspension)
    retiring: Retiring = field(default_factory=Retiring)

    @property
    def key(self) -> str:
        """Its key in table `adoptions`."""
        return standing_key(self.id, self.scope)

    @property
    def in_force(self) -> Version | None:
        """The version that judges."""
        return None if self.suspended.on else self.now

    @property
    def due(self) -> int | None:
        """When something falls due; 0: with the next batch."""
        times: list[int | None] = [self.retiring.at]
        if self.waiting is not None:
            times.append(self.waiting.not_before)
        if self.now is not None:
            times += [self.now.expires, self.now.returns]
        if self.suspended.is_ordered and not self.suspended.on:
            times.append(0)
        if self.suspended.on and not self.suspended.confirmed:
            times.append(self.suspended.until)
        known = [time for time in times if time is not None]
        return min(known) if known else None

    def value(self) -> dict[str, Value]:
        """As JSON; empty parts are absent."""
        found: dict[str, Value] = {"last": self.last}
        for name, version in (
            ("before", self.before), ("now", self.now), ("waiting", self.waiting),
        ):  # fmt: skip
            if version is not None:
                found[name] = version.value()
        if self.suspended.voices:
            found["suspended"] = self.suspended.value()
        if self.retiring.voices:
            found["retiring"] = self.retiring.value()
        return found


def standing_key(contract: str, scope: str) -> str:
    """Key of a contract in a scope."""
    return f"contract/{contract}/{scope}"


def find_standing(state: State, contract: str, scope: str) -> Standing:
    """The contract in a scope; an empty one where it was never adopted."""
    row = state.get(TABLE, standing_key(contract, scope))
    if not isinstance(row, dict):
        return Standing(contract, scope)
    suspended, retiring = row.get("suspended"), row.get("retiring")
    found = Standing(
        contract,
        scope,
        _int(row["last"]),
        _version(row.get("now")),
        _version(row.get("before")),
        _version(row.get("waiting")),
    )
    if isinstance(suspended, dict):
        found = replace(
            found,
            suspended=Suspension(
                _voices(suspended["voices"]),
                _int(suspended["entry"]),
                suspended["on"] is True,
                _maybe(suspended.get("until")),
                suspended["confirmed"] is True,
            ),
        )
    if isinstance(retiring, dict):
        heard = _voices(retiring["voices"])
        found = replace(
            found, retiring=Retiring(heard, _int(retiring["entry"]), _maybe(retiring.get("at")))
        )
    return found


# ---- the summary --------------------------------------------------------------------------------

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


# ---- values -------------------------------------------------------------------------------------


def _voiced(voices: tuple[Voice, ...], entry: int) -> dict[str, Value]:
    return {"entry": entry, "voices": [list(voice) for voice in voices]}


def _voices(value: Value) -> tuple[Voice, ...]:
    found = []
    for one in _list(value):
        assert isinstance(one, list)
        found.append((str(one[0]), str(one[1]), _int(one[2])))
    return tuple(found)


def voices_of(value: Value) -> tuple[Voice, ...]:
    """The voices in a row."""
    return _voices(value)


def _list(value: Value) -> list[Value]:
    assert isinstance(value, list)
    return value


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(str(part) for part in _list(value))


def _int(value: Value) -> int:
    assert type(value) is int, value
    return value


def _maybe(value: Value | None) -> int | None:
    return None if value is None else _int(value)
