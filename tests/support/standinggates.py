"""A founded ledger with money, goods and households on which small gates stand, in few words.

`rule_gate` makes a gate of one rule; `stand` adopts several at once, through proposals, votes and
activation; the rest are statements that most tests want. `entry` and `outcome` read the log back.
"""

from hashlib import sha256
from json import loads
from typing import Any

from adopting import ANA, DAY, EVE, commit, propose, tick
from documents import gate, text
from ledgers import NOW, TestLedger, founded, names

from contracts.batch import Answer
from contracts.replay import Replay
from ledger.entry import AutoEntry, StatementEntry, parse_entry

LINE, FOOD = "flood.general", "flood.east-food"


def digest(*parts: object) -> str:
    """A 32-byte hash, in hex, of anything."""
    return sha256(repr(parts).encode()).hexdigest()


def tag(number: int) -> str:
    """Tag of a household."""
    return digest("household", number)[:32]


# ---- documents ----------------------------------------------------------------------------------


def rule_gate(
    name: str, kind: str, require: str, otherwise: str = "deny", **changes: Any
) -> dict[str, Any]:
    """A gate `name` with one rule `rule` on `kind`.

    `good` and `bad`: what the rule reads of `it` where it holds and where it does not; `given`: the
    facts that it reads.
    """
    good, bad = changes.pop("good", {}), changes.pop("bad", {})
    facts = changes.pop("given", {})
    expects: Any = {otherwise: ["rule"]}
    rule: dict[str, Any] = {"id": "rule", "require": require, "say": text(f"not {name}")}
    if otherwise != "deny":
        rule["else"] = otherwise
    document = {
        "contract": name,
        "kinds": [kind],
        # Names the currency that it speaks of.
        "params": {"some": {"type": "int[CNY](0..1)", "value": 1}},
        "rules": [rule],
        "title": text(name),
        "tests": [
            {"name": "good", "given": {"it": good, **facts}, "expect": "allow"},
            {"name": "bad", "given": {"it": bad, **facts}, "expect": expects},
        ],
    }
    return gate(**{**document, **changes})


def cap(name: str, most: int, otherwise: str = "deny", **changes: Any) -> dict[str, Any]:
    """Instructions of at most `most` minor units."""
    return rule_gate(
        name,
        "disbursement.instruct",
        "it.amount <= most",
        otherwise,
        params={"most": {"type": "int[CNY](0..1000000000)", "value": most}},
        good={"amount": most},
        bad={"amount": most + 1},
        **changes,
    )


def gift_cap(name: str, most: int, otherwise: str = "deny", **changes: Any) -> dict[str, Any]:
    """Gifts, which have happened, of at most `most` minor units."""
    found = cap(name, most, otherwise, **changes)
    return {**found, "kinds": ["donation.receive"]}


# ---- adoption -----------------------------------------------------------------------------------


def stand(ledger: TestLedger, *documents: dict[str, Any], **changes: Any) -> None:
    """Adopt these gates, all in one batch, in shadow first unless that is what is asked for."""
    modes = ["shadow"] if changes.get("mode") == "shadow" else ["shadow", changes.get("mode")]
    for mode in modes:
        last = mode == changes.get("mode")
        for n, document in enumerate(documents):
            more = {k: v for k, v in changes.items() if k != "gates"}
            if last and n == 0 and changes.get("gates"):
                more["gates"] = True
            answer = propose(ledger, document, **{**more, "mode": mode or "enforce"})
            assert answer.code == "ok", answer
            done = commit(ledger, answer.statement)
            assert done.code == "ok", done
        ledger.time += 2 * DAY
        tick(ledger)


# ---- statements ---------------------------------------------------------------------------------


def gift(ledger: TestLedger, amount: int, line: str = LINE) -> Answer:
    """A gift, above the limits of one key too."""
    body = {
        "amount": amount,
        "line": line,
        "reference": digest("gift", ledger.count),
        "seals": {name: digest(name) for name in ("contact", "donor", "reference")},
    }
    return ledger.say("donation.receive", body, "red/ana", "red/dai")


