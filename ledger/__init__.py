"""What is true and how it is proved: the pure core of the ledger.

Nothing here touches disk, clock, network or chance. The same input gives the same bytes
everywhere, every day; time and place are arguments. With `contracts` this folder is all that an
offline verifier needs.

Reading order, from bytes to meaning:

* bytes: `canon` (canonical JSON), `errors` and `codes` (how work stops), `keys` (the one verifier
  of signatures), `envelope` (what a member signs)
* the log: `merkle` (the tree), `tile` (how it is published), `note` and `checkpoint` (what is
  signed about it), `trust` (which signers suffice), `proof` (one entry, proved offline)
* the book: `members`, `lots`, `funds`, `entries` (one file per noun), `book` (state and law),
  `stateroot` (a root over the state, with proofs of single rows)
* for people: `trace` (where something went, where it came from), `disclosure` and `receipt` (what
  one person is shown), `sentences` (codes in words)

It imports nothing of `contracts`, `nodes`, `api` and `tools`.
"""
