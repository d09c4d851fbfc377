"""An aggregate as data: which statements it counts, what of them, kept apart by which fields.

Equal definitions share one index, whoever wrote them: its id is a hash of the definition. The state
that a fact asks for (`posted`, `open`, `counted`) is no part of it, for every index keeps both.

    >>> food = define("disbursement.handout", "sum", "qty", match={"item_class": "food_parcel"},
    ...               by=["household"], window_s=604_800)
    >>> parse_definition(food.value()) == food
    True

Specification: `docs/spec/facts.md`, aggregates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeAlias, get_args

from ledger.canon import Value, encode
from ledger.errors import FormatError

Form: TypeAlias = Literal["sum", "count", "max", "last"]
"""How the values of the statements that match become one."""

HOUR_S: Final = 3_600
DAY_S: Final = 86_400

Scalar: TypeAlias = bool | int | str
_THING = "index definition"
_FIELDS = ("bucket_s", "by", "match", "of", "value", "window_s")


@dataclass(frozen=True, slots=True)
class Definition:
    """One index. `field` is "" for a count; `window_s` 0 means all that was ever counted.

    `match` sorted by name, `by` sorted; `bucket_s` 0, 3,600 or 86,400. Made by `define`.
    """

    of: str
    form: Form
    field: str
    match: tuple[tuple[str, Scalar], ...]
    by: tuple[str, ...]
    window_s: int
    bucket_s: int
    id: str

    @property
    def layout(self) -> Literal["total", "bucket", "time", "value"]:
        """How its rows are kept: one sum a key, sums by bucket, or found by time or by value."""
        if self.form == "max":
            return "time" if self.window_s else "value"
        if self.form == "last":
            return "time"
        if not self.window_s:
            return "total"
        return "bucket" if self.bucket_s else "time"

    def value(self) -> dict[str, Value]:
        """As JSON, without the id."""
        return {
            "bucket_s": self.bucket_s,
            "by": list(self.by),
            "match": dict(self.match),
            "of": self.of,
            "value": {self.form: self.field or 1},
            "window_s": self.window_s,
        }

    def matches(self, row: Mapping[str, Value]) -> bool:
        """Whether a view is counted: it has the literals, the fields of the key, and the value."""
        for name, wanted in self.match:
            found = row.get(name)
            if found != wanted or type(found) is not type(wanted):
                return False
        return all(name in row for name in self.by) and (not self.field or self.field in row)


def define(
    of: str,
    form: Form,
    field: str = "",
    *,
    match: Mapping[str, Scalar] | None = None,
    by: Iterable[str] = (),
    window_s: int = 0,
    bucket_s: int = 0,
) -> Definition:
    """The definition with its id, 32 hex digits of H("relief/index/v1" || 00 || canonical JSON)."""
    plain = Definition(
        of=of,
        form=form,
        field="" if form == "count" else field,
        match=tuple(sorted((match or {}).items())),
        by=tuple(sorted(by)),
        window_s=window_s,
        bucket_s=bucket_s,
        id="",
    )
    digest = sha256(b"relief/index/v1\x00" + encode(plain.value())).hexdigest()[:32]
    parts = (plain.of, plain.form, plain.field, plain.match, plain.by)
    return Definition(*parts, plain.window_s, plain.bucket_s, digest)


def parse_definition(value: Value) -> Definition:
    """The definition of its JSON, as a row of `adoptions` has it; FormatError where it is none."""
    if not isinstance(value, dict) or tuple(sorted(value)) != _FIELDS:
        raise FormatError(_THING, f"not exactly the fields {', '.join(_FIELDS)}")
    of, by, match, what = value["of"], value["by"], value["match"], value["value"]
    window_s, bucket_s = value["window_s"], value["bucket_s"]
    if not isinstance(what, dict) or len(what) != 1 or not isinstance(match, dict):
        raise FormatError(_THING, "value and match are objects")
    ((form, field),) = what.items()
    texts = [of, *(by if isinstance(by, list) else [0])]
    if form not in get_args(Form) or not all(type(part) is str for part in texts):
        raise FormatError(_THING, "of and by are names, value is sum, count, max or last")
    if type(window_s) is not int or type(bucket_s) is not int:
        raise FormatError(_THING, "window_s and bucket_s are seconds")
    literals = {name: part for name, part in match.items() if isinstance(part, bool | int | str)}
    found = define(
        str(of),
        form,  # type: ignore[arg-type]
        field if isinstance(field, str) else "",
        match=literals,
        by=[str(name) for name in by] if isinstance(by, list) else (),
        window_s=window_s,
        bucket_s=bucket_s,
    )
    if found.value() != value:
        raise FormatError(_THING, "not in its one form: names sorted, count of 1")
    return found
