"""Checking a receipt, a proof or a whole log, in numbered steps and plain words.

`log` `proof` `receipt` what is checked · `trusting` by which trust file · `verdict` how it ends ·
`words` an entry in words · `second_opinion` an outside oracle
"""
