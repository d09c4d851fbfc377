"""`relief vault erase`: a person is forgotten, and the ledger holds.

Goal: what is named is destroyed in every file of the folder, and nothing else is; the log verifies
as before; a receipt made afterwards verifies and shows nothing of it, its neighbour's shows all; the
journal has a line without names or ids; nothing is erased without a yes, beside a node that runs, or
when a name among others is wrong.
Method: a table of gifts loaded through the command; the raw bytes of the folder are searched.
"""

import json
import re
from pathlib import Path

import pytest
from homes import Home, Served, copy_of, invoke, new_home, said, served
from spreadsheets import GIFTS, LISTS, ROWS, write

from nodes.keyring import read_key
from nodes.vault import Erased, Vault


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A stopped ledger with a list of two gifts, a list of one, and three gifts of their own."""
    folder = tmp_path_factory.mktemp("forgetting")
    home = new_home(folder / "home")
    for name, mapping in (("lists", LISTS), ("rows", ROWS)):
        assert load(home, folder / name, mapping)[0] == 0
    return home


@pytest.fixture
def home(loaded: Home, tmp_path: Path) -> Home:
    return copy_of(loaded, tmp_path / "home")


def load(home: Home, folder: Path, mapping: str, *more: object) -> tuple[int, str]:
    table, path = write(folder, mapping, GIFTS)
    return invoke("load", table, "--mapping", path, "--dir", home.folder, *more)


def vault_of(home: Home) -> Vault:
    return Vault(home.data / "vault.sqlite", read_key(home.keys / "vault.key", "vault"))


def names(home: Home) -> list[str]:
    vault = vault_of(home)
    try:
        return list(vault.names("record/"))
    finally:
        vault.close()


def receipts(home: Home, folder: Path, mapping: str) -> tuple[dict[str, dict[str, object]], str]:
    """Key of a row -> what `relief verify` says of its receipt; and what making them said."""
    code, text = load(home, folder, mapping, "--receipts", folder / "out")
    assert code == 0, text
    found = {}
    for path in sorted((folder / "out").glob("*.relief-receipt")):
        code, value = said("verify", path, "--trust", home.trust)
        assert (code, value["state"]) == (0, "verified"), value
        found[path.stem] = {str(name): value for name, value in value["shown"]}
    return found, text


def test_a_row_of_a_list_is_forgotten(home: Home, tmp_path: Path) -> None:
    before, _ = receipts(home, tmp_path / "before", LISTS)
    assert {key: shown["donor"] for key, shown in before.items()} == {
        "01-1": "d-1", "01-2": "d-2", "03-1": "d-3",
    }  # fmt: skip
    [first, second] = [n for n in names(home) if n.endswith(("/0", "/1"))][:2]
    statement = first.split("/")[1]
    if second.split("/")[1] != statement:
        statement, second = second.split("/")[1], f"record/{second.split('/')[1]}/1"
    wanted = f"record/{statement}/1" if f"record/{statement}/1" in names(home) else second
    vault = vault_of(home)
    box = vault._connection.execute("SELECT box FROM records WHERE name = ?", (wanted,)).fetchone()[
        0
    ]
    vault.close()
    others = [name for name in names(home) if name != wanted]

    code, text = invoke(
        "vault", "erase", wanted.removeprefix("record/"), "--dir", home.folder, "--yes"
    )
    assert code == 0 and "1 records are erased" in text and "Backups" in text

    files = b"".join(p.read_bytes() for p in home.data.rglob("*") if p.is_file())
    assert box[40:100] not in files, "it is in some file yet"
    assert names(home) == others
    vault = vault_of(home)
    with pytest.raises(Erased) as erased:
        vault.get(wanted)
    assert erased.value.time > 1_700_000_000
    vault.close()
    after, text = receipts(home, tmp_path / "after", LISTS)
    assert after == {**before, "01-2": {}}
    assert "Row 01/2" in text and "was erased on" in text
    journal = home.journal.read_text()
    assert re.fullmatch(r"\S+ \S+ UTC vault: 1 records erased, 0 were before\n", journal)
    assert home.journal.stat().st_mode & 0o077 == 0
    with served(home) as one:
        code, value = said("verify", one.url, "--trust", home.trust)
        assert (code, value["state"]) == (0, "verified")


def test_a_gift_of_its_own_and_again(home: Home, tmp_path: Path) -> None:
    own = [name for name in names(home) if name.count("/") == 1]
    assert len(own) == 3
    code, value = said(
        "vault",
        "erase",
        *(n.removeprefix("record/") for n in own[:2]),
        "--dir",
        home.folder,
        "--yes",
    )
    assert code == 0 and (value["erased"], value["before"]) == (2, 0)
    code, value = said(
        "vault", "erase", *(n.removeprefix("record/") for n in own), "--dir", home.folder, "--yes"
    )
    assert code == 0 and (value["erased"], value["before"]) == (1, 2)
    assert len(home.journal.read_text().splitlines()) == 2
    after, text = receipts(home, tmp_path / "after", ROWS)
    assert after == {"01-1": {}, "01-2": {}, "03-1": {}} and text.count("was erased on") == 3


def test_a_row_as_receipts_name_it(home: Home) -> None:
    vault = vault_of(home)
    [name] = [n for n in vault.names("record/") if n.endswith("/1")]
    values = json.loads(vault.get(name))["values"]
    vault.close()
    statement = name.split("/")[1]
    thing = f"{statement}/{values['offset']}-{values['amount']}"
    assert invoke("vault", "erase", thing, "--dir", home.folder, "--yes")[0] == 0
    assert name not in names(home)
    code, text = invoke("vault", "erase", thing, "--dir", home.folder, "--yes")
    assert code == 1 and "erased already" in text


@pytest.mark.parametrize(
    ("thing", "code", "told"),
    [
        ("d-1", 2, "names no record"),
        ("ab" * 32, 1, "no record"),
        ("LIST", 2, "is a list"),
        ("LIST/99", 1, "no record"),
        ("LIST/5-5", 1, "No row at 5"),
    ],
)
def test_what_is_not_there_erases_nothing(home: Home, thing: str, code: int, told: str) -> None:
    before = names(home)
    own = next(n for n in before if n.count("/") == 1).removeprefix("record/")
    of_list = next(n for n in before if n.endswith("/1")).split("/")[1]
    found, text = invoke(
        "vault", "erase", own, thing.replace("LIST", of_list), "--dir", home.folder, "--yes"
    )
    assert found == code and told in text, text
    assert names(home) == before and not home.journal.exists()


def test_without_a_yes_nothing_is_erased(home: Home) -> None:
    before = names(home)
    own = next(n for n in before if n.count("/") == 1).removeprefix("record/")
    code, text = invoke("vault", "erase", own, "--dir", home.folder)
    assert code == 2 and "--yes" in text and names(home) == before


def test_not_beside_a_node_that_runs(filled: Served) -> None:
    code, text = invoke("vault", "erase", "ab" * 32, "--dir", filled.home.folder, "--yes")
    assert code == 2 and "Stop the node" in text


def test_in_three_languages(home: Home) -> None:
    own = next(n for n in names(home) if n.count("/") == 1).removeprefix("record/")
    for language, told in (
        ("zh-Hant", "已清除"),
        ("zh-Hans", "份记录"),
        ("en", "records are erased"),
    ):
        code, text = invoke(
            "vault", "erase", own, "--dir", home.folder, "--yes", "--language", language
        )
        assert code == 0 and told in text
