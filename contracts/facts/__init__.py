"""Facts: what a contract knows beside the statement itself, read from the state by declared names.

`definition` is an aggregate as data, `rows` the rows that keep it and what is read of them,
`loading` reads all declared facts of one contract for one statement. `recording` says what an
applied entry adds and takes back, and `backfill` makes an index later from that, with the same
rows. Specification: `docs/spec/facts.md`.
"""
