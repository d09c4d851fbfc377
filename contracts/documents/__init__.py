"""A contract as a text and as a thing that judges, without any ledger.

Reading: `document` is a contract as written and `parts` what it is made of; `reading` and `forms`
read them, strictly; `windows` reads spans of time. `problems` are what can be wrong, `sentences`
tells people, and `limits` are the numbers.

Meaning: `catalogued` is what a contract may speak of, `verbs` what its effects may do. `compiling`
makes a `compiled` contract: `scopes` says which names an expression reads, `fact_forms` checks
facts, `given` what tests give.

Judging: `verdict` is the answer to one statement; `texts` are sentences with placeholders and
`explaining` writes them; `cases` runs the tests that every document carries, and `lints` advises.
Specification: `docs/spec/contract-document.md`.
"""
