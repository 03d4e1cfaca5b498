"""What all pages share: titles, focus, going back, the connection and touch targets."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Literal

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.conftest import sign_in
from tests.browser.held_pages import held_pages
from tests.browser.product import Product
from tests.browser.test_main_journey import open_comic, order_long_comic
from tests.browser.test_shares import share

_META = re.compile(r'<meta content="([^"]*)" (?:name|property)="([^"]*)"')
FINGER_PIXELS = 44
LEAST_CONTRAST = 4.5

# Every control with the height of its target, which includes the label beside a checkbox.
_SMALL_TARGETS = """(least) => [...document.querySelectorAll(
    "a[href], button, summary, input," +
    "[role=option], [role=menuitem], [role=tab], [role=combobox], [role=radio]"
  )].filter((element) => element.checkVisibility())
  .filter((element) => !element.closest(".visually-hidden, .skip-link, [aria-hidden=true]"))
  .map((element) => [element, (
    element.closest(".choice-line, .rt-TextFieldRoot, .rt-SegmentedControlRoot") || element)])
  .filter(([, target]) => target.offsetHeight > 1 && target.offsetHeight < least)
  .map(([element, target]) => `${element.outerHTML.slice(0, 80)}: ${target.offsetHeight}`)"""


def test_pages_have_titles_of_their_own_and_take_the_focus(member_page: Page):
    page = member_page
    expect(page).to_have_title("Library · Comic Downloads")
    open_comic(page, "Harbour #1")
    expect(page).to_have_title("Harbour #1 · Comic Downloads")
    page.get_by_role("link", name="Downloads", exact=True).first.press("Enter")
    expect(page).to_have_title("Downloads · Comic Downloads")
    expect(page.get_by_role("heading", name="Downloads", level=1)).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/sign-in", "/s/a-share", "/comic/some-id"])
def test_page_can_be_installed_and_previewed(product: Product, path: str):
    """Messengers and launchers read the page as it is sent, without running its scripts."""
    page = httpx.get(product.url + path, follow_redirects=True).text
    head = {name: content for content, name in _META.findall(page)}
    assert head["og:title"] == "Comic Downloads"
    assert head["description"] == head["og:description"] != ""
    assert head["og:image"] == "/icons/preview.png"
    preview = Image.open(io.BytesIO(httpx.get(product.url + head["og:image"]).content))
    assert preview.size == (int(head["og:image:width"]), int(head["og:image:height"]))
    assert page.count('media="(prefers-color-scheme: ') == 2

    address = re.search(r'<link href="([^"]+)" rel="manifest"', page)
    assert address is not None
    manifest = httpx.get(product.url + address[1])
    assert manifest.headers["content-type"] == "application/manifest+json"
    assert manifest.json()["display"] == "standalone"
    for icon in manifest.json()["icons"]:
        drawn = Image.open(io.BytesIO(httpx.get(product.url + icon["src"]).content))
        assert icon["sizes"] == f"{drawn.width}x{drawn.height}"


def test_no_page_is_wider_than_its_window_while_a_download_is_active(
    member_page: Page, product: Product
):
    page = member_page
    with held_pages(product, "360p"):
        order_long_comic(page, "360p")
        for address in ("/", "/lists", "/downloads", "/shared", "/account"):
            page.goto(address)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.get_by_test_id("active-count").first).to_have_text(re.compile("1"))
            for width in (320, 360, 640, 641, 700, 780, 900, 901):
                page.set_viewport_size({"width": width, "height": 800})
                overhang = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert overhang <= 0, f"{address} at {width} pixels"


def test_covers_are_as_sharp_as_the_screen(
    new_member: Callable, browser: Browser, product: Product
):
    context = browser.new_context(base_url=product.url, device_scale_factor=2)
    page = context.new_page()
    sign_in(page, *new_member())
    on_card = page.get_by_role("main").locator(".cover img").first
    expect(on_card).to_have_js_property("complete", True)
    assert "height=720" in on_card.evaluate("image => image.currentSrc")
    open_comic(page, "Harbour #1")
    large = page.locator(".comic-cover img")
    expect(large).to_have_js_property("complete", True)
    assert "height=1080" in large.evaluate("image => image.currentSrc")
    context.close()


def test_placeholder_of_a_cover_is_as_large_as_the_cover(member_page: Page):
    height, width = member_page.evaluate("""() => {
        const place = document.createElement("div");
        place.style.width = "200px";
        place.innerHTML = "<div class='cover rt-Skeleton'></div>";
        document.querySelector(".radix-themes").append(place);
        const box = place.firstChild.getBoundingClientRect();
        place.remove();
        return [box.height, box.width];
    }""")
    assert height > 1.4 * width


def test_unknown_address_leads_back_to_the_library(member_page: Page):
    page = member_page
    answer = page.goto("/no/such/page")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    page.get_by_role("link", name="Open the library").click()
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()


def test_signing_in_leads_to_the_page_that_was_wanted(
    new_visitor: Callable[[], Page], new_member: Callable[[], tuple[str, str]]
):
    username, password = new_member()
    page = new_visitor()
    page.goto("/downloads")
    page.wait_for_url(re.compile("/sign-in"))
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Downloads", exact=True)).to_be_visible()


def test_lost_connection_is_told_calmly_until_it_is_back(member_page: Page):
    page = member_page
    is_lost = False

    def connect(socket):
        if is_lost:
            socket.close()
        else:
            lines.append((socket, socket.connect_to_server()))

    def poll(route: Route) -> None:
        if is_lost:
            route.abort()
        else:
            route.fallback()

    lines: list = []
    page.route_web_socket(re.compile("/_event"), connect)
    page.route(re.compile("/_event"), poll)
    page.reload()
    expect(page.get_by_test_id("comic").first).to_be_visible()
    is_lost = True
    for socket, server in lines:
        server.close()
        socket.close()
    note = page.get_by_text("Connection lost. Reconnecting…")
    expect(note).to_be_visible()
    expect(page.get_by_role("button", name="Select", exact=True)).to_have_css("opacity", "0.5")
    expect(page.get_by_text(re.compile("websocket|ws:"))).to_have_count(0)
    is_lost = False
    expect(note).to_have_count(0)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_on_a_hovered_button_can_be_read(
    _owner_ready: None, new_visitor: Callable[[], Page], mode: Literal["light", "dark"]
):
    page = new_visitor()
    page.emulate_media(color_scheme=mode)
    page.goto("/sign-in")
    button = page.get_by_role("button", name="Sign in")
    expect(page.locator("html")).to_contain_class(mode)
    at_rest = background_of(button)
    button.hover()
    expect(button).not_to_have_css("background-color", at_rest)
    assert contrast_of_words(button) >= LEAST_CONTRAST


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_on_a_red_button_can_be_read(member_page: Page, mode: Literal["light", "dark"]):
    page = member_page
    page.emulate_media(color_scheme=mode)
    share(page, "Harbour #1")
    page.goto("/shared")
    page.get_by_role("button", name="Stop sharing Harbour #1").press("Enter")
    button = page.get_by_role("alertdialog").get_by_role("button", name="Stop sharing")
    expect(page.locator("html")).to_contain_class(mode)
    at_rest = background_of(button)
    assert contrast_of_words(button) >= LEAST_CONTRAST
    button.hover()
    expect(button).not_to_have_css("background-color", at_rest)
    assert contrast_of_words(button) >= LEAST_CONTRAST


def contrast_of_words(element: Locator) -> float:
    return contrast(
        element.evaluate("element => getComputedStyle(element).color"), background_of(element)
    )


def background_of(element: Locator) -> str:
    return element.evaluate("element => getComputedStyle(element).backgroundColor")


def contrast(colour: str, other: str) -> float:
    """Of two opaque colours, as WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(colour), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    found = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour)
    assert found, colour
    channels = [int(channel) / 255 for channel in found.groups()]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_everything_is_large_enough_for_fingers(
    browser: Browser, product: Product, new_member: Callable[[], tuple[str, str]]
):
    context = browser.new_context(
        base_url=product.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    sign_in(page, *new_member())
    expect(page.get_by_test_id("comic").first).to_be_visible()
    small = page.evaluate(_SMALL_TARGETS, FINGER_PIXELS)
    page.get_by_role("combobox", name="Order").tap()
    expect(page.get_by_role("option").first).to_be_visible()
    small += page.evaluate(_SMALL_TARGETS, FINGER_PIXELS)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Account menu").tap()
    expect(page.get_by_role("menuitem").first).to_be_visible()
    small += page.evaluate(_SMALL_TARGETS, FINGER_PIXELS)
    page.keyboard.press("Escape")
    open_comic(page, "Torn")
    page.get_by_text("More choices").tap()
    small += page.evaluate(_SMALL_TARGETS, FINGER_PIXELS)
    page.get_by_role("button", name="Share", exact=True).tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    small += page.evaluate(_SMALL_TARGETS, FINGER_PIXELS)
    page.get_by_role("button", name="Create link").tap()
    link = page.get_by_test_id("share-link").input_value()
    for address, words in (
        ("/downloads", "Nothing here yet"),
        ("/shared", "No downloads yet"),
        (link, "Prepare"),
    ):
        page.goto(address)
        expect(page.get_by_text(words).first).to_be_visible()
        small += page.evaluate(_SMALL_TARGETS, FINGER_PIXELS)
    context.close()
    assert small == []
