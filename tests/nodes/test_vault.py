"""The vault keeps, opens and forgets; nothing that was erased is left in its file.

Method: records with a text that is searched for in the raw bytes of every file of the folder, before
and after; boxes moved, changed and opened with another key.
"""

import sqlite3
from pathlib import Path

import pytest

from nodes.keyring import new_key
from nodes.vault import Erased, Vault, VaultError

KEY = new_key("vault")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault.sqlite", KEY)


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_keeps_and_opens(vault: Vault, tmp_path: Path) -> None:
    vault.put("secret/ab12", b"k" * 32)
    vault.put_many({"person/1": "王小明".encode(), "person/2": b"Ana Bao"})
    vault.put("secret/ab12", b"k" * 32)
    assert vault.get("person/1").decode() == "王小明"
    assert list(vault.names("person/")) == ["person/1", "person/2"]
    assert vault.has("person/1") and not vault.has("person/3")
    vault.close()
    again = Vault(tmp_path / "vault.sqlite", KEY)
    assert again.get("secret/ab12") == b"k" * 32
    assert (tmp_path / "vault.sqlite").stat().st_mode & 0o077 == 0
    again.close()


def test_nothing_in_plain(vault: Vault, tmp_path: Path) -> None:
    vault.put("person/1", b"Ana Bao, Dam Road 5")
    token = vault.new_token("person/1", expires=100)
    assert b"Dam Road" not in raw(tmp_path) and token not in raw(tmp_path)


def test_refusals(vault: Vault) -> None:
    vault.put("a", b"1")
    with pytest.raises(VaultError, match="something else"):
        vault.put("a", b"2")
    with pytest.raises(VaultError, match="no record"):
        vault.get("b")
    with pytest.raises(VaultError, match="none of 2"):
        vault.put_many({"c": b"1", "a": b"3"})
    assert not vault.has("c"), "all or none"
    with pytest.raises(VaultError, match="does not open a vault"):
        Vault(Path("x"), new_key("promise"))


def test_erased_is_gone_from_every_file(vault: Vault, tmp_path: Path) -> None:
    for number in range(50):
        vault.put(f"person/{number}", b"%d" % number * 200)
    box = vault._connection.execute("SELECT box FROM records WHERE name = 'person/7'").fetchone()[0]
    token = vault.new_token("person/7", expires=1_000)
    piece = box[40:100]
    assert piece in raw(tmp_path)
    assert vault.erase("person/7", time=123)
    assert piece not in raw(tmp_path), "neither in the file nor in its write-ahead log"
    assert not vault.erase("person/7", time=124), "there is nothing left to destroy"
    with pytest.raises(Erased):
        vault.get("person/7")
    with pytest.raises(Erased):
        vault.put("person/7", b"again")
    assert not vault.has("person/7") and vault.find_token(token, now=1) is None
    assert "person/7" not in list(vault.names())
    assert vault.get("person/8") == b"8" * 200
    assert not vault.erase("nobody", time=1)


def test_boxes_are_bound_to_name_and_key(vault: Vault, tmp_path: Path) -> None:
    vault.put("a", b"1")
    vault.put("b", b"2")
    vault.close()
    with sqlite3.connect(tmp_path / "vault.sqlite") as db:
        db.execute("UPDATE records SET box = (SELECT box FROM records WHERE name = 'b')")
    db.close()
    moved = Vault(tmp_path / "vault.sqlite", KEY)
    with pytest.raises(VaultError, match="another record"):
        moved.get("a")
    assert moved.get("b") == b"2"
    moved.close()
    with_other_key = Vault(tmp_path / "vault.sqlite", new_key("vault"))
    with pytest.raises(VaultError, match="does not open"):
        with_other_key.get("b")
    with_other_key.close()


def test_tokens(vault: Vault, tmp_path: Path) -> None:
    first, second = (vault.new_token("person/1", expires=100) for _ in range(2))
    assert len(first) == 16 and first != second
    for now, found in ((0, "person/1"), (99, "person/1"), (100, None), (101, None)):
        assert vault.find_token(first, now=now) == found
    assert vault.find_token(bytes(16), now=0) is None
    assert vault.find_token(first[:-1], now=0) is None
    vault.close()
    other = Vault(tmp_path / "vault.sqlite", new_key("vault"))
    assert other.find_token(first, now=0) is None, "hashes are keyed"
    other.close()


def test_an_erasure_that_fails_can_be_repeated(vault: Vault, tmp_path: Path) -> None:
    vault.put("person/1", b"Ana Bao")
    token = vault.new_token("person/1", expires=100)
    vault._connection.execute("PRAGMA query_only=ON")
    with pytest.raises(sqlite3.Error):
        vault.erase("person/1", time=5)
    vault._connection.execute("PRAGMA query_only=OFF")
    assert vault.get("person/1") == b"Ana Bao" and vault.find_token(token, now=5) == "person/1"
    assert vault.erase("person/1", time=5)
    assert vault.find_token(token, now=5) is None
