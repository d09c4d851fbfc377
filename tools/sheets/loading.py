"""Loading: a table becomes signed statements, all of them kept before the first one is sent.

    read every row -> draft -> sign -> outbox (building) -> vault -> outbox (whole) -> send

Rules. Nothing is signed while a row has an error, unless a person says to leave such rows out.
Nothing is sent before all envelopes and all secrets are durable. A second run finds the envelopes
and sends the same bytes: what is on the ledger is answered with its first receipt, so that an error
in the middle, a kill, or a lost answer costs nothing but time.

A load's folder `outbox/loads/{kind}-{file hash}-{attempt}` holds `plan.json`, `drafts.ndjson` (rows
of each statement) and the envelopes, 1,000 a file, which `relief submit FILE` takes too. It appears
under its name at once; a run that died before leaves `.building`, and no secret without envelopes:
the vault takes all secrets in one transaction while the folder is already whole.
"""

import itertools
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ledger.canon import encode
from ledger.envelope import StatementId, sign_statement, statement_id
from ledger.errors import FormatError
from ledger.keys import SigningKey
from nodes.folder import make_folder, sync_folder, write_whole
from nodes.vault import Vault
from tools.console import Stop, plain
from tools.sheets.drafts import Draft, Drafts, nonce_of
from tools.sheets.mapping import Mapping as Wanted
from tools.sheets.reading import Sheet
from tools.sheets.targets import Answer, Lines, Target
from tools.signing import check_body, find_kind, make_payload, normal

PORTION: Final = 1_000
PORTION_BYTES: Final = 3 * 1024 * 1024
EXPIRES_S: Final = 6 * 86_400
"""What is asked may still be entered for so long after signing; the law allows a week."""
REFUSED_SHOWN: Final = 1_000

Show = Callable[[int, int], None]
"""Called with how many are done, of how many."""


