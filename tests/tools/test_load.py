"""`relief load`, as people run it.

Goal: what is wrong with a table reaches the person as row, column, value, reason and suggestion, and
as an exit status; what is right reaches the ledger, through a folder or an address, once.
Method: the command on founded folders, with and without a node that runs; its JSON for scripts.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from homes import ORIGIN, Home, Served, copy_of, invoke, new_home, said, served
from spreadsheets import GIFTS, GIVEN, GOODS, IN, LISTS, OUT, ROWS, write

from ledger.proofs.receipt import parse_receipt
from nodes.peers import Answer, Peer
from tools.console import Stop
from tools.load import amount_text
from tools.sheets.reading import read_sheet
from tools.sheets.targets import UrlTarget


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return new_home(tmp_path_factory.mktemp("load") / "home")


@pytest.fixture
def home(founded: Home, tmp_path: Path) -> Home:
    return copy_of(founded, tmp_path / "home")


@pytest.fixture(scope="module")
def one(founded: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A node that listens."""
    with served(copy_of(founded, tmp_path_factory.mktemp("load") / "served")) as found:
        yield found


def load(folder: Path, mapping: str, table: str, home: Home, *more: object) -> list[object]:
    file, path = write(folder, mapping, table)
    return ["load", file, "--mapping", path, "--dir", home.folder, *more]


BAD = GIFTS.replace(",0.01", ',"1,000.00"').replace("2020.01.24", "24 Jan")


# ---- what is wrong -------------------------------------------------------------------------------


def test_errors_are_named_by_row_column_value_reason_and_suggestion(
    home: Home, tmp_path: Path
) -> None:
    code, value = said(*load(tmp_path, ROWS, BAD, home))
    assert code == 2 and "2 of 3 rows wait for a person; nothing was signed" in value["error"]
    assert value["errors"] == [
        {
            "row": 3, "column": "yuan", "value": "1,000.00",
            "reason": "is not an amount in plain digits",
            "suggestion": "write 1000.00, if that is what it means",
        },
        {
            "row": 4, "column": "date", "value": "24 Jan",
            "reason": "is not a date as YYYY.MM.DD",
            "suggestion": "correct it, or declare another format",
        },
    ]  # fmt: skip
    code, text = invoke(*load(tmp_path, ROWS, BAD, home))
    assert code == 2 and "write 1000.00" in text.replace("\n", " ")
    assert not (home.outbox / "loads").exists()


@pytest.mark.parametrize("name", ["errors.csv", "errors.xlsx"])
def test_the_same_file_back_with_a_column_of_errors(home: Home, tmp_path: Path, name: str) -> None:
    code, _ = invoke(*load(tmp_path, ROWS, BAD, home, "--errors", tmp_path / name))
    back = read_sheet(tmp_path / name)
    assert code == 2 and back.columns[-1] == "errors"
    assert [row.cells["errors"] for row in back.rows] == [
        "",
        "yuan: '1,000.00' is not an amount in plain digits; "
        "write 1000.00, if that is what it means",
        "date: '24 Jan' is not a date as YYYY.MM.DD; correct it, or declare another format",
    ]


