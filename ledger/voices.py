"""Who has a voice about contracts: scopes, quorums, voices.

A contract is adopted for a scope: `consortium`, `fund:x`, `area:x` or `programme:x`. In each scope
`n` of some members decide, by genesis; a member has one voice, given by an admin of its own. It
counts while its member has one, and while the key that it was given with is an admin's in force.

    >>> scope_class("fund:flood"), scope_subject("fund:flood"), scope_subject("consortium")
    ('fund', 'flood', '')

Specification: `docs/spec/adoption.md`, voices.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.keys import KeyId
from ledger.members import Signers, acting, find_key
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


Voice = tuple[str, str, int, str]
"""(member, statement, time, id of the key that it was given with)"""


def speakers(signers: Signers, quorum: Quorum) -> Mapping[str, str]:
    """Member of a quorum -> key of its admin that signed, the author's first."""
    found: dict[str, str] = {}
    for one in signers.all:
        if "admin" in one.roles and one.member in quorum.members:
            found.setdefault(one.member, one.key)
    return found


def counted(state: State, voices: Iterable[Voice], quorum: Quorum, index: int) -> tuple[Voice, ...]:
    """The voices that count for the entry at `index`: their members have one, and an admin gave
    them with a key that is in force. Whose key was stolen and retired has not agreed by it."""

    def counts(voice: Voice) -> bool:
        key = find_key(state, KeyId(voice[3]))
        if voice[0] not in quorum.members or key is None or not key.in_force(index):
            return False
        actor = acting(state, key)
        return actor is not None and "admin" in actor.roles

    return tuple(voice for voice in voices if counts(voice))


def add_voices(
    book: Book, voices: Sequence[Voice], counting: Sequence[Voice], quorum: Quorum
) -> tuple[Voice, ...]:
    """The voices with those that the statement of `book` gives, each member once.

    `counting`: those of them that count by now; any other may be given again.
    `Refused(already_exists)` if none is new.
    """
    assert book.signers is not None
    said, heard = speakers(book.signers, quorum), [voice[0] for voice in counting]
    new = [(one, book.statement, book.time, key) for one, key in said.items() if one not in heard]
    if not new:
        raise Refused(Code.ALREADY_EXISTS, "author", key=", ".join(heard))
    again = [voice[0] for voice in new]
    return (*(voice for voice in voices if voice[0] not in again), *new)


def voices_of(value: Value) -> tuple[Voice, ...]:
    """The voices in a row."""
    assert isinstance(value, list)
    found = []
    for one in value:
        assert isinstance(one, list) and isinstance(one[2], int)
        found.append((str(one[0]), str(one[1]), one[2], str(one[3])))
    return tuple(found)


def voice_rows(voices: Iterable[Voice]) -> list[Value]:
    """The voices as JSON."""
    return [list(voice) for voice in voices]
