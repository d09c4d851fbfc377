"""Giving: money comes in, singly and in lists, and some of it goes back.

Who gave stands in the vault; the ledger has seals. Large gifts bear a second key. One gift turns
out to be a stolen card, one was sent twice, and one is taken back after it was spent: the fund's
owner covers what is missing.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from ledger.codes import Code
from ledger.envelope import Statement
from ledger.proofs.disclosure import Field
from tools.story.county import EAST_FOOD, GENERAL, OVERSEAS
from tools.story.people import SEED, Person, donors
from tools.story.teller import Body, Teller

TREASURER, SECOND = "bridge/treasurer", "bridge/reviewer"
AMOUNTS: Final = (1_000, 5_000, 10_000, 10_000, 20_000, 50_000, 66_600, 88_800, 100_000, 520_00)
"""What people give, in smallest units: round sums and lucky numbers."""


@dataclass
class Giving:
    """Gifts as they come; takes donors one after another."""

    teller: Teller

    def __post_init__(self) -> None:
        self._random = Random(SEED)  # noqa: S311 - invented content, not a secret
        self._donors = iter(donors())
        self._count = 0

    def gift(self, amount: int, line: str = GENERAL, *, ago: int = 0, mark: str = "") -> Statement:
        """One gift; above the second-key limit it is signed by two."""
        return self._gift(next(self._donors), amount, line, ago=ago, mark=mark)

    def day(self, count: int) -> None:
        """What the bank's statement of a day shows: so many gifts to all lines."""
        for number in range(count):
            line = self._random.choice([GENERAL, GENERAL, GENERAL, EAST_FOOD, OVERSEAS])
            amount = self._random.choice(AMOUNTS)
            self.gift(amount, line, ago=(count - number) * 1_800)

    def list(self, sequence: int, count: int, *, mark: str) -> Statement:
        """A list of small gifts, as collected in the street: one statement for all of them."""
        rows: list[dict[str, Field]] = []
        offset = 0
        for number in range(count):
            amount = self._random.choice([100, 500, 1_000, 2_000, 6_660])
            giver = next(self._donors)
            rows.append(
                {
                    "amount": amount,
                    "donor": giver.name,
                    "offset": offset,
                    "reference": f"box {sequence} slip {number + 1}",
                }
            )
            offset += amount
        teller = self.teller
        sealed = teller.seal_list("donation.list", rows)
        body: Body = {
            "count": count,
            "file": teller.tag(),
            "line": GENERAL,
            "manifest": sealed.manifest.value(),
            "sequence": sequence,
            "total": offset,
        }
        signers = (TREASURER, SECOND) if offset > 5_000_000 else (TREASURER,)
        return teller.say("donation.list", body, *signers, mark=mark, sealed=sealed)

    def organisation(self, name: str, amount: int, line: str = GENERAL) -> Statement:
        """A large gift of a company, or of an office."""
        giver = Person(name, "", "", "")
        return self._gift(giver, amount, line, mark="large gift")

    def _gift(
        self, giver: Person, amount: int, line: str, *, ago: int = 0, mark: str = ""
    ) -> Statement:
        self._count += 1
        teller, number = self.teller, f"LH{self._count:06}"
        sealed = teller.seal(
            "donation.receive", contact=giver.phone, donor=giver.name, reference=number
        )
        body: Body = {
            "amount": amount,
            "line": line,
            "reference": teller.reference(line.partition(".")[0], number),
            "seals": {**sealed.seals},
        }
        limit = 20_000_000 if line == OVERSEAS else 5_000_000
        signers = (TREASURER, SECOND) if amount > limit else (TREASURER,)
        return teller.say("donation.receive", body, *signers, ago=ago, mark=mark, sealed=sealed)

    # --- money that goes back

    def reverse(
        self, gift: Statement, amount: int, *, code: Code = Code.OK, mark: str = ""
    ) -> None:
        """The bank takes a gift back."""
        self._count += 1
        reference = self.teller.reference("linhe", f"RV{self._count:06}")
        body: Body = {"amount": amount, "donation": gift.id, "reference": reference}
        self.teller.say("donation.reverse", body, TREASURER, SECOND, code=code, mark=mark)

    def refund(self, gift: Statement, amount: int) -> None:
        """The fund gives a gift back to its donor."""
        body: Body = {"amount": amount, "donation": gift.id}
        self.teller.say("donation.refund", body, TREASURER, SECOND)

    def cover(self, amount: int) -> None:
        """The fund's owner pays in what a line lacks."""
        self._count += 1
        reference = self.teller.reference("linhe", f"CV{self._count:06}")
        body: Body = {"amount": amount, "line": GENERAL, "reference": reference}
        self.teller.say("fund.cover", body, "bridge/secretary", TREASURER)
