"""A node from submission to final receipt, and what it does when it should not go on.

Method: a founded node in a folder, with mirror and witness in the process; statements of each kind of
fate; the receipts are checked by the verifier's own code. Then: full queues, pauses, restored
folders, retired keys, lost stores.
"""

import errno
import json
import shutil
import sqlite3
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from ledgers import DAY, NOW, ORIGIN, test_key
from nodekit import key_file, running, write_keys

from contracts.audit import Audit
from contracts.machine import Batch
from ledger.canon import b64encode
from ledger.envelope import PROMISE_TYPE, REFUSAL_TYPE, StatementId, check_dsse, open_dsse
from ledger.errors import FormatError
from ledger.keys import key_id
from ledger.log.proof import check_proof
from ledger.log.trust import parse_trust
from ledger.proofs.receipt import format_receipt
from ledger.proofs.receiptcheck import check_receipt
from ledger.proofs.stateproof import check_state_proof, format_state_proof, parse_state_proof
from nodes import announcer, chaos, solo
from nodes.errors import Busy, Locked, NotFinal, ReadOnly, Stopped, StoreLost
from nodes.keyring import KeyFile, write_key
from nodes.node import Node, Stage
from nodes.settings import Settings
from nodes.store import Store

ALLOCATE = {
    "draws": [{"amount": 1, "line": "flood.general"}],
    "programme": "flood-27",
    "purpose": "food",
}


@pytest.fixture(autouse=True)
def whole() -> None:
    chaos.clear()


def test_from_submission_to_final_receipt(tmp_path: Path) -> None:
    with running(tmp_path / "n") as it:
        node = it.node
        replies = node.submit([it.gift(n) for n in range(5)]).result(timeout=20)
        assert [reply.code for reply in replies] == ["ok"] * 5
        last = replies[-1]
        assert last.index is not None and last.statement is not None
        assert node.when_published(last.index).result(timeout=20) > last.index
        assert node.when_final(last.index).result(timeout=20) > last.index
        status = node.status(last.statement)
        assert status is not None and status.state == "final" and status.index == last.index
        trust = parse_trust(node.trust_data() or b"")
        grounds = node.grounds(final=True)
        assert grounds.is_final and grounds.find(last.statement) == last.index
        proof = grounds.prove(last.index)
        assert proof.extra is not None
        assert check_proof(proof, proof.extra, trust).index == last.index
        receipt = format_receipt(grounds.receipt(last.index))
        assert check_receipt(receipt, trust=trust)
        row = grounds.prove_state("accounts", "CNY/flood.general/free")
        shown = check_state_proof(parse_state_proof(format_state_proof(row)), trust)
        assert shown.row == str(sum(100 + n for n in range(5)))
        none = grounds.prove_state("accounts", "CNY/nobody")
        assert check_state_proof(parse_state_proof(format_state_proof(none)), trust).row is None
        row = grounds.index_row("gov")
        assert row is not None and row[0] >= 1 and grounds.index_row("gov/x") is None
        with pytest.raises(NotFinal):
            grounds.prove(grounds.size)
        with pytest.raises(IndexError):
            grounds.entry(grounds.size)


def test_every_fate_and_its_signed_note(tmp_path: Path) -> None:
    with running(tmp_path / "n") as it:
        node = it.node
        good, late = it.gift(1), it.gift(2, expires={"time": NOW - 1})
        stranger = it.gift(3).replace(test_key("red/ana").key_id.encode(), b"00" * 32)
        replies = node.submit([good, good, late, b"{", stranger, it.gift(1, occurred_at=5)]).result(
            timeout=20
        )
        codes = [reply.code for reply in replies]
        assert codes[:2] == ["ok", "replayed"] and codes[3] == "malformed"
        assert codes[5] == "id_reused" and replies[5].index is not None
        assert replies[1].index == replies[0].index, "a replay gets the first entry"
        assert replies[2].code in ("expired", "flagged")
        assert replies[4].index is None and replies[4].code == "signature_missing"
        public = key_file("promise").key.public
        for reply in replies:
            note = node.signed_note(reply)
            if reply.statement is None:
                assert note is None
                continue
            kind = REFUSAL_TYPE if reply.index is None else PROMISE_TYPE
            opened = open_dsse(note or b"", kind)
            check_dsse(opened, key_id(public), public)
            said = json.loads(opened.payload)
            assert (said["log"], said["statement"]) == (ORIGIN, reply.statement)
            if reply.index is not None and reply.code == "ok":
                assert NOW < said["deadline"] <= NOW + node.settings.promise_s
        refused = it.send(
            "stock.move",
            {"from": "depot", "lines": [{"lot": "ab" * 32 + "/0", "quantity": 1}], "to": "point"},
            "red/chen",
        )
        assert refused.index is None and refused.statement is not None
        status = node.status(refused.statement)
        assert status is not None and status.state == "refused" and status.stage is None
        assert status.refusal == refused.refusal
        logged = node.status(replies[5].statement or StatementId(""))
        assert logged is not None and logged.state == "refused" and logged.stage is not None
        assert node.status(StatementId("00" * 32)) is None


