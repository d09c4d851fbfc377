"""The gates in force on one statement: which of them judge it, what each says, what counts.

Core law has run on the book when a gate is asked, so a floor is asked about what would be left.
Every gate in force for the kind and a scope of the statement judges it; the worst outcome of those
that enforce counts, `allow < flag < hold < deny`, and failed rules are told of all. An error denies
an authorisation and flags a fact. A statement with rows is judged row by row, and later rows see
what earlier ones would take. A correction is judged through its replacements, each by the gates of
its own kind, as rows of one statement. Specification: `docs/spec/judging.md`.

    outcome   of an authorisation                       of a fact (it has happened)
    allow     applied                                   applied
    flag      applied; a case opens                     the same
    hold      nothing is booked, its value is kept      flag, and `would: hold`
    deny      nothing is booked; logged with its rules  flag, and `would: deny`
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.adoption.force import pinned
from contracts.catalogue.catalogue import VIEWS, is_about, judged_views
from contracts.catalogue.judged import Judged
from contracts.catalogue.records import At
from contracts.documents.compiled import Contract
from contracts.documents.explaining import explain
from contracts.documents.verdict import Fired, Outcome, Verdict, decide, judge, worst
from contracts.facts.recording import counts_as, replacements
from contracts.facts.rows import listen, note, offset_of
from contracts.judging.force import Adopted, Force
from contracts.judging.recorded import bounded, record_of
from contracts.rcel.errors import EvaluationError
from contracts.rcel.expression import Readings
from ledger.canon import Value
from ledger.codes import Code
from ledger.corrections.recorded import CORRECTION
from ledger.errors import Refusal, Refused
from ledger.members import ancestry, area_of_site
from ledger.sentences import LANGUAGES
from ledger.state import State

PINNED_MAX: Final = 8
"""Pinned contracts that judge one statement at most; an authorisation that draws on lines with more
of them is refused."""
SAID_MAX: Final = 8
"""Sentences that a refusal tells, in the order of contracts and rules."""

DRAWING: Final = frozenset(kind for kind, view in VIEWS.items() if "draws" in view.fields)
"""Kinds that draw on lines, which may be pinned to a contract."""

ELSEWHERE: Final = Verdict(False, Outcome.ALLOW, {}, (), False, {}, {}, {})
"""The verdict of a contract that does not apply."""

EXEMPT: Final = ("approval", "correction")
"""Nouns whose kinds need no gate of their own."""

SILENT: Final = Verdict(True, Outcome.ALLOW, {}, (), False, {}, {}, {})
"""The verdict of one that allows and has nothing to tell."""

Row = tuple[str, dict[str, Value]]
"""(kind, view): a row of a statement, or of a replacement."""


@dataclass(frozen=True, slots=True)
class Caused:
    """Effects of one gate on one row: for the duties that follow when the outcome is not deny.

    `item`: the number of the row, "" where the statement has but one.
    """

    adopted: Adopted
    verdict: Verdict
    view: Mapping[str, Value]
    item: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all gates together say.

    `outcome` counts those that enforce; `records` are of all that applied, by id and scope;
    `enforced`: at least one that enforces applied, on every row; `error`: one of these could not
    tell. `caused` and `failed` are of those that enforce, by contract and row.
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
            "contracts": bounded(self.records),
            "outcome": str(self.outcome),
            "set": force.set_hash,
        }
        if would and self.outcome in (Outcome.HOLD, Outcome.DENY):
            found["outcome"], found["would"] = str(Outcome.FLAG), str(self.outcome)
        return found

    def fired(self, verb: str) -> list[Fired]:
        """Effects with this verb of gates that hold."""
        return [
            fired
            for caused in self.caused
            if caused.verdict.outcome is Outcome.HOLD
            for fired in caused.verdict.effects
            if fired.verb == verb
        ]

    def refusal(self, offset_s: int) -> Refusal:
        """Why it was not allowed, with the sentences of the rules in three languages."""
        names = [f"{adopted.id}.{part}" for adopted, one in self.failed for part in _parts(one)]
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

    def joined(self, other: "Judgement") -> "Judgement":
        """Both in one entry: of an approval, and of the held statement that it settles."""
        return Judgement(
            outcome=worst(self.outcome, other.outcome),
            records=(*self.records, *other.records),
            enforced=self.enforced and other.enforced,
            error=self.error or other.error,
            caused=(*self.caused, *other.caused),
            failed=(*self.failed, *other.failed),
        )


def _parts(verdict: Verdict) -> list[str]:
    """What failed of a contract: its rules, else what had no value."""
    return [*verdict.failed] or [*verdict.errors]


ALLOWED: Final = Judgement(Outcome.ALLOW)
"""Where no gate applies."""


@dataclass(slots=True)
class Judge:
    """Judges the statements of one batch, with what is in force in it."""

    state: State
    force: Force
    time: int
    _places: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def judge(self, it: Judged) -> Judgement:
        """All gates on this statement; of a correction, on its replacements.

        Raises `Refused` for an authorisation that draws on too many lines with terms.
        """
        if it.kind == CORRECTION:
            if not self.force.gates and not self.force.pins:
                return ALLOWED
            return self._judge(it, replacements(it))
        if it.kind in self.force.gates or (self.force.pins and it.kind in DRAWING):
            return self._judge(it, [it])
        return ALLOWED

    def lacks_gate(self, it: Judged, said: Judgement) -> bool:
        """Whether an authorisation moves value and no gate stands over it, though one must.

        An approval moves what the gates of the held statement let through; a correction is exempt.
        """
        if not self.force.required or said.enforced or it.kind.partition(".")[0] in EXEMPT:
            return False
        book = it.book
        return bool(book.moves or book.lot_effects or book.stretches)

    def _judge(self, it: Judged, parts: Sequence[Judged]) -> Judgement:
        found: dict[tuple[str, str, str], tuple[Adopted, list[tuple[int, Row]]]] = {}
        number = 0
        for part in parts:
            gates = self.force.gates.get(part.kind, ())
            if not gates and not (self.force.pins and part.kind in DRAWING):
                number += 1
                continue
            rows = judged_views(part)
            numbered = [(number + n, (part.kind, row)) for n, row in enumerate(rows)]
            number += len(rows)
            for one in self._asked(part.kind, gates, rows):
                found.setdefault(one.place, (one, []))[1].extend(numbered)
        told = [(one, rows, self._verdicts(one, it, rows)) for one, rows in _in_order(found)]
        return _judgement(told, number)

    def _asked(
        self, kind: str, gates: Sequence[Adopted], rows: Sequence[Mapping[str, Value]]
    ) -> list[Adopted]:
        """Those that judge a statement with these rows."""
        scopes = self.scopes_of(rows) if gates else ()
        asked = [one for one in gates if one.scope in scopes and is_about(rows, one.currency)]
        if self.force.pins and kind in DRAWING:
            enforced = [one.contract.hash for one in asked if one.mode == "enforce"]
            asked += [one for one in self._pinned(kind, rows) if one.contract.hash not in enforced]
        return asked

    def _pinned(self, kind: str, rows: Iterable[Mapping[str, Value]]) -> list[Adopted]:
        """The contracts that donors of the lines drawn on saw, and that speak of this kind."""
        found: dict[str, Adopted] = {}
        for row in rows:
            draws = row["draws"]
            assert isinstance(draws, list)
            for draw in draws:
                assert isinstance(draw, dict)
                line = str(draw["line"])
                known = self.state.get("catalogue", f"line/{line}")
                terms = known.get("terms") if isinstance(known, dict) else None
                if isinstance(terms, str) and terms not in found:
                    one = pinned(self.state, terms, line.partition(".")[0])
                    if one is not None and kind in one.contract.document.kinds:
                        found[terms] = self.force.heard(one)
        if len(found) > PINNED_MAX:
            raise Refused(Code.NOT_ELIGIBLE, "body.draws", given=len(found), high=PINNED_MAX)
        return list(found.values())

    def _verdicts(
        self, adopted: Adopted, it: Judged, rows: Sequence[tuple[int, Row]]
    ) -> list[Verdict]:
        """The verdict on each row; what earlier rows take is noted while the later are judged."""
        if len(rows) == 1:
            n, (_, row) = rows[0]
            return [self._verdict(adopted, n, row)]
        if not adopted.loader.definitions:
            return [self._verdict(adopted, n, row) for n, (_, row) in rows]
        counting, offset = listen(adopted.loader.definitions), self.offset
        savepoint = self.state.savepoint()
        found = []
        for n, (kind, row) in rows:
            found.append(self._verdict(adopted, n, row))
            for name, standing in counts_as(kind):
                if name in counting:
                    note(
                        self.state,
                        counting,
                        name,
                        [row],
                        entry=it.book.index,
                        standing=standing,
                        first=n,
                        offset=offset,
                    )
        self.state.rollback(savepoint)
        return found

    def _verdict(self, adopted: Adopted, n: int, row: dict[str, Value]) -> Verdict:
        """`decide`, but where `where` already says that it does not apply, no fact is looked up."""
        contract = adopted.contract
        inputs = contract.inputs(row)
        if adopted.early:
            try:
                if contract.where.evaluate(inputs) is not True:
                    return ELSEWHERE
            except EvaluationError:
                pass  # `decide` finds the same error and tells it.
        if not contract.facts and adopted.ear is None:
            if adopted.plain and _allows(contract, inputs):
                return SILENT
            return judge(contract, Readings(inputs, failed={}), item=False)
        when, at = row["at"], At(self.state, self.time, adopted.currency)
        assert isinstance(when, int)
        facts = adopted.loader.load(inputs, at, when=when)
        if adopted.ear is not None:
            adopted.ear(n, row, facts, at)
        return decide(contract, row, facts)

    @property
    def offset(self) -> int:
        """Seconds of the ledger's local time."""
        return offset_of(self.state)

    # ---- scopes

    def scopes_of(self, rows: Iterable[Mapping[str, Value]]) -> frozenset[str]:
        """The scopes that a statement lies in: the consortium, its funds, programmes, areas."""
        names: dict[tuple[str, str], None] = {}
        for row in rows:
            for noun in ("fund", "programme", "area"):
                names[noun, str(row.get(noun, ""))] = None
            for noun in ("site", "from", "to"):
                names["site", str(row.get(noun, ""))] = None
            draws = row.get("draws")
            for draw in draws if isinstance(draws, list) else ():
                assert isinstance(draw, dict)
                names["fund", str(draw["line"]).partition(".")[0]] = None
            areas = row.get("areas")
            for area in areas if isinstance(areas, list) else ():
                names["area", str(area)] = None
        found = {"consortium"}
        for noun, name in names:
            if name:
                found.update(self._scopes_of(noun, name))
        return frozenset(found)

    def _scopes_of(self, noun: str, name: str) -> tuple[str, ...]:
        """The scopes that come with a fund, a programme, an area or a site."""
        known = self._places.get((noun, name))
        if known is None:
            known = self._places[noun, name] = tuple(self._find_scopes(noun, name))
        return known

    def _find_scopes(self, noun: str, name: str) -> list[str]:
        if noun == "fund":
            row = self.state.get("catalogue", f"fund/{name}")
            programme = str(row["programme"]) if isinstance(row, dict) else ""
            return [f"fund:{name}", *([f"programme:{programme}"] if programme else [])]
        if noun == "programme":
            return [f"programme:{name}"]
        area = area_of_site(self.state, name) if noun == "site" else name
        return [f"area:{part}" for part in ancestry(self.state, area)]

    def forget(self) -> None:
        """The catalogue has changed: areas, sites and funds may stand otherwise."""
        self._places.clear()


