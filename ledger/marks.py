"""Marks: under which names, and in which order, rows of the state are found.

Some laws walk rows in an order: free intervals of a fund line, living lots at a site by expiry,
legs by due date. `marks_of` derives from a row its (mark, order) pairs; a reader keeps them in an
ordered index. Marks follow from the rows alone and are no part of the state root.

    >>> marks_of("households", "5a1e", {"area": "east"})
    (('east', '5a1e'),)
"""

from collections.abc import Callable, Mapping

from ledger.canon import Value

TIME_MAX = 10**12 - 1
"""Sorts after every date in twelve digits: a lot without expiry, a leg without due date."""

DATED = ("forecast", "need", "price")
"""Classes of the catalogue of which every date has a row of its own (`ledger.dated`)."""

Mark = tuple[str, str]
"""(mark, order): rows with the same mark are found in the order of their orders."""


def marks_of(table: str, key: str, value: Value) -> tuple[Mark, ...]:
    """The marks under which a row is found by `State.scan`.

    table        mark -> order
    keys         of authors: `of/{actor}` -> key
    line         `{line}` -> start; `{line}/{top label}` -> start
    origin       `{line}` -> start
    lots         that live: `{item}@{place}` -> expiry and id
    legs         that lapse by themselves: `lapse` -> due and key; reservations that keep something:
                 `kept/{item}/{site}` -> due and key; open loans: `loan/{borrower}` -> due and key
    catalogue    dated figures: series -> from; `lines/{fund}` -> line; `below/{parent}` -> area;
                 `sites/{area}` -> site; `currencies` -> code
    households   that take part: `{area}` -> tag
    accounts     of goods at a site: `site:{site}` -> item
    runs         that go on: `running` -> cause and contract
    proposals    `of/{contract}` -> entry; `text/{hash}` -> entry; those that are open: `open` and
                 `open/{member}` -> until and statement, by the member whose voice came with it
    facts        as `contracts.facts.rows` says: `{index}/{key}` -> time, value or bucket; what is
                 owed to an index: `{index}!` -> entry
    """
    marks = _MARKS.get(table)
    return () if marks is None else marks(key, value)


def _key_marks(key: str, value: Value) -> tuple[Mark, ...]:
    assert isinstance(value, list)
    return ((f"of/{value[3]}", key),) if value[2] == "author" else ()


def _line_marks(key: str, value: Value) -> tuple[Mark, ...]:
    assert isinstance(value, list)
    stack = value[1]
    assert isinstance(stack, list)
    line, start = key[:-17], key[-16:]
    return (line, start), (f"{line}/{stack[-1]}", start)


def _origin_marks(key: str, value: Value) -> tuple[Mark, ...]:
    return ((key[:-17], key[-16:]),)


def _lot_marks(key: str, value: Value) -> tuple[Mark, ...]:
    assert isinstance(value, dict)
    if "spent" in value:
        return ()
    order = f"{value.get('expiry', TIME_MAX):012d}/{key}"
    return ((f"{value['item']}@{value['place']}", order),)


def _leg_marks(key: str, value: Value) -> tuple[Mark, ...]:
    assert isinstance(value, dict)
    if "lapse" in value:
        order = f"{value['lapse']:012d}/{key}"
        if value.get("kind") == "stock.reserve" and value["left"]:
            return ("lapse", order), (f"kept/{value['item']}/{value['site']}", order)
        return (("lapse", order),)
    if value.get("kind") == "asset.lend" and "closed" not in value:
        return ((f"loan/{value['borrower']}", f"{value['due']:012d}/{key}"),)
    return ()


def _catalogue_marks(key: str, value: Value) -> tuple[Mark, ...]:
    series, _, last = key.rpartition("/")
    class_ = series.partition("/")[0]
    if class_ in DATED:
        return ((series, last),)
    if series == "currency":
        return (("currencies", last),)
    above = _ABOVE.get(class_)
    if above is None or not isinstance(value, dict) or above[1] not in value:
        return ()
    return ((f"{above[0]}/{value[above[1]]}", last),)


_ABOVE = {"area": ("below", "parent"), "line": ("lines", "fund"), "site": ("sites", "area")}
"""Class of the catalogue -> how its marks begin, and the field that names what it belongs to."""


def _household_marks(key: str, value: Value) -> tuple[Mark, ...]:
    assert isinstance(value, dict)
    return () if "retired" in value else ((str(value["area"]), key),)


def _account_marks(key: str, value: Value) -> tuple[Mark, ...]:
    item, slash, account = key.partition("/")
    return ((account, item),) if slash and account.startswith("site:") else ()


def _fact_marks(key: str, value: Value) -> tuple[Mark, ...]:
    index, what = key[:32], key[32]
    if what == "!":
        return ((key[:33], key[33:]),) if len(key) > 33 else ()
    assert isinstance(value, list)
    if what == ":":
        bucket, _, group = key[33:].partition(":")
        return ((f"{index}/{group}", bucket),)
    if what != "@" or value[0] not in ("t", "v") or value[4] == "gone":
        return ()
    entry, _, n = key[33:].partition("/")
    place = value[2] if value[0] == "t" else value[3]
    assert isinstance(place, int)
    # The middle of all integers is added, so that negative ones sort before the others.
    first = f"{place:012d}" if value[0] == "t" else f"{place + 2**53:017d}"
    return ((f"{index}/{value[1]}", f"{first}/{entry}/{int(n):04d}"),)


def _run_marks(key: str, value: Value) -> tuple[Mark, ...]:
    assert isinstance(value, dict)
    return (("running", key[4:]),) if value.get("state") == "running" else ()


def _proposal_marks(key: str, value: Value) -> tuple[Mark, ...]:
    assert isinstance(value, dict)
    entry = f"{value['entry']:012d}"
    found = (f"of/{value['contract']}", entry), (f"text/{value['hash']}", entry)
    if value["state"] != "open":
        return found
    order = f"{value['until']:012d}/{key}"
    return *found, ("open", order), (f"open/{proposed_by(key, value)}", order)


def proposed_by(statement: str, row: Mapping[str, Value]) -> str:
    """The first member whose voice came with a proposal; "" where it came with none."""
    voices = row["voices"]
    first = voices[0] if isinstance(voices, list) and voices else None
    return str(first[0]) if isinstance(first, list) and first[1] == statement else ""


_MARKS: Mapping[str, Callable[[str, Value], tuple[Mark, ...]]] = {
    "keys": _key_marks,
    "line": _line_marks,
    "origin": _origin_marks,
    "lots": _lot_marks,
    "legs": _leg_marks,
    "catalogue": _catalogue_marks,
    "households": _household_marks,
    "accounts": _account_marks,
    "facts": _fact_marks,
    "runs": _run_marks,
    "proposals": _proposal_marks,
}

MARKED = frozenset(_MARKS)
"""The tables of which some rows have marks."""
