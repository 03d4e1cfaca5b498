"""Measure how fast the pages are there, and what they load, before and now.

Usage: ``python -m benchmarks.pages``. It starts commit 8790258 and this working tree with the same
library of 602 comics, and opens the library page of both in turn in new browsers: on a computer
without limits, and on a phone with a line of 1.6 Mbit/s and a processor four times slower. The page
counts as there when the first covers are shown. Then it opens the page again, and counts what was
loaded though the browser had it. The medians count; the program fails if a figure is above its
limit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.many_comics import make_comics
from benchmarks.versions import BEFORE, copy_commit, copy_working_tree
from tests.attack.conftest import OWNER, cookie_of
from tests.browser.browsers import launch_chromium
from tests.browser.product import Product
from tests.waiting import wait_for

COMICS, SERIES, COVERS = 602, 47, 6
SCAN_SECONDS = 600.0
PAGE_MILLISECONDS = 120_000
# 1.6 Mbit/s with a round trip of 150 ms, as Lighthouse imitates a slow phone.
PHONE_LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 750e3 / 8,
}
PHONE_SLOWER = 4
LIMITS = {
    "computer, cold": 0.5,
    "phone, cold": 4.0,
    "styles": 30.0,
    "loaded again": 0.0,
}
UNITS = {"styles": "kB", "loaded again": "files"}
SHOWN = f"""() => [...document.querySelectorAll("main img")]
    .filter((image) => image.complete && image.naturalWidth > 0).length >= {COVERS}"""


@dataclass
class Side:
    """One of the two versions, and its measurements."""

    name: str
    product: Product
    cookie: str = ""
    measured: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def note(self, what: str, value: float) -> None:
        """Keep a measurement and print it."""
        self.measured[what].append(value)
        print(f"{self.name:>7}  {what:<16} {value:8.2f} {UNITS.get(what, 's')}", flush=True)


def start(side: Side) -> None:
    """Start the version, create its owner, and wait until it has found all comics."""
    side.product.start()
    url = side.product.url
    httpx.post(f"{url}/api/v1/setup", json=OWNER, timeout=30).raise_for_status()
    side.cookie = cookie_of(url, OWNER)
    wait_for("all comics", lambda: _is_complete(side), SCAN_SECONDS, 1.0)


def _is_complete(side: Side) -> bool:
    answer = httpx.get(
        f"{side.product.url}/api/v1/library", headers={"Cookie": side.cookie}, timeout=60
    ).json()
    # Earlier versions list a comic after its pages were read.
    is_read = not answer.get("reading") and not answer.get("unread_comics")
    return answer["comic_count"] == COMICS and not answer["scanning"] and is_read


def visit(browser: Browser, side: Side, *, is_phone: bool) -> None:
    """Open the library page in a new browser, and note when it was there."""
    size = {"width": 390, "height": 844} if is_phone else {"width": 1440, "height": 900}
    context = browser.new_context(viewport=size, is_mobile=is_phone, base_url=side.product.url)  # pyright: ignore[reportArgumentType]
    name, _, value = side.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": side.product.url}])
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    if is_phone:
        network.send("Network.emulateNetworkConditions", PHONE_LINE)
        network.send("Emulation.setCPUThrottlingRate", {"rate": PHONE_SLOWER})
    loads = _Loads(network)
    side.note("phone, cold" if is_phone else "computer, cold", _seconds_until_shown(page))
    side.note("styles", loads.style_bytes / 1000)
    if not is_phone:
        page.wait_for_timeout(1000)
        loads.clear()
        _seconds_until_shown(page)
        side.note("loaded again", len(loads.immutable))
    context.close()


def _seconds_until_shown(page: Page) -> float:
    begun = time.monotonic()
    page.goto("/", wait_until="commit")
    page.wait_for_function(SHOWN, timeout=PAGE_MILLISECONDS)
    return time.monotonic() - begun


class _Loads:
    """What a page loads over the network: bytes of styles, and files that never change."""

    def __init__(self, network: CDPSession) -> None:
        self.style_bytes = 0
        self.immutable: set[str] = set()
        self._styles: set[str] = set()
        self._cached: set[str] = set()
        network.on("Network.requestServedFromCache", self._note_cached)
        network.on("Network.responseReceived", self._note)
        network.on("Network.loadingFinished", self._add)

    def clear(self) -> None:
        """Forget what was loaded so far."""
        self.immutable.clear()

    def _note_cached(self, event: dict) -> None:
        self._cached.add(event["requestId"])

    def _note(self, event: dict) -> None:
        response = event["response"]
        if event["type"] == "Stylesheet":
            self._styles.add(event["requestId"])
        headers = {name.lower(): value for name, value in response["headers"].items()}
        is_cached = response.get("fromDiskCache") or event["requestId"] in self._cached
        if "immutable" in headers.get("cache-control", "") and not is_cached:
            self.immutable.add(response["url"])

    def _add(self, event: dict) -> None:
        if event["requestId"] in self._styles:
            self.style_bytes += event["encodedDataLength"]


def compare(before: Side, now: Side) -> bool:
    """Print the medians, and return whether all figures of this version are within the limits."""
    within = True
    print(f"\n{'':<16} {'before':>10} {'now':>10}    ratio  limit")
    for what, limit in LIMITS.items():
        old, new = (statistics.median(side.measured[what]) for side in (before, now))
        is_ratio = what == "computer, cold"
        ratio = new / old if old else 1.0
        within &= (ratio if is_ratio else new) <= limit
        unit = UNITS.get(what, "s")
        print(
            f"{what:<16} {old:6.2f} {unit:<5} {new:6.2f} {unit:<5} {ratio:5.2f}x  "
            f"{limit}{'x' if is_ratio else f' {unit}'}"
        )
    return within


def main() -> int:
    """Measure both versions in turn and return 0 if all limits are kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="visits of each kind and version")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="pages-") as name, sync_playwright() as playwright:
        folder = Path(name)
        make_comics(folder / "library", COMICS, SERIES)
        copy_commit(BEFORE, folder / "before")
        copy_working_tree(folder / "now")
        sides = [_side(folder, version) for version in ("before", "now")]
        browser = launch_chromium(playwright)
        try:
            for side in sides:
                start(side)
            for _ in range(rounds):
                for is_phone in (False, True):
                    for side in sides:
                        visit(browser, side, is_phone=is_phone)
        finally:
            browser.close()
            for side in sides:
                side.product.stop()
        return 0 if compare(*sides) else 1


def _side(folder: Path, version: str) -> Side:
    home = folder / f"home of {version}"
    home.mkdir()
    product = Product(home, folder / "library", folder / f"web of {version}", DEMO_LIBRARY="0")
    product.root = folder / version
    return Side(version, product)


if __name__ == "__main__":
    sys.exit(main())
