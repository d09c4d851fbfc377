"""Who may ask and how answers look: HTTP over one node.

Statements come in as raw bytes, because what is hashed is never re-written by a web framework.
Answers link their proofs. Every problem has a code and a next step (RFC 9457). The log itself is
served as C2SP tlog-tiles, so that other people's clients can read and verify it.

* every request: `app`, `server`, `patience` (slow clients), `gate` (limits, headers), `problems`,
  `discretion`, `language`, `wire`
* statements in: `submit`; what became of them: `statements`, `entries`, `receipts`
* answers: `balances`, `funds`, `situation`, `agreements`, `trace`, `tiles`, `health`
* checks on the reader's own device: `verifying`; their sources are TypeScript, in `web/`, built
  into `static/`
* contracts: `contracts` (what is in force), `adoption` (proposals, runs), `contract_trials`
  (explanations, dry runs, simulations), `notices` (what they tell); pages `contract_page`,
  `contract_telling`, `run_page`, their words `contract_words`, `messages_contracts`
* pages: `pages` (addresses), `home_page`, `list_page`, `entry_page`; their words: `messages`,
  `words`, `names`, `figures`, `story` (an entry), `contents` (a statement), `vouching`;
  `rendering`, `assets`
* for developers: `reference` (`/docs`, readable offline)

The endpoints are listed in `docs/reference/api.md`.
"""
