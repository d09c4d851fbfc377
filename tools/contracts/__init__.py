"""Contracts as people write them: YAML in, problems with line and column out.

`checking` is `relief contract check`, `testing` is `relief contract test`. `opening` reads a file
and finds where in it a problem stands; `yaml_words` are reasons of the YAML in three languages,
`contract_words` what the two commands say. `library` finds the contracts that come with the ledger.

`explaining`, `simulating`, `differing` and `adopting` (with the list) are `relief contract`
`explain`, `simulate`, `diff`, `adopt` and `list`; `deciding` is `decisions`; `asking_words` is what
they say. What a contract can and cannot do at all is asked in `tools.analysing`.
"""
