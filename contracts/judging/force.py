"""What is in force during one batch: gates by kind, triggers by kind, indexes that listen.

Made once a batch from the rows of `adoptions`; the same for every statement of it, because
activations and expiries stand at the head of a batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.documents.compiled import Contract
from contracts.facts.loading import Loader
from contracts.facts.rows import Listeners
from ledger.canon import Value


@dataclass(frozen=True, slots=True)
class Adopted:
    """A contract in force, with its scope (`consortium`, `fund:X` ..) and mode.

    `currency`: the one that it speaks of.
    """

    contract: Contract
    loader: Loader
    scope: str
    mode: str
    currency: str

    @property
    def id(self) -> str:
        """The contract's id."""
        return self.contract.id

    @property
    def head(self) -> dict[str, Value]:
        """What a record begins with."""
        version = self.contract.document.version
        return {"hash": self.contract.hash, "id": self.contract.id, "version": version}


@dataclass(frozen=True, slots=True)
class Force:
    """All that is in force. `gates`, `triggers`: kind -> adopted, by (id, scope).

    `listeners`: indexes of facts by kind, those of committed contracts included. `set_hash`: the
    hash of the set, in hex. `required`: an authorisation that moves value and that no gate judges
    is denied. `pins`: a text was committed at some time, which a line may be pinned to.
    """

    gates: Mapping[str, tuple[Adopted, ...]] = field(default_factory=dict)
    triggers: Mapping[str, tuple[Adopted, ...]] = field(default_factory=dict)
    listeners: Listeners = field(default_factory=dict)
    set_hash: str = ""
    required: bool = False
    pins: bool = False

    @property
    def active(self) -> bool:
        """Whether anything is judged, caused or counted."""
        return bool(self.gates or self.triggers or self.listeners or self.required or self.pins)
