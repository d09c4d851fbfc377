"""What a receipt proves: eight steps in order, each of which may fail, and a result in words.

1. the form; 2. the leaf, hashed from the entry; 3. the trust file for this size; 4. the log's
signature; 5. the quorum of cosignatures, and whether enough mirrors among them re-executed the log;
6. the entry's place under the checkpoint, and the batch entry that closes it; 7. the signers, each
with a key in force at the entry's index, and the outcome; 8. the fields shown, and corrections.

The result is never a bare "valid". `verified` and `corrected` are success; a proof that holds and
shows a refusal is `refused`, one that shows a hold still open is `held`. What rests on the state
root alone (keys, corrections, outcomes) reads "claimed by the log, not re-executed" when fewer
mirrors than the trust file wants have cosigned. The law of these steps: `docs/spec/receipt.md`.

Who makes a receipt is not trusted; who signs a checkpoint is trusted as far as the trust file says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from ledger.canon import Value
from ledger.codes import APPLIED, Code
from ledger.entry import AutoEntry, BatchEntry, StatementEntry
from ledger.errors import CheckError, FormatError
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint, open_checkpoint_text
from ledger.log.note import Note, open_note
from ledger.log.proof import TlogProof
from ledger.log.trust import Quorum, TrustFile
from ledger.proofs import disclosure
from ledger.proofs.governed import Ground, Standing, check_governance
from ledger.proofs.indexproof import check_index, read_index_row
from ledger.proofs.receipt import Receipt, correction_subjects, open_entry, parse_receipt
from ledger.proofs.signers import Signer, check_signers
from ledger.proofs.stateproof import StateProof, check_batch, check_row

CLAIMED: Final = "claimed by the log, not re-executed"
RE_EXECUTED: Final = "re-executed by the mirrors"

_T = TypeVar("_T")


class Verdict(StrEnum):
    """What a receipt whose proof holds comes to."""

    VERIFIED = "verified"
    CORRECTED = "corrected"
    REFUSED = "refused"
    HELD = "held"


class MalformedReceipt(FormatError):
    """Step 1 failed: these bytes are no receipt."""

    step = 1


class FailedStep(CheckError):
    """Step `step` (2 to 8) failed; `said` are the sentences of the steps that passed before."""

    def __init__(self, step: int, check: str, why: str, said: tuple[str, ...]) -> None:
        super().__init__(f"step {step}, {check}", why)
        self.step, self.said = step, said


class MissingProof(CheckError):
    """What every receipt must show is not here, or something else is: that is false."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a receipt has shown. `index` is part of the claim: print it, and "as of" `batch.time`.

    `said` has one sentence for each of the eight steps, the first's at 0. `code` is the code of the
    entry's own outcome; `posted_at` the index of the entry that posted a held one. `corrections`
    are the entries that correct, `(index, entry)`, empty when their text is not shown.
    `standing` says how the trust file stands to governance; None where governance is not shown, or
    has entries that this version cannot read.
    """

    verdict: Verdict
    index: int
    statement_id: str
    entry: StatementEntry | AutoEntry
    code: str
    batch: BatchEntry
    checkpoint: Checkpoint
    quorum: Quorum
    signers: tuple[Signer, ...]
    posted_at: int | None
    corrections: tuple[tuple[int, StatementEntry | AutoEntry], ...]
    receipt: Receipt
    standing: Standing | None
    said: tuple[str, ...]

    @property
    def is_success(self) -> bool:
        """Whether what the entry says was booked, as it stands or as a correction shows."""
        return self.verdict in (Verdict.VERIFIED, Verdict.CORRECTED)

    @property
    def is_re_executed(self) -> bool:
        """Whether enough mirrors vouch for what rests on the state root."""
        return self.quorum.is_re_executed


def check_receipt(data: bytes, trust: TrustFile | None, *, now: int | None = None) -> Checked:
    """What the receipt in `data` shows, checked by `trust` in the eight steps.

    Raises `MalformedReceipt` (a `FormatError`) in step 1, `FailedStep` (a `CheckError`) later.
    `now` (Unix seconds) sorts out cosignatures from the future.
    """
    try:
        receipt = parse_receipt(data)
    except FormatError as error:
        raise MalformedReceipt(
            error.thing, error.why, where=error.where, code=error.code
        ) from error
    return _Check(receipt, now).run(trust)


class _Check:
    """One receipt on its way through the steps."""

    def __init__(self, receipt: Receipt, now: int | None) -> None:
        self._receipt, self._now = receipt, now
        self._said = ["1: a well-formed receipt, version 1"]

    def run(self, trust: TrustFile | None) -> Checked:
        """The steps in order."""
        receipt, index = self._receipt, self._receipt.proof.index
        checkpoint, _ = open_checkpoint_text(receipt.proof.checkpoint)
        entry = open_entry(receipt.entry)
        leaf = self._step(2, lambda: _hash_leaf(receipt.entry))
        file = self._step(3, lambda: _choose_trust(trust, checkpoint))
        self._step(4, lambda: _check_log(file, checkpoint, receipt.proof.checkpoint))
        quorum = self._step(5, lambda: _check_quorum(file, receipt.proof.checkpoint, self._now))
        batch = self._step(6, lambda: _check_place(receipt, leaf, entry, checkpoint))
        vouched = RE_EXECUTED if quorum.is_re_executed else CLAIMED
        ground = Ground(file, receipt.proof.checkpoint, checkpoint, quorum, self._now)
        signers, standing = self._step(
            7, lambda: _check_entry(receipt, entry, ground, batch, vouched)
        )
        if standing is not None:
            quorum = standing.quorum
        code = str(entry.outcome["code"])
        applied = code in APPLIED or receipt.posted is not None
        corrected = self._step(8, lambda: _check_shown(receipt, entry, checkpoint, batch, vouched))
        if not applied:
            verdict = Verdict.HELD if code == Code.HELD else Verdict.REFUSED
        else:
            verdict = Verdict.CORRECTED if corrected else Verdict.VERIFIED
        listed = receipt.corrected.entries if receipt.corrected is not None else ()
        return Checked(
            verdict=verdict,
            index=index,
            statement_id=_id_of(entry, checkpoint.origin),
            entry=entry,
            code=code,
            batch=batch,
            checkpoint=checkpoint,
            quorum=quorum,
            signers=signers,
            posted_at=None if receipt.posted is None else receipt.posted.index,
            corrections=tuple((at, open_entry(each)) for at, each in listed),
            receipt=receipt,
            standing=standing,
            said=tuple(self._said),
        )

    def _step(self, number: int, check: Callable[[], tuple[_T, str]]) -> _T:
        """Carry out one step; keep its sentence, or raise `FailedStep`."""
        try:
            found, said = check()
        except CheckError as error:
            raise FailedStep(number, error.check, error.why, tuple(self._said)) from error
        except FormatError as error:
            raise FailedStep(number, error.thing, error.why, tuple(self._said)) from error
        self._said.append(f"{number}: {said}")
        return found


def _id_of(entry: StatementEntry | AutoEntry, origin: str) -> str:
    return entry.id(origin) if isinstance(entry, AutoEntry) else entry.statement.id


# --- steps 2 to 6: the entry is in the log --------------------------------------------------------


def _hash_leaf(entry: bytes) -> tuple[bytes, str]:
    leaf = merkle.leaf_hash(entry)
    return leaf, f"the entry's leaf hash is {leaf.hex()}"


def _choose_trust(trust: TrustFile | None, checkpoint: Checkpoint) -> tuple[TrustFile, str]:
    if trust is None:
        raise CheckError(
            "trust file", "none is given, and none is derived from genesis here; give --trust"
        )
    trust.check_size(checkpoint)
    return trust, f"the trust file given is for size {checkpoint.size} of {checkpoint.origin}"


def _check_log(trust: TrustFile, checkpoint: Checkpoint, note: bytes) -> tuple[Note, str]:
    logs = [log.key for log in trust.logs if log.key.name == checkpoint.origin]
    try:
        return open_note(note, logs), f"signed by the log {checkpoint.origin}"
    except CheckError as error:
        raise type(error)("log signature", error.why) from None


def _check_quorum(trust: TrustFile, data: bytes, now: int | None) -> tuple[Quorum, str]:
    _, note = trust.check_log(data)  # every line of a known cosigner must verify
    quorum = trust.quorum_of(note, now=now)
    said = f"cosigned by {', '.join(quorum.names)}; existed by {quorum.time}"
    if not quorum.is_re_executed:
        said += (
            f"; {quorum.mirrors} mirrors of {quorum.mirrors_wanted} wanted: what rests on the"
            f" state root is {CLAIMED}"
        )
    return quorum, said


def _check_place(
    receipt: Receipt, leaf: bytes, entry: StatementEntry | AutoEntry, checkpoint: Checkpoint
) -> tuple[BatchEntry, str]:
    proof = receipt.proof
    merkle.check_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
    if receipt.batch.checkpoint != proof.checkpoint:
        raise CheckError("batch entry", "it stands under another checkpoint note than the entry")
    batch = check_batch(receipt.batch, checkpoint)
    if batch.batch < entry.batch or batch.time < entry.time:
        raise CheckError("batch entry", "its number or time is before the entry's")
    return batch, (
        f"entry {proof.index} of {checkpoint.size}, of batch {entry.batch} at {entry.time};"
        f" as of batch {batch.batch} at {batch.time}"
    )


# --- step 7: who signed, and what came of it ------------------------------------------------------


def _check_entry(
    receipt: Receipt,
    entry: StatementEntry | AutoEntry,
    ground: Ground,
    batch: BatchEntry,
    vouched: str,
) -> tuple[tuple[tuple[Signer, ...], Standing | None], str]:
    _check_outcome(entry.outcome)
    checkpoint = ground.checkpoint
    rows = list(receipt.signers)
    signers = _take_signers(entry, receipt.proof.index, rows, checkpoint.origin, batch)
    code = entry.outcome["code"]
    said = f"signatures: {len(signers)}, keys {vouched}" if signers else f"derived, {vouched}"
    said += f"; outcome: {code}"
    if receipt.posted is not None:
        posting = _check_posted(receipt, receipt.posted, _id_of(entry, checkpoint.origin))
        signers += _take_signers(posting, receipt.posted.index, rows, checkpoint.origin, batch)
        said += f", posted by entry {receipt.posted.index}"
    elif code == Code.HELD:
        said += ": held, nothing shows that it was posted"
    elif code not in APPLIED:
        said += ": a proven refusal"
    if rows:
        raise CheckError("signers", f"{len(rows)} key rows more than signatures")
    if receipt.gov is None:
        return (signers, None), said
    standing, more = check_governance(receipt.gov, batch.state_root, ground)
    return (signers, standing), said + more


def _check_outcome(outcome: Mapping[str, Value]) -> None:
    """The outcome's own form: what is not known here could change its meaning."""
    judged = ("contracts", "outcome", "set")
    waiting = ("posted", "until", "voided")
    known = ("breaches", "code", "effects", "late", "would", *judged, *waiting)
    for name in outcome:
        if name not in known:
            raise CheckError("outcome", f"unknown field {name}")
    if sum(name in outcome for name in judged) not in (0, len(judged)):
        raise CheckError("outcome", "contracts, outcome and set stand together or not at all")
    code = str(outcome["code"])
    if not 1 <= len(code) <= 40 or code.strip("abcdefghijklmnopqrstuvwxyz_"):
        raise CheckError("outcome", f"{code[:40]!r} is no code")


