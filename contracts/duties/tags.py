"""What kind of name a text is: the tag of the expression that gave it.

A field of a verb is declared `str`, and any tag fits there; what the text names (a household, a
site) is known from the type that its expression has by itself, before it is handed over.

    raise_alert: {code: "'below-floor'", subject: here.id}      here.id is str<site>: site/{text}
"""

from contracts.documents.compiled import CompiledEffect, Contract
from contracts.rcel.checker import Checker
from contracts.rcel.errors import StaticError
from contracts.rcel.rules import settled
from contracts.rcel.types import Str, Type, parse_type


def tag_of(contract: Contract, effect: CompiledEffect, field: str) -> str:
    """The tag of the text that a field of an effect has; "" where it has none."""
    for name, expression, _ in effect.fields:
        if name == field:
            try:
                found = settled(Checker(scope_of(contract)).whole(expression.tree).type)
            except StaticError:
                # It computes with a param whose type only the catalogue can tell.
                return ""
            return (found.tag or "") if isinstance(found, Str) else ""
    return ""


def scope_of(contract: Contract) -> dict[str, Type]:
    """Every name that an effect may read, with its type, as the contract was compiled."""
    found: dict[str, Type] = {}
    for param in contract.document.params:
        try:
            found[param.name] = parse_type(param.type, {}, {})
        except StaticError:
            # The name of a type, which only the catalogue can tell: a number, never a tag.
            found[param.name] = parse_type("int(0..0)", {}, {})
    found["it"] = contract.it
    if contract.foreach is not None:
        found[contract.foreach.name] = contract.foreach.type
    found.update((fact.name, fact.type) for fact in contract.facts)
    found.update((name, expression.type) for name, expression in contract.lets)
    return found
