"""The reader by keyboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.shelf import SHORT_PAGES
from tests.browser.test_main_journey import open_comic


def test_keys_turn_the_pages_one_at_a_time_and_escape_leads_back_to_the_thumbnail(
    member_page: Page,
):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("button", name="Read Page 1", exact=True).press("Enter")
    reader = page.get_by_role("dialog")
    expect(reader.get_by_role("group")).to_be_focused()
    for key, number in (
        ("Space", 2),
        ("Space", 3),
        ("Home", 1),
        ("End", SHORT_PAGES),
        ("PageUp", SHORT_PAGES - 1),
    ):
        page.keyboard.press(key)
        expect(reader.get_by_role("img")).to_have_accessible_name(f"Page {number} of {SHORT_PAGES}")
    reader.get_by_role("button", name="Previous page").press("Space")
    expect(reader.get_by_role("img")).to_have_accessible_name(
        f"Page {SHORT_PAGES - 2} of {SHORT_PAGES}"
    )
    page.keyboard.press("Escape")
    expect(
        page.get_by_role("button", name=f"Read Page {SHORT_PAGES - 2}", exact=True)
    ).to_be_focused()


def test_bar_goes_from_the_page_after_a_moment_and_comes_back_with_the_pointer(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("button", name="Read Page 1", exact=True).click()
    bar = page.locator(".reader-bar")
    expect(bar).to_have_css("opacity", "0")
    page.mouse.move(300, 300)
    page.mouse.move(310, 300)
    expect(bar).to_have_css("opacity", "1")
