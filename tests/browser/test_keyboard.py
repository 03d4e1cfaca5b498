"""The keyboard focus stays at the control that was pressed, not at the top of the page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OWNER, sign_in
from tests.browser.held_pages import held_pages
from tests.browser.product import Product
from tests.browser.test_main_journey import choose_action, order_long_comic


def test_question_begins_at_keep_holds_the_focus_and_gives_it_back(
    new_visitor: Callable[[], Page], new_member: Callable[[], tuple[str, str]]
):
    page = new_visitor()
    name, _ = new_member()
    sign_in(page, *OWNER)
    page.goto("/people")
    menu = page.get_by_role("button", name=f"More for {name}", exact=True)
    menu.focus()
    for answer in ("Escape", "Enter"):
        page.keyboard.press("Enter")
        page.get_by_role("menuitem", name="Remove").press("Enter")
        question = page.get_by_role("alertdialog")
        expect(question.get_by_role("button", name="Keep")).to_be_focused()
        for _ in range(3):
            page.keyboard.press("Tab")
            expect(question.locator(":focus")).to_have_count(1)
        expect(question.get_by_role("button", name="Remove")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press(answer)
        expect(question).to_have_count(0)
        expect(menu).to_be_focused()


def test_skip_link_leads_past_the_bars(member_page: Page):
    page = member_page
    expect(page.get_by_role("button", name="Select", exact=True)).to_be_visible()
    address = page.url
    page.get_by_role("link", name="Skip to the content").press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Select", exact=True)).to_be_focused()
    assert page.url == address


def test_focus_stays_at_a_download_whose_buttons_change(member_page: Page, product: Product):
    page = member_page
    with held_pages(product, "1440p"):
        order_long_comic(page, "1440p")
        page.goto("/downloads")
        row = page.get_by_test_id("download")
        press(row, "Pause")
        expect(row).to_have_attribute("data-status", "paused")
        expect(row.get_by_role("button", name="Resume")).to_be_focused()
        page.keyboard.press("Enter")
        expect(row).to_have_attribute("data-status", re.compile("queued|preparing"))
        expect(row.get_by_role("button", name="Pause")).to_be_focused()
        row.get_by_role("checkbox").press("Space")
        expect(page.get_by_role("region", name="Selected downloads")).to_contain_text("1 selected")
        expect(row.get_by_role("checkbox")).to_be_focused()
        choose_action(row, "Cancel")
        expect(row).to_have_count(0)
        expect(page.get_by_role("region", name="Selected downloads")).to_have_count(0)


def test_dialog_for_the_selection_gives_the_focus_back(member_page: Page):
    page = member_page
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name=re.compile(r"^Harbour #1\b")).click()
    opener = page.get_by_role("button", name="Download 1 comic…")
    opener.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Stop selecting").press(
        "Enter"
    )
    expect(page.get_by_role("button", name="Select", exact=True)).to_be_focused()


def press(row: Locator, name: str) -> None:
    row.get_by_role("button", name=name).press("Enter")
