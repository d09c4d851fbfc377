"""`relief contract list` and `relief contract adopt`: what is in force, and one step further.

Adopting asks the node how a contract stands and does what the keys at hand can do: propose it,
approve it for each member whose admin is here, commit it once enough members have. Then it says
what is still needed, and by when; run it again elsewhere, with other keys, for the rest. Every
statement is kept in the outbox before it is sent.

Exit status: 0 in force, or waiting for its time; 1 the ledger refused a step; 2 others are needed,
or something could not be done.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.contracts import listing
from contracts.documents.document import Document
from ledger.adoptions import NOTICE_S
from ledger.canon import Value
from ledger.keys import SigningKey
from tools.console import CANNOT_TELL, FALSE, VERIFIED, Console, Stop, clock, plain
from tools.contracts.asking_words import word
from tools.contracts.checking import show
from tools.contracts.explaining import ask_node
from tools.contracts.opening import open_contract, read_file
from tools.home import Home
from tools.keygen import open_key, passphrase_for
from tools.load import origin_of
from tools.sending import Sender
from tools.signing import Outbox, make_statement
from tools.submit import DEFAULT_URL, SIGNING_USES, ask_origin, open_peer
from tools.trace import stopped_store

MODES = ("shadow", "warn", "enforce")
MARGIN_S = 86_400
"""Beyond the notice: so long there is for the others to approve, where no time is given."""


def list_contracts(console: Console, *, folder: Path | None, url: str) -> int:
    """What is in force, waiting, suspended, proposed."""
    language = console.language
    if (folder is None) == (not url):
        raise Stop(word("one source", language), word("and how", language))
    if url:
        found = _ask(url, language)
    else:
        assert folder is not None
        home = Home(folder)
        home.must_exist()
        with stopped_store(home) as store, store.view() as view:
            found = listing(view)
    rows = []
    for one in found["contracts"]:
        for name, state in (("now", one["state"]), ("waiting", "waiting")):
            if name in one and (name == "now" or one["state"] != "waiting" or "now" not in one):
                rows.append(_row(one["id"], one["scope"], state, one[name], language))
    rows += [
        _row(one["contract"], one["scope"], "proposed", one, language) for one in found["proposals"]
    ]
    if rows:
        columns = ("contract", "version", "scope", "mode", "state", "hash")
        names = [word(name, language) for name in columns]
        console.table(word("contracts", language), names, rows)
    else:
        console.say(word("none", language))
    console.say(word("set", language, set=plain(str(found["set"]))))
    if found["gates_required"]:
        console.say(word("gates", language))
    console.result(found)
    return VERIFIED


def _row(
    contract: str, scope: str, state: str, version: dict[str, Any], language: str
) -> list[object]:
    return [
        contract,
        version["version"],
        scope,
        word(str(version["mode"]), language),
        word(state, language),
        version["hash"],
    ]


def _ask(url: str, language: str) -> dict[str, Any]:
    found = ask_node(url, "v1/contracts", language)
    if found is None or not {"contracts", "proposals", "set", "gates_required"} <= set(found):
        raise Stop(word("node said", language, text="?"), word("later", language))
    return found


# ---- adopting -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """How a contract is to stand. `not_before` in seconds, None for the notice and a day."""

    scope: str
    mode: str
    lane: str
    owner: str
    not_before: int | None = None


@dataclass(frozen=True, slots=True)
class Hands:
    """Where statements go and who signs them."""

    home: Home
    url: str
    keys: tuple[Path, ...]
    fd: int | None = None
    passphrase_file: Path | None = None


def adopt(console: Console, path: Path, terms: Terms, hands: Hands) -> int:
    """As far towards being in force as the keys at hand can bring a contract."""
    language = console.language
    for given, among in ((terms.lane, tuple(NOTICE_S)), (terms.mode, MODES)):
        if given not in among:
            raise Stop(word("no choice", language, text=plain(given), among=", ".join(among)))
    hands.home.must_exist()
    opened = open_contract(read_file(path), language)
    if opened.document is None or opened.contract is None:
        for number, one in enumerate(opened.remarks, 1):
            show(console, number, one)
        console.result({"file": str(path), "valid": False})
        return FALSE
    work = _Work(console, opened.document, terms, hands)
    code = work.all()
    console.result({"contract": opened.document.id, "exit": code, "hash": opened.document.hash,
                    **work.result})  # fmt: skip
    return code


class _Work:
    """One adoption at work."""

    def __init__(self, console: Console, document: Document, terms: Terms, hands: Hands) -> None:
        self.console, self.language = console, console.language
        self.document, self.hash = dict(document.value), document.hash
        self.terms, self.hands = terms, hands
        self.url = hands.url or DEFAULT_URL
        self.outbox = Outbox(hands.home.outbox)
        self.keys: list[SigningKey] | None = None
        self.result: dict[str, Any] = {"steps": []}

    def all(self) -> int:
        standing = self._standing()
        if standing is not None:
            return standing
        proposal = self._proposal()
        if proposal is None:
            if not self.terms.owner:
                raise Stop(word("owner first", self.language))
            if not self._say("contract.propose", self._propose_body(), self._keys()):
                return FALSE
        elif proposal["needs"] and not self._approve(proposal):
            return FALSE
        proposal = self._proposal()
        if proposal is not None and not proposal["needs"]:
            body: dict[str, Value] = {
                "proposal": proposal["proposal"], "sequence": proposal["sequence"],
            }  # fmt: skip
            if not self._say("contract.commit", body, self._keys()[:1]):
                return FALSE
        standing = self._standing()
        return self._open(self._proposal()) if standing is None else standing

    def _standing(self) -> int | None:
        """The exit status where nothing is left to do; None where something is."""
        for one in _ask(self.url, self.language)["contracts"]:
            if one["scope"] != self.terms.scope:
                continue
            now, waiting = one.get("now"), one.get("waiting")
            if waiting and (waiting["hash"], waiting["mode"]) == (self.hash, self.terms.mode):
                at = clock(int(waiting["not_before"]))
                self.console.say(word("waits", self.language, at=at), "bold green")
                self.result |= {"state": "waiting", "not_before": waiting["not_before"]}
                return VERIFIED
            if now and (now["hash"], now["mode"]) == (self.hash, self.terms.mode):
                self.console.say(word("is in force", self.language), "bold green")
                self.result |= {"state": "in_force"}
                return VERIFIED
        return None

    def _proposal(self) -> dict[str, Any] | None:
        # One that would require gates for the whole ledger says more than is asked for here.
        wanted = self.hash, self.terms.scope, self.terms.mode, False
        for one in _ask(self.url, self.language)["proposals"]:
            if (one["hash"], one["scope"], one["mode"], one.get("gates", False)) == wanted:
                return dict(one)
        return None

    def _propose_body(self) -> dict[str, Value]:
        terms, not_before = self.terms, self.terms.not_before
        if not_before is None:
            not_before = int(time.time()) + NOTICE_S[terms.lane] + MARGIN_S
        return {
            "document": self.document,
            "lane": terms.lane,
            "mode": terms.mode,
            "not_before": not_before,
            "owner": terms.owner,
            "scope": terms.scope,
        }

    def _approve(self, proposal: dict[str, Any]) -> bool:
        """A voice for each key; whose member has spoken is refused, which is no failure here."""
        body: dict[str, Value] = {"hash": self.hash, "proposal": proposal["proposal"]}
        done = [self._say("contract.approve", body, [key]) for key in self._keys()]
        return any(done)

    def _open(self, proposal: dict[str, Any] | None) -> int:
        if proposal is not None:
            members = ", ".join(plain(str(one)) for one in proposal["may_approve"])
            until = clock(int(proposal["until"]))
            line = word("still needs", self.language, count=proposal["needs"], members=members,
                        until=until)  # fmt: skip
            self.console.say(line, "bold")
            self.result |= {"state": "proposed", **proposal}
        return CANNOT_TELL

    def _keys(self) -> list[SigningKey]:
        if self.keys is None:
            if not self.hands.keys:
                raise Stop(word("no keys", self.language), word("give keys", self.language))
            passphrase = passphrase_for(fd=self.hands.fd, file=self.hands.passphrase_file)
            self.keys = [open_key(path, SIGNING_USES, passphrase).key for path in self.hands.keys]
        return self.keys

    def _say(self, kind: str, body: dict[str, Value], keys: list[SigningKey]) -> bool:
        """Sign, keep, send; whether it was applied."""
        with open_peer(self.url) as peer:
            log = origin_of(self.hands.home) or ask_origin(self.console, peer)
            statement = make_statement(
                kind, body, keys, log=log, now=int(time.time()), language=self.language
            )
            self.outbox.keep(statement)
            sent = Sender(peer, language=self.language).send(statement)
        if not sent.is_answered:
            said = word("node said", self.language, text=sent.sentence(self.language))
            raise Stop(said, word("later", self.language))
        self.outbox.settle(statement, sent.value, entered=sent.is_entered)
        mark = "✔" if sent.is_applied else "✖"
        line = word("did", self.language, kind=kind, text=sent.sentence(self.language))
        self.console.say(f"{mark} {line}")
        self.result["steps"].append({"applied": sent.is_applied, "code": sent.code, "kind": kind,
                                     "statement": statement.id})  # fmt: skip
        return sent.is_applied
