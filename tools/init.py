"""`relief init`: a new ledger's folder, whole or not at all.

Keys are made and sealed, the statements that found the ledger are signed with those that are here
and tried on a state machine in memory, and only then the folder appears under its name. Nothing is
entered yet: `relief serve` does that at its first start.

Where a founder made a key elsewhere, `founding/0-genesis.dsse` still lacks a signature: it travels
to that founder, who signs it with `relief sign`.
"""

import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ledger.adoptions import NOTICE_S
from ledger.canon import Value
from ledger.entries.genesis import Genesis
from ledger.envelope import Statement, format_envelope
from ledger.keys import KeyId, key_id
from ledger.log.trust import trust_hash
from ledger.shape import parse
from nodes.folder import make_folder, sync_folder, write_whole
from nodes.keyring import KeyFile, new_key, write_key
from tools.console import Console, Stop, plain
from tools.founding import (
    Founding,
    catalogue_bodies,
    contract_bodies,
    dry_run,
    example,
    founding_signers,
    genesis_body,
    keys_wanted,
    parse_founding,
    trust_file,
)
from tools.home import SETTINGS_EXAMPLE, Home
from tools.keygen import passphrase_for_new
from tools.published import read_regular
from tools.signing import find_kind, make_payload, sign
from tools.strict_yaml import YAML_MAX, YamlError, read_yaml

FOUNDING_S: Final = 6 * 86_400
"""The founding statements may be entered for so long; the law allows seven days."""


@dataclass(frozen=True, slots=True)
class Made:
    """Everything a new folder will hold, in memory."""

    keys: dict[str, KeyFile]
    statements: tuple[Statement, ...]
    trust: bytes
    missing: tuple[str, ...]
    """Actors whose signature genesis still lacks."""


def read_founding(path: Path | None, origin: str, language: str) -> Founding:
    """The description in a file, or the example's for `origin`."""
    if path is None:
        if not origin:
            raise Stop("A ledger has a name.", "Give --origin, like ledger.example.org/flood.")
        return parse_founding(read_yaml(example(origin).encode()), language)
    try:
        found = parse_founding(read_yaml(read_regular(path, YAML_MAX)), language)
    except YamlError as error:
        raise Stop(f"{plain(str(path))}, {plain(str(error))}.", "Correct it there.") from None
    except ValueError as error:
        raise Stop(f"{plain(str(path))}: {error}.", "Name a YAML file.") from None
    if origin and origin != found.origin:
        raise Stop(
            f"--origin says {plain(origin)}, the description {plain(found.origin)}.",
            "Leave --origin out, or change the description.",
        )
    return found


def make(founding: Founding, now: int, language: str) -> Made:
    """Keys and statements of a new ledger, tried on a state machine."""
    wanted = keys_wanted(founding)
    keys = {each.file: new_key(each.use, each.name) for each in wanted if each.public is None}
    statements, lacking = _statements(founding, keys, now)
    if lacking:
        # What lacks a signature cannot be tried: the same ledger with keys for all is.
        trial = {each.file: new_key(each.use, each.name) for each in wanted}
        dry_run(_statements(_without_publics(founding), trial, now)[0], now, language)
    else:
        dry_run(statements, now, language)
    trust = trust_file(founding, statements[0].body)
    return Made(keys, statements, trust, lacking)


def _without_publics(founding: Founding) -> Founding:
    organisations = tuple(
        replace(each, people=tuple(replace(person, public=None) for person in each.people))
        for each in founding.organisations
    )
    return replace(founding, organisations=organisations)


def _statements(
    founding: Founding, keys: dict[str, KeyFile], now: int
) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """The founding statements, and the actors whose signature genesis lacks."""
    publics = {file: key.key.public.hex() for file, key in keys.items() if key.use != "vault"}
    body = genesis_body(founding, publics)
    ids = _ids_of(body)
    here = {key.name: key.key for key in keys.values() if key.use == "author"}

    def signed(kind: str, content: dict[str, Value], actors: list[str]) -> Statement:
        payload = make_payload(
            find_kind(kind),
            content,
            log=founding.origin,
            signers=[ids[actor] for actor in actors],
            now=now,
            expires_s=FOUNDING_S,
        )
        return sign(payload, [here[actor] for actor in actors if actor in here])

    founders = founding_signers(founding)
    statements = [signed("genesis", body, founders)]
    for author, defined in catalogue_bodies(founding):
        if author not in here:
            raise Stop(
                f"The first catalogue would be signed by {author}, whose key is elsewhere.",
                "Leave `catalogue` out of the description; that person defines it afterwards.",
            )
        statements.append(signed("catalogue.define", defined, [author]))
    lacking = tuple(actor for actor in founders if actor not in here)
    if founding.contracts and lacking:
        raise Stop(
            f"The first contracts would be signed by {lacking[0]}, whose key is elsewhere.",
            "Leave `contracts` out of the description; the members propose them afterwards.",
        )
    # However late these are entered, the notice is kept.
    earliest = now + FOUNDING_S + NOTICE_S["full"]
    sequences: dict[str, int] = {}
    for proposal in contract_bodies(founding, earliest):
        proposed = signed("contract.propose", proposal, founders)
        scope = str(proposal["scope"])
        sequences[scope] = sequences.get(scope, 0) + 1
        commit: dict[str, Value] = {"proposal": proposed.id, "sequence": sequences[scope]}
        statements += [proposed, signed("contract.commit", commit, founders[:1])]
    return tuple(statements), lacking


