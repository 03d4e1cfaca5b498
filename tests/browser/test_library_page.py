"""Finding, picking and adding comics in the library."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import OWNER, sign_in
from tests.browser.product import Product
from tests.browser.shelf import SHORT_PAGES, TORN_PAGES
from tests.browser.test_main_journey import choose_tab, page_count, save, toast
from tests.waiting import wait_for


def test_search_and_view_are_in_the_address_and_back_undoes_them(member_page: Page):
    page = member_page
    comics, series = page.get_by_test_id("comic"), page.get_by_test_id("series")
    page.goto("/")
    expect(series.filter(has_text="Harbour")).to_contain_text(re.compile("2.comics · 1994–1995"))
    expect(comics.filter(has_text="Torn")).to_be_visible()
    page.get_by_label("Search the library").fill("harb")
    expect(comics).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/\?q=harb$"))
    page.get_by_role("radio", name="Comics").click()
    expect(comics).to_have_count(2)
    expect(page).to_have_url(re.compile("view=comics&q=harb"))
    page.get_by_label("Search the library").fill("no such words")
    expect(page.get_by_text("No results")).to_be_visible()
    for _ in range(2):
        page.go_back()
    expect(comics.filter(has_text="Torn")).to_be_visible()
    expect(page.get_by_label("Search the library")).to_have_value("")


def test_series_has_a_page_whose_comics_are_downloaded_together(member_page: Page):
    page = member_page
    page.goto("/")
    page.get_by_test_id("series").filter(has_text="Harbour").click()
    expect(page.get_by_role("heading", level=1, name="Harbour")).to_be_visible()
    expect(page.get_by_test_id("comic")).to_have_count(2)
    page.get_by_role("radio", name="List").click()
    expect(page).to_have_url(re.compile("as=list"))
    expect(page.get_by_role("list", name="Comics of the series")).to_have_class("lines")
    page.get_by_role("button", name="Download all (2)").click()
    expect(page.get_by_role("dialog", name="Download 2 comics")).to_be_visible()
    expect(page.get_by_text(re.compile(r"2.files"))).to_be_visible()


def test_card_downloads_with_one_press_of_a_key_and_says_when_it_is_ready(member_page: Page):
    page = member_page
    page.goto("/")
    quick = page.get_by_role("button", name="Download Torn")
    page.get_by_test_id("comic").filter(has_text="Torn").focus()
    page.keyboard.press("Tab")
    expect(quick).to_be_focused()
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    assert saved.value.suggested_filename.startswith("Torn")
    expect(page.get_by_role("button", name="Ready: Download Torn")).to_have_text("Ready")

    lately = page.get_by_role("region", name="Lately downloaded")

    def is_listed() -> bool:
        page.goto("/")
        expect(page.get_by_test_id("comic").filter(has_text="Torn")).to_be_visible()
        return lately.is_visible()

    wait_for("the comic is among those that were downloaded lately", is_listed)
    expect(lately.get_by_role("link", name="Torn")).to_be_visible()
    lately.get_by_role("link", name="See all of Lately downloaded").click()
    expect(page).to_have_url(re.compile(r"/\?view=comics&fetched=yes$"))
    expect(page.get_by_test_id("comic")).to_have_count(1)
    expect(lately).to_have_count(0)


def test_owner_sees_what_is_damaged_and_a_member_does_not(owner_page: Page, member_page: Page):
    owner_page.get_by_text("1 comic is damaged").click()
    expect(owner_page.get_by_text(f"1 page of {TORN_PAGES} cannot be read.")).to_be_visible()
    expect(member_page.get_by_test_id("comic").filter(has_text="Torn")).to_be_visible()
    expect(member_page.get_by_text("1 comic is damaged")).to_have_count(0)


def test_what_a_scan_cannot_read_is_told(owner_page: Page, product: Product):
    page = owner_page
    unreadable = product.library / os.fsdecode(b"\xff\xfe.cbz")
    unreadable.write_bytes(b"nobody can name this")
    try:
        page.get_by_role("button", name="Scan", exact=True).click()
        page.get_by_text("Some files in the library folder need attention").click()
        expect(page.get_by_text("Its name is not valid UTF-8. Rename it.")).to_be_visible()
    finally:
        unreadable.unlink()
    page.get_by_role("button", name="Scan", exact=True).click()
    expect(page.get_by_text("Its name is not valid UTF-8. Rename it.")).to_have_count(0)


def test_library_that_is_away_is_named_without_the_words_for_unread_files(
    owner_page: Page, member_page: Page, product: Product
):
    page = owner_page
    away = product.library.rename(product.library.with_name("away"))
    try:
        page.get_by_role("button", name="Scan", exact=True).click()
        expect(page.get_by_text("is empty or cannot be read. Its disk may")).to_be_visible()
        expect(page.get_by_text("Some files in the library folder")).to_have_count(0)
        expect(member_page.get_by_text("The library is not available")).to_be_visible()
        expect(member_page.get_by_text(str(product.library))).to_have_count(0)
    finally:
        away.rename(product.library)
    page.get_by_role("button", name="Scan", exact=True).click()
    expect(page.get_by_text("is empty or cannot be read. Its disk may")).to_have_count(0)


def test_selected_comics_become_one_file(member_page: Page, tmp_path: Path):
    page = member_page
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name=re.compile(r"^Harbour #1\b")).click()
    page.get_by_role("button", name=re.compile("^Torn")).click()
    page.get_by_role("button", name="Download 2 comics…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="All in one file").click()
    dialog.get_by_role("radio", name="PDF").click()
    dialog.get_by_role("button", name="Download", exact=True).click()
    expect(toast(page, "is ready")).to_be_visible()
    expect(page.get_by_role("region", name="Selection")).to_have_count(0)
    page.goto("/downloads")
    choose_tab(page, "Ready")
    assert page_count(save(page, tmp_path)) == SHORT_PAGES + TORN_PAGES - 1


def test_wrong_page_range_is_refused_in_words_before_anything_is_queued(member_page: Page):
    page = member_page
    page.get_by_test_id("comic").filter(has_text="Harbour #1").click()
    page.get_by_role("textbox", name="Pages").fill("7")
    expect(
        page.get_by_text(f"Page 7 does not exist: the comic has {SHORT_PAGES} pages.")
    ).to_be_visible()
    page.get_by_role("textbox", name="Pages").fill("2-3")
    expect(page.get_by_text(re.compile("2.pages · ready"))).to_be_visible()


def test_owner_adds_a_comic_from_the_browser(
    new_visitor: Callable[[], Page], _owner_ready: None, product: Product, tmp_path: Path
):
    page = new_visitor()
    sign_in(page, *OWNER)
    uploaded = tmp_path / "Brought along.cbz"
    uploaded.write_bytes(next((product.library / "Harbour").glob("*001*")).read_bytes())
    nonsense = [tmp_path / f"Nonsense {number}.cbz" for number in range(5)]
    for path in nonsense:
        path.write_bytes(b"no archive")
    page.get_by_label("Add comics to the library").set_input_files([uploaded, *nonsense])
    expect(toast(page, "Nonsense 0.cbz")).to_have_count(1)
    expect(toast(page, re.compile("2.more files could not be added"))).to_be_visible()
    card = page.get_by_test_id("comic").filter(has_text="Brought along")
    expect(card).to_be_visible()
    next(product.library.rglob("Brought along*")).unlink()
    page.get_by_role("button", name="Scan").click()
    expect(card).to_have_count(0)


def test_owner_adds_and_removes_an_account(new_visitor: Callable[[], Page], _owner_ready: None):
    page = new_visitor()
    sign_in(page, *OWNER)
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("menuitem", name="People").click()
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Add account").click()
    expect(page.get_by_text("A password has at least 8 characters")).to_be_visible()
    page.get_by_label("Password").fill("long enough this time")
    page.get_by_role("button", name="Add account").click()
    people = page.get_by_role("list", name="Accounts")
    expect(people.get_by_role("listitem").filter(has_text="newcomer")).to_be_visible()

    newcomer = new_visitor()
    sign_in(newcomer, "newcomer", "long enough this time")
    newcomer.goto("/people")
    expect(newcomer.get_by_role("heading", name="Library", exact=True)).to_be_visible()

    page.get_by_role("button", name="More for newcomer").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(people.get_by_role("listitem").filter(has_text="newcomer")).to_have_count(0)
    expect(newcomer).to_have_url(re.compile("/sign-in"), timeout=60_000)
