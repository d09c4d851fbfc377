"""`relief submit` and `relief sign`: kept before sent, resent for free, refused in words.

Goal: no statement is lost whatever the network does, none is signed twice by mistake, and what the
node answers reaches the person as a sentence and an exit status.
Method: a node on a real socket for the whole way; a peer in memory that fails as each case says.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from homes import ORIGIN, Home, Served, gift, invoke, new_home, people, said, served, write_gift

from ledger.envelope import Statement, format_envelope, open_statement
from nodes.keyring import read_key
from nodes.peers import STATEMENT, STATEMENTS, Peer
from tools.console import Console, Stop
from tools.sending import TRIES, Sender
from tools.signing import Outbox, make_statement, missing, normal, read_statement
from tools.submit import Wish, submit

NOW = 1_800_000_000


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A node that listens."""
    with served(new_home(tmp_path_factory.mktemp("submit") / "home")) as found:
        yield found


@pytest.fixture(scope="module")
def home(one: Served) -> Home:
    return one.home


@pytest.fixture
def secretary(home: Home) -> Path:
    """Key file of a treasurer and owner of the fund."""
    return people(home, "charity/secretary")


numbers = iter(range(100, 100_000))


def to(one: Served, home: Home, *more: object) -> list[object]:
    return ["submit", "--to", one.url, "--dir", home.folder, *more]


# ---- the whole way -------------------------------------------------------------------------------


def test_a_body_is_signed_kept_sent_and_proved(
    one: Served, home: Home, secretary: Path, tmp_path: Path
) -> None:
    file = write_gift(tmp_path / "gift.json", next(numbers))
    code, value = said(*to(one, home, file, "--key", secretary, "--wait", "final"))
    [found] = value["statements"]
    assert code == 0 and found["answer"]["state"] == "final" and found["answer"]["applied"]
    assert found["proved"].startswith("checked here: entry ")
    outbox = Outbox(home.outbox)
    assert list(outbox.waiting()) == []
    kept = read_statement(home.outbox / "sent" / f"{found['statement']}.dsse")
    assert kept.kind == "donation.receive" and kept.log == ORIGIN and missing(kept) == []
    answer = json.loads((home.outbox / "sent" / f"{found['statement']}.json").read_text())
    assert answer["index"] == found["answer"]["index"]


def test_the_same_envelope_again_is_the_first_entry(
    one: Served, home: Home, secretary: Path, tmp_path: Path
) -> None:
    file = write_gift(tmp_path / "gift.json", next(numbers))
    _, first = said(*to(one, home, file, "--key", secretary))
    kept = home.outbox / "sent" / f"{first['statements'][0]['statement']}.dsse"
    code, again = said(*to(one, home, kept))
    assert code == 0
    assert again["statements"][0]["answer"]["index"] == first["statements"][0]["answer"]["index"]


def test_a_refusal_by_law_is_a_sentence_and_exit_1(
    one: Served, home: Home, secretary: Path, tmp_path: Path
) -> None:
    file = write_gift(tmp_path / "gift.json", next(numbers))
    assert said(*to(one, home, file, "--key", secretary))[0] == 0
    # The same bank reference under a new statement: logged and refused.
    code, value = said(*to(one, home, file, "--key", secretary))
    assert code == 1 and value["statements"][0]["answer"]["code"] == "reference_used"
    assert "booked already" in value["statements"][0]["said"]
    code, text = invoke(*to(one, home, file, "--key", secretary, "--language", "zh-Hant"))
    assert code == 1 and "已入帳" in text


def test_a_refusal_without_entry_is_kept_apart(
    one: Served, home: Home, secretary: Path, tmp_path: Path
) -> None:
    body = gift(next(numbers)) | {"line": "flood.nowhere"}
    file = tmp_path / "gift.json"
    file.write_text(json.dumps({"kind": "donation.receive", "body": body}))
    code, value = said(*to(one, home, file, "--key", secretary))
    [found] = value["statements"]
    assert code == 1 and found["answer"]["code"] == "unknown_reference"
    assert (home.outbox / "refused" / f"{found['statement']}.dsse").exists()
    assert list(Outbox(home.outbox).waiting()) == []


