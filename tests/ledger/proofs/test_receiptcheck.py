"""What a receipt proves.

Goal: every true receipt comes to its verdict, says what was checked and what it rests on; every
altered one, and every one cut from a log that lies, fails in the step that is there for it.
Method: the shared vectors with their verdicts; a small log made by hand, its receipts altered part
by part; each truncation and a change of each byte of one receipt.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path as File
from typing import Any

import handlog
import pytest
from handlog import receipts, shown_seals
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import CheckError, FormatError
from ledger.log.proof import TlogProof
from ledger.log.trust import TrustFile, parse_trust
from ledger.proofs.disclosure import Path, Shown
from ledger.proofs.indexproof import IndexProof
from ledger.proofs.receipt import Line, Paths, Receipt, format_receipt, parse_receipt
from ledger.proofs.receiptcheck import (
    CLAIMED,
    RE_EXECUTED,
    Checked,
    FailedStep,
    MalformedReceipt,
    Verdict,
    check_receipt,
)
from ledger.proofs.stateproof import StateProof

TRUST = handlog.trust_file()


@pytest.fixture(scope="module")
def log() -> handlog.HandLog:
    return handlog.hand_log()


def check(receipt: Receipt, trust: TrustFile | None = TRUST) -> Checked:
    return check_receipt(format_receipt(receipt), trust)


def failed(receipt: Receipt, trust: TrustFile | None = TRUST) -> FailedStep:
    with pytest.raises(FailedStep) as caught:
        check(receipt, trust)
    return caught.value


# --- vectors


def verdict_of(data: bytes, trust: TrustFile) -> tuple[str, int | None, Checked | None]:
    """(verdict in the words of the vectors, step that failed, result)."""
    try:
        found = check_receipt(data, trust)
    except MalformedReceipt as error:
        return "malformed", error.step, None
    except FailedStep as error:
        said = [each[:2] for each in error.said]
        return ("false" if said == STEPS[: error.step - 1] else "lost count"), error.step, None
    return found.verdict, None, found


STEPS = [f"{number}:" for number in range(1, 9)]


def test_vectors_come_to_their_verdicts_in_their_steps(shared_vectors: File) -> None:
    folder = shared_vectors / "receipt"
    trust = parse_trust((folder / "trust").read_bytes())
    rows = json.loads((folder / "receipts.json").read_text())
    assert len(rows) == 86
    for row in rows:
        verdict, step, found = verdict_of(row["file"].encode(), trust)
        assert verdict == row["want"], row["name"]
        said = re.match(r"\((\d)\)", row["why"])
        assert said is None or step == int(said[1]), row["name"]
        if found is not None:
            assert found.is_success == (row["want"] in ("verified", "corrected"))
            assert [each[:2] for each in found.said] == STEPS
            claimed = row["name"] == "one mirror too few"
            assert found.is_re_executed is not claimed
            assert (CLAIMED in found.said[6] and CLAIMED in found.said[7]) is claimed
            assert bool(found.corrections) is (row["name"] == "corrected, text shown")


# --- true receipts

VERDICTS = {
    "seals": Verdict.VERIFIED,
    "list row": Verdict.VERIFIED,
    "corrected list row": Verdict.CORRECTED,
    "line": Verdict.VERIFIED,
    "hand-out in a manifest": Verdict.VERIFIED,
    "refused": Verdict.REFUSED,
    "held": Verdict.HELD,
    "posted": Verdict.VERIFIED,
    "auto": Verdict.VERIFIED,
    "corrected": Verdict.CORRECTED,
    "text not shown": Verdict.CORRECTED,
    "governance": Verdict.VERIFIED,
    "entry beside": Verdict.VERIFIED,
}


@pytest.mark.parametrize("name", VERDICTS)
def test_true_receipts_come_to_their_verdict(name: str, log: handlog.HandLog) -> None:
    receipt = receipts(log)[name]
    found = check(receipt)
    assert found.verdict == VERDICTS[name]
    assert found.index == receipt.proof.index
    assert found.is_success == (found.verdict in (Verdict.VERIFIED, Verdict.CORRECTED))


def test_every_shape_has_a_verdict(log: handlog.HandLog) -> None:
    assert set(receipts(log)) == set(VERDICTS)


def test_the_result_says_what_was_found(log: handlog.HandLog) -> None:
    found = check(receipts(log)["posted"])
    assert (found.code, found.posted_at) == ("held", log.ids["approval"])
    assert [signer.key_id for signer in found.signers] == [handlog.ANA.key_id, handlog.BAO.key_id]
    assert {signer.use for signer in found.signers} == {"author"}
    assert found.statement_id == log.names["held"]
    assert found.quorum.names == (
        "m1.example.org/mirror",
        "m2.example.org/mirror",
        "w1.example.org/witness",
    )
    assert found.batch.state_root
    found = check(receipts(log)["corrected"])
    assert [at for at, _ in found.corrections] == [log.ids["fix"]]
    assert check(receipts(log)["text not shown"]).corrections == ()
    assert "text not shown" in check(receipts(log)["text not shown"]).said[7]
    assert "derived" in check(receipts(log)["auto"]).said[6]
    assert "refusal" in check(receipts(log)["refused"]).said[6]


def test_a_row_alone_that_was_corrected_leaves_the_list_as_it_was(log: handlog.HandLog) -> None:
    receipt = receipts(log)["corrected list row"]
    assert [each.is_present for each in receipt.corrections] == [False, True]
    assert check(receipts(log)["list row"]).verdict == Verdict.VERIFIED


def test_too_few_mirrors_turn_knowledge_into_claims(log: handlog.HandLog) -> None:
    receipt = log.receipt("gift")
    known, claimed = check(receipt), check(receipt, handlog.trust_file(mirrors=3))
    assert known.is_re_executed
    assert not claimed.is_re_executed
    assert claimed.verdict == Verdict.VERIFIED
    for step in (6, 7):
        assert RE_EXECUTED in known.said[step]
        assert CLAIMED not in known.said[step]
        assert CLAIMED in claimed.said[step]
    assert CLAIMED in claimed.said[4]


def test_cosignatures_from_the_future_do_not_count(log: handlog.HandLog) -> None:
    data = format_receipt(log.receipt("gift"))
    signed = handlog.TIME + 60
    assert check_receipt(data, TRUST, now=signed - 300).verdict == Verdict.VERIFIED
    with pytest.raises(FailedStep, match="step 5, quorum"):
        check_receipt(data, TRUST, now=signed - 301)


def test_without_a_trust_file_it_says_what_to_do(log: handlog.HandLog) -> None:
    error = failed(receipts(log)["governance"], None)
    assert error.step == 3
    assert "give --trust" in error.why


# --- altered receipts

Alter = Callable[[handlog.HandLog, Receipt], Receipt]


def proof(**changes: Any) -> Alter:
    return lambda log, r: replace(r, proof=replace(r.proof, **changes))


def note(*cosigners: str) -> Alter:
    def change(log: handlog.HandLog, r: Receipt) -> Receipt:
        data = log.cosigned(*cosigners)
        return replace(
            r, proof=replace(r.proof, checkpoint=data), batch=replace(r.batch, checkpoint=data)
        )

    return change


def edit_note(old: bytes, new: bytes) -> Alter:
    def change(log: handlog.HandLog, r: Receipt) -> Receipt:
        data = r.proof.checkpoint.replace(old, new, 1)
        assert data != r.proof.checkpoint
        return replace(
            r, proof=replace(r.proof, checkpoint=data), batch=replace(r.batch, checkpoint=data)
        )

    return change


def edit_extra(part: str, old: bytes, new: bytes) -> Alter:
    def change(log: handlog.HandLog, r: Receipt) -> Receipt:
        held: TlogProof = getattr(r, part)
        assert held.extra is not None
        extra = held.extra.replace(old, new, 1)
        assert extra != held.extra
        changed = replace(held, extra=extra)
        return (
            replace(r, proof=changed, entry=extra)
            if part == "proof"
            else replace(r, **{part: changed})
        )

    return change


def signer(change: Callable[[StateProof], StateProof]) -> Alter:
    return lambda log, r: replace(r, signers=(change(r.signers[0]), *r.signers[1:]))


def correction(change: Callable[[StateProof], StateProof], at: int = -1) -> Alter:
    def alter(log: handlog.HandLog, r: Receipt) -> Receipt:
        listed = list(r.corrections)
        listed[at] = change(listed[at])
        return replace(r, corrections=tuple(listed))

    return alter


def corrected(change: Callable[[IndexProof], IndexProof]) -> Alter:
    def alter(log: handlog.HandLog, r: Receipt) -> Receipt:
        assert r.corrected is not None
        return replace(r, corrected=change(r.corrected))

    return alter


def shown(at: int, **changes: Any) -> Alter:
    def alter(log: handlog.HandLog, r: Receipt) -> Receipt:
        listed = list(r.shown)
        listed[at] = replace(listed[at], **changes)
        return replace(r, shown=tuple(listed))

    return alter


def paths(change: Callable[[Paths], Paths]) -> Alter:
    def alter(log: handlog.HandLog, r: Receipt) -> Receipt:
        assert r.paths is not None
        return replace(r, paths=change(r.paths))

    return alter


def as_absent(state: StateProof) -> StateProof:
    return replace(state, row=None)


ZERO = bytes(32)
FLIPPED = "08f4" * 16

# name -> (shape of receipt, how it is altered, the step that finds it)
LIES: dict[str, tuple[str, Alter, int]] = {
    "log signature taken off": ("seals", edit_note(b"\xe2\x80\x94 ledger", b"\xe2\x80\x94 sledger"), 4),
    "origin changed": ("seals", edit_note(b"hand\n", b"hind\n"), 3),
    "size changed": ("seals", edit_note(b"\n16\n", b"\n17\n"), 4),
    "too few cosigners": ("seals", note("m1", "m2"), 5),
    "nobody cosigned": ("seals", note(), 5),
    "the same cosigner under a strange name": ("seals", edit_note(b"w1.example", b"w9.example"), 5),
    "index of a neighbour": ("seals", proof(index=3), 6),
    "index beyond the log": ("seals", proof(index=99), 6),
    "path cut": ("seals", lambda log, r: replace(r, proof=replace(r.proof, path=r.proof.path[:-1])), 6),
    "path longer": ("seals", lambda log, r: replace(r, proof=replace(r.proof, path=(*r.proof.path, ZERO))), 6),
    "amount in the entry": ("seals", edit_extra("proof", b'"ok"', b'"no"'), 6),
    "refusal made ok": ("refused", edit_extra("proof", b"not_enough", b"flagged"), 6),
    "hold made ok": ("held", edit_extra("proof", b'"held"', b'"ok"'), 6),
    "entry of another place": ("seals", lambda log, r: replace(r, proof=replace(r.proof, extra=log.entries[3]), entry=log.entries[3]), 6),
    "batch entry of the batch before": ("seals", lambda log, r: replace(r, batch=log.proof(11)), 6),
    "state root changed": ("seals", edit_extra("batch", b'"state_root":"', b'"state_root":"0'), 1),
    "batch number changed": ("seals", edit_extra("batch", b'"batch":2', b'"batch":3'), 6),
    "batch under a note with one line more": ("seals", lambda log, r: replace(r, batch=replace(r.batch, checkpoint=log.cosigned("m1", "m2", "w1", "w2"))), 6),
    "signer left out": ("seals", lambda log, r: replace(r, signers=r.signers[:1]), 7),
    "signer too many": ("seals", lambda log, r: replace(r, signers=(*r.signers, log.state("keys", handlog.DEVICE.key_id))), 7),
    "signers swapped": ("seals", lambda log, r: replace(r, signers=r.signers[::-1]), 7),
    "another's row": ("line", lambda log, r: replace(r, signers=(log.state("keys", handlog.ANA.key_id),)), 7),
    "row said to be absent": ("line", signer(as_absent), 7),
    "row of another table": ("line", signer(lambda s: replace(s, table="members")), 7),
    "window widened": ("line", signer(lambda s: replace(s, row=[1, *s.row[1:]])), 7),  # type: ignore[index,misc]
    "another public key": ("line", signer(lambda s: replace(s, row=[*s.row[:5], handlog.BAO.public.hex()])), 7),  # type: ignore[index,misc]
    "sibling dropped": ("line", signer(lambda s: replace(s, siblings=s.siblings[:-1])), 7),
    "sibling added": ("line", signer(lambda s: replace(s, siblings=(*s.siblings, ZERO))), 7),
    "tables cut": ("line", signer(lambda s: replace(s, tables=s.tables[:-1])), 7),
    "signer of a derived entry": ("auto", lambda log, r: replace(r, signers=(log.state("keys", handlog.ANA.key_id),)), 7),
    "posted by a stranger": ("posted", lambda log, r: replace(r, posted=log.proof(log.ids["fix"])), 7),
    "posted without its signer": ("posted", lambda log, r: replace(r, signers=r.signers[:-1]), 7),
    "posted under another note": ("posted", lambda log, r: replace(r, posted=log.proof(log.ids["approval"], log.cosigned("m1", "m2", "w2"))), 7),
    "another hold posted": ("held", lambda log, r: replace(r, posted=log.proof(log.ids["approval"]), signers=log.key_states(r.proof.index, log.ids["approval"])), 7),
    "posting entry changed": ("posted", edit_extra("posted", b'"ok"', b'"no"'), 7),
    "governance about another": ("governance", lambda log, r: replace(r, gov=log.listing(f"correction/{log.names['wrong']}", log.ids["fix"])), 7),
    "governance with another entry": ("governance", lambda log, r: replace(r, gov=replace(r.gov, entries=((0, log.entries[2]),))), 7),  # type: ignore[type-var]
    "governance emptied": ("governance", lambda log, r: replace(r, gov=replace(r.gov, entries=())), 7),  # type: ignore[type-var]
    "no correction proof": ("seals", lambda log, r: replace(r, corrections=()), 8),
    "correction proof of another": ("seals", lambda log, r: replace(r, corrections=(log.state("index", f"correction/{log.names['list']}"),)), 8),
    "correction proof of another table": ("seals", correction(lambda s: replace(s, table="facts")), 8),
    "correction hidden": ("text not shown", correction(as_absent), 8),
    "correction hidden by its own leaf": ("text not shown", correction(lambda s: replace(s, row=None, other=own_leaf(s))), 8),
    "correction count changed": ("text not shown", correction(lambda s: replace(s, row=[2, *s.row[1:]])), 8),  # type: ignore[index,misc]
    "a correction made up": ("seals", correction(lambda s: replace(s, row=[1, 14, FLIPPED], other=None)), 8),
    "other row's path changed": ("seals", correction(lambda s: replace(s, other=(ZERO, s.other[1]) if s.other else (ZERO, ZERO))), 8),
    "list key left out": ("list row", lambda log, r: replace(r, corrections=r.corrections[1:]), 8),
    "row key left out": ("corrected list row", lambda log, r: replace(r, corrections=r.corrections[:1], corrected=None), 8),
    "keys swapped": ("list row", lambda log, r: replace(r, corrections=r.corrections[::-1]), 8),
    "correcting entry of another": ("corrected", corrected(lambda c: replace(c, entries=((c.entries[0][0], b"{}"),))), 8),
    "correcting entry at another index": ("corrected", corrected(lambda c: replace(c, entries=((c.entries[0][0] - 1, c.entries[0][1]),))), 8),
    "correcting entries left out": ("corrected", corrected(lambda c: replace(c, entries=())), 8),
    "corrected where nothing corrects": ("seals", lambda log, r: replace(r, corrected=log.listing("gov", 0)), 8),
    "corrected about another subject": ("corrected", lambda log, r: replace(r, corrected=log.listing("gov", 0)), 8),
    "sealed value changed": ("seals", shown(1, value="d-8"), 8),
    "salt changed": ("seals", shown(1, salt=ZERO), 8),
    "name that is not sealed": ("seals", shown(1, name="name"), 8),
    "field without a seal logged": ("corrected", lambda log, r: replace(r, shown=shown_seals()), 8),
    "field of a derived entry": ("auto", lambda log, r: replace(r, shown=shown_seals()), 8),
    "row amount changed": ("list row", shown(0, value=701), 8),
    "row donor changed": ("list row", shown(1, value="d-3"), 8),
    "row offset changed": ("list row", shown(2, value=0), 8),
    "row without its offset": ("list row", lambda log, r: replace(r, shown=r.shown[:2], paths=replace(r.paths, record=r.paths.record[:2])), 8),  # type: ignore[type-var,union-attr]
    "row without paths": ("list row", lambda log, r: replace(r, paths=None, corrections=r.corrections[:1]), 8),
    "paths without a field": ("list row", lambda log, r: replace(r, shown=(), paths=replace(r.paths, record=()), corrections=r.corrections[:1]), 8),  # type: ignore[type-var]
    "record at another place": ("list row", paths(lambda p: replace(p, manifest=Path(p.manifest.index - 1, p.manifest.path))), 8),
    "record path of another field": ("list row", paths(lambda p: replace(p, record=(p.record[0], p.record[0], p.record[2]))), 8),
    "manifest path cut": ("list row", paths(lambda p: replace(p, manifest=Path(p.manifest.index, p.manifest.path[1:]))), 8),
    "paths where there is no manifest": ("seals", lambda log, r: replace(r, shown=(), paths=Paths(Path(0, ()), ())), 8),
    "household tag changed": ("hand-out in a manifest", shown(1, value="another household"), 8),
    "quantity handed out changed": ("hand-out in a manifest", shown(0, value='[["rice",100]]'), 8),
    "row tag changed": ("line", lambda log, r: replace(r, line=Line(1, "t1")), 8),
    "row number too high": ("line", lambda log, r: replace(r, line=Line(2, "t2")), 8),
    "line where there are no rows": ("corrected", lambda log, r: replace(r, line=Line(0, "t1")), 8),
}  # fmt: skip


def own_leaf(state: StateProof) -> tuple[bytes, bytes]:
    from ledger.canon import encode
    from ledger.sparse import path_of, row_hash

    assert state.row is not None
    return path_of(state.key), row_hash(state.key, encode(state.row))


@pytest.mark.parametrize("lie", LIES)
def test_altered_receipts_fail_in_their_step(lie: str, log: handlog.HandLog) -> None:
    shape, alter, step = LIES[lie]
    true = receipts(log)[shape]
    check(true)
    if step == 1:
        with pytest.raises(FormatError):
            check(alter(log, true))
    else:
        assert failed(alter(log, true)).step == step


# --- logs that lie: everything is signed, only the checker can object


def small_log(**statement: Any) -> handlog.HandLog:
    log = handlog.HandLog()
    log.statement("gift", "donation.receive", {}, **statement)
    return log


@pytest.mark.parametrize(("count", "step"), [(0, 6), (2, 6)])
def test_a_batch_entry_that_miscounts_fails(count: int, step: int) -> None:
    log = small_log()
    log.close(count=count)
    assert failed(log.receipt("gift")).step == step


def test_a_batch_entry_of_an_unknown_protocol_fails() -> None:
    log = small_log()
    log.close(protocol=2)
    error = failed(log.receipt("gift"))
    assert (error.step, error.why) == (6, "protocol 2 is not known here")


OUTCOMES: dict[str, tuple[dict[str, Any], Verdict | None]] = {
    "ok": ({"code": "ok", "effects": {}}, Verdict.VERIFIED),
    "late": ({"code": "flagged", "effects": {}, "late": 9}, Verdict.VERIFIED),
    "a code of a later day": ({"code": "contract_denied", "effects": {}}, Verdict.REFUSED),
    "judged": ({"code": "ok", "effects": {}, "contracts": [], "outcome": "allow", "set": "5e"}, Verdict.VERIFIED),
    "held until": ({"code": "held", "effects": {}, "until": 1_800_000_000}, Verdict.HELD),
    "ended a wait": ({"code": "ok", "effects": {}, "voided": "5e"}, Verdict.VERIFIED),
    "judged by halves": ({"code": "ok", "effects": {}, "contracts": []}, None),
    "an unknown field": ({"code": "ok", "effects": {}, "unless": "raining"}, None),
    "no code": ({"code": "", "effects": {}}, None),
    "code of 40 letters": ({"code": "a" * 40, "effects": {}}, Verdict.REFUSED),
    "code of 41 letters": ({"code": "a" * 41, "effects": {}}, None),
    "code with a digit": ({"code": "ok2", "effects": {}}, None),
}  # fmt: skip


@pytest.mark.parametrize("case", OUTCOMES)
def test_the_outcome_is_read_strictly(case: str) -> None:
    outcome, verdict = OUTCOMES[case]
    log = small_log(outcome=outcome)
    log.close()
    if verdict is None:
        assert failed(log.receipt("gift")).step == 7
    else:
        assert check(log.receipt("gift")).verdict == verdict


def test_the_batch_is_not_before_the_entry() -> None:
    log = small_log()
    log.entries[0] = log.entries[0].replace(b'{"batch":0', b'{"batch":1', 1)
    log.close()
    assert failed(log.receipt("gift")).step == 6


def test_a_hold_is_not_posted_before_it_was_made() -> None:
    log = handlog.HandLog()
    held: Any = {"code": "held", "effects": {}}
    log.statement("held", "disbursement.instruct", {}, outcome=held)
    first = log.entries.pop()
    posting: Any = {"code": "ok", "effects": {}, "posted": log.names["held"]}
    log.statement("approval", "approval.give", {}, outcome=posting)
    log.entries.append(first)
    log.ids["held"] = 1
    log.close()
    error = failed(log.receipt("held", posted="approval"))
    assert (error.step, error.check) == (7, "step 7, posted")


def test_a_posting_that_was_refused_posts_nothing() -> None:
    log = handlog.HandLog()
    log.statement("held", "disbursement.instruct", {}, outcome={"code": "held", "effects": {}})
    posting: Any = {"code": "not_open", "effects": {}, "posted": log.names["held"]}
    log.statement("approval", "approval.give", {}, outcome=posting)
    log.close()
    assert failed(log.receipt("held", posted="approval")).step == 7


def test_trust_files_are_for_sizes(log: handlog.HandLog) -> None:
    size = len(log.entries)
    assert check(log.receipt("gift"), handlog.trust_file(start=size)).is_success
    assert failed(log.receipt("gift"), handlog.trust_file(start=size + 1)).step == 3


# --- every byte


def claim(found: Checked) -> tuple[Any, ...]:
    r = found.receipt
    return found.verdict, found.index, found.entry, r.shown, r.line, found.corrections


def test_every_truncation_and_every_changed_byte_is_refused(log: handlog.HandLog) -> None:
    """Byte by byte one bit is changed, another one at each place."""
    data = format_receipt(receipts(log)["list row"])
    assert check_receipt(data, TRUST).verdict == Verdict.VERIFIED
    for at in range(len(data)):
        changed = data[:at] + bytes((data[at] ^ 1 << at % 8,)) + data[at + 1 :]
        for lie in (data[:at], changed):
            with pytest.raises((FormatError, CheckError)):
                check_receipt(lie, TRUST)


@given(st.data())
def test_no_edit_verifies_as_the_same_claim(data: st.DataObject) -> None:
    """Bytes put in, taken out or written over: never another file with the same claim."""
    good, want = _good()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 40)))
    middle = data.draw(st.binary(max_size=6) | st.sampled_from([good[0:1], good[end : end + 9]]))
    lie = good[:start] + middle + good[end:]
    if lie == good:
        return
    try:
        found = check_receipt(lie, TRUST)
    except (FormatError, CheckError):
        return
    assert claim(found) != want


_CACHE: list[tuple[bytes, tuple[Any, ...]]] = []


def _good() -> tuple[bytes, tuple[Any, ...]]:
    if not _CACHE:
        good = format_receipt(receipts(handlog.hand_log())["seals"])
        _CACHE.append((good, claim(check_receipt(good, TRUST))))
    return _CACHE[0]


def test_parsing_again_changes_nothing(log: handlog.HandLog) -> None:
    for receipt in receipts(log).values():
        assert check(parse_receipt(format_receipt(receipt))).said == check(receipt).said


def test_what_is_shown_reaches_the_result(log: handlog.HandLog) -> None:
    found = check(receipts(log)["list row"])
    assert [(each.name, each.value) for each in found.receipt.shown] == [
        ("amount", 700),
        ("donor", "d-2"),
        ("offset", 5000),
    ]
    assert isinstance(found.receipt.shown[0], Shown)
