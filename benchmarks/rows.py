"""Measure what the rows of the downloads page cost a browser, before and now.

Usage: ``python -m benchmarks.rows``. It starts the product of commit 8790258 and of this working
tree in turn, asks for 400 files that are ready and for 60 that have to be converted, and lets
Chromium tell how long its main thread was busy: to render 400 rows, and with each message while
the 60 are at work. It takes three minutes, and fails if a number is above its limit.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.versions import BEFORE, copy_commit, copy_working_tree
from tests.browser.browsers import launch_chromium
from tests.browser.product import Product

READY, CONVERTED, PAGES = 400, 60, 12
OWNER = {"username": "olivia", "password": "a long enough password"}
WATCHED_SECONDS = 10.0
SETTLED_SECONDS = 3.0
# Milliseconds of the main thread, of this version.
LIMITS = {"400 rows": 100.0, "a message, 60 rows at work": 30.0}


@dataclass(frozen=True)
class Found:
    """What one version took, in milliseconds of the main thread."""

    rows: float
    message: float
    messages: int


class Measured(Product):
    """The product of one version."""

    def __init__(self, root: Path, folder: Path, library: Path) -> None:
        folder.mkdir()
        super().__init__(folder, library, folder / "pages")
        self.root = root


def fill_library(library: Path) -> None:
    """Write comics of one page, and some of several that take a moment to convert."""
    for number in range(READY + CONVERTED):
        folder = library / f"Series {number % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        is_long = number < CONVERTED
        with zipfile.ZipFile(folder / f"Series {number % 20} v{number:03}.cbz", "w") as comic:
            for page in range(PAGES if is_long else 1):
                size = (900, 1350) if is_long else (60, 90)
                image = Image.new("RGB", size, (number % 255, 10 * page, 90))
                image.paste((255, 255, 255), (page, number % 50, page + 40, number % 50 + 40))
                data = io.BytesIO()
                image.save(data, "JPEG")
                comic.writestr(f"{page:02}.jpg", data.getvalue())


def ask(page: Page, comic_ids: list[str], **choices: str) -> None:
    """Ask for a file of each comic."""
    origin = {"Origin": page.evaluate("location.origin")}
    for comic_id in comic_ids:
        wanted = {"comic_ids": [comic_id], "format": "cbz", **choices}
        assert page.request.post("/api/v1/downloads", data=wanted, headers=origin).ok


def count(page: Page, status: str) -> int:
    """Return how many downloads have this status."""
    return page.request.get(f"/api/v1/downloads?status={status}&limit=1").json()["total"]


def comics_of(page: Page) -> list[str]:
    """Return the ids of all comics, once they are listed and read; those with many pages first."""
    while page.request.get("/api/v1/comics?limit=1").json()["total"] < READY + CONVERTED:
        time.sleep(0.5)
    found: list[str] = []
    while len(found) < READY + CONVERTED:
        place = f"sort=pages&limit=100&offset={len(found)}"
        found += [one["id"] for one in page.request.get(f"/api/v1/comics?{place}").json()["items"]]
    return found


def busy_milliseconds(session: CDPSession) -> float:
    """Return how long the main thread of the page has worked so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(1000 * one["value"] for one in metrics if one["name"] == "TaskDuration")


def settled(page: Page, session: CDPSession) -> float:
    """Reload the page and return how long its main thread worked until nothing more came."""
    page.reload()
    page.get_by_role("heading", name="Downloads", level=1).wait_for()
    page.wait_for_timeout(1000 * SETTLED_SECONDS)
    return busy_milliseconds(session)


def measure(browser: Browser, product: Measured, shown: str) -> Found:
    """Measure one version. ``shown`` is the name of its list of ready files."""
    context = browser.new_context(base_url=product.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto("/setup")
    origin = {"Origin": product.url}
    assert page.request.post("/api/v1/setup", data=OWNER, headers=origin).ok
    assert page.request.post("/api/v1/session", data=OWNER, headers=origin).ok
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto("/downloads")
    page.get_by_text("Nothing here yet").wait_for()
    without = min(settled(page, session) for _ in range(3))

    comics = comics_of(page)
    ask(page, comics[CONVERTED:], quality="original")
    while count(page, "ready") < READY:
        time.sleep(0.5)
    page.reload()
    page.get_by_role("tab", name=shown).click()
    more = page.get_by_role("button", name="Show more")
    rows = page.locator(".rows > .row")
    while rows.count() < READY:
        before = rows.count()
        more.evaluate("button => button.click()")  # The page grows below the pointer.
        page.wait_for_function(f"document.querySelectorAll('.rows > .row').length > {before}")
    with_rows = min(settled(page, session) for _ in range(3))
    assert rows.count() >= READY

    messages: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda data: messages.append(len(data))),
    )
    ask(page, comics[:CONVERTED], quality="720p")
    page.get_by_role("tab").first.click()
    settled(page, session)
    messages.clear()
    start = busy_milliseconds(session)
    page.wait_for_timeout(1000 * WATCHED_SECONDS)
    busy = busy_milliseconds(session) - start
    number = len(messages)
    context.close()
    return Found(with_rows - without, busy / max(number, 1), number)


def main() -> int:
    """Measure both versions, print the figures, and return 1 if one is above its limit."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        library = Path(folder) / "library"
        fill_library(library)
        for name, shown in (("before", "Completed"), ("now", "Ready")):
            root = Path(folder) / name
            if name == "before":
                copy_commit(BEFORE, root)
            else:
                root.mkdir()
                copy_working_tree(root)
            product = Measured(root, Path(folder) / f"{name} data", library)
            product.start()
            try:
                found[name] = measure(browser, product, shown)
            finally:
                product.stop()
        browser.close()
    return report(found["before"], found["now"])


def report(before: Found, now: Found) -> int:
    """Print the figures, and return 1 if one of this version is above its limit."""
    lines = (
        ("400 rows", before.rows, now.rows),
        ("a message, 60 rows at work", before.message, now.message),
    )
    for what, then, today in lines:
        print(f"{what:<28} {then:8.1f} ms before {today:8.1f} ms now, {today / then:.2f} times")
    print(f"{'messages in 10 s':<28} {before.messages:8} before {now.messages:11} now")
    return int(any(today > LIMITS[what] for what, _, today in lines))


if __name__ == "__main__":
    sys.exit(main())
