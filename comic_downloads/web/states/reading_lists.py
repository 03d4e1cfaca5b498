"""The page of all lists of an account."""

from __future__ import annotations

from typing import Any

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ...usecases.library.reading_lists import change_list, create_list, delete_list, list_lists
from .. import routes
from ..browser_events import redirect
from ..session.auth import Next, call, signed_in, visitor
from ..session.load_errors import reports_load_error
from ..views.reading_lists import ListRow, list_row


class ReadingListsState(rx.State):
    """The lists, the row that is being renamed, and the one about to be deleted."""

    loaded: bool = False
    rows: rx.Field[list[ListRow]] = rx.field(default_factory=list)
    is_naming: bool = False
    renamed_id: str = ""
    problem: str = ""
    asked_id: str = ""
    asked_name: str = ""

    @rx.event
    @reports_load_error
    async def load(self) -> None:
        """Read the lists and close what was asked."""
        account = await visitor(self)
        if account is not None:
            self.asked_id, self.renamed_id, self.problem, self.is_naming = "", "", "", False
            await self._read(account.id)

    async def _read(self, user_id: str) -> None:
        self.rows = [list_row(one) for one in await call(list_lists, user_id)]
        self.loaded = True

    @rx.event
    def start_new(self) -> None:
        """Show the field for the name of a new list."""
        self.is_naming, self.renamed_id, self.problem = True, "", ""

    @rx.event
    def start_renaming(self, list_id: str) -> None:
        """Show the field for the new name of a list."""
        self.renamed_id, self.is_naming, self.problem = list_id[:100], False, ""

    @rx.event
    def stop_naming(self) -> None:
        """Close the field."""
        self.renamed_id, self.is_naming, self.problem = "", False, ""

    @rx.event
    async def create(self, form: dict[str, Any]) -> Next:
        """Make an empty list of the name that was typed, and open it."""
        account = await signed_in(self)
        try:
            made = await call(create_list, account.id, str(form.get("name", "")))
        except ComicDownloadsError as error:
            self.problem = error.detail
            return None
        self.stop_naming()
        return redirect(routes.list_page(made.id))

    @rx.event
    async def rename(self, form: dict[str, Any]) -> None:
        """Give the list the name that was typed, or say why it cannot have it."""
        account = await signed_in(self)
        name = str(form.get("name", ""))
        try:
            await call(change_list, account.id, self.renamed_id, name=name)
        except ComicDownloadsError as error:
            self.problem = error.detail
            return
        self.renamed_id, self.problem = "", ""
        await self._read(account.id)

    @rx.event
    def ask_deletion(self, list_id: str) -> None:
        """Ask for confirmation before deleting a list of the page."""
        for row in self.rows:
            if row.id == list_id:
                self.asked_id, self.asked_name = row.id, row.name

    @rx.event
    def answer_no(self) -> None:
        """Close the question and delete nothing."""
        self.asked_id = ""

    @rx.event
    async def delete(self) -> None:
        """Delete the list that was confirmed."""
        account = await signed_in(self)
        list_id, self.asked_id = self.asked_id, ""
        try:
            await call(delete_list, account.id, list_id)
        finally:
            await self._read(account.id)
