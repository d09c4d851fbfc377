"""Who agrees and where it is kept: one member's computer.

Here the pure core meets the world. A node collects statements, has them ordered, steps the machine,
writes each batch in one durable transaction, and only then signs and publishes: persist, sign,
publish. The log is the truth; views are read models that can be dropped and replayed, and the
vault, with names and salts, is a store of its own. `docs/spec/store.md` has it in order.

* in: `intake` and `reading` (parse, check signatures), `dedup` (nothing counts twice), `solo`
  (the orderer) with `replies`, `falling` (what falls due by itself), `clock`, `status` and
  `refusals` (how far a statement has come)
* kept: `store` with `schema`, `writing`, `pages`, `points`, `logtail` and `view`; `undo` (the
  state at a final checkpoint); `recovery` and `checking` (what a start looks at); `folder`,
  `watermark`, `lastsigned` and `readonly` (may it sign on?), `heads`; `refilling` (what late
  indexes of facts have missed); `tapes` (what simulations heard) with `onetape` and `tapefiles`
* out: `publisher` (read back, sign, give out), `static` (a log as files) and `beside` (read it
  while the node runs), `announcer` and `finality` (cosigned by the quorum), `mirror` and
  `witness` (cosigners), `governing` (the trust file in force), `grounds` (what proofs stand on),
  `promising` (what it signs under answers), `keyring`, `peers` (the one door to the network)
* views: room `projections` (SQL tables that are made from the log, and the questions to them)
* beside: `child` (programs of our own), `vault` and `tidying`, `settings`, `errors`, `chaos`
  (points at which tests break a node)

`node` wires one together. Rests on `ledger` and `contracts`. Each file that touches the disk says
who may change what it writes and what they could then do.
"""
