"""Verifying a receipt: the eight steps of `ledger.proofs.receiptcheck`, and the entry in words."""

import re
from pathlib import Path
from typing import Final

from ledger.entry import AutoEntry, StatementEntry
from ledger.errors import CheckError, UnknownSigner
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.note import open_note
from ledger.log.trust import TrustFile
from ledger.proofs.receipt import parse_receipt
from ledger.proofs.receiptcheck import (
    Checked,
    FailedStep,
    MalformedReceipt,
    MissingProof,
    check_receipt,
)
from ledger.proofs.stateproof import PROOF_FILE_MAX
from tools.console import clock, plain
from tools.measures import Measures
from tools.published import read_regular
from tools.verifying.trusting import NoTrust, no_quorum, open_trust, vouched, where
from tools.verifying.verdict import Verdict, state_of
from tools.verifying.words import (
    Lines,
    commodity_of,
    entry_data,
    kind_words,
    show_lines,
    tell_entry,
)
from tools.words import word

STEPS: Final = (
    "form",
    "leaf",
    "trust file",
    "log signature",
    "quorum",
    "place",
    "signers",
    "shown",
)
"""The eight steps, in order."""
TRUST_STEP: Final = 3
CHANGES_SHOWN: Final = 12
"""Governance entries since the trust file that are named for people; `--json` has them all."""


def verify_receipt(
    verdict: Verdict, data: bytes, path: Path | None, since: Path | None = None
) -> None:
    """The eight steps; without a usable trust file the first two, and then `unchecked`.

    `since`: a checkpoint or receipt seen before. A receipt that is older than that may hide what
    came between: then nothing is told of it.
    """
    language = verdict.console.language
    trust: TrustFile | None = None
    no_trust = ""
    try:
        trust = open_trust(path)
    except NoTrust as error:
        no_trust = str(error)  # said in its turn, as step 3
    try:
        checked = check_receipt(data, trust, now=verdict.now)
    except MalformedReceipt as error:
        verdict.failed("form", str(error))
    except FailedStep as error:
        _pass(verdict, error.said)
        title = STEPS[error.step - 1]
        if error.step == TRUST_STEP:
            then = word("then_trust", language)
            verdict.failed(title, no_trust or error.why, "unchecked", then)
        cause = error.__cause__
        state = state_of(cause) if isinstance(cause, CheckError) else "mismatch"
        then = word("then_trust_new", language) if _is_old_trust(cause) else ""
        if isinstance(cause, MissingProof):
            then = word("then_fresh", language)
        if isinstance(cause, CheckError) and state == "promised" and trust is not None:
            no_quorum(verdict, cause, trust, parse_receipt(data).proof.checkpoint)
        verdict.failed(title, f"{error.check.partition(', ')[2]}: {error.why}", state, then)
    _pass(verdict, checked.said)
    if since is not None and trust is not None:
        _hold_against(verdict, checked, trust, since)
    show_lines(verdict.console, _tell(verdict, checked))
    _give(verdict, checked)
    verdict.finish(str(checked.verdict))


def _is_old_trust(cause: BaseException | None) -> bool:
    if isinstance(cause, UnknownSigner):
        return True
    return isinstance(cause, CheckError) and cause.check == "trust file"


def _hold_against(verdict: Verdict, checked: Checked, trust: TrustFile, since: Path) -> None:
    """The step "history": the receipt is not older than what was seen before.

    That one history extends the other, only the log can show; equal sizes have equal roots.
    """
    language, now = verdict.console.language, checked.checkpoint
    try:
        data = read_regular(since, PROOF_FILE_MAX)
        if data.endswith(b'"type":"receipt","v":1}'):
            data = parse_receipt(data).proof.checkpoint
        note = open_note(data, [each.key for each in trust.logs])
        seen = parse_checkpoint(note.text)
    except (ValueError, CheckError) as error:
        verdict.failed("history", f"{since}: {error}", "unchecked")
    if seen.origin != now.origin:
        verdict.failed("history", f"{since}: it is another log, {seen.origin}", "unchecked")
    if seen.size > now.size:
        found = (
            f"the checkpoint seen before has {seen.size:,} entries, "
            f"this receipt stands under {now.size:,}"
        )
        verdict.failed("history", found, "unchecked", word("then_fresh", language))
    if seen.size == now.size and seen.root != now.root:
        found = (
            f"at size {seen.size:,} the one seen before has root {seen.root.hex()}, "
            f"this one {now.root.hex()}"
        )
        verdict.failed("history", found, "mismatch", word("then_fork", language))
    verdict.passed("history", f"{now.size:,} entries, {seen.size:,} were seen before")


