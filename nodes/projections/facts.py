"""Facts: what a logged entry says, read back for the views.

The bytes come from our own log, where the state machine made them and every replay checks them; so
they are read, not judged again. Nothing here knows a kind: a kind that is new still gives its
author, its moves, its lots, its breaches and what its body names.

    fact = read_fact(raw, index, origin)
    for commodity, source, target, n in fact.effects.moves: ...
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ledger.cases import case_subject
from ledger.codes import APPLIED, Code
from ledger.dated import forecast_series, need_series, price_series
from ledger.entry import Cause, Effects, auto_id
from ledger.envelope import statement_id

HEX = frozenset("0123456789abcdef")

CORRECTION = "correction.declare"

_NAMES: Mapping[str, str] = {
    "actor": "actor",
    "alert": "alert",
    "area": "area",
    "case": "case",
    "contract": "contract",
    "correction": "statement",
    "dispatch": "statement",
    "donation": "donation",
    "entitlement": "statement",
    "from": "site",
    "handout": "statement",
    "held": "hold",
    "instruction": "statement",
    "item": "item",
    "key": "key",
    "line": "fund",
    "lot": "lot",
    "order": "statement",
    "programme": "programme",
    "release": "statement",
    "reservation": "reservation",
    "site": "site",
    "statement": "statement",
    "tag": "household",
    "target": "statement",
    "to": "site",
}
"""Key of a body -> what its text value names. A body of any kind is walked with this list."""

_DEFINED = {
    "areas": "area",
    "funds": "fund",
    "items": "item",
    "programmes": "programme",
    "sites": "site",
}
"""Key of a body -> what the things in its list define by their `id`."""

_SIZES = {"reservation": 64, "statement": 64, "household": 32, "key": 64}
"""Hexadecimal digits of ids that are hashes or tags: anything else is no such id."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry. `digest`: the log has no more of the effects, they must come from elsewhere.
    `posted`: the held statement that it posts.

    `kind` of a batch entry is `batch`; texts are "" and numbers -1 where an entry has none.
    """

    index: int
    batch: int
    time: int
    type: str
    kind: str
    v: int
    code: str
    statement: str
    author: str
    cosigners: tuple[str, ...]
    occurred_at: int
    late: int
    cause: int
    body: Mapping[str, Any]
    breaches: tuple[tuple[str, str, int], ...]
    effects: Effects
    digest: Mapping[str, Any] | None = None
    state_root: str = ""
    posted: str = ""

    @property
    def applied(self) -> bool:
        """Whether it was booked; of what is held only its value is moved aside."""
        return self.code in APPLIED

    @property
    def is_held(self) -> bool:
        """Whether it waited for approvals when it was logged."""
        return self.code == Code.HELD

    def posting(self, held: "Fact") -> "Fact":
        """The held statement as this entry posts it: its own words, this entry's place, time and
        effects."""
        return replace(
            held,
            index=self.index,
            batch=self.batch,
            time=self.time,
            code=self.code,
            effects=self.effects,
        )

    def with_effects(self, effects: Effects) -> "Fact":
        """The same with the effects that the digest stands for; `ValueError` if it does not."""
        if effects.digest() != self.digest:
            raise ValueError(f"entry {self.index}: these are not the effects of its digest")
        return replace(self, effects=effects, digest=None)


def read_fact(raw: bytes, index: int, origin: str) -> Fact:
    """The fact of an entry of the log `origin`."""
    entry: dict[str, Any] = json.loads(raw)
    batch, time, type_ = entry["batch"], entry["time"], entry["type"]
    if type_ == "batch":
        return Fact(
            index, batch, time, type_, "batch", 1, "", "", "", (), -1, 0, -1, {}, (), Effects(),
            state_root=entry["state_root"],
        )  # fmt: skip
    outcome, inner = entry["outcome"], entry["statement"]
    cause = -1
    if type_ == "auto":
        cause = entry["cause"]["entry"]
        statement: str = auto_id(origin, Cause(cause, entry["cause"]["rule"]))
        payload: dict[str, Any] = {**inner, "author": "", "occurred_at": time}
    else:
        data = b64decode(inner["payload"])
        statement, payload = statement_id(data), json.loads(data)
    effects = outcome["effects"]
    digest = effects if "count" in effects else None
    return Fact(
        index=index,
        batch=batch,
        time=time,
        type=type_,
        kind=payload["kind"],
        v=payload["v"],
        code=outcome["code"],
        statement=statement,
        author=payload["author"],
        cosigners=tuple(payload.get("cosigners", ())),
        occurred_at=payload["occurred_at"],
        late=outcome.get("late", 0),
        cause=cause,
        body=payload["body"],
        breaches=tuple((code, subject, n) for code, subject, n in outcome.get("breaches", ())),
        effects=Effects() if digest else _effects(effects),
        digest=digest,
        posted=outcome.get("posted", ""),
    )


def origin_of(raw: bytes) -> str:
    """The log that a statement entry names; asked of entry 0, genesis."""
    payload = json.loads(b64decode(json.loads(raw)["statement"]["payload"]))
    return str(payload["log"])


def _effects(value: Mapping[str, Any]) -> Effects:
    moves, line, lots = value.get("moves", ()), value.get("line", ()), value.get("lots", ())
    gifts, legs = value.get("gifts", ()), value.get("legs", ())
    parts = (moves, line, lots, gifts, legs)
    return Effects(*(tuple(map(tuple, part)) for part in parts))


# ---- accounts -----------------------------------------------------------------------------------


def line_of(account: str) -> str:
    """The fund line of an account, "" for goods."""
    return account.rpartition("/")[0]


def label_of(account: str) -> str:
    """The account without its line: `free`, `site:depot`."""
    return account.rpartition("/")[2]


def is_id(text: object, digits: int) -> bool:
    """Whether this is so many lower-case hexadecimal digits."""
    return isinstance(text, str) and len(text) == digits and HEX.issuperset(text)


def is_gift(text: object) -> bool:
    """Whether this names a gift: a statement, or one that replacement n of a correction brought."""
    if not isinstance(text, str):
        return False
    statement, slash, number = text.partition("/")
    return is_id(statement, 64) and number.isascii() and (number.isdigit() if slash else True)


# ---- what an entry is about ---------------------------------------------------------------------


def subjects_of(fact: Fact) -> list[str]:
    """Every thing that an applied entry is about, each once: `fund/flood`, `lot/..`, `site/depot`.

    More than the ledger's own index has (there each list can be proved whole): also sites, items,
    areas, households, people, the statements that a body names, and `flow/CNY/paid`: moved so much
    from or to such accounts, which is where the figures of a page lead to.
    """
    found: dict[str, None] = {}
    for commodity, source, target, _ in fact.effects.moves:
        found[f"flow/{commodity}"] = None
        for account in (source, target):
            line, _, label = account.rpartition("/")
            found[f"flow/{commodity}/{label.partition(':')[0]}"] = None
            if line:
                found[f"fund/{line.partition('.')[0]}"] = None
            else:
                found[f"item/{commodity}"] = None
                head, _, site = label.partition(":")
                if head in ("site", "over_issue", "found"):
                    found[f"site/{site}"] = None
    for line, *_ in fact.effects.line:
        found[f"fund/{line.partition('.')[0]}"] = None
    for effect in fact.effects.lots:
        found[f"lot/{effect[1]}"] = None
    for subject in (*_named(fact.body), *_own(fact)):
        found[subject] = None
    return list(found)


OPENS = {"asset.lend": "loan", "project.contract": "project", "stock.reserve": "reservation"}
"""What is kept back for a statement of such a kind is found under what it will open."""


def _own(fact: Fact) -> Iterator[str]:
    """What the entry itself opens, adds to or ends, and its body does not name."""
    body = fact.body
    if fact.kind in ("case.open", "override.use"):
        yield case_subject(fact.statement)
    elif fact.kind == "need.declare":
        yield need_series(body["area"], body["item"])
    elif fact.kind == "forecast.publish":
        yield forecast_series(body["area"], body["item"])
    elif fact.kind == "price.observe":
        yield price_series(body["item"], body["currency"])
    if fact.is_held:
        yield f"hold/{fact.statement}"
        if fact.kind in OPENS:
            yield f"{OPENS[fact.kind]}/{fact.statement}"
    elif fact.kind == "deadline.pass" and body["leg"].startswith(("alert/", "hold/")):
        yield body["leg"]


def _named(body: Mapping[str, Any]) -> Iterator[str]:
    """What a body names, wherever in it: a stack and no recursion, in no particular order."""
    stack: list[Any] = [body]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for key, part in value.items():
                if isinstance(part, str):
                    noun = _NAMES.get(key)
                    if noun is not None:
                        yield from _subject(noun, part)
                elif key == "document" and isinstance(part, dict):
                    # A contract: its text, with examples in it, is about nothing that happened.
                    yield f"contract/{part['contract']}"
                else:
                    stack.append(part)
                    if isinstance(part, list):
                        yield from _listed(key, part)
            row, gift = value.get("row"), value.get("donation")
            if isinstance(row, dict) and is_gift(gift):
                # One gift of a list, by its name (`docs/spec/fund-line.md`, opened rows).
                yield f"donation/{gift}/{row.get('offset')}-{row.get('amount')}"
        elif isinstance(value, list):
            stack.extend(part for part in value if isinstance(part, dict | list))


def _listed(key: str, parts: list[Any]) -> Iterator[str]:
    """What the parts of a list name or define, besides what is found by their own keys."""
    for part in parts:
        if key in _DEFINED and isinstance(part, dict) and isinstance(part.get("id"), str):
            yield f"{_DEFINED[key]}/{part['id']}"
        elif key == "areas" and isinstance(part, str):
            yield f"area/{part}"
        elif key == "tags" and isinstance(part, str):
            yield from _subject("household", part)
        elif key == "targets":
            yield f"correction/{target_of(part)}"


def target_of(part: object) -> str:
    """What one of the `targets` of a correction names: a statement, or a row of a list."""
    if not isinstance(part, dict):
        return str(part)
    row = part.get("row")
    found = str(part.get("statement", part.get("donation", "")))
    return f"{found}/{row['offset']}-{row['amount']}" if isinstance(row, dict) else found


def _subject(noun: str, text: str) -> Iterator[str]:
    if noun == "donation" and not is_gift(text):
        return
    digits = _SIZES.get(noun)
    if digits is not None and not is_id(text, digits):
        return
    if noun == "lot" and not is_id(text[:64], 64):
        return  # the output of a replacement, by its number
    if noun == "fund":
        text = text.partition(".")[0]
    yield f"{noun}/{text}"
