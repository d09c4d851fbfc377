"""Problems: one form, three languages, and nothing of what was sent.

Goal: whoever is refused reads why and what to do next, and no body's text comes back.
Method: every code and trouble is rendered in every language and read as RFC 9457; places and values
with somebody's words in them are a table, and a canary is looked for.
"""

import json

import pytest
from starlette.requests import Request

from api.discretion import field_names, safe_place, safe_values
from api.problems import MEDIA_TYPE, STATUSES, TROUBLES, Problem, Trouble, answer, describe
from ledger.codes import NO_ENTRY, Code
from ledger.errors import FormatError, Refusal
from ledger.sentences import LANGUAGES

ALL: list[Trouble | Code] = [*Trouble, *Code]
CANARY = "王小明0912345678"


def asked(language: str = "en") -> Request:
    return Request({"type": "http", "headers": [(b"accept-language", language.encode())]})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ALL)
def test_every_problem_is_whole(code: Trouble | Code, language: str) -> None:
    reply = answer(Problem(code), asked(language))
    assert reply.media_type == MEDIA_TYPE
    assert reply.headers["content-language"] == language
    assert reply.headers["cache-control"] == "no-store"
    said = json.loads(bytes(reply.body))
    assert said.keys() == {"code", "detail", "next_step", "status", "title", "type"}
    assert said["code"] == code and said["type"] == f"/problems/{code}"
    assert said["status"] == reply.status_code and 400 <= said["status"] < 600
    assert all(said[name].strip() for name in ("title", "detail", "next_step"))
    assert said["detail"].endswith((".", "。"))
    assert (language == "en") == said["detail"].isascii()


def test_every_code_that_makes_no_entry_has_its_status() -> None:
    assert STATUSES.keys() == NO_ENTRY - {Code.REPLAYED}
    assert all(400 <= status < 500 for status in STATUSES.values())


def test_every_trouble_has_its_row_and_no_name_of_a_code() -> None:
    assert list(TROUBLES) == list(Trouble)
    assert set(map(str, Trouble)) & set(map(str, Code)) == set()


def test_a_refusal_shows_where_and_the_values_of_law() -> None:
    lot = "ab" * 32 + "/0"
    refusal = Refusal(Code.NOT_ENOUGH, f"lot {lot}", {"asked": 12_000, "left": 9_500})
    said = json.loads(bytes(answer(Problem.of(refusal), asked()).body))
    assert said["where"] == f"lot {lot}"
    assert "12,000" in said["detail"] and "9,500" in said["detail"] and lot in said["detail"]


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("", ""),
        ("body.keys[2].public", "body.keys[2].public"),
        ("expires.time", "expires.time"),
        ("payloadType", "payloadType"),
        ("lot " + "ab" * 32 + "/r1", "lot " + "ab" * 32 + "/r1"),
        ("key " + "ab" * 32, "key " + "ab" * 32),
        (f"body.{CANARY}", "body"),
        (f"{CANARY}.body", ""),
        (CANARY, ""),
        ("body.wang_xiao_ming.public", "body"),
        ("wang-xiao-ming", ""),
        ("lot wang-xiao-ming", "lot"),
        ("<script>", ""),
        ("body.keys[99999999]", "body"),
        ("AB" * 32, ""),
        ("0912345678", ""),
    ],
)
def test_of_a_place_only_our_own_words_are_shown(where: str, shown: str) -> None:
    assert safe_place(where) == shown


def test_of_values_only_what_the_ledger_wrote_is_shown() -> None:
    values: dict[str, int | str] = {
        "asked": 5,
        "value": 7,
        "role": "payer",
        "wanted": "an integer",
        "key": CANARY,
        "log": CANARY,
        "tag": "ab" * 32,
        "other": "cd" * 32,
    }
    shown = safe_values(values)
    assert shown.keys() == values.keys() - {"key", "log"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ALL)
def test_nothing_that_was_sent_comes_back(code: Trouble | Code, language: str) -> None:
    values: dict[str, int | str] = {name: CANARY for name in ("key", "log", "tag", "value")}
    for where in (CANARY, f"body.{CANARY}", f"key {CANARY}"):
        text = json.dumps(describe(code, where, values, language), ensure_ascii=False)
        assert CANARY not in text


def test_bytes_that_are_no_statement_have_their_code_and_place() -> None:
    problem = Problem.of_format(FormatError("payload", CANARY, where=CANARY))
    text = bytes(answer(problem, asked()).body).decode()
    assert CANARY not in text and json.loads(text)["code"] == "malformed"


def test_fields_of_every_kind_are_known() -> None:
    assert {"author", "cosigners", "public", "names", "zh_hant", "roles"} <= field_names()
