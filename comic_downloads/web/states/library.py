"""The library page: covers, search and scans."""

from __future__ import annotations

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ...domain.library import ComicQuery
from ...usecases.library.browse import SORTS, list_comics, list_series
from ...usecases.library.scan import request_scan
from ...usecases.library.status import DamagedComic, LibraryStatus, library_status
from ..context import current_context
from ..session.auth import call, signed_in, visitor
from ..session.callers import server_only
from ..session.load_errors import reports_load_error
from ..views.library import (
    ComicCard,
    SeriesChoice,
    comic_card,
    looked_label,
    scan_label,
    series_choice,
    shortened,
)

PAGE_SIZE = 60
SHOWN_PROBLEMS = 5
# A menu of more would take memory in every tab and time to open.
SHOWN_SERIES = 200
ALL_SERIES = "all"
AWAY_FOR_MEMBERS = (
    "The library is not available at the moment. Downloads that need it wait until it is back."
)


class LibraryState(rx.State):
    """The covers that match the search. ``phase`` is loading, ready or failed."""

    phase: str = "loading"
    problem: str = ""
    comics: rx.Field[list[ComicCard]] = rx.field(default_factory=list)
    total: int = 0
    series: rx.Field[list[SeriesChoice]] = rx.field(default_factory=list)
    more_series: bool = False
    query: str = ""
    series_id: str = ALL_SERIES
    sort: str = "title"
    scan: str = ""
    looked_at: str = ""
    looked: str = ""
    damaged: rx.Field[list[DamagedComic]] = rx.field(default_factory=list)
    unread: rx.Field[list[str]] = rx.field(default_factory=list)
    away: str = ""
    folder: str = ""
    _is_owner: bool = False

    @rx.event
    @reports_load_error
    async def load(self) -> None:
        """Read the covers again, as many as are shown; keep search and selection."""
        account = await visitor(self)
        if account is None:
            return
        self._is_owner = account.is_owner
        self.folder = str(current_context().settings.library) if account.is_owner else ""
        await self._read(max(PAGE_SIZE, len(self.comics)))
        self.show_scan(await call(library_status))

    @rx.var
    def narrowed(self) -> bool:
        """Return True if a search or a series narrows the list."""
        return self.query != "" or self.series_id != ALL_SERIES

    @server_only
    def show_scan(self, status: LibraryStatus) -> None:
        """Show the state of the scan and a library away.

        Only the owner sees which files are damaged: nobody else can do something about them.
        """
        self.scan = scan_label(status)
        self.looked_at = status.listed_at.isoformat() if status.listed_at else ""
        self.looked = looked_label(status)
        if not self._is_owner:
            self.away = AWAY_FOR_MEMBERS if status.away else ""
            return
        self.damaged = list(status.damaged)
        self.away = status.away
        of_the_scan = [problem for problem in status.problems if problem != status.away]
        self.unread = shortened(of_the_scan, SHOWN_PROBLEMS)

    async def _read(self, limit: int) -> None:
        series_id = None if self.series_id == ALL_SERIES else self.series_id
        try:
            found = await call(
                list_comics,
                ComicQuery(self.query, series_id, self.sort, limit=min(limit, 500)),
            )
            series = await self._series_to_choose()
        except ComicDownloadsError as error:
            self.phase, self.problem = "failed", error.detail
            return
        self.comics = [comic_card(comic) for comic in found.items]
        self.series, self.total = series, found.total
        self.phase, self.problem = "ready", ""

    async def _series_to_choose(self) -> list[SeriesChoice]:
        """Return all series or, of more than SHOWN_SERIES, those that the search finds first.

        The chosen one stays.
        """
        found = await call(list_series, "", SHOWN_SERIES + 1)
        self.more_series = len(found) > SHOWN_SERIES
        if self.more_series and self.query:
            found = await call(list_series, self.query, SHOWN_SERIES) or found
        choices = [series_choice(series) for series in found[:SHOWN_SERIES]]
        chosen = [series for series in self.series if series.id == self.series_id]
        return choices if all(one in choices for one in chosen) else [*chosen, *choices]

    @rx.event
    async def search(self, query: str) -> None:
        """Show the comics that match the words."""
        await signed_in(self)
        self.query = query
        await self._read(PAGE_SIZE)

    @rx.event
    async def choose_series(self, series_id: str) -> None:
        """Show the comics of a series, in the order of their numbers."""
        await signed_in(self)
        if series_id not in {ALL_SERIES, *(series.id for series in self.series)}:
            return
        self.series_id = series_id
        self.sort = "title" if series_id == ALL_SERIES else "number"
        await self._read(PAGE_SIZE)

    @rx.event
    async def choose_sort(self, sort: str) -> None:
        """Show the comics in another order."""
        await signed_in(self)
        if sort not in SORTS:
            return
        self.sort = sort
        await self._read(PAGE_SIZE)

    @rx.event
    async def show_more(self) -> None:
        """Show one more batch of comics."""
        await signed_in(self)
        series_id = None if self.series_id == ALL_SERIES else self.series_id
        more = await call(
            list_comics,
            ComicQuery(self.query, series_id, self.sort, limit=PAGE_SIZE, offset=len(self.comics)),
        )
        known = {comic.id for comic in self.comics}
        self.comics = [
            *self.comics,
            *(comic_card(comic) for comic in more.items if comic.id not in known),
        ]
        self.total = more.total

    @rx.event
    async def start_scan(self) -> None:
        """Request a scan of the library folder."""
        await signed_in(self)
        await call(request_scan)
        self.show_scan(await call(library_status))
