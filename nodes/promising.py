"""What a node signs under an answer: a promise for an entry, a refusal where none was made.

A promise says that the entry will be under a checkpoint by a deadline; one that is not kept is
proof against this node, so it is signed only for what is durable. DSSE, `docs/spec/statement.md`.
"""

from ledger.canon import Value, encode
from ledger.envelope import PROMISE_TYPE, REFUSAL_TYPE, sign_dsse
from ledger.keys import SigningKey
from nodes.solo import Reply


def sign_reply(key: SigningKey, log: str, reply: Reply, *, promise_s: int) -> bytes | None:
    """The signed promise or refusal, DSSE bytes; None for bytes that were no statement.

    `promise_s`: seconds from the batch to the deadline.
    """
    if reply.statement is None or reply.code is None:
        return None
    if reply.index is None:
        refusal: dict[str, Value] = {
            "code": str(reply.code),
            "log": log,
            "statement": reply.statement,
            "v": 1,
        }
        return sign_dsse(REFUSAL_TYPE, encode(refusal), key)
    deadline = reply.time + promise_s
    # Never behind the statement's own expiry, unless it came late.
    if reply.expires >= reply.time:
        deadline = min(deadline, reply.expires)
    promise: dict[str, Value] = {
        "deadline": deadline,
        "log": log,
        "statement": reply.statement,
        "v": 1,
    }
    return sign_dsse(PROMISE_TYPE, encode(promise), key)
