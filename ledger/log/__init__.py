"""The transparency log: tree, tiles, notes, checkpoints, trust files, proof files.

`merkle` the tree of RFC 6962 · `tile` the log as static files · `note` signed notes · `checkpoint`
size and root, signed · `trust` whose signatures suffice · `proof` "this is entry i of that log"
"""
