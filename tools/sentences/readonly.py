"""Why a node only reads, as `relief doctor` finds it: sentences of `nodes.readonly`, as rows."""

import re
from collections.abc import Mapping
from typing import Final

from nodes.readonly import REASONS


def _row(english: str, *chinese: str) -> tuple[str, tuple[str, str]]:
    """A template with its values by place: `{mark:,}` becomes `{}` in English, `{0}` in Chinese."""
    names = re.findall(r"{(\w+)[^}]*}", english)
    hans, hant = (
        re.sub(r"{(\w+)[^}]*}", lambda found: f"{{{names.index(found[1])}}}", text)
        for text in chinese
    )
    return re.sub(r"{\w+[^}]*}", "{}", english), (hans, hant)


READ_ONLY: Final[Mapping[str, tuple[str, str]]] = dict(_row(*row) for row in REASONS.values())
