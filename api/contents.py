"""What a statement says, field by field, in words: also where it moved nothing.

    contents(body, names)   [Fact("Where", "East School Shelter"), Fact("Goods", "Rice 10 kg") ..]

Effects say what came of a statement; this says what was asked for or reported, which is all that
there is of one that was refused, and of one that moves nothing (a household enrolled, a role
granted). Fields are told alike in every kind. What is sealed, a fingerprint or an id stays in the
technical part of the page: it says nothing to a reader.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.figures import grouped, plain
from api.messages import say
from api.names import Names
from api.words import REASONS, ROLES, SOURCES, word

LINES_MAX: Final = 8
"""Goods, names and the like that are told one by one; of more it is told how many there are."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a list of facts."""

    label: str
    text: str


def contents(body: Mapping[str, Any], names: Names) -> list[Fact]:
    """The fields of a body that say something to a reader, in the order of `FIELDS`."""
    found = []
    for field, label, tell in FIELDS:
        if field in body:
            text = tell(body[field], body, names)
            if text:
                found.append(Fact(say(label, names.language), plain(text)))
    return found


def joined(texts: Sequence[str], language: str) -> str:
    """The texts as one, cut after `LINES_MAX` of them."""
    more = len(texts) - LINES_MAX
    told = say("separator", language).join(texts[:LINES_MAX])
    return told + (say("and_more", language, n=grouped(more)) if more > 0 else "")


# --- goods


def _line(line: Mapping[str, Any], names: Names) -> str:
    item = str(line["item"]) if "item" in line else names.item_of_lot(str(line.get("lot", "")))
    counts = [line[name] for name in ("quantity", "counted") if name in line]
    if not counts:
        # An arrival: what came well; damaged and lost stand among the effects.
        counts = [line["good"]] if "good" in line else []
    if not item:
        return grouped(counts[0]) if counts else ""
    text = names.amount(item, counts[0]) if counts else names.item(item)
    if "counted" in line:
        text = say("counted", names.language, text=text)
    written = str(line.get("as_written", ""))
    return f"{text} {say('as_written', names.language, text=written)}" if written else text


def _lines(value: Sequence[Any], body: Mapping[str, Any], names: Names) -> str:
    text = joined([told for line in value if (told := _line(line, names))], names.language)
    return say("for_each", names.language, text=text) if text and "tags" in body else text


def _item(value: str, body: Mapping[str, Any], names: Names) -> str:
    return names.amount(value, body["quantity"]) if "quantity" in body else names.item(value)


# --- money


def _currency(line: str, names: Names) -> str:
    row = names.row("catalogue", f"line/{line}")
    return str(row["currency"]) if isinstance(row, dict) else ""


def _money(line: str, amount: int, names: Names) -> str:
    currency = _currency(line, names)
    shown = names.amount(currency, amount) if currency else grouped(amount)
    return f"{shown} · {names.line(line)}"


def _amount(value: int, body: Mapping[str, Any], names: Names) -> str:
    """Of a line that the statement names; elsewhere the effects say it."""
    return _money(str(body["line"]), value, names) if "line" in body else ""


def _sum(value: int, body: Mapping[str, Any], names: Names) -> str:
    return _money(str(body["line"]), value, names)


def _milestones(value: Sequence[Any], body: Mapping[str, Any], names: Names) -> str:
    told = [
        f"{names.own(each) if 'names' in each else each['id']}"
        f"{say('colon', names.language)}{_money(str(body['line']), each['amount'], names)}"
        for each in value
    ]
    return joined(told, names.language)


def _retention(value: Mapping[str, Any], body: Mapping[str, Any], names: Names) -> str:
    return say("kept_back", names.language, n=str(value["percent"]), days=grouped(value["days"]))


def _price(value: int, body: Mapping[str, Any], names: Names) -> str:
    price = names.amount(str(body["currency"]), value)
    quantity = names.amount(str(body["item"]), int(body.get("per", 1)))
    return say("price_of", names.language, price=price, quantity=quantity)


def _draws(value: Sequence[Any], body: Mapping[str, Any], names: Names) -> str:
    return joined([_money(str(d["line"]), d["amount"], names) for d in value], names.language)


def _rights(value: Mapping[str, Any], body: Mapping[str, Any], names: Names) -> str:
    return _money(str(value["line"]), value["amount"], names)


# --- people and places


def _site(value: str, body: Mapping[str, Any], names: Names) -> str:
    return names.site(value)


def _area(value: str, body: Mapping[str, Any], names: Names) -> str:
    return names.area(value)


def _member(value: Any, body: Mapping[str, Any], names: Names) -> str:
    # `member.enrol` brings the names along; a hand-out names the member alone.
    return names.own(value) if isinstance(value, Mapping) else names.member(str(value))


def _actor(value: str, body: Mapping[str, Any], names: Names) -> str:
    member, _, code = value.partition("/")
    return f"{names.member(member)} ({code})"


def _actors(value: Sequence[Any], body: Mapping[str, Any], names: Names) -> str:
    people = [
        f"{_actor(str(one['id']), body, names)}{say('colon', names.language)}"
        f"{_roles(one['roles'], body, names)}"
        for one in value
    ]
    return joined(people, names.language)


