"""`make bench`: the figures of `docs/benchmarks.md`, each as a ratio within one run.

`ground` what the machine can do at best · `gifts` a small ledger and signed gifts · `submission`
how many statements a second, and how soon each is provable · `growth` what a million entries cost ·
`real` the archived public tables, loaded and audited · `expressions` rules evaluated, beside other
engines · `gates` what ten contracts in force cost · `simulation` a question about the past ·
`rollout` relief money for a whole county, killed half way · `page` the figures as a page, `wanted`
whether one is what was wanted · `memory` of a command with its processes.
"""
