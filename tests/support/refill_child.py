"""A process that opens a store, lets it refill, and makes one batch: to be killed on the way.

    python refill_child.py FOLDER TIME ENVELOPE

Prints the state root when the batch is durable. Breaks where `RELIEF_CHAOS` says.
"""

import os
import sys
from pathlib import Path

from contracts.machine import Batch, step
from ledger.envelope import open_statement
from nodes import chaos
from nodes.recovery import open_store


def main(folder: Path, time: int, envelope: Path) -> None:
    chaos.install_from(os.environ.get("RELIEF_CHAOS", ""))
    store = open_store(folder).store
    store.refilling.finish()
    made = step(store, Batch(time, (open_statement(envelope.read_bytes()),)))
    store.commit(made)
    print(made.head.state_root.hex(), flush=True)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
