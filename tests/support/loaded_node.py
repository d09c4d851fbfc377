"""A child process to be killed: a node under load that says what it has acknowledged and signed.

Run as `loaded_node.py FOLDER FIRST`: starts the node in FOLDER, founds it when it is new, and sends
gifts numbered from FIRST on, from two threads, for ever. Each line of output is written at once:

    ready SECONDS clean|crashed        ack STATEMENT INDEX        signed SIGNER SIZE ROOT
"""

import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from nodekit import Speaker, write_keys

from ledger.log.checkpoint import Checkpoint, cosign, parse_checkpoint, sign_checkpoint
from ledger.log.note import NoteLine, NoteSigner
from nodes import mirror, publisher, witness
from nodes.clock import FixedClock
from nodes.node import Node
from nodes.settings import Settings


def say(*words: object) -> None:
    # One write: a killed process leaves whole lines or none.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def signing(checkpoint: Checkpoint, signer: NoteSigner) -> bytes:
    say("signed", signer.name, checkpoint.size, checkpoint.root.hex())
    return sign_checkpoint(checkpoint, signer)


def cosigning(text: str, signer: NoteSigner, time: int) -> NoteLine:
    checkpoint = parse_checkpoint(text)
    say("signed", signer.name, checkpoint.size, checkpoint.root.hex())
    return cosign(text, signer, time)


publisher.sign_checkpoint = signing  # type: ignore[attr-defined]
mirror.cosign = cosigning  # type: ignore[attr-defined]
witness.cosign = cosigning  # type: ignore[attr-defined]


def main(folder: Path, first: int) -> None:
    write_keys(folder / "keys")
    clock = FixedClock(1_800_000_000)
    settings = Settings(
        data_dir=folder, offer_every_ms=0, batch_window_ms=0, free_bytes_min=0, fold_every=40
    )
    node = Node(settings, wall=clock)
    node.start()
    object.__setattr__(node.store.options, "wal_pages", 60)
    opened = node.opened
    say("ready", f"{opened.took_s:.2f}", "clean" if opened.clean else "crashed", node.read_only)
    speaker = Speaker(node, clock)
    if node.size() == 0:
        speaker.found()
    lock = threading.Lock()
    number = [first]

    def send() -> None:
        while True:
            with lock:
                datas = [speaker.gift(number[0] + n) for n in range(3)]
                number[0] += 3
            for reply in node.submit(datas).result():
                if reply.index is not None:
                    say("ack", reply.statement, reply.index)

    for _ in range(2):
        threading.Thread(target=send, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
