"""Judging: what the contracts in force say of a statement, after its law and before its entry.

`force` is what is in force during one batch, `gates` which gates judge a statement, the verdict of
each, and what counts. `outcome` is what becomes of it: applied, flagged, held or denied; `recorded`
the verdicts as they stand in the entry. `holding` keeps back what is held and judges it again at
each approval; `flagging` opens the case behind what was applied although a gate doubted it.

The machine asks `outcome.Judging` for every statement; while nothing is adopted it asks nobody.
Specification: `docs/spec/judging.md`.
"""
