"""The contract document: what stands in it, read strictly, field by field.

A document is canonical JSON of at most 24,576 bytes; people write it as YAML, which an edge turns
into JSON before anything here sees it. Mappings have no order. Unknown fields are refused. This
module knows the form alone; `compiled` knows what the names mean.
Specification: `docs/spec/contract-document.md`.

    >>> document_hash({"contract": "cap"})[:16]
    '21df4e27999ac84a'
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from contracts.documents import limits
from contracts.documents.forms import shown
from contracts.documents.parts import (
    Budget,
    Case,
    EffectForm,
    FactForm,
    Foreach,
    Param,
    Rule,
)  # fmt: skip
from contracts.documents.problems import DocumentError, Path, Problem, ProblemCode, Problems
from contracts.documents.reading import PartReader
from contracts.documents.texts import Texts
from ledger.canon import ENTRY_MAX, Encodable, Value, decode, encode
from ledger.errors import FormatError

ENGINE: Final = "rcel/1"
HASH_DOMAIN: Final = b"relief/contract/v1\x00"
KINDS_OF_CONTRACT: Final = ("gate", "trigger")


@dataclass(frozen=True, slots=True)
class Document:
    """A contract as written; `value` is its JSON with sorted keys, `hash` that of its bytes."""

    id: str
    version: int
    kind: str
    kinds: tuple[str, ...]
    title: Texts
    basis: str
    where: str
    params: tuple[Param, ...]
    facts: tuple[FactForm, ...]
    lets: Mapping[str, str]
    rules: tuple[Rule, ...]
    foreach: Foreach | None
    budget: Budget | None
    effects: tuple[EffectForm, ...]
    defaults: Mapping[str, Value]
    cases: tuple[Case, ...]
    value: Mapping[str, Value]
    hash: str


def document_hash(value: Encodable) -> str:
    """The contract hash: SHA-256, in hex, over a domain and the canonical JSON of `value`.

    Raises `FormatError` where canonical JSON cannot hold it.
    """
    return hashlib.sha256(HASH_DOMAIN + encode(value)).hexdigest()


def parse_document(value: Value) -> Document:
    """The document that `value` is. Raises `DocumentError` with every problem of form."""
    try:
        data = encode(value)
    except FormatError as error:
        problem = Problem((), ProblemCode.NOT_JSON, {"found": shown(error.why)})
        raise DocumentError([problem]) from None
    if len(data) > limits.DOCUMENT_MAX:
        sizes = {"count": len(data), "most": limits.DOCUMENT_MAX}
        raise DocumentError([Problem((), ProblemCode.DOCUMENT_SIZE, sizes)])
    reader = _Reader(Problems())
    # Decoded again, every mapping is in the order of its keys, however it was written.
    found = reader.document(decode(data, size_max=ENTRY_MAX))
    reader.problems.stop()
    return found


_REQUIRED: Final = ("contract", "version", "engine", "kind", "kinds", "title", "basis", "tests")
_OPTIONAL: Final = ("where", "params", "facts", "let", "effects", "defaults")
_GATE: Final = ("rules",)
_TRIGGER: Final = ("foreach", "budget")
_CONTRACT_ID: Final = re.compile(
    rf"[a-z][a-z0-9-]{{{limits.CONTRACT_ID_MIN - 1},{limits.CONTRACT_ID_MAX - 1}}}"
)


class _Reader(PartReader):
    """Reads the parts of one document."""

    def document(self, value: Value) -> Document:
        whole = self.object(value, (), _REQUIRED, (*_OPTIONAL, *_GATE, *_TRIGGER))
        for name in _REQUIRED:
            whole.setdefault(name, _HARMLESS[name])
        gate = self.choice(whole["kind"], ("kind",), KINDS_OF_CONTRACT) == "gate"
        for name in _TRIGGER if gate else _GATE:
            if name in whole:
                kind = "gate" if gate else "trigger"
                self.problems.add((name,), ProblemCode.NOT_FOR_KIND, name=name, kind=kind)
        found = Document(
            id=self._contract_id(whole["contract"]),
            version=self.integer(whole["version"], ("version",), 1, limits.VERSION_MAX),
            kind="gate" if gate else "trigger",
            kinds=self._kinds(whole["kinds"]),
            title=self.texts(whole["title"], ("title",), plain=True),
            basis=self.text(whole["basis"], ("basis",), limits.TEXT_MAX),
            where=self.text(whole.get("where", "true"), ("where",)),
            params=self.params(whole.get("params", {})),
            facts=self.facts(whole.get("facts", {})),
            lets=self.lets(whole.get("let", {})),
            rules=self.rules(whole) if gate else (),
            foreach=self.foreach(whole),
            budget=self.budget(whole),
            effects=self.effects(whole.get("effects", []), least=0 if gate else 1),
            defaults=self.mapping(whole.get("defaults", {}), ("defaults",)),
            cases=self.cases(whole["tests"]),
            value=value if isinstance(value, dict) else {},
            hash=document_hash(value),
        )
        self.choice(whole["engine"], ("engine",), (ENGINE,))
        self._name_space(found)
        return found

    # ---- head ------------------------------------------------------------------------------------

    def _contract_id(self, value: Value) -> str:
        if isinstance(value, str) and _CONTRACT_ID.fullmatch(value):
            return value
        found = shown(value) if isinstance(value, str) else "?"
        self.problems.add(("contract",), ProblemCode.CONTRACT_ID, found=found)
        return ""

    def _kinds(self, value: Value) -> tuple[str, ...]:
        path: Path = ("kinds",)
        kinds = self.list(value, path, 1, limits.KINDS_MAX)
        names = [self.text(one, (*path, at), 64) for at, one in enumerate(kinds)]
        self.once([(name, (*path, at)) for at, name in enumerate(names)])
        return tuple(names)

    def _name_space(self, found: Document) -> None:
        """Names that expressions use are one space: each means one thing."""
        names: list[tuple[str, Path]] = [(one.name, ("params", one.name)) for one in found.params]
        names += [(one.name, ("facts", one.name)) for one in found.facts]
        names += [(name, ("let", name)) for name in found.lets]
        if found.foreach is not None:
            names.append((found.foreach.name, ("foreach", "as")))
        taken = {"it"}
        for name, path in names:
            if name in taken:
                self.problems.add(path, ProblemCode.NAME_TAKEN, found=name)
            taken.add(name)


_HARMLESS: Final[Mapping[str, Value]] = {
    # Stands for a required field that is missing, which has been noted.
    "contract": "xxx", "version": 1, "engine": ENGINE, "kind": "gate", "kinds": ["x"],
    "title": {"zh_hant": "x", "zh_hans": "x", "en": "x"}, "basis": "x",
    "tests": cast(Value, [{"name": str(n), "given": {}, "expect": "allow"} for n in range(2)]),
}  # fmt: skip
