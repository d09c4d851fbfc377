"""Verifying a receipt: the eight steps of `ledger.proofs.receiptcheck`, and the entry in words."""

import re
from pathlib import Path
from typing import Final

from ledger.entry import AutoEntry, StatementEntry
from ledger.errors import CheckError
from ledger.log.trust import TrustFile
from ledger.proofs.receipt import parse_receipt
from ledger.proofs.receiptcheck import Checked, FailedStep, MalformedReceipt, check_receipt
from tools.console import clock, plain
from tools.measures import Measures
from tools.verifying.trusting import NoTrust, no_quorum, open_trust, vouched, where
from tools.verifying.verdict import Verdict, state_of
from tools.verifying.words import Lines, commodity_of, entry_data, show_lines, tell_entry
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


def verify_receipt(verdict: Verdict, data: bytes, path: Path | None) -> None:
    """The eight steps; without a usable trust file the first two, and then `unchecked`."""
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
        if isinstance(cause, CheckError) and state == "promised" and trust is not None:
            no_quorum(verdict, cause, trust, parse_receipt(data).proof.checkpoint)
        verdict.failed(title, f"{error.check.partition(', ')[2]}: {error.why}", state)
    _pass(verdict, checked.said)
    show_lines(verdict.console, _tell(verdict, checked))
    _give(verdict, checked)
    verdict.finish(str(checked.verdict))


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
    return lines + vouched(verdict, checked.quorum, checked.batch)


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
