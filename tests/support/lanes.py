"""Two contracts that lanes change: a gate with its number as a parameter, a trigger that pays."""

from typing import Any

from documents import gate, text


def capped(version: int = 1, cap: int = 9, **changes: Any) -> dict[str, Any]:
    """The gate with its number as a parameter."""
    document: dict[str, Any] = {
        "version": version,
        "params": {"cap": {"type": "int[parcel](0..100)", "value": cap}},
        "rules": [{"id": "nine", "require": "it.qty <= cap", "say": text("{it.qty}: too many")}],
        "tests": [
            {"name": "enough", "given": {"it": {"qty": cap}}, "expect": "allow"},
            {"name": "more", "given": {"it": {"qty": cap + 1}}, "expect": {"deny": ["nine"]}},
        ],
    }
    return gate(**{**document, **changes})


def pool(version: int = 1, **changes: Any) -> dict[str, Any]:
    """A trigger that pays: it has a budget and an effect that moves value."""
    found: dict[str, Any] = {
        "contract": "red-alert-money",
        "version": version,
        "engine": "rcel/1",
        "kind": "trigger",
        "kinds": ["alert.declare"],
        "title": text("Money on a red alert"),
        "basis": "by-law 3",
        "params": {"each": {"type": "int[CNY](0..1000000)", "value": 500}},
        "budget": {"fund": "'flood'", "per_firing": 1000, "per_item": 600,
                   "rate": {"firings": 2, "by": "it.alert", "window": "72h"}},
        "effects": [
            {"id": "pay", "when": "it.level >= 4",
             "pay": {"to": "'county'", "amount": "each", "fund": "'flood'", "purpose": "'cash'"}},
            {"id": "tell", "when": "it.level >= 4",
             "notify": {"to": "'duty'", "code": "'red'", "subject": "it.alert"}},
        ],
        "defaults": {"it": {"alert": "A1"}},
        "tests": [
            {"name": "red", "given": {"it": {"level": 4}},
             "expect": {"effects": [{"pay": {}}, {"notify": {}}]}},
            {"name": "yellow", "given": {"it": {"level": 2}}, "expect": {"effects": []}},
        ],
    }  # fmt: skip
    found.update(changes)
    return found
