"""Made-up days of relief on the test ledger, for tests that need a log with many kinds in it.

Method: a seeded generator says random statements of random amounts, among them some that are refused
and some that breach; what the ledger makes of them is its own affair.
"""

from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

from ledgers import DAY, founded

from ledger.codes import Code
from ledger.envelope import Statement

GENERAL, FOOD = "flood.general", "flood.east-food"


class Story:
    """A ledger, and what is known of it to say the next thing."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.ledger = founded()
        self.known: dict[str, list[str]] = {}
        self.asked: dict[str, int] = {}
        self._tags = 0

    def tag(self) -> str:
        """A fresh 32-byte tag in hex."""
        self._tags += 1
        return sha256(b"tag %d" % self._tags).hexdigest()

    def one(self, kind: str) -> str:
        """The id of an earlier statement of this kind, of late ones rather; an unknown one if none."""
        known = self.known.get(kind)
        return self.random.choice(known[-12:]) if known else "ab" * 32

    def amount(self, most: int = 50_000) -> int:
        """A small amount, often a round one."""
        return self.random.choice([1, 100, 2_500, self.random.randint(1, most)])

    def line(self) -> str:
        """A line of the fund."""
        return self.random.choice([GENERAL, GENERAL, FOOD])

    def say(
        self, verb: Callable[["Story"], tuple[str, dict[str, Any], tuple[str, ...]]]
    ) -> Statement:
        """A statement of this verb; its id is remembered under its kind."""
        kind, body, signers = verb(self)
        statement = self.ledger.statement(kind, body, *signers)
        self.known.setdefault(kind, []).append(statement.id)
        self.asked[statement.id] = body["draws"][0]["amount"] if "draws" in body else 0
        return statement

    def batch(self, count: int) -> list[Code]:
        """Time passes, and `count` random statements are one batch."""
        self.ledger.time += self.random.choice([1, 60, 3_600, DAY])
        said = [self.say(self.random.choice(VERBS)) for _ in range(count)]
        return [answer.code for answer in self.ledger.run(*said)]

    def play(self, batches: int) -> "Story":
        """So many batches of one to five statements."""
        for _ in range(batches):
            self.batch(self.random.randint(1, 5))
        return self


Said = tuple[str, dict[str, Any], tuple[str, ...]]


def receive(story: Story) -> Said:
    seals = {name: story.tag() for name in ("contact", "donor", "reference")}
    body = {
        "amount": story.amount(),
        "line": story.line(),
        "reference": story.tag(),
        "seals": seals,
    }
    return "donation.receive", body, ("red/ana", "red/bao")


def receive_list(story: Story) -> Said:
    body = {
        "count": story.random.randint(1, 60),
        "file": story.tag(),
        "line": story.line(),
        "manifest": {"root": story.tag(), "size": 64},
        "sequence": story.random.randint(1, 4),
        "total": story.amount(200_000),
    }
    return "donation.list", body, ("red/ana", "red/bao")


def reverse(story: Story) -> Said:
    gift = story.one(story.random.choice(["donation.receive", "donation.receive", "donation.list"]))
    body = {"amount": story.amount(), "donation": gift, "reference": story.tag()}
    return "donation.reverse", body, ("red/ana", "red/bao")


def refund(story: Story) -> Said:
    body = {"amount": story.amount(20_000), "donation": story.one("donation.receive")}
    return "donation.refund", body, ("red/ana", "red/bao")


def draw(story: Story) -> dict[str, Any]:
    found: dict[str, Any] = {"amount": story.amount(20_000), "line": story.line()}
    if story.random.random() < 0.2:
        found["donation"] = story.one("donation.receive")
    return found


def allocate(story: Story) -> Said:
    body = {"draws": [draw(story)], "programme": "flood-27", "purpose": "food"}
    return f"fund.{story.random.choice(['allocate', 'allocate', 'deallocate'])}", body, ("red/bao",)


def cover(story: Story) -> Said:
    body = {"amount": story.amount(2_000_000), "line": story.line(), "reference": story.tag()}
    return "fund.cover", body, ("red/bao", "red/ana")


def instruct(story: Story) -> Said:
    body = {
        "area": "east",
        "draws": [draw(story)],
        "payee": {"class": "vendor", "tag": story.tag()},
        "purpose": "food",
        "source": story.random.choice(["free", "allocated"]),
    }
    return "disbursement.instruct", body, ("red/chen", "red/dai")


def paid(story: Story) -> Said:
    instruction = story.one("disbursement.instruct")
    asked = story.asked.get(instruction, 5)
    amount = story.random.choice([asked, asked, asked // 2 + 1, asked + 7])
    body = {"amount": amount, "instruction": instruction, "reference": story.tag()}
    return "disbursement.paid", body, ("red/chen", "red/dai")


def failed(story: Story) -> Said:
    body = {"instruction": story.one("disbursement.instruct"), "reference": story.tag()}
    return "disbursement.failed", body, ("red/chen",)


def returned(story: Story) -> Said:
    instruction = story.one("disbursement.instruct")
    body = {"amount": story.amount(), "instruction": instruction, "reference": story.tag()}
    return "disbursement.returned", body, ("red/chen",)


VERBS: list[Callable[[Story], Said]] = [
    *(receive, receive, receive, receive, receive_list, reverse, refund, allocate, allocate, cover),
    *(instruct, instruct, paid, paid, failed, returned),
]
