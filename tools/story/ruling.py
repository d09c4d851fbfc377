"""Ruling: the members agree on rules, doubt some of them, and end one.

The rules are the library's own texts. Gifts go where their donors said: for two funds, and it only
watches. A household takes so many food parcels; the larger a payment, the more people agree: these
watch first and then count. Relief money is paid by itself on a red alert.
"""

from dataclasses import dataclass, field
from typing import Final

from ledger.adoptions import contract_hash
from ledger.envelope import Statement
from tools.contracts.library import load
from tools.story.county import DAY
from tools.story.teller import Body, Teller

PROPOSER: Final = "county/director"
VOICES: Final = ("bridge/secretary", "cloud/captain")
"""Two of three members are more than half."""
EARMARK: Final = "earmark"
CAP, LADDER, RELIEF = "household-food-cap", "approval-ladder", "alert-relief-money"
EVERYBODY: Final = "consortium"


@dataclass
class Ruling:
    """Contracts as they are agreed; `sequences`: commits of each scope so far."""

    teller: Teller
    sequences: dict[str, int] = field(default_factory=dict)

    def adopt(
        self, name: str, scope: str = EVERYBODY, *, owner: str = "county", mode: str = "shadow"
    ) -> Statement:
        """A rule: proposed, approved by two, committed; in force after two days."""
        document = load(name)
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
