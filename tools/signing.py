"""Signing: from what somebody means to say to an envelope that is kept before it is sent.

Build the payload, check its form with the ledger's own shapes, sign, write the envelope into the
outbox, and only then send it. The envelope is the same bytes however often it is sent, and the
ledger answers a repetition with the first receipt: resending is free, and a lost answer costs
nothing. Signing the same thing anew would be another statement.

    outbox = Outbox(Path("outbox"))
    statement = make_statement("stock.count", body, keys, log=origin, now=now)
    outbox.keep(statement)

Texts are brought to Unicode form NFC here, once, before they are signed: which form it is cannot be
left to every reader's own tables. Who may write into the outbox can delay or drop what waits there,
not change it.
"""

import json
import secrets
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ledger.canon import Value
from ledger.envelope import (
    ENVELOPE_MAX,
    Statement,
    add_signatures,
    format_envelope,
    open_statement,
    sign_statement,
)
from ledger.errors import FormatError, Refused
from ledger.keys import KeyId, SigningKey
from ledger.kinds import Kind, Nature, all_kinds
from ledger.sentences import sentence
from ledger.shape import parse
from nodes.folder import make_folder, write_whole
from tools.console import Stop, plain
from tools.published import read_regular

EXPIRES_S: Final = {Nature.AUTHORISATION: 86_400, Nature.ATTESTATION: 30 * 86_400}
"""How long after signing a statement may still be entered: a day to ask, a month to report a fact
from where there is no network."""

SUFFIX: Final = ".dsse"


def find_kind(name: str, version: int = 1) -> Kind[Any]:
    """The kind of this name, or `Stop` with those of its noun."""
    kinds = all_kinds()
    found = kinds.get((name, version))
    if found is None:
        noun = name.partition(".")[0]
        near = [known for known, _ in kinds if known.partition(".")[0] == noun]
        raise Stop(
            f"There is no kind {plain(name)!r}.",
            f"Use one of {', '.join(near or [known for known, _ in kinds])}.",
        )
    return found


def check_body(kind: Kind[Any], body: Value, language: str = "en") -> None:
    """`Stop`, with the ledger's own sentence, unless the body has the form of its kind."""
    try:
        _, out_of_range = parse(kind.body, body)
    except Refused as refused:
        raise Stop(sentence(refused.refusal, language)) from None
    if out_of_range is not None:
        raise Stop(sentence(out_of_range, language))


def normal(value: Value) -> Value:
    """The value with every text, keys too, in Unicode form NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [normal(part) for part in value]
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): normal(part) for key, part in value.items()}
    return value


def make_payload(
    kind: Kind[Any],
    body: Value,
    *,
    log: str,
    signers: Sequence[KeyId],
    now: int,
    occurred_at: int | None = None,
    expires_s: int | None = None,
    nonce: str | None = None,
) -> dict[str, Value]:
    """The payload of a statement made at `now` (Unix seconds) by `signers`, the author first.

    `nonce`: 32 hex digits, fresh ones when not given; the same `nonce` and payload twice is one
    statement, which is how a loader makes its rows idempotent.
    """
    expires = now + (EXPIRES_S[kind.nature] if expires_s is None else expires_s)
    payload: dict[str, Value] = {
        "author": signers[0],
        "body": normal(body),
        "expires": {"time": expires},
        "id": nonce or secrets.token_hex(16),
        "kind": kind.name,
        "log": log,
        "occurred_at": now if occurred_at is None else occurred_at,
        "v": kind.version,
    }
    if len(signers) > 1:
        payload["cosigners"] = [*sorted(signers[1:])]
    return payload


def sign(payload: Mapping[str, Value], keys: Sequence[SigningKey]) -> Statement:
    """The statement of a payload, signed by those of its signers whose keys are here."""
    try:
        return open_statement(sign_statement(payload, keys))
    except FormatError as error:
        raise Stop(
            f"This cannot be signed: {plain(str(error))}.", "Correct it and run it again."
        ) from None


def make_statement(
    kind_name: str,
    body: Value,
    keys: Sequence[SigningKey],
    *,
    log: str,
    now: int,
    language: str = "en",
    **rest: Any,
) -> Statement:
    """A statement signed by `keys`, the author's first; `rest` as in `make_payload`. `Stop` says in
    `language` what is wrong with the body."""
    kind = find_kind(kind_name)
    check_body(kind, normal(body), language)
    signers = [key.key_id for key in keys]
    return sign(make_payload(kind, body, log=log, signers=signers, now=now, **rest), keys)


def cosign(statement: Statement, keys: Sequence[SigningKey]) -> Statement:
    """The statement with the signatures of `keys` added; `Stop` for a key it does not name."""
    named = [key for key in keys if key.key_id in statement.signers]
    if len(named) != len(keys):
        raise Stop(
            "A key given here is not among the signers that the statement names.",
            f"It names {', '.join(statement.signers)}.",
        )
    return add_signatures(statement, keys)


def missing(statement: Statement) -> list[KeyId]:
    """The named signers who have not signed."""
    signed = {keyid for keyid, _ in statement.signatures}
    return [keyid for keyid in statement.signers if keyid not in signed]


def read_statement(path: Path) -> Statement:
    """The statement in a file, whatever its form when it was received."""
    try:
        return open_statement(read_regular(path, ENVELOPE_MAX))
    except (FormatError, ValueError) as error:
        raise Stop(
            f"{plain(str(path))} holds no statement: {plain(str(error))}.",
            "Give a DSSE file that `relief submit` or another client made.",
        ) from None


class Outbox:
    """Envelopes that wait for their answer, one file each, named by statement id.

    `waiting` are those in the folder itself; `sent/` holds those that are on the ledger, each with
    the node's answer beside it, `refused/` those of which no entry was or will be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, statement: Statement) -> Path:
        """Write the envelope, durably; the same one twice is one file."""
        make_folder(self.folder)
        path = self.folder / f"{statement.id}{SUFFIX}"
        data = format_envelope(statement)
        if not path.exists() or path.read_bytes() != data:
            write_whole(path, data)
        return path

    def waiting(self) -> Iterator[Statement]:
        """What has no answer yet, the oldest first."""
        if not self.folder.is_dir():
            return
        files = [path for path in self.folder.glob(f"*{SUFFIX}") if path.is_file()]
        for path in sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name)):
            yield read_statement(path)

    def settle(self, statement: Statement, answer: Mapping[str, Any], *, entered: bool) -> None:
        """Put the envelope away with its answer."""
        path = self.folder / f"{statement.id}{SUFFIX}"
        target = self.folder / ("sent" if entered else "refused")
        make_folder(target)
        text = json.dumps(answer, ensure_ascii=False, indent=2, sort_keys=True)
        write_whole(target / f"{statement.id}.json", f"{text}\n".encode())
        if path.exists():
            path.replace(target / path.name)
