"""Members: who may sign what. Organisations, their actors, roles, scopes, and keys by tree size.

Rows: `members` `{organisation}` -> {"names", ..}, `members` `{organisation}/{code}` -> {"person",
"roles", "scope"}; `keys` `{key id}` -> [from_size, to_size, use, actor, algorithm, public key hex].
A key is in force for the entry at index i when from_size <= i < to_size: time plays no part, so
back-dating gains nothing. Specification: `docs/spec/governance.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ledger.canon import INT_MAX, Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.keys import KeyId
from ledger.state import State

SIGNING_USES = ("author", "device")
"""Uses of keys that may sign statements."""
IN_FORCE = INT_MAX
"""`to_size` of a key that is not retired."""


@dataclass(frozen=True, slots=True)
class Key:
    """One enrolled key. `actor` is `""` for keys of machines (log, cosigner ..)."""

    id: KeyId
    from_size: int
    to_size: int
    use: str
    actor: str
    public: bytes

    def in_force(self, index: int) -> bool:
        """Whether the key may sign the entry at `index`."""
        return self.from_size <= index < self.to_size

    def row(self) -> list[Value]:
        """As a row of table `keys`."""
        return [self.from_size, self.to_size, self.use, self.actor, 1, self.public.hex()]


def find_key(state: State, key_id: KeyId) -> Key | None:
    """The key with this id, whether in force or retired."""
    row = state.get("keys", key_id)
    if row is None:
        return None
    assert isinstance(row, list)
    start, end, use, actor, _, public = row
    assert isinstance(start, int) and isinstance(end, int)
    return Key(key_id, start, end, str(use), str(actor), bytes.fromhex(str(public)))


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who signs for a member. Empty lists in a scope mean everywhere.

    `key`: id of the key that signs, "" where that is not looked at.
    """

    id: str
    person: str
    roles: tuple[str, ...]
    areas: tuple[str, ...]
    funds: tuple[str, ...]
    sites: tuple[str, ...]
    key: str = ""

    @property
    def member(self) -> str:
        """The organisation's id."""
        return self.id.partition("/")[0]

    def same_person(self, other: "Actor") -> bool:
        """Whether both are one human being: the same person code of the same member."""
        return (self.member, self.person) == (other.member, other.person)


def find_actor(state: State, actor: str) -> Actor | None:
    """The actor with this id (`organisation/code`)."""
    row = state.get("members", actor)
    if not isinstance(row, dict) or "person" not in row:
        return None
    scope = row["scope"]
    assert isinstance(scope, dict)
    return Actor(
        id=actor,
        person=str(row["person"]),
        roles=_texts(row["roles"]),
        areas=_texts(scope.get("areas", [])),
        funds=_texts(scope.get("funds", [])),
        sites=_texts(scope.get("sites", [])),
    )


def acting(state: State, key: Key) -> Actor | None:
    """Who signs with this key, and with which roles; None for the key of a machine.

    Whether the key is in force is another question. A device key never acts as admin: whoever finds
    the phone must not make what ends by itself last for ever.
    """
    actor = find_actor(state, key.actor)
    if actor is None:
        return None
    device = key.use == "device"
    roles = tuple(role for role in actor.roles if role != "admin") if device else actor.roles
    return replace(actor, roles=roles, key=key.id)


def _texts(value: Value) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(str(part) for part in value)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an authority is needed: any of these that a scope limits must be inside it."""

    fund: str = ""
    site: str = ""
    area: str = ""


ANYWHERE = Place()


def may(state: State, actor: Actor, roles: Iterable[str], place: Place) -> bool:
    """Whether an actor has one of `roles` at `place`."""
    if not any(role in actor.roles for role in roles):
        return False
    if place.fund and actor.funds and place.fund not in actor.funds:
        return False
    if place.site and actor.sites and place.site not in actor.sites:
        return False
    if not actor.areas or not (place.site or place.area):
        return True
    area = place.area or area_of_site(state, place.site)
    return any(part in actor.areas for part in ancestry(state, area))


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signed a statement: the author, and the co-signers in the order of their key ids."""

    state: State
    author: Actor
    cosigners: tuple[Actor, ...]

    def need(self, *roles: str, place: Place = ANYWHERE) -> None:
        """The author has one of `roles` at `place`, else `no_authority`."""
        if not may(self.state, self.author, roles, place):
            raise Refused(Code.NO_AUTHORITY, "author", actor=self.author.id, role=" / ".join(roles))

    def need_second(self, *roles: str, place: Place = ANYWHERE, attested: bool = False) -> None:
        """A co-signer, another person than the author, has one of `roles` at `place`.

        Without such a co-signer `no_authority`; with one who is the author's own person
        `same_person` for an authorisation.
        """
        own = False
        for actor in self.cosigners:
            if may(self.state, actor, roles, place):
                if not actor.same_person(self.author):
                    return
                own = True
        code = Code.SAME_PERSON if own and not attested else Code.NO_AUTHORITY
        raise Refused(code, "cosigners", actor=self.author.id, role=" / ".join(roles))

    def need_admins(self, threshold: int) -> None:
        """At least `threshold` different admins signed, the author one of them."""
        self.need("admin")
        persons = {(a.member, a.person) for a in self.all if "admin" in a.roles}
        if len(persons) < threshold:
            raise Refused(
                Code.NO_AUTHORITY, "cosigners", role="admin", wanted=threshold, given=len(persons)
            )

    @property
    def all(self) -> tuple[Actor, ...]:
        """Author and co-signers."""
        return (self.author, *self.cosigners)


def area_of_site(state: State, site: str) -> str:
    """The area in which a site stands, "" where the site is unknown."""
    row = state.get("catalogue", f"site/{site}")
    return str(row["area"]) if isinstance(row, dict) else ""


AREA_DEPTH_MAX = 16


def ancestry(state: State, area: str) -> tuple[str, ...]:
    """The area, its parent, and so on upwards, at most 16."""
    found: list[str] = []
    while area and area not in found and len(found) < AREA_DEPTH_MAX:
        found.append(area)
        row = state.get("catalogue", f"area/{area}")
        area = str(row.get("parent", "")) if isinstance(row, dict) else ""
    return tuple(found)


def threshold(state: State, name: str) -> int:
    """A threshold of governance, by name (`admins`, `revoke`)."""
    row = state.get("trust", "thresholds")
    assert isinstance(row, dict)
    found = row[name]
    assert isinstance(found, int)
    return found


def second_key_limit(state: State, commodity: str) -> int:
    """Above this amount of `commodity` a second key must sign; 0 where nothing is set: always."""
    row = state.get("trust", "limits")
    found = row.get(commodity, 0) if isinstance(row, dict) else 0
    assert isinstance(found, int)
    return found
