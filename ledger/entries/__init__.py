"""The nouns of relief: what can be recorded, one file per noun.

Each module holds the kinds of one noun (`donation.receive`, `donation.refund` ...): the form of
their bodies, the law they keep, and what they change in the book. A module is found by its
place here: a new noun is a new file, and nothing that stands around it changes.

The kinds with their fields and laws are listed in `docs/reference/entries.md`.
"""
