"""Where a loader sends: a node in this process, or one at an address. Both answer alike.

    NodeTarget    batches of up to 1,000 into the node's queue, a few at a time
    UrlTarget     POST /v1/statements:batch, through `tools.sending`

A target also says what the ledger holds already: rows of the state, and the lots at a site. It is
asked before anything is drafted, so that nothing is defined twice.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import quote

from sqlalchemy import Engine

from ledger.codes import APPLIED, Code
from ledger.envelope import open_statement
from ledger.errors import Refusal
from ledger.holds import OPEN, POSTED
from ledger.phrases import Triple
from ledger.sentences import language_index, sentence
from nodes.errors import Busy, NodeError, NotFinal
from nodes.node import Node
from nodes.peers import Peer, Unreachable
from nodes.projections.follower import Following
from nodes.projections.holdings import lots_at
from nodes.projections.queries import reading
from nodes.solo import Replies, Reply
from tools.console import Stop, plain
from tools.sending import Delivered, Sender

AT_ONCE: Final = 3
"""Portions that are under way in a node of this process."""
PATIENCE_S: Final = 120.0
"""How long a node may pause or be busy before the loader gives up; what is kept can be resent."""
SETTLE_S: Final = 600.0
LOTS_AT_ONCE: Final = 1_000
LOOK_AGAIN_S: Final = 0.2

HELD: Final[dict[str, Triple]] = {
    # how the wait for approvals stands (`ledger.holds`): what is said of such a row
    "open": (
        "It waits for approvals, entry {entry}; until then nothing of it is booked.",
        "等待核准（第 {entry} 条记录）；在此之前没有入账。",
        "等待核准（第 {entry} 條記錄）；在此之前沒有入帳。",
    ),
    "refused": (
        "It waited for approvals, entry {entry}, and was not approved: nothing of it was booked.",
        "未获核准（第 {entry} 条记录）：没有入账。",
        "未獲核准（第 {entry} 條記錄）：沒有入帳。",
    ),
    "void": (
        "It was approved, entry {entry}, when book or rules no longer allowed it: "
        "nothing of it was booked.",
        "核准时已不合账面或规则（第 {entry} 条记录）：没有入账。",
        "核准時已不合帳面或規則（第 {entry} 條記錄）：沒有入帳。",
    ),
    "expired": (
        "It waited for approvals, entry {entry}, and nobody decided in time: "
        "nothing of it was booked.",
        "逾期无人决定（第 {entry} 条记录）：没有入账。",
        "逾期無人決定（第 {entry} 條記錄）：沒有入帳。",
    ),
}

Lines: TypeAlias = Sequence[bytes]
"""Signed envelopes, one statement each."""
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one statement. `error`: the node could not decide on it.

    `hold`: of a held one, how its wait for approvals stands: a state of `ledger.holds`.
    """

    code: str = ""
    index: int | None = None
    is_replayed: bool = False
    said: str = ""
    error: str = ""
    hold: str = ""

    @property
    def is_applied(self) -> bool:
        """Whether it did what it says, now, the first time, or once it was approved."""
        return self.code in (Code.OK, Code.FLAGGED) or self.hold == POSTED

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for approvals: it is not refused, and must not be said again."""
        return self.hold == OPEN


def held_answer(
    index: int | None, hold: str, language: str, *, said: Sequence[str] = (), again: bool = False
) -> Answer:
    """Of a statement that is or was held; `said`: the sentences of contracts, if they are known."""
    hold = hold if hold in (*HELD, POSTED) else OPEN
    text = ""
    if hold != POSTED:
        place = "-" if index is None else f"{index:,}"
        text = HELD[hold][language_index(language)].format(entry=place)
    joined = " ".join(plain(one) for one in (text, *said) if one)
    return Answer(str(Code.HELD), index, is_replayed=again, said=joined, hold=hold)


class Target(Protocol):
    """A ledger that statements are sent to."""

    @property
    def origin(self) -> str:
        """The log's name."""

    def send(self, portions: Iterable[Lines]) -> Iterator[list[Answer]]:
        """Send portions in their order; the answers of each, in order."""

    def rows(self, pairs: Sequence[Pair]) -> dict[Pair, Any]:
        """The rows of the state that are there; (table, key) -> value."""

    def lots(self, site: str) -> dict[str, list[tuple[str, int]]]:
        """Item -> (lot, units) that live at a site."""


