"""The reader on the page of a share, where the person who shares allows it."""

from __future__ import annotations

import reflex as rx

from ...domain.errors import Refusal
from ...domain.library import ReadingDirection
from ...usecases.sharing.contents import comic_to_read
from ..session.auth import Next, call
from ..session.callers import anyone, open_to, server_only
from ..views.guests import guest_pages
from .guests import GuestState, guest_credentials, only_admitted
from .open_pages import OpenPages, Steps


class GuestReaderState(OpenPages, rx.State):
    """The comic that a guest reads; ``number`` is its place in the share, from 1."""

    comic_id: str = ""
    title: str = ""
    number: int = 0
    right_to_left: bool = False

    @server_only
    async def check_reader(self) -> Next:
        """Return None for a guest to whom the share is open."""
        return await only_admitted(self)

    def _reads_right_to_left(self) -> bool:
        return self.right_to_left

    def _query(self) -> str:
        return f"comic={self.number}&page={self.reading + 1}"

    @rx.event
    @open_to(anyone)
    async def load(self) -> None:
        """Open the reader at the page in the address; close it if there is none, as after Back."""
        page, number = self.asked_page(), self._number_asked("comic")
        comics = (await self.get_state(GuestState)).comics
        self.reset()
        if page < 0 or not 0 <= number < len(comics):
            return
        try:
            await self._take(comics[number].id)
        except Refusal:
            return
        self.go_to(page, 1)

    @rx.event
    @open_to(only_admitted)
    async def read(self, comic_id: str) -> Steps:
        """Open the reader at the first readable page of a comic of the share."""
        await self._take(comic_id)
        self.go_to(0, 1)
        return self.open_at(self.reading) if self.reading >= 0 else []

    async def _take(self, comic_id: str) -> None:
        """Read the pages of a comic. Raises the errors of ``comic_to_read``."""
        comic = await call(comic_to_read, guest_credentials(self), comic_id)
        shown = (await self.get_state(GuestState)).comics
        self.reset()
        self.number = next((at for at, one in enumerate(shown, 1) if one.id == comic_id), 0)
        self.comic_id, self.title, self.pages = comic_id, comic.name, guest_pages(comic)
        self.right_to_left = comic.reading_direction is ReadingDirection.RIGHT_TO_LEFT
