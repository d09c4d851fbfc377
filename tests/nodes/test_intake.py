"""Reading ahead gives what reading at once gives, in threads and in processes apart.

Method: good, bad and half-bad envelopes read three ways and compared; a child that is killed; the
orderer's memory of checks against checking.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import pytest
from ledgers import catalogue_body, founded
from nodekit import fill, opened, running

from ledger.envelope import PAYLOAD_TYPE, Statement, format_envelope, pae
from ledger.errors import FormatError
from ledger.keys import verify_enrolled
from nodes import reading as module
from nodes.child import Child
from nodes.intake import Intake, remembering
from nodes.reading import Read, ReadingProcess
from nodes.store import Store


def envelopes() -> list[bytes]:
    ledger = founded()
    good = [
        format_envelope(ledger.statement("catalogue.define", catalogue_body(), *actors))
        for actors in (("red/ana",), ("red/bao", "blue/eve"), ("nobody/knows",), ("red/ana", "x"))
    ]
    at = good[0].index(b'"sig":"') + 20
    other = bytes([good[0][at] ^ 1 or 65])
    return [*good, good[0][:at] + other + good[0][at + 1 :], b"{}", b"", good[1][:-5]]


def same(one: Read, other: Read) -> bool:
    assert len(one.statements) == len(other.statements)
    for mine, its in zip(one.statements, other.statements, strict=True):
        if isinstance(mine, FormatError):
            assert isinstance(its, FormatError) and (mine.code, mine.why, mine.where) == (
                its.code,
                its.why,
                its.where,
            )
        else:
            assert mine == its
    return one.checked == other.checked


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "s") as store:
        fill(store, founded().steps)
        yield store


def test_threads_and_processes_read_alike(store: Store) -> None:
    datas = envelopes()
    threads, processes = Intake(store, threads=2), Intake(store, processes=2)
    try:
        one, other = threads.read(datas).result(30), processes.read(datas).result(30)
        assert same(one, other)
        assert sum(isinstance(each, Statement) for each in one.statements) == 5
        assert sorted(one.checked.values()) == [False, True, True, True, True]
        for (public, message, signature), holds in one.checked.items():
            assert verify_enrolled(public, message, signature) == holds
    finally:
        threads.close()
        processes.close()


def test_child_that_is_killed_is_replaced(store: Store) -> None:
    datas = envelopes()
    intake = Intake(store, processes=1)
    try:
        first = intake.read(datas).result(30)
        for _ in range(2):
            [child] = intake._children
            assert child is not None
            os.kill(child._child.pid, signal.SIGKILL)
            assert same(first, intake.read(datas).result(30)), "by the node itself"
            assert same(first, intake.read(datas).result(30)), "by another child"
    finally:
        intake.close()


def test_many_threads_ask_at_once(store: Store) -> None:
    """Each gets the answer to what it asked, also while the process dies now and then."""
    datas = envelopes()
    parcels = [[*datas[at:], *datas[:at]] for at in range(len(datas))]
    intake, alone = Intake(store, threads=6, processes=2), Intake(store)
    try:
        wanted = [alone.read(parcel).result(30) for parcel in parcels]
        for turn in range(6):
            asked = [intake.read(parcel) for parcel in parcels * 4]
            if turn % 2:
                for child in list(intake._children):
                    if child is not None:
                        child._child.kill()
            for one, other in zip(asked, wanted * 4, strict=True):
                assert same(one.result(30), other)
    finally:
        intake.close()
        alone.close()


def test_answer_that_is_not_read_to_its_end_is_the_last(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes next from that process would begin within it: others are told, and go elsewhere."""
    child, datas = ReadingProcess(store.path), envelopes()
    began, may = threading.Event(), threading.Event()

    def no_room(pipe: IO[bytes]) -> Any:
        pipe.read(3)
        began.set()
        assert may.wait(30)
        raise MemoryError

    monkeypatch.setattr(module, "_receive", no_room)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(child.read, datas)
        assert began.wait(30)
        other = pool.submit(child.read, datas)
        while child._sent < 2:
            time.sleep(0.005)
        may.set()
        with pytest.raises(MemoryError):
            one.result(30)
        with pytest.raises(EOFError):
            other.result(30)
    child.close()


def test_process_that_nobody_hears_ends_without_a_word(
    store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    """As when the node was killed while it read."""
    child = Child("nodes.reading", str(store.path))
    child.out.close()
    module._send(child.to, tuple(envelopes()))
    assert child.end() == 0
    assert capfd.readouterr().err == ""


def test_single_statement_makes_no_process(store: Store) -> None:
    intake = Intake(store, processes=1)
    try:
        for data in envelopes():
            intake.read([data]).result(30)
        assert intake._children == [None]
        intake.read(envelopes()[:2]).result(30)
        assert intake._children != [None]
    finally:
        intake.close()


def test_memory_of_checks_is_a_memory_only(store: Store) -> None:
    """What is remembered is answered; what is not, is checked."""
    intake = Intake(store)
    try:
        found = intake.read(envelopes()).result(30)
    finally:
        intake.close()
    good = found.statements[0]
    assert isinstance(good, Statement)
    message = pae(PAYLOAD_TYPE, good.payload)
    [(public, _, signature)] = [
        each for each in found.checked if each[1] == message and found.checked[each]
    ][:1]
    check = remembering(found.checked)
    assert check(public, message, signature)
    assert not check(public, message + b"x", signature)
    assert not check(public, message, signature[:-1] + b"\0")
    assert not check(bytes(32), message, signature)


def test_node_with_processes(tmp_path: Path) -> None:
    with running(tmp_path / "n", check_processes=1) as it:
        replies = it.node.submit([it.gift(n) for n in range(150)]).result(timeout=60)
        assert {reply.code for reply in replies} == {"ok"}
        assert it.node.submit([it.gift(3)]).result(timeout=60)[0].code == "replayed"