def _ids_of(body: dict[str, Value]) -> dict[str, KeyId]:
    """Actor -> key id, of the people's keys that a genesis body enrols."""
    genesis, _ = parse(Genesis, body)
    return {row.actor: key_id(bytes.fromhex(row.public)) for row in genesis.keys if row.actor}


# --- the folder


def write(home: Home, made: Made, passphrase: bytes | None) -> None:
    """Write the whole folder under another name, then give it its own."""
    home.folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{home.folder.name}.", dir=home.folder.parent))
    try:
        new = Home(building)
        for file, key in made.keys.items():
            write_key(building / file, key, passphrase)
        make_folder(new.founding)
        for number, statement in enumerate(made.statements):
            name = f"{number}-{statement.kind.replace('.', '-')}.dsse"
            write_whole(new.founding / name, format_envelope(statement))
        write_whole(new.trust, made.trust, mode=0o644)
        write_whole(new.settings_file, SETTINGS_EXAMPLE.encode())
        building.chmod(0o755)  # keys, people, founding keep their own modes: for the owner alone
        os.rename(building, home.folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    sync_folder(home.folder.parent)


def show_example(console: Console, origin: str) -> int:
    """Print a description with comments."""
    text = example(origin) if origin else example()
    console.say(text.rstrip("\n"))
    console.result({"example": text})
    return 0


def init(
    console: Console,
    folder: Path | None,
    *,
    origin: str,
    description: Path | None,
    fd: int | None,
    file: Path | None,
    unsealed: bool,
) -> int:
    """Make the folder of a new ledger."""
    if folder is None:
        raise Stop("A new ledger needs a folder.", "Give --dir DIR, which is not there yet.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Stop(f"{plain(str(folder))} is there already, and not empty.", "Name another folder.")
    founding = read_founding(description, origin, console.language)
    made = make(founding, int(time.time()), console.language)
    passphrase = passphrase_for_new(fd=fd, file=file, unsealed=unsealed)
    if folder.exists():
        folder.rmdir()
    home = Home(folder)
    with console.counting("sealing keys", "keys"):
        write(home, made, passphrase)
    _tell(console, home, founding, made, sealed=passphrase is not None)
    return 0


def _tell(console: Console, home: Home, founding: Founding, made: Made, *, sealed: bool) -> None:
    people = sorted(file for file, key in made.keys.items() if key.use == "author")
    console.say(f"A new ledger in {home.folder}: {founding.origin}", "bold")
    console.say(f"  trust file: {home.trust}, hash {trust_hash(made.trust)}")
    console.say(f"  the node's keys: {home.keys} ({'sealed' if sealed else 'NOT sealed'})")
    console.say(f"  keys of people: {', '.join(people) or 'none, all were given'}")
    if people:
        console.say(f"    (in {home.folder}: hand each to its person, then remove it here)")
    if not sealed:
        console.say("  Whoever reads these files can sign. For trials only.", "yellow")
    for actor in made.missing:
        console.say(f"  founding/0-genesis.dsse still lacks the signature of {actor}", "yellow")
    genesis = home.founding / "0-genesis.dsse"
    then = f"relief serve --dir {home.folder}, within six days"
    if made.missing:
        then = (
            f"send {genesis} to each of them: relief sign FILE --key KEY; put it back; then {then}"
        )
    console.say(f"Next: {then}")
    console.result(
        {
            "dir": str(home.folder),
            "origin": founding.origin,
            "trust": str(home.trust),
            "trust_hash": trust_hash(made.trust),
            "sealed": sealed,
            "keys": sorted(made.keys),
            "genesis": made.statements[0].id,
            "missing_signatures": list(made.missing),
            "next_step": then,
        }
    )
