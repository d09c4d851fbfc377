"""`relief doctor`: each planted fault is found, and its finding names the fix.

Goal: nothing bad in a good folder; every fault of a table is found at its level; nothing is changed.
Method: each fault is put into a copy of a stopped ledger's folder.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from adopting import adopt
from homes import ORIGIN, Home, Served, gift, invoke, new_home, people, said
from late_indexes import MONEY, Days, paying
from ledgers import founded
from nodekit import fill
from relieving import allot, declare, households, relief, walk

from nodes.folder import FolderLock
from nodes.keyring import read_key
from nodes.recovery import open_store
from nodes.watermark import Watermark
from tools import checkup, doctor
from tools.signing import Outbox, make_statement


def findings(home: Home) -> dict[str, dict[str, str]]:
    """What the doctor finds in a folder, the worst of each thing, by its name."""
    _, value = said("doctor", "--dir", home.folder)
    order = [checkup.GOOD, checkup.LOOK, checkup.BAD]
    found: dict[str, dict[str, str]] = {}
    for each in sorted(value["findings"], key=lambda each: order.index(each["level"])):
        found[each["what"]] = each
    return found


def test_a_good_folder_has_nothing_bad(stopped: Home) -> None:
    code, value = said("doctor", "--dir", stopped.folder)
    assert (code, value["bad"]) == (0, 0)
    assert all(each["fix"] for each in value["findings"] if each["level"] != "good")
    assert not any(each["fix"] for each in value["findings"] if each["level"] == "good")
    assert {"store", "finality", "watermark", "views", "trust file", "keys", "disk"} <= set(
        findings(stopped)
    )


def drop_log_key(home: Home) -> None:
    (home.keys / "log.key").unlink()


def open_key(home: Home) -> None:
    (home.keys / "log.key").chmod(0o644)


def open_folder(home: Home) -> None:
    home.keys.chmod(0o755)


def misspell(home: Home) -> None:
    home.settings_file.write_text("RELIEF_BATCH_WINDOWS_MS=5\n")


def out_of_range(home: Home) -> None:
    home.settings_file.write_text("RELIEF_BATCH_MAX=0\n")


def fill_disk(home: Home) -> None:
    home.settings_file.write_text(f"RELIEF_FREE_BYTES_MIN={1 << 60}\n")


def raise_watermark(home: Home) -> None:
    mark = Watermark(home.keys / "watermark")
    mark.raise_to(1_000, bytes(32))
    mark.close()


def spoil_watermark(home: Home) -> None:
    (home.keys / "watermark").write_bytes(b"\xff" * 1_024)


def lose_watermark(home: Home) -> None:
    (home.keys / "watermark").unlink()


def lower_watermark(home: Home) -> None:
    lose_watermark(home)
    mark = Watermark(home.keys / "watermark")
    mark.raise_to(1, bytes(32))
    mark.close()


def end_trust(home: Home) -> None:
    text = home.trust.read_text()
    home.trust.write_text(text.replace(f"{ORIGIN} 1 -", f"{ORIGIN} 1 5"))


def nearly_end_trust(home: Home) -> None:
    text = home.trust.read_text()
    home.trust.write_text(text.replace(f"{ORIGIN} 1 -", f"{ORIGIN} 1 5000"))


def spoil_trust(home: Home) -> None:
    home.trust.write_text("quorum none\n")


def strange_trust(home: Home) -> None:
    other = new_home(home.folder.parent / "other")
    shutil.copy(other.trust, home.trust)


def lose_finality(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "heads.sqlite")) as connection, connection:
        connection.execute("DELETE FROM heads")


def crash(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "store" / "ledger.sqlite")) as connection, connection:
        connection.execute("DELETE FROM notes WHERE name = 'clean'")


def spoil_store(home: Home) -> None:
    (home.data / "store" / "ledger.sqlite").write_bytes(b"not a database" * 100)


def lag(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "views.sqlite")) as connection, connection:
        connection.execute("UPDATE position SET size = 500")


def leave_statement(home: Home) -> None:
    key = read_key(people(home, "charity/secretary"), "author").key
    body = gift(9)
    Outbox(home.outbox).keep(
        make_statement("donation.receive", body, [key], log=ORIGIN, now=1_800_000_000)
    )


def leave_founding(home: Home) -> None:
    done = home.founding / "entered" / "0-genesis.dsse"
    done.rename(home.founding / done.name)


def set_back_clock(home: Home) -> None:
    with closing(sqlite3.connect(home.data / "store" / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE head SET time = time + 1000000")


FAULTS: dict[str, tuple[Callable[[Home], None], str, str, str]] = {
    # fault: (how, what names it, level, what its finding or fix says)
    "no log key": (drop_log_key, "log key", "bad", "Bring the key file back"),
    "a key that others read": (open_key, "modes", "bad", "chmod 600"),
    "a folder that others enter": (open_folder, "modes", "bad", "chmod 700"),
    "a misspelt setting": (misspell, "settings", "bad", "is no setting"),
    "a setting out of range": (out_of_range, "settings", "bad", "RELIEF_BATCH_MAX"),
    "no room": (fill_disk, "disk", "bad", "MiB or more"),
    "an old backup of the store": (raise_watermark, "watermark", "bad", "older backup"),
    "a damaged watermark": (spoil_watermark, "watermark", "bad", "nobody knows"),
    "a lost watermark": (lose_watermark, "watermark", "bad", "relief watermark --dir DIR"),
    "an old watermark": (lower_watermark, "watermark", "bad", "older copy"),
    "a trust file that has ended": (end_trust, "trust file", "bad", "the log has 8"),
    "a trust file that will end": (nearly_end_trust, "trust file", "look", "ends at size 5,000"),
    "a trust file that is none": (spoil_trust, "trust file", "bad", "witness or a group"),
    "another ledger's trust file": (strange_trust, "trust file", "bad", "log key"),
    "nothing final": (lose_finality, "finality", "bad", "/freshness"),
    "no clean stop": (crash, "last stop", "look", "checks everything"),
    "a store that is none": (spoil_store, "store", "bad", "cannot look"),
    "views ahead of the log": (lag, "views", "bad", "relief rebuild"),
    "a statement in the outbox": (leave_statement, "outbox", "look", "relief submit"),
    "founding statements left": (leave_founding, "founding", "look", "relief serve"),
    "a clock behind the log": (set_back_clock, "clock", "bad", "Set the clock"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_doctor_finds(fault: str, home: Home) -> None:
    spoil, what, level, told = FAULTS[fault]
    spoil(home)
    found = findings(home)[what]
    assert found["level"] == level and told in found["found"] + found["fix"], found
    code, value = said("doctor", "--dir", home.folder)
    assert code == (1 if value["bad"] else 0) and (level != "bad" or value["bad"])


def test_the_doctor_changes_nothing(home: Home) -> None:
    def snapshot() -> dict[str, bytes]:
        return {
            str(path.relative_to(home.folder)): path.read_bytes()
            for path in sorted(home.folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        }

    before = snapshot()
    said("doctor", "--dir", home.folder)
    assert snapshot() == before


def test_the_doctor_sees_that_a_node_runs_and_asks_it(filled: Served) -> None:
    code, value = said("doctor", "--dir", filled.home.folder, "--to", filled.url)
    found = {each["what"]: each for each in value["findings"]}
    assert code == 0 and "a node runs" in found["lock"]["found"]
    assert [found[name]["level"] for name in ("livez", "readyz", "freshness")] == ["good"] * 3


def test_the_doctor_beside_a_lock_of_somebody_else(home: Home) -> None:
    lock = FolderLock(home.data / "store")
    assert "a node runs" in findings(home)["lock"]["found"]
    lock.release()
    assert "no node runs" in findings(home)["lock"]["found"]


def test_an_old_sqlite_and_a_rival_package_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.doctor.sqlite3.sqlite_version_info", (3, 51, 2))
    assert any(f.what == "SQLite" and f.level == "look" for f in doctor.machine())
    monkeypatch.setattr("tools.doctor.sqlite3.sqlite_version_info", (3, 51, 3))
    assert any(f.what == "SQLite" and f.level == "good" for f in doctor.machine())
    rivals = {"tools": ["relief-ledger", "toolbox"], "ledger": ["relief-ledger"]}
    monkeypatch.setattr("tools.doctor.packages_distributions", lambda: rivals)
    [found] = doctor.packages()
    assert found.level == "bad" and "tools (toolbox)" in found.found


def test_a_folder_that_is_no_ledger(tmp_path: Path) -> None:
    for command in ("doctor", "serve", "rebuild"):
        code, text = invoke(command, "--dir", tmp_path)
        assert code == 2 and "relief init" in text


def test_indexes_that_a_contract_waits_for(tmp_path: Path) -> None:
    home = Home(tmp_path)
    days = Days(1)
    days.play(3)
    days.committed(paying("knows", MONEY))
    store = open_store(home.data / "store").store
    fill(store, [made for made in days.ledger.steps if not made.is_empty])
    store.refilling.finish()
    store.close()

    def found() -> checkup.Finding:
        (one,) = [one for one in checkup.store(home) if one.what == "late indexes"]
        return one

    assert found().level == "good" and "6 of 6" in found().found
    max((home.data / "store" / "refill").iterdir()).unlink()
    assert found().level == "look" and "5 of 6" in found().found and "run" in found().fix


def test_runs_that_are_not_over(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ledger = founded()
    adopt(ledger, relief(), mode="enforce")
    households(ledger, 2)
    allot(ledger, 1_000_000)

    def found() -> list[checkup.Finding]:
        store = open_store(home.data / "store").store
        size = store.head().size
        fill(store, [one for one in ledger.steps if not one.is_empty and one.first >= size])
        store.close()
        return [one for one in checkup.store(home) if one.what == "runs"]

    assert found() == []
    assert declare(ledger).code == "ok"
    (one,) = found()
    assert one.level == "look" and one.found.startswith("1 ") and "goes on" in one.fix
    (one,) = checkup._going_on(home, runs=True)
    assert one.level == "good"
    walk(ledger)
    assert found() == []
