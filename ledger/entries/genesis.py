"""`genesis`: entry 0, from which everything about a log follows.

It names the founding members, their actors and keys, thresholds, second-key limits, currencies and
the inputs of the trust file; it is signed by at least one author key of every founding member. The
hash of this entry is what posters and cards print. Rule: `docs/spec/governance.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.governance import (
    TrustInputs,
    add_log_key,
    admin_persons,
    check_trust_inputs,
    set_admin,
    trust_row,
)
from ledger.keys import KeyId, is_strong, key_id
from ledger.kinds import Kind, Nature
from ledger.log.trust import DEFINED_MAX
from ledger.members import IN_FORCE, Key, Signers
from ledger.shape import (
    ActorId,
    Counted,
    Currency,
    Hash,
    Length,
    Names,
    Number,
    Pattern,
    Range,
    Slug,
    fields_of,
)
from ledger.voices import QuorumScope

ROLES_MAX = 32
"""Roles of one actor: more than there are, so that one person can run a small ledger."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A member or a party: id, public names, kind of organisation (IATI code list)."""

    id: Slug
    names: Names
    type: Slug | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Where roles hold; an empty list means everywhere."""

    areas: Annotated[tuple[Slug, ...], Length(0, 64)]
    funds: Annotated[tuple[Slug, ...], Length(0, 64)]
    sites: Annotated[tuple[Slug, ...], Length(0, 64)]


@dataclass(frozen=True, slots=True)
class ActorDefinition:
    """Somebody who signs: `person` is a code that the member keeps, never a name."""

    id: ActorId
    person: Slug
    roles: Annotated[tuple[Slug, ...], Length(0, ROLES_MAX)]
    scope: Scope


@dataclass(frozen=True, slots=True)
class KeyDefinition:
    """A public key and its one use; `actor` for keys with which people sign."""

    public: Hash
    use: Literal["author", "device", "log", "promise", "cosigner", "validator"]
    actor: ActorId | None = None

    def __post_init__(self) -> None:
        check_actor_of_key(self.use, self.actor, "body.keys.actor")


def check_actor_of_key(use: str, actor: str | None, where: str) -> None:
    """`malformed` unless a key with which people sign names its actor, and any other none."""
    signs = use in ("author", "device")
    if signs != (actor is not None):
        wanted = "an actor" if signs else "no actor"
        raise Refused(Code.MALFORMED, where, wanted=wanted)


@dataclass(frozen=True, slots=True)
class CurrencyDefinition:
    """A currency and the digits of its minor unit (ISO 4217)."""

    code: Currency
    minor: Annotated[int, Range(0, 4)]


@dataclass(frozen=True, slots=True)
class Limit:
    """Above `n` units of `commodity`, a currency or an item, a second person must sign."""

    commodity: Annotated[
        str, Pattern("[A-Z]{3}|[a-z0-9][a-z0-9-]{0,47}", 48, "currency or item of the catalogue")
    ]
    n: Counted


@dataclass(frozen=True, slots=True)
class ContractQuorum:
    """`n` of `members` decide about contracts of a scope, or of all scopes of a class."""

    members: Annotated[tuple[Slug, ...], Length(1, 64)]
    n: Annotated[int, Range(1, 64)]
    scope: QuorumScope

    def __post_init__(self) -> None:
        if len(self.members) != len(dict.fromkeys(self.members)):
            raise Refused(Code.MALFORMED, "body.thresholds.quorums", wanted="each member once")
        if self.n > len(self.members):
            raise Refused(
                Code.MALFORMED, "body.thresholds.quorums", given=self.n, high=len(self.members)
            )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many different admins: for governance, and for revoking at once.

    `quorums`: which members decide about contracts; without one, more than half of those that have
    an admin (`ledger.adoptions.quorum_of`).
    """

    admins: Annotated[int, Range(1, 64)]
    revoke: Annotated[int, Range(1, 64)]
    quorums: Annotated[tuple[ContractQuorum, ...], Length(1, 64)] | None = None

    def __post_init__(self) -> None:
        scopes = [one.scope for one in self.quorums or ()]
        if len(scopes) != len(dict.fromkeys(scopes)):
            raise Refused(Code.MALFORMED, "body.thresholds.quorums", wanted="each scope once")


@dataclass(frozen=True, slots=True)
class Genesis:
    """Body of `genesis`. `offset`: seconds east of UTC by which days are counted."""

    actors: Annotated[tuple[ActorDefinition, ...], Length(1, 512)]
    currencies: Annotated[tuple[CurrencyDefinition, ...], Length(1, 32)]
    gates: bool
    keys: Annotated[tuple[KeyDefinition, ...], Length(1, 512)]
    limits: Annotated[tuple[Limit, ...], Length(0, 64)]
    offset: Annotated[int, Range(-86_400, 86_400)]
    organisations: Annotated[tuple[Organisation, ...], Length(1, 64)]
    protocol: Number
    thresholds: Thresholds
    trust: TrustInputs

    def __post_init__(self) -> None:
        limited = [limit.commodity for limit in self.limits]
        if len(limited) != len(dict.fromkeys(limited)):
            raise Refused(Code.MALFORMED, "body.limits", wanted="each commodity once")


