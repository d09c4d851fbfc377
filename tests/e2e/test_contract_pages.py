"""Pages about contracts in a real browser: on a phone and on a desk, in three languages.

Goal: nothing has to be scrolled sideways, nothing is loaded from elsewhere or refused by the content
security policy, the bar of a run is as long as its sentence says, and no hash is in the first screenful.
Method: the history of `adoptedplace` on a live site, looked at in Chromium at three widths.
"""

import re
from collections.abc import Iterator

import pytest
from live_site import Site, site
from playwright.sync_api import Page

PATHS = (
    "contracts",
    "contracts/four-eyes",
    "contracts/alert-relief-money",
    "contracts/earmark",
    "runs",
)
HASH = re.compile(r"[0-9a-f]{32,}")


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), "adoptedplace") as running:
        yield running


@pytest.mark.parametrize("slug", ["en", "zh-hans", "zh-hant"])
@pytest.mark.parametrize("path", PATHS)
def test_it_fits_every_width(page: Page, adopted: Site, slug: str, path: str) -> None:
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        answer = page.goto(f"{adopted.address}/{slug}/{path}")
        assert answer is not None and answer.status == 200
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert HASH.search(page.inner_text("body")) is None
        assert page.locator("h1").count() == 1


def test_the_bar_is_as_long_as_it_says(page: Page, adopted: Site) -> None:
    page.goto(f"{adopted.address}/en/runs")
    bar = page.get_by_role("img", name="80 of 120 households done")
    whole, part = bar.bounding_box(), bar.locator("rect").bounding_box()
    assert whole is not None and part is not None
    assert part["width"] / whole["width"] == pytest.approx(80 / 120, abs=0.01)
