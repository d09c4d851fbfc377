"""What a person can check alone: proofs of state, receipts, and what they disclose.

`stateproof` a row, or none · `indexproof` "these are all about X" · `disclosure` seals and
manifests · `signers` who signed, proved · `receipt` the file · `receiptcheck` its eight steps ·
`governed` how far the trust file in hand still holds · `fields` reading them strictly
"""
