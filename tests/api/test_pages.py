"""Pages for people.

Goal: in each of the three languages, without scripts, on a phone, somebody finds what came in and
where it went, and from every number its entries and its proof.
Method: every page of a running node is read as HTML; its links are followed; hostile names are put
on the ledger and looked for. What a page looks like was looked at, not tested.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from apis import Place, gift, place, play
from ledgers import names

from api.language import SLUGS
from api.problems import Trouble
from ledger.codes import Code

STATIC = Path(__file__).resolve().parents[2] / "api" / "static"
PAGES = ["/", "/entries", "/entries?state=refused", "/entries?state=breached",
         "/entries?state=correction", "/entries?kind=donation.receive", "/entries?commodity=CNY",
         "/entries?commodity=rice&account=site", "/entries?about=fund/flood", "/differences",
         "/e/0", "/e/1", "/e/4", "/e/24"]  # fmt: skip


class Page(HTMLParser):
    """Links, headings, text and the elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.lang = ""
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        if tag == "html":
            self.lang = found.get("lang") or ""
        if tag == "script":
            self.scripts.append(found.get("src") or "")
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        self._hidden += tag in ("details", "title")
        assert not [name for name in found if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("details", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.text.append(data.strip())


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("node")) as made:
        play(made)
        yield made


async def read(client: httpx.AsyncClient, path: str) -> Page:
    reply = await client.get(path)
    assert reply.status_code == 200, (path, reply.text)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return Page(reply.text)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("path", PAGES)
async def test_every_page_in_every_language(client: Any, slug: str, path: str) -> None:
    page = await read(client, f"/{slug}{path}")
    assert page.lang == SLUGS[slug]
    assert page.tags.count("h1") == 1
    # Scripts are files of our own, and only where something is checked.
    assert page.scripts == [] or all(
        src.startswith("/static/proof-check.js?v=") for src in page.scripts
    )
    assert bool(page.scripts) == ("proof-check" in page.tags)
    # No hash before the technical details, which are closed.
    assert not [text for text in page.text if re.search(r"[0-9a-f]{40}", text)]
    # The same page in the other languages is one link away.
    for other in SLUGS.keys() - {slug}:
        assert f"/{other}{path}" in page.links


async def test_pages_differ_by_language(client: Any) -> None:
    texts = {slug: " ".join((await read(client, f"/{slug}/")).text) for slug in SLUGS}
    assert "收到多少，去了哪裡" in texts["zh-hant"] and "收到多少，去了哪里" in texts["zh-hans"]
    assert "What came in" in texts["en"]


@pytest.mark.parametrize(
    ("accept", "slug"), [("", "en"), ("zh-TW", "zh-hant"), ("zh-CN", "zh-hans"), ("fr", "en")]
)
async def test_bare_paths_lead_to_the_reader_s_language(
    client: Any, accept: str, slug: str
) -> None:
    for path, to in (("/", f"/{slug}/"), ("/e/4", f"/{slug}/e/4")):
        reply = await client.get(path, headers={"Accept-Language": accept})
        assert (reply.status_code, reply.headers["location"]) == (307, to)
        assert reply.headers["vary"] == "Accept-Language"


async def test_every_link_of_every_page_leads_somewhere(client: Any) -> None:
    seen: set[str] = set()
    waiting = ["/en/", *(f"/en{path}" for path in PAGES)]
    while waiting:
        path = waiting.pop().partition("#")[0]
        if not path or path in seen:
            continue
        seen.add(path)
        assert path.startswith("/"), f"{path} leads to another host"
        reply = await client.get(path)
        assert reply.status_code in (200, 307), path
        if reply.headers.get("content-type", "").startswith("text/html"):
            waiting += Page(reply.text).links
    assert len(seen) > 60


async def test_numbers_of_the_overview(client: Any) -> None:
    page = await read(client, "/en/")
    text = " ".join(page.text)
    for wanted in ("CNY 350.00", "CNY 80.00", "CNY 270.00", "40 kg", "14.5 kg", "25 kg", "1 kg"):
        assert wanted in text
    assert "2/2" in text and "blue.example.org/witness" in text
    assert "/v1/balances?commodity=CNY" in page.links
    assert "/en/entries?commodity=CNY&account=paid" in page.links
    assert "/en/differences" in page.links


async def test_lists_behind_the_numbers(client: Any) -> None:
    def entries(page: Page) -> list[str]:
        return [link for link in page.links if re.fullmatch(r"/en/e/[0-9]+", link)]

    paid = await read(client, "/en/entries?commodity=CNY&account=paid")
    assert len(entries(paid)) == 1 and "Payment made" in paid.text
    gifts = await read(client, "/en/entries?commodity=CNY&account=ext")
    assert len(entries(gifts)) == 3
    refused = await read(client, "/en/entries?state=refused")
    assert len(entries(refused)) == 1 and "refused" in refused.text
    breached = await read(client, "/en/entries?state=breached")
    assert entries(breached)
    nothing = await read(client, "/en/entries?commodity=TWD")
    assert entries(nothing) == [] and "There are none." in nothing.text


async def test_a_list_in_pages(node: Place, client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.pages.ROWS", 4)
    found: list[str] = []
    path: str | None = "/en/entries"
    while path is not None:
        page = await read(client, path)
        found += [link for link in page.links if re.fullmatch(r"/en/e/[0-9]+", link)]
        path = next((link for link in page.links if "before=" in link and "/en/" in link), None)
    indexes = [int(link.rpartition("/")[2]) for link in found]
    assert indexes == sorted(indexes, reverse=True) and len(set(indexes)) == len(indexes) >= 13
    assert indexes[-1] == 0


async def test_an_open_difference_names_what_opened_it(client: Any) -> None:
    page = await read(client, "/en/differences")
    assert any("500 g" in text for text in page.text)
    assert any(link.startswith("/v1/state/accounts/rice/over_issue") for link in page.links)
    assert any(re.fullmatch(r"/en/e/[0-9]+", link) for link in page.links)


async def test_a_correction_stands_beside_its_original(client: Any) -> None:
    for path in ("/en/", "/en/entries?state=correction"):
        text = " ".join((await read(client, path)).text)
        assert "Row 14: 20,000 masks came, not 2,000" in text
        assert "N95 masks 2,000 pcs: donors → Depot" in text
        assert text.index("Original") < text.index("Row 14")
        assert "it was recorded wrongly" in text
    page = await read(client, "/en/entries?state=correction")
    original, correction = [x for x in page.links if re.fullmatch(r"/en/e/[0-9]+", x)]
    for link, note in ((original, "was corrected"), (correction, "corrects earlier ones")):
        shown = await read(client, link)
        assert note in " ".join(shown.text)
        assert {original, correction} <= set(shown.links)


async def test_a_refused_entry_says_so_and_what_to_do(node: Place, client: Any) -> None:
    page = await read(client, "/en/entries?state=refused")
    path = next(link for link in page.links if re.fullmatch(r"/en/e/[0-9]+", link))
    text = " ".join((await read(client, path)).text)
    assert "It was refused and moved nothing." in text and "What to do next" in text
    assert "It moved no money and no goods." in text


async def test_both_times_are_shown_with_the_zone(node: Place, client: Any) -> None:
    statement = node.ledger.statement(
        "donation.receive", gift(7), "red/ana", occurred_at=node.wall.time - 86_400
    )
    (reply,) = node.send(statement)
    node.settle()
    text = " ".join((await read(client, f"/en/e/{reply.index}")).text)
    assert "2027-01-14 16:00:00 UTC+8" in text and "2027-01-15 16:00:00 UTC+8" in text


async def test_an_entry_that_is_not_final_yet_has_no_proof_link(
    node: Place, client: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(type(node.node.announcer), "final_size", property(lambda self: 4))
    page = await read(client, "/en/e/4")
    assert "/e/4.tlog-proof" not in page.links and "/e/4.json" in page.links
    assert any("have not cosigned" in text for text in page.text)


async def test_files_beside_an_entry(client: Any) -> None:
    json_ = await client.get("/e/4.json")
    assert json_.json()["index"] == 4
    proof = await client.get("/e/4.tlog-proof")
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\n")


# ---- what is not there, and what is hostile ------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/fr/", "/en/e/99999", "/en/e/x", "/en/e/01", "/e/x", "/e/4.html", "/en/nowhere", "/nowhere",
     "/problems/nowhere", "/en/entries?kind=no.such", "/static/nothing.css", "/e/9999999999999999"],
)  # fmt: skip
async def test_what_is_not_there(client: Any, path: str) -> None:
    reply = await client.get(path, headers={"Accept": "text/html"})
    assert reply.status_code == 404
    page = Page(reply.text)
    assert page.tags.count("h1") == 1 and any(link.endswith("/") for link in page.links)
    # Who does not read pages gets a problem; a page's own address is always a page.
    plain = await client.get(path, headers={"Accept": "application/json"})
    assert plain.status_code == 404
    if not path.startswith("/en/"):
        assert plain.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "query",
    ["state=nothing", "before=-1", "before=x", "account=site:", "commodity=a/b",
     f"about={'x' * 161}"],
)  # fmt: skip
async def test_a_wrong_query_is_a_problem(client: Any, query: str) -> None:
    reply = await client.get(f"/en/entries?{query}")
    assert reply.status_code == 400 and "bad_request" in reply.text


