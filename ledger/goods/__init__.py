"""The law of goods: lots and their chains, coming in, moving, counting, going out.

`lots` one quantity, one history · `mix` whose it is · `draws` taking from lots · `lines` what goods
statements share · `receive` `stocktake` `arrival` `release` `handout` their laws · `rights`
entitlements · `reservation` kept for a purpose · `custody` traces · `undo` and `flows` for
corrections · `limits`
"""
