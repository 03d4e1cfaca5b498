"""The folded part of the picker: choices few people make, and what they do to the estimate and the file."""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.shelf import SHORT_PAGES
from tests.browser.test_main_journey import open_comic, save, toast


def choose(page: Page, label: str, choice: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=choice).click()
    expect(page.get_by_role("combobox", name=label)).to_contain_text(choice)


def test_chosen_kind_and_names_are_those_of_the_file(member_page: Page, tmp_path: Path):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("radio", name="ZIP").click()
    page.get_by_text("More choices").click()
    choose(page, "Images", "WebP")
    choose(page, "Names in the ZIP", "Numbered")
    page.get_by_role("switch", name="Crop margins").click()
    expect(page.get_by_role("switch", name="Crop margins")).to_be_checked()
    expect(page.get_by_text(f"{SHORT_PAGES} pages · ready")).to_be_visible()
    page.get_by_role("button", name="Download", exact=True).click()
    expect(toast(page, "is ready")).to_be_visible()
    page.goto("/downloads")
    page.get_by_role("tab", name="Completed").click()
    with zipfile.ZipFile(save(page, tmp_path)) as archive:
        assert archive.namelist() == [f"{number:03}.webp" for number in range(1, SHORT_PAGES + 1)]


def test_only_what_the_format_can_hold_is_offered(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_text("More choices").click()
    choose(page, "Images", "WebP")
    expect(page.get_by_role("combobox", name="Names in the ZIP")).to_have_count(0)
    page.get_by_role("radio", name="PDF").click()
    expect(page.get_by_role("combobox", name="Images")).to_contain_text("As they are")
    page.get_by_role("combobox", name="Images").click()
    expect(page.get_by_role("option", name="JPEG")).to_be_visible()
    expect(page.get_by_role("option", name="WebP")).to_have_count(0)
