"""The law of money: fund lines, gifts, draws, payments, and whose gift paid for what.

`funds` the number line · `earmark` what a line may pay · `gifts` where gifts stand · `draws` what
is taken · `payments` legs on their way · `rights` entitlements to money · `attribution` the donor's
answer · `undo` the money half of corrections
"""
