"""Made-up days of relief on the test ledger, for tests that need a log with many kinds in it.

Method: a seeded generator says random statements of random amounts, among them some that are refused
and some that breach; what the ledger makes of them is its own affair.
"""

from collections.abc import Callable
from hashlib import sha256
from json import loads
from random import Random
from typing import Any

from ledgers import ACTORS, DAY, founded

from ledger.codes import Code
from ledger.envelope import Statement

GENERAL, FOOD = "flood.general", "flood.east-food"


class Story:
    """A ledger, and what is known of it to say the next thing."""

    def __init__(self, seed: int, *, corrections: bool = False) -> None:
        self.random = Random(seed)
        self.ledger = founded()
        self.known: dict[str, list[str]] = {}
        self.asked: dict[str, int] = {}
        self.said: dict[str, tuple[str, dict[str, Any]]] = {}
        self._tags = 0
        self._verbs = [*MONEY, *GOODS, *[correct] * (6 if corrections else 0)]

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
        self.said[statement.id] = (kind, body)
        self.asked[statement.id] = body["draws"][0]["amount"] if "draws" in body else 0
        return statement

    def batch(self, count: int) -> list[Code]:
        """Time passes, and `count` random statements are one batch."""
        self.ledger.time += self.random.choice([1, 60, 3_600, DAY])
        said = [self.say(self.random.choice(self._verbs)) for _ in range(count)]
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


