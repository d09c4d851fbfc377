"""`relief init` and `relief keygen`: a ledger begins whole, or not at all.

Goal: what init makes can be served as it stands, keys are for their owner alone, a description that
the ledger would refuse never becomes a folder.
Method: the command on real folders; descriptions altered one thing at a time; the founded log is
held against the trust file that init wrote before the log existed.
"""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documents import library as contract
from handlog import key
from homes import ORIGIN, Home, invoke, new_home, people, said, served

from ledger.canon import Value
from ledger.log.note import parse_vkey
from ledger.sentences import LANGUAGES
from nodes.keyring import read_key
from tools.founding import example, parse_founding
from tools.signing import missing, read_statement
from tools.strict_yaml import read_yaml

DESCRIPTION: Any = read_yaml(example(ORIGIN).encode())


def described(tmp_path: Path, change: Callable[[Any], None]) -> Path:
    """The example's description with one change, as a file."""
    value = json.loads(json.dumps(DESCRIPTION))
    change(value)
    path = tmp_path / "description.yaml"
    path.write_text(json.dumps(value, ensure_ascii=False))
    return path


def test_a_new_folder_is_whole(tmp_path: Path) -> None:
    code, value = said("init", "--dir", tmp_path / "a", "--origin", ORIGIN, "--unsealed")
    home = Home(tmp_path / "a")
    assert (code, value["origin"], value["missing_signatures"]) == (0, ORIGIN, [])
    assert sorted(path.name for path in home.keys.iterdir()) == [
        "log.key", "mirror.key", "promise.key", "vault.key", "witness.key",
    ]  # fmt: skip
    assert [path.name for path in sorted(home.founding.iterdir())] == [
        "0-genesis.dsse", "1-catalogue-define.dsse", "2-catalogue-define.dsse",
    ]  # fmt: skip
    assert home.settings().data_dir == home.data
    assert [path.name for path in tmp_path.iterdir()] == ["a"], "nothing of the building is left"


def test_only_the_owner_may_read_keys(tmp_path: Path) -> None:
    home = new_home(tmp_path / "a")
    for path in (home.keys, home.folder / "people", home.founding):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    for path in [*home.keys.iterdir(), *(home.folder / "people").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert home.trust.stat().st_mode & 0o044 == 0o044


def test_the_example_founds_the_ledger_that_its_trust_file_is_for(tmp_path: Path) -> None:
    home = new_home(tmp_path / "a")
    with served(home) as one:
        one.settle()
        code, value = said("verify", one.url, "--trust", home.trust)
        assert (code, value["state"], value["remarks"]) == (0, "verified", [])
        assert value["checkpoint"] == {"origin": ORIGIN, "size": 6}
    assert sorted(path.name for path in home.founding.glob("*")) == ["entered"]


def test_a_second_start_enters_nothing_again(tmp_path: Path) -> None:
    home = new_home(tmp_path / "a")
    with served(home) as one:
        assert one.whole.node.size() == 6
    with served(home) as one:
        assert one.whole.node.size() == 6 and one.whole.node.opened.clean


def test_sealed_keys_open_with_their_passphrase_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("rice and water\n")
    path = tmp_path / "k" / "log.key"
    code, text = invoke(
        "keygen", path, "--use", "log", "--name", ORIGIN, "--passphrase-file", secret
    )
    assert code == 0 and "rice" not in text and "seed" not in path.read_text()
    vkey = next(line.split(": ")[1] for line in text.splitlines() if "vkey" in line)
    assert parse_vkey(vkey).public == read_key(path, "log", b"rice and water").key.public
    with pytest.raises(Exception, match="not opened"):
        read_key(path, "log", b"rice and salt")
    code, text = invoke("keygen", path, "--use", "log", "--name", ORIGIN, "--unsealed")
    assert code == 2 and "never overwritten" in text


def test_a_passphrase_comes_by_descriptor(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"word\n")
    os.close(write)
    path = tmp_path / "ana.key"
    assert invoke("keygen", path, "--use", "author", "--passphrase-fd", read)[0] == 0
    assert read_key(path, "author", b"word").use == "author"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--use", "author"], "--passphrase-file"),
        (["--use", "love", "--unsealed"], "author, device"),
        (["--use", "mirror", "--unsealed"], "--name"),
        (["--use", "mirror", "--name", "a+b", "--unsealed"], "no name of a key"),
        (["--use", "log", "--name", "x", "--unsealed", "--passphrase-fd", "3"], "one of them"),
    ],
)
def test_what_keygen_refuses(arguments: list[str], told: str, tmp_path: Path) -> None:
    code, text = invoke("keygen", tmp_path / "x.key", *arguments)
    assert code == 2 and told in text and not (tmp_path / "x.key").exists()