def _in_order(
    found: Mapping[tuple[str, str, str], tuple[Adopted, list[tuple[int, Row]]]],
) -> list[tuple[Adopted, list[tuple[int, Row]]]]:
    """By id and scope; only what is pinned, or a correction, has them out of order."""
    return [found[place] for place in sorted(found)]


def _allows(contract: Contract, inputs: Mapping[str, Value]) -> bool:
    """Whether a contract without facts, lets and effects allows; False where it must be asked in
    full. Most gates allow most statements, and there is nothing to tell of them."""
    try:
        if contract.where.text != "true" and contract.where.evaluate(inputs) is not True:
            return False
        return all(rule.require.evaluate(inputs) is True for rule in contract.rules)
    except EvaluationError:
        return False


def _is_silent(verdict: Verdict) -> bool:
    """Whether a contract allowed, read nothing and causes nothing."""
    if verdict is SILENT:
        return True
    said = verdict.failed or verdict.errors or verdict.effects or verdict.read
    return verdict.outcome is Outcome.ALLOW and not said


def _judgement(
    found: Sequence[tuple[Adopted, Sequence[tuple[int, Row]], Sequence[Verdict]]], rows: int
) -> Judgement:
    """`rows`: of the statement, whoever was asked about them."""
    records: list[dict[str, Value]] = []
    counted: list[Outcome] = []
    caused: list[Caused] = []
    failed: list[tuple[Adopted, Verdict]] = []
    judged: dict[int, None] = {}
    error = False
    for adopted, about, verdicts in found:
        if not any(one.applies for one in verdicts):
            continue
        if rows == 1 and _is_silent(verdicts[0]):
            records.append(adopted.silent)
            if adopted.mode == "enforce":
                judged[about[0][0]] = None
            continue
        numbered = {n: one for (n, _), one in zip(about, verdicts, strict=True)}
        records.append(record_of(adopted.head, adopted.mode, numbered, rows))
        if adopted.mode != "enforce":
            continue
        for (n, (_, row)), one in zip(about, verdicts, strict=True):
            if not one.applies:
                continue
            judged[n] = None
            counted.append(one.outcome)
            error = error or one.error
            if one.failed or one.error:
                failed.append((adopted, one))
            if one.effects:
                caused.append(Caused(adopted, one, row, f"{n}" if rows > 1 else ""))
    return Judgement(
        outcome=worst(*counted),
        records=tuple(records),
        enforced=bool(rows) and len(judged) == rows,
        error=error,
        caused=tuple(caused),
        failed=tuple(failed),
    )