@pytest.mark.parametrize("code", [*Trouble, *Code])
async def test_the_type_of_every_problem_leads_to_its_page(client: Any, code: str) -> None:
    for language in ("en", "zh-TW", "zh-CN"):
        reply = await client.get(f"/problems/{code}", headers={"Accept-Language": language})
        assert reply.status_code == 200 and str(code) in reply.text


HOSTILE = "<script>alert(1)</script>\u202e\"'><img src=x onerror=alert(1)>{{7*7}}"


async def test_hostile_names_are_text(node: Place, client: Any) -> None:
    item = {
        "aliases": [],
        "class": "food",
        "id": "evil",
        "names": names(HOSTILE),
        "packs": [],
        "unit": "H87",
        "version": 1,
    }
    assert node.say("catalogue.define", {"items": [item]}, "red/ana", "blue/eve").code == "ok"
    line = {"condition": "good", "item": "evil", "quantity": 3}
    body = {"lines": [line], "site": "depot", "source": {"kind": "gift"}}
    reply = node.say("stock.receive", body, "red/chen", "red/dai")
    node.settle()
    for path in ("/", "/entries", f"/e/{reply.index}", "/entries?commodity=evil"):
        page = await client.get(f"/en{path}")
        assert page.status_code == 200
        # No script but ours, and no on.. attribute, see Page.
        assert all(src.startswith("/static/") for src in Page(page.text).scripts)
        assert "49" not in re.sub(r"[0-9a-f]{12,}", "", page.text)
        assert "\u202e" not in page.text


