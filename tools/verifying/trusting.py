"""The trust file of one verification, and what a quorum comes to in words.

Only the trust file is believed. A missing, unreadable or malformed one disproves nothing: the
verification ends `unchecked` and says where to get one.
"""

from pathlib import Path
from typing import Final, NoReturn

from api.figures import age
from ledger.entry import BatchEntry
from ledger.errors import CheckError, FormatError
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import Note
from ledger.log.trust import TRUST_MAX, Quorum, TrustFile, parse_trust
from tools.console import clock, plain
from tools.published import read_regular
from tools.verifying.verdict import Verdict
from tools.verifying.words import Lines
from tools.words import word

OLD_S: Final = 86_400
"""A proof that is older says so."""


class NoTrust(Exception):
    """There is no usable trust file; the text says why."""


def read_trust(path: Path | None) -> bytes:
    """The bytes of the trust file given; `NoTrust`."""
    if path is None:
        raise NoTrust("none was given")
    try:
        return read_regular(path, TRUST_MAX)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise NoTrust(f"{path}: {why}") from None


def open_trust(path: Path | None) -> TrustFile:
    """The trust file given; `NoTrust`."""
    try:
        return parse_trust(read_trust(path))
    except FormatError as error:
        raise NoTrust(str(error)) from None


def trust_step(verdict: Verdict, path: Path | None) -> TrustFile:
    """The step "trust file" of a verification."""
    try:
        trust = open_trust(path)
    except NoTrust as error:
        then = word("then_trust", verdict.console.language)
        verdict.failed("trust file", str(error), "unchecked", then)
    verdict.passed("trust file", f"logs: {len(trust.logs)}, cosigners: {len(trust.witnesses)}")
    return trust


def signed_step(verdict: Verdict, trust: TrustFile, note: bytes) -> tuple[Checkpoint, Quorum]:
    """The steps "log signature" and "quorum"."""

    def signed() -> tuple[tuple[Checkpoint, Note], str]:
        checkpoint, opened = trust.check_log(note)
        return (checkpoint, opened), f"{checkpoint.origin}, {checkpoint.size:,} entries"

    checkpoint, opened = verdict.step("log signature", signed)

    try:
        quorum = trust.quorum_of(opened, now=verdict.now)
    except CheckError as error:
        no_quorum(verdict, error, trust, note)
    verdict.passed("quorum", f"cosigned by {', '.join(quorum.names) or 'nobody'}")
    verdict.data["checkpoint"] = {"origin": checkpoint.origin, "size": checkpoint.size}
    return checkpoint, quorum


def no_quorum(verdict: Verdict, error: CheckError, trust: TrustFile, note: bytes) -> NoReturn:
    """The step "quorum" did not pass: too few cosigned, or this machine's clock is behind."""
    found, language = f"{error.check}: {error.why}", verdict.console.language
    try:
        time = trust.quorum_of(trust.check_log(note)[1]).time
    except CheckError:
        verdict.failed("quorum", found, "promised")
    found += f"; the cosignatures are of {clock(time)}, here it is {clock(verdict.now)}"
    verdict.failed("quorum", found, "unchecked", word("then_clock", language))


def where(index: int, origin: str, language: str) -> tuple[str, str]:
    """The line that names an entry's place; the index is part of the claim."""
    text = word("entry_of", language, index=f"{index:,}", origin=plain(origin))
    return word("entry", language), text


def vouched(verdict: Verdict, quorum: Quorum, batch: BatchEntry | None = None) -> Lines:
    """Who vouches, and as of when the state was (`batch`); remarks on mirrors and on age."""
    language = verdict.console.language
    names = ", ".join(plain(name) for name in quorum.names) or "-"
    text = word("existed_by", language, names=names, time=clock(quorum.time))
    lines = [(word("vouched_by", language), text)]
    if batch is not None:
        lines.insert(0, (word("as_of", language), clock(batch.time)))
        verdict.data["as_of"] = batch.time
        if not quorum.is_re_executed:
            verdict.remark(word("claimed_only", language))
    old = verdict.now - quorum.time
    if old > OLD_S:
        verdict.remark(word("is_old", language, age=age(old, language)))
    verdict.data["quorum"] = {
        "names": list(quorum.names),
        "existed_by": quorum.time,
        "mirrors": quorum.mirrors,
        "mirrors_wanted": quorum.mirrors_wanted,
        "re_executed": quorum.is_re_executed,
    }
    return lines
