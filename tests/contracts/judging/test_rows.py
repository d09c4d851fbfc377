"""Statements with several rows, and corrections: what later rows see, what the entry records.

Goal: a cap on what a household receives holds across the rows of one statement, across a release and its
hand-out, and across a correction's replacements, which are judged as of when what they stand for counted.
Method: a gate with an aggregate in the whole machine; masks handed out to households of a small ledger.
"""

from typing import Any

import pytest
from standinggates import (
    DAY,
    TestLedger,
    cases,
    founded,
    household,
    outcome,
    replayed,
    rule_gate,
    stand,
    statements,
    stock,
    tag,
    told,
)

GIVE, RELEASE = "disbursement.handout", "disbursement.release"


def weekly(most: int, **changes: Any) -> dict[str, Any]:
    """At most so many pieces for a household in seven days, handed out or set aside for it."""
    had = {
        "sum": "qty",
        "of": GIVE,
        "by": {"household": "it.household"},
        "window": "7d",
        "type": "int[parcel](0..9007199254740991)",
    }
    params = {
        "most": {"type": "int[parcel](0..1000)", "value": most},
        "some": {"type": "int[CNY](0..1)", "value": 1},
    }
    return rule_gate(
        "weekly",
        GIVE,
        "had + it.qty <= most",
        **{
            "kinds": [RELEASE, GIVE],
            "facts": {"had": had},
            "params": params,
            "given": {"had": most - 1},
            "good": {"qty": 1},
            "bad": {"qty": 2},
            **changes,
        },
    )


@pytest.fixture
def ledger() -> TestLedger:
    found = founded()
    household(found, 1)
    household(found, 2)
    return found


def give(ledger: TestLedger, lot: str, *rows: tuple[int, int], **changes: Any) -> Any:
    """Hand out: (household, pieces) for each row."""
    back = changes.pop("back", 0)
    body = {
        "cycle": "week-1",
        "purpose": "food",
        "rows": [
            {"lines": [{"lot": lot, "quantity": pieces}], "tag": tag(number)}
            for number, pieces in rows
        ],
        "site": "point",
        **changes,
    }
    return ledger.say(GIVE, body, "blue/fay", occurred_at=ledger.time - back)


def entitle(ledger: TestLedger, pieces: int) -> None:
    """Both households may draw so many masks."""
    body = {
        "cycle": "week-1",
        "lines": [{"item": "n95", "quantity": pieces}],
        "programme": "flood-27",
        "purpose": "food",
        "tags": sorted([tag(1), tag(2)]),
        "window": {"from": ledger.time, "to": ledger.time + DAY},
    }
    answer = ledger.say("entitlement.issue", body, "red/ana")
    assert answer.code == "ok", answer


def would(ledger: TestLedger, answer: Any) -> Any:
    return outcome(ledger, answer).get("would")


def rules(ledger: TestLedger, answer: Any) -> Any:
    return told(ledger, answer)["contracts"][0][2]


def rest_of(ledger: TestLedger) -> str:
    """The lot that the last hand-out left."""
    effects: Any = statements(ledger, GIVE)[-1].outcome["effects"]
    return str(effects["lots"][-1][1])


# ---- later rows see earlier ones ----------------------------------------------------------------


def test_later_rows_see_what_earlier_ones_took(ledger: TestLedger) -> None:
    stand(ledger, weekly(9))
    lot = stock(ledger, 100)
    answer = give(ledger, lot, (1, 5), (2, 9), (1, 4))
    assert would(ledger, answer) is None, "nine for each"
    assert rules(ledger, answer) == {}
    lot = stock(ledger, 100)
    ledger.time += 8 * DAY
    answer = give(ledger, lot, (1, 5), (2, 10), (1, 4), (1, 1))
    assert would(ledger, answer) == "deny"
    assert rules(ledger, answer) == {"rule": {"rows": [1, 3], "verdict": "deny"}}
    assert len(cases(ledger)) == 1, "one case, however many rows"
    replayed(ledger)


def test_what_was_judged_row_by_row_counts_once_afterwards(ledger: TestLedger) -> None:
    stand(ledger, weekly(9))
    lot = stock(ledger, 100)
    give(ledger, lot, (1, 4), (1, 4))
    lot = rest_of(ledger)
    assert would(ledger, give(ledger, lot, (1, 1))) is None
    lot = rest_of(ledger)
    assert would(ledger, give(ledger, lot, (1, 1))) == "deny"


