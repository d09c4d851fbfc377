"""A tape: all that a contract would have been asked in a stretch of the log, facts included.

The slow part of a simulation is to know what was so at each moment: the log is run again for it,
once. What comes out is asked again and again, with other rules and other values of params, as long
as the facts are declared alike.

    taping = Taping([Asked(contract, "consortium", "TWD")], low=.., high=..)
    for entry in entries: taping.feed(entry)
    tape = taping.tapes[0]

Specification: `docs/spec/simulation.md`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

from contracts.adoption.force import load
from contracts.catalogue.records import At
from contracts.documents.compiled import Contract
from contracts.documents.verdict import Outcome, Verdict, worst
from contracts.facts.loading import Loader
from contracts.facts.rows import offset_of
from contracts.judging.force import Adopted, Force
from contracts.rcel.errors import ErrorKind
from contracts.simulating.rerun import Rerun, beside
from ledger.canon import Value
from ledger.codes import APPLIED
from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import StatementId
from ledger.kinds import Nature, all_kinds
from ledger.members import area_of_site
from ledger.state import State

_BAD: Final = ("flag", "hold", "deny", "error")
_Facts: TypeAlias = Mapping[str, Value | ErrorKind]

FOREVER: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A contract as it would stand: its scope, and the currency that it speaks of."""

    contract: Contract
    scope: str
    currency: str


