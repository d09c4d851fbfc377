"""Contexts of a real browser whose clock stands where the ledgers of the tests have theirs."""

from typing import Any

from ledgers import NOW
from playwright.sync_api import Browser, BrowserContext

HERE = NOW + 3_600
"""What time it is for the reader, Unix seconds: an hour after the ledgers of the tests."""


def new_context(browser: Browser, *, later_s: int = 0, **settings: Any) -> BrowserContext:
    """As `browser.new_context`, with that clock or one `later_s` seconds ahead of it."""
    context = browser.new_context(**settings)
    context.add_init_script(f"Date.now = () => {(HERE + later_s) * 1000};")
    return context
