"""Well-signed statements of every kind, made from the shapes of their bodies, for a hostile member.

Goal: whatever the holders of every role may sign has been signed, in any order and any mixture.
Method: the annotations of a body are its schema; each becomes a value: boundary numbers, words of
the catalogue and others, ids of things that are there, that are of another kind, that are not. A
*focus* (one site, item, line, leg) makes most fields of a statement speak of one thing, so that many
statements are possible and not only well formed. Corrections take bodies from the log and change
them a little. The seed is the reproduction.
"""

import dataclasses
import types
import typing
from collections.abc import Callable
from json import loads
from random import Random
from typing import Annotated, Any, Literal

from ledgers import DAY, EVERYWHERE, NOW, TestLedger, founded, names, test_key
from sealed import SealedList

from contracts.batch import Step
from contracts.memory import MemoryLedger
from ledger.canon import encode
from ledger.codes import APPLIED
from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import Statement
from ledger.errors import FormatError, Refused
from ledger.kinds import Nature, all_kinds
from ledger.shape import Length, Pattern, PlainText, Range, Read, parse
from ledger.stateroot import update

ROLES = [
    *("treasurer", "fund-owner", "payer", "approver", "storekeeper", "shipper", "receiver"),
    *("manager", "counter", "registrar", "distributor", "keeper", "quality", "confirmer"),
    *("commander", "officer", "decider", "inspector"),
]
# Who else is there beside the founders: two with every role, one of them twice, one of the other
# member, one whose roles hold in one place only.
HOSTILE = {
    "red/mal": ("mal", EVERYWHERE),
    "red/eva": ("eva", EVERYWHERE),
    "red/mal-again": ("mal", EVERYWHERE),
    "blue/mal": ("mal", EVERYWHERE),
    "red/east": ("east", {"areas": ["east"], "funds": ["flood"], "sites": ["point"]}),
}
SIGNERS = (
    *((["red/mal", "red/eva"],) * 24),
    *((["red/eva", "red/mal"],) * 4),
    *((["red/mal", "blue/mal", "red/eva"],) * 4),
    *((["red/ana", "red/bao", "blue/eve", "blue/fay"],) * 3),
    ["red/mal"],
    ["red/mal", "red/mal-again"],
    ["red/east", "red/eva"],
    ["red/mal", "red/east"],
    ["red/phone", "red/eva"],
    ["blue/mal", "red/mal"],
    ["red/nobody", "red/eva"],
)
SITES, ITEMS = ("depot", "point", "annex"), ("rice", "n95", "pump")
LINES = ("flood.general", "flood.east-food", "island.general")
TAGS = tuple(f"{n:032x}" for n in range(1, 7))
CYCLES, PURPOSES = ("c-1", "c-2"), ("food", "cash")
LISTS = [SealedList(5, 7, 11), SealedList(40)]
LEGS = {
    "accept": "requisition.accept",
    "claim": "project.claim",
    "loan": "asset.lend",
    "project": "project.contract",
    "reservation": "stock.reserve",
    "instruction": "disbursement.instruct",
    "dispatch": "shipment.dispatch",
    "handout": "disbursement.handout",
    "order": "shipment.order",
    "release": "disbursement.release",
}
HUGE = 10**12
WEIGHTS = {
    **{"household.retire": 0.3, "entitlement.revoke": 0.6, "alert": 0.8, "case": 0.8},
    "disbursement.release": 2,
    **{"need": 0.3, "forecast": 0.3, "price": 0.3, "approval": 0.1, "override": 0.1},
    **{"contract": 0.1, "run": 0.1},
    "correction.declare": 9,
    "alert.lift": 1,
    "asset.lend": 2,
    "member": 0.3,
    "key": 0.3,
    "catalogue": 0.3,
    "genesis": 0.05,
}


