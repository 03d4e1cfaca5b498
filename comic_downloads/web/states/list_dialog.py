"""The dialog that keeps the selected comics, or the filter of the library, in a list."""

from __future__ import annotations

from typing import Any

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ...usecases.library.reading_lists import add_comics, create_list, keep_filter, list_lists
from .. import wording
from ..browser_events import toast
from ..session.auth import Next, call, signed_in
from ..session.callers import anyone, open_to
from ..views.reading_lists import ListRow, list_row
from .library import LibraryState
from .selection import SelectionState

NAME_FIELD = "list-name"
NEW_LIST = "new"


class ListDialogState(rx.State):
    """The dialog. ``target`` is NEW_LIST or the id of the list that gets the comics."""

    is_open: bool = False
    is_filter: bool = False
    words: str = ""
    lists: rx.Field[list[ListRow]] = rx.field(default_factory=list)
    target: str = NEW_LIST
    problem: str = ""
    _comic_ids: tuple[str, ...] = ()
    _parameters: tuple[tuple[str, str], ...] = ()

    @rx.event
    async def keep_selected(self) -> None:
        """Open the dialog for the selected comics, in the order in which they were selected."""
        account = await signed_in(self)
        self.reset()
        selection = await self.get_state(SelectionState)
        present = set((await selection.in_order()).comic_ids)
        self._comic_ids = tuple(one for one in selection.selected if one in present)
        rows = [list_row(one) for one in await call(list_lists, account.id)]
        self.lists = [row for row in rows if not row.is_filter]
        self.words = wording.count(len(self._comic_ids), "comic")
        self.is_open = True

    @rx.event
    async def keep_filter(self) -> None:
        """Open the dialog for what the library shows."""
        await signed_in(self)
        self.reset()
        shown = (await self.get_state(LibraryState)).shown_parameters()
        self._parameters = tuple(shown.items())
        self.is_filter, self.is_open = True, True

    @rx.event
    @open_to(anyone)
    def close(self, is_open: bool) -> None:
        """Close the dialog."""
        if not is_open:
            self.is_open = False

    @rx.event
    def choose(self, target: str) -> None:
        """Choose the list that gets the comics."""
        if target == NEW_LIST or any(row.id == target for row in self.lists):
            self.target, self.problem = target, ""

    @rx.event
    async def keep(self, form: dict[str, Any]) -> Next:
        """Keep what the dialog was opened for, or say why it cannot be kept."""
        account = await signed_in(self)
        if not self.is_open:
            return None
        name = str(form.get(NAME_FIELD, ""))
        try:
            said = await self._keep(account.id, name)
        except ComicDownloadsError as error:
            self.problem = error.detail
            return None
        self.is_open = False
        if not self.is_filter:
            (await self.get_state(SelectionState)).stop()
        return toast("success", said)

    async def _keep(self, user_id: str, name: str) -> str:
        """Return what was done."""
        if self.is_filter:
            made = await call(keep_filter, user_id, name, dict(self._parameters))
            return f"Filter “{made.name}” kept in Lists."
        if self.target == NEW_LIST:
            made = await call(create_list, user_id, name, self._comic_ids)
            return f"List “{made.name}” made with {wording.count(made.book_count, 'comic')}."
        made, added = await call(add_comics, user_id, self.target, self._comic_ids)
        return f"{wording.count(added, 'comic')} added to “{made.name}”."