def pay_body(amount: int, line: str = LINE, **changes: Any) -> dict[str, Any]:
    """An instruction to a vendor in the east, for food, out of free money."""
    body = {
        "area": "east",
        "draws": [{"amount": amount, "line": line}],
        "payee": {"class": "vendor", "tag": digest("vendor")},
        "purpose": "food",
        "source": "free",
    }
    body.update(changes)
    return body


def pay(ledger: TestLedger, amount: int, line: str = LINE, **changes: Any) -> Answer:
    """Sign an instruction."""
    return ledger.say(
        "disbursement.instruct", pay_body(amount, line, **changes), "red/chen", "red/bao"
    )


def approve(ledger: TestLedger, held: str, *who: str) -> Answer:
    """Approve what is held."""
    return ledger.say("approval.give", {"held": held}, *(who or ("blue/fay",)))


def household(ledger: TestLedger, number: int, area: str = "east", persons: int = 3) -> None:
    body = {
        "area": area,
        "bank_verified": True,
        "persons": persons,
        "programme": "flood-27",
        "seals": {name: digest(name, number) for name in ("address", "document", "name", "phone")},
        "tag": tag(number),
    }
    answer = ledger.say("household.enrol", body, "red/chen", "red/bao")
    assert answer.code == "ok", answer


def stock(ledger: TestLedger, quantity: int, item: str = "n95", site: str = "point") -> str:
    """Goods at a site; the lot."""
    line = {"condition": "good", "item": item, "quantity": quantity}
    body = {"lines": [line], "site": site, "source": {"kind": "gift"}}
    answer = ledger.say("stock.receive", body, "blue/eve", "red/dai")
    assert answer.code in ("ok", "flagged"), answer
    return f"{answer.statement}/0"


# ---- what a test looks at -----------------------------------------------------------------------


def entry(ledger: TestLedger, index: int | None) -> Any:
    """An entry, parsed."""
    assert index is not None
    return parse_entry(ledger.memory.entries[index])


def outcome(ledger: TestLedger, answer: Answer) -> Any:
    """The outcome that stands in the entry of an answer."""
    return entry(ledger, answer.index).outcome


def told(ledger: TestLedger, answer: Answer) -> dict[str, Any]:
    """Outcome without `effects` and `set`; of each contract (id, outcome, failed rules)."""
    found = {k: v for k, v in outcome(ledger, answer).items() if k not in ("effects", "set")}
    if "contracts" in found:
        found["contracts"] = [(c["id"], c["outcome"], c["rules"]) for c in found["contracts"]]
    return found


def cases(ledger: TestLedger, first: int = 0) -> list[AutoEntry]:
    """The cases that contracts opened since an entry."""
    found = [parse_entry(raw) for raw in ledger.memory.entries[first:]]
    return [one for one in found if isinstance(one, AutoEntry) and one.kind == "case.open"]


def balance(ledger: TestLedger, label: str, line: str = LINE) -> int:
    """Minor units on an account of a line."""
    raw = ledger.memory.table("accounts").get(f"CNY/{line}/{label}")
    return 0 if raw is None else int(loads(raw))


def hold_row(ledger: TestLedger, held: str) -> dict[str, Any]:
    found: dict[str, Any] = loads(ledger.memory.table("holds")[held])
    return found


def replayed(ledger: TestLedger) -> None:
    """The log, executed again from its entries alone, comes to the same bytes."""
    replay = Replay()
    for raw in ledger.memory.entries:
        replay.feed(raw)
    assert replay.head == ledger.memory.head()


def statements(ledger: TestLedger, kind: str) -> list[StatementEntry]:
    """The logged statements of a kind."""
    found = [parse_entry(raw) for raw in ledger.memory.entries]
    return [one for one in found if isinstance(one, StatementEntry) and one.statement.kind == kind]


__all__ = [
    "ANA", "DAY", "EVE", "FOOD", "LINE", "NOW", "TestLedger", "approve", "balance", "cap", "cases",
    "digest", "entry", "founded", "gift", "gift_cap", "hold_row", "household", "names", "outcome", "pay",
    "pay_body", "replayed", "rule_gate", "stand", "statements", "stock", "tag", "told",
]  # fmt: skip
