"""Adoption: how a contract comes into force, what may change, and what is in force.

- `proposing`: a proposal is valid and keeps to its lane; what a commit sets in motion
- `bounds`: how much of it one member may ask for
- `lanes`: what each lane may change; `narrowing`: what an emergency may
- `circles`: contracts cause statements that contracts judge: no circle, three deep
- `activating`: at the head of a batch: activated, returned, suspended, resumed, expired, retired
- `force`: what is in force: contracts by kind and scope, indexes that listen, texts by hash

Rows and votes are `ledger.adoptions` and `ledger.entries.contract`.
"""
