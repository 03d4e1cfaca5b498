"""Sharing with people without an account: the link, the guest's page, the limit, the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import sign_in
from tests.browser.held_pages import held_pages
from tests.browser.product import Product
from tests.browser.shelf import LONG_PAGES, SHORT_PAGES
from tests.browser.test_main_journey import (
    READY_MILLISECONDS,
    choose_quality,
    open_comic,
    page_count,
)

PASSWORD = "hidden in the harbour"


def test_guest_with_the_password_gets_the_file_and_then_the_link_is_used_up(
    member_page: Page,
    new_visitor: Callable[[], Page],
    new_member: Callable[[], tuple[str, str]],
    product: Product,
    tmp_path: Path,
):
    link = share(member_page, "Harbour #2", password=PASSWORD, limit="1")
    owners_list = member_page
    owners_list.goto("/shared")
    expect(owners_list.get_by_test_id("share")).to_contain_text("0 of 1")

    guest = new_visitor()
    guest.goto(link)
    expect(guest).to_have_title("Shared comics · Comic Downloads")
    unlock(guest, "not this password")
    expect(guest.get_by_text("Wrong password.")).to_be_visible()
    expect(guest.get_by_text("Harbour")).to_have_count(0)
    unlock(guest, PASSWORD)
    expect(guest.get_by_role("heading", name="Harbour #2")).to_be_visible()
    second = new_visitor()
    second.goto(link)
    unlock(second, PASSWORD)
    expect(second.get_by_text("1 download left")).to_be_visible()

    choose_quality(guest, "Kobo Nia")
    expect(guest.get_by_role("radio", name="EPUB")).to_be_checked()  # What a Kobo opens best.
    choose_quality(guest, "480p")
    # No other test asks for this file, so it is not there yet.
    guest.get_by_role("radio", name="PDF").click()
    with held_pages(product, "480p") as held:
        guest.get_by_role("button", name="Prepare", exact=True).click()
        held.wait_until_reached()
        bar = guest.get_by_role("progressbar")
        shown = bar.get_attribute("aria-valuenow")
        held.let_go(LONG_PAGES // 2)
        expect(bar).not_to_have_attribute("aria-valuenow", shown or "")
    expect(guest.get_by_test_id("download")).to_have_attribute(
        "data-status", "ready", timeout=READY_MILLISECONDS
    )
    expect(second.get_by_test_id("download")).to_have_count(0)
    assert page_count(save(guest, tmp_path)) == LONG_PAGES

    for page in (guest, second):
        expect(page.get_by_role("heading", name="Download limit reached")).to_be_visible()
    expect(owners_list.get_by_test_id("share")).to_contain_text("1 of 1")
    expect(owners_list.get_by_test_id("share")).to_contain_text("Limit reached")

    stranger = new_visitor()
    sign_in(stranger, *new_member())
    stranger.goto("/shared")
    expect(stranger.get_by_text("Nothing shared yet")).to_be_visible()


def test_the_dialog_does_not_follow_to_another_page(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Create link").click()
    expect(page.get_by_test_id("share-link")).to_be_visible()

    page.go_back()

    expect(page.get_by_test_id("comic").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_stopping_a_share_closes_the_pages_of_its_guests(
    member_page: Page, new_visitor: Callable[[], Page], tmp_path: Path
):
    page = member_page
    link = share(page, "Harbour #1")
    guest = new_visitor()
    guest.goto(link)
    guest.get_by_role("radio", name="PDF").click()
    guest.get_by_role("button", name="Prepare", exact=True).click()
    assert page_count(save(guest, tmp_path)) == SHORT_PAGES
    expect(guest.get_by_role("button", name="Download")).to_be_visible()

    page.goto("/shared")
    page.get_by_role("button", name="Stop sharing Harbour #1").press("Enter")
    question = page.get_by_role("alertdialog")
    expect(question.get_by_role("button", name="Keep")).to_be_focused()
    question.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_text("Nothing shared yet")).to_be_visible()
    expect(guest.get_by_role("heading", name="This link does not work")).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_owner_ends_what_a_member_shares(
    owner_page: Page,
    new_visitor: Callable[[], Page],
    new_member: Callable[[], tuple[str, str]],
):
    username, password = new_member()
    member, owner = new_visitor(), owner_page
    sign_in(member, username, password)
    link = share(member, "Harbour #1")

    owner.goto("/shared")
    others = owner.get_by_role("list", name="Shared by others").get_by_role("listitem")
    shared = others.filter(has_text=f"by {username} ")
    expect(shared).to_contain_text("No downloads yet")
    shared.get_by_role("button", name="Stop sharing").click()
    owner.get_by_role("alertdialog").get_by_role("button", name="Stop sharing").click()
    expect(shared).to_have_count(0)
    guest = new_visitor()
    guest.goto(link)
    expect(guest.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_guest_picks_some_of_a_selection_and_nobody_elses_downloads_are_shown(
    member_page: Page, new_visitor: Callable[[], Page], tmp_path: Path
):
    page = member_page
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name=re.compile(r"^Harbour #1\b")).click()
    page.get_by_role("button", name=re.compile("^Torn")).click()
    link = make_link(page, page.get_by_role("button", name="Share…"))

    guest, other = new_visitor(), new_visitor()
    for visitor in (guest, other):
        visitor.goto(link)
        expect(visitor.get_by_text("2 of 2 comics selected")).to_be_visible()
    guest.get_by_role("link", name="Skip the covers").press("Enter")
    guest.keyboard.press("Tab")
    expect(guest.get_by_role("radio", name="CBZ")).to_be_focused()
    guest.get_by_role("button", name=re.compile("Torn")).press("Space")
    expect(guest.get_by_text("1 of 2 comics selected")).to_be_visible()
    expect(guest.get_by_role("button", name=re.compile("Torn"))).to_have_attribute(
        "aria-pressed", "false"
    )
    guest.get_by_role("button", name="Prepare", exact=True).click()
    assert page_count(save(guest, tmp_path)) == SHORT_PAGES
    guest.reload()
    expect(guest.get_by_test_id("download")).to_have_count(1)
    other.reload()
    expect(other.get_by_text("2 of 2 comics selected")).to_be_visible()
    expect(other.get_by_test_id("download")).to_have_count(0)
    page.goto("/downloads")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


def test_series_is_shared_and_wrong_wishes_are_refused_beside_their_fields(
    member_page: Page, product: Product
):
    page = member_page
    page.goto("/")
    page.get_by_test_id("series").filter(has_text="Harbour").click()
    opener = page.get_by_role("button", name="Share", exact=True)
    opener.press("Enter")
    dialog = page.get_by_role("dialog", name="Share Harbour")
    dialog.get_by_label("Password").fill("short")
    dialog.get_by_label("Download limit").fill("none")
    dialog.get_by_role("button", name="Create link").click()
    expect(dialog.get_by_text("A password has at least 8 characters")).to_be_visible()
    expect(dialog.get_by_text("Enter a whole number from 1 to 1,000,000")).to_be_visible()
    expect(dialog.get_by_label("Password")).to_be_focused()
    dialog.get_by_label("Password").fill("")
    dialog.get_by_label("Download limit").fill("")
    dialog.get_by_role("button", name="Create link").click()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=product.url)
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link_in(page)
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_link_is_shown_where_the_browser_refuses_to_copy(member_page: Page):
    page = member_page
    link = share(page, "Harbour #1")
    page.goto("/shared")
    page.evaluate(
        "navigator.clipboard.writeText = () => Promise.reject(); document.execCommand = () => false"
    )
    copy = page.get_by_role("button", name="Copy link")
    copy.press("Enter")
    assert link_in(page) == link
    page.keyboard.press("Escape")
    expect(copy).to_be_focused()


def test_link_is_copied_where_the_page_has_no_clipboard_of_its_own(
    member_page: Page, product: Product
):
    page = member_page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=product.url)
    page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
    )  # as on plain HTTP
    open_comic(page, "Harbour #1")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Create link").click()
    link = link_in(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    other = page.context.new_page()
    other.goto("/shared")
    assert other.evaluate("navigator.clipboard.readText()") == link


def test_guests_page_keeps_its_address_to_itself(
    member_page: Page, new_visitor: Callable[[], Page], product: Product
):
    link = share(member_page, "Harbour #1")
    guest = new_visitor()
    frames: list[str] = []
    guest.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda text: frames.append(str(text))),
    )
    answer = guest.goto(link)
    assert answer is not None
    assert (answer.status, answer.headers["referrer-policy"]) == (200, "no-referrer")
    assert "noindex" in answer.headers["x-robots-tag"]
    expect(guest.get_by_role("heading", name="Harbour #1")).to_be_visible()
    expect(guest.locator(".cover img")).to_have_attribute("data-settled", "load")
    token = link.rpartition("/")[2]
    assert token not in guest.title()
    assert token not in product.output()
    shown = [text for text in frames if "guest_state" in text]
    assert shown
    assert not [text for text in shown if "/d/" in text or token in without_router(text)]


def test_guest_reads_a_comic_where_that_is_allowed_and_saves_a_page(
    member_page: Page, new_visitor: Callable[[], Page], tmp_path: Path
):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("checkbox", name="Guests may read in the browser").click()
    page.get_by_role("button", name="Create link").click()
    link = link_in(page)

    guest = new_visitor()
    guest.goto(link)
    opener = guest.get_by_role("button", name="Read Harbour #1")
    opener.click()
    guest.wait_for_url("**?comic=1&page=1")
    picture = guest.get_by_role("dialog").get_by_role("img")
    expect(picture).to_have_accessible_name(f"Page 1 of {SHORT_PAGES}")
    guest.keyboard.press("ArrowRight")
    guest.wait_for_url("**?comic=1&page=2")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    with guest.expect_download() as saving:
        guest.get_by_role("link", name="Save this page").click()
    saved = tmp_path / saving.value.suggested_filename
    saving.value.save_as(saved)
    with Image.open(saved) as saved_page:
        saved_page.load()

    guest.go_back()
    expect(guest.get_by_role("dialog")).to_be_hidden()
    assert guest.url == link
    guest.goto(f"{link}?comic=1&page=3")
    expect(picture).to_have_accessible_name(f"Page 3 of {SHORT_PAGES}")
    guest.keyboard.press("Escape")
    expect(opener).to_be_focused()


def without_router(text: str) -> str:
    """Return what was sent without the page's own address, which Reflex echoes."""
    return re.sub(r'"(?:rx_router_\w+|router|share_token_?\w*)":\s*(?:\{.*?\}|"[^"]*")', "", text)


