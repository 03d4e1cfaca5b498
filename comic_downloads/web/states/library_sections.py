"""The rows above the whole library."""

from __future__ import annotations

import reflex as rx

from ...domain.account import Account
from ...usecases.downloads.unfetched import unfetched_files
from ...usecases.library.highlights import ROW_LENGTH, highlights
from ...usecases.library.shelf import marks_of
from ..session.auth import call
from ..session.callers import server_only
from ..views.library_sections import LibraryRow, ReadyFile, library_rows, ready_files


class LibrarySectionsState(rx.State):
    """What is new, ready and was downloaded lately; empty for a part of the library."""

    rows: rx.Field[list[LibraryRow]] = rx.field(default_factory=list)
    ready: rx.Field[list[ReadyFile]] = rx.field(default_factory=list)

    @server_only
    async def read(self, account: Account, shelf_length: int | None) -> None:
        """Read the rows of an account above a shelf of this length."""
        found = await call(highlights, account.id)
        marks = await call(marks_of, account.id, [*found.new, *found.fetched])
        ready = await call(unfetched_files, account.id, ROW_LENGTH)
        self._show(
            library_rows(found, marks, shelf_length, for_owner=account.is_owner),
            ready_files(ready),
        )

    @server_only
    def hide(self) -> None:
        """Show no rows."""
        self._show([], [])

    def _show(self, rows: list[LibraryRow], ready: list[ReadyFile]) -> None:
        # What has not changed is not sent again.
        if rows != self.rows:
            self.rows = rows
        if ready != self.ready:
            self.ready = ready
