"""Before the vote and after a refusal: what a contract would have said, and what one did say.

- `rerun`: the log stepped again, with an ear at what is judged; what it makes is never committed
- `tape`: what a contract would have been asked, with all facts as they stood, once an entry
- `simulation`: outcomes before and after, flips, money and goods by group, a digest to be cited
- `told`: the decision in one entry, worked out again and put into words

Specification: `docs/spec/simulation.md`.
"""
