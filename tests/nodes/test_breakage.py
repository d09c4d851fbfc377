"""Every step from queue to finality is broken once, both ways; afterwards the log is whole.

Method: one table of named points. Each is broken at its first and at a later passage under load:
before the step (not done) or behind it (done, but reported as failed). Then the node is started
again, whole, and goes on. Judged is everything that was said on the way: each acknowledged statement
is in the log once, each signature and cosignature ever made is of the one history, and an auditor
finds the whole log right.
"""

from pathlib import Path

import pytest
from nodekit import Speaker, running

from contracts.audit import Audit
from ledger.log.checkpoint import Checkpoint, cosign, parse_checkpoint, sign_checkpoint
from ledger.log.note import NoteLine, NoteSigner
from nodes import chaos, mirror, publisher, witness
from nodes.checking import check_rest
from nodes.errors import NodeError
from nodes.solo import Reply

EXPORT = tuple(point for point in chaos.POINTS if point.startswith("export."))
TABLE = [
    (point, count)
    for point in chaos.POINTS
    if point not in EXPORT
    for count in ((1,) if point in ("clean.stop", "store.fold", "store.wal") else (1, 3))
]


@pytest.fixture(autouse=True)
def whole() -> None:
    chaos.clear()


@pytest.fixture
def heads(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, int, bytes]]:
    """(signer, size, root) of every signature that any key here has made."""
    made: set[tuple[str, int, bytes]] = set()

    def signing(checkpoint: Checkpoint, signer: NoteSigner) -> bytes:
        made.add((signer.name, checkpoint.size, checkpoint.root))
        return sign_checkpoint(checkpoint, signer)

    def cosigning(text: str, signer: NoteSigner, time: int) -> NoteLine:
        checkpoint = parse_checkpoint(text)
        made.add((signer.name, checkpoint.size, checkpoint.root))
        return cosign(text, signer, time)

    monkeypatch.setattr(publisher, "sign_checkpoint", signing)
    monkeypatch.setattr(mirror, "cosign", cosigning)
    monkeypatch.setattr(witness, "cosign", cosigning)
    return made


def send(it: Speaker, number: int) -> Reply | None:
    """The reply to a gift, or None when nobody knows what became of it."""
    try:
        reply = it.node.submit([it.gift(number)]).result(timeout=20)[0]
    except (NodeError, OSError):
        return None
    return None if reply.error is not None else reply


@pytest.mark.parametrize(("point", "count"), TABLE, ids=lambda part: str(part))
def test_broken_once(
    point: str, count: int, tmp_path: Path, heads: set[tuple[str, int, bytes]]
) -> None:
    acknowledged: dict[str, int] = {}
    tried = 0
    with running(tmp_path / "n", fold_every=6) as it:
        if point == "store.wal":
            object.__setattr__(it.node.store.options, "wal_pages", 10)
        chaos.install(point, chaos.fail_at(count))
        for number in range(12):
            tried += 1
            reply = send(it, number)
            if reply is not None and reply.index is not None:
                acknowledged[str(reply.statement)] = reply.index
            if it.node.lost is not None and number > 8:
                break
        if point == "clean.stop":
            with pytest.raises(OSError, match="broken"):
                it.node.stop()
            it.node.stop = lambda: None  # type: ignore[method-assign]
    chaos.clear()
    with running(tmp_path / "n", fold_every=6) as it:
        # Whatever was tried is sent again: once in the log, at the place that was acknowledged.
        for number in range(tried + 3):
            reply = send(it, number)
            assert (
                reply is not None and reply.index is not None and reply.code in ("ok", "replayed")
            )
            known = acknowledged.setdefault(str(reply.statement), reply.index)
            assert known == reply.index, "acknowledged, and now elsewhere"
        assert len(set(acknowledged.values())) == tried + 3
        last = max(acknowledged.values())
        it.node.when_final(last).result(timeout=20)
        it.node.export_public(tmp_path / "public")
        assert list(check_rest(it.node.store)) == []
        trust = it.node.trust_data() or b""
        size = it.node.announcer.final_size
    report = Audit(lambda path: (tmp_path / "public" / path).read_bytes(), trust).run()
    assert report.size == size and report.statements == tried + 3 + 2
    by_size: dict[int, set[bytes]] = {}
    for _, signed, root in heads:
        by_size.setdefault(signed, set()).add(root)
    assert {len(roots) for roots in by_size.values()} == {1}, "two roots were signed for one size"


def test_each_point_is_passed(tmp_path: Path) -> None:
    """The names in the code are the names in the table: a point that nothing passes breaks nothing."""
    passed: set[str] = set()
    for point in chaos.POINTS:
        chaos.install(point, lambda point=point: passed.add(point))  # type: ignore[misc]
    with running(tmp_path / "n", fold_every=3) as it:
        object.__setattr__(it.node.store.options, "wal_pages", 3)
        object.__setattr__(it.node.store.options, "wal_idle", 3)
        for number in range(6):
            send(it, number)
        it.node.when_final(3).result(timeout=20)
        it.node.export_public(tmp_path / "public")
    # Those of a refill are passed, and broken, in `test_refilling`.
    assert passed == {point for point in chaos.POINTS if not point.startswith("refill.")}


def test_points_are_those_in_the_code() -> None:
    folder = Path(__file__).resolve().parents[2] / "nodes"
    text = "".join(path.read_text() for path in folder.glob("*.py") if path.name != "chaos.py")
    for point in chaos.POINTS:
        names = {f'"{point}"', f'"{point.removesuffix(".done")}"'}
        assert any(name in text for name in names), f"{point} is not in the code"
    assert len(chaos.POINTS) >= 20


def test_what_can_be_installed() -> None:
    for wrong in ("x:1:kill", "store.commit:x:kill", "store.commit:1:explode", "store.commit"):
        with pytest.raises(ValueError, match=r"name|point"):
            chaos.install_from(wrong)
    chaos.install_from("store.commit:2:fail,store.begin:1:fail")
    chaos.point("store.commit")
    with pytest.raises(OSError, match="broken"):
        chaos.point("store.commit")
    chaos.point("store.commit")
    with pytest.raises(OSError, match="broken"):
        chaos.point("store.begin")
    chaos.point("no such point is no error: points are names, not promises")
