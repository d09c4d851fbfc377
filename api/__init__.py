"""Who may ask and how answers look: HTTP over one node.

Statements come in as raw bytes, because what is hashed is never re-written by a web framework.
Answers link their proofs. Every problem has a code and a next step (RFC 9457). The log itself is
served as C2SP tlog-tiles, so that other people's clients can read and verify it.

The endpoints are listed in `docs/reference/api.md`.
"""
