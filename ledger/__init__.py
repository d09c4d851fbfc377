"""What is true and how it is proved: the pure core of the ledger.

Nothing here touches disk, clock, network or chance. The same input gives the same bytes
everywhere, every day; time and place are arguments. With `contracts` this folder is all that an
offline verifier needs.

Reading order, from bytes to meaning; rooms are folders with a map of their own:

* bytes: `canon` (canonical JSON), `errors` and `codes` (how work stops), `keys` (the one verifier
  of signatures), `envelope` (what a member signs), `shape` (bodies as typed values)
* the log: `entry` (its records); room `log` (tree, tiles, notes, checkpoints, trust, proof files)
* the state: `state` (the rows as one batch sees them), `marks` (in which order they are found),
  `sparse` and `stateroot` (one root over all rows), `indexes` (all entries about X)
* the book: `book` (accounts, and the law that nothing is made or lost), `kinds` and room
  `entries` (one file a noun), `members` and `governance` (who may sign what)
* its laws: rooms `money`, `goods` and `corrections`
* what contracts ask and people wait for: `alerts`, `dated` (needs, forecasts, prices by date),
  `cases`, `holds`, `keeping` (what a hold keeps back), `overrides` and `runs` (of contracts)
* what members agree on: `voices` (who has one about contracts), `adoptions` (versions in a scope),
  `adopted` (what is in force, as a whole)
* for people: room `proofs` (rows, lists, receipts, what they disclose), `sentences`,
  `meanings` and `phrases` (codes in words)

It imports nothing of `contracts`, `nodes`, `api` and `tools`.
"""
