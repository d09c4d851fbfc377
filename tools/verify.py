"""`relief verify`: does this hold, checked on this computer and without whoever sent it?

A target is a receipt, a proof file, a state proof, an index proof, a folder with a published log,
or the address of one. Only the trust file is believed; the clock of this machine sorts out
cosignatures from the future. The network is touched for an address alone.

The checks themselves are those of `ledger` and `contracts`, the same that a node runs; here they
are driven, numbered and put into words.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ledger.log.proof import MAGIC, PROOF_MAX
from ledger.proofs.stateproof import PROOF_FILE_MAX
from nodes.peers import Peer
from tools.console import Console, Stop, plain
from tools.published import is_address, read_regular
from tools.verifying.log import verify_log
from tools.verifying.proof import verify_index, verify_proof, verify_state
from tools.verifying.receipt import verify_receipt
from tools.verifying.verdict import Ended, Verdict

SUFFIXES: Final = {
    ".relief-receipt": "receipt",
    ".tlog-proof": "proof",
    ".state-proof": "state-proof",
    ".index-proof": "index-proof",
}
"""What a file is by its name, where its content does not say."""


def verify(
    console: Console,
    target: str,
    *,
    trust: Path | None = None,
    entry: Path | None = None,
    second: bool = False,
    since: Path | None = None,
    peer: Peer | None = None,
    now: int | None = None,
) -> int:
    """Verify `target` and say what it came to; the exit status.

    `entry` is the entry of a proof file that does not carry it, `since` a checkpoint of the log
    (for a receipt also another receipt) that was seen before. `peer` and `now` (Unix seconds)
    stand for the network and the clock in tests.
    """
    if is_address(target) or Path(target).is_dir():
        verdict = _verdict(console, target, "log", now)
        return _run(verdict, lambda v: verify_log(v, trust, second=second, since=since, peer=peer))
    data = _read_target(Path(target))
    thing = recognise(Path(target), data)
    work: dict[str, Callable[[Verdict], None]] = {
        "receipt": lambda v: verify_receipt(v, data, trust, since),
        "proof": lambda v: verify_proof(v, data, trust, entry),
        "state-proof": lambda v: verify_state(v, data, trust),
        "index-proof": lambda v: verify_index(v, data, trust),
    }
    verdict = _verdict(console, target, thing, now)
    if second:
        verdict.remark("--second-opinion is about a whole log, and this is one file.")
    if since is not None and thing != "receipt":
        verdict.remark("--since is about a whole log or a receipt, and this is another file.")
    return _run(verdict, work[thing])


def _verdict(console: Console, target: str, thing: str, now: int | None) -> Verdict:
    verdict = Verdict(console, target, thing)
    if now is not None:
        verdict.now = now
    return verdict


def _run(verdict: Verdict, work: Callable[[Verdict], None]) -> int:
    verdict.begin()
    with suppress(Ended):
        work(verdict)
    return verdict.show()


def recognise(path: Path, data: bytes) -> str:
    """What a file claims to be: by what it holds, else by its name. `Stop` when by neither."""
    if data.startswith(MAGIC.encode()):
        return "proof"
    for thing in ("receipt", "state-proof", "index-proof"):
        # Canonical JSON without white space ends with these keys; the parsers say if it is true.
        if data.endswith(b'"type":"%b","v":1}' % thing.encode()):
            return thing
    named = SUFFIXES.get(path.suffix)
    if named is None:
        raise Stop(
            f"{plain(str(path))} is neither a receipt nor a proof that this program knows.",
            "Name a .relief-receipt, .tlog-proof, .state-proof or .index-proof file, the folder "
            "of a published log, or its address.",
        )
    return named


def _read_target(path: Path) -> bytes:
    try:
        return read_regular(path, max(PROOF_FILE_MAX, PROOF_MAX))
    except ValueError as error:
        raise Stop(
            f"{plain(str(path))} is no receipt or proof: {error}.",
            "Name the file of a receipt or proof, or the folder of a published log.",
        ) from None
