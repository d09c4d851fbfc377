"""Ruling: the members agree on rules for two funds, doubt one of them, and end it.

The rule is the library's own text: gifts go where their donors said. It watches before it counts,
so nothing is refused for it here: each payment's entry says what it would have been told.
"""

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

from ledger.adoptions import contract_hash
from ledger.canon import Value
from ledger.envelope import Statement
from tools.story.county import DAY
from tools.story.teller import Body, Teller
from tools.strict_yaml import read_yaml

PROPOSER: Final = "county/director"
VOICES: Final = ("bridge/secretary", "cloud/captain")
"""Two of three members are more than half."""
EARMARK: Final = "earmark"


def library(name: str) -> Value:
    """A contract of the library as JSON."""
    return read_yaml(files("contracts").joinpath(f"library/{name}.yaml").read_bytes())


@dataclass
class Ruling:
    """Contracts as they are agreed; `sequences`: commits of each scope so far."""

    teller: Teller
    sequences: dict[str, int] = field(default_factory=dict)

    def adopt(self, fund: str, owner: str) -> Statement:
        """The rule for one fund: proposed, approved by two, committed; in shadow after two days."""
        document, scope = library(EARMARK), f"fund:{fund}"
        body: Body = {
            "document": document,
            "lane": "full",
            "mode": "shadow",
            "not_before": self.teller.clock.now() + 2 * DAY,
            "owner": owner,
            "scope": scope,
        }
        proposed = self.teller.say("contract.propose", body, PROPOSER, mark=f"rule of {fund}")
        for voice in VOICES:
            approved: Body = {"hash": contract_hash(document), "proposal": proposed.id}
            self.teller.say("contract.approve", approved, voice)
        self.sequences[scope] = self.sequences.get(scope, 0) + 1
        done: Body = {"proposal": proposed.id, "sequence": self.sequences[scope]}
        self.teller.say("contract.commit", done, PROPOSER)
        return proposed

    def doubt(self, fund: str) -> None:
        """Two members stop it for three days."""
        for voice in VOICES:
            self.teller.say("contract.suspend", _against(fund, "wording"), voice)

    def end(self, fund: str) -> None:
        """The quorum ends it after a day."""
        self.teller.say("contract.retire", _against(fund, "no-earmarks"), *VOICES)


def _against(fund: str, reason: str) -> Body:
    return {"contract": EARMARK, "reason": reason, "scope": f"fund:{fund}"}
