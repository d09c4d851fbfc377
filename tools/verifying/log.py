"""Verifying a whole log: every file read, every batch executed again (`contracts.audit`)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from contracts.audit import Audit, AuditStep, Balance, Report, Unavailable
from ledger.errors import CheckError, FormatError, UnknownSigner
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.merkle import Frontier, leaf_hash
from ledger.log.note import NOTE_MAX, open_note
from ledger.log.tile import TILE_WIDTH, bundles_of, entries_path, parse_bundle
from ledger.log.trust import TrustFile, parse_trust
from nodes.peers import Peer
from tools.console import plain
from tools.measures import Measures, unexplained
from tools.published import Published, open_published, read_regular
from tools.verifying.second_opinion import second_opinion
from tools.verifying.trusting import NoTrust, no_quorum, read_trust, vouched
from tools.verifying.verdict import Verdict, state_of
from tools.verifying.words import show_lines
from tools.words import word

STEPS: Final = (
    "trust file",
    "log signature",
    "quorum",
    "entries",
    "tiles",
    "genesis",
    "re-execution",
    "conservation",
)
"""The eight steps of `contracts.audit`, by their titles."""


def verify_log(
    verdict: Verdict,
    path: Path | None,
    *,
    second: bool,
    since: Path | None,
    peer: Peer | None,
) -> None:
    """Audit the log in the folder or at the address that `verdict.target` names.

    `since`: a checkpoint seen before, which this log must still hold.
    """
    with open_published(verdict.target, peer=peer) as log:
        try:
            trust = read_trust(path)
        except NoTrust as error:
            then = word("then_trust", verdict.console.language)
            verdict.failed("trust file", str(error), "unchecked", then)
        report = _audit(verdict, log, trust)
        if since is not None:
            _hold_against(verdict, log, parse_trust(trust), since, report.size)
        if second:
            _ask_second(verdict, log, report.size)
        note = parse_trust(trust).check_log(log.read("checkpoint"))[1]
    _tell(verdict, report)
    show_lines(
        verdict.console, vouched(verdict, parse_trust(trust).quorum_of(note, now=verdict.now))
    )
    verdict.finish("verified")


def _audit(verdict: Verdict, log: Published, trust: bytes) -> Report:
    console = verdict.console
    language = console.language
    with console.counting(word("entries", language), word("entries", language)) as counter:

        def on_step(step: AuditStep) -> None:
            verdict.passed(step.title, step.detail)
            if step.title == "tiles":
                counter.label = word("re-execution", language)

        audit = Audit(log.read, trust, now=verdict.now, on_step=on_step, on_progress=counter.show)
        try:
            return audit.run()
        except (CheckError, FormatError, Unavailable) as error:
            counter.close()
            title = _title(verdict, error)
            if isinstance(error, CheckError) and title == "quorum" == error.check:
                no_quorum(verdict, error, parse_trust(trust), log.read("checkpoint"))
            state, then = _meaning(verdict, error)
            verdict.failed(title, str(error), state, then, number=STEPS.index(title) + 1)


def _title(verdict: Verdict, error: Exception) -> str:
    """The step that was at work."""
    # Governance is read to the end while every batch is executed again, so that the step before
    # re-execution passes together with it.
    if isinstance(error, CheckError) and error.check == "re-execution":
        return error.check
    return STEPS[min(len(verdict.steps), len(STEPS) - 1)]


def _meaning(verdict: Verdict, error: Exception) -> tuple[str, str]:
    """State and next step for what ended an audit."""
    language = verdict.console.language
    if isinstance(error, Unavailable):
        return "unchecked", word("then_unavailable", language)
    state = state_of(error) if isinstance(error, CheckError) else "mismatch"
    if not verdict.steps:
        state = "unchecked"  # the trust file itself; nothing of the log was looked at
    if isinstance(error, UnknownSigner):
        return state, word("then_trust_new", language)
    return state, word("then_trust", language) if state == "unchecked" else ""


def _hold_against(
    verdict: Verdict, log: Published, trust: TrustFile, since: Path, size: int
) -> None:
    """The step "history": the log extends what an older checkpoint of it has signed."""
    try:
        data = read_regular(since, NOTE_MAX)
        note = open_note(data, [each.key for each in trust.logs])
        old = parse_checkpoint(note.text)
    except (ValueError, CheckError) as error:
        verdict.failed("history", f"{since}: {error}", "unchecked")
    if old.size > size:
        found = f"this copy has {size:,} entries, the log had {old.size:,} before"
        verdict.failed("history", found, "unchecked", word("then_newer", verdict.console.language))
    frontier = Frontier()
    for bundle in bundles_of(old.size):
        # The bundle as it is published now, of which the older log had the first entries.
        width = min(TILE_WIDTH, size - bundle.n * TILE_WIDTH)
        entries = parse_bundle(log.read(entries_path(bundle.n, width)), width)
        frontier.extend(leaf_hash(entry) for entry in entries[: bundle.width])
    if frontier.root() != old.root:
        found = f"at size {old.size:,} it had root {old.root.hex()}, now {frontier.root().hex()}"
        verdict.failed("history", found, "mismatch", word("then_fork", verdict.console.language))
    verdict.passed("history", f"the first {old.size:,} entries are those of the older checkpoint")


def _ask_second(verdict: Verdict, log: Published, size: int) -> None:
    opinion = second_opinion(log.read, size)
    verdict.data["second_opinion"] = {"agrees": opinion.agrees, "said": opinion.said}
    if opinion.agrees is None:
        verdict.remark(opinion.said)
    elif opinion.agrees:
        verdict.passed("second opinion", opinion.said)
    else:
        verdict.failed("second opinion", opinion.said)


def _tell(verdict: Verdict, report: Report) -> None:
    console = verdict.console
    language = console.language
    size = word(
        "log_size",
        language,
        size=f"{report.size:,}",
        batches=f"{report.batches:,}",
        statements=f"{report.statements:,}",
    )
    codes = word(
        "log_codes", language, refused=f"{report.refused:,}", flagged=f"{report.flagged:,}"
    )
    show_lines(
        console,
        [
            (word("log_is", language), f"{plain(report.origin)}: {size}"),
            (word("outcome", language), codes),
            (word("genesis_hash", language), report.genesis_hash.hex()),
        ],
    )
    rows = report.ledger.rows
    balances = [_balance(each, unexplained(rows, each.commodity)) for each in report.balances]
    if balances:
        names = ("commodity", "came", "inside", "out", "unexplained", "contra")
        measures = Measures(language, rows)
        heads = [word(name, language) for name in names]
        table = [
            [measures.name(str(row["commodity"]))]
            + [measures.figure(str(row["commodity"]), int(row[name])) for name in names[1:]]
            for row in balances
        ]
        console.table(word("balances", language), heads, table, numbers=range(1, len(names)))
        console.say(f"  ({word('net', language)})")
    for text in report.remarks:
        verdict.remark(text)
    verdict.data["checkpoint"] = {"origin": report.origin, "size": report.size}
    verdict.data["log"] = {
        "batches": report.batches,
        "statements": report.statements,
        "refused": report.refused,
        "flagged": report.flagged,
        "genesis_hash": report.genesis_hash.hex(),
        "balances": balances,
    }


def _balance(each: Balance, missed: int) -> Mapping[str, str | int]:
    """Net figures: came = inside + out + contra, where `inside` counts what is being exchanged."""
    return {
        "commodity": each.commodity,
        "came": each.came - each.came_back,
        "inside": each.inside + each.neutral,
        "out": each.out - each.out_back,
        "unexplained": missed,
        "contra": each.contra,
    }
