"""Trust files: which logs, and which cosigners together, make a checkpoint believable.

    # size ledger.example.org/test 0 -
    # mirrors 1
    log ledger.example.org/test+6133773c+ARObNHDoDawVK6Aa1IEeGHa1pQhJdqWPds6gOYCZXu73
    witness w1 witness.example.org/w1+bd640312+BPmXhQOc...
    witness a agency-a.example.org/mirror+be068dcc+BK6zM/hT...
    group both all w1 a
    quorum both

The format is C2SP tlog-policy (C2SP/C2SP@5ba5ee8) with two comment lines of ours
(`docs/spec/trust-file.md`): the tree sizes `[FROM, TO)` of an origin for which the file is meant,
and how many cosigners named `../mirror`, which re-executed every entry, are wanted. Names are
octets, compared as octets. Errors carry the number of the line.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from ledger.envelope import ORIGIN
from ledger.errors import CheckError, FormatError, UnknownSigner
from ledger.log.checkpoint import Checkpoint, parse_checkpoint, parse_decimal
from ledger.log.note import COSIGNATURE, LOG, Note, VerifierKey, format_vkey, open_note, parse_vkey

TRUST_MAX: Final = 131_072
"""Bytes of a trust file."""
DEFINED_MAX: Final = 32
"""Logs, witnesses and groups, of each; what C2SP asks every reader to take."""
FUTURE_S: Final = 300
"""Seconds by which a cosigner's clock may be ahead of ours."""
MIRROR_SUFFIX: Final = "/mirror"
"""Ends the key name of a cosigner that re-executes the log; `/witness` that of a plain one."""
NONE: Final = "none"
"""The quorum of no cosigner."""
_THING: Final = "trust file"


@dataclass(frozen=True, slots=True)
class Window:
    """Tree sizes `[start, end)` of an origin for which a trust file is meant; no end: open."""

    origin: str
    start: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class LogKey:
    """A log whose signature is accepted; the key's name is the origin."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """A cosigner and its name within the file."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A group that has witnessed when `threshold` of its members (witnesses, groups) have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quorum:
    """How a checkpoint's quorum was reached.

    `names` are the key names of the cosigners that count, in the order of the trust file; `time`
    is the smallest t (Unix seconds) such that the cosignatures with time <= t suffice: the
    checkpoint *existed by* then. `mirrors` of the names re-executed the log.
    """

    names: tuple[str, ...]
    time: int
    mirrors: int
    mirrors_wanted: int

    @property
    def is_re_executed(self) -> bool:
        """Whether enough mirrors vouch for outcomes and state root, not for the tree alone."""
        return self.mirrors >= self.mirrors_wanted


