"""Spans of time as a document writes them: whole hours or days, a day being 24 hours.

    >>> parse_span("7d"), parse_span("72h"), parse_span("1.5h")
    (604800, 259200, None)

Calendar days are counted by a bucket of `1d`, whose edges lie at the ledger's own midnight.
"""

import re
from collections.abc import Mapping
from typing import Final

from contracts.documents.limits import WINDOW_S_MAX

HOUR_S: Final = 3_600
DAY_S: Final = 86_400
BUCKETS: Final[Mapping[str, int]] = {"1h": HOUR_S, "1d": DAY_S}

_SPAN: Final = re.compile(r"([1-9][0-9]{0,3})([hd])")


def parse_span(text: str) -> int | None:
    """Seconds of `72h` or `7d`; None where it is no such text or longer than 366 days."""
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    span_s = int(found[1]) * (HOUR_S if found[2] == "h" else DAY_S)
    return span_s if span_s <= WINDOW_S_MAX else None
