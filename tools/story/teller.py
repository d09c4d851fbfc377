"""The teller: signs what happens in the story, sends it to the node, and moves the story's clock.

    teller.at(3, "09:30")                       # everything said from here on is one batch
    order = teller.say("shipment.order", body, "county/director")
    teller.say("shipment.dispatch", {.. "order": order.id}, "county/stores")
    teller.finish()

Ids of statements and lots are known before they are sent, so a scene can refer to what it has just
said. Each statement has the code that the story expects of it; another one is a fault of the story.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ledger.canon import Encodable, Value, decode_object, encode
from ledger.codes import Code
from ledger.envelope import Statement, format_envelope
from ledger.errors import Refusal
from ledger.keys import SigningKey
from ledger.proofs.disclosure import Field
from ledger.state import State
from nodes.falling import next_due
from nodes.node import Node
from nodes.solo import Reply
from nodes.vault import Vault
from tools.sealing import Sealed, SealedList, reference_tag, seal, seal_list
from tools.signing import make_statement
from tools.story.county import DAY, OFFSET, ORIGIN

FINAL_S: Final = 30
"""How long cosigners in this process may take."""
SETTLE_S: Final = 30
"""How long what contracts do by themselves may take."""
A_WEEK_S: Final = 6 * DAY
"""What is asked may still be entered for so long; the law allows a week."""


Body = Mapping[str, Encodable]
"""A statement's body as a scene writes it."""


def plain_value(body: Body) -> dict[str, Value]:
    """The body as the ledger's own JSON value."""
    return decode_object(encode(body))


@dataclass
class StoryClock:
    """The story's time until it catches up with the world's; then the world's.

    Any thread. It never falls: batch time would not follow it.
    """

    world: Callable[[], int]
    time: int
    is_live: bool = False

    def now(self) -> int:
        """Unix seconds."""
        return max(self.time, self.world()) if self.is_live else self.time

    def move(self, time: int) -> None:
        """Go on to `time`, which is not before."""
        assert time >= self.time, (time, self.time)
        self.time = time


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of the story and what became of it."""

    statement: Statement
    code: Code
    index: int
    refusal: Refusal | None


@dataclass
class Teller:
    """Tells the story to one node. `start` is midnight of the story's first day, Unix seconds.

    `keys`: actor -> signing key; `marks` gives the statements a name by which receipts and links
    find them later.
    """

    node: Node
    vault: Vault
    clock: StoryClock
    start: int
    keys: dict[str, SigningKey]
    on_day: Callable[[int], None] = lambda day: None
    said: list[Said] = field(default_factory=list)
    marks: dict[str, Statement] = field(default_factory=dict)
    caused: dict[str, str] = field(default_factory=dict)
    """Mark -> id of what a contract has caused."""
    _waiting: list[tuple[Statement, Code]] = field(default_factory=list)
    _secrets: dict[str, bytes] = field(default_factory=dict)
    _reference_keys: dict[str, bytes] = field(default_factory=dict)

    # --- time

    def time_of(self, day: int, clock: str) -> int:
        """Unix seconds of a local time, as `"09:30"`, of a day of the story (the first is 0)."""
        hours, minutes = map(int, clock.split(":"))
        return self.start + day * DAY + hours * 3_600 + minutes * 60

    def at(self, day: int, clock: str) -> None:
        """A new moment: what was said before is entered as one batch."""
        self.at_time(self.time_of(day, clock))
        self.on_day(day)

    def at_time(self, time: int) -> None:
        """The same for Unix seconds."""
        self.finish()
        self.clock.move(time)
        # Days pass in moments here; the node would rightly ask somebody to look at a watch.
        self.node.confirm_clock()
        self._settle()

    # --- what is said

    def say(
        self, kind: str, body: Body, *actors: str, code: Code = Code.OK, ago: int = 0,
        mark: str = "", sealed: Sealed | SealedList | None = None,
    ) -> Statement:  # fmt: skip
        """A statement signed by these actors, the author first; it is sent with its moment.

        `ago`: it happened so many seconds before. `sealed`: what the vault keeps of it.
        """
        now = self.clock.now()
        statement = make_statement(
            kind,
            plain_value(body),
            [self.keys[actor] for actor in actors],
            log=ORIGIN,
            now=now,
            occurred_at=now - ago,
            expires_s=A_WEEK_S,
        )
        self._waiting.append((statement, code))
        if sealed is not None:
            self._secrets.update(sealed.kept(statement.id))
        if mark:
            self.marks[mark] = statement
        return statement

    def finish(self) -> None:
        """Enter what waits: secrets into the vault first, then the statements as one batch."""
        if self._secrets:
            self.vault.put_many(self._secrets)
            self._secrets = {}
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        datas = [format_envelope(statement) for statement, _ in waiting]
        replies = self.node.submit(datas).result()
        for (statement, wanted), reply in zip(waiting, replies, strict=True):
            self._take(statement, wanted, reply)
        self._settle()

    def _settle(self) -> None:
        """Wait until nothing happens by itself any more: what contracts do, what falls due now, and
        what new contracts count. All of it takes no day, and has batches of its own."""
        self.node.store.refilling.finish()
        for _ in range(SETTLE_S * 200):
            if not self.node.solo.goes_on and not self._is_due():
                return
            time.sleep(0.005)
        raise AssertionError(f"it goes on for too long: {self.node.solo.waits}")

    def _is_due(self) -> bool:
        with self.node.store.view() as view:
            due = next_due(State(view))
        return due is not None and due <= self.clock.now()

    def _take(self, statement: Statement, wanted: Code, reply: Reply) -> None:
        assert reply.code == wanted, (
            f"{statement.kind} was to be {wanted} and is {reply.code}: "
            f"{reply.refusal or reply.error}"
        )
        assert reply.index is not None
        self.said.append(Said(statement, reply.code, reply.index, reply.refusal))

    def index_of(self, statement: Statement) -> int:
        """The entry of something that was said, which is entered by now."""
        self.finish()
        return next(each.index for each in self.said if each.statement.id == statement.id)

    def balance(self, commodity: str, account: str) -> int:
        """What stands on an account now, everything that was said included."""
        self.finish()
        self.node.when_final(self.node.size() - 1).result(FINAL_S)
        pair = ("accounts", f"{commodity}/{account}")
        raw = self.node.grounds(final=True).state.rows([pair]).get(pair)
        return int(json.loads(raw)) if raw else 0

    # --- seals, tags and references

    def seal(self, kind: str, **values: Field) -> Sealed:
        """Fields of a statement that only the vault can show."""
        return seal(kind, values)

    def seal_list(self, kind: str, rows: list[dict[str, Field]]) -> SealedList:
        """Rows of a list, likewise."""
        return seal_list(kind, rows)

    def tag(self, size: int = 32) -> str:
        """A fresh random tag of `size` bytes."""
        return secrets.token_hex(size)

    def reference(self, fund: str, number: str) -> str:
        """The tag of a bank's own reference."""
        key = self._reference_keys.get(fund)
        if key is None:
            key = self._reference_keys[fund] = secrets.token_bytes(32)
            self._secrets[f"reference-key/{fund}"] = key
        day = (self.clock.now() + OFFSET) // DAY
        return reference_tag(key, "demo-bank", number, str(day))