def test_refusals_kept_are_bounded(tmp_path: Path) -> None:
    with running(tmp_path / "n", refusals_kept=3) as it:
        sent = [
            it.send("donation.refund", {"amount": 1, "donation": f"{n:064x}"}, "red/ana", "red/bao")
            for n in range(1, 6)
        ]
        assert {reply.code for reply in sent} == {"unknown_reference"}
        known = [it.node.status(reply.statement or StatementId("")) for reply in sent]
        assert [status is not None for status in known] == [False, False, True, True, True]


def test_many_at_once_keep_their_order(tmp_path: Path) -> None:
    with running(tmp_path / "n", batch_max=64) as it:
        replies = it.node.submit([it.gift(n) for n in range(230)]).result(timeout=60)
        indexes = [reply.index for reply in replies]
        assert None not in indexes and indexes == sorted(indexes, key=lambda n: n or 0)
        assert it.node.store.head().batch >= 4
        assert it.node.submit([]).result(timeout=5) == ()


def test_threads_that_submit_together(tmp_path: Path) -> None:
    with running(tmp_path / "n") as it:
        datas = [[it.gift(100 * t + n) for n in range(20)] for t in range(6)]
        found: list[int] = []

        def send(mine: list[bytes]) -> None:
            for data in mine:
                index = it.node.submit([data]).result(timeout=60)[0].index
                assert index is not None
                found.append(index)

        threads = [threading.Thread(target=send, args=(mine,)) for mine in datas]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 120


def test_clean_restart_goes_on(tmp_path: Path) -> None:
    with running(tmp_path / "n") as it:
        reply = it.node.submit([it.gift(1)]).result(timeout=20)[0]
        it.node.when_final(reply.index or 0).result(timeout=20)
        before = it.node.checkpoint()
    with running(tmp_path / "n") as it:
        assert it.node.opened.clean and not it.node.read_only
        assert it.node.submit([it.gift(1)]).result(timeout=20)[0].code == "replayed"
        reply = it.node.submit([it.gift(2)]).result(timeout=20)[0]
        it.node.when_final(reply.index or 0).result(timeout=20)
        assert it.node.checkpoint() != before
        it.node.export_public(tmp_path / "public")
        read = (tmp_path / "public").joinpath
        report = Audit(lambda path: read(path).read_bytes(), it.node.trust_data() or b"").run()
        assert report.size == it.node.size()


def test_proofs_at_the_final_size_survive_a_crash(tmp_path: Path) -> None:
    """Final, then more batches that no cosigner sees, then a crash: proofs stand where they stood."""
    with running(tmp_path / "n", offer_every_ms=1_000_000_000) as it:
        node = it.node
        node.when_final(0).result(timeout=20)
        size = node.announcer.final_size
        for n in range(4):
            node.submit([it.gift(n)]).result(timeout=20)
        root = node.store.at_final().head().state_root
        shutil.copytree(tmp_path / "n", tmp_path / "crashed")
    with running(tmp_path / "crashed", offer_every_ms=1_000_000_000) as it:
        assert not it.node.opened.clean
        grounds = it.node.grounds(final=True)
        assert grounds.size == size < it.node.size()
        assert grounds.head.state_root == root
        trust = parse_trust(it.node.trust_data() or b"")
        proof = grounds.prove_state("accounts", "CNY/flood.general/free")
        assert check_state_proof(proof, trust).row is None, "the gifts came later"


