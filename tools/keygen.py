"""`relief keygen`: one key for one use, in a file that only its owner may read.

A passphrase comes from a file descriptor, a file, or two typed lines on the terminal; never from
an argument or the environment, which other programs can read. `--unsealed` writes the key in plain,
for trials.
"""

import getpass
import sys
from pathlib import Path

from ledger.keys import key_id
from ledger.log.note import format_vkey
from nodes.errors import NodeError
from nodes.keyring import USES, KeyFile, new_key, read_key, read_passphrase, write_key
from tools.console import Console, Stop, plain

NOTE_USES = ("log", "mirror", "witness")
"""Uses of keys that sign notes, and so have a name and a verifier key."""


def passphrase_for_new(*, fd: int | None, file: Path | None, unsealed: bool) -> bytes | None:
    """The passphrase that seals new key files; None for unsealed ones. `Stop` when unclear."""
    given = [fd is not None, file is not None, unsealed]
    if sum(given) > 1:
        raise Stop("More than one of --passphrase-fd, --passphrase-file and --unsealed is given.",
                   "Give one of them.")  # fmt: skip
    if unsealed:
        return None
    if fd is not None or file is not None:
        return _read(fd, file)
    if not sys.stdin.isatty():
        raise Stop(
            "Keys are sealed with a passphrase, and none is given.",
            "Give --passphrase-file FILE or --passphrase-fd N; for a trial, --unsealed.",
        )
    first = getpass.getpass("Passphrase for the new key files: ")
    if first != getpass.getpass("The same once more: "):
        raise Stop("The two passphrases differ.", "Run it again.")
    if not first:
        raise Stop("The passphrase is empty.", "Type one, or use --unsealed for a trial.")
    return first.encode()


def passphrase_for(*, fd: int | None, file: Path | None) -> bytes | None:
    """The passphrase of key files that exist; None where none is given."""
    if fd is not None and file is not None:
        raise Stop("Both --passphrase-fd and --passphrase-file are given.", "Give one of them.")
    return None if fd is None and file is None else _read(fd, file)


def _read(fd: int | None, file: Path | None) -> bytes | None:
    try:
        return read_passphrase(fd=fd, path=file)
    except NodeError as error:
        raise Stop(f"{plain(str(error))}.") from None


def open_key(path: Path, uses: tuple[str, ...], passphrase: bytes | None) -> KeyFile:
    """The key in a file, which is for one of `uses`; `Stop` with the reason.

    A sealed file without a passphrase asks on the terminal, where there is one.
    """
    errors: list[str] = []
    for use in uses:
        try:
            return read_key(path, use, passphrase)
        except NodeError as error:
            errors.append(str(error))
            if "sealed" in str(error) and passphrase is None and sys.stdin.isatty():
                typed = getpass.getpass(f"Passphrase of {plain(str(path))}: ").encode()
                return open_key(path, (use,), typed)
    told = next((text for text in errors if "for use" not in text), errors[0])
    raise Stop(f"{plain(told)}.", "Give --key a key file of `relief keygen` that may sign this.")


def keygen(
    console: Console,
    path: Path,
    *,
    use: str,
    name: str,
    fd: int | None,
    file: Path | None,
    unsealed: bool,
) -> int:
    """Write a new key file and say what is public about it."""
    if use not in USES:
        raise Stop(f"{plain(use)!r} is no use of a key.", f"Use one of {', '.join(USES)}.")
    if use in NOTE_USES and not name:
        raise Stop(
            f"A key of use {use} has a name.",
            "Give --name: the origin for a log, like county.example.org/mirror for a cosigner.",
        )
    passphrase = passphrase_for_new(fd=fd, file=file, unsealed=unsealed)
    key = new_key(use, name)
    public = public_of(key)
    try:
        write_key(path, key, passphrase)
    except NodeError as error:
        raise Stop(f"{plain(str(error))}.", "Name another file.") from None
    console.say(f"Key for {use}: {path}")
    for label, text in public.items():
        console.say(f"  {label}: {text}")
    if unsealed:
        console.say("  unsealed: whoever reads the file can sign. For trials only.", "yellow")
    else:
        console.say("  sealed. Keep a copy of the file and of its passphrase in another place.")
    console.result({"path": str(path), "use": use, "sealed": not unsealed, **public})
    return 0


def public_of(key: KeyFile) -> dict[str, str]:
    """What others may know of a key: its public half, its id, its verifier key for notes."""
    if key.use == "vault":
        return {}
    public = key.key.public
    found = {"public": public.hex(), "key_id": str(key_id(public))}
    if key.use in NOTE_USES:
        try:
            found["vkey"] = format_vkey(key.signer.verifier)
        except ValueError as error:
            raise Stop(f"{plain(key.name)!r} is no name of a key: {error}.") from None
    return found
