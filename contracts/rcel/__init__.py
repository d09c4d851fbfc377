"""rcel/1, the language of rules: a strict subset of CEL with units, for one answer everywhere.

`expression` is the face: text in, checked expression out, evaluated on values. Behind it `tokens`
reads characters, `grammar` builds `nodes`, `checker` finds types with their units (`types`,
`units`, `rules`, `intervals`, `refusals`) and `cost` what an evaluation may take at most,
`functions` has the arithmetic and `compiler` makes closures. `limits` are the numbers of the
version, `errors` the closed lists of what can go wrong, `sentences` tells people.
Specification: `docs/spec/rcel-1.md`.
"""
