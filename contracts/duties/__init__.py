"""Duties: what contracts cause. The machine calls, in this order:

`effects`   `effects_of(contract, verdict, book, it, item="", run=None, firing=None) -> Duties`
`derived`   `Derived(kind, body, rule, wants, charge)`, `Message`, `Mark`, `within`, `stop`
`budgets`   `check` (inside `effects_of`) and `count`: bounds of payments, law of the book
`paying`    the body of an instruction: payee, area, money of the allotment
`moving`    the bodies of orders and reservations: lots by expiry
`tags`      what a case is about, by the type of an expression
`flags`     `set_marks`, `is_flagged`
`notices`   `tell`, `notices_of`: what `notify` says, kept for whoever it is for
`runs`      `open_run`, `next_items`, `item_done`, `progress`, `has_work`
`clock`     `hour_due`, `hour_cause`

A derived statement's id is `auto_id(origin, Cause(entry of the cause, rule))`; where that is logged
nothing happens. Else a savepoint; `count(state, charge, time)` where it has a charge; form,
references, law, gates with `it.auto`; where it has `wants` and is not denied it is held for them.
What is refused rolls back, its count too, and is logged. Specification: `docs/spec/duties.md`.
"""