def _roles(value: Sequence[Any], body: Mapping[str, Any], names: Names) -> str:
    return say("comma", names.language).join(word(ROLES, str(r), names.language) for r in value)


def _payee(value: Any, body: Mapping[str, Any], names: Names) -> str:
    # What is owed names a sealed tag alone: who is to be paid is known when it is instructed.
    return names.account(f"paid:{value['class']}") if isinstance(value, Mapping) else ""


def _source(value: Any, body: Mapping[str, Any], names: Names) -> str:
    if not isinstance(value, Mapping):
        return ""
    kind = word(SOURCES, str(value["kind"]), names.language)
    party = value.get("party")
    return f"{kind} · {names.member(str(party))}" if party else kind


# --- the rest


def _own_names(value: Sequence[Any], body: Mapping[str, Any], names: Names) -> str:
    return joined([names.own(each) for each in value], names.language)


def _areas(value: Sequence[Any], body: Mapping[str, Any], names: Names) -> str:
    # An alert names areas; the catalogue brings their names along.
    told = [names.own(each) if isinstance(each, Mapping) else names.area(each) for each in value]
    return joined(told, names.language)


def _currencies(value: Sequence[Any], body: Mapping[str, Any], names: Names) -> str:
    return joined([str(each["code"]) for each in value], names.language)


def _programme(value: str, body: Mapping[str, Any], names: Names) -> str:
    return names.programme(value)


def _reason(value: str, body: Mapping[str, Any], names: Names) -> str:
    return word(REASONS, str(value), names.language)


def _count(value: int, body: Mapping[str, Any], names: Names) -> str:
    return grouped(value)


def _how_many(value: Sequence[Any], body: Mapping[str, Any], names: Names) -> str:
    return grouped(len(value))


def _text(value: Any, body: Mapping[str, Any], names: Names) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _time(value: Any, body: Mapping[str, Any], names: Names) -> str:
    return names.clock(value) if isinstance(value, int) else ""


def _right(value: Mapping[str, Any], body: Mapping[str, Any], names: Names) -> str:
    return f"{value['cycle']} · {_reason(value['purpose'], body, names)}"


def _window(value: Mapping[str, Any], body: Mapping[str, Any], names: Names) -> str:
    return f"{names.clock(value['from'])} – {names.clock(value['to'])}"


Tell = Callable[[Any, Mapping[str, Any], Names], str]

FIELDS: Final[Sequence[tuple[str, str, Tell]]] = (
    # field of a body, its label in `api.messages`, how its value is told
    ("organisations", "f_organisations", _own_names),
    ("organisation", "f_organisation", _member),
    ("currencies", "f_currencies", _currencies),
    ("actor", "f_person", _actor),
    ("actors", "f_people", _actors),
    ("roles", "f_roles", _roles),
    ("items", "f_items", _own_names),
    ("alert", "f_alert", _text),
    ("hazard", "f_hazard", _reason),
    ("level", "f_level", _count),
    ("areas", "f_areas", _areas),
    ("sites", "f_sites", _own_names),
    ("funds", "f_funds", _own_names),
    ("programmes", "f_programmes", _own_names),
    ("amount", "f_money", _amount),
    ("total", "f_money", _amount),
    ("count", "f_gifts", _count),
    ("draws", "f_money", _draws),
    ("money", "f_each", _rights),
    ("lines", "f_goods", _lines),
    ("item", "f_goods", _item),
    ("goods", "f_goods", _lines),
    ("condition", "f_condition", _reason),
    ("sum", "f_money", _sum),
    ("milestones", "f_milestones", _milestones),
    ("milestone", "f_milestones", _text),
    ("retention", "f_retention", _retention),
    ("verdict", "f_verdict", _reason),
    ("finding", "f_verdict", _reason),
    ("measure", "f_measure", _reason),
    ("class", "f_class", _reason),
    ("subjects", "f_subjects", _how_many),
    ("contract", "f_contract", _text),
    ("mode", "f_mode", _reason),
    ("not_before", "f_not_before", _time),
    ("expires", "f_due", _time),
    ("rule", "f_rule", _text),
    ("unit_price", "f_price", _price),
    ("sources", "f_sources", _how_many),
    ("at", "f_at", _time),
    ("method", "f_method", _reason),
    ("rows", "f_households", _how_many),
    ("tags", "f_households", _how_many),
    ("persons", "f_persons", _count),
    ("source", "f_source", _source),
    ("owner", "f_owner", _member),
    ("borrower", "f_borrower", _member),
    ("contractor", "f_contractor", _member),
    ("site", "f_site", _site),
    ("from", "f_from", _site),
    ("to", "f_to", _site),
    ("payee", "f_payee", _payee),
    ("area", "f_area", _area),
    ("purpose", "f_purpose", _reason),
    ("entitlement", "f_right", _right),
    ("cycle", "f_cycle", _text),
    ("programme", "f_programme", _programme),
    ("window", "f_window", _window),
    ("carrier", "f_carrier", _member),
    ("waybill", "f_waybill", _text),
    ("basis", "f_basis", _text),
    ("number", "f_number", _text),
    ("due", "f_due", _time),
    ("until", "f_due", _time),
    ("state", "f_state", _reason),
    ("cause", "because", _reason),
    ("reason", "because", _reason),
)
