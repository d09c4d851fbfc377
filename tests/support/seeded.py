"""A county in which the contracts of the library are at home, and what every seed case must keep.

`county()` is founded with the places, goods, programmes and funds that the library's own texts name,
so that a contract is adopted as it stands in its file, no param changed. `keeps` is asked at the
end of every case: the log replays to the same head, an auditor passes the published files, the views
are the same when they are made anew.
"""

from hashlib import sha256
from json import loads
from pathlib import Path
from typing import Any

from adopting import adopt, commit, propose, tick
from ledgers import (
    DAY,
    EVERYWHERE,
    TestLedger,
    catalogue_body,
    cosigned,
    genesis_body,
    names,
    public_files,
    test_key,
    trust_of,
)
from nodekit import opened
from projections import LedgerSource, check_against_state, lite

from contracts.audit import Audit
from contracts.batch import Answer
from contracts.replay import Replay
from ledger.entry import AutoEntry, StatementEntry, parse_entry
from ledger.errors import Refusal
from ledger.log.trust import parse_trust
from ledger.proofs.receipt import format_receipt
from ledger.proofs.receiptcheck import Checked, check_receipt
from ledger.sentences import LANGUAGES, sentence
from nodes.grounds import Grounds
from nodes.projections.projector import Projector
from nodes.projections.rebuild import rebuild
from tools.contracts.library import load

FUNDS = {
    # fund -> (programme, its purposes)
    "emergency": ("relief", ["cash", "food", "water"]),
    "rebuilding": ("rebuild", ["rebuilding"]),
    "requisitions": ("requisitioned", ["requisition"]),
}


def _area(id_: str, tier: int, parent: str = "", **rest: Any) -> dict[str, Any]:
    found = {
        "code": id_, "id": id_, "names": names(id_), "tier": tier, "version": 1,
        "vocabulary": "demo", **rest,
    }  # fmt: skip
    return {**found, "parent": parent} if parent else found


def _site(id_: str, area: str, custodian: str, kind: str = "warehouse") -> dict[str, Any]:
    return {
        "area": area, "custodian": custodian, "id": id_, "kind": kind, "names": names(id_),
        "version": 1,
    }  # fmt: skip


def _item(id_: str, class_: str, unit: str, **rest: Any) -> dict[str, Any]:
    return {
        "aliases": [], "class": class_, "id": id_, "names": names(id_), "packs": [], "unit": unit,
        "version": 1, **rest,
    }  # fmt: skip


def places() -> dict[str, Any]:
    """Four tiers: city, district, street, community; 1,000 people in the last."""
    start = catalogue_body()["programmes"][0]["from"]
    end = catalogue_body()["programmes"][0]["to"]
    return {
        "areas": [
            _area("city", 1, population=500_000),
            _area("district", 2, "city", population=50_000),
            _area("street", 3, "district", population=5_000),
            _area("hl-01", 4, "street", population=1_000),
        ],
        "funds": [
            {
                "currency": "TWD", "id": fund, "names": names(fund), "owner": "red",
                "programme": programme, "version": 1,
                "lines": [
                    {"id": "open", "earmark": {"areas": [], "classes": [], "purposes": []}},
                    *([{"id": "water", "earmark": {"areas": ["hl-01"], "classes": [],
                                                   "purposes": ["water"]}}]
                      if fund == "emergency" else []),
                ],
            }
            for fund, (programme, _) in FUNDS.items()
        ],
        "items": [
            _item("rice", "food", "KGM", weight_g=1_000),
            _item("water", "water", "LTR", weight_g=1_000),
            _item("parcel", "food-parcel", "H87", weight_g=8_000),
            _item("generator", "equipment", "H87", weight_g=40_000),
        ],
        "programmes": [
            {
                "code": programme, "from": start, "id": programme, "names": names(programme),
                "purposes": purposes, "to": end, "version": 1,
            }
            for programme, purposes in FUNDS.values()
        ],
        "sites": [
            _site("city-1", "city", "red", "reserve"),
            _site("district-1", "district", "red", "reserve"),
            _site("street-3", "street", "red", "reserve"),
            _site("comm-7", "hl-01", "blue", "point"),
        ],
    }  # fmt: skip


def county(**more: list[str]) -> TestLedger:
    """Genesis in one currency, and the catalogue; `more`: actor -> roles, beside the usual ones; the first of
    a new member is an admin."""
    ledger = TestLedger()
    body = genesis_body()
    body["currencies"] = [{"code": "TWD", "minor": 2}]
    body["limits"] = [{"commodity": "TWD", "n": 50_000_000_000}]
    founders = {"red": "red/ana", "blue": "blue/eve"}
    for actor, roles in more.items():
        member, _, person = actor.partition("/")
        if member not in founders:
            body["organisations"].append({"id": member, "names": names(member)})
            founders[member] = actor
        body["actors"].append({"id": actor, "person": person, "roles": roles, "scope": EVERYWHERE})
        key = {"public": test_key(actor).public.hex(), "use": "author", "actor": actor}
        body["keys"].append(key)
    said(ledger.say("genesis", body, *founders.values()))
    said(ledger.say("catalogue.define", places(), "red/ana"))
    return ledger


def said(answer: Answer, code: str = "ok") -> Answer:
    """The answer, which is this one."""
    assert answer.code == code, answer
    return answer


