"""The page of a series."""

from __future__ import annotations

from collections.abc import Sequence

import reflex as rx

from ...domain.errors import Refusal
from ...domain.library import ComicQuery
from ...usecases.downloads.group_request import tell_volumes
from ...usecases.library.browse import matching_comics, pick_comics
from ...usecases.library.shelf import Mark, SeriesView, Shelved, marks_of, view_series
from ..browser_events import redirect, toast
from ..context import current_context
from ..session.auth import Next, call, signed_in, visitor
from ..session.load_errors import reports_load_error
from ..views.shelf import SeriesPage, ShelfCard, card_in_series, series_page
from .card_list import MAX_SHOWN, PAGE_SIZE, CardList
from .picker import PickerState

NO_SERIES = SeriesPage(
    id="",
    title="",
    cover_url="",
    tint=0,
    facts="",
    credits=(),
    summary="",
    direction="",
    missing="",
    before_href="",
    before_title="",
    after_href="",
    after_title="",
)
GRID, LIST = "grid", "list"


class SeriesState(CardList, rx.State):
    """The series of the address. ``layout`` is GRID or LIST."""

    series: SeriesPage = NO_SERIES
    problem: str = ""
    loaded: bool = False
    layout: str = GRID
    readable: int = 0
    _is_owner: bool = False
    _user_id: str = ""

    @rx.event
    @reports_load_error
    async def load(self) -> None:
        """Read the series of this address."""
        account = await visitor(self)
        if account is None:
            return
        self._is_owner, self._user_id = account.is_owner, account.id
        wanted = self._asked_id()
        if wanted != self.series.id:
            self.series, self.loaded, self.problem = NO_SERIES, False, ""
        self.layout = LIST if self.router.url.query_parameters.get("as") == LIST else GRID
        await self._read(max(PAGE_SIZE, self._shown if self.loaded else 0))

    async def _read(self, limit: int, *, again: bool = False) -> None:
        try:
            view = await call(view_series, self._asked_id())
        except Refusal as error:
            self.series, self.problem, self.loaded = NO_SERIES, error.detail, True
            return
        self._show(view)
        cards = await self._cards(view.comics[:limit])
        self._send_all(cards, len(view.comics), again=again)

    def _show(self, view: SeriesView) -> None:
        page = series_page(view)
        # An unchanged page is not sent again.
        if page != self.series:
            self.series = page
        self.readable = sum(not one.error for one in view.comics)
        self.problem, self.loaded = "", True

    async def _cards(self, comics: Sequence[Shelved]) -> list[ShelfCard]:
        marks = await call(marks_of, self._user_id, comics)
        return [
            card_in_series(one, marks.get(one.id, Mark.NONE), for_owner=self._is_owner)
            for one in comics
        ]

    def _asked_id(self) -> str:
        return self.router.url.path.rstrip("/").rpartition("/")[2]

    @rx.event
    async def show_more(self, known: int) -> None:
        """Show one more batch behind the ``known`` cards that the page has."""
        await signed_in(self)
        if self.series.id and 0 <= known < MAX_SHOWN:
            view = await call(view_series, self.series.id)
            cards = await self._cards(view.comics[known : known + PAGE_SIZE])
            self._send_more(cards, len(view.comics), known)

    @rx.event
    async def send_again(self) -> None:
        """Send all cards to a page that has lost the first ones."""
        await signed_in(self)
        await self._read(max(PAGE_SIZE, min(self._shown, MAX_SHOWN)), again=True)

    @rx.event
    async def choose_layout(self, layout: str | list[str]) -> Next:
        """Show covers or lines."""
        await signed_in(self)
        query = "?as=list" if layout == LIST else ""
        return redirect(f"{self.router.url.path}{query}", replaces=True)

    @rx.event
    async def download_all(self) -> list[Next]:
        """Open the download dialog for all comics of the series that can be read."""
        account = await signed_in(self)
        in_series = ComicQuery(series_id=self.series.id)
        matching = await call(matching_comics, in_series)
        limit = current_context().settings.max_comics_per_job
        picked = await call(pick_comics, matching[:limit], "number")
        if not picked.comic_ids:
            return []
        picker = await self.get_state(PickerState)
        volumes = await call(tell_volumes, picked.comic_ids)
        picker.choose_comics(picked.comic_ids, picked.damaged_pages, has_volumes=volumes)
        await picker.recall(account.id)
        picker.dialog_open = True
        said = [too_many(limit, len(matching))] if len(matching) > limit else []
        return [PickerState.estimate_now, *said]

    @rx.var
    def name(self) -> str:
        """Return the title of the page, also before the series was read."""
        return self.series.title or "Series"


def too_many(limit: int, wanted: int) -> Next:
    """Say that fewer comics than wanted are chosen."""
    return toast(
        "info",
        f"{limit:,} of {wanted:,} comics are selected.",
        "That is the maximum for one download.",
    )
