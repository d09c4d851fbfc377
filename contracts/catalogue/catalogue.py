"""The catalogue of this ledger: types, records, queries and judged views, for one currency.

A contract speaks of one currency. `money` is that currency; amounts of any other are not there to
be compared with it by mistake, for its unit is another. A statement about money of another currency
is not judged by the contract (`is_about`). Why: `docs/decisions/`, one currency a contract.

    >>> catalogue_for("TWD").types["money"]
    Int(unit=Unit(powers=(('TWD', 1),)), low=0, high=9007199254740991)

Specification: `docs/spec/facts.md`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from contracts.catalogue import goods, money, people, situation
from contracts.catalogue.forms import RECORDS, Form
from contracts.catalogue.judged import Judged
from contracts.catalogue.queries import ASKED
from contracts.catalogue.view import Rows, View, record_type, rows_of, view_type
from contracts.catalogue.walks import WALKS
from contracts.documents.catalogued import Catalogue, Query
from contracts.rcel.types import Int, ListOf, Record, Type, parse_type
from ledger.canon import Value
from ledger.state import State

VIEWS: Final[Mapping[str, View]] = {
    view.kind: view
    for view in sorted(
        (*money.VIEWS, *goods.VIEWS, *people.VIEWS, *situation.VIEWS), key=lambda view: view.kind
    )
}
"""The judged view of each kind, by its name."""

CROWDED: Final = frozenset(
    {
        "area", "caseclass", "confirmer", "contract", "currency", "cycle", "delivery",
        "figure", "finding", "flag", "fund", "hazard", "item", "itemclass", "kind", "line", "loss",
        "method", "org", "payee", "programme", "purpose", "reason", "role", "rule", "site",
        "sitekind", "source", "stock",
    }
)  # fmt: skip
"""Tags of things that many statements name: a window over them alone is counted in buckets."""


@cache
def catalogue_for(currency: str, minor: int = 2) -> Catalogue:
    """What a contract in `currency` (ISO 4217) may speak of; `minor`: digits of its minor unit."""
    types = _types(currency)
    records: dict[str, Record] = {}
    for name, form in RECORDS.items():
        records[name] = record_type(name, _filled(form.fields, currency), types, {})
    queries = {
        name: Query(asked.record, parse_type(asked.key, types, {})) for name, asked in ASKED.items()
    }
    for name, walk in WALKS.items():
        asked = ASKED.get(name)
        key = None if asked is None else parse_type(asked.key, types, {})
        having = {walk.condition: parse_type(walk.type, types, {})}
        queries[name] = Query(walk.record, key, having, runs=True, bound=walk.condition)
    views = {
        kind: view_type(replace(view, fields=_filled(view.fields, currency)), types, records)
        for kind, view in VIEWS.items()
    }
    return Catalogue(
        types=types,
        records=records,
        queries=queries,
        kinds=views,
        keys={name: _key(form) for name, form in RECORDS.items() if form.make is not None},
        dated={name: _key(form) for name, form in RECORDS.items() if form.dated is not None},
        crowded=CROWDED,
        currencies={currency: minor},
    )


def _types(currency: str) -> dict[str, Type]:
    texts = {
        "mass": "int[g](0..9007199254740991)",
        "money": f"int[{currency}](0..9007199254740991)",
        "span": "int[s](0..31622400)",
        "time": "int[time](0..9999999999)",
    }
    return {name: parse_type(text, {}, {}) for name, text in texts.items()}


def _filled(fields: Mapping[str, str], currency: str) -> dict[str, str]:
    return {name: text.replace("{currency}", currency) for name, text in fields.items()}


def _key(form: Form) -> Type:
    return parse_type(form.key, {}, {})


def currency_of(document: Mapping[str, Value], state: State, fund: str = "") -> str | None:
    """The currency of a contract; None where it cannot be told, and the contract is not valid.

    That of the fund that it is adopted for (`fund`) or that its budget spends; else the one that
    types of its params and facts name, as in `int[TWD]`; else the only one of the ledger. Two that
    differ are not told. To a contract that can read no money it makes no difference: it has the
    first of the ledger.
    """
    named = named_currencies(document)
    for one in (fund, budget_fund(document)):
        row = state.get("catalogue", f"fund/{one}") if one else None
        if isinstance(row, dict):
            named = list(dict.fromkeys([str(row["currency"]), *named]))
    if not named:
        rows = state.scan("catalogue", "currencies", chunk=2)
        named = [key.removeprefix("currency/") for _, (_, key, _) in zip("12", rows, strict=False)]
        if not reads_money(document):
            named = named[:1]
    return named[0] if len(named) == 1 else None


def budget_fund(document: Mapping[str, Value]) -> str:
    """The fund of a contract's budget: the value of a param, or a text; "" where there is none.

    >>> budget_fund({"budget": {"fund": "pool"}, "params": {"pool": {"value": "flood"}}})
    'flood'
    >>> budget_fund({"budget": {"fund": "'flood'"}})
    'flood'
    """
    budget, params = document.get("budget"), document.get("params")
    text = budget.get("fund") if isinstance(budget, dict) else None
    if not isinstance(text, str):
        return ""
    param = params.get(text) if isinstance(params, dict) else None
    return str(param.get("value")) if isinstance(param, dict) else text.strip("'\"")


def reads_money(document: Mapping[str, Value]) -> bool:
    """Whether a contract could read an amount: of its kinds, of what its facts find, or a param.

    >>> reads_money({"kinds": ["stock.count"]}), reads_money({"kinds": ["donation.receive"]})
    (False, True)
    """
    catalogue = catalogue_for(_ANY)
    kinds = document.get("kinds")
    read = [str(kind) for kind in kinds] if isinstance(kinds, list) else []
    records: list[str] = []
    for fact in _objects(document.get("facts")):
        read.append(str(fact.get("of")))
        records += [str(fact.get(form)) for form in ("record", "dated", "list")]
    found = [catalogue.kinds.get(name) for name in read]
    found += [catalogue.records.get(name) for name in records]
    amounts = [one.get("type") == "money" for one in _objects(document.get("params"))]
    return any(amounts) or any(map(_has_money, found))


def _objects(value: Value | None) -> list[dict[str, Value]]:
    """The values of an object that are objects."""
    return [one for one in value.values() if isinstance(one, dict)] if isinstance(
        value, dict) else []  # fmt: skip


_ANY: Final = "XTS"
"""The code that ISO 4217 keeps for tests: no currency has it."""


def _has_money(found: Type | None) -> bool:
    match found:
        case Int(unit):
            return any(name == _ANY for name, _ in unit.powers)
        case ListOf(item):
            return _has_money(item)
        case Record():
            return any(_has_money(field.type) for field in found.fields)
        case _:
            return False


def named_currencies(document: Mapping[str, Value]) -> list[str]:
    """The currencies that the declared types of a document name, sorted.

    >>> named_currencies({"params": {"each": {"type": "int[TWD/person](0..9)", "value": 1}}})
    ['TWD']
    """
    found: dict[str, None] = {}
    for part in ("params", "facts"):
        forms = document.get(part)
        for form in forms.values() if isinstance(forms, dict) else ():
            text = form.get("type") if isinstance(form, dict) else None
            units = _UNIT.findall(text) if isinstance(text, str) else ()
            found.update(dict.fromkeys(code for unit in units for code in _CODE.findall(unit)))
    return sorted(found)


_UNIT = re.compile(r"int\[([^\]]{1,80})\]")
_CODE = re.compile(r"(?<![A-Za-z0-9_])[A-Z]{3}(?![A-Za-z0-9_])")


def minor_of(state: State, currency: str) -> int:
    """Digits of the minor unit of a currency of the ledger."""
    row = state.get("catalogue", f"currency/{currency}")
    found = row.get("minor") if isinstance(row, dict) else None
    return found if isinstance(found, int) else 2


def is_about(rows: Sequence[Mapping[str, Value]], currency: str) -> bool:
    """Whether a contract in `currency` judges a statement with these views.

    One that moves no money, or names no currency, is judged by the contracts of all.
    """
    return all(row.get("currency", "") in ("", currency) for row in rows)


def cause_name(kind: str, view: Mapping[str, Value]) -> str:
    """How statements that this one causes remember it (`it.cause`): its own name, or its id."""
    return str(view[VIEWS[kind].names or "statement"])


def judged_views(it: Judged) -> Rows:
    """The values of `it`, one or one a row; none for a kind that contracts do not speak of."""
    view = VIEWS.get(it.kind)
    return [] if view is None else rows_of(view, it)
