"""A comic's own page and its reader."""

from __future__ import annotations

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ...usecases.library.browse import get_comic
from ..session.auth import Next, call, visitor
from ..session.load_errors import reports_load_error
from ..views.library import ComicPage, PageThumb, comic_page, page_thumbs
from .picker import PickerState

NO_COMIC = ComicPage(
    id="",
    title="",
    cover_url="",
    tint=0,
    facts="",
    series="",
    credits=(),
    summary="",
    direction="",
    reads_right_to_left=False,
    problem="",
    damage="",
)


class ComicState(rx.State):
    comic: ComicPage = NO_COMIC
    pages: rx.Field[list[PageThumb]] = rx.field(default_factory=list)
    problem: str = ""
    loaded: bool = False
    reading: int = -1
    last_read: int = -1

    @rx.event
    @reports_load_error
    async def load(self) -> Next:
        if await visitor(self) is None:
            return
        self.reset()
        try:
            comic = await call(get_comic, self._asked_id())
        except ComicDownloadsError as error:
            self.problem, self.loaded = error.detail, True
            return
        self.comic, self.pages, self.loaded = comic_page(comic), page_thumbs(comic), True
        picker = await self.get_state(PickerState)
        picker.choose_comics([comic.id], comic.damaged_pages)
        if not comic.error:
            return PickerState.estimate_now

    def _asked_id(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    @rx.event
    def read(self, index: int) -> None:
        self.reading = self.last_read = index

    @rx.event
    def turn(self, steps: int) -> None:
        """Goes on to the next readable page; past the first and the last there is none."""
        self._go_to(self.reading + steps, 1 if steps > 0 else -1)

    @rx.event
    def turn_to_first(self) -> None:
        self._go_to(0, 1)

    @rx.event
    def turn_to_last(self) -> None:
        self._go_to(len(self.pages) - 1, -1)

    def _go_to(self, index: int, step: int) -> None:
        """Shows this page or, where it cannot be read, the next one in the direction of ``step`` that can."""
        while 0 <= index < len(self.pages) and self.pages[index].problem:
            index += step
        if 0 <= index < len(self.pages):
            self.reading = self.last_read = index

    @rx.event
    def press_key(self, key: str, on_a_button: bool) -> Next:
        """A focused button is pressed by Space itself, so then it turns no page besides."""
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
    def close_reader(self) -> None:
        self.reading = -1

    @rx.var
    def name(self) -> str:
        """What the page is called, also before its comic was read."""
        return self.comic.title or "Comic"

    @rx.var
    def reading_url(self) -> str:
        """The page in the reader; empty while it is closed."""
        return self.pages[self.reading].image_url if 0 <= self.reading < len(self.pages) else ""

    @rx.var
    def next_url(self) -> str:
        """The page after it, for the browser to fetch beforehand."""
        return (
            self.pages[self.reading + 1].image_url
            if 0 <= self.reading < len(self.pages) - 1
            else ""
        )

    @rx.var
    def reading_label(self) -> str:
        return f"Page {self.reading + 1} of {len(self.pages)}"
