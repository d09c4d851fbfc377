"""A contract as a text and as a thing that judges, without any ledger.

`document` is a contract as written and `parts` what it is made of; `reading` and `forms` read them,
strictly. `problems` are what can be wrong with it, `sentences` tells people, and
`limits` are the numbers. `catalogued` is what a contract may speak of, `verbs` what its effects may
do. `compiled` checks types, units, names and cost; `scopes` says which names an expression may
read, `windows` reads spans of time, and `texts` the sentences with their placeholders. `verdict` is
the answer to one statement, and `cases` runs the tests that every document carries.
Specification: `docs/spec/contract-document.md`.
"""
