"""`relief sign`: the second signature, after reading what is signed.

A statement names its signers inside what they sign, so it can travel from one to the next as a
file; none of them can change it, and the ledger takes it only with all of them. Before a key is
used, everything that the statement says is shown.
"""

import json
import sys
import time
from pathlib import Path

from ledger.envelope import Statement, format_envelope
from ledger.keys import KeyId
from nodes.folder import write_whole
from tools.console import CANNOT_TELL, VERIFIED, Console, Stop, clock, plain
from tools.keygen import open_key, passphrase_for
from tools.signing import check_body, cosign, find_kind, missing, read_statement
from tools.submit import SIGNING_USES
from tools.verifying.words import kind_words, show_lines


def sign(
    console: Console,
    path: Path,
    keys: tuple[Path, ...],
    *,
    fd: int | None,
    file: Path | None,
    yes: bool,
) -> int:
    """Show the statement in `path`, and add the signatures of `keys` to it when that is wanted."""
    statement = read_statement(path)
    kind = find_kind(statement.kind, statement.v)
    check_body(kind, statement.body, console.language)
    show(console, statement)
    if not keys:
        console.result({"statement": statement.id, "missing": missing(statement), "signed": False})
        return VERIFIED
    if not yes and not _wants(console):
        console.say("Nothing was signed.")
        return CANNOT_TELL
    passphrase = passphrase_for(fd=fd, file=file)
    opened = [open_key(each, SIGNING_USES, passphrase).key for each in keys]
    signed = cosign(statement, opened)
    write_whole(path, format_envelope(signed))
    lacking = missing(signed)
    console.say(f"Signed. {_lacking(lacking)}")
    console.result({"statement": statement.id, "missing": lacking, "signed": True})
    return VERIFIED


def show(console: Console, statement: Statement) -> None:
    """Everything that a signature would cover, and who has signed."""
    signed = {keyid for keyid, _ in statement.signatures}
    lines = [
        ("What", kind_words(statement.kind, console.language)),
        ("For the log", plain(statement.log)),
        ("Said to have happened", clock(statement.occurred_at)),
        ("May be entered until", clock(statement.expires_time)),
    ]
    lines += [
        ("Signer", f"{keyid} ({'has signed' if keyid in signed else 'has not signed'})")
        for keyid in statement.signers
    ]
    show_lines(console, lines)
    for line in json.dumps(statement.body, ensure_ascii=False, indent=2).splitlines():
        console.say(f"  {plain(line)}")
    now = int(time.time())
    if statement.expires_time <= now:
        console.say("  It has expired already.", "yellow")


def _wants(console: Console) -> bool:
    if not sys.stdin.isatty():
        raise Stop("Nobody is here to say yes.", "Read what is shown, then add --yes.")
    console.note("Type yes to sign exactly this:")
    return sys.stdin.readline().strip() == "yes"


def _lacking(keys: list[KeyId]) -> str:
    if not keys:
        return "All named signers have signed: relief submit FILE"
    return f"Still missing: {', '.join(keys)}"