@dataclass(frozen=True, slots=True)
class Look:
    """One row that is judged: its view, the facts as they stood; `area`, its `tier` (0 where there
    is none) and `persons` of its household (0 likewise) are for grouping."""

    it: Mapping[str, Value]
    facts: Mapping[str, Value | ErrorKind]
    area: str
    tier: int
    persons: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One statement. `before`: what the log says of it; `others`: the worst that enforcing
    contracts of other ids said; `own`: the record of an enforcing one with the same id."""

    entry: int
    kind: str
    time: int
    attested: bool
    applied: bool
    looks: tuple[Look, ...]
    before: Outcome
    others: Outcome
    own: Mapping[str, Value] | None


@dataclass(slots=True)
class Tape:
    """What one contract would have been asked, in the order of the log.

    `entries`: how many the stretch has; `size` and `root` of the log as far as it was run.
    """

    asked: Asked
    low: int
    high: int
    seen: list[Seen] = field(default_factory=list)
    entries: int = 0
    origin: str = ""
    size: int = 0
    root: str = ""
    offset: int = 0

    def serves(self, contract: Contract) -> bool:
        """Whether this contract would have been asked the same: its kinds and facts are alike."""
        mine, its = self.asked.contract.document, contract.document
        same = mine.value.get("facts", {}) == its.value.get("facts", {})
        return same and mine.kinds == its.kinds and contract.params.keys() == (
            self.asked.contract.params.keys()
        ) and _keys_alike(self.asked.contract, contract)  # fmt: skip


def _keys_alike(a: Contract, b: Contract) -> bool:
    """Keys of facts may read params: then those must have the same values."""
    texts = str(a.document.value.get("facts", {}))
    return all(a.params[name] == b.params[name] for name in a.params if name in texts)


class Taping:
    """Makes the tapes of some contracts in one run of the log."""

    def __init__(self, asked: Sequence[Asked], *, low: int = 0, high: int = FOREVER) -> None:
        """`low` <= batch time < `high`, in seconds."""
        self.tapes = tuple(Tape(one, low, high) for one in asked)
        self._low, self._high = low, high
        self._heard: list[dict[str, list[Look]]] = [{} for _ in asked]
        self._known: list[dict[str, None]] = [{} for _ in asked]
        self._added = [self._adopted(n, one) for n, one in enumerate(asked)]
        self._made: tuple[Force, Force] | None = None
        heard = [one for added in self._added for one in added.loader.definitions]
        self._rerun = Rerun(self._in_force, heard)
        self._raw: list[bytes] = []
        self.is_over = False
        """Whether the log went beyond `high`: nothing more is needed."""

    def feed(self, entry: bytes) -> None:
        """The next entry of the log, from its first on. Raises `CheckError`."""
        if self.is_over:
            return
        self._raw.append(entry)
        made = self._rerun.feed(entry)
        if made is None:
            return
        time = made.head.time
        self.is_over = time >= self._high
        if not self.is_over and time >= self._low:
            for n, tape in enumerate(self.tapes):
                tape.entries += len(self._raw)
                self._take(tape, self._heard[n], self._known[n], made.ids, made.first, time)
        if not self.is_over:
            for tape in self.tapes:
                tape.origin, tape.size = made.head.origin, made.head.size
        for heard in self._heard:
            heard.clear()
        self._raw = []

    def finish(self) -> tuple[Tape, ...]:
        """The tapes, once the log has ended."""
        state = State(self._rerun.ledger)
        for tape in self.tapes:
            tape.offset = offset_of(state)
        return self.tapes

    def _adopted(self, n: int, one: Asked) -> Adopted:
        loader, ear = Loader(one.contract.facts), partial(self._hear, n)
        return Adopted(one.contract, loader, one.scope, "shadow", one.currency, ear)

    def _in_force(self, state: State) -> Force:
        force = load(state)
        if self._made is None or self._made[0] is not force:
            self._made = force, beside(force, self._added)
        return self._made[1]

    def _hear(self, n: int, row: int, it: Mapping[str, Value], facts: _Facts, at: At) -> None:
        statement = str(it["statement"])
        if statement in self._known[n]:
            return  # held before, and judged again: the first answer is the one that counts
        looks = self._heard[n].setdefault(statement, [])
        if looks and looks[0].it["approvals"] != it["approvals"]:
            return  # the same, within one batch
        looks.append(Look(dict(it), facts, *_places(it, at)))

    def _take(
        self,
        tape: Tape,
        heard: Mapping[str, list[Look]],
        known: dict[str, None],
        ids: Mapping[StatementId, int],
        first: int,
        time: int,
    ) -> None:
        for statement, looks in heard.items():
            index = ids.get(StatementId(statement))
            if index is None:
                continue
            known[statement] = None
            entry = parse_entry(self._raw[index - first])
            if not isinstance(entry, StatementEntry):
                continue
            kind = all_kinds()[(entry.statement.kind, entry.statement.v)]
            attested = kind.nature is Nature.ATTESTATION
            before, others, own = _history(entry.outcome, tape.asked.contract.id)
            applied = str(entry.outcome["code"]) in APPLIED
            tape.seen.append(
                Seen(
                    entry=index,
                    kind=kind.name,
                    time=time,
                    attested=attested,
                    applied=applied,
                    looks=tuple(looks),
                    before=before,
                    others=others,
                    own=own,
                )
            )


def _history(
    outcome: Mapping[str, Value], contract: str
) -> tuple[Outcome, Outcome, Mapping[str, Value] | None]:
    """What the log says of an entry: the whole, others than `contract`, and its own record."""
    said = outcome.get("would", outcome.get("outcome"))
    if said is None:
        said = "deny" if outcome["code"] == "no_gate" else "allow"
    records = outcome.get("contracts", [])
    others, own = Outcome.ALLOW, None
    for record in records if isinstance(records, list) else ():
        if not isinstance(record, dict) or "mode" in record:
            continue
        if record["id"] == contract:
            own = record
        else:
            others = worst(others, Outcome(str(record["outcome"])))
    return Outcome(str(said)), others, own


def failed_rules(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """Failed rules of all rows, each with its worst verdict."""
    found: dict[str, str] = {}
    for one in verdicts:
        for rule, said in one.failed.items():
            if _BAD.index(said) >= _BAD.index(found.get(rule, "flag")):
                found[rule] = said
    return found


def recorded_rules(record: Mapping[str, Value]) -> dict[str, str] | None:
    """The same of a record; None where they stand as a fingerprint."""
    rules = record["rules"]
    assert isinstance(rules, dict)
    if isinstance(rules.get("sha256"), str) and len(str(rules["sha256"])) == 64:
        return None
    return {
        rule: str(said["verdict"]) if isinstance(said, dict) else str(said)
        for rule, said in rules.items()
    }


def _places(it: Mapping[str, Value], at: At) -> tuple[str, int, int]:
    """Area, tier of the area, persons of the household."""
    area = str(it.get("area", ""))
    for name in ("site", "to", "from"):
        site = it.get(name)
        if not area and isinstance(site, str) and site:
            area = area_of_site(at.state, site)
    row = at.row("catalogue", f"area/{area}") if area else None
    tier = 0 if row is None else row.get("tier", 0)
    persons = it.get("persons")
    household = it.get("household")
    if persons is None and isinstance(household, str) and household:
        known = at.row("households", household)
        persons = None if known is None else known.get("persons")
    return area, tier if isinstance(tier, int) else 0, persons if isinstance(persons, int) else 0
