"""Who has a voice about contracts: scopes, quorums, voices.

A contract is adopted for a scope: `consortium`, `fund:x`, `area:x` or `programme:x`. In each scope
`n` of some members decide, by genesis; a member has one voice, given by an admin of its own.

    >>> scope_class("fund:flood"), scope_subject("fund:flood"), scope_subject("consortium")
    ('fund', 'flood', '')

Specification: `docs/spec/adoption.md`, voices.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.members import Signers
from ledger.shape import Pattern
from ledger.state import State

SMALL: Final = 2
"""Members that suffice for other parameters, for an emergency and for a suspension."""

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


def voices_of(value: Value) -> tuple[Voice, ...]:
    """The voices in a row."""
    assert isinstance(value, list)
    found = []
    for one in value:
        assert isinstance(one, list) and isinstance(one[2], int)
        found.append((str(one[0]), str(one[1]), one[2]))
    return tuple(found)


def voice_rows(voices: Iterable[Voice]) -> list[Value]:
    """The voices as JSON."""
    return [list(voice) for voice in voices]