def instruct_right(story: Story) -> Said:
    """A household's right to money, where there is one, or somebody else's to goods."""
    rights = story.ledger.memory.table("entitlements")
    money = [key for key, raw in rights.items() if "amount" in loads(raw)] or list(rights)
    tag, cycle, purpose = (story.random.choice(money) if money else f"{'ef' * 16}/c1/food").split(
        "/"
    )
    line = loads(rights["/".join((tag, cycle, purpose))]).get("line", GENERAL) if money else GENERAL
    body = {
        "area": "east",
        "draws": [{"amount": story.random.choice([5_000, 2_000]), "line": line}],
        "entitlement": {"cycle": cycle, "purpose": purpose, "tag": tag},
        "payee": {"class": "household", "tag": tag},
        "purpose": purpose,
        "source": "allocated",
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


# ---- goods --------------------------------------------------------------------------------------


def lot(story: Story, where: str = "") -> str:
    """A lot, of those that live at site `where` rather; one that nobody knows where there is none."""
    known = story.ledger.memory.table("lots")
    if story.random.random() < 0.8:
        place = f"site:{where}"
        rows = {key: loads(raw) for key, raw in known.items()}
        here = [key for key, row in rows.items() if "spent" not in row and row["place"] == place]
        known = {key: known[key] for key in here} or known
    return story.random.choice(list(known)) if known else "cd" * 32 + "/0"


def lines(story: Story, where: str, most: int = 3) -> list[dict[str, Any]]:
    count = story.random.randint(1, most)
    named = dict.fromkeys(lot(story, where) for _ in range(count))
    return [{"lot": each, "quantity": story.amount(9_000)} for each in named]


def site(story: Story) -> str:
    return story.random.choice(["depot", "depot", "point"])


def item(story: Story) -> str:
    return story.random.choice(["rice", "rice", "n95"])


def goods_in(story: Story) -> Said:
    line = {"condition": "good", "item": item(story), "quantity": story.amount(40_000)}
    if story.random.random() < 0.5:
        line["expiry"] = story.ledger.time + story.random.choice([1, 40]) * DAY
    body = {
        "lines": [line] * story.random.randint(1, 3),
        "site": site(story),
        "source": {"kind": "gift"},
    }
    if story.random.random() < 0.3:
        advised = {"item": line["item"], "quantity": story.amount(40_000), "short": 0}
        body["advised"] = [advised]
    return "stock.receive", {**body, "reason": "short-dated"}, ("red/chen", "red/dai")


def goods_move(story: Story) -> Said:
    body = {"from": "depot", "lines": lines(story, "depot"), "to": "point"}
    return "stock.move", body, ("red/chen",)


def split(story: Story) -> Said:
    here = site(story)
    body = {"lot": lot(story, here), "quantities": [story.amount(500), 7], "site": here}
    return "stock.split", body, ("red/chen",)


def merge(story: Story) -> Said:
    here = site(story)
    body = {
        "lines": [*lines(story, here, 2), {"lot": lot(story, here), "quantity": 5}],
        "site": here,
    }
    return "stock.merge", body, ("red/chen",)


def count(story: Story) -> Said:
    body = {"lines": [{"counted": story.amount(90_000), "item": item(story)}], "site": site(story)}
    return "stock.count", body, ("red/chen", "red/dai")


def adjust(story: Story) -> Said:
    here = site(story)
    delta = story.random.choice([-1, 1]) * story.amount(300)
    body = {"delta": delta, "lot": lot(story, here), "reason": "label", "site": here}
    return "stock.adjust", body, ("red/chen", "red/dai")


def loss(story: Story) -> Said:
    here = site(story)
    cause = story.random.choice(["lost", "expired", "returned"])
    body = {"cause": cause, "lines": lines(story, here), "site": here}
    return "stock.loss", body, ("red/chen", "red/dai")


def order(story: Story) -> Said:
    until = story.ledger.time + story.random.choice([1, 5, 30]) * DAY
    named = dict.fromkeys([item(story), item(story)])
    wanted = [{"item": each, "quantity": story.amount(6_000)} for each in named]
    return (
        "shipment.order",
        {"from": "depot", "lines": wanted, "to": "point", "until": until},
        ("red/ana",),
    )


def dispatch(story: Story) -> Said:
    body: dict[str, Any] = {"from": "depot", "lines": lines(story, "depot"), "to": "point"}
    if story.random.random() < 0.7:
        body["order"] = story.one("shipment.order")
    return "shipment.dispatch", body, ("red/dai",)


def arrive(story: Story) -> Said:
    line = {
        "damaged": story.random.choice([0, 0, 3]),
        "good": story.amount(6_000),
        "item": item(story),
        "lost": story.random.choice([0, 0, 2]),
    }
    body = {"dispatch": story.one("shipment.dispatch"), "lines": [line], "site": "point"}
    return "shipment.arrive", body, ("blue/eve",)


# ---- households ---------------------------------------------------------------------------------


def household(story: Story) -> str:
    known = list(story.ledger.memory.table("households"))
    return story.random.choice(known) if known else "ef" * 16


def enrol(story: Story) -> Said:
    seals = {name: story.tag() for name in ("address", "document", "name", "phone")}
    body = {
        "area": "east",
        "bank_verified": story.random.random() < 0.5,
        "persons": story.random.randint(1, 15),
        "programme": "flood-27",
        "seals": seals,
        "tag": story.tag()[:32],
    }
    return "household.enrol", body, ("red/chen", "red/dai")


def issue(story: Story) -> Said:
    body: dict[str, Any] = {
        "cycle": story.random.choice(["c1", "c2"]),
        "programme": "flood-27",
        "purpose": "food",
        "tags": list(dict.fromkeys(household(story) for _ in range(2))),
        "window": {"from": story.ledger.time - 5, "to": story.ledger.time + 40 * DAY},
    }
    if story.random.random() < 0.7:
        body["lines"] = [{"item": "rice", "quantity": 5_000}, {"item": "n95", "quantity": 20}]
    else:
        body["money"] = {"amount": 5_000, "line": story.line()}
    return "entitlement.issue", body, ("red/ana",)


def release(story: Story) -> Said:
    here = site(story)
    right = {"cycle": "c1", "purpose": "food", "tag": household(story)}
    body: dict[str, Any] = {"lines": lines(story, here, 1), "site": here}
    if story.random.random() < 0.7:
        body["entitlement"] = right
    return "disbursement.release", body, ("red/chen", "red/dai")


def hand_out(story: Story) -> Said:
    here = site(story)
    body: dict[str, Any] = {"site": here}
    form = story.random.randint(0, 3)
    if form == 0:
        body |= {"lines": lines(story, here), "organisation": "blue"}
    elif form == 1:
        body |= {"lines": lines(story, here), "manifest": {"root": story.tag(), "size": 64}}
    else:
        tags = dict.fromkeys(household(story) for _ in range(2))
        rows = [{"lines": lines(story, here, 2), "tag": tag} for tag in tags]
        body |= {"confirmation": "card", "cycle": "c1", "purpose": "food", "rows": rows}
    if story.random.random() < 0.5:
        body["release"] = story.one("disbursement.release")
    return "disbursement.handout", body, ("red/chen",)


def confirm(story: Story) -> Said:
    body = {
        "by": "pin",
        "handout": story.one("disbursement.handout"),
        "row": story.random.randint(0, 2),
        "state": story.random.choice(["received", "partial", "not_received"]),
    }
    return "delivery.confirm", body, ("red/dai",)


# ---- corrections --------------------------------------------------------------------------------


def changed(story: Story, value: Any) -> Any:
    """The same body with other amounts, or not."""
    if isinstance(value, dict):
        return {
            key: story.amount(9_000)
            if key in ("amount", "quantity", "counted", "good") and story.random.random() < 0.6
            else changed(story, part)
            for key, part in value.items()
        }
    return [changed(story, part) for part in value] if isinstance(value, list) else value


def correct(story: Story) -> Said:
    """One to three statements of late are wrong; what is true instead is much the same, or nothing."""
    logged = story.ledger.memory.indexes(list(story.said))
    late = [name for name in logged if "correction" not in story.said[name][0]][-40:]
    late = late or ["ab" * 32]
    targets = list(
        dict.fromkeys(story.random.choice(late) for _ in range(story.random.choice([1, 1, 1, 3])))
    )
    replacements = [
        {"body": changed(story, body), "kind": kind, "v": 1}
        for kind, body in (story.said[target] for target in targets if target in story.said)
        if story.random.random() < 0.7
    ]
    body = {
        "replacements": replacements,
        "say": "It was otherwise.",
        "targets": targets,
        "why": "incorrect_data" if replacements else "did_not_occur",
    }
    return "correction.declare", body, tuple(ACTORS)


MONEY: list[Callable[[Story], Said]] = [
    *(receive, receive, receive, receive, receive_list, reverse, refund, allocate, allocate, cover),
    *(instruct, instruct, instruct_right, instruct_right, paid, paid, failed, returned),
]
GOODS: list[Callable[[Story], Said]] = [
    *(goods_in, goods_in, goods_in, goods_move, split, merge, count, adjust, loss),
    *(order, order, dispatch, dispatch, dispatch, arrive, arrive, arrive),
    *(enrol, enrol, issue, issue, release, release, hand_out, hand_out, confirm),
]
