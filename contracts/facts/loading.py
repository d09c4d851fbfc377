"""The declared facts of one contract for one statement: a value each, or why there is none.

    loader = Loader(contract.facts)          # once a contract
    facts = loader.load(contract.inputs(it), At(state, time, "TWD"), when=it["at"])
    verdict = decide(contract, it, facts)

`when` is the instant at which aggregates end: the statement's own `at`. A fact whose key cannot be
worked out is that error; what is not there is `fact_missing`; what is not of the declared type is
`fact_range`, as is a key with too many notes in its window. An error is only felt by what reads it.
Specification: `docs/spec/facts.md`, forms.
"""

from collections.abc import Iterable, Mapping

from contracts.catalogue.forms import RECORDS
from contracts.catalogue.queries import ASKED, ask
from contracts.catalogue.records import At
from contracts.documents.compiled import Fact
from contracts.documents.parts import AggregateFact, DatedFact, ListFact, RecordFact
from contracts.facts.definition import Definition, define
from contracts.facts.rows import TooMany, Wanted, read
from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.rcel.expression import Expression
from contracts.rcel.types import fits
from ledger.canon import Value

WANTED: Mapping[str, Wanted] = {"counted": "counted", "posted": "posted", "open": "open"}


class Loader:
    """The facts of one contract, made ready to be read for many statements.

    `definitions`: the indexes that it needs, each once, by id: what its adoption lists.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts = [
            (fact, definition_of(fact.form) if isinstance(fact.form, AggregateFact) else None)
            for fact in facts
        ]
        found = {index.id: index for _, index in self._facts if index is not None}
        self.definitions = tuple(found[name] for name in sorted(found))

    def load(
        self,
        inputs: Mapping[str, Value],
        at: At,
        *,
        when: int,
        per_item: bool | None = None,
    ) -> dict[str, Value | ErrorKind]:
        """The facts by name. `inputs`: what keys may read (params, `it`, the item of `foreach`).

        `per_item` picks those that read the item of `foreach` (True) or do not (False); None: all.
        """
        return {
            fact.name: _load(fact, index, inputs, at, when)
            for fact, index in self._facts
            if per_item in (None, fact.per_item)
        }


def _load(
    fact: Fact, index: Definition | None, inputs: Mapping[str, Value], at: At, when: int
) -> Value | ErrorKind:
    try:
        if index is None:
            found = _find(fact, inputs, at)
        else:
            # The values of `by` in the order of the fields' names, as the index has them.
            values = [one.evaluate(inputs) for _, one in sorted(fact.by, key=lambda pair: pair[0])]
            assert isinstance(fact.form, AggregateFact)
            found = read(at.state, index, values, when, WANTED[fact.form.state])
    except EvaluationError as error:
        return error.kind
    except TooMany:
        return ErrorKind.FACT_RANGE
    if found is None:
        return ErrorKind.FACT_MISSING
    return found if fits(found, fact.type) else ErrorKind.FACT_RANGE


def _find(fact: Fact, inputs: Mapping[str, Value], at: At) -> Value | None:
    key = str(_value(fact.key, inputs))
    found: dict[str, Value] | None
    match fact.form:
        case RecordFact(record=record):
            make = RECORDS[record].make
            assert make is not None, record
            found = make(at, key)
        case DatedFact(record=record):
            dated, instant = RECORDS[record].dated, _value(fact.at, inputs)
            assert dated is not None and isinstance(instant, int), record
            found = dated(at, key, instant)
        case ListFact(query=query, most=most):
            return ask(at, ASKED[query], key, most)
        case AggregateFact():
            raise AssertionError(fact.name)
    return {} if found is None and fact.optional else found


def _value(expression: Expression | None, inputs: Mapping[str, Value]) -> Value:
    return "" if expression is None else expression.evaluate(inputs)


def definition_of(form: AggregateFact) -> Definition:
    """The index that a fact reads; the same for all facts that count the same."""
    match = {name: one for name, one in form.match.items() if isinstance(one, bool | int | str)}
    return define(
        form.of,
        form.function,  # type: ignore[arg-type]
        form.field or "",
        match=match,
        by=form.by,
        window_s=form.window_s or 0,
        bucket_s=form.bucket_s or 0,
    )
