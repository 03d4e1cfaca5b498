"""Chromium's own download, broken off and resumed with the button on its downloads page."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browsers import SWITCHES, found_chromium
from tests.waiting import PATIENCE_SECONDS

from .cutting_proxy import cutting_proxy
from .live_server import live_server
from .shelf import Shelf

pytestmark = pytest.mark.xdist_group("browser")

SIZE = 30_000_000
RESUME = """() => {
    const manager = document.querySelector("downloads-manager");
    const item = manager.shadowRoot.querySelector("downloads-item");
    const button = item?.shadowRoot.querySelector("#pause-or-resume");
    if (button?.textContent.trim() === "Resume") button.click();
}"""


@pytest.mark.parametrize("cuts", [[4_000_000, 9_000_000], [700_000, 1_300_000, 20_000_000]])
def test_a_download_broken_off_is_resumed_to_the_same_bytes(
    tmp_path: Path, browser: Browser, cuts: list[int]
) -> None:
    shelf = Shelf(tmp_path / "data")
    job = shelf.add_ready(shelf.add_user(), os.urandom(SIZE), filename="comic.cbz")
    folder = tmp_path / "downloads"
    folder.mkdir()
    # Only a profile of its own has a downloads page.
    context = browser.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=found_chromium(), args=SWITCHES
    )
    with live_server(shelf.folder) as server, cutting_proxy(server, cuts) as proxy:
        page = context.new_page()
        allow = {"behavior": "allow", "downloadPath": str(folder), "eventsEnabled": True}
        context.new_cdp_session(page).send("Browser.setDownloadBehavior", allow)
        page.set_content(f'<a href="{proxy.address}{shelf.link(job)}">Download</a>')
        page.get_by_role("link").click()
        resume_until(folder / "comic.cbz", context.new_page())
        assert proxy.cuts > 0
    context.close()
    shelf.close()
    assert hashlib.sha256((folder / "comic.cbz").read_bytes()).hexdigest() == job.sha256


def resume_until(file: Path, page: Page, seconds: float = PATIENCE_SECONDS) -> None:
    """Click Resume whenever it is offered, until the finished file exists."""
    page.goto("chrome://downloads")
    deadline = time.monotonic() + seconds
    while not file.exists():
        assert time.monotonic() < deadline, [entry.name for entry in file.parent.iterdir()]
        page.wait_for_timeout(300)
        page.evaluate(RESUME)
