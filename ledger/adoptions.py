"""What members have adopted: the rows of contracts and their versions.

A contract stands in a scope in versions. Rows of table `adoptions`, every one canonical JSON:

    contract/{id}/{scope}   {"last", "now"?, "before"?, "waiting"?, "suspended"?, "retiring"?}
    document/{hash}         {"document", "entry"}: every text that was ever committed, for good
    sequence/{scope}        number of the last commit of the scope
    set                     what is in force, as a whole (`ledger.adopted`)

`now` is in force, `waiting` committed, `before` what comes back when an emergency version ends.
Specification: `docs/spec/adoption.md`, rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from ledger.canon import Value, encode
from ledger.state import State
from ledger.voices import Voice, voice_rows, voices_of

TABLE: Final = "adoptions"
PROPOSALS: Final = "proposals"
SET: Final = "set"

LAPSE_S: Final = 30 * 86_400
"""A proposal that is not committed, and a voice for retiring, count so long."""
RETURN_S: Final = 72 * 3_600
"""An emergency version, and a suspension that no quorum confirms, last so long."""
NOTICE_S: Final[Mapping[str, int]] = {"params": 3_600, "full": 86_400, "emergency": 0}
"""Lane -> seconds from the commit to `not_before`, at least."""
ADOPTED_MAX: Final = 128
"""Contracts in all scopes that are in force or committed."""
OPEN_MAX: Final = 32
"""Proposals of one member that are open at a time."""
GATES_MAX: Final = 16
"""Gates that one kind of statement may meet: those of a scope and of the consortium."""


def contract_hash(document: Value) -> str:
    """H("relief/contract/v1" || 00 || canonical JSON), hex."""
    return sha256(b"relief/contract/v1\x00" + encode(document)).hexdigest()


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
    """Voices for stopping a contract.

    `entry` is -1 until enough are heard, then that of the statement which made them enough, then
    of the derived entry with which it began; `on` from then to `until`. From `entry` on members may
    say so again, in `confirming`: once the quorum has, it is `confirmed` and does not end.
    """

    voices: tuple[Voice, ...] = ()
    entry: int = -1
    on: bool = False
    until: int | None = None
    confirming: tuple[Voice, ...] = ()
    confirmed: bool = False

    @property
    def is_ordered(self) -> bool:
        """Whether it begins with the next batch, or has begun."""
        return self.entry >= 0

    def value(self) -> dict[str, Value]:
        """As JSON."""
        found = _voiced(self.voices, self.entry)
        confirming: Value = voice_rows(self.confirming)
        found |= {"confirmed": self.confirmed, "confirming": confirming, "on": self.on}
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
                voices_of(suspended["voices"]),
                _int(suspended["entry"]),
                suspended["on"] is True,
                _maybe(suspended.get("until")),
                voices_of(suspended["confirming"]),
                suspended["confirmed"] is True,
            ),
        )
    if isinstance(retiring, dict):
        heard = voices_of(retiring["voices"])
        found = replace(
            found, retiring=Retiring(heard, _int(retiring["entry"]), _maybe(retiring.get("at")))
        )
    return found


# ---- values -------------------------------------------------------------------------------------


def _voiced(voices: tuple[Voice, ...], entry: int) -> dict[str, Value]:
    return {"entry": entry, "voices": voice_rows(voices)}


def _texts(value: Value) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(str(part) for part in value)


def _int(value: Value) -> int:
    assert type(value) is int, value
    return value


def _maybe(value: Value | None) -> int | None:
    return None if value is None else _int(value)