def quiet(done: int, total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a load's folder says of itself. `record`: a record that the vault has if it has all."""

    attempt: int
    file: str
    kind: str
    log: str
    mapping: str
    portions: int
    record: str
    rows: int
    statements: int
    sums: dict[str, int]


@dataclass(frozen=True, slots=True)
class Signed:
    """One statement of a load: its id and the rows of the table that it says."""

    statement: str
    kind: str
    key: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A statement that did not do what it says, or not yet, and what the ledger answered."""

    signed: Signed
    answer: Answer


@dataclass(slots=True)
class Report:
    """What a load did. `sums`: commodity -> units that the rows say; `seconds` by step.

    `replayed` were on the ledger before; `flagged` are applied with a breach that everybody sees;
    `held` wait for approvals and are neither applied nor refused.
    """

    rows: int = 0
    statements: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    applied: int = 0
    flagged: int = 0
    replayed: int = 0
    held: list[Told] = field(default_factory=list)
    refused: list[Told] = field(default_factory=list)
    undelivered: int = 0
    unsent: int = 0
    first: int | None = None
    last: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    done: set[int] = field(default_factory=set, repr=False)
    """Rows that are on the ledger, or wait there for approvals: they are not said again."""
    folder: Path = field(default_factory=Path)

    @property
    def is_whole(self) -> bool:
        """Whether everything is on the ledger and applied."""
        return self.applied == self.statements

    @property
    def answered(self) -> int:
        """Statements of which it is known what became of them, or that did not get through."""
        return self.applied + len(self.held) + len(self.refused) + self.undelivered


class LoadFolder:
    """The folder of one load: one file, one kind, one attempt."""

    def __init__(
        self, loads: Path, mapping: Wanted, sheet: Sheet, *, attempt: int | None = None
    ) -> None:
        attempt = attempt or mapping.attempt or 1
        name = f"{mapping.kind}-{sheet.sha256[:24]}-{attempt}"
        self.folder = loads / name
        self.building = loads / f"{name}.building"
        self.file, self.kind, self.attempt = sheet.sha256, mapping.kind, attempt

    def find(self, vault: Vault | None, mapping: str, log: str) -> Plan | None:
        """The plan of a load that is kept whole; tidies up after a run that died.

        `Stop` when it was signed by another mapping or for another log.
        """
        if not self.folder.is_dir() and (self.building / "plan.json").is_file():
            record = _read_plan(self.building).record
            if not record or (vault is not None and vault.has(record)):
                self._appear()
        if not self.folder.is_dir():
            shutil.rmtree(self.building, ignore_errors=True)
            return None
        plan = _read_plan(self.folder)
        if plan.log != log or plan.file != self.file:
            raise Stop(
                f"{plain(str(self.folder))} holds statements for {plain(plan.log)}.",
                "Use the outbox of this ledger's own folder.",
            )
        if plan.mapping != mapping:
            raise Stop(
                "This file was signed with another mapping already; "
                f"{plan.statements:,} statements are kept in {plain(str(self.folder))}.",
                "Load it with that mapping (mapping.yaml there), or raise `attempt` in the new "
                "one: it takes the rows that are not on the ledger by then.",
            )
        return plan

    def plan(self) -> Plan:
        """The plan of a load that is kept whole."""
        return _read_plan(self.folder)

    def write(self, signed: Iterator[tuple[Signed, bytes]], mapping: bytes) -> int:
        """Write envelopes into `.building`, portion by portion; how many portions."""
        shutil.rmtree(self.building, ignore_errors=True)
        make_folder(self.building.parent)
        make_folder(self.building)
        names: list[bytes] = []
        portion: list[bytes] = []
        size, count = 0, 0

        def close() -> None:
            nonlocal portion, size, count
            count += 1
            write_whole(self.building / f"{count:05}.ndjson", b"".join(portion), sync=False)
            portion, size = [], 0

        for each, envelope in signed:
            if portion and (len(portion) == PORTION or size + len(envelope) > PORTION_BYTES):
                close()
            portion.append(envelope + b"\n")
            size += len(envelope) + 1
            said = {"statement": each.statement, "kind": each.kind, "key": each.key,
                    "rows": each.rows}  # fmt: skip
            names.append(json.dumps(said, ensure_ascii=False).encode() + b"\n")
        if portion:
            close()
        write_whole(self.building / "drafts.ndjson", b"".join(names), sync=False)
        write_whole(self.building / "mapping.yaml", mapping, sync=False)
        return count

    def commit(self, plan: Plan, vault: Vault | None, secrets: dict[str, bytes]) -> None:
        """Make the plan durable, then the secrets, then the folder under its own name."""
        text = json.dumps(_plan_value(plan), ensure_ascii=False, indent=2, sort_keys=True)
        write_whole(self.building / "plan.json", text.encode() + b"\n")
        if secrets:
            assert vault is not None
            vault.put_many(secrets)
        self._appear()

    def _appear(self) -> None:
        os.rename(self.building, self.folder)
        sync_folder(self.folder.parent)

    def portions(self) -> Iterator[list[bytes]]:
        """The envelopes, portion by portion, in their order."""
        for path in sorted(self.folder.glob("*.ndjson")):
            if path.name != "drafts.ndjson":
                yield path.read_bytes().splitlines()

    def signed(self) -> Iterator[Signed]:
        """What each envelope is, in the same order."""
        with (self.folder / "drafts.ndjson").open("rb") as lines:
            for line in lines:
                said = json.loads(line)
                yield Signed(said["statement"], said["kind"], said["key"], tuple(said["rows"]))


def _plan_value(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}


def _read_plan(folder: Path) -> Plan:
    try:
        return Plan(**json.loads((folder / "plan.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        raise Stop(
            f"{plain(str(folder))} holds no plan that can be read.",
            "Its envelopes are good all the same: relief submit FILE.ndjson; then move it away.",
        ) from None


# --- signing


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs drafts. `keys`: actor -> key; `now`: Unix seconds of this load."""

    log: str
    file: str
    attempt: int
    keys: Mapping[str, SigningKey]
    now: int

    def sign(self, draft: Draft) -> tuple[StatementId, bytes]:
        """The id and the envelope of a draft; `Stop` where its form is wrong."""
        kind = find_kind(draft.kind)
        body = normal(draft.body)
        check_body(kind, body)
        keys = [self.keys[actor] for actor in draft.signers]
        payload = make_payload(
            kind,
            body,
            log=self.log,
            signers=[key.key_id for key in keys],
            now=self.now,
            occurred_at=draft.occurred_at,
            expires_s=EXPIRES_S,
            nonce=nonce_of(self.log, self.file, draft.key, self.attempt),
        )
        try:
            envelope = sign_statement(payload, keys)
        except FormatError as error:
            raise Stop(
                f"{plain(draft.key)} cannot be signed: {plain(str(error))}.",
                "Correct the row or the mapping.",
            ) from None
        return statement_id(encode(payload)), envelope


def sign_all(
    drafts: Drafts, signer: Signer, secrets: dict[str, bytes], show: Show, total: int
) -> Iterator[tuple[Signed, bytes]]:
    """Sign drafts one after another; what the vault must keep is added to `secrets`."""
    draft = next(drafts, None)
    done = 0
    while draft is not None:
        statement, envelope = signer.sign(draft)
        secrets.update(draft.records(statement))
        yield Signed(statement, draft.kind, draft.key, draft.rows), envelope
        done += len(draft.rows)
        show(done, total)
        try:
            draft = drafts.send(statement)
        except StopIteration:
            draft = None


def check_all(drafts: Drafts) -> dict[str, int]:
    """Check the form of every draft without signing any: kind -> how many."""
    kinds: dict[str, int] = {}
    unsigned = (f"{number:064x}" for number in itertools.count(1))
    draft = next(drafts, None)
    while draft is not None:
        check_body(find_kind(draft.kind), normal(draft.body))
        kinds[draft.kind] = kinds.get(draft.kind, 0) + 1
        try:
            draft = drafts.send(next(unsigned))
        except StopIteration:
            draft = None
    return kinds


# --- sending


def send(folder: LoadFolder, target: Target, report: Report, show: Show, *, go_on: bool) -> None:
    """Send what is kept, and count what became of it.

    The first statement goes alone: if nobody here may say this, one entry shows it, not thousands.
    After a refusal no further portion is begun, unless `go_on`; what is held is no refusal.
    """
    began = time.monotonic()
    signed = folder.signed()
    refused = False

    def portions() -> Iterator[Lines]:
        for number, lines in enumerate(folder.portions()):
            if number == 0 and lines[1:]:
                yield lines[:1]
            if refused and not go_on:
                return
            yield lines[1:] if number == 0 and lines[1:] else lines

    for answers in _probing(target, portions()):
        for answer in answers:
            _count(report, next(signed), answer)
        refused = bool(report.refused or report.undelivered)
        show(report.answered, report.statements)
    report.unsent = report.statements - report.answered
    report.seconds["send"] = time.monotonic() - began


def _probing(target: Target, portions: Iterator[Lines]) -> Iterator[list[Answer]]:
    """The first portion by itself, to its end, then the others as the target likes."""
    first = next(portions, None)
    if first is not None:
        yield from target.send([first])
    yield from target.send(portions)


def _count(report: Report, signed: Signed, answer: Answer) -> None:
    report.kinds[signed.kind] = report.kinds.get(signed.kind, 0) + 1
    if answer.error:
        report.undelivered += 1
        return
    if answer.is_replayed:
        report.replayed += 1
    if not answer.is_applied and not answer.is_waiting:
        report.refused.append(Told(signed, answer))
        return
    report.done.update(signed.rows)
    if answer.is_waiting:
        report.held.append(Told(signed, answer))
        return
    report.applied += 1
    report.flagged += answer.code == "flagged"
    if answer.index is not None:
        report.first = answer.index if report.first is None else min(report.first, answer.index)
        report.last = answer.index if report.last is None else max(report.last, answer.index)


def rows_of(refused: Sequence[Told]) -> dict[int, str]:
    """Row number -> why the ledger refused its statement."""
    return {row: each.answer.said for each in refused for row in each.signed.rows}