def test_full_queue_says_come_again(tmp_path: Path) -> None:
    with running(tmp_path / "n", queue_max=10) as it:
        with pytest.raises(Busy) as busy:
            it.node.submit([it.gift(n) for n in range(11)])
        assert busy.value.status == 429
        assert it.node.submit([it.gift(n) for n in range(10)]).result(timeout=20)[9].code == "ok"


def test_authorisations_pause_and_facts_go_on(tmp_path: Path) -> None:
    """The clock leaps; until somebody confirms it, nothing may be authorised."""
    with running(tmp_path / "n") as it:
        it.clock.time = NOW + 5 * DAY
        it.time = it.clock.time
        paused = it.send("fund.allocate", ALLOCATE, "red/bao")
        assert paused.code is None and paused.error is not None and paused.error.status == 503
        goods = {
            "lines": [{"condition": "good", "item": "rice", "quantity": 5}],
            "site": "depot",
            "source": {"kind": "gift"},
        }
        it.time = NOW
        fact = it.send("stock.receive", goods, "red/chen", "red/dai")
        assert fact.code in ("ok", "flagged"), fact
        assert fact.time < NOW + DAY, "and time has not leapt"
        it.node.confirm_clock()
        it.time = it.clock.time
        assert it.send("fund.allocate", ALLOCATE, "red/bao").error is None


def test_too_much_that_is_not_final_pauses(tmp_path: Path) -> None:
    """A witness that answers nothing: nothing becomes final, and only facts go on."""
    with running(tmp_path / "n", uses=("log", "mirror"), unfinal_entries_max=3) as it:
        for n in range(4):
            assert it.node.submit([it.gift(n)]).result(timeout=20)[0].code == "ok", "facts go on"
        reply = it.send("fund.allocate", ALLOCATE, "red/bao")
        assert reply.error is not None and "not final" in str(reply.error)
        with pytest.raises(NotFinal):
            it.node.grounds(final=True)
        assert not it.node.grounds().is_final
        why = it.node.announcer.last_round
        assert why is None or why.quorum is None


def test_second_node_on_the_folder_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "n"), pytest.raises(Locked):
        Node(Settings(data_dir=tmp_path / "n")).start()


def test_restored_folder_is_read_only(tmp_path: Path) -> None:
    """A backup of the data under newer keys: it serves, takes nothing, signs nothing."""
    data, keys = tmp_path / "n", tmp_path / "keys"
    write_keys(keys)
    with running(data, keys_dir=keys) as it:
        it.node.submit([it.gift(1)]).result(timeout=20)
    shutil.copytree(data, tmp_path / "backup")
    with running(data, keys_dir=keys) as it:
        reply = it.node.submit([it.gift(2)]).result(timeout=20)[0]
        it.node.when_final(reply.index or 0).result(timeout=20)
        signed = it.node.announcer.published_size
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "backup", data)
    with running(data, keys_dir=keys, found=False) as it:
        assert "restored" in it.node.read_only and it.node.size() < signed
        with pytest.raises(ReadOnly):
            it.node.submit([it.gift(3)])
        assert it.node.announcer.signed is None
        assert it.node.grounds().prove(0)
    with running(data, keys_dir=keys, found=False) as it:
        assert "restored" in it.node.read_only, "and it stays so"


def test_node_without_its_key_or_with_another(tmp_path: Path) -> None:
    with running(tmp_path / "n", uses=(), found=False) as it:
        assert "no log key" in it.node.read_only
    with running(tmp_path / "m"):
        pass
    (tmp_path / "m" / "keys" / "log.key").unlink()
    other = KeyFile("log", ORIGIN, bytes(32))
    write_key(tmp_path / "m" / "keys" / "log.key", other, None)
    with running(tmp_path / "m", found=False) as it:
        assert "does not know this log key" in it.node.read_only


