"""The page of a comic or of a finished file, and its reader."""

from __future__ import annotations

import reflex as rx

from ...domain.errors import Refusal
from ...usecases.delivery.file_pages import readable_file
from ...usecases.library.browse import get_comic
from ..browser_events import call_page
from ..session.auth import Next, call, visitor
from ..session.load_errors import reports_load_error
from ..views.library import (
    ComicPage,
    PageThumb,
    comic_page,
    finished_file,
    finished_pages,
    page_thumbs,
)
from .picker import PickerState

NO_COMIC = ComicPage(
    id="",
    title="",
    cover_url="",
    tint=0,
    facts="",
    series="",
    series_href="",
    credits=(),
    summary="",
    direction="",
    reads_right_to_left=False,
    problem="",
    damage="",
    left_out="",
)

# A page number in an address has fewer digits than this.
MAX_PAGE_DIGITS = 7


class ComicState(rx.State):
    """The comic on the page; ``reading`` is the index of the page in the reader, or -1."""

    comic: ComicPage = NO_COMIC
    pages: rx.Field[list[PageThumb]] = rx.field(default_factory=list)
    problem: str = ""
    loaded: bool = False
    reading: int = -1
    last_read: int = -1
    # Whether the page of the comic is before the reader in the browser's history.
    _reader_opened_here: bool = False

    @rx.event
    @reports_load_error
    async def load(self) -> Next:
        """Read the comic of this address and start an estimate for its download.

        If the address lost the page of the reader, as after Back, only the reader is closed.
        """
        account = await visitor(self)
        if account is None:
            return
        page = self._asked_page()
        if self._reader_opened_here and page < 0 and self.comic.id == self._asked_id():
            self.reading, self._reader_opened_here = -1, False
            return
        self.reset()
        try:
            comic = await call(get_comic, self._asked_id())
        except Refusal as error:
            self.problem, self.loaded = error.detail, True
            return
        self.comic, self.pages, self.loaded = comic_page(comic), page_thumbs(comic), True
        picker = await self.get_state(PickerState)
        picker.choose_comics([comic.id], comic.damaged_pages)
        await picker.recall(account.id)
        if page >= 0:
            self._go_to(page, 1)
        if not comic.error:
            return PickerState.estimate_now

    @rx.event
    @reports_load_error
    async def load_file(self) -> Next:
        """Read which pages the finished file of this address has, and open the reader."""
        account = await visitor(self)
        if account is None:
            return
        page, job_id = self._asked_page(), self._asked_id()
        if self._reader_opened_here and page < 0 and self.comic.id == job_id:
            self.reading, self._reader_opened_here = -1, False
            return
        self.reset()
        try:
            file = await call(readable_file, account.id, job_id)
        except Refusal as error:
            self.problem, self.loaded = error.detail, True
            return
        self.comic, self.pages, self.loaded = finished_file(file), finished_pages(file), True
        if page >= 0:
            self._go_to(page, 1)

    def _asked_id(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    def _asked_page(self) -> int:
        """Return the index of the page in the address, such as 2 for ``?page=3``, or -1."""
        number = self.router.url.query_parameters.get("page", "")
        # isdecimal alone would accept any number of digits.
        return int(number) - 1 if number.isdecimal() and len(number) < MAX_PAGE_DIGITS else -1

    @rx.event
    def read(self, index: int) -> Next:
        """Open the reader at this page."""
        if 0 <= index < len(self.pages):
            self.reading = self.last_read = index
            self._reader_opened_here = True
            return call_page("comicReader.open", str(index + 1))

    @rx.event
    def turn(self, steps: int) -> Next:
        """Show the next readable page in this direction, if there is one."""
        return self._turn_to(self.reading + steps, 1 if steps > 0 else -1)

    @rx.event
    def turn_to_first(self) -> Next:
        """Show the first readable page."""
        return self._turn_to(0, 1)

    @rx.event
    def turn_to_last(self) -> Next:
        """Show the last readable page."""
        return self._turn_to(len(self.pages) - 1, -1)

    def _turn_to(self, index: int, step: int) -> Next:
        """Show a page in the open reader and in the address, as ``_go_to`` does."""
        if self.reading < 0:
            return
        self._go_to(index, step)
        return call_page("comicReader.turn", str(self.reading + 1))

    def _go_to(self, index: int, step: int) -> None:
        """Show this page or, if it is damaged, the next readable one in direction ``step``."""
        while 0 <= index < len(self.pages) and self.pages[index].problem:
            index += step
        if 0 <= index < len(self.pages):
            self.reading = self.last_read = index

    @rx.event
    def press_key(self, key: str, on_a_button: bool) -> Next:
        """Turn pages by key. Space presses a focused button instead."""
        if key == " " and on_a_button:
            return
        right_is_next = not self.comic.reads_right_to_left
        match key:
            case "ArrowRight":
                return ComicState.turn(1 if right_is_next else -1)
            case "ArrowLeft":
                return ComicState.turn(-1 if right_is_next else 1)
            case " " | "PageDown" | "ArrowDown":
                return ComicState.turn(1)
            case "PageUp" | "ArrowUp":
                return ComicState.turn(-1)
            case "Home":
                return ComicState.turn_to_first
            case "End":
                return ComicState.turn_to_last

    @rx.event
    def close_reader(self) -> Next:
        """Close the reader and take its page out of the address."""
        if self.reading >= 0:
            self.reading = -1
            return call_page("comicReader.close")

    @rx.var
    def name(self) -> str:
        """Return the title of the page, also before the comic was read."""
        return self.comic.title or "Comic"

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
