"""A flag is looked at: behind what was applied although a gate doubted it, a case opens.

One case a statement, of class `contract-flag`, about the statement and the contracts that flagged
it. Whoever signed belongs to the statement, so that another member decides and closes it
(`ledger.cases`). Of a held statement that is posted with a flag, it stands behind the approval and
is about what was held. Specification: `docs/spec/judging.md`, flags.
"""

from typing import Final

from contracts.documents.verdict import Outcome
from contracts.duties.derived import Derived, case, rule_of
from contracts.judging.gates import Judgement
from ledger.cases import SUBJECTS_MAX
from ledger.envelope import StatementId
from ledger.kinds import Nature

CLASS: Final = "contract-flag"
"""Class of the case that a flag opens."""
EFFECT: Final = "!flag"
"""What stands for an effect in the rule of its cause."""


def flag_case(said: Judgement, nature: Nature, statement: StatementId) -> Derived | None:
    """The case behind an applied statement; None where no gate that enforces doubted it."""
    doubted = nature is Nature.ATTESTATION and said.outcome is not Outcome.ALLOW
    if not said.failed or not (doubted or said.outcome is Outcome.FLAG):
        return None
    contracts = [f"contract/{adopted.id}" for adopted, _ in said.failed]
    about = [f"statement/{statement}", *dict.fromkeys(contracts)][:SUBJECTS_MAX]
    contract = said.failed[0][0].contract
    return case(rule_of(contract, EFFECT), CLASS, about, contract)
