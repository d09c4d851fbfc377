"""Questions about all inputs at once, asked of the solver z3: an optional extra, advice alone.

`shapes` are values as formulas and `inputs` those of a statement and its facts; `translating` turns
an expression into such a value, `meanings` a whole contract. `asking` puts a question and believes
no example that our own engine has not confirmed; `examples` makes it small. `questions` are what is
asked of one contract, `comparing` of two. `command` is `relief contract analyse`, `analysis_words`
what it says. Nothing here decides anything: `contracts.documents.verdict` does.
"""