@dataclass(frozen=True, slots=True)
class TrustFile:
    """A parsed trust file; every name in it is defined and used as the format demands."""

    logs: tuple[LogKey, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str
    windows: tuple[Window, ...] = ()
    mirrors: int = 1

    def verifiers(self) -> list[VerifierKey]:
        """Every key in the file."""
        return [log.key for log in self.logs] + [witness.key for witness in self.witnesses]

    def check_log(self, data: bytes) -> tuple[Checkpoint, Note]:
        """The checkpoint in the note `data`, signed by a log of this file, at a size it is for.

        Raises `FormatError` for bad form and `CheckError` for what does not hold, a bad line of
        any known cosigner included. Says nothing of the quorum: ask `quorum_of`.
        """
        note = open_note(data, self.verifiers())
        checkpoint = parse_checkpoint(note.text)
        # A log's key is named like its origin; the signature of another known log says nothing.
        log_ids = [each.key.key_id for each in self.logs if each.key.name == checkpoint.origin]
        by_log = [line for line in note.verified if line.name == checkpoint.origin]
        if not any(line.key_id in log_ids for line in by_log):
            raise UnknownSigner("log signature", f"none of a known key of {checkpoint.origin}")
        self.check_size(checkpoint)
        return checkpoint, note

    def check_size(self, checkpoint: Checkpoint) -> None:
        """Raise `CheckError` unless this file is meant for the checkpoint's origin and size."""
        size = checkpoint.size
        windows = [window for window in self.windows if window.origin == checkpoint.origin]
        if self.windows and not windows:
            raise CheckError(_THING, f"it names no sizes of {checkpoint.origin}")
        for window in windows:
            if size < window.start or (window.end is not None and size >= window.end):
                until = "" if window.end is None else f" and below {window.end}"
                raise CheckError(_THING, f"it is for sizes from {window.start}{until}, not {size}")

    def quorum_of(self, note: Note, *, now: int | None = None) -> Quorum:
        """How the cosignatures verified in `note` (by `check_log`) make the quorum.

        With `now` (Unix seconds), one more than 5 minutes ahead of it does not count. Raises
        `CheckError` when they do not suffice.
        """
        if self.quorum == NONE:
            return Quorum((), 0, 0, self.mirrors)
        # The earliest cosignature of each witness under the quorum.
        wanted = self._witnesses_under(self.quorum)
        under = [each for each in self.witnesses if each.name in wanted]
        name_of = {(each.key.name, each.key.key_id): each.name for each in under}
        times: dict[str, int] = {}
        for line in note.verified:
            name = name_of.get((line.name, line.key_id))
            if name is not None and (now is None or line.time <= now + FUTURE_S):
                times[name] = min(line.time, times.get(name, line.time))
        # In the file's order; a cosigner with an old and a new key is one mirror, not two.
        names = tuple({each.key.name: None for each in under if each.name in times})
        # More cosignatures never unmake a quorum: the first time that suffices is the answer.
        for time in sorted(times.values()):
            if self._has_witnessed(self.quorum, {name for name in times if times[name] <= time}):
                break
        else:
            raise CheckError("quorum", f"{self.quorum} is not reached by {names or 'nobody'}")
        mirrors = sum(name.endswith(MIRROR_SUFFIX) for name in names)
        return Quorum(names, time, mirrors, self.mirrors)

    # Both walks end: a group names only what was defined before it, and each name is a member of
    # one group at most, so that what is below a name is a tree of at most 64 names.

    def _witnesses_under(self, name: str) -> frozenset[str]:
        for group in self.groups:
            if group.name == name:
                return frozenset().union(*map(self._witnesses_under, group.members))
        return frozenset({name})

    def _has_witnessed(self, name: str, signed: AbstractSet[str]) -> bool:
        for group in self.groups:
            if group.name == name:
                done = sum(self._has_witnessed(member, signed) for member in group.members)
                return done >= group.threshold
        return name in signed


# --- reading


def parse_trust(data: bytes, *, allow_none: bool = False) -> TrustFile:
    """The trust file in `data`. Raises `FormatError` with the line's number.

    `quorum none` would let the log's signature suffice: `allow_none` is for tests.
    """
    if len(data) > TRUST_MAX:
        raise FormatError(_THING, f"{len(data):,} bytes, at most {TRUST_MAX:,}")
    if not data.endswith(b"\n"):
        raise FormatError(_THING, "the last line has no line break: is the file cut off?")
    # Octets above 7F are opaque; surrogateescape keeps every one of them as it is.
    lines = data[:-1].decode("utf-8", "surrogateescape").split("\n")
    reader = _Reader(allow_none)
    for number, line in enumerate(lines, start=1):
        try:
            reader.read(line)
        except FormatError as error:
            why = error.why if error.thing == _THING else str(error)
            raise FormatError(_THING, why, where=f"line {number}") from None
    return reader.finish()


_FORBIDDEN: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_BLANKS: Final = re.compile("[ \t]+")
_THRESHOLD: Final = re.compile("[1-9][0-9]?")


def _wrong(why: str) -> FormatError:
    return FormatError(_THING, why)


class _Reader:
    """What the lines so far have defined."""

    def __init__(self, allow_none: bool) -> None:
        self.allow_none = allow_none
        self.logs: list[LogKey] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.windows: list[Window] = []
        self.quorum: str | None = None
        self.mirrors: int | None = None
        self.publics: dict[bytes, str] = {}
        self.key_ids: set[tuple[str, bytes]] = set()
        self.group_of: dict[str, str | None] = {}  # each name; the group it is a member of

    def read(self, line: str) -> None:
        if found := _FORBIDDEN.search(line):
            raise _wrong(f"octet {ord(found[0]):02x} is not allowed")
        items = _BLANKS.split(line.strip(" \t"))
        match items:
            case [""]:
                pass
            case ["#", "size", *rest]:
                self._read_window(rest)
            case ["#", "mirrors", *rest]:
                self._read_mirrors(rest)
            case ["#size" | "#mirrors", *_]:
                raise _wrong("put a blank behind the #")
            case [first, *_] if first.startswith("#"):
                pass
            case ["log", vkey, *url] if len(url) <= 1:
                self._read_log(vkey, "".join(url))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._read_witness(name, vkey, "".join(url))
            case ["group", name, threshold, *members] if members:
                self._read_group(name, threshold, members)
            case ["quorum", name]:
                self._read_quorum(name)
            case ["log" | "witness" | "group" | "quorum", *_]:
                raise _wrong(f"wrong number of items after {items[0]}")
            case _:
                raise _wrong(f"unknown word {items[0][:40]!r}")
        for defined in (self.logs, self.witnesses, self.groups, self.windows):
            if len(defined) > DEFINED_MAX:
                raise _wrong(f"more than {DEFINED_MAX} of this kind")

    def finish(self) -> TrustFile:
        if self.quorum is None:
            raise _wrong("no quorum line")
        return TrustFile(
            logs=tuple(self.logs),
            witnesses=tuple(self.witnesses),
            groups=tuple(self.groups),
            quorum=self.quorum,
            windows=tuple(self.windows),
            mirrors=1 if self.mirrors is None else self.mirrors,
        )

    # A comment that begins like one of our two lines must be one: read as a mere comment, a
    # mistyped `# mirrors two` would ask for fewer mirrors than its writer wanted.

    def _read_window(self, items: Sequence[str]) -> None:
        if len(items) != 3 or ORIGIN.fullmatch(items[0]) is None:
            raise _wrong("not `# size ORIGIN FROM TO`")
        origin, start_text, end_text = items
        start = parse_decimal(start_text, thing="FROM", where="# size")
        end = None if end_text == "-" else parse_decimal(end_text, thing="TO", where="# size")
        if end is not None and end <= start:
            raise _wrong(f"no size is from {start} and below {end}")
        if any(window.origin == origin for window in self.windows):
            raise _wrong(f"a second `# size` of {origin}")
        self.windows.append(Window(origin, start, end))

    def _read_mirrors(self, items: Sequence[str]) -> None:
        if len(items) != 1 or _THRESHOLD.fullmatch(items[0]) is None:
            raise _wrong("not `# mirrors K` with K from 1")
        if self.mirrors is not None:
            raise _wrong("a second `# mirrors`")
        self.mirrors = int(items[0])

    def _read_log(self, vkey: str, url: str) -> None:
        key = self._read_key(vkey, LOG)
        if ORIGIN.fullmatch(key.name) is None:
            raise _wrong(f"a log's key is named like its origin, not {key.name!r}")
        self.logs.append(LogKey(key, url))

    def _read_witness(self, name: str, vkey: str, url: str) -> None:
        self._define(name)
        self.witnesses.append(Witness(name, self._read_key(vkey, COSIGNATURE), url))

    def _read_key(self, vkey: str, key_type: int) -> VerifierKey:
        key = parse_vkey(vkey)
        if key.type != key_type:
            raise _wrong(f"a key of type {key.type:02x}, not {key_type:02x}")
        # One key under two names would count twice; as log and cosigner it would vouch for itself.
        if key.public in self.publics:
            raise _wrong(f"the public key of {self.publics[key.public]} again")
        if (key.name, key.key_id) in self.key_ids:
            raise _wrong(f"another key {key.name} with key id {key.key_id.hex()}")
        self.publics[key.public] = key.name
        self.key_ids.add((key.name, key.key_id))
        return key

    def _read_group(self, name: str, threshold_text: str, members: Sequence[str]) -> None:
        for member in members:
            if member not in self.group_of:
                raise _wrong(f"{member!r} is not defined above")
            if self.group_of[member] is not None:
                raise _wrong(f"{member!r} is a member of {self.group_of[member]!r} already")
            self.group_of[member] = name
        self._define(name)
        words = {"all": str(len(members)), "any": "1"}
        number = words.get(threshold_text, threshold_text)
        if _THRESHOLD.fullmatch(number) is None or int(number) > len(members):
            raise _wrong(f"{threshold_text!r} is neither all, any nor 1-{len(members)}")
        self.groups.append(Group(name, int(number), tuple(members)))

    def _read_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise _wrong("a second quorum line")
        if name == NONE and not self.allow_none:
            raise _wrong("`quorum none` trusts the log alone; name a witness or a group")
        if name != NONE and name not in self.group_of:
            raise _wrong(f"{name!r} is not defined above")
        self.quorum = name

    def _define(self, name: str) -> None:
        if name in self.group_of or name == NONE:
            raise _wrong(f"the name {name!r} is taken")
        self.group_of[name] = None


# --- writing


def format_trust(trust: TrustFile) -> bytes:
    """The file that `parse_trust` reads, in the order of `trust`: the same bytes everywhere."""
    lines = [
        f"# size {window.origin} {window.start} {'-' if window.end is None else window.end}"
        for window in trust.windows
    ]
    lines.append(f"# mirrors {trust.mirrors}")
    lines.extend(f"log {format_vkey(log.key)} {log.url}".rstrip(" ") for log in trust.logs)
    lines.extend(
        f"witness {witness.name} {format_vkey(witness.key)} {witness.url}".rstrip(" ")
        for witness in trust.witnesses
    )
    for group in trust.groups:
        lines.append(f"group {group.name} {group.threshold} {' '.join(group.members)}")
    lines.append(f"quorum {trust.quorum}")
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def make_trust(
    *,
    windows: Iterable[Window],
    mirrors: int,
    logs: Iterable[LogKey],
    witnesses: Iterable[Witness],
    groups: Iterable[Group],
    quorum: str,
    allow_none: bool = False,
) -> TrustFile:
    """A trust file in the order that every node renders: logs by vkey, witnesses by name, groups
    as given. Raises `FormatError` as reading it would.
    """
    trust = TrustFile(
        windows=tuple(sorted(windows, key=lambda window: window.origin)),
        mirrors=mirrors,
        logs=tuple(sorted(logs, key=lambda log: format_vkey(log.key))),
        witnesses=tuple(sorted(witnesses, key=lambda witness: witness.name)),
        groups=tuple(groups),
        quorum=quorum,
    )
    return parse_trust(format_trust(trust), allow_none=allow_none)


def trust_hash(data: bytes) -> str:
    """Hex of H(file): what stands on the poster beside the genesis hash."""
    return hashlib.sha256(data).hexdigest()
