"""Founding: from a description that people write to the statements that begin a ledger.

The description (YAML, read strictly) names the founding organisations, the people who sign for
them, cosigners, thresholds and, if wanted, the first catalogue. Public keys that stand in it are
used; for everybody else a key is made here. Out comes the body of `genesis`, the entry from which
everything follows, and the body of `catalogue.define`.

What the ledger demands of both is not decided here: a dry run of the state machine itself says
whether they would be entered. The form is `docs/reference/founding.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, NoReturn

from contracts.machine import PROTOCOL, Answer, Batch, step
from contracts.memory import MemoryLedger
from ledger.canon import Value
from ledger.codes import APPLIED
from ledger.entries.catalogue import Define
from ledger.entries.contract import Document, Mode, Propose
from ledger.entries.genesis import (
    ROLES_MAX,
    ActorDefinition,
    CurrencyDefinition,
    Genesis,
    KeyDefinition,
    Limit,
    Organisation,
    Scope,
    Thresholds,
    founding_keys,
)
from ledger.envelope import ORIGIN, Statement
from ledger.errors import Refusal, Refused
from ledger.governance import (
    GroupInput,
    KeyName,
    TrustInputs,
    WitnessInput,
    render_trust,
    trust_row,
)
from ledger.keys import is_strong
from ledger.sentences import sentence
from ledger.shape import Hash, Length, Names, Pattern, Range, Slug, fields_of, parse
from ledger.voices import Scope as ContractScope
from tools.console import Stop, plain
from tools.signing import normal

ANYWHERE: Final = Scope((), (), ())
Origin = Annotated[str, Pattern(ORIGIN.pattern, 255, "1-255 characters of a-z 0-9 . - /")]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs for an organisation. `person`: a code that the organisation keeps, never
    a name; `public`: their own key, if they made it themselves."""

    id: Slug
    person: Slug
    roles: Annotated[tuple[Slug, ...], Length(0, ROLES_MAX)]
    public: Hash | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Founder:
    """A founding organisation and its people."""

    id: Slug
    names: Names
    people: Annotated[tuple[Person, ...], Length(1, 128)]
    type: Slug | None = None


@dataclass(frozen=True, slots=True)
class CosignerWanted:
    """A cosigner; `public`: the key that its organisation made. Without it this node is one."""

    key_name: KeyName
    name: Slug
    public: Hash | None = None


@dataclass(frozen=True, slots=True)
class TrustWanted:
    """Who cosigns, and what suffices."""

    cosigners: Annotated[tuple[CosignerWanted, ...], Length(1, 32)]
    groups: Annotated[tuple[GroupInput, ...], Length(0, 32)]
    mirrors: Annotated[int, Range(1, 32)]
    quorum: Slug


@dataclass(frozen=True, slots=True)
class FirstContract:
    """A contract that the founders agree on at once; a gate begins in shadow."""

    document: Document
    owner: Slug
    scope: ContractScope
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Founding:
    """A whole description."""

    currencies: Annotated[tuple[CurrencyDefinition, ...], Length(1, 32)]
    limits: Annotated[tuple[Limit, ...], Length(0, 64)]
    offset: Annotated[int, Range(-86_400, 86_400)]
    organisations: Annotated[tuple[Founder, ...], Length(1, 64)]
    origin: Origin
    thresholds: Thresholds
    trust: TrustWanted
    catalogue: Define | None = None
    contracts: Annotated[tuple[FirstContract, ...], Length(1, 16)] | None = None


def parse_founding(value: Value, language: str = "en") -> Founding:
    """The description, or `Stop` with the place that is wrong."""
    try:
        found, out_of_range = parse(Founding, normal(value), "description")
    except Refused as refused:
        stop(refused.refusal, language)
    if out_of_range is not None:
        stop(out_of_range, language)
    return found


def stop(refusal: Refusal, language: str) -> NoReturn:
    """`Stop` with the ledger's own sentence."""
    raise Stop(sentence(refusal, language), "The form is described in docs/reference/founding.md.")


# --- keys that have to be made


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key that the description names: `use` of its file, `name` as notes or people call it.

    `public` is in the description already, or None: then the key is made here.
    """

    use: str
    name: str
    public: str | None = None

    @property
    def file(self) -> str:
        """Where its file stands below the ledger's folder."""
        if self.use == "author":
            return f"people/{self.name.replace('/', '.')}.key"
        return f"keys/{self.use}.key"


def cosigner_use(key_name: str) -> str:
    """The use of a cosigner's key, told by its name: a mirror re-executes, a witness does not."""
    return "mirror" if key_name.endswith("/mirror") else "witness"


