"""A tape as bytes, and where its re-run stands: what is read is what was written, or it is refused.

Goal: every look, fact, error and record comes back as it was, told whole or as what is otherwise; a piece that
is not in its form is `FormatError`, never another tape; a re-run that is taken up goes on as if it had not
stopped.
Method: tapes of small histories and rows made by hand, there and back; one field at a time made wrong.
"""

from dataclasses import asdict, replace
from json import dumps, loads
from typing import Any

import pytest
from adopting import adopt
from ledgers import TestLedger
from simulated import allocate, capped, contract, history, tape

from contracts.documents.verdict import Outcome
from contracts.rcel.errors import ErrorKind
from contracts.rebuilding import closes_batch
from contracts.simulating.kept import (
    Growing,
    Piece,
    format_piece,
    key_of,
    parse_piece,
    reopened,
)
from contracts.simulating.rerun import Rerun
from contracts.simulating.tape import Asked, Look, Seen, Taping
from ledger.canon import Value
from ledger.errors import FormatError

KEY = "ab" * 32
IT: dict[str, Value] = {"at": 5, "auto": False, "draws": [{"line": "a", "n": 1}], "statement": "x"}


def look(it: dict[str, Value] | None = None, **facts: Any) -> Look:
    return Look({**IT, **(it or {})}, facts, "east", 2, 3)


def seen(entry: int, *looks: Look, **changes: Any) -> Seen:
    plain = Seen(
        entry=entry, kind="fund.allocate", time=7, attested=False, applied=True, looks=looks,
        before=Outcome.ALLOW, others=Outcome.ALLOW, own=None,
    )  # fmt: skip
    return replace(plain, **changes)


def piece(*some: Seen, size: int = 100) -> Piece:
    growing = Growing(KEY, 0, "00" * 32, [], [])
    growing.add(7, size, some)
    return growing.close("log.example", 28_800, "11" * 32)


def again(made: Piece, contract_id: str = "cap") -> list[Seen]:
    read = parse_piece(format_piece(made))
    assert read == made
    return list(read.seen(contract_id))


def typed(value: Any) -> str:
    """Equal texts are equal values of the same types: `True == 1`."""
    return dumps(value, sort_keys=True, default=asdict)


LOOKS = (
    look(given=1),
    look({"at": 6}, given=1),
    look({"auto": True}, given=True),
    look({"auto": 1}, given=1),
    look({"draws": [{"line": "a", "n": True}]}, given=0),
    look({"draws": [{"line": "a", "n": 1}]}, given=False),
    look({"more": "é\t\n"}, given=0),
    look({"more": ""}, given=ErrorKind.FACT_MISSING, other={"a": [1, "x"]}),
    look({"more": ""}, given=0, other=ErrorKind.FACT_RANGE),
    look(),
)


def test_what_was_heard_comes_back() -> None:
    some = [seen(n, one) for n, one in enumerate(LOOKS)]
    some += [seen(20, *LOOKS), seen(21, *reversed(LOOKS), kind="another.kind", attested=True)]
    found = again(piece(*some))
    assert found == some and typed(found) == typed(some)
    # One that goes on tells what follows whole or in part: both are read.
    growing = reopened(piece(*some))
    growing.add(9, 120, [seen(101, *LOOKS)])
    assert again(growing.close("log.example", 28_800, "22" * 32)) == [*some, seen(101, *LOOKS)]


def test_records_are_told_to_each_contract_by_its_id() -> None:
    records: list[dict[str, Value]] = [
        {"id": "cap", "outcome": "deny", "rules": {"most": "deny"}},
        {"id": "other", "outcome": "hold", "rules": {}},
    ]
    made = piece(seen(1, look(), records=tuple(records), before=Outcome.DENY))
    [mine], [others] = again(made, "cap"), again(made, "none")
    assert (mine.own, mine.others) == (records[0], Outcome.HOLD)
    assert (others.own, others.others) == (None, Outcome.DENY)


def test_a_stretch_of_a_piece() -> None:
    growing = Growing(KEY, 10, "00" * 32, [], [])
    for time, size in ((5, 12), (5, 15), (9, 16)):
        growing.add(time, size, [seen(size - 1, look(), time=time)])
    made = parse_piece(format_piece(growing.close("log.example", 0, "11" * 32)))
    for (low, high), wanted in {
        (0, 5): (0, 0), (0, 6): (5, 15), (5, 9): (5, 15), (6, 9): (0, 15), (6, 10): (1, 16),
        (9, 10): (1, 16), (10, 11): (0, 16), (9, 5): (0, 0),
    }.items():  # fmt: skip
        assert made.stretch(low, high) == wanted, (low, high)
        assert [one.time for one in made.seen("cap", low, high)] == [
            time for time in (5, 5, 9) if low <= time < high
        ]


HEADS: dict[str, Any] = {
    "form": 2, "first": 100, "size": 99, "batches": [[7, 99]], "key": 1, "root": 1, "offset": "0",
    "log": 0, "root_before": [],
}  # fmt: skip


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_is_wrong(name: str) -> None:
    line, _, rows = format_piece(piece(seen(1, look()))).partition(b"\n")
    head = {**loads(line), name: HEADS[name]}
    data = dumps(head, sort_keys=True, separators=(",", ":")).encode() + b"\n" + rows
    with pytest.raises(FormatError):
        parse_piece(data)