class NodeTarget:
    """A node in this process. `views` and `follower`, where there are any, tell the lots."""

    def __init__(
        self,
        node: Node,
        views: Engine | None = None,
        follower: Following | None = None,
        *,
        language: str = "en",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._node, self._views, self._follower = node, views, follower
        self._language, self._pause = language, pause

    @property
    def node(self) -> Node:
        """The node itself."""
        return self._node

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._node.store.head().origin

    def send(self, portions: Iterable[Lines]) -> Iterator[list[Answer]]:
        """A few portions are under way at a time, so that signatures of the next are checked while
        one is committed."""
        under_way: deque[tuple[Lines, Future[Replies]]] = deque()
        for lines in portions:
            under_way.append((lines, self._submit(lines)))
            if len(under_way) >= AT_ONCE:
                yield self._answers(*under_way.popleft())
        while under_way:
            yield self._answers(*under_way.popleft())

    def _submit(self, lines: Lines) -> "Future[Replies]":
        waited = 0.0
        while True:
            try:
                return self._node.submit(lines)
            except Busy as error:
                if waited >= PATIENCE_S:
                    raise Stop(
                        f"The node is busy: {error}.", "Run the same command again later."
                    ) from None
                waited += error.retry_s
                self._pause(error.retry_s)
            except NodeError as error:
                raise Stop(f"{plain(str(error))}.", "relief doctor --dir DIR says more.") from None

    def _answers(self, lines: Lines, future: "Future[Replies]") -> list[Answer]:
        replies = list(future.result())
        waited = 0.0
        while waited < PATIENCE_S:
            again = [n for n, reply in enumerate(replies) if reply.error is not None]
            if not again:
                break
            # Authorisations pause while too much is not final yet; facts have gone on.
            pause = 0.5
            waited += pause
            self._pause(pause)
            for n, reply in zip(
                again, self._submit([lines[n] for n in again]).result(), strict=True
            ):
                replies[n] = reply
        return [self._answer(reply) for reply in replies]

    def _answer(self, reply: Reply) -> Answer:
        if reply.error is not None:
            return Answer(error=plain(str(reply.error)))
        assert reply.code is not None
        if reply.code is Code.REPLAYED and reply.statement is not None:
            first = self._node.status(reply.statement)
            code = reply.code if first is None or first.code is None else first.code
            if code is Code.HELD:
                return self._held(reply, again=True)
            return Answer(str(code), reply.index, is_replayed=True)
        if reply.code is Code.HELD:
            return self._held(reply)
        if reply.code in APPLIED:
            return Answer(str(reply.code), reply.index)
        refusal = reply.refusal or Refusal(reply.code)
        return Answer(str(reply.code), reply.index, said=plain(sentence(refusal, self._language)))

    def _held(self, reply: Reply, *, again: bool = False) -> Answer:
        """How the wait stands, as of the newest checkpoint; new ones wait."""
        row = None
        if again and reply.statement is not None:
            with suppress(NotFinal):
                row = self._node.grounds().hold(reply.statement)
        state = OPEN if row is None else str(row["state"])
        return held_answer(reply.index, state, self._language, again=again)

    def rows(self, pairs: Sequence[Pair]) -> dict[Pair, Any]:
        """The rows at the newest final state, which is waited for; none before genesis."""
        if self._settle() == 0:
            return {}
        found = self._node.grounds(final=True).state.rows(pairs)
        return {pair: json.loads(raw) for pair, raw in found.items()}

    def lots(self, site: str) -> dict[str, list[tuple[str, int]]]:
        """From the views, once they have caught up."""
        if self._views is None or self._follower is None:
            raise Stop("This node has no views, which tell the lots at a site.")
        size = self._settle()
        if size and not self._follower.wait_for(size, within_s=SETTLE_S):
            raise Stop("The views are behind the log.", "relief rebuild --dir DIR")
        found: dict[str, list[tuple[str, int]]] = {}
        with reading(self._views) as session:
            for lot in sorted(
                lots_at(session, f"site:{site}"), key=lambda lot: (lot.made, lot.lot)
            ):
                found.setdefault(lot.item, []).append((lot.lot, lot.quantity))
        return found

    def _settle(self) -> int:
        size = self._node.size()
        if size == 0:
            return 0
        try:
            self._node.when_final(size - 1).result(SETTLE_S)
        except TimeoutError:
            raise Stop(
                "The log's newest entries do not become final.",
                "Look whether its cosigners answer: relief doctor --dir DIR",
            ) from None
        return size


class UrlTarget:
    """A node at an address. `origin` is known before: nothing is signed for a log that a stranger
    names."""

    def __init__(
        self,
        peer: Peer,
        origin: str,
        *,
        language: str = "en",
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._peer, self._origin, self._pause = peer, origin, pause
        self._language = language
        self._sender = Sender(peer, language=language)

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._origin

    def send(self, portions: Iterable[Lines]) -> Iterator[list[Answer]]:
        """One request for each portion."""
        for lines in portions:
            sent = self._sender.send_many([open_statement(line) for line in lines])
            yield [self._answer(each) for each in sent]

    def _answer(self, each: Delivered) -> Answer:
        value, index = each.value, each.value.get("index")
        code, again = str(value.get("first") or each.code), "first" in value
        place = index if isinstance(index, int) else None
        if code == Code.HELD:
            hold, told = value.get("hold"), value.get("said")
            state = str(hold.get("state", OPEN)) if isinstance(hold, dict) else OPEN
            rules = [str(one) for one in told] if isinstance(told, list) else []
            return held_answer(place, state, self._language, said=rules, again=again)
        said = "" if each.is_applied else each.sentence(self._language)
        return Answer(code, place, is_replayed=again, said=said, error=each.error)

    def rows(self, pairs: Sequence[Pair]) -> dict[Pair, Any]:
        """One question for each row."""
        found = {}
        for table, key in pairs:
            try:
                answer = self._peer.get(f"v1/state/{table}/{quote(key, safe='/')}")
            except Unreachable as error:
                raise Stop(f"{plain(str(error))}.", "Start the node, then run it again.") from None
            value = json.loads(answer.body) if answer.is_ok else None
            if not isinstance(value, dict):
                raise Stop(f"The node does not say whether there is a {table} {plain(key)}: "
                           f"status {answer.status}.", "Run it again in a while.")  # fmt: skip
            if "row" in value:
                found[table, key] = value["row"]
        return found

    def lots(self, site: str) -> dict[str, list[tuple[str, int]]]:
        """Page by page, once the node's views have come to where its log was at first."""
        found: dict[tuple[int, str], tuple[str, int]] = {}
        after, wanted, waited = "", -1, 0.0
        while True:
            value = self._lots_page(site, after)
            try:
                size, wanted = _size(value), wanted if wanted >= 0 else int(value["log_size"])
                lots = {
                    (int(lot["made"]), str(lot["lot"])): (str(lot["item"]), int(lot["units"]))
                    for lot in value["lots"]
                }
                then = str(value.get("next", ""))
            except (KeyError, TypeError, ValueError):
                raise Stop("The node's answer is not in our terms.", "Ask its operator.") from None
            if size < wanted:
                # Lots that are used up may be named yet, and what came is not there yet.
                if waited >= SETTLE_S:
                    raise Stop("The node's views are behind its log.", "Run it again in a while.")
                waited += LOOK_AGAIN_S
                self._pause(LOOK_AGAIN_S)
                continue
            found |= lots
            if not then:
                break
            if then <= after:
                raise Stop("The node's pages of lots do not go on.", "Ask its operator.")
            after = then
        by_item: dict[str, list[tuple[str, int]]] = {}
        for (_, name), (item, units) in sorted(found.items()):
            by_item.setdefault(item, []).append((name, units))
        return by_item

    def _lots_page(self, site: str, after: str) -> dict[str, Any]:
        query: dict[str, str | int] = {"site": site, "limit": LOTS_AT_ONCE, "after": after}
        try:
            answer = self._peer.get("v1/lots", query=query)
        except Unreachable as error:
            raise Stop(f"{plain(str(error))}.", "Start the node, then run it again.") from None
        value = json.loads(answer.body) if answer.is_ok else None
        if not isinstance(value, dict):
            raise Stop(
                f"The node does not say which lots there are at {plain(site)}: "
                f"status {answer.status}.",
                "Run it again in a while; a node of an older version cannot tell: load there with "
                "--dir alone.",
            )
        return value


def _size(value: dict[str, Any]) -> int:
    return int(value["as_of"]["size"])