def keys_wanted(founding: Founding) -> list[Wanted]:
    """Every key of a new ledger, people's first. `Stop` for two cosigners of one use here."""
    found = [
        Wanted("author", f"{organisation.id}/{person.id}", person.public)
        for organisation in founding.organisations
        for person in organisation.people
    ]
    found.append(Wanted("log", founding.origin))
    found.append(Wanted("promise", founding.origin))
    for cosigner in founding.trust.cosigners:
        found.append(Wanted(cosigner_use(cosigner.key_name), cosigner.key_name, cosigner.public))
    found.append(Wanted("vault", founding.origin))
    for each in found:
        if each.public is not None and not is_strong(bytes.fromhex(each.public)):
            raise Stop(
                f"The public key of {plain(each.name)} is no good one: {each.public}.",
                "Have it made anew; `relief keygen` prints the public half.",
            )
    made = [wanted.file for wanted in found if wanted.public is None]
    for number, file in enumerate(made):
        if file in made[:number]:
            raise Stop(
                f"The description wants two keys in one place: {file}.",
                "One node is at most one mirror and one witness; give the public keys of others.",
            )
    return found


# --- bodies


def genesis_body(founding: Founding, publics: dict[str, str]) -> dict[str, Value]:
    """The body of `genesis`. `publics`: file of each key -> public key in hex."""
    wanted = keys_wanted(founding)
    public = {(each.use, each.name): each.public or publics[each.file] for each in wanted
              if each.use != "vault"}  # fmt: skip
    actors, keys = [], []
    for organisation in founding.organisations:
        for person in organisation.people:
            actor = f"{organisation.id}/{person.id}"
            scope = person.scope or ANYWHERE
            actors.append(ActorDefinition(actor, person.person, person.roles, scope))
            keys.append(KeyDefinition(public["author", actor], "author", actor))
    keys.append(KeyDefinition(public["log", founding.origin], "log"))
    keys.append(KeyDefinition(public["promise", founding.origin], "promise"))
    witnesses = []
    for cosigner in founding.trust.cosigners:
        own = public[cosigner_use(cosigner.key_name), cosigner.key_name]
        keys.append(KeyDefinition(own, "cosigner"))
        witnesses.append(WitnessInput(cosigner.key_name, cosigner.name, own))
    trust = founding.trust
    return fields_of(
        Genesis(
            actors=tuple(actors),
            currencies=founding.currencies,
            gates=False,
            keys=tuple(keys),
            limits=founding.limits,
            offset=founding.offset,
            organisations=tuple(
                Organisation(each.id, each.names, each.type) for each in founding.organisations
            ),
            protocol=PROTOCOL,
            thresholds=founding.thresholds,
            trust=TrustInputs(trust.groups, trust.mirrors, trust.quorum, tuple(witnesses)),
        )
    )


def founding_signers(founding: Founding) -> list[str]:
    """Who signs genesis: of every founding organisation its first administrator, else its first
    person; actors in the order of the description."""
    found = []
    for organisation in founding.organisations:
        admins = [person for person in organisation.people if "admin" in person.roles]
        found.append(f"{organisation.id}/{(admins or list(organisation.people))[0].id}")
    return found


def catalogue_bodies(founding: Founding) -> list[tuple[str, dict[str, Value]]]:
    """(author, body) of each `catalogue.define` that the first catalogue takes.

    Things are defined by a keeper, then the funds of each owner by somebody of its own. `Stop`
    where nobody has that role.
    """
    catalogue = founding.catalogue
    if catalogue is None:
        return []
    found = []
    things = replace(catalogue, funds=None)
    if things != Define():
        found.append((_holder(founding, "", "keeper"), fields_of(things)))
    funds = catalogue.funds or ()
    for owner in dict.fromkeys(fund.owner for fund in funds):
        own = tuple(fund for fund in funds if fund.owner == owner)
        author = _holder(founding, owner, "fund-owner", "keeper")
        found.append((author, fields_of(Define(funds=own))))
    return found


def contract_bodies(founding: Founding, earliest: int) -> list[dict[str, Value]]:
    """The body of `contract.propose` of each first contract; in force from `earliest` on."""
    found = []
    for each in founding.contracts or ():
        body = Propose(
            document=each.document,
            lane="full",
            mode=each.mode or "shadow",
            not_before=earliest,
            owner=each.owner,
            scope=each.scope,
        )
        found.append(fields_of(body))
    return found


def _holder(founding: Founding, organisation: str, *roles: str) -> str:
    for each in founding.organisations:
        for person in each.people:
            if organisation in ("", each.id) and not {*roles}.isdisjoint(person.roles):
                return f"{each.id}/{person.id}"
    where = f" of {plain(organisation)}" if organisation else ""
    raise Stop(
        f"The first catalogue needs somebody{where} with the role {' or '.join(roles)}.",
        "Give the role to a person of the description.",
    )


