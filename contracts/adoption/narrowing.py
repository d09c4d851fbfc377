"""What an emergency version may be: narrower than the version in force, and nothing else.

Two members bring it into force with the next batch, so it may stop and refuse more than the text
that the quorum agreed on, and never pay, move or let through anything that this text would not:

    params, facts, let  each as it is; more of them may be added
    gate                where as it is, no kind fewer; each rule as it is, narrower or stricter, and
                        more rules; whom a hold asks is free, for the rules decide
    trigger             where as it is or narrower, no kind more, the same walk, no bound of the
                        budget wider; effects as they are, under a narrower condition, or left out
    both                marks as they are, for other contracts read them; messages, texts, tests
                        and defaults are free

*Narrower* is seen from the text alone, so that nobody has to believe it: every part that `&&`
joined is still joined, `(as it was) && more`.

    >>> from contracts.rcel.grammar import parse
    >>> old = parse("it.qty <= cap && it.area != 'x'")
    >>> is_narrower(parse("it.qty <= 2 && it.area != 'x' && it.qty <= cap"), old)
    True
    >>> is_narrower(parse("it.qty <= cap"), old), is_narrower(parse("it.qty > 1"), parse("true"))
    (False, True)

Specification: `docs/spec/adoption.md`, emergencies.
"""

from collections.abc import Mapping
from typing import Final

from contracts.documents.compiled import CompiledEffect, Contract
from contracts.documents.parts import VERDICTS
from contracts.rcel.nodes import (
    Binary,
    Call,
    Literal,
    Macro,
    Name,
    Node,
    Select,
    Unary,
    walk,
)
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused

NAMES: Final = ("params", "facts", "let")
"""Fields whose names mean what they meant."""

TELL: Final = "notify"
"""It tells somebody, and nothing comes of it on the ledger."""
MARK: Final = "set_flag"
"""Other contracts read marks: neither more nor fewer of them is narrower."""
ASK: Final = "open_approval"
"""Of a gate: whom its hold asks, and for how long. Whether it is posted is for the rules to say."""


def check_emergency(new: Contract, old: Contract) -> None:
    """`Refused(not_eligible)` for the first thing in which `new` is not narrower than `old`."""
    if new.document.kind != old.document.kind:
        raise Refused(Code.NOT_ELIGIBLE, "body.document.kind", wanted="as it is; or by lane full")
    for name in NAMES:
        mine, was = _objects(new, name), _objects(old, name)
        if any(one not in mine or mine[one] != was[one] for one in was):
            raise Refused(
                Code.NOT_ELIGIBLE,
                f"body.document.{name}",
                wanted="as it is, or more; another value goes by lane params, the rest by full",
            )
    if new.document.kind == "gate":
        _check_gate(new, old)
    else:
        _check_trigger(new, old)
    _check_effects(new, old)


def _check_gate(new: Contract, old: Contract) -> None:
    if not set(old.document.kinds) <= set(new.document.kinds):
        raise Refused(
            Code.NOT_ELIGIBLE, "body.document.kinds", wanted="no kind fewer; that goes by lane full"
        )
    if _shape(new.where.tree) != _shape(old.where.tree):
        # Where less applies less is refused; where more does, an error may be hidden that denied.
        raise Refused(Code.NOT_ELIGIBLE, "body.document.where", wanted="as it is; or by lane full")
    rules = {rule.id: rule for rule in new.rules}
    for was in old.rules:
        rule = rules.get(was.id)
        if (
            rule is None
            or not is_narrower(rule.require.tree, was.require.tree)
            or VERDICTS.index(rule.otherwise) > VERDICTS.index(was.otherwise)
        ):
            raise Refused(
                Code.NOT_ELIGIBLE,
                "body.document.rules",
                key=was.id,
                wanted="as it is, or (as it is) && more, or stricter; the rest by lane full",
            )


def _check_trigger(new: Contract, old: Contract) -> None:
    if not set(new.document.kinds) <= set(old.document.kinds):
        raise Refused(
            Code.NOT_ELIGIBLE, "body.document.kinds", wanted="no kind more; that goes by lane full"
        )
    if not is_narrower(new.where.tree, old.where.tree):
        raise Refused(
            Code.NOT_ELIGIBLE,
            "body.document.where",
            wanted="as it is, or (as it is) && more; the rest by lane full",
        )
    if new.document.value.get("foreach") != old.document.value.get("foreach"):
        raise Refused(
            Code.NOT_ELIGIBLE, "body.document.foreach", wanted="as it is; or by lane full"
        )
    if _raises(new, old):
        raise Refused(
            Code.NOT_ELIGIBLE,
            "body.document.budget",
            wanted="no higher budget; that goes by lane full",
        )


