"""Pages over a bad line: a blocked websocket, a silent or lost network, and too many open tabs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event, Thread

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from simple_websocket import ConnectionClosed
from simple_websocket import ConnectionError as Refused

from comic_downloads.web.api.middleware.tab_limits import MAX_OF_ACCOUNT
from tests.attack.conftest import cookie_of
from tests.attack.socket_client import SocketTab
from tests.browser.conftest import sign_in
from tests.browser.product import Product
from tests.browser.test_main_journey import open_comic
from tests.waiting import wait_for

# As a proxy that does not pass websockets on: connecting fails at once.
BLOCKED_WEBSOCKET = """
window.WebSocket = class extends window.WebSocket {
  constructor(_address, protocols) { super("ws://127.0.0.1:9/", protocols); }
};
"""
LOST = "Connection lost. Reconnecting…"
SLOW = "Waiting for the server…"
TOO_MANY = "Too many tabs are open. Close some of them, and this one continues by itself."


# Remembers which notes were shown, however short.
WATCH_NOTES = """
window.notesShown = new Set();
new MutationObserver(() => {
  for (const name of ["connection-slow", "connection-lost"])
    if (document.querySelector(`.${name}`)) window.notesShown.add(name);
}).observe(document.body, { childList: true, subtree: true });
"""


class Line:
    """The websockets of a page, which can fall silent in both directions without closing."""

    def __init__(self, page: Page) -> None:
        self._loses_next_event = self._is_silent = False
        page.route_web_socket(re.compile("/_event"), self._join)

    def fall_silent_at_next_event(self) -> None:
        """Lose the next event of the page, and every message after it."""
        self._loses_next_event = True

    def recover(self) -> None:
        """Pass messages on again."""
        self._loses_next_event = self._is_silent = False

    def _join(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def send(text: str | bytes) -> None:
            if self._loses_next_event and str(text).startswith("42"):
                self._is_silent = True
            if not self._is_silent:
                server.send(text)

        page.on_message(send)
        server.on_message(lambda text: None if self._is_silent else page.send(text))


@pytest.fixture
def tabs() -> Iterator[list[SocketTab]]:
    """Yield a list, whose tabs answer the server's pings and are closed at the end."""
    opened: list[SocketTab] = []
    is_over = Event()

    def answer_pings() -> None:
        while not is_over.wait(0.5):
            for tab in opened:
                with suppress(ConnectionClosed):
                    tab.listen(0.01)

    answering = Thread(target=answer_pings)
    answering.start()
    yield opened
    is_over.set()
    answering.join()
    for tab in opened:
        tab.close()


def test_page_works_where_websockets_are_blocked(
    new_visitor: Callable[[], Page], new_member: Callable[[], tuple[str, str]]
):
    page = new_visitor()
    page.add_init_script(BLOCKED_WEBSOCKET)

    sign_in(page, *new_member())

    open_comic(page, "Harbour #1")
    page.get_by_role("link", name="Downloads", exact=True).first.click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    expect(page.get_by_text(LOST)).to_have_count(0)


def test_page_over_a_silent_line_says_so_and_works_again(
    new_visitor: Callable[[], Page], new_member: Callable[[], tuple[str, str]]
):
    page = new_visitor()
    line = Line(page)
    sign_in(page, *new_member())

    page.evaluate(WATCH_NOTES)
    line.fall_silent_at_next_event()
    page.get_by_role("link", name="Downloads", exact=True).first.click()
    # The first once the event is not confirmed, the second once the server's pings are missed.
    page.wait_for_function("window.notesShown.size === 2")
    assert page.evaluate("[...window.notesShown]") == ["connection-slow", "connection-lost"]
    line.recover()

    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    expect(page.get_by_text(LOST)).to_have_count(0)
    expect(page.get_by_text(SLOW)).to_have_count(0)


def test_navigation_without_a_network_keeps_the_page(
    new_visitor: Callable[[], Page], new_member: Callable[[], tuple[str, str]]
):
    page = new_visitor()
    sign_in(page, *new_member())
    page.wait_for_function("document.querySelector('link[rel=modulepreload]')")
    page.wait_for_load_state("networkidle")
    page.evaluate("window.isStillHere = true")

    page.context.set_offline(True)
    expect(page.get_by_text(LOST)).to_be_visible()
    for name in ("Shared", "Downloads"):
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.context.set_offline(False)

    expect(page.get_by_text(LOST)).to_have_count(0)
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    assert page.evaluate("window.isStillHere")


def test_tab_too_many_says_so_and_works_when_another_closes(
    product: Product,
    new_visitor: Callable[[], Page],
    new_member: Callable[[], tuple[str, str]],
    tabs: list[SocketTab],
):
    name, password = new_member()
    page = new_visitor()
    sign_in(page, name, password)
    page.goto("about:blank")
    cookie = cookie_of(product.url, {"username": name, "password": password})

    def open_all() -> bool:
        """Open as many as the account may have; the last ones only after a few seconds."""
        with suppress(Refused):
            while len(tabs) < MAX_OF_ACCOUNT:
                tabs.append(SocketTab(product.url, cookie))
        return len(tabs) == MAX_OF_ACCOUNT

    wait_for("all tabs of the account", open_all)

    page.goto("/downloads")
    expect(page.get_by_text(TOO_MANY)).to_be_visible()
    tabs[0].close()

    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    expect(page.get_by_text(TOO_MANY)).to_have_count(0)
