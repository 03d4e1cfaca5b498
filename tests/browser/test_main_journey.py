"""The main job, end to end, in a real browser against the real product."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import COMICS, OWNER, sign_in
from tests.browser.held_pages import held_pages
from tests.browser.product import Product
from tests.browser.shelf import LONG_PAGES, SHORT_PAGES, TORN_PAGE, TORN_PAGES

# A slow machine takes minutes for the long comic.
READY_MILLISECONDS = 240_000


def test_first_visit_leads_to_the_owners_account_and_then_to_the_library(
    new_visitor: Callable[[], Page], _owner_ready: None
):
    page = new_visitor()
    page.goto("/setup")
    expect(page).to_have_url(
        re.compile("/sign-in")
    )  # there is an owner by now, so nobody else becomes one
    sign_in(page, *OWNER)
    expect(page.get_by_test_id("comic")).to_have_count(3)


@pytest.mark.parametrize("wanted", ["CBZ", "PDF", "ZIP"])
def test_comic_is_prepared_and_downloaded_in_every_format(
    member_page: Page, tmp_path: Path, wanted: str
):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("radio", name=wanted).click()
    expect(page.get_by_text(f"{SHORT_PAGES} pages · ready")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    expect(toast(page, "is ready")).to_be_visible()

    page.get_by_role("link", name=re.compile("^Downloads")).first.click()
    choose_tab(page, "Ready")
    file = save(page, tmp_path)

    assert file.suffix == f".{wanted.lower()}"
    assert page_count(file) == SHORT_PAGES


def test_progress_moves_and_two_tabs_show_the_same(member_page: Page, product: Product):
    page = member_page
    page.goto("/downloads")
    second = page.context.new_page()
    second.goto("/downloads")
    expect(second.get_by_text("Nothing here yet")).to_be_visible()
    tabs = (page, second)

    with held_pages(product, "720p") as held:
        order_long_comic(page, "720p")
        held.wait_until_reached()
        bars = [tab.get_by_role("progressbar").first for tab in tabs]
        for tab, bar in zip(tabs, bars, strict=True):
            expect(bar).to_be_visible()
            expect(
                tab.get_by_text(re.compile(rf"Converting page \d+ of {LONG_PAGES}"))
            ).to_be_visible()
        expect(second).to_have_title(re.compile(r"^\d+ % · "))
        shown = [bar.get_attribute("aria-valuenow") for bar in bars]
        held.let_go(LONG_PAGES // 2)
        for bar, before in zip(bars, shown, strict=True):
            expect(bar).not_to_have_attribute("aria-valuenow", before or "")
    for tab in tabs:
        expect(tab.get_by_test_id("download")).to_have_attribute(
            "data-status", "ready", timeout=READY_MILLISECONDS
        )
        expect(tab.get_by_test_id("active-count")).to_have_count(0)
        expect(tab.locator("[data-sonner-toast]")).to_have_count(0)


def test_reload_in_the_middle_changes_nothing(member_page: Page, product: Product, tmp_path: Path):
    page = member_page
    with held_pages(product, "1080p") as held:
        order_long_comic(page, "1080p")
        held.wait_until_reached()
        page.goto("/downloads")
        expect(page.get_by_test_id("download")).to_have_attribute("data-status", "preparing")
        page.reload()
        row = page.get_by_test_id("download")
        expect(row).to_have_count(1)
        expect(row.get_by_role("progressbar")).to_be_visible()
        expect(page.get_by_test_id("active-count").first).to_contain_text("1")
    expect(row).to_have_attribute("data-status", "ready", timeout=READY_MILLISECONDS)
    choose_tab(page, "Ready")
    assert page_count(save(page, tmp_path)) == LONG_PAGES


def test_pause_resume_and_cancel_act_on_the_row(member_page: Page, product: Product):
    page = member_page
    with held_pages(product, "1440p"):
        order_long_comic(page, "1440p")
        page.goto("/downloads")
        row = page.get_by_test_id("download")
        row.get_by_role("button", name="Pause").click()
        expect(row).to_have_attribute("data-status", "paused")
        row.get_by_role("button", name="Resume").click()
        expect(row).to_have_attribute("data-status", re.compile("queued|preparing"))
        for _ in range(2):
            choose_action(row, "Cancel")
            expect(row).to_have_count(0)
            choose_tab(page, "History")
            expect(row).to_have_attribute("data-status", "cancelled")
            row.get_by_role("button", name="Prepare again").click()
            expect(row).to_have_attribute("data-status", re.compile("queued|preparing"))
        choose_action(row, "Cancel")
        expect(row).to_have_count(0)


def test_damaged_page_is_named_and_can_be_skipped(member_page: Page, tmp_path: Path):
    page = member_page
    open_comic(page, "Torn")
    expect(page.get_by_text(f"Page {TORN_PAGE} cannot be read.")).to_be_visible()
    expect(page.get_by_role("img", name=f"Page {TORN_PAGE} is damaged")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Skip damaged pages")).to_be_checked()
    page.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    expect(toast(page, "is ready")).to_be_visible()
    page.goto("/downloads")
    choose_tab(page, "Ready")
    expect(page.get_by_text("1 damaged page skipped")).to_be_visible()
    assert page_count(save(page, tmp_path)) == TORN_PAGES - 1


def test_failed_download_says_why_and_tells_every_tab(
    member_page: Page, product: Product, tmp_path: Path
):
    page = member_page
    other_tab = page.context.new_page()
    other_tab.goto("/")
    expect(other_tab.get_by_test_id("comic").first).to_be_visible()
    comic = next((product.library / "Harbour").glob("*002*"))
    kept = tmp_path / "kept.cbz"
    shutil.copy2(comic, kept)
    try:
        with held_pages(product, "480p") as held:
            order_long_comic(page, "480p")
            held.wait_until_reached()
            page.goto("/downloads")
            with comic.open("r+b") as file:
                file.truncate(1000)
        expect(toast(other_tab, "Harbour #2 failed")).to_be_visible()
        choose_tab(page, "Failed")
        row = page.get_by_test_id("download")
        expect(row).to_have_attribute("data-status", "failed")
        expect(row.locator(".row-problem")).not_to_be_empty()
    finally:
        shutil.copy2(kept, comic)
    row.get_by_role("button", name="Retry").click()
    expect(toast(other_tab, "Harbour #2 failed")).to_have_count(0)
    expect(toast(other_tab, "is ready")).to_be_visible(timeout=READY_MILLISECONDS)
    expect(row).to_have_attribute("data-status", "ready")


def test_second_account_sees_none_of_it(
    new_member: Callable[[], tuple[str, str]], new_visitor: Callable[[], Page], member_page: Page
):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    expect(toast(page, "is ready")).to_be_visible()
    page.goto("/downloads")
    choose_tab(page, "Ready")
    href = (
        page.get_by_test_id("download").get_by_role("link", name="Download ").get_attribute("href")
    )

    stranger = new_visitor()
    sign_in(stranger, *new_member())
    stranger.goto("/downloads")
    expect(stranger.get_by_text("Nothing here yet")).to_be_visible()
    assert href is not None and "/api/v1/downloads/" in href
    assert stranger.request.get(href).status == 404


def test_signing_out_closes_every_page(member_page: Page):
    page = member_page
    other_tab = page.context.new_page()
    other_tab.goto("/downloads")
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto("/downloads")
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(other_tab).to_have_url(re.compile("/sign-in"), timeout=60_000)


def toast(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.locator("[data-sonner-toast]").filter(has_text=text).first


def open_comic(page: Page, title: str) -> None:
    page.goto(COMICS)
    page.get_by_test_id("comic").filter(has_text=title).first.click()
    expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()


def order_long_comic(page: Page, quality: str, file_format: str = "CBZ") -> None:
    """Request the long comic from a new tab.

    Each test asks for a file of its own, because downloads of the same file share it, except that a
    file that was never completed may be asked for again. A fast machine may have it ready at once,
    unless ``held_pages`` keeps it from that.
    """
    tab = page.context.new_page()
    open_comic(tab, "Harbour #2")
    choose_quality(tab, quality)
    tab.get_by_role("radio", name=file_format).click()
    tab.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    expect(toast(tab, "is preparing")).to_be_visible()
    tab.close()


def choose_action(row: Locator, name: str) -> None:
    """Choose an action in the menu of a row."""
    row.get_by_role("button", name="More for").first.press("Enter")
    row.page.get_by_role("menuitem", name=name).click()


def choose_tab(page: Page, name: str) -> None:
    """Choose a list of the downloads page, and wait until it is shown."""
    tab = page.get_by_role("tab", name=name)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def choose_quality(page: Page, quality: str) -> None:
    """Choose a quality of the list or, for another name, the device of this name."""
    page.get_by_role("combobox", name="Quality").click()
    option = page.get_by_role("option", name=quality)
    expect(page.get_by_role("option", name="Original")).to_be_visible()
    if option.count():
        option.click()
        return
    made_for_device = page.get_by_role("option", name="Made for a device")
    if made_for_device.count():  # On the page of a share.
        made_for_device.click()
    else:
        page.keyboard.press("Escape")
        page.get_by_role("combobox", name="For", exact=True).click()
        page.get_by_role("option", name="A device").click()
    page.get_by_label("Device", exact=True).fill(quality)
    expect(page.locator("#device-meaning")).to_contain_text("pixels")


def save(page: Page, folder: Path) -> Path:
    """Presses Download in the first row and keeps the file under the name the browser was told."""
    with page.expect_download() as started:
        page.get_by_test_id("download").first.get_by_role(
            "link", name="Download", exact=False
        ).click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file


def page_count(file: Path) -> int:
    """How many pages other people's programs find in the file, which they find flawless."""
    if file.suffix == ".pdf":
        subprocess.run(["qpdf", "--check", str(file)], check=True, capture_output=True)
        return int(
            subprocess.run(
                ["qpdf", "--show-npages", str(file)], check=True, capture_output=True
            ).stdout
        )
    subprocess.run(["7z", "t", str(file)], check=True, capture_output=True)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return sum(name.endswith(".jpg") for name in archive.namelist())
