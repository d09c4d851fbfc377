"""Small logs made by hand whose governance changes: cosigners and log keys come and go.

`governed_log` makes one, on the ground of `handlog`; `retire` says which keys go.
"""

from typing import Any

import handlog
import ledgers
from handlog import COSIGNERS, HandLog


def genesis() -> dict[str, Any]:
    """A founding in which the cosigners and the log key of `handlog` stand."""
    body = ledgers.genesis_body()
    publics = {name: each.verifier.public.hex() for name, each in COSIGNERS.items()}
    people = [key for key in body["keys"] if key["use"] == "author"]
    machines = [{"public": handlog.LOG_SIGNER.verifier.public.hex(), "use": "log"}]
    machines += [{"public": public, "use": "cosigner"} for public in publics.values()]
    trust = {
        "groups": [{"k": 3, "members": sorted(publics), "name": "witnesses"}],
        "mirrors": 2,
        "quorum": "witnesses",
        "witnesses": [
            {"key_name": COSIGNERS[name].verifier.name, "name": name, "public": publics[name]}
            for name in publics
        ],
    }
    return {**body, "keys": people + machines, "trust": trust}


def governed_log(*changes: tuple[str, dict[str, Any]], **founding: Any) -> HandLog:
    """Genesis, one entry for each change, and a gift; all changes are about governance."""
    log = HandLog()
    log.statement("genesis", "genesis", {**genesis(), **founding})
    for number, (kind, body) in enumerate(changes):
        log.statement(f"change {number}", kind, body)
    log.statement("gift", "donation.receive", {"amount": 9})
    log.about("gov", *range(len(changes) + 1))
    return log


def retire(*names: str) -> list[tuple[str, dict[str, Any]]]:
    keys = {**{name: handlog.key(name) for name in COSIGNERS}, "log": handlog.key("log")}
    return [("key.retire", {"key": keys[name].key_id, "reason": "lost"}) for name in names]
