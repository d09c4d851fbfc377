"""A tape: all that a contract would have been asked in a stretch of the log, facts included.

The slow part of a simulation is to know what was so at each moment: the log is run again for it,
once. What comes out is asked again and again, with other rules and other values of params, as long
as the facts are declared alike.

    taping = Taping([Asked(contract, "consortium", "TWD")], low=.., high=..)
    for entry in entries: taping.feed(entry)
    tape = taping.tapes[0]

Specification: `docs/spec/simulation.md`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol, TypeAlias

from contracts.adoption.force import load
from contracts.batch import Step
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
    contracts of other ids said; `own`: the record of an enforcing one with the same id; `records`
    are those of all that enforced."""

    entry: int
    kind: str
    time: int
    attested: bool
    applied: bool
    looks: tuple[Look, ...]
    before: Outcome
    others: Outcome
    own: Mapping[str, Value] | None
    records: tuple[Mapping[str, Value], ...] = ()


class Taped(Protocol):
    """What a simulation needs of a tape: one in memory (`Tape`), or one that was kept
    (`contracts.simulating.kept.Kept`). `entries` and `size` are known once `seen` was walked."""

    @property
    def asked(self) -> Asked: ...
    @property
    def low(self) -> int: ...
    @property
    def high(self) -> int: ...
    @property
    def seen(self) -> Iterable[Seen]: ...
    @property
    def entries(self) -> int: ...
    @property
    def origin(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def offset(self) -> int: ...
    def serves(self, contract: Contract) -> bool: ...


@dataclass(slots=True)
class Tape:
    """What one contract would have been asked, in the order of the log.

    `entries`: how many the stretch has; `size` of the log as far as it was run; `offset`: seconds
    of the ledger's local time.
    """

    asked: Asked
    low: int
    high: int
    seen: list[Seen] = field(default_factory=list)
    entries: int = 0
    origin: str = ""
    size: int = 0
    offset: int = 0

    def serves(self, contract: Contract) -> bool:
        """Whether this contract would have been asked the same."""
        return alike(self.asked.contract, contract)


def alike(one: Contract, other: Contract) -> bool:
    """Whether both are asked the same: their kinds and facts are alike, and what keys of facts read
    of params."""
    mine, its = one.document, other.document
    return (
        mine.value.get("facts", {}) == its.value.get("facts", {})
        and mine.kinds == its.kinds
        and one.params.keys() == other.params.keys()
        and params_in_facts(one) == params_in_facts(other)
    )


def params_in_facts(contract: Contract) -> dict[str, Value]:
    """The params whose names stand in what is declared about facts: keys may read them."""
    texts = str(contract.document.value.get("facts", {}))
    return {name: contract.params[name] for name in contract.params if name in texts}


class Taping:
    """Makes the tapes of some contracts in one run of the log."""

    def __init__(
        self,
        asked: Sequence[Asked],
        *,
        low: int = 0,
        high: int = FOREVER,
        read: Callable[[int], bytes] | None = None,
    ) -> None:
        """`low` <= batch time < `high`, in seconds; `read` as of `RerunLedger`."""
        self.tapes = tuple(Tape(one, low, high) for one in asked)
        self._low, self._high = low, high
        self._heard: list[dict[str, list[Look]]] = [{} for _ in asked]
        self._added = [self._adopted(n, one) for n, one in enumerate(asked)]
        self._made: tuple[Force, Force] | None = None
        heard = [one for added in self._added for one in added.loader.definitions]
        self.rerun = Rerun(self._in_force, heard, read=read)
        self._raw: list[bytes] = []
        self.is_over = False
        """Whether the log went beyond `high`: nothing more is needed."""

    def feed(self, entry: bytes) -> Step | None:
        """The next entry of the log, from its first on; the step of its batch, once that is whole.

        Raises `CheckError`.
        """
        if self.is_over:
            return None
        self._raw.append(entry)
        made = self.rerun.feed(entry)
        if made is None:
            return None
        time = made.head.time
        self.is_over = time >= self._high
        if not self.is_over and time >= self._low:
            for n, tape in enumerate(self.tapes):
                tape.entries += len(self._raw)
                self._take(tape, self._heard[n], made.ids, made.first, time)
        for tape in self.tapes:
            tape.origin = made.head.origin
            tape.size = tape.size if self.is_over else made.head.size
        for heard in self._heard:
            heard.clear()
        self._raw = []
        return made

    def finish(self) -> tuple[Tape, ...]:
        """The tapes, once the log has ended."""
        state = State(self.rerun.ledger)
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
        looks = self._heard[n].setdefault(str(it["statement"]), [])
        if looks and looks[0].it["approvals"] != it["approvals"]:
            return  # held, and judged again within one batch: the first answer is what counts
        looks.append(Look(dict(it), facts, *_places(it, at)))

    def _take(
        self,
        tape: Tape,
        heard: Mapping[str, list[Look]],
        ids: Mapping[StatementId, int],
        first: int,
        time: int,
    ) -> None:
        for statement, looks in heard.items():
            index = ids.get(StatementId(statement))
            if index is None:
                continue  # logged in an earlier batch, held there, and judged again
            entry = parse_entry(self._raw[index - first])
            if not isinstance(entry, StatementEntry):
                continue
            kind = all_kinds()[(entry.statement.kind, entry.statement.v)]
            attested = kind.nature is Nature.ATTESTATION
            before, records = history(entry.outcome)
            others, own = standing_of(records, tape.asked.contract.id)
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
                    records=records,
                )
            )


def history(outcome: Mapping[str, Value]) -> tuple[Outcome, tuple[Mapping[str, Value], ...]]:
    """What the log says of an entry: the whole, and the records of what enforced."""
    said = outcome.get("would", outcome.get("outcome"))
    if said is None:
        said = "deny" if outcome["code"] == "no_gate" else "allow"
    records = outcome.get("contracts", [])
    listed = records if isinstance(records, list) else ()
    return Outcome(str(said)), tuple(
        one for one in listed if isinstance(one, dict) and "mode" not in one
    )


def standing_of(
    records: Iterable[Mapping[str, Value]], contract: str
) -> tuple[Outcome, Mapping[str, Value] | None]:
    """The worst of contracts with other ids than `contract`, and its own record."""
    others, own = Outcome.ALLOW, None
    for record in records:
        if record["id"] == contract:
            own = record
        else:
            others = worst(others, Outcome(str(record["outcome"])))
    return others, own


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
