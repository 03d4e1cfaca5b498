"""The page of one list."""

from __future__ import annotations

import reflex as rx

from ...domain.errors import NotFound
from ...usecases.downloads.group_request import tell_volumes
from ...usecases.library.browse import pick_comics
from ...usecases.library.reading_lists import change_list, get_list, remove_book
from ..browser_events import toast
from ..context import current_context
from ..session.auth import Next, call, signed_in, visitor
from ..session.callers import server_only
from ..session.load_errors import reports_load_error
from ..views.reading_lists import BookRow, book_row, list_facts
from .picker import PickerState
from .series import too_many
from .tray import TrayState

SHOWN_AT_ONCE = 100
MAX_SHOWN = 10_000


class ReadingListState(rx.State):
    """The list of the address, and as many of its books as are shown."""

    loaded: bool = False
    problem: str = ""
    list_id: str = ""
    list_name: str = ""
    facts: str = ""
    rows: rx.Field[list[BookRow]] = rx.field(default_factory=list)
    total: int = 0
    readable: int = 0
    _shown: int = SHOWN_AT_ONCE

    @rx.event
    @reports_load_error
    async def load(self) -> None:
        """Read the list of this address."""
        account = await visitor(self)
        if account is None:
            return
        wanted = self.router.url.path.rstrip("/").rpartition("/")[2][:100]
        if wanted != self.list_id:
            self.reset()
        self.list_id = wanted
        await self._read(account.id)

    async def _read(self, user_id: str) -> None:
        try:
            view, books = await call(get_list, user_id, self.list_id)
        except NotFound as error:
            self.problem, self.loaded = error.detail, True
            return
        self.list_name, self.facts, self.total = view.name, list_facts(view), len(books)
        self.readable = sum(one.comic is not None and not one.comic.error for one in books)
        self.rows = [book_row(one, place + 1) for place, one in enumerate(books[: self._shown])]
        self.problem, self.loaded = "", True

    @rx.event
    async def show_more(self) -> None:
        """Show one more batch of books."""
        account = await signed_in(self)
        self._shown = min(self._shown + SHOWN_AT_ONCE, MAX_SHOWN)
        await self._read(account.id)

    @rx.event
    async def move_up(self, book_id: str) -> None:
        """Put a book before the one above it."""
        await self._move(book_id, -1)

    @rx.event
    async def move_down(self, book_id: str) -> None:
        """Put a book behind the one below it."""
        await self._move(book_id, 1)

    async def _move(self, book_id: str, step: int) -> None:
        account = await signed_in(self)
        _, books = await call(get_list, account.id, self.list_id)
        order = [one.id for one in books]
        if book_id not in order:
            return
        place = order.index(book_id)
        new_place = place + step
        if 0 <= new_place < len(order):
            order[place], order[new_place] = order[new_place], order[place]
            await call(change_list, account.id, self.list_id, order=order)
            tray = await self.get_state(TrayState)
            tray.announcement = f"{books[place].name} is now number {new_place + 1}"
        await self._read(account.id)

    @rx.event
    async def remove(self, book_id: str) -> None:
        """Take a book out of the list."""
        account = await signed_in(self)
        try:
            await call(remove_book, account.id, self.list_id, book_id)
        finally:
            await self._read(account.id)

    @server_only
    async def comics_in_order(self, user_id: str) -> tuple[str, ...]:
        """Return the comics of the list that can be downloaded, in its order."""
        _, books = await call(get_list, user_id, self.list_id)
        return tuple(one.comic.id for one in books if one.comic and not one.comic.error)

    @rx.event
    async def download_all(self) -> list[Next]:
        """Open the download dialog for all comics of the list, in its order."""
        account = await signed_in(self)
        wanted = await self.comics_in_order(account.id)
        limit = current_context().settings.max_comics_per_job
        chosen = wanted[:limit]
        if not chosen:
            return [toast("info", "No comic of this list can be downloaded.")]
        picked = await call(pick_comics, chosen)
        picker = await self.get_state(PickerState)
        volumes = await call(tell_volumes, chosen)
        picker.choose_comics(chosen, picked.damaged_pages, has_volumes=volumes)
        await picker.recall(account.id)
        picker.dialog_open = True
        said = [too_many(limit, len(wanted))] if len(wanted) > limit else []
        return [PickerState.estimate_now, *said]

    @rx.var
    def name(self) -> str:
        """Return the title of the page, also before the list was read."""
        return self.list_name or "List"
