"""A child process to be killed: a node on which a contract pays, that says what it signs.

Run as `paying_node.py FOLDER ALERT TIME`: starts the node in FOLDER, declares the alert unless
that is on its log, and waits until no run goes on and all is final. Each line is written at once:

    ready SECONDS      signed SIGNER SIZE ROOT      done SIZE
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import time

from loaded_node import say
from nodekit import Speaker, write_keys

from nodes.clock import FixedClock
from nodes.node import Node
from nodes.settings import Settings


def main(folder: Path, alert: str, at: int) -> None:
    write_keys(folder / "keys")
    settings = Settings(
        data_dir=folder, offer_every_ms=0, batch_window_ms=0, free_bytes_min=0, fold_every=10
    )
    clock = FixedClock(at)
    node = Node(settings, wall=clock)
    node.start()
    say("ready", f"{node.opened.took_s:.2f}", node.read_only)
    speaker = Speaker(node, clock)
    speaker.time = at
    body = {
        "alert": alert, "areas": ["east"], "hazard": "quake", "level": 4, "until": at + 9 * 86_400,
    }  # fmt: skip
    speaker.send("alert.declare", body, "red/bao", nonce=alert.encode().hex().rjust(32, "0"))
    while node.solo.goes_on:
        time.sleep(0.01)
    node.when_final(node.size() - 1).result(timeout=60)
    say("done", node.size())
    node.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
