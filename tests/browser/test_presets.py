"""A preset is saved once in the picker, picked as one word, and managed on the account page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.shelf import SHORT_PAGES
from tests.browser.test_main_journey import choose_quality, open_comic, toast


def test_preset_is_saved_picked_renamed_and_deleted(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    choose_quality(page, "Kobo Nia")
    # The device has decided, so that only its outcome is in sight.
    expect(page.get_by_role("radio", name="EPUB")).to_have_count(0)
    expect(page.locator("#picker-outcome")).to_contain_text(f"{SHORT_PAGES} pages · ready")
    page.get_by_text("More choices").click()
    expect(page.get_by_role("radio", name="EPUB")).to_be_checked()
    page.get_by_role("button", name="Save as preset").click()
    page.get_by_label("Name of the preset").fill("My Nia")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(toast(page, "Preset “My Nia” saved.")).to_be_visible()
    made_for = page.get_by_role("combobox", name="For", exact=True)
    expect(made_for).to_contain_text("My Nia")

    page.get_by_role("radio", name="ZIP").click()
    expect(made_for).to_contain_text("Kobo Nia")
    made_for.click()
    page.get_by_role("option", name="My Nia").click()
    expect(page.get_by_role("radio", name="EPUB")).to_be_checked()
    expect(page.get_by_text("EPUB · 758 × 1024 pixels · 16 grays")).to_be_visible()

    page.goto("/account")
    presets = page.get_by_role("list", name="Presets")
    page.get_by_role("button", name="Make default My Nia").click()
    expect(presets).to_contain_text("Default")
    page.get_by_role("button", name="Rename My Nia").click()
    page.get_by_label("New name").fill("Reader")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_role("button", name="Delete Reader").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(presets).to_have_count(0)
