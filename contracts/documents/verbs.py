"""What effects may do: a closed list of verbs, each with the types of its fields.

A verb makes a statement of the kind it `causes`, or none (a task, a note, a flag). Gates may only
ask, tell and mark; value moves by triggers alone. Specification: `docs/spec/contract-document.md`,
effects.

    >>> [name for name, verb in VERBS.items() if verb.by_gates]
    ['open_approval', 'raise_alert', 'notify', 'set_flag']
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.documents.catalogued import Catalogue
from contracts.rcel.types import Field, Record, parse_type


@dataclass(frozen=True, slots=True)
class Verb:
    """`fields`: name -> declared type; `causes`: kind of the derived statement, "" for none.

    `by_gates`: a gate may use it. `spends`: it moves money, so that a budget must stand over it.
    """

    fields: Mapping[str, str]
    causes: str = ""
    by_gates: bool = False
    spends: bool = False


_GOODS: Final = {"item": "str<item>", "qty": "int[unit](1..1000000000)"}

VERBS: Final[Mapping[str, Verb]] = {
    "pay": Verb(
        {"to": "str", "amount": "money", "fund": "str<fund>", "purpose": "str<purpose>"},
        causes="disbursement.instruct",
        spends=True,
    ),
    "transfer": Verb({"from": "str<site>", "to": "str<site>", **_GOODS}, causes="shipment.order"),
    "request_transfer": Verb(
        {"from": "str<site>", "to": "str<site>", "mass": "mass"}, causes="shipment.order"
    ),
    "reserve": Verb({"site": "str<site>", **_GOODS, "expires_in": "span"}, causes="stock.reserve"),
    "open_approval": Verb(
        {"subject": "str", "min_orgs": "int(1..9)", "expires_in": "span"}, by_gates=True
    ),
    "raise_alert": Verb({"code": "str", "subject": "str"}, causes="case.open", by_gates=True),
    "notify": Verb({"to": "str", "code": "str", "subject": "str"}, by_gates=True),
    "set_flag": Verb({"subject": "str", "flag": "str", "on": "bool"}, by_gates=True),
}


def kind_caused(verb: str, kind: str) -> str:
    """The kind of statement that a verb makes for a contract of this kind; "" for none.

    An approval that a gate asks for is what its hold waits for; a trigger has no hold, and opens a
    case as a task.
    """
    return "case.open" if (verb, kind) == ("open_approval", "trigger") else VERBS[verb].causes


def fields_of(verb: str, catalogue: Catalogue) -> Record:
    """The fields of a verb with the types that the catalogue gives to `money`, `mass`, `span`."""
    fields = VERBS[verb].fields.items()
    return Record(
        verb, tuple(Field(name, parse_type(text, catalogue.types, {})) for name, text in fields)
    )
