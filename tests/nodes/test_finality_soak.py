"""Finality under bad cosigners, for hundreds of batches: late, away, reordered, forged, stopped.

Goal: no checkpoint is final, nor shown to the public, without the cosignatures that make it so; what
is final, published and shown never goes back, also over a stop and a start; nobody who waits for an
entry is told too early; and once the cosigners are well, everything becomes final.
Method: a node whose mirror and witness answer as a seed has it: in time, late, not at all, done but
reported failed, with the line of an older checkpoint, of a stranger, or of nothing. Every note that
the node keeps or shows is judged by a naive count of verified lines, which knows no trust file.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest
from ledgers import ORIGIN
from nodekit import Speaker, key_file, running

from ledger.errors import CheckError
from ledger.log.checkpoint import Checkpoint, check_cosignature, cosign, parse_checkpoint
from ledger.log.note import COSIGNATURE, LOG, NoteLine, NoteSigner, parse_note
from nodes.finality import Cosigner
from nodes.keyring import new_key
from nodes.publisher import Signed, root_at

SEGMENTS, BATCHES = 3, 40
TIMEOUT_S = 0.05
COSIGNERS = {use: key_file(use).signer.verifier for use in ("mirror", "witness")}
STRANGER = NoteSigner("red.example.org/mirror", new_key("author").key, COSIGNATURE)
"""Somebody who signs under the mirror's name with a key of their own."""


@dataclass
class Judged:
    """What was seen, in the order in which it was seen, and what is wrong with it."""

    kept: list[int] = field(default_factory=list)
    """Sizes of final notes, as they were kept."""
    wrong: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def final(self, data: bytes, why: str) -> None:
        """A note that is said to be final has both cosignatures, and the log's."""
        names = lines_of(data)
        if names != {"log", "mirror", "witness"}:
            self.wrong.append(f"{why}: final with {sorted(names)}")

    def public(self, data: bytes) -> None:
        if not {"log", "mirror"} <= lines_of(data):
            self.wrong.append("shown to the public without a mirror")


def lines_of(data: bytes) -> set[str]:
    """Whose lines on a note verify, counted the simplest way."""
    note = parse_note(data)
    found = set()
    log = key_file("log").signer.verifier
    for line in note.lines:
        if line.key_id == log.key_id and log.type == LOG and log.verify(note.text, line.blob):
            found.add("log")
        for name, key in COSIGNERS.items():
            with suppress(CheckError):
                check_cosignature(line, key, note.text)
                found.add(name)
    return found


def head_of(data: bytes) -> Checkpoint:
    return parse_checkpoint(parse_note(data).text)


class Troubled:
    """A cosigner that is well, or answers as the seed has it. Its work is done by the real one."""

    def __init__(self, real: Cosigner, random: Random, judged: Judged) -> None:
        self._real, self._random, self._judged = real, random, judged
        self.name, self.is_mirror = real.name, real.is_mirror
        self.is_well = False
        self._last: NoteLine | None = None
        self._late: list[threading.Timer] = []

    def ask(self, signed: Signed) -> "Future[NoteLine]":
        how = "well"
        if not self.is_well:
            kinds = ("well", "late", "too late", "away", "lost", "older", "stranger", "nothing")
            how = self._random.choices(kinds, (10, 4, 1, 3, 3, 2, 2, 2))[0]
        self._judged.answers[how] += 1
        if how == "well":
            return self._remembered(self._real.ask(signed))
        answer: Future[NoteLine] = Future()
        if how in ("late", "too late"):
            asked = self._real.ask(signed)
            after = self._random.random() * (TIMEOUT_S / 4 if how == "late" else 4 * TIMEOUT_S)
            timer = threading.Timer(after, lambda: _pass_on(asked, answer))
            self._late.append(timer)
            timer.start()
        elif how == "older" and self._last is not None:
            answer.set_result(self._last)
        elif how == "stranger":
            text = parse_note(signed.note).text
            answer.set_result(cosign(text, STRANGER, 1_800_000_000))
        elif how == "nothing":
            line = COSIGNERS["mirror" if self.is_mirror else "witness"]
            answer.set_result(NoteLine(line.name, line.key_id, bytes(72)))
        else:
            if how == "lost":
                self._real.ask(signed)  # done, and the answer does not come
            answer.set_exception(OSError("away"))
        return answer

    def _remembered(self, asked: "Future[NoteLine]") -> "Future[NoteLine]":
        def remember(done: "Future[NoteLine]") -> None:
            if done.exception() is None:
                self._last = done.result()

        asked.add_done_callback(remember)
        return asked

    def close(self) -> None:
        for timer in self._late:
            timer.join()
        self._real.close()


