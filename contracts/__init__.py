"""What is allowed: the rules that stand between a statement and the book.

`machine` is the one state machine. Its `step` takes a batch and the state it may read, and returns
entries and row changes; `checks` is the order in which a statement is looked at, `batch` what goes
in and comes out, `due` what has come due when a batch begins. A writer, a mirror, an auditor's
replay and a simulator all run this same function, so that everyone who has the log can work out
every answer again.

`memory` is a whole ledger in dictionaries, `rebuilding` a batch executed again from its entries,
`replay` runs a log again and compares every byte, and `audit` does that in eight numbered steps
from published files.

Contracts: `rcel` is the language of their rules, `documents` a contract as a text and as a thing
that judges, `catalogue` what it may speak of, `facts` what it reads of the past; `library` holds
contracts that are ready to be adopted; `adoption` is how one comes into force and ends; `judging`
is what those in force say of a statement, before its entry; `duties` is what they cause, within
budgets, and `causing` logs that behind its cause; `simulating` asks what one would have said of the
past, tries a statement without keeping it, and tells why an entry was decided as it was.

Pure like `ledger`, on which alone it rests.
"""