def _take_signers(
    entry: StatementEntry | AutoEntry,
    index: int,
    rows: list[StateProof],
    origin: str,
    batch: BatchEntry,
) -> tuple[Signer, ...]:
    """The signers of an entry, whose key rows are the first of `rows`; they are taken off it."""
    if isinstance(entry, AutoEntry):
        return ()
    count = len(entry.statement.signatures)
    mine, rows[:count] = rows[:count], []
    return check_signers(entry.statement, index, mine, origin=origin, state_root=batch.state_root)


def _check_posted(receipt: Receipt, posted: TlogProof, held: str) -> StatementEntry | AutoEntry:
    """The entry that posted the held statement `held`: later, under the same note, and applied."""
    if posted.checkpoint != receipt.proof.checkpoint:
        raise CheckError("posted", "it stands under another checkpoint note than the entry")
    checkpoint, _ = open_checkpoint_text(posted.checkpoint)
    assert posted.extra is not None  # the form of a receipt
    leaf = merkle.leaf_hash(posted.extra)
    merkle.check_inclusion(leaf, posted.index, checkpoint.size, posted.path, checkpoint.root)
    entry = open_entry(posted.extra)
    _check_outcome(entry.outcome)
    if entry.outcome.get("posted") != held or entry.outcome["code"] not in APPLIED:
        raise CheckError("posted", f"entry {posted.index} did not post {held}")
    if posted.index <= receipt.proof.index:
        raise CheckError("posted", f"entry {posted.index} is not after the hold")
    return entry


