"""Select several comics in the library to download them together."""

from __future__ import annotations

import reflex as rx

from ...usecases.downloads.group_request import tell_volumes
from ...usecases.library.browse import matching_comics, pick_comics
from .. import wording
from ..browser_events import toast
from ..context import current_context
from ..session.auth import Next, call, signed_in
from ..session.callers import anyone, open_to
from .library import ALL_SERIES, LibraryState
from .picker import PickerState


class SelectionState(rx.State):
    """The selected comics, which stay selected during other searches."""

    selecting: bool = False
    selected: rx.Field[list[str]] = rx.field(default_factory=list)

    @rx.event
    def start(self) -> None:
        """Start selecting with nothing selected."""
        self.selecting, self.selected = True, []

    # The page also calls it when it is left because its session has ended.
    @rx.event
    @open_to(anyone)
    def stop(self) -> None:
        """Stop selecting and forget the selection."""
        self.selecting, self.selected = False, []

    @rx.event
    async def toggle(self, comic_id: str) -> Next:
        """Select a comic of the page, or deselect it if it is selected."""
        if comic_id in self.selected:
            self.selected = [other for other in self.selected if other != comic_id]
            return None
        library = await self.get_state(LibraryState)
        if not any(comic.id == comic_id for comic in library.comics):
            return None
        if len(self.selected) >= (limit := current_context().settings.max_comics_per_job):
            return _too_many(limit, len(self.selected) + 1)
        self.selected = [*self.selected, comic_id]

    @rx.event
    async def select_all(self) -> Next:
        """Select every readable comic that matches the search, also hidden ones."""
        await signed_in(self)
        library = await self.get_state(LibraryState)
        series_id = None if library.series_id == ALL_SERIES else library.series_id
        matching = await call(matching_comics, query=library.query, series_id=series_id)
        all_selected = list(dict.fromkeys([*self.selected, *matching]))
        limit = current_context().settings.max_comics_per_job
        self.selected = all_selected[:limit]
        if len(all_selected) <= limit:
            return None
        return _too_many(limit, len(all_selected))

    @rx.event
    async def open_picker(self) -> list[Next]:
        """Open the download dialog for the selection, in the library's order."""
        account = await signed_in(self)
        library = await self.get_state(LibraryState)
        picked = await call(pick_comics, self.selected, library.sort)
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
            self.selecting, self.selected = False, []


def _too_many(limit: int, wanted: int) -> Next:
    return toast(
        "info",
        f"{limit:,} of {wanted:,} comics are selected.",
        "That is the maximum for one download.",
    )


def _gone(number: int) -> Next:
    verb = "is" if number == 1 else "are"
    return toast(
        "warning",
        f"{wording.count(number, 'selected comic')} {verb} no longer in the library "
        "or cannot be read.",
    )