def test_little_room_is_read_only(tmp_path: Path) -> None:
    with running(tmp_path / "n", free_bytes_min=1 << 60, found=False) as it:
        assert "free on the disk" in it.node.read_only


def test_stopped_node_takes_nothing(tmp_path: Path) -> None:
    with running(tmp_path / "n") as it:
        node, data = it.node, it.gift(1)
        waiting = node.when_final(10**6)
    with pytest.raises(Stopped):
        node.submit([data])
    with pytest.raises(Stopped):
        waiting.result(timeout=5)


def test_stopping_again_is_free(tmp_path: Path) -> None:
    """Whatever was opened meanwhile under the number of a closed file stays open."""
    with running(tmp_path) as one:
        one.node.stop()
        with (tmp_path / "other").open("wb") as other:
            threads = [threading.Thread(target=one.node.stop) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)
                assert not thread.is_alive()
            other.write(b"still open")
    assert (tmp_path / "other").read_bytes() == b"still open"
    with running(tmp_path, found=False) as one:
        assert one.node.opened.clean and not one.node.read_only


def test_machine_that_fails_on_one_statement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours: the statement gets the error, those beside it are entered."""
    with running(tmp_path / "n", batch_window_ms=200) as it:
        datas = [it.gift(n) for n in range(6)]
        poison = json.loads(datas[3])["payload"]
        step = solo.step

        def failing(store: Store, batch: Batch, **rest: object) -> object:
            if any(b64encode(each.payload) == poison for each in batch.statements):
                raise AssertionError("a fault of ours")
            return step(store, batch, **rest)  # type: ignore[arg-type]

        monkeypatch.setattr(solo, "step", failing)
        replies = it.node.submit(datas).result(timeout=20)
        assert [reply.error is None for reply in replies] == [True, True, True, False, True, True]
        assert "a fault of ours" in str(replies[3].error)
        monkeypatch.undo()
        assert it.node.submit([datas[3]]).result(timeout=20)[0].code == "ok"


def test_lost_store_stops_everything(tmp_path: Path) -> None:
    with running(tmp_path / "n", uses=("log",)) as it:
        chaos.install("store.commit.done", chaos.fail_at(1))
        with pytest.raises(StoreLost):
            it.node.submit([it.gift(1)]).result(timeout=20)
        it.node._orderer.join(timeout=20)  # type: ignore[union-attr]
        assert it.node.lost is not None
        with pytest.raises((ReadOnly, StoreLost)):
            it.node.submit([it.gift(2)])
    chaos.clear()
    with running(tmp_path / "n") as it:
        assert not it.node.opened.clean
        assert it.node.submit([it.gift(1)]).result(timeout=20)[0].code == "replayed"


def test_damage_found_behind_stops_the_signing(tmp_path: Path) -> None:
    """A row whose value was changed leads to no root, so a start after a crash does not see it."""
    with running(tmp_path / "n") as it:
        it.node.submit([it.gift(n) for n in range(5)]).result(timeout=20)
        shutil.copytree(tmp_path / "n", tmp_path / "crashed")
    with sqlite3.connect(tmp_path / "crashed" / "store" / "ledger.sqlite") as db:
        sql = "UPDATE page_totals SET data = CAST(replace(data, '\"5', '\"6') AS BLOB)"
        assert db.execute(sql).rowcount == 1
    db.close()
    with running(tmp_path / "crashed", found=False) as it:
        it.node.behind._thread.join(timeout=20)
        assert it.node.lost is not None and "row CNY" in str(it.node.lost)
        with pytest.raises((ReadOnly, StoreLost)):
            it.node.submit([it.gift(9)])
        assert it.node.behind.took_s is None


def test_full_disk_delays_publishing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed waits until there is room for its note; nothing is lost, nothing stops."""
    monkeypatch.setattr(announcer, "_FULL_WAIT_S", 0.05)
    with running(tmp_path / "n") as it:
        it.node.when_final(2).result(timeout=20)
        keep, left = it.node.heads.keep, [3]

        def full(note: bytes, **rest: Any) -> None:
            left[0] -= 1
            if left[0] >= 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            keep(note, **rest)

        monkeypatch.setattr(it.node.heads, "keep", full)
        reply = it.node.submit([it.gift(1)]).result(timeout=20)[0]
        it.node.when_final(reply.index or 0).result(timeout=20)
        assert it.node.lost is None and it.node.announcer.trouble == "" and left[0] < 0


