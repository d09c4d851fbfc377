"""A mistake, and how it is put right in the open.

Masks came in as N95; two hospitals got 10,000 each by the papers, and the count then found nothing
where 4,000 should lie: the ledger says so for everybody to see. The papers were wrong: the masks
are KN95, and each hospital got 12,000. One correction names all four statements, undoes them, and
books what is true; both versions stay.
"""

from dataclasses import dataclass

from ledger.canon import Encodable
from ledger.codes import Code
from ledger.envelope import Statement
from tools.story.handing import Handing
from tools.story.people import givers
from tools.story.storing import Storing, draw, lot, packed
from tools.story.teller import Body, Teller

RECEIVED, GIVEN, TRULY_GIVEN = 24_000, 10_000, 12_000


@dataclass
class Mistake:
    """The four statements as they were first made, in their order."""

    teller: Teller
    storing: Storing
    handing: Handing

    def receive(self) -> None:
        """24,000 masks, as the waybill's writer understood them."""
        line = packed("n95", "盒", RECEIVED // 20, RECEIVED, "口罩 1200盒 2.4万")
        self.received = self.storing.gift(givers()[2], line, mark="masks received")

    def hand_out(self) -> None:
        """Two lists, each with 10,000."""
        self.given = [
            self.handing.give_organisation(to, lot(self.received), GIVEN)
            for to in ("clinic", "hospital")
        ]
        self.teller.marks["masks given"] = self.given[0]

    def count(self) -> None:
        """None are left: 4,000 are unexplained, and the ledger names that."""
        self.counted = self.storing.count("n95", 0, "N95 0", code=Code.FLAGGED)
        self.teller.marks["masks counted"] = self.counted

    def correct(self) -> Statement:
        """What is true takes the place of what was recorded; nothing is erased."""
        received: dict[str, Encodable] = {**self.received.body}
        true = packed("kn95", "盒", RECEIVED // 20, RECEIVED, "KN95口罩 1200盒")
        received["lines"] = [true]
        received["advised"] = [{"item": "kn95", "quantity": RECEIVED, "short": 0}]
        replacements: list[tuple[str, Body]] = [("stock.receive", received)]
        for given in self.given:
            body: Body = {**given.body, "lines": [draw("#0/0", TRULY_GIVEN)]}
            replacements.append(("disbursement.handout", body))
        counted: Body = {"lines": [{"counted": 0, "item": "kn95"}], "site": "depot"}
        replacements.append(("stock.count", counted))
        declared = correction(
            [self.received, *self.given, self.counted],
            replacements,
            "The masks were KN95; each hospital received 12,000, not 10,000. "
            "口罩实为KN95，两家医院各收到12,000只，不是10,000只。",
        )
        return self.teller.say("correction.declare", declared, *CORRECTORS, mark="correction")


CORRECTORS = (
    "county/director",
    "county/deputy",
    "county/stores",
    "county/gate",
    "county/registry",
)
"""Everybody whose word is corrected signs again, and the deputy approves."""


def correction(targets: list[Statement], replacements: list[tuple[str, Body]], say: str) -> Body:
    """Body of a correction of wrong data; `replacements`: (kind, body) in order."""
    return {
        "replacements": [{"body": body, "kind": kind, "v": 1} for kind, body in replacements],
        "say": say,
        "targets": [each.id for each in targets],
        "why": "incorrect_data",
    }