def _pass(verdict: Verdict, said: tuple[str, ...]) -> None:
    for title, text in zip(STEPS, said, strict=False):
        verdict.passed(title, _with_dates(text.partition(": ")[2]))


def _with_dates(said: str) -> str:
    """The core has no calendar: it says Unix seconds.

    >>> _with_dates("entry 19, of batch 6 at 1794297600")
    'entry 19, of batch 6 at 2026-11-10 08:00:00 UTC'
    """
    return re.sub(
        r"\b(at|by) ([0-9]{9,11})\b", lambda found: f"{found[1]} {clock(int(found[2]))}", said
    )


def _tell(verdict: Verdict, checked: Checked) -> Lines:
    language, receipt = verdict.console.language, checked.receipt
    lines = [where(checked.index, checked.checkpoint.origin, language)]
    # A key that is not its owner's own but a device's says so.
    signers = [
        each.actor if each.use == "author" else f"{each.actor} ({each.use})"
        for each in checked.signers
    ]
    lines += tell_entry(checked.entry, language, signers=signers)
    currency = commodity_of(checked.entry)
    shown = [
        f"{plain(field.name)} = {_value(field.name, field.value, currency, language)}"
        for field in receipt.shown
    ]
    if receipt.line is not None:
        tag = plain(receipt.line.tag)
        shown.append(word("row_shown", language, n=receipt.line.number, tag=tag))
    nothing = word("nothing_disclosed", language)
    lines.append((word("discloses", language), "; ".join(shown) or nothing))
    label = word("corrected_by", language)
    for index, entry in checked.corrections:
        text = word(
            "correction_text",
            language,
            index=f"{index:,}",
            time=clock(entry.time),
            reason=plain(_reason(entry)),
        )
        lines.append((label, text))
    if checked.verdict == "corrected" and not checked.corrections:
        lines.append((label, word("text_not_shown", language)))
    if checked.verdict == "verified":
        until = word("not_corrected", language, time=clock(checked.batch.time))
        lines.append((label, until))
    lines += _governance(verdict, checked)
    return lines + vouched(verdict, checked.quorum, checked.batch)


def _governance(verdict: Verdict, checked: Checked) -> Lines:
    """What changed since the trust file was made; a remark where it names others than sign now."""
    language, standing = verdict.console.language, checked.standing
    if standing is None:
        verdict.remark(word("no_governance", language))
        return []
    if not standing.is_current:
        verdict.remark(word("trust_is_old", language))
    hashed = standing.governed.genesis_hash.hex()
    lines = [(word("genesis_hash", language), hashed)]
    verdict.data["governance"] = {
        "genesis_hash": hashed,
        "entries": [[each.index, each.kind] for each in standing.governed.changes],
        "since_trust_file": [each.index for each in standing.since],
        "trust_file_is_current": standing.is_current,
    }
    newer = [each for each in standing.since if each.index > 0]
    for each in newer[:CHANGES_SHOWN]:
        what = kind_words(each.kind, language)
        text = word("change_text", language, index=f"{each.index:,}", what=what)
        lines.append((word("changed_since", language), text))
    if len(newer) > CHANGES_SHOWN:
        more = word("more_moves", language, n=f"{len(newer) - CHANGES_SHOWN:,}")
        lines.append((word("changed_since", language), more))
    return lines


def _value(name: str, value: str | int, currency: str, language: str) -> str:
    """A disclosed field; what is an amount of money as one."""
    if name == "amount" and isinstance(value, int) and currency:
        return Measures(language).amount(currency, value)
    return plain(str(value))


def _reason(entry: StatementEntry | AutoEntry) -> str:
    body = entry.statement.body if isinstance(entry, StatementEntry) else entry.body
    return str(body.get("say") or body.get("reason", "-"))


def _give(verdict: Verdict, checked: Checked) -> None:
    checkpoint = checked.checkpoint
    verdict.data |= {
        "checkpoint": {"origin": checkpoint.origin, "size": checkpoint.size},
        "code": checked.code,
        "statement": checked.statement_id,
        "entry": {"index": checked.index, **entry_data(checked.entry)},
        "signers": [
            {"key": each.key_id, "actor": each.actor, "use": each.use} for each in checked.signers
        ],
        "posted_at": checked.posted_at,
        "shown": [[field.name, field.value] for field in checked.receipt.shown],
        "corrections": [
            {"index": index, **entry_data(entry)} for index, entry in checked.corrections
        ],
    }
