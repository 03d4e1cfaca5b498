"""The page of a comic or of a finished file, and its reader."""

from __future__ import annotations

from contextlib import suppress

import reflex as rx

from ...domain.errors import Refusal
from ...usecases.delivery.file_pages import readable_file
from ...usecases.library.browse import get_comic
from ...usecases.library.reading_places import keep_place, places_in
from ..session.auth import Next, call, signed_in, visitor
from ..session.callers import only_signed_in, server_only
from ..session.load_errors import reports_load_error
from ..views.library import (
    ComicPage,
    comic_page,
    finished_file,
    finished_pages,
    page_thumbs,
)
from .open_pages import OpenPages, Steps
from .picker import PickerState

NO_COMIC = ComicPage()


class ComicState(OpenPages, rx.State):
    """The comic on the page, and what the reader shows of it."""

    comic: ComicPage = NO_COMIC
    problem: str = ""
    loaded: bool = False
    # The page to continue with, counted from 1; 0 if nothing was read, or all of it.
    continue_with: int = 0
    _is_file: bool = False
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
        page = self.asked_page()
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
        place = (await call(places_in, account.id, [comic.id])).get(comic.id)
        if place is not None and 0 < place.page_index < len(self.pages) - 1:
            self.continue_with = place.page_index + 1
        picker = await self.get_state(PickerState)
        picker.choose_comics([comic.id], comic.damaged_pages)
        await picker.recall(account.id)
        if page >= 0:
            self.go_to(page, 1)
        if not comic.error:
            return PickerState.estimate_now

    @rx.event
    @reports_load_error
    async def load_file(self) -> Next:
        """Read which pages the finished file of this address has, and open the reader."""
        account = await visitor(self)
        if account is None:
            return
        page, job_id = self.asked_page(), self._asked_id()
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
        self._is_file = True
        if page >= 0:
            self.go_to(page, 1)

    def _asked_id(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    @rx.event
    def read(self, index: int) -> Steps:
        """Open the reader at this page."""
        if not 0 <= index < len(self.pages):
            return []
        self._reader_opened_here = True
        return self.open_at(index)

    @rx.event
    def read_on(self) -> Next:
        """Open the reader where the account left it, or at the first readable page."""
        return ComicState.read(self.readable_from(max(self.continue_with - 1, 0), 1))

    @rx.event
    async def keep_place(self) -> None:
        """Keep the page in the reader for the account, which continues with it anywhere."""
        account = await signed_in(self)
        if self.reading < 0 or self._is_file:
            return
        self.continue_with = self.reading + 1 if 0 < self.reading < len(self.pages) - 1 else 0
        # The comic may have changed, or left the library, since the page was opened.
        with suppress(Refusal):
            await call(keep_place, account.id, self.comic.id, self.reading)

    def _after_turning(self) -> Steps:
        return [] if self._is_file else [ComicState.keep_place]

    @server_only
    async def check_reader(self) -> Next:
        """Return None for an account that is signed in. Raises NotSignedIn."""
        return await only_signed_in(self)

    def _reads_right_to_left(self) -> bool:
        return self.comic.reads_right_to_left

    @rx.var
    def name(self) -> str:
        """Return the title of the page, also before the comic was read."""
        return self.comic.title or "Comic"
