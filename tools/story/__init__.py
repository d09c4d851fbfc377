"""An invented county's disaster, as statements: what `relief demo` plays.

`county` is the place (members, sites, items, funds), `people` the invented donors and residents,
`teller` signs and sends what happens and moves the story's clock. What happens stands scene by
scene in `opening`, `ruling`, `acting` (what the rules then do), `giving`, `spending`, `storing`,
`handing`, `looking`, `agreeing` and `mistake`, and in order in `firstdays` and `timeline`.
`adopting` has the members take up a contract of the reader's own. `showing` makes the files that
people take away: receipts and proofs.

Everything here is invented, people and organisations alike. Content comes from a fixed seed; keys,
salts and tags are fresh each time, so that nobody can sign or open anything of another's demo.
"""
