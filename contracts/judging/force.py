"""What is in force during one batch: gates by kind, triggers by kind, indexes that listen.

Made once a batch from the rows of `adoptions`; the same for every statement of it, because
activations and expiries stand at the head of a batch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from contracts.catalogue.records import At
from contracts.documents.compiled import Contract
from contracts.facts.loading import Loader
from contracts.facts.rows import Listeners
from contracts.rcel.errors import ErrorKind
from ledger.canon import Value

Ear: TypeAlias = Callable[[int, Mapping[str, Value], Mapping[str, Value | ErrorKind], At], None]
"""Told, for each row that is judged, its number, its view (`it`), its facts, and where these were
read."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A contract in force, with its scope (`consortium`, `fund:X` ..) and mode.

    `currency`: the one that it speaks of. `early`: its `where` says something and reads no fact, so
    that it is asked before any is looked up. `head`: what a record begins with; `silent`: the whole
    record where it allows and has read nothing. `plain`: it has no let and no effect. `place`:
    where the record stands among others.
    `ear` is for simulations and explanations; it hears of every row, and changes nothing.
    """

    contract: Contract
    loader: Loader
    scope: str
    mode: str
    currency: str
    ear: Ear | None = None
    early: bool = field(init=False)
    head: Mapping[str, Value] = field(init=False)
    silent: dict[str, Value] = field(init=False)
    plain: bool = field(init=False)
    place: tuple[str, str, str] = field(init=False)

    def __post_init__(self) -> None:
        facts = [fact.name for fact in self.contract.facts]
        reads = [path.partition(".")[0] for path in self.contract.where.reads]
        says = self.ear is None and self.contract.where.text != "true"
        early = says and not any(name in facts for name in reads)
        object.__setattr__(self, "early", early)
        version = self.contract.document.version
        head: dict[str, Value] = {"hash": self.contract.hash, "id": self.id, "version": version}
        object.__setattr__(self, "head", head)
        silent: dict[str, Value] = {**head, "facts": {}, "outcome": "allow", "rules": {}}
        if self.mode != "enforce":
            silent["mode"] = self.mode
        object.__setattr__(self, "silent", silent)
        object.__setattr__(self, "plain", not self.contract.lets and not self.contract.effects)
        object.__setattr__(self, "place", (self.id, self.scope, self.contract.hash))

    @property
    def id(self) -> str:
        """The contract's id."""
        return self.contract.id


@dataclass(frozen=True, slots=True)
class Force:
    """All that is in force. `gates`, `triggers`: kind -> adopted, by (id, scope).

    `listeners`: indexes of facts by kind, those of committed contracts included. `set_hash`: the
    hash of the set, in hex. `required`: an authorisation that moves value and that no gate judges
    is denied. `pins`: a text was committed at some time, which a line may be pinned to. `ear`: for
    simulations and explanations, what gives one to a text that only a line is pinned to.
    """

    gates: Mapping[str, tuple[Adopted, ...]] = field(default_factory=dict)
    triggers: Mapping[str, tuple[Adopted, ...]] = field(default_factory=dict)
    listeners: Listeners = field(default_factory=dict)
    set_hash: str = ""
    required: bool = False
    pins: bool = False
    ear: Callable[[Adopted], Ear] | None = None

    def heard(self, adopted: Adopted) -> Adopted:
        """A text that is not in force and judges all the same, with an ear where there is one."""
        return adopted if self.ear is None else replace(adopted, ear=self.ear(adopted))

    @property
    def active(self) -> bool:
        """Whether anything is judged, caused or counted."""
        return bool(self.gates or self.triggers or self.listeners or self.required or self.pins)
