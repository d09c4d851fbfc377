"""A ledger book in memory, on which one kind of statement can be run without the whole machine.

Goal: the law of each kind can be tested by naming the kind, its body and who signs.
Method: `MemoryReader` keeps rows in a dictionary, as a store would after each batch; `Books` presets
a catalogue and actors, runs one statement a batch through the kind's own checks in their order, and
checks after each that nothing was made or lost.

    books = Books()
    gift = books.run("stock.receive", {...}, "county/storekeeper", "relief/shipper")
    assert gift.code == "ok"

It is a stand-in for the state machine, never its judge: signatures, nonces, expiry of statements
and the size of entries are not looked at.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from json import loads
from typing import Any

from ledger.book import CONTRA, IN, INSIDE, NEUTRAL, OUT, REVERSED_IN, REVERSED_OUT, Book, side_of
from ledger.canon import Value, encode
from ledger.codes import NO_ENTRY, Code
from ledger.entry import Breach, Effects
from ledger.envelope import StatementId
from ledger.errors import Refusal, Refused
from ledger.goods.reservation import keep_to_stock
from ledger.indexes import Indexes
from ledger.keys import KeyId
from ledger.kinds import Kind, Nature, all_kinds
from ledger.marks import marks_of
from ledger.members import Signers, find_actor
from ledger.shape import parse
from ledger.state import Head, Pair, State

NOON = 1_800_000_000
"""Batch time of the first statement, in seconds."""

ROLES = (
    "admin", "treasurer", "fund-owner", "payer", "approver", "storekeeper", "shipper", "receiver",
    "manager", "counter", "registrar", "distributor", "keeper", "quality", "confirmer",
    "commander", "officer", "decider", "inspector",
)  # fmt: skip
MEMBERS = ("county", "relief")
"""Two members; each has one actor per role, `county/treasurer`, `relief/approver` .., each another person."""


class MemoryReader:
    """`ledger.state.Reader` over dictionaries."""

    def __init__(self) -> None:
        self.values: dict[Pair, bytes] = {}
        self._marks: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self.entries: list[bytes] = []
        self.ids: dict[StatementId, int] = {}
        self.right_edges: dict[str, bytes] = {}
        self.time = 0

    def head(self) -> Head:
        return Head("ledger.example.org/test", size=len(self.entries), time=self.time)

    def rows(self, wanted: Sequence[Pair]) -> Mapping[Pair, bytes]:
        return {pair: self.values[pair] for pair in wanted if pair in self.values}

    def marked(
        self, table: str, mark: str, low: str, high: str, limit: int, reverse: bool
    ) -> Sequence[tuple[str, str, bytes]]:
        rows = self._marks.get((table, mark), [])
        chosen = rows[bisect_left(rows, (low, "")) : bisect_left(rows, (high, ""))]
        if reverse:
            chosen.reverse()
        return [(order, key, self.values[(table, key)]) for order, key in chosen[:limit]]

    def edges(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: self.right_edges[key] for key in keys}

    def indexes(self, statements: Sequence[StatementId]) -> Mapping[StatementId, int]:
        return {name: self.ids[name] for name in statements if name in self.ids}

    def nonces(self, used: Sequence[tuple[KeyId, str]]) -> Mapping[tuple[KeyId, str], StatementId]:
        return {}

    def entry(self, index: int) -> bytes:
        return self.entries[index]

    def backfill(self, wanted: Sequence[tuple[int, str]]) -> Mapping[str, bytes]:
        raise AssertionError(f"no log to work out what {wanted} missed")

    def page(self, table: str, number: int) -> bytes | None:
        return None

    def hash(self, table: str, number: int) -> bytes | None:
        return None

    # Not part of the protocol: what a test does and looks at.

    def put(self, pair: Pair, raw: bytes | None) -> None:
        """Commit one row; None deletes it."""
        table, key = pair
        old = self.values.pop(pair, None)
        for mark, order in () if old is None else marks_of(table, key, loads(old)):
            self._marks[(table, mark)].remove((order, key))
        if raw is not None:
            self.values[pair] = raw
            for mark, order in marks_of(table, key, loads(raw)):
                insort(self._marks.setdefault((table, mark), []), (order, key))

    def table(self, name: str) -> dict[str, Any]:
        """All rows of a table, decoded."""
        return {key: loads(raw) for (table, key), raw in self.values.items() if table == name}


@dataclass(frozen=True)
class Ran:
    """What became of one statement."""

    id: StatementId
    code: str
    index: int | None = None
    refusal: Refusal | None = None
    effects: Effects = field(default_factory=Effects)
    breaches: tuple[Breach, ...] = ()

    @property
    def moves(self) -> list[tuple[str, str, str, int]]:
        """[commodity, from, to, n] in order."""
        return list(self.effects.moves)

    def lot(self, n: int | str = 0) -> str:
        """Id of the n-th lot that the statement made, `r0` its first rest."""
        return f"{self.id}/{n}"


class Books:
    """A book with a catalogue and actors; `run` one statement, look at what became of it."""

    def __init__(self, *, catalogue: Mapping[str, Value] | None = None) -> None:
        self.reader = MemoryReader()
        self.time = NOON
        self._count = 0
        for key, value in (CATALOGUE if catalogue is None else catalogue).items():
            assert isinstance(value, dict)
            self.set("catalogue", key, {"version": 1, "statement": "00" * 32, **value})
        for member in MEMBERS:
            self.set("members", member, {"names": names(member), "statement": "00" * 32})
            for role in ROLES:
                self.add_actor(f"{member}/{role}", role)
        self.set("trust", "limits", {"CNY": 5_000_000, "TWD": 5_000_000, "rice": 1_000_000})
        self.set("trust", "thresholds", {"admins": 2, "revoke": 2})
        self.set("trust", "settings", {"gates": False, "offset": 28_800})

    def set(self, table: str, key: str, value: Value) -> None:
        """Put a row directly, past every law."""
        self.reader.put((table, key), encode(value))

    def add_actor(self, actor: str, *roles: str, person: str | None = None, **scope: Value) -> None:
        """Enrol an actor; scope by keyword: areas, funds, sites."""
        row: dict[str, Value] = {
            "person": person or actor.partition("/")[2],
            "roles": list(roles),
            "scope": {"areas": [], "funds": [], "sites": [], **scope},
            "statement": "00" * 32,
        }
        self.set("members", actor, row)

    def run(
        self,
        kind: str,
        body: Mapping[str, Any],
        *signers: str,
        time: int | None = None,
        waited: bool = False,
    ) -> Ran:
        """Run one statement, signed by `signers` (author first), as a batch of its own.

        `time` moves the clock on. `waited`: an attestation whose references are missing has waited
        long enough and is applied. Invariants of the whole book are checked afterwards.
        """
        self.time = max(self.time, time or 0)
        statement = self.next_id()
        self._count += 1
        found = all_kinds()[(kind, 1)]
        attested = found.nature is Nature.ATTESTATION
        state = State(self.reader)
        book = self._book(state, statement, attested=attested)
        refusal: Refusal | None = None
        try:
            typed = self._check(found, book, body, signers, waited=waited)
            start = state.savepoint()
            try:
                found.apply(book, typed)
                keep_to_stock(book)
            except Refused as error:
                if attested and error.refusal.code is not Code.SUM_OUT_OF_RANGE:
                    raise AssertionError(f"the law of {kind} refuses a fact") from error
                state.rollback(start)
                raise
            for tag in found.tags(typed):
                book.put("references", tag, statement)
        except Refused as error:
            refusal = error.refusal
        if refusal is not None and refusal.code in NO_ENTRY:
            return Ran(statement, str(refusal.code), refusal=refusal)
        if refusal is not None:
            index = self._commit(state, None, statement, found, body)
            return Ran(statement, str(refusal.code), index, refusal)
        code = Code.FLAGGED if book.breaches else Code.OK
        index = self._commit(state, book, statement, found, body)
        self.check()
        return Ran(statement, str(code), index, None, book.effects(), tuple(book.breaches))

    def next_id(self, ahead: int = 1) -> StatementId:
        """The id of the statement that will be run next, or as the `ahead`-th from now."""
        return StatementId(sha256(b"statement %d" % (self._count + ahead)).hexdigest())

    def ok(self, kind: str, body: Mapping[str, Any], *signers: str, **rest: Any) -> Ran:
        """`run`, and it must be applied without a flag."""
        ran = self.run(kind, body, *signers, **rest)
        assert ran.code == "ok", (ran.code, ran.refusal, ran.breaches)
        return ran

    def _check(
        self, kind: Kind[Any], book: Book, body: Mapping[str, Value], signers: tuple[str, ...],
        *, waited: bool,
    ) -> Any:  # fmt: skip
        typed, out_of_range = parse(kind.body, dict(body))
        if out_of_range is not None:
            raise Refused(out_of_range.code, out_of_range.where, **out_of_range.values)
        for reference in kind.references(typed):
            if not reference.is_known(book) and not (waited and book.attested):
                raise Refused(Code.UNKNOWN_REFERENCE, reference.where, key=reference.key)
        actors = [find_actor(book.state, signer) for signer in signers]
        author, *cosigners = [actor for actor in actors if actor is not None]
        assert len(actors) == len(cosigners) + 1, signers
        book.signers = Signers(book.state, author, tuple(cosigners))
        kind.authority(book, book.signers, typed)
        for tag in kind.tags(typed):
            if book.state.get("references", tag) is not None:
                raise Refused(Code.REFERENCE_USED, tag)
        return typed

    def lapse(self, key: str, *, time: int | None = None) -> Ran:
        """Let the leg at `key` pass its deadline, as `deadline.pass` does."""
        leg = self.row("legs", key)
        self.time = max(self.time, time or leg["lapse"])
        assert leg["lapse"] <= self.time
        self._count += 1
        statement = StatementId(sha256(b"auto %d" % self._count).hexdigest())
        kind = all_kinds()[(leg["kind"], 1)]
        assert kind.lapse is not None
        state = State(self.reader)
        book = self._book(state, statement, attested=True)
        kind.lapse(book, key, leg)
        index = self._commit(state, book, statement, kind, {"leg": key})
        self.check()
        return Ran(statement, "ok", index, None, book.effects(), tuple(book.breaches))

    def _book(self, state: State, statement: StatementId, *, attested: bool) -> Book:
        return Book(
            state,
            Indexes(state),
            time=self.time,
            index=len(self.reader.entries),
            statement=statement,
            attested=attested,
            find_entry=self._find_entry,
        )

    def _find_entry(self, statement: StatementId) -> tuple[int, bytes] | None:
        index = self.reader.ids.get(statement)
        return None if index is None else (index, self.reader.entries[index])

    def _commit(
        self, state: State, book: Book | None, statement: StatementId, kind: Kind[Any],
        body: Mapping[str, Value],
    ) -> int:  # fmt: skip
        index = len(self.reader.entries)
        effects: Value = {} if book is None else book.effects().value()
        entry = encode({"kind": kind.name, "body": dict(body), "effects": effects})
        if book is not None:
            book.indexes.add(book.subjects(), index, sha256(entry).digest())
            self.reader.right_edges.update(book.indexes.close())
            for pair, raw in state.changes().items():
                self.reader.put(pair, raw)
        self.reader.entries.append(entry)
        self.reader.ids[statement] = index
        self.reader.time = self.time
        return index

    # What a test looks at

    def row(self, table: str, key: str) -> Any:
        """The decoded row, None where there is none."""
        raw = self.reader.values.get((table, key))
        return None if raw is None else loads(raw)

    def balance(self, commodity: str, account: str) -> int:
        """Units on an account."""
        return int(self.row("accounts", f"{commodity}/{account}") or 0)

    def balances(self, commodity: str) -> dict[str, int]:
        """All accounts of a commodity that are not zero."""
        return {
            key.removeprefix(f"{commodity}/"): int(n)
            for key, n in self.reader.table("accounts").items()
            if key.startswith(f"{commodity}/")
        }

    def check(self) -> None:
        """The invariants of the whole book: assert that nothing was made or lost."""
        self._check_accounts()
        self._check_lots()
        self._check_reserved()

    def _check_accounts(self) -> None:
        sums: dict[str, int] = defaultdict(int)
        inside: dict[str, int] = defaultdict(int)
        contra = {}
        for key, text in self.reader.table("accounts").items():
            commodity, _, account = key.partition("/")
            n = int(text)
            assert n != 0, f"{key}: a zero row is kept"
            side = side_of(account)
            assert side == "neutral" or (n < 0) == (side in ("outside", "contra")), (key, n)
            sums[commodity] += n
            inside[commodity] += n if side == "inside" else 0
            if side == "contra":
                contra[key] = n
        assert not any(sums.values()), sums
        assert set(self.reader.table("breaches")) == set(contra)
        for commodity, row in self.reader.table("totals").items():
            t = [int(n) for n in row]
            left = t[IN] - t[REVERSED_IN]
            right = t[INSIDE] + t[OUT] - t[REVERSED_OUT] + t[CONTRA] + t[NEUTRAL]
            assert left == right, (commodity, t)
            assert t[INSIDE] == inside[commodity], (commodity, t)

    def _check_lots(self) -> None:
        lots = self.reader.table("lots")
        held: dict[str, int] = defaultdict(int)
        for key, lot in lots.items():
            parts = sum(n for _, n in lot["mix"])
            assert parts == lot["quantity"] > 0, (key, lot)
            assert len(lot["mix"]) <= 64, key
            if "spent" not in lot:
                held[f"{lot['item']}/{lot['place']}"] += lot["quantity"]
        accounts = {
            key: int(text)
            for key, text in self.reader.table("accounts").items()
            if key.partition("/")[2].startswith(("site:", "consignment:"))
        }
        assert held == accounts, (dict(held), accounts)
        for first, carriers in self.reader.table("heads").items():
            assert lots[first]["first"] == first, first
            own = [end for end in carriers if lots[end]["first"] == first]
            assert len(own) <= 1, (first, carriers)

    def _check_reserved(self) -> None:
        """What is kept is the sum of what open orders, releases, promises and holds keep."""
        kept: dict[str, int] = defaultdict(int)
        for hold in self.reader.table("holds").values():
            for key, n in hold.get("kept", {}).get("reserved", []):
                kept[key] += n
        for leg in self.reader.table("legs").values():
            if leg["kind"] == "project.contract":
                kept[leg["key"]] += leg["left"]
            for key in leg.get("keeps", []):
                kept[key] += 1
            if "lapse" not in leg:
                continue
            if leg["kind"] == "entitlement.issue":
                kept[leg["key"]] += leg["left"]
            elif leg["kind"] in ("shipment.order", "disbursement.release", "stock.reserve"):
                for item, n in leg["left"]:
                    kept[f"{item}/{leg.get('site') or leg['from']}"] += n
                for first, n in leg.get("lots", []):
                    kept[first] += n
        assert self.reader.table("reserved") == {key: n for key, n in kept.items() if n}


# ---- the preset catalogue ------------------------------------------------------------------------


def names(text: str) -> Value:
    """The same public name in three languages."""
    return {"en": text, "zh_hans": text, "zh_hant": text}


def _item(unit: str, kind: str, *packs: tuple[str, int, int], **rest: Value) -> Value:
    rows: list[Value] = [{"code": c, "den": den, "from": 0, "num": num} for c, num, den in packs]
    return {"aliases": [], "class": kind, "names": names(kind), "packs": rows, "unit": unit, **rest}


def _site(kind: str, area: str = "east", custodian: str = "county") -> Value:
    return {"area": area, "custodian": custodian, "kind": kind, "names": names(kind)}


def _line(fund: str, currency: str, owner: str, **earmark: Value) -> Value:
    empty: dict[str, Value] = {"areas": [], "classes": [], "purposes": []}
    return {
        "currency": currency,
        "earmark": {**empty, **earmark},
        "fund": fund,
        "owner": owner,
    }


def _area(code: str, tier: int, **rest: Value) -> Value:
    return {"code": code, "names": names(code), "tier": tier, "vocabulary": "pcode", **rest}


CATALOGUE: dict[str, Value] = {
    "currency/CNY": {"minor": 2},
    "currency/TWD": {"minor": 2},
    "area/county": _area("c", 1),
    "area/east": _area("c-e", 2, parent="county"),
    "area/west": _area("c-w", 2, parent="county"),
    "site/depot": _site("warehouse"),
    "site/reserve": _site("reserve", "west"),
    "site/school": _site("shelter", "west", "relief"),
    "site/square": _site("point"),
    "item/rice": _item("GRM", "food", ("bag", 25_000, 1), ("third", 10, 3), weight_g=1),
    "item/water": _item("LTR", "water", ("box", 12, 1)),
    "item/mask": _item("H87", "medical", ("box", 50, 1)),
    "item/n95": _item("H87", "medical", ("box", 20, 1)),
    "item/pump": _item("H87", "equipment"),
    "programme/flood": {
        "code": "fl-2027",
        "from": NOON - 86_400,
        "names": names("flood"),
        "permit": {"from": NOON - 86_400, "to": NOON + 365 * 86_400},
        "purposes": ["food", "cash", "shelter"],
        "to": NOON + 365 * 86_400,
    },
    "fund/relief": {
        "currency": "CNY",
        "names": names("relief"),
        "owner": "county",
        "programme": "flood",
    },
    "fund/island": {
        "currency": "TWD",
        "names": names("island"),
        "owner": "relief",
        "programme": "flood",
    },
    "line/relief.general": _line("relief", "CNY", "county"),
    "line/relief.food": _line("relief", "CNY", "county", purposes=["food"]),
    "line/island.general": _line("island", "TWD", "relief"),
}
"""Rows of table `catalogue`; every row is given version 1."""