def test_a_dry_run_signs_and_enters_nothing(home: Home, tmp_path: Path) -> None:
    code, value = said(*load(tmp_path, LISTS, GIFTS, home, "--dry-run"))
    assert code == 0 and value["dry_run"] and value["kinds"] == {"donation.list": 2}
    assert value["sums"] == {"CNY": 5_010_001} and value["gaps"] == [2]
    assert not (home.outbox / "loads").exists()
    assert sorted(path.name for path in home.founding.glob("*.dsse"))  # not even the founding
    code, text = invoke(*load(tmp_path, LISTS, GIFTS, home, "--dry-run"))
    assert "50,100.01 CNY" in text and "list 2 is missing" in text
    code, value = said(*load(tmp_path, IN, GOODS, home, "--dry-run"))
    assert code == 0 and value["kinds"] == {"catalogue.define": 1, "stock.receive": 2}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--row", "01/1"], "no folder for them is given"),
        (["--receipts", "out", "--to", "http://127.0.0.1:1/"], "where log and vault are"),
        (["--keys", "nowhere"], "The key of county/director is not here"),
        (["--receipts", "out", "--row", "9/9"], "no row with the key 9/9"),
    ],
)
def test_wishes_that_cannot_be_met(
    home: Home, tmp_path: Path, more: list[object], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = invoke(*load(tmp_path, ROWS, GIFTS, home, *more))
    assert code == 2 and why in text.replace("\n", " ")


def test_what_the_ledger_refuses_is_told_by_row(home: Home, tmp_path: Path) -> None:
    errors = tmp_path / "errors.csv"
    mapping = ROWS.replace("flood.general", "flood.nowhere")
    code, value = said(*load(tmp_path, mapping, GIFTS, home, "--errors", errors))
    assert code == 1 and value["applied"] == 0
    [refused] = value["refused"]
    assert (refused["code"], refused["rows"]) == ("unknown_reference", [2]) and refused["said"]
    assert [bool(row.cells["errors"]) for row in read_sheet(errors).rows] == [True, False, False]


# ---- the whole way -------------------------------------------------------------------------------


def test_gifts_in_receipts_out(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, value = said(*load(tmp_path, LISTS, GIFTS, home, "--receipts", out, "--row", "01/2"))
    assert code == 0 and (value["applied"], value["flagged"]) == (2, 1)  # list 3 without list 2
    assert value["gaps"] == [2]
    [receipt] = out.iterdir()
    assert receipt.name == "01-2.relief-receipt"
    shown = {each.name: each.value for each in parse_receipt(receipt.read_bytes()).shown}
    assert shown == {"amount": 1, "donor": "d-2", "offset": 10_000}
    code, verdict = said("verify", receipt, "--trust", home.trust)
    assert (code, verdict["state"]) == (0, "verified"), verdict


def test_without_row_every_row_has_its_receipt(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, text = invoke(*load(tmp_path, ROWS, GIFTS, home, "--receipts", out))
    assert code == 0 and "3 receipts in" in text
    names = sorted(path.name.partition(".")[0] for path in out.iterdir())
    assert names == ["01-1", "01-2", "03-1"]
    for path in out.iterdir():
        assert said("verify", path, "--trust", home.trust)[1]["state"] == "verified"


def test_names_stand_in_no_byte_of_the_log(home: Home, tmp_path: Path) -> None:
    table = GIFTS.replace("d-1", "Canary Wang").replace("d-3", "Canary Li")
    for mapping in (LISTS, ROWS):
        assert said(*load(tmp_path, mapping, table, home))[0] == 0
    for path in [*home.data.rglob("*"), *(home.outbox / "loads").rglob("*")]:
        assert path.is_dir() or b"Canary" not in path.read_bytes(), path


def test_goods_in_and_out(home: Home, tmp_path: Path) -> None:
    code, came = said(*load(tmp_path / "in", IN, GOODS, home))
    assert code == 0 and came["kinds"] == {"catalogue.define": 1, "stock.receive": 2}
    code, gone = said(*load(tmp_path / "out", OUT, GIVEN, home))
    assert code == 0 and gone["kinds"] == {
        "member.enrol": 2, "catalogue.define": 1, "stock.receive": 1, "disbursement.handout": 2,
    }  # fmt: skip
    assert gone["flagged"] == 2  # found, and more out than in
    again = said(*load(tmp_path / "out", OUT, GIVEN, home))[1]
    assert again["replayed"] == again["applied"] == gone["applied"]


# ---- to a node that runs -------------------------------------------------------------------------


def test_to_an_address_and_again(one: Served, tmp_path: Path) -> None:
    for mapping, count in ((ROWS, 3), (LISTS, 2)):
        code, value = said(*load(tmp_path, mapping, GIFTS, one.home, "--to", one.url))
        assert (code, value["applied"], value["replayed"]) == (0, count, 0), value
        code, again = said(*load(tmp_path, mapping, GIFTS, one.home, "--to", one.url))
        assert (code, again["applied"], again["replayed"]) == (0, count, count)
        assert (again["first"], again["last"]) == (value["first"], value["last"])


def test_goods_to_an_address(one: Served, tmp_path: Path) -> None:
    one.settle()
    code, value = said(*load(tmp_path, IN, GOODS, one.home, "--to", one.url))
    assert code == 0 and value["kinds"] == {"catalogue.define": 1, "stock.receive": 2}
    one.settle()
    more = GOODS + "丙公司,手套,,只,7\n"
    code, value = said(*load(tmp_path, IN, more, one.home, "--to", one.url))
    assert code == 0 and value["kinds"] == {"stock.receive": 3}  # the items are there


def test_goods_go_out_through_an_address(founded: Home, tmp_path: Path) -> None:
    """The lots come page by page; the same statements are drafted as on the node's own computer."""
    home = copy_of(founded, tmp_path / "home")
    with served(home) as one:
        assert said(*load(tmp_path / "in", IN, GOODS, home, "--to", one.url))[0] == 0
        wish = load(tmp_path / "out", OUT, GIVEN, home, "--to", one.url)
        code, gone = said(*wish)
        assert code == 0 and gone["kinds"] == {
            "member.enrol": 2, "catalogue.define": 1, "stock.receive": 1, "disbursement.handout": 2,
        }, gone  # fmt: skip
        assert gone["flagged"] == 2  # found, and more out than in
        again = said(*wish)[1]
        assert again["replayed"] == again["applied"] == gone["applied"]
        one.settle()
        # What is left is what came in less what went out, and a second table sees that.
        more = "party,item,spec,unit,n\n南医院,口罩,N95,箱,2\n"
        code, value = said(*load(tmp_path / "more", OUT, more, home, "--to", one.url))
        assert code == 0 and value["flagged"] == 0, value


class Pages:
    """A node's answers, one after another, whatever is asked; and what was asked."""

    def __init__(self, *values: object) -> None:
        self.values, self.asked = list(values), []  # type: ignore[var-annotated]

    def get(self, path: str, *, query: dict[str, str]) -> Answer:
        self.asked.append((path, query["after"]))
        value = self.values.pop(0)
        if isinstance(value, int):
            return Answer("http://node/v1/lots", value, b"{}")
        return Answer("http://node/v1/lots", 200, json.dumps(value).encode())


def page(size: int, log_size: int, *lots: tuple[str, int], then: str = "") -> dict[str, object]:
    found = [{"item": "rice", "lot": lot, "made": made, "units": 5} for lot, made in lots]
    value: dict[str, object] = {"as_of": {"size": size}, "log_size": log_size, "lots": found}
    return {**value, "next": then} if then else value


def test_lots_wait_for_the_views_and_come_in_the_order_in_which_they_were_made() -> None:
    pages = Pages(
        page(7, 9, ("old", 1)), page(8, 12, ("old", 1)),
        page(9, 12, ("b", 4), then="rice/b"), page(12, 12, ("c", 2)),
    )  # fmt: skip
    waits: list[float] = []
    target = UrlTarget(cast(Peer, pages), ORIGIN, pause=waits.append)
    assert target.lots("depot") == {"rice": [("c", 5), ("b", 5)]}
    assert [after for _, after in pages.asked] == ["", "", "", "rice/b"] and len(waits) == 2


@pytest.mark.parametrize("answers", [(503,), (404,), (page(1, 1, then="a"), 500)])
def test_a_node_that_does_not_tell_its_lots_is_a_sentence(answers: tuple[object, ...]) -> None:
    with pytest.raises(Stop, match="does not say which lots"):
        UrlTarget(cast(Peer, Pages(*answers)), ORIGIN).lots("depot")


@pytest.mark.parametrize(
    "value",
    [[], {}, {"as_of": {}}, {**page(1, 1), "lots": [{}]}, {**page(1, 1), "log_size": "many"}],
)
def test_an_answer_in_other_terms_is_a_sentence(value: object) -> None:
    with pytest.raises(Stop):
        UrlTarget(cast(Peer, Pages(value)), ORIGIN).lots("depot")


def test_a_node_whose_views_never_come_is_a_sentence() -> None:
    pages = Pages(*[page(1, 2)] * 4_000)
    with pytest.raises(Stop, match="behind its log"):
        UrlTarget(cast(Peer, pages), ORIGIN, pause=lambda seconds: None).lots("depot")


def test_pages_that_do_not_go_on_end() -> None:
    pages = Pages(page(1, 1, then="rice/b"), page(1, 1, then="rice/b"))
    with pytest.raises(Stop, match="go on"):
        UrlTarget(cast(Peer, pages), ORIGIN).lots("depot")


def test_a_folder_whose_node_runs(one: Served, tmp_path: Path) -> None:
    code, text = invoke(*load(tmp_path, ROWS, GIFTS, one.home))
    assert code == 2 and "in use by another process" in text.replace("\n", " ")


def test_nobody_answers(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.sending.time.sleep", lambda seconds: None)
    monkeypatch.setattr("tools.sending.TRIES", 1)
    wish = load(tmp_path, ROWS, GIFTS, home)
    code, value = said(*wish, "--to", "http://127.0.0.1:1/")
    assert code == 2 and value["undelivered"] == 3 and value["applied"] == 0
    code, value = said(*wish)  # the node's own computer takes over
    assert code == 0 and value["applied"] == 3


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [(1, 2, "0.01"), (100, 2, "1.00"), (123_456_789, 2, "1,234,567.89"), (1_234, 0, "1,234")],
)
def test_amounts_for_people(units: int, decimals: int, text: str) -> None:
    assert amount_text(units, decimals) == text


# ---- a number without a unit ---------------------------------------------------------------------

MASKS_IN = "party,item,spec,unit,n\n丙公司,口罩,N95,只,3.6万\n"
MASKS_OUT = "party,item,spec,unit,n\n东医院,口罩,N95,只,1.6\n西医院,口罩,N95,只,1.6万\n"


def test_one_point_six_waits_for_a_person(home: Home, tmp_path: Path) -> None:
    # As printed in a real notice: 36,000 in; out "1.6" here and "1.6万" there.
    assert said(*load(tmp_path / "in", IN, MASKS_IN, home))[0] == 0
    code, value = said(*load(tmp_path / "out", OUT, MASKS_OUT, home))
    [error] = value["errors"]
    assert code == 2 and (error["row"], error["value"]) == (2, "1.6")
    assert "not a whole number" in error["reason"] and "perhaps 1.6万" in error["suggestion"]
    decided = OUT + "decisions: [{row: 2, column: n, was: '1.6', is: 1.6万}]\n"
    code, value = said(*load(tmp_path / "out", decided, MASKS_OUT, home))
    assert code == 0 and list(value["sums"].values()) == [32_000]
    assert value["flagged"] == 0  # 4,000 are still at the site: a count will show it
    kept = Path(value["outbox"]) / "mapping.yaml"
    assert "was: '1.6'" in kept.read_text()  # who decided what stays beside what was signed
