"""Reading the parts of a contract document: params, facts, rules, effects, budget, tests.

Each method takes the JSON of one part and returns it as `parts` has it; what is wrong is noted with
its path. Specification: `docs/spec/contract-document.md`.
"""

from collections.abc import Mapping

from contracts.documents import limits
from contracts.documents.forms import Form
from contracts.documents.parts import (
    AGGREGATES,
    STATES,
    VERDICTS,
    AggregateFact,
    Budget,
    Case,
    DatedFact,
    EffectForm,
    Expect,
    FactForm,
    Foreach,
    ListFact,
    Param,
    Rate,
    RecordFact,
    Rule,
)  # fmt: skip
from contracts.documents.problems import Path, ProblemCode
from contracts.documents.texts import Texts
from contracts.documents.verbs import VERBS
from contracts.documents.windows import BUCKETS
from ledger.canon import INT_MAX, Value


class PartReader(Form):
    """Reads the parts of one document."""

    # ---- names and their values ------------------------------------------------------------------

    def params(self, value: Value) -> tuple[Param, ...]:
        params = []
        for name, one in self.mapping(value, ("params",), limits.PARAMS_MAX).items():
            path: Path = ("params", name)
            given = self.object(one, path, ("type", "value"))
            declared = self.text(given.get("type", "?"), (*path, "type"))
            params.append(Param(self.name(name, path), declared, given.get("value", 0)))
        return tuple(params)

    def lets(self, value: Value) -> dict[str, str]:
        lets = self.mapping(value, ("let",), limits.LETS_MAX).items()
        return {
            self.name(name, ("let", name)): self.text(text, ("let", name)) for name, text in lets
        }

    def facts(self, value: Value) -> tuple[FactForm, ...]:
        facts = [
            self._fact(self.name(name, ("facts", name)), one, ("facts", name))
            for name, one in self.mapping(value, ("facts",), limits.FACTS_MAX).items()
        ]
        return tuple(fact for fact in facts if fact is not None)

    def _fact(self, name: str, value: Value, path: Path) -> FactForm | None:
        given = self.mapping(value, path)
        forms: list[str] = [one for one in ("record", "dated", "list") if one in given]
        # A list has a `max` too, and there it is no aggregate.
        forms = forms or [form for form in AGGREGATES if form in given]
        if isinstance(value, dict) and len(forms) != 1:
            options = ", ".join(("record", "dated", "list", *AGGREGATES))
            self.problems.add(path, ProblemCode.FACT_FORM, options=options)
        if len(forms) != 1:
            return None
        form = forms[0]
        if form in AGGREGATES:
            return self._aggregate(name, form, given, path)
        required = {
            "record": ("record", "key"),
            "dated": ("dated", "key", "at"),
            "list": ("list", "query", "max"),
        }[form]
        optional = ("key",) if form == "list" else ("optional",)
        given = self.object(given, path, required, optional)
        texts = {
            field: self.text(given.get(field, "?"), (*path, field))
            for field in (*required, "key")
            if field != "max" and (field in given or field in required)
        }
        maybe = self.truth(given.get("optional", False), (*path, "optional"))
        match form:
            case "record":
                return RecordFact(name, texts["record"], texts["key"], maybe)
            case "dated":
                return DatedFact(name, texts["dated"], texts["key"], texts["at"], maybe)
            case _:
                most = self.integer(given.get("max", 1), (*path, "max"), 1, limits.LIST_MAX)
                return ListFact(name, texts["list"], texts["query"], texts.get("key"), most)

    def _aggregate(
        self, name: str, function: str, value: dict[str, Value], path: Path
    ) -> AggregateFact:
        optional = ("match", "by", "window", "bucket", "state")
        given = self.object(value, path, (function, "of", "type"), optional)
        counted = given.get(function, 1)
        if function == "count":
            self.integer(counted, (*path, function), 1, 1)
        by = self.mapping(given.get("by", {}), (*path, "by"), limits.BY_MAX)
        bucket = self.choice(given.get("bucket", "1h"), (*path, "bucket"), tuple(BUCKETS))
        return AggregateFact(
            name=name,
            function=function,
            field=None if function == "count" else self.text(counted, (*path, function)),
            of=self.text(given.get("of", "?"), (*path, "of")),
            match=self.mapping(given.get("match", {}), (*path, "match"), limits.MATCH_MAX),
            by={field: self.text(text, (*path, "by", field)) for field, text in by.items()},
            window_s=self.span(given["window"], (*path, "window")) if "window" in given else None,
            bucket_s=BUCKETS[bucket] if "bucket" in given else None,
            state=self.choice(given.get("state", STATES[0]), (*path, "state"), STATES),
            type=self.text(given.get("type", "?"), (*path, "type")),
        )

    # ---- what is judged and caused ---------------------------------------------------------------

    def rules(self, whole: Mapping[str, Value]) -> tuple[Rule, ...]:
        if "rules" not in whole:
            self.problems.add((), ProblemCode.MISSING_FIELD, name="rules")
            return ()
        rules = []
        for at, one in enumerate(self.list(whole["rules"], ("rules",), 1, limits.RULES_MAX)):
            path: Path = ("rules", at)
            given = self.object(one, path, ("id", "require", "say"), ("else", "public"))
            public = given.get("public")
            rules.append(
                Rule(
                    id=self.id(given["id"], (*path, "id")) if "id" in given else "",
                    require=self.text(given.get("require", "?"), (*path, "require")),
                    otherwise=self.choice(given.get("else", "deny"), (*path, "else"), VERDICTS),
                    say=self._texts_of(given, "say", path),
                    public=None if public is None else self.texts(public, (*path, "public")),
                )
            )
        self.once([(rule.id, ("rules", at, "id")) for at, rule in enumerate(rules)])
        return tuple(rules)

    def _texts_of(self, given: Mapping[str, Value], name: str, path: Path) -> Texts:
        return self.texts(given[name], (*path, name)) if name in given else Texts("", "", "")

    def foreach(self, whole: Mapping[str, Value]) -> Foreach | None:
        if "foreach" not in whole:
            return None
        path: Path = ("foreach",)
        given = self.object(whole["foreach"], path, ("as", "over"), ("having", "per_batch"))
        most = limits.PER_BATCH_MAX
        having = self.mapping(given.get("having", {}), (*path, "having"), limits.BY_MAX)
        return Foreach(
            name=self.name(given["as"], (*path, "as")) if "as" in given else "",
            over=self.text(given.get("over", "?"), (*path, "over")),
            having={name: self.text(one, (*path, "having", name)) for name, one in having.items()},
            per_batch=self.integer(given.get("per_batch", most), (*path, "per_batch"), 1, most),
        )

    def budget(self, whole: Mapping[str, Value]) -> Budget | None:
        if "budget" not in whole:
            return None
        path: Path = ("budget",)
        given = self.object(whole["budget"], path, ("fund", "per_firing"), ("per_item", "rate"))
        rate = None
        if "rate" in given:
            inner: Path = (*path, "rate")
            parts = self.object(given["rate"], inner, ("firings", "by", "window"))
            rate = Rate(
                self.integer(parts.get("firings", 1), (*inner, "firings"), 1, limits.FIRINGS_MAX),
                self.text(parts.get("by", "?"), (*inner, "by")),
                self.span(parts.get("window", "1h"), (*inner, "window")),
            )
        item = given.get("per_item")
        return Budget(
            fund=self.text(given.get("fund", "?"), (*path, "fund")),
            per_firing=self._amount(given.get("per_firing", 0), (*path, "per_firing")),
            per_item=None if item is None else self._amount(item, (*path, "per_item")),
            rate=rate,
        )

    def _amount(self, value: Value, path: Path) -> int | str:
        """An integer, or an expression."""
        if isinstance(value, str):
            return self.text(value, path)
        return self.integer(value, path, 0, INT_MAX)

    def effects(self, value: Value, least: int) -> tuple[EffectForm, ...]:
        effects = []
        for at, one in enumerate(self.list(value, ("effects",), least, limits.EFFECTS_MAX)):
            path: Path = ("effects", at)
            given = self.object(one, path, ("id",), ("when", *VERBS))
            verbs = [verb for verb in VERBS if verb in given]
            if isinstance(one, dict) and len(verbs) != 1:
                self.problems.add(path, ProblemCode.VERB_COUNT, options=", ".join(VERBS))
            if len(verbs) != 1:
                continue
            inner: Path = (*path, verbs[0])
            fields = self.object(given[verbs[0]], inner, tuple(VERBS[verbs[0]].fields))
            effects.append(
                EffectForm(
                    id=self.id(given["id"], (*path, "id")) if "id" in given else "",
                    when=self.text(given.get("when", "true"), (*path, "when")),
                    verb=verbs[0],
                    fields={name: self.text(text, (*inner, name)) for name, text in fields.items()},
                )
            )
        self.once([(effect.id, ("effects", at, "id")) for at, effect in enumerate(effects)])
        return tuple(effects)

    # ---- tests -----------------------------------------------------------------------------------

    def cases(self, value: Value) -> tuple[Case, ...]:
        cases = []
        for at, one in enumerate(self.list(value, ("tests",), limits.TESTS_MIN, limits.TESTS_MAX)):
            path: Path = ("tests", at)
            given = self.object(one, path, ("name", "given", "expect"), ("says",))
            says = self.object(
                given.get("says", {}), (*path, "says"), (), ("zh_hant", "zh_hans", "en")
            )
            cases.append(
                Case(
                    name=self.text(given.get("name", "?"), (*path, "name"), limits.CASE_NAME_MAX),
                    given=self.mapping(given.get("given", {}), (*path, "given")),
                    expect=self._expect(given.get("expect", "allow"), (*path, "expect")),
                    says={
                        name: self.text(text, (*path, "says", name)) for name, text in says.items()
                    },
                )
            )
        self.once([(case.name, ("tests", at, "name")) for at, case in enumerate(cases)])
        return tuple(cases)

    def _expect(self, value: Value, path: Path) -> Expect:
        if isinstance(value, str):
            return Expect(self.choice(value, path, ("allow", "skip")), (), None)
        given = self.object(value, path, (), (*VERDICTS, "effects"))
        outcomes = [verdict for verdict in VERDICTS if verdict in given]
        if len(outcomes) > 1 or not given:
            self.problems.add(path, ProblemCode.EXPECT_FORM)
            return Expect("", (), None)
        rules: list[str] = []
        for verdict in outcomes:
            ids = self.list(given[verdict], (*path, verdict), 1, limits.RULES_MAX)
            rules = [self.id(one, (*path, verdict, at)) for at, one in enumerate(ids)]
            self.once([(one, (*path, verdict, at)) for at, one in enumerate(rules)])
        effects = None
        if "effects" in given:
            inner: Path = (*path, "effects")
            listed = self.list(given["effects"], inner, 0, limits.EFFECTS_MAX)
            effects = tuple(
                self._expected_effect(one, (*inner, at)) for at, one in enumerate(listed)
            )
        return Expect(outcomes[0] if outcomes else "", tuple(rules), effects)

    def _expected_effect(self, value: Value, path: Path) -> tuple[str, Mapping[str, Value]]:
        given = self.object(value, path, (), tuple(VERBS))
        if len(given) != 1:
            self.problems.add(path, ProblemCode.VERB_COUNT, options=", ".join(VERBS))
            return "", {}
        verb, fields = next(iter(given.items()))
        return verb, self.object(fields, (*path, verb), (), tuple(VERBS[verb].fields))
