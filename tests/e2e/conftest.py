"""A real browser for the tests of pages: Debian's Chromium, driven by Playwright for Python.

Goal: a machine without the browser skips these tests and says why.
Method: fixtures of our own; the live server runs in a process of its own, because Playwright's
synchronous interface holds an event loop in this one.
"""

import shutil
from collections.abc import Iterator

import pytest
from browsing import new_context
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Debian's chromium is not installed; run: make chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own, in Chinese, whose errors and refused loads fail the test."""
    context = new_context(browser, locale="zh-TW", viewport={"width": 360, "height": 740})
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert troubles == []
