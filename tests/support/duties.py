"""A book on which contracts cause things: the machine's part in it, played in a hundred lines.

Goal: triggers, budgets and runs can be tested by naming a document and a statement.
Method: `Played` is `Told` with contracts. `fire` lets every trigger see a statement that was run;
`batch` is the head of a batch: the items of runs. Derived statements pass form, references and law,
are logged with their cause, and are counted by the facts. `killed` forgets everything but the rows
and the entries, as after `kill -9`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import loads
from typing import Any

from books import NOON, MemoryReader
from documents import text
from toldbooks import Told

from contracts.catalogue.catalogue import catalogue_for, cause_name, judged_views
from contracts.catalogue.judged import judged
from contracts.catalogue.records import At
from contracts.documents.compiled import Contract
from contracts.documents.compiling import compile_document
from contracts.documents.document import parse_document
from contracts.documents.verdict import Verdict, decide
from contracts.duties.budgets import count
from contracts.duties.derived import Derived, Duties, Firing, kind_of, within
from contracts.duties.effects import effects_of
from contracts.duties.flags import set_marks
from contracts.duties.runs import PROGRESS, item_done, next_items, open_run, progress
from contracts.facts.loading import Loader
from contracts.facts.recording import Applied, record
from ledger.book import Book
from ledger.codes import Code
from ledger.entry import Cause, Outcome, auto_id, format_auto_entry
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.reservation import keep_to_stock
from ledger.holds import open_hold
from ledger.indexes import Indexes
from ledger.kinds import all_kinds
from ledger.runs import Run
from ledger.shape import parse
from ledger.state import State

ORIGIN = "ledger.example.org/test"


def compiled(document: Mapping[str, Any], currency: str = "CNY") -> Contract:
    """The contract of a document on the ledger's own catalogue; its tests are not run."""
    return compile_document(parse_document(dict(document)), catalogue_for(currency))


@dataclass(frozen=True)
class Caused:
    """One derived statement and what became of it."""

    derived: Derived
    code: str
    id: str


