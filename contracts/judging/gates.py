"""The gates in force on one statement: which of them judge it, what each says, what counts.

Core law has run on the book when a gate is asked, so a floor is asked about what would be left.
Every gate in force for the kind and a scope of the statement judges it; the worst outcome of those
that enforce counts, `allow < flag < hold < deny`, and failed rules are told of all. An error denies
an authorisation and flags a fact. A statement with rows is judged row by row, and later rows see
what earlier ones would take. A correction is judged through its replacements, each by the gates of
its own kind. Specification: `docs/spec/judging.md`.

    outcome   of an authorisation                       of a fact (it has happened)
    allow     applied                                   applied
    flag      applied; a case opens                     the same
    hold      nothing is booked, its value is kept      flag, and `would: hold`
    deny      nothing is booked; logged with its rules  flag, and `would: deny`
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.adoption.force import pinned
from contracts.catalogue.catalogue import is_about, judged_views
from contracts.catalogue.judged import Judged
from contracts.catalogue.records import At
from contracts.documents.explaining import explain
from contracts.documents.verdict import Fired, Outcome, Verdict, decide, worst
from contracts.facts.recording import counts_as
from contracts.facts.rows import Listeners, listen, note, offset_of
from contracts.judging.force import Adopted, Force
from contracts.judging.recorded import record_of
from ledger.canon import Value
from ledger.codes import Code
from ledger.entries.correction import Declare
from ledger.errors import Refusal
from ledger.members import ancestry, area_of_site
from ledger.sentences import LANGUAGES
from ledger.state import State

GATES_MAX: Final = 16
"""Gates that judge one statement at most; adoption keeps to it."""
PINNED_MAX: Final = 8
"""Pinned contracts that judge one statement at most."""
SAID_MAX: Final = 8
"""Sentences that a refusal tells, in the order of contracts and rules."""

CORRECTION: Final = "correction.declare"


@dataclass(frozen=True, slots=True)
class Caused:
    """Effects of one gate on one row: for the duties that follow when the outcome is not deny."""

    adopted: Adopted
    verdict: Verdict
    view: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all gates together say.

    `outcome` counts those that enforce; `records` are of all that applied; `enforced`: at least one
    of those that applied enforces; `error`: one of these could not tell.
    """

    outcome: Outcome
    records: tuple[dict[str, Value], ...] = ()
    enforced: bool = False
    error: bool = False
    caused: tuple[Caused, ...] = ()
    failed: tuple[tuple[Adopted, Verdict], ...] = ()

    @property
    def code(self) -> Code:
        """The code of a denial."""
        return Code.CONTRACT_ERROR if self.error else Code.CONTRACT_DENIED

    def told(self, force: Force, *, would: bool) -> dict[str, Value]:
        """What stands in the entry's outcome; `would` of a fact that was not allowed."""
        found: dict[str, Value] = {
            "contracts": list(self.records),
            "outcome": str(self.outcome),
            "set": force.set_hash,
        }
        if would and self.outcome in (Outcome.HOLD, Outcome.DENY):
            found["outcome"], found["would"] = str(Outcome.FLAG), str(self.outcome)
        return found

    def fired(self, verb: str) -> list[Fired]:
        """Effects with this verb of gates that enforce."""
        return [
            fired
            for caused in self.caused
            if caused.adopted.mode == "enforce"
            for fired in caused.verdict.effects
            if fired.verb == verb
        ]

    def refusal(self, offset_s: int) -> Refusal:
        """Why it was not allowed, with the sentences of the rules in three languages."""
        names = [f"{adopted.id}.{rule}" for adopted, one in self.failed for rule in one.failed]
        first = self.failed[0][0] if self.failed else None
        said: dict[str, tuple[str, ...]] = {}
        for language in LANGUAGES:
            told = [
                each.text
                for adopted, verdict in self.failed
                for each in explain(adopted.contract, verdict, language, offset_s=offset_s)
            ]
            said[language] = tuple(dict.fromkeys(told))[:SAID_MAX]
        values = {"rules": ", ".join(dict.fromkeys(names))[:200]} if names else {}
        where = "" if first is None else f"contract/{first.id}"
        return Refusal(self.code, where, values, said)


ALLOWED: Final = Judgement(Outcome.ALLOW)
"""Where no gate applies."""


