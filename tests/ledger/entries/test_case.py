"""`case.*`: from a complaint to its end, without a word of it on the log.

Goal: a case takes each step from the states that allow it, by somebody whom it does not concern; the
counters are those of the cases that are open; of a sensitive class the log has class and counter only.
Method: each kind from each state by one table; who is inside by each kind of subject; then, through the
whole machine, the signers of a statement.
"""

from itertools import product
from typing import Any

import pytest
from books import NOON, Books, Ran
from ledgers import TestLedger, founded, test_key

from ledger.cases import CLASSES_MAX, SENSITIVE, members_inside, open_cases
from ledger.state import State

DAY = 86_400
RELIEF = "organisation/relief"


@pytest.fixture
def books() -> Books:
    return Books()


def start(books: Books, *subjects: str, **change: Any) -> str:
    body = {"class": "aid", "subjects": list(subjects or (RELIEF,)), **change}
    return books.ok("case.open", body, "relief/payer").id


def step(books: Books, verb: str, case: str, signer: str = "", **change: Any) -> Ran:
    body: dict[str, Any] = {
        "assign": {"due": NOON + 5 * DAY, "organisation": "county"},
        "respond": {},
        "decide": {"finding": "upheld"},
        "appeal": {},
        "close": {"reason": "settled"},
    }[verb]
    usual = {"decide": "county/decider", "respond": "relief/payer", "appeal": "relief/payer"}
    return books.run(
        f"case.{verb}",
        {"case": case, **body, **change},
        signer or usual.get(verb, "county/officer"),
    )


def test_anybody_opens_a_case_and_the_log_has_class_and_subjects(books: Books) -> None:
    ran = books.ok(
        "case.open",
        {
            "class": "aid",
            "due": NOON + DAY,
            "seals": {"contact": "a" * 64, "words": "b" * 64},
            "subjects": ["site/school", f"household/{'0' * 32}"],
        },
        "county/counter",
    )
    assert ran.moves == []
    assert books.row("legs", ran.id) == {
        "appeals": 0,
        "class": "aid",
        "due": NOON + DAY,
        "entry": ran.index,
        "kind": "case.open",
        "opened": NOON,
        "responses": 0,
        "state": "open",
        "subjects": ["site/school", f"household/{'0' * 32}"],
    }
    assert books.row("flags", "class/aid") == [1, 0]
    assert books.row("flags", "case/site/school") == [["aid", 1]]
    assert books.row("index", f"case/{ran.id}")[0] == 1


def test_from_its_opening_to_its_end(books: Books) -> None:
    case = start(books)
    for verb in ("assign", "respond", "decide", "appeal"):
        assert step(books, verb, case).code == "ok", verb
    books.add_actor("county/second", "decider")
    last = step(books, "decide", case, "county/second", finding="rejected", measure="none")
    assert last.code == "ok"
    ran = step(books, "close", case)
    assert ran.code == "ok"
    row = books.row("legs", case)
    assert (row["state"], row["closed"]) == ("closed", ran.id)
    assert (row["finding"], row["measure"]) == ("rejected", "none")
    assert row["decided"] == ["county", "second"]
    assert (row["appeals"], row["responses"], row["assigned"]) == (1, 1, "county")
    assert books.row("flags", "class/aid") == [1, 1]
    assert books.row("flags", f"case/{RELIEF}") is None
    assert books.row("index", f"case/{case}")[0] == 7


def to(books: Books, state: str) -> str:
    """A case in this state."""
    case = start(books)
    path = {
        "open": [],
        "assigned": ["assign"],
        "decided": ["decide"],
        "appealed": ["decide", "appeal"],
        "closed": ["close"],
    }
    for verb in path[state]:
        assert step(books, verb, case).code == "ok"
    return case


ALLOWED = {
    "assign": {"open": "assigned", "assigned": "assigned", "appealed": "appealed"},
    "respond": {state: state for state in ("open", "assigned", "decided", "appealed")},
    "decide": {"open": "decided", "assigned": "decided", "appealed": "decided"},
    "appeal": {"decided": "appealed"},
    "close": {"open": "closed", "assigned": "closed", "decided": "closed"},
}


@pytest.mark.parametrize(
    ("verb", "state"),
    list(product(ALLOWED, ("open", "assigned", "decided", "appealed", "closed"))),
)
def test_each_step_from_each_state(books: Books, verb: str, state: str) -> None:
    case = to(books, state)
    books.add_actor("county/second", "decider")
    before = books.row("legs", case)
    ran = step(books, verb, case, "county/second" if verb == "decide" else "")
    if state in ALLOWED[verb]:
        assert (ran.code, books.row("legs", case)["state"]) == ("ok", ALLOWED[verb][state])
        return
    assert books.row("legs", case) == before
    if verb == "decide":
        assert ran.code == "not_open"
    else:
        assert ran.breaches == (("not_open", f"case/{case}", 0),)