def test_lines_of_a_release_are_hand_outs_to_come(ledger: TestLedger) -> None:
    stand(ledger, weekly(9))
    entitle(ledger, 20)
    lots = [stock(ledger, 50), stock(ledger, 50)]
    right = {"cycle": "week-1", "purpose": "food", "tag": tag(1)}

    def release(*pieces: int) -> Any:
        lines = [{"lot": lot, "quantity": n} for lot, n in zip(lots, pieces, strict=True)]
        body = {"entitlement": right, "lines": lines, "site": "point"}
        return ledger.say(RELEASE, body, "blue/fay", "red/dai")

    refused = release(5, 5)
    assert refused.code == "contract_denied"
    assert rules(ledger, refused) == {"rule": {"rows": [1], "verdict": "deny"}}
    assert release(5, 4).code == "ok"
    assert release(1, 1).code == "contract_denied", "what is set aside counts"
    open_release = statements(ledger, RELEASE)[1].statement.id
    body = {
        "cycle": "week-1",
        "purpose": "food",
        "release": open_release,
        "rows": [
            {
                "lines": [{"lot": lots[0], "quantity": 5}, {"lot": lots[1], "quantity": 4}],
                "tag": tag(1),
            }
        ],
        "site": "point",
    }
    given = ledger.say(GIVE, body, "blue/fay")
    assert (given.code, would(ledger, given)) == ("ok", None), "not beside its own release"
    replayed(ledger)


# ---- corrections --------------------------------------------------------------------------------


def correct(ledger: TestLedger, target: str, *replacements: dict[str, Any]) -> Any:
    body = {
        "replacements": [{"body": one, "kind": GIVE, "v": 1} for one in replacements],
        "say": "Counted again.",
        "targets": [target],
        "why": "incorrect_data",
    }
    return ledger.say("correction.declare", body, "blue/fay", "red/dai")


def given(lot: str, *rows: tuple[int, int]) -> dict[str, Any]:
    return {
        "cycle": "week-1",
        "purpose": "food",
        "rows": [{"lines": [{"lot": lot, "quantity": n}], "tag": tag(who)} for who, n in rows],
        "site": "point",
    }


@pytest.mark.parametrize(("pieces", "failed"), [(9, {}), (10, {"rule": "deny"})])
def test_a_replacement_is_judged_instead_of_what_it_replaces(
    ledger: TestLedger, pieces: int, failed: Any
) -> None:
    stand(ledger, weekly(9))
    lot = stock(ledger, 50)
    wrong = give(ledger, lot, (1, 8))
    answer = correct(ledger, wrong.statement, given(lot, (1, pieces)))
    assert (answer.code == "contract_denied") == bool(failed)
    assert rules(ledger, answer) == failed
    replayed(ledger)


def test_rows_of_all_replacements_are_judged_as_one_statement(ledger: TestLedger) -> None:
    stand(ledger, weekly(9))
    lot = stock(ledger, 50)
    wrong = give(ledger, lot, (1, 8))
    answer = correct(ledger, wrong.statement, given(lot, (1, 5), (2, 9), (1, 5)))
    assert rules(ledger, answer) == {"rule": {"rows": [2], "verdict": "deny"}}


def test_a_replacement_is_judged_as_of_when_its_target_counted(ledger: TestLedger) -> None:
    stand(ledger, weekly(9))
    old, new = stock(ledger, 50), stock(ledger, 50)
    wrong = give(ledger, old, (1, 3))
    ledger.time += 10 * DAY
    assert would(ledger, give(ledger, new, (1, 8))) is None
    # Eight this week and four ten days ago: each week keeps to its nine.
    answer = correct(ledger, wrong.statement, given(old, (1, 4)))
    assert answer.code in ("ok", "flagged") and rules(ledger, answer) == {}
    # What was put right counts in its own week.
    lot = stock(ledger, 50)
    late = give(ledger, lot, (1, 6), back=9 * DAY)
    assert would(ledger, late) == "deny"
    replayed(ledger)


def test_what_a_correction_takes_back_counts_no_more(ledger: TestLedger) -> None:
    stand(ledger, weekly(9))
    lot = stock(ledger, 50)
    wrong = give(ledger, lot, (1, 9))
    assert correct(ledger, wrong.statement).code == "ok"
    assert would(ledger, give(ledger, lot, (1, 9))) is None
    replayed(ledger)
