"""Limits of statements about goods: how much one of them may name, and how far the law looks.

All in one place, so that whoever asks "how large can it get" reads one page
(`docs/spec/kinds-goods.md` prints them). They bound the work of one statement; none of them is a
rule of relief: those stand in the kinds and, later, in contracts.
"""

LINES_MAX = 200
"""Lines of a receipt or a count, and items of an order."""
LOTS_MAX = 64
"""Lots that one statement names."""
HANDOUT_LINES_MAX = 120
"""Lines of a hand-out, over all its rows."""
TAGS_MAX = 256
"""Households of one `entitlement.issue`."""
SERIALS_MAX = 200
"""Serial numbers of one lot."""

MIX_MAX = 64
"""Sources of a lot that are named one by one; beyond, the lot is its own source (`mix:<lot>`)."""
CHAIN_MAX = 256
"""Lots that are looked at to find what carries on the chain of one that is drawn on."""
ENDS_MAX = 64
"""Living ends from which one line takes."""
NAMED_MAX = 512
"""Lots from which all lines of one statement take that name lots."""
LOOKED_AT_MAX = 4_096
"""Lots at a site that are looked at to see whether enough of an item is usable there."""
FOUND_BEFORE_MAX = 256
"""(item, site) that a dispatch which has not come yet is remembered to have brought."""
DRAWN_MAX = 512
"""Lots that one count takes from; what is missing beyond needs another count."""

RELEASE_S = 900
"""A release reserves for 15 minutes."""
ORDER_DAYS_MAX = 90
"""An order or a reservation keeps goods for at most so many days."""
SHRUNK_MAX = 64
"""Reservations of an item at a site that one statement can take goods away from."""
LOAN_DAYS_MAX = 366
"""A loan is due back within so many days."""
REQUISITION_DAYS_MAX = 366
"""A requisition order holds for at most so many days."""
REQUISITION_S = 90 * 86_400
"""Goods that were requisitioned without an open order are due back within 90 days."""
REQUISITION_DAYS_MAX = 366
"""A requisition order holds for at most so many days."""
REQUISITION_S = 90 * 86_400
"""Goods that were requisitioned without an open order are due back within 90 days."""
TRANSIT_S = 14 * 86_400
"""A dispatch without `due` is expected within 14 days; then it is overdue."""
CONFIRM_S = 14 * 86_400
"""A hand-out that nobody confirmed within 14 days counts as unconfirmed."""

LIFE_PART = (1, 3)
"""Goods come in with at least this part of their shelf life left, or with a reason."""
