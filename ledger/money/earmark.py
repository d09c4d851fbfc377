"""Fund lines as the catalogue has them, and what their earmarks cover.

A fund has lines; a line is a fund with one earmark (and the terms its donors saw), so that money
given for one thing is never mixed with money given for another. A client proposes the narrowest
line that covers a spend; the law only asks whether the line that is named does.
Specification: `docs/spec/fund-line.md`, earmarks.
"""

from dataclasses import dataclass

from ledger.canon import Value
from ledger.members import ancestry
from ledger.state import State

FREE = "free"
"""The label of money that nothing has been decided about."""


@dataclass(frozen=True, slots=True)
class Earmark:
    """What a line may be spent on; an empty list means anything. `until` seconds, exclusive."""

    purposes: tuple[str, ...]
    areas: tuple[str, ...]
    classes: tuple[str, ...]
    until: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """A fund line as the catalogue has it; `id` is `{fund}.{line}`."""

    id: str
    fund: str
    currency: str
    owner: str
    earmark: Earmark

    def account(self, label: str) -> str:
        """The account of a label: `{line}/free`, `{line}/refunded` for `refunded:D` .."""
        return f"{self.id}/{'refunded' if label.startswith('refunded:') else label}"


def fund_of(line: str) -> str:
    """The fund of a line id."""
    return line.partition(".")[0]


def find_line(state: State, line: str) -> Line | None:
    """The line with this id, None where the catalogue has none."""
    row = state.get("catalogue", f"line/{line}")
    if row is None:
        return None
    assert isinstance(row, dict)
    mark = row["earmark"]
    assert isinstance(mark, dict)
    until = mark.get("until")
    assert until is None or isinstance(until, int)
    earmark = Earmark(
        _texts(mark["purposes"]), _texts(mark["areas"]), _texts(mark["classes"]), until
    )
    return Line(line, str(row["fund"]), str(row["currency"]), str(row["owner"]), earmark)


def _texts(value: Value) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(str(part) for part in value)


def programme_of(state: State, line: str) -> tuple[str, dict[str, Value]] | None:
    """Id and catalogue row of the programme for which the fund of this line collects."""
    fund = state.get("catalogue", f"fund/{fund_of(line)}")
    if not isinstance(fund, dict):
        return None
    name = str(fund["programme"])
    row = state.get("catalogue", f"programme/{name}")
    return (name, row) if isinstance(row, dict) else None


def uncovered(
    state: State,
    earmark: Earmark,
    now: int,
    *,
    purpose: str,
    area: str | None = None,
    item_class: str = "",
) -> str:
    """The part of an earmark that does not cover a use: `purposes`, `areas`, `classes`, `until`.

    `""` where all of them do. An area is covered by itself or by an area above it. Without `area`,
    when money is only set aside, just the purpose and the time are asked.
    """
    if earmark.until is not None and now >= earmark.until:
        return "until"
    if earmark.purposes and purpose not in earmark.purposes:
        return "purposes"
    if area is None:
        return ""
    if earmark.areas and not any(part in earmark.areas for part in ancestry(state, area)):
        return "areas"
    if earmark.classes and item_class not in earmark.classes:
        return "classes"
    return ""