def share(page: Page, title: str, password: str = "", limit: str = "") -> str:
    """Share a comic from its page and return the link."""
    open_comic(page, title)
    return make_link(page, page.get_by_role("button", name="Share", exact=True), password, limit)


def make_link(page: Page, opener: Locator, password: str = "", limit: str = "") -> str:
    opener.click()
    page.get_by_label("Password").fill(password)
    page.get_by_label("Download limit").fill(limit)
    page.get_by_role("button", name="Create link").click()
    link = link_in(page)
    page.get_by_role("button", name="Close").click()
    return link


def link_in(page: Page) -> str:
    return page.get_by_test_id("share-link").input_value()


def unlock(guest: Page, password: str) -> None:
    guest.get_by_label("Password").fill(password)
    guest.get_by_role("button", name="Open").click()


def save(guest: Page, folder: Path) -> Path:
    """Presses Download once the file is ready, and keeps it."""
    with guest.expect_download() as started:
        guest.get_by_role("button", name="Download").click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file


def test_page_without_scripts_has_a_link_to_each_file(
    member_page: Page, new_visitor: Callable[[], Page]
):
    link = share(member_page, "Harbour #1")
    guest = new_visitor()
    guest.goto(link)
    guest.get_by_text("Without this page").click()
    expect(guest.get_by_label("Command for curl")).to_contain_text("/all.cbz")
    guest.get_by_role("link", name="The page without scripts").click()
    expect(guest.get_by_role("heading", name="Harbour #1").first).to_be_visible()
    assert guest.evaluate("document.scripts.length") == 0
    with guest.expect_download() as download:
        guest.get_by_role("link", name="CBZ").click()
    assert page_count(Path(download.value.path())) == SHORT_PAGES
