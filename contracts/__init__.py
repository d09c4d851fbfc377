"""What is allowed: the rules that stand between a statement and the book.

`machine` is the one state machine. Its `step` takes a batch and the state it may read, and returns
entries and row changes. A writer, a mirror, an auditor's replay and a simulator all run this same
function, so that everyone who has the log can work out every answer again.

Pure like `ledger`, on which alone it rests.
"""