def stocked_ledger() -> TestLedger:
    """A hostile ledger with goods, gifts, money set aside, and households."""
    ledger = hostile_ledger()
    two = ("red/mal", "red/eva")
    for site in SITES:
        lines = [
            {"condition": "good", "item": item, "quantity": 40} for item in ITEMS for _ in "ab"
        ]
        lines += [
            {"condition": "good", "item": "pump", "quantity": 1, "serials": [f"{site}-{n}"]}
            for n in range(2)
        ]
        ledger.say(
            "stock.receive", {"lines": lines, "site": site, "source": {"kind": "gift"}}, *two
        )
    for n, line in enumerate(LINES * 2):
        seals = {"contact": "1" * 64, "donor": "2" * 64, "reference": "3" * 64}
        body = {"amount": 90, "line": line, "reference": f"{900 + n:064x}", "seals": seals}
        ledger.say("donation.receive", body, *two)
    for line in LINES:
        draws = [{"amount": 60, "line": line}]
        body = {"draws": draws, "programme": "flood-27", "purpose": "food"}
        ledger.say("fund.allocate", body, "red/mal")
    for tag in TAGS[:4]:
        body = {
            "area": "east",
            "bank_verified": True,
            "persons": 4,
            "programme": "flood-27",
            "seals": {name: "4" * 64 for name in ("address", "document", "name", "phone")},
            "tag": tag,
        }
        assert ledger.say("household.enrol", body, *two).code == "ok"
    return ledger


def hostile_ledger() -> TestLedger:
    """A founded ledger with the hostile actors, a phone, a third site and a second currency."""
    ledger = founded()
    actors = [
        {"id": name, "person": person, "roles": ROLES, "scope": scope}
        for name, (person, scope) in HOSTILE.items()
    ]
    said = [ledger.say("member.enrol", {"actors": actors}, "red/ana", "blue/eve")]
    for name in HOSTILE:
        body = {"public": test_key(name).public.hex(), "use": "author", "actor": name}
        said.append(ledger.say("key.enrol", body, "red/ana" if name[0] == "r" else "blue/eve"))
    phone = {"public": test_key("red/phone").public.hex(), "use": "device", "actor": "red/mal"}
    said.append(ledger.say("key.enrol", {**phone, "due": NOW + 6 * DAY}, "red/ana"))
    site = {"area": "county", "custodian": "red", "kind": "point", "version": 1}
    item = {"aliases": [], "class": "equipment", "packs": [], "unit": "H87", "version": 1}
    body = {
        "items": [{**item, "id": "pump", "names": names("Pump")}],
        "sites": [{**site, "id": "annex", "names": names("Annex")}],
    }
    said.append(ledger.say("catalogue.define", body, "red/ana"))
    fund = {
        "currency": "TWD",
        "id": "island",
        "lines": [{"id": "general", "earmark": {"areas": [], "classes": [], "purposes": []}}],
        "names": names("Island"),
        "owner": "red",
        "programme": "flood-27",
        "version": 1,
    }
    said.append(ledger.say("catalogue.define", {"funds": [fund]}, "red/ana"))
    assert [answer.code for answer in said] == ["ok"] * len(said), said
    return ledger


def doctor(ledger: TestLedger, rows: dict[tuple[str, str], Any]) -> None:
    """Put rows past every law, None to delete: a state that only very long histories reach."""
    memory = ledger.memory
    raw = {pair: None if row is None else encode(row) for pair, row in rows.items()}
    by_table: dict[str, dict[str, bytes | None]] = {}
    for (table, key), value in raw.items():
        by_table.setdefault(table, {})[key] = value
    tables = {table: update(memory, table, changed) for table, changed in by_table.items()}
    head = memory.head()
    memory.apply(Step(head.size, (), (), raw, {}, {}, {}, tables, head, ()))


@dataclasses.dataclass
class Focus:
    """What one statement is mostly about."""

    site: str
    item: str
    line: str
    leg: str
    tag: str
    cycle: str
    purpose: str