def test_an_appeal_is_decided_by_another_person(books: Books) -> None:
    case = to(books, "appealed")
    books.add_actor("county/alias", "decider", person="decider")
    assert step(books, "decide", case).code == "same_person"
    assert step(books, "decide", case, "county/alias").code == "same_person"
    books.add_actor("county/second", "decider")
    assert step(books, "decide", case, "county/second").code == "ok"


def test_a_new_decision_takes_the_place_of_the_old_one(books: Books) -> None:
    case = start(books)
    step(books, "decide", case, measure="hand-out-again")
    step(books, "appeal", case)
    books.add_actor("county/second", "decider")
    step(books, "decide", case, "county/second", finding="partly")
    row = books.row("legs", case)
    assert row["finding"] == "partly" and "measure" not in row


# ---- who ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "signer", "code"),
    [
        ("assign", "county/officer", "ok"),
        ("assign", "county/manager", "no_authority"),
        ("assign", "relief/officer", "no_authority"),
        ("decide", "county/decider", "ok"),
        ("decide", "county/officer", "no_authority"),
        ("decide", "relief/decider", "no_authority"),
        ("close", "county/officer", "ok"),
        ("close", "county/decider", "ok"),
        ("close", "county/manager", "no_authority"),
        ("close", "relief/officer", "no_authority"),
        ("respond", "relief/counter", "ok"),
        ("respond", "county/counter", "no_authority"),
    ],
)
def test_who_takes_a_step(books: Books, verb: str, signer: str, code: str) -> None:
    assert step(books, verb, start(books), signer).code == code


def test_who_looks_into_it_may_respond(books: Books) -> None:
    case = start(books)
    step(books, "assign", case)
    assert step(books, "respond", case, "county/counter").code == "ok"


def test_no_cosigner_is_inside_either(books: Books) -> None:
    case = start(books)
    body = {"case": case, "finding": "rejected"}
    assert books.run("case.decide", body, "county/decider", "relief/manager").code == "no_authority"
    assert books.run("case.decide", body, "county/decider", "county/manager").code == "ok"


def test_nobody_inside_is_assigned(books: Books) -> None:
    ran = step(books, "assign", start(books), organisation="relief")
    assert ran.code == "no_authority"


@pytest.mark.parametrize(
    ("subject", "inside"),
    [
        ("organisation/relief", ["relief"]),
        ("site/school", ["relief"]),
        ("site/nowhere", []),
        ("fund/island", ["relief"]),
        ("line/island.general", ["relief"]),
        ("item/rice", []),
        ("area/east", []),
        ("programme/flood", []),
        ("contract/household-food-cap", []),
        (f"household/{'0' * 32}", []),
        (f"lot/{'0' * 64}/r1", []),
        (f"statement/{'0' * 64}", []),
    ],
)
def test_who_is_inside(books: Books, subject: str, inside: list[str]) -> None:
    case = start(books, subject)
    state = State(books.reader)
    book = books._book(state, books.next_id(), attested=True)
    assert members_inside(book, books.row("legs", case)) == inside
    ran = step(books, "close", case, "relief/officer")
    assert ran.code == ("no_authority" if inside else "ok")


def test_who_signed_a_statement_is_inside_a_case_about_it() -> None:
    ledger = founded()
    roles = ["officer", "decider"]
    scope: dict[str, Any] = {"areas": [], "funds": [], "sites": []}
    for name in ("red/oda", "blue/oda"):
        actor = {"id": name, "person": "oda", "roles": roles, "scope": scope}
        say(ledger, "member.enrol", {"actors": [actor]}, "red/ana", "blue/eve")
        key = {"public": test_key(name).public.hex(), "use": "author", "actor": name}
        say(
            ledger,
            "key.enrol",
            key,
            f"{name.partition('/')[0]}/{'ana' if name[0] == 'r' else 'eve'}",
        )
    line = {"condition": "good", "item": "rice", "quantity": 40}
    body = {"lines": [line], "site": "depot", "source": {"kind": "gift"}}
    gift = ledger.statement("stock.receive", body, "red/chen", "red/dai")
    assert ledger.run(gift)[0].code == "ok"
    about = {"class": "goods", "subjects": [f"statement/{gift.id}"]}
    case = ledger.statement("case.open", about, "red/chen")
    assert ledger.run(case)[0].code == "ok"
    ended = {"case": case.id, "reason": "settled"}
    assert say(ledger, "case.close", ended, "red/oda") == "no_authority"
    assert (
        say(ledger, "case.decide", {"case": case.id, "finding": "upheld"}, "red/oda")
        == "no_authority"
    )
    assert say(ledger, "case.decide", {"case": case.id, "finding": "upheld"}, "blue/oda") == "ok"
    assert say(ledger, "case.close", ended, "blue/oda") == "ok"


