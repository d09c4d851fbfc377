"""What people run: the command `relief` and what stands behind each of its words.

`cli` holds the commands, `console` how all of them speak. Every command has `--json`, and its exit
status tells a script what happened. Each word is a job of one reader:

* an auditor: `verify` (room `verifying`, `published`), `trace`
* an agency: `submit`, `sign`, `keygen` (`signing`, `sending`, `sealing`), `load` (room `sheets`)
* an operator: `init` (`founding`, `strict_yaml`, `home`), `serve` (`running`), `rebuild`,
  `doctor` (`checkup`), `watermark`, `vault erase` (`forgetting`), `export`
  (`exporting`)
* whoever writes contracts: `contract analyse` (room `analysing`), `check`, `test`, `diff`,
  `simulate`, `adopt`, `list`, `explain`, `library` (room `contracts`)
* anybody: `demo`, whose tale is room `story`
* words and figures: `words`, `measures`; room `sentences`, by which `speaking` tells help as well

`cli` takes the keeper's words from `cli_keeping` and those for contracts from `cli_contracts`;
`options` are those that several words have. `bench` is `make bench`. The commands are listed in
`docs/reference/cli.md`.
"""
