"""Why an entry was decided so, and what would be decided: explanations, dry runs, simulations.

    GET  /v1/entries/{index}/explanation    the decision of an entry in words, with its numbers
    POST /v1/contracts/judge                a dry run: binds nobody, keeps nothing
    POST /v1/contracts/simulate             what a contract would have said of a stretch of the log

The last two, and a replay, work on a snapshot, a few at a time, in threads of their own, and give
way to the ledger itself: whoever comes when all places are taken is answered 503 `busy`. Each has a
bound of time and of work, beyond which the answer is `too_much_work`. Bodies are strict JSON.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from json import loads
from threading import BoundedSemaphore
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Query, Request, Response

from api.gate import READ, SUBMIT, GatedRoute, allow, gate_of
from api.problems import Problem, Trouble, describe
from api.wire import Index, json_answer, language_of, node_of
from contracts.adoption.proposing import check_document
from contracts.simulating.dryrun import Draft, Wish, dry_run
from contracts.simulating.simulation import GROUPS, MODES, simulate
from contracts.simulating.tape import FOREVER, Asked
from contracts.simulating.told import hear, tell_entry
from ledger.canon import DEPTH_MAX, INT_MAX, Value, encode, parse_object
from ledger.codes import APPLIED, Code
from ledger.errors import CheckError, FormatError, Refused
from ledger.keys import KeyId
from ledger.state import State
from nodes.node import Node
from nodes.tapes import Tapes
from nodes.view import View

JSON: Final = "application/json"
BODY_MAX: Final = 131_072
SIGNERS_MAX: Final = 8
KEYS_MAX: Final = 256
"""Keys of one actor, old ones too, that are looked through for the one in force."""
JUDGED_S: Final = 5.0
JUDGED_COST_MAX: Final = 10_000_000
"""Steps of contracts, by their static cost, that one dry run takes at most: a second or less."""
SIMULATED_MAX: Final = 200_000
"""Entries that one simulation runs at most."""
SIMULATED_S: Final = 60.0
REPLAYED_MAX: Final = 50_000
"""Entries that are run again for one explanation."""
GIVE_WAY: Final = 0.5
"""Of the time that a long piece of work takes, so much again is left to the ledger."""
PORTION_S: Final = 0.005
"""Work that takes less than this at a time does not give way."""
CHUNK: Final = 256

T = TypeVar("T")

router = APIRouter(route_class=GatedRoute, tags=["Contracts"])

_JUDGING = BoundedSemaphore(2)
_SIMULATING = BoundedSemaphore(1)
_THREADS = ThreadPoolExecutor(3, thread_name_prefix="trial")
"""One for each place: nothing that others wait for stands behind a trial."""


@contextmanager
def _a_place(places: BoundedSemaphore) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise Problem(Trouble.BUSY, headers={"Retry-After": "5"})
    try:
        yield
    finally:
        places.release()


async def _in_place(places: BoundedSemaphore, work: Callable[[], T]) -> T:
    """Work in a thread of its own. It holds its place until it is done: who hangs up does not free
    it for the next."""
    if not places.acquire(blocking=False):
        raise Problem(Trouble.BUSY, headers={"Retry-After": "5"})
    try:
        future = _THREADS.submit(work)
    except BaseException:
        places.release()
        raise
    future.add_done_callback(lambda _: places.release())
    return await asyncio.wrap_future(future)


class Pace:
    """Long work, told of each piece: it gives way, and ends when its time or its work is over.

    pace(cost)    one more piece; `cost` counts towards `cost_max`
    """

    def __init__(self, within_s: float, cost_max: int = INT_MAX, *, again: bool = False) -> None:
        """`again`: whoever asks again goes on from where this ended."""
        self._left, self._began = cost_max, time.monotonic()
        self._within_s, self._last, self._again = within_s, self._began, again

    def __call__(self, cost: int = 0) -> None:
        self._left -= cost
        now = time.monotonic()
        if self._left < 0:
            raise Problem(Trouble.TOO_MUCH_WORK)
        if now - self._began > self._within_s:
            # Another time it may be quicker; the next step is the same.
            trouble = Trouble.BUSY if self._again else Trouble.TOO_MUCH_WORK
            raise Problem(trouble, status=503, headers={"Retry-After": "60"})
        if now - self._last > PORTION_S:
            # In small portions: a pause of one batch's length would be felt by nobody but us.
            time.sleep(min(0.05, (now - self._last) * GIVE_WAY))
            self._last = time.monotonic()


# ---- one decision -------------------------------------------------------------------------------


@router.get("/v1/entries/{index}/explanation", summary="Why an entry was decided as it was")
@allow(READ)
def explanation(
    index: Index,
    request: Request,
    replay: Annotated[
        bool, Query(description="Run the log up to the entry, for exact values.")
    ] = False,
) -> Response:
    """The sentences of the rules that failed, in three languages, what can be done, the numbers."""
    node, number = node_of(request), int(index)
    if number >= node.size():
        raise Problem(Trouble.NOT_FOUND)
    heard = None
    if replay:
        if number > REPLAYED_MAX:
            raise Problem(Trouble.BAD_REQUEST, where="replay")
        with _a_place(_SIMULATING):
            pace = Pace(SIMULATED_S)
            log = _log(node, node.size(), pace)
            heard = _run(lambda: hear(log, number, on_batch=lambda _: pace()))
    with node.store.view() as view:
        found = tell_entry(view, view.entry(number), number, heard=heard)
    if found is None:
        raise Problem(Trouble.NOT_FOUND)
    return json_answer(found)


def _log(node: Node, size: int, pace: Pace) -> Iterator[bytes]:
    for low in range(0, size, CHUNK):
        for entry in node.entries(low, min(size, low + CHUNK)):
            pace(len(entry))
            yield entry


def _run(work: Callable[[], T]) -> T:
    """Work that follows our own log."""
    try:
        return work()
    except CheckError:
        # Our own log always follows; whoever reads it while it grows tries again.
        raise Problem(Trouble.BUSY, headers={"Retry-After": "5"}) from None


# ---- what would be decided ----------------------------------------------------------------------


_BODY: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
_ASKED: dict[str, Any] = {"requestBody": {"required": True, "content": _BODY}}


@router.post(
    "/v1/contracts/judge",
    summary="What would become of a statement now",
    openapi_extra=_ASKED,
)
@allow(SUBMIT)
async def judge(request: Request) -> Response:
    """A dry run: `{kind, body, actors, v?, occurred_at?, document?, scope?, facts?}`.

    `actors` are ids such as `red/bao`, the author's first. With `document` that contract is judged
    beside what is in force, in earnest; `facts` are values of its sums and counts that nobody has
    kept so far. Nothing is signed, kept or promised.
    """
    asked = await _body(
        request,
        needed=("kind", "body", "actors"),
        others=("v", "occurred_at", "document", "scope", "facts"),
    )
    node, language = node_of(request), language_of(request)
    value = await _in_place(_JUDGING, lambda: _judged(node, asked, language))
    return json_answer(value, headers={"Cache-Control": "no-store"})


def _judged(node: Node, asked: dict[str, Value], language: str) -> dict[str, Any]:
    kind, version = _text(asked, "kind"), _number(asked, "v", 1)
    with node.store.view() as view:
        head, state = view.head(), State(view)
        # No deadline passes and nothing is activated in a dry run: it is as of the last batch.
        time_ = head.time
        signers = _keys_of(view, asked["actors"])
        occurred_at = _number(asked, "occurred_at", time_)
        draft = None
        if "document" in asked:
            found, currency, scope = _drafted(state, asked)
            given = asked.get("facts", {})
            if not isinstance(given, dict):
                raise Problem(Code.MALFORMED, where="facts")
            draft = Draft(found, scope, currency, given)
        wish = Wish(kind, version, asked["body"], signers, occurred_at)
        try:
            pace = Pace(JUDGED_S, JUDGED_COST_MAX)
            tried = dry_run(view, wish, time_, draft=draft, on_work=pace)
        except FormatError as error:
            raise Problem.of_format(error) from None
    answer = tried.answer
    value: dict[str, Any] = {
        "applied": answer.code in APPLIED,
        "as_of": {"batch": head.batch, "size": head.size, "time": head.time},
        "binding": False,
        "code": str(answer.code),
    }
    if answer.refusal is not None:
        refusal = answer.refusal
        value |= describe(refusal.code, refusal.where, refusal.values, language)
    if tried.told is not None:
        # Entry and statement id belong to the dry run alone.
        value["explanation"] = {
            name: one for name, one in tried.told.items() if name not in ("entry", "statement")
        }
    if tried.uncounted:
        value["uncounted"] = [*tried.uncounted]
    return value


def _keys_of(view: View, actors: Value) -> tuple[KeyId, ...]:
    """An author key for each actor; `Problem` where one has none."""
    if not isinstance(actors, list) or not 1 <= len(actors) <= SIGNERS_MAX:
        raise Problem(Code.MALFORMED, where="actors")
    wanted = [one if isinstance(one, str) else "" for one in actors]
    found: dict[str, KeyId] = {}
    size = view.head().size
    for actor in dict.fromkeys(wanted):
        for _, key, raw in view.marked("keys", f"of/{actor}", "", "~", KEYS_MAX, False):
            row = loads(raw)
            if row[0] <= size < row[1]:
                found[actor] = KeyId(key)
                break
    if any(one not in found for one in wanted) or len(set(wanted)) != len(wanted):
        raise Problem(Code.UNKNOWN_REFERENCE, where="actors")
    return tuple(found[one] for one in wanted)


def _drafted(state: State, asked: dict[str, Value]) -> tuple[Any, str, str]:
    """The valid contract in `document`, its currency, and the scope that is asked for."""
    document, scope = asked["document"], _text(asked, "scope", "consortium")
    if not isinstance(document, dict):
        raise Problem(Code.MALFORMED, where="document")
    if len(scope) > 64:
        raise Problem(Code.MALFORMED, where="scope")
    try:
        contract, currency, _ = check_document(state, document, scope)
    except Refused as refused:
        raise Problem.of(refused.refusal) from None
    return contract, currency, scope


@router.post(
    "/v1/contracts/simulate",
    summary="What a contract would have said of the past",
    openapi_extra=_ASKED,
)
@allow(SUBMIT)
async def simulation(request: Request) -> Response:
    """`{document, scope?, from?, to?, mode?, group_by?}`: outcomes before and after, with examples.

    `from` and `to` are seconds; `mode` is `observe` or `counterfactual`; `group_by` is `area`,
    `member`, `tier`, `household_size` or `kind`. Of a log that is too long the command does it.
    """
    asked = await _body(
        request, needed=("document",), others=("scope", "from", "to", "mode", "group_by")
    )
    node = node_of(request)
    value = await _in_place(_SIMULATING, lambda: _simulated(node, asked))
    return json_answer(value, headers={"Cache-Control": "no-store"})


def _simulated(node: Node, asked: dict[str, Value]) -> dict[str, Any]:
    low, high = _number(asked, "from", 0), _number(asked, "to", FOREVER)
    mode: Any = _choice(asked, "mode", MODES, "observe")
    group_by: Any = _choice(asked, "group_by", GROUPS, "area")
    size = node.size()
    if low >= high:
        raise Problem(Trouble.BAD_REQUEST, where="to")
    if size > SIMULATED_MAX:
        raise Problem(Trouble.TOO_MUCH_WORK)
    with node.store.view() as view:
        contract, currency, scope = _drafted(State(view), asked)

    pace = Pace(SIMULATED_S, again=True)

    def work() -> dict[str, Any]:
        # What was run when the time is over is kept: whoever asks again goes on from there.
        spare = 2 * node.settings.free_bytes_min
        answered = Tapes(node.settings.data_dir, spare=spare).ask(
            Asked(contract, scope, currency),
            node.store.view,
            lambda tape: simulate(
                tape, contract, mode=mode, group_by=group_by, on_entry=lambda _: pace()
            ).value(),
            low=low,
            high=high,
            on_entries=lambda done, _: pace(),
        )
        return answered.found

    return _run(work)


# ---- bodies -------------------------------------------------------------------------------------


async def _body(
    request: Request, *, needed: tuple[str, ...], others: tuple[str, ...]
) -> dict[str, Value]:
    """The fields of a strict JSON object; `Problem` for anything else."""
    async with gate_of(request).body(request, JSON, BODY_MAX) as body:
        data = bytes(body)
    try:
        found = parse_object(data, thing="body", size_max=BODY_MAX, depth_max=DEPTH_MAX)
        encode(found)  # no float, null or text that a statement could not hold
    except FormatError as error:
        raise Problem.of_format(error) from None
    missing = [name for name in needed if name not in found]
    unknown = [name for name in found if name not in (*needed, *others)]
    if missing or unknown:
        raise Problem(Code.MALFORMED, where=missing[0] if missing else "body")
    return found


def _text(asked: dict[str, Value], name: str, default: str = "") -> str:
    found = asked.get(name, default)
    if not isinstance(found, str) or len(found) > 200:
        raise Problem(Code.MALFORMED, where=name)
    return found


def _number(asked: dict[str, Value], name: str, default: int) -> int:
    found = asked.get(name, default)
    if type(found) is not int or not 0 <= found <= INT_MAX:
        raise Problem(Code.MALFORMED, where=name)
    return found


def _choice(asked: dict[str, Value], name: str, among: tuple[str, ...], default: str) -> str:
    found = _text(asked, name, default)
    if found not in among:
        raise Problem(Code.MALFORMED, where=name)
    return found