def founding_keys(body: Genesis) -> Mapping[KeyId, Key]:
    """The keys that genesis enrols, by id: in force from size 0."""
    found = {}
    for row in body.keys:
        public = bytes.fromhex(row.public)
        found[key_id(public)] = Key(key_id(public), 0, IN_FORCE, row.use, row.actor or "", public)
    return found


def _authority(book: Book, signers: Signers, body: Genesis) -> None:
    present = {actor.member for actor in signers.all}
    for organisation in body.organisations:
        if organisation.id not in present:
            raise Refused(Code.NO_AUTHORITY, "cosigners", actor=organisation.id, role="founder")


def _apply(book: Book, body: Genesis) -> None:
    if body.gates:
        raise Refused(Code.MALFORMED, "body.gates", wanted="false: no contract is in force yet")
    if body.protocol != 1:
        raise Refused(Code.MALFORMED, "body.protocol", wanted="1")
    for currency in body.currencies:
        row: dict[str, Value] = {
            "minor": currency.minor,
            "statement": book.statement,
            "version": 1,
        }
        _add(book, "catalogue", f"currency/{currency.code}", row)
    for organisation in body.organisations:
        enrol_organisation(book, organisation)
    for actor in body.actors:
        enrol_actor(book, actor)
    for number, key in enumerate(body.keys):
        enrol_key(book, key, f"body.keys[{number}]", from_size=0)
    _check_quorums(book, body.thresholds)
    if admin_persons(book.state) < max(body.thresholds.admins, body.thresholds.revoke):
        raise Refused(Code.BELOW_QUORUM, "body.thresholds", wanted=body.thresholds.admins)
    check_trust_inputs(book.state, body.trust, "body.trust")
    if all(key.use != "log" for key in body.keys):
        # Without one no checkpoint could be signed, and no receipt ever be final.
        raise Refused(Code.NOT_ELIGIBLE, "body.keys", wanted="a log key")
    book.put("trust", "inputs", trust_row(body.trust))
    limits: dict[str, Value] = {limit.commodity: limit.n for limit in body.limits}
    book.put("trust", "limits", limits)
    book.put("trust", "thresholds", fields_of(body.thresholds))
    book.put("trust", "settings", {"gates": body.gates, "offset": body.offset})
    book.touch("gov")


def _check_quorums(book: Book, thresholds: Thresholds) -> None:
    for number, quorum in enumerate(thresholds.quorums or ()):
        for member in quorum.members:
            if book.row("members", member) is None:
                where = f"body.thresholds.quorums[{number}].members"
                raise Refused(Code.UNKNOWN_REFERENCE, where, key=member)


def enrol_organisation(book: Book, organisation: Organisation) -> None:
    """A new row of `members`; `already_exists` where the id is taken."""
    row = fields_of(organisation)
    del row["id"]
    _add(book, "members", organisation.id, {**row, "statement": book.statement})


def enrol_actor(book: Book, actor: ActorDefinition) -> None:
    """A new actor of an organisation that is a member; `already_exists` where the id is taken."""
    if book.row("members", actor.id.partition("/")[0]) is None:
        raise Refused(Code.UNKNOWN_REFERENCE, actor.id, key=actor.id.partition("/")[0])
    row = fields_of(actor)
    del row["id"]
    _add(book, "members", actor.id, {**row, "statement": book.statement})
    if "admin" in actor.roles:
        set_admin(book.state, actor.id, actor.person, True)


def enrol_key(book: Book, row: KeyDefinition, where: str, *, from_size: int) -> KeyId:
    """A new key, strong and never enrolled before."""
    public = bytes.fromhex(row.public)
    if not is_strong(public):
        raise Refused(Code.NOT_USABLE, f"{where}.public", key=row.public)
    if row.actor is not None and book.row("members", row.actor) is None:
        raise Refused(Code.UNKNOWN_REFERENCE, f"{where}.actor", key=row.actor)
    enrolled = key_id(public)
    if book.state.get("keys", enrolled) is not None:
        raise Refused(Code.ALREADY_EXISTS, f"{where}.public", key=enrolled)
    key = Key(enrolled, from_size, IN_FORCE, row.use, row.actor or "", public)
    if row.use == "log" and not add_log_key(book.state, enrolled):
        given, high = DEFINED_MAX + 1, DEFINED_MAX
        wanted = "a log key retired first"
        raise Refused(Code.NOT_ELIGIBLE, f"{where}.use", given=given, high=high, wanted=wanted)
    book.put("keys", enrolled, key.row())
    return enrolled


def _add(book: Book, table: str, key: str, value: dict[str, Value]) -> None:
    if book.state.get(table, key) is not None:
        raise Refused(Code.ALREADY_EXISTS, key, key=key)
    book.put(table, key, value)


KINDS = (Kind("genesis", Nature.AUTHORISATION, Genesis, _authority, _apply),)
