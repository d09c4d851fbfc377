"""Judging: what the contracts in force say of a statement, after its law and before its entry.

gates     which gates judge a statement, the verdict of each, the outcome of all
recorded  the verdicts as they stand in the entry's outcome
holding   a statement that is held: what is kept back, and its judging again at each approval

The machine asks `Judge` for every statement; while nothing is adopted it answers at once.
"""
