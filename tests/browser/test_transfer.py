"""The transfer of a finished file on the downloads page, over an unreliable connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.product import Product
from tests.browser.test_main_journey import choose_action, choose_tab, open_comic, toast

PIECE_BYTES = 64 * 1024


@pytest.fixture
def ready_row(member_page: Page) -> Locator:
    """Return the row of a ready file that is larger than the network's buffers."""
    page = member_page
    # The page itself would save the file at once.
    comics = page.request.get("/api/v1/comics").json()["items"]
    wanted = next(comic["id"] for comic in comics if comic["title"] == "Harbour #2")
    origin = {"Origin": page.evaluate("location.origin")}
    asked = page.request.post(
        "/api/v1/downloads", data={"comic_ids": [wanted], "format": "cbz"}, headers=origin
    )
    assert asked.ok
    page.goto("/downloads")
    choose_tab(page, "Ready")
    row = page.get_by_test_id("download")
    # A busy machine leaves even a file of originals to the worker.
    expect(row).to_have_attribute("data-status", "ready")
    return row


def test_a_transfer_is_shown_breaks_off_and_goes_on_with_a_fresh_link(
    ready_row: Locator, product: Product
):
    page = ready_row.page
    size_bytes = job_of(ready_row)["file_size_bytes"]
    with slow_client(fresh_link(ready_row)) as pieces:
        fetched = sum(len(next(pieces)) for _ in range(20))
        expect(ready_row).to_contain_text(re.compile(r"Downloading, [\d.]+.[kM]B of [\d.]+.MB"))
        expect(ready_row.get_by_role("progressbar")).to_be_visible()
    expect(ready_row).to_contain_text(re.compile(r"Interrupted at [\d.]+.[kM]B of [\d.]+.MB"))
    assert job_of(ready_row)["transfer"] == "broke_off"

    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=product.url)
    choose_action(ready_row, "Continue")
    page.get_by_role("button", name="Copy new link").click()
    expect(toast(page, "Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    rest = httpx.get(link, headers={"Range": f"bytes={fetched}-"})
    assert (rest.status_code, len(rest.content)) == (206, size_bytes - fetched)
    page.get_by_role("button", name="Close").click()
    expect(ready_row).to_contain_text("Downloaded")
    expect(ready_row.get_by_role("progressbar")).to_have_count(0)


def test_the_download_in_the_page_waits_for_a_lost_network_and_goes_on(ready_row: Locator):
    page = ready_row.page
    page.evaluate("delete window.showSaveFilePicker")
    page.context.route("**/d/**", lambda route: route.abort("internetdisconnected"))
    choose_action(ready_row, "Download in this page")
    expect(ready_row).to_contain_text("Resumes automatically")
    with page.expect_download() as download:
        page.context.unroute("**/d/**")
    assert download.value.path().stat().st_size == job_of(ready_row)["file_size_bytes"]
    expect(ready_row).to_contain_text("Saved to your device")


def test_a_page_stays_connected_after_a_download_from_a_toast(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    with page.expect_download():
        toast(page, "is ready").get_by_role("button", name="Download").click()
    other = page.context.new_page()
    open_comic(other, "Torn")
    other.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    expect(toast(page, "Torn is ready")).to_be_visible()


def job_of(row: Locator) -> dict:
    return row.page.request.get(f"/api/v1/downloads/{row.get_attribute('data-job')}").json()


def fresh_link(row: Locator) -> str:
    origin = {"Origin": row.page.evaluate("location.origin")}
    return row.page.request.post(
        f"/api/v1/downloads/{row.get_attribute('data-job')}/link", headers=origin
    ).json()["url"]


@contextmanager
def slow_client(link: str) -> Iterator[Iterator[bytes]]:
    """Yield a client that reads one piece at a time and disconnects after the block."""
    with httpx.stream("GET", link) as response:
        yield response.iter_raw(PIECE_BYTES)
