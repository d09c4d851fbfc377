"""What a target makes of answers about statements that wait for approvals, from either way in.

Goal: a held row is told as held, in its own words and in three languages, until it is decided; then as what came
of it; and what waits is neither counted as refused nor signed again.
Method: a node and a peer that answer as they are told, and the counting of a load over such answers.
"""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ledgers import founded, names

from ledger.codes import Code
from ledger.envelope import format_envelope
from ledger.errors import Refusal
from nodes.node import Node, Stage, Status
from nodes.peers import Answer as Reply_
from nodes.peers import Peer
from nodes.solo import Reply
from tools.sheets.loading import Report, Signed, _count
from tools.sheets.targets import HELD, Answer, NodeTarget, UrlTarget, held_answer

STATES = [
    # state of the hold, applied, waits, a part of what is said
    ("open", False, True, "waits for approvals, entry 1,234"),
    ("posted", True, False, ""),
    ("refused", False, False, "was not approved"),
    ("void", False, False, "no longer allowed"),
    ("expired", False, False, "nobody decided in time"),
    ("", False, True, "waits for approvals"),
    ("some-later-word", False, True, "waits for approvals"),
]


def told_by_url(line: dict[str, Any], language: str = "en") -> Answer:
    """What a target at an address makes of one line of the node's answer."""
    statement = founded().statement("member.enrol", {"actors": [], "organisation": {
        "id": "party", "names": names("Party")}}, "red/ana")  # fmt: skip

    class One:
        def post(self, *given: Any, **more: Any) -> Reply_:
            return Reply_("http://node", 200, json.dumps(line).encode() + b"\n")

    target = UrlTarget(cast(Peer, One()), "a.example/log", language=language)
    [[answer]] = target.send([[format_envelope(statement)]])
    return answer


def told_by_node(state: str | None, *, again: bool, language: str = "en") -> Answer:
    """What a node in this process makes of a reply; `state` of the hold, None where no row is there."""
    row = None if state is None else {"state": state}
    first = Status(cast(Any, "07" * 32), Stage.FINAL, Code.HELD, 1_234)
    node = SimpleNamespace(
        status=lambda _: first, grounds=lambda: SimpleNamespace(hold=lambda _: row)
    )
    target = NodeTarget(cast(Node, node), language=language)
    return target._answer(Reply(cast(Any, "07" * 32), Code.REPLAYED if again else Code.HELD, 1_234))


@pytest.mark.parametrize(("state", "applied", "waits", "words"), STATES)
def test_how_the_wait_stands(state: str, applied: bool, waits: bool, words: str) -> None:
    line = {"applied": False, "code": "replayed", "first": "held", "index": 1_234, "detail": "no"}
    if state:
        line["hold"] = {"state": state}
    for answer in (told_by_url(line), told_by_node(state or None, again=True)):
        assert (answer.is_applied, answer.is_waiting) == (applied, waits)
        assert (answer.code, answer.index, answer.is_replayed) == ("held", 1_234, True)
        assert words in answer.said and bool(answer.said) is not applied
        assert "refused" not in answer.said


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_a_new_one_waits_with_the_sentence_of_its_rule(language: str) -> None:
    line = {"applied": False, "code": "held", "index": 1_234, "said": ["At most 9 kg.\x1b[2J"]}
    found = told_by_url(line, language)
    alone = told_by_node(None, again=False, language=language)
    assert found.is_waiting and alone.is_waiting and not found.is_replayed
    assert found.said.startswith(alone.said) and "At most 9 kg." in found.said
    assert "1,234" in found.said and "\x1b" not in found.said
    place = ("en", "zh-Hans", "zh-Hant").index(language)
    assert alone.said == HELD["open"][place].format(entry="1,234")


def test_a_refusal_stays_a_refusal() -> None:
    target = NodeTarget(cast(Node, SimpleNamespace()))
    reply = Reply(cast(Any, "07" * 32), Code.NO_GATE, 5, Refusal(Code.NO_GATE, "x"))
    answer = target._answer(reply)
    assert (answer.hold, answer.is_waiting, answer.is_applied) == ("", False, False)
    line = {"applied": False, "code": "no_gate", "detail": "No rule.", "index": 5}
    assert told_by_url(line).said.startswith("No rule.") and not told_by_url(line).is_waiting


def test_what_is_held_is_counted_by_itself() -> None:
    report = Report(statements=4)
    answers = [
        Answer("ok", 3), held_answer(4, "open", "en"), Answer("no_authority", 5, said="No."),
        held_answer(2, "posted", "en", again=True),
    ]  # fmt: skip
    for number, answer in enumerate(answers, 2):
        _count(report, Signed(f"{number}", "x", f"{number}", (number,)), answer)
    assert (report.applied, len(report.held), len(report.refused)) == (2, 1, 1)
    assert [one.signed.rows for one in report.held] == [(3,)]
    # Rows 2 and 5 are booked, row 3 waits: a later attempt must not say any of them again.
    assert report.done == {2, 3, 5}
    assert report.answered == 4 and not report.is_whole


def test_after_a_wait_that_came_to_nothing_the_row_may_be_said_again() -> None:
    report = Report(statements=1)
    _count(report, Signed("a", "x", "2", (2,)), held_answer(4, "expired", "en", again=True))
    assert (report.done, len(report.refused), report.held) == (set(), 1, [])
