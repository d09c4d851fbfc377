"""`relief submit`: say something to the ledger, once, whatever the network does.

A file is an envelope that is signed already (DSSE), many of them (NDJSON, one a line), or a body
to be signed here: YAML or JSON, either the body itself with `--kind`, or `kind`, `body` and, if
wanted, `occurred_at` in one description. Everything is signed and kept in the outbox before
anything is sent; without files, what waits in the outbox is sent again.

Exit status: 0 all was applied; 1 the ledger refused something; 2 something was not delivered.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.canon import Value
from ledger.entry import StatementEntry, parse_entry
from ledger.envelope import ENVELOPE_MAX, Statement, open_statement
from ledger.errors import CheckError, FormatError
from ledger.keys import SigningKey
from ledger.log.checkpoint import open_checkpoint_text
from ledger.log.note import NOTE_MAX
from ledger.log.proof import check_proof, parse_proof
from ledger.log.trust import TrustFile
from nodes.peers import Peer, Unreachable
from tools.console import CANNOT_TELL, FALSE, VERIFIED, Console, Stop, plain
from tools.home import Home
from tools.keygen import open_key, passphrase_for
from tools.published import read_regular
from tools.sending import Delivered, Sender
from tools.signing import Outbox, find_kind, make_statement, missing
from tools.strict_yaml import YamlError, read_yaml
from tools.verifying.trusting import NoTrust, open_trust

DEFAULT_URL: Final = "http://127.0.0.1:8080/"
FILES_MAX: Final = 256 * 1024 * 1024
SIGNING_USES: Final = ("author", "device")
AT_ONCE: Final = 5
"""From so many statements on they are sent as lines of one request."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    files: tuple[Path, ...]
    to: str = ""
    home: Path | None = None
    outbox: Path | None = None
    trust: Path | None = None
    log: str = ""
    kind: str = ""
    keys: tuple[Path, ...] = ()
    fd: int | None = None
    passphrase_file: Path | None = None
    occurred_at: int | None = None
    expires_s: int | None = None
    wait: str = "included"


@dataclass(frozen=True, slots=True)
class Place:
    """For which log, and in which language, something is signed."""

    log: str
    language: str


def submit(console: Console, wish: Wish, *, peer: Peer | None = None) -> int:
    """Sign, keep, send, and say what became of each."""
    if wish.wait not in ("included", "final", "no"):
        raise Stop(f"There is nothing to wait for named {plain(wish.wait)!r}.",
                   "Use --wait included, final or no.")  # fmt: skip
    home = Home(wish.home) if wish.home is not None else None
    outbox = Outbox(wish.outbox or (home.outbox if home else Path("outbox")))
    trust = _trust(wish, home)
    with open_peer(wish.to) if peer is None else peer as opened:
        statements = _statements(console, wish, trust, outbox, opened)
        if not statements:
            console.say(f"Nothing waits in {outbox.folder}.")
            console.result({"statements": [], "exit": VERIFIED})
            return VERIFIED
        for statement in statements:
            outbox.keep(statement)
        sender = Sender(opened, language=console.language)
        delivered = list(_send(console, sender, statements, "" if wish.wait == "no" else wish.wait))
    results = [_settle(console, outbox, each, trust) for each in delivered]
    code = _exit(delivered)
    console.result({"statements": results, "exit": code})
    return code


def open_peer(url: str) -> Peer:
    """The node at an address, by default on this machine; `Stop` for what is no address."""
    try:
        return Peer(url or DEFAULT_URL)
    except ValueError as error:
        raise Stop(
            f"{plain(url)} is no address of a node: {error}.",
            "Give --to http://host:port/",
        ) from None


def _send(
    console: Console, sender: Sender, statements: Sequence[Statement], wait: str
) -> Sequence[Delivered]:
    if len(statements) < AT_ONCE:
        return [sender.send(statement, wait=wait) for statement in statements]
    found: list[Delivered] = []
    with console.counting("sending", "statements") as counter:
        for each in sender.send_many(statements, wait=wait or "included"):
            found.append(each)
            counter.show(len(found), len(statements))
    return found


def _exit(delivered: Sequence[Delivered]) -> int:
    if any(not each.is_answered for each in delivered):
        return CANNOT_TELL
    waits = all(each.is_applied or not each.code for each in delivered)
    return VERIFIED if waits else FALSE


def _settle(
    console: Console, outbox: Outbox, each: Delivered, trust: TrustFile | None
) -> dict[str, Any]:
    """Put one away with its answer, and say it."""
    statement = each.statement
    good = each.is_answered and (each.is_applied or not each.code)
    mark = "✔" if good and each.is_applied else "⏳" if good else "✖" if each.is_answered else "▣"
    console.say(f"{mark} {statement.kind} {statement.id}: {each.sentence(console.language)}")
    if each.is_answered and each.code:
        outbox.settle(statement, each.value, entered=each.is_entered)
    elif not each.is_answered:
        console.say(f"  It is kept in {outbox.folder}: run `relief submit` again to send it.")
    proved = _proved(each, trust)
    if proved:
        console.say(f"  {proved}")
    return {"statement": statement.id, "kind": statement.kind, "said": each.sentence(),
            "delivered": each.is_answered, "proved": proved, "answer": each.value}  # fmt: skip


def _proved(each: Delivered, trust: TrustFile | None) -> str:
    """What the proof in a final answer shows by our own trust file, checked here."""
    text = each.value.get("proof")
    if trust is None or not isinstance(text, str):
        return ""
    try:
        proof = parse_proof(text.encode())
        if proof.extra is None:
            return ""
        entry = parse_entry(proof.extra)
        if not isinstance(entry, StatementEntry) or entry.statement.id != each.statement.id:
            return "its proof is about another statement: do not believe this node"
        shown = check_proof(proof, proof.extra, trust, now=int(time.time()))
    except (CheckError, FormatError) as error:
        return f"its proof does not hold: {plain(str(error))}"
    names = ", ".join(plain(name) for name in shown.quorum.names)
    return f"checked here: entry {shown.index:,} of {shown.checkpoint.size:,}, cosigned by {names}"


