"""What people take away from the demo: receipts and proofs, as files that verify anywhere.

Each receipt shows as much as its reader may see: a donor two fields of a gift, another donor one
row of a list, a resident the row of a hand-out, a household what a contract paid, an auditor what
was refused, what waited for others to agree, and what was corrected.
All of them stand under the newest final checkpoint, the one that is in `public/`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.envelope import Statement, StatementId
from ledger.log.proof import format_proof
from ledger.proofs.receipt import Line, Receipt, format_receipt
from nodes.folder import make_folder, write_whole
from nodes.grounds import Grounds
from tools.sealing import show_fields, show_row
from tools.story.teller import Teller

LIST_ROW = 17
"""The row of the first list that is shown: somebody's ten yuan in a collection box."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the files come from: the story and its proofs."""

    teller: Teller
    grounds: Grounds

    def receipt(self, statement: Statement) -> Receipt:
        """The receipt of a statement, with what corrects it; nothing is opened."""
        index = self.grounds.find(statement.id)
        assert index is not None, statement.kind
        return self.grounds.receipt(index)


def receipts(shelf: Shelf) -> dict[str, Receipt]:
    """File name, without its ending -> receipt."""
    teller, marks = shelf.teller, shelf.teller.marks
    makers: dict[str, tuple[str, Callable[[Statement, Receipt], Receipt]]] = {
        "donation": (
            "gift shown",
            lambda said, made: show_fields(teller.vault, made, said.id, ["donor", "reference"]),
        ),
        "list-row": (
            "first list",
            lambda said, made: show_row(
                teller.vault, shelf.grounds, made, (said.id, said.kind, LIST_ROW), "donor"
            ),
        ),
        "hand-out": ("first hand-out", _with_line),
        "open-point": (
            "open point",
            lambda said, made: show_row(
                teller.vault, shelf.grounds, made, (said.id, said.kind, 3), "lines"
            ),
        ),
        "over-issue-refused": ("over-issue", lambda said, made: made),
        "over-cap-refused": ("over-cap", lambda said, made: made),
        "held-payment": ("held payment", lambda said, made: made),
        "masks-corrected": ("masks given", lambda said, made: made),
        "correction": ("correction", lambda said, made: made),
    }
    found = {
        name: show(marks[mark], shelf.receipt(marks[mark])) for name, (mark, show) in makers.items()
    }
    relief = shelf.grounds.find(StatementId(teller.caused["relief payment"]))
    assert relief is not None
    return {**found, "relief-payment": shelf.grounds.receipt(relief)}


def _with_line(said: Statement, made: Receipt) -> Receipt:
    """The receipt of the hand-out's first household, which knows its own tag."""
    rows = said.body["rows"]
    assert isinstance(rows, list) and isinstance(rows[0], dict)
    return replace(made, line=Line(0, str(rows[0]["tag"])))


PROOFS = {"genesis": 0}
"""File name -> index of entries that get a proof file besides those of the story."""


def write_receipts(shelf: Shelf, folder: Path) -> list[Path]:
    """Write all of them into `folder`; their paths."""
    make_folder(folder)
    folder.chmod(0o755)
    written = []
    for name, receipt in receipts(shelf).items():
        written.append(folder / f"{name}.relief-receipt")
        write_whole(written[-1], format_receipt(receipt), mode=0o644)
    places = {**PROOFS, "last-batch": shelf.grounds.size - 1}
    for mark, name in (("rice", "rice-received"), ("over-issue", "over-issue-refused")):
        index = shelf.grounds.find(shelf.teller.marks[mark].id)
        assert index is not None, mark
        places[name] = index
    for name, index in places.items():
        written.append(folder / f"{name}.tlog-proof")
        write_whole(written[-1], format_proof(shelf.grounds.prove(index)), mode=0o644)
    return written