class Played(Told):
    """`Told` with contracts in force."""

    def __init__(self, *contracts: Contract, **rest: Any) -> None:
        self.contracts = {one.hash: one for one in contracts}
        self.loaders = {one.hash: Loader(one.facts) for one in contracts}
        indexes = [d for loader in self.loaders.values() for d in loader.definitions]
        super().__init__(indexes, **rest)
        self.caused: list[Caused] = []
        self.messages: list[Any] = []
        self.suspended: set[str] = set()
        self.denied: set[str] = set()
        """Payees' tags that a gate refuses."""

    def killed(self) -> "Played":
        """The same ledger, known from its rows, entries and ids alone."""
        again = Played(*self.contracts.values())
        old, again.reader = self.reader, MemoryReader()
        for pair in sorted(old.values):
            again.reader.put(pair, old.values[pair])
        again.reader.entries = list(old.entries)
        again.reader.ids = dict(old.ids)
        again.reader.right_edges = dict(old.right_edges)
        again.denied, again.suspended = set(self.denied), set(self.suspended)
        again.time, again._count, again._references = self.time, self._count, self._references
        return again

    # ---- statements ------------------------------------------------------------------------------

    def fire(self, kind: str, body: Mapping[str, Any], index: int, statement: str) -> list[Caused]:
        """Triggers see the statement that was logged at `index`."""
        state = State(self.reader)
        book = self._booked(state, index, StatementId(statement))
        typed = parse(all_kinds()[(kind, 1)].body, dict(body))[0]
        views = judged_views(judged(book, kind, typed, at=self.time))
        made: list[Caused] = []
        for contract in self.contracts.values():
            if kind not in contract.document.kinds:
                continue
            firing, owed = Firing(), list[Duties]()
            for n, view in enumerate(views):
                item = str(n) if len(views) > 1 else ""
                verdict = self._verdict(state, contract, view)
                if contract.foreach is not None and not verdict.error:
                    if verdict.applies:
                        duties = open_run(book, contract, view, cause_name(kind, view))
                    else:
                        continue
                else:
                    duties = effects_of(contract, verdict, book, view, item, firing=firing)
                    so_far = sum(len(one.derived) for one in owed)
                    duties = within(contract, duties, len(made) + so_far)
                set_marks(book, contract.id, duties.marks)
                self.messages += duties.messages
                owed.append(duties)
            for duties in owed:
                made += self._do(state, contract, duties, index, cause_name(kind, views[0]))[0]
        self._keep(state, book)
        return made

    def send(self, kind: str, body: Mapping[str, Any], *signers: str, **rest: Any) -> list[Caused]:
        """Run a statement, which must be applied, and let triggers see it."""
        ran = self.run(kind, body, *signers, **rest)
        assert ran.code in ("ok", "flagged"), (ran.code, ran.refusal)
        assert ran.index is not None
        return self.fire(kind, body, ran.index, ran.id)

    # ---- batches ---------------------------------------------------------------------------------

    def batch(self, most: int = 200) -> list[Caused]:
        """The items of runs at the head of a batch."""
        state = State(self.reader)
        made: list[Caused] = []
        for portion in next_items(state, self.time, self._contract_of, most):
            run, contract = portion.run, portion.contract
            for item in portion.items:
                duties, refused = None, 0
                if item.record is not None:
                    book = self._booked(state, run.entry, StatementId("00" * 32))
                    assert isinstance(run.it, dict)
                    verdict = self._verdict(state, contract, run.it, item.record)
                    duties = effects_of(contract, verdict, book, run.it, item.key, run=run)
                    set_marks(book, contract.id, duties.marks)
                    done, refused = self._do(state, contract, duties, run.entry, run.cause)
                    made += done
                if not item_done(state, run.id, item, duties, refused):
                    break
            cause, body = progress(state, portion, self.time)
            self._log(state, cause, PROGRESS, body, "ok", None)
        self._keep(state, None)
        return made

    def _contract_of(self, name: str) -> Contract | None:
        return None if name in self.suspended else self.contracts.get(name)

    # ---- what the machine does -------------------------------------------------------------------

    def _verdict(
        self, state: State, contract: Contract, it: dict[str, Any], item: Any = None
    ) -> Verdict:
        loader = self.loaders[contract.hash]
        at = At(state, self.time, "CNY", contract.id)
        whole = item is not None or contract.foreach is None
        facts = loader.load(
            contract.inputs(it, item), at, when=self.time, per_item=None if whole else False
        )
        return decide(contract, it, facts, item=item)

    def _do(
        self, state: State, contract: Contract, duties: Duties, entry: int, cause: str
    ) -> tuple[list[Caused], int]:
        made = [self._one(state, derived, entry, cause) for derived in duties.derived]
        found = [one for one in made if one is not None]
        self.caused += found
        return found, sum(one.code not in ("ok", "flagged", "held") for one in found)

    def _one(self, state: State, derived: Derived, entry: int, name: str) -> Caused | None:
        cause = Cause(entry, derived.rule)
        statement = auto_id(ORIGIN, cause)
        if statement in self.reader.ids:
            return None
        kind = kind_of(derived)
        book = self._booked(state, len(self.reader.entries), statement)
        start = state.savepoint()
        code: str = Code.OK
        try:
            if derived.charge is not None:
                count(state, derived.charge, self.time)
            typed, out_of_range = parse(kind.body, dict(derived.body))
            assert out_of_range is None, derived
            assert all(one.is_known(book) for one in kind.references(typed)), derived
            kind.apply(book, typed)
            keep_to_stock(book)
            if getattr(getattr(typed, "payee", None), "tag", "") in self.denied:
                raise Refused(Code.NOT_ELIGIBLE, "body.payee")
            if derived.wants is not None:
                state.rollback(start)
                book = self._booked(state, len(self.reader.entries), statement)
                open_hold(book, derived.kind, derived.wants, ())
                code = Code.HELD
            else:
                it = judged(book, derived.kind, typed, at=self.time, auto=True, cause=name)
                record(state, self.listeners, Applied(it, start))
        except Refused as refused:
            state.rollback(start)
            code = refused.refusal.code
        self._log(state, cause, derived.kind, dict(derived.body), code, book)
        return Caused(derived, str(code), statement)

    def _booked(self, state: State, index: int, statement: StatementId) -> Book:
        return Book(
            state,
            Indexes(state),
            time=self.time,
            index=index,
            statement=statement,
            attested=False,
            find_entry=self._find_entry,
        )

    def _log(
        self, state: State, cause: Cause, kind: str, body: dict[str, Any], code: str,
        book: Book | None,
    ) -> None:  # fmt: skip
        outcome = Outcome(Code(code)).encode()
        entry = format_auto_entry(0, self.time, cause, kind, 1, body, outcome)
        statement = auto_id(ORIGIN, cause)
        assert statement not in self.reader.ids, (kind, cause)
        self.reader.ids[statement] = len(self.reader.entries)
        self.reader.entries.append(entry)
        if book is not None and code in ("ok", "held"):
            book.indexes.add(book.subjects(), len(self.reader.entries) - 1, sha256(entry).digest())
            self.reader.right_edges.update(book.indexes.close())
        self._keep(state, book)

    def _keep(self, state: State, book: Book | None) -> None:
        """Commit what the state has changed, as a store does at the end of a batch."""
        for pair, raw in state.changes().items():
            if self.reader.values.get(pair) != raw:
                self.reader.put(pair, raw)

    # ---- what a test looks at --------------------------------------------------------------------

    def household(self, number: int, area: str = "east", persons: int = 3, **rest: Any) -> str:
        """A household, enrolled now by a statement of its own that is only a row and an id."""
        tag = sha256(b"household %d" % number).hexdigest()[:32]
        statement = sha256(b"enrol %d" % number).hexdigest()
        self.reader.ids[StatementId(statement)] = len(self.reader.entries)
        self.reader.entries.append(b"{}")
        row = {
            "area": area, "bank_verified": True, "persons": persons, "programme": "flood",
            "statement": statement, **rest,
        }  # fmt: skip
        self.set("households", tag, row)
        return tag

    def runs(self) -> list[Run]:
        """All runs, the oldest first."""
        rows = sorted(self.reader.table("runs").items())
        return [Run(**row) for key, row in rows if key.startswith("run/")]

    def allot(self, contract: Contract, amount: int, line: str = "relief.general") -> None:
        """The fund's owner sets money aside for a contract."""
        self.receive(amount, line)
        ran = self.allocate(amount, f"auto-{contract.id}", line)
        assert ran.code == "ok", ran

    def payments(self) -> dict[str, int]:
        """Payee's tag -> minor units instructed by contracts."""
        found: dict[str, int] = {}
        for one in self.caused:
            if one.derived.kind == "disbursement.instruct" and one.code == "ok":
                body: Any = one.derived.body
                tag = body["payee"]["tag"]
                found[tag] = found.get(tag, 0) + sum(draw["amount"] for draw in body["draws"])
        return found


