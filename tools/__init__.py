"""What people run: the command `relief` and what stands behind each of its words.

`cli` holds the commands; each other file does one job of one reader: an operator (`serve`,
`rebuild`, `doctor`), an agency (`submit`, `load`), a donor or resident (`trace`), an auditor
(`verify`). Every command has `--json`, and its exit status tells a script what happened.

The commands are listed in `docs/reference/cli.md`.
"""