def _pass_on(asked: "Future[NoteLine]", answer: "Future[NoteLine]") -> None:
    try:
        answer.set_result(asked.result(timeout=20))
    except Exception as error:
        answer.set_exception(error)


@contextmanager
def watched(one: Speaker, judged: Judged) -> Iterator[None]:
    """Look at everything that the announcer tells, again and again, until the `with` ends."""
    announcer, over = one.node.announcer, threading.Event()

    def look() -> None:
        seen = {"final": 0, "published": 0, "public": 0}
        while not over.is_set():
            # The smaller first: what is read later may only be larger.
            final, public = announcer.final, announcer.public
            sizes = {
                "final": announcer.final_size if final is None else head_of(final).size,
                "published": announcer.published_size,
                "public": 0 if public is None else head_of(public).size,
            }
            for name, size in sizes.items():
                if size < seen[name]:
                    judged.wrong.append(f"{name} went back from {seen[name]} to {size}")
            seen = sizes
            if final is not None:
                judged.final(final, "announced")
            if public is not None:
                judged.public(public)
            over.wait(0.001)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def spoil(one: Speaker, random: Random, judged: Judged) -> list[Troubled]:
    """Put troubled cosigners in the place of the node's own, and listen to what it keeps."""
    node = one.node
    troubled = [Troubled(each, Random(random.random()), judged) for each in node.cosigners]
    node.cosigners[:] = troubled
    parts = node.announcer._parts
    quick = parts.settings.model_copy(update={"cosign_timeout_s": TIMEOUT_S})
    node.announcer._parts = replace(parts, settings=quick)
    keep = node.heads.keep

    def listen(note: bytes, *, final: bool, point: str = "") -> None:
        if final:
            judged.final(note, "kept")
            judged.kept.append(head_of(note).size)
        keep(note, final=final, point=point)

    node.heads.keep = listen  # type: ignore[method-assign]
    return troubled


def told_too_early(one: Speaker, index: int, judged: Judged) -> None:
    """Whoever waits for an entry hears when it is final, not before."""

    def told(done: "Future[int]") -> None:
        if done.exception() is None and not (
            index < done.result() <= one.node.announcer.final_size
        ):
            judged.wrong.append(f"entry {index} was said to be final under {done.result()}")

    one.node.when_final(index).add_done_callback(told)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_bad_cosigners_delay_finality_and_nothing_else(seed: int, tmp_path: Path) -> None:
    random, judged, last = Random(seed), Judged(), 0
    with running(tmp_path) as one:
        one.node.when_final(one.node.size() - 1).result(timeout=20)
    for segment in range(SEGMENTS):
        with running(tmp_path, found=False) as one:
            assert one.node.announcer.final_size >= last, "a start forgot what was final"
            troubled = spoil(one, random, judged)
            with watched(one, judged):
                for batch in range(BATCHES):
                    number = seed * 100_000 + segment * 1_000 + batch
                    [reply] = one.node.submit([one.gift(number)]).result(timeout=20)
                    assert reply.code == "ok" and reply.index is not None
                    told_too_early(one, reply.index, judged)
                    time.sleep(random.random() * 0.02)
                if segment == SEGMENTS - 1:
                    for each in troubled:
                        each.is_well = True
                    size = one.node.size()
                    assert one.node.when_final(size - 1).result(timeout=30) == size
            last = one.node.announcer.final_size
            assert judged.wrong == []
    with running(tmp_path, found=False) as one:
        size = one.node.size()
        assert one.node.announcer.final_size == size and one.node.store.head().origin == ORIGIN
        note = one.node.announcer.final
        assert note is not None and head_of(note).root == root_at(one.node.store, size)
    assert judged.kept == sorted(judged.kept), "a smaller checkpoint was made final later"
    assert len(set(judged.kept)) >= 10, "too little became final for this to show anything"
    assert len(judged.answers) == 8, f"not every kind of trouble came: {judged.answers}"


def test_the_judge_finds_what_it_is_there_to_find(tmp_path: Path) -> None:
    """A note with one line too few, with a stranger's, and whole."""
    with running(tmp_path) as one:
        one.node.when_final(one.node.size() - 1).result(timeout=20)
        whole = one.node.announcer.final or b""
    assert lines_of(whole) == {"log", "mirror", "witness"}
    judged = Judged()
    judged.final(whole, "")
    judged.public(whole)
    assert judged.wrong == []
    text, _, lines = whole.partition(b"\n\n")
    one_less = b"\n".join(line for line in lines.split(b"\n") if b"blue.example.org" not in line)
    judged.final(text + b"\n\n" + one_less, "by hand")
    assert judged.wrong == ["by hand: final with ['log', 'mirror']"]
    changed = text.replace(b"\n", b"\n1", 1) + b"\n\n" + lines
    assert lines_of(changed) == set()
