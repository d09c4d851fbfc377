"""The audit of a whole log: what it passes, and each lie that it must find.

Goal: a log that is altered anywhere, or whose maker breaks the law, never passes; a file that is
missing proves nothing either way. Method: a small log with more than one full tile, published in
memory; each lie changes one thing, those of the log's own maker with good signatures.
"""

from collections.abc import Callable
from typing import Any

import pytest
from ledgers import DAY, TestLedger, cosigned, founded, public_files, trust_of

from contracts.audit import Audit, Report, Unavailable
from ledger.canon import decode_object, encode
from ledger.errors import CheckError, FormatError
from ledger.log.merkle import leaf_hash, root
from ledger.log.tile import bundles_of, format_bundle, format_tile, parse_bundle, tiles_of

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def ledger() -> TestLedger:
    found = founded()
    for number in range(140):
        role = "quality" if number % 2 else "counter"
        body: dict[str, Any] = {
            "actor": "blue/fay",
            "roles": [role],
            "scope": {"areas": [], "funds": [], "sites": []},
        }
        assert found.say("member.grant", body, "red/ana", "red/bao").code == "ok"
    assert found.say("member.grant", body, "red/dai").code == "no_authority"
    found.time += DAY
    return found


def audit(files: Files, trust: bytes, **options: Any) -> Report:
    def read(path: str) -> bytes:
        if path not in files:
            raise Unavailable(path)
        return files[path]

    return Audit(read, trust, **options).run()


def test_a_whole_log_passes_all_steps(ledger: TestLedger) -> None:
    seen: list[int] = []
    report = audit(public_files(ledger), trust_of(ledger), on_step=lambda s: seen.append(s.number))
    assert [step.title for step in report.steps] == [
        "trust file",
        "log signature",
        "quorum",
        "entries",
        "tiles",
        "genesis",
        "re-execution",
        "conservation",
    ]
    assert seen == list(range(1, 9))
    assert (report.size, report.statements, report.refused) == (286, 143, 1)
    assert report.genesis_hash == leaf_hash(ledger.memory.entries[0])
    assert report.remarks == ()


def test_another_trust_file_is_used_and_remarked(ledger: TestLedger) -> None:
    other = trust_of(ledger).replace(b"group both 2 m1 w1", b"group both 1 m1 w1")
    assert len(audit(public_files(ledger), other).remarks) == 1


def test_an_old_checkpoint_passes_for_its_own_entries(ledger: TestLedger) -> None:
    old = founded()
    assert audit(public_files(old), trust_of(old)).size == 4


def republish(ledger: TestLedger, change: Callable[[list[bytes]], None]) -> Files:
    """The files of a log whose maker wrote other entries and signed them."""
    entries = [*ledger.memory.entries]
    change(entries)
    leaves = [leaf_hash(entry) for entry in entries]
    size = len(entries)
    files = {"checkpoint": cosigned(size, root(leaves), ("mirror", "witness"))}
    for bundle in bundles_of(size):
        start = bundle.n * 256
        files[bundle.path] = format_bundle(entries[start : start + bundle.width])
    for tile in tiles_of(size):
        row = leaves if tile.level == 0 else [root(leaves[:256])]
        start = tile.n * 256
        files[tile.path] = format_tile(row[start : start + tile.width])
    return files


def edit(entries: list[bytes], index: int, **fields: Any) -> None:
    entries[index] = encode({**decode_object(entries[index], size_max=65_535), **fields})


def grow_a_code(entries: list[bytes]) -> None:
    refused = next(n for n, e in enumerate(entries) if b'"code":"no_authority"' in e)
    edit(entries, refused, outcome={"code": "ok", "effects": {}})


def with_effects(entries: list[bytes]) -> None:
    edit(entries, 4, outcome={"code": "ok", "effects": {"moves": [["CNY", "a", "b", 1]]}})


LIES: dict[str, tuple[Callable[[list[bytes]], None], str]] = {
    "a refusal shown as success": (grow_a_code, "re-execution"),
    "effects that did not happen": (with_effects, "re-execution"),
    "another state root": (lambda e: edit(e, 5, state_root="00" * 32), "re-execution"),
    "another results digest": (lambda e: edit(e, 5, outcomes="00" * 32), "re-execution"),
    "a count too high": (lambda e: edit(e, 5, count=2), "re-execution"),
    "a later time": (lambda e: edit(e, 5, time=1_900_000_000), "re-execution"),
    "time that falls": (lambda e: edit(e, 5, time=1_700_000_000), "re-execution"),
    "a batch number skipped": (lambda e: edit(e, 5, batch=3), "re-execution"),
    "an entry left out": (lambda e: e.pop(4), "re-execution"),
    "an entry twice": (lambda e: e.insert(4, e[4]), "re-execution"),
    "two entries exchanged": (lambda e: e.insert(4, e.pop(6)), "re-execution"),
    "another protocol": (lambda e: edit(e, 5, protocol=2), "re-execution"),
    "no batch entry at the end": (lambda e: e.pop(), "re-execution"),
    "no genesis": (lambda e: e.pop(0), "genesis"),
    "no batch entry at all": (lambda e: e.__setitem__(slice(None), [e[0], e[2]]), "re-execution"),
    "a field more": (lambda e: edit(e, 5, note="x"), "re-execution"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_of_the_logs_own_maker_is_found(ledger: TestLedger, lie: str) -> None:
    change, check = LIES[lie]
    with pytest.raises(CheckError) as error:
        audit(republish(ledger, lambda entries: (change(entries), None)[1]), trust_of(ledger))
    assert error.value.check == check


def test_a_forged_signature_inside_the_log_is_found(ledger: TestLedger) -> None:
    def forge(entries: list[bytes]) -> None:
        value = decode_object(entries[4], size_max=65_535)
        statement: Any = value["statement"]
        sig = statement["signatures"][0]["sig"]
        statement["signatures"][0]["sig"] = ("B" if sig[0] != "B" else "C") + sig[1:]
        entries[4] = encode(value)

    with pytest.raises(CheckError, match="re-execution"):
        audit(republish(ledger, forge), trust_of(ledger))


@pytest.mark.parametrize("path", ["checkpoint", "tile/entries/000", "tile/0/000", "tile/1/000.p/1"])
def test_a_changed_byte_of_any_file_is_found_and_a_missing_file_proves_nothing(
    ledger: TestLedger, path: str
) -> None:
    files = public_files(ledger)
    data = files[path]
    for at in (0, len(data) // 2, len(data) - 2):
        changed = {**files, path: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]}
        with pytest.raises((CheckError, FormatError)):
            audit(changed, trust_of(ledger))
    del files[path]
    with pytest.raises(Unavailable):
        audit(files, trust_of(ledger))


def test_a_checkpoint_without_its_quorum_is_not_enough(ledger: TestLedger) -> None:
    head = ledger.memory.head()
    files = public_files(ledger)
    files["checkpoint"] = cosigned(head.size, head.root(), ("witness",))
    with pytest.raises(CheckError) as error:
        audit(files, trust_of(ledger))
    assert error.value.check == "quorum"


def test_entries_of_another_log_do_not_fit(ledger: TestLedger) -> None:
    files = public_files(ledger)
    bundle = parse_bundle(files["tile/entries/000"])
    files["tile/entries/000"] = format_bundle([bundle[0], *reversed(bundle[1:])])
    with pytest.raises(CheckError, match="log root"):
        audit(files, trust_of(ledger))