async def test_a_query_comes_back_only_as_text(client: Any) -> None:
    reply = await client.get("/en/entries", params={"about": f"item/{HOSTILE[:60]}"})
    assert reply.status_code == 200
    assert "<script" not in reply.text and "<img src=x" not in reply.text


# ---- style ---------------------------------------------------------------------------------------


def test_no_text_is_under_18_px() -> None:
    css = (STATIC / "site.css").read_text()
    assert "html { font-size: 18px;" in css
    sizes = re.findall(r"([^{}]*)\{[^{}]*font-size:\s*([^;}]+)", css)
    assert len(sizes) > 5
    for selector, size in sizes:
        number, unit = re.fullmatch(r"([0-9.]+)(rem|em|px)", size.strip()).groups()  # type: ignore[union-attr]
        least = 18 if unit == "px" else 1
        assert float(number) >= least or ".mark" in selector, f"{selector}: {size}"


def test_colours_can_be_told_apart() -> None:
    """WCAG 2.2, contrast of at least 4.5 : 1 for every pair of text and ground that is used."""
    css = (STATIC / "site.css").read_text()
    colour = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))

    def luminance(name: str) -> float:
        parts = [int(colour[name][at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    pairs = [(t, g) for t in ("ink", "quiet", "sea") for g in ("paper", "card", "sea-soft")]
    pairs += [
        ("brick", "card"),
        ("ink", "brick-soft"),
        ("ink", "sand-soft"),
        ("quiet", "sand-soft"),
    ]
    for text, ground in pairs:
        high, low = sorted((luminance(text), luminance(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{text} on {ground}"


def test_pages_need_nothing_from_elsewhere() -> None:
    for path in [*STATIC.glob("*.css"), *(STATIC.parent / "templates").glob("*.html")]:
        assert not re.search(r"(?:src|href|url|@import)[=(\s\"']+(?:https?:)?//", path.read_text())
