"""`member.enrol`, `member.grant`, `member.revoke`: who belongs, and what they may do.

Signed by as many different admins as genesis asks; revoking takes effect with the next entry and
needs fewer. Nobody grants themselves anything. Rule: `docs/spec/governance.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entries.genesis import (
    ROLES_MAX,
    ActorDefinition,
    Organisation,
    Scope,
    enrol_actor,
    enrol_organisation,
)
from ledger.errors import Refused
from ledger.governance import admin_persons, set_admin
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Signers, threshold
from ledger.shape import ActorId, Length, Slug, fields_of


@dataclass(frozen=True, slots=True)
class Enrol:
    """Body of `member.enrol`: a new organisation, new actors of it or of known ones, or both."""

    actors: Annotated[tuple[ActorDefinition, ...], Length(0, 64)]
    organisation: Organisation | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Body of `member.grant`: from now on the actor has exactly these roles in this scope."""

    actor: ActorId
    roles: Annotated[tuple[Slug, ...], Length(1, ROLES_MAX)]
    scope: Scope


@dataclass(frozen=True, slots=True)
class Revoke:
    """Body of `member.revoke`: the actor loses these roles."""

    actor: ActorId
    reason: Slug
    roles: Annotated[tuple[Slug, ...], Length(1, ROLES_MAX)]


def _not_oneself(signers: Signers, actor_id: str, person: str) -> None:
    member = actor_id.partition("/")[0]
    for signer in signers.all:
        if (signer.member, signer.person) == (member, person):
            raise Refused(Code.SAME_PERSON, "body.actor", actor=signer.id, role="admin")


def _may_enrol(book: Book, signers: Signers, body: Enrol) -> None:
    signers.need_admins(threshold(book.state, "admins"))
    for actor in body.actors:
        _not_oneself(signers, actor.id, actor.person)


def _may_grant(book: Book, signers: Signers, body: Grant) -> None:
    signers.need_admins(threshold(book.state, "admins"))
    row = book.row("members", body.actor)
    if row is not None:
        _not_oneself(signers, body.actor, str(row.get("person", "")))


def _may_revoke(book: Book, signers: Signers, body: Revoke) -> None:
    signers.need_admins(threshold(book.state, "revoke"))


def _enrol(book: Book, body: Enrol) -> None:
    if body.organisation is None and not body.actors:
        raise Refused(Code.NOT_ELIGIBLE, "body", wanted="an organisation or an actor")
    if body.organisation is not None:
        enrol_organisation(book, body.organisation)
    for actor in body.actors:
        enrol_actor(book, actor)
        _note(book, actor.roles)


def _grant(book: Book, body: Grant) -> None:
    row = book.row("members", body.actor)
    assert row is not None
    roles: list[Value] = list(body.roles)
    book.put("members", body.actor, {**row, "roles": roles, "scope": fields_of(body.scope)})
    old = row["roles"]
    assert isinstance(old, list)
    if "admin" in old and "admin" not in body.roles:
        _keep_quorum(book, body.actor)
    set_admin(book.state, body.actor, str(row["person"]), "admin" in body.roles)
    _note(book, (*body.roles, *map(str, old)))


def _revoke(book: Book, body: Revoke) -> None:
    row = book.row("members", body.actor)
    assert row is not None
    held = row["roles"]
    assert isinstance(held, list)
    for role in body.roles:
        if role not in held:
            raise Refused(Code.NOT_OPEN, "body.roles", key=role)
    left = [role for role in held if role not in body.roles]
    if "admin" in body.roles:
        _keep_quorum(book, body.actor)
        set_admin(book.state, body.actor, str(row["person"]), False)
    book.put("members", body.actor, {**row, "roles": left})
    _note(book, body.roles)


def _keep_quorum(book: Book, actor: str) -> None:
    wanted = max(threshold(book.state, "admins"), threshold(book.state, "revoke"))
    if admin_persons(book.state, without=actor) < wanted:
        raise Refused(Code.BELOW_QUORUM, "body.actor", wanted=wanted)


def _note(book: Book, roles: tuple[str, ...]) -> None:
    if "admin" in roles:
        book.touch("gov")


def _organisations_exist(body: Enrol) -> Iterator[Reference]:
    """Actors belong to members, or to the one that the same statement enrols."""
    own = None if body.organisation is None else body.organisation.id
    for number, actor in enumerate(body.actors):
        member = actor.id.partition("/")[0]
        if member != own:
            yield Reference(f"body.actors[{number}].id", "members", member)


def _actor_exists(body: Grant | Revoke) -> tuple[Reference, ...]:
    return (Reference("body.actor", "members", body.actor),)


KINDS = (
    Kind(
        "member.enrol",
        Nature.AUTHORISATION,
        Enrol,
        _may_enrol,
        _enrol,
        references=_organisations_exist,
    ),
    Kind("member.grant", Nature.AUTHORISATION, Grant, _may_grant, _grant, references=_actor_exists),
    Kind(
        "member.revoke",
        Nature.AUTHORISATION,
        Revoke,
        _may_revoke,
        _revoke,
        references=_actor_exists,
    ),
)
