"""The law of money: fund lines, gifts, draws, payments, and whose gift paid for what.

`funds` the number line · `earmark` what a line may pay · `gifts` where gifts stand · `draws` what
is taken · `allotment` what is set aside for contracts · `payments` legs on their way · `rights`
entitlements to money · `owed` what is due · `attribution` the donor's answer · `reversal` what a
bank takes back · `undo` the money half of corrections
"""
