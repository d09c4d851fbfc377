"""Settings of a node, from the environment (`RELIEF_...`) or a maker's arguments.

Each says who may change it and what they could then do. None changes a byte of the log: what the
ledger allows stands in its entries. `docs/reference/settings.md` lists them.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """What the store may use. Changes no byte of the log.

    page_cache    state pages kept in memory (about 2 KB each)
    sqlite_cache  bytes of SQLite's own cache for the writer
    fold_every    statements after which each part of the index of ids has had its turn to be
                  written; about half as many ids are in memory
    wal_pages     pages of rows written before the write-ahead log is moved into the database
    wal_idle      the same while nothing waits: many short moves then, instead of one long one later
                  for which statements would have to wait
    """

    page_cache: int = 20_000
    sqlite_cache: int = 64 << 20
    fold_every: int = 32_768
    wal_pages: int = 16_384
    wal_idle: int = 1_024


QUEUE_BYTES_LEAST = 4 << 20
"""The largest batch that the API takes, which must fit an empty queue."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`window_ms` to gather after a busy batch, statements in a batch, statements that may wait,
    and bytes of them as received."""

    window_ms: int = 50
    batch_max: int = 1_000
    queue_max: int = 20_000
    queue_bytes_max: int = 64 << 20


class Settings(BaseSettings):
    """The settings of one node; frozen once read."""

    model_config = SettingsConfigDict(env_prefix="RELIEF_", frozen=True, extra="ignore")

    # --- places

    data_dir: Path = Field(
        default=Path("data"),
        description="Folder of the node's stores. The operator; who may write there can replace "
        "the node's memory, which start-up and cosigners notice.",
    )
    keys_dir: Path | None = Field(
        default=None,
        description="Folder of key files and watermark, kept apart from the data so that a "
        "restored backup cannot bring an old watermark back; `keys` beside the data when not set. "
        "The operator; who can read opened keys can sign as this node.",
    )
    passphrase_file: Path | None = Field(
        default=None,
        description="File with the passphrase of sealed key files. The operator; who can read it "
        "and the key files can sign as this node.",
    )
    passphrase_fd: int | None = Field(
        default=None,
        ge=0,
        description="File descriptor with the passphrase, read once; safer than a file. The "
        "operator; as above.",
    )
    # --- the orderer

    batch_window_ms: int = Field(
        default=50,
        ge=0,
        le=5_000,
        description="How long statements gather after a batch was busy. The operator; longer "
        "batches answer later and cost less.",
    )
    batch_max: int = Field(
        default=1_000,
        ge=1,
        le=2_000,
        description="Statements in one batch. The operator; larger ones answer later.",
    )
    queue_max: int = Field(
        default=20_000,
        ge=1,
        description="Statements that may wait; beyond, senders are told to come again. The "
        "operator; larger queues take memory (about 5 KB each) and time.",
    )
    queue_bytes_max: int = Field(
        default=64 << 20,
        ge=QUEUE_BYTES_LEAST,
        description="Bytes of statements that may wait, as received; beyond, senders are told to "
        "come again. The operator; in memory they take about four times as much.",
    )
    check_threads: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Threads that check signatures ahead of the batch. The operator; as many as "
        "processors.",
    )

    check_processes: int = Field(
        default=1,
        ge=0,
        le=64,
        description="Processes that read and check statements beside the node, about 30 MB each; "
        "they start when many statements first come at once, and single ones are read in threads. "
        "The operator; with 0 the threads read everything, at half the speed.",
    )
    views_apart: bool = Field(
        default=True,
        description="Whether the views follow the log in a process of their own, about 90 MB. The "
        "operator; else a thread of the node does it, and takes from its speed.",
    )

    # --- checkpoints and finality

    offer_every_ms: int = Field(
        default=1_000,
        ge=0,
        description="Least time between checkpoints sent for cosigning. The operator; longer makes "
        "receipts final later.",
    )
    heartbeat_s: int = Field(
        default=900,
        ge=1,
        description="After this time the newest checkpoint is cosigned anew though nothing "
        "happened. The operator; longer lets `/freshness` fail.",
    )
    mirrors_before_witnesses: int = Field(
        default=2,
        ge=0,
        description="Mirrors that must have cosigned before plain witnesses are asked (all, if "
        "fewer). The operator; with 0 a lost writer can leave a witness stuck for ever.",
    )
    cosign_timeout_s: int = Field(
        default=5,
        ge=1,
        description="How long one cosigner may take. The operator; longer delays finality.",
    )
    unfinal_entries_max: int = Field(
        default=10_000,
        ge=1,
        description="Entries that may wait for finality before authorisations pause; facts go on. "
        "The operator; more means more to lose with the writer's disk.",
    )
    unfinal_max_s: int = Field(
        default=3_600,
        ge=1,
        description="The same in seconds since the last finality. The operator; as above.",
    )
    promise_s: int = Field(
        default=60,
        ge=1,
        description="Deadline of a promise behind the batch's time, in seconds. The operator; a "
        "short one that is not kept is proof against this node.",
    )

    # --- limits

    refusals_kept: int = Field(
        default=10_000,
        ge=0,
        description="Refusals that made no entry and are remembered for whoever asks again. The "
        "operator; fewer means a sender must resend to learn the reason.",
    )
    free_bytes_min: int = Field(
        default=1 << 30,
        ge=0,
        description="Free room on the disk below which the node does not start to write. The "
        "operator; less risks a full disk within a batch, which costs time, not entries.",
    )
    page_cache: int = Field(
        default=20_000,
        ge=16,
        description="State pages kept in memory, about 2 KB each. The operator; speed only.",
    )
    sqlite_cache_bytes: int = Field(
        default=64 << 20,
        ge=1 << 20,
        description="SQLite's own cache of the writer. The operator; speed only.",
    )
    fold_every: int = Field(
        default=32_768,
        ge=1,
        description="Statements after which every part of the index of their ids has been "
        "written; about half as many ids are in memory, 300 bytes each. The operator; speed and "
        "the time of a start after a crash only.",
    )

    @property
    def keys(self) -> Path:
        """The folder of key files and watermark."""
        return self.keys_dir if self.keys_dir is not None else self.data_dir / "keys"

    @property
    def pace(self) -> Pace:
        """How the orderer goes."""
        return Pace(
            window_ms=self.batch_window_ms,
            batch_max=self.batch_max,
            queue_max=self.queue_max,
            queue_bytes_max=self.queue_bytes_max,
        )

    @property
    def store(self) -> StoreOptions:
        """What a store may use."""
        return StoreOptions(
            page_cache=self.page_cache,
            sqlite_cache=self.sqlite_cache_bytes,
            fold_every=self.fold_every,
        )

    @property
    def mirror_store(self) -> StoreOptions:
        """What the store of a mirror within this process may use: it writes each page once, and
        nobody waits for its reads."""
        return StoreOptions(
            page_cache=max(16, self.page_cache // 4),
            sqlite_cache=max(1 << 20, self.sqlite_cache_bytes // 4),
            fold_every=self.fold_every,
        )
