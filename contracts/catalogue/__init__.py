"""The catalogue: everything that a contract may speak of, and where each value comes from.

`catalogue` is the face: all of it put together, for one currency. `judged` is a statement that is
judged and what all views have in common, `view` the form of a view; `money`, `goods`, `people` and
`situation` have the view of each kind. `records` read rows of the state, `forms` has their types,
`queries` and `holdings` are lists of them, `walks` what runs go through. `approving` says whose
signature is an approval, and where an approver must be one.
Specification: `docs/spec/facts.md`.
"""
