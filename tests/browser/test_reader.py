"""The reader by keyboard, by swiping, and by its address."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TIMEOUT_MILLISECONDS, sign_in
from tests.browser.product import Product
from tests.browser.shelf import SHORT_PAGES
from tests.browser.test_main_journey import choose_action, choose_tab, open_comic, toast


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


def test_back_closes_the_reader_and_its_address_opens_it(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    comic = page.url
    page.get_by_role("button", name="Read Page 1", exact=True).click()
    page.wait_for_url("**?page=1")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**?page=2")

    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("heading", name="Harbour #1")).to_be_visible()
    assert page.url == comic

    page.goto(f"{comic}?page=3")
    picture = page.get_by_role("dialog").get_by_role("img")
    expect(picture).to_have_accessible_name(f"Page 3 of {SHORT_PAGES}")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.wait_for_url(comic)


def test_swiping_turns_the_pages_on_a_phone(
    new_member: Callable[[], tuple[str, str]], browser: Browser, product: Product
):
    context = browser.new_context(
        base_url=product.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    page = context.new_page()
    sign_in(page, *new_member())
    open_comic(page, "Harbour #1")
    page.get_by_role("button", name="Read Page 1", exact=True).tap()
    picture = page.get_by_role("dialog").get_by_role("img")
    expect(picture).to_have_accessible_name(f"Page 1 of {SHORT_PAGES}")
    expect(picture).to_have_css("width", "390px")  # The page is fitted to the screen.
    expect(picture).to_have_css("height", "844px")

    for start, end, number in ((300, 100, 2), (300, 100, 3), (100, 300, 2)):
        _swipe(page, start, end)
        expect(picture).to_have_accessible_name(f"Page {number} of {SHORT_PAGES}")
    context.close()


def _swipe(page: Page, start: int, end: int) -> None:
    """Move a finger across the middle of the screen, through the browser's own input."""
    session = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": start, "y": 400}]),
        ("touchMove", [{"x": (start + end) / 2, "y": 402}]),
        ("touchMove", [{"x": end, "y": 404}]),
        ("touchEnd", []),
    ):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_page_is_saved_from_the_reader_as_it_is_in_the_comic(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("button", name="Read Page 2", exact=True).click()
    with page.expect_download() as saved:
        page.get_by_role("dialog").get_by_role("link", name="Save this page").click()
    assert saved.value.suggested_filename.startswith("Harbour #1 - 002.")
    with Image.open(saved.value.path()) as picture:
        picture.load()


def test_finished_cbz_is_opened_and_read_where_it_is(member_page: Page):
    page = member_page
    open_comic(page, "Harbour #1")
    page.get_by_role("radio", name="CBZ").click()
    page.get_by_role("main").get_by_role("button", name="Download", exact=True).click()
    expect(toast(page, "is ready")).to_be_visible()
    page.goto("/downloads")
    choose_tab(page, "Ready")
    choose_action(page.get_by_test_id("download"), "Open")
    picture = page.get_by_role("dialog").get_by_role("img")
    expect(picture).to_have_accessible_name(f"Page 1 of {SHORT_PAGES}")
    expect(picture).to_have_attribute("data-settled", "load")
    page.keyboard.press("ArrowRight")
    expect(picture).to_have_accessible_name(f"Page 2 of {SHORT_PAGES}")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("heading", name="Harbour #001.cbz")).to_be_visible()
    expect(page.get_by_role("list", name="Pages").get_by_role("button")).to_have_count(SHORT_PAGES)


def test_reader_continues_where_the_account_left_it(
    new_member: Callable[[], tuple[str, str]], new_visitor: Callable[[], Page]
):
    name, password = new_member()
    page = new_visitor()
    sign_in(page, name, password)
    open_comic(page, "Harbour #1")
    page.get_by_role("button", name="Read", exact=True).click()
    shown = page.get_by_role("dialog").get_by_role("img")
    expect(shown).to_have_accessible_name(f"Page 1 of {SHORT_PAGES}")
    page.keyboard.press("Space")
    expect(shown).to_have_accessible_name(f"Page 2 of {SHORT_PAGES}")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Continue on page 2")).to_be_visible()

    other = new_visitor()
    sign_in(other, name, password)
    open_comic(other, "Harbour #1")
    other.get_by_role("button", name="Continue on page 2").click()
    shown = other.get_by_role("dialog").get_by_role("img")
    expect(shown).to_have_accessible_name(f"Page 2 of {SHORT_PAGES}")
    other.keyboard.press("End")
    expect(shown).to_have_accessible_name(f"Page {SHORT_PAGES} of {SHORT_PAGES}")
    other.keyboard.press("Escape")
    expect(other.get_by_role("button", name="Read", exact=True)).to_be_visible()
