"""Key files: sealed and open, for one use, for their owner alone; and settings that name them.

Method: each way in which a file must be refused, once; every byte of a sealed box changed.
"""

import json
import os
from pathlib import Path

import pytest
from nacl import pwhash

from ledger.log.note import COSIGNATURE, LOG
from nodes import keyring
from nodes.keyring import KeyFileError, new_key, read_key, read_passphrase, write_key
from nodes.settings import Settings

SECRET = b"correct horse battery staple"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least work that argon2id takes: what it protects is not tested here."""
    monkeypatch.setattr(pwhash.argon2id, "OPSLIMIT_MODERATE", pwhash.argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(pwhash.argon2id, "MEMLIMIT_MODERATE", pwhash.argon2id.MEMLIMIT_MIN)


@pytest.mark.parametrize("passphrase", [None, SECRET])
@pytest.mark.parametrize("use", keyring.USES)
def test_written_and_read(use: str, passphrase: bytes | None, tmp_path: Path) -> None:
    key = new_key(use, "ledger.example.org")
    path = tmp_path / "keys" / f"{use}.key"
    write_key(path, key, passphrase)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path, use, passphrase) == key
    assert (key.seed.hex() in path.read_text()) == (passphrase is None)
    assert key.seed.hex() not in repr(key)
    with pytest.raises(KeyFileError, match="never overwritten"):
        write_key(path, new_key(use), passphrase)


def test_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    write_key(path, new_key("log", "a.example"), SECRET)
    for wrong, match in ((None, "sealed"), (b"wrong", "not opened")):
        with pytest.raises(KeyFileError, match=match):
            read_key(path, "log", wrong)
    with pytest.raises(KeyFileError, match="for use log, not promise"):
        read_key(path, "promise", SECRET)
    with pytest.raises(KeyFileError, match="No such file"):
        read_key(tmp_path / "other.key", "log")
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="read by others"):
        read_key(path, "log", SECRET)
    with pytest.raises(KeyFileError, match="no use"):
        new_key("everything")


def test_changed_box_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    write_key(path, new_key("log", "a.example"), SECRET)
    value = json.loads(path.read_text())
    box = bytes.fromhex(value["sealed"]["box"])
    for at in range(0, len(box), 5):
        value["sealed"]["box"] = (box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :]).hex()
        path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":")))
        with pytest.raises(KeyFileError):
            read_key(path, "log", SECRET)


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"type": "other"}, {"public": "00" * 32}, {"seed": "zz"}, {"seed": "00"}, {"name": None}],
)  # fmt: skip
def test_changed_file_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    write_key(path, new_key("log", "a.example"), None)
    value = json.loads(path.read_text()) | change
    path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":")))
    with pytest.raises(KeyFileError):
        read_key(path, "log")


def test_too_much_work_is_refused(tmp_path: Path) -> None:
    """A planted file must not make a node spend an hour and all memory on one passphrase."""
    path = tmp_path / "log.key"
    write_key(path, new_key("log", "a.example"), SECRET)
    value = json.loads(path.read_text())
    value["sealed"]["memory"] = 1 << 40
    path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":")))
    with pytest.raises(KeyFileError, match="more work"):
        read_key(path, "log", SECRET)


def test_uses_do_not_mix() -> None:
    assert new_key("log", "a.example").signer.type == LOG
    assert new_key("mirror", "a.example/mirror").signer.type == COSIGNATURE
    for use, name in (("promise", "x"), ("log", "")):
        with pytest.raises(KeyFileError, match="signs no notes"):
            _ = new_key(use, name).signer
    with pytest.raises(KeyFileError, match="does not sign"):
        _ = new_key("vault").key


def test_passphrase_by_descriptor_and_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(SECRET + b"\n")
    assert read_passphrase(path=path) == SECRET
    number = os.open(path, os.O_RDONLY)
    assert read_passphrase(fd=number) == SECRET
    assert read_passphrase() is None
    path.write_bytes(b"\n")
    with pytest.raises(KeyFileError, match="empty"):
        read_passphrase(path=path)


def test_every_setting_says_who_may_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in Settings.model_fields.items():
        said = field.description or ""
        assert "operator" in said and len(said.split(";")) >= 2, f"{name}: say who, and what then"
    monkeypatch.setenv("RELIEF_BATCH_MAX", "7")
    assert Settings().batch_max == 7
    monkeypatch.setenv("RELIEF_BATCH_MAX", "0")
    with pytest.raises(ValueError, match="batch_max"):
        Settings()