# --- the dry run


def dry_run(statements: Sequence[Statement], now: int, language: str) -> MemoryLedger:
    """The ledger that these statements, each a batch, would make; `Stop` where one is refused."""
    ledger = MemoryLedger()
    for statement in statements:
        made = step(ledger, Batch(now, (statement,)))
        [answer] = made.answers
        if answer.code not in APPLIED:
            raise _refused(statement, answer, language)
        ledger.apply(made)
    return ledger


def _refused(statement: Statement, answer: Answer, language: str) -> Stop:
    refusal = answer.refusal or Refusal(answer.code)
    return Stop(
        f"The ledger would refuse {plain(statement.kind)}: {plain(sentence(refusal, language))}",
        "Correct the description and run it again; nothing was entered.",
    )


def trust_file(founding: Founding, body: dict[str, Value]) -> bytes:
    """The trust file that the governance of this genesis renders, for sizes from 2 on."""
    genesis, _ = parse(Genesis, body)
    keys = founding_keys(genesis).values()
    return render_trust(founding.origin, trust_row(genesis.trust), keys, 1).encode()


EXAMPLE: Final = """\
# What a new ledger begins with. Change it, then: relief init --from FILE --dir DIR
# Whole numbers only; a text that looks like a number is quoted.

origin: {origin}        # the log's name for ever: a-z 0-9 . - /
offset: 28800           # seconds east of UTC by which days are counted (UTC+8)

currencies:
  - {{code: CNY, minor: 2}}

organisations:          # the founders; each signs entry 0
  - id: county
    names: {{en: County relief office, zh_hans: 县救灾办公室, zh_hant: 縣救災辦公室}}
    people:
      - id: director    # signs as county/director
        person: p-01    # a code that the organisation keeps, never a name
        roles: [admin, keeper, manager, treasurer, registrar, commander, officer]
      - id: stores
        person: p-02
        roles: [storekeeper, shipper, receiver, distributor, counter, confirmer]
        # public: "64 hex digits"       the person's own key; without it one is made here
        # scope: {{areas: [], funds: [], sites: []}}     where the roles hold; empty is everywhere
  - id: charity
    names: {{en: Charity federation, zh_hans: 慈善总会, zh_hant: 慈善總會}}
    people:
      - id: secretary
        person: p-11
        roles: [admin, fund-owner, treasurer, approver, decider]
      - id: cashier
        person: p-12
        roles: [payer, treasurer, approver, quality, confirmer, receiver, storekeeper]

thresholds: {{admins: 2, revoke: 2}}     # different administrators for governance, and to revoke

limits:                 # above this a second person must sign; smallest units (fen, grams, pieces)
  - {{commodity: CNY, n: 5000000}}

trust:                  # whose cosignatures make a checkpoint final
  cosigners:            # without `public` this node makes the key and cosigns by itself
    - {{name: county, key_name: county.example.org/mirror}}
    - {{name: press, key_name: press.example.org/witness}}
      # public: "64 hex digits"
  groups:
    - {{name: both, k: 2, members: [county, press]}}
  mirrors: 1            # of the cosigners so many must re-execute the log
  quorum: both

catalogue:              # optional: the first items, places, programmes and funds
  areas:
    - {{code: c-01, id: county, names: {{en: County, zh_hans: 全县, zh_hant: 全縣}},
       tier: 1, version: 1, vocabulary: local}}
  sites:
    - {{area: county, custodian: county, id: depot, kind: warehouse,
       names: {{en: Depot, zh_hans: 中心仓, zh_hant: 中心倉}}, version: 1}}
  items:
    - {{aliases: [], class: food, id: rice, names: {{en: Rice, zh_hans: 大米, zh_hant: 白米}},
       packs: [{{code: bag, den: 1, from: 0, num: 10000}}], unit: GRM, version: 1}}
  programmes:
    - {{code: flood, from: 0, id: flood, names: {{en: Flood relief, zh_hans: 水灾, zh_hant: 水災}},
       purposes: [food, cash], to: 4102444800, version: 1}}
  funds:
    - {{currency: CNY, id: flood, names: {{en: Flood fund, zh_hans: 水灾基金, zh_hant: 水災基金}},
       lines: [{{earmark: {{areas: [], classes: [], purposes: []}}, id: general}}],
       owner: charity, programme: flood, version: 1}}
"""


def example(origin: str = "ledger.example.org/flood") -> str:
    """A description with comments that founds a small ledger as it stands."""
    return EXAMPLE.format(origin=origin)
