"""A small founded ledger in memory, for tests of the machine: two members, keys, a catalogue."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from contracts.machine import Answer, Batch, Step, step
from contracts.memory import MemoryLedger
from ledger.envelope import Statement, open_statement, sign_statement
from ledger.governance import keys_of, render_trust
from ledger.keys import SigningKey
from ledger.log.checkpoint import Checkpoint, cosign, sign_checkpoint
from ledger.log.merkle import leaf_hash, root
from ledger.log.note import COSIGNATURE, LOG, NoteSigner, format_note, merge_lines, parse_note
from ledger.log.tile import TILE_WIDTH, bundles_of, format_bundle, format_tile, tiles_of
from ledger.shape import fields_of
from ledger.state import State

ORIGIN = "ledger.example.org/test"
NOW = 1_800_000_000
DAY = 86_400
EVERYWHERE: dict[str, Any] = {"areas": [], "funds": [], "sites": []}


def names(text: str) -> dict[str, str]:
    return {"en": text, "zh_hans": text, "zh_hant": text}


def test_key(name: str) -> SigningKey:
    return SigningKey.from_seed(sha256(name.encode()).digest())


test_key.__test__ = False  # type: ignore[attr-defined]

# Role by role, one actor each with a key of its own; the last word is the person.
ACTORS = {
    "red/ana": ["admin", "keeper", "treasurer", "manager"],
    "red/bao": ["admin", "treasurer", "fund-owner", "approver", "commander"],
    "red/chen": ["storekeeper", "distributor", "payer", "counter", "registrar"],
    "red/dai": [
        "shipper",
        "receiver",
        "approver",
        "confirmer",
        "storekeeper",
        "treasurer",
        "inspector",
    ],
    "blue/eve": ["admin", "keeper", "fund-owner", "manager", "storekeeper", "receiver"],
    "blue/fay": ["admin", "distributor", "approver", "quality"],
}


def genesis_body() -> dict[str, Any]:
    actors = [
        {"id": actor, "person": actor.partition("/")[2], "roles": roles, "scope": EVERYWHERE}
        for actor, roles in ACTORS.items()
    ]
    keys: list[dict[str, Any]] = [
        {"public": test_key(actor).public.hex(), "use": "author", "actor": actor}
        for actor in ACTORS
    ]
    keys.append({"public": test_key("log").public.hex(), "use": "log"})
    for cosigner in ("mirror", "witness"):
        keys.append({"public": test_key(cosigner).public.hex(), "use": "cosigner"})
    return {
        "actors": actors,
        "currencies": [{"code": "CNY", "minor": 2}, {"code": "TWD", "minor": 2}],
        "gates": False,
        "keys": keys,
        "limits": [{"commodity": "CNY", "n": 100_000_00}, {"commodity": "rice", "n": 1_000_000}],
        "offset": 28_800,
        "organisations": [
            {"id": "red", "names": names("Red agency")},
            {"id": "blue", "names": names("Blue agency")},
        ],
        "protocol": 1,
        "thresholds": {"admins": 2, "revoke": 2},
        "trust": {
            "groups": [{"k": 2, "members": ["m1", "w1"], "name": "both"}],
            "mirrors": 1,
            "quorum": "both",
            "witnesses": [
                {
                    "key_name": "red.example.org/mirror",
                    "name": "m1",
                    "public": test_key("mirror").public.hex(),
                },
                {
                    "key_name": "blue.example.org/witness",
                    "name": "w1",
                    "public": test_key("witness").public.hex(),
                },
            ],
        },
    }


def catalogue_body() -> dict[str, Any]:
    return {
        "areas": [
            {
                "code": "c1",
                "id": "county",
                "names": names("County"),
                "tier": 1,
                "version": 1,
                "vocabulary": "demo",
            },
            {
                "code": "d1",
                "id": "east",
                "names": names("East"),
                "parent": "county",
                "tier": 2,
                "version": 1,
                "vocabulary": "demo",
            },
        ],
        "funds": [
            {
                "currency": "CNY",
                "id": "flood",
                "names": names("Flood"),
                "owner": "red",
                "programme": "flood-27",
                "version": 1,
                "lines": [
                    {"id": "general", "earmark": {"areas": [], "classes": [], "purposes": []}},
                    {
                        "id": "east-food",
                        "earmark": {"areas": ["east"], "classes": [], "purposes": ["food"]},
                    },
                ],
            },
        ],
        "items": [
            {
                "aliases": [],
                "class": "food",
                "id": "rice",
                "names": names("Rice"),
                "packs": [{"code": "bag", "den": 1, "from": 0, "num": 5000}],
                "unit": "GRM",
                "version": 1,
            },
            {
                "aliases": [],
                "class": "medical",
                "id": "n95",
                "names": names("N95 masks"),
                "packs": [],
                "unit": "H87",
                "version": 1,
            },
        ],
        "programmes": [
            {
                "code": "fl-27",
                "from": 0,
                "id": "flood-27",
                "names": names("Flood 2027"),
                "purposes": ["food", "cash"],
                "to": NOW + 400 * DAY,
                "version": 1,
            },
        ],
        "sites": [
            {
                "area": "county",
                "custodian": "red",
                "id": "depot",
                "kind": "warehouse",
                "names": names("Depot"),
                "version": 1,
            },
            {
                "area": "east",
                "custodian": "blue",
                "id": "point",
                "kind": "point",
                "names": names("Point"),
                "version": 1,
            },
        ],
    }


@dataclass
class TestLedger:
    """A ledger that says statements in the names of its actors."""

    __test__ = False

    memory: MemoryLedger = field(default_factory=MemoryLedger)
    time: int = NOW
    count: int = 0
    steps: list[Step] = field(default_factory=list)

    def statement(
        self,
        kind: str,
        body: Any,
        *actors: str,
        nonce: str | None = None,
        **changes: Any,
    ) -> Statement:
        keys = [test_key(actor) for actor in actors]
        self.count += 1
        payload: dict[str, Any] = {
            "author": keys[0].key_id,
            "body": body if isinstance(body, dict) else fields_of(body),
            "expires": {"time": self.time + DAY},
            "id": nonce or f"{self.count:032x}",
            "kind": kind,
            "log": ORIGIN,
            "occurred_at": self.time,
            "v": 1,
        }
        if len(keys) > 1:
            payload["cosigners"] = sorted(key.key_id for key in keys[1:])
        payload.update(changes)
        return open_statement(sign_statement(payload, keys))

    def run(self, *statements: Statement) -> tuple[Answer, ...]:
        made = step(self.memory, Batch(self.time, statements))
        if not made.is_empty:
            self.memory.apply(made)
        self.steps.append(made)
        return made.answers

    def say(self, kind: str, body: Any, *actors: str, **changes: Any) -> Answer:
        return self.run(self.statement(kind, body, *actors, **changes))[0]


def founded() -> TestLedger:
    """Genesis and the catalogue."""
    ledger = TestLedger()
    answer = ledger.say("genesis", genesis_body(), "red/ana", "blue/eve")
    assert answer.code == "ok", answer
    answer = ledger.say("catalogue.define", catalogue_body(), "red/ana")
    assert answer.code == "no_authority" or answer.code == "ok", answer
    return ledger


def public_files(
    ledger: TestLedger, *, cosigners: tuple[str, ...] = ("mirror", "witness")
) -> dict[str, bytes]:
    """The log as C2SP lays it out, path -> bytes, signed by the test keys; and its trust file."""
    head = ledger.memory.head()
    entries = ledger.memory.entries
    leaves = [leaf_hash(entry) for entry in entries]
    files = {"checkpoint": cosigned(head.size, head.root(), cosigners)}
    for bundle in bundles_of(head.size):
        first = bundle.n * TILE_WIDTH
        files[bundle.path] = format_bundle(entries[first : first + bundle.width])
    levels = [leaves]
    while len(levels[-1]) >= TILE_WIDTH:
        below = levels[-1]
        full = range(0, len(below) - TILE_WIDTH + 1, TILE_WIDTH)
        levels.append([root(below[at : at + TILE_WIDTH]) for at in full])
    for tile in tiles_of(head.size):
        first = tile.n * TILE_WIDTH
        files[tile.path] = format_tile(levels[tile.level][first : first + tile.width])
    return files


def cosigned(size: int, log_root: bytes, cosigners: tuple[str, ...]) -> bytes:
    log = NoteSigner(ORIGIN, test_key("log"), LOG)
    note = parse_note(sign_checkpoint(Checkpoint(ORIGIN, size, log_root), log))
    names = {"mirror": "red.example.org/mirror", "witness": "blue.example.org/witness"}
    lines = [
        cosign(note.text, NoteSigner(names[one], test_key(one), COSIGNATURE), NOW)
        for one in cosigners
    ]
    return format_note(merge_lines(note, lines))


def trust_of(ledger: TestLedger) -> bytes:
    """The trust file that the ledger's own governance renders."""
    state = State(ledger.memory)
    inputs = state.get("trust", "inputs")
    assert isinstance(inputs, dict)
    keys = keys_of(state, ledger.memory.table("keys"))
    return render_trust(ORIGIN, inputs, keys, 1).encode()
