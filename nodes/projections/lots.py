"""The lots that live at a site, page by page, however many they are.

with reading(engine) as session:
    page = site_lots(session, "depot", limit=1_000)
    rest = site_lots(session, "depot", after=(page[-1].item, page[-1].lot), limit=1_000)
"""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from nodes.projections.views import Lot, col


def site_lots(
    session: Session,
    site: str,
    *,
    item: str = "",
    after: tuple[str, str] = ("", ""),
    limit: int,
) -> Sequence[Lot]:
    """At most `limit` lots that nothing has drawn on, by item and id, behind `after`."""
    asked = select(Lot).where(col(Lot.place) == f"site:{site}", col(Lot.spent) == -1)
    if item:
        asked = asked.where(col(Lot.item) == item)
    if after != ("", ""):
        same = and_(col(Lot.item) == after[0], col(Lot.lot) > after[1])
        asked = asked.where(or_(col(Lot.item) > after[0], same))
    return session.scalars(asked.order_by(col(Lot.item), col(Lot.lot)).limit(limit)).all()