def codes(made: Sequence[Caused]) -> list[tuple[str, str]]:
    """(kind, code) of derived statements, in order."""
    return [(one.derived.kind, one.code) for one in made]


def rows_of(played: Played, table: str) -> dict[str, Any]:
    """All rows of a table."""
    return {key: loads(raw) for (name, key), raw in played.reader.values.items() if name == table}


# ---- documents ----------------------------------------------------------------------------------

TAG = sha256(b"household 1").hexdigest()[:32]
"""The household that `Played.household(1)` enrols."""


def alert(**changes: Any) -> dict[str, Any]:
    """Body of `alert.declare`: a red alert for the east."""
    body = {
        "alert": "quake", "areas": ["east"], "hazard": "quake", "level": 4,
        "until": NOON + 86_400 * 9,
    }  # fmt: skip
    return {**body, **changes}


def trigger(effects: list[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    """A trigger on alerts with these effects; its tests are not run by `compiled`."""
    tests = [{"name": name, "given": {}, "expect": {"effects": []}} for name in ("one", "two")]
    return {
        "contract": "relief-now", "version": 1, "engine": "rcel/1", "kind": "trigger",
        "kinds": ["alert.declare"], "title": text("Relief"), "basis": "by-law", "tests": tests,
        "effects": effects, **{name: one for name, one in rest.items() if one is not None},
    }  # fmt: skip
