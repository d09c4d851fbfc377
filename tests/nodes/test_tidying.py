"""Expired tokens are purged at start and then again and again; an older vault gets its indexes.

Goal: purged a week after they expired and not before, whatever their number, without walking over
the others; a vault of the first version opens with all it held; one of a later version is left
alone; a purge that fails, or a clock that is not sure, destroys nothing and ends nothing.
Method: vaults of each version by hand; a node on a folder with tokens; a tidier with a short pause.
"""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from ledgers import NOW
from nodekit import key_file, running

from nodes import vault as vaults
from nodes.keyring import new_key
from nodes.tidying import Tidier
from nodes.vault import PURGE_AFTER_S, SCHEMA, Vault, VaultError

KEY = new_key("vault")


def tokens_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT COUNT(*) FROM tokens").fetchone()[0])


@pytest.mark.parametrize(("late_s", "left"), [(-1, 1), (0, 0), (1, 0)])
def test_a_week_after_they_expired(tmp_path: Path, late_s: int, left: int) -> None:
    vault = Vault(tmp_path / "v", KEY)
    vault.new_token("a", expires=1_000)
    assert vault.purge_tokens(now=1_000 + PURGE_AFTER_S + late_s) == 1 - left
    assert tokens_in(tmp_path / "v") == left
    vault.close()


def test_more_than_a_portion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vaults, "PURGE_PORTION", 10)
    vault = Vault(tmp_path / "v", KEY)
    for number in range(35):
        vault.new_token(f"p/{number}", expires=number)
    kept = vault.new_token("p/later", expires=PURGE_AFTER_S)
    assert vault.purge_tokens(now=PURGE_AFTER_S + 100) == 35
    assert vault.find_token(kept, now=0) == "p/later"
    vault.close()


def test_neither_erasing_nor_purging_walks_over_all_tokens(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "v", KEY)
    for sql in (
        "DELETE FROM tokens WHERE name = 'a'",
        "SELECT hash FROM tokens WHERE expires <= 5 ORDER BY expires LIMIT 10",
    ):
        plan = vault._connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
        said = " ".join(str(row[3]) for row in plan)
        assert "tokens_" in said and "SCAN" not in said, said
    vault.close()


def test_an_older_vault_keeps_all_and_gets_its_indexes(tmp_path: Path) -> None:
    path = tmp_path / "v"
    vault = Vault(path, KEY)
    vault.put("person/1", b"Ana Bao")
    token = vault.new_token("person/1", expires=100)
    vault.close()
    with closing(sqlite3.connect(path)) as db:  # as the first version left it
        db.execute("DROP INDEX tokens_name")
        db.execute("DROP INDEX tokens_expires")
        db.execute("PRAGMA user_version=0")
        db.commit()
    for _ in range(2):
        vault = Vault(path, KEY)
        assert vault.get("person/1") == b"Ana Bao"
        assert vault.find_token(token, now=1) == "person/1"
        vault.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_schema")}
        assert {"tokens_name", "tokens_expires"} <= names


def test_a_newer_vault_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "v"
    Vault(path, KEY).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version={SCHEMA + 1}")
    before = path.read_bytes()
    with pytest.raises(VaultError, match="newer program"):
        Vault(path, KEY)
    assert path.read_bytes() == before


def test_a_node_purges_when_it_starts(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    path = tmp_path / "vault.sqlite"
    vault = Vault(path, key_file("vault"))
    for expires in (NOW - PURGE_AFTER_S, NOW - PURGE_AFTER_S + 1):
        vault.new_token("a", expires=expires)
    vault.close()
    with running(tmp_path) as one:
        deadline = time.monotonic() + 10
        while one.node.tidier.purged == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert one.node.tidier.purged == 1
    assert tokens_in(path) == 1
    assert not [t for t in threading.enumerate() if t.name == "relief-tidier"]


def test_it_goes_on_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, sure, seen = Vault(tmp_path / "v", KEY), [False], threading.Semaphore(0)
    real, broken = vault.purge_tokens, [True]

    def purge(*, now: int) -> int:
        seen.release()
        if broken[0]:
            raise sqlite3.OperationalError("disk I/O error")
        return real(now=now)

    monkeypatch.setattr(vault, "purge_tokens", purge)
    vault.new_token("a", expires=0)
    tidier = Tidier(vault, lambda: PURGE_AFTER_S, is_sure=lambda: sure[0], every_s=0.01)
    tidier.start()
    assert not seen.acquire(timeout=0.1), "the clock is not sure"
    sure[0] = True
    for _ in range(3):
        assert seen.acquire(timeout=5)
    assert tidier.purged == 0 and "disk I/O" in tidier.trouble
    broken[0] = False
    deadline = time.monotonic() + 5
    while tidier.purged == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    tidier.stop()
    assert (tidier.purged, tidier.trouble) == (1, "")
    vault.close()