# --- what is to be sent


def _statements(
    console: Console, wish: Wish, trust: TrustFile | None, outbox: Outbox, peer: Peer
) -> list[Statement]:
    if not wish.files:
        return list(outbox.waiting())
    keys: list[SigningKey] | None = None
    log = ""
    found: list[Statement] = []
    for path in wish.files:
        data = _read(path)
        enveloped = _envelopes(path, data)
        if enveloped:
            found.extend(enveloped)
            continue
        if keys is None:
            keys = _keys(wish)
        log = log or _log(console, wish, trust, peer)
        found.append(_sign(path, data, wish, keys, Place(log, console.language)))
    for statement in found:
        lacking = missing(statement)
        if lacking:
            raise Stop(
                f"{statement.kind} {statement.id[:16]}.. lacks the signature of {lacking[0]}.",
                "Have it signed: relief sign FILE --key KEY",
            )
    return found


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, FILES_MAX)
    except ValueError as error:
        raise Stop(f"{plain(str(path))}: {error}.", "Name a file with statements.") from None


def _envelopes(path: Path, data: bytes) -> list[Statement]:
    """The statements of a DSSE or NDJSON file; none where it is a body to be signed."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    if not lines or b'"payloadType"' not in lines[0][:ENVELOPE_MAX]:
        if b'"payloadType"' not in data[:ENVELOPE_MAX]:
            return []
        lines = [data]  # one envelope, laid out over many lines
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(open_statement(line))
        except FormatError as error:
            raise Stop(
                f"{plain(str(path))}, line {number} holds no statement: {plain(str(error))}.",
                "Sign it again; nothing of this file was sent.",
            ) from None
    return found


def _sign(
    path: Path, data: bytes, wish: Wish, keys: Sequence[SigningKey], place: Place
) -> Statement:
    try:
        value = read_yaml(data)
    except YamlError as error:
        raise Stop(f"{plain(str(path))}, {plain(str(error))}.", "Correct it there.") from None
    kind, body, occurred_at = wish.kind, value, wish.occurred_at
    if isinstance(value, dict) and {"kind", "body"} <= set(value) <= {
        "kind",
        "body",
        "occurred_at",
    }:
        kind, body, occurred_at = _described(path, value, wish)
    if not kind:
        raise Stop(f"{plain(str(path))} does not say what kind of statement it is.",
                   "Give --kind, or write `kind:` and `body:` into the file.")  # fmt: skip
    try:
        return make_statement(
            kind,
            body,
            keys,
            log=place.log,
            now=int(time.time()),
            language=place.language,
            occurred_at=occurred_at,
            expires_s=wish.expires_s,
        )
    except Stop as stop:
        raise Stop(f"{plain(str(path))}: {stop.said}", stop.then) from None


def _described(path: Path, value: dict[str, Value], wish: Wish) -> tuple[str, Value, int | None]:
    kind, when = value["kind"], value.get("occurred_at", wish.occurred_at)
    if not isinstance(kind, str) or (when is not None and type(when) is not int):
        raise Stop(f"{plain(str(path))}: kind is a text, occurred_at are Unix seconds.")
    if wish.kind and wish.kind != kind:
        raise Stop(f"--kind says {wish.kind}, {plain(str(path))} {plain(kind)}.", "Leave one out.")
    return kind, value["body"], when


def _keys(wish: Wish) -> list[SigningKey]:
    if not wish.keys:
        raise Stop("A body is signed, and no key is given.",
                   "Give --key FILE, the author's first; `relief keygen` makes one.")  # fmt: skip
    if wish.kind:
        find_kind(wish.kind)  # before a passphrase is asked for
    passphrase = passphrase_for(fd=wish.fd, file=wish.passphrase_file)
    return [open_key(path, SIGNING_USES, passphrase).key for path in wish.keys]


def _trust(wish: Wish, home: Home | None) -> TrustFile | None:
    path = wish.trust or (home.trust if home is not None and home.trust.is_file() else None)
    if path is None:
        return None
    try:
        return open_trust(path)
    except NoTrust as error:
        raise Stop(f"Trust file: {plain(str(error))}.", "Give a good one with --trust.") from None


def _log(console: Console, wish: Wish, trust: TrustFile | None, peer: Peer) -> str:
    """The log that statements name: said, of the trust file, or as the node says."""
    if wish.log:
        return wish.log
    if trust is not None:
        names = sorted({log.key.name for log in trust.logs})
        if len(names) == 1:
            return names[0]
        raise Stop(f"The trust file is about {len(names)} logs.", "Say which with --log ORIGIN.")
    return ask_origin(console, peer)


def ask_origin(console: Console, peer: Peer) -> str:
    """The origin in the checkpoint that a node shows. Nothing vouches for it: it is said aloud."""
    try:
        answer = peer.get("checkpoint", size_max=NOTE_MAX)
        checkpoint, _ = open_checkpoint_text(answer.body)
    except Unreachable as error:
        raise Stop(f"{plain(str(error))}.", "Start the node, or give --to and --log.") from None
    except FormatError as error:
        raise Stop(f"The node shows no checkpoint: {plain(str(error))}.", "Give --log.") from None
    console.note(f"Signing for the log that the node names: {checkpoint.origin} (--log, --trust)")
    return checkpoint.origin
