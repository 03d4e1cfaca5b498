"""The pages that the reader turns, on the page of a comic, of a finished file or of a share."""

from __future__ import annotations

import reflex as rx

from ..browser_events import call_page
from ..session.auth import Next
from ..session.callers import open_to, server_only
from ..views.library import PageThumb

# A page number in an address has fewer digits than this.
MAX_PAGE_DIGITS = 7


Steps = list[rx.event.EventSpec | rx.event.EventCallback]


async def only_readers(state: rx.State) -> Next:
    """Let those call a handler who may read the pages of its state."""
    return await state.check_reader()  # pyright: ignore[reportAttributeAccessIssue]


class OpenPages(rx.State, mixin=True):
    """The pages; ``reading`` is the index of the one in the reader, or -1 while it is closed.

    A state with pages has a ``check_reader``, which checks callers as in ``session.callers``.
    """

    pages: rx.Field[list[PageThumb]] = rx.field(default_factory=list)
    reading: int = -1
    last_read: int = -1

    def _reads_right_to_left(self) -> bool:
        """Return whether the page to the left is the next one."""
        return False

    def _query(self) -> str:
        """Return what stands behind ``?`` in the address while the reader shows this page."""
        return f"page={self.reading + 1}"

    def _number_asked(self, name: str) -> int:
        """Return the index for a number in the address, such as 2 for ``?page=3``, or -1."""
        number = self.router.url.query_parameters.get(name, "")
        # isdecimal alone would accept any number of digits.
        return int(number) - 1 if number.isdecimal() and len(number) < MAX_PAGE_DIGITS else -1

    @server_only
    def asked_page(self) -> int:
        """Return the index of the page in the address, or -1."""
        return self._number_asked("page")

    def _after_turning(self) -> Steps:
        """Return what follows when another page is shown."""
        return []

    @server_only
    def open_at(self, index: int) -> Steps:
        """Open the reader at this page, and put it into the address."""
        self.reading = self.last_read = index
        return [call_page("comicReader.open", self._query()), *self._after_turning()]

    @rx.event
    @open_to(only_readers)
    def turn(self, steps: int) -> Steps:
        """Show the next readable page in this direction, if there is one."""
        return self._turn_to(self.reading + steps, 1 if steps > 0 else -1)

    @rx.event
    @open_to(only_readers)
    def turn_to_first(self) -> Steps:
        """Show the first readable page."""
        return self._turn_to(0, 1)

    @rx.event
    @open_to(only_readers)
    def turn_to_last(self) -> Steps:
        """Show the last readable page."""
        return self._turn_to(len(self.pages) - 1, -1)

    def _turn_to(self, index: int, step: int) -> Steps:
        """Show a page in the open reader and in the address, as ``go_to`` does."""
        if self.reading < 0:
            return []
        self.go_to(index, step)
        return [call_page("comicReader.turn", self._query()), *self._after_turning()]

    @server_only
    def go_to(self, index: int, step: int) -> None:
        """Show this page or, if it is damaged, the next readable one in direction ``step``."""
        index = self.readable_from(index, step)
        if index >= 0:
            self.reading = self.last_read = index

    @server_only
    def readable_from(self, index: int, step: int) -> int:
        """Return the index of this page or of the next readable one; -1 if there is none."""
        while 0 <= index < len(self.pages) and self.pages[index].problem:
            index += step
        return index if 0 <= index < len(self.pages) else -1

    @rx.event
    @open_to(only_readers)
    def press_key(self, key: str, on_a_button: bool) -> Next:
        """Turn pages by key. Space presses a focused button instead."""
        if key == " " and on_a_button:
            return None
        right, state = -1 if self._reads_right_to_left() else 1, type(self)
        match key:
            case "ArrowRight":
                return state.turn(right)
            case "ArrowLeft":
                return state.turn(-right)
            case " " | "PageDown" | "ArrowDown":
                return state.turn(1)
            case "PageUp" | "ArrowUp":
                return state.turn(-1)
            case "Home":
                return state.turn_to_first
            case "End":
                return state.turn_to_last

    @rx.event
    @open_to(only_readers)
    def close_reader(self) -> Next:
        """Close the reader and take its page out of the address."""
        if self.reading >= 0:
            self.reading = -1
            return call_page("comicReader.close")

    @rx.var
    def reading_url(self) -> str:
        """Return the address of the page in the reader; empty while it is closed."""
        return self.pages[self.reading].image_url if 0 <= self.reading < len(self.pages) else ""

    @rx.var
    def original_url(self) -> str:
        """Return the address of the bytes of the page in the reader; empty while it is closed."""
        shown = 0 <= self.reading < len(self.pages)
        return self.pages[self.reading].original_url if shown else ""

    @rx.var
    def original_name(self) -> str:
        """Return the name under which that page is saved."""
        shown = 0 <= self.reading < len(self.pages)
        return self.pages[self.reading].original_name if shown else ""

    @rx.var
    def next_url(self) -> str:
        """Return the address of the page after it, for the browser to prefetch."""
        return (
            self.pages[self.reading + 1].image_url
            if 0 <= self.reading < len(self.pages) - 1
            else ""
        )

    @rx.var
    def reading_label(self) -> str:
        """Return ``Page 3 of 24``."""
        return f"Page {self.reading + 1} of {len(self.pages)}"
