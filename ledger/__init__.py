"""What is true and how it is proved: the pure core of the ledger.

Nothing here touches disk, clock, network or chance. The same input gives the same bytes
everywhere, every day; time and place are arguments. With `contracts` this folder is all that an
offline verifier needs.

Reading order, from bytes to meaning:

* bytes: `canon` (canonical JSON), `errors` and `codes` (how work stops), `keys` (the one verifier
  of signatures), `envelope` (what a member signs), `shape` (bodies as typed values)
* the log: `entry`, `merkle` (the tree), `tile` (how it is published), `note` and `checkpoint`
  (what is signed about it), `trust` (which signers suffice), `proof` (one entry, proved offline)
* the state: `state` (the rows as one batch sees them), `sparse` and `stateroot` (one root over
  all rows), `indexes` (all entries about X), `stateproof` and `indexproof` (rows and lists,
  proved)
* the book: `book` (accounts, and the law that nothing is made or lost), `kinds` and `entries`
  (one file a noun), `members` and `governance` (who may sign what)
* money: `funds` (the fund line), `gifts`, `earmark`, `fund_draws`, `payments`, `money_rights`
* goods: `lots`, `mix`, `draws`, `goods`, `goods_in`, `arrival`, `stocktake`, `release`,
  `handout`, `rights`, `limits`
* corrections: `parts` (what is corrected), `recorded`, `replacements`, then `restore` with
  `goods_undo` and `money_undo`, or `flows` with `compensate_goods` and `compensate_money`
* traces: `attribution` (whose gift paid), `custody` (where goods were)
* for people: `disclosure` (seals), `receipt`, `receiptcheck`, `fields` and `signers` (what one
  person is shown, and the eight steps that check it), `sentences` and `phrases` (codes in words)

It imports nothing of `contracts`, `nodes`, `api` and `tools`.
"""
