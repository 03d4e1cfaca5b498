"""Select several comics in the library to download them together."""

from __future__ import annotations

from collections.abc import Sequence

import reflex as rx

from ...domain.library import ComicQuery
from ...usecases.downloads.group_request import tell_volumes
from ...usecases.library.browse import PickedComics, matching_comics, pick_comics
from .. import routes, wording
from ..browser_events import toast
from ..context import current_context
from ..session.auth import Next, call, signed_in
from ..session.callers import anyone, open_to, server_only
from .library import LibraryState
from .picker import PickerState
from .series import SeriesState, too_many


class SelectionState(rx.State):
    """The selected comics, which stay selected during other searches.

    ``whole_series`` are the series that were selected at once; their comics are in ``selected``.
    """

    selecting: bool = False
    selected: rx.Field[list[str]] = rx.field(default_factory=list)
    whole_series: rx.Field[list[str]] = rx.field(default_factory=list)

    @rx.event
    def start(self) -> None:
        """Start selecting with nothing selected."""
        self.selecting, self.selected, self.whole_series = True, [], []

    # The page also calls it when it is left because its session has ended.
    @rx.event
    @open_to(anyone)
    def stop(self) -> None:
        """Stop selecting and forget the selection."""
        self.selecting, self.selected, self.whole_series = False, [], []

    @rx.event
    async def toggle(self, comic_id: str) -> Next:
        """Select a comic that can be downloaded, or deselect it if it is selected."""
        await signed_in(self)
        if comic_id in self.selected:
            self.selected = [other for other in self.selected if other != comic_id]
            return None
        return self._add((await call(pick_comics, [comic_id])).comic_ids)

    @rx.event
    async def toggle_series(self, series_id: str) -> Next:
        """Select all comics of a series, or deselect them if they were selected at once."""
        await signed_in(self)
        in_series = await call(matching_comics, ComicQuery(series_id=series_id))
        if series_id in self.whole_series:
            self.whole_series = [other for other in self.whole_series if other != series_id]
            self.selected = [other for other in self.selected if other not in set(in_series)]
            return None
        if not in_series:
            return None
        said = self._add(in_series)
        if set(in_series) <= set(self.selected):
            self.whole_series = [*self.whole_series, series_id]
        return said

    @rx.event
    async def select_all(self) -> Next:
        """Select every readable comic that the page shows or could show."""
        await signed_in(self)
        return self._add(await call(matching_comics, await self._shown()))

    def _add(self, comic_ids: Sequence[str]) -> Next:
        """Select these comics too, as many as one download may have."""
        together = list(dict.fromkeys([*self.selected, *comic_ids]))
        limit = current_context().settings.max_comics_per_job
        self.selected = together[:limit]
        return too_many(limit, len(together)) if len(together) > limit else None

    async def _shown(self) -> ComicQuery:
        """Return what the page shows."""
        if routes.is_series_page(self.router.url.path):
            return ComicQuery(series_id=(await self.get_state(SeriesState)).series.id)
        return (await self.get_state(LibraryState)).query_of_all()

    @server_only
    async def in_order(self) -> PickedComics:
        """Return the selected comics that can be downloaded, in the order of the page."""
        is_series = routes.is_series_page(self.router.url.path)
        sort = "number" if is_series else (await self.get_state(LibraryState)).sort
        return await call(pick_comics, self.selected, sort)

    @rx.event
    async def open_picker(self) -> list[Next]:
        """Open the download dialog for the selection, in the order of the page."""
        account = await signed_in(self)
        picked = await self.in_order()
        gone = len(self.selected) - len(picked.comic_ids)
        if gone:
            self.selected = list(picked.comic_ids)
        if picked.comic_ids:
            picker = await self.get_state(PickerState)
            volumes = await call(tell_volumes, picked.comic_ids)
            picker.choose_comics(picked.comic_ids, picked.damaged_pages, has_volumes=volumes)
            await picker.recall(account.id)
            picker.dialog_open = True
        return [PickerState.estimate_now, *([_gone(gone)] if gone else [])]

    @rx.event
    async def finish(self) -> None:
        """Stop selecting if the download was accepted."""
        picker = await self.get_state(PickerState)
        if not picker.dialog_open:
            self.selecting, self.selected, self.whole_series = False, [], []


def _gone(number: int) -> Next:
    verb = "is" if number == 1 else "are"
    return toast(
        "warning",
        f"{wording.count(number, 'selected comic')} {verb} no longer in the library "
        "or cannot be read.",
    )
