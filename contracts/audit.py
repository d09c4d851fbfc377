"""The audit of a whole log: from published files to "every answer follows", in numbered steps.

The auditor needs nobody: a trust file, and the files of a log as C2SP lays them out (`checkpoint`,
`tile/..`, `tile/entries/..`), from a folder or an address. Steps, in this order:

1. the trust file is well formed
2. the checkpoint is signed by a log of the trust file, for a size it is for
3. its quorum of cosigners is reached, with enough mirrors
4. the entries hash to the root of the checkpoint
5. every hash tile says the same
6. entry 0 is the genesis of this origin; the log's own governance names these logs and cosigners
7. every batch, executed again, gives the entries of the log byte for byte, state root included
8. every commodity balances, and the last state root is the one under the checkpoint

A step that fails raises `CheckError` (false) or `FormatError` (false: the bytes are not what they
must be); a file that cannot be had raises `Unavailable` (cannot tell).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contracts.memory import MemoryLedger
from contracts.replay import Replay
from ledger.book import CONTRA, IN, INSIDE, NEUTRAL, OUT, REVERSED_IN, REVERSED_OUT
from ledger.entry import StatementEntry, parse_entry
from ledger.errors import CheckError
from ledger.governance import keys_of, render_trust
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash, root
from ledger.log.tile import (
    TILE_WIDTH,
    Tile,
    bundles_of,
    entries_path,
    parse_bundle,
    parse_tile,
    tiles_of,
)
from ledger.log.trust import TrustFile, parse_trust
from ledger.state import State


class Unavailable(Exception):
    """A file of the log that the audit needs and cannot have: nothing is proved or disproved."""


@dataclass(frozen=True, slots=True)
class AuditStep:
    """One step that passed: its number, what was checked, what was found."""

    number: int
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What one commodity sums to: all that came, and where it is. Integers of its base unit."""

    commodity: str
    came: int
    came_back: int
    inside: int
    out: int
    out_back: int
    contra: int
    neutral: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a whole audit found; it exists only when every step passed."""

    origin: str
    size: int
    batches: int
    statements: int
    refused: int
    flagged: int
    genesis_hash: bytes
    steps: tuple[AuditStep, ...]
    balances: tuple[Balance, ...]
    remarks: tuple[str, ...]
    ledger: MemoryLedger
    """The state that the log comes to."""


Read = Callable[[str], bytes]
"""path below the log's root (`checkpoint`, `tile/0/000`) -> bytes; raises `Unavailable`"""


