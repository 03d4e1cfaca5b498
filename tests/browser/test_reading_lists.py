"""Comics and filters are kept in lists, put in order, and downloaded from there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_journey import toast

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


@pytest.fixture(params=SIZES)
def page(member_page: Page, request: pytest.FixtureRequest) -> Page:
    """Return the library page of a new account, on a large and on a small screen."""
    width, height = SIZES[request.param]
    member_page.set_viewport_size({"width": width, "height": height})
    return member_page


def keep_three(page: Page, name: str) -> None:
    page.get_by_role("button", name="Select", exact=True).click()
    for comic in ("Torn", "Harbour #1", "Harbour #2"):
        page.get_by_role("button", name=re.compile(rf"^{comic}\b")).click()
    page.get_by_role("button", name="Keep in list…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(toast(page, f"List “{name}” made")).to_be_visible()


def open_list(page: Page, name: str) -> None:
    page.get_by_role("link", name="Lists").locator("visible=true").first.click()
    page.get_by_role("list", name="Lists").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_picked_comics_are_kept_put_in_order_and_downloaded(page: Page):
    keep_three(page, "Next to read")
    open_list(page, "Next to read")
    books = page.get_by_test_id("book")
    expect(books).to_have_text([re.compile("Torn"), re.compile("#1"), re.compile("#2")])

    up = page.get_by_role("button", name=re.compile("Move up: Harbour #2"))
    up.focus()
    page.keyboard.press("Enter")
    expect(books).to_have_text([re.compile("Torn"), re.compile("#2"), re.compile("#1")])
    expect(up).to_be_focused()
    page.get_by_role("button", name="Move down: Torn").click()
    expect(books).to_have_text([re.compile("#2"), re.compile("Torn"), re.compile("#1")])
    page.reload()
    expect(books).to_have_text([re.compile("#2"), re.compile("Torn"), re.compile("#1")])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.get_by_role("button", name="Remove from list: Torn").click()
    expect(books).to_have_count(2)
    page.get_by_role("button", name="Download all (2)").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="One file each")).to_be_checked()
    with page.expect_download():
        dialog.get_by_role("button", name="Download", exact=True).click()
    found = page.request.get("/api/v1/downloads").json()["items"]
    group = page.request.get(f"/api/v1/groups/{found[0]['group_id']}").json()
    assert [job["comics"][0]["title"] for job in group["items"]] == [
        job["comics"][0]["title"]
        for job in sorted(found, key=lambda job: "#001" in job["filename"])
    ]


def test_list_is_added_to_renamed_and_deleted(page: Page):
    keep_three(page, "Owls")
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name=re.compile(r"^Torn\b")).click()
    page.get_by_role("button", name="Keep in list…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="List").click()
    page.get_by_role("option", name="Owls").click()
    dialog.get_by_role("button", name="Add to list").click()
    expect(toast(page, re.compile(r"0.comics added to “Owls”"))).to_be_visible()

    page.goto("/lists")
    page.get_by_role("button", name="Rename Owls").click()
    page.get_by_label("New name").fill("Herons")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Delete Herons").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No lists yet")).to_be_visible()


def test_kept_filter_opens_the_library_with_it(page: Page):
    page.goto("/?view=comics&q=harbour&sort=newest")
    page.get_by_role("button", name="Keep filter…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("New harbours")
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(toast(page, "Filter “New harbours” kept")).to_be_visible()
    page.goto("/lists")
    page.get_by_role("link", name="New harbours").click()
    page.wait_for_url("**/?view=comics&q=harbour&sort=newest")
    expect(page.get_by_label("Search the library")).to_have_value("harbour")


def test_list_of_another_account_is_not_found(page: Page):
    page.goto("/lists/nobody")
    expect(page.get_by_role("heading", name="List not found")).to_be_visible()
