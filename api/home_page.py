"""The overview: numbers, each with its entries and its proof.

Figures are a view of the log up to `as_of`; the proof beside them is of the newest final checkpoint
and says itself as of when. Of money, what came in is what is paid out, on its way, and not spent;
of goods, what is delivered, on its way, in stock, and lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy.orm import Session

from api.figures import age, grouped
from api.list_page import Pair, correction_pairs, rows_of
from api.messages import say
from api.names import Names
from api.story import Story
from api.vouching import vouched
from nodes.node import Node
from nodes.projections import holdings, queries
from nodes.projections.views import Balance
from nodes.view import View

GOODS = 8
"""Items on the first page; the rest on request."""
NEWEST = 8
CORRECTIONS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name (`received`, `spent` ..), its label and where it leads."""

    name: str
    label: str
    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a bar of 1,000."""

    name: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Flow:
    """One commodity: its gross receipts, what became of them, its entries and its proof."""

    name: str
    received: str
    link: str
    proof: str
    figures: Sequence[Figure]
    shares: Sequence[Share]
    sentence: str


@dataclass(frozen=True, slots=True)
class Home:
    """All that the overview shows."""

    money: Sequence[Flow]
    goods: Sequence[Flow]
    goods_more: bool
    tiles: Sequence[Figure]
    vouched: str
    as_of: str
    corrections: Sequence[Pair]
    newest: Sequence[Story]


@dataclass(frozen=True, slots=True)
class Difference:
    """A contra account that is not zero; `entry` is what opened it."""

    what: str
    amount: str
    account: str
    entry: int | None
    proof: str


def make(node: Node, view: View, session: Session, names: Names, *, all_goods: bool) -> Home:
    """The overview of now."""
    slug, language = names.language.lower(), names.language
    flows = holdings.flows(session)
    goods = [
        _goods(flow, names, slug)
        for flow in flows
        # What was put right to nothing at all stands among the corrections.
        if not names.is_money(flow.commodity) and any(flow.heads.values())
    ]
    reached = queries.as_of(session)
    corrections = queries.entries(session, queries.Which(state="correction"), limit=CORRECTIONS)
    newest = queries.entries(session, limit=NEWEST)
    who = vouched(node)
    return Home(
        money=[_money(flow, names, slug) for flow in flows if names.is_money(flow.commodity)],
        goods=goods if all_goods else goods[:GOODS],
        goods_more=not all_goods and len(goods) > GOODS,
        tiles=_tiles(node, session, names, slug),
        vouched=say("not_final", language)
        if who is None
        else say("cosigned_by", language, names=", ".join(who.names)),
        as_of=say(
            "as_of",
            language,
            index=grouped(max(reached.size - 1, 0)),
            time=names.clock(reached.time),
            size=grouped(who.size if who else 0),
        ),
        corrections=correction_pairs(view, session, corrections.rows, names),
        newest=rows_of(view, session, newest.rows, names),
    )


def _money(flow: holdings.Flow, names: Names, slug: str) -> Flow:
    language, currency = names.language, flow.commodity
    link = f"/{slug}/entries?commodity={quote(currency)}"
    back = flow.received_back + flow.heads.get("refunded", 0)
    way = flow.heads.get("transit", 0)
    spent = flow.spent - flow.spent_back - flow.heads.get("refunded", 0)
    left = flow.inside - way
    parts = [
        ("spent", "money_out", "&account=paid", spent),
        ("left", "money_left", "", left),
    ]
    if way:
        parts.insert(1, ("way", "on_the_way", "&account=transit", way))
    if back:
        parts.append(("back", "refunded", "&account=refunded", back))
    texts = {name: names.amount(currency, n) for name, _, _, n in parts}
    received = names.amount(currency, flow.received)
    return Flow(
        name=currency,
        received=received,
        link=f"{link}&account=ext",
        proof=f"/v1/balances?commodity={quote(currency)}",
        figures=[
            Figure(name, say(label, language), texts[name], link + account)
            for name, label, account, _ in parts
        ],
        shares=_shares([(name, n) for name, _, _, n in parts]),
        sentence=say(
            "shares", language, received=received, spent=texts["spent"], left=texts["left"]
        ),
    )


def _shares(parts: Sequence[tuple[str, int]]) -> list[Share]:
    """The parts as widths that sum to 1,000; what is there at all is at least a hair wide."""
    total = sum(max(n, 0) for _, n in parts)
    found, at = [], 0
    for name, n in parts:
        if n <= 0 or total == 0:
            continue
        width = max(4, n * 1000 // total)
        found.append(Share(name, at, min(width, 1000 - at)))
        at += width
    if found and at < 1000:
        # The rest of the division goes to the last part.
        last = found[-1]
        found[-1] = Share(last.name, last.start, 1000 - last.start)
    return found


def _goods(flow: holdings.Flow, names: Names, slug: str) -> Flow:
    language, item = names.language, flow.commodity
    link = f"/{slug}/entries?commodity={quote(item)}"
    heads = flow.heads
    parts = [
        ("received", "ext", flow.received - flow.received_back),
        ("delivered", "given", heads.get("given", 0)),
        ("in_stock", "site", heads.get("site", 0)),
    ]
    if way := heads.get("consignment", 0):
        parts.append(("on_the_way", "consignment", way))
    lost = sum(heads.get(head, 0) for head in ("lost", "destroyed", "returned"))
    if lost:
        parts.append(("lost_goods", "lost", lost))
    return Flow(
        name=names.item(item),
        received="",
        link=link,
        proof=f"/v1/balances?commodity={quote(item)}",
        figures=[
            Figure(name, say(name, language), names.figure(item, n), f"{link}&account={account}")
            for name, account, n in parts
        ],
        shares=(),
        sentence="",
    )


def _tiles(node: Node, session: Session, names: Names, slug: str) -> list[Figure]:
    language, found = names.language, holdings.counts(session)
    who = vouched(node)
    entries = f"/{slug}/entries"
    cosigned = "0" if who is None else f"{len(who.names)}/{who.asked}"
    since = "–" if who is None else age(who.age_s, language)
    return [
        Figure(
            "entries", say("entries", language), grouped(found.entries - found.batches), entries
        ),
        Figure(
            "corrections",
            say("corrections", language),
            grouped(found.corrections),
            f"{entries}?state=correction",
        ),
        Figure(
            "refused", say("refused", language), grouped(found.refused), f"{entries}?state=refused"
        ),
        Figure(
            "differences",
            say("open_breaches", language),
            grouped(found.differences),
            f"/{slug}/differences",
        ),
        Figure("age", say("checkpoint_age", language), since, "/checkpoint"),
        Figure(
            "cosigners",
            say("cosigners", language, k=who.needed if who else 0),
            cosigned,
            "/freshness",
        ),
    ]


def open_differences(view: View, rows: Sequence[Balance], names: Names) -> list[Difference]:
    """The differences in words, with the entry that opened each."""
    found = []
    for row in rows:
        key = f"{row.commodity}/{row.account}"
        opened = names.row("breaches", key)
        index = None
        if isinstance(opened, list):
            index = view.indexes([opened[0]]).get(opened[0])
        found.append(
            Difference(
                what=names.commodity(row.commodity),
                amount=names.figure(row.commodity, abs(int(row.units))),
                account=names.account(row.account),
                entry=index,
                proof=f"/v1/state/accounts/{quote(key)}",
            )
        )
    return found