class Audit:
    """One audit at work; `run` walks the steps.

    `on_step` is called after each step that passed; `on_progress` with entries done and to do.
    """

    def __init__(
        self,
        read: Read,
        trust: bytes,
        *,
        now: int | None = None,
        on_step: Callable[[AuditStep], None] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._read, self._trust_data, self._now = read, trust, now
        self._on_step, self._on_progress = on_step, on_progress
        self._steps: list[AuditStep] = []
        self._remarks: list[str] = []
        self._codes: dict[str, int] = {}
        self._statements = 0

    def run(self) -> Report:
        """Every step; the report when all passed."""
        trust = parse_trust(self._trust_data)
        self._passed("trust file", f"logs: {len(trust.logs)}, cosigners: {len(trust.witnesses)}")
        checkpoint = self._checkpoint(trust)
        leaves = self._entries(checkpoint)
        self._tiles(checkpoint, leaves)
        replay = self._replay(checkpoint, leaves)
        balances = self._balances(replay)
        return Report(
            origin=checkpoint.origin,
            size=checkpoint.size,
            batches=replay.head.batch + 1,
            statements=self._statements,
            refused=sum(n for code, n in self._codes.items() if code not in ("ok", "flagged")),
            flagged=self._codes.get("flagged", 0),
            genesis_hash=leaves[0],
            steps=tuple(self._steps),
            balances=balances,
            remarks=tuple(self._remarks),
            ledger=replay.ledger,
        )

    def _passed(self, title: str, detail: str) -> None:
        step = AuditStep(len(self._steps) + 1, title, detail)
        self._steps.append(step)
        if self._on_step is not None:
            self._on_step(step)

    def _checkpoint(self, trust: TrustFile) -> Checkpoint:
        checkpoint, note = trust.check_log(self._read("checkpoint"))
        if checkpoint.size < 2:
            raise CheckError("checkpoint", f"size {checkpoint.size}: a log begins with two entries")
        self._passed(
            "log signature", f"{checkpoint.origin}, {checkpoint.size:,} entries, signed by its log"
        )
        quorum = trust.quorum_of(note, now=self._now)
        if not quorum.is_re_executed:
            self._remarks.append(
                f"{quorum.mirrors} mirrors cosigned, {quorum.mirrors_wanted} wanted: "
                "this audit re-executes the log itself"
            )
        self._passed("quorum", f"cosigned by {', '.join(quorum.names)}")
        return checkpoint

    def _bundles(self, size: int) -> Iterator[tuple[int, list[bytes]]]:
        """(index of the first, entries) of every bundle of the log."""
        for bundle in bundles_of(size):
            data = self._read(entries_path(bundle.n, bundle.width))
            first = bundle.n * TILE_WIDTH
            yield first, parse_bundle(data, bundle.width)
            if self._on_progress is not None:
                self._on_progress(first + bundle.width, size)

    def _entries(self, checkpoint: Checkpoint) -> list[bytes]:
        leaves: list[bytes] = []
        for _, entries in self._bundles(checkpoint.size):
            leaves.extend(leaf_hash(entry) for entry in entries)
        own = root(leaves)
        if own != checkpoint.root:
            raise CheckError(
                "log root", f"the entries give {own.hex()}, signed is {checkpoint.root.hex()}"
            )
        self._passed("entries", f"{len(leaves):,} entries hash to the signed root")
        return leaves

    def _tiles(self, checkpoint: Checkpoint, leaves: list[bytes]) -> None:
        count = 0
        levels = {0: leaves}
        for tile in tiles_of(checkpoint.size):
            if tile.level not in levels:
                below = levels[tile.level - 1]
                full = range(0, len(below) - TILE_WIDTH + 1, TILE_WIDTH)
                levels[tile.level] = [root(below[at : at + TILE_WIDTH]) for at in full]
            self._tile(tile, levels[tile.level])
            count += 1
        self._passed("tiles", f"{count:,} hash tiles say the same")

    def _tile(self, tile: Tile, hashes: list[bytes]) -> None:
        given = parse_tile(self._read(tile.path), tile.width)
        first = tile.n * TILE_WIDTH
        if given != hashes[first : first + tile.width]:
            raise CheckError("tiles", f"{tile.path} does not fit the entries")

    def _replay(self, checkpoint: Checkpoint, leaves: list[bytes]) -> Replay:
        first = parse_entry(self._first_entry(checkpoint, leaves))
        if not isinstance(first, StatementEntry) or first.statement.kind != "genesis":
            raise CheckError("genesis", "entry 0 is not a genesis")
        if first.statement.log != checkpoint.origin:
            raise CheckError("genesis", f"it founds {first.statement.log}")
        replay = Replay()
        for start, entries in self._bundles(checkpoint.size):
            for offset, entry in enumerate(entries):
                if leaf_hash(entry) != leaves[start + offset]:
                    raise CheckError("entries", f"entry {start + offset} changed while it was read")
                replay.feed(entry)
                self._count(entry)
        head = replay.finish(size=checkpoint.size, root=checkpoint.root)
        self._governance(replay, checkpoint)
        self._passed(
            "re-execution",
            f"{head.batch + 1:,} batches executed again, every entry the same byte for byte",
        )
        return replay

    def _first_entry(self, checkpoint: Checkpoint, leaves: list[bytes]) -> bytes:
        width = min(checkpoint.size, TILE_WIDTH)
        entry = parse_bundle(self._read(entries_path(0, width)), width)[0]
        if leaf_hash(entry) != leaves[0]:
            raise CheckError("entries", "entry 0 changed while it was read")
        return entry

    def _count(self, entry: bytes) -> None:
        parsed = parse_entry(entry)
        if isinstance(parsed, StatementEntry):
            self._statements += 1
            code = str(parsed.outcome["code"])
            self._codes[code] = self._codes.get(code, 0) + 1

    def _governance(self, replay: Replay, checkpoint: Checkpoint) -> None:
        state = State(replay.ledger)
        inputs = state.get("trust", "inputs")
        assert isinstance(inputs, dict)
        keys = keys_of(state, replay.ledger.table("keys"))
        own = render_trust(checkpoint.origin, inputs, keys, checkpoint.size)
        same = _substance(own.encode()) == _substance(self._trust_data)
        if not same:
            self._remarks.append(
                "the trust file you gave names other logs, cosigners or groups than the log's own "
                "governance; yours was used"
            )
        self._passed("genesis", "entry 0 founds this origin; governance read to the end")

    def _balances(self, replay: Replay) -> tuple[Balance, ...]:
        found = []
        state = State(replay.ledger)
        for commodity in replay.ledger.table("totals"):
            row = state.get("totals", commodity)
            assert isinstance(row, list)
            v = [int(str(text)) for text in row]
            if v[IN] - v[REVERSED_IN] != (
                v[INSIDE] + v[OUT] - v[REVERSED_OUT] + v[CONTRA] + v[NEUTRAL]
            ):
                raise CheckError("conservation", f"{commodity} does not balance: {v}")
            found.append(
                Balance(
                    commodity=commodity,
                    came=v[IN],
                    came_back=v[REVERSED_IN],
                    inside=v[INSIDE],
                    out=v[OUT],
                    out_back=v[REVERSED_OUT],
                    contra=v[CONTRA],
                    neutral=v[NEUTRAL],
                )
            )
        self._passed("conservation", f"{len(found)} commodities balance")
        return tuple(found)


def _substance(trust: bytes) -> list[bytes]:
    return [line for line in trust.splitlines() if line and not line.startswith(b"#")]
