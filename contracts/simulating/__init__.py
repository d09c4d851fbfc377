"""Before the vote and after a refusal: what a contract would have said, and what one did say.

- `rerun`: the log stepped again, with an ear at what is judged; what it makes is never committed
- `tape`: what a contract would have been asked, with all facts as they stood, once an entry
- `kept`: a tape as bytes, in pieces; `standing`: where a re-run stands, so that it is run on
- `simulation`: outcomes before and after, flips, money and goods by group, a digest to be cited;
  `removed`: what would not have happened
- `dryrun`: what would become of a statement now, on a snapshot
- `decisions`: recorded decisions with all they were made on, for other engines
- `told`: the decision in one entry, worked out again and put into words; `records` reads what
  stands there of facts and rules

Specification: `docs/spec/simulation.md`.
"""
