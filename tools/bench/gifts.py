"""A ledger for measuring, and signed gifts for it: one organisation, one fund line, many gifts.

Every gift is a whole `donation.receive` of about 900 bytes with its own signature, as an agency's
till would make it; nothing is left out to make it cheap.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from ledger.canon import Value
from ledger.envelope import sign_statement
from ledger.keys import SigningKey
from nodes.folder import make_folder
from nodes.keyring import KeyFile, write_key
from nodes.node import Node
from nodes.settings import Settings

ORIGIN: Final = "bench.example/gifts"
LINE: Final = "relief.general"
WITNESS: Final = "bench.example/witness"
EVERYWHERE: Final[dict[str, Value]] = {"areas": [], "funds": [], "sites": []}


def _names(text: str) -> dict[str, Value]:
    return {"en": text, "zh_hans": text, "zh_hant": text}


def bench_key(name: str) -> SigningKey:
    """The key of a person (`a`, `b`) or a machine of the measured ledger."""
    # Fixed keys: a benchmark signs nothing that anybody relies on, and runs alike every time.
    return SigningKey.from_seed(_seed(name))


@dataclass(frozen=True, slots=True)
class Bench:
    """What a measured ledger is founded with; `now` in seconds."""

    now: int

    def genesis(self) -> bytes:
        """The signed genesis: one person with every role, one log key, one witness."""
        roles: list[Value] = [
            *("admin", "keeper", "treasurer", "fund-owner", "payer", "approver", "registrar"),
            "commander",
            *("receiver", "storekeeper", "distributor"),
        ]
        body: dict[str, Value] = {
            "actors": [
                {"id": "agency/a", "person": "a", "roles": roles, "scope": EVERYWHERE},
                {"id": "agency/b", "person": "b", "roles": roles, "scope": EVERYWHERE},
            ],
            "currencies": [{"code": "CNY", "minor": 2}],
            "gates": False,
            "keys": [
                {"actor": "agency/a", "public": bench_key("a").public.hex(), "use": "author"},
                {"actor": "agency/b", "public": bench_key("b").public.hex(), "use": "author"},
                {"public": bench_key("log").public.hex(), "use": "log"},
                {"public": bench_key("witness").public.hex(), "use": "cosigner"},
            ],
            "limits": [{"commodity": "CNY", "n": 10**12}],
            "offset": 28_800,
            "organisations": [{"id": "agency", "names": _names("Agency")}],
            "protocol": 1,
            "thresholds": {"admins": 1, "revoke": 1},
            "trust": {
                "groups": [],
                "mirrors": 1,
                "quorum": "w1",
                "witnesses": [
                    {"key_name": WITNESS, "name": "w1", "public": bench_key("witness").public.hex()}
                ],
            },
        }
        return self._sign("genesis", body, 0)

    def catalogue(self) -> bytes:
        """The signed catalogue: a programme, a fund, its one line, an area."""
        free: dict[str, Value] = {"areas": [], "classes": [], "purposes": []}
        body: dict[str, Value] = {
            "areas": [
                {
                    "code": "1",
                    "id": "county",
                    "names": _names("County"),
                    "tier": 1,
                    "version": 1,
                    "vocabulary": "bench",
                }
            ],
            "funds": [
                {
                    "currency": "CNY",
                    "id": "relief",
                    "lines": [{"earmark": free, "id": "general"}],
                    "names": _names("Relief"),
                    "owner": "agency",
                    "programme": "relief",
                    "version": 1,
                }
            ],
            "programmes": [
                {
                    "code": "r",
                    "from": 0,
                    "id": "relief",
                    "names": _names("Relief"),
                    "purposes": ["food", "cash"],
                    "to": self.now + 10**8,
                    "version": 1,
                }
            ],
        }
        return self._sign("catalogue.define", body, 1)

    def gift(self, number: int) -> bytes:
        """The signed gift `number`, from 1 on."""
        tag = f"{number:064x}"
        body: dict[str, Value] = {
            "amount": 1_000 + number % 97,
            "line": LINE,
            "reference": tag,
            "seals": {"contact": tag, "donor": tag, "reference": tag},
        }
        return self._sign("donation.receive", body, 16 + number)

    def gifts(self, count: int, first: int = 1) -> Iterator[bytes]:
        """`count` gifts from number `first` on."""
        return (self.gift(number) for number in range(first, first + count))

    def payment(self, number: int, amount: int) -> bytes:
        """The signed instruction to pay `amount` fen from what is free."""
        body: dict[str, Value] = {
            "area": "county",
            "draws": [{"amount": amount, "line": LINE}],
            "payee": {"class": "vendor", "tag": f"{number:064x}"},
            "purpose": "food",
            "source": "free",
        }
        return self._sign("disbursement.instruct", body, (1 << 100) + number, second=True)

    def _sign(self, kind: str, body: Value, nonce: int, *, second: bool = False) -> bytes:
        keys = [bench_key("a"), bench_key("b")] if second else [bench_key("a")]
        payload: dict[str, Value] = {
            "author": keys[0].key_id,
            "body": body,
            "expires": {"time": self.now + 86_400},
            "id": f"{nonce:032x}",
            "kind": kind,
            "log": ORIGIN,
            "occurred_at": self.now,
            "v": 1,
        }
        if second:
            payload["cosigners"] = [keys[1].key_id]
        return sign_statement(payload, keys)


def write_keys(folder: Path) -> None:
    """The node's key files, unsealed."""
    make_folder(folder)
    for use, name in (("log", ORIGIN), ("witness", WITNESS)):
        write_key(folder / f"{use}.key", KeyFile(use, name, _seed(use)), None)


def _seed(name: str) -> bytes:
    return sha256(f"bench {name}".encode()).digest()


@contextmanager
def running(folder: Path, **settings: int) -> Iterator[Node]:
    """A node over `folder`, stopped at the end; its keys are made when they are not there."""
    keys = folder / "keys"
    if not keys.exists():
        write_keys(keys)
    node = Node(Settings(data_dir=folder / "data", keys_dir=keys, **settings))  # type: ignore[arg-type]
    node.start()
    try:
        yield node
    finally:
        node.stop()


def found(node: Node, bench: Bench) -> None:
    """Genesis and catalogue, in two batches."""
    for data in (bench.genesis(), bench.catalogue()):
        (reply,) = node.submit([data]).result()
        assert reply.code == "ok", reply
