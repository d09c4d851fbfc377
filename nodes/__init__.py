"""Who agrees and where it is kept: one member's computer.

Here the pure core meets the world. A node collects statements, has them ordered, steps the machine,
writes each batch in one durable transaction, and only then signs and publishes: persist, sign,
publish. The log is the truth; projections are read models that can be dropped and replayed, and
the vault, with names and salts, is a store of its own.

Rests on `ledger` and `contracts`. Each file that touches the disk says who may change what it
writes and what they could then do.
"""
