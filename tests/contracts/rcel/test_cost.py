"""Static cost: the figures of six contracts, and the limit.

Goal: the cost of an expression is the same number everywhere and for ever.
Method: the rules of six contracts with their declared types, added up by contract; lists and nested
macros at the limit and above.
"""

import pytest

from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.expression import compile_expression
from contracts.rcel.limits import COST_MAX
from contracts.rcel.types import Field, Record, Type, parse_type

ALIASES = {
    "time": parse_type("int[time](0..9999999999)", {}, {}),
    "span": parse_type("int[s](0..31536000)", {}, {}),
    "money": parse_type("int[TWD](0..1000000000000)", {}, {}),
    "mass": parse_type("int[g](0..100000000000)", {}, {}),
}
RECORDS: dict[str, Record] = {}


def kind(text: str) -> Type:
    return parse_type(text, ALIASES, RECORDS)


def record(name: str, **fields: str) -> Record:
    RECORDS[name] = Record(name, tuple(Field(one, kind(text)) for one, text in fields.items()))
    return RECORDS[name]


HOUSEHOLD = record("household", id="str<tag>", persons="int[person](0..60)", eligible="bool",
                   bank_verified="bool")  # fmt: skip
record("draw", line="str<line>", purposes="list<str<purpose>>(16)", areas="list<str<area>>(32)")
record("approval", by="str<person>", org="str<org>")
TIER = record("tier", id="str<site>", stock="mass", persons="int[person](0..50000000)",
              surplus="int[g](-100000000000..100000000000)")  # fmt: skip
AREA = record("area", declared="bool")
FUND = record("fund", id="str<fund>", available="money")
PRICE = record("price", unit_price="int[TWD/unit](0..100000000)", sources="int(0..20)", at="time")
INSTRUCT = record(
    "instruct", amount="money", purpose="str<purpose>", area="str<area>", initiator="approval",
    payee_org="str<org>", approvals="list<approval>(8)", draws="list<draw>(64)", auto="bool",
)  # fmt: skip
HANDOUT = record("handout", item_class="str<itemclass>", qty="int[parcel](1..10000)")
ACCEPT = record("accept", at="time", qty="int[unit](1..1000000)", owner_confirmed="bool")

CONTRACTS = {
    # name: (its cost, its scope, `let`, then rules and conditions of effects)
    "household-food-cap": (
        17,
        {"it": HANDOUT, "household": HOUSEHOLD, "area": AREA,
         "received": kind("int[parcel](0..100000)"),
         "per_person": kind("int[parcel/person](0..20)")},
        {"cap": "per_person * household.persons", "left": "cap - received"},
        ["area.declared", "household.eligible", "received + it.qty <= cap"],
    ),
    "earmark": (
        9_742,
        {"it": INSTRUCT},
        {"bad_purpose": "it.draws.filter(d, size(d.purposes) > 0 && !(it.purpose in d.purposes))"
                        ".map(d, d.line)",
         "bad_area": "it.draws.filter(d, size(d.areas) > 0 && !(it.area in d.areas))"
                     ".map(d, d.line)"},
        ["it.draws.all(d, size(d.purposes) == 0 || it.purpose in d.purposes)",
         "it.draws.all(d, size(d.areas) == 0 || it.area in d.areas)"],
    ),
    "four-eyes": (
        163,
        {"it": INSTRUCT, "threshold": kind("money"), "big": kind("money"), "wait": kind("span")},
        {"valid": "it.approvals.filter(a, a.by != it.initiator.by && a.org != it.payee_org)",
         "orgs": "valid.map(a, a.org).distinct()",
         "needed": "it.amount > big ? 3 : (it.amount > threshold ? 2 : 0)"},
        ["size(orgs) >= needed", "size(orgs) < needed"],
    ),
    "alert-relief-money": (
        37,
        {"h": HOUSEHOLD, "fund": FUND, "paid_before": kind("int(0..1000000)"),
         "base": kind("money"), "per_person": kind("int[TWD/person](0..100000000)"),
         "max_people": kind("int[person](0..60)")},
        {"amount": "base + per_person * math.least(h.persons, max_people)",
         "ready": "h.eligible && paid_before == 0"},
        ["ready && h.bank_verified && amount <= fund.available", "ready && !h.bank_verified",
         "ready && h.bank_verified && amount > fund.available"],
    ),
    "requisition-compensation": (
        39,
        {"it": ACCEPT, "ref": PRICE, "percent": kind("int(100..200)"), "fresh": kind("span"),
         "auto_max": kind("money")},
        {"usable": "ref.sources >= 2 && it.at - ref.at <= fresh",
         "due": "mulDivHalfUp(ref.unit_price * it.qty, percent, 100)"},
        ["usable && it.owner_confirmed && due <= auto_max",
         "usable && (!it.owner_confirmed || due > auto_max)", "!usable"],
    ),
    "reserve-floor": (
        49,
        {"here": TIER, "above": kind("list<tier>(3)"), "open": kind("int(0..1000)"),
         "floor": kind("int[g/person](0..100000)"), "target": kind("int(100..300)")},
        {"must": "floor * here.persons", "want": "mulDivCeil(must, target, 100)",
         "short": "want - here.stock", "low": "here.stock < must && open == 0",
         "givers": "above.filter(a, a.surplus >= short)"},
        ["low && size(givers) > 0", "low && size(givers) == 0"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRACTS)
def test_six_contracts(name: str) -> None:
    wanted, facts, let, rules = CONTRACTS[name]
    scope = dict(facts)
    cost = 0
    for one, text in let.items():
        found = compile_expression(text, scope)
        scope[one] = found.type
        cost += found.cost
    cost += sum(compile_expression(text, scope).cost for text in rules)
    assert cost == wanted


SCOPE = {
    "xs": kind("list<int(0..9)>(62)"),
    "ys": kind("list<int(0..9)>(64)"),
    "n": kind("int(0..9)"),
}


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("n", 1),
        ("n + 1", 3),
        ("-n", 2),
        ("n > 0 ? n : 1", 6),
        ("[n, 1]", 3),
        ("xs[0]", 3),
        ("size(xs)", 2),
        ("math.least(n, 1)", 3),
        ("mulDivFloor(n, 1, 2)", 4),
        ("n in xs", 3 + 62),
        ("n in [1, 2, 3]", 1 + 1 + 4 + 3),
        ("xs.sum()", 2 + 62),
        ("xs.distinct()", 2 + 62),
        ("xs.all(x, true)", 2 + 62 * 2),
        ("xs.map(x, x + 1)", 2 + 62 * 4),
        ("xs.filter(x, x > 0).map(x, x)", 1 + (2 + 62 * 4) + 62 * 2),
        ("[].all(x, true)", 2),
    ],
)
def test_costs(text: str, cost: int) -> None:
    assert compile_expression(text, SCOPE).cost == cost


def test_the_limit_and_one_more() -> None:
    scope = {**SCOPE, "zs": kind("list<int(0..9)>(58)")}
    # 2 + 62 * (1 + 62) for the macro, 1 for `&&`, 3 + 2 * 44 for `in`: 4,000.
    text = f"xs.all(x, -n in zs) && n in [{', '.join('1' * 44)}]"
    assert compile_expression(text, scope).cost == COST_MAX
    with pytest.raises(StaticError) as caught:
        compile_expression(text.replace("&& n", "&& -n"), scope)
    assert caught.value.code is StaticCode.COST
    assert caught.value.values == {"count": COST_MAX + 1, "most": COST_MAX}