def test_heartbeat_keeps_what_is_final(tmp_path: Path) -> None:
    """The same checkpoint is cosigned anew though nothing happened, and stays final throughout."""
    with running(tmp_path / "n", heartbeat_s=1) as it:
        it.node.when_final(2).result(timeout=20)
        first = it.node.announcer.last_round
        for _ in range(200):
            if it.node.announcer.last_round is not first:
                break
            time.sleep(0.02)
        assert it.node.announcer.last_round is not first, "no second round"
        final = it.node.heads.newest(final=True)
        assert final is not None and final == it.node.announcer.final
        assert it.node.announcer.final_size == it.node.size()


def test_serves_tiles_and_checkpoint(tmp_path: Path) -> None:
    with running(tmp_path / "n") as it:
        it.node.when_final(2).result(timeout=20)
        size = it.node.announcer.published_size
        assert len(it.node.tile(f"tile/0/000.p/{size}")) == 32 * size
        assert it.node.tile(f"tile/entries/000.p/{size}")
        for wrong in ("tile/0/000", f"tile/0/000.p/{size + 1}", "tile/0/000.p/0", "tile/../x"):
            with pytest.raises(FormatError):
                it.node.tile(wrong)
        assert it.node.checkpoint().startswith(ORIGIN.encode())
        assert list(it.node.entries(0, 10**6)) == [
            it.node.store.entry(n) for n in range(it.node.size())
        ]
        assert it.node.effects(0) is None


def test_stages_contain_each_other() -> None:
    assert list(Stage) == ["pending", "promised", "included", "final"]


# --- nobody who waits, or goes away, stops a thread


def test_who_cancels_stops_no_thread(tmp_path: Path) -> None:
    with running(tmp_path / "n") as it:
        node = it.node
        many = [it.gift(n) for n in range(150)]
        for future in (node.submit(many[:1]), node.submit(many)):
            assert not future.cancel(), "what was taken is ordered"
        published = [node.when_published(10_000) for _ in range(5)]
        final = [node.when_final(10_000) for _ in range(5)]
        for waiting in (published, final):
            assert waiting[0].cancel() and waiting[3].cancel()
        assert len(node.announcer._waiting_published) == len(node.announcer._waiting_final) == 3
        last = node.submit([it.gift(200)]).result(timeout=20)[0]
        assert last.index is not None
        assert node.when_final(last.index).result(timeout=20) > last.index
        assert node.lost is None
    for future in (published[1], final[1]):
        with pytest.raises(Stopped):
            future.result(timeout=20)


def test_cancelled_between_being_taken_and_told(tmp_path: Path) -> None:
    """The thread that tells the others goes on."""
    futures: list[Future[int]] = [Future(), Future()]
    futures[0].cancel()
    announcer._fulfil(futures, 7)
    assert futures[1].result(timeout=0) == 7


def test_nobody_waits_for_a_lost_node(tmp_path: Path) -> None:
    with running(tmp_path / "n") as it:
        node = it.node
        waiting = [node.when_published(10_000), node.when_final(10_000)]
        reply = it.send("programme.allocate", {}, "red/ana")
        node._lose(StoreLost("found by a check"))
        for future in waiting:
            with pytest.raises(Stopped):
                future.result(timeout=20)
        with pytest.raises(ReadOnly):
            node.submit([it.gift(1)])
        assert node.signed_note(reply) is None, "nothing more is signed"


def test_what_waits_when_the_store_is_lost_is_not_ordered(tmp_path: Path) -> None:
    """Whoever finds it lost, the orderer does not finish its queue."""
    at_work, go = threading.Event(), threading.Event()

    def hold() -> None:
        at_work.set()
        go.wait(20)

    with running(tmp_path / "n", batch_max=1) as it:
        node, size = it.node, it.node.size()
        chaos.install("orderer.taken", hold)
        futures = [node.submit([it.gift(n)]) for n in range(3)]
        assert at_work.wait(20)
        node._lose(StoreLost("found by a check"))
        chaos.clear()
        go.set()
        for future in futures:
            with pytest.raises(StoreLost):
                future.result(timeout=20)
        # The one at work had passed the check already, or not; those behind it did not.
        assert node.size() <= size + 2


