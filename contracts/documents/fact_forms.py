"""The facts of a document: what each form reads, checked against the catalogue.

Keys read params, `it` and the item of `foreach`, never another fact: a fact is found without
working anything out first. Specification: `docs/spec/contract-document.md`, facts.
"""

from collections.abc import Mapping

from contracts.documents.catalogued import Catalogue
from contracts.documents.compiled import Fact
from contracts.documents.parts import AggregateFact, DatedFact, FactForm, ListFact, RecordFact
from contracts.documents.problems import Path, ProblemCode, Problems
from contracts.documents.scopes import Names, declared_type, names_in
from contracts.rcel.expression import Expression
from contracts.rcel.rules import given_as, is_scalar
from contracts.rcel.types import Bool, Field, Int, ListOf, Record, Str, Type, fits
from contracts.rcel.units import NUMBER


class FactCompiler:
    """Compiles the facts of one document; `base` are the names that keys may read."""

    def __init__(
        self,
        catalogue: Catalogue,
        names: Names,
        problems: Problems,
        base: list[str],
        item: str | None,
    ) -> None:
        self._catalogue, self._names, self._problems = catalogue, names, problems
        self._scope, self._item = names.only(base), item

    def fact(self, form: FactForm) -> Fact | None:
        """The fact, or None where a problem was noted."""
        path: Path = ("facts", form.name)
        match form:
            case RecordFact():
                return self._row(form, path)
            case DatedFact():
                return self._dated(form, path)
            case ListFact():
                return self._list(form, path)
            case AggregateFact():
                return self._aggregate(form, path)

    def _row(self, form: RecordFact, path: Path) -> Fact | None:
        kind = self._keyed(form.record, (*path, "record"), self._catalogue.keys)
        if kind is None:
            return None
        key = self._compile(form.key, (*path, "key"), kind)
        found = self._record(form.record, form.optional)
        return None if key is None else Fact(form, found, key, None, (), self._per_item(form.key))

    def _dated(self, form: DatedFact, path: Path) -> Fact | None:
        kind = self._keyed(form.record, (*path, "dated"), self._catalogue.dated)
        if kind is None:
            return None
        key = self._compile(form.key, (*path, "key"), kind)
        time = declared_type("time", (*path, "at"), self._catalogue, self._problems)
        at = None if time is None else self._compile(form.at, (*path, "at"), time)
        if key is None or at is None:
            return None
        found = self._record(form.record, form.optional)
        return Fact(form, found, key, at, (), self._per_item(form.key, form.at))

    def _list(self, form: ListFact, path: Path) -> Fact | None:
        query = self._catalogue.queries.get(form.query)
        if query is None or query.record != form.record:
            known = [
                name
                for name, one in self._catalogue.queries.items()
                if form.record in (one.record, "") or query is None
            ]
            self._unknown((*path, "query"), form.query, known)
            return None
        found = ListOf(self._catalogue.records[query.record], form.most)
        if query.key is None:
            if form.key is not None:
                self._unknown((*path, "key"), "key", [])
                return None
            return Fact(form, found, None, None, (), False)
        if form.key is None:
            self._problems.add(path, ProblemCode.KEY_MISSING, found=form.query)
            return None
        key = self._compile(form.key, (*path, "key"), query.key)
        return None if key is None else Fact(form, found, key, None, (), self._per_item(form.key))

    # ---- aggregates ------------------------------------------------------------------------------

    def _aggregate(self, form: AggregateFact, path: Path) -> Fact | None:
        view = self._catalogue.kinds.get(form.of)
        declared = declared_type(form.type, (*path, "type"), self._catalogue, self._problems)
        if view is None:
            self._unknown((*path, "of"), form.of, list(self._catalogue.kinds))
            return None
        self._value(form, view, declared, path)
        for name, literal in form.match.items():
            field = self._field(view, name, (*path, "match", name))
            if field is not None and not (is_scalar(field.type) and fits(literal, field.type)):
                self._problems.add((*path, "match", name), ProblemCode.VALUE, wanted=name)
        by: list[tuple[str, Expression]] = []
        crowded = True
        for name, text in form.by.items():
            field = self._field(view, name, (*path, "by", name))
            if field is None:
                crowded = False
                continue
            if not is_scalar(field.type):
                self._problems.add((*path, "by", name), ProblemCode.AGGREGATE_TYPE, found=name)
                continue
            kind = field.type
            crowded = crowded and (
                isinstance(kind, Bool)
                or (isinstance(kind, Str) and kind.tag in self._catalogue.crowded)
            )
            one = self._compile(text, (*path, "by", name), kind)
            if one is not None:
                by.append((name, one))
        self._bucket(form, path, crowded=crowded)
        if declared is None or len(by) < len(form.by):
            return None
        return Fact(form, declared, None, None, tuple(by), self._per_item(*form.by.values()))

    def _value(self, form: AggregateFact, view: Record, declared: Type | None, path: Path) -> None:
        """The declared type can hold what is summed, counted or picked."""
        found: Type = Int(NUMBER, 0, 0)
        if form.field is not None:
            field = self._field(view, form.field, (*path, form.function))
            if field is None:
                return
            found = field.type
        numeric = form.function in ("sum", "max")
        if not is_scalar(found) or (numeric and not isinstance(found, Int)):
            self._problems.add(
                (*path, form.function), ProblemCode.AGGREGATE_TYPE, found=form.field or ""
            )
        elif declared is not None and given_as(found, declared) is None:
            self._problems.add((*path, "type"), ProblemCode.AGGREGATE_TYPE, found=form.type)

    def _bucket(self, form: AggregateFact, path: Path, *, crowded: bool) -> None:
        if form.bucket_s is None:
            if crowded and form.window_s is not None:
                self._problems.add(path, ProblemCode.BUCKET_MISSING)
        elif form.window_s is None or form.window_s % form.bucket_s:
            self._problems.add((*path, "bucket"), ProblemCode.BUCKET_WINDOW)

    # ---- helpers ---------------------------------------------------------------------------------

    def _compile(self, text: str, path: Path, expects: Type) -> Expression | None:
        return self._names.compile(text, path, self._scope, expects=expects)

    def _keyed(self, name: str, path: Path, keys: Mapping[str, Type]) -> Type | None:
        """The type of the key by which a record of this name is read."""
        kind = keys.get(name)
        if kind is None and name in self._catalogue.records:
            options = ", ".join(keys)
            self._problems.add(path, ProblemCode.NO_KEY, found=name, options=options)
        elif kind is None:
            self._unknown(path, name, list(keys))
        return kind

    def _record(self, name: str, optional: bool) -> Record:
        """The record; where it may be missing, each of its fields may be."""
        found = self._catalogue.records[name]
        if not optional:
            return found
        return Record(name, tuple(Field(one.name, one.type, True) for one in found.fields))

    def _field(self, view: Record, name: str, path: Path) -> Field | None:
        found = view.field(name)
        if found is None:
            self._unknown(path, name, [one.name for one in view.fields])
        return found

    def _unknown(self, path: Path, found: str, options: list[str]) -> None:
        self._problems.add(path, ProblemCode.UNKNOWN, found=found, options=", ".join(options))

    def _per_item(self, *texts: str) -> bool:
        return any(self._item in names_in(text) for text in texts if self._item is not None)