class Generator:
    """Statements against the ledger as it stands; `learn` after each batch."""

    def __init__(self, ledger: TestLedger, seed: int) -> None:
        self.ledger, self.rnd = ledger, Random(seed)
        self.read = 0
        self.applied: list[StatementEntry] = []
        self.by_kind: dict[str, list[str]] = {}
        self.kinds = [name for name, _ in all_kinds()]
        self.weights = [self._weight(name) for name in self.kinds]
        self.focus = self._focus()
        self.tables: dict[str, dict[str, Any]] = {}
        self.fresh = 0
        self.huge = 0.02
        self.astray = 1.0
        self.learn()

    def _weight(self, name: str) -> float:
        return WEIGHTS.get(name, WEIGHTS.get(name.partition(".")[0], 1.0))

    # What is there

    def learn(self) -> None:
        memory: MemoryLedger = self.ledger.memory
        for raw in memory.entries[self.read :]:
            entry = parse_entry(raw)
            if isinstance(entry, StatementEntry) and entry.outcome["code"] in APPLIED:
                self.applied.append(entry)
                self.by_kind.setdefault(entry.statement.kind, []).append(entry.statement.id)
        self.read = len(memory.entries)
        self.tables = {
            name: {key: loads(raw) for key, raw in memory.table(name).items()}
            for name in ("lots", "legs", "gifts", "keys", "entitlements")
        }

    def _focus(self) -> Focus:
        pick = self.rnd.choice
        return Focus(
            site=pick(SITES),
            item=pick(ITEMS),
            line=pick(LINES),
            leg="",
            tag=pick(TAGS),
            cycle=pick(CYCLES),
            purpose=pick(PURPOSES),
        )

    def chance(self, p: float) -> bool:
        return self.rnd.random() < p

    def statements(self, most: int) -> list[Statement]:
        """Some statements, now and then one of them twice."""
        made = [self.statement() for _ in range(self.rnd.randint(1, most))]
        if self.chance(0.1):
            made.append(self.rnd.choice(made))
        return made

    def statement(self) -> Statement:
        while True:
            try:
                return self._statement()
            except FormatError:
                continue  # larger than a payload may be

    def _statement(self) -> Statement:
        kind = self.rnd.choices(self.kinds, self.weights)[0]
        body = self.body(kind)
        signers = list(self.rnd.choice(SIGNERS))
        if kind.partition(".")[0] in ("member", "key") and self.chance(0.7):
            signers = ["red/ana", "red/bao", "blue/eve"]
        if kind == "asset.lend" and self.chance(0.7):
            signers = ["red/mal", "blue/mal"]
        if kind == "project.inspect" and self.chance(0.6):
            signers = ["red/eva"]
        now = self.ledger.time
        past = 0.04 if all_kinds()[(kind, 1)].nature is Nature.AUTHORISATION else 0.3
        far = now + DAY
        if self.chance(min(past * self.astray, 0.6)):
            far = self.rnd.choice([now - 1, now - 1, now - 1, now, now + 401 * DAY])
        expires: dict[str, Any] = {"time": far}
        if self.chance(0.02):
            expires["size"] = self.rnd.choice([0, 10**6])
        changes: dict[str, Any] = {"expires": expires}
        if self.chance(0.02):
            changes["nonce"] = f"{self.rnd.randint(1, 9):032x}"
        return self.ledger.statement(kind, body, *signers, **changes)

    def body(self, kind: str) -> dict[str, Any]:
        """A body that has the form of its kind, nearly always."""
        shape = all_kinds()[(kind, 1)].body
        for _ in range(30):
            self.focus = self._focus()
            self.focus.leg = self._leg(LEGS.get(self.rnd.choice(list(LEGS)), ""))
            body = self.value(shape, kind)
            assert isinstance(body, dict)
            self._mend(kind, body)
            try:
                parse(shape, body)
            except Refused:
                continue
            return body
        return body

    def _leg(self, kind: str) -> str:
        legs = [key for key, row in self.tables.get("legs", {}).items() if row["kind"] == kind]
        if self.chance(0.7):
            legs = [key for key in legs if "closed" not in self.tables["legs"][key]] or legs
        return self.rnd.choice(legs) if legs else ""

    # Making values out of shapes

    def value(self, hint: Any, name: str) -> Any:
        origin = typing.get_origin(hint)
        if origin is Annotated:
            base, rule, *_ = typing.get_args(hint)
            return self._ruled(base, rule, name)
        if origin in (typing.Union, types.UnionType):
            inner = [part for part in typing.get_args(hint) if part is not type(None)]
            return self.value(inner[0], name)
        if origin is Literal:
            return self.rnd.choice(typing.get_args(hint))
        if hint is bool:
            return self.chance(0.5)
        hints = typing.get_type_hints(hint, include_extras=True)
        made = {}
        for field in dataclasses.fields(hint):
            optional = field.default is not dataclasses.MISSING
            if optional and self.chance(0.6):
                continue
            key = field.name.rstrip("_")
            made[key] = self.value(hints[field.name], key)
        return made

    def _ruled(self, base: Any, rule: Any, name: str) -> Any:
        if isinstance(rule, Read):
            return self._target() if "target" in rule.reader.__name__ else self._replacement()
        if isinstance(rule, Range):
            return self._number(rule, name)
        if isinstance(rule, Pattern):
            return self._text(rule, name)
        if isinstance(rule, PlainText):
            return self.rnd.choice(["bag", "x", '"\\\n', "\u7c73" * 60, "y" * rule.size, " "])
        assert isinstance(rule, Length)
        return self._list(typing.get_args(base)[0], rule, name)

    def _list(self, inner: Any, rule: Length, name: str) -> list[Any]:
        count = self.rnd.choice([rule.low] * 3 + [max(rule.low, 1)] * 4 + [2, 2, 3, 5])
        if self.chance(0.02):
            count = min(rule.high, 70)
        count = min(max(count, rule.low), rule.high)
        made = [self.value(inner, name) for _ in range(count)]
        if made and len(made) > 1 and self.chance(0.15):
            made[-1] = made[0]
        return made

    def _number(self, rule: Range, name: str) -> int:
        now = self.ledger.time
        if name in ("due", "expiry", "from", "to", "until"):
            return self.rnd.choice(
                [0, now, now - 1, now + 1, now + 300, now + DAY, now + 3 * DAY, 2**53 - 1]
            )
        if name == "version":
            return self.rnd.choice([1, 2, 2, 3])
        if name == "at":
            return self.rnd.choice([now, now - DAY, now + 1])
        if self.chance(0.003):
            return self.rnd.choice([rule.low - 1, rule.high + 1, 0, 2**53 - 1])
        if self.chance(self.huge):
            return self.rnd.choice([rule.low, rule.high, min(HUGE, rule.high)])
        low = max(rule.low, -20)
        return self.rnd.randint(low if rule.zero or low else 1, max(low, min(rule.high, 25)))

    def _text(self, rule: Pattern, name: str) -> str:
        make = _TEXTS.get(rule.name)
        if make is not None:
            return make(self, name)
        if "32 bytes in lower-case hex" in rule.name:
            return self._hash(name)
        if "16 bytes of a household" in rule.name:
            return self.rnd.choice([self.focus.tag, f"{self.rnd.randint(1, 9):064x}"])
        return self.rnd.choice(["a", "a-1", "waybill-7"])

    def slug(self, name: str) -> str:
        focus, pick = self.focus, self.rnd.choice
        if self.chance(0.005 * self.astray):
            return pick(["nowhere", "red", "depot", "rice", "x" * 48, "food"])
        if name in ("site", "from"):
            return focus.site
        if name == "to":
            return pick(SITES)
        known = {
            "item": focus.item if self.chance(0.8) else pick(ITEMS),
            "area": pick(["east", "county"]),
            "areas": pick(["east", "county"]),
            "programme": "flood-27",
            "purpose": focus.purpose,
            "purposes": pick(PURPOSES),
            "cycle": focus.cycle,
            "owner": pick(["red", "red", "blue"]),
            "borrower": "blue",
            "contractor": "blue",
            "milestone": pick(["walls", "roof"]),
            "custodian": pick(["red", "blue"]),
            "organisation": pick(["red", "blue"]),
            "carrier": "blue",
            "party": "blue",
            "parent": pick(["east", "county"]),
            "item_class": pick(["food", "equipment"]),
            "class": pick(["food", "medical", "abuse"]),
            "roles": pick([*ROLES, "admin"]),
            "id": pick([*SITES, *ITEMS, "east", "flood", "flood-27", "general", "new"]),
            "reason": pick(["broken", "unexplained"]),
            "alert": pick(["flood-7", "flood-8", "heat-1"]),
        }
        return known.get(name) or pick(["a", "b-2", "c"])

    def lot(self, name: str) -> str:
        lots = self.tables["lots"]
        if not lots or self.chance(0.015 * self.astray):
            unknown = ["0" * 64, "0" * 63 + "1", "ab" * 32, self._any_statement()]
            return self.rnd.choice(unknown) + self.rnd.choice(["/0", "/r0", "/b1", "/999999"])
        here = f"site:{self.focus.site}"
        living = [k for k, lot in lots.items() if lot["place"] == here and "spent" not in lot]
        if self.focus.leg and self.chance(0.3):
            there = f"consignment:{self.focus.leg}"
            living = [k for k, lot in lots.items() if lot["place"] == there] or living
        if living and self.chance(0.75):
            return self.rnd.choice(living)
        return self.rnd.choice(list(lots))

    def gift(self, name: str) -> str:
        gifts = [key for key in self.tables["gifts"] if len(key) <= 67]
        return self.rnd.choice(gifts) if gifts and self.chance(0.97) else "ab" * 32

    def _any_statement(self) -> str:
        return self.rnd.choice(self.applied).statement.id if self.applied else "cd" * 32

    def _hash(self, name: str) -> str:
        pick = self.rnd.choice
        if name in ("evidence", "file", "root", "contact", "donor", "path", "dedupe", "phone"):
            return f"{self.rnd.randint(1, 9):064x}"
        if name == "reference":
            self.fresh += 1
            return f"{self.fresh if self.chance(0.95) else 1:064x}"
        if name == "public":
            return pick([test_key(f"k{self.rnd.randint(0, 5)}").public.hex(), "00" * 32, "01" * 32])
        if name in ("key", "id", "prev"):
            own = [test_key(name).key_id for name in ("red/mal", "red/eva", "red/ana", "blue/eve")]
            keys = [key for key in self.tables["keys"] if key not in own or self.chance(0.01)]
            return pick([*keys, "ab" * 32])
        if self.chance(0.03 * self.astray):
            return pick([self._any_statement(), "ab" * 32, f"{0:064x}", *self.tables["keys"]])
        if name == "donation":
            return self.gift(name)[:64]
        if name in LEGS:
            return self._leg(LEGS[name]) or "ab" * 32
        if name == "case":
            return self._leg("case.open") or "ab" * 32
        if name == "statement":
            return self._any_statement()
        return f"{self.rnd.randint(1, 9):064x}"

    # Rows of lists, corrections

    def _target(self) -> Any:
        lists = self.by_kind.get("donation.list", [])
        if lists and self.chance(0.08):
            return {"row": self._row(), "statement": self.rnd.choice(lists)}
        if not self.applied or self.chance(0.03):
            return "ab" * 32
        recent = self.applied[-12:] if self.chance(0.6) else self.applied
        return self.rnd.choice(recent).statement.id

    def _row(self) -> dict[str, Any]:
        sealed = self.rnd.choice(LISTS)
        row = sealed.row(self.rnd.randrange(len(sealed.amounts)))
        if self.chance(0.1):
            row["offset"] += 1
        return row

    def _replacement(self) -> dict[str, Any]:
        """A body from the log, changed a little, or a new one."""
        if self.applied and self.chance(0.85):
            found = self.rnd.choice(self.applied[-12:]).statement
            body: Any = found.body
            if found.kind == "correction.declare" and found.body["replacements"]:
                one = self.rnd.choice(found.body["replacements"])  # type: ignore[arg-type]
                return {**one, "body": self._changed(one["body"], "")}  # type: ignore[dict-item, index, call-overload]
            return {"body": self._changed(body, ""), "kind": found.kind, "v": 1}
        kind = self.rnd.choice([kind for kind in self.kinds if "." in kind and "corr" not in kind])
        return {"body": self.value(all_kinds()[(kind, 1)].body, kind), "kind": kind, "v": 1}

    def _changed(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            if "paths" in value:
                return value
            return {key: self._changed(part, key) for key, part in value.items()}
        if isinstance(value, list):
            made = [self._changed(part, name) for part in value]
            return made[:-1] if len(made) > 1 and self.chance(0.1) else made
        if isinstance(value, bool):
            return value
        if isinstance(value, int) and name not in ("version", "from", "to", "sequence", "size"):
            step = self.rnd.choice([0, 0, 0, 1, -1, 5, -7])
            return HUGE if self.chance(0.02) else max(value + step, 1 if value > 0 else value)
        if isinstance(value, str) and self.chance(0.06):
            words = {"site": SITES, "to": SITES, "item": ITEMS, "line": LINES, "tag": TAGS}
            if name in words:
                return self.rnd.choice(words[name])
            if name == "lot":
                return f"#{self.rnd.randint(0, 1)}/{self.rnd.randint(0, 2)}"
            if name in LEGS or name == "donation":
                return f"#{self.rnd.randint(0, 1)}"
        return value

    def _mend(self, kind: str, body: dict[str, Any]) -> None:
        """Fields that must fit each other, where chance would hardly make them fit."""
        rnd = self.rnd
        if kind == "donation.list":
            sequence = body["sequence"]
            body |= rnd.choice(LISTS).body(sequence, body["line"])
        if kind == "correction.declare":
            self._mend_correction(body)
        if kind == "disbursement.handout":
            self._mend_handout(body)
        if kind == "entitlement.issue":
            body["window"] = {"from": 0, "to": self.ledger.time + rnd.choice([DAY, 9 * DAY])}
            body.pop(rnd.choice(["lines", "money"]), None)
            if "lines" not in body and "money" not in body:
                body["money"] = {"amount": rnd.randint(1, 9), "line": self.focus.line}
        if kind == "entitlement.revoke":
            right = self._right(rnd.choice(["left", "amount"]))
            if right:
                body |= {name: right[0][name] for name in ("cycle", "purpose")}
                body["tags"] = [right[0]["tag"]]
        if kind == "alert.declare":
            body["until"] = self.ledger.time + rnd.choice([1, 300, DAY, 9 * DAY, 40 * DAY])
        if kind == "case.open" and body["class"] == "abuse":
            body["subjects"] = []
            body.pop("evidence", None)
        if kind == "disbursement.instruct":
            household = body["payee"]["class"] == "household"
            body["payee"]["tag"] = self.focus.tag if household else f"{7:064x}"
            right = self._right("amount")
            body.pop("entitlement", None)
            if household and right:
                body["entitlement"], row = right
                body["payee"]["tag"] = right[0]["tag"]
                body |= {"purpose": right[0]["purpose"], "source": "allocated"}
                body["draws"] = [{"amount": rnd.randint(1, 9), "line": row["line"]}]
            owed = self._owed()
            body.pop("order", None)
            if owed and "entitlement" not in body and self.chance(0.5):
                self._pay_owed(body, *owed)
        if kind == "disbursement.release":
            right = self._right("left")
            body.pop("entitlement", None)
            if right and self.chance(0.8):
                body["entitlement"] = right[0]
            elif body["site"] == "depot":
                body["site"] = "point"
        if kind.partition(".")[0] in ("asset", "requisition", "project"):
            self._mend_agreed(kind, body)
        if kind in ("shipment.order", "stock.reserve"):
            far = 60 * DAY if kind == "stock.reserve" else DAY
            body["until"] = self.ledger.time + rnd.choice([1, 300, far])
        for draw in body.get("draws", []):
            if "row" in draw and ("donation" not in draw or self.chance(0.5)):
                del draw["row"]

    def _mend_agreed(self, kind: str, body: dict[str, Any]) -> None:
        """Loans of numbered pieces, orders with numbers of their own, projects that fit."""
        rnd, now = self.rnd, self.ledger.time
        if kind == "asset.lend":
            lots = self.tables["lots"].items()
            some = [k for k, lot in lots if len(lot.get("serials", ())) == lot["quantity"] == 1]
            living = [k for k in some if "spent" not in self.tables["lots"][k]] or some
            if living and self.chance(0.9):
                body["lot"] = rnd.choice(living)
                body["from"] = self.tables["lots"][body["lot"]]["place"].partition(":")[2]
            body |= {"due": now + rnd.choice([1, 300, DAY, 9 * DAY]), "to": "point"}
        elif kind == "requisition.order":
            self.fresh += 1
            body["number"] = f"N-{self.fresh if self.chance(0.9) else 1}"
            body["window"] = {
                "from": rnd.choice([0, now]),
                "to": now + rnd.choice([1, 300, 9 * DAY]),
            }
        elif kind == "requisition.accept":
            priced = self.chance(0.4)
            body.pop("currency", None)
            for line in body["lines"]:
                line.pop("price", None)
                line |= {"price": rnd.randint(1, 9)} if priced else {}
            body |= {"currency": rnd.choice(["CNY", "CNY", "TWD"])} if priced else {}
        elif kind == "requisition.return":
            row = self.tables["legs"].get(body["accept"])
            if row is not None and self.chance(0.8):
                body |= {"lines": [{**body["lines"][0], "lot": f"{body['accept']}/0"}]}
                body["site"] = row.get("site", body["site"])
        elif kind == "project.contract":
            amounts = [rnd.randint(1, 4) for _ in "ab"[: rnd.choice([1, 2])]]
            parts = zip(amounts, ("walls", "roof"), strict=False)
            body["milestones"] = [{"amount": n, "id": name} for n, name in parts]
            body["sum"] = sum(amounts) + rnd.choice([0, 0, 0, 1, -1])
            body["sum"] = max(1, body["sum"])
            body |= {"area": "east", "purpose": "food", "until": now + rnd.choice([1, 9 * DAY])}
            body["retention"] = {"days": rnd.choice([0, 1, 180]), "percent": rnd.choice([0, 10])}

    def _pay_owed(self, body: dict[str, Any], order: str, row: Any) -> None:
        is_claim = row["kind"] == "project.claim"
        sort = "contractor" if is_claim else "compensation"
        body |= {"order": order, "payee": {"class": sort, "tag": row["payee"]}}
        if is_claim:
            body |= {"area": "east", "purpose": row["purpose"], "source": "allocated"}
            body["draws"] = [{"amount": self.rnd.randint(1, 4), "line": row["line"]}]

    def _owed(self) -> tuple[str, Any] | None:
        """Something that is owed, as an instruction names it."""
        kinds = ("requisition.accept", "project.claim")
        rows = [(key, row) for key, row in self.tables["legs"].items() if row["kind"] in kinds]
        return self.rnd.choice(rows) if rows else None

    def _right(self, field: str) -> tuple[dict[str, str], Any] | None:
        """An entitlement to goods (`left`) or money (`amount`), as a statement names it."""
        rows = [(key, row) for key, row in self.tables["entitlements"].items() if field in row]
        if not rows:
            return None
        key, row = self.rnd.choice(rows)
        tag, cycle, purpose = key.split("/")
        return {"cycle": cycle, "purpose": purpose, "tag": tag}, row

    def _mend_handout(self, body: dict[str, Any]) -> None:
        form = self.rnd.choice(["rows", "rows", "manifest", "organisation"])
        for name in ("rows", "manifest", "organisation", "lines", "cycle", "purpose"):
            body.pop(name, None)
        shape = typing.get_type_hints(
            all_kinds()[("disbursement.handout", 1)].body, include_extras=True
        )
        body[form] = self.value(shape[form], form)
        right = self._right("left")
        if form == "rows":
            body |= {"cycle": self.focus.cycle, "purpose": self.focus.purpose}
            if right and self.chance(0.7):
                body |= {"cycle": right[0]["cycle"], "purpose": right[0]["purpose"]}
                body["rows"][0]["tag"] = right[0]["tag"]
        else:
            body["lines"] = self.value(shape["lines"], "lines")
        if form == "manifest":
            body["manifest"] = {"root": "ab" * 32, "size": 64}
        if self.focus.leg and self.chance(0.7):
            body["release"] = self._leg("disbursement.release") or "ab" * 32

    def _mend_correction(self, body: dict[str, Any]) -> None:
        body["say"] = "Read again from the paper."
        kinds = {entry.statement.id: entry.statement for entry in self.applied}
        if self.chance(0.75):
            # One changed body for each target, in its order.
            made = []
            for target in body["targets"]:
                found = kinds.get(target) if isinstance(target, str) else None
                if found is None or self.chance(0.15):
                    continue
                if found.kind == "correction.declare":
                    made += [
                        {**one, "body": self._changed(one["body"], "")}  # type: ignore[dict-item, index, call-overload]
                        for one in found.body["replacements"]  # type: ignore[union-attr]
                    ]
                else:
                    made.append({"body": self._changed(found.body, ""), "kind": found.kind, "v": 1})
            body["replacements"] = made[:16]


def _line(generator: Generator, name: str) -> str:
    return "no.where" if generator.chance(0.01 * generator.astray) else generator.focus.line


_TEXTS: dict[str, Callable[[Generator, str], str]] = {
    "name in a-z, 0-9 and -": Generator.slug,
    "lot id {statement id}/{n}": Generator.lot,
    "fund.line": _line,
    "16 random bytes in lower-case hex": lambda g, name: (
        g.focus.tag if g.chance(0.98) else "f" * 32
    ),
    "currency of ISO 4217": lambda g, name: g.rnd.choice(["CNY", "TWD", "ZZZ"]),
    "a gift: its statement, or correction/n": Generator.gift,
    "subject of a case": lambda g, name: g.rnd.choice(
        [
            *("organisation/red", "organisation/blue", "site/depot", "fund/flood"),
            *(f"line/{LINES[1]}", f"household/{g.focus.tag}", f"statement/{g._any_statement()}"),
        ]
    ),
    "a rule contract/rule": lambda g, name: "household-food-cap/cap",
    "organisation/actor": lambda g, name: g.rnd.choice(
        ["red/east", "blue/fay", "red/nil", *(HOSTILE if g.chance(0.1) else ())]
    ),
}
