"""Verdicts as they stand in the `outcome` of an entry: contracts, what they read, what failed.

    {"contracts": [{"facts", "hash", "id", "outcome", "rules", "version", "mode"?}..],
     "outcome": "deny", "set": "<64 hex>", "would"?: "deny"}

One element for each contract that applied, by (id, scope). `mode` is there unless the contract
enforces: what only watches (`shadow`, `warn`) is told and does not count. `rules` names failed ones
alone, with their verdict or `error`; of a statement with several rows `{"rows": [n..], "verdict"}`.
`facts` are scalars that were read; lists, texts over 128 bytes and what differs between rows stand
as `{"n", "sha256"}`, more than 640 bytes a contract as one `{"sha256"}`. Everything else is worked
out again from logged bytes. Specification: `docs/spec/judging.md`.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from contracts.documents.verdict import Outcome, Verdict, worst
from ledger.canon import Value, encode

TEXT_MAX: Final = 128
"""Bytes of a text that stands as it is."""
FACTS_MAX: Final = 640
"""Bytes of the facts of one contract; beyond, their hash alone."""

_ORDER: Final = {"flag": 0, "hold": 1, "deny": 2, "error": 3}


def record_of(
    head: Mapping[str, Value], mode: str, verdicts: Sequence[Verdict]
) -> dict[str, Value]:
    """The record of one contract. `head`: its hash, id and version; one verdict a row."""
    found: dict[str, Value] = {
        **head,
        "facts": _facts(verdicts),
        "outcome": str(worst(*(one.outcome for one in verdicts))),
        "rules": _rules(verdicts),
    }
    if mode != "enforce":
        found["mode"] = mode
    return found


def outcome_of(record: Mapping[str, Value]) -> Outcome:
    """The outcome in a record."""
    return Outcome(str(record["outcome"]))


def _facts(verdicts: Sequence[Verdict]) -> dict[str, Value]:
    names = sorted({name for verdict in verdicts for name in verdict.read})
    found: dict[str, Value] = {}
    for name in names:
        values = [verdict.read[name] for verdict in verdicts if name in verdict.read]
        same = len(values) == len(verdicts) and all(value == values[0] for value in values)
        found[name] = _short(values[0]) if same else _digest(values)
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


def _rules(verdicts: Sequence[Verdict]) -> dict[str, Value]:
    names = sorted({rule for verdict in verdicts for rule in verdict.failed})
    if len(verdicts) == 1:
        return {name: verdicts[0].failed[name] for name in names}
    found: dict[str, Value] = {}
    for name in names:
        rows = [n for n, verdict in enumerate(verdicts) if name in verdict.failed]
        said = max((verdicts[n].failed[name] for n in rows), key=_ORDER.__getitem__)
        found[name] = {"rows": list(rows), "verdict": said}
    return found
