"""The library page: series or comics, search, filters and scans."""

from __future__ import annotations

from dataclasses import replace

import reflex as rx

from ...domain.account import Account
from ...domain.errors import ComicDownloadsError
from ...domain.library import ComicQuery
from ...domain.library_filters import with_filter
from ...usecases.library.browse import MAX_LIMIT
from ...usecases.library.scan import request_scan
from ...usecases.library.shelf import (
    FilterChoices,
    Mark,
    ShelfPart,
    filter_choices,
    list_all_comics,
    list_shelf,
    marks_of,
)
from ...usecases.library.status import DamagedComic, LibraryStatus, library_status
from ...usecases.library.suggestions import suggest
from ..browser_events import redirect
from ..context import current_context
from ..session.auth import Next, call, signed_in, visitor
from ..session.callers import server_only
from ..session.load_errors import reports_load_error
from ..views.library import looked_label, scan_label, shortened
from ..views.library_address import MAX_WORDS, SERIES, LibraryAddress, read_address
from ..views.library_filters import ANY, Filter, count_of, filters_shown
from ..views.shelf import ShelfCard, shelf_card
from ..views.suggestions import SuggestionGroup, suggestion_groups
from .card_list import MAX_SHOWN, PAGE_SIZE, CardList
from .library_sections import LibrarySectionsState

SHOWN_PROBLEMS = 5
AWAY_FOR_MEMBERS = (
    "The library is not available at the moment. Downloads that need it wait until it is back."
)


