"""Compiling a document against a catalogue: types, units, names, order, limits, cost.

One method a part, in the order in which names become known: params, `it`, the item of `foreach`,
facts, `let`; then what reads them. Specification: `docs/spec/contract-document.md`.
"""

from collections.abc import Mapping

from contracts.documents.catalogued import Catalogue
from contracts.documents.compiled import (
    CompiledBudget,
    CompiledEffect,
    CompiledForeach,
    CompiledRate,
    CompiledRule,
    Contract,
    Fact,
    Sentence,
)  # fmt: skip
from contracts.documents.document import Document
from contracts.documents.fact_forms import FactCompiler
from contracts.documents.given import check_cases
from contracts.documents.limits import PAYING_ID_MAX
from contracts.documents.parts import Budget
from contracts.documents.problems import Path, ProblemCode, Problems
from contracts.documents.scopes import Names, declared_type, in_order
from contracts.documents.texts import Placeholder, Texts, parse_text
from contracts.documents.verbs import VERBS, fields_of, kind_caused
from contracts.rcel.errors import EvaluationError
from contracts.rcel.expression import Expression
from contracts.rcel.limits import CONTRACT_COST_MAX
from contracts.rcel.rules import is_scalar, merge
from contracts.rcel.types import Bool, Field, Int, ListOf, Record, Str, Type, fits
from contracts.rcel.units import SECONDS, TIME, parse_unit
from ledger.canon import Value
from ledger.sentences import LANGUAGES


def compile_document(document: Document, catalogue: Catalogue) -> Contract:
    """The contract that can judge. Raises `DocumentError` with every problem of meaning."""
    return _Compiler(document, catalogue).contract()


def view_of(kinds: tuple[str, ...], catalogue: Catalogue) -> Record:
    """`it` for several kinds: the fields that all of them have, of types that go together."""
    views = [catalogue.kinds[kind] for kind in kinds]
    fields: list[Field] = []
    for one in views[0].fields:
        kind: Type | None = one.type
        optional = one.optional
        for view in views[1:]:
            other = view.field(one.name)
            kind = None if other is None or kind is None else merge(kind, other.type)
            optional = optional or (other is not None and other.optional)
        if kind is not None:
            fields.append(Field(one.name, kind, optional))
    return Record("it", tuple(fields))