# --- step 8: what is shown, and whether it was corrected ------------------------------------------


def _check_shown(
    receipt: Receipt,
    entry: StatementEntry | AutoEntry,
    checkpoint: Checkpoint,
    batch: BatchEntry,
    vouched: str,
) -> tuple[bool, str]:
    """Whether a correction follows; every field shown leads to what was logged."""
    _check_fields(receipt, entry)
    subjects = correction_subjects(entry, checkpoint.origin, receipt.shown, receipt.paths)
    if [each.key for each in receipt.corrections] != subjects:
        due = ", ".join(subjects)
        raise MissingProof("corrections", f"proofs are due for {due}, in this order")
    found = []
    for proof in receipt.corrections:
        if proof.table != "index":
            raise CheckError("corrections", f"a row of table {proof.table[:64]}, not of the index")
        check_row(proof, batch.state_root)
        if proof.row is not None:
            read_index_row(proof.row)
            found.append(proof.key)
    shown = f"{len(receipt.shown)} fields as logged" if receipt.shown else "nothing"
    said = f"disclosed: {'1 row as logged' if receipt.line is not None else shown}; "
    if receipt.corrected is not None:
        if not found or receipt.corrected.subject != found[-1]:
            raise CheckError("corrections", "the entries shown are about nothing that corrects")
        check_index(receipt.corrected, batch.state_root)
        for _, each in receipt.corrected.entries:
            open_entry(each)  # they will be shown
        said += "a correction follows, its text is shown"
    else:
        said += "a correction follows, text not shown" if found else "no correction follows"
    return bool(found), f"{said} ({vouched})"


def _check_fields(receipt: Receipt, entry: StatementEntry | AutoEntry) -> None:
    logged = entry.statement if isinstance(entry, StatementEntry) else entry
    kind, v, body = logged.kind, logged.v, logged.body
    if receipt.line is not None:
        rows = body.get("rows")
        number = receipt.line.number
        if not isinstance(rows, list) or number >= len(rows):
            raise CheckError("line", f"there is no row {number}")
        row = rows[number]
        if not isinstance(row, dict) or row.get("tag") != receipt.line.tag:
            raise CheckError("line", f"row {number} has another tag")
    elif receipt.paths is not None:
        record = disclosure.open_record(kind, v, receipt.shown, receipt.paths.record)
        if "manifest" not in body:
            raise CheckError("manifest", "the statement has none")
        disclosure.check_manifest(body["manifest"], record, receipt.paths.manifest)
    else:
        seals = body.get("seals", {})
        if not isinstance(seals, dict):
            raise CheckError("seal", "body.seals is no object")
        for field in receipt.shown:
            disclosure.check_seal(seals, kind, v, field)