# ---- adopted ------------------------------------------------------------------------------------


def trigger(ledger: TestLedger, name: str, **changes: Any) -> None:
    """A trigger of the library, as it stands there, in force for the consortium."""
    adopt(ledger, load(name), mode="enforce", **changes)


def gates(ledger: TestLedger, *named: str, **changes: Any) -> None:
    """Gates of the library, as they stand there, all in one batch: in shadow first, then in earnest."""
    for mode in ("shadow", "enforce"):
        for name in named:
            proposed = said(propose(ledger, load(name), **{**changes, "mode": mode}))
            said(commit(ledger, proposed.statement))
        ledger.time += 2 * DAY
        tick(ledger)


def digest(*parts: object) -> str:
    """A 32-byte hash, in hex, of anything."""
    return sha256(repr(parts).encode()).hexdigest()


# ---- statements ---------------------------------------------------------------------------------


def gift(ledger: TestLedger, amount: int, line: str) -> Answer:
    """Money from one donor."""
    body = {
        "amount": amount,
        "line": line,
        "reference": digest("gift", ledger.count),
        "seals": {name: digest(name) for name in ("contact", "donor", "reference")},
    }
    return said(ledger.say("donation.receive", body, "red/ana", "red/dai"))


def set_aside(ledger: TestLedger, amount: int, line: str, programme: str, purpose: str) -> Answer:
    """An allocation by the owner of the fund."""
    body = {
        "draws": [{"amount": amount, "line": line}],
        "programme": programme,
        "purpose": purpose,
    }
    return said(ledger.say("fund.allocate", body, "red/bao", "red/dai"))


def household(
    ledger: TestLedger, tag: str, persons: int, *, bank: bool = True, area: str = "hl-01"
) -> Answer:
    """A household takes part."""
    body = {
        "area": area,
        "bank_verified": bank,
        "persons": persons,
        "programme": "relief",
        "seals": {name: digest(name, tag) for name in ("address", "document", "name", "phone")},
        "tag": tag,
    }
    return said(ledger.say("household.enrol", body, "red/chen", "red/bao"))


def alert(ledger: TestLedger, level: int = 4, **changes: Any) -> Answer:
    """The commander declares."""
    body = {
        "alert": "quake", "areas": ["hl-01"], "hazard": "quake", "level": level,
        "until": ledger.time + 9 * DAY, **changes,
    }  # fmt: skip
    return said(ledger.say("alert.declare", body, "red/bao"))


def goods(ledger: TestLedger, site: str, item: str, quantity: int, **rest: Any) -> str:
    """Goods come to a site; the lot."""
    line = {"condition": "good", "item": item, "quantity": quantity, **rest}
    body = {"lines": [line], "site": site, "source": {"kind": "gift"}}
    return f"{said(ledger.say('stock.receive', body, 'blue/eve', 'red/dai')).statement}/0"


# ---- what came of it ----------------------------------------------------------------------------


def caused(ledger: TestLedger, kind: str = "") -> list[tuple[int, AutoEntry]]:
    """(index, entry) of what contracts caused, of one kind or of all."""
    found = [(n, parse_entry(raw)) for n, raw in enumerate(ledger.memory.entries)]
    own = ("contract.activate", "deadline.pass")
    return [
        (n, one) for n, one in found
        if isinstance(one, AutoEntry) and one.kind not in own and kind in ("", one.kind)
    ]  # fmt: skip


def state(ledger: TestLedger, table: str, key: str) -> Any:
    """A row, None where there is none."""
    raw = ledger.memory.table(table).get(key)
    return None if raw is None else loads(raw)


def outcome(ledger: TestLedger, answer: Answer) -> Any:
    """The outcome in the entry of an answer."""
    assert answer.index is not None
    found = parse_entry(ledger.memory.entries[answer.index])
    assert isinstance(found, StatementEntry)
    return found.outcome


def sentences(refusal: Refusal | None) -> dict[str, str]:
    """What people are told, by language."""
    assert refusal is not None
    return {language: sentence(refusal, language) for language in LANGUAGES}


def receipts(ledger: TestLedger, indexes: list[int], folder: Path) -> list[Checked]:
    """The receipt of each entry, made by a node's store and checked with the trust file alone."""
    head = ledger.memory.head()
    note = cosigned(head.size, head.root(), ("mirror", "witness"))
    trust = parse_trust(trust_of(ledger))
    with opened(folder / "store", None) as store:
        for made in ledger.steps:
            if not made.is_empty:
                store.commit(made)
        store.offer()
        grounds = Grounds(store, note, is_final=True)
        return [check_receipt(format_receipt(grounds.receipt(n)), trust) for n in indexes]


def keeps(ledger: TestLedger, folder: Path) -> None:
    """The log, replayed, audited and looked at in views: the same each time."""
    replay = Replay()
    for raw in ledger.memory.entries:
        replay.feed(raw)
    head = ledger.memory.head()
    assert replay.finish(size=head.size, root=head.root()) == head
    report = Audit(public_files(ledger).__getitem__, trust_of(ledger)).run()
    assert report.size == head.size and report.remarks == ()
    engine = lite(folder, "views")
    Projector(engine, LedgerSource(ledger)).catch_up()
    check_against_state(engine, ledger.memory)
    assert rebuild(engine, LedgerSource(ledger, keep=False)).is_equal
    engine.dispose()
