"""The form of a view and of a record: fields as a contract declares them, and how they are filled.

A field whose name ends with `?` may be missing, and is read behind `has` only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contracts.catalogue.approving import approvals_of
from contracts.catalogue.judged import COMMON, Judged, approval_values, common
from contracts.rcel.types import Field, Record, Type, parse_type
from ledger.canon import Value

Rows = list[dict[str, Value]]


@dataclass(frozen=True, slots=True)
class View:
    """The judged view of one kind: `rows` gives the own fields of each row, most kinds have one.

    `names`: the field by which statements that this one causes remember it (`it.cause`); where it
    is "", the id of the statement.
    """

    kind: str
    fields: Mapping[str, str]
    rows: Callable[[Judged], Rows]
    names: str = ""


def record_type(
    name: str, fields: Mapping[str, str], types: Mapping[str, Type], records: Mapping[str, Record]
) -> Record:
    """The type of a record or view, its fields in the order of their names."""
    found = []
    for field in sorted(fields):
        kind = parse_type(fields[field], types, records)
        found.append(Field(field.removesuffix("?"), kind, field.endswith("?")))
    return Record(name, tuple(found))


def view_type(view: View, types: Mapping[str, Type], records: Mapping[str, Record]) -> Record:
    """The type of `it` for a kind."""
    return record_type(view.kind, {**COMMON, **view.fields}, types, records)


def rows_of(view: View, it: Judged) -> Rows:
    """The values of `it`, in the order of the rows; each has the common fields too."""
    shared, rows = common(it), view.rows(it)
    signers = it.book.signers
    if it.cosigners and signers is not None:
        # Where they would have to be approvers is what the rows say.
        people = approvals_of(it.state, signers.author, it.cosigners, rows)
        shared["approvals"] = approval_values(people)
    return [{**shared, **row} for row in rows]
