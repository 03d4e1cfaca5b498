"""The folded choices of the picker, and their effect on the estimate and the file."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.shelf import SHORT_PAGES
from tests.browser.test_main_journey import choose_tab, open_comic, save, toast


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
    choose(page, "File names", "Numbered")
    page.get_by_role("switch", name="Crop margins").click()
    expect(page.get_by_role("switch", name="Crop margins")).to_be_checked()
    expect(page.get_by_text(f"{SHORT_PAGES} pages · ready")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    expect(toast(page, "is ready")).to_be_visible()
    page.goto("/downloads")
    choose_tab(page, "Ready")
    with zipfile.ZipFile(save(page, tmp_path)) as archive:
        assert archive.namelist() == [f"{number:03}.webp" for number in range(1, SHORT_PAGES + 1)]


def test_details_of_the_source_are_in_the_file_where_they_were_chosen(
    member_page: Page, tmp_path: Path
):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_text("More choices").click()
    choose(page, "Comic details", "Extended, with tags and translators")
    expect(page.get_by_text(f"{SHORT_PAGES} pages · ready")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    expect(toast(page, "is ready")).to_be_visible()
    page.goto("/downloads")
    choose_tab(page, "Ready")
    with zipfile.ZipFile(save(page, tmp_path)) as archive:
        assert b"<Tags>sea</Tags>" in archive.read("ComicInfo.xml")


def test_only_what_the_format_can_hold_is_offered(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_text("More choices").click()
    choose(page, "Images", "WebP")
    expect(page.get_by_role("combobox", name="File names")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Comic details")).to_be_visible()
    page.get_by_role("radio", name="PDF").click()
    expect(page.get_by_role("combobox", name="Images")).to_contain_text("Keep original")
    expect(page.get_by_role("combobox", name="Comic details")).to_have_count(0)
    page.get_by_role("combobox", name="Images").click()
    expect(page.get_by_role("option", name="JPEG")).to_be_visible()
    expect(page.get_by_role("option", name="WebP")).to_have_count(0)


def test_numbers_of_the_last_choice_never_stand_as_those_of_the_new_one(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    outcome = page.locator("#picker-outcome")
    expect(outcome).to_contain_text(f"{SHORT_PAGES} pages")
    page.evaluate(_WATCH_OUTCOME)
    page.get_by_role("textbox", name="Pages").fill("1")
    expect(outcome).to_contain_text(re.compile(r"1.page\b"))
    expect(outcome).to_have_attribute("aria-busy", "false")
    seen = page.evaluate("window.seen")
    assert [False, SHORT_PAGES] not in seen
    assert seen[-1] == [False, 1]


_WATCH_OUTCOME = """() => {
    const outcome = document.getElementById("picker-outcome");
    window.seen = [];
    new MutationObserver(() => window.seen.push(
        [outcome.ariaBusy === "true", Number(/(\\d+)\\s+page/.exec(outcome.textContent)?.[1])]
    )).observe(outcome, { attributes: true, childList: true, characterData: true, subtree: true });
}"""
