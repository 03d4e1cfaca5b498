"""One press: the browser saves what was asked for by itself, once, when it is ready."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.held_pages import held_pages
from tests.browser.product import Product
from tests.browser.test_main_journey import (
    READY_MILLISECONDS,
    choose_tab,
    open_comic,
)

NAME = "Harbour #002.pdf"


def ask(page: Page, width: int, height: int) -> None:
    """Ask for the long comic, whose pages are held, for a screen of this size."""
    open_comic(page, "Harbour #2")
    page.get_by_role("combobox", name="For", exact=True).click()
    page.get_by_role("option", name="A device").click()
    page.get_by_label("Device", exact=True).fill(f"{width}x{height}")
    expect(page.locator("#device-meaning")).to_contain_text(f"{width} × {height}")
    page.get_by_text("More choices").click()  # The device has decided on the format.
    page.get_by_role("radio", name="PDF").click()
    page.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    expect(page.get_by_role("button", name=re.compile(r"^(Waiting|Preparing)"))).to_be_visible()
    # The row may be shown a moment before the tab has noted what it asked for.
    page.wait_for_function("(localStorage.getItem('comic-saves') ?? '{}') !== '{}'")


def test_tab_that_asked_saves_the_file_once_also_after_a_reload(
    member_page: Page, product: Product
):
    page = member_page
    other = page.context.new_page()
    other.goto("/downloads")
    saved: list[tuple[str, str]] = []
    page.on("download", lambda download: saved.append(("asked", download.suggested_filename)))
    other.on("download", lambda download: saved.append(("other", download.suggested_filename)))
    with held_pages(product, "600x800") as held:
        ask(page, 600, 800)
        page.reload()
        expect(page.get_by_role("heading", name="Harbour #2")).to_be_visible()
        assert saved == []
        with page.expect_download(timeout=READY_MILLISECONDS):
            held.let_go()
    expect(other.get_by_test_id("download")).to_have_attribute("data-status", "ready")
    assert saved == [("asked", NAME)]
    assert page.evaluate("window.comicSaves.isAsked('any')") is False
    assert page.evaluate("localStorage.getItem('comic-saves')") == "{}"


def test_downloads_page_offers_what_a_closed_tab_had_asked_for(member_page: Page, product: Product):
    page = member_page
    page.goto("/downloads")
    with held_pages(product, "700x900"):
        asking = page.context.new_page()
        ask(asking, 700, 900)
        asking.close()
    row = page.get_by_test_id("download")
    expect(row).to_have_attribute("data-status", "ready", timeout=READY_MILLISECONDS)
    offer = page.locator("comic-left-saves")
    expect(offer).to_contain_text(f"{NAME} is ready")
    with page.expect_download() as download:
        offer.get_by_role("button", name="Save now").click()
    assert download.value.suggested_filename == NAME
    expect(offer).to_be_hidden()


def test_all_ready_files_are_saved_with_one_press_and_one_that_is_ready_at_once(member_page: Page):
    page = member_page
    names = []
    for wanted in ("CBZ", "ZIP"):
        open_comic(page, "Harbour #1")
        page.get_by_role("radio", name=wanted).click()
        with page.expect_download() as download:
            page.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
        names.append(download.value.suggested_filename)
    saved: list[str] = []
    page.on("download", lambda download: saved.append(download.suggested_filename))
    page.goto("/downloads")
    choose_tab(page, "Ready")
    with page.expect_download(lambda download: download.suggested_filename == names[-1]):
        page.get_by_role("button", name="Download all ready 2").click()
    assert saved == names
