"""Verdicts as they stand in the `outcome` of an entry: contracts, what they read, what failed.

    {"contracts": [{"facts", "hash", "id", "outcome", "rules", "version", "mode"?}..],
     "outcome": "deny", "set": "<64 hex>", "would"?: "deny"}

One element for each contract that applied, by (id, scope). `mode` is there unless the contract
enforces: what only watches (`shadow`, `warn`) is told and does not count. `rules` names failed ones
alone, with their verdict or `error`; of a statement with several rows `{"rows": [n..], "verdict"}`.
`facts` are scalars that were read; lists, texts over 128 bytes and what differs between rows stand
as `{"n", "sha256"}`, more than 640 bytes a contract as one `{"sha256"}`. All records together have
at most `RECORDS_MAX` bytes, for the outcome of a fact must always fit: beyond, facts stand as their
hashes, then rules too, then all of it. Everything else is worked out again from logged bytes.
Specification: `docs/spec/judging.md`.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from contracts.documents.verdict import Verdict, worst
from ledger.canon import Value, encode

TEXT_MAX: Final = 128
"""Bytes of a text that stands as it is."""
FACTS_MAX: Final = 640
"""Bytes of the facts of one contract; beyond, their hash alone."""
RECORDS_MAX: Final = 8_192
"""Bytes of all records of an outcome."""

_RULE_MAX: Final = 64
"""Bytes of one rule: its name, what it says, signs between."""
_RECORD_MAX: Final = 288
"""Bytes of a record without facts and rules: hash, id of 48 letters, signs between."""

_ORDER: Final = {"flag": 0, "hold": 1, "deny": 2, "error": 3}


def record_of(
    head: Mapping[str, Value], mode: str, verdicts: Mapping[int, Verdict], rows: int = 1
) -> dict[str, Value]:
    """The record of one contract. `head`: its hash, id and version; `verdicts` by row, of a
    statement with so many `rows`."""
    applied = {n: one for n, one in verdicts.items() if one.applies}
    found: dict[str, Value] = {
        **head,
        "facts": _facts([*applied.values()]),
        "outcome": str(worst(*(one.outcome for one in applied.values()))),
        "rules": _rules(applied, rows),
    }
    if mode != "enforce":
        found["mode"] = mode
    return found


def bounded(records: Sequence[dict[str, Value]]) -> Value:
    """The records as they stand in an outcome: as they are, or the hash of what is too long."""
    found: Value = [*records]
    if sum(map(_at_most, records)) <= RECORDS_MAX:
        return found
    for name in ("facts", "rules"):
        if len(encode(found)) <= RECORDS_MAX:
            return found
        assert isinstance(found, list)
        found = [_without(record, name) for record in found if isinstance(record, dict)]
    assert isinstance(found, list)
    return found if len(encode(found)) <= RECORDS_MAX else _digest(found)


def _at_most(record: Mapping[str, Value]) -> int:
    """Bytes that a record never passes: cheaper than to write it."""
    facts, rules = record["facts"], record["rules"]
    if not facts and not rules:
        return _RECORD_MAX
    assert isinstance(facts, dict) and isinstance(rules, dict)
    texts = all(isinstance(one, str) for one in rules.values())
    return _RECORD_MAX + _facts_at_most(facts) + (_RULE_MAX if texts else 1_024) * len(rules)


def _facts_at_most(facts: Mapping[str, Value]) -> int:
    """Likewise of facts: a sign of a text takes six bytes at most, a figure or a hash 104."""
    return sum(
        len(name) + 8 + (6 * len(value) if isinstance(value, str) else 104)
        for name, value in facts.items()
    )


def _without(record: Mapping[str, Value], name: str) -> Value:
    raw = encode(record[name])
    if len(raw) <= len('{"sha256":""}') + 64:
        return {**record}
    return {**record, name: {"sha256": sha256(raw).hexdigest()}}


def _facts(verdicts: Sequence[Verdict]) -> dict[str, Value]:
    names = sorted({name for verdict in verdicts for name in verdict.read})
    found: dict[str, Value] = {}
    for name in names:
        values = [verdict.read[name] for verdict in verdicts if name in verdict.read]
        same = len(values) == len(verdicts) and all(value == values[0] for value in values)
        found[name] = _short(values[0]) if same else _digest(values)
    if _facts_at_most(found) <= FACTS_MAX:
        return found
    raw = encode(found)
    return found if len(raw) <= FACTS_MAX else {"sha256": sha256(raw).hexdigest()}


def _short(value: Value) -> Value:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        raw = value.encode()
        if len(raw) <= TEXT_MAX:
            return value
        return {"n": len(raw), "sha256": sha256(raw).hexdigest()}
    return _digest(value if isinstance(value, list) else [value])


def _digest(values: list[Value]) -> Value:
    return {"n": len(values), "sha256": sha256(encode(values)).hexdigest()}


def _rules(verdicts: Mapping[int, Verdict], rows: int) -> dict[str, Value]:
    names = sorted({rule for verdict in verdicts.values() for rule in verdict.failed})
    found: dict[str, Value] = {}
    for name in names:
        failed = [n for n, verdict in verdicts.items() if name in verdict.failed]
        said = max((verdicts[n].failed[name] for n in failed), key=_ORDER.__getitem__)
        found[name] = said if rows == 1 else {"rows": list[Value](failed), "verdict": said}
    return found
