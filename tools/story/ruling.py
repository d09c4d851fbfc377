"""Ruling: the members agree on rules, doubt some of them, and end one.

The rules are the library's own texts, with the county's names where those of the library stand.
Gifts go where their donors said, and equipment is lent for so long: these only watch. A household
takes so many food parcels; the larger a payment, the more people agree: these watch first and then
count. Relief money, an inspected tranche and what is requisitioned are paid by themselves; a hall
asks for rice, and water goes out ahead of a forecast.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from ledger.adoptions import contract_hash
from ledger.canon import Value
from ledger.envelope import Statement
from tools.contracts.library import text_of
from tools.story.county import DAY
from tools.story.teller import Body, Teller
from tools.strict_yaml import read_yaml

PROPOSER: Final = "county/director"
VOICES: Final = ("bridge/secretary", "cloud/captain")
"""Two of three members are more than half."""
EARMARK: Final = "earmark"
CAP, LADDER, RELIEF = "household-food-cap", "approval-ladder", "alert-relief-money"
LOANS, RESERVE, AHEAD = "equipment-loan", "reserve-floor", "preposition"
TRANCHE, TAKEN = "tranche-on-inspection", "requisition-compensation"
EVERYBODY: Final = "consortium"
OURS: Final = {
    AHEAD: {"hl-01": "hill", "comm-7": "hall", "district-1": "depot"},
    TRANCHE: {"rebuilding": "straits"},
    TAKEN: {"requisitions": "emergency"},
}
"""Contract -> names of the library's example, and the county's, in its params and its cases."""


def document_of(name: str) -> Value:
    """A contract of the library as this county adopts it."""
    text = text_of(name).decode()
    for example, ours in OURS.get(name, {}).items():
        text = re.sub(rf"\b{example}\b", ours, text)
    return read_yaml(text.encode())


@dataclass
class Ruling:
    """Contracts as they are agreed; `sequences`: commits of each scope so far."""

    teller: Teller
    sequences: dict[str, int] = field(default_factory=dict)

    def adopt(
        self, name: str, scope: str = EVERYBODY, *, owner: str = "county", mode: str = "shadow"
    ) -> Statement:
        """A rule: proposed, approved by two, committed; in force after two days."""
        document = document_of(name)
        body: Body = {
            "document": document,
            "lane": "full",
            "mode": mode,
            "not_before": self.teller.clock.now() + 2 * DAY,
            "owner": owner,
            "scope": scope,
        }
        proposed = self.teller.say("contract.propose", body, PROPOSER)
        for voice in VOICES:
            approved: Body = {"hash": contract_hash(document), "proposal": proposed.id}
            self.teller.say("contract.approve", approved, voice)
        self.sequences[scope] = self.sequences.get(scope, 0) + 1
        done: Body = {"proposal": proposed.id, "sequence": self.sequences[scope]}
        self.teller.say("contract.commit", done, PROPOSER)
        return proposed

    def doubt(self, name: str, scope: str = EVERYBODY, reason: str = "wording") -> None:
        """Two members stop it for three days."""
        for voice in VOICES:
            self.teller.say("contract.suspend", _against(name, scope, reason), voice)

    def end(self, name: str, scope: str) -> None:
        """The quorum ends it after a day."""
        self.teller.say("contract.retire", _against(name, scope, "no-earmarks"), *VOICES)


def _against(name: str, scope: str, reason: str) -> Body:
    return {"contract": name, "reason": reason, "scope": scope}