class _Compiler:
    def __init__(self, document: Document, catalogue: Catalogue) -> None:
        self._document, self._catalogue = document, catalogue
        self._problems = Problems()
        names = ["it", *(one.name for one in (*document.params, *document.facts)), *document.lets]
        if document.foreach is not None:
            names.append(document.foreach.name)
        self._names = Names(self._problems, frozenset(names))

    def contract(self) -> Contract:
        document, names = self._document, self._names
        it = self._it()
        params = self._params()
        outer = ["it", *(one.name for one in document.params)]
        item = self._item()
        base = outer if document.foreach is None else [*outer, document.foreach.name]
        facts = self._facts(base)
        shared = [fact.name for fact in facts if not fact.per_item]
        where = names.compile(
            document.where, ("where",), names.only([*outer, *shared]), expects=Bool()
        )
        lets = self._lets()
        rules = self._rules()
        foreach = self._foreach(item, names.only(outer))
        budget = self._budget(params, names.only(outer))
        effects = self._effects()
        check_cases(document, names, item, self._problems)
        if names.cost > CONTRACT_COST_MAX:
            self._problems.add((), ProblemCode.COST, count=names.cost, most=CONTRACT_COST_MAX)
        self._problems.stop()
        assert where is not None
        expressions = [
            where,
            *(one for _, one in lets),
            *(rule.require for rule in rules),
            *(effect.when for effect in effects),
            *(one for effect in effects for _, one, _ in effect.fields),
        ]
        of_facts = {fact.name for fact in facts}
        reads = sorted({path for one in expressions for path in one.reads})
        return Contract(
            document=document,
            it=it,
            params=params,
            where=where,
            facts=facts,
            lets=lets,
            rules=rules,
            foreach=foreach,
            budget=budget,
            effects=effects,
            cost=names.cost,
            reads=tuple(path for path in reads if path.partition(".")[0] in of_facts),
            places=self._catalogue.currencies,
        )

    # ---- names -----------------------------------------------------------------------------------

    def _it(self) -> Record:
        known = self._catalogue.kinds
        for at, kind in enumerate(self._document.kinds):
            if kind not in known:
                options = ", ".join(known)
                self._problems.add(("kinds", at), ProblemCode.UNKNOWN, found=kind, options=options)
        if any(kind not in known for kind in self._document.kinds):
            self._names.add("it", None)
            return Record("it", ())
        it = view_of(self._document.kinds, self._catalogue)
        self._names.add("it", it)
        return it

    def _params(self) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for param in self._document.params:
            path: Path = ("params", param.name)
            declared = declared_type(param.type, (*path, "type"), self._catalogue, self._problems)
            self._names.add(param.name, declared)
            if declared is not None and not fits(param.value, declared):
                self._problems.add((*path, "value"), ProblemCode.VALUE, wanted=param.type)
            values[param.name] = param.value
        return values

    def _item(self) -> Record | None:
        """The record that `foreach` walks over."""
        form = self._document.foreach
        if form is None:
            return None
        query = self._catalogue.queries.get(form.over)
        if query is None or not query.runs:
            running = [name for name, one in self._catalogue.queries.items() if one.runs]
            code = ProblemCode.UNKNOWN if query is None else ProblemCode.NOT_RUNNING
            self._problems.add(
                ("foreach", "over"), code, found=form.over, options=", ".join(running)
            )
            self._names.add(form.name, None)
            return None
        record = self._catalogue.records[query.record]
        self._names.add(form.name, record)
        return record

    def _facts(self, base: list[str]) -> tuple[Fact, ...]:
        walk = self._document.foreach
        compiler = FactCompiler(self._catalogue, self._names, self._problems, base,
                                None if walk is None else walk.name)  # fmt: skip
        found = [(form.name, compiler.fact(form)) for form in self._document.facts]
        for name, fact in found:
            self._names.add(name, None if fact is None else fact.type)
        return tuple(fact for _, fact in found if fact is not None)

    def _lets(self) -> tuple[tuple[str, Expression], ...]:
        lets = self._document.lets
        ordered, circle = in_order(lets)
        for name in circle:
            self._problems.add(("let", name), ProblemCode.CYCLE, found=name)
            self._names.add(name, None)
        found = []
        for name in ordered:
            one = self._names.compile(lets[name], ("let", name), self._names.types)
            self._names.add(name, None if one is None else one.type)
            if one is not None:
                found.append((name, one))
        return tuple(found)

    # ---- what reads them -------------------------------------------------------------------------

    def _rules(self) -> tuple[CompiledRule, ...]:
        rules = []
        for at, rule in enumerate(self._document.rules):
            path: Path = ("rules", at)
            require = self._names.compile(
                rule.require, (*path, "require"), self._names.types, expects=Bool()
            )
            say = self._sentence(rule.say, (*path, "say"))
            public = None if rule.public is None else self._sentence(rule.public, (*path, "public"))
            if require is not None:
                rules.append(CompiledRule(rule.id, require, rule.otherwise, say, public))
        return tuple(rules)

    def _foreach(self, item: Record | None, scope: Mapping[str, Type]) -> CompiledForeach | None:
        form = self._document.foreach
        if form is None or item is None:
            return None
        query = self._catalogue.queries[form.over]
        if query.bound not in ("", *form.having):
            self._problems.add(
                ("foreach",), ProblemCode.UNBOUNDED, found=form.over, name=query.bound
            )
        known, having = query.having, []
        for name, text in form.having.items():
            path: Path = ("foreach", "having", name)
            if name not in known:
                options = ", ".join(known)
                self._problems.add(path, ProblemCode.UNKNOWN, found=name, options=options)
                continue
            one = self._names.compile(text, path, scope, expects=known[name])
            if one is not None:
                having.append((name, one))
        return CompiledForeach(form.name, item, form.over, tuple(having), form.per_batch)

    def _budget(
        self, params: Mapping[str, Value], scope: Mapping[str, Type]
    ) -> CompiledBudget | None:
        form = self._document.budget
        spends = [at for at, one in enumerate(self._document.effects) if VERBS[one.verb].spends]
        if spends and len(self._document.id) > PAYING_ID_MAX:
            # Refused by the ledger when money is set aside for it, which is too late.
            self._problems.add(
                ("contract",),
                ProblemCode.PAYING_ID,
                count=len(self._document.id),
                most=PAYING_ID_MAX,
            )
        if form is None:
            for at in spends[:1]:
                self._problems.add(("effects", at), ProblemCode.BUDGET_MISSING)
            return None
        fund = self._constant(form.fund, ("budget", "fund"), Str("fund"), params)
        money = declared_type("money", ("budget", "per_firing"), self._catalogue, self._problems)
        per_firing, per_item = self._amounts(form, money, params)
        rate = None
        if form.rate is not None:
            path: Path = ("budget", "rate", "by")
            by = self._names.compile(form.rate.by, path, scope)
            kind = None if by is None else by.type
            item = kind.item if isinstance(kind, ListOf) else kind
            if item is not None and not isinstance(item, Str):
                self._problems.add(path, ProblemCode.VALUE, wanted="str, list<str>")
            if by is not None:
                rate = CompiledRate(form.rate.firings, by, form.rate.window_s)
        return CompiledBudget(
            fund if isinstance(fund, str) else "",
            per_firing if type(per_firing) is int else 0,
            per_item if type(per_item) is int else None,
            rate,
        )

    def _amounts(
        self, form: Budget, money: Type | None, params: Mapping[str, Value]
    ) -> tuple[Value | None, Value | None]:
        found: list[Value | None] = []
        for name, amount in (("per_firing", form.per_firing), ("per_item", form.per_item)):
            path: Path = ("budget", name)
            if amount is None or money is None:
                found.append(None)
            elif isinstance(amount, str):
                found.append(self._constant(amount, path, money, params))
            else:
                if not fits(amount, money):
                    self._problems.add(path, ProblemCode.VALUE, wanted="money")
                found.append(amount)
        return found[0], found[1]

    def _constant(
        self, text: str, path: Path, wanted: Type, params: Mapping[str, Value]
    ) -> Value | None:
        """The value of an expression over params alone."""
        scope = self._names.only([one.name for one in self._document.params])
        one = self._names.compile(text, path, scope, expects=wanted)
        if one is None or not all(fits(params[name], scope[name]) for name in scope):
            return None
        try:
            value = one.evaluate(params)
        except EvaluationError as error:
            self._problems.add(path, ProblemCode.CONSTANT, found=str(error.kind))
            return None
        if not fits(value, wanted):
            self._problems.add(path, ProblemCode.CONSTANT, found="effect_range")
        return value

    def _effects(self) -> tuple[CompiledEffect, ...]:
        effects = []
        for at, form in enumerate(self._document.effects):
            path: Path = ("effects", at)
            verb = VERBS[form.verb]
            if self._document.kind == "gate" and not verb.by_gates:
                options = ", ".join(name for name, one in VERBS.items() if one.by_gates)
                self._problems.add(
                    (*path, form.verb), ProblemCode.GATE_VERB, found=form.verb, options=options
                )
            causes = kind_caused(form.verb, self._document.kind)
            if causes in self._document.kinds:
                self._problems.add(
                    (*path, form.verb), ProblemCode.CASCADE, found=form.verb, kind=causes
                )
            when = self._names.compile(
                form.when, (*path, "when"), self._names.types, expects=Bool()
            )
            fields = []
            for field in fields_of(form.verb, self._catalogue).fields:
                inner: Path = (*path, form.verb, field.name)
                one = self._names.compile(
                    form.fields[field.name], inner, self._names.types, expects=field.type
                )
                if one is not None:
                    fields.append((field.name, one, field.type))
            if when is not None:
                effects.append(CompiledEffect(form.id, when, form.verb, tuple(fields)))
        return tuple(effects)

    # ---- sentences -------------------------------------------------------------------------------

    def _sentence(self, texts: Texts, path: Path) -> Sentence:
        templates = {language: parse_text(texts.of(language)) for language in LANGUAGES}
        currencies: dict[str, str] = {}
        # All languages have the same placeholders: one is looked at.
        for part in templates["en"]:
            if isinstance(part, Placeholder):
                self._placeholder(part, (*path, "en"), currencies)
        return Sentence(templates, currencies)

    def _placeholder(self, part: Placeholder, path: Path, currencies: dict[str, str]) -> None:
        root, *fields = part.path.split(".")
        if root in self._names.broken:
            return
        found: Type | None = self._names.types.get(root)
        for name in fields:
            field = found.field(name) if isinstance(found, Record) else None
            found = None if field is None else field.type
        if found is None:
            known = ", ".join(self._names.types)
            self._problems.add(path, ProblemCode.PLACEHOLDER_NAME, found=str(part), options=known)
            return
        item = found.item if isinstance(found, ListOf) else found
        if not is_scalar(item) or not self._writable(item, part.format):
            self._problems.add(path, ProblemCode.PLACEHOLDER_FORMAT, found=str(part))
        elif part.format == "money" and isinstance(item, Int):
            currencies[part.path] = str(item.unit)

    def _writable(self, found: Type, form: str) -> bool:
        """Whether a value of the type can be written in that way."""
        if form == "":
            return True
        if not isinstance(found, Int):
            return False
        if form == "money":
            return str(found.unit) in self._catalogue.currencies
        units = {"days": SECONDS, "hours": SECONDS, "kg": parse_unit("g"), "date": TIME}
        return found.unit == units[form]