# --- what the public sees never goes back


def test_the_public_checkpoint_never_goes_back(tmp_path: Path) -> None:
    """Offered again, the newest keeps the cosignatures it has, in memory and over a restart."""
    with running(tmp_path / "n") as it:
        node = it.node
        node.when_final(node.size() - 1).result(timeout=20)
        final = node.checkpoint()
        assert final == node.announcer.final and final.count(b"\n\xe2\x80\x94 ") == 3
        bare = final[: final.rindex(b"\xe2\x80\x94")]
        node.announcer._show_public(bare)
        assert node.checkpoint() == final
        node.heads.keep(bare, final=False)
        assert node.heads.newest(final=True) == final


def test_a_note_beyond_a_restored_store_is_not_served(tmp_path: Path) -> None:
    folder = tmp_path / "n"
    with running(folder) as it:
        it.node.when_final(it.node.size() - 1).result(timeout=20)
    shutil.copytree(folder / "store", tmp_path / "old")
    with running(folder) as it:
        last = it.node.submit([it.gift(1)]).result(timeout=20)[0]
        assert last.index is not None
        it.node.when_final(last.index).result(timeout=20)
    shutil.rmtree(folder / "store")
    shutil.copytree(tmp_path / "old", folder / "store")
    with running(folder) as it:
        assert "restored" in it.node.read_only
        for final in (True, False):
            with pytest.raises(NotFinal):
                it.node.grounds(final=final)
        with pytest.raises(NotFinal):
            it.node.checkpoint()


# --- a start that fails leaves nothing behind


def test_one_folder_of_keys_is_for_one_process(tmp_path: Path) -> None:
    with running(tmp_path / "n"):
        shutil.copytree(tmp_path / "n" / "store", tmp_path / "copy" / "store")
        settings = Settings(data_dir=tmp_path / "copy", keys_dir=tmp_path / "n" / "keys")
        with pytest.raises(Locked):
            Node(settings).start()


def test_a_failed_start_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "n"):
        pass
    before = set(threading.enumerate())

    def fail(self: object) -> None:
        raise RuntimeError("can't start new thread")

    for place in ("nodes.announcer.Announcer.start", "nodes.witness.Witness.__init__"):
        with monkeypatch.context() as broken:
            broken.setattr(place, lambda self, *_: fail(self))
            with pytest.raises(RuntimeError), running(tmp_path / "n"):
                pass
        assert set(threading.enumerate()) <= before
    with running(tmp_path / "n") as it:
        assert it.node.submit([it.gift(1)]).result(timeout=20)[0].code == "ok"


def test_what_comes_while_cosigners_are_asked_becomes_final_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their answer comes before the next offer is due: the publisher must look again by then."""
    asked, go = threading.Event(), threading.Event()
    whole = announcer.ask_all

    def slowly(*args: Any, **names: Any) -> Any:
        asked.set()
        go.wait(20)
        return whole(*args, **names)

    with running(tmp_path / "n", offer_every_ms=700) as it:
        node = it.node
        node.when_final(node.size() - 1).result(timeout=20)
        with monkeypatch.context() as patch:
            patch.setattr(announcer, "ask_all", slowly)
            node.submit([it.gift(1)]).result(timeout=20)
            assert asked.wait(20)
            last = node.submit([it.gift(2)]).result(timeout=20)[0]
            assert last.index is not None
            node.when_published(last.index).result(timeout=20)
            go.set()
            assert node.when_final(last.index).result(timeout=10) > last.index


def test_an_empty_log_lets_the_publisher_sleep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = []
    whole = announcer.Announcer._publish_one

    def counted(self: announcer.Announcer) -> bool:
        passes.append(1)
        return whole(self)

    monkeypatch.setattr(announcer.Announcer, "_publish_one", counted)
    with running(tmp_path / "n", found=False, heartbeat_s=1):
        time.sleep(1.3)
        assert len(passes) < 5
