"""Several comics as one file each: one row that opens, one toast, and two ways to fetch them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_journey import choose_action, choose_tab, toast
from tests.browser.test_shares import make_link

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
NAMES = ["Harbour #001.cbz", "Harbour #002.cbz"]
GROUP = "Harbour 1–2"
# The only worker may still be at the long comic of another test.
TURN_MILLISECONDS = 240_000


@pytest.fixture(params=SIZES)
def page(member_page: Page, request: pytest.FixtureRequest) -> Page:
    """Return the library page of a new account, on a large and on a small screen."""
    width, height = SIZES[request.param]
    member_page.set_viewport_size({"width": width, "height": height})
    return member_page


def select_both(page: Page) -> None:
    page.get_by_role("button", name="Select", exact=True).click()
    for number in (1, 2):
        page.get_by_role("button", name=re.compile(rf"^Harbour #{number}\b")).click()


def ask_for_each(page: Page) -> None:
    """Select two comics and ask for a file of each."""
    select_both(page)
    page.get_by_role("button", name="Download 2 comics…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="One file each")).to_be_checked()
    expect(dialog.get_by_text(re.compile(r"2.files"))).to_be_visible()
    dialog.get_by_role("button", name="Download", exact=True).click()


def test_one_file_each_is_one_row_that_opens_and_one_toast(page: Page):
    ask_for_each(page)
    ended = toast(page, f"{GROUP} is ready")
    expect(ended).to_be_visible(timeout=TURN_MILLISECONDS)
    expect(ended).to_contain_text("2\u00a0files")
    expect(toast(page, "is ready")).to_have_count(1)
    # The page saves both files by itself, too.
    with page.expect_download(lambda saved: saved.suggested_filename.endswith("zip")) as download:
        ended.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"{n:02} - {name}" for n, name in enumerate(NAMES, 1)]

    page.goto("/downloads")
    choose_tab(page, "Ready")
    group = page.get_by_test_id("group")
    expect(group).to_have_attribute("data-status", "ready")
    expect(page.get_by_test_id("download")).to_have_count(0)
    show = group.get_by_role("button", name="Show files")
    expect(show).to_have_attribute("aria-expanded", "false")
    show.click()
    members = group.get_by_role("list", name=f"Files of {GROUP}")
    expect(members.get_by_test_id("download")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    choose_action(group, "Remove")
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(group).to_have_count(0)


def test_guest_gets_one_file_each_and_their_zip(page: Page, new_visitor: Callable[[], Page]):
    select_both(page)
    link = make_link(page, page.get_by_role("button", name="Share…"))
    guest = new_visitor()
    guest.set_viewport_size(page.viewport_size or {"width": 1280, "height": 900})
    guest.goto(link)
    expect(guest.get_by_role("radio", name="One file each")).to_be_checked()
    guest.get_by_role("button", name="Prepare", exact=True).click()
    group = guest.get_by_test_id("group")
    expect(group).to_have_attribute("data-status", "ready", timeout=TURN_MILLISECONDS)
    with guest.expect_download() as download:
        group.get_by_role("link", name=re.compile("Download .*zip")).click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"{n:02} - {name}" for n, name in enumerate(NAMES, 1)]
    group.get_by_text("Files", exact=True).click()
    expect(group.get_by_test_id("download")).to_have_count(2)
    assert guest.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_files_are_saved_one_after_the_other_also_after_a_reload(page: Page):
    saved: list[str] = []
    page.on("download", lambda download: saved.append(download.suggested_filename))
    # Nothing arrives until the page was loaded again.
    page.context.route("**/d/**", lambda route: route.abort("internetdisconnected"))
    ask_for_each(page)
    expect(toast(page, "is ready")).to_be_visible(timeout=TURN_MILLISECONDS)
    page.goto("/downloads")
    choose_tab(page, "Ready")
    transfer = page.get_by_test_id("group").locator("comic-group-transfer")
    expect(transfer).to_contain_text("Saving 1 of 2: Harbour #001.cbz")
    page.reload()
    choose_tab(page, "Ready")
    expect(transfer).to_contain_text("Saving 1 of 2: Harbour #001.cbz")
    assert saved == []
    with page.expect_download(lambda download: download.suggested_filename == NAMES[-1]):
        page.context.unroute("**/d/**")
    assert saved == NAMES
    expect(transfer).to_contain_text("2\u00a0files saved to your device")