def test_many_lines_go_in_one_request(
    one: Served, home: Home, secretary: Path, tmp_path: Path
) -> None:
    key = read_key(secretary, "author").key
    now = one.whole.node.store.head().time
    some = [
        make_statement("donation.receive", gift(next(numbers)), [key], log=ORIGIN, now=now)
        for _ in range(12)
    ]
    file = tmp_path / "many.ndjson"
    file.write_bytes(b"\n".join(format_envelope(each) for each in some))
    code, value = said(*to(one, home, file))
    assert code == 0 and len(value["statements"]) == 12
    assert [each["statement"] for each in value["statements"]] == [each.id for each in some]
    indexes = [each["answer"]["index"] for each in value["statements"]]
    assert indexes == sorted(indexes)


def test_what_waits_is_sent_without_naming_it(
    one: Served, home: Home, secretary: Path, tmp_path: Path
) -> None:
    file = write_gift(tmp_path / "gift.json", next(numbers))
    key = ["--key", secretary, "--dir", home.folder]
    code, text = invoke("submit", file, "--to", "http://127.0.0.1:1/", *key)
    assert code == 2 and "kept in" in text
    [waiting] = list(Outbox(home.outbox).waiting())
    code, value = said(*to(one, home))
    assert code == 0 and value["statements"][0]["statement"] == waiting.id
    assert said(*to(one, home)) == (0, {"statements": [], "exit": 0})