def test_an_empty_passphrase_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    code, text = invoke(
        "keygen", tmp_path / "x.key", "--use", "author", "--passphrase-file", tmp_path / "empty"
    )
    assert code == 2 and "empty" in text


# ---- descriptions --------------------------------------------------------------------------------


def drop(*path: Any) -> Callable[[Any], None]:
    def change(value: Any) -> None:
        for step_ in path[:-1]:
            value = value[step_]
        del value[path[-1]]

    return change


def put(new: Value, *path: Any) -> Callable[[Any], None]:
    def change(value: Any) -> None:
        for step_ in path[:-1]:
            value = value[step_]
        value[path[-1]] = new

    return change


def twice(value: Any) -> None:
    """Two cosigners with one key would count twice."""
    for cosigner in value["trust"]["cosigners"]:
        cosigner["public"] = key("a cosigner").public.hex()


REFUSED: dict[str, tuple[Callable[[Any], None], str]] = {
    "no origin": (drop("origin"), "description.origin"),
    "an origin in capitals": (put("Ledger", "origin"), "description.origin"),
    "an unknown field": (put(1, "colour"), "description.colour"),
    "a number as text": (put("2", "currencies", 0, "minor"), "description.currencies[0].minor"),
    "too many digits": (put(9, "currencies", 0, "minor"), "currencies[0].minor"),
    "no people": (put([], "organisations", 0, "people"), "organisations[0].people"),
    "one language missing": (drop("organisations", 0, "names", "zh_hant"), "names.zh_hant"),
    "a threshold that nobody reaches": (put(3, "thresholds", "admins"), "genesis"),
    "a quorum that is not defined": (put("all", "trust", "quorum"), "genesis"),
    "a group with a stranger": (put(["county", "x"], "trust", "groups", 0, "members"), "genesis"),
    "a person twice": (put("secretary", "organisations", 1, "people", 1, "id"), "two keys"),
    "a weak key": (put("00" * 32, "organisations", 0, "people", 0, "public"), "no good one"),
    "a key twice": (twice, "genesis"),
    "a fund of a stranger": (put("nobody", "catalogue", "funds", 0, "owner"), "fund-owner"),
    "an area that is not there": (put("moon", "catalogue", "sites", 0, "area"), "catalogue.define"),
    "nobody keeps the catalogue": (
        put(["admin"], "organisations", 0, "people", 0, "roles"),
        "keeper",
    ),
    "two mirrors on one node": (
        put("press.example.org/mirror", "trust", "cosigners", 1, "key_name"),
        "keys/mirror.key",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_ledger_would_refuse_never_becomes_a_folder(name: str, tmp_path: Path) -> None:
    change, told = REFUSED[name]
    path = described(tmp_path, change)
    code, text = invoke("init", "--from", path, "--dir", tmp_path / "a", "--unsealed")
    assert code == 2 and told in text, text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["description.yaml"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--dir"),
        (["--dir", "a"], "--origin"),
        (["--dir", "a", "--origin", ORIGIN], "--passphrase-file"),
        (["--dir", "a", "--from", "nowhere.yaml"], "nowhere.yaml"),
        (["--dir", "full", "--origin", ORIGIN, "--unsealed"], "not empty"),
        (["--dir", "full/file", "--origin", ORIGIN, "--unsealed"], "not empty"),
        (["--dir", "a", "--from", "bad.yaml", "--unsealed"], "line 1, column 4"),
        (["--dir", "a", "--from", "full", "--unsealed"], "full"),
    ],
)
def test_what_init_asks_for(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    (tmp_path / "bad.yaml").write_text("a: 1.5")
    monkeypatch.chdir(tmp_path)
    code, text = invoke("init", *arguments)
    assert code == 2 and told in text, text
    assert not (tmp_path / "a").exists()


def test_an_empty_folder_may_be_taken(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert new_home(tmp_path / "a").trust.exists()


def test_the_origin_is_said_once(tmp_path: Path) -> None:
    path = described(tmp_path, put(ORIGIN, "origin"))
    arguments = ["init", "--from", path, "--dir", tmp_path / "a", "--unsealed", "--origin"]
    assert invoke(*arguments, "ledger.example.org/other")[0] == 2
    assert invoke(*arguments, ORIGIN)[0] == 0


def test_the_example_is_printed_and_is_what_it_says(tmp_path: Path) -> None:
    code, text = invoke("init", "--example", "--origin", ORIGIN)
    assert code == 0 and read_yaml(text.encode()) == DESCRIPTION
    (tmp_path / "d.yaml").write_text(text)
    assert (
        invoke("init", "--from", tmp_path / "d.yaml", "--dir", tmp_path / "a", "--unsealed")[0] == 0
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_speak_three_languages(language: str, tmp_path: Path) -> None:
    path = described(tmp_path, put(3, "thresholds", "admins"))
    code, text = invoke(
        "init", "--from", path, "--dir", tmp_path / "a", "--unsealed", "--language", language
    )
    words = {"en": "Enrol another", "zh-Hans": "剩下的人数", "zh-Hant": "剩下的人數"}
    assert code == 2 and words[language] in text


# ---- a founder elsewhere -------------------------------------------------------------------------


def test_a_founder_with_a_key_of_its_own_signs_elsewhere(tmp_path: Path) -> None:
    own = tmp_path / "own.key"
    code, value = said("keygen", own, "--use", "author", "--unsealed")
    change = put(value["public"], "organisations", 1, "people", 0, "public")

    def both(value: Any) -> None:
        change(value)
        drop("catalogue")(value)

    path = described(tmp_path, both)
    code, value = said("init", "--from", path, "--dir", tmp_path / "a", "--unsealed")
    assert (code, value["missing_signatures"]) == (0, ["charity/secretary"])
    home = Home(tmp_path / "a")
    assert not people(home, "charity/secretary").exists()
    genesis = home.founding / "0-genesis.dsse"
    assert len(missing(read_statement(genesis))) == 1
    # Without it the ledger does not begin.
    home.settings_file.write_text("RELIEF_FREE_BYTES_MIN=0\n")
    code, text = invoke("serve", "--dir", home.folder, "--port", "0")
    assert code == 2 and "has not signed" in text
    # A stranger's key is not taken; looking needs none; the founder's is taken.
    stranger = people(home, "county/stores")
    code, text = invoke("sign", genesis, "--key", stranger, "--yes")
    assert code == 2 and "not among the signers" in text
    code, text = invoke("sign", genesis)
    assert code == 0 and "has not signed" in text and "縣救災辦公室" in text
    assert invoke("sign", genesis, "--key", own)[0] == 2, "nobody is here to say yes"
    code, text = invoke("sign", genesis, "--key", own, "--yes")
    assert code == 0 and missing(read_statement(genesis)) == []
    with served(home) as one:
        one.settle()
        assert said("verify", one.url, "--trust", home.trust)[1]["state"] == "verified"


def test_a_first_catalogue_is_signed_here_or_left_out(tmp_path: Path) -> None:
    own = tmp_path / "own.key"
    _, value = said("keygen", own, "--use", "author", "--unsealed")
    path = described(tmp_path, put(value["public"], "organisations", 0, "people", 0, "public"))
    code, text = invoke("init", "--from", path, "--dir", tmp_path / "a", "--unsealed")
    assert code == 2 and "Leave `catalogue` out" in text


def test_first_contracts_are_co_signed_by_the_founders(tmp_path: Path) -> None:
    def change(value: Any) -> None:
        one = {"document": contract("earmark"), "owner": "charity", "scope": "fund:flood"}
        other = {**one, "scope": "consortium"}
        value["contracts"] = [one, other]

    code, told = invoke(
        "init", "--dir", tmp_path / "a", "--from", described(tmp_path, change), "--unsealed"
    )
    assert code == 0, told
    home = Home(tmp_path / "a")
    assert [path.name for path in sorted(home.founding.iterdir())][3:] == [
        "3-contract-propose.dsse", "4-contract-commit.dsse",
        "5-contract-propose.dsse", "6-contract-commit.dsse",
    ]  # fmt: skip
    proposed = read_statement(home.founding / "3-contract-propose.dsse")
    assert len(proposed.signers) == 2 and missing(proposed) == []


def test_a_first_contract_that_is_not_valid_founds_nothing(tmp_path: Path) -> None:
    def change(value: Any) -> None:
        bad = {**contract("earmark"), "engine": "rcel/9"}
        value["contracts"] = [{"document": bad, "owner": "charity", "scope": "fund:flood"}]

    code, told = invoke(
        "init", "--dir", tmp_path / "a", "--from", described(tmp_path, change), "--unsealed"
    )
    assert code != 0
    assert "body.document.engine" in told
    assert not (tmp_path / "a").exists()


def test_texts_are_brought_to_one_form(tmp_path: Path) -> None:
    decomposed = "Cafe\u0301"
    found = parse_founding(json.loads(json.dumps(DESCRIPTION)) | {"offset": 0})
    assert found.offset == 0
    value = json.loads(json.dumps(DESCRIPTION))
    value["organisations"][0]["names"]["en"] = decomposed
    assert parse_founding(value).organisations[0].names.en == "Caf\u00e9"
