"""A trigger that tells somebody something: a document for tests of notices."""

from typing import Any

from documents import text


def telling(**changes: Any) -> dict[str, Any]:
    """Tells red of each gift of more than 100."""
    many = {"id": "tell", "when": "it.amount > most"}
    words = {"to": "'red'", "code": "'large-gift'", "subject": "it.line"}
    effects = [{"notify": {"to": "red", "code": "large-gift", "subject": "flood.general"}}]
    amount = {"type": "int[CNY](0..1000000)", "value": 100}
    given = {"line": "flood.general"}
    return {
        "contract": "told", "version": 1, "engine": "rcel/1", "kind": "trigger",
        "kinds": ["donation.receive"], "title": text("Told"), "basis": "by-law",
        "params": {"most": amount}, "effects": [{**many, "notify": words}],
        "tests": [
            {"name": "at", "given": {"it": {**given, "amount": 100}}, "expect": {"effects": []}},
            {"name": "above", "given": {"it": {**given, "amount": 101}},
             "expect": {"effects": effects}},
        ],
        **changes,
    }  # fmt: skip
