"""A small log made by hand, with its state, from which any receipt can be cut, true or altered.

Nothing of the state machine is used: entries, rows and signatures are put together here, so that a
receipt can also be made from a log that lies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from ledger.canon import Value, encode
from ledger.entry import (
    BatchEntry,
    Cause,
    auto_id,
    format_auto_entry,
    format_batch_entry,
    format_statement_entry,
)
from ledger.envelope import open_statement, sign_statement
from ledger.indexes import index_leaf
from ledger.keys import SigningKey
from ledger.log.checkpoint import Checkpoint, cosign, sign_checkpoint
from ledger.log.merkle import leaf_hash, root
from ledger.log.note import COSIGNATURE, LOG, NoteSigner, format_note, merge_lines, parse_note
from ledger.log.proof import TlogProof, prove
from ledger.log.trust import Group, LogKey, TrustFile, Window, Witness, make_trust
from ledger.proofs import disclosure, stateproof
from ledger.proofs.disclosure import Manifest, Path, Record, Shown
from ledger.proofs.indexproof import IndexProof, prove_index
from ledger.proofs.receipt import Line, Paths, Receipt, correction_subjects, open_entry
from ledger.proofs.stateproof import StateProof
from ledger.stateroot import MemoryPages, state_root, update

ORIGIN = "ledger.example.org/hand"
TIME = 1_800_000_000
OPEN_END = 2**53 - 1
SECRET = sha256(b"record secret").digest()
OTHER_SECRET = sha256(b"another record secret").digest()


def key(name: str) -> SigningKey:
    """The throwaway key of this name."""
    return SigningKey.from_seed(sha256(name.encode()).digest())


ANA, BAO, DEVICE = key("ana"), key("bao"), key("device")
LOG_SIGNER = NoteSigner(ORIGIN, key("log"), LOG)
COSIGNERS = {
    name: NoteSigner(f"{name}.example.org/{use}", key(name), COSIGNATURE)
    for name, use in (("m1", "mirror"), ("m2", "mirror"), ("w1", "witness"), ("w2", "witness"))
}


def trust_file(*, start: int = 0, mirrors: int = 2, quorum: int = 3) -> TrustFile:
    """Three of two mirrors and two witnesses, for sizes from `start` on."""
    return make_trust(
        windows=[Window(ORIGIN, start)],
        mirrors=mirrors,
        logs=[LogKey(LOG_SIGNER.verifier)],
        witnesses=[Witness(name, each.verifier) for name, each in COSIGNERS.items()],
        groups=[Group("witnesses", quorum, tuple(sorted(COSIGNERS)))],
        quorum="witnesses",
    )


def hall(count: int, salt: bytes) -> list[bytes]:
    """So many hashes that stand for record roots nobody here needs to open."""
    return [sha256(salt + b"%d" % n).digest() for n in range(count)]


DONOR = Record.seal(
    "donation.list", 1, SECRET, {"amount": 700, "donor": "d-2", "offset": 5000, "reference": "r"}
)
NEIGHBOUR = Record.seal("donation.list", 1, OTHER_SECRET, {"amount": 5000, "offset": 0})
LIST = Manifest.make(
    [NEIGHBOUR.root, DONOR.root], order=range(63, -1, -1), dummies=hall(62, b"list")
)
HANDOUT = Record.seal(
    "disbursement.handout", 1, SECRET, {"lines": '[["rice",10]]', "tag": "tag-of-a-household"}
)
HANDOUTS = Manifest.make([HANDOUT.root], order=range(64), dummies=hall(63, b"hand"))
SEALS = disclosure.seal_fields("donation.receive", 1, SECRET, {"donor": "d-9", "contact": "c"})


@dataclass
class HandLog:
    """Entries and rows. `ids` are the indexes, `names` the statement ids, by short name; `key_rows`
    replace true key rows, to make a log that lies.
    """

    key_rows: dict[str, Value] = field(default_factory=dict)
    entries: list[bytes] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    rows: dict[str, dict[str, Value]] = field(default_factory=dict)
    pages: MemoryPages = field(default_factory=MemoryPages)
    note: bytes = b""
    batches: int = 0
    first: int = 0

    def statement(
        self, name: str, kind: str, body: Mapping[str, Value], *signers: SigningKey,
        outcome: Mapping[str, Value] | None = None, log: str = ORIGIN,
    ) -> int:  # fmt: skip
        """Log a statement under a short name; the first signer is the author."""
        author, *others = signers or (ANA,)
        payload: dict[str, Any] = {
            "author": author.key_id,
            "body": body,
            "expires": {"time": TIME + 86_400},
            "id": sha256(name.encode()).hexdigest()[:32],
            "kind": kind,
            "log": log,
            "occurred_at": TIME,
            "v": 1,
        }
        if others:
            payload["cosigners"] = sorted(each.key_id for each in others)
        opened = open_statement(sign_statement(payload, [author, *others]))
        result = encode(outcome or {"code": "ok", "effects": {}})
        entry = format_statement_entry(self.batches, TIME + self.batches, opened, result)
        return self._add(name, opened.id, entry)

    def auto(self, name: str, cause: Cause) -> int:
        """Log an auto entry."""
        entry = format_auto_entry(
            self.batches, TIME + self.batches, cause, "deadline.pass", 1, {},
            encode({"code": "ok", "effects": {}}),
        )  # fmt: skip
        return self._add(name, auto_id(ORIGIN, cause), entry)

    def _add(self, name: str, statement: str, entry: bytes) -> int:
        self.ids[name] = len(self.entries)
        self.entries.append(entry)
        self.names[name] = statement
        return self.ids[name]

    def about(self, subject: str, *indexes: int) -> None:
        """The index row of a subject, from all its entries."""
        leaves = [index_leaf(at, leaf_hash(self.entries[at])) for at in indexes]
        row: Value = [len(leaves), indexes[-1], root(leaves).hex()]
        self.rows.setdefault("index", {})[subject] = row

    def close(self, *cosigners: str, count: int | None = None, protocol: int = 1) -> None:
        """End the batch: state root, batch entry, checkpoint, cosignatures."""
        for name in (ANA, BAO, DEVICE):
            row: Value = [0, OPEN_END, "author", "red/ana", 1, name.public.hex()]
            self.rows.setdefault("keys", {}).setdefault(name.key_id, row)
        self.rows["keys"].update(self.key_rows)
        for table, rows in self.rows.items():
            changes = {key: encode(value) for key, value in rows.items()}
            self.pages.apply(table, update(self.pages, table, changes))
        size = len(self.entries)
        counted = size - self.first if count is None else count
        self.entries.append(
            format_batch_entry(
                BatchEntry(
                    batch=self.batches,
                    time=TIME + self.batches,
                    first=self.first,
                    count=counted,
                    outcomes=bytes(32),
                    state_root=state_root(self.pages.roots()),
                    protocol=protocol,
                )
            )
        )
        self.batches += 1
        self.first = size + 1
        self.note = self.cosigned(*(cosigners or ("m1", "m2", "w1")))

    def cosigned(self, *cosigners: str) -> bytes:
        """The checkpoint at the present size with these cosignatures."""
        tree = Checkpoint(ORIGIN, len(self.entries), root(map(leaf_hash, self.entries)))
        note = parse_note(sign_checkpoint(tree, LOG_SIGNER))
        lines = [cosign(note.text, COSIGNERS[name], TIME + 60) for name in cosigners]
        return format_note(merge_lines(note, lines))

    # --- parts of receipts

    def proof(self, index: int, note: bytes | None = None) -> TlogProof:
        """The proof file of an entry, with the entry in it."""
        leaves = [leaf_hash(each) for each in self.entries]

        def subtree(level: int, at: int) -> bytes:
            return root(leaves[at << level : (at + 1) << level])

        return prove(subtree, index, note or self.note, self.entries[index])

    def state(self, table: str, key: str, *, batch: bool = False) -> StateProof:
        """The proof of a row or of its absence."""
        value = self.rows.get(table, {}).get(key)
        last = self.proof(len(self.entries) - 1) if batch else None
        roots = self.pages.roots()
        return stateproof.prove_state(self.pages, roots, table, key, value, batch=last)

    def listing(self, subject: str, *indexes: int, batch: bool = False) -> IndexProof:
        """The index proof of a subject."""
        row = self.state("index", subject, batch=batch)
        return prove_index([(at, self.entries[at]) for at in indexes], row)

    def key_states(self, *indexes: int) -> tuple[StateProof, ...]:
        """The key rows of the signers of statement entries, in the order of their signatures."""
        opened = [open_entry(self.entries[at]) for at in indexes]
        return tuple(
            self.state("keys", signer)
            for entry in opened
            if hasattr(entry, "statement")
            for signer, _ in entry.statement.signatures
        )

    def receipt(
        self, name: str, *, record: Record | None = None, fields: Sequence[str] = (),
        manifest: Path | None = None, secret: bytes = SECRET, posted: str = "", **parts: Any,
    ) -> Receipt:  # fmt: skip
        """A true receipt about the statement of this name."""
        index = self.ids[name]
        if record is not None and manifest is not None:
            shown, paths = record.show(secret, fields)
            parts |= {"shown": tuple(shown), "paths": Paths(manifest, tuple(paths))}
        indexes = [index]
        if posted:
            indexes.append(self.ids[posted])
            parts["posted"] = self.proof(self.ids[posted])
        subjects = correction_subjects(
            open_entry(self.entries[index]), ORIGIN, parts.get("shown", ()), parts.get("paths")
        )
        return Receipt(
            proof=self.proof(index),
            entry=self.entries[index],
            batch=self.proof(len(self.entries) - 1),
            signers=self.key_states(*indexes),
            corrections=tuple(self.state("index", subject) for subject in subjects),
            **parts,
        )


def hand_log(**changes: Any) -> HandLog:
    """The log that the tests of receipts use: three batches."""
    log = HandLog(**changes)
    log.statement("genesis", "genesis", {"origin": ORIGIN}, ANA, BAO)
    log.close()
    log.statement("gift", "donation.receive", {"amount": 9, "seals": SEALS}, ANA, BAO)
    log.statement("list", "donation.list", {"manifest": LIST.value()}, ANA, BAO)
    rows: Value = [{"lines": [], "tag": "t1"}, {"lines": [], "tag": "t2"}]
    log.statement("handout", "disbursement.handout", {"rows": rows}, DEVICE,
                  outcome={"code": "flagged", "effects": {}, "breaches": [["late", "x", 1]]})  # fmt: skip
    log.statement("handouts", "disbursement.handout", {"manifest": HANDOUTS.value()}, DEVICE)
    log.statement("denied", "fund.allocate", {}, ANA, outcome={"code": "not_enough", "effects": {}})
    log.statement("held", "disbursement.instruct", {}, ANA, outcome={"code": "held", "effects": {}})
    log.statement("waits", "disbursement.pay", {}, ANA, outcome={"code": "held", "effects": {}})
    log.auto("lapse", Cause(3, "expiry/x"))
    log.statement("wrong", "donation.receive", {"amount": 7}, ANA)
    log.close()
    posted: Value = log.names["held"]
    log.statement("approval", "approval.give", {"statement": posted}, BAO,
                  outcome={"code": "ok", "effects": {}, "posted": posted})  # fmt: skip
    log.statement("fix", "correction.declare", {"targets": [log.names["wrong"]]}, ANA, BAO)
    row = disclosure.row_id(log.names["list"], 0, 5000)
    log.statement("row fix", "correction.declare", {"targets": [row]}, ANA, BAO)
    log.about("gov", 0)
    log.about(f"correction/{log.names['wrong']}", log.ids["fix"])
    log.about(f"correction/{row}", log.ids["row fix"])
    for n in range(40):
        log.rows.setdefault("totals", {})[f"item-{n}"] = ["1", "0"]
        log.rows["index"][f"lot/{n}"] = [1, 3, "00" * 32]
    log.close()
    return log


def receipts(log: HandLog) -> dict[str, Receipt]:
    """One true receipt of every shape."""
    wrong = f"correction/{log.names['wrong']}"
    row = f"correction/{log.names['list']}/0-5000"
    entry = log.receipt("gift")
    return {
        "seals": log.receipt("gift", shown=shown_seals()),
        "list row": log.receipt("list", record=DONOR, fields=["donor"], manifest=LIST.prove(1)),
        "corrected list row": log.receipt(
            "list",
            record=NEIGHBOUR,
            secret=OTHER_SECRET,
            manifest=LIST.prove(0),
            corrected=log.listing(row, log.ids["row fix"]),
        ),
        "line": log.receipt("handout", line=Line(1, "t2")),
        "hand-out in a manifest": log.receipt(
            "handouts",
            record=HANDOUT,
            fields=["lines", "tag"],
            manifest=HANDOUTS.prove(0),
        ),
        "refused": log.receipt("denied"),
        "held": log.receipt("waits"),
        "posted": log.receipt("held", posted="approval"),
        "auto": log.receipt("lapse"),
        "corrected": log.receipt("wrong", corrected=log.listing(wrong, log.ids["fix"])),
        "text not shown": log.receipt("wrong"),
        "governance": log.receipt("genesis", gov=log.listing("gov", 0)),
        "entry beside": replace(entry, proof=replace(entry.proof, extra=None)),
    }


def shown_seals() -> tuple[Shown, ...]:
    return tuple(
        Shown(name, value, disclosure.field_salt(SECRET, name))
        for name, value in (("contact", "c"), ("donor", "d-9"))
    )
