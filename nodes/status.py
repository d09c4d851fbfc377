"""How far a statement has come at one node: pending, promised, included, final, or refused."""

from dataclasses import dataclass
from enum import StrEnum

from ledger.codes import APPLIED, Code
from ledger.entry import BatchEntry, parse_entry
from ledger.envelope import StatementId
from ledger.errors import Refusal


class Stage(StrEnum):
    """How far a statement has come; each contains the ones before it."""

    PENDING = "pending"
    PROMISED = "promised"
    """Durable in this node's store."""
    INCLUDED = "included"
    """Under a checkpoint that this log has signed."""
    FINAL = "final"
    """Under a checkpoint that the trust file's quorum has cosigned."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a node knows of a statement.

    `stage` is None when no entry was made or will be made. `code` is None while pending; `refusal`
    says why, where that is remembered. `index`, `batch`, `time`: of its entry.
    """

    statement: StatementId
    stage: Stage | None
    code: Code | None = None
    index: int | None = None
    batch: int | None = None
    time: int | None = None
    refusal: Refusal | None = None

    @property
    def is_refused(self) -> bool:
        """Whether nothing moved: refused without an entry, or logged as refused."""
        return self.code is not None and self.code not in APPLIED and self.code != Code.HELD

    @property
    def state(self) -> str:
        """`pending`, `promised`, `included`, `final`, or `refused` at whatever stage."""
        return "refused" if self.is_refused or self.stage is None else str(self.stage)


def status_of_entry(
    statement: StatementId, index: int, raw: bytes, *, published: int, final: int
) -> Status:
    """The status of a statement that is entry `index`, with these bytes, in a log of which
    `published` entries are under a signed checkpoint and `final` under a quorum's.
    """
    entry = parse_entry(raw)
    assert not isinstance(entry, BatchEntry)
    stage = Stage.PROMISED
    if index < published:
        stage = Stage.INCLUDED
    if index < final:
        stage = Stage.FINAL
    code = Code(str(entry.outcome["code"]))
    return Status(statement, stage, code, index, entry.batch, entry.time)
