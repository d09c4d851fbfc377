"""What people run: the command `relief` and what stands behind each of its words.

`cli` holds the commands, `console` how all of them speak. Every command has `--json`, and its exit
status tells a script what happened. Each word is a job of one reader:

* an auditor: `verify` (`verify_log`, `verify_receipt`, `verify_proof`, `verdict`, `trusting`,
  `published`, `second_opinion`), `trace`
* an agency: `submit`, `sign`, `keygen` (`signing`, `sending`), `load` (`sheets`, `cells`,
  `mapping`, `drafts`, `goods_drafts`, `tables`, `loading`, `targets`, `sealing`, `row_receipts`)
* an operator: `init` (`founding`, `strict_yaml`, `home`), `serve` (`running`), `rebuild`,
  `doctor` (`checkup`)
* anybody: `demo`, whose story is the package `story`
* words and figures: `words`, `entry_words`, `measures`

`bench` is `make bench`. The commands are listed in `docs/reference/cli.md`.
"""
