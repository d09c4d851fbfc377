"""Facts: what a contract knows beside the statement itself, read from the state by declared names.

definition   an aggregate as data: kind, value, `match`, `by`, window, bucket; its id is a hash
rows         the rows of table `facts`: one for every statement counted, sums by key; what is read
loading      the declared facts of one contract for one statement: values, or why there is none
recording    what an applied entry adds and takes back, as events
backfill     an index made later from the events of the whole log: the same rows
"""