def say(ledger: TestLedger, kind: str, body: Any, *signers: str) -> str:
    return str(ledger.say(kind, body, *signers).code)


# ---- time, counters, form -----------------------------------------------------------------------


@pytest.mark.parametrize(("after", "late"), [(0, ()), (1, (("late", 1),))])
def test_closing_after_the_due_date_is_late(books: Books, after: int, late: Any) -> None:
    case = start(books, due=NOON + DAY)
    books.time = NOON + DAY + after
    ran = step(books, "close", case)
    assert tuple((code, n) for code, _, n in ran.breaches) == late
    assert books.row("legs", case)["state"] == "closed"


def test_counters_are_those_of_open_cases(books: Books) -> None:
    cases = [start(books, RELIEF, "site/school"), start(books, RELIEF, **{"class": "goods"})]
    state = State(books.reader)
    assert open_cases(state, RELIEF) == {"aid": 1, "goods": 1}
    assert open_cases(state, "site/school") == {"aid": 1}
    step(books, "close", cases[0])
    state = State(books.reader)
    assert open_cases(state, RELIEF) == {"goods": 1}
    assert open_cases(state, "site/school") == {}
    assert books.row("flags", "class/aid") == [1, 1]
    assert books.row("flags", "class/goods") == [1, 0]


def test_of_so_many_classes_the_rest_is_counted_together(books: Books) -> None:
    """However many classes somebody invents, the row of a subject stays short and its sum right."""
    names = [f"class-{n:02}" for n in range(CLASSES_MAX + 3)]
    cases = {name: [start(books, **{"class": name})] for name in names}
    counts = open_cases(State(books.reader), RELIEF)
    assert (len(counts), counts["other"], sum(counts.values())) == (CLASSES_MAX + 1, 3, len(names))
    step(books, "close", cases[names[0]].pop())
    step(books, "close", cases[names[-2]].pop())
    # The place that is free now is taken; the case that was there before closes in its name.
    cases[names[-1]].append(start(books, **{"class": names[-1]}))
    counts = open_cases(State(books.reader), RELIEF)
    assert (counts["other"], sum(counts.values())) == (
        2 if names[-1] in counts else 3,
        len(names) - 1,
    )
    for case in [case for each in cases.values() for case in each]:
        assert step(books, "close", case).code == "ok"
    assert open_cases(State(books.reader), RELIEF) == {}


@pytest.mark.parametrize("class_", SENSITIVE)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "ok"),
        ({"subjects": [RELIEF]}, "malformed"),
        ({"evidence": ["ab" * 32]}, "malformed"),
        ({"seals": {"contact": "a" * 64, "words": "b" * 64}}, "ok"),
    ],
)
def test_of_a_sensitive_case_class_and_counter_only(
    books: Books, class_: str, change: dict[str, Any], code: str
) -> None:
    body = {"class": class_, "subjects": [], **change}
    assert books.run("case.open", body, "county/counter").code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"subjects": []}, "ok"),
        ({"subjects": [f"site/s-{n}" for n in range(16)]}, "ok"),
        ({"subjects": [f"site/s-{n}" for n in range(17)]}, "malformed"),
        ({"subjects": ["site/depot", "site/depot"]}, "malformed"),
        ({"subjects": ["actor/county/payer"]}, "malformed"),
        ({"subjects": ["household/wang-xiao-ming"]}, "malformed"),
        ({"subjects": ["site/Depot"]}, "malformed"),
        ({"words": "he took it"}, "malformed"),
        ({"seals": {"words": "b" * 64}}, "malformed"),
    ],
)
def test_the_form_of_opening(books: Books, change: dict[str, Any], code: str) -> None:
    body = {"class": "aid", "subjects": [RELIEF], **change}
    assert books.run("case.open", body, "county/counter").code == code


@pytest.mark.parametrize("verb", ["assign", "respond", "decide", "appeal", "close"])
def test_a_step_of_no_case(books: Books, verb: str) -> None:
    assert step(books, verb, "ab" * 32).code == "unknown_reference"


@pytest.mark.parametrize("verb", ["assign", "respond", "appeal", "close"])
def test_a_fact_about_what_is_no_case_moves_nothing(books: Books, verb: str) -> None:
    books.set("legs", "cd" * 32, {"kind": "shipment.order", "entry": 0})
    ran = step(books, verb, "cd" * 32)
    assert ran.breaches == (("unknown_reference", f"case/{'cd' * 32}", 0),)


def test_an_organisation_that_nobody_knows_is_not_assigned(books: Books) -> None:
    case = start(books)
    assert step(books, "assign", case, organisation="nobody").code == "unknown_reference"
    body = {"case": case, "due": NOON, "organisation": "nobody"}
    ran = books.run("case.assign", body, "county/officer", waited=True)
    assert ran.breaches == (("unknown_reference", "nobody", 0),)
    assert books.row("legs", case)["state"] == "open"
