"""Picking several comics in the library, to download them together."""

from __future__ import annotations

import reflex as rx

from .asking import Next, signed_in
from .library import LibraryState
from .picker import PickerState


class SelectionState(rx.State):
    selecting: bool = False
    selected: rx.Field[list[str]] = rx.field(default_factory=list)

    @rx.event
    def toggle_selecting(self) -> None:
        self.selecting = not self.selecting
        self.selected = []

    @rx.event
    def toggle(self, comic_id: str) -> None:
        if comic_id in self.selected:
            self.selected = [other for other in self.selected if other != comic_id]
        else:
            self.selected = [*self.selected, comic_id]

    @rx.event
    async def select_all(self) -> None:
        """Selects every comic that is shown and can be downloaded."""
        library = await self.get_state(LibraryState)
        self.selected = [comic.id for comic in library.comics if not comic.problem]

    @rx.event
    async def open_picker(self) -> Next:
        """Opens the dialog for the selected comics, in the order in which they are shown."""
        await signed_in(self)
        library = await self.get_state(LibraryState)
        chosen = [comic for comic in library.comics if comic.id in self.selected]
        picker = await self.get_state(PickerState)
        picker.choose_comics([comic.id for comic in chosen], sum(comic.damaged_pages for comic in chosen))
        picker.dialog_open = True
        return PickerState.estimate_now

    @rx.event
    async def finish(self) -> None:
        """Ends the selection once its download was accepted."""
        picker = await self.get_state(PickerState)
        if not picker.dialog_open:
            self.selecting, self.selected = False, []