@pytest.mark.parametrize("batches", [[], [[7, 0]], [[7, 50], [6, 100]], [[7, 50], [8, 50]],
                                     [[7, 100, 1]], [["7", 100]], [[True, 100]], 7])  # fmt: skip
def test_batches_that_are_wrong(batches: Any) -> None:
    line, _, rows = format_piece(piece(seen(1, look()))).partition(b"\n")
    head = {**loads(line), "batches": batches}
    data = dumps(head, sort_keys=True, separators=(",", ":")).encode() + b"\n" + rows
    with pytest.raises(FormatError):
        parse_piece(data)


ROW = '[1,"k",7,false,true,"allow",[],[[true,{"at":1},{},{},"east",2,3]]]'


@pytest.mark.parametrize(("old", "new"), [
    ("[1,", "[100,"), ("[1,", "[-1,"), ("[1,", "[true,"), ("[1,", "["), ('"k"', "1"), ("7", '"7"'),
    ("7", "7.0"), ("7", "NaN"), ("false", "0"), ('"allow"', '"perhaps"'), ('"allow"', "1"),
    ('"allow",[]', '"allow",[{"id":"a","outcome":"deny"}]'),
    ('"allow",[]', '"allow",[{"id":"a","outcome":"no","rules":{}}]'),
    ('"allow",[]', '"allow",[1]'), ('"allow",[]', '"allow",{}'),
    ("[[true", "[[1"), ("[[true", "[[false"), ('{"at":1}', "[]"), ('{"at":1},{}', '{"at":1},[]'),
    ("{},{}", '{},{"given":"never heard"}'), ('"east"', "1"), (",2,", ',"2",'), ("3]]", "true]]"),
    ('[[true,{"at":1},{},{},"east",2,3]]', "[]"), ("3]]]", "3]]"), ("3]]]", "3]]],"),
])  # fmt: skip
def test_a_row_that_is_wrong(old: str, new: str) -> None:
    made = piece(seen(1, look()))
    assert len(list(replace(made, rows=ROW.encode()).seen("cap"))) == 1
    assert old in ROW
    with pytest.raises(FormatError):
        list(replace(made, rows=ROW.replace(old, new, 1).encode()).seen("cap"))


def test_a_key_is_of_all_that_decides_what_is_heard() -> None:
    def key(
        scope: str = "consortium", currency: str = "CNY", release: str = "1", **how: Any
    ) -> str:
        return key_of(Asked(contract(capped(**how)), scope, currency), release)

    assert key() == key(most=5) == key(contract="another") == key(version=3, basis="by-law 9")
    window = capped()["facts"]
    window["given"]["window"] = "14d"
    keys = [
        key(),
        key(scope="fund:flood"),
        key(currency="TWD"),
        key(release="2"),
        key(facts=window),
    ]
    assert len(set(keys)) == len(keys)


# ---- standing -----------------------------------------------------------------------------------


def _taped(ledger: TestLedger, stop: int | None) -> tuple[list[Seen], bytes]:
    """All that is heard, and the state that the last step left; taken up anew after batch `stop`."""
    asked = Asked(contract(capped(100)), "consortium", "CNY")

    def read(index: int) -> bytes:
        return ledger.memory.entries[index]

    taping = Taping([asked], read=read)
    heard: list[Seen] = []
    batches = 0
    for raw in ledger.memory.entries:
        taping.feed(raw)
        if closes_batch(raw):
            batches += 1
            if batches == stop:
                lines = list(taping.rerun.ledger.tell())
                heard += taping.tapes[0].seen
                taping = Taping([asked], read=read)
                taping.rerun.ledger.take(lines)
    heard += taping.finish()[0].seen
    return heard, b"\n".join(sorted(taping.rerun.ledger.tell()))


def test_a_re_run_goes_on_where_it_stood() -> None:
    ledger = history([60])
    adopt(ledger, capped(100))
    adopt(ledger, capped(100), mode="enforce")
    for amount in (30, 30, 10, 1):
        allocate(ledger, amount)
    batches = sum(map(closes_batch, ledger.memory.entries))
    wanted = _taped(ledger, None)
    assert wanted[0] == tape(ledger, capped(100)).seen
    for stop in range(1, batches + 1):
        assert _taped(ledger, stop) == wanted, stop


@pytest.mark.parametrize("line", [
    b"", b"{}", b"[]", b"row\ta", b"row\ta\tb", b"edge\ta\tzz", b"id\ta\tb", b"nonce\ta\tb", b"what\ta",
])  # fmt: skip
def test_a_standing_that_is_wrong(line: bytes) -> None:
    ledger = history([60])
    run = Rerun(lambda state: pytest.fail("nothing is run"))
    head = next(iter(_standing(ledger)))
    with pytest.raises(FormatError):
        run.ledger.take([line] if line in (b"", b"{}", b"[]") else [head, line])


def _standing(ledger: TestLedger) -> list[bytes]:
    taping = Taping([Asked(contract(capped(100)), "consortium", "CNY")])
    for raw in ledger.memory.entries:
        taping.feed(raw)
    return list(taping.rerun.ledger.tell())