@dataclass(slots=True)
class Judge:
    """Judges the statements of one batch, with what is in force in it."""

    state: State
    force: Force
    time: int
    _scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def judge(self, it: Judged) -> Judgement:
        """All gates on this statement; of a correction, on each of its replacements."""
        if not self.force.gates and not self.force.pins:
            return ALLOWED
        if it.kind == CORRECTION and isinstance(it.body, Declare):
            return _joined([self._judge(one) for one in _replacements(it)])
        return self._judge(it)

    def _judge(self, it: Judged) -> Judgement:
        gates = self.force.gates.get(it.kind, ())
        if not gates and not self.force.pins:
            return ALLOWED
        rows = judged_views(it)
        scopes = self.scopes_of(rows)
        asked = [one for one in gates if one.scope in scopes and is_about(rows, one.currency)]
        asked += [one for one in self._pinned(it.kind, rows) if one not in asked]
        return _judgement([(one, self._verdicts(one, it, rows)) for one in asked])

    def _pinned(self, kind: str, rows: Iterable[Mapping[str, Value]]) -> list[Adopted]:
        """The contracts that donors of the lines drawn on saw, and that speak of this kind."""
        found: dict[str, Adopted] = {}
        for row in rows:
            draws = row.get("draws")
            for draw in draws if isinstance(draws, list) else ():
                line = str(draw.get("line", "")) if isinstance(draw, dict) else ""
                known = self.state.get("catalogue", f"line/{line}")
                terms = known.get("terms") if isinstance(known, dict) else None
                if isinstance(terms, str) and terms not in found and len(found) < PINNED_MAX:
                    one = pinned(self.state, terms, line.partition(".")[0])
                    if one is not None and kind in one.contract.document.kinds:
                        found[terms] = one
        return list(found.values())

    def _verdicts(
        self, adopted: Adopted, it: Judged, rows: Sequence[dict[str, Value]]
    ) -> list[tuple[dict[str, Value], Verdict]]:
        """The verdict on each row; what earlier rows take is noted while the later are judged."""
        at = At(self.state, self.time, adopted.currency)
        loader, contract = adopted.loader, adopted.contract
        counting: Listeners = {} if len(rows) == 1 else listen(loader.definitions)
        savepoint = self.state.savepoint()
        found = []
        for n, row in enumerate(rows):
            when = row["at"]
            assert isinstance(when, int)
            facts = loader.load(contract.inputs(row), at, when=when)
            found.append((row, decide(contract, row, facts)))
            for kind, standing in counts_as(it.kind):
                if kind in counting:
                    note(
                        self.state,
                        counting,
                        kind,
                        [row],
                        entry=it.book.index,
                        standing=standing,
                        first=n,
                        offset=self.offset,
                    )
        self.state.rollback(savepoint)
        return found

    @property
    def offset(self) -> int:
        """Seconds of the ledger's local time."""
        return offset_of(self.state)

    def scopes_of(self, rows: Iterable[Mapping[str, Value]]) -> frozenset[str]:
        """The scopes that a statement lies in: the consortium, its funds, programmes, areas."""
        found = {"consortium"}
        for row in rows:
            found |= self._scopes_of_row(row)
        return frozenset(found)

    def _scopes_of_row(self, row: Mapping[str, Value]) -> set[str]:
        found: set[str] = set()
        funds = {str(row.get("fund", ""))}
        draws = row.get("draws")
        for draw in draws if isinstance(draws, list) else ():
            if isinstance(draw, dict):
                funds.add(str(draw.get("line", "")).partition(".")[0])
        programmes = {str(row.get("programme", ""))}
        for fund in sorted(funds - {""}):
            found.add(f"fund:{fund}")
            known = self.state.get("catalogue", f"fund/{fund}")
            if isinstance(known, dict):
                programmes.add(str(known["programme"]))
        found |= {f"programme:{name}" for name in sorted(programmes - {""})}
        areas = {str(row.get("area", ""))}
        for name in ("site", "from", "to"):
            site = row.get(name)
            if isinstance(site, str) and site:
                areas.add(area_of_site(self.state, site))
        for area in sorted(areas - {""}):
            if area not in self._scopes:
                self._scopes[area] = ancestry(self.state, area)
            found |= {f"area:{part}" for part in self._scopes[area]}
        return found


def _replacements(it: Judged) -> list[Judged]:
    """Each replacement of a correction as a statement of its own kind."""
    return [replace(it, kind=one.kind, body=one.stand_in()) for one in it.body.replacements]


def _judgement(
    found: Sequence[tuple[Adopted, Sequence[tuple[Mapping[str, Value], Verdict]]]],
) -> Judgement:
    records: list[dict[str, Value]] = []
    counted: list[Outcome] = []
    caused: list[Caused] = []
    failed: list[tuple[Adopted, Verdict]] = []
    enforced = error = False
    for adopted, told in found:
        applied = [(row, one) for row, one in told if one.applies]
        if not applied:
            continue
        # The rows of a record are those of the statement: one to which it does not apply allows.
        records.append(record_of(adopted.head, adopted.mode, [one for _, one in told]))
        if adopted.mode != "enforce":
            continue
        enforced = True
        for row, one in applied:
            counted.append(one.outcome)
            error = error or one.error
            if one.failed or one.error:
                failed.append((adopted, one))
            if one.effects:
                caused.append(Caused(adopted, one, row))
    return Judgement(
        outcome=worst(*counted),
        records=tuple(records),
        enforced=enforced,
        error=error,
        caused=tuple(caused),
        failed=tuple(failed),
    )


def _joined(parts: Sequence[Judgement]) -> Judgement:
    """The judgements on the parts of one statement: the worst counts."""
    return Judgement(
        outcome=worst(*(one.outcome for one in parts)),
        records=tuple(record for one in parts for record in one.records),
        enforced=all(one.enforced for one in parts) and bool(parts),
        error=any(one.error for one in parts),
        caused=tuple(each for one in parts for each in one.caused),
        failed=tuple(each for one in parts for each in one.failed),
    )