def _check_effects(new: Contract, old: Contract) -> None:
    """None that was not there, whatever they do but tell; a mark stays where it was."""
    mine, was = _effects(new), _effects(old)
    free = (TELL, ASK) if old.document.kind == "gate" else (TELL,)
    for effect, form in mine.values():
        if effect.verb in free:
            continue
        before = was.get(effect.id)
        if before is None or form != before[1] or not _keeps(effect, before[0]):
            _refuse_effect(effect)
    for effect, _ in was.values():
        if effect.verb == MARK and effect.id not in mine:
            _refuse_effect(effect)


def _keeps(effect: CompiledEffect, before: CompiledEffect) -> bool:
    """Whether its condition is as it was, or narrower where that is less."""
    if effect.verb == MARK:
        return _shape(effect.when.tree) == _shape(before.when.tree)
    return is_narrower(effect.when.tree, before.when.tree)


def _refuse_effect(effect: CompiledEffect) -> None:
    raise Refused(
        Code.NOT_ELIGIBLE,
        "body.document.effects",
        key=effect.id,
        wanted="as it is, or when (as it is) && more; marks as they are; the rest by lane full",
    )


def _effects(contract: Contract) -> dict[str, tuple[CompiledEffect, Value]]:
    """Effect id -> the effect, and what it says beside its condition."""
    listed = contract.document.value.get("effects", [])
    assert isinstance(listed, list)
    found: dict[str, tuple[CompiledEffect, Value]] = {}
    for effect, form in zip(contract.effects, listed, strict=True):
        assert isinstance(form, dict)
        found[effect.id] = effect, {name: part for name, part in form.items() if name != "when"}
    return found


def _objects(contract: Contract, name: str) -> Mapping[str, Value]:
    found = contract.document.value.get(name, {})
    assert isinstance(found, dict)
    return found


def _raises(new: Contract, old: Contract) -> bool:
    """Whether any bound of the budget is wider than it was."""
    mine, was = new.budget, old.budget
    if mine is None or was is None:
        # Without a budget nothing is spent; one that was not there is a higher one.
        return mine is not None
    if mine.fund != was.fund or mine.per_firing > was.per_firing:
        return True
    if was.per_item is not None and (mine.per_item is None or mine.per_item > was.per_item):
        return True
    if was.rate is None:
        return False
    if mine.rate is None or mine.rate.firings > was.rate.firings:
        return True
    return _shape(mine.rate.by.tree) != _shape(was.rate.by.tree) or (
        mine.rate.window_s < was.rate.window_s
    )


# ---- expressions --------------------------------------------------------------------------------

_Shape = tuple[tuple[str, str, int], ...]


def is_narrower(new: Node, old: Node) -> bool:
    """Whether `new` is true only where `old` is: it has every part that `&&` joins in `old`.

    Of `&&` a false part decides whatever the others are, an error too: so their order is all one.
    """
    mine = [_shape(part) for part in _conjuncts(new)]
    true = _shape(Literal(True, 0))
    return all(_shape(part) in (*mine, true) for part in _conjuncts(old))


def _conjuncts(node: Node) -> list[Node]:
    found, waiting = [], [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Binary) and part.operator == "&&":
            waiting += [part.left, part.right]
        else:
            found.append(part)
    return found


def _shape(node: Node) -> _Shape:
    """An expression without the places in its text: two that differ in spaces alone are equal."""
    return tuple((type(one).__name__, _own(one), level) for one, level in walk(node))


def _own(node: Node) -> str:
    """What a node says beside the nodes below it."""
    match node:
        case Literal(value):
            return f"{type(value).__name__} {value}"
        case Name(name) | Select(_, name) | Call(name):
            return name
        case Macro(macro, _, variable):
            return f"{macro} {variable.name}"
        case Unary(operator) | Binary(operator):
            return operator
        case _:
            return ""
