"""A record of an entry read back: what is known of its facts, and the verdicts that follow.

`how` they are known: `REPLAYED`, `RECOMPUTED` or `RECORDED`, as `contracts.simulating.told` says.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NoReturn, TypeAlias

from contracts.documents.compiled import Contract
from contracts.documents.verdict import Outcome, Verdict, decide, judge, worst
from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.rcel.expression import Readings
from contracts.simulating.tape import failed_rules, recorded_rules
from ledger.canon import Value

Row: TypeAlias = tuple[Mapping[str, Value], Mapping[str, Value | ErrorKind]]
"""What one row was judged on: its view and its facts."""

REPLAYED: Final = "replayed"
RECOMPUTED: Final = "recomputed"
RECORDED: Final = "recorded"


def failed_in(record: Mapping[str, Value]) -> dict[str, str]:
    return recorded_rules(record) or {}


def recorded_facts(record: Mapping[str, Value]) -> tuple[dict[str, Value], list[str]]:
    """Facts by name, dotted ones put together; names that stand as a fingerprint only."""
    facts = record["facts"]
    assert isinstance(facts, dict)
    if set(facts) == {"sha256"} and isinstance(facts["sha256"], str) and len(facts) == 1:
        return {}, ["*"]
    found: dict[str, Value] = {}
    missing = []
    for path in sorted(facts):
        value = facts[path]
        if isinstance(value, dict):
            missing.append(path)
            continue
        root, *fields = path.split(".")
        if not fields:
            found[root] = value
            continue
        into = found.setdefault(root, {})
        for name in fields[:-1]:
            assert isinstance(into, dict)
            into = into.setdefault(name, {})
        assert isinstance(into, dict)
        into[fields[-1]] = value
    return found, missing


def verdicts_on(
    contract: Contract,
    record: Mapping[str, Value],
    rows: Sequence[Row] | None,
    views: Sequence[dict[str, Value]] | None,
    recorded: Mapping[str, Value],
    missing: Sequence[str],
) -> tuple[list[Verdict], str]:
    """What the contract says again, and how that is known."""
    if rows is not None:
        again = [decide(contract, dict(it), facts) for it, facts in rows]
        for some in _portions(again):
            if _same(record, some):
                return some, REPLAYED
    if views is not None and not missing:
        again = [_decide_recorded(contract, view, recorded) for view in views]
        if again and _same(record, again):
            return again, RECOMPUTED
    return [_as_recorded(contract, record, recorded)], RECORDED


def _portions(verdicts: list[Verdict]) -> Iterator[list[Verdict]]:
    """All of them; else equal parts: a statement that is held and settled in one batch was judged
    several times in it, each time with all its rows."""
    for count in range(1, 9):
        size, rest = divmod(len(verdicts), count)
        if size and not rest:
            yield from (verdicts[at : at + size] for at in range(0, len(verdicts), size))


def _same(record: Mapping[str, Value], verdicts: Sequence[Verdict]) -> bool:
    if not any(one.applies for one in verdicts):
        return False
    said = worst(*(one.outcome for one in verdicts if one.applies))
    rules = recorded_rules(record)
    same = rules is None or rules == failed_rules(verdicts)
    return same and str(said) == record["outcome"]


class _Known(Readings):
    """Values of which only some were recorded; reading another is an error, at any depth."""

    def __missing__(self, name: str) -> NoReturn:
        raise EvaluationError(self.failed.get(name, ErrorKind.FACT_MISSING))


def _known(value: Value) -> Value:
    if isinstance(value, dict):
        return _Known({name: _known(one) for name, one in value.items()})
    return value


def _decide_recorded(
    contract: Contract, view: Mapping[str, Value], recorded: Mapping[str, Value]
) -> Verdict:
    values = _Known(contract.inputs(_known(dict(view))), failed={})
    for name, value in recorded.items():
        values[name] = _known(value)
    return judge(contract, values, item=False)


def _as_recorded(
    contract: Contract, record: Mapping[str, Value], recorded: Mapping[str, Value]
) -> Verdict:
    """The recorded decision, with params, recorded facts, and the lets that follow from these."""
    values = _Known({**contract.params}, failed={})
    for name, value in recorded.items():
        values[name] = _known(value)
    for name, expression in contract.lets:
        try:
            values[name] = expression.evaluate(values)
        except EvaluationError:
            continue
    return Verdict(
        applies=True,
        outcome=Outcome(str(record["outcome"])),
        failed=failed_in(record),
        effects=(),
        error=False,
        errors={},
        read=dict(recorded),
        values=dict(values),
    )