class LibraryState(CardList, rx.State):
    """What the address asks for. ``phase`` is loading, ready or failed."""

    phase: str = "loading"
    problem: str = ""
    view: str = SERIES
    query: str = ""
    sort: str = "title"
    narrowed: bool = False
    suggestions: rx.Field[list[SuggestionGroup]] = rx.field(default_factory=list)
    meant: str = ""
    filters: rx.Field[list[Filter]] = rx.field(default_factory=list)
    filter_count: int = 0
    shows_filters: bool = False
    scan: str = ""
    looked_at: str = ""
    looked: str = ""
    damaged: rx.Field[list[DamagedComic]] = rx.field(default_factory=list)
    unread: rx.Field[list[str]] = rx.field(default_factory=list)
    away: str = ""
    folder: str = ""
    _is_owner: bool = False
    _user_id: str = ""
    _asked: LibraryAddress = LibraryAddress()
    _choices: FilterChoices = FilterChoices([], [], [])

    @rx.event
    @reports_load_error
    async def load(self) -> None:
        """Read what the address asks for; of what is shown already, as many cards."""
        account = await visitor(self)
        if account is None or self.router.url.path.rstrip("/"):
            return
        self._is_owner, self._user_id = account.is_owner, account.id
        self.folder = str(current_context().settings.library) if account.is_owner else ""
        asked = read_address(self.router.url.query_parameters)
        if not account.is_owner:
            asked = replace(asked, filters=replace(asked.filters, damaged=False))
        shown = self._shown if asked == self._asked else 0
        self._asked = asked
        self.view, self.query, self.sort = asked.view, asked.words, asked.sort
        self.narrowed, self.filter_count = asked.is_narrowed, count_of(asked.filters)
        self.shows_filters = self.shows_filters or self.filter_count > 0
        await self._read_filters()
        await self._read(max(PAGE_SIZE, shown))
        await self._read_sections(account)
        if asked.words and self.total == 0:
            await self._suggest(asked.words)
        self.show_scan(await call(library_status))

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

    async def _read_sections(self, account: Account) -> None:
        """Show the rows above the whole library, and none above a part of it."""
        sections = await self.get_state(LibrarySectionsState)
        if self._asked == LibraryAddress() and self.phase == "ready":
            await sections.read(account, self.total if self.total >= 0 else None)
        else:
            sections.hide()

    @server_only
    def query_of_all(self) -> ComicQuery:
        """Return what the page shows or could show."""
        return self._query(1, 0)

    @server_only
    def shown_parameters(self) -> dict[str, str]:
        """Return the parameters of the address of what the page shows."""
        return self._asked.parameters()

    def _query(self, limit: int, offset: int) -> ComicQuery:
        query = self._asked.query(limit, offset)
        if query.filters.fetched is None:
            return query
        return replace(query, filters=replace(query.filters, user_id=self._user_id))

    async def _read(self, limit: int, *, again: bool = False) -> None:
        cards: list[ShelfCard] = []
        try:
            while True:
                found = await self._part(min(limit - len(cards), MAX_LIMIT), len(cards))
                cards += await self._cards(found)
                if len(cards) >= limit or not found.items:
                    break
        except ComicDownloadsError as error:
            self.phase, self.problem = "failed", error.detail
            return
        self._send_all(cards, found.total, again=again)
        self.phase, self.problem = "ready", ""

    async def _part(self, limit: int, offset: int) -> ShelfPart:
        of_view = list_shelf if self.view == SERIES else list_all_comics
        return await call(of_view, self._query(limit, offset))

    async def _cards(self, part: ShelfPart) -> list[ShelfCard]:
        marks = await call(marks_of, self._user_id, part.items)
        return [
            shelf_card(one, marks.get(one.id, Mark.NONE), for_owner=self._is_owner)
            for one in part.items
        ]

    @rx.event
    async def search(self, query: str) -> Next:
        """Show what matches the words."""
        await signed_in(self)
        self.query = query[:MAX_WORDS]
        await self._suggest(self.query)
        return _go_to(replace(self._asked, words=self.query), replaces=self._asked.words != "")

    async def _suggest(self, words: str) -> None:
        found = await call(suggest, words)
        self.suggestions, self.meant = suggestion_groups(found, self._asked), found.meant

    @rx.event
    async def search_meant(self) -> Next:
        """Search for the words that were meant by those with a typo."""
        await signed_in(self)
        return _go_to(replace(self._asked, words=self.meant))

    @rx.event
    async def choose_view(self, view: str | list[str]) -> Next:
        """Show series with one-shots among them, or all comics."""
        await signed_in(self)
        asked = {**self._parameters(), "view": str(view)}
        return _go_to(read_address(asked))

    @rx.event
    async def choose_sort(self, sort: str) -> Next:
        """Show the same in another order."""
        await signed_in(self)
        return _go_to(read_address({**self._parameters(), "sort": sort}))

    @rx.event
    async def show_filters(self) -> None:
        """Show or hide the filters; those that are set stay set."""
        await signed_in(self)
        self.shows_filters = not self.shows_filters
        await self._read_filters()

    async def _read_filters(self) -> None:
        """Read what can be filtered by, once, and show what is set."""
        if not self.shows_filters:
            return
        if not self._choices.years:
            self._choices = await call(filter_choices)
        shown = filters_shown(self._asked.filters, self._choices, for_owner=self._is_owner)
        if shown != self.filters:
            self.filters = shown

    @rx.event
    async def choose_filter(self, which: str, value: str) -> Next:
        """Show only what has this value, or ANY."""
        await signed_in(self)
        filters = with_filter(self._asked.filters, which, "" if value == ANY else value)
        return _go_to(replace(self._asked, filters=filters))

    @rx.event
    async def clear(self) -> Next:
        """Show the whole library."""
        await signed_in(self)
        return _go_to(LibraryAddress(view=self._asked.view, sort=self._asked.sort))

    def _parameters(self) -> dict[str, str]:
        return dict(self.router.url.query_parameters)

    @rx.event
    async def show_more(self, known: int) -> None:
        """Show one more batch behind the ``known`` cards that the page has."""
        await signed_in(self)
        if 0 <= known < MAX_SHOWN:
            more = await self._part(PAGE_SIZE, known)
            self._send_more(await self._cards(more), more.total, known)

    @rx.event
    async def send_again(self) -> None:
        """Send all cards to a page that has lost the first ones."""
        await signed_in(self)
        await self._read(max(PAGE_SIZE, min(self._shown, MAX_SHOWN)), again=True)

    @rx.event
    async def start_scan(self) -> None:
        """Request a scan of the library folder."""
        await signed_in(self)
        await call(request_scan)
        self.show_scan(await call(library_status))


def _go_to(asked: LibraryAddress, *, replaces: bool = False) -> Next:
    """Open the address, which asks for its content; Back undoes it unless it replaces another."""
    return redirect(asked.as_text(), replaces=replaces)