def test_the_origin_is_asked_for_aloud(
    one: Served, secretary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write_gift(tmp_path / "gift.json", next(numbers))
    code, text = invoke("submit", file, "--to", one.url, "--key", secretary)
    assert code == 0 and f"the log that the node names: {ORIGIN}" in text
    assert (tmp_path / "outbox" / "sent").is_dir()


def test_a_second_signer(one: Served, home: Home, secretary: Path, tmp_path: Path) -> None:
    cashier = people(home, "charity/cashier")
    file = write_gift(tmp_path / "gift.json", next(numbers))
    code, value = said(*to(one, home, file, "--key", secretary, "--key", cashier))
    assert code == 0
    kept = read_statement(home.outbox / "sent" / f"{value['statements'][0]['statement']}.dsse")
    assert len(kept.signers) == 2


# ---- what is refused before anything is sent -----------------------------------------------------

BODY = json.dumps(gift(1))


@pytest.mark.parametrize(
    ("content", "arguments", "told"),
    [
        (BODY, [], "--kind"),
        (BODY, ["--kind", "donation.love"], "donation.receive"),
        (BODY, ["--kind", "donation.list"], "body."),
        ('{"kind": "donation.receive", "body": {"amount": 1}}', [], "body.line"),
        ('{"kind": "donation.receive", "body": {"amount": 0}}', ["--kind", "stock.loss"], "--kind says"),
        ('{"kind": 5, "body": {}}', [], "kind is a text"),
        (BODY.replace("50000", "0"), ["--kind", "donation.receive"], "outside its range"),
        (BODY.replace("50000", "1.5"), ["--kind", "donation.receive"], "1.5 is no whole number"),
        ("a: b: c", ["--kind", "donation.receive"], "line 1"),
        ('{"payloadType":"x"}', [], "holds no statement"),
        ('{"payload":"e30=","payloadType":"application/vnd.relief.statement+json",'
         '"signatures":[{"keyid":"x","sig":"eA=="}]}', [], "line 1 holds no statement"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_said(
    content: str, arguments: list[str], told: str, one: Served, home: Home, secretary: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    file = tmp_path / "x.yaml"
    file.write_text(content)
    code, text = invoke(*to(one, home, file, "--key", secretary, *arguments))
    assert code == 2 and told in text, text
    assert list(Outbox(home.outbox).waiting()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--key", "nowhere.key"], "nowhere.key"),
        ([], "--key"),
        (["--to", "ftp://x"], "no address"),
        (["--wait", "forever"], "--wait included"),
        (["--trust", "nowhere"], "nowhere"),
        (["--passphrase-fd", "3", "--passphrase-file", "x", "--key", "y"], "one of them"),
    ],
)
def test_what_is_missing_is_said(
    arguments: list[str], told: str, one: Served, home: Home, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write_gift(tmp_path / "gift.json", 1)
    given = ["submit", "gift.json", "--to", one.url, "--log", ORIGIN, *arguments]
    code, text = invoke(*given)
    assert code == 2 and told in text, text


def test_a_wrong_body_is_said_in_the_readers_language(
    one: Served, home: Home, secretary: Path, tmp_path: Path
) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps({"kind": "donation.receive", "body": gift(1) | {"amount": 0}}))
    code, text = invoke(*to(one, home, file, "--key", secretary, "--language", "zh-Hant"))
    assert code == 2 and "數值超出允許範圍" in text


def test_a_node_key_signs_no_statement(one: Served, home: Home, tmp_path: Path) -> None:
    file = write_gift(tmp_path / "gift.json", 1)
    code, text = invoke(*to(one, home, file, "--key", home.keys / "log.key"))
    assert code == 2 and "relief keygen" in text


def test_a_statement_that_lacks_a_signature_is_not_sent(
    one: Served, home: Home, secretary: Path, tmp_path: Path
) -> None:
    file = write_gift(tmp_path / "gift.json", 77)
    from tools.signing import find_kind, make_payload, sign

    keys = [
        read_key(people(home, f"charity/{name}"), "author").key for name in ("secretary", "cashier")
    ]
    payload = make_payload(
        find_kind("donation.receive"),
        gift(77),
        log=ORIGIN,
        signers=[k.key_id for k in keys],
        now=NOW,
    )
    file = tmp_path / "half.dsse"
    file.write_bytes(format_envelope(sign(payload, keys[:1])))
    code, text = invoke(*to(one, home, file))
    assert code == 2 and "relief sign" in text
    code, text = invoke("sign", file, "--key", people(home, "charity/cashier"), "--yes")
    assert code == 0 and missing(read_statement(file)) == []


# ---- sealed keys ---------------------------------------------------------------------------------


def test_a_sealed_key_wants_its_passphrase(one: Served, home: Home, tmp_path: Path) -> None:
    secret, key = tmp_path / "secret", tmp_path / "sealed.key"
    secret.write_text("words\n")
    assert invoke("keygen", key, "--use", "author", "--passphrase-file", secret)[0] == 0
    file = write_gift(tmp_path / "gift.json", 5)
    code, text = invoke(*to(one, home, file, "--key", key))
    assert code == 2 and "sealed" in text
    (tmp_path / "wrong").write_text("word\n")
    code, text = invoke(*to(one, home, file, "--key", key, "--passphrase-file", tmp_path / "wrong"))
    assert code == 2 and "not opened" in text
    # Opened, it is a key that this ledger does not know: the node's answer.
    code, text = invoke(*to(one, home, file, "--key", key, "--passphrase-file", secret))
    assert code == 1 and "not enrolled" in text


# ---- a network that fails ------------------------------------------------------------------------


@pytest.fixture
def statement(home: Home, secretary: Path) -> Statement:
    key = read_key(secretary, "author").key
    return make_statement("donation.receive", gift(next(numbers)), [key], log=ORIGIN, now=NOW)


Answers = Callable[[int], httpx.Response]


def sender(
    answers: Answers, pauses: list[float], seen: list[httpx.Request] | None = None
) -> Sender:
    turns = iter(range(1_000))

    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return answers(next(turns))

    peer = Peer("https://node.example.org/", transport=httpx.MockTransport(handle))
    return Sender(peer, pause=pauses.append)


def reply(status: int, value: Any, **headers: str) -> httpx.Response:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return httpx.Response(status, stream=httpx.ByteStream(data), headers=headers)


OK = {"applied": True, "code": "ok", "index": 6, "state": "included", "statement": "x"}


def test_a_sender_asks_again_and_the_bytes_are_the_same(statement: Statement) -> None:
    pauses: list[float] = []
    seen: list[httpx.Request] = []

    def answers(turn: int) -> httpx.Response:
        if turn == 0:
            raise httpx.ConnectError("refused")
        if turn == 1:
            raise httpx.ReadTimeout("slow")
        return reply(503, {"detail": "busy"}) if turn == 2 else reply(201, OK)

    found = sender(answers, pauses, seen).send(statement)
    assert found.is_applied and found.sentence() == "ok, entry 6, included"
    assert [request.content for request in seen] == [format_envelope(statement)] * 4
    assert all(request.headers["content-type"] == STATEMENT for request in seen)
    assert pauses == sorted(pauses) and len(pauses) == 3


def test_a_sender_gives_up_and_the_statement_is_not_lost(statement: Statement) -> None:
    pauses: list[float] = []
    found = sender(lambda turn: reply(503, {"detail": "read-only"}), pauses).send(statement)
    assert not found.is_answered and "read-only" in found.error and len(pauses) == TRIES - 1


def test_retry_after_is_heeded_within_reason(statement: Statement) -> None:
    pauses: list[float] = []
    headers = {"retry-after": "7"}
    answers = [reply(429, {"detail": "slow"}, **headers), reply(201, OK)]
    assert sender(lambda turn: answers[turn], pauses).send(statement).is_applied
    assert 7.0 in pauses and max(pauses) <= 30


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b"<html>"),
        (201, b"[]"),
        (201, b""),
        (400, b"{}"),
        (404, b"nothing"),
        (201, b"[" * 9_999),
    ],
)
def test_answers_not_in_our_terms_are_no_answers(
    status: int, body: bytes, statement: Statement
) -> None:
    found = sender(lambda turn: reply(status, body), []).send(statement)
    assert not found.is_answered and str(status) in found.error


def test_a_refusal_keeps_its_words(statement: Statement) -> None:
    problem = {"code": "bad_signature", "detail": "A signature does not fit.\x1b[2J"}
    found = sender(lambda turn: reply(403, problem), []).send(statement)
    assert found.is_answered and not found.is_entered and found.code == "bad_signature"
    assert found.sentence() == "A signature does not fit.\\x1b[2J"


def test_lines_and_answers_must_match(statement: Statement) -> None:
    many = [statement] * 3
    good = b"\n".join(json.dumps(OK).encode() for _ in many)
    found = list(sender(lambda turn: reply(200, good), []).send_many(many))
    assert all(each.is_applied for each in found)
    short = b"\n".join(json.dumps(OK).encode() for _ in many[:2])
    assert not any(
        each.is_answered for each in sender(lambda t: reply(200, short), []).send_many(many)
    )
    busy = {
        "applied": False,
        "code": "busy",
        "detail": "later",
        "retry_after": 5,
        "state": "refused",
    }
    lines = b"\n".join(json.dumps(each).encode() for each in (OK, busy, OK))
    found = list(sender(lambda turn: reply(200, lines), []).send_many(many))
    assert [each.is_answered for each in found] == [True, False, True]


def test_many_are_sent_in_portions(statement: Statement) -> None:
    seen: list[httpx.Request] = []

    def answers(turn: int) -> httpx.Response:
        count = seen[-1].content.count(b"\n")
        return reply(200, b"\n".join(json.dumps(OK).encode() for _ in range(count)))

    found = list(sender(answers, [], seen).send_many([statement] * 2_001))
    assert len(found) == 2_001
    assert [request.content.count(b"\n") for request in seen] == [1_000, 1_000, 1]
    assert all(request.headers["content-type"] == STATEMENTS for request in seen)
    assert all(len(request.content) < 4 * 1024 * 1024 for request in seen)


def test_kept_before_sent(home: Home, secretary: Path, tmp_path: Path) -> None:
    """The envelope is on the disk when the first byte leaves."""
    outbox = tmp_path / "outbox"
    file = write_gift(tmp_path / "gift.json", next(numbers))
    found: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        [path] = outbox.glob("*.dsse")
        found.append(path.read_bytes())
        assert found[-1] == request.content
        return reply(201, OK)

    peer = Peer("https://node.example.org/", transport=httpx.MockTransport(handle))
    wish = Wish((file,), outbox=outbox, log=ORIGIN, keys=(secretary,))
    assert submit(Console(as_json=True), wish, peer=peer) == 0
    assert len(found) == 1 and list(outbox.glob("*.dsse")) == []


def test_a_proof_that_lies_is_said(
    one: Served, home: Home, secretary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one.settle()
    proof = one.whole.node.grounds().prove(6)
    from ledger.log.proof import format_proof

    file = write_gift(tmp_path / "gift.json", next(numbers))
    answer = OK | {"state": "final", "proof": format_proof(proof).decode()}
    peer = Peer("https://n.example/", transport=httpx.MockTransport(lambda r: reply(201, answer)))
    wish = Wish((file,), outbox=tmp_path / "o", trust=home.trust, log=ORIGIN, keys=(secretary,))
    submit(Console(as_json=True), wish, peer=peer)
    [said_] = json.loads(capsys.readouterr().out)["statements"]
    assert "another statement" in said_["proved"]


# ---- signing -------------------------------------------------------------------------------------


def test_texts_are_signed_in_one_form() -> None:
    assert normal({"e\u0301": ["e\u0301", 1, {"x": "e\u0301"}]}) == {
        "\u00e9": ["\u00e9", 1, {"x": "\u00e9"}]
    }


def test_the_same_nonce_is_the_same_statement(home: Home, secretary: Path) -> None:
    key = read_key(secretary, "author").key
    made = [
        make_statement("donation.receive", gift(3), [key], log=ORIGIN, now=NOW, nonce="ab" * 16)
        for _ in range(2)
    ]
    assert made[0].id == made[1].id
    other = make_statement("donation.receive", gift(3), [key], log=ORIGIN, now=NOW)
    assert other.id != made[0].id


def test_expiry_is_by_nature(home: Home, secretary: Path) -> None:
    key = read_key(secretary, "author").key
    fact = make_statement("donation.receive", gift(3), [key], log=ORIGIN, now=NOW)
    assert fact.expires_time == NOW + 30 * 86_400 and fact.occurred_at == NOW
    refund = {"amount": 5, "donation": "a" * 64}
    asked = make_statement(
        "donation.refund", refund, [key], log=ORIGIN, now=NOW, expires_s=60,
    )  # fmt: skip
    assert asked.expires_time == NOW + 60


def test_a_body_that_is_too_large_is_a_sentence(home: Home, secretary: Path) -> None:
    key = read_key(secretary, "author").key
    names = {"en": "x" * 200, "zh_hans": "x" * 200, "zh_hant": "x" * 200}
    areas = [
        {"code": "c", "id": f"a{n}", "names": names, "tier": 1, "version": 1, "vocabulary": "v"}
        for n in range(64)
    ]
    with pytest.raises(Stop, match="cannot be signed"):
        make_statement("catalogue.define", {"areas": areas}, [key], log=ORIGIN, now=NOW)


def test_the_outbox_keeps_order_and_rubbish_is_said(
    statement: Statement, home: Home, secretary: Path, tmp_path: Path
) -> None:
    key = read_key(secretary, "author").key
    outbox = Outbox(tmp_path)
    made = [
        make_statement("donation.receive", gift(n), [key], log=ORIGIN, now=NOW) for n in range(5)
    ]
    for number, each in enumerate(made):
        path = outbox.keep(each)
        import os

        os.utime(path, ns=(number, number))
    assert [each.id for each in outbox.waiting()] == [each.id for each in made]
    assert outbox.keep(made[0]).stat().st_mtime_ns == 0, "the same one is not written again"
    assert open_statement(outbox.keep(made[1]).read_bytes()).id == made[1].id
    (tmp_path / "x.dsse").write_bytes(b"\x00")
    with pytest.raises(Stop, match=r"x\.dsse holds no statement"):
        list(outbox.waiting())
